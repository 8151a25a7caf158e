//! What each route does. A handler decides nothing about money: it names the wallet and asks it.

pub mod assets;
pub mod customers;
pub mod meta;
pub mod payments;
pub mod products;
pub mod simulate;
pub mod usage;
pub mod wallets;

use serde::Deserialize;

use crate::wire::problem::Failure;
use crate::wire::{Problem, ids};

use super::directory::Window;
use super::edge::Context;

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
