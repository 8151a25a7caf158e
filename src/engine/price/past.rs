//! Prices that were in force before, kept for the holds that were made under them: a hold settles at
//! the prices that its authorization saw, whatever has become of the plan meanwhile.
//!
//! ```text
//! prices of a hold = products of the first era with hold < until; without one, those in force
//! era is kept  <=  a hold of it is open, or expired less than LATE_SECONDS ago
//! ```
//!
//! A hold stores nothing of this: its id is the `seq` of its entry, which says in which era it was
//! made. The products themselves are in the wallet's list, once, whatever the number of eras that have them.

use serde::{Deserialize, Serialize};

use crate::engine::hold::{Hold, HoldId, LATE_SECONDS};
use crate::engine::time::Instant;
use crate::engine::tree::Shared;

use super::copied::{Copied, Copies};
use super::product::PricedProduct;

/// What was in force until an entry.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
struct Era {
    /// The `seq` of the entry that ended it. In snapshots since there are eras, as all of it.
    until: u64,
    /// Until when a hold of it that has expired may be captured.
    kept_until: Instant,
    /// In the order of subscribing.
    products: Vec<Copied>,
}

/// The prices of before, as far as a hold may still need them.
#[derive(Clone, PartialEq, Eq, Debug, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct PastPrices {
    /// The newest hold; no hold was made since then, so no era has to be kept for one.
    /// In snapshots since there are eras, as all of it.
    newest_hold: HoldId,
    /// Oldest first.
    #[serde(skip_serializing_if = "Shared::is_empty")]
    eras: Shared<Vec<Era>>,
}

impl PastPrices {
    /// No hold was ever made.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        *self == Self::default()
    }

    /// The products whose prices a hold was made under, where they are no longer those in force.
    #[must_use]
    pub fn of(&self, hold: HoldId) -> Option<Vec<&PricedProduct>> {
        let era = self.eras.iter().find(|era| hold < era.until)?;
        Some(era.products.iter().map(|one| &**one).collect())
    }

    /// Gives what was read its products; `None` where the list lacks one.
    pub(in crate::engine) fn fill(&mut self, copies: &Copies) -> Option<()> {
        copies.fill(self.eras.iter_mut().flat_map(|era| &mut era.products))
    }

    /// A hold is made under the prices in force.
    pub const fn made(&mut self, hold: HoldId) {
        self.newest_hold = hold;
    }

    /// Whether a hold was made under the prices in force, so that they have to be kept when they
    /// change.
    #[must_use]
    pub fn are_needed(&self) -> bool {
        let until = self.eras.last().map_or(0, |era| era.until);
        self.newest_hold > until
    }

    /// The prices have changed with the entry of this `seq` and moment; these are those of before.
    pub fn change(&mut self, until: u64, at: Instant, before: Vec<Copied>) {
        self.eras.push(Era {
            until,
            // A hold that has expired already may be captured for so long at most.
            kept_until: at.plus_seconds(LATE_SECONDS),
            products: before,
        });
    }

    /// A hold has expired, and may be captured for some time.
    pub fn expired(&mut self, hold: &Hold) {
        let era = self.eras.iter_mut().find(|era| hold.id < era.until);
        if let Some(era) = era {
            let until = hold.expires_at.plus_seconds(LATE_SECONDS);
            era.kept_until = era.kept_until.max(until);
        }
    }

    /// Drops what no hold needs any more; `is_open` says whether there is an open hold from one `seq`
    /// up to, and without, another one.
    pub fn forget(&mut self, at: Instant, is_open: impl Fn(u64, u64) -> bool) {
        if self.eras.is_empty() {
            return;
        }
        let mut from = 0;
        self.eras.retain(|era| {
            let kept = era.kept_until > at || is_open(from, era.until);
            from = era.until;
            kept
        });
    }
}
