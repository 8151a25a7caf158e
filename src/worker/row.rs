//! Rows of the directory, read column by column: a type for each would weigh more than what it
//! tells.

use serde_json::Value;

use crate::wire::problem::Problem;

use super::edge::unreadable;

/// One row, as the shell hands it over.
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
    #[must_use]
    pub fn holds(self, name: &str) -> bool {
        self.number(name) == Some(1)
    }
}
