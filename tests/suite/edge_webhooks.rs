//! Deliveries of webhooks: all at once, and what became of each is noted.

use scrip::worker::edge::world::Unanswered;
use scrip::worker::webhooks::wire::{DELIVERY_SECONDS, MAX_DESTINATIONS};
use serde_json::{Value, json};
use std::task::{Context as Polling, Poll, Waker};

use crate::world::{Memory, NOW, get, post};

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
