//! The grants of an account: lots of credit, each with its own life.

use serde::{Deserialize, Serialize};

use crate::engine::scope::Scope;
use crate::engine::{AccountId, Amount, Grant, Instant, Purpose, Wallet};
use crate::wire::paging::{Page, Within};
use crate::wire::reply::json;
use crate::wire::{ids, time};

/// ```json
/// { "id": "grant_…", "available": "5", "held": "0", "original": "20", "purpose": "paid",
///   "priority": 50, "effective_at": "…", "expires_at": null, "created_at": "…" }
/// ```
#[derive(Serialize)]
struct GrantReply {
    id: String,
    /// Left and not reserved.
    available: Amount,
    /// Reserved by open holds.
    held: Amount,
    /// As much as it once was.
    original: Amount,
    /// `paid`, `bundled` or `promotion`.
    purpose: Purpose,
    /// 0 to 255, lower ones are spent first.
    priority: u8,
    /// The only usage that may draw on it.
    #[serde(skip_serializing_if = "Option::is_none")]
    restricted_to: Option<Scope>,
    effective_at: String,
    expires_at: Option<String>,
    created_at: String,
    /// The journal entry that took it back, and when.
    #[serde(skip_serializing_if = "Option::is_none")]
    voided: Option<VoidedReply>,
}

#[derive(Serialize)]
struct VoidedReply {
    entry: u64,
    at: String,
}

/// Which grants a list shows. It travels from the edge to the wallet.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
pub struct GrantFilter {
    pub purpose: Option<Purpose>,
    /// Leaves out those that have ended by now.
    pub exclude_expired: bool,
    /// Those whose `effective_at` lies in this span.
    pub effective_from: Option<Instant>,
    pub effective_before: Option<Instant>,
    /// Credit that never expires is in no span of expiries.
    pub expired_from: Option<Instant>,
    pub expired_before: Option<Instant>,
    /// How many to skip.
    pub offset: usize,
    /// How many to show at most.
    pub limit: usize,
}

/// `GET …/wallet/{account}/grants`: those with something left in consumption order, then the spent
/// ones, newest first. `created_at` tells when the entry of a grant was written. `None` where the
/// wallet has no such account.
#[must_use]
pub fn grants(
    wallet: &Wallet,
    id: &AccountId,
    at: Instant,
    filter: &GrantFilter,
) -> Option<String> {
    let account = wallet.accounts.get(id)?;
    let spent = wallet.spent_of(id).rev();
    let effective = Within {
        from: filter.effective_from,
        before: filter.effective_before,
    };
    let expired = Within {
        from: filter.expired_from,
        before: filter.expired_before,
    };
    let shown = |grant: &&Grant| {
        let purpose = filter
            .purpose
            .is_none_or(|purpose| purpose == grant.terms.purpose);
        let effective = effective.has(grant.terms.effective_at);
        let expiry = grant.terms.expires_at;
        let expired = expired.is_open() || expiry.is_some_and(|at| expired.has(at));
        purpose && effective && expired && !(filter.exclude_expired && grant.is_expired(at))
    };
    // Counted before it is cut, because the total is of the whole list.
    let all: Vec<&Grant> = account.grants.iter().chain(spent).filter(shown).collect();
    let page = all.iter().skip(filter.offset).take(filter.limit);
    Some(json(&Page {
        items: page
            .map(|grant| grant_reply(&wallet.customer, grant))
            .collect(),
        total_count: all.len(),
        limit: filter.limit,
        offset: filter.offset,
    }))
}

fn grant_reply(customer: &str, grant: &Grant) -> GrantReply {
    GrantReply {
        id: ids::of_wallet("grant", customer, grant.id),
        available: grant.free,
        held: grant.reserved,
        original: grant.original,
        purpose: grant.terms.purpose,
        priority: grant.terms.priority,
        restricted_to: grant.is_restricted().then(|| grant.terms.scope.clone()),
        effective_at: time::format(grant.terms.effective_at),
        expires_at: grant.terms.expires_at.map(time::format),
        created_at: time::format(grant.created_at),
        voided: grant.voided.as_ref().map(|voided| VoidedReply {
            entry: voided.entry,
            at: time::format(voided.at),
        }),
    }
}
