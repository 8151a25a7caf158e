//! Times are RFC 3339 in UTC on the wire and microseconds inside.

use chrono::{DateTime, Datelike, SecondsFormat, Timelike, Utc};

use crate::engine::Instant;
use crate::engine::calendar::END;

/// Reads an RFC 3339 time with any offset, such as `2026-01-31T12:00:00+01:00`; digits beyond
/// microseconds are cut. In UTC it must lie in the years from 0 to 9999, so that it can be written again.
#[must_use]
pub fn parse(text: &str) -> Option<Instant> {
    // The grammar wants a `T` where the library is content with a space, so it is checked here. No
    // time needs 40 characters, and digits beyond that would only be cut.
    if text.len() > 40 || text.as_bytes().get(10).is_none_or(|byte| *byte != b'T') {
        return None;
    }
    // Cut and not rounded: a time never moves ahead of the clock that said it.
    let time = DateTime::parse_from_rfc3339(text).ok()?;
    let at = Instant::from_micros(time.timestamp_micros());
    (FIRST <= at && at < END).then_some(at)
}

/// 0000-01-01T00:00:00Z, the first moment that RFC 3339 can write.
const FIRST: Instant = Instant::from_micros(-62_167_219_200_000_000);

/// `2026-11-22T09:00:00Z`, with milliseconds or microseconds only where there are some. What lies
/// beyond the year 9999, such as the grace of what is due in its last days, is shown as its last moment.
#[must_use]
pub fn format(at: Instant) -> String {
    let last = END.micros().saturating_sub(1);
    let shown = at.micros().clamp(FIRST.micros(), last);
    let time: Option<DateTime<Utc>> = DateTime::from_timestamp_micros(shown);
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_far_time_is_written_as_it_was_read() {
        for text in [
            "9999-12-31T00:00:00Z",
            "9999-12-31T23:59:59.999999Z",
            "0000-01-01T00:00:00Z",
            "2262-04-12T00:00:00Z",
        ] {
            assert_eq!(parse(text).map(format).as_deref(), Some(text));
        }
    }

    #[test]
    fn what_no_text_of_utc_could_say_is_refused() {
        for text in [
            "9999-12-31T23:59:59-00:01",
            "9999-12-31T23:59:60Z",
            "0000-01-01T00:00:00+00:01",
            "10000-01-01T00:00:00Z",
            "+10000-01-01T00:00:00Z",
        ] {
            assert_eq!(parse(text), None, "{text}");
        }
    }

    #[test]
    fn every_moment_is_written_as_rfc_3339() {
        for micros in [i64::MIN, i64::MAX, END.micros(), FIRST.micros() - 1] {
            let text = format(Instant::from_micros(micros));
            assert!(parse(&text).is_some(), "{micros} is written {text}");
        }
    }
}
