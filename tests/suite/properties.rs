//! The laws under arbitrary commands: sensible ones, and absurd ones that are huge, negative or of another
//! time.
//!
//! `SEED=123 cargo test properties` runs the same cases again; a failure prints its seed and its commands.

use std::collections::BTreeMap;

use proptest::prelude::*;
use proptest::test_runner::{Config, RngSeed};
use rust_decimal::Decimal;
use scrip::engine::fold::fold_hold;
use scrip::engine::recharging::recharges;
use scrip::engine::usage::Datum;
use scrip::engine::*;
use scrip::journal::memory::MemoryJournal;
use scrip::journal::turns::{Turn, settle_turn};
use scrip::journal::{Answer, Row, Stop, recharge, settle, snapshot, transact};
use scrip::wire::money::{given_back, reversal_op};
use scrip::wire::usage::{Known, pricing_op};

use crate::arbitrary::{START, Try, history};
use crate::arbitrary_recharges::rates;
use crate::audit::{Audit, pico};
use crate::simulation::seed_from_env;

/// So many cases, repeatable by their seed, and without files beside the source.
pub fn config(cases: u32) -> Config {
    let seed = seed_from_env().unwrap_or_else(|| {
        let now = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH);
        now.map_or(0, |since| since.as_secs())
    });
    // Shown only when the test fails.
    println!("repeat with SEED={seed}");
    Config {
        cases,
        failure_persistence: None,
        rng_seed: RngSeed::Fixed(seed),
        ..Config::default()
    }
}

/// The world that a history runs in.
#[derive(Default)]
pub struct World {
    pub journal: MemoryJournal,
    pub wallet: Wallet,
    audit: Audit,
    clock: i64,
    pub commands: usize,
    accepted: Vec<(Command, Entry)>,
    pub holds: Vec<u64>,
    pub grants: Vec<u64>,
    pub subscriptions: Vec<u64>,
    snapshot: Option<(usize, String)>,
}

type Checked = Result<(), TestCaseError>;

fn broken(law: impl Into<String>) -> TestCaseError {
    TestCaseError::fail(law.into())
}

impl World {
    pub fn starting() -> Self {
        Self {
            clock: START,
            ..Self::default()
        }
    }

    pub fn rows(&self) -> &[Row] {
        &self.journal.rows
    }

    /// The slow laws, for the end of a history.
    pub fn end(&mut self) -> Checked {
        prop_assert_eq!(&self.wake()?, &self.wallet, "a snapshot changed the wallet");
        self.audit
            .finish(&self.journal, &self.wallet)
            .map_err(broken)?;
        self.sleep_till_nothing_is_left()?;
        check_ends(&self.journal)
    }

    pub fn step(&mut self, passed: i64, one: &Try) -> Checked {
        self.clock = self.clock.saturating_add(passed);
        match one {
            Try::Batch(tries) => {
                // What is looked up in the rows is asked alone, so that nothing comes between.
                let alone = |one: &&Try| {
                    matches!(one, Try::Bill { .. } | Try::Reverse { .. } | Try::Loss(_))
                };
                let tries = tries.iter().filter(|one| !alone(one));
                let commands = tries.map(|one| self.command(one)).collect();
                self.transact(commands)?;
            }
            Try::Tick => self.tick()?,
            Try::Snapshot => self.save()?,
            Try::Again { which } => self.again(*which)?,
            Try::Twist { which } => self.twist(*which)?,
            Try::Decide { command, hold } => {
                let command = self.command(command);
                let about = self.pick(*hold, &self.holds);
                let rows = self.journal.rows.iter().map(|row| &row.entry);
                let ended = fold_hold(rows.filter(|entry| entry.fact.hold() == Some(about)));
                // Whatever the answer is, it is one, and it changes nothing.
                let _ = decide(&self.wallet, ended.as_ref(), self.now(), &command);
            }
            _ => {
                let command = self.command(one);
                self.transact(vec![command])?;
            }
        }
        self.audit
            .step(&self.journal, &self.wallet)
            .map_err(broken)?;
        self.fire()
    }

    /// Recharge rules fire after every step, as in a wallet's object; then none is due.
    fn fire(&mut self) -> Checked {
        let now = self.now();
        let rows = self.journal.rows.len();
        let (journal, rates) = (&mut self.journal, rates());
        let fired = recharge(journal, &mut self.wallet, &rates, now);
        prop_assert_eq!(fired, Ok(self.journal.rows.len() - rows));
        prop_assert!(recharges(&self.wallet, &rates, now).is_none());
        self.audit.step(&self.journal, &self.wallet).map_err(broken)
    }

    pub const fn wallet(&self) -> &Wallet {
        &self.wallet
    }

    fn now(&self) -> Instant {
        Instant::from_micros(self.clock)
    }

    /// The one that the number picks; something unknown when there is none, and now and then anyway.
    pub fn pick(&self, which: usize, known: &[u64]) -> u64 {
        let place = which % (known.len() + 1);
        known.get(place).copied().unwrap_or(1_000_000)
    }

    /// Prices an event that was unpriced or estimated, whether it has been priced since or not.
    pub fn bill(&self, which: usize, known: &Known) -> Option<Command> {
        let entries = self.journal.rows.iter().map(|row| &row.entry);
        let mut all = Vec::new();
        for entry in entries.clone() {
            // What was taken back is to cost nothing.
            if self.happened(&reversal_op(entry.seq)) {
                continue;
            }
            let (unpriced, estimated) = scrip::wire::usage::unpriced(&entry.fact);
            // Estimates are rare, and so they are picked more often.
            let often = estimated.iter().cycle().take(5 * estimated.len());
            all.extend(unpriced.iter().chain(often).map(|place| (entry, *place)));
        }
        let (entry, place) = *all.get(which.checked_rem(all.len())?)?;
        let lots = entries.flat_map(Entry::opened).collect();
        scrip::wire::usage::price(entry, place, known, None, lots)
    }

    fn happened(&self, op: &str) -> bool {
        self.journal.rows.iter().any(|row| row.entry.op == op)
    }

    /// A part of what an entry charged has come back by a pricing, so that it cannot come back whole.
    pub fn is_corrected(&self, entry: &Entry) -> bool {
        let places = scrip::wire::usage::unpriced(&entry.fact).1;
        let ops = places.iter().map(|place| pricing_op(entry.seq, *place));
        let ops: Vec<_> = ops.collect();
        let rows = self.journal.rows.iter().map(|row| &row.entry);
        rows.filter(|entry| ops.contains(&entry.op))
            .any(|entry| !given_back(entry).is_empty())
    }

    /// One of the products of a subscription, or something unknown.
    pub fn product_of(&self, subscription: u64, which: usize) -> String {
        let products = self.wallet.subscription(subscription);
        let products = products.map_or(&[][..], |one| &one.products);
        let place = which % (products.len() + 1);
        products
            .get(place)
            .map_or_else(|| "prod_unknown".to_owned(), |one| one.id.clone())
    }

    /// Runs commands as one step. Accepted or refused, the laws of either must hold.
    fn transact(&mut self, commands: Vec<Command>) -> Result<Option<Vec<Answer>>, TestCaseError> {
        let before = (self.wallet.clone(), self.journal.rows.len());
        let now = self.now();
        match transact(&mut self.journal, &mut self.wallet, now, &commands) {
            Ok(answers) => {
                prop_assert_eq!(answers.len(), commands.len());
                let alone = commands.len() == 1;
                for (command, answer) in commands.into_iter().zip(&answers) {
                    if alone && !answer.replayed {
                        check_authorization(&before.0, &self.wallet, now, &command, &answer.entry)?;
                    }
                    self.learn(command, answer)?;
                }
                Ok(Some(answers))
            }
            Err((place, Stop::Refused(refusal))) => {
                prop_assert!(place < commands.len());
                prop_assert!(
                    before == (self.wallet.clone(), self.journal.rows.len()),
                    "the refusal {:?} changed the wallet",
                    refusal
                );
                prop_assert!(refusal != Refusal::WrongWallet);
                if let [command] = commands.as_slice() {
                    check_denial(&self.wallet, now, command, &refusal)?;
                }
                Ok(None)
            }
            Err((_, Stop::Failed(never))) => match never {},
        }
    }

    fn learn(&mut self, command: Command, answer: &Answer) -> Checked {
        let known = self
            .accepted
            .iter()
            .find(|(_, entry)| entry.op == answer.entry.op);
        if let Some((_, first)) = known {
            prop_assert!(answer.replayed, "an operation happened twice");
            prop_assert_eq!(first, &answer.entry);
            return Ok(());
        }
        prop_assert!(!answer.replayed, "a replay of what never happened");
        match &answer.entry.fact {
            Fact::Credited { grant, .. } => self.grants.push(*grant),
            Fact::HoldAuthorized { hold, .. } => self.holds.push(*hold),
            Fact::Subscribed { .. } => self.subscriptions.push(answer.entry.seq),
            _ => {}
        }
        self.accepted.push((command, answer.entry.clone()));
        Ok(())
    }

    fn again(&mut self, which: usize) -> Checked {
        if self.accepted.is_empty() {
            return Ok(());
        }
        let (command, first) = self.accepted[which % self.accepted.len()].clone();
        let answers = self.transact(vec![command])?;
        let replay = Answer {
            entry: first,
            replayed: true,
        };
        prop_assert_eq!(answers, Some(vec![replay]));
        Ok(())
    }

    fn twist(&mut self, which: usize) -> Checked {
        if self.accepted.is_empty() {
            return Ok(());
        }
        let (mut command, _) = self.accepted[which % self.accepted.len()].clone();
        command.request = "another body".into();
        let answers = self.transact(vec![command])?;
        prop_assert_eq!(answers, None, "an id was accepted with another body");
        Ok(())
    }

    fn tick(&mut self) -> Checked {
        let now = self.now();
        let seen = as_of(&self.wallet, now).into_owned();
        let rows = self.journal.rows.len();
        // In turns of any size, which end anywhere.
        let turn = Turn {
            rows: 1 + rows % 4,
            bytes: usize::MAX,
        };
        let mut count = 0;
        loop {
            let settled = settle_turn(&mut self.journal, &mut self.wallet, now, turn);
            let (written, is_whole) = settled.map_err(|never| match never {})?;
            count += written;
            if is_whole {
                break;
            }
        }
        prop_assert_eq!(count, self.journal.rows.len() - rows);
        prop_assert_eq!(
            &seen,
            &self.wallet,
            "a read saw another wallet than a tick makes"
        );
        prop_assert!(
            tick(&self.wallet, now).is_empty(),
            "time has left something undone"
        );
        let later = |expiry: Instant| expiry > now.max(self.wallet.at);
        prop_assert!(self.wallet.next_expiry().is_none_or(later));
        Ok(())
    }

    fn save(&mut self) -> Checked {
        let text = snapshot::text(&self.wallet);
        let read = snapshot::read(&text);
        // From here on the history runs on the wallet that was read back.
        self.wallet = read.ok_or_else(|| broken(format!("it cannot be read: {text}")))?;
        self.snapshot = Some((self.journal.rows.len(), text));
        Ok(())
    }

    /// Waking up: the last snapshot and the rows behind it, both read from their texts.
    fn wake(&self) -> Result<Wallet, TestCaseError> {
        let (rows, mut wallet) = match &self.snapshot {
            Some((rows, text)) => {
                let read = snapshot::read(text).expect("it was read before");
                (*rows, read)
            }
            None => (0, Wallet::default()),
        };
        for row in &self.journal.rows[rows..] {
            let read = Row::read(row.text.clone(), row.hash.clone()).map_err(broken)?;
            apply(&mut wallet, &read.entry);
        }
        Ok(wallet)
    }

    /// The alarm always has work, and gets it done: it does not ring for nothing, and without
    /// subscriptions not for ever. With them there is always more, so a year has to do.
    fn sleep_till_nothing_is_left(&mut self) -> Checked {
        let year = Instant::from_micros(self.clock.saturating_add(366 * 86_400_000_000));
        let ends = self.wallet.subscriptions.is_empty();
        while let Some(next) = self
            .wallet
            .next_expiry()
            .filter(|next| ends || *next < year)
        {
            let count = settle(&mut self.journal, &mut self.wallet, next);
            prop_assert!(
                count.is_ok_and(|rows| rows > 0),
                "the alarm rang for nothing"
            );
        }
        prop_assert!(self.wallet.holds.is_empty());
        self.audit.step(&self.journal, &self.wallet).map_err(broken)
    }
}

/// What a denial calls affordable passes, and one smallest step more does not; once holds are over that
/// keep the money, the same question passes.
fn check_denial(wallet: &Wallet, now: Instant, command: &Command, refusal: &Refusal) -> Checked {
    let Action::Authorize { ask, .. } = &command.action else {
        return Ok(());
    };
    let again = |ask: Ask, at: Instant| {
        let mut command = command.clone();
        if let Action::Authorize {
            ask: asked,
            on_insufficient,
            ..
        } = &mut command.action
        {
            *asked = ask;
            *on_insufficient = OnInsufficient::Deny;
        }
        decide(wallet, None, at, &command)
    };
    if let Refusal::FundsHeld { frees_at, .. } = refusal {
        prop_assert!(*frees_at > now.max(wallet.at));
        // What a subscription does meanwhile is something else that happens, and so is a window that
        // turns. Usage may reach another tier by then, so only amounts ask the same.
        let plain = matches!(ask, Ask::Amount { .. });
        let alone = wallet.subscriptions.is_empty() && wallet.budgets.is_empty();
        prop_assert!(
            !plain || !alone || again(ask.clone(), *frees_at).is_ok(),
            "still denied: {:?}",
            refusal
        );
    }
    let shortages = match refusal {
        Refusal::FundsHeld { shortages, .. } | Refusal::InsufficientFunds { shortages } => {
            shortages
        }
        Refusal::BudgetExceeded { asked, .. } => asked,
        _ => return Ok(()),
    };
    let Ask::Amount { asset, .. } = ask else {
        return check_volumes(wallet, ask, shortages, |ask| again(ask, now));
    };
    let most = shortages[0].affordable.expect("an amount can be lowered");
    let account = AccountId::default_for(asset);
    let places = as_of(wallet, now);
    let places = places.accounts.get(&account);
    let places = places.map_or(12, |account| account.asset.precision);
    let step = Amount::new(Decimal::new(1, places)).expect("a step");
    let asks = |amount| Ask::Amount {
        asset: asset.clone(),
        amount,
    };
    prop_assert!(again(asks(most), now).is_ok(), "{} of {:?}", most, refusal);
    let more = most.plus(step).expect("in range");
    prop_assert!(again(asks(more), now).is_err(), "{} of {:?}", more, refusal);
    Ok(())
}

/// The same of volumes, where they can be lowered one by one and every fee is linear.
fn check_volumes(
    wallet: &Wallet,
    ask: &Ask,
    shortages: &[refusal::Shortage],
    decided: impl Fn(Ask) -> Result<Vec<Entry>, Refusal>,
) -> Checked {
    let Ask::Usage(events) = ask else {
        return Ok(());
    };
    let prices = || wallet.products().flat_map(|product| &product.prices);
    let linear = |price: &Price| price.model == price::Model::Flat && price.pricing.len() == 1;
    let volumes: Vec<_> = shortages.iter().flat_map(|one| &one.volumes).collect();
    if volumes.is_empty() || !prices().all(linear) {
        return Ok(());
    }
    let lower = |to: &mut Vec<UsageEvent>, one: &refusal::AffordableVolume, volume: Amount| {
        let field = one.volume_field.clone()?;
        let event = to.get_mut(one.event)?;
        let counts = |price: &&Price| {
            price.event_type == event.event_type && price.volume_field.as_ref() == Some(&field)
        };
        // A field that several prices count has a limit by each of them.
        let alone = prices().filter(counts).count() == 1;
        event.data.insert(field, Datum::Text(volume.to_string()));
        alone.then_some(())
    };
    let mut lowered = events.clone();
    for one in &volumes {
        if lower(&mut lowered, one, one.affordable.get()).is_none() {
            return Ok(());
        }
    }
    // A unit price that does not fit cannot be lowered.
    if volumes.iter().all(|one| one.affordable.get().is_positive()) {
        let fits = decided(Ask::Usage(lowered.clone()));
        prop_assert!(fits.is_ok(), "{:?} of {:?}: {:?}", volumes, events, fits);
    }
    for one in volumes {
        let places = if one.requested.is_whole() { 0 } else { 12 };
        let step = Amount::new(Decimal::new(1, places)).expect("a step");
        let volume = one.affordable.get().plus(step).expect("in range");
        let mut more = lowered.clone();
        lower(&mut more, one, volume);
        prop_assert!(decided(Ask::Usage(more)).is_err(), "one more of {:?}", one);
    }
    Ok(())
}

/// A hold was covered when it was made; a capped one is the most that was covered.
fn check_authorization(
    before: &Wallet,
    after: &Wallet,
    now: Instant,
    command: &Command,
    entry: &Entry,
) -> Checked {
    let Action::Authorize { ask, .. } = &command.action else {
        return Ok(());
    };
    let Fact::HoldAuthorized {
        hold,
        fees,
        caps,
        capped,
        ..
    } = &entry.fact
    else {
        return Err(broken("an authorization is another fact"));
    };
    let then = as_of(before, now);
    // What any use may spend and the overdraft, and the restricted credit beside it.
    let reach = |wallet: &Wallet, account: &AccountId| {
        let balance = wallet.balance(account, wallet.at.max(now));
        let balance = balance.expect("in range");
        let overdraft = wallet.accounts.get(account).map(|one| one.overdraft);
        let available = pico(balance.available()) + pico(overdraft.unwrap_or_default());
        (available, pico(balance.restricted))
    };
    let reservations = &after.holds.get(hold).expect("a hold").reservations;
    for one in reservations.iter().filter(|one| one.held.is_positive()) {
        let (had, has) = (reach(&then, &one.account), reach(after, &one.account));
        prop_assert_eq!(has.0 + has.1, had.0 + had.1 - pico(one.held));
        prop_assert!(
            has.0 >= 0 || has.0 == had.0,
            "overspent: {} within reach",
            has.0
        );
    }
    let (true, Ask::Usage(events)) = (*capped, ask) else {
        if *capped {
            // It is the most: the money is used up, or a budget is.
            let counts = entry.counts.iter();
            let mut full = counts.filter(|count| {
                let mut budgets = after.budgets.values();
                let own = budgets.find(|budget| budget.id == count.budget);
                own.is_some_and(|own| own.left(&count.value, entry.at).is_zero())
            });
            // A limit of one call counts nothing: what is held is as much as it lets one ask.
            let held = reservations[0].held;
            let mut calls = after.budgets.values().filter(|one| !one.terms.counts());
            let used_up = full.next().is_some() || calls.any(|one| one.terms.limit == held);
            let spendable = reach(after, &reservations[0].account).0;
            prop_assert!(spendable == 0 || used_up);
        }
        return Ok(());
    };
    let restricted = |account: &WalletAccount| account.grants.iter().any(Grant::is_restricted);
    if !then.budgets.is_empty() || then.accounts.values().any(restricted) {
        // The simulation's wallet foresees what is affordable within those.
        return Ok(());
    }
    let reach = |asset: &str| reach(&then, &AccountId::default_for(asset)).0;
    check_caps(after, fees, caps, events, reach)
}

/// Each fee fits into what the ones before it left, and of a lowered one nothing more would.
fn check_caps(
    after: &Wallet,
    fees: &[Fee],
    caps: &[price::Cap],
    events: &[UsageEvent],
    reach: impl Fn(&str) -> i128,
) -> Checked {
    let mut spent: BTreeMap<&str, i128> = BTreeMap::new();
    for fee in fees {
        let spent = spent.entry(&fee.asset).or_default();
        let left = reach(&fee.asset).max(0) - *spent;
        prop_assert!(pico(fee.amount) <= left);
        let cap = caps
            .iter()
            .find(|cap| (cap.event, &cap.price_id) == (fee.event, &fee.price_id));
        let mut products = after.products().flat_map(|product| &product.prices);
        let price = products.find(|price| price.id == fee.price_id);
        let price = price.expect("the price of the fee");
        // What several assets pay for together is foreseen by the simulation's wallet.
        if let Some(cap) = cap.filter(|_| price.pricing.len() == 1) {
            prop_assert!(cap.affordable <= cap.requested);
            let places = if cap.requested.is_whole() { 0 } else { 12 };
            let step = Amount::new(Decimal::new(1, places)).expect("a step");
            let next = cap.affordable.get().plus(step).ok().and_then(Quantity::new);
            let applied = fee.applied(price).expect("the row of the fee");
            let next = applied.amount(next.expect("in range"));
            let fits = next.is_ok_and(|next| pico(next) <= left);
            prop_assert!(!fits, "one more unit would fit: {:?} of {:?}", cap, events);
        }
        *spent += pico(fee.amount);
    }
    Ok(())
}

/// Every hold ends once; only an expired one is captured to its end afterwards, once, and late.
fn check_ends(journal: &MemoryJournal) -> Checked {
    let mut ends: BTreeMap<u64, Vec<&'static str>> = BTreeMap::new();
    for row in &journal.rows {
        let end = match &row.entry.fact {
            Fact::HoldCaptured {
                late: true,
                closes: true,
                ..
            } => Some("late"),
            // A part, before or after the expiry, leaves the hold as it is.
            Fact::HoldCaptured { closes: true, .. } => Some("captured"),
            Fact::HoldReleased { .. } => Some("released"),
            Fact::HoldExpired { .. } => Some("expired"),
            _ => None,
        };
        if let (Some(hold), Some(end)) = (row.entry.fact.hold(), end) {
            ends.entry(hold).or_default().push(end);
        }
    }
    for (hold, ends) in ends {
        let once = matches!(
            ends.as_slice(),
            ["captured"] | ["released"] | ["expired"] | ["expired", "late"]
        );
        prop_assert!(once, "hold {} ended as {:?}", hold, ends);
    }
    Ok(())
}

proptest! {
    #![proptest_config(config(400))]

    #[test]
    fn any_history_obeys_the_laws(history in history()) {
        let mut world = World::starting();
        for (passed, one) in &history {
            world.step(*passed, one)?;
        }
        world.end()?;
    }

    /// Dropping any snapshots, and taking others, changes nothing: all of them fold to one wallet.
    #[test]
    fn snapshots_change_nothing(history in history(), places in proptest::collection::vec(0_usize..60, 1..4)) {
        let mut world = World::starting();
        for (passed, one) in &history {
            world.step(*passed, one)?;
        }
        let rows = &world.journal.rows;
        let mut wallet = Wallet::default();
        for (place, row) in rows.iter().enumerate() {
            if places.contains(&place) {
                wallet = snapshot::read(&snapshot::text(&wallet)).expect("a wallet");
            }
            apply(&mut wallet, &row.entry);
        }
        prop_assert_eq!(wallet, world.wallet);
    }

    #[test]
    fn an_amount_is_read_as_it_is_printed(mantissa in -(10_i128.pow(27) - 1)..10_i128.pow(27), scale in 0_u32..=12) {
        let value = Decimal::from_i128_with_scale(mantissa / 10_i128.pow(12 - scale), scale);
        let amount = Amount::new(value).expect("in range");
        let text = amount.to_string();
        prop_assert_eq!(Amount::parse(&text), Ok(amount));
        prop_assert_eq!(Amount::parse_json_number(&text), Ok(amount));
        prop_assert_eq!(serde_json::from_str::<Amount>(&format!("\"{text}\"")).ok(), Some(amount));
        // Printed without superfluous zeros, so that equal amounts are equal texts.
        prop_assert!(!text.contains('.') || !text.ends_with(['0', '.']));
    }

    #[test]
    fn sums_are_exact_or_refused(left in -(10_i128.pow(27) - 1)..10_i128.pow(27), right in -(10_i128.pow(27) - 1)..10_i128.pow(27)) {
        let amount = |pico| Amount::new(Decimal::from_i128_with_scale(pico, 12)).expect("in range");
        for (result, exact) in [
            (amount(left).plus(amount(right)), left + right),
            (amount(left).minus(amount(right)), left - right),
        ] {
            match result {
                Ok(result) => prop_assert_eq!(pico(result), exact),
                Err(error) => {
                    prop_assert_eq!(error, AmountError::TooLarge);
                    prop_assert!(exact.abs() >= 10_i128.pow(27));
                }
            }
        }
    }

    #[test]
    fn no_text_makes_the_reader_panic(text in "\\PC{0,40}", number in "-?[0-9.eE+-]{0,70}") {
        for text in [text, number] {
            let _ = Amount::parse(&text);
            if let Ok(amount) = Amount::parse_json_number(&text) {
                prop_assert_eq!(Amount::parse(&amount.to_string()), Ok(amount));
            }
        }
    }
}
