//! A product: everything that its published version offers.

use serde::{Deserialize, Serialize};

use crate::engine::entitlement::{Entitlement, Feature};

use super::fixed::FixedPrice;
use super::published::Price;

/// A published version of a product as it is copied into the wallet by a subscription.
#[derive(Clone, PartialEq, Eq, Debug, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct PricedProduct {
    pub id: String,
    pub code: String,
    pub version: u32,
    /// Prices of usage.
    pub prices: Vec<Price>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub fixed_prices: Vec<FixedPrice>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub entitlements: Vec<Entitlement>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub features: Vec<Feature>,
}
