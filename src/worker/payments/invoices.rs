//! The payment of an invoice that a plan of ours is collected by. Its events name neither the wallet nor the invoice, so
//! nobody notes it when it is paid: it is looked up when something becomes of it.
//!
//! ```text
//! a claim of a payment that nobody knows ──▶ ask Stripe which invoice it paid ──▶ the plan of that invoice
//!        ──▶ tell its wallet the invoice ──▶ note the payment ──▶ tell the claims, as of every other
//! ```
//!
//! Each step can be repeated. Only a side that is connected and sells plans asks, once for each such claim.

use serde_json::Value;

use crate::engine::invoice::InvoiceNews;
use crate::stripe::api::invoice::{paid_by, payments_of};
use crate::stripe::{Claim, ClaimEvent, invoice_of_plan};
use crate::wire::problem::Problem;
use crate::wire::time;
use crate::worker::edge::context::Context;
use crate::worker::edge::principal::Principal;
use crate::worker::processors::client::{Failed, call};
use crate::worker::processors::connection::connection_of;
use crate::worker::subscriptions::told::{Heard, row_of, told_invoice};

use super::claims::{self, Credited, Told};
use super::statements;

/// A payment of an invoice, and what has become of looking it up.
pub enum Found {
    /// The wallet of this customer knows the invoice, and the payment is noted.
    Noted {
        payment: String,
        customer: String,
        op: String,
        /// What has become of the claim that is asked for.
        told: Told,
    },
    /// It has paid no plan of ours.
    Nobodys,
    /// Whether the wallet knows it is open.
    Open(crate::worker::edge::reply::Reply),
}

/// A claim of any payment: see `claims`.
///
/// # Errors
/// `unavailable`: the same again finishes it.
pub async fn receive(
    context: &Context<'_>,
    who: &Principal,
    claim: &Claim,
) -> Result<Told, Problem> {
    let told = claims::receive(context, who, claim).await?;
    if !matches!(told, Told::Waiting) {
        return Ok(told);
    }
    let id = claims::key_of(claim);
    match find(context, who, &claim.payment, Some((claim.what, &id))).await? {
        Found::Noted { told, .. } => Ok(told),
        Found::Nobodys => Ok(Told::Waiting),
        Found::Open(reply) => Ok(Told::Open(reply)),
    }
}

/// Looks up which plan an id of Stripe's has paid, `pi_…` or `in_…`, and notes the payment. The outcome is that of one
/// claim of it; of all, where none is named.
///
/// # Errors
/// `unavailable`: the same again finishes it.
pub async fn find(
    context: &Context<'_>,
    who: &Principal,
    id: &str,
    own: Option<(ClaimEvent, &str)>,
) -> Result<Found, Problem> {
    let asked = if id.starts_with("pi_") {
        paid_by(id)
    } else if id.starts_with("in_") {
        payments_of(id)
    } else {
        return Ok(Found::Nobodys);
    };
    // Before Stripe is asked, because most sides sell none and would pay for each such event with a question.
    let sells = context
        .directory(vec![statements::sells_plans(who)])
        .await?;
    if sells.row(0)?.is_none() {
        return Ok(Found::Nobodys);
    }
    let Some(connection) = connection_of(context, who).await? else {
        return Ok(Found::Nobodys);
    };
    let list = match call(context, &connection, &asked).await {
        Ok(list) => list,
        // Whoever may not ask knows nothing, so the claim waits as that of any other payment.
        Err(Failed::Refused(_)) => return Ok(Found::Nobodys),
        Err(Failed::Open(problem) | Failed::Unasked(problem)) => return Err(problem),
    };
    // Several only where somebody has paid in parts; each then leads to the same invoice, so the first will do.
    let rows = list["data"].as_array().map_or(&[][..], Vec::as_slice);
    for row in rows {
        let found = note(context, who, row, own).await?;
        if !matches!(found, Found::Nobodys) {
            return Ok(found);
        }
    }
    Ok(Found::Nobodys)
}

/// One payment of an invoice, as Stripe lists it.
async fn note(
    context: &Context<'_>,
    who: &Principal,
    row: &Value,
    own: Option<(ClaimEvent, &str)>,
) -> Result<Found, Problem> {
    let payment = row["payment"]["payment_intent"].as_str();
    let of_plan = invoice_of_plan(&row["invoice"]).filter(|(_, _, invoice)| invoice.paid);
    let Some((payment, (stripe_id, named, invoice))) = payment.zip(of_plan) else {
        return Ok(Found::Nobodys);
    };
    let Some(plan) = row_of(context, who, (&stripe_id, named.as_deref())).await? else {
        return Ok(Found::Nobodys);
    };
    // Before it is noted, because a claim that comes first must find the invoice in its wallet.
    match told_invoice(context, who, &plan, &invoice).await? {
        Heard::Known { .. } => {}
        Heard::Nothing(_) | Heard::Unmatched { .. } => return Ok(Found::Nobodys),
        Heard::Open(reply) => return Ok(Found::Open(reply)),
    }
    let op = InvoiceNews::paid_op(&invoice.id);
    let now = time::format(context.now());
    let noted = statements::set_credited(who, payment, &plan.customer, &op, &now);
    // With the claims in one step, so that one which comes just now is seen here or sees the note.
    let mut step: Vec<_> = claims::look_up(who, payment).into();
    step.push(noted);
    let answer = context.directory(step).await?;
    let credited = Credited {
        payment,
        customer: &plan.customer,
        op: Some(op.clone()),
    };
    let told = claims::tell(context, who, &credited, (&answer, 0), own).await?;
    Ok(Found::Noted {
        payment: payment.to_owned(),
        told,
        customer: plan.customer,
        op,
    })
}
