//! A row cannot be changed, dropped or moved unnoticed.

use scrip::engine::*;
use scrip::journal::chain::{GENESIS, link, request_digest, rows};
use scrip::journal::memory::MemoryJournal;
use scrip::journal::{Journal, Row, broken_link};
use sha2::{Digest, Sha256};

fn history() -> Vec<Row> {
    let at = Instant::from_micros(1);
    let mut wallet = Wallet::default();
    let mut entries = Vec::new();
    for (op, action) in [
        (
            "open",
            Action::OpenWallet {
                wallet: "acct:test:acme".into(),
                customer: "acme".into(),
            },
        ),
        (
            "first",
            Action::RecordUsage {
                event: event("first"),
            },
        ),
        (
            "second",
            Action::RecordUsage {
                event: event("second"),
            },
        ),
    ] {
        let command = Command {
            op: op.into(),
            request: request_digest(&[op]),
            action,
        };
        let decided = decide(&wallet, None, at, &command).expect("nothing is refused here");
        for entry in decided {
            apply(&mut wallet, &entry);
            entries.push(entry);
        }
    }
    rows(GENESIS, entries)
}

fn event(name: &str) -> UsageEvent {
    UsageEvent {
        costs: Vec::new(),
        id: Some(name.into()),
        event_type: "chat".into(),
        occurred_at: None,
        subject: None,
        description: None,
        data: Default::default(),
    }
}

#[test]
fn an_untouched_history_is_whole() {
    assert_eq!(broken_link(&history()), None);
    assert_eq!(broken_link(&[]), None);
}

#[test]
fn each_hash_is_sha256_of_the_hash_before_and_the_text() {
    let mut before = "0".repeat(64);
    for row in history() {
        let bytes = Sha256::digest(format!("{before}{}", row.text));
        let digits: Vec<String> = bytes.iter().map(|byte| format!("{byte:02x}")).collect();
        assert_eq!(row.hash, digits.concat());
        before = row.hash;
    }
}

#[test]
fn a_changed_row_is_found() {
    let mut rows = history();
    rows[1].text = rows[1].text.replace("first", "other");
    assert_eq!(broken_link(&rows), Some(1));
}

#[test]
fn a_changed_row_with_a_new_hash_is_found_at_the_next_row() {
    let mut rows = history();
    rows[1].text = rows[1].text.replace("first", "other");
    rows[1].hash = link(&rows[0].hash, &rows[1].text);
    assert_eq!(broken_link(&rows), Some(2));
}

#[test]
fn a_dropped_row_is_found() {
    let mut rows = history();
    rows.remove(1);
    assert_eq!(broken_link(&rows), Some(1));
}

#[test]
fn a_moved_row_is_found() {
    let mut rows = history();
    rows.swap(1, 2);
    assert_eq!(broken_link(&rows), Some(1));
}

#[test]
fn a_row_of_an_unknown_format_is_not_read() {
    let row = history().remove(0);
    let newer = row.text.replacen("\"v\":1", "\"v\":2", 1);
    assert_ne!(newer, row.text);
    let error = Row::read(newer, row.hash).expect_err("a format of the future");
    assert!(error.contains("unknown format 2"), "{error}");
}

#[test]
fn a_row_that_is_no_entry_is_not_read() {
    for text in ["", "{}", "[1]", "{\"v\":1}", "\u{0}"] {
        assert!(Row::read(text.into(), GENESIS.into()).is_err(), "{text}");
    }
}

#[test]
fn the_parts_of_a_request_do_not_run_into_each_other() {
    assert_ne!(request_digest(&["ab", "c"]), request_digest(&["a", "bc"]));
    assert_ne!(request_digest(&["a", ""]), request_digest(&["a"]));
    assert_eq!(request_digest(&["a", "b"]).len(), 32);
}

#[test]
fn pages_go_back_from_any_row() {
    let journal = MemoryJournal::of(history());
    let page = |before, limit| -> Vec<u64> {
        let Ok(rows) = journal.page(before, limit);
        rows.iter().map(|row| row.entry.seq).collect()
    };
    assert_eq!(page(u64::MAX, 2), [3, 2]);
    assert_eq!(page(2, 2), [1]);
    assert_eq!(page(1, 2), [0; 0]);
}
