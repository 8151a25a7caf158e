//! Who has which product.

pub mod handlers;
pub mod statements;
