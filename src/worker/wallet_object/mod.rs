//! The wallet object: one writer per wallet, its storage, and what it tells the directory.

pub mod object;
pub mod shipment;
pub mod statements;
#[cfg(feature = "worker")]
pub mod store;
