//! Recharges and payment methods at Stripe, over the real handlers, the real SQL and a Stripe in memory: what is charged
//! there once is credited here once, whatever is lost on the way.

use serde_json::{Value, json};

use crate::edge_cases::{path_of, text, with_urls};
use crate::edge_stripe::key_of;
use crate::shop::{PLACE, Shop, event};
use crate::stripe_double::{Mishap, StripeDouble};
use crate::world::{Asked, Fault, Lost, Memory, Sent, block_on, get, post, sent};

const HOUR: i64 = 3_600;
const DAY: i64 = 24 * HOUR;
const INTENTS: &str = "/v1/payment_intents";

/// A shop whose customer has 25 USD and a card at Stripe, and a rule that fills in 50 at 10.
pub struct Till {
    pub shop: Shop,
    pub wallet: String,
    pub card: String,
}

impl Till {
    pub fn new(does: &'static str) -> Self {
        let till = Self::without_rule(does);
        till.rule(json!({"threshold": "10", "amount": "50"}));
        till
    }

    fn without_rule(does: &'static str) -> Self {
        let shop = Shop::new();
        let wallet = format!("acc_default/test/{}", shop.customer);
        // The customer is made at Stripe by the page where the card is added.
        let till = Self {
            card: String::new(),
            shop,
            wallet,
        };
        let session = till.session("k1");
        let added = till.stripe(|stripe| stripe.add_at(&session, does));
        let told = event("payment_method.attached", "attached", &added);
        assert_eq!(till.shop.hears(&told), "followed");
        till.credit("25");
        Self {
            card: text(&added, "id"),
            ..till
        }
    }

    pub fn stripe<T>(&self, act: impl FnOnce(&mut StripeDouble) -> T) -> T {
        act(&mut self.world().stripe.borrow_mut())
    }

    pub fn world(&self) -> &Memory {
        &self.shop.world
    }

    pub fn path(&self, rest: &str) -> String {
        format!("/v1/customers/{}/{rest}", self.shop.customer)
    }

    fn asked_for_session(&self, key: &str) -> Sent {
        let asked = post(self.path("payment-methods/sessions"), with_urls(json!({})));
        asked.once(key)
    }

    /// The session at Stripe in which a card is added.
    fn session(&self, key: &str) -> String {
        let made = self.world().get(&self.asked_for_session(key), 201);
        let link = text(&made, "redirect_url");
        let id = link.strip_prefix("https://checkout.stripe.example/");
        id.expect("a page of Stripe's").to_owned()
    }

    fn credit(&self, amount: &str) {
        let body =
            json!({"transaction_id": "start", "asset": "USD", "amount": amount, "reason": "gift"});
        self.world()
            .get(&post(self.path("wallet/adjustments"), body), 201);
    }

    fn rule(&self, rule: Value) -> Value {
        let path = self.path("wallet/recharge/USD");
        self.world().get(&sent("PUT", path, rule), 200)
    }

    pub fn standing(&self) -> Value {
        self.world()
            .get(&get(self.path("wallet/recharge/USD")), 200)
    }

    fn methods(&self) -> Vec<Value> {
        let all = self.world().get(&get(self.path("payment-methods")), 200);
        all["items"].as_array().expect("a list").clone()
    }

    pub fn spend(&self, amount: &str) {
        let body =
            json!({"transaction_id": format!("spend {amount}"), "asset": "USD", "amount": amount});
        self.world()
            .get(&post(self.path("wallet/charges"), body), 201);
    }

    pub fn ring(&self) -> bool {
        block_on(self.world().ring(&self.wallet)).is_ok()
    }

    pub fn pass(&self, seconds: i64) {
        self.world().pass(&self.wallet, seconds);
    }

    /// What Stripe has charged, in cents, and what the wallet was credited for that.
    pub fn agree(&self, cents: &[i64]) {
        assert_eq!(self.stripe(|stripe| stripe.charged()), cents, "charged");
        let credits = self.credits(self.world());
        let credited: Vec<i64> = credits
            .iter()
            .map(|amount| amount.parse::<i64>().expect("whole") * 100)
            .collect();
        assert_eq!(credited, cents, "credited");
    }

    pub fn credits(&self, world: &Memory) -> Vec<String> {
        let entries = world.entries(&self.wallet).into_iter();
        let recharged = entries.filter(|one| one["fact"]["source"] == "recharge");
        recharged.map(|one| text(&one["fact"], "amount")).collect()
    }

    fn intent(&self, at: usize) -> Value {
        self.stripe(|stripe| stripe.intents[at].clone())
    }

    fn tells(&self, kind: &str, intent: &Value) -> String {
        self.shop.hears(&event(kind, kind, intent))
    }

    pub fn mishap(&self, mishap: Mishap, times: usize) {
        self.stripe(|stripe| stripe.mishaps.extend(vec![(INTENTS, mishap); times]));
    }

    /// How often Stripe was asked so.
    fn asked(&self, beginning: &str) -> usize {
        let asked = self.stripe(|stripe| stripe.asked.clone());
        asked
            .iter()
            .filter(|one| one.starts_with(beginning))
            .count()
    }
}

#[test]
fn a_debit_is_answered_by_one_payment_intent_and_one_credit() {
    let till = Till::new("ok");
    till.spend("20");
    let recharge = text(&till.standing()["charging"], "id");
    assert!(till.ring());
    till.agree(&[5_000]);
    let intent = till.intent(0);
    assert_eq!(intent["metadata"]["scrip_recharge_id"], recharge.as_str());
    assert_eq!(
        intent["metadata"]["scrip_customer_id"],
        till.shop.customer.as_str()
    );
    let standing = till.standing();
    assert_eq!(
        (&standing["available"], &standing["state"]),
        (&json!("55"), &json!("idle"))
    );
    // Its event comes as well, and the alarm rings again.
    for _ in 0..2 {
        assert_eq!(till.tells("payment_intent.succeeded", &intent), "credited");
        assert!(till.ring());
    }
    till.pass(DAY);
    till.agree(&[5_000]);
    assert_eq!(till.asked("POST /v1/payment_intents"), 1);
    // It is noted as a payment, by which refunds and disputes find it.
    let noted = till.world().rows("SELECT id, op FROM payment");
    assert_eq!(
        noted,
        [json!({"id": intent["id"], "op": format!("recharge:{recharge}")})]
    );
}

#[test]
fn the_event_alone_credits_and_the_alarm_finds_it_done() {
    let till = Till::new("ok");
    till.spend("20");
    // It is charged, and nobody hears of it however often.
    till.mishap(Mishap::Unheard, 3);
    assert!(!till.ring());
    assert!(till.credits(till.world()).is_empty());
    assert_eq!(
        till.tells("payment_intent.succeeded", &till.intent(0)),
        "credited"
    );
    till.agree(&[5_000]);
    assert_eq!(till.standing()["state"], "idle");
    assert!(till.ring());
    till.agree(&[5_000]);
}

#[test]
fn an_answer_that_was_lost_is_found_by_looking_and_never_by_charging() {
    for mishap in [Mishap::Unheard, Mishap::Cut] {
        let till = Till::new("ok");
        till.spend("20");
        till.mishap(mishap, 3);
        assert!(!till.ring(), "{mishap:?}");
        let asked = till.asked("POST /v1/payment_intents");
        // Stripe has forgotten its keys meanwhile: charging again would charge.
        till.stripe(|stripe| stripe.forget_keys());
        let world = till.world();
        world.clock.set(world.clock.get() + 3 * DAY * 1_000);
        assert!(till.ring(), "{mishap:?}");
        till.agree(&[5_000]);
        assert_eq!(till.asked("POST /v1/payment_intents"), asked, "{mishap:?}");
    }
}

#[test]
fn what_never_arrived_is_asked_for_again_and_later_given_up() {
    for (mishap, times) in [
        (Mishap::Lost, 3),
        (Mishap::Status(500), 3),
        (Mishap::Wait(429, 60), 1),
    ] {
        let till = Till::new("ok");
        till.spend("20");
        till.mishap(mishap, times);
        assert!(!till.ring(), "{mishap:?}");
        till.agree(&[]);
        assert!(till.ring(), "{mishap:?}");
        till.agree(&[5_000]);
        // It never arrives, until its key may be forgotten: then nothing is charged under it.
        let till = Till::new("ok");
        till.spend("20");
        till.mishap(mishap, times);
        assert!(!till.ring(), "{mishap:?}");
        let world = till.world();
        world.clock.set(world.clock.get() + 21 * HOUR * 1_000);
        assert!(till.ring(), "{mishap:?}");
        till.agree(&[]);
        assert_eq!(till.standing()["last_attempt"]["code"], "not_charged");
        till.pass(HOUR);
        till.agree(&[5_000]);
    }
}

#[test]
fn who_does_not_answer_is_asked_ever_more_seldom_and_still_within_an_hour() {
    let till = Till::new("ok");
    till.spend("20");
    till.mishap(Mishap::Status(500), 10_000);
    let world = till.world();
    let began = world.clock.get();
    let mut pauses = Vec::new();
    while world.clock.get() < began + 24 * HOUR * 1_000 {
        assert!(!till.ring());
        let silence = world.silence(&till.wallet);
        let from = world.asks_from(&till.wallet, &silence);
        pauses.push((from - world.clock.get()) / 1_000);
        world.clock.set(from);
    }
    assert_eq!(
        pauses[..10],
        [30, 30, 60, 120, 240, 480, 960, 1_920, 3_600, 3_600]
    );
    assert!(pauses[8..].iter().all(|pause| *pause == HOUR), "{pauses:?}");
    assert_eq!(pauses.len(), 31, "times in a day");
    // It is over as ever once somebody answers.
    till.stripe(|stripe| stripe.mishaps.clear());
    assert!(till.ring());
    assert_eq!(till.standing()["last_attempt"]["code"], "not_charged");
}

#[test]
fn what_is_intended_after_a_silence_does_not_wait_for_its_end() {
    let till = Till::new("ok");
    till.spend("20");
    till.mishap(Mishap::Unheard, 3);
    assert!(!till.ring());
    let world = till.world();
    world.clock.set(world.clock.get() + 100_000);
    let silence = world.silence(&till.wallet);
    let until = world.clock.get() + 100_000;
    assert_eq!(world.asks_from(&till.wallet, &silence), until);
    till.tells("payment_intent.succeeded", &till.intent(0));
    assert_eq!(world.asks_from(&till.wallet, &silence), until);
    till.rule(json!({"threshold": "10", "amount": "50", "cooldown": 60}));
    world.clock.set(world.clock.get() + 60_000);
    till.spend("50");
    assert_eq!(world.asks_from(&till.wallet, &silence), 0);
    assert!(till.ring());
    till.agree(&[5_000, 5_000]);
}

#[test]
fn a_recharge_has_a_receipt_once_it_is_paid() {
    let till = Till::new("processing");
    till.spend("20");
    let recharge = text(&till.standing()["charging"], "id");
    let read = get(format!("/v1/recharges/{recharge}"));
    till.world().get(&read, 404);
    assert!(till.ring());
    let told = till.world().get(&read, 200);
    assert_eq!(
        (&told["payment_id"], &told["receipt"]),
        (&json!("pi_100"), &Value::Null)
    );
    let paid = till.stripe(|stripe| stripe.settle("pi_100", true));
    assert_eq!(till.tells("payment_intent.succeeded", &paid), "credited");
    // Who asks while Stripe is away has all but the link.
    till.mishap(Mishap::Lost, 1);
    let told = till.world().get(&read, 200);
    let receipt =
        json!({"amount": "50", "tax": "0", "currency": "USD", "url": null, "number": null});
    assert_eq!(told["receipt"], receipt);
    for asked in [1, 0] {
        let before = till.asked("GET /v1/payment_intents/pi_100?expand");
        let told = till.world().get(&read, 200);
        assert_eq!(told["receipt"]["url"], "https://pay.stripe.example/pi_100");
        assert_eq!(told["amount"], "50");
        assert_eq!(
            till.asked("GET /v1/payment_intents/pi_100?expand") - before,
            asked
        );
    }
    till.world().get(&get("/v1/recharges/rch_1"), 404);
}

/// The event alone tells which PaymentIntent it was, and by that the receipt and a refund find it.
#[test]
fn a_recharge_that_only_its_event_told_of_is_found_by_its_id() {
    let till = Till::new("ok");
    till.spend("20");
    let recharge = text(&till.standing()["charging"], "id");
    till.mishap(Mishap::Unheard, 3);
    assert!(!till.ring());
    assert_eq!(
        till.tells("payment_intent.succeeded", &till.intent(0)),
        "credited"
    );
    let told = till
        .world()
        .get(&get(format!("/v1/recharges/{recharge}")), 200);
    assert_eq!(told["receipt"]["url"], "https://pay.stripe.example/pi_100");
    let refund = json!({"refund_id": "rf_1", "payment_id": recharge});
    till.world()
        .get(&post(till.path("wallet/refunds"), refund), 201);
    assert_eq!(
        till.stripe(|stripe| stripe.refunds[0]["amount"].clone()),
        5_000
    );
}

#[test]
fn every_question_that_is_lost_at_any_step_costs_one_charge_and_one_credit() {
    let quiet = Till::new("ok");
    quiet.spend("20");
    for asked in [Asked::Directory, Asked::Wallet] {
        for place in 0.. {
            let mut reached = false;
            for lost in [Lost::Question, Lost::Answer] {
                let world = quiet.world().copy();
                world.break_at(Fault { asked, place, lost });
                reached |= block_on(world.ring(&quiet.wallet)).is_err();
                world.mend();
                for _ in 0..2 {
                    block_on(world.ring(&quiet.wallet)).expect("everybody answers");
                }
                let said = format!("{asked:?} {place} {lost:?}");
                assert_eq!(world.stripe.borrow().charged(), [5_000], "{said}");
                assert_eq!(quiet.credits(&world), ["50"], "{said}");
                assert_eq!(world.next_recharge(&quiet.wallet), None, "{said}");
            }
            // The one question that may be lost without anybody minding is the note of the PaymentIntent.
            if !reached && place > 5 {
                break;
            }
        }
    }
}

#[test]
fn every_refusal_gives_a_link_at_stripe_and_backs_off() {
    for (does, code, decline_code) in [
        ("declined", "card_declined", json!("insufficient_funds")),
        ("asks", "authentication_required", Value::Null),
        ("gone", "resource_missing", Value::Null),
    ] {
        let till = Till::new(does);
        if does == "gone" {
            let card = till.card.clone();
            till.stripe(|stripe| stripe.methods.remove(&card));
        }
        till.spend("20");
        assert!(till.ring());
        let standing = till.standing();
        let last = &standing["last_attempt"];
        assert_eq!(
            (&last["code"], &last["decline_code"]),
            (&json!(code), &decline_code),
            "{does}"
        );
        assert_eq!(standing["because"], "declined", "{does}");
        let link = text(last, "redirect_url");
        assert!(
            link.starts_with("https://checkout.stripe.example/"),
            "{link}"
        );
        for (seconds, attempts) in [(HOUR, 2), (6 * HOUR, 3), (DAY, 4)] {
            till.pass(seconds);
            assert_eq!(till.asked("POST /v1/payment_intents"), attempts, "{does}");
        }
        let off = till.standing();
        assert_eq!(
            (&off["state"], &off["because"]),
            (&json!("off"), &json!("declined"))
        );
        till.pass(90 * DAY);
        assert_eq!(till.asked("POST /v1/payment_intents"), 4);
        till.agree(&[]);
    }
}

#[test]
fn what_is_under_way_waits_and_ends_either_way_by_its_event_or_by_a_look() {
    for succeeds in [true, false] {
        for by_event in [true, false] {
            let till = Till::new("processing");
            till.spend("20");
            assert!(till.ring());
            assert_eq!(till.standing()["charging"]["status"], "processing");
            till.spend("1");
            till.pass(200);
            till.agree(&[]);
            assert_eq!(till.asked("POST /v1/payment_intents"), 1);
            let intent = till.stripe(|stripe| stripe.settle("pi_100", succeeds));
            if by_event {
                let kind = if succeeds {
                    "succeeded"
                } else {
                    "payment_failed"
                };
                let said = till.tells(&format!("payment_intent.{kind}"), &intent);
                let expected = if succeeds {
                    "credited"
                } else {
                    "ignored recharge_looked_up"
                };
                assert_eq!(said, expected);
            } else {
                till.pass(61);
            }
            till.agree(if succeeds { &[5_000] } else { &[] });
            let outcome = if succeeds { "succeeded" } else { "declined" };
            assert_eq!(till.standing()["last_attempt"]["outcome"], outcome);
            assert!(till.standing()["charging"].is_null());
        }
    }
}

#[test]
fn a_success_after_it_was_given_up_is_credited_and_old_news_changes_nothing() {
    let till = Till::new("declined");
    till.spend("20");
    assert!(till.ring());
    let failed = till.intent(0);
    assert_eq!(till.standing()["state"], "waiting");
    // Somebody confirms it at Stripe all the same.
    let paid = till.stripe(|stripe| stripe.settle("pi_100", true));
    assert_eq!(till.tells("payment_intent.succeeded", &paid), "credited");
    till.agree(&[5_000]);
    assert_eq!(till.standing()["last_attempt"]["outcome"], "succeeded");
    let old = till.tells("payment_intent.payment_failed", &failed);
    assert_eq!(old, "ignored recharge_has_ended");
    till.agree(&[5_000]);
}

#[test]
fn a_payment_that_names_a_recharge_and_is_not_its_own_credits_nobody() {
    let till = Till::new("ok");
    till.spend("20");
    assert!(till.ring());
    let own = till.intent(0);
    for (name, value, reason) in [
        ("amount", json!(4_999), "contradictory"),
        ("currency", json!("eur"), "contradictory"),
        (
            "metadata",
            json!({"scrip_recharge_id": "rch_none_1"}),
            "unknown_recharge",
        ),
    ] {
        let mut forged = own.clone();
        forged["id"] = "pi_forged".into();
        forged[name] = value;
        let said = till
            .shop
            .hears(&event("payment_intent.succeeded", name, &forged));
        assert_eq!(said, format!("unmatched {reason}"), "{name}");
    }
    till.agree(&[5_000]);
    let open = till.world().get(&get("/v1/unmatched-payments"), 200);
    assert_eq!(open["items"].as_array().map(Vec::len), Some(3));
}

#[test]
fn refunds_and_disputes_of_a_recharge_find_it() {
    let till = Till::new("ok");
    till.spend("20");
    assert!(till.ring());
    let refund = json!({"id": "re_9", "object": "refund", "status": "succeeded", "amount": 2_000,
        "currency": "usd", "payment_intent": "pi_100"});
    assert_eq!(
        till.shop.hears(&event("refund.created", "r", &refund)),
        "claimed"
    );
    assert_eq!(till.standing()["available"], "35");
    let dispute = json!({"id": "dp_9", "object": "dispute", "status": "needs_response", "amount": 5_000,
        "currency": "usd", "payment_intent": "pi_100"});
    let withdrawn = event("charge.dispute.funds_withdrawn", "d", &dispute);
    assert_eq!(till.shop.hears(&withdrawn), "claimed");
    assert_eq!(till.standing()["available"], "5");
}

#[test]
fn the_event_and_the_alarm_and_the_customer_race_and_credit_once() {
    for seed in 0..30 {
        let till = Till::new("ok");
        till.spend("20");
        till.mishap(Mishap::Unheard, 3);
        assert!(!till.ring());
        let told = event("payment_intent.succeeded", "s", &till.intent(0));
        let read = get(till.path("wallet/recharge/USD"));
        let replies = till.world().race(&[told.clone(), read, told], seed);
        assert!(
            replies.iter().all(|reply| reply.status == 200),
            "seed {seed}"
        );
        assert!(till.ring());
        till.agree(&[5_000]);
    }
}

#[test]
fn the_live_side_recharges_once_stripe_is_connected() {
    let world = Memory::deployed();
    let live = key_of(&world, "acc_default", "live");
    let ask = |method, path: String, body: Value, status| {
        world.get(&sent(method, path, body).by(&live), status)
    };
    let made = ask("POST", "/v1/customers".into(), json!({"name": "Acme"}), 201);
    let path = |rest: &str| format!("/v1/customers/{}/{rest}", text(&made, "id"));
    let sessions = || path("payment-methods/sessions");
    let rule = json!({"threshold": "10", "amount": "50"});
    let usd = || path("wallet/recharge/USD");
    for refused in [
        ask("POST", sessions(), with_urls(json!({})), 422),
        ask("PUT", usd(), rule.clone(), 422),
    ] {
        assert_eq!(refused["code"], "payments_not_configured");
    }
    let key = "sk_live_abcdefgh1234";
    world.stripe.replace(StripeDouble::knowing(key));
    ask("PUT", PLACE.into(), json!({"secret_key": key}), 200);
    ask("POST", sessions(), with_urls(json!({})), 201);
    // Cards that move no money stay on the other side.
    let simulated = ask("POST", path("payment-methods"), json!({"card": "ok"}), 422);
    assert_eq!(simulated["code"], "payments_not_configured");
    world.stripe.borrow_mut().add_at("cs_1", "ok");
    let back = world
        .stripe
        .borrow()
        .bodies
        .last()
        .cloned()
        .unwrap_or_default();
    assert_eq!(world.one(&get(path_of(&back["success_url"]))).status, 303);
    assert_eq!(ask("PUT", usd(), rule, 200)["state"], "charging");
    let wallet = format!("acc_default/live/{}", text(&made, "id"));
    block_on(world.ring(&wallet)).expect("everybody answers");
    assert_eq!(world.stripe.borrow().charged(), [5_000]);
    assert_eq!(ask("GET", usd(), Value::Null, 200)["available"], "50");
}

// Payment methods.

#[test]
fn a_card_is_added_at_stripe_and_is_there_when_the_customer_is_back_or_by_its_event() {
    let till = Till::without_rule("ok");
    let cards = till.methods();
    assert_eq!(cards.len(), 1);
    assert_eq!(
        (
            &cards[0]["processor"],
            &cards[0]["last4"],
            &cards[0]["default"],
            &cards[0]["state"]
        ),
        (
            &json!("stripe"),
            &json!("4242"),
            &json!(true),
            &json!("good")
        )
    );
    // The same request is the same page; another one is another.
    let asked = till.asked_for_session("k2");
    let made = till.world().get(&asked, 201);
    assert_eq!(till.world().get(&asked, 201), made);
    let session = till.session("k2");
    let pages = till.stripe(|stripe| {
        let mut bodies = stripe.bodies.iter().rev();
        bodies.find_map(|body| body.get("success_url").cloned())
    });
    let back = path_of(&pages.expect("a way back"));
    let early = till.world().one(&get(back.replace("done=yes", "done=no")));
    assert_eq!(
        (early.status, early.body.as_str()),
        (303, "https://shop.example/sorry")
    );
    till.stripe(|stripe| stripe.add_at(&session, "declined"));
    let came = till.world().one(&get(back.as_str()));
    assert_eq!(
        (came.status, came.body.as_str()),
        (303, "https://shop.example/thanks")
    );
    assert_eq!(till.methods().len(), 2);
    // Coming back twice adds nothing.
    assert_eq!(till.world().one(&get(back)).status, 200);
    assert_eq!(till.methods().len(), 2);
}

#[test]
fn what_stripe_says_of_cards_is_followed_in_any_order() {
    let till = Till::new("ok");
    let tells = |kind: &str, object: &Value| till.shop.hears(&event(kind, kind, object));
    let card = till.card.clone();
    let old = till.stripe(|stripe| stripe.methods[&card].clone());
    let renewed = till.stripe(|stripe| {
        let method = stripe.methods.get_mut(&card).expect("the card");
        method["card"]["last4"] = "1111".into();
        method["card"]["exp_year"] = 2040.into();
        method.clone()
    });
    assert_eq!(
        tells("payment_method.automatically_updated", &renewed),
        "followed"
    );
    assert_eq!(till.methods()[0]["last4"], "1111");
    // An old event comes late, and Stripe says what it is now.
    assert_eq!(tells("payment_method.updated", &old), "followed");
    assert_eq!(till.methods()[0]["exp_year"], 2040);
    // The rule names it, and it is gone.
    till.rule(
        json!({"threshold": "10", "amount": "50", "payment_method": till.methods()[0]["id"]}),
    );
    let gone = till.stripe(|stripe| {
        let method = stripe.methods.get_mut(&card).expect("the card");
        method["customer"] = Value::Null;
        method.clone()
    });
    for _ in 0..2 {
        assert_eq!(tells("payment_method.detached", &gone), "followed");
    }
    assert!(till.methods().is_empty());
    assert_eq!(till.standing()["because"], "payment_method_removed");
    // And what was told before that, afterwards, brings it not back.
    assert_eq!(
        tells("payment_method.attached", &old),
        "ignored unknown_payment_method"
    );
    assert!(till.methods().is_empty());
    // Of strangers nothing is kept.
    let mut strange = old.clone();
    strange["customer"] = "cus_other".into();
    assert_eq!(
        tells("payment_method.attached", &strange),
        "ignored unknown_payment_method"
    );
}

#[test]
fn with_a_customer_that_is_deleted_at_stripe_all_its_cards_are_gone() {
    let till = Till::new("ok");
    till.rule(
        json!({"threshold": "10", "amount": "50", "payment_method": till.methods()[0]["id"]}),
    );
    let deleted = event(
        "customer.deleted",
        "d",
        &json!({"id": "cus_1", "object": "customer"}),
    );
    assert_eq!(till.shop.hears(&deleted), "followed");
    assert!(till.methods().is_empty());
    assert_eq!(till.standing()["because"], "payment_method_removed");
    assert_eq!(till.shop.hears(&deleted), "ignored unknown_payment_method");
    till.spend("20");
    assert!(till.ring());
    till.agree(&[]);
}

#[test]
fn a_card_that_a_rule_charges_stays_and_any_other_is_given_up_at_stripe() {
    let till = Till::new("ok");
    let id = text(&till.methods()[0], "id");
    let path = till.path(&format!("payment-methods/{id}"));
    let remove = sent("DELETE", path, Value::Null);
    let refused = till.world().get(&remove, 409);
    assert!(
        text(&refused, "detail").contains("recharge of USD"),
        "{refused}"
    );
    till.rule(json!({"threshold": "10", "amount": "50", "enabled": false}));
    // Where Stripe does not answer it is still there.
    till.stripe(|stripe| stripe.mishaps = vec![("/v1/payment_methods", Mishap::Lost); 3]);
    till.world().get(&remove, 503);
    assert_eq!(till.methods().len(), 1);
    till.world().get(&remove, 204);
    till.world().get(&remove, 204);
    assert!(till.methods().is_empty());
    let card = till.card.clone();
    assert!(till.stripe(|stripe| stripe.methods[&card]["customer"].is_null()));
}
