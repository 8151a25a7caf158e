//! Bodies beside those of [`edge_cases`](crate::edge_cases): together they have every field that a request
//! may have, also those that are read only beside certain others.
//!
//! [`probed`](crate::probed) asks about each of them, and says which one is missing.

use serde_json::{Value, json};

use crate::edge_cases::{Stage, top_up_of, with_urls};

/// By the name of the route.
pub fn bodies(stage: &Stage) -> Vec<(&'static str, Value)> {
    let mut all = usage(stage);
    all.extend(wallet());
    all.extend(prices());
    all.extend(customers());
    all.extend(money(stage));
    all
}

fn cost() -> Value {
    json!({"id": "c1", "vendor_external_id": "models", "amount": "0.03", "currency": "USD", "category": "tokens",
        "description": "Input", "metadata": {"region": "eu"}, "units": "3", "unit_price": "0.01", "input_volume": "3",
        "volume_rate": "0.01", "package_size": "1"})
}

fn event(id: &str) -> Value {
    json!({"id": id, "event_type": "chat", "occurred_at": "2026-09-21T00:00:00Z", "subject": "run 7",
        "description": "An answer", "data": {"language": "en"}, "costs": [cost()],
        "usage": {"provider": "anthropic", "model": "claude", "raw": {"input_tokens": 7, "output_tokens": 3}}})
}

fn usage(stage: &Stage) -> Vec<(&'static str, Value)> {
    let customer = &stage.customer;
    vec![
        (
            "POST /v1/authorize",
            json!({"customer_id": customer, "events": [event("e1")], "expires_in": 60, "on_insufficient": "cap",
                "subject": "run 7"}),
        ),
        (
            "POST /v1/holds/{id}/capture",
            json!({"id": "c1", "final": false, "events": [event("e1")]}),
        ),
        (
            "POST /v1/holds/{id}/extend",
            json!({"id": "x1", "events": [event("e1")]}),
        ),
        (
            "POST /v1/holds/{id}/extend",
            json!({"id": "x1", "asset": "USD", "amount": "1"}),
        ),
        (
            "POST /v1/events",
            json!({"customer_id": customer, "events": [event("event_9")]}),
        ),
        (
            "POST /v1/products/{id}/{version}/simulate-usage",
            json!({"events": [event("e1")]}),
        ),
    ]
}

fn wallet() -> Vec<(&'static str, Value)> {
    let about = json!({"subject": "run 7", "event_type": "chat", "product": "chat", "data": {"model": "x"}});
    let rolling = json!({"asset": "USD", "limit": "5", "window": "rolling", "window_seconds": 3_600, "match": about,
        "each": "subject", "thresholds": [50, 100], "on_exceeded": "warn", "name": "Hourly"});
    let mut preset = rolling.clone();
    preset["code"] = json!("hourly");
    vec![
        (
            "POST /v1/customers/{id}/wallet/adjustments",
            json!({"transaction_id": "t7", "asset": "USD", "amount": "5", "reason": "gift", "metadata": {"by": "ann"},
                "expires_at": "2027-01-01T00:00:00Z", "restricted_to": {"event_types": ["chat"], "products": ["chat"]}}),
        ),
        (
            "POST /v1/customers/{id}/wallet/adjustments",
            json!({"transaction_id": "t8", "asset": "USD", "amount": "-1", "reason": "other"}),
        ),
        (
            "POST /v1/customers/{id}/wallet/charges",
            json!({"transaction_id": "t9", "asset": "USD", "amount": "1", "metadata": {"by": "ann"}}),
        ),
        (
            "POST /v1/customers/{id}/wallet/pricings",
            json!({"event_id": "film_1", "data": {"seconds": 3}, "costs": [cost()]}),
        ),
        ("PUT /v1/customers/{id}/wallet/budgets/{code}", rolling),
        (
            "PUT /v1/accounts/self/budgets",
            json!({"budgets": [preset]}),
        ),
    ]
}

/// A usage price of so much for a field of `data`, changed by what is said of it.
fn price(more: &Value, value: &Value) -> Value {
    let mut price = json!({"id": "price_1", "name": "Tokens", "type": "usage_based",
        "billing_model": {"type": "real_time"}, "collection": {"type": "balance"},
        "usage_calculation": {"event_type": "chat", "usage_type": "volume", "volume_field": "tokens"},
        "pricing": [{"asset": "USD", "values": [value]}]});
    for (name, field) in more.as_object().into_iter().flatten() {
        price[name] = field.clone();
    }
    price
}

/// The same with a row for each model.
fn by_model(model: &str, usage_type: &str, values: &Value) -> Value {
    let mut counted =
        json!({"event_type": "chat", "usage_type": usage_type, "billable_dimensions": ["model"]});
    // The costs of the event are what this one multiplies.
    if model != "cost_plus" {
        counted["volume_field"] = json!("tokens");
    }
    let row = json!({"name": "Large", "dimensions": {"model": "large"}, "values": values});
    price(
        &json!({"pricing_model": model, "usage_calculation": counted}),
        &row,
    )
}

fn all_prices() -> Value {
    let both = json!({"event_type": "chat", "usage_type": "unit_and_volume", "volume_field": "tokens",
        "rounding": {"mode": "up", "unit": "1"}});
    let bounded = json!({"asset": "USD", "max_per_period": {"amount": "9", "period": "monthly"},
        "min_per_period": {"amount": "1", "period": "monthly"},
        "values": [{"unit_price": "1", "volume_rate": "1", "package_size": "1", "min_amount": "1", "max_amount": "2"}]});
    let flat = json!({"usage_calculation": both, "free": {"units": "5", "events": 2, "period": "monthly"},
        "pricing_model": "flat", "pricing": [bounded]});
    let tiers = json!([{"name": "First", "up_to": "10", "flat_amount": "1", "volume_rate": "1"}, {"volume_rate": "0.5"}]);
    let tiered = json!({"pricing_model": "tiered", "tiering": {"basis": "volume", "period": "monthly"},
        "pricing": [{"asset": "USD", "values": tiers}]});
    let package = json!({"pricing_model": "package"});
    let rate = json!({"volume_rate": "1", "package_size": "1000"});
    let fixed = |due: Value| {
        json!({"id": "price_2", "name": "Base fee", "type": "fixed", "billing_model": due, "pricing_model": "flat",
            "collection": {"type": "balance", "timing": "in_advance"},
            "pricing": [{"asset": "USD", "values": [{"unit_price": "5", "quantity": "2"}]}]})
    };
    json!([
        price(&flat, &rate),
        price(&tiered, &rate),
        price(&package, &rate),
        price(
            &json!({"pricing_model": "percentage"}),
            &json!({"percentage": "5"})
        ),
        price(
            &json!({"pricing_model": "cost_plus",
                "usage_calculation": {"event_type": "chat", "usage_type": "volume"}}),
            &json!({"markup": "20"}),
        ),
        by_model(
            "tiered",
            "unit_and_volume",
            &json!([
                {"up_to": "10", "flat_amount": "1", "unit_price": "1", "volume_rate": "1"},
                {"unit_price": "1", "volume_rate": "1"}
            ])
        ),
        by_model("percentage", "volume", &json!([{"percentage": "5"}])),
        by_model("cost_plus", "volume", &json!([{"markup": "20"}])),
        fixed(json!({"type": "one_time"})),
        fixed(
            json!({"type": "recurring", "recurring": {"interval": "month", "interval_count": 1}})
        ),
    ])
}

fn credit(name: &str, refresh: Value) -> Value {
    json!({"name": name, "asset": "USD", "amount": "5", "purpose": "bundled", "priority": 1,
        "lifecycle": {"duration": "month", "duration_count": 1, "refresh": refresh},
        "accounting": {"cost_basis": "auto", "revenue_basis": "1"}, "restricted_to": {"event_types": ["chat"]}})
}

fn prices() -> Vec<(&'static str, Value)> {
    let budget = json!({"code": "all", "asset": "USD", "limit": "50", "window": "day", "match": {"data": {"model": "x"}}});
    let version = json!({"publish": false, "prices": all_prices(), "features": [{"code": "seats", "limit": "5"}],
        "entitlements": [credit("Kept", json!({"strategy": "rollover", "max": "9"})),
            credit("Fresh", json!({"strategy": "expire_and_replace"}))],
        "budgets": [budget]});
    let mut whole = version.clone();
    whole["code"] = json!("full");
    whole["name"] = json!("Everything");
    let rates = json!([{"source": "USD", "rate": "0.02"}, {"source": "EUR", "inverse_rate": "50"}]);
    vec![
        ("POST /v1/products", whole),
        ("POST /v1/products/{id}", version),
        (
            "POST /v1/assets",
            json!({"code": "TOKENS", "name": "Tokens", "precision": 0, "label": "tokens", "symbol": "T", "rates": rates}),
        ),
        (
            "POST /v1/assets/{code}/rates",
            json!({"source": "USD", "inverse_rate": "50", "valid_from": "2026-10-01T00:00:00Z"}),
        ),
    ]
}

fn customers() -> Vec<(&'static str, Value)> {
    let subscription = || with_urls(json!({"products": [{"code": "spare", "version": 1}]}));
    let mut invoiced = subscription();
    invoiced["collect"] = json!("stripe");
    vec![
        (
            "POST /v1/customers",
            json!({"name": "Gamma", "external_id": "gamma", "email": "g@gamma.example", "metadata": {"plan": "x"},
                "subscriptions": [subscription()],
                "external_accounts": [{"provider": "stripe", "provider_id": "cus_7"}]}),
        ),
        (
            "PATCH /v1/customers/{id}",
            json!({"metadata": {"plan": "y"}}),
        ),
        ("POST /v1/customers/{id}/subscriptions", invoiced),
        (
            "PATCH /v1/customers/{id}/subscriptions/{subscription}",
            json!({"cancel_at_period_end": true}),
        ),
        (
            "POST /v1/customers/{id}/tokens",
            json!({"scopes": ["authorize"], "spend_cap": {"asset": "USD", "amount": "5"}}),
        ),
        (
            "POST /v1/accounts",
            json!({"name": "Shop", "external_id": "shop", "metadata": {"region": "eu"}}),
        ),
    ]
}

fn money(stage: &Stage) -> Vec<(&'static str, Value)> {
    let mut bought = top_up_of(&stage.customer);
    bought["destination"] = json!({"asset": "CREDITS", "account_name": "default"});
    bought["metadata"] = json!({"cart": "7"});
    let by_machine =
        json!({"customer_id": stage.customer, "amount": "20", "currency": "USD", "payment": "mpp"});
    vec![
        ("POST /v1/top-ups", bought),
        ("POST /v1/top-ups", by_machine),
        (
            "POST /v1/top-ups",
            with_urls(json!({"customer_id": stage.customer, "pack": "p"})),
        ),
        (
            "POST /v1/codes",
            json!({"amount": "5", "asset": "USD", "metadata": {"campaign": "autumn"},
                "restricted_to": {"event_types": ["chat"]}}),
        ),
        ("PUT /v1/accounts/self/branding", branding()),
        (
            "PUT /v1/accounts/self/packs",
            json!({"packs": [{"code": "p", "name": "Small", "amount": "20", "currency": "USD", "asset": "USD", "bonus": "1"}],
                "free_amounts": [{"currency": "USD", "min": "5", "max": "500"}],
                "bonuses": [{"currency": "USD", "asset": "USD", "from": "50", "bonus": "5"}]}),
        ),
        (
            "PUT /v1/customers/{id}/wallet/recharge/{asset}",
            json!({"threshold": "5", "amount": "50"}),
        ),
    ]
}

fn branding() -> Value {
    let colours = json!({"accent": "#7a2e8e", "accent_contrast": "#ffffff", "surface": "#ffffff", "text": "#1b1d21"});
    let dark = json!({"accent": "#e3b0ef", "accent_contrast": "#000000", "surface": "#1b1d21", "text": "#ffffff"});
    let site = "https://acme.example";
    json!({"name": "Acme", "logo_url": site, "light": colours, "dark": dark,
        "links": {"support_url": site, "terms_url": site, "privacy_url": site, "home_url": site},
        "labels": {"assets": {"CREDITS": "credits"}, "events": {"chat": "Chat"}, "models": {"m": "M"},
            "features": {"f": "F"}, "agents": {"a": "A"}}})
}
