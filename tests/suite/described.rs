//! Replies beside their description in `www/assets/openapi.json`: how one looks as a schema that others of
//! its kind fit as well, and whether one fits.

use std::path::Path;
use std::sync::OnceLock;

use scrip::worker::edge::reply::{Kind, Reply};
use scrip::worker::routes::ROUTES;
use serde_json::{Map, Value, json};

use crate::promised::promised;
use crate::world::Sent;

pub const FILE: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/www/assets/openapi.json");

/// Objects whose names are the caller's own, or say what they are about.
const OPEN: [&str; 9] = [
    "metadata",
    "errors",
    "labels",
    "raw",
    "messages",
    "quantities",
    "features",
    "usage",
    "rates_by_asset",
];

/// What the caller has sent, whatever it was: a test event of a webhook may be a number.
const ANYTHING: &str = "data";

/// Fails where a reply is none that the document tells of.
pub fn check(method: &str, path: &str, reply: &Reply) {
    let wrong = wrong(method, path, reply);
    assert_eq!(
        wrong, None,
        "{method} {path} is not as openapi.json says: {} {}",
        reply.status, reply.body
    );
}

/// Fails where a body was taken that the document does not tell of.
pub fn check_body(sent: &Sent, reply: &Reply) {
    let body = serde_json::from_slice::<Value>(&sent.body);
    let (Ok(body), 200..300, false) = (body, reply.status, is_written()) else {
        return;
    };
    let told = body_fits(sent.method, &sent.path, &body);
    assert_eq!(
        told,
        Ok(()),
        "{} {} took a body that is not as openapi.json says: {body}",
        sent.method,
        sent.path
    );
}

/// # Errors
/// Where a body of a request differs from what the document says of it.
pub fn body_fits(method: &str, path: &str, body: &Value) -> Result<(), String> {
    let bare = path.split('?').next().unwrap_or_default();
    let Some(path) = path_of(method, bare) else {
        return Err("no such route".to_owned());
    };
    let operation = &document()["paths"][path][method.to_lowercase()];
    let content = &operation["requestBody"]["content"];
    requested(body, &content["application/json"]["schema"])
}

/// The schemas of requests say more than those of replies: which fields there are, and their limits.
fn requested(value: &Value, schema: &Value) -> Result<(), String> {
    let schema = match schema["$ref"].as_str() {
        Some(name) => document().pointer(name.trim_start_matches('#')),
        None => Some(schema),
    };
    let schema = schema.expect("a schema");
    let is_whole = value.is_u64() || value.is_i64();
    let is = |kind: &Value| {
        (kind == "integer" && is_whole) || fits(value, &json!({ "type": [kind] })).is_ok()
    };
    let kinds = match &schema["type"] {
        Value::Array(kinds) => kinds.clone(),
        Value::Null => return Ok(()),
        kind => vec![kind.clone()],
    };
    let wrong = || Err(format!(" is {value}"));
    if !kinds.iter().any(is) {
        return wrong();
    }
    let words = schema["enum"].as_array();
    if words.is_some_and(|words| !words.contains(value)) {
        return wrong();
    }
    let below = value.as_f64() < schema["minimum"].as_f64() && schema["minimum"].is_number();
    let above = value.as_f64() > schema["maximum"].as_f64() && schema["maximum"].is_number();
    if below || above {
        return wrong();
    }
    if let Some(text) = value.as_str() {
        let most = schema["maxLength"].as_u64().unwrap_or(u64::MAX);
        if text.chars().count() as u64 > most {
            return Err(" is too long".to_owned());
        }
        if kinds.contains(&json!("number")) && !is_decimal(text) {
            return wrong();
        }
    }
    requested_inside(value, schema)
}

/// As the pattern of `Decimal` says.
fn is_decimal(text: &str) -> bool {
    let digits = text.strip_prefix('-').unwrap_or(text);
    let mut parts = digits.splitn(2, '.');
    let is_number = |part: &str| !part.is_empty() && part.bytes().all(|byte| byte.is_ascii_digit());
    parts.all(is_number)
}

fn requested_inside(value: &Value, schema: &Value) -> Result<(), String> {
    let empty = Map::new();
    let known = schema["properties"].as_object().unwrap_or(&empty);
    // What is null was left out, to whoever reads it.
    let given = value.as_object().unwrap_or(&empty).iter();
    let given = given.filter(|(_, field)| !field.is_null());
    for (name, field) in given {
        match (known.get(name), &schema["additionalProperties"]) {
            (Some(schema), _) | (None, schema @ Value::Object(_)) => {
                requested(field, schema).map_err(|inner| format!(".{name}{inner}"))?;
            }
            (None, Value::Bool(false)) => return Err(format!(".{name} is no field")),
            (None, _) => {}
        }
    }
    let needed = schema["required"].as_array().into_iter().flatten();
    for name in needed.filter_map(Value::as_str) {
        if value[name].is_null() {
            return Err(format!(".{name} is missing"));
        }
    }
    let items = value.as_array();
    let count = items.map_or(0, Vec::len) as u64;
    if items.is_some() && count < schema["minItems"].as_u64().unwrap_or_default() {
        return Err(" has too few".to_owned());
    }
    if count > schema["maxItems"].as_u64().unwrap_or(u64::MAX) {
        return Err(" has too many".to_owned());
    }
    for (place, item) in items.into_iter().flatten().enumerate() {
        requested(item, &schema["items"]).map_err(|inner| format!("[{place}]{inner}"))?;
    }
    Ok(())
}

fn document() -> &'static Value {
    static DOCUMENT: OnceLock<Value> = OnceLock::new();
    DOCUMENT.get_or_init(read)
}

/// While it is written there is nothing to hold replies against.
pub fn is_written() -> bool {
    std::env::var("OPENAPI").as_deref() == Ok("write")
}

/// What of a reply the document does not tell of.
pub fn wrong(method: &str, path: &str, reply: &Reply) -> Option<String> {
    // What a browser asks beforehand is no call of anybody.
    if is_written() || method == "OPTIONS" {
        return None;
    }
    let bare = path.split('?').next().unwrap_or_default();
    let Some(path) = path_of(method, bare) else {
        // Also of paths that exist for other methods, which is a 405.
        return (reply.status < 400).then(|| "no such route".to_owned());
    };
    let operation = &document()["paths"][path][method.to_lowercase()];
    let told = &operation["responses"][reply.status.to_string()];
    if told.is_null() {
        return Some(format!("{} is no status of it", reply.status));
    }
    let schema = &told["content"]["application/json"]["schema"];
    if reply.kind != Kind::Data || schema.is_null() || method == "HEAD" {
        return None;
    }
    let body = serde_json::from_str(&reply.body).unwrap_or(Value::Null);
    fits(&body, schema).err()
}

/// The route that answers to a path: at each place a fixed word wins.
fn path_of(method: &str, path: &str) -> Option<&'static str> {
    let words: Vec<&str> = path.split('/').collect();
    let matches = |route: &str| {
        let parts: Vec<&str> = route.split('/').collect();
        let same = parts
            .iter()
            .zip(&words)
            .all(|(part, word)| part == word || part.starts_with('{') && !word.is_empty());
        parts.len() == words.len() && same
    };
    let found = ROUTES
        .iter()
        .filter(|(of, route, ..)| *of == method && matches(route));
    let fixed = |route: &str| {
        route
            .split('/')
            .map(|part| !part.starts_with('{'))
            .collect::<Vec<_>>()
    };
    found
        .map(|(_, route, ..)| *route)
        .max_by_key(|route| fixed(route))
}

pub fn read() -> Value {
    let file =
        std::fs::read_to_string(FILE).expect("www/assets/openapi.json; OPENAPI=write makes it");
    serde_json::from_str(&file).expect("JSON")
}

/// The fields that were seen, each with what it was. Which of them always come, and which may be null, the types of replies
/// say: see [`promised`].
pub fn shape(value: &Value) -> Value {
    without_unseen(seen(value, false))
}

/// Of what was never more than null nothing is said.
fn without_unseen(mut schema: Value) -> Value {
    if schema["type"] == json!(["null"]) {
        return json!({});
    }
    if let Some(properties) = schema.get_mut("properties").and_then(Value::as_object_mut) {
        for field in properties.values_mut() {
            *field = without_unseen(field.take());
        }
    }
    if let Some(items) = schema.get_mut("items") {
        *items = without_unseen(items.take());
    }
    schema
}

fn seen(value: &Value, may_be_null: bool) -> Value {
    let kind = match value {
        Value::Null => return json!({ "type": ["null"] }),
        Value::Bool(_) => "boolean",
        Value::Number(_) => "number",
        Value::String(_) => "string",
        Value::Array(_) => "array",
        Value::Object(_) => "object",
    };
    let mut schema = if may_be_null {
        json!({ "type": [kind, "null"] })
    } else {
        json!({ "type": kind })
    };
    match value {
        Value::Array(items) => {
            let items = items.iter().map(|item| seen(item, false));
            schema["items"] = items.reduce(merged).unwrap_or(json!({}));
        }
        Value::Object(fields) => {
            let (always, null) = promised(fields);
            let shown = fields.iter().map(|(name, field)| {
                let shown = field_shape(name, field, null.contains(name));
                (name.clone(), shown)
            });
            schema["properties"] = Value::Object(shown.collect());
            if !always.is_empty() {
                schema["required"] = always.into();
            }
        }
        _ => {}
    }
    schema
}

fn field_shape(name: &str, field: &Value, may_be_null: bool) -> Value {
    match field {
        _ if name == ANYTHING => json!({}),
        Value::Object(_) if OPEN.contains(&name) => json!({ "type": ["object", "null"] }),
        _ => seen(field, may_be_null),
    }
}

/// What both fit.
pub fn merged(one: Value, other: Value) -> Value {
    match (one, other) {
        (Value::Object(one), other) if one.is_empty() => other,
        (one, Value::Object(other)) if other.is_empty() => one,
        (Value::Object(mut one), Value::Object(mut other)) => {
            let Some(kinds) = kinds_of_both(&one, &other) else {
                // They differ in kind, so nothing can be said of both.
                return json!({});
            };
            // What one of them does without does not always come.
            let both: Vec<Value> = match (is_null(&one), is_null(&other)) {
                (false, false) => {
                    let both = needed(&one).filter(|name| needed(&other).any(|it| it == *name));
                    both.map(Value::from).collect()
                }
                (true, _) => needed(&other).map(Value::from).collect(),
                (_, true) => needed(&one).map(Value::from).collect(),
            };
            one.remove("required");
            if !both.is_empty() {
                one.insert("required".to_owned(), both.into());
            }
            one.insert("type".to_owned(), kinds);
            for part in ["items", "properties"] {
                let both = match (one.remove(part), other.remove(part)) {
                    (Some(mine), Some(theirs)) if part == "items" => merged(mine, theirs),
                    (Some(mine), Some(theirs)) => fields(mine, theirs),
                    // The other one was null.
                    (Some(known), None) | (None, Some(known)) => known,
                    (None, None) => continue,
                };
                one.insert(part.to_owned(), both);
            }
            Value::Object(one)
        }
        _ => json!({}),
    }
}

/// One kind, and null where either may be; none where they are of two.
fn kinds_of_both(one: &Map<String, Value>, other: &Map<String, Value>) -> Option<Value> {
    let kinds = |schema: &Map<String, Value>| match schema.get("type") {
        Some(Value::String(kind)) => vec![kind.clone()],
        Some(Value::Array(kinds)) => {
            let kinds = kinds.iter().filter_map(Value::as_str);
            kinds.map(str::to_owned).collect()
        }
        _ => Vec::new(),
    };
    let mut both: Vec<String> = kinds(one).into_iter().chain(kinds(other)).collect();
    // Null last, whichever of them has it.
    both.sort_by_key(|kind| kind == "null");
    both.dedup();
    let real = both.iter().filter(|kind| *kind != "null").count();
    match both.as_slice() {
        [kind] if real == 1 => Some(kind.as_str().into()),
        _ if real <= 1 => Some(both.into()),
        _ => None,
    }
}

/// Of what was null nothing else is known.
fn is_null(schema: &Map<String, Value>) -> bool {
    schema.get("type") == Some(&json!(["null"]))
}

fn needed(schema: &Map<String, Value>) -> impl Iterator<Item = &str> {
    let names = schema.get("required").and_then(Value::as_array);
    names.into_iter().flatten().filter_map(Value::as_str)
}

fn fields(one: Value, other: Value) -> Value {
    let (Value::Object(mut one), Value::Object(other)) = (one, other) else {
        return json!({});
    };
    for (name, theirs) in other {
        let mine = one.remove(&name).unwrap_or(json!({}));
        one.insert(name, merged(mine, theirs));
    }
    Value::Object(one)
}

/// # Errors
/// Where the value differs from the schema, and what stands there.
pub fn fits(value: &Value, schema: &Value) -> Result<(), String> {
    let kinds = match &schema["type"] {
        Value::String(kind) => vec![kind.as_str()],
        Value::Array(kinds) => kinds.iter().filter_map(Value::as_str).collect(),
        _ => return Ok(()),
    };
    let kind = match value {
        Value::Null => "null",
        Value::Bool(_) => "boolean",
        Value::Number(_) => "number",
        Value::String(_) => "string",
        Value::Array(_) => "array",
        Value::Object(_) => "object",
    };
    if !kinds.contains(&kind) {
        return Err(format!(" is {value}"));
    }
    let empty = Map::new();
    let known = schema["properties"].as_object().unwrap_or(&empty);
    for (name, field) in value.as_object().unwrap_or(&empty) {
        if let Some(schema) = known.get(name) {
            fits(field, schema).map_err(|inner| format!(".{name}{inner}"))?;
        }
    }
    let mut needed = schema.as_object().into_iter().flat_map(needed);
    if let Some(missing) = needed.find(|name| value.is_object() && value.get(name).is_none()) {
        return Err(format!(".{missing} is missing"));
    }
    for (place, item) in value.as_array().into_iter().flatten().enumerate() {
        fits(item, &schema["items"]).map_err(|inner| format!("[{place}]{inner}"))?;
    }
    Ok(())
}

/// The files of the Worker and of its JSON, with their text.
pub fn sources() -> Vec<(String, String)> {
    let mut found = Vec::new();
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let mut folders = vec![root.join("src/worker"), root.join("src/wire")];
    while let Some(folder) = folders.pop() {
        for entry in std::fs::read_dir(folder).expect("a folder").flatten() {
            let path = entry.path();
            if path.is_dir() {
                folders.push(path);
            } else if path.extension().is_some_and(|end| end == "rs") {
                let text = std::fs::read_to_string(&path).expect("a text");
                found.push((path.display().to_string(), text));
            }
        }
    }
    found
}
