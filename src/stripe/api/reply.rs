//! What an answer of Stripe's API means, and whether the same request may be sent again.
//!
//! | answer | what it means |
//! |---|---|
//! | 2xx | done |
//! | none, in time | open: again, under the same key |
//! | 409 `lock_timeout`, `idempotency_key_in_use` | another request is at it: again |
//! | 429 | too many: again, after as long as it says |
//! | 500 and more | open: again, under the same key; Stripe may answer the same 500 for a day |
//! | any other | refused, in Stripe's own words |
//!
//! `Stripe-Should-Retry` overrules the table where Stripe says it.

use serde_json::Value;

/// A refusal in Stripe's words.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ApiError {
    pub status: u16,
    /// Such as `card_error` or `invalid_request_error`.
    pub kind: String,
    /// Such as `card_declined`; Stripe adds new ones.
    pub code: Option<String>,
    /// Why the bank declined.
    pub decline_code: Option<String>,
    /// For people.
    pub message: String,
    /// The parameter at fault.
    pub param: Option<String>,
    /// The PaymentIntent that the refusal is about.
    pub payment_intent: Option<String>,
}

/// What comes after an answer.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Next {
    Done(Value),
    Refused(ApiError),
    /// The same again, after as many seconds as Stripe says.
    Again {
        after: Option<u32>,
    },
}

/// What an answer means. `header` finds one of its headers by a name in small letters.
pub fn next(status: u16, header: impl Fn(&str) -> Option<String>, body: &str) -> Next {
    let value: Option<Value> = serde_json::from_str(body).ok();
    let after = header("retry-after").and_then(|text| text.trim().parse().ok());
    if (200..300).contains(&status) {
        // A success that cannot be read is no answer: it may have been cut off on its way.
        return value.map_or(Next::Again { after: None }, Next::Done);
    }
    let error = ApiError::read(status, value.as_ref());
    let again = match header("stripe-should-retry").as_deref() {
        Some("true") => true,
        Some("false") => false,
        _ => error.is_passing(),
    };
    if again {
        Next::Again { after }
    } else {
        Next::Refused(error)
    }
}

impl ApiError {
    fn read(status: u16, body: Option<&Value>) -> Self {
        let error = body.map(|body| &body["error"]);
        let text = |name: &str| error.and_then(|error| error[name].as_str().map(str::to_owned));
        let intent = error.map(|error| &error["payment_intent"]);
        // An id, or the whole object where the request wanted it expanded, so both are read.
        let intent = intent.and_then(|one| one.as_str().or_else(|| one["id"].as_str()));
        Self {
            status,
            kind: text("type").unwrap_or_default(),
            code: text("code"),
            decline_code: text("decline_code"),
            message: text("message").unwrap_or_else(|| format!("Stripe answered {status}.")),
            param: text("param"),
            payment_intent: intent.map(str::to_owned),
        }
    }

    /// Nothing is wrong with the request: the same one may be answered otherwise.
    fn is_passing(&self) -> bool {
        let busy = ["lock_timeout", "idempotency_key_in_use"];
        match self.status {
            409 => self
                .code
                .as_deref()
                .is_some_and(|code| busy.contains(&code)),
            429 => true,
            status => status >= 500,
        }
    }

    /// The API key is not, or no longer, what it should be.
    #[must_use]
    pub const fn is_about_the_key(&self) -> bool {
        matches!(self.status, 401 | 403)
    }

    /// There is no such object as this parameter names.
    #[must_use]
    pub fn lacks(&self, param: &str) -> bool {
        self.code.as_deref() == Some("resource_missing") && self.param.as_deref() == Some(param)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn meaning(status: u16, headers: &[(&str, &str)], body: &str) -> Next {
        let header = |name: &str| {
            let found = headers.iter().find(|(one, _)| *one == name);
            found.map(|(_, value)| (*value).to_owned())
        };
        next(status, header, body)
    }

    #[test]
    fn only_what_may_pass_is_tried_again() {
        let error = |code: &str| format!(r#"{{"error":{{"type":"t","code":"{code}"}}}}"#);
        let again =
            |status, code: &str| matches!(meaning(status, &[], &error(code)), Next::Again { .. });
        for (status, code) in [
            (409, "lock_timeout"),
            (409, "idempotency_key_in_use"),
            (429, "rate_limit"),
            (500, "api_error"),
            (502, ""),
            (503, ""),
        ] {
            assert!(again(status, code), "{status} {code}");
        }
        for (status, code) in [
            (400, "parameter_missing"),
            (400, "idempotency_error"),
            (401, ""),
            (402, "card_declined"),
            (403, ""),
            (404, "resource_missing"),
            (409, "resource_already_exists"),
        ] {
            assert!(!again(status, code), "{status} {code}");
        }
    }

    #[test]
    fn stripes_own_word_overrules_the_table() {
        let told = |status, word| meaning(status, &[("stripe-should-retry", word)], "{}");
        assert_eq!(told(400, "true"), Next::Again { after: None });
        assert!(matches!(told(500, "false"), Next::Refused(_)));
    }

    #[test]
    fn the_time_to_wait_is_what_stripe_says() {
        let wait = |text| meaning(429, &[("retry-after", text)], "{}");
        assert_eq!(wait("7"), Next::Again { after: Some(7) });
        for unreadable in ["", "soon", "-1", "Wed, 21 Oct 2026 07:28:00 GMT"] {
            assert_eq!(
                wait(unreadable),
                Next::Again { after: None },
                "{unreadable}"
            );
        }
    }

    #[test]
    fn a_success_that_was_cut_off_is_no_answer() {
        let whole = meaning(200, &[], r#"{"id":"cs_1"}"#);
        assert_eq!(whole, Next::Done(serde_json::json!({"id": "cs_1"})));
        for cut in ["", r#"{"id":"cs_"#, "<html>"] {
            assert_eq!(meaning(200, &[], cut), Next::Again { after: None }, "{cut}");
        }
    }

    #[test]
    fn a_decline_is_told_in_stripes_words() {
        let intent = r#"{"id":"pi_1","object":"payment_intent"}"#;
        let body = |intent: &str| {
            format!(
                r#"{{"error":{{"type":"card_error","code":"card_declined","decline_code":"insufficient_funds",
                "message":"Your card has insufficient funds.","payment_intent":{intent}}}}}"#
            )
        };
        for intent in [intent, r#""pi_1""#] {
            let Next::Refused(error) = meaning(402, &[], &body(intent)) else {
                panic!("a decline is final")
            };
            assert_eq!(error.kind, "card_error");
            assert_eq!(error.code.as_deref(), Some("card_declined"));
            assert_eq!(error.decline_code.as_deref(), Some("insufficient_funds"));
            assert_eq!(error.message, "Your card has insufficient funds.");
            assert_eq!(error.payment_intent.as_deref(), Some("pi_1"));
        }
        let Next::Refused(odd) = meaning(418, &[], "teapot") else {
            panic!("not what passes")
        };
        assert_eq!(odd.message, "Stripe answered 418.");
    }
}
