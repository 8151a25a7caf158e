//! Subscriptions: read from requests, written to replies.

mod invoice;
mod product_ref;
mod reply;
mod request;

pub use invoice::{ToldInvoice, ToldOfPlan, ToldPlan, follow, hear_invoice, told};
pub use product_ref::{MAX_SUBSCRIPTIONS, ProductRef};
pub use reply::{subscription, subscriptions, subscriptions_in_parts};
pub use request::{MAX_DAYS, NewSubscription, PricedSubscription, ProductChange, change};
