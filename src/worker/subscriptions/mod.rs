//! Who has which product.
//!
//! | route | what |
//! |---|---|
//! | `POST /v1/customers/{id}/subscriptions` | one more |
//! | `PATCH …/subscriptions/{subscription}` | cancel, resume and the like |
//! | `PATCH …/subscriptions/{subscription}/products/{product}` | another product or version |
//! | `GET /v1/products/{id}/subscribers` | who has a product |
//!
//! Table: `subscription`, written by the wallets' shipments and by nobody here. It is also read by
//! `customers`, which counts active ones, and by `products`, which keeps what somebody has.

pub mod handlers;
pub mod statements;
