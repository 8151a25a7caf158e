//! The journal as its owner reads it, and as anybody can verify it.

use std::collections::BTreeMap;

use serde::Serialize;

use crate::engine::Fact;
use crate::journal::Row;
use crate::wire::balance::{BalanceReply, balances};
use crate::wire::reply::json;
use crate::wire::time;
use crate::wire::usage::unpriced;

/// Which entries came back to one.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct Linked {
    /// The `seq` of the entry that takes it back.
    pub reversed_by: Option<u64>,
    /// Those of the entries that price its events, in the order of the events.
    pub priced_by: Vec<u64>,
}

/// One journal row as its owner sees it.
///
/// ```json
/// { "seq": 17, "type": "usage_recorded", "operation_id": "event:evt_1", "at": "…", "balances": [],
///   "format": 1, "hash": "…", "record": "{…}" }
/// ```
#[derive(Serialize)]
struct EntryReply<'a> {
    seq: u64,
    #[serde(rename = "type")]
    kind: &'static str,
    /// Under which nothing else will ever happen in this wallet.
    operation_id: &'a str,
    at: String,
    balances: Vec<BalanceReply<'a>>,
    /// The `seq` of the entry that it takes back.
    #[serde(skip_serializing_if = "Option::is_none")]
    reverses: Option<u64>,
    /// The `seq` of the entry that takes it back.
    #[serde(skip_serializing_if = "Option::is_none")]
    reversed_by: Option<u64>,
    /// The `seq` of the entry whose event it prices.
    #[serde(skip_serializing_if = "Option::is_none")]
    prices: Option<u64>,
    /// The `seq`s of the entries that price its events.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    priced_by: Vec<u64>,
    /// The places of its events that posted without a price.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    unpriced: Vec<usize>,
    /// Those that were charged as they were held, because a volume was missing.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    estimated: Vec<usize>,
    /// The format of the record, which says how to read it.
    format: u32,
    /// Lower-case hexadecimal; 64 zeros stand before the first row.
    hash: &'a str,
    /// The entry exactly as it is stored; `hash = SHA-256(previous hash, record)`.
    record: &'a str,
}

/// `GET …/wallet/entries`: newest first, by cursor. A page has fewer rows than its limit where they are
/// large. Rows are numbered from 1 without a gap, so that the number of the last one shown tells whether there
/// is a next page; it is its cursor. `linked` says which rows were taken back or priced later, and by which.
#[must_use]
pub fn entries(rows: &[Row], limit: usize, linked: &BTreeMap<u64, Linked>) -> String {
    let last = rows.last().map(|row| row.entry.seq);
    let next = last.filter(|seq| *seq > 1).map(|seq| seq.to_string());
    let none = Linked::default();
    let reply = |row: &'_ Row| -> String {
        let linked = linked.get(&row.entry.seq).unwrap_or(&none);
        let (unpriced, estimated) = unpriced(&row.entry.fact);
        json(&EntryReply {
            seq: row.entry.seq,
            kind: row.entry.fact.word(),
            operation_id: &row.entry.op,
            at: time::format(row.entry.at),
            balances: balances(&row.entry),
            reverses: match row.entry.fact {
                Fact::Reversed { entry, .. } => Some(entry),
                _ => None,
            },
            reversed_by: linked.reversed_by,
            prices: match row.entry.fact {
                Fact::UsagePriced { entry, .. } => Some(entry),
                _ => None,
            },
            priced_by: linked.priced_by.clone(),
            unpriced,
            estimated,
            format: row.entry.v,
            hash: &row.hash,
            // As it is stored and never written anew, because the hash is over these very bytes.
            record: &row.text,
        })
    };
    let items: Vec<String> = rows.iter().map(reply).collect();
    let next = json(&next);
    format!(
        "{{\"items\":[{}],\"limit\":{limit},\"next\":{next}}}",
        items.join(",")
    )
}
