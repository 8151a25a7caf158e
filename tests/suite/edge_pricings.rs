//! Usage that is priced later: with the costs that were not known, and what may become of a pricing.

use serde_json::{Value, json};

use crate::edge_cases::text;
use crate::world::{Memory, get, post};

/// A wallet with 100 USD. A `run` asks its costs and a fifth more, `chat` two for each event and three for
/// each of its tokens.
struct Shop {
    world: Memory,
    customer: String,
}

impl Shop {
    fn new() -> Self {
        let world = Memory::new();
        let run = json!({ "name": "Resold", "type": "usage_based", "pricing_model": "cost_plus",
            "billing_model": { "type": "real_time" },
            "usage_calculation": { "event_type": "run", "usage_type": "volume" },
            "pricing": [{ "asset": "USD", "values": [{ "markup": "20" }] }] });
        let chat = json!({ "name": "Tokens", "type": "usage_based",
            "billing_model": { "type": "real_time" },
            "usage_calculation": { "event_type": "chat", "usage_type": "volume", "volume_field": "tokens" },
            "pricing": [{ "asset": "USD", "values": [{ "volume_rate": "3" }] }] });
        let all = json!({ "code": "all", "name": "All", "publish": true, "prices": [run, chat] });
        world.get(&post("/v1/products", all), 201);
        let body = json!({ "name": "Acme", "external_id": "acme",
            "subscriptions": [{ "products": [{ "code": "all" }] }] });
        let customer = text(&world.get(&post("/v1/customers", body), 201), "id");
        let shop = Self { world, customer };
        let paid =
            json!({ "transaction_id": "paid", "asset": "USD", "amount": "100", "reason": "gift" });
        shop.wallet("adjustments", paid, 201);
        shop
    }

    fn wallet(&self, path: &str, body: Value, status: u16) -> Value {
        let path = format!("/v1/customers/{}/wallet/{path}", self.customer);
        self.world.get(&post(path, body), status)
    }

    fn shown(&self, path: &str) -> Value {
        let path = format!("/v1/customers/{}{path}", self.customer);
        self.world.get(&get(path), 200)
    }

    fn record(&self, events: &[Value]) {
        let body = json!({ "customer_id": self.customer, "events": events });
        self.world.get(&post("/v1/events", body), 204);
    }

    /// The ids of the events that wait for a price.
    fn waiting(&self) -> Vec<String> {
        let page = self.shown("/wallet/unpriced?limit=100");
        let items = page["items"].as_array().into_iter().flatten();
        items.map(|item| text(item, "event_id")).collect()
    }

    fn available(&self) -> String {
        text(&self.shown("/wallet/default:USD"), "available")
    }
}

fn event(id: &str, event_type: &str, more: &Value) -> Value {
    let mut event =
        json!({ "id": id, "event_type": event_type, "occurred_at": "2026-09-21T00:00:00Z" });
    for (name, value) in more.as_object().into_iter().flatten() {
        event[name] = value.clone();
    }
    event
}

fn cost(id: &str, currency: &str, amount: &str) -> Value {
    json!({ "id": id, "vendor_external_id": "openai", "currency": currency, "amount": amount })
}

#[test]
fn an_event_without_its_costs_is_priced_once_they_are_given() {
    let shop = Shop::new();
    let euros = json!({ "costs": [cost("c1", "EUR", "7")] });
    shop.record(&[
        event("bare", "run", &json!({})),
        event("euros", "run", &euros),
    ]);
    let price = |id: &str, costs: Value, status| {
        shop.wallet(
            "pricings",
            json!({ "event_id": id, "costs": costs }),
            status,
        )
    };
    // Costs of another currency are costs, and say nothing to this price.
    for costs in [json!([]), json!([cost("c1", "EUR", "1")])] {
        assert_eq!(price("bare", costs, 422)["code"], "price_missing");
    }
    let many: Vec<Value> = (0..100)
        .map(|n| cost(&format!("n{n}"), "USD", "1"))
        .collect();
    for (costs, field) in [
        (json!([cost("c1", "USD", "1")]), "costs[0].id"),
        (
            json!([cost("c2", "USD", "1"), cost("c2", "USD", "1")]),
            "costs[1].id",
        ),
        (json!([cost("c2", "USD", "-1")]), "costs[0].amount"),
        (json!(many), "costs"),
    ] {
        let refused = price("euros", costs, 422);
        assert!(refused["errors"].get(field).is_some(), "{refused}");
    }
    assert_eq!(shop.waiting(), ["euros", "bare"]);
    assert_eq!(shop.available(), "100");

    for (id, left, currencies) in [
        ("bare", "96.4", vec!["USD"]),
        ("euros", "92.8", vec!["EUR", "USD"]),
    ] {
        let made = price(id, json!([cost("c2", "USD", "3")]), 201);
        assert_eq!(
            made["charged"],
            json!([{ "asset": "USD", "amount": "3.6" }])
        );
        let costs = made["costs"].as_array().into_iter().flatten();
        let costs: Vec<String> = costs.map(|cost| text(cost, "currency")).collect();
        assert_eq!(costs, currencies, "those of before and the new one");
        assert_eq!(
            price(id, json!([cost("c2", "USD", "3.0")]), 201),
            made,
            "replayed"
        );
        let other = price(id, json!([cost("c2", "USD", "4")]), 422);
        assert_eq!(other["code"], "operation_id_reused");
        assert_eq!(shop.available(), left);
    }
    assert!(shop.waiting().is_empty());
    // Each cost counts once: the new ones when they were told.
    let stats = shop.shown("/stats");
    let totals = stats["by_currency"].as_array().into_iter().flatten();
    let totals: Vec<[&Value; 3]> = totals
        .map(|one| [&one["currency"], &one["gross_revenue"], &one["total_costs"]])
        .collect();
    assert_eq!(
        json!(totals),
        json!([["EUR", "0", "7"], ["USD", "7.2", "6"]]),
        "{stats}"
    );
}

#[test]
fn a_pricing_is_taken_back_once_and_its_event_does_not_wait_again() {
    let shop = Shop::new();
    shop.record(&[event("e1", "chat", &json!({}))]);
    let data = json!({ "event_id": "e1", "data": { "tokens": 5 } });
    let priced = shop.wallet("pricings", data.clone(), 201);
    assert_eq!(shop.available(), "85");
    let reversal = json!({ "entry": priced["entry"] });
    let reversed = shop.wallet("reversals", reversal.clone(), 201);
    assert_eq!(
        reversed["amounts"],
        json!([{ "asset": "USD", "amount": "15" }])
    );
    assert_eq!(shop.available(), "100");
    assert_eq!(
        shop.wallet("reversals", reversal, 201),
        reversed,
        "replayed"
    );
    // What was taken back is to cost nothing: it is in no list, and the pricing answers as it did.
    assert!(shop.waiting().is_empty());
    assert_eq!(shop.wallet("pricings", data, 201)["id"], priced["id"]);
    assert_eq!(shop.available(), "100");
    let other = json!({ "event_id": "e1", "data": { "tokens": 6 } });
    assert_eq!(
        shop.wallet("pricings", other, 422)["code"],
        "operation_id_reused"
    );
}

/// A capture without its volume, which was charged as it was held: 30 of 10 tokens.
fn estimated(shop: &Shop) -> (String, String) {
    let usage = |tokens: Value| json!([{ "event_type": "chat", "data": { "tokens": tokens } }]);
    let ask = json!({ "id": "a", "customer_id": shop.customer, "events": usage(json!(10)) });
    let hold = text(
        &shop.world.get(&post("/v1/authorize", ask), 200)["hold"],
        "id",
    );
    let capture = post(
        format!("/v1/holds/{hold}/capture"),
        json!({ "events": usage(Value::Null) }),
    );
    assert_eq!(shop.world.get(&capture, 200)["estimated"], json!([0]));
    assert_eq!(shop.available(), "70");
    let [event] = shop.waiting().try_into().expect("one event");
    (hold, event)
}

#[test]
fn an_estimate_of_which_a_part_went_back_is_not_taken_back_whole() {
    let shop = Shop::new();
    let (hold, event) = estimated(&shop);
    let known = json!({ "event_id": event, "data": { "tokens": 4 } });
    let priced = shop.wallet("pricings", known, 201);
    assert_eq!(
        priced["given_back"],
        json!([{ "asset": "USD", "amount": "18" }])
    );
    assert_eq!(shop.available(), "88");
    let before = shop.world.everything();
    for named in [json!({ "hold_id": hold }), json!({ "event_id": event })] {
        let refused = shop.wallet("reversals", named, 409);
        assert_eq!(refused["code"], "wrong_state");
        let detail = text(&refused, "detail");
        assert!(
            detail.contains(&text(&priced, "id")) && detail.contains("adjust the wallet"),
            "{detail}"
        );
    }
    // It charged nothing, so nothing of it can come back.
    let correction = json!({ "entry": priced["entry"] });
    assert_eq!(
        shop.wallet("reversals", correction, 422)["code"],
        "nothing_to_reverse"
    );
    assert!(shop.world.everything() == before);
}

#[test]
fn an_estimate_that_was_too_low_is_taken_back_in_two_parts() {
    let shop = Shop::new();
    let (hold, event) = estimated(&shop);
    let known = json!({ "event_id": event, "data": { "tokens": 12 } });
    let priced = shop.wallet("pricings", known, 201);
    assert_eq!(
        priced["charged"],
        json!([{ "asset": "USD", "amount": "6" }])
    );
    for (named, left) in [
        (json!({ "hold_id": hold }), "94"),
        (json!({ "entry": priced["entry"] }), "100"),
    ] {
        shop.wallet("reversals", named, 201);
        assert_eq!(shop.available(), left);
    }
}

#[test]
fn what_waits_for_a_price_is_found_by_a_wallet_that_wakes_from_its_snapshot() {
    let shop = Shop::new();
    let bare = |id: String| event(&id, "chat", &json!({}));
    let fine = |id: String| event(&id, "chat", &json!({ "data": { "tokens": 0 } }));
    shop.record(&[
        bare("old 1".into()),
        bare("old 2".into()),
        bare("old 3".into()),
    ]);
    let price = |shop: &Shop, id: &str| {
        shop.wallet(
            "pricings",
            json!({ "event_id": id, "data": { "tokens": 1 } }),
            201,
        )
    };
    price(&shop, "old 2");
    // More rows than a wallet has between two snapshots.
    for turn in 0..4 {
        let events: Vec<Value> = (0..100).map(|n| fine(format!("fine {turn} {n}"))).collect();
        shop.record(&events);
    }
    shop.record(&[bare("new 1".into()), bare("new 2".into())]);
    let wallet = format!("acc_default/test/{}", shop.customer);
    assert!(
        shop.world.saved(&wallet) > 256,
        "there is a snapshot, with the old ones before it"
    );
    let waiting = ["new 2", "new 1", "old 3", "old 1"];
    assert_eq!(shop.waiting(), waiting);

    let woken = Shop {
        world: shop.world.copy(),
        customer: shop.customer.clone(),
    };
    assert_eq!(woken.waiting(), waiting);
    assert!(shop.shown("/wallet/unpriced?limit=2") == woken.shown("/wallet/unpriced?limit=2"));
    price(&woken, "old 1");
    woken.wallet("reversals", json!({ "event_id": "new 1" }), 422);
    assert_eq!(woken.waiting(), ["new 2", "new 1", "old 3"]);
    let again = woken.world.copy();
    let again = Shop {
        world: again,
        ..woken
    };
    assert_eq!(again.waiting(), ["new 2", "new 1", "old 3"]);
    assert_eq!(again.available(), "94");
}
