//! A denial that helps: how much would pass now, and whether waiting brings what is missing.
//!
//! ```text
//! affordable = the most of what was asked that money and budgets let pass now, asset by asset
//! frees_at   = the first expiry of an open hold at which the same question is covered
//! ```
//!
//! Both are exact, and looked for only once an authorization is denied: authorizing what is affordable
//! passes, and one smallest step more does not; at `frees_at` the same call passes, if nothing happens
//! until then but that holds expire.

use super::account::WalletAccount;
use super::allocation::Allocator;
use super::amount::Amount;
use super::asset::AccountId;
use super::budget::Counting;
use super::command::Ask;
use super::consumption::Consumption;
use super::draft::{Asked, Draft};
use super::hold::{Hold, HoldId, Reservation};
use super::moves::Move;
use super::price::fee::Fee;
use super::refusal::{AffordableVolume, Refusal, Shortage};
use super::time::Instant;
use super::wallet::Wallet;

impl Draft<'_> {
    /// The denial of what was asked, with what would pass now and whether waiting helps. `extends` is
    /// the open hold that asks for more: its own money does not come back for it.
    pub(super) fn explained(
        &self,
        mut denial: Refusal,
        ask: &Ask,
        asked: &Asked<'_>,
        subject: Option<&str>,
        extends: Option<HoldId>,
    ) -> Result<Refusal, Refusal> {
        if let Refusal::BudgetExceeded { asked: all, .. } = &mut denial {
            self.tell_affordable(all, ask, asked, subject, extends)?;
        }
        if let Refusal::InsufficientFunds { shortages } = &mut denial {
            self.tell_affordable(shortages, ask, asked, subject, extends)?;
            if let Some(frees_at) = self.frees_at(asked, shortages, extends)? {
                return Ok(Refusal::FundsHeld {
                    held: self.held_of(shortages)?,
                    shortages: std::mem::take(shortages),
                    frees_at,
                });
            }
        }
        Ok(denial)
    }

    /// Says beside each shortage how much of its asset would pass, and for usage how much volume.
    fn tell_affordable(
        &self,
        shortages: &mut [Shortage],
        ask: &Ask,
        asked: &Asked<'_>,
        subject: Option<&str>,
        extends: Option<HoldId>,
    ) -> Result<(), Refusal> {
        for (asset, amount) in self.affordable(asked, subject)? {
            for shortage in shortages.iter_mut().filter(|one| one.asset == asset) {
                shortage.affordable = Some(amount);
            }
        }
        let Ask::Usage(events) = ask else {
            return Ok(());
        };
        let lowered = self.lowered(events, subject, extends)?;
        for cap in &lowered.caps {
            let is_lowered = |fee: &&Fee| fee.event == cap.event && fee.price_id == cap.price_id;
            let asset = lowered.fees.iter().find(is_lowered).map(|fee| &fee.asset);
            let mut shortages = shortages.iter_mut();
            if let Some(shortage) = shortages.find(|one| Some(&one.asset) == asset) {
                shortage.volumes.push(AffordableVolume {
                    event: cap.event,
                    price_id: cap.price_id.clone(),
                    volume_field: cap.volume_field.clone(),
                    requested: cap.requested,
                    affordable: cap.affordable,
                });
            }
        }
        Ok(())
    }

    /// The most of each asset that money and budgets let pass, fee by fee in their order.
    fn affordable(
        &self,
        asked: &Asked<'_>,
        subject: Option<&str>,
    ) -> Result<Vec<(String, Amount)>, Refusal> {
        let wallet: &Wallet = self.wallet;
        let consumptions = asked.consumptions(wallet, subject);
        let mut counting = Counting::new(&wallet.budgets, self.at);
        let mut all = Vec::with_capacity(asked.totals.len());
        for (asset, _) in &asked.totals {
            let account = wallet.accounts.get(&AccountId::default_for(asset));
            let allocator = account.map(|one| Allocator::for_authorization(one, self.at));
            all.push((asset, allocator.transpose()?, Amount::ZERO));
        }
        for consumption in consumptions {
            let mut own = all.iter_mut();
            let Some((_, allocator, sum)) = own.find(|(asset, ..)| *asset == consumption.asset)
            else {
                continue;
            };
            let money = allocator.as_ref().map(|one| one.most(&consumption));
            let money = money.unwrap_or_default();
            let budgets = counting.most(&consumption);
            let most = budgets.map_or(money, |most| money.min(most));
            let part = Consumption {
                amount: consumption.amount.min(most),
                ..consumption
            };
            if let Some(allocator) = allocator {
                allocator.allocate(&part);
            }
            counting.add(&part);
            *sum = sum.folded_plus(part.amount);
        }
        let told = all.into_iter();
        Ok(told.map(|(asset, _, sum)| (asset.clone(), sum)).collect())
    }

    /// When open holds give back what is missing, if they do: their money comes back in the order in
    /// which they expire.
    fn frees_at(
        &self,
        asked: &Asked<'_>,
        shortages: &[Shortage],
        extends: Option<HoldId>,
    ) -> Result<Option<Instant>, Refusal> {
        let mut missing: Vec<(AccountId, Amount)> = shortages.iter().map(needed).collect();
        // First of all together, because most denials are of wallets that hold too little anyway.
        for (id, amount) in &missing {
            let account = self.wallet.accounts.get(id);
            let held = account
                .map(|account| account.balance(self.at))
                .transpose()?;
            if held.is_none_or(|balance| balance.held < *amount) {
                return Ok(None);
            }
        }
        let mut accounts: Vec<(AccountId, WalletAccount)> = Vec::new();
        for (asset, _) in &asked.totals {
            let id = AccountId::default_for(asset);
            if let Some(account) = self.wallet.accounts.get(&id) {
                let mut account = account.clone();
                // Credit that begins later is not what a hold keeps.
                account.grants.drop_later(self.at);
                accounts.push((id, account));
            }
        }
        for hold in self.wallet.holds_by_expiry() {
            if Some(hold.id) == extends {
                continue;
            }
            give_back(&mut accounts, &mut missing, hold);
            // Asked of the grants only once the sums would do: a wallet may have 10,000 holds.
            let enough = missing.iter().all(|(_, amount)| !amount.is_positive());
            if enough && self.is_covered(asked, &accounts, hold.expires_at)? {
                return Ok(Some(hold.expires_at));
            }
        }
        Ok(None)
    }

    fn is_covered(
        &self,
        asked: &Asked<'_>,
        accounts: &[(AccountId, WalletAccount)],
        at: Instant,
    ) -> Result<bool, Refusal> {
        for (asset, total) in &asked.totals {
            let own = accounts.iter().find(|(id, _)| id.asset == *asset);
            let Some((id, account)) = own else {
                return Ok(false);
            };
            let mut allocator = Allocator::for_authorization(account, at)?;
            for consumption in asked.consumptions_of(self.wallet, id, *total) {
                allocator.allocate(&consumption);
            }
            if allocator.allocation.missing.is_positive() {
                return Ok(false);
            }
        }
        Ok(true)
    }

    /// What open holds have of the assets that are short.
    fn held_of(&self, shortages: &[Shortage]) -> Result<Vec<(String, Amount)>, Refusal> {
        let mut held = Vec::with_capacity(shortages.len());
        for one in shortages {
            let balance = self
                .wallet
                .balance(&AccountId::default_for(&one.asset), self.at)?;
            held.push((one.asset.clone(), balance.held));
        }
        Ok(held)
    }
}

/// The least that has to come back. Not the debt as well: restricted credit is used beside it.
fn needed(shortage: &Shortage) -> (AccountId, Amount) {
    let least = shortage.shortfall().min(shortage.required);
    (AccountId::default_for(&shortage.asset), least)
}

/// What a hold gives back when it expires, on copies of the accounts; and what is missing then.
fn give_back(
    accounts: &mut [(AccountId, WalletAccount)],
    missing: &mut [(AccountId, Amount)],
    hold: &Hold,
) {
    for (id, account) in accounts {
        if let Some(own) = hold.reservation(id) {
            take_back(account, own, hold.expires_at);
            for (_, amount) in missing.iter_mut().filter(|(short, _)| short == id) {
                *amount = amount.folded_minus(own.left());
            }
        }
    }
}

/// As the hold's own expiry would: credit is free again, and repays debt first.
fn take_back(account: &mut WalletAccount, own: &Reservation, at: Instant) {
    for draw in &own.draws {
        account.apply(at, &Move::Release(*draw));
    }
    if own.pledged.is_positive() {
        let amount = own.pledged;
        account.apply(at, &Move::Unpledge { amount });
    }
    for change in account.repayment(at) {
        account.apply(at, &change);
    }
}
