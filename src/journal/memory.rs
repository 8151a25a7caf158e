//! A journal in memory, for tests and simulations.
//!
//! It searches from the front and keeps everything, because a test reads it afterwards; nothing else may be
//! built on it.

use std::convert::Infallible;

use super::chain::{GENESIS, Row};
use super::storage::Journal;

/// Rows in a vector.
#[derive(Clone, Debug, Default)]
pub struct MemoryJournal {
    pub rows: Vec<Row>,
}

impl Journal for MemoryJournal {
    type Failure = Infallible;

    fn find(&self, op: &str) -> Result<Option<Row>, Infallible> {
        Ok(self.rows.iter().find(|row| row.entry.op == op).cloned())
    }

    fn hold_rows(&self, hold: u64) -> Result<Vec<Row>, Infallible> {
        let about = |row: &&Row| row.entry.fact.hold() == Some(hold);
        Ok(self.rows.iter().filter(about).cloned().collect())
    }

    fn append(&mut self, rows: &[Row]) -> Result<bool, Infallible> {
        let known = |row: &Row| self.rows.iter().any(|old| old.entry.op == row.entry.op);
        if rows.iter().any(known) {
            return Ok(false);
        }
        self.rows.extend_from_slice(rows);
        Ok(true)
    }

    fn page(&self, before: u64, limit: usize) -> Result<Vec<Row>, Infallible> {
        let earlier = self.rows.iter().rev().filter(|row| row.entry.seq < before);
        Ok(earlier.take(limit).cloned().collect())
    }

    fn last_hash(&self) -> String {
        self.rows
            .last()
            .map_or_else(|| GENESIS.to_owned(), |row| row.hash.clone())
    }
}
