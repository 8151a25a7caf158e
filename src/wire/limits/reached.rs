//! Thresholds of budgets that an entry has reached, as replies and notices say them.

use serde::Serialize;

use crate::engine::budget::Reached;
use crate::engine::{Amount, Entry};

/// ```json
/// { "code": "keys", "value": "key_7", "percent": 80, "limit": "10" }
/// ```
#[derive(Serialize)]
pub struct ReachedReply<'a> {
    /// The budget's, as it was set.
    code: &'a str,
    /// Of a budget that tells values apart.
    #[serde(skip_serializing_if = "str::is_empty")]
    value: &'a str,
    /// The highest threshold that this entry reached.
    percent: u8,
    /// As it was then.
    limit: Amount,
}

impl<'a> From<&'a Reached> for ReachedReply<'a> {
    fn from(one: &'a Reached) -> Self {
        Self {
            code: &one.code,
            value: &one.value,
            percent: one.percent,
            limit: one.limit,
        }
    }
}

/// What an entry has reached.
#[must_use]
pub fn reached(entry: &Entry) -> Vec<ReachedReply<'_>> {
    entry.reached.iter().map(ReachedReply::from).collect()
}
