//! Moving a subscription to another version of a product, or to another product. It takes effect at
//! its entry, or when the period ends, and never before: the past keeps its prices.
//!
//! ```text
//! still to charge = round(earned - given)          of each price, for the rest of its period
//! still to give   = round(earned - given)          of each entitlement, likewise
//! below zero      : fees come back to the grants that paid them, credit is taken back that is not spent,
//!                   both by the same fraction: who has spent half of what would be taken gets half back
//! ```
//!
//! What is earned and given is said in `share.rs`, what shares a period in `standing.rs`. Without
//! proration nothing moves within a period: the other product takes the place when it ends.

use super::amount::Amount;
use super::asset::AccountId;
use super::draft::Draft;
use super::entry::{Fact, Taken};
use super::family::{held, remembered};
use super::grant::Grant;
use super::moves::{Draw, Move};
use super::price::fixed::{Due, FixedFee, sums};
use super::price::product::PricedProduct;
use super::refusal::{Refusal, Shortage};
use super::share::{Payer, same_part};
use super::standing::{Given, Standing, Term, When, restand};
use super::subscription::{Planned, Subscription, SubscriptionId, owed};

/// Credit that is to be taken back: so much, of which so much can be.
#[derive(Clone, Copy)]
struct Want {
    want: Amount,
    can: Amount,
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
        let product = &before.plan.had(product);
        let old = before.products.iter().find(|one| one.id == replaces);
        let old = old.ok_or_else(|| Refusal::ProductNotFound {
            product: replaces.to_owned(),
        })?;
        self.check_new(product, Some((id, replaces)), std::iter::empty())?;
        self.make_room(product)?;
        // What is unpaid, or never began, has no period that could be waited for.
        let ends = before.period_end(replaces, self.at);
        let waits = !prorate && before.status.is_active() && !before.cancel_at_period_end;
        if let Some(at) = ends.filter(|_| waits) {
            // The version that it has takes back what was planned.
            let planned = (*product != **old).then(|| Planned {
                replaces: replaces.to_owned(),
                product: product.clone(),
                at,
            });
            return Ok(Fact::ProductChangePlanned {
                subscription: id,
                replaces: replaces.to_owned(),
                planned,
            });
        }
        let prorate = prorate && before.status.is_active();
        self.move_product(&before, old, product, prorate)
    }

    /// A product takes the place that it was planned for. Nothing of it is charged here: its first
    /// period is due next.
    pub(super) fn move_as_planned(&mut self, one: &Subscription, place: usize) -> Option<Fact> {
        let planned = one.planned.get(place)?;
        let old = one.products.iter().find(|had| had.id == planned.replaces)?;
        self.move_product(one, old, &planned.product, false).ok()
    }

    fn move_product(
        &mut self,
        before: &Subscription,
        old: &PricedProduct,
        product: &PricedProduct,
        prorate: bool,
    ) -> Result<Fact, Refusal> {
        let (mut stands, mut kept) = (Standing::default(), Standing::default());
        // One that never began has no period, so there is nothing to split.
        if before.activated_at.is_some() {
            let live = before.standing(&old.id);
            let when = self.begins(before, &live, prorate);
            let families = &self.wallet.families;
            let mut known = held(families, before.id, &old.id);
            // It may have been had before, by itself.
            if let Some(other) = remembered(families, &product.code) {
                known.join(&other);
            }
            (stands, kept) = restand((Some(old), &live), &known.kept, product, self.at, when)?;
        }
        let (credited, taken) = self.settle_rest(&mut stands, &mut kept)?;
        self.note_more(&mut stands)?;
        let charged = self.ask(before, old, product, (&mut stands, prorate))?;
        self.charge(&charged)?;
        for (asset, _) in sums(&credited) {
            self.repay(&AccountId::default_for(asset));
        }
        Ok(Fact::ProductChanged {
            subscription: before.id,
            replaces: old.id.clone(),
            product: product.clone(),
            terms: stands.terms,
            given: stands.given,
            credited,
            charged,
            taken,
            kept,
        })
    }

    /// Where a period begins that nothing shares: now, or when the trial ends; where nothing is
    /// prorated, with what is due next.
    fn begins(&self, before: &Subscription, live: &Standing, prorate: bool) -> When {
        let at = self.at;
        let trial_ends = before.trial_ends_at.filter(|ends| *ends > at);
        let in_trial = trial_ends.is_some() || live.terms.iter().any(|term| term.paid == 0);
        // The earliest end, because there the customer pays again anyway.
        let ends = live.terms.iter().map(|term| term.next).min();
        let fresh = if prorate && !in_trial {
            (at, 1)
        } else {
            (ends.or(trial_ends).unwrap_or(at), 0)
        };
        When { fresh, prorate }
    }

    /// What the new product asks now.
    fn ask(
        &self,
        before: &Subscription,
        old: &PricedProduct,
        product: &PricedProduct,
        (stands, prorate): (&mut Standing, bool),
    ) -> Result<Vec<FixedFee>, Refusal> {
        if before.activated_at.is_none() {
            return Ok(Vec::new());
        }
        let mut fees = owed(product, stands, &self.wallet.accounts)?;
        // Another version of the same product has been paid for once already, and so has what this
        // subscription had before.
        let had = before.replaced.iter().any(|one| one.id == product.id);
        if product.id == old.id || had {
            return Ok(fees);
        }
        for price in &product.fixed_prices {
            if price.due != Due::OneTime {
                continue;
            }
            if prorate {
                fees.push(price.fee(price.amount));
            } else {
                // With its first period, so that nobody has to refuse it.
                let mut term = Term::new(&product.id, price, (self.at, 0));
                term.next = stands
                    .terms
                    .iter()
                    .map(|one| one.next)
                    .min()
                    .unwrap_or(self.at);
                stands.terms.push(term);
            }
        }
        Ok(fees)
    }

    /// Only what comes to at least the smallest step is given in addition.
    fn note_more(&self, stands: &mut Standing) -> Result<(), Refusal> {
        for given in &mut stands.given {
            let Some(credit) = &mut given.credit else {
                continue;
            };
            let owed = credit.share.owed(self.precision(&credit.share.asset))?;
            credit.due = credit.due.filter(|_| owed.is_positive());
        }
        Ok(())
    }

    fn precision(&self, asset: &str) -> u32 {
        let account = self.wallet.accounts.get(&AccountId::default_for(asset));
        account.map_or(super::amount::MAX_PLACES, |account| account.asset.precision)
    }

    /// Gives fees back, and takes credit back, for the rest of their periods.
    fn settle_rest(
        &mut self,
        stands: &mut Standing,
        kept: &mut Standing,
    ) -> Result<(Vec<FixedFee>, Vec<Taken>), Refusal> {
        let mut wants = Vec::new();
        for given in stands.given.iter().chain(&kept.given) {
            wants.push(self.want_back(given)?);
        }
        let short: Vec<Want> = wants.iter().flatten().copied().collect();
        let mut credited = Vec::new();
        let mut refunds = false;
        for term in stands.terms.iter_mut().chain(&mut kept.terms) {
            let Some(share) = &term.share else {
                continue;
            };
            let precision = self.precision(&share.asset);
            let back = Amount::ZERO.minus(share.owed(precision)?)?;
            if back.is_positive() {
                refunds = true;
                let back = least(back, precision, &short)?;
                credited.extend(self.refund(term, back));
            }
        }
        let mut taken = Vec::new();
        let all = stands.given.iter_mut().chain(&mut kept.given);
        for (given, want) in all.zip(wants) {
            let (Some(want), Some(credit)) = (want, &given.credit) else {
                continue;
            };
            let precision = self.precision(&credit.share.asset);
            // By the same fraction as the money; where none comes back, all that is there.
            let amount = if refunds {
                least(want.want, precision, &short)?.min(want.can)
            } else {
                want.can
            };
            taken.extend(self.take_back(given, amount));
        }
        Ok((credited, taken))
    }

    /// How much credit an entitlement has too much, and how much of that is not spent.
    fn want_back(&mut self, given: &Given) -> Result<Option<Want>, Refusal> {
        let at = self.at;
        let Some((credit, _)) = given.running(at) else {
            return Ok(None);
        };
        let precision = self.precision(&credit.share.asset);
        let want = Amount::ZERO.minus(credit.share.owed(precision)?)?;
        if !want.is_positive() {
            return Ok(None);
        }
        let Some(touched) = self.account(&AccountId::default_for(&credit.share.asset)) else {
            return Ok(None);
        };
        let account = &touched.account;
        let free = given.grants().map(|grant| account.free_of(grant));
        let mut can = free.fold(Amount::ZERO, Amount::folded_plus).min(want);
        if credit.scope.is_everything() {
            // What covers a debt or a pledge has been used.
            can = can.min(account.available(at)?.max(Amount::ZERO));
        }
        Ok(Some(Want { want, can }))
    }

    /// Takes credit back from the grants of a period, the last one first.
    fn take_back(&mut self, given: &mut Given, amount: Amount) -> Option<Taken> {
        let grants: Vec<u64> = given.grants().collect();
        let name = given.name.clone();
        let at = self.at;
        let credit = given.credit.as_mut()?;
        let share = &mut credit.share;
        let id = AccountId::default_for(&share.asset);
        let mut amount = amount;
        if credit.scope.is_everything() {
            // Another entitlement of the same asset may have used up what was available.
            let available = self.account(&id)?.account.available(at).ok()?;
            amount = amount.min(available.max(Amount::ZERO));
        }
        let mut left = amount;
        for grant in grants {
            let free = self.account(&id).map(|one| one.account.free_of(grant));
            let amount = free.unwrap_or_default().min(left);
            if amount.is_positive() {
                left = left.folded_minus(amount);
                self.make(&id, Move::Lapse(Draw { grant, amount }));
            }
        }
        let amount = amount.folded_minus(left);
        share.given = share.given.folded_minus(amount);
        let asset = share.asset.clone();
        amount.is_positive().then_some(Taken {
            name,
            asset,
            amount,
        })
    }

    /// Gives a part of a fee back to the grants that paid it, the last one first: what was used of the
    /// period was paid by those that are consumed first. What is over does not come back.
    fn refund(&mut self, term: &mut Term, amount: Amount) -> Option<FixedFee> {
        let share = term.share.as_mut()?;
        let id = AccountId::default_for(&share.asset);
        let mut left = amount;
        for payer in term.payers.iter_mut().rev() {
            let Payer { grant, terms, .. } = &*payer;
            let known = self.grant(&id, *grant).unwrap_or_else(|| {
                // It has been spent for long.
                Grant::new(*grant, self.at, terms.clone(), Amount::ZERO)
            });
            let amount = payer.amount.min(left);
            if known.is_expired(self.at) || !amount.is_positive() {
                continue;
            }
            left = left.folded_minus(amount);
            payer.amount = payer.amount.folded_minus(amount);
            let grant = payer.grant;
            self.restore(&id, Draw { grant, amount }, None, &known);
        }
        term.payers.retain(|payer| payer.amount.is_positive());
        let amount = amount.folded_minus(left);
        share.given = share.given.folded_minus(amount);
        Some(FixedFee {
            price_id: term.price.clone(),
            asset: share.asset.clone(),
            amount,
        })
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

/// The part of an amount that comes back: the least that any credit lets.
fn least(amount: Amount, precision: u32, wants: &[Want]) -> Result<Amount, Refusal> {
    let mut part = amount;
    for one in wants {
        part = part.min(same_part(amount, precision, (one.can, one.want))?);
    }
    Ok(part)
}
