//! Entries as the customer sees them: what happened and what it came to. What it cost the platform stands in
//! the record of an entry, and so no record is here.

use serde::Serialize;

use crate::engine::{Amount, Entry};
use crate::journal::Row;
use crate::wire::balance::{BalanceReply, balances};
use crate::wire::overview::{changed, words};
use crate::wire::paging::CursorPage;
use crate::wire::reply::json;
use crate::wire::time;

/// ```json
/// { "seq": 17, "type": "usage_recorded", "at": "…", "what": "Usage", "note": "chat",
///   "changes": [ { "asset": "USD", "amount": "-0.04" } ], "balances": [] }
/// ```
#[derive(Serialize)]
pub struct ActivityReply<'a> {
    pub seq: u64,
    #[serde(rename = "type")]
    kind: &'static str,
    at: String,
    /// In words: `Top-up`, `Usage`.
    what: String,
    /// What the caller said of it.
    #[serde(skip_serializing_if = "Option::is_none")]
    note: Option<String>,
    /// By how much each balance changed; none for what only holds.
    changes: Vec<ChangeReply>,
    balances: Vec<BalanceReply<'a>>,
}

#[derive(Serialize)]
struct ChangeReply {
    account: String,
    asset: String,
    amount: Amount,
}

impl<'a> ActivityReply<'a> {
    #[must_use]
    pub fn of(entry: &'a Entry) -> Self {
        let (what, note) = words(&entry.fact);
        let changes = entry.changes.iter().filter_map(changed);
        Self {
            seq: entry.seq,
            kind: entry.fact.word(),
            at: time::format(entry.at),
            what,
            note,
            changes: changes
                .map(|one| ChangeReply {
                    account: one.account.to_string(),
                    asset: one.account.asset,
                    amount: one.amount,
                })
                .collect(),
            balances: balances(entry),
        }
    }
}

/// `GET …/wallet/entries` for a customer's token: newest first, by the same cursor.
#[must_use]
pub fn activity(rows: &[Row], limit: usize) -> String {
    let last = rows.last().map(|row| row.entry.seq);
    json(&CursorPage {
        items: rows
            .iter()
            .map(|row| ActivityReply::of(&row.entry))
            .collect(),
        limit,
        next: last.filter(|seq| *seq > 1).map(|seq| seq.to_string()),
    })
}
