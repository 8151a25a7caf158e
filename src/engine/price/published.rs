//! Prices of usage as they are published: what they count, and what they ask in each asset.

use std::collections::BTreeMap;
use std::ops::{Deref, DerefMut};

use serde::{Deserialize, Deserializer, Serialize, Serializer};

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

/// What a price counts over a period beside its tiers.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Counts<'a> {
    FreeUnits,
    FreeEvents,
    /// What was asked in an asset.
    Charged {
        asset: &'a str,
    },
}

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
    /// What becomes of a volume before it is priced.
    pub metering: Metering,
    /// The keys of an event's data that choose the row.
    pub dimensions: Vec<String>,
    /// The first of the prices that it continues, in earlier versions of its product: it goes on where
    /// they were in their tiers.
    pub continues: Option<String>,
    /// An asset each, in the order in which a fee falls through them.
    pub pricing: Vec<Pricing>,
}

/// What becomes of a volume before it is priced: it is rounded, and what is free is taken off.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct Metering {
    /// Format 1, added with it: absent means no rounding.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub rounding: Option<Rounding>,
    /// Added likewise: absent means that nothing is free.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub free: Option<Free>,
}

/// A volume is rounded to whole units.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct Rounding {
    /// Format 1, added with metering; so is the other.
    pub mode: RoundingMode,
    /// How much a unit is; above zero.
    pub unit: Quantity,
}

#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum RoundingMode {
    Up,
    Down,
    HalfUp,
}

impl RoundingMode {
    /// Every mode, as words of the API.
    pub const WORDS: [&'static str; 3] = ["up", "down", "half_up"];

    /// As a word of the API.
    #[must_use]
    pub const fn word(self) -> &'static str {
        match self {
            Self::Up => "up",
            Self::Down => "down",
            Self::HalfUp => "half_up",
        }
    }

    /// Nothing for a word that the API does not have.
    #[must_use]
    pub fn from_word(word: &str) -> Option<Self> {
        let all = [Self::Up, Self::Down, Self::HalfUp];
        all.into_iter().find(|one| one.word() == word)
    }
}

/// What costs nothing in each period, of all rows together.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct Free {
    /// So much volume, after rounding. Format 1, added with metering, as all of it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub units: Option<Quantity>,
    /// So many events, whole.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub events: Option<Quantity>,
    pub period: Period,
}

/// The least or the most that a price asks in an asset over a period, of all rows together.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct PeriodBound {
    /// Format 1, added with metering; so is the other.
    pub amount: Amount,
    pub period: Period,
}

/// What a price asks in one asset.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct Pricing {
    /// Format 1, in the full form of a price; so are the others here.
    pub asset: Asset,
    /// Added later: absent means no such limit. An older deployment passes it over and asks more.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub max_per_period: Option<PeriodBound>,
    /// Added later still: absent means none. An older deployment passes it over and asks less.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub min_per_period: Option<PeriodBound>,
    /// By dimensions; one without them where a price has none.
    pub rows: Rows,
}

impl Pricing {
    /// The period over which it counts what it charged. The reader lets both bounds have one only.
    #[must_use]
    pub fn bound_period(&self) -> Option<Period> {
        let bound = self.max_per_period.or(self.min_per_period);
        bound.map(|bound| bound.period)
    }
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
    /// Once in a period, for entering the tier.
    /// Added later: absent means none. An older deployment passes it over and asks less.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub flat_amount: Option<Amount>,
    /// For each event.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub unit_price: Option<Amount>,
    /// A percentage is a rate per 100; costs with a markup are `100 + markup` per 100.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub rate: Option<Rate>,
}

/// Under which a line of prices counts something that has no position of its own.
#[must_use]
pub fn counter_of(line: &str, what: Counts<'_>) -> String {
    match what {
        Counts::FreeUnits => format!("{line} free units"),
        Counts::FreeEvents => format!("{line} free events"),
        Counts::Charged { asset } => format!("{line} charged {asset}"),
    }
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

    /// Under which something is counted that has no position of its own.
    #[must_use]
    pub fn counter_of(&self, what: Counts<'_>) -> String {
        counter_of(self.counter(), what)
    }

    /// Whether it counts anything over a period, which a later version would go on with.
    #[must_use]
    pub fn has_counters(&self) -> bool {
        self.model.tiering().is_some()
            || self.metering.free.is_some()
            || self.pricing.iter().any(|one| one.bound_period().is_some())
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
        pricing.rows.matching(event)
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

/// The rows of a price in one asset, in their order; stored and compared as the list that they are.
///
/// Which of them prices an event is found by an index and not by a walk over all of them, so that a price
/// for 500 models costs each event as much as one for two:
///
/// ```text
/// dimensions of a row     group     the row of an event
/// model=a region=*        {model}   the group with the most dimensions that has the event's values;
/// model=a region=eu       {m, r}    among groups of equally many the first row
/// ```
#[derive(Clone, Debug, Default)]
pub struct Rows {
    list: Vec<Row>,
    /// None for a few rows, which are looked through faster, and once one of them has changed.
    index: Option<Vec<Group>>,
}

/// Up to so many rows are looked through: an index of them would cost more than it spares.
const FEW_ROWS: usize = 8;

/// The rows that name the same dimensions with a value of their own.
#[derive(Clone, Debug)]
struct Group {
    dimensions: Vec<String>,
    /// The first row of each combination of values, by [`join`].
    places: BTreeMap<String, usize>,
}

impl Rows {
    /// The row for an event and its place: the most specific match; among equals the first.
    #[must_use]
    pub fn matching(&self, event: &UsageEvent) -> Option<(usize, &Row)> {
        let Some(groups) = &self.index else {
            return self.looked_through(event);
        };
        let mut found: Option<(usize, usize)> = None;
        for group in groups {
            let dimensions = group.dimensions.len();
            // Groups come with the most dimensions first, so a smaller one is less specific.
            if found.is_some_and(|(most, _)| most > dimensions) {
                break;
            }
            let Some(place) = group.place(event) else {
                continue;
            };
            if found.is_none_or(|(_, first)| place < first) {
                found = Some((dimensions, place));
            }
        }
        let (_, place) = found?;
        self.list.get(place).map(|row| (place, row))
    }

    /// The same without the index.
    fn looked_through(&self, event: &UsageEvent) -> Option<(usize, &Row)> {
        let mut found: Option<(usize, usize, &Row)> = None;
        for (place, row) in self.list.iter().enumerate() {
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

impl Price {
    /// The key of an event's data for which no row has the value: the first one that leaves no row
    /// once those before it have matched.
    #[must_use]
    pub fn unmatched(&self, event: &UsageEvent) -> Option<&str> {
        let mut rows: Vec<&Row> = self
            .pricing
            .iter()
            .flat_map(|one| one.rows.iter())
            .collect();
        let lacks = |key: &&String| {
            rows.retain(|row| row.has(key, event));
            rows.is_empty()
        };
        let keys = self.dimensions.iter();
        keys.clone()
            .find(lacks)
            .or(self.dimensions.first())
            .map(String::as_str)
    }
}

impl Row {
    /// Whether a dimension of the row lets an event through.
    fn has(&self, key: &str, event: &UsageEvent) -> bool {
        let wanted = self.dimensions.get(key).filter(|value| *value != ANY);
        wanted.is_none_or(|value| {
            let datum = event.data.get(key);
            datum.is_some_and(|datum| datum.word() == value.as_str())
        })
    }

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

impl Group {
    /// A named dimension must be there: a row for one region does not price an event that names none.
    fn place(&self, event: &UsageEvent) -> Option<usize> {
        let mut key = String::new();
        for dimension in &self.dimensions {
            join(&mut key, &event.data.get(dimension)?.word());
        }
        self.places.get(&key).copied()
    }
}

/// The rows by the dimensions that they name, the most specific first.
fn index(rows: &[Row]) -> Vec<Group> {
    let mut groups: BTreeMap<Vec<&str>, BTreeMap<String, usize>> = BTreeMap::new();
    for (place, row) in rows.iter().enumerate() {
        let exact = row.dimensions.iter().filter(|(_, value)| *value != ANY);
        let mut key = String::new();
        let mut dimensions = Vec::new();
        for (dimension, value) in exact {
            join(&mut key, value);
            dimensions.push(dimension.as_str());
        }
        // The first row stays, whatever is added behind it.
        groups
            .entry(dimensions)
            .or_default()
            .entry(key)
            .or_insert(place);
    }
    let owned = |names: Vec<&str>| names.into_iter().map(str::to_owned).collect();
    let mut groups: Vec<Group> = groups
        .into_iter()
        .map(|(dimensions, places)| Group {
            dimensions: owned(dimensions),
            places,
        })
        .collect();
    groups.sort_by_key(|group| std::cmp::Reverse(group.dimensions.len()));
    groups
}

/// Adds a value to a key: with its length, so that no two lists of values make one key.
fn join(key: &mut String, value: &str) {
    key.push_str(&value.len().to_string());
    key.push(':');
    key.push_str(value);
}

impl Deref for Rows {
    type Target = Vec<Row>;

    fn deref(&self) -> &Vec<Row> {
        &self.list
    }
}

impl DerefMut for Rows {
    fn deref_mut(&mut self) -> &mut Vec<Row> {
        self.index = None;
        &mut self.list
    }
}

impl From<Vec<Row>> for Rows {
    fn from(list: Vec<Row>) -> Self {
        let index = (list.len() > FEW_ROWS).then(|| index(&list));
        Self { list, index }
    }
}

impl FromIterator<Row> for Rows {
    fn from_iter<I: IntoIterator<Item = Row>>(rows: I) -> Self {
        rows.into_iter().collect::<Vec<_>>().into()
    }
}

impl PartialEq for Rows {
    fn eq(&self, other: &Self) -> bool {
        self.list == other.list
    }
}

impl Eq for Rows {}

impl Serialize for Rows {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        self.list.serialize(serializer)
    }
}

impl<'de> Deserialize<'de> for Rows {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        Vec::deserialize(deserializer).map(Self::from)
    }
}
