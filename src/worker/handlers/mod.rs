//! What each route does. A handler decides nothing about money: it names the wallet and asks it.

pub mod assets;
pub mod customers;
pub mod events;
pub mod limits;
pub mod meta;
pub mod payments;
pub mod portal;
pub mod products;
pub mod query;
pub mod stats;
pub mod topups;
pub mod usage;
pub mod wallets;
pub mod webhooks;

use serde::Deserialize;

use crate::stripe;
use crate::wire::page::{self, Unit};
use crate::wire::problem::Failure;
use crate::wire::reply::json;
use crate::wire::{Problem, ids};

use super::auth::Principal;
use super::call::Reply;
use super::directory::{self, Window};
use super::edge::{Context, Handled, Step, Stop};

/// Most items of one page.
pub const MAX_PAGE: u64 = 100;

/// Items of a page that does not say.
pub const DEFAULT_PAGE: u64 = 20;

/// How many rows there are in all.
#[derive(Deserialize)]
pub struct Total {
    pub total: usize,
}

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

#[derive(Deserialize)]
struct UnitRow {
    code: String,
    label: Option<String>,
    symbol: Option<String>,
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
    let rows: Vec<UnitRow> = answer.rows(0)?;
    Ok(move |code: &str| {
        let row = rows.iter().find(|row| row.code == code);
        let label = row.and_then(|row| row.label.as_deref());
        // Money is written with its cents, where it has some.
        let cents = stripe::minor_units(code, "0.1").is_ok();
        Unit {
            name: label.unwrap_or(code).to_owned(),
            symbol: row.and_then(|row| row.symbol.clone()),
            places: if cents { 2 } else { 0 },
        }
    })
}

/// What stops a page is told on a page.
///
/// # Errors
/// A question, which is not for people.
pub fn for_people(handled: Handled) -> Handled {
    match handled {
        Err(Stop::Problem(problem)) => {
            let html = page::message("Something went wrong", &problem.detail, None);
            let reply = Reply::page(problem.status, html, page::policy(&[]));
            Ok(Step::Reply(reply))
        }
        other => other,
    }
}
