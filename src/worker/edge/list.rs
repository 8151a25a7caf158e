//! Lists, a page at a time, and what a call that creates something answers.
//!
//! ```json
//! { "items": [], "total_count": 0, "limit": 20, "offset": 0, "next": "WyJ2ZW5kb3JzIiwi…" }
//! ```
//!
//! Two statements make a page, in one transaction: the rows, and how many there are in all. Both are made
//! here of one [`Listing`], so that they never differ in what they look at.
//!
//! | asked for by | begins | costs |
//! |---|---|---|
//! | `cursor`, which is the `next` of a page | behind the item that the cursor names | the page, however deep it is |
//! | `offset`, as Credyt's clients do | so many items in | those items as well, so they are bounded |
//!
//! Every order ends in something unique, so that no item is on two pages or on none.

use std::borrow::Cow;

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde::Serialize;
use serde_json::Value;

use crate::engine::Refusal;
use crate::wire::Problem;
use crate::wire::problem::Failure;
use crate::wire::reply::json;

use super::principal::Principal;
use super::reply::{Handled, Reply};
use super::request::Request;
use super::rows::{Outcomes, Row, Statement, scoped, statement, text, unreadable};
use super::statements::{count_sql, page_sql};

/// Most items of one page.
///
/// 100 items of a few hundred bytes are some tens of KB.
pub const MAX_PAGE: u64 = 100;

/// Items of a page that does not say.
/// Each reply says which number it used, so nobody has to know this one.
pub const DEFAULT_PAGE: u64 = 20;

/// As far as items are counted, and as far as an `offset` leads.
///
/// The directory reads 10,000 rows of an index in milliseconds. Who has more goes on by `cursor`.
pub const MAX_COUNTED: u64 = 10_000;

/// A page's place by its number of items.
#[derive(Clone, Copy, Debug)]
pub struct Window {
    /// How many items it shows, at most [`MAX_PAGE`].
    pub limit: u64,
    /// How many items come before it.
    pub offset: u64,
}

/// `limit` and `offset` of the query, which leads `at_most` so far.
///
/// # Errors
/// `validation_failed` when they are not numbers in range.
pub fn window(request: &Request<'_>, at_most: u64) -> Result<Window, Problem> {
    Ok(Window {
        limit: request.query_number("limit", DEFAULT_PAGE, 1..=MAX_PAGE)?,
        offset: request.query_number("offset", 0, 0..=at_most)?,
    })
}

/// A column that a list is sorted by.
#[derive(Clone, Copy, Debug)]
pub struct Key {
    /// Its name in a row of the answer.
    pub column: &'static str,
    /// The same in the conditions of the statement.
    pub by: &'static str,
    pub descending: bool,
    /// An integer of SQLite; else a text.
    pub whole_number: bool,
}

impl Key {
    /// From the smallest on.
    #[must_use]
    pub const fn up(column: &'static str) -> Self {
        Self {
            column,
            by: column,
            descending: false,
            whole_number: false,
        }
    }

    /// From the largest on.
    #[must_use]
    pub const fn down(column: &'static str) -> Self {
        Self {
            descending: true,
            ..Self::up(column)
        }
    }

    /// Where the name alone could be that of two tables.
    #[must_use]
    pub const fn of(self, by: &'static str) -> Self {
        Self { by, ..self }
    }

    #[must_use]
    pub const fn number(self) -> Self {
        Self {
            whole_number: true,
            ..self
        }
    }
}

/// A list of the directory. Parts of statements, and all of them our own.
#[derive(Clone, Debug)]
pub struct Listing {
    /// Stands in its cursors, so that none of another list is taken.
    pub name: &'static str,
    /// What is read of each row, the keys among it.
    pub columns: &'static str,
    /// From `FROM` on: the tables and all conditions. Its values are the side and those of the filters.
    pub rows: Cow<'static, str>,
    /// The last one is unique.
    pub keys: &'static [Key],
}

impl Listing {
    /// The page that the query asks for.
    ///
    /// # Errors
    /// `validation_failed` where `limit`, `offset` or `cursor` is none.
    pub fn asked(&self, request: &Request<'_>) -> Result<Asked, Problem> {
        let window = window(request, MAX_COUNTED)?;
        let Some(cursor) = request.query("cursor") else {
            return Ok(Asked {
                window,
                after: None,
            });
        };
        if request.query("offset").is_some() {
            let sentence = "must be left out when cursor is given";
            return Err(Problem::field("offset", sentence));
        }
        let none = || Problem::field("cursor", "must be the next of a page of this list");
        let after = self.read_cursor(&cursor).ok_or_else(none)?;
        Ok(Asked {
            window,
            after: Some(after),
        })
    }

    /// The page and the count, for filters in the order of their numbers, from `?3` on.
    #[must_use]
    pub fn statements(
        &self,
        who: &Principal,
        filters: Vec<Option<String>>,
        asked: &Asked,
    ) -> [Statement; 2] {
        let Self { columns, rows, .. } = self;
        let counted = scoped(who, filters);
        let mut values = counted.clone();
        let after = asked.after.as_deref().map_or_else(String::new, |after| {
            let first = values.len();
            values.extend(after.iter().map(text));
            format!(" AND {}", behind(self.keys, first))
        });
        let order: Vec<String> = self.keys.iter().map(|key| key.order()).collect();
        let place = values.len();
        // One more than is shown: it tells whether there is a next page.
        values.push(text(asked.window.limit.saturating_add(1).to_string()));
        values.push(text(asked.window.offset.to_string()));
        let page = page_sql(columns, rows, &after, &order.join(", "), place);
        let count = count_sql(rows, MAX_COUNTED.saturating_add(1));
        [statement(page, values), statement(count, counted)]
    }

    /// Names a row, for who goes on behind it. Opaque: callers hand it back as it is.
    fn cursor(&self, row: Row<'_>) -> Option<String> {
        let mut parts = vec![self.name.to_owned()];
        for key in self.keys {
            parts.push(if key.whole_number {
                row.number(key.column)?.to_string()
            } else {
                row.given(key.column)?
            });
        }
        Some(URL_SAFE_NO_PAD.encode(json(&parts)))
    }

    /// The values of its keys; none where no page of this list has returned it.
    fn read_cursor(&self, cursor: &str) -> Option<Vec<String>> {
        let bytes = URL_SAFE_NO_PAD.decode(cursor).ok()?;
        let mut parts: Vec<String> = serde_json::from_slice(&bytes).ok()?;
        if parts.len() != self.keys.len().saturating_add(1) || parts.remove(0) != self.name {
            return None;
        }
        let valid = self
            .keys
            .iter()
            .zip(&parts)
            .all(|(key, part)| !key.whole_number || part.parse::<i64>().is_ok());
        valid.then_some(parts)
    }
}

impl Key {
    fn order(self) -> String {
        let direction = if self.descending { " DESC" } else { "" };
        format!("{}{direction}", self.by)
    }
}

/// The condition of a row behind the one whose keys are the values after `?first`: a later first key, or
/// the same one and a later second key, and so on.
///
/// The first key is bounded on its own as well, so that an index leads straight to the page.
fn behind(keys: &[Key], first: usize) -> String {
    let [key, rest @ ..] = keys else {
        return "FALSE".to_owned();
    };
    let place = first.saturating_add(1);
    let value = if key.whole_number {
        format!("CAST(?{place} AS INTEGER)")
    } else {
        format!("?{place}")
    };
    let (by, side) = (key.by, if key.descending { '<' } else { '>' });
    if rest.is_empty() {
        return format!("{by} {side} {value}");
    }
    let rest = behind(rest, place);
    format!("({by} {side}= {value} AND ({by} {side} {value} OR {rest}))")
}

/// A page that is asked for.
#[derive(Clone, Debug)]
pub struct Asked {
    pub window: Window,
    /// The keys of the row that it begins behind.
    pub after: Option<Vec<String>>,
}

/// What stands beside the items of a page.
#[derive(Serialize)]
pub struct Beside {
    /// As far as [`MAX_COUNTED`].
    pub total_count: u64,
    /// There are more than were counted.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub total_count_capped: bool,
    pub limit: u64,
    pub offset: u64,
    /// Leads on, where there is more.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub next: Option<String>,
}

impl Asked {
    /// The rows that the page shows.
    ///
    /// # Errors
    /// `internal_error` where the directory's answer cannot be read.
    pub fn shown<'a>(&self, answer: &'a Outcomes) -> Result<&'a [Value], Problem> {
        let rows = answer.values(0)?;
        let limit = usize::try_from(self.window.limit).unwrap_or(usize::MAX);
        Ok(rows.get(..limit).unwrap_or(rows))
    }

    /// What stands beside them.
    ///
    /// # Errors
    /// As [`Asked::shown`].
    pub fn beside(&self, listing: &Listing, answer: &Outcomes) -> Result<Beside, Problem> {
        let shown = self.shown(answer)?;
        let next = if answer.values(0)?.len() > shown.len() {
            let last = shown.last().map(Row::new);
            let cursor = last.and_then(|row| listing.cursor(row));
            // A page without the way on would look like the last one.
            Some(cursor.ok_or_else(unreadable)?)
        } else {
            None
        };
        let total = answer.row(1)?.and_then(|row| row.number("total"));
        let total = total.and_then(|total| u64::try_from(total).ok());
        let total = total.ok_or_else(unreadable)?;
        Ok(Beside {
            total_count: total.min(MAX_COUNTED),
            total_count_capped: total > MAX_COUNTED,
            limit: self.window.limit,
            offset: self.window.offset,
            next,
        })
    }
}

/// A page of rows as a reply: the rows are the answer to the first statement, their number to the
/// second.
///
/// Shape: `items`, and [`Beside`]. Status 200, also for an empty page.
///
/// # Errors
/// `internal_error` where the directory's answer cannot be read.
pub fn page<T: Serialize>(
    answer: &Outcomes,
    listing: &Listing,
    asked: &Asked,
    show: impl Fn(Row<'_>) -> Result<T, Problem>,
) -> Handled {
    let mut items = Vec::new();
    // One row that cannot be read fails the page: a list that silently lacks an item would be
    // believed.
    for row in asked.shown(answer)? {
        items.push(json(&show(Row::new(row))?));
    }
    let body = page_of(&items, answer, listing, asked)?;
    Ok(Reply::ok(body))
}

/// A page of items that are written already.
///
/// For who shows more than a row has.
///
/// # Errors
/// As [`page`].
pub fn page_of(
    items: &[String],
    answer: &Outcomes,
    listing: &Listing,
    asked: &Asked,
) -> Result<String, Problem> {
    let beside = json(&asked.beside(listing, answer)?);
    // Put together as text, because the items are JSON already and would otherwise be read again.
    Ok(beside.replacen('{', &format!("{{\"items\":[{}],", items.join(",")), 1))
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

#[cfg(test)]
mod tests {
    use super::*;

    const VENDORS: Listing = Listing {
        name: "vendors",
        columns: "*",
        rows: Cow::Borrowed("FROM vendor WHERE TRUE"),
        keys: &[Key::down("at").number(), Key::up("id").of("vendor.id")],
    };

    fn encoded(parts: &[&str]) -> String {
        URL_SAFE_NO_PAD.encode(json(&parts))
    }

    #[test]
    fn a_cursor_is_of_its_own_list_and_of_nothing_else() {
        let row = serde_json::json!({"at": 7, "id": "vdr_1", "name": "x"});
        let cursor = VENDORS.cursor(Row::new(&row)).expect("a cursor");
        assert_eq!(cursor, encoded(&["vendors", "7", "vdr_1"]));
        let read = |cursor: &str| VENDORS.read_cursor(cursor);
        assert_eq!(
            read(&cursor),
            Some(vec!["7".to_owned(), "vdr_1".to_owned()])
        );
        for bad in [
            "",
            "!",
            "vendors",
            &cursor[1..],
            &encoded(&["customers", "7", "vdr_1"]),
            &encoded(&["vendors", "7"]),
            &encoded(&["vendors", "7", "vdr_1", "more"]),
            &encoded(&["vendors", "seven", "vdr_1"]),
            &URL_SAFE_NO_PAD.encode("[\"vendors\",7,\"vdr_1\"]"),
            &URL_SAFE_NO_PAD.encode("{}"),
        ] {
            assert_eq!(read(bad), None, "{bad}");
        }
    }

    #[test]
    fn a_page_begins_behind_its_cursor_and_counts_within_bounds() {
        let config = crate::worker::edge::config::Config::default();
        let who = Principal::of(&config, "acc".to_owned(), "test".to_owned()).expect("a side");
        let window = Window {
            limit: 2,
            offset: 0,
        };
        let after = Some(vec!["7".to_owned(), "vdr_1".to_owned()]);
        let asked = Asked { window, after };
        let [page, count] = VENDORS.statements(&who, vec![None], &asked);
        assert_eq!(
            page.sql,
            "SELECT * FROM vendor WHERE TRUE AND (at <= CAST(?4 AS INTEGER) AND \
             (at < CAST(?4 AS INTEGER) OR vendor.id > ?5)) ORDER BY at DESC, vendor.id \
             LIMIT CAST(?6 AS INTEGER) OFFSET CAST(?7 AS INTEGER)"
        );
        assert_eq!(page.values.len(), 7);
        assert_eq!(
            count.sql,
            "SELECT COUNT(*) AS total FROM (SELECT 1 FROM vendor WHERE TRUE LIMIT 10001)"
        );
        assert_eq!(count.values.len(), 3);
    }
}
