//! A wallet's entries as they were fetched: back to rows, whole and in order, wherever they came
//! from.

use serde::{Deserialize, Serialize};

use crate::engine::fold::fold;
use crate::engine::{Instant, Wallet};
use crate::journal::chain::{GENESIS, Row, broken_link};

use super::problem::Problem;

/// An item of `GET …/wallet/entries`. Everything else that it shows is derived from its record.
#[derive(Clone, PartialEq, Eq, Debug, Deserialize)]
pub struct Item {
    pub record: String,
    pub hash: String,
}

/// What a look at the hash chain found.
#[derive(Clone, PartialEq, Eq, Debug, Serialize)]
pub struct Verified {
    /// Every hash follows from the entry before.
    pub valid: bool,
    /// Of the last entry.
    pub seq: u64,
    /// Of the last entry: two histories with the same hash are the same.
    pub hash: String,
    /// The first entry whose hash does not follow.
    pub broken_at: Option<u64>,
}

/// The rows of a whole history, oldest first. Items may come in any order, and overlapping pages
/// may repeat them.
///
/// # Errors
/// `validation_failed` where a record cannot be read, where two items contradict each other, and
/// where an entry is missing: a fold over a part of a history would be a wrong balance.
pub fn rows(items: Vec<Item>) -> Result<Vec<Row>, Problem> {
    let mut rows = Vec::with_capacity(items.len());
    for (place, item) in items.into_iter().enumerate() {
        let row = Row::read(item.record, item.hash).map_err(|error| {
            Problem::field(
                &format!("entries[{place}].record"),
                format!("cannot be read: {error}"),
            )
        })?;
        rows.push(row);
    }
    // Pages come newest first and two of them may overlap, so the order is made here rather than
    // asked of the caller.
    rows.sort_by_key(|row| row.entry.seq);
    // Only rows that are the same to the byte fall together. Two that contradict each other both
    // stay, and are refused below.
    rows.dedup();
    // Entries are numbered from one without a gap, so a row's place says what its number must be.
    for (seq, row) in (1_u64..).zip(&rows) {
        let found = row.entry.seq;
        if found > seq {
            let sentence = format!("must be the whole history: entry {seq} is missing");
            return Err(Problem::field("entries", sentence));
        }
        if found < seq {
            let sentence = format!("have two different entries {found}");
            return Err(Problem::field("entries", sentence));
        }
    }
    Ok(rows)
}

/// The wallet after these rows.
#[must_use]
pub fn wallet(rows: &[Row]) -> Wallet {
    fold(rows.iter().map(|row| &row.entry))
}

/// The moment of the last entry.
#[must_use]
pub fn last_at(rows: &[Row]) -> Instant {
    rows.last().map(|row| row.entry.at).unwrap_or_default()
}

/// Follows the hashes from the first row to the last.
#[must_use]
pub fn verified(rows: &[Row]) -> Verified {
    let broken = broken_link(rows).and_then(|place| rows.get(place));
    let last = rows.last();
    Verified {
        valid: broken.is_none(),
        seq: last.map_or(0, |row| row.entry.seq),
        hash: last.map_or_else(|| GENESIS.to_owned(), |row| row.hash.clone()),
        broken_at: broken.map(|row| row.entry.seq),
    }
}
