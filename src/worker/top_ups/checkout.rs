//! The page at Stripe where a top-up is paid, and what has become of it there.
//!
//! ```text
//! the row is kept ──▶ Stripe makes the session, under the top-up's id ──▶ its id and address are kept ──▶ answer
//! ```
//!
//! Nothing is answered before the session is known. Should we be stopped in between, or should the answer
//! be lost, the same request asks the same question again: Stripe makes one session of it.

use serde_json::Value;

use crate::engine::Instant;
use crate::stripe::api::ApiRequest;
use crate::stripe::api::checkout::{NewSession, expire, of_intent, retrieve};
use crate::stripe::{self, Session};
use crate::wire::problem::{Failure, Problem};
use crate::wire::topup::LINK_SECONDS;
use crate::worker::edge::context::Context;
use crate::worker::edge::keyring::Keyring;
use crate::worker::processors::client::{Failed, call, call_once};
use crate::worker::processors::connection::{Connection, connection_of};
use crate::worker::processors::customers::stripe_customer;

use super::row::{Checkout, TopUp};
use super::statements;

/// The shortest life of a session at Stripe, in seconds, and a minute for clocks that differ.
pub const SHORTEST_SECONDS: u32 = 31 * 60;

/// So much earlier than a day, in seconds, does a session end: Stripe's clock may be behind ours, and it
/// takes no session that lives longer than a day.
pub const EARLIER_SECONDS: u32 = 10 * 60;

/// For what the address of a session is sealed.
fn place_of(row: &TopUp) -> String {
    format!("stripe_session {}", row.id)
}

/// Where a top-up is paid at Stripe; a session that is not known is made.
///
/// # Errors
/// As `call`; `payments_not_configured` where Stripe is connected no more.
pub async fn link(context: &Context<'_>, row: &TopUp) -> Result<String, Problem> {
    if let Some(sealed) = &row.session_url {
        let gone = || {
            let detail =
                "No key in SECRETS_KEY opens the link of this top-up any more. Make another one.";
            Failure::NotConfigured.because(detail)
        };
        return Keyring::of(context.config)?
            .open(&place_of(row), sealed)
            .ok_or_else(gone);
    }
    let who = row.who(context)?;
    // Stripe takes none that would end so soon, and forgets after a day which one it has made.
    if row.expires_at <= context.now().plus_seconds(SHORTEST_SECONDS).micros() {
        let detail = "The payment page of this top-up was never made, and now it is too late for it. Make another \
                      top-up.";
        return Err(Failure::WrongState.because(detail));
    }
    let connection = connection_of(context, &who).await?;
    let connection = connection.ok_or_else(not_connected)?;
    let made = made(context, row, &connection).await?;
    #[cfg(feature = "faults")]
    crate::worker::faults::stall(context.body, "fault:stall-after-call").await;
    let session = read(&made)?;
    let (id, url) = (session.id, session.url.unwrap_or_default());
    let sealed = Keyring::of(context.config)?.seal(&place_of(row), &url)?;
    context
        .directory(vec![statements::set_session(&who, &row.id, &id, &sealed)])
        .await?;
    Ok(url)
}

/// The session, as Stripe makes it. A customer that was deleted at Stripe is made again.
async fn made(
    context: &Context<'_>,
    row: &TopUp,
    connection: &Connection,
) -> Result<Value, Problem> {
    let who = row.who(context)?;
    let mut gone: Option<String> = None;
    loop {
        let (customer, before) = (&row.customer_id, gone.as_deref());
        let customer = stripe_customer(context, &who, connection, customer, before).await?;
        match call(context, connection, &question(context, row, &customer)?).await {
            // Only once: who is deleted again at this very moment is deleted for a reason.
            Err(Failed::Refused(error)) if error.lacks("customer") && gone.is_none() => {
                gone = Some(customer);
            }
            Err(failed) => return Err(failed.into()),
            Ok(made) => return Ok(made),
        }
    }
}

fn not_connected() -> Problem {
    let detail =
        "Stripe is not connected to this side any more, so nobody can pay. Connect it again.";
    Failure::PaymentsNotConfigured.because(detail)
}

/// The session that is asked for. It derives from the row.
fn question(context: &Context<'_>, row: &TopUp, customer: &str) -> Result<ApiRequest, Problem> {
    let unreadable = |_| Failure::Internal.because("The amount of the top-up cannot be paid.");
    let amount = stripe::minor_units(&row.currency, &row.amount.to_string());
    let off = Checkout {
        automatic_tax: false,
        save_payment_method: false,
        allow_promotion_codes: false,
    };
    let with = row.checkout.as_ref().unwrap_or(&off);
    // By way of our own page, so that it credits before the customer is back.
    let page = row.own_page(context)?;
    let [success_url, cancel_url] = ["yes", "no"].map(|paid| format!("{page}?paid={paid}"));
    let session = NewSession {
        top_up: &row.id,
        account: &row.account_id,
        mode: &row.mode,
        customer: &row.customer_id,
        stripe_customer: customer,
        amount: amount.map_err(unreadable)?,
        currency: &row.currency,
        product: &format!("{} {}", row.credit, row.asset),
        description: row.description.as_deref(),
        success_url: &success_url,
        cancel_url: &cancel_url,
        expires_at: row.expires_at.div_euclid(1_000_000),
        saves_payment_method: with.save_payment_method,
        automatic_tax: with.automatic_tax,
        allows_promotion_codes: with.allow_promotion_codes,
    };
    Ok(session.request())
}

/// # Errors
/// `unavailable` for what is no session: whether there is one is open.
fn read(value: &Value) -> Result<Session, Problem> {
    let unreadable = |sentence: String| {
        let detail =
            format!("Stripe's answer cannot be read: {sentence} Send the same call again.");
        Failure::Unavailable.because(detail)
    };
    Session::of_reply(value).map_err(unreadable)
}

/// When the link of a top-up ends: a little earlier at Stripe than elsewhere.
///
/// # Errors
/// `validation_failed` for credit that ends before a session at Stripe may end.
pub fn link_end(end: Instant, now: Instant) -> Result<Instant, Problem> {
    if end < now.plus_seconds(SHORTEST_SECONDS) {
        let minutes = SHORTEST_SECONDS.div_euclid(60);
        let sentence =
            format!("must be at least {minutes} minutes from now: so long a payment page lives");
        return Err(Problem::field("credit_expires_at", sentence));
    }
    Ok(end.min(now.plus_seconds(LINK_SECONDS.saturating_sub(EARLIER_SECONDS))))
}

/// What has become of a top-up at Stripe. `None` where Stripe knows no session of it, is not connected any
/// more, or refuses to say.
///
/// # Errors
/// `unavailable` where it does not answer.
pub async fn session_of(
    context: &Context<'_>,
    row: &TopUp,
    intent: Option<&str>,
) -> Result<Option<Session>, Problem> {
    let Some(connection) = connection_of(context, &row.who(context)?).await? else {
        return Ok(None);
    };
    let known = row.session.as_deref().map(retrieve);
    let Some(request) = known.or_else(|| intent.map(of_intent)) else {
        return Ok(None);
    };
    let told = match call_once(context, &connection, &request).await {
        Ok(told) => told,
        Err(Failed::Refused(_)) => return Ok(None),
        Err(Failed::Open(problem) | Failed::Unasked(problem)) => return Err(problem),
    };
    let is_list = told["object"] == "list";
    let one = if is_list { &told["data"][0] } else { &told };
    if one.is_null() {
        return Ok(None);
    }
    read(one).map(Some)
}

/// Ends the session, so that nobody can pay any more. Whether Stripe has done it: it does not where
/// somebody has paid, where it has ended before, or where it is connected no more.
///
/// # Errors
/// As `call`, but for a refusal.
pub async fn end_session(context: &Context<'_>, row: &TopUp) -> Result<bool, Problem> {
    let Some(session) = &row.session else {
        return Ok(true);
    };
    // Nobody can be asked then, so what is paid all the same is credited; in a day the session ends.
    let Some(connection) = connection_of(context, &row.who(context)?).await? else {
        return Ok(false);
    };
    match call(context, &connection, &expire(session)).await {
        Ok(_) => Ok(true),
        Err(Failed::Refused(_)) => Ok(false),
        Err(Failed::Open(problem) | Failed::Unasked(problem)) => Err(problem),
    }
}
