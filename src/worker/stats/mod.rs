//! Revenue, costs and margins.
//!
//! | route | sums of |
//! |---|---|
//! | `GET /v1/customers/stats` | everybody, and each customer of a page |
//! | `GET /v1/customers/{id}/stats` | one customer, exact at once |
//! | `GET /v1/vendors/{id}/stats` | one vendor's costs, by category |
//!
//! Tables: it reads `usage`, `customer` and `vendor`, and writes nothing. Nobody depends on it.

pub mod handlers;
pub mod statements;
