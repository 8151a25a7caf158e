//! Statements of the directory about redeem codes.
//!
//! A redemption is counted by the statement that writes it, so that however many redeem a code at once,
//! no more than it allows do.

use std::borrow::Cow;

use crate::worker::edge::list::{Key, Listing};
use crate::worker::edge::principal::Principal;
use crate::worker::edge::rows::{Statement, scoped, statement, text};

/// The codes of one call, all or none: `codes` is a JSON list of ids with hashes, `batch` the first id.
///
/// Relies on the primary key: the ids derive from the `Idempotency-Key`, so a repeated call writes nothing.
#[must_use]
pub fn insert_codes(
    who: &Principal,
    codes: String,
    batch: &str,
    terms: Vec<Option<String>>,
) -> Statement {
    let values = [vec![text(codes), text(batch)], terms].concat();
    statement(include_str!("sql/insert_codes.sql"), scoped(who, values))
}

/// By the primary key, with how often it was redeemed: along `code_redemption_place`, one row.
#[must_use]
pub fn code_by_id(who: &Principal, id: &str) -> Statement {
    statement(
        "SELECT *, (SELECT place FROM code_redemption WHERE account_id = ?1 AND mode = ?2 \
         AND code_id = ?3 ORDER BY place DESC LIMIT 1) AS redemptions \
         FROM code WHERE account_id = ?1 AND mode = ?2 AND id = ?3",
        scoped(who, vec![text(id)]),
    )
}

/// Newest first; the filter is a `batch_id`. Relies on the index `code_list`.
pub const LIST: Listing = Listing {
    name: "codes",
    columns: "*, (SELECT place FROM code_redemption WHERE account_id = ?1 AND mode = ?2 \
              AND code_id = code.id ORDER BY place DESC LIMIT 1) AS redemptions",
    rows: Cow::Borrowed(
        "FROM code WHERE account_id = ?1 AND mode = ?2 AND (?3 IS NULL OR batch_id = ?3)",
    ),
    keys: &[Key::down("created_at"), Key::up("id")],
};

/// The first moment stays. What was redeemed before is credited all the same.
#[must_use]
pub fn disable_code(who: &Principal, id: &str, at: i64) -> Statement {
    statement(
        "UPDATE code SET disabled_at = COALESCE(disabled_at, CAST(?4 AS INTEGER)) \
         WHERE account_id = ?1 AND mode = ?2 AND id = ?3 RETURNING 1 AS wrote",
        scoped(who, vec![text(id), text(at.to_string())]),
    )
}

/// Counts a redemption: only of a code that can be redeemed now, only for a customer of this side, and
/// each customer once.
///
/// One statement, and the directory runs one after another: who comes when the last place is taken writes
/// nothing.
#[must_use]
pub fn count_redemption(who: &Principal, hash: &str, customer: &str, at: i64) -> Statement {
    let values = vec![text(hash), text(customer), text(at.to_string())];
    statement(
        include_str!("sql/count_redemption.sql"),
        scoped(who, values),
    )
}

/// A code by its hash, and the customer's own redemption of it. Relies on the unique index `code_hash`.
#[must_use]
pub fn code_for_customer(who: &Principal, hash: &str, customer: &str) -> Statement {
    statement(
        include_str!("sql/code_for_customer.sql"),
        scoped(who, vec![text(hash), text(customer)]),
    )
}

/// Redemptions that were counted and that no wallet is known to have. Relies on a partial index, which is
/// as good as empty.
#[must_use]
pub fn open_of_code(who: &Principal, code: &str) -> Statement {
    statement(
        include_str!("sql/open_of_code.sql"),
        scoped(who, vec![text(code)]),
    )
}

/// The same of one customer.
#[must_use]
pub fn open_of_customer(who: &Principal, customer: &str) -> Statement {
    statement(
        include_str!("sql/open_of_customer.sql"),
        scoped(who, vec![text(customer)]),
    )
}

/// The wallet has it.
#[must_use]
pub fn set_credited(who: &Principal, code: &str, customer: &str, at: i64) -> Statement {
    statement(
        "UPDATE code_redemption SET credited_at = COALESCE(credited_at, CAST(?5 AS INTEGER)) \
         WHERE account_id = ?1 AND mode = ?2 AND code_id = ?3 AND customer_id = ?4",
        scoped(who, vec![text(code), text(customer), text(at.to_string())]),
    )
}
