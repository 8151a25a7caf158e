//! What Stripe tells of subscriptions that its invoices pay for.
//!
//! ```text
//! which of ours is it? ──▶ note what Stripe calls it ──▶ tell its wallet
//!         └──none──▶ another system's: ignored
//! ```
//!
//! Each step can be repeated. An invoice is known by its id, and of a subscription that has changed Stripe is
//! asked what it is now: so neither order nor number of events matters.

use serde_json::Value;

use crate::engine::Amount;
use crate::engine::subscription::Change;
use crate::stripe::api::plan::retrieve;
use crate::stripe::{PlanEvent, PlanInvoice, PlanNews, plan_invoice};
use crate::wire::problem::Problem;
use crate::wire::subscription::{ToldInvoice, ToldOfPlan, ToldPlan};
use crate::worker::edge::call::Ask;
use crate::worker::edge::context::Context;
use crate::worker::edge::principal::Principal;
use crate::worker::edge::reply::Reply;
use crate::worker::processors::client::{Failed, call};
use crate::worker::processors::connection::connection_of;

use super::row::PlanRow;
use super::statements;

/// What became of it.
pub enum Heard {
    /// The wallet knows it, from now on or since before.
    Known { replayed: bool },
    /// Nothing to do, and why.
    Nothing(&'static str),
    /// Money that no wallet can take.
    Unmatched { detail: String },
    /// Whether the wallet knows it is open.
    Open(Reply),
}

/// An event of Stripe's about a subscription, whoever's that is.
///
/// # Errors
/// `unavailable`: the same event again finishes it.
pub async fn hear(
    context: &Context<'_>,
    who: &Principal,
    news: &PlanNews,
) -> Result<Heard, Problem> {
    let Some(row) = row_of(context, who, (&news.stripe_id, news.named.as_deref())).await? else {
        return Ok(Heard::Nothing("no_plan_of_ours"));
    };
    // Only money must be accounted for: what else has no wallet is nobody's loss.
    let paid = matches!(&news.what, PlanEvent::Invoice(invoice) if invoice.paid);
    let heard = match &news.what {
        PlanEvent::Invoice(invoice) => told_invoice(context, who, &row, invoice).await?,
        PlanEvent::Ended => follow(context, who, &row, Change::Deactivate, &news.event_id).await?,
        PlanEvent::Changed => return look(context, who, &row, &news.event_id).await,
    };
    Ok(match heard {
        Heard::Unmatched { .. } if !paid => Heard::Nothing("no_plan_of_ours"),
        heard => heard,
    })
}

/// Which of ours it is: by what Stripe calls it, else by its metadata, which only the seller writes.
///
/// # Errors
/// `unavailable`: the same again finishes it.
pub async fn row_of(
    context: &Context<'_>,
    who: &Principal,
    (stripe_id, named): (&str, Option<&str>),
) -> Result<Option<PlanRow>, Problem> {
    let answer = context
        .directory(vec![
            statements::plan_by_stripe_id(who, stripe_id),
            statements::plan_by_id(who, named.unwrap_or_default()),
        ])
        .await?;
    if let Some(row) = answer.row(0)? {
        return Ok(Some(PlanRow::of(row)?));
    }
    let Some(row) = answer.row(1)?.map(PlanRow::of).transpose()? else {
        return Ok(None);
    };
    // A copy of its metadata is none of ours: it is that one at Stripe which was paid first.
    if row.stripe_id.is_some() {
        return Ok(None);
    }
    let named = statements::name_plan(who, &row.id, stripe_id);
    context.directory(vec![named]).await?;
    Ok(Some(row))
}

/// What a subscription is at Stripe by now.
async fn look(
    context: &Context<'_>,
    who: &Principal,
    row: &PlanRow,
    by: &str,
) -> Result<Heard, Problem> {
    let Some((connection, id)) = connection_of(context, who)
        .await?
        .zip(row.stripe_id.as_ref())
    else {
        return Ok(Heard::Nothing("not_connected"));
    };
    match call(context, &connection, &retrieve(id)).await {
        Ok(found) => stand(context, who, row, &found, by).await,
        Err(Failed::Refused(_)) => Ok(Heard::Nothing("not_connected")),
        Err(Failed::Open(problem) | Failed::Unasked(problem)) => Err(problem),
    }
}

async fn stand(
    context: &Context<'_>,
    who: &Principal,
    row: &PlanRow,
    found: &Value,
    by: &str,
) -> Result<Heard, Problem> {
    let over = matches!(
        found["status"].as_str(),
        Some("canceled" | "incomplete_expired")
    );
    let change = if over {
        Change::Deactivate
    } else if found["cancel_at_period_end"] == true {
        Change::CancelAtPeriodEnd
    } else {
        Change::Resume
    };
    follow(context, who, row, change, by).await
}

/// A subscription of Stripe's that is linked: its last invoice, where that is paid, and whether it ends.
///
/// # Errors
/// `unavailable`: the same again finishes it.
pub async fn take(
    context: &Context<'_>,
    who: &Principal,
    row: &PlanRow,
    found: &Value,
) -> Result<(), Problem> {
    let last = &found["latest_invoice"];
    if last["status"] == "paid"
        && let Some(mut invoice) = plan_invoice(last)
    {
        // The last one may settle a difference; what runs is paid for in any case.
        invoice.period = invoice.period.or_else(|| running(found));
        told_invoice(context, who, row, &invoice).await?;
    }
    stand(context, who, row, found, "linked").await?;
    Ok(())
}

/// The period that the items of a subscription are in.
fn running(found: &Value) -> Option<(i64, i64)> {
    let items = found["items"]["data"].as_array()?;
    let periods = items.iter().filter_map(|item| {
        let bound = |name: &str| item[name].as_i64();
        bound("current_period_start").zip(bound("current_period_end"))
    });
    periods.max_by_key(|(_, ends)| *ends)
}

/// Tells the wallet what has become of an invoice.
///
/// # Errors
/// `unavailable`: the same again finishes it.
pub async fn told_invoice(
    context: &Context<'_>,
    who: &Principal,
    row: &PlanRow,
    invoice: &PlanInvoice,
) -> Result<Heard, Problem> {
    let parsed = Amount::parse(&invoice.amount).and_then(|amount| {
        let tax = Amount::parse(&invoice.tax)?;
        Ok((amount, tax))
    });
    let Ok((amount, tax)) = parsed else {
        let detail = "The amount of the invoice cannot be read.".to_owned();
        return Ok(Heard::Unmatched { detail });
    };
    let told = ToldInvoice {
        id: invoice.id.clone(),
        paid: invoice.paid,
        period: invoice.period,
        amount,
        tax,
        currency: invoice.currency.clone(),
    };
    tell(context, who, row, ToldOfPlan::Invoice(told)).await
}

async fn follow(
    context: &Context<'_>,
    who: &Principal,
    row: &PlanRow,
    change: Change,
    by: &str,
) -> Result<Heard, Problem> {
    let by = by.to_owned();
    tell(context, who, row, ToldOfPlan::Follow { change, by }).await
}

/// Tells the wallet.
///
/// # Errors
/// `unavailable`: the same again finishes it.
pub async fn tell(
    context: &Context<'_>,
    who: &Principal,
    row: &PlanRow,
    what: ToldOfPlan,
) -> Result<Heard, Problem> {
    let (wallet, customer) = (who.wallet(&row.customer), row.customer.as_str());
    let subscription = row.number()?;
    let ask = Ask::ToldPlan(ToldPlan { subscription, what });
    let reply = context.wallet(&wallet, customer, ask).await?;
    Ok(match reply.status {
        200 => {
            // Before Stripe hears that it is done, so that lists and sums have it from then on.
            context.world.shipped(&wallet).await?;
            Heard::Known {
                replayed: reply.replayed,
            }
        }
        500.. => Heard::Open(reply),
        _ => Heard::Unmatched {
            detail: format!(
                "The wallet has no subscription {} that invoices pay for.",
                row.id
            ),
        },
    })
}
