//! A wallet account: one asset's grants, what is held of them, and the debt.
//!
//! Every change of money is one of eight [`Move`]s. An entry lists its moves, so a balance can be
//! recomputed by anyone who can add:
//!
//! | move | free | reserved | debt |
//! |---|---|---|---|
//! | `open` a grant | + | | |
//! | `reserve` for a hold | - | + | |
//! | `release` from a hold | + | - | |
//! | `capture` from a hold | | - | |
//! | `draw` without a hold | - | | |
//! | `borrow` what no grant covers | | | + |
//! | `repay` debt | - | | - |
//! | `lapse` expired credit | - | | |
//!
//! balance = free + held - debt, held = reserved, available = free - debt; free counts grants that are
//! effective and not expired.

use serde::{Deserialize, Serialize};

use super::amount::{Amount, AmountError, total};
use super::asset::Asset;
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
}

/// What an account amounts to at a moment.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct Balance {
    /// `available + held`; below zero it is a debt.
    pub balance: Amount,
    /// Reserved by open holds.
    pub held: Amount,
}

impl Balance {
    /// What an authorization may use.
    #[must_use]
    pub fn available(self) -> Amount {
        self.balance.folded_minus(self.held)
    }
}

/// One asset in a wallet.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct WalletAccount {
    pub asset: Asset,
    /// Grants with something left, in consumption order.
    pub grants: Vec<Grant>,
    pub debt: Amount,
}

impl WalletAccount {
    #[must_use]
    pub fn new(asset: Asset) -> Self {
        Self {
            asset,
            grants: Vec::new(),
            debt: Amount::ZERO,
        }
    }

    /// # Errors
    /// [`AmountError::TooLarge`] when the sums leave the bounds of an amount.
    pub fn balance(&self, at: Instant) -> Result<Balance, AmountError> {
        let held = total(self.grants.iter().map(|grant| grant.reserved))?;
        let balance = self.free(at)?.plus(held)?.minus(self.debt)?;
        Ok(Balance { balance, held })
    }

    /// # Errors
    /// [`AmountError::TooLarge`] when the sums leave the bounds of an amount.
    pub fn available(&self, at: Instant) -> Result<Amount, AmountError> {
        self.free(at)?.minus(self.debt)
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

    fn free(&self, at: Instant) -> Result<Amount, AmountError> {
        total(self.live(at).map(|grant| grant.free))
    }

    fn live(&self, at: Instant) -> impl Iterator<Item = &Grant> {
        self.grants.iter().filter(move |grant| grant.is_live(at))
    }

    /// Which grants pay an amount, in consumption order, and how much no grant covers.
    #[must_use]
    pub fn plan(&self, at: Instant, amount: Amount) -> (Vec<Draw>, Amount) {
        let free = self.live(at).map(|grant| Draw {
            grant: grant.id,
            amount: grant.free,
        });
        take(free, amount)
    }

    /// The moves that debit an amount which was not held: facts always post, so what no grant
    /// covers becomes debt.
    ///
    /// # Errors
    /// [`AmountError::TooLarge`] when the debt leaves the bounds of an amount.
    pub fn debit(&self, at: Instant, amount: Amount) -> Result<Vec<Move>, AmountError> {
        let (draws, uncovered) = self.plan(at, amount);
        self.draw_or_borrow(draws, uncovered)
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

    /// The moves that repay debt from whatever is free; called where money becomes free.
    #[must_use]
    pub fn repayment(&self, at: Instant) -> Vec<Move> {
        let (draws, _) = self.plan(at, self.debt);
        draws.into_iter().map(Move::Repay).collect()
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
