//! Making, refreshing, ending and exchanging tokens of customers.

use serde::Serialize;

use crate::engine::{Amount, Instant};
use crate::wire::problem::{Failure, Problem};
use crate::wire::reply::json;
use crate::wire::time;
use crate::wire::url::WebUrl;
use crate::worker::edge::call::Ask;
use crate::worker::edge::context::Context;
use crate::worker::edge::forward::{customer_in, no_customer};
use crate::worker::edge::keyring::hash;
use crate::worker::edge::principal::Caller;
use crate::worker::edge::reply::{Handled, Reply};
use crate::worker::edge::request::{Path, Request};
use crate::worker::edge::rows::Row;
use crate::worker::edge::token::Own;

use super::statements::{self, REMEMBERED_MICROS};
use super::wire::{NewToken, REFRESHED_SECONDS, read_exchange};

#[derive(Serialize)]
struct TokenReply {
    id: String,
    /// In this answer and never again; none where a link carries it.
    #[serde(skip_serializing_if = "Option::is_none")]
    token: Option<String>,
    /// Where the customer is sent: the page finds the word for its token in the fragment.
    #[serde(skip_serializing_if = "Option::is_none")]
    link: Option<String>,
    customer_id: String,
    scopes: Vec<String>,
    allowed_origins: Vec<String>,
    spend_cap: Option<CapReply>,
    created_at: String,
    expires_at: String,
}

#[derive(Serialize)]
struct CapReply {
    asset: String,
    amount: String,
}

impl TokenReply {
    fn of(row: Row<'_>, token: Option<String>, link: Option<String>) -> Result<Self, Problem> {
        let moment = |name| Instant::from_micros(row.number(name).unwrap_or_default());
        let words = |text: String, between: char| {
            let words = text.split(between).filter(|word| !word.is_empty());
            words.map(str::to_owned).collect()
        };
        let cap = row.given("cap_asset").zip(row.given("cap_amount"));
        Ok(Self {
            id: row.text("id")?,
            token,
            link,
            customer_id: row.text("customer_id")?,
            scopes: words(row.text("scopes")?, ','),
            allowed_origins: words(row.text("origins")?, ' '),
            spend_cap: cap.map(|(asset, amount)| CapReply { asset, amount }),
            created_at: time::format(moment("created_at")),
            expires_at: time::format(moment("expires_at")),
        })
    }
}

/// `POST /v1/customers/{id}/tokens`. Each call makes a token of its own: it is shown once, so it could not be
/// told again, and an `Idempotency-Key` means nothing here.
///
/// | case | reply |
/// |---|---|
/// | made | 201 with the token, or with the link |
/// | no such customer | 404 |
/// | a scope that the calling key has not itself | 403 |
pub async fn create(context: &Context<'_>, who: &Caller, path: &Path) -> Handled {
    let customer = customer_in(path)?;
    let new = NewToken::read(context.body)?;
    check_scopes(who, &new)?;
    let prefix = if new.link.is_some() { "ctl" } else { "ct" };
    let token = format!("{prefix}_{}_{}", who.mode, context.entropy()?);
    let link = new.link.as_deref();
    let link = link.map(|page| link_to(context.request, &new, page, &token));
    let link = link.transpose()?;
    let id = context.fresh_id("ctk", &who.mode, 0);
    let now = context.now();
    let end = now.plus_seconds(new.seconds).micros();
    let (asset, most) = new.cap.clone().unzip();
    let values = vec![
        Some(customer.to_owned()),
        Some(hash(&token)),
        Some(id.clone()),
        Some(new.words()),
        Some(new.origins.join(" ")),
        asset,
        most.map(|amount: Amount| amount.to_string()),
        Some(new.seconds.to_string()),
        Some(now.micros().to_string()),
        Some(end.to_string()),
    ];
    let answer = context
        .directory(vec![
            statements::insert_token(who, values),
            statements::allow_origins(who, json(&new.origins), end, &id),
            // Here, because nothing else runs by itself.
            statements::forget_tokens(who, now.micros().saturating_sub(REMEMBERED_MICROS)),
        ])
        .await?;
    let row = answer.row(0)?.ok_or_else(|| no_customer(who, customer))?;
    // Never both: what a link brings is no token before it is exchanged.
    let token = link.is_none().then_some(token);
    Ok(Reply::new(201, json(&TokenReply::of(row, token, link)?)))
}

/// Nobody hands on what the own key may not do.
fn check_scopes(who: &Caller, new: &NewToken) -> Result<(), Problem> {
    // `write` does not include `read`, neither for a key nor for what it makes.
    if new.scopes.contains(&Own::Read) && !who.scopes.allow("read") {
        let detail = "This API key lacks the scope read, so it can make no token that reads.";
        return Err(Failure::Forbidden.because(detail));
    }
    Ok(())
}

/// The address of a page, with a token in its fragment, which browsers send to nobody.
///
/// # Errors
/// `validation_failed` for a page that could not use it.
fn link_to(
    request: &Request<'_>,
    new: &NewToken,
    page: &str,
    token: &str,
) -> Result<String, Problem> {
    let origin = WebUrl::parse(page).map_or("", |url| url.origin);
    if !new.origins.iter().any(|one| one == origin) && !request.config.is_own_origin(origin) {
        let sentence = "must be a page of one of the allowed_origins, or of this deployment";
        return Err(Problem::field("link", sentence));
    }
    Ok(format!("{page}#token={token}"))
}

fn names(path: &Path) -> Result<(&str, &str), Problem> {
    let token = path.get(1).map(String::as_str).unwrap_or_default();
    Ok((customer_in(path)?, token))
}

fn no_token(id: &str) -> Problem {
    let detail = format!("This customer has no token {id}, or it ended long ago.");
    Failure::NotFound.because(detail)
}

/// `POST /v1/customers/{id}/tokens/{token}/refresh`: the same rights and what is left of the same cap, as
/// another token. The one before ends now; an isolate that has just used it may take it for 60 seconds.
///
/// | the token | reply |
/// |---|---|
/// | has not ended | 201, with the new one |
/// | has ended, or was made more than a day ago | `wrong_state` |
/// | none | 404 |
pub async fn refresh(context: &Context<'_>, who: &Caller, path: &Path) -> Handled {
    let (customer, id) = names(path)?;
    let token = format!("ct_{}_{}", who.mode, context.entropy()?);
    let now = context.now().micros();
    let day = i64::from(REFRESHED_SECONDS).saturating_mul(1_000_000);
    let moments = (now, now.saturating_sub(day));
    let [refresh, allow] = statements::refresh_token(who, (customer, id), &hash(&token), moments);
    let before = statements::token_by_id(who, customer, id);
    let answer = context.directory(vec![before, refresh, allow]).await?;
    let old = answer.row(0)?.ok_or_else(|| no_token(id))?;
    let Some(row) = answer.row(1)? else {
        let detail = "This token has ended, or was made more than a day ago. Make a new one.";
        return Err(Failure::WrongState.because(detail));
    };
    forget(context, &old.text("token_hash")?);
    Ok(Reply::new(
        201,
        json(&TokenReply::of(row, Some(token), None)?),
    ))
}

/// `DELETE /v1/customers/{id}/tokens/{token}`: an isolate that has just used it may take it for 60 seconds.
///
/// 204, also where it had ended; 404 where this customer has none of that id.
pub async fn revoke(context: &Context<'_>, who: &Caller, path: &Path) -> Handled {
    let (customer, id) = names(path)?;
    let now = context.now().micros();
    let answer = context
        .directory(vec![
            statements::token_by_id(who, customer, id),
            statements::end_token(who, customer, id, now),
        ])
        .await?;
    let row = answer.row(0)?.ok_or_else(|| no_token(id))?;
    forget(context, &row.text("token_hash")?);
    // After the directory has it, so that nobody who is closed opens another one.
    let ask = Ask::EndWatch {
        token: id.to_owned(),
    };
    context.wallet(&who.wallet(customer), customer, ask).await
}

/// Where a token ends, this isolate at least knows it at once.
pub fn forget(context: &Context<'_>, token_hash: &str) {
    let keys = context.world.keys();
    keys.forget(|digest| hex::encode(digest) == token_hash);
}

/// `POST /v1/tokens/exchange`: what a page has found in its fragment, for a token. It asks with nothing else,
/// so all that it is told of a word that gives nothing is that.
///
/// | the word | reply |
/// |---|---|
/// | of a link that nobody has exchanged | 201, with the token |
/// | exchanged, ended, or none | 404 |
/// | of a link, sent by a page that its token does not allow | 403; the link is used up |
pub async fn exchange(context: &Context<'_>, _: &Path) -> Handled {
    match exchanged(context).await {
        // So that the page can say that its link was used, and not that the network has failed.
        Err(problem) if problem.status < 500 => {
            let mut reply = Reply::problem(&problem, context.request_id);
            reply.allowed_origin = origin_of_refusal(context).await;
            Ok(reply)
        }
        handled => handled,
    }
}

/// Whose page may read a refusal that says nothing of anybody: that of an origin which any token allows. It is the
/// directory that says so, never the request.
pub async fn origin_of_refusal(context: &Context<'_>) -> Option<String> {
    let origin = context.request.origin?;
    if context.config.is_own_origin(origin) {
        return None;
    }
    let asked = statements::allowed_origin(origin, context.now().micros());
    // A directory that is silent allows nobody: the page is told less, and the caller is answered all the same.
    let answer = context.directory(vec![asked]).await.ok()?;
    answer.wrote(0).then(|| origin.to_owned())
}

async fn exchanged(context: &Context<'_>) -> Handled {
    let word = read_exchange(context.body)?;
    let none = || {
        let detail = "This link was used, or has ended. Go back to the app and open it again.";
        Failure::NotFound.because(detail)
    };
    // Before anything is asked: a token has its hash in the same column, and only its key may replace it.
    let rest = word.strip_prefix("ctl_").ok_or_else(none)?;
    let mode = rest.split('_').next().unwrap_or_default();
    let token = format!("ct_{mode}_{}", context.entropy()?);
    let now = context.now().micros();
    let answer = context
        .directory(vec![statements::exchange_token(
            &hash(&word),
            &hash(&token),
            now,
        )])
        .await?;
    let row = answer.row(0)?.ok_or_else(none)?;
    let origins = row.text("origins")?;
    let allowed = |origin: &&str| origins.split(' ').any(|one| one == *origin);
    let origin = context.request.origin;
    let is_own = |origin: &str| context.config.is_own_origin(origin);
    if origin.is_some_and(|origin| !allowed(&origin) && !is_own(origin)) {
        let detail = "Pages of this origin may not use this token.";
        return Err(Failure::Forbidden.because(detail));
    }
    let mut reply = Reply::new(201, json(&TokenReply::of(row, Some(token), None)?));
    reply.allowed_origin = origin.filter(allowed).map(str::to_owned);
    Ok(reply)
}
