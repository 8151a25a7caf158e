//! What a request's body may have, found out by asking: wrong bodies are sent to the real handlers, and the
//! sentences that come back say which fields there are, what each of them is, and its limits.
//!
//! So the description of a body is what the API itself says, and cannot tell of anything else. A field
//! that is read only beside certain others is found in the bodies that have these; together they are
//! [`bodies`](crate::bodies). A sentence that is not known here fails, with what to do.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::{Map, Value, json};

use crate::edge_cases::Stage;
use crate::world::{Memory, Sent};

/// What no request calls a field.
const UNKNOWN: &str = "zz_unknown";

/// Longer than any text may be, and more than any list may have; both fit into a body.
const LONG: usize = 20_000;

/// Where an object stands in a body.
#[derive(Clone)]
pub struct Place {
    /// For a look into the body.
    pointer: String,
    /// As errors show it.
    shown: String,
    /// The same for all items of a list.
    pub kind: String,
}

/// All that was learned of the objects at one kind of place.
#[derive(Default)]
struct Learned {
    times: usize,
    fields: BTreeMap<String, Field>,
    /// Its names are the caller's own: what a value may be.
    open: Option<Value>,
}

#[derive(Default)]
struct Field {
    schema: Option<Value>,
    /// How often it had to be there.
    required: usize,
}

pub struct Prober<'a> {
    stage: &'a Stage,
    world: Memory,
    sent: Sent,
    learned: BTreeMap<String, Learned>,
}

type Told = BTreeMap<String, Vec<String>>;

impl<'a> Prober<'a> {
    pub fn new(stage: &'a Stage, sent: &Sent) -> Self {
        Self {
            stage,
            world: stage.world.copy(),
            sent: sent.clone(),
            learned: BTreeMap::new(),
        }
    }

    /// The status and what was wrong, by field.
    fn ask(&mut self, body: &Value) -> (u16, Told) {
        let mut sent = self.sent.clone();
        sent.body = body.to_string().into();
        let reply = self.world.one(&sent);
        // A refusal changes nothing; whatever else there was must not be seen by the next question.
        if reply.status != 422 {
            self.world = self.stage.world.copy();
        }
        let told: Value = serde_json::from_str(&reply.body).unwrap_or_default();
        let told = serde_json::from_value(told["errors"].clone());
        (reply.status, told.unwrap_or_default())
    }

    /// What is said of a field that has this value.
    fn says(&mut self, body: &Value, at: &Place, name: &str, value: Value) -> Told {
        let mut body = body.clone();
        let object = body.pointer_mut(&at.pointer).expect("the object");
        object[name] = value;
        self.ask(&body).1
    }

    /// The first sentence about it.
    fn says_first(&mut self, body: &Value, at: &Place, name: &str, value: Value) -> Option<String> {
        let told = self.says(body, at, name, value);
        told.get(&joined(&at.shown, name))?.first().cloned()
    }

    /// Learns what a body of this route shows.
    pub fn learn(&mut self, body: &Value) {
        let root = Place {
            pointer: String::new(),
            shown: String::new(),
            kind: String::new(),
        };
        self.learn_object(body, &root);
    }

    fn learn_object(&mut self, body: &Value, at: &Place) {
        let unknown = joined(&at.shown, UNKNOWN);
        let told = self.says(body, at, UNKNOWN, json!(true));
        let sentence = told.get(&unknown).and_then(|all| all.first());
        let known = sentence.and_then(|one| one.strip_prefix("is not a field here; known are "));
        let Some(known) = known else {
            assert!(
                told.keys().all(|path| *path == unknown),
                "{} {}: {told:?} for {body}, which should be right",
                self.sent.method,
                self.sent.path
            );
            let value = self.open(body, at, sentence.map(String::as_str));
            let learned = self.learned.entry(at.kind.clone()).or_default();
            learned.open = Some(value);
            return;
        };
        let names = known.split(", ").filter(|name| !name.is_empty());
        let names: Vec<String> = names.map(str::to_owned).collect();
        for name in &names {
            let schema = self.field(body, at, name);
            let required = self.is_required(body, at, name);
            let learned = self.learned.entry(at.kind.clone()).or_default();
            let field = learned.fields.entry(name.clone()).or_default();
            field.required += usize::from(required);
            field.schema = match (field.schema.take(), schema) {
                (Some(one), Some(other)) => Some(both(one, other)),
                (one, other) => one.or(other),
            };
        }
        self.learned.entry(at.kind.clone()).or_default().times += 1;
        for inner in inner(body, at) {
            self.learn_object(body, &inner);
        }
    }

    /// What a value may be where the names are the caller's own.
    fn open(&mut self, body: &Value, at: &Place, sentence: Option<&str>) -> Value {
        let value = match sentence {
            None => json!(true),
            Some("must be a string") => json!({ "type": "string" }),
            Some("is not among usage_calculation.billable_dimensions") => {
                json!({ "type": "string" })
            }
            Some(other) => panic!("{other}: say in Prober::open what may stand there"),
        };
        let mut schema = json!({ "type": "object", "additionalProperties": value });
        let long = json!("x".repeat(LONG));
        let told = self.says(body, at, UNKNOWN, long);
        let limit = told.get(&at.shown).and_then(|all| all.first());
        if let Some(limit) = limit {
            schema["description"] = rule(limit).into();
        }
        schema
    }

    fn is_required(&mut self, body: &Value, at: &Place, name: &str) -> bool {
        let mut without = body.clone();
        let object = without.pointer_mut(&at.pointer).expect("the object");
        if object
            .as_object_mut()
            .and_then(|all| all.remove(name))
            .is_none()
        {
            return false;
        }
        let told = self.ask(&without).1;
        let told = told.get(&joined(&at.shown, name));
        let always = |one: &String| one == "is required" || one.starts_with("is required: ");
        told.is_some_and(|all| all.iter().any(always))
    }

    /// What a field may be; nothing where it may not be there beside the others.
    fn field(&mut self, body: &Value, at: &Place, name: &str) -> Option<Value> {
        let Some(sentence) = self.says_first(body, at, name, json!(true)) else {
            let other = self.says_first(body, at, name, json!({}));
            return Some(match other.as_deref() {
                Some("must be true or false") => json!({ "type": "boolean" }),
                // It is let through and says nothing here.
                _ => json!({}),
            });
        };
        if FORBIDDEN.iter().any(|start| sentence.starts_with(start)) {
            return None;
        }
        Some(match sentence.as_str() {
            "must be a string" => self.text(body, at, name),
            // What vendors send is read in several forms, of which a list is one.
            "must be an object" if name == "raw" => {
                json!({ "type": ["object", "array"], "additionalProperties": true })
            }
            "must be an object" => json!({ "type": "object" }),
            "must be a list" | "must be a list of strings" => self.list(body, at, name),
            _ => plain(&sentence)
                .or_else(|| self.number(body, at, name, &sentence))
                .unwrap_or_else(|| {
                    panic!("{name} {sentence}: say in probed.rs what such a field is")
                }),
        })
    }

    fn text(&mut self, body: &Value, at: &Place, name: &str) -> Value {
        let mut schema = json!({ "type": "string", "minLength": 1 });
        let long = self.says_first(body, at, name, json!("x".repeat(LONG)));
        let most = long.as_deref().and_then(most_characters);
        if let Some(most) = most {
            schema["maxLength"] = most.into();
        }
        let odd = self.says_first(body, at, name, json!("?"));
        if let Some(odd) = odd.filter(|odd| is_rule(odd)) {
            schema["description"] = rule(&odd).into();
        }
        schema
    }

    fn number(&mut self, body: &Value, at: &Place, name: &str, sentence: &str) -> Option<Value> {
        if !sentence.starts_with("must be a decimal number") {
            return None;
        }
        let mut schema = json!({ "$ref": "#/components/schemas/Decimal" });
        for value in ["0", "-1"] {
            let told = self.says_first(body, at, name, json!(value));
            if let Some(told) = told.filter(|told| is_rule(told)) {
                schema["description"] = rule(&told).into();
                break;
            }
        }
        Some(schema)
    }

    fn list(&mut self, body: &Value, at: &Place, name: &str) -> Value {
        let item = format!("{}[0]", joined(&at.shown, name));
        let mut first = |value: Value| {
            let told = self.says(body, at, name, json!([value]));
            told.get(&item).and_then(|all| all.first()).cloned()
        };
        let items = match first(json!(true)).as_deref() {
            Some("must be an object") => json!({ "type": "object" }),
            Some("must be a string") => {
                let mut schema = json!({ "type": "string", "minLength": 1 });
                let long = first(json!("x".repeat(LONG)));
                if let Some(most) = long.as_deref().and_then(most_characters) {
                    schema["maxLength"] = most.into();
                }
                if let Some(odd) = first(json!("?")).filter(|odd| is_rule(odd)) {
                    schema["description"] = rule(&odd).into();
                }
                schema
            }
            other => panic!("an item of {name} {other:?}: say in probed.rs what it is"),
        };
        let mut schema = json!({ "type": "array", "items": items });
        let many = self.says_first(body, at, name, vec![Value::Null; LONG].into());
        if let Some(most) = many
            .as_deref()
            .and_then(|many| between(many, "must have at most ", " items"))
        {
            schema["maxItems"] = most.into();
        }
        // One word of several, which no item can be by itself.
        let odd = self.says_first(body, at, name, json!(["?"]));
        if let Some(words) = odd
            .as_deref()
            .and_then(|odd| odd.strip_prefix("must be a list of at least one of "))
        {
            schema["items"] =
                json!({ "type": "string", "enum": words.split(", ").collect::<Vec<_>>() });
        }
        let none = self.says_first(body, at, name, json!([]));
        if none.is_some_and(|none| none.contains("at least one") || none.contains("exactly one")) {
            schema["minItems"] = 1.into();
        }
        schema
    }

    /// Whether a body need not even be an object.
    pub fn takes_anything(&mut self) -> bool {
        self.ask(&json!(0)).0 < 300
    }

    /// Whether the call is refused without a body.
    pub fn needs_a_body(&mut self) -> bool {
        let mut sent = self.sent.clone();
        sent.body = Vec::new();
        let reply = self.stage.world.copy().one(&sent);
        matches!(reply.status, 400 | 415 | 422)
    }

    /// The schema of the whole body.
    pub fn schema(&self, describe: &mut dyn FnMut(&str, &str) -> Option<String>) -> Value {
        self.object("", describe)
    }

    fn object(&self, kind: &str, describe: &mut dyn FnMut(&str, &str) -> Option<String>) -> Value {
        let learned = self.learned.get(kind).unwrap_or_else(|| {
            panic!(
                "no body of {} {} shows {kind}: add one to bodies.rs",
                self.sent.method, self.sent.path
            )
        });
        if let Some(open) = &learned.open {
            return open.clone();
        }
        let mut properties = Map::new();
        let mut required = BTreeSet::new();
        for (name, field) in &learned.fields {
            let Some(mut schema) = field.schema.clone() else {
                continue;
            };
            let inner = joined(kind, name);
            if schema["type"] == "object" {
                schema = self.object(&inner, describe);
            } else if schema["items"]["type"] == "object" {
                schema["items"] = self.object(&format!("{inner}[]"), describe);
            }
            if schema == json!({}) {
                schema = json!({ "description": "Read and not used." });
            } else if let Some(words) = describe(kind, name) {
                let rule = schema["description"].as_str().unwrap_or_default();
                schema["description"] = format!("{words} {rule}").trim().into();
            }
            if field.required == learned.times {
                required.insert(name.clone());
            }
            properties.insert(name.clone(), schema);
        }
        let mut schema =
            json!({ "type": "object", "properties": properties, "additionalProperties": false });
        if !required.is_empty() {
            schema["required"] = required.into_iter().collect();
        }
        schema
    }
}

/// What a name in the query of a call may be, by what is said of a value that is nothing.
pub fn query(stage: &Stage, sent: &Sent, name: &str) -> Value {
    let mut sent = sent.clone();
    let sign = if sent.path.contains('?') { '&' } else { '?' };
    sent.path = format!("{}{sign}{name}=~", sent.path);
    let reply = stage.world.copy().one(&sent);
    let told: Value = serde_json::from_str(&reply.body).unwrap_or_default();
    let text = json!({ "type": "string" });
    let Some(sentence) = told["errors"][name][0].as_str() else {
        return text;
    };
    match plain(sentence) {
        Some(schema) => schema,
        None if sentence == "must be true or false" => json!({ "type": "boolean" }),
        None if is_rule(sentence) => json!({ "type": "string", "description": rule(sentence) }),
        None => text,
    }
}

/// The starts of sentences about a field that may not stand beside the others.
const FORBIDDEN: [&str; 9] = [
    "must be left out",
    "is not supported",
    "is only for",
    "is for ",
    "is nothing that",
    "cannot be changed",
    "must be in a value of",
    "is a field of",
    "is told by usage",
];

/// What a field is that has one sentence for everything that is wrong with it.
fn plain(sentence: &str) -> Option<Value> {
    if let Some(bounds) = sentence.strip_prefix("must be a whole number from ") {
        let (least, most) = bounds.split_once(" to ")?;
        let number = |text: &str| text.parse::<u64>().ok();
        return Some(
            json!({ "type": "integer", "minimum": number(least)?, "maximum": number(most)? }),
        );
    }
    if let Some(words) = sentence.strip_prefix("must be one of ") {
        return Some(json!({ "type": "string", "enum": words.split(", ").collect::<Vec<_>>() }));
    }
    if let Some(rest) = sentence.strip_prefix("must be a list of at least one of ") {
        let words: Vec<&str> = rest.trim_end_matches(", each once").split(", ").collect();
        return Some(json!({ "type": "array", "minItems": 1, "uniqueItems": true,
            "items": { "type": "string", "enum": words } }));
    }
    if sentence.starts_with("must be an RFC 3339 time") {
        return Some(json!({ "type": "string", "format": "date-time" }));
    }
    if sentence.starts_with("must be 1 to 32 letters") {
        return Some(json!({ "type": "string", "pattern": "^[A-Za-z0-9_-]{1,32}$" }));
    }
    if sentence.starts_with("must be a list of 1 to ") {
        let most: Option<u64> = between(sentence, "must be a list of 1 to ", " topics");
        return Some(json!({ "type": "array", "minItems": 1, "maxItems": most?,
            "items": { "type": "string", "minLength": 1 }, "description": rule(sentence) }));
    }
    if sentence.contains("whole numbers from 1 to 100") {
        let most: Option<u64> = between(sentence, "must be at most ", " whole");
        return Some(json!({ "type": "array", "maxItems": most?,
            "items": { "type": "integer", "minimum": 1, "maximum": 100 }, "description": rule(sentence) }));
    }
    if sentence.starts_with("must be the number of a version") {
        return Some(json!({ "type": ["integer", "string"], "description": rule(sentence) }));
    }
    None
}

fn most_characters(sentence: &str) -> Option<u64> {
    between(sentence, "must be at most ", " characters")
}

fn between(sentence: &str, start: &str, end: &str) -> Option<u64> {
    let rest = sentence.strip_prefix(start)?;
    rest.split_once(end)?.0.parse().ok()
}

/// A rule about the field by itself, which holds whatever else there is.
fn is_rule(sentence: &str) -> bool {
    let starts = ["must be", "must not be", "must have"];
    let others = [
        "must be left out",
        "must not be in the past",
        "must not be more than",
    ];
    starts.iter().any(|start| sentence.starts_with(start))
        && !others.iter().any(|start| sentence.starts_with(start))
        && most_characters(sentence).is_none()
}

/// The rule as a sentence of its own.
fn rule(sentence: &str) -> String {
    let (first, rest) = sentence.split_at(1);
    let end = if sentence.ends_with('.') { "" } else { "." };
    format!("{}{rest}{end}", first.to_uppercase())
}

/// What a field may be in either body.
fn both(one: Value, other: Value) -> Value {
    if one == other || other == json!({}) {
        return one;
    }
    if one == json!({}) {
        return other;
    }
    let (Value::Object(mut one), Value::Object(other)) = (one, other) else {
        panic!("a schema is an object");
    };
    assert_eq!(one.get("type"), other.get("type"), "{one:?} {other:?}");
    for (part, theirs) in other {
        let mine = one.remove(&part);
        let joined = match (part.as_str(), mine) {
            (_, None) => theirs,
            (_, Some(mine)) if mine == theirs => mine,
            ("enum", Some(mine)) => {
                let mut words = mine.as_array().cloned().unwrap_or_default();
                let more = theirs.as_array().cloned().unwrap_or_default();
                let new: Vec<Value> = more
                    .into_iter()
                    .filter(|word| !words.contains(word))
                    .collect();
                words.extend(new);
                words.into()
            }
            // What one body may have is allowed, whatever another one says.
            ("maxItems" | "maxLength" | "maximum", Some(mine)) => larger(mine, theirs),
            ("description", Some(mine)) => {
                let (mine, theirs) = (
                    mine.as_str().unwrap_or_default(),
                    theirs.as_str().unwrap_or_default(),
                );
                if mine.contains(theirs) {
                    mine.into()
                } else {
                    format!("{mine} {theirs}").into()
                }
            }
            (_, Some(mine)) => panic!("{part} is {mine}, and {theirs} in another body"),
        };
        one.insert(part, joined);
    }
    Value::Object(one)
}

fn larger(one: Value, other: Value) -> Value {
    if one.as_u64() > other.as_u64() {
        one
    } else {
        other
    }
}

/// The objects right below one.
fn inner(body: &Value, at: &Place) -> Vec<Place> {
    let object = body.pointer(&at.pointer).and_then(Value::as_object);
    let mut found = Vec::new();
    for (name, value) in object.into_iter().flatten() {
        let place = Place {
            pointer: format!("{}/{name}", at.pointer),
            shown: joined(&at.shown, name),
            kind: joined(&at.kind, name),
        };
        match value {
            Value::Object(_) => found.push(place),
            Value::Array(items) => {
                let objects = items
                    .iter()
                    .enumerate()
                    .filter(|(_, item)| item.is_object());
                found.extend(objects.map(|(number, _)| Place {
                    pointer: format!("{}/{number}", place.pointer),
                    shown: format!("{}[{number}]", place.shown),
                    kind: format!("{}[]", place.kind),
                }));
            }
            _ => {}
        }
    }
    found
}

fn joined(path: &str, name: &str) -> String {
    if path.is_empty() {
        name.to_owned()
    } else {
        format!("{path}.{name}")
    }
}
