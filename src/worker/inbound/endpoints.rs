//! Endpoints for what any processor tells. Each belongs to one side of a platform account, and so do the
//! payments that come by it: the key that makes an endpoint decides, and no body.
//!
//! Its secret is sealed. One that we have made is shown by the call that makes it and by its repetitions;
//! one that was handed over never.

use serde::Serialize;

use crate::engine::{Instant, Refusal};
use crate::journal::chain::request_digest;
use crate::wire::problem::{Failure, Problem};
use crate::wire::reply::json;
use crate::wire::time;
use crate::worker::edge::config::Config;
use crate::worker::edge::context::Context;
use crate::worker::edge::keyring::Keyring;
use crate::worker::edge::principal::Caller;
use crate::worker::edge::reply::{Handled, Reply};
use crate::worker::edge::request::Path;
use crate::worker::edge::rows::{Row, unreadable};

use super::signature::secret_of;
use super::statements;
use super::wire::{MAX_ENDPOINTS, NewEndpoint, Rotation};

#[derive(Serialize)]
struct EndpointReply {
    id: String,
    processor: String,
    /// Where deliveries are sent; absent where the deployment does not say where it is reached.
    #[serde(skip_serializing_if = "Option::is_none")]
    url: Option<String>,
    account_id: String,
    mode: String,
    /// One that was made just now.
    #[serde(skip_serializing_if = "Option::is_none")]
    secret: Option<String>,
    secret_created_at: String,
    /// Until when the secret of before holds as well.
    former_secret_expires_at: Option<String>,
    created_at: String,
}

impl EndpointReply {
    fn of(config: &Config, row: Row<'_>, now: Instant) -> Result<Self, Problem> {
        let id = row.text("id")?;
        let moment = |micros| time::format(Instant::from_micros(micros));
        let former = row.number("former_ends_at");
        Ok(Self {
            processor: row.text("processor")?,
            url: config.link(&format!("/inbound/{id}")).ok(),
            account_id: row.text("account_id")?,
            mode: row.text("mode")?,
            secret: None,
            secret_created_at: moment(row.number("sealed_at").ok_or_else(unreadable)?),
            former_secret_expires_at: former.filter(|end| *end > now.micros()).map(moment),
            created_at: row.text("created_at")?,
            id,
        })
    }

    fn with(self, secret: Option<String>) -> Self {
        Self { secret, ..self }
    }
}

/// For what a secret is sealed: one that is moved to another endpoint opens nothing.
pub fn place_of(endpoint: &str) -> String {
    format!("inbound_secret {endpoint}")
}

/// A secret of ours: it derives from the deployment's key, the endpoint, and what tells it from the next.
fn make_secret(keyring: &Keyring, id: &str, salt: &str) -> Result<String, Problem> {
    let tokens = keyring.tokens(&["inbound_secret", id, salt]);
    let key = tokens.first().and_then(|token| hex::decode(token).ok());
    let none = || Failure::Internal.because("The secret could not be made.");
    Ok(secret_of(&key.ok_or_else(none)?))
}

fn id_in(path: &Path) -> &str {
    path.first().map(String::as_str).unwrap_or_default()
}

fn no_endpoint(id: &str) -> Problem {
    Failure::NotFound.because(format!("There is no inbound endpoint {id}."))
}

/// `POST /v1/inbound-endpoints`: with an `Idempotency-Key` the same endpoint, however often it is sent.
///
/// | case | reply |
/// |---|---|
/// | new | 201, with its address, and with its secret where none was handed over |
/// | the same key and body | 201, replayed; with the secret unless it was rotated since |
/// | the same key, another body | `operation_id_reused` |
/// | as many as there may be | `quota_reached` |
/// | the deployment has no key to seal secrets with | `not_configured` |
pub async fn create(context: &Context<'_>, who: &Caller, _: &Path) -> Handled {
    let new = NewEndpoint::read(context.body)?;
    let id = context.new_id("iep", &who.account_id, &who.mode)?;
    let keyring = Keyring::of(context.config)?;
    // It derives from the id, so that a call whose answer was lost is told the same secret again.
    let made = match &new.secret {
        Some(_) => None,
        None => Some(make_secret(&keyring, &id, "")?),
    };
    let secret = new.secret.as_ref().or(made.as_ref());
    let sealed = keyring.seal(&place_of(&id), secret.map_or("", String::as_str))?;
    // Of the sealed secret, so that nobody can try secrets against the digest.
    let given = new.secret.as_ref().map_or("", |_| sealed.as_str());
    let request = request_digest(&["inbound_endpoint", &json(&new), given]);
    let now = context.now();
    let values = vec![
        Some(id.clone()),
        Some(new.processor),
        Some(sealed.clone()),
        Some(now.micros().to_string()),
        Some(request.clone()),
        Some(time::format(now)),
    ];
    let answer = context
        .change(
            who,
            vec![
                statements::insert_endpoint(who, values, MAX_ENDPOINTS),
                statements::endpoints(who, Some(&id)),
            ],
        )
        .await?;
    match answer.row(1)? {
        Some(row) if row.text("request")? == request => {
            // One that was rotated since is not the one to sign with.
            let shown = made.filter(|_| row.given("sealed").as_deref() == Some(&sealed));
            let reply = EndpointReply::of(context.config, row, now)?.with(shown);
            Ok(Reply::new(201, json(&reply)).replayed(!answer.wrote(0)))
        }
        Some(_) => Err(Problem::from(Refusal::OperationIdReused)),
        // Nothing was written and nothing was there: only the limit can have kept it out.
        None => {
            let detail = format!(
                "This side has {MAX_ENDPOINTS} inbound endpoints, which is the most. Delete one first."
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

/// `GET /v1/inbound-endpoints`.
pub async fn list(context: &Context<'_>, who: &Caller, _: &Path) -> Handled {
    let answer = context
        .directory(vec![statements::endpoints(who, None)])
        .await?;
    let rows = answer.values(0)?.iter().map(Row::new);
    let items = rows.map(|row| EndpointReply::of(context.config, row, context.now()));
    let items = items.collect::<Result<Vec<_>, _>>()?;
    let total_count = items.len();
    Ok(Reply::ok(json(&Items { items, total_count })))
}

/// `GET /v1/inbound-endpoints/{id}`.
pub async fn get(context: &Context<'_>, who: &Caller, path: &Path) -> Handled {
    let id = id_in(path);
    let answer = context
        .directory(vec![statements::endpoints(who, Some(id))])
        .await?;
    let row = answer.row(0)?.ok_or_else(|| no_endpoint(id))?;
    let reply = EndpointReply::of(context.config, row, context.now())?;
    Ok(Reply::ok(json(&reply)))
}

/// `POST /v1/inbound-endpoints/{id}/rotate`: the next secret; the one of before ends after the overlap.
///
/// | case | reply |
/// |---|---|
/// | a new secret, handed over or made here | 200, with the endpoint |
/// | the newest again | 200, and nothing changes |
/// | two hold already, and the former is not to end at once | `wrong_state` |
/// | no such endpoint | 404 |
pub async fn rotate(context: &Context<'_>, who: &Caller, path: &Path) -> Handled {
    let (id, now) = (id_in(path), context.now());
    let rotation = Rotation::read(context.body)?;
    let keyring = Keyring::of(context.config)?;
    let made = match (&rotation.secret, context.idempotency_key) {
        (Some(_), _) => None,
        // The same key makes the same secret, so that a lost answer can be heard again.
        (None, Some(key)) => Some(make_secret(&keyring, id, &format!("key {key}"))?),
        (None, None) => Some(make_secret(&keyring, id, &context.entropy()?)?),
    };
    let secret = rotation.secret.as_ref().or(made.as_ref());
    let sealed = keyring.seal(&place_of(id), secret.map_or("", String::as_str))?;
    // With an overlap of 0 the former ends at once, which must be possible whenever a secret has leaked.
    let end = now.plus_seconds(rotation.overlap).micros();
    let answer = context
        .change(
            who,
            vec![
                statements::rotate_secret(who, id, &sealed, now.micros(), end),
                statements::endpoints(who, Some(id)),
            ],
        )
        .await?;
    let row = answer.row(1)?.ok_or_else(|| no_endpoint(id))?;
    if row.given("sealed").as_deref() != Some(&sealed) {
        let detail = "Two secrets of this endpoint hold already. Wait until the former has ended, or end it now \
                      with an overlap_seconds of 0.";
        return Err(Failure::WrongState.because(detail));
    }
    let reply = EndpointReply::of(context.config, row, now)?.with(made);
    Ok(Reply::ok(json(&reply)))
}

/// `DELETE /v1/inbound-endpoints/{id}`: 204; again: 404. What it told of stays.
pub async fn delete(context: &Context<'_>, who: &Caller, path: &Path) -> Handled {
    let id = id_in(path);
    let answer = context
        .change(who, vec![statements::delete_endpoint(who, id)])
        .await?;
    if answer.wrote(0) {
        return Ok(Reply::new(204, String::new()));
    }
    Err(no_endpoint(id))
}
