//! Webhooks that we send: where they go, what they say, and how a receiver knows that they are
//! ours.
//!
//! Each carries the headers of Standard Webhooks, and Credyt's own, so that a receiver of either
//! can stay as it is.

use base64::prelude::{BASE64_STANDARD, Engine};
use hmac::{Hmac, KeyInit, Mac};
use serde::Serialize;
use serde::de::IgnoredAny;
use serde_json::value::RawValue;
use sha2::Sha256;

use crate::wire::json::{Errors, MAX_DEPTH, Object, depth};
use crate::wire::problem::{Failure, Problem};
use crate::wire::reply::json;
use crate::wire::request::read;
use crate::wire::url::{self, MAX_URL, WebUrl};

/// Most destinations of one side of a platform account.
///
/// All are asked at the same time by one request: 20 × 16 KB of bodies are 320 KB.
pub const MAX_DESTINATIONS: usize = 20;

/// Most topics of a destination.
///
/// 50 × 64 characters: 3.2 KB of a row.
pub const MAX_TOPICS: usize = 50;

/// Longest topic, in characters.
pub const MAX_TOPIC: usize = 64;

/// Largest data of an event, in bytes: receivers expect small bodies.
///
/// 16 × 1,024.
pub const MAX_DATA: usize = 16_384;

/// Most deliveries of one side of a platform account that are kept.
///
/// Each is some 300 bytes, and 16 KB for each event: 160 MB at the very most.
pub const MAX_EVENTS: usize = 10_000;

/// Longest time for which the secret of before a rotation signs beside the new one, in seconds: 7 days.
pub const MAX_OVERLAP: u32 = 604_800;

/// The same where nothing is said: a day.
pub const DEFAULT_OVERLAP: u32 = 86_400;

/// How long a delivery waits for its answer, in seconds.
///
/// The caller of a test waits as long, since all destinations are asked at once.
pub const DELIVERY_SECONDS: u32 = 10;

/// How long the list of events goes back, in days.
pub const KEPT_DAYS: u32 = 30;

/// All topics, also those that do not exist yet.
/// No topic can be called so: see [`is_topic`].
const EVERY_TOPIC: &str = "*";

/// `POST /v1/webhooks`: `{ "url": "https://example.com/hook", "topics": ["*"], "connect": false }`.
#[derive(Clone, PartialEq, Eq, Debug, Serialize)]
pub struct NewDestination {
    pub url: String,
    /// All of them where nothing is said.
    pub topics: Vec<String>,
    /// Whether it hears of what happens in connected accounts, instead of in its own.
    pub connect: bool,
}

impl NewDestination {
    /// A local server may also tell receivers on its own machine; others must never be led there.
    ///
    /// # Errors
    /// As [`read`].
    pub fn read(body: &str, local: bool) -> Result<Self, Problem> {
        read(body, |object, errors| {
            let url = address(object, local, errors);
            let url = object.require("url", url, errors);
            let topics = topics(object, errors);
            let connect = object.flag("connect", errors);
            Some(Self {
                url: url?,
                topics: topics.unwrap_or_else(|| vec![EVERY_TOPIC.to_owned()]),
                connect: connect.unwrap_or(false),
            })
        })
    }
}

/// `PATCH /v1/webhooks/{id}`: what is absent stays.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct DestinationChange {
    pub url: Option<String>,
    pub topics: Option<Vec<String>>,
    /// Whether anything is sent there.
    pub enabled: Option<bool>,
}

impl DestinationChange {
    /// # Errors
    /// As [`read`].
    pub fn read(body: &str, local: bool) -> Result<Self, Problem> {
        read(body, |object, errors| {
            if object.get("connect").is_some() {
                let sentence = "cannot be changed; make another destination instead";
                errors.add("connect", sentence);
            }
            Some(Self {
                url: address(object, local, errors),
                topics: topics(object, errors),
                enabled: object.flag("enabled", errors),
            })
        })
    }
}

/// `POST /v1/webhooks/{id}/rotate`: `{ "overlap_seconds": 3600 }`; nothing is said by nothing.
///
/// # Errors
/// As [`read`].
pub fn read_overlap(body: &str) -> Result<u32, Problem> {
    let body = if body.trim().is_empty() { "{}" } else { body };
    read(body, |object, errors| {
        let given = object.get("overlap_seconds").is_some();
        let overlap = object.whole("overlap_seconds", 0..=MAX_OVERLAP, errors);
        if given {
            overlap
        } else {
            Some(DEFAULT_OVERLAP)
        }
    })
}

/// Whether a webhook may be sent to an address. Asked when it is stored, and again whenever something is
/// sent, because addresses of before were stored by other rules.
///
/// Public addresses only, by what their name tells: else anybody with a key could have this server ask
/// machines beside it. What a name resolves to is the platform's to refuse, by
/// `global_fetch_strictly_public`: a Worker is never told.
#[must_use]
pub fn may_be_sent_to(address: &str, local: bool) -> bool {
    WebUrl::parse(address).is_some_and(|url| local || (url.is_public() && url.is_web_port()))
}

/// Where webhooks go. A fragment would never be sent, so it is refused.
fn address(object: &Object<'_>, local: bool, errors: &mut Errors) -> Option<String> {
    let text = object.text("url", MAX_URL, errors)?;
    if !may_be_sent_to(&text, local) || text.contains('#') {
        let sentence = if local {
            url::NOT_AN_ADDRESS
        } else {
            "must be a public address that begins with https://, has a name and no number, and leads \
             to port 443 or 8443"
        };
        errors.add("url", sentence);
        return None;
    }
    Some(text)
}

/// The topics of a destination, or what is wrong with them, in one sentence for all of it.
fn topics(object: &Object<'_>, errors: &mut Errors) -> Option<Vec<String>> {
    let raw = object.get("topics")?;
    let topics: Option<Vec<String>> = serde_json::from_str(raw.get()).ok();
    let valid = |topic: &String| topic == EVERY_TOPIC || is_topic(topic);
    let topics = topics.filter(|all| (1..=MAX_TOPICS).contains(&all.len()));
    let topics = topics.filter(|all| all.iter().all(valid));
    if topics.is_none() {
        let sentence = format!(
            "must be a list of 1 to {MAX_TOPICS} topics such as \"subscription.activated\", or \
             [\"*\"] for all"
        );
        errors.add("topics", sentence);
    }
    topics
}

/// Whether a text can name a topic: `subscription.activated`.
/// Shape: 1 to [`MAX_TOPIC`] letters, digits, `.`, `_` or `-`.
#[must_use]
pub fn is_topic(text: &str) -> bool {
    let plain = |byte: u8| byte.is_ascii_alphanumeric() || b"._-".contains(&byte);
    (1..=MAX_TOPIC).contains(&text.len()) && text.bytes().all(plain)
}

/// The data of a test event: any JSON, or an empty object where nothing is sent.
///
/// # Errors
/// `malformed_body`, or `body_too_large` beyond what an event may carry.
pub fn test_data(body: &str) -> Result<&str, Problem> {
    let data = body.trim();
    if data.is_empty() {
        return Ok("{}");
    }
    if data.len() > MAX_DATA {
        let detail = format!("The data of an event is at most {MAX_DATA} bytes.");
        return Err(Failure::BodyTooLarge.because(detail));
    }
    // Before it is parsed, because parsing something deeper could use up the stack.
    if depth(data) > MAX_DEPTH {
        let detail = format!("The JSON nests deeper than {MAX_DEPTH} levels.");
        return Err(Failure::MalformedBody.because(detail));
    }
    match serde_json::from_str::<IgnoredAny>(data) {
        Ok(_) => Ok(data),
        Err(error) => {
            let detail = format!("The body is not valid JSON: {error}.");
            Err(Failure::MalformedBody.because(detail))
        }
    }
}

/// What a webhook says.
///
/// ```json
/// { "id": "evt_…", "type": "subscription.activated", "created": "2026-01-31T12:00:00Z",
///   "live_mode": false, "data": {} }
/// ```
#[derive(Serialize)]
pub struct Message<'a> {
    /// The same in every delivery of one event, so that a receiver takes it once.
    pub id: &'a str,
    #[serde(rename = "type")]
    pub topic: &'a str,
    pub created: String,
    pub live_mode: bool,
    /// The connected account that it is about.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub account: Option<&'a str>,
    /// Any JSON, as it was given.
    pub data: &'a RawValue,
}

impl Message<'_> {
    /// The text that is sent and signed.
    /// Made once per delivery: what is signed must be what is sent, to the byte.
    #[must_use]
    pub fn body(&self) -> String {
        json(self)
    }
}

/// A secret as its receiver knows it: `whsec_` and the base 64 of its bytes.
#[must_use]
pub fn secret_text(key: &[u8]) -> String {
    format!("whsec_{}", BASE64_STANDARD.encode(key))
}

/// The headers of a delivery. `seconds` is when it is sent, since 1970. There are several keys while one
/// is rotated, the newest first, and each signs.
///
/// Standard Webhooks signs `id.seconds.body` under the bytes that the secret stands for; Credyt
/// signs `seconds.body`, and we take the secret's text for its key.
#[must_use]
pub fn headers(
    keys: &[Vec<u8>],
    id: &str,
    seconds: i64,
    body: &str,
) -> Vec<(&'static str, String)> {
    let standard = keys.iter().map(|key| {
        let signature = hmac(key, &format!("{id}.{seconds}.{body}"));
        format!("v1,{}", BASE64_STANDARD.encode(signature))
    });
    let credyt = keys.iter().map(|key| {
        // The text is the key there and not its bytes: there is no base 64 in that scheme.
        let signature = hmac(secret_text(key).as_bytes(), &format!("{seconds}.{body}"));
        format!("v0={}", hex::encode(signature))
    });
    let (standard, credyt): (Vec<_>, Vec<_>) = (standard.collect(), credyt.collect());
    // Both schemes on every delivery: a receiver of either needs no change, and none has to be
    // configured.
    vec![
        ("content-type", "application/json".to_owned()),
        ("user-agent", "Scrip-Webhooks/1".to_owned()),
        ("webhook-id", id.to_owned()),
        ("webhook-timestamp", seconds.to_string()),
        ("webhook-signature", standard.join(" ")),
        (
            "credyt-signature",
            format!("t={seconds},{}", credyt.join(",")),
        ),
    ]
}

/// HMAC-SHA256 of a text.
fn hmac(key: &[u8], text: &str) -> Vec<u8> {
    // HMAC takes keys of every length, so there is always one.
    Hmac::<Sha256>::new_from_slice(key).map_or_else(
        |_| Vec::new(),
        |mut mac| {
            mac.update(text.as_bytes());
            mac.finalize().into_bytes().to_vec()
        },
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The first vector is that of the standard's own libraries.
    #[test]
    fn the_signatures_are_what_receivers_compute() {
        let key = hex::decode("31f290f6bf06298aab4f08d43c3f082cf648a362da2da4b0");
        let key = key.unwrap_or_default();
        assert_eq!(secret_text(&key), "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw");
        let body = "{\"test\": 2432232314}";
        let sent = headers(&[key], "msg_p5jXN8AQM9LWM0D4loKWxJek", 1_614_265_330, body);
        let value = |wanted: &str| {
            let found = sent.iter().find(|(name, _)| *name == wanted);
            found.map(|(_, value)| value.as_str())
        };
        assert_eq!(value("webhook-id"), Some("msg_p5jXN8AQM9LWM0D4loKWxJek"));
        assert_eq!(value("webhook-timestamp"), Some("1614265330"));
        let standard = "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=";
        assert_eq!(value("webhook-signature"), Some(standard));
        let credyt =
            "t=1614265330,v0=2e37df5d4a028c51a7f3133d64ae1e300d2c2c900f1b1d49d4369ad2530f8964";
        assert_eq!(value("credyt-signature"), Some(credyt));
    }

    #[test]
    fn while_a_secret_is_rotated_both_sign_and_each_as_it_would_alone() {
        let value = |keys: &[Vec<u8>], wanted: &str| {
            let sent = headers(keys, "evt_1", 1, "{}");
            let found = sent.into_iter().find(|(name, _)| *name == wanted);
            found.map(|(_, value)| value).unwrap_or_default()
        };
        let [new, old] = [b"new".to_vec(), b"old".to_vec()];
        let of = |key: &Vec<u8>, name| value(std::slice::from_ref(key), name);
        let both = [new.clone(), old.clone()];
        let standard = "webhook-signature";
        let expected = format!("{} {}", of(&new, standard), of(&old, standard));
        assert_eq!(value(&both, standard), expected);
        let credyt = "credyt-signature";
        let expected = format!("{},{}", of(&new, credyt), &of(&old, credyt)["t=1,".len()..]);
        assert_eq!(value(&both, credyt), expected);
    }

    /// The rules of [`crate::wire::url`] and of ports, as they are asked when something is sent.
    #[test]
    fn a_webhook_goes_to_public_names_and_web_ports_only() {
        for good in [
            "https://example.com/hook",
            "https://example.com:443/",
            "https://example.com:8443/",
        ] {
            assert!(may_be_sent_to(good, false), "{good}");
        }
        for bad in [
            "http://example.com/",
            "https://example.com:22/",
            "https://example.com:80/",
            "https://example.com:444/",
            "https://example.com:8080/",
            "https://example.com:6443/",
            "https://127.0.0.1/",
            "https://2130706433/",
            "https://0x7f.1/",
            "https://[::1]/",
            "https://[::ffff:10.0.0.1]/",
            "https://169.254.169.254/latest/meta-data",
            "https://metadata.google.internal/",
            "https://localhost/",
            "https://printer.local/",
        ] {
            assert!(!may_be_sent_to(bad, false), "{bad}");
        }
        for local in ["http://127.0.0.1:3000/", "http://localhost:8080/"] {
            assert!(may_be_sent_to(local, true), "{local}");
        }
        assert!(!may_be_sent_to("file:///etc/passwd", true));
    }

    #[test]
    fn topics_are_plain_words() {
        for good in ["subscription.activated", "a", "Top_up-2.done"] {
            assert!(is_topic(good), "{good}");
        }
        let long = "x".repeat(MAX_TOPIC + 1);
        for bad in ["", "*", "a b", "a/b", "ä", &long] {
            assert!(!is_topic(bad), "{bad}");
        }
    }

    #[test]
    fn test_data_is_any_json_of_a_bearable_size() {
        for (body, expected) in [("", "{}"), (" \n", "{}"), (" 1.50 ", "1.50"), ("[]", "[]")] {
            assert_eq!(test_data(body), Ok(expected));
        }
        let long = format!("\"{}\"", "x".repeat(MAX_DATA));
        let code = |body: &str| test_data(body).err().map(|problem| problem.code);
        assert_eq!(code(&long), Some("body_too_large"));
        assert_eq!(code("{"), Some("malformed_body"));
        assert_eq!(code("{}{}"), Some("malformed_body"));
        assert_eq!(code(&"[".repeat(33)), Some("malformed_body"));
    }
}
