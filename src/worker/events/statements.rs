//! Statements of the directory about usage events.

use crate::worker::edge::list::Window;
use crate::worker::edge::principal::Principal;
use crate::worker::edge::rows::{Statement, scoped, statement, text};

/// The customers whose wallets recorded an event under this id.
#[must_use]
pub fn customers_of_event(who: &Principal, event: &str) -> Statement {
    statement(
        "SELECT DISTINCT customer_id FROM usage INDEXED BY usage_event \
         WHERE account_id = ?1 AND mode = ?2 AND event_id = ?3 LIMIT 2",
        scoped(who, vec![text(event)]),
    )
}

/// The filters of an event list; absent ones match everything. Times are microseconds since 1970.
#[derive(Clone, Debug, Default)]
pub struct EventFilter {
    pub customer: Option<String>,
    pub event: Option<String>,
    pub subject: Option<String>,
    pub from: Option<String>,
    pub before: Option<String>,
    /// A JSON list.
    pub event_types: Option<String>,
    /// `1` or `0`.
    pub has_fees: Option<String>,
}

/// The index that a list is read by, which the query planner would not always guess, with the
/// condition that starts it; and the filters of the list.
macro_rules! events_where {
    ($index:literal, $first:literal) => {
        concat!(
            "FROM usage ",
            $index,
            " WHERE account_id = ?1 AND mode = ?2 AND event_id IS NOT NULL AND ",
            $first,
            " AND (?5 IS NULL OR subject = ?5) \
             AND (?6 IS NULL OR occurred_at >= CAST(?6 AS INTEGER)) \
             AND (?7 IS NULL OR occurred_at < CAST(?7 AS INTEGER)) \
             AND (?8 IS NULL OR event_type IN (SELECT value FROM json_each(?8))) \
             AND (?9 IS NULL OR (fees <> '[]') = CAST(?9 AS INTEGER))"
        )
    };
}

macro_rules! events_listed {
    ($index:literal, $first:literal) => {
        [
            concat!(
                "SELECT customer_id, (SELECT external_id FROM customer \
                 WHERE customer.account_id = usage.account_id AND customer.mode = usage.mode \
                 AND customer.id = usage.customer_id) AS external_id, \
                 event_id, event_type, subject, description, occurred_at, created_at, hold, fees, costs ",
                events_where!($index, $first),
                " ORDER BY created_at DESC, customer_id DESC, seq DESC, place DESC \
                 LIMIT CAST(?10 AS INTEGER) OFFSET CAST(?11 AS INTEGER)"
            ),
            concat!("SELECT COUNT(*) AS total ", events_where!($index, $first)),
        ]
    };
}

/// Usage events, last received first.
#[must_use]
pub fn list_events(who: &Principal, filter: EventFilter, window: Window) -> [Statement; 2] {
    let [items, total] = match (&filter.customer, &filter.event) {
        (_, Some(_)) => events_listed!(
            "INDEXED BY usage_event",
            "event_id = ?4 AND (?3 IS NULL OR customer_id = ?3)"
        ),
        (Some(_), None) => events_listed!(
            "INDEXED BY usage_of_customer",
            "customer_id = ?3 AND ?4 IS NULL"
        ),
        (None, None) => events_listed!("", "?3 IS NULL AND ?4 IS NULL"),
    };
    let filters = vec![
        filter.customer,
        filter.event,
        filter.subject,
        filter.from,
        filter.before,
        filter.event_types,
        filter.has_fees,
    ];
    let mut page = filters.clone();
    page.extend(window.values());
    [
        statement(items, scoped(who, page)),
        statement(total, scoped(who, filters)),
    ]
}
