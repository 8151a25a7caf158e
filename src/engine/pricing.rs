//! Pricing later: usage that posted without a price is charged once somebody has made one, and an estimate
//! is put right once somebody knows the volume.
//!
//! | the event was | priced by | posts |
//! |---|---|---|
//! | unpriced, in whole or part | the prices in force | what it would have cost, without what it was charged already |
//! | estimated | the prices that it was estimated by | the difference, which may go back to the grants that paid |
//!
//! It happens once for an event. A part of it that is still unpriced refuses all of it.

use super::amount::Amount;
use super::asset::AccountId;
use super::command::{OnUnpriced, Pricing};
use super::draft::{Asked, Draft};
use super::entry::Fact;
use super::moves::Draw;
use super::price::fee::{Fee, Warning, totals};
use super::price::product::PricedProduct;
use super::price::quote::{Circumstances, quote};
use super::refusal::Refusal;
use super::taking_back::{Charged, charged};

/// What an event was charged when it was recorded.
struct Before<'a> {
    fees: Vec<&'a Fee>,
    /// As it was held, because a volume was missing.
    is_estimated: bool,
}

impl<'a> Before<'a> {
    fn of(pricing: &'a Pricing) -> Self {
        let own = pricing.fees.iter().filter(|fee| fee.event == pricing.place);
        let fees: Vec<&Fee> = own.collect();
        let is_estimated = fees.iter().any(|fee| fee.estimated);
        Self { fees, is_estimated }
    }

    fn charged_by(&self, price_id: &str) -> Option<&'a Fee> {
        let mut fees = self.fees.iter();
        fees.find(|fee| fee.price_id == price_id).copied()
    }
}

/// What is charged for an event later.
struct Due {
    /// As they are by the prices of now.
    fees: Vec<Fee>,
    /// The same, without what was charged already.
    charges: Vec<Fee>,
    /// What was charged beyond them, by asset.
    surplus: Vec<(String, Amount)>,
}

impl Draft<'_> {
    /// Charges an event that was unpriced, or puts right one that was estimated.
    pub(super) fn price_usage(&mut self, pricing: &Pricing) -> Result<Fact, Refusal> {
        let before = Before::of(pricing);
        if pricing.warnings.is_empty() && !before.is_estimated {
            return Err(Refusal::NothingToPrice);
        }
        let events = std::slice::from_ref(&pricing.event);
        let subject = pricing.subject.as_deref();
        let given = Circumstances {
            at: self.at,
            wallet: Some(self.wallet),
            subject,
            ..Circumstances::default()
        };
        let asked = if before.is_estimated {
            let products = self.products_of(&before);
            Asked::priced(quote(products.iter().copied(), events, &given)?, events)?
        } else {
            self.priced(events, given)?
        };
        self.check_priced(&asked, OnUnpriced::Deny)?;
        let due = due(pricing, &before, asked.fees);
        let charges = Asked {
            totals: totals(&due.charges)?,
            events,
            fees: due.charges,
            ..Asked::default()
        };
        for (asset, amount) in &charges.totals {
            self.post_asked(&AccountId::default_for(asset), &charges, *amount)?;
        }
        self.count_asked(&charges, subject);
        // What a price of before has asked stands; only an estimate was never anybody's price.
        for (asset, amount) in due.surplus.iter().filter(|_| before.is_estimated) {
            self.give_surplus_back(pricing, asset, *amount)?;
        }
        Ok(Fact::UsagePriced {
            entry: pricing.entry,
            place: pricing.place,
            event: pricing.event.clone(),
            new_costs: pricing.new_costs,
            from_hold: pricing.from_hold,
            subject: pricing.subject.clone(),
            fees: due.fees,
        })
    }

    /// The products whose prices estimated an event; a wallet keeps all that it ever had.
    fn products_of(&self, before: &Before<'_>) -> Vec<&PricedProduct> {
        let mut products: Vec<&PricedProduct> = Vec::new();
        for fee in &before.fees {
            let known = self.wallet.price(&fee.price_id);
            if let Some((product, _)) = known
                && !products.iter().any(|one| one.named() == product.named())
            {
                products.push(product);
            }
        }
        products
    }

    /// What an event was charged too much goes back to the grants that paid for it.
    fn give_surplus_back(
        &mut self,
        pricing: &Pricing,
        asset: &str,
        surplus: Amount,
    ) -> Result<(), Refusal> {
        let account = AccountId::default_for(asset);
        let Some((_, moves)) = pricing.moves.iter().find(|(id, _)| *id == account) else {
            return Ok(());
        };
        let of_asset = |fee: &&Fee| fee.asset == asset;
        let upto = pricing.fees.iter().filter(|fee| fee.event <= pricing.place);
        let end = upto
            .filter(of_asset)
            .fold(Amount::ZERO, |sum, fee| sum.folded_plus(fee.amount));
        // Draws pay fees in their order, so each part of a draw is one event's and no other's.
        let part = part(&charged(moves), end.folded_minus(surplus), end);
        self.give_charge_back(&account, part, &pricing.lots)
    }
}

/// What is to be charged, and what was charged too much.
fn due(pricing: &Pricing, before: &Before<'_>, fees: Vec<Fee>) -> Due {
    let is_warned = |price_id: &str| {
        let mut warnings = pricing.warnings.iter();
        warnings.any(|one| one.price_id() == Some(price_id))
    };
    // A price that has asked all that it asks stands as it is.
    let stands = |price_id: &str| {
        let asked = before.charged_by(price_id).is_some();
        asked && !before.is_estimated && !is_warned(price_id)
    };
    let is_there = |price_id: &str| fees.iter().any(|fee| fee.price_id == price_id);
    let own = before.fees.iter().copied();
    let replaced = own.filter(|fee| !(stands(&fee.price_id) && is_there(&fee.price_id)));
    let replaced: Vec<Fee> = replaced.cloned().collect();
    let mut paid = totals(&replaced).unwrap_or_default();
    let fresh = fees.into_iter().filter(|fee| !stands(&fee.price_id));
    let fees: Vec<Fee> = fresh
        .map(|fee| match before.charged_by(&fee.price_id) {
            Some(known) => fee.without_counted(known),
            None => fee,
        })
        .collect();
    let mut charges = fees.clone();
    for fee in &mut charges {
        let known = paid.iter_mut().find(|(asset, _)| *asset == fee.asset);
        if let Some((_, paid)) = known {
            let part = fee.amount.min(*paid);
            *paid = paid.folded_minus(part);
            fee.amount = fee.amount.folded_minus(part);
        }
    }
    let surplus = paid.into_iter().filter(|(_, amount)| amount.is_positive());
    Due {
        fees,
        charges,
        surplus: surplus.collect(),
    }
}

/// A part of what an entry charged an account: from one amount up to another, in the order of its draws.
fn part(all: &Charged, from: Amount, upto: Amount) -> Charged {
    let mut start = Amount::ZERO;
    let mut within = |amount: Amount| {
        let end = start.folded_plus(amount);
        let part = end.min(upto).folded_minus(start.max(from));
        start = end;
        part.max(Amount::ZERO)
    };
    let mut draws = Vec::new();
    for draw in &all.draws {
        let amount = within(draw.amount);
        if amount.is_positive() {
            let grant = draw.grant;
            draws.push(Draw { grant, amount });
        }
    }
    let owed = within(all.owed);
    Charged { draws, owed }
}

impl Warning {
    /// The price that it is about.
    fn price_id(&self) -> Option<&str> {
        match self {
            Self::NoPrice { .. } => None,
            Self::VolumeMissing { price_id, .. }
            | Self::NoRow { price_id, .. }
            | Self::CostMissing { price_id, .. } => Some(price_id),
        }
    }
}
