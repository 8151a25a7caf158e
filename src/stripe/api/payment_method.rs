//! Payment methods that customers keep at Stripe: the page where one is added, and how one is looked at and given up.

use super::form::Form;
use super::request::ApiRequest;

/// A Checkout session in which a customer adds a card and pays nothing.
pub struct NewSetup<'a> {
    /// Ours; the idempotency key derives from it.
    pub setup: &'a str,
    pub account: &'a str,
    pub mode: &'a str,
    /// Ours, `cust_…`.
    pub customer: &'a str,
    /// Stripe's, `cus_…`.
    pub stripe_customer: &'a str,
    pub success_url: &'a str,
    pub cancel_url: &'a str,
    /// Seconds since 1970.
    pub expires_at: i64,
}

impl NewSetup<'_> {
    #[must_use]
    pub fn request(&self) -> ApiRequest {
        let names = [
            ("scrip_account", self.account),
            ("scrip_mode", self.mode),
            ("scrip_customer_id", self.customer),
            ("scrip_setup_id", self.setup),
        ];
        let form = Form::new()
            .set("mode", "setup")
            .set("customer", self.stripe_customer)
            // By name, because without one Stripe wants to know a currency, and none is paid in here.
            .set("payment_method_types[0]", "card")
            .set("success_url", self.success_url)
            .set("cancel_url", self.cancel_url)
            .set("expires_at", self.expires_at)
            .set_all("metadata", &names)
            .set_all("setup_intent_data[metadata]", &names);
        // With the customer, as for a payment: who was deleted at Stripe is followed by another.
        let key = format!("{} {}", self.setup, self.stripe_customer);
        ApiRequest::post("/v1/checkout/sessions", &form, key)
    }
}

/// The session and, once it is over, what was added in it.
#[must_use]
pub fn retrieve_setup(session: &str) -> ApiRequest {
    let query = Form::new().set("expand[0]", "setup_intent.payment_method");
    ApiRequest::get(format!("/v1/checkout/sessions/{session}"), &query)
}

/// A payment method as it is now.
#[must_use]
pub fn retrieve(method: &str) -> ApiRequest {
    ApiRequest::get(format!("/v1/payment_methods/{method}"), &Form::new())
}

/// It is the customer's no more, and can never be charged again.
#[must_use]
pub fn detach(method: &str) -> ApiRequest {
    let path = format!("/v1/payment_methods/{method}/detach");
    ApiRequest::post(path, &Form::new(), format!("detach {method}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_setup_pays_nothing_and_says_whose_it_is() {
        let request = NewSetup {
            setup: "setup_1",
            account: "acc_1",
            mode: "test",
            customer: "cust_1",
            stripe_customer: "cus_1",
            success_url: "https://a.example/s?done=yes",
            cancel_url: "https://a.example/s?done=no",
            expires_at: 7,
        }
        .request();
        assert_eq!(request.idempotency_key.as_deref(), Some("setup_1 cus_1"));
        let body = &request.body;
        for part in [
            "mode=setup",
            "customer=cus_1",
            "payment_method_types%5B0%5D=card",
            "expires_at=7",
        ] {
            assert!(body.contains(part), "{part} in {body}");
        }
        assert!(
            !body.contains("line_items") && !body.contains("currency"),
            "{body}"
        );
        assert_eq!(
            detach("pm_1").idempotency_key.as_deref(),
            Some("detach pm_1")
        );
    }
}
