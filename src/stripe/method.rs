//! A payment method that a customer keeps at Stripe, and what events say of one.
//!
//! | event type | it |
//! |---|---|
//! | `payment_method.attached`, `.updated`, `.automatically_updated` | may be the customer's, or has another number or end |
//! | `payment_method.detached` | is the customer's no more |
//! | `customer.deleted` | and with the customer all that it had |

use serde_json::Value;

use super::fields::Fields;
use super::interpretation::Problem;
use super::kept::{MethodNews, SavedMethod};

impl SavedMethod {
    /// From an answer of Stripe's API.
    ///
    /// # Errors
    /// A sentence that names the field at fault.
    pub fn of_reply(reply: &Value) -> Result<Self, String> {
        let unread = || "Stripe's answer is no object.".to_owned();
        let fields = Fields::of_event(reply).ok_or_else(unread)?;
        Self::read(&fields).map_err(|problem| problem.detail)
    }

    fn read(method: &Fields) -> Result<Self, Problem> {
        let kind = method.text("type")?;
        let details = method.optional_object(kind)?;
        let word = |name: &str| {
            let word = details.as_ref().map(|details| details.optional_text(name));
            Ok::<_, Problem>(word.transpose()?.flatten().map(str::to_owned))
        };
        let number = |name: &str| {
            let number = details
                .as_ref()
                .map(|details| details.optional_integer(name));
            Ok::<_, Problem>(number.transpose()?.flatten())
        };
        let brand = word("brand")?.or(word("bank_name")?);
        Ok(Self {
            id: method.text("id")?.to_owned(),
            customer: method.optional_id("customer")?.map(str::to_owned),
            brand: brand.unwrap_or_else(|| kind.to_owned()),
            last4: word("last4")?.unwrap_or_default(),
            good_until: number("exp_year")?.zip(number("exp_month")?),
            kind: kind.to_owned(),
        })
    }
}

impl MethodNews {
    /// What an event of this type says by its object; nothing where it is about something else.
    pub(super) fn read(event_type: &str, object: &Fields) -> Option<Self> {
        let id = || object.text("id").ok().map(str::to_owned);
        Some(match event_type {
            "payment_method.attached"
            | "payment_method.updated"
            | "payment_method.automatically_updated" => Self::Changed {
                method: id()?,
                customer: object.optional_id("customer").ok()?.map(str::to_owned),
            },
            "payment_method.detached" => Self::Detached { method: id()? },
            "customer.deleted" => Self::CustomerDeleted { customer: id()? },
            _ => return None,
        })
    }

    /// What Stripe writes into the object's own field `object`, where an event of this type is about methods.
    pub(super) fn object_name(event_type: &str) -> Option<&'static str> {
        match event_type {
            "customer.deleted" => Some("customer"),
            "payment_method.attached"
            | "payment_method.detached"
            | "payment_method.updated"
            | "payment_method.automatically_updated" => Some("payment_method"),
            _ => None,
        }
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn a_card_ends_and_an_account_has_a_bank() {
        let card = json!({"id": "pm_1", "customer": "cus_1", "type": "card",
            "card": {"brand": "visa", "last4": "4242", "exp_month": 3, "exp_year": 2031}});
        let read = SavedMethod::of_reply(&card).expect("it is readable");
        assert_eq!((read.brand.as_str(), read.last4.as_str()), ("visa", "4242"));
        assert_eq!(read.good_until, Some((2031, 3)));
        let account = json!({"id": "pm_2", "customer": null, "type": "us_bank_account",
            "us_bank_account": {"bank_name": "STRIPE TEST BANK", "last4": "6789"}});
        let read = SavedMethod::of_reply(&account).expect("it is readable");
        assert_eq!(
            (read.brand.as_str(), read.customer),
            ("STRIPE TEST BANK", None)
        );
        assert_eq!(read.good_until, None);
        // A kind of tomorrow is kept by its name.
        let new = json!({"id": "pm_3", "type": "iris"});
        let read = SavedMethod::of_reply(&new).expect("it is readable");
        assert_eq!((read.brand.as_str(), read.last4.as_str()), ("iris", ""));
        assert!(SavedMethod::of_reply(&json!({"id": "pm_4"})).is_err());
    }
}
