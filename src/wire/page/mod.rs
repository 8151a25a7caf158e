//! Pages for people: plain HTML without a script, in light and dark, for a telephone and a desk.
//!
//! The markup is written with `html!`, which escapes whatever is put into it, in text and in
//! attributes. So a page needs no escaping of its own, and cannot forget it.

mod document;
mod portal;
mod topup;
mod unit;

pub use document::{message, policy};
pub use portal::{PortalPage, portal};
pub use topup::{TopUpPage, top_up};
pub use unit::Unit;
