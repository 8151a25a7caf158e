//! Receipts: each says what its entry did, and can be checked by itself.

use scrip::wire::wallet::verified_receipt;
use serde_json::{Value, json};

use crate::edge_cases::{Stage, text};
use crate::world::{get, post, sent};

fn wallet(stage: &Stage) -> String {
    format!("/v1/customers/{}/wallet", stage.customer)
}

fn receipt(stage: &Stage, seq: u64) -> Value {
    let path = format!("{}/entries/{seq}/receipt", wallet(stage));
    stage.world.get(&get(path), 200)
}

/// A wallet to which everything has happened that changes a balance.
fn eventful() -> (Stage, Vec<Value>) {
    let stage = Stage::new();
    let id = stage.customer.clone();
    let call = |path: &str, body: Value, status| stage.world.get(&post(path, body), status);
    let budget = sent(
        "DELETE",
        format!("{}/budgets/all", wallet(&stage)),
        Value::Null,
    );
    stage.world.get(&budget, 204);
    let capture = format!("/v1/holds/{}/capture", stage.hold);
    call(&capture, json!({"amount": "1.5"}), 200);
    // More than there is becomes debt, and the next credit pays it.
    let charge = json!({"transaction_id": "big", "asset": "USD", "amount": "500"});
    call(&format!("/v1/customers/{id}/wallet/charges"), charge, 201);
    let credit =
        json!({"transaction_id": "more", "asset": "USD", "amount": "700", "reason": "gift"});
    call(
        &format!("/v1/customers/{id}/wallet/adjustments"),
        credit,
        201,
    );
    let ask = json!({"id": "a9", "customer_id": id, "asset": "USD", "amount": "3"});
    let hold = text(&call("/v1/authorize", ask, 200)["hold"], "id");
    call(&format!("/v1/holds/{hold}/release"), json!({}), 200);
    let event = json!({"id": "e9", "event_type": "chat", "occurred_at": "2026-09-21T00:00:00Z",
        "costs": [{"id": "c1", "vendor_external_id": "hidden_vendor", "amount": "0.0317"}]});
    call(
        "/v1/events",
        json!({"customer_id": id, "events": [event]}),
        204,
    );
    let reverse = json!({"transaction_id": "big", "reason": "mistake"});
    call(
        &format!("/v1/customers/{id}/wallet/reversals"),
        reverse,
        201,
    );
    let page = stage
        .world
        .get(&get(format!("{}/entries?limit=100", wallet(&stage))), 200);
    let mut items = page["items"].as_array().expect("items").clone();
    items.reverse();
    (stage, items)
}

#[test]
fn a_receipt_is_of_its_entry_and_every_balance_begins_where_the_one_before_ended() {
    let (stage, items) = eventful();
    let mut accounts = std::collections::BTreeMap::new();
    let mut previous = json!("0".repeat(64));
    let mut paid = 0;
    for item in &items {
        let receipt = receipt(&stage, item["seq"].as_u64().expect("a number"));
        for field in ["seq", "type", "at", "hash", "record"] {
            assert_eq!(receipt[field], item[field], "{field} of {receipt}");
        }
        assert_eq!(receipt["previous_hash"], previous);
        previous = item["hash"].clone();
        for around in receipt["balances"].as_array().expect("balances") {
            let nothing = json!({"balance": "0", "held": "0"});
            let known = accounts.insert(around["account"].to_string(), around["after"].clone());
            assert_eq!(around["before"], known.unwrap_or(nothing), "{receipt}");
        }
        paid += receipt["paid_by"].as_array().expect("a list").len();
        let verified = verified_receipt(&receipt);
        assert!(verified.valid, "{verified:?} {receipt}");
    }
    assert!(items.len() > 12 && paid > 4, "{} {paid}", items.len());
}

#[test]
fn a_receipt_says_what_was_priced_and_which_grants_paid() {
    let (stage, items) = eventful();
    let used = items
        .iter()
        .find(|item| item["operation_id"] == "event:event_1");
    let seq = used.expect("usage")["seq"].as_u64().expect("a number");
    let receipt = receipt(&stage, seq);
    assert_eq!(receipt["fees"][0]["amount"], "0.01");
    // Whoever can multiply can check it, and knows by which version of which product it was.
    let price = &receipt["prices"][0];
    assert_eq!(
        (&price["fee"], &price["product_version"]),
        (&json!(0), &json!(1)),
        "{price}"
    );
    for word in ["price_name", "product_code"] {
        assert!(!text(price, word).is_empty(), "{price}");
    }
    assert_eq!(price["price_id"], receipt["fees"][0]["price_id"]);
    assert_eq!(price["unit_price"], "0.01", "{price}");
    assert_eq!(receipt["paid_by"][0]["amount"], "0.01");
    assert!(text(&receipt["paid_by"][0], "grant").starts_with("grant_"));
    let charged = items.iter().find(|item| item["operation_id"] == "tx:big");
    let seq = charged.expect("a charge")["seq"]
        .as_u64()
        .expect("a number");
    let receipt = self::receipt(&stage, seq);
    let lines = receipt["paid_by"].as_array().expect("a list");
    // What no grant covered has become debt, and the receipt says so.
    assert!(
        lines.iter().any(|line| line["grant"].is_null()),
        "{receipt}"
    );
}

#[test]
fn a_receipt_that_was_changed_is_found_out() {
    let (stage, items) = eventful();
    let seq = items.len() as u64;
    let honest = receipt(&stage, seq);
    for (field, value) in [
        ("at", json!("2020-01-01T00:00:00Z")),
        ("what", json!("Gift")),
        ("fees", json!([{"amount": "1"}])),
        ("paid_by", json!([])),
        ("hash", json!("0".repeat(64))),
        ("previous_hash", json!("0".repeat(64))),
        ("record", json!("{}")),
        ("record", Value::Null),
        ("seq", json!(1)),
        ("type", json!("credited")),
    ] {
        let mut forged = honest.clone();
        if forged[field] == value {
            continue;
        }
        forged[field] = value;
        let verified = verified_receipt(&forged);
        assert!(!verified.valid && !verified.wrong.is_empty(), "{field}");
    }
    let mut forged = honest.clone();
    let after = &mut forged["balances"][0]["after"]["balance"];
    *after = json!("1000000");
    assert_eq!(verified_receipt(&forged).wrong, ["balances"]);
    assert!(!verified_receipt(&json!({})).valid);
}

#[test]
fn a_customer_sees_no_record_that_says_what_usage_cost() {
    let (stage, items) = eventful();
    let body = json!({"scopes": ["read"]});
    let path = format!("/v1/customers/{}/tokens", stage.customer);
    let token = text(&stage.world.get(&post(path, body), 201), "token");
    let (mut with, mut without, mut priced) = (0, 0, 0);
    for item in &items {
        let path = format!("{}/entries/{}/receipt", wallet(&stage), item["seq"]);
        let own = stage.world.get(&get(path).by(&token), 200);
        let said = own.to_string();
        for word in ["0.0317", "hidden_vendor", "costs\\\":[{", "products"] {
            assert!(!said.contains(word), "{word} in {said}");
        }
        let by_costs = item["record"].to_string().contains("hidden_vendor");
        for price in own["prices"].as_array().expect("a list") {
            // Of a price beside costs the name is said, and no number.
            assert_eq!(price["amount"].is_null(), by_costs, "{price}");
            priced += 1;
        }
        if own["record"].is_null() {
            without += 1;
            assert_eq!(verified_receipt(&own).wrong, ["record"]);
        } else {
            with += 1;
            assert!(verified_receipt(&own).valid);
        }
        assert_eq!(own["hash"], item["hash"]);
    }
    assert!(
        with > 2 && without > 2 && priced > 1,
        "{with} {without} {priced}"
    );
}

#[test]
fn there_is_no_receipt_of_an_entry_that_there_is_not() {
    let stage = Stage::new();
    for entry in ["0", "999", "x", "-1", "18446744073709551616"] {
        let path = format!("{}/entries/{entry}/receipt", wallet(&stage));
        assert_eq!(stage.world.one(&get(path)).status, 404, "{entry}");
    }
}
