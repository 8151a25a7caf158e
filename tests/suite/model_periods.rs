//! The naive wallet's periods: what is free in them, and the most and the least that a price asks.

use crate::model::{Consumption, Event, Model, PRECISIONS, month};
use crate::model_catalogue::{Mode, Offer, Price, Rounding};
use crate::model_prices::Quote;

/// What is counted in a period beside the tiers.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub enum What {
    FreeUnits,
    FreeEvents,
    /// What was asked in an asset.
    Charged(usize),
}

/// Price, what of it, the month (or 0), and how much of it, in 10^-12.
pub type Counter = (usize, What, i64, i128);

/// What becomes of the volumes of one event.
#[derive(Clone, Copy, Default)]
pub struct Meter {
    rounding: Option<Rounding>,
    /// Of the units that are free.
    left: i128,
    /// The event is one of those that are free.
    pub is_free: bool,
    /// Since when what is free is counted.
    pub since: i64,
}

/// What a price asks at least in a month, from a moment on.
#[derive(Clone, Copy, Debug)]
pub struct Least {
    price: usize,
    asset: usize,
    /// For the whole month.
    amount: i128,
    from: i64,
}

impl Meter {
    /// What of a volume is priced, and what of it is free.
    pub fn read(&self, volume: i128) -> (i128, i128) {
        let rounded = match self.rounding {
            None => volume,
            Some(Rounding { mode, unit }) => {
                let up = match mode {
                    Mode::Up => volume % unit > 0,
                    Mode::Down => false,
                    Mode::HalfUp => 2 * (volume % unit) >= unit,
                };
                (volume / unit + i128::from(up)) * unit
            }
        };
        let free = if self.is_free {
            rounded
        } else {
            rounded.min(self.left)
        };
        (rounded - free, free)
    }
}

/// The last second of a month, and one.
fn month_end(at: i64) -> i64 {
    month(month(at) + 32 * 86_400)
}

impl Model {
    fn since(&self, monthly: bool, event: &Event) -> i64 {
        let at = event.occurred.unwrap_or(self.at);
        if monthly { month(at) } else { 0 }
    }

    /// What facts have counted so far.
    fn counter(&self, price: usize, what: What, since: i64) -> i128 {
        let own = |one: &&Counter| (one.0, one.1, one.2) == (price, what, since);
        self.counters.iter().filter(own).map(|one| one.3).sum()
    }

    /// The same, with the events before this one.
    fn so_far(&self, quote: &Quote, price: usize, what: What, since: i64) -> i128 {
        let own = quote.fees.iter().filter(|fee| fee.price == price);
        let counts = own.flat_map(|fee| &fee.counts);
        let asked = counts.filter(|one| (one.0, one.1) == (what, since));
        self.counter(price, what, since) + asked.map(|one| one.2).sum::<i128>()
    }

    pub fn add_counts(&mut self, price: usize, counts: &[(What, i64, i128)]) {
        for (what, since, units) in counts {
            let mut known = self.counters.iter_mut();
            match known.find(|one| (one.0, one.1, one.2) == (price, *what, *since)) {
                Some(one) => one.3 += units,
                None => self.counters.push((price, *what, *since, *units)),
            }
        }
    }

    pub fn meter(&self, quote: &Quote, place: usize, event: &Event) -> Meter {
        let price: &Price = &self.prices[place];
        let mut meter = Meter {
            rounding: price.rounding,
            ..Meter::default()
        };
        if let Some(free) = price.free {
            meter.since = self.since(free.monthly, event);
            let used = |what| self.so_far(quote, place, what, meter.since);
            meter.left = (free.units.unwrap_or(0) - used(What::FreeUnits)).max(0);
            meter.is_free = used(What::FreeEvents) < free.events.unwrap_or(0);
        }
        meter
    }

    /// Since when a price counts what it asks in an asset, where it does, and what it may still ask.
    pub fn bounds(
        &self,
        quote: &Quote,
        place: usize,
        offer: &Offer,
        event: &Event,
    ) -> (Option<i64>, Option<i128>) {
        let since = self.since(offer.monthly, event);
        let asked = self.so_far(quote, place, What::Charged(offer.asset), since);
        let counts = offer.most.is_some() || offer.least.is_some();
        let left = offer.most.map(|most| (most - asked).max(0));
        (counts.then_some(since), left)
    }

    // The least of a month.

    pub fn begin_leasts(&mut self, product: usize) {
        let from = self.at;
        for (place, price) in self.prices.iter().enumerate() {
            let offers = price.offers.iter().filter(|_| price.product == product);
            self.leasts.extend(offers.filter_map(|offer| {
                Some(Least {
                    price: place,
                    asset: offer.asset,
                    amount: offer.least?,
                    from,
                })
            }));
        }
    }

    /// When the first month is over in which something is asked at least.
    pub fn least_due(&self) -> Option<i64> {
        self.leasts.iter().map(|one| month_end(one.from)).min()
    }

    /// A month is over: what was asked less than the least is owed, also below zero.
    pub fn top_up(&mut self, end: i64) {
        for place in 0..self.leasts.len() {
            let least = self.leasts[place];
            let start = month(least.from);
            if month_end(least.from) != end {
                continue;
            }
            let served = least.amount * i128::from(end - least.from);
            // To the last of 12 places, then to the asset's own.
            let earned = half_even(served, i128::from(end - start));
            let step = 10_i128.pow(12 - PRECISIONS[least.asset]);
            let earned = half_even(earned, step) * step;
            let asked = self.counter(least.price, What::Charged(least.asset), start);
            if earned > asked {
                let owed = earned - asked;
                self.topped_up.push((least.price, least.asset, owed));
                self.post(&Consumption::plain(least.asset, owed, None));
            }
            self.leasts[place].from = end;
        }
    }
}

/// The nearest whole number; of two the even one.
fn half_even(numerator: i128, denominator: i128) -> i128 {
    let (whole, rest) = (numerator / denominator, numerator % denominator);
    let up = 2 * rest > denominator || 2 * rest == denominator && whole % 2 == 1;
    whole + i128::from(up)
}
