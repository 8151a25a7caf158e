//! What callers change of a subscription that invoices of Stripe pay for: at Stripe first, then in the wallet.
//!
//! In this order, because what Stripe refuses must not be had, and what has ended here must not be asked for
//! there. Should we be stopped in between, the same call goes on, or Stripe's own event tells the wallet.

use serde_json::Value;

use crate::engine::PricedProduct;
use crate::engine::subscription::Change;
use crate::stripe::api::checkout::expire;
use crate::stripe::api::plan::{PlanPrice, change_items, end_later, end_now, page, retrieve};
use crate::wire::problem::{Failure, Problem};
use crate::worker::edge::call::Ask;
use crate::worker::edge::context::Context;
use crate::worker::edge::principal::Principal;
use crate::worker::edge::rows::unreadable;
use crate::worker::processors::client::{Failed, call};
use crate::worker::processors::connection::{Connection, connection_of};

use super::plan::{not_connected, plan_prices};
use super::row::PlanRow;
use super::statements;

/// The subscription as Stripe calls it, where invoices pay for it.
///
/// # Errors
/// `unavailable`, or an unreadable answer.
pub async fn plan_of(
    context: &Context<'_>,
    who: &Principal,
    id: &str,
) -> Result<Option<PlanRow>, Problem> {
    let answer = context
        .directory(vec![statements::plan_by_id(who, id)])
        .await?;
    answer.row(0)?.map(PlanRow::of).transpose()
}

/// By what a change is known: told again it is the same one.
fn by<'a>(context: &'a Context<'_>) -> &'a str {
    context.idempotency_key.unwrap_or(context.request_id)
}

/// Whether Stripe has it no more, so that nothing is left to end.
fn is_gone(failed: &Failed) -> bool {
    matches!(failed, Failed::Refused(error) if error.code.as_deref() == Some("resource_missing"))
}

/// Ends it at Stripe, at once or with its period, or lets it go on.
///
/// # Errors
/// `payments_not_configured` where nobody can ask Stripe; as `call`.
pub async fn change(
    context: &Context<'_>,
    who: &Principal,
    row: &PlanRow,
    change: Change,
) -> Result<(), Problem> {
    let connection = connection_of(context, who).await?;
    let connection = connection.ok_or_else(not_connected)?;
    let Some(id) = &row.stripe_id else {
        return match change {
            // Nobody has paid, so there is no period to wait for.
            Change::Deactivate | Change::CancelAtPeriodEnd => {
                close_page(context, &connection, row).await
            }
            Change::Activate | Change::Resume => Ok(()),
        };
    };
    let request = match change {
        // It begins with what is paid, and with nothing else.
        Change::Activate => return Ok(()),
        Change::Deactivate => end_now(id),
        Change::CancelAtPeriodEnd => end_later(id, true, by(context)),
        Change::Resume => end_later(id, false, by(context)),
    };
    match call(context, &connection, &request).await {
        Err(failed) if !is_gone(&failed) => Err(failed.into()),
        Ok(_) | Err(_) => Ok(()),
    }
}

/// Nobody can pay for it any more. Who has paid at this very moment is not asked again.
async fn close_page(
    context: &Context<'_>,
    connection: &Connection,
    row: &PlanRow,
) -> Result<(), Problem> {
    let Some(session) = row.session() else {
        return Ok(());
    };
    match call(context, connection, &expire(session)).await {
        Ok(_) => return Ok(()),
        Err(Failed::Refused(_)) => {}
        Err(failed) => return Err(failed.into()),
    }
    let found = call(context, connection, &page(session)).await?;
    let Some(id) = found["subscription"].as_str() else {
        return Ok(());
    };
    match call(context, connection, &end_now(id)).await {
        Err(failed) if !is_gone(&failed) => Err(failed.into()),
        Ok(_) | Err(_) => Ok(()),
    }
}

/// Another product, or another version, takes the place of the one that it has.
///
/// # Errors
/// `validation_failed` for one that Stripe cannot put in its place; `wrong_state` before it is paid first, and
/// where it has other products beside; `processor_refused` where the difference is not paid; as `call`.
pub async fn change_product(
    context: &Context<'_>,
    who: &Principal,
    row: &PlanRow,
    (replaces, product, prorate): (&str, &PricedProduct, bool),
) -> Result<(), Problem> {
    // The wallet knows whether it was moved before: then it answers as it did, and nobody is asked to pay again.
    if !is_held(context, who, row, replaces).await? {
        return Ok(());
    }
    let connection = connection_of(context, who).await?;
    let connection = connection.ok_or_else(not_connected)?;
    let Some(id) = &row.stripe_id else {
        let detail = "Nobody has paid for this subscription yet. End it, and subscribe to the other product.";
        return Err(Failure::WrongState.because(detail));
    };
    let found = call(context, &connection, &retrieve(id)).await?;
    let items = found["items"]["data"].as_array().ok_or_else(unreadable)?;
    let prices = plan_prices(std::slice::from_ref(product))?;
    // What is due once belongs to the first invoice, so it is asked only of who subscribes.
    let prices: Vec<&PlanPrice> = prices.iter().filter(|one| one.every.is_some()).collect();
    check_alike(items, &prices)?;
    let mut new = Vec::new();
    for price in prices {
        let made = call(context, &connection, &price.request(connection.account())).await?;
        let id = made["id"].as_str().ok_or_else(unreadable)?;
        new.push(id.to_owned());
    }
    let old: Vec<&str> = items
        .iter()
        .filter_map(|item| item["id"].as_str())
        .collect();
    // In the place of the old items, so that Stripe prorates each against its own.
    let pairs = (0..old.len().max(new.len()))
        .map(|place| (old.get(place).copied(), new.get(place).map(String::as_str)));
    let pairs: Vec<_> = pairs.collect();
    call(
        context,
        &connection,
        &change_items(id, &pairs, prorate, by(context)),
    )
    .await?;
    Ok(())
}

/// Whether it has the product. What the wallet would refuse is refused before Stripe is asked.
async fn is_held(
    context: &Context<'_>,
    who: &Principal,
    row: &PlanRow,
    replaces: &str,
) -> Result<bool, Problem> {
    let ask = Ask::ListSubscriptions {
        pay_at: String::new(),
    };
    let reply = context
        .wallet(&who.wallet(&row.customer), &row.customer, ask)
        .await?;
    let all: Vec<Value> = serde_json::from_str(&reply.body).map_err(|_| unreadable())?;
    let own = all.iter().find(|one| one["id"] == row.id.as_str());
    let own = own.ok_or_else(unreadable)?;
    if own["status"] != "active" {
        let detail = "Only an active subscription can be moved where Stripe collects.";
        return Err(Failure::WrongState.because(detail));
    }
    let products = own["products"].as_array().ok_or_else(unreadable)?;
    if products.len() > 1 {
        let detail = "This subscription has several products, and Stripe does not say which of its prices is whose. \
                      End it, and make one for each product.";
        return Err(Failure::WrongState.because(detail));
    }
    Ok(products.iter().any(|one| one["id"] == replaces))
}

/// Another interval would begin another period at Stripe, and another currency is not possible there.
fn check_alike(items: &[Value], prices: &[&PlanPrice]) -> Result<(), Problem> {
    let price = items.first().map(|item| &item["price"]);
    let recurring = price.map(|price| &price["recurring"]);
    let same = |one: &&PlanPrice| {
        let every = one.every.as_ref();
        every.is_some_and(|(unit, count)| {
            recurring.is_some_and(|known| {
                known["interval"] == unit.as_str() && known["interval_count"] == *count
            })
        }) && price.is_some_and(|price| price["currency"] == one.currency.as_str())
    };
    if prices.iter().all(same) {
        return Ok(());
    }
    let sentence = "has another interval or currency than the subscription at Stripe; end that, and subscribe anew";
    Err(Problem::field("product", sentence))
}
