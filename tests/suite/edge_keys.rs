//! What a key may do: exactly what the table of routes says, and not a moment longer than it is valid.

use scrip::engine::OnUnpriced;
use scrip::worker::edge::config::Config;
use scrip::worker::edge::principal::Scope;
use scrip::worker::edge::reply::Reply;
use scrip::worker::routes::ROUTES;
use serde_json::{Value, json};

use crate::edge_cases::{Case, Stage, text};
use crate::edge_paths::{hostile, path_with, placeholders};
use crate::edge_stripe::key_of;
use crate::world::{Asked, Memory, NOW, Sent, get, post, sent};

fn scope_of(case: &Case) -> Scope {
    let mut routes = ROUTES.iter();
    let route = routes.find(|(method, path, ..)| (*method, *path) == (case.method, case.path));
    route.expect("a route").2
}

/// A key with these scopes; all of them where none are named.
fn key_with(world: &Memory, name: &str, scopes: &[&str]) -> String {
    let mut body = json!({"name": name});
    if !scopes.is_empty() {
        body["scopes"] = json!(scopes);
    }
    text(&world.get(&post("/v1/keys", body), 201), "key")
}

/// The status that a route must answer to who has these scopes, or to who has no valid key.
fn expected(case: &Case, scopes: Option<&[&str]>) -> u16 {
    match (scope_of(case).word(), scopes) {
        (None, _) => case.status,
        (Some(_), None) => 401,
        (Some(word), Some(scopes)) if scopes.contains(&word) => case.status,
        (Some(_), Some(_)) => 403,
    }
}

fn assert_status(reply: &Reply, status: u16, case: &Case, who: &str) {
    assert_eq!(
        reply.status,
        status,
        "{} by {who}: {}",
        case.name(),
        reply.body
    );
}

#[test]
fn every_route_takes_the_keys_that_the_table_says_and_no_others() {
    let stage = Stage::new();
    const ALL: &[&str] = &["read", "write", "admin"];
    let keys: Vec<(String, &[&str])> = [&ALL[..1], &ALL[1..2], &ALL[2..], &ALL[..2], ALL]
        .into_iter()
        .map(|scopes| (key_with(&stage.world, &scopes.join("+"), scopes), scopes))
        .collect();
    for (key, scopes) in &keys {
        let who = scopes.join("+");
        for case in stage.cases() {
            // Who may not do it changes nothing, whether the key is looked up or remembered.
            let world = stage.world.copy();
            let before = world.everything();
            let status = expected(&case, Some(scopes));
            let call = case.sent.clone().by(key);
            assert_status(&world.one(&call), status, &case, &who);
            if status == 403 {
                assert_status(&world.one(&call), 403, &case, &who);
                assert!(world.everything() == before, "{} by {who}", case.name());
                assert!(world.called.borrow().is_empty(), "{} by {who}", case.name());
            }
        }
    }
}

#[test]
fn whatever_stands_in_a_path_a_key_needs_the_scope_of_the_route() {
    let stage = Stage::new();
    const SOME: [&[&str]; 3] = [&["read"], &["write"], &["admin"]];
    let keys = SOME.map(|scopes| (key_with(&stage.world, scopes[0], scopes), scopes));
    let before = stage.world.everything();
    stage.world.called.borrow_mut().clear();
    let mut tried = 0;
    for case in stage.cases() {
        for (written, _) in hostile() {
            for (key, scopes) in &keys {
                let mut call = case.sent.clone().by(key);
                call.path = path_with(case.path, &written);
                if expected(&case, Some(scopes)) != 403 || placeholders(case.path) == 0 {
                    continue;
                }
                // A value may make it the path of another route, which says itself what it needs.
                tried += 1;
                let who = format!("{} with {written}", scopes[0]);
                assert_status(&stage.world.one(&call), 403, &case, &who);
            }
        }
    }
    assert!(tried > 1_000, "{tried}");
    assert!(stage.world.everything() == before);
    assert!(stage.world.called.borrow().is_empty());
}

#[test]
fn without_a_valid_key_nothing_happens_and_no_wallet_is_called() {
    let stage = Stage::new();
    let nobodys = format!("sk_test_{}", "0".repeat(52));
    let revoked = key_with(&stage.world, "revoked", &[]);
    let id = text(
        &stage
            .world
            .rows("SELECT id FROM api_key WHERE name = 'revoked'")[0],
        "id",
    );
    stage
        .world
        .get(&sent("DELETE", format!("/v1/keys/{id}"), Value::Null), 204);
    let long = format!("sk_test_{}", "x".repeat(300));
    for key in ["", "x", "sk_live_local", &nobodys, &revoked, &long] {
        for case in stage.cases() {
            let world = stage.world.copy();
            let before = world.everything();
            let reply = world.one(&case.sent.clone().by(key));
            assert_status(&reply, expected(&case, None), &case, key);
            if reply.status == 401 {
                assert!(world.everything() == before, "{}", case.name());
                assert!(world.called.borrow().is_empty(), "{}", case.name());
            }
        }
    }
}

#[test]
fn a_key_acts_for_no_account_but_its_own_and_those_it_has_made() {
    let stage = Stage::new();
    let theirs = text(
        &stage
            .world
            .get(&post("/v1/accounts", json!({"name": "x"})), 201),
        "id",
    );
    for (account, fine) in [("acc_default", true), (&theirs, true), ("acc_other", false)] {
        let world = stage.world.copy();
        for case in stage.cases() {
            let mut call = case.sent.clone();
            call.account = Some(account.to_owned());
            let status = world.copy().one(&call).status;
            let refused = status == 403;
            let keyless = scope_of(&case) == Scope::Open;
            assert_eq!(
                refused,
                !fine && !keyless,
                "{} for {account}: {status}",
                case.name()
            );
        }
    }
}

/// A live key of the default account, as `make key` makes one.
fn live_key(world: &Memory) -> String {
    key_of(world, "acc_default", "live")
}

fn assert_wrong_side(world: &Memory, call: &Sent) {
    let before = world.everything();
    // Looked up, and remembered.
    for _ in 0..2 {
        let asked = format!("{} {}", call.method, call.path);
        let said = world.get(call, 404);
        assert_eq!(said["code"], "wrong_side", "{asked}: {said}");
        let detail = text(&said, "detail");
        assert!(detail.contains("belongs to the test side"), "{detail}");
    }
    assert!(world.everything() == before);
    assert!(world.called.borrow().is_empty(), "no wallet is called");
}

/// The ids of every route, in its path, its query or its body.
#[test]
fn a_test_id_under_a_live_key_says_that_it_belongs_to_the_test_side() {
    let mut stage = Stage::new();
    stage.world.deploy();
    let key = live_key(&stage.world);
    let mut paths = 0;
    for case in stage.cases() {
        let ours = ["/{id}", "/{subscription}", "/{product}"].iter();
        let is_ours = ours.clone().any(|name| case.path.contains(name));
        // A key's id is a part of its hash.
        if !is_ours || scope_of(&case) == Scope::Open || case.path.starts_with("/v1/keys") {
            continue;
        }
        paths += 1;
        let world = stage.world.copy();
        assert_wrong_side(&world, &case.sent.clone().by(&key));
    }
    assert!(paths > 40, "{paths}");
    let (customer, product) = (&stage.customer, stage.product());
    let urls = crate::edge_cases::with_urls(json!({"customer_id": customer}));
    let ask = json!({"id": "a", "customer_id": customer, "asset": "USD", "amount": "1"});
    let event = json!({"id": "e", "event_type": "chat", "occurred_at": "2026-09-21T00:00:00Z"});
    let subscriptions = json!([{"products": [{"id": product}]}]);
    for call in [
        post("/v1/authorize", ask),
        post(
            "/v1/events",
            json!({"customer_id": customer, "events": [event]}),
        ),
        post("/v1/top-ups", crate::edge_cases::top_up_of(customer)),
        post("/v1/billing-portal/sessions", urls),
        post(
            "/v1/customers",
            json!({"name": "x", "subscriptions": subscriptions}),
        ),
        get(format!("/v1/events?customer_id={customer}")),
        get(format!("/v1/events/e?customer_id={customer}")),
        get(format!("/v1/customers?customer_id={customer}")),
    ] {
        assert_wrong_side(&stage.world.copy(), &call.by(&key));
    }
}

#[test]
fn the_same_calls_on_both_sides_make_no_id_twice() {
    let world = Memory::deployed();
    let (test, live) = (key_of(&world, "acc_default", "test"), live_key(&world));
    let made = |by: &str| {
        let make = |path: &str, body: Value| {
            text(&world.get(&post(path, body).once("one").by(by), 201), "id")
        };
        let customer = make(
            "/v1/customers",
            json!({"name": "Acme", "external_id": "acme"}),
        );
        let credit =
            json!({"transaction_id": "t", "asset": "USD", "amount": "9", "reason": "gift"});
        world.get(
            &post(
                format!("/v1/customers/{customer}/wallet/adjustments"),
                credit,
            )
            .by(by),
            201,
        );
        let ask = json!({"id": "a", "customer_id": customer, "asset": "USD", "amount": "1"});
        let hold = world.get(&post("/v1/authorize", ask).by(by), 200);
        [
            customer,
            text(&hold["hold"], "id"),
            make("/v1/customers", json!({"name": "Anonymous"})),
            make("/v1/vendors", json!({"name": "Models"})),
            make("/v1/accounts", json!({"name": "Below"})),
            make("/v1/stripe/endpoints", json!({"name": "Shop"})),
            make(
                "/v1/products",
                crate::edge_cases::product(
                    "p",
                    &json!({"usage_calculation":
                {"event_type": "chat", "usage_type": "unit"}, "pricing": [{"asset": "USD",
                "values": [{"unit_price": "1"}]}]}),
                ),
            ),
        ]
    };
    let sides = [made(&test), made(&live)];
    for (test, live) in sides[0].iter().zip(&sides[1]) {
        assert_ne!(test, live);
        let said = [test, live].map(|id| scrip::wire::ids::side_of(id));
        assert_eq!(said, [Some("test"), Some("live")], "{test} {live}");
    }
}

/// The second door: who starts a server in another way than ours is answered nothing at all.
#[test]
fn a_local_server_with_a_live_secret_answers_nothing_and_says_why() {
    let mut stage = Stage::new();
    stage.world.config.stripe_secrets_live = "whsec_live".to_owned();
    for case in stage.cases() {
        let world = stage.world.copy();
        let before = world.everything();
        let reply = world.one(&case.sent);
        assert_eq!(reply.status, 503, "{}: {}", case.name(), reply.body);
        assert!(
            reply.body.contains("STRIPE_WEBHOOK_SECRET_LIVE is set"),
            "{}",
            reply.body
        );
        assert!(world.everything() == before, "{}", case.name());
    }
    stage.world.deploy();
    let key = key_of(&stage.world, "acc_default", "test");
    stage.world.get(&get("/v1/customers").by(&key), 200);
}

fn assert_no_live_side(world: &Memory, call: &Sent) {
    let before = world.everything();
    // Looked up, and remembered.
    for _ in 0..2 {
        let reply = world.one(call);
        let asked = format!("{} {}", call.method, call.path);
        assert_eq!(reply.status, 403, "{asked}: {}", reply.body);
        let told = reply.body.contains("This server is local");
        assert!(
            told && reply.body.contains("Use a test key here"),
            "{asked}: {}",
            reply.body
        );
    }
    assert!(world.everything() == before, "{}", call.path);
    assert!(world.called.borrow().is_empty(), "no wallet is called");
}

/// A directory that a deployment has written, under a local server: keys, links and Stripe endpoints.
#[test]
fn a_local_server_has_no_live_side_whatever_its_directory_says() {
    let mut stage = Stage::new();
    let local = stage.world.config.clone();
    stage.world.deploy();
    let key = live_key(&stage.world);
    let make =
        |path: &str, body: Value, status| stage.world.get(&post(path, body).by(&key), status);
    let acme = json!({"name": "Acme", "external_id": "acme"});
    let customer = text(&make("/v1/customers", acme, 201), "id");
    let session = crate::edge_cases::with_urls(json!({"customer_id": customer}));
    let link = || {
        let made = make("/v1/billing-portal/sessions", session.clone(), 200);
        crate::edge_cases::path_of(&text(&made, "redirect_url"))
    };
    let (opened, new) = (link(), link());
    let mut page = get("/portal");
    page.cookie = Some(crate::edge_cases::cookie_of(&stage.world, &opened));
    let endpoint = json!({"name": "Shop", "secret": "whsec_live"});
    let endpoint = text(&make("/v1/stripe/endpoints", endpoint, 201), "id");
    let mut event =
        crate::signed::payment_event("pi_1", 100, json!({"scrip_customer_id": customer}));
    event["livemode"] = true.into();
    event["data"]["object"]["livemode"] = true.into();
    let event = crate::signed::stripe_signed(&format!("/{endpoint}"), "whsec_live", &event);

    // What opens a secret is the same, so that nothing but the side is in its way.
    let secrets_key = stage.world.config.secrets_key.clone();
    stage.world.config = Config {
        secrets_key,
        ..local
    };
    for case in stage.cases() {
        if scope_of(&case) != Scope::Open {
            assert_no_live_side(&stage.world.copy(), &case.sent.clone().by(&key));
        }
    }
    let live = json!({"name": "live", "mode": "live"});
    for call in [page, event, post("/v1/keys", live)] {
        assert_no_live_side(&stage.world.copy(), &call);
    }
    // A link that nobody has opened shows nothing, and leads nowhere.
    let reply = stage.world.one(&get(new));
    assert!(
        reply.status == 403 && reply.body.contains("This server is local"),
        "{}",
        reply.body
    );
    // By another word it is a deployment again, and everything is still there.
    stage.world.config.environment = "deployed".to_owned();
    stage
        .world
        .get(&get(format!("/v1/customers/{customer}")).by(&key), 200);
}

/// Tries a route by a key whose every use would succeed.
fn uses(key: &str) -> [Sent; 2] {
    // One waits for the directory, the other goes to a wallet without waiting for anything.
    let ask = json!({"id": "a", "customer_external_id": "acme", "asset": "USD", "amount": "1"});
    [
        get("/v1/customers").by(key),
        post("/v1/authorize", ask).by(key),
    ]
}

#[test]
fn a_revoked_key_is_refused_at_once_by_the_isolate_that_revoked_it() {
    let stage = Stage::new();
    for (method, path) in [("DELETE", "/v1/keys/{}"), ("POST", "/v1/keys/{}/rotate")] {
        for seed in 0..200 {
            let world = stage.world.copy();
            let key = key_with(&world, "short", &[]);
            let id = &world.rows("SELECT id FROM api_key WHERE name = 'short'")[0]["id"];
            let path = path.replace("{}", id.as_str().expect("an id"));
            let body = if method == "POST" {
                json!({"overlap_seconds": 0})
            } else {
                Value::Null
            };
            // Some use it while it ends: whatever they were told, nobody remembers it afterwards.
            let [read, ask] = uses(&key);
            let all = [
                read.clone(),
                sent(method, path, body),
                ask.clone(),
                read.clone(),
            ];
            let replies = world.race(&all, seed);
            assert!(
                matches!(replies[1].status, 204 | 201),
                "{}",
                replies[1].body
            );
            for call in [&read, &ask] {
                let reply = world.one(call);
                assert_eq!(reply.status, 401, "seed {seed}, {method}: {}", reply.body);
            }
        }
    }
}

#[test]
fn another_isolate_refuses_a_revoked_key_within_a_minute() {
    let stage = Stage::new();
    let key = key_with(&stage.world, "short", &[]);
    // Looked up and remembered.
    for call in uses(&key) {
        stage.world.get(&call, 200);
    }
    let hash = scrip::worker::edge::keyring::hash(&key);
    let revoke = format!("UPDATE api_key SET revoked_at = 'x' WHERE hash = '{hash}'");
    stage.world.rows(revoke.leak());
    for (later, status) in [(0, 200), (59_999, 200), (60_000, 401)] {
        stage.world.clock.set(NOW + later);
        for call in uses(&key) {
            stage.world.get(&call, status);
        }
    }
}

#[test]
fn a_rotated_key_ends_to_the_moment_also_where_it_is_remembered() {
    let stage = Stage::new();
    let key = key_with(&stage.world, "old", &[]);
    let id = &stage
        .world
        .rows("SELECT id FROM api_key WHERE name = 'old'")[0]["id"];
    let path = format!("/v1/keys/{}/rotate", id.as_str().expect("an id"));
    stage
        .world
        .get(&post(path, json!({"overlap_seconds": 30})), 201);
    for (later, status) in [(0, 200), (29_999, 200), (30_000, 401)] {
        stage.world.clock.set(NOW + later);
        for call in uses(&key) {
            stage.world.get(&call, status);
        }
    }
}

// What is remembered of a key, and what is not.

fn id_of(world: &Memory, name: &str) -> String {
    let rows = world.rows("SELECT id, name FROM api_key");
    let row = rows.iter().find(|row| row["name"] == name);
    text(row.expect("the key"), "id")
}

/// A statement that revokes the key of this name, behind everybody's back.
fn revoked(name: &str) -> &'static str {
    format!("UPDATE api_key SET revoked_at = 'x' WHERE name = '{name}'").leak()
}

/// Calls of routes that need `admin`, by this key.
fn admin_calls(stage: &Stage, key: &str) -> Vec<(Case, Sent)> {
    let cases = stage.cases().into_iter();
    let admin = cases.filter(|case| scope_of(case) == Scope::Admin);
    admin
        .map(|case| {
            let call = case.sent.clone().by(key);
            (case, call)
        })
        .collect()
}

#[test]
fn a_key_that_is_revoked_elsewhere_is_no_admin_from_that_moment_on() {
    let stage = Stage::new();
    let key = key_with(&stage.world, "short", &[]);
    for call in uses(&key) {
        stage.world.get(&call, 200);
    }
    stage.world.rows(revoked("short"));
    let before = stage.world.everything();
    for (case, call) in admin_calls(&stage, &key) {
        assert_status(&stage.world.one(&call), 401, &case, "a revoked key");
    }
    assert!(stage.world.everything() == before);
}

/// Revoked between the look-up of the key and the write: the write itself must notice.
#[test]
fn no_admin_route_writes_by_a_key_that_was_revoked_after_it_was_looked_up() {
    let stage = Stage::new();
    let key = key_with(&stage.world, "short", &[]);
    let mut tried = 0;
    for (case, call) in admin_calls(&stage, &key) {
        if case.method == "GET" {
            continue;
        }
        let world = stage.world.copy();
        world.before.set(Some((1, revoked("short"))));
        assert_status(&world.one(&call), 401, &case, "a key revoked meanwhile");
        let expected = stage.world.copy();
        expected.rows(revoked("short"));
        assert!(
            world.everything() == expected.everything(),
            "{}",
            case.name()
        );
        assert!(world.sent.borrow().is_empty(), "{}", case.name());
        tried += 1;
    }
    assert!(tried >= 10, "{tried}");
}

#[test]
fn only_a_key_that_has_changed_is_looked_up_again() {
    let stage = Stage::new();
    let world = &stage.world;
    let [kept, gone] = ["kept", "gone"].map(|name| key_with(world, name, &[]));
    let looked_up = |call: &Sent, status: u16| {
        let before = world.questions(Asked::Directory);
        world.get(call, status);
        world.questions(Asked::Directory) - before
    };
    let ask = |key: &str| uses(key)[1].clone();
    for key in [&kept, &gone] {
        assert_eq!(looked_up(&ask(key), 200), 1);
        assert_eq!(looked_up(&ask(key), 200), 0);
    }
    // Nothing has changed: no such key, and none of this side.
    world.get(&sent("DELETE", "/v1/keys/key_none", Value::Null), 404);
    let rotate = post("/v1/keys/key_none/rotate", json!({}));
    world.get(&rotate, 404);
    for key in [&kept, &gone] {
        assert_eq!(looked_up(&ask(key), 200), 0);
    }
    let path = format!("/v1/keys/{}", id_of(world, "gone"));
    world.get(&sent("DELETE", path, Value::Null), 204);
    assert_eq!(looked_up(&ask(&kept), 200), 0);
    assert_eq!(looked_up(&ask(&gone), 401), 1);
    // A text that was no key a moment ago is not looked up again, for five seconds.
    assert_eq!(looked_up(&ask(&gone), 401), 0);
    world.clock.set(NOW + 4_999);
    assert_eq!(looked_up(&ask(&gone), 401), 0);
    world.clock.set(NOW + 5_000);
    assert_eq!(looked_up(&ask(&gone), 401), 1);
}

#[test]
fn what_is_not_the_callers_own_is_not_remembered() {
    let stage = Stage::new();
    let world = &stage.world;
    let key = key_with(world, "one", &[]);
    let [_, ask] = uses(&key);
    world.get(&ask, 200);
    let before = world.keys.sizes();
    for number in 0..20 {
        let mut call = ask.clone();
        call.account = Some(format!("acc_{number}"));
        world.get(&call, 403);
        // What cannot be an account is not even asked for.
        let questions = world.questions(Asked::Directory);
        call.account = Some("x".repeat(5_000));
        world.get(&call, 403);
        assert_eq!(world.questions(Asked::Directory), questions);
    }
    assert_eq!(world.keys.sizes(), before);
}

#[test]
fn what_is_remembered_is_bounded_in_entries_and_in_bytes() {
    use scrip::worker::edge::key_cache::{BYTES, ENTRIES, KeyCache, KnownKey};
    let cache = KeyCache::default();
    let digest = |number: u32| {
        let mut digest = [0; 32];
        digest[..4].copy_from_slice(&number.to_be_bytes());
        digest
    };
    for number in 0..5_000_u32 {
        let size = usize::try_from(number % 700).expect("a size");
        let key = KnownKey {
            account_id: "a".repeat(size),
            mode: "test".to_owned(),
            scopes: None,
            expires_at: None,
            connected: None,
            on_unpriced: OnUnpriced::Deny,
            token: None,
        };
        let now = i64::from(number);
        cache.remember((digest(number), None), key, now, cache.changes());
        cache.remember_unknown(digest(number), 0);
        let [entries, bytes, unknown] = cache.sizes();
        assert!(entries <= ENTRIES && bytes <= BYTES && unknown <= ENTRIES);
        // The last one is there, whoever had to go.
        assert!(cache.get(&(digest(number), None), now).is_some());
    }
    // Once all have ended, they make room for the first that comes.
    let key = cache.get(&(digest(4_999), None), 4_999).expect("a key");
    let [entries, ..] = cache.sizes();
    assert!(entries > 500, "{entries}");
    cache.forget(|one| *one == digest(4_998));
    assert_eq!(cache.sizes()[0], entries - 1);
    for number in 10_000..10_000 + 1_000 {
        cache.remember(
            (digest(number), None),
            key.clone(),
            1_000_000,
            cache.changes(),
        );
    }
    assert_eq!(cache.get(&(digest(4_999), None), 0), None);
}

// How often.

fn retry_after(world: &Memory, call: &Sent) -> Option<u16> {
    let reply = world.one(call);
    assert_eq!(
        reply.status == 429,
        reply.retry_after.is_some(),
        "{}",
        reply.body
    );
    reply.retry_after
}

#[test]
fn an_address_whose_keys_fail_too_often_is_turned_away_without_a_look() {
    let stage = Stage::new();
    let world = &stage.world;
    let good = key_with(world, "good", &[]);
    let late = key_with(world, "late", &[]);
    let from = |key: &str, address: &str| {
        let mut call = uses(key)[1].clone();
        call.address = Some(address.to_owned());
        call
    };
    world.get(&from(&good, "192.0.2.1"), 200);
    for number in 0..100 {
        let wrong = if number % 2 == 0 {
            "x".to_owned()
        } else {
            format!("sk_test_{number}")
        };
        assert_eq!(world.one(&from(&wrong, "192.0.2.1")).status, 401);
    }
    let questions = world.questions(Asked::Directory);
    assert_eq!(
        retry_after(world, &from("sk_test_new", "192.0.2.1")),
        Some(1)
    );
    assert_eq!(retry_after(world, &from("x", "192.0.2.1")), Some(1));
    // Who is remembered goes on; who is not has to wait, as nobody can say yet who he is.
    world.get(&from(&good, "192.0.2.1"), 200);
    assert_eq!(retry_after(world, &from(&late, "192.0.2.1")), Some(1));
    assert_eq!(world.questions(Asked::Directory), questions);
    world.get(&from(&late, "192.0.2.2"), 200);
    world.clock.set(NOW + 600);
    assert_eq!(world.one(&from("sk_test_new", "192.0.2.1")).status, 401);
    assert_eq!(
        retry_after(world, &from("sk_test_newer", "192.0.2.1")),
        Some(1)
    );
}

#[test]
fn what_the_platform_refuses_is_refused_here_without_asking_until_its_period_is_over() {
    let stage = Stage::new();
    let world = &stage.world;
    let key = key_with(world, "busy", &[]);
    let [read, ask] = uses(&key);
    world.get(&read, 200);
    world.get(&ask, 200);
    world.lets.set(0);
    assert_eq!(retry_after(world, &read), Some(60));
    let asked = world.counted.borrow().clone();
    for call in [&read, &ask] {
        assert_eq!(retry_after(world, call), Some(60));
    }
    assert_eq!(*world.counted.borrow(), asked);
    // The same for an address, by whose keys the directory was asked.
    let mut wrong = read.clone().by("sk_test_0");
    wrong.address = Some("2001:db8::1".to_owned());
    assert_eq!(retry_after(world, &wrong), Some(60));
    wrong.address = Some("2001:db8::2".to_owned());
    assert_eq!(retry_after(world, &wrong.by("sk_test_1")), Some(60));
    world.lets.set(u32::MAX);
    for (later, call) in [(60_000, &read), (60_001, &ask)] {
        world.clock.set(NOW + later);
        world.get(call, 200);
    }
}

#[test]
fn a_key_calls_a_wallet_as_often_as_its_rate_says_and_then_is_told_to_wait() {
    let stage = Stage::new();
    let world = &stage.world;
    let key = key_with(world, "busy", &["read"]);
    let path = format!("/v1/customers/{}/wallet", stage.customer);
    let call = get(path).by(&key);
    let mut passed = 0;
    while world.one(&call).status == 200 {
        passed += 1;
        assert!(passed <= 10_000);
    }
    assert_eq!(passed, 10_000);
    assert_eq!(retry_after(world, &call), Some(1));
    world.clock.set(NOW + 1);
    world.get(&call, 200);
    assert_eq!(retry_after(world, &call), Some(1));
    // Others go on.
    world.get(&uses(&key_with(world, "another", &[]))[1], 200);
}

// What is logged.

#[test]
fn failed_keys_and_changes_by_admins_are_logged_with_the_request_and_never_a_secret() {
    let stage = Stage::new();
    let world = &stage.world;
    let key = key_with(world, "admin", &[]);
    world.logged.borrow_mut().clear();
    let mut wrong = get("/v1/customers").by("sk_test_wrong");
    wrong.address = Some("192.0.2.7".to_owned());
    let reply: Value = serde_json::from_str(&world.one(&wrong).body).expect("a problem");
    let made = world.get(&post("/v1/keys", json!({"name": "new"})).by(&key), 201);
    world.get(&get("/v1/customers").by(&key), 200);
    let logged: Vec<Value> = world
        .logged
        .borrow()
        .iter()
        .map(|line| {
            assert!(!line.contains('\n'), "one line");
            serde_json::from_str(line).expect("JSON")
        })
        .collect();
    let [failed, changed] = &logged[..] else {
        panic!("two lines: {logged:?}")
    };
    assert_eq!(failed["log"], "authentication_failed");
    assert_eq!(failed["request_id"], reply["request_id"]);
    assert_eq!(failed["address"], "192.0.2.7");
    assert_eq!(changed["log"], "changed_by_admin");
    assert_eq!(changed["path"], "/v1/keys");
    assert_eq!(changed["key"], id_of(world, "admin").as_str());
    let all = format!("{logged:?}");
    for secret in ["sk_test_wrong", &key, &text(&made, "key")] {
        assert!(!all.contains(secret), "{all}");
    }
}

// What an account has decided.

/// An authorization of something that no price knows.
fn unpriced(world: &Memory, call: Sent, id: &str) -> String {
    let id = format!("video_{id}");
    let body =
        json!({"id": id, "customer_external_id": "acme", "events": [{"event_type": "video"}]});
    let sent = Sent {
        body: body.to_string().into(),
        ..call
    };
    let reply = world.get(&sent, 200);
    let code = reply["code"].as_str();
    code.unwrap_or_else(|| reply["decision"].as_str().expect("a decision"))
        .to_owned()
}

#[test]
fn a_setting_is_of_one_side_of_one_account_and_known_at_once_where_it_was_changed() {
    const SETTINGS: &str = "/v1/accounts/self/settings";
    let stage = Stage::new();
    let world = &stage.world;
    let below = text(
        &world.get(&post("/v1/accounts", json!({"name": "Other"})), 201),
        "id",
    );
    let key = key_with(world, "platform", &[]);
    let own = || post("/v1/authorize", Value::Null).by(&key);
    let local = || post("/v1/authorize", Value::Null);
    let others = || Sent {
        account: Some(below.clone()),
        ..own()
    };
    let customer = Sent {
        account: Some(below.clone()),
        ..post(
            "/v1/customers",
            json!({"name": "Acme", "external_id": "acme"}),
        )
        .by(&key)
    };
    world.get(&customer, 201);
    for (place, call) in [own(), local(), others()].into_iter().enumerate() {
        assert_eq!(unpriced(world, call, &format!("a{place}")), "price_missing");
    }
    assert_eq!(world.get(&get(SETTINGS).by(&key), 200)["unpriced"], "deny");
    world.logged.borrow_mut().clear();
    let allow = sent("PATCH", SETTINGS, json!({"unpriced": "allow"})).by(&key);
    assert_eq!(world.get(&allow, 200)["unpriced"], "allow");
    let logged = world.logged.borrow().join("\n");
    assert!(
        logged.contains("changed_by_admin") && logged.contains(SETTINGS),
        "{logged}"
    );
    // Every key that acts for this side, at once; no other account's.
    for (place, call) in [own(), local()].into_iter().enumerate() {
        assert_eq!(unpriced(world, call, &format!("b{place}")), "approved");
    }
    assert_eq!(unpriced(world, others(), "b2"), "price_missing");
    let theirs = Sent {
        account: Some(below.clone()),
        ..allow
    };
    assert_eq!(world.get(&theirs, 200)["unpriced"], "allow");
    assert_eq!(unpriced(world, others(), "c"), "approved");
    // What is wrong changes nothing.
    for body in [
        json!({}),
        json!({"unpriced": "maybe"}),
        json!({"unpriced": "allow", "other": 1}),
    ] {
        world.get(&sent("PATCH", SETTINGS, body).by(&key), 422);
    }
    let deny = sent("PATCH", SETTINGS, json!({"unpriced": "deny"})).by(&key);
    world.get(&deny, 200);
    assert_eq!(unpriced(world, own(), "d"), "price_missing");
    // A replay is the first answer, whatever the setting is by now.
    assert_eq!(unpriced(world, own(), "b0"), "approved");
    assert_eq!(unpriced(world, others(), "e"), "approved");
}

#[test]
fn another_isolate_knows_a_setting_within_a_minute() {
    let stage = Stage::new();
    let world = &stage.world;
    let key = key_with(world, "busy", &[]);
    let call = || post("/v1/authorize", Value::Null).by(&key);
    assert_eq!(unpriced(world, call(), "a"), "price_missing");
    world.rows("INSERT INTO account_setting (account_id, mode, unpriced) VALUES ('acc_default', 'test', 'allow')");
    for (later, answer) in [(59_999, "price_missing"), (60_000, "approved")] {
        world.clock.set(NOW + later);
        assert_eq!(unpriced(world, call(), &format!("b{later}")), answer);
    }
}
