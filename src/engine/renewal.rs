//! Subscribing, and what time does with subscriptions: starts, renewals, ends, and grants of
//! entitlements. A change of product is in `proration.rs`.
//!
//! | step | when | entry |
//! |---|---|---|
//! | start | `starts_at`, and the balance covers what is due | `subscription_renewed`, `starts` |
//! | renew | the next period's start, likewise | `subscription_renewed` |
//! | lapse | one of both, and the balance does not | `subscription_lapsed`; what was active serves on until the grace ends |
//! | pay | the balance covers it before the grace ends | as start or renew, for the period that was due |
//! | move | the period ends after which another product was planned | `product_changed` |
//! | end | the grace, or what is paid for, is over | `subscription_ended`; `product_ended` where others are paid for longer |
//! | settle | a period ends over which prices ask a minimum | `minimum_charged` |
//! | grant | an entitlement's period starts while it is active | `entitlement_granted` |

use super::account::WalletAccount;
use super::amount::Amount;
use super::asset::AccountId;
use super::calendar::Interval;
use super::consumption::Consumption;
use super::draft::Draft;
use super::entitlement::{Entitlement, Refresh};
use super::entry::{Entry, Fact, Rolls};
use super::grant::{GrantId, Terms};
use super::minimum::Minimum;
use super::moves::{Draw, Move};
use super::price::Dimensions;
use super::price::copied::Copies;
use super::price::fixed::{FixedFee, sums};
use super::price::product::PricedProduct;
use super::refusal::Refusal;
use super::subscription::{
    Change, MAX_SUBSCRIPTIONS, Plan, Start, Step, Subscription, SubscriptionId, SubscriptionStatus,
    can_afford, precision,
};
use super::time::Instant;

// Commands.

impl Draft<'_> {
    /// Copies the published prices in, and makes an account for each of their assets. What is due at
    /// once is collected at once; what the balance does not cover is awaited.
    pub(super) fn subscribe(
        &mut self,
        products: &[PricedProduct],
        plan: &Plan,
    ) -> Result<Fact, Refusal> {
        self.check_number()?;
        let products: Vec<PricedProduct> = products.iter().map(|one| plan.had(one)).collect();
        for (place, product) in products.iter().enumerate() {
            // The same product twice in one request would be two subscriptions to it in one.
            let earlier = products.iter().take(place);
            self.check_new(product, None, earlier)?;
            self.make_room(product)?;
        }
        // In a list of its own: that of the wallet gets them when the entry is folded.
        let mut copies = Copies::default();
        let copied = products.iter().map(|one| copies.copy(one)).collect();
        let mut made = Subscription::new(self.next_seq(), self.at, copied, plan);
        // Who is asked by a processor is asked now: it begins with the first invoice that is paid.
        let is_later = made.starts_at() > self.at && !plan.invoiced;
        if !is_later {
            // A start in the past means now; else the plan would say another moment than the entry.
            made.plan.starts_at = None;
        }
        // Nothing is collected in advance of a start, since the caller may still take it back.
        let (status, start) = if is_later {
            (SubscriptionStatus::Scheduled, Start::default())
        } else {
            self.collect_or_await(&made)?
        };
        Ok(Fact::Subscribed {
            products: products.to_vec(),
            status,
            fees: start.fees,
            plan: made.plan,
            resumed: start.resumed,
        })
    }

    /// Room for one more that has not ended: each is looked at whenever time passes.
    pub(super) fn check_number(&self) -> Result<(), Refusal> {
        let all = self.wallet.subscriptions.iter();
        let subscriptions = all.filter(|one| !one.is_over()).count();
        if subscriptions >= MAX_SUBSCRIPTIONS {
            return Err(Refusal::TooManySubscriptions { subscriptions });
        }
        Ok(())
    }

    /// No subscription that has not ended has the product, except the one that is replaced.
    pub(super) fn check_new<'b>(
        &self,
        product: &PricedProduct,
        replaced: Option<(SubscriptionId, &str)>,
        mut earlier: impl Iterator<Item = &'b PricedProduct>,
    ) -> Result<(), Refusal> {
        let open = self
            .wallet
            .subscriptions
            .iter()
            .filter(|one| !one.is_over());
        let mut had = open
            .clone()
            .flat_map(|one| one.products.iter().map(|had| (one.id, had)));
        let known = had
            .any(|(id, had)| had.code == product.code && replaced != Some((id, had.id.as_str())));
        // What is planned will be had, and nobody could refuse it then.
        let mut planned = open.flat_map(|one| one.planned.iter().map(|planned| (one.id, planned)));
        let planned = planned.any(|(id, planned)| {
            let own = replaced == Some((id, planned.replaces.as_str()));
            planned.product.code == product.code && !own
        });
        if known || planned || earlier.any(|one| one.code == product.code) {
            return Err(Refusal::AlreadySubscribed {
                code: product.code.clone(),
            });
        }
        Ok(())
    }

    /// An account for each asset of a product, whose amounts the asset can express.
    pub(super) fn make_room(&mut self, product: &PricedProduct) -> Result<(), Refusal> {
        let pricing = product.prices.iter().flat_map(|price| &price.pricing);
        let prices = pricing.map(|one| {
            let least = one.min_per_period.map(|least| least.amount);
            (&one.asset, least.unwrap_or_default())
        });
        let fixed = product
            .fixed_prices
            .iter()
            .map(|one| (&one.asset, one.amount));
        let given = product
            .entitlements
            .iter()
            .map(|one| (&one.asset, one.amount));
        let carried = product.entitlements.iter().filter_map(|one| {
            let Refresh::Rollover { max } = &one.refresh else {
                return None;
            };
            Some((&one.asset, (*max)?))
        });
        for (asset, amount) in prices.chain(fixed).chain(given).chain(carried) {
            let id = AccountId::default_for(&asset.code);
            self.check_amount(&id, asset, amount)?;
            self.ensure_account(&id, asset);
        }
        Ok(())
    }

    /// Collects what activates the subscription, or says that it is awaited.
    fn collect_or_await(
        &mut self,
        subscription: &Subscription,
    ) -> Result<(SubscriptionStatus, Start), Refusal> {
        let start = subscription.start(self.wallet.around(), self.at)?;
        // All or none: a subscription that is half paid would have to say which half is active.
        if subscription.plan.invoiced || !can_afford(&self.wallet.accounts, &start.fees, self.at) {
            return Ok((SubscriptionStatus::ActionRequired, Start::default()));
        }
        self.collect(&start.fees)?;
        Ok((SubscriptionStatus::Active, start))
    }

    /// Takes fees out that are covered. They are no usage, so no budget counts them, and only credit
    /// pays for them that may be spent on everything.
    pub(super) fn collect(&mut self, fees: &[FixedFee]) -> Result<(), Refusal> {
        for (asset, sum) in sums(fees) {
            if sum.is_positive() {
                let consumption = Consumption::plain(asset, sum, None);
                self.post(&AccountId::default_for(asset), &[consumption])?;
            }
        }
        Ok(())
    }

    /// The subscription that a command names.
    pub(super) fn subscription(&self, id: SubscriptionId) -> Result<&Subscription, Refusal> {
        let found = self.wallet.subscription(id);
        found.ok_or(Refusal::SubscriptionNotFound)
    }

    /// Activates, deactivates, cancels or resumes. What is already so is answered as it is, because
    /// callers repeat themselves.
    pub(super) fn change_subscription(
        &mut self,
        id: SubscriptionId,
        change: Change,
    ) -> Result<Fact, Refusal> {
        let before = self.subscription(id)?.clone();
        if before.is_over() && change != Change::Activate {
            return Err(Refusal::SubscriptionEnded);
        }
        let mut cancel_at_period_end = false;
        let mut ends_at = None;
        let mut start = Start::default();
        let status = match change {
            // What invoices pay begins with one of them, and an ended one has none any more.
            Change::Activate if before.is_over() && before.plan.invoiced => {
                return Err(Refusal::SubscriptionEnded);
            }
            Change::Activate if before.is_over() => {
                // It has ended, so it does not count as one of the wallet's until it begins again.
                self.check_number()?;
                for product in &before.products {
                    self.check_new(product, None, std::iter::empty())?;
                }
                let (status, due) = self.collect_or_await(&before)?;
                start = due;
                status
            }
            Change::Activate if before.status == SubscriptionStatus::Scheduled => {
                let (status, due) = self.collect_or_await(&before)?;
                start = due;
                status
            }
            Change::Activate => {
                ends_at = before.cancels_at;
                cancel_at_period_end = before.cancel_at_period_end;
                before.status
            }
            Change::Resume => before.status,
            Change::Deactivate => SubscriptionStatus::Inactive,
            Change::CancelAtPeriodEnd => {
                // Where nothing is paid for in advance there is no end to wait for, so it ends now.
                // A fee that is awaited is not asked any more; what else is paid for is not lost with it.
                let paid_for = before.paid_until().filter(|ends| *ends > self.at);
                cancel_at_period_end = before.serves() && paid_for.is_some();
                if cancel_at_period_end {
                    ends_at = paid_for;
                    SubscriptionStatus::Active
                } else {
                    SubscriptionStatus::Inactive
                }
            }
        };
        Ok(Fact::SubscriptionChanged {
            subscription: id,
            change,
            status,
            cancel_at_period_end,
            fees: start.fees,
            ends_at,
            resumed: start.resumed,
        })
    }
}

// Time.

impl Draft<'_> {
    /// What time does with a subscription.
    pub(super) fn step(mut self, one: &Subscription, due: Instant, step: Step) -> Option<Entry> {
        // The turn is part of the operation's id, so that the same step cannot be written twice
        // even if two wakes race.
        let turn = one.turn.saturating_add(1);
        let id = one.id;
        let fees = match step {
            Step::Collect => one.charges(self.wallet.around(), self.at),
            Step::End(_) | Step::EndProduct(_) | Step::Move(_) => Vec::new(),
        };
        let (word, fact) = match step {
            Step::Move(place) => ("move", self.move_as_planned(one, place)?),
            Step::EndProduct(place) => (
                "product",
                Fact::ProductEnded {
                    subscription: id,
                    product: one.products.get(place)?.id.clone(),
                    due_at: due,
                },
            ),
            Step::End(cause) => (
                "end",
                Fact::SubscriptionEnded {
                    subscription: id,
                    due_at: due,
                    cause,
                },
            ),
            Step::Collect
                if !one.plan.invoiced && can_afford(&self.wallet.accounts, &fees, self.at) =>
            {
                // It was affordable a line above, so a refusal here means that an amount left its
                // bounds; then nothing is written, rather than half of it.
                self.collect(&fees).ok()?;
                // A period that is paid late is still the period that was due.
                let is_renewal = one.activated_at.is_some();
                let due = one.next_charge().filter(|_| is_renewal).unwrap_or(due);
                let start = one.start(self.wallet.around(), self.at);
                let resumed = start.map(|start| start.resumed).ok();
                let resumed = resumed.filter(|_| !is_renewal).unwrap_or_default();
                let fact = Fact::SubscriptionRenewed {
                    subscription: id,
                    due_at: due,
                    starts: !is_renewal,
                    fees,
                    resumed,
                };
                (if is_renewal { "renew" } else { "start" }, fact)
            }
            Step::Collect => (
                "lapse",
                Fact::SubscriptionLapsed {
                    subscription: id,
                    due_at: due,
                    grace_until: one.plan.grace_until(due),
                    fees,
                },
            ),
        };
        self.entry(&format!("sub:{id}:{word}:{turn}"), "", fact)
            .ok()
    }

    /// Charges what is missing of the minimums of a period that is over. It is owed for the past, so it
    /// posts even below zero, like usage: nothing that is refused could be taken back.
    pub(super) fn charge_minimum(mut self, of: &Minimum) -> Option<Entry> {
        let wallet = self.wallet;
        let same = |one: &&Minimum| (one.starts, one.ends) == (of.starts, of.ends);
        let mut fees = Vec::new();
        for one in wallet.minimums.iter().filter(same) {
            let positions = &wallet.positions;
            let charged = positions.used(&one.counter(), &Dimensions::new(), one.starts);
            let Some(account) = wallet.accounts.get(&one.account) else {
                continue;
            };
            let missing = one.missing(account.asset.precision, charged.get());
            // Time cannot be refused, so what no debt has room for is not charged.
            let fee = missing.ok().flatten();
            fees.extend(fee.filter(|fee| has_room(account, &fees, fee)));
        }
        self.collect(&fees).ok()?;
        let op = format!("minimum:{}:{}", of.starts.micros(), of.ends.micros());
        let fact = Fact::MinimumCharged {
            starts_at: of.starts,
            due_at: of.ends,
            fees,
        };
        self.entry(&op, "", fact).ok()
    }

    /// Grants an entitlement for a period.
    pub(super) fn entitle(mut self, one: &Subscription, place: usize) -> Option<Entry> {
        let (given, entitlement) = one.entitlement(place)?;
        if given.next.is_none_or(|next| given.due() < Some(next)) {
            return self.entitle_more(one, place);
        }
        let period = self.current_period(one, given.anchor, given.granted, entitlement);
        let starts = entitlement.every.boundary(given.anchor, period);
        let ends = entitlement
            .every
            .boundary(given.anchor, period.saturating_add(1));
        let account = AccountId::default_for(&entitlement.asset.code);
        let (ended, carried) = match (&entitlement.refresh, given.grant) {
            (Refresh::Rollover { max }, Some(_)) => {
                let ended = self.end_grants(&account, given.grants());
                let rest = ended.folded_plus(given.awaits(starts));
                (ended, max.map_or(rest, |max| rest.min(max)))
            }
            (Refresh::Rollover { .. }, None) | (Refresh::Once | Refresh::ExpireAndReplace, _) => {
                (Amount::ZERO, Amount::ZERO)
            }
        };
        let (amount, carried) = self.within_bounds(&account, entitlement.amount, carried);
        // What holds give back later goes over as well, as long as all of it stays within the bound.
        let rolls = match &entitlement.refresh {
            Refresh::Rollover { max } => given.grants().next().map(|from| Rolls {
                from,
                room: max.map(|max| max.folded_minus(carried).max(Amount::ZERO)),
            }),
            Refresh::Once | Refresh::ExpireAndReplace => None,
        };
        // The terms are those of the product at this period, which a later change of the product
        // does not touch.
        let terms = Terms {
            purpose: entitlement.purpose,
            priority: entitlement.priority,
            effective_at: starts,
            expires_at: (ends < Instant::MAX).then_some(ends),
            scope: entitlement.scope.clone(),
        };
        self.open_grant(&account, amount, terms).ok()?;
        let fact = Fact::EntitlementGranted {
            subscription: one.id,
            place,
            period,
            product: given.product.clone(),
            name: given.name.clone(),
            account,
            grant: self.next_seq(),
            amount,
            carried,
            // What ends with this entry goes over first, so that no more comes again than has to.
            awaited: carried.folded_minus(ended).max(Amount::ZERO),
            rolls,
            starts_at: starts,
            ends_at: (ends < Instant::MAX).then_some(ends),
            revenue_basis: entitlement.revenue_basis,
            extra: false,
        };
        // Counted by the subscription and not by the period, because a product that is replaced
        // begins its periods again.
        let number = one.grants.saturating_add(1);
        self.entry(&format!("ent:{}:{number}", one.id), "", fact)
            .ok()
    }

    /// Grants what a plan gives in addition for the rest of a period, from the moment on at which the
    /// customer has that plan.
    fn entitle_more(mut self, one: &Subscription, place: usize) -> Option<Entry> {
        let (given, entitlement) = one.entitlement(place)?;
        let credit = given.credit.as_ref()?;
        let ends = entitlement.every.boundary(given.anchor, given.granted);
        let account = AccountId::default_for(&entitlement.asset.code);
        let precision = precision(&self.wallet.accounts, &entitlement.asset);
        let owed = credit.share.owed(precision).ok()?.max(Amount::ZERO);
        let (amount, _) = self.within_bounds(&account, owed, Amount::ZERO);
        // What comes back after the period goes over by way of the last grant of that period, so that all
        // of it counts for the one bound.
        let is_rollover = matches!(entitlement.refresh, Refresh::Rollover { .. });
        let rolls = given
            .grants()
            .next()
            .filter(|_| is_rollover)
            .map(|from| Rolls { from, room: None });
        let terms = Terms {
            purpose: entitlement.purpose,
            priority: entitlement.priority,
            effective_at: credit.due?,
            expires_at: (ends < Instant::MAX).then_some(ends),
            scope: entitlement.scope.clone(),
        };
        self.open_grant(&account, amount, terms).ok()?;
        let fact = Fact::EntitlementGranted {
            subscription: one.id,
            place,
            period: given.granted.saturating_sub(1),
            product: given.product.clone(),
            name: given.name.clone(),
            account,
            grant: self.next_seq(),
            amount,
            carried: Amount::ZERO,
            awaited: Amount::ZERO,
            rolls,
            starts_at: credit.due?,
            ends_at: (ends < Instant::MAX).then_some(ends),
            revenue_basis: entitlement.revenue_basis,
            extra: true,
        };
        let number = one.grants.saturating_add(1);
        self.entry(&format!("ent:{}:{number}", one.id), "", fact)
            .ok()
    }

    /// The last period that has begun. Later than when it was due this is decided only where a fee was
    /// paid late; what would be over by then is not granted.
    fn current_period(
        &self,
        one: &Subscription,
        anchor: Instant,
        due: u32,
        entitlement: &Entitlement,
    ) -> u32 {
        // A rollover carries from each period into the next, so none may be skipped; what is
        // granted once has only one.
        if entitlement.refresh != Refresh::ExpireAndReplace {
            return due;
        }
        // A period that begins when another fee is due waits for that fee.
        let step = one.next_step(self.wallet.around());
        let until = step.map_or(Instant::MAX, |(moment, _)| moment);
        last_period(entitlement.every, anchor, due, |starts| {
            let paid = !one.plan.invoiced || one.paid.has(starts);
            starts <= self.at && starts < until && paid
        })
    }

    /// Ends the grants before, wholly; what was left of them, which may go over into the next one.
    fn end_grants(&mut self, account: &AccountId, before: impl Iterator<Item = GrantId>) -> Amount {
        let mut left = Amount::ZERO;
        for grant in before {
            let own = self.account(account);
            let amount = own.map_or(Amount::ZERO, |own| own.account.free_of(grant));
            // A move of nothing would still be a row's words, and audits would have to explain it.
            if amount.is_positive() {
                left = left.folded_plus(amount);
                self.make(account, Move::Lapse(Draw { grant, amount }));
            }
        }
        left
    }

    /// What a grant adds, when the account has room for it: nobody could refuse it.
    fn within_bounds(
        &mut self,
        account: &AccountId,
        amount: Amount,
        carried: Amount,
    ) -> (Amount, Amount) {
        // Time cannot be refused. Where a grant would leave the bounds, it is therefore lowered,
        // and its entry says so.
        let credit = self.account(account).map(|one| one.account.all_credit());
        let credit = credit.and_then(Result::ok).unwrap_or_default();
        let fits = |more: Amount| credit.plus(more).is_ok();
        match amount.plus(carried).ok().filter(|sum| fits(*sum)) {
            Some(sum) => (sum, carried),
            None if fits(carried) => (carried, carried),
            None => (Amount::ZERO, Amount::ZERO),
        }
    }
}

/// Whether the account could owe a fee whole, beside those before it.
fn has_room(account: &WalletAccount, before: &[FixedFee], fee: &FixedFee) -> bool {
    let own = before.iter().filter(|one| one.asset == fee.asset);
    let owed = own
        .map(|one| one.amount)
        .chain([account.pledged, fee.amount]);
    owed.into_iter()
        .try_fold(account.debt, Amount::plus)
        .is_ok()
}

/// The last period, from one on, whose start is still in time.
fn last_period(
    every: Interval,
    anchor: Instant,
    from: u32,
    in_time: impl Fn(Instant) -> bool,
) -> u32 {
    let mut period = from;
    while in_time(every.boundary(anchor, period.saturating_add(1))) {
        period = period.saturating_add(1);
    }
    period
}
