//! What another processor than Stripe tells of a payment that was credited, as the wallet is told of it.

use serde::{Deserialize, Serialize};

use crate::engine::loss::LossCause;
use crate::engine::{Amount, Command, Entry};
use crate::journal::chain::request_digest;
use crate::wire::problem::Problem;

use super::claim::{CreditedPayment, loss};

/// A refund or a chargeback of a payment that another processor than Stripe took. It travels from the edge to the wallet,
/// so a new field has a default and none is renamed.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct ConfirmedRefund {
    /// Under which refunds were taken back before they were losses of their payment.
    pub op: String,
    /// The operation that credited its payment.
    pub payment_op: String,
    /// The processor's id of the refund or of the chargeback.
    pub refund: String,
    /// What the payer got back, in the currency of the payment.
    pub amount: Amount,
    pub currency: String,
    pub description: Option<String>,
    /// An older deployment tells of refunds only.
    #[serde(default = "refunded")]
    pub cause: LossCause,
}

const fn refunded() -> LossCause {
    LossCause::Refunded
}

impl ConfirmedRefund {
    /// The same part is taken of what the payment bought as goes back of what was paid.
    ///
    /// # Errors
    /// `validation_failed` for another currency, or for a refund of more than was paid.
    pub fn command(&self, payment: &CreditedPayment) -> Result<Command, Problem> {
        let CreditedPayment { paid, currency, .. } = payment;
        if *currency != self.currency {
            let sentence = format!("must be {currency}, which was paid");
            return Err(Problem::field("data.currency", sentence));
        }
        // A bank may take more than was paid, and is not asked; of that no more than was paid counts.
        if self.cause == LossCause::Refunded && self.amount > *paid {
            let sentence = format!("must not be more than {paid}, which was paid");
            return Err(Problem::field("data.amount", sentence));
        }
        let told = (self.cause, self.refund.as_str());
        Ok(loss(payment, told, self.amount, self.description.clone()))
    }

    /// Whether a row took back this refund, as refunds were taken back before.
    #[must_use]
    pub fn is_by(&self, former: &Entry) -> bool {
        let amount = self.amount.to_string();
        former.request == request_digest(&["refund", &self.refund, &self.payment_op, &amount])
    }
}
