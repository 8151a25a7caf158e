//! What a product gives for as long as the customer has it: credit that refreshes, and features.

use serde::{Deserialize, Serialize};

use super::amount::Amount;
use super::asset::Asset;
use super::calendar::Interval;
use super::grant::Purpose;
use super::rate::Quantity;
use super::scope::Scope;

/// What happens to the rest of a grant when the next one is due.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Refresh {
    /// Granted once; what is left expires after the interval.
    Once,
    /// The rest expires and the full amount is granted again.
    ExpireAndReplace,
    /// The rest, up to a maximum, is carried over into the next grant. It is never more than was
    /// left, so a rollover moves credit and creates none.
    Rollover {
        #[serde(default, skip_serializing_if = "Option::is_none")]
        max: Option<Amount>,
    },
}

/// Credit that comes with a product, granted when it becomes active and refreshed by period.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct Entitlement {
    pub name: String,
    pub asset: Asset,
    pub amount: Amount,
    /// `bundled` or `promotion`.
    pub purpose: Purpose,
    /// How long a grant lasts, and when the next one is due.
    pub every: Interval,
    pub refresh: Refresh,
    pub priority: u8,
    /// Revenue recognised for each unit used, kept for the accounts.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub revenue_basis: Option<Amount>,
    #[serde(default, skip_serializing_if = "Scope::is_everything")]
    pub scope: Scope,
}

/// What a product allows, beside credit: `can("export")`, `limit("seats") = 5`.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct Feature {
    pub code: String,
    /// A limit; without one the feature is on.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub limit: Option<Quantity>,
}
