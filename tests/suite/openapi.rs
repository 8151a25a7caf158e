//! The description of the API for machines, `www/assets/openapi.json`: made of the table of routes, of the
//! documents, and of one real call of each route.
//!
//! `OPENAPI=write cargo test --locked --test suite openapi` writes it. What it says of a reply is held
//! against every reply of the native edge that is asked for alone, by `described::check`.

use std::collections::{BTreeMap, BTreeSet};

use scrip::worker::dispatch::Route;
use scrip::worker::edge::principal::Scope;
use scrip::worker::edge::reply::{Kind, Reply};
use scrip::worker::routes::ROUTES;
use serde::Serialize;
use serde_json::ser::{PrettyFormatter, Serializer};
use serde_json::{Map, Value, json};

use crate::described::{FILE, is_written, merged, read, shape, sources, wrong};
use crate::edge_cases::{Case, Stage};
use crate::openapi_bodies::Bodies;
use crate::probed::query;
use crate::world::{get, post};

const API: &str = include_str!("../../docs/api.md");
/// The statuses of success, as the tests of the runtime hold them.
const STATUSES: &str = include_str!("../e2e/support/routes.ts");

/// What may stand in the query, by method and path; `…` is a page of a list.
const QUERIES: &[(&str, &str)] = &[
    ("GET /v1/assets", "…"),
    ("GET /v1/accounts", "… external_id"),
    ("GET /v1/codes", "… batch_id"),
    (
        "GET /v1/customers",
        "… customer_id external_id email name status",
    ),
    (
        "GET /v1/customers/stats",
        "… currency period_from period_to",
    ),
    ("GET /v1/customers/{id}/payments", "…"),
    (
        "GET /v1/customers/{id}/stats",
        "currency period_from period_to",
    ),
    (
        "GET /v1/customers/{id}/wallet/budgets/{code}",
        "limit cursor",
    ),
    ("GET /v1/customers/{id}/wallet/entries", "limit cursor"),
    ("GET /v1/customers/{id}/wallet/holds", "limit cursor"),
    ("GET /v1/customers/{id}/wallet/unpriced", "limit cursor"),
    (
        "GET /v1/customers/{id}/wallet/{account}/grants",
        "limit offset purpose exclude_expired effective_from effective_to expired_from expired_to",
    ),
    (
        "GET /v1/events",
        "… customer_id customer_external_id event_id event_types subject has_fees period_from period_to",
    ),
    ("GET /v1/events/{event}", "customer_id customer_external_id"),
    ("GET /v1/inbound-endpoints", "…"),
    ("GET /v1/keys", "…"),
    ("GET /v1/products", "… code"),
    ("GET /v1/products/{id}/subscribers", "…"),
    ("GET /v1/reconciliation", "from to cursor"),
    ("GET /v1/stripe/endpoints", "…"),
    ("GET /v1/unmatched-payments", "status reason limit cursor"),
    ("GET /v1/vendors", "… external_id"),
    (
        "GET /v1/vendors/{id}/stats",
        "currency category period_from period_to",
    ),
    ("GET /v1/webhooks", "… enabled connect"),
    (
        "GET /v1/webhooks/events",
        "limit next prev status destination_id time_gte time_lte",
    ),
    ("GET /portal", "token"),
    ("GET /pay/{token}", "step paid"),
    ("GET /pay/{token}/{id}", "paid"),
    ("GET /setup/{token}", "done"),
];

const PAGE: &str = "limit offset cursor";

/// Fields that are null at times although their types do not say so: here what is not the customer's.
const NULL_AT_TIMES: &[(&str, &str)] = &[(
    "GET /v1/customers/{id}/wallet/entries/{entry}/receipt",
    "record",
)];

/// Fields that a reply does without at times although no type of it says so: it is put together by hand, or of several types.
const AT_TIMES: &[(&str, &str)] = &[
    // Where nothing is to be paid any more.
    ("POST /v1/top-ups", "redirect_url"),
    // A refund or a dispute is found there, too.
    (
        "GET /v1/customers/{id}/wallet/transactions/{transaction}",
        "account_id asset description executed_at metadata subject",
    ),
];

#[test]
fn the_file_is_what_the_code_says() {
    // Narrow, because it is deep and large.
    let mut made = Vec::new();
    let narrow = PrettyFormatter::with_indent(b" ");
    let written = document().serialize(&mut Serializer::with_formatter(&mut made, narrow));
    written.expect("it is JSON");
    let made = String::from_utf8(made).expect("it is a text") + "\n";
    if is_written() {
        std::fs::write(FILE, &made).expect("it can be written");
    }
    let file = std::fs::read_to_string(FILE).unwrap_or_default();
    let differs = made
        .lines()
        .zip(file.lines())
        .find(|(made, file)| made != file);
    assert!(
        made == file,
        "www/assets/openapi.json is not what the code says, first at {differs:?}; run\n  OPENAPI=write cargo test --locked --test suite openapi"
    );
}

#[test]
fn every_route_is_described_and_no_other() {
    let document = read();
    let paths = document["paths"].as_object().expect("paths");
    let described = paths.iter().flat_map(|(path, methods)| {
        let methods = methods.as_object().expect("methods").keys();
        methods.map(move |method| format!("{} {path}", method.to_uppercase()))
    });
    let routes = ROUTES
        .iter()
        .map(|(method, path, ..)| format!("{method} {path}"));
    assert_eq!(described.collect::<BTreeSet<_>>(), routes.collect());
    for (name, _) in QUERIES {
        let known = ROUTES
            .iter()
            .any(|(method, path, ..)| *name == format!("{method} {path}"));
        assert!(known, "{name} has a query and is no route");
    }
}

/// Everything of the document, each word once: so nothing can be left out of it unseen.
#[test]
fn every_code_and_every_limit_is_in_it() {
    let document = read();
    let codes = document.pointer("/components/schemas/Problem/properties/code/enum");
    let codes: BTreeSet<&str> = codes.into_iter().flat_map(texts).collect();
    let known = scrip::wire::problem::Failure::ALL.map(|one| one.code());
    let known = known.into_iter().chain(scrip::engine::Refusal::CODES);
    assert_eq!(codes, known.collect());
    let told = "/paths/~1v1~1meta/get/responses/200/content/application~1json/example";
    let meta = Stage::new().world.get(&get("/v1/meta"), 200);
    assert_eq!(document.pointer(told), Some(&meta));
    assert!(meta["limits"]["body_bytes"] == 1_048_576, "{meta}");
}

#[test]
fn what_is_not_described_is_found() {
    let reply = |status, body: &str| Reply {
        status,
        ..Reply::ok(body.to_owned())
    };
    let told = |path: &str, status, body: &str| wrong("GET", path, &reply(status, body));
    let wallet = "/v1/customers/cust_1/wallet?x=1";
    assert_eq!(
        told(
            wallet,
            200,
            r#"{"accounts": [], "customer_id": "c", "seq": 1}"#
        ),
        None
    );
    let strange = told(wallet, 200, r#"{"accounts": [{"id": 5}]}"#);
    assert_eq!(strange.as_deref(), Some(".accounts[0].id is 5"));
    let strange = told(wallet, 200, r#"{"accounts": [], "seq": 1}"#);
    assert_eq!(strange.as_deref(), Some(".customer_id is missing"));
    let strange = told(
        wallet,
        200,
        r#"{"accounts": [], "customer_id": null, "seq": 1}"#,
    );
    assert_eq!(strange.as_deref(), Some(".customer_id is null"));
    let strange = told(wallet, 418, "{}");
    assert_eq!(strange.as_deref(), Some("418 is no status of it"));
    let strange = told("/v1/nowhere", 200, "{}");
    assert_eq!(strange.as_deref(), Some("no such route"));
}

fn texts(list: &Value) -> Vec<&str> {
    list.as_array()
        .into_iter()
        .flatten()
        .filter_map(Value::as_str)
        .collect()
}

fn document() -> Value {
    let stage = Stage::new();
    let mut paths: BTreeMap<&str, Map<String, Value>> = BTreeMap::new();
    let cases = stage.cases();
    let bodies = Bodies::ask(&stage, &cases);
    let cases = cases.into_iter().map(|case| (case.name(), case));
    let cases: BTreeMap<String, Case> = cases.collect();
    for route in ROUTES {
        let (method, path, ..) = route;
        let case = &cases[&format!("{method} {path}")];
        let operation = operation(route, &stage, case, &bodies);
        paths
            .entry(*path)
            .or_default()
            .insert(method.to_lowercase(), operation);
    }
    json!({
        "openapi": "3.1.1",
        "info": {
            "title": "Scrip",
            "version": env!("CARGO_PKG_VERSION"),
            "summary": "Prepaid wallets for AI products.",
            "description": "Amounts are decimal strings, times are RFC 3339 in UTC. Each reply here is one that a real call got. \
                A schema lists the fields that were seen: those that are required always come, those that may be null say so, and others may come. \
                A body of a request has these fields and no others; null is as good as left out. \
                Every limit is in the reply of /v1/meta.",
            "license": { "name": "MIT OR Apache-2.0", "identifier": "MIT OR Apache-2.0" },
        },
        "servers": [{ "url": "/" }],
        "tags": tags(),
        "security": [{ "key": [] }],
        "paths": paths,
        "components": components(bodies.schemas),
    })
}

fn components(mut schemas: Map<String, Value>) -> Value {
    schemas.insert("Problem".to_owned(), problem());
    json!({
        "securitySchemes": {
            "key": { "type": "http", "scheme": "bearer", "description": "An API key; what it must be allowed stands at each call." },
            "header_key": { "type": "apiKey", "in": "header", "name": "X-CREDYT-API-KEY", "description": "The same key, as Credyt's clients send it." },
            "token": { "type": "http", "scheme": "bearer", "description": "A token of one customer, for the customer's own wallet." },
        },
        "parameters": {
            "Idempotency-Key": { "name": "Idempotency-Key", "in": "header", "schema": { "type": "string" },
                "description": "The same key makes the same call safe to send again." },
        },
        "responses": problems(),
        "schemas": schemas,
    })
}

/// The rows of the documents' table of errors: code, status, meaning.
fn codes() -> Vec<(&'static str, &'static str, &'static str)> {
    let errors = API.split("\n## Errors").nth(1).unwrap_or_default();
    let rows = errors.split("\n## ").next().unwrap_or_default().lines();
    let row = |line: &'static str| {
        let mut cells = line.strip_prefix("| `")?.split('|').map(str::trim);
        Some((
            cells.next()?.trim_end_matches('`'),
            cells.next()?,
            cells.next()?,
        ))
    };
    rows.filter_map(row).collect()
}

fn problem() -> Value {
    let codes: Vec<&str> = codes().into_iter().map(|(code, ..)| code).collect();
    let money = json!({ "type": "array", "items": { "type": "object", "properties": {
        "asset": { "type": "string" }, "amount": { "type": "string" } } } });
    json!({
        "type": "object",
        "description": "RFC 9457.",
        "required": ["type", "title", "status", "code", "detail", "retryable", "request_id"],
        "properties": {
            "type": { "type": "string" },
            "title": { "type": "string" },
            "status": { "type": "integer" },
            "code": { "type": "string", "enum": codes },
            "detail": { "type": "string", "description": "What was wrong, and what to do." },
            "retryable": { "type": "boolean", "description": "The same call may succeed later." },
            "request_id": { "type": "string" },
            "errors": { "type": "object", "description": "What is wrong, by field.",
                "additionalProperties": { "type": "array", "items": { "type": "string" } } },
            "shortfall": money,
        },
    })
}

/// One answer for each status that a problem can have, with its codes.
fn problems() -> Value {
    let mut by_status: BTreeMap<&str, Vec<String>> = BTreeMap::new();
    for (code, status, means) in codes() {
        by_status
            .entry(status)
            .or_default()
            .push(format!("`{code}`: {}", plain(means)));
    }
    let response = |codes: &[String]| {
        json!({ "description": codes.join("; "), "content": { "application/problem+json": {
            "schema": { "$ref": "#/components/schemas/Problem" } } } })
    };
    let all = by_status
        .iter()
        .map(|(status, codes)| (format!("Problem{status}"), response(codes)));
    Value::Object(all.collect())
}

fn operation(route: &Route, stage: &Stage, case: &Case, bodies: &Bodies) -> Value {
    let &(method, path, scope, _) = route;
    let name = format!("{method} {path}");
    let mut operation = json!({
        "operationId": operation_id(method, path),
        "tags": [tag(path)],
        "summary": summary(&name),
        "security": security(scope),
        "responses": responses(&name, scope, stage, case),
    });
    let parameters = parameters(&name, scope, stage, case);
    if !parameters.is_empty() {
        operation["parameters"] = parameters.into();
    }
    if let Some(body) = bodies.body(&name) {
        operation["requestBody"] = body;
    }
    if scope != Scope::Open {
        operation["x-scope"] = required(scope).into();
    }
    operation
}

fn required(scope: Scope) -> &'static str {
    match scope {
        Scope::Open => "none",
        Scope::Read | Scope::ReadOr(_) => "read",
        Scope::Write | Scope::WriteOr(_) => "write",
        Scope::Admin => "admin",
    }
}

fn security(scope: Scope) -> Value {
    let word = required(scope);
    let mut ways = vec![json!({ "key": [word] }), json!({ "header_key": [word] })];
    match scope {
        Scope::Open => return json!([]),
        Scope::ReadOr(own) | Scope::WriteOr(own) => ways.push(json!({ "token": [own.word()] })),
        _ => {}
    }
    ways.into()
}

/// `getCustomersByIdWallet` for `GET /v1/customers/{id}/wallet`.
fn operation_id(method: &str, path: &str) -> String {
    let mut id = method.to_lowercase();
    for word in path
        .split(['/', '-', '_', '.'])
        .filter(|word| !matches!(*word, "" | "v1"))
    {
        let placeholder = word.trim_matches(['{', '}']);
        let (first, rest) = placeholder.split_at(1);
        let by = if placeholder == word { "" } else { "By" };
        id += &format!("{by}{}{rest}", first.to_uppercase());
    }
    id
}

fn tag(path: &str) -> &str {
    let mut words = path.split('/').filter(|word| !matches!(*word, "" | "v1"));
    let first = words.next().unwrap_or_default();
    match (first, words.nth(1)) {
        (
            "customers",
            Some(part @ ("wallet" | "subscriptions" | "payment-methods" | "tokens" | "codes")),
        ) => part,
        ("authorize", _) => "holds",
        ("meta" | "openapi.json" | "healthz" | "readyz", _) => "service",
        ("pay" | "portal" | "setup" | "billing-portal", _) => "pages",
        ("stripe" | "reconciliation" | "unmatched-payments", _) => "stripe",
        ("inbound", _) => "inbound-endpoints",
        _ => first,
    }
}

fn tags() -> Value {
    let names: BTreeSet<&str> = ROUTES.iter().map(|(_, path, ..)| tag(path)).collect();
    names
        .into_iter()
        .map(|name| json!({ "name": name }))
        .collect()
}

/// What the documents' table says of it. A HEAD is the GET without its body.
fn summary(name: &str) -> String {
    let asked = format!("{}`", name.replace("HEAD ", "GET "));
    let row = API
        .lines()
        .find(|line| line.starts_with("| `") && line.contains(&asked));
    let does = row.and_then(|row| row.split(" | ").nth(1)).expect(name);
    plain(does)
}

/// Without the marks of Markdown, whose links lead nowhere from here.
fn plain(text: &str) -> String {
    let mut parts = text.split("](");
    let mut plain = parts.next().unwrap_or_default().to_owned();
    for part in parts {
        plain += part.split_once(')').map_or(part, |(_, rest)| rest);
    }
    plain.replace('[', "")
}

fn parameters(name: &str, scope: Scope, stage: &Stage, case: &Case) -> Vec<Value> {
    let placed = case.path.split('/').filter(|part| part.starts_with('{'));
    let placed = placed.map(|part| {
        json!({ "name": part.trim_matches(['{', '}']), "in": "path", "required": true, "schema": { "type": "string" } })
    });
    let asked = QUERIES
        .iter()
        .find(|(of, _)| *of == name)
        .map_or("", |(_, names)| names);
    let asked = asked.replace('…', PAGE);
    let asked = asked.split_whitespace().map(|name| {
        let schema = query(stage, &case.sent, name);
        json!({ "name": name, "in": "query", "schema": schema })
    });
    let changes = matches!(case.method, "POST" | "PUT" | "PATCH") && scope != Scope::Open;
    let once = changes.then(|| json!({ "$ref": "#/components/parameters/Idempotency-Key" }));
    placed.chain(asked).chain(once).collect()
}

/// All that may come back: the successes that there are, by one that came, and the problems.
fn responses(name: &str, scope: Scope, stage: &Stage, case: &Case) -> Value {
    let mut responses = Map::new();
    let line = STATUSES.lines().find(|line| {
        let mut words = line.split_whitespace();
        let placeholders = |path: &str| {
            path.split('/')
                .map(|part| if part.starts_with('{') { "{}" } else { part })
                .collect::<Vec<_>>()
                .join("/")
        };
        let (method, path) = name.split_once(' ').unwrap_or_default();
        words.next() == Some(method) && words.next() == Some(&placeholders(path))
    });
    for status in line
        .into_iter()
        .flat_map(|line| line.split_whitespace().skip(2))
    {
        responses.insert(status.to_owned(), json!({ "description": said(status) }));
    }
    if name.ends_with("/wallet/live") {
        responses.insert("101".to_owned(), json!({ "description": said("101") }));
    }
    let reply = stage.world.copy().one(&case.sent);
    let mut told = success(&reply, case.method);
    if let Some(schema) = told.pointer_mut("/content/application~1json/schema") {
        if let Some(other) = other_answer(name, stage, case) {
            *schema = merged(schema.take(), shape(&other));
        }
        for (_, field) in NULL_AT_TIMES.iter().filter(|(of, _)| *of == name) {
            let kind = &mut schema["properties"][field]["type"];
            *kind = json!([kind.as_str().expect("one kind"), "null"]);
        }
        let at_times = AT_TIMES.iter().filter(|(of, _)| *of == name);
        for field in at_times.flat_map(|(_, fields)| fields.split(' ')) {
            let needed = schema["required"].as_array_mut();
            let needed = needed.expect("what always comes");
            let before = needed.len();
            needed.retain(|one| one != field);
            assert_ne!(before, needed.len(), "{name} does without {field} already");
        }
    }
    responses.insert(reply.status.to_string(), told);
    let starts = [" /pay/", " /portal", " /setup/"];
    let is_page = starts.iter().any(|start| name.contains(start));
    for status in problem_statuses(name, scope, case) {
        let reference = json!({ "$ref": format!("#/components/responses/Problem{status}") });
        let told = if is_page {
            a_page_that_says_why()
        } else {
            reference
        };
        responses.entry(status.to_string()).or_insert(told);
    }
    for status in ["200", "303", "403", "409", "410"]
        .iter()
        .filter(|_| is_page)
    {
        responses
            .entry(*status)
            .or_insert_with(a_page_that_says_why);
    }
    Value::Object(responses)
}

/// The other answer of calls that have two, each with fields of its own: a denial, and entries as a customer sees them.
fn other_answer(name: &str, stage: &Stage, case: &Case) -> Option<Value> {
    let world = stage.world.copy();
    let mut sent = case.sent.clone();
    match name {
        "POST /v1/authorize" => {
            let mut body: Value = serde_json::from_slice(&sent.body).expect("JSON");
            body["amount"] = json!("1000000");
            sent.body = body.to_string().into_bytes();
        }
        "GET /v1/customers/{id}/wallet/entries" => {
            let path = format!("/v1/customers/{}/tokens", stage.customer);
            let token = world.get(&post(path, json!({"scopes": ["read"]})), 201);
            sent = sent.by(token["token"].as_str().expect("a token"));
        }
        _ => return None,
    }
    let reply = world.one(&sent);
    assert_eq!(reply.status, 200, "{}", reply.body);
    serde_json::from_str(&reply.body).ok()
}

/// Whoever opens a page reads no JSON; what never reached the page is told as everywhere.
fn a_page_that_says_why() -> Value {
    json!({ "description": "A page that says what is in the way, or leads on.", "content": {
        "text/html": { "schema": { "type": "string" } },
        "application/problem+json": { "schema": { "$ref": "#/components/schemas/Problem" } } } })
}

fn said(status: &str) -> &'static str {
    match status {
        "101" => "A WebSocket: how the wallet stands, and then what happens.",
        "201" => "It is made.",
        "202" => "It will be sent.",
        "204" => "It is done.",
        "303" => "It is somewhere else.",
        "422" => "The page again, with what is wrong.",
        _ => "The answer.",
    }
}

fn success(reply: &Reply, method: &str) -> Value {
    let mut told = json!({ "description": said(&reply.status.to_string()) });
    let page = matches!(reply.kind, Kind::Page { .. });
    if page {
        told["content"] = json!({ "text/html": { "schema": { "type": "string" } } });
    } else if let (Kind::Data, Ok(body)) = (&reply.kind, serde_json::from_str::<Value>(&reply.body))
        && method != "HEAD"
    {
        told["content"] =
            json!({ "application/json": { "schema": shape(&body), "example": body } });
    }
    told
}

/// Which problems a call can get: by what it is, and not by chance.
fn problem_statuses(name: &str, scope: Scope, case: &Case) -> BTreeSet<u16> {
    let mut statuses = BTreeSet::from([404, 421, 422, 429, 500, 503]);
    if scope != Scope::Open {
        statuses.extend([400, 401, 403]);
    }
    if !matches!(case.method, "GET" | "HEAD" | "DELETE") {
        statuses.extend([400, 403, 409, 413, 415]);
    }
    if case.method == "DELETE" {
        statuses.insert(409);
    }
    let paid = ["/extend", "/v1/top-ups", "/subscriptions", "/v1/customers"];
    if case.method != "GET" && paid.iter().any(|end| name.ends_with(end))
        || name.contains("/subscriptions/")
    {
        statuses.insert(402);
    }
    if name == "GET /v1/reconciliation" {
        statuses.insert(409);
    }
    if name == "GET /healthz" || name == "HEAD /healthz" {
        statuses.retain(|status| matches!(status, 421 | 429 | 500 | 503));
    }
    statuses
}

/// What is seen of a list is what any of its items has; what always comes is what all of them have.
#[test]
fn items_of_a_list_are_described_together() {
    let list = json!([{ "a_field": "x", "b_field": null }, { "b_field": 1 }]);
    let items = json!({ "type": "object", "required": ["b_field"], "properties": {
        "a_field": { "type": "string" }, "b_field": { "type": ["number", "null"] } } });
    assert_eq!(shape(&list), json!({ "type": "array", "items": items }));
    assert_eq!(merged(json!({}), items.clone()), items);
}

/// Every name that a handler looks for in a query is one that some call tells of.
#[test]
fn every_name_of_a_query_is_described() {
    let told: BTreeSet<&str> = QUERIES
        .iter()
        .flat_map(|(_, names)| names.split_whitespace())
        .chain(PAGE.split(' '))
        .collect();
    for (file, text) in sources() {
        for call in [
            "query(\"",
            "query_flag(\"",
            "query_number(\"",
            "within(context, \"",
            "within(request, \"",
        ] {
            for name in text
                .split(call)
                .skip(1)
                .filter_map(|rest| rest.split('"').next())
            {
                assert!(told.contains(name), "{file} asks for {name}");
            }
        }
    }
}
