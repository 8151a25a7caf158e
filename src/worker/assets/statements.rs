//! Statements of the directory about assets and their rates.
//!
//! All of them go by the primary keys: `(account_id, mode, code)` of an asset, and the same with
//! source and moment of a rate.

use std::borrow::Cow;

use crate::worker::edge::list::{Key, Listing};
use crate::worker::edge::principal::Principal;
use crate::worker::edge::rows::{Statement, scoped, statement, text};

/// The columns of an asset, in the order of `assets::AssetRow`.
///
/// A conflict on the code writes nothing; the look-up after it tells a replay from another asset.
#[must_use]
pub fn insert_asset(who: &Principal, values: Vec<Option<String>>) -> Statement {
    statement(
        "INSERT INTO asset (account_id, mode, code, name, precision, label, symbol, request, \
         created_at) VALUES (?1, ?2, ?3, ?4, CAST(?5 AS INTEGER), ?6, ?7, ?8, ?9) \
         ON CONFLICT DO NOTHING RETURNING 1 AS wrote",
        scoped(who, values),
    )
}

/// One row at most.
#[must_use]
pub fn asset_by_code(who: &Principal, code: &str) -> Statement {
    statement(
        "SELECT * FROM asset WHERE account_id = ?1 AND mode = ?2 AND code = ?3",
        scoped(who, vec![text(code)]),
    )
}

/// How amounts of these assets are written; `codes` is a JSON list.
///
/// Codes that are none are left out, and are then written as they are.
#[must_use]
pub fn units_of_assets(who: &Principal, codes: String) -> Statement {
    statement(
        "SELECT code, label, symbol FROM asset WHERE account_id = ?1 AND mode = ?2 \
         AND code IN (SELECT value FROM json_each(?3))",
        scoped(who, vec![Some(codes)]),
    )
}

/// By the code, which is unique, so it is the whole order.
pub const LIST: Listing = Listing {
    name: "assets",
    columns: "*",
    rows: Cow::Borrowed("FROM asset WHERE account_id = ?1 AND mode = ?2"),
    keys: &[Key::up("code")],
};

/// The rates of a new asset, from its first moment on; `rates` is a JSON list of pairs.
///
/// Only for the asset of this very request, and only where it has no rates: a replay must not
/// bring back one that was replaced.
#[must_use]
pub fn insert_starting_rates(
    who: &Principal,
    code: &str,
    request: &str,
    at: i64,
    rates: String,
) -> Statement {
    statement(
        include_str!("sql/insert_starting_rates.sql"),
        scoped(
            who,
            vec![text(code), text(at.to_string()), Some(rates), text(request)],
        ),
    )
}

/// A rate that holds from a moment on. The one that holds then ends there, and it itself ends where
/// the next one begins, so that no two overlap. One that begins at the same moment is replaced.
///
/// Two statements in one transaction, in this order: the first must not end the one that the
/// second writes.
#[must_use]
pub fn add_rate(
    who: &Principal,
    code: &str,
    source: &str,
    valid_from: i64,
    valid_to: Option<i64>,
    rate: String,
) -> [Statement; 2] {
    let from = text(valid_from.to_string());
    let to = valid_to.map(|at| at.to_string());
    [
        statement(
            include_str!("sql/end_rate.sql"),
            scoped(who, vec![text(code), text(source), from.clone()]),
        ),
        statement(
            include_str!("sql/insert_rate.sql"),
            scoped(who, vec![text(code), text(source), from, to, Some(rate)]),
        ),
    ]
}

/// The rates of an asset for one source, newest first.
#[must_use]
pub fn rates_of_asset(who: &Principal, code: &str, source: Option<&str>) -> Statement {
    statement(
        "SELECT source, valid_from, valid_to, rate FROM asset_rate \
         WHERE account_id = ?1 AND mode = ?2 AND code = ?3 AND (?4 IS NULL OR source = ?4) \
         ORDER BY source, valid_from DESC",
        scoped(who, vec![text(code), source.map(str::to_owned)]),
    )
}

/// The rate of an asset for a source at a moment, in microseconds since 1970.
///
/// At most one holds, because rates of one source do not overlap; the order only makes that
/// certain.
#[must_use]
pub fn rate_of_asset_at(who: &Principal, code: &str, source: &str, at: i64) -> Statement {
    statement(
        include_str!("sql/rate_of_asset_at.sql"),
        scoped(who, vec![text(code), text(source), text(at.to_string())]),
    )
}

/// The rates of an asset that hold at a moment, one of each source.
///
/// `MAX` beside a bare column takes that column from the same row, which SQLite promises.
#[must_use]
pub fn rates_of_asset_at(who: &Principal, code: &str, at: i64) -> Statement {
    statement(
        include_str!("sql/rates_of_asset_at.sql"),
        scoped(who, vec![text(code), text(at.to_string())]),
    )
}
