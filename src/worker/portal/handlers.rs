//! The link to a customer's own page, and the page. A link is for one customer of one side, opens
//! once, and ends after ten minutes.
//!
//! ```text
//! /portal?token=… ──opened, once──▶ a cookie ──▶ /portal                the balances, plain
//!                                └─▶ #token=ctl_… ──exchanged, once──▶ a token of the customer's, for the elements
//! ```
//!
//! So no address that shows anything holds a secret: not in a history, a log or a picture of a
//! screen. The word in the fragment is sent to nobody, and the page erases it before anything is shown. All of them are
//! stored as hashes, and end with the link.

use serde::Serialize;

use crate::engine::Instant;
use crate::wire::overview::Overview;
use crate::wire::page;
use crate::wire::problem::{Failure, Problem};
use crate::wire::reply::json;
use crate::wire::time;
use crate::wire::url::WebUrl;
use crate::worker::assets::units::units;
use crate::worker::codes::redeeming;
use crate::worker::edge::call::Ask;
use crate::worker::edge::config::Config;
use crate::worker::edge::context::Context;
use crate::worker::edge::forward::no_customer;
use crate::worker::edge::keyring::hash;
use crate::worker::edge::pages::for_people;
use crate::worker::edge::principal::{Caller, Principal};
use crate::worker::edge::reply::{Handled, Reply};
use crate::worker::edge::request::Path;
use crate::worker::edge::rows::Row;
use crate::worker::edge::token::Own;
use crate::worker::portal::wire::{NewSession, SESSION_SECONDS};
use crate::worker::tokens::handlers::forget;
use crate::worker::tokens::statements as tokens;

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

/// What whoever opened a link goes on with.
const COOKIE: &str = "scrip_portal";

/// What the elements of the page may do for the customer: all that they show, and nothing that a product does.
const SCOPES: [Own; 4] = [Own::Read, Own::TopUp, Own::Recharge, Own::Methods];

/// `POST /v1/billing-portal/sessions`. Each call makes a link of its own: the token is shown once, so
/// it could not be told again.
///
/// 200 with the link; 404 where there is no such customer. An `Idempotency-Key` means nothing
/// here.
pub async fn create(context: &Context<'_>, who: &Caller, _: &Path) -> Handled {
    let new = NewSession::read(context.body)?;
    let token = context.entropy()?;
    let link = context.config.link(&format!("/portal?token={token}"))?;
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
        Some(new.allowed_origins.join(" ")).filter(|origins| !origins.is_empty()),
    ];
    let forgotten = now.micros().saturating_sub(REMEMBERED_MICROS);
    let answer = context
        .directory(vec![
            statements::insert_portal_session(who, values),
            // Here, because nothing else runs by itself, and every link that is made makes room
            // for others.
            statements::forget_portal_sessions(who, forgotten),
            tokens::forget_tokens(who, forgotten),
        ])
        .await?;
    if !answer.wrote(0) {
        return Err(no_customer(who, &new.customer_id));
    }
    let reply = SessionReply {
        id,
        redirect_url: link,
        expires_at: time::format(end),
    };
    Ok(Reply::ok(json(&reply)))
}

/// `DELETE /v1/billing-portal/sessions/{id}`: the link ends now, and so does the token of its page; an isolate that has just
/// used that may take it for 60 seconds.
///
/// 204, also where it had ended; 404 where it was forgotten or never was.
pub async fn end(context: &Context<'_>, who: &Caller, path: &Path) -> Handled {
    let id = path.first().map(String::as_str).unwrap_or_default();
    let now = context.now().micros();
    let answer = context
        .directory(vec![
            statements::end_portal_session(who, id, now),
            tokens::end_token_of_session(who, id, now),
        ])
        .await?;
    let Some(row) = answer.row(0)? else {
        let detail = format!("There is no portal session {id}, or it ended long ago.");
        return Err(Failure::NotFound.because(detail));
    };
    let Some(token) = answer.row(1)? else {
        return Ok(Reply::new(204, String::new()));
    };
    forget(context, &token.text("token_hash")?);
    let customer = row.text("customer_id")?;
    let ask = Ask::EndWatch {
        token: id.to_owned(),
    };
    context.wallet(&who.wallet(&customer), &customer, ask).await
}

/// Who looks at a page.
pub(super) struct Session {
    id: String,
    /// From the row: a token is for one customer of one side, whatever else the address says.
    pub(super) who: Principal,
    pub(super) customer_id: String,
    customer_name: Option<String>,
    return_url: String,
    failure_url: String,
    expires_at: i64,
    /// Separated by spaces; empty where nobody may show the page in a frame.
    pub(super) origins: String,
    cookie_hash: Option<String>,
}

impl Session {
    /// Of a page whose form is answered here; whoever the app allowed may show it in a frame.
    pub(super) fn policy(&self) -> String {
        page::framed_by(&page::policy_of_own_form(), &self.origins)
    }

    /// The same for the page with the elements.
    fn policy_of_portal(&self) -> String {
        page::framed_by(&page::policy_of_portal(), &self.origins)
    }

    fn of(config: &Config, row: Row<'_>) -> Result<Self, Problem> {
        Ok(Self {
            id: row.text("id")?,
            who: Principal::of(config, row.text("account_id")?, row.text("mode")?)?,
            customer_id: row.text("customer_id")?,
            customer_name: row.given("customer_name"),
            return_url: row.text("return_url")?,
            failure_url: row.text("failure_url")?,
            // A link without an end has ended.
            expires_at: row.number("expires_at").unwrap_or(0),
            origins: row.given("origins").unwrap_or_default(),
            cookie_hash: row.given("cookie_hash"),
        })
    }
}

/// `GET /portal?token=…`, and `GET /portal` with a cookie.
pub async fn view(context: &Context<'_>, _: &Path) -> Handled {
    for_people(match context.query("token") {
        Some(token) => open(context, &token).await,
        None => look(context).await,
    })
}

/// | token | reply |
/// |---|---|
/// | unknown | 404 |
/// | of a link that has ended | 410, with a way back |
/// | of one that nobody has opened | 303 to the page, with a cookie, and a word for a token in the fragment |
/// | of one that this browser has opened | 303 to the page |
/// | of one that another has opened | 410, with a way back |
async fn open(context: &Context<'_>, token: &str) -> Handled {
    let (token, cookie) = (hash(token), context.entropy()?);
    let now = context.now().micros();
    let answer = context
        .directory(vec![
            statements::open_portal_session(&token, &hash(&cookie), now),
            statements::portal_session(&token),
        ])
        .await?;
    let page = "/portal".to_owned();
    let session = |row| Session::of(context.config, row);
    let Some(row) = answer.row(1)?.map(session).transpose()? else {
        return Ok(unknown());
    };
    if answer.wrote(0) {
        let word = word_for_token(context, &row, &token, &hash(&cookie)).await;
        let cookie = set_cookie(context, &cookie, &row);
        // The link is used up by now: without a token there is the cookie still, and the balances as they are.
        let page = word.map_or(page.clone(), |word| format!("{page}#token={word}"));
        return Ok(Reply::see_other_with(page, cookie));
    }
    if row.expires_at <= now {
        return Ok(ended(&row));
    }
    let own = context.request.cookie(COOKIE).map(hash);
    // The way back in a browser leads here again.
    if own.is_some() && own == row.cookie_hash {
        return Ok(Reply::see_other(page));
    }
    let sentence = "For your safety it opens once. Go back and open your balance again.";
    let way_on = Some((row.failure_url.as_str(), "Go back"));
    Ok(plain(410, "This link has been used", sentence, way_on))
}

/// What the script of the page exchanges for a token. The link and the cookie are given as their hashes.
async fn word_for_token(
    context: &Context<'_>,
    session: &Session,
    link: &str,
    cookie: &str,
) -> Result<String, Problem> {
    let word = format!("ctl_{}_{}", session.who.mode, context.entropy()?);
    let scopes: Vec<&str> = SCOPES.iter().map(|own| own.word()).collect();
    let values = vec![
        Some(link.to_owned()),
        Some(cookie.to_owned()),
        Some(hash(&word)),
        Some(scopes.join(",")),
        Some(SESSION_SECONDS.to_string()),
        Some(context.now().micros().to_string()),
    ];
    context
        .directory(vec![tokens::insert_token_of_session(values)])
        .await?;
    Ok(word)
}

/// For the page alone, and for no script: it ends with the link.
fn set_cookie(context: &Context<'_>, cookie: &str, session: &Session) -> String {
    let micros = session.expires_at.saturating_sub(context.now().micros());
    // A local server speaks plain HTTP, and a browser would keep such a cookie from it.
    let plain = context.config.public_url.starts_with("http://");
    let secure = if plain { "" } else { "; Secure" };
    let seconds = micros.div_euclid(1_000_000);
    if !session.origins.is_empty() {
        // In a frame of another site a browser brings no other one; `Partitioned` keeps it to that site.
        return format!(
            "{COOKIE}={cookie}; Path=/portal; Max-Age={seconds}; HttpOnly; SameSite=None; Secure; Partitioned"
        );
    }
    format!("{COOKIE}={cookie}; Path=/portal; Max-Age={seconds}; HttpOnly; SameSite=Lax{secure}")
}

/// | cookie | page |
/// |---|---|
/// | none, or unknown | 404 |
/// | of a link that has ended | 410, with a way back |
/// | of one that works | 200, the balances |
async fn look(context: &Context<'_>) -> Handled {
    match session(context).await? {
        Ok(row) => show(context, &row).await,
        Err(page) => Ok(page),
    }
}

/// Whose cookie the request brings, or the page that says why it is nobody's.
///
/// # Errors
/// `unavailable`, or an unreadable answer.
pub(super) async fn session(context: &Context<'_>) -> Result<Result<Session, Reply>, Problem> {
    let Some(cookie) = context.request.cookie(COOKIE) else {
        return Ok(Err(unknown()));
    };
    let answer = context
        .directory(vec![statements::portal_session_by_cookie(&hash(cookie))])
        .await?;
    let session = |row| Session::of(context.config, row);
    Ok(match answer.row(0)?.map(session).transpose()? {
        None => Err(unknown()),
        Some(row) if row.expires_at <= context.now().micros() => Err(ended(&row)),
        Some(row) => Ok(row),
    })
}

/// No way on: whoever guesses tokens is not told where any customer came from.
fn unknown() -> Reply {
    let sentence = "Go back to where you came from and open your balance again.";
    plain(404, "This link does not work", sentence, None)
}

fn ended(row: &Session) -> Reply {
    let sentence = "For your safety it works for ten minutes. Go back and open your balance again.";
    let way_on = Some((row.failure_url.as_str(), "Go back"));
    plain(410, "This link has ended", sentence, way_on)
}

fn plain(status: u16, title: &str, sentence: &str, way_on: Option<(&str, &str)>) -> Reply {
    let html = page::message(title, sentence, way_on);
    Reply::page(status, html, page::policy(&[]))
}

/// The wallet is named by the session's own row and by nothing that the browser says.
async fn show(context: &Context<'_>, row: &Session) -> Handled {
    let (who, customer) = (&row.who, &row.customer_id);
    // A code that was counted and not credited, because something stopped in between.
    redeeming::finish_of(context, who, customer).await?;
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
    let unit = units(context, who, &codes).await?;
    let host = WebUrl::parse(&row.return_url).map_or("", |url| url.host);
    let html = portal(&PortalPage {
        session: &row.id,
        customer: row.customer_name.as_deref().unwrap_or(customer),
        overview: &overview,
        unit,
        return_url: &row.return_url,
        return_host: host,
        at: context.now(),
        open_until: Instant::from_micros(row.expires_at),
    });
    // The form for a code is answered here, and leads nowhere else.
    Ok(Reply::page(200, html, row.policy_of_portal()))
}
