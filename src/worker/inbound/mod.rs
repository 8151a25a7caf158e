//! What any payment processor tells, signed as [Standard Webhooks](https://www.standardwebhooks.com) are.
//!
//! | route | what |
//! |---|---|
//! | `/v1/inbound-endpoints` | endpoints, whose secrets say on which side and for whom a payment is |
//! | `POST /inbound/{endpoint}` | a payment or a refund, with its signature and no key |
//!
//! | file | what it is |
//! |---|---|
//! | `endpoints` | what keys may see and change |
//! | `handlers` | from a delivery to what becomes of it |
//! | `signature` | who has signed it |
//!
//! Table: `inbound_endpoint`. Payments are named, credited and kept by `payments`. Nobody else reads its
//! table.

pub mod endpoints;
pub mod handlers;
pub mod signature;
pub mod statements;
pub mod wire;
