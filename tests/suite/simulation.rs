//! A seeded workload whose every outcome is known before it runs.
//!
//! `SEED=123 cargo test simulation` repeats one seed; a failure prints its own. The naive [`Model`] plans each
//! request: accepted with these fees and this state, or refused with this code. Some requests are sent again, or
//! again with another body, and those answers are known as well.

use std::collections::BTreeMap;
use std::io::Write;
use std::rc::Rc;
use std::sync::atomic::{AtomicU64, Ordering};

use scrip::engine::fold::fold_hold;
use scrip::engine::*;
use scrip::journal::memory::MemoryJournal;
use scrip::journal::{Answer, Stop, settle, transact};

use crate::audit::{Audit, pico};
use crate::model::{Model, ONE, Request, Scope, State};
use crate::model_budgets::Source;
use crate::model_periods::What;
use crate::workload::{
    ASSETS, Dice, START, any_request, command, counter_name, position, shown_by,
};
use crate::workload_prices::{limits, prices};

const SEEDS: u64 = 2400;
const COMMANDS: usize = 200;

/// The seed that somebody wants to see again.
pub fn seed_from_env() -> Option<u64> {
    std::env::var("SEED").ok()?.parse().ok()
}

#[test]
fn simulation_agrees_with_the_model() {
    let told = |seed, wrong| panic!("{wrong}\n\nrepeat with SEED={seed} cargo test simulation");
    if let Some(seed) = seed_from_env() {
        return run(seed, &mut BTreeMap::new()).unwrap_or_else(|wrong| told(seed, wrong));
    }
    let next = AtomicU64::new(0);
    let seen = on_every_core(|| {
        let mut seen = BTreeMap::new();
        loop {
            let seed = next.fetch_add(1, Ordering::Relaxed);
            if seed >= SEEDS {
                return seen;
            }
            run(seed, &mut seen).unwrap_or_else(|wrong| told(seed, wrong));
        }
    });
    check_coverage(&sums(seen));
    let commands = SEEDS * COMMANDS as u64;
    let line = format!("{commands} commands of {SEEDS} seeds were foreseen\n");
    let _ = std::io::stderr().write_all(line.as_bytes());
}

/// What each core answers; a panic of one is the test's.
pub fn on_every_core<T: Send>(work: impl Fn() -> T + Sync) -> Vec<T> {
    let cores = std::thread::available_parallelism().map_or(1, usize::from);
    std::thread::scope(|scope| {
        let workers: Vec<_> = (0..cores).map(|_| scope.spawn(&work)).collect();
        let ended = workers.into_iter().map(|one| one.join());
        ended
            .map(|one| one.expect("its own words are above"))
            .collect()
    })
}

/// What all have seen.
pub fn sums(seen: Vec<BTreeMap<String, u64>>) -> BTreeMap<String, u64> {
    let mut sums = BTreeMap::new();
    for (word, times) in seen.into_iter().flatten() {
        *sums.entry(word).or_default() += times;
    }
    sums
}

/// A workload that avoids the hard cases proves nothing.
fn check_coverage(seen: &BTreeMap<String, u64>) {
    let outcomes = [
        "subscribed",
        "credited",
        "hold_authorized",
        "hold_extended",
        "hold_captured",
        "hold_released",
        "usage_recorded",
        "debited",
        "tax_excluded",
        "overdraft_set",
        "budget_set",
        "budget_removed",
        "presets_changed",
        "inherited from a product",
        "inherited from the account",
        "stopped by what is inherited",
        "minimum_charged",
        "topped up",
        "entered a tier",
        "used free units",
        "used a free event",
        "metered",
        "reached its most",
        "pledged",
        "owed",
        "backed",
        "credit_applied",
        "drew on restricted credit",
        "capped",
        "late",
        "tiered",
        "bulk",
        "split",
        "fell_through",
        "another_row",
        "replayed",
        "ticked",
        "wallet_already_open",
        "already_subscribed",
        "hold_not_found",
        "hold_already_ended",
        "payment_not_found",
        "budget_not_found",
        "asset_required",
        "unknown_asset",
        "too_precise",
        "usage_not_a_number",
        "amount_out_of_range",
        "price_missing",
        "budget_exceeded",
        "funds_held",
        "insufficient_funds",
        "operation_id_reused",
    ];
    for outcome in outcomes {
        let times = seen.get(outcome).copied().unwrap_or(0);
        assert!(
            times >= 100,
            "{outcome} was seen {times} times only: {seen:?}"
        );
    }
}

struct Run {
    dice: Dice,
    model: Model,
    journal: MemoryJournal,
    wallet: Wallet,
    audit: Audit,
    clock: i64,
    /// What was accepted, for sending it again.
    accepted: Vec<(Command, Request, Entry)>,
}

fn run(seed: u64, seen: &mut BTreeMap<String, u64>) -> Result<(), String> {
    // Of their own, so that what is asked does not change with them.
    let mut catalogue = Dice(!seed);
    let mut run = Run {
        dice: Dice(seed),
        model: Model {
            at: START,
            prices: Rc::new(prices(&mut catalogue)),
            limits: Rc::new(limits(&mut catalogue)),
            ..Model::default()
        },
        journal: MemoryJournal::default(),
        wallet: Wallet::default(),
        audit: Audit::default(),
        clock: START,
        accepted: Vec::new(),
    };
    let first = [
        Request::Open,
        // Some wallets have the prices with tiers from the start, and so every account; others those that
        // count over a period.
        Request::Subscribe {
            product: match seed % 20 {
                0 => 2,
                1..8 => 3,
                _ => 0,
            },
        },
        Request::Credit {
            asset: 0,
            amount: 50 * ONE,
            purpose: 2,
            from: None,
            until: None,
            scope: Scope::default(),
        },
    ];
    for number in 0..COMMANDS {
        let outcome = match first.get(number) {
            Some(request) => run.ask(number, request.clone()),
            None => run.step(number),
        };
        let told = |wrong| format!("seed {seed}, command {number}: {wrong}");
        let words = outcome.map_err(told)?;
        run.compare().map_err(told)?;
        for word in words {
            *seen.entry(word).or_default() += 1;
        }
    }
    run.audit.finish(&run.journal, &run.wallet)
}

impl Run {
    fn step(&mut self, number: usize) -> Result<Vec<String>, String> {
        self.clock += match self.dice.below(10) {
            0..5 => 0,
            5..8 => self.dice.below(10) as i64,
            8 => self.dice.below(120) as i64,
            // The clock of the machine goes back, the wallet does not.
            _ => -(self.dice.below(20) as i64),
        };
        match self.dice.below(100) {
            0..4 => self.tick(),
            4..10 => self.again(),
            10..14 => self.twist(),
            _ => {
                let request = any_request(&mut self.dice, &self.model);
                self.ask(number, request)
            }
        }
    }

    fn now(&self) -> Instant {
        Instant::from_micros(self.clock * 1_000_000)
    }

    /// Sends a request that the model has planned.
    fn ask(&mut self, number: usize, request: Request) -> Result<Vec<String>, String> {
        let command = command(number, &request, &self.model);
        if let Some((_, _, entry)) = self.accepted.iter().find(|(one, _, _)| *one == command) {
            // The dice have made the same end of the same hold again.
            let entry = entry.clone();
            return self.expect_replay(&command, entry);
        }
        let planned = self.model.plan(self.clock, &request);
        let rows = self.journal.rows.len();
        let result = self.transact(&command)?;
        let told = || format!("{request:?}\nplanned {planned:?}\nbut got {result:?}");
        match (&planned, &result) {
            (Err(code), Err(refusal)) if *code == refusal.code() => {
                let mut words = vec![(*code).to_owned()];
                words.extend(self.stopped_by_inherited(refusal));
                Ok(words)
            }
            (Ok(shown), Ok(answer)) if !answer.replayed => {
                let mut got = shown_by(&answer.entry);
                got.rows = (self.journal.rows.len() - rows) as u64;
                if got != *shown {
                    return Err(format!("{}\nwhich shows {got:?}", told()));
                }
                let entry = answer.entry.clone();
                if let Some(hold) = entry.fact.hold() {
                    self.compare_history(hold)?;
                }
                let mut words = vec![entry.fact.word().to_owned()];
                words.extend(shown.capped.then(|| "capped".to_owned()));
                words.extend(shown.late.then(|| "late".to_owned()));
                for row in &self.journal.rows[rows..] {
                    let moves = row.entry.changes.iter().flat_map(|change| &change.moves);
                    let backs = moves.filter(|one| matches!(one, Move::Back { .. }));
                    words.extend(backs.map(|_| "backed".to_owned()));
                    let word = row.entry.fact.word();
                    let by_time = ["credit_applied", "minimum_charged"].contains(&word);
                    words.extend(by_time.then(|| word.to_owned()));
                    if let Fact::MinimumCharged { fees, .. } = &row.entry.fact {
                        words.extend(fees.iter().map(|_| "topped up".to_owned()));
                    }
                }
                let inherited = self
                    .model
                    .budgets
                    .iter()
                    .filter_map(|one| match one.source {
                        Source::Customer => None,
                        Source::Product => Some("inherited from a product".to_owned()),
                        Source::Account => Some("inherited from the account".to_owned()),
                    });
                words.extend(inherited);
                words.extend(self.pricing_words(&entry));
                words.extend(self.uses(&entry));
                self.accepted.push((command, request, entry));
                Ok(words)
            }
            _ => Err(told()),
        }
    }

    fn stopped_by_inherited(&self, refusal: &Refusal) -> Option<String> {
        let Refusal::BudgetExceeded { exceeded, .. } = refusal else {
            return None;
        };
        let mut budgets = exceeded.iter().map(|one| &self.wallet.budgets[&one.code]);
        let inherited = budgets.any(|one| one.source != budget::Source::Customer);
        inherited.then(|| "stopped by what is inherited".to_owned())
    }

    /// Which rules of pricing an entry shows at work.
    fn pricing_words(&self, entry: &Entry) -> Vec<String> {
        let fees = match &entry.fact {
            Fact::HoldAuthorized { fees, .. }
            | Fact::HoldCaptured { fees, .. }
            | Fact::UsageRecorded { fees, .. } => fees.as_slice(),
            _ => &[],
        };
        let mut words = Vec::new();
        for fee in fees {
            let Some((_, price)) = self.wallet.price(&fee.price_id) else {
                continue;
            };
            let first = price.pricing.first().map(|one| one.asset.code.as_str());
            let parts = fee
                .applied(price)
                .and_then(|applied| applied.parts(fee.volume.unwrap_or_default()).ok())
                .unwrap_or_default();
            let most = price.pricing_in(&fee.asset);
            let most = most.and_then(|one| one.max_per_period);
            let reached = fee.charged.zip(most).is_some_and(|(charged, most)| {
                let before = pico(charged.before.get());
                let after = before + pico(charged.units.get());
                before < after && after == pico(most.amount)
            });
            let enters = |part: &price::Part<'_>| part.enters && part.tier.flat_amount.is_some();
            for (shown, word) in [
                (parts.iter().any(enters), "entered a tier"),
                (fee.free_units.is_some(), "used free units"),
                (fee.free_events.is_some(), "used a free event"),
                (fee.measured.is_some(), "metered"),
                (reached, "reached its most"),
                (fee.tiering.is_some(), price.model.word()),
                (first != Some(fee.asset.as_str()), "fell_through"),
                (fee.row > 0, "another_row"),
                (parts.len() > 1, "split"),
            ] {
                words.extend(shown.then(|| word.to_owned()));
            }
        }
        words
    }

    /// Which kinds of money moved, beside plain credit.
    fn uses(&self, entry: &Entry) -> Vec<String> {
        let restricted = |draw: &Draw| {
            let mut grants = self.model.grants.iter();
            grants.any(|grant| grant.id == draw.grant && !grant.scope.is_everything())
        };
        let moves = entry.changes.iter().flat_map(|change| &change.moves);
        let words = moves.filter_map(|one| match one {
            Move::Pledge { .. } => Some("pledged"),
            Move::Owe { .. } => Some("owed"),
            Move::Reserve(draw) | Move::Draw(draw) | Move::Capture(draw) if restricted(draw) => {
                Some("drew on restricted credit")
            }
            _ => None,
        });
        words.map(str::to_owned).collect()
    }

    fn transact(&mut self, command: &Command) -> Result<Result<Answer, Refusal>, String> {
        let now = self.now();
        let commands = std::slice::from_ref(command);
        match transact(&mut self.journal, &mut self.wallet, now, commands) {
            Ok(mut answers) => Ok(Ok(answers.pop().ok_or("no answer")?)),
            Err((_, Stop::Refused(refusal))) => Ok(Err(refusal)),
            Err((_, Stop::Failed(never))) => match never {},
        }
    }

    fn expect_replay(&mut self, command: &Command, entry: Entry) -> Result<Vec<String>, String> {
        let replay = Answer {
            entry,
            replayed: true,
        };
        let result = self.transact(command)?;
        if result.as_ref() == Ok(&replay) {
            return Ok(vec!["replayed".into()]);
        }
        Err(format!("sent again: {command:?}\nbut got {result:?}"))
    }

    fn again(&mut self) -> Result<Vec<String>, String> {
        let place = self.dice.pick(self.accepted.len());
        let (command, _, entry) = self.accepted[place].clone();
        self.expect_replay(&command, entry)
    }

    fn twist(&mut self) -> Result<Vec<String>, String> {
        let place = self.dice.pick(self.accepted.len());
        let (mut command, request, entry) = self.accepted[place].clone();
        command.request = "another body".into();
        let ended = match request {
            Request::Release { .. } | Request::Capture { closes: true, .. } => true,
            // A late part that came as the last one.
            _ => matches!(
                entry.fact,
                Fact::HoldCaptured {
                    late: true,
                    closes: true,
                    ..
                }
            ),
        };
        let code = if ended {
            "hold_already_ended"
        } else {
            "operation_id_reused"
        };
        match self.transact(&command)? {
            Err(refusal) if refusal.code() == code => Ok(vec![code.into()]),
            result => Err(format!("{command:?}\nplanned {code}\nbut got {result:?}")),
        }
    }

    fn tick(&mut self) -> Result<Vec<String>, String> {
        let before = self.model.seq;
        // A tick that has nothing to write down leaves the time of the wallet alone.
        let mut next = self.model.clone();
        next.pass(self.clock);
        if next.seq > before {
            self.model = next;
        }
        let now = self.now();
        let rows = settle(&mut self.journal, &mut self.wallet, now);
        if rows == Ok((self.model.seq - before) as usize) {
            return Ok(vec!["ticked".into()]);
        }
        Err(format!(
            "planned {} rows, got {rows:?}",
            self.model.seq - before
        ))
    }

    // What is compared.

    /// Grants, holds and debts, one by one.
    fn compare(&mut self) -> Result<(), String> {
        self.audit.step(&self.journal, &self.wallet)?;
        if self.wallet.seq != self.model.seq {
            return Err(format!("seq {} not {}", self.wallet.seq, self.model.seq));
        }
        for asset in 0..ASSETS.len() {
            self.compare_account(asset)?;
        }
        self.compare_positions()?;
        self.compare_counters()?;
        self.compare_topped_up()?;
        self.compare_budgets()?;
        let open = self
            .model
            .holds
            .iter()
            .filter(|hold| hold.state == State::Open);
        let open: Vec<_> = open.collect();
        if open.len() != self.wallet.holds.len() {
            return Err(format!("open holds: {open:?} not {:?}", self.wallet.holds));
        }
        for hold in open {
            let other = self.wallet.holds.get(&hold.id).ok_or("a hold is missing")?;
            let draws = other.reservations.iter().flat_map(|one| &one.draws);
            let mut draws: Vec<_> = draws.map(|draw| (draw.grant, pico(draw.amount))).collect();
            let mut parts = hold.parts.clone();
            draws.sort_unstable();
            parts.sort_unstable();
            let expires = hold.expires * 1_000_000;
            let pledged = ASSETS.map(|asset| {
                let one = other.reservation(&AccountId::default_for(asset));
                one.map_or(0, |one| pico(one.pledged))
            });
            let same = draws == parts && pledged == hold.pledged;
            if !same || other.expires_at.micros() != expires {
                return Err(format!("planned {hold:?}\nbut it is {other:?}"));
            }
        }
        Ok(())
    }

    fn compare_budgets(&self) -> Result<(), String> {
        let (mut planned, mut allows) = (BTreeMap::new(), BTreeMap::new());
        for budget in &self.model.budgets {
            for value in self.model.values(budget) {
                let used = self.model.used(budget, &value);
                planned.insert((budget.code.to_string(), budget.id, value), used);
            }
            let says = (budget.source, budget.limit, budget.warns);
            allows.insert((budget.code.to_string(), budget.id), says);
        }
        let (mut real, mut told) = (BTreeMap::new(), BTreeMap::new());
        for (code, budget) in &self.wallet.budgets {
            let source = match budget.source {
                budget::Source::Customer => Source::Customer,
                budget::Source::Product => Source::Product,
                budget::Source::Account => Source::Account,
            };
            let says = (source, pico(budget.terms.limit), budget.terms.warn_only);
            told.insert((code.clone(), budget.id), says);
            for (value, tally) in &budget.tallies {
                let used = (pico(tally.spent), pico(tally.held));
                real.insert((code.clone(), budget.id, value.clone()), used);
            }
        }
        if planned == real && allows == told {
            return Ok(());
        }
        Err(format!(
            "budgets planned {allows:?}: {planned:?}\nbut they are {told:?}: {real:?}"
        ))
    }

    /// What the journal tells of a hold, also of one that has ended.
    fn compare_history(&self, id: u64) -> Result<(), String> {
        let entries = self.journal.rows.iter().map(|row| &row.entry);
        let hold = fold_hold(entries.filter(|entry| entry.fact.hold() == Some(id)));
        let hold = hold.ok_or("a hold without history")?;
        let planned = self.model.holds.iter().find(|one| one.id == id);
        let planned = planned.ok_or("a hold that was not planned")?;
        let status = match planned.state {
            State::Open => HoldStatus::Open,
            State::Captured => HoldStatus::Captured,
            State::Released => HoldStatus::Released,
            State::Expired => HoldStatus::Expired,
        };
        let sums = |asset: &str| {
            let one = hold.reservation(&AccountId::default_for(asset));
            one.map_or((0, 0), |one| (pico(one.held), pico(one.captured)))
        };
        let sums = ASSETS.map(sums);
        let wanted = [0, 1, 2].map(|asset| (planned.held[asset], planned.captured[asset]));
        if hold.status == status && sums == wanted {
            return Ok(());
        }
        Err(format!(
            "planned {planned:?}\nbut the journal tells {hold:?}"
        ))
    }

    /// What the tiers have counted.
    fn compare_positions(&self) -> Result<(), String> {
        let prices = 0..self.model.prices.len();
        let ids: Vec<String> = prices.map(|place| format!("price_{place}")).collect();
        let positions = |id: &String| {
            let own = self.wallet.positions.of(id).iter();
            own.map(|one| position(id, one)).collect::<Vec<_>>()
        };
        let mut real: Vec<_> = ids.iter().flat_map(positions).collect();
        let mut planned = self.model.positions.clone();
        real.sort_unstable();
        planned.sort_unstable();
        if real == planned {
            return Ok(());
        }
        Err(format!(
            "planned {planned:?}\nbut the positions are {real:?}"
        ))
    }

    /// What is counted over a period beside the tiers.
    fn compare_counters(&self) -> Result<(), String> {
        let all = (0..self.model.prices.len()).flat_map(|place| {
            let charged = (0..ASSETS.len()).map(What::Charged);
            let what = charged.chain([What::FreeUnits, What::FreeEvents]);
            what.map(move |what| (place, what))
        });
        for (place, what) in all {
            let name = counter_name(&(place, what, 0, 0));
            let own = self.wallet.positions.of(&name).iter();
            let mut real: Vec<_> = own
                .map(|one| (one.since.micros() / 1_000_000, pico(one.used.get())))
                .filter(|(_, used)| *used != 0)
                .collect();
            let own = self.model.counters.iter();
            let own = own.filter(|one| (one.0, one.1) == (place, what) && one.3 != 0);
            let mut planned: Vec<_> = own.map(|one| (one.2, one.3)).collect();
            real.sort_unstable();
            planned.sort_unstable();
            if real != planned {
                return Err(format!("{name}: planned {planned:?}, but it is {real:?}"));
            }
        }
        Ok(())
    }

    /// What was charged when months were over, price by price.
    fn compare_topped_up(&self) -> Result<(), String> {
        let facts = self.journal.rows.iter().map(|row| &row.entry.fact);
        let fees = facts.filter_map(|fact| match fact {
            Fact::MinimumCharged { fees, .. } => Some(fees),
            _ => None,
        });
        let mut real: Vec<_> = fees
            .flatten()
            .map(|fee| (fee.price_id.clone(), fee.asset.clone(), pico(fee.amount)))
            .collect();
        let planned = self.model.topped_up.iter();
        let mut planned: Vec<_> = planned
            .map(|(price, asset, amount)| {
                (format!("price_{price}"), ASSETS[*asset].to_owned(), *amount)
            })
            .collect();
        real.sort_unstable();
        planned.sort_unstable();
        if real == planned {
            return Ok(());
        }
        Err(format!(
            "planned minimums {planned:?}, but charged were {real:?}"
        ))
    }

    fn compare_account(&self, asset: usize) -> Result<(), String> {
        let account = self
            .wallet
            .accounts
            .get(&AccountId::default_for(ASSETS[asset]));
        if account.is_some() != self.model.exists[asset] {
            return Err(format!("the account in {} is {account:?}", ASSETS[asset]));
        }
        let Some(account) = account else {
            return Ok(());
        };
        let reserved = |grant: u64| -> i128 {
            let parts = self.model.holds.iter().flat_map(|hold| &hold.parts);
            parts
                .filter(|(of, _)| *of == grant)
                .map(|(_, part)| part)
                .sum()
        };
        let own = self
            .model
            .grants
            .iter()
            .filter(|grant| grant.asset == asset);
        let own = own.map(|grant| (grant.id, grant.free, reserved(grant.id)));
        let mut planned: Vec<_> = own.filter(|(_, free, held)| free + held > 0).collect();
        let grants = account.grants.iter();
        let mut real: Vec<_> = grants
            .map(|grant| (grant.id, pico(grant.free), pico(grant.reserved)))
            .collect();
        planned.sort_unstable();
        real.sort_unstable();
        let available = self.model.available(asset);
        let told = account.available(self.wallet.at).map(pico);
        let own = [account.overdraft, account.pledged, account.debt].map(pico);
        let (overdraft, debt) = (self.model.overdraft[asset], self.model.debt[asset]);
        let wanted = [overdraft, self.model.pledged(asset), debt];
        if planned == real && own == wanted && told == Ok(available) {
            return Ok(());
        }
        Err(format!(
            "planned {planned:?}, debt {}, available {available}\nbut it is {account:?}",
            self.model.debt[asset]
        ))
    }
}
