//! From usage to fees. A fee is computed exactly and rounded once, half to even, to the asset's
//! precision.

use serde::{Deserialize, Serialize};

use super::amount::{Amount, AmountError, MAX_PLACES};
use super::asset::Asset;
use super::entitlement::{Entitlement, Feature};
use super::rate::{Exact, Quantity, Rate};
use super::refusal::Refusal;
use super::subscription::FixedPrice;
use super::tagged::tagged;
use super::usage::UsageEvent;

/// What a price counts.
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

impl Basis {
    /// What is counted, as a word of the API.
    #[must_use]
    pub const fn word(&self) -> &'static str {
        match self {
            Self::Unit { .. } => "unit",
            Self::Volume { .. } => "volume",
            Self::UnitAndVolume { .. } => "unit_and_volume",
        }
    }
}

/// A published price: matched by event type, in one asset.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct Price {
    pub id: String,
    pub name: String,
    pub event_type: String,
    pub asset: Asset,
    pub basis: Basis,
}

/// A published version of a product as it is copied into the wallet by a subscription.
#[derive(Clone, PartialEq, Eq, Debug, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct PricedProduct {
    pub id: String,
    pub code: String,
    pub version: u32,
    /// Prices of usage.
    pub prices: Vec<Price>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub fixed_prices: Vec<FixedPrice>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub entitlements: Vec<Entitlement>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub features: Vec<Feature>,
}

/// What one price asks for one event.
///
/// The price itself is in the wallet, copied by a subscription and kept for ever, so the journal
/// only names it.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct Fee {
    /// The place of the event in the request, from zero.
    #[serde(default, skip_serializing_if = "is_first")]
    pub event: usize,
    pub price_id: String,
    pub asset: String,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub volume: Option<Quantity>,
    pub amount: Amount,
}

/// Most requests have one event, whose place need not be written down.
#[expect(
    clippy::trivially_copy_pass_by_ref,
    reason = "serde hands references over"
)]
const fn is_first(event: &usize) -> bool {
    *event == 0
}

tagged! { "code", "Warning",
/// Why an event, or a part of it, costs nothing.
pub enum Warning {
    /// No price of the customer's products has this event type.
    NoPrice { event: usize, event_type: String },
    /// A price matched, but the event lacks the field that it multiplies.
    VolumeMissing {
        event: usize,
        price_id: String,
        volume_field: String,
    },
}
}

/// All fees of a list of events, and what was not priced.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct Quote {
    pub fees: Vec<Fee>,
    pub warnings: Vec<Warning>,
}

impl Price {
    /// The volume that the price multiplies: the field of its basis and the event's value there.
    #[must_use]
    pub fn volume_field(&self) -> Option<&str> {
        match &self.basis {
            Basis::Unit { .. } => None,
            Basis::Volume { volume_field, .. } | Basis::UnitAndVolume { volume_field, .. } => {
                Some(volume_field)
            }
        }
    }

    #[must_use]
    pub fn unit_price(&self) -> Option<Amount> {
        match &self.basis {
            Basis::Unit { unit_price } | Basis::UnitAndVolume { unit_price, .. } => {
                Some(*unit_price)
            }
            Basis::Volume { .. } => None,
        }
    }

    #[must_use]
    pub fn rate(&self) -> Option<Rate> {
        match &self.basis {
            Basis::Unit { .. } => None,
            Basis::Volume { rate, .. } | Basis::UnitAndVolume { rate, .. } => Some(*rate),
        }
    }

    /// The fee for one event with this volume, exact until the one rounding at the end.
    ///
    /// # Errors
    /// [`AmountError::TooLarge`] when the fee leaves the bounds of an amount.
    pub fn amount(&self, volume: Quantity) -> Result<Amount, AmountError> {
        let units = self.unit_price().map_or(Exact::ZERO, Exact::from);
        let volumes = match self.rate() {
            Some(rate) => rate.of(volume)?,
            None => Exact::ZERO,
        };
        units.plus(volumes)?.round_half_even(self.asset.precision)
    }

    /// The largest part of a volume whose fee is covered, and that fee: whole units of a whole
    /// volume. Both are zero where nothing is covered, not even the unit price.
    ///
    /// # Errors
    /// [`AmountError::TooLarge`] when the quotient leaves the bounds of an amount.
    pub fn affordable(
        &self,
        volume: Quantity,
        most: Amount,
    ) -> Result<(Quantity, Amount), AmountError> {
        let precision = self.asset.precision;
        let most = Exact::from(most).floor(precision)?;
        let places = if volume.is_whole() { 0 } else { MAX_PLACES };
        let covered = |units: Quantity| Ok((units, self.amount(units)?));
        let fits = |(_, fee): &(Quantity, Amount)| *fee <= most;
        let all = covered(volume)?;
        if fits(&all) {
            return Ok(all);
        }

        // A fee is rounded, so one that is up to half a step above the amount costs the amount.
        let unit_price = Exact::from(self.unit_price().unwrap_or_default().negated());
        let room = Exact::from(most).plus(Exact::half_step(precision))?;
        let units = match self.rate() {
            Some(rate) => rate.affordable(room.plus(unit_price)?, places)?,
            None => None,
        };
        // Without a rate, or with one of zero, the unit price alone was too much.
        let units = units.unwrap_or_default();
        let found = covered(units)?;
        if fits(&found) {
            return Ok(found);
        }
        // A fee at exactly half a step goes to the even digit, which may be the one above.
        let found = covered(units.step_below(places))?;
        Ok(if fits(&found) {
            found
        } else {
            (Quantity::ZERO, Amount::ZERO)
        })
    }
}

/// Prices events with every matching price of every product: the same code estimates, authorizes
/// and charges.
///
/// # Errors
/// [`Refusal::UsageNotANumber`] where a multiplied field holds something else,
/// [`Refusal::AmountOutOfRange`] where a fee leaves the bounds.
pub fn quote<'a>(
    products: impl Iterator<Item = &'a PricedProduct> + Clone,
    events: &[UsageEvent],
) -> Result<Quote, Refusal> {
    let mut quote = Quote::default();
    for (place, event) in events.iter().enumerate() {
        let mut matched = false;
        for product in products.clone() {
            let prices = product.prices.iter();
            for price in prices.filter(|price| price.event_type == event.event_type) {
                matched = true;
                quote.add(place, event, price)?;
            }
        }
        if !matched {
            quote.warnings.push(Warning::NoPrice {
                event: place,
                event_type: event.event_type.clone(),
            });
        }
    }
    Ok(quote)
}

impl Quote {
    fn add(&mut self, place: usize, event: &UsageEvent, price: &Price) -> Result<(), Refusal> {
        let field = price.volume_field();
        let datum = field.and_then(|field| event.data.get(field));
        let volume = match (field, datum) {
            (None, _) => None,
            (Some(field), None) => {
                self.warnings.push(Warning::VolumeMissing {
                    event: place,
                    price_id: price.id.clone(),
                    volume_field: field.to_owned(),
                });
                None
            }
            (Some(field), Some(datum)) => {
                let wrong = || Refusal::UsageNotANumber {
                    event: place,
                    field: field.to_owned(),
                };
                Some(datum.volume().ok_or_else(wrong)?)
            }
        };
        if volume.is_none() && price.unit_price().is_none() {
            return Ok(());
        }
        self.fees.push(Fee {
            event: place,
            price_id: price.id.clone(),
            asset: price.asset.code.clone(),
            volume,
            amount: price.amount(volume.unwrap_or_default())?,
        });
        Ok(())
    }
}
