//! Automatic recharge: the rule that a request sets, what a reply says of it, and what the wallet and whoever
//! charges tell each other.

mod attempts;
mod charge;
mod reply;
mod request;
mod sentence;

pub use attempts::{Ended, attempts};
pub use charge::{Charges, OpenCharge, Paid, Unpriced, charges, id_of, note, parse_id, stop};
pub use reply::{preview, rule, rules};
pub use request::{Given, NewRecharge};
