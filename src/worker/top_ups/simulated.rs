//! What the simulated processor does beside taking a payment at once: it asks the payer to confirm, lets
//! the money take its time, gives it back, and lets it be disputed. On the test side only, where no money moves.
//!
//! ```text
//! initiated ──secure──▶ the second page ──pay or decline
//!     └──delay──▶ on its way ──settle──▶ pending ──▶ succeeded ──▶ refunds, a dispute: see `afterwards`
//!                     └──fail──▶ failed
//! ```
//!
//! Each button may be pressed any number of times: the first decision counts.

use crate::wire::urlencoded::form_value;
use crate::worker::edge::context::Context;
use crate::worker::edge::keyring::hash;
use crate::worker::edge::pages::{for_people, message};
use crate::worker::edge::reply::{Handled, Reply};
use crate::worker::edge::request::Path;

use super::afterwards::{Pressed, say};
use super::handlers::{
    after_decision, at_stripe, cancel, credited_page, decide, ended, no_link, token_in,
};
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
        Some(
            word @ ("refund" | "refund_failed" | "dispute" | "inquiry" | "withdraw" | "win"
            | "lose"),
        ) => later(context, token, word).await,
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

/// What the processor says of a payment later: see [`afterwards`](super::afterwards).
async fn later(context: &Context<'_>, token: &str, action: &str) -> Handled {
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
    // It tells nobody anything, as an inquiry at Stripe does not.
    if action == "inquiry" {
        let sentence = "The bank asks about the payment (an inquiry). No money moves and nothing is frozen. It goes away, \
                        or becomes a dispute.";
        let back = (context.request.path, "Back to the payment");
        return Ok(message(200, "An inquiry is open", sentence, Some(back)));
    }
    let pressed = Pressed {
        action,
        amount: form_value(context.body, "amount"),
        number: form_value(context.body, "number"),
    };
    let standing = match say(context, &row, &pressed).await? {
        Ok(standing) => standing,
        Err(sentence) => {
            let back = (context.request.path, "Back to the payment");
            return Ok(message(409, "Nothing happened", &sentence, Some(back)));
        }
    };
    if standing.is_refunded() {
        let who = row.who(context)?;
        let noted = statements::set_refunded(&who, &row.id, context.now().micros());
        context.directory(vec![noted]).await?;
    }
    credited_page(context, &row, &standing).await
}
