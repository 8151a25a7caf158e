//! The least that a price asks over a period, and what of it is still missing when the period ends.
//!
//! ```text
//! earned  = sum of rate * (served seconds / seconds of the period)      of each rate of the line
//! charged = what the line's events asked in the period                  see `Counts::Charged`
//! missing = max(0, round(earned) - charged)                             once, at the period's end
//! ```
//!
//! A line is a price with those that continue it, so a version or a plan that moves within the period goes
//! on with what was earned and charged. Served is the time in which a subscription has the price: neither
//! before it begins, nor in its trial, nor after its end. Nothing here is written down by itself: it follows
//! from the entries of subscriptions, so old rows need no new words.

use serde::{Deserialize, Serialize};

use super::amount::{Amount, AmountError, MAX_PLACES};
use super::asset::AccountId;
use super::price::fixed::FixedFee;
use super::price::published::{Counts, PeriodBound, Price, Pricing, counter_of};
use super::rate::Exact;
use super::share::{Period, prorated};
use super::subscription::Subscription;
use super::time::Instant;

/// What a line of prices owes at least, for a period that runs.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct Minimum {
    /// The price that asks it; in snapshots since there are minimums, as all of it.
    pub price: String,
    /// The first price of the line.
    pub line: String,
    /// What pays it.
    pub account: AccountId,
    /// The period.
    pub starts: Instant,
    /// Its end, when what is missing is charged.
    pub ends: Instant,
    /// Since when it counts: later than its entry, in a trial.
    pub from: Instant,
    /// For a whole period, as it is now.
    pub rate: Amount,
    /// For this period, if nothing changes any more.
    pub earned: Amount,
}

impl Minimum {
    const fn period(&self) -> Period {
        (self.starts, self.ends)
    }

    /// Another rate from this moment on.
    fn change(&mut self, rate: Amount, at: Instant) -> Result<(), AmountError> {
        let more = prorated(rate.minus(self.rate)?, MAX_PLACES, self.period(), at)?;
        self.earned = self.earned.plus(more)?;
        self.rate = rate;
        Ok(())
    }

    /// What the line's events asked in the period, under the name of this counter.
    #[must_use]
    pub fn counter(&self) -> String {
        let asset = self.account.asset.as_str();
        counter_of(&self.line, Counts::Charged { asset })
    }

    /// What is missing of it; nothing where enough was charged.
    ///
    /// # Errors
    /// [`AmountError::TooLarge`] when it leaves the bounds of an amount.
    pub fn missing(
        &self,
        precision: u32,
        charged: Amount,
    ) -> Result<Option<FixedFee>, AmountError> {
        let earned = Exact::from(self.earned).round_half_even(precision)?;
        let amount = earned.minus(charged)?;
        Ok(amount.is_positive().then(|| FixedFee {
            price_id: self.price.clone(),
            asset: self.account.asset.clone(),
            amount,
        }))
    }
}

/// A price in force that has a minimum.
struct Asked<'a> {
    price: &'a Price,
    pricing: &'a Pricing,
    least: PeriodBound,
    /// Since when it is served: now, or when the trial ends.
    from: Instant,
}

fn asked(subscriptions: &[Subscription], at: Instant) -> impl Iterator<Item = Asked<'_>> {
    let serving = subscriptions.iter().filter(|one| one.serves());
    serving.flat_map(move |one| {
        let from = one.trial_ends_at.map_or(at, |ends| ends.max(at));
        let prices = one.products.iter().flat_map(|product| &product.prices);
        let pricing = prices.flat_map(|price| price.pricing.iter().map(move |one| (price, one)));
        pricing.filter_map(move |(price, pricing)| {
            Some(Asked {
                price,
                pricing,
                least: pricing.min_per_period?,
                from,
            })
        })
    })
}

/// What runs after an entry about subscriptions: what is asked from now on begins or goes on, and what is
/// asked no more stays with what it has earned until its period ends. Folding cannot fail, so what leaves
/// the bounds stays as it was.
pub fn align(minimums: &mut Vec<Minimum>, subscriptions: &[Subscription], at: Instant) {
    let mut live = Vec::new();
    for one in asked(subscriptions, at) {
        let (starts, ends) = one.least.period.span(at);
        let account = AccountId::default_for(&one.pricing.asset.code);
        let line = one.price.counter();
        let own = |known: &Minimum| {
            known.line == line && known.account == account && known.period() == (starts, ends)
        };
        let place = minimums.iter().position(own).unwrap_or_else(|| {
            minimums.push(Minimum {
                price: String::new(),
                line: line.to_owned(),
                account,
                starts,
                ends,
                from: one.from,
                rate: Amount::ZERO,
                earned: Amount::ZERO,
            });
            minimums.len().saturating_sub(1)
        });
        live.push(place);
        let Some(known) = minimums.get_mut(place) else {
            continue;
        };
        known.price.clone_from(&one.price.id);
        if known.rate == Amount::ZERO {
            known.from = one.from;
        }
        let _ = known.change(one.least.amount, known.from.max(at));
    }
    for (place, known) in minimums.iter_mut().enumerate() {
        if !live.contains(&place) {
            let _ = known.change(Amount::ZERO, known.from.max(at));
        }
    }
    minimums.retain(|one| one.rate.is_positive() || one.earned.is_positive());
}
