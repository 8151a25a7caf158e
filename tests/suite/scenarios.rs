//! Plays the scenario tables: the only place where their words meet the API.
//!
//! Every step runs through [`transact`] over a journal in memory, so that ids, replays and refusals are
//! real. Around each step stand the laws of [`Audit`] and three more: a refusal changes nothing, the
//! same command again is the same answer, the same id with another body is refused.

use std::collections::{BTreeMap, BTreeSet};
use std::io::Write;
use std::path::PathBuf;

use scrip::engine::command::{CreditSource, DebitCause, Metadata};
use scrip::engine::price::{Basis, Warning};
use scrip::engine::wallet::fold_hold;
use scrip::engine::*;
use scrip::journal::chain::request_digest;
use scrip::journal::memory::MemoryJournal;
use scrip::journal::{Answer, Row, Stop, settle, transact};

use crate::audit::Audit;
use crate::scenario::{Case, Money, Step, Words, Work, read};

/// T0 of every case, in microseconds: 2026-01-01T00:00:00Z.
const START: i64 = 1_767_225_600_000_000;

/// The id of what a case names without having made it.
const NOBODY: u64 = 999_999;

/// What may not happen unnoticed: a step that shows one of these must expect it.
const SURPRISES: [&str; 9] = [
    "refused", "replayed", "due", "borrowed", "repaid", "lapsed", "warns", "late", "capped",
];

/// What was seen of a step, as the words of the tables.
type Observed = BTreeMap<&'static str, String>;

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
        steps += case.steps.len();
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
struct Stage {
    journal: MemoryJournal,
    wallet: Wallet,
    audit: Audit,
    clock: i64,
    /// The first asset that the case names; meant where none is named.
    asset: Option<String>,
    precisions: BTreeMap<String, u32>,
    catalogue: Vec<PricedProduct>,
    grants: BTreeMap<String, u64>,
    holds: BTreeMap<String, u64>,
    /// The first answer to every operation.
    answers: BTreeMap<String, Entry>,
}

impl Stage {
    fn step(&mut self, step: &Step) -> Result<(), String> {
        self.clock = step.at.unwrap_or(self.clock);
        let mut words = step.words.clone();
        let verb = words.need("a verb")?;
        let rows_before = self.journal.rows.len();
        let mut observed = match verb.as_str() {
            "asset" => return self.declare_asset(words),
            "product" => return self.declare_product(words),
            "price" => return self.declare_price(words),
            "tick" => {
                let now = self.now();
                let count = settle(&mut self.journal, &mut self.wallet, now);
                assert_eq!(count, Ok(self.journal.rows.len() - rows_before));
                Observed::new()
            }
            "look" => Observed::new(),
            "batch" => {
                let lines = step.batch.iter().cloned();
                let commands = lines.map(|line| self.command(line));
                let commands = commands.collect::<Result<Vec<_>, _>>()?;
                self.transact(commands)?
            }
            _ => {
                let times = words.times()?;
                let mut commands = vec![self.command({
                    let mut line = step.words.clone();
                    line.times()?;
                    line
                })?];
                if let Some(times) = times {
                    commands = repeated(&commands[0], times);
                }
                self.transact(commands)?
            }
        };
        self.audit.step(&self.journal, &self.wallet)?;
        self.observe_rows(rows_before, &mut observed);
        self.observe_hold(step, &mut observed)?;
        self.compare(&step.expected, &observed)
    }

    fn now(&self) -> Instant {
        Instant::from_micros(START + self.clock * 1_000_000)
    }

    // What a case declares.

    fn declare_asset(&mut self, mut words: Words) -> Result<(), String> {
        let code = words.need("an asset")?;
        let precision = words.number()?;
        Asset::new(&code, precision)?;
        self.asset.get_or_insert(code.clone());
        self.precisions.insert(code, precision);
        words.done()
    }

    fn declare_product(&mut self, mut words: Words) -> Result<(), String> {
        let code = words.need("a product")?;
        self.catalogue.push(PricedProduct {
            id: format!("prod_{code}"),
            code,
            version: 1,
            prices: Vec::new(),
        });
        words.done()
    }

    fn declare_price(&mut self, mut words: Words) -> Result<(), String> {
        let name = words.need("the price's name")?;
        let event_type = words.need("an event type")?;
        let first = words.amount()?;
        let asset = words.need("an asset")?;
        let second = if words.flag("and") {
            Some(words.amount()?)
        } else {
            None
        };
        let per = match words.option("per")? {
            Some(per) => {
                let per = Amount::parse(&per).map_err(|error| error.to_string())?;
                words.expect("of")?;
                Some((per, words.need("a field")?))
            }
            None => None,
        };
        let rate = |amount, per| {
            let per = Quantity::new(per).and_then(|per| Rate::new(amount, per));
            per.ok_or("a rate is not negative and divides by more than zero")
        };
        let basis = match (second, per) {
            (None, None) => Basis::Unit { unit_price: first },
            (None, Some((per, volume_field))) => Basis::Volume {
                volume_field,
                rate: rate(first, per)?,
            },
            (Some(second), Some((per, volume_field))) => Basis::UnitAndVolume {
                unit_price: first,
                volume_field,
                rate: rate(second, per)?,
            },
            (Some(_), None) => return Err("`per <n> of <field>` is missing".into()),
        };
        let asset = self.asset(&asset);
        let product = self
            .catalogue
            .last_mut()
            .ok_or("a price before its product")?;
        product.prices.push(Price {
            id: name.clone(),
            name,
            event_type,
            asset,
            basis,
        });
        words.done()
    }

    fn asset(&mut self, code: &str) -> Asset {
        self.asset.get_or_insert(code.to_owned());
        let precision = self.precisions.get(code).copied().unwrap_or(12);
        Asset {
            code: code.to_owned(),
            precision,
        }
    }

    fn asset_of(&mut self, money: &Money) -> Result<Asset, String> {
        let code = money.asset.clone().or_else(|| self.asset.clone());
        Ok(self.asset(&code.ok_or("an asset is missing")?))
    }

    // From a line to a command.

    fn command(&mut self, mut words: Words) -> Result<(Command, Option<String>), String> {
        let verb = words.need("a verb")?;
        let mut label = None;
        let (op, action) = match verb.as_str() {
            "open" => {
                let customer = words.next().unwrap_or_else(|| "acme".into());
                (format!("open:{customer}"), open(&customer))
            }
            "subscribe" => {
                let codes: Vec<String> = std::iter::from_fn(|| words.next()).collect();
                let products = codes.iter().map(|code| self.product(code));
                let products = products.collect::<Result<_, _>>()?;
                let op = format!("subscribe:{}", codes.join(","));
                (op, Action::Subscribe { products })
            }
            "credit" => {
                let grant = words.need("a grant")?;
                label = Some(grant.clone());
                (format!("credit:{grant}"), self.credit(&grant, &mut words)?)
            }
            "authorize" => {
                let hold = words.need("a hold")?;
                label = Some(hold.clone());
                let work = words.work()?.ok_or("an amount or usage is missing")?;
                let action = Action::Authorize {
                    ask: self.ask(work)?,
                    on_insufficient: if words.flag("cap") {
                        OnInsufficient::Cap
                    } else {
                        OnInsufficient::Deny
                    },
                    seconds: words.seconds()?.unwrap_or(hold::DEFAULT_SECONDS),
                    subject: None,
                };
                (format!("authorize:{hold}"), action)
            }
            "extend" => {
                let hold = self.hold(&mut words)?;
                let id = words.need("an id")?;
                let work = words.work()?;
                let action = Action::ExtendHold {
                    hold,
                    ask: work.map(|work| self.ask(work)).transpose()?,
                    seconds: words.seconds()?,
                };
                (format!("hold:{hold}:extend:{id}"), action)
            }
            "capture" => {
                let hold = self.hold(&mut words)?;
                let part = words.option("part")?;
                let settle = match words.work()? {
                    None => Settle::Everything,
                    Some(Work::Money(Money { amount, asset })) => Settle::Amount { asset, amount },
                    Some(Work::Usage(events)) => Settle::Usage(events),
                };
                let closes = part.is_none();
                let op = part.map_or_else(
                    || hold_end_op(hold),
                    |part| format!("hold:{hold}:capture:{part}"),
                );
                let action = Action::CaptureHold {
                    hold,
                    settle,
                    closes,
                };
                (op, action)
            }
            "release" => {
                let hold = self.hold(&mut words)?;
                let reason = words.option("because")?;
                (hold_end_op(hold), Action::ReleaseHold { hold, reason })
            }
            "event" => {
                let id = words.need("an id")?;
                let mut event = words.usage()?;
                event.id = Some(id.clone());
                (format!("event:{id}"), Action::RecordUsage { event })
            }
            "charge" | "deduct" => {
                let id = words.need("an id")?;
                (format!("{verb}:{id}"), self.debit(&verb, &mut words)?)
            }
            "tax" => {
                let payment = words.need("a grant")?;
                let money = words.money()?;
                let account = AccountId::default_for(&self.asset_of(&money)?.code);
                let op = format!("tax:{payment}");
                let action = Action::ExcludeTax {
                    grant: self.grants.get(&payment).copied().unwrap_or(NOBODY),
                    payment,
                    account,
                    tax: money.amount,
                };
                (op, action)
            }
            _ => return Err(format!("`{verb}` is no verb")),
        };
        words.done()?;
        Ok((command(op, action), label))
    }

    fn product(&self, code: &str) -> Result<PricedProduct, String> {
        let found = self.catalogue.iter().find(|one| one.code == code);
        found.cloned().ok_or_else(|| format!("no product {code}"))
    }

    fn hold(&self, words: &mut Words) -> Result<u64, String> {
        let label = words.need("a hold")?;
        Ok(self.holds.get(&label).copied().unwrap_or(NOBODY))
    }

    fn ask(&mut self, work: Work) -> Result<Ask, String> {
        Ok(match work {
            Work::Usage(events) => Ask::Usage(events),
            Work::Money(money) => Ask::Amount {
                asset: self.asset_of(&money)?.code,
                amount: money.amount,
            },
        })
    }

    fn credit(&mut self, grant: &str, words: &mut Words) -> Result<Action, String> {
        let money = words.money()?;
        let asset = self.asset_of(&money)?;
        let purpose = match words.peek() {
            Some("promotion") => Purpose::Promotion,
            Some("bundled") => Purpose::Bundled,
            _ => Purpose::Paid,
        };
        let _ = words.flag("promotion") || words.flag("bundled") || words.flag("paid");
        let account = words.option("in")?;
        let source = match purpose {
            Purpose::Paid => CreditSource::Payment {
                payment: grant.to_owned(),
                event: format!("evt_{grant}"),
                tax_known: false,
            },
            Purpose::Promotion | Purpose::Bundled => CreditSource::Adjustment {
                reason: "gift".into(),
            },
        };
        let moment = |seconds: Option<i64>| {
            seconds.map(|seconds| Instant::from_micros(START + seconds * 1_000_000))
        };
        Ok(Action::Credit(Credit {
            account: AccountId::new(account.as_deref().unwrap_or("default"), &asset.code),
            asset,
            amount: money.amount,
            purpose,
            effective_at: moment(words.moment("from")?),
            expires_at: moment(words.moment("until")?),
            source,
            description: words.option("because")?,
            metadata: Metadata::new(),
        }))
    }

    fn debit(&mut self, verb: &str, words: &mut Words) -> Result<Action, String> {
        let money = words.money()?;
        let asset = self.asset_of(&money)?;
        let account = words.option("in")?;
        let cause = if verb == "charge" {
            DebitCause::Charge
        } else {
            let reason = "mistake".into();
            DebitCause::Adjustment { reason }
        };
        Ok(Action::Debit(Debit {
            account: AccountId::new(account.as_deref().unwrap_or("default"), &asset.code),
            asset,
            amount: money.amount,
            cause,
            subject: None,
            description: None,
            metadata: Metadata::new(),
        }))
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

    // What is observed.

    fn observe_rows(&self, rows_before: usize, observed: &mut Observed) {
        let rows = &self.journal.rows[rows_before..];
        let mut tally = Tally::default();
        let changes = || rows.iter().flat_map(|row| &row.entry.changes);
        let assets: BTreeSet<_> = changes().map(|change| &change.account.asset).collect();
        for change in changes() {
            for one in &change.moves {
                self.tally(&mut tally, &change.account, assets.len() > 1, one);
            }
        }
        let due = rows.iter().filter(|row| row.entry.request.is_empty());
        let due: Vec<String> = due.map(|row| self.due_label(row)).collect();
        if !due.is_empty() {
            observed.insert("due", due.join(" "));
        }
        for (word, draws) in tally.words {
            let draws = draws.iter().map(|(label, sum)| match label.as_str() {
                "" => sum.to_string(),
                label => format!("{label}:{sum}"),
            });
            observed.insert(word, draws.collect::<Vec<_>>().join(" "));
        }
    }

    fn tally(&self, tally: &mut Tally, account: &AccountId, several: bool, one: &Move) {
        let (word, draw) = match one {
            Move::Open { .. } => return,
            Move::Reserve(draw) => ("held", draw),
            Move::Release(draw) => ("returned", draw),
            Move::Capture(draw) | Move::Draw(draw) => ("drew", draw),
            Move::Repay(draw) => ("repaid", draw),
            Move::Lapse(draw) => ("lapsed", draw),
            Move::Borrow { amount } => {
                let asset = if several { account.asset.as_str() } else { "" };
                return tally.add("borrowed", asset, *amount);
            }
        };
        tally.add(word, &self.grant_label(draw.grant), draw.amount);
    }

    fn due_label(&self, row: &Row) -> String {
        match &row.entry.fact {
            Fact::HoldExpired { hold } => label_of(&self.holds, *hold),
            Fact::GrantExpired { grant, .. } => self.grant_label(*grant),
            other => format!("{other:?}"),
        }
    }

    fn grant_label(&self, id: u64) -> String {
        label_of(&self.grants, id)
    }

    /// The state of the hold that the step is about, as a reader of the journal tells it.
    fn observe_hold(&self, step: &Step, observed: &mut Observed) -> Result<(), String> {
        let mut words = step.words.clone();
        words.next();
        let Some(id) = words.next().and_then(|label| self.holds.get(&label)) else {
            return Ok(());
        };
        let entries = self.journal.rows.iter().map(|row| &row.entry);
        let about = entries.filter(|entry| entry.fact.hold() == Some(*id));
        let mut hold = fold_hold(about).ok_or("a hold without history")?;
        let now = as_of(&self.wallet, self.now());
        if hold.status == HoldStatus::Open && !now.holds.contains_key(id) {
            hold.status = HoldStatus::Expired;
        }
        if let Some(open) = now.holds.get(id)
            && *open != hold
        {
            return Err(format!("the journal tells another hold than {open:?}"));
        }
        observed.insert("status", hold.status.word().to_owned());
        observed.insert(
            "expires",
            format!("T{}", (hold.expires_at.micros() - START) / 1_000_000),
        );
        Ok(())
    }

    fn compare(
        &self,
        expected: &[(&'static str, String)],
        observed: &Observed,
    ) -> Result<(), String> {
        for (word, wanted) in expected {
            let seen = match *word {
                "available" | "balance" | "on_hold" | "debt" => {
                    Some(self.observed_total(word, wanted)?)
                }
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

    /// A total at this moment, written as it was asked for: with its asset or without.
    fn observed_total(&self, word: &str, wanted: &str) -> Result<String, String> {
        let mut named = wanted.split(' ').skip(1);
        let asset = named.next().map(str::to_owned);
        let in_words = asset
            .as_ref()
            .map_or(String::new(), |asset| format!(" {asset}"));
        let asset = asset.or_else(|| self.asset.clone());
        let asset = asset.ok_or("an asset is missing")?;
        let id = match named.next() {
            Some(account) => AccountId::new(account, &asset),
            None => AccountId::default_for(&asset),
        };
        let in_account = if id.name == "default" {
            String::new()
        } else {
            format!(" {}", id.name)
        };
        let now = as_of(&self.wallet, self.now());
        let balance = now.balance(&id, self.now());
        let balance = balance.map_err(|error| error.to_string())?;
        let amount = match word {
            "balance" => balance.balance,
            "on_hold" => balance.held,
            "available" => balance.available(),
            _ => now.accounts.get(&id).map_or(Amount::ZERO, |one| one.debt),
        };
        Ok(format!("{amount}{in_words}{in_account}"))
    }
}

/// Sums of moves by word and grant, in the order in which they were made.
#[derive(Default)]
struct Tally {
    words: BTreeMap<&'static str, Vec<(String, Amount)>>,
}

impl Tally {
    fn add(&mut self, word: &'static str, label: &str, amount: Amount) {
        let draws = self.words.entry(word).or_default();
        match draws.iter_mut().find(|(known, _)| known == label) {
            Some((_, sum)) => *sum = sum.plus(amount).expect("amounts of a case are small"),
            None => draws.push((label.to_owned(), amount)),
        }
    }
}

fn label_of(labels: &BTreeMap<String, u64>, id: u64) -> String {
    let found = labels.iter().find(|(_, known)| **known == id);
    found.map_or_else(|| format!("unknown{id}"), |(label, _)| label.clone())
}

fn open(customer: &str) -> Action {
    Action::OpenWallet {
        wallet: format!("acct:test:{customer}"),
        customer: customer.to_owned(),
    }
}

/// The command under its id; two lines that say the same are the same request.
fn command(op: String, action: Action) -> Command {
    let request = request_digest(&[&format!("{action:?}")]);
    Command {
        op,
        request,
        action,
    }
}

/// The same command so many times, each under an id of its own.
fn repeated(one: &(Command, Option<String>), times: u32) -> Vec<(Command, Option<String>)> {
    let numbered = |number| {
        let (command, label) = one.clone();
        let op = format!("{}.{number}", command.op);
        (
            Command { op, ..command },
            label.map(|label| format!("{label}.{number}")),
        )
    };
    (1..=times).map(numbered).collect()
}

fn observed_refusal(place: usize, commands: usize, refusal: &Refusal) -> Observed {
    let mut observed = Observed::new();
    let detail = match refusal {
        Refusal::AlreadySubscribed { code } => code.clone(),
        Refusal::HoldAlreadyEnded { status } => status.word().to_owned(),
        Refusal::UnknownAsset { asset } => asset.clone(),
        Refusal::TooPrecise { asset, precision } => format!("{asset} {precision}"),
        Refusal::UsageNotANumber { event, field } => format!("{event} {field}"),
        Refusal::TooManyOpenHolds { open } => open.to_string(),
        Refusal::InsufficientFunds { shortages } => {
            let short = shortages
                .iter()
                .map(|one| format!("{}:{}/{}", one.asset, one.required, one.available));
            observed.insert("short", short.collect::<Vec<_>>().join(" "));
            String::new()
        }
        _ => String::new(),
    };
    let told = format!("{} {detail}", refusal.code());
    observed.insert("refused", told.trim_end().to_owned());
    if commands > 1 {
        observed.insert("line", (place + 1).to_string());
    }
    observed
}

fn observed_answers(answers: &[Answer]) -> Observed {
    let mut observed = Observed::new();
    let mut add = |word: &'static str, text: String| {
        let known: &mut String = observed.entry(word).or_default();
        if !known.is_empty() && !text.is_empty() {
            known.push(' ');
        }
        known.push_str(&text);
    };
    for answer in answers {
        let (fees, caps, warnings) = match &answer.entry.fact {
            Fact::HoldAuthorized {
                fees,
                caps,
                warnings,
                capped,
                ..
            } => {
                if *capped {
                    add("capped", String::new());
                }
                (fees.as_slice(), caps.as_slice(), warnings.as_slice())
            }
            Fact::HoldCaptured {
                fees,
                warnings,
                late,
                ..
            } => {
                if *late {
                    add("late", String::new());
                }
                (fees.as_slice(), [].as_slice(), warnings.as_slice())
            }
            Fact::HoldExtended { fees, warnings, .. }
            | Fact::UsageRecorded { fees, warnings, .. } => {
                (fees.as_slice(), [].as_slice(), warnings.as_slice())
            }
            _ => Default::default(),
        };
        for fee in fees {
            add("fees", format!("{}:{}", fee.price_id, fee.amount));
        }
        for cap in caps {
            let (can, asked) = (cap.affordable.get(), cap.requested.get());
            add("caps", format!("{}:{can}/{asked}", cap.price_id));
        }
        for warning in warnings {
            add(
                "warns",
                match warning {
                    Warning::NoPrice { event_type, .. } => format!("no_price:{event_type}"),
                    Warning::VolumeMissing { price_id, .. } => format!("volume_missing:{price_id}"),
                },
            );
        }
    }
    observed
}
