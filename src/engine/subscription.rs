//! What a customer pays for having products, and what state that is in.
//!
//! ```text
//! Scheduled --starts_at, paid------> Active --renewal unpaid--> ActionRequired --grace ends--> Inactive
//! Scheduled --starts_at, unpaid----> ActionRequired --paid----> Active
//! Active --cancelled, period ends--> Inactive --activate------> Active
//! ```
//!
//! Fees are collected in advance, from what is available, all of a moment or none: a renewal never
//! makes debt. What is unpaid is collected as soon as the balance covers it, until its grace ends.
//! Periods are counted from an anchor, so their bounds do not depend on when they are written down.

use serde::{Deserialize, Serialize};

use super::account::Accounts;
use super::amount::Amount;
use super::asset::{AccountId, Asset};
use super::calendar::Interval;
use super::entitlement::{Entitlement, Refresh};
use super::grant::GrantId;
use super::price::fixed::{Due, FixedFee, FixedPrice, sums};
use super::price::product::PricedProduct;
use super::time::{Instant, SECONDS_OF_A_DAY};

/// The `seq` of the journal entry that made the subscription.
pub type SubscriptionId = u64;

/// For how many days an unpaid fee may be paid late, unless the subscription says.
pub const DEFAULT_GRACE_DAYS: u32 = 3;

/// Subscriptions that one wallet may have at a time, without those that have ended.
pub const MAX_SUBSCRIPTIONS: usize = 100;

#[derive(Clone, Copy, PartialEq, Eq, Debug, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum SubscriptionStatus {
    #[default]
    Active,
    Inactive,
    /// It starts later.
    Scheduled,
    /// A fee is due that the balance does not cover.
    ActionRequired,
}

impl SubscriptionStatus {
    /// The state as a word of the API.
    #[must_use]
    pub const fn word(self) -> &'static str {
        match self {
            Self::Active => "active",
            Self::Inactive => "inactive",
            Self::Scheduled => "scheduled",
            Self::ActionRequired => "action_required",
        }
    }

    /// For serde, which hands a reference over.
    #[must_use]
    pub const fn is_active(&self) -> bool {
        matches!(self, Self::Active)
    }
}

/// What a caller asks of a subscription.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Change {
    /// Starts an ended or a scheduled one now, with a new period.
    Activate,
    /// Ends it at once. Nothing is paid back, and what was granted stays until it expires.
    Deactivate,
    /// Ends it when what is paid for ends; at once where nothing is.
    CancelAtPeriodEnd,
    /// Takes the cancellation back.
    Resume,
}

/// Why time ended a subscription.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum EndCause {
    /// It was cancelled, and what was paid for is over.
    PeriodEnded,
    /// A fee stayed unpaid.
    GraceEnded,
}

/// The words of a subscription that nothing changes later.
#[derive(Clone, PartialEq, Eq, Debug, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct Plan {
    /// When it starts, where that is later than it was made.
    /// Format 1, in `subscribed`; so are the others.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub starts_at: Option<Instant>,
    /// When the term of a subscription ends that has no recurring price.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub renews_at: Option<Instant>,
    /// Days from its first activation on that cost nothing recurring.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub trial_days: Option<u32>,
    /// Days for which an unpaid fee is awaited; [`DEFAULT_GRACE_DAYS`] when absent.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub grace_days: Option<u32>,
    /// Where a browser goes after paying.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub return_url: Option<String>,
    /// Where a browser goes that did not pay.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub failure_url: Option<String>,
}

impl Plan {
    /// Starts at once, for ever.
    #[must_use]
    pub fn is_default(&self) -> bool {
        *self == Self::default()
    }

    /// When a fee that was due is no longer awaited.
    #[must_use]
    pub fn grace_until(&self, due: Instant) -> Instant {
        plus_days(due, self.grace_days.unwrap_or(DEFAULT_GRACE_DAYS))
    }
}

/// Where a recurring price stands.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct Term {
    /// The id of its product.
    /// Format 1, in `product_changed`; so are the others.
    pub product: String,
    /// The id of the price.
    pub price: String,
    /// Where its periods are counted from.
    pub anchor: Instant,
    /// Periods that are paid for.
    pub paid: u32,
    /// When the next one is due.
    pub next: Instant,
}

impl Term {
    pub(super) fn new(product: &str, price: &str, every: Interval, from: (Instant, u32)) -> Self {
        let (anchor, paid) = from;
        Self {
            product: product.to_owned(),
            price: price.to_owned(),
            anchor,
            paid,
            next: every.boundary(anchor, paid),
        }
    }

    /// The period that was paid for last.
    #[must_use]
    pub fn period(&self, every: Interval) -> Option<(Instant, Instant)> {
        let started = self.paid.checked_sub(1)?;
        Some((every.boundary(self.anchor, started), self.next))
    }
}

/// Where an entitlement stands.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct Given {
    /// The id of its product.
    /// Format 1, in `product_changed`; so are the others.
    pub product: String,
    /// Of the entitlement.
    pub name: String,
    /// Where its periods are counted from.
    pub anchor: Instant,
    /// Periods that are over or granted.
    pub granted: u32,
    /// When the next grant is due, if there is to be one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub next: Option<Instant>,
    /// The last grant.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub grant: Option<GrantId>,
}

impl Given {
    pub(super) fn new(product: &str, name: &str, anchor: Instant) -> Self {
        Self {
            product: product.to_owned(),
            name: name.to_owned(),
            anchor,
            granted: 0,
            next: Some(anchor),
            grant: None,
        }
    }

    fn granted(&mut self, entitlement: &Entitlement, grant: GrantId, period: u32) {
        self.granted = period.saturating_add(1);
        self.grant = Some(grant);
        let next = entitlement.every.boundary(self.anchor, self.granted);
        // What is granted once has no next period; its grant simply expires.
        let refreshes = entitlement.refresh != Refresh::Once;
        self.next = (refreshes && next < Instant::MAX).then_some(next);
    }
}

/// What a customer has, with the prices copied in, so that authorizing reads nothing else.
///
/// ```text
/// serves    = active, or action required since a renewal (activated_at is there)
/// Active         => activated_at is there, grace_until is absent
/// ActionRequired => grace_until is there
/// Inactive       => ended_at is there, terms is empty
/// term.next = boundary(term.anchor, term.paid)         whenever it is written down
/// ```
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct Subscription {
    /// In snapshots since the first, as all that is not marked.
    pub id: SubscriptionId,
    /// When it was made.
    pub started_at: Instant,
    /// With all their prices.
    pub products: Vec<PricedProduct>,
    /// Added, as everything below: absent means active, which is what all were.
    #[serde(default, skip_serializing_if = "SubscriptionStatus::is_active")]
    pub status: SubscriptionStatus,
    /// Absent means at once and for ever.
    #[serde(default, skip_serializing_if = "Plan::is_default")]
    pub plan: Plan,
    /// Since when it is active; absent before, and while an activation is unpaid.
    /// Of a snapshot from before there was a schedule, see
    /// [`Wallet::restored`](super::wallet::Wallet::restored).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub activated_at: Option<Instant>,
    /// While and after a trial.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub trial_ends_at: Option<Instant>,
    /// It has been active, so one-time prices are paid and the trial is used.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub begun: bool,
    /// It ends with what is paid for.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub cancel_at_period_end: bool,
    /// Until when an unpaid fee is awaited.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub grace_until: Option<Instant>,
    /// Absent while it is not over.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub ended_at: Option<Instant>,
    /// Counts the turns of its life, so that what time does with it happens once each.
    #[serde(default)]
    pub turn: u32,
    /// Counts its grants, likewise.
    #[serde(default)]
    pub grants: u32,
    /// Where each recurring price stands.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub terms: Vec<Term>,
    /// Where each entitlement stands.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub given: Vec<Given>,
    /// Products that were replaced. Fees in the journal name their prices.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub replaced: Vec<PricedProduct>,
}

/// What time does with a subscription.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Step {
    /// Fees are due: those of the first period, or of the next one.
    Collect,
    End(EndCause),
}

impl Subscription {
    pub(super) fn new(
        id: SubscriptionId,
        at: Instant,
        products: &[PricedProduct],
        plan: &Plan,
    ) -> Self {
        Self {
            id,
            started_at: at,
            products: products.to_vec(),
            status: SubscriptionStatus::Scheduled,
            plan: plan.clone(),
            activated_at: None,
            trial_ends_at: None,
            begun: false,
            cancel_at_period_end: false,
            grace_until: None,
            ended_at: None,
            turn: 0,
            grants: 0,
            terms: Vec::new(),
            given: Vec::new(),
            replaced: Vec::new(),
        }
    }

    /// Its prices and features count: it is active, or was until a renewal came due.
    #[must_use]
    pub const fn serves(&self) -> bool {
        match self.status {
            SubscriptionStatus::Active => true,
            SubscriptionStatus::ActionRequired => self.activated_at.is_some(),
            SubscriptionStatus::Inactive | SubscriptionStatus::Scheduled => false,
        }
    }

    /// It has ended; activating it again begins a new period.
    #[must_use]
    pub fn is_over(&self) -> bool {
        self.status == SubscriptionStatus::Inactive
    }

    /// When it starts or started.
    #[must_use]
    pub fn starts_at(&self) -> Instant {
        self.plan.starts_at.unwrap_or(self.started_at)
    }

    /// When the next period starts, of what recurs; else when the term ends that was asked for.
    #[must_use]
    pub fn renews_at(&self) -> Option<Instant> {
        self.next_charge().or(self.plan.renews_at)
    }

    /// The period that is paid for, which ends first.
    #[must_use]
    pub fn period(&self) -> Option<(Instant, Instant)> {
        let periods = self.terms.iter().filter_map(|term| {
            let price = self.fixed_price(&term.product, &term.price)?;
            term.period(price.interval()?)
        });
        periods.min_by_key(|(_, ends)| *ends)
    }

    /// When a recurring price is due next.
    #[must_use]
    pub fn next_charge(&self) -> Option<Instant> {
        // All that is due at that moment is collected together, so the earliest is enough.
        let next = self.terms.iter().map(|term| term.next).min()?;
        // Beyond the calendar there is no next, so it must not be told as a moment.
        (next < Instant::MAX).then_some(next)
    }

    fn fixed_price(&self, product: &str, price: &str) -> Option<&FixedPrice> {
        let mut own = self.products.iter().filter(|one| one.id == product);
        own.find_map(|one| one.fixed_prices.iter().find(|one| one.id == price))
    }

    /// The trial that the first activation starts.
    pub(super) fn trial(&self, from: Instant) -> Option<Instant> {
        // One trial for each subscription: activating again must not give another.
        let days = self.plan.trial_days.filter(|days| *days > 0 && !self.begun);
        days.map(|days| plus_days(from, days))
    }

    /// What is to be collected next: to activate it, or for the periods that are due next.
    #[must_use]
    pub fn charges(&self) -> Vec<FixedFee> {
        // An active one owes what is due next; any other owes what activates it, which includes
        // what is due once.
        if self.activated_at.is_some() {
            let next = self.next_charge();
            let due = self.terms.iter().filter(|term| Some(term.next) == next);
            let prices = due.filter_map(|term| self.fixed_price(&term.product, &term.price));
            return prices.map(|price| price.fee(price.amount)).collect();
        }
        let is_trial = self.trial(Instant::default()).is_some();
        let prices = self.products.iter().flat_map(|one| &one.fixed_prices);
        let due = prices.filter(|price| match price.due {
            Due::OneTime => !self.begun,
            Due::Recurring(_) => !is_trial,
        });
        due.map(|price| price.fee(price.amount)).collect()
    }

    // Time.

    /// What time does with it next, and when. No clock is asked: whoever comes late finds the same.
    #[must_use]
    pub fn next_step(&self, accounts: &Accounts, changed_at: Instant) -> Option<(Instant, Step)> {
        match self.status {
            SubscriptionStatus::Inactive => None,
            SubscriptionStatus::Scheduled => Some((self.starts_at(), Step::Collect)),
            SubscriptionStatus::Active if self.cancel_at_period_end => {
                Some((self.renews_at()?, Step::End(EndCause::PeriodEnded)))
            }
            SubscriptionStatus::Active => Some((self.next_charge()?, Step::Collect)),
            SubscriptionStatus::ActionRequired => {
                let grace = self.grace_until?;
                let paid = self
                    .affordable_from(accounts, changed_at)
                    .filter(|from| *from < grace);
                let end = (grace, Step::End(EndCause::GraceEnded));
                Some(paid.map_or(end, |from| (from, Step::Collect)))
            }
        }
    }

    /// From when on the balance covers what is due: since the wallet last changed, or from when
    /// credit becomes effective. What ends before is due before, and asked anew after it.
    fn affordable_from(&self, accounts: &Accounts, changed_at: Instant) -> Option<Instant> {
        let charges = self.charges();
        if can_afford(accounts, &charges, changed_at) {
            return Some(changed_at);
        }
        let asked = charges.iter().filter_map(|fee| {
            let account = AccountId::default_for(&fee.asset);
            accounts.get(&account)
        });
        let grants = asked.flat_map(|account| &account.grants);
        let starts = grants.map(|grant| grant.terms.effective_at);
        let ahead = starts.filter(|from| *from > changed_at);
        ahead
            .filter(|from| can_afford(accounts, &charges, *from))
            .min()
    }

    /// The entitlement that is due next, by its place, and when.
    #[must_use]
    pub fn next_grant(&self) -> Option<(Instant, usize)> {
        if !self.status.is_active() {
            return None;
        }
        let given = self.given.iter().enumerate();
        let due = given.filter_map(|(place, one)| Some((one.next?, place)));
        due.filter(|(_, place)| self.entitlement(*place).is_some())
            .min()
    }

    /// The terms of an entitlement, and where it stands.
    #[must_use]
    pub fn entitlement(&self, place: usize) -> Option<(&Given, &Entitlement)> {
        let given = self.given.get(place)?;
        Some((given, entitlement(&self.products, given)?))
    }

    // Folding.

    /// It becomes active, with everything paid that is due then.
    pub(super) fn activate(&mut self, at: Instant) {
        let trial_ends_at = self.trial(at);
        self.trial_ends_at = trial_ends_at;
        let from = trial_ends_at.map_or((at, 1), |ends| (ends, 0));
        // What is granted once stays granted, or ending and activating again would give it again.
        let once = |given: &Given| given.next.is_none() && given.granted > 0;
        let (kept, _): (Vec<Given>, _) = self.given.drain(..).partition(once);
        for product in &self.products {
            self.terms.extend(terms(product, from));
            for one in &product.entitlements {
                let known = kept.iter().find(|given| {
                    given.product == product.id
                        && given.name == one.name
                        && one.refresh == Refresh::Once
                });
                let new = || Given::new(&product.id, &one.name, at);
                self.given.push(known.cloned().unwrap_or_else(new));
            }
        }
        if self.plan.starts_at.is_some_and(|starts| starts > at) {
            self.plan.starts_at = Some(at);
        }
        self.begun = true;
        self.activated_at = Some(at);
        self.become_active();
    }

    /// The periods that were due next are paid.
    pub(super) fn renew(&mut self) {
        let due = self.next_charge();
        for term in &mut self.terms {
            if Some(term.next) != due {
                continue;
            }
            let mut own = self.products.iter().filter(|one| one.id == term.product);
            let price =
                own.find_map(|one| one.fixed_prices.iter().find(|one| one.id == term.price));
            // Periods are counted and never dated from now, so that paying late does not move the
            // next one.
            term.paid = term.paid.saturating_add(1);
            let every = price.and_then(FixedPrice::interval);
            term.next = every.map_or(Instant::MAX, |every| every.boundary(term.anchor, term.paid));
        }
        self.become_active();
    }

    fn become_active(&mut self) {
        self.status = SubscriptionStatus::Active;
        self.grace_until = None;
        self.ended_at = None;
    }

    /// What is due is unpaid.
    pub(super) fn lapse(&mut self, grace_until: Instant) {
        self.status = SubscriptionStatus::ActionRequired;
        self.grace_until = Some(grace_until);
        self.ended_at = None;
    }

    pub(super) fn end(&mut self, at: Instant) {
        self.status = SubscriptionStatus::Inactive;
        self.cancel_at_period_end = false;
        self.grace_until = None;
        self.ended_at = Some(at);
        self.activated_at = None;
        // Its periods are over with it; activating again begins new ones.
        self.terms.clear();
    }

    pub(super) fn grant(&mut self, place: usize, grant: GrantId, period: u32) {
        self.grants = self.grants.saturating_add(1);
        let products = &self.products;
        if let Some(given) = self.given.get_mut(place) {
            match entitlement(products, given) {
                Some(terms) => given.granted(terms, grant, period),
                None => given.next = None,
            }
        }
    }
}

impl Subscription {
    /// Another product takes the place of one that it had.
    pub(super) fn replace(
        &mut self,
        replaces: &str,
        product: &PricedProduct,
        terms: &[Term],
        given: &[Given],
    ) {
        self.terms.retain(|term| term.product != replaces);
        self.given.retain(|given| given.product != replaces);
        self.terms.extend_from_slice(terms);
        self.given.extend_from_slice(given);
        if let Some(place) = self.products.iter().position(|one| one.id == replaces)
            && let Some(old) = self.products.get_mut(place)
        {
            let old = std::mem::replace(old, product.clone());
            // Kept, since fees in the journal name its prices for ever.
            self.replaced.push(old);
        }
    }

    /// What a command made of it. One that has not begun, or is over, begins.
    pub(super) fn become_by(&mut self, status: SubscriptionStatus, at: Instant) {
        let begins = matches!(
            self.status,
            SubscriptionStatus::Scheduled | SubscriptionStatus::Inactive
        );
        match status {
            SubscriptionStatus::Active if begins => self.activate(at),
            SubscriptionStatus::ActionRequired if begins => self.lapse(self.plan.grace_until(at)),
            SubscriptionStatus::Inactive => self.end(at),
            SubscriptionStatus::Active
            | SubscriptionStatus::ActionRequired
            | SubscriptionStatus::Scheduled => {}
        }
    }
}

/// The recurring prices of a product, each where a new period of it stands.
pub(super) fn terms(product: &PricedProduct, from: (Instant, u32)) -> Vec<Term> {
    let prices = product.fixed_prices.iter();
    let recurring = prices.filter_map(|price| Some((price, price.interval()?)));
    recurring
        .map(|(price, every)| Term::new(&product.id, &price.id, every, from))
        .collect()
}

fn entitlement<'a>(products: &'a [PricedProduct], given: &Given) -> Option<&'a Entitlement> {
    let mut own = products.iter().filter(|one| one.id == given.product);
    own.find_map(|one| one.entitlements.iter().find(|one| one.name == given.name))
}

/// Whether all of it is available, without the overdraft: a renewal never makes debt.
#[must_use]
pub fn can_afford(accounts: &Accounts, fees: &[FixedFee], at: Instant) -> bool {
    sums(fees).iter().all(|(asset, sum)| {
        let account = accounts.get(&AccountId::default_for(asset));
        let available = account.and_then(|account| account.available(at).ok());
        // Nothing is always covered, also by an account that is below zero or not there.
        sum.is_zero() || available.is_some_and(|available| available >= *sum)
    })
}

/// How much more than what is available they ask, by asset.
#[must_use]
pub fn lacking<'a>(
    accounts: &'a Accounts,
    fees: &[FixedFee],
    at: Instant,
) -> Vec<(&'a Asset, Amount)> {
    let asked = sums(fees).into_iter().filter(|(_, sum)| sum.is_positive());
    let lacks = asked.filter_map(|(asset, sum)| {
        let account = accounts.get(&AccountId::default_for(asset))?;
        let available = account.available(at).unwrap_or_default();
        Some((&account.asset, sum.folded_minus(available)))
    });
    lacks.filter(|(_, amount)| amount.is_positive()).collect()
}

/// So many days later, in UTC, where a day has no other length.
fn plus_days(at: Instant, days: u32) -> Instant {
    at.plus_seconds(days.saturating_mul(SECONDS_OF_A_DAY))
}
