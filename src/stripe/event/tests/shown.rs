//! What an answer looks like in the table of cases.

use super::super::*;
use crate::stripe::interpretation::CustomerRef;
use crate::stripe::plan_news::PlanEvent;
use crate::stripe::sale::TopUpEvent;

/// The customer and by which of both ids it is named.
fn shown_customer(customer: &CustomerRef) -> String {
    match customer {
        CustomerRef::Id(id) => format!("id {id}"),
        CustomerRef::ExternalId(id) => format!("external id {id}"),
    }
}

fn shown_claim(claim: &Claim) -> String {
    let reason = claim.reason.as_ref();
    let reason = reason.map(|reason| format!(" ({reason})"));
    format!(
        "{} {} {} {} of {}{}",
        claim.what.code(),
        claim.id,
        claim.amount,
        claim.currency,
        claim.payment,
        reason.unwrap_or_default()
    )
}

fn shown_plan(news: &PlanNews) -> String {
    let named = news.named.as_deref().unwrap_or("-");
    let what = match &news.what {
        PlanEvent::Invoice(one) => format!(
            "{} {} {} {} for {:?}",
            one.id,
            if one.paid { "paid" } else { "unpaid" },
            one.amount,
            one.currency,
            one.period
        ),
        other => format!("{other:?}"),
    };
    format!("plan {} {named} {what}", news.stripe_id)
}

/// One line that a person can compare with the rule.
pub(super) fn shown(interpretation: &Interpretation) -> String {
    match interpretation {
        Interpretation::Credit(payment) => {
            let tax = if payment.tax_known {
                "tax known"
            } else {
                "tax unknown"
            };
            let customer = shown_customer(&payment.customer);
            format!(
                "credit {} {} to {customer} as {} ({tax})",
                payment.amount, payment.asset, payment.op
            )
        }
        Interpretation::Claim(claim) => shown_claim(claim),
        Interpretation::Plan(news) => shown_plan(news),
        Interpretation::TopUp(news) => {
            let what = match &news.what {
                TopUpEvent::Session(session) => format!("{:?} {}", session.state, session.sold),
                TopUpEvent::IntentSucceeded { intent } => format!("paid by {intent}"),
                TopUpEvent::Waiting => "waits".to_owned(),
                TopUpEvent::Failed => "failed".to_owned(),
            };
            format!("top-up {}: {what}", news.top_up)
        }
        Interpretation::Recharge(news) => {
            let Intent {
                state,
                amount,
                currency,
                ..
            } = &news.intent;
            format!("recharge {}: {state:?} {amount} {currency}", news.recharge)
        }
        Interpretation::Method(news) => format!("{news:?}"),
        Interpretation::Fetch(thin) => {
            let context = thin.context.as_ref().map(|id| format!(" for {id}"));
            let twin = thin.snapshot.as_ref().map(|id| format!(", twin {id}"));
            format!(
                "fetch {} for {}{}{}",
                thin.url,
                thin.event_type,
                context.unwrap_or_default(),
                twin.unwrap_or_default()
            )
        }
        Interpretation::Ignore { reason } => format!("ignore {}", reason.code()),
        Interpretation::Park(parked) => {
            format!("park {}: {}", parked.reason.code(), parked.detail)
        }
        Interpretation::Unreadable { detail } => format!("unreadable: {detail}"),
    }
}
