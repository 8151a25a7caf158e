//! The Worker and its wallet objects. Each capability is a folder: its handlers, the statements of the
//! directory that it runs, and what else only it needs.
//!
//! ```text
//! entry ──▶ routes ──▶ a capability ──▶ edge        handlers are async and ask a `World`
//!   │                       │
//!   └──▶ wallet_object ◀────┘ (by a call)           synchronous: read, decide, write
//!              └──▶ journal ──▶ engine
//! ```
//!
//! Only `entry` and `wallet_object::store` touch the world (feature `worker`); everything else is plain
//! Rust that runs natively in the tests, on a world in memory.

pub mod accounts;
pub mod assets;
pub mod customers;
pub mod dispatch;
pub mod edge;
#[cfg(feature = "worker")]
pub mod entry;
pub mod events;
#[cfg(feature = "faults")]
pub mod faults;
pub mod keys;
pub mod meta;
pub mod payments;
pub mod portal;
pub mod products;
pub mod routes;
pub mod stats;
pub mod subscriptions;
pub mod top_ups;
pub mod usage;
pub mod vendors;
pub mod wallet_object;
pub mod wallets;
pub mod webhooks;
