//! Time is an argument: nothing in the engine reads a clock.

use serde::{Deserialize, Serialize};

/// In UTC no day has another length.
pub const SECONDS_OF_A_DAY: u32 = 24 * 60 * 60;

/// A moment, in microseconds since 1970-01-01T00:00:00Z.
#[derive(
    Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug, Hash, Default, Serialize, Deserialize,
)]
#[serde(transparent)]
pub struct Instant(i64);

impl Instant {
    /// Later than any moment that a request can name.
    pub const MAX: Self = Self(i64::MAX);

    /// From what a row or a clock says.
    #[must_use]
    pub const fn from_micros(micros: i64) -> Self {
        Self(micros)
    }

    /// Below 2^53 until the year 2255, and whole seconds exactly for every moment that a request can
    /// name: so far JavaScript can hold it.
    #[must_use]
    pub const fn micros(self) -> i64 {
        self.0
    }

    /// The last moment before this one.
    #[must_use]
    pub const fn just_before(self) -> Self {
        Self(self.0.saturating_sub(1))
    }

    /// Never beyond the end of time.
    #[must_use]
    pub fn plus_seconds(self, seconds: u32) -> Self {
        let micros = i64::from(seconds).saturating_mul(1_000_000);
        Self(self.0.saturating_add(micros))
    }

    /// Never before its beginning.
    #[must_use]
    pub fn minus_seconds(self, seconds: u32) -> Self {
        let micros = i64::from(seconds).saturating_mul(1_000_000);
        Self(self.0.saturating_sub(micros))
    }
}
