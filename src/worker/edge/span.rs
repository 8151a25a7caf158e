//! What several routes read from the query: spans of time.
//!
//! ```text
//! period_from=2026-01-31&period_to=2026-01-31     the whole day:  [00:00:00, next day 00:00:00)
//! period_from=2026-01-31T12:00:00Z                from then on, without an end
//! ```
//!
//! Inside, every span is half open, `from <= t < before`, so that spans that follow each other
//! neither overlap nor leave a gap.

use crate::engine::Instant;
use crate::wire::paging::Within;
use crate::wire::problem::Problem;
use crate::wire::time;

use super::request::Request;

/// 24 × 60 × 60. UTC has no other days: leap seconds are not counted.
const SECONDS_OF_A_DAY: u32 = 86_400;

/// From one moment to another, both included. A day stands for its first moment at the start and for
/// its last one at the end, in UTC.
///
/// # Errors
/// `validation_failed` for what is neither a day nor a time, and for an end before its start.
pub fn within(request: &Request<'_>, start: &str, end: &str) -> Result<Within, Problem> {
    let from = moment(request, start)?.map(|(first, _)| first);
    // The first moment that is too late, because "until the end of the day" has no last one.
    let before = moment(request, end)?.map(|(_, next)| next);
    if from
        .zip(before)
        .is_some_and(|(from, before)| before <= from)
    {
        return Err(Problem::field(end, format!("must not be before {start}")));
    }
    Ok(Within { from, before })
}

/// The first moment that a value means, and the first one after it.
fn moment(request: &Request<'_>, name: &str) -> Result<Option<(Instant, Instant)>, Problem> {
    let Some(text) = request.query(name) else {
        return Ok(None);
    };
    if let Some(day) = time::parse_day(&text) {
        return Ok(Some((day, day.plus_seconds(SECONDS_OF_A_DAY))));
    }
    let sentence = "must be a day such as 2026-01-31, or a time such as 2026-01-31T12:00:00Z";
    let at = time::parse(&text).ok_or_else(|| Problem::field(name, sentence))?;
    // Times are whole microseconds, so the one after it excludes nothing that was meant.
    let next = Instant::from_micros(at.micros().saturating_add(1));
    Ok(Some((at, next)))
}
