//! Money that moves without usage: credit and debit by hand, what is taken back, and payments that a
//! processor has confirmed, and what becomes of them.

mod claim;
mod known;
mod payment;
mod refund;
mod taking_back;
mod transaction;

pub use claim::{Claimed, CreditedPayment, NewRefund, PlannedRefund, ToldClaim, claim};
pub use known::{KnownPayment, KnownPayments};
pub use payment::{ConfirmedPayment, Paid, credited};
pub use refund::ConfirmedRefund;
pub use taking_back::{
    Reversed, given_back, is_reversible, reversal, reversal_id, reversal_op, reverse, reversed,
    void, voided,
};
pub use transaction::{TakenFrom, Transaction, TransactionKind, adjustment, charge, transaction};
