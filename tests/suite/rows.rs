//! Rows as they were written stay what they are: read, and written back, to the byte.

use std::collections::BTreeSet;

use scrip::engine::{Entry, Fact};
use scrip::journal::Row;
use scrip::journal::chain::GENESIS;
use scrip::journal::storage::TOLD_OPS;
use scrip::worker::wallet_object::shipment::is_told;

/// A row for every fact and, between them, for every field.
const ROWS: &str = include_str!("../vectors/rows.txt");

/// The words of facts, and of the steps of recharge rules, which are facts as well.
const FACTS: [&str; 2] = [
    include_str!("../../src/engine/entry.rs"),
    include_str!("../../src/engine/recharge.rs"),
];

fn facts() -> Vec<Entry> {
    let entry = |text: &str| match Row::read(text.into(), String::new()) {
        Ok(row) => row.entry,
        Err(error) => panic!("{error}: {text}"),
    };
    ROWS.lines().map(entry).collect()
}

#[test]
fn a_row_is_read_and_written_back_to_the_byte() {
    for (text, entry) in ROWS.lines().zip(facts()) {
        assert_eq!(Row::new(GENESIS, entry).text, text);
    }
}

#[test]
fn a_row_means_the_same_however_it_is_spaced() {
    for (text, entry) in ROWS.lines().zip(facts()) {
        let shown = format!(
            "\n{}\n",
            text.replacen("{\"v\":1,", "{ \"v\" : 1 ,\r\n\t", 1)
        );
        let read: Entry = serde_json::from_str(&shown).expect("JSON");
        assert_eq!(read, entry, "{shown}");
    }
}

#[test]
fn every_fact_has_a_row() {
    let words = FACTS.map(|file| file.split("pub const fn word").nth(1).expect("the words"));
    let words = words.iter();
    let words: BTreeSet<&str> = words
        .flat_map(|words| words.split('"').skip(1).step_by(2))
        .collect();
    assert!(words.len() > 10, "{words:?}");
    let facts = facts();
    let sampled: BTreeSet<&str> = facts.iter().map(|entry| entry.fact.word()).collect();
    assert_eq!(sampled, words);
}

/// Nothing looks at an operation that is not listed, so a fact that is told under another name is never told.
#[test]
fn the_storage_looks_at_every_fact_that_the_directory_is_told_of() {
    let untold = include_str!("../../src/worker/wallet_object/sql/untold.sql");
    let quoted = untold.split('\'').skip(1).step_by(2);
    let quoted: BTreeSet<&str> = quoted.filter(|word| word.len() > 1).collect();
    assert_eq!(quoted, BTreeSet::from(TOLD_OPS));
    // Some samples have names that only a table of scenarios gives.
    let is_made_up = |op: &str| {
        let made_up = ["op:", "change:", "activate:", "cancel:"];
        made_up.iter().any(|one| op.starts_with(one))
    };
    let told = facts().into_iter().filter(|entry| is_told(&entry.fact));
    let told: Vec<Entry> = told.filter(|entry| !is_made_up(&entry.op)).collect();
    assert!(told.len() > 10);
    for entry in told {
        let op = entry.op.as_str();
        assert!(TOLD_OPS.iter().any(|one| op.starts_with(one)), "{op}");
    }
}

#[test]
fn a_field_of_a_later_version_is_passed_over() {
    let hold = Fact::HoldExpired { hold: 4 };
    for later in [
        r#"{"type":"hold_expired","new":{"a":[1,{"b":"}\""},null],"c":-1.5e3},"hold":4}"#,
        r#"{"type":"hold_expired","hold":4,"new":[]}"#,
        r#"{"type":"hold_expired","new":true,"other":"\\","hold":4,"last":{}}"#,
    ] {
        let read: Fact = serde_json::from_str(later).expect("JSON");
        assert_eq!(read, hold, "{later}");
    }
}

#[test]
fn the_order_of_names_means_nothing() {
    let written: Fact = serde_json::from_str(r#"{"type":"hold_expired","hold":4}"#).expect("JSON");
    let turned: Fact = serde_json::from_str(r#"{"hold":4,"type":"hold_expired"}"#).expect("JSON");
    assert_eq!(written, turned);
}

#[test]
fn damaged_text_is_not_read() {
    let whole = r#"{"type":"hold_released","hold":4,"reason":"\"so\""}"#;
    let read = |text: &str| serde_json::from_str::<Fact>(text);
    assert!(read(whole).is_ok());
    for end in 0..whole.len() {
        assert!(read(&whole[..end]).is_err(), "{end}");
    }
    for wrong in [
        r#"{"type":"hold_eaten","hold":4}"#,
        r#"{"type":"hold_expired"}"#,
        r#"{"type":"hold_expired","hold":"x"}"#,
        r#"{"type":"hold_expired","hold":-4}"#,
        r#"{"type":"hold_expired","hold":18446744073709551616}"#,
        r#"{"type":"hold_expired" "hold":4}"#,
        r#"{"type":"hold_expired","hold":4}}"#,
        r#"{"type":"credited","grant":1,"amount":"1","repaid":"0","source":"payment"}"#,
        r#"{"type":"debited","amount":"1","cause":"adjustment"}"#,
        r#"["hold_expired"]"#,
    ] {
        assert!(read(wrong).is_err(), "{wrong}");
    }
}
