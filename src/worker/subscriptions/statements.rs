//! Statements of the directory about who has a product.
//!
//! What a customer has is written by `wallet_object::statements` alone; here is written what Stripe calls it.

use std::borrow::Cow;

use crate::worker::edge::list::{Key, Listing};
use crate::worker::edge::principal::Principal;
use crate::worker::edge::rows::{Statement, scoped, statement, text};

/// Who has a product, the newest first; the filter is the product.
///
/// Relies on the index `subscription_list`. The join takes the customer by its primary key, which
/// every subscriber has.
pub const SUBSCRIBERS: Listing = Listing {
    name: "subscribers",
    columns: "subscription.id, customer_id, version, status, started_at, renews_at, name, \
              external_id, email",
    rows: Cow::Borrowed(
        "FROM subscription JOIN customer \
         ON customer.account_id = ?1 AND customer.mode = ?2 AND customer.id = customer_id \
         WHERE subscription.account_id = ?1 AND subscription.mode = ?2 AND product_id = ?3",
    ),
    keys: &[Key::down("started_at"), Key::up("id").of("subscription.id")],
};

/// A subscription that invoices of Stripe pay for, by the primary key.
#[must_use]
pub fn plan_by_id(who: &Principal, id: &str) -> Statement {
    statement(
        "SELECT * FROM stripe_plan WHERE account_id = ?1 AND mode = ?2 AND id = ?3",
        scoped(who, vec![text(id)]),
    )
}

/// The same by what Stripe calls it, by the index `stripe_plan_stripe_id`.
#[must_use]
pub fn plan_by_stripe_id(who: &Principal, stripe_id: &str) -> Statement {
    statement(
        "SELECT * FROM stripe_plan WHERE account_id = ?1 AND mode = ?2 AND stripe_id = ?3",
        scoped(who, vec![text(stripe_id)]),
    )
}

/// One more. The first one stays.
#[must_use]
pub fn insert_plan(who: &Principal, values: Vec<Option<String>>) -> Statement {
    statement(include_str!("sql/insert_plan.sql"), scoped(who, values))
}

/// The page at Stripe where it is paid first.
#[must_use]
pub fn set_plan_session(who: &Principal, id: &str, session: &str) -> Statement {
    statement(
        "UPDATE stripe_plan SET session = ?4 WHERE account_id = ?1 AND mode = ?2 AND id = ?3",
        scoped(who, vec![text(id), text(session)]),
    )
}

/// What Stripe calls it. It is called so for ever, and one at Stripe is one of ours.
#[must_use]
pub fn name_plan(who: &Principal, id: &str, stripe_id: &str) -> Statement {
    statement(
        "UPDATE OR IGNORE stripe_plan SET stripe_id = ?4 \
         WHERE account_id = ?1 AND mode = ?2 AND id = ?3 AND stripe_id IS NULL",
        scoped(who, vec![text(id), text(stripe_id)]),
    )
}
