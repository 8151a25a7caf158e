//! What Stripe tells of subscriptions that its invoices pay for.

use crate::engine::invoice::InvoiceSaid;
use crate::engine::subscription::Change;
use crate::engine::{Instant, Refusal};
use crate::journal::Storage;
use crate::wire::subscription::{ToldInvoice, ToldOfPlan, ToldPlan, follow, hear_invoice, told};
use crate::worker::edge::reply::Reply;

use super::object::{Trouble, WalletObject, failed};

impl<S: Storage> WalletObject<S>
where
    S::Failure: ToString,
{
    /// 200, once and whenever it is told again; replayed where it changes nothing.
    pub(super) fn told_plan(&mut self, plan: &ToldPlan, at: Instant) -> Result<Reply, Trouble> {
        // What time has made due comes first: whether something is awaited depends on it.
        self.settle_due(at)?;
        let id = plan.subscription;
        let replayed = match &plan.what {
            ToldOfPlan::Invoice(invoice) => self.told_invoice(id, invoice, at)?,
            ToldOfPlan::Follow { change, by } => self.follow(id, *change, by, at)?,
        };
        let body = told(self.wallet.subscription(id));
        Ok(Reply::ok(body).replayed(replayed))
    }

    fn told_invoice(
        &mut self,
        id: u64,
        invoice: &ToldInvoice,
        at: Instant,
    ) -> Result<bool, Trouble> {
        let news = invoice.news(id);
        let one = self.wallet.subscription(id);
        let one = one.ok_or(Refusal::SubscriptionNotFound)?;
        let closed = one.closed;
        let late = news.said == InvoiceSaid::Unpaid && one.plan.invoiced && !one.lacks(&news);
        // What was paid meanwhile, or waits already, is no news.
        if late {
            return Ok(true);
        }
        let by = news.op();
        let known = self.storage.find(&by).map_err(failed)?.is_some();
        let answer = self.transact_one(at, hear_invoice(news))?;
        self.settle_due(at)?;
        let begins = self
            .wallet
            .subscription(id)
            .is_some_and(|one| !one.is_over());
        if closed && begins && !known {
            // It was ended before its payment was told: what is paid for is given, and it stays ended.
            self.transact_one(at, follow(id, Change::Deactivate, &by))?;
        }
        Ok(answer.replayed)
    }

    /// It becomes what it is at Stripe. What is so already writes no row.
    fn follow(&mut self, id: u64, change: Change, by: &str, at: Instant) -> Result<bool, Trouble> {
        let one = self.wallet.subscription(id);
        let one = one.filter(|one| one.plan.invoiced);
        let one = one.ok_or(Refusal::SubscriptionNotFound)?;
        let is_so = one.is_over()
            || match change {
                Change::CancelAtPeriodEnd => one.cancel_at_period_end || !one.serves(),
                Change::Resume => !one.cancel_at_period_end,
                Change::Activate => true,
                Change::Deactivate => false,
            };
        if is_so {
            return Ok(true);
        }
        let answer = self.transact_one(at, follow(id, change, by))?;
        self.settle_due(at)?;
        Ok(answer.replayed)
    }
}
