//! The reply to a capture, a release or an extension.

use serde::Serialize;

use crate::engine::price::Warning;
use crate::engine::{Entry, Fact, Fee, Instant, UsageEvent, Wallet};
use crate::wire::balance::{BalanceReply, balances};
use crate::wire::limits::{ReachedReply, reached};
use crate::wire::reply::{Money, json};
use crate::wire::{ids, time};

use super::fee::{FeeReply, fees};
use super::moves::{charges, releases};
use super::unpriced::unpriced;
use super::warning::warnings;

/// ```json
/// { "hold": { "id": "hold_…", "status": "captured" },
///   "captured": [ { "asset": "USD", "amount": "0.01" } ],
///   "released": [ { "asset": "USD", "amount": "0.03" } ], "fees": [], "balances": [] }
/// ```
#[derive(Serialize)]
struct Settled<'a> {
    hold: SettledHold,
    /// What was charged, by asset, also beyond what was held.
    captured: Vec<Money>,
    /// What came back, by asset.
    released: Vec<Money>,
    fees: Vec<FeeReply<'a>>,
    balances: Vec<BalanceReply<'a>>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    warnings: Vec<String>,
    /// The places of the events that posted without a price.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    unpriced: Vec<usize>,
    /// Those that were charged as they were held, because a volume was missing.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    estimated: Vec<usize>,
    /// Thresholds of budgets that were reached.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    reached: Vec<ReachedReply<'a>>,
}

#[derive(Serialize)]
struct SettledHold {
    id: String,
    /// `open`, `captured`, `released` or `expired`, as this entry left it.
    status: &'static str,
    /// It was captured after it had expired.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    late: bool,
    /// The new end, after an extension.
    #[serde(skip_serializing_if = "Option::is_none")]
    expires_at: Option<String>,
    /// Why it was released, as the caller said.
    #[serde(skip_serializing_if = "Option::is_none")]
    reason: Option<String>,
}

/// The reply to a capture, a release or an extension, from the entry alone.
#[must_use]
pub fn settled(wallet: &Wallet, entry: &Entry) -> String {
    // Only a capture keeps its events in its entry.
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
        // What is left is a hold that has run out: only these four facts change a hold that is
        // there.
        _ => ("expired", false, None, None, &[], &[]),
    };
    let (unpriced, estimated) = unpriced(&entry.fact);
    json(&Settled {
        hold: SettledHold {
            id: ids::of_wallet("hold", &wallet.customer, entry.fact.hold().unwrap_or(0)),
            status,
            late,
            expires_at: expires_at.map(time::format),
            reason,
        },
        captured: charges(entry),
        released: releases(entry),
        fees: fees(wallet, entry, own, events, None),
        balances: balances(entry),
        warnings: warnings(own_warnings),
        unpriced,
        estimated,
        reached: reached(entry),
    })
}
