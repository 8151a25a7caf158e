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
use crate::engine::{AccountId, Amount, Instant, Refusal};
use crate::journal::chain::request_digest;
use crate::stripe;
use crate::wire::page;
use crate::wire::problem::{Failure, Problem};
use crate::wire::reply::{Money, json};
use crate::wire::time;
use crate::wire::topup::{ConfirmedTopUp, LINK_SECONDS, NewTopUp};
use crate::wire::url::WebUrl;
use crate::worker::assets;
use crate::worker::assets::precision;
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

use super::page::{SECURE, TopUpPage, confirmation, on_its_way, paid, top_up};
use super::{statements, tokens};

/// Who takes the payment.
#[derive(Clone, Copy)]
enum Processor {
    /// A page of our own, where no money moves.
    Simulated,
}

impl Processor {
    /// The live side has nobody until a payment provider is connected to it.
    fn of(who: &Principal) -> Option<Self> {
        // A page where no money moves must never credit the live side.
        (who.mode == "test").then_some(Self::Simulated)
    }

    const fn word(self) -> &'static str {
        match self {
            Self::Simulated => "simulated",
        }
    }

    /// Where the customer pays.
    ///
    /// # Errors
    /// `not_configured` where the deployment does not say where it is reached.
    fn redirect_url(self, context: &Context<'_>, token: &str) -> Result<String, Problem> {
        match self {
            Self::Simulated => context.config.link(&format!("/pay/{token}")),
        }
    }
}

/// Whether anybody takes payments for this side.
pub(super) fn takes_payments(who: &Principal) -> bool {
    Processor::of(who).is_some()
}

pub(super) struct TopUp {
    account_id: String,
    mode: String,
    pub(super) id: String,
    pub(super) customer_id: String,
    /// Only where a page was asked for.
    customer_name: Option<String>,
    processor: String,
    /// Of the link's token, which is kept nowhere.
    token_hash: Option<String>,
    /// Of the customer's payment links; only where a page was asked for.
    pay_token_hash: Option<String>,
    pub(super) amount: Amount,
    pub(super) currency: String,
    account_name: String,
    asset: String,
    precision: u32,
    credit: Amount,
    exchange_rate: Option<Amount>,
    credit_expires_at: Option<i64>,
    return_url: String,
    failure_url: String,
    pub(super) description: Option<String>,
    metadata: String,
    pub(super) status: String,
    pub(super) request: String,
    created_at: String,
    expires_at: i64,
    /// The money is on its way since then.
    delayed_at: Option<i64>,
    refunded_at: Option<i64>,
    /// When a machine has paid.
    pub(super) paid_at: Option<i64>,
}

impl TopUp {
    /// # Errors
    /// `internal_error` where a column is not what it should be.
    fn of(row: Row<'_>) -> Result<Self, Problem> {
        let amount = |name: &str| {
            let parsed = row.given(name).map(|text| Amount::parse(&text));
            parsed.transpose().map_err(|_| unreadable())
        };
        Ok(Self {
            account_id: row.text("account_id")?,
            mode: row.text("mode")?,
            id: row.text("id")?,
            customer_id: row.text("customer_id")?,
            customer_name: row.given("customer_name"),
            processor: row.text("processor")?,
            token_hash: row.given("token_hash"),
            pay_token_hash: row.given("pay_token_hash"),
            amount: amount("amount")?.ok_or_else(unreadable)?,
            currency: row.text("currency")?,
            account_name: row.text("account_name")?,
            asset: row.text("asset")?,
            precision: row.count("precision")?,
            credit: amount("credit")?.ok_or_else(unreadable)?,
            exchange_rate: amount("exchange_rate")?,
            credit_expires_at: row.number("credit_expires_at"),
            return_url: row.text("return_url")?,
            failure_url: row.text("failure_url")?,
            description: row.given("description"),
            metadata: row.text("metadata")?,
            status: row.text("status")?,
            request: row.text("request")?,
            created_at: row.text("created_at")?,
            expires_at: row.number("expires_at").ok_or_else(unreadable)?,
            delayed_at: row.number("delayed_at"),
            refunded_at: row.number("refunded_at"),
            paid_at: row.number("paid_at"),
        })
    }

    /// The one that a statement has found.
    pub(super) fn found(answer: &Outcomes, statement: usize) -> Result<Option<Self>, Problem> {
        answer.row(statement)?.map(Self::of).transpose()
    }

    pub(super) fn who(&self, context: &Context<'_>) -> Result<Principal, Problem> {
        Principal::of(context.config, self.account_id.clone(), self.mode.clone())
    }

    /// Where the customer pays, with the token that derives again from the key.
    ///
    /// # Errors
    /// `not_configured` where the deployment cannot make it any more.
    pub(super) fn link(&self, context: &Context<'_>) -> Result<String, Problem> {
        let who = self.who(context)?;
        let known = tokens::of_top_up(context.config, &who, &self.id)?;
        let gone = || {
            let detail =
                "No key in SECRETS_KEY makes the link of this top-up any more. Make another one.";
            Failure::NotConfigured.because(detail)
        };
        let token = tokens::kept(known, self.token_hash.as_deref()).ok_or_else(gone)?;
        let processor = Processor::of(&who).ok_or_else(not_configured)?;
        processor.redirect_url(context, &token)
    }

    /// Where the customer goes on after paying, and after not paying. A way back to a payment link is
    /// kept without its token.
    ///
    /// # Errors
    /// `not_configured` where the deployment does not say where it is reached.
    pub(super) fn ways(&self, context: &Context<'_>) -> Result<(String, String), Problem> {
        let who = self.who(context)?;
        let way = |url: &String| {
            let hash = self.pay_token_hash.as_deref();
            let path = tokens::path_of(url, context.config, &who, &self.customer_id, hash);
            path.map_or_else(|| Ok(url.clone()), |path| context.config.link(&path))
        };
        Ok((way(&self.return_url)?, way(&self.failure_url)?))
    }

    /// Where the answer to a form of its pages may lead. A browser checks the redirect after a form as
    /// well, so both ways out have to be named.
    ///
    /// # Errors
    /// As [`TopUp::ways`].
    fn leads_to(&self, context: &Context<'_>) -> Result<[String; 2], Problem> {
        let (on, back) = self.ways(context)?;
        let origin = |url: &String| WebUrl::parse(url).map_or("", |url| url.origin).to_owned();
        Ok([&on, &back].map(origin))
    }

    /// What is paid, as pages write it.
    ///
    /// # Errors
    /// `unavailable`, or an unreadable answer.
    async fn price(&self, context: &Context<'_>) -> Result<String, Problem> {
        let units = units(context, &self.who(context)?, &[&self.currency]).await?;
        Ok(units(&self.currency).plain(self.amount))
    }

    /// It was accepted, and whether the money comes is open.
    pub(super) fn is_delayed(&self) -> bool {
        self.status == "initiated" && self.delayed_at.is_some()
    }

    /// What has become of it. A link that has ended needs nobody who notes it.
    pub(super) fn status(&self, now: Instant) -> &str {
        // The link's end is for who has not paid yet.
        if self.is_delayed() {
            return "pending";
        }
        // Told at the read, so that no timer has to run for links that nobody looks at.
        if self.status == "initiated" && self.expires_at <= now.micros() {
            return "expired";
        }
        &self.status
    }

    fn metadata(&self) -> Metadata {
        serde_json::from_str(&self.metadata).unwrap_or_default()
    }

    /// Until when it can be paid.
    pub(super) fn link_end(&self) -> Instant {
        Instant::from_micros(self.expires_at)
    }

    fn credit_end(&self) -> Option<Instant> {
        self.credit_expires_at.map(Instant::from_micros)
    }

    /// What the wallet is told. It derives from the row alone, so telling it again is the same
    /// request.
    fn confirmed(&self) -> ConfirmedTopUp {
        ConfirmedTopUp {
            id: self.id.clone(),
            account: AccountId::new(&self.account_name, &self.asset),
            precision: self.precision,
            amount: self.credit,
            paid: self.amount,
            currency: self.currency.clone(),
            processor: self.processor.clone(),
            expires_at: self.credit_end(),
            description: self.description.clone(),
            metadata: self.metadata(),
        }
    }
}

// What the caller sees.

#[derive(Serialize)]
struct Initiated<'a> {
    id: &'a str,
    status: &'static str,
    redirect_url: &'a str,
    created_at: &'a str,
    expires_at: String,
}

/// As it was when the top-up was made, so that a replay says the same.
fn initiated(context: &Context<'_>, row: &TopUp) -> Handled {
    let reply = Initiated {
        id: &row.id,
        status: "initiated",
        redirect_url: &row.link(context)?,
        created_at: &row.created_at,
        expires_at: time::format(Instant::from_micros(row.expires_at)),
    };
    Ok(Reply::new(201, json(&reply)))
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
    Ok(initiated(context, &row)?.replayed(replayed))
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
    new: &NewTopUp,
) -> Result<(TopUp, bool), Problem> {
    // Before the directory is asked, because it only needs the body.
    check_currency(new)?;
    let id = context.new_id("top", &who.account_id, &who.mode)?;
    let request = digest(new);
    let (asset, now) = (&new.account.asset, context.now());
    let answer = context
        .directory(vec![
            statements::top_up_by_id(who, &id),
            customers::statements::customer(who, Some(&new.customer_id), None),
            assets::statements::asset_by_code(who, asset),
            assets::statements::rate_of_asset_at(who, asset, &new.currency, now.micros()),
        ])
        .await?;
    // First of all: what was answered once is answered so again, whatever has changed since.
    if let Some(row) = TopUp::found(&answer, 0)? {
        return same(row, &request).map(|row| (row, true));
    }
    if !answer.wrote(1) {
        return Err(no_customer(who, &new.customer_id));
    }
    if !takes_payments(who) {
        return Err(not_configured());
    }
    // Only for a new one: a replay may come when the time that it named is over.
    new.check_time(now)?;
    let unknown = || Problem::field("destination.asset", precision::no_such(asset));
    let precision = precision::precision(&answer, 2, asset)?.ok_or_else(unknown)?;
    let making = Making {
        id: &id,
        request: &request,
        precision,
        // At the rate of now, and kept in the row: who pays tomorrow gets what the page says.
        credit: new.bought(precision, rate(&answer)?, places(&new.currency))?,
        by_link: false,
    };
    let (row, wrote) = insert(context, who, new, &making).await?;
    // Somebody may have made it between the two transactions, so the row decides once more.
    same(row, &request).map(|row| (row, !wrote))
}

/// What a new top-up has that nobody asks for.
pub(super) struct Making<'a> {
    pub id: &'a str,
    pub request: &'a str,
    pub precision: u32,
    pub credit: Amount,
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
    let processor = Processor::of(who).ok_or_else(not_configured)?;
    let now = context.now();
    let token = tokens::of_top_up(context.config, who, making.id)?;
    // Before it is made: a top-up whose link cannot be told is of no use.
    context.config.link("")?;
    let mut values = vec![
        Some(making.id.to_owned()),
        Some(new.customer_id.clone()),
        Some(processor.word().to_owned()),
        token.first().map(|token| hash(token)),
    ];
    values.extend(columns(new, making.precision, making.credit));
    values.extend([
        Some(making.request.to_owned()),
        Some(time::format(now)),
        Some(new.link_end(now).micros().to_string()),
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

fn columns(new: &NewTopUp, precision: u32, credit: Amount) -> [Option<String>; 12] {
    let expiry = new.credit_expires_at.map(|at| at.micros().to_string());
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
    let detail = "No payment provider is connected to the live side, so nobody could pay. Use a \
                  test key, or credit the wallet with an adjustment.";
    Failure::PaymentsNotConfigured.because(detail)
}

/// What is paid has to be money, in amounts that exist.
fn check_currency(new: &NewTopUp) -> Result<(), Problem> {
    let amount = new.amount.to_string();
    let (path, sentence) = match stripe::minor_units(&new.currency, &amount) {
        Ok(_) => return Ok(()),
        Err(stripe::NotChargeable::UnknownCurrency(_)) => {
            ("currency", "must be a currency, such as USD".to_owned())
        }
        Err(other) => ("amount", format!("cannot be paid. {other}")),
    };
    Err(Problem::field(path, sentence))
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
    let mut row = TopUp::found(&answer, 0)?.ok_or_else(none)?;
    if row.status == "pending" {
        settle(context, &mut row).await?;
    }
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
        credit: Money {
            asset: row.asset.clone(),
            amount: row.credit,
        },
        credit_expires_at: row.credit_end().map(time::format),
        description: row.description.as_deref(),
        metadata: row.metadata(),
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
    let answer = context
        .directory(vec![
            statements::end_top_up(who, id, context.now().micros()),
            statements::top_up_by_id(who, id),
        ])
        .await?;
    let none = || Failure::NotFound.because(format!("There is no top-up {id}."));
    let row = TopUp::found(&answer, 1)?.ok_or_else(none)?;
    if matches!(row.status(context.now()), "pending" | "succeeded") {
        let detail = format!("The top-up {id} is paid. Take the credit back by an adjustment.");
        return Err(Failure::WrongState.because(detail));
    }
    Ok(Reply::new(204, String::new()))
}

/// Tells the wallet of a payment, and notes what it made of it.
///
/// # Errors
/// `unavailable` where the wallet did not answer: the row stays pending, and the next look tries
/// again.
pub(super) async fn settle(context: &Context<'_>, row: &mut TopUp) -> Result<(), Problem> {
    let who = row.who(context)?;
    let top_up = row.confirmed();
    let wallet = who.wallet(&row.customer_id);
    let reply = context
        .wallet(&wallet, &row.customer_id, Ask::CreditTopUp { top_up })
        .await?;
    // Nothing is noted: only an answer of the wallet may end what is pending.
    if reply.status >= 500 {
        let detail = "The payment is noted, but the wallet did not answer yet. Try again: it is \
                      credited once.";
        return Err(Failure::Unavailable.because(detail));
    }
    let answer = context
        .directory(vec![
            statements::settle_top_up(&who, &row.id, reply.status == 200),
            statements::top_up_by_id(&who, &row.id),
        ])
        .await?;
    // Read back, because another request may have settled it in another way first.
    if let Some(now) = answer.row(1)? {
        row.status = now.text("status")?;
    }
    Ok(())
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
    if row.status == "pending" {
        settle(context, &mut row).await?;
    }
    match row.status(context.now()) {
        "initiated" => form(context, &row).await,
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
        "succeeded" => {
            let units = units(context, &row.who(context)?, &[&row.asset]).await?;
            let credit = units(&row.asset).plain(row.credit);
            let (is_refunded, sentence) = match row.refunded_at {
                Some(_) => (true, format!("Taken back: {credit}.")),
                None => (false, format!("Added: {credit}.")),
            };
            let html = paid(&sentence, is_refunded, on);
            return Ok(Reply::page(status, html, page::policy(&leads_to)));
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
    // Also where somebody else decided: whoever comes next finishes what was interrupted.
    if row.status == "pending" {
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
