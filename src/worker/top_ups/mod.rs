//! Top-ups: the link where a customer pays, and what is paid there.

pub mod handlers;
pub mod page;
pub mod paylinks;
pub mod statements;
