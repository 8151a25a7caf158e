//! Fees as replies show them: with the numbers that they were computed from.

use serde::Serialize;

use crate::engine::price::{Applied, Dimensions, Part};
use crate::engine::{Amount, Fee, Price, Quantity};

use super::catalogue::Rates;

/// What a fee was computed from; the same in every reply.
#[derive(Serialize)]
pub struct Calculation<'a> {
    pub price_id: &'a str,
    pub price_name: &'a str,
    pub currency: &'a str,
    /// The dimensions of the row that matched.
    pub dimensions: &'a Dimensions,
    pub usage_type: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub volume_field: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub input_volume: Option<Quantity>,
    /// Of the tier, where one tier asks for everything; else `tiers` has them.
    #[serde(flatten)]
    pub rates: Rates,
    /// What each tier asks, for a price that has tiers.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub tiers: Vec<TierLine>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub description: Option<&'a str>,
    pub amount: Amount,
}

/// One tier's part of a fee.
#[derive(Serialize)]
pub struct TierLine {
    /// The tier's bound; the last tier has none.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub up_to: Option<Quantity>,
    pub volume: Quantity,
    #[serde(flatten)]
    pub rates: Rates,
    /// Before the fee's bounds and its one rounding; to 12 places.
    pub amount: Amount,
}

impl<'a> Calculation<'a> {
    /// `None` where the fee is not of this price.
    #[must_use]
    pub fn new(price: &'a Price, fee: &'a Fee, description: Option<&'a str>) -> Option<Self> {
        let applied = fee.applied(price)?;
        let parts = applied.parts(fee.volume.unwrap_or_default()).ok()?;
        let rates = match parts.as_slice() {
            [only] => Rates::new(price.model, only.tier),
            _ => Rates::default(),
        };
        Some(Self {
            price_id: &fee.price_id,
            price_name: &price.name,
            currency: &fee.asset,
            dimensions: &applied.row.dimensions,
            usage_type: price.usage.word(),
            volume_field: price.volume_name(),
            input_volume: fee.volume,
            rates,
            tiers: tiers(&applied, &parts),
            description,
            amount: fee.amount,
        })
    }
}

fn tiers(applied: &Applied<'_>, parts: &[Part<'_>]) -> Vec<TierLine> {
    if applied.model.tiering().is_none() {
        return Vec::new();
    }
    let line = |part: &Part<'_>| {
        let mut rates = Rates::new(applied.model, part.tier);
        rates.unit_price = rates.unit_price.filter(|_| part.asks_unit_price);
        TierLine {
            up_to: part.tier.up_to,
            volume: part.volume,
            rates,
            amount: part.shown(),
        }
    };
    parts.iter().map(line).collect()
}
