//! A journal in memory, for tests and simulations.
//!
//! It searches from the front and keeps everything, because a test reads it afterwards; nothing else may be
//! built on it.

use std::collections::BTreeMap;
use std::convert::Infallible;

use crate::engine::{Amount, Instant, Wallet, apply};

use super::chain::{GENESIS, Row};
use super::snapshot;
use super::storage::{Journal, PAGE_BYTES, Storage, TOLD_OPS, Weight};

/// Rows in a vector.
#[derive(Clone, Debug, Default)]
pub struct MemoryJournal {
    pub rows: Vec<Row>,
    /// As it was last saved; empty before.
    pub snapshot: String,
    /// The `seq` up to which the directory knows the journal.
    pub told: u64,
    pub weight: Weight,
    /// What customers' tokens have held, and until when that is kept.
    pub spent: BTreeMap<String, (Amount, Instant)>,
}

impl MemoryJournal {
    /// These rows, as if they had been appended.
    #[must_use]
    pub fn of(rows: Vec<Row>) -> Self {
        Self {
            weight: Weight::default().plus(&rows),
            rows,
            ..Self::default()
        }
    }

    /// Wakes a wallet: its snapshot and the rows since, and the `seq` of that snapshot.
    #[must_use]
    pub fn wake(&self) -> (Wallet, u64) {
        let mut wallet = snapshot::read(&self.snapshot).unwrap_or_default();
        let saved = wallet.seq;
        let tail = self.rows.iter().filter(|row| row.entry.seq > saved);
        tail.for_each(|row| apply(&mut wallet, &row.entry));
        (wallet, saved)
    }
}

impl Journal for MemoryJournal {
    type Failure = Infallible;

    fn find(&self, op: &str) -> Result<Option<Row>, Infallible> {
        Ok(self.rows.iter().find(|row| row.entry.op == op).cloned())
    }

    fn each_of_hold(&self, hold: u64, visit: &mut dyn FnMut(Row)) -> Result<(), Infallible> {
        let about = |row: &&Row| row.entry.fact.hold() == Some(hold);
        self.rows.iter().filter(about).cloned().for_each(visit);
        Ok(())
    }

    fn append(&mut self, rows: &[Row]) -> Result<bool, Infallible> {
        let mut last = self.rows.last().map_or(0, |row| row.entry.seq);
        for (place, row) in rows.iter().enumerate() {
            let mut known = self.rows.iter().chain(rows.iter().take(place));
            // Another row of this number means that two write here, and nobody may go on.
            if row.entry.seq <= last || known.any(|old| old.entry.op == row.entry.op) {
                return Ok(false);
            }
            last = row.entry.seq;
        }
        self.weight = self.weight.plus(rows);
        self.rows.extend_from_slice(rows);
        Ok(true)
    }

    fn page(&self, before: u64, limit: usize) -> Result<Vec<Row>, Infallible> {
        Ok(page(self.rows.iter(), before, limit))
    }

    fn unpriced(&self, before: u64, limit: usize) -> Result<Vec<Row>, Infallible> {
        let warns = |row: &&Row| row.entry.fact.warns();
        Ok(page(self.rows.iter().filter(warns), before, limit))
    }

    fn last_hash(&self) -> String {
        self.rows
            .last()
            .map_or_else(|| GENESIS.to_owned(), |row| row.hash.clone())
    }

    fn weight(&self) -> Weight {
        self.weight
    }
}

/// The newest rows before a `seq`, up to so many and so many bytes.
fn page<'a>(rows: impl DoubleEndedIterator<Item = &'a Row>, before: u64, limit: usize) -> Vec<Row> {
    let earlier = rows.rev().filter(|row| row.entry.seq < before);
    let mut bytes = 0;
    let fits = |row: &&Row| {
        let fits = bytes < PAGE_BYTES;
        bytes += row.text.len();
        fits
    };
    earlier.take(limit).take_while(fits).cloned().collect()
}

impl Storage for MemoryJournal {
    fn save(&mut self, wallet: &Wallet) -> Result<(), Infallible> {
        self.snapshot = snapshot::text(wallet);
        self.weight = Weight {
            saved: self.snapshot.len(),
            since: 0,
        };
        Ok(())
    }

    fn untold(&self) -> Result<Vec<Row>, Infallible> {
        let untold = self.rows.iter();
        // As the storage of a deployment, so that what it overlooks is overlooked in the tests as well.
        let is_told = |op: &str| TOLD_OPS.iter().any(|one| op.starts_with(one));
        let untold = untold.filter(|row| row.entry.seq > self.told && is_told(&row.entry.op));
        Ok(untold.cloned().collect())
    }

    fn note_told(&mut self, upto: u64) -> Result<(), Infallible> {
        self.told = upto;
        Ok(())
    }

    fn spent(&self, token: &str) -> Result<Option<Amount>, Infallible> {
        Ok(self.spent.get(token).map(|(spent, _)| *spent))
    }

    fn note_spent(
        &mut self,
        token: &str,
        spent: Amount,
        (now, until): (Instant, Instant),
    ) -> Result<(), Infallible> {
        self.spent.retain(|_, (_, until)| *until > now);
        self.spent.insert(token.to_owned(), (spent, until));
        Ok(())
    }
}
