//! Fixed prices: what having a product costs, whatever is used.

use serde::{Deserialize, Serialize};

use crate::engine::amount::Amount;
use crate::engine::asset::Asset;
use crate::engine::calendar::Interval;

/// When a fixed price is due.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Due {
    /// Once, when the subscription becomes active.
    OneTime,
    /// At the start of each period.
    Recurring(Interval),
}

/// A fixed price of a product, collected from the wallet's balance.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct FixedPrice {
    /// Format 1, added with fixed prices, as all of it.
    pub id: String,
    /// For people.
    pub name: String,
    /// The one that it is collected in.
    pub asset: Asset,
    /// For each period, or once.
    pub amount: Amount,
    /// When it is collected.
    pub due: Due,
}

impl FixedPrice {
    /// How long a period is; nothing for what is due once.
    #[must_use]
    pub const fn interval(&self) -> Option<Interval> {
        match self.due {
            Due::OneTime => None,
            Due::Recurring(interval) => Some(interval),
        }
    }

    /// What it asks or gives back of this amount.
    #[must_use]
    pub fn fee(&self, amount: Amount) -> FixedFee {
        FixedFee {
            price_id: self.id.clone(),
            asset: self.asset.code.clone(),
            amount,
        }
    }
}

/// What a fixed price asked, or gave back, at one moment.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct FixedFee {
    /// Format 1, added with fixed prices, as all of it.
    pub price_id: String,
    /// The one that paid.
    pub asset: String,
    /// Not negative.
    pub amount: Amount,
}

/// Fees summed by asset, in the order in which the assets first appear. They were checked one by
/// one; a sum that no wallet could hold is the largest amount.
#[must_use]
pub fn sums(fees: &[FixedFee]) -> Vec<(&str, Amount)> {
    let mut sums: Vec<(&str, Amount)> = Vec::new();
    for fee in fees {
        match sums.iter_mut().find(|(asset, _)| *asset == fee.asset) {
            // The largest amount is more than any account can have, so such a sum is refused as
            // unaffordable and never wraps.
            Some((_, sum)) => *sum = sum.saturating_plus(fee.amount),
            None => sums.push((&fee.asset, fee.amount)),
        }
    }
    sums
}
