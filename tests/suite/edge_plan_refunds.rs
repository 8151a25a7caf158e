//! Refunds and disputes of what the invoices of a plan were paid: which invoice a payment has paid is asked at Stripe, and then
//! its wallet gives up what its period gave. Nothing of it depends on what is told first.

use serde_json::{Value, json};

use crate::edge_cases::text;
use crate::edge_plans::shop;
use crate::shop::Shop;
use crate::signed::stripe_signed_at;
use crate::stripe_double::Mishap;
use crate::world::{NOW, Sent, get, post, sent};

const START: i64 = NOW / 1_000;
const MONTH: i64 = 30 * 86_400;

/// The payment of the first invoice.
const PAYMENT: &str = "pi_in_1";

fn refund(id: &str, cents: u64, status: &str) -> Value {
    json!({"id": id, "object": "refund", "amount": cents, "currency": "usd", "status": status,
        "payment_intent": PAYMENT, "charge": "ch_1", "reason": null})
}

fn dispute(status: &str) -> Value {
    json!({"id": "dp_1", "object": "dispute", "amount": 2_000, "currency": "usd", "status": status,
        "payment_intent": PAYMENT, "charge": "ch_1", "reason": "fraudulent", "livemode": false})
}

impl Shop {
    fn refunded(&self, id: &str, cents: u64) -> String {
        self.told("refund.created", id, &refund(id, cents, "succeeded"))
    }

    fn uses(&self, tokens: &str) {
        let body =
            json!({"transaction_id": format!("u{tokens}"), "asset": "TOKENS", "amount": tokens});
        let path = format!("/v1/customers/{}/wallet/charges", self.customer);
        self.world.get(&post(path, body), 201);
    }

    /// Revenue and what was refunded, in dollars, as the platform reads them.
    fn stats(&self) -> (String, String) {
        let path = format!("/v1/customers/{}/stats", self.customer);
        let stats = self.world.get(&get(path), 200);
        (text(&stats, "gross_revenue"), text(&stats, "refunded"))
    }

    fn asked(&self, what: &str) -> usize {
        let asked = self.world.stripe.borrow().asked.clone();
        asked.iter().filter(|one| one.contains(what)).count()
    }

    fn refund_by_api(&self, body: Value) -> Sent {
        let path = format!("/v1/customers/{}/wallet/refunds", self.customer);
        post(path, body)
    }
}

#[test]
fn a_refund_of_an_invoice_takes_what_its_period_gave_and_lowers_revenue() {
    let shop = shop();
    shop.paid();
    assert_eq!(shop.stats(), ("20".to_owned(), "0".to_owned()));
    shop.uses("30");
    // Half of the money is half of the credit.
    assert_eq!(shop.refunded("re_1", 1_000), "claimed");
    assert_eq!(shop.has("TOKENS"), "20");
    assert_eq!(shop.stats(), ("10".to_owned(), "10".to_owned()));
    // What was used of it is owed; told again it is the same refund, and Stripe is not asked who has paid.
    let asked = shop.asked("invoice_payments");
    for again in 0..2 {
        assert_eq!(shop.refunded("re_2", 1_000), "claimed", "{again}");
        assert_eq!(shop.has("TOKENS"), "-30");
    }
    assert_eq!(shop.stats(), ("0".to_owned(), "20".to_owned()));
    assert_eq!((asked, shop.asked("invoice_payments")), (1, 1));
    // It did not get there, so all of it comes again.
    let failed = refund("re_2", 1_000, "failed");
    assert_eq!(shop.told("refund.failed", "f", &failed), "claimed");
    assert_eq!(shop.has("TOKENS"), "20");
    assert_eq!(shop.stats(), ("10".to_owned(), "10".to_owned()));
}

#[test]
fn tax_goes_back_with_its_part_and_is_no_revenue() {
    let shop = shop();
    shop.world.get(&shop.ask_plan(json!({})), 201);
    let invoice = {
        let mut stripe = shop.world.stripe.borrow_mut();
        stripe.pay_plan("cs_1", (START, START + MONTH));
        let invoice = stripe.invoices.last_mut().expect("one");
        invoice["amount_paid"] = 2_400.into();
        invoice["total_taxes"] = json!([{"amount": 400}]);
        invoice.clone()
    };
    assert_eq!(shop.told("invoice.paid", "1", &invoice), "applied");
    assert_eq!(shop.refunded("re_1", 1_200), "claimed");
    assert_eq!(shop.has("TOKENS"), "50");
    assert_eq!(shop.stats(), ("10".to_owned(), "12".to_owned()));
}

#[test]
fn a_refund_that_comes_before_its_invoice_tells_the_invoice_first() {
    let shop = shop();
    shop.world.get(&shop.ask_plan(json!({})), 201);
    let period = (START, START + MONTH);
    let invoice = shop.world.stripe.borrow_mut().pay_plan("cs_1", period);
    assert_eq!(shop.refunded("re_1", 500), "claimed");
    assert_eq!((shop.granted(), shop.has("TOKENS")), (1, "75".to_owned()));
    assert_eq!(shop.told("invoice.paid", "1", &invoice), "applied");
    assert_eq!((shop.granted(), shop.has("TOKENS")), (1, "75".to_owned()));
    assert_eq!(shop.stats(), ("15".to_owned(), "5".to_owned()));
}

#[test]
fn a_dispute_of_an_invoice_freezes_and_takes_until_it_is_won() {
    let shop = shop();
    shop.paid();
    let settings = json!({"freeze_on_dispute": true});
    let set = sent("PATCH", "/v1/accounts/self/settings", settings);
    shop.world.get(&set, 200);
    let say = |kind: &str, status: &str| {
        let kind = format!("charge.dispute.{kind}");
        shop.told(&kind, &format!("{kind}{status}"), &dispute(status))
    };
    let authorized = |id: &str| {
        let body =
            json!({"id": id, "customer_id": shop.customer, "asset": "TOKENS", "amount": "1"});
        shop.world.get(&post("/v1/authorize", body), 200)["code"].clone()
    };
    assert_eq!(say("created", "needs_response"), "claimed");
    assert_eq!(authorized("a1"), "wallet_frozen");
    assert_eq!(say("funds_withdrawn", "needs_response"), "claimed");
    assert_eq!(shop.has("TOKENS"), "0");
    assert_eq!(shop.stats(), ("0".to_owned(), "20".to_owned()));
    assert_eq!(say("funds_reinstated", "won"), "claimed");
    assert_eq!(say("closed", "won"), "claimed");
    assert_eq!(shop.has("TOKENS"), "100");
    assert_eq!(authorized("a2"), Value::Null);
    assert_eq!(shop.stats(), ("20".to_owned(), "0".to_owned()));
}

#[test]
fn whoever_does_not_answer_is_asked_again() {
    for mishap in [
        Mishap::Lost,
        Mishap::Unheard,
        Mishap::Status(500),
        Mishap::Cut,
    ] {
        let shop = shop();
        shop.paid();
        // As often as one call asks.
        shop.world.stripe.borrow_mut().mishaps = vec![("/v1/invoice_payments", mishap); 3];
        let object = refund("re_1", 2_000, "succeeded");
        let event = json!({"id": "evt_r", "object": "event", "created": START, "livemode": false,
            "type": "refund.created", "data": {"object": object}});
        let event = stripe_signed_at(START, "", "whsec_local", &event);
        // Stripe gets no 2xx, so it comes again.
        shop.world.get(&event, 503);
        assert_eq!(shop.has("TOKENS"), "100");
        assert_eq!(shop.hears(&event), "claimed", "{mishap:?}");
        assert_eq!(shop.has("TOKENS"), "0");
    }
}

#[test]
fn payments_of_others_wait_as_before_and_who_sells_no_plans_asks_nobody() {
    let plain = Shop::new();
    assert_eq!(plain.refunded("re_1", 500), "waiting payment_not_credited");
    assert_eq!(plain.asked("invoice_payments"), 0);
    let shop = shop();
    shop.paid();
    let others = json!({"id": "re_2", "object": "refund", "amount": 500, "currency": "usd",
        "status": "succeeded", "payment_intent": "pi_others", "charge": "ch_2", "reason": null});
    let told = shop.told("refund.created", "o", &others);
    assert_eq!(told, "waiting payment_not_credited");
    // An invoice of a subscription that is none of ours.
    {
        let mut stripe = shop.world.stripe.borrow_mut();
        let mut foreign = stripe.invoices[0].clone();
        foreign["id"] = "in_9".into();
        let details = &mut foreign["parent"]["subscription_details"];
        *details = json!({"subscription": "sub_other", "metadata": {}});
        stripe.invoices.push(foreign);
    }
    let mut of_other = others.clone();
    of_other["id"] = "re_3".into();
    of_other["payment_intent"] = "pi_in_9".into();
    let told = shop.told("refund.created", "p", &of_other);
    assert_eq!(told, "waiting payment_not_credited");
    assert_eq!(shop.has("TOKENS"), "100");
}

#[test]
fn an_invoice_is_refunded_by_the_api_by_either_of_its_names() {
    for id in ["pi_in_1", "in_1"] {
        let shop = shop();
        shop.paid();
        shop.uses("60");
        let preview = json!({"payment_id": id, "amount": "10", "preview": true});
        let shown = shop.world.get(&shop.refund_by_api(preview), 200);
        assert_eq!(shown["taken"][0]["amount"], "40", "{shown}");
        assert_eq!(shown["owed"], json!([{"asset": "TOKENS", "amount": "10"}]));
        let body = json!({"refund_id": "rf_1", "payment_id": id, "amount": "10"});
        let refund = shop.refund_by_api(body);
        let made = shop.world.get(&refund, 201);
        assert_eq!(
            (&made["amount"], &made["paid"]),
            (&json!("10"), &json!("20"))
        );
        assert_eq!(shop.has("TOKENS"), "-10");
        shop.world.get(&refund, 201);
        let refunds = shop.world.stripe.borrow().refunds.clone();
        assert_eq!(refunds.len(), 1, "it was made once");
        assert_eq!(refunds[0]["payment_intent"], PAYMENT);
        assert_eq!(shop.stats(), ("10".to_owned(), "10".to_owned()));
        // More than is left of it, and another customer's.
        let more = json!({"refund_id": "rf_2", "payment_id": id, "amount": "10.01"});
        shop.world.get(&shop.refund_by_api(more), 422);
        let beta = json!({"name": "Beta", "external_id": "beta"});
        let beta = text(&shop.world.get(&post("/v1/customers", beta), 201), "id");
        let theirs = json!({"refund_id": "rf_3", "payment_id": id, "amount": "1"});
        let path = format!("/v1/customers/{beta}/wallet/refunds");
        let told = shop.world.get(&post(path, theirs), 404);
        assert_eq!(told["code"], "payment_not_found");
    }
}

/// All orders of an invoice, a refund in two parts, one of which fails, and a dispute come to the same.
#[test]
fn the_end_depends_on_no_order() {
    let mut ends = std::collections::BTreeSet::new();
    for first in 0..5_usize {
        for step in 1..5_usize {
            let shop = shop();
            shop.world.get(&shop.ask_plan(json!({})), 201);
            let period = (START, START + MONTH);
            let invoice = shop.world.stripe.borrow_mut().pay_plan("cs_1", period);
            let events = [
                ("invoice.paid", invoice),
                ("refund.created", refund("re_1", 500, "succeeded")),
                ("refund.failed", refund("re_2", 700, "failed")),
                ("refund.created", refund("re_2", 700, "pending")),
                ("charge.dispute.funds_withdrawn", dispute("needs_response")),
            ];
            // Five is prime, so each step goes through all of them.
            for turn in 0..5 {
                let (kind, object) = &events[(first + turn * step) % 5];
                shop.told(kind, &format!("{kind}{}", text(object, "id")), object);
            }
            ends.insert((shop.has("TOKENS"), shop.stats()));
        }
    }
    let end = ("0".to_owned(), ("0".to_owned(), "20".to_owned()));
    assert_eq!(ends, [end].into());
}
