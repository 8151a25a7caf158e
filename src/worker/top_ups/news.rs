//! What Stripe says of a top-up, in an event or when it is asked: the same whoever hears it first.
//!
//! | the session | the top-up |
//! |---|---|
//! | paid, or nothing had to be paid | is credited what it sold, and `succeeded` |
//! | waits for a delayed method | `pending` |
//! | a delayed method has failed | `failed` |
//! | has ended | reads as `expired` |
//!
//! In any order and any number of times: a payment is a fact, and is credited also where another word came
//! first.

use crate::engine::Amount;
use crate::stripe::{Session, SessionState, TopUpEvent, TopUpNews};
use crate::wire::problem::Problem;
use crate::wire::reply::json;
use crate::wire::time;
use crate::worker::edge::context::Context;
use crate::worker::edge::principal::Principal;
use crate::worker::edge::reply::{Reply, why};
use crate::worker::payments;
use crate::worker::payments::crediting::Outcome;

use super::checkout::session_of;
use super::granted::{recorded, sale_of};
use super::row::{Sale, TopUp};
use super::{settling, statements};

/// What became of it.
pub enum Heard {
    Credited {
        replayed: bool,
    },
    /// Nothing to credit, and why.
    Nothing(&'static str),
    /// Money that cannot be credited as it stands: kept for somebody to look at.
    Unmatched {
        reason: &'static str,
        detail: String,
    },
    /// Whether the wallet has it is open.
    Open(Reply),
}

/// An event of Stripe's about a top-up.
///
/// # Errors
/// `unavailable`: the same event again finishes it.
pub async fn hear(
    context: &Context<'_>,
    who: &Principal,
    news: &TopUpNews,
) -> Result<Heard, Problem> {
    let id = news.top_up.as_str();
    let answer = context
        .directory(vec![statements::top_up_by_id(who, id)])
        .await?;
    let row = TopUp::found(&answer, 0)?.filter(TopUp::is_by_stripe);
    let Some(mut row) = row else {
        return Ok(Heard::Unmatched {
            reason: "unknown_top_up",
            detail: format!("There is no top-up {id} on this side that is paid at Stripe."),
        });
    };
    match &news.what {
        TopUpEvent::Session(session) => take(context, &mut row, session).await,
        TopUpEvent::IntentSucceeded { intent } if row.is_granted() => {
            by_token(context, &mut row, intent, news).await
        }
        TopUpEvent::IntentSucceeded { intent } => by_intent(context, &mut row, intent).await,
        TopUpEvent::Waiting => {
            let intent = news.parked.payment.as_deref();
            waits(context, &mut row, None, intent).await?;
            Ok(Heard::Nothing("not_paid_yet"))
        }
        TopUpEvent::Failed => {
            let failed = statements::top_up_has_failed(who, id);
            context.directory(vec![failed]).await?;
            Ok(Heard::Nothing("payment_failed"))
        }
    }
}

/// A PaymentIntent does not say what was sold nor what of it is tax, so its session is asked for. Where Stripe
/// cannot be asked, the session's own event tells of the same payment.
async fn by_intent(context: &Context<'_>, row: &mut TopUp, intent: &str) -> Result<Heard, Problem> {
    let has_it = row.sale.as_ref().is_some_and(|sale| sale.payment == intent);
    if has_it {
        return Ok(told(settling::tell(context, row).await?));
    }
    match session_of(context, row, Some(intent)).await? {
        Some(session) => take(context, row, &session).await,
        None => Ok(Heard::Nothing("carried_by_checkout")),
    }
}

/// A machine's payment has no session, so the PaymentIntent says all. Whoever may write metadata at Stripe could name any
/// top-up, so the money has to agree.
async fn by_token(
    context: &Context<'_>,
    row: &mut TopUp,
    intent: &str,
    news: &TopUpNews,
) -> Result<Heard, Problem> {
    let paid = news.parked.paid.as_deref().map(Amount::parse);
    let agrees = matches!(paid, Some(Ok(paid)) if paid == row.amount)
        && news.parked.asset.as_deref() == Some(row.currency.as_str());
    if !agrees {
        let detail = "It is of another amount or currency.";
        return Ok(contradicted(&row.id, detail));
    }
    // Without the link of its receipt, since no event has that.
    let who = row.who(context)?;
    let sale = sale_of(row, intent.to_owned(), None);
    *row = recorded(context, &who, row, &sale).await?;
    if row.sale.as_ref().is_none_or(|sale| sale.payment != intent) {
        return Ok(contradicted(
            &row.id,
            "It was paid by another payment already.",
        ));
    }
    Ok(told(settling::tell(context, row).await?))
}

/// What Stripe says of it now, where that can matter: asked by who waits for an answer, so nobody is
/// bothered where Stripe does not answer.
///
/// # Errors
/// `unavailable` where the wallet or the directory does not answer.
pub async fn look_again(context: &Context<'_>, row: &mut TopUp) -> Result<(), Problem> {
    if !row.is_by_stripe() {
        return Ok(());
    }
    if row.sale.is_some() {
        return complete_receipt(context, row).await;
    }
    if !matches!(row.status.as_str(), "initiated" | "pending") {
        return Ok(());
    }
    if let Ok(Some(session)) = session_of(context, row, None).await
        && let Heard::Open(_) = take(context, row, &session).await?
    {
        return settling::settle(context, row).await;
    }
    Ok(())
}

/// Events do not tell where a receipt can be looked at, so that is asked for once somebody reads it.
async fn complete_receipt(context: &Context<'_>, row: &mut TopUp) -> Result<(), Problem> {
    let lacks = |sale: &Sale| sale.paid.is_positive() && sale.receipt.url.is_none();
    if !row.sale.as_ref().is_some_and(lacks) {
        return Ok(());
    }
    let Ok(Some(session)) = session_of(context, row, None).await else {
        return Ok(());
    };
    let told = row.sale_of(&session).filter(|sale| !lacks(sale));
    if let Some(sale) = told {
        let set = statements::set_receipt(&row.who(context)?, &row.id, json(&sale));
        context.directory(vec![set]).await?;
        row.sale = Some(sale);
    }
    Ok(())
}

/// A session of this top-up, as Stripe tells it.
///
/// # Errors
/// `unavailable`: the same again finishes it.
pub async fn take(
    context: &Context<'_>,
    row: &mut TopUp,
    session: &Session,
) -> Result<Heard, Problem> {
    let (who, id) = (row.who(context)?, row.id.clone());
    // Whoever may write metadata at Stripe could name any top-up: only its own session pays for it.
    if row.session.as_ref().is_some_and(|own| *own != session.id) {
        return Ok(contradicted(
            &id,
            "It was paid in another session than its own.",
        ));
    }
    match session.state {
        SessionState::Open => Ok(Heard::Nothing("not_paid_yet")),
        SessionState::Waiting => {
            let intent = session.intent.as_deref();
            waits(context, row, Some(&session.id), intent).await?;
            Ok(Heard::Nothing("not_paid_yet"))
        }
        SessionState::Expired => {
            let now = context.now().micros();
            context
                .directory(vec![statements::end_top_up(&who, &id, now)])
                .await?;
            row.expires_at = row.expires_at.min(now);
            Ok(Heard::Nothing("session_expired"))
        }
        SessionState::Paid | SessionState::Free => paid(context, row, session).await,
    }
}

/// Somebody is at it. Whose payment it will be is noted already, because a refund or a dispute of it does not
/// say so, and may come first.
async fn waits(
    context: &Context<'_>,
    row: &mut TopUp,
    session: Option<&str>,
    intent: Option<&str>,
) -> Result<(), Problem> {
    let who = row.who(context)?;
    let at = time::format(context.now());
    let name = |intent| payments::statements::name_customer(&who, intent, &row.customer_id, &at);
    let mut all = vec![
        statements::top_up_waits(&who, &row.id, session),
        statements::top_up_by_id(&who, &row.id),
    ];
    all.extend(intent.map(name));
    let answer = context.directory(all).await?;
    if let Some(now) = answer.row(1)? {
        row.status = now.text("status")?;
    }
    Ok(())
}

async fn paid(context: &Context<'_>, row: &mut TopUp, session: &Session) -> Result<Heard, Problem> {
    let Some(sale) = row.sale_of(session) else {
        let detail = "Its session was made for another amount or currency.";
        return Ok(contradicted(&row.id, detail));
    };
    let (who, payment) = (row.who(context)?, sale.payment.clone());
    // Before the wallet is told, so that whoever comes next tells it the same.
    let answer = context
        .directory(vec![
            statements::record_sale(&who, &row.id, &session.id, json(&sale)),
            statements::top_up_by_id(&who, &row.id),
        ])
        .await?;
    let name = row.customer_name.take();
    let hash = row.pay_token_hash.take();
    if let Some(now) = TopUp::found(&answer, 1)? {
        *row = TopUp {
            customer_name: name,
            pay_token_hash: hash,
            ..now
        };
    }
    if row.sale.as_ref().is_none_or(|sale| sale.payment != payment) {
        return Ok(contradicted(
            &row.id,
            "It was paid by another payment already.",
        ));
    }
    Ok(told(settling::tell(context, row).await?))
}

fn contradicted(id: &str, why: &str) -> Heard {
    Heard::Unmatched {
        reason: "contradictory",
        detail: format!("The payment names the top-up {id}, and contradicts it. {why}"),
    }
}

/// What is to be answered, by what became of a credit.
pub fn told(outcome: Outcome) -> Heard {
    match outcome {
        Outcome::Credited { replayed } => Heard::Credited { replayed },
        Outcome::ByHand => Heard::Nothing("settled_by_hand"),
        Outcome::Open(reply) => Heard::Open(reply),
        Outcome::Elsewhere => Heard::Unmatched {
            reason: "credited_elsewhere",
            detail: "The payment is another customer's already.".to_owned(),
        },
        Outcome::Refused(reply) => Heard::Unmatched {
            reason: "refused_by_wallet",
            detail: format!("The wallet refused the payment: {}", why(&reply)),
        },
    }
}
