//! Statements of the directory about vendors.

use crate::worker::edge::list::Window;
use crate::worker::edge::principal::Principal;
use crate::worker::edge::rows::{Statement, scoped, statement};

/// The columns of a vendor, in the order of `vendors::VendorRow`.
///
/// Relies on the primary key and on `vendor_external_id`: a conflict writes nothing, and the
/// look-up after it says with whom.
#[must_use]
pub fn insert_vendor(who: &Principal, values: Vec<Option<String>>) -> Statement {
    statement(
        "INSERT INTO vendor (account_id, mode, id, external_id, name, request, created_at) \
         VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7) ON CONFLICT DO NOTHING RETURNING 1 AS wrote",
        scoped(who, values),
    )
}

/// A vendor by either id.
/// Relies on the same two: one row at most, as only one of the ids is given.
#[must_use]
pub fn vendor(who: &Principal, id: Option<&str>, external_id: Option<&str>) -> Statement {
    statement(
        "SELECT * FROM vendor WHERE account_id = ?1 AND mode = ?2 \
         AND (id = ?3 OR external_id = ?4)",
        scoped(
            who,
            vec![id.map(str::to_owned), external_id.map(str::to_owned)],
        ),
    )
}

/// The page and the count. The id ends the order, because several may be of one moment.
#[must_use]
pub fn list_vendors(
    who: &Principal,
    external_id: Option<String>,
    window: Window,
) -> [Statement; 2] {
    let [limit, offset] = window.values();
    [
        statement(
            "SELECT * FROM vendor WHERE account_id = ?1 AND mode = ?2 \
             AND (?3 IS NULL OR external_id = ?3) ORDER BY created_at DESC, id \
             LIMIT CAST(?4 AS INTEGER) OFFSET CAST(?5 AS INTEGER)",
            scoped(who, vec![external_id.clone(), limit, offset]),
        ),
        statement(
            "SELECT COUNT(*) AS total FROM vendor WHERE account_id = ?1 AND mode = ?2 \
             AND (?3 IS NULL OR external_id = ?3)",
            scoped(who, vec![external_id]),
        ),
    ]
}
