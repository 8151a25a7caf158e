//! Customers: who they are and by which names.
//!
//! | route | what |
//! |---|---|
//! | `POST /v1/customers` | a customer and its wallet |
//! | `GET /v1/customers`, `GET /v1/customers/{id}` | who they are; the one also with its subscriptions |
//! | `PATCH /v1/customers/{id}` | name, e-mail, metadata, external id |
//!
//! Table: `customer`, with the unique indexes `customer_external_id` and `customer_pay_token`. It
//! is read by `payments`, `portal`, `stats`, `subscriptions`, `top_ups`, `events`, and by every
//! call that names an external id whose customer has moved.
//!
//! A customer is a row here and a wallet there, and no transaction is over both. The row comes
//! first: without it the wallet could be found by nobody.

pub mod handlers;
pub mod statements;
pub mod wire;
