//! The statements that the way to every handler needs.

use super::principal::Principal;
use super::rows::{Statement, scoped, statement, text};

/// Whether the directory answers.
///
/// No table: it must say 200 as soon as the database answers, also before it is migrated.
#[must_use]
pub fn ping() -> Statement {
    statement("SELECT 1 AS one", vec![])
}

/// The id of the customer who goes by an external id.
///
/// Relies on the unique index `customer_external_id`: one row at most, and no scan. It stands here
/// and not with the customers, because every capability that forwards needs it.
#[must_use]
pub fn customer_by_external_id(who: &Principal, external_id: &str) -> Statement {
    statement(
        "SELECT id FROM customer WHERE account_id = ?1 AND mode = ?2 AND external_id = ?3",
        scoped(who, vec![text(external_id)]),
    )
}
