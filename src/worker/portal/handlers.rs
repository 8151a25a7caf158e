//! The link to a customer's own page, and the page. A link is for one customer of one side, ends
//! after ten minutes, and is stored as a hash.

use serde::Serialize;
use sha2::{Digest, Sha256};

use crate::engine::Instant;
use crate::wire::overview::Overview;
use crate::wire::page;
use crate::wire::problem::{Failure, Problem};
use crate::wire::reply::json;
use crate::wire::time;
use crate::wire::url::WebUrl;
use crate::worker::assets::units::units;
use crate::worker::edge::call::Ask;
use crate::worker::edge::context::Context;
use crate::worker::edge::forward::no_customer;
use crate::worker::edge::pages::for_people;
use crate::worker::edge::principal::{Caller, Principal};
use crate::worker::edge::reply::{Handled, Reply};
use crate::worker::edge::request::Path;
use crate::worker::edge::rows::Row;
use crate::worker::portal::wire::{NewSession, SESSION_SECONDS};

use super::page::{PortalPage, portal};
use super::statements;

/// How long a link that has ended is told from one that never was: a day.
///
/// 24 × 3,600 × 10^6. Whoever comes back on the next day is told that the link has ended, and
/// later that it does not work.
const REMEMBERED_MICROS: i64 = 86_400_000_000;

#[derive(Serialize)]
struct SessionReply {
    id: String,
    redirect_url: String,
    expires_at: String,
}

/// How a token is stored. It has 256 random bits, so it needs no salt and no slow hash.
fn hash(token: &str) -> String {
    hex::encode(Sha256::digest(token.as_bytes()))
}

/// `POST /v1/billing-portal/sessions`. Each call makes a link of its own: the token is shown once, so
/// it could not be told again.
///
/// 200 with the link; 404 where there is no such customer. An `Idempotency-Key` means nothing
/// here.
pub async fn create(context: &Context<'_>, who: &Caller, _: &Path) -> Handled {
    let new = NewSession::read(context.body)?;
    let token = context.entropy()?;
    let id = context.fresh_id("bps", &who.mode, 0);
    let now = context.now();
    let end = now.plus_seconds(SESSION_SECONDS);
    let values = vec![
        Some(new.customer_id.clone()),
        Some(hash(&token)),
        Some(id.clone()),
        Some(new.return_url),
        Some(new.failure_url),
        Some(end.micros().to_string()),
    ];
    let forgotten = now.micros().saturating_sub(REMEMBERED_MICROS);
    let answer = context
        .directory(vec![
            statements::insert_portal_session(who, values),
            // Here, because nothing else runs by itself, and every link that is made makes room
            // for others.
            statements::forget_portal_sessions(who, forgotten),
        ])
        .await?;
    if !answer.wrote(0) {
        return Err(no_customer(who, &new.customer_id));
    }
    let reply = SessionReply {
        id,
        redirect_url: format!("{}/portal?token={token}", context.request.origin),
        expires_at: time::format(end),
    };
    Ok(Reply::ok(json(&reply)))
}

/// `DELETE /v1/billing-portal/sessions/{id}`: the link ends now.
///
/// 204, also where it had ended; 404 where it was forgotten or never was.
pub async fn end(context: &Context<'_>, who: &Caller, path: &Path) -> Handled {
    let id = path.first().map(String::as_str).unwrap_or_default();
    let now = context.now().micros();
    let answer = context
        .directory(vec![statements::end_portal_session(who, id, now)])
        .await?;
    if answer.wrote(0) {
        return Ok(Reply::new(204, String::new()));
    }
    let detail = format!("There is no portal session {id}, or it ended long ago.");
    Err(Failure::NotFound.because(detail))
}

struct Session {
    account_id: String,
    mode: String,
    customer_id: String,
    customer_name: Option<String>,
    return_url: String,
    failure_url: String,
    expires_at: i64,
}

impl Session {
    fn of(row: Row<'_>) -> Result<Self, Problem> {
        Ok(Self {
            account_id: row.text("account_id")?,
            mode: row.text("mode")?,
            customer_id: row.text("customer_id")?,
            customer_name: row.given("customer_name"),
            return_url: row.text("return_url")?,
            failure_url: row.text("failure_url")?,
            // A link without an end has ended.
            expires_at: row.number("expires_at").unwrap_or(0),
        })
    }
}

/// `GET /portal?token=…`.
pub async fn view(context: &Context<'_>, _: &Path) -> Handled {
    for_people(look(context).await)
}

/// | token | page |
/// |---|---|
/// | unknown | 404 |
/// | of a link that has ended | 410, with a way back |
/// | of one that works | 200, the balances |
async fn look(context: &Context<'_>) -> Handled {
    let token = context.query("token").unwrap_or_default();
    let answer = context
        .directory(vec![statements::portal_session(&hash(&token))])
        .await?;
    match answer.row(0)?.map(Session::of).transpose()? {
        // No way on: whoever guesses tokens is not told where any customer came from.
        None => {
            let sentence = "Go back to where you came from and open your balance again.";
            Ok(plain(404, "This link does not work", sentence, None))
        }
        Some(row) if row.expires_at <= context.now().micros() => {
            let sentence = "For your safety it works for ten minutes. Go back and open your \
                            balance again.";
            let way_on = Some((row.failure_url.as_str(), "Go back"));
            Ok(plain(410, "This link has ended", sentence, way_on))
        }
        Some(row) => show(context, &row).await,
    }
}

fn plain(status: u16, title: &str, sentence: &str, way_on: Option<(&str, &str)>) -> Reply {
    let html = page::message(title, sentence, way_on);
    Reply::page(status, html, page::policy(&[]))
}

/// The wallet is named by the session's own row and by nothing that the browser says.
async fn show(context: &Context<'_>, row: &Session) -> Handled {
    // Both from the row: a token is for one customer of one side, whatever else the address says.
    let who = Principal {
        account_id: row.account_id.clone(),
        mode: row.mode.clone(),
    };
    let customer = &row.customer_id;
    let reply = context
        .wallet(&who.wallet(customer), customer, Ask::GetOverview)
        .await?;
    // Whatever the wallet says of itself is not for the customer, so there is one sentence for all
    // of it.
    let overview: Option<Overview> = serde_json::from_str(&reply.body).ok();
    let overview = overview.filter(|_| reply.status == 200).ok_or_else(|| {
        Failure::Unavailable.because("Your balance did not answer. Reload the page in a moment.")
    })?;
    let accounts = overview.accounts.iter();
    let codes: Vec<&str> = accounts.map(|one| one.account.asset.as_str()).collect();
    let unit = units(context, &who, &codes).await?;
    let host = WebUrl::parse(&row.return_url).map_or("", |url| url.host);
    let html = portal(&PortalPage {
        customer: row.customer_name.as_deref().unwrap_or(customer),
        overview: &overview,
        unit,
        return_url: &row.return_url,
        return_host: host,
        at: context.now(),
        open_until: Instant::from_micros(row.expires_at),
    });
    // Nothing to be posted anywhere, so the policy allows no form at all.
    Ok(Reply::page(200, html, page::policy(&[])))
}
