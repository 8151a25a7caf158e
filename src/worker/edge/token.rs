//! What a customer's token is good for: one wallet, some routes, for a while.
//!
//! | scope | routes |
//! |---|---|
//! | `read` | what the wallet shows of itself, without what it cost the platform |
//! | `topup` | a top-up for the own wallet, and a code |
//! | `recharge` | the own rules of automatic recharge |
//! | `methods` | the own payment methods |
//! | `authorize` | `POST /v1/authorize` for the own wallet |
//!
//! A key never has one of these words, and a token never one of a key's: whatever a route is not said to be
//! for tokens, none of them reaches.

use serde::{Deserialize, Serialize};

use crate::engine::Amount;

/// A route that a customer's token may call, by the word that it needs.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Own {
    Read,
    TopUp,
    Recharge,
    Methods,
    Authorize,
}

impl Own {
    /// All of them, in the order in which replies list them.
    pub const ALL: [Self; 5] = [
        Self::Read,
        Self::TopUp,
        Self::Recharge,
        Self::Methods,
        Self::Authorize,
    ];

    /// As a token lists it.
    #[must_use]
    pub const fn word(self) -> &'static str {
        match self {
            Self::Read => "read",
            Self::TopUp => "topup",
            Self::Recharge => "recharge",
            Self::Methods => "methods",
            Self::Authorize => "authorize",
        }
    }
}

/// The most that the authorizations of one token may hold, all together. It travels to the wallet, which
/// counts: only there nothing comes between looking and writing.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct SpendCap {
    /// The id of the token, which stays the same when it is refreshed.
    pub token: String,
    pub asset: String,
    pub most: Amount,
}

/// A customer's token, as the directory knows it.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct TokenTerms {
    pub id: String,
    /// The one customer.
    pub customer: String,
    /// Words separated by commas.
    pub scopes: String,
    /// Separated by spaces.
    pub origins: String,
    pub cap: Option<SpendCap>,
    /// In microseconds since 1970.
    pub ends_at: i64,
}

impl TokenTerms {
    /// Whether it has a scope.
    #[must_use]
    pub fn allows(&self, own: Own) -> bool {
        // Word by word: a part of one must not do.
        self.scopes.split(',').any(|word| word == own.word())
    }

    /// Whether a page of this origin may use it.
    #[must_use]
    pub fn allows_origin(&self, origin: &str) -> bool {
        // Compared as a whole, because a part of an origin would be another one: `app.example.evil.example`.
        self.origins.split(' ').any(|one| one == origin)
    }

    /// The bytes of its texts.
    #[must_use]
    pub fn bytes(&self) -> usize {
        let cap = self.cap.as_ref();
        let cap = cap.map_or(0, |cap| cap.token.len() + cap.asset.len());
        self.id.len() + self.customer.len() + self.scopes.len() + self.origins.len() + cap
    }
}
