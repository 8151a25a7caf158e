//! The Worker and its wallet objects. Only `exports` and `store` touch the world, and only through
//! what the shell hands them; everything else is plain functions that run natively in the tests.
//!
//! ```text
//! shell.ts ──▶ edge ──▶ routes ──▶ handlers ──▶ directory      (questions, answered by the shell)
//!     │
//!     └──────▶ wallet_object ──▶ journal ──▶ engine
//!                    └─────────▶ store                         (SQL of the object, synchronous)
//! ```
//!
//! The shell (TypeScript) owns everything that waits: HTTP, D1, the stubs of objects, alarms. Rust
//! is called with text and answers with text, synchronously, so a trap is an exception at the call
//! and never a caller who hangs.

pub mod auth;
pub mod call;
pub mod directory;
pub mod edge;
#[cfg(feature = "worker")]
pub mod exports;
#[cfg(feature = "faults")]
pub mod faults;
pub mod handlers;
pub mod routes;
pub mod row;
pub mod shipment;
#[cfg(feature = "worker")]
pub mod store;
pub mod wallet_object;
