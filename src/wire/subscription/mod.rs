//! Subscriptions: read from requests, written to replies.

mod product_ref;
mod reply;
mod request;

pub use product_ref::{MAX_SUBSCRIPTIONS, ProductRef};
pub use reply::{subscription, subscriptions, subscriptions_in_parts};
pub use request::{MAX_DAYS, NewSubscription, PricedSubscription, ProductChange, change};
