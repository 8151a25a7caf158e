//! Money arrives: Stripe's signed events.
//!
//! | route | what |
//! |---|---|
//! | `POST /stripe/webhook` | an event, with its signature and no key |
//! | `GET /v1/unmatched-payments` | what could not be credited |
//!
//! Tables: `payment` says which wallet a payment fills, `unmatched_payment` is what people look
//! at. It reads `customer` and `asset`. Nobody else reads its tables.

pub mod handlers;
pub mod statements;
