//! Neutral vectors: figures from the tests of other projects, for the rules that are the same here.
//! `docs/vectors.md` lists those that are not, with the reason.

use scrip::engine::Instant;
use scrip::wire::estimate::estimate;
use serde_json::{Value, json};

const RATING: &str = include_str!("../vectors/rating.json");
const LISTED: &str = include_str!("../../docs/vectors.md");

#[test]
fn rating_vectors_agree() {
    let vectors: Value = serde_json::from_str(RATING).expect("JSON");
    let cases = vectors["cases"].as_array().expect("a list of cases");
    assert_eq!(cases.len(), 14, "a case is missing");
    for case in cases {
        let id = case["id"].as_str().expect("an id");
        let mut data = vec![case["data"].clone()];
        // What was used before, of which only the rest of a period's maximum is left.
        data.extend(case.get("prior").cloned());
        let events: Vec<Value> = data
            .into_iter()
            .rev()
            .map(|data| json!({ "event_type": "vector", "data": data }))
            .collect();
        let events = Value::from(events);
        let estimate = estimate(&events, &case["prices"], Instant::default());
        let estimate = estimate.unwrap_or_else(|problem| panic!("{id}: {problem:?}"));
        assert_eq!(estimate.warnings, Vec::<String>::new(), "{id}");
        let asked = if case.get("prior").is_some() {
            estimate.fees.last().and_then(|fee| fee["amount"].as_str())
        } else {
            assert_eq!(estimate.totals.len(), 1, "{id}");
            None
        };
        let total = estimate.totals[0].amount.to_string();
        assert_eq!(
            Some(asked.unwrap_or(&total)),
            case["expected"].as_str(),
            "{id}"
        );
        assert!(
            LISTED.contains(&format!("| `{id}` |")),
            "{id} is not listed"
        );
    }
}
