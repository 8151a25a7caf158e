//! Events that Stripe has made, in its own list: for what it could not deliver.

use super::form::Form;
use super::request::ApiRequest;

/// The types of the table of [`stripe`](crate::stripe) that move money, or say that it will not come. Stripe takes
/// at most 20 in one question.
pub const TYPES: [&str; 18] = [
    "checkout.session.completed",
    "checkout.session.async_payment_succeeded",
    "checkout.session.async_payment_failed",
    "checkout.session.expired",
    "payment_intent.succeeded",
    "payment_intent.processing",
    "payment_intent.partially_funded",
    "refund.created",
    "refund.updated",
    "refund.failed",
    "charge.refund.updated",
    "charge.refunded",
    "charge.dispute.created",
    "charge.dispute.updated",
    "charge.dispute.funds_withdrawn",
    "charge.dispute.funds_reinstated",
    "charge.dispute.closed",
    "radar.early_fraud_warning.created",
];

/// Where a page of the list begins. Stripe lists the newest first.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum From<'a> {
    /// With the newest.
    Newest,
    /// With what is older than this one.
    After(&'a str),
    /// With what is newer than this one, and next to it.
    Before(&'a str),
}

/// What could not be delivered, or not yet, to some endpoint of the account.
#[must_use]
pub fn undelivered(from: From<'_>, limit: usize) -> ApiRequest {
    let mut form = Form::new();
    // All in one question rather than one for each, so that one place in the list says how far it has come.
    for (place, kind) in TYPES.iter().enumerate() {
        form = form.set(format!("types[{place}]"), kind);
    }
    form = form.set("delivery_success", false).set("limit", limit);
    form = match from {
        From::Newest => form,
        From::After(event) => form.set("starting_after", event),
        From::Before(event) => form.set("ending_before", event),
    };
    ApiRequest::get("/v1/events", &form)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_question_names_the_last_good_event_and_no_more_types_than_stripe_takes() {
        let asked = undelivered(From::Before("evt_9"), 50).path;
        assert!(
            asked.starts_with("/v1/events?types%5B0%5D=checkout.session.completed&"),
            "{asked}"
        );
        assert!(
            asked.ends_with("&delivery_success=false&limit=50&ending_before=evt_9"),
            "{asked}"
        );
        assert!(
            undelivered(From::After("evt_9"), 5)
                .path
                .ends_with("&starting_after=evt_9")
        );
        assert!(undelivered(From::Newest, 5).path.ends_with("&limit=5"));
        assert!(TYPES.len() <= 20);
    }
}
