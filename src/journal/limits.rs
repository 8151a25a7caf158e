//! How many bytes anything of a wallet may have. Counts are limited where things are counted; this is the
//! other half, asked of every command before its rows are written.
//!
//! | what | at most | set by |
//! |---|---|---|
//! | a row | [`MAX_ROW`] | a value of SQLite: 2 MB |
//! | the rows of one call | [`MAX_CALL`] | the memory of an isolate: 128 MB for all its wallets |
//! | the wallet as JSON | [`MAX_WALLET`] | likewise: a wake reads it into memory |
//! | grants that one hold draws on | [`MAX_DRAWS`] | the row that ends it, which nobody can refuse |
//!
//! A wallet that is full goes on recording what happened, and money comes in. What would make it larger by
//! choice waits: holds, subscriptions, budgets, credit by hand.

use crate::engine::command::CreditSource;
use crate::engine::recharge::Step;
use crate::engine::{Entry, Fact, Refusal, Wallet, apply};

use super::chain::Row;
use super::snapshot;
use super::storage::Weight;

/// The largest entry, in bytes.
///
/// ```text
/// 1,800,000 of the entry + 2 * 1,100 of its ids + 64 of its hash < 2,000,000        a row of SQLite
/// ```
pub const MAX_ROW: usize = 1_800_000;

/// The most bytes of entries that one call writes.
///
/// A thousand events in the largest request have some 2.5 MB.
pub const MAX_CALL: usize = 8 * 1_024 * 1_024;

/// The most bytes of a wallet as JSON, by which it may still be made larger.
///
/// 10,000 holds, 10,000 grants and 10,000 values of budgets have some 6 MB. In memory it is three times as
/// much, and a wake needs the text beside it: see `tests/suite/weights.rs`, which measures that.
pub const MAX_WALLET: usize = 8 * 1_024 * 1_024;

/// Bytes of rows after which a wallet that may be full is weighed anew: until then what it would have at most
/// stands for what it has.
pub const MEASURE_EVERY: usize = 64 * 1_024;

/// Grants that a hold draws on, all accounts together.
///
/// ```text
/// its end: 10,000 * ( {"release":{"grant":…,"amount":"…"}} + {"lapse":…} of 80 bytes at most ) = 1.6 MB < MAX_ROW
/// ```
pub const MAX_DRAWS: usize = 10_000;

/// Accounts of one wallet.
pub const MAX_ACCOUNTS: usize = 1_000;

/// Whether the rows of one command fit: its own is the last, and time has made those before it. Answers what
/// the wallet weighs with them.
///
/// `weight` is of the wallet before, with what the call has decided so far.
///
/// # Errors
/// The limit that would be passed.
pub fn check(weight: Weight, wallet: &Wallet, rows: &[Row]) -> Result<Weight, Refusal> {
    let after = weight.plus(rows);
    let Some(own) = rows.last() else {
        return Ok(after);
    };
    let bytes = own.text.len();
    if bytes > MAX_ROW {
        let most = MAX_ROW;
        return Err(Refusal::TooLarge { bytes, most });
    }
    let entry = &own.entry;
    if entry.fact.reserves() {
        let grants = draws(wallet, entry);
        if grants > MAX_DRAWS {
            return Err(Refusal::TooManyGrantsHeld { grants });
        }
    }
    // What time does has no request, and nobody can refuse it: a plan that was planned begins.
    let chosen = !entry.request.is_empty() && is_chosen(&entry.fact);
    // A charge names its account, so it can name another one.
    if chosen || matches!(entry.fact, Fact::Debited { .. }) {
        let known = wallet.accounts.len();
        let made = entry.changes.iter().filter(|one| one.precision.is_some());
        let made = made.count();
        if made > 0 && known.saturating_add(made) > MAX_ACCOUNTS {
            return Err(Refusal::TooManyAccounts { accounts: known });
        }
    }
    if !chosen || after.most() <= MAX_WALLET {
        return Ok(after);
    }
    let after = measured(after, wallet, rows);
    let (bytes, most) = (after.most(), MAX_WALLET);
    if bytes > most {
        return Err(Refusal::WalletFull { bytes, most });
    }
    Ok(after)
}

/// The same, weighed anew where enough was written since that the estimate may be far off: what fell due in
/// years asleep is many rows, of which the wallet keeps little, and nobody must be told that it is full then.
fn measured(after: Weight, wallet: &Wallet, rows: &[Row]) -> Weight {
    // Otherwise each call to a wallet that is full would write all of it down.
    if after.since < MEASURE_EVERY {
        return after;
    }
    let mut then = wallet.clone();
    for row in rows {
        apply(&mut then, &row.entry);
    }
    Weight {
        saved: snapshot::text(&then).len(),
        since: 0,
    }
}

/// Whether the rows of one call fit together.
///
/// # Errors
/// `too_large`.
pub const fn check_call(rows: Weight) -> Result<(), Refusal> {
    let bytes = rows.since;
    let most = MAX_CALL;
    if bytes > most {
        return Err(Refusal::TooLarge { bytes, most });
    }
    Ok(())
}

/// Draws of the hold that an entry makes or extends, as if no grant were drawn on twice.
fn draws(wallet: &Wallet, entry: &Entry) -> usize {
    let known = entry.fact.hold().and_then(|hold| wallet.holds.get(&hold));
    let before = known.into_iter().flat_map(|hold| &hold.reservations);
    let before = before.map(|one| one.draws.len());
    let new = entry.changes.iter().map(|change| change.moves.len());
    before.chain(new).fold(0, usize::saturating_add)
}

/// Whether the fact makes the wallet larger, where somebody chose to. Usage, payments, codes that were
/// counted and what time does have happened, so they are written into a wallet that is full.
const fn is_chosen(fact: &Fact) -> bool {
    match fact {
        Fact::Subscribed { .. }
        | Fact::ProductChanged { .. }
        | Fact::ProductChangePlanned { .. }
        | Fact::HoldAuthorized { .. }
        | Fact::HoldExtended { .. }
        | Fact::OverdraftSet { .. }
        | Fact::BudgetSet { .. }
        | Fact::PresetsChanged { .. }
        | Fact::Recharge {
            step: Step::Set(_), ..
        }
        | Fact::Credited {
            source: CreditSource::Adjustment { .. },
            ..
        } => true,
        Fact::WalletOpened { .. }
        | Fact::SubscriptionChanged { .. }
        | Fact::SubscriptionRenewed { .. }
        | Fact::SubscriptionLapsed { .. }
        | Fact::SubscriptionEnded { .. }
        | Fact::InvoicePaid { .. }
        | Fact::MinimumCharged { .. }
        | Fact::ProductEnded { .. }
        | Fact::EntitlementGranted { .. }
        | Fact::ExternalIdChanged(_)
        | Fact::Credited { .. }
        | Fact::HoldCaptured { .. }
        | Fact::HoldReleased { .. }
        | Fact::HoldExpired { .. }
        | Fact::UsageRecorded { .. }
        | Fact::Debited { .. }
        | Fact::SettingsChanged { .. }
        | Fact::CreditApplied { .. }
        | Fact::GrantExpired { .. }
        | Fact::GrantVoided { .. }
        | Fact::Reversed { .. }
        | Fact::UsagePriced { .. }
        | Fact::TaxExcluded { .. }
        | Fact::BudgetRemoved { .. }
        | Fact::PaymentLoss(_)
        | Fact::FreezeChanged(_)
        | Fact::Recharge { .. } => false,
    }
}
