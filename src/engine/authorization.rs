//! Authorization: what is asked, against the money, the overdraft and the budgets; and what a capture
//! takes from what its hold has.
//!
//! ```text
//! for each asset: sum of asked <= available + overdraft + restricted credit that the usage may draw on
//! for each budget and value: spent + held + asked <= limit
//! ```
//!
//! Budgets are asked first, then money. A capture asks neither: what it charges has happened, so it takes
//! what its hold has, then what is free, and goes below zero for the rest.

use super::account::WalletAccount;
use super::allocation::{Allocation, Allocator};
use super::amount::{Amount, MAX_PLACES};
use super::asset::{AccountId, Asset};
use super::budget::{Counting, MAX_BUDGETS, MAX_VALUES, Terms, own};
use super::command::OnUnpriced;
use super::consumption::Consumption;
use super::draft::{Asked, Draft};
use super::entry::Fact;
use super::freeze::Freeze;
use super::hold::Hold;
use super::moves::{Draw, Move};
use super::price::fee::{Fee, Warning};
use super::refusal::{MISSING_TOLD, MissingPrice, Refusal, Shortage};
use super::subscription::SubscriptionId;
use super::usage::UsageEvent;
use super::wallet::Wallet;

/// A fee as money that is spent on usage. An event's subject is its own, else that of its hold.
fn consumption<'a>(
    wallet: &'a Wallet,
    asset: &'a str,
    fee: &Fee,
    events: &'a [UsageEvent],
    subject: Option<&'a str>,
) -> Consumption<'a> {
    let event = events.get(fee.event);
    let product = wallet.price(&fee.price_id).map(|(product, _)| product);
    Consumption {
        asset,
        amount: fee.amount,
        subject: event.and_then(|event| event.subject.as_deref()).or(subject),
        event,
        product: product.map(|product| product.code.as_str()),
    }
}

impl Asked<'_> {
    /// What is asked, fee by fee; as plain amounts where it is not usage.
    pub(super) fn consumptions<'b>(
        &'b self,
        wallet: &'b Wallet,
        subject: Option<&'b str>,
    ) -> Vec<Consumption<'b>> {
        if self.fees.is_empty() {
            let totals = self.totals.iter();
            let plain = totals.map(|(asset, amount)| Consumption::plain(asset, *amount, subject));
            return plain.collect();
        }
        let fees = self.fees.iter();
        fees.map(|fee| consumption(wallet, &fee.asset, fee, self.events, subject))
            .collect()
    }

    /// What is asked of one account; in one sum, unless it matters which fee may use which credit.
    pub(super) fn consumptions_of<'b>(
        &'b self,
        wallet: &'b Wallet,
        account: &'b AccountId,
        total: Amount,
    ) -> Vec<Consumption<'b>> {
        // Most wallets have no restricted credit. Then one sum is allocated instead of each fee,
        // because the order of the fees cannot matter.
        let known = wallet.accounts.get(account);
        // Asked of all grants and not of the live ones: one that becomes effective in between would
        // else be missed.
        let restricted = |account: &WalletAccount| account.grants.has_restricted();
        if !known.is_some_and(restricted) || self.fees.is_empty() {
            return vec![Consumption::plain(&account.asset, total, None)];
        }
        let mut own = self.consumptions(wallet, None);
        own.retain(|consumption| consumption.asset == account.asset);
        own
    }
}

// Prices.

impl Draft<'_> {
    /// Nothing keeps the wallet from authorizing.
    pub(super) fn check_frozen(&self) -> Result<(), Refusal> {
        match self.wallet.frozen().next() {
            Some(Freeze { cause, id, .. }) => Err(Refusal::WalletFrozen {
                cause: *cause,
                id: id.clone(),
            }),
            None => Ok(()),
        }
    }

    /// Work that no price knows is not admitted by silence: it would be had for nothing, and no
    /// budget would stop it.
    pub(super) fn check_priced(
        &self,
        asked: &Asked<'_>,
        on_unpriced: OnUnpriced,
    ) -> Result<(), Refusal> {
        if asked.warnings.is_empty() || on_unpriced == OnUnpriced::Allow {
            return Ok(());
        }
        let missing = asked.warnings.iter().take(MISSING_TOLD);
        let missing = missing.map(|one| self.missing(one, asked.events)).collect();
        Err(Refusal::PriceMissing { missing })
    }

    fn missing(&self, warning: &Warning, events: &[UsageEvent]) -> MissingPrice {
        let event = events.get(warning.event());
        let (price_id, field) = match warning {
            Warning::NoPrice { .. } => (None, "event_type".to_owned()),
            Warning::VolumeMissing {
                price_id,
                volume_field,
                ..
            } => (Some(price_id), format!("data.{volume_field}")),
            Warning::NoRow { price_id, .. } => {
                let price = self.wallet.price(price_id).map(|(_, price)| price);
                let field = price
                    .zip(event)
                    .and_then(|(price, event)| price.unmatched(event));
                (
                    Some(price_id),
                    format!("data.{}", field.unwrap_or_default()),
                )
            }
            Warning::CostMissing { price_id, .. } => (Some(price_id), "costs".to_owned()),
        };
        MissingPrice {
            event: warning.event(),
            id: event.and_then(|event| event.id.clone()),
            event_type: event.map_or_else(String::new, |event| event.event_type.clone()),
            field,
            price_id: price_id.cloned(),
        }
    }
}

// Money.

impl Draft<'_> {
    /// How each asset that is asked for would be paid for.
    pub(super) fn allocations(&mut self, asked: &Asked<'_>) -> Result<Vec<Allocation>, Refusal> {
        let (wallet, at) = (self.wallet, self.at);
        let mut allocations = Vec::with_capacity(asked.totals.len());
        for (asset, total) in &asked.totals {
            let id = AccountId::default_for(asset);
            // A wallet without the asset is short of it, not wrong: a top-up may bring it.
            let Some(touched) = self.account(&id) else {
                allocations.push(Allocation {
                    missing: *total,
                    ..Allocation::default()
                });
                continue;
            };
            let mut allocator = Allocator::for_authorization(&touched.account, at)?;
            for consumption in asked.consumptions_of(wallet, &id, *total) {
                allocator.allocate(&consumption);
            }
            allocations.push(allocator.allocation);
        }
        Ok(allocations)
    }

    /// Why this cannot be held, if it cannot: a budget comes first, because no top-up helps there.
    pub(super) fn denial(
        &self,
        asked: &Asked<'_>,
        allocations: &[Allocation],
        subject: Option<&str>,
    ) -> Result<Option<Refusal>, Refusal> {
        let shortage =
            |((asset, required), allocation): (&(String, Amount), &Allocation)| Shortage {
                asset: asset.clone(),
                required: *required,
                available: allocation.within_reach,
                ..Shortage::default()
            };
        let all = || asked.totals.iter().zip(allocations);
        // Without budgets nothing is counted, which is the hot path; events are not even looked at.
        if !self.wallet.budgets.is_empty() {
            let consumptions = asked.consumptions(self.wallet, subject);
            let counting = self.counting(&consumptions);
            if !counting.fits() {
                return Err(Refusal::TooManyBudgetValues { values: MAX_VALUES });
            }
            // Budgets before money, so that a caller who is over budget is not sent to top up.
            let exceeded = counting.exceeded();
            if !exceeded.is_empty() {
                let asked = all().map(shortage).collect();
                return Ok(Some(Refusal::BudgetExceeded { exceeded, asked }));
            }
        }
        let short = all().filter(|(_, allocation)| allocation.missing.is_positive());
        let shortages: Vec<Shortage> = short.map(shortage).collect();
        let short = !shortages.is_empty();
        Ok(short.then_some(Refusal::InsufficientFunds { shortages }))
    }

    /// Carries an allocation out: credit is reserved, and what is beyond it is pledged.
    pub(super) fn reserve(&mut self, asked: &Asked<'_>, allocations: Vec<Allocation>) {
        for ((asset, _), allocation) in asked.totals.iter().zip(allocations) {
            let id = AccountId::default_for(asset);
            let reserves = allocation.draws.into_iter().map(Move::Reserve);
            self.make_all(&id, reserves.collect());
            if allocation.pledge.is_positive() {
                let amount = allocation.pledge;
                self.make(&id, Move::Pledge { amount });
            }
        }
    }

    /// Lowers plain amounts to what there is and what the budgets allow.
    pub(super) fn cap_plain(
        &self,
        asked: &mut Asked<'_>,
        subject: Option<&str>,
    ) -> Result<(), Refusal> {
        let wallet = self.wallet;
        for (asset, amount) in &mut asked.totals {
            let consumption = Consumption::plain(asset, *amount, subject);
            let account = wallet.accounts.get(&AccountId::default_for(asset));
            let money = match account {
                Some(account) => Allocator::for_authorization(account, self.at)?.most(&consumption),
                None => Amount::ZERO,
            };
            let budgets = Counting::new(&wallet.budgets, self.at).most(&consumption);
            let most = budgets.map_or(money, |most| money.min(most));
            *amount = (*amount).min(most);
        }
        Ok(())
    }

    /// Debits what was asked of one account and not held: facts always post, even below zero.
    pub(super) fn post_asked(
        &mut self,
        id: &AccountId,
        asked: &Asked<'_>,
        total: Amount,
    ) -> Result<(), Refusal> {
        let consumptions = asked.consumptions_of(self.wallet, id, total);
        self.post(id, &consumptions)
    }

    /// Charges an account for what was captured: from what the hold has of credit, then from what it
    /// has pledged, then as usage that was not held.
    pub(super) fn capture_from(
        &mut self,
        hold: &Hold,
        id: &AccountId,
        settled: &Asked<'_>,
        total: Amount,
    ) -> Result<(), Refusal> {
        // A copy that shrinks with each fee: two fees of one capture must not use the same reserved
        // credit.
        let mut held = self.held_in_order(hold, id);
        let mut pledged = hold.reservation(id).map_or(Amount::ZERO, |one| one.pledged);
        let mut owed = Amount::ZERO;
        let mut rest = Vec::new();
        for consumption in settled.consumptions_of(self.wallet, id, total) {
            let (draws, missing) = self.take_held(id, &mut held, &consumption);
            for draw in draws {
                self.make(id, Move::Capture(draw));
            }
            // The pledge is used after all reserved credit, because credit is there and a pledge
            // makes debt.
            let part = pledged.min(missing);
            pledged = pledged.folded_minus(part);
            owed = owed.folded_plus(part);
            let amount = missing.folded_minus(part);
            rest.push(Consumption {
                amount,
                ..consumption
            });
        }
        if owed.is_positive() {
            self.owe(id, owed)?;
        }
        // More was used than was held. It happened, so it posts as usage that nobody held money
        // for.
        self.post(id, &rest)?;
        if owed.is_positive() {
            // Credit that arrived since pays for what it would else leave owed.
            self.repay(id);
        }
        Ok(())
    }

    /// A pledge becomes a debt, whose bound is checked here, where it can still be refused.
    fn owe(&mut self, id: &AccountId, amount: Amount) -> Result<(), Refusal> {
        if let Some(touched) = self.account(id) {
            touched.account.debt.plus(amount)?;
        }
        self.make(id, Move::Owe { amount });
        Ok(())
    }

    /// Takes what an amount may use of a hold's credit; answers how much that does not cover. Usage takes
    /// the restricted credit first, which its other fees may not be able to use; a plain amount settles
    /// the hold as it is.
    fn take_held(
        &mut self,
        id: &AccountId,
        held: &mut Vec<Draw>,
        consumption: &Consumption<'_>,
    ) -> (Vec<Draw>, Amount) {
        let Some(touched) = self.account(id) else {
            return (Vec::new(), consumption.amount);
        };
        let grants = &touched.account.grants;
        // The caller said an amount and not for what, so scope cannot be asked; the hold was
        // checked when it was made.
        let plain = consumption.event.is_none();
        let all_there_is = !plain && !grants.has_restricted();
        let usable = |draw: &Draw, restricted: bool| {
            if plain || all_there_is {
                return !restricted;
            }
            let scope = grants.get(draw.grant).map(|grant| &grant.terms.scope);
            scope.is_some_and(|scope| {
                scope.is_everything() != restricted && scope.allows(consumption)
            })
        };
        let mut missing = consumption.amount;
        let mut draws = Vec::new();
        for restricted in [true, false] {
            for own in held.iter_mut() {
                if !missing.is_positive() {
                    break;
                }
                if !usable(own, restricted) {
                    continue;
                }
                let amount = own.amount.min(missing);
                missing = missing.folded_minus(amount);
                own.amount = own.amount.folded_minus(amount);
                let grant = own.grant;
                draws.push(Draw { grant, amount });
            }
        }
        held.retain(|own| own.amount.is_positive());
        (draws, missing)
    }
}

// Budgets and overdraft.

impl<'a> Draft<'a> {
    /// What the budgets would count.
    fn counting<'b>(&self, consumptions: &[Consumption<'b>]) -> Counting<'b>
    where
        'a: 'b,
    {
        let wallet: &'a Wallet = self.wallet;
        let mut counting = Counting::new(&wallet.budgets, self.at);
        for consumption in consumptions {
            counting.add(consumption);
        }
        counting
    }

    /// Budgets count what is asked.
    pub(super) fn count_asked(&mut self, asked: &Asked<'_>, subject: Option<&str>) {
        if !self.wallet.budgets.is_empty() {
            let consumptions = asked.consumptions(self.wallet, subject);
            self.counts = self.counting(&consumptions).into_counts();
        }
    }

    /// Budgets count a plain amount.
    pub(super) fn count_plain(&mut self, consumption: Consumption<'_>) {
        if !self.wallet.budgets.is_empty() {
            self.counts = self.counting(&[consumption]).into_counts();
        }
    }

    /// Budgets count what is captured: usage as it is, a plain amount as what its hold was made for.
    pub(super) fn count_captured(&mut self, hold: &Hold, settled: &Asked<'_>) {
        let subject = hold.subject.as_deref();
        if self.wallet.budgets.is_empty() {
            return;
        }
        if !settled.fees.is_empty() {
            return self.count_asked(settled, subject);
        }
        let mut counting = self.counting(&[]);
        for (asset, amount) in &settled.totals {
            counting.add_plain(&Consumption::plain(asset, *amount, subject), &hold.counts);
        }
        self.counts = counting.into_counts();
    }

    /// How far an account may go below zero; the account is made where there is none.
    pub(super) fn set_overdraft(
        &mut self,
        account: &AccountId,
        asset: &Asset,
        limit: Amount,
    ) -> Result<Fact, Refusal> {
        self.check_amount(account, asset, limit)?;
        self.ensure_account(account, asset);
        Ok(Fact::OverdraftSet {
            account: account.clone(),
            limit,
        })
    }

    /// A budget under a code: the same one goes on counting where it asks the same question.
    pub(super) fn set_budget(
        &self,
        code: &str,
        precision: u32,
        terms: &Terms,
        anchored_to: Option<SubscriptionId>,
    ) -> Result<Fact, Refusal> {
        let mut terms = terms.clone();
        if let Some(id) = anchored_to {
            let one = self.wallet.subscription(id);
            let one = one.ok_or(Refusal::SubscriptionNotFound)?;
            // Noted as a moment, so that what the budget asks does not change with the subscription.
            terms.anchor = Some(one.activated_at.unwrap_or(one.started_at));
        }
        let account = AccountId::default_for(&terms.asset);
        let known = self.wallet.accounts.get(&account);
        let asset = known.map_or_else(
            || Asset {
                code: terms.asset.clone(),
                precision: precision.min(MAX_PLACES),
            },
            |account| account.asset.clone(),
        );
        asset.check(terms.limit)?;
        let budgets = own(&self.wallet.budgets);
        let known = self.wallet.budgets.get(code);
        // Every authorization looks at every budget, so their number is bounded; changing one is
        // always possible.
        let is_own = known.is_some_and(|known| known.source.is_customer());
        if !is_own && budgets >= MAX_BUDGETS {
            return Err(Refusal::TooManyBudgets { budgets });
        }
        // What was counted answers another question otherwise, and would be wrong from the first
        // authorization on.
        let same = known.filter(|known| known.terms.counts_like(&terms));
        Ok(Fact::BudgetSet {
            budget: same.map_or(self.next_seq(), |known| known.id),
            code: code.to_owned(),
            terms,
        })
    }

    /// Its counts are dropped with it. What is inherited is not the customer's to remove.
    pub(super) fn remove_budget(&self, code: &str) -> Result<Fact, Refusal> {
        let known = self.wallet.budgets.get(code);
        let known = known.filter(|known| known.source.is_customer());
        let known = known.ok_or_else(|| Refusal::BudgetNotFound { code: code.into() })?;
        Ok(Fact::BudgetRemoved {
            budget: known.id,
            code: code.to_owned(),
        })
    }
}
