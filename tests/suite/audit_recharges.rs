//! The laws of recharges, from the rows alone and with plain integers: one intent at a time for a rule, only where no more
//! than the threshold is available, within the limits of the UTC day and month, not before a cooldown or a back-off is
//! over, not while the wallet is frozen, and not within a day after a refund or a dispute; and its credit is its amount, once.

use std::collections::{BTreeMap, BTreeSet};

use scrip::engine::command::CreditSource;
use scrip::engine::loss::LossCause;
use scrip::engine::recharge::{Fill, Rule, Step};
use scrip::engine::recharging::available;
use scrip::engine::{AccountId, Entry, Fact, Instant, Wallet};

use crate::audit::pico;

/// What was intended, and what became of it.
struct Intended {
    account: AccountId,
    at: Instant,
    amount: i128,
    price: i128,
    currency: String,
    declined: bool,
}

#[derive(Default)]
struct Naive {
    rule: Option<Rule>,
    open: Option<u64>,
    /// Nothing is intended before, because a card was declined.
    back_off: Instant,
    succeeded_at: Option<Instant>,
    /// A payment of the account went back.
    lost_at: Option<Instant>,
    off: bool,
}

#[derive(Default)]
pub struct RechargeAudit {
    rules: BTreeMap<AccountId, Naive>,
    intents: BTreeMap<u64, Intended>,
    credited: BTreeSet<u64>,
    /// Intents that succeeded after they had been given up: facts, which no limit stops.
    late: BTreeMap<u64, Instant>,
}

const DAY: i64 = 86_400_000_000;

/// Years and months, by counting days one by one.
fn month(at: Instant) -> (i64, i64) {
    let mut days = at.micros().div_euclid(DAY);
    let (mut year, mut month) = (1970, 0);
    loop {
        let leap = (year % 4 == 0 && year % 100 != 0) || year % 400 == 0;
        let february = if leap { 29 } else { 28 };
        let length = [31, february, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31][month];
        if days < length {
            return (year, month as i64);
        }
        days -= length;
        month += 1;
        if month == 12 {
            (year, month) = (year + 1, 0);
        }
    }
}

fn law(holds: bool, broken: &str) -> Result<(), String> {
    if holds {
        Ok(())
    } else {
        Err(broken.to_owned())
    }
}

impl RechargeAudit {
    /// `before` is the wallet that the entry was decided on.
    pub fn follow(&mut self, entry: &Entry, before: &Wallet) -> Result<(), String> {
        match &entry.fact {
            Fact::Recharge { account, step } => self.step(account, step, entry, before),
            Fact::Credited { amount, source, .. } => {
                let account = entry.changes.first().map(|one| one.account.clone());
                let account = account.ok_or("a credit without an account")?;
                // Where nobody has paid, nothing says that the card is good again.
                let paid = match source {
                    CreditSource::Adjustment { .. } | CreditSource::Code { .. } => false,
                    CreditSource::TopUp { paid, .. } => paid.is_positive(),
                    CreditSource::Payment { .. } | CreditSource::Recharge { .. } => true,
                };
                if let CreditSource::Recharge { recharge, .. } = source {
                    self.credit(*recharge, &account, pico(*amount), entry.at)?;
                } else if paid && let Some(one) = self.rules.get_mut(&account) {
                    one.back_off = Instant::default();
                }
                Ok(())
            }
            Fact::PaymentLoss(loss) => {
                let takes = matches!(loss.cause, LossCause::Refunded | LossCause::FundsWithdrawn);
                for part in loss.parts.iter().filter(|_| takes) {
                    if let Some(one) = self.rules.get_mut(&part.account) {
                        one.lost_at = Some(entry.at);
                    }
                }
                Ok(())
            }
            _ => Ok(()),
        }
    }

    fn step(
        &mut self,
        account: &AccountId,
        step: &Step,
        entry: &Entry,
        before: &Wallet,
    ) -> Result<(), String> {
        match step {
            Step::Set(rule) => {
                let one = self.rules.entry(account.clone()).or_default();
                one.rule = Some(rule.clone());
                one.off = false;
                one.lost_at = None;
                one.back_off = Instant::default();
                Ok(())
            }
            Step::Intended(terms) => {
                let there = available(before, account, entry.at);
                let there = pico(there.map_err(|error| error.to_string())?);
                let amount = pico(terms.amount);
                let price = pico(terms.price);
                law(before.frozen().next().is_none(), "the wallet is frozen")?;
                self.may_intend(account, there, (amount, price), entry.at)?;
                let one = self.rules.entry(account.clone()).or_default();
                one.open = Some(entry.seq);
                self.intents.insert(
                    entry.seq,
                    Intended {
                        account: account.clone(),
                        at: entry.at,
                        amount,
                        price,
                        currency: terms.currency.clone(),
                        declined: false,
                    },
                );
                Ok(())
            }
            Step::Declined {
                intent, retry_at, ..
            } => {
                let one = self.rules.entry(account.clone()).or_default();
                law(one.open.take() == Some(*intent), "what ended was not open")?;
                one.off = retry_at.is_none();
                one.back_off = retry_at.unwrap_or_default();
                let known = self.intents.get_mut(intent).ok_or("nobody intended it")?;
                known.declined = true;
                Ok(())
            }
            Step::Pending { intent, .. } => {
                let one = self.rules.entry(account.clone()).or_default();
                law(one.open == Some(*intent), "what is pending is not open")
            }
            Step::Stopped { .. } => {
                self.rules.entry(account.clone()).or_default().off = true;
                Ok(())
            }
            Step::Deferred { until, .. } => law(*until > entry.at, "it is deferred to the past"),
        }
    }

    fn may_intend(
        &self,
        account: &AccountId,
        there: i128,
        (amount, price): (i128, i128),
        at: Instant,
    ) -> Result<(), String> {
        let one = self.rules.get(account).ok_or("there is no rule")?;
        let rule = one.rule.as_ref().ok_or("there is no rule")?;
        law(rule.enabled && !one.off, "the rule is off")?;
        law(one.open.is_none(), "another intent is open")?;
        law(
            there <= pico(rule.threshold),
            "more is available than the threshold",
        )?;
        let a_day_later = one.lost_at.map(|then| then.plus_seconds(86_400));
        law(
            a_day_later.is_none_or(|later| at >= later),
            "money that has just gone back is taken again",
        )?;
        law(at >= one.back_off, "it is before the back-off is over")?;
        let cooled = one
            .succeeded_at
            .map(|then| then.plus_seconds(rule.cooldown));
        law(
            cooled.is_none_or(|cooled| at >= cooled),
            "the cooldown is not over",
        )?;
        law(amount > 0 && price > 0, "nothing is intended")?;
        let limits = [rule.daily_limit, rule.monthly_limit];
        let least = limits.into_iter().flatten().map(pico).min();
        let whole = match rule.fill {
            Fill::Target(target) => there + amount >= pico(target),
            Fill::Amount(_) => there + amount > pico(rule.threshold),
        };
        // A limit that is smaller than the gap is the only reason not to close it.
        let tight = least.is_some_and(|least| price + pico_of(rule, amount, price) > least);
        law(whole || tight, "the gap is not closed")?;
        let spent = |same: &dyn Fn(Instant) -> bool| -> i128 {
            let own = self.intents.iter().filter(|(id, one)| {
                one.account == *account
                    && one.currency == rule.currency
                    && (!one.declined && same(one.at)
                        || self.late.get(id).is_some_and(|at| same(*at)))
            });
            own.map(|(_, one)| one.price).sum()
        };
        let today = at.micros().div_euclid(DAY);
        let of_day = spent(&|then: Instant| then.micros().div_euclid(DAY) == today);
        let of_month = spent(&|then: Instant| month(then) == month(at));
        let within = |spent: i128, limit: Option<scrip::engine::Amount>| {
            limit.is_none_or(|limit| spent + price <= pico(limit))
        };
        law(
            within(of_day, rule.daily_limit),
            "the limit of the day is passed",
        )?;
        law(
            within(of_month, rule.monthly_limit),
            "the limit of the month is passed",
        )
    }

    fn credit(
        &mut self,
        intent: u64,
        account: &AccountId,
        amount: i128,
        at: Instant,
    ) -> Result<(), String> {
        law(self.credited.insert(intent), "an intent is credited twice")?;
        let known = self.intents.get(&intent).ok_or("nobody intended it")?;
        law(
            known.amount == amount,
            "the credit is not the intent's amount",
        )?;
        law(
            known.account == *account,
            "the credit is in another account",
        )?;
        if known.declined {
            self.late.insert(intent, at);
        }
        let one = self.rules.entry(account.clone()).or_default();
        one.open.take_if(|open| *open == intent);
        one.succeeded_at = Some(at);
        one.back_off = Instant::default();
        Ok(())
    }
}

/// What the smallest step more would cost: a whole amount of the rule, or nothing.
fn pico_of(rule: &Rule, amount: i128, price: i128) -> i128 {
    match rule.fill {
        Fill::Target(_) => 1,
        Fill::Amount(one) => (pico(one) * price).div_euclid(amount) + 1,
    }
}
