//! Which assets pay for an event, and each for how much of it.
//!
//! ```text
//! for each asset of the price, in order, but the last:   the part of the volume that it covers
//! for the last:                                          all that is left
//! ```
//!
//! So prepaid units are used up before the next asset is charged, and an event costs what its parts would
//! cost one by one. What cannot be divided is charged whole in the first asset that covers it, else in the
//! last: an event that is priced by itself, and costs, of which each asset has its own.

use crate::engine::amount::{Amount, AmountError};
use crate::engine::rate::{Exact, Quantity};

use super::calculation::{Applied, Share, largest};
use super::fee::Counted;
use super::published::{Model, TierBasis};

/// An asset in which an event may be paid for: the row that matched, at the position where the event
/// begins.
pub(super) struct Lane<'a> {
    pub applied: Applied<'a>,
    /// Of the row.
    pub place: usize,
    /// The whole event's.
    pub volume: Option<Quantity>,
    pub tiering: Option<Counted>,
    /// What was asked in the period before, where there is a most.
    pub charged: Option<Counted>,
    /// What it has for this; nothing where it takes all that is left, whatever it has.
    pub covers: Option<Amount>,
}

/// What an event, or a part of it, costs in one asset.
pub(super) struct Offer<'a> {
    pub applied: Applied<'a>,
    /// Of the row.
    pub place: usize,
    pub volume: Option<Quantity>,
    pub tiering: Option<Counted>,
    pub charged: Option<Counted>,
    pub amount: Amount,
}

impl<'a> Lane<'a> {
    /// A part of an event's volume, after those that other assets pay for.
    fn offer(
        &self,
        share: Share,
        part: Option<Quantity>,
        earlier: &[Offer<'a>],
    ) -> Result<Offer<'a>, AmountError> {
        let applied = self.applied(share, earlier)?;
        let volume = part.unwrap_or_default();
        // A part that is all of it is no part.
        let share = applied.share.filter(|share| share.of != volume);
        let applied = Applied { share, ..applied };
        let tiering = applied.model.tiering().zip(self.tiering);
        let tiering = tiering.map(|(tiering, counted)| Counted {
            before: applied.before,
            units: match tiering.basis {
                TierBasis::Volume => volume,
                TierBasis::Unit if self.in_row(earlier).next().is_none() => Quantity::one(),
                // The event is counted once in a row, with its first part there.
                TierBasis::Unit => Quantity::ZERO,
            },
            opens: applied.opens,
            apart: applied.apart,
            ..counted
        });
        let amount = self.amount(&applied, volume)?;
        Ok(Offer {
            applied,
            place: self.place,
            volume: part,
            tiering,
            charged: self.charged_by(amount),
            amount,
        })
    }

    /// The fee of a part. Where another asset pays for what is left, this one gives all that it has: the
    /// rest could not pay for 10^-12 of the volume. Only whole packages may leave something. A fee is
    /// never more than there is, also where the wallet has fractions that the price does not know.
    fn amount(&self, applied: &Applied<'_>, volume: Quantity) -> Result<Amount, AmountError> {
        let Some(most) = self.covers else {
            return applied.amount(volume);
        };
        let exact = applied.exact(volume)?;
        let precision = applied.asset.precision;
        let is_last = |share: Share| share.of.less(share.from) == volume;
        let rounded = if applied.share.is_none_or(is_last) {
            exact.round_half_even(precision)?
        } else if applied.uses_up(volume, most) {
            most
        } else {
            exact.round_up(precision)?
        };
        let within = Exact::from(most).round_down(precision)?;
        // Without anything there nothing but a fee of nothing is covered.
        Ok(rounded.min(within.max(Amount::ZERO)))
    }

    fn charged_by(&self, amount: Amount) -> Option<Counted> {
        let units = Quantity::new(amount).unwrap_or_default();
        self.charged.map(|charged| Counted { units, ..charged })
    }

    /// What an event costs that is free: nothing. It moves no tier, because tiers count what is priced.
    pub fn free(&self, volume: Option<Quantity>) -> Offer<'a> {
        Offer {
            applied: self.applied,
            place: self.place,
            volume,
            tiering: None,
            charged: None,
            amount: Amount::ZERO,
        }
    }

    /// The price at the position of a part.
    fn applied(&self, share: Share, earlier: &[Offer<'a>]) -> Result<Applied<'a>, AmountError> {
        let mut before = self.applied.before;
        let tiering = self.applied.model.tiering();
        if tiering.is_some_and(|tiering| tiering.basis == TierBasis::Volume) {
            for one in self.in_row(earlier) {
                before = before.plus(one.volume.unwrap_or_default())?;
            }
        }
        let is_first = self.in_row(earlier).next().is_none();
        Ok(Applied {
            before,
            opens: self.applied.opens && is_first,
            apart: is_first && !earlier.is_empty(),
            share: Some(share),
            ..self.applied
        })
    }

    /// The earlier parts in the same row. Assets share the position of a row, so that the parts follow each
    /// other there as well; and each row is entered for itself, so that nobody passes over what that costs.
    fn in_row<'b>(&'b self, earlier: &'b [Offer<'a>]) -> impl Iterator<Item = &'b Offer<'a>> {
        let dimensions = &self.applied.row.dimensions;
        let own = move |one: &&Offer<'_>| one.applied.row.dimensions == *dimensions;
        earlier.iter().filter(own)
    }

    /// How much of what is left of an event this asset pays for.
    fn covered(
        &self,
        share: Share,
        left: Quantity,
        earlier: &[Offer<'a>],
    ) -> Result<Quantity, AmountError> {
        match self.covers {
            Some(most) => self.applied(share, earlier)?.covered(left, most),
            None => Ok(left),
        }
    }

    /// All of it in this asset.
    fn whole(&self, volume: Option<Quantity>) -> Result<Offer<'a>, AmountError> {
        let share = Share {
            of: volume.unwrap_or_default(),
            from: Quantity::ZERO,
        };
        self.offer(share, volume, &[])
    }
}

/// The offers that together pay for a volume of an event, in the order of the assets; none where no
/// asset is offered.
pub(super) fn split<'a>(
    lanes: &[Lane<'a>],
    volume: Option<Quantity>,
) -> Result<Vec<Offer<'a>>, AmountError> {
    let of = volume.filter(|volume| volume.get().is_positive());
    let Some(of) = of.filter(|_| is_divisible(lanes)) else {
        return undivided(lanes, volume);
    };
    let mut parts: Vec<Offer<'a>> = Vec::with_capacity(1);
    let mut from = Quantity::ZERO;
    for lane in lanes {
        let left = of.less(from);
        if !left.get().is_positive() {
            break;
        }
        let share = Share { of, from };
        let covered = lane.covered(share, left, &parts)?;
        if covered.get().is_positive() {
            parts.push(lane.offer(share, Some(covered), &parts)?);
            from = from.plus(covered)?;
        }
    }
    Ok(parts)
}

/// Charged whole: in the first asset that covers it, else in the last.
fn undivided<'a>(
    lanes: &[Lane<'a>],
    volume: Option<Quantity>,
) -> Result<Vec<Offer<'a>>, AmountError> {
    let mut chosen = None;
    for lane in lanes {
        let volume = if is_divisible(lanes) {
            volume
        } else {
            lane.volume
        };
        let offer = lane.whole(volume)?;
        let exact = offer.applied.exact(volume.unwrap_or_default())?;
        chosen = Some(offer);
        // Before rounding, as a part of it is: what is too small to be charged here is not free, as
        // long as another asset can tell it from nothing.
        let covers = |most: Amount| !Exact::from(most).is_below(exact);
        if lane.covers.is_none_or(covers) {
            break;
        }
    }
    Ok(chosen.into_iter().collect())
}

/// Costs are in a currency, so each asset has its own and none of them is a part of another.
fn is_divisible(lanes: &[Lane<'_>]) -> bool {
    let has_costs = |lane: &Lane<'_>| lane.applied.model == Model::CostPlus;
    !lanes.iter().any(has_costs)
}

/// What is charged where nothing can be paid for: no volume, in the asset that would have been the last.
/// The event is still counted where events are. Where volume is, it stands in no tier: it has not opened
/// the row, and the next event does.
pub(super) fn nothing<'a>(lanes: &[Lane<'a>], last: &Offer<'a>) -> Offer<'a> {
    let own = |lane: &&Lane<'_>| lane.applied.asset == last.applied.asset;
    let begins = lanes.iter().find(own).map(|lane| lane.applied.before);
    let applied = Applied {
        before: begins.unwrap_or_default(),
        apart: false,
        share: None,
        ..last.applied
    };
    let tiering = applied.model.tiering().zip(last.tiering);
    Offer {
        applied,
        place: last.place,
        volume: last.volume.map(|_| Quantity::ZERO),
        tiering: tiering.and_then(|(tiering, counted)| match tiering.basis {
            TierBasis::Volume => None,
            TierBasis::Unit => Some(Counted {
                before: applied.before,
                units: Quantity::one(),
                apart: false,
                ..counted
            }),
        }),
        charged: None,
        amount: Amount::ZERO,
    }
}

/// The largest volume that can be paid for, of an event whose last offer this is, with what each asset pays of
/// it: never more than `most` says of each asset. `offers` says what a volume costs, and `priced` what of it
/// is priced. Nothing where no volume can.
pub(super) fn lowered<'a>(
    lanes: &[Lane<'a>],
    last: &Offer<'a>,
    volume: Quantity,
    most: &[Amount],
    priced: impl Fn(Quantity) -> Result<Quantity, AmountError>,
    offers: impl Fn(Quantity) -> Result<Vec<Offer<'a>>, AmountError>,
) -> Result<Option<(Quantity, Vec<Offer<'a>>)>, AmountError> {
    if !is_divisible(lanes) {
        let own = |lane: &&Lane<'_>| lane.applied.asset == last.applied.asset;
        let own: Vec<Applied<'_>> = lanes.iter().filter(own).map(|lane| lane.applied).collect();
        return largest(volume, &own, priced, |part| {
            let amount = last.applied.amount(part)?;
            let units = Quantity::new(amount).unwrap_or_default();
            let offer = Offer {
                volume: Some(part),
                charged: last.charged.map(|charged| Counted { units, ..charged }),
                amount,
                ..*last
            };
            Ok(fits(lanes, most, &offer).then(|| (part, vec![offer])))
        });
    }
    let prices: Vec<Applied<'_>> = lanes.iter().map(|lane| lane.applied).collect();
    largest(volume, &prices, priced, |part| {
        let offers = offers(part)?;
        let fits = |offer: &Offer<'_>| fits(lanes, most, offer);
        Ok(offers.iter().all(fits).then_some((part, offers)))
    })
}

/// Whether an offer is within the most that its asset may be asked.
pub(super) fn fits(lanes: &[Lane<'_>], most: &[Amount], offer: &Offer<'_>) -> bool {
    let own = |lane: &Lane<'_>| lane.applied.asset == offer.applied.asset;
    let mut all = lanes.iter().zip(most);
    all.all(|(lane, most)| !own(lane) || offer.amount <= *most)
}
