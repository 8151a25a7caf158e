//! Replies, rendered from entries: a replay of the same operation is byte-equal for ever.

use serde::{Deserialize, Serialize};

use crate::engine::budget::Exceeded;
use crate::engine::command::{CreditSource, DebitCause, Metadata};
use crate::engine::entitlement::Feature;
use crate::engine::hold::Reservation;
use crate::engine::moves::Move;
use crate::engine::price::Cap;
use crate::engine::price::Warning;
use crate::engine::refusal::Shortage;
use crate::engine::scope::Scope;
use crate::engine::{
    AccountChange, AccountId, Amount, Balance, Entry, Fact, Fee, Grant, Hold, Instant, Quantity,
    Refusal, UsageEvent, Wallet,
};
use crate::journal::Row;

use super::fee::Calculation;
use super::limits::{self, ExceededReply, RestrictedReply};
use super::{ids, time};

mod event;

pub use event::{EventItem, event};

/// A value as JSON. Replies have string keys and no floats, so writing them cannot fail.
#[must_use]
pub fn json<T: Serialize>(value: &T) -> String {
    serde_json::to_string(value).unwrap_or_default()
}

/// One page of a list, as the API that we are a superset of writes it.
#[derive(Serialize)]
pub struct Page<T> {
    pub items: Vec<T>,
    pub total_count: usize,
    pub limit: usize,
    pub offset: usize,
}

/// One page of a list that is walked by cursor; the last page has no `next`.
#[derive(Serialize)]
pub struct CursorPage<T> {
    pub items: Vec<T>,
    pub limit: usize,
    pub next: Option<String>,
}

/// An amount of an asset.
#[derive(Serialize)]
pub struct Money {
    pub asset: String,
    pub amount: Amount,
}

/// What an account amounts to.
#[derive(Serialize)]
pub struct BalanceReply<'a> {
    pub account: &'a AccountId,
    pub asset: &'a str,
    pub balance: Amount,
    pub held: Amount,
    /// Free credit that only certain usage may draw on.
    #[serde(skip_serializing_if = "Amount::is_zero_ref")]
    pub restricted: Amount,
    pub available: Amount,
}

fn balances(entry: &Entry) -> Vec<BalanceReply<'_>> {
    entry.changes.iter().map(balance).collect()
}

fn balance(change: &AccountChange) -> BalanceReply<'_> {
    let after = change.after();
    BalanceReply {
        account: &change.account,
        asset: &change.account.asset,
        balance: after.balance,
        held: after.held,
        restricted: after.restricted,
        available: after.available(),
    }
}

/// A fee that was charged or would be, with the numbers it was computed from.
#[derive(Serialize)]
pub struct FeeReply<'a> {
    pub id: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub usage_id: Option<&'a str>,
    pub event_type: &'a str,
    pub product_id: &'a str,
    pub product_code: &'a str,
    pub product_version: u32,
    #[serde(flatten)]
    pub calculation: Calculation<'a>,
}

/// The events are those that the fees are of, where the entry has them.
fn fees<'a>(
    wallet: &'a Wallet,
    entry: &Entry,
    fees: &'a [Fee],
    events: &'a [UsageEvent],
    usage_id: Option<&'a str>,
) -> Vec<FeeReply<'a>> {
    let base = ids::of_wallet("fee", &wallet.customer, entry.seq);
    let reply = |(place, fee): (usize, &'a Fee)| {
        let (product, price) = wallet.price(&fee.price_id)?;
        let event = events.get(fee.event);
        let description = event.and_then(|event| event.description.as_deref());
        Some(FeeReply {
            id: format!("{base}_{place}"),
            usage_id,
            event_type: &price.event_type,
            product_id: &product.id,
            product_code: &product.code,
            product_version: product.version,
            calculation: Calculation::new(price, fee, description)?,
        })
    };
    fees.iter().enumerate().filter_map(reply).collect()
}

/// A warning as a sentence.
pub(super) fn warnings(warnings: &[Warning]) -> Vec<String> {
    let sentence = |warning: &Warning| match warning {
        Warning::NoPrice { event, event_type } => format!(
            "events[{event}]: no price of this customer's products matches event_type \
             {event_type}, so it costs nothing."
        ),
        Warning::VolumeMissing {
            event,
            price_id,
            volume_field,
        } => format!(
            "events[{event}]: data.{volume_field} is missing, so price {price_id} counts no volume."
        ),
        Warning::NoRow { event, price_id } => format!(
            "events[{event}]: no row of price {price_id} has this event's dimensions, so the price \
             asks nothing."
        ),
        Warning::CostMissing { event, price_id } => format!(
            "events[{event}]: costs has nothing in the asset of price {price_id}, so the price \
             counts no costs."
        ),
    };
    warnings.iter().map(sentence).collect()
}

/// The sum of an account's moves that a function picks.
fn moved(entry: &Entry, pick: impl Fn(&Move) -> Option<Amount>) -> Vec<Money> {
    let sum = |change: &AccountChange| {
        let picked: Vec<Amount> = change.moves.iter().filter_map(&pick).collect();
        let total = crate::engine::amount::total(picked.iter().copied());
        (!picked.is_empty()).then(|| Money {
            asset: change.account.asset.clone(),
            amount: total.unwrap_or_default(),
        })
    };
    entry.changes.iter().filter_map(sum).collect()
}

fn reserved(one: &Move) -> Option<Amount> {
    match one {
        Move::Reserve(draw) => Some(draw.amount),
        Move::Pledge { amount } => Some(*amount),
        _ => None,
    }
}

/// What an entry charged, by asset: what it captured, and what it drew beyond that.
#[must_use]
pub fn charges(entry: &Entry) -> Vec<Money> {
    moved(entry, charged)
}

fn charged(one: &Move) -> Option<Amount> {
    match one {
        Move::Capture(draw) | Move::Draw(draw) => Some(draw.amount),
        Move::Borrow { amount } | Move::Owe { amount } => Some(*amount),
        _ => None,
    }
}

fn released(one: &Move) -> Option<Amount> {
    match one {
        Move::Release(draw) => Some(draw.amount),
        Move::Unpledge { amount } => Some(*amount),
        _ => None,
    }
}

// Authorizations.

#[derive(Serialize)]
struct Approved<'a> {
    decision: &'static str,
    hold: ApprovedHold,
    fees: Vec<FeeReply<'a>>,
    balances: Vec<BalanceReply<'a>>,
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    capped: bool,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    caps: Vec<CapReply>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    warnings: Vec<String>,
}

#[derive(Serialize)]
struct ApprovedHold {
    id: String,
    status: &'static str,
    amounts: Vec<Money>,
    #[serde(skip_serializing_if = "Option::is_none")]
    subject: Option<String>,
    authorized_at: String,
    expires_at: String,
}

/// How far a field of an event has to be clamped.
#[derive(Serialize)]
struct CapReply {
    event: usize,
    price_id: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    volume_field: Option<String>,
    requested: Quantity,
    affordable: Quantity,
}

impl From<&Cap> for CapReply {
    fn from(cap: &Cap) -> Self {
        Self {
            event: cap.event,
            price_id: cap.price_id.clone(),
            volume_field: cap.volume_field.clone(),
            requested: cap.requested,
            affordable: cap.affordable,
        }
    }
}

#[derive(Serialize)]
struct Denied<'a> {
    decision: &'static str,
    code: &'static str,
    detail: String,
    retryable: bool,
    required: Vec<Money>,
    available: Vec<Money>,
    shortfall: Vec<Money>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    budgets: Vec<ExceededReply<'a>>,
    topup_url: Option<&'a str>,
}

/// The reply to an approved authorization.
#[must_use]
pub fn approved(wallet: &Wallet, entry: &Entry) -> String {
    let Fact::HoldAuthorized {
        hold,
        expires_at,
        subject,
        fees: own,
        caps,
        capped,
        warnings: own_warnings,
    } = &entry.fact
    else {
        return String::new();
    };
    json(&Approved {
        decision: "approved",
        hold: ApprovedHold {
            id: ids::of_wallet("hold", &wallet.customer, *hold),
            status: "open",
            amounts: moved(entry, reserved),
            subject: subject.clone(),
            authorized_at: time::format(entry.at),
            expires_at: time::format(*expires_at),
        },
        fees: fees(wallet, entry, own, &[], None),
        balances: balances(entry),
        capped: *capped,
        caps: caps.iter().map(CapReply::from).collect(),
        warnings: warnings(own_warnings),
    })
}

/// The reply to a denied authorization: a decided question, so not an error. Nothing where the refusal
/// is one.
#[must_use]
pub fn denied(refusal: &Refusal, topup_url: Option<&str>) -> Option<String> {
    let (shortages, exceeded): (&[Shortage], &[Exceeded]) = match refusal {
        Refusal::InsufficientFunds { shortages } => (shortages, &[]),
        Refusal::BudgetExceeded { exceeded, asked } => (asked, exceeded),
        _ => return None,
    };
    let each = |amount: fn(&Shortage) -> Amount| {
        let money = |one: &Shortage| Money {
            asset: one.asset.clone(),
            amount: amount(one),
        };
        shortages.iter().map(money).collect()
    };
    // A top-up helps where money is missing, and against no budget.
    let helps = shortages.iter().any(|one| one.shortfall().is_positive());
    let denied = Denied {
        decision: "denied",
        code: refusal.code(),
        detail: refusal.sentence(),
        retryable: refusal.retryable(),
        required: each(|one| one.required),
        available: each(|one| one.available),
        shortfall: each(Shortage::shortfall),
        budgets: exceeded.iter().map(ExceededReply::from).collect(),
        topup_url: topup_url.filter(|_| helps),
    };
    Some(json(&denied))
}

// Holds.

#[derive(Serialize)]
struct HoldReply {
    id: String,
    status: &'static str,
    amounts: Vec<HeldReply>,
    #[serde(skip_serializing_if = "Option::is_none")]
    subject: Option<String>,
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    late: bool,
    authorized_at: String,
    expires_at: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    ended_at: Option<String>,
}

#[derive(Serialize)]
struct HeldReply {
    asset: String,
    /// All that was ever held.
    authorized: Amount,
    captured: Amount,
    /// What is held now.
    amount: Amount,
}

impl From<&Reservation> for HeldReply {
    fn from(one: &Reservation) -> Self {
        Self {
            asset: one.account.asset.clone(),
            authorized: one.held,
            captured: one.captured,
            amount: one.left(),
        }
    }
}

fn hold_reply(customer: &str, hold: &Hold) -> HoldReply {
    HoldReply {
        id: ids::of_wallet("hold", customer, hold.id),
        status: hold.status.word(),
        amounts: hold.reservations.iter().map(HeldReply::from).collect(),
        subject: hold.subject.clone(),
        late: hold.late,
        authorized_at: time::format(hold.authorized_at),
        expires_at: time::format(hold.expires_at),
        ended_at: hold.ended_at.map(time::format),
    }
}

/// `GET /v1/holds/{id}`.
#[must_use]
pub fn hold(customer: &str, hold: &Hold) -> String {
    json(&hold_reply(customer, hold))
}

/// `GET …/wallet/holds`: open holds, oldest first.
#[must_use]
pub fn holds(customer: &str, wallet: &Wallet, after: u64, limit: usize) -> String {
    let open = wallet.holds.range(after.saturating_add(1)..);
    let some: Vec<&Hold> = open.map(|(_, hold)| hold).take(limit + 1).collect();
    let shown = some.iter().take(limit);
    let last = shown.clone().next_back().map(|hold| hold.id.to_string());
    json(&CursorPage {
        items: shown.map(|one| hold_reply(customer, one)).collect(),
        limit,
        next: last.filter(|_| some.len() > limit),
    })
}

#[derive(Serialize)]
struct Settled<'a> {
    hold: SettledHold,
    captured: Vec<Money>,
    released: Vec<Money>,
    fees: Vec<FeeReply<'a>>,
    balances: Vec<BalanceReply<'a>>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    warnings: Vec<String>,
}

#[derive(Serialize)]
struct SettledHold {
    id: String,
    status: &'static str,
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    late: bool,
    #[serde(skip_serializing_if = "Option::is_none")]
    expires_at: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    reason: Option<String>,
}

/// The reply to a capture, a release or an extension.
#[must_use]
pub fn settled(wallet: &Wallet, entry: &Entry) -> String {
    let events: &[UsageEvent] = match &entry.fact {
        Fact::HoldCaptured { events, .. } => events,
        _ => &[],
    };
    let (status, late, expires_at, reason, own, own_warnings): (
        _,
        _,
        Option<Instant>,
        Option<String>,
        &[Fee],
        &[Warning],
    ) = match &entry.fact {
        Fact::HoldCaptured {
            closes,
            late,
            fees,
            warnings,
            ..
        } => {
            let status = if *closes { "captured" } else { "open" };
            (status, *late, None, None, fees, warnings)
        }
        Fact::HoldExtended {
            expires_at,
            fees,
            warnings,
            ..
        } => ("open", false, Some(*expires_at), None, fees, warnings),
        Fact::HoldReleased { reason, .. } => ("released", false, None, reason.clone(), &[], &[]),
        _ => ("expired", false, None, None, &[], &[]),
    };
    json(&Settled {
        hold: SettledHold {
            id: ids::of_wallet("hold", &wallet.customer, entry.fact.hold().unwrap_or(0)),
            status,
            late,
            expires_at: expires_at.map(time::format),
            reason,
        },
        captured: moved(entry, charged),
        released: moved(entry, released),
        fees: fees(wallet, entry, own, events, None),
        balances: balances(entry),
        warnings: warnings(own_warnings),
    })
}

// Usage.

#[derive(Serialize)]
struct Recorded<'a> {
    events: Vec<RecordedEvent>,
    fees: Vec<FeeReply<'a>>,
    balances: Vec<BalanceReply<'a>>,
    warnings: Vec<String>,
}

#[derive(Serialize)]
struct RecordedEvent {
    id: String,
    created_at: String,
}

/// `POST /v1/events` with `Prefer: return=representation`.
#[must_use]
pub fn recorded<'a>(wallet: &'a Wallet, entries: impl Iterator<Item = &'a Entry>) -> String {
    let mut reply = Recorded {
        events: Vec::new(),
        fees: Vec::new(),
        balances: Vec::new(),
        warnings: Vec::new(),
    };
    // The newest entry that touched an account says what it amounts to. It need not be the last: an
    // event that was known before may stand behind a new one.
    let mut newest: Vec<(u64, &AccountChange)> = Vec::new();
    for (place, entry) in entries.enumerate() {
        let Fact::UsageRecorded {
            event,
            fees: own,
            warnings: own_warnings,
        } = &entry.fact
        else {
            continue;
        };
        reply.events.push(RecordedEvent {
            id: event.id.clone().unwrap_or_default(),
            created_at: time::format(entry.at),
        });
        let (id, event) = (event.id.as_deref(), std::slice::from_ref(event));
        reply.fees.extend(fees(wallet, entry, own, event, id));
        // A recorded event stands alone in its entry; in the reply it has its place in the request.
        let placed = own_warnings.iter().cloned();
        let placed = placed.map(|warning| warning.at_place(place));
        reply.warnings.extend(warnings(&placed.collect::<Vec<_>>()));
        for change in &entry.changes {
            let known = newest
                .iter_mut()
                .find(|(_, one)| one.account == change.account);
            match known {
                Some((seq, _)) if *seq > entry.seq => {}
                Some(known) => *known = (entry.seq, change),
                None => newest.push((entry.seq, change)),
            }
        }
    }
    reply.balances = newest.into_iter().map(|(_, one)| balance(one)).collect();
    json(&reply)
}

// The wallet and its accounts.

#[derive(Serialize)]
struct WalletReply<'a> {
    customer_id: &'a str,
    accounts: Vec<AccountReply>,
    /// What the customer's products allow.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    features: Vec<Feature>,
    /// The journal entry that these balances include.
    seq: u64,
}

#[derive(Serialize)]
struct AccountReply {
    id: String,
    name: String,
    asset: String,
    available: Amount,
    balance: Amount,
    held: Amount,
    /// Top-ups on their way; none before top-ups exist.
    pending_in: Amount,
    /// The same as `held`.
    pending_out: Amount,
    /// Beside what is available: credit that only certain usage may draw on.
    restricted: Vec<RestrictedReply>,
    /// How far below zero authorizations may take what is available.
    overdraft: Amount,
}

fn account_reply(wallet: &Wallet, id: &AccountId, at: Instant) -> AccountReply {
    let now = wallet.balance(id, at).unwrap_or(Balance::NOTHING);
    let account = wallet.accounts.get(id);
    AccountReply {
        id: id.to_string(),
        name: id.name.clone(),
        asset: id.asset.clone(),
        available: now.available(),
        balance: now.balance,
        held: now.held,
        pending_in: Amount::ZERO,
        pending_out: now.held,
        restricted: account.map_or_else(Vec::new, |account| limits::restricted(account, at)),
        overdraft: account.map_or(Amount::ZERO, |account| account.overdraft),
    }
}

/// `GET …/wallet`.
#[must_use]
pub fn wallet(wallet: &Wallet, at: Instant) -> String {
    let accounts = wallet.accounts.keys();
    let features = wallet.features().into_iter();
    let feature = |(code, limit): (&str, _)| Feature {
        code: code.to_owned(),
        limit,
    };
    json(&WalletReply {
        customer_id: &wallet.customer,
        accounts: accounts.map(|id| account_reply(wallet, id, at)).collect(),
        features: features.map(feature).collect(),
        seq: wallet.seq,
    })
}

/// `GET …/wallet/{account}`; nothing where the wallet has no such account.
#[must_use]
pub fn account(wallet: &Wallet, id: &AccountId, at: Instant) -> Option<String> {
    wallet.accounts.get(id)?;
    Some(json(&account_reply(wallet, id, at)))
}

#[derive(Serialize)]
struct GrantReply {
    id: String,
    /// Left and not reserved.
    available: Amount,
    held: Amount,
    original: Amount,
    purpose: crate::engine::Purpose,
    priority: u8,
    /// The only usage that may draw on it.
    #[serde(skip_serializing_if = "Option::is_none")]
    restricted_to: Option<Scope>,
    effective_at: String,
    expires_at: Option<String>,
    created_at: String,
}

/// Which grants a list shows.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
pub struct GrantFilter {
    pub purpose: Option<crate::engine::Purpose>,
    pub exclude_expired: bool,
    pub effective_from: Option<Instant>,
    pub effective_before: Option<Instant>,
    /// Credit that never expires is in no span of expiries.
    pub expired_from: Option<Instant>,
    pub expired_before: Option<Instant>,
    pub offset: usize,
    pub limit: usize,
}

/// A span of time, from its first moment to before its last; open where it says nothing.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub struct Within {
    pub from: Option<Instant>,
    pub before: Option<Instant>,
}

impl Within {
    #[must_use]
    pub const fn is_open(&self) -> bool {
        self.from.is_none() && self.before.is_none()
    }

    #[must_use]
    pub fn has(&self, at: Instant) -> bool {
        self.from.is_none_or(|from| from <= at) && self.before.is_none_or(|before| at < before)
    }
}

/// `GET …/wallet/{account}/grants`: those with something left in consumption order, then the spent
/// ones, newest first. `created` tells when the entry of a grant was written.
#[must_use]
pub fn grants(
    wallet: &Wallet,
    id: &AccountId,
    at: Instant,
    filter: &GrantFilter,
) -> Option<String> {
    let account = wallet.accounts.get(id)?;
    let spent = wallet.spent.get(id).into_iter().flatten().rev();
    let effective = Within {
        from: filter.effective_from,
        before: filter.effective_before,
    };
    let expired = Within {
        from: filter.expired_from,
        before: filter.expired_before,
    };
    let shown = |grant: &&Grant| {
        let purpose = filter
            .purpose
            .is_none_or(|purpose| purpose == grant.terms.purpose);
        let effective = effective.has(grant.terms.effective_at);
        let expiry = grant.terms.expires_at;
        let expired = expired.is_open() || expiry.is_some_and(|at| expired.has(at));
        purpose && effective && expired && !(filter.exclude_expired && grant.is_expired(at))
    };
    let all: Vec<&Grant> = account.grants.iter().chain(spent).filter(shown).collect();
    let page = all.iter().skip(filter.offset).take(filter.limit);
    Some(json(&Page {
        items: page
            .map(|grant| grant_reply(&wallet.customer, grant))
            .collect(),
        total_count: all.len(),
        limit: filter.limit,
        offset: filter.offset,
    }))
}

fn grant_reply(customer: &str, grant: &Grant) -> GrantReply {
    GrantReply {
        id: ids::of_wallet("grant", customer, grant.id),
        available: grant.free,
        held: grant.reserved,
        original: grant.original,
        purpose: grant.terms.purpose,
        priority: grant.terms.priority,
        restricted_to: grant.is_restricted().then(|| grant.terms.scope.clone()),
        effective_at: time::format(grant.terms.effective_at),
        expires_at: grant.terms.expires_at.map(time::format),
        created_at: time::format(grant.created_at),
    }
}

// Transactions and entries.

#[derive(Serialize)]
struct TransactionReply<'a> {
    id: &'a str,
    #[serde(rename = "type")]
    kind: &'static str,
    account_id: String,
    asset: &'a str,
    /// Above zero it was credit, below it was debit.
    amount: Amount,
    reason: Option<&'a str>,
    subject: Option<&'a str>,
    description: Option<&'a str>,
    metadata: &'a Metadata,
    /// The only usage that may draw on the credit.
    #[serde(skip_serializing_if = "Option::is_none")]
    restricted_to: Option<&'a Scope>,
    #[serde(skip_serializing_if = "Option::is_none")]
    input_units: Option<Quantity>,
    #[serde(skip_serializing_if = "Option::is_none")]
    unit_price: Option<Amount>,
    #[serde(skip_serializing_if = "Option::is_none")]
    input_volume: Option<Quantity>,
    #[serde(skip_serializing_if = "Option::is_none")]
    volume_rate: Option<Amount>,
    #[serde(skip_serializing_if = "Option::is_none")]
    package_size: Option<Quantity>,
    created_at: String,
    executed_at: String,
}

/// What the credit that an entry opens may be spent on, where that is not everything.
fn restriction(change: &AccountChange) -> Option<&Scope> {
    let scope = change.moves.iter().find_map(|one| match one {
        Move::Open { terms, .. } => Some(&terms.scope),
        _ => None,
    });
    scope.filter(|scope| !scope.is_everything())
}

/// `GET …/wallet/transactions/{id}` and the reply to an adjustment or a charge.
#[must_use]
pub fn transaction(entry: &Entry) -> Option<String> {
    let id = entry.op.strip_prefix("tx:")?;
    let account = &entry.changes.first()?.account;
    let mut reply = TransactionReply {
        id,
        kind: "adjustment",
        account_id: account.to_string(),
        asset: &account.asset,
        amount: Amount::ZERO,
        reason: None,
        subject: None,
        description: None,
        metadata: &Metadata::new(),
        input_units: None,
        unit_price: None,
        input_volume: None,
        volume_rate: None,
        package_size: None,
        restricted_to: entry.changes.first().and_then(restriction),
        created_at: time::format(entry.at),
        executed_at: time::format(entry.at),
    };
    match &entry.fact {
        Fact::Credited {
            amount,
            source: CreditSource::Adjustment { reason },
            description,
            metadata,
            ..
        } => {
            reply.amount = *amount;
            reply.reason = Some(reason);
            reply.description = description.as_deref();
            reply.metadata = metadata;
        }
        Fact::Debited {
            amount,
            cause,
            subject,
            description,
            metadata,
            maths,
        } => {
            match cause {
                DebitCause::Charge => reply.kind = "fee",
                DebitCause::Adjustment { reason } => reply.reason = Some(reason),
            }
            reply.amount = amount.negated();
            reply.subject = subject.as_deref();
            reply.description = description.as_deref();
            reply.metadata = metadata;
            reply.input_units = maths.units;
            reply.unit_price = maths.unit_price;
            reply.input_volume = maths.input_volume;
            reply.volume_rate = maths.volume_rate;
            reply.package_size = maths.package_size;
        }
        _ => return None,
    }
    Some(json(&reply))
}

/// The wallet's settings, as a change left them or as they are now.
#[must_use]
pub fn settings(late_events_days: u32) -> String {
    format!("{{\"late_events_days\":{late_events_days}}}")
}

/// One journal row as its owner sees it.
#[derive(Serialize)]
struct EntryReply<'a> {
    seq: u64,
    #[serde(rename = "type")]
    kind: &'static str,
    operation_id: &'a str,
    at: String,
    balances: Vec<BalanceReply<'a>>,
    /// The format of the record.
    format: u32,
    hash: &'a str,
    /// The entry exactly as it is stored; `hash = SHA-256(previous hash, record)`.
    record: &'a str,
}

/// `GET …/wallet/entries`: newest first, by cursor.
#[must_use]
pub fn entries(rows: &[Row], limit: usize) -> String {
    let shown = rows.iter().take(limit);
    let last = shown
        .clone()
        .next_back()
        .map(|row| row.entry.seq.to_string());
    let reply = |row: &'_ Row| -> String {
        json(&EntryReply {
            seq: row.entry.seq,
            kind: row.entry.fact.word(),
            operation_id: &row.entry.op,
            at: time::format(row.entry.at),
            balances: balances(&row.entry),
            format: row.entry.v,
            hash: &row.hash,
            record: &row.text,
        })
    };
    let items: Vec<String> = shown.map(reply).collect();
    let next = last.filter(|_| rows.len() > limit);
    let next = json(&next);
    format!(
        "{{\"items\":[{}],\"limit\":{limit},\"next\":{next}}}",
        items.join(",")
    )
}

#[derive(Serialize)]
struct Credited<'a> {
    grant_id: String,
    account: String,
    amount: Amount,
    /// How much of it repaid debt at once.
    repaid: Amount,
    balances: Vec<BalanceReply<'a>>,
}

/// The answer to a payment's credit.
#[must_use]
pub fn credited(customer: &str, entry: &Entry) -> String {
    let Fact::Credited {
        grant,
        amount,
        repaid,
        ..
    } = &entry.fact
    else {
        return "{}".to_owned();
    };
    let account = entry
        .changes
        .first()
        .map(|change| change.account.to_string());
    json(&Credited {
        grant_id: ids::of_wallet("grant", customer, *grant),
        account: account.unwrap_or_default(),
        amount: *amount,
        repaid: *repaid,
        balances: balances(entry),
    })
}
