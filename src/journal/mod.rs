//! The journal is the wallet: how a command becomes rows, and how rows become a wallet again.
//!
//! ```text
//! read    the wallet, and the history of the hold that is named if it is not open
//! decide  entries = engine::decide(&wallet, …)?          a refusal writes nothing
//! write   append all rows at once, then fold them into the wallet; what slept long, in turns
//! ```
//!
//! The same code runs over SQLite in the wallet object and over a vector in the tests. [`laws`] is what both
//! must do, as a table; [`limits`] says how many bytes anything may have, [`turns`] how much of what fell due one call does,
//! [`invoiced`] what an invoice has paid for.

pub mod chain;
mod fact;
pub mod invoiced;
pub mod laws;
pub mod limits;
pub mod memory;
pub mod snapshot;
pub mod storage;
pub mod transact;
pub mod turns;

pub use chain::{Row, broken_link};
pub use storage::{Journal, Storage};
pub use transact::{Answer, Stop, recharge, transact};
pub use turns::settle;
