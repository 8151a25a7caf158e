//! What an event says of a top-up of ours: one whose metadata names it.
//!
//! | event type | what it says |
//! |---|---|
//! | `checkout.session.completed`, `…async_payment_succeeded` | the session, paid or waiting |
//! | `checkout.session.async_payment_failed` | a delayed method has failed |
//! | `checkout.session.expired` | nobody can pay any more |
//! | `payment_intent.succeeded` | paid; the session has to be asked for what was sold and for its tax |
//! | `payment_intent.processing`, `…partially_funded` | somebody is at it: a delayed method, a bank transfer |

use super::fields::Fields;
use super::interpretation::{ParkReason, Problem};
use super::sale::{Session, TopUpEvent};

/// The types of events that speak of top-ups.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Kind {
    Session,
    SessionFailed,
    IntentSucceeded,
    IntentWaiting,
}

impl Kind {
    pub fn of(event_type: &str) -> Option<Self> {
        match event_type {
            "checkout.session.completed"
            | "checkout.session.async_payment_succeeded"
            | "checkout.session.expired" => Some(Self::Session),
            "checkout.session.async_payment_failed" => Some(Self::SessionFailed),
            "payment_intent.succeeded" => Some(Self::IntentSucceeded),
            "payment_intent.processing" | "payment_intent.partially_funded" => {
                Some(Self::IntentWaiting)
            }
            _ => None,
        }
    }

    /// Whether the object is a session; else it is a PaymentIntent.
    pub const fn is_session(self) -> bool {
        matches!(self, Self::Session | Self::SessionFailed)
    }

    /// What the object says.
    ///
    /// # Errors
    /// The first field at fault.
    pub fn read(self, object: &Fields) -> Result<TopUpEvent, Problem> {
        Ok(match self {
            Self::Session => TopUpEvent::Session(Box::new(Session::read(object)?)),
            Self::SessionFailed => TopUpEvent::Failed,
            Self::IntentWaiting => TopUpEvent::Waiting,
            Self::IntentSucceeded => {
                // The type alone is only a word: the object has to agree that money came.
                if object
                    .optional_text("status")?
                    .is_some_and(|status| status != "succeeded")
                {
                    let predicate = "is not `succeeded`, although the event says so; look the payment up in Stripe";
                    return Err(object.problem(ParkReason::Contradictory, "status", predicate));
                }
                TopUpEvent::IntentSucceeded {
                    intent: object.text("id")?.to_owned(),
                }
            }
        })
    }
}

/// The top-up that an object names.
///
/// # Errors
/// A [`Problem`] where the metadata is none, or the name no text.
pub(super) fn named(object: &Fields) -> Result<Option<String>, Problem> {
    let Some(metadata) = object.optional_object("metadata")? else {
        return Ok(None);
    };
    Ok(metadata
        .optional_text("scrip_top_up_id")?
        .map(str::to_owned))
}
