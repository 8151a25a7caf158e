//! What every implementation of the journal must do, as a table that runs over each of them: the vector of the
//! tests, SQLite beside the tests, and the object's own storage. What only one of them does is found by the
//! others' tests, and not by a caller.

use crate::engine::command::{CreditSource, DebitCause, Metadata};
use crate::engine::hold::DEFAULT_SECONDS;
use crate::engine::price::Warning;
use crate::engine::scope::Scope;
use crate::engine::usage::Maths;
use crate::engine::{
    AccountId, Action, Amount, Ask, Asset, Command, Credit, Debit, Entry, Fact, Instant,
    OnInsufficient, OnUnpriced, Purpose, UsageEvent, Wallet, apply,
};

use super::chain::{GENESIS, Row, rows};
use super::limits::{MAX_CALL, MAX_ROW};
use super::storage::{Journal as _, PAGE_BYTES, Storage};
use super::transact::{Answer, transact};

/// One kind of storage.
pub trait Kind {
    /// What keeps the rows.
    type Journal: Storage<Failure: ToString>;

    /// A journal of its own, without a row.
    fn fresh(&mut self) -> Self::Journal;

    /// The same rows, once everything in memory is gone: the journal, the wallet, and the `seq` of its
    /// snapshot.
    ///
    /// # Errors
    /// What the storage said.
    fn wake(&mut self, journal: Self::Journal) -> Result<(Self::Journal, Wallet, u64), String>;
}

/// What must hold; an error says what did not.
pub type Law<K> = fn(&mut K) -> Result<(), String>;

/// Every law, by what it says.
#[must_use]
pub fn laws<K: Kind>() -> [(&'static str, Law<K>); 12] {
    [
        ("a journal without rows answers nothing", nothing_is_there),
        (
            "rows are read as they were written, to the byte",
            to_the_byte,
        ),
        ("a known operation is not appended", known_operations),
        ("rows are appended all or none", all_or_none),
        ("the largest rows fit, alone and together", large_rows),
        ("pages go back and end in time", pages),
        ("rows that warn are found, and no others", warnings),
        ("a hold's rows are its own", holds),
        ("a snapshot is the wallet", snapshots),
        ("what is told is not told again", telling),
        ("what tokens have spent is kept until its end", spending),
        (
            "a replay answers whatever is due and writes nothing",
            replays,
        ),
    ]
}

fn said<F: ToString>(failure: F) -> String {
    failure.to_string()
}

fn same<T: PartialEq + std::fmt::Debug>(what: &str, found: T, wanted: T) -> Result<(), String> {
    if found == wanted {
        return Ok(());
    }
    let mut told = format!("{what}: found {found:?}, wanted {wanted:?}");
    told.truncate(told.floor_char_boundary(2_000));
    Err(told)
}

/// Usage with these words; the first entry opens the wallet.
fn entry(seq: u64, op: &str, words: &str) -> Entry {
    let event = UsageEvent {
        id: None,
        event_type: "chat".to_owned(),
        occurred_at: None,
        subject: None,
        description: Some(words.to_owned()),
        costs: Vec::new(),
        data: std::collections::BTreeMap::new(),
    };
    let opened = Fact::WalletOpened {
        wallet: "acc/test/cust".to_owned(),
        customer: "cust".to_owned(),
    };
    let used = Fact::UsageRecorded {
        event,
        fees: Vec::new(),
        warnings: Vec::new(),
    };
    Entry {
        v: crate::engine::entry::FORMAT,
        seq,
        at: Instant::from_micros(1_000_000),
        op: op.to_owned(),
        request: "request".to_owned(),
        fact: if seq == 1 { opened } else { used },
        changes: Vec::new(),
        counts: Vec::new(),
        reached: Vec::new(),
    }
}

/// So many rows, each with these words.
fn history(count: u64, words: &str) -> Vec<Row> {
    let entries = (1..=count).map(|seq| entry(seq, &format!("event:{seq}"), words));
    rows(GENESIS, entries.collect())
}

/// A row that has exactly so many bytes.
fn of_size(seq: u64, op: &str, bytes: usize, letter: &str) -> Entry {
    let bare = Row::new("", entry(seq, op, "")).text.len();
    let each = Row::new("", entry(seq, op, letter)).text.len() - bare;
    let words = letter.repeat(bytes.saturating_sub(bare) / each.max(1));
    entry(seq, op, &words)
}

fn folded(rows: &[Row]) -> Wallet {
    let mut wallet = Wallet::default();
    rows.iter().for_each(|row| apply(&mut wallet, &row.entry));
    wallet
}

/// All rows, oldest first, page by page.
fn all<S: Storage<Failure: ToString>>(journal: &S) -> Result<Vec<Row>, String> {
    let (mut found, mut before) = (Vec::new(), u64::MAX);
    loop {
        let page = journal.page(before, 100).map_err(said)?;
        let Some(last) = page.last() else {
            found.reverse();
            return Ok(found);
        };
        before = last.entry.seq;
        found.extend(page);
    }
}

fn nothing_is_there<K: Kind>(kind: &mut K) -> Result<(), String> {
    let journal = kind.fresh();
    same("find", journal.find("open").map_err(said)?, None)?;
    same("page", journal.page(u64::MAX, 9).map_err(said)?.len(), 0)?;
    let mut seen = 0;
    let about = journal.each_of_hold(1, &mut |_| seen += 1);
    about.map_err(said)?;
    same("rows of a hold", seen, 0)?;
    same("untold", journal.untold().map_err(said)?.len(), 0)?;
    same("hash", journal.last_hash(), GENESIS.to_owned())?;
    same("weight", journal.weight().most(), 0)?;
    let (_, wallet, saved) = kind.wake(journal)?;
    same("wallet", wallet, Wallet::default())?;
    same("saved", saved, 0)
}

fn to_the_byte<K: Kind>(kind: &mut K) -> Result<(), String> {
    let words = [
        "\"quoted\" \\ and / slashed",
        "line\nbreak\ttab\u{1}",
        "\u{0}nothing\u{0}",
        "🎁 \u{2028} ß \u{10FFFF}",
        "1e3",
        "' OR 1=1; --",
        "",
    ];
    let entries = (1..).zip(words).map(|(seq, words)| {
        let op = format!("event:{words}");
        entry(seq + 1, &op, words)
    });
    let entries = std::iter::once(entry(1, "open", "")).chain(entries);
    let written = rows(GENESIS, entries.collect());
    let (one, many) = written.split_at(2);
    let mut journal = kind.fresh();
    for row in one {
        let appended = journal.append(std::slice::from_ref(row)).map_err(said)?;
        same("appended", appended, true)?;
    }
    same("appended", journal.append(many).map_err(said)?, true)?;
    let (journal, wallet, _) = kind.wake(journal)?;
    same("all rows", all(&journal)?, written.clone())?;
    for row in &written {
        let found = journal.find(&row.entry.op).map_err(said)?;
        same("found", found.as_ref(), Some(row))?;
    }
    same("wallet", wallet, folded(&written))
}

fn known_operations<K: Kind>(kind: &mut K) -> Result<(), String> {
    let written = history(3, "words");
    let mut journal = kind.fresh();
    same("appended", journal.append(&written).map_err(said)?, true)?;
    let hash = journal.last_hash();
    let again = |seq, op: &str| rows(&hash, vec![entry(seq, op, "other words")]);
    for op in ["event:1", "event:2", "event:3"] {
        let appended = journal.append(&again(4, op)).map_err(said)?;
        same(op, appended, false)?;
    }
    same("hash", journal.last_hash(), hash.clone())?;
    same("weight", journal.weight().since, {
        let bytes = written.iter().map(|row| row.text.len());
        bytes.sum::<usize>()
    })?;
    same("rows", all(&journal)?, written)?;
    // Two writers: whatever the answer, it is not yes.
    let taken = journal.append(&again(3, "event:new"));
    same("a number that is taken", matches!(taken, Ok(true)), false)?;
    same(
        "nothing was appended",
        journal.find("event:new").map_err(said)?,
        None,
    )?;
    let appended = journal.append(&again(4, "event:new")).map_err(said)?;
    same("a new one", appended, true)
}

fn all_or_none<K: Kind>(kind: &mut K) -> Result<(), String> {
    let written = history(3, "words");
    let mut journal = kind.fresh();
    same("appended", journal.append(&written).map_err(said)?, true)?;
    same("nothing at all", journal.append(&[]).map_err(said)?, true)?;
    let hash = journal.last_hash();
    for ops in [
        ["event:4", "event:2"],
        ["event:2", "event:4"],
        ["event:4", "event:4"],
        ["event:1", "event:2"],
    ] {
        let entries = vec![entry(4, ops[0], "new"), entry(5, ops[1], "new")];
        let appended = journal.append(&rows(&hash, entries)).map_err(said)?;
        same(&ops.join(" and "), appended, false)?;
        same("hash", journal.last_hash(), hash.clone())?;
        same("rows", all(&journal)?.len(), 3)?;
    }
    let taken = vec![entry(4, "event:4", "new"), entry(3, "event:5", "new")];
    let taken = journal.append(&rows(&hash, taken));
    same("a number that is taken", matches!(taken, Ok(true)), false)?;
    same("rows", all(&journal)?, written)?;
    let entries = vec![entry(4, "event:4", "new"), entry(5, "event:5", "new")];
    let appended = journal.append(&rows(&hash, entries)).map_err(said)?;
    same("both are new", appended, true)?;
    same("rows", all(&journal)?.len(), 5)
}

fn large_rows<K: Kind>(kind: &mut K) -> Result<(), String> {
    // Letters that JSON within JSON makes longer, and that JavaScript keeps in two bytes.
    for letter in ["\"", "ß", "\u{1}"] {
        let long_op = format!("event:{}", "ß".repeat(255));
        let mut entries = vec![entry(1, "open", ""), of_size(2, &long_op, MAX_ROW, letter)];
        let mut bytes = MAX_ROW;
        let mut seq = 3;
        while bytes < MAX_CALL {
            let size = if seq % 2 == 0 { MAX_ROW } else { 300_000 };
            entries.push(of_size(seq, &format!("event:{seq}"), size, letter));
            (bytes, seq) = (bytes + size, seq + 1);
        }
        let written = rows(GENESIS, entries);
        let (first, rest) = written.split_at(2);
        let mut journal = kind.fresh();
        for row in first {
            let appended = journal.append(std::slice::from_ref(row)).map_err(said)?;
            same("appended", appended, true)?;
        }
        same("appended", journal.append(rest).map_err(said)?, true)?;
        let (journal, wallet, _) = kind.wake(journal)?;
        let seqs = |rows: &[Row]| rows.iter().map(|row| row.entry.seq).collect::<Vec<_>>();
        let found = all(&journal)?;
        same("rows", seqs(&found), seqs(&written))?;
        same("to the byte", found == written, true)?;
        same("wallet", wallet == folded(&written), true)?;
    }
    Ok(())
}

fn pages<K: Kind>(kind: &mut K) -> Result<(), String> {
    let small = history(5, "words");
    let mut journal = kind.fresh();
    same("appended", journal.append(&small).map_err(said)?, true)?;
    let page = |before, limit| -> Result<Vec<u64>, String> {
        let rows = journal.page(before, limit).map_err(said)?;
        Ok(rows.iter().map(|row| row.entry.seq).collect())
    };
    same("newest first", page(u64::MAX, 2)?, vec![5, 4])?;
    same("before one", page(4, 2)?, vec![3, 2])?;
    same("the last", page(2, 2)?, vec![1])?;
    same("none", page(1, 2)?, vec![])?;
    // As long as it takes, but never too large and never empty.
    let entries = (1..=8).map(|seq| of_size(seq, &format!("event:{seq}"), 700_000, "\""));
    let large = rows(GENESIS, entries.collect());
    let mut journal = kind.fresh();
    same("appended", journal.append(&large).map_err(said)?, true)?;
    same("page by page", all(&journal)? == large, true)?;
    let page = journal.page(u64::MAX, 100).map_err(said)?;
    let bytes: usize = page.iter().map(|row| row.text.len()).sum();
    let last = page.last().map_or(0, |row| row.text.len());
    same("it ends in time", bytes - last < PAGE_BYTES, true)?;
    same("and not before", bytes >= PAGE_BYTES, true)
}

fn holds<K: Kind>(kind: &mut K) -> Result<(), String> {
    let about = |seq, op: &str, hold| Entry {
        fact: Fact::HoldReleased {
            hold,
            reason: Some("r".repeat(500_000)),
        },
        ..entry(seq, op, "")
    };
    let opens = |seq, op: &str| Entry {
        fact: Fact::HoldAuthorized {
            hold: seq,
            expires_at: Instant::MAX,
            subject: None,
            fees: Vec::new(),
            caps: Vec::new(),
            capped: false,
            warnings: Vec::new(),
        },
        ..entry(seq, op, "")
    };
    let entries = vec![
        entry(1, "open", ""),
        opens(2, "auth:a"),
        opens(3, "auth:b"),
        about(4, "hold:2:part:z", 2),
        about(5, "hold:3:end", 3),
        about(6, "hold:2:part:a", 2),
        about(7, "hold:2:end", 2),
        entry(8, "event:hold:2:end", ""),
    ];
    let mut journal = kind.fresh();
    let appended = journal.append(&rows(GENESIS, entries)).map_err(said)?;
    same("appended", appended, true)?;
    for (hold, wanted) in [
        (1, vec![]),
        (2, vec![2, 4, 6, 7]),
        (3, vec![3, 5]),
        (4, vec![]),
        (9, vec![]),
    ] {
        let mut seqs = Vec::new();
        let about = journal.each_of_hold(hold, &mut |row| seqs.push(row.entry.seq));
        about.map_err(said)?;
        same(&format!("rows of hold {hold}"), seqs, wanted)?;
    }
    Ok(())
}

fn warnings<K: Kind>(kind: &mut K) -> Result<(), String> {
    let warns = |seq: u64| {
        let mut entry = entry(seq, &format!("event:{seq}"), "words");
        if let Fact::UsageRecorded { warnings, .. } = &mut entry.fact {
            let event_type = "chat".to_owned();
            warnings.push(Warning::NoPrice {
                event: 0,
                event_type,
            });
        }
        entry
    };
    let words = "\"warnings\":[";
    let entries = vec![
        entry(1, "open", ""),
        warns(2),
        // What only says so in its words does not warn.
        entry(3, "event:3", words),
        warns(4),
        entry(5, words, ""),
        warns(6),
    ];
    let written = rows(GENESIS, entries);
    let (first, rest) = written.split_at(5);
    let mut journal = kind.fresh();
    same("appended", journal.append(first).map_err(said)?, true)?;
    // A snapshot has none of them: they are found in the rows of before it and of since.
    journal.save(&folded(first)).map_err(said)?;
    let (mut journal, _, saved) = kind.wake(journal)?;
    same("saved", saved, 5)?;
    same("appended", journal.append(rest).map_err(said)?, true)?;
    let (journal, ..) = kind.wake(journal)?;
    for (before, limit, wanted) in [
        (u64::MAX, 9, vec![6, 4, 2]),
        (u64::MAX, 2, vec![6, 4]),
        (6, 9, vec![4, 2]),
        (2, 9, vec![]),
    ] {
        let found = journal.unpriced(before, limit).map_err(said)?;
        let seqs: Vec<u64> = found.iter().map(|row| row.entry.seq).collect();
        same(&format!("{limit} before {before}"), seqs, wanted)?;
    }
    Ok(())
}

fn snapshots<K: Kind>(kind: &mut K) -> Result<(), String> {
    let written = history(6, "words");
    let (first, rest) = written.split_at(4);
    let mut journal = kind.fresh();
    same("appended", journal.append(first).map_err(said)?, true)?;
    // Larger than a value may be, and with letters of several bytes where it is cut.
    let mut wallet = folded(first);
    wallet.name = "ß🎁\"".repeat(700_000);
    journal.save(&wallet).map_err(said)?;
    same("nothing since", journal.weight().since, 0)?;
    same("its weight", journal.weight().saved > 5_000_000, true)?;
    let (mut journal, woken, saved) = kind.wake(journal)?;
    same("saved", saved, 4)?;
    same("the wallet", woken == wallet, true)?;
    same("appended", journal.append(rest).map_err(said)?, true)?;
    let (mut journal, woken, saved) = kind.wake(journal)?;
    same("saved", saved, 4)?;
    rest.iter().for_each(|row| apply(&mut wallet, &row.entry));
    same("with the rows since", woken == wallet, true)?;
    // A smaller one leaves nothing of the larger one behind.
    let wallet = folded(&written);
    journal.save(&wallet).map_err(said)?;
    let (journal, woken, saved) = kind.wake(journal)?;
    same("saved", saved, 6)?;
    same("the wallet", woken, wallet)?;
    same("its weight", journal.weight().most() < 1_000, true)
}

fn telling<K: Kind>(kind: &mut K) -> Result<(), String> {
    let written = history(6, "words");
    let mut journal = kind.fresh();
    same("appended", journal.append(&written).map_err(said)?, true)?;
    let first = |journal: &K::Journal| -> Result<Option<u64>, String> {
        let rows = journal.untold().map_err(said)?;
        Ok(rows.first().map(|row| row.entry.seq))
    };
    same("the oldest first", first(&journal)?, Some(1))?;
    journal.note_told(2).map_err(said)?;
    same("then the next", first(&journal)?, Some(3))?;
    let (mut journal, ..) = kind.wake(journal)?;
    same("after a wake, too", first(&journal)?, Some(3))?;
    journal.note_told(6).map_err(said)?;
    same("then none", first(&journal)?, None)?;
    let entries = (7..=16).map(|seq| of_size(seq, &format!("event:{seq}"), 700_000, "\""));
    let large = rows(&journal.last_hash(), entries.collect());
    same("appended", journal.append(&large).map_err(said)?, true)?;
    let some = journal.untold().map_err(said)?.len();
    same("some at a time", (1..=10).contains(&some), true)
}

fn spending<K: Kind>(kind: &mut K) -> Result<(), String> {
    let at = Instant::from_micros;
    let amount = |text: &str| Amount::parse(text).map_err(said);
    let mut journal = kind.fresh();
    same("nothing", journal.spent("a").map_err(said)?, None)?;
    let appended = journal.append(&history(2, "words")).map_err(said)?;
    same("appended", appended, true)?;
    for (token, spent, now, until) in [
        ("a", "1.5", 1, 10),
        ("b", "0.000000000001", 2, 30),
        ("a", "2", 3, 20),
    ] {
        let noted = journal.note_spent(token, amount(spent)?, (at(now), at(until)));
        noted.map_err(said)?;
    }
    let (mut journal, ..) = kind.wake(journal)?;
    let found = ["a", "b", "c"].map(|token| journal.spent(token).map_err(said));
    let [a, b, c] = found;
    same(
        "of each",
        (a?, b?, c?),
        (Some(amount("2")?), Some(amount("0.000000000001")?), None),
    )?;
    let noted = journal.note_spent("c", amount("1")?, (at(20), at(40)));
    noted.map_err(said)?;
    same("what has ended", journal.spent("a").map_err(said)?, None)?;
    same(
        "what has not",
        journal.spent("b").map_err(said)?.is_some(),
        true,
    )
}

const SECOND: i64 = 1_000_000;

fn told(op: &str, action: Action) -> Command {
    Command {
        op: op.to_owned(),
        request: format!("request of {op}"),
        action,
    }
}

/// Credit that expires, holds that expire, charges and usage, as commands of one moment.
fn commands() -> Option<Vec<Command>> {
    let asset = Asset::new("USD", 2).ok()?;
    let account = AccountId::default_for("USD");
    let amount = |text: &str| Amount::parse(text).ok();
    let credit = |expires_at: Option<Instant>| -> Option<Action> {
        Some(Action::Credit(Credit {
            account: account.clone(),
            asset: asset.clone(),
            amount: amount("10")?,
            purpose: Purpose::Paid,
            effective_at: None,
            expires_at,
            scope: Scope::default(),
            source: CreditSource::Adjustment {
                reason: "gift".to_owned(),
            },
            description: None,
            metadata: Metadata::new(),
        }))
    };
    let authorize = || -> Option<Action> {
        Some(Action::Authorize {
            ask: Ask::Amount {
                asset: "USD".to_owned(),
                amount: amount("1")?,
            },
            on_insufficient: OnInsufficient::Deny,
            seconds: DEFAULT_SECONDS,
            subject: None,
            on_unpriced: OnUnpriced::Deny,
        })
    };
    let charge = Action::Debit(Debit {
        account: account.clone(),
        asset: asset.clone(),
        amount: amount("0.5")?,
        cause: DebitCause::Charge,
        subject: None,
        description: None,
        metadata: Metadata::new(),
        maths: Maths::default(),
        grant: None,
    });
    let opens = Action::OpenWallet {
        wallet: "acc/test/cust".to_owned(),
        customer: "cust".to_owned(),
    };
    let soon = Instant::from_micros(60 * SECOND);
    Some(vec![
        told("open", opens),
        told("tx:1", credit(None)?),
        told("tx:2", credit(Some(soon))?),
        told("auth:1", authorize()?),
        told("auth:2", authorize()?),
        told("tx:3", charge),
        told(
            "hold:4:end",
            Action::ReleaseHold {
                hold: 4,
                reason: None,
            },
        ),
    ])
}

fn replays<K: Kind>(kind: &mut K) -> Result<(), String> {
    let commands = commands().ok_or("the commands can be made")?;
    let stopped = |_| "a command was refused or failed".to_owned();
    let at = |seconds: i64| Instant::from_micros(seconds * SECOND);
    let mut journal = kind.fresh();
    let mut wallet = Wallet::default();
    let mut answers: Vec<Answer> = Vec::new();
    for command in &commands {
        let one = std::slice::from_ref(command);
        let answer = transact(&mut journal, &mut wallet, at(1), one).map_err(stopped)?;
        answers.extend(answer);
    }
    let written = all(&journal)?;
    // Before anything is due, when credit is, and when holds are as well; awake and just woken; alone and in
    // one call.
    for seconds in [1, 60, 61, 1_000] {
        for (command, answer) in commands.iter().zip(&answers) {
            let one = std::slice::from_ref(command);
            let again = transact(&mut journal, &mut wallet, at(seconds), one);
            let what = format!("{} after {seconds} s", command.op);
            let again = again.map_err(|_| format!("{what} did not answer"))?;
            let wanted = Answer {
                replayed: true,
                ..answer.clone()
            };
            same(&what, again, vec![wanted])?;
        }
        let again = transact(&mut journal, &mut wallet, at(seconds), &commands);
        let again = again.map_err(|_| format!("all did not answer after {seconds} s"))?;
        let entries = |answers: &[Answer]| -> Vec<Entry> {
            answers.iter().map(|answer| answer.entry.clone()).collect()
        };
        same("all at once", entries(&again), entries(&answers))?;
        same("nothing was written", all(&journal)?, written.clone())?;
        (journal, wallet, _) = kind.wake(journal)?;
    }
    // What is new writes down what is due as well.
    let mut new = commands.last().cloned().ok_or("there are commands")?;
    new.op = "tx:new".to_owned();
    new.action = commands.get(5).ok_or("a charge")?.action.clone();
    let once = std::slice::from_ref(&new);
    let first = transact(&mut journal, &mut wallet, at(1_000), once).map_err(stopped)?;
    same("rows", all(&journal)?.len() > written.len() + 1, true)?;
    let again = transact(&mut journal, &mut wallet, at(2_000), once).map_err(stopped)?;
    let entry = |answers: &[Answer]| answers.first().map(|answer| answer.entry.clone());
    same("and is replayed", entry(&again), entry(&first))
}
