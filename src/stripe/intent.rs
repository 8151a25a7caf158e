//! What a PaymentIntent says of a recharge: whether it is paid, and if not, why.
//!
//! | `status` | it |
//! |---|---|
//! | `succeeded` | is paid |
//! | `requires_action` | wants its owner to confirm |
//! | `requires_payment_method` | was declined, in the words of `last_payment_error` |
//! | `canceled` | is over, and nobody has paid |
//! | `processing` and any other | is under way |

use serde_json::Value;

use super::fields::Fields;
use super::interpretation::Problem;
use super::kept::{Intent, IntentState};

/// The metadata that names a recharge of ours.
const RECHARGE: &str = "scrip_recharge_id";

impl Intent {
    /// From an answer of Stripe's API.
    ///
    /// # Errors
    /// A sentence that names the field at fault.
    pub fn of_reply(reply: &Value) -> Result<Self, String> {
        let unread = || "Stripe's answer is no object.".to_owned();
        let fields = Fields::of_event(reply).ok_or_else(unread)?;
        Self::read(&fields).map_err(|problem| problem.detail)
    }

    /// From the object of an event.
    ///
    /// # Errors
    /// The first field at fault.
    pub(super) fn read(intent: &Fields) -> Result<Self, Problem> {
        Ok(Self {
            id: intent.text("id")?.to_owned(),
            recharge: named(intent)?,
            state: state(intent)?,
            amount: intent.integer("amount")?,
            currency: intent.text("currency")?.to_ascii_uppercase(),
        })
    }
}

fn state(intent: &Fields) -> Result<IntentState, Problem> {
    Ok(match intent.text("status")? {
        "succeeded" => IntentState::Paid,
        "requires_action" => IntentState::WantsOwner,
        "canceled" => IntentState::Declined {
            code: "canceled".to_owned(),
            decline_code: None,
        },
        "requires_payment_method" => {
            let error = intent.optional_object("last_payment_error")?;
            let word = |name: &str| {
                let word = error.as_ref().map(|error| error.optional_text(name));
                Ok::<_, Problem>(word.transpose()?.flatten().map(str::to_owned))
            };
            IntentState::of_decline(word("code")?, word("decline_code")?)
        }
        // What nobody knows yet must not read as unpaid: it would be asked for a second time.
        _ => IntentState::UnderWay,
    })
}

/// The recharge that an object names.
///
/// # Errors
/// A [`Problem`] where the metadata is none, or the name no text.
pub(super) fn named(object: &Fields) -> Result<Option<String>, Problem> {
    let Some(metadata) = object.optional_object("metadata")? else {
        return Ok(None);
    };
    Ok(metadata.optional_text(RECHARGE)?.map(str::to_owned))
}

/// Whether an event of this type speaks of a PaymentIntent that may be a recharge's.
pub(super) fn is_told_by(event_type: &str) -> bool {
    matches!(
        event_type,
        "payment_intent.succeeded"
            | "payment_intent.payment_failed"
            | "payment_intent.requires_action"
            | "payment_intent.processing"
            | "payment_intent.canceled"
    )
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn state_of(changes: &Value) -> IntentState {
        let mut intent = json!({"id": "pi_1", "amount": 5_000, "currency": "usd", "metadata": {}});
        for (name, value) in changes.as_object().expect("changes") {
            intent[name] = value.clone();
        }
        Intent::of_reply(&intent).expect("it is readable").state
    }

    #[test]
    fn only_what_says_so_is_paid_and_only_what_says_so_is_declined() {
        let of = |status: &str| state_of(&json!({"status": status}));
        assert_eq!(of("succeeded"), IntentState::Paid);
        assert_eq!(of("requires_action"), IntentState::WantsOwner);
        for open in [
            "processing",
            "requires_confirmation",
            "requires_capture",
            "new",
        ] {
            assert_eq!(of(open), IntentState::UnderWay, "{open}");
        }
        let declined = |code: &str, decline_code: Option<&str>| IntentState::Declined {
            code: code.to_owned(),
            decline_code: decline_code.map(str::to_owned),
        };
        assert_eq!(of("canceled"), declined("canceled", None));
        assert_eq!(
            of("requires_payment_method"),
            declined("card_declined", None)
        );
        let with = |error: Value| {
            state_of(&json!({"status": "requires_payment_method", "last_payment_error": error}))
        };
        assert_eq!(
            with(json!({"code": "card_declined", "decline_code": "insufficient_funds"})),
            declined("card_declined", Some("insufficient_funds"))
        );
        assert_eq!(
            with(json!({"code": "authentication_required"})),
            IntentState::WantsOwner
        );
        assert_eq!(
            with(json!({"code": "card_declined", "decline_code": "authentication_required"})),
            IntentState::WantsOwner
        );
        let unread = Intent::of_reply(&json!({"id": "pi_1", "status": "succeeded"}));
        assert_eq!(unread, Err("`amount` is missing.".to_owned()));
    }
}
