//! What is made with the deployment's own key: seals and tokens.
//!
//! | secret | kept as | because |
//! |---|---|---|
//! | of somebody else, such as Stripe's signing secrets | sealed, by [`Keyring::seal`] | a signature is checked with the secret itself |
//! | of a link of ours | the hash of its token | the token derives again from the key and the row, by [`Keyring::tokens`] |
//!
//! So whoever reads the directory without the key can sign nothing and open no page.

use base64::Engine;
use base64::engine::general_purpose::STANDARD_NO_PAD;
use chacha20poly1305::aead::{Aead, KeyInit, Payload};
use chacha20poly1305::{XChaCha20Poly1305, XNonce};
use hmac::{Hmac, Mac};
use sha2::{Digest, Sha256};

use crate::wire::Problem;
use crate::wire::problem::Failure;

use super::config::Config;

/// A key that somebody has thought up is guessed, one of 32 characters by chance is not.
const KEY_CHARACTERS: usize = 32;

/// The key of a local server that has none of its own: everybody can read it here.
const LOCAL_KEY: &str = "local server: nothing here is secret";

/// The nonce of XChaCha20, in bytes.
const NONCE: usize = 24;

/// How a token or a key is stored. It has 256 bits by chance, so it needs no salt and no slow hash.
#[must_use]
pub fn hash(token: &str) -> String {
    hex::encode(Sha256::digest(token.as_bytes()))
}

/// The keys of a deployment: the first one makes what is new, all of them know what is there.
pub struct Keyring {
    keys: Vec<String>,
}

impl Keyring {
    /// The keys of `SECRETS_KEY`.
    ///
    /// # Errors
    /// `not_configured` where there is none, or one that could be guessed.
    pub fn of(config: &Config) -> Result<Self, Problem> {
        let listed = config.secrets_key.split(',').map(str::trim);
        let keys: Vec<&str> = listed.filter(|key| !key.is_empty()).collect();
        let keys = if keys.is_empty() && config.is_local() {
            vec![LOCAL_KEY]
        } else {
            keys
        };
        let long = |key: &&str| key.chars().count() >= KEY_CHARACTERS;
        if keys.is_empty() || !keys.iter().all(long) {
            let detail = format!(
                "This deployment keeps no secrets: set SECRETS_KEY to at least {KEY_CHARACTERS} random characters."
            );
            return Err(Failure::NotConfigured.because(detail));
        }
        let keys = keys.into_iter().map(str::to_owned).collect();
        Ok(Self { keys })
    }

    /// A secret as it is stored. `place` says what it is of: elsewhere it cannot be opened.
    ///
    /// The same secret of the same place is the same text, so that storing it again is seen.
    ///
    /// # Errors
    /// `internal_error` where it cannot be sealed.
    pub fn seal(&self, place: &str, secret: &str) -> Result<String, Problem> {
        let sealed = self.keys.first().and_then(|key| {
            // Derived from the secret, and so never used for two of them.
            let nonce = digest(key, &["nonce", place, secret])
                .get(..NONCE)?
                .to_vec();
            let text = cipher(key)?.encrypt(&nonce_of(&nonce)?, payload(secret.as_bytes(), place));
            Some(STANDARD_NO_PAD.encode([nonce, text.ok()?].concat()))
        });
        sealed.ok_or_else(|| Failure::Internal.because("The secret could not be sealed."))
    }

    /// The secret that was sealed for this place; nothing where no key of now has sealed it.
    #[must_use]
    pub fn open(&self, place: &str, sealed: &str) -> Option<String> {
        let bytes = STANDARD_NO_PAD.decode(sealed).ok()?;
        let (nonce, text) = bytes.split_at_checked(NONCE)?;
        let nonce = nonce_of(nonce)?;
        let open = |key: &String| cipher(key)?.decrypt(&nonce, payload(text, place)).ok();
        String::from_utf8(self.keys.iter().find_map(open)?).ok()
    }

    /// The token of a link, by each of the keys: the first one is that of a new link, and the one
    /// whose hash was stored is that of a link that there is.
    #[must_use]
    pub fn tokens(&self, parts: &[&str]) -> Vec<String> {
        let parts = [&["token"], parts].concat();
        let token = |key: &String| hex::encode(digest(key, &parts));
        self.keys.iter().map(token).collect()
    }
}

fn payload<'a>(msg: &'a [u8], place: &'a str) -> Payload<'a, 'a> {
    Payload {
        msg,
        aad: place.as_bytes(),
    }
}

fn nonce_of(bytes: &[u8]) -> Option<XNonce> {
    bytes.try_into().ok()
}

fn cipher(key: &str) -> Option<XChaCha20Poly1305> {
    XChaCha20Poly1305::new_from_slice(&digest(key, &["seal"])).ok()
}

/// A keyed digest. Each part goes in with its length, so that `("ab", "c")` and `("a", "bc")`
/// differ.
fn digest(key: &str, parts: &[&str]) -> Vec<u8> {
    // A key of any length will do for HMAC, so the default never shows.
    let Ok(mut mac) = <Hmac<Sha256> as hmac::KeyInit>::new_from_slice(key.as_bytes()) else {
        return Vec::new();
    };
    for part in parts {
        mac.update(&(part.len() as u64).to_be_bytes());
        mac.update(part.as_bytes());
    }
    mac.finalize().into_bytes().to_vec()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn keyring(keys: &str) -> Result<Keyring, Problem> {
        Keyring::of(&Config {
            secrets_key: keys.to_owned(),
            ..Config::default()
        })
    }

    const OLD: &str = "0123456789abcdef0123456789abcdef";
    const NEW: &str = "fedcba9876543210fedcba9876543210";

    #[test]
    fn a_seal_is_opened_where_it_was_made_and_nowhere_else() {
        let old = keyring(OLD).expect("a key");
        let sealed = old.seal("a", "whsec_1").expect("sealed");
        assert!(!sealed.contains("whsec"));
        assert_eq!(
            old.seal("a", "whsec_1"),
            Ok(sealed.clone()),
            "the same again"
        );
        assert_ne!(old.seal("b", "whsec_1"), Ok(sealed.clone()));
        assert_eq!(old.open("a", &sealed).as_deref(), Some("whsec_1"));
        assert_eq!(old.open("b", &sealed), None, "of another place");
        assert_eq!(keyring(NEW).expect("a key").open("a", &sealed), None);
        let both = keyring(&format!("{NEW}, {OLD}")).expect("keys");
        assert_eq!(both.open("a", &sealed).as_deref(), Some("whsec_1"));
        assert_ne!(
            both.seal("a", "whsec_1"),
            Ok(sealed.clone()),
            "by the new key"
        );
        for broken in ["", "x", &sealed[1..], &sealed.replace('A', "B"), "!!!!"] {
            let same = broken == sealed;
            assert_eq!(old.open("a", broken).is_some(), same, "{broken}");
        }
    }

    #[test]
    fn a_token_derives_from_the_key_and_all_that_it_is_of() {
        let [old, both] = [OLD, &format!("{NEW},{OLD}")].map(|keys| keyring(keys).expect("keys"));
        let token = old.tokens(&["top", "a"]);
        assert_eq!(token, old.tokens(&["top", "a"]));
        assert_eq!(token[0].len(), 64);
        assert_eq!(both.tokens(&["top", "a"])[1..], token);
        assert_ne!(token, old.tokens(&["to", "pa"]));
        assert_ne!(token, old.tokens(&["top", "b"]));
    }

    #[test]
    fn a_deployment_without_a_key_keeps_no_secrets() {
        for keys in ["", " , ", "short", &format!("{OLD},short")] {
            let problem = keyring(keys).err().expect("no keyring");
            assert_eq!(
                (problem.status, problem.code),
                (422, "not_configured"),
                "{keys}"
            );
        }
        let local = Config {
            environment: "local".to_owned(),
            ..Config::default()
        };
        assert!(Keyring::of(&local).is_ok());
    }
}
