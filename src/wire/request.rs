//! From a request body to a command. Bad input is answered with everything that is wrong, by field.

use crate::engine::command::{CreditSource, DebitCause, ExternalId};
use crate::engine::grant::Purpose;
use crate::engine::hold::{DEFAULT_SECONDS, HoldId, MAX_SECONDS};
use crate::engine::scope::Scope;
use crate::engine::usage::{Cost, MAX_LATE_DAYS, Maths};
use crate::engine::{
    AccountId, Action, Amount, Ask, Asset, Command, Credit, Debit, OnInsufficient, Quantity,
    Settle, UsageEvent, hold_end_op,
};
use crate::journal::chain::request_digest;

use super::ids::MAX_ID;
use super::json::{self, Errors, Object};
use super::limits;
use super::problem::{Failure, Problem};
use super::subscription::PricedSubscription;

/// Most usage events in one request.
pub const MAX_EVENTS: usize = 1_000;

/// Most costs of one usage event.
pub const MAX_COSTS: usize = 100;

/// The currency of a cost that names none.
pub const COST_CURRENCY: &str = "USD";

/// Longest description, subject and reason, in characters.
pub const MAX_WORDS: usize = 1_000;

/// Reads a body with a function that notes what is wrong.
///
/// # Errors
/// `malformed_body` where the body is not JSON, `validation_failed` with all errors by field.
pub fn read<'a, T>(
    body: &'a str,
    decode: impl FnOnce(&Object<'a>, &mut Errors) -> Option<T>,
) -> Result<T, Problem> {
    let mut errors = Errors::default();
    let object =
        json::parse(body, &mut errors).map_err(|detail| Failure::MalformedBody.because(detail))?;
    let value = decode(&object, &mut errors);
    Ok(errors.check(value)?)
}

/// The customer that a request names, by either id.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum CustomerRef {
    Id(String),
    ExternalId(String),
}

impl CustomerRef {
    /// Exactly one of `customer_id` and `customer_external_id`.
    pub fn read(object: &Object<'_>, errors: &mut Errors) -> Option<Self> {
        let id = object.text("customer_id", MAX_ID, errors);
        let external = object.text("customer_external_id", MAX_ID, errors);
        match (id, external) {
            (Some(id), None) => Some(Self::Id(id)),
            (None, Some(external)) => Some(Self::ExternalId(external)),
            (None, None) => {
                let given = object
                    .get("customer_id")
                    .or(object.get("customer_external_id"));
                if given.is_none() {
                    errors.add(
                        "customer_id",
                        "is required, or customer_external_id instead",
                    );
                }
                None
            }
            (Some(_), Some(_)) => {
                errors.add(
                    "customer_external_id",
                    "must be left out when customer_id is given",
                );
                None
            }
        }
    }
}

/// What routes a request to its wallet. The wallet reads the body again and in full, so a plain
/// request is only searched for its customer here.
///
/// # Errors
/// As [`read`].
pub fn customer_of(body: &str) -> Result<CustomerRef, Problem> {
    if let Ok(named) = serde_json::from_str::<Named<'_>>(body)
        && let Some(customer) = named.customer()
    {
        return Ok(customer);
    }
    read(body, |object, errors| CustomerRef::read(object, errors))
}

/// The two names of a customer, where they are plain text without escapes.
#[derive(serde::Deserialize)]
struct Named<'a> {
    customer_id: Option<&'a str>,
    customer_external_id: Option<&'a str>,
}

impl Named<'_> {
    /// The customer, when there is nothing to complain about.
    fn customer(&self) -> Option<CustomerRef> {
        let plain = |text: &str| !text.is_empty() && text.len() <= MAX_ID;
        match (self.customer_id, self.customer_external_id) {
            (Some(id), None) if plain(id) => Some(CustomerRef::Id(id.to_owned())),
            (None, Some(external))
                if plain(external) && !external.chars().any(char::is_control) =>
            {
                Some(CustomerRef::ExternalId(external.to_owned()))
            }
            _ => None,
        }
    }
}

/// The id of an operation: in the body, or in the `Idempotency-Key` header.
fn operation_id(
    object: &Object<'_>,
    field: &str,
    key: Option<&str>,
    errors: &mut Errors,
) -> Option<String> {
    if let Some(id) = object.text(field, MAX_ID, errors) {
        return Some(id);
    }
    if let Some(key) = key {
        let fits = !key.is_empty() && key.chars().count() <= MAX_ID;
        if !fits {
            errors.add(
                "Idempotency-Key",
                format!("must have 1 to {MAX_ID} characters"),
            );
        }
        return fits.then(|| key.to_owned());
    }
    if object.get(field).is_none() {
        errors.add(field, "is required, or an Idempotency-Key header instead");
    }
    None
}

/// A command under an operation id, with the digest of what was asked.
pub(crate) fn command(op: String, action: Action) -> Command {
    let asked = serde_json::to_string(&action).unwrap_or_default();
    let request = request_digest(&[&asked]);
    Command {
        op,
        request,
        action,
    }
}

/// Opens a wallet and copies products in; the wallet's own first commands.
#[must_use]
pub fn open_wallet(
    wallet: &str,
    customer: &str,
    subscriptions: Vec<PricedSubscription>,
) -> Vec<Command> {
    let open = Action::OpenWallet {
        wallet: wallet.to_owned(),
        customer: customer.to_owned(),
    };
    let mut commands = vec![command("open".to_owned(), open)];
    for (place, subscription) in subscriptions.into_iter().enumerate() {
        commands.push(subscription.command(format!("open:subscription:{place}")));
    }
    commands
}

/// Tells a wallet which external id its customer has now. Each change has a number of its own.
#[must_use]
pub fn change_external_id(external: &ExternalId) -> Command {
    let op = format!("external_id:{}", external.revision);
    command(op, Action::ChangeExternalId(external.clone()))
}

/// `POST /v1/authorize`.
///
/// # Errors
/// As [`read`].
pub fn authorize(body: &str, key: Option<&str>) -> Result<Command, Problem> {
    read(body, |object, errors| {
        object.only(
            &[
                "id",
                "customer_id",
                "customer_external_id",
                "events",
                "asset",
                "amount",
                "on_insufficient",
                "expires_in",
                "subject",
            ],
            errors,
        );
        let id = operation_id(object, "id", key, errors);
        let ask = ask(object, errors);
        if asks_nothing(object) {
            errors.add("events", "is required, or asset and amount instead");
        }
        let words = ["deny", "cap"];
        let cap = object
            .word("on_insufficient", &words, errors)
            .is_some_and(|word| word == "cap");
        let seconds = object.whole("expires_in", 1..=MAX_SECONDS, errors);
        let subject = object.text("subject", MAX_WORDS, errors);
        let action = Action::Authorize {
            ask: ask?,
            on_insufficient: if cap {
                OnInsufficient::Cap
            } else {
                OnInsufficient::Deny
            },
            seconds: seconds.unwrap_or(DEFAULT_SECONDS),
            subject,
        };
        Some(command(format!("authorize:{}", id?), action))
    })
}

/// Whether a request names neither usage nor an amount, not even wrongly.
fn asks_nothing(object: &Object<'_>) -> bool {
    let given = |name: &&str| object.get(name).is_some();
    !["events", "asset", "amount"].iter().any(given)
}

/// Usage events or a plain amount; not both.
fn ask(object: &Object<'_>, errors: &mut Errors) -> Option<Ask> {
    let plain = object.get("amount").is_some() || object.get("asset").is_some();
    if object.get("events").is_some() {
        if plain {
            errors.add("amount", "must be left out when events are given");
            return None;
        }
        return Some(Ask::Usage(events(object, Identity::Optional, errors)?));
    }
    if !plain {
        return None;
    }
    let asset = object.code("asset", errors);
    let asset = object.require("asset", asset, errors);
    let amount = not_negative(object, "amount", errors);
    Some(Ask::Amount {
        asset: asset?,
        amount: amount?,
    })
}

pub(super) fn not_negative(object: &Object<'_>, name: &str, errors: &mut Errors) -> Option<Amount> {
    let amount = object.amount(name, errors);
    let amount = object.require(name, amount, errors)?;
    if amount.is_negative() {
        errors.add(&object.path_of(name), "must not be negative");
        return None;
    }
    Some(amount)
}

/// `POST /v1/holds/{id}/extend`.
///
/// # Errors
/// As [`read`].
pub fn extend(body: &str, key: Option<&str>, hold: HoldId) -> Result<Command, Problem> {
    read(body, |object, errors| {
        object.only(&["id", "events", "asset", "amount", "expires_in"], errors);
        let id = operation_id(object, "id", key, errors);
        let ask = ask(object, errors);
        let seconds = object.whole("expires_in", 1..=MAX_SECONDS, errors);
        if asks_nothing(object) && object.get("expires_in").is_none() {
            errors.add("expires_in", "is required, or events, or asset and amount");
        }
        let action = Action::ExtendHold { hold, ask, seconds };
        Some(command(format!("hold:{hold}:extend:{}", id?), action))
    })
}

/// `POST /v1/holds/{id}/capture`. A final capture without an id is identified by its hold.
///
/// # Errors
/// As [`read`].
pub fn capture(body: &str, key: Option<&str>, hold: HoldId) -> Result<Command, Problem> {
    read(or_empty(body), |object, errors| {
        object.only(&["id", "events", "asset", "amount", "final"], errors);
        let closes = object.flag("final", errors).unwrap_or(true);
        let settle = settle(object, errors);
        let op = if closes {
            // Its id only has to be readable: the hold ends once, whatever the id.
            object.text("id", MAX_ID, errors);
            hold_end_op(hold)
        } else {
            let id = operation_id(object, "id", key, errors)?;
            format!("hold:{hold}:capture:{id}")
        };
        let action = Action::CaptureHold {
            hold,
            settle: settle?,
            closes,
        };
        Some(command(op, action))
    })
}

fn settle(object: &Object<'_>, errors: &mut Errors) -> Option<Settle> {
    let plain = object.get("amount").is_some() || object.get("asset").is_some();
    match (object.get("events").is_some(), plain) {
        (true, true) => {
            errors.add("amount", "must be left out when events are given");
            None
        }
        (true, false) => Some(Settle::Usage(events(object, Identity::Optional, errors)?)),
        (false, true) => {
            let asset = object.code("asset", errors);
            let amount = not_negative(object, "amount", errors)?;
            Some(Settle::Amount { asset, amount })
        }
        (false, false) => Some(Settle::Everything),
    }
}

/// `POST /v1/holds/{id}/release`.
///
/// # Errors
/// As [`read`].
pub fn release(body: &str, hold: HoldId) -> Result<Command, Problem> {
    read(or_empty(body), |object, errors| {
        object.only(&["id", "reason"], errors);
        object.text("id", MAX_ID, errors);
        let reason = object.text("reason", MAX_WORDS, errors);
        Some(command(
            hold_end_op(hold),
            Action::ReleaseHold { hold, reason },
        ))
    })
}

/// A call that needs no words may be sent without a body.
fn or_empty(body: &str) -> &str {
    if body.trim().is_empty() { "{}" } else { body }
}

/// `POST /v1/events`: one command per event, each under the event's own id.
///
/// # Errors
/// As [`read`].
pub fn record_usage(body: &str) -> Result<Vec<Command>, Problem> {
    read(body, |object, errors| {
        let events = events(object, Identity::Required, errors);
        let events = object.require("events", events, errors)?;
        let record = |event: UsageEvent| {
            let id = event.id.clone().unwrap_or_default();
            command(format!("event:{id}"), Action::RecordUsage { event })
        };
        Some(events.into_iter().map(record).collect())
    })
}

/// `POST /v1/products/{id}/{version}/simulate-usage`: events that need no moment, and whose id is
/// their place when they have none.
///
/// # Errors
/// As [`read`].
pub fn simulate_usage(body: &str) -> Result<Vec<UsageEvent>, Problem> {
    read(body, |object, errors| {
        let events = events(object, Identity::Optional, errors);
        let mut events = object.require("events", events, errors)?;
        for (place, event) in events.iter_mut().enumerate() {
            event.id.get_or_insert_with(|| format!("events[{place}]"));
        }
        Some(events)
    })
}

/// Whether events have to say who they are and when they happened.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Identity {
    Required,
    Optional,
}

fn events(object: &Object<'_>, identity: Identity, errors: &mut Errors) -> Option<Vec<UsageEvent>> {
    let items = object.objects("events", MAX_EVENTS, errors)?;
    if items.is_empty() {
        errors.add(&object.path_of("events"), "must have at least one event");
        return None;
    }
    let mut events = Vec::with_capacity(items.len());
    for item in &items {
        // Every event is read, so that all errors are reported at once.
        events.extend(usage_event(item, identity, errors));
    }
    (events.len() == items.len()).then_some(events)
}

fn usage_event(object: &Object<'_>, identity: Identity, errors: &mut Errors) -> Option<UsageEvent> {
    let mut id = object.text("id", MAX_ID, errors);
    let mut occurred_at = object.time("occurred_at", errors);
    if identity == Identity::Required {
        id = object.require("id", id, errors);
        occurred_at = object.require("occurred_at", occurred_at, errors);
    }
    let event_type = object.text("event_type", MAX_ID, errors);
    let event_type = object.require("event_type", event_type, errors);
    let subject = object.text("subject", MAX_WORDS, errors);
    let description = object.text("description", MAX_WORDS, errors);
    let data = object.data("data", errors);
    let costs = costs(object, errors);
    Some(UsageEvent {
        id,
        event_type: event_type?,
        occurred_at,
        subject,
        description,
        data,
        costs,
    })
}

/// What an event cost its seller. An id names a cost within its event.
fn costs(object: &Object<'_>, errors: &mut Errors) -> Vec<Cost> {
    let items = object.objects("costs", MAX_COSTS, errors);
    let mut costs: Vec<Cost> = Vec::new();
    for item in items.iter().flatten() {
        let Some(cost) = cost(item, errors) else {
            continue;
        };
        if costs.iter().any(|other| other.id == cost.id) {
            errors.add(&item.path_of("id"), "is given to two costs of this event");
        }
        costs.push(cost);
    }
    costs
}

fn cost(object: &Object<'_>, errors: &mut Errors) -> Option<Cost> {
    let id = object.text("id", MAX_ID, errors);
    let id = object.require("id", id, errors);
    let vendor_id = object.text("vendor_id", MAX_ID, errors);
    let vendor_external_id = object.text("vendor_external_id", MAX_ID, errors);
    let names = |name: &str| object.get(name).is_some();
    match (names("vendor_id"), names("vendor_external_id")) {
        (false, false) => errors.add(
            &object.path_of("vendor_id"),
            "is required, or vendor_external_id instead",
        ),
        (true, true) => errors.add(
            &object.path_of("vendor_external_id"),
            "must be left out when vendor_id is given",
        ),
        (true, false) | (false, true) => {}
    }
    let currency = object.code("currency", errors);
    if currency
        .as_ref()
        .is_some_and(|code| code.to_ascii_uppercase() != *code)
    {
        let sentence = "must be a currency in capitals, such as USD";
        errors.add(&object.path_of("currency"), sentence);
    }
    let category = object.text("category", MAX_ID, errors);
    let description = object.text("description", MAX_WORDS, errors);
    let metadata = object.data("metadata", errors);
    let maths = maths(object, "units", errors);
    Some(Cost {
        amount: not_negative(object, "amount", errors)?,
        id: id?,
        vendor_id,
        vendor_external_id,
        category,
        description,
        metadata,
        maths,
        currency: currency.unwrap_or_else(|| COST_CURRENCY.to_owned()),
    })
}

/// How an amount came about; `units` is the name of the field that counts units.
fn maths(object: &Object<'_>, units: &str, errors: &mut Errors) -> Maths {
    let mut amount = |name: &str| {
        let amount = object.amount(name, errors)?;
        if amount.is_negative() {
            errors.add(&object.path_of(name), "must not be negative");
        }
        Some(amount)
    };
    let maths = Maths {
        units: amount(units).and_then(Quantity::new),
        unit_price: amount("unit_price"),
        input_volume: amount("input_volume").and_then(Quantity::new),
        volume_rate: amount("volume_rate"),
        package_size: amount("package_size").and_then(Quantity::new),
    };
    if maths.package_size == Some(Quantity::ZERO) {
        errors.add(&object.path_of("package_size"), "must be above zero");
    }
    maths
}

/// `PUT …/wallet/settings`.
///
/// # Errors
/// As [`read`].
pub fn settings(body: &str, key: Option<&str>) -> Result<Command, Problem> {
    read(body, |object, errors| {
        let id = operation_id(object, "id", key, errors);
        let days = object.whole("late_events_days", 0..=MAX_LATE_DAYS, errors);
        let days = object.require("late_events_days", days, errors);
        let action = Action::ChangeSettings {
            late_events_days: days?,
        };
        Some(command(format!("settings:{}", id?), action))
    })
}

/// An adjustment or a charge before its asset has been looked up.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Transaction {
    pub id: String,
    pub account: AccountId,
    /// Above zero it is credit, below it is debit.
    pub amount: Amount,
    pub kind: TransactionKind,
    pub subject: Option<String>,
    pub description: Option<String>,
    pub metadata: crate::engine::command::Metadata,
    pub maths: Maths,
}

#[derive(Clone, PartialEq, Eq, Debug)]
pub enum TransactionKind {
    Adjustment {
        reason: String,
        effective_at: Option<crate::engine::Instant>,
        expires_at: Option<crate::engine::Instant>,
        /// What the credit may be spent on.
        scope: Scope,
    },
    Charge,
}

/// The reasons that an adjustment may give.
const REASONS: [&str; 4] = ["gift", "external_topup", "external_refund", "other"];

/// `POST …/wallet/adjustments`.
///
/// # Errors
/// As [`read`].
pub fn adjustment(body: &str, key: Option<&str>) -> Result<Transaction, Problem> {
    read(body, |object, errors| {
        let id = operation_id(object, "transaction_id", key, errors);
        let account = account(object, errors);
        let amount = object.amount("amount", errors);
        let amount = object.require("amount", amount, errors);
        if amount.is_some_and(Amount::is_zero) {
            errors.add(
                "amount",
                "must not be zero: above is credit, below is debit",
            );
        }
        let reason = object.word("reason", &REASONS, errors);
        let reason = object.require("reason", reason, errors);
        let effective_at = object.time("effective_at", errors);
        let expires_at = object.time("expires_at", errors);
        if effective_at
            .zip(expires_at)
            .is_some_and(|(start, end)| end <= start)
        {
            errors.add("expires_at", "must be later than effective_at");
        }
        let scope = limits::restricted_to(object, errors);
        let debits = amount.is_some_and(Amount::is_negative);
        for (name, time) in [("effective_at", effective_at), ("expires_at", expires_at)] {
            if debits && time.is_some() {
                errors.add(name, "must be left out when the amount is negative");
            }
        }
        if debits && object.get("restricted_to").is_some() {
            let sentence = "must be left out when the amount is negative";
            errors.add("restricted_to", sentence);
        }
        Some(Transaction {
            id: id?,
            account: account?,
            amount: amount?,
            kind: TransactionKind::Adjustment {
                reason: reason?,
                effective_at,
                expires_at,
                scope,
            },
            subject: None,
            description: object.text("description", MAX_WORDS, errors),
            metadata: object.metadata("metadata", errors),
            maths: Maths::default(),
        })
    })
}

/// `POST …/wallet/charges`.
///
/// # Errors
/// As [`read`].
pub fn charge(body: &str, key: Option<&str>) -> Result<Transaction, Problem> {
    read(body, |object, errors| {
        let id = operation_id(object, "transaction_id", key, errors);
        let account = account(object, errors);
        let amount = object.amount("amount", errors);
        let amount = object.require("amount", amount, errors);
        if amount.is_some_and(|amount| !amount.is_positive()) {
            errors.add("amount", "must be above zero");
        }
        let subject = object.text("subject", MAX_WORDS, errors);
        let description = object.text("description", MAX_WORDS, errors);
        let metadata = object.metadata("metadata", errors);
        let maths = maths(object, "input_units", errors);
        Some(Transaction {
            id: id?,
            account: account?,
            amount: amount?,
            kind: TransactionKind::Charge,
            subject,
            description,
            metadata,
            maths,
        })
    })
}

pub(super) fn account(object: &Object<'_>, errors: &mut Errors) -> Option<AccountId> {
    let asset = object.code("asset", errors);
    let asset = object.require("asset", asset, errors);
    let name = object.code("account_name", errors);
    let name = name.unwrap_or_else(|| crate::engine::asset::DEFAULT_ACCOUNT.to_owned());
    Some(AccountId::new(&name, &asset?))
}

impl Transaction {
    /// The command, once the asset is known.
    #[must_use]
    pub fn command(self, asset: Asset) -> Command {
        let op = format!("tx:{}", self.id);
        let cause = match self.kind {
            TransactionKind::Adjustment {
                reason,
                effective_at,
                expires_at,
                scope,
            } if self.amount.is_positive() => {
                let credit = Credit {
                    account: self.account,
                    asset,
                    amount: self.amount,
                    purpose: purpose(&reason),
                    effective_at,
                    expires_at,
                    scope,
                    source: CreditSource::Adjustment { reason },
                    description: self.description,
                    metadata: self.metadata,
                };
                return command(op, Action::Credit(credit));
            }
            TransactionKind::Adjustment { reason, .. } => DebitCause::Adjustment { reason },
            TransactionKind::Charge => DebitCause::Charge,
        };
        let amount = if self.amount.is_negative() {
            self.amount.negated()
        } else {
            self.amount
        };
        let debit = Debit {
            account: self.account,
            asset,
            amount,
            cause,
            subject: self.subject,
            description: self.description,
            metadata: self.metadata,
            maths: self.maths,
        };
        command(op, Action::Debit(debit))
    }
}

/// Credit that somebody paid for elsewhere is paid credit; a gift never is.
fn purpose(reason: &str) -> Purpose {
    match reason {
        "external_topup" | "external_refund" => Purpose::Paid,
        _ => Purpose::Promotion,
    }
}

/// A payment that the processor has confirmed.
#[derive(Clone, PartialEq, Eq, Debug, serde::Serialize, serde::Deserialize)]
pub struct ConfirmedPayment {
    pub op: String,
    pub payment: String,
    pub event: String,
    pub asset: String,
    pub precision: u32,
    pub amount: Amount,
    /// The amount is without tax already.
    pub tax_known: bool,
    pub description: String,
}

impl ConfirmedPayment {
    /// The credit. It is identified by the payment alone: every event of one payment asks the same.
    #[must_use]
    pub fn credit(&self) -> Command {
        let asset = Asset {
            code: self.asset.clone(),
            precision: self.precision,
        };
        let action = Action::Credit(Credit {
            account: AccountId::default_for(&self.asset),
            asset,
            amount: self.amount,
            purpose: Purpose::Paid,
            effective_at: None,
            expires_at: None,
            scope: Scope::default(),
            source: CreditSource::Payment {
                payment: self.payment.clone(),
                event: self.event.clone(),
                tax_known: self.tax_known,
            },
            description: Some(self.description.clone()),
            metadata: crate::engine::command::Metadata::new(),
        });
        Command {
            op: self.op.clone(),
            request: request_digest(&["payment", &self.payment]),
            action,
        }
    }

    /// Takes the tax back that an earlier event of the same payment could not know.
    #[must_use]
    pub fn exclude_tax(&self, grant: u64, tax: Amount) -> Command {
        Command {
            op: format!("{}:tax", self.op),
            request: request_digest(&["tax", &self.payment]),
            action: Action::ExcludeTax {
                payment: self.payment.clone(),
                grant,
                account: AccountId::default_for(&self.asset),
                tax,
            },
        }
    }
}
