//! Lists, a page at a time, and what a call that creates something answers.

use serde::Serialize;

use crate::engine::Refusal;
use crate::wire::Problem;
use crate::wire::problem::Failure;
use crate::wire::reply::json;

use super::reply::{Handled, Reply};
use super::request::Request;
use super::rows::{Outcomes, Row, text};

/// Most items of one page.
pub const MAX_PAGE: u64 = 100;

/// Items of a page that does not say.
pub const DEFAULT_PAGE: u64 = 20;

/// One page of a list.
#[derive(Clone, Copy, Debug)]
pub struct Window {
    pub limit: u64,
    pub offset: u64,
}

impl Window {
    /// The last two values of the statement that reads the page.
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
        offset: request.query_number("offset", 0, 0..=1_000_000_000)?,
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
    Ok(Reply::ok(body))
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
            Ok(reply.replayed(!answer.wrote(0)))
        }
        Some(row) if has_external_id => {
            let id = row.text("id")?;
            let detail =
                format!("{noun} with this external_id exists already, with other details: {id}.");
            Err(Failure::AlreadyExists.because(detail))
        }
        _ => Err(Problem::from(Refusal::OperationIdReused)),
    }
}
