//! The wallet object: one writer per wallet.
//!
//! 1. Read: the wallet is in memory, folded from a snapshot and the journal's tail when it woke.
//! 2. Decide: the engine answers with entries or a refusal; nothing has changed yet.
//! 3. Write: all rows in one statement, then the same entries are applied to the wallet in memory.
//!
//! Nothing waits between these steps, because what was written before a throw stays written: there
//! is one write, so an operation is there whole or not at all. After a failure of the storage or a
//! trap, the memory is thrown away and the wallet is folded from its rows again.

use crate::engine::amount::Amount;
use crate::engine::command::CreditSource;
use crate::engine::wallet::fold_hold;
use crate::engine::{
    AccountId, Asset, Command, Entry, Fact, Hold, Instant, Refusal, Wallet, as_of, expired_since,
};
use crate::journal::{Answer, Journal, Stop, settle, transact};
use crate::wire::overview::{self, Overview};
use crate::wire::problem::Failure;
use crate::wire::request::{self, ConfirmedPayment, Transaction};
use crate::wire::topup::ConfirmedTopUp;
use crate::wire::{Problem, reply};

use super::call::{Ask, Call, Reply};

/// Fewest rows between two snapshots, so that a wake reads about so many, whatever the wallet's age.
///
/// A snapshot also holds every open hold, so a wallet with many of them waits for as many rows
/// again: the work per operation stays the same, however large the wallet is.
pub const SNAPSHOT_EVERY: u64 = 256;

/// A journal that can also keep a snapshot of the wallet.
pub trait Storage: Journal {
    /// Rewrites the snapshot. It may fail: it changes what a wake costs, never what it means.
    ///
    /// # Errors
    /// When the storage cannot write.
    fn save(&mut self, wallet: &Wallet) -> Result<(), Self::Failure>;
}

/// One wallet, awake.
pub struct WalletObject<S> {
    storage: S,
    wallet: Wallet,
    /// The `seq` of the last snapshot.
    saved: u64,
    /// Usage events were recorded that the directory's index may not know.
    recorded: bool,
}

/// Why a call has no ordinary reply.
enum Trouble {
    Refused(Problem),
    /// The storage failed: the memory can no longer be trusted.
    Failed(String),
}

impl From<Problem> for Trouble {
    fn from(problem: Problem) -> Self {
        Self::Refused(problem)
    }
}

impl From<Refusal> for Trouble {
    fn from(refusal: Refusal) -> Self {
        Self::Refused(refusal.into())
    }
}

impl<S: Storage> WalletObject<S>
where
    S::Failure: ToString,
{
    pub const fn new(storage: S, wallet: Wallet, saved: u64) -> Self {
        Self {
            storage,
            wallet,
            saved,
            recorded: false,
        }
    }

    /// The name that the wallet was opened under; empty before.
    #[must_use]
    pub fn name(&self) -> &str {
        &self.wallet.name
    }

    /// Whether usage events were recorded since this was last asked.
    pub const fn take_recorded(&mut self) -> bool {
        std::mem::replace(&mut self.recorded, false)
    }

    /// Answers one call. `Err` when the storage failed: the object must be woken anew.
    ///
    /// # Errors
    /// What the storage said; it is for the log, never for the caller.
    pub fn call(&mut self, call: &Call, body: &str, at: Instant) -> Result<Reply, String> {
        let at = at.max(self.wallet.at);
        match self.answer(call, body, at) {
            Ok(reply) => {
                self.snapshot_when_due();
                Ok(reply)
            }
            Err(Trouble::Refused(problem)) => Ok(Reply::problem(&problem, &call.request_id)),
            Err(Trouble::Failed(failure)) => Err(failure),
        }
    }

    /// Writes down what has ended by itself. The alarm calls it; nothing depends on it.
    ///
    /// # Errors
    /// What the storage said.
    pub fn settle(&mut self, at: Instant) -> Result<(), String> {
        let settled = settle(&mut self.storage, &mut self.wallet, at);
        settled.map_err(|failure| failure.to_string())?;
        self.snapshot_when_due();
        Ok(())
    }

    /// The next moment at which something ends by itself.
    #[must_use]
    pub fn next_expiry(&self) -> Option<Instant> {
        self.wallet.next_expiry()
    }

    fn snapshot_when_due(&mut self) {
        let holds = u64::try_from(self.wallet.holds.len()).unwrap_or(u64::MAX);
        let due = self
            .saved
            .saturating_add(SNAPSHOT_EVERY.saturating_add(holds));
        if self.wallet.seq >= due && self.storage.save(&self.wallet).is_ok() {
            self.saved = self.wallet.seq;
        }
    }

    fn answer(&mut self, call: &Call, body: &str, at: Instant) -> Result<Reply, Trouble> {
        let opened = self.wallet.is_open();
        if opened && self.wallet.name != call.wallet {
            return Err(Refusal::WrongWallet.into());
        }
        if let Ask::OpenWallet { subscriptions } = &call.ask {
            let commands =
                request::open_wallet(&call.wallet, &call.customer, subscriptions.clone());
            let answers = self.transact(at, &commands)?;
            let replayed = answers.iter().all(|answer| answer.replayed);
            let body = reply::subscriptions(&self.wallet);
            return Ok(Reply::ok(body).replayed(replayed));
        }
        if !opened {
            return Err(Refusal::WalletNotFound.into());
        }
        self.answer_open(call, body, at)
    }

    fn answer_open(&mut self, call: &Call, body: &str, at: Instant) -> Result<Reply, Trouble> {
        let key = call.key.as_deref();
        match &call.ask {
            Ask::Authorize { topup_url } => self.authorize(call, body, topup_url.as_deref(), at),
            Ask::CaptureHold { hold } => self.settle_hold(request::capture(body, key, *hold)?, at),
            Ask::ReleaseHold { hold } => self.settle_hold(request::release(body, *hold)?, at),
            Ask::ExtendHold { hold } => self.settle_hold(request::extend(body, key, *hold)?, at),
            Ask::RecordUsage { represent } => self.record_usage(body, *represent, at),
            Ask::Adjust { precision } => self.post(request::adjustment(body, key)?, *precision, at),
            Ask::Charge { precision } => self.post(request::charge(body, key)?, *precision, at),
            Ask::CreditPayment { payment } => self.credit_payment(payment, at),
            Ask::CreditTopUp { top_up } => self.credit_top_up(top_up, at),
            Ask::OpenWallet { .. } => Err(Refusal::WalletAlreadyOpen.into()),
            Ask::GetHold { .. }
            | Ask::GetEvent { .. }
            | Ask::GetTransaction { .. }
            | Ask::GetWallet
            | Ask::GetOverview
            | Ask::GetAccount { .. }
            | Ask::ListGrants { .. }
            | Ask::ListEntries { .. }
            | Ask::ListHolds { .. }
            | Ask::ListSubscriptions => self.read(&call.ask, at),
        }
    }

    fn transact(&mut self, at: Instant, commands: &[Command]) -> Result<Vec<Answer>, Trouble> {
        transact(&mut self.storage, &mut self.wallet, at, commands).map_err(|(place, stop)| {
            match stop {
                Stop::Failed(failure) => Trouble::Failed(failure.to_string()),
                Stop::Refused(refusal) => Trouble::Refused(placed(refusal, place, commands.len())),
            }
        })
    }

    fn transact_one(&mut self, at: Instant, command: Command) -> Result<Answer, Trouble> {
        let answers = self.transact(at, std::slice::from_ref(&command))?;
        let answer = answers.into_iter().next();
        answer.ok_or_else(|| Trouble::Failed("a command had no answer".into()))
    }

    // Mutations.

    fn authorize(
        &mut self,
        call: &Call,
        body: &str,
        topup_url: Option<&str>,
        at: Instant,
    ) -> Result<Reply, Trouble> {
        let command = request::authorize(body, call.key.as_deref())?;
        match transact(&mut self.storage, &mut self.wallet, at, &[command]) {
            Ok(answers) => {
                let first = answers.first();
                let reply = first.map(|answer| {
                    let body = reply::approved(&self.wallet, &answer.entry);
                    Reply::ok(body).replayed(answer.replayed)
                });
                reply.ok_or_else(|| Trouble::Failed("an authorization had no answer".into()))
            }
            Err((_, Stop::Refused(refusal))) => match &refusal {
                Refusal::InsufficientFunds { shortages } => {
                    Ok(Reply::ok(reply::denied(&refusal, shortages, topup_url)))
                }
                _ => Err(refusal.into()),
            },
            Err((_, Stop::Failed(failure))) => Err(Trouble::Failed(failure.to_string())),
        }
    }

    /// A capture, a release or an extension.
    fn settle_hold(&mut self, command: Command, at: Instant) -> Result<Reply, Trouble> {
        let answer = self.transact_one(at, command)?;
        let body = reply::settled(&self.wallet, &answer.entry);
        Ok(Reply::ok(body).replayed(answer.replayed))
    }

    fn record_usage(&mut self, body: &str, represent: bool, at: Instant) -> Result<Reply, Trouble> {
        let commands = request::record_usage(body)?;
        let answers = self.transact(at, &commands)?;
        let replayed = answers.iter().all(|answer| answer.replayed);
        self.recorded |= !replayed;
        if !represent {
            return Ok(Reply::new(204, String::new()).replayed(replayed));
        }
        let entries = answers.iter().map(|answer| &answer.entry);
        let body = reply::recorded(&self.wallet, entries);
        Ok(Reply::ok(body).replayed(replayed))
    }

    fn post(
        &mut self,
        transaction: Transaction,
        precision: u32,
        at: Instant,
    ) -> Result<Reply, Trouble> {
        let asset = Asset {
            code: transaction.account.asset.clone(),
            precision,
        };
        let answer = self.transact_one(at, transaction.command(asset))?;
        let body = reply::transaction(&answer.entry).unwrap_or_default();
        Ok(Reply::new(201, body).replayed(answer.replayed))
    }

    /// Credits a payment once, whichever of its events comes first. When the first one did not know
    /// the tax, the one that does takes it back.
    fn credit_payment(
        &mut self,
        payment: &ConfirmedPayment,
        at: Instant,
    ) -> Result<Reply, Trouble> {
        let answer = self.transact_one(at, payment.credit())?;
        let mut replayed = answer.replayed;
        if replayed
            && payment.tax_known
            && let Some((grant, tax)) = unknown_tax(&answer.entry, payment.amount)
        {
            replayed = self
                .transact_one(at, payment.exclude_tax(grant, tax))?
                .replayed;
        }
        let body = reply::credited(&self.wallet.customer, &answer.entry);
        Ok(Reply::ok(body).replayed(replayed))
    }

    /// Credits a top-up once, however often it is told that it was paid.
    fn credit_top_up(&mut self, top_up: &ConfirmedTopUp, at: Instant) -> Result<Reply, Trouble> {
        let answer = self.transact_one(at, top_up.credit())?;
        let body = reply::credited(&self.wallet.customer, &answer.entry);
        Ok(Reply::ok(body).replayed(answer.replayed))
    }

    // Reads.

    fn read(&self, ask: &Ask, at: Instant) -> Result<Reply, Trouble> {
        let wallet = as_of(&self.wallet, at);
        let body = match ask {
            Ask::GetWallet => Some(reply::wallet(&wallet, at)),
            Ask::GetOverview => {
                let rows = self.storage.page(u64::MAX, overview::ROWS);
                let rows = rows.map_err(failed)?;
                Some(reply::json(&Overview::of(&wallet, &rows, at)))
            }
            Ask::GetAccount { account } => {
                AccountId::parse(account).and_then(|id| reply::account(&wallet, &id, at))
            }
            Ask::ListGrants {
                account,
                purpose,
                exclude_expired,
                offset,
                limit,
            } => {
                let filter = reply::GrantFilter {
                    purpose: *purpose,
                    exclude_expired: *exclude_expired,
                    offset: *offset,
                    limit: *limit,
                };
                let id = AccountId::parse(account);
                id.and_then(|id| reply::grants(&wallet, &id, at, &filter))
            }
            Ask::ListHolds { after, limit } => {
                Some(reply::holds(&wallet.customer, &wallet, *after, *limit))
            }
            Ask::ListSubscriptions => Some(reply::subscriptions(&wallet)),
            Ask::ListEntries { before, limit } => {
                let rows = self.storage.page(*before, limit.saturating_add(1));
                Some(reply::entries(&rows.map_err(failed)?, *limit))
            }
            Ask::GetHold { hold } => {
                let hold = self.hold(&wallet, *hold)?;
                Some(reply::hold(&wallet.customer, &hold))
            }
            Ask::GetEvent { id } => {
                let row = self.storage.find(&format!("event:{id}")).map_err(failed)?;
                row.and_then(|row| reply::event(&wallet, &row.entry))
            }
            Ask::GetTransaction { id } => {
                let row = self.storage.find(&format!("tx:{id}")).map_err(failed)?;
                row.and_then(|row| reply::transaction(&row.entry))
            }
            _ => None,
        };
        let missing = || Failure::NotFound.because("This wallet has nothing under that name.");
        Ok(Reply::ok(body.ok_or_else(missing)?))
    }

    /// The hold as it is now: open, ended according to the journal, or expired since the last row.
    fn hold(&self, wallet: &Wallet, id: u64) -> Result<Hold, Trouble> {
        if let Some(hold) = wallet.holds.get(&id) {
            return Ok(hold.clone());
        }
        if let Some(hold) = expired_since(&self.wallet, wallet, id) {
            return Ok(hold);
        }
        let rows = self.storage.hold_rows(id).map_err(failed)?;
        let hold = fold_hold(rows.iter().map(|row| &row.entry));
        hold.ok_or_else(|| Refusal::HoldNotFound.into())
    }
}

fn failed<F: ToString>(failure: F) -> Trouble {
    Trouble::Failed(failure.to_string())
}

/// A refusal in a batch names the event it is about.
fn placed(refusal: Refusal, place: usize, of: usize) -> Problem {
    if of <= 1 {
        return refusal.into();
    }
    let refusal = match refusal {
        Refusal::UsageNotANumber { field, .. } => Refusal::UsageNotANumber {
            event: place,
            field,
        },
        other => other,
    };
    let sentence = refusal.sentence();
    let mut problem = Problem::from(refusal);
    problem.detail = format!("events[{place}]: {sentence} Nothing of the batch was recorded.");
    if problem.errors.is_empty() {
        problem.errors.add(&format!("events[{place}]"), sentence);
    }
    problem
}

/// The grant of a payment that was credited with its tax, and how much that was too much.
fn unknown_tax(entry: &Entry, net: Amount) -> Option<(u64, Amount)> {
    let Fact::Credited {
        grant,
        amount,
        source: CreditSource::Payment {
            tax_known: false, ..
        },
        ..
    } = &entry.fact
    else {
        return None;
    };
    let tax = amount.minus(net).ok().filter(|tax| tax.is_positive())?;
    Some((*grant, tax))
}
