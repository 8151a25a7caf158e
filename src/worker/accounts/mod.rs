//! Platform accounts: a platform creates accounts of its own, and acts for them with its own keys.
//!
//! | route | what |
//! |---|---|
//! | `POST /v1/accounts` | a new one, owned by the caller's side |
//! | `GET /v1/accounts`, `GET /v1/accounts/{id}` | those that the caller has made |
//! | `GET /v1/accounts/self` | the one that the call acts for |
//! | `GET`, `PUT /v1/accounts/self/budgets` | the budgets that its customers inherit |
//! | `GET`, `PUT /v1/accounts/self/branding` | how what its customers see looks |
//! | `GET`, `PATCH /v1/accounts/self/settings` | what that one has decided for its side |
//!
//! Tables: `platform_account`, with the unique index `platform_account_external_id`; `account_setting`,
//! which `keys` reads with a key and `payments` asks; `account_budgets`, which `customers` and `subscriptions` ask; `account_branding`. It reads `asset`. `keys` asks it
//! whom a key may act for, `payments` whether an account exists, `webhooks` whether one is the
//! caller's.

pub mod brand;
pub mod branding;
pub mod budgets;
pub mod handlers;
pub mod statements;
pub mod wire;
