//! Requests that come at once. The seed decides at every question who goes on, so that hundreds of orders
//! are tried, and one that goes wrong is repeated with `SEED=… cargo test --test suite edge_races`.

use std::collections::BTreeMap;

use scrip::wire::ids::derived_customer_id;
use scrip::worker::edge::principal::DEFAULT_ACCOUNT;
use scrip::worker::edge::reply::Reply;
use serde_json::{Value, json};

use crate::edge_cases::{path_of, product, text, top_up_of};
use crate::simulation::seed_from_env;
use crate::world::{Asked, Fault, Lost, Memory, Sent, get, post, press, sent};

const SEEDS: u64 = 200;

/// Runs a test for each seed, and says which one it was that failed.
pub fn for_each_seed(run: impl Fn(u64)) {
    let seeds = seed_from_env().map_or(0..SEEDS, |seed| seed..seed + 1);
    for seed in seeds {
        let run = std::panic::AssertUnwindSafe(|| run(seed));
        if let Err(panic) = std::panic::catch_unwind(run) {
            eprintln!("repeat with SEED={seed} cargo test --test suite edge_races");
            std::panic::resume_unwind(panic);
        }
    }
}

fn with_customer() -> (Memory, String) {
    let world = Memory::new();
    let acme = json!({"name": "Acme", "external_id": "acme"});
    let customer = text(&world.get(&post("/v1/customers", acme), 201), "id");
    (world, customer)
}

fn balance(world: &Memory, customer: &str) -> String {
    let wallet = world.get(&get(format!("/v1/customers/{customer}/wallet")), 200);
    let balance = wallet["accounts"][0]["balance"].as_str();
    balance.unwrap_or("0").to_owned()
}

// A top-up.

#[test]
fn a_top_up_is_paid_once_whoever_presses_which_button_how_often() {
    let (stage, customer) = with_customer();
    let made = stage.get(&post("/v1/top-ups", top_up_of(&customer)), 201);
    let link = path_of(&text(&made, "redirect_url"));
    let read = || get(format!("/v1/top-ups/{}", text(&made, "id")));
    let outcomes = std::cell::RefCell::new(BTreeMap::new());
    for_each_seed(|seed| {
        let world = stage.copy();
        let buttons = ["pay", "pay", "decline", "pay", "cancel"];
        let mut all: Vec<Sent> = buttons.map(|action| press(&link, action)).into();
        all.extend([get(&link), read()]);
        let replies = world.race(&all, seed);
        let status = text(&world.get(&read(), 200), "status");
        let paid = status == "succeeded";
        assert!(paid || status == "failed", "{status}");
        assert_eq!(balance(&world, &customer), if paid { "20" } else { "0" });
        // Who pressed the button that counted is sent on, who pressed the other one is told; both go back.
        for (button, reply) in buttons.iter().zip(&replies) {
            let fits = match *button {
                "pay" => paid,
                "decline" => !paid,
                _ => true,
            };
            assert_eq!(
                reply.status,
                if fits { 303 } else { 409 },
                "{button}: {}",
                reply.body
            );
        }
        assert!(
            replies[5..].iter().all(|reply| reply.status == 200),
            "{replies:?}"
        );
        *outcomes.borrow_mut().entry(status).or_insert(0) += 1;
    });
    if seed_from_env().is_none() {
        let outcomes = outcomes.into_inner();
        assert!(
            outcomes.values().all(|times| *times > 10) && outcomes.len() == 2,
            "{outcomes:?}"
        );
    }
}

// The same request, from many at once.

/// Sends one request five times at once. All are answered alike, one of them made it, and there is one row
/// of it.
fn one_for_all(stage: &Memory, sent: &Sent, rows: &'static str) {
    let before = stage.rows(rows).len();
    for_each_seed(|seed| {
        let world = stage.copy();
        let five: [Sent; 5] = std::array::from_fn(|_| sent.clone());
        let replies = world.race(&five, seed);
        let bodies: Vec<(u16, &str)> = replies.iter().map(said).collect();
        assert_eq!(bodies[0].0, 201, "{bodies:?}");
        assert!(bodies.iter().all(|body| *body == bodies[0]), "{bodies:?}");
        assert!(
            replies.iter().any(|reply| !reply.replayed),
            "somebody made it"
        );
        assert_eq!(world.rows(rows).len(), before + 1);
        let late = world.one(sent);
        assert!(late.replayed, "it is there");
        assert_eq!(said(&late), bodies[0]);
    });
}

fn said(reply: &Reply) -> (u16, &str) {
    (reply.status, &reply.body)
}

#[test]
fn a_top_up_with_a_key_is_the_same_one_however_many_send_it_at_once() {
    let (stage, customer) = with_customer();
    let sent = post("/v1/top-ups", top_up_of(&customer)).once("one");
    one_for_all(&stage, &sent, "SELECT * FROM top_up");
}

#[test]
fn a_customer_is_the_same_one_however_many_send_it_at_once() {
    let (stage, _) = with_customer();
    let unit = json!({"usage_calculation": {"event_type": "chat", "usage_type": "unit"},
        "pricing": [{"asset": "USD", "values": [{"unit_price": "1"}]}]});
    stage.get(&post("/v1/products", product("chat", &unit)), 201);
    let rows = "SELECT * FROM customer";
    let subscriptions = json!([{"products": [{"code": "chat"}]}]);
    let anonymous = json!({"name": "Beta", "subscriptions": subscriptions});
    one_for_all(&stage, &post("/v1/customers", anonymous).once("one"), rows);
    let named = json!({"name": "Beta", "external_id": "beta", "subscriptions": subscriptions});
    one_for_all(&stage, &post("/v1/customers", named).once("one"), rows);
}

#[test]
fn a_product_is_the_same_one_however_many_send_it_at_once() {
    let fee = json!({"usage_calculation": {"event_type": "chat", "usage_type": "unit"},
        "pricing": [{"asset": "USD", "values": [{"unit_price": "1"}]}]});
    let stage = Memory::new();
    let sent = post("/v1/products", product("chat", &fee)).once("one");
    one_for_all(&stage, &sent, "SELECT * FROM product_version");
    let made = text(&stage.get(&sent, 201), "id");
    let next = json!({"publish": true, "prices": [fee, fee]});
    let next = post(format!("/v1/products/{made}"), next).once("two");
    one_for_all(&stage, &next, "SELECT * FROM product_version");
}

#[test]
fn a_webhook_destination_with_a_key_is_the_same_one_however_many_send_it_at_once() {
    let destination = json!({"url": "https://one.example/", "topics": ["*"]});
    let sent = post("/v1/webhooks", destination).once("one");
    one_for_all(&Memory::new(), &sent, "SELECT * FROM webhook_destination");
}

#[test]
fn accounts_vendors_and_assets_are_the_same_ones_however_many_send_them_at_once() {
    let stage = Memory::new();
    let named = || json!({"name": "New"});
    let account = post("/v1/accounts", named()).once("one");
    one_for_all(&stage, &account, "SELECT * FROM platform_account");
    let vendor = post("/v1/vendors", named()).once("one");
    one_for_all(&stage, &vendor, "SELECT * FROM vendor");
    let rates = json!([{"source": "USD", "rate": "2"}]);
    let asset = post(
        "/v1/assets",
        json!({"code": "X", "name": "X", "rates": rates}),
    );
    one_for_all(
        &stage,
        &asset,
        "SELECT * FROM asset JOIN asset_rate USING (code)",
    );
}

/// A key is shown once, so of several who ask for the same one only one can be given it.
#[test]
fn a_key_is_made_once_and_shown_to_one_however_many_send_it_at_once() {
    for_each_seed(|seed| {
        let world = Memory::new();
        let five = [(); 5].map(|()| post("/v1/keys", json!({"name": "one"})).once("one"));
        let id = only_one(&world.race(&five, seed), "id");
        let five = [(); 5].map(|()| post(format!("/v1/keys/{id}/rotate"), json!({})));
        let key = only_one(&world.race(&five, seed), "key");
        let keys = world.rows("SELECT id, replaced_by FROM api_key ORDER BY replaced_by");
        assert_eq!(keys.len(), 2, "the old one and the new one");
        assert_eq!(keys[1]["replaced_by"], keys[0]["id"]);
        world.get(&get("/v1/customers").by(&key), 200);
    });
}

/// A member of the one reply that is a success; the others are conflicts.
fn only_one(replies: &[Reply], member: &str) -> String {
    let (made, others): (Vec<_>, Vec<_>) = replies.iter().partition(|reply| reply.status == 201);
    assert_eq!(made.len(), 1, "{replies:?}");
    assert!(
        others.iter().all(|reply| reply.status == 409),
        "{replies:?}"
    );
    text(&serde_json::from_str(&made[0].body).expect("JSON"), member)
}

#[test]
fn a_payment_is_credited_once_however_often_stripe_tells_of_it_at_once() {
    let (stage, customer) = with_customer();
    for_each_seed(|seed| {
        let world = stage.copy();
        let five = [(); 5].map(|()| crate::signed::stripe_event(&customer, "pi_1", 2_000));
        let replies = world.race(&five, seed);
        let credited = |reply: &Reply| reply.body.contains("\"outcome\":\"credited\"");
        assert!(replies.iter().all(credited), "{replies:?}");
        assert_eq!(balance(&world, &customer), "20");
    });
}

// Names.

/// Whoever a name means in the directory is who answers to it.
fn check_names(world: &Memory, names: &[&str]) {
    let known = world.rows("SELECT id, external_id FROM customer");
    for name in names {
        let named = known.iter().find(|row| row["external_id"] == *name);
        let ask = json!({"id": "who", "customer_external_id": name, "asset": "USD", "amount": "1"});
        world.called.borrow_mut().clear();
        let reply = world.one(&post("/v1/authorize", ask));
        let Some(named) = named else {
            assert_eq!(reply.status, 404, "{name} is nobody: {}", reply.body);
            continue;
        };
        assert_eq!(reply.status, 200, "{name}: {}", reply.body);
        let called = world.called.borrow();
        let (wallet, _) = called.last().expect("a wallet");
        assert_eq!(
            wallet,
            &format!("acc_default/test/{}", text(named, "id")),
            "{name}"
        );
    }
}

fn rename(customer: &str, name: &str) -> Sent {
    let path = format!("/v1/customers/{customer}");
    sent("PATCH", path, json!({"external_id": name}))
}

fn create(name: &str) -> Sent {
    post("/v1/customers", json!({"name": name, "external_id": name}))
}

/// The names of a, b and c change hands, in requests that all come at once.
fn race_for_names(requests: impl Fn(&str, &str) -> Vec<Sent>) {
    let stage = Memory::new();
    let [a, b] = ["a", "b"].map(|name| text(&stage.get(&create(name), 201), "id"));
    let all = requests(&a, &b);
    for_each_seed(|seed| {
        let world = stage.copy();
        let replies = world.race(&all, seed);
        for (request, reply) in all.iter().zip(&replies) {
            let what = format!("{} {}: {}", request.method, request.path, reply.body);
            let fine = matches!(
                (request.method, reply.status),
                ("PATCH", 204) | ("POST", 201)
            );
            assert!(fine || reply.status == 409, "{what}");
        }
        check_names(&world, &["a", "b", "c"]);
        // Sent again, everything is told to whom it has not been told.
        for request in &all {
            let status = world.one(request).status;
            assert!(matches!(status, 201 | 204 | 409), "{status}");
        }
        check_names(&world, &["a", "b", "c"]);
    });
}

#[test]
fn creating_a_customer_races_with_renaming_another_one_to_its_name() {
    race_for_names(|a, _| vec![create("c"), rename(a, "c")]);
    race_for_names(|a, b| vec![create("c"), rename(a, "c"), rename(b, "c"), create("c")]);
}

#[test]
fn a_name_that_somebody_leaves_is_taken_at_once() {
    race_for_names(|a, _| vec![rename(a, "c"), create("a")]);
    race_for_names(|a, b| vec![rename(a, "c"), rename(b, "a"), create("b"), create("a")]);
}

#[test]
fn names_go_to_and_fro() {
    race_for_names(|a, b| {
        let to_and_fro = ["c", "a", "c"].map(|name| rename(a, name));
        let follow = ["a", "b"].map(|name| rename(b, name));
        to_and_fro.into_iter().chain(follow).collect()
    });
}

// Whoever was told that a name is somebody's now is served by that one from then on.

/// A denied authorization names the customer whose wallet it has reached.
fn who_is(name: &str) -> Sent {
    let ask = json!({"id": "who", "customer_external_id": name, "asset": "USD", "amount": "1"});
    post("/v1/authorize", ask)
}

fn assert_is(reply: &Reply, customer: &str) {
    let url = format!("\"topup_url\":\"{customer}\"");
    assert!(reply.body.contains(&url), "not {customer}: {}", reply.body);
}

/// Customers of these names, in a world that says who was asked.
fn named<const N: usize>(names: [&str; N]) -> (Memory, [String; N]) {
    let mut world = Memory::new();
    world.config.topup_url = "{customer_id}".to_owned();
    let ids = names.map(|name| text(&world.get(&create(name), 201), "id"));
    (world, ids)
}

/// Some rename customers while another one takes a name and uses it at once: in every order in which they
/// interrupt each other once, and by chance. The rename of a name that is not free yet is refused.
fn race_to_use(stage: &Memory, others: &[Sent], take: &Sent, name: &str, taker: Option<&str>) {
    let take = [take.clone(), who_is(name)];
    let callers = [&take[..], others];
    let taken = std::cell::Cell::new(0);
    let check = |replies: &[Vec<Reply>]| {
        let (took, used) = (&replies[0][0], &replies[0][1]);
        if took.status == 409 {
            return;
        }
        assert!(matches!(took.status, 201 | 204), "{}", took.body);
        taken.set(taken.get() + 1);
        let made: Value = serde_json::from_str(&took.body).unwrap_or_default();
        assert_is(
            used,
            taker.unwrap_or_else(|| made["id"].as_str().expect("an id")),
        );
    };
    for turns in (0..10).flat_map(|first| (0..30).map(move |second| [first, second])) {
        check(&stage.copy().in_turns(&callers, &turns));
    }
    for_each_seed(|seed| check(&stage.copy().race_callers(&callers, seed)));
    assert!(taken.get() > 10, "{} times", taken.get());
}

#[test]
fn a_new_customer_has_the_name_that_another_one_is_leaving() {
    let (stage, [a]) = named(["a"]);
    let new = post(
        "/v1/customers",
        json!({"name": "another", "external_id": "a"}),
    );
    race_to_use(&stage, &[rename(&a, "c")], &new, "a", None);
}

#[test]
fn a_customer_takes_the_name_that_another_one_is_leaving() {
    let (stage, [a, b]) = named(["a", "b"]);
    race_to_use(&stage, &[rename(&a, "c")], &rename(&b, "a"), "a", Some(&b));
}

#[test]
fn a_customer_takes_the_name_of_one_who_comes_and_leaves_meanwhile() {
    let (stage, [b]) = named(["b"]);
    let z = derived_customer_id(DEFAULT_ACCOUNT, "test", "z");
    let others = [create("z"), rename(&z, "c")];
    race_to_use(&stage, &others, &rename(&b, "z"), "z", Some(&b));
}

/// The directory knows the new name, the wallet does not: whoever is next to have the old one sees to it,
/// also where that is stopped half way.
#[test]
fn a_name_that_was_left_half_way_is_free_for_the_next_one() {
    let (stage, [a, b]) = named(["a", "b"]);
    let fault = |asked, place, lost| Fault { asked, place, lost };
    stage.break_at(fault(Asked::Wallet, 0, Lost::Question));
    stage.get(&rename(&a, "c"), 503);
    stage.mend();
    // Until somebody takes the name, it leads where it led.
    assert_is(&stage.one(&who_is("a")), &a);
    let new = post(
        "/v1/customers",
        json!({"name": "another", "external_id": "a"}),
    );
    for take in [new, rename(&b, "a")] {
        for asked in [Asked::Directory, Asked::Wallet] {
            for place in 0..5 {
                for lost in [Lost::Question, Lost::Answer] {
                    let world = stage.copy();
                    world.break_at(fault(asked, place, lost));
                    world.one(&take);
                    world.mend();
                    check_taken(&world);
                    let made = world.get(&take, if take.method == "POST" { 201 } else { 204 });
                    assert_is(&world.one(&who_is("a")), made["id"].as_str().unwrap_or(&b));
                    check_names(&world, &["a", "b", "c"]);
                }
            }
        }
    }
}

/// Where the directory says that somebody has the name, nobody else answers to it. A wallet that was not
/// opened yet is none.
fn check_taken(world: &Memory) {
    let holders = world.rows("SELECT id FROM customer WHERE external_id = 'a'");
    let reply = world.one(&who_is("a"));
    if let (Some(holder), 200) = (holders.first(), reply.status) {
        assert_is(&reply, &text(holder, "id"));
    }
}

/// The id of the first one derives from the name, so the second one has another.
#[test]
fn the_first_who_had_a_name_keeps_the_id_that_derives_from_it() {
    let (world, [first]) = named(["a"]);
    assert_eq!(first, derived_customer_id(DEFAULT_ACCOUNT, "test", "a"));
    world.get(&rename(&first, "c"), 204);
    let second = text(&world.get(&create("a"), 201), "id");
    assert_ne!(first, second);
    check_names(&world, &["a", "b", "c"]);
}

// Events.

#[test]
fn an_event_is_noted_once_for_each_destination_however_many_send_it_at_once() {
    let stage = Memory::new();
    for url in ["https://one.example/", "https://two.example/"] {
        stage.get(
            &post("/v1/webhooks", json!({"url": url, "topics": ["*"]})),
            201,
        );
    }
    for_each_seed(|seed| {
        let world = stage.copy();
        let three = [(); 3].map(|()| post("/v1/webhooks/test/a.b", json!({"x": 1})).once("one"));
        let replies = world.race(&three, seed);
        let ids: Vec<Value> = replies.iter().map(|reply| json!(said(reply))).collect();
        assert!(
            ids.iter().all(|id| *id == ids[0] && id[0] == 202),
            "{ids:?}"
        );
        let events = world.rows("SELECT outcome FROM webhook_event");
        assert_eq!(
            events,
            [json!({"outcome": "200"}), json!({"outcome": "200"})]
        );
        // Who came before an outcome was noted sent it as well: a receiver knows it by its id.
        let sent = world.sent.borrow();
        let id = |one: &scrip::worker::edge::world::Outgoing| {
            let found = one.headers.iter().find(|(name, _)| *name == "webhook-id");
            found.map(|(_, value)| value.clone())
        };
        assert!(
            sent.iter()
                .all(|one| id(one).is_some() && id(one) == id(&sent[0]))
        );
    });
}
