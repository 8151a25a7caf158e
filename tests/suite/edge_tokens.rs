//! Tokens of customers: each does what its scopes say, for its own wallet and no other, for the pages that it
//! allows and not a moment longer than it lasts.

use scrip::worker::edge::reply::Reply;
use scrip::worker::edge::token::Own;
use scrip::worker::routes::ROUTES;
use serde_json::{Value, json};

use crate::edge_cases::{Case, Stage, text, top_up_of};
use crate::world::{Asked, Fault, Lost, Memory, Sent, get, post, sent};

const APP: &str = "https://app.example";

fn own_of(case: &Case) -> (bool, Option<Own>) {
    let mut routes = ROUTES.iter();
    let route = routes.find(|(method, path, ..)| (*method, *path) == (case.method, case.path));
    let scope = route.expect("a route").2;
    (scope.word().is_none(), scope.own())
}

fn new_token(world: &Memory, customer: &str, mut body: Value) -> Value {
    if body["allowed_origins"].is_null() {
        body["allowed_origins"] = json!([APP]);
    }
    world.get(&post(format!("/v1/customers/{customer}/tokens"), body), 201)
}

fn token_with(world: &Memory, customer: &str, scopes: &[&str]) -> String {
    text(
        &new_token(world, customer, json!({"scopes": scopes})),
        "token",
    )
}

fn customer(world: &Memory, external: &str) -> String {
    let body = json!({"name": external, "external_id": external});
    text(&world.get(&post("/v1/customers", body), 201), "id")
}

/// A customer with 100 USD in a world of its own.
fn funded() -> (Memory, String) {
    let world = Memory::new();
    let id = customer(&world, "acme");
    let credit = json!({"transaction_id": "t1", "asset": "USD", "amount": "100", "reason": "gift"});
    world.get(
        &post(format!("/v1/customers/{id}/wallet/adjustments"), credit),
        201,
    );
    (world, id)
}

fn wallet_of(customer: &str) -> Sent {
    get(format!("/v1/customers/{customer}/wallet"))
}

fn code_of(reply: &Reply) -> String {
    let body: Value = serde_json::from_str(&reply.body).unwrap_or_default();
    body["code"].as_str().unwrap_or_default().to_owned()
}

#[test]
fn every_route_takes_the_tokens_that_the_table_says_and_no_others() {
    let stage = Stage::new();
    let mut let_in = 0;
    for own in Own::ALL {
        let token = token_with(&stage.world, &stage.customer, &[own.word()]);
        for case in stage.cases() {
            let world = stage.world.copy();
            let before = world.everything();
            let reply = world.one(&case.sent.clone().by(&token));
            let (is_open, needed) = own_of(&case);
            let may = is_open || needed == Some(own);
            let expected = if may { case.status } else { 403 };
            let said = format!("{} by {}: {}", case.name(), own.word(), reply.body);
            assert_eq!(reply.status, expected, "{said}");
            if !may {
                assert!(world.everything() == before, "{said}");
                assert!(world.called.borrow().is_empty(), "{said}");
            }
            let_in += usize::from(!is_open && may);
        }
    }
    let of_tokens = ROUTES.iter().filter(|route| route.2.own().is_some());
    assert_eq!(let_in, of_tokens.count());
    assert!(let_in > 20, "{let_in}");
}

#[test]
fn a_token_for_one_wallet_can_do_nothing_to_another() {
    let stage = Stage::new();
    let other = customer(&stage.world, "other");
    let all: Vec<&str> = Own::ALL.iter().map(|own| own.word()).collect();
    let token = token_with(&stage.world, &other, &all);
    let mut tried = 0;
    for case in stage.cases() {
        let (_, needed) = own_of(&case);
        // What the account offers and shows to everybody is nobody's wallet.
        if needed.is_none() || case.path.starts_with("/v1/accounts/self/") {
            continue;
        }
        let world = stage.world.copy();
        let before = world.everything();
        let reply = world.one(&case.sent.clone().by(&token));
        let said = format!("{}: {}", case.name(), reply.body);
        assert!(matches!(reply.status, 403 | 404), "{said}");
        assert!(world.everything() == before, "{said}");
        assert!(world.called.borrow().is_empty(), "{said}");
        tried += 1;
    }
    assert!(tried > 20, "{tried}");
}

#[test]
fn a_customer_is_named_by_the_external_id_of_now_or_not_at_all() {
    let (world, acme) = funded();
    let other = customer(&world, "other");
    let token = token_with(&world, &acme, &["authorize"]);
    let ask = |id: &str, external: &str| {
        let body =
            json!({"id": id, "customer_external_id": external, "asset": "USD", "amount": "1"});
        post("/v1/authorize", body).by(&token)
    };
    assert_eq!(world.one(&ask("a1", "acme")).status, 200);
    assert_eq!(world.one(&ask("a2", "other")).status, 403);
    // The name of the one goes to the other one: the token stays with its customer.
    for (id, name) in [(&acme, "gone"), (&other, "acme")] {
        let rename = json!({"external_id": name});
        world.get(&sent("PATCH", format!("/v1/customers/{id}"), rename), 204);
    }
    let before = world.everything();
    assert_eq!(world.one(&ask("a3", "acme")).status, 403);
    assert!(world.everything() == before);
}

#[test]
fn a_token_lasts_as_long_as_it_was_made_for_and_an_hour_at_most() {
    let (world, id) = funded();
    for (seconds, status) in [(59, 422), (3_601, 422), (60, 201), (3_600, 201)] {
        let body = json!({"scopes": ["read"], "ttl_seconds": seconds});
        let reply = world.one(&post(format!("/v1/customers/{id}/tokens"), body));
        assert_eq!(reply.status, status, "{seconds}: {}", reply.body);
    }
    let made = new_token(&world, &id, json!({"scopes": ["read"], "ttl_seconds": 60}));
    let look = wallet_of(&id).by(&text(&made, "token"));
    assert_eq!(world.one(&look).status, 200);
    world.clock.set(world.clock.get() + 59_999);
    assert_eq!(world.one(&look).status, 200);
    world.clock.set(world.clock.get() + 1);
    let ended = world.one(&look);
    assert_eq!(ended.status, 401);
    assert!(ended.body.contains("token has ended"), "{}", ended.body);
}

#[test]
fn a_refresh_is_another_token_with_the_same_rights_and_the_one_before_ends() {
    let (world, id) = funded();
    let made = new_token(&world, &id, json!({"scopes": ["read"], "ttl_seconds": 600}));
    let path = format!("/v1/customers/{id}/tokens/{}/refresh", text(&made, "id"));
    let mut token = text(&made, "token");
    for _ in 0..143 {
        world.clock.set(world.clock.get() + 599_000);
        let next = world.get(&post(path.as_str(), Value::Null), 201);
        assert_eq!(
            (&next["id"], &next["scopes"]),
            (&made["id"], &made["scopes"])
        );
        assert_eq!(world.one(&wallet_of(&id).by(&token)).status, 401);
        token = text(&next, "token");
        assert_eq!(world.one(&wallet_of(&id).by(&token)).status, 200);
    }
    // A day after it was made, the app's server has to say again who its user is.
    world.clock.set(world.clock.get() + 599_000 * 2);
    let late = world.one(&post(path.as_str(), Value::Null));
    assert_eq!((late.status, code_of(&late).as_str()), (409, "wrong_state"));
    let strange = path.replace("ctk_", "ctk_0");
    assert_eq!(world.one(&post(strange, Value::Null)).status, 404);
}

#[test]
fn a_revoked_token_is_refused_at_once() {
    let (world, id) = funded();
    let made = new_token(&world, &id, json!({"scopes": ["read"]}));
    let look = wallet_of(&id).by(&text(&made, "token"));
    assert_eq!(world.one(&look).status, 200);
    let path = format!("/v1/customers/{id}/tokens/{}", text(&made, "id"));
    let other = customer(&world, "other");
    let strange = path.replace(&id, &other);
    assert_eq!(world.one(&sent("DELETE", strange, Value::Null)).status, 404);
    assert_eq!(world.one(&look).status, 200);
    for _ in 0..2 {
        world.get(&sent("DELETE", path.as_str(), Value::Null), 204);
        assert_eq!(world.one(&look).status, 401);
    }
    let refresh = post(format!("{path}/refresh"), Value::Null);
    assert_eq!(world.one(&refresh).status, 409);
}

#[test]
fn tokens_and_links_are_kept_as_hashes_and_a_link_is_exchanged_once() {
    let (world, id) = funded();
    let body = json!({"scopes": ["read"], "link": format!("{APP}/balance?from=mail")});
    let made = new_token(&world, &id, body);
    assert_eq!(made["token"], Value::Null);
    let link = text(&made, "link");
    let (page, word) = link.split_once("#token=").expect("a fragment");
    assert_eq!(page, format!("{APP}/balance?from=mail"));
    // The word of a link is no token itself.
    assert_eq!(world.one(&wallet_of(&id).by(word)).status, 401);
    let exchange = |word: &str| {
        let mut call = post("/v1/tokens/exchange", json!({"link_token": word}));
        call.api_key = None;
        call.origin = Some(APP);
        call
    };
    let given = world.one(&exchange(word));
    assert_eq!(
        (given.status, given.allowed_origin.as_deref()),
        (201, Some(APP))
    );
    let given: Value = serde_json::from_str(&given.body).expect("JSON");
    let token = text(&given, "token");
    assert_eq!(given["expires_at"], made["expires_at"]);
    assert_eq!(world.one(&wallet_of(&id).by(&token)).status, 200);
    let stored = world.everything().join("\n");
    assert!(!stored.contains(word) && !stored.contains(&token));
    let before = world.everything();
    // Used up; and neither a token nor anything else is turned into another token.
    for other in [word, &token, "ctl_test_00", ""] {
        let reply = world.one(&exchange(other));
        assert!(matches!(reply.status, 404 | 422), "{other}: {}", reply.body);
    }
    assert!(world.everything() == before);
    assert_eq!(world.one(&wallet_of(&id).by(&token)).status, 200);
}

#[test]
fn a_link_leads_to_a_page_that_may_use_its_token() {
    let (world, id) = funded();
    for (page, status) in [
        ("https://app.example/x", 201),
        ("https://wallets.example/portal", 201),
        ("https://other.example/x", 422),
        ("https://app.example/x#y", 422),
        ("javascript:alert(1)", 422),
    ] {
        let body = json!({"scopes": ["read"], "allowed_origins": [APP], "link": page});
        let reply = world.one(&post(format!("/v1/customers/{id}/tokens"), body));
        assert_eq!(reply.status, status, "{page}: {}", reply.body);
    }
}

#[test]
fn pages_of_allowed_origins_may_call_and_no_others() {
    let (world, id) = funded();
    let token = token_with(&world, &id, &["read"]);
    let from = |origin: &'static str, sent: Sent| Sent {
        origin: Some(origin),
        ..sent
    };
    let preflight = |origin| {
        let mut call = from(origin, sent("OPTIONS", wallet_of(&id).path, Value::Null));
        call.api_key = None;
        let reply = world.one(&call);
        (reply.status, reply.allowed_origin)
    };
    for (origin, status, readable) in [
        (APP, 200, true),
        // Our own pages are of no other origin, so they need no header.
        ("https://wallets.example", 200, false),
        ("https://evil.example", 403, false),
        ("https://app.example.evil.example", 403, false),
        ("http://app.example", 403, false),
        ("null", 403, false),
    ] {
        let reply = world.one(&from(origin, wallet_of(&id).by(&token)));
        assert_eq!(reply.status, status, "{origin}: {}", reply.body);
        assert_eq!(reply.allowed_origin.is_some(), readable, "{origin}");
        let asked = preflight(origin);
        let allowed = (204, Some(APP.to_owned()));
        assert_eq!(asked == allowed, origin == APP, "{origin}: {asked:?}");
        assert!(origin == APP || asked == (405, None), "{origin}: {asked:?}");
    }
    // A key is for servers: no page of any origin may read what it is told.
    let by_key = world.one(&from(APP, wallet_of(&id)));
    assert_eq!((by_key.status, by_key.allowed_origin), (200, None));
    // A page may read why it is refused, also once its token has ended.
    let refused = world.one(&from(APP, post("/v1/events", json!({})).by(&token)));
    assert_eq!(
        (refused.status, refused.allowed_origin.as_deref()),
        (403, Some(APP))
    );
    world.clock.set(world.clock.get() + 900_000);
    let ended = world.one(&from(APP, wallet_of(&id).by(&token)));
    assert_eq!(
        (ended.status, ended.allowed_origin.as_deref()),
        (401, Some(APP))
    );
    // Its page may ask, and be told that it has ended, as long as that is known.
    assert_eq!(preflight(APP), (204, Some(APP.to_owned())));
    world.clock.set(world.clock.get() + 86_400_000);
    assert_eq!(preflight(APP), (405, None));
}

#[test]
fn a_page_reads_why_it_is_refused_though_nobody_knows_its_token_any_more() {
    let (world, id) = funded();
    let body = json!({"scopes": ["read"], "link": format!("{APP}/balance")});
    let made = new_token(&world, &id, body);
    let link = text(&made, "link");
    let word = link.split_once("#token=").expect("a fragment").1;
    let from = |origin: &'static str, mut sent: Sent| {
        sent.origin = Some(origin);
        let reply = world.one(&sent);
        (reply.status, reply.allowed_origin)
    };
    let exchange = || {
        let mut call = post("/v1/tokens/exchange", json!({"link_token": word}));
        call.api_key = None;
        call
    };
    let readable = |status| (status, Some(APP.to_owned()));
    let (evil, own) = ("https://evil.example", "https://wallets.example");
    assert_eq!(from(APP, exchange()), readable(201));
    // Used up: the page can say so, and pages that no token allows learn nothing.
    assert_eq!(from(APP, exchange()), readable(404));
    assert_eq!(from(evil, exchange()), (404, None));
    let mut refreshed = new_token(&world, &id, json!({"scopes": ["read"]}));
    let before = text(&refreshed, "token");
    let path = format!(
        "/v1/customers/{id}/tokens/{}/refresh",
        text(&refreshed, "id")
    );
    refreshed = world.get(&post(path, Value::Null), 201);
    assert_eq!(
        from(APP, wallet_of(&id).by(&text(&refreshed, "token"))),
        readable(200)
    );
    for token in [before.as_str(), "ct_test_00", "sk_test_00", "word"] {
        assert_eq!(
            from(APP, wallet_of(&id).by(token)),
            readable(401),
            "{token}"
        );
        assert_eq!(from(evil, wallet_of(&id).by(token)), (401, None), "{token}");
        // Our own pages are of no other origin.
        assert_eq!(from(own, wallet_of(&id).by(token)), (401, None), "{token}");
    }
    // Whoever is known is answered by what he is: a key's replies are no page's, whatever they say.
    let nobody = wallet_of("cust_00000000000000000000000000");
    assert_eq!(from(APP, nobody.clone()), (404, None));
    assert_eq!(
        from(APP, nobody.by(&text(&refreshed, "token"))),
        readable(403)
    );
    // A directory that is silent allows nobody, and everybody is answered.
    world.break_at(Fault {
        asked: Asked::Directory,
        place: 1,
        lost: Lost::Question,
    });
    assert_eq!(from(APP, wallet_of(&id).by("ct_test_01")), (401, None));
    world.mend();
    assert_eq!(from(APP, wallet_of(&id).by("ct_test_01")), readable(401));
}

#[test]
fn refusals_that_pages_read_cost_no_look_up_once_an_address_has_failed_too_often() {
    let (world, id) = funded();
    token_with(&world, &id, &["read"]);
    let ask = |place: u32| {
        let mut call = wallet_of(&id).by(&format!("ct_test_{place}"));
        call.origin = Some(APP);
        call.address = Some("203.0.113.9".to_owned());
        world.one(&call).status
    };
    let tried: Vec<u16> = (0..200).map(ask).collect();
    let refused = tried.iter().filter(|status| **status == 401).count();
    assert_eq!(refused, 100, "{tried:?}");
    let asked = world.questions(Asked::Directory);
    assert_eq!(ask(1_000), 429);
    assert_eq!(world.questions(Asked::Directory), asked);
}

#[test]
fn what_is_no_origin_is_refused() {
    let (world, id) = funded();
    for (origin, status) in [
        ("https://app.example", 201),
        ("https://app.example:8443", 201),
        ("http://localhost:3000", 201),
        ("http://app.example", 422),
        ("https://app.example/", 422),
        ("https://App.example", 422),
        ("https://*.example", 422),
        ("https://app.example;", 422),
        ("null", 422),
        ("*", 422),
        ("", 422),
    ] {
        let body = json!({"scopes": ["read"], "allowed_origins": [origin]});
        let reply = world.one(&post(format!("/v1/customers/{id}/tokens"), body));
        assert_eq!(reply.status, status, "{origin}: {}", reply.body);
    }
}

#[test]
fn a_spend_cap_bounds_what_the_token_may_hold_all_together() {
    let (world, id) = funded();
    let cap = json!({"asset": "USD", "amount": "5"});
    let made = new_token(
        &world,
        &id,
        json!({"scopes": ["authorize"], "spend_cap": cap}),
    );
    let token = text(&made, "token");
    let ask = |token: &str, op: &str, asset: &str, amount: &str| {
        let body = json!({"id": op, "customer_id": id, "asset": asset, "amount": amount});
        world.get(&post("/v1/authorize", body).by(token), 200)
    };
    assert_eq!(ask(&token, "a1", "USD", "3")["decision"], "approved");
    let replayed = ask(&token, "a1", "USD", "3");
    assert_eq!(replayed["decision"], "approved");
    let denied = ask(&token, "a2", "USD", "2.01");
    assert_eq!(denied["decision"], "denied");
    assert_eq!(denied["code"], "budget_exceeded");
    assert!(denied.to_string().contains("spend_cap:USD"), "{denied}");
    // What was released is not given back, and a refresh gives nothing new.
    let hold = text(&replayed["hold"], "id");
    world.get(&post(format!("/v1/holds/{hold}/release"), json!({})), 200);
    let path = format!("/v1/customers/{id}/tokens/{}/refresh", text(&made, "id"));
    let token = text(&world.get(&post(path, Value::Null), 201), "token");
    assert_eq!(ask(&token, "a3", "USD", "2.01")["decision"], "denied");
    assert_eq!(ask(&token, "a4", "USD", "2")["decision"], "approved");
    assert_eq!(ask(&token, "a5", "USD", "0.01")["decision"], "denied");
    // Neither the wallet nor anybody else's calls know of the cap.
    let budgets = world.get(&get(format!("/v1/customers/{id}/wallet/budgets")), 200);
    assert_eq!(budgets["items"], json!([]));
    let all = token_with(&world, &id, &["authorize"]);
    assert_eq!(ask(&all, "a6", "USD", "90")["decision"], "approved");
    let body = json!({"scopes": ["read"], "spend_cap": {"asset": "USD", "amount": "5"}});
    let useless = world.one(&post(format!("/v1/customers/{id}/tokens"), body));
    assert_eq!(useless.status, 422);
}

#[test]
fn a_token_makes_top_ups_on_the_terms_of_the_platform() {
    let stage = Stage::new();
    let token = token_with(&stage.world, &stage.customer, &["topup"]);
    let top_up = |more: Value| {
        let mut body = top_up_of(&stage.customer);
        for (name, value) in more.as_object().expect("fields") {
            body[name] = value.clone();
        }
        let reply = stage.world.one(&post("/v1/top-ups", body).by(&token));
        (reply.status, reply.body)
    };
    let plain = json!({"destination": {"asset": "CREDITS"}});
    assert_eq!(top_up(plain).0, 201);
    for (field, more) in [
        (
            "destination.exchange_rate",
            json!({"destination": {"asset": "CREDITS", "exchange_rate": "0.0001"}}),
        ),
        (
            "credit_expires_at",
            json!({"credit_expires_at": "2030-01-01T00:00:00Z"}),
        ),
        (
            "allow_promotion_codes",
            json!({"allow_promotion_codes": true}),
        ),
    ] {
        let (status, body) = top_up(more);
        assert_eq!(status, 422, "{body}");
        assert!(body.contains(field), "{body}");
    }
}

#[test]
fn a_token_never_sees_what_usage_cost_the_platform() {
    let stage = Stage::new();
    let event = json!({"id": "secret_1", "event_type": "chat", "occurred_at": "2026-09-21T00:00:00Z",
        "costs": [{"id": "c1", "vendor_external_id": "hidden_vendor", "amount": "0.0317"}]});
    let body = json!({"customer_id": stage.customer, "events": [event]});
    stage
        .world
        .get(&post("/v1/events", body).by(&stage.key), 204);
    let path = format!("/v1/customers/{}/wallet/entries", stage.customer);
    let by_key = stage.world.one(&get(path.as_str()));
    assert!(by_key.body.contains("0.0317") && by_key.body.contains("hidden_vendor"));
    let all: Vec<&str> = Own::ALL.iter().map(|own| own.word()).collect();
    let token = token_with(&stage.world, &stage.customer, &all);
    let mut read = 0;
    for case in stage.cases() {
        let (_, needed) = own_of(&case);
        if needed.is_some() && case.method == "GET" {
            let reply = stage.world.one(&case.sent.clone().by(&token));
            assert_eq!(reply.status, 200, "{}", case.name());
            for word in [
                "0.0317",
                "hidden_vendor",
                "\"costs\"",
                "margin",
                "\"record\":\"",
            ] {
                assert!(!reply.body.contains(word), "{} says {word}", case.name());
            }
            read += 1;
        }
    }
    assert!(read > 10, "{read}");
    // The same entries, in the same order, and as many.
    let own = stage.world.get(&get(path.as_str()).by(&token), 200);
    let all = stage.world.get(&get(path.as_str()), 200);
    let seqs = |list: &Value| -> Vec<u64> {
        let items = list["items"].as_array().expect("items").iter();
        items
            .map(|item| item["seq"].as_u64().expect("a number"))
            .collect()
    };
    assert_eq!(seqs(&own), seqs(&all));
    assert_eq!(own["items"][0]["balances"], all["items"][0]["balances"]);
}

#[test]
fn a_key_hands_on_no_more_than_it_has() {
    let (world, id) = funded();
    let body = json!({"name": "writes", "scopes": ["write"]});
    let key = text(&world.get(&post("/v1/keys", body), 201), "key");
    for (scopes, status) in [
        (json!(["topup"]), 201),
        (json!(["read"]), 403),
        (json!(["topup", "read"]), 403),
    ] {
        let body = json!({"scopes": scopes});
        let reply = world.one(&post(format!("/v1/customers/{id}/tokens"), body).by(&key));
        assert_eq!(reply.status, status, "{}", reply.body);
    }
    for scopes in [
        json!([]),
        json!(["admin"]),
        json!(["write"]),
        json!("read"),
        Value::Null,
    ] {
        let reply = world.one(&post(
            format!("/v1/customers/{id}/tokens"),
            json!({"scopes": scopes}),
        ));
        assert_eq!(reply.status, 422, "{}", reply.body);
    }
}

#[test]
fn a_token_is_told_whose_usage_of_what_it_was_where_all_events_agree() {
    let stage = Stage::new();
    let event = |subject: &str, model: Value| json!({"event_type": "chat", "subject": subject, "data": {"model": model, "output_tokens": 1}});
    let hold = |id: &str| {
        let body = json!({"id": id, "customer_id": stage.customer, "asset": "USD", "amount": "1"});
        let reply = stage
            .world
            .get(&post("/v1/authorize", body).by(&stage.key), 200);
        reply["hold"]["id"].as_str().expect("a hold").to_owned()
    };
    let token = token_with(&stage.world, &stage.customer, &["read"]);
    let path = format!("/v1/customers/{}/wallet/entries", stage.customer);
    let told = |events: Vec<Value>| {
        let hold = hold(&format!("told_{}", events.len()));
        let body = json!({ "id": "c", "events": events });
        let capture = format!("/v1/holds/{hold}/capture");
        stage.world.get(&post(&capture, body).by(&stage.key), 200);
        let entries = stage.world.get(&get(path.as_str()).by(&token), 200);
        let newest = &entries["items"][0];
        assert_eq!(newest["type"], "hold_captured");
        ["subject", "event_type", "model"].map(|name| newest[name].clone())
    };
    let large = || event("agent", json!("large"));
    assert_eq!(
        told(vec![large()]),
        [json!("agent"), json!("chat"), json!("large")]
    );
    assert_eq!(
        told(vec![large(), event("agent", json!("small"))]),
        [json!("agent"), json!("chat"), Value::Null]
    );
    let other = vec![large(), large(), event("user", json!(7))];
    assert_eq!(told(other), [Value::Null, json!("chat"), Value::Null]);
}
