//! From a volume to an amount, and from an amount back to the volume that it pays for.
//!
//! ```text
//! flat, percentage, cost_plus   fee = unit + volume * amount / per
//! package                       fee = unit + ceil(volume / per) * amount
//! tiered                        fee = unit + sum over tiers of part * amount / per
//! bulk                          fee = unit + volume * amount / per, all at the tier that is reached
//! then                          max(min_amount, …), min(max_amount, …), round half to even, once
//! ```

use rust_decimal::Decimal;

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
}

/// What one tier asks for its part of an event.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Part<'a> {
    pub tier: &'a Tier,
    pub volume: Quantity,
    /// The event's unit price is asked once, by the tier that the event begins in.
    pub asks_unit_price: bool,
    /// Volume is counted in whole packages.
    packaged: bool,
}

impl Part<'_> {
    /// # Errors
    /// [`AmountError::TooLarge`] past 38 digits.
    pub fn exact(&self) -> Result<Exact, AmountError> {
        let unit_price = self.tier.unit_price.filter(|_| self.asks_unit_price);
        let units = unit_price.map_or(Exact::ZERO, Exact::from);
        let volumes = match self.tier.rate {
            Some(rate) if self.packaged => rate.of_packages(self.volume)?,
            Some(rate) => rate.of(self.volume)?,
            None => return Ok(units),
        };
        if unit_price.is_none() {
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
    /// The fee for a volume: exact, then bounded, then rounded once.
    ///
    /// # Errors
    /// [`AmountError::TooLarge`] when the fee leaves the bounds of an amount.
    pub fn amount(&self, volume: Quantity) -> Result<Amount, AmountError> {
        let exact = match self.row.tiers.as_slice() {
            // Most prices have one tier, so the list of parts is not made for them.
            [only] => self.whole(only, volume).exact()?,
            _ => self.sum(volume)?,
        };
        self.bounded(exact)?.round_half_even(self.asset.precision)
    }

    fn sum(&self, volume: Quantity) -> Result<Exact, AmountError> {
        let parts = self.parts(volume)?;
        let add = |sum: Exact, part: &Part<'_>| sum.plus(part.exact()?);
        parts.iter().try_fold(Exact::ZERO, add)
    }

    /// The least and the most that an event costs bound its whole fee, not a tier's part of it.
    fn bounded(&self, exact: Exact) -> Result<Exact, AmountError> {
        let exact = match self.row.min_amount {
            Some(least) => exact.at_least(Exact::from(least))?,
            None => exact,
        };
        match self.row.max_amount {
            Some(most) => exact.at_most(Exact::from(most)),
            None => Ok(exact),
        }
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
            Model::Bulk(tiering) if tiering.basis == TierBasis::Volume => {
                self.tier_at(self.before.plus(volume)?)
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
            asks_unit_price: true,
            packaged: self.model == Model::Package,
        }
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
                    asks_unit_price: begins,
                    packaged: false,
                });
                from = from.max(to);
            }
        }
        Ok(parts)
    }

    /// The largest part of a volume whose fee is covered, and that fee: whole units of a whole
    /// volume. Both are zero where nothing is covered, not even the unit price.
    ///
    /// It is found by halving, because within a stretch more volume never costs less: rates are not
    /// negative, and bounds and rounding keep the order. Every model is one stretch, but for bulk by
    /// volume: there a tier may be cheaper than the one below it, so each tier is a stretch, and the
    /// highest is tried first.
    ///
    /// # Errors
    /// [`AmountError::TooLarge`] when a fee leaves the bounds of an amount.
    pub fn affordable(
        &self,
        volume: Quantity,
        most: Amount,
    ) -> Result<(Quantity, Amount), AmountError> {
        // An amount of money that happens to be whole counts no units.
        let is_money = matches!(self.model, Model::Percentage | Model::CostPlus);
        let places = if volume.is_whole() && !is_money {
            0
        } else {
            MAX_PLACES
        };
        for (least, highest) in self.stretches(volume, places) {
            if let Some(found) = self.most_within(least, highest, places, most)? {
                return Ok(found);
            }
        }
        Ok((Quantity::ZERO, Amount::ZERO))
    }

    /// Stretches of volume, in steps of `places` decimals, both ends included; the highest first.
    fn stretches(&self, volume: Quantity, places: u32) -> Vec<(i128, i128)> {
        let all = volume.steps(places);
        let by_volume =
            matches!(self.model, Model::Bulk(tiering) if tiering.basis == TierBasis::Volume);
        if !by_volume {
            return vec![(0, all)];
        }
        let mut stretches = Vec::new();
        let mut least = 0_i128;
        for tier in &self.row.tiers {
            let bound = tier.up_to.map(|bound| (bound, bound.less(self.before)));
            let highest = bound.map_or(all, |(_, volume)| volume.steps(places).min(all));
            // A tier that lies below the position has no volume of this event.
            let passed = bound.is_some_and(|(bound, _)| bound < self.before);
            if !passed && highest >= least {
                stretches.push((least, highest));
                least = highest.saturating_add(1);
            }
        }
        stretches.reverse();
        stretches
    }

    fn most_within(
        &self,
        least: i128,
        highest: i128,
        places: u32,
        most: Amount,
    ) -> Result<Option<(Quantity, Amount)>, AmountError> {
        let covered = |steps: i128| -> Result<Option<(Quantity, Amount)>, AmountError> {
            let volume = quantity(steps, places)?;
            let fee = self.amount(volume)?;
            Ok((fee <= most).then_some((volume, fee)))
        };
        // Before searching, since most of the time the whole stretch fits.
        if let Some(all) = covered(highest)? {
            return Ok(Some(all));
        }
        // The unit price alone may be too much; then no volume of this stretch fits.
        let Some(mut found) = covered(least)? else {
            return Ok(None);
        };
        let (mut fits, mut too_much) = (least, highest);
        loop {
            // Both ends are whole steps and come closer with each turn, so this must end.
            let middle = fits.midpoint(too_much);
            if middle <= fits {
                return Ok(Some(found));
            }
            match covered(middle)? {
                Some(more) => (fits, found) = (middle, more),
                None => too_much = middle,
            }
        }
    }
}

fn quantity(steps: i128, places: u32) -> Result<Quantity, AmountError> {
    let value = Decimal::try_from_i128_with_scale(steps, places);
    let amount = Amount::new(value.map_err(|_| AmountError::TooLarge)?)?;
    Quantity::new(amount).ok_or(AmountError::TooLarge)
}
