//! The laws that hold after every step, recomputed here from the rows alone, with plain integers.
//!
//! For each account, over all moves of all rows:
//!
//! ```text
//! free + reserved = opened + restored - captured - drawn - repaid - lapsed     (all grants, whatever the time)
//! debt            = borrowed + owed - repaid - forgiven
//! pledged         = pledged - unpledged - owed
//! balance         = free + reserved - debt, without the free part of grants that are not live
//!                 = opened + restored + forgiven - captured - drawn - borrowed - owed - lapsed
//!                   - free of grants that are not live
//! held            = reserved + pledged = the sum of the open holds
//! available       = balance - held - restricted
//! ```
//!
//! A lapse never lowers what is available by more than was available of what lapses.
//! An authorization leaves at least minus the overdraft available, and of each budget that it counts in at
//! least nothing. The counters of budgets are recomputed in `audit_budgets.rs`, the revenue of which the
//! directory is told in `audit_revenue.rs`, what is taken back in `audit_reversals.rs`, what payments lose in
//! `audit_losses.rs`, what waits for a price in `audit_unpriced.rs`.

use std::collections::{BTreeMap, BTreeSet};

use scrip::engine::grant::consumption_order;
use scrip::engine::grants::Grants;
use scrip::engine::hold::Reservation;
use scrip::engine::scope::Scope;
use scrip::engine::{
    AccountChange, AccountId, Amount, Entry, Fact, Grant, HoldStatus, Instant, Move, Subscription,
    SubscriptionStatus, Wallet, WalletAccount, apply, as_of, fold, tick,
};
use scrip::journal::chain::{GENESIS, link};
use scrip::journal::memory::MemoryJournal;
use scrip::journal::{Row, broken_link, snapshot};

use crate::audit_budgets::BudgetAudit;
use crate::audit_copies::CopyAudit;
use crate::audit_losses::LossAudit;
use crate::audit_minimums::MinimumAudit;
use crate::audit_recharges::RechargeAudit;
use crate::audit_revenue::RevenueAudit;
use crate::audit_reversals::ReversalAudit;
use crate::audit_subscriptions::SubscriptionAudit;
use crate::audit_unpriced::UnpricedAudit;

/// An amount as a whole number of 10^-12.
pub fn pico(amount: Amount) -> i128 {
    let (mantissa, scale) = amount.parts();
    mantissa * 10_i128.pow(12 - scale)
}

/// What flowed through one account since it was made.
#[derive(Default)]
struct Flow {
    opened: i128,
    captured: i128,
    drawn: i128,
    borrowed: i128,
    repaid: i128,
    lapsed: i128,
    /// Pledges made less those that ended.
    pledged: i128,
    owed: i128,
    /// There again, after it was used or has lapsed.
    restored: i128,
    forgiven: i128,
}

/// Follows a journal row by row and holds every step to the laws.
#[derive(Default)]
pub struct Audit {
    /// The fold of the rows seen so far.
    shadow: Wallet,
    rows: usize,
    hash: String,
    ops: BTreeSet<String>,
    flows: BTreeMap<AccountId, Flow>,
    budgets: BudgetAudit,
    subscriptions: SubscriptionAudit,
    copies: CopyAudit,
    minimums: MinimumAudit,
    revenue: RevenueAudit,
    reversals: ReversalAudit,
    losses: LossAudit,
    unpriced: UnpricedAudit,
    recharges: RechargeAudit,
}

/// A broken law stops the step with a sentence.
fn law(holds: bool, broken: impl FnOnce() -> String) -> Result<(), String> {
    if holds { Ok(()) } else { Err(broken()) }
}

impl Audit {
    /// Checks the rows that are new since the last step, then the live wallet against all rows.
    pub fn step(&mut self, journal: &MemoryJournal, wallet: &Wallet) -> Result<(), String> {
        law(journal.rows.len() >= self.rows, || "rows vanished".into())?;
        for row in &journal.rows[self.rows..] {
            self.follow(row)
                .map_err(|broken| format!("{broken}, in row {}: {}", row.entry.seq, row.text))?;
        }
        self.rows = journal.rows.len();
        self.budgets.compare(wallet)?;
        law(self.shadow == *wallet, || {
            format!(
                "the live wallet is not the fold of its rows: {wallet:#?} against {:#?}",
                self.shadow
            )
        })?;
        for (id, account) in &wallet.accounts {
            self.check_account(wallet, id, account)
                .map_err(|broken| format!("{broken}, in account {id}: {account:#?}"))?;
            check_lapse(wallet, id, account)
                .map_err(|broken| format!("{broken}, in account {id}: {account:#?}"))?;
        }
        check_holds(wallet)
    }

    /// The slow laws, over the whole journal at once; for the end of a case.
    pub fn finish(&self, journal: &MemoryJournal, wallet: &Wallet) -> Result<(), String> {
        law(broken_link(&journal.rows).is_none(), || {
            "the hash chain is broken".into()
        })?;
        self.copies.compare(wallet)?;
        self.minimums.finish()?;
        self.revenue.compare(journal)?;
        self.unpriced.compare(journal, wallet)?;
        let folded = fold(journal.rows.iter().map(|row| &row.entry));
        law(folded == *wallet, || {
            "fold(journal) is not the live wallet".into()
        })?;
        let saved = snapshot::text(wallet);
        law(snapshot::read(&saved).as_ref() == Some(wallet), || {
            format!("a snapshot changed the wallet: {saved}")
        })
    }

    fn follow(&mut self, row: &Row) -> Result<(), String> {
        let before = if self.hash.is_empty() {
            GENESIS
        } else {
            &self.hash
        };
        law(link(before, &row.text) == row.hash, || {
            "the hash does not follow from the row before".into()
        })?;
        self.hash.clone_from(&row.hash);
        let read = Row::read(row.text.clone(), row.hash.clone())?;
        law(read == *row, || "the text says another entry".into())?;
        let again = serde_json::to_string(&read.entry).map_err(|error| error.to_string())?;
        law(again == row.text, || format!("written again it is {again}"))?;

        let entry = &row.entry;
        law(entry.seq == self.shadow.seq + 1, || {
            "seq has a gap".to_owned()
        })?;
        law(entry.at >= self.shadow.at, || "time ran backwards".into())?;
        law(self.ops.insert(entry.op.clone()), || {
            "an operation happened twice".into()
        })?;
        for change in &entry.changes {
            let known = self.shadow.accounts.contains_key(&change.account);
            law(known != change.precision.is_some(), || {
                "an account is made by its first entry and by no other".into()
            })?;
            self.flows
                .entry(change.account.clone())
                .or_default()
                .add(change)?;
        }
        self.reversals.follow(entry, &self.shadow)?;
        self.recharges.follow(entry, &self.shadow)?;
        apply(&mut self.shadow, entry);
        self.budgets.follow(entry, &self.shadow)?;
        self.subscriptions.follow(entry, &self.shadow)?;
        self.copies.follow(entry, &self.shadow)?;
        self.minimums.follow(entry, &self.shadow)?;
        self.losses.follow(entry, &self.shadow)?;
        self.revenue.follow(entry);
        self.unpriced.follow(&self.shadow, entry)?;
        if entry.fact.reserves() {
            self.check_reserved(entry)?;
        }
        self.check_written_balances(entry)
    }

    /// What an authorization used of unrestricted credit was there, or within the overdraft.
    fn check_reserved(&self, entry: &Entry) -> Result<(), String> {
        for change in &entry.changes {
            let account = self
                .shadow
                .accounts
                .get(&change.account)
                .expect("an account that changes exists");
            let uses_any = change.moves.iter().any(|one| match one {
                Move::Reserve(draw) => {
                    let mut grants = account.grants.iter();
                    let grant = grants.find(|grant| grant.id == draw.grant);
                    grant.is_some_and(|grant| !grant.is_restricted())
                }
                Move::Pledge { .. } => true,
                _ => false,
            });
            let available = pico(change.balance) - pico(change.held) - pico(change.restricted);
            law(!uses_any || available >= -pico(account.overdraft), || {
                format!("overspent: {available} available")
            })?;
        }
        Ok(())
    }

    /// What the entry says its accounts amount to is what the fold makes of them.
    fn check_written_balances(&self, entry: &Entry) -> Result<(), String> {
        for change in &entry.changes {
            let account = self.shadow.accounts.get(&change.account);
            let account = account.ok_or("an entry changes an account that is not there")?;
            let (balance, held, restricted) = naive_balance(account, entry.at);
            law(pico(change.restricted) == restricted, || {
                format!("the entry says restricted {}", change.restricted)
            })?;
            law(pico(change.balance) == balance, || {
                format!("the entry says balance {}", change.balance)
            })?;
            law(pico(change.held) == held, || {
                format!("the entry says held {}", change.held)
            })?;
        }
        Ok(())
    }

    fn check_account(
        &self,
        wallet: &Wallet,
        id: &AccountId,
        account: &WalletAccount,
    ) -> Result<(), String> {
        let nothing = Flow::default();
        let flow = self.flows.get(id).unwrap_or(&nothing);
        let parts = |grant: &Grant| pico(grant.free) + pico(grant.reserved);
        let left: i128 = account.grants.iter().map(parts).sum();
        let used = flow.captured + flow.drawn + flow.repaid + flow.lapsed;
        let kept = flow.opened + flow.restored - used;
        law(left == kept, || {
            "grants are not what was opened less what left".into()
        })?;
        law(
            pico(account.debt) == flow.borrowed + flow.owed - flow.repaid - flow.forgiven,
            || "debt is not what was borrowed less what was repaid".into(),
        )?;
        law(pico(account.pledged) == flow.pledged, || {
            "pledges are not those that were made and have not ended".into()
        })?;
        law(!account.pledged.is_negative(), || {
            "pledges below zero".into()
        })?;
        law(!account.debt.is_negative(), || "debt below zero".into())?;

        let (balance, held, restricted) = naive_balance(account, wallet.at);
        let sleeping = account.grants.iter().filter(|one| !one.is_live(wallet.at));
        let sleeping: i128 = sleeping.map(|grant| pico(grant.free)).sum();
        let spent = flow.captured + flow.drawn + flow.borrowed + flow.owed + flow.lapsed;
        let came = flow.opened + flow.restored + flow.forgiven;
        law(balance == came - spent - sleeping, || {
            "money was made or lost".into()
        })?;
        let told = account
            .balance(wallet.at)
            .map_err(|error| error.to_string())?;
        let available = account
            .available(wallet.at)
            .map_err(|error| error.to_string())?;
        law(
            (pico(told.balance), pico(told.held), pico(told.restricted))
                == (balance, held, restricted),
            || format!("balance says {told:?}"),
        )?;
        law(pico(available) == balance - held - restricted, || {
            "available is not balance - held - restricted".into()
        })?;
        law(told.available() == available, || {
            "the balance has another available".into()
        })?;
        for amount in [told.balance, told.held, account.debt] {
            law(account.asset.can_express(amount), || {
                format!("{amount} is finer than the asset")
            })?;
        }

        check_grants(wallet, id, account)?;
        let reserved: i128 = draws_of(wallet, id).map(|(_, amount)| amount).sum();
        let pledged: i128 = own_reservations(wallet, id)
            .map(|one| pico(one.pledged))
            .sum();
        law(reserved + pledged == held, || {
            "held is not the sum of the open holds".into()
        })
    }
}

const YEAR: u32 = 366 * 86_400;

/// A lapse never lowers what is available by more than was available of what lapses: credit that covers a
/// debt or a pledge is used, and never lost. Looked at for the next moment at which credit lapses.
fn check_lapse(wallet: &Wallet, id: &AccountId, account: &WalletAccount) -> Result<(), String> {
    if pico(account.debt) + pico(account.pledged) == 0 {
        return Ok(());
    }
    let anything = |grant: &&Grant| {
        let scope = &grant.terms.scope;
        scope.event_types.len() + scope.products.len() == 0
    };
    let ends = account.grants.iter().filter(anything);
    let ends = ends.filter_map(|grant| grant.terms.expires_at);
    let Some(end) = ends.filter(|end| *end > wallet.at).min() else {
        return Ok(());
    };
    // Of subscriptions there is always more due, so the far future would take for ever.
    if !wallet.subscriptions.is_empty() && end > wallet.at.plus_seconds(YEAR) {
        return Ok(());
    }
    let before = as_of(wallet, Instant::from_micros(end.micros() - 1));
    let plain = |entry: &Entry| {
        matches!(
            entry.fact,
            Fact::HoldExpired { .. } | Fact::CreditApplied { .. } | Fact::GrantExpired { .. }
        )
    };
    if !tick(&before, end).iter().all(plain) {
        // A subscription moves at the very moment, and takes its fee.
        return Ok(());
    }
    let available = |wallet: &Wallet, at: Instant| {
        let (balance, held, restricted) =
            naive_balance(wallet.accounts.get(id).expect("an account"), at);
        balance - held - restricted
    };
    let then = available(&before, Instant::from_micros(end.micros() - 1));
    let free = |at_end: fn(&Grant, Instant) -> bool| -> i128 {
        let account = before.accounts.get(id).expect("an account");
        let own = account.grants.iter().filter(anything);
        own.filter(|grant| at_end(grant, end))
            .map(|grant| pico(grant.free))
            .sum()
    };
    let lapsing = free(|grant, end| grant.terms.expires_at == Some(end) && grant.covers());
    let starting = free(|grant, end| grant.terms.effective_at == end && grant.is_live(end));
    let lost = lapsing.min(then).max(0);
    let after = available(&as_of(wallet, end), end);
    law(after >= then - lost + starting, || {
        format!("a lapse of {lapsing} lowers {then} to {after}")
    })
}

/// Grants are in order, in range, and reserved for the holds that name them.
fn check_grants(wallet: &Wallet, id: &AccountId, account: &WalletAccount) -> Result<(), String> {
    for grant in &account.grants {
        let parts = [grant.free, grant.reserved];
        law(parts.iter().all(|part| !part.is_negative()), || {
            format!("grant {} is below zero", grant.id)
        })?;
        law(
            pico(grant.free) + pico(grant.reserved) <= pico(grant.original),
            || format!("grant {} has grown", grant.id),
        )?;
        law(!grant.is_spent(), || {
            format!("grant {} is spent and still listed", grant.id)
        })?;
        let draws = draws_of(wallet, id)
            .filter(|(of, _)| *of == grant.id)
            .map(|(_, amount)| amount);
        law(draws.sum::<i128>() == pico(grant.reserved), || {
            format!(
                "grant {} is not reserved for the holds that name it",
                grant.id
            )
        })?;
    }
    let grants = || account.grants.iter().map(consumption_order);
    law(grants().is_sorted_by(|one, other| one < other), || {
        "grants are out of order".into()
    })?;
    check_kept(wallet, &account.grants)
}

/// What is kept beside the grants is what a walk over all of them says, now and at every moment at which one
/// of them begins or ends.
fn check_kept(wallet: &Wallet, grants: &Grants) -> Result<(), String> {
    let parts = |of: fn(&Grant) -> Amount| -> i128 { grants.iter().map(|one| pico(of(one))).sum() };
    let (free, reserved) = (parts(|one| one.free), parts(|one| one.reserved));
    law(grants.reserved().map(pico) == Ok(reserved), || {
        "reserved is not the sum of the grants".into()
    })?;
    law(grants.credit().map(pico) == Ok(free + reserved), || {
        "all credit is not the sum of the grants".into()
    })?;
    let mut scopes = grants.iter().map(|one| &one.terms.scope);
    let of_scope = |scope: &Scope| scope.event_types.len() + scope.products.len() > 0;
    law(grants.has_restricted() == scopes.any(of_scope), || {
        "restricted credit is not known".into()
    })?;
    let times = grants.iter().flat_map(|one| {
        let ends = one.terms.expires_at;
        ends.into_iter().chain([one.terms.effective_at])
    });
    let ahead = times.filter(|at| *at > wallet.at).take(8);
    for at in ahead.chain([wallet.at]) {
        let live = |restricted: bool| -> i128 {
            let all = grants.iter().filter(|one| one.is_live(at));
            let own = all.filter(|one| of_scope(&one.terms.scope) == restricted);
            own.map(|one| pico(one.free)).sum()
        };
        law(grants.free(at).map(pico) == Ok(live(false)), || {
            format!("what is free at {at:?} is not the sum of the grants")
        })?;
        law(grants.restricted(at).map(pico) == Ok(live(true)), || {
            format!("what is restricted at {at:?} is not the sum of the grants")
        })?;
        let plain = scrip::engine::Consumption::plain("USD", Amount::ZERO, None);
        let usable: i128 = grants.usable(at, &plain).map(|one| pico(one.free)).sum();
        law(usable == live(false), || {
            format!("what may be drawn on at {at:?} is not what is free")
        })?;
    }
    let something = || grants.iter().filter(|one| one.free.is_positive());
    let first = something().filter_map(|one| one.terms.expires_at).min();
    law(grants.first_end().map(|(end, _)| end) == first, || {
        "the first end is another one".into()
    })?;
    let starts = something().map(|one| one.terms.effective_at);
    let mut starts: Vec<Instant> = starts.filter(|at| *at > wallet.at).collect();
    starts.sort_unstable();
    law(grants.starts(wallet.at).eq(starts), || {
        "the grants to come are others".into()
    })?;
    law(
        grants.iter().all(|one| grants.get(one.id) == Some(one)),
        || "a grant is not found by its id".into(),
    )
}

impl Flow {
    fn add(&mut self, change: &AccountChange) -> Result<(), String> {
        for one in &change.moves {
            let (sum, amount) = match one {
                Move::Open { amount, .. } => (Some(&mut self.opened), *amount),
                Move::Reserve(draw) | Move::Release(draw) => (None, draw.amount),
                Move::Capture(draw) => (Some(&mut self.captured), draw.amount),
                Move::Draw(draw) => (Some(&mut self.drawn), draw.amount),
                Move::Borrow { amount } => (Some(&mut self.borrowed), *amount),
                Move::Repay(draw) => (Some(&mut self.repaid), draw.amount),
                Move::Lapse(draw) => (Some(&mut self.lapsed), draw.amount),
                Move::Pledge { amount } => (Some(&mut self.pledged), *amount),
                Move::Unpledge { amount } => {
                    self.pledged -= pico(*amount);
                    (None, *amount)
                }
                Move::Owe { amount } => {
                    self.pledged -= pico(*amount);
                    (Some(&mut self.owed), *amount)
                }
                Move::Restore { amount, .. } => (Some(&mut self.restored), *amount),
                Move::Forgive { amount } => (Some(&mut self.forgiven), *amount),
                Move::Back { amount, .. } => {
                    self.pledged -= pico(*amount);
                    (None, *amount)
                }
            };
            let opens = matches!(one, Move::Open { .. }) && !amount.is_negative();
            law(amount.is_positive() || opens, || {
                format!("a move of nothing or less: {one:?}")
            })?;
            if let Some(sum) = sum {
                *sum += pico(amount);
            }
        }
        Ok(())
    }
}

/// Balance, held and restricted by the definition: `free` of live grants + `reserved` - `debt`.
fn naive_balance(account: &WalletAccount, at: Instant) -> (i128, i128, i128) {
    let mut balance = -pico(account.debt);
    let (mut held, mut restricted) = (pico(account.pledged), 0);
    for grant in &account.grants {
        let starts = grant.terms.effective_at <= at;
        let ends = grant.terms.expires_at.is_some_and(|end| end <= at);
        if starts && !ends {
            balance += pico(grant.free);
            let scope = &grant.terms.scope;
            if scope.event_types.len() + scope.products.len() > 0 {
                restricted += pico(grant.free);
            }
        }
        balance += pico(grant.reserved);
        held += pico(grant.reserved);
    }
    (balance, held, restricted)
}

fn own_reservations<'a>(
    wallet: &'a Wallet,
    account: &'a AccountId,
) -> impl Iterator<Item = &'a Reservation> {
    let reservations = wallet.holds.values().flat_map(|hold| &hold.reservations);
    reservations.filter(move |one| one.account == *account)
}

fn draws_of<'a>(
    wallet: &'a Wallet,
    account: &'a AccountId,
) -> impl Iterator<Item = (u64, i128)> + 'a {
    own_reservations(wallet, account)
        .flat_map(|one| &one.draws)
        .map(|draw| (draw.grant, pico(draw.amount)))
}

/// Only open holds live in the wallet, none of them has outlived its end, and the alarm knows the
/// first of them.
fn check_holds(wallet: &Wallet) -> Result<(), String> {
    for hold in wallet.holds.values() {
        law(hold.status == HoldStatus::Open, || {
            format!("an ended hold is still in the wallet: {hold:?}")
        })?;
        let born_ended = hold.authorized_at == wallet.at;
        law(hold.expires_at > wallet.at || born_ended, || {
            format!("a hold has outlived its end: {hold:?}")
        })?;
    }
    let holds = wallet.holds.values().map(|hold| hold.expires_at);
    let grants = wallet.accounts.values().flat_map(|one| &one.grants);
    let grants = grants.filter(|grant| grant.free.is_positive());
    let subscriptions = wallet.subscriptions.iter();
    let owing = wallet
        .accounts
        .values()
        .filter(|one| pico(one.debt) + pico(one.pledged) > 0);
    let covering = owing.flat_map(|one| &one.grants);
    let starting = covering.filter(|grant| {
        let scope = &grant.terms.scope;
        let (starts, ends) = (grant.terms.effective_at, grant.terms.expires_at);
        let ever = starts > wallet.at && ends.is_none_or(|ends| starts < ends);
        ever && scope.event_types.len() + scope.products.len() == 0 && grant.free.is_positive()
    });
    let next = holds
        .chain(grants.filter_map(|grant| grant.terms.expires_at))
        .chain(starting.map(|grant| grant.terms.effective_at))
        .chain(subscriptions.flat_map(|one| next_turns(wallet, one)))
        .chain(
            wallet
                .minimums
                .iter()
                .map(|one| one.ends)
                .filter(|ends| *ends < Instant::MAX),
        )
        .min();
    law(wallet.next_expiry() == next, || {
        "the wallet does not know its next expiry".into()
    })
}

/// When a subscription starts, renews, ends or grants next, as its own figures tell it.
fn next_turns(wallet: &Wallet, one: &Subscription) -> Vec<Instant> {
    let charges = one.terms.iter().map(|term| term.next);
    let charges = charges.filter(|next| *next < Instant::MAX);
    // What invoices pay is awaited for a day in silence.
    let paid = one.paid.last().map(|paid| paid.ends_at);
    let silent = paid.map(|ends| ends.plus_seconds(86_400));
    let charges = charges.chain(silent.filter(|_| !one.cancel_at_period_end));
    let planned = one.planned.iter().map(|planned| planned.at);
    let charge = charges.clone().chain(planned).min();
    let given = one.next_grant().map(|(moment, _)| moment);
    match one.status {
        SubscriptionStatus::Inactive => Vec::new(),
        SubscriptionStatus::Scheduled => one.plan.starts_at.into_iter().collect(),
        SubscriptionStatus::Active if one.cancel_at_period_end => {
            let end = charges.min().or(paid).or(one.plan.renews_at);
            let end = end.or(one.cancels_at);
            let step = one.next_step(wallet.around()).map(|(moment, _)| moment);
            assert!(
                step >= end,
                "a cancelled subscription ends before its first price does"
            );
            step.into_iter().chain(given).collect()
        }
        SubscriptionStatus::Active => charge.into_iter().chain(given).collect(),
        SubscriptionStatus::ActionRequired => {
            let grace = one
                .grace_until
                .expect("an unpaid fee is awaited for a time");
            let from = paid_from(wallet, one).filter(|_| !one.plan.invoiced);
            vec![from.map_or(grace, |from| from.min(grace))]
        }
    }
}

/// The first moment from now on, or at which credit starts, at which all that is due is available.
fn paid_from(wallet: &Wallet, one: &Subscription) -> Option<Instant> {
    let mut due: BTreeMap<AccountId, i128> = BTreeMap::new();
    for fee in one.charges(wallet.around(), wallet.at) {
        *due.entry(AccountId::default_for(&fee.asset)).or_default() += pico(fee.amount);
    }
    let grants = wallet.accounts.values().flat_map(|account| &account.grants);
    let starts = grants.map(|grant| grant.terms.effective_at);
    let moments = starts.filter(|at| *at > wallet.at).chain([wallet.at]);
    let paid = |at: &Instant| {
        due.iter().all(|(id, sum)| {
            let left = wallet.accounts.get(id).map_or(0, |account| {
                let (balance, held, restricted) = naive_balance(account, *at);
                balance - held - restricted
            });
            *sum == 0 || left >= *sum
        })
    };
    moments.filter(paid).min()
}
