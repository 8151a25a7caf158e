//! The eleven moves, which are all that ever happens to money.
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
//!
//! A pledge is borrowing that a hold has reserved: nothing is owed before it is captured. Credit that
//! arrives meanwhile stays free and makes the account more available; it pays when the pledge is owed.

use serde::{Deserialize, Serialize};

use super::amount::Amount;
use super::grant::{GrantId, Terms};

/// So much from this grant.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct Draw {
    pub grant: GrantId,
    pub amount: Amount,
}

/// The smallest change of money.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Move {
    Open {
        grant: GrantId,
        amount: Amount,
        terms: Terms,
    },
    Reserve(Draw),
    Release(Draw),
    Capture(Draw),
    Draw(Draw),
    Borrow {
        amount: Amount,
    },
    Repay(Draw),
    Lapse(Draw),
    Pledge {
        amount: Amount,
    },
    Unpledge {
        amount: Amount,
    },
    Owe {
        amount: Amount,
    },
}

/// Takes an amount from sources in their order; also answers how much they could not cover.
#[must_use]
pub fn take(sources: impl Iterator<Item = Draw>, amount: Amount) -> (Vec<Draw>, Amount) {
    let mut missing = amount;
    let mut draws = Vec::new();
    for source in sources {
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
