//! Who has which product.
//!
//! | route | what |
//! |---|---|
//! | `POST /v1/customers/{id}/subscriptions` | one more |
//! | `PATCH …/subscriptions/{subscription}` | cancel, resume and the like |
//! | `PATCH …/subscriptions/{subscription}/products/{product}` | another product or version |
//! | `GET /v1/products/{id}/subscribers` | who has a product |
//!
//! | file | what it is |
//! |---|---|
//! | `handlers` | what callers see and change |
//! | `changes` | the same, of one that invoices of Stripe pay for |
//! | `plan` | what is asked of Stripe, where its invoices pay for a subscription |
//! | `row` | such a subscription as the directory has it |
//! | `told` | what Stripe tells of one |
//!
//! Table: `stripe_plan`, what Stripe calls which subscription. Table: `subscription`, written by the wallets' shipments and by nobody here. It is also read by
//! `customers`, which counts active ones, and by `products`, which keeps what somebody has.

pub mod changes;
pub mod handlers;
pub mod plan;
pub mod row;
pub mod statements;
pub mod told;
