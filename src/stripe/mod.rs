//! Stripe at the edge: bytes become verified events, events become credits. Pure; time is an argument.
//!
//! A delivery passes two doors. [`verify`] says whether Stripe sent these bytes, just now. [`interpret`] says what the
//! event means for a wallet. Neither reads a clock or a store, so the caller does everything that lasts: it applies a
//! credit once per journal operation, keeps what is parked where people see it, and answers 2xx only after that.
//!
//! # The table: event type → what we do
//!
//! | event type | what we do |
//! |---|---|
//! | `checkout.session.completed` | credit a paid session; ignore an unpaid one (a delayed method pays later), one that sets up a card or a subscription, and one of zero |
//! | `checkout.session.async_payment_succeeded` | the same: a delayed method has paid, perhaps before `completed` arrives |
//! | `payment_intent.succeeded` | credit, unless its metadata says that Checkout's own event carries the money, or an invoice made it and no wallet is named |
//! | one of these as a thin event (`v1.…`) | park: it holds no data |
//! | any other type | ignore |
//!
//! Money is never lost silently. An event of the first three types that cannot be read, names no wallet, names it
//! twice or from the wrong mode, or is in a currency we do not know, is *parked* with everything that could be read.
//!
//! # How one payment is credited once
//!
//! Both a Checkout event and a PaymentIntent event may tell of one payment, in any order and any number of times. Both
//! yield the same [`Payment::op`], `stripe:pi:<PaymentIntent>`, which the journal accepts once. The amount is what was
//! paid less tax and shipping; only Checkout always knows the tax, hence [`Payment::tax_known`].
//!
//! # How a payment names its wallet
//!
//! | metadata | meaning |
//! |---|---|
//! | `scrip_customer_id` or `scrip_customer_external_id` | the customer; one of them |
//! | `scrip_account` | the platform account, where one endpoint serves several |
//! | `scrip_mode` | `live` or `test`; must agree with `livemode` |
//! | `scrip_source` | `checkout` on a PaymentIntent whose Checkout session carries the same metadata |
//!
//! A session that names no customer this way is taken by its `client_reference_id`, as an external id. Amounts are
//! never read from metadata, nor from `presentment_details`, which is what the payer saw and not what we sold.

mod currency;
mod event;
mod fields;
mod interpretation;
mod receipt;
mod signature;

pub use currency::{NotChargeable, UnknownCurrency, is_known, major_units, minor_units, places};
pub use event::interpret;
pub use interpretation::{CustomerRef, IgnoreReason, Interpretation, ParkReason, Parked, Payment};
pub use signature::{SecretError, SignatureError, TOLERANCE_SECONDS, check_secret, verify};
