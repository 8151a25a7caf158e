//! What a wallet decides of its recharge rules: what is intended, and what becomes of that.
//!
//! Nothing is intended for a moment that has passed: a wallet that slept for a month looks at what is available
//! now, and recharges once.

use super::account::WalletAccount;
use super::amount::{Amount, AmountError};
use super::asset::{AccountId, Asset};
use super::command::{RechargeChange, Said};
use super::draft::Draft;
use super::entry::{Entry, Fact};
use super::exchange::ExchangeRate;
use super::recharge::{Due, Intent, IntentId, Off, Plan, Recharge, Rule, Step, Wait};
use super::refusal::Refusal;
use super::time::Instant;
use super::wallet::Wallet;

/// What is intended or deferred at this moment, as entries that follow the wallet's last one. What time has made
/// due must have been written before. A rule whose asset is not its currency is due where its rate is known.
#[must_use]
pub fn recharges(
    wallet: &Wallet,
    rates: &[(AccountId, Option<ExchangeRate>)],
    at: Instant,
) -> Option<Entry> {
    // Rows never go back in time, whatever the clock of the caller says.
    let at = at.max(wallet.at);
    wallet.recharges.iter().find_map(|(id, recharge)| {
        let available = available(wallet, id, at).ok()?;
        if due(wallet, recharge, available, at) != Due::Now {
            return None;
        }
        // The wallet knows no rates, because nothing may wait in here: whoever charges brings them.
        let in_kind = id.asset == recharge.rule.currency;
        let known = rates.iter().find(|(of, _)| of == id);
        let precision = wallet.accounts.get(id)?.asset.precision;
        let plan = match known.map(|(_, rate)| *rate) {
            _ if in_kind => recharge.plan(available, precision, None, at),
            Some(Some(rate)) => recharge.plan(available, precision, Some(rate), at),
            Some(None) => Ok(later(at, Wait::NoRate)),
            None => return None,
        };
        let step = match plan.unwrap_or_else(|_| later(at, Wait::AmountOutOfRange)) {
            Plan::Charge(terms) => Step::Intended(terms),
            Plan::Defer { until, because } => Step::Deferred { until, because },
        };
        let account = id.clone();
        let fact = Fact::Recharge { account, step };
        // Each step of a rule is a turn, so the same one cannot be written twice.
        let op = format!("recharge:{id}:{}", recharge.turn);
        Draft::new(wallet, at, None).entry(&op, "", fact).ok()
    })
}

/// What a rule does at this moment, with so much available in its account.
#[must_use]
pub fn due(wallet: &Wallet, recharge: &Recharge, available: Amount, at: Instant) -> Due {
    let due = recharge.due(available, at);
    let would_pay = matches!(due, Due::Now | Due::Waits { .. });
    // Nobody may spend from it, so nobody should pay into it without being asked.
    if would_pay && wallet.frozen().next().is_some() {
        return Due::Frozen;
    }
    due
}

/// It waits for somebody to put something right.
fn later(at: Instant, because: Wait) -> Plan {
    let until = at.plus_seconds(LOOK_LATER);
    Plan::Defer { until, because }
}

/// What any use may spend of an account; nothing where there is no account.
///
/// # Errors
/// [`AmountError::TooLarge`] when the sums leave the bounds of an amount.
pub fn available(wallet: &Wallet, id: &AccountId, at: Instant) -> Result<Amount, AmountError> {
    let account = wallet.accounts.get(id);
    account.map_or(Ok(Amount::ZERO), |one: &WalletAccount| one.available(at))
}

/// How long a payment that is pending is left alone, in seconds, by how long it has been: a processor says by
/// itself what became of it, and is asked in case that was lost.
const LOOK_AGAIN: [(u32, u32); 2] = [(3_600, 60), (86_400, 900)];

/// And after that.
const LOOK_SELDOM: u32 = 6 * 3_600;

/// When a rule is looked at again that cannot do anything as things are, in seconds.
const LOOK_LATER: u32 = 3_600;

/// For how long nobody is asked again who did not answer, in seconds: the least and the most.
const SILENCE: (u32, u32) = (30, 3_600);

/// From when on somebody is asked again who did not answer: after as long as the youngest intent has been open by now,
/// so that each pause is as long as all before it together. An error that a processor repeats for a day is asked for
/// some thirty times, and not every half minute.
///
/// By the rows alone, because a wallet that is dropped from memory forgets how often it has asked.
#[must_use]
pub fn asks_again(wallet: &Wallet, at: Instant) -> Instant {
    let (least, most) = SILENCE;
    let open = wallet
        .recharges
        .values()
        .filter_map(|one| one.open.as_ref());
    let opened = open.map(|open| open.at).max().unwrap_or(at);
    let age = at
        .micros()
        .saturating_sub(opened.micros())
        .div_euclid(1_000_000);
    let age = u32::try_from(age).unwrap_or(0);
    at.plus_seconds(age.clamp(least, most))
}

/// The youngest intent that is open.
#[must_use]
pub fn youngest_intent(wallet: &Wallet) -> Option<IntentId> {
    let open = wallet
        .recharges
        .values()
        .filter_map(|one| one.open.as_ref());
    open.map(|open| open.id).max()
}

/// The next moment at which a rule has something to do; now, where one is due or an intent waits to be charged.
#[must_use]
pub fn next_recharge(wallet: &Wallet, at: Instant) -> Option<Instant> {
    let next = |(id, recharge): (&AccountId, &Recharge)| {
        let available = available(wallet, id, at).ok()?;
        match due(wallet, recharge, available, at) {
            // Also of a rule that was turned off meanwhile, because what was asked for may have been paid.
            Due::Off(_) | Due::Charging => recharge.open.as_ref().map(|open| look_at(open, at)),
            // The entry that ends a freeze looks at the rules by itself.
            Due::Idle | Due::Frozen => None,
            Due::Waits { until, .. } => Some(until),
            Due::Now => Some(at),
        }
    };
    wallet.recharges.iter().filter_map(next).min()
}

/// Whether there is something to charge, or to ask about: an intent that is open, or a rule that is due.
#[must_use]
pub fn has_charges(wallet: &Wallet, at: Instant) -> bool {
    wallet.recharges.iter().any(|(id, recharge)| {
        let due = available(wallet, id, at).map(|there| due(wallet, recharge, there, at));
        recharge.open.is_some() || due == Ok(Due::Now)
    })
}

/// When an open intent is looked after.
fn look_at(open: &Intent, at: Instant) -> Instant {
    let Some((since, _)) = &open.pending else {
        return at;
    };
    let step = LOOK_AGAIN
        .iter()
        .find(|(age, _)| at < since.plus_seconds(*age));
    at.plus_seconds(step.map_or(LOOK_SELDOM, |(_, step)| *step))
}

/// The rule that has an intent open.
#[must_use]
pub fn open_intent(wallet: &Wallet, intent: IntentId) -> Option<(&AccountId, &Recharge)> {
    let is_own = |one: &Recharge| one.open.as_ref().is_some_and(|open| open.id == intent);
    wallet.recharges.iter().find(|(_, one)| is_own(one))
}

impl Draft<'_> {
    pub(super) fn recharge(&mut self, change: &RechargeChange) -> Result<Fact, Refusal> {
        match change {
            RechargeChange::Set {
                account,
                asset,
                rule,
            } => self.set_recharge(account, asset, rule),
            RechargeChange::Note { intent, said } => self.note_recharge(*intent, said),
            RechargeChange::Stop { account, because } => self.stop_recharge(account, *because),
        }
    }

    /// Sets a rule as a whole; it makes the account.
    fn set_recharge(
        &mut self,
        account: &AccountId,
        asset: &Asset,
        rule: &Rule,
    ) -> Result<Fact, Refusal> {
        self.check_amount(account, asset, rule.threshold)?;
        self.ensure_account(account, asset);
        Ok(Fact::Recharge {
            account: account.clone(),
            step: Step::Set(rule.clone()),
        })
    }

    /// Notes what a processor says of an intent that is open.
    fn note_recharge(&self, intent: IntentId, said: &Said) -> Result<Fact, Refusal> {
        // Only of one that is open: what has ended must not end again in another way.
        let open = open_intent(self.wallet, intent);
        let (account, recharge) = open.ok_or(Refusal::RechargeNotFound)?;
        let step = match said {
            Said::Pending { payment } => Step::Pending {
                intent,
                payment: payment.clone(),
            },
            Said::Declined {
                code,
                decline_code,
                top_up,
                finally,
            } => Step::Declined {
                intent,
                code: code.clone(),
                decline_code: decline_code.clone(),
                top_up: top_up.clone(),
                retry_at: recharge.next_try(self.at).filter(|_| !finally),
            },
        };
        Ok(Fact::Recharge {
            account: account.clone(),
            step,
        })
    }

    /// Turns a rule off, because nothing is there any more to be charged.
    fn stop_recharge(&self, account: &AccountId, because: Off) -> Result<Fact, Refusal> {
        let known = self.wallet.recharges.get(account);
        known.ok_or(Refusal::RechargeNotFound)?;
        Ok(Fact::Recharge {
            account: account.clone(),
            step: Step::Stopped { because },
        })
    }
}
