//! What becomes of prices and of numbers at the edge: versions, data that nobody prices, purchases.

use std::collections::BTreeSet;

use serde_json::{Value, json};

use crate::edge_cases::{product, text, with_urls};
use crate::world::{Memory, Sent, get, post, sent};

fn make(world: &Memory, path: &str, body: Value) -> Value {
    world.get(&post(path, body), 201)
}

/// Ten tokens at 1, and 0.1 from there on.
fn tiered(more: &Value) -> Value {
    let mut price = json!({
        "pricing_model": "tiered", "tiering": { "basis": "volume", "period": "monthly" },
        "usage_calculation": { "event_type": "chat", "usage_type": "volume", "volume_field": "tokens" },
        "pricing": [{ "asset": "USD", "values": [
            { "up_to": "10", "volume_rate": "1" }, { "volume_rate": "0.1" } ] }],
    });
    for (name, value) in more.as_object().into_iter().flatten() {
        price[name] = value.clone();
    }
    price
}

fn version(world: &Memory, product: &str, prices: &Value) -> Value {
    let body = json!({ "publish": true, "prices": prices });
    make(world, &format!("/v1/products/{product}"), body)
}

fn prices(world: &Memory, product: &str, version: u32) -> Vec<Value> {
    let shown = world.get(&get(format!("/v1/products/{product}/{version}")), 200);
    shown["prices"].as_array().cloned().unwrap_or_default()
}

#[test]
fn no_price_id_is_of_two_versions_or_products() {
    // Fees name their prices by the id alone, whatever is published, at the same moment and in the same words.
    let world = Memory::new();
    let mut shown = Vec::new();
    for code in ["one", "two"] {
        let both = json!([tiered(&json!({})), tiered(&json!({ "name": "again" }))]);
        let body = json!({ "name": code, "code": code, "publish": true, "prices": both });
        let product = text(&make(&world, "/v1/products", body), "id");
        for name in ["second", "third"] {
            let one = tiered(&json!({ "name": name }));
            version(&world, &product, &json!([one]));
        }
        for number in 1..=3 {
            let prices = prices(&world, &product, number);
            shown.extend(prices.iter().map(|price| text(price, "id")));
        }
    }
    assert_eq!(shown.len(), 8);
    let ids: BTreeSet<&String> = shown.iter().collect();
    assert_eq!(ids.len(), shown.len(), "{shown:?}");
}

/// A customer of version 1 who has used eight tokens.
fn climbing(world: &Memory, product: &str) -> (String, String) {
    let products = json!([{ "products": [{ "id": product, "version": 1 }] }]);
    let body = json!({ "name": "Acme", "external_id": "acme", "subscriptions": products });
    let customer = make(world, "/v1/customers", body);
    let (id, subscription) = (
        text(&customer, "id"),
        text(&customer["subscriptions"][0], "id"),
    );
    assert_eq!(used(world, &id, "first", 8), ["8"]);
    (id, subscription)
}

fn event(customer: &str, id: &str, data: &Value) -> Sent {
    let event = json!({ "id": id, "event_type": "chat", "data": data,
        "occurred_at": "2026-09-21T00:00:00Z" });
    let body = json!({ "customer_id": customer, "events": [event] });
    let mut sent = post("/v1/events", body);
    sent.prefer = Some("return=representation".into());
    sent
}

/// The fees of so many tokens.
fn used(world: &Memory, customer: &str, id: &str, tokens: u32) -> Vec<String> {
    let reply = world.get(&event(customer, id, &json!({ "tokens": tokens })), 200);
    let fees = reply["fees"].as_array().cloned().unwrap_or_default();
    fees.iter().map(|fee| text(fee, "amount")).collect()
}

fn moved(world: &Memory, customer: &str, subscription: &str, product: &str, version: u32) {
    let path = format!("/v1/customers/{customer}/subscriptions/{subscription}/products/{product}");
    world.get(&sent("PATCH", path, json!({ "version": version })), 204);
}

#[test]
fn tiers_go_on_when_a_version_moves() {
    for (more, goes_on) in [(json!({}), true), (json!({ "continues": "none" }), false)] {
        let world = Memory::new();
        let made = make(&world, "/v1/products", product("chat", &tiered(&json!({}))));
        let id = text(&made, "id");
        let first = text(&prices(&world, &id, 1)[0], "id");
        version(&world, &id, &json!([tiered(&more)]));
        // A version may leave a price out: the next one that has it goes on where it was.
        version(&world, &id, &json!([]));
        version(&world, &id, &json!([tiered(&more)]));
        let (customer, subscription) = climbing(&world, &id);
        moved(&world, &customer, &subscription, &id, 4);
        let shown = prices(&world, &id, 4);
        let continues = shown[0].get("continues").and_then(Value::as_str);
        assert_eq!(continues, goes_on.then_some(first.as_str()));
        let expected = if goes_on { "2.2" } else { "4" };
        assert_eq!(used(&world, &customer, "second", 4), [expected], "{more}");
    }
}

#[test]
fn a_price_says_which_one_it_continues() {
    let world = Memory::new();
    let first = product("chat", &tiered(&json!({ "continues": "prc_1" })));
    world.get(&post("/v1/products", first), 422);
    let made = make(&world, "/v1/products", product("chat", &tiered(&json!({}))));
    let id = text(&made, "id");
    let old = text(&prices(&world, &id, 1)[0], "id");
    // Two that count the same: each goes on with the one that it names.
    let both = json!([tiered(&json!({})), tiered(&json!({ "continues": old }))]);
    version(&world, &id, &both);
    let continued: Vec<Value> = prices(&world, &id, 2)
        .iter()
        .map(|price| price["continues"].clone())
        .collect();
    assert_eq!(continued, [json!(old), json!(old)]);
    // And the third goes on with the first of all.
    let second = text(&prices(&world, &id, 2)[1], "id");
    version(
        &world,
        &id,
        &json!([tiered(&json!({ "continues": second }))]),
    );
    assert_eq!(prices(&world, &id, 3)[0]["continues"], json!(old));
    let other_basis = json!({ "tiering": { "basis": "unit" }, "continues": old });
    for (price, sentence) in [
        (tiered(&json!({ "continues": "prc_9" })), "names no price"),
        (tiered(&other_basis), "counts something else"),
    ] {
        let body = json!({ "prices": [price] });
        let refused = world.get(&post(format!("/v1/products/{id}"), body), 422);
        assert!(
            refused["errors"].get("prices[0].continues").is_some(),
            "{refused}"
        );
        assert!(refused.to_string().contains(sentence), "{refused}");
    }
}

#[test]
fn what_nobody_prices_is_kept_digit_by_digit() {
    let world = Memory::new();
    let made = make(&world, "/v1/products", product("chat", &tiered(&json!({}))));
    let (customer, _) = climbing(&world, &text(&made, "id"));
    let data = r#"{"float":0.30000000000000004,"id":9223372036854775807,"large":18446744073709551616,"provider":{"usage":[1.10,-0.0,"a b",{"cached":null}]},"small":5e-324,"tokens":2}"#;
    let spaced = data.replace(":[", " :\n [ ").replace(",{", " , {");
    let body = format!(
        r#"{{"customer_id":"{customer}","events":[{{"id":"raw","event_type":"chat","occurred_at":"2026-09-21T00:00:00Z","data":{spaced}}}]}}"#
    );
    let mut sent = post("/v1/events", json!({}));
    sent.body = body.into_bytes();
    world.get(&sent, 204);
    let reply = world.one(&get(format!("/v1/events/raw?customer_id={customer}")));
    let kept = format!("\"data\":{data}");
    assert!(reply.body.contains(&kept), "{}", reply.body);
    // Only what a price reads must be an amount.
    for wrong in [
        json!({ "tokens": {} }),
        json!({ "tokens": 0.300_000_000_000_000_04 }),
    ] {
        let refused = world.get(&event(&customer, "wrong", &wrong), 422);
        assert_eq!(refused["code"], "usage_not_a_number");
    }
}

#[test]
fn a_cost_with_many_places_is_rounded_and_marked() {
    let world = Memory::new();
    let body = json!({ "name": "Acme", "external_id": "acme" });
    let customer = text(&make(&world, "/v1/customers", body), "id");
    for (id, amount, stored, rounded) in [
        ("float", "0.03862624999999999", "0.03862625", true),
        ("tie", "\"0.0000000000005\"", "0", true),
        ("odd", "0.0000000000015", "0.000000000002", true),
        ("long", "999.99999999999999999999", "1000", true),
        ("exact", "0.0311", "0.0311", false),
    ] {
        let body = format!(
            r#"{{"customer_id":"{customer}","events":[{{"id":"{id}","event_type":"chat","occurred_at":"2026-09-21T00:00:00Z","costs":[{{"id":"c","vendor_external_id":"router","amount":{amount}}}]}}]}}"#
        );
        let mut sent = post("/v1/events", json!({}));
        sent.body = body.into_bytes();
        world.get(&sent, 204);
        let shown = world.get(&get(format!("/v1/events/{id}?customer_id={customer}")), 200);
        let cost = &shown["costs"][0];
        assert_eq!(
            (cost["amount"].as_str(), cost["rounded"] == true),
            (Some(stored), rounded),
            "{id}"
        );
    }
}

#[test]
fn a_purchase_gives_no_more_than_was_paid_for() {
    let world = Memory::new();
    let rates = json!([{ "source": "USD", "rate": "0.03" }]);
    let credits = json!({ "code": "CREDITS", "name": "Credits", "precision": 0, "rates": rates });
    make(&world, "/v1/assets", credits);
    let body = json!({ "name": "Acme", "external_id": "acme" });
    let customer = text(&make(&world, "/v1/customers", body), "id");
    let top_up = |amount: &str| {
        let body = json!({ "customer_id": customer, "amount": amount, "currency": "USD",
            "destination": { "asset": "CREDITS" } });
        post("/v1/top-ups", with_urls(body)).once(amount)
    };
    let refused = world.get(&top_up("20"), 422);
    assert!(refused["errors"].get("amount").is_some(), "{refused}");
    let said = refused.to_string();
    assert!(
        said.contains("pay 19.98 for 666, or 20.01 for 667"),
        "{said}"
    );
    for (amount, bought) in [("19.98", "666"), ("20.01", "667")] {
        let made = world.get(&top_up(amount), 201);
        let shown = world.get(&get(format!("/v1/top-ups/{}", text(&made, "id"))), 200);
        assert_eq!(shown["credit"]["amount"], bought);
    }
}

/// Two for each event, and 300 a month at least.
fn with_least(more: &Value) -> Value {
    let mut price = json!({
        "usage_calculation": { "event_type": "chat", "usage_type": "unit" },
        "pricing": [{ "asset": "USD", "values": [{ "unit_price": "2" }],
            "min_per_period": { "amount": "300", "period": "monthly" } }],
    });
    for (name, value) in more.as_object().into_iter().flatten() {
        price[name] = value.clone();
    }
    price
}

#[test]
fn a_minimum_is_charged_when_the_month_ends() {
    let world = Memory::new();
    // Midnight of the 21st of September, and below that of the 1st of October.
    world.clock.set(1_789_948_800_000);
    let made = make(
        &world,
        "/v1/products",
        product("chat", &with_least(&json!({}))),
    );
    let id = text(&made, "id");
    version(&world, &id, &json!([with_least(&json!({}))]));
    let (first, second) = (&prices(&world, &id, 1)[0], &prices(&world, &id, 2)[0]);
    let least = json!({ "amount": "300", "period": "monthly" });
    assert_eq!(first["pricing"][0]["min_per_period"], least);
    assert_eq!(
        second["continues"], first["id"],
        "a version goes on with it"
    );
    let products = json!([{ "products": [{ "id": id, "version": 1 }] }]);
    let body = json!({ "name": "Acme", "external_id": "acme", "subscriptions": products });
    let customer = make(&world, "/v1/customers", body);
    let subscription = text(&customer["subscriptions"][0], "id");
    let customer = text(&customer, "id");
    assert_eq!(used(&world, &customer, "first", 1), ["2"]);
    moved(&world, &customer, &subscription, &id, 2);
    world.clock.set(1_790_812_800_000 + 1);
    assert_eq!(used(&world, &customer, "october", 1), ["2"]);
    let path = format!("/v1/customers/{customer}/wallet/entries?limit=20");
    let page = world.get(&get(path), 200);
    let records = page["items"].as_array().into_iter().flatten();
    let records = records.filter_map(|entry| entry["record"].as_str());
    let closed: Vec<&str> = records
        .filter(|one| one.contains("minimum_charged"))
        .collect();
    // Ten of thirty days, of which two were asked.
    let price = text(second, "id");
    let fee = format!(r#""fees":[{{"price_id":"{price}","asset":"USD","amount":"98"}}]"#);
    assert!(closed.len() == 1 && closed[0].contains(&fee), "{closed:?}");
}

#[test]
fn a_fixed_price_has_no_bounds_of_a_period() {
    let world = Memory::new();
    for bound in ["min_per_period", "max_per_period"] {
        let mut price = json!({ "name": "Seat", "type": "fixed",
            "billing_model": { "type": "one_time" },
            "pricing": [{ "asset": "USD", "values": [{ "unit_price": "2" }] }] });
        price["pricing"][0][bound] = json!({ "amount": "1", "period": "monthly" });
        let refused = world.get(&post("/v1/products", product("seat", &price)), 422);
        let field = format!("prices[0].pricing[0].{bound}");
        assert!(refused["errors"].get(&field).is_some(), "{refused}");
    }
}
