//! What an entry reserved, charged and released, summed by asset from its moves.

use crate::engine::amount::total;
use crate::engine::moves::Move;
use crate::engine::{AccountChange, Amount, Entry};
use crate::wire::reply::Money;

/// The sum of an account's moves that a function picks; nothing for an account without such a move,
/// so that zero is told only where something of zero happened.
fn moved(entry: &Entry, pick: impl Fn(&Move) -> Option<Amount>) -> Vec<Money> {
    let sum = |change: &AccountChange| {
        let picked: Vec<Amount> = change.moves.iter().filter_map(&pick).collect();
        // Sums of what an account held already stay within its bounds, so the default never shows.
        let total = total(picked.iter().copied());
        (!picked.is_empty()).then(|| Money {
            asset: change.account.asset.clone(),
            amount: total.unwrap_or_default(),
        })
    };
    entry.changes.iter().filter_map(sum).collect()
}

/// What an entry put aside, by asset: credit that it reserved, and overdraft that it pledged.
pub(super) fn reservations(entry: &Entry) -> Vec<Money> {
    moved(entry, reserved)
}

/// What an entry charged, by asset: what it captured, and what it drew beyond that.
#[must_use]
pub fn charges(entry: &Entry) -> Vec<Money> {
    moved(entry, charged)
}

/// What an entry set free again, by asset.
pub(super) fn releases(entry: &Entry) -> Vec<Money> {
    moved(entry, released)
}

fn charged(one: &Move) -> Option<Amount> {
    match one {
        Move::Capture(draw) | Move::Draw(draw) => Some(draw.amount),
        Move::Borrow { amount } | Move::Owe { amount } => Some(*amount),
        _ => None,
    }
}

fn reserved(one: &Move) -> Option<Amount> {
    match one {
        Move::Reserve(draw) => Some(draw.amount),
        Move::Pledge { amount } => Some(*amount),
        _ => None,
    }
}

fn released(one: &Move) -> Option<Amount> {
    match one {
        Move::Release(draw) => Some(draw.amount),
        Move::Unpledge { amount } => Some(*amount),
        _ => None,
    }
}
