//! Is this body really Stripe's, and is it fresh?
//!
//! Stripe signs every delivery: `Stripe-Signature: t=<unix seconds>,v1=<hex>[,v1=<hex>…][,v0=<hex>]`, where each
//! `v1` is the HMAC-SHA256, under one of the endpoint's secrets, of `<t>.<raw body>`. The rules here are those of
//! Stripe's own libraries, with two that are stricter: a stamp from the future is bounded like one from the past, and
//! an empty body is refused by name.

use hmac::{Hmac, KeyInit, Mac};
use sha2::Sha256;
use subtle::{Choice, ConstantTimeEq};

/// How far a stamp may be from our clock, in seconds and in both directions.
///
/// A retry is signed anew, so this never kills one. It does kill a capture that somebody replays later.
pub const TOLERANCE_SECONDS: i64 = 300;

/// Why a delivery was not believed. Every variant is a 400 that changes nothing.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SignatureError {
    /// The body has no bytes, so there is nothing that a signature could vouch for.
    EmptyBody,
    /// There is no `Stripe-Signature` header, or it is empty.
    MissingHeader,
    /// The header names no time, several times, or one that is not a number of seconds.
    MalformedHeader,
    /// The header carries no `v1`. Stripe's `v0` is a decoy on test events: accepting it would be a downgrade.
    NoV1Signature,
    /// Stamped more than [`TOLERANCE_SECONDS`] ago, whoever signed it.
    TooOld,
    /// Stamped more than [`TOLERANCE_SECONDS`] ahead of our clock, whoever signed it.
    InTheFuture,
    /// Not one configured secret could be used, so nothing can be believed.
    NoUsableSecret,
    /// No `v1` in the header matches the body under any configured secret.
    NoMatch,
}

impl SignatureError {
    /// The name of the error in replies and logs. It never changes.
    pub const fn code(self) -> &'static str {
        match self {
            Self::EmptyBody => "stripe_body_empty",
            Self::MissingHeader => "stripe_signature_missing",
            Self::MalformedHeader => "stripe_signature_malformed",
            Self::NoV1Signature => "stripe_signature_no_v1",
            Self::NoUsableSecret => "stripe_secret_missing",
            Self::NoMatch => "stripe_signature_mismatch",
            Self::TooOld => "stripe_signature_too_old",
            Self::InTheFuture => "stripe_signature_in_the_future",
        }
    }

    /// One sentence that says what to do. It reveals nothing about the expected signature.
    pub const fn detail(self) -> &'static str {
        match self {
            Self::EmptyBody => {
                "The request body is empty; send the event exactly as Stripe sent it."
            }
            Self::MissingHeader => {
                "The Stripe-Signature header is missing; forward it unchanged together with the body."
            }
            Self::MalformedHeader => {
                "The Stripe-Signature header must hold one `t=<unix seconds>`; forward it unchanged."
            }
            Self::NoV1Signature => {
                "The Stripe-Signature header holds no v1 signature; only v1 is accepted, never v0."
            }
            Self::NoUsableSecret => {
                "No webhook signing secret is configured; set the whsec_… secret of this endpoint."
            }
            Self::NoMatch => {
                "No v1 signature matches; check that the secret belongs to this endpoint and mode, and that the body arrives byte for byte as sent."
            }
            Self::TooOld => {
                "The signature is more than 300 seconds old; let Stripe send the event again instead of replaying a stored request."
            }
            Self::InTheFuture => {
                "The signature is stamped more than 300 seconds ahead; check the clock of this server and of the sender."
            }
        }
    }
}

/// Why a configured secret cannot be used. A deployment with one should refuse to start.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SecretError {
    /// An empty key would let anybody sign.
    Empty,
    /// A space or newline pasted along with the secret, which would make every genuine event fail.
    WhiteSpace,
}

impl SecretError {
    /// The name of the error in replies and logs.
    pub const fn code(self) -> &'static str {
        match self {
            Self::Empty => "stripe_secret_empty",
            Self::WhiteSpace => "stripe_secret_white_space",
        }
    }

    /// One sentence that says what to do.
    pub const fn detail(self) -> &'static str {
        match self {
            Self::Empty => {
                "The Stripe webhook secret is empty; set the whsec_… value that Stripe shows for the endpoint."
            }
            Self::WhiteSpace => {
                "The Stripe webhook secret contains white space; paste the whsec_… value alone."
            }
        }
    }
}

/// Refuses a signing secret that could not have come from Stripe.
///
/// # Errors
/// [`SecretError`] when it is empty or has white space anywhere in it.
pub fn check_secret(secret: &str) -> Result<(), SecretError> {
    if secret.trim().is_empty() {
        Err(SecretError::Empty)
    } else if secret.contains(char::is_whitespace) {
        Err(SecretError::WhiteSpace)
    } else {
        Ok(())
    }
}

/// Believes a delivery when any `v1` of `header` signs `body` under any of `secrets`, and its stamp is fresh at
/// `now_seconds`.
///
/// Several secrets are normal: a rolled one lives on for up to a day and signs beside its successor, and live, test
/// and command-line endpoints each have their own. A secret that [`check_secret`] refuses is passed over, because an
/// empty key would believe everybody. The age is judged before anything is computed: a stale delivery costs no
/// HMAC, whatever its size, and what it learns is a number that everybody can read here.
///
/// # Errors
/// The first [`SignatureError`] that applies, in the order of the enum.
pub fn verify(
    body: &[u8],
    header: Option<&str>,
    secrets: &[&str],
    now_seconds: i64,
) -> Result<(), SignatureError> {
    if body.is_empty() {
        return Err(SignatureError::EmptyBody);
    }
    let header = Header::read(header)?;
    header.check_age(now_seconds)?;
    if header.signs(body, secrets)? {
        Ok(())
    } else {
        Err(SignatureError::NoMatch)
    }
}

/// The parts of a `Stripe-Signature` header that count.
struct Header<'a> {
    /// The stamp as it was written, for these digits are what was signed.
    stamp: &'a str,
    /// The same, in seconds since 1970.
    stamped_at: i64,
    /// Every `v1`, in hexadecimal; there are several while a secret is being rolled.
    v1: Vec<&'a str>,
}

impl<'a> Header<'a> {
    /// Splits on commas and on the first `=` only, without trimming: Stripe writes no spaces, and its libraries accept
    /// none. Schemes we do not know are passed over, since Stripe may add some.
    fn read(header: Option<&'a str>) -> Result<Self, SignatureError> {
        let header = header
            .filter(|text| !text.is_empty())
            .ok_or(SignatureError::MissingHeader)?;
        let values = |scheme: &'static str| {
            header
                .split(',')
                .filter_map(|item| item.split_once('='))
                .filter(move |(name, _)| *name == scheme)
                .map(|(_, value)| value)
        };
        let mut stamps = values("t");
        // With two stamps nobody could say which one was signed, and an old body could carry a
        // fresh one beside its own.
        let (Some(stamp), None) = (stamps.next(), stamps.next()) else {
            return Err(SignatureError::MalformedHeader);
        };
        let stamped_at = unix_seconds(stamp).ok_or(SignatureError::MalformedHeader)?;
        let v1: Vec<&str> = values("v1").collect();
        if v1.is_empty() {
            return Err(SignatureError::NoV1Signature);
        }
        Ok(Self {
            stamp,
            stamped_at,
            v1,
        })
    }

    /// Compares every signature with every secret, whatever matched before, so that the time taken tells nothing.
    fn signs(&self, body: &[u8], secrets: &[&str]) -> Result<bool, SignatureError> {
        let expected: Vec<String> = secrets
            .iter()
            .filter(|secret| check_secret(secret).is_ok())
            .filter_map(|secret| self.expected_signature(body, secret))
            .collect();
        // Told apart from a signature that does not match, because only the operator can mend it.
        if expected.is_empty() {
            return Err(SignatureError::NoUsableSecret);
        }
        let mut matched = Choice::from(0);
        for signature in &expected {
            for candidate in &self.v1 {
                matched |= signature.as_bytes().ct_eq(candidate.as_bytes());
            }
        }
        Ok(matched.into())
    }

    /// The key is the whole `whsec_…` text, unlike Standard Webhooks, which decodes it. The hex is lower case; the
    /// comparison is of text, so an upper-case signature fails here as it does in Stripe's libraries.
    fn expected_signature(&self, body: &[u8], secret: &str) -> Option<String> {
        // The bytes as they came: JSON that is read and written again would have other spaces, and
        // match nothing.
        let mut mac = Hmac::<Sha256>::new_from_slice(secret.as_bytes()).ok()?;
        mac.update(self.stamp.as_bytes());
        mac.update(b".");
        mac.update(body);
        Some(hex::encode(mac.finalize().into_bytes()))
    }

    /// Whether the stamp is near our clock.
    ///
    /// # Errors
    /// [`SignatureError::TooOld`] or [`SignatureError::InTheFuture`], when it is more than
    /// [`TOLERANCE_SECONDS`] off.
    fn check_age(&self, now_seconds: i64) -> Result<(), SignatureError> {
        // Saturating, so that no stamp, however absurd, could wrap around and look fresh.
        let age = now_seconds.saturating_sub(self.stamped_at);
        if age > TOLERANCE_SECONDS {
            Err(SignatureError::TooOld)
        } else if age < TOLERANCE_SECONDS.saturating_neg() {
            Err(SignatureError::InTheFuture)
        } else {
            Ok(())
        }
    }
}

/// Digits only: `parse` alone would let a sign through.
fn unix_seconds(text: &str) -> Option<i64> {
    text.bytes()
        .all(|byte| byte.is_ascii_digit())
        .then(|| text.parse().ok())
        .flatten()
}

#[cfg(test)]
mod tests {
    use super::*;

    // These constants were made by `stripe` 23.1.0 for Node: `webhooks.generateTestHeaderString({payload, secret,
    // timestamp: 1760000000})`. Only `DECODED_KEY` was made by hand, to show what must not match.
    const STAMPED_AT: i64 = 1_760_000_000;
    const SECRET: &str = "whsec_test_secret";
    const SECOND_SECRET: &str = "whsec_second_secret";
    const BODY: &str = "{\n  \"id\": \"evt_1\",\n  \"object\": \"event\"\n}";
    const RESPACED: &str = r#"{"id":"evt_1","object":"event"}"#;
    const UTF8_BODY: &str = r#"{"id":"evt_2","name":"Zoë ☕"}"#;
    const SIGNED: &str = "c2f1d6e232e2131f6cc88d0fde50f02063c8eaee9a4cc5610d12cad1760218ac";
    const SIGNED_BY_SECOND: &str =
        "d427bcfb9ea90791d70e64846f10d0b39f92f16de05e63fe55148022298619d1";
    const SIGNED_UTF8: &str = "40616840a887fb3ccf69141f974821e26986b77b3b9df776daa03face716febf";
    const SIGNED_EMPTY: &str = "a64eb4636d8d793ee97436a151a536e2ea4bab6c36ea52be535a827f47e0aaa5";
    const DECODED_KEY: &str = "b71533fec2ede32c4b7ae8153a7a6cfad7ac833aa4476bf591f7fc4017321211";

    type Case = (
        &'static str,
        &'static str,
        String,
        &'static [&'static str],
        i64,
        Result<(), SignatureError>,
    );

    fn run(cases: &[Case]) {
        for (name, body, header, secrets, age, expected) in cases {
            let now = STAMPED_AT.saturating_add(*age);
            let answer = verify(body.as_bytes(), Some(header), secrets, now);
            assert_eq!(answer, *expected, "{name}");
        }
    }

    fn stamped(signatures: &str) -> String {
        format!("t={STAMPED_AT},{signatures}")
    }

    /// Stripe's Node and Python libraries agree on all of these but two: Python accepts the empty body, and both accept
    /// a stamp from the future.
    #[test]
    #[rustfmt::skip]
    fn the_twenty_signature_vectors() {
        use SignatureError as E;
        const ONE: &[&str] = &[SECRET];
        const TWO: &[&str] = &[SECOND_SECRET, SECRET];
        let v1 = stamped(&format!("v1={SIGNED}"));
        run(&[
            ("valid",                 BODY,      v1.clone(),                                                     ONE, 0,    Ok(())),
            ("age 300",               BODY,      v1.clone(),                                                     ONE, 300,  Ok(())),
            ("v1 and v0",             BODY,      stamped(&format!("v1={SIGNED},v0={SIGNED_UTF8}")),              ONE, 0,    Ok(())),
            ("second of two v1",      BODY,      stamped(&format!("v1={SIGNED_BY_SECOND},v1={SIGNED}")),         ONE, 0,    Ok(())),
            ("one v1 is garbage",     BODY,      stamped(&format!("v1=garbage,v1={SIGNED}")),                    ONE, 0,    Ok(())),
            ("either of two secrets", BODY,      v1.clone(),                                                     TWO, 0,    Ok(())),
            ("UTF-8 body",            UTF8_BODY, stamped(&format!("v1={SIGNED_UTF8}")),                          ONE, 0,    Ok(())),
            ("future stamp",          BODY,      v1.clone(),                                                     ONE, -301, Err(E::InTheFuture)),
            ("age 301",               BODY,      v1.clone(),                                                     ONE, 301,  Err(E::TooOld)),
            ("v0 only",               BODY,      stamped(&format!("v0={SIGNED}")),                               ONE, 0,    Err(E::NoV1Signature)),
            ("wrong secret",          BODY,      stamped(&format!("v1={SIGNED_BY_SECOND}")),                     ONE, 0,    Err(E::NoMatch)),
            ("re-spaced JSON",        RESPACED,  v1.clone(),                                                     ONE, 0,    Err(E::NoMatch)),
            ("no t",                  BODY,      format!("v1={SIGNED}"),                                         ONE, 0,    Err(E::MalformedHeader)),
            ("bad header",            BODY,      "bad_header".to_owned(),                                        ONE, 0,    Err(E::MalformedHeader)),
            ("empty header",          BODY,      String::new(),                                                  ONE, 0,    Err(E::MissingHeader)),
            ("changed t",             BODY,      format!("t=1760000001,v1={SIGNED}"),                            ONE, 0,    Err(E::NoMatch)),
            ("base64-decoded key",    BODY,      stamped(&format!("v1={DECODED_KEY}")),                          ONE, 0,    Err(E::NoMatch)),
            ("upper-case hex",        BODY,      stamped(&format!("v1={}", SIGNED.to_uppercase())),              ONE, 0,    Err(E::NoMatch)),
            ("space after the comma", BODY,      format!("t={STAMPED_AT}, v1={SIGNED}"),                         ONE, 0,    Err(E::NoV1Signature)),
            ("empty body",            "",        stamped(&format!("v1={SIGNED_EMPTY}")),                         ONE, 0,    Err(E::EmptyBody)),
        ]);
    }

    #[test]
    #[rustfmt::skip]
    fn the_edges_of_our_own_rules() {
        use SignatureError as E;
        const ONE: &[&str] = &[SECRET];
        let v1 = stamped(&format!("v1={SIGNED}"));
        run(&[
            ("300 seconds ahead",           BODY, v1.clone(),                                             ONE,             -300, Ok(())),
            ("signed by both live secrets", BODY, stamped(&format!("v1={SIGNED},v1={SIGNED_BY_SECOND}")), &[SECOND_SECRET], 0,   Ok(())),
            ("garbage after the match",     BODY, stamped(&format!("v1={SIGNED},v1=garbage")),            ONE,             0,    Ok(())),
            ("the older secret first",      BODY, v1.clone(),                                             &[SECRET, SECOND_SECRET], 0, Ok(())),
            ("t after v1",                  BODY, format!("v1={SIGNED},t={STAMPED_AT}"),                  ONE,             0,    Ok(())),
            ("a scheme of tomorrow",        BODY, stamped(&format!("v2=abc,v1={SIGNED}")),                ONE,             0,    Ok(())),
            ("two stamps",                  BODY, stamped(&format!("t=1,v1={SIGNED}")),                   ONE,             0,    Err(E::MalformedHeader)),
            ("signed stamp",                BODY, format!("t=-{STAMPED_AT},v1={SIGNED}"),                 ONE,             0,    Err(E::MalformedHeader)),
            ("fractional stamp",            BODY, format!("t=1.76e9,v1={SIGNED}"),                        ONE,             0,    Err(E::MalformedHeader)),
            ("empty stamp",                 BODY, format!("t=,v1={SIGNED}"),                              ONE,             0,    Err(E::MalformedHeader)),
            ("stamp beyond i64",            BODY, format!("t=99999999999999999999,v1={SIGNED}"),          ONE,             0,    Err(E::MalformedHeader)),
            ("empty v1",                    BODY, stamped("v1="),                                         ONE,             0,    Err(E::NoMatch)),
            ("stale forgery",               BODY, stamped("v1=00"),                                       ONE,             301,  Err(E::TooOld)),
            ("forgery of tomorrow",         BODY, stamped("v1=00"),                                       ONE,             -301, Err(E::InTheFuture)),
            ("fresh forgery",               BODY, stamped("v1=00"),                                       ONE,             300,  Err(E::NoMatch)),
            // With no secret there is nothing to compute, and the age is told all the same: it comes first.
            ("stale, no secret to ask",     BODY, v1.clone(),                                             &[],             301,  Err(E::TooOld)),
            ("no secret configured",        BODY, v1.clone(),                                             &[],             0,    Err(E::NoUsableSecret)),
            ("only an empty secret",        BODY, v1.clone(),                                             &[""],           0,    Err(E::NoUsableSecret)),
            ("empty secret beside a good",  BODY, v1.clone(),                                             &["", SECRET],   0,    Ok(())),
        ]);
        assert_eq!(verify(BODY.as_bytes(), None, ONE, STAMPED_AT), Err(E::MissingHeader));
        assert_eq!(verify(b"\xff\xfe", Some(&v1), ONE, STAMPED_AT), Err(E::NoMatch), "bytes need not be UTF-8");
        assert_eq!(verify(BODY.as_bytes(), Some(&v1), ONE, i64::MIN), Err(E::InTheFuture), "no overflow");
        assert_eq!(verify(BODY.as_bytes(), Some(&v1), ONE, i64::MAX), Err(E::TooOld), "no overflow");
    }

    #[test]
    fn a_secret_must_be_one_word() {
        let cases = [
            ("whsec_abc", Ok(())),
            ("", Err(SecretError::Empty)),
            (" \n", Err(SecretError::Empty)),
            ("whsec_abc\n", Err(SecretError::WhiteSpace)),
            (" whsec_abc", Err(SecretError::WhiteSpace)),
            ("whsec_a bc", Err(SecretError::WhiteSpace)),
        ];
        for (secret, expected) in cases {
            assert_eq!(check_secret(secret), expected, "{secret:?}");
        }
    }
}
