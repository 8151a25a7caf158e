//! A wallet account: one asset's grants, what is held of them, and the debt.
//!
//! Every change of money is one of eleven [`Move`]s. An entry lists its moves, so a balance can be
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
//! balance = free + reserved - debt, held = reserved + pledged, restricted = what is free of grants
//! with a scope, available = balance - held - restricted. Free counts grants that are effective and
//! not expired.
//!
//! A pledge is borrowing that a hold has reserved: nothing is owed before it is captured. Credit that
//! arrives meanwhile stays free and makes the account more available; it pays when the pledge is owed.

use serde::{Deserialize, Serialize};

use super::allocation::Allocator;
use super::amount::{Amount, AmountError, total};
use super::asset::Asset;
use super::consumption::Consumption;
use super::grant::{Grant, GrantId, Terms, consumption_order};
use super::time::Instant;

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

/// What an account amounts to at a moment.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct Balance {
    /// `available + held + restricted`.
    pub balance: Amount,
    /// Reserved by open holds.
    pub held: Amount,
    /// Free credit that only certain usage may draw on.
    pub restricted: Amount,
}

impl Balance {
    pub const NOTHING: Self = Self {
        balance: Amount::ZERO,
        held: Amount::ZERO,
        restricted: Amount::ZERO,
    };

    /// What any use may spend, before the overdraft; below zero it is a debt, or pledged.
    #[must_use]
    pub fn available(self) -> Amount {
        let unheld = self.balance.folded_minus(self.held);
        unheld.folded_minus(self.restricted)
    }
}

/// One asset in a wallet.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct WalletAccount {
    pub asset: Asset,
    /// Grants with something left, in consumption order.
    pub grants: Vec<Grant>,
    pub debt: Amount,
    /// Borrowing that open holds have reserved.
    #[serde(default, skip_serializing_if = "Amount::is_zero_ref")]
    pub pledged: Amount,
    /// How far below zero an authorization may go.
    #[serde(default, skip_serializing_if = "Amount::is_zero_ref")]
    pub overdraft: Amount,
}

impl WalletAccount {
    #[must_use]
    pub fn new(asset: Asset) -> Self {
        Self {
            asset,
            grants: Vec::new(),
            debt: Amount::ZERO,
            pledged: Amount::ZERO,
            overdraft: Amount::ZERO,
        }
    }

    /// # Errors
    /// [`AmountError::TooLarge`] when the sums leave the bounds of an amount.
    pub fn balance(&self, at: Instant) -> Result<Balance, AmountError> {
        let reserved = total(self.grants.iter().map(|grant| grant.reserved))?;
        let restricted = total(self.restricted(at).map(|grant| grant.free))?;
        let free = total(self.live(at).map(|grant| grant.free))?;
        Ok(Balance {
            balance: free.plus(reserved)?.minus(self.debt)?,
            held: reserved.plus(self.pledged)?,
            restricted,
        })
    }

    /// What any use may spend, before the overdraft.
    ///
    /// # Errors
    /// [`AmountError::TooLarge`] when the sums leave the bounds of an amount.
    pub fn available(&self, at: Instant) -> Result<Amount, AmountError> {
        let anything = self.live(at).filter(|grant| !grant.is_restricted());
        let free = total(anything.map(|grant| grant.free))?;
        free.minus(self.debt)?.minus(self.pledged)
    }

    /// Live grants that only certain usage may draw on.
    pub fn restricted(&self, at: Instant) -> impl Iterator<Item = &Grant> {
        self.live(at).filter(|grant| grant.is_restricted())
    }

    /// All credit, also that which is not effective yet: none of it may leave the bounds by itself
    /// when its time comes, because nobody could refuse that.
    ///
    /// # Errors
    /// [`AmountError::TooLarge`] when the sum leaves the bounds of an amount.
    pub fn all_credit(&self) -> Result<Amount, AmountError> {
        let parts = self.grants.iter().map(|one| [one.free, one.reserved]);
        total(parts.flatten())
    }

    pub(super) fn live(&self, at: Instant) -> impl Iterator<Item = &Grant> {
        self.grants.iter().filter(move |grant| grant.is_live(at))
    }

    /// The moves that debit what was not held: facts always post, so what no grant covers becomes
    /// debt.
    ///
    /// # Errors
    /// [`AmountError::TooLarge`] when the debt leaves the bounds of an amount.
    pub fn debit(
        &self,
        at: Instant,
        consumptions: &[Consumption<'_>],
    ) -> Result<Vec<Move>, AmountError> {
        let mut allocator = Allocator::for_fact(self, at);
        for consumption in consumptions {
            allocator.allocate(consumption);
        }
        self.draw_or_borrow(allocator.allocation.draws, allocator.allocation.missing)
    }

    /// The moves that debit an amount from one grant alone, and borrow what it does not cover.
    ///
    /// # Errors
    /// [`AmountError::TooLarge`] when the debt leaves the bounds of an amount.
    pub fn debit_grant(&self, grant: GrantId, amount: Amount) -> Result<Vec<Move>, AmountError> {
        let own = self.grants.iter().filter(|one| one.id == grant);
        let own = own.map(|one| Draw {
            grant,
            amount: one.free,
        });
        let (draws, uncovered) = take(own, amount);
        self.draw_or_borrow(draws, uncovered)
    }

    /// The debt's bound is checked here, where it can still be refused: folding cannot fail, and held
    /// money can keep the balance in range when the debt behind it is not.
    fn draw_or_borrow(
        &self,
        draws: Vec<Draw>,
        uncovered: Amount,
    ) -> Result<Vec<Move>, AmountError> {
        let mut moves: Vec<Move> = draws.into_iter().map(Move::Draw).collect();
        if uncovered.is_positive() {
            self.debt.plus(uncovered)?;
            moves.push(Move::Borrow { amount: uncovered });
        }
        Ok(moves)
    }

    /// The moves that repay debt from whatever is free; called where money becomes free, and where a
    /// pledge becomes debt. Restricted credit was not given for that.
    #[must_use]
    pub fn repayment(&self, at: Instant) -> Vec<Move> {
        let mut allocator = Allocator::for_fact(self, at);
        allocator.allocate(&Consumption::plain(&self.asset.code, self.debt, None));
        let draws = allocator.allocation.draws.into_iter();
        draws.map(Move::Repay).collect()
    }

    /// What has expired unspent, by grant; the reserved part of a grant stays good for its hold.
    pub fn lapses(&self, at: Instant) -> impl Iterator<Item = Draw> {
        let expired = move |grant: &&Grant| grant.is_expired(at) && grant.free.is_positive();
        self.grants.iter().filter(expired).map(|grant| Draw {
            grant: grant.id,
            amount: grant.free,
        })
    }

    /// Carries one move out. Folding cannot fail: a grant that is not there is left alone.
    pub fn apply(&mut self, at: Instant, change: &Move) {
        match change {
            Move::Open {
                grant,
                amount,
                terms,
            } => self.open(*grant, at, *amount, terms),
            Move::Borrow { amount } => self.debt = self.debt.folded_plus(*amount),
            Move::Pledge { amount } => self.pledged = self.pledged.folded_plus(*amount),
            Move::Unpledge { amount } => self.pledged = self.pledged.folded_minus(*amount),
            Move::Owe { amount } => {
                self.pledged = self.pledged.folded_minus(*amount);
                self.debt = self.debt.folded_plus(*amount);
            }
            Move::Reserve(draw) => self.update(draw, |grant, amount| {
                grant.free = grant.free.folded_minus(amount);
                grant.reserved = grant.reserved.folded_plus(amount);
            }),
            Move::Release(draw) => self.update(draw, |grant, amount| {
                grant.reserved = grant.reserved.folded_minus(amount);
                grant.free = grant.free.folded_plus(amount);
            }),
            Move::Capture(draw) => self.update(draw, |grant, amount| {
                grant.reserved = grant.reserved.folded_minus(amount);
            }),
            Move::Draw(draw) | Move::Lapse(draw) => self.update(draw, |grant, amount| {
                grant.free = grant.free.folded_minus(amount);
            }),
            Move::Repay(draw) => {
                self.debt = self.debt.folded_minus(draw.amount);
                self.update(draw, |grant, amount| {
                    grant.free = grant.free.folded_minus(amount);
                });
            }
        }
    }

    fn open(&mut self, id: GrantId, at: Instant, amount: Amount, terms: &Terms) {
        let grant = Grant {
            id,
            created_at: at,
            terms: terms.clone(),
            original: amount,
            free: amount,
            reserved: Amount::ZERO,
        };
        let key = consumption_order(&grant);
        let place = self
            .grants
            .partition_point(|other| consumption_order(other) < key);
        self.grants.insert(place, grant);
    }

    fn update(&mut self, draw: &Draw, change: impl Fn(&mut Grant, Amount)) {
        let place = self.grants.iter().position(|grant| grant.id == draw.grant);
        if let Some(grant) = place.and_then(|place| self.grants.get_mut(place)) {
            change(grant, draw.amount);
        }
    }

    /// Takes out the grants with nothing left.
    pub fn take_spent(&mut self) -> Vec<Grant> {
        if !self.grants.iter().any(Grant::is_spent) {
            return Vec::new();
        }
        let (spent, left) = self.grants.drain(..).partition(Grant::is_spent);
        self.grants = left;
        spent
    }
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
