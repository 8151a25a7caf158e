//! How a price is stored. A flat price in one asset keeps the short form that journals have had
//! since the first of them: `asset` and `basis`. Every other price is stored in full.
//!
//! ```text
//! {"id":…,"name":…,"event_type":…,"asset":{…},"basis":{"volume":{…}}}                    short
//! {"id":…,"name":…,"event_type":…,"usage":…,"volume_field":…,"model":…,"pricing":[…]}    full
//! ```
//!
//! Both are format 1. The full form was added with the models; a deployment from before it cannot read
//! such a price, and stops at its row.

use serde::{Deserialize, Deserializer, Serialize, Serializer};

use crate::engine::amount::Amount;
use crate::engine::asset::Asset;
use crate::engine::rate::Rate;

use super::published::{Metering, Model, Price, Pricing, Row, Tier, UsageType};

/// What a flat price in one asset asks.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Basis {
    /// Each event costs the unit price.
    Unit { unit_price: Amount },
    /// The data field `volume_field` is multiplied by the rate.
    Volume { volume_field: String, rate: Rate },
    /// Both: a unit price for the event and a rate for its volume, added before rounding.
    UnitAndVolume {
        unit_price: Amount,
        volume_field: String,
        rate: Rate,
    },
}

impl Price {
    /// A flat price in one asset, which most prices are.
    #[must_use]
    pub fn flat(id: String, name: String, event_type: String, asset: Asset, basis: Basis) -> Self {
        let (usage, volume_field, unit_price, rate) = match basis {
            Basis::Unit { unit_price } => (UsageType::Unit, None, Some(unit_price), None),
            Basis::Volume { volume_field, rate } => {
                (UsageType::Volume, Some(volume_field), None, Some(rate))
            }
            Basis::UnitAndVolume {
                unit_price,
                volume_field,
                rate,
            } => (
                UsageType::UnitAndVolume,
                Some(volume_field),
                Some(unit_price),
                Some(rate),
            ),
        };
        let tier = Tier {
            unit_price,
            rate,
            ..Tier::default()
        };
        let row = Row {
            tiers: vec![tier],
            ..Row::default()
        };
        Self {
            id,
            name,
            event_type,
            usage,
            volume_field,
            model: Model::Flat,
            metering: Metering::default(),
            dimensions: Vec::new(),
            continues: None,
            pricing: vec![Pricing {
                asset,
                max_per_period: None,
                min_per_period: None,
                rows: vec![row].into(),
            }],
        }
    }

    /// The short form, where it says everything.
    #[must_use]
    pub fn short(&self) -> Option<(&Asset, Basis)> {
        let [pricing] = self.pricing.as_slice() else {
            return None;
        };
        let [row] = pricing.rows.as_slice() else {
            return None;
        };
        let [tier] = row.tiers.as_slice() else {
            return None;
        };
        let field = self.volume_field.clone();
        let basis = match (self.usage, tier.unit_price, field, tier.rate) {
            (UsageType::Unit, Some(unit_price), _, _) => Basis::Unit { unit_price },
            (UsageType::Volume, _, Some(volume_field), Some(rate)) => {
                Basis::Volume { volume_field, rate }
            }
            (UsageType::UnitAndVolume, Some(unit_price), Some(volume_field), Some(rate)) => {
                Basis::UnitAndVolume {
                    unit_price,
                    volume_field,
                    rate,
                }
            }
            (UsageType::Unit | UsageType::Volume | UsageType::UnitAndVolume, _, _, _) => {
                return None;
            }
        };
        // Whatever the short form leaves out would be lost.
        let (id, name, event_type) = Default::default();
        let short = Self::flat(id, name, event_type, pricing.asset.clone(), basis.clone());
        let same = self.model == short.model
            && self.dimensions.is_empty()
            && self.continues.is_none()
            && self.metering == short.metering
            && self.volume_field == short.volume_field
            && self.pricing == short.pricing;
        same.then_some((&pricing.asset, basis))
    }
}

/// A price as rows, snapshots and offers have it. What has the fields of the short form is short;
/// nothing has the fields of both.
#[derive(Serialize, Deserialize)]
#[serde(untagged)]
enum StoredPrice {
    Short {
        id: String,
        name: String,
        event_type: String,
        asset: Asset,
        basis: Basis,
    },
    Full {
        id: String,
        name: String,
        event_type: String,
        usage: UsageType,
        #[serde(default, skip_serializing_if = "Option::is_none")]
        volume_field: Option<String>,
        model: Model,
        /// Added later: absent means that a volume is priced as it is. An older deployment passes it
        /// over.
        #[serde(default, skip_serializing_if = "is_plain")]
        metering: Metering,
        #[serde(default, skip_serializing_if = "Vec::is_empty")]
        dimensions: Vec<String>,
        /// Added with it: absent means that the price begins with itself. An older deployment passes
        /// it over, and begins at zero.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        continues: Option<String>,
        #[serde(default)]
        pricing: Vec<Pricing>,
    },
}

/// Most prices.
fn is_plain(metering: &Metering) -> bool {
    *metering == Metering::default()
}

impl From<StoredPrice> for Price {
    /// Both forms mean the same price.
    fn from(stored: StoredPrice) -> Self {
        match stored {
            StoredPrice::Short {
                id,
                name,
                event_type,
                asset,
                basis,
            } => Self::flat(id, name, event_type, asset, basis),
            StoredPrice::Full {
                id,
                name,
                event_type,
                usage,
                volume_field,
                model,
                metering,
                dimensions,
                continues,
                pricing,
            } => Self {
                id,
                name,
                event_type,
                usage,
                volume_field,
                model,
                metering,
                dimensions,
                continues,
                pricing,
            },
        }
    }
}

impl From<Price> for StoredPrice {
    /// The short form wherever it says everything.
    fn from(price: Price) -> Self {
        if let Some((asset, basis)) = price.short() {
            let asset = asset.clone();
            // Journals and request digests have had this form since the first price, so it must
            // stay to the byte.
            return Self::Short {
                id: price.id,
                name: price.name,
                event_type: price.event_type,
                asset,
                basis,
            };
        }
        Self::Full {
            id: price.id,
            name: price.name,
            event_type: price.event_type,
            usage: price.usage,
            volume_field: price.volume_field,
            model: price.model,
            metering: price.metering,
            dimensions: price.dimensions,
            continues: price.continues,
            pricing: price.pricing,
        }
    }
}

impl<'de> Deserialize<'de> for Price {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        StoredPrice::deserialize(deserializer).map(Self::from)
    }
}

impl Serialize for Price {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        StoredPrice::from(self.clone()).serialize(serializer)
    }
}
