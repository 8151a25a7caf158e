//! From the body of a verified event to what it means for a wallet.

use serde_json::Value;

use super::claim::ClaimType;
use super::fields::Fields;
use super::interpretation::{
    Claim, Endpoint, IgnoreReason, Interpretation, ParkReason, Parked, Payment, Problem, TopUpNews,
};
use super::plan::PlanType;
use super::plan_news::PlanNews;
use super::receipt::{self, Money, PaymentId, Receipt, Standing};
use super::top_up::{self, Kind};

/// Says what a verified event means for a wallet of its endpoint; the module's tables have the rules.
///
/// The answer depends on nothing else, so a delivery that Stripe repeats is answered the same each time. The
/// version of the API does not matter as long as the fields we read are there; where one is not, the payment is parked
/// with that field's path.
pub fn interpret(body: &str, endpoint: &Endpoint) -> Interpretation {
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
        Ok(envelope) => envelope.interpret(&fields, endpoint),
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
    /// The accounts at Stripe on which it happened, for platforms that use Connect: `account` of a snapshot, `context`
    /// of a thin event. None on the endpoint's own.
    connected_accounts: Result<Vec<&'a str>, Problem>,
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

    fn receipt(self, object: &Fields) -> Receipt {
        match self {
            Self::Session => receipt::of_session(object),
            Self::Intent => receipt::of_intent(object),
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
        let account = event.optional_text("account");
        let context = event.optional_text("context");
        let both = account.and_then(|account| context.map(|context| [account, context]));
        Ok(Self {
            id: event.text("id")?,
            event_type: event.text("type")?,
            form,
            livemode: event.flag("livemode"),
            connected_accounts: both.map(|both| both.into_iter().flatten().collect()),
        })
    }

    /// By type, then by form, then by what the object says of itself.
    fn interpret(&self, event: &Fields, endpoint: &Endpoint) -> Interpretation {
        // A thin event bears the name of its snapshot twin with a prefix.
        let snapshot_type = match self.form {
            Form::Thin => self.event_type.strip_prefix("v1."),
            Form::Snapshot | Form::Unknown => Some(self.event_type),
        };
        if let Some(kind) = snapshot_type.and_then(ClaimType::of) {
            return self.claim(event, kind, endpoint);
        }
        if let Some(kind) = snapshot_type.and_then(PlanType::of) {
            return self.plan(event, kind, endpoint);
        }
        if matches!(self.form, Form::Snapshot)
            && let Some(news) =
                Kind::of(self.event_type).and_then(|kind| self.of_top_up(event, kind, endpoint))
        {
            return news;
        }
        // An unknown form keeps its type, so that a payment in a form of tomorrow is parked rather
        // than overlooked.
        let Some(carrier) = snapshot_type.and_then(Carrier::of) else {
            let reason = IgnoreReason::NotAPayment;
            return Interpretation::Ignore { reason };
        };
        // After the type, because what is not about money is ignored in any form.
        match self.form {
            Form::Thin => self.park_thin(event, carrier),
            Form::Unknown => self.park(unknown_form(event), None),
            Form::Snapshot => match read_receipt(event, carrier) {
                Ok(receipt) => self.settle(receipt, endpoint),
                Err(problem) => self.park(problem, None),
            },
        }
    }

    /// What has become of a payment, whose wallet the caller knows.
    fn claim(&self, event: &Fields, kind: ClaimType, endpoint: &Endpoint) -> Interpretation {
        let read = match self.form {
            Form::Thin => Err(Problem::new(
                ParkReason::ThinEvent,
                "A thin event does not tell the payment; let the endpoint receive snapshot events.",
            )),
            Form::Unknown => Err(unknown_form(event)),
            Form::Snapshot => self.read_claim(event, kind, endpoint),
        };
        match read {
            Ok(Ok(claim)) => Interpretation::Claim(claim),
            Ok(Err(reason)) => Interpretation::Ignore { reason },
            Err(problem) => self.park(problem, None),
        }
    }

    /// # Errors
    /// The first field at fault, or the first claim that contradicts the endpoint.
    fn read_claim(
        &self,
        event: &Fields,
        kind: ClaimType,
        endpoint: &Endpoint,
    ) -> Result<Result<Claim, IgnoreReason>, Problem> {
        let object = object_of(event, kind.object_name())?;
        let read = match kind.read(&object)? {
            Ok(read) => read,
            Err(reason) => return Ok(Err(reason)),
        };
        let sides = [
            (Some(self.livemode.clone()?), "The event's `livemode`"),
            (object.optional_flag("livemode")?, "`data.object.livemode`"),
        ];
        check_sides(&sides, endpoint)?;
        self.check_connected(endpoint)?;
        Ok(Ok(Claim {
            event_id: self.id.to_owned(),
            event_type: self.event_type.to_owned(),
            payment: read.payment,
            what: read.what,
            id: read.id,
            amount: read.amount,
            currency: read.currency,
            reason: read.reason,
        }))
    }

    /// What it says of a subscription, whoever's that is.
    fn plan(&self, event: &Fields, kind: PlanType, endpoint: &Endpoint) -> Interpretation {
        let read = match self.form {
            Form::Thin => Err(Problem::new(
                ParkReason::ThinEvent,
                "A thin event does not tell the invoice; let the endpoint receive snapshot events.",
            )),
            Form::Unknown => Err(unknown_form(event)),
            Form::Snapshot => self.read_plan(event, kind, endpoint),
        };
        match read {
            Ok(Some(news)) => Interpretation::Plan(Box::new(news)),
            // An invoice that no subscription made, such as the receipt of a session.
            Ok(None) => Interpretation::Ignore {
                reason: IgnoreReason::NotAPayment,
            },
            Err(problem) => self.park(problem, None),
        }
    }

    /// # Errors
    /// The first field at fault, or the first claim that contradicts the endpoint.
    fn read_plan(
        &self,
        event: &Fields,
        kind: PlanType,
        endpoint: &Endpoint,
    ) -> Result<Option<PlanNews>, Problem> {
        let object = object_of(event, kind.object_name())?;
        let Some((stripe_id, named, what)) = kind.read(&object)? else {
            return Ok(None);
        };
        let sides = [
            (Some(self.livemode.clone()?), "The event's `livemode`"),
            (object.optional_flag("livemode")?, "`data.object.livemode`"),
        ];
        check_sides(&sides, endpoint)?;
        self.check_connected(endpoint)?;
        Ok(Some(PlanNews {
            event_id: self.id.to_owned(),
            event_type: self.event_type.to_owned(),
            stripe_id,
            named,
            what,
        }))
    }

    /// What it says of a top-up of ours; `None` where it names none, and is about other money.
    fn of_top_up(&self, event: &Fields, kind: Kind, endpoint: &Endpoint) -> Option<Interpretation> {
        let carrier = if kind.is_session() {
            Carrier::Session
        } else {
            Carrier::Intent
        };
        // What cannot be read is no top-up's, and is told by the ways of other payments.
        let object = object_of(event, carrier.object_name()).ok()?;
        let top_up = top_up::named(&object).ok()??;
        let receipt = carrier.receipt(&object);
        let what = self
            .check_claims(&receipt, endpoint)
            .and_then(|()| kind.read(&object));
        match what {
            Ok(what) => {
                let untold = Problem::new(ParkReason::Contradictory, String::new());
                let parked = self.parked_with(untold, receipt);
                Some(Interpretation::TopUp(Box::new(TopUpNews {
                    top_up,
                    what,
                    parked,
                })))
            }
            Err(problem) => Some(self.park(problem, Some(receipt))),
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
    fn settle(&self, receipt: Receipt, endpoint: &Endpoint) -> Interpretation {
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
        match self.payment(&receipt, endpoint) {
            Ok(payment) => Interpretation::Credit(payment),
            Err(problem) => self.park(problem, Some(receipt)),
        }
    }

    /// The credit, where every part of the receipt can be read.
    ///
    /// # Errors
    /// The first [`Problem`]: of the standing, the id, the money, the claims, the customer.
    fn payment(&self, receipt: &Receipt, endpoint: &Endpoint) -> Result<Payment, Problem> {
        // The first problem is the one that is told, so whether money moved at all comes before how
        // much, on which side, and whose it is.
        receipt.standing.as_ref().map_err(Problem::clone)?;
        let payment = receipt.payment.clone()?;
        let money = receipt.money.clone()?;
        self.check_claims(receipt, endpoint)?;
        let customer = receipt.customer.clone()?;
        Ok(Payment {
            event_id: self.id.to_owned(),
            event_type: self.event_type.to_owned(),
            op: payment.op(),
            description: payment.description(),
            payment: payment.into_id(),
            session: receipt.session.clone(),
            customer,
            asset: money.asset,
            amount: money.amount,
            paid: money.paid,
            tax_known: money.tax_known,
        })
    }

    /// Whatever the event says of its side and its account must be what its secret says.
    ///
    /// # Errors
    /// The first claim that contradicts the endpoint, or cannot be read.
    fn check_claims(&self, receipt: &Receipt, endpoint: &Endpoint) -> Result<(), Problem> {
        let sides = [
            (Some(self.livemode.clone()?), "The event's `livemode`"),
            (receipt.object_livemode.clone()?, "`data.object.livemode`"),
            (
                receipt.stated_livemode.clone()?,
                "The metadata's scrip_mode",
            ),
        ];
        check_sides(&sides, endpoint)?;
        if receipt
            .account
            .as_ref()
            .is_some_and(|account| *account != endpoint.account)
        {
            let detail =
                "The metadata's scrip_account is not the platform account of the endpoint.";
            return Err(Problem::new(ParkReason::WrongAccount, detail));
        }
        self.check_connected(endpoint)
    }

    /// # Errors
    /// The event happened on an account at Stripe that the endpoint does not list.
    fn check_connected(&self, endpoint: &Endpoint) -> Result<(), Problem> {
        let mapped = |account: &&str| endpoint.connected_accounts.iter().any(|one| one == account);
        if !self.connected_accounts.clone()?.iter().all(mapped) {
            let detail = "It happened on a connected account that the endpoint does not list; add it to the \
                          endpoint's connected_accounts if its payments are for this platform account.";
            return Err(Problem::new(ParkReason::UnmappedAccount, detail));
        }
        Ok(())
    }

    /// Keeps the payment for a person, with the parts that could be read.
    fn park(&self, problem: Problem, receipt: Option<Receipt>) -> Interpretation {
        Interpretation::Park(match receipt {
            Some(receipt) => self.parked_with(problem, receipt),
            None => self.parked(problem),
        })
    }

    fn parked_with(&self, problem: Problem, receipt: Receipt) -> Parked {
        // What could be read of the money is kept, because whoever credits it by hand has nothing else to go by.
        let payment = receipt.payment.ok();
        let money = receipt.money.ok();
        Parked {
            op: payment.as_ref().map(PaymentId::op),
            payment: payment.map(PaymentId::into_id),
            session: receipt.session,
            asset: receipt.currency,
            tax_known: money.as_ref().is_some_and(|money| money.tax_known),
            paid: money.as_ref().map(|money| money.paid.clone()),
            amount: money.map(|money| money.amount),
            ..self.parked(problem)
        }
    }

    /// The event parked with nothing read of its object.
    fn parked(&self, problem: Problem) -> Parked {
        Parked {
            event_id: self.id.to_owned(),
            event_type: self.event_type.to_owned(),
            reason: problem.reason,
            detail: problem.detail,
            payment: None,
            session: None,
            op: None,
            asset: None,
            amount: None,
            paid: None,
            tax_known: false,
        }
    }
}

/// The object inside a snapshot, as a receipt.
///
/// # Errors
/// A [`Problem`] where `data.object` is absent, or another kind of object than the type
/// promises.
fn read_receipt(event: &Fields, carrier: Carrier) -> Result<Receipt, Problem> {
    Ok(carrier.receipt(&object_of(event, carrier.object_name())?))
}

/// The object inside a snapshot, which is what its event promises.
fn object_of<'a>(event: &Fields<'a>, name: &str) -> Result<Fields<'a>, Problem> {
    let object = event.object("data")?.object("object")?;
    // The type alone does not prove what is inside, and another object's fields must never be read
    // as this one's.
    if object.text("object")? != name {
        let predicate = format!("is not `{name}`");
        return Err(object.problem(ParkReason::UnreadableObject, "object", &predicate));
    }
    Ok(object)
}

fn unknown_form(event: &Fields) -> Problem {
    let predicate = "is neither `event` nor `v2.core.event`";
    event.problem(ParkReason::UnreadableObject, "object", predicate)
}

/// # Errors
/// The first of what is said of the side, by what it is said, that is not the endpoint's.
fn check_sides(sides: &[(Option<bool>, &str)], endpoint: &Endpoint) -> Result<(), Problem> {
    let wrong =
        |(claim, _): &&(Option<bool>, _)| claim.is_some_and(|side| side != endpoint.livemode);
    let Some((_, claim)) = sides.iter().find(wrong) else {
        return Ok(());
    };
    let side = if endpoint.livemode { "live" } else { "test" };
    let detail = format!("{claim} contradicts the endpoint, which is of the {side} side.");
    Err(Problem::new(ParkReason::WrongMode, detail))
}

#[cfg(test)]
mod tests;
