//! The laws of what payments lose by refunds and disputes, recomputed from the rows alone.
//!
//! ```text
//! lost  = min(paid, sum of the claims that stand)                     a claim that is over is over for ever
//! taken = granted * lost / paid, rounded once, half to even           of each grant, and never more than granted
//!       = drawn + passed + owed
//! drawn + borrowed - restored - forgiven by the row = change of (drawn + owed)       of each account
//! passed <= lapsed + voided of that grant, ever
//! ```
//!
//! Such a row touches grants of its payment, and those into which they have gone over, and no others. While a freeze holds no money is reserved.

use std::collections::{BTreeMap, BTreeSet};

use scrip::engine::loss::{ClaimKind, Loss, LostPart};
use scrip::engine::{AccountId, Entry, Fact, Move, Wallet};

use crate::audit::pico;

/// Of a grant: its account and its id.
type Of = (AccountId, u64);

/// By kind and id.
type Claims = BTreeMap<(String, String), (i128, bool)>;

#[derive(Default)]
pub struct LossAudit {
    /// By payment and claim: how much, and whether it is over.
    claims: BTreeMap<String, Claims>,
    taken: BTreeMap<Of, LostPart>,
    lost: BTreeMap<Of, (i128, i128)>,
    /// What is gone without being used.
    gone: BTreeMap<Of, i128>,
    /// Grants of plans whose rest goes over, and into which: what comes back to one that is over is found there.
    rolled: BTreeMap<u64, u64>,
    frozen: BTreeSet<String>,
    ended: BTreeSet<String>,
}

fn law(holds: bool, broken: impl FnOnce() -> String) -> Result<(), String> {
    if holds { Ok(()) } else { Err(broken()) }
}

/// The fraction `of / whole` of an amount, to so many places; nothing where the product is too large for plain
/// integers.
pub fn part(amount: i128, of: i128, whole: i128, places: u32) -> Option<i128> {
    if of == 0 {
        return Some(0);
    }
    let unit = 10_i128.pow(12 - places);
    let product = amount.checked_mul(of)?;
    let unit_whole = unit.checked_mul(whole)?;
    let (units, rest) = (
        product.div_euclid(unit_whole),
        product.rem_euclid(unit_whole),
    );
    let twice = rest.checked_mul(2)?;
    let up = twice > unit_whole || (twice == unit_whole && units % 2 == 1);
    Some((units + i128::from(up)) * unit)
}

#[test]
fn the_fraction_is_rounded_half_to_even() {
    let one = 10_i128.pow(12);
    for (amount, of, whole, places, wanted) in [
        (5 * one, one, 2 * one, 0, 2 * one),
        (7 * one, one, 2 * one, 0, 4 * one),
        (10 * one, one, 3 * one, 2, 333 * one / 100),
        (10 * one, 3 * one, 3 * one, 2, 10 * one),
        (10 * one, 0, 3 * one, 2, 0),
    ] {
        assert_eq!(part(amount, of, whole, places), Some(wanted));
    }
}

impl LossAudit {
    /// Follows one entry; `after` is the wallet with it.
    pub fn follow(&mut self, entry: &Entry, after: &Wallet) -> Result<(), String> {
        match &entry.fact {
            Fact::PaymentLoss(loss) => self.follow_loss(entry, loss, after)?,
            Fact::EntitlementGranted {
                grant,
                rolls: Some(rolls),
                ..
            } => _ = self.rolled.insert(rolls.from, *grant),
            Fact::TaxExcluded {
                grant,
                tax,
                returned,
                ..
            } => {
                let moved: i128 = entry.changes.iter().map(|one| taken(&one.moves)).sum();
                law(moved == pico(*tax) - pico(*returned), || {
                    "tax was taken twice, or not at all".into()
                })?;
                self.follow_tax(entry, *grant, after)?;
            }
            Fact::FreezeChanged(change) => {
                let key = format!("{:?} {:?}", change.cause, change.id);
                let by_hand = change.id.is_none() && !change.frozen;
                if by_hand {
                    self.ended.extend(
                        self.frozen
                            .iter()
                            .filter(|one| !one.ends_with("None"))
                            .cloned(),
                    );
                    self.frozen.clear();
                } else if change.frozen && !self.ended.contains(&key) {
                    self.frozen.insert(key);
                } else if !change.frozen {
                    self.frozen.remove(&key);
                    self.ended.insert(key);
                }
                law(after.frozen().count() == self.frozen.len(), || {
                    format!("frozen by {:?}, and not {:?}", after.freezes, self.frozen)
                })?;
            }
            Fact::HoldAuthorized { .. } => law(self.frozen.is_empty(), || {
                "a frozen wallet has authorized".into()
            })?,
            _ => {}
        }
        for change in &entry.changes {
            for one in &change.moves {
                let void = matches!(entry.fact, Fact::GrantVoided { .. });
                if let Move::Lapse(draw) = one {
                    *self.gone(&change.account, draw.grant) += pico(draw.amount);
                } else if let (Move::Draw(draw), true) = (one, void) {
                    *self.gone(&change.account, draw.grant) += pico(draw.amount);
                }
            }
        }
        Ok(())
    }

    fn gone(&mut self, account: &AccountId, grant: u64) -> &mut i128 {
        self.gone.entry((account.clone(), grant)).or_default()
    }

    fn follow_loss(&mut self, entry: &Entry, loss: &Loss, after: &Wallet) -> Result<(), String> {
        let claims = self.claims.entry(loss.payment.clone()).or_default();
        let kind = match loss.cause.claim() {
            ClaimKind::Refund => "refund",
            ClaimKind::Dispute => "dispute",
        };
        let known = claims
            .entry((kind.to_owned(), loss.id.clone()))
            .or_insert((pico(loss.amount), false));
        known.1 |= loss.cause.ends();
        let standing: i128 = claims.values().filter(|one| !one.1).map(|one| one.0).sum();
        let (lost, paid) = (pico(loss.lost), pico(loss.paid));
        law(lost == standing.min(paid), || {
            format!("{lost} of {paid} are lost, and {standing} were claimed")
        })?;

        let mut moved: BTreeMap<&AccountId, i128> = BTreeMap::new();
        let mut own = BTreeSet::new();
        for now in &loss.parts {
            let of = (now.account.clone(), now.grant);
            let precision = after
                .accounts
                .get(&now.account)
                .map(|one| one.asset.precision);
            let places = precision.ok_or("a part of an account that is not there")?;
            check_part(now, (lost, paid), places)?;
            let gone = self.gone.get(&of).copied().unwrap_or_default();
            law(pico(now.passed) <= gone, || {
                format!("{} of {gone} passed", now.passed)
            })?;
            let before = self.taken.insert(of.clone(), now.clone());
            let sum = |part: &LostPart| pico(part.drawn) + pico(part.owed);
            *moved.entry(&now.account).or_default() += sum(now) - before.as_ref().map_or(0, sum);
            self.lost.insert(of.clone(), (lost, paid));
            let mut into = Some(&now.grant);
            while let Some(grant) = into {
                own.insert((now.account.clone(), *grant));
                into = self.rolled.get(grant);
            }
        }
        for change in &entry.changes {
            for one in &change.moves {
                let grant = match one {
                    Move::Draw(draw) | Move::Repay(draw) | Move::Lapse(draw) => draw.grant,
                    Move::Back { grant, .. } | Move::Restore { grant, .. } => *grant,
                    Move::Borrow { .. } | Move::Forgive { .. } => continue,
                    other => return Err(format!("a loss does not move {other:?}")),
                };
                law(own.contains(&(change.account.clone(), grant)), || {
                    format!("another grant was touched: {grant}")
                })?;
            }
            let expected = moved.remove(&change.account).unwrap_or_default();
            law(taken(&change.moves) == expected, || {
                format!("{expected} is to be taken, and {:?} was", change.moves)
            })?;
        }
        law(moved.values().all(|sum| *sum == 0), || {
            format!("nothing was moved of {moved:?}")
        })
    }

    /// What was taken is what is lost of a payment that gave less than it seemed.
    fn follow_tax(&mut self, entry: &Entry, grant: u64, after: &Wallet) -> Result<(), String> {
        let Some(account) = entry.changes.first().map(|one| &one.account) else {
            return Ok(());
        };
        let of = (account.clone(), grant);
        let Some((lost, paid)) = self.lost.get(&of).copied() else {
            return Ok(());
        };
        let all = after.losses.values().flat_map(|one| &one.parts);
        let mut own = all.filter(|one| one.account == *account && one.grant == grant);
        let now = own.next().ok_or("what was lost is forgotten")?;
        let places = after.accounts.get(account).map(|one| one.asset.precision);
        check_part(now, (lost, paid), places.unwrap_or(12))?;
        self.taken.insert(of, now.clone());
        Ok(())
    }
}

/// What some moves take of an account.
fn taken(moves: &[Move]) -> i128 {
    let of = |one: &Move| match one {
        Move::Draw(draw) => pico(draw.amount),
        Move::Borrow { amount } => pico(*amount),
        // What goes on from one grant to its successor comes back once.
        Move::Forgive { amount }
        | Move::Restore {
            amount, from: None, ..
        } => -pico(*amount),
        _ => 0,
    };
    moves.iter().map(of).sum()
}

fn check_part(now: &LostPart, (lost, paid): (i128, i128), places: u32) -> Result<(), String> {
    let parts = [now.drawn, now.passed, now.owed].map(pico);
    law(parts.iter().all(|part| *part >= 0), || {
        format!("a part below zero: {now:?}")
    })?;
    let (sum, granted) = (parts.iter().sum::<i128>(), pico(now.granted));
    law(sum <= granted, || {
        format!("more is taken than was given: {now:?}")
    })?;
    // Amounts that are too large for plain integers keep to the bounds above.
    let wanted = part(granted, lost, paid, places).map(|wanted| wanted.min(granted));
    law(wanted.is_none_or(|wanted| wanted == sum), || {
        format!("{lost} of {paid} lost should take {wanted:?}: {now:?}")
    })
}
