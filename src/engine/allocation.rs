//! Allocation: which credit pays for what. Fees are taken in their order; each draws on the grants that it
//! may use, in consumption order.

use super::account::WalletAccount;
use super::amount::{Amount, AmountError};
use super::consumption::Consumption;
use super::grant::{Grant, GrantId, Purpose};
use super::moves::{Draw, Move, take};
use super::time::Instant;

/// How something that is asked of an account is paid for: by credit, by overdraft, or not at all.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct Allocation {
    /// From which grants, merged by grant.
    pub draws: Vec<Draw>,
    /// Beyond all credit, within the overdraft.
    pub pledge: Amount,
    /// Not paid for at all.
    pub missing: Amount,
    /// How much there was for this very question: restricted credit that was usable, and what any use
    /// may spend with the overdraft. Below zero where the account is.
    pub within_reach: Amount,
}

/// Allocates an account's credit to one amount after the other; nothing of the account changes.
pub struct Allocator<'a> {
    account: &'a WalletAccount,
    at: Instant,
    /// How much unrestricted credit and overdraft may still be used. A fact may use all there is.
    room: Option<Amount>,
    pub allocation: Allocation,
}

impl<'a> Allocator<'a> {
    /// For what has happened: it posts, so the debt does not stand in its way.
    #[must_use]
    pub fn for_fact(account: &'a WalletAccount, at: Instant) -> Self {
        Self {
            account,
            at,
            room: None,
            allocation: Allocation::default(),
        }
    }

    /// For what an authorization asks: it may use what is available, and the overdraft.
    ///
    /// # Errors
    /// [`AmountError::TooLarge`] when the sums leave the bounds of an amount.
    pub fn for_authorization(account: &'a WalletAccount, at: Instant) -> Result<Self, AmountError> {
        let room = account.available(at)?.saturating_plus(account.overdraft);
        Ok(Self {
            account,
            at,
            room: Some(room),
            allocation: Allocation {
                within_reach: room,
                ..Allocation::default()
            },
        })
    }

    /// Pays for an amount as far as it can be paid for.
    pub fn allocate(&mut self, consumption: &Consumption<'_>) {
        let mut missing = consumption.amount;
        for grant in self.account.live(self.at) {
            if !missing.is_positive() {
                return;
            }
            // Passed over and not the end: a grant further back may be for this usage.
            if !grant.terms.scope.allows(consumption) {
                continue;
            }
            let part = self.usable(grant).min(missing);
            if part.is_positive() {
                missing = missing.folded_minus(part);
                self.draw(grant, part);
            }
        }
        // A fact has no room to ask for, so it pledges nothing: what it is missing becomes debt.
        let pledge = self.room.unwrap_or_default().min(missing);
        if pledge.is_positive() {
            missing = missing.folded_minus(pledge);
            self.allocation.pledge = self.allocation.pledge.folded_plus(pledge);
            self.use_room(pledge);
        }
        self.allocation.missing = self.allocation.missing.folded_plus(missing);
    }

    /// The most that could be allocated to such an amount.
    #[must_use]
    pub fn most(&self, consumption: &Consumption<'_>) -> Amount {
        let restricted = self.account.restricted(self.at);
        let own = restricted.filter(|grant| grant.terms.scope.allows(consumption));
        // Below zero the room is a debt, which must not take away from restricted credit.
        let room = self.room.unwrap_or_default().max(Amount::ZERO);
        own.fold(room, |sum, grant| sum.folded_plus(self.usable(grant)))
    }

    /// The same without the overdraft: what is there, and need not be owed.
    #[must_use]
    pub fn most_of_balance(&self, consumption: &Consumption<'_>) -> Amount {
        let overdraft = self.account.overdraft;
        let room = self.room.map(|room| room.folded_minus(overdraft));
        Self {
            room,
            allocation: self.allocation.clone(),
            ..*self
        }
        .most(consumption)
    }

    /// What is still free of a grant, within what unrestricted credit may be used at all.
    fn usable(&self, grant: &Grant) -> Amount {
        let drawn = self
            .allocation
            .draws
            .iter()
            .find(|draw| draw.grant == grant.id);
        // The account itself does not change while it is asked, so what was drawn before is
        // subtracted here.
        let left = drawn.map_or(grant.free, |draw| grant.free.folded_minus(draw.amount));
        match self.room {
            Some(room) if !grant.is_restricted() => left.min(room),
            _ => left,
        }
    }

    /// Draws on a grant; its draws are merged, so that a hold has one reservation of each.
    fn draw(&mut self, grant: &Grant, amount: Amount) {
        let mut known = self.allocation.draws.iter_mut();
        match known.find(|draw| draw.grant == grant.id) {
            Some(draw) => draw.amount = draw.amount.folded_plus(amount),
            None => self.allocation.draws.push(Draw {
                grant: grant.id,
                amount,
            }),
        }
        if grant.is_restricted() {
            self.allocation.within_reach = self.allocation.within_reach.folded_plus(amount);
        } else {
            self.use_room(amount);
        }
    }

    /// Restricted credit is beside the room, so that it can be used even where the account is below
    /// zero.
    fn use_room(&mut self, amount: Amount) {
        self.room = self.room.map(|room| room.folded_minus(amount));
    }
}

// What an account is debited by.

impl WalletAccount {
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
        // Not in consumption order and not only while it is live: the correction follows the
        // payment, wherever its grant stands.
        let own = self.grants.iter().filter(|one| one.id == grant);
        let own = own.map(|one| Draw {
            grant,
            amount: one.free,
        });
        let (draws, uncovered) = take(own, amount);
        self.draw_or_borrow(draws, uncovered)
    }

    /// The moves that give paid money back: from credit that was paid for, and never from a gift; what
    /// that does not cover is borrowed.
    ///
    /// # Errors
    /// [`AmountError::TooLarge`] when the debt leaves the bounds of an amount.
    pub fn debit_paid(&self, at: Instant, amount: Amount) -> Result<Vec<Move>, AmountError> {
        let paid = |grant: &&Grant| grant.terms.purpose == Purpose::Paid && !grant.is_restricted();
        let own = self.live(at).filter(paid).map(|grant| Draw {
            grant: grant.id,
            amount: grant.free,
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
            // Only asked for its error, since the move itself is made later.
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
        // A debt is no usage any more, whatever made it, so only credit for everything repays it.
        allocator.allocate(&Consumption::plain(&self.asset.code, self.debt, None));
        let draws = allocator.allocation.draws.into_iter();
        draws.map(Move::Repay).collect()
    }
}
