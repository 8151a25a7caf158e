//! Pages for people: plain HTML, in light and dark, for a telephone and a desk. One has a script, and shows the same
//! figures without it.
//!
//! The markup is written with `html!`, which escapes whatever is put into it, in text and in
//! attributes. So a page needs no escaping of its own, and cannot forget it.

pub mod document;
pub mod unit;

pub use document::{NO_FRAME, framed_by, message, policy, policy_of_own_form, policy_of_portal};
pub use unit::Unit;
