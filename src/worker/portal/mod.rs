//! The customer's own page and the link to it.

pub mod handlers;
pub mod page;
pub mod statements;
pub mod wire;
