//! The JSON that others depend on: requests, replies, problem details, ids and times. Pure.
//!
//! Whatever a client sends or sees has its shape here, and nothing here decides about money: a
//! request becomes a command of the engine, and an entry of the journal becomes a reply.
//!
//! # What several capabilities share
//!
//! `json` reads a body field by field, `request` reads what every body has, `problem` is the one
//! way to say no. `ids`, `time`, `url`, `urlencoded`, `format` and `paging` are small and know
//! nobody; `reply`, `balance` and `lacking` are parts of replies.
//!
//! # One folder or file per capability
//!
//! What only the handlers of one capability read or write stands beside them, as `wire.rs` and
//! `page.rs` in `src/worker/<capability>`. Here is what the wallet, the npm package or several of
//! them share.
//!
//! | capability | here | read by the wallet | by the edge |
//! |---|---|---|---|
//! | authorize, capture, events | [`usage`] | all | which customer; simulations |
//! | usage as vendors write it | [`metering`] | all | as above |
//! | adjustments, charges, payments | [`money`] | all | which asset |
//! | what a wallet shows of itself | [`wallet`] | all | what a list is cut to |
//! | overdraft and budgets | [`limits`] | all | which asset |
//! | automatic recharge | [`recharge`] | all | which asset, which rate |
//! | subscriptions, their payment links | [`subscription`], [`paylink`] | commands, replies | requests |
//! | top-ups | [`topup`] | the credit | the rest |
//! | payments by machines | [`mpp`] | nothing | all |
//! | redeem codes | [`codes`] | the credit | the rest |
//! | the customer's page | [`overview`] | all | the page |
//! | assets, products and their prices | [`catalogue`] | nothing | all |
//! | stats | [`stats`] | an event's stats | all |
//! | every page | [`page`] | nothing | all |
//! | the npm package | [`estimate`], [`history`], [`offline`], [`mod@format`] | nothing | nothing |
//!
//! The wallet reads the body of its calls itself, so that what it decides about is what the client
//! has sent. The edge reads the same body with the same functions where it has to look something up
//! first.
//!
//! Imports go one way. A file names the file that it needs, never the `mod.rs` above it; the names
//! that a `mod.rs` lists are for those outside of its folder.

pub mod balance;
pub mod catalogue;
pub mod codes;
pub mod colour;
pub mod customer_ref;
pub mod estimate;
pub mod format;
pub mod history;
pub mod ids;
pub mod json;
pub mod lacking;
pub mod limits;
mod maths;
pub mod metering;
pub mod money;
pub mod mpp;
pub mod offline;
pub mod overview;
pub mod pack;
pub mod page;
pub mod paging;
pub mod paylink;
pub mod problem;
pub mod recharge;
pub mod reply;
pub mod request;
pub mod scope;
pub mod stats;
pub mod subscription;
pub mod time;
pub mod topup;
pub mod url;
pub mod urlencoded;
pub mod usage;
pub mod wallet;

pub use problem::Problem;
