//! What Stripe has taken and given back against what was credited and taken back: what does not agree is listed with
//! its amount and its age, and one call mends it, once.

use serde_json::{Value, json};

use crate::edge_cases::text;
use crate::edge_charges::Till;
use crate::edge_thin::{balance, shows};
use crate::shop::{PAID, PLACE, Shop, completed, event, intent};
use crate::signed::payment_event;
use crate::stripe_double::Mishap;
use crate::world::{Asked, Fault, Lost, NOW, get, post, sent};

const SUCCEEDED: &str = "payment_intent.succeeded";

/// A payment of so many cents at Stripe, an hour old, that names the shop's customer.
fn paid(shop: &Shop, id: &str, cents: u64) -> Value {
    let metadata = json!({"scrip_customer_id": shop.customer});
    let mut intent = payment_event(id, cents, metadata)["data"]["object"].clone();
    intent["created"] = (NOW / 1_000 - 3_600).into();
    shows(shop, &intent);
    intent
}

fn refund(shop: &Shop, id: &str, payment: &str, cents: u64, status: &str) -> Value {
    let refund = json!({"id": id, "object": "refund", "amount": cents, "currency": "usd", "status": status,
        "payment_intent": payment, "created": NOW / 1_000 - 60});
    shows(shop, &refund);
    refund
}

/// All pages: what is paid and not credited, and what is credited and not paid, as `kind id amount customer`.
fn walked(shop: &Shop, query: &str) -> [Vec<String>; 2] {
    let mut all = [Vec::new(), Vec::new()];
    let mut cursor = String::new();
    for pages in 0.. {
        assert!(pages < 20, "it never ends");
        let page = shop
            .world
            .get(&get(format!("/v1/reconciliation?{query}{cursor}")), 200);
        for (place, name) in ["paid_not_credited", "credited_not_paid"]
            .iter()
            .enumerate()
        {
            for item in page[name].as_array().expect("a list") {
                let amount = item["amount"].as_str().unwrap_or("-");
                all[place].push(format!(
                    "{} {} {amount}",
                    text(item, "kind"),
                    text(item, "id")
                ));
            }
        }
        match page["next"].as_str() {
            Some(next) => cursor = format!("&cursor={next}"),
            None => break,
        }
    }
    all
}

fn agrees(shop: &Shop) -> bool {
    walked(shop, "") == [Vec::<String>::new(), Vec::new()]
}

fn mend(shop: &Shop, id: &str) -> Value {
    shop.world
        .get(&post("/v1/reconciliation/mend", json!({"id": id})), 200)
}

#[test]
fn a_payment_that_no_event_told_is_listed_with_its_age_and_credited_by_one_call() {
    let shop = Shop::new();
    paid(&shop, "pi_1", 2_000);
    let page = shop.world.get(&get("/v1/reconciliation"), 200);
    assert_eq!(
        page["paid_not_credited"],
        json!([{"kind": "payment", "id": "pi_1", "payment": "pi_1", "amount": "20", "currency": "USD",
            "customer_id": null, "event_id": null, "at": "2026-09-21T13:13:20Z", "age_seconds": 3_600}])
    );
    assert_eq!(
        (&page["credited_not_paid"], &page["next"]),
        (&json!([]), &json!("refunds."))
    );
    assert_eq!(mend(&shop, "pi_1")["outcome"], "credited");
    assert_eq!(
        shop.credits(),
        ["stripe:pi:pi_1 20 default:USD paid paid 20"]
    );
    assert!(agrees(&shop));
    // Once, however often it is called and whatever event comes after all.
    let again = shop
        .world
        .one(&post("/v1/reconciliation/mend", json!({"id": "pi_1"})));
    assert!(again.replayed && again.status == 200, "{}", again.body);
    shop.hears(&event(SUCCEEDED, "late", &paid(&shop, "pi_1", 2_000)));
    assert_eq!(shop.credits().len(), 1);
}

/// What was sold is credited, also where the session alone says it.
#[test]
fn a_top_up_is_mended_by_what_it_sold() {
    let shop = Shop::new();
    shop.top_up(json!({}));
    let session = shop.pays(json!({"amount_total": 2_380, "total_details": {"amount_tax": 380}}));
    let mut behind = intent(&session, "succeeded");
    behind["created"] = (NOW / 1_000 - 60).into();
    shows(&shop, &behind);
    assert_eq!(walked(&shop, "")[0], ["payment pi_1 23.8"]);
    assert_eq!(mend(&shop, "pi_1")["outcome"], "credited");
    assert_eq!(
        shop.credits(),
        ["stripe:pi:pi_1 20 default:USD paid paid 23.8"]
    );
    // A session of somebody's own, of which the PaymentIntent says that it carries the money.
    let shop = Shop::new();
    let metadata = json!({"scrip_customer_id": shop.customer, "scrip_source": "checkout"});
    let mut behind = payment_event("pi_7", 1_190, metadata.clone())["data"]["object"].clone();
    behind["created"] = (NOW / 1_000 - 60).into();
    shows(&shop, &behind);
    let session = json!({"id": "cs_7", "object": "checkout.session", "livemode": false, "mode": "payment",
        "status": "complete", "payment_status": "paid", "payment_intent": "pi_7", "currency": "usd",
        "amount_subtotal": 1_000, "amount_total": 1_190, "metadata": metadata,
        "total_details": {"amount_discount": 0, "amount_shipping": 0, "amount_tax": 190}});
    shop.world
        .stripe
        .borrow_mut()
        .sessions
        .insert("cs_7".to_owned(), session);
    assert_eq!(mend(&shop, "pi_7")["outcome"], "credited");
    assert_eq!(balance(&shop), "10");
}

/// The charge was made, and neither its answer nor its event came.
#[test]
fn a_recharge_whose_answer_was_lost_is_listed_and_credited_once() {
    let till = Till::new("ok");
    till.mishap(Mishap::Unheard, 3);
    till.spend("20");
    assert!(!till.ring());
    assert_eq!(walked(&till.shop, "")[0], ["payment pi_100 50"]);
    assert_eq!(mend(&till.shop, "pi_100")["outcome"], "credited");
    till.agree(&[5_000]);
    assert!(agrees(&till.shop));
    // The alarm looks for what became of it, and finds that the wallet has it.
    assert!(till.ring());
    till.agree(&[5_000]);
}

#[test]
fn what_is_nobodys_or_agrees_is_not_listed() {
    let shop = Shop::new();
    let others = payment_event("pi_2", 700, json!({"order": "7"}))["data"]["object"].clone();
    let mut others = others;
    others["created"] = (NOW / 1_000 - 60).into();
    shows(&shop, &others);
    let mut waits = paid(&shop, "pi_3", 500);
    waits["status"] = "processing".into();
    shows(&shop, &waits);
    // Of another platform account that takes its payments on the same account of Stripe's, and of another side.
    for (id, name, other) in [
        ("pi_5", "scrip_account", "acc_other"),
        ("pi_6", "scrip_mode", "live"),
    ] {
        let mut foreign = paid(&shop, id, 500);
        foreign["metadata"][name] = other.into();
        shows(&shop, &foreign);
    }
    refund(&shop, "re_2", "pi_2", 700, "succeeded");
    let mut old = paid(&shop, "pi_4", 500);
    old["created"] = (NOW / 1_000 - 8 * 86_400).into();
    shows(&shop, &old);
    assert!(agrees(&shop));
    // Once an event of somebody else's payment has come, somebody has to look at it anyhow.
    shop.hears(&event(SUCCEEDED, "o", &others));
    assert_eq!(walked(&shop, "")[0], ["payment pi_2 7"]);
    let settle = json!({"id": "pi_2", "action": "settle"});
    assert_eq!(
        shop.world
            .get(&post("/v1/reconciliation/mend", settle.clone()), 200)["outcome"],
        "settled"
    );
    assert!(
        shop.world
            .one(&post("/v1/reconciliation/mend", settle))
            .replayed
    );
    assert!(agrees(&shop));
    // The window says what is looked at.
    let wide = "from=2026-09-01T00:00:00Z&to=2026-09-22T00:00:00Z";
    assert_eq!(walked(&shop, wide)[0], ["payment pi_4 5"]);
}

#[test]
fn refunds_that_no_event_told_are_taken_and_given_back() {
    let shop = Shop::new();
    shop.hears(&event(SUCCEEDED, "s", &paid(&shop, "pi_1", 2_000)));
    refund(&shop, "re_1", "pi_1", 500, "succeeded");
    assert_eq!(walked(&shop, "")[1], ["refund re_1 5"]);
    assert_eq!(mend(&shop, "re_1")["outcome"], "claimed");
    assert_eq!(balance(&shop), "15");
    assert!(agrees(&shop));
    refund(&shop, "re_1", "pi_1", 500, "failed");
    assert_eq!(walked(&shop, "")[0], ["failed_refund re_1 5"]);
    assert_eq!(mend(&shop, "re_1")["outcome"], "claimed");
    assert_eq!(balance(&shop), "20");
    assert!(agrees(&shop));
    mend(&shop, "re_1");
    assert_eq!(balance(&shop), "20");
}

/// Whoever has the secret of an endpoint can say that money has come: Stripe knows better.
#[test]
fn a_credit_that_was_never_paid_is_listed_and_taken_back_once() {
    let shop = Shop::new();
    let mut forged = paid(&shop, "pi_1", 2_000);
    shop.world.clock.set(NOW + 500);
    shop.hears(&event(SUCCEEDED, "forged", &forged));
    shop.world.clock.set(NOW + 1_000);
    assert!(agrees(&shop));
    forged["status"] = "requires_payment_method".into();
    shows(&shop, &forged);
    // It was credited in the middle of the first second of these windows.
    let short = "from=2026-09-21T14:13:20.2Z&to=2026-09-21T14:13:20.9Z";
    for query in ["", "from=2026-09-21T14:13:20Z", short] {
        assert_eq!(walked(&shop, query)[1], ["payment pi_1 20"], "{query}");
    }
    for _ in 0..2 {
        assert_eq!(mend(&shop, "pi_1")["outcome"], "claimed");
        assert_eq!(balance(&shop), "0");
    }
    assert!(agrees(&shop));
    // Stripe does not know it at all: how much it would have been is for somebody to say.
    let shop = Shop::new();
    shop.hears(&event(SUCCEEDED, "forged", &payment_event("pi_9", 2_000,
        json!({"scrip_customer_id": shop.customer}))["data"]["object"].clone()));
    assert_eq!(walked(&shop, "")[1], ["payment pi_9 -"]);
    let refused = shop
        .world
        .get(&post("/v1/reconciliation/mend", json!({"id": "pi_9"})), 422);
    assert_eq!(refused["code"], "processor_refused");
    let settle = json!({"id": "pi_9", "action": "settle"});
    assert_eq!(
        shop.world
            .get(&post("/v1/reconciliation/mend", settle), 409)["code"],
        "wrong_state"
    );
}

#[test]
fn what_is_not_paid_and_not_credited_agrees() {
    let shop = Shop::new();
    let mut intent = paid(&shop, "pi_1", 2_000);
    intent["status"] = "canceled".into();
    shows(&shop, &intent);
    assert_eq!(
        mend(&shop, "pi_1"),
        json!({"id": "pi_1", "outcome": "ignored", "reason": "not_paid_yet"})
    );
    assert_eq!(shop.credits(), [""; 0]);
}

/// Many payments: pages of Stripe's lists, and of our own.
#[test]
fn a_long_walk_misses_nothing_and_repeats_nothing() {
    let shop = Shop::new();
    for number in 0..130 {
        let one = paid(&shop, &format!("pi_{number:03}"), 100);
        if number % 2 == 0 {
            shop.hears(&event(SUCCEEDED, &format!("s{number}"), &one));
        }
    }
    let mut lost = Vec::new();
    for number in [2, 50, 128] {
        let mut one = paid(&shop, &format!("pi_{number:03}"), 100);
        one["status"] = "canceled".into();
        shows(&shop, &one);
        lost.push(format!("payment pi_{number:03} 1"));
    }
    let [mut paid, mut credited] = walked(&shop, "");
    let odd: Vec<String> = (0..130)
        .filter(|n| n % 2 == 1)
        .map(|n| format!("payment pi_{n:03} 1"))
        .collect();
    paid.sort();
    credited.sort();
    assert_eq!((paid, credited), (odd, lost));
}

#[test]
fn what_is_wrong_is_told() {
    let shop = Shop::new();
    for query in [
        "from=yesterday",
        "to=x",
        "cursor=x",
        "cursor=x.y",
        "from=2026-09-21T00:00:00Z&to=2026-09-20T00:00:00Z",
        "from=2026-01-01T00:00:00Z&to=2026-09-20T00:00:00Z",
    ] {
        shop.world
            .get(&get(format!("/v1/reconciliation?{query}")), 422);
    }
    for body in [
        json!({}),
        json!({"id": "ch_1"}),
        json!({"id": "pi_1/../x"}),
        json!({"id": "pi_1?x"}),
        json!({"id": "pi_1", "action": "forget"}),
        json!({"id": "re_1", "action": "settle"}),
    ] {
        shop.world.get(&post("/v1/reconciliation/mend", body), 422);
    }
    shop.world.stripe.borrow_mut().mishaps = vec![("/v1/payment_intents", Mishap::Lost); 3];
    assert_eq!(shop.world.one(&get("/v1/reconciliation")).status, 503);
    shop.world.get(&sent("DELETE", PLACE, Value::Null), 204);
    shop.world.get(&get("/v1/reconciliation"), 409);
    shop.world
        .get(&post("/v1/reconciliation/mend", json!({"id": "pi_1"})), 409);
}

/// Each question is lost once, and so is each answer: the same call finishes it, beside the events.
#[test]
fn mending_that_is_interrupted_anywhere_credits_once() {
    for asked in [Asked::Directory, Asked::Wallet] {
        for place in 0.. {
            let mut reached = false;
            for lost in [Lost::Question, Lost::Answer] {
                let shop = Shop::new();
                shop.top_up(json!({}));
                let session = shop.pays(json!({}));
                shows(&shop, &intent(&session, "succeeded"));
                let call = post("/v1/reconciliation/mend", json!({"id": "pi_1"}));
                shop.world.break_at(Fault { asked, place, lost });
                reached |= shop.world.one(&call).status == 503;
                shop.world.mend();
                let replies = shop.world.race(
                    &[call, completed(&session)],
                    u64::try_from(place).expect("small"),
                );
                assert!(
                    replies.iter().all(|one| one.status == 200),
                    "{asked:?} {place}"
                );
                assert_eq!(shop.credits(), [PAID], "{asked:?} {place} {lost:?}");
            }
            if !reached {
                assert!(place > 0, "nothing was lost");
                break;
            }
        }
    }
}
