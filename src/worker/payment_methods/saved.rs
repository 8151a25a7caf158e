//! Payment methods that customers keep at Stripe: added on its page, kept here by what a person tells them by.
//!
//! Whoever hears of one first, the way back from the page or an event, asks Stripe what it is now: so the order in
//! which they come does not matter.

use serde_json::Value;

use crate::stripe::api::payment_method::{NewSetup, detach, retrieve, retrieve_setup};
use crate::stripe::{MethodNews, SavedMethod};
use crate::wire::problem::{Failure, Problem};
use crate::wire::{ids, time};
use crate::worker::edge::context::Context;
use crate::worker::edge::principal::Principal;
use crate::worker::edge::rows::Row;
use crate::worker::processors::client::{Failed, call};
use crate::worker::processors::connection::{Connection, connection_of};
use crate::worker::processors::customers::stripe_customer;

use super::following::detached;
use super::statements;

/// The word for it, in rows.
pub const STRIPE: &str = "stripe";

/// The end of what does not end.
const NEVER: (i64, i64) = (9999, 12);

/// A link at which a card is added at Stripe.
pub struct Setup<'a> {
    pub id: &'a str,
    pub customer: &'a str,
    /// Our page, which takes in what was added before it goes on.
    pub page: &'a str,
    /// Seconds since 1970.
    pub expires_at: i64,
}

/// The id of its session and where the customer adds a card. The same one however often it is asked for.
///
/// # Errors
/// As `call`.
pub async fn page_of(
    context: &Context<'_>,
    who: &Principal,
    connection: &Connection,
    setup: &Setup<'_>,
) -> Result<(String, String), Problem> {
    let [success_url, cancel_url] = ["yes", "no"].map(|done| format!("{}?done={done}", setup.page));
    let mut gone: Option<String> = None;
    loop {
        let before = gone.as_deref();
        let customer = stripe_customer(context, who, connection, setup.customer, before).await?;
        let new = NewSetup {
            setup: setup.id,
            account: &who.account_id,
            mode: &who.mode,
            customer: setup.customer,
            stripe_customer: &customer,
            success_url: &success_url,
            cancel_url: &cancel_url,
            expires_at: setup.expires_at,
        };
        match call(context, connection, &new.request()).await {
            // Only once: who is deleted again at this very moment is deleted for a reason.
            Err(Failed::Refused(error)) if error.lacks("customer") && gone.is_none() => {
                gone = Some(customer);
            }
            Err(failed) => return Err(failed.into()),
            Ok(made) => return session_in(&made),
        }
    }
}

fn session_in(made: &Value) -> Result<(String, String), Problem> {
    let unread = || Failure::Unavailable.because("Stripe's answer names no page. Try again.");
    let word = |name: &str| made[name].as_str().map(str::to_owned).ok_or_else(unread);
    Ok((word("id")?, word("url")?))
}

/// Takes in what was added in a session. Our id of it; none as long as nothing was.
///
/// # Errors
/// `unavailable`: the event of the same method takes it in.
pub async fn take_in(
    context: &Context<'_>,
    who: &Principal,
    customer: &str,
    session: &str,
) -> Result<Option<String>, Problem> {
    let Some(connection) = connection_of(context, who).await? else {
        return Ok(None);
    };
    let told = call(context, &connection, &retrieve_setup(session)).await?;
    let added = &told["setup_intent"]["payment_method"];
    match SavedMethod::of_reply(added) {
        // Only what is the customer's can be charged later.
        Ok(method) if method.customer.is_some() => {
            keep(context, who, customer, &method).await.map(Some)
        }
        _ => Ok(None),
    }
}

/// Keeps a method, or what is new of it. Our id of it.
async fn keep(
    context: &Context<'_>,
    who: &Principal,
    customer: &str,
    method: &SavedMethod,
) -> Result<String, Problem> {
    // Of Stripe's id, so that whoever comes second finds it.
    let id = ids::keyed("pmt", &who.account_id, &who.mode, &method.id);
    let (year, month) = method.good_until.unwrap_or(NEVER);
    let (year, month) = (year.to_string(), month.to_string());
    let values = vec![
        Some(id.clone()),
        Some(customer.to_owned()),
        Some(STRIPE.to_owned()),
        Some(method.id.clone()),
        Some(method.kind.clone()),
        Some(method.brand.clone()),
        Some(method.last4.clone()),
        Some(month.clone()),
        Some(year.clone()),
        method.customer.clone(),
        Some(time::format(context.now())),
    ];
    let card = [
        method.brand.as_str(),
        method.last4.as_str(),
        month.as_str(),
        year.as_str(),
    ];
    context
        .directory(vec![
            statements::insert_saved_method(who, values),
            statements::update_card(who, STRIPE, &method.id, card),
        ])
        .await?;
    Ok(id)
}

/// What an event has said of payment methods: whether anything here has changed by it.
///
/// # Errors
/// `unavailable`: the same event again finishes it.
pub async fn hear(
    context: &Context<'_>,
    who: &Principal,
    news: &MethodNews,
) -> Result<bool, Problem> {
    match news {
        MethodNews::Detached { method } => detached(context, who, STRIPE, method).await,
        MethodNews::CustomerDeleted { customer } => {
            // Stripe need not tell of each method by itself.
            let kept = statements::methods_of_processor_customer(who, STRIPE, customer);
            let answer = context.directory(vec![kept]).await?;
            let rows = answer.values(0)?.iter().map(Row::new);
            let methods = rows.map(|row| row.text("processor_id"));
            let methods = methods.collect::<Result<Vec<_>, _>>()?;
            for method in &methods {
                detached(context, who, STRIPE, method).await?;
            }
            Ok(!methods.is_empty())
        }
        MethodNews::Changed { method, customer } => {
            changed(context, who, method, customer.as_deref()).await
        }
    }
}

async fn changed(
    context: &Context<'_>,
    who: &Principal,
    method: &str,
    customer: Option<&str>,
) -> Result<bool, Problem> {
    // Without a customer it is nobody's, so there is nothing to keep.
    let Some(customer) = customer else {
        return Ok(false);
    };
    let known = statements::customer_of_processor(who, customer);
    let answer = context.directory(vec![known]).await?;
    let ours = answer.row(0)?.and_then(|row| row.given("customer_id"));
    // Most customers of an account at Stripe may be others' business.
    let (Some(ours), Some(connection)) = (ours, connection_of(context, who).await?) else {
        return Ok(false);
    };
    let told = match call(context, &connection, &retrieve(method)).await {
        Ok(told) => told,
        // It is no more, or another account's.
        Err(Failed::Refused(_)) => return Ok(false),
        Err(Failed::Open(problem) | Failed::Unasked(problem)) => return Err(problem),
    };
    match SavedMethod::of_reply(&told) {
        // It may have been given up since the event, and then it must not come back.
        Ok(method) if method.customer.as_deref() == Some(customer) => {
            keep(context, who, &ours, &method).await.map(|_| true)
        }
        _ => Ok(false),
    }
}

/// Gives a method up at Stripe, so that nobody charges it there either.
///
/// # Errors
/// As `call`, where it may still be there.
pub async fn give_up(
    context: &Context<'_>,
    who: &Principal,
    processor_id: &str,
) -> Result<(), Problem> {
    // Nobody can be asked any more, so it is given up here alone.
    let Some(connection) = connection_of(context, who).await? else {
        return Ok(());
    };
    match call(context, &connection, &detach(processor_id)).await {
        Ok(_) => Ok(()),
        // It was given up before, by whomever.
        Err(Failed::Refused(error)) if !error.is_about_the_key() => Ok(()),
        Err(failed) => Err(failed.into()),
    }
}
