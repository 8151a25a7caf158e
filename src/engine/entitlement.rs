//! What a product gives for as long as the customer has it: credit that refreshes, and features.

use std::collections::BTreeSet;

use serde::{Deserialize, Serialize};

use super::amount::Amount;
use super::asset::Asset;
use super::calendar::Interval;
use super::consumption::Consumption;
use super::grant::Purpose;
use super::rate::Quantity;

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

/// What credit may be spent on; empty sets allow everything.
#[derive(Clone, PartialEq, Eq, Debug, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct Scope {
    #[serde(skip_serializing_if = "BTreeSet::is_empty")]
    pub event_types: BTreeSet<String>,
    /// Codes of products.
    #[serde(skip_serializing_if = "BTreeSet::is_empty")]
    pub products: BTreeSet<String>,
}

impl Scope {
    #[must_use]
    pub fn is_everything(&self) -> bool {
        self.event_types.is_empty() && self.products.is_empty()
    }

    /// Whether credit of this scope may pay for it. A plain amount has neither an event nor a product,
    /// so only unrestricted credit pays for it.
    #[must_use]
    pub fn allows(&self, consumption: &Consumption<'_>) -> bool {
        let among = |words: &BTreeSet<String>, word: Option<&str>| {
            words.is_empty() || word.is_some_and(|word| words.contains(word))
        };
        among(&self.event_types, consumption.event_type())
            && among(&self.products, consumption.product)
    }
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
