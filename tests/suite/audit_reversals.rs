//! The laws of taking back: what is reversed comes back exactly, once, and only what was charged before.
//!
//! ```text
//! restored + opened + forgiven by a reversal = drawn + captured + borrowed + owed by the entry it names
//! ```
//!
//! for each account, where `restored` leaves out what goes over from one period's grant into the next.
//! Voiding a grant takes what is free of it and nothing else.

use std::collections::{BTreeMap, BTreeSet};

use scrip::engine::{AccountId, Entry, Fact, Move, Wallet};

use crate::audit::pico;

/// An amount of each account.
type Sums = BTreeMap<AccountId, i128>;

#[derive(Default)]
pub struct ReversalAudit {
    charged: BTreeMap<u64, Sums>,
    reversed: BTreeSet<u64>,
}

impl ReversalAudit {
    /// Follows one entry; `before` is the wallet without it.
    pub fn follow(&mut self, entry: &Entry, before: &Wallet) -> Result<(), String> {
        let given_back = sums(entry, |one| match one {
            Move::Restore {
                amount, from: None, ..
            }
            | Move::Open { amount, .. }
            | Move::Forgive { amount } => pico(*amount),
            _ => 0,
        });
        let charged = sums(entry, |one| match one {
            Move::Draw(draw) | Move::Capture(draw) => pico(draw.amount),
            Move::Borrow { amount } | Move::Owe { amount } => pico(*amount),
            _ => 0,
        });
        match &entry.fact {
            Fact::Reversed { entry: named, .. } => {
                if !self.reversed.insert(*named) {
                    return Err(format!("entry {named} was reversed twice"));
                }
                let expected = self.charged.get(named);
                if expected != Some(&given_back) {
                    return Err(format!("of {expected:?} came back {given_back:?}"));
                }
            }
            Fact::GrantVoided { grant, amount, .. } => {
                // A row may give in several assets, so its grants share an id: what was touched says of
                // which account this one is.
                let touched = entry.changes.first().map(|change| &change.account);
                let free: Vec<i128> = before
                    .accounts
                    .iter()
                    .filter(|(account, _)| touched.is_none_or(|touched| touched == *account))
                    .flat_map(|(_, account)| &account.grants)
                    .filter(|one| one.id == *grant)
                    .map(|one| pico(one.free))
                    .collect();
                let taken: i128 = charged.values().sum();
                if taken != pico(*amount)
                    || !(free.contains(&taken) || free.is_empty() && taken == 0)
                {
                    return Err(format!("of {free:?} free {taken} was taken back"));
                }
            }
            _ => {}
        }
        self.charged.insert(entry.seq, charged);
        Ok(())
    }
}

/// The sum over the moves of each account, where it is not zero.
fn sums(entry: &Entry, of: impl Fn(&Move) -> i128) -> Sums {
    let sum = |moves: &[Move]| moves.iter().map(&of).sum::<i128>();
    entry
        .changes
        .iter()
        .map(|change| (change.account.clone(), sum(&change.moves)))
        .filter(|(_, sum)| *sum != 0)
        .collect()
}
