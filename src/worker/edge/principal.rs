//! Who a call acts for, and what its key may do.
//!
//! ```text
//! key ──▶ platform account + side (live | test) ──▶ everything that the call can see
//!  └────▶ scopes ──▶ which routes
//!
//! customer's token ──▶ the same, of one customer alone
//! ```
//!
//! Rows of the directory and names of wallets have the account and the side in them. For callers
//! with a key the two come from here and from nowhere else: that is what keeps tenants apart.

use std::ops::Deref;

use crate::engine::OnUnpriced;
use crate::wire::problem::Failure;
use crate::wire::{Problem, ids};
use crate::worker::edge::config::Config;
use crate::worker::edge::key_cache::Digest;
use crate::worker::edge::token::{Own, TokenTerms};
use crate::worker::keys::wire::SCOPES;

/// The platform account of the local key, and of payments that name no account.
///
/// It needs no row: an installation with a single platform never makes accounts.
pub const DEFAULT_ACCOUNT: &str = "acc_default";

/// The side, live or test, of a platform account on whose behalf a call acts.
#[derive(Clone, PartialEq, Eq, Debug)]
#[expect(
    clippy::manual_non_exhaustive,
    reason = "the attribute would keep other crates from making one, and not the rest of this one"
)]
pub struct Principal {
    /// `acc_…`, the tenant.
    pub account_id: String,
    /// `live` or `test`. Nothing of one side can be seen from the other.
    pub mode: String,
    /// Not to be named elsewhere, so that [`Principal::of`] is the only way to one.
    checked: (),
}

impl Principal {
    /// A side of an account, as long as this server has such a side.
    ///
    /// # Errors
    /// As [`Config::check_side`].
    pub fn of(config: &Config, account_id: String, mode: String) -> Result<Self, Problem> {
        config.check_side(&mode)?;
        Ok(Self {
            account_id,
            mode,
            checked: (),
        })
    }

    /// The name of a customer's wallet. Only the server builds it, never from a request's body.
    ///
    /// `<account>/<side>/<customer>`; the object's id is derived from it, and the object checks
    /// that it is its own.
    #[must_use]
    pub fn wallet(&self, customer: &str) -> String {
        ids::wallet_name(&self.account_id, &self.mode, customer)
    }

    /// That an id may be one of this side. What is no id of ours may be anything.
    ///
    /// # Errors
    /// `wrong_side` for one that says that it is of the other side.
    pub fn check_side(&self, id: &str) -> Result<(), Problem> {
        let Some(side) = ids::side_of(id).filter(|side| *side != self.mode) else {
            return Ok(());
        };
        // Known by the id itself, so nobody learns by it whether there is such a thing.
        let detail = format!(
            "{id} belongs to the {side} side, and this API key to the {} side. Use a key of the {side} \
             side, or an id of the {} side.",
            self.mode, self.mode
        );
        Err(Failure::WrongSide.because(detail))
    }
}

/// Who is calling: a principal, and the scopes of the key.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Caller {
    /// On whose behalf: the key's own account, or one that it has made.
    pub who: Principal,
    /// Of the key, whomever it acts for.
    pub scopes: Scopes,
    /// The setting of the account that it acts for: whether work is admitted that no price knows.
    pub on_unpriced: OnUnpriced,
    /// The key itself, for writes that check it once more.
    pub key: CallingKey,
    /// Where it is a customer's token and no key: what that is good for.
    pub token: Option<TokenTerms>,
}

impl Caller {
    /// That a customer is the caller's to ask about: a token has one customer, a key all of its side.
    ///
    /// # Errors
    /// `forbidden` for a token of another customer; said before anything is looked up, so that nobody
    /// learns by it who exists.
    pub fn check_customer(&self, customer: &str) -> Result<(), Problem> {
        match &self.token {
            Some(token) if token.customer != customer => {
                let detail = "This token is for one customer, and the call names another one. Use a token of \
                              that customer.";
                Err(Failure::Forbidden.because(detail))
            }
            _ => Ok(()),
        }
    }
}

/// The key of a call, as a statement of the directory can check it.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct CallingKey {
    /// SHA-256 of the key; none for the local key, which is in no table and cannot be revoked.
    pub digest: Option<Digest>,
    /// Microseconds since 1970: the moment of the call, at which it must not have ended.
    pub at: i64,
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
    /// As `Read`, and open to a customer's token with this scope, for its own wallet.
    ReadOr(Own),
    /// As `Write`, likewise.
    WriteOr(Own),
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
            Self::Read | Self::ReadOr(_) => Some("read"),
            Self::Write | Self::WriteOr(_) => Some("write"),
            Self::Admin => Some("admin"),
            Self::Open => None,
        }
    }

    /// What a customer's token must be good for; none where no token may call at all.
    #[must_use]
    pub const fn own(self) -> Option<Own> {
        match self {
            Self::ReadOr(own) | Self::WriteOr(own) => Some(own),
            Self::Read | Self::Write | Self::Admin | Self::Open => None,
        }
    }
}

/// What a key may do: the words that it lists, or everything where it lists none.
///
/// Text and not a list, because it is asked once per call, and a key that lists nothing then costs
/// nothing.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct Scopes(Option<String>);

impl Scopes {
    /// As they are stored: words separated by commas.
    #[must_use]
    pub const fn stored(text: Option<String>) -> Self {
        Self(text)
    }

    /// The words as replies show them; all of them for a key that lists none.
    #[must_use]
    pub fn words(&self) -> Vec<&str> {
        match &self.0 {
            Some(text) => text.split(',').collect(),
            None => SCOPES.to_vec(),
        }
    }

    /// Whether a route that needs this word may be called.
    #[must_use]
    pub fn allow(&self, scope: &str) -> bool {
        match &self.0 {
            // Word by word: a part of one must not do, and `write` does not include `read`.
            Some(text) => text.split(',').any(|one| one == scope),
            None => true,
        }
    }

    /// Whether everything that the others allow is allowed here.
    ///
    /// So that a key that makes another one never hands on more than it has.
    #[must_use]
    pub fn include(&self, others: &Self) -> bool {
        others.words().iter().all(|scope| self.allow(scope))
    }
}
