//! Redeem codes: credit that a platform gives away to whoever brings a code.
//!
//! | route | what |
//! |---|---|
//! | `POST /v1/codes` | makes one, or a batch, and shows them |
//! | `GET /v1/codes`, `GET /v1/codes/{id}` | what they give, and how often they were redeemed |
//! | `DELETE /v1/codes/{id}` | nobody redeems it any more |
//! | `POST /v1/customers/{id}/codes/preview` | what a code would give |
//! | `POST /v1/customers/{id}/codes/redeem` | gives it, once to each customer |
//!
//! | file | what it is |
//! |---|---|
//! | `code` | a row of the directory |
//! | `handlers` | what keys may see and change |
//! | `redeeming` | from a code that somebody types to the credit; the customer's page asks it as well |
//!
//! Tables: `code`, with the unique index `code_hash`, and `code_redemption`. It reads `customer` and
//! `asset`. Nobody else reads its tables.

pub mod code;
pub mod handlers;
pub mod redeeming;
pub mod statements;
