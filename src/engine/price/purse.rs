//! What is left of one asset while a command's fees are priced, one after the other.

use super::super::account::{Draw, WalletAccount, take};
use super::super::amount::{Amount, AmountError, total};
use super::super::asset::AccountId;
use super::super::cover::Serving;
use super::super::hold::Hold;
use super::super::spend::Spend;
use super::super::time::Instant;
use super::super::wallet::Wallet;

pub(super) struct Purse<'a> {
    pub asset: &'a str,
    account: Option<&'a WalletAccount>,
    serving: Option<Serving<'a>>,
    /// What the hold that is captured has of this asset.
    held: Vec<Draw>,
    pledged: Amount,
}

impl<'a> Purse<'a> {
    pub fn new(
        wallet: &'a Wallet,
        at: Instant,
        hold: Option<&Hold>,
        asset: &'a str,
    ) -> Result<Self, AmountError> {
        let id = AccountId::default_for(asset);
        let account = wallet.accounts.get(&id);
        let serving = account.map(|account| Serving::authorization(account, at));
        let own = hold.and_then(|hold| hold.reservation(&id));
        Ok(Self {
            asset,
            account,
            serving: serving.transpose()?,
            held: own.map(|one| one.draws.clone()).unwrap_or_default(),
            pledged: own.map(|one| one.pledged).unwrap_or_default(),
        })
    }

    /// Whether the available balance, and what is held for this, cover the amount whole.
    pub fn covers(&self, spend: &Spend<'_>) -> bool {
        let serving = self.serving.as_ref();
        let free = serving.map_or(Amount::ZERO, |serving| serving.most_of_balance(spend));
        let held = total(self.usable(spend).map(|draw| draw.amount));
        let held = held.unwrap_or_default().folded_plus(self.pledged);
        spend.amount <= free.folded_plus(held)
    }

    /// The most that an authorization may hold, with the overdraft.
    pub fn most(&self, spend: &Spend<'_>) -> Amount {
        let serving = self.serving.as_ref();
        serving.map_or(Amount::ZERO, |serving| serving.most(spend))
    }

    /// Takes a fee: from what is held, and then from what is free.
    pub fn pay(&mut self, spend: &Spend<'_>) {
        let (draws, missing) = take(self.usable(spend), spend.amount);
        for draw in draws {
            for one in self.held.iter_mut().filter(|one| one.grant == draw.grant) {
                one.amount = one.amount.folded_minus(draw.amount);
            }
        }
        let part = self.pledged.min(missing);
        self.pledged = self.pledged.folded_minus(part);
        let amount = missing.folded_minus(part);
        if let Some(serving) = &mut self.serving {
            serving.serve(&Spend { amount, ..*spend });
        }
    }

    /// What of the held credit this usage may spend.
    fn usable(&self, spend: &Spend<'_>) -> impl Iterator<Item = Draw> {
        let grants = self.account.map(|account| account.grants.as_slice());
        let allowed = move |draw: &&Draw| {
            let mut grants = grants.unwrap_or_default().iter();
            let grant = grants.find(|grant| grant.id == draw.grant);
            grant.is_some_and(|grant| grant.terms.scope.allows(spend))
        };
        self.held.iter().filter(allowed).copied()
    }
}
