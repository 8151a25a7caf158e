//! What whoever watches a wallet is told: first how it stands, then what happens.
//!
//! ```text
//! {"type":"snapshot","seq":41, …}                     at the start
//! {"type":"entries","after":41,"seq":43,"items":[…],…} what was written since, oldest first
//! {"type":"refetch","after":43,"seq":300}             too much at once: look again
//! ```
//!
//! `after` is the last entry that was told before. Who has seen less has missed something, and looks again;
//! who has seen more passes over what is known. What it cost the platform is in none of them.

use serde::Serialize;

use crate::engine::{Entry, Instant, Wallet};
use crate::journal::Row;
use crate::wire::reply::json;
use crate::wire::time;

use super::account::accounts;
use super::activity::ActivityReply;
use super::folding::{moves, state};
use super::hold::holds;

/// Most open holds, and most entries, in a snapshot: what a page shows at first.
const SHOWN: usize = 20;

/// Most entries that one message tells.
pub const NEWS: usize = 100;

/// How many entries a snapshot has to be given.
pub const SNAPSHOT_ROWS: usize = SHOWN;

#[derive(Serialize)]
struct News<'a> {
    #[serde(rename = "type")]
    kind: &'static str,
    after: u64,
    seq: u64,
    items: Vec<ActivityReply<'a>>,
    /// What a fold needs of each of them.
    moves: Vec<Entry>,
}

#[derive(Serialize)]
struct Refetch {
    #[serde(rename = "type")]
    kind: &'static str,
    after: u64,
    seq: u64,
}

/// How a wallet stands at a moment. `written` is it after the last entry that is written, and `rows` are the last
/// ones, newest first; `wallet` is as of that moment, so that it may know of an expiry that is about to be. Whoever
/// folds begins with what is written, since only that is told of later.
#[must_use]
pub fn snapshot(wallet: &Wallet, written: &Wallet, rows: &[Row], at: Instant) -> String {
    let customer = &wallet.customer;
    let items = rows
        .iter()
        .map(|row| ActivityReply::of(customer, &row.entry));
    let items: Vec<ActivityReply<'_>> = items.collect();
    // Put together as text, because its parts are replies of their own and would else be read again.
    format!(
        "{{\"type\":\"snapshot\",\"seq\":{},\"at\":{},\"wallet\":{},\"holds\":{},\"entries\":{},\"state\":{}}}",
        written.seq,
        json(&time::format(at)),
        accounts(wallet, at),
        holds(&wallet.customer, wallet, 0, SHOWN),
        json(&items),
        json(&state(written))
    )
}

/// What has happened after an entry: `rows`, newest first, which are all that there are since.
#[must_use]
pub fn news(customer: &str, after: u64, rows: &[Row]) -> String {
    let items = rows.iter().rev();
    let items = items.map(|row| ActivityReply::of(customer, &row.entry));
    json(&News {
        kind: "entries",
        after,
        seq: rows.first().map_or(after, |row| row.entry.seq),
        items: items.collect(),
        moves: rows.iter().rev().map(|row| moves(&row.entry)).collect(),
    })
}

/// More has happened than is worth telling one by one.
#[must_use]
pub fn refetch(after: u64, seq: u64) -> String {
    json(&Refetch {
        kind: "refetch",
        after,
        seq,
    })
}
