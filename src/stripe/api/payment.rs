//! What Stripe has taken and given back, as it lists it: for who compares it with what was credited.

use super::form::Form;
use super::request::ApiRequest;

/// Seconds since 1970: from the first to the second, both included.
pub type Window = (i64, i64);

/// Objects of one page.
pub const PAGE: usize = 100;

fn list(path: &str, (from, to): Window, after: Option<&str>) -> ApiRequest {
    let form = Form::new()
        .set("created[gte]", from)
        .set("created[lte]", to)
        .set("limit", PAGE)
        .set_some("starting_after", after);
    ApiRequest::get(path, &form)
}

/// A page of the PaymentIntents that were made in a window, the newest first.
#[must_use]
pub fn payment_intents(window: Window, after: Option<&str>) -> ApiRequest {
    list("/v1/payment_intents", window, after)
}

/// The same of refunds.
#[must_use]
pub fn refunds(window: Window, after: Option<&str>) -> ApiRequest {
    list("/v1/refunds", window, after)
}

/// One of them as it is now. The id was checked by the caller: it becomes a part of the path.
#[must_use]
pub fn one(id: &str) -> ApiRequest {
    let kind = if id.starts_with("re_") {
        "refunds"
    } else {
        "payment_intents"
    };
    ApiRequest::get(format!("/v1/{kind}/{id}"), &Form::new())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_page_says_its_window_and_where_it_begins() {
        assert_eq!(
            payment_intents((1, 2), None).path,
            "/v1/payment_intents?created%5Bgte%5D=1&created%5Blte%5D=2&limit=100"
        );
        assert!(
            refunds((1, 2), Some("re_1"))
                .path
                .ends_with("&starting_after=re_1")
        );
        assert_eq!(one("pi_1").path, "/v1/payment_intents/pi_1");
        assert_eq!(one("re_1").path, "/v1/refunds/re_1");
    }
}
