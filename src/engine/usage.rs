//! Usage events: a metered quantity of something that a customer did.

use std::collections::BTreeMap;
use std::fmt;

use serde::de::{Error, MapAccess, Visitor};
use serde::{Deserialize, Deserializer, Serialize};

use super::amount::Amount;
use super::rate::Quantity;
use super::time::{Instant, SECONDS_OF_A_DAY};

/// One value of an event's `data`.
#[derive(Clone, PartialEq, Eq, Debug, Serialize)]
#[serde(untagged)]
pub enum Datum {
    Flag(bool),
    Whole(i64),
    /// A number with a fraction or beyond 64 bits, as exact text in a field of its own so that it
    /// cannot be mistaken for a string.
    Number {
        number: Amount,
    },
    Text(String),
    /// What is no amount: a number with more digits than one has, an object, a list. As the text in
    /// which it was sent, because nobody computes with it.
    /// Added later; an older deployment cannot read it, and stops at its row.
    Json {
        json: String,
    },
}

impl<'de> Deserialize<'de> for Datum {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(DatumVisitor)
    }
}

struct DatumVisitor;

impl<'de> Visitor<'de> for DatumVisitor {
    type Value = Datum;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a flag, a whole number, an exact number or a text")
    }

    fn visit_bool<E: Error>(self, flag: bool) -> Result<Datum, E> {
        Ok(Datum::Flag(flag))
    }

    fn visit_i64<E: Error>(self, whole: i64) -> Result<Datum, E> {
        Ok(Datum::Whole(whole))
    }

    fn visit_u64<E: Error>(self, whole: u64) -> Result<Datum, E> {
        // A larger one is written as exact text, so a row with such a number is damaged.
        let whole = i64::try_from(whole).map_err(|_| Error::custom("beyond 64 bits"))?;
        Ok(Datum::Whole(whole))
    }

    fn visit_str<E: Error>(self, text: &str) -> Result<Datum, E> {
        Ok(Datum::Text(text.to_owned()))
    }

    fn visit_map<M: MapAccess<'de>>(self, mut fields: M) -> Result<Datum, M::Error> {
        match fields.next_key::<String>()?.as_deref() {
            Some("number") => {
                let number = fields.next_value()?;
                Ok(Datum::Number { number })
            }
            Some("json") => {
                let json = fields.next_value()?;
                Ok(Datum::Json { json })
            }
            _ => Err(Error::missing_field("number")),
        }
    }
}

impl Datum {
    /// The value as a volume: a number, or a decimal string, that is not negative.
    #[must_use]
    pub fn volume(&self) -> Option<Quantity> {
        let amount = match self {
            Self::Flag(_) | Self::Json { .. } => return None,
            Self::Whole(value) => Amount::new((*value).into()).ok()?,
            Self::Number { number } => *number,
            Self::Text(text) => Amount::parse(text).ok()?,
        };
        Quantity::new(amount)
    }
}

/// How early an event may say that it happened, before it is thought to be a mistake of a clock.
pub const FUTURE_SECONDS: u32 = 5 * 60;

/// Days for which a late event is recorded, when the wallet has no setting of its own.
pub const DEFAULT_LATE_DAYS: u32 = 30;

/// The most days that the setting may say: ten years.
pub const MAX_LATE_DAYS: u32 = 10 * 365;

/// Why an event's time is not believed.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Untimely {
    TooLate,
    InFuture,
}

/// How an amount came about, in the words of whoever computed it. It is kept and shown, and nothing
/// is computed from it.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct Maths {
    /// Format 1, added with costs, as all of it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub units: Option<Quantity>,
    /// For each unit.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub unit_price: Option<Amount>,
    /// What was measured.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub input_volume: Option<Quantity>,
    /// For a package of it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub volume_rate: Option<Amount>,
    /// How much that is.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub package_size: Option<Quantity>,
}

impl Maths {
    /// Nobody said anything.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        *self == Self::default()
    }
}

/// What an event cost its seller: stored with the event, the base of margins and of cost-plus prices.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct Cost {
    /// Format 1, added with costs, as all of it.
    pub id: String,
    /// The vendor's id, or the platform's own id for the vendor.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub vendor_id: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub vendor_external_id: Option<String>,
    /// For reports.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub category: Option<String>,
    /// For people.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub description: Option<String>,
    /// The caller's own words.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub metadata: BTreeMap<String, Datum>,
    /// How the amount came about.
    #[serde(default, skip_serializing_if = "Maths::is_empty")]
    pub maths: Maths,
    /// What the seller paid.
    pub amount: Amount,
    /// It was sent with more than 12 places, and was rounded to 12, half to even.
    /// Added later: absent means that it is as it was sent; an older deployment passes it over.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub rounded: bool,
    /// A code such as `USD`.
    pub currency: String,
}

/// What happened, or in an authorization what may happen.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct UsageEvent {
    /// Required when the event is recorded by itself; the operation id when it is not.
    /// Format 1, as all that is not marked.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub id: Option<String>,
    /// What prices are matched by.
    pub event_type: String,
    /// When it is recorded, where it does not say.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub occurred_at: Option<Instant>,
    /// The piece of work that the event belongs to: a run, an agent, a job.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub subject: Option<String>,
    /// Shown to the customer.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub description: Option<String>,
    /// What prices multiply, choose rows by and budgets tell apart.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub data: BTreeMap<String, Datum>,
    /// Added with costs: absent means none; an older deployment passes them over.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub costs: Vec<Cost>,
}

impl UsageEvent {
    /// Whether the event may be recorded now: neither longer ago than so many days, nor yet to come.
    ///
    /// # Errors
    /// Why not.
    pub fn check_time(&self, now: Instant, late_days: u32) -> Result<(), Untimely> {
        let Some(occurred_at) = self.occurred_at else {
            return Ok(());
        };
        // By the wallet's own setting, since only its owner knows how late his systems report.
        let grace = late_days.saturating_mul(SECONDS_OF_A_DAY);
        if occurred_at.plus_seconds(grace) < now {
            return Err(Untimely::TooLate);
        }
        if occurred_at > now.plus_seconds(FUTURE_SECONDS) {
            return Err(Untimely::InFuture);
        }
        Ok(())
    }
}
