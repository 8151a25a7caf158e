//! Statements of the directory about customers' tokens.
//!
//! A token is looked up by its hash among all sides, because it is all that a browser has.

use crate::worker::edge::principal::Principal;
use crate::worker::edge::rows::{Statement, scoped, statement, text};

/// How long an ended token is told from one that never was: a day.
///
/// 24 × 3,600 × 10^6.
pub const REMEMBERED_MICROS: i64 = 86_400_000_000;

/// Written only for a customer who exists on this side, so that no look-up has to come first.
#[must_use]
pub fn insert_token(who: &Principal, values: Vec<Option<String>>) -> Statement {
    statement(include_str!("sql/insert_token.sql"), scoped(who, values))
}

/// From where browsers may ask, until a moment; of a token that is there.
#[must_use]
pub fn allow_origins(who: &Principal, origins: String, until: i64, id: &str) -> Statement {
    statement(
        include_str!("sql/allow_origins.sql"),
        scoped(who, vec![text(origins), text(until.to_string()), text(id)]),
    )
}

/// Forgets what ended before a moment. Relies on the index `customer_token_end`.
#[must_use]
pub fn forget_tokens(who: &Principal, before: i64) -> Statement {
    statement(
        "DELETE FROM customer_token WHERE account_id = ?1 AND mode = ?2 \
         AND expires_at < CAST(?3 AS INTEGER)",
        scoped(who, vec![text(before.to_string())]),
    )
}

/// By the primary key; also one that has ended, so that its page can be told.
#[must_use]
pub fn token_by_hash(hash: &str) -> Statement {
    statement(include_str!("sql/token_by_hash.sql"), vec![text(hash)])
}

/// By the unique index `customer_token_id`, of this customer alone.
#[must_use]
pub fn token_by_id(who: &Principal, customer: &str, id: &str) -> Statement {
    statement(
        "SELECT * FROM customer_token \
         WHERE account_id = ?1 AND mode = ?2 AND customer_id = ?3 AND id = ?4",
        scoped(who, vec![text(customer), text(id)]),
    )
}

/// Another token in the place of one that has not ended, nor been refreshed for too long.
#[must_use]
pub fn refresh_token(
    who: &Principal,
    (customer, id): (&str, &str),
    hash: &str,
    (now, made_after): (i64, i64),
) -> [Statement; 2] {
    let moments = [now, made_after].map(|at| text(at.to_string()));
    let values = [vec![text(customer), text(id), text(hash)], moments.to_vec()];
    [
        statement(
            include_str!("sql/refresh_token.sql"),
            scoped(who, values.concat()),
        ),
        statement(
            include_str!("sql/allow_refreshed.sql"),
            scoped(who, vec![text(id)]),
        ),
    ]
}

/// Ended and not deleted, so that its page is told why. One that ended earlier keeps its end.
#[must_use]
pub fn end_token(who: &Principal, customer: &str, id: &str, now: i64) -> Statement {
    statement(
        "UPDATE customer_token SET expires_at = MIN(expires_at, CAST(?5 AS INTEGER)) \
         WHERE account_id = ?1 AND mode = ?2 AND customer_id = ?3 AND id = ?4 RETURNING 1 AS wrote",
        scoped(who, vec![text(customer), text(id), text(now.to_string())]),
    )
}

/// The token of a portal session: it bears the session's id and ends when that ends. Of one that has ended meanwhile there is
/// none, so that no order of opening and revoking leaves a token behind.
///
/// `?1` and `?2` are the hashes of the link and of the cookie that it gave.
#[must_use]
pub fn insert_token_of_session(values: Vec<Option<String>>) -> Statement {
    statement(include_str!("sql/insert_token_of_session.sql"), values)
}

/// The same for the token of a portal session, by the session's id.
#[must_use]
pub fn end_token_of_session(who: &Principal, session: &str, now: i64) -> Statement {
    statement(
        "UPDATE customer_token SET expires_at = MIN(expires_at, CAST(?4 AS INTEGER)) \
         WHERE account_id = ?1 AND mode = ?2 AND id = ?3 RETURNING token_hash",
        scoped(who, vec![text(session), text(now.to_string())]),
    )
}

/// The word of a link becomes a token. The hash is replaced by the same statement that looks for it, so
/// that of two who have the link one gets a token.
#[must_use]
pub fn exchange_token(link_hash: &str, hash: &str, now: i64) -> Statement {
    statement(
        "UPDATE customer_token SET token_hash = ?2 \
         WHERE token_hash = ?1 AND expires_at > CAST(?3 AS INTEGER) RETURNING *",
        vec![text(link_hash), text(hash), text(now.to_string())],
    )
}

/// Whether any token allows pages of this origin, or has done so within the last day: as long as a token that has
/// ended is told from one that never was, its page can ask and read that.
#[must_use]
pub fn allowed_origin(origin: &str, now: i64) -> Statement {
    let since = now.saturating_sub(REMEMBERED_MICROS);
    statement(
        "SELECT 1 AS allowed FROM customer_origin \
         WHERE origin = ?1 AND expires_at > CAST(?2 AS INTEGER) LIMIT 1",
        vec![text(origin), text(since.to_string())],
    )
}
