//! A product: everything that its published version offers.

use serde::{Deserialize, Serialize};

use crate::engine::budget::Preset;
use crate::engine::entitlement::{Entitlement, Feature};

use super::fixed::FixedPrice;
use super::published::Price;

/// A published version of a product as it is copied into the wallet by a subscription.
#[derive(Clone, PartialEq, Eq, Debug, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct PricedProduct {
    /// Of this version of it. Format 1, as all that is not marked.
    pub id: String,
    /// The name that all its versions share.
    pub code: String,
    /// Counts from one.
    pub version: u32,
    /// Prices of usage.
    pub prices: Vec<Price>,
    /// Added with fixed prices: absent means none; an older deployment passes them over and
    /// collects nothing.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub fixed_prices: Vec<FixedPrice>,
    /// Added with entitlements: absent means none; an older deployment grants nothing.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub entitlements: Vec<Entitlement>,
    /// Added likewise; an older deployment does not know them.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub features: Vec<Feature>,
    /// Limits of those who have it, unless they have own ones.
    /// Added with presets: absent means none; an older deployment passes them over and limits nothing.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub budgets: Vec<Preset>,
}

impl PricedProduct {
    /// Its id and version, by which it never changes.
    #[must_use]
    pub fn named(&self) -> (String, u32) {
        (self.id.clone(), self.version)
    }
}
