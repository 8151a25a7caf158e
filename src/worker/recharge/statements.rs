//! Statements of the directory about what the simulated processor has charged.

use crate::worker::edge::principal::Principal;
use crate::worker::edge::rows::{Statement, scoped, statement, text};

/// The primary key is the id of the recharge, so charging again under it writes nothing.
#[must_use]
pub fn insert_charge(who: &Principal, values: Vec<Option<String>>) -> Statement {
    statement(include_str!("sql/insert_charge.sql"), scoped(who, values))
}

/// By the primary key.
#[must_use]
pub fn charge(who: &Principal, id: &str) -> Statement {
    statement(
        "SELECT * FROM simulated_charge WHERE account_id = ?1 AND mode = ?2 AND recharge_id = ?3",
        scoped(who, vec![text(id)]),
    )
}
