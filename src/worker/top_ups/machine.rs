//! A top-up that a machine pays over HTTP 402, where its caller asks for it by `"payment": "mpp"`.
//!
//! ```text
//! POST ──▶ 402 with a challenge for the top-up ──▶ the same POST with a credential ──▶ charge, credit, receipt
//! ```
//!
//! The challenge is bound to the top-up, and the first charge of a top-up counts: whatever is sent again,
//! with the same token or another, is answered with its receipt. Where Stripe is connected the token is charged there (see
//! `granted`); elsewhere on a test side the simulated processor takes it.

use serde::Serialize;

use crate::engine::Instant;
use crate::stripe;
use crate::wire::mpp::{Challenge, Credential, Due, receipt};
use crate::wire::problem::{Failure, Problem};
use crate::wire::reply::json;
use crate::wire::topup::NewTopUp;
use crate::wire::url::WebUrl;
use crate::worker::edge::context::Context;
use crate::worker::edge::keyring::Keyring;
use crate::worker::edge::principal::{Caller, Principal};
use crate::worker::edge::reply::{Handled, Reply};
use crate::worker::edge::request::Path;
use crate::worker::processors::connection::{Connection, connection_of};

use super::granted::{Charged, charge, on_its_way};
use super::handlers::{create, digest, make, shown};
use super::row::TopUp;
use super::settling::settle;
use super::statements;

/// What the simulated processor takes for a token; one that goes on with this word is declined.
const TOKEN: &str = "spt_";
const DECLINED: &str = "spt_declined";

/// `POST /v1/top-ups`: a link to pay at, or with `"payment": "mpp"` the payment itself.
///
/// | case, with `mpp` | reply |
/// |---|---|
/// | no credential | 402 with a challenge |
/// | a credential for the challenge | 201 with the top-up, and a receipt |
/// | the same again, or another one for a top-up that is paid | 201, replayed, with its receipt |
/// | one that was changed, is over, or is for another request | 402 with another challenge |
/// | the token is declined, or Stripe refuses it in another way | 402 with a challenge for the same top-up |
/// | Stripe does not answer, or does not know yet | 503: the same again finishes it |
/// | anything else | as without |
pub async fn create_or_pay(context: &Context<'_>, who: &Caller, path: &Path) -> Handled {
    let new = NewTopUp::read(context.body)?;
    if who.token.is_some() {
        who.check_customer(&new.customer_id)?;
        new.check_of_customer()?;
    }
    if !new.by_machine {
        return create(context, who, path).await;
    }
    let Some(encoded) = context.request.credential else {
        let (row, _) = make(context, who, &new).await?;
        return ask_again(context, who, row, "This top-up is to be paid.").await;
    };
    match answered(context, who, &new, encoded).await? {
        Ok((row, token)) => pay(context, who, row, &token).await,
        Err(why) => {
            let (row, _) = make(context, who, &new).await?;
            ask_again(context, who, row, why).await
        }
    }
}

/// The top-up that a credential pays, and with what; or why it pays none.
///
/// # Errors
/// `unavailable`, or an unreadable answer.
async fn answered(
    context: &Context<'_>,
    who: &Principal,
    new: &NewTopUp,
    encoded: &str,
) -> Result<Result<(TopUp, String), &'static str>, Problem> {
    let Some(credential) = Credential::read(encoded) else {
        return Ok(Err("The payment credential cannot be read."));
    };
    let challenge = &credential.challenge;
    let id = challenge.top_up().filter(|_| {
        let keys = keys(context, who);
        keys.is_ok_and(|keys| challenge.is_bound(&keys))
    });
    let Some(id) = id else {
        return Ok(Err("The payment credential is for no challenge of ours."));
    };
    let answer = context
        .directory(vec![statements::top_up_by_id(who, &id)])
        .await?;
    let row = TopUp::found(&answer, 0)?.filter(|row| row.request == digest(new));
    let Some(row) = row else {
        return Ok(Err("The payment credential is for another request."));
    };
    if row.status == "initiated" && challenge.is_over(context.now()) {
        return Ok(Err("The challenge is over."));
    }
    Ok(Ok((row, credential.token().to_owned())))
}

/// What binds challenges: it derives from the deployment's key, and each side has one of its own.
///
/// # Errors
/// `not_configured` where the deployment has no key.
fn keys(context: &Context<'_>, who: &Principal) -> Result<Vec<String>, Problem> {
    Ok(Keyring::of(context.config)?.tokens(&["mpp", &who.account_id, &who.mode]))
}

/// Charges the token, unless the top-up is paid, and credits what was paid.
async fn pay(context: &Context<'_>, who: &Principal, row: TopUp, token: &str) -> Handled {
    if row.status != "initiated" {
        return paid(context, who, row, true).await;
    }
    if row.is_granted() {
        return pay_at_stripe(context, who, row, token).await;
    }
    if !token.starts_with(TOKEN) || token.starts_with(DECLINED) {
        let why = "The payment was declined. Pay with another token.";
        return ask_again(context, who, row, why).await;
    }
    let now = context.now().micros();
    let answer = context
        .directory(vec![
            statements::pay_top_up(who, &row.id, now),
            statements::top_up_by_id(who, &row.id),
        ])
        .await?;
    let counted = answer.wrote(0);
    match TopUp::found(&answer, 1)? {
        Some(row) => paid(context, who, row, !counted).await,
        None => Err(Failure::Internal.because("The directory did not keep the top-up.")),
    }
}

async fn pay_at_stripe(context: &Context<'_>, who: &Principal, row: TopUp, token: &str) -> Handled {
    let connection = connection_of(context, who).await?;
    let connection = connection.ok_or_else(not_connected)?;
    // Anything else would be asked of Stripe, which knows no better.
    if !token.starts_with(TOKEN) {
        let why = "That is no Shared Payment Token. Pay with one.";
        return ask_again(context, who, row, why).await;
    }
    match charge(context, who, &connection, &row.id, token).await? {
        Charged::Decided(row) => paid(context, who, *row, false).await,
        Charged::Refused(why) => ask_again(context, who, row, &why).await,
    }
}

fn not_connected() -> Problem {
    let detail =
        "Stripe is not connected to this side any more, so nobody can pay. Connect it again.";
    Failure::PaymentsNotConfigured.because(detail)
}

/// What has become of a top-up that is decided: credited, with its receipt, or not.
async fn paid(context: &Context<'_>, who: &Principal, mut row: TopUp, replayed: bool) -> Handled {
    // Also where it was interrupted before, so that whoever comes next finishes it.
    if row.is_owed() {
        settle(context, &mut row).await?;
    }
    if row.status == "pending" {
        return Err(on_its_way());
    }
    match (row.status.as_str(), row.paid_at) {
        ("succeeded", Some(at)) => {
            let reply = Reply::new(201, shown(&row, context.now())).replayed(replayed);
            let receipt = receipt(&row.id, Instant::from_micros(at));
            Ok(reply.with_header("payment-receipt", receipt))
        }
        ("initiated", _) => ask_again(context, who, row, "The top-up is over.").await,
        _ => {
            let detail = "The top-up was decided in another way. Make another one, under another Idempotency-Key.";
            Err(Failure::WrongState.because(detail))
        }
    }
}

/// A problem as it is sent, with the challenge beside it.
#[derive(Serialize)]
struct Due402<'a> {
    #[serde(flatten)]
    problem: serde_json::Value,
    top_up_id: &'a str,
}

/// 402 with a challenge; the receipt where it is paid already.
async fn ask_again(context: &Context<'_>, who: &Principal, row: TopUp, why: &str) -> Handled {
    if matches!(row.status.as_str(), "pending" | "succeeded") {
        return Box::pin(paid(context, who, row, true)).await;
    }
    if row.status(context.now()) != "initiated" {
        let detail = "This top-up has ended. Make another one, under another Idempotency-Key.";
        return Err(Failure::WrongState.because(detail));
    }
    let keys = keys(context, who)?;
    let origin = context.config.link("")?;
    let realm = WebUrl::parse(&origin).map_or("", |url| url.host);
    let units = stripe::minor_units(&row.currency, &row.amount.to_string());
    let units = units.map(|units| units.to_string()).unwrap_or_default();
    // A token is made for one seller, and at Stripe that is the account there.
    let connection = match row.is_granted() {
        true => Some(
            connection_of(context, who)
                .await?
                .ok_or_else(not_connected)?,
        ),
        false => None,
    };
    let seller = connection.as_ref().map(Connection::account);
    let due = Due {
        top_up: &row.id,
        minor_units: &units,
        currency: &row.currency,
        network_id: seller.unwrap_or(&who.account_id),
        expires: row.link_end(),
    };
    let key = keys.first().map(String::as_str).unwrap_or_default();
    let challenge = Challenge::new(realm, due, key);
    let problem = Failure::PaymentRequired.because(why);
    let body = serde_json::from_str(&problem.body(context.request_id)).unwrap_or_default();
    let body = json(&Due402 {
        problem: body,
        top_up_id: &row.id,
    });
    Ok(Reply::new(402, body).with_header("www-authenticate", challenge.header()))
}
