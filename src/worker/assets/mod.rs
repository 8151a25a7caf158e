//! Assets, their exchange rates, and what others need to know of them.

pub mod handlers;
pub mod precision;
pub mod statements;
pub mod units;
