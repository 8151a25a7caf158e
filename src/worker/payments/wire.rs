//! What requests say of Stripe's endpoints and of unmatched payments.

use serde::Serialize;

use crate::engine::Instant;
use crate::stripe;
use crate::wire::customer_ref::CustomerRef;
use crate::wire::ids::MAX_ID;
use crate::wire::json::{Errors, Object};
use crate::wire::problem::Problem;
use crate::wire::request::{MAX_WORDS, or_empty, read};

/// Most endpoints of one side of a platform account.
///
/// Stripe has at most 16 for an account of its own.
pub const MAX_ENDPOINTS: usize = 20;

/// Most secrets of an endpoint that hold at once. Each costs a signature for every event.
pub const MAX_SECRETS: usize = 5;

/// Most connected accounts of an endpoint.
pub const MAX_CONNECTED: usize = 1_000;

/// How long a secret holds beside the next one, in seconds: a day, as long as Stripe signs with both.
pub const DEFAULT_OVERLAP: u32 = 86_400;

/// The longest that it may, in seconds: 7 days.
pub const MAX_OVERLAP: u32 = 604_800;

/// Most unmatched payments that are purged by one call.
pub const MAX_PURGED: usize = 1_000;

/// What a payment that was not credited can be.
pub const STATUSES: [&str; 4] = ["open", "credited", "assigned", "dismissed"];

/// `POST /v1/stripe/endpoints`.
///
/// ```json
/// { "name": "Shop", "secret": "whsec_…", "connected_accounts": ["acct_…"], "api_version": "2025-09-30.clover" }
/// ```
#[derive(Clone, PartialEq, Eq, Debug, Serialize)]
pub struct NewEndpoint {
    pub name: String,
    /// Stripe tells it once it knows the address, so it mostly comes later. Never written anywhere.
    #[serde(skip)]
    pub secret: Option<String>,
    pub connected_accounts: Vec<String>,
    /// What Stripe writes its events in. Absent where nobody has said so, so that the digest of such a request stays.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub api_version: Option<String>,
}

impl NewEndpoint {
    /// # Errors
    /// As [`read`].
    pub fn read(body: &str) -> Result<Self, Problem> {
        read(body, |object, errors| {
            let name = object.text("name", MAX_ID, errors);
            let name = object.require("name", name, errors);
            let secret = secret(object, errors);
            let connected = connected(object, errors);
            let api_version = api_version(object, errors);
            Some(Self {
                name: name?,
                secret,
                connected_accounts: connected.unwrap_or_default(),
                api_version,
            })
        })
    }
}

/// `PATCH /v1/stripe/endpoints/{id}`: what is left out stays.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct EndpointChange {
    pub name: Option<String>,
    pub connected_accounts: Option<Vec<String>>,
    pub api_version: Option<String>,
}

impl EndpointChange {
    /// # Errors
    /// As [`read`].
    pub fn read(body: &str) -> Result<Self, Problem> {
        read(body, |object, errors| {
            Some(Self {
                name: object.text("name", MAX_ID, errors),
                connected_accounts: connected(object, errors),
                api_version: api_version(object, errors),
            })
        })
    }
}

/// `POST /v1/stripe/endpoints/{id}/rotate`: `{ "secret": "whsec_…", "overlap_seconds": 86400 }`.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Rotation {
    pub secret: String,
    /// How long the secrets of before hold beside it.
    pub overlap: u32,
}

impl Rotation {
    /// # Errors
    /// As [`read`].
    pub fn read(body: &str) -> Result<Self, Problem> {
        read(body, |object, errors| {
            let secret = secret(object, errors);
            let secret = object.require("secret", secret, errors);
            let overlap = object.whole("overlap_seconds", 0..=MAX_OVERLAP, errors);
            Some(Self {
                secret: secret?,
                overlap: overlap.unwrap_or(DEFAULT_OVERLAP),
            })
        })
    }
}

/// A secret that Stripe could have made.
fn secret(object: &Object<'_>, errors: &mut Errors) -> Option<String> {
    let secret = object.text("secret", MAX_ID, errors)?;
    if let Err(error) = stripe::check_secret(&secret) {
        errors.add("secret", format!("cannot be used. {}", error.detail()));
        return None;
    }
    Some(secret)
}

/// A version of Stripe's API. It need not be one that we know: whoever pins an endpoint to it has looked at it.
fn api_version(object: &Object<'_>, errors: &mut Errors) -> Option<String> {
    // Only the form is checked, so that a version that came out after this release can be pinned without another one.
    let version = object.text("api_version", MAX_ID, errors)?;
    if !stripe::version::is_version(&version) {
        errors.add(
            "api_version",
            "must be a version of Stripe's API, such as 2020-08-27 or 2025-09-30.clover",
        );
        return None;
    }
    Some(version)
}

/// Accounts at Stripe, by their ids.
fn connected(object: &Object<'_>, errors: &mut Errors) -> Option<Vec<String>> {
    let accounts = object.texts("connected_accounts", MAX_CONNECTED, MAX_ID, errors)?;
    let is_account = |id: &String| {
        let rest = id.strip_prefix("acct_").unwrap_or_default();
        !rest.is_empty() && rest.bytes().all(|byte| byte.is_ascii_alphanumeric())
    };
    for (place, id) in accounts.iter().enumerate() {
        if !is_account(id) {
            let path = format!("connected_accounts[{place}]");
            errors.add(
                &path,
                "must be an account's id at Stripe, such as acct_1A2b3C",
            );
        }
    }
    Some(accounts)
}

/// `POST /v1/unmatched-payments/{event}/assign`: to one customer, by either id.
///
/// # Errors
/// As [`read`].
pub fn read_assignment(body: &str) -> Result<CustomerRef, Problem> {
    read(body, |object, errors| CustomerRef::read(object, errors))
}

/// `POST /v1/unmatched-payments/{event}/resolve`: `{ "note": "Refunded at Stripe" }`, or nothing.
///
/// # Errors
/// As [`read`].
pub fn read_note(body: &str) -> Result<Option<String>, Problem> {
    read(or_empty(body), |object, errors| {
        Some(object.text("note", MAX_WORDS, errors))
    })
}

/// `POST /v1/unmatched-payments/purge`: `{ "resolved_before": "2026-01-31T12:00:00Z" }`.
///
/// # Errors
/// As [`read`].
pub fn read_purge(body: &str) -> Result<Instant, Problem> {
    read(body, |object, errors| {
        let before = object.time("resolved_before", errors);
        object.require("resolved_before", before, errors)
    })
}
