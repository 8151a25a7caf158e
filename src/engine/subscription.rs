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
use super::amount::{Amount, AmountError};
use super::asset::{AccountId, Asset};
use super::entitlement::{Entitlement, Refresh};
pub use super::family::SubscriptionId;
use super::family::{Family, remembered};
use super::grant::GrantId;
use super::invoice::{PaidPeriods, Span};
use super::price::copied::Copied;
use super::price::fixed::{Due, FixedFee, FixedPrice, sums};
use super::price::product::PricedProduct;
use super::share::Payer;
use super::standing::{Given, Granted, Standing, Term, When, restand};
use super::time::{Instant, SECONDS_OF_A_DAY};

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
    /// Starts an ended or a scheduled one now. A period that still runs goes on, else a new one begins.
    Activate,
    /// Ends it at once. Nothing is paid back, and what was granted stays until it expires.
    Deactivate,
    /// Ends each price when what is paid for it ends; at once where nothing is.
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
    /// Invoices of a processor pay for it, and not the wallet.
    /// Added with them: absent means that the wallet pays; an older deployment passes it over, and finds
    /// nothing to collect.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub invoiced: bool,
}

impl Plan {
    /// Starts at once, for ever.
    #[must_use]
    pub fn is_default(&self) -> bool {
        *self == Self::default()
    }

    /// The product as it is had by it: what invoices pay is no price of the wallet's.
    #[must_use]
    pub fn had(&self, product: &PricedProduct) -> PricedProduct {
        let mut product = product.clone();
        if self.invoiced {
            product.fixed_prices.clear();
        }
        product
    }

    /// When a fee that was due is no longer awaited.
    #[must_use]
    pub fn grace_until(&self, due: Instant) -> Instant {
        plus_days(due, self.grace_days.unwrap_or(DEFAULT_GRACE_DAYS))
    }
}

/// A product that takes the place of another one when a period ends.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct Planned {
    /// The id of the product that it has until then.
    /// Format 1, added with plans that start later, as all of it.
    pub replaces: String,
    /// The one that it will have.
    pub product: PricedProduct,
    /// The end of the period.
    pub at: Instant,
}

/// What a subscription asks of its wallet.
#[derive(Clone, Copy, Debug)]
pub struct Around<'a> {
    pub accounts: &'a Accounts,
    pub families: &'a [Family],
    /// When the wallet last changed.
    pub changed_at: Instant,
}

/// A product that goes on where its family stands.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct Resumed {
    /// Its id.
    /// Format 1, added with plans that are remembered, as all of it.
    pub product: String,
    /// Where its prices and its credit stand; what is charged now is added to it.
    #[serde(default, skip_serializing_if = "Standing::is_empty")]
    pub stands: Standing,
    /// What is remembered beside.
    #[serde(default, skip_serializing_if = "Standing::is_empty")]
    pub kept: Standing,
    /// The trial is used.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub no_trial: bool,
}

/// What it takes to activate a subscription.
#[derive(Clone, Debug, Default)]
pub struct Start {
    pub fees: Vec<FixedFee>,
    pub resumed: Vec<Resumed>,
}

/// What a customer has, with the prices that were copied in, so that authorizing reads nothing else. They are
/// those of the wallet's list, so that many subscriptions to a product have it once.
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
    /// With all their prices; saved by their places in the wallet's list, as all of them.
    pub products: Vec<Copied>,
    /// Added, as everything below: absent means active, which is what all were.
    #[serde(default, skip_serializing_if = "SubscriptionStatus::is_active")]
    pub status: SubscriptionStatus,
    /// Absent means at once and for ever.
    #[serde(default, skip_serializing_if = "Plan::is_default")]
    pub plan: Plan,
    /// Since when it is active; absent before, and while an activation is unpaid.
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
    /// Products that were replaced, once each: what is due once is not asked for them again.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub replaced: Vec<Copied>,
    /// What takes the place of its products when their periods end.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub planned: Vec<Planned>,
    /// When a cancelled one ends that has no price which is paid for longer.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub cancels_at: Option<Instant>,
    /// Periods that invoices have paid, but for those that are over.
    #[serde(default, skip_serializing_if = "PaidPeriods::is_empty")]
    pub paid: PaidPeriods,
    /// The entries in which changes of its product took credit back, the last ones: a refund of an invoice must not
    /// take that again. Added with refunds of invoices.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub takings: Vec<u64>,
    /// It is invoiced and was ended on purpose, so what is paid later does not keep it.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub closed: bool,
}

/// What time does with a subscription.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Step {
    /// Fees are due: those of the first period, or of the next one.
    Collect,
    End(EndCause),
    /// A product of a cancelled one is over, by its place, while others are paid for longer.
    EndProduct(usize),
    /// A product takes the place that it was planned for, by its place among those.
    Move(usize),
}

impl Subscription {
    pub(super) fn new(id: SubscriptionId, at: Instant, products: Vec<Copied>, plan: &Plan) -> Self {
        Self {
            id,
            started_at: at,
            products,
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
            planned: Vec::new(),
            cancels_at: None,
            paid: PaidPeriods::default(),
            takings: Vec::new(),
            closed: false,
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

    /// When the next period starts, of what recurs; else when the term ends that was asked for. A
    /// cancelled one has no next period, and this is its end.
    #[must_use]
    pub fn renews_at(&self) -> Option<Instant> {
        if self.cancel_at_period_end {
            return self.paid_until().or(self.cancels_at);
        }
        let paid = self.paid.last().map(|paid| paid.ends_at);
        self.next_charge().or(paid).or(self.plan.renews_at)
    }

    /// The last moment until which any price is paid.
    #[must_use]
    pub fn paid_until(&self) -> Option<Instant> {
        if self.plan.invoiced {
            return self.paid.last().map(|paid| paid.ends_at);
        }
        let ends = self.terms.iter().map(|term| term.next);
        let known = ends.filter(|ends| *ends < Instant::MAX).max();
        known.or(self.plan.renews_at)
    }

    /// When a period of a product ends, so that another one may begin: of its prices, else of its
    /// credit.
    #[must_use]
    pub fn period_end(&self, product: &str, at: Instant) -> Option<Instant> {
        if self.plan.invoiced {
            return self.paid_until().filter(|ends| *ends > at);
        }
        let terms = self.terms.iter().filter(|term| term.product == product);
        let given = self.given.iter().filter(|given| given.product == product);
        let ahead = |ends: &Instant| *ends > at && *ends < Instant::MAX;
        let charge = terms.map(|term| term.next).filter(ahead).min();
        let grant = given.filter_map(|given| given.next).filter(ahead).min();
        charge
            .or(grant)
            .or(self.plan.renews_at.filter(|ends| *ends > at))
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
        // One trial for each subscription: activating again must not give another. What a processor asks
        // nothing for it tells as paid.
        let mut days = self.plan.trial_days;
        days = days.filter(|days| *days > 0 && !self.begun && !self.plan.invoiced);
        days.map(|days| plus_days(from, days))
    }

    /// What is to be collected next: to activate it, or for the periods that are due next.
    #[must_use]
    pub fn charges(&self, around: Around<'_>, at: Instant) -> Vec<FixedFee> {
        // An active one owes what is due next; any other owes what activates it, which includes
        // what is due once.
        if self.activated_at.is_none() {
            return self
                .start(around, at)
                .map_or_else(|_| Vec::new(), |one| one.fees);
        }
        let next = self.next_charge();
        let due = self.terms.iter().filter(|term| Some(term.next) == next);
        let prices = due.filter_map(|term| self.fixed_price(&term.product, &term.price));
        prices.map(|price| price.fee(price.amount)).collect()
    }

    /// What activates it. A product whose family is remembered goes on where that stands: what was paid
    /// and given for the time is not asked and not given again, and a trial is had once.
    ///
    /// # Errors
    /// [`AmountError::TooLarge`] when a fraction needs more than 38 digits.
    pub fn start(&self, around: Around<'_>, at: Instant) -> Result<Start, AmountError> {
        let known = |product: &Copied| remembered(around.families, &product.code);
        let families: Vec<Option<Family>> = self.products.iter().map(known).collect();
        let had = |one: &Family| {
            let mut kept = one.kept.clone();
            kept.forget(at);
            one.trial || !kept.terms.is_empty()
        };
        let no_trial = families.iter().flatten().any(had);
        let trial = self.trial(at).filter(|_| !no_trial);
        let fresh = trial.map_or((at, 1), |ends| (ends, 0));
        let mut start = Start::default();
        for (product, family) in self.products.iter().zip(families) {
            let (mut stands, mut kept) = (Standing::default(), Standing::default());
            if let Some(family) = &family {
                (stands, kept) = restand(
                    (None, &Standing::default()),
                    &family.kept,
                    product,
                    at,
                    When::now(fresh),
                )?;
            } else {
                stands.terms = terms(product, fresh);
            }
            for price in &product.fixed_prices {
                let once = price.due == Due::OneTime && !self.begun;
                if once {
                    start.fees.push(price.fee(price.amount));
                }
            }
            start.fees.extend(owed(product, &stands, around.accounts)?);
            if family.is_some() || no_trial {
                start.resumed.push(Resumed {
                    product: product.id.clone(),
                    stands,
                    kept,
                    no_trial,
                });
            }
        }
        Ok(start)
    }

    // Time.

    /// What time does with it next, and when. No clock is asked: whoever comes late finds the same.
    #[must_use]
    pub fn next_step(&self, around: Around<'_>) -> Option<(Instant, Step)> {
        match self.status {
            SubscriptionStatus::Inactive => None,
            SubscriptionStatus::Scheduled => Some((self.starts_at(), Step::Collect)),
            SubscriptionStatus::Active if self.cancel_at_period_end => self.next_end(),
            SubscriptionStatus::Active => {
                let planned = self.planned.iter().enumerate();
                let moved = planned.map(|(place, one)| (one.at, place)).min();
                let awaited = self.paid.last().map(Span::awaited_until);
                let charge = self.next_charge().or(awaited);
                // Moved first, so that the next period is that of the new plan.
                match (moved, charge) {
                    (Some((at, place)), charge) if charge.is_none_or(|due| at <= due) => {
                        Some((at, Step::Move(place)))
                    }
                    (_, charge) => Some((charge?, Step::Collect)),
                }
            }
            SubscriptionStatus::ActionRequired => {
                let grace = self.grace_until?;
                let paid = self.affordable_from(around).filter(|from| *from < grace);
                // Only its processor knows when it is paid.
                let paid = paid.filter(|_| !self.plan.invoiced);
                let end = (grace, Step::End(EndCause::GraceEnded));
                Some(paid.map_or(end, |from| (from, Step::Collect)))
            }
        }
    }

    /// What ends next of a cancelled one: each product with what is paid for it longest, and those for
    /// which nothing recurring is paid with the last of them.
    fn next_end(&self) -> Option<(Instant, Step)> {
        let last = self.renews_at()?;
        let until = |product: &Copied| {
            let own = self.terms.iter().filter(|term| term.product == product.id);
            own.map(|term| term.next)
                .filter(|next| *next < Instant::MAX)
                .max()
        };
        let products = self.products.iter().enumerate();
        let ends = products.filter_map(|(place, product)| Some((until(product)?, place)));
        let first = ends.filter(|(ends, _)| *ends < last).min();
        let end = (last, Step::End(EndCause::PeriodEnded));
        Some(first.map_or(end, |(ends, place)| (ends, Step::EndProduct(place))))
    }

    /// From when on the balance covers what is due: since the wallet last changed, or from when
    /// credit becomes effective. What ends before is due before, and asked anew after it.
    fn affordable_from(&self, around: Around<'_>) -> Option<Instant> {
        let Around {
            accounts,
            changed_at,
            ..
        } = around;
        let charges = self.charges(around, changed_at);
        if can_afford(accounts, &charges, changed_at) {
            return Some(changed_at);
        }
        let mut asked: Vec<AccountId> = Vec::new();
        for (asset, _) in sums(&charges) {
            let account = AccountId::default_for(asset);
            asked.extend(accounts.contains_key(&account).then_some(account));
        }
        let own = asked.iter().filter_map(|id| accounts.get(id));
        let mut starts: Vec<Instant> = own.flat_map(|one| one.grants.starts(changed_at)).collect();
        starts.sort_unstable();
        // On copies that go along, so that each moment adds what begins and ends since the one before.
        let mut then = accounts.clone();
        starts.into_iter().find(|at| {
            for id in &asked {
                if let Some(account) = then.get_mut(id) {
                    account.grants.pass(*at);
                }
            }
            can_afford(&then, &self.charges(around, *at), *at)
        })
    }

    /// The entitlement that is due next, by its place, and when.
    #[must_use]
    pub fn next_grant(&self) -> Option<(Instant, usize)> {
        if !self.status.is_active() {
            return None;
        }
        let given = self.given.iter().enumerate();
        let due = given.filter_map(|(place, one)| Some((one.due()?, place)));
        due.filter(|(at, place)| self.entitlement(*place).is_some() && self.is_paid(*place, *at))
            .min()
    }

    /// Whether a cancelled one is still paid for whole: once a price of the product is over, its credit
    /// is not refreshed any more.
    fn is_paid(&self, place: usize, at: Instant) -> bool {
        if self.plan.invoiced {
            return self.paid.has(at);
        }
        let product = self.given.get(place).map(|given| given.product.as_str());
        let mut own = self
            .terms
            .iter()
            .filter(|term| Some(term.product.as_str()) == product);
        !self.cancel_at_period_end || own.all(|term| at < term.next)
    }

    /// The terms of an entitlement, and where it stands.
    #[must_use]
    pub fn entitlement(&self, place: usize) -> Option<(&Given, &Entitlement)> {
        let given = self.given.get(place)?;
        Some((given, entitlement(&self.products, given)?))
    }

    // Folding.

    /// It becomes active, with everything paid that is due then; answers whether a trial begins.
    pub(super) fn activate(&mut self, at: Instant, resumed: &[Resumed]) -> bool {
        let no_trial = resumed.iter().any(|one| one.no_trial);
        let trial_ends_at = self.trial(at).filter(|_| !no_trial);
        self.trial_ends_at = trial_ends_at;
        let from = trial_ends_at.map_or((at, 1), |ends| (ends, 0));
        self.terms.clear();
        self.given.clear();
        for product in &self.products {
            if let Some(known) = resumed.iter().find(|one| one.product == product.id) {
                self.terms.extend_from_slice(&known.stands.terms);
                if !known.stands.given.is_empty() || product.entitlements.is_empty() {
                    self.given.extend_from_slice(&known.stands.given);
                    continue;
                }
            } else {
                self.terms.extend(terms(product, from));
            }
            for one in &product.entitlements {
                self.given.push(Given::new(&product.id, &one.name, at));
            }
        }
        if self.plan.starts_at.is_some_and(|starts| starts > at) {
            self.plan.starts_at = Some(at);
        }
        self.begun = true;
        self.activated_at = Some(at);
        self.become_active();
        trial_ends_at.is_some()
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
            let from = (term.anchor, term.paid.saturating_add(1));
            let unknown = || Term {
                paid: from.1,
                next: Instant::MAX,
                ..term.clone()
            };
            *term = price.map_or_else(unknown, |price| Term::new(&term.product, price, from));
        }
        self.become_active();
    }

    /// Who paid which of its fees.
    pub(super) fn pay(&mut self, fees: &[FixedFee], payers: Vec<Vec<Payer>>) {
        let mut paid = Vec::new();
        for (fee, payers) in fees.iter().zip(payers) {
            let terms = self.terms.iter_mut().enumerate();
            let mut own = terms.filter(|(place, term)| {
                term.price == fee.price_id && term.share.is_some() && !paid.contains(place)
            });
            let Some((place, term)) = own.next() else {
                continue;
            };
            paid.push(place);
            if let Some(share) = &mut term.share {
                share.given = share.given.folded_plus(fee.amount);
            }
            term.payers.extend(payers);
        }
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
        self.cancels_at = None;
        self.paid.clear();
        self.planned.clear();
        // Where it stood its family remembers.
        self.terms.clear();
        self.given.clear();
    }

    /// Where everything of a product stands.
    #[must_use]
    pub fn standing(&self, product: &str) -> Standing {
        let terms = self.terms.iter().filter(|term| term.product == product);
        let given = self.given.iter().filter(|given| given.product == product);
        Standing {
            terms: terms.cloned().collect(),
            given: given.cloned().collect(),
        }
    }

    /// Credit of it has lapsed while the next invoice is awaited, which is told an hour or more after its period has
    /// begun: what would go over must not be lost by that.
    pub(super) fn await_rest(&mut self, grant: GrantId, amount: Amount) {
        let products = &self.products;
        for given in &mut self.given {
            if rolls(products, given) && given.grants().any(|own| own == grant) {
                given.lapsed(amount);
            }
        }
    }

    pub(super) fn grant(&mut self, place: usize, grant: GrantId, of: Granted) {
        self.grants = self.grants.saturating_add(1);
        let products = &self.products;
        if let Some(given) = self.given.get_mut(place) {
            match entitlement(products, given) {
                Some(terms) => given.granted(terms, grant, of),
                None => given.next = None,
            }
            if self.plan.invoiced && !of.extra && rolls(products, given) {
                given.await_next();
            }
        }
    }
}

/// Whether what is left of an entitlement goes over.
fn rolls(products: &[Copied], given: &Given) -> bool {
    let words = entitlement(products, given);
    words.is_some_and(|words| matches!(words.refresh, Refresh::Rollover { .. }))
}

impl Subscription {
    /// Another product takes the place of one that it had.
    pub(super) fn replace(
        &mut self,
        replaces: &str,
        product: Copied,
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
            let old = std::mem::replace(old, product);
            self.keep_replaced(old);
        }
        self.planned.retain(|one| one.replaces != replaces);
    }

    /// One of its products is over, and others go on.
    pub(super) fn end_product(&mut self, product: &str) {
        self.terms.retain(|term| term.product != product);
        self.given.retain(|given| given.product != product);
        let all = std::mem::take(&mut self.products);
        let (over, left): (Vec<_>, _) = all.into_iter().partition(|one| one.id == product);
        self.products = left;
        for one in over {
            self.keep_replaced(one);
        }
    }

    fn keep_replaced(&mut self, old: Copied) {
        // Once, so that who moves to and fro for years keeps no more than who moved once.
        if !self.replaced.contains(&old) {
            self.replaced.push(old);
        }
    }

    /// All of its products that the wallet's list has, for whoever reads a saved one.
    pub(super) fn copied_mut(&mut self) -> impl Iterator<Item = &mut Copied> {
        self.products.iter_mut().chain(&mut self.replaced)
    }

    /// What takes the place of a product when its period ends; nothing, where that is taken back.
    pub(super) fn plan_product(&mut self, replaces: &str, planned: Option<Planned>) {
        self.planned.retain(|one| one.replaces != replaces);
        self.planned.extend(planned);
    }

    /// It goes on. What is over meanwhile begins anew.
    pub(super) fn resume(&mut self, at: Instant) {
        self.cancels_at = None;
        for term in self.terms.iter_mut().filter(|term| term.next < at) {
            (term.anchor, term.paid, term.next) = (at, 0, at);
            (term.share, term.payers) = (None, Vec::new());
        }
    }

    /// What a command made of it. One that has not begun, or is over, begins; answers whether a trial
    /// begins with it.
    pub(super) fn become_by(
        &mut self,
        status: SubscriptionStatus,
        at: Instant,
        resumed: &[Resumed],
    ) -> bool {
        let begins = matches!(
            self.status,
            SubscriptionStatus::Scheduled | SubscriptionStatus::Inactive
        );
        match status {
            SubscriptionStatus::Active if begins => return self.activate(at, resumed),
            SubscriptionStatus::ActionRequired if begins => self.lapse(self.plan.grace_until(at)),
            // Cancelled, it no longer awaits a fee.
            SubscriptionStatus::Active => self.become_active(),
            SubscriptionStatus::Inactive => self.end(at),
            SubscriptionStatus::ActionRequired | SubscriptionStatus::Scheduled => {}
        }
        false
    }
}

/// The recurring prices of a product, each where a new period of it stands.
pub(super) fn terms(product: &PricedProduct, from: (Instant, u32)) -> Vec<Term> {
    let prices = product.fixed_prices.iter();
    let recurring = prices.filter(|price| price.interval().is_some());
    recurring
        .map(|price| Term::new(&product.id, price, from))
        .collect()
}

/// What the recurring prices of a product still ask for the periods that run.
///
/// # Errors
/// [`AmountError::TooLarge`] when an amount leaves its bounds.
pub(super) fn owed(
    product: &PricedProduct,
    stands: &Standing,
    accounts: &Accounts,
) -> Result<Vec<FixedFee>, AmountError> {
    let mut fees = Vec::new();
    let mut terms = stands.terms.iter();
    let recurring = product
        .fixed_prices
        .iter()
        .filter(|one| one.interval().is_some());
    for price in recurring {
        let share = terms.next().and_then(|term| term.share.as_ref());
        let Some(share) = share else {
            continue;
        };
        let owed = share.owed(precision(accounts, &price.asset))?;
        // A price of nothing is collected, too: its period begins.
        if owed.is_positive() || (share.rate.is_zero() && share.earned.is_zero()) {
            fees.push(price.fee(owed.max(Amount::ZERO)));
        }
    }
    Ok(fees)
}

/// The decimals of an asset: the wallet's own decide, once it has one.
pub(super) fn precision(accounts: &Accounts, asset: &Asset) -> u32 {
    let account = accounts.get(&AccountId::default_for(&asset.code));
    account.map_or(asset.precision, |account| account.asset.precision)
}

fn entitlement<'a>(products: &'a [Copied], given: &Given) -> Option<&'a Entitlement> {
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
