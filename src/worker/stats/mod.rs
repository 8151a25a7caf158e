//! Revenue, costs and margins.

pub mod handlers;
pub mod statements;
