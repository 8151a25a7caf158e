//! Who is calling. A key belongs to one platform account and to one of its two sides, live or test.

use serde::Deserialize;
use sha2::{Digest, Sha256};

use crate::wire::problem::Failure;
use crate::wire::{Problem, ids};

use super::directory;
use super::edge::{Context, Stop};

/// Accepted without any configuration, where the environment says `local` and nowhere else.
pub const LOCAL_KEY: &str = "sk_test_local";

/// The platform account of the local key, and of payments that name no account.
pub const DEFAULT_ACCOUNT: &str = "acc_default";

/// The side of a platform account on whose behalf a call acts.
#[derive(Clone, PartialEq, Eq, Debug, Deserialize)]
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

/// The caller, by the API key of the request.
///
/// # Errors
/// 401 without a valid key, 403 where the key's account is not the one that is named.
pub fn authenticate(context: &Context<'_>) -> Result<Principal, Stop> {
    let request = context.request;
    let key = request.api_key.unwrap_or_default();
    if key.is_empty() {
        return Err(unauthorized("Send an API key as Authorization: Bearer <key>.").into());
    }
    let principal = if context.config.is_local() && key == LOCAL_KEY {
        Principal {
            account_id: DEFAULT_ACCOUNT.to_owned(),
            mode: "test".to_owned(),
        }
    } else {
        look_up(context, key)?
    };
    match request.account {
        Some(account) if account != principal.account_id => {
            let detail = "This API key acts for its own platform account only.";
            Err(Failure::Forbidden.because(detail).into())
        }
        _ => Ok(principal),
    }
}

fn look_up(context: &Context<'_>, key: &str) -> Result<Principal, Stop> {
    let wrong = || unauthorized("This API key is not known, or it was revoked.");
    let known_form = key.starts_with("sk_live_") || key.starts_with("sk_test_");
    // A text that cannot be a key costs no look-up, and the local key is none elsewhere.
    if !known_form || key.len() > ids::MAX_ID || key == LOCAL_KEY {
        return Err(wrong().into());
    }
    let hash = hex::encode(Sha256::digest(key.as_bytes()));
    let row = context.key_row(directory::key_by_hash(&hash))?;
    Ok(row.first(0)?.ok_or_else(wrong)?)
}

fn unauthorized(detail: &str) -> Problem {
    Failure::Unauthorized.because(detail)
}
