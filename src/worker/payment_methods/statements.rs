//! Statements of the directory about payment methods and the links at which they are added.

use crate::worker::edge::principal::Principal;
use crate::worker::edge::rows::{Statement, scoped, statement, text};

/// Written only for a customer of this side. The first one that a customer has is the default.
///
/// Relies on the primary key: the id derives from the `Idempotency-Key`, so a repeated one writes nothing.
#[must_use]
pub fn insert_method(who: &Principal, values: Vec<Option<String>>) -> Statement {
    statement(include_str!("sql/insert_method.sql"), scoped(who, values))
}

/// One that a processor keeps, written as [`insert_method`].
///
/// Relies on the index `payment_method_of_processor` as well: one that was removed does not come back.
#[must_use]
pub fn insert_saved_method(who: &Principal, values: Vec<Option<String>>) -> Statement {
    statement(
        include_str!("sql/insert_saved_method.sql"),
        scoped(who, values),
    )
}

/// Whom a customer at Stripe is here. Relies on the index `stripe_customer_id`.
#[must_use]
pub fn customer_of_processor(who: &Principal, customer: &str) -> Statement {
    statement(
        "SELECT customer_id FROM stripe_customer WHERE account_id = ?1 AND mode = ?2 AND id = ?3 LIMIT 1",
        scoped(who, vec![text(customer)]),
    )
}

/// What a customer of a processor's has, as long as it is there. Our customer is found first, along the index
/// `stripe_customer_id`.
#[must_use]
pub fn methods_of_processor_customer(
    who: &Principal,
    processor: &str,
    customer: &str,
) -> Statement {
    statement(
        include_str!("sql/methods_of_processor_customer.sql"),
        scoped(who, vec![text(processor), text(customer)]),
    )
}

/// By its id, also one that was removed.
#[must_use]
pub fn method(who: &Principal, id: &str) -> Statement {
    statement(
        "SELECT * FROM payment_method WHERE account_id = ?1 AND mode = ?2 AND id = ?3",
        scoped(who, vec![text(id)]),
    )
}

/// Those of a customer that were not removed, oldest first. Relies on the index `payment_method_of_customer`.
#[must_use]
pub fn methods_of(who: &Principal, customer: &str) -> Statement {
    statement(
        "SELECT * FROM payment_method WHERE account_id = ?1 AND mode = ?2 AND customer_id = ?3 \
         AND detached_at IS NULL ORDER BY created_at, id LIMIT 1000",
        scoped(who, vec![text(customer)]),
    )
}

/// What is charged: the one that is named, or else the default one. One row at most, by the primary key or by the
/// index `payment_method_default`.
#[must_use]
pub fn method_to_charge(who: &Principal, customer: &str, named: Option<&str>) -> Statement {
    let sql = if named.is_some() {
        "SELECT * FROM payment_method WHERE account_id = ?1 AND mode = ?2 AND customer_id = ?3 \
         AND detached_at IS NULL AND id = ?4"
    } else {
        "SELECT * FROM payment_method WHERE account_id = ?1 AND mode = ?2 AND customer_id = ?3 \
         AND detached_at IS NULL AND is_default = 1 AND ?4 IS NULL"
    };
    let values = vec![text(customer), named.map(str::to_owned)];
    statement(sql, scoped(who, values))
}

/// Makes one of a customer's the default one, in the place of another. Two statements of one transaction: at no
/// moment are there two.
#[must_use]
pub fn make_default(who: &Principal, customer: &str, id: &str) -> [Statement; 2] {
    [
        statement(
            include_str!("sql/no_default.sql"),
            scoped(who, vec![text(customer), text(id)]),
        ),
        statement(
            "UPDATE payment_method SET is_default = 1 WHERE account_id = ?1 AND mode = ?2 \
             AND customer_id = ?3 AND id = ?4 AND detached_at IS NULL RETURNING 1 AS wrote",
            scoped(who, vec![text(customer), text(id)]),
        ),
    ]
}

/// It is charged no more; one that was removed before keeps its moment.
#[must_use]
pub fn detach(who: &Principal, id: &str, now: i64) -> Statement {
    statement(
        "UPDATE payment_method SET detached_at = COALESCE(detached_at, CAST(?4 AS INTEGER)) \
         WHERE account_id = ?1 AND mode = ?2 AND id = ?3 RETURNING customer_id",
        scoped(who, vec![text(id), text(now.to_string())]),
    )
}

/// What the processor says of a card: another number, a later end. By the unique index
/// `payment_method_of_processor`.
#[must_use]
pub fn update_card(
    who: &Principal,
    processor: &str,
    processor_id: &str,
    card: [&str; 4],
) -> Statement {
    let mut values = vec![text(processor), text(processor_id)];
    values.extend(card.map(text));
    statement(include_str!("sql/update_card.sql"), scoped(who, values))
}

/// By the processor's own id and the unique index `payment_method_of_processor`.
#[must_use]
pub fn method_of_processor(who: &Principal, processor: &str, processor_id: &str) -> Statement {
    statement(
        "SELECT * FROM payment_method WHERE account_id = ?1 AND mode = ?2 AND processor = ?3 \
         AND processor_id = ?4",
        scoped(who, vec![text(processor), text(processor_id)]),
    )
}

/// Written only for a customer of this side, and once under its id.
#[must_use]
pub fn insert_session(who: &Principal, values: Vec<Option<String>>) -> Statement {
    statement(include_str!("sql/insert_session.sql"), scoped(who, values))
}

/// Where it is at the processor; the first one stays.
#[must_use]
pub fn set_setup(who: &Principal, id: &str, session: &str) -> Statement {
    statement(
        "UPDATE setup_session SET session = COALESCE(session, ?4) \
         WHERE account_id = ?1 AND mode = ?2 AND id = ?3",
        scoped(who, vec![text(id), text(session)]),
    )
}

/// By its id.
#[must_use]
pub fn session(who: &Principal, id: &str) -> Statement {
    statement(
        "SELECT * FROM setup_session WHERE account_id = ?1 AND mode = ?2 AND id = ?3",
        scoped(who, vec![text(id)]),
    )
}

/// By the hash of its token, which is all that a page knows.
#[must_use]
pub fn session_by_token(token_hash: &str) -> Statement {
    statement(
        "SELECT * FROM setup_session WHERE token_hash = ?1",
        vec![text(token_hash)],
    )
}

/// The session has added its payment method. Whoever does so first has decided which, and only while the link is
/// open.
#[must_use]
pub fn end_session(token_hash: &str, method: &str, now: i64) -> Statement {
    statement(
        "UPDATE setup_session SET payment_method = ?2 WHERE token_hash = ?1 \
         AND payment_method IS NULL AND expires_at > CAST(?3 AS INTEGER) RETURNING 1 AS wrote",
        vec![text(token_hash), text(method), text(now.to_string())],
    )
}
