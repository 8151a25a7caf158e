//! A customer's payment methods.
//!
//! One that a recharge rule charges is not removed: the rule would find out too late. What the processor itself
//! takes away is followed, and the rule turns itself off and says so.

use serde_json::Value;

use crate::journal::chain::request_digest;
use crate::wire::problem::{Failure, Problem};
use crate::wire::reply::json;
use crate::wire::time;
use crate::worker::customers;
use crate::worker::edge::call::{Ask, RechargeAsk};
use crate::worker::edge::context::Context;
use crate::worker::edge::forward::{customer_in, no_customer};
use crate::worker::edge::principal::{Caller, Principal};
use crate::worker::edge::reply::{Handled, Reply};
use crate::worker::edge::request::Path;
use crate::worker::edge::rows::{Outcomes, Row};
use crate::worker::processors;
use crate::worker::processors::connection::Connection;

use super::cards::{Card, processor_id};
use super::saved;
use super::statements;
use super::wire::{MethodReply, NewMethod};

/// The word for the processor whose cards move no money, in rows.
pub const SIMULATED: &str = "simulated";

/// The most that a customer has at a time.
pub const MAX_METHODS: usize = 100;

/// `GET /v1/customers/{id}/payment-methods`: oldest first. 404 where there is no such customer.
pub async fn list(context: &Context<'_>, who: &Caller, path: &Path) -> Handled {
    let customer = customer_in(path)?;
    let answer = context
        .directory(vec![
            customers::statements::customer(who, Some(customer), None),
            statements::methods_of(who, customer),
        ])
        .await?;
    answer.row(0)?.ok_or_else(|| no_customer(who, customer))?;
    let rows = answer.values(1)?.iter();
    let items = rows.map(|row| MethodReply::of(Row::new(row), context.now()));
    let items = items.collect::<Result<Vec<_>, _>>()?;
    let items = json(&items);
    Ok(Reply::ok(format!("{{\"items\":{items}}}")))
}

/// `POST /v1/customers/{id}/payment-methods`: a card of the simulated processor, on the test side.
///
/// | case | reply |
/// |---|---|
/// | new | 201 |
/// | the same key and body | 201, replayed |
/// | the same key, another body | `operation_id_reused` |
/// | no such customer | 404 |
/// | the live side | `payments_not_configured` |
pub async fn create(context: &Context<'_>, who: &Caller, path: &Path) -> Handled {
    let customer = customer_in(path)?;
    let new = NewMethod::read(context.body)?;
    check_may_add(context, who, customer).await?;
    check_is_test(who)?;
    let id = context.new_id("pmt", &who.account_id, &who.mode)?;
    let request = request_digest(&["payment_method", customer, &json(&new)]);
    let adding = Adding {
        id: &id,
        customer,
        card: new.card()?,
        name: new.name.as_deref(),
        request: &request,
    };
    let (answer, wrote) = add(context, who, &adding, new.default).await?;
    let row = answer.row(1)?;
    let row = row.ok_or_else(|| no_customer(who, customer))?;
    // The key made this id, so a row with another request is another body under the same key.
    if row.text("request")? != request {
        return Err(crate::engine::Refusal::OperationIdReused.into());
    }
    let reply = Reply::new(201, json(&MethodReply::of(row, context.now())?));
    Ok(reply.replayed(!wrote))
}

/// That there is such a customer, and something that takes payments: Stripe, where it is connected.
///
/// # Errors
/// 404 and `payments_not_configured`.
pub async fn check_may_add(
    context: &Context<'_>,
    who: &Principal,
    customer: &str,
) -> Result<Option<Connection>, Problem> {
    let answer = context
        .directory(vec![
            customers::statements::customer(who, Some(customer), None),
            processors::statements::connection(who),
        ])
        .await?;
    answer.row(0)?.ok_or_else(|| no_customer(who, customer))?;
    let connection = Connection::found(who, &answer, 1)?;
    check_charges(who, connection.is_some())?;
    Ok(connection)
}

/// # Errors
/// `payments_not_configured` on a live side that nothing is connected to: a card that moves no money must never
/// credit it.
pub fn check_charges(who: &Principal, is_connected: bool) -> Result<(), Problem> {
    if is_connected || who.mode == "test" {
        return Ok(());
    }
    let detail = "No payment provider is connected to the live side, so there is nothing to charge. Connect \
                  Stripe, or use a test key.";
    Err(Failure::PaymentsNotConfigured.because(detail))
}

/// # Errors
/// `payments_not_configured` on the live side, where real cards are added at Stripe.
fn check_is_test(who: &Principal) -> Result<(), Problem> {
    if who.mode == "test" {
        return Ok(());
    }
    let detail = "Cards that move no money are on the test side only. Make a link at which the customer adds a \
                  real one: POST …/payment-methods/sessions.";
    Err(Failure::PaymentsNotConfigured.because(detail))
}

/// A card that is about to be added.
pub struct Adding<'a> {
    pub id: &'a str,
    pub customer: &'a str,
    pub card: &'a Card,
    pub name: Option<&'a str>,
    pub request: &'a str,
}

/// Adds a card: its row stands second in the answer. Whether this was it that wrote the row.
///
/// # Errors
/// `unavailable`; `quota_reached` where the customer has as many as may be.
pub async fn add(
    context: &Context<'_>,
    who: &Principal,
    adding: &Adding<'_>,
    default: bool,
) -> Result<(Outcomes, bool), Problem> {
    let known = context
        .directory(vec![
            statements::methods_of(who, adding.customer),
            statements::method(who, adding.id),
        ])
        .await?;
    if known.values(0)?.len() >= MAX_METHODS && !known.wrote(1) {
        let detail = format!("The customer has {MAX_METHODS} payment methods. Remove some.");
        return Err(Failure::QuotaReached.because(detail));
    }
    let card = adding.card;
    let values = vec![
        Some(adding.id.to_owned()),
        Some(adding.customer.to_owned()),
        Some(SIMULATED.to_owned()),
        Some(processor_id(card, adding.id)),
        Some("visa".to_owned()),
        Some(card.last4.to_owned()),
        Some("12".to_owned()),
        Some(card.exp_year.to_string()),
        adding.name.map(str::to_owned),
        Some(adding.request.to_owned()),
        Some(time::format(context.now())),
    ];
    let mut asked = vec![statements::insert_method(who, values)];
    // Of a new one only: a replay must not undo what was made the default since.
    if default && !known.wrote(1) {
        asked.extend(statements::make_default(who, adding.customer, adding.id));
    }
    // Last, because it must tell what the statements before it have done.
    let place = asked.len();
    asked.push(statements::method(who, adding.id));
    let mut answer = context.directory(asked).await?;
    let wrote = answer.wrote(0);
    answer.0.swap(1, place);
    Ok((answer, wrote))
}

pub(super) fn named(path: &Path) -> &str {
    path.get(1).map(String::as_str).unwrap_or_default()
}

pub(super) fn no_method(id: &str) -> Problem {
    Failure::NotFound.because(format!("This customer has no payment method {id}."))
}

/// `PUT …/payment-methods/{payment_method}/default`: 204.
pub async fn make_default(context: &Context<'_>, who: &Caller, path: &Path) -> Handled {
    let (customer, id) = (customer_in(path)?, named(path));
    let asked = statements::make_default(who, customer, id);
    let answer = context.directory(asked.into()).await?;
    if answer.wrote(1) {
        return Ok(Reply::new(204, String::new()));
    }
    Err(no_method(id))
}

/// `DELETE …/payment-methods/{payment_method}`: 204, also where it was removed before.
///
/// `wrong_state` while a recharge rule charges it, with the rule.
pub async fn remove(context: &Context<'_>, who: &Caller, path: &Path) -> Handled {
    let (customer, id) = (customer_in(path)?, named(path));
    let answer = context.directory(vec![statements::method(who, id)]).await?;
    let row = answer.row(0)?;
    let row = row.ok_or_else(|| no_method(id))?;
    // Another customer's is nothing here, so it cannot be told from one that never was.
    if row.text("customer_id")? != customer {
        return Err(no_method(id));
    }
    // What was removed before stays so, whatever charges by now.
    if row.number("detached_at").is_none() {
        let is_default = row.holds("is_default");
        if let Some(asset) = charged_by(context, who, customer, (id, is_default)).await? {
            let detail = format!(
                "The automatic recharge of {asset} charges this payment method. Name another one in its rule, or turn \
                 it off, then remove this one."
            );
            return Err(Failure::WrongState.because(detail));
        }
        // There first: should we be stopped in between, removing it again finishes it.
        if row.text("processor")? == saved::STRIPE {
            saved::give_up(context, who, &row.text("processor_id")?).await?;
        }
    }
    let now = context.now().micros();
    context
        .directory(vec![statements::detach(who, id, now)])
        .await?;
    Ok(Reply::new(204, String::new()))
}

/// The asset of a rule that is on and charges a payment method: by its id, or as the default one.
async fn charged_by(
    context: &Context<'_>,
    who: &Principal,
    customer: &str,
    (id, is_default): (&str, bool),
) -> Result<Option<String>, Problem> {
    let wallet = who.wallet(customer);
    let reply = context
        .wallet(&wallet, customer, Ask::Recharge(RechargeAsk::List))
        .await?;
    // A wallet that is not open has no rules, so nothing would charge it.
    if reply.status == 404 {
        return Ok(None);
    }
    let rules: Value = serde_json::from_str(&reply.body).unwrap_or_default();
    let rules = rules.get("items").and_then(Value::as_array);
    let charges = |rule: &&Value| {
        let method = rule.get("payment_method").and_then(Value::as_str);
        let is_off = rule.get("state").and_then(Value::as_str) == Some("off");
        let is_charging = rule.get("charging").is_some_and(|open| !open.is_null());
        method.map_or(is_default, |method| method == id) && (!is_off || is_charging)
    };
    let rule = rules.and_then(|rules| rules.iter().find(charges));
    let asset = rule.and_then(|rule| rule.get("asset")?.as_str());
    Ok(asset.map(str::to_owned))
}
