//! A refund that a processor tells of, as the wallet is told of it.

use serde::{Deserialize, Serialize};

use crate::engine::command::{CreditSource, DebitCause, Metadata};
use crate::engine::rate::Exact;
use crate::engine::usage::Maths;
use crate::engine::{Action, Amount, Asset, Command, Debit, Entry, Fact};
use crate::journal::chain::request_digest;
use crate::wire::problem::Problem;

/// A refund of a payment that another processor than Stripe took. It travels from the edge to the wallet,
/// so a new field has a default and none is renamed.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct ConfirmedRefund {
    /// The operation id, which is of the refund.
    pub op: String,
    /// The operation that credited its payment.
    pub payment_op: String,
    /// The processor's id of the refund.
    pub refund: String,
    /// What the payer got back, in the currency of the payment.
    pub amount: Amount,
    pub currency: String,
    pub description: Option<String>,
}

impl ConfirmedRefund {
    /// What is taken back of the credit that the payment bought: the same part of it, rounded down. It is
    /// taken from that credit alone, and becomes debt as far as that is spent.
    ///
    /// # Errors
    /// `validation_failed` for another currency, or for more than was paid.
    pub fn debit(&self, paid_by: &Entry, precision: u32) -> Result<Command, Problem> {
        let none = || Problem::field("data.payment_id", "is no payment of such an endpoint");
        let (
            Fact::Credited {
                grant,
                amount: credited,
                source: CreditSource::TopUp { paid, currency, .. },
                ..
            },
            Some(change),
        ) = (&paid_by.fact, paid_by.changes.first())
        else {
            return Err(none());
        };
        if *currency != self.currency {
            let sentence = format!("must be {currency}, which was paid");
            return Err(Problem::field("data.currency", sentence));
        }
        if self.amount > *paid {
            let sentence = format!("must not be more than {paid}, which was paid");
            return Err(Problem::field("data.amount", sentence));
        }
        // Rounded once, at the end, and down, so that parts together never take more than was bought.
        let part = Exact::from(*credited).times(Exact::from(self.amount));
        let part = part.and_then(|part| part.over(Exact::from(*paid)));
        let taken = part.and_then(|part| part.round_down(precision));
        let account = change.account.clone();
        let action = Action::Debit(Debit {
            asset: Asset {
                code: account.asset.clone(),
                precision,
            },
            account,
            // Both are amounts, and it is no more than the payment: it always is one.
            amount: taken.map_err(|_| none())?,
            cause: DebitCause::Adjustment {
                reason: "external_refund".to_owned(),
            },
            subject: None,
            description: self.description.clone(),
            metadata: Metadata::new(),
            maths: Maths::default(),
            grant: Some(*grant),
        });
        let amount = self.amount.to_string();
        Ok(Command {
            op: self.op.clone(),
            request: request_digest(&["refund", &self.refund, &self.payment_op, &amount]),
            action,
        })
    }
}
