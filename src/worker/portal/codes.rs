//! A code that a customer types on the own page: what it gives, and then its credit.

use crate::wire::codes::read_typed;
use crate::wire::problem::{Failure, Problem};
use crate::wire::urlencoded::form_value;
use crate::worker::assets::units::units;
use crate::worker::codes::code::Code;
use crate::worker::codes::redeeming::{Trying, credit, credit_end, look};
use crate::worker::edge::context::Context;
use crate::worker::edge::pages::{for_people, message};
use crate::worker::edge::reply::{Handled, Reply};
use crate::worker::edge::request::Path;

use super::handlers::session;
use super::page::{CodePage, offer};

/// The way on of every page here.
const BACK: Option<(&str, &str)> = Some(("/portal", "Back to your balance"));

/// `POST /portal/codes`: `action` is `preview` or `redeem`, `code` as it was typed.
///
/// | case | page |
/// |---|---|
/// | no cookie, or of a link that has ended | as the balances |
/// | preview of one that can be redeemed | 200, what it gives, with a button |
/// | redeem, now or again | 200, what was added, once |
/// | any other | the status of the API, with a sentence and a way back |
pub async fn act(context: &Context<'_>, _: &Path) -> Handled {
    for_people(match answer(context).await {
        Err(problem) => not_redeemed(problem),
        answered => answered,
    })
}

async fn answer(context: &Context<'_>) -> Handled {
    let session = match session(context).await? {
        Ok(session) => session,
        Err(page) => return Ok(page),
    };
    // An empty field is told like a mistyped one: the browser asks for it, so it is rare.
    let typed = form_value(context.body, "code").unwrap_or_default();
    let code = read_typed(&typed)?;
    let who = session.who.clone();
    // By nothing that the browser says but the code itself.
    let trying = Trying {
        who: &who,
        customer: &session.customer_id,
        key: None,
    };
    match form_value(context.body, "action").as_deref() {
        Some("redeem") => {
            let (code, reply) = credit(context, &trying, &code).await?;
            let amount = amount(context, &trying, &code).await?;
            Ok(added(&amount, &reply))
        }
        // Any other word only looks, so that a form without a button never adds anything.
        _ => {
            let found = look(context, &trying, &code).await?;
            let html = offer(&CodePage {
                code: code.to_string(),
                amount: amount(context, &trying, &found).await?,
                description: found.description.as_deref(),
                expires_at: credit_end(&found, context.now()),
                is_restricted: !found.scope.is_everything(),
                is_redeemed: found.redeemed.is_some(),
            });
            Ok(Reply::page(200, html, session.policy()))
        }
    }
}

async fn amount(
    context: &Context<'_>,
    trying: &Trying<'_>,
    code: &Code,
) -> Result<String, Problem> {
    let asset = code.account.asset.as_str();
    Ok(units(context, trying.who, &[asset]).await?(asset).plain(code.amount))
}

/// What the wallet made of it.
fn added(amount: &str, reply: &Reply) -> Reply {
    if reply.status == 200 {
        return message(200, "Added", &format!("Added: {amount}."), BACK);
    }
    // What the wallet says of itself is not for the customer.
    let sentence = "Your balance cannot take it now. The code is kept for you: try again later.";
    message(reply.status, "Not added yet", sentence, BACK)
}

/// Why a code was not redeemed, in words for whoever typed it.
///
/// # Errors
/// What did not answer.
fn not_redeemed(problem: Problem) -> Handled {
    let title = match problem.code {
        code if code == Failure::TooManyRequests.code() => "Too many tries",
        code if code == Failure::ValidationFailed.code() => {
            let sentence =
                "A code has 16 letters and digits, and never 0, O, 1 or I. Check each of them.";
            return Ok(message(problem.status, "Check the code", sentence, BACK));
        }
        code if code == Failure::CodeNotRedeemable.code() => "This code gives nothing",
        _ => return Err(problem),
    };
    Ok(message(problem.status, title, &problem.detail, BACK))
}
