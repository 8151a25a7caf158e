//! A thin event: it names its object and holds nothing of it. What it names is fetched, and then it is read as the
//! snapshot that Stripe would have sent.
//!
//! What is fetched is the object as it is now, which may be later than the event: all that is believed of an object
//! commutes, so nothing is lost by that.

use serde_json::{Value, json};

use super::fields::Fields;
use super::interpretation::{ParkReason, Problem};

/// What a thin event says beside its type.
pub(super) struct Related {
    pub id: String,
    pub url: String,
    pub snapshot: Option<String>,
}

/// The object that it names.
///
/// # Errors
/// A field that is missing, or an address that is none of Stripe's API.
pub(super) fn related(event: &Fields) -> Result<Related, Problem> {
    let object = event.object("related_object")?;
    // Checked before anything else is read, because whoever has the secret of an endpoint could name any address, and
    // the key of the account would be sent there.
    let url = object.text("url")?;
    if !is_path(url) {
        let predicate = "is not a path of Stripe's API, such as `/v1/payment_intents/pi_…`";
        return Err(object.problem(ParkReason::UnreadableObject, "url", predicate));
    }
    Ok(Related {
        id: object.text("id")?.to_owned(),
        url: url.to_owned(),
        snapshot: event.optional_text("snapshot_event")?.map(str::to_owned),
    })
}

/// A path below `/v1/` or `/v2/`, and nothing that could lead elsewhere: it is asked with the account's key.
#[must_use]
pub fn is_path(url: &str) -> bool {
    let rest = url
        .strip_prefix("/v1/")
        .or_else(|| url.strip_prefix("/v2/"));
    // Word by word rather than by what is forbidden: dots, signs of a query and encoded bytes cannot slip through
    // whatever a server makes of them.
    let is_word = |word: &str| {
        let plain = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'-');
        !word.is_empty() && word.bytes().all(plain)
    };
    rest.is_some_and(|rest| url.len() <= 512 && rest.split('/').all(is_word))
}

/// The body of the snapshot that a thin event stands for, once its object was fetched.
///
/// The twin's id, where it has one: whatever is kept of either form is then kept once.
#[must_use]
pub fn as_snapshot(event: &str, event_type: &str, livemode: bool, object: &Value) -> String {
    // Without a version, because it was fetched in the one that our requests are written for, and so needs no list.
    json!({"id": event, "object": "event", "type": event_type, "livemode": livemode,
        "data": {"object": object}})
    .to_string()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_paths_of_the_api_are_asked_for() {
        for good in [
            "/v1/payment_intents/pi_1",
            "/v2/core/accounts/acct_1",
            "/v1/account",
        ] {
            assert!(is_path(good), "{good}");
        }
        let long = format!("/v1/{}", "a".repeat(600));
        for bad in [
            "https://evil.example/v1/charges/ch_1",
            "//evil.example/v1/x",
            "/v1/../../x",
            "/v1/",
            "/v3/x",
            "v1/x",
            "/v1/x?expand[]=y",
            "/v1/x#y",
            "/v1/x@evil.example",
            "/v1/x%2e%2e",
            "/v1//x",
            "/v1/x\r\nHost: y",
            "",
            &long,
        ] {
            assert!(!is_path(bad), "{bad}");
        }
    }
}
