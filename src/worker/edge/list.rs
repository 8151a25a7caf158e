//! Lists, a page at a time, and what a call that creates something answers.
//!
//! ```json
//! { "items": [], "total_count": 0, "limit": 20, "offset": 0 }
//! ```
//!
//! Two statements make a page, in one transaction: the rows, and how many there are in all. Every
//! order ends in something unique, so that no item is on two pages or on none.

use serde::Serialize;

use crate::engine::Refusal;
use crate::wire::Problem;
use crate::wire::problem::Failure;
use crate::wire::reply::json;

use super::reply::{Handled, Reply};
use super::request::Request;
use super::rows::{Outcomes, Row, text};

/// Most items of one page.
///
/// 100 items of a few hundred bytes are some tens of KB.
pub const MAX_PAGE: u64 = 100;

/// Items of a page that does not say.
/// Each reply says which number it used, so nobody has to know this one.
pub const DEFAULT_PAGE: u64 = 20;

/// One page of a list.
#[derive(Clone, Copy, Debug)]
pub struct Window {
    /// How many items it shows, at most [`MAX_PAGE`].
    pub limit: u64,
    /// How many items come before it.
    pub offset: u64,
}

impl Window {
    /// The last two values of the statement that reads the page.
    /// As text, which the statements cast: the directory takes no numbers.
    #[must_use]
    pub fn values(self) -> [Option<String>; 2] {
        [text(self.limit.to_string()), text(self.offset.to_string())]
    }
}

/// `limit` and `offset` of the query.
///
/// # Errors
/// `validation_failed` when they are not numbers in range.
pub fn window(request: &Request<'_>) -> Result<Window, Problem> {
    Ok(Window {
        limit: request.query_number("limit", DEFAULT_PAGE, 1..=MAX_PAGE)?,
        // Bounded only so that it stays an integer of SQLite; an offset beyond the end is an empty
        // page.
        offset: request.query_number("offset", 0, 0..=1_000_000_000)?,
    })
}

/// A page of rows as a reply: the rows are the answer to the first statement, their number to the
/// second.
///
/// Shape: `items`, `total_count`, `limit`, `offset`. Status 200, also for an empty page.
///
/// # Errors
/// `internal_error` where the directory's answer cannot be read.
pub fn page<T: Serialize>(
    answer: &Outcomes,
    window: Window,
    show: impl Fn(Row<'_>) -> Result<T, Problem>,
) -> Handled {
    let mut items = Vec::new();
    // One row that cannot be read fails the page: a list that silently lacks an item would be
    // believed.
    for row in answer.values(0)? {
        items.push(json(&show(Row::new(row))?));
    }
    let body = page_of(&items, answer, window)?;
    Ok(Reply::ok(body))
}

/// A page of items that are written already.
///
/// For who shows more than a row has.
///
/// # Errors
/// As [`page`].
pub fn page_of(items: &[String], answer: &Outcomes, window: Window) -> Result<String, Problem> {
    // A count always has a row; should it have none, a list is better than an error.
    let total = answer.row(1)?.and_then(|row| row.number("total"));
    let (total, items) = (total.unwrap_or(0), items.join(","));
    let Window { limit, offset } = window;
    // Written by hand, because the items are JSON already and would otherwise be read again.
    Ok(format!(
        "{{\"items\":[{items}],\"total_count\":{total},\"limit\":{limit},\"offset\":{offset}}}"
    ))
}

/// What was created, or found as the same request had created it: the answer of an insertion and of a
/// look-up by `external_id` or by id. `noun` begins a sentence: `"An account"`.
///
/// | the look-up finds | reply |
/// |---|---|
/// | what this very request has written | 201 |
/// | what an equal request has written | 201, replayed |
/// | another one under this `external_id` | 409 `already_exists`, with its id |
/// | another one under this operation's id | 422 `operation_id_reused` |
/// | nothing: the id is taken by somebody else's | 422 `operation_id_reused` |
///
/// # Errors
/// 409 where the `external_id` is taken, 422 where the operation's id was used for another body.
pub fn created<T: Serialize>(
    answer: &Outcomes,
    noun: &str,
    request: &str,
    has_external_id: bool,
    reply: impl Fn(Row<'_>) -> Result<T, Problem>,
) -> Handled {
    // By digest, so that one column tells whether the request was the same, whatever it consisted
    // of.
    match answer.row(1)? {
        Some(row) if row.text("request")? == request => {
            let reply = Reply::new(201, json(&reply(row)?));
            Ok(reply.replayed(!answer.wrote(0)))
        }
        // It is the caller's own, so its id may be told.
        Some(row) if has_external_id => {
            let id = row.text("id")?;
            let detail =
                format!("{noun} with this external_id exists already, with other details: {id}.");
            Err(Failure::AlreadyExists.because(detail))
        }
        _ => Err(Problem::from(Refusal::OperationIdReused)),
    }
}
