//! What the handlers of every capability share: the request, the reply, and the world between them.

pub mod call;
pub mod config;
pub mod context;
pub mod forward;
pub mod key_cache;
pub mod list;
pub mod pages;
pub mod principal;
pub mod reply;
pub mod request;
pub mod rows;
pub mod span;
pub mod statements;
pub mod world;
