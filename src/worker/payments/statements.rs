//! Statements of the directory about Stripe's payments.

use crate::worker::edge::list::Window;
use crate::worker::edge::principal::{DEFAULT_ACCOUNT, Principal};
use crate::worker::edge::rows::{Statement, scoped, statement, text};

/// Names the wallet that a payment fills, unless one was named before.
#[must_use]
pub fn name_wallet(payment: &str, wallet: &str, at: &str) -> Statement {
    statement(
        "INSERT INTO payment (id, wallet, named_at) VALUES (?1, ?2, ?3) ON CONFLICT DO NOTHING",
        vec![text(payment), text(wallet), text(at)],
    )
}

#[must_use]
pub fn payment_by_id(payment: &str) -> Statement {
    statement(
        "SELECT wallet, credited_at FROM payment WHERE id = ?1",
        vec![text(payment)],
    )
}

/// The wallet has the payment, whose session goes by an id of its own.
#[must_use]
pub fn set_credited(payment: &str, wallet: &str, at: &str) -> Statement {
    statement(
        "INSERT INTO payment (id, wallet, named_at, credited_at) VALUES (?1, ?2, ?3, ?3) \
         ON CONFLICT DO UPDATE SET credited_at = COALESCE(credited_at, excluded.credited_at)",
        vec![text(payment), text(wallet), text(at)],
    )
}

/// An account that does not exist could not see its list, so the default account does. What was
/// credited already waits for nobody, except where it was credited to another wallet.
#[must_use]
pub fn insert_unmatched(who: &Principal, values: Vec<Option<String>>) -> Statement {
    statement(
        include_str!("sql/insert_unmatched.sql"),
        scoped(who, [values, vec![text(DEFAULT_ACCOUNT)]].concat()),
    )
}

/// The payment was credited after all: nobody has to look at it any more.
#[must_use]
pub fn resolve_unmatched(payment: &str, at: &str) -> Statement {
    statement(
        "UPDATE unmatched_payment SET resolved_at = ?2 WHERE payment = ?1 \
         AND resolved_at IS NULL AND reason <> 'credited_elsewhere'",
        vec![text(payment), text(at)],
    )
}

#[must_use]
pub fn list_unmatched(who: &Principal, window: Window) -> [Statement; 2] {
    [
        statement(
            include_str!("sql/list_unmatched.sql"),
            scoped(who, window.values().to_vec()),
        ),
        statement(
            "SELECT COUNT(*) AS total FROM unmatched_payment WHERE account_id = ?1 AND mode = ?2 \
             AND resolved_at IS NULL",
            scoped(who, vec![]),
        ),
    ]
}
