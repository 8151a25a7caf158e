//! Warnings: what was not priced, so that nobody takes it for free by intention.

use crate::engine::price::Warning;

/// Each warning as a sentence that begins with the path of the event it is about.
#[must_use]
pub fn warnings(warnings: &[Warning]) -> Vec<String> {
    let sentence = |warning: &Warning| match warning {
        Warning::NoPrice { event, event_type } => format!(
            "events[{event}]: no price of this customer's products matches event_type \
             {event_type}, so it costs nothing."
        ),
        Warning::VolumeMissing {
            event,
            price_id,
            volume_field,
        } => format!(
            "events[{event}]: data.{volume_field} is missing, so price {price_id} has no volume to \
             count."
        ),
        Warning::NoRow { event, price_id } => format!(
            "events[{event}]: no row of price {price_id} has this event's dimensions, so the price \
             asks nothing."
        ),
        Warning::CostMissing { event, price_id } => format!(
            "events[{event}]: costs has nothing in the asset of price {price_id}, so the price \
             counts no costs."
        ),
    };
    warnings.iter().map(sentence).collect()
}
