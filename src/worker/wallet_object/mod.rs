//! The wallet object: one writer per wallet, its storage, and what it tells the directory.
//!
//! | file | what it is | reads or writes |
//! |---|---|---|
//! | `object` | one wallet, awake: read, decide, write | the journal, by a trait |
//! | `crediting` | payments and top-ups as credit | the journal, by a trait |
//! | `taking_back` | the rows that a void or a reversal names | the journal, by the same trait |
//! | `recharging` | recharge rules, and what becomes of what they intend | the journal, by the same trait |
//! | `spending` | authorizations by a customer's token that has a cap | the journal, by the same trait |
//! | `redeeming` | the credit of a code | the journal, by the same trait |
//! | `watching` | what whoever watches is told | the journal, by the same trait |
//! | `sql_journal` | the journal in SQLite | `journal`, `snapshot`, `told`, `spent` |
//! | `store` | the object's own SQLite | whatever it is told |
//! | `noted` | a line of the log for what has failed | nothing: it is pure |
//! | `shipment` | rows of the journal as rows of the directory | nothing: it is pure |
//! | `statements` | the shipment as statements | `usage`, `subscription` of the directory |
//!
//! It is called by a [`Call`](super::edge::call::Call) and by its alarm, and by nothing else. What
//! it has told is read by `events`, `stats`, `subscriptions` and `products`.

mod crediting;
mod invoicing;
pub mod noted;
pub mod object;
mod pricing;
pub mod recharging;
mod redeeming;
mod refunds;
pub mod shipment;
mod spending;
pub mod sql_journal;
pub mod statements;
#[cfg(feature = "worker")]
pub mod store;
mod taking_back;
mod watching;
