//! Fees as replies show them: with the numbers that they were computed from, so that whoever can
//! divide can check them.

use serde::Serialize;

use crate::engine::price::{Applied, Dimensions, Model, Part, Share};
use crate::engine::{Amount, Entry, Fee, Price, Quantity, UsageEvent, Wallet};
use crate::wire::catalogue::price_reply::Rates;
use crate::wire::ids;

/// What a fee was computed from; the same in every reply.
///
/// ```json
/// { "price_id": "prc_…", "price_name": "Output tokens", "currency": "USD", "dimensions": {},
///   "usage_type": "volume", "volume_field": "output_tokens", "input_volume": "4096",
///   "volume_rate": "10", "package_size": "1000000", "amount": "0.04096" }
/// ```
#[derive(Serialize)]
pub struct Calculation<'a> {
    pub price_id: &'a str,
    pub price_name: &'a str,
    /// The code of the asset that is charged; Credyt's word, whatever the asset is.
    pub currency: &'a str,
    /// The dimensions of the row that matched.
    pub dimensions: &'a Dimensions,
    /// `unit`, `volume` or `unit_and_volume`: what the price counts.
    pub usage_type: &'static str,
    /// The field of the event's data that was multiplied; `costs` for a `cost_plus` price.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub volume_field: Option<&'a str>,
    /// What that field held, or the part of it that this asset pays for; absent where the price counts
    /// no volume.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub input_volume: Option<Quantity>,
    /// How much of it is priced, where it is rounded first or a part of it is free.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub priced_volume: Option<Quantity>,
    /// How much of it is free.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub free_volume: Option<Quantity>,
    /// The event is one of those that are free in the period.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub free_event: bool,
    /// Which part of the event's volume that is, where several assets pay for it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub part: Option<Share>,
    /// Of the tier, where one tier asks for everything; else `tiers` has them.
    #[serde(flatten)]
    pub rates: Rates,
    /// What each tier asks, for a price that has tiers.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub tiers: Vec<TierLine>,
    /// It is what was held, because the volume was missing.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub estimated: bool,
    /// The event's own words.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub description: Option<&'a str>,
    /// After bounds and rounding: what is charged.
    pub amount: Amount,
}

/// One tier's part of a fee.
#[derive(Serialize)]
pub struct TierLine {
    /// The tier's bound; the last tier has none.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub up_to: Option<Quantity>,
    /// How much of the event's volume lies in this tier.
    pub volume: Quantity,
    #[serde(flatten)]
    pub rates: Rates,
    /// Before the fee's bounds and its one rounding; to 12 places.
    pub amount: Amount,
}

impl<'a> Calculation<'a> {
    /// `None` where the fee is not of this price. The parts are computed again from the price, so
    /// they are not stored with each fee.
    #[must_use]
    pub fn new(price: &'a Price, fee: &'a Fee, description: Option<&'a str>) -> Option<Self> {
        let applied = fee.applied(price)?;
        // Nobody knows what an estimate is made of.
        let parts = match fee.volume {
            None if fee.estimated => Vec::new(),
            volume => applied.parts(volume.unwrap_or_default()).ok()?,
        };
        // With several tiers no single rate would lead to the amount.
        let rates = match parts.as_slice() {
            [only] => rates_of(price.model, only),
            _ => Rates::default(),
        };
        Some(Self {
            price_id: &fee.price_id,
            price_name: &price.name,
            currency: &fee.asset,
            dimensions: &applied.row.dimensions,
            usage_type: price.usage.word(),
            volume_field: price.volume_name(),
            input_volume: fee.measured.or(fee.volume),
            priced_volume: fee.measured.and(fee.volume),
            free_volume: fee.free_units.map(|free| free.units),
            free_event: fee.free_events.is_some(),
            part: fee.share,
            rates,
            tiers: tiers(&applied, &parts),
            estimated: fee.estimated,
            description,
            amount: fee.amount,
        })
    }
}

/// The rates of a part, with the flat amount of its tier where that is asked.
fn rates_of(model: Model, part: &Part<'_>) -> Rates {
    let rates = Rates::new(model, part.tier);
    Rates {
        flat_amount: rates.flat_amount.filter(|_| part.enters),
        ..rates
    }
}

/// A line for each tier that asks something. The price per unit is asked once, by the tier that the
/// event begins in.
fn tiers(applied: &Applied<'_>, parts: &[Part<'_>]) -> Vec<TierLine> {
    // A flat price has one tier, whose rates stand in the fee itself, so it needs no lines.
    if applied.model.tiering().is_none() {
        return Vec::new();
    }
    let line = |part: &Part<'_>| {
        let mut rates = rates_of(applied.model, part);
        rates.unit_price = rates.unit_price.filter(|_| part.asks_unit_price);
        TierLine {
            up_to: part.tier.up_to,
            volume: part.volume,
            rates,
            amount: part.shown(),
        }
    };
    parts.iter().map(line).collect()
}

/// A fee that was charged or would be: [`Calculation`], and where it belongs.
#[derive(Serialize)]
pub struct FeeReply<'a> {
    /// `fee_<the customer's 26>_<seq of the entry>_<place among its fees>`.
    pub id: String,
    /// The event's id, where the reply is about recorded events.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub usage_id: Option<&'a str>,
    pub event_type: &'a str,
    pub product_id: &'a str,
    pub product_code: &'a str,
    /// The version that the customer has, and not the newest one.
    pub product_version: u32,
    #[serde(flatten)]
    pub calculation: Calculation<'a>,
}

/// The fees of an entry, at the prices that the wallet holds. The events are those that the fees
/// are of, where the entry has them.
pub(super) fn fees<'a>(
    wallet: &'a Wallet,
    entry: &Entry,
    fees: &'a [Fee],
    events: &'a [UsageEvent],
    usage_id: Option<&'a str>,
) -> Vec<FeeReply<'a>> {
    let base = ids::of_wallet("fee", &wallet.customer, entry.seq);
    let reply = |(place, fee): (usize, &'a Fee)| {
        // A wallet keeps every price that a subscription has ever copied in, so no fee is left out.
        let (product, price) = wallet.price(&fee.price_id)?;
        let event = events.get(fee.event);
        let description = event.and_then(|event| event.description.as_deref());
        Some(FeeReply {
            id: format!("{base}_{place}"),
            usage_id,
            event_type: &price.event_type,
            product_id: &product.id,
            product_code: &product.code,
            product_version: product.version,
            calculation: Calculation::new(price, fee, description)?,
        })
    };
    fees.iter().enumerate().filter_map(reply).collect()
}
