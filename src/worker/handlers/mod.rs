//! What each route does. A handler decides nothing about money: it names the wallet and asks it.

pub mod accounts;
pub mod assets;
pub mod customers;
pub mod events;
pub mod keys;
pub mod limits;
pub mod meta;
pub mod paylinks;
pub mod payments;
pub mod portal;
pub mod products;
pub mod query;
pub mod simulate;
pub mod stats;
pub mod subscriptions;
pub mod topups;
pub mod usage;
pub mod vendors;
pub mod wallets;
pub mod webhooks;

use serde::Serialize;

use crate::engine::Refusal;
use crate::stripe;
use crate::wire::customer_ref::CustomerRef;
use crate::wire::page::{self, Unit};
use crate::wire::problem::Failure;
use crate::wire::reply::json;
use crate::wire::{Problem, ids};

use super::auth::Principal;
use super::call::{Ask, Reply};
use super::directory::{self, Window};
use super::edge::{Context, Handled, Outcomes, Step, Stop};
use super::row::Row;

/// Most items of one page.
pub const MAX_PAGE: u64 = 100;

/// Items of a page that does not say.
pub const DEFAULT_PAGE: u64 = 20;

/// `limit` and `offset` of the query.
///
/// # Errors
/// `validation_failed` when they are not numbers in range.
pub fn window(context: &Context<'_>) -> Result<Window, Problem> {
    Ok(Window {
        limit: context.query_number("limit", DEFAULT_PAGE, 1..=MAX_PAGE)?,
        offset: context.query_number("offset", 0, 0..=1_000_000_000)?,
    })
}

/// A page of rows as a reply: the rows are the answer to the first statement, their number to the
/// second.
///
/// # Errors
/// `internal_error` where the directory's answer cannot be read.
pub fn page<T: Serialize>(
    answer: &Outcomes,
    window: Window,
    show: impl Fn(Row<'_>) -> Result<T, Problem>,
) -> Handled {
    let mut items = Vec::new();
    for row in answer.values(0)? {
        items.push(json(&show(Row::new(row))?));
    }
    let body = page_of(&items, answer, window)?;
    Ok(Step::Reply(Reply::ok(body)))
}

/// A page of items that are written already.
///
/// # Errors
/// As [`page`].
pub fn page_of(items: &[String], answer: &Outcomes, window: Window) -> Result<String, Problem> {
    let total = answer.row(1)?.and_then(|row| row.number("total"));
    let (total, items) = (total.unwrap_or(0), items.join(","));
    let Window { limit, offset } = window;
    Ok(format!(
        "{{\"items\":[{items}],\"total_count\":{total},\"limit\":{limit},\"offset\":{offset}}}"
    ))
}

/// Hands a request over to the wallet of the customer that it names.
///
/// An external id stands for the customer without a look-up: the id derives from it. Only when that
/// wallet says that its customer goes by another one, the directory is asked who goes by this one.
///
/// # Errors
/// 404 where there is no such customer.
pub fn forward_to(
    context: &Context<'_>,
    who: &Principal,
    customer: CustomerRef,
    ask: impl Fn(&str) -> Ask,
) -> Handled {
    let external = match customer {
        CustomerRef::Id(id) if ids::is_customer_id(&id) => {
            return Ok(context.forward(&who.wallet(&id), &id, ask(&id)));
        }
        CustomerRef::Id(id) => return Err(no_customer(&id).into()),
        CustomerRef::ExternalId(external) => external,
    };
    let id = ids::derived_customer_id(&who.account_id, &external);
    if let Some(step) = context.forward_unless_moved(&who.wallet(&id), &id, &external, ask(&id)) {
        return Ok(step);
    }
    let known = customer_called(context, who, &external)?;
    let id = known.ok_or_else(|| Problem::from(Refusal::WalletNotFound))?;
    Ok(context.forward(&who.wallet(&id), &id, ask(&id)))
}

/// The id of the customer who goes by an external id now, as the directory knows.
///
/// # Errors
/// The question, or an unreadable answer.
pub fn customer_called(
    context: &Context<'_>,
    who: &Principal,
    external_id: &str,
) -> Result<Option<String>, Stop> {
    let answer = context.directory(vec![directory::customer(who, None, Some(external_id))])?;
    Ok(answer.row(0)?.and_then(|row| row.given("id")))
}

/// The first placeholder of the path, which names a customer.
///
/// # Errors
/// 404 where it cannot be a customer id.
pub fn customer_in(path: &[String]) -> Result<&str, Problem> {
    let id = path.first().map(String::as_str).unwrap_or_default();
    if ids::is_customer_id(id) {
        return Ok(id);
    }
    Err(no_customer(id))
}

/// No customer has this id.
#[must_use]
pub fn no_customer(id: &str) -> Problem {
    Failure::NotFound.because(format!(
        "There is no customer {id}. Use the id that creating the customer returned."
    ))
}

/// What was created, or found as the same request had created it: the answer of an insertion and of a
/// look-up by `external_id` or by id. `noun` begins a sentence: `"An account"`.
///
/// # Errors
/// 409 where the `external_id` is taken, or the operation's id was used for another body.
pub fn created<T: Serialize>(
    answer: &Outcomes,
    noun: &str,
    request: &str,
    has_external_id: bool,
    reply: impl Fn(Row<'_>) -> Result<T, Problem>,
) -> Handled {
    match answer.row(1)? {
        Some(row) if row.text("request")? == request => {
            let reply = Reply::new(201, json(&reply(row)?));
            Ok(Step::Reply(reply.replayed(!answer.wrote(0))))
        }
        Some(row) if has_external_id => {
            let id = row.text("id")?;
            let detail =
                format!("{noun} with this external_id exists already, with other details: {id}.");
            Err(Failure::AlreadyExists.because(detail).into())
        }
        _ => Err(Problem::from(Refusal::OperationIdReused).into()),
    }
}

/// How amounts of these assets are written on a page.
///
/// # Errors
/// The question, or an unreadable answer.
pub fn units(
    context: &Context<'_>,
    who: &Principal,
    codes: &[&str],
) -> Result<impl Fn(&str) -> Unit + use<>, Stop> {
    let answer = context.directory(vec![directory::units_of_assets(who, json(&codes))])?;
    Ok(move |code: &str| {
        let rows = answer.values(0).unwrap_or_default();
        let mut rows = rows.iter().map(Row::new);
        let row = rows.find(|row| row.given("code").as_deref() == Some(code));
        let label = row.and_then(|row| row.given("label"));
        Unit {
            name: label.unwrap_or_else(|| code.to_owned()),
            symbol: row.and_then(|row| row.given("symbol")),
            // Money is written with its cents, where it has some.
            places: stripe::places(code).unwrap_or(0),
        }
    })
}

/// A page that says one thing, with at most one way on: an address and what to call it.
#[must_use]
pub fn message(status: u16, title: &str, sentence: &str, way_on: Option<(&str, &str)>) -> Reply {
    let html = page::message(title, sentence, way_on);
    Reply::page(status, html, page::policy(&[]))
}

/// What stops a page is told on a page.
///
/// # Errors
/// A question, which is not for people.
pub fn for_people(handled: Handled) -> Handled {
    match handled {
        Err(Stop::Problem(problem)) => {
            let title = "Something went wrong";
            let reply = message(problem.status, title, &problem.detail, None);
            Ok(Step::Reply(reply))
        }
        other => other,
    }
}
