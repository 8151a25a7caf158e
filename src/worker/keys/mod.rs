//! API keys.
//!
//! | route | what |
//! |---|---|
//! | `POST /v1/keys` | a new one, shown this once |
//! | `GET /v1/keys` | those that are not revoked |
//! | `POST /v1/keys/{id}/rotate` | a new one in place of an old one |
//! | `DELETE /v1/keys/{id}` | revoked |
//!
//! Table: `api_key`, with the unique index `api_key_id`; it reads `platform_account` for whom a
//! key may act. Every route with a key comes through `authentication`.

pub mod authentication;
pub mod handlers;
pub mod statements;
pub mod wire;
