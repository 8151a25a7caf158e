//! One payment into one wallet, once, whoever says which: the metadata of its events, or somebody
//! who has looked at it.
//!
//! ```text
//! name the customer ──▶ the wallet credits ──▶ note it ──▶ tell what came before it: see `claims`
//!        └──▶ another one was named: it is that one's, for ever
//! ```
//!
//! Each step can be repeated. The customer is named in the directory before the wallet is asked: two
//! who name two wallets must not both be credited.

use crate::wire::problem::Problem;
use crate::wire::time;
use crate::worker::edge::call::Ask;
use crate::worker::edge::context::Context;
use crate::worker::edge::principal::Principal;
use crate::worker::edge::reply::Reply;
use crate::worker::edge::rows::Statement;

use super::claims::{self, Credited, Told};
use super::statements;

/// Whom a payment is for.
pub struct Crediting<'a> {
    /// The side of the endpoint that it came in at.
    pub who: &'a Principal,
    pub customer: &'a str,
    /// The processor's id of it.
    pub payment: &'a str,
    /// The operation by which the wallet credits it.
    pub op: &'a str,
    /// The Checkout session, which goes by an id of its own.
    pub session: Option<&'a str>,
    /// What is noted with the credit, before all else of that step.
    pub note: Option<Statement>,
}

/// What has become of it.
pub enum Outcome {
    /// The wallet has it, from now on or since before.
    Credited { replayed: bool },
    /// It was named as another customer's.
    Elsewhere,
    /// Somebody has settled it by hand.
    ByHand,
    /// The wallet cannot take it.
    Refused(Reply),
    /// Whether the wallet has it is open.
    Open(Reply),
}

/// Credits a payment by what the wallet is asked, one after the other, unless it is somebody else's or
/// settled.
///
/// # Errors
/// `unavailable`: the same again finishes it.
pub async fn credit(
    context: &Context<'_>,
    crediting: Crediting<'_>,
    asks: Vec<Ask>,
) -> Result<Outcome, Problem> {
    let Crediting { who, customer, .. } = crediting;
    let (id, now) = (crediting.payment, time::format(context.now()));
    let answer = context
        .directory(vec![
            statements::name_customer(who, id, customer, &now),
            statements::payment_by_id(who, id),
        ])
        .await?;
    let known = answer.row(1)?;
    let has = |name: &str| known.and_then(|row| row.given(name));
    // One that the wallet has is told to it all the same: this event may know its tax.
    if has("settled_at").is_some() && has("credited_at").is_none() {
        return Ok(Outcome::ByHand);
    }
    if has("customer_id").is_some_and(|named| named != customer) {
        return Ok(Outcome::Elsewhere);
    }
    // The wallet decides by the payment's own id, so an event that is sent again changes nothing.
    let mut replayed = true;
    for ask in asks {
        let reply = context.wallet(&who.wallet(customer), customer, ask).await?;
        match reply.status {
            200 => replayed &= reply.replayed,
            500.. => return Ok(Outcome::Open(reply)),
            _ => return Ok(Outcome::Refused(reply)),
        }
    }
    // Events speak of the PaymentIntent or of the session; whichever comes next must find it. The operation is noted
    // with each, because a refund names the payment only, and the wallet finds its rows by the operation.
    let ids = [Some(id), crediting.session];
    let resolve = |id: &str| {
        [
            statements::set_credited(who, id, customer, crediting.op, &now),
            statements::resolve_credited(who, id, context.now().micros()),
        ]
    };
    let resolved = ids.into_iter().flatten().flat_map(resolve);
    // In the same step, so that a refund that comes just now is seen here or sees the credit. The answers to
    // these come first, since how many the others are depends on the payment.
    let claims = claims::look_up(who, id).into_iter();
    let noted = claims.chain(crediting.note).chain(resolved);
    let answer = context.directory(noted.collect()).await?;
    let credited = Credited {
        payment: id,
        customer,
        op: Some(crediting.op.to_owned()),
    };
    // What is refused is kept for somebody to look at, and the payment is credited all the same.
    if let Told::Open(reply) = claims::tell(context, who, &credited, (&answer, 0), None).await? {
        return Ok(Outcome::Open(reply));
    }
    Ok(Outcome::Credited { replayed })
}
