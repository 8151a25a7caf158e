//! Plays the scenario tables: the only place where their words meet the API.
//!
//! Every step runs through [`transact`] over a journal in memory, so that ids, replays and refusals are
//! real. Around each step stand the laws of [`Audit`] and three more: a refusal changes nothing, the
//! same command again is the same answer, the same id with another body is refused.

use std::collections::{BTreeMap, BTreeSet};
use std::io::Write;
use std::path::PathBuf;

use scrip::engine::*;
use scrip::journal::memory::MemoryJournal;
use scrip::journal::{Answer, Stop, settle, transact};

use crate::audit::Audit;
use crate::scenario::{Case, Step, read};
use crate::scenario_commands::repeated;
use crate::scenario_observed::{Observed, label_of, observed_answers, observed_refusal};

/// T0 of every case, in microseconds: 2026-01-01T00:00:00Z.
pub const START: i64 = 1_767_225_600_000_000;

/// What may not happen unnoticed: a step that shows one of these must expect it.
const SURPRISES: [&str; 17] = [
    "refused",
    "replayed",
    "due",
    "borrowed",
    "repaid",
    "lapsed",
    "warns",
    "late",
    "capped",
    "pledged",
    "owed",
    "carried",
    "taken",
    "planned",
    "estimated",
    "intends",
    "defers",
];

/// Every case of every file, by file name.
pub fn all_cases() -> Vec<(String, Vec<Case>)> {
    let folder = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("tests/scenarios");
    let files = std::fs::read_dir(&folder).expect("tests/scenarios is there");
    let paths = files.map(|file| file.expect("a readable folder").path());
    // In the order of their names, whatever the file system says.
    let paths: BTreeSet<PathBuf> = paths.collect();
    let read_file = |path: PathBuf| {
        let name = path.file_name().expect("a file has a name");
        let name = format!("tests/scenarios/{}", name.to_string_lossy());
        let text = std::fs::read_to_string(&path).expect("a readable file");
        let cases = read(&name, &text).unwrap_or_else(|wrong| panic!("{wrong}"));
        (name, cases)
    };
    paths.into_iter().map(read_file).collect()
}

#[test]
fn every_scenario_holds() {
    let files = all_cases();
    let mut names = BTreeSet::new();
    let (mut cases, mut steps, mut failures) = (0, 0, Vec::new());
    for case in files.iter().flat_map(|(_, cases)| cases) {
        if !names.insert(&case.name) {
            failures.push(format!("two cases are named {}", case.name));
        }
        cases += 1;
        steps += case.steps.iter().filter(|step| !declares(step)).count();
        if let Err(wrong) = play(case) {
            failures.push(format!("case {}\n    {wrong}", case.name));
        }
    }
    assert!(
        failures.is_empty(),
        "{} of {cases} scenarios fail:\n\n{}\n",
        failures.len(),
        failures.join("\n\n")
    );
    // Written past the test harness, which would keep it to itself.
    let line = format!(
        "{cases} scenarios with {steps} steps in {} files hold\n",
        files.len()
    );
    let _ = std::io::stderr().write_all(line.as_bytes());
}

const DECLARATIONS: [&str; 11] = [
    "asset", "product", "price", "meter", "row", "tier", "fee", "gives", "feature", "limits",
    "version",
];

/// Whether a line only says what things are, and nothing happens.
fn declares(step: &Step) -> bool {
    let verb = step.words.peek().unwrap_or_default();
    DECLARATIONS.contains(&verb)
}

fn play(case: &Case) -> Result<(), String> {
    let mut stage = Stage::default();
    for step in &case.steps {
        stage
            .step(step)
            .map_err(|wrong| format!("{}: {wrong}", step.place))?;
    }
    stage.audit.finish(&stage.journal, &stage.wallet)
}

/// One case while it plays.
#[derive(Default)]
pub struct Stage {
    pub journal: MemoryJournal,
    pub wallet: Wallet,
    audit: Audit,
    clock: i64,
    /// The first asset that the case names; meant where none is named.
    pub asset: Option<String>,
    pub precisions: BTreeMap<String, u32>,
    pub catalogue: Vec<PricedProduct>,
    pub grants: BTreeMap<String, u64>,
    pub holds: BTreeMap<String, u64>,
    /// Of assets that are recharged in another currency.
    pub rates: Vec<(AccountId, Option<exchange::ExchangeRate>)>,
    pub subscriptions: BTreeMap<String, u64>,
    /// The first answer to every operation.
    answers: BTreeMap<String, Entry>,
}

impl Stage {
    fn step(&mut self, step: &Step) -> Result<(), String> {
        self.clock = step.at.unwrap_or(self.clock);
        let mut words = step.words.clone();
        let verb = words.need("a verb")?;
        if declares(step) && !step.expected.is_empty() {
            return Err("a declaration shows nothing".into());
        }
        let rows_before = self.journal.rows.len();
        let mut observed = match verb.as_str() {
            "asset" => return self.declare_asset(words),
            "product" => return self.declare_product(words),
            "price" => return self.declare_price(words),
            "row" => return self.declare_row(words),
            "meter" => return self.declare_meter(words),
            "tier" => return self.declare_tier(words),
            "fee" => return self.declare_fee(words),
            "gives" => return self.declare_entitlement(words),
            "feature" => return self.declare_feature(words),
            "limits" => return self.declare_limit(words),
            "version" => return self.declare_version(&words),
            "tick" => {
                words.done()?;
                let now = self.now();
                let count = settle(&mut self.journal, &mut self.wallet, now);
                assert_eq!(count, Ok(self.journal.rows.len() - rows_before));
                Observed::new()
            }
            "look" => {
                words.next();
                words.done()?;
                Observed::new()
            }
            "batch" => {
                words.done()?;
                let lines = step.batch.iter().cloned();
                let commands = lines.map(|line| self.command(line));
                let commands = commands.collect::<Result<Vec<_>, _>>()?;
                self.transact(commands)?
            }
            _ => {
                let mut line = step.words.clone();
                let times = line.times();
                let command = self.command(line)?;
                self.transact(match times {
                    Some(times) => repeated(&command, times),
                    None => vec![command],
                })?
            }
        };
        self.audit.step(&self.journal, &self.wallet)?;
        self.learn_grants(rows_before);
        self.observe_rows(rows_before, &mut observed);
        self.observe_subscriptions(rows_before, &mut observed);
        self.observe_counts(rows_before, &mut observed);
        self.observe_hold(step, &mut observed)?;
        if verb != "look" {
            self.fire(rows_before, &mut observed);
            self.audit.step(&self.journal, &self.wallet)?;
        }
        self.compare(&step.expected, &observed)
    }

    pub fn now(&self) -> Instant {
        Instant::from_micros(START + self.clock * 1_000_000)
    }

    // Running commands.

    fn transact(&mut self, asked: Vec<(Command, Option<String>)>) -> Result<Observed, String> {
        let (commands, labels): (Vec<_>, Vec<_>) = asked.into_iter().unzip();
        let before = (self.wallet.clone(), self.journal.rows.len());
        let now = self.now();
        let result = transact(&mut self.journal, &mut self.wallet, now, &commands);
        let answers = match result {
            Ok(answers) => answers,
            Err((place, Stop::Refused(refusal))) => {
                if before != (self.wallet.clone(), self.journal.rows.len()) {
                    return Err(format!("the refusal {refusal:?} changed the wallet"));
                }
                return Ok(observed_refusal(place, commands.len(), &refusal));
            }
            Err((_, Stop::Failed(never))) => match never {},
        };
        for ((command, label), answer) in commands.iter().zip(labels).zip(&answers) {
            self.learn(label, answer)?;
            // Two laws, tried on a copy; not on thousands of copies.
            if commands.len() < 100 {
                self.try_again(command, &answer.entry)?;
            }
        }
        let mut observed = observed_answers(&answers);
        let replayed = answers.iter().filter(|answer| answer.replayed);
        let replayed: Vec<String> = replayed.map(|answer| self.operation(answer)).collect();
        if !replayed.is_empty() {
            // A step with one command has nothing to tell apart.
            let names = if commands.len() > 1 { replayed } else { vec![] };
            observed.insert("replayed", names.join(" "));
        }
        Ok(observed)
    }

    /// What a case calls the operation: its hold, or the id after the kind.
    fn operation(&self, answer: &Answer) -> String {
        let entry = &answer.entry;
        let (_, id) = entry.op.rsplit_once(':').unwrap_or_default();
        let hold = entry.fact.hold().map(|hold| label_of(&self.holds, hold));
        hold.unwrap_or_else(|| id.to_owned())
    }

    fn learn(&mut self, label: Option<String>, answer: &Answer) -> Result<(), String> {
        let entry = &answer.entry;
        match (&entry.fact, label) {
            (Fact::Credited { grant, .. }, Some(label)) => {
                self.grants.insert(label, *grant);
            }
            (Fact::HoldAuthorized { hold, .. }, Some(label)) => {
                self.holds.insert(label, *hold);
            }
            (Fact::Subscribed { .. }, Some(label)) => {
                self.subscriptions.insert(label, entry.seq);
            }
            _ => {}
        }
        if !answer.replayed {
            self.answers.insert(entry.op.clone(), entry.clone());
        }
        match self.answers.get(&entry.op) {
            Some(first) if first == entry => Ok(()),
            _ => Err(format!("another answer than the first one: {entry:?}")),
        }
    }

    fn try_again(&self, command: &Command, first: &Entry) -> Result<(), String> {
        let run = |command: Command| {
            let (mut journal, mut wallet) = (self.journal.clone(), self.wallet.clone());
            let result = transact(&mut journal, &mut wallet, self.now(), &[command]);
            let unchanged = wallet == self.wallet && journal.rows.len() == self.journal.rows.len();
            (result, unchanged)
        };
        let (same, unchanged) = run(command.clone());
        let replay = Answer {
            entry: first.clone(),
            replayed: true,
        };
        if same.as_deref() != Ok(&[replay]) || !unchanged {
            return Err(format!("sent again it is not replayed, but {same:?}"));
        }
        let (other, unchanged) = run(Command {
            request: "another body".into(),
            ..command.clone()
        });
        let refused = matches!(
            other,
            Err((
                0,
                Stop::Refused(Refusal::OperationIdReused | Refusal::HoldAlreadyEnded { .. })
            ))
        );
        if refused && unchanged {
            return Ok(());
        }
        Err(format!(
            "with another body it is not refused, but {other:?}"
        ))
    }

    fn compare(
        &self,
        expected: &[(&'static str, String)],
        observed: &Observed,
    ) -> Result<(), String> {
        for (word, wanted) in expected {
            let seen = match *word {
                "available" | "balance" | "on_hold" | "debt" | "restricted" | "pledges" => {
                    Some(self.observed_total(word, wanted)?)
                }
                "state" | "renews" | "grace" => Some(self.observed_subscription(word, wanted)?),
                "features" => Some(self.observed_features()),
                "spent" | "waiting" => Some(self.observed_budget(word, wanted)?),
                "source" => Some(self.observed_source(wanted)?),
                "rule" => Some(self.observed_rule()?),
                "recharged" => Some(self.observed_recharged()?),
                _ => observed.get(word).cloned(),
            };
            let seen = seen.ok_or_else(|| format!("no `{word}` was seen; seen: {observed:?}"))?;
            // A refusal need not be told with its detail.
            let shortened = *word == "refused" && seen.starts_with(&format!("{wanted} "));
            if seen != *wanted && !shortened {
                return Err(format!(
                    "`{word}` is `{seen}`, not `{wanted}`; seen: {observed:?}"
                ));
            }
        }
        for surprise in SURPRISES {
            let wanted = expected.iter().any(|(word, _)| *word == surprise);
            if let Some(seen) = observed.get(surprise).filter(|_| !wanted) {
                return Err(format!(
                    "`{surprise} {seen}` was not expected; seen: {observed:?}"
                ));
            }
        }
        Ok(())
    }
}

// The harness itself has to be able to fail.

#[test]
fn a_line_that_means_nothing_is_named() {
    for (text, wanted) in [
        ("open", "x.txt:1: a step before the first case"),
        ("case", "x.txt:1: a name is missing"),
        ("case a b", "x.txt:1: `b` is not expected here"),
        (
            "case a\n  - open",
            "x.txt:2: a line with `-` belongs below a batch",
        ),
        (
            "case a\n  open => 5",
            "x.txt:2: `5` is nothing that can be observed",
        ),
        (
            "case a\n  open @10",
            "x.txt:2: `10` is no moment, such as T10",
        ),
        ("case a\n  pay 5", "x.txt:2: `pay` is no verb"),
        ("case a\n  open acme 5", "x.txt:2: `5` is not expected here"),
        ("case a\n  charge c1", "x.txt:2: an amount is missing"),
        (
            "case a\n  charge c1 5e3 USD",
            "x.txt:2: `5e3` is no amount: it must be a decimal number",
        ),
        ("case a\n  charge c1 5", "x.txt:2: an asset is missing"),
        (
            "case a\n  authorize r1",
            "x.txt:2: an amount or usage is missing",
        ),
        (
            "case a\n  authorize r1 5 USD for 5",
            "x.txt:2: `5` is no number of seconds",
        ),
        ("case a\n  subscribe chat", "x.txt:2: no product chat"),
        (
            "case a\n  price p chat 1 USD",
            "x.txt:2: a price before its product",
        ),
        (
            "case a\n  product p => available 5",
            "x.txt:2: a declaration shows nothing",
        ),
        (
            "case a\n  tick tock",
            "x.txt:2: `tock` is not expected here",
        ),
    ] {
        let told = read("x.txt", text).and_then(|cases| cases.iter().try_for_each(play));
        let told = told.expect_err(text);
        assert!(told.starts_with(wanted), "{text:?} says {told}");
    }
}

#[test]
fn a_wrong_expectation_is_noticed() {
    for (step, wanted) in [
        (
            "credit paid 5 USD => available 4",
            "`available` is `5`, not `4`",
        ),
        ("credit paid 5 USD => held paid:5", "no `held` was seen"),
        (
            "credit paid 5 USD => refused too_precise",
            "no `refused` was seen",
        ),
        (
            "authorize r1 1 USD",
            "`refused insufficient_funds` was not expected",
        ),
        (
            "authorize r1 1 USD => refused hold_not_found",
            "`refused` is `insufficient_funds`",
        ),
        (
            "charge c1 5 USD => balance -5",
            "`borrowed 5` was not expected",
        ),
        (
            "charge c1 5 USD => borrowed 4",
            "`borrowed` is `5`, not `4`",
        ),
        ("event e1 chat", "`warns no_price:chat` was not expected"),
    ] {
        let text = format!("case a\n  asset USD 12\n  open\n  {step}");
        let told = read("x.txt", &text).and_then(|cases| cases.iter().try_for_each(play));
        let told = told.expect_err(step);
        assert!(told.starts_with(&format!("x.txt:4: {wanted}")), "{told}");
    }
}
