//! What runs here.

pub mod handlers;
