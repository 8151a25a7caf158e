//! Rolling windows: what was spent in the last hours or days, whenever it is asked.
//!
//! A window has [`SLICES`] slices, and what is spent in a slice is one sum. It counts until the whole
//! slice has left the window:
//!
//! ```text
//! length  = SLICES * slice                     slices are counted from 1970
//! spent at s counts while  t < end of the slice of s + length
//! so at t there count all s in (t - length, t], and at most one slice more
//! ```
//!
//! So no window of that length ever holds more admitted work than the limit, wherever it begins; what
//! was spent frees at most one slice later than it could. A value needs no more room than
//! `SLICES + 1` sums, however much is spent.

use serde::{Deserialize, Serialize};

use super::amount::Amount;
use super::time::Instant;

/// Slices of a rolling window: what was spent counts up to a sixtieth of the window longer.
pub const SLICES: u32 = 60;

/// What was spent in one slice.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct Slice {
    /// The first moment at which it counts no more. In snapshots since there are rolling windows, as
    /// all of it.
    pub until: Instant,
    pub spent: Amount,
}

/// The slices of one value that still count, the oldest first; what nobody spent is not kept.
#[derive(Clone, PartialEq, Eq, Debug, Default, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Slices(Vec<Slice>);

impl Slices {
    /// What counts at a moment.
    #[must_use]
    pub fn spent(&self, at: Instant) -> Amount {
        let counting = self.0.iter().filter(|slice| at < slice.until);
        let sums = counting.map(|slice| slice.spent);
        sums.fold(Amount::ZERO, Amount::saturating_plus)
    }

    /// Counts an amount. Entries come in the order of their times, so its slice is the last.
    pub fn add(&mut self, until: Instant, amount: Amount) {
        match self.0.last_mut().filter(|last| last.until == until) {
            Some(last) => last.spent = last.spent.saturating_plus(amount),
            None => self.0.push(Slice {
                until,
                spent: amount,
            }),
        }
    }

    /// Drops what counts no more.
    pub fn forget(&mut self, at: Instant) {
        self.0.retain(|slice| at < slice.until);
    }

    /// Nothing counts.
    #[must_use]
    pub const fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// The first moment from which at most so much counts, if nothing else is spent.
    #[must_use]
    pub fn falls_to(&self, at: Instant, most: Amount) -> Instant {
        let ends = self.0.iter().map(|slice| slice.until);
        let mut ends = ends.filter(|until| *until > at);
        let low = |at: &Instant| self.spent(*at) <= most;
        if low(&at) {
            return at;
        }
        ends.find(low).unwrap_or(at)
    }
}
