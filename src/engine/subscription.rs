//! What a customer pays for having a product, and what state that is in.

use serde::{Deserialize, Serialize};

use super::amount::Amount;
use super::asset::Asset;
use super::calendar::Interval;

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
    pub id: String,
    pub name: String,
    pub asset: Asset,
    pub amount: Amount,
    pub due: Due,
}
