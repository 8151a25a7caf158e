//! What an entry left in the accounts that it touched.
//!
//! The law that every reply keeps: `balance = available + held + restricted`. `available` is below
//! zero where more was used than there was, or where a hold has pledged an overdraft.

use serde::Serialize;

use crate::engine::{AccountChange, AccountId, Amount, Entry};

/// What an account amounts to after an entry.
///
/// ```json
/// { "account": "default:USD", "asset": "USD", "balance": "9.94", "held": "0.02", "available": "9.92" }
/// ```
#[derive(Serialize)]
pub struct BalanceReply<'a> {
    /// `<name>:<asset>`; the name is `default` unless the account was given another.
    pub account: &'a AccountId,
    pub asset: &'a str,
    /// All that is there, less what is owed.
    pub balance: Amount,
    /// What open holds have put aside, pledges included.
    pub held: Amount,
    /// Free credit that only certain usage may draw on.
    // Absent means zero, so that the law above needs no field more where nothing is restricted.
    #[serde(skip_serializing_if = "Amount::is_zero_ref")]
    pub restricted: Amount,
    /// What any use may spend now.
    pub available: Amount,
}

/// Every account that the entry touched, in the entry's own order.
pub(crate) fn balances(entry: &Entry) -> Vec<BalanceReply<'_>> {
    // Only what the entry touched: other accounts may have changed since, and a replay must show
    // what the first answer showed.
    entry.changes.iter().map(balance).collect()
}

/// One account, from the entry alone: a replay shows what the first answer showed.
pub(crate) fn balance(change: &AccountChange) -> BalanceReply<'_> {
    let after = change.after();
    BalanceReply {
        account: &change.account,
        asset: &change.account.asset,
        balance: after.balance,
        held: after.held,
        restricted: after.restricted,
        available: after.available(),
    }
}
