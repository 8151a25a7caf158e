//! The link at which a customer pays what a subscription lacks.
//!
//! Nothing is made before the link is opened: then a top-up of just what is missing is made, or the
//! one that is open is found, and the browser is sent to its page. A link knows one customer of one
//! side, and leads nowhere else.
//!
//! | the link | leads to |
//! |---|---|
//! | of a subscription that lacks something | the page of a top-up for it |
//! | of one that lacks nothing | a page that says so |
//! | of one that lacks what is not sold for money | a page that says so |
//! | of one that has ended | 410 |
//! | with a secret or a subscription that is none | 404 |
//! | that has made as many top-ups today as it may | 422 |
//!
//! Credit that arrives is collected by the wallet at once, so paying is all that a customer has to
//! do.

use crate::engine::exchange::ExchangeRate;
use crate::engine::{Amount, SubscriptionStatus};
use crate::stripe;
use crate::wire::ids;
use crate::wire::paylink::{Lack, Unpaid};
use crate::wire::problem::{Failure, Problem};
use crate::worker::assets;
use crate::worker::assets::units::units;
use crate::worker::customers;
use crate::worker::edge::call::Ask;
use crate::worker::edge::context::Context;
use crate::worker::edge::forward::no_customer;
use crate::worker::edge::keyring::hash;
use crate::worker::edge::pages::{for_people, message};
use crate::worker::edge::principal::{Caller, Principal};
use crate::worker::edge::reply::{Handled, Reply};
use crate::worker::edge::request::Path;
use crate::worker::edge::rows::{Outcomes, Row, unreadable};
use crate::worker::processors;
use crate::worker::processors::connection::Connection;
use crate::worker::subscriptions::row::PlanRow;
use crate::worker::subscriptions::{self, plan};

use super::handlers::{self, Making};
use super::row::TopUp;
use super::{checkout, statements, tokens};

/// Where a customer pays what a subscription lacks: the page of the deployment, where it has one,
/// else a link of ours, where payments are taken. `{subscription_id}` stands for the subscription.
///
/// Empty where there is no token, because nobody takes payments, and no page is configured.
#[must_use]
pub fn pay_at(context: &Context<'_>, customer: &str, token: Option<&str>) -> String {
    let own = &context.config.topup_url;
    // The deployment's own page wins, because who has one wants customers there.
    let token = token.filter(|_| own.is_empty());
    let link = |token| format!("/pay/{token}/{{subscription_id}}");
    // A deployment that does not say where it is reached has no links, since none could be followed.
    let link = token.and_then(|token| context.config.link(&link(token)).ok());
    link.unwrap_or_else(|| own.replace("{customer_id}", customer))
}

/// The secret of a customer's links, by what the customer's row says of it.
#[must_use]
pub fn known_token(
    context: &Context<'_>,
    who: &Principal,
    customer: &str,
    revision: i64,
    token_hash: Option<&str>,
) -> Option<String> {
    let tokens = tokens::of_customer(context.config, who, customer, revision).ok()?;
    tokens::kept(tokens, token_hash)
}

/// What the row of a new customer keeps of the secret; nothing where no links can be made.
#[must_use]
pub fn new_token_hash(context: &Context<'_>, who: &Principal, customer: &str) -> Option<String> {
    tokens::first_hash(tokens::of_customer(context.config, who, customer, 0))
}

/// The secret of a customer's links, where one is of use; a customer of before gets one.
///
/// # Errors
/// `unavailable`, or an unreadable answer.
pub async fn token_of(
    context: &Context<'_>,
    who: &Principal,
    customer: &str,
) -> Result<Option<String>, Problem> {
    // No secret is made where no link would show it: what does not exist cannot leak.
    if !context.config.topup_url.is_empty() || !handlers::takes_payments(context, who).await? {
        return Ok(None);
    }
    let Some(fresh) = new_token_hash(context, who, customer) else {
        return Ok(None);
    };
    // The fresh one is only a proposal: the statement keeps the one that there is.
    let answer = context
        .directory(vec![customers::statements::ensure_pay_token(
            who, customer, &fresh,
        )])
        .await?;
    Ok(answer.row(0)?.and_then(|row| {
        let revision = row.number("pay_link_revision")?;
        known_token(
            context,
            who,
            customer,
            revision,
            row.given("pay_token_hash").as_deref(),
        )
    }))
}

/// `DELETE /v1/customers/{id}/payment-links`: every link at which this customer pays ends now, those of
/// subscriptions and those of open top-ups. From now on subscriptions show another link.
pub async fn revoke(context: &Context<'_>, who: &Caller, path: &Path) -> Handled {
    let customer = path.first().map(String::as_str).unwrap_or_default();
    let answer = context
        .directory(vec![customers::statements::pay_link_revision(
            who, customer,
        )])
        .await?;
    let row = answer.row(0)?.ok_or_else(|| no_customer(who, customer))?;
    let revision = row.number("pay_link_revision").ok_or_else(unreadable)?;
    end_at_stripe(context, who, customer).await?;
    let next = revision.saturating_add(1);
    let token = tokens::first_hash(tokens::of_customer(context.config, who, customer, next));
    context
        .directory(vec![
            // Two who revoke at once revoke the same one.
            customers::statements::revoke_pay_token(who, customer, revision, token),
            statements::end_top_ups_of(who, customer, context.now().micros()),
        ])
        .await?;
    Ok(Reply::new(204, String::new()))
}

/// Ends the pages at Stripe where a customer could still pay. Before the rows are ended: should Stripe not
/// answer, the same call finds them again.
async fn end_at_stripe(
    context: &Context<'_>,
    who: &Principal,
    customer: &str,
) -> Result<(), Problem> {
    let now = context.now().micros();
    let open = statements::open_at_stripe(who, customer, now);
    let answer = context.directory(vec![open]).await?;
    for row in answer.values(0)? {
        // What is paid already is no open page, so a refusal is no obstacle.
        checkout::end_session(context, &TopUp::of(Row::new(row))?).await?;
    }
    Ok(())
}

/// `GET /pay/{token}/{subscription}`.
pub async fn open(context: &Context<'_>, path: &Path) -> Handled {
    for_people(lead(context, path).await)
}

/// Who pays is said by the secret, and what for by the rest of the address.
async fn lead(context: &Context<'_>, path: &Path) -> Handled {
    let (token, named) = match path.as_slice() {
        [token, named] => (token, named),
        _ => return Ok(handlers::no_link()),
    };
    let answer = context
        .directory(vec![customers::statements::customer_by_pay_token(&hash(
            token,
        ))])
        .await?;
    let Some(payer) = answer.row(0)? else {
        return Ok(handlers::no_link());
    };
    // From the row and never from the address, which a customer can change.
    let (account, mode) = (payer.text("account_id")?, payer.text("mode")?);
    let who = Principal::of(context.config, account, mode)?;
    let customer = payer.text("id")?;
    let revision = payer.number("pay_link_revision").ok_or_else(unreadable)?;
    match unpaid(context, &who, &customer, named).await? {
        Some(unpaid) => pay(context, &who, &customer, revision, &unpaid).await,
        None => Ok(handlers::no_link()),
    }
}

/// The customer's subscription of this id, as the wallet knows it.
async fn unpaid(
    context: &Context<'_>,
    who: &Principal,
    customer: &str,
    named: &str,
) -> Result<Option<Unpaid>, Problem> {
    // A subscription of another customer is nothing here, although its wallet would know it.
    let parsed = ids::parse_of_wallet("sub", named);
    let Some((_, subscription)) = parsed.filter(|(owner, _)| owner == customer) else {
        return Ok(None);
    };
    let ask = Ask::GetUnpaid { subscription };
    let reply = context.wallet(&who.wallet(customer), customer, ask).await?;
    match reply.status {
        200 => Ok(Some(
            serde_json::from_str(&reply.body).map_err(|_| unreadable())?,
        )),
        404 => Ok(None),
        _ => Err(Failure::Unavailable.because("The wallet did not answer. Open the link again.")),
    }
}

/// Leads on to the top-up for what is missing first.
async fn pay(
    context: &Context<'_>,
    who: &Principal,
    customer: &str,
    revision: i64,
    unpaid: &Unpaid,
) -> Handled {
    if unpaid.invoiced && unpaid.status == SubscriptionStatus::ActionRequired {
        return pay_invoice(context, who, unpaid).await;
    }
    // One after the other, because a top-up buys one asset; the link leads to the next one after it.
    let Some(lack) = unpaid.lacks.first() else {
        return Ok(nothing_to_pay(unpaid));
    };
    // Who comes back without having paid must not be sent to the payment again by itself.
    if context.query("paid").is_some() {
        let link = context.config.link(context.request.path)?;
        let sentence = "Nothing was paid. The subscription is still waiting for it.";
        let way_on = Some((link.as_str(), "Pay now"));
        return Ok(message(200, "Not paid", sentence, way_on));
    }
    let request = unpaid.request(lack);
    let now = context.now().micros();
    let mut statements = statements::top_ups_of_request(who, customer, &request, now).to_vec();
    statements.push(assets::statements::rates_of_asset_at(who, &lack.asset, now));
    statements.push(processors::statements::connection(who));
    let answer = context.directory(statements).await?;
    let row = answer.row(0)?.ok_or_else(unreadable)?;
    // The same page again: opening a link twice must not make two payments.
    if let Some(open) = TopUp::found(&answer, 1)? {
        return Ok(Reply::see_other(handlers::link(context, &open).await?));
    }
    let Some(payment) = lack.payment(rates(&answer)?, stripe::places) else {
        return not_for_sale(context, who, unpaid, lack).await;
    };
    // One that has ended is followed by another, so two who open the link at once make the same one.
    let key = format!("{request} {}", row.count("made")?);
    let id = ids::keyed("top", &who.account_id, &who.mode, &key);
    let way = tokens::way_to(revision, &unpaid.id);
    let new = unpaid.top_up(customer, lack, &payment, &way);
    let connection = Connection::found(who, &answer, 3)?;
    let making = Making {
        id: &id,
        request: &request,
        precision: lack.precision,
        credit: new.bought(
            lack.precision,
            payment.rate,
            handlers::places(&payment.currency),
        )?,
        connection: connection.as_ref(),
        // What a subscription lacks is paid to the cent, so nothing is offered with it.
        bonus: Amount::ZERO,
        by_link: true,
    };
    let (top_up, _) = handlers::insert(context, who, &new, &making).await?;
    Ok(Reply::see_other(handlers::link(context, &top_up).await?))
}

/// Leads on to what Stripe asks for.
async fn pay_invoice(context: &Context<'_>, who: &Principal, unpaid: &Unpaid) -> Handled {
    let answer = context
        .directory(vec![
            subscriptions::statements::plan_by_id(who, &unpaid.id),
            processors::statements::connection(who),
        ])
        .await?;
    let row = answer.row(0)?.map(PlanRow::of).transpose()?;
    let connection = Connection::found(who, &answer, 1)?;
    let (row, connection) = row.zip(connection).ok_or_else(plan::not_connected)?;
    if let Some(url) = plan::pay_page(context, who, &connection, &row).await? {
        return Ok(Reply::see_other(url));
    }
    let sentence = "The payment is on its way. The subscription goes on as soon as it has arrived.";
    Ok(message(200, "Nothing to pay", sentence, way_back(unpaid)))
}

/// The rates of an asset, each with the currency that is paid.
fn rates(answer: &Outcomes) -> Result<Vec<(String, ExchangeRate)>, Problem> {
    let rows = answer.values(2)?.iter().map(Row::new);
    let read = rows.map(|row| {
        let rate = serde_json::from_str(&row.text("rate")?).map_err(|_| unreadable())?;
        Ok((row.text("source")?, rate))
    });
    read.collect()
}

/// Why there is nothing, by what the subscription is.
fn nothing_to_pay(unpaid: &Unpaid) -> Reply {
    let sentence = match unpaid.status {
        SubscriptionStatus::Inactive => "The subscription has ended, and nothing is owed for it.",
        SubscriptionStatus::Scheduled => "The subscription has not started yet.",
        SubscriptionStatus::Active | SubscriptionStatus::ActionRequired => {
            "The subscription is paid for."
        }
    };
    // The link ends with its subscription.
    let status = if unpaid.status == SubscriptionStatus::Inactive {
        410
    } else {
        200
    };
    message(status, "Nothing to pay", sentence, way_back(unpaid))
}

/// Nobody says what the asset costs, so nobody here could be paid for it.
async fn not_for_sale(
    context: &Context<'_>,
    who: &Principal,
    unpaid: &Unpaid,
    lack: &Lack,
) -> Handled {
    let units = units(context, who, &[&lack.asset]).await?;
    let missing = units(&lack.asset).plain(lack.amount);
    let sentence = format!("The subscription lacks {missing}, which cannot be bought here.");
    let title = "Payment is not possible here";
    Ok(message(200, title, &sentence, way_back(unpaid)))
}

fn way_back(unpaid: &Unpaid) -> Option<(&str, &str)> {
    Some((unpaid.return_url.as_deref()?, "Continue"))
}
