//! Top-ups: the link where a customer pays, and what is paid there.
//!
//! | route | what |
//! |---|---|
//! | `POST /v1/top-ups`, `GET /v1/top-ups/{id}` | a link to pay at; what became of it |
//! | `POST /v1/top-ups` with `"payment": "mpp"` | paid by a machine: see `machine` |
//! | `DELETE /v1/top-ups/{id}` | the link ends |
//! | `DELETE /v1/customers/{id}/payment-links` | all links of a customer end |
//! | `/v1/accounts/self/packs` | what is offered: packs, limits, bonuses |
//! | `GET`, `POST /pay/{token}` | the page and its buttons |
//! | `GET /pay/{token}/{subscription}` | leads on to a top-up for what a subscription lacks |
//!
//! | file | what it is |
//! |---|---|
//! | `row` | a top-up as it is stored, and what of it is credited |
//! | `checkout` | its page at Stripe |
//! | `news` | what Stripe says of it |
//! | `settling` | one that was paid fills the wallet |
//! | `simulated`, `afterwards` | the buttons of the pages where no money moves |
//!
//! Tables: `account_packs`, and `top_up`, with a unique `token_hash` and the index `top_up_request`. It reads `customer`,
//! `asset` and `asset_rate`. `customers` and `subscriptions` ask `paylinks` for the address that
//! they show.

mod afterwards;
mod checkout;
pub mod handlers;
pub mod machine;
pub mod news;
pub mod on_session;
pub mod packs;
pub mod page;
mod paid_page;
pub mod paylinks;
mod row;
mod settling;
pub mod simulated;
pub mod statements;
mod tokens;
