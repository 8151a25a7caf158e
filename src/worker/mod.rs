//! The Worker and its wallet objects. Each capability is a folder: its handlers, the statements of the
//! directory that it runs, and what else only it needs.
//!
//! ```text
//! entry ──▶ routes ──▶ a capability ──▶ edge        handlers are async and ask a `World`
//!   │                       │
//!   └──▶ wallet_object ◀────┘ (by a call)           synchronous: read, decide, write
//!              └──▶ journal ──▶ engine
//! ```
//!
//! Only `entry` and `wallet_object::store` touch the world (feature `worker`); everything else is plain
//! Rust that runs natively in the tests, on a world in memory.
//!
//! # Who answers what
//!
//! | folder | routes | tables of the directory |
//! |---|---|---|
//! | `usage` | `/v1/authorize`, `/v1/holds`, `/v1/events` | reads `usage` |
//! | `wallets` | `/v1/customers/{id}/wallet…` | none of its own: the wallet has it all |
//! | `customers` | `/v1/customers` | `customer` |
//! | `subscriptions` | `…/subscriptions`, `/v1/products/{id}/subscribers` | `subscription` |
//! | `events`, `stats` | `GET /v1/events`, `…/stats` | read `usage` |
//! | `assets` | `/v1/assets` | `asset`, `asset_rate` |
//! | `products` | `/v1/products` | `product`, `product_version` |
//! | `vendors` | `/v1/vendors` | `vendor` |
//! | `accounts`, `keys` | `/v1/accounts`, `/v1/keys` | `platform_account`, `account_branding`, `api_key` |
//! | `top_ups` | `/v1/top-ups`, `/v1/accounts/self/packs`, `/pay` | `top_up`, `account_packs` |
//! | `payment_methods` | `…/payment-methods`, `/setup` | `payment_method`, `setup_session` |
//! | `recharge` | `…/wallet/recharge`, and the alarm's charges | `simulated_charge` |
//! | `codes` | `/v1/codes`, `…/codes/redeem` | `code`, `code_redemption` |
//! | `payments` | `/stripe/webhook`, `/v1/stripe`, `/v1/unmatched-payments` | `stripe_endpoint`, `stripe_secret`, `payment`, `payment_claim`, `unmatched_payment` |
//! | `inbound` | `/v1/inbound-endpoints`, `/inbound` | `inbound_endpoint` |
//! | `processors` | `/v1/accounts/self/processors` | `stripe_connection`, `stripe_customer` |
//! | `portal` | `/v1/billing-portal`, `/portal` | `portal_session` |
//! | `tokens` | `…/tokens`, `/v1/tokens/exchange` | `customer_token`, `customer_origin` |
//! | `webhooks` | `/v1/webhooks` | `webhook_destination`, `webhook_event` |
//! | `meta` | `/v1/meta`, `/healthz`, `/readyz` | none |
//!
//! # Where money is
//!
//! Only in the wallets. The directory is told of it after the fact, for lists and sums, and
//! nothing is ever decided by what it has been told.

pub mod accounts;
pub mod assets;
pub mod codes;
pub mod customers;
pub mod dispatch;
pub mod edge;
#[cfg(feature = "worker")]
pub mod entry;
pub mod events;
#[cfg(feature = "faults")]
pub mod faults;
pub mod inbound;
pub mod keys;
pub mod meta;
pub mod payment_methods;
pub mod payments;
pub mod portal;
pub mod processors;
pub mod products;
pub mod recharge;
pub mod routes;
pub mod stats;
pub mod subscriptions;
pub mod tokens;
pub mod top_ups;
pub mod usage;
pub mod vendors;
pub mod wallet_object;
pub mod wallets;
pub mod webhooks;
