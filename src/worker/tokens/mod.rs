//! Tokens of customers: what a page or an app of the platform calls with, in the customer's own browser.
//!
//! | route | what |
//! |---|---|
//! | `POST /v1/customers/{id}/tokens` | a token, or a link that is exchanged for one |
//! | `POST /v1/customers/{id}/tokens/{token}/refresh` | the same rights for longer, as another token |
//! | `DELETE /v1/customers/{id}/tokens/{token}` | it ends |
//! | `POST /v1/tokens/exchange` | the word in a link becomes a token, once |
//!
//! ```text
//! the app's server ──key──▶ token ──▶ the app's page ──Authorization: Bearer ct_…──▶ its own wallet
//!                     └──▶ link#token=ctl_… ──▶ the page ──exchange, once──▶ token
//! a portal session ──opened, once──▶ /portal#token=ctl_… ──▶ its page ──exchange, once──▶ token
//! ```
//!
//! Tables: `customer_token`, of which only hashes can be read, and `customer_origin`. What a token may do
//! is `edge::token`, how it is checked `keys::authentication`.

pub mod handlers;
pub mod statements;
pub mod wire;
