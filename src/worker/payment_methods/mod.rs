//! Payment methods: what a customer can be charged by while nobody is there.
//!
//! | route | what |
//! |---|---|
//! | `GET`, `POST /v1/customers/{id}/payment-methods` | those that there are; one more, a card of the simulated processor |
//! | `POST …/payment-methods/sessions` | a link at which the customer adds one |
//! | `PUT …/payment-methods/{payment_method}/default` | charged where nothing else is said |
//! | `DELETE …/payment-methods/{payment_method}` | charged no more |
//! | `POST …/payment-methods/{payment_method}/simulate` | something happens to a simulated card |
//! | `GET`, `POST /setup/{token}` | the page of such a link, and its buttons |
//!
//! Where Stripe is connected, cards are added on its page and kept by it: see `saved`.
//!
//! Tables: `payment_method`, `setup_session`; it reads `stripe_customer`. `recharge` reads the first. A method that was removed stays in its
//! table, because payments name it.

pub mod cards;
pub mod following;
pub mod handlers;
pub mod page;
pub mod saved;
pub mod sessions;
pub mod simulated;
pub mod statements;
pub mod wire;
