//! From a volume to an amount, and from an amount back to the volume that it pays for.
//!
//! ```text
//! flat, percentage, cost_plus   fee = unit + volume * amount / per
//! package                       fee = unit + ceil(volume / per) * amount
//! tiered                        fee = unit + sum over tiers of part * amount / per
//! bulk                          fee = unit + volume * amount / per, all at the tier that is reached
//! each tier                     + flat, once in a period, for the event that enters it
//! then                          max(min_amount, …), min(max_amount, …), min(what is left of the period, …),
//!                               round half to even, once
//! ```
//!
//! Where several assets pay for one event, each pays for a part of its volume. The parts follow each
//! other: the unit price is asked by the first of them, and each part is bounded by its own share of
//! the bounds.

use rust_decimal::Decimal;
use serde::{Deserialize, Serialize};

use crate::engine::amount::{Amount, AmountError, MAX_PLACES};
use crate::engine::asset::Asset;
use crate::engine::rate::{Exact, Quantity};

use super::published::{Model, Row, Tier, TierBasis};

/// A price as it is applied to one event: the row that matched, in one asset, at a position.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Applied<'a> {
    pub model: Model,
    pub asset: &'a Asset,
    pub row: &'a Row,
    /// Usage of the tiering period before the event; zero for a price without tiers.
    pub before: Quantity,
    /// The event is the first of its row in the period.
    pub opens: bool,
    /// It is a later part of the event, and the first in its row: what it enters there is not entered yet.
    pub apart: bool,
    /// Which part of the event the asset pays, where it does not pay for all of it.
    pub share: Option<Share>,
    /// How much more may be asked in the period, where there is a most.
    pub left: Option<Amount>,
}

/// A part of an event's volume. The parts follow each other: the first assets pay for the first of it.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct Share {
    /// The volume of the whole event, above zero.
    /// Format 1, added with shares, as all of it.
    pub of: Quantity,
    /// How much of it earlier assets pay for.
    pub from: Quantity,
}

/// What one tier asks for its part of an event.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Part<'a> {
    pub tier: &'a Tier,
    pub volume: Quantity,
    /// The event's unit price is asked once, by the tier that the event begins in.
    pub asks_unit_price: bool,
    /// The event enters the tier, whose flat amount is asked then.
    pub enters: bool,
    /// Volume is counted in whole packages.
    packaged: bool,
}

impl Part<'_> {
    /// # Errors
    /// [`AmountError::TooLarge`] past 38 digits.
    pub fn exact(&self) -> Result<Exact, AmountError> {
        let unit_price = self.tier.unit_price.filter(|_| self.asks_unit_price);
        let flat = self.tier.flat_amount.filter(|_| self.enters);
        let units = match (unit_price, flat) {
            (None, None) => Exact::ZERO,
            (Some(one), None) | (None, Some(one)) => Exact::from(one),
            (Some(unit), Some(flat)) => Exact::from(unit).plus(Exact::from(flat))?,
        };
        let volumes = match self.tier.rate {
            Some(rate) if self.packaged => rate.of_packages(self.volume)?,
            Some(rate) => rate.of(self.volume)?,
            None => return Ok(units),
        };
        if unit_price.is_none() && flat.is_none() {
            return Ok(volumes);
        }
        units.plus(volumes)
    }

    /// What the part asks, to 12 places, for people to read; zero where it is out of range, which no
    /// charged fee is.
    #[must_use]
    pub fn shown(&self) -> Amount {
        let exact = self.exact();
        let shown = exact.and_then(|exact| exact.round_half_even(MAX_PLACES));
        shown.unwrap_or_default()
    }
}

impl<'a> Applied<'a> {
    /// A row at a position, for all of an event.
    #[must_use]
    pub const fn new(model: Model, asset: &'a Asset, row: &'a Row, before: Quantity) -> Self {
        Self {
            model,
            asset,
            row,
            before,
            opens: false,
            apart: false,
            share: None,
            left: None,
        }
    }

    /// The fee for a volume: exact, then bounded, then rounded once.
    ///
    /// # Errors
    /// [`AmountError::TooLarge`] when the fee leaves the bounds of an amount.
    pub fn amount(&self, volume: Quantity) -> Result<Amount, AmountError> {
        self.exact(volume)?.round_half_even(self.asset.precision)
    }

    /// The fee before it is rounded.
    ///
    /// # Errors
    /// [`AmountError::TooLarge`] past 38 digits.
    pub fn exact(&self, volume: Quantity) -> Result<Exact, AmountError> {
        let exact = match self.row.tiers.as_slice() {
            // Most prices have one tier, so the list of parts is not made for them.
            [only] => self.whole(only, volume).exact()?,
            _ => self.sum(volume)?,
        };
        self.bounded(exact, volume)
    }

    fn sum(&self, volume: Quantity) -> Result<Exact, AmountError> {
        let parts = self.parts(volume)?;
        let add = |sum: Exact, part: &Part<'_>| sum.plus(part.exact()?);
        parts.iter().try_fold(Exact::ZERO, add)
    }

    /// The least and the most that an event costs bound its whole fee, not a tier's part of it. Where
    /// several assets pay, each of them bounds its share.
    fn bounded(&self, exact: Exact, volume: Quantity) -> Result<Exact, AmountError> {
        let share = |bound: Amount| match self.share {
            None => Ok(Exact::from(bound)),
            Some(share) => Exact::from(volume.get())
                .over(Exact::from(share.of.get()))?
                .times(Exact::from(bound)),
        };
        let exact = match self.row.min_amount {
            Some(least) => exact.at_least(share(least)?),
            None => exact,
        };
        let exact = match self.row.max_amount {
            Some(most) => exact.at_most(share(most)?),
            None => exact,
        };
        Ok(match self.left {
            Some(left) => exact.at_most(Exact::from(left)),
            None => exact,
        })
    }

    /// The tiers that ask something for an event, each with its part of the volume.
    ///
    /// # Errors
    /// [`AmountError::TooLarge`] when the position behind the event leaves the bounds.
    pub fn parts(&self, volume: Quantity) -> Result<Vec<Part<'a>>, AmountError> {
        let tier = match self.model {
            Model::Tiered(tiering) if tiering.basis == TierBasis::Volume => {
                return self.split(volume);
            }
            // Every part of an event is priced at the tier that the event as a whole reaches.
            Model::Bulk(tiering) if tiering.basis == TierBasis::Volume => {
                let ahead = self.share.map_or(volume, |share| share.of.less(share.from));
                self.tier_at(self.before.plus(ahead)?)
            }
            // An event is one unit, which cannot be split: it lies in the tier of its number.
            Model::Tiered(_) | Model::Bulk(_) => self.tier_at(self.before.plus(Quantity::one())?),
            Model::Flat | Model::Package | Model::Percentage | Model::CostPlus => {
                self.row.tiers.first()
            }
        };
        let part = tier.map(|tier| self.whole(tier, volume));
        Ok(part.into_iter().collect())
    }

    fn whole(&self, tier: &'a Tier, volume: Quantity) -> Part<'a> {
        Part {
            tier,
            volume,
            asks_unit_price: self.begins(),
            enters: (self.begins() || self.apart) && self.enters(tier, self.before),
            packaged: self.model == Model::Package,
        }
    }

    /// Whether usage from a position on enters a tier: the first with the first event of the period, also
    /// one without a volume; every other one where none of it was used before.
    fn enters(&self, tier: &Tier, from: Quantity) -> bool {
        // Asked of every fee, and nearly no tier has one.
        if tier.flat_amount.is_none() {
            return false;
        }
        let tiers = self.row.tiers.iter();
        let below = tiers.take_while(|one| one.up_to != tier.up_to);
        let below = below.filter_map(|one| one.up_to).last();
        below.map_or(self.opens, |below| from <= below)
    }

    /// The event begins here, and not in a part that another asset pays.
    fn begins(&self) -> bool {
        self.share.is_none_or(|share| share.from == Quantity::ZERO)
    }

    /// The tier that a position lies in. Bounds are upper-inclusive, and the last tier has none.
    fn tier_at(&self, position: Quantity) -> Option<&'a Tier> {
        let reaches = |tier: &&Tier| tier.up_to.is_none_or(|bound| position <= bound);
        self.row.tiers.iter().find(reaches)
    }

    /// Each tier takes the part of the event between its bounds. The event begins in the tier where
    /// the next usage after the position goes; that one is there even when the volume is zero.
    fn split(&self, volume: Quantity) -> Result<Vec<Part<'a>>, AmountError> {
        let after = self.before.plus(volume)?;
        let mut parts = Vec::new();
        let mut from = self.before;
        for tier in &self.row.tiers {
            let to = tier.up_to.map_or(after, |bound| bound.min(after));
            // The tier where it begins asks the unit price, and must be there even for a volume of
            // zero.
            let begins = parts.is_empty() && tier.up_to.is_none_or(|bound| from < bound);
            if begins || to > from {
                parts.push(Part {
                    tier,
                    volume: to.less(from),
                    asks_unit_price: begins && self.begins(),
                    // Without a volume only the first tier is entered.
                    enters: self.enters(tier, from) && (to > from || self.opens),
                    packaged: false,
                });
                from = from.max(to);
            }
        }
        Ok(parts)
    }

    /// The largest part of a volume whose exact fee is within an amount, to the last of 12 places: so
    /// prepaid units are used up, and an event takes of them what its parts would take one by one.
    ///
    /// # Errors
    /// [`AmountError::TooLarge`] when a fee leaves the bounds of an amount.
    pub fn covered(&self, volume: Quantity, most: Amount) -> Result<Quantity, AmountError> {
        let most = Exact::from(most);
        let within = |part: Quantity| -> Result<Option<Quantity>, AmountError> {
            let exact = self.exact(part)?;
            Ok((!most.is_below(exact)).then_some(part))
        };
        // A volume of many digits times a rate of many digits is no number any more; then the part
        // is counted in coarser steps, which still never costs more than there is.
        for places in [MAX_PLACES, MAX_PLACES / 2, 0] {
            let steps = volume.steps(places);
            let found = most_within(0, steps, |steps| within(quantity(steps, places)?));
            if let Ok(found) = found {
                return Ok(found.unwrap_or_default());
            }
        }
        Err(AmountError::TooLarge)
    }

    /// Whether a part that was [`Applied::covered`] leaves nothing that could pay for more of the volume.
    #[must_use]
    pub fn uses_up(&self, part: Quantity, most: Amount) -> bool {
        // A package that is not paid for whole is not begun, and a tier that is not paid for is not
        // entered, whatever is left.
        let has_steps = self.row.tiers.iter().any(|tier| tier.flat_amount.is_some());
        if self.model == Model::Package || has_steps {
            return false;
        }
        let more = quantity(1, MAX_PLACES).and_then(|step| self.exact(part.plus(step)?));
        more.is_ok_and(|more| Exact::from(most).is_below(more))
    }

    /// The largest part of a volume whose fee is covered, and that fee: whole units of a whole
    /// volume. Both are zero where nothing is covered, not even the unit price.
    ///
    /// # Errors
    /// [`AmountError::TooLarge`] when a fee leaves the bounds of an amount.
    pub fn affordable(
        &self,
        volume: Quantity,
        most: Amount,
    ) -> Result<(Quantity, Amount), AmountError> {
        let found = largest(volume, std::slice::from_ref(self), Ok, |part| {
            let fee = self.amount(part)?;
            Ok((fee <= most).then_some((part, fee)))
        })?;
        Ok(found.unwrap_or_default())
    }

    /// The volumes up to which an event stays in a tier that asks for all of it.
    fn bounds(&self) -> impl Iterator<Item = Quantity> {
        let before = self.before;
        let by_volume =
            matches!(self.model, Model::Bulk(tiering) if tiering.basis == TierBasis::Volume);
        let bounded = self.row.tiers.iter().filter(move |_| by_volume);
        let bounded = bounded.filter_map(|tier| tier.up_to);
        // A tier that lies below the position has no volume of this event.
        let ahead = bounded.filter(move |bound| *bound >= before);
        ahead.map(move |bound| bound.less(before))
    }
}

/// The largest part of a volume for which something is found, in whole units where the volume is
/// whole. The prices are those that decide.
///
/// It is found by halving, because within a stretch more volume never costs less: rates are not
/// negative, and bounds and rounding keep the order. Every model is one stretch, but for bulk by
/// volume: there a tier may be cheaper than the one below it, so each tier is a stretch, and the
/// highest is tried first. `priced` says what of a volume is priced, which is what tiers count.
///
/// # Errors
/// Those of `priced` and `find`.
pub(super) fn largest<T>(
    volume: Quantity,
    prices: &[Applied<'_>],
    priced: impl Fn(Quantity) -> Result<Quantity, AmountError>,
    mut find: impl FnMut(Quantity) -> Result<Option<T>, AmountError>,
) -> Result<Option<T>, AmountError> {
    // An amount of money that happens to be whole counts no units.
    let is_money = |price: &Applied<'_>| matches!(price.model, Model::Percentage | Model::CostPlus);
    let counts_units = volume.is_whole() && !prices.iter().any(is_money);
    let places = if counts_units { 0 } else { MAX_PLACES };
    let all = volume.steps(places);
    let mut bounds = Vec::new();
    for bound in prices.iter().flat_map(Applied::bounds) {
        let within = |steps: i128| -> Result<Option<i128>, AmountError> {
            let reached = priced(quantity(steps, places)?)?;
            Ok((reached <= bound).then_some(steps))
        };
        bounds.extend(most_within(0, all, within)?);
    }
    bounds.retain(|bound| *bound < all);
    bounds.push(all);
    bounds.sort_unstable();
    bounds.dedup();
    for (place, highest) in bounds.iter().enumerate().rev() {
        let below = place.checked_sub(1).and_then(|place| bounds.get(place));
        let least = below.map_or(0, |below| below.saturating_add(1));
        let found = most_within(least, *highest, |steps| find(quantity(steps, places)?))?;
        if found.is_some() {
            return Ok(found);
        }
    }
    Ok(None)
}

/// What is found at the highest step where something is found at all: everywhere below it, too.
fn most_within<T>(
    least: i128,
    highest: i128,
    mut find: impl FnMut(i128) -> Result<Option<T>, AmountError>,
) -> Result<Option<T>, AmountError> {
    // Before searching, since most of the time the whole stretch fits.
    if let Some(all) = find(highest)? {
        return Ok(Some(all));
    }
    // The unit price alone may be too much; then no volume of this stretch fits.
    let Some(mut found) = find(least)? else {
        return Ok(None);
    };
    let (mut fits, mut too_much) = (least, highest);
    // Nothing may be left at all, which one more step tells before ninety halvings do.
    let mut middle = least.saturating_add(1);
    loop {
        // Both ends are whole steps and come closer with each turn, so this must end.
        if middle <= fits || middle >= too_much {
            return Ok(Some(found));
        }
        match find(middle)? {
            Some(more) => (fits, found) = (middle, more),
            None => too_much = middle,
        }
        middle = fits.midpoint(too_much);
    }
}

fn quantity(steps: i128, places: u32) -> Result<Quantity, AmountError> {
    let value = Decimal::try_from_i128_with_scale(steps, places);
    let amount = Amount::new(value.map_err(|_| AmountError::TooLarge)?)?;
    Quantity::new(amount).ok_or(AmountError::TooLarge)
}
