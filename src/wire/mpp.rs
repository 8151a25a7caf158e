//! Payments by machines over HTTP 402, as the Machine Payments Protocol writes them: a challenge, the
//! credential that answers it, the receipt.
//!
//! ```text
//! 402  WWW-Authenticate: Payment id="…", realm="…", method="stripe", intent="charge", request="…", …
//!      Authorization: Payment <base64url of { challenge, payload: { spt } }>
//! 201  Payment-Receipt: <base64url of { method, reference, status, timestamp }>
//! ```
//!
//! The id is an HMAC over everything else in the challenge, so none has to be stored: what comes back
//! changed, or was made by somebody else, has another one.

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use hmac::{Hmac, KeyInit, Mac};
use serde::{Deserialize, Serialize};
use sha2::Sha256;

use crate::engine::Instant;

use super::reply::json;
use super::time;

/// The one method and intent that are offered: a one-time charge of a Shared Payment Token.
const METHOD: &str = "stripe";
const INTENT: &str = "charge";

/// Longest credential that is looked at, in bytes.
const MAX_CREDENTIAL: usize = 16_384;

/// What is to be paid, in the order in which the canonical form has its fields.
#[derive(Clone, PartialEq, Eq, Debug, Serialize)]
#[serde(rename_all = "camelCase")]
struct Charge<'a> {
    /// In the smallest units of the currency.
    amount: &'a str,
    /// In small letters.
    currency: &'a str,
    method_details: MethodDetails<'a>,
}

#[derive(Clone, PartialEq, Eq, Debug, Serialize)]
#[serde(rename_all = "camelCase")]
struct MethodDetails<'a> {
    network_id: &'a str,
    payment_method_types: [&'static str; 1],
}

/// Which top-up a challenge is for; clients hand it back as it is.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
struct Opaque {
    top_up: String,
}

/// A challenge as it is sent, and as it comes back.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct Challenge {
    #[serde(default)]
    id: String,
    realm: String,
    method: String,
    intent: String,
    request: String,
    #[serde(default)]
    expires: String,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    digest: Option<String>,
    #[serde(default)]
    opaque: String,
}

/// What a challenge asks for.
#[derive(Clone, Copy, Debug)]
pub struct Due<'a> {
    pub top_up: &'a str,
    /// In the smallest units of the currency.
    pub minor_units: &'a str,
    pub currency: &'a str,
    /// Of the account that is paid, for which a token is made.
    pub network_id: &'a str,
    pub expires: Instant,
}

fn base64url(text: &str) -> String {
    URL_SAFE_NO_PAD.encode(text)
}

impl Challenge {
    /// The challenge for a top-up, bound by this key.
    #[must_use]
    pub fn new(realm: &str, due: Due<'_>, key: &str) -> Self {
        let currency = due.currency.to_ascii_lowercase();
        let request = json(&Charge {
            amount: due.minor_units,
            currency: &currency,
            method_details: MethodDetails {
                network_id: due.network_id,
                payment_method_types: ["card"],
            },
        });
        let opaque = Opaque {
            top_up: due.top_up.to_owned(),
        };
        let mut challenge = Self {
            id: String::new(),
            realm: realm.to_owned(),
            method: METHOD.to_owned(),
            intent: INTENT.to_owned(),
            request: base64url(&request),
            expires: time::format(due.expires),
            digest: None,
            opaque: base64url(&json(&opaque)),
        };
        if let Some(mac) = challenge.mac(key) {
            challenge.id = URL_SAFE_NO_PAD.encode(mac.finalize().into_bytes());
        }
        challenge
    }

    /// Over all slots, in their order; one that is absent is empty.
    fn mac(&self, key: &str) -> Option<Hmac<Sha256>> {
        let slots = [
            self.realm.as_str(),
            &self.method,
            &self.intent,
            &self.request,
            &self.expires,
            self.digest.as_deref().unwrap_or_default(),
            &self.opaque,
        ];
        let mut mac = Hmac::<Sha256>::new_from_slice(key.as_bytes()).ok()?;
        // No slot can hold the separator, since they are base 64, a host and a moment; so two challenges never
        // join to the same text.
        mac.update(slots.join("|").as_bytes());
        Some(mac)
    }

    /// The header that asks for the payment.
    #[must_use]
    pub fn header(&self) -> String {
        // Nothing of it has quotes: ids and base 64, a host, a moment.
        format!(
            "Payment id=\"{}\", realm=\"{}\", method=\"{}\", intent=\"{}\", request=\"{}\", expires=\"{}\", \
             opaque=\"{}\"",
            self.id, self.realm, self.method, self.intent, self.request, self.expires, self.opaque
        )
    }

    /// Whether one of these keys has bound it, and nothing of it was changed.
    #[must_use]
    pub fn is_bound(&self, keys: &[String]) -> bool {
        // The caller hands the whole challenge back, so nothing of it may be believed before its binding is right.
        let Ok(id) = URL_SAFE_NO_PAD.decode(&self.id) else {
            return false;
        };
        // Compared in constant time.
        let bound = |key: &String| {
            self.mac(key)
                .is_some_and(|mac| mac.verify_slice(&id).is_ok())
        };
        keys.iter().any(bound)
    }

    /// The top-up that it is for.
    #[must_use]
    pub fn top_up(&self) -> Option<String> {
        let text = URL_SAFE_NO_PAD.decode(&self.opaque).ok()?;
        let opaque: Opaque = serde_json::from_slice(&text).ok()?;
        Some(opaque.top_up)
    }

    /// Whether it is over. What has no end cannot be told from an old one, and is over as well.
    #[must_use]
    pub fn is_over(&self, now: Instant) -> bool {
        time::parse(&self.expires).is_none_or(|end| end <= now)
    }
}

/// What answers a challenge.
#[derive(Clone, PartialEq, Eq, Debug, Deserialize)]
pub struct Credential {
    pub challenge: Challenge,
    payload: Payload,
}

#[derive(Clone, PartialEq, Eq, Debug, Deserialize)]
struct Payload {
    spt: String,
}

impl Credential {
    /// What stands behind `Payment ` in the header; nothing where it is none.
    #[must_use]
    pub fn read(encoded: &str) -> Option<Self> {
        // Looked at before it is decoded, because anybody can send this header.
        if encoded.len() > MAX_CREDENTIAL {
            return None;
        }
        let text = URL_SAFE_NO_PAD.decode(encoded.trim_end_matches('=')).ok()?;
        serde_json::from_slice(&text).ok()
    }

    /// The Shared Payment Token.
    #[must_use]
    pub fn token(&self) -> &str {
        &self.payload.spt
    }
}

#[derive(Serialize)]
struct Receipt<'a> {
    method: &'static str,
    reference: &'a str,
    status: &'static str,
    timestamp: String,
}

/// The header that says that a payment was made.
#[must_use]
pub fn receipt(reference: &str, at: Instant) -> String {
    base64url(&json(&Receipt {
        method: METHOD,
        reference,
        status: "success",
        timestamp: time::format(at),
    }))
}

#[cfg(test)]
mod tests {
    use super::*;

    const KEY: &str = "0123456789abcdef";

    fn challenge() -> Challenge {
        let due = Due {
            top_up: "top_1",
            minor_units: "2000",
            currency: "USD",
            network_id: "acc_default",
            expires: Instant::from_micros(1_790_000_000_000_000),
        };
        Challenge::new("wallets.example", due, KEY)
    }

    /// What npm mppx 0.11.0 makes of the same challenge, by the same key.
    const HEADER: &str = "Payment id=\"PJEJT_v2EmbBhU6Vw1vRDiavyv-XYxuU9qoh2J-a0KM\", \
        realm=\"wallets.example\", method=\"stripe\", intent=\"charge\", \
        request=\"eyJhbW91bnQiOiIyMDAwIiwiY3VycmVuY3kiOiJ1c2QiLCJtZXRob2REZXRhaWxzIjp7Im5ldHdvcmtJZCI6ImFjY19k\
        ZWZhdWx0IiwicGF5bWVudE1ldGhvZFR5cGVzIjpbImNhcmQiXX19\", expires=\"2026-09-21T14:13:20Z\", \
        opaque=\"eyJ0b3BfdXAiOiJ0b3BfMSJ9\"";

    /// Its credential for that challenge.
    const CREDENTIAL: &str = "eyJjaGFsbGVuZ2UiOnsiZXhwaXJlcyI6IjIwMjYtMDktMjFUMTQ6MTM6MjBaIiwiaWQiOiJQSkVKVF92\
        MkVtYkJoVTZWdzF2UkRpYXZ5di1YWXh1VTlxb2gySi1hMEtNIiwiaW50ZW50IjoiY2hhcmdlIiwibWV0aG9kIjoic3RyaXBlIiwicmVh\
        bG0iOiJ3YWxsZXRzLmV4YW1wbGUiLCJvcGFxdWUiOiJleUowYjNCZmRYQWlPaUowYjNCZk1TSjkiLCJyZXF1ZXN0IjoiZXlKaGJXOTFi\
        blFpT2lJeU1EQXdJaXdpWTNWeWNtVnVZM2tpT2lKMWMyUWlMQ0p0WlhSb2IyUkVaWFJoYVd4eklqcDdJbTVsZEhkdmNtdEpaQ0k2SW1G\
        alkxOWtaV1poZFd4MElpd2ljR0Y1YldWdWRFMWxkR2h2WkZSNWNHVnpJanBiSW1OaGNtUWlYWDE5In0sInBheWxvYWQiOnsic3B0Ijoi\
        c3B0XzEifX0";

    /// That of the Rust crate mpp 0.18.2, which verifies the header and reads the receipt as well. It is no
    /// dependency of the tests, because it would change the order of fields in all JSON that they build.
    const CREDENTIAL_OF_THE_CRATE: &str = "eyJjaGFsbGVuZ2UiOnsiaWQiOiJQSkVKVF92MkVtYkJoVTZWdzF2UkRpYXZ5di\
        1YWXh1VTlxb2gySi1hMEtNIiwicmVhbG0iOiJ3YWxsZXRzLmV4YW1wbGUiLCJtZXRob2QiOiJzdHJpcGUiLCJpbnRlbnQiOiJjaGFyZ2Ui\
        LCJyZXF1ZXN0IjoiZXlKaGJXOTFiblFpT2lJeU1EQXdJaXdpWTNWeWNtVnVZM2tpT2lKMWMyUWlMQ0p0WlhSb2IyUkVaWFJoYVd4eklqcD\
        dJbTVsZEhkdmNtdEpaQ0k2SW1GalkxOWtaV1poZFd4MElpd2ljR0Y1YldWdWRFMWxkR2h2WkZSNWNHVnpJanBiSW1OaGNtUWlYWDE5Iiwi\
        ZXhwaXJlcyI6IjIwMjYtMDktMjFUMTQ6MTM6MjBaIiwib3BhcXVlIjoiZXlKMGIzQmZkWEFpT2lKMGIzQmZNU0o5In0sInBheWxvYWQiOn\
        sic3B0Ijoic3B0XzEifX0";

    const RECEIPT: &str = "eyJtZXRob2QiOiJzdHJpcGUiLCJyZWZlcmVuY2UiOiJ0b3BfMSIsInN0YXR1cyI6InN1Y2Nlc3MiLCJ0aW1l\
        c3RhbXAiOiIyMDI2LTA5LTIxVDE0OjEzOjIwWiJ9";

    #[test]
    fn it_is_written_as_the_protocols_own_libraries_write_it() {
        assert_eq!(challenge().header(), HEADER);
        for credential in [CREDENTIAL, CREDENTIAL_OF_THE_CRATE] {
            let read = Credential::read(credential).expect("a credential");
            assert_eq!((&read.challenge, read.token()), (&challenge(), "spt_1"));
            assert!(read.challenge.is_bound(&[KEY.to_owned()]));
        }
        let at = Instant::from_micros(1_790_000_000_000_000);
        assert_eq!(receipt("top_1", at), RECEIPT);
    }

    #[test]
    fn a_challenge_that_was_changed_is_bound_no_more() {
        let keys = ["other".to_owned(), KEY.to_owned()];
        assert!(challenge().is_bound(&keys));
        assert!(!challenge().is_bound(&keys[..1]));
        for change in [
            |one: &mut Challenge| one.realm.push('x'),
            |one: &mut Challenge| one.request = base64url("{\"amount\":\"1\"}"),
            |one: &mut Challenge| one.expires = "2999-01-01T00:00:00Z".to_owned(),
            |one: &mut Challenge| one.opaque = base64url("{\"top_up\":\"top_2\"}"),
            |one: &mut Challenge| one.digest = Some("sha-256=x".to_owned()),
            |one: &mut Challenge| one.id.clear(),
            |one: &mut Challenge| one.id = "!".to_owned(),
        ] {
            let mut changed = challenge();
            change(&mut changed);
            assert!(!changed.is_bound(&keys), "{changed:?}");
        }
    }

    #[test]
    fn a_credential_hands_back_what_was_asked() {
        let text = format!(
            "{{\"challenge\":{},\"payload\":{{\"spt\":\"spt_1\"}},\"source\":\"x\"}}",
            json(&challenge())
        );
        let read = Credential::read(&base64url(&text)).expect("a credential");
        assert_eq!((read.token(), &read.challenge), ("spt_1", &challenge()));
        assert_eq!(read.challenge.top_up().as_deref(), Some("top_1"));
        for wrong in ["", "!", &base64url("{}"), &"A".repeat(20_000)] {
            assert_eq!(Credential::read(wrong), None);
        }
    }

    #[test]
    fn it_ends_when_it_says() {
        let at = |micros: i64| Instant::from_micros(1_790_000_000_000_000 + micros);
        assert!(!challenge().is_over(at(-1)));
        assert!(challenge().is_over(at(0)));
    }
}
