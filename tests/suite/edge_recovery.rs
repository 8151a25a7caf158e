//! Events that Stripe could not deliver are asked for, page by page, and take effect once: by a call, and by the clock.

use serde_json::{Value, json};

use crate::edge_cases::text;
use crate::edge_thin::balance;
use crate::shop::{KEY, PLACE, Shop};
use crate::signed::{payment_event, stripe_signed};
use crate::stripe_double::Mishap;
use crate::world::{Asked, Fault, Lost, NOW, Sent, get, post, sent};

fn run() -> Sent {
    post("/v1/stripe/recoveries", Value::Null)
}

/// A payment of a cent that nobody was told of, in the shape that Stripe's list has.
fn undelivered(shop: &Shop, number: usize) -> Value {
    let metadata = json!({"scrip_customer_id": shop.customer});
    let mut event = payment_event(&format!("pi_{number}"), 1, metadata);
    event["id"] = format!("evt_{number:05}").into();
    event["api_version"] = "2026-10-28.endive".into();
    event
}

fn happens(shop: &Shop, numbers: std::ops::Range<usize>) {
    for number in numbers {
        let event = undelivered(shop, number);
        shop.world.stripe.borrow_mut().events.push(event);
    }
}

/// Calls until there is no more; how often, and what was newly credited in all.
fn all(shop: &Shop) -> (usize, u64) {
    let (mut calls, mut credited) = (0, 0);
    loop {
        let found = shop.world.get(&run(), 200);
        calls += 1;
        credited += found["credited"].as_u64().expect("a number");
        if found["more"] == false {
            return (calls, credited);
        }
        assert!(calls < 100, "it never ends");
    }
}

fn questions(shop: &Shop) -> Vec<String> {
    let stripe = shop.world.stripe.borrow();
    let events = stripe
        .asked
        .iter()
        .filter(|one| one.starts_with("GET /v1/events"));
    let end = |one: &String| one.rsplit('&').next().unwrap_or_default().to_owned();
    events.map(end).collect()
}

#[test]
fn what_was_never_delivered_is_credited_and_then_only_what_is_newer_is_asked_for() {
    let shop = Shop::new();
    happens(&shop, 0..3);
    assert_eq!(
        shop.world.get(&run(), 200),
        json!({"fetched": 0, "events": 3, "credited": 3, "claimed": 0, "unmatched": 0, "more": false})
    );
    assert_eq!(balance(&shop), "0.03");
    happens(&shop, 3..5);
    let before = shop.world.everything().len();
    let found = shop.world.get(&run(), 200);
    assert_eq!(
        (&found["events"], &found["credited"]),
        (&json!(2), &json!(2))
    );
    assert!(shop.world.everything().len() > before);
    // Again: nothing is newer, and nothing changes.
    let found = shop.world.get(&run(), 200);
    assert_eq!(
        (&found["events"], &found["more"]),
        (&json!(0), &json!(false))
    );
    assert_eq!(
        questions(&shop),
        [
            "limit=50",
            "ending_before=evt_00002",
            "ending_before=evt_00004"
        ]
    );
    assert_eq!(balance(&shop), "0.05");
}

/// Whatever the number: some pages of each call, going back first and forth then, and none is missed.
#[test]
fn any_number_is_found_in_bounded_calls() {
    for (first, second) in [(0, 260), (49, 51), (50, 0), (430, 470)] {
        let shop = Shop::new();
        happens(&shop, 0..first);
        let (calls, credited) = all(&shop);
        assert_eq!(credited, u64::try_from(first).expect("small"), "{first}");
        assert!(calls <= first / 200 + 1, "{calls} calls for {first}");
        happens(&shop, first..first + second);
        let (_, credited) = all(&shop);
        assert_eq!(
            credited,
            u64::try_from(second).expect("small"),
            "{second} after {first}"
        );
        let cents = first + second;
        let expected = format!("{}.{:02}", cents / 100, cents % 100);
        let expected = expected
            .trim_end_matches('0')
            .trim_end_matches('.')
            .to_owned();
        assert_eq!(balance(&shop), expected);
    }
}

/// What happens while it goes back is newer than where it began, so it is found when it goes forth.
#[test]
fn what_happens_meanwhile_is_found_too() {
    let shop = Shop::new();
    happens(&shop, 0..250);
    assert_eq!(shop.world.get(&run(), 200)["more"], true);
    happens(&shop, 250..260);
    all(&shop);
    all(&shop);
    assert_eq!(balance(&shop), "2.6");
}

/// A delivery and the look for it, in either order and at once.
#[test]
fn a_delivery_that_comes_after_all_changes_nothing() {
    for seed in 0..40 {
        let shop = Shop::new();
        happens(&shop, 0..2);
        let late = stripe_signed("", "whsec_local", &undelivered(&shop, 1));
        let replies = shop.world.race(&[run(), late.clone(), run()], seed);
        assert!(replies.iter().all(|one| one.status == 200), "seed {seed}");
        shop.world.get(&late, 200);
        assert_eq!(balance(&shop), "0.02", "seed {seed}");
    }
}

#[test]
fn refunds_and_disputes_are_recovered_before_or_after_their_payment() {
    let shop = Shop::new();
    let refund = json!({"id": "re_1", "object": "refund", "amount": 1, "currency": "usd", "status": "succeeded",
        "payment_intent": "pi_0"});
    let told = |id: &str, kind: &str, object: &Value| {
        json!({"id": id, "object": "event", "livemode": false, "type": kind,
            "api_version": "2026-10-28.endive", "data": {"object": object}})
    };
    let events = vec![
        told("evt_re", "refund.created", &refund),
        undelivered(&shop, 0),
        undelivered(&shop, 1),
        told("evt_file", "file.created", &json!({})),
        json!({"id": "evt_new", "object": "event", "livemode": false, "type": "payment_intent.succeeded",
            "api_version": "2031-02-28.zinnia", "data": {"object": {"id": "pi_9", "object": "payment_intent"}}}),
    ];
    shop.world.stripe.borrow_mut().events = events;
    let found = shop.world.get(&run(), 200);
    assert_eq!(
        (
            &found["events"],
            &found["credited"],
            &found["claimed"],
            &found["unmatched"]
        ),
        (&json!(4), &json!(2), &json!(1), &json!(1))
    );
    assert_eq!(balance(&shop), "0.01");
    let row = &shop.world.rows("SELECT reason FROM unmatched_payment")[0];
    assert_eq!(row["reason"], "unknown_version");
}

// What does not answer.

/// Each question is lost once, and so is each answer: the same call goes on where it ended.
#[test]
fn a_run_that_is_interrupted_anywhere_goes_on_and_misses_nothing() {
    for asked in [Asked::Directory, Asked::Wallet] {
        for place in 0.. {
            let mut reached = false;
            for lost in [Lost::Question, Lost::Answer] {
                let shop = Shop::new();
                happens(&shop, 0..3);
                shop.world.break_at(Fault { asked, place, lost });
                reached |= shop.world.one(&run()).status == 503;
                shop.world.mend();
                all(&shop);
                happens(&shop, 3..4);
                all(&shop);
                assert_eq!(balance(&shop), "0.04", "{asked:?} {place} {lost:?}");
            }
            if !reached {
                assert!(place > 0, "nothing was lost");
                break;
            }
        }
    }
}

#[test]
fn stripe_that_does_not_answer_or_refuses_is_told() {
    let shop = Shop::new();
    happens(&shop, 0..2);
    shop.world.stripe.borrow_mut().mishaps = vec![("/v1/events", Mishap::Lost); 3];
    assert_eq!(shop.world.one(&run()).status, 503);
    let keys = std::mem::take(&mut shop.world.stripe.borrow_mut().keys);
    assert_eq!(shop.world.get(&run(), 422)["code"], "processor_refused");
    shop.world.stripe.borrow_mut().keys = keys;
    assert_eq!(all(&shop), (1, 2));
    shop.world.get(&sent("DELETE", PLACE, Value::Null), 204);
    assert_eq!(shop.world.get(&run(), 409)["code"], "wrong_state");
}

/// Stripe keeps events for 30 days: where the last good one is gone, all that it keeps is looked at again.
#[test]
fn a_last_good_event_that_stripe_has_forgotten_begins_anew() {
    let shop = Shop::new();
    happens(&shop, 0..3);
    all(&shop);
    shop.world.stripe.borrow_mut().events.clear();
    happens(&shop, 2..6);
    shop.world.stripe.borrow_mut().events.remove(0);
    let (_, credited) = all(&shop);
    assert_eq!((credited, balance(&shop).as_str()), (3, "0.06"));
}

#[test]
fn another_account_at_stripe_is_another_list() {
    let shop = Shop::new();
    happens(&shop, 0..3);
    all(&shop);
    let mut stripe = shop.world.stripe.borrow_mut();
    stripe
        .keys
        .insert("sk_test_other12345".to_owned(), "acct_other".to_owned());
    stripe.events.clear();
    drop(stripe);
    shop.world.get(
        &sent("PUT", PLACE, json!({"secret_key": "sk_test_other12345"})),
        200,
    );
    happens(&shop, 7..9);
    assert_eq!(all(&shop), (1, 2));
    assert_eq!(
        questions(&shop).last().map(String::as_str),
        Some("limit=50")
    );
}

// The clock.

#[test]
fn the_clock_recovers_and_rests() {
    let shop = Shop::new();
    happens(&shop, 0..2);
    shop.world.tick();
    assert_eq!(balance(&shop), "0.02");
    happens(&shop, 2..3);
    shop.world.clock.set(NOW + 15 * 60_000 - 1);
    shop.world.tick();
    assert_eq!(balance(&shop), "0.02", "it rests for a quarter of an hour");
    shop.world.clock.set(NOW + 15 * 60_000);
    shop.world.tick();
    assert_eq!(balance(&shop), "0.03");
    // More than one tick does goes on at the next one.
    happens(&shop, 3..250);
    for minutes in [30, 35, 40] {
        shop.world.clock.set(NOW + minutes * 60_000);
        shop.world.tick();
    }
    assert_eq!(balance(&shop), "2.5");
}

/// One side whose key is refused keeps no other one waiting, and is told to whoever runs the deployment.
#[test]
fn one_side_that_fails_keeps_no_other_waiting() {
    let shop = Shop::new();
    let world = &shop.world;
    let key = crate::edge_stripe::key_of(world, "acc_other", "test");
    world
        .stripe
        .borrow_mut()
        .keys
        .insert("sk_test_other12345".to_owned(), "acct_other".to_owned());
    world.get(
        &sent("PUT", PLACE, json!({"secret_key": "sk_test_other12345"})).by(&key),
        200,
    );
    let customer = text(
        &world.get(&post("/v1/customers", json!({"name": "B"})).by(&key), 201),
        "id",
    );
    world.stripe.borrow_mut().events = vec![{
        let mut event = payment_event(
            "pi_1",
            5,
            json!({"scrip_customer_id": customer, "scrip_account": "acc_other"}),
        );
        event["api_version"] = "2026-10-28.endive".into();
        event
    }];
    world.stripe.borrow_mut().keys.remove(KEY);
    world.logged.borrow_mut().clear();
    world.tick();
    let wallet = world.get(
        &get(format!("/v1/customers/{customer}/wallet")).by(&key),
        200,
    );
    assert_eq!(wallet["accounts"][0]["balance"], "0.05");
    let logged = world.logged.borrow();
    let failed: Vec<_> = logged
        .iter()
        .filter(|line| line.contains("stripe_upkeep_failed"))
        .collect();
    assert_eq!(failed.len(), 1, "{logged:?}");
    assert!(
        failed[0].contains("acc_default") && !failed[0].contains("sk_test"),
        "{}",
        failed[0]
    );
}
