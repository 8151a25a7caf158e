//! What the journal asks of whatever keeps its rows: SQLite in the wallet object, a vector in tests.
//!
//! [`laws`](super::laws) says what every implementation must do, as a table that runs over each of them.

use crate::engine::{Amount, Instant, Wallet};

use super::chain::Row;

/// Bytes of rows that a page has before it ends, whatever its limit: what leaves an object at once is bounded
/// by the runtime.
///
/// ```text
/// page <= 2 MiB + one row of MAX_ROW < 4 MB          as JSON within JSON less than 8 MB, of 32 MB
/// ```
pub const PAGE_BYTES: usize = 2 * 1_024 * 1_024;

/// Where rows are kept. An error is a failure of the storage, never an answer.
pub trait Journal {
    /// What went wrong with the storage, never an answer.
    type Failure;

    /// The row of an operation.
    ///
    /// # Errors
    /// When the storage cannot answer.
    fn find(&self, op: &str) -> Result<Option<Row>, Self::Failure>;

    /// Shows all rows about one hold, oldest first and one at a time, because a hold may have any number of
    /// captures; none when there is no such hold.
    ///
    /// # Errors
    /// When the storage cannot answer.
    fn each_of_hold(&self, hold: u64, visit: &mut dyn FnMut(Row)) -> Result<(), Self::Failure>;

    /// Appends all rows or none. `false` when one of the operations is there already, or twice among the rows.
    ///
    /// Another row under the same `seq` is no such case: then two writers have one wallet, and nothing may be
    /// answered.
    ///
    /// # Errors
    /// When the storage cannot write; nothing was written then.
    fn append(&mut self, rows: &[Row]) -> Result<bool, Self::Failure>;

    /// Rows before a `seq`, newest first: so many, or fewer where they have more than [`PAGE_BYTES`]. There is
    /// one wherever there is an earlier row.
    ///
    /// # Errors
    /// When the storage cannot answer.
    fn page(&self, before: u64, limit: usize) -> Result<Vec<Row>, Self::Failure>;

    /// Rows before a `seq` that say that something was not priced, newest first: so many, or fewer where
    /// they have more than [`PAGE_BYTES`]. There is one wherever there is an earlier one. Authorizations
    /// may be among them or left out.
    ///
    /// # Errors
    /// When the storage cannot answer.
    fn unpriced(&self, before: u64, limit: usize) -> Result<Vec<Row>, Self::Failure>;

    /// The hash of the last row.
    fn last_hash(&self) -> String;

    /// How large the wallet may be by now.
    fn weight(&self) -> Weight;
}

/// How the operations begin of which the directory may have to be told: usage by itself, usage of holds, charges,
/// subscriptions and what they cost, and what went back to payers. A storage that looks at no others must look at
/// all of these, otherwise revenue is lost in the stats.
pub const TOLD_OPS: [&str; 12] = [
    "event:",
    "hold:",
    "tx:",
    "open:",
    "subscribe:",
    "sub:",
    "price:",
    "reverse:",
    "minimum:",
    "stripe:in:",
    "refund:",
    "dispute:",
];

/// A journal that can also keep a snapshot of the wallet, and that knows how far the directory knows it.
pub trait Storage: Journal {
    /// Rewrites the snapshot. It may fail: it changes what a wake costs, never what it means.
    ///
    /// All of it or the old one stays: a half would be taken for none, and a wake would read
    /// everything.
    ///
    /// # Errors
    /// When the storage cannot write.
    fn save(&mut self, wallet: &Wallet) -> Result<(), Self::Failure>;

    /// The oldest rows that the directory has not been told of, among those that it may be told of: some
    /// of them, and at least one while there is one.
    ///
    /// In the order of the journal. Rows that nobody is to be told of may be among them or left
    /// out.
    ///
    /// # Errors
    /// When the storage cannot answer.
    fn untold(&self) -> Result<Vec<Row>, Self::Failure>;

    /// The directory knows the journal up to this `seq`.
    ///
    /// # Errors
    /// When the storage cannot write.
    fn note_told(&mut self, upto: u64) -> Result<(), Self::Failure>;

    /// What authorizations by a customer's token have held; nothing where it has none. It is no money and no
    /// part of the wallet: it bounds what a token that lasts for hours may begin.
    ///
    /// # Errors
    /// When the storage cannot answer.
    fn spent(&self, token: &str) -> Result<Option<Amount>, Self::Failure>;

    /// Notes it at a moment, to be kept until another one; what was to be kept until now is forgotten.
    ///
    /// # Errors
    /// When the storage cannot write.
    fn note_spent(
        &mut self,
        token: &str,
        spent: Amount,
        kept: (Instant, Instant),
    ) -> Result<(), Self::Failure>;
}

/// What a wallet weighs, in bytes of JSON. Measuring it means writing it down, so it is measured whenever a
/// snapshot is saved, and estimated in between: an entry makes a wallet larger by its own length at most.
///
/// ```text
/// bytes of the wallet <= saved + since
/// ```
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub struct Weight {
    /// Of the last snapshot.
    pub saved: usize,
    /// Of the rows since.
    pub since: usize,
}

impl Weight {
    /// The most that the wallet may have.
    #[must_use]
    pub const fn most(self) -> usize {
        self.saved.saturating_add(self.since)
    }

    /// With more rows.
    #[must_use]
    pub fn plus(self, rows: &[Row]) -> Self {
        let bytes = rows.iter().map(|row| row.text.len());
        Self {
            since: bytes.fold(self.since, usize::saturating_add),
            ..self
        }
    }
}
