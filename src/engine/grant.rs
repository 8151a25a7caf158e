//! A grant is a lot of credit with a life of its own. Every debit names the grants it drew on.

use serde::{Deserialize, Serialize};

use super::amount::Amount;
use super::scope::Scope;
use super::time::Instant;

/// The `seq` of the journal entry that opened the grant.
pub type GrantId = u64;

/// Grants of this priority neither hurry nor wait.
pub const DEFAULT_PRIORITY: u8 = 50;

/// Why the customer has this credit. The order is the order of consumption: promotions go first,
/// so that a refund never returns money we gave away.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Purpose {
    Promotion,
    Bundled,
    Paid,
}

/// The terms of a grant, fixed when it is made.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct Terms {
    /// Format 1, in the move that opens the grant; so are the others.
    pub purpose: Purpose,
    /// Lower goes first; [`DEFAULT_PRIORITY`] where nobody says.
    pub priority: u8,
    /// From when on it may be spent.
    pub effective_at: Instant,
    /// Never, when absent: nothing a customer bought vanishes by default.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub expires_at: Option<Instant>,
    /// What the credit may be spent on.
    /// Added with scopes: absent means everything. An older deployment passes it over, and would
    /// let the credit pay for everything.
    #[serde(default, skip_serializing_if = "Scope::is_everything")]
    pub scope: Scope,
}

/// A lot of credit. `free + reserved` is what is left of `original`.
///
/// ```text
/// original = free + reserved + what was captured, drawn, repaid with and lapsed - what was restored
/// 0 <= free, 0 <= reserved, free + reserved <= original
/// ```
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct Grant {
    /// In snapshots since the first, as all that is not marked.
    pub id: GrantId,
    /// Added later, and required: a snapshot without it is none, and the journal is folded anew.
    pub created_at: Instant,
    /// Fixed when it was made.
    pub terms: Terms,
    /// What it was opened with.
    pub original: Amount,
    /// What may be spent, once it is live.
    pub free: Amount,
    /// Held for open holds. It stays good until the hold ends, even past the grant's expiry.
    pub reserved: Amount,
    /// Where what was left of it has gone over.
    /// Added with rollovers that carry what comes back: absent means nowhere. An older deployment
    /// passes it over; see [`super::wallet::Wallet`].
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub rolled: Option<Rolled>,
    /// It was taken back.
    /// Added with voids: absent means that it was not. An older deployment passes it over, and gives
    /// what was held of it back to its holder.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub voided: Option<Voided>,
}

/// The grant of the next period, and how much may still go over into it.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct Rolled {
    pub into: GrantId,
    /// Without any bound, when absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub room: Option<Amount>,
}

/// By which entry it was taken back, and when.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct Voided {
    pub entry: u64,
    pub at: Instant,
}

impl Grant {
    /// Spendable at this moment. Expiry is judged here, by comparison: at its instant it is over.
    #[must_use]
    pub fn is_live(&self, at: Instant) -> bool {
        // Both ends by comparison and without a timer: an alarm that comes late must not let
        // expired credit be spent.
        self.terms.effective_at <= at && !self.is_expired(at)
    }

    /// As it is when it is made.
    #[must_use]
    pub const fn new(id: GrantId, created_at: Instant, terms: Terms, amount: Amount) -> Self {
        Self {
            id,
            created_at,
            terms,
            original: amount,
            free: amount,
            reserved: Amount::ZERO,
            rolled: None,
            voided: None,
        }
    }

    /// Over at its very instant, or taken back.
    #[must_use]
    pub fn is_expired(&self, at: Instant) -> bool {
        let expired = self.terms.expires_at.is_some_and(|expiry| expiry <= at);
        expired || self.voided.as_ref().is_some_and(|voided| voided.at <= at)
    }

    /// Only certain usage may draw on it.
    #[must_use]
    pub fn is_restricted(&self) -> bool {
        !self.terms.scope.is_everything()
    }

    /// It may pay for anything, and there is a time at which it may.
    #[must_use]
    pub fn covers(&self) -> bool {
        let starts = self.terms.effective_at;
        !self.is_restricted() && self.terms.expires_at.is_none_or(|ends| starts < ends)
    }

    /// Nothing is left, neither free nor reserved.
    #[must_use]
    pub fn is_spent(&self) -> bool {
        self.free.is_zero() && self.reserved.is_zero()
    }
}

/// The published order in which grants are consumed; total, because it ends in the journal's `seq`.
///
/// Priority (lower first), then the soonest expiry, then credit for certain usage before credit for
/// everything, then promotion before bundled before paid, then the earliest start, then the oldest
/// entry.
#[must_use]
pub fn consumption_order(grant: &Grant) -> (u8, Instant, bool, Purpose, Instant, GrantId) {
    let terms = &grant.terms;
    // A grant that never expires waits behind every grant that does.
    let expiry = terms.expires_at.unwrap_or(Instant::MAX);
    (
        terms.priority,
        expiry,
        // What fits here may fit nowhere else, and what is for everything fits anywhere.
        terms.scope.is_everything(),
        terms.purpose,
        terms.effective_at,
        grant.id,
    )
}
