//! The laws of subscriptions, row by row: what is collected is paid for, once, and makes no debt; a
//! rollover creates no credit.

use std::collections::{BTreeMap, BTreeSet};

use scrip::engine::price::FixedFee;
use scrip::engine::{AccountId, Entry, Fact, Instant, Move, Wallet};

use crate::audit::pico;

/// What was collected for which moment.
#[derive(Default)]
pub struct SubscriptionAudit {
    collected: BTreeSet<(u64, String, i64)>,
    /// Periods that invoices have paid, of each subscription.
    invoiced: BTreeMap<u64, Vec<(Instant, Instant)>>,
    invoices: BTreeSet<String>,
    /// Subscriptions of which a product was moved: another version may give under the same name.
    moved: BTreeSet<u64>,
    /// Whose grants they are, and until when: subscription, product, entitlement, end.
    grants: BTreeMap<u64, (u64, String, String, Instant)>,
    /// What has lapsed of them, each in an entry of its own, and has not come again.
    rests: BTreeMap<(u64, String, String, Instant), i128>,
    /// How often a subscription has given something for a period that starts then.
    given: BTreeMap<(u64, String, String, Instant), usize>,
}

/// What the moves of an entry come to.
#[derive(Default)]
struct Moved {
    opened: BTreeMap<AccountId, i128>,
    drawn: BTreeMap<AccountId, i128>,
    lapsed: i128,
    restored: BTreeMap<AccountId, i128>,
    others: bool,
}

fn moved(entry: &Entry) -> Moved {
    let mut moved = Moved::default();
    for change in &entry.changes {
        for one in &change.moves {
            let id = change.account.clone();
            match one {
                Move::Open { amount, .. } => *moved.opened.entry(id).or_default() += pico(*amount),
                Move::Draw(draw) => *moved.drawn.entry(id).or_default() += pico(draw.amount),
                Move::Lapse(draw) => moved.lapsed += pico(draw.amount),
                Move::Restore { amount, .. } => {
                    *moved.restored.entry(id).or_default() += pico(*amount);
                }
                // New credit repays debt, and takes the place of what holds have pledged.
                Move::Repay(_) | Move::Back { .. } => {}
                _ => moved.others = true,
            }
        }
    }
    moved
}

fn sums(fees: &[FixedFee]) -> BTreeMap<AccountId, i128> {
    let mut sums: BTreeMap<AccountId, i128> = BTreeMap::new();
    for fee in fees.iter().filter(|fee| fee.amount.is_positive()) {
        *sums.entry(AccountId::default_for(&fee.asset)).or_default() += pico(fee.amount);
    }
    sums
}

fn law(holds: bool, broken: &str) -> Result<(), String> {
    if holds { Ok(()) } else { Err(broken.into()) }
}

impl SubscriptionAudit {
    /// `wallet` is the fold up to and with this entry.
    pub fn follow(&mut self, entry: &Entry, wallet: &Wallet) -> Result<(), String> {
        let moved = moved(entry);
        let mut taken = 0;
        let (credited, charged): (&[FixedFee], &[FixedFee]) = match &entry.fact {
            Fact::Subscribed { fees, .. } | Fact::SubscriptionChanged { fees, .. } => (&[], fees),
            Fact::SubscriptionRenewed {
                subscription,
                due_at,
                starts,
                fees,
                ..
            } => {
                for fee in fees.iter().filter(|_| !starts) {
                    let key = (*subscription, fee.price_id.clone(), due_at.micros());
                    law(self.collected.insert(key), "a period was collected twice")?;
                }
                law(*due_at <= entry.at, "collected before it was due")?;
                (&[], fees)
            }
            Fact::ProductChanged {
                subscription,
                credited,
                charged,
                taken: back,
                ..
            } => {
                self.moved.insert(*subscription);
                taken = back.iter().map(|one| pico(one.amount)).sum();
                (credited, charged)
            }
            Fact::SubscriptionLapsed { .. }
            | Fact::SubscriptionEnded { .. }
            | Fact::ProductChangePlanned { .. }
            | Fact::ProductEnded { .. } => (&[], &[]),
            Fact::EntitlementGranted { .. } => {
                self.check_paid(&entry.fact, wallet)?;
                self.check_awaited(&entry.fact)?;
                return check_grant(entry, &moved, wallet);
            }
            Fact::InvoicePaid { .. } => return self.note_invoice(entry),
            Fact::GrantExpired { grant, amount } => {
                if let Some(of) = self.grants.get(grant) {
                    *self.rests.entry(of.clone()).or_default() += pico(*amount);
                }
                return Ok(());
            }
            _ => return Ok(()),
        };
        law(
            !moved.others && moved.lapsed == taken,
            "it moves other money",
        )?;
        law(moved.opened.is_empty(), "a change of plan opens credit")?;
        law(
            moved.restored == sums(credited),
            "it gives back something else",
        )?;
        law(moved.drawn == sums(charged), "it draws something else")?;
        for id in sums(charged).keys() {
            let change = entry.changes.iter().find(|change| change.account == *id);
            let available = change.map(|change| change.after().available());
            let covered = available.is_some_and(|available| !available.is_negative());
            law(covered, "it was collected below zero")?;
        }
        Ok(())
    }
}

impl SubscriptionAudit {
    fn note_invoice(&mut self, entry: &Entry) -> Result<(), String> {
        let Fact::InvoicePaid {
            subscription,
            invoice,
            period,
            ..
        } = &entry.fact
        else {
            return Ok(());
        };
        law(entry.changes.is_empty(), "an invoice moved money")?;
        let new = self.invoices.insert(invoice.clone());
        law(new, "an invoice was paid twice")?;
        let paid = self.invoiced.entry(*subscription).or_default();
        paid.extend(period.map(|one| (one.starts_at, one.ends_at)));
        Ok(())
    }

    /// What comes again of what has lapsed had lapsed at the very start of this period, and comes once.
    fn check_awaited(&mut self, fact: &Fact) -> Result<(), String> {
        let Fact::EntitlementGranted {
            subscription,
            product,
            name,
            grant,
            awaited,
            starts_at,
            ends_at,
            ..
        } = fact
        else {
            return Ok(());
        };
        let of = |at: Instant| (*subscription, product.clone(), name.clone(), at);
        if awaited.is_positive() {
            let rest = self.rests.entry(of(*starts_at)).or_default();
            *rest -= pico(*awaited);
            law(*rest >= 0, "more came again than had lapsed")?;
        }
        if let Some(ends_at) = ends_at {
            self.grants.insert(*grant, of(*ends_at));
        }
        Ok(())
    }

    /// Nothing is given for a period that no invoice has paid, and once for each that has.
    fn check_paid(&mut self, fact: &Fact, wallet: &Wallet) -> Result<(), String> {
        let Fact::EntitlementGranted {
            subscription,
            product,
            name,
            starts_at,
            extra: false,
            ..
        } = fact
        else {
            return Ok(());
        };
        let one = wallet.subscription(*subscription);
        if !one.is_some_and(|one| one.plan.invoiced) {
            return Ok(());
        }
        let key = (*subscription, product.clone(), name.clone(), *starts_at);
        let times = self.given.entry(key).or_default();
        *times += 1;
        let paid = self.invoiced.get(subscription).into_iter().flatten();
        let paid = paid.filter(|(starts, ends)| starts <= starts_at && starts_at < ends);
        let paid = paid.count();
        let once = *times <= paid || self.moved.contains(subscription);
        law(paid > 0 && once, "it is given without a paid invoice")
    }
}

/// A grant is what the product gives and what is carried, and no more is carried than ends with it.
fn check_grant(entry: &Entry, moved: &Moved, wallet: &Wallet) -> Result<(), String> {
    let Fact::EntitlementGranted {
        subscription,
        place,
        account,
        amount,
        carried,
        awaited,
        starts_at,
        extra,
        ..
    } = &entry.fact
    else {
        return Err("another fact".into());
    };
    let one = wallet.subscription(*subscription);
    let given = one.and_then(|one| one.entitlement(*place));
    let (given, entitlement) = given.ok_or("granted by no product")?;
    let last = given.grants().next();
    law(last == Some(entry.seq), "it is not the last grant")?;
    law(
        given.next.is_none_or(|next| next > *starts_at),
        "it is due again",
    )?;
    law(*starts_at <= entry.at, "granted before it was due")?;
    let opened = moved.opened.get(account).copied().unwrap_or_default();
    law(
        opened == pico(*amount) && moved.opened.len() == 1,
        "it opens another grant",
    )?;
    let ended = pico(*carried) - pico(*awaited);
    law(
        (0..=moved.lapsed).contains(&ended),
        "a rollover created credit",
    )?;
    let new = pico(*amount) - pico(*carried);
    let whole = pico(entitlement.amount);
    law(
        new == whole || new == 0 || (*extra && (0..=whole).contains(&new)),
        "it grants something else",
    )?;
    law(
        moved.drawn.is_empty() && !moved.others,
        "it moves other money",
    )
}
