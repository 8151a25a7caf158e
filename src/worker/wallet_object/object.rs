//! The wallet object: one writer per wallet.
//!
//! 1. Read: the wallet is in memory, folded from a snapshot and the journal's tail when it woke.
//! 2. Decide: the engine answers with entries or a refusal; nothing has changed yet.
//! 3. Write: all rows in one statement, then the same entries are applied to the wallet in memory.
//!
//! Nothing waits between these steps, because what was written before a throw stays written: there
//! is one write, so an operation is there whole or not at all. After a failure of the storage or a
//! trap, the memory is thrown away and the wallet is folded from its rows again.
//!
//! | what ends a call | rows | memory | reply |
//! |---|---|---|---|
//! | accepted | written | applied | the entry's |
//! | known operation, same request | none | as before | that of the row, replayed |
//! | known operation, other request | none | as before | 422 |
//! | refused | none | as before | the refusal's |
//! | more is due than it may write | what was due first | applied | 422, try again |
//! | storage failed | none, or all | thrown away | 503, by the caller of this |
//!
//! Reads are of the wallet as it would be now: what has ended by itself counts as ended, written
//! or not. So the alarm may be late and no balance is wrong.

use crate::engine::budget::Preset;
use crate::engine::command::ExternalId;
use crate::engine::fold::next_hold;
use crate::engine::subscription::Change;
use crate::engine::{
    AccountId, Action, Asset, Budget, Command, Entry, Fact, Hold, Instant, Refusal, Wallet,
    expired_since,
};
use crate::journal::limits::{MAX_WALLET, MEASURE_EVERY};
use crate::journal::turns::{BEHIND, seen};
use crate::journal::{Answer, Stop, Storage, settle, transact};
use crate::wire::limits::{self, NewBudget, NewOverdraft};
use crate::wire::money::{self, Transaction};
use crate::wire::overview::{self, Overview};
use crate::wire::paylink;
use crate::wire::problem::Failure;
use crate::wire::reply::json;
use crate::wire::request;
use crate::wire::subscription::{self, PricedSubscription};
use crate::wire::{Problem, ids, usage, wallet};

use crate::worker::edge::call::{Ask, Call, MOVED};
use crate::worker::edge::reply::Reply;

use super::shipment;

/// Fewest rows between two snapshots, so that a wake reads about so many, whatever the wallet's age.
///
/// A snapshot also holds every open hold and every value that budgets count, so a wallet with many of
/// them waits for as many rows again: the work per operation stays the same, however large the wallet is.
///
/// ```text
/// rows that a wake reads <= 256 + open holds + budget values + rows of the last call
/// cost of snapshots per row = (wallet's size) / (256 + holds + values) = O(1)
/// ```
pub const SNAPSHOT_EVERY: u64 = 256;

/// Bytes of rows after which a snapshot is due in any case, because rows may be large: a wake reads no more of
/// them, and the wallet's own size beside it.
///
/// 256 ordinary rows have some 150 KB.
const SNAPSHOT_BYTES: usize = 4 * 1_024 * 1_024;

/// What the directory does not know: up to which row, those rows, and all subscriptions; as JSON lists.
pub type Untold = (u64, Vec<String>, Vec<String>);

/// One wallet, awake.
///
/// ```text
/// wallet = fold(rows 1 ..= wallet.seq)          between two calls, always
/// saved <= wallet.seq                           the snapshot is never ahead of the journal
/// wallet.at <= at of every call                 time never goes back
/// recorded ⇐ a call other than an authorization wrote a row that the directory is told of
/// ```
///
/// `recorded` may be true for nothing, which costs one look at the journal. What time makes due in
/// an authorization is not noted: the alarm that was set for that moment tells it.
pub struct WalletObject<S> {
    /// Where the rows are; the one thing here that can fail.
    pub(super) storage: S,
    /// Changed only by entries that are written.
    pub(super) wallet: Wallet,
    /// The `seq` of the last snapshot.
    saved: u64,
    /// Usage was recorded that the directory may not know.
    pub(super) recorded: bool,
}

/// What the directory does not know yet: up to which `seq`, the rows, and the subscriptions.
type ToTell = (u64, Vec<String>, Vec<String>);

/// Why a call has no ordinary reply.
pub(super) enum Trouble {
    /// The call was understood, and nothing has changed.
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
    /// A wallet that was just folded; `saved` is the `seq` of the snapshot that it was folded
    /// from.
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

    /// Whether usage was recorded since this was last asked.
    /// Asking resets it: whoever asks sees to it that the directory is told.
    pub const fn take_recorded(&mut self) -> bool {
        std::mem::replace(&mut self.recorded, false)
    }

    /// Answers one call. `Err` when the storage failed: the object must be woken anew.
    ///
    /// The reply is whole: a problem has its status and its body already.
    ///
    /// # Errors
    /// What the storage said; it is for the log, never for the caller.
    pub fn call(&mut self, call: &Call, body: &str, at: Instant) -> Result<Reply, String> {
        // Clocks of two machines differ, and an object may move: time stands still until it has
        // caught up.
        let at = at.max(self.wallet.at);
        let before = self.wallet.seq;
        match self.answer(call, body, at) {
            Ok(reply) => {
                // In the same turn as the row that crossed a threshold, so that both are there or neither.
                self.recharge_when_due(before, at)?;
                // After the reply is made: a snapshot that fails must not change what is answered.
                self.snapshot_when_due();
                Ok(reply)
            }
            // A refusal is an answer, and the memory is as good as before: only a failure wakes
            // the wallet anew. What had fallen due may be written even so.
            Err(Trouble::Refused(problem)) => {
                self.snapshot_when_due();
                Ok(Reply::problem(&problem, &call.request_id))
            }
            Err(Trouble::Failed(failure)) => Err(failure),
        }
    }

    /// Writes down what has ended by itself. The alarm calls it; nothing depends on it.
    ///
    /// Called twice at one moment it writes nothing the second time.
    ///
    /// # Errors
    /// What the storage said.
    pub fn settle(&mut self, at: Instant) -> Result<(), String> {
        let settled = settle(&mut self.storage, &mut self.wallet, at);
        settled.map_err(|failure| failure.to_string())?;
        self.recharge(&[], at)
            .map_err(|failure| failure.to_string())?;
        self.snapshot_when_due();
        Ok(())
    }

    /// The next moment at which something ends by itself.
    /// Of holds, grants, subscriptions and what else has an end; none where nothing has.
    #[must_use]
    pub fn next_expiry(&self) -> Option<Instant> {
        self.wallet.next_expiry()
    }

    /// Rewrites the snapshot where enough rows were written since the last one; see
    /// [`SNAPSHOT_EVERY`].
    fn snapshot_when_due(&mut self) {
        // Holds and values are most of a large wallet, and their number is known without a walk
        // over them.
        let holds = u64::try_from(self.wallet.holds.len()).unwrap_or(u64::MAX);
        let values = self.wallet.budgets.values().map(Budget::size);
        let values = u64::try_from(values.sum::<usize>()).unwrap_or(u64::MAX);
        let due = self
            .saved
            .saturating_add(SNAPSHOT_EVERY)
            .saturating_add(holds.saturating_add(values));
        let weight = self.storage.weight();
        let heavy = weight.since >= SNAPSHOT_BYTES.max(weight.saved);
        let may_be_full = weight.most() > MAX_WALLET && weight.since >= MEASURE_EVERY;
        // A failure is passed over: the next call tries again, and until then a wake reads more
        // rows.
        let due = self.wallet.seq >= due || heavy || may_be_full;
        if due && self.storage.save(&self.wallet).is_ok() {
            self.saved = self.wallet.seq;
        }
    }

    /// What comes before the question itself: is this the wallet, is it open, does it go by that
    /// name?
    ///
    /// | wallet | the call | answer |
    /// |---|---|---|
    /// | open under another name | any | refused, `WrongWallet` |
    /// | any | `OpenWallet`, `ChangeExternalId` | done, or replayed |
    /// | not open, or goes by another external id | names an external id | [`MOVED`] |
    /// | not open | names an id | refused, `WalletNotFound` |
    /// | open | any | [`WalletObject::answer_open`] |
    fn answer(&mut self, call: &Call, body: &str, at: Instant) -> Result<Reply, Trouble> {
        let opened = self.wallet.is_open();
        // The object has checked the name already; a storage that was copied elsewhere would only
        // be noticed here.
        if opened && self.wallet.name != call.wallet {
            return Err(Refusal::WrongWallet.into());
        }
        if let Ask::OpenWallet {
            subscriptions,
            pay_at,
            presets,
        } = &call.ask
        {
            let mut commands =
                wallet::open_wallet(&call.wallet, &call.customer, subscriptions.clone());
            if !opened && !presets.is_empty() {
                // Before anything is subscribed; to a wallet that is open already this is a replay.
                commands.insert(1, limits::change_presets(presets.clone(), &call.request_id));
            }
            let answers = self.transact(at, &commands)?;
            // One new subscription among known ones is something new, so only all of them make a
            // replay.
            let replayed = answers.iter().all(|answer| answer.replayed);
            // Before the answer is written: the first fees are due at once and belong into it.
            self.settle_due(at)?;
            let body = subscription::subscriptions(&self.wallet, pay_at);
            return Ok(Reply::ok(body).replayed(replayed));
        }
        if let Ask::ChangeExternalId(external) = &call.ask {
            return self.change_external_id(call, external, at);
        }
        // Sockets are the platform's, and closed before this is asked.
        if matches!(call.ask, Ask::EndWatch { .. }) {
            return Ok(Reply::new(204, String::new()));
        }
        // Before `WalletNotFound`, because the customer may well exist, under another id.
        let named = call.external_id.as_deref();
        if named.is_some_and(|named| !opened || !self.wallet.goes_by(named)) {
            return Ok(Reply::new(MOVED, String::new()));
        }
        if !opened {
            return Err(Refusal::WalletNotFound.into());
        }
        self.answer_open(call, body, at)
    }

    /// One arm per question, so that a new one cannot be forgotten: there is no default.
    fn answer_open(&mut self, call: &Call, body: &str, at: Instant) -> Result<Reply, Trouble> {
        let key = call.key.as_deref();
        match &call.ask {
            Ask::Authorize { .. } => self.authorize(call, body, at),
            Ask::CaptureHold { hold } => self.settle_hold(usage::capture(body, key, *hold)?, at),
            Ask::ReleaseHold { hold } => self.settle_hold(usage::release(body, *hold)?, at),
            Ask::ExtendHold { hold, .. } => self.extend_hold(call, body, *hold, at),
            Ask::RecordUsage { represent } => self.record_usage(body, *represent, at),
            Ask::Adjust { precision } => self.post(money::adjustment(body, key)?, *precision, at),
            Ask::Charge { precision } => self.post(money::charge(body, key)?, *precision, at),
            Ask::VoidGrant { grant } => self.void_grant(*grant, body, at),
            Ask::Reverse => self.reverse(body, at),
            Ask::PriceUsage => self.price_usage(body, at),
            Ask::CreditPayment { payment } => self.credit_payment(payment, at),
            Ask::RefundPayment { refund } => self.refund_payment(refund, at),
            Ask::CreditTopUp { top_up } => self.credit_top_up(top_up, at),
            Ask::ToldClaim { claim } => self.told_claim(claim, at),
            Ask::Refund => self.refund(call, body, at),
            Ask::PlanRefund { op } => self.plan_refund(call, body, op, at),
            Ask::ChangeFreeze => self.change_freeze(call, body, at),
            Ask::RedeemCode { redemption } => self.redeem_code(redemption, at),
            Ask::SetOverdraft { precision } => self.set_overdraft(call, body, *precision, at),
            Ask::ToldPlan(plan) => self.told_plan(plan, at),
            Ask::Recharge(ask) => self.answer_recharge(call, ask, body, at),
            Ask::SetBudget { code, precision } => self.set_budget(call, body, code, *precision, at),
            Ask::RemoveBudget { code } => self.remove_budget(call, code, at),
            Ask::ChangeSettings => self.change_settings(wallet::change_settings(body, key)?, at),
            Ask::Subscribe {
                subscription,
                pay_at,
                presets,
            } => self.subscribe(call, (subscription, presets.as_deref()), pay_at, at),
            Ask::ChangeSubscription {
                subscription,
                change,
            } => self.change_standing(call, (*subscription, *change), at),
            Ask::SubscribedBefore { .. } => self.subscribed_before(call, at),
            Ask::ChangeProduct { .. } => self.change_product(call, at),
            // Answered above. Listed here only because the compiler asks for every arm.
            Ask::OpenWallet { .. } | Ask::ChangeExternalId(_) | Ask::EndWatch { .. } => {
                Err(Refusal::WalletAlreadyOpen.into())
            }
            Ask::GetHold { .. }
            | Ask::GetEvent { .. }
            | Ask::GetTransaction { .. }
            | Ask::GetPayments { .. }
            | Ask::GetSettings
            | Ask::GetWallet
            | Ask::GetOverview
            | Ask::GetAccount { .. }
            | Ask::ListGrants { .. }
            | Ask::ListEntries { .. }
            | Ask::ListUnpriced { .. }
            | Ask::ListHolds { .. }
            | Ask::ListSubscriptions { .. }
            | Ask::GetUnpaid { .. }
            | Ask::ListOverdrafts
            | Ask::ListBudgets
            | Ask::GetBudget { .. } => self.look(&call.ask, at),
        }
    }

    /// Answers a read. What is due need not be written for it, unless it is more than one read decides for
    /// itself.
    fn look(&mut self, ask: &Ask, at: Instant) -> Result<Reply, Trouble> {
        if let Some(reply) = self.read(ask, at)? {
            return Ok(reply);
        }
        self.settle_due(at)?;
        self.read(ask, at)?.ok_or_else(|| BEHIND.into())
    }

    /// The customer exists in the directory, so its wallet may be opened here. A change that is older
    /// than the last one is old news.
    ///
    /// The reply is 204 either way: the caller wants it to be known, not to have been new.
    fn change_external_id(
        &mut self,
        call: &Call,
        external: &ExternalId,
        at: Instant,
    ) -> Result<Reply, Trouble> {
        // Calls of two changes may arrive in either order, so the higher revision wins and not the
        // later call.
        let known = self.wallet.external_id.as_ref();
        if known.is_none_or(|known| known.revision < external.revision) {
            let mut commands = wallet::open_wallet(&call.wallet, &call.customer, Vec::new());
            if self.wallet.is_open() {
                // Opening comes first only where the wallet is not open: then both happen, or
                // neither.
                commands.clear();
            }
            commands.push(wallet::change_external_id(external));
            self.transact(at, &commands)?;
        }
        Ok(Reply::new(204, String::new()))
    }

    /// A subscription, and at once what it makes due: its first fees, its credit.
    ///
    /// The operation's id is the `Idempotency-Key`, or else the request's own id: then sending it
    /// again makes a second subscription, as without a key nobody can tell them apart.
    ///
    /// What the account's budgets are by now comes with it, in the same step.
    fn subscribe(
        &mut self,
        call: &Call,
        (subscription, presets): (&PricedSubscription, Option<&[Preset]>),
        pay_at: &str,
        at: Instant,
    ) -> Result<Reply, Trouble> {
        let id = call.key.as_deref().unwrap_or(&call.request_id);
        let command = subscription.clone().command(format!("subscribe:{id}"));
        let known = self.storage.find(&command.op).map_err(failed)?;
        let changed = presets.filter(|presets| known.is_none() && *presets != self.wallet.presets);
        let changed = changed.map(|one| limits::change_presets(one.to_vec(), &call.request_id));
        let commands: Vec<Command> = changed.into_iter().chain([command]).collect();
        let answer = self.transact(at, &commands)?.pop();
        let answer = answer.ok_or_else(|| Trouble::Failed("a command had no answer".into()))?;
        self.settle_due(at)?;
        // As it is now, also in a replay: what a subscription lacks may have been paid since.
        let body = subscription::subscription(&self.wallet, answer.entry.seq, pay_at);
        Ok(Reply::new(201, body.unwrap_or_default()).replayed(answer.replayed))
    }

    /// The subscription that this very request made, while its products could still be had.
    fn subscribed_before(&mut self, call: &Call, at: Instant) -> Result<Reply, Trouble> {
        let Ask::SubscribedBefore { asked, pay_at } = &call.ask else {
            return Err(Refusal::SubscriptionNotFound.into());
        };
        let id = call.key.as_deref().unwrap_or(&call.request_id);
        let row = self.storage.find(&format!("subscribe:{id}"));
        let row = row.map_err(failed)?;
        let none = || Failure::NotFound.because("Nothing was subscribed under this key.");
        let entry = row.ok_or_else(none)?.entry;
        if entry.request != *asked {
            return Err(Refusal::OperationIdReused.into());
        }
        self.settle_due(at)?;
        let body = subscription::subscription(&self.wallet, entry.seq, pay_at);
        Ok(Reply::new(201, body.unwrap_or_default()).replayed(true))
    }

    /// A change of a subscription or of one of its products; both are one operation each and
    /// answer 204.
    fn change_subscription(
        &mut self,
        call: &Call,
        subscription: u64,
        action: Action,
        (asked, at): (&str, Instant),
    ) -> Result<Reply, Trouble> {
        let id = call.key.as_deref().unwrap_or(&call.request_id);
        // The subscription is part of the id, because a caller's key need not be unique among all
        // of them.
        let mut command = request::command(format!("sub:{subscription}:change:{id}"), action);
        if !asked.is_empty() {
            // The version of today must not decide whether this is the request of yesterday.
            asked.clone_into(&mut command.request);
        }
        let answer = self.transact_one(at, command)?;
        self.settle_due(at)?;
        Ok(Reply::new(204, String::new()).replayed(answer.replayed))
    }

    /// Another product takes the place of one of its own.
    fn change_product(&mut self, call: &Call, at: Instant) -> Result<Reply, Trouble> {
        let Ask::ChangeProduct {
            subscription,
            product,
            replaces,
            prorate,
            asked,
        } = &call.ask
        else {
            return Err(Refusal::SubscriptionNotFound.into());
        };
        let action = Action::ChangeProduct {
            subscription: *subscription,
            product: product.clone(),
            replaces: replaces.clone(),
            prorate: *prorate,
        };
        self.change_subscription(call, *subscription, action, (asked, at))
    }

    /// It is cancelled, resumed, activated or deactivated.
    fn change_standing(
        &mut self,
        call: &Call,
        (subscription, change): (u64, Change),
        at: Instant,
    ) -> Result<Reply, Trouble> {
        let action = Action::ChangeSubscription {
            subscription,
            change,
        };
        self.change_subscription(call, subscription, action, ("", at))
    }

    /// Writes down what a command has made due at this very moment.
    ///
    /// Which rows they are is not looked at: a shipment that finds nothing does no harm.
    pub(super) fn settle_due(&mut self, at: Instant) -> Result<(), Trouble> {
        let rows = settle(&mut self.storage, &mut self.wallet, at).map_err(failed)?;
        self.recorded |= rows > 0;
        Ok(())
    }

    /// Decides and writes commands as one step, and notes whether the directory has something to
    /// learn.
    ///
    /// # Errors
    /// The first refusal, with its place in the batch; or the storage's failure.
    fn transact(&mut self, at: Instant, commands: &[Command]) -> Result<Vec<Answer>, Trouble> {
        let before = self.wallet.seq;
        match transact(&mut self.storage, &mut self.wallet, at, commands) {
            Ok(answers) => {
                let new = answers.iter().filter(|answer| !answer.replayed);
                // Rows beyond the answers are what time has made due, such as renewals.
                let due = self.wallet.seq.saturating_sub(before) > new.clone().count() as u64;
                self.recorded |= due;
                self.recorded |= new.map(|answer| &answer.entry.fact).any(shipment::is_told);
                Ok(answers)
            }
            Err((_, Stop::Failed(failure))) => Err(failed(failure)),
            Err((place, Stop::Refused(refusal))) => {
                self.recorded |= self.wallet.seq > before;
                let events = commands.iter();
                let events = events.filter(|one| matches!(one.action, Action::RecordUsage { .. }));
                Err(Trouble::Refused(placed(refusal, place, events.count())))
            }
        }
    }

    /// The same for one command, which has one answer.
    pub(super) fn transact_one(
        &mut self,
        at: Instant,
        command: Command,
    ) -> Result<Answer, Trouble> {
        let answers = self.transact(at, std::slice::from_ref(&command))?;
        let answer = answers.into_iter().next();
        // Cannot happen; should it, the memory is thrown away rather than trusted.
        answer.ok_or_else(|| Trouble::Failed("a command had no answer".into()))
    }

    // Mutations.

    /// `POST /v1/authorize`.
    ///
    /// | decided | status | body |
    /// |---|---|---|
    /// | held | 200 | approved, with the hold |
    /// | known operation | 200 | the same, replayed |
    /// | no price, too little, or a budget exceeded | 200 | denied, with what is lacking |
    /// | anything else refused | 4xx | a problem |
    fn authorize(&mut self, call: &Call, body: &str, at: Instant) -> Result<Reply, Trouble> {
        let on_unpriced = call.ask.on_unpriced();
        let command = usage::authorize(body, call.key.as_deref(), on_unpriced)?;
        // Not `self.transact`: an authorization tells the directory nothing, and most calls are
        // one.
        match self.authorize_within(call.ask.spend_cap(), command, at) {
            Ok(answers) => {
                let first = answers.first();
                let reply = first.map(|answer| {
                    let body = usage::approved(&self.wallet, &answer.entry);
                    Reply::ok(body).replayed(answer.replayed)
                });
                reply.ok_or_else(|| Trouble::Failed("an authorization had no answer".into()))
            }
            Err((_, Stop::Refused(refusal))) => {
                // The wallet puts its own customer in: the edge may know only an external id.
                let url = call
                    .ask
                    .topup_url()
                    .map(|url| url.replace("{customer_id}", &self.wallet.customer));
                match usage::denied(&refusal, url.as_deref()) {
                    Some(denied) => Ok(Reply::ok(denied)),
                    None => Err(refusal.into()),
                }
            }
            Err((_, Stop::Failed(failure))) => Err(Trouble::Failed(failure.to_string())),
        }
    }

    /// `POST /v1/holds/{id}/extend`.
    fn extend_hold(
        &mut self,
        call: &Call,
        body: &str,
        hold: u64,
        at: Instant,
    ) -> Result<Reply, Trouble> {
        let on_unpriced = call.ask.on_unpriced();
        let command = usage::extend(body, call.key.as_deref(), hold, on_unpriced)?;
        self.settle_hold(command, at)
    }

    /// A capture, a release or an extension.
    fn settle_hold(&mut self, command: Command, at: Instant) -> Result<Reply, Trouble> {
        let answer = self.transact_one(at, command)?;
        let body = usage::settled(&self.wallet, &answer.entry);
        Ok(Reply::ok(body).replayed(answer.replayed))
    }

    /// `POST /v1/events`: all events of a request or none.
    ///
    /// | asked for | status | body |
    /// |---|---|---|
    /// | nothing | 204 | none |
    /// | `return=representation` | 200 | fees and balances |
    fn record_usage(&mut self, body: &str, represent: bool, at: Instant) -> Result<Reply, Trouble> {
        let commands = usage::record_usage(body)?;
        let answers = self.transact(at, &commands)?;
        // A batch of which a part was known is no replay: the rest has happened only now.
        let replayed = answers.iter().all(|answer| answer.replayed);
        if !represent {
            return Ok(Reply::new(204, String::new()).replayed(replayed));
        }
        let entries = answers.iter().map(|answer| &answer.entry);
        let body = usage::recorded(&self.wallet, entries);
        Ok(Reply::ok(body).replayed(replayed))
    }

    /// `PUT …/wallet/settings`: answered from the entry, so that a replay says what was set then.
    fn change_settings(&mut self, command: Command, at: Instant) -> Result<Reply, Trouble> {
        let answer = self.transact_one(at, command)?;
        let Fact::SettingsChanged { late_events_days } = answer.entry.fact else {
            return Err(Trouble::Failed(
                "a change of settings was another one".into(),
            ));
        };
        let body = wallet::settings(late_events_days);
        Ok(Reply::ok(body).replayed(answer.replayed))
    }

    /// `POST …/adjustments` and `…/charges`: 201 with the transaction.
    ///
    /// The precision is the directory's, because the wallet may never have seen the asset.
    fn post(
        &mut self,
        transaction: Transaction,
        precision: u32,
        at: Instant,
    ) -> Result<Reply, Trouble> {
        // The wallet must not ask the directory, since nothing may wait in here: what it needs
        // comes along.
        let asset = Asset {
            code: transaction.account.asset.clone(),
            precision,
        };
        let named = transaction.taken_from.as_ref();
        let grant = named.map(|named| self.named_grant(named)).transpose()?;
        if let Some((named, account, _)) = named.zip(grant.as_ref()).map(|(n, (a, g))| (n, a, g))
            && *account != transaction.account
        {
            let sentence = format!("is of the account {account}, and not of this one");
            return Err(Problem::field(named.field(), sentence).into());
        }
        let command = transaction.command(asset, grant.map(|(_, grant)| grant));
        let answer = self.transact_one(at, command)?;
        let body = money::transaction(&self.wallet.customer, &answer.entry, None);
        Ok(Reply::new(201, body.unwrap_or_default()).replayed(answer.replayed))
    }

    /// `PUT …/wallet/overdraft`: 200 with what it is now, from the entry.
    fn set_overdraft(
        &mut self,
        call: &Call,
        body: &str,
        precision: u32,
        at: Instant,
    ) -> Result<Reply, Trouble> {
        let overdraft = NewOverdraft::read(body, call.key.as_deref(), &call.request_id)?;
        let answer = self.transact_one(at, overdraft.command(precision))?;
        Ok(Reply::ok(limits::overdraft(&answer.entry)).replayed(answer.replayed))
    }

    /// `PUT …/wallet/budgets/{code}`: 200 with the budget as it was set, from the entry.
    fn set_budget(
        &mut self,
        call: &Call,
        body: &str,
        code: &str,
        precision: u32,
        at: Instant,
    ) -> Result<Reply, Trouble> {
        let budget = NewBudget::read(body, call.key.as_deref(), &call.request_id)?;
        if !budget.is_of(&self.wallet.customer) {
            return Err(Refusal::SubscriptionNotFound.into());
        }
        let answer = self.transact_one(at, budget.command(code, precision))?;
        Ok(Reply::ok(limits::budget_set(&answer.entry)).replayed(answer.replayed))
    }

    /// `DELETE …/wallet/budgets/{code}`: 204.
    fn remove_budget(&mut self, call: &Call, code: &str, at: Instant) -> Result<Reply, Trouble> {
        let command = limits::remove_budget(code, call.key.as_deref(), &call.request_id)?;
        let answer = self.transact_one(at, command)?;
        Ok(Reply::new(204, String::new()).replayed(answer.replayed))
    }

    // Reads.

    /// Everything that changes nothing. 404 where the wallet has nothing under that name; no reply where too
    /// much is due to know.
    fn read(&self, ask: &Ask, at: Instant) -> Result<Option<Reply>, Trouble> {
        // A copy as of now; the wallet itself stays what its rows say.
        let Some(wallet) = seen(&self.wallet, at) else {
            return Ok(None);
        };
        let body = match ask {
            Ask::GetWallet => Some(wallet::accounts(&wallet, at)),
            Ask::GetOverview => {
                let rows = self.storage.page(u64::MAX, overview::ROWS);
                let rows = rows.map_err(failed)?;
                Some(json(&Overview::of(&wallet, &rows, at)))
            }
            Ask::GetAccount { account } => {
                AccountId::parse(account).and_then(|id| wallet::account(&wallet, &id, at))
            }
            Ask::ListGrants { account, filter } => {
                AccountId::parse(account).and_then(|id| wallet::grants(&wallet, &id, at, filter))
            }
            Ask::ListHolds { after, limit } => {
                Some(wallet::holds(&wallet.customer, &wallet, *after, *limit))
            }
            Ask::ListSubscriptions { pay_at } => Some(subscription::subscriptions(&wallet, pay_at)),
            Ask::GetUnpaid { subscription } => paylink::unpaid(&wallet, *subscription, at),
            Ask::ListOverdrafts => Some(limits::overdrafts(&wallet, at)),
            Ask::ListBudgets => Some(limits::budgets(&wallet, at)),
            Ask::GetBudget { code, after, limit } => {
                limits::budget(&wallet, code, at, after, *limit)
            }
            Ask::ListEntries {
                before,
                limit,
                view,
            } => Some(self.entries((&wallet, at), (*before, *limit), *view)?),
            Ask::ListUnpriced { before, limit } => Some(self.list_unpriced(*before, *limit)?),
            Ask::GetHold { hold } => {
                let hold = self.hold(&wallet, *hold)?;
                Some(wallet::hold(&wallet.customer, &hold))
            }
            Ask::GetSettings => Some(wallet::settings(wallet.late_events_days())),
            Ask::GetEvent { id } => self.event(&wallet, id)?,
            Ask::GetPayments { ops } => Some(json(&self.known_payments(ops)?)),
            Ask::GetTransaction { id } => {
                // Adjustments and charges are the operations `tx:…`; no other has that prefix.
                let row = self.storage.find(&format!("tx:{id}")).map_err(failed)?;
                match row {
                    Some(row) => {
                        let by = self.reversed_by(row.entry.seq)?;
                        money::transaction(&wallet.customer, &row.entry, by)
                    }
                    None => self.claim(id)?,
                }
            }
            // Questions that change something never come here; `answer_open` sends each its own
            // way.
            _ => None,
        };
        let missing = || Failure::NotFound.because("This wallet has nothing under that name.");
        Ok(Some(Reply::ok(body.ok_or_else(missing)?)))
    }

    /// An event under its own id, or under the one that a capture gave it.
    ///
    /// The own id first: it is one look-up by the unique index on `op`.
    fn event(&self, wallet: &Wallet, id: &str) -> Result<Option<String>, Trouble> {
        let row = self.storage.find(&format!("event:{id}")).map_err(failed)?;
        if let Some(row) = row {
            let since = self.since(row.entry.seq, 0)?;
            return Ok(usage::event(wallet, &row.entry, 0, None, since));
        }
        // Such an id says whose and where it is. One that names another customer is nothing here.
        let captured = ids::parse_captured_event(id);
        let Some((_, seq, place)) = captured.filter(|(customer, ..)| *customer == wallet.customer)
        else {
            return Ok(None);
        };
        let Some(entry) = self.entry(seq).map_err(failed)? else {
            return Ok(None);
        };
        let subject = self.hold_subject(&entry.fact).map_err(failed)?;
        let since = self.since(seq, place)?;
        let subject = subject.as_deref();
        Ok(usage::event(wallet, &entry, place, subject, since))
    }

    /// The entry with this number.
    pub(super) fn entry(&self, seq: u64) -> Result<Option<Entry>, S::Failure> {
        // A page of one, below the next number: the storage needs no further kind of question.
        let rows = self.storage.page(seq.saturating_add(1), 1)?;
        let mut entries = rows.into_iter().map(|row| row.entry);
        Ok(entries.find(|entry| entry.seq == seq))
    }

    /// The piece of work that a captured hold was for.
    ///
    /// A hold's id is the `seq` of the row that opened it, so its subject is one look-up away.
    pub(super) fn hold_subject(&self, fact: &Fact) -> Result<Option<String>, S::Failure> {
        let Fact::HoldCaptured { hold, .. } = fact else {
            return Ok(None);
        };
        Ok(match self.entry(*hold)?.map(|entry| entry.fact) {
            Some(Fact::HoldAuthorized { subject, .. }) => subject,
            _ => None,
        })
    }

    /// The next part of what the directory does not know yet: the `seq` up to which it knows it
    /// then, and its rows as JSON lists. Nothing when it knows everything.
    ///
    /// The third is all subscriptions as JSON lists, or nothing where none of these rows is about one.
    ///
    /// # Errors
    /// What the storage said.
    pub fn shipment(&self) -> Result<Option<ToTell>, String> {
        let untold = self
            .storage
            .untold()
            .map_err(|failure| failure.to_string())?;
        let mut shipment = shipment::Shipment::default();
        let mut upto = None;
        for row in &untold {
            let entry = &row.entry;
            let subject = self.hold_subject(&entry.fact);
            let subject = subject.map_err(|failure| failure.to_string())?;
            shipment.add(&self.wallet.customer, entry, subject.as_deref());
            upto = Some(entry.seq);
            // The rest is the next shipment, which begins behind this one.
            if shipment.is_full() {
                break;
            }
        }
        // As they are now and not as they were then: the directory only wants the latest.
        let subscriptions = if shipment.has_subscriptions() {
            subscription::subscriptions_in_parts(&self.wallet)
        } else {
            Vec::new()
        };
        Ok(upto.map(|upto| (upto, shipment.into_lists(), subscriptions)))
    }

    /// The directory knows the journal up to this `seq`.
    ///
    /// # Errors
    /// What the storage said.
    pub fn note_told(&mut self, upto: u64) -> Result<(), String> {
        let noted = self.storage.note_told(upto);
        noted.map_err(|failure| failure.to_string())
    }

    /// The hold as it is now: open, ended according to the journal, or expired since the last row.
    ///
    /// # Errors
    /// `HoldNotFound` where no row opened it; the storage's failure.
    fn hold(&self, wallet: &Wallet, id: u64) -> Result<Hold, Trouble> {
        // In memory first: an open one is asked for most, and costs no read.
        if let Some(hold) = wallet.holds.get(&id) {
            return Ok(hold.clone());
        }
        // It has no row yet and its answer must not depend on when the alarm rings.
        if let Some(hold) = expired_since(&self.wallet, wallet, id) {
            return Ok(hold);
        }
        // Ended ones are only in the journal, because a wallet that kept them would grow for ever.
        let mut hold = None;
        let read = self.storage.each_of_hold(id, &mut |row| {
            hold = next_hold(hold.take(), &row.entry);
        });
        read.map_err(failed)?;
        hold.ok_or_else(|| Refusal::HoldNotFound.into())
    }
}

/// The storage's own words, for the log.
pub(super) fn failed<F: ToString>(failure: F) -> Trouble {
    Trouble::Failed(failure.to_string())
}

/// A refusal in a batch names the event it is about.
fn placed(refusal: Refusal, place: usize, of: usize) -> Problem {
    // A single event has no place that would help anybody.
    if of <= 1 {
        return refusal.into();
    }
    // These name a place themselves; each command was decided alone and thought that it was the
    // first.
    let refusal = match refusal {
        Refusal::UsageNotANumber { field, .. } => Refusal::UsageNotANumber {
            event: place,
            field,
        },
        Refusal::EventTooLate { days, .. } => Refusal::EventTooLate { event: place, days },
        Refusal::EventInFuture { .. } => Refusal::EventInFuture { event: place },
        other => other,
    };
    let sentence = refusal.sentence();
    let mut problem = Problem::from(refusal);
    problem.detail = format!("events[{place}]: {sentence} Nothing of the batch was recorded.");
    // So that clients that look only at the paths of errors find the event as well.
    if problem.errors.is_empty() {
        problem.errors.add(&format!("events[{place}]"), sentence);
    }
    problem
}
