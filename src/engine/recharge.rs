//! Automatic recharge: a rule by which an account fills itself again from a payment method.
//!
//! ```text
//! available <= threshold ──▶ intended ──▶ charged ──▶ credited            one intent at a time
//!                               │            └──▶ declined ──▶ again after 1 h, 6 h, 24 h, then off
//!                               └── nothing else is intended until this one has ended
//! ```
//!
//! An intent is a row of the journal before anybody is asked for money, and its number is the key under which it
//! is charged: so it is charged once. Its credit is the amount of the row.
//!
//! | law | |
//! |---|---|
//! | an intent | only while `available <= threshold`, at most one open for each rule |
//! | its amount | leaves more available than the threshold, unless a limit is smaller than the gap |
//! | its price | `spent + price <= limit`, of the UTC day and of the UTC month in which it is intended |
//! | after a success | none before the cooldown is over |
//! | while the wallet is frozen | none |
//! | after a refund or a dispute | none for a day: money that has just gone back is not taken again |
//! | after a decline | none before the back-off is over, or paid credit has come by another way |
//!
//! A payment that succeeds after all is credited, whatever was thought of it: it has happened. So only then what
//! was spent can be above a limit.

use serde::{Deserialize, Serialize};

use super::amount::{Amount, AmountError, MAX_PLACES};
use super::calendar::Window;
use super::exchange::ExchangeRate;
use super::time::Instant;

/// The `seq` of the entry that intended it.
pub type IntentId = u64;

/// The shortest time between two recharges that a rule may ask for, in seconds.
pub const MIN_COOLDOWN: u32 = 60;

/// The longest one: 31 days.
pub const MAX_COOLDOWN: u32 = 31 * 86_400;

/// What it is where nothing is said: real runaways made six charges within ten minutes.
pub const COOLDOWN: u32 = 600;

/// After a first, a second and a third decline in a row: seconds until the next attempt. After a fourth there is
/// none.
pub const BACK_OFF: [u32; 3] = [3_600, 6 * 3_600, 24 * 3_600];

/// After a refund or a dispute of a payment of the account: seconds until the next attempt.
pub const AFTER_LOSS: u32 = 86_400;

/// The code of an intent that was not paid because the customer has nothing that could be charged.
pub const NO_PAYMENT_METHOD: &str = "no_payment_method";

/// How much a recharge fills in.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Fill {
    /// This much, or the smallest multiple of it that leaves more than the threshold.
    Amount(Amount),
    /// Up to this much available.
    Target(Amount),
}

/// What was set.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct Rule {
    /// It recharges when no more than this is available.
    pub threshold: Amount,
    /// How much.
    pub fill: Fill,
    /// What is paid; where it is the asset itself, nothing is converted.
    pub currency: String,
    /// In how many decimal places that is paid.
    pub places: u32,
    /// The customer's default one, when absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub payment_method: Option<String>,
    /// The most that is paid within a day of UTC.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub daily_limit: Option<Amount>,
    /// The most that is paid within a month of UTC.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub monthly_limit: Option<Amount>,
    /// Seconds from a success to the next intent, at least.
    pub cooldown: u32,
    /// Off by choice, where it is not.
    pub enabled: bool,
}

/// Why something has to wait.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Wait {
    Cooldown,
    Declined,
    DailyLimit,
    MonthlyLimit,
    /// The asset has no rate in the currency.
    NoRate,
    /// The gap, or its price, is more than an amount can be.
    AmountOutOfRange,
    /// A payment of the account has gone back.
    Refunded,
}

/// Why a rule has turned itself off.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Off {
    /// The card was declined again and again.
    Declined,
    /// Nothing is there any more to be charged.
    PaymentMethodRemoved,
}

/// What happens to a rule, one entry each.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Step {
    /// Set anew, as a whole.
    Set(Rule),
    /// Money is about to be asked for. Its id is the `seq` of the entry.
    Intended(Terms),
    /// A limit lets nothing through before then.
    Deferred { until: Instant, because: Wait },
    /// The processor has taken it and does not know yet.
    Pending {
        intent: IntentId,
        /// The processor's id.
        payment: String,
    },
    /// It was not paid.
    Declined {
        intent: IntentId,
        /// The processor's words.
        code: String,
        #[serde(default, skip_serializing_if = "Option::is_none")]
        decline_code: Option<String>,
        /// A top-up for the same amount, at which the customer can pay by hand.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        top_up: Option<String>,
        /// When it is tried again; never, when absent: then the rule is off.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        retry_at: Option<Instant>,
    },
    /// It turned itself off.
    Stopped { because: Off },
}

/// What an intent is for.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct Terms {
    /// What will be credited.
    pub amount: Amount,
    /// What is charged for it.
    pub price: Amount,
    /// In this currency.
    pub currency: String,
    /// The customer's default one, when absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub payment_method: Option<String>,
}

/// An intent that has not ended.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct Intent {
    pub id: IntentId,
    pub at: Instant,
    pub terms: Terms,
    /// Since when the processor has it and does not know yet, and under which id.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub pending: Option<(Instant, String)>,
}

/// The last intent that has ended.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct Attempt {
    pub id: IntentId,
    pub at: Instant,
    pub ended_at: Instant,
    pub terms: Terms,
    pub outcome: Outcome,
}

/// How an intent has ended.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Outcome {
    Succeeded,
    Declined {
        code: String,
        decline_code: Option<String>,
        top_up: Option<String>,
    },
}

/// What was paid since the beginning of a window.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default, Serialize, Deserialize)]
pub struct Paid {
    since: Instant,
    amount: Amount,
}

impl Paid {
    /// Of the window that `at` lies in.
    #[must_use]
    pub fn within(self, window: Window, at: Instant) -> Amount {
        let (start, _) = window.span(None, at);
        if self.since == start {
            self.amount
        } else {
            Amount::ZERO
        }
    }

    fn add(&mut self, window: Window, at: Instant, amount: Amount) {
        let before = self.within(window, at);
        self.since = window.span(None, at).0;
        self.amount = before.folded_plus(amount);
    }

    /// What was intended in this window and not paid; in an earlier one it is forgotten already.
    fn take(&mut self, window: Window, at: Instant, amount: Amount) {
        if self.since == window.span(None, at).0 {
            self.amount = self.amount.folded_minus(amount);
        }
    }
}

/// A rule, and where it stands.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct Recharge {
    pub rule: Rule,
    /// Steps so far, by which operations are told apart.
    pub turn: u64,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub open: Option<Intent>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub last: Option<Attempt>,
    /// The cooldown counts from here.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub succeeded_at: Option<Instant>,
    /// In a row.
    #[serde(default)]
    pub declines: usize,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub retry_at: Option<Instant>,
    /// Until when a limit lets nothing through.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub deferred: Option<(Instant, Wait)>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub off: Option<Off>,
    /// Intended today and not declined.
    pub today: Paid,
    /// Likewise this month.
    pub this_month: Paid,
}

/// What a rule is about to do.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Due {
    /// It was turned off by choice, or by itself.
    Off(Option<Off>),
    /// An intent is open.
    Charging,
    /// More is available than the threshold.
    Idle,
    /// As long as the wallet is frozen.
    Frozen,
    /// Not before then.
    Waits { until: Instant, because: Wait },
    /// Now.
    Now,
}

/// What comes of a rule that is due.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Plan {
    Charge(Terms),
    Defer { until: Instant, because: Wait },
}

impl Recharge {
    /// One that was just set.
    #[must_use]
    pub fn new(rule: Rule) -> Self {
        Self {
            rule,
            turn: 1,
            open: None,
            last: None,
            succeeded_at: None,
            declines: 0,
            retry_at: None,
            deferred: None,
            off: None,
            today: Paid::default(),
            this_month: Paid::default(),
        }
    }

    /// Set anew: whoever does so has looked at it, so declines and what was deferred are forgotten. What was
    /// paid counts on, unless it is another currency.
    pub fn set(&mut self, rule: Rule) {
        // Sums of two currencies would be a number that means nothing.
        if rule.currency != self.rule.currency {
            self.today = Paid::default();
            self.this_month = Paid::default();
        }
        self.rule = rule;
        self.off = None;
        self.deferred = None;
        self.forget_declines();
    }

    const fn forget_declines(&mut self) {
        self.declines = 0;
        self.retry_at = None;
    }

    /// Folds a step in.
    pub fn apply(&mut self, id: IntentId, at: Instant, step: &Step) {
        self.turn = self.turn.saturating_add(1);
        match step {
            Step::Set(rule) => self.set(rule.clone()),
            Step::Intended(terms) => {
                self.deferred = None;
                self.count(at, terms);
                self.open = Some(Intent {
                    id,
                    at,
                    terms: terms.clone(),
                    pending: None,
                });
            }
            Step::Deferred { until, because } => self.deferred = Some((*until, *because)),
            Step::Pending { intent, payment } => {
                let own = self.open.as_mut().filter(|open| open.id == *intent);
                if let Some(open) = own {
                    open.pending = Some((at, payment.clone()));
                }
            }
            Step::Declined {
                intent,
                code,
                decline_code,
                top_up,
                retry_at,
            } => {
                let outcome = Outcome::Declined {
                    code: code.clone(),
                    decline_code: decline_code.clone(),
                    top_up: top_up.clone(),
                };
                self.decline(*intent, at, *retry_at, outcome);
            }
            Step::Stopped { because } => self.off = Some(*because),
        }
    }

    fn decline(&mut self, id: IntentId, at: Instant, retry_at: Option<Instant>, outcome: Outcome) {
        // Folding cannot fail, so what is about no open intent is passed over.
        let Some(open) = self.open.take_if(|open| open.id == id) else {
            return;
        };
        // Nothing was paid, so the limits must have room for it again.
        if open.terms.currency == self.rule.currency {
            let price = open.terms.price;
            self.today.take(Window::Day, open.at, price);
            self.this_month.take(Window::Month, open.at, price);
        }
        self.declines = self.declines.saturating_add(1);
        self.retry_at = retry_at;
        // Whoever can fix it has to be told: another try would only be declined again.
        if retry_at.is_none() {
            let gone =
                matches!(&outcome, Outcome::Declined { code, .. } if code == NO_PAYMENT_METHOD);
            self.off = Some(if gone {
                Off::PaymentMethodRemoved
            } else {
                Off::Declined
            });
        }
        self.last = Some(Attempt {
            id,
            at: open.at,
            ended_at: at,
            terms: open.terms,
            outcome,
        });
    }

    /// Folds a credit in: an intent's own, or paid credit that came by another way, after which the card may be
    /// tried again. `paid` is the price and its currency.
    pub fn credited(&mut self, intent: Option<(IntentId, Amount, &str)>, at: Instant) {
        // Money has come, so the card may be good again, whichever way it came.
        self.forget_declines();
        let Some((id, price, currency)) = intent else {
            return;
        };
        self.succeeded_at = Some(at);
        if let Some(open) = self.open.take_if(|open| open.id == id) {
            self.last = Some(Attempt {
                id,
                at: open.at,
                ended_at: at,
                terms: open.terms,
                outcome: Outcome::Succeeded,
            });
            return;
        }
        // It had been given up, and what was given up counts no more: so it is counted again.
        if currency == self.rule.currency {
            self.today.add(Window::Day, at, price);
            self.this_month.add(Window::Month, at, price);
        }
        if let Some(last) = self.last.as_mut().filter(|last| last.id == id) {
            last.outcome = Outcome::Succeeded;
            last.ended_at = at;
        }
    }

    /// A payment of the account went back. Whoever is refunded must not be charged for that at once.
    pub fn lost(&mut self, at: Instant) {
        let until = at.plus_seconds(AFTER_LOSS);
        // A limit may let nothing through for longer.
        if self.deferred.is_none_or(|(known, _)| known < until) {
            self.deferred = Some((until, Wait::Refunded));
        }
    }

    fn count(&mut self, at: Instant, terms: &Terms) {
        if terms.currency == self.rule.currency {
            self.today.add(Window::Day, at, terms.price);
            self.this_month.add(Window::Month, at, terms.price);
        }
    }

    /// When the next intent is after a decline, or that there is none.
    #[must_use]
    pub fn next_try(&self, at: Instant) -> Option<Instant> {
        let seconds = BACK_OFF.get(self.declines)?;
        Some(at.plus_seconds(*seconds))
    }

    /// Before which moment nothing is intended, and why: the latest one of all.
    #[must_use]
    pub fn ready_at(&self) -> Option<(Instant, Wait)> {
        let cooldown = self.succeeded_at.map(|at| {
            let over = at.plus_seconds(self.rule.cooldown);
            (over, Wait::Cooldown)
        });
        let retry = self.retry_at.map(|at| (at, Wait::Declined));
        let all = [cooldown, retry, self.deferred].into_iter().flatten();
        all.max_by_key(|(at, _)| *at)
    }

    /// What it does at this moment, with so much available.
    #[must_use]
    pub fn due(&self, available: Amount, at: Instant) -> Due {
        if !self.rule.enabled || self.off.is_some() {
            return Due::Off(self.off);
        }
        // Before the balance is looked at: a second charge beside an open one is what must never be.
        if self.open.is_some() {
            return Due::Charging;
        }
        if available > self.rule.threshold {
            return Due::Idle;
        }
        // Last of all, because a rule that has nothing to do does not wait either.
        match self.ready_at() {
            Some((until, because)) if until > at => Due::Waits { until, because },
            _ => Due::Now,
        }
    }

    /// What is charged, or until when a limit forbids it. The asset has `precision` decimal places; without a
    /// rate it is the currency itself.
    ///
    /// # Errors
    /// [`AmountError::TooLarge`] where the gap or its price leaves the bounds of an amount.
    pub fn plan(
        &self,
        available: Amount,
        precision: u32,
        rate: Option<ExchangeRate>,
        at: Instant,
    ) -> Result<Plan, AmountError> {
        let rule = &self.rule;
        // In kind what is credited is what is paid, so it must be an amount that can be paid.
        let places = rate.map_or(precision.min(rule.places), |_| precision);
        let price = |amount: Amount| match rate {
            Some(rate) => rate.least_payment(amount, rule.places),
            None => Ok(amount),
        };
        let mut amount = rule.gap(available, places)?;
        // A gap that is larger than a whole limit is closed in steps of the limit, because as one charge it
        // would never fit.
        let limits = [rule.daily_limit, rule.monthly_limit];
        if let Some(most) = limits.into_iter().flatten().min()
            && price(amount)? > most
        {
            let buys = match rate {
                Some(rate) => rate.buy(most, places)?,
                None => most,
            };
            amount = rule.at_most(buys)?;
        }
        let price = price(amount)?;
        // Asked of what would be charged, and not of the whole gap: else a large gap would wait for ever.
        if let Some((until, because)) = self.over(price, at) {
            return Ok(Plan::Defer { until, because });
        }
        if !amount.is_positive() {
            // One unit costs more than the limit, so it waits for another rate.
            let (_, until) = Window::Day.span(None, at);
            let because = Wait::DailyLimit;
            return Ok(Plan::Defer { until, because });
        }
        Ok(Plan::Charge(Terms {
            amount,
            price,
            currency: rule.currency.clone(),
            payment_method: rule.payment_method.clone(),
        }))
    }

    /// The limit that so much more would pass for longest, and when its window ends.
    fn over(&self, price: Amount, at: Instant) -> Option<(Instant, Wait)> {
        let over = |paid: Paid, window: Window, limit: Option<Amount>, because: Wait| {
            // A sum that leaves the bounds is over every limit, so it need not be an error.
            let then = paid.within(window, at).saturating_plus(price);
            let (_, until) = window.span(None, at);
            (then > limit?).then_some((until, because))
        };
        let rule = &self.rule;
        let day = over(self.today, Window::Day, rule.daily_limit, Wait::DailyLimit);
        let month = over(
            self.this_month,
            Window::Month,
            rule.monthly_limit,
            Wait::MonthlyLimit,
        );
        [day, month].into_iter().flatten().max_by_key(|(at, _)| *at)
    }
}

impl Rule {
    /// What closes the whole gap in one step: leaves more than the threshold, or the target.
    ///
    /// # Errors
    /// [`AmountError::TooLarge`].
    pub fn gap(&self, available: Amount, places: u32) -> Result<Amount, AmountError> {
        match self.fill {
            Fill::Target(target) => up(target.minus(available)?, places),
            Fill::Amount(amount) => {
                let lacking = self.threshold.minus(available)?.max(Amount::ZERO);
                let times = lacking.steps().checked_div(amount.steps());
                // One more than fits, because at the threshold itself it would recharge again.
                let times = times.and_then(|times| times.checked_add(1));
                let steps = times.and_then(|times| times.checked_mul(amount.steps()));
                Amount::from_steps(steps.ok_or(AmountError::TooLarge)?)
            }
        }
    }

    /// The most of it that is no more than this: whole amounts, where the rule has one.
    fn at_most(&self, most: Amount) -> Result<Amount, AmountError> {
        match self.fill {
            Fill::Target(_) => Ok(most),
            Fill::Amount(amount) => {
                let times = most.steps().checked_div(amount.steps());
                let steps = times.and_then(|times| times.checked_mul(amount.steps()));
                Amount::from_steps(steps.ok_or(AmountError::TooLarge)?)
            }
        }
    }
}

/// Rounded up to so many decimal places.
fn up(amount: Amount, places: u32) -> Result<Amount, AmountError> {
    let step = 10_i128.checked_pow(MAX_PLACES.saturating_sub(places));
    let step = step.ok_or(AmountError::TooLarge)?;
    let whole = amount.steps().checked_add(step.saturating_sub(1));
    let times = whole.and_then(|whole| whole.checked_div_euclid(step));
    let steps = times.and_then(|times| times.checked_mul(step));
    Amount::from_steps(steps.ok_or(AmountError::TooLarge)?)
}

impl Step {
    /// As a word of the API.
    #[must_use]
    pub const fn word(&self) -> &'static str {
        match self {
            Self::Set(_) => "recharge_set",
            Self::Intended(_) => "recharge_intended",
            Self::Deferred { .. } => "recharge_deferred",
            Self::Pending { .. } => "recharge_pending",
            Self::Declined { .. } => "recharge_declined",
            Self::Stopped { .. } => "recharge_stopped",
        }
    }
}

impl Wait {
    /// As a word of the API.
    #[must_use]
    pub const fn word(self) -> &'static str {
        match self {
            Self::Cooldown => "cooldown",
            Self::Declined => "declined",
            Self::DailyLimit => "daily_limit",
            Self::MonthlyLimit => "monthly_limit",
            Self::NoRate => "no_rate",
            Self::AmountOutOfRange => "amount_out_of_range",
            Self::Refunded => "refunded",
        }
    }
}

impl Off {
    /// As a word of the API.
    #[must_use]
    pub const fn word(self) -> &'static str {
        match self {
            Self::Declined => "declined",
            Self::PaymentMethodRemoved => "payment_method_removed",
        }
    }
}
