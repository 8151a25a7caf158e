//! Products, their versions, prices and entitlements; what usage would cost.
//!
//! | route | what |
//! |---|---|
//! | `POST`, `GET /v1/products` | a product with its first version; the list |
//! | `GET`, `POST`, `DELETE /v1/products/{id}` | one; its next version; its end |
//! | `GET`, `PATCH`, `DELETE /v1/products/{id}/{version}` | a version; `default` names the default one |
//! | `POST /v1/products/{id}/{version}/simulate-usage` | what usage would cost |
//!
//! Tables: `product`, `product_version`; it reads `subscription` to know what somebody has.
//! `subscriptions` and `customers` take offers from here and copy them into wallets.

pub mod handlers;
pub mod simulate;
pub mod statements;
