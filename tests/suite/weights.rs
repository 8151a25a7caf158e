//! Every limit holds in bytes as well as in count: what is legal fits, and what does not fit is refused before
//! anything is written. A wallet of the largest legal rows wakes within [`WAKE_MAX`].

use std::alloc::{GlobalAlloc, Layout, System};
use std::cell::Cell;
use std::collections::BTreeMap;

use scrip::engine::command::CreditSource;
use scrip::engine::price::Basis;
use scrip::engine::subscription::Change;
use scrip::engine::*;
use scrip::journal::chain::{GENESIS, rows};
use scrip::journal::limits::{MAX_ACCOUNTS, MAX_CALL, MAX_DRAWS, MAX_ROW, MAX_WALLET, check};
use scrip::journal::memory::MemoryJournal;
use scrip::journal::storage::Weight;
use scrip::journal::{Journal, Stop, Storage, snapshot, transact};
use scrip::worker::edge::call::{Ask as Question, Call};
use scrip::worker::wallet_object::object::WalletObject;
use scrip::worker::wallet_object::sql_journal::SqlJournal;
use serde_json::{Value, json};

use crate::asked::{self, amount, opened, usd};
use crate::edge_cases::{product, unit_price};
use crate::storage::Native;
use crate::world::{Memory, get, post, sent};

/// Half of what an isolate has, for all its wallets.
const WAKE_MAX: usize = 64 * 1024 * 1024;

// What a thread has of memory, counted.

struct Counting;

thread_local! {
    /// Now, and the most since it was last set back.
    static BYTES: Cell<(isize, isize)> = const { Cell::new((0, 0)) };
    /// All that was ever taken: what is copied shows here, however short it lives.
    static TAKEN: Cell<usize> = const { Cell::new(0) };
}

fn count(change: isize) {
    // While a thread ends there is nothing to count.
    let _ = BYTES.try_with(|bytes| {
        let (now, most) = bytes.get();
        bytes.set((now + change, most.max(now + change)));
    });
}

// The system's allocator does the work; beside it, only numbers of this thread change.
unsafe impl GlobalAlloc for Counting {
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        count(layout.size().cast_signed());
        let _ = TAKEN.try_with(|taken| taken.set(taken.get() + layout.size()));
        unsafe { System.alloc(layout) }
    }

    unsafe fn dealloc(&self, pointer: *mut u8, layout: Layout) {
        count(-layout.size().cast_signed());
        unsafe { System.dealloc(pointer, layout) }
    }
}

#[global_allocator]
static ALLOCATOR: Counting = Counting;

/// What `work` makes, and the most memory that it had at a time.
pub fn measured<T>(work: impl FnOnce() -> T) -> (T, usize) {
    let before = BYTES.get().0;
    BYTES.set((before, before));
    let made = work();
    let most = BYTES.get().1 - before;
    (made, most.try_into().expect("not less than nothing"))
}

/// What `work` makes, and the memory that it keeps.
pub fn kept<T>(work: impl FnOnce() -> T) -> (T, usize) {
    let before = BYTES.get().0;
    let made = work();
    let more = BYTES.get().0 - before;
    (made, more.try_into().expect("not less than nothing"))
}

// A wallet by its engine.

fn account(name: &str) -> AccountId {
    AccountId::parse(&format!("{name}:USD")).expect("an account")
}

fn told(op: &str, action: Action) -> Command {
    Command {
        op: op.to_owned(),
        request: "asked".to_owned(),
        action,
    }
}

fn credit(name: &str, sum: &str) -> Action {
    Action::Credit(Credit {
        account: account(name),
        ..asked::credit(usd(6), amount(sum))
    })
}

fn charge(name: &str, sum: &str) -> Action {
    Action::Debit(Debit {
        account: account(name),
        ..asked::charge(usd(6), amount(sum))
    })
}

fn used(words: usize) -> Action {
    Action::RecordUsage {
        event: UsageEvent {
            id: None,
            event_type: "chat".into(),
            occurred_at: None,
            subject: None,
            description: Some("w".repeat(words)),
            costs: Vec::new(),
            data: BTreeMap::new(),
        },
    }
}

fn held(sum: &str, subject: &str) -> Action {
    Action::Authorize {
        ask: Ask::Amount {
            asset: "USD".into(),
            amount: amount(sum),
        },
        on_insufficient: OnInsufficient::Deny,
        seconds: 86_400,
        subject: Some(subject.to_owned()),
        on_unpriced: OnUnpriced::Deny,
    }
}

#[derive(Default)]
struct Told {
    journal: MemoryJournal,
    wallet: Wallet,
}

impl Told {
    fn new() -> Self {
        let mut told = Self::default();
        assert_eq!(told.tell("open", opened()), "");
        told
    }

    fn all(&mut self, commands: &[Command]) -> Result<usize, (usize, Refusal)> {
        let at = Instant::from_micros(1_000_000);
        let done = transact(&mut self.journal, &mut self.wallet, at, commands);
        match done {
            Ok(answers) => Ok(answers.iter().filter(|answer| !answer.replayed).count()),
            Err((place, Stop::Refused(refusal))) => Err((place, refusal)),
            Err((_, Stop::Failed(failure))) => match failure {},
        }
    }

    /// The code of its refusal; nothing where it is accepted.
    fn tell(&mut self, op: &str, action: Action) -> &'static str {
        match self.all(&[told(op, action)]) {
            Ok(_) => "",
            Err((_, refusal)) => refusal.code(),
        }
    }
}

#[test]
fn an_entry_has_as_many_bytes_as_it_may() {
    let mut wallet = Told::new();
    assert_eq!(wallet.tell("none", used(0)), "");
    let bare = wallet.journal.rows[1].text.len();
    let room = MAX_ROW - bare;
    assert_eq!(wallet.tell("more", used(room + 1)), "too_large");
    assert_eq!(wallet.journal.rows.len(), 2, "nothing was written");
    assert_eq!(wallet.tell("most", used(room)), "");
    assert_eq!(wallet.journal.rows[2].text.len(), MAX_ROW);
    // Its replay is no smaller, and answered.
    assert_eq!(wallet.all(&[told("most", used(room))]), Ok(0));
    // What was refused has used up nothing.
    assert_eq!(wallet.tell("more", used(room - 1)), "");
}

#[test]
fn the_entries_of_one_call_have_as_many_bytes_as_they_may() {
    let mut wallet = Told::new();
    let large = |place: usize| told(&format!("event:{place}"), used(1_000_000));
    let calls: Vec<Command> = (0..9).map(large).collect();
    let Err((place, refusal)) = wallet.all(&calls) else {
        panic!("nine million bytes were written at once");
    };
    assert_eq!((place, refusal.code()), (8, "too_large"));
    assert_eq!(wallet.journal.rows.len(), 1, "nothing was written");
    assert_eq!(wallet.all(&calls[..8]), Ok(8));
    // What is known is not written again, so the rest fits.
    assert_eq!(wallet.all(&calls), Ok(1));
}

#[test]
fn one_hold_draws_on_as_many_grants_as_its_end_can_name() {
    let wallet = Wallet::default();
    let holds = |grants: usize| {
        let draw = |grant: usize| {
            Move::Reserve(Draw {
                grant: grant as u64 + 1_000_000,
                amount: amount("0.000001"),
            })
        };
        let change = AccountChange {
            account: account("default"),
            precision: None,
            moves: (0..grants).map(draw).collect(),
            balance: amount("1"),
            held: amount("1"),
            restricted: Amount::ZERO,
        };
        let fact = Fact::HoldAuthorized {
            hold: 1,
            expires_at: Instant::MAX,
            subject: None,
            fees: Vec::new(),
            caps: Vec::new(),
            capped: false,
            warnings: Vec::new(),
        };
        let entry = Entry {
            v: 1,
            seq: 1,
            at: Instant::default(),
            op: "auth:1".into(),
            request: String::new(),
            fact,
            changes: vec![change],
            counts: Vec::new(),
            reached: Vec::new(),
        };
        rows(GENESIS, vec![entry])
    };
    let refused = check(Weight::default(), &wallet, &holds(MAX_DRAWS + 1));
    assert_eq!(
        refused.map_err(|why| why.code()),
        Err("too_many_grants_held")
    );
    assert!(check(Weight::default(), &wallet, &holds(MAX_DRAWS)).is_ok());
    // Its end gives back to each grant, and each may have expired: two moves of the largest numbers.
    let draw = Draw {
        grant: 9_007_199_254_740_991,
        amount: amount("999999999999999.999999999999"),
    };
    let moves = serde_json::to_string(&[Move::Release(draw), Move::Lapse(draw)]);
    let bytes = moves.expect("JSON").len() * MAX_DRAWS;
    assert!(bytes < MAX_ROW, "{bytes}");
}

#[test]
fn a_wallet_has_at_most_1000_accounts() {
    let mut wallet = Told::new();
    for place in 0..MAX_ACCOUNTS {
        let name = format!("a{place}");
        assert_eq!(wallet.tell(&name, credit(&name, "1")), "", "{name}");
    }
    let full = "too_many_accounts";
    assert_eq!(wallet.tell("one", credit("another", "1")), full);
    assert_eq!(wallet.tell("one", charge("another", "1")), full);
    let overdraft = Action::SetOverdraft {
        account: account("another"),
        asset: usd(6),
        limit: amount("1"),
    };
    assert_eq!(wallet.tell("one", overdraft), full);
    assert_eq!(
        wallet.tell("two", charge("a7", "2")),
        "",
        "one that is there"
    );
    // Money that was paid comes in.
    let Action::Credit(mut paid) = credit("another", "1") else {
        panic!("credit is credit");
    };
    paid.source = CreditSource::Payment {
        payment: "pi_1".into(),
        event: "evt_1".into(),
        tax_known: true,
        paid: None,
    };
    assert_eq!(wallet.tell("paid", Action::Credit(paid)), "");
}

/// A wallet object over rows in memory.
struct Awake(WalletObject<MemoryJournal>);

impl Awake {
    fn new() -> Self {
        let mut awake = Self(WalletObject::new(
            MemoryJournal::default(),
            Wallet::default(),
            0,
        ));
        let opens = Question::OpenWallet {
            subscriptions: Vec::new(),
            presets: Vec::new(),
            pay_at: String::new(),
        };
        assert_eq!(awake.call(opens, Value::Null).0, 200);
        awake
    }

    fn call(&mut self, ask: Question, body: Value) -> (u16, Value) {
        let call = Call {
            wallet: "acc/test/cust".into(),
            customer: "cust".into(),
            request_id: "req".into(),
            key: None,
            external_id: None,
            ask,
        };
        let body = if body.is_null() {
            String::new()
        } else {
            body.to_string()
        };
        let at = Instant::from_micros(1_000_000);
        let reply = self.0.call(&call, &body, at).expect("memory does not fail");
        let value = serde_json::from_str(&reply.body).unwrap_or(Value::Null);
        (reply.status, value)
    }

    fn credit(&mut self, id: &str) -> (u16, Value) {
        let body = json!({"transaction_id": id, "asset": "USD", "amount": "1000", "reason": "gift",
                "description": "🎁".repeat(1_000)});
        self.call(Question::Adjust { precision: 6 }, body)
    }

    fn authorize(&mut self, id: &str, subject: &str) -> (u16, Value) {
        let body = json!({"id": id, "asset": "USD", "amount": "0.01", "subject": subject});
        let on_unpriced = OnUnpriced::Deny;
        self.call(
            Question::Authorize {
                topup_url: None,
                on_unpriced,
                spend_cap: None,
            },
            body,
        )
    }
}

#[test]
fn a_full_wallet_records_what_happens_and_is_made_no_larger() {
    let mut wallet = Awake::new();
    assert_eq!(wallet.credit("first").0, 201);
    let subject = "🎁".repeat(1_000);
    let mut holds = Vec::new();
    let full = loop {
        let (status, reply) = wallet.authorize(&format!("a{}", holds.len()), &subject);
        if status != 200 {
            break reply;
        }
        holds.push(reply["hold"]["id"].as_str().expect("a hold").to_owned());
        assert!(holds.len() < 10_000, "a wallet has no end");
    };
    assert_eq!(full["code"], "wallet_full");
    assert_eq!(full["retryable"], true);
    let said = full["detail"].as_str().expect("a sentence");
    assert!(said.contains(&MAX_WALLET.to_string()), "{said}");
    // It was measured, and not only estimated from the rows: they say each subject as well.
    let bytes = holds.len() * 4_000;
    assert!(bytes > MAX_WALLET * 9 / 10, "{bytes}");
    assert_eq!(wallet.credit("second").0, 422);
    // What was asked before is answered as before.
    let (status, again) = wallet.authorize("a0", &subject);
    assert_eq!((status, &again["hold"]["id"]), (200, &json!(holds[0])));
    // What has happened is recorded.
    let charge = json!({"transaction_id": "c", "asset": "USD", "amount": "1"});
    assert_eq!(
        wallet.call(Question::Charge { precision: 6 }, charge).0,
        201
    );
    let event = json!({"events": [{"id": "e", "event_type": "chat", "occurred_at": "1970-01-01T00:00:01Z"}]});
    let recorded = wallet.call(Question::RecordUsage { represent: false }, event);
    assert_eq!(recorded.0, 204);
    // What ends makes room again.
    for hold in 3..403 {
        let (status, _) = wallet.call(Question::CaptureHold { hold }, Value::Null);
        assert_eq!(status, 200);
    }
    assert_eq!(wallet.authorize("new", &subject).0, 200);
    assert_eq!(wallet.credit("second").0, 201);
}

#[test]
fn the_largest_batch_of_the_api_is_recorded_or_refused_whole() {
    let world = Memory::new();
    let product = world.get(
        &post("/v1/products", product("chat", &unit_price("1"))),
        201,
    );
    let body = json!({"name": "Acme", "external_id": "acme", "subscriptions": [{"products": [{"id": product["id"]}]}]});
    let customer = world.get(&post("/v1/customers", body), 201);
    let id = customer["id"].as_str().expect("an id");
    let budgets = |count: usize, change: &'static str| {
        for place in 0..count {
            let path = format!("/v1/customers/{id}/wallet/budgets/b{place}");
            let budget = json!({"asset": "USD", "limit": "1", "window": "day", "each": "subject"});
            let (body, status) = match change {
                "PUT" => (budget, 200),
                _ => (Value::Null, 204),
            };
            world.get(&sent(change, path, body), status);
        }
    };
    let usage = |name: &str, count: usize| {
        let event = |place: usize| {
            json!({"id": format!("{name}{place}"), "event_type": "chat", "subject": "s".repeat(255),
                "description": "d".repeat(620), "occurred_at": "2026-09-21T00:00:00Z"})
        };
        let events: Vec<Value> = (0..count).map(event).collect();
        post("/v1/events", json!({"customer_id": id, "events": events}))
    };
    // Nearly as much as a body may have.
    world.get(&usage("plain", 1_000), 204);
    // A hundred budgets count each event: ten times as much to write.
    budgets(100, "PUT");
    let before = world.everything();
    let refused = world.get(&usage("counted", 1_000), 422);
    assert_eq!(refused["code"], "too_large");
    let said = refused["detail"].as_str().expect("a sentence");
    assert!(said.contains(&MAX_CALL.to_string()), "{said}");
    assert_eq!(world.everything(), before, "nothing was written");
    world.get(&usage("counted", 100), 204);
    budgets(100, "DELETE");
    // Listed page by page, each as large as it may be, and all of them once.
    let (mut seqs, mut cursor) = (Vec::new(), String::new());
    loop {
        let path = format!("/v1/customers/{id}/wallet/entries?limit=100{cursor}");
        let page = world.get(&get(path), 200);
        let items = page["items"].as_array().expect("items").clone();
        seqs.extend(
            items
                .iter()
                .map(|item| item["seq"].as_u64().expect("a seq")),
        );
        let Some(next) = page["next"].as_str() else {
            break;
        };
        cursor = format!("&cursor={next}");
    }
    let all: Vec<u64> = (1..=seqs[0]).rev().collect();
    assert!(seqs == all && seqs[0] > 1_300, "{seqs:?}");
}

#[test]
fn a_snapshot_says_its_format() {
    let mut told = Told::new();
    assert_eq!(told.tell("credit", credit("default", "1")), "");
    let text = snapshot::text(&told.wallet);
    assert!(text.starts_with("2\n{"), "{text}");
    assert_eq!(snapshot::read(&text).as_ref(), Some(&told.wallet));
    let (_, body) = text.split_once('\n').expect("two lines");
    // From before there was a number, of an earlier and of a later version.
    assert_eq!(snapshot::read(body), None);
    assert_eq!(snapshot::read(&format!("1\n{body}")), None);
    assert_eq!(snapshot::read(&format!("3\n{body}")), None);
    // Of a later version, by what it says.
    let more = body.replacen('{', "{\"later\":1,", 1);
    assert_eq!(snapshot::read(&format!("2\n{more}")), None);
    assert_eq!(snapshot::read(&more), None);
    let deep = body.replacen("\"free\":", "\"later\":[],\"free\":", 1);
    assert_ne!(deep, body);
    assert_eq!(snapshot::read(&format!("2\n{deep}")), None);
    for damaged in ["", "2", "2\n", "\n", "x\n{}", "2\n{}", "-2\n{}", &body[1..]] {
        assert_eq!(snapshot::read(damaged), None, "{damaged}");
    }
}

#[test]
fn what_time_does_with_a_plan_is_written_into_a_full_wallet() {
    let wallet = Wallet::default();
    let moved = |request: &str| Entry {
        v: entry::FORMAT,
        seq: 1,
        at: Instant::from_micros(1),
        op: "sub:1:move:2".into(),
        request: request.into(),
        fact: Fact::ProductChanged {
            subscription: 1,
            replaces: "old".into(),
            product: PricedProduct::default(),
            terms: Vec::new(),
            given: Vec::new(),
            credited: Vec::new(),
            charged: Vec::new(),
            taken: Vec::new(),
            kept: standing::Standing::default(),
        },
        changes: Vec::new(),
        counts: Vec::new(),
        reached: Vec::new(),
    };
    let full = Weight {
        saved: MAX_WALLET,
        since: 0,
    };
    let asked = check(full, &wallet, &rows(GENESIS, vec![moved("asked")]));
    assert_eq!(asked.map_err(|one| one.code()), Err("wallet_full"));
    let due = check(full, &wallet, &rows(GENESIS, vec![moved("")]));
    assert!(due.is_ok(), "{due:?}");
}

/// The largest wallet that can be made: as many holds, grants and values as there may be, large words in them,
/// and the largest rows since its snapshot.
fn largest() -> Native {
    let sql = Native::new();
    let (mut journal, mut wallet, _) = SqlJournal::wake(sql.clone()).expect("a database");
    let at = Instant::from_micros(1_000_000);
    let mut commands = vec![
        told("open", opened()),
        told("first", credit("default", "1000000")),
    ];
    let budget = |code: &str| Action::SetBudget {
        anchored_to: None,
        code: code.to_owned(),
        precision: 6,
        terms: budget::Terms {
            each: Some(budget::SUBJECT.to_owned()),
            ..serde_json::from_value(json!({"asset": "USD", "limit": "1000", "window": "lifetime"}))
                .expect("terms")
        },
    };
    commands.push(told("budget", budget("each")));
    commands.extend((0..9_990).map(|place| {
        let subject = format!("{place} {}", "s".repeat(180));
        told(&format!("a{place}"), held("0.01", &subject))
    }));
    commands
        .extend((0..5_000).map(|place| told(&format!("g{place}"), credit("default", "0.000001"))));
    for some in commands.chunks(500) {
        let done = transact(&mut journal, &mut wallet, at, some);
        if let Err((place, stop)) = done {
            let Stop::Refused(refusal) = stop else {
                panic!("the storage failed");
            };
            assert_eq!(refusal.code(), "wallet_full", "{place}");
            journal.save(&wallet).expect("a snapshot");
            if journal.weight().most() > MAX_WALLET * 9 / 10 {
                break;
            }
        }
    }
    journal.save(&wallet).expect("a snapshot");
    let bytes = journal.weight().saved;
    assert!(bytes > MAX_WALLET / 2, "{bytes}");
    // As many of the largest rows as a call writes just before the next snapshot is due.
    let words = MAX_ROW - 1_000;
    for place in 0..(MAX_WALLET + MAX_CALL) / MAX_ROW {
        let command = told(&format!("w{place}"), used(words));
        transact(&mut journal, &mut wallet, at, &[command])
            .unwrap_or_else(|_| panic!("a large row"));
    }
    sql
}

#[test]
fn the_largest_wallet_wakes_within_64_mib() {
    let sql = largest();
    let (woken, most) = measured(|| SqlJournal::wake(sql));
    let (journal, wallet, saved) = woken.expect("a wallet");
    assert!(saved > 0 && wallet.seq > saved, "a snapshot and rows since");
    println!(
        "{most} bytes for a wallet of {} bytes and {} of rows",
        journal.weight().saved,
        journal.weight().since
    );
    assert!(most < WAKE_MAX, "{most} bytes at a time");
}

/// A thousand events in one batch take no more memory where the wallet has much in it. Where a batch or an
/// event copied what it does not change, this would be hundreds of times as much.
#[test]
fn a_batch_costs_the_same_in_a_large_wallet() {
    let alone = batch(Told::new());
    let mut many = Told::new();
    let commands = (0..9_000).map(|nth| told(&format!("c{nth}"), credit("default", "0.01")));
    for some in commands.collect::<Vec<_>>().chunks(1_000) {
        assert_eq!(many.all(some), Ok(1_000));
    }
    let mut ended = Told::new();
    for nth in 0..500 {
        let product = PricedProduct {
            id: format!("prod_{nth}"),
            prices: vec![unit_of(&format!("price_{nth}"))],
            ..PricedProduct::default()
        };
        let subscribe = Action::subscribe(vec![product]);
        assert_eq!(ended.tell(&format!("s{nth}"), subscribe), "");
        let end = Action::ChangeSubscription {
            subscription: ended.wallet.seq,
            change: Change::Deactivate,
        };
        assert_eq!(ended.tell(&format!("e{nth}"), end), "");
    }
    let rows = [
        ("9,000 grants", batch(many)),
        ("500 ended subscriptions", batch(ended)),
    ];
    for (beside, taken) in rows {
        assert!(
            taken <= alone * 2,
            "{beside}: {taken} bytes instead of {alone}"
        );
    }
}

fn unit_of(id: &str) -> Price {
    let unit_price = amount("0.01");
    Price::flat(
        id.into(),
        id.into(),
        "image".into(),
        usd(6),
        Basis::Unit { unit_price },
    )
}

/// The bytes that a batch of 1,000 charges takes, all in all.
fn batch(mut wallet: Told) -> usize {
    assert_eq!(wallet.tell("funds", credit("default", "100")), "");
    let charges = (0..1_000).map(|nth| told(&format!("b{nth}"), charge("default", "0.001")));
    let charges: Vec<_> = charges.collect();
    let before = TAKEN.get();
    assert_eq!(wallet.all(&charges), Ok(1_000));
    TAKEN.get() - before
}

#[test]
fn the_memory_of_a_thread_is_counted() {
    let (made, most) = measured(|| {
        drop(vec![0_u8; 3_000_000]);
        vec![0_u8; 1_000_000]
    });
    assert!((3_000_000..3_100_000).contains(&most), "{most}");
    drop::<Vec<u8>>(made);
}
