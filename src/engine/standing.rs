//! Where the prices and the credit of a product stand, and where those of another product stand that
//! takes its place. Names decide nothing: what counts is the interval, the asset, and what the credit may
//! be spent on.
//!
//! | of the old plan | of the new one | the period |
//! |---|---|---|
//! | same interval and asset | | goes on; the difference of its rest is charged or given |
//! | | one more of an interval that is there | is shared; its rest is charged or given |
//! | | an interval that is not there | begins now, in full |
//! | any other | | is kept: its rest comes back, and it is remembered until it ends |

use serde::{Deserialize, Serialize};

use super::amount::{Amount, AmountError};
use super::calendar::Interval;
use super::entitlement::{Entitlement, Refresh};
use super::grant::{GrantId, Purpose};
use super::price::fixed::FixedPrice;
use super::price::product::PricedProduct;
use super::scope::Scope;
use super::share::{Payer, Period, Share};
use super::time::Instant;

/// Where a recurring price stands.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct Term {
    /// The id of its product.
    /// Format 1, in `product_changed`; so are the others that are not marked.
    pub product: String,
    /// The id of the price.
    pub price: String,
    /// Where its periods are counted from.
    pub anchor: Instant,
    /// Periods that are paid for.
    pub paid: u32,
    /// When the next one is due.
    pub next: Instant,
    /// What was charged for the period that runs.
    /// Added with plans that are remembered: absent while none is paid for. An older deployment passes
    /// it over, and prorates by prices.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub share: Option<Share>,
    /// Which grants paid that, in their order.
    /// Added likewise: an older deployment passes it over, and gives back paid credit.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub payers: Vec<Payer>,
}

impl Term {
    pub(super) fn new(product: &str, price: &FixedPrice, from: (Instant, u32)) -> Self {
        let (anchor, paid) = from;
        let every = price.interval();
        let share = every.filter(|_| paid > 0);
        Self {
            product: product.to_owned(),
            price: price.id.clone(),
            anchor,
            paid,
            next: every.map_or(Instant::MAX, |every| every.boundary(anchor, paid)),
            share: share.map(|every| Share::whole(&price.asset.code, every, price.amount)),
            payers: Vec::new(),
        }
    }

    /// The period that was paid for last.
    #[must_use]
    pub fn period(&self, every: Interval) -> Option<Period> {
        // The period that runs is the last one paid for, so it is counted from there: `next` alone would not say how
        // long it is, because months differ.
        let started = self.paid.checked_sub(1)?;
        Some((every.boundary(self.anchor, started), self.next))
    }

    /// The period that runs, where it is paid for and known.
    fn running(&self, at: Instant) -> Option<(&Share, Period)> {
        let share = self.share.as_ref()?;
        let period = self.period(share.every)?;
        (period.0 <= at && at < period.1).then_some((share, period))
    }
}

/// Where an entitlement stands.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct Given {
    /// The id of its product.
    /// Format 1, in `product_changed`; so are the others that are not marked.
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
    /// What was given for the period that runs.
    /// Added with plans that are remembered: absent before the first grant. An older deployment passes
    /// it over, and gives by name.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub credit: Option<Credit>,
    /// What has lapsed with the period before, while the invoice of the next one is awaited: it goes over when that is
    /// paid. Added with rollovers of plans that invoices pay: absent means nothing, and an older deployment lets it lapse.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub awaiting: Option<Awaiting>,
}

/// Credit that waits for the invoice of the next period.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct Awaiting {
    /// Format 1, added with rollovers of plans that invoices pay, as all of it.
    pub amount: Amount,
    /// When the next period starts. A later one is not the next, since nobody has paid for those between.
    pub starts_at: Instant,
}

/// What an entitlement has given for the period that runs.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct Credit {
    /// Format 1, added with plans that are remembered, as all of it.
    pub share: Share,
    /// `bundled` or `promotion`.
    pub purpose: Purpose,
    /// What it may be spent on.
    #[serde(default, skip_serializing_if = "Scope::is_everything")]
    pub scope: Scope,
    /// It is given once, and remembered for ever.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub once: bool,
    /// Grants of this period beside the last one: what a plan gave in addition.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub extra: Vec<GrantId>,
    /// Since when more of it is to be given.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub due: Option<Instant>,
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
            credit: None,
            awaiting: None,
        }
    }

    /// From its grant on, which has just been made, it waits for the invoice of the next period.
    pub(super) fn await_next(&mut self) {
        // Noted now, because an invoice of a later period moves what is due next.
        self.awaiting = self.next.map(|starts_at| Awaiting {
            amount: Amount::ZERO,
            starts_at,
        });
    }

    /// One of its grants has lapsed.
    pub(super) fn lapsed(&mut self, amount: Amount) {
        // Added up, because a period may have several grants, and each lapses in an entry of its own.
        if let Some(awaiting) = &mut self.awaiting {
            awaiting.amount = awaiting.amount.folded_plus(amount);
        }
    }

    /// What waits for the period that starts then.
    pub(super) fn awaits(&self, starts_at: Instant) -> Amount {
        let known = self.awaiting.filter(|one| one.starts_at == starts_at);
        known.map_or(Amount::ZERO, |one| one.amount)
    }

    /// When it grants next: a period, or what a plan gives in addition.
    #[must_use]
    pub fn due(&self) -> Option<Instant> {
        let more = self.credit.as_ref().and_then(|credit| credit.due);
        more.into_iter().chain(self.next).min()
    }

    /// The grants of the period that runs, the last one first.
    pub fn grants(&self) -> impl Iterator<Item = GrantId> + '_ {
        let extra = self.credit.iter().flat_map(|credit| &credit.extra);
        extra.rev().copied().chain(self.grant)
    }

    /// The period that runs, where it was granted and is known.
    pub(super) fn running(&self, at: Instant) -> Option<(&Credit, Period)> {
        let credit = self.credit.as_ref()?;
        let every = credit.share.every;
        let started = self.granted.checked_sub(1)?;
        let period = (
            every.boundary(self.anchor, started),
            every.boundary(self.anchor, self.granted),
        );
        (period.0 <= at && at < period.1).then_some((credit, period))
    }

    /// A grant was made for a period.
    pub(super) fn granted(&mut self, entitlement: &Entitlement, grant: GrantId, of: Granted) {
        if of.extra {
            // It is of the same period, so that a later move takes back no more than both have given together.
            if let Some(credit) = &mut self.credit {
                credit.share.given = credit.share.given.folded_plus(of.amount);
                credit.extra.push(grant);
                credit.due = None;
            }
            return;
        }
        let mut share = Share::whole(
            &entitlement.asset.code,
            entitlement.every,
            entitlement.amount,
        );
        // What was really given may be less than the entitlement, since a trial or a move gives a part; only that
        // may be taken back.
        share.given = of.amount;
        self.credit = Some(Credit {
            share,
            purpose: entitlement.purpose,
            scope: entitlement.scope.clone(),
            once: entitlement.refresh == Refresh::Once,
            extra: Vec::new(),
            due: None,
        });
        self.granted = of.period.saturating_add(1);
        self.grant = Some(grant);
        self.awaiting = None;
        self.next = self.next_of(entitlement);
    }

    /// What is granted once has no next period; its grant simply expires.
    fn next_of(&self, entitlement: &Entitlement) -> Option<Instant> {
        let next = entitlement.every.boundary(self.anchor, self.granted);
        // A boundary beyond the calendar never comes, so no alarm is set for it.
        let refreshes = entitlement.refresh != Refresh::Once;
        (refreshes && next < Instant::MAX).then_some(next)
    }
}

/// What was granted, and for which period.
#[derive(Clone, Copy, Debug)]
pub(super) struct Granted {
    pub(super) period: u32,
    /// Without what was carried.
    pub(super) amount: Amount,
    /// In addition to what the period had.
    pub(super) extra: bool,
}

/// Where everything of a product stands.
#[derive(Clone, PartialEq, Eq, Debug, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct Standing {
    /// Format 1, added with plans that are remembered, as all of it.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub terms: Vec<Term>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub given: Vec<Given>,
}

impl Standing {
    /// Nothing stands anywhere.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.terms.is_empty() && self.given.is_empty()
    }

    /// Forgets what is over.
    pub(super) fn forget(&mut self, at: Instant) {
        self.terms.retain(|term| term.running(at).is_some());
        self.given.retain(|given| {
            // What is given once must be remembered for ever, otherwise subscribing again would give it again.
            let once = given.credit.as_ref().is_some_and(|credit| credit.once);
            once || given.running(at).is_some()
        });
    }

    /// Forgets all but what is given once.
    pub(super) fn keep_once(&mut self) {
        self.terms.clear();
        let once = |given: &Given| given.credit.as_ref().is_some_and(|credit| credit.once);
        self.given.retain(once);
    }

    pub(super) fn extend(&mut self, other: &Self) {
        self.terms.extend_from_slice(&other.terms);
        self.given.extend_from_slice(&other.given);
    }
}

/// How another product begins.
#[derive(Clone, Copy, Debug)]
pub struct When {
    /// Where a period begins that nothing shares, and how many of it are to be paid now.
    pub fresh: (Instant, u32),
    /// Periods that run change at once, by the part that is left of them; else when they end.
    pub prorate: bool,
}

impl When {
    /// At once.
    #[must_use]
    pub const fn now(fresh: (Instant, u32)) -> Self {
        Self {
            fresh,
            prorate: true,
        }
    }
}

/// A price that stood, with its interval.
struct OldTerm<'a> {
    term: &'a Term,
    every: Interval,
    live: bool,
    taken: bool,
}

/// What makes two entitlements the same.
#[derive(PartialEq, Eq)]
struct Key<'a> {
    asset: &'a str,
    every: Interval,
    purpose: Purpose,
    scope: &'a Scope,
    once: bool,
}

struct OldGiven<'a> {
    given: &'a Given,
    key: Key<'a>,
    live: bool,
    taken: bool,
}

fn key(one: &Entitlement) -> Key<'_> {
    Key {
        asset: &one.asset.code,
        every: one.every,
        purpose: one.purpose,
        scope: &one.scope,
        once: one.refresh == Refresh::Once,
    }
}

/// Where a product stands that takes the place of others: `live` is what the one before it had, whose
/// words are those of `old`, and `kept` what is remembered of earlier ones. The first answer is what the
/// new one has, the second what is remembered from now on.
///
/// # Errors
/// [`AmountError::TooLarge`] when a fraction needs more than 38 digits.
pub fn restand(
    (old, live): (Option<&PricedProduct>, &Standing),
    kept: &Standing,
    new: &PricedProduct,
    at: Instant,
    when: When,
) -> Result<(Standing, Standing), AmountError> {
    let (terms, kept_terms) = restand_terms((old, &live.terms), &kept.terms, new, at, when)?;
    let (given, kept_given) = restand_given((old, &live.given), &kept.given, new, (at, when))?;
    let kept = Standing {
        terms: kept_terms,
        given: kept_given,
    };
    Ok((Standing { terms, given }, kept))
}

fn restand_terms(
    (old, live): (Option<&PricedProduct>, &[Term]),
    kept: &[Term],
    new: &PricedProduct,
    at: Instant,
    when: When,
) -> Result<(Vec<Term>, Vec<Term>), AmountError> {
    let mut before = old_terms((old, live), kept, at);
    let mut terms = Vec::new();
    for price in &new.fixed_prices {
        let Some(every) = price.interval() else {
            continue;
        };
        let asset = price.asset.code.as_str();
        let same = before.iter_mut().find(|one| {
            let share = one.term.share.as_ref();
            let same_asset = share.is_none_or(|share| share.asset == asset);
            !one.taken && one.every == every && same_asset
        });
        let mut term = Term::new(&new.id, price, when.fresh);
        if let Some(same) = same {
            same.taken = true;
            term = continued(term, same.term);
            if let Some((share, period)) = same.term.running(at) {
                let rate = if when.prorate {
                    price.amount
                } else {
                    share.rate
                };
                term.share = Some(share.changed(rate, period, at)?);
                term.payers.clone_from(&same.term.payers);
            }
        } else if let Some(shared) = before.iter().find(|one| one.every == every) {
            // One more price of the interval shares its period, and so its boundaries for ever.
            term = continued(term, shared.term);
            let running = shared.term.running(at).filter(|_| when.prorate);
            if let Some((_, period)) = running {
                term.share = Some(Share::rest(asset, every, price.amount, period, at)?);
            }
        }
        terms.push(term);
    }
    let mut kept = Vec::new();
    for one in before.iter().filter(|one| !one.taken) {
        let mut term = one.term.clone();
        // What is remembered already has come to its rest before; an end gives nothing back.
        let Some((share, period)) = one.term.running(at) else {
            continue;
        };
        if one.live {
            term.share = Some(share.changed(Amount::ZERO, period, at)?);
        }
        kept.push(term);
    }
    Ok((terms, kept))
}

/// The prices that stood, those of the plan before first.
fn old_terms<'a>(
    (old, live): (Option<&'a PricedProduct>, &'a [Term]),
    kept: &'a [Term],
    at: Instant,
) -> Vec<OldTerm<'a>> {
    let prices = || old.into_iter().flat_map(|old| &old.fixed_prices);
    let live = live.iter().filter_map(|term| {
        let every = prices().find(|one| one.id == term.price)?.interval()?;
        Some((term, every, true))
    });
    let kept = kept.iter().filter_map(|term| {
        let (share, _) = term.running(at)?;
        Some((term, share.every, false))
    });
    live.chain(kept)
        .map(|(term, every, live)| OldTerm {
            term,
            every,
            live,
            taken: false,
        })
        .collect()
}

/// The same schedule, without any money.
fn continued(new: Term, old: &Term) -> Term {
    Term {
        anchor: old.anchor,
        paid: old.paid,
        next: old.next,
        share: None,
        payers: Vec::new(),
        ..new
    }
}

fn restand_given(
    (old, live): (Option<&PricedProduct>, &[Given]),
    kept: &[Given],
    new: &PricedProduct,
    (at, when): (Instant, When),
) -> Result<(Vec<Given>, Vec<Given>), AmountError> {
    let mut before = old_given((old, live), kept, at);
    let mut all = Vec::new();
    for words in &new.entitlements {
        let wanted = key(words);
        let mut given = Given::new(&new.id, &words.name, at);
        let same = before
            .iter_mut()
            .find(|one| !one.taken && one.key == wanted);
        if let Some(same) = same {
            same.taken = true;
            given = scheduled(given, same.given, words);
            given.grant = same.given.grant;
            given.credit.clone_from(&same.given.credit);
            if let Some((credit, period)) = same.given.running(at) {
                let rate = if when.prorate {
                    words.amount
                } else {
                    credit.share.rate
                };
                let share = credit.share.changed(rate, period, at)?;
                let due = share.earned > share.given;
                given.credit = Some(Credit {
                    share,
                    due: due.then_some(at),
                    ..credit.clone()
                });
            }
        } else if let Some(shared) = before
            .iter()
            .find(|one| one.key.every == words.every && !one.key.once && !wanted.once)
            && let Some((_, period)) = shared.given.running(at)
        {
            given = scheduled(given, shared.given, words);
            let rate = if when.prorate {
                words.amount
            } else {
                Amount::ZERO
            };
            let asset = &words.asset.code;
            given.credit = Some(Credit {
                share: Share::rest(asset, words.every, rate, period, at)?,
                purpose: words.purpose,
                scope: words.scope.clone(),
                once: false,
                extra: Vec::new(),
                due: when.prorate.then_some(at),
            });
        }
        all.push(given);
    }
    let kept = left_given(&before, at)?;
    Ok((all, kept))
}

/// The entitlements that stood, those of the plan before first.
fn old_given<'a>(
    (old, live): (Option<&'a PricedProduct>, &'a [Given]),
    kept: &'a [Given],
    at: Instant,
) -> Vec<OldGiven<'a>> {
    let entitlements = || old.into_iter().flat_map(|old| &old.entitlements);
    let live = live.iter().filter_map(|given| {
        let words = entitlements().find(|one| one.name == given.name)?;
        Some((given, key(words), true))
    });
    let kept = kept.iter().filter_map(|given| {
        let credit = given.credit.as_ref()?;
        let lasts = credit.once || given.running(at).is_some();
        let share = &credit.share;
        let key = Key {
            asset: &share.asset,
            every: share.every,
            purpose: credit.purpose,
            scope: &credit.scope,
            once: credit.once,
        };
        lasts.then_some((given, key, false))
    });
    live.chain(kept)
        .map(|(given, key, live)| OldGiven {
            given,
            key,
            live,
            taken: false,
        })
        .collect()
}

/// What nothing of the new plan goes on with: it is remembered.
fn left_given(before: &[OldGiven<'_>], at: Instant) -> Result<Vec<Given>, AmountError> {
    let mut kept = Vec::new();
    for one in before.iter().filter(|one| !one.taken) {
        let mut given = one.given.clone();
        if let Some((credit, period)) = one.given.running(at) {
            let mut credit = credit.clone();
            if one.live {
                credit.share = credit.share.changed(Amount::ZERO, period, at)?;
            }
            credit.due = None;
            given.credit = Some(credit);
        } else if !one.key.once {
            continue;
        }
        kept.push(given);
    }
    Ok(kept)
}

/// The same periods, with the words of another entitlement.
fn scheduled(new: Given, old: &Given, words: &Entitlement) -> Given {
    let mut given = Given {
        anchor: old.anchor,
        granted: old.granted,
        next: old.next,
        ..new
    };
    if old.granted > 0 {
        given.next = given.next_of(words);
    }
    given
}
