//! From a path to its handler: whatever stands in a placeholder, it reaches its own route or none; and it
//! does not matter by which of the two ways a request reaches its wallet.

use std::cell::{Cell, RefCell};

use proptest::prelude::*;
use scrip::engine::OnUnpriced;
use scrip::wire::Problem;
use scrip::worker::dispatch::{First, Handler, Route, Routes, first, handle, takes_body};
use scrip::worker::edge::call::Call;
use scrip::worker::edge::config::Config;
use scrip::worker::edge::context::Context;
use scrip::worker::edge::key_cache::{KeyCache, KnownKey};
use scrip::worker::edge::rate::Limit;
use scrip::worker::edge::reply::Reply;
use scrip::worker::edge::request::Request;
use scrip::worker::edge::rows::{Outcomes, Statement};
use scrip::worker::edge::world::{Answered, Outgoing, Said, Unanswered, Waits, World};
use scrip::worker::routes::ROUTES;
use serde_json::{Value, json};
use sha2::{Digest, Sha256};

use crate::edge_cases::Stage;
use crate::world::{Memory, NOW, Sent, block_on, sent};

/// What may stand in a placeholder, and how a handler sees it.
pub fn hostile() -> Vec<(String, String)> {
    let same = |text: &str| (text.to_owned(), text.to_owned());
    let seen = |text: &str, seen: &str| (text.to_owned(), seen.to_owned());
    vec![
        seen("..%2f..%2fkeys", "../../keys"),
        seen("%2F", "/"),
        seen("a%2Fwallet", "a/wallet"),
        same(".."),
        same("."),
        seen("%2e%2e", ".."),
        seen("%00", "\0"),
        seen("a%0Ab", "a\nb"),
        seen("%20", " "),
        same("%zz"),
        same("%"),
        same("%+1"),
        // Not UTF-8, so it stays as it was sent.
        same("%ff%fe"),
        same("%c3%28"),
        seen("%C3%BC", "ü"),
        seen("%F0%9F%92%B8", "💸"),
        same("{id}"),
        same("*"),
        same(":id"),
        same("'%20OR%20'1'='1".replace("%20", "+").as_str()),
        same(&"x".repeat(10_000)),
        same(&"%ff".repeat(3_000)),
        same("18446744073709551616"),
        same("-1"),
        same(";"),
        same("a;b=c"),
        same("cust_00000000000000000000000000"),
    ]
}

/// A path of a route with the same value in each placeholder.
pub fn path_with(path: &str, value: &str) -> String {
    let parts = path
        .split('/')
        .map(|part| if part.starts_with('{') { value } else { part });
    parts.collect::<Vec<_>>().join("/")
}

pub fn placeholders(path: &str) -> usize {
    path.matches('{').count()
}

const MINE: u16 = 299;
const OTHER: u16 = 298;

/// The table of routes in which only one has this handler, which says what it sees of the path.
fn marked(method: &str, path: &str) -> Routes {
    let mark = |route: &Route| {
        let mine: Handler = Handler::Open(|_, path| {
            Box::pin(async move { Ok(Reply::new(MINE, json!(path).to_string())) })
        });
        let other: Handler =
            Handler::Open(|_, _| Box::pin(async { Ok(Reply::new(OTHER, String::new())) }));
        let is_it = (route.0, route.1) == (method, path);
        (route.0, route.1, route.2, if is_it { mine } else { other })
    };
    let table: Vec<Route> = ROUTES.iter().map(mark).collect();
    Routes::new(table.leak())
}

fn asked(routes: &Routes, world: &dyn World, sent: &Sent) -> Reply {
    let config = Config::default();
    let head = sent.head("req_1", NOW);
    let request = Request::read(&config, &head, Some(&sent.body)).expect("a request");
    let context = Context {
        request: &request,
        world,
    };
    block_on(handle(routes, &context))
}

#[test]
fn whatever_stands_in_a_placeholder_reaches_its_own_route_as_it_was_meant() {
    let world = Memory::new();
    for &(method, path, ..) in ROUTES {
        let routes = marked(method, path);
        for (written, seen) in hostile() {
            let request = sent(method, path_with(path, &written), Value::Null);
            let reply = asked(&routes, &world, &request);
            let what = format!("{method} {path} with {written}");
            assert_eq!(reply.status, MINE, "{what}: {}", reply.body);
            assert_eq!(
                reply.body,
                json!(vec![seen; placeholders(path)]).to_string(),
                "{what}"
            );
        }
    }
}

/// A fixed word wins over a placeholder, and nothing else does.
#[test]
fn a_path_reaches_another_route_only_by_its_own_words() {
    let world = Memory::new();
    let fixed = ROUTES.iter().flat_map(|(_, path, ..)| path.split('/'));
    let fixed: Vec<&str> = fixed
        .filter(|part| !part.is_empty() && !part.starts_with('{'))
        .collect();
    for &(method, path, ..) in ROUTES.iter().filter(|route| placeholders(route.1) > 0) {
        let routes = marked(method, path);
        for word in &fixed {
            let spelled = path_with(path, word);
            let is_route = ROUTES
                .iter()
                .any(|(_, other, ..)| *other != path && fits(other, &spelled));
            let request = sent(method, spelled, Value::Null);
            let status = asked(&routes, &world, &request).status;
            assert!(
                status == MINE || is_route,
                "{method} {path} with {word}: {status}"
            );
            // Written otherwise it is that word no more, but a value.
            let first = format!("%{:02x}{}", word.as_bytes()[0], &word[1..]);
            let request = sent(method, path_with(path, &first), Value::Null);
            assert_eq!(
                asked(&routes, &world, &request).status,
                MINE,
                "{method} {path} {first}"
            );
        }
    }
}

/// Whether a path could be meant for a route.
fn fits(route: &str, path: &str) -> bool {
    let (route, path) = (route.split('/'), path.split('/'));
    let same = |(one, other): (&str, &str)| one.starts_with('{') || one == other;
    route.clone().count() == path.clone().count() && route.zip(path).all(same)
}

#[test]
fn an_empty_placeholder_is_no_route() {
    let world = Memory::new();
    for &(method, path, ..) in ROUTES.iter().filter(|route| placeholders(route.1) > 0) {
        let reply = asked(
            &marked(method, path),
            &world,
            &sent(method, path_with(path, ""), Value::Null),
        );
        assert!(
            matches!(reply.status, 404 | 405),
            "{method} {path}: {}",
            reply.status
        );
        let slash = format!("{}/", path_with(path, "x"));
        let reply = asked(
            &marked(method, path),
            &world,
            &sent(method, slash, Value::Null),
        );
        assert!(
            matches!(reply.status, 404 | 405),
            "{method} {path}/: {}",
            reply.status
        );
    }
}

#[test]
fn whatever_stands_in_a_placeholder_is_nothing_and_changes_nothing() {
    let stage = Stage::new();
    let before = stage.world.everything();
    for case in stage
        .cases()
        .iter()
        .filter(|case| placeholders(case.path) > 0)
    {
        for (written, seen) in hostile() {
            let mut call = case.sent.clone();
            call.path = path_with(case.path, &written);
            let reply = stage.world.one(&call);
            let what = format!(
                "{} with {written}: {} {}",
                case.name(),
                reply.status,
                reply.body
            );
            // A budget or a topic may be called by such a word, of nobody.
            let nothing = matches!(reply.status, 404 | 422);
            let topic = case.path == "/v1/webhooks/test/{topic}";
            assert!(nothing || (topic && reply.status == 202), "{what}");
            assert!(
                seen.len() < 300 || reply.body.len() < 2 * seen.len() * 6 + 1_000,
                "{what}"
            );
        }
    }
    let after = stage.world.everything();
    let events = |line: &&String| !line.starts_with("webhook_event ");
    let [before, after] =
        [&before, &after].map(|all| all.iter().filter(events).collect::<Vec<_>>());
    assert!(before == after);
}

// Before the body.

/// Whether the body of a call by this key is read.
fn reads_body(routes: &Routes, sent: &Sent, keys: &KeyCache) -> bool {
    let config = Config::default();
    let head = sent.head("req_1", NOW);
    let request = Request::read(&config, &head, Some(&[])).expect("a request");
    takes_body(routes, &request, keys)
}

#[test]
fn a_body_is_read_only_where_one_may_be_and_the_key_could_be_one() {
    let (routes, keys) = (Routes::new(ROUTES), KeyCache::default());
    for &(method, path, scope, ..) in ROUTES {
        let request = sent(method, path_with(path, "x"), Value::Null);
        let may_have_one = matches!(method, "POST" | "PUT" | "PATCH");
        let good = request.clone().by("sk_test_0123456789");
        let what = format!("{method} {path}");
        assert_eq!(reads_body(&routes, &good, &keys), may_have_one, "{what}");
        let is_open = scope == scrip::worker::edge::principal::Scope::Open;
        let long = format!("sk_live_{}", "x".repeat(300));
        // The local key is none here.
        for bad in [
            "",
            "x",
            "Basic abc",
            "sk_test_",
            "sk_test_a-b",
            "sk_test_local",
            &long,
        ] {
            let bad = request.clone().by(bad);
            let reads = reads_body(&routes, &bad, &keys);
            assert_eq!(reads, may_have_one && is_open, "{what}");
        }
        let nowhere = sent(method, "/v1/nothing", Value::Null).by("sk_test_0123456789");
        assert!(!reads_body(&routes, &nowhere, &keys), "{what}");
    }
    let other_method = sent("PUT", "/v1/authorize", Value::Null).by("sk_test_0123456789");
    assert!(!reads_body(&routes, &other_method, &keys));
}

// Two ways to one wallet.

/// A world with one wallet, which writes down what it is asked.
struct Listening {
    keys: KeyCache,
    heard: RefCell<Vec<(String, String)>>,
    directory: Cell<usize>,
}

impl World for Listening {
    fn directory(&self, _: Vec<Statement>) -> Waits<'_, Result<Outcomes, Problem>> {
        self.directory.set(self.directory.get() + 1);
        Box::pin(async { Ok(Outcomes::default()) })
    }

    fn wallet<'a>(&'a self, call: &Call, body: &str) -> Waits<'a, Result<Reply, Problem>> {
        self.heard
            .borrow_mut()
            .push((call.to_text(), body.to_owned()));
        Box::pin(async { Ok(Reply::ok("heard".to_owned())) })
    }

    fn shipped<'a>(&'a self, _: &str) -> Waits<'a, Result<(), Problem>> {
        Box::pin(async { Ok(()) })
    }

    fn send(&self, _: Outgoing) -> Waits<'_, Result<Answered, Unanswered>> {
        Box::pin(async { Err(Unanswered::Unreachable) })
    }

    fn ask(&self, _: Outgoing) -> Waits<'_, Result<Said, Unanswered>> {
        Box::pin(async { Err(Unanswered::Unreachable) })
    }

    fn pause(&self, _: u32) -> Waits<'_, ()> {
        Box::pin(async {})
    }

    fn clock(&self) -> i64 {
        NOW
    }

    fn random(&self) -> String {
        String::new()
    }

    fn lets<'a>(&'a self, _: Limit, _: &str) -> Waits<'a, bool> {
        Box::pin(async { true })
    }

    fn keys(&self) -> &KeyCache {
        &self.keys
    }
}

const KEY: &str = "sk_test_remembered";

fn listening(scopes: Option<&str>) -> Listening {
    let keys = KeyCache::default();
    let key = KnownKey {
        account_id: "acc_1".to_owned(),
        mode: "test".to_owned(),
        scopes: scopes.map(str::to_owned),
        expires_at: None,
        connected: None,
        on_unpriced: OnUnpriced::Deny,
        token: None,
    };
    let digest = Sha256::digest(KEY.as_bytes()).into();
    keys.remember((digest, None), key, NOW, keys.changes());
    Listening {
        keys,
        heard: RefCell::default(),
        directory: Cell::default(),
    }
}

/// What a placeholder of a route may be: mostly what it should be.
fn placeholder() -> impl Strategy<Value = String> {
    let customer = "cust_0123456789abcdefghjkmnpqrs";
    let hold = "hold_0123456789abcdefghjkmnpqrs_000000000007";
    prop_oneof![
        4 => Just(customer.to_owned()),
        4 => Just(hold.to_owned()),
        1 => proptest::sample::select(hostile()).prop_map(|(written, _)| written),
        1 => "[a-zA-Z0-9_:%.-]{1,12}",
    ]
}

fn query() -> impl Strategy<Value = String> {
    let names = [
        "limit",
        "offset",
        "cursor",
        "purpose",
        "exclude_expired",
        "effective_from",
    ];
    let values = [
        "1",
        "0",
        "100",
        "101",
        "-1",
        "",
        "paid",
        "true",
        "2026-01-31",
        "x",
        "%zz",
        "+",
    ];
    let pair = (
        proptest::sample::select(names.to_vec()),
        proptest::sample::select(values.to_vec()),
    );
    let pair = pair.prop_map(|(name, value)| format!("{name}={value}"));
    proptest::collection::vec(pair, 0..3).prop_map(|pairs| match pairs.as_slice() {
        [] => String::new(),
        pairs => format!("?{}", pairs.join("&")),
    })
}

fn body() -> impl Strategy<Value = Vec<u8>> {
    let customer = "cust_0123456789abcdefghjkmnpqrs";
    let bodies = vec![
        String::new(),
        "{}".to_owned(),
        "[".to_owned(),
        "null".to_owned(),
        json!({"customer_id": customer, "asset": "USD", "amount": "1"}).to_string(),
        json!({"customer_external_id": "acme", "id": "a"}).to_string(),
        json!({"customer_id": customer, "customer_external_id": "acme"}).to_string(),
        json!({"customer_id": "x/../y", "events": []}).to_string(),
        json!({"customer_id": 7}).to_string(),
    ];
    prop_oneof![
        8 => proptest::sample::select(bodies).prop_map(String::into_bytes),
        1 => proptest::collection::vec(any::<u8>(), 0..20),
        1 => Just(vec![b' '; scrip::wire::json::MAX_BODY + 1]),
    ]
}

prop_compose! {
    fn wallet_request()(
        place in any::<proptest::sample::Index>(),
        values in proptest::collection::vec(placeholder(), 3),
        query in query(),
        body in body(),
        idempotency_key in proptest::option::of("[a-z]{1,3}|x{256}"),
        prefer in proptest::option::of("return=(representation|minimal)|respond-async, return=representation"),
        content_type in proptest::sample::select(vec!["application/json", "text/plain", "", "application/json; charset=utf-8"]),
        account in proptest::option::weighted(0.1, "acc_[12]"),
    ) -> Sent {
        let wallets = ROUTES.iter().filter(|route| matches!(route.3, Handler::Wallet(_)));
        let wallets: Vec<&Route> = wallets.collect();
        let (method, path, ..) = *wallets[place.index(wallets.len())];
        let mut values = values.into_iter();
        let parts = path.split('/').map(|part| match part.starts_with('{') {
            true => values.next().unwrap_or_default(),
            false => part.to_owned(),
        });
        let path = parts.collect::<Vec<_>>().join("/") + &query;
        Sent {
            body,
            idempotency_key,
            prefer,
            content_type,
            account,
            ..sent(method, path, Value::Null).by(KEY)
        }
    }
}

proptest! {
    #![proptest_config(crate::properties::config(2_000))]

    #[test]
    fn a_remembered_key_reaches_the_wallet_in_the_same_way_with_and_without_waiting(
        sent in wallet_request(),
        scopes in proptest::sample::select(vec![None, Some("read"), Some("write"), Some("read,write")]),
    ) {
        let (routes, config) = (Routes::new(ROUTES), Config::default());
        let head = sent.head("req_1", NOW);
        let request = Request::read(&config, &head, Some(&sent.body)).expect("a request");
        let world = listening(scopes);
        let at_once = first(&routes, &request, &world.keys);
        prop_assert!(world.heard.borrow().is_empty());
        let context = Context { request: &request, world: &world };
        let waited = block_on(handle(&routes, &context));
        match at_once {
            First::Forward(call) => {
                prop_assert_eq!(&*world.heard.borrow(), &[(call.to_text(), request.body.to_owned())]);
                prop_assert_eq!(waited.body, "heard");
                prop_assert_eq!(world.directory.get(), 0);
            }
            // Something is wrong; or it acts for another account, and whether it may is not known yet; or
            // a value has made a path of another route.
            First::Wait => prop_assert!(sent.account.is_some() || waited.body != "heard"),
        }
    }
}
