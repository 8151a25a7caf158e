//! A PaymentIntent: money that is taken from a saved payment method while its owner is away.

use super::form::Form;
use super::request::ApiRequest;

/// Everything that a PaymentIntent is made of. It derives from what was written down before anybody was asked, so
/// that asking again is the same question.
pub struct NewIntent<'a> {
    /// Ours, `rch_…`: the idempotency key.
    pub recharge: &'a str,
    pub account: &'a str,
    pub mode: &'a str,
    /// Ours, `cust_…`.
    pub customer: &'a str,
    /// Stripe's, `cus_…`.
    pub stripe_customer: &'a str,
    /// Stripe's, `pm_…`.
    pub payment_method: &'a str,
    /// In Stripe's integers.
    pub amount: i64,
    pub currency: &'a str,
}

impl NewIntent<'_> {
    /// Made and confirmed in one call: one that nobody confirms would be left behind.
    #[must_use]
    pub fn request(&self) -> ApiRequest {
        let form = Form::new()
            .set("amount", self.amount)
            .set("currency", self.currency.to_ascii_lowercase())
            .set("customer", self.stripe_customer)
            .set("payment_method", self.payment_method)
            .set("confirm", true)
            .set("off_session", true)
            // Nobody is there to confirm, so it must fail and not wait for that.
            .set("error_on_requires_action", true)
            .set("description", "Automatic recharge")
            .set_all(
                "metadata",
                &[
                    ("scrip_account", self.account),
                    ("scrip_mode", self.mode),
                    ("scrip_customer_id", self.customer),
                    ("scrip_recharge_id", self.recharge),
                ],
            );
        ApiRequest::post("/v1/payment_intents", &form, self.recharge)
    }
}

/// What has become of it.
#[must_use]
pub fn retrieve(intent: &str) -> ApiRequest {
    ApiRequest::get(format!("/v1/payment_intents/{intent}"), &Form::new())
}

/// The same with the charge inside, which alone has the receipt.
#[must_use]
pub fn with_charge(intent: &str) -> ApiRequest {
    let query = Form::new().set("expand[0]", "latest_charge");
    ApiRequest::get(format!("/v1/payment_intents/{intent}"), &query)
}

/// Most PaymentIntents of one page of a list, which is as many as Stripe gives.
pub const PAGE: usize = 100;

/// Those of a customer that were made since then, newest first, a page at a time. A list and no search, because a
/// search may be a minute behind.
#[must_use]
pub fn of_customer(customer: &str, since: i64, after: Option<&str>) -> ApiRequest {
    let query = Form::new()
        .set("customer", customer)
        .set("created[gte]", since)
        .set("limit", PAGE)
        .set_some("starting_after", after);
    ApiRequest::get("/v1/payment_intents", &query)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn it_is_confirmed_at_once_under_the_id_of_the_recharge_and_says_whose_it_is() {
        let request = NewIntent {
            recharge: "rch_1",
            account: "acc_1",
            mode: "live",
            customer: "cust_1",
            stripe_customer: "cus_1",
            payment_method: "pm_1",
            amount: 5_000,
            currency: "USD",
        }
        .request();
        assert_eq!(request.idempotency_key.as_deref(), Some("rch_1"));
        assert_eq!(request.path, "/v1/payment_intents");
        assert_eq!(
            request.body,
            "amount=5000&currency=usd&customer=cus_1&payment_method=pm_1&confirm=true&off_session=true\
             &error_on_requires_action=true&description=Automatic+recharge&metadata%5Bscrip_account%5D=acc_1\
             &metadata%5Bscrip_mode%5D=live&metadata%5Bscrip_customer_id%5D=cust_1\
             &metadata%5Bscrip_recharge_id%5D=rch_1"
        );
        let list = of_customer("cus_1", 7, Some("pi_9"));
        assert_eq!(
            list.path,
            "/v1/payment_intents?customer=cus_1&created%5Bgte%5D=7&limit=100&starting_after=pi_9"
        );
        assert!(list.idempotency_key.is_none());
        assert_eq!(
            with_charge("pi_1").path,
            "/v1/payment_intents/pi_1?expand%5B0%5D=latest_charge"
        );
    }
}
