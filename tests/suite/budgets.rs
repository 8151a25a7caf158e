//! Budgets over the API: what a request may say, what it means when it says nothing, and what replies say.

use scrip::wire::ids;
use serde_json::{Value, json};

use crate::edge_cases::{product, unit_price};
use crate::world::{Memory, get, post, sent};

/// A customer with a subscription and 100 USD.
struct Stage {
    world: Memory,
    customer: String,
    subscription: Value,
}

impl Stage {
    fn new() -> Self {
        let world = Memory::new();
        let chat = product("chat", &unit_price("1"));
        let chat = world.get(&post("/v1/products", chat), 201);
        let body = json!({"name": "Acme", "external_id": "acme",
            "subscriptions": [{"products": [{"id": chat["id"]}]}]});
        let customer = world.get(&post("/v1/customers", body), 201);
        let id = customer["id"].as_str().expect("an id").to_owned();
        let credit =
            json!({"transaction_id": "t", "asset": "USD", "amount": "100", "reason": "gift"});
        let path = format!("/v1/customers/{id}/wallet/adjustments");
        world.get(&post(path, credit), 201);
        let subscription = customer["subscriptions"][0].clone();
        Self {
            world,
            customer: id,
            subscription,
        }
    }

    fn set(&self, code: &str, more: Value, status: u16) -> Value {
        let mut body = json!({"asset": "USD", "limit": "10", "window": "week"});
        for (name, value) in more.as_object().expect("an object") {
            body[name] = value.clone();
        }
        let path = format!("/v1/customers/{}/wallet/budgets/{code}", self.customer);
        self.world.get(&sent("PUT", path, body), status)
    }

    fn read(&self, code: &str) -> Value {
        let path = format!("/v1/customers/{}/wallet/budgets/{code}", self.customer);
        self.world.get(&get(path), 200)
    }

    fn authorize(&self, id: &str, amount: &str) -> Value {
        let body =
            json!({"id": id, "customer_id": self.customer, "asset": "USD", "amount": amount});
        self.world.get(&post("/v1/authorize", body), 200)
    }
}

#[test]
fn what_is_not_said_has_its_default() {
    let stage = Stage::new();
    for (more, on_exceeded, thresholds) in [
        (json!({}), "deny", json!([50, 80, 100])),
        (json!({"window": "call"}), "deny", json!([])),
        (
            json!({"on_exceeded": "warn", "thresholds": [90]}),
            "warn",
            json!([90]),
        ),
        (
            json!({"on_exceeded": "deny", "thresholds": []}),
            "deny",
            json!([]),
        ),
    ] {
        let set = stage.set("b", more.clone(), 200);
        assert_eq!(set["on_exceeded"], on_exceeded, "{more}");
        assert_eq!(set["thresholds"], thresholds, "{more}");
        assert_eq!(set.get("anchor"), None, "{more}");
    }
}

#[test]
fn what_makes_no_sense_is_refused_by_field() {
    let stage = Stage::new();
    let anchor = "2026-01-31T09:30:00Z";
    for (more, field) in [
        (json!({"window": "fortnight"}), "window"),
        (json!({"anchor": "yesterday"}), "anchor"),
        (json!({"anchor": anchor, "window": "call"}), "anchor"),
        (json!({"anchor": anchor, "window": "lifetime"}), "anchor"),
        (json!({"window": "rolling"}), "window_seconds"),
        (
            json!({"window": "rolling", "window_seconds": 59}),
            "window_seconds",
        ),
        (
            json!({"window": "rolling", "window_seconds": 90}),
            "window_seconds",
        ),
        (
            json!({"window": "rolling", "window_seconds": 31_622_460}),
            "window_seconds",
        ),
        (
            json!({"window": "rolling", "window_seconds": "60"}),
            "window_seconds",
        ),
        (json!({"window_seconds": 60}), "window_seconds"),
        (
            json!({"window": "rolling", "window_seconds": 60, "anchor": anchor}),
            "anchor",
        ),
        (json!({"on_exceeded": "cap"}), "on_exceeded"),
        (json!({"thresholds": "80"}), "thresholds"),
        (json!({"thresholds": [0]}), "thresholds"),
        (json!({"thresholds": [101]}), "thresholds"),
        (json!({"thresholds": [80, 80]}), "thresholds"),
        (json!({"thresholds": [80, 50]}), "thresholds"),
        (json!({"thresholds": [0.5]}), "thresholds"),
        (
            json!({"thresholds": [1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11]}),
            "thresholds",
        ),
        (json!({"thresholds": [80], "window": "call"}), "thresholds"),
    ] {
        let refused = stage.set("b", more.clone(), 422);
        assert_eq!(refused["code"], "validation_failed", "{more}");
        assert!(refused["errors"].get(field).is_some(), "{more}: {refused}");
    }
}

#[test]
fn a_window_is_anchored_to_a_subscription() {
    let stage = Stage::new();
    let subscription = &stage.subscription["id"];
    let begins = stage.subscription["started_at"].clone();
    let terms = json!({"window": "month", "anchor": subscription, "id": "set"});
    let set = stage.set("b", terms.clone(), 200);
    assert_eq!(set["anchor"], begins);
    let read = stage.read("b");
    assert_eq!(read["window_started_at"], begins);
    assert!(read["window_ends_at"].as_str() > begins.as_str());
    // The same again is the same request.
    assert_eq!(stage.set("b", terms, 200), set);
    let (_, seq) = ids::parse_of_wallet("sub", subscription.as_str().expect("an id")).expect("it");
    for (customer, seq) in [
        (stage.customer.as_str(), seq + 90),
        ("cust_00000000000000000000000000", seq),
    ] {
        let nobody = ids::of_wallet("sub", customer, seq);
        let refused = stage.set("c", json!({"anchor": nobody}), 404);
        assert_eq!(refused["code"], "subscription_not_found", "{nobody}");
    }
}

#[test]
fn a_reply_says_which_threshold_it_reached() {
    let stage = Stage::new();
    stage.set("week", json!({}), 200);
    let first = stage.authorize("a1", "4");
    assert_eq!(first.get("reached"), None);
    let second = stage.authorize("a2", "5");
    let reached = json!([{"code": "week", "percent": 80, "limit": "10"}]);
    assert_eq!(second["reached"], reached);
    assert_eq!(stage.authorize("a2", "5"), second, "its replay is the same");
    let hold = second["hold"]["id"].as_str().expect("a hold");
    let path = format!("/v1/holds/{hold}/capture");
    let captured = stage.world.get(&post(path, json!({"amount": "6"})), 200);
    assert_eq!(captured["reached"][0]["percent"], 100);
    // The record of the entry says the same to whoever verifies it.
    let path = format!("/v1/customers/{}/wallet/entries?limit=1", stage.customer);
    let page = stage.world.get(&get(path), 200);
    let record = page["items"][0]["record"].as_str().expect("a record");
    assert!(record.contains(r#""percent":100"#), "{record}");
}

#[test]
fn a_budget_that_warns_says_what_is_left_and_refuses_nothing() {
    let stage = Stage::new();
    stage.set("soft", json!({"on_exceeded": "warn"}), 200);
    let over = stage.authorize("a1", "25");
    assert_eq!(over["decision"], "approved");
    assert_eq!(over["reached"][0]["percent"], 100);
    let read = stage.read("soft");
    assert_eq!((&read["held"], &read["left"]), (&json!("25"), &json!("0")));
    stage.set("soft", json!({"on_exceeded": "deny"}), 200);
    let denied = stage.authorize("a2", "1");
    assert_eq!(denied["code"], "budget_exceeded");
}

#[test]
fn a_call_is_denied_by_its_own_limit() {
    let stage = Stage::new();
    stage.set("call", json!({"window": "call", "limit": "5"}), 200);
    assert_eq!(stage.authorize("a1", "5")["decision"], "approved");
    assert_eq!(stage.authorize("a2", "5")["decision"], "approved");
    let denied = stage.authorize("a3", "6");
    assert_eq!(denied["budgets"][0]["window_ends_at"], Value::Null);
    assert_eq!(denied["budgets"][0]["spent"], "0");
}

/// The first item of a list of budgets.
fn listed(stage: &Stage, customer: &str) -> Vec<(String, String, String)> {
    let path = format!("/v1/customers/{customer}/wallet/budgets");
    let read = stage.world.get(&get(path), 200);
    let text = |one: &Value, name: &str| one[name].as_str().expect("a text").to_owned();
    let items = read["items"].as_array().expect("a list");
    let shown = items
        .iter()
        .map(|one| (text(one, "code"), text(one, "limit"), text(one, "source")));
    shown.collect()
}

fn told(code: &str, limit: &str, source: &str) -> (String, String, String) {
    (code.to_owned(), limit.to_owned(), source.to_owned())
}

#[test]
fn an_account_limits_all_of_its_customers() {
    let stage = Stage::new();
    let set = |limit: &str, status| {
        let one = json!({"code": "daily", "asset": "USD", "limit": limit, "window": "day"});
        let body = json!({"budgets": [one]});
        let put = sent("PUT", "/v1/accounts/self/budgets", body);
        stage.world.get(&put, status)
    };
    let nothing = stage.world.get(&get("/v1/accounts/self/budgets"), 200);
    assert_eq!(nothing, json!({"budgets": []}));
    let answered = set("10", 200);
    assert_eq!(answered["budgets"][0]["code"], "daily");
    assert_eq!(answered["budgets"][0]["thresholds"], json!([50, 80, 100]));
    let read = stage.world.get(&get("/v1/accounts/self/budgets"), 200);
    assert_eq!(read, answered);
    // A customer of before hears of it with the next subscription, a new one at once.
    assert_eq!(listed(&stage, &stage.customer), []);
    let body = json!({"name": "New", "external_id": "new"});
    let new = stage.world.get(&post("/v1/customers", body.clone()), 201);
    let id = new["id"].as_str().expect("an id");
    assert_eq!(listed(&stage, id), [told("daily", "10", "account")]);
    set("20", 200);
    let more = product("more", &unit_price("1"));
    let more = stage.world.get(&post("/v1/products", more), 201);
    let subscribe = |customer: &str| {
        let path = format!("/v1/customers/{customer}/subscriptions");
        let body = json!({"products": [{"id": more["id"]}]});
        stage.world.get(&post(path, body).once("s"), 201)
    };
    let first = subscribe(&stage.customer);
    assert_eq!(
        listed(&stage, &stage.customer),
        [told("daily", "20", "account")]
    );
    // The same customer again is a replay, which brings nothing; nor does that of a subscription.
    stage.world.get(&post("/v1/customers", body), 201);
    assert_eq!(listed(&stage, id), [told("daily", "10", "account")]);
    set("30", 200);
    assert_eq!(subscribe(&stage.customer)["id"], first["id"]);
    assert_eq!(
        listed(&stage, &stage.customer),
        [told("daily", "20", "account")]
    );
    assert_eq!(stage.authorize("a1", "21")["code"], "budget_exceeded");
    // An own one stands in its place, until it is removed.
    stage.set("daily", json!({"limit": "50", "window": "day"}), 200);
    assert_eq!(
        listed(&stage, &stage.customer),
        [told("daily", "50", "customer")]
    );
    let path = format!("/v1/customers/{}/wallet/budgets/daily", stage.customer);
    let drop = |key: &str, status| {
        let sent = sent("DELETE", path.clone(), Value::Null).once(key);
        stage.world.get(&sent, status)
    };
    drop("one", 204);
    assert_eq!(
        listed(&stage, &stage.customer),
        [told("daily", "20", "account")]
    );
    assert_eq!(drop("two", 404)["code"], "budget_not_found");
}

#[test]
fn a_product_says_its_budgets_and_limits_with_them() {
    let stage = Stage::new();
    let mut plan = product("plan", &unit_price("1"));
    plan["budgets"] = json!([{"code": "calls", "name": "Calls", "asset": "USD", "limit": "5",
        "window": "rolling", "window_seconds": 18_000}]);
    let made = stage.world.get(&post("/v1/products", plan), 201);
    let id = made["id"].as_str().expect("an id");
    let read = stage.world.get(&get(format!("/v1/products/{id}/1")), 200);
    assert_eq!(read["budgets"][0]["window_seconds"], 18_000, "{read}");
    assert_eq!(read["budgets"][0].get("source"), None);
    let path = format!("/v1/customers/{}/subscriptions", stage.customer);
    let body = json!({"products": [{"id": id}]});
    stage.world.get(&post(path, body), 201);
    assert_eq!(
        listed(&stage, &stage.customer),
        [told("calls", "5", "product")]
    );
    let denied = stage.authorize("a1", "6");
    assert_eq!(denied["budgets"][0]["code"], "calls");
}

#[test]
fn wrong_presets_are_refused_by_field() {
    let stage = Stage::new();
    let one = json!({"code": "daily", "asset": "USD", "limit": "1", "window": "day"});
    for (name, value, field) in [
        ("code", Value::Null, "budgets[0].code"),
        ("asset", json!("NONE"), "budgets[0].asset"),
        ("limit", json!("0.0000000000001"), "budgets[0].limit"),
        ("window", json!("year"), "budgets[0].window"),
        ("thresholds", json!([0]), "budgets[0].thresholds"),
        ("window_seconds", json!(60), "budgets[0].window_seconds"),
        (
            "anchor",
            stage.subscription["id"].clone(),
            "budgets[0].anchor",
        ),
    ] {
        let mut wrong = one.clone();
        wrong[name] = value;
        let body = json!({"budgets": [wrong]});
        let put = sent("PUT", "/v1/accounts/self/budgets", body.clone());
        let refused = stage.world.get(&put, 422);
        assert!(refused["errors"].get(field).is_some(), "{refused}");
        let mut plan = product("plan", &unit_price("1"));
        plan["budgets"] = body["budgets"].clone();
        let refused = stage.world.get(&post("/v1/products", plan), 422);
        assert!(refused["errors"].get(field).is_some(), "{refused}");
    }
    let put = |body| sent("PUT", "/v1/accounts/self/budgets", body);
    let twice = put(json!({"budgets": [one, one]}));
    let twice = stage.world.get(&twice, 422);
    assert!(twice["errors"].get("budgets[1].code").is_some(), "{twice}");
    let missing = stage.world.get(&put(json!({})), 422);
    assert!(missing["errors"].get("budgets").is_some(), "{missing}");
}

#[test]
fn recorded_events_say_what_they_reached() {
    let stage = Stage::new();
    stage.set("week", json!({"limit": "2"}), 200);
    let event = |id: &str| json!({"id": id, "event_type": "chat", "occurred_at": scrip::wire::time::format(scrip::engine::Instant::from_micros(stage.world.clock.get() * 1_000))});
    let body = json!({"customer_id": stage.customer, "events": [event("e1"), event("e2")]});
    let mut sent = post("/v1/events", body);
    sent.prefer = Some("return=representation".to_owned());
    let reply = stage.world.get(&sent, 200);
    let reached = |place: usize| reply["events"][place]["reached"].clone();
    let told = |percent: u8| json!([{"code": "week", "percent": percent, "limit": "2"}]);
    assert_eq!((reached(0), reached(1)), (told(50), told(100)));
    assert_eq!(stage.world.get(&sent, 200), reply, "its replay is the same");
}

#[test]
fn a_rolling_window_says_from_when_it_counts_and_when_it_frees() {
    let stage = Stage::new();
    let terms = json!({"window": "rolling", "window_seconds": 18_000, "limit": "5"});
    let set = stage.set("five", terms, 200);
    assert_eq!(set["window"], "rolling");
    assert_eq!(set["window_seconds"], 18_000);
    let first = stage.authorize("a1", "5");
    let hold = first["hold"]["id"].as_str().expect("a hold");
    let path = format!("/v1/holds/{hold}/capture");
    stage.world.get(&post(path, json!({})), 200);
    let read = stage.read("five");
    assert_eq!((&read["spent"], &read["left"]), (&json!("5"), &json!("0")));
    assert_eq!(read["window_ends_at"], Value::Null);
    assert!(read["window_started_at"].is_string(), "{read}");
    let denied = stage.authorize("a2", "1");
    let limit = &denied["budgets"][0];
    assert_eq!(limit["window_ends_at"], Value::Null);
    let frees = limit["frees_at"].as_str().expect("a time");
    let slice_and_window = 300 + 18_000;
    let began = read["window_started_at"].as_str().expect("a time");
    let micros = |text: &str| scrip::wire::time::parse(text).expect("a time").micros();
    // The slice of now ends a window after the one that still counts first, and leaves a window later.
    let between = micros(frees) - micros(began);
    assert_eq!(between, (slice_and_window + 18_000) * 1_000_000);
}
