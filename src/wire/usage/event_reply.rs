//! Replies about usage events: one with its fees, costs and stats, and the items of a list.

use std::collections::BTreeMap;

use serde::Serialize;
use serde_json::value::RawValue;

use crate::engine::usage::{Cost, Datum};
use crate::engine::{Amount, Entry, Fee, Quantity, UsageEvent, Wallet};
use crate::wire::money::reversal_id;
use crate::wire::reply::{Money, json};
use crate::wire::stats::{Ledger, StatsReply};
use crate::wire::{ids, time};

use super::fee::{FeeReply, fees};
use super::unpriced::{pricing_id, usage_of};
use super::warning::warnings;

/// ```json
/// { "id": "evt_1", "customer_id": "cust_…", "event_type": "chat", "occurred_at": "…",
///   "created_at": "…", "subject": "run_7", "description": null, "data": { "output_tokens": 4096 },
///   "costs": [], "fees": [], "stats": null, "warnings": [] }
/// ```
#[derive(Serialize)]
struct EventReply<'a> {
    id: &'a str,
    customer_id: &'a str,
    event_type: &'a str,
    occurred_at: String,
    /// When the wallet recorded it.
    created_at: String,
    subject: Option<&'a str>,
    description: Option<&'a str>,
    data: BTreeMap<&'a str, Box<RawValue>>,
    costs: Vec<CostReply<'a>>,
    fees: Vec<FeeReply<'a>>,
    /// Null where there was neither a fee nor a cost.
    stats: Option<StatsReply>,
    warnings: Vec<String>,
    /// The hold whose capture the event was a part of.
    #[serde(skip_serializing_if = "Option::is_none")]
    hold_id: Option<String>,
    /// The id that the event had inside that capture.
    #[serde(skip_serializing_if = "Option::is_none")]
    label: Option<&'a str>,
    /// The reversal that took back what its entry charged.
    #[serde(skip_serializing_if = "Option::is_none")]
    reversed_by: Option<String>,
    /// It posted without a price.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    unpriced: bool,
    /// It was charged as it was held, because a volume was missing.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    estimated: bool,
    /// What charged it later.
    #[serde(skip_serializing_if = "Option::is_none")]
    priced_by: Option<String>,
}

/// What has become of an event since: the `seq`s of the entries that took it back or priced it.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub struct Since {
    pub reversed_by: Option<u64>,
    pub priced_by: Option<u64>,
}

/// What the event cost its seller, as it was sent: the customer never sees it.
#[derive(Serialize)]
pub(super) struct CostReply<'a> {
    id: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    vendor_id: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    vendor_external_id: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    category: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    description: Option<&'a str>,
    metadata: BTreeMap<&'a str, Box<RawValue>>,
    /// The five numbers that the amount may have come from are told back, and nothing is computed
    /// from them.
    #[serde(skip_serializing_if = "Option::is_none")]
    units: Option<Quantity>,
    #[serde(skip_serializing_if = "Option::is_none")]
    unit_price: Option<Amount>,
    #[serde(skip_serializing_if = "Option::is_none")]
    input_volume: Option<Quantity>,
    #[serde(skip_serializing_if = "Option::is_none")]
    volume_rate: Option<Amount>,
    #[serde(skip_serializing_if = "Option::is_none")]
    package_size: Option<Quantity>,
    amount: Amount,
    /// It was sent with more than 12 places.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    rounded: bool,
    currency: &'a str,
}

impl<'a> CostReply<'a> {
    pub(super) fn of(cost: &'a Cost) -> Self {
        Self {
            id: &cost.id,
            vendor_id: cost.vendor_id.as_deref(),
            vendor_external_id: cost.vendor_external_id.as_deref(),
            category: cost.category.as_deref(),
            description: cost.description.as_deref(),
            metadata: values(&cost.metadata),
            units: cost.maths.units,
            unit_price: cost.maths.unit_price,
            input_volume: cost.maths.input_volume,
            volume_rate: cost.maths.volume_rate,
            package_size: cost.maths.package_size,
            amount: cost.amount,
            rounded: cost.rounded,
            currency: &cost.currency,
        }
    }
}

/// `GET /v1/events/{event}`: the event at a place of its entry. What a capture does not say of an
/// event its hold does: the subject, and the moment.
#[must_use]
pub fn event(
    wallet: &Wallet,
    entry: &Entry,
    place: usize,
    hold_subject: Option<&str>,
    since: Since,
) -> Option<String> {
    let usage = usage_of(&entry.fact)?;
    let (events, own, hold) = (usage.events, usage.fees, usage.hold);
    let event = events.get(place)?;
    // Ids inside a capture are labels, which another capture may use again, so the event needs an
    // id of its own.
    let captured = hold.map(|_| ids::captured_event(&wallet.customer, entry.seq, place));
    let id = captured.as_deref().or(event.id.as_deref());
    let mut warnings = warnings(usage.warnings);
    let about = format!("events[{place}]");
    // A capture warns about all of its events at once, and this reply must be about one.
    warnings.retain(|sentence| sentence.starts_with(&about));
    Some(json(&EventReply {
        id: id.unwrap_or_default(),
        customer_id: &wallet.customer,
        event_type: &event.event_type,
        occurred_at: time::format(event.occurred_at.unwrap_or(entry.at)),
        created_at: time::format(entry.at),
        subject: event.subject.as_deref().or(hold_subject),
        description: event.description.as_deref(),
        data: values(&event.data),
        costs: event.costs.iter().map(CostReply::of).collect(),
        fees: fees_at(wallet, entry, own, events, place, id),
        stats: stats(event, own, place),
        warnings,
        hold_id: hold.map(|hold| ids::of_wallet("hold", &wallet.customer, hold)),
        label: event.id.as_deref().filter(|_| hold.is_some()),
        reversed_by: since
            .reversed_by
            .map(|seq| reversal_id(&wallet.customer, seq)),
        unpriced: usage.is_unpriced(place),
        estimated: usage.is_estimated(place),
        priced_by: since.priced_by.map(|seq| pricing_id(&wallet.customer, seq)),
    }))
}

/// The fees of one of the entry's events.
fn fees_at<'a>(
    wallet: &'a Wallet,
    entry: &Entry,
    own: &'a [Fee],
    events: &'a [UsageEvent],
    place: usize,
    id: Option<&'a str>,
) -> Vec<FeeReply<'a>> {
    let all = fees(wallet, entry, own, events, id).into_iter().zip(own);
    let here = all.filter(|(_, fee)| fee.event == place);
    here.map(|(reply, _)| reply).collect()
}

/// The stats of this one event. Nothing where there was neither a fee nor a cost.
fn stats(event: &UsageEvent, own: &[Fee], place: usize) -> Option<StatsReply> {
    let mut ledger = Ledger::default();
    for fee in own.iter().filter(|fee| fee.event == place) {
        ledger.charge(&fee.asset, fee.amount, 1);
    }
    for cost in &event.costs {
        ledger.cost(&cost.currency, cost.amount, 1);
    }
    ledger.own_stats()
}

/// An event's data as JSON, as it was sent.
pub(super) fn values(data: &BTreeMap<String, Datum>) -> BTreeMap<&str, Box<RawValue>> {
    // A number is written by its own digits: a client that reads them into a float loses what it
    // would have lost of its own request.
    let text = |datum: &Datum| match datum {
        Datum::Flag(_) | Datum::Whole(_) => datum.word().into_owned(),
        Datum::Number { number } => number.to_string(),
        Datum::Text(text) => json(text),
        Datum::Json { json } => json.clone(),
    };
    // All of it was read from JSON, so none of it is left out.
    data.iter()
        .filter_map(|(name, datum)| {
            let raw = RawValue::from_string(text(datum)).ok()?;
            Some((name.as_str(), raw))
        })
        .collect()
}

/// An event in a list, from the directory's own row of it.
#[derive(Serialize)]
pub struct EventItem {
    pub id: String,
    pub customer_id: String,
    /// The customer's, as it is now.
    pub external_id: Option<String>,
    pub event_type: String,
    pub subject: Option<String>,
    pub description: Option<String>,
    pub occurred_at: String,
    pub created_at: String,
    /// Of the first asset that was charged; null where nothing was.
    pub total_fees: Option<Amount>,
    /// The code of that asset.
    pub fee_currency: Option<String>,
    pub has_fees: bool,
    /// By asset, when there are several.
    pub fees: Vec<Money>,
    pub stats: Option<StatsReply>,
    /// It posted without a price; whether it was priced since, the event itself says.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub unpriced: bool,
    /// It was charged as it was held, because a volume was missing.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub estimated: bool,
    /// Of captured usage only.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub hold_id: Option<String>,
}
