//! What usage would cost at given prices, without a wallet: read as an authorization reads usage and
//! as a product's creation reads prices, and priced by the code that charges.

use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use crate::engine::amount::MAX_PLACES;
use crate::engine::decide::totals;
use crate::engine::price::{Fee, quote};
use crate::engine::{Action, Amount, Ask, Asset, Price, PricedProduct, Quantity, Rate, UsageEvent};

use super::Problem;
use super::catalogue::{DEFAULT_PRECISION, NewProduct};
use super::reply::{Money, warnings};
use super::request;

/// Fees, their sums by asset, and what was not priced.
#[derive(Serialize)]
pub struct Estimate {
    pub fees: Vec<EstimatedFee>,
    pub totals: Vec<Money>,
    pub warnings: Vec<String>,
}

/// A fee as an authorization shows it, without the ids of a wallet and of a product.
#[derive(Serialize)]
pub struct EstimatedFee {
    /// The place of the event, from zero.
    pub event: usize,
    pub event_type: String,
    pub price_id: String,
    pub price_name: String,
    pub currency: String,
    pub usage_type: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub volume_field: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub input_volume: Option<Quantity>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub unit_price: Option<Amount>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub volume_rate: Option<Amount>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub package_size: Option<Quantity>,
    pub amount: Amount,
}

impl EstimatedFee {
    fn new(fee: Fee, price: &Price) -> Self {
        Self {
            event: fee.event,
            event_type: price.event_type.clone(),
            price_id: fee.price_id,
            price_name: price.name.clone(),
            currency: fee.asset,
            usage_type: price.basis.word(),
            volume_field: price.volume_field().map(str::to_owned),
            input_volume: fee.volume,
            unit_price: price.unit_price(),
            volume_rate: price.rate().map(Rate::amount),
            package_size: price.rate().map(Rate::per),
            amount: fee.amount,
        }
    }
}

/// Prices usage events.
///
/// # Errors
/// The problems that the API has with such events or prices, by field; the engine's refusals.
pub fn estimate(events: &Value, prices: &Value) -> Result<Estimate, Problem> {
    let events = usage(events)?;
    let product = PricedProduct {
        id: String::new(),
        code: String::new(),
        version: 1,
        prices: published(prices)?,
        ..PricedProduct::default()
    };
    let quote = quote(std::iter::once(&product), &events)?;
    let money = |(asset, amount)| Money { asset, amount };
    let shown = |fee: Fee| {
        let price = product
            .prices
            .iter()
            .find(|price| price.id == fee.price_id)?;
        Some(EstimatedFee::new(fee, price))
    };
    Ok(Estimate {
        totals: totals(&quote.fees)?.into_iter().map(money).collect(),
        warnings: warnings(&quote.warnings),
        fees: quote.fees.into_iter().filter_map(shown).collect(),
    })
}

/// The events of an authorization that asks about them.
fn usage(events: &Value) -> Result<Vec<UsageEvent>, Problem> {
    if !events.is_array() {
        return Err(Problem::field("events", "must be a list"));
    }
    let question = json!({ "id": "estimate", "events": events }).to_string();
    match request::authorize(&question, None)?.action {
        Action::Authorize {
            ask: Ask::Usage(events),
            ..
        } => Ok(events),
        _ => Ok(Vec::new()),
    }
}

/// What a price says beyond the request that created it.
#[derive(Default, Deserialize)]
#[serde(default)]
struct Published {
    id: Option<String>,
    precision: Option<u32>,
}

/// The prices of a product that is made of them.
fn published(prices: &Value) -> Result<Vec<Price>, Problem> {
    let product = json!({ "code": "estimate", "name": "estimate", "prices": prices }).to_string();
    let offered = NewProduct::read(&product)?.first.offer.prices;
    let mut published: Vec<Price> = Vec::with_capacity(offered.len());
    for (place, price) in offered {
        let path = format!("prices[{place}]");
        let own = prices.get(place).cloned().unwrap_or_default();
        let own: Published = serde_json::from_value(own).map_err(|_| {
            let sentence = format!("must have a text as id and 0 to {MAX_PLACES} as precision");
            Problem::field(&path, sentence)
        })?;
        let precision = own.precision.unwrap_or(DEFAULT_PRECISION);
        let asset = Asset::new(&price.asset, precision)
            .map_err(|sentence| Problem::field(&format!("{path}.precision"), sentence))?;
        let id = own.id.unwrap_or_else(|| path.clone());
        // A fee names its price by the id alone.
        if published.iter().any(|other| other.id == id) {
            return Err(Problem::field(&format!("{path}.id"), "is given twice"));
        }
        published.push(price.published(id, asset));
    }
    Ok(published)
}
