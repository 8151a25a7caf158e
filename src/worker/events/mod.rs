//! Usage events across customers, as the wallets have told.
//!
//! | route | what |
//! |---|---|
//! | `GET /v1/events` | a list with filters |
//! | `GET /v1/events/{event}` | in `usage`, which asks here whose it is |
//!
//! Table: `usage`, written by the wallets' shipments. `stats` sums the same rows.

pub mod handlers;
pub mod statements;
