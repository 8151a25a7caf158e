//! Fixed prices: read from requests, written to replies. They are collected from the balance in
//! advance.
//!
//! ```json
//! { "name": "Seat", "type": "fixed", "pricing_model": "flat",
//!   "billing_model": { "type": "recurring",
//!                      "recurring": { "interval": "month", "interval_count": 1 } },
//!   "pricing": [ { "asset": "USD", "values": [ { "unit_price": "10", "quantity": "3" } ] } ] }
//! ```

use serde::{Deserialize, Serialize};

use crate::engine::calendar::{Interval, Unit};
use crate::engine::price::{Due, FixedPrice};
use crate::engine::rate::Exact;
use crate::engine::{Amount, Asset};
use crate::wire::ids::MAX_ID;
use crate::wire::json::{Errors, Object};
use crate::wire::request::not_negative;

/// A fixed price whose asset has not been looked up yet.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct NewFixedPrice {
    /// Its place among all prices of the request, of both types: errors and ids are counted by it.
    pub place: usize,
    pub name: String,
    pub asset: String,
    /// The unit prices times their quantities, in all.
    pub amount: Amount,
    /// Once, or at each start of a period.
    pub due: Due,
}

impl NewFixedPrice {
    /// Reads a price of `type` `fixed`.
    pub(super) fn read(place: usize, object: &Object<'_>, errors: &mut Errors) -> Option<Self> {
        // Credyt's field, which the directory gives.
        object.tolerate(&["id"]);
        let name = object.text("name", MAX_ID, errors);
        let name = object.require("name", name, errors);
        object.word("pricing_model", &["flat"], errors);
        // Refused and not ignored: a price that is to be collected elsewhere would be collected
        // here.
        object.not_yet(&["tiering", "funding_destination"], errors);
        if let Some(collection) = object.object("collection", errors) {
            collection.tolerate(&["address"]);
            // Collecting through a payment processor will be another word here.
            collection.word("type", &["balance"], errors);
            collection.word("timing", &["in_advance"], errors);
        }
        let model = object.object("billing_model", errors);
        let model = object.require("billing_model", model, errors);
        let due = model.and_then(|model| due(&model, errors));
        let pricing = object.objects("pricing", 1, errors);
        let pricing = object.require("pricing", pricing, errors)?;
        let [pricing] = pricing.as_slice() else {
            errors.add(&object.path_of("pricing"), "must name exactly one asset");
            return None;
        };
        let asset = pricing.code("asset", errors);
        let asset = pricing.require("asset", asset, errors);
        for bound in ["min_per_period", "max_per_period"] {
            if pricing.get(bound).is_some() {
                let sentence = "must be left out: a fixed price asks the same whatever is used";
                errors.add(&pricing.path_of(bound), sentence);
            }
        }
        let amount = total(pricing, errors);
        Some(Self {
            place,
            name: name?,
            asset: asset?,
            amount: amount?,
            due: due?,
        })
    }

    /// The price as a wallet will hold it.
    #[must_use]
    pub fn published(self, id: String, asset: Asset) -> FixedPrice {
        FixedPrice {
            id,
            name: self.name,
            asset,
            amount: self.amount,
            due: self.due,
        }
    }
}

/// When it is collected: `one_time`, or `recurring` with its interval.
fn due(model: &Object<'_>, errors: &mut Errors) -> Option<Due> {
    model.tolerate(&["recurring", "one_time"]);
    let kind = model.word("type", &["recurring", "one_time"], errors);
    if model.require("type", kind, errors)? == "one_time" {
        return Some(Due::OneTime);
    }
    let recurring = model.object("recurring", errors);
    let recurring = model.require("recurring", recurring, errors)?;
    interval(&recurring, "interval", "interval_count", errors).map(Due::Recurring)
}

/// A unit of the calendar in one field, how many of it in another; one where nothing is said.
pub(super) fn interval(
    object: &Object<'_>,
    unit: &'static str,
    count: &'static str,
    errors: &mut Errors,
) -> Option<Interval> {
    let word = object.word(unit, &Unit::WORDS, errors);
    let word = object.require(unit, word, errors);
    let given = object.get(count).is_some();
    let number = object.whole(count, 1..=Interval::MAX_COUNT, errors);
    Some(Interval {
        unit: Unit::from_word(&word?)?,
        // One only where nothing was said: a count that is wrong must not become one.
        count: number.or((!given).then_some(1))?,
    })
}

/// The unit prices times their quantities, exactly.
fn total(pricing: &Object<'_>, errors: &mut Errors) -> Option<Amount> {
    let values = pricing.objects("values", 20, errors);
    let values = pricing.require("values", values, errors)?;
    if values.is_empty() {
        let sentence = "must have at least one value";
        errors.add(&pricing.path_of("values"), sentence);
    }
    // `None` once one value was wrong; the others are read on for their errors.
    let mut sum = Some(Amount::ZERO);
    for value in &values {
        let amount = one_value(value, errors);
        sum = sum.zip(amount).and_then(|(sum, one)| sum.plus(one).ok());
    }
    sum
}

/// A unit price times its quantity, rounded once, to the most places that an amount has.
fn one_value(value: &Object<'_>, errors: &mut Errors) -> Option<Amount> {
    value.tolerate(&["name"]);
    let price = not_negative(value, "unit_price", errors);
    let quantity = value.amount("quantity", errors);
    // One that is wrong has its error already; only one that is left out means one.
    let refused = quantity.is_none() && value.get("quantity").is_some();
    if quantity.is_some_and(|quantity| !quantity.is_positive()) {
        errors.add(&value.path_of("quantity"), "must be above zero");
        return None;
    }
    if refused {
        return None;
    }
    let times = quantity.map_or_else(|| Amount::parse("1"), Ok).ok()?;
    let exact = Exact::from(price?).times(Exact::from(times));
    let amount = exact.and_then(|exact| exact.round_half_even(crate::engine::amount::MAX_PLACES));
    if amount.is_err() {
        errors.add(&value.path_of("unit_price"), "times quantity is too large");
    }
    amount.ok()
}

/// A fixed price as replies write it: the shape of the request, with its id.
#[derive(Clone, PartialEq, Eq, Debug, Serialize)]
pub struct FixedPriceReply {
    pub id: String,
    pub name: String,
    /// Always `fixed`.
    #[serde(rename = "type")]
    pub kind: &'static str,
    /// One asset, with the whole amount as one value.
    pub pricing_model: &'static str,
    pub billing_model: FixedBilling,
    pub collection: Collection,
    pub pricing: [FixedPricing; 1],
}

/// `{"type": "one_time"}`, or `recurring` with its interval.
#[derive(Clone, PartialEq, Eq, Debug, Serialize)]
pub struct FixedBilling {
    #[serde(rename = "type")]
    pub kind: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub recurring: Option<Every>,
}

/// `{"interval": "month", "interval_count": 1}`.
#[derive(Clone, PartialEq, Eq, Debug, Serialize)]
pub struct Every {
    pub interval: &'static str,
    pub interval_count: u32,
}

/// Where the money comes from: `{"type": "balance", "address": "default:USD", "timing":
/// "in_advance"}`.
#[derive(Clone, PartialEq, Eq, Debug, Serialize)]
pub struct Collection {
    #[serde(rename = "type")]
    pub kind: &'static str,
    /// The account that is debited.
    pub address: String,
    pub timing: &'static str,
}

/// The amount in its asset.
#[derive(Clone, PartialEq, Eq, Debug, Serialize)]
pub struct FixedPricing {
    pub asset: String,
    pub values: [FixedValue; 1],
}

/// The amount, as one of a kind.
#[derive(Clone, PartialEq, Eq, Debug, Serialize)]
pub struct FixedValue {
    pub name: String,
    pub unit_price: Amount,
    pub quantity: &'static str,
}

impl From<&FixedPrice> for FixedPriceReply {
    fn from(price: &FixedPrice) -> Self {
        let (kind, recurring) = match price.due {
            Due::OneTime => ("one_time", None),
            Due::Recurring(every) => {
                let every = Every {
                    interval: every.unit.word(),
                    interval_count: every.count,
                };
                ("recurring", Some(every))
            }
        };
        let asset = &price.asset.code;
        Self {
            id: price.id.clone(),
            name: price.name.clone(),
            kind: "fixed",
            pricing_model: "flat",
            billing_model: FixedBilling { kind, recurring },
            collection: Collection {
                kind: "balance",
                address: crate::engine::AccountId::default_for(asset).to_string(),
                timing: "in_advance",
            },
            pricing: [FixedPricing {
                asset: asset.clone(),
                values: [FixedValue {
                    name: price.name.clone(),
                    unit_price: price.amount,
                    quantity: "1",
                }],
            }],
        }
    }
}
