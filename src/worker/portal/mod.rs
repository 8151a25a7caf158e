//! The customer's own page and the link to it.
//!
//! | route | what |
//! |---|---|
//! | `POST /v1/billing-portal/sessions` | a link for a customer |
//! | `DELETE /v1/billing-portal/sessions/{id}` | ends it |
//! | `GET /portal?token=…` | opens the link, once, and leads on to the page, with a token for its elements |
//! | `GET /portal` | the page, by the cookie of who opened the link: with a script the elements, else plain balances |
//! | `GET`, `POST /portal/recharge` | automatic recharge: the rules, and a form to set each |
//! | `POST /portal/codes` | what a code gives, and then its credit |
//!
//! Table: `portal_session`, with the index `portal_session_side`. It reads `customer` for the name
//! and `asset` for how amounts are written; the figures are the wallet's. `codes` redeems, `tokens` keeps the token of
//! the elements under the session's id. Nobody else reads its table.

pub mod codes;
pub mod handlers;
pub mod page;
pub mod recharge;
pub mod statements;
pub mod wire;
