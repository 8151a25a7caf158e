//! How a price is written down. A flat price in one asset keeps the short form that journals have
//! had since the first of them: `asset` and `basis`. Every other price is written in full.

use serde::{Deserialize, Deserializer, Serialize, Serializer};

use super::super::amount::Amount;
use super::super::asset::Asset;
use super::super::rate::Rate;
use super::{Model, Price, Pricing, Row, Tier, UsageType};

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
            dimensions: Vec::new(),
            pricing: vec![Pricing {
                asset,
                rows: vec![row],
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
            && self.volume_field == short.volume_field
            && self.pricing == short.pricing;
        same.then_some((&pricing.asset, basis))
    }
}

/// Both forms; what one of them lacks is absent.
#[derive(Deserialize)]
struct Written {
    id: String,
    name: String,
    event_type: String,
    asset: Option<Asset>,
    basis: Option<Basis>,
    usage: Option<UsageType>,
    volume_field: Option<String>,
    model: Option<Model>,
    #[serde(default)]
    dimensions: Vec<String>,
    #[serde(default)]
    pricing: Vec<Pricing>,
}

impl<'de> Deserialize<'de> for Price {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let written = Written::deserialize(deserializer)?;
        let Written {
            id,
            name,
            event_type,
            ..
        } = written;
        match (written.asset, written.basis, written.usage, written.model) {
            (Some(asset), Some(basis), _, _) => Ok(Self::flat(id, name, event_type, asset, basis)),
            (_, _, Some(usage), Some(model)) => Ok(Self {
                id,
                name,
                event_type,
                usage,
                volume_field: written.volume_field,
                model,
                dimensions: written.dimensions,
                pricing: written.pricing,
            }),
            _ => Err(serde::de::Error::custom("a price has a basis or a model")),
        }
    }
}

#[derive(Serialize)]
struct Short<'a> {
    id: &'a str,
    name: &'a str,
    event_type: &'a str,
    asset: &'a Asset,
    basis: Basis,
}

#[derive(Serialize)]
struct Full<'a> {
    id: &'a str,
    name: &'a str,
    event_type: &'a str,
    usage: UsageType,
    #[serde(skip_serializing_if = "Option::is_none")]
    volume_field: Option<&'a str>,
    model: Model,
    #[serde(skip_serializing_if = "<[String]>::is_empty")]
    dimensions: &'a [String],
    pricing: &'a [Pricing],
}

impl Serialize for Price {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let (id, name, event_type) = (&self.id, &self.name, &self.event_type);
        if let Some((asset, basis)) = self.short() {
            let short = Short {
                id,
                name,
                event_type,
                asset,
                basis,
            };
            return short.serialize(serializer);
        }
        let full = Full {
            id,
            name,
            event_type,
            usage: self.usage,
            volume_field: self.volume_field.as_deref(),
            model: self.model,
            dimensions: &self.dimensions,
            pricing: &self.pricing,
        };
        full.serialize(serializer)
    }
}
