//! Moving a subscription to another version of a product, or to another product. It takes effect at
//! its entry and never before: the past keeps its prices.
//!
//! Recurring prices of the same interval, old and new, share their period, which goes on. With
//! proration the part of the old price that is not used yet comes back as credit, and the same part
//! of the new price is charged, by the second. A price of another interval begins a new period: now
//! with proration, else when the old one ends.
//!
//! ```text
//! part(price) = price * (ends - now) / (ends - starts)       whole seconds, rounded once, half to even
//! credited    = part(old price)      for each that was paid for its running period
//! charged     = part(new price)      where it shares that period; all of it where a new period begins now
//! ```

use rust_decimal::Decimal;

use super::amount::{Amount, AmountError};
use super::asset::AccountId;
use super::calendar::Interval;
use super::draft::Draft;
use super::entitlement::Refresh;
use super::entry::Fact;
use super::grant::{DEFAULT_PRIORITY, Purpose, Terms};
use super::price::fixed::{Due, FixedFee, FixedPrice, sums};
use super::price::product::PricedProduct;
use super::rate::Exact;
use super::refusal::{Refusal, Shortage};
use super::scope::Scope;
use super::subscription::{Given, Subscription, SubscriptionId, Term};
use super::time::Instant;
use super::wallet::Wallet;

/// What a change of product does with the schedule and the money.
#[derive(Default)]
struct Switch {
    terms: Vec<Term>,
    credited: Vec<FixedFee>,
    charged: Vec<FixedFee>,
}

impl Draft<'_> {
    pub(super) fn change_product(
        &mut self,
        id: SubscriptionId,
        product: &PricedProduct,
        replaces: &str,
        prorate: bool,
    ) -> Result<Fact, Refusal> {
        let before = self.subscription(id)?.clone();
        if before.is_over() {
            return Err(Refusal::SubscriptionEnded);
        }
        let old = before.products.iter().find(|one| one.id == replaces);
        let old = old.ok_or_else(|| Refusal::ProductNotFound {
            product: replaces.to_owned(),
        })?;
        self.check_new(product, Some((id, replaces)), std::iter::empty())?;
        self.make_room(product)?;
        // One that never began has no period, so there is nothing to split.
        let switch = if before.activated_at.is_some() {
            // What is unpaid is not given back.
            let prorate = prorate && before.status.is_active();
            switch(self.wallet, &before, old, product, (prorate, self.at))?
        } else {
            Switch::default()
        };
        let given = given_after(&before, old, product, self.at);
        self.give_back_fees(&switch.credited)?;
        self.charge(&switch.charged)?;
        Ok(Fact::ProductChanged {
            subscription: id,
            replaces: replaces.to_owned(),
            product: product.clone(),
            terms: switch.terms,
            given,
            credited: switch.credited,
            charged: switch.charged,
        })
    }

    /// Credit for what was paid and will not be used, as good as paid money.
    fn give_back_fees(&mut self, fees: &[FixedFee]) -> Result<(), Refusal> {
        for (asset, amount) in sums(fees) {
            if !amount.is_positive() {
                continue;
            }
            let terms = Terms {
                purpose: Purpose::Paid,
                priority: DEFAULT_PRIORITY,
                effective_at: self.at,
                expires_at: None,
                scope: Scope::default(),
            };
            self.open_grant(&AccountId::default_for(asset), amount, terms)?;
        }
        Ok(())
    }

    /// It is asked for, so it is refused where the balance does not cover it.
    fn charge(&mut self, fees: &[FixedFee]) -> Result<(), Refusal> {
        let mut shortages = Vec::new();
        for (asset, required) in sums(fees) {
            let at = self.at;
            let touched = self.account(&AccountId::default_for(asset));
            let available = touched.map(|touched| touched.account.available(at));
            let available = available.transpose()?.unwrap_or_default();
            if required.is_positive() && available < required {
                shortages.push(Shortage {
                    asset: asset.to_owned(),
                    required,
                    available,
                    ..Shortage::default()
                });
            }
        }
        if !shortages.is_empty() {
            // All shortages at once, so that one top-up in each asset is enough.
            return Err(Refusal::InsufficientFunds { shortages });
        }
        self.collect(fees)
    }
}

fn switch(
    wallet: &Wallet,
    before: &Subscription,
    old: &PricedProduct,
    new: &PricedProduct,
    (prorate, at): (bool, Instant),
) -> Result<Switch, AmountError> {
    let mut switch = Switch::default();
    let own = before.terms.iter().filter(|term| term.product == old.id);
    let mut running: Vec<(&Term, &FixedPrice, Interval)> = own
        .filter_map(|term| {
            let price = old.fixed_prices.iter().find(|one| one.id == term.price)?;
            Some((term, price, price.interval()?))
        })
        .collect();
    if prorate {
        for (term, price, every) in &running {
            let unused = unused(wallet, (term, *every), at, price)?;
            let fee = unused.map(|amount| price.fee(amount));
            switch.credited.extend(fee);
        }
    }
    // The earliest end, because there the customer pays again anyway.
    let ends = running.iter().map(|(term, _, _)| term.next).min();
    let trial_ends = before.trial_ends_at.filter(|ends| *ends > at);
    let in_trial = trial_ends.is_some() || running.iter().any(|(term, _, _)| term.paid == 0);
    for price in &new.fixed_prices {
        let Due::Recurring(every) = price.due else {
            // Another version of the same product has been paid for once already.
            if new.id != old.id {
                switch.charged.push(price.fee(price.amount));
            }
            continue;
        };
        // Taken out when it is found, so that two new prices do not continue one old period.
        let same = running.iter().position(|(_, _, other)| *other == every);
        let from = match same.map(|place| running.remove(place).0) {
            Some(term) => {
                if prorate {
                    let part = unused(wallet, (term, every), at, price)?;
                    switch.charged.extend(part.map(|amount| price.fee(amount)));
                }
                (term.anchor, term.paid)
            }
            None if prorate && !in_trial => {
                switch.charged.push(price.fee(price.amount));
                (at, 1)
            }
            None => (ends.or(trial_ends).unwrap_or(at), 0),
        };
        switch
            .terms
            .push(Term::new(&new.id, &price.id, every, from));
    }
    Ok(switch)
}

/// The part of a price for the rest of the period that the term is in, by the second, rounded once.
/// Nothing where no period is paid for.
fn unused(
    wallet: &Wallet,
    (term, every): (&Term, Interval),
    at: Instant,
    price: &FixedPrice,
) -> Result<Option<Amount>, AmountError> {
    let Some((starts, ends)) = term.period(every) else {
        return Ok(None);
    };
    // The wallet's own asset decides, once it has one.
    let account = wallet
        .accounts
        .get(&AccountId::default_for(&price.asset.code));
    let asset = account.map_or(&price.asset, |account| &account.asset);
    prorated(price.amount, asset.precision, (starts, ends), at).map(Some)
}

/// The part of an amount that falls on the rest of a period, by the second, rounded once, half to
/// even: all of it at the period's start, nothing at its end.
///
/// # Errors
/// [`AmountError::TooLarge`] when a fraction needs more than 38 digits.
pub fn prorated(
    amount: Amount,
    precision: u32,
    (starts, ends): (Instant, Instant),
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

/// Whole seconds from one moment to another; none when it is not later.
fn seconds(from: Instant, to: Instant) -> i64 {
    let micros = to.micros().saturating_sub(from.micros());
    micros.max(0).div_euclid(1_000_000)
}

/// Where the entitlements of the new product stand. One of the same name goes on where the old one
/// stood, with its new terms from the next grant on; any other is granted now.
fn given_after(
    before: &Subscription,
    old: &PricedProduct,
    new: &PricedProduct,
    at: Instant,
) -> Vec<Given> {
    if before.activated_at.is_none() {
        return Vec::new();
    }
    let known = |name: &str, asset: &str| {
        let mut places = 0..before.given.len();
        places.find_map(|place| {
            let (given, terms) = before.entitlement(place)?;
            let same = given.product == old.id && given.name == name && terms.asset.code == asset;
            same.then_some((given, terms))
        })
    };
    let entitlements = new.entitlements.iter();
    let given = entitlements.map(|one| {
        let Some((given, terms)) = known(&one.name, &one.asset.code) else {
            return Given::new(&new.id, &one.name, at);
        };
        let mut given = given.clone();
        given.product.clone_from(&new.id);
        // Where the old grant ends.
        let next = terms.every.boundary(given.anchor, given.granted);
        // What was granted once is not granted again by another version.
        let refreshes = one.refresh != Refresh::Once || given.grant.is_none();
        given.next = (refreshes && next < Instant::MAX).then_some(next);
        if terms.every != one.every && refreshes {
            given.anchor = next;
            given.granted = 0;
        }
        given
    });
    given.collect()
}
