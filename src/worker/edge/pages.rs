//! Pages for people.
//!
//! A browser cannot do anything with a problem in JSON, so handlers of pages end with
//! [`for_people`].

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
    // Details are written for callers, but they are sentences, so that people can read them as
    // well.
    handled.or_else(|problem| {
        // The status stays, so that programs see the same as people read.
        let title = "Something went wrong";
        Ok(message(problem.status, title, &problem.detail, None))
    })
}
