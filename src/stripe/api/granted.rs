//! A Shared Payment Token: somebody else's customer has let us take so much, once.

use super::form::Form;
use super::request::ApiRequest;

/// Everything that its PaymentIntent is made of. It derives from the top-up and from the token, so that asking again is
/// the same question.
pub struct GrantedIntent<'a> {
    /// Ours, `top_…`, with what tells this token from another one: the idempotency key.
    pub key: &'a str,
    /// Ours, `top_…`.
    pub top_up: &'a str,
    pub account: &'a str,
    pub mode: &'a str,
    /// Ours, `cust_…`.
    pub customer: &'a str,
    /// `spt_…`.
    pub token: &'a str,
    /// In Stripe's integers.
    pub amount: i64,
    pub currency: &'a str,
    pub description: Option<&'a str>,
}

impl GrantedIntent<'_> {
    /// Made and confirmed in one call, because nobody could confirm it later.
    #[must_use]
    pub fn request(&self) -> ApiRequest {
        let form = Form::new()
            .set("amount", self.amount)
            .set("currency", self.currency.to_ascii_lowercase())
            .set("shared_payment_granted_token", self.token)
            .set("confirm", true)
            .set("automatic_payment_methods[enabled]", true)
            // A machine is led to no page.
            .set("automatic_payment_methods[allow_redirects]", "never")
            .set("error_on_requires_action", true)
            .set_some("description", self.description)
            .set("expand[0]", "latest_charge")
            .set_all(
                "metadata",
                &[
                    ("scrip_account", self.account),
                    ("scrip_mode", self.mode),
                    ("scrip_customer_id", self.customer),
                    ("scrip_top_up_id", self.top_up),
                ],
            );
        ApiRequest::post("/v1/payment_intents", &form, self.key)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn it_is_confirmed_at_once_and_names_its_top_up() {
        let request = GrantedIntent {
            key: "top_1_abc",
            top_up: "top_1",
            account: "acc_1",
            mode: "live",
            customer: "cust_1",
            token: "spt_1",
            amount: 2_000,
            currency: "USD",
            description: None,
        }
        .request();
        assert_eq!(request.idempotency_key.as_deref(), Some("top_1_abc"));
        assert_eq!(
            request.body,
            "amount=2000&currency=usd&shared_payment_granted_token=spt_1&confirm=true\
             &automatic_payment_methods%5Benabled%5D=true&automatic_payment_methods%5Ballow_redirects%5D=never\
             &error_on_requires_action=true&expand%5B0%5D=latest_charge&metadata%5Bscrip_account%5D=acc_1\
             &metadata%5Bscrip_mode%5D=live&metadata%5Bscrip_customer_id%5D=cust_1&metadata%5Bscrip_top_up_id%5D=top_1"
        );
    }
}
