//! Refunds that a caller asks for of what Stripe has taken: Stripe makes each once, and the wallet gives it up once, whatever
//! is lost on the way and whoever tells of it first.

use serde_json::{Value, json};

use crate::edge_cases::text;
use crate::edge_charges::Till;
use crate::edge_stripe::key_of;
use crate::shop::{PLACE, Shop, completed, event};
use crate::stripe_double::{Mishap, StripeDouble};
use crate::workload::Dice;
use crate::world::{Asked, Fault, Lost, Memory, NOW, Sent, get, post, sent};

const HOUR: i64 = 3_600_000;

/// A shop whose customer has paid 20 USD at Stripe, as `pi_1`.
struct Counter {
    shop: Shop,
    top_up: Value,
}

impl Counter {
    fn new() -> Self {
        let shop = Shop::new();
        let top_up = shop.top_up(json!({}));
        let session = shop.pays(json!({}));
        assert_eq!(shop.hears(&completed(&session)), "credited");
        Self { shop, top_up }
    }

    fn world(&self) -> &Memory {
        &self.shop.world
    }

    fn refund(&self, id: &str, amount: Option<&str>) -> Sent {
        self.asked(json!({"refund_id": id, "payment_id": "pi_1", "amount": amount}))
    }

    fn asked(&self, mut body: Value) -> Sent {
        let fields = body.as_object_mut().expect("an object");
        fields.retain(|_, value| !value.is_null());
        post(
            format!("/v1/customers/{}/wallet/refunds", self.shop.customer),
            body,
        )
    }

    fn stripe<T>(&self, act: impl FnOnce(&mut StripeDouble) -> T) -> T {
        act(&mut self.world().stripe.borrow_mut())
    }

    fn mishaps(&self, mishap: Mishap, times: usize) {
        self.stripe(|stripe| stripe.mishaps = vec![("/v1/refunds", mishap); times]);
    }

    /// What Stripe has given back, in cents.
    fn refunded(&self) -> Vec<i64> {
        refunded(self.world())
    }

    fn balance(&self) -> String {
        balance(self.world(), &self.shop.customer)
    }

    /// Both agree.
    fn agree(&self, cents: &[i64], balance: &str) {
        assert_eq!(
            (self.refunded(), self.balance()),
            (cents.to_vec(), balance.to_owned())
        );
    }

    /// Stripe tells of a refund as it stands now.
    fn claimed(&self, at: usize, kind: &str) {
        let refund = self.stripe(|stripe| stripe.refunds[at].clone());
        // Events of the tests are signed as of the beginning.
        let now = self.world().clock.replace(NOW);
        assert_eq!(self.shop.hears(&event(kind, kind, &refund)), "claimed");
        self.world().clock.set(now);
    }

    fn ends(&self, at: usize, status: &str) {
        self.stripe(|stripe| stripe.refunds[at]["status"] = json!(status));
    }

    fn pass(&self, hours: i64) {
        let clock = &self.world().clock;
        clock.set(clock.get() + hours * HOUR);
        if hours >= 24 {
            self.stripe(StripeDouble::forget_keys);
        }
    }
}

fn refunded(world: &Memory) -> Vec<i64> {
    let stripe = world.stripe.borrow();
    let stand = stripe.refunds.iter();
    let stand = stand.filter(|one| one["status"] != "failed" && one["status"] != "canceled");
    stand.filter_map(|one| one["amount"].as_i64()).collect()
}

fn balance(world: &Memory, customer: &str) -> String {
    let wallet = world.get(&get(format!("/v1/customers/{customer}/wallet")), 200);
    text(&wallet["accounts"][0], "balance")
}

#[test]
fn stripe_is_asked_once_and_the_wallet_gives_up_what_it_says() {
    let counter = Counter::new();
    let asked = counter.asked(
        json!({"refund_id": "rf_1", "payment_id": "pi_1", "amount": "5",
        "reason": "Asked for by mail"}),
    );
    let told = counter.world().get(&asked, 201);
    for (name, wanted) in [
        ("id", json!("re_1")),
        ("refund_id", json!("rf_1")),
        ("status", json!("succeeded")),
        ("type", json!("refunded")),
        ("amount", json!("5")),
        ("lost", json!("5")),
        ("reason", json!("Asked for by mail")),
    ] {
        assert_eq!(told[name], wanted, "{name} of {told}");
    }
    assert_eq!(told["taken"][0]["amount"], "5");
    let refund = counter.stripe(|stripe| stripe.refunds[0].clone());
    let metadata = &refund["metadata"];
    assert_eq!(
        metadata["scrip_customer_id"],
        counter.shop.customer.as_str()
    );
    assert_eq!(refund["payment_intent"], "pi_1");
    let noted = counter
        .world()
        .rows("SELECT id, stripe_id, status FROM stripe_refund");
    let ours =
        json!({"id": metadata["scrip_refund_id"], "stripe_id": "re_1", "status": "succeeded"});
    assert_eq!(noted, [ours]);
    counter.agree(&[500], "15");
    // The same again, and its events.
    for kind in ["refund.created", "refund.updated"] {
        let again = counter.world().one(&asked);
        assert!(again.replayed && again.status == 201, "{}", again.body);
        assert_eq!(
            serde_json::from_str::<Value>(&again.body).expect("JSON"),
            told
        );
        counter.claimed(0, kind);
    }
    counter.agree(&[500], "15");
    // What is left, once.
    counter.world().get(&counter.refund("rf_2", None), 201);
    counter.agree(&[500, 1_500], "0");
    assert!(counter.world().one(&counter.refund("rf_2", None)).replayed);
    counter.world().get(&counter.refund("rf_3", None), 422);
    counter.agree(&[500, 1_500], "0");
}

#[test]
fn a_payment_is_named_by_itself_or_by_what_it_paid() {
    let counter = Counter::new();
    for (id, payment) in [
        ("rf_1", "pi_1".to_owned()),
        ("rf_2", text(&counter.top_up, "id")),
    ] {
        let body = json!({"refund_id": id, "payment_id": payment, "amount": "5"});
        counter.world().get(&counter.asked(body), 201);
    }
    counter.agree(&[500, 500], "10");
    let till = Till::new("ok");
    till.spend("20");
    let recharge = text(&till.standing()["charging"], "id");
    assert!(till.ring());
    for (id, payment) in [("rf_1", recharge.as_str()), ("rf_2", "pi_100")] {
        let body = json!({"refund_id": id, "payment_id": payment, "amount": "20"});
        till.world()
            .get(&post(till.path("wallet/refunds"), body), 201);
    }
    assert_eq!(refunded(till.world()), [2_000, 2_000]);
    assert_eq!(balance(till.world(), &till.shop.customer), "15");
}

#[test]
fn a_preview_shows_the_entry_and_asks_nobody() {
    let counter = Counter::new();
    let before = (
        counter.world().everything(),
        counter.stripe(|stripe| stripe.asked.len()),
    );
    for (payment, amount, taken) in [
        ("pi_1", Some("5"), "5"),
        (&text(&counter.top_up, "id"), None, "20"),
    ] {
        let body = json!({"payment_id": payment, "amount": amount, "preview": true});
        let told = counter.world().get(&counter.asked(body), 200);
        assert_eq!(told["taken"][0]["amount"], taken, "{told}");
        assert_eq!(told["entry"], Value::Null);
    }
    let after = (
        counter.world().everything(),
        counter.stripe(|stripe| stripe.asked.len()),
    );
    assert_eq!(before, after);
}

#[test]
fn what_cannot_be_paid_back_is_refused_before_stripe_is_asked() {
    let counter = Counter::new();
    let before = counter.stripe(|stripe| stripe.asked.len());
    for (amount, why) in [
        ("20.01", "more than is left"),
        ("1.005", "at most 2 decimal places"),
    ] {
        for preview in [true, false] {
            let body = json!({"refund_id": "rf_1", "payment_id": "pi_1", "amount": amount, "preview": preview});
            let told = counter.world().get(&counter.asked(body), 422);
            assert!(told["errors"]["amount"].to_string().contains(why), "{told}");
        }
    }
    // Of somebody else, or of nobody.
    let other = json!({"name": "Other", "external_id": "other"});
    let other = text(
        &counter.world().get(&post("/v1/customers", other), 201),
        "id",
    );
    let body = json!({"refund_id": "rf_1", "payment_id": "pi_1", "amount": "1"});
    let theirs = post(format!("/v1/customers/{other}/wallet/refunds"), body);
    for nobodys in [
        theirs,
        counter.asked(json!({"refund_id": "rf_1", "payment_id": "pi_9"})),
    ] {
        assert_eq!(
            counter.world().get(&nobodys, 404)["code"],
            "payment_not_found"
        );
    }
    assert_eq!(counter.stripe(|stripe| stripe.asked.len()), before);
    assert!(
        counter
            .world()
            .rows("SELECT 1 FROM stripe_refund")
            .is_empty()
    );
    // Nobody is connected any more who could be asked.
    counter
        .world()
        .get(&sent("DELETE", PLACE, Value::Null), 204);
    let told = counter.world().get(&counter.refund("rf_1", Some("1")), 409);
    assert_eq!(told["code"], "wrong_state");
    counter.agree(&[], "20");
}

#[test]
fn a_payment_of_the_test_side_is_not_refunded_by_a_key_of_the_live_side() {
    let mut counter = Counter::new();
    counter.shop.world.deploy();
    let live = key_of(counter.world(), "acc_default", "live");
    let refund = counter.refund("rf_1", Some("1"));
    let told = counter.world().get(&refund.by(&live), 404);
    assert_eq!(told["code"], "wrong_side");
    // A customer of the live side, who names the payment of the other one.
    let ada = json!({"name": "Ada", "external_id": "ada"});
    let ada = text(
        &counter
            .world()
            .get(&post("/v1/customers", ada).by(&live), 201),
        "id",
    );
    let body = json!({"refund_id": "rf_1", "payment_id": "pi_1", "amount": "1"});
    let theirs = post(format!("/v1/customers/{ada}/wallet/refunds"), body);
    let told = counter.world().get(&theirs.by(&live), 404);
    assert_eq!(told["code"], "payment_not_found");
    assert!(counter.refunded().is_empty());
}

#[test]
fn an_id_means_one_refund() {
    let counter = Counter::new();
    counter.world().get(&counter.refund("rf_1", Some("5")), 201);
    let wire = json!({"transaction_id": "wire_1", "asset": "USD", "amount": "10", "reason": "external_topup"});
    let path = format!("/v1/customers/{}/wallet/adjustments", counter.shop.customer);
    counter.world().get(&post(path, wire), 201);
    let of_wire =
        |id: &str| counter.asked(json!({"refund_id": id, "payment_id": "wire_1", "amount": "5"}));
    counter.world().get(&of_wire("rf_2"), 201);
    for other in [
        counter.refund("rf_1", Some("6")),
        counter.refund("rf_1", None),
        of_wire("rf_1"),
        counter.refund("rf_2", Some("5")),
    ] {
        let told = counter.world().get(&other, 422);
        assert_eq!(told["code"], "operation_id_reused");
    }
    counter.agree(&[500], "20");
}

/// What becomes of the first three requests, which are all that one call makes.
#[test]
fn a_reply_that_is_lost_costs_no_second_refund() {
    for mishap in [
        Mishap::Lost,
        Mishap::Unheard,
        Mishap::Cut,
        Mishap::Status(500),
        Mishap::Wait(429, 60),
        Mishap::Kept(500),
    ] {
        for hours in [0, 19, 25] {
            let counter = Counter::new();
            counter.mishaps(mishap, 3);
            let asked = counter.refund("rf_1", Some("5"));
            let told = counter.world().get(&asked, 503);
            assert_eq!(told["code"], "unavailable", "{mishap:?}");
            assert_eq!(counter.balance(), "20", "nobody knows yet");
            counter.mishaps(mishap, 0);
            counter.pass(hours);
            counter.world().get(&asked, 201);
            counter.agree(&[500], "15");
            assert!(counter.world().one(&asked).replayed);
            counter.claimed(0, "refund.created");
            counter.agree(&[500], "15");
        }
    }
}

#[test]
fn one_that_waits_is_asked_again_at_once_and_done() {
    for mishap in [
        Mishap::Lost,
        Mishap::Unheard,
        Mishap::Cut,
        Mishap::Status(500),
        Mishap::Wait(429, 1),
    ] {
        let counter = Counter::new();
        counter.mishaps(mishap, 2);
        counter.world().get(&counter.refund("rf_1", Some("5")), 201);
        counter.agree(&[500], "15");
    }
}

/// Stripe answers the same 500 for a day, and nothing was done.
#[test]
fn a_refund_that_was_never_made_is_begun_anew_under_another_key() {
    let counter = Counter::new();
    let asked = counter.refund("rf_1", None);
    counter.mishaps(Mishap::Status(500), 3);
    counter.world().get(&asked, 503);
    counter.pass(19);
    counter.mishaps(Mishap::Lost, 3);
    counter.world().get(&asked, 503);
    let key = || counter.world().rows("SELECT id FROM stripe_refund")[0]["id"].clone();
    let first = key();
    // Meanwhile somebody has refunded a part of it elsewhere.
    let elsewhere = json!({"id": "re_9", "object": "refund", "status": "succeeded", "amount": 700,
        "currency": "usd", "payment_intent": "pi_1", "created": 1, "reason": null, "metadata": {}});
    counter.stripe(|stripe| stripe.refunds.push(elsewhere));
    counter.claimed(0, "refund.created");
    counter.pass(25);
    counter.mishaps(Mishap::Lost, 0);
    let told = counter.world().get(&asked, 201);
    assert_eq!(told["amount"], "13", "all that is left by now");
    assert_ne!(key(), first);
    counter.agree(&[700, 1_300], "0");
}

#[test]
fn an_event_that_comes_before_the_answer_settles_it() {
    let counter = Counter::new();
    counter.mishaps(Mishap::Unheard, 3);
    let asked = counter.refund("rf_1", Some("5"));
    counter.world().get(&asked, 503);
    counter.claimed(0, "refund.created");
    counter.agree(&[500], "15");
    let again = counter.world().one(&asked);
    assert!(again.replayed && again.status == 201, "{}", again.body);
    counter.agree(&[500], "15");
}

#[test]
fn a_refund_on_its_way_is_taken_and_comes_back_where_it_fails() {
    for begins in ["pending", "requires_action", "succeeded"] {
        for ends in ["failed", "canceled"] {
            let counter = Counter::new();
            counter.stripe(|stripe| stripe.refunds_are = vec![begins]);
            let asked = counter.refund("rf_1", Some("5"));
            assert_eq!(counter.world().get(&asked, 201)["status"], begins);
            counter.agree(&[500], "15");
            counter.ends(0, ends);
            counter.claimed(0, "refund.failed");
            counter.agree(&[], "20");
            // What was answered stays the answer, and another id is another refund.
            assert!(counter.world().one(&asked).replayed);
            counter.agree(&[], "20");
            counter.stripe(|stripe| stripe.refunds_are.clear());
            counter.world().get(&counter.refund("rf_2", None), 201);
            counter.agree(&[2_000], "0");
        }
    }
}

#[test]
fn a_refund_that_fails_at_once_takes_nothing() {
    for status in ["failed", "canceled"] {
        let counter = Counter::new();
        counter.stripe(|stripe| stripe.refunds_are = vec![status]);
        let asked = counter.refund("rf_1", Some("5"));
        for _ in 0..2 {
            let told = counter.world().get(&asked, 422);
            assert_eq!(told["code"], "processor_refused", "{told}");
            counter.agree(&[], "20");
        }
        assert_eq!(counter.stripe(|stripe| stripe.refunds.len()), 1);
        counter.claimed(0, "refund.created");
        counter.agree(&[], "20");
    }
}

/// Refunded elsewhere, and nobody has told us: Stripe knows better what is left.
#[test]
fn what_stripe_refuses_is_forgotten_so_that_the_same_id_can_be_asked_again() {
    let counter = Counter::new();
    let elsewhere = json!({"id": "re_9", "object": "refund", "status": "succeeded", "amount": 1_800,
        "currency": "usd", "payment_intent": "pi_1", "created": 1, "reason": null, "metadata": {}});
    counter.stripe(|stripe| stripe.refunds.push(elsewhere));
    let told = counter.world().get(&counter.refund("rf_1", Some("5")), 422);
    assert_eq!(told["code"], "processor_refused");
    assert!(
        counter
            .world()
            .rows("SELECT 1 FROM stripe_refund")
            .is_empty()
    );
    counter.world().get(&counter.refund("rf_1", Some("2")), 201);
    assert_eq!(counter.refunded(), [1_800, 200]);
    counter.claimed(0, "refund.created");
    assert_eq!(counter.balance(), "0");
}

#[test]
fn another_account_at_stripe_is_not_asked_for_what_this_one_was() {
    let counter = Counter::new();
    counter.mishaps(Mishap::Unheard, 3);
    let asked = counter.refund("rf_1", Some("5"));
    counter.world().get(&asked, 503);
    let other = "sk_test_zyxwvuts9876";
    counter.stripe(|stripe| {
        stripe
            .keys
            .insert(other.to_owned(), "acct_other".to_owned())
    });
    let connect = |key: &str| sent("PUT", PLACE, json!({"secret_key": key}));
    counter.world().get(&connect(other), 200);
    assert_eq!(counter.world().get(&asked, 409)["code"], "wrong_state");
    counter.world().get(&connect(crate::shop::KEY), 200);
    counter.world().get(&asked, 201);
    counter.agree(&[500], "15");
}

/// The same call from two sides, and the event of what it makes, in many orders.
#[test]
fn two_callers_and_the_event_settle_it_once_in_any_order() {
    for seed in 0..60 {
        let counter = Counter::new();
        let asked = counter.refund("rf_1", Some("5"));
        // The event is known before: its object can only be this one.
        let made = json!({"id": "re_1", "object": "refund", "status": "succeeded", "amount": 500,
            "currency": "usd", "payment_intent": "pi_1", "created": 1, "reason": null, "metadata": {}});
        let told = event("refund.created", "re_1", &made);
        let replies = counter
            .world()
            .race(&[asked.clone(), told, asked.clone()], seed);
        for reply in &replies {
            assert!(matches!(reply.status, 200 | 201), "{seed}: {}", reply.body);
        }
        counter.agree(&[500], "15");
        counter.world().get(&asked, 201);
        counter.agree(&[500], "15");
    }
}

#[test]
fn every_question_that_is_lost_at_any_step_costs_one_refund_and_one_entry() {
    let counter = Counter::new();
    let asked = counter.refund("rf_1", Some("5"));
    for kind in [Asked::Directory, Asked::Wallet] {
        let mut stops = 0;
        for place in 0..12 {
            for lost in [Lost::Question, Lost::Answer] {
                let world = counter.world().copy();
                world.break_at(Fault {
                    asked: kind,
                    place,
                    lost,
                });
                let first = world.one(&asked).status;
                stops += usize::from(first == 503);
                world.mend();
                world.get(&asked, 201);
                let said = format!("{kind:?} {place} {lost:?}");
                assert_eq!(refunded(&world), [500], "{said}");
                assert_eq!(balance(&world, &counter.shop.customer), "15", "{said}");
            }
        }
        assert!(stops > 3, "{kind:?} was asked {stops} times");
    }
}

/// Any refunds, each asked for until it is answered, with anything going wrong on the way: what the wallet has is what was
/// paid, less what Stripe has given back.
#[test]
fn the_wallet_has_what_was_paid_less_what_stripe_gave_back() {
    for seed in 0..25 {
        let counter = Counter::new();
        let mut dice = Dice(seed);
        let mishaps = [
            Mishap::Lost,
            Mishap::Unheard,
            Mishap::Cut,
            Mishap::Status(500),
            Mishap::Wait(429, 60),
        ];
        for turn in 0..6 {
            let cents = 1 + dice.below(700);
            let amount = format!("{}.{:02}", cents / 100, cents % 100);
            let asked = counter.refund(&format!("rf_{turn}"), Some(&amount));
            let status = ["succeeded", "pending", "failed"][dice.below(3) as usize];
            counter.stripe(|stripe| stripe.refunds_are = vec![status]);
            counter.mishaps(mishaps[dice.below(5) as usize], dice.below(4) as usize);
            for _ in 0..2 {
                counter.world().one(&asked);
                counter.pass([0, 1, 25][dice.below(3) as usize]);
            }
            counter.mishaps(Mishap::Lost, 0);
            let said = counter.world().one(&asked).status;
            assert!(matches!(said, 201 | 422), "{seed} {turn}: {said}");
            let known = counter.stripe(|stripe| stripe.refunds.len());
            if known > 0 && dice.below(2) == 1 {
                let at = dice.below(known as u64) as usize;
                if dice.below(3) == 1 {
                    counter.ends(at, "failed");
                }
                counter.claimed(at, "refund.updated");
            }
        }
        // In the end everything was told.
        for at in 0..counter.stripe(|stripe| stripe.refunds.len()) {
            counter.claimed(at, "refund.updated");
        }
        let left: i64 = 2_000 - counter.refunded().iter().sum::<i64>();
        let balance: f64 = counter.balance().parse().expect("a number");
        assert_eq!((balance * 100.0).round() as i64, left, "{seed}");
    }
}
