//! Everything outside the edge, in memory: real handlers, real SQL, real wallets, no network.
//!
//! Nothing here waits for time. Every question that a handler asks is a point where it lets others go
//! first, before it is answered and again before it hears the answer. A seed decides who goes on, so that
//! a race is a plain test and a failure can be repeated.

use std::cell::{Cell, RefCell};
use std::collections::{BTreeMap, VecDeque};
use std::convert::Infallible;
use std::pin::pin;
use std::rc::Rc;
use std::task::{Context as Polling, Poll, Waker};

use rusqlite::Connection;
use rusqlite::backup::Backup;
use rusqlite::types::ValueRef;
use scrip::engine::{Amount, Instant, Wallet};
use scrip::journal::memory::MemoryJournal;
use scrip::journal::storage::Weight;
use scrip::journal::{Journal, Row, Storage};
use scrip::wire::Problem;
use scrip::wire::problem::Failure;
use scrip::worker::dispatch::{First, Routes, first, handle, takes_body};
use scrip::worker::edge::call::{Call, MOVED};
use scrip::worker::edge::config::Config;
use scrip::worker::edge::context::Context;
use scrip::worker::edge::key_cache::KeyCache;
use scrip::worker::edge::principal::Principal;
use scrip::worker::edge::rate::Limit;
use scrip::worker::edge::reply::Reply;
use scrip::worker::edge::request::Request;
use scrip::worker::edge::rows::{Outcome, Outcomes, Statement};
use scrip::worker::edge::world::{Answered, Outgoing, Said, Unanswered, Waits, World};
use scrip::worker::payments::upkeep;
use scrip::worker::recharge::charging;
use scrip::worker::routes::ROUTES;
use scrip::worker::wallet_object::object::WalletObject;
use scrip::worker::wallet_object::recharging::Silence;
use scrip::worker::wallet_object::statements::shipped;
use serde_json::{Value, json};

use crate::described::{check, check_body};
use crate::stripe_double::StripeDouble;
use crate::workload::Dice;
pub use crate::world_sent::{Sent, get, post, press, sent};

/// When every world begins, in milliseconds since 1970.
pub const NOW: i64 = 1_790_000_000_000;

/// Where requests come in.
pub const ORIGIN: &str = "https://wallets.example";

/// Most values of one statement in D1.
const D1_VALUES: usize = 100;

/// The largest whole number that JavaScript, and so D1, tells from its neighbours: 2^53 - 1.
const SAFE: i64 = 9_007_199_254_740_991;

// A wallet.

/// A journal that outlives its object, as the rows of a wallet do.
#[derive(Clone, Default)]
struct Paper {
    journal: Rc<RefCell<MemoryJournal>>,
}

impl Journal for Paper {
    type Failure = Infallible;

    fn find(&self, op: &str) -> Result<Option<Row>, Infallible> {
        self.journal.borrow().find(op)
    }

    fn each_of_hold(&self, hold: u64, visit: &mut dyn FnMut(Row)) -> Result<(), Infallible> {
        self.journal.borrow().each_of_hold(hold, visit)
    }

    fn append(&mut self, rows: &[Row]) -> Result<bool, Infallible> {
        self.journal.borrow_mut().append(rows)
    }

    fn page(&self, before: u64, limit: usize) -> Result<Vec<Row>, Infallible> {
        self.journal.borrow().page(before, limit)
    }

    fn unpriced(&self, before: u64, limit: usize) -> Result<Vec<Row>, Infallible> {
        self.journal.borrow().unpriced(before, limit)
    }

    fn last_hash(&self) -> String {
        self.journal.borrow().last_hash()
    }

    fn weight(&self) -> Weight {
        self.journal.borrow().weight()
    }
}

impl Storage for Paper {
    fn save(&mut self, wallet: &Wallet) -> Result<(), Infallible> {
        self.journal.borrow_mut().save(wallet)
    }

    fn untold(&self) -> Result<Vec<Row>, Infallible> {
        self.journal.borrow().untold()
    }

    fn note_told(&mut self, upto: u64) -> Result<(), Infallible> {
        self.journal.borrow_mut().note_told(upto)
    }

    fn spent(&self, token: &str) -> Result<Option<Amount>, Infallible> {
        self.journal.borrow().spent(token)
    }

    fn note_spent(
        &mut self,
        token: &str,
        spent: Amount,
        until: (Instant, Instant),
    ) -> Result<(), Infallible> {
        self.journal.borrow_mut().note_spent(token, spent, until)
    }
}

struct Awake {
    object: WalletObject<Paper>,
    paper: Paper,
}

impl Awake {
    /// Folds the wallet from its snapshot and the rows since, as an object does that wakes.
    fn wake(paper: Paper) -> Self {
        let (wallet, saved) = paper.journal.borrow().wake();
        let object = WalletObject::new(paper.clone(), wallet, saved);
        Self { object, paper }
    }
}

// The world.

/// Whom a handler asks.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Asked {
    Directory,
    Wallet,
}

/// What becomes of a question that is never answered. The asker cannot tell one from the other.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Lost {
    /// Nothing happened.
    Question,
    /// It happened, and nobody heard of it.
    Answer,
}

/// A question that is not answered: the one that has so many before it.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Fault {
    pub asked: Asked,
    pub place: usize,
    pub lost: Lost,
}

/// Everything outside the handlers of one isolate.
pub struct Memory {
    directory: Connection,
    wallets: RefCell<BTreeMap<String, Awake>>,
    pub config: Config,
    routes: Rc<Routes>,
    pub keys: KeyCache,
    /// What the platform has counted, and those that it lets through of each.
    pub counted: RefCell<BTreeMap<String, u32>>,
    pub lets: Cell<u32>,
    /// A statement that runs before the question of this number is asked of the directory.
    pub before: Cell<Option<(usize, &'static str)>>,
    /// In milliseconds since 1970.
    pub clock: Cell<i64>,
    random: Cell<u64>,
    requests: Cell<u64>,
    /// So many questions were asked of the directory, and of wallets.
    questions: [Cell<usize>; 2],
    fault: Cell<Option<Fault>>,
    /// Which wallets were called, and the status of each answer.
    pub called: RefCell<Vec<(String, u16)>>,
    /// What was sent to other servers.
    pub sent: RefCell<Vec<Outgoing>>,
    /// What another server says, by its address; who is not listed says 200.
    pub receivers: RefCell<BTreeMap<String, Result<u16, Unanswered>>>,
    /// Stripe's API; a world of its own has its own.
    pub stripe: RefCell<StripeDouble>,
    /// How long handlers have waited by themselves, in milliseconds.
    pub paused: RefCell<Vec<u32>>,
    /// The lines for whoever runs the deployment.
    pub logged: RefCell<Vec<String>>,
    /// No other server answers while this is so.
    pub others_wait: Cell<bool>,
}

fn unavailable() -> Problem {
    Failure::Unavailable.because("Nobody answered.")
}

/// Lets others go first, once.
fn others_first() -> impl Future<Output = ()> {
    let mut waited = false;
    std::future::poll_fn(move |polling| {
        if std::mem::replace(&mut waited, true) {
            return Poll::Ready(());
        }
        polling.waker().wake_by_ref();
        Poll::Pending
    })
}

impl Memory {
    /// A directory with all migrations applied, and nothing in it.
    pub fn new() -> Self {
        let directory = Connection::open_in_memory().expect("a database");
        let files = std::fs::read_dir("migrations").expect("the migrations");
        let mut files: Vec<_> = files.map(|file| file.expect("a file").path()).collect();
        files.sort();
        for file in files {
            let sql = std::fs::read_to_string(&file).expect("a file");
            directory.execute_batch(&sql).expect("a migration");
        }
        Self::around(directory, Rc::new(Routes::new(ROUTES)))
    }

    /// The same for a deployment: it has both sides, and takes no local key.
    pub fn deployed() -> Self {
        let mut world = Self::new();
        world.deploy();
        world
    }

    /// From now on it is a deployment.
    pub fn deploy(&mut self) {
        self.config.environment = "deployed".to_owned();
        self.config.secrets_key = "0123456789abcdef0123456789abcdef".to_owned();
        self.config.stripe_secrets_test = "whsec_local".to_owned();
    }

    /// It is a local server again, whose key has the test side alone.
    pub fn withdraw(&mut self) {
        self.config.environment = "local".to_owned();
    }

    fn around(directory: Connection, routes: Rc<Routes>) -> Self {
        Self {
            directory,
            wallets: RefCell::default(),
            config: Config {
                environment: "local".to_owned(),
                public_url: ORIGIN.to_owned(),
                ..Config::default()
            },
            routes,
            keys: KeyCache::default(),
            counted: RefCell::default(),
            lets: Cell::new(u32::MAX),
            before: Cell::default(),
            clock: Cell::new(NOW),
            random: Cell::default(),
            requests: Cell::default(),
            questions: Default::default(),
            fault: Cell::default(),
            called: RefCell::default(),
            sent: RefCell::default(),
            receivers: RefCell::default(),
            stripe: RefCell::default(),
            paused: RefCell::default(),
            logged: RefCell::default(),
            others_wait: Cell::default(),
        }
    }

    /// What is kept, in a world of its own: another isolate, which remembers no key, and wallets that are
    /// folded from their rows.
    pub fn copy(&self) -> Self {
        let mut directory = Connection::open_in_memory().expect("a database");
        let backup = Backup::new(&self.directory, &mut directory).expect("a backup");
        backup.step(-1).expect("a copy of all pages");
        drop(backup);
        let mut copy = Self::around(directory, self.routes.clone());
        copy.config = self.config.clone();
        copy.clock.set(self.clock.get());
        copy.random.set(self.random.get());
        copy.requests.set(self.requests.get());
        copy.stripe.replace(self.stripe.borrow().clone());
        for (name, awake) in &*self.wallets.borrow() {
            let paper = Paper {
                journal: Rc::new(RefCell::new(awake.paper.journal.borrow().clone())),
            };
            let mut wallets = copy.wallets.borrow_mut();
            wallets.insert(name.clone(), Awake::wake(paper));
        }
        copy
    }

    // What a test does to it, and sees of it.

    /// From now on this question is not answered; the ones of before are not counted.
    pub fn break_at(&self, fault: Fault) {
        self.questions.iter().for_each(|count| count.set(0));
        self.fault.set(Some(fault));
    }

    /// Everything is answered again.
    pub fn mend(&self) {
        self.fault.set(None);
    }

    pub fn questions(&self, asked: Asked) -> usize {
        self.questions[asked as usize].get()
    }

    /// The rows that a statement of a test finds.
    pub fn rows(&self, sql: &'static str) -> Vec<Value> {
        let values = Vec::new();
        self.run(&Statement {
            sql: sql.to_owned().into(),
            values,
        })
        .expect(sql)
        .rows
    }

    /// All entries of a wallet's journal, oldest first.
    pub fn entries(&self, wallet: &str) -> Vec<Value> {
        let wallets = self.wallets.borrow();
        let rows = wallets.get(wallet).map(|awake| {
            let journal = awake.paper.journal.borrow();
            let entries = journal.rows.iter().map(|row| json!(row.entry));
            entries.collect::<Vec<_>>()
        });
        rows.unwrap_or_default()
    }

    /// The last entry that the snapshot of a wallet has; 0 where there is none.
    pub fn saved(&self, wallet: &str) -> u64 {
        let wallets = self.wallets.borrow();
        wallets
            .get(wallet)
            .map_or(0, |awake| awake.paper.journal.borrow().wake().1)
    }

    /// Everything that lasts, a line for each row of the directory and of each journal.
    pub fn everything(&self) -> Vec<String> {
        let mut lines = Vec::new();
        let tables = "SELECT name FROM sqlite_master WHERE type = 'table' ORDER BY name";
        for table in self.rows(tables) {
            let name = table["name"].as_str().expect("a name").to_owned();
            let sql: &'static str = format!("SELECT * FROM {name}").leak();
            lines.extend(self.rows(sql).iter().map(|row| format!("{name} {row}")));
        }
        let names: Vec<String> = self.wallets.borrow().keys().cloned().collect();
        for name in names {
            let entries = self.entries(&name);
            lines.extend(entries.iter().map(|entry| format!("{name} {entry}")));
        }
        lines
    }

    /// The answer to one request, as `entry.ts` has it answered.
    pub async fn answer(&self, sent: &Sent) -> Reply {
        let number = self.requests.get() + 1;
        self.requests.set(number);
        let id = format!("req_{number:032x}");
        let head = sent.head(&id, self.clock.get());
        let request = Request::read(&self.config, &head, Some(&sent.body)).expect("a request");
        let request = if takes_body(&self.routes, &request, &self.keys) {
            request
        } else {
            Request::read(&self.config, &head, Some(&[])).expect("a request")
        };
        match first(&self.routes, &request, &self.keys) {
            First::Forward(call) => match self.wallet(&call, request.body).await {
                Ok(reply) if reply.status == MOVED => {}
                Ok(reply) => return reply,
                Err(problem) => return Reply::problem(&problem, &id),
            },
            First::Wait => {}
        }
        let context = Context {
            request: &request,
            world: self,
        };
        handle(&self.routes, &context).await
    }

    /// The answer to one request that is alone in the world.
    pub fn one(&self, sent: &Sent) -> Reply {
        let reply = block_on(self.answer(sent));
        check(sent.method, &sent.path, &reply);
        reply
    }

    /// The JSON of an answer that has this status.
    pub fn get(&self, sent: &Sent, status: u16) -> Value {
        let reply = self.one(sent);
        check_body(sent, &reply);
        let asked = format!("{} {}", sent.method, sent.path);
        assert_eq!(reply.status, status, "{asked}: {}", reply.body);
        serde_json::from_str(&reply.body).unwrap_or(Value::Null)
    }

    /// The clock of the deployment ticks.
    pub fn tick(&self) {
        let request = Request::of_ourselves(&self.config, "tick", self.clock.get());
        let context = Context {
            request: &request,
            world: self,
        };
        block_on(upkeep::tick(&context)).expect("everybody answers");
    }

    /// The alarm of a wallet: what is due is written down, and what its recharge rules intend is charged.
    pub async fn ring(&self, wallet: &str) -> Result<(), Problem> {
        let now = self.clock.get();
        if let Some(awake) = self.wallets.borrow_mut().get_mut(wallet) {
            let at = Instant::from_micros(now * 1_000);
            awake.object.settle(at).expect("rows in memory");
        }
        let at = Instant::from_micros(now * 1_000);
        let has_charges = |awake: &Awake| awake.object.has_charges(at);
        if !self.wallets.borrow().get(wallet).is_some_and(has_charges) {
            return Ok(());
        }
        let parts: Vec<&str> = wallet.split('/').collect();
        let who = Principal::of(&self.config, parts[0].to_owned(), parts[1].to_owned())?;
        let request = Request::of_ourselves(&self.config, "alarm", now);
        let context = Context {
            request: &request,
            world: self,
        };
        charging::charge(&context, &who, parts[2]).await
    }

    /// When the recharge rules of a wallet have something to do, in milliseconds since 1970.
    pub fn next_recharge(&self, wallet: &str) -> Option<i64> {
        let wallets = self.wallets.borrow();
        let at = Instant::from_micros(self.clock.get() * 1_000);
        let next = wallets.get(wallet)?.object.next_recharge(at)?;
        Some(next.micros() / 1_000)
    }

    /// What a wallet notes where somebody did not answer its alarm just now.
    pub fn silence(&self, wallet: &str) -> Silence {
        let at = Instant::from_micros(self.clock.get() * 1_000);
        self.wallets.borrow()[wallet].object.silence(at)
    }

    /// From when on its alarm asks again, in milliseconds since 1970.
    pub fn asks_from(&self, wallet: &str, silence: &Silence) -> i64 {
        let from = self.wallets.borrow()[wallet].object.asks_from(silence);
        from.micros() / 1_000
    }

    /// Lets time pass, and the wallet's alarm ring whenever its recharge rules want it to.
    pub fn pass(&self, wallet: &str, seconds: i64) {
        let until = self.clock.get() + seconds * 1_000;
        let mut rings = 0;
        while let Some(at) = self.next_recharge(wallet).filter(|at| *at <= until) {
            rings += 1;
            assert!(rings < 10_000, "the alarm never rests");
            self.clock.set(self.clock.get().max(at));
            block_on(self.ring(wallet)).expect("everybody answers");
        }
        self.clock.set(until);
    }

    /// The answers to requests that come at once; the seed decides who goes on.
    pub fn race(&self, sent: &[Sent], seed: u64) -> Vec<Reply> {
        let callers: Vec<&[Sent]> = sent.iter().map(std::slice::from_ref).collect();
        let replies = self.race_callers(&callers, seed);
        replies.into_iter().flatten().collect()
    }

    /// As [`Memory::race`], of callers who send one request after another.
    pub fn race_callers(&self, callers: &[&[Sent]], seed: u64) -> Vec<Vec<Reply>> {
        self.scheduled(callers, Scheduler::new(callers.len(), seed))
    }

    /// Callers of whom each goes on for so many points, one after the other; then each to its end. All such
    /// turns of two callers are all orders in which one interrupts the other once.
    pub fn in_turns(&self, callers: &[&[Sent]], turns: &[usize]) -> Vec<Vec<Reply>> {
        let turns = turns.iter().enumerate();
        let turns = turns.flat_map(|(caller, times)| std::iter::repeat_n(caller, *times));
        self.scheduled(callers, Scheduler::in_turns(callers.len(), turns.collect()))
    }

    fn scheduled(&self, callers: &[&[Sent]], mut scheduler: Scheduler) -> Vec<Vec<Reply>> {
        let mut running: Vec<_> = callers
            .iter()
            .map(|one| Box::pin(self.answers(one)))
            .collect();
        let mut replies: Vec<Option<Vec<Reply>>> = vec![None; callers.len()];
        let mut polling = Polling::from_waker(Waker::noop());
        while let Some(at) = scheduler.next() {
            if let Poll::Ready(reply) = running[at].as_mut().poll(&mut polling) {
                replies[at] = Some(reply);
                scheduler.done(at);
            }
        }
        replies.into_iter().flatten().collect()
    }

    async fn answers(&self, sent: &[Sent]) -> Vec<Reply> {
        let mut replies = Vec::new();
        for one in sent {
            replies.push(self.answer(one).await);
        }
        replies
    }

    // How it answers.

    /// Counts a question, and says if and how it is lost.
    fn count(&self, asked: Asked) -> Option<Lost> {
        let count = &self.questions[asked as usize];
        let place = count.get();
        count.set(place + 1);
        let fault = self.fault.get();
        let fault = fault.filter(|fault| fault.asked == asked && fault.place == place);
        fault.map(|fault| fault.lost)
    }

    /// Waits like a question that is asked of somebody far away.
    async fn ask<T>(&self, asked: Asked, answer: impl FnOnce() -> T) -> Result<T, Problem> {
        others_first().await;
        let lost = self.count(asked);
        if lost == Some(Lost::Question) {
            return Err(unavailable());
        }
        let answer = answer();
        others_first().await;
        match lost {
            Some(_) => Err(unavailable()),
            None => Ok(answer),
        }
    }

    fn transaction(&self, statements: &[Statement]) -> Outcomes {
        let transaction = self
            .directory
            .unchecked_transaction()
            .expect("a transaction");
        let outcomes = statements.iter().map(|one| {
            assert!(
                one.values.len() <= D1_VALUES,
                "too many for D1: {}",
                one.sql
            );
            self.run(one)
                .unwrap_or_else(|error| panic!("{error}: {}", one.sql))
        });
        let outcomes = Outcomes(outcomes.collect());
        transaction.commit().expect("a commit");
        outcomes
    }

    fn run(&self, statement: &Statement) -> rusqlite::Result<Outcome> {
        let mut prepared = self.directory.prepare(&statement.sql)?;
        let names = prepared.column_names().map(str::to_owned);
        let names: Vec<String> = names.collect();
        let values = rusqlite::params_from_iter(&statement.values);
        let rows = prepared.query_map(values, |row| {
            let mut object = serde_json::Map::new();
            for (place, name) in names.iter().enumerate() {
                object.insert(name.clone(), as_d1(row.get_ref(place)?));
            }
            Ok(Value::Object(object))
        })?;
        let rows = rows.collect::<rusqlite::Result<_>>()?;
        Ok(Outcome { rows })
    }

    /// Text both ways, as between the edge and an object.
    fn call(&self, call: &str, body: &str) -> Reply {
        let call: Call = serde_json::from_str(call).expect("a call");
        let mut wallets = self.wallets.borrow_mut();
        let wallet = wallets.entry(call.wallet.clone());
        let wallet = wallet.or_insert_with(|| Awake::wake(Paper::default()));
        let at = Instant::from_micros(self.clock.get() * 1_000);
        let reply = wallet.object.call(&call, body, at).expect("rows in memory");
        let reply = Reply::from_text(&reply.to_text()).expect("a reply");
        self.called.borrow_mut().push((call.wallet, reply.status));
        reply
    }

    /// As the object tells the directory what it does not know yet.
    async fn ship(&self, name: &str) -> Result<(), Problem> {
        loop {
            let shipment = {
                let wallets = self.wallets.borrow();
                let wallet = wallets
                    .get(name)
                    .filter(|one| !one.object.name().is_empty());
                let shipment = wallet.map(|one| one.object.shipment().expect("rows in memory"));
                shipment.flatten()
            };
            let Some((upto, rows, subscriptions)) = shipment else {
                return Ok(());
            };
            let statements = shipped(name, rows, subscriptions);
            if !statements.is_empty() {
                self.directory(statements).await?;
            }
            let mut wallets = self.wallets.borrow_mut();
            let wallet = wallets.get_mut(name).expect("it has told something");
            wallet.object.note_told(upto).expect("memory");
        }
    }
}

/// A value as a row of D1 has it: every number is one of JavaScript, and `serde-wasm-bindgen` reads a whole
/// one as an integer as long as it is exact.
fn as_d1(value: ValueRef<'_>) -> Value {
    match value {
        ValueRef::Null => Value::Null,
        ValueRef::Integer(number) if (-SAFE..=SAFE).contains(&number) => number.into(),
        ValueRef::Integer(number) => (number as f64).into(),
        ValueRef::Real(number) if number.fract() == 0.0 && number.abs() <= SAFE as f64 => {
            (number as i64).into()
        }
        ValueRef::Real(number) => number.into(),
        ValueRef::Text(text) => String::from_utf8_lossy(text).into(),
        ValueRef::Blob(bytes) => bytes.into(),
    }
}

impl World for Memory {
    fn directory(&self, statements: Vec<Statement>) -> Waits<'_, Result<Outcomes, Problem>> {
        Box::pin(async move {
            if let Some((place, sql)) = self.before.get()
                && self.questions(Asked::Directory) == place
            {
                self.rows(sql);
            }
            let answer = || self.transaction(&statements);
            self.ask(Asked::Directory, answer).await
        })
    }

    fn wallet<'a>(&'a self, call: &Call, body: &str) -> Waits<'a, Result<Reply, Problem>> {
        let (call, body) = (call.to_text(), body.to_owned());
        Box::pin(async move { self.ask(Asked::Wallet, || self.call(&call, &body)).await })
    }

    fn shipped<'a>(&'a self, wallet: &str) -> Waits<'a, Result<(), Problem>> {
        let name = wallet.to_owned();
        Box::pin(async move {
            let lost = self.count(Asked::Wallet);
            if lost != Some(Lost::Question) {
                self.ship(&name).await?;
            }
            lost.map_or(Ok(()), |_| Err(unavailable()))
        })
    }

    fn send(&self, request: Outgoing) -> Waits<'_, Result<Answered, Unanswered>> {
        let said = self.receivers.borrow().get(&request.url).copied();
        self.sent.borrow_mut().push(request.clone());
        Box::pin(async move {
            others_first().await;
            while self.others_wait.get() {
                others_first().await;
            }
            let said = said.unwrap_or(Ok(200));
            if said == Err(Unanswered::Timeout) {
                let patience = i64::from(request.patience);
                self.clock.set(self.clock.get() + patience);
            }
            said.map(|status| Answered { status })
        })
    }

    fn ask(&self, request: Outgoing) -> Waits<'_, Result<Said, Unanswered>> {
        Box::pin(async move {
            others_first().await;
            let seconds = self.clock.get() / 1_000;
            let said = self.stripe.borrow_mut().answer(&request, seconds);
            others_first().await;
            said
        })
    }

    fn pause(&self, millis: u32) -> Waits<'_, ()> {
        self.paused.borrow_mut().push(millis);
        Box::pin(others_first())
    }

    fn clock(&self) -> i64 {
        self.clock.get()
    }

    fn random(&self) -> String {
        self.random.set(self.random.get() + 1);
        format!("{:064x}", self.random.get())
    }

    fn log(&self, line: &str) {
        self.logged.borrow_mut().push(line.to_owned());
    }

    fn lets<'a>(&'a self, limit: Limit, key: &str) -> Waits<'a, bool> {
        let counted = format!("{limit:?} {key}");
        Box::pin(async move {
            let mut all = self.counted.borrow_mut();
            let count = all.entry(counted).or_default();
            *count += 1;
            *count <= self.lets.get()
        })
    }

    fn keys(&self) -> &KeyCache {
        &self.keys
    }
}

/// Decides who goes on.
struct Scheduler {
    order: Order,
    /// Who has not ended; the first goes on.
    line: Vec<usize>,
}

enum Order {
    /// Anybody, at every point.
    Anybody(Dice),
    /// Somebody goes on until he is stopped, now and then and for long: so one caller can do much while
    /// another one does nothing, which by pure chance would happen in one of thousands of orders.
    Stops(Dice),
    /// These first, then each to its end.
    Turns(VecDeque<usize>),
}

impl Scheduler {
    fn new(callers: usize, seed: u64) -> Self {
        let mut dice = Dice(seed);
        let mut line: Vec<usize> = (0..callers).collect();
        for at in 1..callers {
            line.swap(at, dice.pick(at + 1));
        }
        let order = if seed.is_multiple_of(2) {
            Order::Anybody(dice)
        } else {
            Order::Stops(dice)
        };
        Self { order, line }
    }

    fn in_turns(callers: usize, turns: VecDeque<usize>) -> Self {
        Self {
            order: Order::Turns(turns),
            line: (0..callers).collect(),
        }
    }

    fn next(&mut self) -> Option<usize> {
        if self.line.is_empty() {
            return None;
        }
        match &mut self.order {
            Order::Anybody(dice) => {
                let at = dice.pick(self.line.len());
                self.line.swap(0, at);
            }
            Order::Stops(dice) => self.line.rotate_left(usize::from(dice.below(6) == 0)),
            Order::Turns(turns) => {
                while let Some(next) = turns.pop_front() {
                    if self.line.contains(&next) {
                        return Some(next);
                    }
                }
            }
        }
        self.line.first().copied()
    }

    fn done(&mut self, caller: usize) {
        self.line.retain(|one| *one != caller);
    }
}

pub fn block_on<F: Future>(future: F) -> F::Output {
    let mut future = pin!(future);
    let mut polling = Polling::from_waker(Waker::noop());
    loop {
        if let Poll::Ready(output) = future.as_mut().poll(&mut polling) {
            return output;
        }
    }
}
