//! The fourteen moves, which are all that ever happens to money.
//!
//! Every change of money is a [`Move`]. An entry lists its moves, so a balance can be
//! recomputed by anyone who can add:
//!
//! | move | free | reserved | pledged | debt |
//! |---|---|---|---|---|
//! | `open` a grant | + | | | |
//! | `reserve` for a hold | - | + | | |
//! | `release` from a hold | + | - | | |
//! | `capture` from a hold | | - | | |
//! | `draw` without a hold | - | | | |
//! | `borrow` what no grant covers | | | | + |
//! | `repay` debt | - | | | - |
//! | `lapse` expired credit | - | | | |
//! | `pledge` overdraft for a hold | | | + | |
//! | `unpledge` from a hold | | | - | |
//! | `owe` what a hold had pledged | | | - | + |
//! | `back` a hold's pledge | - | + | - | |
//! | `restore` credit that was used, or that has gone over | + | | | |
//! | `forgive` debt of what is reversed | | | | - |
//!
//! A pledge is borrowing that a hold has reserved: nothing is owed before it is captured. Credit that
//! becomes effective meanwhile backs it: it is reserved for the hold in the pledge's place.

use serde::{Deserialize, Serialize};

use super::amount::Amount;
use super::grant::{Grant, GrantId, Terms};

/// So much from this grant.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct Draw {
    /// The `seq` that opened the grant. Format 1.
    pub grant: GrantId,
    /// Above zero. Format 1.
    pub amount: Amount,
}

/// The smallest change of money.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Move {
    /// Credit comes in. Format 1.
    Open {
        grant: GrantId,
        amount: Amount,
        terms: Terms,
    },
    /// Free credit is held. Format 1.
    Reserve(Draw),
    /// Held credit is free again. Format 1.
    Release(Draw),
    /// Held credit is used. Format 1.
    Capture(Draw),
    /// Free credit is used. Format 1.
    Draw(Draw),
    /// A fact that no grant pays for becomes debt. Format 1.
    Borrow { amount: Amount },
    /// Free credit pays debt. Format 1.
    Repay(Draw),
    /// Free credit is over. Format 1.
    Lapse(Draw),
    /// Overdraft is reserved. Format 1, added with the overdraft, as the next two; an older
    /// deployment cannot read a row that has one.
    Pledge { amount: Amount },
    /// It is not needed.
    Unpledge { amount: Amount },
    /// It was used: now it is debt.
    Owe { amount: Amount },
    /// Free credit is reserved for a hold, in the place of overdraft. Format 1, added with credit that
    /// covers: an older deployment cannot read a row that has one.
    Back {
        /// The `seq` that authorized the hold.
        hold: u64,
        grant: GrantId,
        amount: Amount,
    },
    /// Credit is there again: what was used is reversed, a fee comes back, or what came back after its
    /// period has gone over into the next. Format 1, added with reversals, as the next one; an older
    /// deployment cannot read a row that has one.
    Restore {
        grant: GrantId,
        amount: Amount,
        /// The grant from which it has gone over.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        from: Option<GrantId>,
        /// The grant as it was, with nothing left, where it is listed no more.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        lot: Option<Box<Grant>>,
    },
    /// What was never used is not owed.
    Forgive { amount: Amount },
}

/// Takes an amount from sources in their order; also answers how much they could not cover.
#[must_use]
pub fn take(sources: impl Iterator<Item = Draw>, amount: Amount) -> (Vec<Draw>, Amount) {
    let mut missing = amount;
    let mut draws = Vec::new();
    for source in sources {
        // The rest of the sources is not even looked at, because a wallet may have thousands of
        // grants.
        if !missing.is_positive() {
            break;
        }
        let taken = source.amount.min(missing);
        if taken.is_positive() {
            missing = missing.folded_minus(taken);
            draws.push(Draw {
                grant: source.grant,
                amount: taken,
            });
        }
    }
    (draws, missing)
}
