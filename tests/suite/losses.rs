//! What the wallet object finds of a payment in the rows, told here from the rows of a test.

use proptest::prelude::*;
use scrip::engine::freeze::{FreezeCause, FreezeChange};
use scrip::engine::loss::{LossCause, LossChange, PaidGrant};
use scrip::engine::{Action, Amount, Entry, Fact, Wallet};
use scrip::journal::Row;
use scrip::journal::invoiced::paid_grants;
use scrip::journal::memory::MemoryJournal;
use scrip::wire::money::CreditedPayment;

use crate::arbitrary::{Try, amount};
use crate::properties::World;

/// A refund or a dispute of a credit that a number picks, or the end of one.
#[derive(Clone, Debug)]
pub struct TriedLoss {
    credit: usize,
    cause: LossCause,
    id: u8,
    amount: Amount,
}

pub fn loss() -> impl Strategy<Value = TriedLoss> {
    let cause = prop_oneof![
        3 => Just(LossCause::Refunded),
        1 => Just(LossCause::RefundFailed),
        2 => Just(LossCause::FundsWithdrawn),
        1 => Just(LossCause::FundsReinstated),
    ];
    let all = (0_usize..12, cause, 0_u8..4, amount());
    all.prop_map(|(credit, cause, id, amount)| TriedLoss {
        credit,
        cause,
        id,
        amount,
    })
}

impl World {
    /// What the wallet object makes of a refund, a dispute or a freeze; nothing where there is no credit.
    pub fn lost(&self, one: &Try) -> Option<(String, Action)> {
        let number = self.commands;
        match one {
            Try::Freeze { dispute, frozen } => {
                let cause = match dispute {
                    Some(_) => FreezeCause::Dispute,
                    None => FreezeCause::Manual,
                };
                let change = FreezeChange {
                    frozen: *frozen,
                    cause,
                    id: dispute.map(|id| format!("dp_{id}")),
                    payment: None,
                    reason: None,
                };
                Some((format!("freeze:{number}"), Action::Freeze(change)))
            }
            Try::Loss(tried) => self.loss(tried),
            _ => None,
        }
    }

    /// What was paid has tax now and then, and now and then it is less than what was sold.
    fn loss(&self, tried: &TriedLoss) -> Option<(String, Action)> {
        let rows = self.rows().iter();
        let is_paid =
            |fact: &Fact| matches!(fact, Fact::Credited { .. } | Fact::InvoicePaid { .. });
        let credits = rows.filter(|row| is_paid(&row.entry.fact));
        let credits: Vec<_> = credits.map(|row| &row.entry).collect();
        let credit = *credits.get(tried.credit.checked_rem(credits.len())?)?;
        if let Some(change) = invoice_lost(&self.journal, &self.wallet, credit) {
            return Some(tried.of(credit, change));
        }
        let given = credit.opened().map(|(_, grant)| grant.original).next()?;
        let paid = match credit.seq % 3 {
            0 => given,
            1 => given.plus(Amount::parse("1.9").ok()?).ok()?,
            _ => Amount::parse("7.25").ok()?,
        };
        let op = std::slice::from_ref(&credit.op);
        Some(tried.of(credit, lost_by(self.rows(), op, Some(paid))?))
    }
}

impl TriedLoss {
    /// The command, of a payment.
    fn of(&self, credit: &Entry, payment: LossChange) -> (String, Action) {
        let (amount, id) = (self.amount, self.id);
        let change = LossChange {
            cause: self.cause,
            id: id.to_string(),
            amount: amount.max(amount.negated()),
            ..payment
        };
        let op = format!("{}:{}:{id}", credit.op, self.cause.word());
        (op, Action::ChangeLoss(change))
    }
}

/// A loss of the payment of an invoice, to be filled in; nothing where the entry is none.
pub fn invoice_lost(journal: &MemoryJournal, wallet: &Wallet, entry: &Entry) -> Option<LossChange> {
    let Fact::InvoicePaid {
        subscription,
        period,
        ..
    } = &entry.fact
    else {
        return None;
    };
    let one = wallet.subscription(*subscription).zip(*period);
    let grants = one.map(|(one, period)| paid_grants(journal, one, period));
    let Ok(grants) = grants.transpose();
    let payment = CreditedPayment::of(entry, grants.unwrap_or_default())?;
    Some(LossChange {
        payment: payment.op,
        cause: LossCause::Refunded,
        id: String::new(),
        amount: Amount::ZERO,
        currency: payment.currency,
        paid: payment.paid,
        revenue: payment.revenue,
        grants: payment.grants,
        reason: None,
    })
}

/// A loss of the payment that these operations have credited, to be filled in: what it gave, and what of that is gone.
/// Nothing where none has.
pub fn lost_by(rows: &[Row], ops: &[String], paid: Option<Amount>) -> Option<LossChange> {
    let sum = |amounts: &mut dyn Iterator<Item = Amount>| {
        amounts.fold(Amount::ZERO, |sum, one| sum.plus(one).unwrap_or(sum))
    };
    let facts = || rows.iter().map(|row| (&row.entry.fact, &row.entry.changes));
    let mut grants = Vec::new();
    for op in ops {
        let row = rows.iter().find(|row| row.entry.op == *op)?;
        for (account, lot) in row.entry.opened() {
            let tax = sum(&mut facts().filter_map(|(fact, changes)| match fact {
                Fact::TaxExcluded { grant, tax, .. }
                    if *grant == lot.id && changes.iter().any(|one| one.account == account) =>
                {
                    Some(*tax)
                }
                _ => None,
            }));
            let gone = sum(&mut facts().filter_map(|(fact, _)| match fact {
                Fact::GrantExpired { grant, amount } | Fact::GrantVoided { grant, amount, .. }
                    if *grant == lot.id =>
                {
                    Some(*amount)
                }
                _ => None,
            }));
            let granted = lot.original.minus(tax).unwrap_or(Amount::ZERO);
            grants.push(PaidGrant {
                account,
                granted: granted.max(Amount::ZERO),
                gone,
                lot,
            });
        }
    }
    let given = sum(&mut grants.iter().map(|one| one.lot.original));
    Some(LossChange {
        payment: ops.first()?.clone(),
        cause: LossCause::Refunded,
        id: String::new(),
        amount: Amount::ZERO,
        currency: String::new(),
        paid: paid.unwrap_or(given),
        revenue: Amount::ZERO,
        grants,
        reason: None,
    })
}
