//! Prices of usage as they are published: what they count, and what they ask in each asset.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use crate::engine::amount::Amount;
use crate::engine::asset::Asset;
use crate::engine::calendar::Period;
use crate::engine::rate::{Quantity, Rate};
use crate::engine::usage::{Datum, UsageEvent};

/// What a price counts.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum UsageType {
    /// Each event costs the unit price.
    Unit,
    /// The event's volume is multiplied by the rate.
    Volume,
    /// Both: a unit price for the event and a rate for its volume, added before rounding.
    UnitAndVolume,
}

impl UsageType {
    /// Every usage type, as words of the API.
    pub const WORDS: [&'static str; 3] = ["unit", "volume", "unit_and_volume"];

    /// As a word of the API.
    #[must_use]
    pub const fn word(self) -> &'static str {
        match self {
            Self::Unit => "unit",
            Self::Volume => "volume",
            Self::UnitAndVolume => "unit_and_volume",
        }
    }

    /// Nothing for a word that the API does not have.
    #[must_use]
    pub fn from_word(word: &str) -> Option<Self> {
        let all = [Self::Unit, Self::Volume, Self::UnitAndVolume];
        all.into_iter().find(|one| one.word() == word)
    }

    /// Whether an event costs something by itself.
    #[must_use]
    pub const fn has_unit(self) -> bool {
        matches!(self, Self::Unit | Self::UnitAndVolume)
    }

    /// Whether its volume costs something.
    #[must_use]
    pub const fn has_volume(self) -> bool {
        matches!(self, Self::Volume | Self::UnitAndVolume)
    }
}

/// How usage becomes an amount.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Model {
    Flat,
    Package,
    Tiered(Tiering),
    Bulk(Tiering),
    Percentage,
    CostPlus,
}

impl Model {
    /// Every model, as words of the API.
    pub const WORDS: [&'static str; 6] = [
        "flat",
        "package",
        "tiered",
        "bulk",
        "percentage",
        "cost_plus",
    ];

    /// As a word of the API; the tiering is said beside it.
    #[must_use]
    pub const fn word(self) -> &'static str {
        match self {
            Self::Flat => "flat",
            Self::Package => "package",
            Self::Tiered(_) => "tiered",
            Self::Bulk(_) => "bulk",
            Self::Percentage => "percentage",
            Self::CostPlus => "cost_plus",
        }
    }

    /// Only models with tiers have one.
    #[must_use]
    pub const fn tiering(self) -> Option<Tiering> {
        match self {
            Self::Tiered(tiering) | Self::Bulk(tiering) => Some(tiering),
            Self::Flat | Self::Package | Self::Percentage | Self::CostPlus => None,
        }
    }
}

/// What adds up to the tier that usage reaches, and over which time.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct Tiering {
    /// Format 1, in the full form of a price.
    pub basis: TierBasis,
    /// After which it begins at zero again.
    pub period: Period,
}

#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum TierBasis {
    /// Events are counted.
    Unit,
    /// Volume adds up.
    Volume,
}

impl TierBasis {
    /// Every basis, as words of the API.
    pub const WORDS: [&'static str; 2] = ["unit", "volume"];

    /// As a word of the API.
    #[must_use]
    pub const fn word(self) -> &'static str {
        match self {
            Self::Unit => "unit",
            Self::Volume => "volume",
        }
    }
}

/// Keys of an event's data, with their values.
pub type Dimensions = BTreeMap<String, String>;

/// Matches every value of a dimension, also none.
pub const ANY: &str = "*";

/// What the volume of a `cost_plus` price is called: it is no field of the event's data.
pub const COSTS: &str = "costs";

/// A published price, matched by event type.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Price {
    /// Unique for ever, because fees in journals name it.
    pub id: String,
    /// For people.
    pub name: String,
    /// Only events of this type are priced.
    pub event_type: String,
    /// What it counts.
    pub usage: UsageType,
    /// The field of an event's data that is its volume.
    pub volume_field: Option<String>,
    /// How usage becomes an amount.
    pub model: Model,
    /// The keys of an event's data that choose the row.
    pub dimensions: Vec<String>,
    /// The first of the prices that it continues, in earlier versions of its product: it goes on where
    /// they were in their tiers.
    pub continues: Option<String>,
    /// An asset each, in the order in which a fee falls through them.
    pub pricing: Vec<Pricing>,
}

/// What a price asks in one asset.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct Pricing {
    /// Format 1, in the full form of a price; so are the others here.
    pub asset: Asset,
    /// By dimensions; one without them where a price has none.
    pub rows: Vec<Row>,
}

/// The rates for events with these dimensions.
#[derive(Clone, PartialEq, Eq, Debug, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct Row {
    /// For people.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub name: Option<String>,
    /// A dimension that is not named matches every value.
    #[serde(skip_serializing_if = "Dimensions::is_empty")]
    pub dimensions: Dimensions,
    /// In the order of their bounds.
    pub tiers: Vec<Tier>,
    /// The least that one event costs.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub min_amount: Option<Amount>,
    /// The most that one event costs.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub max_amount: Option<Amount>,
}

/// The rates up to a bound. Where a model has no tiers there is one, without a bound.
#[derive(Clone, PartialEq, Eq, Debug, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct Tier {
    /// For people.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub name: Option<String>,
    /// The last position that belongs to the tier; the last tier has none.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub up_to: Option<Quantity>,
    /// For each event.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub unit_price: Option<Amount>,
    /// A percentage is a rate per 100; costs with a markup are `100 + markup` per 100.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub rate: Option<Rate>,
}

impl Price {
    /// What the volume is called.
    #[must_use]
    pub fn volume_name(&self) -> Option<&str> {
        match self.model {
            Model::CostPlus => Some(COSTS),
            Model::Flat
            | Model::Package
            | Model::Tiered(_)
            | Model::Bulk(_)
            | Model::Percentage => self.volume_field.as_deref(),
        }
    }

    /// The price under whose id its positions are kept: its own, unless it goes on with that of an
    /// earlier one.
    #[must_use]
    pub fn counter(&self) -> &str {
        self.continues.as_deref().unwrap_or(&self.id)
    }

    /// What the price asks in an asset.
    #[must_use]
    pub fn pricing_in(&self, asset: &str) -> Option<&Pricing> {
        self.pricing.iter().find(|one| one.asset.code == asset)
    }

    /// The row for an event and its place: the most specific match; among equals the first.
    #[must_use]
    pub fn row<'a>(&self, pricing: &'a Pricing, event: &UsageEvent) -> Option<(usize, &'a Row)> {
        if self.dimensions.is_empty() {
            return pricing.rows.first().map(|row| (0, row));
        }
        let mut found: Option<(usize, usize, &Row)> = None;
        for (place, row) in pricing.rows.iter().enumerate() {
            let Some(matches) = row.matches(event) else {
                continue;
            };
            // Strictly more, so that among equals the first row stays, whatever is added behind it.
            if found.is_none_or(|(most, _, _)| matches > most) {
                found = Some((matches, place, row));
            }
        }
        found.map(|(_, place, row)| (place, row))
    }
}

impl Row {
    /// How many dimensions match by value; `None` where one does not match at all.
    fn matches(&self, event: &UsageEvent) -> Option<usize> {
        let mut exact = 0_usize;
        for (key, value) in &self.dimensions {
            if value != ANY {
                // A named dimension must be there: a row for one region does not price an event
                // that names none.
                let datum = event.data.get(key)?;
                if datum.word() != value.as_str() {
                    return None;
                }
                exact = exact.saturating_add(1);
            }
        }
        Some(exact)
    }
}

impl Datum {
    /// The value as a dimension is written: a flag is `true` or `false`, a number is its digits.
    #[must_use]
    pub fn word(&self) -> std::borrow::Cow<'_, str> {
        match self {
            Self::Flag(true) => "true".into(),
            Self::Flag(false) => "false".into(),
            Self::Whole(whole) => whole.to_string().into(),
            Self::Number { number } => number.to_string().into(),
            Self::Text(text) => text.into(),
            Self::Json { json } => json.into(),
        }
    }
}
