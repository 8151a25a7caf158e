//! What Stripe tells of a subscription that its invoices pay for, on its way from the edge to the wallet.

use serde::{Deserialize, Serialize};

use crate::engine::invoice::{InvoiceNews, InvoiceSaid, Span};
use crate::engine::subscription::{Change, Subscription, SubscriptionId};
use crate::engine::{Action, Amount, Command, Instant, SubscriptionStatus};
use crate::journal::chain::request_digest;
use crate::wire::reply::json;

/// It travels between two versions of a deployment, so a new field has a default.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct ToldPlan {
    pub subscription: SubscriptionId,
    pub what: ToldOfPlan,
}

#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ToldOfPlan {
    Invoice(ToldInvoice),
    /// It has ended, or ends with its period, or no longer does; `by` names who says so.
    Follow {
        change: Change,
        by: String,
    },
}

#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct ToldInvoice {
    pub id: String,
    pub paid: bool,
    /// In seconds since 1970.
    pub period: Option<(i64, i64)>,
    /// Without tax.
    pub amount: Amount,
    #[serde(default, skip_serializing_if = "Amount::is_zero_ref")]
    pub tax: Amount,
    pub currency: String,
}

impl ToldInvoice {
    #[must_use]
    pub fn news(&self, subscription: SubscriptionId) -> InvoiceNews {
        let moment = |seconds: i64| Instant::from_micros(seconds.saturating_mul(1_000_000));
        InvoiceNews {
            subscription,
            invoice: self.id.clone(),
            period: self.period.map(|(starts, ends)| Span {
                starts_at: moment(starts),
                ends_at: moment(ends),
            }),
            said: if self.paid {
                InvoiceSaid::Paid {
                    amount: self.amount,
                    tax: self.tax,
                    currency: self.currency.clone(),
                }
            } else {
                InvoiceSaid::Unpaid
            },
        }
    }
}

/// The command of an invoice. Its id alone is digested: what is told of it again is the same news.
#[must_use]
pub fn hear_invoice(news: InvoiceNews) -> Command {
    let op = news.op();
    Command {
        request: request_digest(&[&op]),
        op,
        action: Action::HearInvoice(news),
    }
}

/// The command of a change that somebody has made at Stripe.
#[must_use]
pub fn follow(subscription: SubscriptionId, change: Change, by: &str) -> Command {
    // By the event, so that the same event again is a replay, and the next one is not.
    let op = format!("sub:{subscription}:follow:{by}");
    Command {
        request: request_digest(&[&op]),
        op,
        action: Action::ChangeSubscription {
            subscription,
            change,
        },
    }
}

#[derive(Serialize)]
struct Told {
    status: SubscriptionStatus,
}

/// What the wallet has made of it.
#[must_use]
pub fn told(one: Option<&Subscription>) -> String {
    json(&Told {
        status: one.map_or(SubscriptionStatus::Inactive, |one| one.status),
    })
}
