//! One call mends what does not agree: Stripe is asked how it is now, and that takes effect by the same way as an event
//! of it, once.
//!
//! | Stripe says | then |
//! |---|---|
//! | the payment is paid | it is credited, by its own operation |
//! | the refund is made, or is over | it is taken back, or given back, by its own id |
//! | the payment is not paid, and is credited | what it gave is taken back, as far as it is not spent; the rest is debt |
//!
//! Or it is settled: somebody has dealt with it elsewhere, and no event credits it any more.

use serde::Serialize;
use serde_json::Value;

use crate::stripe::api::{checkout, payment};
use crate::stripe::{
    Claim, ClaimEvent, Endpoint, IgnoreReason, Interpretation, as_snapshot, interpret, is_path,
    major_units,
};
use crate::wire::ids::MAX_ID;
use crate::wire::problem::{Failure, Problem};
use crate::wire::reply::json;
use crate::wire::request::read;
use crate::wire::time;
use crate::worker::edge::context::Context;
use crate::worker::edge::principal::{Caller, Principal};
use crate::worker::edge::reply::{Handled, Reply};
use crate::worker::edge::request::Path;
use crate::worker::processors::client::call;
use crate::worker::processors::connection::Connection;

use super::handlers::take;
use super::reconciliation::connected;
use super::statements;

/// What is asked.
struct Mend {
    /// `pi_…` or `re_…`.
    id: String,
    settles: bool,
}

impl Mend {
    /// # Errors
    /// As [`read`].
    fn read(body: &str) -> Result<Self, Problem> {
        read(body, |object, errors| {
            let id = object.text("id", MAX_ID, errors);
            let id = object.require("id", id, errors)?;
            let action = object.word("action", &["mend", "settle"], errors);
            let settles = action.as_deref() == Some("settle");
            let is_known = id.starts_with("pi_") || (id.starts_with("re_") && !settles);
            if !is_known || !is_path(&format!("/v1/x/{id}")) {
                errors.add(
                    "id",
                    "must be that of a PaymentIntent, pi_…, or to be mended that of a refund, re_…",
                );
            }
            Some(Self { id, settles })
        })
    }
}

#[derive(Serialize)]
struct Mended<'a> {
    id: &'a str,
    /// As of an event: `credited`, `claimed`, `unmatched`, `ignored`; or `settled`.
    outcome: String,
    reason: Option<String>,
}

/// `POST /v1/reconciliation/mend`: `{ "id": "pi_…" }`, or with `"action": "settle"`.
///
/// | case | reply |
/// |---|---|
/// | mended now | 200, with what became of it |
/// | mended before | 200, replayed |
/// | Stripe knows no such object | `processor_refused` |
/// | not paid, and not credited | 200 `ignored`: it agrees |
/// | no account at Stripe is connected | `wrong_state` |
/// | settled, and credited before | `wrong_state` |
///
/// # Errors
/// 503 where somebody did not answer: the same call again finishes it.
pub async fn mend(context: &Context<'_>, who: &Caller, _: &Path) -> Handled {
    let mend = Mend::read(context.body)?;
    if mend.settles {
        return settle(context, who, &mend.id).await;
    }
    let connection = connected(context, who).await?;
    let object = call(context, &connection, &payment::one(&mend.id)).await?;
    let is_paid = object["status"] == "succeeded";
    let reply = if mend.id.starts_with("re_") {
        taken(context, who, &connection, "refund.updated", &object).await?
    } else if is_paid {
        paid(context, who, &connection, &object).await?
    } else {
        take_back(context, who, &object).await?
    };
    // What is no answer yet stays none: the caller comes again.
    if reply.status >= 500 {
        return Ok(reply);
    }
    let said: Value = serde_json::from_str(&reply.body).unwrap_or_default();
    let word = |name: &str| said[name].as_str().map(str::to_owned);
    let mended = Mended {
        id: &mend.id,
        outcome: word("outcome").unwrap_or_default(),
        reason: word("reason"),
    };
    Ok(Reply::ok(json(&mended)).replayed(reply.replayed))
}

/// As an event of the object would, that nobody has sent.
async fn taken(
    context: &Context<'_>,
    who: &Principal,
    connection: &Connection,
    kind: &str,
    object: &Value,
) -> Handled {
    take(context, who, meaning(who, connection, kind, object)).await
}

/// What Stripe means by an object, as if it had sent an event of that kind.
pub fn meaning(
    who: &Principal,
    connection: &Connection,
    kind: &str,
    object: &Value,
) -> Interpretation {
    let livemode = who.mode == "live";
    let event = format!("mend_{}", object["id"].as_str().unwrap_or_default());
    let body = as_snapshot(&event, kind, livemode, object);
    let endpoint = Endpoint {
        livemode,
        account: who.account_id.clone(),
        connected_accounts: connection.connected_account.iter().cloned().collect(),
        api_version: None,
    };
    interpret(&body, &endpoint)
}

/// A payment whose session carries what is credited is told by that session, which alone knows the tax.
async fn paid(
    context: &Context<'_>,
    who: &Principal,
    connection: &Connection,
    intent: &Value,
) -> Handled {
    let said = meaning(who, connection, "payment_intent.succeeded", intent);
    let carried = Interpretation::Ignore {
        reason: IgnoreReason::CarriedByCheckout,
    };
    if said != carried {
        return take(context, who, said).await;
    }
    let id = intent["id"].as_str().unwrap_or_default();
    let list = call(context, connection, &checkout::of_intent(id)).await?;
    let session = &list["data"][0];
    let kind = "checkout.session.completed";
    if session.is_null() {
        return take(context, who, carried).await;
    }
    taken(context, who, connection, kind, session).await
}

/// What a payment gave that was never paid. It is a loss like a refund of all of it, by an id of ours, so that it is
/// taken once.
async fn take_back(context: &Context<'_>, who: &Principal, intent: &Value) -> Handled {
    let id = intent["id"].as_str().unwrap_or_default();
    let answer = context
        .directory(vec![statements::payment_by_id(who, id)])
        .await?;
    let is_credited = answer
        .row(0)?
        .is_some_and(|row| row.given("credited_at").is_some());
    if !is_credited {
        let reason = IgnoreReason::NotPaidYet;
        return take(context, who, Interpretation::Ignore { reason }).await;
    }
    let currency = intent["currency"].as_str().unwrap_or_default();
    let units = intent["amount"].as_i64().filter(|units| *units > 0);
    let amount = units.and_then(|units| major_units(currency, units).ok());
    let amount = amount.ok_or_else(|| {
        let detail = "Stripe does not say how much this payment is. Take it back by an adjustment.";
        Failure::WrongState.because(detail)
    })?;
    let claim = Claim {
        event_id: format!("mend_{id}"),
        event_type: "payment_intent.unpaid".to_owned(),
        payment: id.to_owned(),
        what: ClaimEvent::Refunded,
        id: format!("unpaid_{id}"),
        amount,
        currency: currency.to_ascii_uppercase(),
        reason: Some("not_paid_at_stripe".to_owned()),
    };
    take(context, who, Interpretation::Claim(claim)).await
}

/// Somebody has dealt with it elsewhere.
///
/// # Errors
/// `wrong_state` where it is credited.
async fn settle(context: &Context<'_>, who: &Principal, id: &str) -> Handled {
    let at = time::format(context.now());
    let answer = context
        .directory(vec![
            statements::payment_by_id(who, id),
            statements::settle_payment(who, id, &at),
            statements::payment_by_id(who, id),
        ])
        .await?;
    let has = |statement, name: &str| -> Result<bool, Problem> {
        Ok(answer
            .row(statement)?
            .is_some_and(|row| row.given(name).is_some()))
    };
    if has(2, "credited_at")? {
        let detail = format!(
            "The payment {id} is credited. Without \"action\", it is compared with Stripe."
        );
        return Err(Failure::WrongState.because(detail));
    }
    let mended = Mended {
        id,
        outcome: "settled".to_owned(),
        reason: None,
    };
    Ok(Reply::ok(json(&mended)).replayed(has(0, "settled_at")?))
}
