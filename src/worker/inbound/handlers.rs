//! A payment or a refund that any processor tells of.
//!
//! ```text
//! whose endpoint? ──▶ signed? ──▶ read ──▶ paid: whose wallet? ──▶ convert ──▶ credit, once per payment
//!                                   │               └──────────────┴──▶ keep as unmatched
//!                                   └──▶ refunded, charged back, or that is over: the wallet that has the payment follows, once
//! ```
//!
//! The endpoint says the side, the platform account and the processor; nothing in the body leads to another
//! one. A payment is known by the processor and its id, a refund by its own, so whatever is sent again
//! changes nothing.

use crate::engine::Amount;
use crate::engine::exchange::ExchangeRate;
use crate::engine::loss::LossCause;
use crate::stripe::{ParkReason, Parked};
use crate::wire::catalogue::DEFAULT_PRECISION;
use crate::wire::customer_ref::CustomerRef;
use crate::wire::ids;
use crate::wire::money::{ConfirmedPayment, ConfirmedRefund, Paid};
use crate::wire::problem::{Failure, Problem};
use crate::worker::assets;
use crate::worker::customers;
use crate::worker::edge::call::Ask;
use crate::worker::edge::context::Context;
use crate::worker::edge::keyring::Keyring;
use crate::worker::edge::principal::Principal;
use crate::worker::edge::reply::{Handled, why};
use crate::worker::edge::request::Path;
use crate::worker::edge::rows::{Outcomes, Row, unreadable};
use crate::worker::payments::crediting::{Crediting, Outcome, credit};
use crate::worker::payments::handlers::{CREDITED_ELSEWHERE, SETTLED_BY_HAND, keep_paid, received};
use crate::worker::payments::statements::payment_by_id;

use super::endpoints::place_of;
use super::signature::Delivery;
use super::statements;
use super::wire::{PaymentTold, RefundTold, Told};

/// `POST /inbound/{endpoint}`.
///
/// | delivery | reply |
/// |---|---|
/// | no such endpoint | 404 |
/// | signature missing, wrong or old | 400, and nothing is read |
/// | no key opens the endpoint's secret | 503: it is to be sent again |
/// | a body that says too little | 422: somebody has to see it, so it is no 2xx |
/// | a payment, credited now or before | 200 `credited` |
/// | a payment that cannot be credited | 200 `unmatched`, and it is kept |
/// | a refund, taken back now or before | 200 `refunded` |
/// | one that failed, a chargeback, or one that was reversed | 200 `claimed` |
/// | one of these of a payment that was not credited | 409: to be sent again, after its payment |
/// | anything else | 200 `ignored` |
pub async fn receive(context: &Context<'_>, path: &Path) -> Handled {
    let id = path.first().map(String::as_str).unwrap_or_default();
    let nobodys = || Failure::NotFound.because("There is no endpoint at this address.");
    if !ids::is_id("iep", id) {
        return Err(nobodys());
    }
    let seconds = context.request.now.div_euclid(1_000);
    let rejected = |sentence: &str| Failure::SignatureRejected.because(sentence);
    // Before the look-up, because headers that cannot be right need none.
    let delivery = Delivery::of(context.request.webhook, seconds).map_err(rejected)?;
    let answer = context
        .directory(vec![statements::endpoint_by_address(id)])
        .await?;
    let row = answer.row(0)?.ok_or_else(nobodys)?;
    if !delivery.is_signed(context.body, &secrets(context, id, row)?) {
        let sentence = "No v1 signature matches. Check that the secret is this endpoint's, and that the body \
                        arrives byte for byte as it was signed.";
        return Err(rejected(sentence));
    }
    let from = From {
        who: Principal::of(context.config, row.text("account_id")?, row.text("mode")?)?,
        processor: row.text("processor")?,
        event: delivery.id,
    };
    // Read only now: a stranger's JSON is not even parsed.
    match Told::read(context.body)? {
        Told::Paid(told) => fill(context, &from, &told).await,
        Told::Refunded(told) => take_back(context, &from, &told).await,
        Told::Other(_) => Ok(received("ignored", Some("not_about_money"))),
    }
}

/// The secrets that hold.
///
/// # Errors
/// `unavailable` where none can be opened: the sender is to come again.
fn secrets(context: &Context<'_>, id: &str, row: Row<'_>) -> Result<Vec<String>, Problem> {
    let keyring = Keyring::of(context.config);
    let keyring = keyring.map_err(|problem| Failure::Unavailable.because(problem.detail))?;
    // Compared here and not in the statement, so that the row says also when it ended.
    let holds = row.number("former_ends_at") > Some(context.now().micros());
    let former = row.given("former").filter(|_| holds);
    let sealed = [Some(row.text("sealed")?), former];
    let place = place_of(id);
    let open = |sealed: String| keyring.open(&place, &sealed);
    let secrets: Vec<String> = sealed.into_iter().flatten().filter_map(open).collect();
    if secrets.is_empty() {
        let detail = "No key in SECRETS_KEY opens the secret of this endpoint. Add the one that sealed it, or \
                      rotate the endpoint.";
        return Err(Failure::Unavailable.because(detail));
    }
    Ok(secrets)
}

/// Where a delivery came in.
struct From<'a> {
    who: Principal,
    processor: String,
    event: &'a str,
}

impl From<'_> {
    /// An id of the processor's, told apart from those of others.
    fn own(&self, id: &str) -> String {
        format!("{}:{id}", self.processor)
    }
}

/// What the directory says of a payment.
struct Found {
    /// On this side.
    customer: Option<String>,
    /// There is such a customer, on the other side.
    elsewhere: bool,
    precision: u32,
    /// What it buys, where it buys anything.
    credit: Option<Amount>,
}

async fn find(
    context: &Context<'_>,
    who: &Principal,
    told: &PaymentTold,
) -> Result<Found, Problem> {
    let (id, external) = match &told.customer {
        Some(CustomerRef::Id(id)) => (Some(id.as_str()), None),
        Some(CustomerRef::ExternalId(external)) => (None, Some(external.as_str())),
        None => (None, None),
    };
    let now = context.now().micros();
    let answer = context
        .directory(vec![
            customers::statements::modes_of_customer(&who.account_id, id, external),
            assets::statements::asset_by_code(who, &told.asset),
            assets::statements::rate_of_asset_at(who, &told.asset, &told.currency, now),
        ])
        .await?;
    let mut sides = answer.values(0)?.iter().map(Row::new);
    let here = sides.find(|row| row.given("mode").as_deref() == Some(&who.mode));
    let customer = here.map(|row| row.text("id")).transpose()?;
    let precision = match answer.row(1)? {
        Some(row) => row.count("precision")?,
        // Only currencies that everybody knows are paid, so their asset need not have been made.
        None => DEFAULT_PRECISION,
    };
    Ok(Found {
        elsewhere: customer.is_none() && answer.wrote(0),
        customer,
        precision,
        credit: bought(&answer, told, precision)?,
    })
}

/// What a payment buys at this moment, rounded down; nothing where the asset has no rate in its currency.
fn bought(
    answer: &Outcomes,
    told: &PaymentTold,
    precision: u32,
) -> Result<Option<Amount>, Problem> {
    if told.asset == told.currency {
        return Ok(Some(told.amount));
    }
    let rate = answer.row(2)?.and_then(|row| row.given("rate"));
    let rate = rate.map(|text| serde_json::from_str::<ExchangeRate>(&text));
    let rate = rate.transpose().map_err(|_| unreadable())?;
    // Rounded down and never refused for what is left over: the money has been paid already.
    let bought = rate.and_then(|rate| rate.buy(told.amount, precision).ok());
    Ok(bought.filter(|amount| amount.is_positive()))
}

/// A payment on its way to a wallet. Whatever stops it here is kept; only what may pass by itself is an
/// error.
async fn fill(context: &Context<'_>, from: &From<'_>, told: &PaymentTold) -> Handled {
    let found = find(context, &from.who, told).await?;
    let (Some(customer), Some(amount)) = (&found.customer, found.credit) else {
        let (reason, detail) = why_not(&from.who, told, &found);
        return park(context, from, told, found.credit, reason, detail).await;
    };
    let payment = from.own(&told.payment);
    let confirmed = ConfirmedPayment {
        op: format!("psp:{payment}"),
        event: from.own(from.event),
        asset: told.asset.clone(),
        precision: found.precision,
        amount,
        // What a processor tells here is what is to be credited.
        tax_known: true,
        with_tax: None,
        description: description(told, &from.processor),
        paid: Some(Paid {
            processor: from.processor.clone(),
            amount: told.amount,
            currency: told.currency.clone(),
        }),
        payment,
    };
    let crediting = Crediting {
        who: &from.who,
        customer,
        payment: &confirmed.payment.clone(),
        op: &confirmed.op.clone(),
        session: None,
        note: None,
    };
    let (reason, detail) = match credit(
        context,
        crediting,
        vec![Ask::CreditPayment {
            payment: Box::new(confirmed),
        }],
    )
    .await?
    {
        Outcome::Credited { replayed } => {
            return Ok(received("credited", None).replayed(replayed));
        }
        Outcome::ByHand => return Ok(received("ignored", Some(SETTLED_BY_HAND))),
        // Whether it was credited is open. No 2xx, so it is sent again and the wallet tells.
        Outcome::Open(reply) => return Ok(reply),
        Outcome::Elsewhere => {
            let detail = "This payment was told before for another customer, or somebody has assigned it to one.";
            (CREDITED_ELSEWHERE, detail.to_owned())
        }
        Outcome::Refused(reply) => {
            let detail = format!("The wallet refused the payment: {}", why(&reply));
            ("refused_by_wallet", detail)
        }
    };
    park(context, from, told, Some(amount), reason, detail).await
}

fn description(told: &PaymentTold, processor: &str) -> String {
    let plain = || format!("Payment through {processor}");
    told.description.clone().unwrap_or_else(plain)
}

/// Why nobody's wallet can have it.
fn why_not(who: &Principal, told: &PaymentTold, found: &Found) -> (&'static str, String) {
    let Some(customer) = &told.customer else {
        let detail = "The payment names no customer.".to_owned();
        return (ParkReason::NoWalletNamed.code(), detail);
    };
    if found.customer.is_some() {
        let detail = format!("{} has no rate in {} now.", told.asset, told.currency);
        return ("not_convertible", detail);
    }
    let (CustomerRef::Id(name) | CustomerRef::ExternalId(name)) = customer;
    let reason = if found.elsewhere {
        "wrong_mode"
    } else {
        "unknown_customer"
    };
    let (side, account) = (&who.mode, &who.account_id);
    let detail = format!("No customer {name} on the {side} side of {account}.");
    (reason, detail)
}

async fn park(
    context: &Context<'_>,
    from: &From<'_>,
    told: &PaymentTold,
    credit: Option<Amount>,
    reason: &str,
    detail: String,
) -> Handled {
    let payment = from.own(&told.payment);
    let parked = Parked {
        event_id: from.own(from.event),
        event_type: "payment.succeeded".to_owned(),
        // What keeps it is said by the word beside it.
        reason: ParkReason::NoWalletNamed,
        detail,
        session: None,
        op: Some(format!("psp:{payment}")),
        payment: Some(payment),
        asset: Some(told.asset.clone()),
        paid: None,
        amount: credit.map(|amount| amount.to_string()),
        tax_known: true,
    };
    let paid = Paid {
        processor: from.processor.clone(),
        amount: told.amount,
        currency: told.currency.clone(),
    };
    keep_paid(context, &from.who, parked, reason, Some(&paid)).await
}

/// Paid money goes back to the payer, or comes again, whatever is left of its credit: it has happened.
async fn take_back(context: &Context<'_>, from: &From<'_>, told: &RefundTold) -> Handled {
    let payment = from.own(&told.payment);
    let answer = context
        .directory(vec![payment_by_id(&from.who, &payment)])
        .await?;
    let known = answer.row(0)?;
    let has = |name: &str| known.and_then(|row| row.given(name));
    // Only a payment that its wallet has can be taken back; before that it would become mere debt.
    let Some(customer) = has("customer_id").filter(|_| has("credited_at").is_some()) else {
        if has("settled_at").is_some() {
            return Ok(received("ignored", Some(SETTLED_BY_HAND)));
        }
        let detail = format!(
            "The payment {} was not credited, so nothing can be taken back yet. Send this again after it.",
            told.payment
        );
        return Err(Failure::WrongState.because(detail));
    };
    let refund = ConfirmedRefund {
        op: format!("psp:{}:refund:{}", from.processor, told.refund),
        payment_op: format!("psp:{payment}"),
        refund: from.own(&told.refund),
        amount: told.amount,
        currency: told.currency.clone(),
        description: told.description.clone(),
        cause: told.cause,
    };
    let reply = context
        .wallet(
            &from.who.wallet(&customer),
            &customer,
            Ask::RefundPayment { refund },
        )
        .await?;
    if reply.status == 200 {
        let outcome = match told.cause {
            LossCause::Refunded => "refunded",
            _ => "claimed",
        };
        return Ok(received(outcome, None).replayed(reply.replayed));
    }
    Ok(reply)
}
