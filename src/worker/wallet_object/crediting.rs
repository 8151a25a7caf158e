//! Payments and top-ups become credit, each once.

use crate::engine::command::CreditSource;
use crate::engine::{Amount, Entry, Fact, Instant};
use crate::journal::Storage;
use crate::wire::money::{self, ConfirmedPayment};
use crate::wire::topup::ConfirmedTopUp;
use crate::worker::edge::reply::Reply;

use super::object::{Trouble, WalletObject};

impl<S: Storage> WalletObject<S>
where
    S::Failure: ToString,
{
    /// Credits a payment once, whichever of its events comes first. When the first one did not know
    /// the tax, the one that does takes it back.
    ///
    /// | event | known | entries |
    /// |---|---|---|
    /// | any | no | credited |
    /// | without tax | yes | none: a replay |
    /// | with tax | yes, credited without knowing it | the tax is taken back |
    /// | with tax | yes, and it was known or is taken back | none: a replay |
    pub(super) fn credit_payment(
        &mut self,
        payment: &ConfirmedPayment,
        at: Instant,
    ) -> Result<Reply, Trouble> {
        let answer = self.transact_one(at, payment.credit())?;
        let mut replayed = answer.replayed;
        // Only a replay can know less than this event: what was just credited knew what this one
        // knows.
        if replayed
            && payment.tax_known
            && let Some((grant, tax)) = unknown_tax(&answer.entry, payment.amount)
        {
            replayed = self
                .transact_one(at, payment.exclude_tax(grant, tax))?
                .replayed;
        }
        let body = money::credited(&self.wallet.customer, &answer.entry);
        Ok(Reply::ok(body).replayed(replayed))
    }

    /// Credits a top-up once, however often it is told that it was paid; a fee that waited for it is
    /// collected at once.
    pub(super) fn credit_top_up(
        &mut self,
        top_up: &ConfirmedTopUp,
        at: Instant,
    ) -> Result<Reply, Trouble> {
        let answer = self.transact_one(at, top_up.credit())?;
        // Before the answer, so that a subscription that waited for this money is active when it
        // is told.
        self.settle_due(at)?;
        let body = money::credited(&self.wallet.customer, &answer.entry);
        Ok(Reply::ok(body).replayed(answer.replayed))
    }
}

/// The grant of a payment that was credited with its tax, and how much that was too much.
///
/// None where the tax was known, where there is none, or where the entry is no payment's.
fn unknown_tax(entry: &Entry, net: Amount) -> Option<(u64, Amount)> {
    let Fact::Credited {
        grant,
        amount,
        source: CreditSource::Payment {
            tax_known: false, ..
        },
        ..
    } = &entry.fact
    else {
        return None;
    };
    let tax = amount.minus(net).ok().filter(|tax| tax.is_positive())?;
    Some((*grant, tax))
}
