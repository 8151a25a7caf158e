//! A request to Stripe's API before it is sent.

use super::form::Form;

/// The version of Stripe's API that our requests are written for. Without it the answers would follow
/// whatever version the account at Stripe is set to.
pub const VERSION: &str = "2026-10-28.endive";

/// A request to Stripe.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ApiRequest {
    /// In capitals.
    pub method: &'static str,
    /// With its query, such as `/v1/checkout/sessions/cs_1`.
    pub path: String,
    /// Empty where nothing is sent.
    pub body: String,
    /// Under which Stripe does it once, for a day at least.
    pub idempotency_key: Option<String>,
    /// The account that it is about, where the request itself says so; then no other is named.
    pub context: Option<String>,
}

impl ApiRequest {
    /// A question.
    #[must_use]
    pub fn get(path: impl Into<String>, query: &Form) -> Self {
        let (mut path, query) = (path.into(), query.encode());
        if !query.is_empty() {
            path = format!("{path}?{query}");
        }
        Self {
            method: "GET",
            path,
            body: String::new(),
            idempotency_key: None,
            context: None,
        }
    }

    /// The same for an account at Stripe, as a thin event names it.
    #[must_use]
    pub fn in_context(self, context: Option<String>) -> Self {
        Self { context, ..self }
    }

    /// A change. The key derives from an id of ours and never from the time: sent again, it is the same
    /// change.
    #[must_use]
    pub fn post(path: impl Into<String>, form: &Form, key: impl Into<String>) -> Self {
        Self {
            method: "POST",
            path: path.into(),
            body: form.encode(),
            idempotency_key: Some(key.into()),
            context: None,
        }
    }

    /// Takes something away. Done again it is refused, as gone, so it needs no key.
    #[must_use]
    pub fn delete(path: impl Into<String>) -> Self {
        Self {
            method: "DELETE",
            path: path.into(),
            body: String::new(),
            idempotency_key: None,
            context: None,
        }
    }

    /// What is sent beside it; `account` is a connected account on whose behalf it happens.
    #[must_use]
    pub fn headers(&self, secret: &str, account: Option<&str>) -> Vec<(&'static str, String)> {
        let mut headers = vec![
            ("Authorization", format!("Bearer {secret}")),
            ("Stripe-Version", VERSION.to_owned()),
        ];
        if !self.body.is_empty() {
            let form = "application/x-www-form-urlencoded";
            headers.push(("Content-Type", form.to_owned()));
        }
        let key = self.idempotency_key.clone();
        headers.extend(key.map(|key| ("Idempotency-Key", key)));
        // One of the two, because Stripe refuses a request that names its account twice.
        match &self.context {
            Some(context) => headers.push(("Stripe-Context", context.clone())),
            None => headers.extend(account.map(|account| ("Stripe-Account", account.to_owned()))),
        }
        headers
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_change_says_its_version_its_key_and_whose_account() {
        let request = ApiRequest::post("/v1/customers", &Form::new().set("name", "Acme"), "cust_1");
        let headers = request.headers("sk_test_1", Some("acct_1"));
        let has = |name: &str| {
            let found = headers.iter().find(|(one, _)| *one == name);
            found.map(|(_, value)| value.as_str())
        };
        assert_eq!(has("Authorization"), Some("Bearer sk_test_1"));
        assert_eq!(has("Stripe-Version"), Some("2026-10-28.endive"));
        assert_eq!(has("Idempotency-Key"), Some("cust_1"));
        assert_eq!(has("Stripe-Account"), Some("acct_1"));
        assert_eq!(
            has("Content-Type"),
            Some("application/x-www-form-urlencoded")
        );
    }

    #[test]
    fn a_question_has_no_key_and_no_body() {
        let query = Form::new().set("expand[0]", "payment_intent");
        let request = ApiRequest::get("/v1/checkout/sessions/cs_1", &query);
        assert_eq!(
            request.path,
            "/v1/checkout/sessions/cs_1?expand%5B0%5D=payment_intent"
        );
        let names: Vec<_> = request
            .headers("sk_test_1", None)
            .into_iter()
            .map(|(name, _)| name)
            .collect();
        assert_eq!(names, ["Authorization", "Stripe-Version"]);
        let headers = request
            .in_context(Some("acct_2".to_owned()))
            .headers("sk_test_1", Some("acct_1"));
        assert_eq!(
            headers.last(),
            Some(&("Stripe-Context", "acct_2".to_owned()))
        );
        assert!(headers.iter().all(|(name, _)| *name != "Stripe-Account"));
    }
}
