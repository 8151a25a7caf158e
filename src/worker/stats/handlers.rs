//! What usage was charged, what it cost, and what payments have lost, in sums.
//!
//! The sums are exact: amounts are summed as integers by the database, and put together by the
//! engine's own arithmetic.

use serde::Serialize;
use serde_json::Value;

use crate::engine::asset::is_code;
use crate::engine::{Amount, Instant, Refusal};
use crate::wire::paging::Within;
use crate::wire::problem::{Failure, Problem};
use crate::wire::reply::json;
use crate::wire::stats::{Ledger, StatsReply};
use crate::wire::time;
use crate::worker::customers;
use crate::worker::edge::context::Context;
use crate::worker::edge::forward::{customer_in, no_customer};
use crate::worker::edge::list::Beside;
use crate::worker::edge::principal::Caller;
use crate::worker::edge::reply::{Handled, Reply};
use crate::worker::edge::request::Path;
use crate::worker::edge::rows::Outcomes;
use crate::worker::edge::span::within;
use crate::worker::wallet_object::shipment::amount_of;

use super::statements::{self, Span};

/// A text of a row of the directory; empty where there is none.
fn text<'a>(row: &'a Value, column: &str) -> &'a str {
    row.get(column).and_then(Value::as_str).unwrap_or_default()
}

/// A sum as the directory tells it; a refusal where it leaves the bounds of an amount.
///
/// ```text
/// amount = whole + (millionths × 10^6 + rest) / 10^12
/// ```
fn sum(row: &Value) -> Result<(&str, Amount, u64), Problem> {
    let number = |column: &str| text(row, column).parse::<i128>().ok();
    let amount = || {
        let rest = number("millionths")?
            .checked_mul(1_000_000)?
            .checked_add(number("rest")?)?;
        amount_of(number("whole")?, rest)
    };
    let amount = amount().ok_or(Refusal::AmountOutOfRange)?;
    let count = row.get("count").and_then(Value::as_u64);
    Ok((text(row, "currency"), amount, count.unwrap_or_default()))
}

/// What three statements in a row have summed, of one customer or of all.
///
/// Fees are the answer to statement `first`, costs to the one after it, refunds to the one after that.
fn ledger(answer: &Outcomes, first: usize, customer: Option<&str>) -> Result<Ledger, Problem> {
    let mut ledger = Ledger::default();
    // One statement sums a whole page of customers, so that its length does not decide how many
    // are asked.
    let about = |row: &&Value| customer.is_none_or(|id| id == text(row, "customer_id"));
    for row in answer.values(first)?.iter().filter(about) {
        let (currency, amount, count) = sum(row)?;
        ledger.charge(currency, amount, count);
    }
    let costs = answer.values(first.saturating_add(1))?;
    for row in costs.iter().filter(about) {
        let (currency, amount, count) = sum(row)?;
        ledger.cost(currency, amount, count);
    }
    let refunds = answer.values(first.saturating_add(2))?;
    for row in refunds.iter().filter(about) {
        let (currency, amount, _) = sum(row)?;
        ledger.refund(currency, amount);
    }
    exact(ledger)
}

/// 422 instead of a number that is not right.
fn exact(ledger: Ledger) -> Result<Ledger, Problem> {
    if ledger.is_exact() {
        return Ok(ledger);
    }
    Err(Refusal::AmountOutOfRange.into())
}

/// As text, as statements take their values.
fn span(period: Within) -> Span {
    let text = |at: Option<Instant>| at.map(|at| at.micros().to_string());
    Span {
        from: text(period.from),
        before: text(period.before),
    }
}

/// The currency that the query asks for; the main one when it asks for none.
fn currency(context: &Context<'_>) -> Result<Option<String>, Problem> {
    let wanted = context.query("currency");
    if wanted.as_ref().is_some_and(|code| !is_code(code)) {
        let sentence = "must be 1 to 32 letters, digits, `_` or `-`";
        return Err(Problem::field("currency", sentence));
    }
    Ok(wanted)
}

#[derive(Serialize)]
struct CustomerStats {
    #[serde(flatten)]
    main: StatsReply,
    by_currency: Vec<StatsReply>,
}

impl CustomerStats {
    fn of(ledger: &Ledger, currency: Option<&str>) -> Self {
        Self {
            main: ledger.stats(currency.unwrap_or_else(|| ledger.main_currency())),
            by_currency: ledger.all_stats(),
        }
    }
}

/// Of one customer, exact at once: its wallet is asked first to tell what it has not told yet.
///
/// `GET /v1/customers/{id}/stats`. 404 where there is no such customer.
pub async fn customer(context: &Context<'_>, who: &Caller, path: &Path) -> Handled {
    let id = customer_in(path)?;
    let span = span(within(context, "period_from", "period_to")?);
    let currency = currency(context)?;
    // Before the sums are read; what is recorded meanwhile may be in them or not.
    context.world.shipped(&who.wallet(id)).await?;
    let mut statements = vec![customers::statements::customer(who, Some(id), None)];
    statements.extend(statements::sums_of_customer(who, id, &span));
    let answer = context.directory(statements).await?;
    if !answer.wrote(0) {
        return Err(no_customer(who, id));
    }
    let ledger = ledger(&answer, 1, None)?;
    let stats = CustomerStats::of(&ledger, currency.as_deref());
    Ok(Reply::ok(json(&stats)))
}

#[derive(Serialize)]
struct CustomerItem<'a> {
    id: &'a str,
    external_id: Option<&'a str>,
    name: &'a str,
    stats: StatsReply,
}

#[derive(Serialize)]
struct CustomerStatsPage<'a> {
    items: Vec<CustomerItem<'a>>,
    #[serde(flatten)]
    beside: Beside,
    /// Of all customers, not only of the page.
    summary: CustomerStats,
    period_from: String,
    period_to: String,
}

/// Of all customers, page by page, in one currency so that they can be compared.
///
/// `GET /v1/customers/stats`. As far as the wallets have told: asking all of them would wake every
/// one.
pub async fn customers(context: &Context<'_>, who: &Caller, _: &Path) -> Handled {
    let asked = customers::statements::LIST.asked(context)?;
    let period = within(context, "period_from", "period_to")?;
    let wanted = currency(context)?;
    let span = span(period);
    let mut statements = Vec::from(customers::statements::list_customers(
        who,
        customers::statements::CustomerFilter::default(),
        &asked,
    ));
    statements.extend(statements::sums_of_everybody(who, &span));
    let answer = context.directory(statements).await?;
    let rows = asked.shown(&answer)?;
    let everybody = ledger(&answer, 2, None)?;

    // A second round, because which customers are on the page is known only now.
    let ids: Vec<&str> = rows.iter().map(|row| text(row, "id")).collect();
    let sums = statements::sums_of_customers(who, json(&ids), &span);
    let sums = context.directory(sums.into()).await?;
    let summary = CustomerStats::of(&everybody, wanted.as_deref());
    let mut items = Vec::with_capacity(rows.len());
    for row in rows {
        let id = text(row, "id");
        items.push(CustomerItem {
            id,
            external_id: row.get("external_id").and_then(Value::as_str),
            name: text(row, "name"),
            stats: ledger(&sums, 0, Some(id))?.stats(&summary.main.currency),
        });
    }
    let (period_from, period_to) = days(context.now(), period, answer.values(5)?.first());
    Ok(Reply::ok(json(&CustomerStatsPage {
        items,
        beside: asked.beside(&customers::statements::LIST, &answer)?,
        summary,
        period_from,
        period_to,
    })))
}

/// The period's days. What the query leaves open reaches from the first usage to today.
fn days(now: Instant, period: Within, used: Option<&Value>) -> (String, String) {
    let at = |column: &str| {
        let micros = used
            .and_then(|used| used.get(column))
            .and_then(Value::as_i64);
        micros.map_or(now, Instant::from_micros)
    };
    let (first, last) = (at("first"), at("last").max(now));
    // The last moment of the period, not the first one after it, which is of the next day.
    let before = period
        .before
        .map(|before| before.micros().saturating_sub(1));
    (
        time::format_day(period.from.unwrap_or(first)),
        time::format_day(before.map_or(last, Instant::from_micros)),
    )
}

#[derive(Serialize)]
struct VendorStats<'a> {
    total_costs: Amount,
    categories: Vec<CategoryStats<'a>>,
    currency: String,
}

#[derive(Serialize)]
struct CategoryStats<'a> {
    category: &'a str,
    cost: Amount,
}

/// What a vendor's costs come to, in one currency, by category.
///
/// `GET /v1/vendors/{id}/stats`. 404 where there is no such vendor.
pub async fn vendor(context: &Context<'_>, who: &Caller, path: &Path) -> Handled {
    let id = path.first().map(String::as_str).unwrap_or_default();
    let span = span(within(context, "period_from", "period_to")?);
    let wanted = currency(context)?;
    let category = context.query("category");
    let costs = statements::costs_of_vendor(who, id, category, &span);
    let answer = context
        .directory(vec![statements::vendor_by_id(who, id), costs])
        .await?;
    if !answer.wrote(0) {
        let detail = format!("There is no vendor {id}. Use the id that creating it returned.");
        return Err(Failure::NotFound.because(detail));
    }
    let rows = answer.values(1)?;
    let mut ledger = Ledger::default();
    for row in rows {
        let (currency, amount, count) = sum(row)?;
        ledger.cost(currency, amount, count);
    }
    let ledger = exact(ledger)?;
    // Amounts of several currencies have no sum, so one is chosen: the one asked for, or the main
    // one.
    let currency = wanted.unwrap_or_else(|| ledger.main_currency().to_owned());
    let mut categories = Vec::new();
    for row in rows.iter().filter(|row| text(row, "currency") == currency) {
        let (_, cost, _) = sum(row)?;
        let category = text(row, "category");
        categories.push(CategoryStats { category, cost });
    }
    Ok(Reply::ok(json(&VendorStats {
        total_costs: ledger.stats(&currency).total_costs,
        categories,
        currency,
    })))
}
