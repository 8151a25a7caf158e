//! A wallet that slept for years is caught up in turns: no call decides more than a known number of rows and
//! bytes, none is answered by a wallet that lags behind, and nothing of it is dated later than it was due.

use scrip::engine::calendar::{Interval, Unit};
use scrip::engine::command::RechargeChange;
use scrip::engine::entitlement::{Entitlement, Refresh};
use scrip::engine::price::{Due, FixedPrice};
use scrip::engine::recharge::{Fill, Rule};
use scrip::engine::scope::Scope;
use scrip::engine::*;
use scrip::journal::chain::GENESIS;
use scrip::journal::limits::{MAX_ROW, MAX_WALLET};
use scrip::journal::turns::{MAX_DUE, TURN, pass, seen};
use scrip::journal::{Journal, Stop, Storage, recharge, settle, transact};
use scrip::worker::edge::call::{Ask as Question, Call};
use scrip::worker::wallet_object::object::WalletObject;
use scrip::worker::wallet_object::sql_journal::SqlJournal;

use crate::asked::{self, amount, opened, usd};
use crate::storage::Native;
use crate::weights::measured;

const DAY: i64 = 86_400_000_000;
const TEN_YEARS: i64 = 3_652;

fn on_day(day: i64) -> Instant {
    Instant::from_micros(1_000_000 + day * DAY)
}

/// A product with so much credit for each day, restricted to so many kinds of events.
fn daily(code: &str, entitlements: usize, kinds: usize) -> PricedProduct {
    let scope = Scope {
        event_types: (0..kinds).map(|kind| format!("{kind:0200}")).collect(),
        ..Scope::default()
    };
    let entitlement = |place: usize| Entitlement {
        name: format!("credit_{place}"),
        asset: usd(6),
        amount: amount("0.5"),
        purpose: Purpose::Bundled,
        every: Interval {
            unit: Unit::Day,
            count: 1,
        },
        refresh: Refresh::ExpireAndReplace,
        priority: 50,
        revenue_basis: None,
        scope: scope.clone(),
    };
    PricedProduct {
        id: format!("prod_{code}"),
        code: code.into(),
        version: 1,
        entitlements: (0..entitlements).map(entitlement).collect(),
        ..PricedProduct::default()
    }
}

/// The same, for a fee of each day.
fn paid_daily(code: &str) -> PricedProduct {
    PricedProduct {
        fixed_prices: vec![FixedPrice {
            id: format!("fee_{code}"),
            name: "each day".into(),
            asset: usd(6),
            amount: amount("0.01"),
            due: Due::Recurring(Interval {
                unit: Unit::Day,
                count: 1,
            }),
        }],
        ..daily(code, 0, 0)
    }
}

fn credit(sum: &str) -> Action {
    Action::Credit(asked::credit(usd(6), amount(sum)))
}

fn charge(sum: &str) -> Action {
    Action::Debit(asked::charge(usd(6), amount(sum)))
}

/// A wallet on its first day, in a SQLite.
struct Asleep {
    sql: Native,
    journal: SqlJournal<Native>,
    wallet: Wallet,
}

impl Asleep {
    fn with(products: Vec<PricedProduct>) -> Self {
        let sql = Native::new();
        let (journal, wallet, _) = SqlJournal::wake(sql.clone()).expect("a database");
        let mut asleep = Self {
            sql,
            journal,
            wallet,
        };
        let subscribe = products.into_iter().map(|one| Action::subscribe(vec![one]));
        let all = [opened(), credit("1000")].into_iter().chain(subscribe);
        for (place, action) in all.enumerate() {
            assert_eq!(asleep.tell(&format!("first:{place}"), action, 0), Ok(()));
        }
        asleep.settle(0);
        asleep
    }

    fn tell(&mut self, op: &str, action: Action, day: i64) -> Result<(), &'static str> {
        let command = Command {
            op: op.into(),
            request: "asked".into(),
            action,
        };
        match transact(&mut self.journal, &mut self.wallet, on_day(day), &[command]) {
            Ok(_) => Ok(()),
            Err((_, Stop::Refused(refusal))) => Err(refusal.code()),
            Err((_, Stop::Failed(failure))) => panic!("{failure}"),
        }
    }

    fn settle(&mut self, day: i64) -> usize {
        settle(&mut self.journal, &mut self.wallet, on_day(day)).expect("a database")
    }

    fn rows(&self) -> usize {
        self.sql
            .one("SELECT CAST(count(*) AS TEXT) FROM journal")
            .parse()
            .expect("a number")
    }
}

#[test]
fn ten_years_of_a_daily_fee_are_one_call() {
    let mut asleep = Asleep::with(vec![paid_daily("pro")]);
    let before = asleep.rows();
    assert_eq!(asleep.tell("late", credit("1"), TEN_YEARS), Ok(()));
    let days = usize::try_from(TEN_YEARS).expect("days");
    assert_eq!(asleep.rows() - before, days + 1);
    let own = "SELECT CAST(count(DISTINCT at) AS TEXT) FROM journal \
               WHERE op LIKE 'sub:3:renew:%' AND (at - 1000000) % 86400000000 = 0";
    assert_eq!(
        asleep.sql.one(own),
        TEN_YEARS.to_string(),
        "as of its own day"
    );
    let account = AccountId::default_for("USD");
    let balance = asleep.wallet.balance(&account, on_day(TEN_YEARS));
    // 1,001 less 3,653 fees.
    assert_eq!(balance.map(|one| one.available()), Ok(amount("964.47")));
}

#[test]
fn a_wallet_that_slept_too_long_for_one_call_goes_on_with_the_next() {
    let products = ["a", "b"].map(|code| daily(code, 1, 0));
    let mut asleep = Asleep::with(products.to_vec());
    // A grant for each day, and the end of the one before it.
    let due = 2 * 2 * usize::try_from(TEN_YEARS).expect("days");
    let first = asleep.rows();
    assert!(due > MAX_DUE && due < 2 * MAX_DUE, "{due}");
    // What is known is answered as before, and writes nothing.
    assert_eq!(asleep.tell("first:1", credit("1000"), TEN_YEARS), Ok(()));
    assert_eq!(asleep.rows(), first);
    let late = asleep.tell("late", credit("1"), TEN_YEARS);
    assert_eq!(late, Err("catching_up"));
    assert_eq!(
        asleep.rows() - first,
        MAX_DUE,
        "of the command there is nothing"
    );
    assert_eq!(asleep.tell("late", credit("1"), TEN_YEARS), Ok(()));
    assert_eq!(asleep.rows() - first, due + 1);
    // In the order of time, and each as of its own day.
    let back = "SELECT CAST(count(*) AS TEXT) FROM journal AS one JOIN journal AS next \
                ON next.seq = one.seq + 1 WHERE next.at < one.at";
    assert_eq!(asleep.sql.one(back), "0");
    let days = "SELECT CAST(count(DISTINCT at) AS TEXT) FROM journal WHERE op LIKE 'ent:%'";
    assert_eq!(asleep.sql.one(days), (TEN_YEARS + 1).to_string());
    assert_eq!(asleep.settle(TEN_YEARS), 0, "nothing is left");
}

#[test]
fn nothing_is_recharged_before_all_that_is_due_is_written() {
    let products = [daily("a", 1, 0), daily("b", 1, 0), paid_daily("pro")];
    let mut asleep = Asleep::with(products.to_vec());
    let rule = Rule {
        threshold: amount("990"),
        fill: Fill::Amount(amount("50")),
        currency: "USD".into(),
        places: 2,
        payment_method: None,
        daily_limit: None,
        monthly_limit: None,
        cooldown: 600,
        enabled: true,
    };
    let set = Action::Recharge(RechargeChange::Set {
        account: AccountId::default_for("USD"),
        asset: usd(6),
        rule,
    });
    assert_eq!(asleep.tell("rule", set, 0), Ok(()));
    let mut wake = || {
        recharge(
            &mut asleep.journal,
            &mut asleep.wallet,
            &[],
            on_day(TEN_YEARS),
        )
    };
    // By then the fees have taken it below the threshold already.
    assert_eq!(wake(), Ok(MAX_DUE));
    let days = usize::try_from(TEN_YEARS).expect("days");
    assert_eq!(
        wake(),
        Ok(5 * days - MAX_DUE + 1),
        "the rest, and one intent"
    );
    assert_eq!(wake(), Ok(0));
    let last = "SELECT entry FROM journal ORDER BY seq DESC LIMIT 1";
    let last = asleep.sql.one(last);
    assert!(last.contains("\"intended\":{\"amount\":\"50\""), "{last}");
}

#[test]
fn an_object_that_slept_too_long_asks_to_be_asked_again_and_its_alarm_goes_on() {
    let products = ["a", "b"].map(|code| daily(code, 1, 0));
    let Asleep {
        journal,
        wallet,
        sql,
    } = Asleep::with(products.to_vec());
    let saved = wallet.seq;
    let mut object = WalletObject::new(journal, wallet, saved);
    let look = |object: &mut WalletObject<_>| {
        let call = Call {
            wallet: "acc/test/cust".into(),
            customer: "cust".into(),
            request_id: "req".into(),
            key: None,
            external_id: None,
            ask: Question::GetWallet,
        };
        let reply = object.call(&call, "", on_day(TEN_YEARS));
        reply.expect("a database")
    };
    let reply = look(&mut object);
    assert_eq!(reply.status, 422);
    let said = reply.body;
    assert!(said.contains("\"code\":\"catching_up\""), "{said}");
    assert!(said.contains("\"retryable\":true"), "{said}");
    assert!(object.take_recorded(), "the directory is to be told");
    let next = object.next_expiry().expect("more is due");
    assert!(next < on_day(TEN_YEARS), "the alarm rings at once");
    object.settle(on_day(TEN_YEARS)).expect("a database");
    let next = object.next_expiry().expect("there is a next day");
    assert!(next > on_day(TEN_YEARS));
    assert_eq!(look(&mut object).status, 200);
    // A wake reads a snapshot and few rows.
    drop(object);
    let (_, wallet, saved) = SqlJournal::wake(sql).expect("a database");
    assert!(wallet.seq - saved < 1_000, "{saved} of {}", wallet.seq);
}

#[test]
fn a_turn_ends_by_its_bytes_and_a_call_needs_a_bounded_memory() {
    // 20 kinds of credit with restrictions of 20 KB each: 400 KB for each day.
    let mut asleep = Asleep::with(vec![daily("heavy", 20, 100)]);
    let (turn, most) = measured(|| {
        let turn = pass(GENESIS, &asleep.wallet, on_day(25), TURN);
        let bytes: Vec<usize> = turn.rows.iter().map(|row| row.text.len()).collect();
        (bytes, turn.is_whole)
    });
    let (bytes, is_whole) = turn;
    let (last, before) = bytes.split_last().expect("rows");
    let sum: usize = before.iter().sum();
    assert!(!is_whole && bytes.len() < TURN.rows, "{}", bytes.len());
    assert!(sum < TURN.bytes && sum + last >= TURN.bytes, "{sum}");
    assert!(most < 8 * TURN.bytes, "{most} bytes at a time");
    let (_, most) = measured(|| {
        assert_eq!(asleep.tell("late", charge("1"), 25), Ok(()));
    });
    assert!(most < 12 * TURN.bytes, "{most} bytes at a time");
    let written = asleep.journal.weight().since;
    assert!(written > 2 * TURN.bytes, "several turns: {written}");
}

/// An entry makes a wallet larger by its own length at most, but what falls due mostly replaces what was there.
#[test]
fn a_wallet_that_wrote_much_at_once_is_not_told_to_be_full() {
    // 50 KB for each day, of which the wallet keeps the last ones.
    let mut asleep = Asleep::with(vec![daily("heavy", 20, 10)]);
    assert_eq!(asleep.tell("late", credit("1"), 220), Ok(()));
    let weight = asleep.journal.weight();
    assert!(weight.since > MAX_WALLET, "{weight:?}");
    // Nor the batch behind it, whose every command asks again.
    let command = |place: usize| Command {
        op: format!("batch:{place}"),
        request: "asked".into(),
        action: credit("1"),
    };
    let batch: Vec<_> = (0..100).map(command).collect();
    let done = transact(&mut asleep.journal, &mut asleep.wallet, on_day(220), &batch);
    assert_eq!(
        done.map_err(|(place, _)| place).map(|all| all.len()),
        Ok(100)
    );
}

/// A command may make due what the next one of its batch then waits for; that is always less than a turn.
#[test]
fn what_the_largest_subscription_makes_due_is_less_than_a_turn() {
    let kinds = 4;
    let products: Vec<_> = (0..20)
        .map(|one| daily(&format!("p{one}"), 20, kinds))
        .collect();
    let mut asleep = Asleep::with(Vec::new());
    let command = Command {
        op: "all".into(),
        request: "asked".into(),
        action: Action::subscribe(products),
    };
    let done = transact(
        &mut asleep.journal,
        &mut asleep.wallet,
        on_day(0),
        &[command],
    );
    let answers = done.unwrap_or_else(|_| panic!("it is legal"));
    let subscribed = serde_json::to_string(&answers[0].entry)
        .expect("JSON")
        .len();
    let turn = pass(GENESIS, &asleep.wallet, on_day(0), TURN);
    assert!(turn.is_whole);
    assert_eq!(turn.rows.len(), 400);
    let bytes: usize = turn.rows.iter().map(|row| row.text.len()).sum();
    // Beside what it repeats of the product, which is in a row that has at most so many bytes.
    assert!(bytes - subscribed < 400 * 1_024, "{bytes} and {subscribed}");
    const { assert!(MAX_ROW + 400 * 1_024 < TURN.bytes) };
    assert!(seen(&asleep.wallet, on_day(0)).is_some());
    assert!(asleep.journal.save(&asleep.wallet).is_ok());
}
