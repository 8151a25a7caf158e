//! A refund of a payment, and how it is found again where its answer was lost.

use super::form::Form;
use super::request::ApiRequest;

/// The metadata that says which refund of ours it is.
pub const OURS: &str = "scrip_refund_id";

/// The metadata that says why, in the caller's words.
pub const REASON: &str = "scrip_reason";

/// Characters of a value of metadata.
const MAX_VALUE: usize = 500;

/// The reasons that Stripe knows; it refuses any other word.
const REASONS: [&str; 3] = ["duplicate", "fraudulent", "requested_by_customer"];

/// Everything that a refund is asked with. It derives from what was written down before anybody was asked, so that
/// asking again is the same question.
pub struct NewRefund<'a> {
    /// Ours, `rfd_…`: the idempotency key.
    pub id: &'a str,
    pub account: &'a str,
    pub mode: &'a str,
    /// Ours, `cust_…`.
    pub customer: &'a str,
    /// Stripe's, `pi_…`.
    pub payment: &'a str,
    /// In Stripe's integers.
    pub amount: i64,
    pub reason: Option<&'a str>,
}

impl NewRefund<'_> {
    #[must_use]
    pub fn request(&self) -> ApiRequest {
        let known = self.reason.filter(|reason| REASONS.contains(reason));
        // Cut, because Stripe refuses a longer one, and with it the refund.
        let words = self.reason.map(|reason| {
            let cut: String = reason.chars().take(MAX_VALUE).collect();
            cut
        });
        let form = Form::new()
            .set("payment_intent", self.payment)
            .set("amount", self.amount)
            .set_some("reason", known)
            .set_all(
                "metadata",
                &[
                    ("scrip_account", self.account),
                    ("scrip_mode", self.mode),
                    ("scrip_customer_id", self.customer),
                    (OURS, self.id),
                ],
            )
            .set_some(format!("metadata[{REASON}]"), words);
        ApiRequest::post("/v1/refunds", &form, self.id)
    }
}

/// What has become of it. The id was read from an answer of Stripe's.
#[must_use]
pub fn retrieve(id: &str) -> ApiRequest {
    ApiRequest::get(format!("/v1/refunds/{id}"), &Form::new())
}

/// Refunds of one page of a list, which is as many as Stripe gives.
pub const PAGE: usize = 100;

/// All refunds of a payment, newest first, a page at a time.
#[must_use]
pub fn of_payment(payment: &str, after: Option<&str>) -> ApiRequest {
    let query = Form::new()
        .set("payment_intent", payment)
        .set("limit", PAGE)
        .set_some("starting_after", after);
    ApiRequest::get("/v1/refunds", &query)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn asked(reason: Option<&str>) -> ApiRequest {
        NewRefund {
            id: "rfd_1",
            account: "acc_1",
            mode: "live",
            customer: "cust_1",
            payment: "pi_1",
            amount: 500,
            reason,
        }
        .request()
    }

    #[test]
    fn it_is_asked_under_our_id_and_says_whose_it_is() {
        let request = asked(None);
        assert_eq!(request.idempotency_key.as_deref(), Some("rfd_1"));
        assert_eq!(request.path, "/v1/refunds");
        assert_eq!(
            request.body,
            "payment_intent=pi_1&amount=500&metadata%5Bscrip_account%5D=acc_1&metadata%5Bscrip_mode%5D=live\
             &metadata%5Bscrip_customer_id%5D=cust_1&metadata%5Bscrip_refund_id%5D=rfd_1"
        );
        assert_eq!(
            of_payment("pi_1", Some("re_9")).path,
            "/v1/refunds?payment_intent=pi_1&limit=100&starting_after=re_9"
        );
        assert_eq!(retrieve("re_1").path, "/v1/refunds/re_1");
    }

    #[test]
    fn a_reason_is_a_word_of_stripes_or_stands_in_the_metadata_alone() {
        let words = asked(Some("duplicate")).body;
        assert!(words.contains("&reason=duplicate&"), "{words}");
        let words = asked(Some("by mail")).body;
        assert!(!words.contains("&reason="), "{words}");
        assert!(
            words.ends_with("&metadata%5Bscrip_reason%5D=by+mail"),
            "{words}"
        );
        let long = asked(Some(&"z".repeat(900))).body;
        assert_eq!(long.matches('z').count(), MAX_VALUE);
    }
}
