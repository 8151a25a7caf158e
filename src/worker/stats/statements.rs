//! Statements of the directory about sums of fees and costs.

use crate::worker::edge::principal::Principal;
use crate::worker::edge::rows::{Statement, scoped, statement, text};

/// The moments between which usage counts, in microseconds since 1970; absent ones are open.
#[derive(Clone, Debug, Default)]
pub struct Span {
    pub from: Option<String>,
    pub before: Option<String>,
}

/// Exact sums of amounts that are written as integers. They come as text, because the directory's
/// numbers are floats on their way.
macro_rules! sums {
    () => {
        "one.value->>0 AS currency, COUNT(*) AS count, \
         CAST(SUM(one.value->>1) AS TEXT) AS whole, \
         CAST(SUM((one.value->>2) / 1000000) AS TEXT) AS millionths, \
         CAST(SUM((one.value->>2) % 1000000) AS TEXT) AS rest"
    };
}

macro_rules! in_span {
    () => {
        "usage.account_id = ?1 AND usage.mode = ?2 \
         AND (?3 IS NULL OR usage.occurred_at >= CAST(?3 AS INTEGER)) \
         AND (?4 IS NULL OR usage.occurred_at < CAST(?4 AS INTEGER))"
    };
}

macro_rules! summed {
    ($amounts:literal, $columns:literal, $where:literal, $group:literal) => {
        concat!(
            "SELECT ",
            $columns,
            sums!(),
            " FROM usage, json_each(usage.",
            $amounts,
            ") AS one WHERE ",
            in_span!(),
            $where,
            " GROUP BY ",
            $group
        )
    };
}

fn spanned(who: &Principal, span: &Span, more: Option<Option<String>>) -> Vec<Option<String>> {
    let mut values = vec![span.from.clone(), span.before.clone()];
    values.extend(more);
    scoped(who, values)
}

/// Fees and costs of one customer, by currency.
#[must_use]
pub fn sums_of_customer(who: &Principal, customer: &str, span: &Span) -> [Statement; 2] {
    let values = spanned(who, span, Some(text(customer)));
    [
        summed!("fees", "", " AND usage.customer_id = ?5", "currency"),
        summed!("costs", "", " AND usage.customer_id = ?5", "currency"),
    ]
    .map(|sql| statement(sql, values.clone()))
}

/// Fees and costs of some customers, a JSON list of ids, by customer and currency.
#[must_use]
pub fn sums_of_customers(who: &Principal, customers: String, span: &Span) -> [Statement; 2] {
    let values = spanned(who, span, Some(Some(customers)));
    [
        summed!(
            "fees",
            "usage.customer_id AS customer_id, ",
            " AND usage.customer_id IN (SELECT value FROM json_each(?5))",
            "usage.customer_id, currency"
        ),
        summed!(
            "costs",
            "usage.customer_id AS customer_id, ",
            " AND usage.customer_id IN (SELECT value FROM json_each(?5))",
            "usage.customer_id, currency"
        ),
    ]
    .map(|sql| statement(sql, values.clone()))
}

/// Fees and costs of everybody, by currency; and the first and the last moment of any usage.
#[must_use]
pub fn sums_of_everybody(who: &Principal, span: &Span) -> [Statement; 3] {
    [
        summed!("fees", "", "", "currency"),
        summed!("costs", "", "", "currency"),
        concat!(
            "SELECT MIN(occurred_at) AS first, MAX(occurred_at) AS last FROM usage WHERE ",
            in_span!()
        ),
    ]
    .map(|sql| statement(sql, spanned(who, span, None)))
}

#[must_use]
pub fn vendor_by_id(who: &Principal, id: &str) -> Statement {
    statement(
        "SELECT id FROM vendor WHERE account_id = ?1 AND mode = ?2 AND id = ?3",
        scoped(who, vec![text(id)]),
    )
}

/// Costs of a vendor, named by either of its ids, by category and currency.
#[must_use]
pub fn costs_of_vendor(
    who: &Principal,
    vendor: &str,
    category: Option<String>,
    span: &Span,
) -> Statement {
    let mut values = spanned(who, span, Some(text(vendor)));
    values.push(category);
    statement(
        summed!(
            "costs",
            "COALESCE(one.value->>5, 'uncategorized') AS category, ",
            " AND (one.value->>3 = ?5 OR one.value->>4 = (SELECT external_id FROM vendor \
             WHERE vendor.account_id = ?1 AND vendor.mode = ?2 AND vendor.id = ?5)) \
             AND (?6 IS NULL OR COALESCE(one.value->>5, 'uncategorized') = ?6)",
            "category, currency"
        ),
        values,
    )
}
