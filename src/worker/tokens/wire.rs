//! What a request says of a customer's token.

use crate::engine::Amount;
use crate::wire::json::{Errors, Object};
use crate::wire::problem::Problem;
use crate::wire::request::{above_zero, read};
use crate::wire::url::{self, WebUrl};
use crate::worker::edge::token::Own;

/// How long a token lasts where nothing is said, in seconds: a quarter of an hour.
pub const DEFAULT_SECONDS: u32 = 900;

/// The longest that it may, in seconds: an hour. A browser keeps no secret for longer.
pub const MAX_SECONDS: u32 = 3_600;

/// The shortest, in seconds: a page has to have loaded by then.
pub const MIN_SECONDS: u32 = 60;

/// For how long the same token may be refreshed, in seconds: a day, after which the app's server asks anew
/// who its user is.
pub const REFRESHED_SECONDS: u32 = 86_400;

/// Most origins of one token.
pub const MAX_ORIGINS: usize = 10;

/// Names of the machine itself, where a page under development may come without encryption.
const OWN_HOSTS: [&str; 3] = ["localhost", "127.0.0.1", "[::1]"];

/// `POST /v1/customers/{id}/tokens`.
///
/// ```json
/// { "scopes": ["read", "topup"], "allowed_origins": ["https://app.example.com"], "ttl_seconds": 900,
///   "spend_cap": { "asset": "USD", "amount": "5" }, "link": "https://app.example.com/balance" }
/// ```
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct NewToken {
    /// In the order of [`Own::ALL`].
    pub scopes: Vec<Own>,
    pub origins: Vec<String>,
    pub seconds: u32,
    pub cap: Option<(String, Amount)>,
    /// The page that gets the token in its fragment.
    pub link: Option<String>,
}

impl NewToken {
    /// # Errors
    /// As [`read`].
    pub fn read(body: &str) -> Result<Self, Problem> {
        read(body, |object, errors| {
            let scopes = scopes(object, errors);
            let scopes = object.require("scopes", scopes, errors);
            let origins = origins(object, errors);
            // Told apart, because absent has a default and unreadable must have none.
            let given = object.get("ttl_seconds").is_some();
            let seconds = object.whole("ttl_seconds", MIN_SECONDS..=MAX_SECONDS, errors);
            let cap = cap(object, errors);
            let link = url::optional(object, "link", errors);
            let scopes = scopes?;
            // A limit that nothing can reach would look like one that holds.
            if cap.is_some() && !scopes.contains(&Own::Authorize) {
                let sentence = "is for tokens with the scope authorize, and this one has not";
                errors.add("spend_cap", sentence);
            }
            // Two fragments cannot stand in one address, so the page would find neither.
            if link.as_ref().is_some_and(|link| link.contains('#')) {
                errors.add("link", "must have no fragment: the token is put there");
            }
            Some(Self {
                scopes,
                origins: origins.unwrap_or_default(),
                seconds: if given { seconds? } else { DEFAULT_SECONDS },
                cap,
                link,
            })
        })
    }

    /// The scopes as they are stored.
    #[must_use]
    pub fn words(&self) -> String {
        let words: Vec<&str> = self.scopes.iter().map(|own| own.word()).collect();
        words.join(",")
    }
}

/// Known words, at least one.
fn scopes(object: &Object<'_>, errors: &mut Errors) -> Option<Vec<Own>> {
    let words = object.texts("scopes", Own::ALL.len(), 64, errors)?;
    let known = |word: &String| Own::ALL.iter().any(|own| own.word() == word);
    if words.is_empty() || !words.iter().all(known) {
        let all: Vec<&str> = Own::ALL.iter().map(|own| own.word()).collect();
        let sentence = format!("must be a list of at least one of {}", all.join(", "));
        errors.add("scopes", sentence);
        return None;
    }
    // In one order and each once, whatever the request wrote, so that what is stored can be compared.
    let has = |own: &&Own| words.iter().any(|word| word == own.word());
    Some(Own::ALL.iter().filter(has).copied().collect())
}

/// Origins as browsers say them, so that comparing texts is enough.
pub fn origins(object: &Object<'_>, errors: &mut Errors) -> Option<Vec<String>> {
    let given = object.texts("allowed_origins", MAX_ORIGINS, url::MAX_URL, errors)?;
    for (place, one) in given.iter().enumerate() {
        if !is_origin(one) {
            let path = format!("allowed_origins[{place}]");
            let sentence = "must be an origin in small letters, such as https://app.example.com: with \
                            https, without a path; http is for localhost only";
            errors.add(&path, sentence);
        }
    }
    Some(given)
}

fn is_origin(text: &str) -> bool {
    let is_safe = |url: &WebUrl<'_>| text.starts_with("https://") || OWN_HOSTS.contains(&url.host);
    let url = WebUrl::parse(text).filter(|url| url.origin == text);
    // `;` and `,` would end a directive of a policy that names it.
    let is_plain = !text.contains([';', ',', '*']);
    url.is_some_and(|url| is_safe(&url)) && text.to_ascii_lowercase() == text && is_plain
}

fn cap(object: &Object<'_>, errors: &mut Errors) -> Option<(String, Amount)> {
    let cap = object.object("spend_cap", errors)?;
    let asset = cap.code("asset", errors);
    let asset = cap.require("asset", asset, errors);
    let amount = above_zero(&cap, "amount", errors);
    let amount = cap.require("amount", amount, errors);
    Some((asset?, amount?))
}

/// `POST /v1/tokens/exchange`: `{ "link_token": "ctl_test_…" }`.
///
/// # Errors
/// As [`read`].
pub fn read_exchange(body: &str) -> Result<String, Problem> {
    read(body, |object, errors| {
        let token = object.text("link_token", 255, errors);
        object.require("link_token", token, errors)
    })
}
