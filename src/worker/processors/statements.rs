//! Statements of the directory about connections to Stripe.

use crate::worker::edge::principal::Principal;
use crate::worker::edge::rows::{Statement, scoped, statement, text};

/// The connection of a side, by the primary key.
#[must_use]
pub fn connection(who: &Principal) -> Statement {
    statement(
        "SELECT * FROM stripe_connection WHERE account_id = ?1 AND mode = ?2",
        scoped(who, vec![]),
    )
}

/// Connects a side, or changes how it is connected. Said again it changes nothing.
#[must_use]
pub fn set_connection(who: &Principal, values: Vec<Option<String>>) -> Statement {
    statement(include_str!("sql/set_connection.sql"), scoped(who, values))
}

/// From now on nobody takes payments for this side.
#[must_use]
pub fn delete_connection(who: &Principal) -> Statement {
    statement(
        "DELETE FROM stripe_connection WHERE account_id = ?1 AND mode = ?2 \
         AND {calling} RETURNING 1 AS wrote",
        scoped(who, vec![]),
    )
}

/// What an account at Stripe calls a customer of ours, by the primary key; with what Stripe is told of the
/// customer.
#[must_use]
pub fn stripe_customer(who: &Principal, customer: &str, stripe_account: &str) -> Statement {
    statement(
        include_str!("sql/stripe_customer.sql"),
        scoped(who, vec![text(customer), text(stripe_account)]),
    )
}

/// Relies on the primary key: the first one stays.
#[must_use]
pub fn insert_stripe_customer(
    who: &Principal,
    customer: &str,
    stripe_account: &str,
    id: &str,
    at: String,
) -> Statement {
    statement(
        "INSERT INTO stripe_customer (account_id, mode, customer_id, stripe_account, id, created_at) \
         VALUES (?1, ?2, ?3, ?4, ?5, ?6) ON CONFLICT DO NOTHING",
        scoped(
            who,
            vec![text(customer), text(stripe_account), text(id), text(at)],
        ),
    )
}
