//! What a processor says of payment methods by itself, whatever our rules need.

use crate::wire::problem::{Failure, Problem};
use crate::worker::edge::call::{Ask, RechargeAsk};
use crate::worker::edge::context::Context;
use crate::worker::edge::principal::Principal;

use super::statements;

/// The processor took a payment method away, or its owner did there. Rules that name it turn themselves off. Whether
/// anybody here had it.
///
/// # Errors
/// `unavailable`: then nobody was told, or only the directory; telling it again finishes it.
pub async fn detached(
    context: &Context<'_>,
    who: &Principal,
    processor: &str,
    processor_id: &str,
) -> Result<bool, Problem> {
    let known = statements::method_of_processor(who, processor, processor_id);
    let answer = context.directory(vec![known]).await?;
    let Some(row) = answer.row(0)? else {
        return Ok(false);
    };
    // The directory first: a rule that fires in between must find nothing to charge.
    let (id, customer) = (row.text("id")?, row.text("customer_id")?);
    let now = context.now().micros();
    context
        .directory(vec![statements::detach(who, &id, now)])
        .await?;
    let ask = Ask::Recharge(RechargeAsk::Stop { payment_method: id });
    let reply = context
        .wallet(&who.wallet(&customer), &customer, ask)
        .await?;
    if reply.status >= 500 {
        let detail = "The wallet did not hear that a payment method is gone. Tell it again.";
        return Err(Failure::Unavailable.because(detail));
    }
    Ok(true)
}
