//! Who a call acts for, and what its key may do.

use std::ops::Deref;

use crate::wire::ids;
use crate::worker::keys::wire::SCOPES;

/// The platform account of the local key, and of payments that name no account.
pub const DEFAULT_ACCOUNT: &str = "acc_default";

/// The side, live or test, of a platform account on whose behalf a call acts.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Principal {
    pub account_id: String,
    pub mode: String,
}

impl Principal {
    /// The name of a customer's wallet. Only the server builds it, never from a request's body.
    #[must_use]
    pub fn wallet(&self, customer: &str) -> String {
        ids::wallet_name(&self.account_id, &self.mode, customer)
    }
}

/// Who is calling: a principal, and the scopes of the key.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Caller {
    pub who: Principal,
    pub scopes: Scopes,
}

impl Deref for Caller {
    type Target = Principal;

    fn deref(&self) -> &Principal {
        &self.who
    }
}

/// What a route needs of the key that calls it.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Scope {
    /// Looks at things and changes none.
    Read,
    /// Changes what belongs to customers and the catalogue.
    Write,
    /// Makes keys, accounts and webhook destinations, by which everything else can be done.
    Admin,
    /// Needs no key: probes, pages with a token in their address, events with a signature.
    Open,
}

impl Scope {
    /// The word for it in a key's list; none where no key is needed.
    #[must_use]
    pub const fn word(self) -> Option<&'static str> {
        match self {
            Self::Read => Some("read"),
            Self::Write => Some("write"),
            Self::Admin => Some("admin"),
            Self::Open => None,
        }
    }
}

/// What a key may do: the words that it lists, or everything where it lists none.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct Scopes(Option<String>);

impl Scopes {
    /// As they are stored: words separated by commas.
    #[must_use]
    pub const fn stored(text: Option<String>) -> Self {
        Self(text)
    }

    #[must_use]
    pub fn words(&self) -> Vec<&str> {
        match &self.0 {
            Some(text) => text.split(',').collect(),
            None => SCOPES.to_vec(),
        }
    }

    #[must_use]
    pub fn allow(&self, scope: &str) -> bool {
        match &self.0 {
            Some(text) => text.split(',').any(|one| one == scope),
            None => true,
        }
    }

    /// Whether everything that the others allow is allowed here.
    #[must_use]
    pub fn include(&self, others: &Self) -> bool {
        others.words().iter().all(|scope| self.allow(scope))
    }
}
