//! Tokens of links to pay at. None is kept: each derives from the deployment's key and from what it
//! is of, and only its hash is stored, by which it is found.
//!
//! | link | its token is of |
//! |---|---|
//! | `/pay/{token}` | a top-up |
//! | `/pay/{token}/{subscription}` | a customer, and how often the customer's links were revoked |

use crate::wire::Problem;
use crate::worker::edge::config::Config;
use crate::worker::edge::keyring::{Keyring, hash};
use crate::worker::edge::principal::Principal;

/// The tokens that a top-up's link may have, by each key of the deployment; the first one is new.
///
/// # Errors
/// `not_configured` where the deployment has no key.
pub fn of_top_up(config: &Config, who: &Principal, id: &str) -> Result<Vec<String>, Problem> {
    Ok(Keyring::of(config)?.tokens(&["top_up", &who.account_id, &who.mode, id]))
}

/// The same of a customer's payment links, for a revision.
///
/// # Errors
/// `not_configured` where the deployment has no key.
pub fn of_customer(
    config: &Config,
    who: &Principal,
    customer: &str,
    revision: i64,
) -> Result<Vec<String>, Problem> {
    let revision = revision.to_string();
    let of = [
        "payment_link",
        &who.account_id,
        &who.mode,
        customer,
        &revision,
    ];
    Ok(Keyring::of(config)?.tokens(&of))
}

/// The one of the tokens that was given out.
#[must_use]
pub fn kept(tokens: Vec<String>, kept: Option<&str>) -> Option<String> {
    tokens
        .into_iter()
        .find(|token| kept == Some(hash(token).as_str()))
}

/// The hash of a new link's token; nothing where no link can be made.
#[must_use]
pub fn first_hash(tokens: Result<Vec<String>, Problem>) -> Option<String> {
    tokens.ok()?.first().map(|token| hash(token))
}

/// A way back to a customer's payment link, as a top-up keeps it: without the token.
#[must_use]
pub fn way_to(revision: i64, subscription: &str) -> String {
    format!("pay:{revision}:{subscription}")
}

/// The path of a way that leads to a payment link; nothing for an address. One whose link was revoked
/// leads to the page of a link that is none.
#[must_use]
pub fn path_of(
    way: &str,
    config: &Config,
    who: &Principal,
    customer: &str,
    token_hash: Option<&str>,
) -> Option<String> {
    let (revision, subscription) = way.strip_prefix("pay:")?.split_once(':')?;
    // By the revision of then: whoever has an old page must not be led to the new link.
    let tokens = of_customer(config, who, customer, revision.parse().ok()?);
    let token = kept(tokens.unwrap_or_default(), token_hash);
    let token = token.as_deref().unwrap_or("revoked");
    Some(format!("/pay/{token}/{subscription}"))
}
