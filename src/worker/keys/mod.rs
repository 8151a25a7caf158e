//! API keys.

pub mod authentication;
pub mod handlers;
pub mod statements;
pub mod wire;
