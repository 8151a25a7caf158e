//! Entries as the customer sees them: what happened and what it came to. What it cost the platform stands in
//! the record of an entry, and so no record is here.

use serde::Serialize;

use crate::engine::usage::Datum;
use crate::engine::{Amount, Entry, Fact, UsageEvent};
use crate::journal::Row;
use crate::wire::balance::{BalanceReply, balances};
use crate::wire::overview::{changed, words};
use crate::wire::paging::CursorPage;
use crate::wire::reply::json;
use crate::wire::time;

/// ```json
/// { "seq": 17, "type": "usage_recorded", "at": "…", "what": "Usage", "note": "chat",
///   "changes": [ { "asset": "USD", "amount": "-0.04" } ], "balances": [] }
/// ```
#[derive(Serialize)]
pub struct ActivityReply<'a> {
    pub seq: u64,
    #[serde(rename = "type")]
    kind: &'static str,
    at: String,
    /// In words: `Top-up`, `Usage`.
    what: String,
    /// What the caller said of it.
    #[serde(skip_serializing_if = "Option::is_none")]
    note: Option<String>,
    /// Whose work it was, what kind of usage, and by which model: what the customer asks where the credits went
    /// by. Of several events only what all of them say, because the entry has one amount.
    #[serde(skip_serializing_if = "Option::is_none")]
    subject: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    event_type: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    model: Option<&'a str>,
    /// By how much each balance changed; none for what only holds.
    changes: Vec<ChangeReply>,
    balances: Vec<BalanceReply<'a>>,
}

#[derive(Serialize)]
struct ChangeReply {
    account: String,
    asset: String,
    amount: Amount,
}

impl<'a> ActivityReply<'a> {
    #[must_use]
    pub fn of(entry: &'a Entry) -> Self {
        let (what, note) = words(&entry.fact);
        let changes = entry.changes.iter().filter_map(changed);
        let events = usage_of(&entry.fact);
        Self {
            seq: entry.seq,
            kind: entry.fact.word(),
            at: time::format(entry.at),
            what,
            note,
            subject: common(events, |event| event.subject.as_deref()),
            event_type: common(events, |event| Some(event.event_type.as_str())),
            model: common(events, model_of),
            changes: changes
                .map(|one| ChangeReply {
                    account: one.account.to_string(),
                    asset: one.account.asset,
                    amount: one.amount,
                })
                .collect(),
            balances: balances(entry),
        }
    }
}

/// The usage that an entry charged.
fn usage_of(fact: &Fact) -> &[UsageEvent] {
    match fact {
        Fact::UsageRecorded { event, .. } | Fact::UsagePriced { event, .. } => {
            std::slice::from_ref(event)
        }
        Fact::HoldCaptured { events, .. } => events,
        _ => &[],
    }
}

/// What all events say; nothing where they say different things, or one says nothing.
fn common<'a>(
    events: &'a [UsageEvent],
    said: impl Fn(&'a UsageEvent) -> Option<&'a str>,
) -> Option<&'a str> {
    let (first, others) = events.split_first()?;
    let word = said(first)?;
    let agree = others.iter().all(|event| said(event) == Some(word));
    agree.then_some(word)
}

/// `data.model`, as the app sent it. Only a text: a number there is something else than a name.
fn model_of(event: &UsageEvent) -> Option<&str> {
    match event.data.get("model") {
        Some(Datum::Text(model)) => Some(model),
        _ => None,
    }
}

/// `GET …/wallet/entries` for a customer's token: newest first, by the same cursor.
#[must_use]
pub fn activity(rows: &[Row], limit: usize) -> String {
    let last = rows.last().map(|row| row.entry.seq);
    json(&CursorPage {
        items: rows
            .iter()
            .map(|row| ActivityReply::of(&row.entry))
            .collect(),
        limit,
        next: last.filter(|seq| *seq > 1).map(|seq| seq.to_string()),
    })
}
