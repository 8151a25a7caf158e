//! Lists: a page by its offset, a page by a cursor, and the span of time that a list is cut to.

use serde::Serialize;

use crate::engine::Instant;

/// One page of a list by its offset, as the API that we are a superset of writes it.
///
/// ```json
/// { "items": [], "total_count": 0, "limit": 20, "offset": 0 }
/// ```
#[derive(Serialize)]
pub struct Page<T> {
    pub items: Vec<T>,
    /// Of the whole list, under the same filters.
    pub total_count: usize,
    /// As it was asked for, or its default; the last page has fewer items.
    pub limit: usize,
    /// How many items come before this page.
    pub offset: usize,
}

/// One page of a list that is walked by cursor: what is written meanwhile moves no page.
///
/// ```json
/// { "items": [], "limit": 20, "next": null }
/// ```
#[derive(Serialize)]
pub struct CursorPage<T> {
    pub items: Vec<T>,
    pub limit: usize,
    /// The `cursor` of the next page; null on the last one.
    pub next: Option<String>,
}

/// A span of time, from its first moment to before its last; open where it says nothing.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub struct Within {
    /// The first moment that is in it.
    pub from: Option<Instant>,
    /// The first moment that is not in it any more.
    pub before: Option<Instant>,
}

impl Within {
    /// Whether it asks for nothing.
    #[must_use]
    pub const fn is_open(&self) -> bool {
        self.from.is_none() && self.before.is_none()
    }

    /// Whether a moment lies in it.
    #[must_use]
    pub fn has(&self, at: Instant) -> bool {
        self.from.is_none_or(|from| from <= at) && self.before.is_none_or(|before| at < before)
    }
}
