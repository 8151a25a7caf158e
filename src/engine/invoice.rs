//! Periods of a subscription that invoices of a processor pay for, and not the wallet.
//!
//! ```text
//! credit is given for a moment  ⇔  the moment is in a period that was paid for
//! ```
//!
//! The processor decides when it asks and how often it tries. So nothing falls due here: a period begins when
//! its invoice is paid, however late or early that is told. One that is told twice is known by its id.

use serde::{Deserialize, Serialize};

use super::amount::Amount;
use super::family::SubscriptionId;
use super::time::{Instant, SECONDS_OF_A_DAY};

/// For so many days after a period its successor is awaited in silence: a processor writes an invoice down
/// an hour or more before it asks for it, and its news may be late.
const AWAITED_DAYS: u32 = 1;

/// From a moment to another one, which is no part of it.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct Span {
    /// Format 1, added with plans that invoices pay, as all of it.
    pub starts_at: Instant,
    pub ends_at: Instant,
}

impl Span {
    /// Whether the moment is a part of it.
    #[must_use]
    pub fn has(&self, at: Instant) -> bool {
        self.starts_at <= at && at < self.ends_at
    }

    /// Until when its successor is awaited in silence.
    #[must_use]
    pub fn awaited_until(&self) -> Instant {
        self.ends_at
            .plus_seconds(AWAITED_DAYS.saturating_mul(SECONDS_OF_A_DAY))
    }
}

/// Periods that are paid for.
#[derive(Clone, PartialEq, Eq, Debug, Default, Serialize, Deserialize)]
#[serde(transparent)]
pub struct PaidPeriods(Vec<Span>);

impl PaidPeriods {
    #[must_use]
    pub const fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// The one that ends last.
    #[must_use]
    pub fn last(&self) -> Option<&Span> {
        self.0.iter().max_by_key(|one| one.ends_at)
    }

    /// Whether this moment is paid for.
    #[must_use]
    pub fn has(&self, at: Instant) -> bool {
        self.0.iter().any(|one| one.has(at))
    }

    /// One more. Those that are over are forgotten, because all that was due in them has been given.
    pub(super) fn add(&mut self, period: Span, at: Instant) {
        // Without this a wallet would grow by every month that it is paid for.
        self.0.retain(|one| one.ends_at > at);
        self.0.push(period);
    }

    pub(super) fn clear(&mut self) {
        self.0.clear();
    }
}

/// What a processor tells of an invoice.
#[derive(Clone, PartialEq, Eq, Debug, Serialize)]
pub struct InvoiceNews {
    pub subscription: SubscriptionId,
    /// The processor's id of it.
    pub invoice: String,
    /// What it is for; nothing where it only settles a difference.
    pub period: Option<Span>,
    pub said: InvoiceSaid,
}

impl InvoiceNews {
    /// The operation by which an invoice is paid: what becomes of its payment later finds it by that.
    #[must_use]
    pub fn paid_op(invoice: &str) -> String {
        format!("stripe:in:{invoice}")
    }

    /// The operation: an invoice is paid once, and its subscription waits for it once.
    #[must_use]
    pub fn op(&self) -> String {
        match self.said {
            InvoiceSaid::Paid { .. } => Self::paid_op(&self.invoice),
            // Once for each invoice: a processor tries several times, and each would be a row otherwise.
            InvoiceSaid::Unpaid => format!("stripe:in:{}:unpaid", self.invoice),
        }
    }
}

/// What has become of it.
#[derive(Clone, PartialEq, Eq, Debug, Serialize)]
pub enum InvoiceSaid {
    /// So much was paid without tax, and so much beside it.
    Paid {
        amount: Amount,
        tax: Amount,
        currency: String,
    },
    /// The customer was asked, and it was not paid.
    Unpaid,
}
