//! Statements of the directory about Stripe's payments.
//!
//! `payment` has no side in its key: Stripe's ids are unique among all, and a payment that named
//! two tenants has to be noticed.

use crate::worker::edge::list::Window;
use crate::worker::edge::principal::{DEFAULT_ACCOUNT, Principal};
use crate::worker::edge::rows::{Statement, scoped, statement, text};

/// Names the wallet that a payment fills, unless one was named before.
///
/// Relies on the primary key: the first one wins, whoever comes at the same time.
#[must_use]
pub fn name_wallet(payment: &str, wallet: &str, at: &str) -> Statement {
    statement(
        "INSERT INTO payment (id, wallet, named_at) VALUES (?1, ?2, ?3) ON CONFLICT DO NOTHING",
        vec![text(payment), text(wallet), text(at)],
    )
}

/// Where it goes, and since when it is there.
#[must_use]
pub fn payment_by_id(payment: &str) -> Statement {
    statement(
        "SELECT wallet, credited_at FROM payment WHERE id = ?1",
        vec![text(payment)],
    )
}

/// The wallet has the payment, whose session goes by an id of its own.
///
/// The first moment stays. It also makes the row of a session, which nobody has named before.
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
///
/// Relies on the primary key `event_id`: an event that is sent again is kept once.
#[must_use]
pub fn insert_unmatched(who: &Principal, values: Vec<Option<String>>) -> Statement {
    statement(
        include_str!("sql/insert_unmatched.sql"),
        scoped(who, [values, vec![text(DEFAULT_ACCOUNT)]].concat()),
    )
}

/// The payment was credited after all: nobody has to look at it any more.
///
/// Except where two wallets were named: that is not settled by one of them having it.
#[must_use]
pub fn resolve_unmatched(payment: &str, at: &str) -> Statement {
    statement(
        "UPDATE unmatched_payment SET resolved_at = ?2 WHERE payment = ?1 \
         AND resolved_at IS NULL AND reason <> 'credited_elsewhere'",
        vec![text(payment), text(at)],
    )
}

/// Relies on the index `unmatched_payment_open`, which is sorted by time.
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
