//! The payments of a customer, whoever took them and whatever started them: each with its receipt, and with what
//! has gone back of it.
//!
//! The directory knows which there are and where their receipts can be looked at. What each brought, and what
//! refunds and disputes have taken of it, the wallet says, because only it decides about that.

use std::borrow::Cow;

use serde::{Deserialize, Serialize};

use crate::engine::loss::{Claim, ClaimKind};
use crate::engine::{Amount, Instant};
use crate::stripe::ClaimEvent;
use crate::wire::money::{KnownPayment, KnownPayments};
use crate::wire::problem::{Failure, Problem};
use crate::wire::reply::{Money, json};
use crate::wire::time;
use crate::worker::customers;
use crate::worker::edge::call::Ask;
use crate::worker::edge::context::Context;
use crate::worker::edge::forward::{customer_in, no_customer};
use crate::worker::edge::list::{Key, Listing, page_of};
use crate::worker::edge::principal::Caller;
use crate::worker::edge::reply::{Handled, Reply};
use crate::worker::edge::request::Path;
use crate::worker::edge::rows::{Row, unreadable};

/// Newest first. Relies on the indexes `top_up_request` and those of the migration `0031_portal`.
const LIST: Listing = Listing {
    name: "payments",
    columns: include_str!("sql/disputes_of_payment.sql"),
    rows: Cow::Borrowed(include_str!("sql/list_of_customer.sql")),
    // The id ends the order, because several may be of one second; ids grow with time, so the newest still is first.
    keys: &[Key::down("at").number(), Key::down("id")],
};

#[derive(Serialize)]
struct PaymentReply {
    id: String,
    /// `top_up`, `recharge`; or `payment`, which was made somewhere else.
    kind: String,
    /// `succeeded`, `pending` or `failed`.
    status: String,
    at: String,
    /// What was asked for; with its tax it is in the receipt.
    amount: String,
    currency: String,
    processor: String,
    /// What was charged, where it is known here.
    payment_method: Option<MethodReply>,
    /// What it brought, once it has.
    credit: Option<Money>,
    /// The entry of the wallet that says so.
    entry: Option<u64>,
    /// None until it is paid.
    receipt: Option<ReceiptReply>,
    refunds: Vec<RefundReply>,
    disputes: Vec<DisputeReply>,
}

#[derive(Serialize)]
struct MethodReply {
    brand: String,
    last4: String,
}

/// The same fields as those of a top-up and of a recharge, and as a top-up keeps them.
#[derive(Serialize, Deserialize)]
struct ReceiptReply {
    amount: String,
    tax: String,
    currency: String,
    number: Option<String>,
    url: Option<String>,
}

#[derive(Serialize)]
struct RefundReply {
    id: String,
    amount: Amount,
    /// `succeeded`, or `failed`: then the money is here again.
    status: &'static str,
}

#[derive(Serialize)]
struct DisputeReply {
    id: String,
    amount: String,
    /// `open`, `won` or `lost`.
    status: &'static str,
}

/// What was told of a dispute, as the statement writes it.
#[derive(Deserialize)]
struct ToldDispute {
    what: String,
    id: String,
    amount: String,
}

/// `GET /v1/customers/{id}/payments`: newest first. 404 where there is no such customer.
pub async fn list(context: &Context<'_>, who: &Caller, path: &Path) -> Handled {
    let customer = customer_in(path)?;
    let asked = LIST.asked(context)?;
    let now = context.now().micros().to_string();
    let filters = vec![Some(customer.to_owned()), Some(now)];
    let [rows, count] = LIST.statements(who, filters, &asked);
    let known = customers::statements::customer(who, Some(customer), None);
    let answer = context.directory(vec![rows, count, known]).await?;
    answer.row(2)?.ok_or_else(|| no_customer(who, customer))?;
    let shown = asked.shown(&answer)?.iter().map(Row::new);
    let ops = shown.map(|row| row.text("op")).collect::<Result<_, _>>()?;
    let known = known_in(context, who, customer, ops).await?;
    let mut items = Vec::new();
    for row in asked.shown(&answer)?.iter().map(Row::new) {
        items.push(json(&item(row, known.get(&row.text("op")?))?));
    }
    Ok(Reply::ok(page_of(&items, &answer, &LIST, &asked)?))
}

/// What the wallet has of these.
async fn known_in(
    context: &Context<'_>,
    who: &Caller,
    customer: &str,
    ops: Vec<String>,
) -> Result<KnownPayments, Problem> {
    // A wallet that has had no payment need not be woken.
    if ops.is_empty() {
        return Ok(KnownPayments::new());
    }
    let ask = Ask::GetPayments { ops };
    let reply = context.wallet(&who.wallet(customer), customer, ask).await?;
    let known = serde_json::from_str(&reply.body).ok();
    // A list without what went back would be believed, so it is none.
    known.filter(|_| reply.status == 200).ok_or_else(|| {
        Failure::Unavailable
            .because("The wallet did not say what became of its payments. Ask again.")
    })
}

fn item(row: Row<'_>, known: Option<&KnownPayment>) -> Result<PaymentReply, Problem> {
    let kept = row.given("receipt");
    let kept = kept.map(|text| serde_json::from_str::<ReceiptReply>(&text));
    let kept = kept.transpose().map_err(|_| unreadable())?;
    let of_wallet = known.map(|known| (known.paid.to_string(), known.currency.clone()));
    // Of a top-up its own price; what only the wallet knows is of the wallet.
    let asked = row.given("amount").zip(row.given("currency"));
    let (amount, currency) = asked.or(of_wallet).unwrap_or_default();
    let status = row.text("status")?;
    let at = row.number("at").ok_or_else(unreadable)?;
    // Nobody adds a tax to what is charged while nobody is there, nor to what is simulated.
    let plain = || ReceiptReply {
        amount: amount.clone(),
        tax: "0".to_owned(),
        currency: currency.clone(),
        number: row.given("number"),
        url: row.given("url"),
    };
    let receipt = (status == "succeeded").then(|| kept.unwrap_or_else(plain));
    let method = row.given("brand").zip(row.given("last4"));
    let claims = known.map_or(&[][..], |known| &known.claims);
    Ok(PaymentReply {
        id: row.text("id")?,
        kind: row.text("kind")?,
        status,
        at: time::format(Instant::from_micros(at)),
        amount,
        currency,
        processor: row.text("processor")?,
        payment_method: method.map(|(brand, last4)| MethodReply { brand, last4 }),
        credit: known.map(|known| Money {
            asset: known.asset.clone(),
            amount: known.credit,
        }),
        entry: known.map(|known| known.entry),
        receipt,
        refunds: refunds(claims),
        disputes: disputes(row, claims)?,
    })
}

fn refunds(claims: &[Claim]) -> Vec<RefundReply> {
    let refunds = claims
        .iter()
        .filter(|claim| claim.kind == ClaimKind::Refund);
    let reply = |claim: &Claim| RefundReply {
        id: claim.id.clone(),
        amount: claim.amount,
        status: if claim.over { "failed" } else { "succeeded" },
    };
    refunds.map(reply).collect()
}

/// Each that was opened, with how it ended.
fn disputes(row: Row<'_>, claims: &[Claim]) -> Result<Vec<DisputeReply>, Problem> {
    let told = row.given("disputes").unwrap_or_else(|| "[]".to_owned());
    let told: Vec<ToldDispute> = serde_json::from_str(&told).map_err(|_| unreadable())?;
    let is = |one: &ToldDispute, event: ClaimEvent| ClaimEvent::of_code(&one.what) == Some(event);
    let opened = told.iter().filter(|one| is(one, ClaimEvent::DisputeOpened));
    let reply = |one: &ToldDispute| {
        let closed =
            |other: &&ToldDispute| other.id == one.id && is(other, ClaimEvent::DisputeClosed);
        // A dispute is lost where it keeps what it took, whatever word its end came with.
        let keeps =
            |claim: &Claim| claim.kind == ClaimKind::Dispute && claim.id == one.id && !claim.over;
        let status = match (
            told.iter().any(|other| closed(&other)),
            claims.iter().any(keeps),
        ) {
            (false, _) => "open",
            (true, true) => "lost",
            (true, false) => "won",
        };
        DisputeReply {
            id: one.id.clone(),
            amount: one.amount.clone(),
            status,
        }
    };
    Ok(opened.map(reply).collect())
}
