//! Is this body really the processor's, and is it fresh? By the rules of Standard Webhooks.
//!
//! ```text
//! webhook-id: msg_1     webhook-timestamp: 1790000000     webhook-signature: v1,<base64> v1,<base64>
//! signed: <id>.<timestamp>.<body>, by HMAC-SHA256 under the bytes that the secret stands for
//! ```

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use hmac::{Hmac, KeyInit, Mac};
use sha2::Sha256;

use crate::wire::ids::MAX_ID;

/// How far a stamp may be from our clock, in seconds and in both directions.
pub const TOLERANCE_SECONDS: i64 = 300;

/// Most signatures of one delivery that are looked at: a sender who rolls its secret signs twice.
const MAX_SIGNATURES: usize = 10;

/// How a secret is written, before its base 64.
const PREFIX: &str = "whsec_";

/// The headers of a delivery, as they came.
#[derive(Clone, Copy, Debug)]
pub struct Delivery<'a> {
    pub id: &'a str,
    seconds: i64,
    signatures: &'a str,
}

impl<'a> Delivery<'a> {
    /// The headers, if they can be right. The age is judged before anything is computed or looked up.
    ///
    /// # Errors
    /// What is wrong, in a sentence.
    pub fn of(headers: [Option<&'a str>; 3], now_seconds: i64) -> Result<Self, &'static str> {
        let [Some(id), Some(stamp), Some(signatures)] = headers else {
            return Err("Send the headers webhook-id, webhook-timestamp and webhook-signature.");
        };
        if id.chars().count() > MAX_ID {
            return Err("The webhook-id has more than 255 characters.");
        }
        let Some(seconds) = stamp.parse().ok().filter(|seconds: &i64| *seconds >= 0) else {
            return Err("The webhook-timestamp must be in whole seconds since 1970.");
        };
        if seconds.abs_diff(now_seconds) > TOLERANCE_SECONDS.unsigned_abs() {
            return Err(
                "The webhook-timestamp is more than 300 seconds away from now. Sign it anew, or check the \
                 clock of the sender.",
            );
        }
        Ok(Self {
            id,
            seconds,
            signatures,
        })
    }

    /// Whether one of these secrets has signed this body.
    #[must_use]
    pub fn is_signed(&self, body: &str, secrets: &[String]) -> bool {
        // Other versions of the scheme stand beside `v1`, and are passed over: to accept them would be a
        // downgrade.
        let decoded = self.signatures.split(' ').take(MAX_SIGNATURES);
        let decoded: Vec<Vec<u8>> = decoded
            .filter_map(|one| STANDARD.decode(one.strip_prefix("v1,")?).ok())
            .collect();
        let keys = secrets.iter().filter_map(|secret| key_of(secret));
        let mut macs = keys.filter_map(|key| {
            let mut mac = Hmac::<Sha256>::new_from_slice(&key).ok()?;
            mac.update(format!("{}.{}.", self.id, self.seconds).as_bytes());
            mac.update(body.as_bytes());
            Some(mac)
        });
        // Compared in constant time.
        macs.any(|mac| {
            let mut signatures = decoded.iter();
            signatures.any(|one| mac.clone().verify_slice(one).is_ok())
        })
    }
}

/// The bytes of a secret; nothing for what is none, or could be guessed.
#[must_use]
pub fn key_of(secret: &str) -> Option<Vec<u8>> {
    // Fewer bytes could be tried one after the other, so they are no secret.
    let key = STANDARD.decode(secret.strip_prefix(PREFIX)?).ok()?;
    (16..=128).contains(&key.len()).then_some(key)
}

/// A secret of these bytes.
#[must_use]
pub fn secret_of(key: &[u8]) -> String {
    format!("{PREFIX}{}", STANDARD.encode(key))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The vector of the standard's own libraries.
    const SECRET: &str = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw";
    const BODY: &str = "{\"test\": 2432232314}";
    const SIGNATURE: &str = "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=";
    const NOW: i64 = 1_614_265_330;

    fn headers(signature: &str) -> [Option<&str>; 3] {
        [
            Some("msg_p5jXN8AQM9LWM0D4loKWxJek"),
            Some("1614265330"),
            Some(signature),
        ]
    }

    fn is_signed(signature: &str, body: &str, secrets: &[&str]) -> bool {
        let secrets: Vec<String> = secrets.iter().map(|one| (*one).to_owned()).collect();
        let delivery = Delivery::of(headers(signature), NOW).expect("headers");
        delivery.is_signed(body, &secrets)
    }

    #[test]
    fn what_the_standard_signs_is_believed_and_nothing_else() {
        let other = "whsec_C2FVsBQIhrscChlQIMV+b5sSYspob7oD";
        assert!(is_signed(SIGNATURE, BODY, &[SECRET]));
        assert!(is_signed(SIGNATURE, BODY, &[other, SECRET]));
        assert!(is_signed(&format!("v1,AAAA {SIGNATURE}"), BODY, &[SECRET]));
        assert!(!is_signed(SIGNATURE, BODY, &[other]));
        assert!(!is_signed(SIGNATURE, BODY, &[]));
        assert!(!is_signed(SIGNATURE, "{\"test\": 2432232315}", &[SECRET]));
        for wrong in [
            "",
            "v1,",
            "v1,!",
            &SIGNATURE[3..],
            &SIGNATURE.replace("v1", "v1a"),
        ] {
            assert!(!is_signed(wrong, BODY, &[SECRET]), "{wrong}");
        }
        let many = format!("{}{SIGNATURE}", "v1,AAAA ".repeat(10));
        assert!(!is_signed(&many, BODY, &[SECRET]), "too many to be honest");
        let mut forged = headers(SIGNATURE);
        forged[0] = Some("msg_2");
        let forged = Delivery::of(forged, NOW).expect("headers");
        assert!(
            !forged.is_signed(BODY, &[SECRET.to_owned()]),
            "the id is signed"
        );
    }

    #[test]
    fn headers_that_cannot_be_right_are_told_before_anything_is_computed() {
        assert!(Delivery::of(headers(SIGNATURE), NOW + 300).is_ok());
        assert!(Delivery::of(headers(SIGNATURE), NOW - 300).is_ok());
        for now in [NOW + 301, NOW - 301, 0, i64::MAX, i64::MIN] {
            assert!(Delivery::of(headers(SIGNATURE), now).is_err(), "{now}");
        }
        for missing in 0..3 {
            let mut headers = headers(SIGNATURE);
            headers[missing] = None;
            assert!(Delivery::of(headers, NOW).is_err());
        }
        for stamp in ["", "x", "-1", "1614265330.5", "99999999999999999999"] {
            let mut headers = headers(SIGNATURE);
            headers[1] = Some(stamp);
            assert!(Delivery::of(headers, NOW).is_err(), "{stamp}");
        }
    }

    #[test]
    fn a_secret_is_base_64_of_enough_bytes() {
        let key = key_of(SECRET).expect("a key");
        assert_eq!(secret_of(&key), SECRET);
        for wrong in [
            "",
            "whsec_",
            "whsec_AAAA",
            &SECRET[6..],
            "whsec_!",
            "sk_test",
        ] {
            assert_eq!(key_of(wrong), None, "{wrong}");
        }
    }
}
