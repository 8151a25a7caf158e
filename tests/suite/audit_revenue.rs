//! Revenue is what the wallet was debited for it, less what was given back, whatever happened.
//!
//! ```text
//! gross revenue = sum of captured + drawn + borrowed + owed, in entries that charge
//!               + sum of what invoices were paid, which moves nothing, less the part of it that is lost
//!               - sum of restored, in entries that move a plan
//! refunded      = sum over all payments of what each has lost now
//! ```

use std::collections::BTreeMap;

use scrip::engine::command::DebitCause;
use scrip::engine::{Entry, Fact, Move};
use scrip::journal::memory::MemoryJournal;
use scrip::worker::wallet_object::shipment::Shipment;
use serde_json::Value;

use crate::audit::pico;
use crate::audit_losses::part;

/// What the moves of the entries that charge come to, by asset.
#[derive(Default)]
pub struct RevenueAudit {
    debited: BTreeMap<String, i128>,
    /// What each payment has lost, with its currency, as its last row says it.
    lost: BTreeMap<String, (String, i128)>,
    /// What each invoice was paid without its tax, by its operation.
    invoiced: BTreeMap<String, i128>,
    /// The part of that which is lost, likewise.
    revenue_lost: BTreeMap<String, (String, i128)>,
}

/// Whether what an entry debits is revenue. Every fact is listed, so that a new one says it.
const fn charges(fact: &Fact) -> bool {
    match fact {
        Fact::UsageRecorded { .. }
        | Fact::UsagePriced { .. }
        | Fact::HoldCaptured { .. }
        | Fact::Subscribed { .. }
        | Fact::SubscriptionChanged { .. }
        | Fact::ProductChanged { .. }
        | Fact::MinimumCharged { .. }
        | Fact::SubscriptionRenewed { .. } => true,
        Fact::Debited { cause, .. } => matches!(cause, DebitCause::Charge),
        Fact::Reversed { is_charge, .. } => *is_charge,
        Fact::WalletOpened { .. }
        | Fact::SubscriptionLapsed { .. }
        | Fact::InvoicePaid { .. }
        | Fact::SubscriptionEnded { .. }
        | Fact::ProductChangePlanned { .. }
        | Fact::ProductEnded { .. }
        | Fact::EntitlementGranted { .. }
        | Fact::ExternalIdChanged(_)
        | Fact::Credited { .. }
        | Fact::HoldAuthorized { .. }
        | Fact::HoldExtended { .. }
        | Fact::HoldReleased { .. }
        | Fact::HoldExpired { .. }
        | Fact::SettingsChanged { .. }
        | Fact::CreditApplied { .. }
        | Fact::GrantExpired { .. }
        | Fact::GrantVoided { .. }
        | Fact::TaxExcluded { .. }
        | Fact::OverdraftSet { .. }
        | Fact::BudgetSet { .. }
        | Fact::BudgetRemoved { .. }
        | Fact::PresetsChanged { .. }
        | Fact::PaymentLoss(_)
        | Fact::FreezeChanged(_)
        | Fact::Recharge { .. } => false,
    }
}

impl RevenueAudit {
    pub fn follow(&mut self, entry: &Entry) {
        if let Fact::InvoicePaid {
            amount, currency, ..
        } = &entry.fact
        {
            *self.debited.entry(currency.clone()).or_default() += pico(*amount);
            self.invoiced.insert(entry.op.clone(), pico(*amount));
        }
        if let Fact::PaymentLoss(loss) = &entry.fact {
            let lost = (loss.currency.clone(), pico(loss.lost));
            if let Some(paid) = self.invoiced.get(&loss.payment) {
                // By what is lost now, however many rows have said so. Where the product is too large for plain
                // integers, the rows are believed.
                let known = self.revenue_lost.get(&loss.payment).map_or(0, |one| one.1);
                let now = part(*paid, pico(loss.lost), pico(loss.paid), 12);
                let now = now.unwrap_or(known + pico(loss.revenue_lost));
                let now = (loss.currency.clone(), now);
                self.revenue_lost.insert(loss.payment.clone(), now);
            }
            self.lost.insert(loss.payment.clone(), lost);
        }
        if !charges(&entry.fact) {
            return;
        }
        for change in &entry.changes {
            let sum = self
                .debited
                .entry(change.account.asset.clone())
                .or_default();
            for one in &change.moves {
                *sum += match one {
                    Move::Capture(draw) | Move::Draw(draw) => pico(draw.amount),
                    Move::Borrow { amount } | Move::Owe { amount } => pico(*amount),
                    Move::Open { amount, .. }
                    | Move::Restore {
                        amount, from: None, ..
                    }
                    | Move::Forgive { amount } => -pico(*amount),
                    _ => 0,
                };
            }
        }
    }

    /// Against all rows of which the directory is told, summed as it sums them.
    pub fn compare(&self, journal: &MemoryJournal) -> Result<(), String> {
        let mut shipment = Shipment::default();
        for row in &journal.rows {
            shipment.add("cust_0123456789abcdefghjkmnpqrs", &row.entry, None);
        }
        let mut rows: Vec<Value> = Vec::new();
        for list in shipment.into_lists() {
            let list: Vec<Value> =
                serde_json::from_str(&list).map_err(|error| error.to_string())?;
            rows.extend(list);
        }
        let told = sums(&rows, 9)?;
        let mut debited = self.debited.clone();
        for (currency, amount) in self.revenue_lost.values() {
            *debited.entry(currency.clone()).or_default() -= amount;
        }
        debited.retain(|_, sum| *sum != 0);
        if told != debited {
            return Err(format!("revenue is told as {told:?}, debited {debited:?}"));
        }
        let mut lost: BTreeMap<String, i128> = BTreeMap::new();
        for (currency, amount) in self.lost.values() {
            *lost.entry(currency.clone()).or_default() += amount;
        }
        lost.retain(|_, sum| *sum != 0);
        let told = sums(&rows, 12)?;
        if told != lost {
            return Err(format!("refunds are told as {told:?}, lost {lost:?}"));
        }
        Ok(())
    }
}

/// What a column of amounts comes to, by asset; rows that end before it have none.
fn sums(rows: &[Value], column: usize) -> Result<BTreeMap<String, i128>, String> {
    let mut sums: BTreeMap<String, i128> = BTreeMap::new();
    let amounts = rows.iter().filter_map(|row| row.get(column)?.as_array());
    for one in amounts.flatten() {
        let part = |place: usize| one.get(place).and_then(Value::as_i64).map(i128::from);
        let asset = one.get(0).and_then(Value::as_str);
        let (asset, whole) = asset.zip(part(1)).ok_or("an amount that is none")?;
        let rest = part(2).ok_or("an amount without its rest")?;
        *sums.entry(asset.to_owned()).or_default() += whole * 10_i128.pow(12) + rest;
    }
    sums.retain(|_, sum| *sum != 0);
    Ok(sums)
}
