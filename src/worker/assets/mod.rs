//! Assets, their exchange rates, and what others need to know of them.
//!
//! | route | what |
//! |---|---|
//! | `POST /v1/assets`, `GET /v1/assets`, `GET /v1/assets/{code}` | what wallets can hold |
//! | `POST /v1/assets/{code}/rates` | what is paid for it, from a moment on |
//! | `POST /v1/assets/{code}/quote` | what an amount buys |
//!
//! Tables: `asset`, `asset_rate`. `precision` is asked by `wallets`, `products` and `top_ups`;
//! `units` by the pages of `top_ups` and `portal`; the statements by `payments` and `top_ups`.

pub mod handlers;
pub mod precision;
pub mod statements;
pub mod units;
