//! What a Checkout session says of a top-up: whether it is paid, and how much of what was sold the payer
//! has paid for.
//!
//! | `amount_subtotal` | what we asked for: it must be what the top-up says |
//! | `amount_discount` | what a promotion code took off: a promotion, and no revenue |
//! | `amount_tax`, `amount_shipping` | never credit |
//! | `presentment_details` | what the payer saw, since 2025-03-31: never looked at |
//! | `currency_conversion` | before that the session itself was in the payer's currency, and here stands ours |

use serde_json::Value;

use super::currency;
use super::fields::Fields;
use super::interpretation::{ParkReason, Problem};
use super::sale::{Receipt, Session, SessionState};

impl Session {
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
    pub(super) fn read(session: &Fields) -> Result<Self, Problem> {
        let presented = session.text("currency")?;
        let total = session.integer("amount_total")?;
        let subtotal = session.integer("amount_subtotal")?;
        let details = session.optional_object("total_details")?;
        let part = |name: &str| {
            let part = details
                .as_ref()
                .map(|details| details.optional_integer(name));
            Ok(part.transpose()?.flatten().unwrap_or(0))
        };
        let (discount, tax) = (part("amount_discount")?, part("amount_tax")?);
        // What the integers of before 2025-03-31 are worth in the currency that we asked for.
        let (currency, sold, paid) = match session.optional_object("currency_conversion")? {
            Some(ours) => (
                ours.text("source_currency")?,
                ours.integer("amount_subtotal")?,
                ours.integer("amount_total")?,
            ),
            None => (presented, subtotal, total),
        };
        let out_of_range = |name| {
            let predicate = "is not what a total can be";
            session.problem(ParkReason::AmountOutOfRange, name, predicate)
        };
        let net = subtotal.checked_sub(discount);
        let net = net.filter(|net| *net >= 0 && discount >= 0 && subtotal > 0);
        Ok(Self {
            id: session.text("id")?.to_owned(),
            url: session.optional_text("url")?.map(str::to_owned),
            state: state(session, total)?,
            intent: session.optional_id("payment_intent")?.map(str::to_owned),
            currency: currency.to_ascii_uppercase(),
            sold,
            paid,
            net: net.ok_or_else(|| out_of_range("amount_subtotal"))?,
            of: subtotal,
            receipt: receipt(session, presented, total, tax)?,
        })
    }
}

fn state(session: &Fields, total: i64) -> Result<SessionState, Problem> {
    let is_over = match session.optional_text("status")? {
        Some("expired") => return Ok(SessionState::Expired),
        Some("open") => false,
        // Events of old versions have no status, and are of sessions that are over.
        _ => true,
    };
    match session.text("payment_status")? {
        "paid" => Ok(SessionState::Paid),
        "unpaid" if is_over => Ok(SessionState::Waiting),
        "unpaid" => Ok(SessionState::Open),
        "no_payment_required" if total == 0 && is_over => Ok(SessionState::Free),
        "no_payment_required" if !is_over => Ok(SessionState::Open),
        _ => {
            let predicate = "says neither that it is paid nor that it is not";
            Err(session.problem(ParkReason::Contradictory, "payment_status", predicate))
        }
    }
}

fn receipt(session: &Fields, currency: &str, total: i64, tax: i64) -> Result<Receipt, Problem> {
    let unknown = |error: currency::UnknownCurrency| {
        Problem::new(ParkReason::UnknownCurrency, error.to_string())
    };
    // Only where the answer was asked to have them inside.
    let charge = session
        .optional_object("payment_intent")
        .ok()
        .flatten()
        .and_then(|intent| intent.optional_object("latest_charge").ok().flatten());
    let of_charge = |name: &str| {
        let text = charge.as_ref()?.optional_text(name).ok()??;
        Some(text.to_owned())
    };
    Ok(Receipt {
        amount: currency::major_units(currency, total).map_err(unknown)?,
        tax: currency::major_units(currency, tax).map_err(unknown)?,
        currency: currency.to_ascii_uppercase(),
        url: of_charge("receipt_url"),
        number: of_charge("receipt_number"),
    })
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn session(changes: Value) -> Result<Session, String> {
        let mut session = json!({"id": "cs_1", "object": "checkout.session", "status": "complete",
            "payment_status": "paid", "payment_intent": "pi_1", "currency": "usd",
            "amount_subtotal": 1_000, "amount_total": 1_000,
            "total_details": {"amount_discount": 0, "amount_tax": 0, "amount_shipping": 0}});
        for (name, value) in changes.as_object().expect("changes") {
            session[name] = value.clone();
        }
        Session::of_reply(&session)
    }

    #[test]
    fn what_was_sold_is_the_subtotal_whatever_was_paid() {
        let taxed = session(json!({"amount_total": 1_190, "total_details": {"amount_tax": 190}}));
        let taxed = taxed.expect("a session");
        assert_eq!((taxed.sold, taxed.net, taxed.of), (1_000, 1_000, 1_000));
        assert_eq!(
            (taxed.receipt.amount.as_str(), taxed.receipt.tax.as_str()),
            ("11.9", "1.9")
        );
        let cheaper =
            session(json!({"amount_total": 800, "total_details": {"amount_discount": 200}}));
        let cheaper = cheaper.expect("a session");
        assert_eq!((cheaper.sold, cheaper.net, cheaper.of), (1_000, 800, 1_000));
    }

    #[test]
    fn what_the_payer_saw_changes_nothing() {
        let new = json!({"presentment_details": {"presentment_amount": 1_370, "presentment_currency": "cad"}});
        let old = json!({"currency": "cad", "amount_subtotal": 1_370, "amount_total": 1_370,
            "currency_conversion": {"amount_subtotal": 1_000, "amount_total": 1_000, "fx_rate": "1.37",
                "source_currency": "usd"}});
        for changes in [new, old] {
            let seen = session(changes).expect("a session");
            assert_eq!((seen.currency.as_str(), seen.sold), ("USD", 1_000));
            assert_eq!(seen.net, seen.of);
        }
    }

    #[test]
    fn how_far_it_has_come_is_said_by_two_words() {
        for (status, payment, total, state) in [
            ("open", "unpaid", 1_000, SessionState::Open),
            ("open", "no_payment_required", 0, SessionState::Open),
            ("complete", "unpaid", 1_000, SessionState::Waiting),
            ("complete", "paid", 1_000, SessionState::Paid),
            ("complete", "no_payment_required", 0, SessionState::Free),
            ("expired", "unpaid", 1_000, SessionState::Expired),
        ] {
            let read = session(
                json!({"status": status, "payment_status": payment, "amount_total": total}),
            );
            assert_eq!(read.map(|one| one.state), Ok(state), "{status} {payment}");
        }
        for odd in [
            json!({"payment_status": "no_payment_required"}),
            json!({"payment_status": "later"}),
            json!({"amount_subtotal": 0}),
            json!({"total_details": {"amount_discount": 1_001}}),
            json!({"total_details": {"amount_discount": -1}}),
            json!({"currency": "xxx"}),
            json!({"amount_total": null}),
        ] {
            assert!(session(odd.clone()).is_err(), "{odd}");
        }
    }

    #[test]
    fn a_receipt_is_told_by_the_charge() {
        let charge = json!({"receipt_url": "https://pay.example/r", "receipt_number": "1234-5678"});
        let intent = json!({"id": "pi_1", "latest_charge": charge});
        let read = session(json!({"payment_intent": intent})).expect("a session");
        assert_eq!(read.intent.as_deref(), Some("pi_1"));
        assert_eq!(read.receipt.url.as_deref(), Some("https://pay.example/r"));
        assert_eq!(read.receipt.number.as_deref(), Some("1234-5678"));
    }
}
