//! The grants of an account, in consumption order, with what is asked of all of them at every event kept
//! beside: what they add up to, which may be drawn on, what begins and ends next. So an event looks at the
//! grants that it draws on and at no others.
//!
//! ```text
//! live     = sum of free     of grants for everything that are live at `now`
//! scopes   = the same of restricted grants, by scope
//! credit   = sum of free + reserved     reserved = sum of reserved          of all grants
//! a sum at a later moment = the sum + what begins until then - what ends until then
//! ```
//!
//! All of it can be derived: only the list is stored, and two lists are equal if their grants are.

use std::fmt;

use serde::{Deserialize, Deserializer, Serialize, Serializer};

use super::amount::{Amount, AmountError, total};
use super::consumption::Consumption;
use super::grant::{Grant, GrantId, Purpose, consumption_order};
use super::scope::Scope;
use super::time::Instant;
use super::tree::{self, Summary, Tree};

/// Grants with something left that one account may have, by which somebody may give it another one by hand.
///
/// ```text
/// in a snapshot: 10,000 * 300 bytes = 3 MB < MAX_WALLET     in memory three times as much
/// a hold that draws on all of them ends within a row: MAX_DRAWS
/// ```
///
/// Money that came in, what a plan gives and what comes back are facts. They open grants beyond it, because
/// each of them must stay by itself: a payment is refunded, taxed and read back by its own grant, and a period
/// is proved by its own. What no account has room for is refused where it is chosen.
pub const MAX_GRANTS: usize = 10_000;

/// A place in the consumption order.
pub type Order = (u8, Instant, bool, Purpose, Instant, GrantId);

/// A grant with the bit of what it may be drawn on for.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Listed {
    grant: Grant,
    bit: u64,
}

/// What below a place may be drawn on, and from when on at the soonest.
struct Usable;

impl Summary<Listed> for Usable {
    type Sum = Option<(u64, Instant)>;

    fn of(listed: &Listed) -> Self::Sum {
        // What is reserved only cannot be drawn on, so a search must not stop there.
        let free = listed.grant.free.is_positive();
        free.then_some((listed.bit, listed.grant.terms.effective_at))
    }

    fn join(one: Self::Sum, other: Self::Sum) -> Self::Sum {
        match (one, other) {
            (Some((bits, start)), Some((others, later))) => Some((bits | others, start.min(later))),
            (one, other) => one.or(other),
        }
    }
}

/// The bit of paid credit for everything, and of other credit for everything. Restricted credit has one of
/// the other bits, by its scope: two scopes may share one, so a bit is asked first and the scope afterwards.
const PAID: u64 = 1;
const GIVEN: u64 = 2;

fn bit(grant: &Grant) -> u64 {
    let scope = &grant.terms.scope;
    match grant.terms.purpose {
        // Purpose is asked second, because restricted credit is never drawn on for everything, paid or not.
        _ if !scope.is_everything() => bit_of(scope),
        Purpose::Paid => PAID,
        Purpose::Promotion | Purpose::Bundled => GIVEN,
    }
}

fn bit_of(scope: &Scope) -> u64 {
    let words = scope.event_types.iter().chain(&scope.products);
    let letters = words.flat_map(|word| word.bytes());
    // FNV-1a: any spreading will do, since the bit decides nothing.
    let hash = letters.fold(0xcbf2_9ce4_8422_2325_u64, |hash, letter| {
        (hash ^ u64::from(letter)).wrapping_mul(0x100_0000_01b3)
    });
    let place = (hash >> 32).checked_rem(62).unwrap_or_default();
    let place = u32::try_from(place).unwrap_or_default();
    1_u64.wrapping_shl(place.saturating_add(2))
}

/// When grants with something free begin and end, soonest first, at the same moment in consumption order.
#[derive(Clone, Default)]
struct Times {
    starts: Tree<(Instant, Order), ()>,
    ends: Tree<(Instant, Order), ()>,
}

/// What the grants of one restricted scope have.
#[derive(Clone, Copy, Default)]
struct Scoped {
    grants: usize,
    live: Amount,
}

/// The grants of an account with something left, in consumption order.
#[derive(Clone, Default)]
pub struct Grants {
    listed: Tree<Order, Listed, Usable>,
    places: Tree<GrantId, Order>,
    kept: Kept,
}

/// What is kept beside.
#[derive(Clone, Default)]
struct Kept {
    /// Of those that may cover a debt.
    covering: Times,
    /// Of the others.
    other: Times,
    /// By scope, where it is restricted.
    scopes: Tree<Scope, Scoped>,
    /// The moment that `live` and `scopes` are of.
    now: Instant,
    live: Amount,
    reserved: Amount,
    credit: Amount,
    /// A sum has left the bounds of an amount. No entry that was decided ever does that.
    beyond: bool,
    /// Those that may have nothing left.
    emptied: Vec<Order>,
}

/// What a grant adds to the sums.
#[derive(Clone, Copy)]
struct Part {
    free: Amount,
    reserved: Amount,
    live: bool,
}

impl Part {
    fn of(grant: &Grant, now: Instant) -> Self {
        Self {
            free: grant.free,
            reserved: grant.reserved,
            live: grant.is_live(now),
        }
    }
}

// What is there.

impl Grants {
    #[must_use]
    pub fn len(&self) -> usize {
        self.listed.len()
    }

    #[must_use]
    pub const fn is_empty(&self) -> bool {
        self.listed.is_empty()
    }

    /// In consumption order.
    #[must_use]
    pub fn iter(&self) -> Iter<'_> {
        Iter(self.listed.iter())
    }

    #[must_use]
    pub fn get(&self, id: GrantId) -> Option<&Grant> {
        let place = self.places.get(&id)?;
        self.listed.get(place).map(|listed| &listed.grant)
    }

    /// Where it stands in the consumption order.
    #[must_use]
    pub fn place(&self, id: GrantId) -> Option<Order> {
        self.places.get(&id).copied()
    }

    /// Whether there is credit for certain usage, live or not.
    #[must_use]
    pub const fn has_restricted(&self) -> bool {
        !self.kept.scopes.is_empty()
    }

    /// What a use may draw on now, in consumption order.
    pub fn usable<'a>(
        &'a self,
        at: Instant,
        consumption: &Consumption<'a>,
    ) -> impl Iterator<Item = &'a Grant> + use<'a> {
        // Few scopes and many grants: the scopes are asked first, so that whole branches of the tree are passed over.
        let allowed = self.allowed(consumption).map(|(scope, _)| bit_of(scope));
        let bits = allowed.fold(PAID | GIVEN, |bits, bit| bits | bit);
        let consumption = *consumption;
        self.live_with(bits, at)
            // Two scopes may share a bit, so each grant must still be asked itself.
            .filter(move |grant| grant.terms.scope.allows(&consumption))
    }

    /// Paid credit for everything, in consumption order.
    pub fn paid(&self, at: Instant) -> impl Iterator<Item = &Grant> {
        let own = self.live_with(PAID, at);
        // A restricted scope may have got the same bit, which only says where to look.
        own.filter(|grant| !grant.is_restricted() && grant.terms.purpose == Purpose::Paid)
    }

    fn live_with(&self, bits: u64, at: Instant) -> impl Iterator<Item = &Grant> {
        let wanted = move |sum: &Option<(u64, Instant)>| {
            sum.is_some_and(|(own, start)| own & bits != 0 && start <= at)
        };
        let all = self.listed.only(wanted).map(|(_, listed)| &listed.grant);
        all.filter(move |grant| grant.is_live(at))
    }

    /// The restricted scopes that allow a use.
    fn allowed<'a>(
        &'a self,
        consumption: &Consumption<'a>,
    ) -> impl Iterator<Item = (&'a Scope, &'a Scoped)> + use<'a> {
        let consumption = *consumption;
        self.kept
            .scopes
            .iter()
            .filter(move |(scope, _)| scope.allows(&consumption))
    }
}

// Sums.

impl Grants {
    /// What is free of live credit for everything.
    ///
    /// # Errors
    /// [`AmountError::TooLarge`] when the sum leaves the bounds of an amount.
    pub fn free(&self, at: Instant) -> Result<Amount, AmountError> {
        let live = self.kept.live;
        self.sum(at, live, &|grant| !grant.is_restricted())
    }

    /// What is free of live credit for certain usage.
    ///
    /// # Errors
    /// [`AmountError::TooLarge`] when the sum leaves the bounds of an amount.
    pub fn restricted(&self, at: Instant) -> Result<Amount, AmountError> {
        if self.kept.scopes.is_empty() {
            return Ok(Amount::ZERO);
        }
        // An account has few scopes and may have 10,000 grants, so the sum goes over the scopes.
        let live = total(self.kept.scopes.values().map(|scoped| scoped.live))?;
        self.sum(at, live, &Grant::is_restricted)
    }

    /// The same, as far as it may be spent on a use.
    ///
    /// # Errors
    /// [`AmountError::TooLarge`] when the sum leaves the bounds of an amount.
    pub fn restricted_to(
        &self,
        at: Instant,
        consumption: &Consumption<'_>,
    ) -> Result<Amount, AmountError> {
        if self.kept.scopes.is_empty() {
            return Ok(Amount::ZERO);
        }
        let scopes = self.kept.scopes.iter();
        let allowed = scopes.filter(|(scope, _)| scope.allows(consumption));
        let live = total(allowed.map(|(_, scoped)| scoped.live))?;
        self.sum(at, live, &|grant| {
            grant.is_restricted() && grant.terms.scope.allows(consumption)
        })
    }

    /// What is reserved of all.
    ///
    /// # Errors
    /// [`AmountError::TooLarge`] when the sum leaves the bounds of an amount.
    pub const fn reserved(&self) -> Result<Amount, AmountError> {
        self.in_bounds(self.kept.reserved)
    }

    /// Free and reserved of all, also of what is not effective yet.
    ///
    /// # Errors
    /// [`AmountError::TooLarge`] when the sum leaves the bounds of an amount.
    pub const fn credit(&self) -> Result<Amount, AmountError> {
        self.in_bounds(self.kept.credit)
    }

    const fn in_bounds(&self, sum: Amount) -> Result<Amount, AmountError> {
        if self.kept.beyond {
            return Err(AmountError::TooLarge);
        }
        Ok(sum)
    }

    /// A sum of the free, as it is at another moment.
    fn sum(
        &self,
        at: Instant,
        now: Amount,
        of: &dyn Fn(&Grant) -> bool,
    ) -> Result<Amount, AmountError> {
        if self.kept.beyond {
            return Err(AmountError::TooLarge);
        }
        if at < self.kept.now {
            // Nobody asks for the past but those who audit it.
            let live = self.iter().filter(|grant| grant.is_live(at) && of(grant));
            return total(live.map(|grant| grant.free));
        }
        let mut sum = now;
        for grant in self.between(at, |times| &times.starts) {
            if grant.is_live(at) && of(grant) {
                sum = sum.plus(grant.free)?;
            }
        }
        for grant in self.between(at, |times| &times.ends) {
            if grant.is_live(self.kept.now) && of(grant) {
                sum = sum.minus(grant.free)?;
            }
        }
        Ok(sum)
    }

    /// Those whose time is after `now` and not after `at`.
    fn between<'a>(
        &'a self,
        at: Instant,
        times: impl Fn(&'a Times) -> &'a Tree<(Instant, Order), ()>,
    ) -> impl Iterator<Item = &'a Grant> {
        let now = self.kept.now;
        let both = [times(&self.kept.covering), times(&self.kept.other)].into_iter();
        let ahead = both
            .filter(move |_| now < at)
            .flat_map(move |all| after(all, now));
        let due = ahead.filter(move |(moment, _)| *moment <= at);
        due.filter_map(|(_, place)| Some(&self.listed.get(place)?.grant))
    }
}

/// Those later than a moment.
fn after(
    all: &Tree<(Instant, Order), ()>,
    moment: Instant,
) -> impl Iterator<Item = &(Instant, Order)> {
    let first = Instant::from_micros(moment.micros().saturating_add(1));
    let least = (0, Instant::from_micros(i64::MIN), false, Purpose::Promotion);
    let (priority, expiry, everything, purpose) = least;
    let start = (
        first,
        (
            priority,
            expiry,
            everything,
            purpose,
            Instant::from_micros(i64::MIN),
            0,
        ),
    );
    all.starting_at(&start).map(|(key, ())| key)
}

// What comes next.

impl Grants {
    /// The grant with something free that expires first.
    #[must_use]
    pub fn first_end(&self) -> Option<(Instant, &Grant)> {
        let first = |times: &Times| times.ends.first().map(|(key, ())| *key);
        let both = [first(&self.kept.covering), first(&self.kept.other)];
        let (moment, place) = both.into_iter().flatten().min()?;
        Some((moment, &self.listed.get(&place)?.grant))
    }

    /// Of those that may cover a debt, the one that expires first.
    #[must_use]
    pub fn first_covering_end(&self) -> Option<(Instant, &Grant)> {
        let (moment, place) = self.kept.covering.ends.first().map(|(key, ())| *key)?;
        Some((moment, &self.listed.get(&place)?.grant))
    }

    /// Of those that may cover a debt, the one that becomes effective first after a moment.
    #[must_use]
    pub fn first_covering_start(&self, since: Instant) -> Option<(Instant, &Grant)> {
        let (moment, place) = after(&self.kept.covering.starts, since).next()?;
        Some((*moment, &self.listed.get(place)?.grant))
    }

    /// When credit becomes effective after a moment, soonest first.
    pub fn starts(&self, since: Instant) -> impl Iterator<Item = Instant> {
        let mut both = [&self.kept.covering, &self.kept.other].map(|times| {
            let own = after(&times.starts, since).map(|(moment, _)| *moment);
            own.peekable()
        });
        std::iter::from_fn(move || {
            let [one, other] = &mut both;
            match (one.peek(), other.peek()) {
                (Some(first), Some(second)) if second < first => other.next(),
                (None, _) => other.next(),
                _ => one.next(),
            }
        })
    }
}

// Changes.

impl Grants {
    /// Time goes on: what has begun counts, and what has ended does not.
    pub fn pass(&mut self, at: Instant) {
        if at <= self.kept.now {
            return;
        }
        let now = self.kept.now;
        let begun: Vec<Order> = self.places_between(at, |times| &times.starts);
        let ended: Vec<Order> = self.places_between(at, |times| &times.ends);
        self.kept.now = at;
        for place in begun.iter().chain(&ended) {
            let Some(Listed { grant, .. }) = self.listed.get(place) else {
                continue;
            };
            // One that begins and ends meanwhile is in both, and not live at either moment.
            if grant.is_live(now) == grant.is_live(at) {
                continue;
            }
            let (before, after) = (Part::of(grant, now), Part::of(grant, at));
            self.kept.count_live(&grant.terms.scope, before, after);
        }
    }

    fn places_between<'a>(
        &'a self,
        at: Instant,
        times: impl Fn(&'a Times) -> &'a Tree<(Instant, Order), ()>,
    ) -> Vec<Order> {
        self.between(at, times).map(consumption_order).collect()
    }

    /// A grant comes in.
    pub fn insert(&mut self, grant: Grant) {
        let place = consumption_order(&grant);
        self.remove(grant.id);
        if grant.is_restricted() {
            let known = self.kept.scopes.get(&grant.terms.scope).copied();
            let mut scoped = known.unwrap_or_default();
            scoped.grants = scoped.grants.saturating_add(1);
            self.kept.scopes.insert(grant.terms.scope.clone(), scoped);
        }
        let nothing = Part {
            free: Amount::ZERO,
            reserved: Amount::ZERO,
            live: false,
        };
        self.kept.count(&grant, place, nothing);
        self.places.insert(grant.id, place);
        let bit = bit(&grant);
        self.listed.insert(place, Listed { grant, bit });
    }

    /// A grant is listed no more.
    pub fn remove(&mut self, id: GrantId) -> Option<Grant> {
        let place = self.places.remove(&id)?;
        let mut grant = self.listed.remove(&place)?.grant;
        let before = Part::of(&grant, self.kept.now);
        let (free, reserved) = (grant.free, grant.reserved);
        (grant.free, grant.reserved) = (Amount::ZERO, Amount::ZERO);
        self.kept.count(&grant, place, before);
        (grant.free, grant.reserved) = (free, reserved);
        self.kept.emptied.retain(|one| *one != place);
        if grant.is_restricted() {
            let scope = &grant.terms.scope;
            let left = self.kept.scopes.update(scope, |scoped| {
                scoped.grants = scoped.grants.saturating_sub(1);
                scoped.grants
            });
            if left == Some(0) {
                self.kept.scopes.remove(scope);
            }
        }
        Some(grant)
    }

    /// Changes what a grant has left, or what is known of it. Its terms are fixed.
    pub fn update(&mut self, id: GrantId, change: impl FnOnce(&mut Grant)) {
        let Some(place) = self.places.get(&id).copied() else {
            return;
        };
        let kept = &mut self.kept;
        self.listed.update(&place, |listed| {
            let before = Part::of(&listed.grant, kept.now);
            change(&mut listed.grant);
            kept.count(&listed.grant, place, before);
        });
    }

    /// Takes out those with nothing left, in consumption order.
    pub fn take_spent(&mut self) -> Vec<Grant> {
        let mut emptied = std::mem::take(&mut self.kept.emptied);
        emptied.sort_unstable();
        emptied.dedup();
        let mut spent = Vec::new();
        for place in emptied {
            let (.., id) = place;
            if self.get(id).is_some_and(Grant::is_spent) {
                spent.extend(self.remove(id));
            }
        }
        spent
    }

    /// Takes out those that begin after a moment.
    pub fn drop_later(&mut self, moment: Instant) {
        let both = [&self.kept.covering, &self.kept.other].into_iter();
        let later = both.flat_map(|times| after(&times.starts, moment));
        let later: Vec<GrantId> = later.map(|(_, (.., id))| *id).collect();
        for id in later {
            self.remove(id);
        }
    }
}

impl Kept {
    /// Counts a grant as it is now, where it was counted as it was before.
    fn count(&mut self, grant: &Grant, place: Order, before: Part) {
        let after = Part::of(grant, self.now);
        self.count_live(&grant.terms.scope, before, after);
        let was = total([before.free, before.reserved]);
        let is = total([after.free, after.reserved]);
        self.credit = self.moved(self.credit, was, is);
        self.reserved = self.moved(self.reserved, Ok(before.reserved), Ok(after.reserved));
        if grant.is_spent() {
            self.emptied.push(place);
        }
        let (had, has) = (before.free.is_positive(), after.free.is_positive());
        if had == has {
            return;
        }
        let times = if grant.covers() {
            &mut self.covering
        } else {
            &mut self.other
        };
        let start = (grant.terms.effective_at, place);
        let end = grant.terms.expires_at.map(|end| (end, place));
        if has {
            times.starts.insert(start, ());
            end.map(|end| times.ends.insert(end, ()));
        } else {
            times.starts.remove(&start);
            end.map(|end| times.ends.remove(&end));
        }
    }

    fn count_live(&mut self, scope: &Scope, before: Part, after: Part) {
        let live = |part: Part| {
            if part.live { part.free } else { Amount::ZERO }
        };
        let (was, is) = (live(before), live(after));
        if was == is {
            return;
        }
        if scope.is_everything() {
            self.live = self.moved(self.live, Ok(was), Ok(is));
        } else if let Some(known) = self.scopes.get(scope).copied() {
            let live = self.moved(known.live, Ok(was), Ok(is));
            self.scopes.update(scope, |scoped| scoped.live = live);
        }
    }

    /// A sum with one part as it is, and no longer as it was.
    fn moved(
        &mut self,
        sum: Amount,
        was: Result<Amount, AmountError>,
        is: Result<Amount, AmountError>,
    ) -> Amount {
        let moved = was
            .and_then(|was| sum.minus(was))
            .and_then(|rest| rest.plus(is?));
        self.beyond |= moved.is_err();
        moved.unwrap_or(sum)
    }
}

// A list, to everybody else.

/// All grants, in consumption order.
pub struct Iter<'a>(tree::Iter<'a, Order, Listed, Usable>);

impl<'a> Iterator for Iter<'a> {
    type Item = &'a Grant;

    fn next(&mut self) -> Option<&'a Grant> {
        self.0.next().map(|(_, listed)| &listed.grant)
    }
}

impl<'a> IntoIterator for &'a Grants {
    type Item = &'a Grant;
    type IntoIter = Iter<'a>;

    fn into_iter(self) -> Iter<'a> {
        self.iter()
    }
}

impl FromIterator<Grant> for Grants {
    fn from_iter<T: IntoIterator<Item = Grant>>(all: T) -> Self {
        let mut grants = Self::default();
        for grant in all {
            grants.insert(grant);
        }
        grants
    }
}

impl PartialEq for Grants {
    fn eq(&self, other: &Self) -> bool {
        self.iter().eq(other.iter())
    }
}

impl Eq for Grants {}

impl fmt::Debug for Grants {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_list().entries(self.iter()).finish()
    }
}

impl Serialize for Grants {
    fn serialize<W: Serializer>(&self, serializer: W) -> Result<W::Ok, W::Error> {
        serializer.collect_seq(self.iter())
    }
}

impl<'de> Deserialize<'de> for Grants {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let all = Vec::<Grant>::deserialize(deserializer)?;
        Ok(all.into_iter().collect())
    }
}
