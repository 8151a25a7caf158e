//! What requests say of endpoints for any processor, and what a processor says of payments.

use serde::Serialize;

use crate::engine::Amount;
use crate::engine::loss::LossCause;
use crate::stripe;
use crate::wire::customer_ref::CustomerRef;
use crate::wire::ids::MAX_ID;
use crate::wire::json::{Errors, Object};
use crate::wire::problem::Problem;
use crate::wire::request::{MAX_WORDS, above_zero, or_empty, read};

use super::signature::key_of;

/// Most endpoints of one side of a platform account.
pub const MAX_ENDPOINTS: usize = 20;

/// How long a secret holds beside the next one, in seconds.
pub const DEFAULT_OVERLAP: u32 = 86_400;

/// The longest that it may, in seconds: 7 days.
pub const MAX_OVERLAP: u32 = 604_800;

/// `POST /v1/inbound-endpoints`: `{ "processor": "adyen" }`, or with the `secret` that the processor shows.
#[derive(Clone, PartialEq, Eq, Debug, Serialize)]
pub struct NewEndpoint {
    pub processor: String,
    /// Never written anywhere.
    #[serde(skip)]
    pub secret: Option<String>,
}

impl NewEndpoint {
    /// # Errors
    /// As [`read`].
    pub fn read(body: &str) -> Result<Self, Problem> {
        read(body, |object, errors| {
            let processor = object.code("processor", errors);
            let processor = object.require("processor", processor, errors);
            let secret = secret(object, errors);
            Some(Self {
                processor: processor?,
                secret,
            })
        })
    }
}

/// `POST /v1/inbound-endpoints/{id}/rotate`: `{ "secret": "whsec_…", "overlap_seconds": 86400 }`.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Rotation {
    /// One of ours is made where none is given.
    pub secret: Option<String>,
    /// How long the secret of before holds beside it.
    pub overlap: u32,
}

impl Rotation {
    /// # Errors
    /// As [`read`].
    pub fn read(body: &str) -> Result<Self, Problem> {
        read(or_empty(body), |object, errors| {
            let secret = secret(object, errors);
            let overlap = object.whole("overlap_seconds", 0..=MAX_OVERLAP, errors);
            Some(Self {
                secret,
                overlap: overlap.unwrap_or(DEFAULT_OVERLAP),
            })
        })
    }
}

fn secret(object: &Object<'_>, errors: &mut Errors) -> Option<String> {
    let secret = object.text("secret", MAX_ID, errors)?;
    if key_of(&secret).is_none() {
        let sentence = "must be whsec_ and the base 64 of 16 to 128 bytes, as Standard Webhooks writes secrets";
        errors.add("secret", sentence);
        return None;
    }
    Some(secret)
}

/// What a processor tells, in one documented form.
///
/// ```json
/// { "type": "payment.succeeded",
///   "data": { "payment_id": "pay_1", "customer_external_id": "acme", "amount": "20", "currency": "USD",
///             "asset": "CREDITS" } }
/// ```
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Told {
    Paid(PaymentTold),
    Refunded(RefundTold),
    /// Nothing about money that has moved.
    Other(String),
}

#[derive(Clone, PartialEq, Eq, Debug)]
pub struct PaymentTold {
    pub payment: String,
    /// Nobody is named, or one customer.
    pub customer: Option<CustomerRef>,
    pub amount: Amount,
    /// In capitals.
    pub currency: String,
    /// What it buys; the currency where nothing is said.
    pub asset: String,
    pub description: Option<String>,
}

/// A refund or a chargeback.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct RefundTold {
    pub cause: LossCause,
    /// The processor's id of it.
    pub refund: String,
    pub payment: String,
    pub amount: Amount,
    pub currency: String,
    pub description: Option<String>,
}

impl Told {
    /// # Errors
    /// As [`read`]. Fields that are not ours are let through: a processor may say more.
    pub fn read(body: &str) -> Result<Self, Problem> {
        read(body, |object, errors| {
            object.tolerate_all();
            let kind = object.text("type", MAX_ID, errors);
            let kind = object.require("type", kind, errors)?;
            let taken = taken(&kind);
            if kind != "payment.succeeded" && taken.is_none() {
                return Some(Self::Other(kind));
            }
            let data = object.object("data", errors);
            let data = object.require("data", data, errors)?;
            data.tolerate_all();
            let payment = data.text("payment_id", MAX_ID, errors);
            let payment = data.require("payment_id", payment, errors);
            let money = money(&data, errors);
            let description = data.text("description", MAX_WORDS, errors);
            if let Some((cause, name)) = taken {
                let refund = data.text(name, MAX_ID, errors);
                let refund = data.require(name, refund, errors);
                let (amount, currency) = money?;
                return Some(Self::Refunded(RefundTold {
                    cause,
                    refund: refund?,
                    payment: payment?,
                    amount,
                    currency,
                    description,
                }));
            }
            // Nobody named is no error here, because the money has come: it is kept for somebody to look at.
            let named = CustomerRef::FIELDS
                .iter()
                .any(|name| data.get(name).is_some());
            let customer = if named {
                CustomerRef::read(&data, errors)
            } else {
                None
            };
            let asset = data.code("asset", errors);
            let (amount, currency) = money?;
            Some(Self::Paid(PaymentTold {
                payment: payment?,
                customer,
                amount,
                asset: asset.unwrap_or_else(|| currency.clone()),
                currency,
                description,
            }))
        })
    }
}

/// What a type says of a payment that was made, and which field names the refund or the chargeback.
fn taken(kind: &str) -> Option<(LossCause, &'static str)> {
    Some(match kind {
        "payment.refunded" => (LossCause::Refunded, "refund_id"),
        "payment.refund_failed" => (LossCause::RefundFailed, "refund_id"),
        "payment.charged_back" => (LossCause::FundsWithdrawn, "chargeback_id"),
        "payment.chargeback_reversed" => (LossCause::FundsReinstated, "chargeback_id"),
        _ => return None,
    })
}

/// `amount` and `currency`: money that exists.
fn money(data: &Object<'_>, errors: &mut Errors) -> Option<(Amount, String)> {
    let amount = above_zero(data, "amount", errors);
    let amount = data.require("amount", amount, errors);
    let currency = data.code("currency", errors);
    let currency = data.require("currency", currency, errors);
    let (amount, currency) = (amount?, currency?.to_ascii_uppercase());
    // An amount that nobody can have paid is a mistake of the sender, who must hear of it.
    match stripe::minor_units(&currency, &amount.to_string()) {
        Ok(_) => Some((amount, currency)),
        Err(stripe::NotChargeable::UnknownCurrency(_)) => {
            errors.add(&data.path_of("currency"), "must be a currency, such as USD");
            None
        }
        Err(other) => {
            errors.add(&data.path_of("amount"), format!("cannot be paid. {other}"));
            None
        }
    }
}
