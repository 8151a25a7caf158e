//! Allocation: which credit pays for what. Fees are taken in their order; each draws on the grants that it
//! may use, in consumption order.

use std::borrow::Cow;
use std::collections::BTreeMap;

use super::account::WalletAccount;
use super::amount::{Amount, AmountError};
use super::consumption::Consumption;
use super::grant::{Grant, GrantId};
use super::grants::Grants;
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
    /// As they are once what was allocated before is drawn. Nearly always there is one amount, and then
    /// they are those of the account.
    grants: Cow<'a, Grants>,
    overdraft: Amount,
    at: Instant,
    /// How much unrestricted credit and overdraft may still be used. A fact may use all there is.
    room: Option<Amount>,
    pub allocation: Allocation,
    /// The draws of the last amount, which are not drawn from the grants yet.
    last: Vec<Draw>,
    /// Where a grant is among the draws of the amounts before the last.
    places: BTreeMap<GrantId, usize>,
}

impl<'a> Allocator<'a> {
    fn new(account: &'a WalletAccount, at: Instant, room: Option<Amount>) -> Self {
        Self {
            grants: Cow::Borrowed(&account.grants),
            overdraft: account.overdraft,
            at,
            room,
            allocation: Allocation {
                within_reach: room.unwrap_or_default(),
                ..Allocation::default()
            },
            last: Vec::new(),
            places: BTreeMap::new(),
        }
    }

    /// For what has happened: it posts, so the debt does not stand in its way.
    #[must_use]
    pub fn for_fact(account: &'a WalletAccount, at: Instant) -> Self {
        Self::new(account, at, None)
    }

    /// For what an authorization asks: it may use what is available, and the overdraft.
    ///
    /// # Errors
    /// [`AmountError::TooLarge`] when the sums leave the bounds of an amount.
    pub fn for_authorization(account: &'a WalletAccount, at: Instant) -> Result<Self, AmountError> {
        let room = account.available(at)?.saturating_plus(account.overdraft);
        Ok(Self::new(account, at, Some(room)))
    }

    /// Pays for an amount as far as it can be paid for.
    pub fn allocate(&mut self, consumption: &Consumption<'_>) {
        self.draw_last();
        let mut missing = consumption.amount;
        let mut draws = Vec::new();
        if missing.is_positive() {
            // Passed over and not the end, where one is not for this usage: a grant further back may be.
            for grant in self.grants.usable(self.at, consumption) {
                let part = usable(grant, self.room).min(missing);
                if part.is_positive() {
                    missing = missing.folded_minus(part);
                    let (id, restricted) = (grant.id, grant.is_restricted());
                    if restricted {
                        let reach = &mut self.allocation.within_reach;
                        *reach = reach.folded_plus(part);
                    } else {
                        // Restricted credit is beside the room, so that it can be used even where the
                        // account is below zero.
                        self.room = self.room.map(|room| room.folded_minus(part));
                    }
                    draws.push(Draw {
                        grant: id,
                        amount: part,
                    });
                }
                if !missing.is_positive() {
                    break;
                }
            }
        }
        self.note(draws);
        // A fact has no room to ask for, so it pledges nothing: what it is missing becomes debt.
        let pledge = self.room.unwrap_or_default().min(missing);
        if pledge.is_positive() {
            missing = missing.folded_minus(pledge);
            self.allocation.pledge = self.allocation.pledge.folded_plus(pledge);
            self.room = self.room.map(|room| room.folded_minus(pledge));
        }
        self.allocation.missing = self.allocation.missing.folded_plus(missing);
    }

    /// The most that could be allocated to such an amount.
    #[must_use]
    pub fn most(&self, consumption: &Consumption<'_>) -> Amount {
        // Below zero the room is a debt, which must not take away from restricted credit.
        let room = self.room.unwrap_or_default().max(Amount::ZERO);
        self.most_within(room, consumption)
    }

    /// The same without the overdraft: what is there, and need not be owed.
    #[must_use]
    pub fn most_of_balance(&self, consumption: &Consumption<'_>) -> Amount {
        let room = self.room.unwrap_or_default().folded_minus(self.overdraft);
        self.most_within(room.max(Amount::ZERO), consumption)
    }

    fn most_within(&self, room: Amount, consumption: &Consumption<'_>) -> Amount {
        let own = self.grants.restricted_to(self.at, consumption);
        let drawn = self.last.iter().filter(|draw| {
            let grant = self.grants.get(draw.grant);
            grant.is_some_and(|one| one.is_restricted() && one.terms.scope.allows(consumption))
        });
        let own = drawn.fold(own.unwrap_or_default(), |sum, draw| {
            sum.folded_minus(draw.amount)
        });
        room.folded_plus(own)
    }

    /// Draws what the last amount was allocated, on a copy that shares all the rest with the account.
    fn draw_last(&mut self) {
        for draw in std::mem::take(&mut self.last) {
            let grants = self.grants.to_mut();
            grants.pass(self.at);
            grants.update(draw.grant, |grant| {
                grant.free = grant.free.folded_minus(draw.amount);
            });
        }
    }

    /// Merges draws by grant, so that a hold has one reservation of each.
    fn note(&mut self, draws: Vec<Draw>) {
        let all = &mut self.allocation.draws;
        // Of a single amount no grant comes twice, so that nothing is looked up for it.
        let is_first = all.is_empty();
        if !is_first && self.places.is_empty() {
            let known = all.iter().enumerate();
            self.places = known.map(|(place, draw)| (draw.grant, place)).collect();
        }
        for draw in &draws {
            let place = self.places.get(&draw.grant).copied();
            match place.and_then(|place| all.get_mut(place)) {
                Some(known) => known.amount = known.amount.folded_plus(draw.amount),
                None => {
                    if !is_first {
                        self.places.insert(draw.grant, all.len());
                    }
                    all.push(*draw);
                }
            }
        }
        self.last = draws;
    }
}

/// What is free of a grant, within what unrestricted credit may be used at all.
fn usable(grant: &Grant, room: Option<Amount>) -> Amount {
    match room {
        Some(room) if !grant.is_restricted() => grant.free.min(room),
        _ => grant.free,
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
        let own = self.grants.get(grant).into_iter();
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
        let own = self.grants.paid(at).map(|grant| Draw {
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
