//! Statements of the directory that every capability may need.

use super::principal::Principal;
use super::rows::{Statement, scoped, statement, text};

/// The id of the customer who goes by an external id now.
#[must_use]
pub fn customer_called(who: &Principal, external_id: &str) -> Statement {
    statement(
        "SELECT id FROM customer WHERE account_id = ?1 AND mode = ?2 AND external_id = ?3",
        scoped(who, vec![text(external_id)]),
    )
}

/// Asks for nothing: the answer says that the directory is there.
#[must_use]
pub const fn ready() -> Statement {
    statement("SELECT 1 AS one", vec![])
}
