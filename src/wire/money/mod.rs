//! Money that moves without usage: credit and debit by hand, and payments that a processor has
//! confirmed.

mod payment;
mod transaction;

pub use payment::{ConfirmedPayment, credited};
pub use transaction::{Transaction, TransactionKind, adjustment, charge, transaction};
