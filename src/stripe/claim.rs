//! What Stripe tells of a payment after it was made: refunds, disputes, warnings.
//!
//! | event type | what it says |
//! |---|---|
//! | `refund.created`, `refund.updated`, `charge.refund.updated` | the refund by its `status`: `failed` and `canceled` are over, every other status has happened |
//! | `refund.failed` | it is over |
//! | `charge.refunded` | how much was refunded in all: a check, and nothing is taken by it |
//! | `charge.dispute.created`, `.updated` | the dispute is open; an inquiry (`warning_…`) or one that is decided says nothing |
//! | `charge.dispute.funds_withdrawn` | the bank took the money; of an inquiry nothing |
//! | `charge.dispute.funds_reinstated` | it gave the money back |
//! | `charge.dispute.closed` | the dispute is over; of an inquiry nothing |
//! | `radar.early_fraud_warning.created` | a warning, which moves no money |
//!
//! All of them name the PaymentIntent, and none says whose wallet it is: metadata is not copied to refunds and
//! disputes. Of the metadata of a refund that we have asked for only the reason is read. What names no PaymentIntent is none of our payments.

use super::api::refund::REASON;
use super::currency;
use super::fields::Fields;
use super::interpretation::{ClaimEvent, IgnoreReason, ParkReason, Problem};

/// The types of events that tell of claims.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum ClaimType {
    Refund,
    FailedRefund,
    Charge,
    Dispute,
    Withdrawn,
    Reinstated,
    Closed,
    Warning,
}

/// A claim as its object tells it, or that it says nothing.
pub(super) type Read = Result<ReadClaim, IgnoreReason>;

/// What stands in the object.
pub(super) struct ReadClaim {
    pub payment: String,
    pub what: ClaimEvent,
    pub id: String,
    pub amount: String,
    pub currency: String,
    pub reason: Option<String>,
}

impl ClaimType {
    pub fn of(event_type: &str) -> Option<Self> {
        Some(match event_type {
            "refund.created" | "refund.updated" | "charge.refund.updated" => Self::Refund,
            "refund.failed" => Self::FailedRefund,
            "charge.refunded" => Self::Charge,
            "charge.dispute.created" | "charge.dispute.updated" => Self::Dispute,
            "charge.dispute.funds_withdrawn" => Self::Withdrawn,
            "charge.dispute.funds_reinstated" => Self::Reinstated,
            "charge.dispute.closed" => Self::Closed,
            "radar.early_fraud_warning.created" => Self::Warning,
            _ => return None,
        })
    }

    /// What Stripe writes into the object's own field `object`.
    pub const fn object_name(self) -> &'static str {
        match self {
            Self::Refund | Self::FailedRefund => "refund",
            Self::Charge => "charge",
            Self::Dispute | Self::Withdrawn | Self::Reinstated | Self::Closed => "dispute",
            Self::Warning => "radar.early_fraud_warning",
        }
    }

    /// What the object says.
    ///
    /// # Errors
    /// The first field at fault.
    pub fn read(self, object: &Fields) -> Result<Read, Problem> {
        let id = object.text("id")?.to_owned();
        let Some(payment) = object.optional_id("payment_intent")? else {
            return Ok(Err(IgnoreReason::NoPaymentIntent));
        };
        let status = object.optional_text("status")?.unwrap_or_default();
        let what = match self.said(status) {
            Ok(what) => what,
            Err(reason) => return Ok(Err(reason)),
        };
        let (amount, currency) = self.money(object)?;
        let reason = match self {
            Self::Closed => Some(status),
            Self::Warning => object.optional_text("fraud_type")?,
            Self::FailedRefund | Self::Refund if what == ClaimEvent::RefundFailed => {
                object.optional_text("failure_reason")?
            }
            Self::Charge => None,
            // In our caller's words, where we have asked for it: Stripe only knows three reasons.
            Self::FailedRefund | Self::Refund => match object.optional_object("metadata")? {
                Some(metadata) => metadata
                    .optional_text(REASON)?
                    .or(object.optional_text("reason")?),
                None => object.optional_text("reason")?,
            },
            _ => object.optional_text("reason")?,
        };
        Ok(Ok(ReadClaim {
            payment: payment.to_owned(),
            what,
            id,
            amount,
            currency,
            reason: reason.map(str::to_owned),
        }))
    }

    /// What has happened. Words that are new to us are those of a claim that goes on: it is better taken twice into
    /// account by a person than overlooked.
    fn said(self, status: &str) -> Result<ClaimEvent, IgnoreReason> {
        // An inquiry: nobody has taken any money.
        let inquiry = status.starts_with("warning_");
        Ok(match self {
            Self::FailedRefund => ClaimEvent::RefundFailed,
            Self::Refund if matches!(status, "failed" | "canceled") => ClaimEvent::RefundFailed,
            Self::Refund => ClaimEvent::Refunded,
            Self::Charge => ClaimEvent::ChargeRefunded,
            Self::Warning => ClaimEvent::FraudWarning,
            Self::Reinstated => ClaimEvent::FundsReinstated,
            _ if inquiry => return Err(IgnoreReason::Inquiry),
            Self::Withdrawn => ClaimEvent::FundsWithdrawn,
            Self::Closed => ClaimEvent::DisputeClosed,
            // Its end has an event of its own.
            Self::Dispute if matches!(status, "won" | "lost" | "prevented") => {
                return Err(IgnoreReason::DisputeDecided);
            }
            Self::Dispute => ClaimEvent::DisputeOpened,
        })
    }

    /// How much it is about. An amount below zero would give where it should take.
    fn money(self, object: &Fields) -> Result<(String, String), Problem> {
        let field = match self {
            Self::Warning => return Ok(("0".to_owned(), String::new())),
            Self::Charge => "amount_refunded",
            _ => "amount",
        };
        let units = object.integer(field)?;
        if units < 0 {
            return Err(object.problem(ParkReason::AmountOutOfRange, field, "is negative"));
        }
        let currency = object.text("currency")?;
        let amount = currency::major_units(currency, units).map_err(|unknown| {
            Problem::new(
                ParkReason::UnknownCurrency,
                format!("{unknown} Stripe's integer is {units}."),
            )
        })?;
        Ok((amount, currency.to_ascii_uppercase()))
    }
}
