//! The bodies of requests in the description of the API: asked of the API by [`probed`](crate::probed), and
//! said in words by [`field_words`](crate::field_words).

use std::collections::{BTreeMap, BTreeSet};

use serde_json::{Map, Value, json};

use crate::bodies::bodies;
use crate::described::{body_fits, read};
use crate::edge_cases::{Case, Stage};
use crate::field_words::{WORDS, words};
use crate::probed::Prober;

/// What pages post: a browser sends it, and nobody else needs to.
const FORMS: &[(&str, &[(&str, &str)])] = &[
    (
        "POST /pay/{token}",
        &[(
            "action",
            "The button: `pay`, `decline`, `cancel` and others of the page.",
        )],
    ),
    (
        "POST /setup/{token}",
        &[(
            "action",
            "The button: a card's word, `cancel` and others of the page.",
        )],
    ),
    (
        "POST /portal/recharge",
        &[
            ("action", "The button: `save` or `off`."),
            ("asset", "The code of the asset."),
            ("threshold", "As in the call that sets the rule."),
            ("amount", "As in the call that sets the rule."),
            ("monthly_limit", "As in the call that sets the rule."),
        ],
    ),
    (
        "POST /portal/codes",
        &[
            ("action", "The button: `preview` or `redeem`."),
            ("code", "As it was typed."),
        ],
    ),
];

/// Whose bodies are signed by who sends them, so nobody else can send one.
const SIGNED: &[(&str, &str)] = &[
    (
        "POST /stripe/webhook",
        "An event of Stripe's, byte by byte as it was signed.",
    ),
    (
        "POST /stripe/webhook/{endpoint}",
        "An event of Stripe's, byte by byte as it was signed.",
    ),
    (
        "POST /inbound/{endpoint}",
        "A `type` and its `data`, byte by byte as they were signed.",
    ),
];

/// Object schemas that are the same in several places are written once, by the field that they stand in.
const NAMES: &[(&str, &[&str])] = &[
    ("events", &["UsageEvent", "RecordedUsageEvent"]),
    ("usage", &["VendorUsage"]),
    ("costs", &["Cost"]),
    ("prices", &["Price"]),
    ("entitlements", &["Entitlement"]),
    ("features", &["Feature"]),
    ("restricted_to", &["Restriction"]),
    ("budgets", &["InheritedBudget"]),
    ("match", &["BudgetMatch"]),
    ("subscriptions", &["NewSubscription"]),
    ("rates", &["Rate"]),
];

/// The body of each route that takes one, and the schemas that they share.
pub struct Bodies {
    by_route: BTreeMap<String, Value>,
    pub schemas: Map<String, Value>,
}

impl Bodies {
    pub fn ask(stage: &Stage, cases: &[Case]) -> Self {
        let more = bodies(stage);
        let mut all = Self {
            by_route: BTreeMap::new(),
            schemas: Map::new(),
        };
        all.schemas.insert("Decimal".to_owned(), decimal());
        for case in cases {
            if let Some(body) = all.of(stage, case, &more) {
                all.by_route.insert(case.name(), body);
            }
        }
        all
    }

    pub fn body(&self, route: &str) -> Option<Value> {
        self.by_route.get(route).cloned()
    }

    fn of(&mut self, stage: &Stage, case: &Case, more: &[(&'static str, Value)]) -> Option<Value> {
        // Nobody reads one there, whatever is sent.
        if matches!(case.method, "GET" | "HEAD" | "DELETE") {
            return None;
        }
        let name = case.name();
        if let Some((_, fields)) = FORMS.iter().find(|(of, _)| *of == name) {
            return Some(form(fields));
        }
        let shown = serde_json::from_slice::<Value>(&case.sent.body);
        if let Some((_, what)) = SIGNED.iter().find(|(of, _)| *of == name) {
            let schema =
                json!({ "type": "object", "description": what, "additionalProperties": true });
            return Some(json_body(true, schema, shown.ok()));
        }
        let mut prober = Prober::new(stage, &case.sent);
        prober.learn(shown.as_ref().unwrap_or(&json!({})));
        for (_, body) in more.iter().filter(|(of, _)| *of == name) {
            prober.learn(body);
        }
        let schema = prober.schema(&mut |kind, field| {
            let root = format!("/{}", last_word(case.path));
            let parent = kind.rsplit('.').next().unwrap_or_default();
            let parent = parent.trim_end_matches("[]");
            let parent = if parent.is_empty() {
                root.as_str()
            } else {
                parent
            };
            words(parent, field).map(str::to_owned)
        });
        if shown.is_err() && schema["additionalProperties"] == true {
            return None;
        }
        let schema = if prober.takes_anything() {
            json!({ "description": "Any JSON." })
        } else {
            schema
        };
        let required = prober.needs_a_body();
        let schema = self.shared(schema);
        Some(json_body(required, schema, shown.ok()))
    }

    /// The schema, with what has a name written at its name.
    fn shared(&mut self, schema: Value) -> Value {
        let Value::Object(mut schema) = schema else {
            return schema;
        };
        let properties = schema.get_mut("properties").and_then(Value::as_object_mut);
        for (name, field) in properties.into_iter().flatten() {
            let inner = std::mem::take(field);
            let list = inner["type"] == "array";
            let mut inner = inner;
            let object = if list {
                inner["items"].take()
            } else {
                inner.take()
            };
            let object = self.shared(object);
            let object = self.named(name, object);
            *field = if list {
                inner["items"] = object;
                inner
            } else {
                object
            };
        }
        Value::Object(schema)
    }

    fn named(&mut self, field: &str, schema: Value) -> Value {
        let is_closed = schema["properties"].is_object();
        let names = NAMES.iter().find(|(of, _)| *of == field);
        let Some((_, names)) = names.filter(|_| is_closed) else {
            return schema;
        };
        let mut bare = schema;
        let described = bare
            .as_object_mut()
            .and_then(|all| all.remove("description"));
        let name = names.iter().find(|name| {
            let there = self.schemas.get(**name);
            there.is_none_or(|there| *there == bare)
        });
        let name = name.unwrap_or_else(|| panic!("another {field}: give it a name in NAMES"));
        self.schemas.insert((*name).to_owned(), bare);
        let mut reference = json!({ "$ref": format!("#/components/schemas/{name}") });
        if let Some(described) = described {
            reference["description"] = described;
        }
        reference
    }
}

/// What a route is about: its last word that is no placeholder.
fn last_word(path: &str) -> &str {
    let mut words = path.rsplit('/').filter(|word| !word.starts_with('{'));
    words.next().unwrap_or_default()
}

fn json_body(required: bool, schema: Value, example: Option<Value>) -> Value {
    let mut content = json!({ "schema": schema });
    if let Some(example) = example {
        content["example"] = example;
    }
    json!({ "required": required, "content": { "application/json": content } })
}

fn form(fields: &[(&str, &str)]) -> Value {
    let fields = fields.iter();
    let fields = fields.map(|(name, what)| {
        let field = json!({ "type": "string", "description": what });
        ((*name).to_owned(), field)
    });
    let schema = json!({ "type": "object", "properties": fields.collect::<Map<_, _>>() });
    json!({ "required": true, "content": { "application/x-www-form-urlencoded": { "schema": schema } } })
}

fn decimal() -> Value {
    json!({
        "type": ["string", "number"],
        "pattern": "^-?[0-9]+(\\.[0-9]+)?$",
        "description": "A decimal string, at most 12 places, below 10^15. A JSON number is read by its own digits, and never as a float.",
    })
}

/// Each property of each object: the name of what it stands in, its own, and its schema.
fn properties(parent: &str, schema: &Value, visit: &mut dyn FnMut(&str, &str, &Value)) {
    for (name, field) in schema["properties"].as_object().into_iter().flatten() {
        visit(parent, name, field);
        properties(name, field, visit);
        properties(name, &field["items"], visit);
    }
}

#[test]
fn every_field_of_a_body_is_described_and_every_word_is_about_one() {
    let document = read();
    let mut used = BTreeSet::new();
    let mut missing = BTreeSet::new();
    let mut visit = |parent: &str, name: &str, field: &Value| {
        let own = format!("{parent}.{name}");
        let known = WORDS.iter().find(|(of, _)| *of == own);
        let known = known.or_else(|| WORDS.iter().find(|(of, _)| *of == name));
        match known {
            Some((of, _)) => _ = used.insert(*of),
            None if field["description"] == "Read and not used." => {}
            None => _ = missing.insert(own),
        }
    };
    for (path, methods) in document["paths"].as_object().expect("paths") {
        for operation in methods.as_object().expect("methods").values() {
            let schema = &operation["requestBody"]["content"]["application/json"]["schema"];
            properties(&format!("/{}", last_word(path)), schema, &mut visit);
        }
    }
    for (name, schema) in document["components"]["schemas"]
        .as_object()
        .expect("schemas")
    {
        let field = NAMES
            .iter()
            .find(|(_, names)| names.contains(&name.as_str()));
        if let Some((field, _)) = field {
            properties(field, schema, &mut visit);
        }
    }
    assert!(
        missing.is_empty(),
        "field_words.rs has no words for {missing:#?}"
    );
    let all: BTreeSet<&str> = WORDS.iter().map(|(of, _)| *of).collect();
    assert_eq!(all.len(), WORDS.len(), "each name once");
    let idle: Vec<_> = all.difference(&used).collect();
    assert!(idle.is_empty(), "words about no field: {idle:?}");
}

#[test]
fn what_a_body_may_not_have_does_not_fit() {
    let told = |body: Value| body_fits("POST", "/v1/authorize", &body);
    let good =
        json!({"customer_id": "cust_1", "id": "a", "asset": "USD", "amount": "1", "subject": null});
    assert_eq!(told(good.clone()), Ok(()));
    for (field, value, wrong) in [
        ("amuont", json!("1"), ".amuont is no field"),
        ("amount", json!("1,5"), ".amount is \"1,5\""),
        ("amount", json!(true), ".amount is true"),
        ("expires_in", json!(0), ".expires_in is 0"),
        ("expires_in", json!(1.5), ".expires_in is 1.5"),
        (
            "on_insufficient",
            json!("maybe"),
            ".on_insufficient is \"maybe\"",
        ),
        ("subject", json!("x".repeat(1_001)), ".subject is too long"),
        ("events", json!([]), ".events has too few"),
        (
            "events",
            json!([{"id": "e"}]),
            ".events[0].event_type is missing",
        ),
        (
            "events",
            json!([{"event_type": "chat", "costs": [{"id": 5}]}]),
            ".events[0].costs[0].id is 5",
        ),
    ] {
        let mut body = good.clone();
        body[field] = value;
        assert_eq!(told(body), Err(wrong.to_owned()), "{field}");
    }
}
