//! The reply to events that were recorded as they came.

use serde::Serialize;

use crate::engine::{AccountChange, Entry, Fact, Wallet};
use crate::wire::balance::{BalanceReply, balance};
use crate::wire::limits::{ReachedReply, reached};
use crate::wire::reply::json;
use crate::wire::time;

use super::fee::{FeeReply, fees};
use super::warning::warnings;

/// ```json
/// { "events": [ { "id": "evt_1", "created_at": "…" } ], "fees": [], "balances": [], "warnings": [] }
/// ```
#[derive(Serialize)]
struct Recorded<'a> {
    events: Vec<RecordedEvent<'a>>,
    fees: Vec<FeeReply<'a>>,
    balances: Vec<BalanceReply<'a>>,
    warnings: Vec<String>,
}

#[derive(Serialize)]
struct RecordedEvent<'a> {
    id: String,
    /// When it was first recorded: a replay tells the time of then.
    created_at: String,
    /// Thresholds of budgets that this event reached.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    reached: Vec<ReachedReply<'a>>,
    /// It posted without a price.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    unpriced: bool,
}

/// `POST /v1/events` with `Prefer: return=representation`; without that header the answer is a 204.
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
            reached: reached(entry),
            unpriced: !own_warnings.is_empty(),
        });
        let (id, event) = (event.id.as_deref(), std::slice::from_ref(event));
        reply.fees.extend(fees(wallet, entry, own, event, id));
        // A recorded event stands alone in its entry. In the reply it has its place in the request,
        // so its warnings must name that one.
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
