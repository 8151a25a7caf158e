//! What usage would cost without a wallet, at given prices or at those of a product: read as an
//! authorization reads usage and as a product's creation reads prices, and priced by the code that
//! charges. Nothing was used before, and everything is covered.

use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use crate::engine::amount::MAX_PLACES;
use crate::engine::price::totals;
use crate::engine::price::{Circumstances, Quote, quote};
use crate::engine::{
    Action, Ask, Asset, Fee, Instant, OnUnpriced, Price, PricedProduct, UsageEvent,
};

use super::catalogue::{DEFAULT_PRECISION, NewProduct};
use super::problem::Problem;
use super::reply::{Money, json as written};
use super::usage::{Calculation, authorize, warnings};

/// Fees, their sums by asset, and what was not priced.
#[derive(Serialize)]
pub struct Estimate {
    /// As the API shows a fee, without the ids of a wallet and of a product.
    pub fees: Vec<Value>,
    pub totals: Vec<Money>,
    pub warnings: Vec<String>,
}

/// A fee, and which event it is for.
#[derive(Serialize)]
struct EstimatedFee<'a> {
    /// The place of the event, from zero.
    event: usize,
    event_type: &'a str,
    #[serde(flatten)]
    calculation: Calculation<'a>,
}

/// Prices usage events that happen at a moment, unless they say when they did.
///
/// # Errors
/// The problems that the API has with such events or prices, by field; the engine's refusals.
pub fn estimate(events: &Value, prices: &Value, at: Instant) -> Result<Estimate, Problem> {
    let events = usage(events)?;
    let product = PricedProduct {
        version: 1,
        prices: published(prices)?,
        ..PricedProduct::default()
    };
    let Quote {
        fees,
        warnings: own_warnings,
        ..
    } = quoted(&product, &events, at)?;
    let money = |(asset, amount)| Money { asset, amount };
    // Every fee is of one of these events and of one of these prices, so none is really left out.
    let shown = fees.iter().filter_map(|fee| {
        let event = events.get(fee.event)?;
        let price = product
            .prices
            .iter()
            .find(|price| price.id == fee.price_id)?;
        fee_of(fee.event, event, price, fee)
    });
    Ok(Estimate {
        fees: shown.collect(),
        totals: totals(&fees)?.into_iter().map(money).collect(),
        warnings: warnings(&own_warnings),
    })
}

/// A fee as an estimate shows it, and the place of the event that it is for.
pub(crate) fn fee_of(place: usize, event: &UsageEvent, price: &Price, fee: &Fee) -> Option<Value> {
    let shown = EstimatedFee {
        event: place,
        event_type: &event.event_type,
        calculation: Calculation::new(price, fee, event.description.as_deref())?,
    };
    serde_json::to_value(&shown).ok()
}

/// The fees for somebody who has used nothing yet and has money enough.
fn quoted(product: &PricedProduct, events: &[UsageEvent], at: Instant) -> Result<Quote, Problem> {
    // Without a wallet nothing was used before and everything is covered.
    let given = Circumstances {
        at,
        ..Circumstances::default()
    };
    Ok(quote(std::iter::once(product), events, &given)?)
}

/// `{ "fees": [ … ], "warnings": [ … ] }`.
#[derive(Serialize)]
struct Simulation<'a> {
    fees: Vec<CalculatedFee<'a>>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    warnings: Vec<String>,
}

#[derive(Serialize)]
struct CalculatedFee<'a> {
    /// The event's id.
    usage_id: &'a str,
    event_type: &'a str,
    #[serde(flatten)]
    calculation: Calculation<'a>,
}

/// `POST /v1/products/{id}/{version}/simulate-usage`: what a customer who has used nothing yet
/// would be charged.
///
/// # Errors
/// The engine's refusals.
pub fn simulation(
    product: &PricedProduct,
    events: &[UsageEvent],
    at: Instant,
) -> Result<String, Problem> {
    let quote = quoted(product, events, at)?;
    let fees = quote.fees.iter().filter_map(|fee| {
        let event = events.get(fee.event)?;
        let price = product
            .prices
            .iter()
            .find(|price| price.id == fee.price_id)?;
        Some(CalculatedFee {
            usage_id: event.id.as_deref().unwrap_or_default(),
            event_type: &event.event_type,
            calculation: Calculation::new(price, fee, event.description.as_deref())?,
        })
    });
    Ok(written(&Simulation {
        fees: fees.collect(),
        warnings: warnings(&quote.warnings),
    }))
}

/// The events of an authorization that asks about them.
pub(crate) fn usage(events: &Value) -> Result<Vec<UsageEvent>, Problem> {
    if !events.is_array() {
        return Err(Problem::field("events", "must be a list"));
    }
    // By the way that a call takes, so that what is refused there is refused here.
    let question = json!({ "id": "estimate", "events": events }).to_string();
    match authorize(&question, None, OnUnpriced::Deny)?.action {
        Action::Authorize {
            ask: Ask::Usage(events),
            ..
        } => Ok(events),
        // Events always make a question about usage, so this arm is for the compiler only.
        _ => Ok(Vec::new()),
    }
}

/// What a price says beyond the request that created it: its id, and the decimal places of its
/// assets, for all of them or for each.
#[derive(Default, Deserialize)]
#[serde(default)]
struct Published {
    id: Option<String>,
    precision: Option<u32>,
    pricing: Vec<InAsset>,
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct InAsset {
    precision: Option<u32>,
}

/// The prices as the request that creates them has them: a decimal place is not asked of it, and a
/// request is refused for a field that it does not have.
fn as_requested(mut prices: Value) -> Value {
    for price in prices.as_array_mut().into_iter().flatten() {
        let Some(price) = price.as_object_mut() else {
            continue;
        };
        price.remove("precision");
        let pricing = price.get_mut("pricing").and_then(Value::as_array_mut);
        for in_asset in pricing.into_iter().flatten() {
            in_asset.as_object_mut().map(|one| one.remove("precision"));
        }
    }
    prices
}

/// The prices of a product that is made of them.
pub(crate) fn published(prices: &Value) -> Result<Vec<Price>, Problem> {
    let requested = as_requested(prices.clone());
    let product =
        json!({ "code": "estimate", "name": "estimate", "prices": requested }).to_string();
    let offered = NewProduct::read(&product)?.first.offer.prices;
    let mut published: Vec<Price> = Vec::with_capacity(offered.len());
    for (place, price) in offered {
        let path = format!("prices[{place}]");
        let own = prices.get(place).cloned().unwrap_or_default();
        // The request that creates a price has neither an id nor a precision, so these are read
        // beside it.
        let own: Published = serde_json::from_value(own).map_err(|_| {
            let sentence = format!("must have a text as id and 0 to {MAX_PLACES} as precision");
            Problem::field(&path, sentence)
        })?;
        let precision = |nth: usize, code: &str| {
            let in_asset = own.pricing.get(nth).and_then(|one| one.precision);
            let precision = in_asset.or(own.precision).unwrap_or(DEFAULT_PRECISION);
            Asset::new(code, precision)
                .map(|asset| asset.precision)
                .map_err(|sentence| Problem::field(&format!("{path}.precision"), sentence))
        };
        let id = own.id.clone().unwrap_or_else(|| path.clone());
        // A fee names its price by the id alone, so two prices of one id could not be told apart.
        if published.iter().any(|other| other.id == id) {
            return Err(Problem::field(&format!("{path}.id"), "is given twice"));
        }
        published.push(price.published(id, precision)?);
    }
    Ok(published)
}
