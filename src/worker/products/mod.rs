//! Products, their versions, prices and entitlements; what usage would cost.

pub mod handlers;
pub mod simulate;
pub mod statements;
