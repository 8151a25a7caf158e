//! Endpoints of Stripe's webhooks. Each belongs to one side of a platform account, and so do the
//! payments that its events tell of: the key that makes an endpoint decides, and no event.
//!
//! ```text
//! create ──▶ its address is entered at Stripe ──▶ Stripe shows the secret ──▶ rotate
//! ```
//!
//! A secret is sealed as it comes in and never shown again.

use serde::Serialize;

use crate::engine::{Instant, Refusal};
use crate::journal::chain::request_digest;
use crate::stripe::api::VERSION;
use crate::wire::problem::{Failure, Problem};
use crate::wire::reply::json;
use crate::wire::time;
use crate::worker::edge::config::Config;
use crate::worker::edge::context::Context;
use crate::worker::edge::keyring::Keyring;
use crate::worker::edge::principal::Caller;
use crate::worker::edge::reply::{Handled, Reply};
use crate::worker::edge::request::Path;
use crate::worker::edge::rows::{Outcomes, Row, unreadable};

use super::statements;
use super::wire::{EndpointChange, MAX_ENDPOINTS, MAX_SECRETS, NewEndpoint, Rotation};

#[derive(Serialize)]
struct EndpointReply {
    id: String,
    name: String,
    /// What is entered at Stripe; absent where the deployment does not say where it is reached.
    #[serde(skip_serializing_if = "Option::is_none")]
    url: Option<String>,
    account_id: String,
    mode: String,
    connected_accounts: Vec<String>,
    /// The version of Stripe's API that its events are written in.
    api_version: String,
    /// Those that hold: the ones that end first, the newest last.
    secrets: Vec<SecretReply>,
    created_at: String,
}

#[derive(Serialize)]
struct SecretReply {
    created_at: String,
    /// When it ends, because another one has taken its place.
    expires_at: Option<String>,
}

/// A secret's moments, as the directory has them.
#[derive(serde::Deserialize)]
struct Secret {
    created_at: i64,
    expires_at: Option<i64>,
}

impl EndpointReply {
    fn of(config: &Config, row: Row<'_>) -> Result<Self, Problem> {
        let id = row.text("id")?;
        let secrets = serde_json::from_str(&row.text("secrets")?);
        let secrets: Vec<Secret> = secrets.map_err(|_| unreadable())?;
        let moment = |micros| time::format(Instant::from_micros(micros));
        let shown = |secret: Secret| SecretReply {
            created_at: moment(secret.created_at),
            expires_at: secret.expires_at.map(moment),
        };
        Ok(Self {
            name: row.text("name")?,
            url: config.link(&format!("/stripe/webhook/{id}")).ok(),
            account_id: row.text("account_id")?,
            mode: row.text("mode")?,
            connected_accounts: serde_json::from_str(&row.text("connected_accounts")?)
                .map_err(|_| unreadable())?,
            api_version: row
                .given("api_version")
                .unwrap_or_else(|| VERSION.to_owned()),
            secrets: secrets.into_iter().map(shown).collect(),
            created_at: row.text("created_at")?,
            id,
        })
    }
}

/// For what a secret is sealed: one that is moved to another endpoint opens nothing.
pub fn place_of(endpoint: &str) -> String {
    format!("stripe_secret {endpoint}")
}

fn id_in(path: &Path) -> &str {
    path.first().map(String::as_str).unwrap_or_default()
}

fn no_endpoint(id: &str) -> Problem {
    Failure::NotFound.because(format!("There is no Stripe endpoint {id}."))
}

/// The endpoint that a statement has found.
fn found(context: &Context<'_>, answer: &Outcomes, statement: usize, id: &str) -> Handled {
    let row = answer.row(statement)?.ok_or_else(|| no_endpoint(id))?;
    let reply = EndpointReply::of(context.config, row)?;
    Ok(Reply::ok(json(&reply)))
}

/// `POST /v1/stripe/endpoints`: with an `Idempotency-Key` the same endpoint, however often it is
/// sent.
///
/// | case | reply |
/// |---|---|
/// | new | 201, with the address that Stripe is told |
/// | the same key and body | 201, replayed |
/// | the same key, another body | `operation_id_reused` |
/// | as many as there may be | `validation_failed` |
/// | a secret, and the deployment has no key to seal it with | `not_configured` |
pub async fn create(context: &Context<'_>, who: &Caller, _: &Path) -> Handled {
    let new = NewEndpoint::read(context.body)?;
    let id = context.new_id("sep", &who.account_id, &who.mode)?;
    let sealed = match &new.secret {
        Some(secret) => Some(Keyring::of(context.config)?.seal(&place_of(&id), secret)?),
        None => None,
    };
    // Of the sealed secret, so that nobody can try secrets against the digest.
    let request = request_digest(&["endpoint", &json(&new), sealed.as_deref().unwrap_or("")]);
    let values = vec![
        Some(id.clone()),
        Some(new.name),
        Some(json(&new.connected_accounts)),
        Some(request.clone()),
        Some(time::format(context.now())),
        new.api_version,
    ];
    let now = context.now().micros();
    let first_secret =
        |sealed: &String| statements::insert_first_secret(who, &id, &request, sealed, now);
    let mut statements = vec![
        statements::insert_endpoint(who, values, MAX_ENDPOINTS),
        statements::endpoints(who, Some(&id), now),
    ];
    // Between the two, so that the look-up sees it.
    statements.splice(1..1, sealed.as_ref().map(first_secret));
    let last = statements.len().saturating_sub(1);
    let answer = context.change(who, statements).await?;
    match answer.row(last)? {
        Some(row) if row.text("request")? == request => {
            let reply = Reply::new(201, json(&EndpointReply::of(context.config, row)?));
            Ok(reply.replayed(!answer.wrote(0)))
        }
        Some(_) => Err(Problem::from(Refusal::OperationIdReused)),
        // Nothing was written and nothing was there: only the limit can have kept it out.
        None => {
            let detail = format!(
                "This side has {MAX_ENDPOINTS} Stripe endpoints, which is the most. Delete one first."
            );
            Err(Failure::QuotaReached.because(detail))
        }
    }
}

/// A list without pages, because there are at most as many as [`MAX_ENDPOINTS`].
#[derive(Serialize)]
struct Items {
    items: Vec<EndpointReply>,
    total_count: usize,
}

/// `GET /v1/stripe/endpoints`.
pub async fn list(context: &Context<'_>, who: &Caller, _: &Path) -> Handled {
    let now = context.now().micros();
    let answer = context
        .directory(vec![statements::endpoints(who, None, now)])
        .await?;
    let rows = answer.values(0)?.iter().map(Row::new);
    let items = rows.map(|row| EndpointReply::of(context.config, row));
    let items = items.collect::<Result<Vec<_>, _>>()?;
    let total_count = items.len();
    Ok(Reply::ok(json(&Items { items, total_count })))
}

/// `GET /v1/stripe/endpoints/{id}`.
pub async fn get(context: &Context<'_>, who: &Caller, path: &Path) -> Handled {
    let (id, now) = (id_in(path), context.now().micros());
    let answer = context
        .directory(vec![statements::endpoints(who, Some(id), now)])
        .await?;
    found(context, &answer, 0, id)
}

/// `PATCH /v1/stripe/endpoints/{id}`: 200 with what it is now. Its side and its account stay.
pub async fn change(context: &Context<'_>, who: &Caller, path: &Path) -> Handled {
    let (id, now) = (id_in(path), context.now().micros());
    let change = EndpointChange::read(context.body)?;
    let connected = change.connected_accounts.as_ref().map(json);
    let answer = context
        .change(
            who,
            vec![
                statements::change_endpoint(who, id, [change.name, connected, change.api_version]),
                statements::endpoints(who, Some(id), now),
            ],
        )
        .await?;
    found(context, &answer, 1, id)
}

/// `POST /v1/stripe/endpoints/{id}/rotate`: the first secret, or the next one. Those of before end
/// after the overlap.
///
/// | case | reply |
/// |---|---|
/// | a new secret, or the newest again | 200, with the endpoint |
/// | as many hold as may | `wrong_state` |
/// | the deployment has no key to seal it with | `not_configured` |
/// | no such endpoint | 404 |
pub async fn rotate(context: &Context<'_>, who: &Caller, path: &Path) -> Handled {
    let (id, now) = (id_in(path), context.now());
    let rotation = Rotation::read(context.body)?;
    let sealed = Keyring::of(context.config)?.seal(&place_of(id), &rotation.secret)?;
    let ends_at = now.plus_seconds(rotation.overlap).micros();
    let now = now.micros();
    let mut statements =
        statements::rotate_secret(who, id, &sealed, now, ends_at, MAX_SECRETS).to_vec();
    statements.push(statements::endpoints(who, Some(id), now));
    let answer = context.change(who, statements).await?;
    let reply = found(context, &answer, 3, id)?;
    if answer.wrote(1) {
        return Ok(reply);
    }
    let detail = format!(
        "{MAX_SECRETS} secrets of this endpoint hold already. Wait until one has ended, or end them \
         now by setting the newest again with an overlap of 0."
    );
    Err(Failure::WrongState.because(detail))
}

/// `DELETE /v1/stripe/endpoints/{id}`: 204; again: 404. Events at its address are answered 404 from
/// then on. What it told of stays.
pub async fn delete(context: &Context<'_>, who: &Caller, path: &Path) -> Handled {
    let id = id_in(path);
    let answer = context
        .change(who, statements::delete_endpoint(who, id).into())
        .await?;
    if answer.wrote(1) {
        return Ok(Reply::new(204, String::new()));
    }
    Err(no_endpoint(id))
}
