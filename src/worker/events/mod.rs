//! Usage events across customers, as the wallets have told.

pub mod handlers;
pub mod statements;
