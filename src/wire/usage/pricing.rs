//! Usage that posted without a price: listed until it is priced, and priced once.

use std::collections::BTreeMap;

use serde::Serialize;
use serde_json::value::RawValue;

use crate::engine::command::Pricing;
use crate::engine::price::{Warning, totals};
use crate::engine::usage::{Cost, Datum};
use crate::engine::{AccountId, Action, Command, Entry, Fact, Grant, Wallet};
use crate::journal::chain::request_digest;
use crate::wire::balance::{BalanceReply, balances};
use crate::wire::ids::{self, MAX_ID};
use crate::wire::json::Errors;
use crate::wire::money::given_back;
use crate::wire::problem::Problem;
use crate::wire::reply::{Money, json};
use crate::wire::request::read;
use crate::wire::time;

use super::event::{MAX_COSTS, costs};
use super::event_reply::{CostReply, values};
use super::fee::{FeeReply, fees};
use super::moves::charges;
use super::unpriced::{pricing_id, usage_of};
use super::warning::warnings;

/// What is known of an event by now.
#[derive(Clone, PartialEq, Eq, Default, Debug)]
pub struct Known {
    /// Takes the place of the fields that it names.
    pub data: BTreeMap<String, Datum>,
    /// Beside those that the event has.
    pub costs: Vec<Cost>,
}

impl Known {
    /// That its costs are new ones, and that the event has room for them. A cost that was recorded counts in
    /// the stats already, so it cannot be another one by now.
    ///
    /// # Errors
    /// `validation_failed`.
    pub fn check(&self, entry: &Entry, place: usize) -> Result<(), Problem> {
        let mut errors = Errors::default();
        let usage = usage_of(&entry.fact);
        let event = usage.as_ref().and_then(|usage| usage.events.get(place));
        let recorded = event.map_or(&[][..], |event| &event.costs);
        for (number, cost) in self.costs.iter().enumerate() {
            if recorded.iter().any(|other| other.id == cost.id) {
                let sentence = "is a cost that the event has already; leave it out";
                errors.add(&format!("costs[{number}].id"), sentence);
            }
        }
        let room = MAX_COSTS.saturating_sub(recorded.len());
        if self.costs.len() > room {
            let sentence =
                format!("must have at most {room} items here: an event has {MAX_COSTS} costs");
            errors.add("costs", sentence);
        }
        Ok(errors.check(Some(()))?)
    }
}

/// `POST …/wallet/pricings`: which event, and what is known of it by now.
///
/// ```json
/// { "event_id": "evt_7", "data": { "output_tokens": 512 },
///   "costs": [ { "id": "c1", "vendor_external_id": "openai", "amount": "0.0311" } ] }
/// ```
///
/// # Errors
/// As [`read`].
pub fn pricing(body: &str) -> Result<(String, Known), Problem> {
    read(body, |object, errors| {
        let id = object.text("event_id", MAX_ID, errors);
        let id = object.require("event_id", id, errors);
        let data = object.data("data", errors);
        let costs = costs(object, errors);
        Some((id?, Known { data, costs }))
    })
}

/// The operation that prices an event, whoever asks for it: an event is priced once.
#[must_use]
pub fn pricing_op(entry: u64, place: usize) -> String {
    format!("price:{entry}:{place}")
}

/// The command; none where the entry has no such event. `lots` are the grants that it drew on.
#[must_use]
pub fn price(
    entry: &Entry,
    place: usize,
    known: &Known,
    hold_subject: Option<String>,
    lots: Vec<(AccountId, Grant)>,
) -> Option<Command> {
    let usage = usage_of(&entry.fact)?;
    let mut event = usage.events.get(place)?.clone();
    event.data.extend(known.data.clone());
    event.costs.extend(known.costs.clone());
    // Its period is that in which it happened, however late it is priced.
    event.occurred_at.get_or_insert(entry.at);
    let warnings = usage.warnings.iter();
    let warnings = warnings.filter(|one| one.event() == place).cloned();
    let moves = entry.changes.iter();
    let moves = moves.map(|change| (change.account.clone(), change.moves.clone()));
    Some(Command {
        op: pricing_op(entry.seq, place),
        // What the wallet found of the row is no part of what was asked.
        request: asked(entry.seq, place, known),
        action: Action::PriceUsage(Pricing {
            entry: entry.seq,
            place,
            subject: event.subject.clone().or(hold_subject),
            event,
            new_costs: known.costs.len(),
            from_hold: usage.hold.is_some(),
            fees: usage.fees.to_vec(),
            warnings: warnings.collect(),
            moves: moves.collect(),
            lots,
        }),
    })
}

/// The digest of a request. Without costs it is that of the time before them, by which stored rows know it.
fn asked(entry: u64, place: usize, known: &Known) -> String {
    let [seq, number, data] = [entry.to_string(), place.to_string(), json(&known.data)];
    let costs = json(&known.costs);
    let mut parts = vec!["price", &seq, &number, &data];
    if !known.costs.is_empty() {
        parts.push(&costs);
    }
    request_digest(&parts)
}

/// ```json
/// { "id": "pri_…", "entry": 18, "prices": 12, "event_id": "evt_7", "event_type": "chat",
///   "data": { "output_tokens": 512 }, "costs": [], "fees": [], "charged": [ { "asset": "USD", "amount": "0.4" } ],
///   "given_back": [], "created_at": "…", "balances": [] }
/// ```
#[derive(Serialize)]
struct PricingReply<'a> {
    id: String,
    entry: u64,
    /// The entry that recorded the event.
    prices: u64,
    event_id: String,
    event_type: &'a str,
    data: BTreeMap<&'a str, Box<RawValue>>,
    costs: Vec<CostReply<'a>>,
    /// Whole, also where a part of them was charged before.
    fees: Vec<FeeReply<'a>>,
    /// What was charged by this.
    charged: Vec<Money>,
    /// What an estimate had charged too much.
    given_back: Vec<Money>,
    created_at: String,
    balances: Vec<BalanceReply<'a>>,
}

/// The reply to a pricing, from its entry alone.
#[must_use]
pub fn priced(wallet: &Wallet, entry: &Entry) -> String {
    let Fact::UsagePriced {
        entry: prices,
        place,
        event,
        fees: own,
        from_hold,
        ..
    } = &entry.fact
    else {
        // Only pricings come here; a reply must not fail once its entry is written.
        return "{}".to_owned();
    };
    let customer = &wallet.customer;
    let own_id = event.id.clone().filter(|_| !from_hold);
    let event_id = own_id.unwrap_or_else(|| ids::captured_event(customer, *prices, *place));
    let events = std::slice::from_ref(event);
    json(&PricingReply {
        id: pricing_id(customer, entry.seq),
        entry: entry.seq,
        prices: *prices,
        event_id,
        event_type: &event.event_type,
        data: values(&event.data),
        costs: event.costs.iter().map(CostReply::of).collect(),
        fees: fees(wallet, entry, own, events, None),
        charged: charges(entry),
        given_back: given_back(entry),
        created_at: time::format(entry.at),
        balances: balances(entry),
    })
}

/// ```json
/// { "event_id": "evt_7", "entry": 12, "event_type": "chat", "subject": null, "data": {},
///   "estimated": false, "charged": [], "warnings": [], "occurred_at": "…", "created_at": "…" }
/// ```
#[derive(Serialize)]
struct UnpricedItem<'a> {
    event_id: &'a str,
    entry: u64,
    event_type: &'a str,
    subject: Option<&'a str>,
    data: BTreeMap<&'a str, Box<RawValue>>,
    /// It was charged as it was held, because its volume was missing.
    estimated: bool,
    /// What it was charged so far.
    charged: Vec<Money>,
    warnings: Vec<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    hold_id: Option<String>,
    occurred_at: String,
    created_at: String,
}

/// An event of the list, as JSON; none where the entry has no such event.
#[must_use]
pub fn unpriced_item(
    customer: &str,
    entry: &Entry,
    place: usize,
    hold_subject: Option<&str>,
) -> Option<String> {
    let usage = usage_of(&entry.fact)?;
    let event = usage.events.get(place)?;
    let captured = usage
        .hold
        .map(|_| ids::captured_event(customer, entry.seq, place));
    let own = usage.fees.iter().filter(|fee| fee.event == place).cloned();
    // What was posted has a sum.
    let sums = totals(&own.collect::<Vec<_>>()).unwrap_or_default();
    let money = |(asset, amount)| Money { asset, amount };
    let told = usage.warnings.iter().filter(|one| one.event() == place);
    let told: Vec<Warning> = told.map(|one| one.clone().at_place(0)).collect();
    Some(json(&UnpricedItem {
        event_id: captured
            .as_deref()
            .or(event.id.as_deref())
            .unwrap_or_default(),
        entry: entry.seq,
        event_type: &event.event_type,
        subject: event.subject.as_deref().or(hold_subject),
        data: values(&event.data),
        estimated: usage.is_estimated(place),
        charged: sums.into_iter().map(money).collect(),
        warnings: warnings(&told),
        hold_id: usage
            .hold
            .map(|hold| ids::of_wallet("hold", customer, hold)),
        occurred_at: time::format(event.occurred_at.unwrap_or(entry.at)),
        created_at: time::format(entry.at),
    }))
}

/// A page of the list; `next` is the cursor to go on below.
#[must_use]
pub fn unpriced_page(items: &[String], limit: usize, next: Option<u64>) -> String {
    let next = json(&next.map(|seq| seq.to_string()));
    let items = items.join(",");
    format!("{{\"items\":[{items}],\"limit\":{limit},\"next\":{next}}}")
}
