//! Requests that come at once. The seed decides at every question who goes on, so that hundreds of orders
//! are tried, and one that goes wrong is repeated with `SEED=… cargo test --test suite edge_races`.

use std::collections::BTreeMap;

use scrip::wire::ids::derived_customer_id;
use scrip::worker::edge::principal::DEFAULT_ACCOUNT;
use scrip::worker::edge::reply::Reply;
use serde_json::{Value, json};

use crate::edge_cases::{path_of, product, text, top_up_of};
use crate::simulation::seed_from_env;
use crate::world::{Memory, Sent, get, post, press, sent};

const SEEDS: u64 = 200;

/// Runs a test for each seed, and says which one it was that failed.
fn for_each_seed(run: impl Fn(u64)) {
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
        let five = [(); 5].map(|()| crate::edge_cases::stripe_event(&customer, "pi_1", 2_000));
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

/// Renamed before anything else happened to it: the wallet whose id derives from the name is another one's.
#[test]
fn the_first_who_had_a_name_is_told_before_the_next_one_has_it() {
    let stage = Memory::new();
    let first = text(&stage.get(&create("a"), 201), "id");
    assert_eq!(first, derived_customer_id(DEFAULT_ACCOUNT, "a"));
    stage.get(&rename(&first, "c"), 204);
    let second = text(&stage.get(&create("a"), 201), "id");
    assert_ne!(first, second);
    check_names(&stage, &["a", "b", "c"]);
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
