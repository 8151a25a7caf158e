//! Authorize, hold, capture, record: the calls of every request.

pub mod handlers;
