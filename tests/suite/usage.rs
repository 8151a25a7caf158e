//! What vendors say that a call has used: the rows of `tests/vectors/usage.txt`, and what becomes of them in
//! a request.

use proptest::prelude::*;
use scrip::engine::tokens::{ByLifetime, ByModality, Input, Output, Part};
use scrip::engine::usage::Datum;
use scrip::engine::{Action, Command, Settle, UsageEvent};
use scrip::wire::metering::{Metered, normalized};
use scrip::wire::usage::{capture, record_usage};
use serde_json::{Value, json};

use crate::properties::config;

const ROWS: &str = include_str!("../vectors/usage.txt");

struct Row<'a> {
    name: &'a str,
    provider: &'a str,
    model: &'a str,
    raw: &'a str,
    expected: Vec<&'a str>,
}

fn rows() -> Vec<Row<'static>> {
    let mut rows: Vec<Row<'_>> = Vec::new();
    for line in ROWS.lines().filter(|line| !line.starts_with(['#', '='])) {
        if let Some(rest) = line.strip_prefix("  ") {
            let row = rows.last_mut().expect("a name above it");
            if rest.starts_with(['>', '!']) {
                row.expected.push(rest);
            } else {
                let mut words = rest.splitn(3, ' ');
                let mut word = || words.next().expect("vendor, model, usage");
                (row.provider, row.model, row.raw) = (word(), word(), word());
            }
        } else if !line.is_empty() {
            rows.push(Row {
                name: line,
                provider: "",
                model: "",
                raw: "",
                expected: Vec::new(),
            });
        }
    }
    rows
}

/// As a row writes it.
fn told(event: &Metered, model: &str) -> String {
    let mut words = vec![">".to_owned()];
    words.extend(event.kind.as_ref().map(|kind| format!(".{kind}")));
    let word = |name: &str| event.data.get(name).map(|datum| datum.word().into_owned());
    let shown = |name: &str, usual: &str| {
        let word = word(name).filter(|word| word != usual);
        word.map(|word| format!("{name}={word}"))
    };
    words.extend(shown("part", "main"));
    match word("model") {
        Some(own) if own == model => {}
        own => words.push(format!("model={}", own.unwrap_or_else(|| "?".to_owned()))),
    }
    let names = ["fallback_credit", "service_tier", "traffic", "speed", "geo"];
    words.extend(names.iter().filter_map(|name| shown(name, "")));
    words.extend(shown("cache_type", ""));
    let totals = ["input_tokens", "output_tokens"];
    let sides: [Vec<Part>; 2] = [
        Input::default().parts().expect("nothing is possible"),
        Output::default().parts().expect("nothing is possible"),
    ];
    for (name, _) in sides.iter().flatten() {
        let usual = if totals.contains(name) { "" } else { "0" };
        words.extend(shown(name, usual));
    }
    let units = ["requests", "seconds", "characters", "units"];
    words.extend(units.iter().filter_map(|name| shown(name, "")));
    let costs = event.costs.iter();
    words.extend(costs.map(|cost| format!("cost:{}={}", cost.id, cost.amount)));
    words.join(" ")
}

fn read(row: &Row<'_>) -> Vec<String> {
    let (provider, model, raw) = (row.provider, row.model, row.raw);
    let body = format!(r#"{{"provider":"{provider}","model":"{model}","raw":{raw}}}"#);
    match normalized(&body) {
        Ok(events) => events.iter().map(|event| told(event, model)).collect(),
        Err(problem) => {
            let errors = problem.errors.by_field().iter();
            errors
                .flat_map(|(path, sentences)| {
                    let told = |sentence| format!("! {path} {sentence}");
                    sentences.iter().map(told).collect::<Vec<_>>()
                })
                .collect()
        }
    }
}

#[test]
fn the_usage_of_every_vendor_is_told_apart() {
    let rows = rows();
    assert!(rows.len() >= 60, "only {} rows", rows.len());
    let mut wrong = Vec::new();
    for row in &rows {
        let found = read(row);
        if found != row.expected {
            wrong.push(format!(
                "{}\n  is   {}\n  not  {}",
                row.name,
                found.join("\n       "),
                row.expected.join("\n       ")
            ));
        }
    }
    assert!(wrong.is_empty(), "\n{}\n", wrong.join("\n\n"));
    // Those that a reply can show; the thirteenth is about ids.
    for trap in 1..=12 {
        let told = format!("trap {trap})");
        assert!(ROWS.contains(&told), "no row shows trap {trap}");
    }
}

#[test]
fn every_event_of_tokens_has_all_parts_of_its_sides_and_they_add_up() {
    let mut seen = 0;
    for row in rows() {
        let body = json!({ "provider": row.provider, "model": row.model,
            "raw": serde_json::from_str::<Value>(row.raw).expect("JSON") });
        for event in normalized(&body.to_string()).into_iter().flatten() {
            let count = |name: &str| match event.data.get(name) {
                Some(Datum::Whole(count)) => u64::try_from(*count).ok(),
                _ => None,
            };
            for side in [Input::default().parts(), Output::default().parts()] {
                let names: Vec<&str> = side.into_iter().flatten().map(|(name, _)| name).collect();
                let (total, parts) = names.split_first().expect("a total");
                let counts: Vec<u64> = parts.iter().filter_map(|name| count(name)).collect();
                let Some(total) = count(total) else {
                    assert!(counts.is_empty(), "{}: parts without a total", row.name);
                    continue;
                };
                assert_eq!(counts.len(), parts.len(), "{}: a part is missing", row.name);
                assert_eq!(counts.iter().sum::<u64>(), total, "{}", row.name);
                seen += 1;
            }
        }
    }
    assert!(seen > 100, "only {seen} sides were seen");
}

fn modalities() -> impl Strategy<Value = ByModality> {
    (0_u64..50, 0_u64..50, 0_u64..50).prop_map(|(audio, image, video)| ByModality {
        audio,
        image,
        video,
    })
}

fn inputs() -> impl Strategy<Value = Input> {
    let lifetimes = (0_u64..9, 0_u64..9, 0_u64..9, 0_u64..9);
    let lifetimes = lifetimes.prop_map(|(minutes_5, minutes_30, hours_1, hours_12)| ByLifetime {
        minutes_5,
        minutes_30,
        hours_1,
        hours_12,
    });
    let read_by = proptest::option::of(modalities());
    let counts = (0_u64..200, 0_u64..120, 0_u64..60);
    (counts, modalities(), read_by, lifetimes).prop_map(
        |((total, read, write), by, read_by, write_by)| Input {
            total,
            by,
            read,
            read_by,
            write,
            write_by,
        },
    )
}

proptest! {
    #![proptest_config(config(2_000))]

    #[test]
    fn parts_add_up_to_what_was_told_or_it_was_impossible(input in inputs()) {
        let others = input.by.audio + input.by.image + input.by.video;
        let lasting = input.write_by.minutes_5 + input.write_by.minutes_30
            + input.write_by.hours_1 + input.write_by.hours_12;
        match input.parts() {
            Ok(parts) => {
                let sum = |prefix: &str| -> u64 {
                    let named = parts.iter().filter(|(name, _)| name.starts_with(prefix));
                    named.map(|(_, count)| *count).sum()
                };
                prop_assert_eq!(sum("uncached_") + sum("cache_"), input.total);
                prop_assert_eq!(sum("cache_read_"), input.read);
                prop_assert_eq!(sum("cache_write_"), input.write);
                let audio: u64 = parts.iter().filter(|(name, _)| name.contains("audio")).map(|(_, count)| *count).sum();
                prop_assert!(audio <= input.by.audio);
            }
            Err(_) => prop_assert!(
                others > input.total || input.read + input.write > input.total || lasting > input.write
                    || input.read_by.is_some(),
                "{:?} is possible", input
            ),
        }
    }
}

/// A capture of one event with usage.
fn captured(event: &Value) -> Result<Vec<UsageEvent>, String> {
    let body = json!({ "events": [event] }).to_string();
    match capture(&body, None, 1) {
        Ok(Command {
            action:
                Action::CaptureHold {
                    settle: Settle::Usage(events),
                    ..
                },
            ..
        }) => Ok(events),
        Ok(other) => Err(format!("{other:?}")),
        Err(problem) => {
            let errors = problem.errors.by_field().iter();
            let told = errors.map(|(path, sentences)| format!("{path} {}", sentences.join("; ")));
            Err(told.collect::<Vec<_>>().join(" | "))
        }
    }
}

fn searched() -> Value {
    json!({ "provider": "anthropic", "model": "claude-sonnet-5", "raw": { "input_tokens": 9,
        "output_tokens": 7, "server_tool_use": { "web_search_requests": 2 } } })
}

#[test]
fn usage_stands_in_place_of_data_and_becomes_an_event_for_each_unit() {
    let event = json!({ "id": "e1", "event_type": "chat", "subject": "run_7", "data": { "api_key": "k1" },
        "costs": [{ "id": "own", "vendor_id": "v", "amount": "0.01" }], "usage": searched() });
    let events = captured(&event).expect("events");
    let told: Vec<_> = events
        .iter()
        .map(|event| {
            (
                event.id.as_deref().unwrap_or_default(),
                event.event_type.as_str(),
                event.costs.len(),
            )
        })
        .collect();
    assert_eq!(
        told,
        [("e1", "chat", 1), ("e1.web_search", "chat.web_search", 0)]
    );
    for event in &events {
        assert_eq!(event.subject.as_deref(), Some("run_7"));
        assert_eq!(
            event.data.get("api_key"),
            Some(&Datum::Text("k1".to_owned()))
        );
    }
    assert_eq!(events[0].data.get("output_tokens"), Some(&Datum::Whole(7)));
    assert_eq!(events[1].data.get("requests"), Some(&Datum::Whole(2)));
}

#[test]
fn each_event_of_usage_is_recorded_under_an_id_of_its_own() {
    let event = json!({ "id": "e1", "event_type": "chat", "occurred_at": "2026-11-24T10:00:00Z",
        "usage": searched() });
    let body = json!({ "customer_id": "c", "events": [event] }).to_string();
    let ops = record_usage(&body).expect("commands");
    let ops: Vec<_> = ops.into_iter().map(|command| command.op).collect();
    assert_eq!(ops, ["event:e1", "event:e1.web_search"]);
}

#[test]
fn usage_and_the_data_that_it_becomes_are_one_request() {
    let usage = json!({ "id": "e1", "event_type": "embed",
        "usage": { "provider": "openai", "model": "m", "raw": { "tokens": 8 } } });
    let data = captured(&usage).expect("events")[0].data.clone();
    let spelled = json!({ "id": "e1", "event_type": "embed", "data": serde_json::to_value(data).expect("JSON") });
    let digest = |event: &Value| {
        let body = json!({ "events": [event] }).to_string();
        capture(&body, None, 1).expect("a command").request
    };
    assert_eq!(digest(&usage), digest(&spelled));
}

#[test]
fn what_is_wrong_with_usage_is_told_where_it_stands() {
    let with = |usage: Value| captured(&json!({ "event_type": "chat", "usage": usage }));
    let told = |usage: Value| with(usage).expect_err("an error");
    assert_eq!(
        told(
            json!({ "provider": "openai", "model": "m", "raw": { "prompt_tokens": "7", "completion_tokens": 1 } })
        ),
        "events[0].usage.raw.prompt_tokens must be a whole number from 0 to 1000000000000"
    );
    assert_eq!(
        told(json!({ "model": "m", "raw": { "tokens": 1 } })),
        "events[0].usage.provider is required"
    );
    assert_eq!(
        told(json!({ "provider": "openai", "model": "m", "raw": [] })),
        "events[0].usage.raw must not be empty"
    );
    assert!(
        told(json!({ "provider": "openai", "model": "m", "raw": { "tokens": 1 }, "row": 1 }))
            .contains("usage.row")
    );
    assert!(told(json!(7)).contains("events[0].usage must be an object"));
    let collides =
        json!({ "event_type": "chat", "data": { "model": "mine" }, "usage": searched() });
    assert_eq!(
        captured(&collides).expect_err("an error"),
        "events[0].data is told by usage already; leave data.model out"
    );
    let long = json!({ "id": "x".repeat(250), "event_type": "chat", "usage": searched() });
    assert!(captured(&long).expect_err("an error").contains("too long"));
    let costs = json!({ "event_type": "chat", "costs": [{ "id": "reported", "vendor_id": "v", "amount": "1" }],
        "usage": { "provider": "openrouter", "model": "m",
            "raw": { "prompt_tokens": 1, "completion_tokens": 1, "cost": 0.01 } } });
    assert!(
        captured(&costs)
            .expect_err("an error")
            .contains("which the usage reports")
    );
}

#[test]
fn a_reply_has_a_hundred_models_and_a_request_a_thousand_events_at_most() {
    let advisors = |count: usize| {
        let advisor = |_| json!({ "type": "advisor_message", "model": "m", "input_tokens": 1, "output_tokens": 1 });
        json!({ "provider": "anthropic", "model": "c", "raw": { "input_tokens": 1, "output_tokens": 1,
            "iterations": (0..count).map(advisor).collect::<Vec<_>>() } })
    };
    let event = |count| json!({ "event_type": "chat", "usage": advisors(count) });
    assert_eq!(captured(&event(99)).expect("events").len(), 100);
    assert!(
        captured(&event(100))
            .expect_err("an error")
            .contains("more than 100 models")
    );
    let many = |count: usize| {
        let body =
            json!({ "events": (0..count).map(|_| event(99)).collect::<Vec<_>>() }).to_string();
        capture(&body, None, 1)
    };
    assert!(many(10).is_ok());
    let errors = many(11).expect_err("an error").errors;
    assert!(errors.by_field().contains_key("events"));
}
