//! Refunds that a caller asks for, and what freezes a wallet.

use serde_json::{Value, json};

use crate::edge_cases::{path_of, text, top_up_of};
use crate::edge_claims::{Shop, dispute, event};
use crate::world::{get, post, press, sent};

fn warning(id: &str, payment: &str) -> Value {
    let object = json!({"id": id, "object": "radar.early_fraud_warning", "charge": "ch_1",
        "payment_intent": payment, "fraud_type": "misc", "livemode": false});
    event("radar.early_fraud_warning.created", object)
}

impl Shop {
    fn authorize(&self, id: &str, amount: &str) -> Value {
        let body =
            json!({"id": id, "customer_id": self.customer, "asset": "USD", "amount": amount});
        self.world.get(&post("/v1/authorize", body), 200)
    }
}

// Freezes.

#[test]
fn a_dispute_freezes_by_setting_until_it_is_closed() {
    let shop = Shop::paid(1_000);
    let opened = dispute("created", "dp_1", "pi_1", 200, "needs_response");
    let closed = dispute("closed", "dp_1", "pi_1", 200, "lost");
    let other = dispute("created", "dp_2", "pi_1", 200, "needs_response");
    shop.claimed(&other);
    assert_eq!(
        shop.authorize("a1", "1")["decision"],
        "approved",
        "not by default"
    );
    let settings = shop.set(json!({"freeze_on_dispute": true}));
    assert_eq!(
        settings,
        json!({"unpriced": "deny", "freeze_on_dispute": true, "freeze_on_fraud_warning": false})
    );
    shop.claimed(&opened);
    let denied = shop.authorize("a2", "1");
    assert_eq!(
        (&denied["decision"], &denied["code"], &denied["topup_url"]),
        (&json!("denied"), &json!("wallet_frozen"), &Value::Null)
    );
    assert!(text(&denied, "detail").contains("dp_1"), "{denied}");
    let freeze = &shop.wallet()["freezes"][0];
    assert_eq!(
        (&freeze["cause"], &freeze["id"], &freeze["payment_id"]),
        (&json!("dispute"), &json!("dp_1"), &json!("pi_1"))
    );
    // What has happened posts.
    shop.charge("2");
    shop.claimed(&closed);
    assert_eq!(shop.authorize("a2", "1")["decision"], "approved");
    shop.claimed(&opened);
    assert_eq!(
        shop.authorize("a3", "1")["decision"],
        "approved",
        "it is over"
    );
}

#[test]
fn a_warning_of_fraud_freezes_by_setting_until_somebody_ends_it() {
    let shop = Shop::paid(1_000);
    shop.claimed(&warning("issfr_1", "pi_1"));
    assert_eq!(
        shop.authorize("a1", "1")["decision"],
        "approved",
        "not by default"
    );
    shop.set(json!({"freeze_on_fraud_warning": true}));
    shop.claimed(&warning("issfr_2", "pi_1"));
    assert_eq!(shop.authorize("a2", "1")["code"], "wallet_frozen");
    let path = shop.path("/freeze");
    let ended = sent(
        "PUT",
        &path,
        json!({"frozen": false, "reason": "Looked at"}),
    );
    assert_eq!(shop.world.get(&ended, 200), json!({"frozen": false}));
    assert_eq!(shop.authorize("a2", "1")["decision"], "approved");
    shop.claimed(&warning("issfr_2", "pi_1"));
    assert_eq!(
        shop.authorize("a3", "1")["decision"],
        "approved",
        "not again"
    );
    shop.world
        .get(&sent("PUT", &path, json!({"frozen": true})), 200);
    assert_eq!(
        shop.authorize("a4", "1")["code"],
        "wallet_frozen",
        "by hand"
    );
    shop.world
        .get(&sent("PUT", &path, json!({"freeze": true})), 422);
}

/// A freeze that waits for the payment holds with it.
#[test]
fn a_dispute_that_comes_before_its_payment_freezes_with_it() {
    let shop = Shop::new();
    shop.set(json!({"freeze_on_dispute": true}));
    let opened = dispute("created", "dp_1", "pi_1", 1_000, "needs_response");
    assert_eq!(shop.told(&opened), "waiting payment_not_credited");
    shop.pay("pi_1", 1_000);
    assert_eq!(shop.authorize("a1", "1")["code"], "wallet_frozen");
}

#[test]
fn settings_that_are_not_named_stay() {
    let shop = Shop::new();
    shop.set(json!({"unpriced": "allow"}));
    shop.set(json!({"freeze_on_dispute": true}));
    let settings = shop.set(json!({"freeze_on_fraud_warning": true}));
    assert_eq!(
        settings,
        json!({"unpriced": "allow", "freeze_on_dispute": true, "freeze_on_fraud_warning": true})
    );
    let settings = shop.set(json!({"freeze_on_dispute": false}));
    assert_eq!(settings["freeze_on_dispute"], false);
    let nothing = sent("PATCH", "/v1/accounts/self/settings", json!({}));
    shop.world.get(&nothing, 422);
}

// Refunds that a caller asks for.

fn external(shop: &Shop) {
    let body = json!({"transaction_id": "wire_1", "asset": "USD", "amount": "10",
        "reason": "external_topup"});
    shop.world.get(&post(shop.path("/adjustments"), body), 201);
}

#[test]
fn a_preview_says_what_a_refund_would_take_and_changes_nothing() {
    let shop = Shop::paid(1_000);
    external(&shop);
    shop.charge("12");
    let before = shop.world.everything();
    for (payment, amount, taken, owed) in [
        ("pi_1", Some("4"), None, Some("4")),
        ("pi_1", None, None, Some("10")),
        ("wire_1", Some("3"), Some("3"), None),
        ("wire_1", None, Some("8"), Some("2")),
    ] {
        let mut body = json!({"payment_id": payment, "preview": true});
        if let Some(amount) = amount {
            body["amount"] = json!(amount);
        }
        let told = shop.world.get(&post(shop.path("/refunds"), body), 200);
        let of = |list: &str| told[list][0]["amount"].as_str().map(str::to_owned);
        assert_eq!(of("taken").as_deref(), taken, "{told}");
        assert_eq!(of("owed").as_deref(), owed, "{told}");
        assert_eq!(told["entry"], Value::Null, "{told}");
    }
    assert_eq!(shop.world.everything(), before);
}

#[test]
fn a_payment_that_was_taken_elsewhere_is_refunded_here_once() {
    let shop = Shop::new();
    external(&shop);
    let refund = |id: &str, amount: &str| {
        let body = json!({"refund_id": id, "payment_id": "wire_1", "amount": amount,
            "reason": "Asked for"});
        post(shop.path("/refunds"), body)
    };
    let first = shop.world.get(&refund("rf_1", "4"), 201);
    assert_eq!(
        (
            &first["taken"][0]["amount"],
            &first["lost"],
            &first["reason"]
        ),
        (&json!("4"), &json!("4"), &json!("Asked for"))
    );
    let again = shop.world.one(&refund("rf_1", "4"));
    assert!(again.replayed && again.status == 201, "{}", again.body);
    shop.world.get(&refund("rf_1", "5"), 422);
    shop.world.get(&refund("rf_2", "6.01"), 422);
    shop.world.get(&refund("rf_2", "6"), 201);
    assert_eq!(shop.balance(), "0");
    shop.world.get(&refund("rf_3", "1"), 422);
    // What was asked is answered again, also when nothing is left.
    assert!(shop.world.one(&refund("rf_1", "4")).replayed);
}

#[test]
fn a_top_up_is_refunded_by_its_id() {
    let shop = Shop::new();
    let made = shop
        .world
        .get(&post("/v1/top-ups", top_up_of(&shop.customer)), 201);
    let link = path_of(&text(&made, "redirect_url"));
    shop.world.one(&press(link.as_str(), "pay"));
    assert_eq!(shop.balance(), "20");
    let body = json!({"refund_id": "rf_1", "payment_id": text(&made, "id")});
    let told = shop.world.get(&post(shop.path("/refunds"), body), 201);
    assert_eq!(
        (&told["amount"], &told["currency"]),
        (&json!("20"), &json!("USD"))
    );
    assert_eq!(shop.balance(), "0");
}

/// The button on the simulated page and the call of a caller are refunds of one payment.
#[test]
fn what_is_refunded_by_its_id_is_not_taken_again_by_the_button() {
    let shop = Shop::new();
    let made = shop
        .world
        .get(&post("/v1/top-ups", top_up_of(&shop.customer)), 201);
    let link = path_of(&text(&made, "redirect_url"));
    shop.world.one(&press(link.as_str(), "pay"));
    let refund = |id: &str| {
        let body = json!({"refund_id": id, "payment_id": text(&made, "id"), "amount": "5"});
        post(shop.path("/refunds"), body)
    };
    shop.world.get(&refund("rf_1"), 201);
    assert_eq!(shop.balance(), "15");
    for _ in 0..2 {
        assert_eq!(shop.world.one(&press(link.as_str(), "refund")).status, 200);
        assert_eq!(shop.balance(), "0");
    }
    shop.world.get(&refund("rf_2"), 422);
    assert_eq!(shop.balance(), "0");
}

#[test]
fn stats_say_what_went_back_and_revenue_stays_what_was_used() {
    let shop = Shop::paid(1_000);
    external(&shop);
    shop.charge("4");
    let stats = || {
        let one = shop
            .world
            .get(&get(format!("/v1/customers/{}/stats", shop.customer)), 200);
        let all = shop.world.get(&get("/v1/customers/stats"), 200);
        let told = |stats: &Value| (stats["refunded"].clone(), stats["gross_revenue"].clone());
        assert_eq!(told(&one), told(&all["summary"]));
        assert_eq!(told(&one), told(&all["items"][0]["stats"]));
        told(&one)
    };
    assert_eq!(stats(), (json!("0"), json!("4")));
    let body = json!({"refund_id": "rf_1", "payment_id": "wire_1", "amount": "2.5"});
    shop.world.get(&post(shop.path("/refunds"), body), 201);
    assert_eq!(stats(), (json!("2.5"), json!("4")));
    // More than was paid is never lost, and what comes again counts no more.
    let told = |kind: &str| dispute(kind, "dp_1", "pi_1", 1_500, "needs_response");
    shop.claimed(&told("funds_withdrawn"));
    assert_eq!(stats(), (json!("12.5"), json!("4")));
    shop.claimed(&told("funds_reinstated"));
    assert_eq!(stats(), (json!("2.5"), json!("4")));
}

#[test]
fn what_stripe_has_is_refunded_at_stripe_and_gifts_are_no_payments() {
    let shop = Shop::paid(1_000);
    let refund = |payment: &str| {
        let body = json!({"refund_id": "rf_1", "payment_id": payment, "amount": "1"});
        post(shop.path("/refunds"), body)
    };
    let told = shop.world.get(&refund("pi_1"), 409);
    assert_eq!(told["code"], "wrong_state");
    let gift = json!({"transaction_id": "g1", "asset": "USD", "amount": "10", "reason": "gift"});
    shop.world.get(&post(shop.path("/adjustments"), gift), 201);
    for nobodys in ["g1", "pi_2"] {
        let told = shop.world.get(&refund(nobodys), 404);
        assert_eq!(told["code"], "payment_not_found");
    }
    assert!(shop.losses().is_empty());
}
