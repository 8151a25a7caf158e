//! A wallet account: one asset's grants, what is held of them, and the debt.
//!
//! balance = free + reserved - debt, held = reserved + pledged, restricted = what is free of grants
//! with a scope, available = balance - held - restricted. Free counts grants that are effective and
//! not expired.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::amount::{Amount, AmountError, total};
use super::asset::{AccountId, Asset};
use super::grant::{Grant, GrantId, Terms, consumption_order};
use super::moves::{Draw, Move};
use super::time::Instant;

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
pub type Accounts = BTreeMap<AccountId, WalletAccount>;

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
    pub grants: Vec<Grant>,
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
        // Expired and future credit is in no sum, so a balance can change without an entry; an
        // entry says it for its own moment only.
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
        // Reserved credit too, because it comes back free when its hold ends.
        let parts = self.grants.iter().map(|one| [one.free, one.reserved]);
        total(parts.flatten())
    }

    /// What is free of a grant; nothing where it is not there.
    #[must_use]
    pub fn free_of(&self, grant: GrantId) -> Amount {
        let own = self.grants.iter().find(|one| one.id == grant);
        own.map_or(Amount::ZERO, |one| one.free)
    }

    /// Grants that may pay for anything while something is owed or pledged; each is to cover it when it
    /// becomes effective, and before it is over.
    pub fn covering(&self) -> impl Iterator<Item = &Grant> {
        let owes = self.debt.is_positive() || self.pledged.is_positive();
        let grants = self.grants.iter().filter(move |_| owes);
        grants.filter(|grant| grant.covers() && grant.free.is_positive())
    }

    pub(super) fn live(&self, at: Instant) -> impl Iterator<Item = &Grant> {
        self.grants.iter().filter(move |grant| grant.is_live(at))
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
        self.insert(Grant::new(id, at, terms.clone(), amount));
    }

    fn insert(&mut self, grant: Grant) {
        // Kept in order when opened, which is rare, so that allocating, which is not, only walks
        // along.
        let key = consumption_order(&grant);
        let place = self
            .grants
            .partition_point(|other| consumption_order(other) < key);
        self.grants.insert(place, grant);
    }

    /// Adds to a grant, which is listed again where it had nothing left. What has gone over takes from
    /// what may.
    fn restore(&mut self, draw: &Draw, from: Option<GrantId>, lot: Option<&Grant>) {
        let before = self.grants.iter_mut().find(|one| Some(one.id) == from);
        let rolled = before.and_then(|grant| grant.rolled.as_mut());
        if let Some(room) = rolled.and_then(|rolled| rolled.room.as_mut()) {
            *room = room.folded_minus(draw.amount);
        }
        if let Some(lot) = lot
            && self.grants.iter().all(|one| one.id != lot.id)
        {
            self.insert(lot.clone());
        }
        self.update(draw, |grant, amount| {
            grant.free = grant.free.folded_plus(amount);
            // More than it was opened with, where it is the next period's.
            let whole = grant.free.folded_plus(grant.reserved);
            grant.original = grant.original.max(whole);
        });
    }

    fn update(&mut self, draw: &Draw, change: impl Fn(&mut Grant, Amount)) {
        let place = self.grants.iter().position(|grant| grant.id == draw.grant);
        if let Some(grant) = place.and_then(|place| self.grants.get_mut(place)) {
            change(grant, draw.amount);
        }
    }

    /// Takes out the grants with nothing left.
    pub fn take_spent(&mut self) -> Vec<Grant> {
        // Nearly always, so the list is not rebuilt for nothing.
        if !self.grants.iter().any(Grant::is_spent) {
            return Vec::new();
        }
        let (spent, left) = self.grants.drain(..).partition(Grant::is_spent);
        self.grants = left;
        spent
    }
}
