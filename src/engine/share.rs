//! What a path through plans comes to in one period, of money or of credit: what it earns, and what was
//! charged or given for it. A change of plan moves both by the same fraction of time.
//!
//! ```text
//! earned at the period's start  = rate
//! earned after a change at t    = earned + (rate' - rate) * (ends - t) / (ends - starts)
//! still to charge or give       = round(earned - given)             below zero: to be given back or taken
//! ```
//!
//! So a plan that is left and taken again in its period costs and gives what its time is worth, however
//! often that happens. What was earned is kept to twelve places, and what is moved is rounded once, half
//! to even.

use rust_decimal::Decimal;
use serde::{Deserialize, Serialize};

use super::amount::{Amount, AmountError, MAX_PLACES};
use super::calendar::Interval;
use super::grant::{GrantId, Terms};
use super::rate::Exact;
use super::time::Instant;

/// A period, from its start to its end.
pub type Period = (Instant, Instant);

/// What the plans of a period come to in one asset.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct Share {
    /// The code of the asset.
    /// Format 1, added with plans that are remembered, as all of it.
    pub asset: String,
    /// How long the period is.
    pub every: Interval,
    /// What the plan of now comes to in a whole period.
    pub rate: Amount,
    /// What the plans come to until the period ends, if nothing changes any more.
    pub earned: Amount,
    /// What was charged or given for it, without what came back.
    pub given: Amount,
}

/// A grant that paid a fee, so that what is given back goes where it came from.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct Payer {
    /// The `seq` that opened it.
    /// Format 1, added likewise.
    pub grant: GrantId,
    /// How much of the fee it paid.
    pub amount: Amount,
    /// Its terms: the journal's later reader may have forgotten a grant that is spent.
    pub terms: Terms,
}

impl Share {
    /// A whole period of a plan, for which nothing was charged or given yet.
    #[must_use]
    pub fn whole(asset: &str, every: Interval, rate: Amount) -> Self {
        Self {
            asset: asset.to_owned(),
            every,
            rate,
            earned: rate,
            given: Amount::ZERO,
        }
    }

    /// A plan that begins within a period.
    ///
    /// # Errors
    /// [`AmountError::TooLarge`] when a fraction needs more than 38 digits.
    pub fn rest(
        asset: &str,
        every: Interval,
        rate: Amount,
        period: Period,
        at: Instant,
    ) -> Result<Self, AmountError> {
        Self::whole(asset, every, Amount::ZERO).changed(rate, period, at)
    }

    /// Another plan from this moment on.
    ///
    /// # Errors
    /// As [`Share::rest`].
    pub fn changed(&self, rate: Amount, period: Period, at: Instant) -> Result<Self, AmountError> {
        let more = prorated(rate.minus(self.rate)?, MAX_PLACES, period, at)?;
        Ok(Self {
            rate,
            earned: self.earned.plus(more)?,
            ..self.clone()
        })
    }

    /// What is still to be charged or given; below zero it is to come back.
    ///
    /// # Errors
    /// [`AmountError::TooLarge`] when it leaves the bounds of an amount.
    pub fn owed(&self, precision: u32) -> Result<Amount, AmountError> {
        Exact::from(self.earned.minus(self.given)?).round_half_even(precision)
    }
}

/// The part of an amount that falls on the rest of a period, by the second, rounded once, half to
/// even: all of it at the period's start, nothing at its end.
///
/// # Errors
/// [`AmountError::TooLarge`] when a fraction needs more than 38 digits.
pub fn prorated(
    amount: Amount,
    precision: u32,
    (starts, ends): Period,
    at: Instant,
) -> Result<Amount, AmountError> {
    let whole = seconds(starts, ends);
    let rest = seconds(at.max(starts), ends).min(whole);
    if rest == whole {
        return Ok(amount);
    }
    if rest == 0 {
        return Ok(Amount::ZERO);
    }
    let exact = |count: i64| Amount::new(Decimal::from(count)).map(Exact::from);
    let part = Exact::from(amount).times(exact(rest)?.over(exact(whole)?)?)?;
    part.round_half_even(precision)
}

/// The same part of an amount as one amount is of another, rounded once, half to even.
///
/// # Errors
/// As [`prorated`].
pub fn same_part(
    amount: Amount,
    precision: u32,
    (of, whole): (Amount, Amount),
) -> Result<Amount, AmountError> {
    if of == whole {
        return Ok(amount);
    }
    let part = Exact::from(of).over(Exact::from(whole))?;
    Exact::from(amount).times(part)?.round_half_even(precision)
}

/// Whole seconds from one moment to another; none when it is not later.
fn seconds(from: Instant, to: Instant) -> i64 {
    let micros = to.micros().saturating_sub(from.micros());
    micros.max(0).div_euclid(1_000_000)
}
