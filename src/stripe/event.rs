//! From the body of a verified event to what it means for a wallet.

use serde_json::Value;

use super::claim::ClaimType;
use super::fields::Fields;
use super::intent;
use super::interpretation::{
    Claim, Endpoint, IgnoreReason, Interpretation, ParkReason, Parked, Payment, Problem,
    RechargeNews, ThinEvent, TopUpNews,
};
use super::kept::{Intent, MethodNews};
use super::plan::PlanType;
use super::plan_news::PlanNews;
use super::receipt::{self, Money, PaymentId, Receipt, Standing};
use super::thin;
use super::top_up::{self, Kind};
use super::version;

/// Says what a verified event means for a wallet of its endpoint; the module's tables have the rules.
///
/// The answer depends on nothing else, so a delivery that Stripe repeats is answered the same each time. Of a known
/// version of the API only the fields that we read matter; where one is not there, the payment is parked with that
/// field's path.
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
    /// The version of the API that a snapshot is written in.
    version: Result<Option<&'a str>, Problem>,
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
            version: event.optional_text("api_version"),
        })
    }

    /// By type, then by form, then by what the object says of itself.
    fn interpret(&self, event: &Fields, endpoint: &Endpoint) -> Interpretation {
        // A thin event bears the name of its snapshot twin with a prefix.
        let snapshot_type = match self.form {
            Form::Thin => self.event_type.strip_prefix("v1."),
            Form::Snapshot | Form::Unknown => Some(self.event_type),
        };
        // After the type, because what is not about money is ignored in any form and any version. An unknown form keeps
        // its type, so that a payment in a form of tomorrow is parked rather than overlooked.
        let Some(said) = snapshot_type.and_then(object_of_type) else {
            let reason = IgnoreReason::NotAPayment;
            return Interpretation::Ignore { reason };
        };
        match self.form {
            Form::Thin => self.thin(event, snapshot_type.unwrap_or_default(), endpoint),
            Form::Unknown if is_money(self.event_type) => self.park(unknown_form(event), None),
            Form::Unknown => Interpretation::Ignore {
                reason: IgnoreReason::NotAPayment,
            },
            Form::Snapshot => match self.check_version(endpoint) {
                Ok(()) => self.snapshot(event, endpoint),
                Err(problem) => self.park_unread(event, said, problem),
            },
        }
    }

    /// A snapshot of a known version, whose type is in the table.
    fn snapshot(&self, event: &Fields, endpoint: &Endpoint) -> Interpretation {
        if let Some(kind) = ClaimType::of(self.event_type) {
            return self.claim(event, kind, endpoint);
        }
        if let Some(kind) = PlanType::of(self.event_type) {
            return self.plan(event, kind, endpoint);
        }
        let of_top_up = Kind::of(self.event_type);
        if let Some(news) = of_top_up.and_then(|kind| self.of_top_up(event, kind, endpoint)) {
            return news;
        }
        let of_recharge = self.of_recharge(event, endpoint);
        if let Some(news) = of_recharge.or_else(|| self.of_method(event, endpoint)) {
            return news;
        }
        let Some(carrier) = Carrier::of(self.event_type) else {
            let reason = IgnoreReason::NotAPayment;
            return Interpretation::Ignore { reason };
        };
        match read_receipt(event, carrier) {
            Ok(receipt) => self.settle(receipt, endpoint),
            Err(problem) => self.park(problem, None),
        }
    }

    /// # Errors
    /// The event is written in a version that nobody has looked at.
    fn check_version(&self, endpoint: &Endpoint) -> Result<(), Problem> {
        let Some(said) = self.version.clone()? else {
            return Ok(());
        };
        if version::is_known(said, endpoint.api_version.as_deref()) {
            return Ok(());
        }
        // Cut, because it is told to people and anybody with the secret could have written it.
        let said: String = said.chars().take(40).collect();
        let detail = format!(
            "It is written in version `{said}` of Stripe's API, which this release does not know. Set the endpoint's \
             version at Stripe to a known one and send the event again; or pin `api_version` of the endpoint here, \
             once you have made sure that its events read the same."
        );
        Err(Problem::new(ParkReason::UnknownVersion, detail))
    }

    /// Nothing is read of the money. The payment's own id means the same in all versions, so that another event of
    /// the payment settles it.
    fn park_unread(&self, event: &Fields, object: &str, problem: Problem) -> Interpretation {
        let mut parked = self.parked(problem);
        if matches!(object, "payment_intent" | "checkout.session") {
            let id = object_of(event, object).and_then(|object| object.text("id"));
            parked.payment = id.ok().map(str::to_owned);
        }
        Interpretation::Park(parked)
    }

    /// What has become of a payment, whose wallet the caller knows.
    fn claim(&self, event: &Fields, kind: ClaimType, endpoint: &Endpoint) -> Interpretation {
        let read = self.read_claim(event, kind, endpoint);
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
        match self.read_plan(event, kind, endpoint) {
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

    /// What it says of an automatic recharge of ours; `None` where it names none, and is about other money.
    fn of_recharge(&self, event: &Fields, endpoint: &Endpoint) -> Option<Interpretation> {
        if !intent::is_told_by(self.event_type) {
            return None;
        }
        let object = object_of(event, Carrier::Intent.object_name()).ok()?;
        let recharge = intent::named(&object).ok()??;
        let receipt = Carrier::Intent.receipt(&object);
        let read = self
            .check_claims(&receipt, endpoint)
            .and_then(|()| Intent::read(&object));
        Some(match read {
            Ok(intent) => {
                let untold = Problem::new(ParkReason::Contradictory, String::new());
                Interpretation::Recharge(Box::new(RechargeNews {
                    recharge,
                    intent,
                    parked: self.parked_with(untold, receipt),
                }))
            }
            Err(problem) => self.park(problem, Some(receipt)),
        })
    }

    /// What it says of payment methods; `None` where it is about something else.
    fn of_method(&self, event: &Fields, endpoint: &Endpoint) -> Option<Interpretation> {
        let object = object_of(event, MethodNews::object_name(self.event_type)?).ok()?;
        let news = MethodNews::read(self.event_type, &object)?;
        let sides = [(self.livemode.clone().ok(), "The event's `livemode`")];
        let is_ours = check_sides(&sides, endpoint).and_then(|()| self.check_connected(endpoint));
        Some(match is_ours {
            Ok(()) => Interpretation::Method(news),
            // It moves no money, so nobody has to look at it.
            Err(_) => Interpretation::Ignore {
                reason: IgnoreReason::OtherSide,
            },
        })
    }

    /// A thin event names its object and tells nothing of it: the object is fetched, unless the event contradicts its
    /// endpoint.
    fn thin(&self, event: &Fields, snapshot_type: &str, endpoint: &Endpoint) -> Interpretation {
        let untold = Problem::new(
            ParkReason::ThinEvent,
            "A thin event holds no data, and what it names could not be fetched. Connect Stripe with a key that may read \
             it, let the endpoint receive snapshot events, or credit it by hand.",
        );
        let id = event
            .object("related_object")
            .and_then(|object| object.text("id"))
            .ok()
            .map(str::to_owned);
        let mut parked = self.parked(untold);
        // A session's PaymentIntent, and with it the operation, is not told, so nothing but a person can settle that one.
        if object_of_type(snapshot_type) == Some(Carrier::Intent.object_name()) {
            parked.op = id.clone().map(|id| PaymentId::Intent(id).op());
        }
        parked.payment = id;
        let sides = || Ok([(Some(self.livemode.clone()?), "The event's `livemode`")]);
        let checked = sides().and_then(|sides| check_sides(&sides, endpoint));
        let related = checked
            .and_then(|()| self.check_connected(endpoint))
            .and_then(|()| thin::related(event));
        match related {
            Ok(related) => Interpretation::Fetch(Box::new(ThinEvent {
                event_id: self.id.to_owned(),
                event_type: snapshot_type.to_owned(),
                object_id: related.id,
                url: related.url,
                context: self.context(),
                snapshot: related.snapshot,
                parked: is_money(snapshot_type).then_some(parked),
            })),
            // It would only say how far a payment has come, so nobody needs to look at it.
            Err(_) if !is_money(snapshot_type) => Interpretation::Ignore {
                reason: IgnoreReason::NotAPayment,
            },
            Err(Problem { reason, detail }) => Interpretation::Park(Parked {
                reason,
                detail,
                ..parked
            }),
        }
    }

    /// The connected account on which it happened.
    fn context(&self) -> Option<String> {
        let accounts = self.connected_accounts.as_ref().ok()?;
        accounts.first().map(|account| (*account).to_owned())
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

/// Whether money may have moved; the other types of the table only say how far a payment has come.
fn is_money(event_type: &str) -> bool {
    // Of what is told of plans only this one has taken money.
    let pays_plan = matches!(PlanType::of(event_type), Some(PlanType::Paid));
    pays_plan || ClaimType::of(event_type).is_some() || Carrier::of(event_type).is_some()
}

/// What the object of such an event is, where the table of the module's documentation has the type; every other one is
/// ignored.
fn object_of_type(event_type: &str) -> Option<&'static str> {
    let of_top_up = |kind: Kind| {
        if kind.is_session() {
            Carrier::Session.object_name()
        } else {
            Carrier::Intent.object_name()
        }
    };
    let claim = ClaimType::of(event_type).map(ClaimType::object_name);
    let carrier = || Carrier::of(event_type).map(Carrier::object_name);
    let of_recharge = || intent::is_told_by(event_type).then_some(Carrier::Intent.object_name());
    claim
        .or_else(carrier)
        .or_else(|| Kind::of(event_type).map(of_top_up))
        .or_else(of_recharge)
        .or_else(|| MethodNews::object_name(event_type))
        .or_else(|| PlanType::of(event_type).map(PlanType::object_name))
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
