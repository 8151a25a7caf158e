//! Pages for people.

use crate::wire::page::{self};

use super::reply::{Handled, Reply};

/// A page that says one thing, with at most one way on: an address and what to call it.
#[must_use]
pub fn message(status: u16, title: &str, sentence: &str, way_on: Option<(&str, &str)>) -> Reply {
    let html = page::message(title, sentence, way_on);
    Reply::page(status, html, page::policy(&[]))
}

/// What stops a page is told on a page.
///
/// # Errors
/// None; a handler of a page ends with it.
pub fn for_people(handled: Handled) -> Handled {
    handled.or_else(|problem| {
        let title = "Something went wrong";
        Ok(message(problem.status, title, &problem.detail, None))
    })
}
