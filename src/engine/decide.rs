//! The question: given this wallet, at this moment, may this happen? The answer is a fact or a
//! refusal, and neither has changed anything yet.

use std::borrow::Cow;

use super::account::{Draw, Move, WalletAccount};
use super::amount::{Amount, MAX_PLACES};
use super::asset::{AccountId, Asset};
use super::budget::Count;
use super::command::{Action, Ask, Command, Credit, Debit, OnInsufficient, Settle};
use super::consumption::Consumption;
use super::entry::{AccountChange, Cap, Entry, FORMAT, Fact};
use super::grant::{DEFAULT_PRIORITY, GrantId, Terms};
use super::hold::{Hold, HoldId, HoldStatus, MAX_OPEN, MAX_SECONDS};
use super::price::{Circumstances, Fee, Quote, Warning, quote};
use super::refusal::Refusal;
use super::subscription::Plan;
use super::time::Instant;
use super::usage::{Untimely, UsageEvent};
use super::wallet::{Pending, Wallet, apply};

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
    let at = at.max(wallet.at);
    let (wallet_then, mut entries) = advance(wallet, at);
    let expired = command
        .action
        .hold()
        .and_then(|id| expired_since(wallet, &wallet_then, id));
    let draft = Draft::new(&wallet_then, at, expired.as_ref().or(ended));
    entries.push(draft.decide(command)?);
    Ok(entries)
}

/// What time has made due: holds that expired, then credit that did. Every entry is one row.
#[must_use]
pub fn tick(wallet: &Wallet, at: Instant) -> Vec<Entry> {
    advance(wallet, at.max(wallet.at)).1
}

/// The wallet as it is at this moment, with everything ended that has ended by then.
#[must_use]
pub fn as_of(wallet: &Wallet, at: Instant) -> Cow<'_, Wallet> {
    advance(wallet, at.max(wallet.at)).0
}

fn advance(wallet: &Wallet, at: Instant) -> (Cow<'_, Wallet>, Vec<Entry>) {
    let mut then = Cow::Borrowed(wallet);
    let mut entries = Vec::new();
    while let Some(entry) = next_due(&then, at) {
        apply(then.to_mut(), &entry);
        entries.push(entry);
    }
    (then, entries)
}

fn next_due(wallet: &Wallet, at: Instant) -> Option<Entry> {
    let mut draft = Draft::new(wallet, at, None);
    match wallet.first_due(at)? {
        Pending::Hold(hold) => {
            // What comes back to credit that expired later is not lost with the hold.
            draft.give_back(hold, hold.expires_at);
            let fact = Fact::HoldExpired { hold: hold.id };
            draft.entry(&hold_end_op(hold.id), "", fact).ok()
        }
        Pending::Subscription(one, due, step) => draft.step(one, due, step),
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

impl Action {
    /// The hold that the command names.
    #[must_use]
    pub const fn hold(&self) -> Option<HoldId> {
        match self {
            Self::ExtendHold { hold, .. }
            | Self::CaptureHold { hold, .. }
            | Self::ReleaseHold { hold, .. } => Some(*hold),
            Self::OpenWallet { .. }
            | Self::Subscribe { .. }
            | Self::ChangeExternalId(_)
            | Self::ChangeSubscription { .. }
            | Self::ChangeProduct { .. }
            | Self::Credit(_)
            | Self::Authorize { .. }
            | Self::RecordUsage { .. }
            | Self::Debit(_)
            | Self::ChangeSettings { .. }
            | Self::ExcludeTax { .. }
            | Self::SetOverdraft { .. }
            | Self::SetBudget { .. }
            | Self::RemoveBudget { .. } => None,
        }
    }
}

/// An entry in the making: the moves so far, and the touched accounts as they would be.
pub(super) struct Draft<'a> {
    pub(super) wallet: &'a Wallet,
    pub(super) at: Instant,
    ended: Option<&'a Hold>,
    accounts: Vec<Touched>,
    /// What budgets count.
    pub(super) counts: Vec<Count>,
}

pub(super) struct Touched {
    id: AccountId,
    is_new: bool,
    pub(super) account: WalletAccount,
    moves: Vec<Move>,
}

impl<'a> Draft<'a> {
    const fn new(wallet: &'a Wallet, at: Instant, ended: Option<&'a Hold>) -> Self {
        Self {
            wallet,
            at,
            ended,
            accounts: Vec::new(),
            counts: Vec::new(),
        }
    }

    fn decide(mut self, command: &Command) -> Result<Entry, Refusal> {
        let opens = matches!(command.action, Action::OpenWallet { .. });
        if !opens && !self.wallet.is_open() {
            return Err(Refusal::WalletNotFound);
        }
        let fact = match &command.action {
            Action::OpenWallet { wallet, customer } => self.open_wallet(wallet, customer)?,
            Action::Subscribe {
                products,
                starts_at,
                renews_at,
                trial_days,
                grace_days,
                return_url,
                failure_url,
            } => {
                let plan = Plan {
                    starts_at: *starts_at,
                    renews_at: *renews_at,
                    trial_days: *trial_days,
                    grace_days: *grace_days,
                    return_url: return_url.clone(),
                    failure_url: failure_url.clone(),
                };
                self.subscribe(products, &plan)?
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
            } => self.authorize(ask, *on_insufficient, *seconds, subject.as_deref())?,
            Action::ExtendHold { hold, ask, seconds } => {
                self.extend_hold(*hold, ask.as_ref(), *seconds)?
            }
            Action::CaptureHold {
                hold,
                settle,
                closes,
            } => self.capture_hold(*hold, settle, *closes)?,
            Action::ReleaseHold { hold, reason } => self.release_hold(*hold, reason.clone())?,
            Action::RecordUsage { event } => self.record_usage(event)?,
            Action::Debit(debit) => self.debit(debit)?,
            Action::ChangeSettings { late_events_days } => Fact::SettingsChanged {
                late_events_days: *late_events_days,
            },
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
            } => self.set_budget(code, *precision, terms)?,
            Action::RemoveBudget { code } => self.remove_budget(code)?,
        };
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

    /// The entry of all moves so far. From here on the command must succeed, unless a balance
    /// left the bounds.
    pub(super) fn entry(self, op: &str, request: &str, fact: Fact) -> Result<Entry, Refusal> {
        let (seq, at) = (self.next_seq(), self.at);
        let changes = self.accounts.into_iter().map(|touched| {
            let balance = touched.account.balance(at)?;
            let precision = touched.is_new.then_some(touched.account.asset.precision);
            Ok(AccountChange {
                account: touched.id,
                precision,
                moves: touched.moves,
                balance: balance.balance,
                held: balance.held,
                restricted: balance.restricted,
            })
        });
        Ok(Entry {
            v: FORMAT,
            seq,
            at,
            op: op.to_owned(),
            request: request.to_owned(),
            fact,
            changes: changes.collect::<Result<_, Refusal>>()?,
            counts: self.counts,
        })
    }

    pub(super) const fn next_seq(&self) -> u64 {
        self.wallet.seq.saturating_add(1)
    }

    // Accounts.

    /// The account as it would be now, when the wallet has it.
    pub(super) fn account(&mut self, id: &AccountId) -> Option<&mut Touched> {
        let known = self.accounts.iter().position(|touched| &touched.id == id);
        if known.is_none() {
            let account = self.wallet.accounts.get(id)?.clone();
            self.touch(id, account, false);
        }
        let place = known.unwrap_or(self.accounts.len().saturating_sub(1));
        self.accounts.get_mut(place)
    }

    fn touch(&mut self, id: &AccountId, account: WalletAccount, is_new: bool) {
        self.accounts.push(Touched {
            id: id.clone(),
            is_new,
            account,
            moves: Vec::new(),
        });
    }

    /// Makes sure that the wallet has the account.
    pub(super) fn ensure_account(&mut self, id: &AccountId, asset: &Asset) {
        if self.account(id).is_none() {
            self.touch(id, WalletAccount::new(asset.clone()), true);
        }
    }

    pub(super) fn make(&mut self, id: &AccountId, change: Move) {
        let at = self.at;
        if let Some(touched) = self.account(id) {
            touched.account.apply(at, &change);
            touched.moves.push(change);
        }
    }

    pub(super) fn make_all(&mut self, id: &AccountId, moves: Vec<Move>) {
        for one in moves {
            self.make(id, one);
        }
    }

    // Opening.

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

    /// Opens the grant of this entry and answers how much of it repaid debt. Debt is repaid first, from
    /// the new credit, if it is effective already and may be spent on everything.
    pub(super) fn open_grant(
        &mut self,
        account: &AccountId,
        amount: Amount,
        terms: Terms,
    ) -> Result<Amount, Refusal> {
        let at = self.at;
        let grant = self.next_seq();
        let live = terms.effective_at <= at && terms.expires_at.is_none_or(|expiry| expiry > at);
        let repays = live && terms.scope.is_everything();
        self.make(
            account,
            Move::Open {
                grant,
                amount,
                terms,
            },
        );
        let mut debt = Amount::ZERO;
        if let Some(touched) = self.account(account) {
            touched.account.all_credit()?;
            debt = touched.account.debt;
        }
        let repaid = if repays {
            debt.min(amount)
        } else {
            Amount::ZERO
        };
        if repaid.is_positive() {
            let amount = repaid;
            self.make(account, Move::Repay(Draw { grant, amount }));
        }
        Ok(repaid)
    }

    fn credit(&mut self, credit: &Credit) -> Result<Fact, Refusal> {
        self.check_amount(&credit.account, &credit.asset, credit.amount)?;
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

    fn debit(&mut self, debit: &Debit) -> Result<Fact, Refusal> {
        self.check_amount(&debit.account, &debit.asset, debit.amount)?;
        self.ensure_account(&debit.account, &debit.asset);
        let subject = debit.subject.as_deref();
        let consumption = Consumption::plain(&debit.asset.code, debit.amount, subject);
        self.post(&debit.account, &[consumption])?;
        self.count_plain(consumption);
        Ok(Fact::Debited {
            amount: debit.amount,
            cause: debit.cause.clone(),
            subject: debit.subject.clone(),
            description: debit.description.clone(),
            metadata: debit.metadata.clone(),
            maths: debit.maths,
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
        let touched = self.account(account).ok_or(Refusal::PaymentNotFound)?;
        let moves = touched.account.debit_grant(grant, tax);
        let asset = touched.account.asset.clone();
        self.check_amount(account, &asset, tax)?;
        self.make_all(account, moves?);
        Ok(Fact::TaxExcluded {
            payment: payment.to_owned(),
            grant,
            tax,
        })
    }

    /// Debits what was not held: facts always post, even below zero.
    pub(super) fn post(
        &mut self,
        id: &AccountId,
        consumptions: &[Consumption<'_>],
    ) -> Result<(), Refusal> {
        let at = self.at;
        if let Some(touched) = self.account(id) {
            let moves = touched.account.debit(at, consumptions)?;
            self.make_all(id, moves);
        }
        Ok(())
    }

    /// An event is judged late when it is first recorded; its replay is the first answer for ever.
    fn record_usage(&mut self, event: &UsageEvent) -> Result<Fact, Refusal> {
        let days = self.wallet.late_events_days();
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

    /// Prices usage as the wallet stands now.
    fn priced<'b>(
        &self,
        events: &'b [UsageEvent],
        given: Circumstances<'_>,
    ) -> Result<Asked<'b>, Refusal> {
        let given = Circumstances {
            at: self.at,
            wallet: Some(self.wallet),
            ..given
        };
        let quote = quote(self.wallet.products(), events, &given)?;
        Asked::priced(quote, events)
    }

    /// An amount's asset can express it, and no amount of a command is negative. The wallet's own
    /// asset decides, once it has one; the request's does before.
    pub(super) fn check_amount(
        &mut self,
        account: &AccountId,
        asset: &Asset,
        amount: Amount,
    ) -> Result<(), Refusal> {
        let known = self
            .account(account)
            .map(|touched| touched.account.asset.clone());
        let asset = known.as_ref().unwrap_or(asset);
        asset.check(amount)
    }

    // Holds.

    fn authorize(
        &mut self,
        ask: &Ask,
        on_insufficient: OnInsufficient,
        seconds: u32,
        subject: Option<&str>,
    ) -> Result<Fact, Refusal> {
        let mut asked = self.asked(ask)?;
        let open = self.wallet.holds.len();
        if open >= MAX_OPEN {
            return Err(Refusal::TooManyOpenHolds { open });
        }
        let mut allocations = self.allocations(&asked)?;
        let denial = self.denial(&asked, &allocations, subject)?;
        let capped = denial.is_some();
        if let Some(denial) = denial {
            match on_insufficient {
                OnInsufficient::Deny => return Err(denial),
                OnInsufficient::Cap => asked = self.capped(ask, asked, subject)?,
            }
            if asked.totals.iter().all(|(_, amount)| amount.is_zero()) {
                return Err(denial);
            }
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

    fn extend_hold(
        &mut self,
        id: HoldId,
        ask: Option<&Ask>,
        seconds: Option<u32>,
    ) -> Result<Fact, Refusal> {
        let hold = self.open_hold(id)?;
        let subject = hold.subject.as_deref();
        let asked = ask.map_or(Ok(Asked::default()), |ask| self.asked(ask))?;
        let allocations = self.allocations(&asked)?;
        if let Some(denial) = self.denial(&asked, &allocations, subject)? {
            return Err(denial);
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
    /// After the hold's expiry nothing is held, so everything posts from what is available.
    fn capture_hold(&mut self, id: HoldId, settle: &Settle, closes: bool) -> Result<Fact, Refusal> {
        let (hold, late) = self.hold_to_capture(id)?;
        let settled = self.settled(&hold, late, settle)?;
        for (asset, amount) in &settled.totals {
            let account = AccountId::default_for(asset);
            self.capture_from(&hold, &account, &settled, *amount)?;
        }
        self.count_captured(&hold, &settled);
        let closes = closes || late;
        if closes && !late {
            let rest = self.rest_after_moves(&hold);
            self.give_back(&rest, self.at);
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

    fn release_hold(&mut self, id: HoldId, reason: Option<String>) -> Result<Fact, Refusal> {
        let hold = self.open_hold(id)?;
        self.give_back(&hold, self.at);
        Ok(Fact::HoldReleased { hold: id, reason })
    }

    fn open_hold(&self, id: HoldId) -> Result<Hold, Refusal> {
        match (self.wallet.holds.get(&id), self.ended) {
            (Some(hold), _) => Ok(hold.clone()),
            (None, Some(ended)) if ended.id == id => Err(Refusal::HoldAlreadyEnded {
                status: ended.status,
            }),
            (None, _) => Err(Refusal::HoldNotFound),
        }
    }

    fn hold_to_capture(&self, id: HoldId) -> Result<(Hold, bool), Refusal> {
        let expired = |hold: &&Hold| hold.id == id && hold.status == HoldStatus::Expired;
        match self.ended.filter(expired) {
            Some(hold) => Ok((hold.clone(), true)),
            None => Ok((self.open_hold(id)?, false)),
        }
    }

    /// What a hold has of an account, in consumption order. An extension may have reserved from a
    /// grant that is consumed before the ones that were reserved first.
    pub(super) fn held_in_order(&mut self, hold: &Hold, account: &AccountId) -> Vec<Draw> {
        let Some(reservation) = hold.reservation(account) else {
            return Vec::new();
        };
        let Some(touched) = self.account(account) else {
            return Vec::new();
        };
        let of_grant = |grant: GrantId| reservation.draws.iter().find(|one| one.grant == grant);
        let grants = touched.account.grants.iter();
        grants
            .filter_map(|grant| of_grant(grant.id).copied())
            .collect()
    }

    /// What is still reserved once the moves so far are made.
    fn rest_after_moves(&self, hold: &Hold) -> Hold {
        let mut rest = hold.clone();
        for touched in &self.accounts {
            let reservations = rest.reservations.iter_mut();
            for one in reservations.filter(|one| one.account == touched.id) {
                for change in &touched.moves {
                    if let Move::Capture(draw) = change {
                        one.subtract(*draw);
                    } else if let Move::Owe { amount } = change {
                        one.pledged = one.pledged.folded_minus(*amount);
                    }
                }
            }
        }
        rest
    }

    /// Releases all that is still reserved. What comes back to credit that had expired when the hold
    /// ended lapses at once; other expired credit lapses under its own name.
    fn give_back(&mut self, hold: &Hold, ended: Instant) {
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
            let came_back = |lapse: &Draw| one.draws.iter().any(|draw| draw.grant == lapse.grant);
            let lapses = touched.account.lapses(ended).filter(came_back);
            let lapses = lapses.map(Move::Lapse).collect();
            self.make_all(&one.account, lapses);
            if !one.draws.is_empty() {
                self.repay(&one.account);
            }
        }
    }

    /// Repays debt from money that has become free. Else that credit could expire while the
    /// customer owes what it would have paid.
    pub(super) fn repay(&mut self, id: &AccountId) {
        let at = self.at;
        let moves = self
            .account(id)
            .map(|touched| touched.account.repayment(at));
        self.make_all(id, moves.unwrap_or_default());
    }

    // What is asked, in amounts.

    fn asked<'b>(&mut self, ask: &'b Ask) -> Result<Asked<'b>, Refusal> {
        match ask {
            Ask::Usage(events) => self.priced(events, Circumstances::default()),
            Ask::Amount { asset, amount } => self.plain(asset, *amount),
        }
    }

    fn plain(&mut self, asset: &str, amount: Amount) -> Result<Asked<'static>, Refusal> {
        let account = AccountId::default_for(asset);
        let known = self
            .account(&account)
            .map(|touched| touched.account.asset.clone());
        // Nothing can be held of an asset that the wallet lacks, so its precision does not matter.
        let asset_there = known.unwrap_or_else(|| Asset {
            code: asset.to_owned(),
            precision: MAX_PLACES,
        });
        self.check_amount(&account, &asset_there, amount)?;
        Ok(Asked {
            totals: vec![(asset.to_owned(), amount)],
            ..Asked::default()
        })
    }

    fn settled<'b>(
        &mut self,
        hold: &Hold,
        late: bool,
        settle: &'b Settle,
    ) -> Result<Asked<'b>, Refusal> {
        match settle {
            Settle::Usage(events) => {
                let given = Circumstances {
                    hold: (!late).then_some(hold),
                    ..Circumstances::default()
                };
                self.priced(events, given)
            }
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
        mut asked: Asked<'b>,
        subject: Option<&str>,
    ) -> Result<Asked<'b>, Refusal> {
        match ask {
            Ask::Amount { .. } => self.cap_plain(&mut asked, subject)?,
            Ask::Usage(events) => {
                let given = Circumstances {
                    caps: true,
                    subject,
                    ..Circumstances::default()
                };
                asked = self.priced(events, given)?;
            }
        }
        Ok(asked)
    }
}

/// What is asked, summed by asset, with the fees that it is made of.
#[derive(Default)]
pub(super) struct Asked<'a> {
    pub(super) totals: Vec<(String, Amount)>,
    pub(super) events: &'a [UsageEvent],
    pub(super) fees: Vec<Fee>,
    pub(super) caps: Vec<Cap>,
    warnings: Vec<Warning>,
}

impl<'a> Asked<'a> {
    fn priced(quote: Quote, events: &'a [UsageEvent]) -> Result<Self, Refusal> {
        Ok(Self {
            totals: totals(&quote.fees)?,
            events,
            fees: quote.fees,
            caps: quote.caps,
            warnings: quote.warnings,
        })
    }
}

/// Fees summed by asset, in the order in which the assets first appear.
pub(crate) fn totals(fees: &[Fee]) -> Result<Vec<(String, Amount)>, Refusal> {
    let mut totals: Vec<(String, Amount)> = Vec::new();
    for fee in fees {
        match totals.iter_mut().find(|(asset, _)| *asset == fee.asset) {
            Some((_, sum)) => *sum = sum.plus(fee.amount)?,
            None => totals.push((fee.asset.clone(), fee.amount)),
        }
    }
    Ok(totals)
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
