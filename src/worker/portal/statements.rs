//! Statements of the directory about links to a customer's page.
//!
//! A token, and a cookie, is looked up by its hash among all sides, because it is all that a browser
//! has.

use crate::worker::edge::principal::Principal;
use crate::worker::edge::rows::{Statement, scoped, statement, text};

/// Written only for a customer who exists on this side.
///
/// The customer is part of the statement, so no look-up has to come first. Nothing is written for
/// nobody.
#[must_use]
pub fn insert_portal_session(who: &Principal, values: Vec<Option<String>>) -> Statement {
    statement(
        include_str!("sql/insert_portal_session.sql"),
        scoped(who, values),
    )
}

/// Forgets links that ended before a moment: nobody needs to hear any more that they did.
/// Relies on the index `portal_session_side`.
#[must_use]
pub fn forget_portal_sessions(who: &Principal, before: i64) -> Statement {
    statement(
        "DELETE FROM portal_session WHERE account_id = ?1 AND mode = ?2 \
         AND expires_at < CAST(?3 AS INTEGER)",
        scoped(who, vec![text(before.to_string())]),
    )
}

/// Whoever opens a link first goes on with a cookie; nobody else opens it any more.
#[must_use]
pub fn open_portal_session(token_hash: &str, cookie_hash: &str, now: i64) -> Statement {
    statement(
        "UPDATE portal_session SET cookie_hash = ?2 WHERE token_hash = ?1 \
         AND cookie_hash IS NULL AND expires_at > CAST(?3 AS INTEGER) RETURNING 1 AS wrote",
        vec![text(token_hash), text(cookie_hash), text(now.to_string())],
    )
}

/// By the unique index `portal_session_cookie`; also one that has ended, so that it can be told.
#[must_use]
pub fn portal_session_by_cookie(cookie_hash: &str) -> Statement {
    statement(
        include_str!("sql/portal_session_by_cookie.sql"),
        vec![text(cookie_hash)],
    )
}

/// By the primary key; also one that has ended, so that it can be told.
#[must_use]
pub fn portal_session(token_hash: &str) -> Statement {
    statement(
        include_str!("sql/portal_session.sql"),
        vec![text(token_hash)],
    )
}

/// Ended and not deleted, so that the page can say so. One that ended earlier keeps its end. It tells
/// whose it was. By `id`, along the rows of one side.
#[must_use]
pub fn end_portal_session(who: &Principal, id: &str, now: i64) -> Statement {
    statement(
        "UPDATE portal_session SET expires_at = MIN(expires_at, CAST(?4 AS INTEGER)) \
         WHERE account_id = ?1 AND mode = ?2 AND id = ?3 RETURNING 1 AS wrote, customer_id",
        scoped(who, vec![text(id), text(now.to_string())]),
    )
}
