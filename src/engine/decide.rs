//! The question: given this wallet, at this moment, may this happen? The answer is a fact or a
//! refusal, and neither has changed anything yet.

use std::borrow::Cow;

use super::account::{Draw, Move, WalletAccount, take};
use super::amount::{Amount, MAX_PLACES};
use super::asset::{AccountId, Asset};
use super::command::{Action, Ask, Command, Credit, Debit, OnInsufficient, Settle};
use super::entry::{AccountChange, Cap, Entry, FORMAT, Fact};
use super::grant::{DEFAULT_PRIORITY, GrantId, Terms};
use super::hold::{Hold, HoldId, HoldStatus, MAX_OPEN, MAX_SECONDS};
use super::price::{Circumstances, Fee, PricedProduct, Quote, Warning, quote};
use super::refusal::{Refusal, Shortage};
use super::time::Instant;
use super::usage::UsageEvent;
use super::wallet::{Wallet, apply};

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
    if let Some(hold) = wallet.expired_hold(at) {
        let mut draft = Draft::new(wallet, at, None);
        draft.give_back(hold);
        let fact = Fact::HoldExpired { hold: hold.id };
        return draft.entry(&hold_end_op(hold.id), "", fact).ok();
    }
    wallet.accounts.iter().find_map(|(id, account)| {
        let draw = account.lapses(at).next()?;
        let mut draft = Draft::new(wallet, at, None);
        draft.make(id, Move::Lapse(draw));
        let fact = Fact::GrantExpired {
            grant: draw.grant,
            amount: draw.amount,
        };
        // A grant can lapse again when a hold gives back to it, but only inside that hold's entry.
        let op = format!("grant:{}:expired", draw.grant);
        draft.entry(&op, "", fact).ok()
    })
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
            | Self::Credit(_)
            | Self::Authorize { .. }
            | Self::RecordUsage { .. }
            | Self::Debit(_)
            | Self::ExcludeTax { .. } => None,
        }
    }
}

/// An entry in the making: the moves so far, and the touched accounts as they would be.
struct Draft<'a> {
    wallet: &'a Wallet,
    at: Instant,
    ended: Option<&'a Hold>,
    accounts: Vec<Touched>,
}

struct Touched {
    id: AccountId,
    is_new: bool,
    account: WalletAccount,
    moves: Vec<Move>,
}

impl<'a> Draft<'a> {
    const fn new(wallet: &'a Wallet, at: Instant, ended: Option<&'a Hold>) -> Self {
        Self {
            wallet,
            at,
            ended,
            accounts: Vec::new(),
        }
    }

    fn decide(mut self, command: &Command) -> Result<Entry, Refusal> {
        let opens = matches!(command.action, Action::OpenWallet { .. });
        if !opens && !self.wallet.is_open() {
            return Err(Refusal::WalletNotFound);
        }
        let fact = match &command.action {
            Action::OpenWallet { wallet, customer } => self.open_wallet(wallet, customer)?,
            Action::Subscribe { products } => self.subscribe(products)?,
            Action::Credit(credit) => self.credit(credit)?,
            Action::Authorize {
                ask,
                on_insufficient,
                seconds,
                subject,
            } => self.authorize(ask, *on_insufficient, *seconds, subject.clone())?,
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
            Action::ExcludeTax {
                payment,
                grant,
                account,
                tax,
            } => self.exclude_tax(payment, *grant, account, *tax)?,
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
    fn entry(self, op: &str, request: &str, fact: Fact) -> Result<Entry, Refusal> {
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
        })
    }

    const fn next_seq(&self) -> u64 {
        self.wallet.seq.saturating_add(1)
    }

    // Accounts.

    /// The account as it would be now, when the wallet has it.
    fn account(&mut self, id: &AccountId) -> Option<&mut Touched> {
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
    fn ensure_account(&mut self, id: &AccountId, asset: &Asset) {
        if self.account(id).is_none() {
            self.touch(id, WalletAccount::new(asset.clone()), true);
        }
    }

    fn make(&mut self, id: &AccountId, change: Move) {
        let at = self.at;
        if let Some(touched) = self.account(id) {
            touched.account.apply(at, &change);
            touched.moves.push(change);
        }
    }

    fn make_all(&mut self, id: &AccountId, moves: Vec<Move>) {
        for one in moves {
            self.make(id, one);
        }
    }

    fn available(&mut self, asset: &str) -> Result<Amount, Refusal> {
        let at = self.at;
        match self.account(&AccountId::default_for(asset)) {
            Some(touched) => Ok(touched.account.available(at)?),
            None => Ok(Amount::ZERO),
        }
    }

    // Opening and subscribing.

    fn open_wallet(&self, wallet: &str, customer: &str) -> Result<Fact, Refusal> {
        if self.wallet.is_open() {
            return Err(Refusal::WalletAlreadyOpen);
        }
        Ok(Fact::WalletOpened {
            wallet: wallet.to_owned(),
            customer: customer.to_owned(),
        })
    }

    /// Copies the published prices in, and makes an account for each of their assets.
    fn subscribe(&mut self, products: &[PricedProduct]) -> Result<Fact, Refusal> {
        for (place, product) in products.iter().enumerate() {
            let earlier = products.iter().take(place);
            if self
                .wallet
                .products()
                .chain(earlier)
                .any(|one| one.code == product.code)
            {
                return Err(Refusal::AlreadySubscribed {
                    code: product.code.clone(),
                });
            }
            for pricing in product.prices.iter().flat_map(|price| &price.pricing) {
                let id = AccountId::default_for(&pricing.asset.code);
                self.ensure_account(&id, &pricing.asset);
            }
        }
        Ok(Fact::Subscribed {
            products: products.to_vec(),
        })
    }

    // Money in and out.

    /// Opens a grant. Debt is repaid first, from the new credit, if it is effective already.
    fn credit(&mut self, credit: &Credit) -> Result<Fact, Refusal> {
        self.check_amount(&credit.account, &credit.asset, credit.amount)?;
        self.ensure_account(&credit.account, &credit.asset);
        let grant = self.next_seq();
        let terms = Terms {
            purpose: credit.purpose,
            priority: DEFAULT_PRIORITY,
            effective_at: credit.effective_at.unwrap_or(self.at),
            expires_at: credit.expires_at,
        };
        let at = self.at;
        let live = terms.effective_at <= at && terms.expires_at.is_none_or(|expiry| expiry > at);
        self.make(
            &credit.account,
            Move::Open {
                grant,
                amount: credit.amount,
                terms,
            },
        );
        let mut debt = Amount::ZERO;
        if let Some(touched) = self.account(&credit.account) {
            touched.account.all_credit()?;
            debt = touched.account.debt;
        }
        let repaid = if live {
            debt.min(credit.amount)
        } else {
            Amount::ZERO
        };
        if repaid.is_positive() {
            let amount = repaid;
            self.make(&credit.account, Move::Repay(Draw { grant, amount }));
        }
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
        self.post(&debit.account, debit.amount)?;
        Ok(Fact::Debited {
            amount: debit.amount,
            cause: debit.cause.clone(),
            subject: debit.subject.clone(),
            description: debit.description.clone(),
            metadata: debit.metadata.clone(),
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
    fn post(&mut self, id: &AccountId, amount: Amount) -> Result<(), Refusal> {
        let at = self.at;
        if let Some(touched) = self.account(id) {
            let moves = touched.account.debit(at, amount)?;
            self.make_all(id, moves);
        }
        Ok(())
    }

    fn record_usage(&mut self, event: &UsageEvent) -> Result<Fact, Refusal> {
        let quote = self.quote(std::slice::from_ref(event), Circumstances::default())?;
        for (asset, amount) in &quote.totals {
            self.post(&AccountId::default_for(asset), *amount)?;
        }
        Ok(Fact::UsageRecorded {
            event: event.clone(),
            fees: quote.fees,
            warnings: quote.warnings,
        })
    }

    /// Prices usage as the wallet stands now.
    fn quote(&self, events: &[UsageEvent], given: Circumstances<'_>) -> Result<Quote, Refusal> {
        let given = Circumstances {
            at: self.at,
            wallet: Some(self.wallet),
            ..given
        };
        quote(self.wallet.products(), events, &given)
    }

    /// An amount's asset can express it, and no amount of a command is negative. The wallet's own
    /// asset decides, once it has one; the request's does before.
    fn check_amount(
        &mut self,
        account: &AccountId,
        asset: &Asset,
        amount: Amount,
    ) -> Result<(), Refusal> {
        let known = self
            .account(account)
            .map(|touched| touched.account.asset.clone());
        let asset = known.as_ref().unwrap_or(asset);
        if !asset.can_express(amount) {
            return Err(Refusal::TooPrecise {
                asset: asset.code.clone(),
                precision: asset.precision,
            });
        }
        if amount.is_negative() {
            return Err(Refusal::AmountOutOfRange);
        }
        Ok(())
    }

    // Holds.

    fn authorize(
        &mut self,
        ask: &Ask,
        on_insufficient: OnInsufficient,
        seconds: u32,
        subject: Option<String>,
    ) -> Result<Fact, Refusal> {
        let mut asked = self.asked(ask)?;
        let open = self.wallet.holds.len();
        if open >= MAX_OPEN {
            return Err(Refusal::TooManyOpenHolds { open });
        }
        let shortages = self.shortages(&asked.totals)?;
        let capped = !shortages.is_empty();
        if capped {
            match on_insufficient {
                OnInsufficient::Deny => return Err(Refusal::InsufficientFunds { shortages }),
                OnInsufficient::Cap => asked = self.capped(ask, asked)?,
            }
            if asked.totals.iter().all(|(_, amount)| amount.is_zero()) {
                return Err(Refusal::InsufficientFunds { shortages });
            }
        }
        self.reserve(&asked.totals);
        Ok(Fact::HoldAuthorized {
            hold: self.next_seq(),
            expires_at: self.at.plus_seconds(seconds.min(MAX_SECONDS)),
            subject,
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
        let asked = ask.map_or(Ok(Asked::default()), |ask| self.asked(ask))?;
        let shortages = self.shortages(&asked.totals)?;
        if !shortages.is_empty() {
            return Err(Refusal::InsufficientFunds { shortages });
        }
        self.reserve(&asked.totals);
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
            let held = if late {
                Vec::new()
            } else {
                self.held_in_order(&hold, &account)
            };
            let (draws, excess) = take(held.into_iter(), *amount);
            self.make_all(&account, draws.into_iter().map(Move::Capture).collect());
            self.post(&account, excess)?;
        }
        let closes = closes || late;
        if closes && !late {
            let rest = self.rest_after_moves(&hold);
            self.give_back(&rest);
        }
        let events = match settle {
            Settle::Usage(events) => events.clone(),
            Settle::Everything | Settle::Amount { .. } => Vec::new(),
        };
        Ok(Fact::HoldCaptured {
            hold: id,
            closes,
            late,
            events,
            fees: settled.fees,
            warnings: settled.warnings,
        })
    }

    fn release_hold(&mut self, id: HoldId, reason: Option<String>) -> Result<Fact, Refusal> {
        let hold = self.open_hold(id)?;
        self.give_back(&hold);
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
    fn held_in_order(&mut self, hold: &Hold, account: &AccountId) -> Vec<Draw> {
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
                    }
                }
            }
        }
        rest
    }

    /// Releases all that is still reserved. What comes back to expired credit lapses at once; other
    /// expired credit lapses under its own name.
    fn give_back(&mut self, hold: &Hold) {
        let at = self.at;
        for one in &hold.reservations {
            let releases = one.draws.iter().copied().map(Move::Release);
            self.make_all(&one.account, releases.collect());
            let Some(touched) = self.account(&one.account) else {
                continue;
            };
            let came_back = |lapse: &Draw| one.draws.iter().any(|draw| draw.grant == lapse.grant);
            let lapses = touched.account.lapses(at).filter(came_back);
            let lapses = lapses.map(Move::Lapse).collect();
            self.make_all(&one.account, lapses);
            if !one.draws.is_empty() {
                self.repay(&one.account);
            }
        }
    }

    /// Repays debt from money that has become free. Else that credit could expire while the
    /// customer owes what it would have paid.
    fn repay(&mut self, id: &AccountId) {
        let at = self.at;
        let moves = self
            .account(id)
            .map(|touched| touched.account.repayment(at));
        self.make_all(id, moves.unwrap_or_default());
    }

    fn reserve(&mut self, totals: &[(String, Amount)]) {
        let at = self.at;
        for (asset, amount) in totals {
            let id = AccountId::default_for(asset);
            let draws = self
                .account(&id)
                .map(|touched| touched.account.plan(at, *amount).0);
            let moves = draws.unwrap_or_default().into_iter().map(Move::Reserve);
            self.make_all(&id, moves.collect());
        }
    }

    fn shortages(&mut self, totals: &[(String, Amount)]) -> Result<Vec<Shortage>, Refusal> {
        let mut shortages = Vec::new();
        for (asset, required) in totals {
            let available = self.available(asset)?;
            if required.is_positive() && *required > available {
                shortages.push(Shortage {
                    asset: asset.clone(),
                    required: *required,
                    available,
                });
            }
        }
        Ok(shortages)
    }

    // What is asked, in amounts.

    fn asked(&mut self, ask: &Ask) -> Result<Asked, Refusal> {
        match ask {
            Ask::Usage(events) => Ok(self.quote(events, Circumstances::default())?.into()),
            Ask::Amount { asset, amount } => self.plain(asset, *amount),
        }
    }

    fn plain(&mut self, asset: &str, amount: Amount) -> Result<Asked, Refusal> {
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

    fn settled(&mut self, hold: &Hold, late: bool, settle: &Settle) -> Result<Asked, Refusal> {
        match settle {
            Settle::Usage(events) => {
                let given = Circumstances {
                    hold: (!late).then_some(hold),
                    ..Circumstances::default()
                };
                Ok(self.quote(events, given)?.into())
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

    /// Lowers what is asked to what there is. Fees are honoured in their order, so the first one
    /// that does not fit is the one whose volume has to be clamped.
    fn capped(&mut self, ask: &Ask, asked: Asked) -> Result<Asked, Refusal> {
        if let Ask::Usage(events) = ask {
            let given = Circumstances {
                caps: true,
                ..Circumstances::default()
            };
            return Ok(self.quote(events, given)?.into());
        }
        let mut capped = asked;
        for (asset, amount) in &mut capped.totals {
            *amount = (*amount).min(self.available(asset)?.max(Amount::ZERO));
        }
        Ok(capped)
    }
}

/// What is asked, summed by asset, with the fees that it is made of.
#[derive(Default)]
struct Asked {
    totals: Vec<(String, Amount)>,
    fees: Vec<Fee>,
    caps: Vec<Cap>,
    warnings: Vec<Warning>,
}

impl From<Quote> for Asked {
    fn from(quote: Quote) -> Self {
        Self {
            totals: quote.totals,
            fees: quote.fees,
            caps: quote.caps,
            warnings: quote.warnings,
        }
    }
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
