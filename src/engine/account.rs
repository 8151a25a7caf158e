//! A wallet account: one asset's grants, what is held of them, and the debt.
//!
//! balance = free + reserved - debt, held = reserved + pledged, restricted = what is free of grants
//! with a scope, available = balance - held - restricted. Free counts grants that are effective and
//! not expired.

use serde::{Deserialize, Serialize};

use super::amount::{Amount, AmountError};
use super::asset::{AccountId, Asset};
use super::grant::{Grant, GrantId, Terms};
use super::grants::Grants;
use super::moves::{Draw, Move};
use super::time::Instant;
use super::tree::Tree;

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

/// The accounts of a wallet.
pub type Accounts = Tree<AccountId, WalletAccount>;

/// One asset in a wallet.
///
/// ```text
/// free      = sum of grants[i].free, of grants that are live
/// reserved  = sum of grants[i].reserved
/// balance   = free + reserved - debt
/// held      = reserved + pledged
/// available = balance - held - restricted
/// 0 <= debt, 0 <= pledged, 0 <= overdraft
/// after an authorization: -overdraft <= available
/// ```
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct WalletAccount {
    /// What it keeps, with its precision. In snapshots since the first.
    pub asset: Asset,
    /// Grants with something left, in consumption order.
    /// In snapshots since the first.
    pub grants: Grants,
    /// What was used and is not paid for; never below zero. In snapshots since the first.
    pub debt: Amount,
    /// Borrowing that open holds have reserved.
    /// Added with the overdraft: absent means zero. An older deployment passes it over; see
    /// [`super::wallet::Wallet`].
    #[serde(default, skip_serializing_if = "Amount::is_zero_ref")]
    pub pledged: Amount,
    /// How far below zero an authorization may go.
    /// Added likewise.
    #[serde(default, skip_serializing_if = "Amount::is_zero_ref")]
    pub overdraft: Amount,
}

impl WalletAccount {
    #[must_use]
    pub fn new(asset: Asset) -> Self {
        Self {
            asset,
            grants: Grants::default(),
            debt: Amount::ZERO,
            pledged: Amount::ZERO,
            overdraft: Amount::ZERO,
        }
    }

    /// # Errors
    /// [`AmountError::TooLarge`] when the sums leave the bounds of an amount.
    pub fn balance(&self, at: Instant) -> Result<Balance, AmountError> {
        // Expired and future credit is in no sum, so a balance can change without an entry; an
        // entry says it for its own moment only.
        let reserved = self.grants.reserved()?;
        let restricted = self.grants.restricted(at)?;
        let free = self.grants.free(at)?.plus(restricted)?;
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
        let free = self.grants.free(at)?;
        free.minus(self.debt)?.minus(self.pledged)
    }

    /// All credit, also that which is not effective yet: none of it may leave the bounds by itself
    /// when its time comes, because nobody could refuse that. Reserved credit too, because it comes back
    /// free when its hold ends.
    ///
    /// # Errors
    /// [`AmountError::TooLarge`] when the sum leaves the bounds of an amount.
    pub const fn all_credit(&self) -> Result<Amount, AmountError> {
        self.grants.credit()
    }

    /// What is free of a grant; nothing where it is not there.
    #[must_use]
    pub fn free_of(&self, grant: GrantId) -> Amount {
        self.grants.get(grant).map_or(Amount::ZERO, |one| one.free)
    }

    /// Something is owed or pledged. Grants that may pay for anything are then to cover it when they
    /// become effective, and before they are over.
    #[must_use]
    pub fn owes(&self) -> bool {
        self.debt.is_positive() || self.pledged.is_positive()
    }

    /// Carries one move out. Folding cannot fail: a grant that is not there is left alone.
    pub fn apply(&mut self, at: Instant, change: &Move) {
        self.grants.pass(at);
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
            Move::Back { grant, amount, .. } => {
                self.pledged = self.pledged.folded_minus(*amount);
                let reserve = Move::Reserve(Draw {
                    grant: *grant,
                    amount: *amount,
                });
                self.apply(at, &reserve);
            }
            Move::Restore {
                grant,
                amount,
                from,
                lot,
            } => {
                let (grant, amount) = (*grant, *amount);
                self.restore(&Draw { grant, amount }, *from, lot.as_deref());
            }
            Move::Forgive { amount } => self.debt = self.debt.folded_minus(*amount),
            // Both sides in one move, because a journal that repaid without drawing would create
            // money.
            Move::Repay(draw) => {
                self.debt = self.debt.folded_minus(draw.amount);
                self.update(draw, |grant, amount| {
                    grant.free = grant.free.folded_minus(amount);
                });
            }
        }
    }

    fn open(&mut self, id: GrantId, at: Instant, amount: Amount, terms: &Terms) {
        self.grants
            .insert(Grant::new(id, at, terms.clone(), amount));
    }

    /// Adds to a grant, which is listed again where it had nothing left. What has gone over takes from
    /// what may.
    fn restore(&mut self, draw: &Draw, from: Option<GrantId>, lot: Option<&Grant>) {
        if let Some(from) = from {
            self.grants.update(from, |before| {
                let rolled = before.rolled.as_mut();
                if let Some(room) = rolled.and_then(|rolled| rolled.room.as_mut()) {
                    *room = room.folded_minus(draw.amount);
                }
            });
        }
        if let Some(lot) = lot
            && self.grants.get(lot.id).is_none()
        {
            self.grants.insert(lot.clone());
        }
        self.update(draw, |grant, amount| {
            grant.free = grant.free.folded_plus(amount);
            // More than it was opened with, where it is the next period's.
            let whole = grant.free.folded_plus(grant.reserved);
            grant.original = grant.original.max(whole);
        });
    }

    fn update(&mut self, draw: &Draw, change: impl Fn(&mut Grant, Amount)) {
        self.grants
            .update(draw.grant, |grant| change(grant, draw.amount));
    }
}
