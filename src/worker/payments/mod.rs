//! Money arrives: Stripe's signed events.

pub mod handlers;
pub mod statements;
