//! Who is calling. A key belongs to one platform account and to one of its two sides, live or test.

use sha2::{Digest, Sha256};

use crate::wire::catalogue::SCOPES;
use crate::wire::problem::Failure;
use crate::wire::{Problem, ids};

use super::directory;
use super::edge::{Context, Stop};

/// Accepted without any configuration, where the environment says `local` and nowhere else.
pub const LOCAL_KEY: &str = "sk_test_local";

/// The platform account of the local key, and of payments that name no account.
pub const DEFAULT_ACCOUNT: &str = "acc_default";

/// The side of a platform account on whose behalf a call acts.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Principal {
    pub account_id: String,
    pub mode: String,
}

impl Principal {
    /// The name of a customer's wallet. Only the server builds it, never from a request's body.
    #[must_use]
    pub fn wallet(&self, customer: &str) -> String {
        ids::wallet_name(&self.account_id, &self.mode, customer)
    }
}

/// Who is calling, and what the key may do.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Caller {
    pub who: Principal,
    pub scopes: Scopes,
}

/// What a key may do: the words that it lists, or everything where it lists none.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct Scopes(Option<String>);

impl Scopes {
    /// As they are stored: words separated by commas.
    #[must_use]
    pub const fn stored(text: Option<String>) -> Self {
        Self(text)
    }

    #[must_use]
    pub fn words(&self) -> Vec<&str> {
        match &self.0 {
            Some(text) => text.split(',').collect(),
            None => SCOPES.to_vec(),
        }
    }

    #[must_use]
    pub fn allow(&self, scope: &str) -> bool {
        match &self.0 {
            Some(text) => text.split(',').any(|one| one == scope),
            None => true,
        }
    }

    /// Whether everything that the others allow is allowed here.
    #[must_use]
    pub fn include(&self, others: &Self) -> bool {
        others.words().iter().all(|scope| self.allow(scope))
    }
}

/// A key as the directory knows it; `connected` is the account that the call names, where the key's
/// account has made it.
struct KeyRow {
    account_id: String,
    mode: String,
    scopes: Option<String>,
    expires_at: Option<i64>,
    connected: Option<String>,
}

/// The side of a platform account that calls, by the API key of the request.
///
/// # Errors
/// 401 without a valid key; 403 where the key may not do this, or not for the account that is named.
pub fn authenticate(context: &Context<'_>) -> Result<Principal, Stop> {
    caller(context).map(|caller| caller.who)
}

/// As [`authenticate`], for those who hand on what their own key may do.
///
/// # Errors
/// As [`authenticate`].
pub fn caller(context: &Context<'_>) -> Result<Caller, Stop> {
    let request = context.request;
    let key = request.api_key.unwrap_or_default();
    if key.is_empty() {
        return Err(unauthorized("Send an API key as Authorization: Bearer <key>.").into());
    }
    let row = if context.config.is_local() && key == LOCAL_KEY {
        local(context)?
    } else {
        look_up(context, key)?
    };
    let scopes = Scopes::stored(row.scopes);
    let scope = needed_scope(request.method, request.path);
    if !scopes.allow(scope) {
        let detail = format!("This API key lacks the scope {scope}, which this call needs.");
        return Err(Failure::Forbidden.because(detail).into());
    }
    let account_id = match request.account {
        Some(account) if account != row.account_id => row.connected.ok_or_else(not_yours)?,
        _ => row.account_id,
    };
    let mode = row.mode;
    let who = Principal { account_id, mode };
    Ok(Caller { who, scopes })
}

fn not_yours() -> Problem {
    let detail =
        "This API key acts for its own platform account and for those that it has created.";
    Failure::Forbidden.because(detail)
}

/// Reading is for everybody who may read; whoever holds keys or accounts can do everything else.
fn needed_scope(method: &str, path: &str) -> &'static str {
    let within = |area: &str| path.strip_prefix(area).is_some_and(is_segment_end);
    let administers = ["/v1/accounts", "/v1/keys", "/v1/webhooks"]
        .iter()
        .any(|area| within(area));
    let asks = ["/quote", "/simulate-usage"]
        .iter()
        .any(|end| path.ends_with(end));
    if administers && path != "/v1/accounts/self" {
        "admin"
    } else if method == "GET" || method == "HEAD" || asks {
        "read"
    } else {
        "write"
    }
}

fn is_segment_end(rest: &str) -> bool {
    rest.is_empty() || rest.starts_with('/')
}

/// The local key has all scopes and the default account, and the accounts which that has made.
fn local(context: &Context<'_>) -> Result<KeyRow, Stop> {
    let who = Principal {
        account_id: DEFAULT_ACCOUNT.to_owned(),
        mode: "test".to_owned(),
    };
    let mut connected = None;
    if let Some(account) = context.request.account
        && account != DEFAULT_ACCOUNT
    {
        let answer = context.key_row(directory::connected_account(&who, account))?;
        connected = answer.row(0)?.and_then(|row| row.given("connected"));
    }
    Ok(KeyRow {
        account_id: who.account_id,
        mode: who.mode,
        scopes: None,
        expires_at: None,
        connected,
    })
}

fn look_up(context: &Context<'_>, key: &str) -> Result<KeyRow, Stop> {
    let wrong = || unauthorized("This API key is not known, or it was revoked.");
    let known_form = key.starts_with("sk_live_") || key.starts_with("sk_test_");
    // A text that cannot be a key costs no look-up, and the local key is none elsewhere.
    if !known_form || key.len() > ids::MAX_ID || key == LOCAL_KEY {
        return Err(wrong().into());
    }
    let statement = directory::key_by_hash(&hash(key), context.request.account);
    let answer = context.key_row(statement)?;
    let row = answer.row(0)?.ok_or_else(wrong)?;
    let row = KeyRow {
        account_id: row.text("account_id")?,
        mode: row.text("mode")?,
        scopes: row.given("scopes"),
        expires_at: row.number("expires_at"),
        connected: row.given("connected"),
    };
    // What an isolate remembers of a key is for 60 seconds; its end is kept to the moment.
    if row
        .expires_at
        .is_some_and(|end| context.now().micros() >= end)
    {
        return Err(unauthorized("This API key was rotated, and its time is over.").into());
    }
    Ok(row)
}

/// How a key is stored.
#[must_use]
pub fn hash(key: &str) -> String {
    hex::encode(Sha256::digest(key.as_bytes()))
}

fn unauthorized(detail: &str) -> Problem {
    Failure::Unauthorized.because(detail)
}
