//! Automatic recharge: rules by which a wallet fills itself again, and whoever charges what they intend.
//!
//! ```text
//! debit ─▶ the wallet writes an intent ─▶ its alarm ─▶ look up, else charge ─▶ credit or decline, in the wallet
//!          in the same turn                at once     under the intent's id    once, under the intent's id
//! ```
//!
//! | route | what |
//! |---|---|
//! | `GET /v1/customers/{id}/wallet/recharge`, `…/{asset}` | the rules, and where each stands |
//! | `PUT …/recharge/{asset}` | sets the rule of an asset |
//! | `POST …/recharge/{asset}/preview` | what setting it would do |
//! | `GET /v1/recharges/{id}` | one recharge, and its receipt |
//!
//! | file | what it is |
//! |---|---|
//! | `handlers` | the routes |
//! | `charging` | what the alarm does: from an intent to its end |
//! | `charger` | the port to a processor |
//! | `simulated` | the processor that moves no money |
//! | `stripe` | Stripe |
//! | `news` | what Stripe tells of a recharge by itself |
//! | `receipts` | what was paid, and where the processor's receipt is |
//!
//! Tables: `simulated_charge`, which is the simulated processor's own, and `stripe_charge`, what Stripe was asked. It reads
//! `payment_method`, `asset_rate`, and of `payment` whether a charge is credited.

pub mod charger;
pub mod charging;
pub mod handlers;
pub mod news;
pub mod receipts;
pub mod simulated;
pub mod statements;
pub mod stripe;
