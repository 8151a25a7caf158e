//! Budgets: limits inside one wallet, by subject, event type, product or any field of an event.
//!
//! A budget never moves money. It counts, for the window that the clock is in:
//!
//! | entry | held | spent |
//! |---|---|---|
//! | an authorization, an extension | + its fees | |
//! | a capture | - what was held, at most as much as is captured | + the real fees |
//! | the hold's end | - the rest | |
//! | usage, a charge, a debit | | + |
//! | the window's turn | | 0; of a rolling window, what has left it |
//!
//! An authorization that would bring `spent + held` above the limit is refused, unless the budget only warns. A
//! budget of a call counts nothing: it is the most that one authorization may ask. Facts always post, and
//! count. What an entry counts is written in the entry, so the counters are a fold like everything.

use std::borrow::Cow;
use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::amount::Amount;
use super::calendar::Window;
use super::consumption::Consumption;
use super::rolling::Slices;
use super::time::Instant;
use super::tree::Tree;
use super::usage::{Datum, UsageEvent};

/// The `seq` of the entry with which the budget began to count. A budget that asks another question
/// than before begins anew, under a new id.
pub type BudgetId = u64;

/// Budgets of one wallet.
pub const MAX_BUDGETS: usize = 100;

/// Distinct values of `each` that the budgets of one wallet count at a time, all together.
pub const MAX_VALUES: usize = 10_000;

/// For so many values counts one of a rolling window, which is kept slice by slice.
pub const ROLLING_VALUE: usize = 10;

/// Characters by which values of `each` are told apart: wallets keep many of them.
pub const MAX_VALUE: usize = 255;

/// Fields of `data` that one budget compares.
pub const MAX_FIELDS: usize = 10;

/// The word of `each` that means the subject, and no field of the event's data.
pub const SUBJECT: &str = "subject";

/// What a budget is about; what it leaves out, it does not ask.
#[derive(Clone, PartialEq, Eq, Debug, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct Match {
    /// Of the event, else of its hold.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub subject: Option<String>,
    /// A plain amount has none.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub event_type: Option<String>,
    /// The code of the product whose price asks.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub product: Option<String>,
    /// Values by field of the event's `data`, as text.
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    pub data: BTreeMap<String, String>,
}

/// What a budget asks and how much it allows.
#[derive(Clone, PartialEq, Eq, Debug, Default, Serialize, Deserialize)]
pub struct Terms {
    /// For people. Format 1, in `budget_set`; so are the others.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub name: Option<String>,
    /// Only amounts of this asset count.
    pub asset: String,
    /// The most that may be spent and held.
    pub limit: Amount,
    /// Over which time it counts.
    pub window: Window,
    /// Absent means everything.
    #[serde(rename = "match", default)]
    pub about: Match,
    /// Every distinct value of this field of `data`, or of the subject, has the limit for itself.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub each: Option<String>,
    /// From where its windows are counted, instead of from the clock's.
    /// Added: absent means the clock; an older deployment passes it over and counts by the clock.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub anchor: Option<Instant>,
    /// It counts and says so, and refuses nothing.
    /// Added: absent means that it refuses; an older deployment passes it over and refuses.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub warn_only: bool,
    /// At which percentages of the limit an entry says that it was reached, in their order.
    /// Added: absent means none; an older deployment passes them over and says nothing.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub thresholds: Vec<u8>,
}

impl Terms {
    /// The window that a moment lies in: when it began, and when the next one begins.
    #[must_use]
    pub fn span(&self, at: Instant) -> (Instant, Instant) {
        self.window.span(self.anchor, at)
    }

    /// Whether it adds up what several calls spend.
    #[must_use]
    pub fn counts(&self) -> bool {
        self.window != Window::Call
    }

    /// For how many values one counts: none where they are not told apart, or nothing is added up.
    fn weight(&self) -> usize {
        match (&self.each, self.window) {
            (None, _) | (_, Window::Call) => 0,
            (Some(_), Window::Rolling { .. }) => ROLLING_VALUE,
            (
                Some(_),
                Window::Hour | Window::Day | Window::Week | Window::Month | Window::Lifetime,
            ) => 1,
        }
    }

    /// Whether the same counters answer both: then only the limit or the name is another.
    #[must_use]
    pub fn counts_like(&self, other: &Self) -> bool {
        // The name, the limit and what is done about it are no part of the question, so changing them
        // keeps what was counted.
        let question = |terms: &Self| {
            let window = (terms.window, terms.anchor);
            (window, terms.asset.clone(), terms.each.clone())
        };
        question(self) == question(other) && self.about == other.about
    }

    /// What the limit is of, in a word: the field whose values have it each, else the narrowest thing
    /// that the budget is about, else the wallet.
    #[must_use]
    pub fn level(&self) -> &str {
        let about = &self.about;
        if let Some(field) = self
            .each
            .as_deref()
            .or(about.data.keys().next().map(String::as_str))
        {
            return field;
        }
        match (&about.subject, &about.event_type, &about.product) {
            (Some(_), _, _) => SUBJECT,
            (None, Some(_), _) => "event_type",
            (None, None, Some(_)) => "product",
            (None, None, None) => "wallet",
        }
    }

    /// The value that an amount counts under: empty where the budget does not tell values apart, and
    /// nothing where the budget is not about the amount.
    fn value<'a>(&self, consumption: &Consumption<'a>) -> Option<Cow<'a, str>> {
        if self.asset != consumption.asset || !self.about.is_about(consumption) {
            return None;
        }
        match self.each.as_deref() {
            None => Some(Cow::Borrowed("")),
            Some(SUBJECT) => consumption
                .subject
                .map(|subject| Cow::Borrowed(beginning(subject))),
            Some(field) => match datum(consumption.event, field)? {
                Cow::Borrowed(text) => Some(Cow::Borrowed(beginning(text))),
                // What is no text is short.
                owned @ Cow::Owned(_) => Some(owned),
            },
        }
    }
}

impl Match {
    fn is_about(&self, consumption: &Consumption<'_>) -> bool {
        let same = |wanted: &Option<String>, found: Option<&str>| {
            wanted.as_deref().is_none_or(|wanted| found == Some(wanted))
        };
        same(&self.subject, consumption.subject)
            && same(&self.event_type, consumption.event_type())
            && same(&self.product, consumption.product)
            && self.data.iter().all(|(field, wanted)| {
                datum(consumption.event, field).is_some_and(|found| found == wanted.as_str())
            })
    }
}

fn beginning(text: &str) -> &str {
    // By characters, so that no letter is cut in two; what begins alike counts as one.
    let end = text.char_indices().nth(MAX_VALUE).map(|(end, _)| end);
    end.and_then(|end| text.get(..end)).unwrap_or(text)
}

fn datum<'a>(event: Option<&'a UsageEvent>, field: &str) -> Option<Cow<'a, str>> {
    event?.data.get(field).map(as_text)
}

/// A value as text: `20`, `20.0` and `"20"` are one value.
#[must_use]
pub fn as_text(datum: &Datum) -> Cow<'_, str> {
    match datum {
        Datum::Flag(true) => Cow::Borrowed("true"),
        Datum::Flag(false) => Cow::Borrowed("false"),
        Datum::Whole(whole) => Cow::Owned(whole.to_string()),
        Datum::Number { number } => Cow::Owned(number.to_string()),
        Datum::Text(text) => Cow::Borrowed(text),
        Datum::Json { json } => Cow::Borrowed(json),
    }
}

/// So much for this value of this budget: held by an authorization, spent by a fact.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct Count {
    /// Format 1, added with budgets, as all of it: an older deployment passes over a row's counts.
    pub budget: BudgetId,
    /// Empty where the budget does not tell values apart.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub value: String,
    /// Above zero.
    pub amount: Amount,
}

/// What one value has used.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default, Serialize, Deserialize)]
pub struct Tally {
    /// Of facts, in the window.
    pub spent: Amount,
    /// Of open holds, whenever they were made.
    pub held: Amount,
}

/// A budget and what it has counted.
///
/// ```text
/// left(value) = max(0, limit - spent(value) - held(value))
/// after an authorization: spent + held <= limit        for each value that it counts
/// held(value) = sum of open holds' counts              spent is of the window alone
/// spent(value) = sum of slices(value) that count       of a rolling window
/// ```
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct Budget {
    /// In snapshots since there are budgets, as all of it.
    pub id: BudgetId,
    /// What it asks and how much it allows.
    pub terms: Terms,
    /// When the counted window is over, or the slice of a rolling one; `Instant::MAX` for a lifetime.
    pub window_ends_at: Instant,
    /// By value; what nobody spent or holds is not kept.
    pub tallies: Tree<String, Tally>,
    /// Of a rolling window, what is spent by slice.
    /// Added with rolling windows: absent means nothing.
    #[serde(default, skip_serializing_if = "Tree::is_empty")]
    pub slices: Tree<String, Slices>,
}

impl Budget {
    #[must_use]
    pub fn new(id: BudgetId, terms: Terms, at: Instant) -> Self {
        Self {
            id,
            window_ends_at: terms.span(at).1,
            terms,
            tallies: Tree::default(),
            slices: Tree::default(),
        }
    }

    /// What a value has used in the window of this moment.
    #[must_use]
    pub fn tally(&self, value: &str, at: Instant) -> Tally {
        let mut tally = self.tallies.get(value).copied().unwrap_or_default();
        // Read as if it had turned, because a budget turns only when an entry is written.
        if at >= self.window_ends_at {
            tally.spent = self.rolled(value, at);
        }
        tally
    }

    /// What a rolling window still counts of a value; nothing for every other one.
    fn rolled(&self, value: &str, at: Instant) -> Amount {
        let slices = self.slices.get(value);
        slices.map_or(Amount::ZERO, |slices| slices.spent(at))
    }

    /// From when on so much more fits, if nothing else is spent and what is held stays; nothing where no
    /// waiting brings it.
    #[must_use]
    pub fn frees_at(&self, value: &str, required: Amount, at: Instant) -> Option<Instant> {
        let Tally { held, .. } = self.tally(value, at);
        let rest = self
            .terms
            .limit
            .folded_minus(held.saturating_plus(required));
        if rest.is_negative() {
            return None;
        }
        if self.terms.window.counts_until(at).is_some() {
            let slices = self.slices.get(value);
            return slices.map(|slices| slices.falls_to(at, rest));
        }
        let (_, end) = self.terms.span(at);
        Some(end).filter(|end| *end < Instant::MAX)
    }

    /// What its values weigh, one by one, beside its terms.
    #[must_use]
    pub fn size(&self) -> usize {
        self.tallies
            .len()
            .saturating_mul(self.terms.weight().max(1))
    }

    /// What is left of the limit for a value; nothing where it is used up.
    #[must_use]
    pub fn left(&self, value: &str, at: Instant) -> Amount {
        let Tally { spent, held } = self.tally(value, at);
        let left = self.terms.limit.folded_minus(spent.saturating_plus(held));
        left.max(Amount::ZERO)
    }

    /// Values with something spent or held at this moment.
    pub fn values(&self, at: Instant) -> impl Iterator<Item = (&str, Tally)> {
        let all = self.tallies.keys().map(String::as_str);
        all.map(move |value| (value, self.tally(value, at)))
            .filter(|(_, tally)| *tally != Tally::default())
    }

    /// Forgets what was spent in windows that are over.
    pub fn turn(&mut self, at: Instant) {
        if at < self.window_ends_at {
            return;
        }
        self.window_ends_at = self.terms.span(at).1;
        let kept = self.slices.iter().map(|(value, slices)| {
            let mut slices = slices.clone();
            slices.forget(at);
            (value.clone(), slices)
        });
        self.slices = kept.filter(|(_, slices)| !slices.is_empty()).collect();
        let turned = self.tallies.iter().map(|(value, tally)| {
            let slices = self.slices.get(value);
            let spent = slices.map_or(Amount::ZERO, |slices| slices.spent(at));
            (value.clone(), Tally { spent, ..*tally })
        });
        // Values come and go with subjects, so what nobody uses must not stay, or the bound would
        // fill up for ever.
        let held = turned.filter(|(_, tally)| *tally != Tally::default());
        self.tallies = held.collect();
    }

    fn change(&mut self, value: &str, change: impl FnOnce(&mut Tally)) {
        let mut tally = self.tallies.get(value).copied().unwrap_or_default();
        change(&mut tally);
        // So that a wallet that was replayed and one that was not are the same, to the byte of
        // their snapshot.
        if tally == Tally::default() {
            self.tallies.remove(&value.to_owned());
        } else {
            self.tallies.insert(value.to_owned(), tally);
        }
    }
}

/// The budgets of a wallet, by code.
pub type Budgets = BTreeMap<String, Budget>;

fn each_count(budgets: &mut Budgets, counts: &[Count], change: fn(&mut Tally, Amount)) {
    for count in counts {
        // A budget that was removed or began anew no longer knows this count.
        let mut all = budgets.values_mut();
        if let Some(budget) = all.find(|budget| budget.id == count.budget) {
            budget.change(&count.value, |tally| change(tally, count.amount));
        }
    }
}

/// Folds in what a hold holds.
pub fn add_held(budgets: &mut Budgets, counts: &[Count]) {
    each_count(budgets, counts, |tally, amount| {
        tally.held = tally.held.folded_plus(amount);
    });
}

/// Folds out what a hold held.
pub fn subtract_held(budgets: &mut Budgets, counts: &[Count]) {
    each_count(budgets, counts, |tally, amount| {
        tally.held = tally.held.folded_minus(amount);
    });
}

/// Folds in what was spent at a moment.
pub fn add_spent(budgets: &mut Budgets, counts: &[Count], at: Instant) {
    for count in counts {
        let mut all = budgets.values_mut();
        if let Some(budget) = all.find(|budget| budget.id == count.budget)
            && let Some(until) = budget.terms.window.counts_until(at)
        {
            let mut slices = budget.slices.get(&count.value).cloned().unwrap_or_default();
            slices.add(until, count.amount);
            budget.slices.insert(count.value.clone(), slices);
        }
    }
    each_count(budgets, counts, |tally, amount| {
        // Usage is a fact, and no counter keeps it from being posted.
        tally.spent = tally.spent.saturating_plus(amount);
    });
}

/// A limit that an authorization would exceed.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Exceeded {
    pub code: String,
    /// What the limit is of; see [`Terms::level`].
    pub level: String,
    pub value: Option<String>,
    pub asset: String,
    pub limit: Amount,
    pub spent: Amount,
    pub held: Amount,
    /// What was asked for, as far as the budget is about it.
    pub required: Amount,
    /// Never, for a lifetime; a rolling window has no end, but `frees_at`.
    pub window_ends_at: Option<Instant>,
    /// From when on it fits, if nothing else is spent and what is held stays.
    pub frees_at: Option<Instant>,
}

/// What a command counts, added up while it is decided.
pub struct Counting<'a> {
    budgets: &'a Budgets,
    at: Instant,
    /// In the order of their budgets and values.
    counts: Vec<(BudgetId, Cow<'a, str>, Amount)>,
}

impl<'a> Counting<'a> {
    #[must_use]
    pub const fn new(budgets: &'a Budgets, at: Instant) -> Self {
        Self {
            budgets,
            at,
            counts: Vec::new(),
        }
    }

    /// Counts an amount for every budget that is about it.
    pub fn add(&mut self, consumption: &Consumption<'a>) {
        for budget in self.budgets.values() {
            if let Some(value) = budget.terms.value(consumption) {
                self.count(budget.id, value, consumption.amount);
            }
        }
    }

    /// What costs nothing is not counted, so it is authorized whatever was spent.
    fn count(&mut self, budget: BudgetId, value: Cow<'a, str>, amount: Amount) {
        if !amount.is_positive() {
            return;
        }
        // Kept in order while counting, because the entry lists its counts in order and must not
        // depend on the order of fees.
        let (place, known) = self.place(budget, &value);
        // Fees of one value are one count: the limit is asked of their sum, else each would fit by
        // itself.
        match self.counts.get_mut(place).filter(|_| known) {
            Some((_, _, sum)) => *sum = sum.saturating_plus(amount),
            None => self.counts.insert(place, (budget, value, amount)),
        }
    }

    /// Where a value is counted, or would be.
    fn place(&self, budget: BudgetId, value: &str) -> (usize, bool) {
        let key = (budget, value);
        let before = |(id, value, _): &(BudgetId, Cow<'_, str>, _)| (*id, value.as_ref()) < key;
        let place = self.counts.partition_point(before);
        let there = self.counts.get(place);
        (
            place,
            there.is_some_and(|(id, value, _)| (*id, value.as_ref()) == key),
        )
    }

    /// Counts an amount that a hold settles without saying for which usage. Where a budget is not about
    /// plain amounts, it is about as much as the hold was counted with, in the order of the values.
    pub fn add_plain(&mut self, consumption: &Consumption<'a>, held: &'a [Count]) {
        for budget in self.budgets.values() {
            if budget.terms.asset != consumption.asset {
                continue;
            }
            if let Some(value) = budget.terms.value(consumption) {
                self.count(budget.id, value, consumption.amount);
                continue;
            }
            let mut left = consumption.amount;
            for count in held.iter().filter(|count| count.budget == budget.id) {
                // In the order of the values, so that two folds of the same journal count alike.
                let part = count.amount.min(left);
                left = left.folded_minus(part);
                self.count(budget.id, Cow::Borrowed(&count.value), part);
            }
        }
    }

    /// The most of such an amount that no budget refuses; nothing where no budget is about it.
    #[must_use]
    pub fn most(&self, consumption: &Consumption<'a>) -> Option<Amount> {
        let left = |budget: &Budget| {
            let value = budget.terms.value(consumption)?;
            let left = budget.left(&value, self.at);
            let (place, known) = self.place(budget.id, &value);
            let asked = self.counts.get(place).filter(|_| known);
            let asked = asked.map_or(Amount::ZERO, |(_, _, asked)| *asked);
            let left = left.folded_minus(asked);
            Some(left.max(Amount::ZERO))
        };
        let refusing = self.budgets.values();
        let refusing = refusing.filter(|budget| !budget.terms.warn_only);
        refusing.filter_map(left).min()
    }

    /// Limits that would be exceeded, in the order of their codes and values.
    #[must_use]
    pub fn exceeded(&self) -> Vec<Exceeded> {
        let mut found = Vec::new();
        let refusing = self.budgets.iter();
        for (code, budget) in refusing.filter(|(_, budget)| !budget.terms.warn_only) {
            let counts = self.counts.iter();
            for (_, value, required) in counts.filter(|(id, _, _)| *id == budget.id) {
                // Equal fits: a limit may be used up to its last step.
                if *required <= budget.left(value, self.at) {
                    continue;
                }
                let Tally { spent, held } = budget.tally(value, self.at);
                let (_, end) = budget.terms.span(self.at);
                let turns = budget.terms.window.counts_until(self.at).is_none();
                found.push(Exceeded {
                    code: code.clone(),
                    level: budget.terms.level().to_owned(),
                    value: budget.terms.each.as_ref().map(|_| value.to_string()),
                    asset: budget.terms.asset.clone(),
                    limit: budget.terms.limit,
                    spent,
                    held,
                    required: *required,
                    window_ends_at: Some(end).filter(|end| turns && *end < Instant::MAX),
                    frees_at: budget.frees_at(value, *required, self.at),
                });
            }
        }
        found
    }

    /// Whether all values that are new here can be kept beside those that are counted already, as far as
    /// that is a reason to refuse: what only warns is then not counted.
    #[must_use]
    pub fn fits(&self) -> bool {
        let refuses = |id: BudgetId| {
            let budget = self.budgets.values().find(|budget| budget.id == id);
            budget.is_some_and(|budget| !budget.terms.warn_only)
        };
        let counts = self.counts.iter();
        let refusing = counts.filter(|(id, ..)| refuses(*id));
        let new = refusing.map(|(id, value, _)| self.more(*id, value));
        let new = new.fold(0, usize::saturating_add);
        new == 0 || new <= self.room()
    }

    /// Whether all values that are new here can be kept, also those that only warn.
    fn all_fit(&self) -> bool {
        let counts = self.counts.iter();
        let new = counts.map(|(id, value, _)| self.more(*id, value));
        let new = new.fold(0, usize::saturating_add);
        new == 0 || new <= self.room()
    }

    /// For how many more values a value counts, if it is counted; nothing where it is already.
    fn more(&self, id: BudgetId, value: &str) -> usize {
        let budget = self.budgets.values().find(|budget| budget.id == id);
        let new = budget.filter(|one| one.tally(value, self.at) == Tally::default());
        new.map_or(0, |budget| budget.terms.weight())
    }

    /// How many values may still be added.
    fn room(&self) -> usize {
        MAX_VALUES.saturating_sub(kept(self.budgets, self.at))
    }

    /// What the entry says. A fact posts although no room is left for its values; then it is not
    /// counted for them, and no authorization for them succeeds until the window turns.
    #[must_use]
    pub fn into_counts(self) -> Vec<Count> {
        // Asked once, because it walks over all that is counted.
        let all_fit = self.all_fit();
        let mut room = if all_fit { 0 } else { self.room() };
        let mut counts = Vec::with_capacity(self.counts.len());
        let kept = |id: BudgetId| {
            let budget = self.budgets.values().find(|budget| budget.id == id);
            budget.is_some_and(|budget| budget.terms.counts())
        };
        for (budget, value, amount) in self.counts.iter().filter(|(id, ..)| kept(*id)) {
            if !all_fit {
                let Some(left) = room.checked_sub(self.more(*budget, value)) else {
                    continue;
                };
                room = left;
            }
            counts.push(Count {
                budget: *budget,
                value: value.to_string(),
                amount: *amount,
            });
        }
        counts
    }
}

/// A percentage of a limit that an entry has reached: what is spent and held was below it before.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct Reached {
    /// Format 1, added with thresholds, as all of it.
    pub budget: BudgetId,
    /// The caller's name for it, then.
    pub code: String,
    /// Empty where the budget does not tell values apart.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub value: String,
    /// The highest of its thresholds that was reached by this entry.
    pub percent: u8,
    /// The limit, then.
    pub limit: Amount,
}

/// The thresholds that an entry reaches by what it counts. `held` is what budgets held for the hold that it
/// is about, and `kept` what they hold for it afterwards.
///
/// ```text
/// before = spent + held        after = before + counted - (held of the hold before - held of it after)
/// reached: 100 * before < percent * limit <= 100 * after
/// ```
#[must_use]
pub fn reached(
    budgets: &Budgets,
    at: Instant,
    counts: &[Count],
    held: &[Count],
    kept: &[Count],
) -> Vec<Reached> {
    let mut found = Vec::new();
    for count in counts {
        let mut all = budgets.iter();
        let Some((code, budget)) = all.find(|(_, budget)| budget.id == count.budget) else {
            continue;
        };
        let of = |counts: &[Count]| {
            let mut own = counts.iter();
            let own = own.find(|one| (one.budget, &one.value) == (count.budget, &count.value));
            own.map_or(0, |one| one.amount.steps())
        };
        let Tally { spent, held: all } = budget.tally(&count.value, at);
        let before = spent.steps().saturating_add(all.steps());
        let given_back = of(held).saturating_sub(of(kept));
        let after = before.saturating_add(count.amount.steps());
        let after = after.saturating_sub(given_back);
        let limit = budget.terms.limit.steps();
        let thresholds = budget.terms.thresholds.iter().rev();
        let highest = thresholds.copied().find(|percent| {
            let mark = limit.saturating_mul((*percent).into());
            before.saturating_mul(100) < mark && mark <= after.saturating_mul(100)
        });
        found.extend(highest.map(|percent| Reached {
            budget: budget.id,
            code: code.clone(),
            value: count.value.clone(),
            percent,
            limit: budget.terms.limit,
        }));
    }
    found
}

/// Distinct values of `each` that are counted at this moment; one of a rolling window counts for
/// [`ROLLING_VALUE`].
#[must_use]
pub fn kept(budgets: &Budgets, at: Instant) -> usize {
    let telling_apart = budgets
        .values()
        .filter(|budget| budget.terms.each.is_some());
    let counts = telling_apart.map(|budget| {
        // Nothing without a tally is kept, so counting is for windows that are over.
        let values = if at < budget.window_ends_at {
            budget.tallies.len()
        } else {
            budget.values(at).count()
        };
        values.saturating_mul(budget.terms.weight())
    });
    counts.fold(0, usize::saturating_add)
}

/// Adds what an authorization or an extension counts to what its hold holds of budgets.
///
/// They stand in the order of their budgets and values, in which a plain capture is counted.
pub fn add_to_hold(held: &mut Vec<Count>, counts: &[Count]) {
    for count in counts {
        let key = (count.budget, count.value.as_str());
        let place = held.partition_point(|one| (one.budget, one.value.as_str()) < key);
        match held.get_mut(place) {
            Some(one) if (one.budget, one.value.as_str()) == key => {
                one.amount = one.amount.folded_plus(count.amount);
            }
            _ => held.insert(place, count.clone()),
        }
    }
}

/// Takes what a capture counts away from what its hold holds of budgets, as far as it goes.
pub fn take_from_hold(held: &mut Vec<Count>, counts: &[Count]) {
    for count in counts {
        let mut known = held.iter_mut();
        if let Some(one) =
            known.find(|one| (one.budget, &one.value) == (count.budget, &count.value))
        {
            // A capture may charge more than was held; what is held must not fall below zero by it.
            one.amount = one.amount.folded_minus(one.amount.min(count.amount));
        }
    }
    held.retain(|one| one.amount.is_positive());
}
