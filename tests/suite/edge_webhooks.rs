//! Deliveries of webhooks: all at once, and what became of each is noted.

use base64::Engine;
use base64::prelude::BASE64_STANDARD;
use rusqlite::Connection;
use scrip::worker::edge::world::Unanswered;
use scrip::worker::webhooks::wire::{DELIVERY_SECONDS, MAX_DESTINATIONS, headers};
use serde_json::{Value, json};
use std::task::{Context as Polling, Poll, Waker};

use crate::edge_cases::text;
use crate::world::{Memory, NOW, get, post, sent};

fn with_destinations(urls: &[String]) -> Memory {
    let world = Memory::new();
    for url in urls {
        world.get(
            &post("/v1/webhooks", json!({"url": url, "topics": ["a.b"]})),
            201,
        );
    }
    world
}

#[test]
fn the_outcome_of_each_delivery_is_noted() {
    let waited = NOW + i64::from(DELIVERY_SECONDS) * 1_000;
    let said = [
        ("ok", Ok(200), "200", true),
        ("accepted", Ok(299), "299", true),
        ("moved", Ok(302), "302", false),
        ("busy", Ok(503), "503", false),
        ("slow", Err(Unanswered::Timeout), "timeout", false),
        ("down", Err(Unanswered::Unreachable), "unreachable", false),
    ];
    for (name, answer, outcome, succeeded) in said {
        let url = format!("https://{name}.example/");
        let world = with_destinations(std::slice::from_ref(&url));
        world.receivers.borrow_mut().insert(url.clone(), answer);
        world.get(&post("/v1/webhooks/test/a.b", json!({"x": 1})), 202);
        let sent = world.sent.borrow();
        assert_eq!(sent.len(), 1);
        assert_eq!((sent[0].method, &sent[0].url), ("POST", &url));
        assert_eq!(sent[0].patience, DELIVERY_SECONDS * 1_000);
        let noted = &world.rows("SELECT successful_at, failed_at, outcome FROM webhook_event")[0];
        // When the outcome was known, not when the event was made.
        let at = if name == "slow" { waited } else { NOW } * 1_000;
        let expected = if succeeded {
            json!({"successful_at": at, "failed_at": null, "outcome": outcome})
        } else {
            json!({"successful_at": null, "failed_at": at, "outcome": outcome})
        };
        assert_eq!(*noted, expected, "{name}");
        let shown = world.get(&get("/v1/webhooks/events"), 200);
        assert_eq!(shown["models"][0]["metadata"]["outcome"], outcome);
    }
}

#[test]
fn an_event_says_its_side() {
    let world = Memory::deployed();
    for (mode, live) in [("test", false), ("live", true)] {
        let key = crate::edge_stripe::key_of(&world, "acc_default", mode);
        let url = format!("https://{mode}.example/");
        let made = post("/v1/webhooks", json!({"url": url})).by(&key);
        world.get(&made, 201);
        world.get(&post("/v1/webhooks/test/a.b", json!({})).by(&key), 202);
        let sent = world.sent.borrow();
        let last = sent.last().expect("a delivery");
        let body: Value = serde_json::from_str(&last.body).expect("JSON");
        assert_eq!((&last.url, &body["live_mode"]), (&url, &json!(live)));
    }
    assert_eq!(world.sent.borrow().len(), 2, "each side its own");
}

#[test]
fn all_deliveries_are_under_way_before_any_is_answered() {
    let urls: Vec<String> = (0..MAX_DESTINATIONS)
        .map(|at| format!("https://r{at}.example/"))
        .collect();
    let world = with_destinations(&urls);
    for (at, url) in urls.iter().enumerate() {
        let said = match at % 3 {
            0 => Ok(204),
            1 => Err(Unanswered::Timeout),
            _ => Err(Unanswered::Unreachable),
        };
        world.receivers.borrow_mut().insert(url.clone(), said);
    }
    world.others_wait.set(true);
    let call = post("/v1/webhooks/test/a.b", json!({}));
    let mut answer = Box::pin(world.answer(&call));
    let mut polling = Polling::from_waker(Waker::noop());
    for _ in 0..1_000 {
        assert!(answer.as_mut().poll(&mut polling).is_pending());
    }
    assert_eq!(
        world.sent.borrow().len(),
        MAX_DESTINATIONS,
        "nobody waits for another one"
    );
    let open = world.rows("SELECT * FROM webhook_event WHERE outcome IS NULL");
    assert_eq!(
        open.len(),
        MAX_DESTINATIONS,
        "each is written down before it is sent"
    );
    world.others_wait.set(false);
    let reply = loop {
        if let Poll::Ready(reply) = answer.as_mut().poll(&mut polling) {
            break reply;
        }
    };
    assert_eq!(reply.status, 202, "{}", reply.body);
    let outcomes = world.rows(
        "SELECT url, outcome FROM webhook_event JOIN webhook_destination ON destination_id = id",
    );
    assert_eq!(outcomes.len(), MAX_DESTINATIONS);
    for row in outcomes {
        let at = urls
            .iter()
            .position(|url| row["url"] == **url)
            .expect("one of ours");
        assert_eq!(
            row["outcome"],
            ["204", "timeout", "unreachable"][at % 3],
            "{row}"
        );
    }
}

#[test]
fn what_has_an_outcome_is_not_sent_again_and_what_has_none_is() {
    let urls = [
        "https://one.example/".to_owned(),
        "https://two.example/".to_owned(),
    ];
    let world = with_destinations(&urls);
    let call = post("/v1/webhooks/test/a.b", json!({"x": 1})).once("one");
    let first = world.get(&call, 202);
    world.rows("UPDATE webhook_event SET successful_at = NULL, outcome = NULL WHERE destination_id = (SELECT MAX(destination_id) FROM webhook_event)");
    assert_eq!(world.get(&call, 202), first);
    assert_eq!(world.get(&call, 202), first);
    let sent = world.sent.borrow();
    assert_eq!(sent.len(), 3);
    let signed_id = |at: usize| {
        sent[at]
            .headers
            .iter()
            .find(|(name, _)| *name == "webhook-id")
    };
    assert_eq!(
        signed_id(2).map(|(_, id)| json!(id)),
        Some(first["id"].clone())
    );
    let other = post("/v1/webhooks/test/a.b", json!({"x": 2})).once("one");
    let refused: Value = world.get(&other, 422);
    assert_eq!(refused["code"], "operation_id_reused");
}

fn header(world: &Memory, at: usize, name: &str) -> String {
    let sent = world.sent.borrow();
    let found = sent[at].headers.iter().find(|(given, _)| *given == name);
    found.map(|(_, value)| value.clone()).expect(name)
}

/// The law of secrets: shown by the call that makes them and by no other, and nowhere at rest.
#[test]
fn a_secret_is_shown_once_and_is_sealed_at_rest() {
    let world = Memory::new();
    let hook = post("/v1/webhooks", json!({"url": "https://one.example/"})).once("one");
    let made = world.get(&hook, 201);
    let secret = text(&made, "secret");
    assert_eq!(world.get(&hook, 201), made, "the answer of the same call");
    let one = format!("/v1/webhooks/{}", text(&made, "id"));
    let rotate = post(format!("{one}/rotate"), json!({})).once("two");
    let rotated = world.get(&rotate, 200);
    assert_ne!(rotated["secret"], made["secret"]);
    assert_eq!(
        world.get(&rotate, 200),
        rotated,
        "the answer of the same call"
    );
    assert_eq!(
        world.get(&hook, 201)["secret"],
        Value::Null,
        "it was rotated"
    );
    for shown in [
        world.get(&get(&one), 200),
        world.get(&sent("PATCH", &one, json!({"topics": ["a.b"]})), 200),
    ] {
        // Credyt's client wants the field.
        assert_eq!(shown["secret"], Value::Null);
        assert!(shown.get("secret").is_some());
    }
    let listed = world.get(&get("/v1/webhooks"), 200).to_string();
    assert!(!listed.contains("secret\""), "{listed}");
    for secret in [secret, text(&rotated, "secret")] {
        let key = BASE64_STANDARD
            .decode(&secret["whsec_".len()..])
            .expect("a key");
        for kept in world
            .everything()
            .iter()
            .chain(world.logged.borrow().iter())
        {
            assert!(
                !kept.contains(&secret) && !kept.contains(&hex::encode(&key)),
                "{kept}"
            );
        }
    }
    // Once another rotation came between, the older secret never comes back.
    world.get(&post(format!("{one}/rotate"), json!({})).once("three"), 200);
    world.get(&post(format!("{one}/rotate"), json!({})).once("four"), 200);
    assert_eq!(world.get(&rotate, 409)["code"], "wrong_state");
}

#[test]
fn both_secrets_sign_while_they_overlap_and_the_new_one_alone_afterwards() {
    let world = Memory::new();
    let made = world.get(
        &post("/v1/webhooks", json!({"url": "https://one.example/"})),
        201,
    );
    let path = format!("/v1/webhooks/{}/rotate", text(&made, "id"));
    let rotated = world.get(&post(&path, json!({"overlap_seconds": 60})), 200);
    assert!(rotated["previous_secret_until"].is_string());
    let keys = [&rotated, &made].map(|one| {
        BASE64_STANDARD
            .decode(&text(one, "secret")["whsec_".len()..])
            .expect("a key")
    });
    for (at, passed, signing) in [(0, 0, 2), (1, 59_999, 2), (2, 60_000, 1)] {
        world.clock.set(NOW + passed);
        let event = world.get(&post("/v1/webhooks/test/a.b", json!({"x": at})), 202);
        let seconds = (NOW + passed).div_euclid(1_000);
        let body = world.sent.borrow()[at].body.clone();
        let expected = headers(&keys[..signing], &text(&event, "id"), seconds, &body);
        for (name, value) in expected {
            assert_eq!(header(&world, at, name), value, "{name} after {passed}");
        }
        let signatures = header(&world, at, "webhook-signature");
        assert_eq!(signatures.split(' ').count(), signing);
    }
    let shown = world.get(&get(path.trim_end_matches("/rotate")), 200);
    assert!(shown.get("previous_secret_until").is_none());
    for bad in [
        json!({"overlap_seconds": -1}),
        json!({"overlap_seconds": 604_801}),
    ] {
        assert_eq!(
            world.get(&post(&path, bad), 422)["code"],
            "validation_failed"
        );
    }
}

/// What was stored before keys were sealed signs as it did, and is sealed by a rotation.
#[test]
fn a_key_of_before_signs_until_it_is_rotated() {
    let world = with_destinations(&["https://one.example/".to_owned()]);
    let old = "31f290f6bf06298aab4f08d43c3f082cf648a362da2da4b0";
    world.rows(format!("UPDATE webhook_destination SET key = '{old}'").leak());
    let signed = |keys: &[Vec<u8>], at: usize| {
        let body = world.sent.borrow()[at].body.clone();
        let expected = headers(keys, &header(&world, at, "webhook-id"), NOW / 1_000, &body);
        let found = expected
            .into_iter()
            .find(|(name, _)| *name == "webhook-signature");
        found.map(|(_, value)| value).expect("a signature")
    };
    let old_key = hex::decode(old).expect("a key");
    world.get(&post("/v1/webhooks/test/a.b", json!({})), 202);
    assert_eq!(
        header(&world, 0, "webhook-signature"),
        signed(std::slice::from_ref(&old_key), 0)
    );
    let listed = world.get(&get("/v1/webhooks"), 200);
    let path = format!("/v1/webhooks/{}/rotate", text(&listed["items"][0], "id"));
    let rotated = world.get(&post(path, json!({})), 200);
    let key = BASE64_STANDARD
        .decode(&text(&rotated, "secret")["whsec_".len()..])
        .expect("a key");
    world.get(&post("/v1/webhooks/test/a.b", json!({"x": 1})), 202);
    assert_eq!(
        header(&world, 1, "webhook-signature"),
        signed(&[key, old_key], 1)
    );
}

/// 16 KB are kept once, however many destinations hear of them.
#[test]
fn what_an_event_says_is_kept_once_for_all_of_its_deliveries() {
    let urls: Vec<String> = (0..MAX_DESTINATIONS)
        .map(|at| format!("https://r{at}.example/"))
        .collect();
    let world = with_destinations(&urls);
    let data = json!({"mark": "x".repeat(16_000)});
    world.get(&post("/v1/webhooks/test/a.b", data.clone()), 202);
    let kept = world.everything();
    assert_eq!(
        kept.iter().filter(|row| row.contains("xxxxxxxxxx")).count(),
        1
    );
    let shown = world.get(&get("/v1/webhooks/events?limit=100"), 200);
    let models = shown["models"].as_array().expect("models");
    assert_eq!(models.len(), MAX_DESTINATIONS);
    assert!(models.iter().all(|one| one["data"] == data));
    // Nobody hears of it, so nothing is kept.
    world.get(
        &post("/v1/webhooks/test/other", json!({"mark": "yyyyyyyyyy"})),
        202,
    );
    assert!(
        !world
            .everything()
            .iter()
            .any(|row| row.contains("yyyyyyyyyy"))
    );
}

/// Rows of before the rule, or of a local server, are not asked: the rule holds when something is sent.
#[test]
fn an_address_inside_is_refused_when_something_is_sent_there() {
    let mut world = with_destinations(&["https://one.example/".to_owned()]);
    world.config.environment = "deployed".to_owned();
    world.config.secrets_key = "0123456789abcdef0123456789abcdef".to_owned();
    world.rows("UPDATE webhook_destination SET key = 'ab'");
    let key = crate::edge_stripe::key_of(&world, "acc_default", "test");
    for (at, url) in [
        "https://127.0.0.1/",
        "https://2130706433/",
        "https://[::ffff:127.0.0.1]/",
        "https://[fd00::1]/",
        "https://metadata.google.internal/",
        "https://169.254.169.254/",
        "https://printer.local/",
        "https://localhost/",
        "http://one.example/",
        "https://one.example:22/",
    ]
    .iter()
    .enumerate()
    {
        world.rows(format!("UPDATE webhook_destination SET url = '{url}'").leak());
        world.get(
            &post("/v1/webhooks/test/a.b", json!({"x": at})).by(&key),
            202,
        );
        let outcomes = world
            .rows("SELECT outcome, failed_at FROM webhook_event ORDER BY time DESC, event_id DESC");
        assert!(
            outcomes
                .iter()
                .all(|row| row["outcome"] == "address_refused" && row["failed_at"].is_i64()),
            "{url}"
        );
    }
    assert!(world.sent.borrow().is_empty());
    world.rows("UPDATE webhook_destination SET url = 'https://one.example:8443/'");
    world.get(
        &post("/v1/webhooks/test/a.b", json!({"x": "last"})).by(&key),
        202,
    );
    assert_eq!(world.sent.borrow().len(), 1);
}

/// Deliveries of before, each with a copy of its own, say what they said.
#[test]
fn deliveries_of_before_keep_what_they_said() {
    let database = Connection::open_in_memory().expect("a database");
    let files = std::fs::read_dir("migrations").expect("the migrations");
    let mut files: Vec<_> = files.map(|file| file.expect("a file").path()).collect();
    files.sort();
    let here = |path: &std::path::PathBuf| path.ends_with("0014_webhook_payloads.sql");
    let place = files.iter().position(here).expect("the migration");
    let apply = |path: &std::path::PathBuf| {
        let sql = std::fs::read_to_string(path).expect("a file");
        database.execute_batch(&sql).expect("a migration");
    };
    files[..place].iter().for_each(apply);
    let insert = "INSERT INTO webhook_event (account_id, mode, event_id, destination_id, topic, data, \
                  request, time) VALUES ('a', 'test', ?1, ?2, 'a.b', ?3, '', ?4)";
    for (event, destination, data, time) in [
        ("evt_1", "whd_1", "{\"n\":1}", 7),
        ("evt_1", "whd_2", "{\"n\":1}", 7),
        ("evt_2", "whd_1", "{\"n\":2}", 8),
    ] {
        let row = (event, destination, data, time);
        assert_eq!(database.execute(insert, row), Ok(1));
    }
    files[place..].iter().for_each(apply);
    let sql = "SELECT event_id || ' ' || destination_id || ' ' || payload.data || ' ' || payload.time \
               FROM webhook_event JOIN webhook_payload AS payload USING (account_id, mode, event_id) \
               ORDER BY event_id, destination_id";
    let mut query = database.prepare(sql).expect("a query");
    let rows = query
        .query_map((), |row| row.get::<_, String>(0))
        .expect("rows");
    let rows: Vec<String> = rows.map(|row| row.expect("a row")).collect();
    assert_eq!(
        rows,
        [
            "evt_1 whd_1 {\"n\":1} 7",
            "evt_1 whd_2 {\"n\":1} 7",
            "evt_2 whd_1 {\"n\":2} 8"
        ]
    );
    let kept = "SELECT COUNT(*) FROM webhook_payload";
    let kept = database.query_row(kept, (), |row| row.get::<_, i64>(0));
    assert_eq!(kept, Ok(2), "each is kept once");
}
