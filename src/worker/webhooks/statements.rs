//! Statements of the directory about webhook destinations and events.
//!
//! Rows of an event are written before it is sent, one per destination, and get their outcome
//! once.

use crate::worker::edge::keyring::hash;
use crate::worker::edge::principal::Principal;
use crate::worker::edge::rows::{Statement, scoped, statement, text};

use super::wire::{MAX_DESTINATIONS, MAX_EVENTS};

/// Written unless there are as many already as there may be.
///
/// Counted and written in one statement, so that two at once cannot both be the last one. A replay
/// at the limit writes nothing, and is found by the look-up after it.
#[must_use]
pub fn insert_destination(
    who: &Principal,
    values: Vec<Option<String>>,
    at_most: usize,
) -> Statement {
    let limit = vec![text(at_most.to_string())];
    statement(
        include_str!("sql/insert_destination.sql"),
        scoped(who, [values, limit].concat()),
    )
}

/// One row at most, by the primary key.
#[must_use]
pub fn destination_by_id(who: &Principal, id: &str) -> Statement {
    statement(
        "SELECT * FROM webhook_destination WHERE account_id = ?1 AND mode = ?2 AND id = ?3",
        scoped(who, vec![text(id)]),
    )
}

/// All of them: there are only so many. Absent filters match everything.
#[must_use]
pub fn list_destinations(
    who: &Principal,
    enabled: Option<bool>,
    connect: Option<bool>,
) -> Statement {
    let flag = |value: Option<bool>| value.map(|value| u8::from(value).to_string());
    statement(
        "SELECT * FROM webhook_destination WHERE account_id = ?1 AND mode = ?2 \
         AND (?3 IS NULL OR enabled = CAST(?3 AS INTEGER)) \
         AND (?4 IS NULL OR connect = CAST(?4 AS INTEGER)) ORDER BY created_at DESC, id",
        scoped(who, vec![flag(enabled), flag(connect)]),
    )
}

/// What is absent stays.
/// In one statement, which returns what it is then; nothing where there is none.
#[must_use]
pub fn change_destination(
    who: &Principal,
    id: &str,
    values: [Option<String>; 3],
    now: &str,
) -> Statement {
    let [url, topics, enabled] = values;
    statement(
        "UPDATE webhook_destination SET url = COALESCE(?4, url), topics = COALESCE(?5, topics), \
         enabled = COALESCE(CAST(?6 AS INTEGER), enabled), updated_at = ?7 \
         WHERE account_id = ?1 AND mode = ?2 AND id = ?3 AND {calling} RETURNING *",
        scoped(who, vec![text(id), url, topics, enabled, text(now)]),
    )
}

/// Says whether there was one.
#[must_use]
pub fn delete_destination(who: &Principal, id: &str) -> Statement {
    statement(
        "DELETE FROM webhook_destination WHERE account_id = ?1 AND mode = ?2 AND id = ?3 \
         AND {calling} RETURNING 1 AS wrote",
        scoped(who, vec![text(id)]),
    )
}

/// Another key in place of the one of now, which signs as well until `until`.
///
/// Sent again, it finds that its key was here already and does nothing, also where others came between:
/// an older key must never come back.
#[must_use]
pub fn rotate_secret(who: &Principal, id: &str, sealed: &str, until: i64, now: &str) -> Statement {
    statement(
        include_str!("sql/rotate_secret.sql"),
        scoped(
            who,
            vec![
                text(id),
                text(sealed),
                text(until.to_string()),
                text(now),
                text(hash(sealed)),
            ],
        ),
    )
}

/// An event for one destination, or for all that want to hear of it: `values` are its id, topic,
/// connected account, request and time.
///
/// Relies on the primary key `(account_id, mode, event_id, destination_id)`: repeated, it adds
/// only destinations that it has not reached yet. Nothing is written where there is no room for all
/// that may want to hear of it, which is counted in the same statement.
#[must_use]
pub fn insert_webhook_events(
    who: &Principal,
    values: Vec<Option<String>>,
    destination: Option<&str>,
) -> Statement {
    let more = vec![destination.map(str::to_owned), text(ROOM.to_string())];
    statement(
        include_str!("sql/insert_webhook_events.sql"),
        scoped(who, [values, more].concat()),
    )
}

/// As many deliveries may there be for one more event to have room at every destination.
const ROOM: usize = MAX_EVENTS - MAX_DESTINATIONS + 1;

/// Whether there is no room for another event: a row where there is none.
#[must_use]
pub fn events_are_full(who: &Principal) -> Statement {
    statement(
        "SELECT 1 AS full WHERE (SELECT COUNT(*) FROM (SELECT 1 FROM webhook_event \
         WHERE account_id = ?1 AND mode = ?2 LIMIT CAST(?3 AS INTEGER))) >= CAST(?3 AS INTEGER)",
        scoped(who, vec![text(ROOM.to_string())]),
    )
}

/// What an event says, once for all of its deliveries, if it has any.
#[must_use]
pub fn insert_webhook_payload(
    who: &Principal,
    event: &str,
    data: &str,
    request: &str,
    time: i64,
) -> Statement {
    let values = vec![
        text(event),
        text(data),
        text(time.to_string()),
        text(request),
    ];
    statement(
        include_str!("sql/insert_webhook_payload.sql"),
        scoped(who, values),
    )
}

/// An event as its destinations have it, with what is needed to send it where it has no outcome yet.
///
/// Along the primary key. A destination that was deleted since leaves its columns empty.
#[must_use]
pub fn webhook_events(who: &Principal, event: &str, now: i64) -> Statement {
    statement(
        include_str!("sql/webhook_events.sql"),
        scoped(who, vec![text(event), text(now.to_string())]),
    )
}

/// The outcome of a delivery. The first one stays.
///
/// So a delivery that took long cannot overwrite what a repeated one has noted.
#[must_use]
pub fn set_delivered(
    who: &Principal,
    event: &str,
    destination: &str,
    (succeeded, outcome, at): (bool, String, i64),
) -> Statement {
    let at = |here: bool| here.then(|| at.to_string());
    statement(
        include_str!("sql/set_delivered.sql"),
        scoped(
            who,
            vec![
                text(event),
                text(destination),
                at(succeeded),
                at(!succeeded),
                Some(outcome),
            ],
        ),
    )
}

/// All that is older, but for the event that is being sent: it must be known again.
///
/// Relies on the indexes `webhook_event_time` and `webhook_payload_time`.
#[must_use]
pub fn forget_webhook_events(who: &Principal, before: i64, but: &str) -> [Statement; 2] {
    [
        "DELETE FROM webhook_event WHERE account_id = ?1 AND mode = ?2 \
         AND time < CAST(?3 AS INTEGER) AND event_id <> ?4",
        "DELETE FROM webhook_payload WHERE account_id = ?1 AND mode = ?2 \
         AND time < CAST(?3 AS INTEGER) AND event_id <> ?4",
    ]
    .map(|sql| statement(sql, scoped(who, vec![text(before.to_string()), text(but)])))
}

/// Which events a list shows; absent filters match everything.
#[derive(Clone, Debug, Default)]
pub struct WebhookFilter {
    /// A JSON list of ids.
    pub destinations: Option<String>,
    pub succeeded: Option<bool>,
    pub from: Option<i64>,
    /// The first moment that is too late.
    pub before: Option<i64>,
    /// Time, event and destination of the event at which the page begins.
    pub cursor: Option<[String; 3]>,
    /// Away from now, or back towards it.
    pub older: bool,
    pub limit: u64,
}

/// A page of events on one side of its cursor, in one direction.
const PAGE: &str = include_str!("sql/list_webhook_events.sql");

/// One page of events: newest first, or oldest first where it leads back towards now.
///
/// Relies on the index `webhook_event_time`, which has the cursor's three columns in their order.
#[must_use]
pub fn list_webhook_events(who: &Principal, filter: WebhookFilter) -> Statement {
    let [time, event, destination] = match filter.cursor {
        Some(cursor) => cursor.map(Some),
        None => [None, None, None],
    };
    let number = |value: Option<i64>| value.map(|value| value.to_string());
    let values = vec![
        filter.destinations,
        filter.succeeded.map(|value| u8::from(value).to_string()),
        number(filter.from),
        number(filter.before),
        time,
        event,
        destination,
        text(filter.limit.to_string()),
    ];
    let (side, order) = if filter.older {
        ("<", "time DESC, event_id DESC, destination_id DESC")
    } else {
        (">", "time, event_id, destination_id")
    };
    let sql = PAGE.replace("{side}", side).replace("{order}", order);
    statement(sql, scoped(who, values))
}
