//! Statements of the directory about sums of fees, costs and refunds.
//!
//! Every one stays within one side, which is where the primary key of `usage` and the index
//! `usage_of_customer` begin.

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
///
/// Steps are below 10^12 and are summed in two halves of 10^6, so 64 bits have room for the halves
/// of 9 × 10^12 rows.
const SUMS: &str = include_str!("sql/sums.sql");

/// The first and the last moment of any usage.
const MOMENTS: &str = include_str!("sql/moments.sql");

/// Only of one customer, or of those of a list.
const OF_CUSTOMER: &str = "AND usage.customer_id = ?5";
const OF_CUSTOMERS: &str = "AND usage.customer_id IN (SELECT value FROM json_each(?5))";

/// Only of one vendor, by either of its ids, and of one category where one is named.
const OF_VENDOR: &str = include_str!("sql/of_vendor.sql");

/// What has no category is shown as one, so that the categories add up to the whole.
const CATEGORY: &str = "COALESCE(one.value->>5, 'uncategorized') AS category,";

/// The sums of one column of amounts, with more columns, under more conditions, by groups.
///
/// Parts of our own, never of a caller's: values travel beside the statement.
fn summed(amounts: &str, columns: &str, condition: &str, group: &str) -> String {
    SUMS.replace("{amounts}", amounts)
        .replace("{columns}", columns)
        .replace("{condition}", condition)
        .replace("{group}", group)
}

/// `?1` to `?4` are the side and the span, so that every condition can rely on their numbers.
fn spanned(who: &Principal, span: &Span, more: Option<Option<String>>) -> Vec<Option<String>> {
    let mut values = vec![span.from.clone(), span.before.clone()];
    values.extend(more);
    scoped(who, values)
}

/// What is summed, in the order in which the sums are read: what was charged, what it cost, what was refunded.
const AMOUNTS: [&str; 3] = ["fees", "costs", "refunds"];

/// The sums of one customer, by currency.
#[must_use]
pub fn sums_of_customer(who: &Principal, customer: &str, span: &Span) -> [Statement; 3] {
    let values = spanned(who, span, Some(text(customer)));
    AMOUNTS.map(|amounts| {
        let sql = summed(amounts, "", OF_CUSTOMER, "currency");
        statement(sql, values.clone())
    })
}

/// The sums of some customers, a JSON list of ids, by customer and currency.
#[must_use]
pub fn sums_of_customers(who: &Principal, customers: String, span: &Span) -> [Statement; 3] {
    let values = spanned(who, span, Some(Some(customers)));
    AMOUNTS.map(|amounts| {
        let (column, group) = ("usage.customer_id,", "usage.customer_id, currency");
        let sql = summed(amounts, column, OF_CUSTOMERS, group);
        statement(sql, values.clone())
    })
}

/// The sums of everybody, by currency; and the first and the last moment of any usage.
#[must_use]
pub fn sums_of_everybody(who: &Principal, span: &Span) -> [Statement; 4] {
    [
        summed("fees", "", "", "currency"),
        summed("costs", "", "", "currency"),
        summed("refunds", "", "", "currency"),
        MOMENTS.to_owned(),
    ]
    .map(|sql| statement(sql, spanned(who, span, None)))
}

/// Whether there is such a vendor; by the primary key.
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
    let sql = summed("costs", CATEGORY, OF_VENDOR, "category, currency");
    statement(sql, values)
}
