//! Statements of the directory about usage events.

use crate::worker::edge::list::{Asked, Key, Listing};
use crate::worker::edge::principal::Principal;
use crate::worker::edge::rows::{Statement, scoped, statement, text};

/// The customers whose wallets recorded an event under this id.
///
/// Two are enough to know that it is not one. Relies on the index `usage_event`, which is named,
/// because the planner would not have guessed it.
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
    /// An id; empty matches nothing.
    pub customer: Option<String>,
    /// The event's own id.
    pub event: Option<String>,
    pub subject: Option<String>,
    /// Included.
    pub from: Option<String>,
    /// Excluded.
    pub before: Option<String>,
    /// A JSON list.
    pub event_types: Option<String>,
    /// `1` or `0`.
    pub has_fees: Option<String>,
}

/// With places for the index and for the conditions that go by it.
const ROWS: &str = include_str!("sql/listed_events.sql");

/// What is shown of an event, with the name of its customer.
const COLUMNS: &str = "customer_id, (SELECT external_id FROM customer \
    WHERE customer.account_id = usage.account_id AND customer.mode = usage.mode \
    AND customer.id = usage.customer_id) AS external_id, \
    event_id, event_type, subject, description, occurred_at, created_at, seq, place, hold, fees, costs, mark";

/// The primary key of `usage`, backwards.
const KEYS: [Key; 4] = [
    Key::down("created_at").number(),
    Key::down("customer_id"),
    Key::down("seq").number(),
    Key::down("place").number(),
];

/// Usage events, last received first.
///
/// | filter | index |
/// |---|---|
/// | `event` | `usage_event` |
/// | `customer` | `usage_of_customer`, which is sorted by time |
/// | neither | the primary key, which begins with the side and the time |
#[must_use]
pub fn listing(filter: &EventFilter) -> Listing {
    // The index that a list is read by, which the query planner would not always guess.
    let (index, first) = match (&filter.customer, &filter.event) {
        (_, Some(_)) => (
            "INDEXED BY usage_event",
            "event_id = ?4 AND (?3 IS NULL OR customer_id = ?3)",
        ),
        (Some(_), None) => (
            "INDEXED BY usage_of_customer",
            "customer_id = ?3 AND ?4 IS NULL",
        ),
        (None, None) => ("", "?3 IS NULL AND ?4 IS NULL"),
    };
    // Texts of our own only: what callers say is always a value.
    let rows = ROWS.replace("{index}", index).replace("{first}", first);
    Listing {
        name: "events",
        columns: COLUMNS,
        rows: rows.into(),
        keys: &KEYS,
    }
}

/// The page and the count of such a list.
#[must_use]
pub fn list_events(
    who: &Principal,
    listing: &Listing,
    filter: EventFilter,
    asked: &Asked,
) -> [Statement; 2] {
    let filters = vec![
        filter.customer,
        filter.event,
        filter.subject,
        filter.from,
        filter.before,
        filter.event_types,
        filter.has_fees,
    ];
    listing.statements(who, filters, asked)
}
