//! A top-up that was paid fills the wallet, once, and is noted.

use crate::wire::problem::{Failure, Problem};
use crate::worker::edge::call::Ask;
use crate::worker::edge::context::Context;
use crate::worker::edge::principal::Principal;
use crate::worker::edge::reply::Reply;
use crate::worker::payments::crediting::{Crediting, Outcome, credit};

use super::row::TopUp;
use super::statements;

/// Tells the wallet of a payment, and notes what it made of it.
///
/// # Errors
/// `unavailable` where the wallet did not answer: the row stays pending, and the next look tries
/// again.
pub async fn settle(context: &Context<'_>, row: &mut TopUp) -> Result<(), Problem> {
    match tell(context, row).await? {
        // Nothing is noted: only an answer of the wallet may end what is pending.
        Outcome::Open(_) => {
            let detail = "The payment is noted, but the wallet did not answer yet. Try again: it is \
                          credited once.";
            Err(Failure::Unavailable.because(detail))
        }
        Outcome::Credited { .. } | Outcome::Elsewhere | Outcome::ByHand | Outcome::Refused(_) => {
            Ok(())
        }
    }
}

/// The same, for who has to say what became of it.
///
/// # Errors
/// `unavailable`: the same again finishes it.
pub async fn tell(context: &Context<'_>, row: &mut TopUp) -> Result<Outcome, Problem> {
    #[cfg(feature = "faults")]
    crate::worker::faults::stall(&row.metadata, "fault:stall-before-credit").await;
    let who = row.who(context)?;
    let asks = row.credits().into_iter();
    let asks: Vec<Ask> = asks
        .map(|top_up| Ask::CreditTopUp {
            top_up: Box::new(top_up),
        })
        .collect();
    let outcome = match &row.sale {
        Some(sale) => {
            let crediting = Crediting {
                who: &who,
                customer: &row.customer_id,
                payment: &sale.payment,
                op: &sale.op,
                session: row.session.as_deref(),
                note: Some(statements::settle_top_up(&who, &row.id, true)),
            };
            credit(context, crediting, asks).await?
        }
        None => simulated(context, &who, row, asks).await?,
    };
    let is_credited = matches!(outcome, Outcome::Credited { .. });
    if matches!(outcome, Outcome::Open(_)) {
        return Ok(outcome);
    }
    let mut statements = vec![statements::top_up_by_id(&who, &row.id)];
    // Of a payment at Stripe the credit was noted together with the payment, so it is not noted again.
    if !is_credited || row.sale.is_none() {
        statements.insert(0, statements::settle_top_up(&who, &row.id, is_credited));
    }
    let last = statements.len().saturating_sub(1);
    let answer = context.directory(statements).await?;
    // Read back, because another request may have settled it in another way first.
    if let Some(now) = answer.row(last)? {
        row.status = now.text("status")?;
    }
    Ok(outcome)
}

/// No other payment can have the name of a simulated one, so nobody else is asked.
async fn simulated(
    context: &Context<'_>,
    who: &Principal,
    row: &TopUp,
    asks: Vec<Ask>,
) -> Result<Outcome, Problem> {
    let (wallet, customer) = (who.wallet(&row.customer_id), &row.customer_id);
    let mut replayed = true;
    for ask in asks {
        let reply: Reply = context.wallet(&wallet, customer, ask).await?;
        match reply.status {
            200 => replayed &= reply.replayed,
            500.. => return Ok(Outcome::Open(reply)),
            _ => return Ok(Outcome::Refused(reply)),
        }
    }
    Ok(Outcome::Credited { replayed })
}
