//! Customers: who they are and by which names.

pub mod handlers;
pub mod statements;
pub mod wire;
