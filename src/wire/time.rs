//! Times are RFC 3339 in UTC on the wire and microseconds inside.

use chrono::{DateTime, Datelike, SecondsFormat, Timelike, Utc};

use crate::engine::Instant;

/// Reads an RFC 3339 time with any offset, such as `2026-01-31T12:00:00+01:00`; digits beyond
/// microseconds are cut.
#[must_use]
pub fn parse(text: &str) -> Option<Instant> {
    // The grammar wants a `T` where the library is content with a space, so it is checked here. No
    // time needs 40 characters, and digits beyond that would only be cut.
    if text.len() > 40 || text.as_bytes().get(10).is_none_or(|byte| *byte != b'T') {
        return None;
    }
    // Cut and not rounded: a time never moves ahead of the clock that said it.
    let time = DateTime::parse_from_rfc3339(text).ok()?;
    Some(Instant::from_micros(time.timestamp_micros()))
}

/// `2026-11-22T09:00:00Z`, with milliseconds or microseconds only where there are some. Empty for a
/// moment that the calendar does not reach.
#[must_use]
pub fn format(at: Instant) -> String {
    let time: Option<DateTime<Utc>> = DateTime::from_timestamp_micros(at.micros());
    time.map_or_else(String::new, |time| {
        time.to_rfc3339_opts(SecondsFormat::AutoSi, true)
    })
}

/// English, because the pages are.
const MONTHS: [&str; 12] = [
    "Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec",
];

/// `24 Nov 2026, 19:20 UTC`, for people.
#[must_use]
pub fn readable(at: Instant) -> String {
    let time: Option<DateTime<Utc>> = DateTime::from_timestamp_micros(at.micros());
    time.map_or_else(String::new, |time| {
        let month = usize::try_from(time.month0()).ok();
        // A month is one of twelve, so the default never shows.
        let month = month.and_then(|place| MONTHS.get(place)).unwrap_or(&"");
        let (day, year) = (time.day(), time.year());
        format!(
            "{day} {month} {year}, {:02}:{:02} UTC",
            time.hour(),
            time.minute()
        )
    })
}

/// The first moment of a day, in UTC: `2026-01-31`.
#[must_use]
pub fn parse_day(text: &str) -> Option<Instant> {
    // The length keeps a time of day from being taken; the grammar checks the rest, so nothing else
    // is checked here.
    (text.len() == 10).then(|| parse(&format!("{text}T00:00:00Z")))?
}

/// The day of a moment, in UTC: `2026-01-31`.
#[must_use]
pub fn format_day(at: Instant) -> String {
    format(at).chars().take(10).collect()
}
