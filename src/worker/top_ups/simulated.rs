//! What the simulated processor does beside taking a payment at once: it asks the payer to confirm, lets
//! the money take its time, and gives it back. On the test side only, where no money moves.
//!
//! ```text
//! initiated ──secure──▶ the second page ──pay or decline
//!     └──delay──▶ on its way ──settle──▶ pending ──▶ succeeded ──refund──▶ refunded
//!                     └──fail──▶ failed
//! ```
//!
//! Each button may be pressed any number of times: the first decision counts.

use crate::engine::loss::LossCause;
use crate::wire::money::{Claimed, ToldClaim};
use crate::wire::urlencoded::form_value;
use crate::worker::edge::call::Ask;
use crate::worker::edge::context::Context;
use crate::worker::edge::keyring::hash;
use crate::worker::edge::pages::{for_people, message};
use crate::worker::edge::reply::{Handled, Reply};
use crate::worker::edge::request::Path;

use super::handlers::{after_decision, at_stripe, cancel, decide, ended, no_link, token_in};
use super::page::SECURE;
use super::row::TopUp;
use super::statements;

/// `POST /pay/{token}`: one of the buttons. However often one is pressed, the first decision counts.
pub async fn act(context: &Context<'_>, path: &Path) -> Handled {
    let action = form_value(context.body, "action");
    let token = token_in(path);
    for_people(match action.as_deref() {
        Some("pay") => decide(context, token, "pending").await,
        Some("decline") => decide(context, token, "failed").await,
        Some("cancel") => cancel(context, token).await,
        // It decides nothing, so the link stays as it is.
        Some("secure") => {
            let path = context.request.path;
            Ok(Reply::see_other(format!("{path}?step={SECURE}")))
        }
        Some("delay") => delay(context, token).await,
        Some("settle") => arrive(context, token, "pending").await,
        Some("fail") => arrive(context, token, "failed").await,
        Some("refund") => refund(context, token).await,
        _ => {
            let sentence = "The page was sent without a decision. Go back and press a button.";
            let reply = message(400, "Nothing happened", sentence, None);
            Ok(reply)
        }
    })
}

/// `action=delay`: accepted, and the money comes later or never. On to where the payer came from.
async fn delay(context: &Context<'_>, token: &str) -> Handled {
    let (token, now) = (hash(token), context.now().micros());
    let answer = context
        .directory(vec![
            statements::delay_top_up(&token, now),
            statements::top_up_by_token(&token),
        ])
        .await?;
    match TopUp::found(&answer, 1)? {
        None => Ok(no_link()),
        Some(row) if row.is_by_stripe() => at_stripe(context, row).await,
        Some(row) if row.is_delayed() => Ok(Reply::see_other(row.ways(context)?.0)),
        Some(row) => ended(context, &row, 409).await,
    }
}

/// `action=settle` and `action=fail`: what became of money that was on its way.
async fn arrive(context: &Context<'_>, token: &str, status: &str) -> Handled {
    let token = hash(token);
    let answer = context
        .directory(vec![
            statements::decide_delayed(&token, status),
            statements::top_up_by_token(&token),
        ])
        .await?;
    after_decision(context, &answer, status).await
}

/// `action=refund`: all of it goes back to the payer, once.
async fn refund(context: &Context<'_>, token: &str) -> Handled {
    let token = hash(token);
    let answer = context
        .directory(vec![statements::top_up_by_token(&token)])
        .await?;
    let Some(row) = TopUp::found(&answer, 0)? else {
        return Ok(no_link());
    };
    // Who has paid at Stripe gets it back there, since nothing here could move that money.
    if row.is_by_stripe() {
        return at_stripe(context, row).await;
    }
    // Only what was credited can be taken back.
    if row.status != "succeeded" {
        return ended(context, &row, 409).await;
    }
    // The operation is of the top-up, so a second press is a replay and takes nothing.
    let (who, customer) = (row.who(context)?, &row.customer_id);
    // As what Stripe tells, so that it also counts what a caller has refunded of it.
    let claim = ToldClaim {
        payment: row.id.clone(),
        op: Some(format!("topup:{}", row.id)),
        what: Claimed::Loss(LossCause::Refunded),
        id: row.id.clone(),
        amount: row.amount,
        currency: row.currency.clone(),
        reason: None,
    };
    let ask = Ask::ToldClaim { claim };
    let reply = context.wallet(&who.wallet(customer), customer, ask).await?;
    if reply.status != 200 {
        let sentence = "The wallet could not take it back now. Try again in a moment.";
        return Ok(message(reply.status, "Not refunded", sentence, None));
    }
    let answer = context
        .directory(vec![
            statements::set_refunded(&who, &row.id, context.now().micros()),
            statements::top_up_by_token(&token),
        ])
        .await?;
    match TopUp::found(&answer, 1)? {
        Some(row) => ended(context, &row, 200).await,
        None => Ok(no_link()),
    }
}
