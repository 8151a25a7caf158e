//! Which credit pays for what. Fees are served in their order; each draws on the grants that it may use,
//! in consumption order.

use super::account::{Draw, WalletAccount};
use super::amount::{Amount, AmountError};
use super::grant::Grant;
use super::spend::Spend;
use super::time::Instant;

/// How something that is asked of an account is paid for.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct Cover {
    /// From which grants, merged by grant.
    pub draws: Vec<Draw>,
    /// Beyond all credit, within the overdraft.
    pub pledge: Amount,
    /// Not covered at all.
    pub missing: Amount,
    /// How much there was for this very question: restricted credit that was usable, and what any use
    /// may spend with the overdraft. Below zero where the account is.
    pub within_reach: Amount,
}

/// An account while it serves one amount after the other; nothing of it changes.
pub struct Serving<'a> {
    account: &'a WalletAccount,
    at: Instant,
    /// How much unrestricted credit and overdraft may still be used. A fact may use all there is.
    room: Option<Amount>,
    pub cover: Cover,
}

impl<'a> Serving<'a> {
    /// For what has happened: it posts, so the debt does not stand in its way.
    #[must_use]
    pub fn fact(account: &'a WalletAccount, at: Instant) -> Self {
        Self {
            account,
            at,
            room: None,
            cover: Cover::default(),
        }
    }

    /// For what an authorization asks: it may use what is available, and the overdraft.
    ///
    /// # Errors
    /// [`AmountError::TooLarge`] when the sums leave the bounds of an amount.
    pub fn authorization(account: &'a WalletAccount, at: Instant) -> Result<Self, AmountError> {
        let room = account.available(at)?.saturating_plus(account.overdraft);
        Ok(Self {
            account,
            at,
            room: Some(room),
            cover: Cover {
                within_reach: room,
                ..Cover::default()
            },
        })
    }

    /// Pays for an amount as far as it can be paid for.
    pub fn serve(&mut self, spend: &Spend<'_>) {
        let mut missing = spend.amount;
        for grant in self.account.live(self.at) {
            if !missing.is_positive() {
                return;
            }
            if !grant.terms.scope.allows(spend) {
                continue;
            }
            let part = self.usable(grant).min(missing);
            if part.is_positive() {
                missing = missing.folded_minus(part);
                self.draw(grant, part);
            }
        }
        let pledge = self.room.unwrap_or_default().min(missing);
        if pledge.is_positive() {
            missing = missing.folded_minus(pledge);
            self.cover.pledge = self.cover.pledge.folded_plus(pledge);
            self.use_room(pledge);
        }
        self.cover.missing = self.cover.missing.folded_plus(missing);
    }

    /// The most that could be served of such an amount.
    #[must_use]
    pub fn most(&self, spend: &Spend<'_>) -> Amount {
        let restricted = self.account.restricted(self.at);
        let own = restricted.filter(|grant| grant.terms.scope.allows(spend));
        let room = self.room.unwrap_or_default().max(Amount::ZERO);
        own.fold(room, |sum, grant| sum.folded_plus(self.usable(grant)))
    }

    /// The same without the overdraft: what is there, and need not be owed.
    #[must_use]
    pub fn most_of_balance(&self, spend: &Spend<'_>) -> Amount {
        let overdraft = self.account.overdraft;
        let room = self.room.map(|room| room.folded_minus(overdraft));
        Self {
            room,
            cover: self.cover.clone(),
            ..*self
        }
        .most(spend)
    }

    fn usable(&self, grant: &Grant) -> Amount {
        let drawn = self.cover.draws.iter().find(|draw| draw.grant == grant.id);
        let left = drawn.map_or(grant.free, |draw| grant.free.folded_minus(draw.amount));
        match self.room {
            Some(room) if !grant.is_restricted() => left.min(room),
            _ => left,
        }
    }

    fn draw(&mut self, grant: &Grant, amount: Amount) {
        let mut known = self.cover.draws.iter_mut();
        match known.find(|draw| draw.grant == grant.id) {
            Some(draw) => draw.amount = draw.amount.folded_plus(amount),
            None => self.cover.draws.push(Draw {
                grant: grant.id,
                amount,
            }),
        }
        if grant.is_restricted() {
            self.cover.within_reach = self.cover.within_reach.folded_plus(amount);
        } else {
            self.use_room(amount);
        }
    }

    fn use_room(&mut self, amount: Amount) {
        self.room = self.room.map(|room| room.folded_minus(amount));
    }
}
