//! The statements that the way to every handler needs.

use super::principal::Principal;
use super::rows::{Statement, scoped, statement, text};

/// Whether the directory answers.
#[must_use]
pub fn ping() -> Statement {
    statement("SELECT 1 AS one", vec![])
}

/// The id of the customer who goes by an external id.
#[must_use]
pub fn customer_by_external_id(who: &Principal, external_id: &str) -> Statement {
    statement(
        "SELECT id FROM customer WHERE account_id = ?1 AND mode = ?2 AND external_id = ?3",
        scoped(who, vec![text(external_id)]),
    )
}
