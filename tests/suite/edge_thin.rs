//! Thin events: kept first, fetched then or later, and credited as their snapshot twins are. And versions of Stripe's
//! API: one that nobody has looked at is parked, loudly.

use serde_json::{Value, json};

use crate::edge_cases::text;
use crate::shop::{KEY, PAID, PLACE, Shop, completed, event, intent};
use crate::signed::{payment_event, stripe_signed};
use crate::stripe_double::{Mishap, StripeDouble};
use crate::world::{Asked, Fault, Lost, Memory, NOW, Sent, get, post, sent};

/// A thin event of an object, whose twin has an id of its own.
pub fn thin(id: &str, kind: &str, object: &Value, twin: Option<&str>) -> Sent {
    stripe_signed("", "whsec_local", &thin_body(id, kind, object, twin))
}

fn thin_body(id: &str, kind: &str, object: &Value, twin: Option<&str>) -> Value {
    let related = json!({"id": object["id"], "type": object["object"], "url": url_of(object)});
    let mut event = json!({"id": format!("evt_{id}"), "object": "v2.core.event", "type": format!("v1.{kind}"),
        "created": "2026-11-01T10:00:00.000Z", "livemode": false, "related_object": related});
    if let Some(twin) = twin {
        event["snapshot_event"] = format!("evt_{twin}").into();
    }
    event
}

fn url_of(object: &Value) -> String {
    let kind = match object["object"].as_str() {
        Some("checkout.session") => "checkout/sessions",
        Some("payment_intent") => "payment_intents",
        Some("refund") => "refunds",
        Some("dispute") => "disputes",
        Some("charge") => "charges",
        Some("radar.early_fraud_warning") => "radar/early_fraud_warnings",
        other => panic!("{other:?}"),
    };
    format!("/v1/{kind}/{}", text(object, "id"))
}

/// From now on Stripe shows the object at its place.
pub fn shows(shop: &Shop, object: &Value) {
    let mut stripe = shop.world.stripe.borrow_mut();
    stripe.objects.insert(url_of(object), object.clone());
}

/// A payment of 20 USD that names the shop's customer.
fn payment(shop: &Shop) -> Value {
    let metadata = json!({"scrip_customer_id": shop.customer});
    payment_event("pi_1", 2_000, metadata)["data"]["object"].clone()
}

fn refund(id: &str, cents: i64, status: &str) -> Value {
    json!({"id": id, "object": "refund", "amount": cents, "currency": "usd", "status": status,
        "payment_intent": "pi_1"})
}

fn dispute(id: &str, cents: i64, status: &str) -> Value {
    json!({"id": id, "object": "dispute", "amount": cents, "currency": "usd", "status": status,
        "livemode": false, "reason": "fraudulent", "payment_intent": "pi_1"})
}

pub fn balance(shop: &Shop) -> String {
    let wallet = shop
        .world
        .get(&get(format!("/v1/customers/{}/wallet", shop.customer)), 200);
    let balance = wallet["accounts"][0]["balance"].as_str();
    balance.unwrap_or("0").to_owned()
}

/// How often Stripe was asked, less the looks of the clock for what it could not deliver.
fn asked(shop: &Shop) -> usize {
    let stripe = shop.world.stripe.borrow();
    let is_look = |one: &&String| one.starts_with("GET /v1/events");
    stripe.asked.iter().filter(|one| !is_look(one)).count()
}

fn inbox(shop: &Shop) -> Vec<Value> {
    let sql = "SELECT event_id, attempts, next_at, outcome FROM stripe_inbox ORDER BY event_id";
    shop.world.rows(sql)
}

const SUCCEEDED: &str = "payment_intent.succeeded";
const ONE: &str = "stripe:pi:pi_1 20 default:USD paid paid 20";

#[test]
fn f_13_a_thin_event_alone_is_fetched_and_credited_once() {
    let shop = Shop::new();
    let paid = payment(&shop);
    shows(&shop, &paid);
    let thin = thin("t1", SUCCEEDED, &paid, None);
    assert_eq!(shop.hears(&thin), "credited");
    let last = shop.world.stripe.borrow().asked.last().cloned();
    assert_eq!(last.as_deref(), Some("GET /v1/payment_intents/pi_1"));
    assert_eq!(shop.credits(), [ONE]);
    // Its own copy, and its snapshot that comes later, change nothing.
    let before = asked(&shop);
    assert_eq!(shop.hears(&thin), "ignored known_already");
    assert_eq!(shop.hears(&event(SUCCEEDED, "s1", &paid)), "credited");
    assert_eq!((asked(&shop), shop.credits().len()), (before, 1));
    assert!(
        shop.world
            .rows("SELECT * FROM unmatched_payment")
            .is_empty()
    );
}

/// Both forms at once, in either order, by the id of the twin and by the object and its type.
#[test]
fn what_is_known_already_is_not_fetched() {
    for (twin, snapshot_first) in [(Some("s1"), true), (None, true), (Some("s1"), false)] {
        let shop = Shop::new();
        let (paid, back) = (payment(&shop), refund("re_1", 500, "succeeded"));
        let (lost, warned) = (
            dispute("dp_1", 300, "needs_response"),
            json!({"id": "issfr_1", "object": "radar.early_fraud_warning", "livemode": false,
                "fraud_type": "misc", "payment_intent": "pi_1"}),
        );
        let facts = [
            (SUCCEEDED, &paid),
            ("refund.created", &back),
            ("charge.dispute.funds_withdrawn", &lost),
            ("radar.early_fraud_warning.created", &warned),
        ];
        let before = asked(&shop);
        for (number, (kind, object)) in facts.iter().enumerate() {
            shows(&shop, object);
            let snapshot = event(kind, &format!("s{number}"), object);
            let twin = twin.map(|_| format!("s{number}"));
            let thin = thin(&format!("t{number}"), kind, object, twin.as_deref());
            if snapshot_first {
                shop.hears(&snapshot);
                assert_eq!(shop.hears(&thin), "ignored known_already", "{kind}");
            } else {
                shop.hears(&thin);
                shop.hears(&snapshot);
            }
        }
        let fetched = asked(&shop) - before;
        assert_eq!(fetched, if snapshot_first { 0 } else { facts.len() });
        assert_eq!(balance(&shop), "12");
    }
}

/// Two events, with ids of their own, for one fact.
#[test]
fn a_second_thin_event_of_one_fact_is_not_fetched() {
    let shop = Shop::new();
    shop.top_up(json!({}));
    let session = shop.pays(json!({}));
    let kind = "checkout.session.completed";
    assert_eq!(shop.hears(&thin("t1", kind, &session, None)), "credited");
    assert_eq!(shop.credits(), [PAID]);
    let before = asked(&shop);
    let second = thin("t2", kind, &session, None);
    assert_eq!(shop.hears(&second), "ignored known_already");
    assert_eq!(asked(&shop), before);
}

/// What happens to an object more than once is fetched each time: it says something new.
#[test]
fn an_update_is_fetched_each_time() {
    let shop = Shop::new();
    shop.hears(&event(SUCCEEDED, "s1", &payment(&shop)));
    for (id, status, left) in [
        ("u1", "pending", "15"),
        ("u2", "succeeded", "15"),
        ("u3", "failed", "20"),
    ] {
        let now = refund("re_1", 500, status);
        shows(&shop, &now);
        assert_eq!(
            shop.hears(&thin(id, "refund.updated", &now, None)),
            "claimed"
        );
        assert_eq!(balance(&shop), left, "{status}");
    }
}

/// The object is fetched as it is now, which may be later than the event: the sum is the same.
#[test]
fn an_object_that_has_gone_on_meanwhile_comes_to_the_same() {
    let shop = Shop::new();
    shop.hears(&event(SUCCEEDED, "s1", &payment(&shop)));
    shows(&shop, &refund("re_1", 500, "failed"));
    shows(&shop, &dispute("dp_1", 700, "won"));
    for (id, kind, object) in [
        ("t1", "refund.created", refund("re_1", 500, "pending")),
        ("t2", "refund.failed", refund("re_1", 500, "failed")),
        (
            "t3",
            "charge.dispute.funds_reinstated",
            dispute("dp_1", 700, "won"),
        ),
        (
            "t4",
            "charge.dispute.created",
            dispute("dp_1", 700, "needs_response"),
        ),
        (
            "t5",
            "charge.dispute.funds_withdrawn",
            dispute("dp_1", 700, "needs_response"),
        ),
        ("t6", "charge.dispute.closed", dispute("dp_1", 700, "won")),
    ] {
        shop.hears(&thin(id, kind, &object, None));
    }
    assert_eq!(balance(&shop), "20");
}

// What does not answer.

#[test]
fn what_could_not_be_fetched_is_kept_and_tried_again() {
    for mishap in [
        Mishap::Lost,
        Mishap::Unheard,
        Mishap::Cut,
        Mishap::Status(500),
        Mishap::Status(401),
        Mishap::Status(400),
        Mishap::Wait(429, 600),
    ] {
        let shop = Shop::new();
        let paid = payment(&shop);
        shows(&shop, &paid);
        let fails =
            || shop.world.stripe.borrow_mut().mishaps = vec![("/v1/payment_intents", mishap)];
        fails();
        assert_eq!(
            shop.hears(&thin("t1", SUCCEEDED, &paid, None)),
            "queued not_fetched_yet",
            "{mishap:?}"
        );
        assert_eq!(shop.credits(), [""; 0]);
        // A tick before its time does nothing, the first one after it fails, the next one finds it.
        let before = asked(&shop);
        shop.world.clock.set(NOW + 59_000);
        shop.world.tick();
        assert_eq!(asked(&shop), before);
        fails();
        shop.world.clock.set(NOW + 60_000);
        shop.world.tick();
        assert_eq!((asked(&shop), shop.credits().len()), (before + 1, 0));
        shop.world.clock.set(NOW + 60_000 + 119_000);
        shop.world.tick();
        assert_eq!(asked(&shop), before + 1, "twice as long");
        shop.world.clock.set(NOW + 60_000 + 120_000);
        shop.world.tick();
        assert_eq!(shop.credits(), [ONE], "{mishap:?}");
        let done = &inbox(&shop)[0];
        assert_eq!(
            (&done["outcome"], &done["next_at"]),
            (&json!("taken"), &Value::Null)
        );
        let before = asked(&shop);
        shop.world.clock.set(NOW + 86_400_000);
        shop.world.tick();
        assert_eq!(asked(&shop), before);
    }
}

/// For a month, then somebody has to look at it. Pauses grow to six hours.
#[test]
fn what_is_never_fetched_is_seen_by_somebody_in_the_end() {
    let shop = Shop::new();
    let paid = payment(&shop);
    shop.world.stripe.borrow_mut().keys.clear();
    let event = thin("t1", SUCCEEDED, &paid, None);
    assert_eq!(shop.hears(&event), "queued not_fetched_yet");
    let before = asked(&shop);
    let mut hours = 0;
    while inbox(&shop)[0]["outcome"].is_null() {
        assert!(hours < 31 * 24, "it ends");
        hours += 1;
        shop.world.clock.set(NOW + hours * 3_600_000);
        shop.world.tick();
    }
    assert!((30 * 24..30 * 24 + 7).contains(&hours), "{hours} hours");
    let times = asked(&shop) - before;
    assert!((110..140).contains(&times), "{times} times");
    let [row] = &shop.world.rows("SELECT * FROM unmatched_payment")[..] else {
        panic!("one row")
    };
    assert_eq!(
        (&row["reason"], &row["payment"]),
        (&json!("thin_event"), &json!("pi_1"))
    );
    assert!(text(row, "detail").contains("refused the key"), "{row}");
    assert_eq!(
        shop.world
            .logged
            .borrow()
            .iter()
            .filter(|line| line.contains("thin_event"))
            .count(),
        1
    );
}

#[test]
fn what_is_done_is_forgotten_by_its_age() {
    let shop = Shop::new();
    let paid = payment(&shop);
    shows(&shop, &paid);
    shop.hears(&thin("t1", SUCCEEDED, &paid, None));
    shop.world.stripe.borrow_mut().mishaps = vec![("/v1/refunds", Mishap::Lost)];
    let back = thin(
        "t2",
        "refund.created",
        &refund("re_1", 1, "succeeded"),
        None,
    );
    assert_eq!(shop.hears(&back), "queued not_fetched_yet");
    shop.world.clock.set(NOW + 91 * 86_400_000);
    shop.world.tick();
    let ids: Vec<String> = inbox(&shop)
        .iter()
        .map(|row| text(row, "event_id"))
        .collect();
    assert_eq!(ids, ["evt_t2"], "the one that was not done until now");
}

#[test]
fn what_is_not_at_stripe_or_is_another_object_is_seen_at_once() {
    let shop = Shop::new();
    let paid = payment(&shop);
    assert_eq!(
        shop.hears(&thin("t1", SUCCEEDED, &paid, None)),
        "unmatched thin_event"
    );
    let mut other = paid.clone();
    other["id"] = "pi_2".into();
    shop.world
        .stripe
        .borrow_mut()
        .objects
        .insert("/v1/payment_intents/pi_1".to_owned(), other);
    assert_eq!(
        shop.hears(&thin("t2", SUCCEEDED, &paid, None)),
        "unmatched thin_event"
    );
    // An object of another kind, under the right name.
    let mut wrong = refund("pi_1", 2_000, "succeeded");
    wrong["object"] = "charge".into();
    shop.world
        .stripe
        .borrow_mut()
        .objects
        .insert("/v1/payment_intents/pi_1".to_owned(), wrong);
    assert_eq!(
        shop.hears(&thin("t3", SUCCEEDED, &paid, None)),
        "unmatched unreadable_object"
    );
    assert_eq!(shop.credits(), [""; 0]);
    // Another event of the payment settles them all.
    assert_eq!(shop.hears(&event(SUCCEEDED, "s1", &paid)), "credited");
    let open = "SELECT event_id FROM unmatched_payment WHERE status = 'open'";
    let open: Vec<_> = shop
        .world
        .rows(open)
        .iter()
        .map(|row| text(row, "event_id"))
        .collect();
    assert_eq!(
        open,
        ["evt_t3"],
        "of which nothing was believed, not even its payment"
    );
}

#[test]
fn without_a_key_of_stripe_it_is_parked() {
    let shop = Shop::new();
    let paid = payment(&shop);
    shop.world.get(&sent("DELETE", PLACE, Value::Null), 204);
    assert_eq!(
        shop.hears(&thin("t1", SUCCEEDED, &paid, None)),
        "unmatched thin_event"
    );
    let how_far = thin("t2", "payment_intent.processing", &paid, None);
    assert_eq!(shop.hears(&how_far), "ignored not_a_payment");
    assert!(inbox(&shop).is_empty());
    assert_eq!(shop.hears(&event(SUCCEEDED, "s1", &paid)), "credited");
    let row = &shop.world.rows("SELECT status FROM unmatched_payment")[0];
    assert_eq!(row["status"], "credited");
}

/// A key that is taken away while events wait: they wait for the next one.
#[test]
fn a_connection_that_comes_back_finishes_what_waits() {
    let shop = Shop::new();
    let paid = payment(&shop);
    shows(&shop, &paid);
    shop.world.stripe.borrow_mut().mishaps = vec![("/v1/payment_intents", Mishap::Lost)];
    shop.hears(&thin("t1", SUCCEEDED, &paid, None));
    shop.world.get(&sent("DELETE", PLACE, Value::Null), 204);
    shop.world.clock.set(NOW + 60_000);
    shop.world.tick();
    assert_eq!(inbox(&shop)[0]["attempts"], 2);
    shop.world
        .get(&sent("PUT", PLACE, json!({"secret_key": KEY})), 200);
    shop.world.clock.set(NOW + 3_600_000);
    shop.world.tick();
    assert_eq!(shop.credits(), [ONE]);
}

/// Nobody is asked at an address that an event names, but Stripe at a path.
#[test]
fn an_address_that_leads_elsewhere_is_not_asked() {
    let shop = Shop::new();
    let paid = payment(&shop);
    shows(&shop, &paid);
    let before = asked(&shop);
    for (number, url) in [
        "https://evil.example/v1/payment_intents/pi_1",
        "//evil.example/v1/payment_intents/pi_1",
        "/v1/payment_intents/../../pi_1",
        "/v1/payment_intents/pi_1?expand[]=x",
        "/payment_intents/pi_1",
        "@evil.example/v1/x",
    ]
    .iter()
    .enumerate()
    {
        let mut body = thin_body(&format!("t{number}"), SUCCEEDED, &paid, None);
        body["related_object"]["url"] = (*url).into();
        let said = shop.hears(&stripe_signed("", "whsec_local", &body));
        assert_eq!(said, "unmatched unreadable_object", "{url}");
    }
    assert_eq!((asked(&shop), inbox(&shop).len()), (before, 0));
}

/// On whose account it happened is said by `context`, and Stripe is asked for that one.
#[test]
fn a_connected_account_is_asked_for_by_its_context() {
    let shop = Shop::new();
    shop.world.stripe.borrow_mut().connected = vec!["acct_7".to_owned()];
    let paid = payment(&shop);
    shows(&shop, &paid);
    let mut body = thin_body("t1", SUCCEEDED, &paid, None);
    body["context"] = "acct_7".into();
    // The endpoint of the environment lists none.
    let unmapped = shop.hears(&stripe_signed("", "whsec_local", &body));
    assert_eq!(unmapped, "unmatched unmapped_account");
    let mut world = shop.world;
    world.deploy();
    let key = crate::edge_stripe::key_of(&world, "acc_default", "test");
    world.get(
        &sent("PUT", PLACE, json!({"secret_key": KEY})).by(&key),
        200,
    );
    let endpoint = json!({"name": "Shop", "secret": "whsec_c", "connected_accounts": ["acct_7"]});
    let endpoint = text(
        &world.get(&post("/v1/stripe/endpoints", endpoint).by(&key), 201),
        "id",
    );
    body["id"] = "evt_t2".into();
    let said = world.get(
        &stripe_signed(&format!("/{endpoint}"), "whsec_c", &body),
        200,
    );
    assert_eq!(said["outcome"], "credited");
    let last = world.stripe.borrow().asked.last().cloned();
    assert_eq!(
        last.as_deref(),
        Some("GET /v1/payment_intents/pi_1 for acct_7")
    );
}

/// Each question of the directory and of the wallet is lost once, and so is each answer; then the event comes again, or
/// the clock ticks.
#[test]
fn a_thin_event_that_is_interrupted_anywhere_is_credited_once() {
    for asked in [Asked::Directory, Asked::Wallet] {
        for place in 0.. {
            let mut reached = false;
            for (lost, again) in [
                (Lost::Question, true),
                (Lost::Answer, true),
                (Lost::Question, false),
                (Lost::Answer, false),
            ] {
                let shop = Shop::new();
                let paid = payment(&shop);
                shows(&shop, &paid);
                let event = thin("t1", SUCCEEDED, &paid, None);
                shop.world.break_at(Fault { asked, place, lost });
                let first = shop.world.one(&event);
                reached |= first.status == 503 || first.body.contains("queued");
                shop.world.mend();
                let kept = !inbox(&shop).is_empty();
                if again || !kept {
                    assert!(kept || first.status == 503, "a 2xx says that it is kept");
                    shop.world.one(&event);
                }
                shop.world.clock.set(NOW + 3_600_000);
                shop.world.tick();
                assert_eq!(shop.credits(), [ONE], "{asked:?} {place} {lost:?} {again}");
                assert!(inbox(&shop)[0]["next_at"].is_null());
            }
            if !reached {
                assert!(place > 0, "nothing was lost");
                break;
            }
        }
    }
}

#[test]
fn both_forms_and_the_clock_race_and_credit_once() {
    for seed in 0..60 {
        let shop = Shop::new();
        shop.top_up(json!({}));
        let session = shop.pays(json!({}));
        shows(&shop, &intent(&session, "succeeded"));
        let kind = "checkout.session.completed";
        let all = [
            completed(&session),
            thin("t1", kind, &session, Some("completed")),
            thin("t1", kind, &session, Some("completed")),
            thin("t2", SUCCEEDED, &intent(&session, "succeeded"), None),
        ];
        let statuses: Vec<u16> = shop
            .world
            .race(&all, seed)
            .iter()
            .map(|one| one.status)
            .collect();
        assert_eq!(statuses, [200; 4], "seed {seed}");
        assert_eq!(shop.credits(), [PAID], "seed {seed}");
        assert!(
            shop.world
                .rows("SELECT * FROM unmatched_payment")
                .is_empty()
        );
    }
}

/// The events of one side are fetched with the key of that side, and fill its wallets alone.
#[test]
fn each_side_fetches_with_its_own_key() {
    let world = Memory::deployed();
    let mut stripe = StripeDouble::knowing("sk_test_abcdefgh1234");
    stripe
        .keys
        .insert("sk_live_abcdefgh1234".to_owned(), "acct_live".to_owned());
    world.stripe.replace(stripe);
    let mut balances = Vec::new();
    for (mode, livemode) in [("test", false), ("live", true)] {
        let key = crate::edge_stripe::key_of(&world, "acc_default", mode);
        let secret = format!("sk_{mode}_abcdefgh1234");
        world.get(
            &sent("PUT", PLACE, json!({"secret_key": secret})).by(&key),
            200,
        );
        let acme = json!({"name": "Acme", "external_id": "acme"});
        let customer = text(&world.get(&post("/v1/customers", acme).by(&key), 201), "id");
        let endpoint = json!({"name": "Shop", "secret": format!("whsec_{mode}")});
        let endpoint = text(
            &world.get(&post("/v1/stripe/endpoints", endpoint).by(&key), 201),
            "id",
        );
        let mut paid = payment_event("pi_1", 2_000, json!({"scrip_customer_id": customer}))["data"]
            ["object"]
            .clone();
        paid["livemode"] = livemode.into();
        world
            .stripe
            .borrow_mut()
            .objects
            .insert(url_of(&paid), paid.clone());
        let mut body = thin_body("t1", SUCCEEDED, &paid, None);
        body["livemode"] = livemode.into();
        let said = world.get(
            &stripe_signed(&format!("/{endpoint}"), &format!("whsec_{mode}"), &body),
            200,
        );
        assert_eq!(said["outcome"], "credited", "{mode}");
        // What is fetched says its own side, and is not believed on another.
        let other =
            payment_event("pi_2", 2_000, json!({"scrip_customer_id": customer}))["data"]["object"]
                .clone();
        let mut other_side = other.clone();
        other_side["livemode"] = (!livemode).into();
        world
            .stripe
            .borrow_mut()
            .objects
            .insert(url_of(&other_side), other_side);
        let mut body = thin_body("t2", SUCCEEDED, &other, None);
        body["livemode"] = livemode.into();
        let said = world.get(
            &stripe_signed(&format!("/{endpoint}"), &format!("whsec_{mode}"), &body),
            200,
        );
        assert_eq!(said["reason"], "wrong_mode", "{mode}");
        let wallet = world.get(
            &get(format!("/v1/customers/{customer}/wallet")).by(&key),
            200,
        );
        balances.push(text(&wallet["accounts"][0], "balance"));
    }
    assert_eq!(balances, ["20", "20"]);
}

// Versions.

#[test]
fn an_unknown_version_is_parked_loudly_until_somebody_pins_it() {
    let world = Memory::deployed();
    let key = crate::edge_stripe::key_of(&world, "acc_default", "test");
    let acme = json!({"name": "Acme", "external_id": "acme"});
    let customer = text(&world.get(&post("/v1/customers", acme).by(&key), 201), "id");
    let made = json!({"name": "Shop", "secret": "whsec_s"});
    let made = world.get(&post("/v1/stripe/endpoints", made).by(&key), 201);
    assert_eq!(made["api_version"], "2026-10-28.endive");
    let path = format!("/v1/stripe/endpoints/{}", text(&made, "id"));
    let deliver = |event: &Value| {
        let said = world.get(
            &stripe_signed(&format!("/{}", text(&made, "id")), "whsec_s", event),
            200,
        );
        format!(
            "{} {}",
            text(&said, "outcome"),
            said["reason"].as_str().unwrap_or_default()
        )
    };
    let mut paid = payment_event("pi_1", 2_000, json!({"scrip_customer_id": customer}));
    paid["api_version"] = "2031-02-28.zinnia".into();
    let mut back = json!({"id": "evt_re", "object": "event", "type": "refund.created", "livemode": false,
        "data": {"object": refund("re_1", 500, "succeeded")}});
    back["api_version"] = "2031-02-28.zinnia".into();
    world.logged.borrow_mut().clear();
    for event in [&paid, &back, &paid] {
        assert_eq!(deliver(event), "unmatched unknown_version");
    }
    let logged = world.logged.borrow().clone();
    let lines: Vec<_> = logged
        .iter()
        .filter(|line| line.contains("unknown_version"))
        .collect();
    assert_eq!(lines.len(), 2, "once for each event: {logged:?}");
    assert!(lines[0].contains("payment_not_credited") && lines[0].contains("pi_1"));
    let list = world.get(&get("/v1/unmatched-payments").by(&key), 200);
    let first = &list["items"].as_array().expect("items")[0];
    assert!(text(first, "detail").contains("2031-02-28.zinnia"));
    assert_eq!(first["amount"], Value::Null, "nothing of the money is read");
    for wrong in [json!(""), json!("zinnia"), json!(5), json!("2031-02-28.")] {
        world.get(
            &sent("PATCH", path.clone(), json!({"api_version": wrong})).by(&key),
            422,
        );
    }
    let pin = json!({"api_version": "2031-02-28.zinnia"});
    let pinned = world.get(&sent("PATCH", path.clone(), pin).by(&key), 200);
    assert_eq!(pinned["api_version"], "2031-02-28.zinnia");
    // Sent again at Stripe, they are read.
    assert_eq!(deliver(&paid), "credited ");
    assert_eq!(deliver(&back), "claimed ");
    let open = world.get(&get("/v1/unmatched-payments").by(&key), 200);
    assert!(
        open["items"].as_array().expect("items").is_empty(),
        "{open}"
    );
}

/// Known versions are read beside the pinned one, and others are not; the release's own version is no pin.
#[test]
fn a_pin_is_of_one_version_and_is_taken_back_by_our_own() {
    let world = Memory::deployed();
    let key = crate::edge_stripe::key_of(&world, "acc_default", "test");
    let customer = text(
        &world.get(
            &post("/v1/customers", json!({"name": "Acme"})).by(&key),
            201,
        ),
        "id",
    );
    let made = json!({"name": "Shop", "secret": "whsec_s", "api_version": "2031-02-28.zinnia"});
    let made = world.get(&post("/v1/stripe/endpoints", made).by(&key), 201);
    assert_eq!(made["api_version"], "2031-02-28.zinnia");
    let id = text(&made, "id");
    let said = |number: usize, version: &str| {
        let metadata = json!({"scrip_customer_id": customer});
        let mut event = payment_event(&format!("pi_{number}"), 2_000, metadata);
        event["api_version"] = version.into();
        let said = world.get(&stripe_signed(&format!("/{id}"), "whsec_s", &event), 200);
        said["reason"].as_str().unwrap_or("credited").to_owned()
    };
    assert_eq!(said(1, "2031-02-28.zinnia"), "credited");
    assert_eq!(said(2, "2020-08-27"), "credited");
    assert_eq!(said(3, "2032-01-01.aster"), "unknown_version");
    let path = format!("/v1/stripe/endpoints/{id}");
    let renamed = world.get(
        &sent("PATCH", path.clone(), json!({"name": "Other"})).by(&key),
        200,
    );
    assert_eq!(
        renamed["api_version"], "2031-02-28.zinnia",
        "what is left out stays"
    );
    let own = json!({"api_version": "2026-10-28.endive"});
    world.get(&sent("PATCH", path, own).by(&key), 200);
    assert_eq!(said(4, "2031-02-28.zinnia"), "unknown_version");
    assert_eq!(said(5, "2026-10-28.endive"), "credited");
}

/// The snapshot is in a version that nobody has looked at; the thin form is fetched in ours.
#[test]
fn a_thin_event_reads_what_its_snapshot_could_not_say() {
    let shop = Shop::new();
    let paid = payment(&shop);
    shows(&shop, &paid);
    let mut snapshot = payment_event("pi_1", 2_000, json!({"scrip_customer_id": shop.customer}));
    snapshot["api_version"] = "2031-02-28.zinnia".into();
    let snapshot = stripe_signed("", "whsec_local", &snapshot);
    assert_eq!(shop.hears(&snapshot), "unmatched unknown_version");
    assert_eq!(
        shop.hears(&thin("t1", SUCCEEDED, &paid, Some("pi_1"))),
        "credited"
    );
    assert_eq!(shop.hears(&snapshot), "ignored already_credited");
    let row = &shop.world.rows("SELECT status FROM unmatched_payment")[0];
    assert_eq!(row["status"], "credited");
}
