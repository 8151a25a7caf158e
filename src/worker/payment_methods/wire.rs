//! What requests and replies say of payment methods.

use std::cmp::Ordering;

use serde::{Deserialize, Serialize};

use crate::engine::Instant;
use crate::wire::Problem;
use crate::wire::ids::MAX_ID;
use crate::wire::request::read;
use crate::wire::{time, url};
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

/// What happens to a card of the simulated processor.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum CardEvent {
    Expired,
    Updated,
    Detached,
}

impl CardEvent {
    /// The words, for who asks for one.
    pub const WORDS: [&'static str; 3] = ["expired", "updated", "detached"];

    #[must_use]
    pub fn by_word(word: &str) -> Option<Self> {
        match word {
            "expired" => Some(Self::Expired),
            "updated" => Some(Self::Updated),
            "detached" => Some(Self::Detached),
            _ => None,
        }
    }

    /// `POST …/payment-methods/{payment_method}/simulate`: `{ "event": "expired" }`.
    ///
    /// # Errors
    /// As [`read`].
    pub fn read(body: &str) -> Result<Self, Problem> {
        read(body, |object, errors| {
            let event = object.word("event", &Self::WORDS, errors);
            Self::by_word(&object.require("event", event, errors)?)
        })
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
    pub kind: String,
    pub brand: String,
    pub last4: String,
    /// None of what does not end.
    pub exp_month: Option<u32>,
    pub exp_year: Option<u32>,
    /// `good`, `expiring` in the last month of a card, and `expired` after it.
    pub state: &'static str,
    pub name: Option<String>,
    pub default: bool,
    pub created_at: String,
}

impl MethodReply {
    /// # Errors
    /// `internal_error` where a column is not what it should be.
    pub fn of(row: Row<'_>, now: Instant) -> Result<Self, Problem> {
        let (year, month) = (row.count("exp_year")?, row.count("exp_month")?);
        let ends = year < NEVER;
        Ok(Self {
            id: row.text("id")?,
            customer_id: row.text("customer_id")?,
            processor: row.text("processor")?,
            kind: row.text("type")?,
            brand: row.text("brand")?,
            last4: row.text("last4")?,
            exp_month: ends.then_some(month),
            exp_year: ends.then_some(year),
            state: state(year, month, now),
            name: row.given("name"),
            default: row.holds("is_default"),
            created_at: row.text("created_at")?,
        })
    }
}

/// The year of what does not end.
const NEVER: u32 = 9_999;

/// How good a card is that is good to the end of this month. Months of RFC 3339 sort as text.
fn state(year: u32, month: u32, now: Instant) -> &'static str {
    let now = time::format(now);
    let end = format!("{year:04}-{month:02}");
    match now.get(..7).map(|now| now.cmp(end.as_str())) {
        Some(Ordering::Greater) => "expired",
        Some(Ordering::Equal) => "expiring",
        _ => "good",
    }
}

/// A link at which a customer adds a payment method.
#[derive(Serialize)]
pub struct SessionReply {
    pub id: String,
    pub redirect_url: String,
    pub expires_at: String,
}
