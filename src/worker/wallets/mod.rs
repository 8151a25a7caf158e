//! A customer's wallet: balances, entries, credit and debit by hand, limits.

pub mod handlers;
pub mod limits;
