//! The replies to an authorization: approved, or denied. Both are answers to a question that was
//! decided, so both are a 200.

use serde::Serialize;

use crate::engine::budget::Exceeded;
use crate::engine::price::Cap;
use crate::engine::refusal::{MissingPrice, Shortage};
use crate::engine::{Amount, Entry, Fact, Quantity, Refusal, Wallet};
use crate::wire::balance::{BalanceReply, balances};
use crate::wire::lacking::{AffordableReply, ExceededReply, affordable};
use crate::wire::limits::{ReachedReply, reached};
use crate::wire::reply::{Money, json};
use crate::wire::{ids, time};

use super::fee::{FeeReply, fees};
use super::moves::reservations;
use super::warning::warnings;

/// ```json
/// { "decision": "approved",
///   "hold": { "id": "hold_…", "status": "open", "amounts": [ { "asset": "USD", "amount": "0.04" } ],
///             "authorized_at": "…", "expires_at": "…" },
///   "fees": [], "balances": [] }
/// ```
#[derive(Serialize)]
struct Approved<'a> {
    /// Always `approved`.
    decision: &'static str,
    hold: ApprovedHold,
    fees: Vec<FeeReply<'a>>,
    balances: Vec<BalanceReply<'a>>,
    /// Less was held than was asked, because `on_insufficient` was `cap`.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    capped: bool,
    /// For each fee that did not fit, how much of its volume does.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    caps: Vec<CapReply>,
    /// What was not priced.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    warnings: Vec<String>,
    /// Thresholds of budgets that were reached.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    reached: Vec<ReachedReply<'a>>,
}

#[derive(Serialize)]
struct ApprovedHold {
    id: String,
    /// Always `open`: a reply tells of the moment when the hold was made.
    status: &'static str,
    amounts: Vec<Money>,
    /// The piece of work that the caller named.
    #[serde(skip_serializing_if = "Option::is_none")]
    subject: Option<String>,
    authorized_at: String,
    expires_at: String,
}

/// How far a field of an event has to be clamped, such as `max_tokens`.
///
/// ```json
/// { "event": 0, "price_id": "prc_…", "volume_field": "output_tokens", "requested": "4096",
///   "affordable": "1500" }
/// ```
#[derive(Serialize)]
struct CapReply {
    /// The place of the event in the request, from zero.
    event: usize,
    price_id: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    volume_field: Option<String>,
    requested: Quantity,
    /// The largest volume whose fee fits; whole where the requested one is whole.
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

/// The reply to an approved authorization. From the entry alone, so a replay is the same bytes.
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
            amounts: reservations(entry),
            subject: subject.clone(),
            authorized_at: time::format(entry.at),
            expires_at: time::format(*expires_at),
        },
        // The entry of an authorization keeps no events, so its fees go without their descriptions.
        fees: fees(wallet, entry, own, &[], None),
        balances: balances(entry),
        capped: *capped,
        caps: caps.iter().map(CapReply::from).collect(),
        warnings: warnings(own_warnings),
        reached: reached(entry),
    })
}

/// ```json
/// { "decision": "denied", "code": "insufficient_funds", "detail": "…", "retryable": true,
///   "required": [], "available": [], "shortfall": [ { "asset": "USD", "amount": "0.31" } ],
///   "topup_url": "https://…" }
/// ```
#[derive(Serialize)]
struct Denied<'a> {
    decision: &'static str,
    /// `wallet_frozen`, `price_missing`, `budget_exceeded`, `funds_held` or `insufficient_funds`.
    code: &'static str,
    detail: String,
    retryable: bool,
    /// What this call needs, by asset; so for the two lists that follow.
    required: Vec<Money>,
    /// What it could have used: overdraft and matching restricted credit counted in.
    available: Vec<Money>,
    shortfall: Vec<Money>,
    /// The most that would pass now, of each asset that is short or that a budget limits.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    affordable: Vec<AffordableReply<'a>>,
    /// What open holds keep of those assets, for `funds_held`.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    held: Vec<Money>,
    /// When they give back enough, if nothing else happens.
    #[serde(skip_serializing_if = "Option::is_none")]
    frees_at: Option<String>,
    /// What the first budget in the way is a limit of.
    #[serde(skip_serializing_if = "Option::is_none")]
    level: Option<&'a str>,
    /// What no price knows, for `price_missing`.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    missing: Vec<MissingReply<'a>>,
    /// The budgets in the way, for `budget_exceeded`.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    budgets: Vec<ExceededReply<'a>>,
    /// Where the customer can top up; null where the deployment names no such place, or it would
    /// not help.
    topup_url: Option<&'a str>,
}

/// Something of an event that no price knows.
///
/// ```json
/// { "event": 0, "id": "evt_1", "event_type": "chat", "field": "data.model", "price_id": "prc_…" }
/// ```
#[derive(Serialize)]
struct MissingReply<'a> {
    /// The place of the event in the request, from zero.
    event: usize,
    #[serde(skip_serializing_if = "Option::is_none")]
    id: Option<&'a str>,
    event_type: &'a str,
    /// Below the event: what nobody has priced, or what is not there to be priced.
    field: &'a str,
    /// The price that knows the event as far as that field.
    #[serde(skip_serializing_if = "Option::is_none")]
    price_id: Option<&'a str>,
}

impl<'a> From<&'a MissingPrice> for MissingReply<'a> {
    fn from(one: &'a MissingPrice) -> Self {
        Self {
            event: one.event,
            id: one.id.as_deref(),
            event_type: &one.event_type,
            field: &one.field,
            price_id: one.price_id.as_deref(),
        }
    }
}

/// The reply to a denied authorization: a decided question, so not an error. Nothing where the
/// refusal is one.
#[must_use]
pub fn denied(refusal: &Refusal, topup_url: Option<&str>) -> Option<String> {
    let (shortages, exceeded, missing): (&[Shortage], &[Exceeded], &[MissingPrice]) = match refusal
    {
        Refusal::InsufficientFunds { shortages } | Refusal::FundsHeld { shortages, .. } => {
            (shortages, &[], &[])
        }
        Refusal::BudgetExceeded { exceeded, asked } => (asked, exceeded, &[]),
        // Nothing is asked of the money where nobody knows how much that would be.
        Refusal::PriceMissing { missing } => (&[], &[], missing),
        // Nor where no money would do.
        Refusal::WalletFrozen { .. } => (&[], &[], &[]),
        // Any other refusal is an error of the call rather than an answer to it.
        _ => return None,
    };
    let each = |amount: fn(&Shortage) -> Amount| {
        let money = |one: &Shortage| Money {
            asset: one.asset.clone(),
            amount: amount(one),
        };
        shortages.iter().map(money).collect()
    };
    let (held, frees_at): (&[(String, Amount)], _) = match refusal {
        Refusal::FundsHeld { held, frees_at, .. } => (held, Some(*frees_at)),
        _ => (&[], None),
    };
    let money = |(asset, amount): &(String, Amount)| Money {
        asset: asset.clone(),
        amount: *amount,
    };
    // A top-up helps only where money is missing, and never against a budget.
    let helps = shortages.iter().any(|one| one.shortfall().is_positive());
    let denied = Denied {
        decision: "denied",
        code: refusal.code(),
        detail: refusal.sentence(),
        retryable: refusal.retryable(),
        required: each(|one| one.required),
        available: each(|one| one.available),
        shortfall: each(Shortage::shortfall),
        affordable: affordable(shortages),
        held: held.iter().map(money).collect(),
        frees_at: frees_at.map(time::format),
        level: exceeded.first().map(|one| one.level.as_str()),
        missing: missing.iter().map(MissingReply::from).collect(),
        budgets: exceeded.iter().map(ExceededReply::from).collect(),
        topup_url: topup_url.filter(|_| helps),
    };
    Some(json(&denied))
}
