//! Who is calling. A key belongs to one platform account and to one of its two sides, live or test.
//!
//! | key | account in the header | acts for |
//! |---|---|---|
//! | valid | none, or its own | its own account |
//! | valid | one that its account has made, on its side | that one |
//! | valid | any other | 403 |
//! | unknown, revoked, or past its end | any | 401 |
//! | valid, without the route's scope | any | 403 |
//!
//! The side, live or test, is always the key's own: no header can change it.

use sha2::{Digest, Sha256};

use crate::wire::problem::Failure;
use crate::wire::{Problem, ids};
use crate::worker::edge::context::Context;
use crate::worker::edge::key_cache::{KeyCache, KnownKey};
use crate::worker::edge::principal::{Caller, DEFAULT_ACCOUNT, Principal, Scope, Scopes};
use crate::worker::edge::request::Request;
use crate::worker::edge::rows::{Row, Statement};

use super::statements;

/// Accepted without any configuration, where the environment says `local` and nowhere else.
///
/// It has the form of a test key, so that clients that look at the form take it.
pub const LOCAL_KEY: &str = "sk_test_local";

/// What has to be known of the request's key before it can be judged.
enum Question {
    /// Nothing: it is the local key, for its own account.
    Nothing(KnownKey),
    /// What the directory says to this statement.
    Directory(Statement),
}

/// The caller, where this isolate remembers the key.
///
/// Nothing where it is not remembered; then the directory has to be asked.
///
/// # Errors
/// As [`authenticate`].
pub fn remembered(
    request: &Request<'_>,
    keys: &KeyCache,
    scope: Scope,
) -> Result<Option<Caller>, Problem> {
    let known = match question(request)? {
        Question::Nothing(known) => Some(known),
        Question::Directory(_) => keys.get(&name(request), request.now),
    };
    known.map(|known| judge(request, known, scope)).transpose()
}

/// The caller, by the API key of the request.
///
/// # Errors
/// 401 without a valid key; 403 where the key may not do this, or not for the account that is named.
pub async fn authenticate(context: &Context<'_>, scope: Scope) -> Result<Caller, Problem> {
    let (request, keys) = (context.request, context.world.keys());
    let statement = match question(request)? {
        Question::Nothing(known) => return judge(request, known, scope),
        Question::Directory(statement) => statement,
    };
    let name = name(request);
    // Again, although `remembered` has looked: routes that wait come here directly.
    if let Some(known) = keys.get(&name, request.now) {
        return judge(request, known, scope);
    }
    // Read before the directory is asked; see the top of `key_cache`.
    let changes = keys.changes();
    let answer = context.directory(vec![statement]).await?;
    let row = answer.row(0)?;
    let known = if is_local_key(request) {
        local_key(row.and_then(|row| row.given("connected")))
    } else {
        known_key(row.ok_or_else(unknown)?)?
    };
    // What is not there is not remembered, so that a new key works at once.
    if row.is_some() {
        keys.remember(name, known.clone(), request.now, changes);
    }
    judge(request, known, scope)
}

/// Under which a key is remembered: what is known of it depends on the account that it wants to act for.
fn name(request: &Request<'_>) -> String {
    let key = request.api_key.unwrap_or_default();
    match request.account {
        // A line break cannot be in a header, so the two cannot be mistaken for one another.
        Some(account) => format!("{key}\n{account}"),
        None => key.to_owned(),
    }
}

/// # Errors
/// 401 for what cannot be a key; it is not looked up.
fn question(request: &Request<'_>) -> Result<Question, Problem> {
    let key = request.api_key.unwrap_or_default();
    // Told apart from an unknown one, because what to do about it differs.
    if key.is_empty() {
        return Err(unauthorized(
            "Send an API key as Authorization: Bearer <key>.",
        ));
    }
    if is_local_key(request) {
        // The local key has all scopes, the default account, and the accounts that it has made.
        let named = request
            .account
            .filter(|account| *account != DEFAULT_ACCOUNT);
        return Ok(named.map_or_else(
            || Question::Nothing(local_key(None)),
            |named| Question::Directory(statements::connected_account(&local_side(), named)),
        ));
    }
    let known_form = key.starts_with("sk_live_") || key.starts_with("sk_test_");
    // A text that cannot be a key costs no look-up, and the local key is none elsewhere.
    if !known_form || key.len() > ids::MAX_ID || key == LOCAL_KEY {
        return Err(unknown());
    }
    let statement = statements::key_by_hash(&hash(key), request.account);
    Ok(Question::Directory(statement))
}

fn is_local_key(request: &Request<'_>) -> bool {
    request.config.is_local() && request.api_key == Some(LOCAL_KEY)
}

/// The test side of the default account: real money is never a local server's.
fn local_side() -> Principal {
    Principal {
        account_id: DEFAULT_ACCOUNT.to_owned(),
        mode: "test".to_owned(),
    }
}

fn local_key(connected: Option<String>) -> KnownKey {
    let Principal { account_id, mode } = local_side();
    KnownKey {
        account_id,
        mode,
        scopes: None,
        expires_at: None,
        connected,
    }
}

fn known_key(row: Row<'_>) -> Result<KnownKey, Problem> {
    Ok(KnownKey {
        account_id: row.text("account_id")?,
        mode: row.text("mode")?,
        scopes: row.given("scopes"),
        expires_at: row.number("expires_at"),
        connected: row.given("connected"),
    })
}

/// Whether the key may do what the route does, and for whom it then acts.
///
/// Asked at each call, also of a remembered key.
fn judge(request: &Request<'_>, key: KnownKey, scope: Scope) -> Result<Caller, Problem> {
    // What an isolate remembers of a key is for 60 seconds; its end is kept to the moment.
    let now = request.now().micros();
    if key.expires_at.is_some_and(|end| now >= end) {
        return Err(unauthorized(
            "This API key was rotated, and its time is over.",
        ));
    }
    let scopes = Scopes::stored(key.scopes);
    if let Some(word) = scope.word()
        && !scopes.allow(word)
    {
        let detail = format!("This API key lacks the scope {word}, which this call needs.");
        return Err(Failure::Forbidden.because(detail));
    }
    // The directory was asked for exactly this account, so `connected` is it or nothing.
    let account_id = match request.account {
        Some(account) if account != key.account_id => key.connected.ok_or_else(not_yours)?,
        _ => key.account_id,
    };
    let mode = key.mode;
    let who = Principal { account_id, mode };
    Ok(Caller { who, scopes })
}

fn not_yours() -> Problem {
    let detail =
        "This API key acts for its own platform account and for those that it has created.";
    Failure::Forbidden.because(detail)
}

/// How a key is stored.
///
/// Without salt and fast, because a key has 256 random bits: nobody can try them all.
#[must_use]
pub fn hash(key: &str) -> String {
    hex::encode(Sha256::digest(key.as_bytes()))
}

fn unknown() -> Problem {
    unauthorized("This API key is not known, or it was revoked.")
}

fn unauthorized(detail: &str) -> Problem {
    Failure::Unauthorized.because(detail)
}
