//! The wallet is a fold over its entries.

use std::collections::VecDeque;

use serde::{Deserialize, Serialize};

use super::account::{Accounts, Balance};
use super::amount::AmountError;
use super::asset::AccountId;
use super::budget::{Budgets, Preset};
use super::command::ExternalId;
use super::family::Family;
use super::freeze::Freeze;
use super::grant::{Grant, GrantId, Terms};
use super::grants::Grants;
use super::hold::{Hold, HoldId};
use super::loss::PaymentLosses;
use super::minimum::Minimum;
use super::price::copied::{Copied, Copies};
use super::price::fee::Fee;
use super::price::past::PastPrices;
use super::price::position::Positions;
use super::price::product::PricedProduct;
use super::price::published::Price;
use super::rate::Quantity;
use super::recharge::Recharge;
use super::subscription::{Around, Step, Subscription, SubscriptionId};
use super::time::Instant;
use super::tree::{Shared, Tree};
use super::usage::DEFAULT_LATE_DAYS;

/// Grants with nothing left that an account still shows; the journal has them all.
pub const SPENT_GRANTS_SHOWN: usize = 1_000;

/// A customer's wallet: several assets, the holds that are open, the prices that apply.
///
/// ```text
/// wallet(seq) = fold(entries 1..=seq)              a snapshot is only a shorter way there
/// at(seq) <= at(seq + 1)                           time never runs backwards
/// expiries = { (hold.expires_at, hold.id) } of holds
/// budgets[code].held = sum of holds[i].counts      by budget and value
/// ```
///
/// What is stored of it is its snapshot, of one format at a time: a snapshot that cannot be read is none,
/// and the wallet is folded from its journal. A field marked *added* is absent in earlier snapshots of the
/// same format, and its default says what that means.
#[derive(Clone, PartialEq, Eq, Debug, Default, Serialize, Deserialize)]
pub struct Wallet {
    /// Of the last entry; 0 before the wallet is opened.
    /// In snapshots since the first, as all that is not marked.
    pub seq: u64,
    /// Of the last entry. Time never runs backwards.
    pub at: Instant,
    /// The name it was opened under: platform account, mode and customer.
    pub name: String,
    /// The customer's own id.
    pub customer: String,
    /// Since the customer was given another external id than the one it was created with.
    /// Added with renaming: absent means never.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub external_id: Option<ExternalId>,
    /// Every product that a subscription ever had, once each: those below say which by their place.
    /// Since format 2: before it, each subscription repeated its products.
    #[serde(default, skip_serializing_if = "Copies::is_empty")]
    pub copies: Copies,
    /// In the order of subscribing, also those that have ended, which may be activated again.
    pub subscriptions: Shared<Vec<Subscription>>,
    /// By `name:asset`.
    pub accounts: Accounts,
    /// Open holds; an ended hold is read back from the journal.
    pub holds: Tree<HoldId, Hold>,
    /// Grants with nothing left, oldest first.
    /// At most [`SPENT_GRANTS_SHOWN`] of an account.
    pub spent: Tree<AccountId, Shared<VecDeque<Grant>>>,
    /// How much usage has added up for the prices that have tiers.
    /// Added with tiers: absent means none.
    #[serde(default, skip_serializing_if = "Positions::is_empty")]
    pub positions: Positions,
    /// Prices of before, for holds that were made under them.
    /// Added with them: absent means none, and such a hold settles at the prices in force.
    #[serde(default, skip_serializing_if = "PastPrices::is_empty")]
    pub past: PastPrices,
    /// By code.
    /// Added with budgets: absent means none.
    #[serde(default, skip_serializing_if = "Budgets::is_empty")]
    pub budgets: Budgets,
    /// Limits that the platform account has for all of its customers, as this wallet was told last.
    /// Added with presets: absent means none.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub presets: Vec<Preset>,
    /// For how many days a late event is recorded, where a setting says so.
    /// Added with late events: absent means [`DEFAULT_LATE_DAYS`].
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub late_events_days: Option<u32>,
    /// What is remembered of plans, so that none gives twice for the same time.
    /// Added with plans that are remembered: absent means nothing.
    #[serde(default, skip_serializing_if = "Shared::is_empty")]
    pub families: Shared<Vec<Family>>,
    /// What prices owe at least for the periods that run.
    /// Added with minimums: absent means none.
    #[serde(default, skip_serializing_if = "Shared::is_empty")]
    pub minimums: Shared<Vec<Minimum>>,
    /// What payments have lost by refunds and disputes, by the operation that credited them.
    /// Added with refunds: absent means nothing.
    #[serde(default, skip_serializing_if = "Tree::is_empty")]
    pub losses: Tree<String, PaymentLosses>,
    /// Why nothing is authorized, and what may not freeze again.
    /// Added with freezes: absent means none.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub freezes: Vec<Freeze>,
    /// Rules of automatic recharge, by the account that they fill.
    /// Added with them: absent means none.
    #[serde(default, skip_serializing_if = "Tree::is_empty")]
    pub recharges: Tree<AccountId, Recharge>,
    /// Derived from `holds`, so that nobody searches 10,000 of them for the next expiry.
    #[serde(skip)]
    expiries: Tree<(Instant, HoldId), ()>,
}

impl Wallet {
    /// Rebuilds what a saved wallet does not say because it can be derived; `None` where it names a
    /// product that it does not have.
    #[must_use]
    pub fn restored(mut self) -> Option<Self> {
        let expiry = |hold: &Hold| ((hold.expires_at, hold.id), ());
        self.expiries = self.holds.values().map(expiry).collect();
        for id in self.accounts.keys().cloned().collect::<Vec<_>>() {
            if let Some(account) = self.accounts.get_mut(&id) {
                account.grants.pass(self.at);
            }
        }
        for one in self.subscriptions.iter_mut() {
            self.copies.fill(one.copied_mut())?;
        }
        self.past.fill(&self.copies)?;
        Some(self)
    }

    /// It has its first entry.
    #[must_use]
    pub const fn is_open(&self) -> bool {
        self.seq > 0
    }

    /// Products that price usage now, in the order of subscribing.
    pub fn products(&self) -> impl Iterator<Item = &PricedProduct> + Clone {
        self.serving().map(|one| &**one)
    }

    /// The same, as the list has them.
    pub(super) fn serving(&self) -> impl Iterator<Item = &Copied> + Clone {
        let serving = self.subscriptions.iter().filter(|one| one.serves());
        serving.flat_map(|one| &one.products)
    }

    /// What its subscriptions ask of it.
    #[must_use]
    pub fn around(&self) -> Around<'_> {
        Around {
            accounts: &self.accounts,
            families: &self.families,
            changed_at: self.at,
        }
    }

    /// The terms of a grant that is there, or was spent not too long ago.
    #[must_use]
    pub fn grant_terms(&self, account: &AccountId, grant: GrantId) -> Option<&Terms> {
        let listed = self.accounts.get(account);
        let listed = listed.and_then(|one| one.grants.get(grant));
        let mut spent = self.spent_of(account);
        let known = listed.or_else(|| spent.find(|one| one.id == grant));
        known.map(|one| &one.terms)
    }

    /// Grants of an account with nothing left that are still known, oldest first.
    pub fn spent_of(&self, account: &AccountId) -> impl DoubleEndedIterator<Item = &Grant> {
        let own = self.spent.get(account);
        own.into_iter().flat_map(|all| all.iter())
    }

    /// By its id, also one that has ended.
    #[must_use]
    pub fn subscription(&self, id: SubscriptionId) -> Option<&Subscription> {
        self.subscriptions.iter().find(|one| one.id == id)
    }

    /// What the customer's products allow, by code: a limit, the largest of several, or without any.
    #[must_use]
    pub fn features(&self) -> Vec<(&str, Option<Quantity>)> {
        let mut features: Vec<(&str, Option<Quantity>)> = Vec::new();
        for feature in self.products().flat_map(|product| &product.features) {
            let known = features.iter_mut().find(|(code, _)| *code == feature.code);
            match known {
                // Without a limit is more than any limit, so two products never give less than one
                // of them.
                Some((_, limit)) => {
                    *limit = limit.zip(feature.limit).map(|(one, other)| one.max(other));
                }
                None => features.push((&feature.code, feature.limit)),
            }
        }
        features
    }

    /// A price that was ever copied in, with its product.
    #[must_use]
    pub fn price(&self, id: &str) -> Option<(&PricedProduct, &Price)> {
        self.copies.price(id)
    }

    /// Moves the positions by what was charged: only facts do, so authorizing moves none.
    pub(super) fn count(&mut self, fees: &[Fee]) {
        for fee in fees.iter().filter(|fee| fee.counts()) {
            let price = self.price(&fee.price_id).map(|(_, price)| price);
            let applied = price.and_then(|price| Some((price, fee.applied(price)?)));
            let Some((price, applied)) = applied else {
                continue;
            };
            for (counter, dimensions, counted) in fee.counted(price, &applied.row.dimensions) {
                let positions = &mut self.positions;
                // What was once in range stays in range.
                let _ = positions.count(&counter, &dimensions, counted.since, counted.units);
                positions.forget(&counter, self.at);
            }
        }
    }

    /// Why nothing is authorized; nothing where something is.
    pub fn frozen(&self) -> impl Iterator<Item = &Freeze> {
        self.freezes.iter().filter(|freeze| !freeze.over)
    }

    /// For how many days a late event is recorded.
    #[must_use]
    pub fn late_events_days(&self) -> u32 {
        self.late_events_days.unwrap_or(DEFAULT_LATE_DAYS)
    }

    /// Keeps an open hold, and when it expires.
    pub(super) fn put_hold(&mut self, hold: Hold) {
        self.expiries.insert((hold.expires_at, hold.id), ());
        self.holds.insert(hold.id, hold);
    }

    /// Takes an open hold out, because it changes or ends.
    pub(super) fn take_hold(&mut self, id: HoldId) -> Option<Hold> {
        let hold = self.holds.remove(&id)?;
        self.expiries.remove(&(hold.expires_at, id));
        Some(hold)
    }

    /// Open holds, in the order in which they expire.
    pub(super) fn holds_by_expiry(&self) -> impl Iterator<Item = &Hold> {
        let holds = self.expiries.keys();
        holds.filter_map(|(_, id)| self.holds.get(id))
    }

    /// The open hold that ends first, if it has ended by now.
    #[must_use]
    pub fn expired_hold(&self, at: Instant) -> Option<&Hold> {
        // The first of a sorted set: 10,000 open holds cost no more than one here.
        let (first, ()) = self.expiries.first()?;
        let (_, id) = Some(first).filter(|(expiry, _)| *expiry <= at)?;
        self.holds.get(id)
    }

    /// Whether the customer still goes by this external id, as far as the wallet knows. Before the
    /// first change that is whichever its id derives from.
    #[must_use]
    pub fn goes_by(&self, external_id: &str) -> bool {
        let known = self.external_id.as_ref();
        known.is_none_or(|known| known.external_id == external_id)
    }

    /// The next moment at which something happens by itself: a hold or a grant ends, a subscription
    /// starts, renews or ends, an entitlement is granted, a minimum is settled. It may be past.
    #[must_use]
    pub fn next_expiry(&self) -> Option<Instant> {
        let hold = self.expiries.first().map(|((expiry, _), ())| *expiry);
        // A grant that is wholly reserved expires when its hold gives back, within that hold's
        // entry, so no alarm is needed.
        let grants = self.accounts.values().map(|account| &account.grants);
        let grant = grants.filter_map(Grants::first_end).map(|(end, _)| end);
        let grant = grant.min();
        let owing = self.accounts.values().filter(|account| account.owes());
        let starting = owing.filter_map(|one| one.grants.first_covering_start(self.at));
        let start = starting.map(|(start, _)| start).min();
        let subscriptions = self.subscriptions.iter().filter_map(|one| {
            let step = one.next_step(self.around());
            let step = step.map(|(moment, _)| moment);
            let given = one.next_grant().map(|(moment, _)| moment);
            step.into_iter().chain(given).min()
        });
        let minimum = self.next_minimum().map(|one| one.ends);
        let others = [hold, grant, start, minimum].into_iter().flatten();
        others.chain(subscriptions).min()
    }

    /// What is due first by now. At the same moment holds end first, so that their money is there;
    /// then minimums are settled, since what is owed for the past comes before the next period; then
    /// credit covers what it was counted against, once, before anything else becomes of it; then
    /// subscriptions move, so that nothing is granted that is unpaid; then entitlements are
    /// granted, so that a rollover still finds what it carries; then grants expire.
    ///
    /// `since` is the moment up to which time has done its work: what became effective by then has
    /// covered what there was.
    #[must_use]
    pub fn first_due(&self, since: Instant, now: Instant) -> Option<(Instant, Pending<'_>)> {
        let mut first: Option<(Instant, Pending<'_>)> = None;
        let mut offer = |moment: Instant, pending| {
            // The earlier offer wins a tie.
            // Strictly sooner: a tie must go to the kind that is offered first, or replays would
            // differ.
            let sooner = first.as_ref().is_none_or(|(known, _)| moment < *known);
            if moment <= now && sooner {
                first = Some((moment, pending));
            }
        };
        if let Some(hold) = self.expired_hold(now) {
            offer(hold.expires_at, Pending::Hold(hold));
        }
        // Before credit covers: it may owe, and credit that ends now is the last to pay for that.
        if let Some(one) = self.next_minimum() {
            offer(one.ends, Pending::Minimum(one));
        }
        // What ends pays before what begins, since only the one has no other use.
        for end in [GrantEnd::End, GrantEnd::Start] {
            for (id, account) in self.accounts.iter().filter(|(_, one)| one.owes()) {
                let first = match end {
                    GrantEnd::End => account.grants.first_covering_end(),
                    GrantEnd::Start => account.grants.first_covering_start(since),
                };
                if let Some((moment, grant)) = first {
                    offer(moment, Pending::Cover(id, grant, end));
                }
            }
        }
        for one in self.subscriptions.iter() {
            if let Some((moment, step)) = one.next_step(self.around()) {
                offer(moment, Pending::Subscription(one, moment, step));
            }
        }
        for one in self.subscriptions.iter() {
            if let Some((moment, place)) = one.next_grant() {
                offer(moment, Pending::Entitlement(one, place));
            }
        }
        for (id, account) in &self.accounts {
            if let Some((expiry, grant)) = account.grants.first_end() {
                offer(expiry, Pending::Grant(id, grant));
            }
        }
        first
    }

    /// One of the minimums whose period ends first.
    fn next_minimum(&self) -> Option<&Minimum> {
        let ending = self.minimums.iter().filter(|one| one.ends < Instant::MAX);
        ending.min_by_key(|one| (one.ends, one.starts))
    }

    /// What an account amounts to; nothing where there is no account.
    ///
    /// # Errors
    /// [`AmountError::TooLarge`] when the sums leave the bounds of an amount.
    pub fn balance(&self, account: &AccountId, at: Instant) -> Result<Balance, AmountError> {
        self.accounts
            .get(account)
            .map_or(Ok(Balance::NOTHING), |account| account.balance(at))
    }
}

/// Either end of the time in which a grant is good.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum GrantEnd {
    Start,
    End,
}

/// Something that time has made due.
#[derive(Clone, Copy, Debug)]
pub enum Pending<'a> {
    Hold(&'a Hold),
    /// With the moment at which it was due.
    Subscription(&'a Subscription, Instant, Step),
    /// It becomes effective, or is about to expire.
    Cover(&'a AccountId, &'a Grant, GrantEnd),
    /// The period of this one ends, and that of others that have the same.
    Minimum(&'a Minimum),
    /// By its place in the subscription.
    Entitlement(&'a Subscription, usize),
    Grant(&'a AccountId, &'a Grant),
}
