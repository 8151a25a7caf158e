//! The rules of money. Pure and synchronous: no clock, no randomness, no floats, no I/O.
//!
//! [`decide()`] answers a [`Command`] with the [`Entry`]s that happen or with a [`Refusal`];
//! [`apply`] folds an entry into the [`Wallet`] and cannot fail.
//!
//! Arrows between these files go down, and never up:
//!
//! | layer | files |
//! |---|---|
//! | decisions | [`decide`](mod@decide) ▸ authorization, denial, invoicing, renewal, proration, [`recharging`], refunding ▸ taking_back ▸ draft |
//! | pricing, folding | `price::quote` ▸ `price::funding` ▸ [`allocation`]; [`fold`](mod@fold) |
//! | a wallet, and what happens to it | [`wallet`], [`entry`] ▸ [`command`], `price::fee` ▸ [`refusal`] |
//! | its parts | [`subscription`] ▸ [`invoice`]; [`hold`] ▸ [`budget`], [`account`]; [`recharge`], [`loss`], [`freeze`] |
//! | products | `price::product` ▸ `price::published`, `price::fixed`, [`entitlement`] |
//! | credit | [`grants`] ▸ [`moves`] ▸ [`grant`] ▸ [`scope`] ▸ [`consumption`] |
//! | numbers | [`usage`], [`tokens`], [`exchange`] ▸ [`rate`] ▸ [`amount`]; [`asset`], [`calendar`], [`time`], [`tree`] |
//!
//! A file imports from the file that has the name, and not from a `mod.rs` that re-exports it: those
//! are the face for other layers. `tests/tidy/circles.rs` keeps it so.

#![deny(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::unreachable,
    clippy::indexing_slicing,
    clippy::arithmetic_side_effects,
    clippy::float_arithmetic,
    clippy::as_conversions,
    clippy::wildcard_enum_match_arm,
    clippy::match_wildcard_for_single_variants
)]

pub mod account;
pub mod allocation;
pub mod amount;
pub mod asset;
mod authorization;
pub mod budget;
pub mod calendar;
pub mod command;
pub mod consumption;
pub mod decide;
mod denial;
mod draft;
pub mod entitlement;
pub mod entry;
mod estimate;
pub mod exchange;
pub mod family;
pub mod fold;
pub mod freeze;
pub mod grant;
pub mod grants;
pub mod held_usage;
pub mod hold;
pub mod invoice;
mod invoicing;
pub mod loss;
pub mod minimum;
pub mod moves;
pub mod price;
mod pricing;
pub mod proration;
pub mod rate;
pub mod recharge;
pub mod recharging;
mod refunding;
pub mod refusal;
mod renewal;
pub mod rolling;
pub mod scope;
pub mod share;
pub mod standing;
pub mod subscription;
mod taking_back;
pub mod time;
pub mod tokens;
pub mod tree;
pub mod usage;
pub mod wallet;

pub use account::{Balance, WalletAccount};
pub use amount::{Amount, AmountError};
pub use asset::{AccountId, Asset};
pub use budget::Budget;
pub use command::{Action, Ask, Command, Credit, Debit, OnInsufficient, OnUnpriced, Settle};
pub use consumption::Consumption;
pub use decide::{
    Knowing, Passing, as_of, decide, decide_then, expired_since, hold_end_op, late_capture_op, tick,
};
pub use entry::{AccountChange, Entry, Fact};
pub use fold::{apply, fold};
pub use grant::{Grant, Purpose};
pub use hold::{Hold, HoldStatus};
pub use moves::{Draw, Move};
pub use price::{Fee, Price, PricedProduct};
pub use rate::{Quantity, Rate};
pub use refusal::Refusal;
pub use subscription::{Change, Plan, Subscription, SubscriptionStatus};
pub use time::Instant;
pub use usage::UsageEvent;
pub use wallet::Wallet;
