//! A Shared Payment Token is charged at Stripe for a top-up that a machine pays.
//!
//! ```text
//! note which token is being charged ──▶ ask Stripe, under the top-up's id and the token ──▶ note what was paid
//! ```
//!
//! One token at a time: another one is charged only once Stripe has refused the one before. Whoever was not answered sends
//! the same again, and Stripe does it once. The event of the PaymentIntent tells the same, whoever is first.

use sha2::{Digest, Sha256};

use crate::stripe::api::granted::GrantedIntent;
use crate::stripe::{Intent, IntentState, minor_units};
use crate::wire::problem::{Failure, Problem};
use crate::wire::reply::json;
use crate::worker::edge::context::Context;
use crate::worker::edge::principal::Principal;
use crate::worker::processors::client::{Failed, call};
use crate::worker::processors::connection::Connection;

use super::row::{Sale, SaleReceipt, TopUp};
use super::statements;

/// What has become of a token.
pub enum Charged {
    /// It paid this top-up, or another one did.
    Decided(Box<TopUp>),
    /// Nobody has paid, and why.
    Refused(String),
}

/// Which token it is, without saying it: whoever has a token can use it.
fn mark(token: &str) -> String {
    let digest = hex::encode(Sha256::digest(token.as_bytes()));
    digest.chars().take(32).collect()
}

/// Charges a token for a top-up that nobody has paid.
///
/// # Errors
/// `unavailable` where it is open whether it was charged, or while another token is: the same again finishes it.
pub async fn charge(
    context: &Context<'_>,
    who: &Principal,
    connection: &Connection,
    id: &str,
    token: &str,
) -> Result<Charged, Problem> {
    let (mark, now) = (mark(token), context.now().micros());
    let answer = context
        .directory(vec![
            statements::begin_paying(who, id, &mark, now),
            statements::top_up_by_id(who, id),
        ])
        .await?;
    let row = TopUp::found(&answer, 1)?.ok_or_else(lost)?;
    // An event may have decided it since the caller looked, and then nothing must be charged.
    if row.status != "initiated" || !row.is_open(context.now()) {
        return Ok(Charged::Decided(Box::new(row)));
    }
    // Whether the other one was charged is open, so that this one could be a second payment.
    if row.paying.as_deref() != Some(mark.as_str()) {
        let detail = "Another token is being charged for this top-up. Send that one again, or make another top-up, under \
                      another Idempotency-Key.";
        return Err(Failure::Unavailable.because(detail));
    }
    match asked(context, connection, &row, token, &mark).await? {
        Ok((payment, url)) => {
            let sale = sale_of(&row, payment, url);
            let row = recorded(context, who, &row, &sale).await?;
            Ok(Charged::Decided(Box::new(row)))
        }
        // Only Stripe's own refusal says that nothing was charged, and then another token may be.
        Err(why) => {
            let stop = statements::stop_paying(who, id, &mark);
            context.directory(vec![stop]).await?;
            Ok(Charged::Refused(why))
        }
    }
}

/// The PaymentIntent that was paid, and where its receipt is; or why it was not.
async fn asked(
    context: &Context<'_>,
    connection: &Connection,
    row: &TopUp,
    token: &str,
    mark: &str,
) -> Result<Result<(String, Option<String>), String>, Problem> {
    let amount = minor_units(&row.currency, &row.amount.to_string());
    let amount = amount.map_err(|problem| Failure::Internal.because(problem.to_string()))?;
    // The token is a part of the key, because the same key must come with the same question.
    let intent = GrantedIntent {
        key: &format!("{}_{mark}", row.id),
        top_up: &row.id,
        account: &row.account_id,
        mode: &row.mode,
        customer: &row.customer_id,
        token,
        amount,
        currency: &row.currency,
        description: row.description.as_deref(),
    };
    let made = match call(context, connection, &intent.request()).await {
        Ok(made) => made,
        Err(Failed::Refused(error)) if error.is_about_the_key() => {
            return Ok(Err(
                "Stripe refuses the key of the account that is paid.".to_owned()
            ));
        }
        Err(Failed::Refused(error)) => {
            return Ok(Err(format!("The payment was declined: {}", error.message)));
        }
        // Only an answer of Stripe's says what was not charged.
        Err(open @ (Failed::Open(_) | Failed::Unasked(_))) => return Err(open.into()),
    };
    let unread = |sentence: String| {
        let detail =
            format!("Stripe's answer cannot be read: {sentence} Send the same call again.");
        Failure::Unavailable.because(detail)
    };
    let read = Intent::of_reply(&made).map_err(unread)?;
    match read.state {
        IntentState::Paid => {
            let url = made["latest_charge"]["receipt_url"].as_str();
            Ok(Ok((read.id, url.map(str::to_owned))))
        }
        // No refusal: a machine that pays again would pay twice.
        IntentState::UnderWay => Err(on_its_way()),
        IntentState::WantsOwner => Ok(Err("The payment wants its owner to confirm.".to_owned())),
        IntentState::Declined { code, .. } => Ok(Err(format!("The payment was declined: {code}."))),
    }
}

/// Stripe has it and does not know yet.
pub fn on_its_way() -> Problem {
    let detail = "The payment is on its way, and is credited when it has come. Send the same call again later.";
    Failure::Unavailable.because(detail)
}

fn lost() -> Problem {
    Failure::Internal.because("The directory did not keep the top-up.")
}

/// What was paid: all of it, because a machine is offered no promotion and charged no tax.
pub fn sale_of(row: &TopUp, payment: String, url: Option<String>) -> Sale {
    Sale {
        op: format!("stripe:pi:{payment}"),
        payment,
        paid: row.amount,
        credit: row.credit,
        promotion: crate::engine::Amount::ZERO,
        receipt: SaleReceipt {
            amount: row.amount.to_string(),
            tax: "0".to_owned(),
            currency: row.currency.clone(),
            url,
            number: None,
        },
    }
}

/// Notes what was paid, before the wallet is told, so that whoever comes next tells it the same.
///
/// # Errors
/// `unavailable`, or an unreadable answer.
pub async fn recorded(
    context: &Context<'_>,
    who: &Principal,
    row: &TopUp,
    sale: &Sale,
) -> Result<TopUp, Problem> {
    let now = context.now().micros();
    let answer = context
        .directory(vec![
            statements::record_granted(who, &row.id, json(sale), now),
            statements::top_up_by_id(who, &row.id),
        ])
        .await?;
    TopUp::found(&answer, 1)?.ok_or_else(lost)
}
