//! From the body of a verified event to what it means for a wallet.

use serde_json::Value;

use super::fields::Fields;
use super::interpretation::{IgnoreReason, Interpretation, ParkReason, Parked, Payment, Problem};
use super::receipt::{self, Money, PaymentId, Receipt, Standing};

/// Says what a verified event means for a wallet; the module's table has the rules.
///
/// The answer depends on nothing but `body`, so a delivery that Stripe repeats is answered the same each time. The
/// version of the API does not matter as long as the fields we read are there; where one is not, the payment is parked
/// with that field's path.
pub fn interpret(body: &str) -> Interpretation {
    // Read as a plain value rather than as types of Stripe's: its API has many versions, and a
    // field that we never look at must not make a payment unreadable.
    let event: Value = match serde_json::from_str(body) {
        Ok(event) => event,
        Err(error) => return unreadable(format!("The body is not JSON: {error}.")),
    };
    let Some(fields) = Fields::of_event(&event) else {
        return unreadable("The body is not a JSON object.".to_owned());
    };
    match Envelope::read(&fields) {
        Ok(envelope) => envelope.interpret(&fields),
        Err(problem) => unreadable(problem.detail),
    }
}

/// What is no event at all: nothing in it could be parked under a name.
fn unreadable(detail: String) -> Interpretation {
    Interpretation::Unreadable { detail }
}

/// What every event has around its object.
struct Envelope<'a> {
    /// Stripe's `evt_…`; without it a body is no event.
    id: &'a str,
    /// What happened, in Stripe's words.
    event_type: &'a str,
    /// Whether the object is inside.
    form: Form,
    /// The side. That it cannot be told only matters once there is money to put on one.
    livemode: Result<bool, Problem>,
    /// The account at Stripe on which it happened, for platforms that use Connect.
    connected_account: Option<&'a str>,
}

/// Stripe sends events in two forms and may send new ones.
enum Form {
    /// `"object": "event"`: it holds the object as it was when the event was made.
    Snapshot,
    /// `"object": "v2.core.event"`: it only names its object.
    Thin,
    /// Anything else, from a version of Stripe's API that is still to come.
    Unknown,
}

/// The objects that can carry money to a wallet.
#[derive(Clone, Copy)]
enum Carrier {
    /// A Checkout session. It knows its tax, and mostly whose wallet it is for.
    Session,
    /// A PaymentIntent: behind a session, or by itself where the payer was absent.
    Intent,
}

impl Carrier {
    /// The table of the module's documentation: every type that is not here is ignored.
    fn of(event_type: &str) -> Option<Self> {
        // `charge.succeeded` is left out, because a charge tells of the same money as its
        // PaymentIntent, and that one has the metadata.
        match event_type {
            "checkout.session.completed" | "checkout.session.async_payment_succeeded" => {
                Some(Self::Session)
            }
            "payment_intent.succeeded" => Some(Self::Intent),
            _ => None,
        }
    }

    /// What Stripe writes into the object's own field `object`.
    const fn object_name(self) -> &'static str {
        match self {
            Self::Session => "checkout.session",
            Self::Intent => "payment_intent",
        }
    }
}

impl<'a> Envelope<'a> {
    /// Reads what is around the object, in either form.
    ///
    /// # Errors
    /// A [`Problem`] where `id` or `type` is missing or no text.
    fn read(event: &Fields<'a>) -> Result<Self, Problem> {
        let form = match event.optional_text("object") {
            Ok(Some("event")) => Form::Snapshot,
            Ok(Some("v2.core.event")) => Form::Thin,
            Ok(_) | Err(_) => Form::Unknown,
        };
        // Only passed on and never decided by, so one that cannot be read stops no payment.
        let account = event.optional_text("account").ok().flatten();
        let context = || event.optional_text("context").ok().flatten();
        Ok(Self {
            id: event.text("id")?,
            event_type: event.text("type")?,
            form,
            livemode: event.flag("livemode"),
            connected_account: account.or_else(context),
        })
    }

    /// By type, then by form, then by what the object says of itself.
    fn interpret(&self, event: &Fields) -> Interpretation {
        // A thin event bears the name of its snapshot twin with a prefix.
        let snapshot_type = match self.form {
            Form::Thin => self.event_type.strip_prefix("v1."),
            Form::Snapshot | Form::Unknown => Some(self.event_type),
        };
        // An unknown form keeps its type, so that a payment in a form of tomorrow is parked rather
        // than overlooked.
        let Some(carrier) = snapshot_type.and_then(Carrier::of) else {
            let reason = IgnoreReason::NotAPayment;
            return Interpretation::Ignore { reason };
        };
        // After the type, because what is not about money is ignored in any form.
        match self.form {
            Form::Thin => self.park_thin(event, carrier),
            Form::Unknown => {
                let reason = ParkReason::UnreadableObject;
                let predicate = "is neither `event` nor `v2.core.event`";
                self.park(event.problem(reason, "object", predicate), None)
            }
            Form::Snapshot => match read_receipt(event, carrier) {
                Ok(receipt) => self.settle(receipt),
                Err(problem) => self.park(problem, None),
            },
        }
    }

    /// A thin event names its object and tells nothing of it.
    fn park_thin(&self, event: &Fields, carrier: Carrier) -> Interpretation {
        let related = event
            .object("related_object")
            .and_then(|object| object.text("id"))
            .ok()
            .map(str::to_owned);
        let problem = Problem::new(
            ParkReason::ThinEvent,
            "A thin event holds no amount; let the endpoint receive snapshot events, or credit by hand.",
        );
        let mut parked = self.parked(problem);
        match carrier {
            Carrier::Intent => {
                parked.op = related.clone().map(|id| PaymentId::Intent(id).op());
            }
            // The session's PaymentIntent, and with it the operation, is not told, so nothing but a
            // person can settle this one.
            Carrier::Session => {}
        }
        parked.payment = related;
        Interpretation::Park(parked)
    }

    /// Credits when every part of the receipt is there; else parks with the first problem.
    fn settle(&self, receipt: Receipt) -> Interpretation {
        let ignore = |reason| Interpretation::Ignore { reason };
        // Before all else that may be wrong: what is no payment needs nobody's attention, whomever
        // it names or does not name.
        match &receipt.standing {
            Ok(Standing::Passed(reason)) => return ignore(*reason),
            Ok(Standing::Paid) if receipt.money.as_ref().is_ok_and(Money::is_zero) => {
                return ignore(IgnoreReason::NothingToCredit);
            }
            Ok(Standing::Paid) | Err(_) => {}
        }
        match self.payment(&receipt) {
            Ok(payment) => Interpretation::Credit(payment),
            Err(problem) => self.park(problem, Some(receipt)),
        }
    }

    /// The credit, where every part of the receipt can be read.
    ///
    /// # Errors
    /// The first [`Problem`]: of the standing, the id, the money, the side, the customer.
    fn payment(&self, receipt: &Receipt) -> Result<Payment, Problem> {
        // The first problem is the one that is told, so whether money moved at all comes before how
        // much, on which side, and whose it is.
        receipt.standing.as_ref().map_err(Problem::clone)?;
        let payment = receipt.payment.clone()?;
        let money = receipt.money.clone()?;
        let livemode = self.agreed_livemode(receipt)?;
        let customer = receipt.customer.clone()?;
        Ok(Payment {
            event_id: self.id.to_owned(),
            event_type: self.event_type.to_owned(),
            op: payment.op(),
            description: payment.description(),
            payment: payment.into_id(),
            session: receipt.session.clone(),
            livemode,
            connected_account: self.connected_account.map(str::to_owned),
            account: receipt.account.clone(),
            customer,
            asset: money.asset,
            amount: money.amount,
            tax_known: money.tax_known,
        })
    }

    /// Test money must never fill a live wallet, so whoever states a side must state the event's.
    fn agreed_livemode(&self, receipt: &Receipt) -> Result<bool, Problem> {
        let livemode = self.livemode.clone()?;
        let disagrees = |side: &Option<bool>| side.is_some_and(|side| side != livemode);
        let wrong_mode = |detail| Err(Problem::new(ParkReason::WrongMode, detail));
        if disagrees(&receipt.stated_livemode.clone()?) {
            return wrong_mode(
                "The metadata's scrip_mode is not the side of the event's livemode.",
            );
        }
        if disagrees(&receipt.object_livemode.clone()?) {
            return wrong_mode("`data.object.livemode` is not the event's `livemode`.");
        }
        Ok(livemode)
    }

    /// Keeps the payment for a person, with the parts that could be read.
    fn park(&self, problem: Problem, receipt: Option<Receipt>) -> Interpretation {
        let parked = self.parked(problem);
        let Some(receipt) = receipt else {
            return Interpretation::Park(parked);
        };
        // What could be read is kept, because whoever credits it by hand has nothing else to go by.
        let payment = receipt.payment.ok();
        Interpretation::Park(Parked {
            account: receipt.account,
            customer: receipt.customer.ok(),
            op: payment.as_ref().map(PaymentId::op),
            payment: payment.map(PaymentId::into_id),
            asset: receipt.currency,
            amount: receipt.money.ok().map(|money| money.amount),
            ..parked
        })
    }

    /// The event parked with nothing read of its object.
    fn parked(&self, problem: Problem) -> Parked {
        Parked {
            event_id: self.id.to_owned(),
            event_type: self.event_type.to_owned(),
            livemode: self.livemode.as_ref().ok().copied(),
            reason: problem.reason,
            detail: problem.detail,
            connected_account: self.connected_account.map(str::to_owned),
            account: None,
            customer: None,
            payment: None,
            op: None,
            asset: None,
            amount: None,
        }
    }
}

/// The object inside a snapshot, as a receipt.
///
/// # Errors
/// A [`Problem`] where `data.object` is absent, or another kind of object than the type
/// promises.
fn read_receipt(event: &Fields, carrier: Carrier) -> Result<Receipt, Problem> {
    let object = event.object("data")?.object("object")?;
    // The type alone does not prove what is inside, and another object's fields must never be read
    // as this one's.
    if object.text("object")? != carrier.object_name() {
        let predicate = format!("is not `{}`", carrier.object_name());
        return Err(object.problem(ParkReason::UnreadableObject, "object", &predicate));
    }
    Ok(match carrier {
        Carrier::Session => receipt::of_session(&object),
        Carrier::Intent => receipt::of_intent(&object),
    })
}

#[cfg(test)]
mod tests;
