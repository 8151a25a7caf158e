//! Webhook destinations, and test events that are sent there.

pub mod handlers;
pub mod statements;
pub mod wire;
