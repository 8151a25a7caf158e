//! What a line of prices asks in a period comes to its minimum, by the time in which it was served, and is
//! topped up once.
//!
//! ```text
//! owed   = sum over all time of the period of rate * seconds served / seconds of the period
//! top-up = max(0, round(owed) - asked)         so asked + top-up = max(round(owed), asked)
//! ```
//!
//! The time is added up piece by piece, from what the wallet serves between two entries; the engine moves
//! what a period earns whenever a rate changes.

use std::collections::{BTreeMap, BTreeSet};

use scrip::engine::amount::MAX_PLACES;
use scrip::engine::calendar::Period;
use scrip::engine::price::fixed::FixedFee;
use scrip::engine::{AccountId, Entry, Fact, Fee, Instant, Wallet};

use crate::audit::pico;

/// A line of prices, its asset, and the period.
type Key = (String, String, (Instant, Instant));

/// What a wallet serves: the line and its asset, the period's length, the rate, and since when.
struct Served {
    line: String,
    asset: String,
    period: Period,
    rate: i128,
    from: Instant,
}

#[derive(Default)]
pub struct MinimumAudit {
    now: Instant,
    served: Vec<Served>,
    /// Rate times seconds, and of how many pieces that is.
    owed: BTreeMap<Key, (i128, i128)>,
    /// What events asked, by line, asset and start of the period.
    asked: BTreeMap<(String, String, Instant), i128>,
    settled: BTreeSet<(Instant, Instant)>,
}

impl MinimumAudit {
    /// `wallet` is the fold up to and with this entry.
    pub fn follow(&mut self, entry: &Entry, wallet: &Wallet) -> Result<(), String> {
        self.pass(entry.at);
        match &entry.fact {
            Fact::UsageRecorded { fees, .. }
            | Fact::UsagePriced { fees, .. }
            | Fact::HoldCaptured { fees, .. } => self.ask(fees, wallet),
            Fact::MinimumCharged {
                starts_at,
                due_at,
                fees,
            } => self.check((*starts_at, *due_at), fees, entry, wallet)?,
            _ => {}
        }
        let serving = wallet.subscriptions.iter().filter(|one| one.serves());
        self.served.clear();
        for one in serving {
            let prices = one.products.iter().flat_map(|product| &product.prices);
            for (price, pricing) in
                prices.flat_map(|one| one.pricing.iter().map(move |own| (one, own)))
            {
                self.served
                    .extend(pricing.min_per_period.map(|least| Served {
                        line: price.continues.clone().unwrap_or(price.id.clone()),
                        asset: pricing.asset.code.clone(),
                        period: least.period,
                        rate: pico(least.amount),
                        from: one.trial_ends_at.unwrap_or_default(),
                    }));
            }
        }
        Ok(())
    }

    /// Time passes, with what is served; cut where periods end.
    fn pass(&mut self, to: Instant) {
        for one in &self.served {
            let mut from = self.now.max(one.from);
            while from < to {
                let (starts, ends) = one.period.span(from);
                let until = to.min(ends);
                // By whole seconds that are left.
                let left = |at: Instant| i128::from((ends.micros() - at.micros()) / 1_000_000);
                let key = (one.line.clone(), one.asset.clone(), (starts, ends));
                let owed = self.owed.entry(key).or_default();
                owed.0 += one.rate * (left(from) - left(until));
                owed.1 += 1;
                from = until;
            }
        }
        self.now = to;
    }

    fn ask(&mut self, fees: &[Fee], wallet: &Wallet) {
        for fee in fees {
            let Some(counted) = fee.charged else {
                continue;
            };
            let line = line_of(&fee.price_id, wallet);
            let key = (line, fee.asset.clone(), counted.since);
            *self.asked.entry(key).or_default() += pico(counted.units.get());
        }
    }

    fn check(
        &mut self,
        period: (Instant, Instant),
        fees: &[FixedFee],
        entry: &Entry,
        wallet: &Wallet,
    ) -> Result<(), String> {
        let law = |holds: bool, broken: &str| {
            if holds {
                Ok(())
            } else {
                Err(broken.to_owned())
            }
        };
        law(period.1 <= entry.at, "a minimum before its period is over")?;
        law(self.settled.insert(period), "a minimum is charged twice")?;
        let mut charged: BTreeMap<(String, String), i128> = BTreeMap::new();
        for fee in fees {
            law(fee.amount.is_positive(), "a minimum of nothing")?;
            let key = (line_of(&fee.price_id, wallet), fee.asset.clone());
            let before = charged.insert(key, pico(fee.amount));
            law(before.is_none(), "a price is topped up twice")?;
        }
        let all: i128 = charged.values().sum();
        let seconds = i128::from((period.1.micros() - period.0.micros()) / 1_000_000);
        let own = self.owed.iter().filter(|((_, _, of), _)| *of == period);
        for ((line, asset, _), (owed, pieces)) in own {
            let account = wallet.accounts.get(&AccountId::default_for(asset));
            let places = account.map_or(MAX_PLACES, |account| account.asset.precision);
            let asked = self.asked.get(&(line.clone(), asset.clone(), period.0));
            let asked = asked.copied().unwrap_or_default();
            let top_up = charged
                .remove(&(line.clone(), asset.clone()))
                .unwrap_or_default();
            // Half a step for the rounding, and one in the last place for each change of a rate.
            let step = 10_i128.pow(MAX_PLACES - places);
            let near = (step / 2 + pieces + 1) * seconds;
            let missing = owed - asked * seconds;
            let debt = account.map_or(0, |one| pico(one.debt) + pico(one.pledged));
            // Amounts are smaller than 10^15.
            let full = missing + (debt + all) * seconds + near >= 10_i128.pow(27) * seconds;
            let right = if top_up == 0 {
                missing <= near || full
            } else {
                (missing - top_up * seconds).abs() <= near
            };
            law(
                right,
                &format!("{line}: {missing} of {seconds}s is missing, {top_up} is charged"),
            )?;
        }
        law(charged.is_empty(), "a minimum that nobody owes")
    }

    /// For the end of a case: whatever is owed for a period that is over was settled.
    pub fn finish(&self) -> Result<(), String> {
        for ((line, _, period), (owed, _)) in &self.owed {
            let seconds = i128::from((period.1.micros() - period.0.micros()) / 1_000_000);
            if period.1 <= self.now && owed / seconds > 1_000 && !self.settled.contains(period) {
                return Err(format!(
                    "{line}: the minimum of {period:?} was never settled"
                ));
            }
        }
        Ok(())
    }
}

/// The first price of the line that a price belongs to.
fn line_of(price: &str, wallet: &Wallet) -> String {
    let known = wallet
        .price(price)
        .map(|(_, price)| price.counter().to_owned());
    known.unwrap_or_else(|| price.to_owned())
}
