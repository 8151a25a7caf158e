//! API keys: each is shown once, when it is made, and stored as a hash.

use serde::Serialize;

use crate::engine::Instant;
use crate::wire::problem::{Failure, Problem};
use crate::wire::reply::json;
use crate::wire::{ids, time};
use crate::worker::edge::context::Context;
use crate::worker::edge::list::page;
use crate::worker::edge::principal::{Caller, Principal, Scopes};
use crate::worker::edge::reply::{Handled, Reply};
use crate::worker::edge::request::Path;
use crate::worker::edge::rows::Row;
use crate::worker::keys::wire::{MAX_KEYS, NewKey, read_overlap};

use super::authentication::is_of;
use super::statements;
use crate::worker::edge::keyring::hash;

#[derive(Serialize)]
struct KeyReply {
    id: String,
    /// The key itself, in the answer to the call that made it and never again.
    #[serde(skip_serializing_if = "Option::is_none")]
    key: Option<String>,
    name: String,
    mode: String,
    scopes: Vec<String>,
    created_at: String,
    /// When it ends, because it was rotated.
    #[serde(skip_serializing_if = "Option::is_none")]
    expires_at: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    replaced_by: Option<String>,
}

impl KeyReply {
    /// A row as it is shown; `key` only to the one who has just made it.
    fn of(row: Row<'_>, key: Option<String>) -> Result<Self, Problem> {
        let scopes = Scopes::stored(row.given("scopes"));
        let ends = row.number("expires_at").map(Instant::from_micros);
        Ok(Self {
            id: row.text("id")?,
            key,
            name: row.text("name")?,
            mode: row.text("mode")?,
            scopes: scopes.words().into_iter().map(str::to_owned).collect(),
            created_at: row.text("created_at")?,
            expires_at: ends.map(time::format),
            replaced_by: row.given("replaced_by"),
        })
    }
}

/// A key of 256 random bits, which come with the request and from nowhere else.
///
/// Shape: `sk_`, the side, `_`, and twice 128 bits in base 32.
fn secret(context: &Context<'_>, mode: &str) -> Result<String, Problem> {
    let digits = context.entropy()?;
    let half = |part: Option<&str>| u128::from_str_radix(part?, 16).ok();
    let halves = (half(digits.get(..32)), half(digits.get(32..64)));
    let (Some(first), Some(second)) = halves else {
        let detail = "The server has no randomness at hand, so it makes no key.";
        return Err(Failure::Internal.because(detail));
    };
    // In two halves, because the largest integer that there is has 128 bits.
    let (first, second) = (ids::base32(first), ids::base32(second));
    Ok(format!("sk_{mode}_{first}{second}"))
}

/// `POST /v1/keys`. Valid keys have different names, so a request that is sent again makes no second
/// key that nobody has seen.
///
/// | case | reply |
/// |---|---|
/// | a new name | 201, with the key |
/// | a valid key has this name | `already_exists`, with its id |
/// | as many as there may be | `quota_reached` |
/// | more scopes than the caller has | 403 |
/// | a live key by a test key, or on a local server | 403 |
pub async fn create(context: &Context<'_>, caller: &Caller, _: &Path) -> Handled {
    let new = NewKey::read(context.body)?;
    let mode = new.mode.unwrap_or_else(|| caller.mode.clone());
    let who = &Principal::of(context.config, caller.account_id.clone(), mode.clone())?;
    // Otherwise a test key, which is handed out freely, would be worth as much as a live one.
    if mode == "live" && caller.mode != "live" {
        let detail = "A test key makes test keys only. Make a live key with a live key.";
        return Err(Failure::Forbidden.because(detail));
    }
    let stored = new.scopes.map(|scopes| scopes.join(","));
    // Before a key is made: one that was written and then refused would stay, unseen and valid.
    check_scopes(&caller.scopes, &Scopes::stored(stored.clone()))?;
    let key = secret(context, &mode)?;
    let values = vec![
        Some(hash(&key)),
        Some(new.name.clone()),
        stored,
        Some(time::format(context.now())),
    ];
    let answer = context
        .change(
            caller,
            vec![
                statements::insert_key(who, values, MAX_KEYS),
                statements::key_by_name(who, &new.name),
            ],
        )
        .await?;
    // Nothing was written and nobody has the name: only the limit can have kept it out.
    let row = answer.row(1)?.ok_or_else(|| {
        let detail =
            format!("{MAX_KEYS} keys of this side are valid, which is the most. Revoke one first.");
        Failure::QuotaReached.because(detail)
    })?;
    // No replay: the key is stored as a hash, so it cannot be shown again.
    if !answer.wrote(0) {
        let detail = format!(
            "A key with this name exists already, and is shown only once: {}. Rotate or revoke it, \
             or choose another name.",
            row.text("id")?
        );
        return Err(Failure::AlreadyExists.because(detail));
    }
    let reply = KeyReply::of(row, Some(key))?;
    Ok(Reply::new(201, json(&reply)))
}

/// Nobody hands on what the own key may not do.
fn check_scopes(own: &Scopes, given: &Scopes) -> Result<(), Problem> {
    if own.include(given) {
        return Ok(());
    }
    let own = own.words().join(", ");
    let detail = format!("This API key has the scopes {own} and can give no others.");
    Err(Failure::Forbidden.because(detail))
}

/// `GET /v1/keys`: of the caller's side, newest first, also those that a rotation ends.
pub async fn list(context: &Context<'_>, who: &Caller, _: &Path) -> Handled {
    let asked = statements::LIST.asked(context)?;
    let answer = context
        .directory(statements::LIST.statements(who, vec![], &asked).into())
        .await?;
    page(&answer, &statements::LIST, &asked, |row| {
        KeyReply::of(row, None)
    })
}

fn id_in(path: &Path) -> &str {
    path.first().map(String::as_str).unwrap_or_default()
}

fn no_key(id: &str) -> Problem {
    Failure::NotFound.because(format!("There is no key {id} on this side of the account."))
}

/// `POST /v1/keys/{id}/rotate`: a new key with the same name and scopes; the old one ends after the
/// overlap.
///
/// | case | reply |
/// |---|---|
/// | valid | 201, with the new key |
/// | rotated already | `wrong_state`, with the one to rotate instead |
/// | revoked | `wrong_state` |
/// | has scopes that the caller has not | 403 |
/// | no such key | 404 |
pub async fn rotate(context: &Context<'_>, caller: &Caller, path: &Path) -> Handled {
    let who = &caller.who;
    let id = id_in(path);
    let overlap = read_overlap(context.body)?;
    let answer = context
        .directory(vec![statements::key_by_id(who, id)])
        .await?;
    let old = answer.row(0)?.ok_or_else(|| no_key(id))?;
    // The new key is shown to the caller, so it must not be worth more than the caller's own.
    check_scopes(&caller.scopes, &Scopes::stored(old.given("scopes")))?;
    let name = old.text("name")?;
    let key = secret(context, &who.mode)?;
    let hash = hash(&key);
    // An overlap, because callers cannot change their key everywhere at one moment.
    let ends_at = context.now().plus_seconds(overlap).micros();
    let now = time::format(context.now());
    let rotate = statements::rotate_key(who, id, &hash, ends_at, &now);
    let mut statements = rotate.to_vec();
    statements.push(statements::key_by_id(who, id));
    statements.push(statements::key_by_name(who, &name));
    let answer = context.change(caller, statements).await?;
    if !answer.wrote(0) {
        let old = answer.row(2)?.ok_or_else(|| no_key(id))?;
        return Err(already_ended(id, old));
    }
    // Where a key ends, this isolate at least knows it at once.
    context.world.keys().forget(|digest| is_of(id, digest));
    let new = answer.row(3)?.ok_or_else(|| no_key(id))?;
    let reply = KeyReply::of(new, Some(key))?;
    Ok(Reply::new(201, json(&reply)))
}

/// What to do instead: it depends on how the key has ended.
fn already_ended(id: &str, key: Row<'_>) -> Problem {
    let detail = match key.given("replaced_by") {
        Some(new) if key.given("revoked_at").is_none() => {
            format!("The key {id} was rotated already: rotate {new} instead.")
        }
        _ => format!("The key {id} was revoked. Create a new one."),
    };
    Failure::WrongState.because(detail)
}

/// `DELETE /v1/keys/{id}`: an isolate that has just used the key remembers it for 60 seconds.
///
/// 204, also where it was revoked; 404 where this side has no such key.
pub async fn revoke(context: &Context<'_>, who: &Caller, path: &Path) -> Handled {
    let id = id_in(path);
    let now = time::format(context.now());
    let answer = context
        .change(
            who,
            vec![
                statements::revoke_key(who, id, &now),
                statements::key_by_id(who, id),
            ],
        )
        .await?;
    // Only for a key of this side: others could otherwise have everybody's keys looked up again.
    if !answer.wrote(1) {
        return Err(no_key(id));
    }
    context.world.keys().forget(|digest| is_of(id, digest));
    Ok(Reply::new(204, String::new()))
}
