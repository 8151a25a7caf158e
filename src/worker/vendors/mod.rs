//! Vendors, whose costs usage causes.

pub mod handlers;
pub mod statements;
pub mod wire;
