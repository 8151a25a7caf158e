//! Prices of usage, as replies write them: the shape of the request, with their ids. What a request
//! left out is told with its default, so a reply can be sent as a request again.

use serde::Serialize;

use crate::engine::price::{Dimensions, Free, Model, PeriodBound, Pricing, Rounding, Row, Tier};
use crate::engine::{Amount, Price, Quantity, Rate};

/// A price of usage.
#[derive(Clone, PartialEq, Eq, Debug, Serialize)]
pub struct PriceReply {
    /// `prc_…`; a fee names its price by it.
    pub id: String,
    pub name: String,
    /// Always `usage_based`.
    #[serde(rename = "type")]
    pub kind: &'static str,
    /// In the order in which assets are tried.
    pub pricing_model: &'static str,
    /// For `tiered` and `bulk` only.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub tiering: Option<TieringReply>,
    /// The first of the prices in whose positions it goes on; absent where it begins with itself.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub continues: Option<String>,
    pub billing_model: BillingModel,
    pub usage_calculation: UsageCalculation,
    /// What costs nothing in each period.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub free: Option<FreeReply>,
    pub pricing: Vec<PricingReply>,
}

/// How tiers count: `{"basis": "volume", "period": "monthly"}`.
#[derive(Clone, PartialEq, Eq, Debug, Serialize)]
pub struct TieringReply {
    /// `volume` or `unit`.
    pub basis: &'static str,
    /// `lifetime`, `monthly`, `quarterly` or `yearly`.
    pub period: &'static str,
}

/// When it is charged: `{"type": "real_time"}`.
#[derive(Clone, PartialEq, Eq, Debug, Serialize)]
pub struct BillingModel {
    #[serde(rename = "type")]
    pub kind: &'static str,
}

/// What is counted, and of which events.
#[derive(Clone, PartialEq, Eq, Debug, Serialize)]
pub struct UsageCalculation {
    pub event_type: String,
    /// `unit`, `volume` or `unit_and_volume`.
    pub usage_type: &'static str,
    /// The field of the event's data that is multiplied.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub volume_field: Option<String>,
    /// How the volume is rounded before it is priced.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub rounding: Option<RoundingReply>,
    /// The keys of the event's data by which a row is found.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub billable_dimensions: Vec<String>,
}

/// `{"mode": "half_up", "unit": "1"}`.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize)]
pub struct RoundingReply {
    /// `up`, `down` or `half_up`.
    pub mode: &'static str,
    pub unit: Quantity,
}

impl From<Rounding> for RoundingReply {
    fn from(rounding: Rounding) -> Self {
        Self {
            mode: rounding.mode.word(),
            unit: rounding.unit,
        }
    }
}

/// `{"units": "1000", "events": 5, "period": "monthly"}`.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize)]
pub struct FreeReply {
    #[serde(skip_serializing_if = "Option::is_none")]
    pub units: Option<Quantity>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub events: Option<u32>,
    pub period: &'static str,
}

impl From<Free> for FreeReply {
    fn from(free: Free) -> Self {
        let whole = |events: Quantity| u32::try_from(events.steps(0)).ok();
        Self {
            units: free.units,
            events: free.events.and_then(whole),
            period: free.period.word(),
        }
    }
}

/// `{"amount": "100", "period": "monthly"}`.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize)]
pub struct PeriodBoundReply {
    pub amount: Amount,
    pub period: &'static str,
}

impl From<PeriodBound> for PeriodBoundReply {
    fn from(bound: PeriodBound) -> Self {
        Self {
            amount: bound.amount,
            period: bound.period.word(),
        }
    }
}

/// What is asked in one asset.
#[derive(Clone, PartialEq, Eq, Debug, Serialize)]
pub struct PricingReply {
    pub asset: String,
    /// The most that is asked in a period.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub max_per_period: Option<PeriodBoundReply>,
    /// The least that is asked in a period, charged when it ends.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub min_per_period: Option<PeriodBoundReply>,
    /// Tiers; or rows, where there are dimensions.
    pub values: Vec<PriceValue>,
}

/// The rates of a tier; or a row of dimensions, whose tiers are in `values`.
#[derive(Clone, PartialEq, Eq, Debug, Default, Serialize)]
pub struct PriceValue {
    /// Of the row or of the tier.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub name: Option<String>,
    /// The values that a row is for; `*` is every value.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub dimensions: Option<Dimensions>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub values: Vec<PriceValue>,
    /// The tier's bound, which belongs to it; the last one has none.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub up_to: Option<Quantity>,
    #[serde(flatten)]
    pub rates: Rates,
    /// The least that one event is charged, after its tiers.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub min_amount: Option<Amount>,
    /// The most that one event is charged.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub max_amount: Option<Amount>,
}

/// A tier's rates, in the words of its model.
#[derive(Clone, PartialEq, Eq, Debug, Default, Serialize)]
pub struct Rates {
    /// Once in a period, for entering the tier.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub flat_amount: Option<Amount>,
    /// For each event.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub unit_price: Option<Amount>,
    /// For so much of the volume as `package_size` says.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub volume_rate: Option<Amount>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub package_size: Option<Quantity>,
    /// Of the volume, which is an amount.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub percentage: Option<Amount>,
    /// In per cent, on top of the event's own costs.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub markup: Option<Amount>,
}

impl Rates {
    /// The rates of a tier under a model.
    #[must_use]
    pub fn new(model: Model, tier: &Tier) -> Self {
        let mut rates = Self {
            flat_amount: tier.flat_amount,
            unit_price: tier.unit_price,
            ..Self::default()
        };
        let amount = tier.rate.map(Rate::amount);
        match model {
            Model::Percentage => rates.percentage = amount,
            // The engine multiplies costs by `100 + markup` per 100, so the 100 is taken off again.
            Model::CostPlus => {
                let on_top = |rate: Rate| rate.amount().minus(rate.per().get()).ok();
                rates.markup = tier.rate.and_then(on_top);
            }
            Model::Flat | Model::Package | Model::Tiered(_) | Model::Bulk(_) => {
                rates.volume_rate = amount;
                rates.package_size = tier.rate.map(Rate::per);
            }
        }
        rates
    }
}

impl From<&Price> for PriceReply {
    fn from(price: &Price) -> Self {
        let pricing = |one: &Pricing| PricingReply {
            asset: one.asset.code.clone(),
            max_per_period: one.max_per_period.map(PeriodBoundReply::from),
            min_per_period: one.min_per_period.map(PeriodBoundReply::from),
            values: if price.dimensions.is_empty() {
                let rows = one.rows.iter();
                rows.flat_map(|row| values(price.model, row)).collect()
            } else {
                one.rows
                    .iter()
                    .map(|row| row_reply(price.model, row))
                    .collect()
            },
        };
        Self {
            id: price.id.clone(),
            name: price.name.clone(),
            kind: "usage_based",
            pricing_model: price.model.word(),
            tiering: price.model.tiering().map(|tiering| TieringReply {
                basis: tiering.basis.word(),
                period: tiering.period.word(),
            }),
            continues: price.continues.clone(),
            free: price.metering.free.map(FreeReply::from),
            billing_model: BillingModel { kind: "real_time" },
            usage_calculation: UsageCalculation {
                event_type: price.event_type.clone(),
                usage_type: price.usage.word(),
                volume_field: price.volume_field.clone(),
                rounding: price.metering.rounding.map(RoundingReply::from),
                billable_dimensions: price.dimensions.clone(),
            },
            pricing: price.pricing.iter().map(pricing).collect(),
        }
    }
}

/// A row with its dimensions, whose tiers are inside.
fn row_reply(model: Model, row: &Row) -> PriceValue {
    PriceValue {
        name: row.name.clone(),
        dimensions: Some(row.dimensions.clone()),
        values: values(model, row),
        ..PriceValue::default()
    }
}

/// The tiers; the bounds of the whole fee stand in the first.
fn values(model: Model, row: &Row) -> Vec<PriceValue> {
    let value = |(place, tier): (usize, &Tier)| PriceValue {
        name: tier.name.clone(),
        up_to: tier.up_to,
        rates: Rates::new(model, tier),
        min_amount: row.min_amount.filter(|_| place == 0),
        max_amount: row.max_amount.filter(|_| place == 0),
        ..PriceValue::default()
    };
    row.tiers.iter().enumerate().map(value).collect()
}
