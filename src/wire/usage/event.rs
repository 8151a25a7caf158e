//! The usage events of a request, with what they cost their seller.

use crate::engine::UsageEvent;
use crate::engine::usage::Cost;
use crate::wire::ids::MAX_ID;
use crate::wire::json::{Errors, Object};
use crate::wire::maths::maths;
use crate::wire::request::MAX_WORDS;

/// Most usage events in one request.
pub const MAX_EVENTS: usize = 1_000;

/// Most costs of one usage event.
pub const MAX_COSTS: usize = 100;

/// The currency of a cost that names none; Credyt's too.
pub const COST_CURRENCY: &str = "USD";

/// Whether events have to say who they are and when they happened.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Identity {
    /// An event that is recorded by itself: its id tells repeats apart, its time tells which
    /// period.
    Required,
    /// An event inside an operation that has an id and a time of its own.
    Optional,
}

/// The field `events` of a request. `None` where one of them is wrong, after all have been read.
pub(super) fn events(
    object: &Object<'_>,
    identity: Identity,
    errors: &mut Errors,
) -> Option<Vec<UsageEvent>> {
    let items = object.objects("events", MAX_EVENTS, errors)?;
    if items.is_empty() {
        errors.add(&object.path_of("events"), "must have at least one event");
        return None;
    }
    let mut events = Vec::with_capacity(items.len());
    for item in &items {
        // Every event is read, so that all errors are reported at once.
        events.extend(usage_event(item, identity, errors));
    }
    // None at all where one is wrong: a part of what was used must never be charged as if it were
    // all.
    (events.len() == items.len()).then_some(events)
}

/// One event.
///
/// ```json
/// { "id": "evt_1", "event_type": "chat", "occurred_at": "2026-11-24T10:00:00Z", "subject": "run_7",
///   "description": "Summary", "data": { "output_tokens": 4096, "model": "large" }, "costs": [] }
/// ```
fn usage_event(object: &Object<'_>, identity: Identity, errors: &mut Errors) -> Option<UsageEvent> {
    let mut id = object.text("id", MAX_ID, errors);
    let mut occurred_at = object.time("occurred_at", errors);
    if identity == Identity::Required {
        id = object.require("id", id, errors);
        occurred_at = object.require("occurred_at", occurred_at, errors);
    }
    let event_type = object.text("event_type", MAX_ID, errors);
    let event_type = object.require("event_type", event_type, errors);
    let subject = object.text("subject", MAX_WORDS, errors);
    let description = object.text("description", MAX_WORDS, errors);
    let data = object.data("data", errors);
    let costs = costs(object, errors);
    Some(UsageEvent {
        id,
        event_type: event_type?,
        occurred_at,
        subject,
        description,
        data,
        costs,
    })
}

/// What an event cost its seller. An id names a cost within its event.
pub(super) fn costs(object: &Object<'_>, errors: &mut Errors) -> Vec<Cost> {
    let items = object.objects("costs", MAX_COSTS, errors);
    let mut costs: Vec<Cost> = Vec::new();
    for item in items.iter().flatten() {
        let Some(cost) = cost(item, errors) else {
            continue;
        };
        if costs.iter().any(|other| other.id == cost.id) {
            errors.add(&item.path_of("id"), "is given to two costs of this event");
        }
        costs.push(cost);
    }
    costs
}

/// One cost. The vendor is named by either id, and whether it exists is not checked: one that is
/// created later has these costs, too.
///
/// ```json
/// { "id": "c1", "vendor_external_id": "openai", "category": "inference", "amount": "0.0311",
///   "currency": "USD" }
/// ```
fn cost(object: &Object<'_>, errors: &mut Errors) -> Option<Cost> {
    let id = object.text("id", MAX_ID, errors);
    let id = object.require("id", id, errors);
    let vendor_id = object.text("vendor_id", MAX_ID, errors);
    let vendor_external_id = object.text("vendor_external_id", MAX_ID, errors);
    // By what is there, so that an id that cannot be read is not also told as missing.
    let names = |name: &'static str| object.get(name).is_some();
    match (names("vendor_id"), names("vendor_external_id")) {
        (false, false) => errors.add(
            &object.path_of("vendor_id"),
            "is required, or vendor_external_id instead",
        ),
        (true, true) => errors.add(
            &object.path_of("vendor_external_id"),
            "must be left out when vendor_id is given",
        ),
        (true, false) | (false, true) => {}
    }
    let currency = object.code("currency", errors);
    // Credyt's currencies are in capitals, and `usd` beside `USD` would be another currency in the
    // stats.
    if currency
        .as_ref()
        .is_some_and(|code| code.to_ascii_uppercase() != *code)
    {
        let sentence = "must be a currency in capitals, such as USD";
        errors.add(&object.path_of("currency"), sentence);
    }
    let category = object.text("category", MAX_ID, errors);
    let description = object.text("description", MAX_WORDS, errors);
    let metadata = object.data("metadata", errors);
    let maths = maths(object, "units", errors);
    // A router's cost is a float that somebody computed: refusing it would lose the whole batch.
    let amount = object.computed("amount", errors);
    let (amount, rounded) = object.require("amount", amount, errors)?;
    if amount.is_negative() {
        errors.add(&object.path_of("amount"), "must not be negative");
        return None;
    }
    Some(Cost {
        amount,
        rounded,
        id: id?,
        vendor_id,
        vendor_external_id,
        category,
        description,
        metadata,
        maths,
        currency: currency.unwrap_or_else(|| COST_CURRENCY.to_owned()),
    })
}
