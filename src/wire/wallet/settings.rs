//! The settings of one wallet.

use crate::engine::usage::MAX_LATE_DAYS;
use crate::engine::{Action, Command};
use crate::wire::problem::Problem;
use crate::wire::request::{command, operation_id, read};

/// `PUT …/wallet/settings`: `{ "id": "s1", "late_events_days": 30 }`, the days for which a late
/// event is still recorded, from 0 to [`MAX_LATE_DAYS`].
///
/// # Errors
/// As [`read`].
pub fn change_settings(body: &str, key: Option<&str>) -> Result<Command, Problem> {
    read(body, |object, errors| {
        let id = operation_id(object, "id", key, errors);
        let days = object.whole("late_events_days", 0..=MAX_LATE_DAYS, errors);
        let days = object.require("late_events_days", days, errors);
        let action = Action::ChangeSettings {
            late_events_days: days?,
        };
        Some(command(format!("settings:{}", id?), action))
    })
}

/// The wallet's settings, as a change left them or as they are now: `{"late_events_days":30}`.
#[must_use]
pub fn settings(late_events_days: u32) -> String {
    format!("{{\"late_events_days\":{late_events_days}}}")
}
