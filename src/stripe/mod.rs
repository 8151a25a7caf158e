//! Stripe at the edge: bytes become verified events, events become credits. Pure; time is an argument.
//!
//! A delivery passes two doors. [`verify`] says whether Stripe sent these bytes to this endpoint, just now. [`interpret`]
//! says what the event means for a wallet of that [`Endpoint`]. Neither reads a clock or a store, so the caller does everything that lasts: it applies a
//! credit once per journal operation, keeps what is parked where people see it, and answers 2xx only after that.
//!
//! # The table: event type → what we do
//!
//! | event type | what we do |
//! |---|---|
//! | `checkout.session.completed` | credit a paid session; ignore an unpaid one (a delayed method pays later), one that sets up a card or a subscription, and one of zero |
//! | `checkout.session.async_payment_succeeded` | the same: a delayed method has paid, perhaps before `completed` arrives |
//! | `payment_intent.succeeded` | credit, unless its metadata says that Checkout's own event carries the money, or an invoice made it and no wallet is named |
//! | `refund.*`, `charge.refunded`, `charge.dispute.*`, `radar.early_fraud_warning.created` | a claim of a payment, whoever's that is; see the table in `claim` |
//! | one of these whose metadata names a top-up of ours, `scrip_top_up_id` | credit what that top-up sold, whatever was paid for it; see `top_up` |
//! | `checkout.session.expired`, `…async_payment_failed`, `payment_intent.processing`, `…partially_funded` | tell the top-up that is named; else ignore |
//! | `payment_intent.*` whose metadata names a recharge of ours, `scrip_recharge_id` | credit what that recharge intended, or ask what became of it; see `intent` |
//! | `payment_method.*`, `customer.deleted` | follow the payment methods of our customers; see `method` |
//! | `invoice.paid`, `…payment_failed`, `…payment_action_required`, `customer.subscription.deleted`, `.updated` | tell the plan of ours that the invoice or the subscription is of; see the table in `plan` |
//! | one of these as a thin event (`v1.…`) | fetch what it names, then the same; see `thin` |
//! | one of these in a version of the API that nobody has looked at | park; see `version` |
//! | any other type | ignore |
//!
//! Money is never lost silently. An event of one of these types that cannot be read, names no wallet, names it
//! twice, contradicts its endpoint, or is in a currency we do not know, is *parked* with what could be read of the
//! money. Nothing else of it is kept: it may be about people who are none of ours.
//!
//! # What is believed
//!
//! The secret decides the side and the platform account. What the event says of them is a claim, which may agree:
//!
//! | claim | where it contradicts the endpoint |
//! |---|---|
//! | `livemode` of the event and of its object, `scrip_mode` | parked, `wrong_mode` |
//! | `scrip_account` | parked, `wrong_account` |
//! | `account`, `context`: a connected account | parked, `unmapped_account`, unless the endpoint lists it |
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
//! | `scrip_account` | the platform account; must be the endpoint's |
//! | `scrip_mode` | `live` or `test`; must be the endpoint's |
//! | `scrip_top_up_id` | the top-up that was paid; written by us alone, see `api` |
//! | `scrip_recharge_id` | the automatic recharge that it pays; written by us alone, see `api` |
//! | `scrip_source` | `checkout` on a PaymentIntent whose Checkout session carries the same metadata |
//!
//! Only this metadata names a customer, because only the seller can write it. A session's `client_reference_id` names
//! nobody: whoever pays at a payment link can write it into the address. Amounts are never read from metadata, nor from
//! `presentment_details`, which is what the payer saw and not what we sold.

pub mod api;
mod claim;
mod currency;
mod event;
mod fields;
mod intent;
mod interpretation;
mod kept;
mod method;
mod plan;
mod plan_news;
mod receipt;
mod sale;
mod session;
mod signature;
mod thin;
mod top_up;
pub mod version;

pub use currency::{NotChargeable, UnknownCurrency, is_known, major_units, minor_units, places};
pub use event::interpret;
pub use interpretation::{
    Claim, ClaimEvent, CustomerRef, Endpoint, IgnoreReason, Interpretation, ParkReason, Parked,
    Payment, RechargeNews, ThinEvent, TopUpNews,
};
pub use kept::{Intent, IntentState, MethodNews, SavedMethod};
pub use plan::{invoice_of_plan, plan_invoice};
pub use plan_news::{PlanEvent, PlanInvoice, PlanNews};
pub use receipt::description;
pub use sale::{Receipt, Session, SessionState, TopUpEvent};
pub use signature::{SecretError, SignatureError, TOLERANCE_SECONDS, check_secret, verify};
pub use thin::{as_snapshot, is_path};
