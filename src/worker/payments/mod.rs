//! Money arrives: Stripe's signed events.
//!
//! | route | what |
//! |---|---|
//! | `POST /stripe/webhook`, `…/{endpoint}` | an event, with its signature and no key |
//! | `/v1/stripe/endpoints` | endpoints, whose secrets say on which side and for whom an event is |
//! | `POST /v1/stripe/recoveries` | looks for what was not delivered |
//! | `/v1/reconciliation` | paid and not credited, credited and not paid |
//! | `POST …/wallet/refunds` | a payment goes back to who has paid it |
//! | `GET /v1/customers/{id}/payments` | all payments of a customer, with receipts and what went back |
//! | `/v1/unmatched-payments` | what could not be credited, and what somebody does about it |
//!
//! | file | what it is |
//! |---|---|
//! | `webhook` | a delivery, and whose it is |
//! | `inbox` | thin events: kept, then what they name is fetched |
//! | `handlers` | what a verified event does |
//! | `recovery` | what Stripe could not deliver |
//! | `reconciliation`, `mending` | what Stripe says against what we know, and one call to mend it |
//! | `upkeep` | what the deployment's clock does for all sides |
//! | `crediting` | one payment into one wallet, whoever says which |
//! | `refunding` | a refund that Stripe is asked for |
//! | `listing` | the payments of a customer |
//! | `claims` | what is told of payments later: refunds, disputes, warnings |
//! | `invoices` | the payment of a plan's invoice, which is looked up when a claim comes |
//! | `endpoints`, `unmatched` | what keys may see and change |
//!
//! Tables: `stripe_endpoint` and `stripe_secret`; `payment` says whose wallet a payment fills,
//! `payment_claim` what was told of it later, `unmatched_payment` is what people look at, `stripe_inbox` has
//! the thin events, `stripe_recovery` how far each side has looked for others, `stripe_refund` what Stripe was asked to
//! give back. It reads `customer`, `asset`, `payment_method`, of `top_up`, `stripe_charge` and `simulated_charge` which payment
//! theirs is, and of `stripe_plan` whether there are any.
//! `inbound` has payments of other processors named, credited and kept here. Nobody else reads its tables.

pub mod claims;
pub mod crediting;
pub mod endpoints;
pub mod handlers;
pub mod inbox;
pub mod invoices;
pub mod listing;
pub mod mending;
pub mod reconciliation;
pub mod recovery;
pub mod refunding;
pub mod statements;
pub mod unmatched;
pub mod upkeep;
pub mod webhook;
pub mod wire;
