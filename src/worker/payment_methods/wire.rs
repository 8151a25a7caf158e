//! What requests and replies say of payment methods.

use serde::{Deserialize, Serialize};

use crate::wire::Problem;
use crate::wire::ids::MAX_ID;
use crate::wire::request::read;
use crate::wire::url;
use crate::worker::edge::rows::Row;

use super::cards::{Card, WORDS, by_word};

/// `POST …/payment-methods`: `{ "card": "ok", "name": "Company card", "default": true }`.
///
/// It is serialized to be digested: the same request under one key is the same payment method.
#[derive(Clone, PartialEq, Eq, Debug, Serialize)]
pub struct NewMethod {
    pub card: String,
    pub name: Option<String>,
    pub default: bool,
}

impl NewMethod {
    /// # Errors
    /// As [`read`].
    pub fn read(body: &str) -> Result<Self, Problem> {
        read(body, |object, errors| {
            let card = object.word("card", &WORDS, errors);
            let card = object.require("card", card, errors);
            let name = object.text("name", MAX_ID, errors);
            let default = object.flag("default", errors);
            Some(Self {
                card: card?,
                name,
                default: default.unwrap_or_default(),
            })
        })
    }

    /// # Errors
    /// `validation_failed` where there is no such card.
    pub fn card(&self) -> Result<&'static Card, Problem> {
        by_word(&self.card).ok_or_else(|| Problem::field("card", "names no card"))
    }
}

/// `POST …/payment-methods/sessions`: where the customer comes back to.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct NewSession {
    pub return_url: String,
    pub failure_url: String,
}

impl NewSession {
    /// # Errors
    /// As [`read`].
    pub fn read(body: &str) -> Result<Self, Problem> {
        read(body, |object, errors| {
            let return_url = url::required(object, "return_url", errors);
            let failure_url = url::required(object, "failure_url", errors);
            Some(Self {
                return_url: return_url?,
                failure_url: failure_url?,
            })
        })
    }
}

/// One payment method.
#[derive(Serialize)]
pub struct MethodReply {
    pub id: String,
    pub customer_id: String,
    pub processor: String,
    #[serde(rename = "type")]
    pub kind: &'static str,
    pub brand: String,
    pub last4: String,
    pub exp_month: u32,
    pub exp_year: u32,
    pub name: Option<String>,
    pub default: bool,
    pub created_at: String,
}

impl MethodReply {
    /// # Errors
    /// `internal_error` where a column is not what it should be.
    pub fn of(row: Row<'_>) -> Result<Self, Problem> {
        Ok(Self {
            id: row.text("id")?,
            customer_id: row.text("customer_id")?,
            processor: row.text("processor")?,
            kind: "card",
            brand: row.text("brand")?,
            last4: row.text("last4")?,
            exp_month: row.count("exp_month")?,
            exp_year: row.count("exp_year")?,
            name: row.given("name"),
            default: row.holds("is_default"),
            created_at: row.text("created_at")?,
        })
    }
}

/// A link at which a customer adds a payment method.
#[derive(Serialize)]
pub struct SessionReply {
    pub id: String,
    pub redirect_url: String,
    pub expires_at: String,
}
