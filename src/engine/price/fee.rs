//! What a command's usage costs, as journals keep it: fees, volumes that were lowered, and what was
//! not priced.

use serde::{Deserialize, Serialize};

use crate::engine::amount::Amount;
use crate::engine::rate::Quantity;
use crate::engine::refusal::Refusal;
use crate::engine::time::Instant;

use super::calculation::{Applied, Share};
use super::published::{Counts, Dimensions, Price};

/// What one price asks for one event.
///
/// The price itself is in the wallet, copied by a subscription and kept for ever, so the journal
/// only names it.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct Fee {
    /// The place of the event in the request, from zero.
    #[serde(default, skip_serializing_if = "is_first")]
    pub event: usize,
    /// Format 1, as all that is not marked.
    pub price_id: String,
    /// The one that pays.
    pub asset: String,
    /// The place of the row that matched, among those of the asset.
    /// Added with dimensions: absent means the first; an older deployment knows no other.
    #[serde(default, skip_serializing_if = "is_first")]
    pub row: usize,
    /// Absent for a price per event.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub volume: Option<Quantity>,
    /// Where the event stands among the tiers, for a price that has them.
    /// Added with tiers: absent means none; an older deployment passes it over and moves no
    /// position.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub tiering: Option<Counted>,
    /// The event's own volume, where rounding or what is free made another one of it.
    /// Added with metering: absent means the same. An older deployment passes it over; the amount stays.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub measured: Option<Quantity>,
    /// How much of the volume was free, of what is free in the period.
    /// Added likewise; an older deployment counts none.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub free_units: Option<Counted>,
    /// The event is one of those that are free in the period. Added likewise.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub free_events: Option<Counted>,
    /// What was asked in the period, where there is a most. Added likewise.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub charged: Option<Counted>,
    /// Which part of the event's volume this is, where several assets pay for it.
    /// Added with shares: absent means all of it. An older deployment passes it over: the amount
    /// stays, and only the parts of it that are shown may be those of a whole event.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub share: Option<Share>,
    /// It is what was held, because the event lacked its volume.
    /// Added with estimates: absent means that it was priced; an older deployment passes it over.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub estimated: bool,
    /// Rounded once, to the asset's precision.
    pub amount: Amount,
}

/// One event's part in the usage that adds up over a tiering period.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct Counted {
    /// When the period began.
    /// Format 1, added with tiers, as all of it.
    pub since: Instant,
    /// The position: all usage of the period before this event.
    pub before: Quantity,
    /// What the event adds.
    pub units: Quantity,
    /// It is the first of the row in its period, and enters the first tier.
    /// Added with flat amounts: absent means not; an older deployment asks none.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub opens: bool,
    /// Another asset pays for an earlier part, by another row: so this is the event's first in its own row.
    /// Added with flat amounts of such rows: absent means not; an older deployment asks none of a bulk price.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub apart: bool,
}

impl Fee {
    /// All that it counts, each under the name and the dimensions of its counter.
    #[must_use]
    pub fn counted(
        &self,
        price: &Price,
        dimensions: &Dimensions,
    ) -> Vec<(String, Dimensions, Counted)> {
        let of = |what: Counts<'_>, counted: Option<Counted>| {
            Some((price.counter_of(what), Dimensions::new(), counted?))
        };
        let tiers = |counted| (price.counter().to_owned(), dimensions.clone(), counted);
        let asset = self.asset.as_str();
        let all = [
            self.tiering.map(tiers),
            of(Counts::FreeUnits, self.free_units),
            of(Counts::FreeEvents, self.free_events),
            of(Counts::Charged { asset }, self.charged),
        ];
        all.into_iter().flatten().collect()
    }

    /// The same fee, of which another one of its price has counted a part already.
    #[must_use]
    pub fn without_counted(self, known: &Self) -> Self {
        let less = |own: Option<Counted>, known: Option<Counted>| {
            let own = own?;
            let units = own
                .units
                .less(known.map(|one| one.units).unwrap_or_default());
            Some(Counted { units, ..own })
        };
        Self {
            tiering: less(self.tiering, known.tiering),
            free_units: less(self.free_units, known.free_units),
            free_events: less(self.free_events, known.free_events),
            charged: less(self.charged, known.charged),
            ..self
        }
    }

    /// Most fees count nothing.
    #[must_use]
    pub const fn counts(&self) -> bool {
        self.tiering.is_some()
            || self.free_units.is_some()
            || self.free_events.is_some()
            || self.charged.is_some()
    }

    /// The price as it was applied: the row that matched, at the position of the event.
    #[must_use]
    pub fn applied<'a>(&self, price: &'a Price) -> Option<Applied<'a>> {
        let pricing = price.pricing_in(&self.asset)?;
        Some(Applied {
            model: price.model,
            asset: &pricing.asset,
            row: pricing.rows.get(self.row)?,
            before: self.tiering.map(|one| one.before).unwrap_or_default(),
            opens: self.tiering.is_some_and(|one| one.opens),
            apart: self.tiering.is_some_and(|one| one.apart),
            share: self.share,
            // A fee is explained by its rates, and not by what bounds it.
            left: None,
        })
    }
}

/// Most requests have one event, and most prices one row: neither place need be written down.
#[expect(
    clippy::trivially_copy_pass_by_ref,
    reason = "serde hands references over"
)]
const fn is_first(place: &usize) -> bool {
    *place == 0
}

/// Why an event, or a part of it, costs nothing: a price that nobody has made. So an event with a
/// warning is unpriced, an authorization of it is denied, and it can be priced later.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(tag = "code", rename_all = "snake_case")]
pub enum Warning {
    /// No price of the customer's products has this event type.
    NoPrice { event: usize, event_type: String },
    /// A price matched, but the event lacks the field that it multiplies.
    VolumeMissing {
        event: usize,
        price_id: String,
        volume_field: String,
    },
    /// A price matched, but none of its rows has the event's dimensions.
    NoRow { event: usize, price_id: String },
    /// A price adds a markup to the event's costs, and the event has none in the price's asset.
    CostMissing { event: usize, price_id: String },
}

impl Warning {
    /// The place of the event that it is about.
    #[must_use]
    pub const fn event(&self) -> usize {
        match self {
            Self::NoPrice { event, .. }
            | Self::VolumeMissing { event, .. }
            | Self::NoRow { event, .. }
            | Self::CostMissing { event, .. } => *event,
        }
    }

    /// The same warning about an event at another place.
    #[must_use]
    pub fn at_place(mut self, place: usize) -> Self {
        match &mut self {
            Self::NoPrice { event, .. }
            | Self::VolumeMissing { event, .. }
            | Self::NoRow { event, .. }
            | Self::CostMissing { event, .. } => *event = place,
        }
        self
    }
}

/// How much of a price's volume the wallet can afford.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct Cap {
    /// The place of the event in the request. Format 1, as all of it.
    pub event: usize,
    /// The price that asks.
    pub price_id: String,
    /// The field of `data` to clamp; absent for a price per event.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub volume_field: Option<String>,
    /// What was asked.
    pub requested: Quantity,
    /// What is held.
    pub affordable: Quantity,
}

/// Fees summed by asset, in the order in which the assets first appear.
///
/// # Errors
/// [`Refusal::AmountOutOfRange`] when a sum leaves the bounds of an amount.
pub fn totals(fees: &[Fee]) -> Result<Vec<(String, Amount)>, Refusal> {
    let mut totals: Vec<(String, Amount)> = Vec::new();
    for fee in fees {
        // A request has few assets, so a list keeps their order, which a map would lose.
        match totals.iter_mut().find(|(asset, _)| *asset == fee.asset) {
            Some((_, sum)) => *sum = sum.plus(fee.amount)?,
            None => totals.push((fee.asset.clone(), fee.amount)),
        }
    }
    Ok(totals)
}
