//! What a verified event does. A payment that cannot be credited is kept where people see it, and answered
//! 2xx, because sending it again would not help.
//!
//! ```text
//! interpret ──▶ whose wallet? ──▶ credit ──▶ note it
//!     │             │               │
//!     └─────────────┴───────────────┴──▶ keep as unmatched
//! ```
//!
//! An event may come as a delivery, be fetched, or be found by somebody who looks for it (see `webhook`,
//! `inbox`, `recovery`): all of them end here. Several events tell of one payment, each any number of times,
//! so each step can be repeated.

use serde::Serialize;

use crate::engine::Amount;
use crate::stripe::{
    self, Claim, CustomerRef, Interpretation, MethodNews, Parked, Payment, PlanEvent, PlanNews,
    RechargeNews, TopUpNews,
};
use crate::wire::catalogue::DEFAULT_PRECISION;
use crate::wire::money::{ConfirmedPayment, Paid};
use crate::wire::problem::Failure;
use crate::wire::reply::json;
use crate::worker::assets;
use crate::worker::customers;
use crate::worker::edge::call::Ask;
use crate::worker::edge::context::Context;
use crate::worker::edge::principal::Principal;
use crate::worker::edge::reply::{Handled, Reply, why};
use crate::worker::edge::rows::Row;
use crate::worker::payment_methods;
use crate::worker::recharge;
use crate::worker::subscriptions::told;
use crate::worker::top_ups::news::{Heard, hear};

use super::claims::Told;
use super::crediting::{Crediting, Outcome, credit};
use super::invoices;
use super::statements;

#[derive(Serialize)]
struct Received<'a> {
    received: bool,
    /// `credited`, `applied`, `claimed`, `waiting`, `followed`, `queued`, `ignored` or `unmatched`.
    outcome: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    reason: Option<&'a str>,
}

/// 200 with what became of the event; Stripe only looks at the status, people read the rest.
pub fn received(outcome: &str, reason: Option<&str>) -> Reply {
    Reply::ok(json(&Received {
        received: true,
        outcome,
        reason,
    }))
}

/// Has a verified event take effect, in whichever form it came in the end.
///
/// # Errors
/// `unavailable`: the same event again finishes it. `malformed_body` for what is no event.
pub async fn take(context: &Context<'_>, side: &Principal, meaning: Interpretation) -> Handled {
    match meaning {
        Interpretation::Credit(payment) => fill(context, side, &payment).await,
        Interpretation::TopUp(news) => of_top_up(context, side, *news).await,
        Interpretation::Plan(news) => of_plan(context, side, *news).await,
        Interpretation::Recharge(news) => of_recharge(context, side, *news).await,
        Interpretation::Method(news) => of_method(context, side, &news).await,
        Interpretation::Claim(claim) => claimed(context, side, claim).await,
        Interpretation::Ignore { reason } => Ok(received("ignored", Some(reason.code()))),
        Interpretation::Fetch(thin) => not_fetched(context, side, thin.parked).await,
        Interpretation::Park(parked) => {
            let reason = parked.reason.code();
            keep(context, side, parked, reason).await
        }
        // Signed and yet unreadable: a 2xx would say that its money is accounted for, and nobody
        // could tell.
        Interpretation::Unreadable { detail } => Err(Failure::MalformedBody.because(detail)),
    }
}

/// A thin event whose object nobody can fetch: kept where people see it, if it is about money.
///
/// # Errors
/// `unavailable`, or an unreadable answer.
pub async fn not_fetched(
    context: &Context<'_>,
    side: &Principal,
    parked: Option<Parked>,
) -> Handled {
    match parked {
        Some(parked) => {
            let reason = parked.reason.code();
            keep(context, side, parked, reason).await
        }
        None => Ok(received("ignored", Some("not_a_payment"))),
    }
}

/// What was understood and has nowhere to go.
fn parked(payment: &Payment, detail: String) -> Parked {
    Parked {
        event_id: payment.event_id.clone(),
        event_type: payment.event_type.clone(),
        // What keeps it is none of the event's own reasons.
        reason: stripe::ParkReason::NoWalletNamed,
        detail,
        payment: Some(payment.payment.clone()),
        session: payment.session.clone(),
        op: Some(payment.op.clone()),
        asset: Some(payment.asset.clone()),
        amount: Some(payment.amount.clone()),
        paid: Some(payment.paid.clone()),
        tax_known: payment.tax_known,
    }
}

/// Several wallets were named for one payment.
pub const CREDITED_ELSEWHERE: &str = "credited_elsewhere";

/// What is logged of a payment that was not credited, so that somebody looks at the list. Nothing of
/// it is about people.
#[derive(Serialize)]
struct NotCredited<'a> {
    log: &'static str,
    request_id: &'a str,
    account_id: &'a str,
    mode: &'a str,
    event_id: &'a str,
    event_type: &'a str,
    reason: &'a str,
    payment: Option<&'a str>,
    asset: Option<&'a str>,
    amount: Option<&'a str>,
}

impl NotCredited<'_> {
    /// Money that somebody meant for a wallet, and that did not get there. What names nobody may be
    /// the everyday business of others on the same account at Stripe, and is only listed.
    fn line(
        context: &Context<'_>,
        who: &Principal,
        parked: &Parked,
        reason: &str,
    ) -> Option<String> {
        let line = NotCredited {
            log: "payment_not_credited",
            request_id: context.request_id,
            account_id: &who.account_id,
            mode: &who.mode,
            event_id: &parked.event_id,
            event_type: &parked.event_type,
            reason,
            payment: parked.payment.as_deref(),
            asset: parked.asset.as_deref(),
            amount: parked.amount.as_deref(),
        };
        (reason != stripe::ParkReason::NoWalletNamed.code()).then(|| json(&line))
    }
}

/// Keeps the event before it is answered: a 2xx says that the money is accounted for. Only what was
/// read of the money is kept, never the event itself.
///
/// | case | reply |
/// |---|---|
/// | kept now | `unmatched` |
/// | kept before | `unmatched`, replayed |
/// | the payment was credited, by another event or by hand | `ignored` |
/// | credited, and this event names another wallet | `unmatched`, always |
async fn keep(context: &Context<'_>, who: &Principal, parked: Parked, reason: &str) -> Handled {
    keep_paid(context, who, parked, reason, None).await
}

/// The same of a payment that bought something else than was paid.
///
/// # Errors
/// `unavailable`, or an unreadable answer.
pub async fn keep_paid(
    context: &Context<'_>,
    who: &Principal,
    parked: Parked,
    reason: &str,
    paid: Option<&Paid>,
) -> Handled {
    let payment = parked.payment.clone().unwrap_or_default();
    let line = NotCredited::line(context, who, &parked, reason);
    let values = vec![
        Some(parked.event_id),
        Some(parked.event_type),
        Some(reason.to_owned()),
        Some(parked.detail),
        parked.payment,
        parked.session,
        parked.op,
        parked.asset,
        parked.amount,
        Some(u8::from(parked.tax_known).to_string()),
        Some(context.now().micros().to_string()),
        // Whoever took it: what was paid is one column, because a refund is counted against it. Only other
        // processors than Stripe need a currency beside it, since theirs need not be the asset.
        paid.map(|paid| paid.amount.to_string()).or(parked.paid),
        paid.map(|paid| paid.currency.clone()),
    ];
    let answer = context
        .directory(vec![
            statements::insert_unmatched(who, values),
            statements::payment_by_id(who, &payment),
        ])
        .await?;
    let known = answer.row(1)?;
    let has = |name: &str| known.is_some_and(|row| row.given(name).is_some());
    // Two wallets for one payment is a mistake that somebody must see, although the money is not
    // lost.
    if reason != CREDITED_ELSEWHERE && has("credited_at") {
        return Ok(received("ignored", Some("already_credited")));
    }
    if reason != CREDITED_ELSEWHERE && has("settled_at") {
        return Ok(received("ignored", Some(SETTLED_BY_HAND)));
    }
    // Once, however often the event is sent.
    if let Some(line) = line.filter(|_| answer.wrote(0)) {
        context.world.log(&line);
    }
    let reply = received("unmatched", Some(reason));
    Ok(reply.replayed(!answer.wrote(0)))
}

/// Somebody has looked at the payment, and it is not to be credited by events any more.
pub const SETTLED_BY_HAND: &str = "settled_by_hand";

/// An event that names a top-up of ours.
async fn of_top_up(context: &Context<'_>, who: &Principal, news: TopUpNews) -> Handled {
    let heard = hear(context, who, &news).await?;
    answered(context, who, heard, news.parked).await
}

/// An event that names an automatic recharge of ours.
async fn of_recharge(context: &Context<'_>, who: &Principal, news: RechargeNews) -> Handled {
    let heard = recharge::news::hear(context, who, &news).await?;
    answered(context, who, heard, news.parked).await
}

/// An event that tells of payment methods.
async fn of_method(context: &Context<'_>, who: &Principal, news: &MethodNews) -> Handled {
    let is_ours = payment_methods::saved::hear(context, who, news).await?;
    Ok(if is_ours {
        received("followed", None)
    } else {
        received("ignored", Some("unknown_payment_method"))
    })
}

async fn answered(context: &Context<'_>, who: &Principal, heard: Heard, parked: Parked) -> Handled {
    match heard {
        Heard::Credited { replayed } => Ok(received("credited", None).replayed(replayed)),
        Heard::Nothing(reason) => Ok(received("ignored", Some(reason))),
        Heard::Open(reply) => Ok(reply),
        Heard::Unmatched { reason, detail } => {
            let parked = Parked { detail, ..parked };
            keep(context, who, parked, reason).await
        }
    }
}

/// An event about a subscription at Stripe. What is paid for one of ours and has no wallet is kept.
async fn of_plan(context: &Context<'_>, who: &Principal, news: PlanNews) -> Handled {
    let detail = match told::hear(context, who, &news).await? {
        told::Heard::Known { replayed } => {
            return Ok(received("applied", None).replayed(replayed));
        }
        told::Heard::Nothing(reason) => return Ok(received("ignored", Some(reason))),
        told::Heard::Open(reply) => return Ok(reply),
        told::Heard::Unmatched { detail } => detail,
    };
    let invoice = match news.what {
        PlanEvent::Invoice(invoice) => Some(invoice),
        PlanEvent::Ended | PlanEvent::Changed => None,
    };
    let parked = Parked {
        event_id: news.event_id,
        event_type: news.event_type,
        // What keeps it is none of the event's own reasons.
        reason: stripe::ParkReason::NoWalletNamed,
        detail,
        payment: invoice.as_ref().map(|one| one.id.clone()),
        session: None,
        op: None,
        asset: invoice.as_ref().map(|one| one.currency.clone()),
        paid: None,
        amount: invoice.map(|one| one.amount),
        tax_known: true,
    };
    keep(context, who, parked, "unknown_subscription").await
}

/// A payment on its way to a wallet. Whatever stops it here is kept; only what may pass by itself
/// is an error.
async fn fill(context: &Context<'_>, who: &Principal, payment: &Payment) -> Handled {
    let (id, external) = match &payment.customer {
        CustomerRef::Id(id) => (Some(id.as_str()), None),
        CustomerRef::ExternalId(external) => (None, Some(external.as_str())),
    };
    let answer = context
        .directory(vec![
            customers::statements::modes_of_customer(&who.account_id, id, external),
            assets::statements::asset_by_code(who, &payment.asset),
        ])
        .await?;
    let mut sides = answer.values(0)?.iter().map(Row::new);
    let Some(here) = sides.find(|row| row.given("mode").is_some_and(|mode| mode == who.mode))
    else {
        // The two are told apart, because one is a wrong key and the other a wrong name.
        let elsewhere = answer.wrote(0);
        let reason = if elsewhere {
            "wrong_mode"
        } else {
            "unknown_customer"
        };
        let customer = id.or(external).unwrap_or_default();
        let detail = format!(
            "No customer {customer} on the {} side of {}.",
            who.mode, who.account_id
        );
        return keep(context, who, parked(payment, detail), reason).await;
    };
    let customer = &here.text("id")?;
    let precision = match answer.row(1)? {
        Some(row) => row.count("precision")?,
        // Stripe only takes currencies that everybody knows, so the asset need not have been made.
        None => DEFAULT_PRECISION,
    };
    let Ok(amount) = Amount::parse(&payment.amount) else {
        let detail = "The amount cannot be read.".to_owned();
        return keep(context, who, parked(payment, detail), "amount_out_of_range").await;
    };
    let confirmed = ConfirmedPayment {
        op: payment.op.clone(),
        payment: payment.payment.clone(),
        event: payment.event_id.clone(),
        asset: payment.asset.clone(),
        precision,
        amount,
        tax_known: payment.tax_known,
        with_tax: Amount::parse(&payment.paid).ok(),
        description: payment.description.clone(),
        paid: None,
    };
    let crediting = Crediting {
        who,
        customer,
        payment: &payment.payment,
        op: &payment.op,
        session: payment.session.as_deref(),
        note: None,
    };
    let ask = Ask::CreditPayment {
        payment: Box::new(confirmed),
    };
    let outcome = credit(context, crediting, vec![ask]).await?;
    settle(context, who, payment, outcome).await
}

/// What the wallet made of it: credited, or kept for somebody to look at, or tried again later.
async fn settle(
    context: &Context<'_>,
    who: &Principal,
    payment: &Payment,
    outcome: Outcome,
) -> Handled {
    let (reason, detail) = match outcome {
        Outcome::Credited { replayed } => {
            return Ok(received("credited", None).replayed(replayed));
        }
        Outcome::ByHand => return Ok(received("ignored", Some(SETTLED_BY_HAND))),
        // Whether it was credited is open. No 2xx, so Stripe sends it again and the wallet tells.
        Outcome::Open(reply) => return Ok(reply),
        Outcome::Elsewhere => {
            let detail = "An earlier event of this payment named another wallet, or somebody has assigned it \
                          to one, so it is not credited to this one as well. Look at the metadata of its \
                          session and PaymentIntent.";
            (CREDITED_ELSEWHERE, detail.to_owned())
        }
        Outcome::Refused(reply) => {
            let detail = format!("The wallet refused the payment: {}", why(&reply));
            ("refused_by_wallet", detail)
        }
    };
    keep(context, who, parked(payment, detail), reason).await
}

/// A refund, a dispute or a warning: kept first, then told to the wallet that has the payment.
async fn claimed(context: &Context<'_>, who: &Principal, claim: Claim) -> Handled {
    Ok(match invoices::receive(context, who, &claim).await? {
        Told::Known { replayed } => received("claimed", None).replayed(replayed),
        Told::Waiting => received("waiting", Some("payment_not_credited")),
        Told::ByHand => received("ignored", Some(SETTLED_BY_HAND)),
        Told::Refused { reason } => received("unmatched", Some(reason)),
        // What became of it is open. No 2xx, so Stripe sends it again and the wallet tells.
        Told::Open(reply) => reply,
    })
}
