//! The statements that the way to every handler needs.

use super::principal::{CallingKey, Principal};
use super::rows::{Statement, scoped, statement, text};

/// Whether the directory answers.
///
/// No table: it must say 200 as soon as the database answers, also before it is migrated.
#[must_use]
pub fn ping() -> Statement {
    statement("SELECT 1 AS one", vec![])
}

/// The id of the customer who goes by an external id.
///
/// Relies on the unique index `customer_external_id`: one row at most, and no scan. It stands here
/// and not with the customers, because every capability that forwards needs it.
#[must_use]
pub fn customer_by_external_id(who: &Principal, external_id: &str) -> Statement {
    statement(
        "SELECT id FROM customer WHERE account_id = ?1 AND mode = ?2 AND external_id = ?3",
        scoped(who, vec![text(external_id)]),
    )
}

/// A page of a list: the two values behind `place` say how many rows it has, and how many are passed
/// over. This is the only place that passes over rows; `list` says how many those may be.
#[must_use]
pub fn page_sql(columns: &str, rows: &str, after: &str, order: &str, place: usize) -> String {
    let (limit, offset) = (place.saturating_add(1), place.saturating_add(2));
    format!(
        "SELECT {columns} {rows}{after} ORDER BY {order} \
         LIMIT CAST(?{limit} AS INTEGER) OFFSET CAST(?{offset} AS INTEGER)"
    )
}

/// How many rows there are, as far as `most`: a list of millions would be read to its end for a number.
#[must_use]
pub fn count_sql(rows: &str, most: u64) -> String {
    format!("SELECT COUNT(*) AS total FROM (SELECT 1 {rows} LIMIT {most})")
}

/// Where a statement of a route that needs `admin` says that the calling key must still be good.
const CALLING: &str = "{calling}";

/// A statement that does nothing once the calling key is revoked or has ended, also where that happened
/// a moment ago: `{calling}` in it stands for the condition. What only reads has none.
///
/// In the same statement as the write, because between a look-up and a write anything can happen.
#[must_use]
pub fn by(key: &CallingKey, asked: Statement) -> Statement {
    let Statement { sql, mut values } = asked;
    if !sql.contains(CALLING) {
        return Statement { sql, values };
    }
    let place = values.len().saturating_add(1);
    let condition = format!(
        "(?{place} IS NULL OR EXISTS (SELECT 1 FROM api_key AS calling \
         WHERE calling.hash = ?{place} AND calling.revoked_at IS NULL \
         AND (calling.expires_at IS NULL OR calling.expires_at > CAST(?{} AS INTEGER))))",
        place.saturating_add(1)
    );
    values.push(key.digest.map(hex::encode));
    values.push(text(key.at.to_string()));
    statement(sql.replace(CALLING, &condition), values)
}

/// Whether the calling key is still good: a row where it is.
#[must_use]
pub fn calling(key: &CallingKey) -> Statement {
    by(key, statement("SELECT 1 AS good WHERE {calling}", vec![]))
}
