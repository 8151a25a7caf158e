//! Automatic recharge over the real handlers, the real SQL and a wallet in memory: a debit crosses the threshold, the
//! alarm rings, a card of the simulated processor does what it does, and the wallet is credited once.

use scrip::engine::Amount;
use scrip::engine::loss::LossCause;
use scrip::wire::money::{Claimed, ToldClaim};
use scrip::worker::edge::call::{Ask, Call};
use scrip::worker::edge::world::World;
use serde_json::{Value, json};

use crate::edge_cases::{text, top_up_of};
use crate::shop::{KEY, PLACE};
use crate::stripe_double::{Mishap, StripeDouble};
use crate::world::{Asked, Fault, Lost, Memory, Sent, block_on, get, post, sent};

const HOUR: i64 = 3_600;
const DAY: i64 = 24 * HOUR;

/// A customer with a card, and so many USD.
struct Shop {
    world: Memory,
    customer: String,
    wallet: String,
}

impl Shop {
    fn new(card: &str, balance: &str) -> Self {
        let world = Memory::new();
        let rates = json!([{"source": "USD", "rate": "0.01"}]);
        let credits = json!({"code": "CREDITS", "name": "Credits", "precision": 0, "rates": rates});
        world.get(&post("/v1/assets", credits), 201);
        let acme = world.get(&post("/v1/customers", json!({"name": "Acme"})), 201);
        let customer = text(&acme, "id");
        let shop = Self {
            world,
            wallet: format!("acc_default/test/{customer}"),
            customer,
        };
        shop.add_card(card);
        shop.credit("start", balance);
        shop
    }

    fn path(&self, rest: &str) -> String {
        format!("/v1/customers/{}/{rest}", self.customer)
    }

    fn add_card(&self, card: &str) -> String {
        let asked = post(self.path("payment-methods"), json!({"card": card}));
        text(&self.world.get(&asked, 201), "id")
    }

    fn credit(&self, id: &str, amount: &str) {
        let body =
            json!({"transaction_id": id, "asset": "USD", "amount": amount, "reason": "gift"});
        self.world
            .get(&post(self.path("wallet/adjustments"), body), 201);
    }

    fn connect_stripe(&self) {
        self.world.stripe.replace(StripeDouble::knowing(KEY));
        let connection = json!({"secret_key": KEY});
        self.world.get(&sent("PUT", PLACE, connection), 200);
    }

    fn charge(&self, id: &str, amount: &str) {
        let body = json!({"transaction_id": id, "asset": "USD", "amount": amount});
        self.world
            .get(&post(self.path("wallet/charges"), body), 201);
    }

    fn set(&self, asset: &str, rule: Value) -> Value {
        self.world.get(&self.put(asset, rule), 200)
    }

    fn put(&self, asset: &str, rule: Value) -> Sent {
        sent("PUT", self.path(&format!("wallet/recharge/{asset}")), rule)
    }

    fn rule(&self, asset: &str) -> Value {
        let path = self.path(&format!("wallet/recharge/{asset}"));
        self.world.get(&get(path), 200)
    }

    /// What the processor has really charged.
    fn charged(&self) -> Vec<Value> {
        let sql = "SELECT recharge_id, price, outcome FROM simulated_charge ORDER BY created_at, recharge_id";
        self.world.rows(sql)
    }

    /// What it was paid.
    fn paid(&self) -> Vec<String> {
        let all = self.charged().into_iter();
        let paid = all.filter(|one| one["outcome"] == "succeeded");
        paid.map(|one| text(&one, "price")).collect()
    }

    /// The words of the wallet's entries, and what each recharge has credited.
    fn facts(&self, word: &str) -> Vec<Value> {
        let entries = self.world.entries(&self.wallet).into_iter();
        let facts = entries.map(|entry| entry["fact"].clone());
        let is = |fact: &Value| match word {
            "credited" => fact["type"] == "credited" && fact["source"] == "recharge",
            step => !fact["step"][step].is_null(),
        };
        facts.filter(is).collect()
    }

    fn ring(&self) {
        block_on(self.world.ring(&self.wallet)).expect("everybody answers");
    }

    fn pass(&self, seconds: i64) {
        self.world.pass(&self.wallet, seconds);
    }

    fn available(&self) -> String {
        text(&self.rule("USD"), "available")
    }
}

fn rule(amount: &str) -> Value {
    json!({"threshold": "10", "amount": amount})
}

#[test]
fn a_debit_that_crosses_the_threshold_is_answered_by_one_charge_and_one_credit() {
    let shop = Shop::new("ok", "25");
    let set = shop.set("USD", rule("50"));
    assert_eq!(set["state"], "idle", "{set}");
    shop.charge("c1", "14.99");
    assert_eq!(shop.world.next_recharge(&shop.wallet), None);
    shop.charge("c2", "0.01");
    // The intent is the very next row, and nobody was charged before it was there.
    let entries = shop.world.entries(&shop.wallet);
    let [debit, intent] = &entries[entries.len() - 2..] else {
        panic!("two rows")
    };
    assert_eq!(debit["fact"]["type"], "debited");
    assert_eq!(intent["fact"]["step"]["intended"]["amount"], "50");
    assert_eq!(intent["at"], debit["at"]);
    assert!(shop.charged().is_empty());
    assert_eq!(shop.rule("USD")["state"], "charging");
    // At once.
    let now = shop.world.clock.get();
    assert_eq!(shop.world.next_recharge(&shop.wallet), Some(now));
    shop.pass(0);
    assert_eq!(shop.paid(), ["50"]);
    assert_eq!(shop.available(), "60");
    let credited = shop.facts("credited");
    assert_eq!(credited.len(), 1);
    assert_eq!(credited[0]["amount"], "50");
    assert_eq!(credited[0]["recharge"], intent["seq"]);
    let after = shop.rule("USD");
    assert_eq!(after["state"], "idle");
    assert_eq!(after["last_attempt"]["outcome"], "succeeded");
    assert_eq!(after["spent_today"], "50");
    // However often the alarm rings.
    shop.ring();
    shop.pass(DAY);
    assert_eq!(shop.paid(), ["50"]);
    assert_eq!(shop.facts("credited").len(), 1);
}

#[test]
fn a_hold_fires_as_a_debit_does_and_custom_assets_are_priced_at_the_rate_of_the_moment() {
    let shop = Shop::new("ok", "25");
    shop.set("USD", rule("50"));
    let ask = json!({"id": "a1", "customer_id": shop.customer, "asset": "USD", "amount": "15"});
    shop.world.get(&post("/v1/authorize", ask), 200);
    shop.pass(0);
    assert_eq!(shop.available(), "60");
    // Credits are bought: 500 of them for 5 USD, and for 10 once the rate has moved.
    let credits = json!({"threshold": "100", "amount": "500", "currency": "usd", "cooldown": 60});
    let set = shop.set("CREDITS", credits);
    assert_eq!(set["state"], "charging", "{set}");
    shop.pass(0);
    let after = shop.rule("CREDITS");
    assert_eq!(
        (&after["available"], &after["spent_today"]),
        (&json!("500"), &json!("5"))
    );
    let dearer = json!({"source": "USD", "rate": "0.02"});
    shop.world
        .get(&post("/v1/assets/CREDITS/rates", dearer), 204);
    let spend = json!({"transaction_id": "c9", "asset": "CREDITS", "amount": "450"});
    shop.world
        .get(&post(shop.path("wallet/charges"), spend), 201);
    assert_eq!(shop.rule("CREDITS")["because"], "cooldown");
    shop.pass(60);
    assert_eq!(shop.rule("CREDITS")["last_attempt"]["price"], "10");
    assert_eq!(shop.paid(), ["50", "5", "10"]);
}

#[test]
fn an_asset_that_has_lost_its_rate_waits_and_says_so() {
    let shop = Shop::new("ok", "0.01");
    let credits = json!({"threshold": "0", "amount": "500", "currency": "USD"});
    let ended = json!({"source": "USD", "rate": "0.01",
        "valid_from": "2026-09-21T14:13:20Z", "valid_to": "2026-09-21T14:14:00Z"});
    shop.world
        .get(&post("/v1/assets/CREDITS/rates", ended), 204);
    shop.world.clock.set(shop.world.clock.get() + 1);
    shop.set("CREDITS", credits);
    shop.world.clock.set(shop.world.clock.get() + 100_000);
    shop.ring();
    let waits = shop.rule("CREDITS");
    assert_eq!(
        (&waits["state"], &waits["because"]),
        (&json!("waiting"), &json!("no_rate"))
    );
    let rate = json!({"source": "USD", "rate": "0.01"});
    shop.world.get(&post("/v1/assets/CREDITS/rates", rate), 204);
    shop.pass(HOUR);
    assert_eq!(shop.paid(), ["5"]);
}

#[test]
fn nothing_that_does_not_answer_charges_twice_or_loses_a_charge() {
    let quiet = Shop::new("ok", "25");
    quiet.set("USD", rule("50"));
    quiet.charge("c1", "20");
    let questions = |asked| {
        let world = quiet.world.copy();
        world.break_at(Fault {
            asked,
            place: usize::MAX,
            lost: Lost::Question,
        });
        block_on(world.ring(&quiet.wallet)).expect("everybody answers");
        world.questions(asked)
    };
    for asked in [Asked::Directory, Asked::Wallet] {
        let count = questions(asked);
        assert!(count >= 2, "{asked:?} is asked {count} times");
        for place in 0..count {
            for lost in [Lost::Question, Lost::Answer] {
                let world = quiet.world.copy();
                world.break_at(Fault { asked, place, lost });
                let said = format!("{asked:?} {place} {lost:?}");
                assert!(block_on(world.ring(&quiet.wallet)).is_err(), "{said}");
                world.mend();
                // The alarm comes again, and again.
                for _ in 0..3 {
                    block_on(world.ring(&quiet.wallet)).expect("everybody answers");
                }
                let charges = world.rows("SELECT price FROM simulated_charge");
                assert_eq!(charges, [json!({"price": "50"})], "{said}");
                let entries = world.entries(&quiet.wallet);
                let credits = entries
                    .iter()
                    .filter(|one| one["fact"]["source"] == "recharge");
                assert_eq!(credits.count(), 1, "{said}");
                assert_eq!(world.next_recharge(&quiet.wallet), None, "{said}");
            }
        }
    }
}

#[test]
fn a_charge_that_was_made_is_found_and_not_made_again_even_after_the_key_is_forgotten() {
    let shop = Shop::new("ok", "25");
    shop.set("USD", rule("50"));
    shop.charge("c1", "20");
    // The charge happened, and nobody heard of it for a week.
    let charge = Fault {
        asked: Asked::Directory,
        place: 2,
        lost: Lost::Answer,
    };
    shop.world.break_at(charge);
    assert!(block_on(shop.world.ring(&shop.wallet)).is_err());
    shop.world.mend();
    assert_eq!(shop.paid(), ["50"]);
    assert_eq!(shop.rule("USD")["charging"]["status"], "charging");
    shop.world
        .clock
        .set(shop.world.clock.get() + 7 * DAY * 1_000);
    shop.ring();
    assert_eq!(shop.paid(), ["50"]);
    assert_eq!(shop.facts("credited").len(), 1);
}

#[test]
fn what_was_never_charged_is_not_charged_under_an_old_key() {
    let shop = Shop::new("ok", "25");
    shop.set("USD", rule("50"));
    shop.charge("c1", "20");
    shop.world
        .clock
        .set(shop.world.clock.get() + 21 * HOUR * 1_000);
    shop.ring();
    assert!(shop.charged().is_empty());
    let waits = shop.rule("USD");
    assert_eq!(waits["last_attempt"]["code"], "not_charged");
    assert_eq!(waits["because"], "declined");
    // A new intent, under a key of its own.
    shop.pass(HOUR);
    assert_eq!(shop.paid(), ["50"]);
    assert_eq!(shop.facts("intended").len(), 2);
}

#[test]
fn every_way_of_not_paying_gives_a_link_for_the_same_amount_and_backs_off_and_then_stops() {
    for (card, code, decline_code) in [
        ("declined", "card_declined", json!("generic_decline")),
        (
            "insufficient_funds",
            "card_declined",
            json!("insufficient_funds"),
        ),
        (
            "authentication_required",
            "authentication_required",
            Value::Null,
        ),
        ("expired", "expired_card", Value::Null),
    ] {
        let shop = Shop::new(card, "5");
        shop.set("USD", rule("50"));
        shop.pass(0);
        let waits = shop.rule("USD");
        let last = &waits["last_attempt"];
        assert_eq!(
            (&last["outcome"], &last["code"]),
            (&json!("declined"), &json!(code))
        );
        assert_eq!(last["decline_code"], decline_code, "{card}");
        assert_eq!(
            (&waits["state"], &waits["because"]),
            (&json!("waiting"), &json!("declined"))
        );
        assert_eq!(waits["spent_today"], "0");
        // Four attempts: at once, after 1 h, 6 h and 24 h.
        for (seconds, attempts) in [(HOUR - 1, 1), (1, 2), (6 * HOUR - 1, 2), (1, 3), (DAY, 4)] {
            shop.pass(seconds);
            assert_eq!(shop.charged().len(), attempts, "{card}");
        }
        let off = shop.rule("USD");
        assert_eq!(
            (&off["state"], &off["because"]),
            (&json!("off"), &json!("declined"))
        );
        shop.pass(90 * DAY);
        assert_eq!(shop.charged().len(), 4);
        assert!(shop.paid().is_empty());
        assert!(shop.facts("credited").is_empty());
    }
}

#[test]
fn the_link_of_a_decline_credits_the_same_amount_once_and_ends_the_pause() {
    let shop = Shop::new("declined", "5");
    shop.set("USD", rule("50"));
    shop.pass(0);
    let link = text(&shop.rule("USD")["last_attempt"], "redirect_url");
    let link = crate::edge_cases::path_of(&link);
    let paid = shop.world.one(&crate::world::press(link.as_str(), "pay"));
    assert_eq!(paid.status, 303);
    let after = shop.rule("USD");
    assert_eq!(
        (&after["available"], &after["state"]),
        (&json!("55"), &json!("idle"))
    );
    assert!(
        after["last_attempt"].get("redirect_url").is_none(),
        "{after}"
    );
    // By the next debit it tries again at once, because money has come.
    shop.charge("c1", "50");
    shop.pass(0);
    assert_eq!(shop.charged().len(), 2);
}

#[test]
fn where_stripe_is_connected_what_was_declined_is_paid_there() {
    let shop = Shop::new("declined", "5");
    shop.connect_stripe();
    shop.set("USD", rule("50"));
    shop.pass(0);
    assert!(shop.world.stripe.borrow().sessions.is_empty());
    // Where Stripe does not answer, the rule is told all the same.
    for _ in 0..10 {
        let lost = ("/v1/checkout/sessions", Mishap::Lost);
        shop.world.stripe.borrow_mut().mishaps.push(lost);
    }
    let without = shop.rule("USD");
    assert_eq!(without["last_attempt"]["outcome"], "declined");
    assert!(
        without["last_attempt"].get("redirect_url").is_none(),
        "{without}"
    );
    shop.world.stripe.borrow_mut().mishaps.clear();
    // The page is made once it is asked for, and then it is this one.
    let link = text(&shop.rule("USD")["last_attempt"], "redirect_url");
    assert!(
        link.starts_with("https://checkout.stripe.example/"),
        "{link}"
    );
    assert_eq!(
        text(&shop.rule("USD")["last_attempt"], "redirect_url"),
        link
    );
    assert_eq!(shop.world.stripe.borrow().sessions.len(), 1);
    // It sells what the recharge would have, and nothing is offered with it.
    let top_up = text(&shop.rule("USD")["last_attempt"], "top_up");
    let made = shop.world.get(&get(format!("/v1/top-ups/{top_up}")), 200);
    assert_eq!(
        (&made["processor"], &made["amount"]),
        (&json!("stripe"), &json!("50"))
    );
    let grants = json!([{"asset": "USD", "amount": "50", "purpose": "paid"}]);
    assert_eq!(made["grants"], grants);
}

#[test]
fn what_a_promotion_has_paid_in_full_does_not_end_the_pause() {
    let shop = Shop::new("declined", "5");
    shop.connect_stripe();
    shop.set("USD", rule("50"));
    shop.pass(0);
    let top_up = |key: &str| {
        let mut body = top_up_of(&shop.customer);
        body["allow_promotion_codes"] = json!(true);
        let made = post("/v1/top-ups", body).once(key);
        shop.world.get(&made, 201)
    };
    let free = json!({"amount_total": 0, "payment_intent": null, "payment_status": "no_payment_required",
        "total_details": {"amount_discount": 2000, "amount_shipping": 0, "amount_tax": 0}});
    // The second one is paid, so that the card is tried again by the next debit.
    for (key, changes, tried) in [("free", free, 1), ("paid", json!({}), 2)] {
        let made = top_up(key);
        let link = text(&made, "redirect_url");
        let session = link.rsplit('/').next().expect("a session");
        shop.world.stripe.borrow_mut().pay(session, &changes);
        let id = text(&made, "id");
        let read = shop.world.get(&get(format!("/v1/top-ups/{id}")), 200);
        assert_eq!(read["status"], "succeeded", "{read}");
        shop.charge(key, "20");
        shop.pass(0);
        assert_eq!(shop.rule("USD")["state"], "waiting");
        assert_eq!(shop.charged().len(), tried, "{key}");
    }
}

#[test]
fn a_recharge_is_refunded_by_its_id_and_takes_its_own_grant() {
    let shop = Shop::new("ok", "25");
    shop.set("USD", rule("50"));
    shop.charge("c1", "15");
    shop.pass(0);
    let recharge = text(&shop.rule("USD")["last_attempt"], "id");
    let refund = |id: &str, rest: Value| {
        let mut body = json!({"refund_id": id, "payment_id": recharge});
        for (name, value) in rest.as_object().expect("fields") {
            body[name] = value.clone();
        }
        post(shop.path("wallet/refunds"), body)
    };
    let preview = shop
        .world
        .get(&refund("rf_0", json!({"preview": true})), 200);
    assert_eq!(preview["taken"][0]["amount"], "50");
    let part = shop
        .world
        .get(&refund("rf_1", json!({"amount": "20"})), 201);
    assert_eq!(
        (&part["payment"], &part["lost"], &part["paid"]),
        (
            &json!(format!("recharge:{recharge}")),
            &json!("20"),
            &json!("50")
        )
    );
    assert_eq!(shop.available(), "40");
    shop.world
        .get(&refund("rf_2", json!({"amount": "31"})), 422);
    shop.world.get(&refund("rf_3", json!({})), 201);
    // The gift of the beginning is untouched, and told again nothing happens.
    shop.world.get(&refund("rf_3", json!({})), 201);
    assert_eq!(shop.available(), "10");
    assert_eq!(shop.paid(), ["50"]);
}

/// As Stripe will tell it of a payment that a recharge has made there: by the operation that is noted with it.
#[test]
fn a_dispute_of_a_recharge_finds_its_grant_by_the_operation() {
    let shop = Shop::new("ok", "25");
    shop.set("USD", rule("50"));
    shop.charge("c1", "15");
    shop.pass(0);
    let recharge = text(&shop.rule("USD")["last_attempt"], "id");
    let told = |cause| Call {
        wallet: shop.wallet.clone(),
        customer: shop.customer.clone(),
        request_id: "req_1".to_owned(),
        key: None,
        external_id: None,
        ask: Ask::ToldClaim {
            claim: ToldClaim {
                payment: "pi_1".to_owned(),
                op: Some(format!("recharge:{recharge}")),
                what: Claimed::Loss(cause),
                id: "dp_1".to_owned(),
                amount: Amount::parse("50").expect("an amount"),
                currency: "USD".to_owned(),
                reason: None,
            },
        },
    };
    let tell = |cause| {
        let reply = block_on(shop.world.wallet(&told(cause), "")).expect("it answers");
        assert_eq!(reply.status, 200, "{}", reply.body);
        reply.replayed
    };
    assert!(!tell(LossCause::FundsWithdrawn));
    assert!(tell(LossCause::FundsWithdrawn));
    assert_eq!(shop.available(), "10");
    assert!(!tell(LossCause::FundsReinstated));
    assert_eq!(shop.available(), "60");
}

#[test]
fn a_payment_under_way_is_waited_for_and_ends_either_way() {
    for (card, credited) in [("processing_ok", 1), ("processing_declined", 0)] {
        let shop = Shop::new(card, "5");
        shop.set("USD", rule("50"));
        shop.pass(0);
        assert_eq!(
            shop.rule("USD")["charging"]["status"],
            "processing",
            "{card}"
        );
        shop.charge("c1", "1");
        shop.pass(59);
        assert_eq!(shop.charged().len(), 1);
        assert!(shop.facts("credited").is_empty());
        shop.pass(61);
        assert_eq!(shop.facts("credited").len(), credited, "{card}");
        assert_eq!(shop.facts("declined").len(), 1 - credited, "{card}");
        assert_eq!(shop.charged().len(), 1);
    }
}

#[test]
fn a_card_that_is_gone_turns_the_rule_off_and_says_so() {
    let shop = Shop::new("ok", "5");
    let spare = shop.add_card("ok");
    let named =
        json!({"threshold": "10", "amount": "50", "payment_method": spare, "enabled": true});
    shop.credit("more", "20");
    shop.set("USD", named);
    // Not by us while the rule needs it, with the reason.
    let path = shop.path(&format!("payment-methods/{spare}"));
    let refused = shop
        .world
        .get(&sent("DELETE", path.as_str(), Value::Null), 409);
    assert_eq!(refused["code"], "wrong_state");
    assert!(
        text(&refused, "detail").contains("recharge of USD"),
        "{refused}"
    );
    // The processor can take it away all the same.
    let gone = "UPDATE payment_method SET detached_at = 1 WHERE is_default = 0";
    shop.world.rows(gone);
    shop.charge("c1", "20");
    shop.pass(0);
    let off = shop.rule("USD");
    assert_eq!(
        (&off["state"], &off["because"]),
        (&json!("off"), &json!("payment_method_removed"))
    );
    assert!(shop.charged().is_empty());
    shop.pass(30 * DAY);
    assert!(shop.charged().is_empty());
    // Now nothing needs it, and with the other card the rule goes on.
    shop.world.get(&sent("DELETE", path, Value::Null), 204);
    shop.set("USD", rule("50"));
    shop.pass(0);
    assert_eq!(shop.paid(), ["50"]);
}

#[test]
fn what_the_processor_says_of_cards_is_followed() {
    use scrip::worker::edge::context::Context;
    use scrip::worker::edge::principal::Principal;
    use scrip::worker::edge::request::Request;
    use scrip::worker::payment_methods::following::detached;

    let shop = Shop::new("ok", "25");
    let card = shop.add_card("ok");
    let named = json!({"threshold": "10", "amount": "50", "payment_method": card});
    shop.set("USD", named);
    let request = Request::of_ourselves(&shop.world.config, "req_1", shop.world.clock.get());
    let context = Context {
        request: &request,
        world: &shop.world,
    };
    let who = Principal::of(&shop.world.config, "acc_default".into(), "test".into());
    let who = who.expect("every server has a test side");
    let processors = format!("pm_sim_ok_{card}");
    let methods = || shop.world.get(&get(shop.path("payment-methods")), 200)["items"].clone();
    assert_eq!(methods()[1]["state"], "good");
    // A card that is over is declined, by the clock, and the list says so.
    let sql = "UPDATE payment_method SET exp_year = 2026, exp_month = 9 WHERE is_default = 0";
    shop.world.rows(sql);
    assert_eq!(methods()[1]["state"], "expiring");
    shop.world
        .rows("UPDATE payment_method SET exp_month = 1 WHERE is_default = 0");
    assert_eq!(methods()[1]["state"], "expired");
    shop.charge("c1", "20");
    shop.pass(0);
    assert_eq!(shop.rule("USD")["last_attempt"]["code"], "expired_card");
    for _ in 0..2 {
        block_on(detached(&context, &who, "simulated", &processors)).expect("it is told");
        assert_eq!(shop.rule("USD")["because"], "payment_method_removed");
    }
    assert_eq!(methods().as_array().map(Vec::len), Some(1));
    block_on(detached(&context, &who, "simulated", "pm_nobody")).expect("nobody is told");
}

#[test]
fn a_preview_says_what_saving_would_do_and_changes_nothing() {
    let shop = Shop::new("ok", "429.8");
    shop.charge("c1", "859.6");
    let preview = |body: Value| {
        let path = shop.path("wallet/recharge/USD/preview");
        shop.world.get(&post(path, body), 200)
    };
    let before = shop.world.everything();
    let deep = preview(json!({"threshold": "10", "amount": "50", "daily_limit": "500"}));
    assert_eq!(deep["would"], "charge");
    assert_eq!(deep["saving"], "Charges 450 USD now.");
    assert_eq!(
        (&deep["amount"], &deep["price"]),
        (&json!("450"), &json!("450"))
    );
    assert_eq!(
        deep["sentence"],
        "When 10 USD or less are available, 50 USD are added, or the smallest multiple of that which leaves more than \
         10 USD, charged to the default payment method in one step; at most 500 USD a day, and not within 10 minutes \
         of the last recharge."
    );
    let off = preview(json!({"threshold": "10", "target": "50", "enabled": false}));
    assert_eq!(
        (&off["would"], &off["sentence"]),
        (&json!("nothing"), &json!("Automatic recharge is off."))
    );
    assert_eq!(shop.world.everything(), before);
    // Saving does what the preview says.
    let set = shop.set(
        "USD",
        json!({"threshold": "10", "amount": "50", "daily_limit": "500"}),
    );
    assert_eq!(set["charging"]["price"], "450");
    assert_eq!(preview(rule("50"))["would"], "nothing");
    shop.pass(0);
    let idle = preview(rule("20"));
    assert_eq!(
        (&idle["would"], &idle["saving"]),
        (
            &json!("nothing"),
            &json!("Does nothing: 20.2 USD are available.")
        )
    );
    shop.charge("c2", "15");
    let waits = preview(rule("50"));
    assert_eq!(waits["would"], "wait");
    assert!(
        text(&waits, "saving").starts_with("Waits until "),
        "{waits}"
    );
}

#[test]
fn a_rule_that_could_not_be_kept_is_refused_by_field() {
    let shop = Shop::new("ok", "25");
    for (body, field) in [
        (json!({"amount": "50"}), "threshold"),
        (json!({"threshold": "10"}), "amount"),
        (
            json!({"threshold": "10", "amount": "5", "target": "50"}),
            "target",
        ),
        (json!({"threshold": "10", "target": "10"}), "target"),
        (json!({"threshold": "-1", "amount": "5"}), "threshold"),
        (json!({"threshold": "10", "amount": "0"}), "amount"),
        (json!({"threshold": "10", "amount": "5.001"}), "amount"),
        (
            json!({"threshold": "10", "amount": "50", "daily_limit": "49"}),
            "daily_limit",
        ),
        (
            json!({"threshold": "10", "amount": "50", "monthly_limit": "50.001"}),
            "monthly_limit",
        ),
        (
            json!({"threshold": "10", "amount": "50", "cooldown": 59}),
            "cooldown",
        ),
        (
            json!({"threshold": "10", "amount": "50", "payment_method": "pmt_none"}),
            "payment_method",
        ),
        (
            json!({"threshold": "10", "amount": "50", "currency": "EUR"}),
            "currency",
        ),
        (
            json!({"threshold": "10", "amount": "50", "limit": "5"}),
            "limit",
        ),
    ] {
        let refused = shop.world.get(&shop.put("USD", body.clone()), 422);
        assert!(!refused["errors"][field].is_null(), "{body}: {refused}");
    }
    let refused = shop.world.get(&shop.put("CREDITS", rule("500")), 422);
    assert!(!refused["errors"]["currency"].is_null(), "{refused}");
    shop.world.get(&shop.put("NOTHING", rule("5")), 404);
    shop.world.get(&get(shop.path("wallet/recharge/USD")), 404);
    assert!(shop.facts("set").is_empty());
}

#[test]
fn a_customer_adds_a_card_at_a_link_and_presses_once() {
    let shop = Shop::new("ok", "25");
    let urls = crate::edge_cases::with_urls(json!({}));
    let asked = post(shop.path("payment-methods/sessions"), urls).once("k1");
    let session = shop.world.get(&asked, 201);
    assert_eq!(shop.world.get(&asked, 201), session);
    let link = crate::edge_cases::path_of(&text(&session, "redirect_url"));
    let page = shop.world.one(&get(link.as_str()));
    assert!(page.body.contains("no money moves"), "{}", page.body);
    for (pressed, status) in [
        ("cancel", 303),
        ("nonsense", 400),
        ("declined", 303),
        ("ok", 200),
    ] {
        let press = crate::world::press(link.as_str(), pressed);
        assert_eq!(shop.world.one(&press).status, status, "{pressed}");
    }
    let all = shop.world.get(&get(shop.path("payment-methods")), 200);
    let last4: Vec<String> = (0..2)
        .map(|place| text(&all["items"][place], "last4"))
        .collect();
    assert_eq!(last4, ["4242", "0341"]);
    assert_eq!(all["items"].as_array().map(Vec::len), Some(2));
    // The first one stays the default, until it is said otherwise; then there is one default.
    let id = text(&all["items"][1], "id");
    let path = shop.path(&format!("payment-methods/{id}/default"));
    shop.world.get(&sent("PUT", path, Value::Null), 204);
    let all = shop.world.get(&get(shop.path("payment-methods")), 200);
    let defaults = [&all["items"][0]["default"], &all["items"][1]["default"]];
    assert_eq!(defaults, [&json!(false), &json!(true)]);
    // Links end.
    let asked = post(
        shop.path("payment-methods/sessions"),
        crate::edge_cases::with_urls(json!({})),
    );
    let late = crate::edge_cases::path_of(&text(&shop.world.get(&asked, 201), "redirect_url"));
    shop.world.clock.set(shop.world.clock.get() + HOUR * 1_000);
    assert_eq!(
        shop.world
            .one(&crate::world::press(late.as_str(), "ok"))
            .status,
        410
    );
    assert_eq!(shop.world.one(&get("/setup/nothing")).status, 404);
}

#[test]
fn a_customer_sets_the_rule_on_the_own_page_and_is_told_what_is_wrong() {
    let shop = Shop::new("ok", "25");
    let session = json!({"customer_id": shop.customer});
    let asked = post(
        "/v1/billing-portal/sessions",
        crate::edge_cases::with_urls(session),
    );
    let link = crate::edge_cases::path_of(&text(&shop.world.get(&asked, 200), "redirect_url"));
    let cookie = crate::edge_cases::cookie_of(&shop.world, &link);
    let with_cookie = |mut sent: Sent| {
        sent.cookie = Some(cookie.clone());
        sent
    };
    let press = |form: &str| {
        shop.world
            .one(&with_cookie(crate::world::press("/portal/recharge", form)))
    };
    let wrong = press("save&asset=USD&threshold=10&amount=-5");
    assert_eq!(wrong.status, 422);
    assert!(wrong.body.contains("must be above zero"), "{}", wrong.body);
    assert_eq!(
        press("save&asset=USD&threshold=10&amount=50&monthly_limit=200").status,
        303
    );
    let set = shop.rule("USD");
    assert_eq!(
        (&set["amount"], &set["monthly_limit"]),
        (&json!("50"), &json!("200"))
    );
    let page = shop.world.one(&with_cookie(get("/portal/recharge")));
    assert!(
        page.body.contains("Does nothing: 25 USD are available."),
        "{}",
        page.body
    );
    shop.charge("c1", "20");
    shop.pass(0);
    assert_eq!(shop.paid(), ["50"]);
    assert_eq!(
        press("off&asset=USD&threshold=10&amount=50&monthly_limit=200").status,
        303
    );
    assert_eq!(shop.rule("USD")["state"], "off");
    // Without the cookie there is nothing.
    assert_eq!(shop.world.one(&get("/portal/recharge")).status, 404);
    let stranger = crate::world::press("/portal/recharge", "save&asset=USD&threshold=10&amount=50");
    assert_eq!(shop.world.one(&stranger).status, 404);
    assert_eq!(shop.rule("USD")["state"], "off");
}

#[test]
fn the_last_attempts_are_told_newest_first_with_what_the_next_one_waits_for() {
    let shop = Shop::new("declined", "25");
    let attempts = || {
        let page = shop
            .world
            .get(&get(shop.path("wallet/recharge/USD/attempts")), 200);
        page["items"].as_array().expect("items").clone()
    };
    assert!(attempts().is_empty());
    shop.set("USD", rule("50"));
    shop.charge("c1", "20");
    shop.ring();
    let [first] = &attempts()[..] else {
        panic!("one")
    };
    assert_eq!(
        (&first["outcome"], &first["code"]),
        (&json!("declined"), &json!("card_declined"))
    );
    assert_eq!(
        (&first["amount"], &first["price"]),
        (&json!("50"), &json!("50"))
    );
    let waits = shop.rule("USD")["waits_until"].clone();
    assert_eq!(first["retry_at"], waits, "until then");
    assert!(
        first["redirect_url"]
            .as_str()
            .is_some_and(|url| url.contains("/pay/")),
        "{first}"
    );
    shop.pass(8 * HOUR);
    let all = attempts();
    assert_eq!(all.len(), 3, "{all:?}");
    assert!(
        all.windows(2)
            .all(|two| text(&two[0], "at") > text(&two[1], "at")),
        "{all:?}"
    );
    let leads = |one: &&Value| one["redirect_url"].is_string();
    assert_eq!(all.iter().filter(leads).count(), 1, "one is still to pay");
    shop.pass(30 * HOUR);
    let [last, ..] = &attempts()[..] else {
        panic!("some")
    };
    assert_eq!(
        (&last["retry_at"], shop.rule("USD")["state"].as_str()),
        (&Value::Null, Some("off"))
    );
    // A good card, and the rule set again: what was paid is told as such.
    let good = shop.add_card("ok");
    let mut again = rule("50");
    again["payment_method"] = json!(good);
    shop.set("USD", again);
    shop.ring();
    let all = attempts();
    assert_eq!(
        (&all[0]["outcome"], &all[0]["payment_method"]),
        (&json!("succeeded"), &json!(good))
    );
    assert_eq!(
        all.len(),
        5,
        "five at most, and all of them of this account"
    );
    let other = shop
        .world
        .get(&get(shop.path("wallet/recharge/CREDITS/attempts")), 200);
    assert_eq!(other["items"], json!([]));
}
