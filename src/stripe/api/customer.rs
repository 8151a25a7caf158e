//! A customer at Stripe: who pays, and whose cards are kept.

use sha2::{Digest, Sha256};

use super::form::Form;
use super::request::ApiRequest;

/// What is told to Stripe of a customer of ours.
pub struct NewCustomer<'a> {
    pub account: &'a str,
    pub mode: &'a str,
    /// Ours, `cust_…`.
    pub customer: &'a str,
    pub name: &'a str,
    pub email: Option<&'a str>,
    /// One that Stripe has no more, and in whose place this one is made.
    pub gone: Option<&'a str>,
}

impl NewCustomer<'_> {
    /// The same customer of ours is the same one at Stripe, whoever asks first.
    #[must_use]
    pub fn request(&self) -> ApiRequest {
        let form = Form::new()
            .set("name", self.name)
            .set_some("email", self.email)
            .set_all(
                "metadata",
                &[
                    ("scrip_account", self.account),
                    ("scrip_mode", self.mode),
                    ("scrip_customer_id", self.customer),
                ],
            );
        // With a digest of what is sent: who was renamed meanwhile is another question, which Stripe
        // would refuse under the first one's key.
        let digest: String = hex::encode(Sha256::digest(form.encode()))
            .chars()
            .take(16)
            .collect();
        let key = format!("scrip customer {} {} {digest}", self.account, self.customer);
        // Under the first one's key Stripe would answer with the one that is gone.
        let key = match self.gone {
            Some(gone) => format!("{key} {gone}"),
            None => key,
        };
        ApiRequest::post("/v1/customers", &form, key)
    }
}
