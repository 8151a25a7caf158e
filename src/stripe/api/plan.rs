//! A subscription at Stripe: the page where it is paid first, and what is changed of it later.

use serde::{Deserialize, Serialize};

use super::form::Form;
use super::request::ApiRequest;

/// A price that Stripe asks for.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct PlanPrice {
    /// Ours.
    pub id: String,
    /// What the payer reads.
    pub name: String,
    /// In Stripe's integers.
    pub amount: i64,
    /// In small letters.
    pub currency: String,
    /// `(day, week, month or year, how many)`; once, when absent.
    pub every: Option<(String, u32)>,
}

/// What a subscription at Stripe is made of. It is kept before Stripe is asked.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct PlanTerms {
    pub prices: Vec<PlanPrice>,
    pub trial_days: Option<u32>,
    pub success_url: String,
    pub cancel_url: String,
    pub automatic_tax: bool,
}

/// The page where it is paid first.
pub struct NewPlan<'a> {
    /// Ours, `sub_…`; the idempotency key derives from it.
    pub subscription: &'a str,
    pub account: &'a str,
    pub mode: &'a str,
    pub customer: &'a str,
    /// Stripe's, `cus_…`.
    pub stripe_customer: &'a str,
    /// The page before, which nobody has paid in time.
    pub after: Option<&'a str>,
    pub terms: &'a PlanTerms,
}

impl PlanPrice {
    /// What it is made of, under a name of the form.
    fn set(&self, form: Form, at: &str) -> Form {
        let form = form
            .set(format!("{at}[currency]"), &self.currency)
            .set(format!("{at}[unit_amount]"), self.amount)
            // Tax comes on top of what is sold, so that it is never a part of the fee.
            .set(format!("{at}[tax_behavior]"), "exclusive")
            .set(format!("{at}[product_data][name]"), &self.name);
        match &self.every {
            Some((unit, count)) => form
                .set(format!("{at}[recurring][interval]"), unit)
                .set(format!("{at}[recurring][interval_count]"), count),
            None => form,
        }
    }

    /// A price of its own, which an item of a subscription can be given.
    #[must_use]
    pub fn request(&self, account: &str) -> ApiRequest {
        let form = Form::new()
            .set("currency", &self.currency)
            .set("unit_amount", self.amount)
            .set("tax_behavior", "exclusive")
            .set("product_data[name]", &self.name)
            .set("metadata[scrip_price_id]", &self.id);
        let form = match &self.every {
            Some((unit, count)) => form
                .set("recurring[interval]", unit)
                .set("recurring[interval_count]", count),
            None => form,
        };
        ApiRequest::post("/v1/prices", &form, format!("price {account} {}", self.id))
    }
}

impl NewPlan<'_> {
    #[must_use]
    pub fn request(&self) -> ApiRequest {
        let names = [
            ("scrip_account", self.account),
            ("scrip_mode", self.mode),
            ("scrip_customer_id", self.customer),
            ("scrip_subscription_id", self.subscription),
        ];
        let form = Form::new()
            .set("mode", "subscription")
            .set("customer", self.stripe_customer)
            .set("client_reference_id", self.subscription)
            .set("success_url", &self.terms.success_url)
            .set("cancel_url", &self.terms.cancel_url);
        let form = self.lines(form);
        // On the subscription as well, because its invoices name it and say nothing of the page.
        let form = form
            .set_all("metadata", &names)
            .set_all("subscription_data[metadata]", &names)
            .set_some(
                "subscription_data[trial_period_days]",
                self.terms.trial_days.filter(|days| *days > 0),
            );
        let form = if self.terms.automatic_tax {
            form.set("automatic_tax[enabled]", true)
                .set("customer_update[address]", "auto")
                .set("customer_update[name]", "auto")
        } else {
            form
        };
        // The customer and the page before are part of it: with another one it is another question.
        let after = self.after.unwrap_or_default();
        let key = format!("{} {} {after}", self.subscription, self.stripe_customer);
        ApiRequest::post("/v1/checkout/sessions", &form, key)
    }

    fn lines(&self, mut form: Form) -> Form {
        for (place, price) in self.terms.prices.iter().enumerate() {
            let line = format!("line_items[{place}]");
            form = form.set(format!("{line}[quantity]"), 1);
            form = price.set(form, &format!("{line}[price_data]"));
        }
        form
    }
}

/// A subscription with its last invoice.
#[must_use]
pub fn retrieve(subscription: &str) -> ApiRequest {
    let query = Form::new().set("expand[0]", "latest_invoice");
    ApiRequest::get(format!("/v1/subscriptions/{subscription}"), &query)
}

/// A page where it is paid first.
#[must_use]
pub fn page(session: &str) -> ApiRequest {
    ApiRequest::get(format!("/v1/checkout/sessions/{session}"), &Form::new())
}

/// It ends with the period that is paid, or goes on. `by` names the change: told again it is the same one.
#[must_use]
pub fn end_later(subscription: &str, ends: bool, by: &str) -> ApiRequest {
    let form = Form::new().set("cancel_at_period_end", ends);
    let key = format!("end {subscription} {ends} {by}");
    ApiRequest::post(format!("/v1/subscriptions/{subscription}"), &form, key)
}

/// It ends at once.
#[must_use]
pub fn end_now(subscription: &str) -> ApiRequest {
    ApiRequest::delete(format!("/v1/subscriptions/{subscription}"))
}

/// Its items have these prices from now on: `(item, price)`, without an item for one more, without a price for
/// one that goes. What the rest of the period costs more is asked at once, or with `prorate` off never.
#[must_use]
pub fn change_items(
    subscription: &str,
    items: &[(Option<&str>, Option<&str>)],
    prorate: bool,
    by: &str,
) -> ApiRequest {
    let mut form = Form::new();
    for (place, (item, price)) in items.iter().enumerate() {
        let at = format!("items[{place}]");
        form = form.set_some(format!("{at}[id]"), *item);
        form = form.set_some(format!("{at}[price]"), *price);
        if price.is_none() {
            form = form.set(format!("{at}[deleted]"), true);
        }
    }
    let form = if prorate {
        // What is not paid is not had: Stripe refuses the change where the card does.
        form.set("proration_behavior", "always_invoice")
            .set("payment_behavior", "error_if_incomplete")
    } else {
        form.set("proration_behavior", "none")
    };
    let key = format!("items {subscription} {by}");
    ApiRequest::post(format!("/v1/subscriptions/{subscription}"), &form, key)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_page_names_ours_in_both_places_and_asks_for_what_recurs_and_what_does_not() {
        let price = |id: &str, every: Option<(String, u32)>| PlanPrice {
            id: id.to_owned(),
            name: "Pro".to_owned(),
            amount: 2_000,
            currency: "usd".to_owned(),
            every,
        };
        let terms = PlanTerms {
            prices: vec![
                price("p1", Some(("month".to_owned(), 3))),
                price("p2", None),
            ],
            trial_days: Some(14),
            success_url: "https://a.example/s".to_owned(),
            cancel_url: "https://a.example/c".to_owned(),
            automatic_tax: false,
        };
        let plan = NewPlan {
            subscription: "sub_1",
            account: "acc_1",
            mode: "test",
            customer: "cust_1",
            stripe_customer: "cus_1",
            after: None,
            terms: &terms,
        };
        let request = plan.request();
        assert_eq!(request.idempotency_key.as_deref(), Some("sub_1 cus_1 "));
        let again = NewPlan {
            after: Some("cs_1"),
            ..plan
        };
        assert_eq!(
            again.request().idempotency_key.as_deref(),
            Some("sub_1 cus_1 cs_1")
        );
        let said: Vec<String> = form_urlencoded::parse(request.body.as_bytes())
            .map(|(name, value)| format!("{name}={value}"))
            .collect();
        for expected in [
            "mode=subscription",
            "metadata[scrip_subscription_id]=sub_1",
            "subscription_data[metadata][scrip_subscription_id]=sub_1",
            "subscription_data[trial_period_days]=14",
            "line_items[0][price_data][recurring][interval]=month",
            "line_items[0][price_data][recurring][interval_count]=3",
            "line_items[1][price_data][unit_amount]=2000",
        ] {
            assert!(
                said.iter().any(|one| one == expected),
                "{expected}: {said:?}"
            );
        }
        let once = "line_items[1][price_data][recurring]";
        assert!(!said.iter().any(|one| one.starts_with(once)));
    }
}
