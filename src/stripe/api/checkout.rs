//! A Checkout session: the page at Stripe where a top-up is paid.

use super::form::Form;
use super::request::ApiRequest;

/// Everything that a session is made of. It derives from the row of a top-up alone, so that asking again
/// is the same question.
pub struct NewSession<'a> {
    /// Ours, `top_…`; the idempotency key derives from it.
    pub top_up: &'a str,
    pub account: &'a str,
    pub mode: &'a str,
    /// Ours, `cust_…`.
    pub customer: &'a str,
    /// Stripe's, `cus_…`.
    pub stripe_customer: &'a str,
    /// In Stripe's integers.
    pub amount: i64,
    pub currency: &'a str,
    /// What the payer sees as the name of what is bought.
    pub product: &'a str,
    pub description: Option<&'a str>,
    pub success_url: &'a str,
    pub cancel_url: &'a str,
    /// Seconds since 1970.
    pub expires_at: i64,
    /// The card is kept for later, when the customer is away.
    pub saves_payment_method: bool,
    pub automatic_tax: bool,
    pub allows_promotion_codes: bool,
}

impl NewSession<'_> {
    #[must_use]
    pub fn request(&self) -> ApiRequest {
        let form = Form::new()
            .set("mode", "payment")
            .set("customer", self.stripe_customer)
            .set("client_reference_id", self.top_up)
            .set("success_url", self.success_url)
            .set("cancel_url", self.cancel_url)
            .set("expires_at", self.expires_at);
        let form = self.taxed(self.line_item(form));
        // On the PaymentIntent as well, because its events say nothing of the session.
        let names = self.names();
        let form = form
            .set_all("metadata", &names)
            .set_all("payment_intent_data[metadata]", &names);
        let form = if self.saves_payment_method {
            form.set("payment_intent_data[setup_future_usage]", "off_session")
        } else {
            form
        };
        let form = if self.allows_promotion_codes {
            form.set("allow_promotion_codes", true)
        } else {
            form
        };
        // With the customer, because one who was deleted at Stripe is followed by another: under the first
        // one's key that would be another question.
        let key = format!("{} {}", self.top_up, self.stripe_customer);
        ApiRequest::post("/v1/checkout/sessions", &form, key)
    }

    fn line_item(&self, form: Form) -> Form {
        form.set("line_items[0][quantity]", 1)
            .set(
                "line_items[0][price_data][currency]",
                self.currency.to_ascii_lowercase(),
            )
            .set("line_items[0][price_data][unit_amount]", self.amount)
            // Tax comes on top of what is sold, so that it is never a part of the credit.
            .set("line_items[0][price_data][tax_behavior]", "exclusive")
            .set(
                "line_items[0][price_data][product_data][name]",
                self.product,
            )
            .set_some(
                "line_items[0][price_data][product_data][description]",
                self.description,
            )
    }

    fn taxed(&self, form: Form) -> Form {
        if !self.automatic_tax {
            return form;
        }
        // The payer's address is asked for and kept, because without one there is no place to tax.
        form.set("automatic_tax[enabled]", true)
            .set("customer_update[address]", "auto")
            .set("customer_update[name]", "auto")
    }

    /// Whose money it is. `scrip_source` says that the session tells of it, and knows its tax.
    const fn names(&self) -> [(&'static str, &str); 5] {
        [
            ("scrip_account", self.account),
            ("scrip_mode", self.mode),
            ("scrip_customer_id", self.customer),
            ("scrip_top_up_id", self.top_up),
            ("scrip_source", "checkout"),
        ]
    }
}

/// What has become of a session, with its payment and its charge.
#[must_use]
pub fn retrieve(session: &str) -> ApiRequest {
    let query = Form::new().set("expand[0]", "payment_intent.latest_charge");
    ApiRequest::get(format!("/v1/checkout/sessions/{session}"), &query)
}

/// The session of a PaymentIntent, as a list of one.
#[must_use]
pub fn of_intent(intent: &str) -> ApiRequest {
    let query = Form::new().set("payment_intent", intent).set("limit", 1);
    ApiRequest::get("/v1/checkout/sessions", &query)
}

/// Ends a session that nobody has paid.
#[must_use]
pub fn expire(session: &str) -> ApiRequest {
    let key = format!("expire {session}");
    let path = format!("/v1/checkout/sessions/{session}/expire");
    ApiRequest::post(path, &Form::new(), key)
}

#[cfg(test)]
mod tests {
    use super::*;

    const PLAIN: NewSession<'_> = NewSession {
        top_up: "top_1",
        account: "acc_1",
        mode: "test",
        customer: "cust_1",
        stripe_customer: "cus_1",
        amount: 2_000,
        currency: "USD",
        product: "20 USD of credit",
        description: None,
        success_url: "https://a.example/s",
        cancel_url: "https://a.example/c",
        expires_at: 1_790_000_000,
        saves_payment_method: false,
        automatic_tax: false,
        allows_promotion_codes: false,
    };

    fn names(session: &NewSession<'_>) -> Vec<String> {
        let body = session.request().body;
        let pairs = form_urlencoded::parse(body.as_bytes());
        pairs
            .map(|(name, value)| format!("{name}={value}"))
            .collect()
    }

    #[test]
    fn a_session_has_our_names_in_both_places_and_its_key_is_the_top_up() {
        let request = PLAIN.request();
        assert_eq!(request.idempotency_key.as_deref(), Some("top_1 cus_1"));
        let said = names(&PLAIN);
        for expected in [
            "mode=payment",
            "customer=cus_1",
            "client_reference_id=top_1",
            "expires_at=1790000000",
            "line_items[0][price_data][currency]=usd",
            "line_items[0][price_data][unit_amount]=2000",
            "line_items[0][price_data][tax_behavior]=exclusive",
            "metadata[scrip_top_up_id]=top_1",
            "metadata[scrip_customer_id]=cust_1",
            "payment_intent_data[metadata][scrip_top_up_id]=top_1",
            "payment_intent_data[metadata][scrip_source]=checkout",
        ] {
            assert!(
                said.iter().any(|one| one == expected),
                "{expected}: {said:?}"
            );
        }
        // No method is named, so that Stripe shows what fits the payer, delayed ones included.
        assert!(
            !said
                .iter()
                .any(|one| one.starts_with("payment_method_types"))
        );
    }

    #[test]
    fn what_is_off_is_not_said() {
        let all = NewSession {
            saves_payment_method: true,
            automatic_tax: true,
            allows_promotion_codes: true,
            ..PLAIN
        };
        let (plain, all) = (names(&PLAIN), names(&all));
        let more: Vec<_> = all.iter().filter(|one| !plain.contains(one)).collect();
        assert_eq!(
            more,
            [
                "automatic_tax[enabled]=true",
                "customer_update[address]=auto",
                "customer_update[name]=auto",
                "payment_intent_data[setup_future_usage]=off_session",
                "allow_promotion_codes=true",
            ]
        );
    }
}
