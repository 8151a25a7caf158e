//! What can fund the fees of one asset while a command is priced, one fee after the other.
//!
//! ```text
//! covers(fee) = free credit that it may draw on + what the captured hold has, pledge included
//! ```
//!
//! The overdraft is left out of `covers`, because it is the last asset's alone; a cap counts it.

use crate::engine::account::WalletAccount;
use crate::engine::allocation::Allocator;
use crate::engine::amount::{Amount, AmountError, total};
use crate::engine::asset::AccountId;
use crate::engine::consumption::Consumption;
use crate::engine::hold::Hold;
use crate::engine::moves::{Draw, take};
use crate::engine::time::Instant;
use crate::engine::wallet::Wallet;

pub(super) struct Funding<'a> {
    pub asset: &'a str,
    account: Option<&'a WalletAccount>,
    allocator: Option<Allocator<'a>>,
    /// What the hold that is captured has of this asset.
    held: Vec<Draw>,
    pledged: Amount,
}

impl<'a> Funding<'a> {
    /// What the account has now, and what the hold that is captured has of it.
    pub fn new(
        wallet: &'a Wallet,
        at: Instant,
        hold: Option<&Hold>,
        asset: &'a str,
    ) -> Result<Self, AmountError> {
        let id = AccountId::default_for(asset);
        let account = wallet.accounts.get(&id);
        let allocator = account.map(|account| Allocator::for_authorization(account, at));
        let own = hold.and_then(|hold| hold.reservation(&id));
        Ok(Self {
            asset,
            account,
            allocator: allocator.transpose()?,
            held: own.map(|one| one.draws.clone()).unwrap_or_default(),
            pledged: own.map(|one| one.pledged).unwrap_or_default(),
        })
    }

    /// What the available balance, and what is held for this, cover.
    pub fn covers(&self, consumption: &Consumption<'_>) -> Amount {
        let allocator = self.allocator.as_ref();
        let free = allocator.map_or(Amount::ZERO, |allocator| {
            allocator.most_of_balance(consumption)
        });
        let held = total(self.usable(consumption).map(|draw| draw.amount));
        // What the hold has is there for its own capture, whoever else would want it.
        let held = held.unwrap_or_default().folded_plus(self.pledged);
        free.folded_plus(held)
    }

    /// The most that an authorization may hold, with the overdraft.
    pub fn most(&self, consumption: &Consumption<'_>) -> Amount {
        let allocator = self.allocator.as_ref();
        allocator.map_or(Amount::ZERO, |allocator| allocator.most(consumption))
    }

    /// Draws a fee: from what is held, and then from what is free.
    pub fn consume(&mut self, consumption: &Consumption<'_>) {
        // What is held goes first, so that free credit stays good for other fees.
        let (draws, missing) = take(self.usable(consumption), consumption.amount);
        for draw in draws {
            for one in self.held.iter_mut().filter(|one| one.grant == draw.grant) {
                one.amount = one.amount.folded_minus(draw.amount);
            }
        }
        let part = self.pledged.min(missing);
        self.pledged = self.pledged.folded_minus(part);
        let amount = missing.folded_minus(part);
        if let Some(allocator) = &mut self.allocator {
            allocator.allocate(&Consumption {
                amount,
                ..*consumption
            });
        }
    }

    /// What of the held credit this usage may spend.
    fn usable(&self, consumption: &Consumption<'_>) -> impl Iterator<Item = Draw> {
        let account = self.account;
        let allowed = move |draw: &&Draw| {
            let grant = account.and_then(|account| account.grants.get(draw.grant));
            grant.is_some_and(|grant| grant.terms.scope.allows(consumption))
        };
        self.held.iter().filter(allowed).copied()
    }
}
