//! Money arrives: Stripe's signed events.
//!
//! | route | what |
//! |---|---|
//! | `POST /stripe/webhook`, `…/{endpoint}` | an event, with its signature and no key |
//! | `/v1/stripe/endpoints` | endpoints, whose secrets say on which side and for whom an event is |
//! | `/v1/unmatched-payments` | what could not be credited, and what somebody does about it |
//!
//! | file | what it is |
//! |---|---|
//! | `handlers` | from a delivery to what becomes of it |
//! | `crediting` | one payment into one wallet, whoever says which |
//! | `claims` | what is told of payments later: refunds, disputes, warnings |
//! | `endpoints`, `unmatched` | what keys may see and change |
//!
//! Tables: `stripe_endpoint` and `stripe_secret`; `payment` says whose wallet a payment fills,
//! `payment_claim` what was told of it later, `unmatched_payment` is what people look at. It reads `customer` and `asset`.
//! `inbound` has payments of other processors named, credited and kept here. Nobody else reads its tables.

mod claims;
pub mod crediting;
pub mod endpoints;
pub mod handlers;
pub mod statements;
pub mod unmatched;
pub mod wire;
