//! Requests to Stripe's API, and what its answers say. Pure: a request is a value, and somebody else
//! sends it.
//!
//! | file | what it is |
//! |---|---|
//! | `form` | the body of a request, in Stripe's brackets |
//! | `request` | a request and its headers: the version, the key of the operation, whose account |
//! | `reply` | an answer: done, refused in Stripe's words, or to be tried again |
//! | `checkout`, `customer`, `account`, `event`, `granted`, `invoice`, `payment`, `payment_intent`, `payment_method`, `plan`, `refund` | what we ask for |
//!
//! Every request that changes something has an idempotency key that derives from an id of ours. So an
//! answer that was lost is asked for again, and Stripe does the thing once.

pub mod account;
pub mod checkout;
pub mod customer;
pub mod event;
mod form;
pub mod granted;
pub mod invoice;
pub mod payment;
pub mod payment_intent;
pub mod payment_method;
pub mod plan;
pub mod refund;
mod reply;
mod request;

pub use form::Form;
pub use reply::{ApiError, Next, next};
pub use request::{ApiRequest, VERSION};
