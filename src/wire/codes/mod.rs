//! Redeem codes: how they are written, what a request says of them, and the credit of one that was
//! redeemed.

mod redemption;
mod request;
mod text;

pub use redemption::{ConfirmedRedemption, redeemed};
pub use request::{
    CreditEnd, MAX_CODES, MAX_CREDIT_DAYS, MAX_REDEMPTIONS, NewCodes, read_code, read_typed,
};
pub use text::CodeText;
