//! Statements of the directory about what processors were asked to charge.

use crate::worker::edge::principal::Principal;
use crate::worker::edge::rows::{Statement, scoped, statement, text};

/// Which processor was asked for the charge of this id; no row where none was. Relies on both primary keys.
#[must_use]
pub fn asked(who: &Principal, id: &str) -> Statement {
    statement(include_str!("sql/asked.sql"), scoped(who, vec![text(id)]))
}

/// The last charges of a customer, newest first. Relies on the indexes of the migration `0031_portal`.
#[must_use]
pub fn last_charges(who: &Principal, customer: &str) -> Statement {
    statement(
        include_str!("sql/last_charges.sql"),
        scoped(who, vec![text(customer)]),
    )
}

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

/// What Stripe is about to be asked. The first one stays, because the same key must come with the same question;
/// nothing is written for a customer whom Stripe does not know.
#[must_use]
pub fn insert_stripe_charge(who: &Principal, values: Vec<Option<String>>) -> Statement {
    statement(
        include_str!("sql/insert_stripe_charge.sql"),
        scoped(who, values),
    )
}

/// By the primary key.
#[must_use]
pub fn stripe_charge(who: &Principal, id: &str) -> Statement {
    statement(
        "SELECT * FROM stripe_charge WHERE account_id = ?1 AND mode = ?2 AND recharge_id = ?3",
        scoped(who, vec![text(id)]),
    )
}

/// Its PaymentIntent is known from now on.
#[must_use]
pub fn set_payment(who: &Principal, id: &str, payment: &str) -> Statement {
    statement(
        "UPDATE stripe_charge SET payment = COALESCE(payment, ?4) \
         WHERE account_id = ?1 AND mode = ?2 AND recharge_id = ?3",
        scoped(who, vec![text(id), text(payment)]),
    )
}

/// What was asked for a recharge, whoever was asked, and whether it is paid by now. Relies on the primary keys.
#[must_use]
pub fn recharge(who: &Principal, id: &str, now: i64) -> Statement {
    statement(
        include_str!("sql/recharge.sql"),
        scoped(who, vec![text(id), text(now.to_string())]),
    )
}

/// Where its receipt is, from now on.
#[must_use]
pub fn set_receipt(
    who: &Principal,
    id: &str,
    url: Option<String>,
    number: Option<String>,
) -> Statement {
    statement(
        "UPDATE stripe_charge SET receipt_url = ?4, receipt_number = ?5 \
         WHERE account_id = ?1 AND mode = ?2 AND recharge_id = ?3",
        scoped(who, vec![text(id), url, number]),
    )
}
