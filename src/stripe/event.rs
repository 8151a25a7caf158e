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

fn unreadable(detail: String) -> Interpretation {
    Interpretation::Unreadable { detail }
}

/// What every event has around its object.
struct Envelope<'a> {
    id: &'a str,
    event_type: &'a str,
    form: Form,
    livemode: Result<bool, Problem>,
    connected_account: Option<&'a str>,
}

/// Stripe sends events in two forms and may send new ones.
enum Form {
    Snapshot,
    Thin,
    Unknown,
}

/// The objects that can carry money to a wallet.
#[derive(Clone, Copy)]
enum Carrier {
    Session,
    Intent,
}

impl Carrier {
    /// The table of the module's documentation: every type that is not here is ignored.
    fn of(event_type: &str) -> Option<Self> {
        match event_type {
            "checkout.session.completed" | "checkout.session.async_payment_succeeded" => {
                Some(Self::Session)
            }
            "payment_intent.succeeded" => Some(Self::Intent),
            _ => None,
        }
    }

    const fn object_name(self) -> &'static str {
        match self {
            Self::Session => "checkout.session",
            Self::Intent => "payment_intent",
        }
    }
}

impl<'a> Envelope<'a> {
    fn read(event: &Fields<'a>) -> Result<Self, Problem> {
        let form = match event.optional_text("object") {
            Ok(Some("event")) => Form::Snapshot,
            Ok(Some("v2.core.event")) => Form::Thin,
            Ok(_) | Err(_) => Form::Unknown,
        };
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

    fn interpret(&self, event: &Fields) -> Interpretation {
        // A thin event bears the name of its snapshot twin with a prefix.
        let snapshot_type = match self.form {
            Form::Thin => self.event_type.strip_prefix("v1."),
            Form::Snapshot | Form::Unknown => Some(self.event_type),
        };
        let Some(carrier) = snapshot_type.and_then(Carrier::of) else {
            let reason = IgnoreReason::NotAPayment;
            return Interpretation::Ignore { reason };
        };
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
            // The session's PaymentIntent, and with it the operation, is not told.
            Carrier::Session => {}
        }
        parked.payment = related;
        Interpretation::Park(parked)
    }

    /// Credits when every part of the receipt is there; else parks with the first problem.
    fn settle(&self, receipt: Receipt) -> Interpretation {
        let ignore = |reason| Interpretation::Ignore { reason };
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

    fn payment(&self, receipt: &Receipt) -> Result<Payment, Problem> {
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

    fn park(&self, problem: Problem, receipt: Option<Receipt>) -> Interpretation {
        let parked = self.parked(problem);
        let Some(receipt) = receipt else {
            return Interpretation::Park(parked);
        };
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

fn read_receipt(event: &Fields, carrier: Carrier) -> Result<Receipt, Problem> {
    let object = event.object("data")?.object("object")?;
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
