//! Statements for the directory (D1), and the rows that it answers with. Rows are read column by column:
//! a type for each would say no more.
//!
//! | in | out |
//! |---|---|
//! | text or null; a statement casts where it needs an integer | text, integer or null |
//!
//! Amounts are text or pairs of integers, so that no float is ever near them.

use std::borrow::Cow;

use serde_json::Value;

use crate::wire::Problem;
use crate::wire::problem::Failure;

use super::principal::Principal;

/// A statement with its values. All values are text; the directory holds no money.
/// Borrowed where it is written in the code, owned where parts were put in. No part is ever a
/// caller's.
#[derive(Clone, Debug)]
pub struct Statement {
    pub sql: Cow<'static, str>,
    /// For `?1`, `?2` and so on.
    pub values: Vec<Option<String>>,
}

/// A statement and its values, in the order of their numbers.
#[must_use]
pub fn statement(sql: impl Into<Cow<'static, str>>, values: Vec<Option<String>>) -> Statement {
    let sql = sql.into();
    Statement { sql, values }
}

/// The values of a statement about things of one side of a platform account, which come first.
///
/// `?1` is the account and `?2` the side, in every statement that has them.
#[must_use]
pub fn scoped(who: &Principal, more: Vec<Option<String>>) -> Vec<Option<String>> {
    let mut values = vec![text(&who.account_id), text(&who.mode)];
    values.extend(more);
    values
}

/// A value that is there.
/// It exists because most values are there and `Some` of a conversion would hide which.
pub fn text(value: impl Into<String>) -> Option<String> {
    Some(value.into())
}

/// The rows and changes of one statement.
/// As JSON objects, column by column.
#[derive(Clone, Debug, Default)]
pub struct Outcome {
    pub rows: Vec<Value>,
}

/// The answers of the directory, one per statement.
///
/// Their number is that of the statements; whoever asks for one beyond gets `internal_error`.
#[derive(Clone, Debug, Default)]
pub struct Outcomes(pub Vec<Outcome>);

impl Outcomes {
    /// The rows of one statement as they came, for who reads many columns.
    ///
    /// # Errors
    /// `internal_error` when there is no such statement.
    pub fn values(&self, statement: usize) -> Result<&[Value], Problem> {
        let outcome = self.0.get(statement).ok_or_else(unreadable)?;
        Ok(&outcome.rows)
    }

    /// The first row of one statement, column by column, if there is one.
    ///
    /// # Errors
    /// As [`Outcomes::values`].
    pub fn row(&self, statement: usize) -> Result<Option<Row<'_>>, Problem> {
        // Most look-ups are by something unique, so the first row is the only one.
        Ok(self.values(statement)?.first().map(Row::new))
    }

    /// Whether a statement has found something, or, when it returns what it wrote, has written something.
    ///
    /// D1 counts changes as well, but a row that is returned says the same in every kind of
    /// database.
    #[must_use]
    pub fn wrote(&self, statement: usize) -> bool {
        let outcome = self.0.get(statement);
        outcome.is_some_and(|outcome| !outcome.rows.is_empty())
    }
}

/// The directory answered something that its statement cannot give.
///
/// 500 and not 503: trying again would find the same.
#[must_use]
pub fn unreadable() -> Problem {
    Failure::Internal.because("The directory answered in a way that this version cannot read.")
}

/// One row, as the directory answers it.
///
/// It borrows and copies nothing, so a page of rows costs only what is read of them.
#[derive(Clone, Copy)]
pub struct Row<'a>(&'a Value);

impl<'a> Row<'a> {
    #[must_use]
    pub const fn new(value: &'a Value) -> Self {
        Self(value)
    }

    /// A column that is always there.
    ///
    /// # Errors
    /// `internal_error` when it is not.
    pub fn text(self, name: &str) -> Result<String, Problem> {
        self.given(name).ok_or_else(unreadable)
    }

    /// A column that may be null.
    #[must_use]
    pub fn given(self, name: &str) -> Option<String> {
        self.0.get(name)?.as_str().map(str::to_owned)
    }

    /// A whole number; none where it is null.
    #[must_use]
    pub fn number(self, name: &str) -> Option<i64> {
        self.0.get(name)?.as_i64()
    }

    /// A whole number from zero up that is always there.
    ///
    /// # Errors
    /// `internal_error` when it is not.
    pub fn count(self, name: &str) -> Result<u32, Problem> {
        let count = self
            .number(name)
            .and_then(|count| u32::try_from(count).ok());
        count.ok_or_else(unreadable)
    }

    /// Whether a condition of the statement held.
    /// SQLite has no booleans: 1 is true, and null is not.
    #[must_use]
    pub fn holds(self, name: &str) -> bool {
        self.number(name) == Some(1)
    }
}
