//! Entries as the customer sees them: what happened, what it came to, and which grants it came in with or was paid by.
//! What it cost the platform stands in the record of an entry, and so no record is here.
//!
//! ```text
//! Σ grants.amount of one grant, over all entries = available + held of that grant
//! ```

use std::collections::BTreeMap;

use serde::Serialize;

use crate::engine::usage::Datum;
use crate::engine::{Amount, Entry, Fact, Move, UsageEvent};
use crate::journal::Row;
use crate::wire::balance::{BalanceReply, balances};
use crate::wire::overview::{changed, words};
use crate::wire::paging::CursorPage;
use crate::wire::reply::json;
use crate::wire::{ids, time};

/// ```json
/// { "seq": 17, "type": "usage_recorded", "at": "…", "what": "Usage", "note": "chat",
///   "changes": [ { "asset": "USD", "amount": "-0.04" } ],
///   "grants": [ { "grant": "grant_…", "asset": "USD", "amount": "-0.04" } ], "balances": [] }
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
    /// By how much each grant changed; none where nothing came in, was used or is over.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    grants: Vec<GrantChange>,
    balances: Vec<BalanceReply<'a>>,
}

#[derive(Serialize)]
struct ChangeReply {
    account: String,
    asset: String,
    amount: Amount,
}

/// What came into a grant, or what of it was used or is over. Held credit is the grant's own still.
#[derive(Serialize)]
struct GrantChange {
    grant: String,
    asset: String,
    amount: Amount,
}

impl<'a> ActivityReply<'a> {
    #[must_use]
    pub fn of(customer: &str, entry: &'a Entry) -> Self {
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
            grants: grants(customer, entry),
            balances: balances(entry),
        }
    }
}

fn grants(customer: &str, entry: &Entry) -> Vec<GrantChange> {
    let mut all: BTreeMap<u64, (&str, Amount)> = BTreeMap::new();
    for change in &entry.changes {
        for one in &change.moves {
            let (grant, by) = match one {
                Move::Open { grant, amount, .. } | Move::Restore { grant, amount, .. } => {
                    (*grant, *amount)
                }
                Move::Capture(draw) | Move::Draw(draw) | Move::Repay(draw) | Move::Lapse(draw) => {
                    (draw.grant, Amount::ZERO.folded_minus(draw.amount))
                }
                // Put aside, given back or owed: no grant has more or less of it.
                Move::Reserve(_)
                | Move::Release(_)
                | Move::Back { .. }
                | Move::Borrow { .. }
                | Move::Pledge { .. }
                | Move::Unpledge { .. }
                | Move::Owe { .. }
                | Move::Forgive { .. } => continue,
            };
            let (_, sum) = all
                .entry(grant)
                .or_insert((&change.account.asset, Amount::ZERO));
            *sum = sum.folded_plus(by);
        }
    }
    let all = all.into_iter().filter(|(_, (_, by))| !by.is_zero());
    all.map(|(grant, (asset, amount))| GrantChange {
        grant: ids::of_wallet("grant", customer, grant),
        asset: asset.to_owned(),
        amount,
    })
    .collect()
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
pub fn activity(customer: &str, rows: &[Row], limit: usize) -> String {
    let last = rows.last().map(|row| row.entry.seq);
    json(&CursorPage {
        items: rows
            .iter()
            .map(|row| ActivityReply::of(customer, &row.entry))
            .collect(),
        limit,
        next: last.filter(|seq| *seq > 1).map(|seq| seq.to_string()),
    })
}
