//! The counters of budgets, recomputed from the rows alone, hold by hold and with plain integers.

use std::collections::BTreeMap;

use scrip::engine::budget::{Count, MAX_BUDGETS, MAX_VALUES, Source, kept, own};
use scrip::engine::calendar::Window;
use scrip::engine::{Budget, Entry, Fact, Instant, Wallet};

use crate::audit::pico;

/// The largest amount: counters stop there.
const MOST: i128 = 10_i128.pow(27) - 1;

/// What a budget has counted, kept as it was written.
#[derive(Default)]
struct Naive {
    window_began: Instant,
    /// In microseconds, of a rolling window.
    length: Option<i64>,
    spent: BTreeMap<String, Spent>,
    /// By hold and value.
    held: BTreeMap<(u64, String), i128>,
    /// In the window, what was captured of what was held.
    admitted: BTreeMap<String, Spent>,
    /// The highest limit that it had; none, once it has only warned.
    highest: Option<i128>,
    has_warned: bool,
}

/// Moments and amounts, as they were spent; in one sum where the window turns as a whole.
type Spent = Vec<(Instant, i128)>;

impl Naive {
    /// The window goes on to a moment.
    fn turn(&mut self, budget: &Budget, at: Instant) {
        self.has_warned |= budget.terms.warn_only;
        let limit = pico(budget.terms.limit);
        self.highest = self.highest.max(Some(limit));
        if let Window::Rolling { seconds } = budget.terms.window {
            let length = i64::from(seconds) * 1_000_000;
            self.length = Some(length);
            // What is spent in a sixtieth of the window leaves it together.
            let slice = length / 60;
            for spent in self.spent.values_mut() {
                spent.retain(|(then, _)| {
                    at.micros() < (then.micros().div_euclid(slice) + 1) * slice + length
                });
            }
            return;
        }
        let (began, _) = budget.terms.span(at);
        if began != self.window_began {
            self.window_began = began;
            self.spent.clear();
            self.admitted.clear();
        }
    }

    fn spent(&self, value: &str) -> i128 {
        let all = self.spent.get(value).into_iter().flatten();
        MOST.min(all.map(|(_, amount)| amount).sum())
    }

    fn spend(&mut self, value: String, at: Instant, amount: i128) {
        let at = if self.length.is_some() {
            at
        } else {
            Instant::default()
        };
        let all = self.spent.entry(value).or_default();
        match all.last_mut().filter(|(then, _)| *then == at) {
            Some((_, sum)) => *sum = MOST.min(*sum + amount),
            None => all.push((at, amount)),
        }
    }

    fn admit(&mut self, value: &str, at: Instant, amount: i128) {
        let all = self.admitted.entry(value.to_owned()).or_default();
        if let Some(length) = self.length {
            all.retain(|(then, _)| then.micros() > at.micros() - length);
        }
        all.push((at, amount));
    }

    /// Whatever happened: no window, and no stretch of time of a rolling one's length, has more admitted work
    /// in it than the limit was at most, with what is held now.
    fn check_window(&self, value: &str, at: Instant) -> Result<(), String> {
        let all = self.admitted.get(value).into_iter().flatten();
        let length = self.length.unwrap_or(i64::MAX);
        let within = all.filter(|(then, _)| then.micros() > at.micros().saturating_sub(length));
        let admitted: i128 = within.map(|(_, amount)| amount).sum();
        let held = self.held.iter().filter(|((_, of), _)| of == value);
        let held: i128 = held.map(|(_, amount)| amount).sum();
        // A limit below zero lets nothing through, and so does one of zero.
        let most = self.highest.unwrap_or_default().max(0);
        if self.has_warned || admitted + held <= most {
            return Ok(());
        }
        Err(format!(
            "{admitted} captured and {held} held of admitted work in one window, above {most}"
        ))
    }
}

/// Follows the counts of a journal.
#[derive(Default)]
pub struct BudgetAudit {
    by_id: BTreeMap<u64, Naive>,
}

impl BudgetAudit {
    /// Counts an entry, and compares with the wallet that it was folded into.
    pub fn follow(&mut self, entry: &Entry, wallet: &Wallet) -> Result<(), String> {
        for budget in wallet.budgets.values() {
            let naive = self.by_id.entry(budget.id).or_default();
            naive.turn(budget, entry.at);
        }
        let before = self.used_by(entry);
        for count in &entry.counts {
            let (value, amount) = (count.value.clone(), pico(count.amount));
            if amount <= 0 {
                return Err(format!("a count of nothing or less: {count:?}"));
            }
            let naive = self.by_id.get_mut(&count.budget);
            let naive = naive.ok_or_else(|| format!("no such budget: {count:?}"))?;
            if entry.fact.reserves() {
                let hold = entry.fact.hold().unwrap_or_default();
                *naive.held.entry((hold, value)).or_default() += amount;
            } else {
                if let Fact::HoldCaptured { hold, .. } = &entry.fact {
                    let held = naive.held.entry((*hold, value.clone())).or_default();
                    let admitted = amount.min(*held);
                    *held -= admitted;
                    naive.admit(&value, entry.at, admitted);
                }
                naive.spend(value, entry.at, amount);
            }
        }
        let ended = match &entry.fact {
            Fact::HoldCaptured { hold, closes, .. } => closes.then_some(*hold),
            Fact::HoldReleased { hold, .. } | Fact::HoldExpired { hold } => Some(*hold),
            _ => None,
        };
        for naive in self.by_id.values_mut() {
            naive.held.retain(|(hold, _), _| Some(*hold) != ended);
        }
        for count in &entry.counts {
            let naive = &self.by_id[&count.budget];
            naive.check_window(&count.value, entry.at)?;
        }
        self.check_reached(entry, wallet, &before)?;
        self.check_admitted(entry, wallet)
    }

    /// What is spent and held of each value that an entry counts.
    fn used_by(&self, entry: &Entry) -> Vec<i128> {
        let used = |count: &Count| {
            let naive = self.by_id.get(&count.budget)?;
            let held = naive.held.iter();
            let held = held.filter(|((_, value), _)| *value == count.value);
            Some(held.map(|(_, amount)| amount).sum::<i128>() + naive.spent(&count.value))
        };
        let counts = entry.counts.iter();
        counts
            .map(|count| used(count).unwrap_or_default())
            .collect()
    }

    /// A threshold is reached by the entry before which less was used, and by no other.
    fn check_reached(&self, entry: &Entry, wallet: &Wallet, before: &[i128]) -> Result<(), String> {
        let mut wanted = Vec::new();
        for ((count, before), after) in entry.counts.iter().zip(before).zip(self.used_by(entry)) {
            let mut all = wallet.budgets.iter();
            let Some((code, budget)) = all.find(|(_, one)| one.id == count.budget) else {
                continue;
            };
            let limit = pico(budget.terms.limit);
            let reached = |percent: &&u8| {
                let hundredth = i128::from(**percent) * limit;
                100 * before < hundredth && 100 * after >= hundredth
            };
            let highest = budget.terms.thresholds.iter().filter(reached).max();
            wanted.extend(highest.map(|percent| (code.clone(), count.value.clone(), *percent)));
        }
        let told = entry.reached.iter();
        let told: Vec<_> = told
            .map(|one| (one.code.clone(), one.value.clone(), one.percent))
            .collect();
        if told == wanted {
            return Ok(());
        }
        Err(format!("thresholds {told:?}, not {wanted:?}, in {entry:?}"))
    }

    /// All counters against the wallet's; between rows, because a wallet may have 10,000 of them.
    pub fn compare(&self, wallet: &Wallet) -> Result<(), String> {
        check_inherited(wallet)?;
        if own(&wallet.budgets) > MAX_BUDGETS || kept(&wallet.budgets, wallet.at) > MAX_VALUES {
            return Err("more budgets or values than there may be".into());
        }
        for (code, budget) in &wallet.budgets {
            let Some(naive) = self.by_id.get(&budget.id) else {
                return Err(format!("the budget {code} was never set"));
            };
            let mut sums: BTreeMap<String, (i128, i128)> = BTreeMap::new();
            for value in naive.spent.keys() {
                sums.entry(value.clone()).or_default().0 += naive.spent(value);
            }
            for ((_, value), held) in &naive.held {
                sums.entry(value.clone()).or_default().1 += held;
            }
            sums.retain(|_, sum| *sum != (0, 0));
            let told = budget.tallies.iter();
            let told: BTreeMap<_, _> = told
                .map(|(value, tally)| (value.clone(), (pico(tally.spent), pico(tally.held))))
                .collect();
            if told != sums {
                return Err(format!("budget {code} counted {told:?}, not {sums:?}"));
            }
        }
        Ok(())
    }

    /// An authorization leaves no budget that it counts in above its limit, whatever facts did before.
    fn check_admitted(&self, entry: &Entry, wallet: &Wallet) -> Result<(), String> {
        for count in entry.counts.iter().filter(|_| entry.fact.reserves()) {
            let naive = &self.by_id[&count.budget];
            let held = naive
                .held
                .iter()
                .filter(|((_, value), _)| *value == count.value);
            let used = held.map(|(_, amount)| amount).sum::<i128>() + naive.spent(&count.value);
            let own = |budget: &&Budget| budget.id == count.budget;
            let budget = wallet.budgets.values().find(own);
            let budget = budget.ok_or_else(|| format!("{count:?} is of no budget"))?;
            if used > pico(budget.terms.limit) && !budget.terms.warn_only {
                return Err(format!("{count:?} exceeds its budget: {used}"));
            }
        }
        Ok(())
    }
}

/// Who says what each budget allows: the customer, else the first product of those that serve, else the
/// account; and there is no other budget.
fn check_inherited(wallet: &Wallet) -> Result<(), String> {
    let mut said = BTreeMap::new();
    for preset in &wallet.presets {
        said.entry(&preset.code)
            .or_insert((Source::Account, &preset.terms));
    }
    let mut of_products = BTreeMap::new();
    for one in wallet.subscriptions.iter().filter(|one| one.serves()) {
        for preset in one.products.iter().flat_map(|product| &product.budgets) {
            let first = of_products.entry(&preset.code);
            first.or_insert((Source::Product, &preset.terms));
        }
    }
    said.extend(of_products);
    for (code, budget) in &wallet.budgets {
        let wanted = said.remove(code);
        let told = (budget.source, &budget.terms);
        if budget.source != Source::Customer && wanted != Some(told) {
            return Err(format!("the budget {code} is {told:?}, not {wanted:?}"));
        }
    }
    if said.is_empty() {
        return Ok(());
    }
    Err(format!("budgets that nobody inherits: {said:?}"))
}
