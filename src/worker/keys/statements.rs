//! Statements of the directory about API keys.
//!
//! A key's id derives from its hash by a generated column, so the two cannot come apart.

use std::borrow::Cow;

use crate::wire::reply::json;
use crate::worker::edge::list::{Key, Listing};
use crate::worker::edge::principal::Principal;
use crate::worker::edge::rows::{Statement, scoped, statement, text};

/// A key, the account that it wants to act for where its own account has made that, and the setting of the
/// account that it acts for.
///
/// By the primary key, among all sides: the hash is all that a caller brings. The owner and its
/// side are conditions of the inner query, so nobody acts for an account of somebody else's.
#[must_use]
pub fn key_by_hash(hash: &str, account: Option<&str>) -> Statement {
    statement(
        include_str!("sql/key_by_hash.sql"),
        vec![text(hash), account.map(str::to_owned)],
    )
}

/// Of these hashes those that a valid key or a customer's token has, at a moment in microseconds. By primary keys alone.
#[must_use]
pub fn still_good(hashes: &[String], now: i64) -> Statement {
    let values = vec![text(json(&hashes)), text(now.to_string())];
    statement(include_str!("sql/still_good.sql"), values)
}

/// The same for the local key, which is in no table: always one row.
#[must_use]
pub fn local_key(owner: &Principal, account: Option<&str>) -> Statement {
    statement(
        include_str!("sql/local_key.sql"),
        scoped(owner, vec![account.map(str::to_owned)]),
    )
}

/// Written only where no valid key has this name: the name tells a request that is sent again.
///
/// Looked up, counted and written in one statement, so that two at once make one key.
#[must_use]
pub fn insert_key(who: &Principal, values: Vec<Option<String>>, at_most: usize) -> Statement {
    let limit = vec![text(at_most.to_string())];
    let values = scoped(who, [values, limit].concat());
    statement(include_str!("sql/insert_key.sql"), values)
}

/// A valid key that is not about to end, by its name.
#[must_use]
pub fn key_by_name(who: &Principal, name: &str) -> Statement {
    statement(
        "SELECT * FROM api_key WHERE account_id = ?1 AND mode = ?2 AND name = ?3 \
         AND revoked_at IS NULL AND expires_at IS NULL LIMIT 1",
        scoped(who, vec![text(name)]),
    )
}

/// Relies on the unique index `api_key_id`. Also one that has ended, so that it can be told.
#[must_use]
pub fn key_by_id(who: &Principal, id: &str) -> Statement {
    statement(
        "SELECT * FROM api_key WHERE account_id = ?1 AND mode = ?2 AND id = ?3",
        scoped(who, vec![text(id)]),
    )
}

/// Newest first, also those that are about to end. Relies on the index `api_key_list`.
pub const LIST: Listing = Listing {
    name: "keys",
    columns: "*",
    rows: Cow::Borrowed("FROM api_key WHERE account_id = ?1 AND mode = ?2 AND revoked_at IS NULL"),
    // The id ends the order, because several may be of one moment.
    keys: &[Key::down("created_at"), Key::up("id")],
};

/// A new key in place of a valid one, which ends when it is told to. Both happen or neither.
///
/// Both ask for a key that is neither revoked nor about to end; the second runs in the same
/// transaction, where nobody can have changed that.
#[must_use]
pub fn rotate_key(
    who: &Principal,
    id: &str,
    hash: &str,
    ends_at: i64,
    now: &str,
) -> [Statement; 2] {
    [
        statement(
            include_str!("sql/insert_rotated_key.sql"),
            scoped(who, vec![text(id), text(hash), text(now)]),
        ),
        statement(
            include_str!("sql/end_rotated_key.sql"),
            scoped(who, vec![text(id), text(ends_at.to_string()), text(hash)]),
        ),
    ]
}

/// The first moment stays. It ends at once where it was about to end later.
#[must_use]
pub fn revoke_key(who: &Principal, id: &str, at: &str) -> Statement {
    statement(
        "UPDATE api_key SET revoked_at = ?4 \
         WHERE account_id = ?1 AND mode = ?2 AND id = ?3 AND revoked_at IS NULL AND {calling}",
        scoped(who, vec![text(id), text(at)]),
    )
}
