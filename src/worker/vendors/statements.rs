//! Statements of the directory about vendors.

use std::borrow::Cow;

use crate::worker::edge::list::{Key, Listing};
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

/// Newest first; the filter is an `external_id`. Relies on the index `vendor_list`.
pub const LIST: Listing = Listing {
    name: "vendors",
    columns: "*",
    rows: Cow::Borrowed(
        "FROM vendor WHERE account_id = ?1 AND mode = ?2 AND (?3 IS NULL OR external_id = ?3)",
    ),
    // The id ends the order, because several may be of one moment.
    keys: &[Key::down("created_at"), Key::up("id")],
};
