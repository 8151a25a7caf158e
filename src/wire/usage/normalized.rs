//! The units of a vendor's usage, as whoever asks the npm package for them sees them.

use std::collections::BTreeMap;

use serde::Serialize;
use serde_json::value::RawValue;

use crate::engine::usage::Cost;
use crate::wire::metering;
use crate::wire::problem::Problem;
use crate::wire::reply::json;

use super::event_reply::values;

/// One of the events that the usage becomes.
#[derive(Serialize)]
struct Normalized<'a> {
    #[serde(skip_serializing_if = "Option::is_none")]
    kind: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    suffix: Option<&'a str>,
    data: BTreeMap<&'a str, Box<RawValue>>,
    #[serde(skip_serializing_if = "<[Cost]>::is_empty")]
    costs: &'a [Cost],
}

/// `{ "provider": …, "model": …, "raw": … }` to a list of `{ "kind", "suffix", "data", "costs" }`.
///
/// # Errors
/// All that is wrong, by field.
pub fn normalized(body: &str) -> Result<String, Problem> {
    let events = metering::normalized(body)?;
    let shown = events.iter().map(|event| Normalized {
        kind: event.kind.as_deref(),
        suffix: event.suffix.as_deref(),
        data: values(&event.data),
        costs: &event.costs,
    });
    Ok(json(&shown.collect::<Vec<_>>()))
}
