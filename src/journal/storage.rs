//! What the journal asks of whatever keeps its rows: SQLite in the wallet object, a vector in tests.

use super::chain::Row;

/// Where rows are kept. An error is a failure of the storage, never an answer.
pub trait Journal {
    /// What went wrong with the storage, never an answer.
    type Failure;

    /// The row of an operation.
    ///
    /// # Errors
    /// When the storage cannot answer.
    fn find(&self, op: &str) -> Result<Option<Row>, Self::Failure>;

    /// All rows about one hold, oldest first; nothing when there is no such hold.
    ///
    /// # Errors
    /// When the storage cannot answer.
    fn hold_rows(&self, hold: u64) -> Result<Vec<Row>, Self::Failure>;

    /// Appends all rows or none. `false` when one of the operations is there already.
    ///
    /// # Errors
    /// When the storage cannot write; nothing was written then.
    fn append(&mut self, rows: &[Row]) -> Result<bool, Self::Failure>;

    /// Rows before a `seq`, newest first.
    ///
    /// # Errors
    /// When the storage cannot answer.
    fn page(&self, before: u64, limit: usize) -> Result<Vec<Row>, Self::Failure>;

    /// The hash of the last row.
    fn last_hash(&self) -> String;
}
