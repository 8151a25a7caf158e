//! Statements of the directory about endpoints for any processor.

use crate::worker::edge::principal::Principal;
use crate::worker::edge::rows::{Statement, scoped, statement, text};

/// Written unless there are as many already as there may be.
#[must_use]
pub fn insert_endpoint(who: &Principal, values: Vec<Option<String>>, at_most: usize) -> Statement {
    let limit = vec![text(at_most.to_string())];
    statement(
        include_str!("sql/insert_endpoint.sql"),
        scoped(who, [values, limit].concat()),
    )
}

/// One endpoint, or all of a side: there are only so many. Relies on `inbound_endpoint_side`.
#[must_use]
pub fn endpoints(who: &Principal, id: Option<&str>) -> Statement {
    statement(
        "SELECT * FROM inbound_endpoint WHERE account_id = ?1 AND mode = ?2 \
         AND (?3 IS NULL OR id = ?3) ORDER BY created_at DESC, id",
        scoped(who, vec![id.map(str::to_owned)]),
    )
}

/// By the primary key, among all sides: the address is all that a delivery says.
#[must_use]
pub fn endpoint_by_address(id: &str) -> Statement {
    statement(
        "SELECT * FROM inbound_endpoint WHERE id = ?1",
        vec![text(id)],
    )
}

/// Another secret, beside which the one of before holds until a moment. Not while two hold, unless the
/// former ends at once: one that a sender may still sign with is never dropped unseen.
#[must_use]
pub fn rotate_secret(
    who: &Principal,
    id: &str,
    sealed: &str,
    now: i64,
    former_ends_at: i64,
) -> Statement {
    let (now, end) = (text(now.to_string()), text(former_ends_at.to_string()));
    statement(
        include_str!("sql/rotate_secret.sql"),
        scoped(who, vec![text(id), text(sealed), now, end]),
    )
}

/// From now on its address is nobody's.
#[must_use]
pub fn delete_endpoint(who: &Principal, id: &str) -> Statement {
    statement(
        "DELETE FROM inbound_endpoint WHERE account_id = ?1 AND mode = ?2 AND id = ?3 \
         AND {calling} RETURNING 1 AS wrote",
        scoped(who, vec![text(id)]),
    )
}
