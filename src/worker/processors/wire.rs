//! What requests say of a connection to Stripe.

use serde::{Deserialize, Serialize};

use crate::wire::ids::MAX_ID;
use crate::wire::json::{Errors, Object};
use crate::wire::problem::Problem;
use crate::wire::request::read;

/// Longest life of credit that is set for all top-ups, in days: ten years.
const MAX_DAYS: u32 = 3_650;

/// What top-ups are made with.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct Settings {
    /// Stripe computes the tax, on top of what is sold.
    pub automatic_tax: bool,
    /// The card is kept for later, when the customer is away.
    pub save_payment_method: bool,
    /// After how many days the credit ends; never where nothing is said.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub credit_expires_days: Option<u32>,
}

/// `PUT /v1/accounts/self/processors/stripe`.
///
/// ```json
/// { "secret_key": "sk_test_…", "connected_account": "acct_…", "automatic_tax": false,
///   "save_payment_method": true, "credit_expires_days": 365 }
/// ```
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct NewConnection {
    /// Never written anywhere. Where it is left out the key of before stays.
    pub secret_key: Option<String>,
    pub connected_account: Option<String>,
    pub settings: Settings,
}

impl NewConnection {
    /// The key has to be of the side of the caller's own key.
    ///
    /// # Errors
    /// As [`read`].
    pub fn read(body: &str, mode: &str) -> Result<Self, Problem> {
        read(body, |object, errors| {
            let secret_key = secret_key(object, mode, errors);
            let connected_account = connected_account(object, errors);
            let automatic_tax = object.flag("automatic_tax", errors);
            let save = object.flag("save_payment_method", errors);
            let credit_expires_days = object.whole("credit_expires_days", 1..=MAX_DAYS, errors);
            Some(Self {
                secret_key,
                connected_account,
                settings: Settings {
                    automatic_tax: automatic_tax.unwrap_or(false),
                    save_payment_method: save.unwrap_or(true),
                    credit_expires_days,
                },
            })
        })
    }
}

/// A secret or a restricted key, which says its side.
fn secret_key(object: &Object<'_>, mode: &str, errors: &mut Errors) -> Option<String> {
    let key = object.text("secret_key", MAX_ID, errors)?;
    let parts = || {
        let (kind, rest) = key.split_once('_')?;
        let (side, rest) = rest.split_once('_')?;
        let is_key = matches!(kind, "sk" | "rk") && matches!(side, "live" | "test");
        let is_text = rest
            .bytes()
            .all(|byte| byte.is_ascii_alphanumeric() || byte == b'_');
        // So short that its end would say most of it.
        (is_key && is_text && rest.len() >= 8).then_some(side)
    };
    match parts() {
        Some(side) if side == mode => Some(key),
        Some(side) => {
            let sentence = format!(
                "is a key of the {side} side, and this API key is of the {mode} side. Use a {mode} key of \
                 Stripe, or an API key of the {side} side"
            );
            errors.add("secret_key", sentence);
            None
        }
        None => {
            let sentence = format!(
                "must be a secret or restricted key of Stripe, such as sk_{mode}_… or rk_{mode}_…"
            );
            errors.add("secret_key", sentence);
            None
        }
    }
}

fn connected_account(object: &Object<'_>, errors: &mut Errors) -> Option<String> {
    let id = object.text("connected_account", MAX_ID, errors)?;
    let rest = id.strip_prefix("acct_").unwrap_or_default();
    if rest.is_empty() || !rest.bytes().all(|byte| byte.is_ascii_alphanumeric()) {
        let sentence = "must be an account's id at Stripe, such as acct_1A2b3C";
        errors.add("connected_account", sentence);
        return None;
    }
    Some(id)
}

/// How a key begins and ends: enough to tell which one it is, and not to use it.
#[must_use]
pub fn hint(key: &str) -> String {
    let start: String = key.chars().take(8).collect();
    let rest: Vec<char> = key.chars().rev().take(4).collect();
    let end: String = rest.into_iter().rev().collect();
    format!("{start}…{end}")
}
