//! Who is calling. A key belongs to one platform account and to one of its two sides, live or test.
//!
//! | key | account in the header | acts for |
//! |---|---|---|
//! | valid | none, or its own | its own account |
//! | valid | one that its account has made, on its side | that one |
//! | valid | any other | 403 |
//! | unknown, revoked, or past its end | any | 401 |
//! | valid, without the route's scope | any | 403 |
//! | valid, of the live side, on a local server | any | 403 |
//! | any that is not remembered, from where too many have failed | any | 429 |
//! | valid, after too many calls | any | 429 |
//!
//! | a customer's token | acts for |
//! |---|---|
//! | valid, with the route's scope | its customer |
//! | without that scope, or for a route that is not for tokens | 403 |
//! | valid, sent by a page of an origin that it does not allow | 403 |
//! | unknown, revoked, or past its end | 401 |
//!
//! The side, live or test, is always the key's own: no header can change it.
//!
//! What costs nothing is looked at first: the form of the key ([`look`], before the body is read), then
//! what this isolate remembers ([`remembered`]), then the directory ([`authenticate`]).

use sha2::{Digest as _, Sha256};

use crate::engine::{Amount, OnUnpriced};
use crate::wire::problem::Failure;
use crate::wire::{Problem, ids};
use crate::worker::edge::config::Config;
use crate::worker::edge::context::Context;
use crate::worker::edge::key_cache::{Digest, KeyCache, KnownKey, Name};
use crate::worker::edge::principal::{
    Caller, CallingKey, DEFAULT_ACCOUNT, Principal, Scope, Scopes,
};
use crate::worker::edge::rate::{Limit, PERIOD_MILLIS};
use crate::worker::edge::request::Request;
use crate::worker::edge::rows::{Row, unreadable};
use crate::worker::edge::token::{SpendCap, TokenTerms};
use crate::worker::tokens;

use super::statements;

/// Accepted without any configuration, where the environment says `local` and nowhere else.
///
/// It has the form of a test key, so that clients that look at the form take it.
pub const LOCAL_KEY: &str = "sk_test_local";

/// How a key begins, by the side that it is of.
const PREFIXES: [&str; 2] = ["sk_live_", "sk_test_"];

/// The same of a customer's token.
const TOKENS: [&str; 2] = ["ct_live_", "ct_test_"];

/// A key as a request brings it: it has the form of one, and nobody has said yet whose it is.
#[derive(Clone, Debug)]
pub struct Brought {
    name: Name,
    is_local: bool,
    /// It is a customer's token.
    is_token: bool,
}

/// What can be said of a key by looking at it: nothing is waited for, and no body was read.
///
/// # Errors
/// 401 for what cannot be a key, or was none a moment ago; 429 where too many keys have failed that
/// came from the same address, unless this one is remembered; 429 for a key that has called too often.
pub fn look(request: &Request<'_>, keys: &KeyCache) -> Result<Brought, Problem> {
    let brought = brought(request);
    let name = brought.as_ref().ok().map(|brought| &brought.name);
    if let Some(seconds) = name.and_then(|name| keys.wait(name, request.now)) {
        return Err(Problem::too_many_requests(seconds));
    }
    let is_remembered = name.is_some_and(|name| keys.get(name, request.now).is_some());
    let address = request.address.filter(|_| !is_remembered);
    if let Some(seconds) = address.and_then(|address| keys.failing.wait(address, request.now)) {
        return Err(Problem::too_many_requests(seconds));
    }
    let brought = brought?;
    if keys.is_unknown(&brought.name.0, request.now) {
        return Err(unknown());
    }
    Ok(brought)
}

/// The caller, where this isolate remembers the key: the call is counted.
///
/// Nothing where it is not remembered, or where the route needs `admin`; then the directory has to be
/// asked.
///
/// # Errors
/// As [`authenticate`].
pub fn remembered(
    request: &Request<'_>,
    keys: &KeyCache,
    scope: Scope,
) -> Result<Option<Caller>, Problem> {
    let brought = look(request, keys)?;
    let Some(known) = known(request, keys, &brought, scope) else {
        return Ok(None);
    };
    count(request, keys, &brought)?;
    judge(request, &brought, known, scope).map(Some)
}

/// What is known of a key without asking anybody.
fn known(
    request: &Request<'_>,
    keys: &KeyCache,
    brought: &Brought,
    scope: Scope,
) -> Option<KnownKey> {
    // What was so a minute ago is not good enough for who can make keys.
    if scope == Scope::Admin {
        return None;
    }
    keys.get(&brought.name, request.now)
}

/// The caller, by the API key of the request.
///
/// # Errors
/// 401 without a valid key; 403 where the key may not do this, or not for the account that is named;
/// 429 after too many calls.
pub async fn authenticate(context: &Context<'_>, scope: Scope) -> Result<Caller, Problem> {
    let caller = identified(context, scope).await;
    let address = context.address.filter(|_| is_failed(&caller));
    if let Some(address) = address {
        let failing = &context.world.keys().failing;
        failing
            .failed(address, context.request.now)
            .map_err(Problem::too_many_requests)?;
    }
    caller
}

/// Whether there is no valid key.
fn is_failed(caller: &Result<Caller, Problem>) -> bool {
    matches!(caller, Err(problem) if problem.status == Failure::Unauthorized.status())
}

async fn identified(context: &Context<'_>, scope: Scope) -> Result<Caller, Problem> {
    let (request, keys) = (context.request, context.world.keys());
    let brought = look(request, keys)?;
    let known = match known(request, keys, &brought, scope) {
        Some(known) => known,
        None => asked(context, &brought).await?,
    };
    count(request, keys, &brought)?;
    if !brought.is_local {
        let counted = hex::encode(brought.name.0);
        if !context.world.lets(Limit::Key, &counted).await {
            keys.refuse(&brought.name, request.now);
            return Err(Problem::too_many_requests(period_seconds()));
        }
    }
    judge(request, &brought, known, scope)
}

/// Counts a call by a valid key.
///
/// # Errors
/// 429 after too many.
fn count(request: &Request<'_>, keys: &KeyCache, brought: &Brought) -> Result<(), Problem> {
    // A key that everybody knows is not counted: no deployment takes it.
    if brought.is_local {
        return Ok(());
    }
    let counted = keys.count(&brought.name, request.now);
    counted.map_err(Problem::too_many_requests)
}

/// What the directory says of a key, which is remembered.
async fn asked(context: &Context<'_>, brought: &Brought) -> Result<KnownKey, Problem> {
    let (request, keys) = (context.request, context.world.keys());
    let (digest, account) = &brought.name;
    let statement = if brought.is_local {
        statements::local_key(&local_side(request.config)?, account.as_deref())
    } else if brought.is_token {
        tokens::statements::token_by_hash(&hex::encode(digest))
    } else {
        statements::key_by_hash(&hex::encode(digest), account.as_deref())
    };
    // Read before the directory is asked; see the top of `key_cache`.
    let changes = keys.changes();
    let answer = context.directory(vec![statement]).await?;
    let known = if brought.is_local {
        local_key(request.config, answer.row(0)?)?
    } else {
        let found = match answer.row(0)? {
            Some(row) if brought.is_token => Some(known_token(row)?),
            row => row.map(known_key).transpose()?,
        };
        let Some(known) = found else {
            keys.remember_unknown(*digest, request.now);
            return Err(refused(context).await);
        };
        known
    };
    // For an account that is not its own nothing is remembered: a caller could name any number.
    let own = account.as_ref().is_none_or(|one| *one == known.account_id);
    if own || known.connected.is_some() {
        keys.remember(brought.name.clone(), known.clone(), request.now, changes);
    }
    Ok(known)
}

/// 401, or 429 where the platform has counted too many from the same address, here or in other isolates.
async fn refused(context: &Context<'_>) -> Problem {
    let Some(address) = context.address else {
        return unknown();
    };
    let counted = crate::worker::edge::rate::whole(address);
    if context.world.lets(Limit::Address, &counted).await {
        return unknown();
    }
    let failing = &context.world.keys().failing;
    failing.refuse(address, context.request.now);
    Problem::too_many_requests(period_seconds())
}

fn period_seconds() -> u16 {
    u16::try_from(PERIOD_MILLIS / 1_000).unwrap_or(u16::MAX)
}

/// # Errors
/// 401 for what cannot be a key; it is not looked up.
fn brought(request: &Request<'_>) -> Result<Brought, Problem> {
    let key = request.api_key.unwrap_or_default();
    // Told apart from an unknown one, because what to do about it differs.
    if key.is_empty() {
        return Err(unauthorized(
            "Send an API key as Authorization: Bearer <key>.",
        ));
    }
    let is_local = request.config.is_local() && key == LOCAL_KEY;
    // A text that cannot be a key costs no digest, and the local key is none elsewhere.
    let is_token = is_of_form(key, &TOKENS);
    if !is_local && !is_token && (!is_of_form(key, &PREFIXES) || key == LOCAL_KEY) {
        return Err(unknown());
    }
    // What cannot be an account is asked of nobody; `judge` finds that it is not the caller's.
    let account = request.account.filter(|account| is_account(account));
    let account = account.filter(|account| !(is_local && *account == DEFAULT_ACCOUNT));
    Ok(Brought {
        name: (digest(key), account.map(str::to_owned)),
        is_local,
        is_token,
    })
}

/// Whether a text has the form of a key: `sk_`, the side, `_`, then letters, digits and `_`; or that of a token.
fn is_of_form(text: &str, prefixes: &[&str]) -> bool {
    let rest = prefixes.iter().find_map(|prefix| text.strip_prefix(prefix));
    let plain = |byte: u8| byte.is_ascii_alphanumeric() || byte == b'_';
    let is_secret = |rest: &str| rest.bytes().all(plain);
    text.len() <= ids::MAX_ID && rest.is_some_and(|rest| !rest.is_empty() && is_secret(rest))
}

/// Whether a text has the form of an account's id.
fn is_account(text: &str) -> bool {
    let plain = |byte: u8| byte.is_ascii_alphanumeric() || b"_-".contains(&byte);
    let rest = text.strip_prefix("acc_");
    text.len() <= ids::MAX_ID && rest.is_some_and(|rest| rest.bytes().all(plain))
}

/// The test side of the default account: real money is never a local server's.
fn local_side(config: &Config) -> Result<Principal, Problem> {
    Principal::of(config, DEFAULT_ACCOUNT.to_owned(), "test".to_owned())
}

fn local_key(config: &Config, row: Option<Row<'_>>) -> Result<KnownKey, Problem> {
    let side = local_side(config)?;
    Ok(KnownKey {
        account_id: side.account_id,
        mode: side.mode,
        scopes: None,
        expires_at: None,
        connected: row.and_then(|row| row.given("connected")),
        on_unpriced: row.map(on_unpriced).unwrap_or_default(),
        token: None,
    })
}

/// The setting of the account that a key acts for; its default where the account has none.
fn on_unpriced(row: Row<'_>) -> OnUnpriced {
    let word = row.given("unpriced");
    word.map_or(OnUnpriced::default(), |word| OnUnpriced::from_word(&word))
}

fn known_key(row: Row<'_>) -> Result<KnownKey, Problem> {
    Ok(KnownKey {
        account_id: row.text("account_id")?,
        mode: row.text("mode")?,
        scopes: row.given("scopes"),
        expires_at: row.number("expires_at"),
        connected: row.given("connected"),
        on_unpriced: on_unpriced(row),
        token: None,
    })
}

fn known_token(row: Row<'_>) -> Result<KnownKey, Problem> {
    let id = row.text("id")?;
    let cap = row.given("cap_asset").zip(row.given("cap_amount"));
    let cap = cap.map(|(asset, most)| {
        let most = Amount::parse(&most).map_err(|_| unreadable())?;
        let token = id.clone();
        Ok::<_, Problem>(SpendCap { token, asset, most })
    });
    Ok(KnownKey {
        account_id: row.text("account_id")?,
        mode: row.text("mode")?,
        // None of a key's words, whatever a handler asks.
        scopes: Some(String::new()),
        expires_at: row.number("expires_at"),
        connected: None,
        on_unpriced: on_unpriced(row),
        token: Some(TokenTerms {
            customer: row.text("customer_id")?,
            scopes: row.text("scopes")?,
            origins: row.text("origins")?,
            cap: cap.transpose()?,
            // One without an end has ended.
            ends_at: row.number("expires_at").unwrap_or_default(),
            id,
        }),
    })
}

/// What this isolate remembers of the customer's token that a request brings, also of one that has ended.
#[must_use]
pub fn token_of(request: &Request<'_>, keys: &KeyCache) -> Option<TokenTerms> {
    let brought = brought(request).ok().filter(|brought| brought.is_token)?;
    keys.get(&brought.name, request.now)?.token
}

/// Whether the key may do what the route does, and for whom it then acts.
///
/// Asked at each call, also of a remembered key.
fn judge(
    request: &Request<'_>,
    brought: &Brought,
    key: KnownKey,
    scope: Scope,
) -> Result<Caller, Problem> {
    // What an isolate remembers of a key is for 60 seconds; its end is kept to the moment.
    let now = request.now().micros();
    if key.expires_at.is_some_and(|end| now >= end) {
        return Err(unauthorized(match key.token {
            None => "This API key was rotated, and its time is over.",
            Some(_) => "This token has ended. Ask the app's server for another one.",
        }));
    }
    if let Some(token) = &key.token {
        check_token(request, token, scope)?;
    }
    let scopes = Scopes::stored(key.scopes);
    if key.token.is_none()
        && let Some(word) = scope.word()
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
    let who = Principal::of(request.config, account_id, key.mode)?;
    let (on_unpriced, token) = (key.on_unpriced, key.token);
    let key = CallingKey {
        digest: Some(brought.name.0).filter(|_| !brought.is_local),
        at: now,
    };
    Ok(Caller {
        who,
        scopes,
        on_unpriced,
        key,
        token,
    })
}

/// Whether a customer's token may do what the route does, for the page that asks. Whose wallet it is about is
/// asked where that is known.
fn check_token(request: &Request<'_>, token: &TokenTerms, scope: Scope) -> Result<(), Problem> {
    // Who is no browser sends none, and could send any: this keeps other pages out, and nobody else.
    let strange =
        |origin: &&str| !token.allows_origin(origin) && !request.config.is_own_origin(origin);
    if request.origin.is_some_and(|origin| strange(&origin)) {
        let detail =
            "Pages of this origin may not use this token: it is not among its allowed_origins.";
        return Err(Failure::Forbidden.because(detail));
    }
    let detail = match scope.own() {
        Some(own) if token.allows(own) => return Ok(()),
        Some(own) => format!(
            "This token lacks the scope {}, which this call needs.",
            own.word()
        ),
        None => {
            "No customer's token may call this. It is for the API keys of the platform.".to_owned()
        }
    };
    Err(Failure::Forbidden.because(detail))
}

fn not_yours() -> Problem {
    let detail =
        "This API key acts for its own platform account and for those that it has created.";
    Failure::Forbidden.because(detail)
}

fn digest(key: &str) -> Digest {
    Sha256::digest(key.as_bytes()).into()
}

/// Whether a digest is that of the key with this id.
#[must_use]
pub fn is_of(id: &str, digest: &Digest) -> bool {
    ids::key_id(&hex::encode(digest)) == id
}

fn unknown() -> Problem {
    unauthorized("This API key is not known, or it was revoked.")
}

fn unauthorized(detail: &str) -> Problem {
    Failure::Unauthorized.because(detail)
}
