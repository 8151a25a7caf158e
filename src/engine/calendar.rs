//! Periods of the calendar, in UTC. A clock is never read: moments come in and go out.
//!
//! The month-end rule: a period is counted from its anchor, and a day that a month lacks is that
//! month's last. What starts on January 31 renews on February 28 (or 29), then on March 31.
//!
//! | what | counted from | used for |
//! |---|---|---|
//! | [`Interval`] | an anchor of its own | recurring prices, entitlements |
//! | [`Period`] | the calendar | tiers |
//! | [`Window`] | the clock, or an anchor | budgets |
//!
//! ```text
//! boundary(anchor, n) = anchor + n * count units          from the anchor, never from the boundary before
//! Jan 31 + 1 month = Feb 28,  Jan 31 + 2 months = Mar 31  and not Mar 28
//! ```

use chrono::{DateTime, Datelike, Days, Months, NaiveDate, Utc};
use serde::{Deserialize, Serialize};

use super::rolling::SLICES;
use super::time::Instant;

/// The first moment after the last one that RFC 3339 can write: 10000-01-01T00:00:00Z. What would begin
/// from then on never does.
pub const END: Instant = Instant::from_micros(253_402_300_800_000_000);

/// A unit of the calendar.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Unit {
    Day,
    Week,
    Month,
    Year,
}

impl Unit {
    /// Every unit, as words of the API.
    pub const WORDS: [&'static str; 4] = ["day", "week", "month", "year"];

    /// As a word of the API.
    #[must_use]
    pub const fn word(self) -> &'static str {
        match self {
            Self::Day => "day",
            Self::Week => "week",
            Self::Month => "month",
            Self::Year => "year",
        }
    }

    /// Nothing for a word that the API does not have.
    #[must_use]
    pub fn from_word(word: &str) -> Option<Self> {
        let all = [Self::Day, Self::Week, Self::Month, Self::Year];
        all.into_iter().find(|unit| unit.word() == word)
    }
}

/// So many units: every 3 months. `count` is from 1 to 1,000.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct Interval {
    pub unit: Unit,
    pub count: u32,
}

impl Interval {
    /// The most units of one interval.
    pub const MAX_COUNT: u32 = 1_000;

    /// The `n`th boundary after an anchor, counted from the anchor itself, so that a short month
    /// does not shorten the months that follow. `Instant::MAX` from [`END`] on.
    #[must_use]
    pub fn boundary(self, anchor: Instant, n: u32) -> Instant {
        // No interval is empty, or time would stand still.
        let units = self.count.max(1).saturating_mul(n);
        let moved = instant_to_time(anchor).and_then(|time| match self.unit {
            Unit::Day => time.checked_add_days(Days::new(units.into())),
            // A week is seven days in UTC, where no day is longer or shorter.
            Unit::Week => time.checked_add_days(Days::new(u64::from(units).saturating_mul(7))),
            Unit::Month => time.checked_add_months(Months::new(units)),
            // As months, so that February 29 follows the same month-end rule.
            Unit::Year => time.checked_add_months(Months::new(units.checked_mul(12)?)),
        });
        let moved = moved.map(|time| Instant::from_micros(time.timestamp_micros()));
        moved.filter(|moment| *moment < END).unwrap_or(Instant::MAX)
    }
}

/// Over which time usage adds up to the tier that it reaches.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Period {
    #[default]
    Lifetime,
    Monthly,
    Quarterly,
    Yearly,
}

impl Period {
    /// Every period, as words of the API.
    pub const WORDS: [&'static str; 4] = ["lifetime", "monthly", "quarterly", "yearly"];

    /// As a word of the API.
    #[must_use]
    pub const fn word(self) -> &'static str {
        match self {
            Self::Lifetime => "lifetime",
            Self::Monthly => "monthly",
            Self::Quarterly => "quarterly",
            Self::Yearly => "yearly",
        }
    }

    /// Nothing for a word that the API does not have.
    #[must_use]
    pub fn from_word(word: &str) -> Option<Self> {
        let all = [Self::Lifetime, Self::Monthly, Self::Quarterly, Self::Yearly];
        all.into_iter().find(|period| period.word() == word)
    }

    /// When the period began that a moment lies in; the beginning of time for a lifetime.
    #[must_use]
    pub fn start(self, at: Instant) -> Instant {
        let months = match self {
            Self::Lifetime => return Instant::default(),
            Self::Monthly => 1,
            Self::Quarterly => 3,
            Self::Yearly => 12,
        };
        let first = instant_to_time(at).and_then(|time| {
            let month = time.month0().checked_div(months)?.checked_mul(months)?;
            NaiveDate::from_ymd_opt(time.year(), month.checked_add(1)?, 1)
        });
        let midnight = first.and_then(|date| date.and_hms_opt(0, 0, 0));
        midnight.map_or(at, |time| {
            Instant::from_micros(time.and_utc().timestamp_micros())
        })
    }

    /// When the period began that a moment lies in, and when the next one begins.
    #[must_use]
    pub fn span(self, at: Instant) -> (Instant, Instant) {
        let start = self.start(at);
        let months = match self {
            Self::Lifetime => return (start, Instant::MAX),
            Self::Monthly => 1,
            Self::Quarterly => 3,
            Self::Yearly => 12,
        };
        let unit = Unit::Month;
        let length = Interval {
            unit,
            count: months,
        };
        (start, length.boundary(start, 1))
    }
}

/// Over which time a budget counts.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Window {
    Hour,
    Day,
    Month,
    #[default]
    Lifetime,
    /// From Monday on. Added with anchors, as the next one; an older deployment cannot read a row that
    /// says it.
    Week,
    /// One authorization or extension: nothing is counted.
    Call,
    /// The last so many seconds, whenever it is asked; see [`super::rolling`]. Added with rolling windows;
    /// an older deployment cannot read a row that says it.
    Rolling {
        seconds: u32,
    },
}

impl Window {
    /// Every window, as words of the API.
    pub const WORDS: [&'static str; 7] = [
        "call", "hour", "day", "week", "month", "lifetime", "rolling",
    ];

    /// The seconds of a rolling window: from a minute to 366 days, in whole minutes, so that its slices
    /// are whole seconds.
    pub const ROLLING_SECONDS: (u32, u32) = (60, 366 * 86_400);

    /// As a word of the API.
    #[must_use]
    pub const fn word(self) -> &'static str {
        match self {
            Self::Rolling { .. } => "rolling",
            Self::Call => "call",
            Self::Hour => "hour",
            Self::Day => "day",
            Self::Week => "week",
            Self::Month => "month",
            Self::Lifetime => "lifetime",
        }
    }

    /// Nothing for a word that the API does not have, or that is no window by itself: `rolling` needs its
    /// seconds.
    #[must_use]
    pub fn from_word(word: &str) -> Option<Self> {
        let all = [
            Self::Call,
            Self::Hour,
            Self::Day,
            Self::Week,
            Self::Month,
            Self::Lifetime,
        ];
        all.into_iter().find(|window| window.word() == word)
    }

    /// When the window began that a moment lies in, and when the next one begins: from the beginning of time
    /// to never, for a lifetime and for a call.
    ///
    /// ```text
    /// without an anchor   the hour, the day, the week from Monday, the month of the clock in UTC
    /// with an anchor      anchor + n units, which is the month-end rule for months; n may be below zero
    ///                     but for months, whose first window ends with the anchor
    /// rolling             from the first moment that still counts to the end of this slice
    /// ```
    #[must_use]
    pub fn span(self, anchor: Option<Instant>, at: Instant) -> (Instant, Instant) {
        let length = match (self, anchor) {
            (Self::Rolling { seconds }, _) => {
                let (start, end) = slice(seconds, at);
                return (start.minus_seconds(seconds), end);
            }
            (Self::Lifetime | Self::Call, _) => return (Instant::default(), Instant::MAX),
            (Self::Month, anchor) => return month(anchor, at),
            (Self::Hour, _) => HOUR,
            (Self::Day, _) => DAY,
            (Self::Week, _) => DAY.saturating_mul(7),
        };
        // 1970 began on a Thursday.
        let monday = Instant::from_micros(DAY.saturating_mul(4));
        let base = anchor.unwrap_or(if self == Self::Week {
            monday
        } else {
            Instant::default()
        });
        let since = at.micros().saturating_sub(base.micros());
        let since = since.checked_rem_euclid(length).unwrap_or_default();
        let start = at.micros().saturating_sub(since);
        let end = start.saturating_add(length);
        (Instant::from_micros(start), Instant::from_micros(end))
    }

    /// Until when a rolling window counts what is spent at a moment; nothing for every other one.
    #[must_use]
    pub fn counts_until(self, at: Instant) -> Option<Instant> {
        let Self::Rolling { seconds } = self else {
            return None;
        };
        let (_, end) = slice(seconds, at);
        Some(end.plus_seconds(seconds))
    }
}

/// The slice of a rolling window that a moment lies in: when it began, and its end.
fn slice(seconds: u32, at: Instant) -> (Instant, Instant) {
    let length = i64::from(seconds).saturating_mul(1_000_000);
    let length = length.checked_div(i64::from(SLICES)).unwrap_or_default();
    let since = at.micros().checked_rem_euclid(length).unwrap_or_default();
    let start = at.micros().saturating_sub(since);
    let end = start.saturating_add(length);
    (Instant::from_micros(start), Instant::from_micros(end))
}

/// The month that a moment lies in.
fn month(anchor: Option<Instant>, at: Instant) -> (Instant, Instant) {
    let interval = Interval {
        unit: Unit::Month,
        count: 1,
    };
    let anchor = anchor.unwrap_or_else(|| Period::Monthly.start(at));
    if at < anchor {
        return (Instant::default(), anchor);
    }
    let month = |moment: Instant| {
        let time = instant_to_time(moment)?;
        let years = i64::from(time.year()).checked_mul(12)?;
        years.checked_add(time.month0().into())
    };
    // The boundary of a month is in that month, on its last day at most.
    let months = month(at).zip(month(anchor));
    let months = months.and_then(|(at, anchor)| u32::try_from(at.checked_sub(anchor)?).ok());
    let months = months.unwrap_or_default();
    let begun = if interval.boundary(anchor, months) <= at {
        months
    } else {
        months.saturating_sub(1)
    };
    let next = interval.boundary(anchor, begun.saturating_add(1));
    (interval.boundary(anchor, begun), next)
}

/// Microseconds of an hour.
const HOUR: i64 = 60 * 60 * 1_000_000;

/// Microseconds of a day in UTC, which has no other.
const DAY: i64 = 24 * HOUR;

/// Nothing beyond the calendar of chrono, which is some 262,000 years either way.
fn instant_to_time(at: Instant) -> Option<DateTime<Utc>> {
    DateTime::from_timestamp_micros(at.micros())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(text: &str) -> Instant {
        let time = DateTime::parse_from_rfc3339(text);
        Instant::from_micros(time.map_or(i64::MIN, |time| time.timestamp_micros()))
    }

    #[test]
    fn boundaries_are_counted_from_the_anchor() {
        let month = Interval {
            unit: Unit::Month,
            count: 1,
        };
        let anchor = at("2026-01-31T10:00:00Z");
        for (n, expected) in [
            (0, "2026-01-31T10:00:00Z"),
            (1, "2026-02-28T10:00:00Z"),
            (2, "2026-03-31T10:00:00Z"),
            (3, "2026-04-30T10:00:00Z"),
            (25, "2028-02-29T10:00:00Z"),
        ] {
            assert_eq!(month.boundary(anchor, n), at(expected), "{n}");
        }
        for (unit, count, n, expected) in [
            (Unit::Day, 1, 1, "2026-02-01T10:00:00Z"),
            (Unit::Day, 30, 2, "2026-04-01T10:00:00Z"),
            (Unit::Week, 2, 1, "2026-02-14T10:00:00Z"),
            (Unit::Month, 3, 1, "2026-04-30T10:00:00Z"),
            (Unit::Year, 1, 2, "2028-01-31T10:00:00Z"),
        ] {
            let interval = Interval { unit, count };
            assert_eq!(interval.boundary(anchor, n), at(expected), "{unit:?}");
        }
        let leap = at("2028-02-29T00:00:00Z");
        let year = Interval {
            unit: Unit::Year,
            count: 1,
        };
        assert_eq!(year.boundary(leap, 1), at("2029-02-28T00:00:00Z"));
        assert_eq!(year.boundary(leap, 4), at("2032-02-29T00:00:00Z"));
        assert_eq!(year.boundary(leap, u32::MAX), Instant::MAX);
        let last = at("9999-12-31T00:00:00Z");
        let day = Interval {
            unit: Unit::Day,
            count: 1,
        };
        assert_eq!(day.boundary(at("9999-12-30T00:00:00Z"), 1), last);
        assert_eq!(day.boundary(last, 1), Instant::MAX);
        assert_eq!(END.micros() - 1, at("9999-12-31T23:59:59.999999Z").micros());
    }

    #[test]
    fn periods_start_at_midnight_in_utc() {
        for (period, moment, expected) in [
            (
                Period::Monthly,
                "2026-05-31T23:59:59.999999Z",
                "2026-05-01T00:00:00Z",
            ),
            (
                Period::Monthly,
                "2026-06-01T00:00:00Z",
                "2026-06-01T00:00:00Z",
            ),
            (
                Period::Quarterly,
                "2026-06-30T23:00:00Z",
                "2026-04-01T00:00:00Z",
            ),
            (
                Period::Quarterly,
                "2026-12-31T23:00:00Z",
                "2026-10-01T00:00:00Z",
            ),
            (
                Period::Yearly,
                "2026-12-31T23:59:59Z",
                "2026-01-01T00:00:00Z",
            ),
            (
                Period::Lifetime,
                "2026-12-31T23:59:59Z",
                "1970-01-01T00:00:00Z",
            ),
        ] {
            assert_eq!(period.start(at(moment)), at(expected), "{moment}");
        }
    }

    #[test]
    fn windows_turn_from_their_anchor() {
        for (window, anchor, moment, start, end) in [
            (
                Window::Month,
                "2026-01-31T09:30:00Z",
                "2026-02-28T09:29:59Z",
                "2026-01-31T09:30:00Z",
                "2026-02-28T09:30:00Z",
            ),
            (
                Window::Month,
                "2026-01-31T09:30:00Z",
                "2026-02-28T09:30:00Z",
                "2026-02-28T09:30:00Z",
                "2026-03-31T09:30:00Z",
            ),
            (
                Window::Month,
                "2026-01-31T09:30:00Z",
                "2027-01-31T09:29:59Z",
                "2026-12-31T09:30:00Z",
                "2027-01-31T09:30:00Z",
            ),
            (
                Window::Month,
                "2026-01-31T09:30:00Z",
                "2026-01-31T09:29:59Z",
                "1970-01-01T00:00:00Z",
                "2026-01-31T09:30:00Z",
            ),
            (
                Window::Week,
                "2026-11-25T09:00:00Z",
                "2026-12-02T08:59:59Z",
                "2026-11-25T09:00:00Z",
                "2026-12-02T09:00:00Z",
            ),
            (
                Window::Week,
                "2026-11-25T09:00:00Z",
                "2026-11-25T08:59:59Z",
                "2026-11-18T09:00:00Z",
                "2026-11-25T09:00:00Z",
            ),
            (
                Window::Day,
                "2026-11-25T09:00:00Z",
                "2026-12-02T08:59:59Z",
                "2026-12-01T09:00:00Z",
                "2026-12-02T09:00:00Z",
            ),
        ] {
            let span = window.span(Some(at(anchor)), at(moment));
            assert_eq!(span, (at(start), at(end)), "{window:?} {moment}");
        }
    }

    #[test]
    fn windows_turn_on_the_clock_in_utc() {
        for (window, moment, start, end) in [
            (
                Window::Hour,
                "2026-05-31T23:59:59.999999Z",
                "2026-05-31T23:00:00Z",
                "2026-06-01T00:00:00Z",
            ),
            (
                Window::Hour,
                "2026-06-01T00:00:00Z",
                "2026-06-01T00:00:00Z",
                "2026-06-01T01:00:00Z",
            ),
            (
                Window::Day,
                "2028-02-28T12:00:00Z",
                "2028-02-28T00:00:00Z",
                "2028-02-29T00:00:00Z",
            ),
            (
                Window::Day,
                "1969-12-31T23:00:00Z",
                "1969-12-31T00:00:00Z",
                "1970-01-01T00:00:00Z",
            ),
            (
                Window::Week,
                "2026-11-29T23:59:59Z",
                "2026-11-23T00:00:00Z",
                "2026-11-30T00:00:00Z",
            ),
            (
                Window::Week,
                "1970-01-01T00:00:00Z",
                "1969-12-29T00:00:00Z",
                "1970-01-05T00:00:00Z",
            ),
            (
                Window::Month,
                "2026-12-31T23:59:59Z",
                "2026-12-01T00:00:00Z",
                "2027-01-01T00:00:00Z",
            ),
        ] {
            let span = window.span(None, at(moment));
            assert_eq!(span, (at(start), at(end)), "{moment}");
        }
        for window in [Window::Lifetime, Window::Call] {
            let span = window.span(None, at("2026-01-01T00:00:00Z"));
            assert_eq!(span, (Instant::default(), Instant::MAX));
        }
    }
}
