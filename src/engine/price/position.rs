//! Positions: how much usage has added up in a tiering period, by price and row.
//!
//! A price that continues an earlier one has the position of the first of them, so that nobody climbs the
//! tiers again when a version moves.
//!
//! They are a part of the wallet: recorded usage moves them, an authorization only reads them. When a
//! price is charged, those of its positions are dropped whose period began more than [`KEPT_DAYS`]
//! before: no event of such a period can be recorded any more, however late the settings let it be.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use crate::engine::amount::AmountError;
use crate::engine::rate::Quantity;
use crate::engine::time::{Instant, SECONDS_OF_A_DAY};
use crate::engine::tree::Shared;
use crate::engine::usage::MAX_LATE_DAYS;

use super::published::Dimensions;

/// So long a position is kept after its period began: 366 days, which is the longest period, and 3,650,
/// which is the latest that a late event can be. 4,016 days in all.
pub const KEPT_DAYS: u32 = MAX_LATE_DAYS.saturating_add(366);

/// The usage of one price and row in one period.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct Position {
    /// The dimensions of the row, as the price writes them.
    #[serde(default, skip_serializing_if = "Dimensions::is_empty")]
    pub dimensions: Dimensions,
    /// When the period began; the beginning of time for a lifetime.
    pub since: Instant,
    /// All of the period so far.
    pub used: Quantity,
}

/// All positions, by the id of their price.
///
/// ```text
/// used(price, row, period) = sum of fee.tiering.units        of facts, never of authorizations
/// ```
#[derive(Clone, PartialEq, Eq, Debug, Default, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Positions(Shared<BTreeMap<String, Vec<Position>>>);

impl Positions {
    /// No price with tiers was ever charged.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// The positions of one price, in the order in which they were first moved.
    #[must_use]
    pub fn of(&self, price: &str) -> &[Position] {
        self.0.get(price).map(Vec::as_slice).unwrap_or_default()
    }

    /// The usage so far; zero where there was none.
    #[must_use]
    pub fn used(&self, price: &str, dimensions: &Dimensions, since: Instant) -> Quantity {
        let own = |one: &&Position| one.since == since && one.dimensions == *dimensions;
        let found = self.of(price).iter().find(own);
        found.map(|one| one.used).unwrap_or_default()
    }

    /// Whether anything was counted there, were it nothing.
    #[must_use]
    pub fn knows(&self, price: &str, dimensions: &Dimensions, since: Instant) -> bool {
        let own = |one: &Position| one.since == since && one.dimensions == *dimensions;
        self.of(price).iter().any(own)
    }

    /// Adds usage to a position.
    ///
    /// # Errors
    /// [`AmountError::TooLarge`] when the position leaves the bounds; it has not moved then.
    pub fn count(
        &mut self,
        price: &str,
        dimensions: &Dimensions,
        since: Instant,
        units: Quantity,
    ) -> Result<(), AmountError> {
        // The name is copied only for the first usage of a price, since this runs for every fee.
        if !self.0.contains_key(price) {
            self.0.insert(price.to_owned(), Vec::new());
        }
        let Some(positions) = self.0.get_mut(price) else {
            return Ok(());
        };
        let own = |one: &&mut Position| one.since == since && one.dimensions == *dimensions;
        match positions.iter_mut().find(own) {
            Some(known) => known.used = known.used.plus(units)?,
            None => positions.push(Position {
                dimensions: dimensions.clone(),
                since,
                used: units,
            }),
        }
        Ok(())
    }

    /// Drops the positions of a price that are too old to matter. A lifetime has no end, and is never
    /// dropped.
    pub fn forget(&mut self, price: &str, at: Instant) {
        if let Some(positions) = self.0.get_mut(price) {
            let oldest = at.minus_seconds(KEPT_DAYS.saturating_mul(SECONDS_OF_A_DAY));
            let lifetime = Instant::default();
            positions.retain(|one| one.since == lifetime || one.since >= oldest);
        }
    }
}
