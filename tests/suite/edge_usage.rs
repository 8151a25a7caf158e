//! A call that is charged by what its vendor says, over the real handlers: held, captured, recorded, listed.

use serde_json::{Value, json};

use crate::edge_cases::text;
use crate::world::{Memory, get, post};

/// A wallet with 100 USD. A million tokens cost 1 dollar fresh, 0.1 from the cache and 5 in the answer, and a
/// search costs a cent.
struct Shop {
    world: Memory,
    customer: String,
}

fn price(event_type: &str, field: &str, rate: &str, package: &str) -> Value {
    json!({ "name": format!("{event_type} {field}"), "type": "usage_based",
        "billing_model": { "type": "real_time" },
        "usage_calculation": { "event_type": event_type, "usage_type": "volume", "volume_field": field },
        "pricing": [{ "asset": "USD", "values": [{ "volume_rate": rate, "package_size": package }] }] })
}

impl Shop {
    fn new() -> Self {
        let world = Memory::new();
        let million = "1000000";
        let prices = [
            price("chat", "uncached_tokens", "1", million),
            price("chat", "cache_read_tokens", "0.1", million),
            price("chat", "output_tokens", "5", million),
            price("chat.web_search", "requests", "0.01", "1"),
        ];
        let all = json!({ "code": "all", "name": "All", "publish": true, "prices": prices });
        world.get(&post("/v1/products", all), 201);
        let body = json!({ "name": "Acme", "external_id": "acme",
            "subscriptions": [{ "products": [{ "code": "all" }] }] });
        let customer = text(&world.get(&post("/v1/customers", body), 201), "id");
        let shop = Self { world, customer };
        let paid =
            json!({ "transaction_id": "paid", "asset": "USD", "amount": "100", "reason": "gift" });
        let path = format!("/v1/customers/{}/wallet/adjustments", shop.customer);
        shop.world.get(&post(path, paid), 201);
        shop
    }

    fn available(&self) -> String {
        let path = format!("/v1/customers/{}/wallet", self.customer);
        text(&self.world.get(&get(path), 200)["accounts"][0], "available")
    }
}

fn usage(raw: Value) -> Value {
    json!({ "provider": "anthropic", "model": "claude-sonnet-5", "raw": raw })
}

#[test]
fn a_call_is_held_and_captured_by_what_its_vendor_says() {
    let shop = Shop::new();
    let most = usage(json!({ "input_tokens": 1_000_000, "output_tokens": 100_000 }));
    let ask = json!({ "id": "a1", "customer_id": shop.customer,
        "events": [{ "event_type": "chat", "usage": most }] });
    let approved = shop.world.get(&post("/v1/authorize", ask), 200);
    assert_eq!(approved["hold"]["amounts"][0]["amount"], "1.5");
    let used = usage(
        json!({ "input_tokens": 200_000, "cache_read_input_tokens": 500_000,
        "output_tokens": 20_000, "server_tool_use": { "web_search_requests": 3 } }),
    );
    let path = format!("/v1/holds/{}/capture", text(&approved["hold"], "id"));
    let body = json!({ "events": [{ "event_type": "chat", "usage": used }] });
    let captured = shop.world.get(&post(path.clone(), body.clone()), 200);
    // 0.2 fresh, 0.05 from the cache, 0.1 of the answer, 0.03 for the searches.
    assert_eq!(captured["captured"][0]["amount"], "0.38");
    assert_eq!(shop.available(), "99.62");
    // The same again is replayed.
    let again = shop.world.get(&post(path, body), 200);
    assert_eq!(again["captured"][0]["amount"], "0.38");
    assert_eq!(shop.available(), "99.62");
}

#[test]
fn recorded_usage_is_listed_event_by_event_with_its_units() {
    let shop = Shop::new();
    let used = usage(json!({ "input_tokens": 200_000, "output_tokens": 20_000,
        "server_tool_use": { "web_search_requests": 1 } }));
    let event = json!({ "id": "e1", "event_type": "chat", "occurred_at": "2026-09-21T00:00:00Z", "usage": used });
    let body = json!({ "customer_id": shop.customer, "events": [event] });
    for _ in 0..2 {
        shop.world.get(&post("/v1/events", body.clone()), 204);
    }
    assert_eq!(shop.available(), "99.69");
    let path = format!("/v1/events/e1.web_search?customer_id={}", shop.customer);
    let read = shop.world.get(&get(path), 200);
    assert_eq!(read["data"]["requests"], 1);
    assert_eq!(read["data"]["model"], "claude-sonnet-5");
}

#[test]
fn usage_that_is_not_known_is_charged_as_it_was_held_and_never_zero() {
    let shop = Shop::new();
    let most = usage(json!({ "input_tokens": 1_000_000, "output_tokens": 100_000 }));
    let ask = json!({ "id": "a1", "customer_id": shop.customer,
        "events": [{ "event_type": "chat", "usage": most }] });
    let approved = shop.world.get(&post("/v1/authorize", ask), 200);
    let path = format!("/v1/holds/{}/capture", text(&approved["hold"], "id"));
    let aborted = usage(json!({ "inputTokens": 0, "outputTokens": 0, "totalTokens": 0 }));
    let body = json!({ "events": [{ "event_type": "chat", "usage": aborted }] });
    shop.world.get(&post(path.clone(), body), 422);
    assert_eq!(shop.available(), "98.5", "the hold stands");
    let half = usage(json!({ "inputTokens": { "total": 10 }, "outputTokens": {} }));
    let body = json!({ "events": [{ "event_type": "chat", "usage": half }] });
    let captured = shop.world.get(&post(path, body), 200);
    assert_eq!(captured["estimated"][0], 0);
    assert_eq!(captured["captured"][0]["amount"], "1.5");
}
