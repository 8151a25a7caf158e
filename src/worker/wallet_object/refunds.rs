//! Refunds and disputes of payments: the rows of the payment are read here, and the engine decides by them.

use crate::engine::command::CreditSource;
use crate::engine::loss::{LossCause, PaidGrant};
use crate::engine::{Amount, Entry, Fact, Instant, Refusal, decide};
use crate::journal::Storage;
use crate::journal::invoiced::{gone_of, paid_grants};
use crate::wire::money::{
    self, Claimed, ConfirmedRefund, CreditedPayment, KnownPayment, KnownPayments, NewRefund,
    PlannedRefund, ToldClaim,
};
use crate::wire::problem::Failure;
use crate::wire::reply::json;
use crate::wire::{Problem, wallet};
use crate::worker::edge::call::Call;
use crate::worker::edge::reply::Reply;

use super::object::{Trouble, WalletObject, failed};

impl<S: Storage> WalletObject<S>
where
    S::Failure: ToString,
{
    /// What a processor has told of a payment: 200, once and whenever it is told again.
    pub(super) fn told_claim(&mut self, told: &ToldClaim, at: Instant) -> Result<Reply, Trouble> {
        let cause = match told.what {
            Claimed::Freeze { cause, frozen } => {
                let answer = self.transact_one(at, told.freeze(cause, frozen))?;
                let body = wallet::frozen(&self.wallet);
                return Ok(Reply::ok(body).replayed(answer.replayed));
            }
            Claimed::Loss(cause) => cause,
        };
        // What time has made due is written first: what of the payment has lapsed is read from its row.
        self.settle_due(at)?;
        let ops = match &told.op {
            Some(op) => vec![op.clone()],
            None => ["stripe:pi:", "stripe:cs:"]
                .map(|prefix| format!("{prefix}{}", told.payment))
                .into(),
        };
        let payment = self.payment(&ops)?.ok_or(Refusal::PaymentNotFound)?;
        if payment.currency != told.currency {
            let sentence = format!(
                "was paid in {}, and this is in {}; take it by an adjustment",
                payment.currency, told.currency
            );
            return Err(Problem::field("currency", sentence).into());
        }
        self.change_loss(told, cause, &payment, at)
    }

    fn change_loss(
        &mut self,
        told: &ToldClaim,
        cause: LossCause,
        payment: &CreditedPayment,
        at: Instant,
    ) -> Result<Reply, Trouble> {
        let answer = self.transact_one(at, told.loss(cause, payment))?;
        let body = money::claim(&self.wallet.customer, &answer.entry, false);
        Ok(Reply::ok(body.unwrap_or_default()).replayed(answer.replayed))
    }

    /// What another processor than Stripe tells of a payment: 200, once and whenever it is told again.
    pub(super) fn refund_payment(
        &mut self,
        refund: &ConfirmedRefund,
        at: Instant,
    ) -> Result<Reply, Trouble> {
        self.settle_due(at)?;
        // One that was taken back before refunds were losses must not be taken a second time.
        let former = self.storage.find(&refund.op).map_err(failed)?;
        if let Some(former) = former.filter(|_| refund.cause == LossCause::Refunded) {
            if !refund.is_by(&former.entry) {
                return Err(Refusal::OperationIdReused.into());
            }
            return Ok(Reply::ok("{}".to_owned()).replayed(true));
        }
        // The rows say what it gave, because a part of it may have lapsed or been voided since.
        let payment = self.payment(std::slice::from_ref(&refund.payment_op))?;
        let payment = payment.ok_or(Refusal::PaymentNotFound)?;
        let answer = self.transact_one(at, refund.command(&payment)?)?;
        Ok(Reply::ok("{}".to_owned()).replayed(answer.replayed))
    }

    /// `POST …/wallet/refunds` of a payment that nobody else has to give back.
    ///
    /// | case | reply |
    /// |---|---|
    /// | a preview | 200 with the entry as it would be, and nothing is written |
    /// | the payment was taken elsewhere, or is simulated | 201 with what was taken |
    /// | the same again | 201, replayed |
    /// | more than is left of the payment | `validation_failed` |
    /// | Stripe has the money, and the directory does not know the payment | `wrong_state` |
    /// | no such payment | `payment_not_found` |
    pub(super) fn refund(
        &mut self,
        call: &Call,
        body: &str,
        at: Instant,
    ) -> Result<Reply, Trouble> {
        let refund = NewRefund::read(body, call.key.as_deref())?;
        let ops = ["stripe:pi:", "stripe:cs:", "topup:", "recharge:", "tx:"];
        let ops = ops.map(|prefix| format!("{prefix}{}", refund.payment));
        let (payment, left) = self.refundable(&ops, at)?;
        let known = self.storage.find(&refund.op()).map_err(failed)?;
        if known.is_none() || refund.preview {
            check_left(&refund, &payment, left)?;
        }
        if refund.preview {
            return self.would_take(&refund, &payment, left, at);
        }
        if payment.is_at_stripe {
            let detail = "Stripe has taken this payment, and it is not noted as one of this customer's. Refund it at \
                          Stripe: the wallet follows by itself when Stripe tells it.";
            return Err(Failure::WrongState.because(detail).into());
        }
        let answer = self.transact_one(at, refund.command(&payment, left))?;
        let body = money::claim(&self.wallet.customer, &answer.entry, false);
        Ok(Reply::new(201, body.unwrap_or_default()).replayed(answer.replayed))
    }

    /// The same of a payment that Stripe has to give back: 200 with what Stripe is to be asked, or with the entry as it
    /// would be. Nothing is written: the wallet is told when Stripe has done it.
    pub(super) fn plan_refund(
        &mut self,
        call: &Call,
        body: &str,
        op: &str,
        at: Instant,
    ) -> Result<Reply, Trouble> {
        let refund = NewRefund::read(body, call.key.as_deref())?;
        let (payment, left) = self.refundable(&[op.to_owned()], at)?;
        // What Stripe would refuse must not be asked, whatever else is on its way there.
        check_left(&refund, &payment, left)?;
        if refund.preview {
            return self.would_take(&refund, &payment, left, at);
        }
        // One that the wallet has made itself by this id is another refund.
        if self.storage.find(&refund.op()).map_err(failed)?.is_some() {
            return Err(Refusal::OperationIdReused.into());
        }
        let plan = PlannedRefund {
            amount: refund.amount.unwrap_or(left),
            currency: payment.currency,
        };
        Ok(Reply::ok(json(&plan)))
    }

    /// What is known of payments; those that the wallet has not are left out.
    pub(super) fn known_payments(&self, ops: &[String]) -> Result<KnownPayments, Trouble> {
        let mut known = KnownPayments::new();
        for op in ops {
            let row = self.storage.find(op).map_err(failed)?;
            let payment = row.and_then(|row| KnownPayment::of(&row.entry, &self.wallet));
            known.extend(payment.map(|payment| (op.clone(), payment)));
        }
        Ok(known)
    }

    /// The payment that one of these operations has credited, and what is left of it by now.
    fn refundable(
        &mut self,
        ops: &[String],
        at: Instant,
    ) -> Result<(CreditedPayment, Amount), Trouble> {
        self.settle_due(at)?;
        let payment = self.payment(ops)?.ok_or(Refusal::PaymentNotFound)?;
        let left = payment.left(&self.wallet);
        Ok((payment, left))
    }

    /// 200 with the entry as it would be.
    fn would_take(
        &self,
        refund: &NewRefund,
        payment: &CreditedPayment,
        left: Amount,
        at: Instant,
    ) -> Result<Reply, Trouble> {
        let entries = decide(&self.wallet, None, at, &refund.command(payment, left))?;
        let entry = entries.last();
        let body = entry.and_then(|one| money::claim(&self.wallet.customer, one, true));
        Ok(Reply::ok(body.unwrap_or_default()))
    }

    /// `PUT …/wallet/freeze`: 200 with what it is from now on.
    pub(super) fn change_freeze(
        &mut self,
        call: &Call,
        body: &str,
        at: Instant,
    ) -> Result<Reply, Trouble> {
        let command = wallet::change_freeze(body, call.key.as_deref(), &call.request_id)?;
        let answer = self.transact_one(at, command)?;
        Ok(Reply::ok(wallet::freeze_changed(&answer.entry)).replayed(answer.replayed))
    }

    /// A refund or a dispute by its id, as its first row says.
    pub(super) fn claim(&self, id: &str) -> Result<Option<String>, Trouble> {
        for op in [format!("refund:{id}"), format!("dispute:{id}:withdrawn")] {
            if let Some(row) = self.storage.find(&op).map_err(failed)? {
                return Ok(money::claim(&self.wallet.customer, &row.entry, false));
            }
        }
        Ok(None)
    }

    /// The payment that one of these operations has credited, with all that it gave.
    fn payment(&self, ops: &[String]) -> Result<Option<CreditedPayment>, Trouble> {
        for op in ops {
            let Some(row) = self.storage.find(op).map_err(failed)? else {
                continue;
            };
            if let Fact::InvoicePaid {
                subscription,
                period,
                ..
            } = &row.entry.fact
            {
                // Without a period it settled a difference, so it has given nothing by itself.
                let one = self.wallet.subscription(*subscription).zip(*period);
                let grants = one.map(|(one, period)| paid_grants(&self.storage, one, period));
                let grants = grants.transpose().map_err(failed)?.unwrap_or_default();
                return Ok(CreditedPayment::of(&row.entry, grants));
            }
            let mut grants = self.given_by(&row.entry)?;
            // What a top-up gives beside what it sells is taken back with it, because nobody has paid for that
            // alone. It has the name of the payment, so one rule finds it whoever took the money.
            if let Fact::Credited {
                source: CreditSource::TopUp { .. },
                ..
            } = &row.entry.fact
            {
                let beside = self.storage.find(&format!("{op}:promotion"));
                if let Some(beside) = beside.map_err(failed)? {
                    grants.extend(self.given_by(&beside.entry)?);
                }
            }
            return Ok(CreditedPayment::of(&row.entry, grants));
        }
        Ok(None)
    }

    /// The grants of one entry, without tax that was given by mistake, and what of them is gone without being used.
    fn given_by(&self, entry: &Entry) -> Result<Vec<PaidGrant>, Trouble> {
        let tax = self.fact(&format!("{}:tax", entry.op))?;
        let tax = match tax {
            Some(Fact::TaxExcluded { tax, .. }) => tax,
            _ => Amount::ZERO,
        };
        let mut grants = Vec::new();
        for (account, lot) in entry.opened() {
            let granted = lot.original.folded_minus(tax).max(Amount::ZERO);
            let gone = gone_of(&self.storage, &lot).map_err(failed)?;
            grants.push(PaidGrant {
                account,
                lot,
                granted,
                gone,
            });
        }
        Ok(grants)
    }

    fn fact(&self, op: &str) -> Result<Option<Fact>, Trouble> {
        let row = self.storage.find(op).map_err(failed)?;
        Ok(row.map(|row| row.entry.fact))
    }
}

/// What is asked for can be refused; what a processor tells has happened.
fn check_left(refund: &NewRefund, payment: &CreditedPayment, left: Amount) -> Result<(), Trouble> {
    if left.is_positive() && refund.amount.is_none_or(|amount| amount <= left) {
        return Ok(());
    }
    let CreditedPayment { paid, currency, .. } = payment;
    let sentence = format!("is more than is left: of {paid} {currency} that were paid, {left}");
    Err(Problem::field("amount", sentence).into())
}
