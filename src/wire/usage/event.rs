//! The usage events of a request, with what they cost their seller.

use crate::engine::UsageEvent;
use crate::engine::usage::Cost;
use crate::wire::ids::MAX_ID;
use crate::wire::json::{Errors, Object};
use crate::wire::maths::maths;
use crate::wire::metering::{Metered, metered};
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
    let mut is_right = true;
    for item in &items {
        // Every event is read, so that all errors are reported at once.
        match usage_event(item, identity, errors) {
            Some(read) => events.extend(read),
            None => is_right = false,
        }
        // At once, so that what a short body becomes stays bounded, too.
        if events.len() > MAX_EVENTS {
            let sentence =
                format!("must become at most {MAX_EVENTS} events, and their usage makes more");
            errors.add(&object.path_of("events"), sentence);
            return None;
        }
    }
    // None at all where one is wrong: a part of what was used must never be charged as if it were
    // all.
    is_right.then_some(events)
}

/// One event; the usage of a reply may become several, one for each of its models and units.
///
/// ```json
/// { "id": "evt_1", "event_type": "chat", "occurred_at": "2026-11-24T10:00:00Z", "subject": "run_7",
///   "description": "Summary", "data": { "output_tokens": 4096, "model": "large" }, "costs": [] }
/// ```
fn usage_event(
    object: &Object<'_>,
    identity: Identity,
    errors: &mut Errors,
) -> Option<Vec<UsageEvent>> {
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
    // Read before anything can end the reading, so that all that is wrong with an event is told at once.
    let usage = usage(object, errors);
    let event = UsageEvent {
        id,
        event_type: event_type?,
        occurred_at,
        subject,
        description,
        data,
        costs,
    };
    match usage {
        None => Some(vec![event]),
        Some(usage) => metered_events(&event, usage?, object, errors),
    }
}

/// The usage of a reply as its vendor wrote it, where there is any: `Some(None)` where it is wrong.
fn usage(object: &Object<'_>, errors: &mut Errors) -> Option<Option<Vec<Metered>>> {
    object.get("usage")?;
    let usage = object.object("usage", errors);
    Some(usage.and_then(|usage| metered(&usage, errors)))
}

/// An event for each model and each unit of the usage, with the data that the caller has added.
fn metered_events(
    event: &UsageEvent,
    usage: Vec<Metered>,
    object: &Object<'_>,
    errors: &mut Errors,
) -> Option<Vec<UsageEvent>> {
    let mut events = Vec::with_capacity(usage.len());
    for one in usage {
        let longer = |text: &str, more: &Option<String>| match more {
            None => text.to_owned(),
            Some(more) => format!("{text}.{more}"),
        };
        let mut own = UsageEvent {
            id: event.id.as_ref().map(|id| longer(id, &one.suffix)),
            event_type: longer(&event.event_type, &one.kind),
            ..event.clone()
        };
        // Longer than what a caller may write, it could not be asked for by its id, nor named by a price.
        let ids = [own.id.as_deref().unwrap_or_default(), &own.event_type];
        if ids.iter().any(|id| id.chars().count() > MAX_ID) {
            let sentence =
                "makes an id or an event type that is too long; shorten those of the event";
            errors.add(&object.path_of("usage"), sentence);
            return None;
        }
        // One of both would be lost without a word, and nobody could say which was meant.
        if let Some(name) = one.data.keys().find(|name| own.data.contains_key(*name)) {
            let sentence = format!("is told by usage already; leave data.{name} out");
            errors.add(&object.path_of("data"), sentence);
            return None;
        }
        own.data.extend(one.data);
        // What the caller says of his costs, he says of the reply as a whole.
        if one.suffix.is_some() {
            own.costs.clear();
        }
        let known = |cost: &Cost| own.costs.iter().any(|other| other.id == cost.id);
        if let Some(cost) = one.costs.iter().find(|cost| known(cost)) {
            let sentence = format!("has {:?}, which the usage reports, too", cost.id);
            errors.add(&object.path_of("costs"), sentence);
            return None;
        }
        own.costs.extend(one.costs);
        events.push(own);
    }
    Some(events)
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
