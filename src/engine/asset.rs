//! What a wallet can hold: an asset and the account that keeps it.

use std::fmt;

use serde::{Deserialize, Serialize};

use super::amount::{Amount, MAX_PLACES};

/// The account that is used when a request names none.
pub const DEFAULT_ACCOUNT: &str = "default";

/// Longest asset code and longest account name, in characters.
pub const MAX_CODE: usize = 32;

/// An asset as a wallet knows it: `USD`, `GPU_HOURS`, `credits`.
///
/// The precision is the number of decimal places that a fee is rounded to and that an amount of
/// this asset may have.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct Asset {
    pub code: String,
    pub precision: u32,
}

impl Asset {
    /// # Errors
    /// A sentence fragment that names the broken rule.
    pub fn new(code: &str, precision: u32) -> Result<Self, &'static str> {
        // Codes stand in ids, URLs and operation names, so nothing may be in them that would need
        // escaping.
        if !is_code(code) {
            return Err("must be 1 to 32 letters, digits, `_` or `-`");
        }
        if precision > MAX_PLACES {
            return Err("must be a precision from 0 to 12");
        }
        Ok(Self {
            code: code.to_owned(),
            precision,
        })
    }

    /// Whether the amount can be written with this asset's decimal places.
    #[must_use]
    pub fn can_express(&self, amount: Amount) -> bool {
        amount.places() <= self.precision
    }
}

/// Whether a text can name an asset or an account.
#[must_use]
pub fn is_code(text: &str) -> bool {
    let plain = |byte: u8| byte.is_ascii_alphanumeric() || byte == b'_' || byte == b'-';
    !text.is_empty() && text.len() <= MAX_CODE && text.bytes().all(plain)
}

/// One asset in one account of a wallet; written `default:USD`.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Debug, Hash)]
pub struct AccountId {
    pub name: String,
    pub asset: String,
}

impl AccountId {
    /// Not checked: names come from requests, which were, or from rows.
    #[must_use]
    pub fn new(name: &str, asset: &str) -> Self {
        Self {
            name: name.to_owned(),
            asset: asset.to_owned(),
        }
    }

    /// The account that fees and payments in this asset use.
    #[must_use]
    pub fn default_for(asset: &str) -> Self {
        Self::new(DEFAULT_ACCOUNT, asset)
    }

    /// Reads `name:asset`.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        let (name, asset) = text.split_once(':')?;
        (is_code(name) && is_code(asset)).then(|| Self::new(name, asset))
    }
}

impl fmt::Display for AccountId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}:{}", self.name, self.asset)
    }
}

impl Serialize for AccountId {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for AccountId {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = std::borrow::Cow::<'de, str>::deserialize(deserializer)?;
        Self::parse(&text).ok_or_else(|| serde::de::Error::custom("an account is name:asset"))
    }
}
