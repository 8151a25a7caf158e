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
    assert_eq!(cases.len(), 7, "a case is missing");
    for case in cases {
        let id = case["id"].as_str().expect("an id");
        let events = json!([{ "event_type": "vector", "data": case["data"] }]);
        let estimate = estimate(&events, &case["prices"], Instant::default());
        let estimate = estimate.unwrap_or_else(|problem| panic!("{id}: {problem:?}"));
        assert_eq!(estimate.warnings, Vec::<String>::new(), "{id}");
        let [total] = estimate.totals.as_slice() else {
            panic!("{id}: not one total");
        };
        assert_eq!(
            Some(total.amount.to_string().as_str()),
            case["expected"].as_str(),
            "{id}"
        );
        assert!(
            LISTED.contains(&format!("| `{id}` |")),
            "{id} is not listed"
        );
    }
}
