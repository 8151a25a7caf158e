//! What Stripe tells of a recharge by itself: the same whoever hears it first, the event or the alarm.
//!
//! | its PaymentIntent | done |
//! |---|---|
//! | `succeeded` | credited, once under the recharge's id, also where it had been given up |
//! | anything else | Stripe is asked what it is now, because events come late and in any order |

use crate::stripe::{IntentState, RechargeNews};
use crate::wire::problem::{Failure, Problem};
use crate::wire::recharge::parse_id;
use crate::worker::edge::context::Context;
use crate::worker::edge::principal::Principal;
use crate::worker::edge::reply::Reply;
use crate::worker::top_ups::news::{Heard, told};

use super::charging::{credit_stripe, look_after};
use super::stripe::AtStripe;

/// An event of Stripe's about a recharge.
///
/// # Errors
/// `unavailable`: the same event again finishes it.
pub async fn hear(
    context: &Context<'_>,
    who: &Principal,
    news: &RechargeNews,
) -> Result<Heard, Problem> {
    let id = news.recharge.as_str();
    let asked = AtStripe { context, who }.asked(id).await?;
    let Some((asked, (customer, intent))) = asked.zip(parse_id(id)) else {
        return Ok(Heard::Unmatched {
            reason: "unknown_recharge",
            detail: format!("Nothing was charged on this side for a recharge {id}."),
        });
    };
    // Whoever may write metadata at Stripe could name any recharge.
    if !asked.is_by(&news.intent) {
        return Ok(Heard::Unmatched {
            reason: "contradictory",
            detail: format!(
                "The payment names the recharge {id}, and contradicts it: that is of {} {}.",
                asked.price, asked.currency
            ),
        });
    }
    // Money that has come needs no question: it cannot become less true by being late.
    if news.intent.state == IntentState::Paid {
        let named = (id, intent, news.intent.id.as_str());
        return Ok(told(credit_stripe(context, who, &customer, named).await?));
    }
    match look_after(context, who, &customer, id).await {
        Ok(true) => Ok(Heard::Nothing("recharge_looked_up")),
        Ok(false) => Ok(Heard::Nothing("recharge_has_ended")),
        // The alarm asks again by itself; Stripe does so as well.
        Err(problem) if problem.code == Failure::Unavailable.code() => {
            Ok(Heard::Open(Reply::problem(&problem, context.request_id)))
        }
        Err(problem) => Err(problem),
    }
}
