//! What the customer has in hand of a recharge: what was paid for it, and where the processor's receipt can be looked at.

use serde::Serialize;
use serde_json::Value;

use crate::stripe::api::payment_intent::with_charge;
use crate::wire::problem::{Failure, Problem};
use crate::wire::recharge::parse_id;
use crate::wire::reply::json;
use crate::worker::edge::context::Context;
use crate::worker::edge::principal::{Caller, Principal};
use crate::worker::edge::reply::{Handled, Reply};
use crate::worker::edge::request::Path;
use crate::worker::edge::rows::Row;
use crate::worker::processors::client::call_once;
use crate::worker::processors::connection::connection_of;

use super::statements;
use super::stripe::STRIPE;

/// ```json
/// { "id": "rch_…", "customer_id": "cust_…", "amount": "50", "currency": "USD", "processor": "stripe",
///   "payment_id": "pi_…", "receipt": { "amount": "50", "tax": "0", "currency": "USD", "number": null, "url": "…" } }
/// ```
#[derive(Serialize)]
struct RechargeReply<'a> {
    id: &'a str,
    customer_id: &'a str,
    /// What its payer was asked for.
    amount: &'a str,
    currency: &'a str,
    processor: &'a str,
    /// The processor's id, once it is known.
    payment_id: Option<&'a str>,
    /// None until it is paid.
    receipt: Option<ReceiptReply<'a>>,
}

/// The same fields as those of a top-up.
#[derive(Serialize)]
struct ReceiptReply<'a> {
    amount: &'a str,
    tax: &'static str,
    currency: &'a str,
    url: Option<String>,
    number: Option<String>,
}

/// Where a receipt can be looked at, and its number.
type Link = (Option<String>, Option<String>);

/// `GET /v1/recharges/{id}`: 200 with what was asked for it; 404 where nobody was asked for that, or for another
/// customer's token.
pub async fn get(context: &Context<'_>, who: &Caller, path: &Path) -> Handled {
    let id = path.first().map(String::as_str).unwrap_or_default();
    let none = || {
        let detail = format!("Nothing was charged on this side for a recharge {id}.");
        Failure::NotFound.because(detail)
    };
    // One of another customer is none for a token: whether there is one must not be heard.
    let named = parse_id(id).filter(|(customer, _)| who.check_customer(customer).is_ok());
    let (customer, _) = named.ok_or_else(none)?;
    let now = context.now().micros();
    let answer = context
        .directory(vec![statements::recharge(who, id, now)])
        .await?;
    let row = answer.row(0)?.ok_or_else(none)?;
    let (amount, currency) = (row.text("price")?, row.text("currency")?);
    let (processor, payment) = (row.text("processor")?, row.given("payment"));
    let is_paid = row.holds("is_paid");
    let (url, number) = if is_paid {
        link(context, who, id, row).await?
    } else {
        (None, None)
    };
    let receipt = is_paid.then_some(ReceiptReply {
        amount: &amount,
        // What charges a card while nobody is there adds no tax: the price is what was paid.
        tax: "0",
        currency: &currency,
        url,
        number,
    });
    Ok(Reply::ok(json(&RechargeReply {
        id,
        customer_id: &customer,
        amount: &amount,
        currency: &currency,
        processor: &processor,
        payment_id: payment.as_deref(),
        receipt,
    })))
}

/// No event tells where a receipt is, so Stripe is asked once somebody reads it. Who does not answer leaves it out: the
/// next reader asks again.
async fn link(
    context: &Context<'_>,
    who: &Principal,
    id: &str,
    row: Row<'_>,
) -> Result<Link, Problem> {
    let kept = (row.given("receipt_url"), row.given("receipt_number"));
    let (STRIPE, Some(payment), None) = (
        row.text("processor")?.as_str(),
        row.given("payment"),
        &kept.0,
    ) else {
        return Ok(kept);
    };
    let connection = connection_of(context, who).await?;
    // Another account knows nothing of it.
    let account = row.given("stripe_account");
    let Some(connection) = connection.filter(|one| Some(one.account()) == account.as_deref())
    else {
        return Ok(kept);
    };
    let Ok(intent) = call_once(context, &connection, &with_charge(&payment)).await else {
        return Ok(kept);
    };
    let text = |name: &str| match &intent["latest_charge"][name] {
        Value::String(text) => Some(text.clone()),
        _ => None,
    };
    let link = (text("receipt_url"), text("receipt_number"));
    if link.0.is_some() {
        let (url, number) = link.clone();
        let set = statements::set_receipt(who, id, url, number);
        context.directory(vec![set]).await?;
    }
    Ok(link)
}
