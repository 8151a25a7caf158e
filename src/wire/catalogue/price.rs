//! Prices of usage: read from requests, written to replies.

use serde::{Deserialize, Serialize};

use crate::engine::price::Basis;
use crate::engine::{Amount, Asset, Price, Quantity, Rate};
use crate::wire::ids::MAX_ID;
use crate::wire::json::{Errors, Object};

/// Most prices of one product.
pub const MAX_PRICES: usize = 100;

/// A price whose asset has not been looked up yet.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct NewPrice {
    pub name: String,
    pub event_type: String,
    pub asset: String,
    pub basis: Basis,
}

impl NewPrice {
    pub(super) fn read(object: &Object<'_>, errors: &mut Errors) -> Option<Self> {
        object.word("type", &["usage_based"], errors);
        object.word("pricing_model", &["flat"], errors);
        object.not_yet(&["tiering", "funding_destination"], errors);
        if let Some(model) = object.object("billing_model", errors) {
            model.word("type", &["real_time"], errors);
        }
        let name = object.text("name", MAX_ID, errors);
        let usage = object.object("usage_calculation", errors);
        let usage = object.require("usage_calculation", usage, errors);
        let pricing = object.objects("pricing", 1, errors);
        let pricing = object.require("pricing", pricing, errors)?;
        let [pricing] = pricing.as_slice() else {
            errors.add(&object.path_of("pricing"), "must name exactly one asset");
            return None;
        };
        let asset = pricing.code("asset", errors);
        let asset = pricing.require("asset", asset, errors);
        let values = pricing.objects("values", 1, errors);
        let values = pricing.require("values", values, errors)?;
        let [value] = values.as_slice() else {
            errors.add(&pricing.path_of("values"), "must have exactly one value");
            return None;
        };
        value.not_yet(
            &["up_to", "min_amount", "max_amount", "dimensions", "values"],
            errors,
        );
        let usage = usage?;
        usage.not_yet(&["billable_dimensions"], errors);
        usage.word("unit_aggregation", &["count"], errors);
        usage.word("volume_aggregation", &["sum"], errors);
        let event_type = usage.text("event_type", MAX_ID, errors);
        let event_type = usage.require("event_type", event_type, errors);
        let basis = basis(&usage, value, errors);
        Some(Self {
            name: name.unwrap_or_else(|| event_type.clone().unwrap_or_default()),
            event_type: event_type?,
            asset: asset?,
            basis: basis?,
        })
    }
}

fn basis(usage: &Object<'_>, value: &Object<'_>, errors: &mut Errors) -> Option<Basis> {
    let kinds = ["unit", "volume", "unit_and_volume"];
    let kind = usage.word("usage_type", &kinds, errors);
    let kind = usage.require("usage_type", kind, errors)?;
    let unit_price = (kind != "volume").then(|| price(value, "unit_price", errors));
    if kind == "unit" {
        return Some(Basis::Unit {
            unit_price: unit_price??,
        });
    }
    let field = usage.text("volume_field", MAX_ID, errors);
    let field = usage.require("volume_field", field, errors);
    let amount = price(value, "volume_rate", errors);
    let package = value.amount("package_size", errors);
    let package = package.map_or_else(|| Amount::parse("1").ok(), Some);
    let per = package
        .filter(|size| size.is_positive())
        .and_then(Quantity::new);
    if per.is_none() {
        errors.add(&value.path_of("package_size"), "must be above zero");
    }
    let volume_field = field?;
    let rate = Rate::new(amount?, per?)?;
    match unit_price {
        None => Some(Basis::Volume { volume_field, rate }),
        Some(unit_price) => Some(Basis::UnitAndVolume {
            unit_price: unit_price?,
            volume_field,
            rate,
        }),
    }
}

pub(super) fn price(value: &Object<'_>, name: &str, errors: &mut Errors) -> Option<Amount> {
    let amount = value.amount(name, errors);
    let amount = value.require(name, amount, errors)?;
    if amount.is_negative() {
        errors.add(&value.path_of(name), "must not be negative");
        return None;
    }
    Some(amount)
}

/// A price as replies write it: the shape of the request, with its id.
#[derive(Clone, PartialEq, Eq, Debug, Serialize)]
pub struct PriceReply {
    pub id: String,
    pub name: String,
    #[serde(rename = "type")]
    pub kind: &'static str,
    pub pricing_model: &'static str,
    pub billing_model: BillingModel,
    pub usage_calculation: UsageCalculation,
    pub pricing: Vec<Pricing>,
}

#[derive(Clone, PartialEq, Eq, Debug, Serialize)]
pub struct BillingModel {
    #[serde(rename = "type")]
    pub kind: &'static str,
}

#[derive(Clone, PartialEq, Eq, Debug, Serialize)]
pub struct UsageCalculation {
    pub event_type: String,
    pub usage_type: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub volume_field: Option<String>,
}

#[derive(Clone, PartialEq, Eq, Debug, Serialize)]
pub struct Pricing {
    pub asset: String,
    pub values: Vec<PriceValue>,
}

#[derive(Clone, PartialEq, Eq, Debug, Serialize)]
pub struct PriceValue {
    #[serde(skip_serializing_if = "Option::is_none")]
    pub unit_price: Option<Amount>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub volume_rate: Option<Amount>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub package_size: Option<Quantity>,
}

impl From<&Price> for PriceReply {
    fn from(price: &Price) -> Self {
        Self {
            id: price.id.clone(),
            name: price.name.clone(),
            kind: "usage_based",
            pricing_model: "flat",
            billing_model: BillingModel { kind: "real_time" },
            usage_calculation: UsageCalculation {
                event_type: price.event_type.clone(),
                usage_type: price.basis.word(),
                volume_field: price.volume_field().map(str::to_owned),
            },
            pricing: vec![Pricing {
                asset: price.asset.code.clone(),
                values: vec![PriceValue {
                    unit_price: price.unit_price(),
                    volume_rate: price.rate().map(Rate::amount),
                    package_size: price.rate().map(Rate::per),
                }],
            }],
        }
    }
}

impl NewPrice {
    /// The price as a wallet will hold it.
    #[must_use]
    pub fn published(self, id: String, asset: Asset) -> Price {
        Price {
            id,
            name: self.name,
            event_type: self.event_type,
            asset,
            basis: self.basis,
        }
    }
}
