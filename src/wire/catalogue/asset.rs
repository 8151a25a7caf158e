//! What a request says of an asset and of what is paid for it.
//!
//! An asset is anything that is counted exactly: money, credits, tokens. Its *source* is what it is
//! paid for with; the rate between them holds from a moment on.

use serde::{Deserialize, Serialize};

use crate::engine::exchange::ExchangeRate;
use crate::engine::{Amount, Instant};
use crate::wire::ids::MAX_ID;
use crate::wire::json::{Errors, Object};
use crate::wire::problem::Problem;
use crate::wire::reply::json;
use crate::wire::request::{above_zero, read};
use crate::wire::time;

/// Decimal places of an asset that does not say.
// The most that there is, because an asset's precision can never be raised later.
pub const DEFAULT_PRECISION: u32 = 12;

/// Most rates that an asset can start with.
pub const MAX_RATES: usize = 100;

/// `POST /v1/assets`.
///
/// ```json
/// { "code": "CREDITS", "name": "Credits", "precision": 0, "label": "credits", "symbol": "¢",
///   "rates": [ { "source": "USD", "rate": "0.01" } ] }
/// ```
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct NewAsset {
    pub code: String,
    pub name: String,
    /// Decimal places, 0 to 12; they never change, because amounts are stored in them.
    pub precision: u32,
    /// What pages call it, in place of the code.
    pub label: Option<String>,
    /// Stands before the number on pages.
    pub symbol: Option<String>,
    /// In the order of their sources.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub rates: Vec<StartingRate>,
}

/// What is paid for an asset from its first moment on.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct StartingRate {
    pub source: String,
    pub rate: ExchangeRate,
}

impl NewAsset {
    /// # Errors
    /// As [`read`].
    pub fn read(body: &str) -> Result<Self, Problem> {
        read(body, |object, errors| {
            let code = object.code("code", errors);
            let code = object.require("code", code, errors);
            let name = object.text("name", MAX_ID, errors);
            let name = object.require("name", name, errors);
            let precision = object.whole("precision", 0..=12, errors);
            let label = object.text("label", MAX_ID, errors);
            let symbol = object.text("symbol", 8, errors);
            let items = object.objects("rates", MAX_RATES, errors);
            let rates = starting_rates(&items.unwrap_or_default(), code.as_deref(), errors);
            Some(Self {
                code: code?,
                name: name?,
                precision: precision.unwrap_or(DEFAULT_PRECISION),
                label,
                symbol,
                rates,
            })
        })
    }
}

/// The rates that an asset starts with, one for each source.
fn starting_rates(
    items: &[Object<'_>],
    asset: Option<&str>,
    errors: &mut Errors,
) -> Vec<StartingRate> {
    let mut rates: Vec<StartingRate> = Vec::new();
    for item in items {
        let source = source(item, errors);
        let rate = exchange_rate(item, errors);
        if let Some(source) = &source {
            check_other(item, source, asset, errors);
            if rates.iter().any(|one| &one.source == source) {
                errors.add(&item.path_of("source"), "is given twice");
            }
        }
        if let (Some(source), Some(rate)) = (source, rate) {
            // In the order of their sources, whatever the order in which they are given.
            let place = rates.partition_point(|one| one.source < source);
            rates.insert(place, StartingRate { source, rate });
        }
    }
    rates
}

/// The code of the asset that is paid.
fn source(object: &Object<'_>, errors: &mut Errors) -> Option<String> {
    let source = object.code("source", errors);
    object.require("source", source, errors)
}

/// An asset is not paid for with itself.
fn check_other(object: &Object<'_>, source: &str, asset: Option<&str>, errors: &mut Errors) {
    if asset == Some(source) {
        let sentence = "must be another asset than the one that is bought";
        errors.add(&object.path_of("source"), sentence);
    }
}

/// `rate` or `inverse_rate`, exactly one of them, above zero.
fn exchange_rate(object: &Object<'_>, errors: &mut Errors) -> Option<ExchangeRate> {
    // Two numbers could contradict each other, and one of them would win without a word.
    if object.get("rate").is_some() && object.get("inverse_rate").is_some() {
        let sentence = "must be left out when rate is given";
        errors.add(&object.path_of("inverse_rate"), sentence);
        return None;
    }
    if object.get("rate").is_none() && object.get("inverse_rate").is_none() {
        let sentence = "is required, or inverse_rate instead";
        errors.add(&object.path_of("rate"), sentence);
        return None;
    }
    let rate = above_zero(object, "rate", errors).map(ExchangeRate::SourcePerUnit);
    let inverse = above_zero(object, "inverse_rate", errors).map(ExchangeRate::UnitsPerSource);
    rate.or(inverse)
}

/// `POST /v1/assets/{code}/rates`.
///
/// ```json
/// { "source": "USD", "rate": "0.02", "valid_from": "2027-01-01T00:00:00Z" }
/// ```
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct NewRate {
    pub source: String,
    pub rate: ExchangeRate,
    pub valid_from: Instant,
    /// Nothing holds afterwards, unless another rate starts there.
    pub valid_to: Option<Instant>,
}

impl NewRate {
    /// A rate that does not say since when holds from now on.
    ///
    /// # Errors
    /// As [`read`].
    pub fn read(body: &str, asset: &str, now: Instant) -> Result<Self, Problem> {
        read(body, |object, errors| {
            let source = source(object, errors);
            if let Some(source) = &source {
                check_other(object, source, Some(asset), errors);
            }
            let rate = exchange_rate(object, errors);
            let valid_from = object.time("valid_from", errors).unwrap_or(now);
            let valid_to = object.time("valid_to", errors);
            if valid_to.is_some_and(|end| end <= valid_from) {
                errors.add("valid_to", "must be later than valid_from");
            }
            Some(Self {
                source: source?,
                rate: rate?,
                valid_from,
                valid_to,
            })
        })
    }
}

/// `POST /v1/assets/{code}/quote`: `{ "source": "USD", "amount": "20" }`.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct NewQuote {
    pub source: String,
    /// In the source.
    pub amount: Amount,
    /// The moment whose rate is asked; now, where nothing is said.
    pub exchange_at: Instant,
}

impl NewQuote {
    /// # Errors
    /// As [`read`].
    pub fn read(body: &str, now: Instant) -> Result<Self, Problem> {
        read(body, |object, errors| {
            let source = source(object, errors);
            let amount = above_zero(object, "amount", errors);
            let amount = object.require("amount", amount, errors);
            let exchange_at = object.time("exchange_at", errors);
            Some(Self {
                source: source?,
                amount: amount?,
                exchange_at: exchange_at.unwrap_or(now),
            })
        })
    }
}

/// A rate as replies write it, in both directions.
#[derive(Clone, PartialEq, Eq, Debug, Serialize)]
pub struct RateReply {
    pub valid_from: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub valid_to: Option<String>,
    /// What one unit of the asset costs in the source. One of both directions is as it was given,
    /// the other is rounded to 12 places.
    pub rate: Option<Amount>,
    /// How many units one of the source buys.
    pub inverse_rate: Option<Amount>,
}

/// All rates for one source, newest first.
#[derive(Clone, PartialEq, Eq, Debug, Serialize)]
pub struct SourceRates {
    pub source: String,
    pub schedule: Vec<RateReply>,
}

impl RateReply {
    #[must_use]
    pub fn new(rate: ExchangeRate, valid_from: Instant, valid_to: Option<Instant>) -> Self {
        Self {
            valid_from: time::format(valid_from),
            valid_to: valid_to.map(time::format),
            // A direction that is too large to be written is null; the other one is always there.
            rate: rate.source_per_unit().ok(),
            inverse_rate: rate.units_per_source().ok(),
        }
    }
}

/// ```json
/// { "source": "USD", "source_amount": "20", "destination": "CREDITS", "destination_amount": "2000",
///   "rate": "0.01", "inverse_rate": "100" }
/// ```
#[derive(Serialize)]
struct QuoteReply<'a> {
    source: &'a str,
    source_amount: Amount,
    destination: &'a str,
    destination_amount: Amount,
    rate: Option<Amount>,
    inverse_rate: Option<Amount>,
}

impl NewQuote {
    /// What the amount buys at this rate, rounded to the asset's precision, half to even.
    ///
    /// # Errors
    /// `amount_out_of_range` when that is no amount.
    pub fn answer(
        &self,
        asset: &str,
        precision: u32,
        rate: ExchangeRate,
    ) -> Result<String, Problem> {
        let bought = rate.convert(self.amount, precision);
        let bought = bought.map_err(|_| Problem::from(crate::engine::Refusal::AmountOutOfRange))?;
        Ok(json(&QuoteReply {
            source: &self.source,
            source_amount: self.amount,
            destination: asset,
            destination_amount: bought,
            rate: rate.source_per_unit().ok(),
            inverse_rate: rate.units_per_source().ok(),
        }))
    }
}
