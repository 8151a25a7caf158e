//! Platform accounts: a platform creates accounts of its own, and acts for them with its own keys.

pub mod handlers;
pub mod statements;
pub mod wire;
