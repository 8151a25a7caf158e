//! The recharge rules of a customer: set, looked at, tried.

use serde_json::Value;

use crate::engine::exchange::ExchangeRate;
use crate::stripe;
use crate::wire::problem::{Failure, Problem};
use crate::wire::recharge::{Given, NewRecharge, parse_id};
use crate::worker::assets;
use crate::worker::assets::precision;
use crate::worker::customers;
use crate::worker::edge::call::{Ask, RechargeAsk};
use crate::worker::edge::context::Context;
use crate::worker::edge::forward::{Forward, customer_in, no_customer};
use crate::worker::edge::principal::{Caller, Principal};
use crate::worker::edge::reply::{Handled, Reply};
use crate::worker::edge::request::{Path, Request};
use crate::worker::edge::rows::{Row, unreadable};
use crate::worker::payment_methods::handlers::check_charges;
use crate::worker::payment_methods::statements::method_to_charge;
use crate::worker::processors;
use crate::worker::top_ups::on_session;

use super::statements;

fn asset_in(path: &Path) -> String {
    path.get(1).cloned().unwrap_or_default()
}

/// `GET /v1/customers/{id}/wallet/recharge`: every rule.
pub fn list(_: &Request<'_>, _: &Caller, path: &Path) -> Result<Forward, Problem> {
    Ok(Forward::to(
        customer_in(path)?,
        Ask::Recharge(RechargeAsk::List),
    ))
}

/// `GET /v1/customers/{id}/wallet/recharge/{asset}`: the rule and where it stands; with the address at which the
/// customer can pay by hand what was declined last. 404 where the asset has no rule.
pub async fn get(context: &Context<'_>, who: &Caller, path: &Path) -> Handled {
    let customer = customer_in(path)?;
    let asset = asset_in(path);
    let ask = Ask::Recharge(RechargeAsk::Get { asset });
    let reply = context.wallet(&who.wallet(customer), customer, ask).await?;
    with_link(context, who, reply, "/last_attempt").await
}

/// `GET /v1/customers/{id}/wallet/recharge/{asset}/attempts`: the last five that have ended, newest first; the newest
/// with the address at which it can be paid, where it was declined. 404 where there is no such customer.
pub async fn attempts(context: &Context<'_>, who: &Caller, path: &Path) -> Handled {
    let (customer, asset) = (customer_in(path)?, asset_in(path));
    let answer = context
        .directory(vec![
            customers::statements::customer(who, Some(customer), None),
            statements::last_charges(who, customer),
        ])
        .await?;
    answer.row(0)?.ok_or_else(|| no_customer(who, customer))?;
    // Each id carries the entry that intended it, so the wallet need not look through its journal.
    let rows = answer.values(1)?.iter().map(Row::new);
    let ids = rows.filter_map(|row| row.given("recharge_id"));
    let intents = ids.filter_map(|id| parse_id(&id)).map(|(_, intent)| intent);
    let ask = Ask::Recharge(RechargeAsk::Attempts {
        asset,
        intents: intents.collect(),
    });
    let reply = context.wallet(&who.wallet(customer), customer, ask).await?;
    with_link(context, who, reply, "/items/0").await
}

/// Puts the address in at which a declined attempt can be paid, which the pointer leads to.
async fn with_link(
    context: &Context<'_>,
    who: &Principal,
    mut reply: Reply,
    pointer: &str,
) -> Handled {
    // Whatever is no rule goes on as it is, such as a refusal.
    let Ok(mut body) = serde_json::from_str::<Value>(&reply.body) else {
        return Ok(reply);
    };
    let attempt = body.pointer(pointer);
    let top_up = attempt.and_then(|attempt| attempt.get("top_up")?.as_str());
    let Some(top_up) = top_up.map(str::to_owned) else {
        return Ok(reply);
    };
    if let Some(link) = on_session::link(context, who, &top_up).await?
        && let Some(attempt) = body.pointer_mut(pointer).and_then(Value::as_object_mut)
    {
        attempt.insert("redirect_url".to_owned(), link.into());
        reply.body = body.to_string();
    }
    Ok(reply)
}

/// `PUT /v1/customers/{id}/wallet/recharge/{asset}`: 200 with the rule and what it does at once.
///
/// | case | reply |
/// |---|---|
/// | no such asset, or no rate for the currency | `validation_failed` |
/// | no such payment method, or none at all | `validation_failed` |
/// | a live side that nothing is connected to | `payments_not_configured` |
pub async fn set(context: &Context<'_>, who: &Caller, path: &Path) -> Handled {
    let (customer, asset) = (customer_in(path)?, asset_in(path));
    let given = given(context, who, customer, (&asset, context.body)).await?;
    let ask = Ask::Recharge(RechargeAsk::Set { asset, given });
    let reply = context.wallet(&who.wallet(customer), customer, ask).await?;
    with_link(context, who, reply, "/last_attempt").await
}

/// `POST /v1/customers/{id}/wallet/recharge/{asset}/preview`: 200; nothing is changed.
pub async fn preview(context: &Context<'_>, who: &Caller, path: &Path) -> Handled {
    let (customer, asset) = (customer_in(path)?, asset_in(path));
    let given = given(context, who, customer, (&asset, context.body)).await?;
    let ask = Ask::Recharge(RechargeAsk::Preview { asset, given });
    context.wallet(&who.wallet(customer), customer, ask).await
}

/// What the directory knows of the rule in the body, and that there is something to charge.
///
/// # Errors
/// Those of [`set`].
pub async fn given(
    context: &Context<'_>,
    who: &Principal,
    customer: &str,
    (asset, body): (&str, &str),
) -> Result<Given, Problem> {
    let key = context.idempotency_key;
    let new = NewRecharge::read(body, asset, key, context.request_id)?;
    let now = context.now().micros();
    let named = new.payment_method.as_deref();
    let answer = context
        .directory(vec![
            assets::statements::asset_by_code(who, asset),
            assets::statements::rate_of_asset_at(who, asset, &new.currency, now),
            method_to_charge(who, customer, named),
            customers::statements::customer(who, Some(customer), None),
            processors::statements::connection(who),
        ])
        .await?;
    // Before anything else is told, so that nobody learns something about another's customer.
    answer.row(3)?.ok_or_else(|| no_customer(who, customer))?;
    check_charges(who, answer.row(4)?.is_some())?;
    let precision = precision::precision(&answer, 0, asset)?;
    let none = || Failure::NotFound.because(format!("There is no asset {asset}."));
    let precision = precision.ok_or_else(none)?;
    let places = stripe::places(&new.currency);
    let places = places.ok_or_else(|| {
        let sentence = "is required, and must be one that is paid in, such as USD";
        Problem::field("currency", sentence)
    })?;
    if answer.row(2)?.is_none() {
        let sentence = match named {
            Some(id) => format!("names {id}, which this customer does not have"),
            None => "is required, because the customer has no payment method; add one first".into(),
        };
        return Err(Problem::field("payment_method", sentence));
    }
    let rate = answer.row(1)?.and_then(|row| row.given("rate"));
    let rate = rate.map(|text| serde_json::from_str::<ExchangeRate>(&text));
    let rate = rate.transpose().map_err(|_| unreadable())?;
    Ok(Given {
        precision,
        places,
        rate: rate.filter(|_| !new.is_in_kind()),
    })
}
