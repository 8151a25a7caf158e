//! What an invoice has paid for, found in the rows of its subscription.
//!
//! ```text
//! granted = what the plan gave for periods that begin in that of the invoice, without what went over from before
//! gone    = lapsed + voided + taken back by a change of product, and did not go over to the next grant
//! ```
//!
//! What had lapsed while the next invoice was awaited, and came again with it, is not gone.
//!
//! What a plan gives in addition after a change of product was asked for by another invoice, which has no period. So
//! a refund of either takes nothing of it.

use std::collections::BTreeMap;

use crate::engine::invoice::Span;
use crate::engine::loss::PaidGrant;
use crate::engine::subscription::Subscription;
use crate::engine::{AccountId, Amount, Entry, Fact, Grant, Instant, Move};

use super::storage::Journal;

/// By account and grant.
type Gone = BTreeMap<(AccountId, u64), Amount>;

/// The grants that an invoice has paid for, with its period.
///
/// # Errors
/// When the storage cannot answer.
pub fn paid_grants<J: Journal>(
    journal: &J,
    one: &Subscription,
    period: Span,
) -> Result<Vec<PaidGrant>, J::Failure> {
    let mut gone = Gone::new();
    // What came again, by account, of grants that had lapsed at that moment.
    let mut awaited: BTreeMap<(AccountId, Instant), Amount> = BTreeMap::new();
    for seq in &one.takings {
        let rows = journal.page(seq.saturating_add(1), 1)?;
        for row in rows.iter().filter(|row| row.entry.seq == *seq) {
            note_lapses(&mut gone, &row.entry, Amount::ZERO);
        }
    }
    let mut grants = Vec::new();
    for number in (1..=one.grants).rev() {
        let row = journal.find(&format!("ent:{}:{number}", one.id))?;
        // Nothing is given before its period begins, so all that is older is of periods before.
        let Some(entry) = row.map(|row| row.entry) else {
            break;
        };
        if entry.at < period.starts_at {
            break;
        }
        let Fact::EntitlementGranted {
            account,
            amount,
            carried,
            awaited: again,
            starts_at,
            extra,
            ..
        } = &entry.fact
        else {
            continue;
        };
        note_lapses(&mut gone, &entry, carried.folded_minus(*again));
        if again.is_positive() {
            let known = awaited.entry((account.clone(), *starts_at));
            let known = known.or_insert(Amount::ZERO);
            *known = known.folded_plus(*again);
        }
        if *extra || !period.has(*starts_at) {
            continue;
        }
        // Without what went over, since the invoice before has paid for that.
        for (account, lot) in entry.opened() {
            grants.push(PaidGrant {
                account,
                lot,
                granted: amount.folded_minus(*carried),
                gone: Amount::ZERO,
            });
        }
    }
    // After all rows are read, because what a grant has lost stands in rows that are later than its own.
    for one in &mut grants {
        one.gone = gone_in(journal, one, &gone, &mut awaited)?;
    }
    // The oldest first, as it was given.
    grants.reverse();
    Ok(grants)
}

/// What is gone of a grant, without what came again with the next one.
fn gone_in<J: Journal>(
    journal: &J,
    one: &PaidGrant,
    gone: &Gone,
    awaited: &mut BTreeMap<(AccountId, Instant), Amount>,
) -> Result<Amount, J::Failure> {
    let lapsed = gone.get(&(one.account.clone(), one.lot.id)).copied();
    let all = lapsed
        .unwrap_or_default()
        .folded_plus(gone_of(journal, &one.lot)?);
    let ends = one.lot.terms.expires_at.unwrap_or(Instant::MAX);
    let Some(left) = awaited.get_mut(&(one.account.clone(), ends)) else {
        return Ok(all);
    };
    let again = (*left).min(all);
    *left = left.folded_minus(again);
    Ok(all.folded_minus(again))
}

/// What of a grant has lapsed with its time, or was voided.
///
/// # Errors
/// When the storage cannot answer.
pub fn gone_of<J: Journal>(journal: &J, grant: &Grant) -> Result<Amount, J::Failure> {
    let fact = |op: String| Ok(journal.find(&op)?.map(|row| row.entry.fact));
    let lapsed = match fact(format!("grant:{}:expired", grant.id))? {
        Some(Fact::GrantExpired { amount, .. }) => amount,
        _ => Amount::ZERO,
    };
    let voided = match fact(format!("grant:{}:void", grant.id))? {
        Some(Fact::GrantVoided { amount, .. }) => amount,
        _ => Amount::ZERO,
    };
    Ok(lapsed.folded_plus(voided))
}

/// What lapses with an entry, but for what goes over.
fn note_lapses(gone: &mut Gone, entry: &Entry, carried: Amount) {
    let mut carried = carried;
    // From the first lapse on, because which of them went over changes no sum: all are of one period.
    for change in &entry.changes {
        for one in &change.moves {
            let Move::Lapse(draw) = one else {
                continue;
            };
            let over = carried.min(draw.amount);
            carried = carried.folded_minus(over);
            let known = gone.entry((change.account.clone(), draw.grant));
            let known = known.or_insert(Amount::ZERO);
            *known = known.folded_plus(draw.amount.folded_minus(over));
        }
    }
}
