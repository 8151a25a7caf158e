//! The question: given this wallet, at this moment, may this happen? The answer is a fact or a
//! refusal, and neither has changed anything yet.
//!
//! ```text
//! advance   what time made due by now, each as an entry of its own
//! decide    the command's own entry, on the wallet as it is then
//! append    all of them together, by the journal: or none, when the command is refused
//! ```
//!
//! The checks of a command are made in the order of [`Refusal`]'s variants, which is published: a caller
//! that mends the first problem must not meet an earlier one next time.
//!
//! What time does has operation ids of its own, so that it happens once however often a wallet wakes:
//!
//! | operation | entry |
//! |---|---|
//! | `hold:{id}:end` | the hold's end: a final capture, a release, or its expiry |
//! | `hold:{id}:late` | the final capture after its expiry |
//! | `grant:{id}:start`, `grant:{id}:end` | credit covers what it is counted against, when it becomes effective and before it is over |
//! | `grant:{id}:expired` | credit that nobody used is over |
//! | `sub:{id}:{start, renew, lapse or end}:{turn}` | a step of a subscription |
//! | `minimum:{starts}:{ends}` | what was missing of the minimums of a period, in microseconds |
//! | `ent:{id}:{number}` | an entitlement's grant |
//! | `recharge:{account}:{turn}` | a recharge is intended or deferred, as of now; see [`recharging`](super::recharging) |
//!
//! What a caller can do once only has such an id as well: `grant:{id}:void`, `reverse:{seq}`,
//! `price:{seq}:{place}`.

use std::borrow::Cow;

use super::amount::Amount;
use super::asset::AccountId;
use super::budget::Preset;
use super::command::{
    Action, Ask, Command, Credit, CreditSource, Debit, OnInsufficient, OnUnpriced, Settle,
};
use super::consumption::Consumption;
use super::draft::{Applied, Asked, Draft};
use super::entry::{Entry, Fact};
use super::fold::apply;
use super::grant::{DEFAULT_PRIORITY, Grant, GrantId, Terms};
use super::held_usage::HeldUsage;
use super::hold::{Hold, HoldId, HoldStatus, MAX_OPEN, MAX_SECONDS};
use super::moves::{Draw, Move};
use super::price::quote::Circumstances;
use super::refusal::Refusal;
use super::subscription::Plan;
use super::time::Instant;
use super::usage::{Untimely, UsageEvent};
use super::wallet::{GrantEnd, Pending, Wallet};

/// Decides one command.
///
/// The entries are what time made due by `at`, then the command's own entry, which is the last.
/// `ended` is the hold that the command names, read back from the journal, when the wallet has no
/// such open hold. A clock that went back does not move the wallet back.
///
/// # Errors
/// A [`Refusal`]; nothing has happened then, not even what time made due.
pub fn decide(
    wallet: &Wallet,
    ended: Option<&Hold>,
    at: Instant,
    command: &Command,
) -> Result<Vec<Entry>, Refusal> {
    let mut passing = Passing::of(wallet, at);
    let mut entries: Vec<Entry> = passing.by_ref().collect();
    let then = passing.wallet();
    let knowing = Knowing { ended, held: None };
    entries.push(decide_then(wallet, &then, &knowing, at, command)?);
    Ok(entries)
}

/// What the journal knows of the hold that a command names.
#[derive(Clone, Copy, Debug, Default)]
pub struct Knowing<'a> {
    /// As it ended, when the wallet has no such open hold.
    pub ended: Option<&'a Hold>,
    /// What it was made for, where a capture needs that: see [`estimates`](super::held_usage::estimates).
    pub held: Option<&'a HeldUsage>,
}

/// The command's own entry, where everything has happened `then` that time has made due `before`.
///
/// # Errors
/// As [`decide`].
pub fn decide_then(
    before: &Wallet,
    then: &Wallet,
    knowing: &Knowing<'_>,
    at: Instant,
    command: &Command,
) -> Result<Entry, Refusal> {
    // The caller knew the hold as open. What time has just ended is therefore told from the wallet
    // as it was, since its row is not written yet.
    let hold = command.action.hold();
    let expired = hold.and_then(|id| expired_since(before, then, id));
    let at = at.max(before.at);
    let mut draft = Draft::new(then, at, expired.as_ref().or(knowing.ended));
    draft.held = knowing.held;
    draft.decide(command)
}

/// What time has made due: holds that expired, then credit that did. Every entry is one row.
#[must_use]
pub fn tick(wallet: &Wallet, at: Instant) -> Vec<Entry> {
    Passing::of(wallet, at).collect()
}

/// The wallet as it is at this moment, with everything ended that has ended by then.
#[must_use]
pub fn as_of(wallet: &Wallet, at: Instant) -> Cow<'_, Wallet> {
    let mut passing = Passing::of(wallet, at);
    passing.by_ref().for_each(drop);
    passing.wallet()
}

/// Time passes for a wallet: the entries of what it has made due, one at a time and each as of its own
/// moment. The wallet is copied only where something is due.
///
/// ```text
/// entries of one passing = entries of several, one after the other         wherever it may rest in between
/// ```
#[derive(Debug)]
pub struct Passing<'a> {
    then: Cow<'a, Wallet>,
    /// Of the wallet as it is found: the first entry moves its time on, and what became effective before
    /// must still get its turn.
    since: Instant,
    at: Instant,
}

impl<'a> Passing<'a> {
    /// A clock that went back must not undo what has expired, so the wallet's own time is the least.
    #[must_use]
    pub fn of(wallet: &'a Wallet, at: Instant) -> Self {
        Self {
            then: Cow::Borrowed(wallet),
            since: wallet.at,
            at: at.max(wallet.at),
        }
    }

    /// Whether another passing may go on from here. Credit that becomes effective covers what it is
    /// counted against as the holds of that moment have left it; from a wallet that stands between those
    /// two nobody could tell any more.
    #[must_use]
    pub fn may_rest(&self) -> bool {
        match self.then.first_due(self.since, self.at) {
            Some((due, Pending::Hold(_) | Pending::Cover(..))) => due > self.then.at,
            Some(_) | None => true,
        }
    }

    /// As it is after the entries that were taken.
    #[must_use]
    pub fn wallet(self) -> Cow<'a, Wallet> {
        self.then
    }
}

impl Iterator for Passing<'_> {
    type Item = Entry;

    fn next(&mut self) -> Option<Entry> {
        let (due, entry) = next_due(&self.then, self.since, self.at)?;
        // What began before has covered what there was then: it does so once, whatever comes back to it.
        self.since = self.since.max(due.just_before());
        apply(self.then.to_mut(), &entry);
        Some(entry)
    }
}

/// The entry of what is due first, decided as of the moment at which it was due: whoever wakes the
/// wallet late finds what an alarm in time would have written. Nothing, where the engine could not
/// write it: then time stands still for the wallet, and no entry is made up.
fn next_due(wallet: &Wallet, since: Instant, at: Instant) -> Option<(Instant, Entry)> {
    let (due, pending) = wallet.first_due(since, at)?;
    // What was due before the last entry is written after it, and then.
    let draft = Draft::new(wallet, due.max(wallet.at), None);
    Some((due, entry_of(draft, pending)?))
}

/// What becomes of something that is due.
fn entry_of(mut draft: Draft<'_>, pending: Pending<'_>) -> Option<Entry> {
    match pending {
        Pending::Hold(hold) => {
            // What comes back to credit that expired later is not lost with the hold. At its very
            // instant it is neither: its own end is due next.
            draft.give_back(hold, &|grant| {
                let expired = grant
                    .terms
                    .expires_at
                    .is_some_and(|at| at < hold.expires_at);
                expired || grant.voided.is_some()
            });
            let fact = Fact::HoldExpired { hold: hold.id };
            draft.entry(&hold_end_op(hold.id), "", fact).ok()
        }
        Pending::Subscription(one, due, step) => draft.step(one, due, step),
        Pending::Cover(id, grant, end) => {
            let grant = grant.id;
            let Applied { repaid, backed } = draft.apply_credit(id, grant);
            let word = match end {
                GrantEnd::Start => "start",
                GrantEnd::End => "end",
            };
            let fact = Fact::CreditApplied {
                grant,
                repaid,
                backed,
            };
            draft.entry(&format!("grant:{grant}:{word}"), "", fact).ok()
        }
        Pending::Minimum(one) => draft.charge_minimum(one),
        Pending::Entitlement(one, place) => draft.entitle(one, place),
        Pending::Grant(id, grant) => {
            let (grant, amount) = (grant.id, grant.free);
            draft.make(id, Move::Lapse(Draw { grant, amount }));
            // A grant can lapse again when a hold gives back to it, but only inside that hold's entry.
            let op = format!("grant:{grant}:expired");
            let fact = Fact::GrantExpired { grant, amount };
            draft.entry(&op, "", fact).ok()
        }
    }
}

/// The operation that ends a hold, whichever it is: a hold ends once.
#[must_use]
pub fn hold_end_op(hold: HoldId) -> String {
    format!("hold:{hold}:end")
}

/// The one final capture that an expired hold still accepts.
#[must_use]
pub fn late_capture_op(hold: HoldId) -> String {
    format!("hold:{hold}:late")
}

/// The hold that was open in the wallet before, and has expired by then.
#[must_use]
pub fn expired_since(before: &Wallet, then: &Wallet, id: HoldId) -> Option<Hold> {
    let still_open = then.holds.contains_key(&id);
    let hold = before.holds.get(&id).filter(|_| !still_open)?;
    Some(hold.expired())
}

/// The words of a new subscription.
fn plan_of(action: &Action) -> Plan {
    let Action::Subscribe {
        products: _,
        starts_at,
        renews_at,
        trial_days,
        grace_days,
        return_url,
        failure_url,
        invoiced,
    } = action
    else {
        return Plan::default();
    };
    Plan {
        starts_at: *starts_at,
        renews_at: *renews_at,
        trial_days: *trial_days,
        grace_days: *grace_days,
        return_url: return_url.clone(),
        failure_url: failure_url.clone(),
        invoiced: *invoiced,
    }
}

impl Draft<'_> {
    /// The command's own entry. One arm for each command, in the order of [`Action`]. Whether there is
    /// a wallet is asked first, because no other refusal would make sense to a customer who is not there.
    fn decide(mut self, command: &Command) -> Result<Entry, Refusal> {
        let opens = matches!(command.action, Action::OpenWallet { .. });
        if !opens && !self.wallet.is_open() {
            return Err(Refusal::WalletNotFound);
        }
        let fact = match &command.action {
            Action::OpenWallet { wallet, customer } => self.open_wallet(wallet, customer)?,
            Action::Subscribe { products, .. } => {
                self.subscribe(products, &plan_of(&command.action))?
            }
            Action::ChangeSubscription {
                subscription,
                change,
            } => self.change_subscription(*subscription, *change)?,
            Action::ChangeProduct {
                subscription,
                product,
                replaces,
                prorate,
            } => self.change_product(*subscription, product, replaces, *prorate)?,
            Action::ChangeExternalId(external) => Fact::ExternalIdChanged(external.clone()),
            Action::Credit(credit) => self.credit(credit)?,
            Action::Authorize {
                ask,
                on_insufficient,
                seconds,
                subject,
                on_unpriced,
            } => {
                let subject = subject.as_deref();
                self.authorize(ask, *on_insufficient, *on_unpriced, *seconds, subject)?
            }
            Action::ExtendHold {
                hold,
                ask,
                seconds,
                on_unpriced,
            } => self.extend_hold(*hold, ask.as_ref(), *on_unpriced, *seconds)?,
            Action::CaptureHold {
                hold,
                settle,
                closes,
            } => self.capture_hold(*hold, settle, *closes)?,
            Action::ReleaseHold { hold, reason } => self.release_hold(*hold, reason.clone())?,
            Action::RecordUsage { event } => self.record_usage(event)?,
            Action::Debit(debit) => self.debit(debit)?,
            Action::VoidGrant {
                account,
                grant,
                reason,
            } => self.void_grant(account, *grant, reason.as_deref())?,
            Action::Reverse(reversal) => self.reverse(reversal)?,
            Action::PriceUsage(pricing) => self.price_usage(pricing)?,
            Action::ChangeLoss(change) => self.change_loss(change)?,
            Action::Freeze(change) => Fact::FreezeChanged(change.clone()),
            Action::ChangeSettings { late_events_days } => settings_changed(*late_events_days),
            Action::ExcludeTax {
                payment,
                grant,
                account,
                tax,
            } => self.exclude_tax(payment, *grant, account, *tax)?,
            Action::SetOverdraft {
                account,
                asset,
                limit,
            } => self.set_overdraft(account, asset, *limit)?,
            Action::SetBudget {
                code,
                precision,
                terms,
                anchored_to,
            } => self.set_budget(code, *precision, terms, *anchored_to)?,
            Action::RemoveBudget { code } => self.remove_budget(code)?,
            Action::ChangePresets { budgets } => presets_changed(budgets),
            Action::Recharge(change) => self.recharge(change)?,
            Action::HearInvoice(news) => self.hear_invoice(news)?,
        };
        self.own_entry(command, fact)
    }

    /// The entry of what a command does, under the command's operation id.
    fn own_entry(self, command: &Command, fact: Fact) -> Result<Entry, Refusal> {
        if let Fact::HoldCaptured {
            hold, late: true, ..
        } = fact
            && command.op == hold_end_op(hold)
        {
            // The row that ended the hold is taken: its expiry. A late capture has one of its own.
            return self.entry(&late_capture_op(hold), &command.request, fact);
        }
        self.entry(&command.op, &command.request, fact)
    }

    // Opening.

    /// The first command of every wallet; it is answered once.
    fn open_wallet(&self, wallet: &str, customer: &str) -> Result<Fact, Refusal> {
        if self.wallet.is_open() {
            return Err(Refusal::WalletAlreadyOpen);
        }
        Ok(Fact::WalletOpened {
            wallet: wallet.to_owned(),
            customer: customer.to_owned(),
        })
    }

    // Money in and out.

    /// Opens a grant, which repays debt first.
    fn credit(&mut self, credit: &Credit) -> Result<Fact, Refusal> {
        self.check_amount(&credit.account, &credit.asset, credit.amount)?;
        // A payment is a fact, however late it is told, and so is a code that was counted; what is given by
        // hand can be given right.
        let by_hand = matches!(credit.source, CreditSource::Adjustment { .. });
        if by_hand && credit.expires_at.is_some_and(|at| at <= self.at) {
            return Err(Refusal::ExpiresInPast);
        }
        if by_hand {
            self.check_grants(&credit.account)?;
        }
        self.ensure_account(&credit.account, &credit.asset);
        let grant = self.next_seq();
        let terms = Terms {
            purpose: credit.purpose,
            priority: DEFAULT_PRIORITY,
            effective_at: credit.effective_at.unwrap_or(self.at),
            expires_at: credit.expires_at,
            scope: credit.scope.clone(),
        };
        let repaid = self.open_grant(&credit.account, credit.amount, terms)?;
        Ok(Fact::Credited {
            grant,
            amount: credit.amount,
            repaid,
            source: credit.source.clone(),
            description: credit.description.clone(),
            metadata: credit.metadata.clone(),
        })
    }

    /// Takes an amount out that no price asked for. It is a fact, so it posts below zero, and
    /// budgets count it.
    fn debit(&mut self, debit: &Debit) -> Result<Fact, Refusal> {
        self.check_amount(&debit.account, &debit.asset, debit.amount)?;
        self.ensure_account(&debit.account, &debit.asset);
        let subject = debit.subject.as_deref();
        let consumption = Consumption::plain(&debit.asset.code, debit.amount, subject);
        match debit.grant {
            Some(grant) => self.take_from(debit, grant)?,
            None if debit.cause.is_refund() => self.take_paid(debit)?,
            None => self.post(&debit.account, &[consumption])?,
        }
        self.count_plain(consumption);
        Ok(Fact::Debited {
            amount: debit.amount,
            cause: debit.cause.clone(),
            subject: debit.subject.clone(),
            description: debit.description.clone(),
            metadata: debit.metadata.clone(),
            maths: debit.maths,
            grant: debit.grant,
        })
    }

    /// Takes back only from the grant that the payment made, then goes into debt: other grants
    /// never pay for this payment's tax.
    fn exclude_tax(
        &mut self,
        payment: &str,
        grant: GrantId,
        account: &AccountId,
        tax: Amount,
    ) -> Result<Fact, Refusal> {
        // The processor may correct a payment that this wallet never got; then there is no account
        // to take tax from.
        let touched = self.account(account).ok_or(Refusal::PaymentNotFound)?;
        let asset = touched.account.asset.clone();
        self.check_amount(account, &asset, tax)?;
        let returned = self.tax_returned(account, grant, tax)?;
        let touched = self.account(account).ok_or(Refusal::PaymentNotFound)?;
        let moves = touched.account.debit_grant(grant, tax.minus(returned)?)?;
        self.make_all(account, moves);
        Ok(Fact::TaxExcluded {
            payment: payment.to_owned(),
            grant,
            tax,
            returned,
        })
    }

    /// An event is judged late when it is first recorded; its replay is the first answer for ever.
    fn record_usage(&mut self, event: &UsageEvent) -> Result<Fact, Refusal> {
        let days = self.wallet.late_events_days();
        // A capture does not ask: it settles work that was authorized, and it must not fail because
        // a clock was wrong.
        event.check_time(self.at, days).map_err(|why| match why {
            Untimely::TooLate => Refusal::EventTooLate { event: 0, days },
            Untimely::InFuture => Refusal::EventInFuture { event: 0 },
        })?;
        let events = std::slice::from_ref(event);
        let asked = self.priced(events, Circumstances::default())?;
        for (asset, amount) in &asked.totals {
            self.post_asked(&AccountId::default_for(asset), &asked, *amount)?;
        }
        self.count_asked(&asked, None);
        Ok(Fact::UsageRecorded {
            event: event.clone(),
            fees: asked.fees,
            warnings: asked.warnings,
        })
    }

    // Holds.

    /// Prices, checks and holds in one step. What does not fit is refused whole, or lowered to what
    /// fits where the caller asked for that.
    fn authorize(
        &mut self,
        ask: &Ask,
        on_insufficient: OnInsufficient,
        on_unpriced: OnUnpriced,
        seconds: u32,
        subject: Option<&str>,
    ) -> Result<Fact, Refusal> {
        let mut asked = self.asked(ask, None)?;
        self.check_frozen()?;
        self.check_priced(&asked, on_unpriced)?;
        // After pricing, which has the earlier refusals; the order of the checks is part of the
        // API.
        let open = self.wallet.holds.len();
        if open >= MAX_OPEN {
            return Err(Refusal::TooManyOpenHolds { open });
        }
        let mut allocations = self.allocations(&asked)?;
        let denial = self.denial(&asked, &allocations, subject)?;
        let capped = denial.is_some();
        if let Some(denial) = denial {
            let lowered = match on_insufficient {
                OnInsufficient::Deny => {
                    return Err(self.explained(denial, ask, &asked, subject, None)?);
                }
                OnInsufficient::Cap => self.capped(ask, &asked, subject)?,
            };
            // A hold of nothing would be an authorization that authorizes nothing, so the first
            // reason for the denial is the answer.
            if lowered.totals.iter().all(|(_, amount)| amount.is_zero()) {
                return Err(self.explained(denial, ask, &asked, subject, None)?);
            }
            asked = lowered;
            // What was asked at first may have been in assets that are not asked for any more.
            self.accounts.clear();
            allocations = self.allocations(&asked)?;
        }
        self.reserve(&asked, allocations);
        self.count_asked(&asked, subject);
        Ok(Fact::HoldAuthorized {
            hold: self.next_seq(),
            expires_at: self.at.plus_seconds(seconds.min(MAX_SECONDS)),
            subject: subject.map(str::to_owned),
            fees: asked.fees,
            caps: asked.caps,
            capped,
            warnings: asked.warnings,
        })
    }

    /// More money, more time, or both, for an open hold, at the hold's own prices. It is refused
    /// whole: a capped extension would leave the caller with less than the work needs.
    fn extend_hold(
        &mut self,
        id: HoldId,
        ask: Option<&Ask>,
        on_unpriced: OnUnpriced,
        seconds: Option<u32>,
    ) -> Result<Fact, Refusal> {
        let hold = self.open_hold(id)?;
        let subject = hold.subject.as_deref();
        let asked = ask.map_or(Ok(Asked::default()), |ask| self.asked(ask, Some(id)))?;
        // More time takes no more money.
        if ask.is_some() {
            self.check_frozen()?;
        }
        self.check_priced(&asked, on_unpriced)?;
        let allocations = self.allocations(&asked)?;
        if let Some(denial) = self.denial(&asked, &allocations, subject)? {
            let Some(ask) = ask else {
                return Err(denial);
            };
            return Err(self.explained(denial, ask, &asked, subject, Some(id))?);
        }
        self.reserve(&asked, allocations);
        self.count_asked(&asked, subject);
        let later = seconds.map(|seconds| self.at.plus_seconds(seconds.min(MAX_SECONDS)));
        Ok(Fact::HoldExtended {
            hold: id,
            // An extension gives time and never takes any.
            expires_at: later.map_or(hold.expires_at, |later| later.max(hold.expires_at)),
            fees: asked.fees,
            warnings: asked.warnings,
        })
    }

    /// Charges what was really used: first from what is held, the excess from what is available.
    /// After the hold's expiry nothing is held, so everything posts from what is available. A part
    /// leaves the hold to its own final capture, so that what is reported in parts is reported whole.
    fn capture_hold(&mut self, id: HoldId, settle: &Settle, closes: bool) -> Result<Fact, Refusal> {
        let (hold, late) = self.hold_to_capture(id)?;
        let settled = self.settled(&hold, late, settle)?;
        for (asset, amount) in &settled.totals {
            let account = AccountId::default_for(asset);
            self.capture_from(&hold, &account, &settled, *amount)?;
        }
        self.count_captured(&hold, &settled);
        // A day after the expiry somebody has to come to an end: what comes then is the last.
        let closes = closes || (late && hold.is_past_its_day(self.at));
        // What an expired hold had was given back by its expiry, so only an open one has a rest.
        if closes && !late {
            let rest = self.rest_after_moves(&hold);
            let at = self.at;
            self.give_back(&rest, &|grant| grant.is_expired(at));
        }
        Ok(Fact::HoldCaptured {
            hold: id,
            closes,
            late,
            events: settled.events.to_vec(),
            fees: settled.fees,
            warnings: settled.warnings,
        })
    }

    /// Gives back all that a hold still has.
    fn release_hold(&mut self, id: HoldId, reason: Option<String>) -> Result<Fact, Refusal> {
        let hold = self.open_hold(id)?;
        let at = self.at;
        self.give_back(&hold, &|grant| grant.is_expired(at));
        Ok(Fact::HoldReleased { hold: id, reason })
    }

    /// A copy of the open hold, because its account changes while it is settled.
    fn open_hold(&self, id: HoldId) -> Result<Hold, Refusal> {
        match (self.wallet.holds.get(&id), self.ended) {
            (Some(hold), _) => Ok(hold.clone()),
            (None, Some(ended)) if ended.id == id => Err(Refusal::HoldAlreadyEnded {
                status: ended.status,
            }),
            (None, _) => Err(Refusal::HoldNotFound),
        }
    }

    /// The hold, and whether it has expired: one that expired takes late captures, because the usage
    /// has happened.
    fn hold_to_capture(&self, id: HoldId) -> Result<(Hold, bool), Refusal> {
        let expired = |hold: &&Hold| hold.id == id && hold.status == HoldStatus::Expired;
        match self.ended.filter(expired) {
            Some(hold) if hold.is_shut(self.at) => Err(Refusal::HoldAlreadyEnded {
                status: hold.status,
            }),
            Some(hold) => Ok((hold.clone(), true)),
            None => Ok((self.open_hold(id)?, false)),
        }
    }

    /// What is still reserved once the moves so far are made.
    fn rest_after_moves(&self, hold: &Hold) -> Hold {
        let mut rest = hold.clone();
        for touched in &self.accounts {
            let reservations = rest.reservations.iter_mut();
            for one in reservations.filter(|one| one.account == touched.id) {
                let taken = |one: &&Move| matches!(one, Move::Capture(_) | Move::Owe { .. });
                one.apply(touched.moves.iter().filter(taken));
            }
        }
        rest
    }

    /// Releases all that is still reserved. What comes back to credit that was over when the hold
    /// ended is carried over or lapses at once; other expired credit lapses under its own name.
    fn give_back(&mut self, hold: &Hold, was_over: &dyn Fn(&Grant) -> bool) {
        for one in &hold.reservations {
            let releases = one.draws.iter().copied().map(Move::Release);
            self.make_all(&one.account, releases.collect());
            if one.pledged.is_positive() {
                let amount = one.pledged;
                self.make(&one.account, Move::Unpledge { amount });
            }
            let Some(touched) = self.account(&one.account) else {
                continue;
            };
            let grants = &touched.account.grants;
            let over = |draw: &&Draw| grants.get(draw.grant).is_some_and(was_over);
            // It covers nothing: while it was held it was not available for that either.
            let over: Vec<Draw> = one.draws.iter().filter(over).copied().collect();
            for draw in over {
                self.carry_over(&one.account, draw, was_over);
            }
            if !one.draws.is_empty() {
                self.repay(&one.account);
            }
        }
    }

    // What is asked, in amounts.

    /// What a capture charges, priced where it is usage.
    fn settled<'b>(
        &mut self,
        hold: &Hold,
        late: bool,
        settle: &'b Settle,
    ) -> Result<Asked<'b>, Refusal> {
        match settle {
            Settle::Usage(events) => self.settled_usage(hold, late, events),
            Settle::Everything => Ok(Asked {
                totals: unsettled(hold)?,
                ..Asked::default()
            }),
            Settle::Amount { asset, amount } => {
                let asset = match (asset, hold.reservations.as_slice()) {
                    (Some(asset), _) => asset.clone(),
                    (None, [only]) => only.account.asset.clone(),
                    (None, _) => return Err(Refusal::AssetRequired),
                };
                if self.account(&AccountId::default_for(&asset)).is_none() {
                    return Err(Refusal::UnknownAsset { asset });
                }
                self.plain(&asset, *amount)
            }
        }
    }

    /// Lowers what is asked to what there is and what the budgets allow. Fees are honoured in their
    /// order, so the first one that does not fit is the one whose volume has to be clamped.
    fn capped<'b>(
        &self,
        ask: &'b Ask,
        asked: &Asked<'b>,
        subject: Option<&str>,
    ) -> Result<Asked<'b>, Refusal> {
        match ask {
            Ask::Amount { .. } => {
                let mut lowered = Asked {
                    totals: asked.totals.clone(),
                    ..Asked::default()
                };
                self.cap_plain(&mut lowered, subject)?;
                Ok(lowered)
            }
            Ask::Usage(events) => self.lowered(events, subject, None),
        }
    }
}

/// Late events are recorded for so many days from now on.
const fn settings_changed(late_events_days: u32) -> Fact {
    Fact::SettingsChanged { late_events_days }
}

/// The account's budgets for all of its customers are these from now on.
fn presets_changed(budgets: &[Preset]) -> Fact {
    let budgets = budgets.to_vec();
    Fact::PresetsChanged { budgets }
}

/// What a hold still had when it was last open.
fn unsettled(hold: &Hold) -> Result<Vec<(String, Amount)>, Refusal> {
    let mut rest = Vec::new();
    for one in &hold.reservations {
        let amount = match hold.status {
            HoldStatus::Open => one.left(),
            // The reservation is gone, but what it had is what its history says.
            HoldStatus::Expired | HoldStatus::Captured | HoldStatus::Released => {
                one.held.minus(one.captured)?.max(Amount::ZERO)
            }
        };
        rest.push((one.account.asset.clone(), amount));
    }
    Ok(rest)
}
