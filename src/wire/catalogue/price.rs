//! Prices of usage, as requests write them.
//!
//! ```json
//! { "name": "Output tokens", "type": "usage_based", "pricing_model": "tiered",
//!   "billing_model": { "type": "real_time" }, "tiering": { "basis": "volume", "period": "monthly" },
//!   "usage_calculation": { "event_type": "chat", "usage_type": "volume",
//!                          "volume_field": "output_tokens", "billable_dimensions": ["model"] },
//!   "pricing": [ { "asset": "USD", "values": [
//!     { "dimensions": { "model": "large" }, "values": [
//!       { "up_to": "1000000", "volume_rate": "10", "package_size": "1000000" },
//!       { "volume_rate": "8", "package_size": "1000000" } ] } ] } ] }
//! ```
//!
//! The words are Credyt's. Without `billable_dimensions` the `values` of an asset are its tiers;
//! with them they are rows, and the tiers are one level deeper. Which fields a tier has depends on
//! the model, and a field of another model is an error: it would ask for something that is not
//! done.
//!
//! A price with tiers goes on where an earlier one is. `continues` names it: the id of a price in an
//! earlier version of the product, or `none`. Where nothing is said it is the newest one with the same
//! event type, volume field and basis of the tiers; of several in one version the one at the same place
//! among them.

use serde::{Serialize, Serializer};

use crate::engine::calendar::Period;
use crate::engine::price::{
    ANY, Basis, Dimensions, Free, Metering, Model, PeriodBound, Pricing, Rounding, RoundingMode,
    Row, Tier, TierBasis, Tiering, UsageType,
};
use crate::engine::{Amount, Asset, Price, Quantity, Rate};
use crate::wire::ids::MAX_ID;
use crate::wire::json::{Errors, Object};
use crate::wire::request::{above_zero, not_negative};

/// Most prices of one product.
pub const MAX_PRICES: usize = 100;

/// Most assets of one price.
pub const MAX_ASSETS: usize = 10;

/// Most billable dimensions of one price.
pub const MAX_DIMENSIONS: usize = 10;

/// Most rows of dimensions of one price in one asset.
pub const MAX_ROWS: usize = 500;

/// Says that a price continues no other.
const NONE: &str = "none";

/// Most tiers of one row.
pub const MAX_TIERS: usize = 50;

/// A price without an id, whose assets have not been looked up: their precision is not known yet.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct NewPrice(Price);

/// A flat price in one asset is digested as it was when there was no other, so that a product
/// created by an earlier version is still known when the same request comes again.
#[derive(Serialize)]
struct Short<'a> {
    name: &'a str,
    event_type: &'a str,
    asset: &'a str,
    basis: Basis,
}

impl Serialize for NewPrice {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match self.0.short() {
            None => self.0.serialize(serializer),
            Some((asset, basis)) => Short {
                name: &self.0.name,
                event_type: &self.0.event_type,
                asset: &asset.code,
                basis,
            }
            .serialize(serializer),
        }
    }
}

/// A price that counts over a period, in an earlier version of the product, newest first.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct EarlierPrice {
    pub version: u32,
    pub id: String,
    pub event_type: String,
    pub volume_field: Option<String>,
    /// `volume` or `unit`; nothing where it has no tiers.
    pub basis: Option<String>,
    /// The first of the prices that it continues itself.
    pub continues: Option<String>,
}

impl EarlierPrice {
    /// Under which both would keep their positions.
    fn counter(&self) -> String {
        self.continues.clone().unwrap_or_else(|| self.id.clone())
    }

    /// Whether both count the same.
    fn counts_like(&self, price: &Price) -> bool {
        let basis = price.model.tiering().map(|tiering| tiering.basis.word());
        self.event_type == price.event_type
            && self.volume_field == price.volume_field
            && basis == self.basis.as_deref()
    }
}

impl NewPrice {
    /// Says which earlier price it continues, as the first of those that it goes on from; `earlier_new`
    /// are the new prices before it.
    ///
    /// # Errors
    /// What is wrong with the price that it names.
    pub(super) fn continue_from(
        &self,
        earlier_new: &[(usize, Self)],
        earlier: &[EarlierPrice],
    ) -> Result<Option<String>, String> {
        let named = self.0.continues.as_deref();
        if !self.0.has_counters() || named == Some(NONE) {
            return Ok(None);
        }
        let like = |one: &&EarlierPrice| one.counts_like(&self.0);
        if let Some(id) = named {
            let known = earlier.iter().find(|one| one.id == id);
            let known =
                known.ok_or("names no price of an earlier version that counts over a period")?;
            // A position in events says nothing about one in tokens.
            let like = Some(known).filter(like);
            let like = like.ok_or(
                "names a price that counts something else: event_type, volume_field and \
                 tiering.basis must be the same",
            )?;
            return Ok(Some(like.counter()));
        }
        // The newest version that has any, so that a price which a version left out comes back to
        // where it was.
        let version = earlier.iter().find(like).map(|one| one.version);
        let before = earlier_new.iter().filter(|(_, one)| {
            let tiering = |price: &Price| price.model.tiering().map(|tiering| tiering.basis);
            one.0.event_type == self.0.event_type
                && one.0.volume_field == self.0.volume_field
                && tiering(&one.0) == tiering(&self.0)
        });
        let mut own = earlier.iter().filter(like);
        let own = own.by_ref().filter(|one| Some(one.version) == version);
        Ok(own.skip(before.count()).map(EarlierPrice::counter).next())
    }

    /// The same, going on with that price.
    pub(super) fn continuing(self, continues: Option<String>) -> Self {
        Self(Price {
            continues,
            ..self.0
        })
    }

    /// The codes of its assets, in their order.
    pub fn assets(&self) -> impl Iterator<Item = &str> {
        self.0.pricing.iter().map(|one| one.asset.code.as_str())
    }

    /// The price as a wallet will hold it, with the precision of each asset: `precision` is asked
    /// with the asset's place among the price's and its code.
    ///
    /// # Errors
    /// Those of `precision`.
    pub fn published<E>(
        self,
        id: String,
        mut precision: impl FnMut(usize, &str) -> Result<u32, E>,
    ) -> Result<Price, E> {
        let mut price = Price { id, ..self.0 };
        for (place, pricing) in price.pricing.iter_mut().enumerate() {
            pricing.asset.precision = precision(place, &pricing.asset.code)?;
        }
        Ok(price)
    }

    /// Reads a price of `type` `usage_based`, which is the type that is meant where none is given.
    pub(super) fn read(object: &Object<'_>, errors: &mut Errors) -> Option<Self> {
        // Credyt's fields that say nothing here.
        object.tolerate(&["id", "funding_destination", "tiering"]);
        if let Some(model) = object.object("billing_model", errors) {
            model.tolerate(&["recurring", "one_time"]);
            model.word("type", &["real_time"], errors);
        }
        if let Some(collection) = object.object("collection", errors) {
            collection.tolerate(&["address", "timing"]);
            collection.word("type", &["balance"], errors);
        }
        let name = object.text("name", MAX_ID, errors);
        let calculation = object.object("usage_calculation", errors);
        let calculation = object.require("usage_calculation", calculation, errors);
        let pricing = object.objects("pricing", MAX_ASSETS, errors);
        let pricing = object.require("pricing", pricing, errors);
        let calculation = calculation?;
        calculation.tolerate(&["source_reference_field", "volume_field"]);
        // One word each, checked so that another one is not silently taken for it.
        calculation.word("unit_aggregation", &["count"], errors);
        calculation.word("volume_aggregation", &["sum"], errors);
        let event_type = calculation.text("event_type", MAX_ID, errors);
        let event_type = calculation.require("event_type", event_type, errors);
        let dimensions = dimensions(&calculation, errors);
        let usage = usage_type(&calculation, errors)?;
        let model = model(object, &calculation, usage, errors)?;
        let volume_field = volume_field(&calculation, model, usage, errors);
        let continues = object.text("continues", MAX_ID, errors);
        let metering = metering(object, &calculation, model, usage, errors);
        let kind = Kind {
            model,
            usage,
            dimensions,
        };
        let pricing = kind.pricing(object, &pricing?, errors)?;
        let event_type = event_type?;
        let price = Self(Price {
            id: String::new(),
            // Every fee shows the name, so it is never left empty.
            name: name.unwrap_or_else(|| event_type.clone()),
            event_type,
            usage,
            volume_field: volume_field?,
            model,
            metering: metering?,
            dimensions: kind.dimensions,
            continues,
            pricing,
        });
        if price.0.continues.is_some() && !price.0.has_counters() {
            let sentence = "must be left out: the price counts nothing over a period";
            errors.add(&object.path_of("continues"), sentence);
        }
        Some(price)
    }
}

/// The keys of an event's data by which a row is found; each once.
fn dimensions(calculation: &Object<'_>, errors: &mut Errors) -> Vec<String> {
    let name = "billable_dimensions";
    let all = calculation.texts(name, MAX_DIMENSIONS, MAX_ID, errors);
    let all = all.unwrap_or_default();
    // At most ten, so comparing each with the ones before is cheaper than a set.
    for (place, one) in all.iter().enumerate() {
        if all.iter().take(place).any(|earlier| earlier == one) {
            let path = calculation.path_of(name);
            errors.add(&format!("{path}[{place}]"), "is given twice");
        }
    }
    all
}

/// What the price counts: each event, a field of its data, or both. `custom` is Credyt's word for a
/// computation of their own, and gets a sentence that says what to do instead.
fn usage_type(calculation: &Object<'_>, errors: &mut Errors) -> Option<UsageType> {
    let name = "usage_type";
    if calculation.get(name).map(serde_json::value::RawValue::get) == Some("\"custom\"") {
        let sentence = "custom is not supported: send the number that is to be priced as a field \
                        of data, and use volume with it as volume_field";
        errors.add(&calculation.path_of(name), sentence);
        return None;
    }
    let word = calculation.word(name, &UsageType::WORDS, errors);
    let word = calculation.require(name, word, errors)?;
    UsageType::from_word(&word)
}

/// The pricing model; `flat` where nothing is said. A model that multiplies a volume needs one.
fn model(
    object: &Object<'_>,
    calculation: &Object<'_>,
    usage: UsageType,
    errors: &mut Errors,
) -> Option<Model> {
    let given = object.get("pricing_model").is_some();
    let word = object.word("pricing_model", &Model::WORDS, errors);
    let word = match (&word, given) {
        (Some(word), _) => word.as_str(),
        (None, false) => Model::Flat.word(),
        // A word that was given and is wrong has its error already; to read on as `flat` would only
        // add errors that mislead.
        (None, true) => return None,
    };
    let tiered = matches!(word, "tiered" | "bulk");
    // Refused rather than ignored, because whoever sends it expects cheaper tiers.
    if !tiered && let Some(tiering) = object.object("tiering", errors) {
        tiering.tolerate_all();
        let sentence = format!("must be left out: a {word} price has no tiers");
        errors.add(&object.path_of("tiering"), sentence);
    }
    if matches!(word, "package" | "percentage" | "cost_plus") && !usage.has_volume() {
        let sentence = format!("must be volume or unit_and_volume for a {word} price");
        errors.add(&calculation.path_of("usage_type"), sentence);
        return None;
    }
    match word {
        "package" => Some(Model::Package),
        "percentage" => Some(Model::Percentage),
        "cost_plus" => Some(Model::CostPlus),
        "tiered" => tiering(object, usage, errors).map(Model::Tiered),
        "bulk" => tiering(object, usage, errors).map(Model::Bulk),
        _ => Some(Model::Flat),
    }
}

/// How tiers count. The volume adds up where there is one, and else the events; over all time
/// unless said.
fn tiering(object: &Object<'_>, usage: UsageType, errors: &mut Errors) -> Option<Tiering> {
    let tiering = object.object("tiering", errors);
    // The outer `None` is an error, the inner one a word that is not there; only that one has a
    // default.
    let word = |name: &'static str, words: &[&str], errors: &mut Errors| match &tiering {
        Some(tiering) if tiering.get(name).is_some() => tiering.word(name, words, errors).map(Some),
        _ => Some(None),
    };
    let basis = word("basis", &TierBasis::WORDS, errors);
    let period = word("period", &Period::WORDS, errors);
    let basis = match basis?.as_deref() {
        Some("unit") => TierBasis::Unit,
        Some(_) if !usage.has_volume() => {
            let sentence = "must be unit: usage_type unit has no volume";
            errors.add(&object.path_of("tiering.basis"), sentence);
            return None;
        }
        None if !usage.has_volume() => TierBasis::Unit,
        _ => TierBasis::Volume,
    };
    let period = period?.and_then(|word| Period::from_word(&word));
    Some(Tiering {
        basis,
        period: period.unwrap_or_default(),
    })
}

/// The field of the volume; inside it nothing, where the price has none. A `cost_plus` price
/// multiplies the event's own costs and so has no field to name.
#[expect(clippy::option_option, reason = "unreadable, or rightly absent")]
fn volume_field(
    calculation: &Object<'_>,
    model: Model,
    usage: UsageType,
    errors: &mut Errors,
) -> Option<Option<String>> {
    if !usage.has_volume() {
        return Some(None);
    }
    if model == Model::CostPlus {
        if calculation.get("volume_field").is_some() {
            let sentence = "must be left out: a cost_plus price multiplies the event's own costs";
            errors.add(&calculation.path_of("volume_field"), sentence);
        }
        return Some(None);
    }
    let field = calculation.text("volume_field", MAX_ID, errors);
    calculation.require("volume_field", field, errors).map(Some)
}

/// What becomes of a volume before it is priced.
///
/// ```json
/// { "free": { "units": "1000", "events": "5", "period": "monthly" },
///   "usage_calculation": { "rounding": { "mode": "half_up", "unit": "1" } } }
/// ```
fn metering(
    object: &Object<'_>,
    calculation: &Object<'_>,
    model: Model,
    usage: UsageType,
    errors: &mut Errors,
) -> Option<Metering> {
    let is_money = matches!(model, Model::Percentage | Model::CostPlus);
    let free = object.object("free", errors);
    let rounding = calculation.get("rounding").is_some();
    let units = free.as_ref().filter(|free| free.get("units").is_some());
    if !usage.has_volume() || is_money {
        let sentence = "must be left out: the price has no volume in units";
        if rounding {
            errors.add(&calculation.path_of("rounding"), sentence);
        }
        if let Some(free) = units {
            errors.add(&free.path_of("units"), sentence);
        }
    }
    let rounding = if rounding {
        Some(rounded(&calculation.object("rounding", errors)?, errors)?)
    } else {
        None
    };
    let free = match free {
        Some(free) => Some(free_of(&free, errors)?),
        None if object.get("free").is_some() => return None,
        None => None,
    };
    Some(Metering { rounding, free })
}

fn rounded(object: &Object<'_>, errors: &mut Errors) -> Option<Rounding> {
    let mode = object.word("mode", &RoundingMode::WORDS, errors);
    let mode = object.require("mode", mode, errors);
    let unit = match object.get("unit") {
        Some(_) => above_zero(object, "unit", errors).and_then(Quantity::new),
        None => Some(Quantity::one()),
    };
    Some(Rounding {
        mode: RoundingMode::from_word(&mode?)?,
        unit: unit?,
    })
}

fn free_of(object: &Object<'_>, errors: &mut Errors) -> Option<Free> {
    let units = above_zero(object, "units", errors).and_then(Quantity::new);
    let events = object.whole("events", 1..=u32::MAX, errors);
    let events = events.and_then(|events| Amount::new(events.into()).ok());
    if units.is_none() && events.is_none() {
        errors.add(object.path(), "must say units, events or both");
    }
    Some(Free {
        units,
        events: events.and_then(Quantity::new),
        period: period(object, errors)?,
    })
}

/// `{ "amount": "100", "period": "monthly" }`.
fn max_per_period(pricing: &Object<'_>, errors: &mut Errors) -> Option<PeriodBound> {
    let object = pricing.object("max_per_period", errors)?;
    let amount = not_negative(&object, "amount", errors);
    let period = period(&object, errors);
    Some(PeriodBound {
        amount: amount?,
        period: period?,
    })
}

/// The same for the least, which a period must have an end for. Where there is a most it is of the same
/// period, because what was charged is counted once for both.
fn min_per_period(
    pricing: &Object<'_>,
    most: Option<PeriodBound>,
    errors: &mut Errors,
) -> Option<PeriodBound> {
    let object = pricing.object("min_per_period", errors)?;
    let amount = not_negative(&object, "amount", errors);
    let period = period(&object, errors);
    if period == Some(Period::Lifetime) {
        let sentence = "must be monthly, quarterly or yearly: a lifetime never ends";
        errors.add(&object.path_of("period"), sentence);
    }
    let least = PeriodBound {
        amount: amount?,
        period: period?,
    };
    if most.is_some_and(|most| most.period != least.period) {
        errors.add(&object.path_of("period"), "must be that of max_per_period");
    }
    if most.is_some_and(|most| most.amount < least.amount) {
        let sentence = "must not be above that of max_per_period";
        errors.add(&object.path_of("amount"), sentence);
    }
    Some(least)
}

fn period(object: &Object<'_>, errors: &mut Errors) -> Option<Period> {
    let word = object.word("period", &Period::WORDS, errors);
    Period::from_word(&object.require("period", word, errors)?)
}

/// The fields that only a tier can have. In a row that has dimensions they stand one level too
/// high.
const RATES: [&str; 7] = [
    "up_to",
    "flat_amount",
    "unit_price",
    "volume_rate",
    "package_size",
    "percentage",
    "markup",
];

/// What decides how values are read.
struct Kind {
    model: Model,
    usage: UsageType,
    dimensions: Vec<String>,
}

impl Kind {
    /// The assets of a price, each once. The first one that covers a fee is charged, so their order
    /// counts.
    fn pricing(
        &self,
        object: &Object<'_>,
        items: &[Object<'_>],
        errors: &mut Errors,
    ) -> Option<Vec<Pricing>> {
        if items.is_empty() {
            errors.add(&object.path_of("pricing"), "must name at least one asset");
        }
        let mut pricing: Vec<Pricing> = Vec::new();
        for item in items {
            let code = item.code("asset", errors);
            let code = item.require("asset", code, errors);
            let known = |code: &&String| pricing.iter().any(|one| one.asset.code == **code);
            if code.as_ref().filter(known).is_some() {
                errors.add(&item.path_of("asset"), "is given twice");
            }
            let rows = self.rows(item, errors);
            let max_per_period = max_per_period(item, errors);
            let min_per_period = min_per_period(item, max_per_period, errors);
            if let (Some(code), Some(rows)) = (code, rows) {
                // Only the directory knows the precision; `published` puts it in place.
                let asset = Asset { code, precision: 0 };
                pricing.push(Pricing {
                    asset,
                    max_per_period,
                    min_per_period,
                    rows: rows.into(),
                });
            }
        }
        // All or none: the order of the assets decides which one pays, so it must be the order that
        // was sent.
        (!pricing.is_empty() && pricing.len() == items.len()).then_some(pricing)
    }

    /// The rows of one asset; without dimensions there is one, and it matches everything.
    fn rows(&self, pricing: &Object<'_>, errors: &mut Errors) -> Option<Vec<Row>> {
        if self.dimensions.is_empty() {
            return Some(vec![self.row(pricing, errors)?]);
        }
        let items = pricing.objects("values", MAX_ROWS, errors);
        let items = pricing.require("values", items, errors)?;
        if items.is_empty() {
            errors.add(&pricing.path_of("values"), "must have at least one row");
        }
        let mut rows: Vec<Row> = Vec::new();
        for item in &items {
            if item.get("dimensions").is_none() {
                // A value where a row should stand: nothing else that it says can be right.
                let sentence = "is required, because the price has dimensions";
                errors.add(&item.path_of("dimensions"), sentence);
                continue;
            }
            let dimensions = self.row_dimensions(item, &rows, errors);
            for name in RATES.iter().filter(|name| item.get(name).is_some()) {
                let sentence = "must be in a value of this row's values";
                errors.add(&item.path_of(name), sentence);
            }
            let row = self.row(item, errors);
            rows.extend(row.map(|row| Row {
                name: item.text("name", MAX_ID, errors),
                dimensions,
                ..row
            }));
        }
        (!rows.is_empty() && rows.len() == items.len()).then_some(rows)
    }

    /// The values that a row is for. `*` and a key that is left out mean the same, so two rows that
    /// differ in that only are the same row.
    fn row_dimensions(
        &self,
        item: &Object<'_>,
        earlier: &[Row],
        errors: &mut Errors,
    ) -> Dimensions {
        let path = item.path_of("dimensions");
        let dimensions = item.metadata("dimensions", errors);
        for key in dimensions
            .keys()
            .filter(|key| !self.dimensions.contains(key))
        {
            let sentence = "is not among usage_calculation.billable_dimensions";
            errors.add(&format!("{path}.{key}"), sentence);
        }
        let named = |row: &Dimensions| -> Dimensions {
            let named = row.iter().filter(|(_, value)| *value != ANY);
            named
                .map(|(key, value)| (key.clone(), value.clone()))
                .collect()
        };
        let own = named(&dimensions);
        if earlier.iter().any(|row| named(&row.dimensions) == own) {
            errors.add(&path, "are given twice");
        }
        dimensions
    }

    /// The tiers in `values`, and the bounds that they agree on.
    fn row(&self, object: &Object<'_>, errors: &mut Errors) -> Option<Row> {
        // A price without tiers has one value, in the same list, so that clients write one shape.
        let items = object.objects("values", MAX_TIERS, errors);
        let items = object.require("values", items, errors)?;
        let path = object.path_of("values");
        let tiered = self.model.tiering().is_some();
        if items.is_empty() || (!tiered && items.len() > 1) {
            let sentence = if tiered {
                "must have at least one value"
            } else {
                "must have exactly one value"
            };
            errors.add(&path, sentence);
            return None;
        }
        let mut tiers: Vec<Tier> = Vec::new();
        for (place, item) in items.iter().enumerate() {
            // What the price does not multiply has no rate, and clients send all of them.
            item.tolerate(&["unit_price", "volume_rate", "package_size"]);
            for name in ["dimensions", "values"] {
                if item.get(name).is_some() {
                    let sentence = if self.dimensions.is_empty() {
                        "must be left out: usage_calculation.billable_dimensions names none"
                    } else {
                        "must be left out: a value of a row has rates"
                    };
                    errors.add(&item.path_of(name), sentence);
                }
            }
            let last = place.saturating_add(1) == items.len();
            let up_to = self.up_to(item, last, tiers.last(), errors);
            let tier = self.tier(item, errors);
            tiers.extend(tier.map(|tier| Tier { up_to, ..tier }));
        }
        let min_amount = agreed(&items, "min_amount", errors);
        let max_amount = agreed(&items, "max_amount", errors);
        if min_amount
            .zip(max_amount)
            .is_some_and(|(least, most)| least > most)
        {
            let first = items.iter().find(|item| item.get("max_amount").is_some());
            let path = first.map_or(path, |item| item.path_of("max_amount"));
            errors.add(&path, "must not be below min_amount");
        }
        (tiers.len() == items.len()).then_some(Row {
            tiers,
            min_amount,
            max_amount,
            ..Row::default()
        })
    }

    /// The bound of a tier, which belongs to it. The last tier has none, so that all usage has a
    /// price.
    fn up_to(
        &self,
        item: &Object<'_>,
        last: bool,
        below: Option<&Tier>,
        errors: &mut Errors,
    ) -> Option<Quantity> {
        let path = item.path_of("up_to");
        if self.model.tiering().is_none() {
            if item.get("up_to").is_some() {
                let model = self.model.word();
                errors.add(
                    &path,
                    format!("must be left out: a {model} price has no tiers"),
                );
            }
            return None;
        }
        if last {
            if item.get("up_to").is_some() {
                let sentence = "must be left out in the last tier, so that all usage has a price";
                errors.add(&path, sentence);
            }
            return None;
        }
        let bound = item.amount("up_to", errors);
        if bound.is_none() && item.get("up_to").is_none() {
            errors.add(&path, "is required: only the last tier has no bound");
        }
        let bound = bound?;
        // Strictly above, else no usage could ever lie in the tier.
        let least = below.and_then(|tier| tier.up_to).unwrap_or_default();
        if bound <= least.get() {
            errors.add(
                &path,
                "must be above the bound of the tier before, and above zero",
            );
        }
        Quantity::new(bound)
    }

    /// The rates of a tier, in the words of the model.
    fn tier(&self, item: &Object<'_>, errors: &mut Errors) -> Option<Tier> {
        let own: &[&str] = match self.model {
            Model::Percentage => &["percentage"],
            Model::CostPlus => &["markup"],
            Model::Flat | Model::Package | Model::Tiered(_) | Model::Bulk(_) => {
                &["volume_rate", "package_size"]
            }
        };
        for name in ["volume_rate", "package_size", "percentage", "markup"] {
            if !own.contains(&name) && item.get(name).is_some() {
                let model = self.model.word();
                errors.add(
                    &item.path_of(name),
                    format!("is nothing that a {model} price has"),
                );
            }
        }
        let name = item.text("name", MAX_ID, errors);
        let flat = item.get("flat_amount").is_some();
        let flat_amount = flat.then(|| not_negative(item, "flat_amount", errors));
        if flat && self.model.tiering().is_none() {
            let model = self.model.word();
            let sentence = format!("must be left out: a {model} price has no tiers");
            errors.add(&item.path_of("flat_amount"), sentence);
        }
        let unit_price = self
            .usage
            .has_unit()
            .then(|| not_negative(item, "unit_price", errors));
        let rate = self.usage.has_volume().then(|| self.rate(item, errors));
        Some(Tier {
            name,
            up_to: None,
            flat_amount: flat_amount.flatten(),
            unit_price: unit_price.map_or(Some(None), |price| price.map(Some))?,
            rate: rate.map_or(Some(None), |rate| rate.map(Some))?,
        })
    }

    /// What is multiplied: so much per so many. A percentage is so much per 100; a markup is on top
    /// of the 100 that the costs themselves are.
    fn rate(&self, item: &Object<'_>, errors: &mut Errors) -> Option<Rate> {
        let hundred = Quantity::new(Amount::parse("100").ok()?)?;
        match self.model {
            Model::Percentage => Rate::new(not_negative(item, "percentage", errors)?, hundred),
            Model::CostPlus => {
                let markup = not_negative(item, "markup", errors)?;
                match markup.plus(hundred.get()) {
                    Ok(percent) => Rate::new(percent, hundred),
                    Err(error) => {
                        errors.add(&item.path_of("markup"), error.to_string());
                        None
                    }
                }
            }
            Model::Flat | Model::Package | Model::Tiered(_) | Model::Bulk(_) => {
                let amount = not_negative(item, "volume_rate", errors);
                let size = item.amount("package_size", errors);
                // A package is nothing without its size. The others are priced by single units, so
                // they can go without.
                if self.model == Model::Package {
                    item.require("package_size", size, errors)?;
                }
                let size = size.map_or_else(|| Amount::parse("1").ok(), Some);
                let per = size
                    .filter(|size| size.is_positive())
                    .and_then(Quantity::new);
                if per.is_none() {
                    errors.add(&item.path_of("package_size"), "must be above zero");
                }
                Rate::new(amount?, per?)
            }
        }
    }
}

/// A bound of the whole fee, which may stand in any value of a row, or the same in several.
fn agreed(items: &[Object<'_>], name: &'static str, errors: &mut Errors) -> Option<Amount> {
    let mut agreed = None;
    for item in items.iter().filter(|item| item.get(name).is_some()) {
        let amount = not_negative(item, name, errors);
        if agreed.is_some() && agreed != amount {
            let sentence = "must be the same in every value: it bounds the whole fee of an event";
            errors.add(&item.path_of(name), sentence);
        }
        agreed = agreed.or(amount);
    }
    agreed
}
