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

/// A customer, an account at Stripe, and what that calls the customer. The first name stays, unless it is
/// the one that is gone.
///
/// Relies on the primary key.
#[must_use]
pub fn insert_stripe_customer(
    who: &Principal,
    named: [&str; 3],
    at: String,
    gone: Option<&str>,
) -> Statement {
    let mut values: Vec<_> = named.map(text).into();
    values.extend([Some(at), gone.map(str::to_owned)]);
    statement(
        include_str!("sql/insert_stripe_customer.sql"),
        scoped(who, values),
    )
}
