//! Who takes payments: an account at Stripe, connected to one side of a platform account.
//!
//! | route | what |
//! |---|---|
//! | `/v1/accounts/self/processors/stripe` | the secret key and what top-ups are made with |
//!
//! | file | what it is |
//! |---|---|
//! | `connection` | a connection as it is stored, with its key opened |
//! | `client` | the one place that asks Stripe: tries again where that is safe |
//! | `customers` | our customer as Stripe knows it |
//! | `handlers`, `wire` | what keys may see and change |
//!
//! Tables: `stripe_connection`, `stripe_customer`. A key is sealed as it comes in and never shown again.

pub mod client;
pub mod connection;
pub mod customers;
pub mod handlers;
pub mod statements;
pub mod wire;
