//! The naive wallet's budgets: lists of what was spent and what is held, added up whenever it matters.

use crate::model::{Consumption, Hold, Model, PRECISIONS, Refused, State};

/// The moment at which the simulation's month turns: 2026-02-01T00:00:00Z, in seconds.
const MONTH: i64 = 1_769_904_000;

/// What a budget asks about; two budgets that ask the same share their counters.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Asks {
    /// 0 hour, 1 day, 2 month, 3 lifetime, 4 week, 5 one call, 6 the last two hours.
    pub window: u8,
    pub subject: Option<usize>,
    pub event_type: Option<usize>,
    pub product: Option<usize>,
    pub key: Option<usize>,
    /// 0 nothing, 1 the subject, 2 the key.
    pub each: u8,
}

/// Who says what a budget allows.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub enum Source {
    Customer,
    Product,
    Account,
}

/// Several budgets that begin with one row have ids that are so far apart.
const APART: u64 = 1 << 40;

#[derive(Clone, Debug)]
pub struct Budget {
    pub code: usize,
    pub id: u64,
    asset: usize,
    pub limit: i128,
    asks: Asks,
    /// It refuses nothing.
    pub warns: bool,
    pub source: Source,
    began: i64,
    /// With the moment.
    spent: Vec<(String, i128, i64)>,
}

/// Of a rolling window, in seconds, and a sixtieth of it, whose amounts leave the window together.
const ROLLING: (i64, i64) = (7_200, 120);

impl Asks {
    fn began(&self, at: i64) -> i64 {
        match self.window {
            0 => at - at % 3_600,
            1 => at - at % 86_400,
            2 if at >= MONTH => MONTH,
            // The fourth day of 1970 was its first Sunday.
            4 => at - (at - 4 * 86_400).rem_euclid(7 * 86_400),
            _ => 0,
        }
    }
}

impl Budget {
    fn adds_up(&self) -> bool {
        self.asks.window != 5
    }

    /// The value that a spend counts under, where the budget is about it.
    fn value(&self, consumption: &Consumption) -> Option<String> {
        let asks = &self.asks;
        let (event_type, key) = match consumption.event {
            Some((event_type, key)) => (Some(event_type), key),
            None => (None, None),
        };
        let pairs = [
            (asks.subject, consumption.subject),
            (asks.event_type, event_type),
            (asks.product, consumption.product),
            (asks.key, key),
        ];
        let about = pairs
            .iter()
            .all(|(asked, is)| asked.is_none() || asked == is);
        if self.asset != consumption.asset || !about {
            return None;
        }
        match asks.each {
            0 => Some(String::new()),
            1 => consumption.subject.map(|subject| format!("run_{subject}")),
            _ => key.map(|key| key.to_string()),
        }
    }
}

impl Model {
    pub fn set_budget(
        &mut self,
        code: usize,
        asset: usize,
        limit: i128,
        asks: Asks,
        warns: bool,
    ) -> Result<(), Refused> {
        if limit % 10_i128.pow(12 - PRECISIONS[asset]) != 0 {
            return Err("too_precise");
        }
        if limit < 0 {
            return Err("amount_out_of_range");
        }
        let known = self.budgets.iter_mut().find(|one| one.code == code);
        match known.filter(|one| one.asks == asks && one.asset == asset) {
            Some(same) => {
                (same.limit, same.warns) = (limit, warns);
                same.source = Source::Customer;
            }
            None => {
                self.budgets.retain(|one| one.code != code);
                self.budgets.push(Budget {
                    code,
                    id: self.seq + 1,
                    asset,
                    limit,
                    asks,
                    warns,
                    source: Source::Customer,
                    began: asks.began(self.at),
                    spent: Vec::new(),
                });
            }
        }
        Ok(())
    }

    pub fn drop_budget(&mut self, code: usize) -> Result<(), Refused> {
        let before = self.budgets.len();
        let own = |one: &Budget| one.code == code && one.source == Source::Customer;
        self.budgets.retain(|one| !own(one));
        if self.budgets.len() == before {
            return Err("budget_not_found");
        }
        self.inherit();
        Ok(())
    }

    /// For each code: the customer's own, else what the first product says, else what the account says.
    /// What asks the same as before goes on counting.
    pub fn inherit(&mut self) {
        let of_products = self.subscribed.iter();
        let of_products = of_products.flat_map(|product| &self.limits[*product]);
        let of_products = of_products.map(|one| (one, Source::Product));
        let of_account = self.presets.iter().map(|one| (one, Source::Account));
        let mut budgets: Vec<Budget> = Vec::new();
        let own = self.budgets.iter();
        budgets.extend(own.filter(|one| one.source == Source::Customer).cloned());
        let mut begun = 0;
        for (preset, source) in of_products.chain(of_account) {
            if budgets.iter().any(|one| one.code == preset.code) {
                continue;
            }
            let mut known = self.budgets.iter();
            let same = |one: &&Budget| {
                (one.code, one.asks, one.asset) == (preset.code, preset.asks, preset.asset)
            };
            let (id, began, spent) = match known.find(same) {
                Some(one) => (one.id, one.began, one.spent.clone()),
                None => {
                    begun += 1;
                    let id = self.seq + 1 + begun * APART;
                    (id, preset.asks.began(self.at), Vec::new())
                }
            };
            budgets.push(Budget {
                code: preset.code,
                id,
                asset: preset.asset,
                limit: preset.limit,
                asks: preset.asks,
                warns: preset.warns,
                source,
                began,
                spent,
            });
        }
        self.budgets = budgets;
    }

    pub fn turn_budgets(&mut self) {
        for budget in &mut self.budgets {
            if budget.asks.window == 6 {
                let (length, slice) = ROLLING;
                let ends = |then: i64| then - then % slice + slice + length;
                budget.spent.retain(|(_, _, then)| self.at < ends(*then));
                continue;
            }
            let began = budget.asks.began(self.at);
            if began != budget.began {
                budget.began = began;
                budget.spent.clear();
            }
        }
    }

    /// Spent and held of a value, added up.
    pub fn used(&self, budget: &Budget, value: &str) -> (i128, i128) {
        let spent = budget.spent.iter().filter(|(of, ..)| of == value);
        let open = self.holds.iter().filter(|hold| hold.state == State::Open);
        let counts = open.flat_map(|hold| &hold.counts);
        let held = counts.filter(|(id, of, _)| *id == budget.id && of == value);
        (
            spent.map(|(_, amount, _)| amount).sum(),
            held.map(|(_, _, amount)| amount).sum(),
        )
    }

    /// Every value that a budget might have counted.
    pub fn values(&self, budget: &Budget) -> Vec<String> {
        let spent = budget.spent.iter().map(|(value, ..)| value.clone());
        let counts = self.holds.iter().flat_map(|hold| &hold.counts);
        let held = counts.filter(|(id, _, _)| *id == budget.id);
        let mut all: Vec<String> = spent
            .chain(held.map(|(_, value, _)| value.clone()))
            .collect();
        all.sort();
        all.dedup();
        all.retain(|value| self.used(budget, value) != (0, 0));
        all
    }

    pub fn exceeds(&self, consumptions: &[Consumption]) -> bool {
        let asked = |place: usize| {
            let (before, consumption) = (&consumptions[..place], &consumptions[place]);
            consumption.amount > 0 && consumption.amount > self.left_in_budgets(before, consumption)
        };
        (0..consumptions.len()).any(asked)
    }

    /// What the budgets leave for an amount, when others have been asked for before it.
    pub fn left_in_budgets(&self, before: &[Consumption], consumption: &Consumption) -> i128 {
        let left = |budget: &Budget| {
            let value = budget.value(consumption)?;
            let (spent, held) = self.used(budget, &value);
            let same = before
                .iter()
                .filter(|one| budget.value(one).as_ref() == Some(&value));
            let asked: i128 = same.map(|one| one.amount).sum();
            Some((budget.limit - spent - held - asked).max(0))
        };
        let refusing = self.budgets.iter().filter(|budget| !budget.warns);
        refusing.filter_map(left).min().unwrap_or(i128::MAX)
    }

    pub fn hold_all(&self, hold: &mut Hold, consumptions: &[Consumption]) {
        for consumption in consumptions
            .iter()
            .filter(|consumption| consumption.amount > 0)
        {
            for budget in self.budgets.iter().filter(|one| one.adds_up()) {
                if let Some(value) = budget.value(consumption) {
                    add(&mut hold.counts, budget.id, value, consumption.amount);
                }
            }
        }
    }

    pub fn spend_all(&mut self, consumptions: &[Consumption]) {
        for consumption in consumptions {
            for budget in self.budgets.iter_mut().filter(|one| one.adds_up()) {
                if let Some(value) = budget.value(consumption) {
                    let at = self.at;
                    budget.spent.push((value, consumption.amount, at));
                }
            }
        }
    }

    /// Counts what a capture spends and takes it out of what its hold counted. What a plain amount was spent
    /// on, only the hold can tell.
    pub fn spend_captured(&mut self, place: usize, consumptions: &[Consumption]) {
        let mut counts = self.holds[place].counts.clone();
        counts.sort();
        let mut spent = Vec::new();
        for budget in self.budgets.iter().filter(|one| one.adds_up()) {
            for consumption in consumptions
                .iter()
                .filter(|consumption| consumption.asset == budget.asset)
            {
                if let Some(value) = budget.value(consumption) {
                    add(&mut spent, budget.id, value, consumption.amount);
                } else if consumption.event.is_none() {
                    let mut left = consumption.amount;
                    for (_, value, held) in counts.iter().filter(|(id, _, _)| *id == budget.id) {
                        let part = left.min(*held);
                        left -= part;
                        add(&mut spent, budget.id, value.clone(), part);
                    }
                }
            }
        }
        for (id, value, amount) in spent {
            let mut known = self.holds[place].counts.iter_mut();
            if let Some((_, _, held)) = known.find(|(of, one, _)| *of == id && *one == value) {
                *held -= amount.min(*held);
            }
            let mut budgets = self.budgets.iter_mut();
            let own = budgets.find(|budget| budget.id == id);
            let at = self.at;
            let own = own.expect("it was just found");
            own.spent.push((value, amount, at));
        }
    }
}

fn add(counts: &mut Vec<(u64, String, i128)>, id: u64, value: String, amount: i128) {
    match counts
        .iter_mut()
        .find(|(of, one, _)| *of == id && *one == value)
    {
        Some((_, _, sum)) => *sum += amount,
        None => counts.push((id, value, amount)),
    }
}
