//! A top-up in the place of a recharge that was not paid: the customer is there, and pays by hand.

use crate::engine::Amount;
use crate::journal::chain::request_digest;
use crate::wire::problem::{Failure, Problem};
use crate::wire::topup::NewTopUp;
use crate::wire::{ids, reply::json};
use crate::worker::edge::context::Context;
use crate::worker::edge::principal::Principal;
use crate::worker::processors::connection::connection_of;

use super::row::TopUp;
use super::{handlers, statements};

/// The top-up of a recharge: the same one however often it is asked for. None where the deployment cannot make links.
///
/// `bought` is the precision of the asset and what is credited, at the rate of the recharge.
///
/// # Errors
/// `unavailable`.
pub async fn instead_of(
    context: &Context<'_>,
    who: &Principal,
    recharge: &str,
    new: NewTopUp,
    (precision, credit): (u32, Amount),
) -> Result<Option<String>, Problem> {
    // Of the recharge, so that a decline that is told twice makes one top-up.
    let id = ids::keyed("top", &who.account_id, &who.mode, recharge);
    let Ok(page) = context.config.link("/portal") else {
        return Ok(None);
    };
    let new = NewTopUp {
        return_url: page.clone(),
        failure_url: page,
        ..new
    };
    let connection = connection_of(context, who).await?;
    let making = handlers::Making {
        id: &id,
        request: &request_digest(&["top_up", &json(&new)]),
        precision,
        credit,
        connection: connection.as_ref(),
        // It credits what the recharge would have, so nothing is offered with it.
        bonus: Amount::ZERO,
        by_link: false,
    };
    match handlers::insert(context, who, &new, &making).await {
        Ok(_) => Ok(Some(id)),
        Err(problem) if problem.code == Failure::Unavailable.code() => Err(problem),
        // What was declined is told all the same.
        Err(_) => Ok(None),
    }
}

/// Where a top-up is paid, as long as it can be.
///
/// # Errors
/// `unavailable`.
pub async fn link(
    context: &Context<'_>,
    who: &Principal,
    id: &str,
) -> Result<Option<String>, Problem> {
    let asked = vec![statements::top_up_by_id(who, id)];
    let answer = context.directory(asked).await?;
    let row = TopUp::found(&answer, 0)?;
    let Some(open) = row.filter(|row| row.is_open(context.now())) else {
        return Ok(None);
    };
    // The rule is told all the same, where no page can be made any more or Stripe does not answer.
    Ok(handlers::link(context, &open).await.ok())
}
