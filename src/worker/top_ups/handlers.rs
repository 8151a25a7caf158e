//! Top-ups: a link to pay at, and credit for what was paid, once.
//!
//! A top-up is decided by one statement: whoever submits first has paid or declined, and only while
//! the link is open. A paid one is `pending` until the wallet has it. The wallet takes it under its
//! own id, so it may be told any number of times; should we be stopped in between, the next submit
//! or the next read tells it again.
//!
//! ```text
//! initiated ──pay──▶ pending ──the wallet has it──▶ succeeded
//!     │                 └──the wallet refuses──▶ failed
//!     ├──delay──▶ (reads as pending) ──▶ pending, or failed: see `simulated`
//!     ├──decline──▶ failed
//!     └──the link ends──▶ (reads as expired)
//! ```

use serde::Serialize;

use crate::engine::command::Metadata;
use crate::engine::exchange::ExchangeRate;
use crate::engine::{Amount, Instant, Refusal};
use crate::journal::chain::request_digest;
use crate::stripe;
use crate::wire::page;
use crate::wire::problem::{Failure, Problem};
use crate::wire::reply::{Money, json};
use crate::wire::time;
use crate::wire::topup::{LINK_SECONDS, NewTopUp};
use crate::worker::assets;
use crate::worker::assets::precision;
use crate::worker::assets::units::units;
use crate::worker::customers;
use crate::worker::edge::context::Context;
use crate::worker::edge::forward::no_customer;
use crate::worker::edge::keyring::hash;
use crate::worker::edge::pages::{for_people, message};
use crate::worker::edge::principal::{Caller, Principal};
use crate::worker::edge::reply::{Handled, Reply};
use crate::worker::edge::request::Path;
use crate::worker::edge::rows::{Outcomes, unreadable};
use crate::worker::processors;
use crate::worker::processors::connection::{Connection, connection_of};

use super::afterwards::Standing;
use super::news::look_again;
use super::packs::{check_payable, offers_in};
use super::page::{SECURE, TopUpPage, confirmation, on_its_way, top_up};
use super::paid_page::{PaidPage, paid};
use super::row::{Checkout, Processor, SaleReceipt, TopUp};
use super::settling::settle;
use super::{checkout, statements, tokens};

/// Whether anybody takes payments for this side.
pub(super) async fn takes_payments(
    context: &Context<'_>,
    who: &Principal,
) -> Result<bool, Problem> {
    // The test side always has the simulated page, so nobody is asked.
    if Processor::of(who, None).is_some() {
        return Ok(true);
    }
    Ok(connection_of(context, who).await?.is_some())
}

/// Where the customer pays. A page at Stripe that is not known yet is made now.
///
/// # Errors
/// `not_configured` where the deployment cannot make it any more; as Stripe's client.
pub(super) async fn link(context: &Context<'_>, row: &TopUp) -> Result<String, Problem> {
    match row.processor {
        Processor::Simulated => row.own_page(context),
        Processor::Stripe => checkout::link(context, row).await,
    }
}

// What the caller sees.

#[derive(Serialize)]
struct Initiated<'a> {
    id: &'a str,
    status: &'static str,
    redirect_url: &'a str,
    processor: &'static str,
    /// What the payment buys.
    credit: Money,
    /// All that will be credited.
    grants: Vec<GrantReply>,
    credit_expires_at: Option<String>,
    created_at: &'a str,
    expires_at: String,
}

/// As it was when the top-up was made, so that a replay says the same.
async fn initiated(context: &Context<'_>, row: &TopUp) -> Handled {
    let reply = Initiated {
        id: &row.id,
        status: "initiated",
        redirect_url: &link(context, row).await?,
        processor: row.processor.word(),
        credit: credit_of(row),
        grants: grants_of(row),
        credit_expires_at: row.credit_end().map(time::format),
        created_at: &row.created_at,
        expires_at: time::format(Instant::from_micros(row.expires_at)),
    };
    Ok(Reply::new(201, json(&reply)))
}

fn credit_of(row: &TopUp) -> Money {
    Money {
        asset: row.asset.clone(),
        amount: row.credit,
    }
}

/// A part of what is credited.
#[derive(Serialize)]
struct GrantReply {
    asset: String,
    amount: Amount,
    /// `paid`; or `promotion`, which nobody has paid for.
    purpose: &'static str,
}

fn grants_of(row: &TopUp) -> Vec<GrantReply> {
    let credits = row.credits().into_iter();
    let grants = credits.map(|credit| GrantReply {
        asset: credit.account.asset,
        amount: credit.amount,
        purpose: if credit.is_promotion {
            "promotion"
        } else {
            "paid"
        },
    });
    grants.collect()
}

#[derive(Serialize)]
struct TopUpReply<'a> {
    id: &'a str,
    customer_id: &'a str,
    amount: Amount,
    currency: &'a str,
    status: &'a str,
    destination: Destination<'a>,
    /// What the payment buys.
    credit: Money,
    /// All that is credited.
    grants: Vec<GrantReply>,
    pack: Option<&'a str>,
    processor: &'static str,
    /// What the payer has in hand, once it is paid and as far as it is known.
    receipt: Option<&'a SaleReceipt>,
    credit_expires_at: Option<String>,
    description: Option<&'a str>,
    metadata: Metadata,
    created_at: &'a str,
    expires_at: String,
}

#[derive(Serialize)]
struct Destination<'a> {
    asset: &'a str,
    account_name: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    exchange_rate: Option<Amount>,
}

/// `POST /v1/top-ups`: with an `Idempotency-Key` the same top-up, however often it is sent.
///
/// | case | reply |
/// |---|---|
/// | new | 201 |
/// | the same key and body | 201, replayed, also when the rate has changed since |
/// | the same key, another body | `operation_id_reused` |
/// | no such customer | 404 |
/// | the live side | `payments_not_configured` |
/// | no such asset, or no rate for the currency | `validation_failed` |
pub async fn create(context: &Context<'_>, who: &Caller, _: &Path) -> Handled {
    let new = NewTopUp::read(context.body)?;
    let (row, replayed) = make(context, who, &new).await?;
    Ok(initiated(context, &row).await?.replayed(replayed))
}

/// Digest of what was asked.
pub(super) fn digest(new: &NewTopUp) -> String {
    request_digest(&["top_up", &json(new)])
}

/// The top-up of this call, and whether it was there.
///
/// # Errors
/// As the table of [`create`].
pub(super) async fn make(
    context: &Context<'_>,
    who: &Principal,
    asked: &NewTopUp,
) -> Result<(TopUp, bool), Problem> {
    let id = context.new_id("top", &who.account_id, &who.mode)?;
    let request = digest(asked);
    let mut new = asked.clone();
    if let Some(code) = &asked.pack {
        let answer = context
            .directory(vec![
                statements::top_up_by_id(who, &id),
                statements::offers(who),
            ])
            .await?;
        if let Some(row) = TopUp::found(&answer, 0)? {
            return same(row, &request).map(|row| (row, true));
        }
        new = offers_in(&answer, 1)?.pack(code)?.fill(new);
    }
    // Before the directory is asked for anything else, because it only needs what was said.
    check_payable("", &new.currency, &new.amount.to_string())?;
    let (asset, now) = (&new.account.asset, context.now());
    let answer = context
        .directory(vec![
            statements::top_up_by_id(who, &id),
            customers::statements::customer(who, Some(&new.customer_id), None),
            assets::statements::asset_by_code(who, asset),
            assets::statements::rate_of_asset_at(who, asset, &new.currency, now.micros()),
            processors::statements::connection(who),
            statements::offers(who),
        ])
        .await?;
    // First of all: what was answered once is answered so again, whatever has changed since.
    if let Some(row) = TopUp::found(&answer, 0)? {
        return same(row, &request).map(|row| (row, true));
    }
    if !answer.wrote(1) {
        return Err(no_customer(who, &new.customer_id));
    }
    // A machine pays the simulated processor, also where Stripe is connected: a token that nobody charges there must
    // never become credit, and on the live side there is nobody to charge it.
    let connection = match new.by_machine {
        true => None,
        false => Connection::found(who, &answer, 4)?,
    };
    if Processor::of(who, connection.as_ref()).is_none() {
        return Err(not_configured());
    }
    // Only for a new one: a replay may come when the time that it named is over, or something else is
    // offered.
    new.check_time(now)?;
    let offers = offers_in(&answer, 5)?;
    offers.check(&new)?;
    let unknown = || Problem::field("destination.asset", precision::no_such(asset));
    let precision = precision::precision(&answer, 2, asset)?.ok_or_else(unknown)?;
    let making = Making {
        id: &id,
        request: &request,
        precision,
        // At the rate of now, and kept in the row, so that who pays tomorrow gets what the page says.
        credit: new.bought(precision, rate(&answer)?, places(&new.currency))?,
        connection: connection.as_ref(),
        bonus: offers.bonus(&new),
        by_link: false,
    };
    let (row, wrote) = insert(context, who, &new, &making).await?;
    // Somebody may have made it between the two transactions, so the row decides once more.
    same(row, &request).map(|row| (row, !wrote))
}

/// What a new top-up has that nobody asks for.
pub(super) struct Making<'a> {
    pub id: &'a str,
    pub request: &'a str,
    pub precision: u32,
    pub credit: Amount,
    /// Who takes the payment, where it is not the simulated page.
    pub connection: Option<&'a Connection>,
    /// What comes on top of the credit.
    pub bonus: Amount,
    /// Made by who has a payment link, and not by a key.
    pub by_link: bool,
}

/// The top-up of this id, and whether it is new.
///
/// # Errors
/// `payments_not_configured` where nobody takes payments; `quota_reached` where a payment link has made
/// as many as it may; `unavailable`, or an unreadable answer.
pub(super) async fn insert(
    context: &Context<'_>,
    who: &Principal,
    new: &NewTopUp,
    making: &Making<'_>,
) -> Result<(TopUp, bool), Problem> {
    // Asked here as well, because payment links come this way and not by `create`.
    let processor = Processor::of(who, making.connection).ok_or_else(not_configured)?;
    let now = context.now();
    let with = making.connection.map(|connection| &connection.settings);
    // What ends after a number of days ends so many days after now, and not after the payment: the customer
    // is told before paying.
    let days = with.and_then(|settings| settings.credit_expires_days);
    let set = days.map(|days| now.plus_seconds(days.saturating_mul(86_400)));
    let credit_end = new.credit_expires_at.or(set);
    let link_end = match processor {
        Processor::Simulated => new.link_end(now),
        Processor::Stripe => checkout::link_end(new.link_end(now), now)?,
    };
    let with = with.map(|settings| Checkout {
        automatic_tax: settings.automatic_tax,
        save_payment_method: settings.save_payment_method,
        allow_promotion_codes: new.allow_promotion_codes,
    });
    let token = tokens::of_top_up(context.config, who, making.id)?;
    // Before it is made: a top-up whose link cannot be told is of no use.
    context.config.link("")?;
    let mut values = vec![
        Some(making.id.to_owned()),
        Some(new.customer_id.clone()),
        Some(processor.word().to_owned()),
        token.first().map(|token| hash(token)),
    ];
    values.extend(columns(new, making.precision, making.credit, credit_end));
    values.extend([
        Some(making.request.to_owned()),
        Some(time::format(now)),
        Some(link_end.micros().to_string()),
        with.map(|with| json(&with)),
        new.pack.clone(),
        making.bonus.is_positive().then(|| making.bonus.to_string()),
    ]);
    let day = i64::from(LINK_SECONDS).saturating_mul(1_000_000);
    let since = now.micros().saturating_sub(day);
    let since = making
        .by_link
        .then(|| time::format(Instant::from_micros(since)));
    let answer = context
        .directory(vec![
            statements::insert_top_up(who, values, since),
            statements::top_up_by_id(who, making.id),
        ])
        .await?;
    let none = || {
        if making.by_link {
            let detail = "Too many payments were begun at this link today. Come back tomorrow.";
            return Failure::QuotaReached.because(detail);
        }
        Failure::Internal.because("The directory did not keep the top-up.")
    };
    let row = TopUp::found(&answer, 1)?.ok_or_else(none)?;
    Ok((row, answer.wrote(0)))
}

fn columns(
    new: &NewTopUp,
    precision: u32,
    credit: Amount,
    credit_end: Option<Instant>,
) -> [Option<String>; 12] {
    let expiry = credit_end.map(|at| at.micros().to_string());
    [
        Some(new.amount.to_string()),
        Some(new.currency.clone()),
        Some(new.account.name.clone()),
        Some(new.account.asset.clone()),
        Some(precision.to_string()),
        Some(credit.to_string()),
        new.exchange_rate.map(|rate| rate.to_string()),
        expiry,
        Some(new.return_url.clone()),
        Some(new.failure_url.clone()),
        new.description.clone(),
        Some(json(&new.metadata)),
    ]
}

/// # Errors
/// `operation_id_reused` where it was made by another request.
fn same(row: TopUp, request: &str) -> Result<TopUp, Problem> {
    if row.request == request {
        return Ok(row);
    }
    Err(Problem::from(Refusal::OperationIdReused))
}

fn not_configured() -> Problem {
    let detail = "No payment provider is connected to the live side, so nobody could pay. Connect Stripe by PUT \
                  /v1/accounts/self/processors/stripe, use a test key, or credit the wallet with an adjustment.";
    Failure::PaymentsNotConfigured.because(detail)
}

/// In how many places the currency is paid.
pub(super) fn places(currency: &str) -> u32 {
    stripe::places(currency).unwrap_or_default()
}

/// The asset's rate in the currency at this moment, if it has one.
fn rate(answer: &Outcomes) -> Result<Option<ExchangeRate>, Problem> {
    let rate = answer.row(3)?.and_then(|row| row.given("rate"));
    let parsed = rate.map(|text| serde_json::from_str(&text));
    parsed.transpose().map_err(|_| unreadable())
}

/// `GET /v1/top-ups/{id}`.
///
/// 404 where there is none. A paid one that the wallet has not been told of is told now.
pub async fn get(context: &Context<'_>, who: &Caller, path: &Path) -> Handled {
    let id = path.first().map(String::as_str).unwrap_or_default();
    let answer = context
        .directory(vec![statements::top_up_by_id(who, id)])
        .await?;
    let none = || Failure::NotFound.because(format!("There is no top-up {id}."));
    // One of another customer is none for a token: whether there is one must not be heard.
    let row = TopUp::found(&answer, 0)?.filter(|row| who.check_customer(&row.customer_id).is_ok());
    let mut row = row.ok_or_else(none)?;
    if row.is_owed() {
        settle(context, &mut row).await?;
    }
    look_again(context, &mut row).await?;
    Ok(Reply::ok(shown(&row, context.now())))
}

/// A top-up as replies show it.
pub(super) fn shown(row: &TopUp, now: Instant) -> String {
    let reply = TopUpReply {
        id: &row.id,
        customer_id: &row.customer_id,
        amount: row.amount,
        currency: &row.currency,
        status: row.status(now),
        destination: Destination {
            asset: &row.asset,
            account_name: &row.account_name,
            exchange_rate: row.exchange_rate,
        },
        credit: credit_of(row),
        grants: grants_of(row),
        pack: row.pack.as_deref(),
        processor: row.processor.word(),
        receipt: row.sale.as_ref().map(|sale| &sale.receipt),
        credit_expires_at: row.credit_end().map(time::format),
        description: row.description.as_deref(),
        metadata: row.words(),
        created_at: &row.created_at,
        expires_at: time::format(Instant::from_micros(row.expires_at)),
    };
    json(&reply)
}

/// `DELETE /v1/top-ups/{id}`: the link ends now.
///
/// | the top-up is | reply |
/// |---|---|
/// | open, or its link has ended | 204; it reads as `expired` |
/// | failed | 204 |
/// | paid | `wrong_state` |
/// | none | 404 |
pub async fn end(context: &Context<'_>, who: &Caller, path: &Path) -> Handled {
    let id = token_in(path);
    let found = || statements::top_up_by_id(who, id);
    let none = || Failure::NotFound.because(format!("There is no top-up {id}."));
    let answer = context.directory(vec![found()]).await?;
    let mut row = TopUp::found(&answer, 0)?.ok_or_else(none)?;
    // At Stripe first: a page that is open there could still be paid.
    if row.is_by_stripe()
        && row.status(context.now()) == "initiated"
        && !checkout::end_session(context, &row).await?
    {
        look_again(context, &mut row).await?;
    }
    let now = context.now().micros();
    let answer = context
        .directory(vec![statements::end_top_up(who, id, now), found()])
        .await?;
    let row = TopUp::found(&answer, 1)?.ok_or_else(none)?;
    if matches!(row.status(context.now()), "pending" | "succeeded") {
        let detail = format!("The top-up {id} is paid. Take the credit back by an adjustment.");
        return Err(Failure::WrongState.because(detail));
    }
    Ok(Reply::new(204, String::new()))
}

// What the customer sees.

/// `GET /pay/{token}`: what is to be paid, or what has become of it.
pub async fn page(context: &Context<'_>, path: &Path) -> Handled {
    for_people(look(context, path).await)
}

/// | status | page |
/// |---|---|
/// | initiated | the form; with `?step=secure` the one of the payer's bank |
/// | on its way | whether it arrives |
/// | pending | told to the wallet, then as it ended |
/// | anything else | what has become of it |
async fn look(context: &Context<'_>, path: &Path) -> Handled {
    let answer = context
        .directory(vec![statements::top_up_by_token(&hash(token_in(path)))])
        .await?;
    let Some(mut row) = TopUp::found(&answer, 0)? else {
        return Ok(no_link());
    };
    if row.is_owed() {
        settle(context, &mut row).await?;
    }
    if row.is_by_stripe() {
        return at_stripe(context, row).await;
    }
    match row.status(context.now()) {
        "initiated" => form(context, &row).await,
        _ => ended(context, &row, 200).await,
    }
}

/// Our page of a top-up that is paid at Stripe. Who comes back from there is credited now, should Stripe's
/// event be slower, and goes on; who has not paid is led there, or back where that was wished.
pub(super) async fn at_stripe(context: &Context<'_>, mut row: TopUp) -> Handled {
    look_again(context, &mut row).await?;
    let (on, back) = row.ways(context)?;
    match (context.query("paid").as_deref(), row.status(context.now())) {
        // Also one that waits: the money is on its way, so the customer has done all there is to do.
        (Some("yes"), "succeeded" | "pending" | "initiated") => Ok(Reply::see_other(on)),
        (Some("no"), "initiated") => Ok(Reply::see_other(back)),
        (_, "initiated") => Ok(Reply::see_other(link(context, &row).await?)),
        _ => ended(context, &row, 200).await,
    }
}

pub(super) fn token_in(path: &Path) -> &str {
    path.first().map(String::as_str).unwrap_or_default()
}

/// The page of a link that is none.
pub(super) fn no_link() -> Reply {
    let sentence = "There is nothing to pay here. Go back to where you came from and start again.";
    message(404, "This link does not work", sentence, None)
}

/// The page with the buttons. Only the page itself and the two addresses that it leads to are
/// allowed as targets of its form.
async fn form(context: &Context<'_>, row: &TopUp) -> Handled {
    let leads_to = row.leads_to(context)?;
    let leads_to: Vec<&str> = leads_to.iter().map(String::as_str).collect();
    if context.query("step").as_deref() == Some(SECURE) {
        let html = confirmation(&row.price(context).await?);
        return Ok(Reply::page(200, html, page::policy(&leads_to)));
    }
    let units = units(context, &row.who(context)?, &[&row.currency, &row.asset]).await?;
    let html = top_up(&TopUpPage {
        customer: row.customer_name.as_deref().unwrap_or(&row.customer_id),
        paid: row.amount,
        currency: units(&row.currency),
        credited: row.credit,
        asset: units(&row.asset),
        in_kind: row.asset == row.currency,
        description: row.description.as_deref(),
        credit_expires_at: row.credit_end(),
        open_until: Instant::from_micros(row.expires_at),
    });
    Ok(Reply::page(200, html, page::policy(&leads_to)))
}

/// The page of a top-up that nobody can pay any more; `status` is the one of a page that is merely
/// looked at.
pub(super) async fn ended(context: &Context<'_>, row: &TopUp, status: u16) -> Handled {
    let (on, back) = row.ways(context)?;
    let (on, back) = (&on, &back);
    let leads_to = row.leads_to(context)?;
    let leads_to: Vec<&str> = leads_to.iter().map(String::as_str).collect();
    // It has not ended at all, so the page asks what becomes of it, whatever the link says.
    if row.is_delayed() {
        let html = on_its_way(&row.price(context).await?);
        return Ok(Reply::page(status, html, page::policy(&leads_to)));
    }
    let (status, title, sentence, way_on) = match row.status(context.now()) {
        "succeeded" if row.is_by_stripe() => {
            let units = units(context, &row.who(context)?, &[&row.asset]).await?;
            let sentence = format!("Added: {}.", units(&row.asset).plain(row.credit));
            (status, "Paid", sentence, (on, "Continue"))
        }
        "succeeded" => {
            let standing = Standing::of(context, row).await?;
            let mut page = credited_page(context, row, &standing).await?;
            page.status = status;
            return Ok(page);
        }
        "pending" => {
            let sentence =
                "The payment is on its way. It is added to the balance as soon as it has come.";
            (status, "Almost done", sentence.to_owned(), (on, "Continue"))
        }
        // 410 whatever happened: the link is over, and no page brings it back.
        "expired" => {
            let sentence = "Nothing was paid. Start again to get a new link.".to_owned();
            (410, "This link has ended", sentence, (back, "Go back"))
        }
        _ => {
            let sentence = "Nothing was added to the balance. Start again to try once more.";
            (status, "Not paid", sentence.to_owned(), (back, "Go back"))
        }
    };
    let (url, words) = way_on;
    let reply = message(status, title, &sentence, Some((url, words)));
    Ok(reply)
}

/// The page of a simulated payment that was credited, as it stands by now.
pub(super) async fn credited_page(
    context: &Context<'_>,
    row: &TopUp,
    standing: &Standing,
) -> Handled {
    let leads_to = row.leads_to(context)?;
    let leads_to: Vec<&str> = leads_to.iter().map(String::as_str).collect();
    let units = units(context, &row.who(context)?, &[&row.asset, &row.currency]).await?;
    let html = paid(&PaidPage {
        credit: units(&row.asset).plain(row.credit),
        standing,
        currency: units(&row.currency),
        on: &row.ways(context)?.0,
    });
    Ok(Reply::page(200, html, page::policy(&leads_to)))
}

/// | the row was | pressed | reply |
/// |---|---|---|
/// | initiated | pay | credited, and on to `return_url` |
/// | initiated | decline | failed, and on to `failure_url` |
/// | paid before | pay again | on to `return_url` |
/// | declined before | decline again | on to `failure_url` |
/// | decided the other way, or expired | any | 409 or 410, with what has become of it |
pub(super) async fn decide(context: &Context<'_>, token: &str, decision: &str) -> Handled {
    let token = hash(token);
    let answer = context
        .directory(vec![
            statements::decide_top_up(&token, decision, context.now().micros()),
            statements::top_up_by_token(&token),
        ])
        .await?;
    after_decision(context, &answer, decision).await
}

/// What follows a decision: of the answers the first says whether it counted, the second how it is now.
pub(super) async fn after_decision(
    context: &Context<'_>,
    answer: &Outcomes,
    decision: &str,
) -> Handled {
    let Some(mut row) = TopUp::found(answer, 1)? else {
        return Ok(no_link());
    };
    if row.is_by_stripe() {
        return at_stripe(context, row).await;
    }
    // Also where somebody else decided: whoever comes next finishes what was interrupted.
    if row.is_owed() {
        settle(context, &mut row).await?;
    }
    let pays = decision == "pending";
    match row.status.as_str() {
        "succeeded" if pays => Ok(Reply::see_other(row.ways(context)?.0)),
        // Declined now or before; or paid, and the wallet could not take it.
        "failed" if !pays || answer.wrote(0) => Ok(Reply::see_other(row.ways(context)?.1)),
        _ => ended(context, &row, 409).await,
    }
}

/// Going back decides nothing: the link stays open.
pub(super) async fn cancel(context: &Context<'_>, token: &str) -> Handled {
    let answer = context
        .directory(vec![statements::top_up_by_token(&hash(token))])
        .await?;
    match TopUp::found(&answer, 0)? {
        Some(row) => Ok(Reply::see_other(row.ways(context)?.1)),
        None => Ok(no_link()),
    }
}
