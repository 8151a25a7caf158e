//! Requests about usage: from a body to the command that a wallet decides.
//!
//! Unknown fields are refused here: a misspelt `on_insufficient` or `final` would move money in
//! another way than its sender meant.

use crate::engine::hold::{DEFAULT_SECONDS, HoldId, MAX_SECONDS};
use crate::engine::{
    Action, Ask, Command, OnInsufficient, OnUnpriced, Settle, UsageEvent, hold_end_op,
};
use crate::wire::customer_ref::CustomerRef;
use crate::wire::ids::MAX_ID;
use crate::wire::json::{Errors, Object};
use crate::wire::problem::Problem;
use crate::wire::request::{MAX_WORDS, command, not_negative, operation_id, or_empty, read};

use super::event::{Identity, events};

/// `POST /v1/authorize`: hold the most that a piece of work can cost, or say no.
///
/// ```json
/// { "id": "req_1", "customer_external_id": "acme", "expires_in": 300, "on_insufficient": "deny",
///   "subject": "run 7", "events": [ { "event_type": "chat", "data": { "output_tokens": 4096 } } ] }
/// ```
///
/// `asset` and `amount` may stand in place of `events`. `expires_in` is in seconds, from 1 to
/// [`MAX_SECONDS`]; [`DEFAULT_SECONDS`] where nothing is said. With `"on_insufficient": "cap"` the
/// wallet holds what there is. The customer is not read here: whoever decides this command is that
/// customer's wallet already. What happens to usage that no price knows is the platform's setting,
/// which no body can claim.
///
/// # Errors
/// As [`read`].
pub fn authorize(
    body: &str,
    key: Option<&str>,
    on_unpriced: OnUnpriced,
) -> Result<Command, Problem> {
    read(body, |object, errors| {
        // Whose wallet it is has been read on the way here.
        object.tolerate(&CustomerRef::FIELDS);
        let id = operation_id(object, "id", key, errors);
        let ask = ask(object, errors);
        if asks_nothing(object) {
            errors.add("events", "is required, or asset and amount instead");
        }
        let words = ["deny", "cap"];
        let cap = object
            .word("on_insufficient", &words, errors)
            .is_some_and(|word| word == "cap");
        let seconds = object.whole("expires_in", 1..=MAX_SECONDS, errors);
        let subject = object.text("subject", MAX_WORDS, errors);
        let action = Action::Authorize {
            ask: ask?,
            on_insufficient: if cap {
                OnInsufficient::Cap
            } else {
                OnInsufficient::Deny
            },
            seconds: seconds.unwrap_or(DEFAULT_SECONDS),
            subject,
            on_unpriced,
        };
        // The prefix keeps kinds of ids apart, so that a charge and an authorization may have the
        // same one.
        Some(command(format!("authorize:{}", id?), action))
    })
}

/// Whether a request names neither usage nor an amount, not even wrongly: then the error is that
/// they are missing, and else it is what is wrong with them.
fn asks_nothing(object: &Object<'_>) -> bool {
    let given = |name: &&'static str| object.get(name).is_some();
    !["events", "asset", "amount"].iter().any(given)
}

/// Usage events or a plain amount; not both, because it would be open which of them is to be held.
fn ask(object: &Object<'_>, errors: &mut Errors) -> Option<Ask> {
    let plain = object.get("amount").is_some() || object.get("asset").is_some();
    if object.get("events").is_some() {
        if plain {
            errors.add("amount", "must be left out when events are given");
            return None;
        }
        return Some(Ask::Usage(events(object, Identity::Optional, errors)?));
    }
    if !plain {
        return None;
    }
    let asset = object.code("asset", errors);
    let asset = object.require("asset", asset, errors);
    let amount = not_negative(object, "amount", errors);
    Some(Ask::Amount {
        asset: asset?,
        amount: amount?,
    })
}

/// `POST /v1/holds/{id}/extend`: more time, more money, or both.
///
/// ```json
/// { "id": "more", "expires_in": 300, "asset": "USD", "amount": "0.5" }
/// ```
///
/// # Errors
/// As [`read`].
pub fn extend(
    body: &str,
    key: Option<&str>,
    hold: HoldId,
    on_unpriced: OnUnpriced,
) -> Result<Command, Problem> {
    read(body, |object, errors| {
        let id = operation_id(object, "id", key, errors);
        let ask = ask(object, errors);
        let seconds = object.whole("expires_in", 1..=MAX_SECONDS, errors);
        if asks_nothing(object) && object.get("expires_in").is_none() {
            errors.add("expires_in", "is required, or events, or asset and amount");
        }
        let action = Action::ExtendHold {
            hold,
            ask,
            seconds,
            on_unpriced,
        };
        Some(command(format!("hold:{hold}:extend:{}", id?), action))
    })
}

/// `POST /v1/holds/{id}/capture`: charge what was used; a final one releases the rest.
///
/// ```json
/// { "events": [ { "event_type": "chat", "data": { "output_tokens": 512 } } ] }
/// ```
///
/// `amount` (with `asset`, unless the hold has just one) may stand in place of `events`, and
/// without either everything is captured. A final capture without an id is identified by its hold;
/// one with `"final": false` needs an id, because there may be several.
///
/// # Errors
/// As [`read`].
pub fn capture(body: &str, key: Option<&str>, hold: HoldId) -> Result<Command, Problem> {
    read(or_empty(body), |object, errors| {
        let closes = object.flag("final", errors).unwrap_or(true);
        // Read before the id, so that both are told when both are wrong.
        let settle = settle(object, errors);
        let op = if closes {
            // Its id only has to be readable: the hold ends once, whatever the id.
            object.text("id", MAX_ID, errors);
            hold_end_op(hold)
        } else {
            let id = operation_id(object, "id", key, errors)?;
            format!("hold:{hold}:capture:{id}")
        };
        let action = Action::CaptureHold {
            hold,
            settle: settle?,
            closes,
        };
        Some(command(op, action))
    })
}

/// What is charged: usage, an amount, or all that is held.
fn settle(object: &Object<'_>, errors: &mut Errors) -> Option<Settle> {
    let plain = object.get("amount").is_some() || object.get("asset").is_some();
    match (object.get("events").is_some(), plain) {
        (true, true) => {
            errors.add("amount", "must be left out when events are given");
            None
        }
        (true, false) => Some(Settle::Usage(events(object, Identity::Optional, errors)?)),
        (false, true) => {
            // The asset may be left out: a hold of one asset settles which one is meant, and only
            // it knows.
            let asset = object.code("asset", errors);
            let amount = not_negative(object, "amount", errors)?;
            Some(Settle::Amount { asset, amount })
        }
        (false, false) => Some(Settle::Everything),
    }
}

/// `POST /v1/holds/{id}/release`: give everything back. It may have no body; with one it is
/// `{ "reason": "cancelled" }`, and an `id` is read and not needed, because the hold ends once.
///
/// # Errors
/// As [`read`].
pub fn release(body: &str, hold: HoldId) -> Result<Command, Problem> {
    read(or_empty(body), |object, errors| {
        // Read only for its errors: the hold ends once, whatever the id.
        object.text("id", MAX_ID, errors);
        let reason = object.text("reason", MAX_WORDS, errors);
        Some(command(
            hold_end_op(hold),
            Action::ReleaseHold { hold, reason },
        ))
    })
}

/// `POST /v1/events`: usage that happened, one command per event, each under the event's own id. So
/// an event that was sent before is answered from its row, whatever batch it comes in.
///
/// ```json
/// { "customer_external_id": "acme",
///   "events": [ { "id": "evt_1", "event_type": "chat", "occurred_at": "2026-11-24T10:00:00Z",
///                 "data": { "output_tokens": 4096 } } ] }
/// ```
///
/// # Errors
/// As [`read`].
pub fn record_usage(body: &str) -> Result<Vec<Command>, Problem> {
    read(body, |object, errors| {
        object.tolerate(&CustomerRef::FIELDS);
        let events = events(object, Identity::Required, errors);
        let events = object.require("events", events, errors)?;
        // The id was required above, so the default is for the compiler only.
        let record = |event: UsageEvent| {
            let id = event.id.clone().unwrap_or_default();
            command(format!("event:{id}"), Action::RecordUsage { event })
        };
        Some(events.into_iter().map(record).collect())
    })
}

/// `POST /v1/products/{id}/{version}/simulate-usage`: events that need no moment, and whose id is
/// their place when they have none.
///
/// # Errors
/// As [`read`].
pub fn simulate_usage(body: &str) -> Result<Vec<UsageEvent>, Problem> {
    read(body, |object, errors| {
        let events = events(object, Identity::Optional, errors);
        let mut events = object.require("events", events, errors)?;
        for (place, event) in events.iter_mut().enumerate() {
            // A fee has to name its event. Nothing is stored here, so the place is name enough.
            event.id.get_or_insert_with(|| format!("events[{place}]"));
        }
        Some(events)
    })
}
