//! Vendors, whose costs usage causes.
//!
//! | route | what |
//! |---|---|
//! | `POST /v1/vendors` | a new one |
//! | `GET /v1/vendors`, `GET /v1/vendors/{id}` | those that there are |
//!
//! Table: `vendor`, with the unique index `vendor_external_id`. `stats` reads it. Usage may name a
//! vendor that does not exist: a cost is a fact, and is recorded.

pub mod handlers;
pub mod statements;
pub mod wire;
