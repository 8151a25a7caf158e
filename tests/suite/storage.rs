//! The journal's storages obey the same laws: the vector of the tests, and the statements of the wallet object over
//! a SQLite beside them. `tests/e2e/storage.test.ts` asks the same of the object's own.

use std::rc::Rc;

use rusqlite::limits::Limit;
use rusqlite::types::ValueRef;
use rusqlite::{Connection, Statement};
use scrip::engine::Wallet;
use scrip::journal::laws::{Kind, laws};
use scrip::journal::memory::MemoryJournal;
use scrip::journal::{Journal, Row};
use scrip::worker::wallet_object::sql_journal::{Sql, SqlJournal, Step, Visit};

/// Most bytes of a value or a row in the SQLite of an object: 2 MB.
const VALUE_MAX: i32 = 2_000_000;

/// A SQLite that outlives its journal, as the one of an object does.
#[derive(Clone)]
pub struct Native(Rc<Connection>);

impl Native {
    pub fn new() -> Self {
        let connection = Connection::open_in_memory().expect("a database");
        connection
            .set_limit(Limit::SQLITE_LIMIT_LENGTH, VALUE_MAX)
            .expect("a limit");
        Self(Rc::new(connection))
    }

    /// The first column of the only row.
    pub fn one(&self, sql: &str) -> String {
        self.0
            .query_row(sql, [], |row| row.get(0))
            .expect("one row")
    }

    /// How a statement would be answered, as SQLite says it.
    fn plan(&self, sql: &str) -> String {
        let explained = self.0.prepare(&format!("EXPLAIN QUERY PLAN {sql}"));
        let mut statement = explained.expect("a statement");
        let mut rows = statement.raw_query();
        let mut plan = String::new();
        while let Some(row) = rows.next().expect("a line of the plan") {
            plan.push_str(&row.get::<_, String>(3).expect("its words"));
            plan.push('\n');
        }
        plan
    }

    fn bound(statement: &mut Statement<'_>, values: &[impl AsRef<str>]) -> rusqlite::Result<()> {
        for (place, value) in values.iter().enumerate() {
            statement.raw_bind_parameter(place + 1, value.as_ref())?;
        }
        Ok(())
    }

    fn all(&self, steps: &[Step<'_>]) -> rusqlite::Result<()> {
        let transaction = self.0.unchecked_transaction()?;
        for step in steps {
            if step.values.is_empty() {
                transaction.execute_batch(step.sql)?;
                continue;
            }
            let mut statement = transaction.prepare(step.sql)?;
            Self::bound(&mut statement, &step.values)?;
            statement.raw_execute()?;
        }
        transaction.commit()
    }
}

fn said(error: rusqlite::Error) -> String {
    error.to_string()
}

impl Sql for Native {
    fn each(&self, step: &Step<'_>, visit: &mut Visit<'_>) -> Result<(), String> {
        let mut statement = self.0.prepare(step.sql).map_err(said)?;
        Self::bound(&mut statement, &step.values).map_err(said)?;
        let columns = statement.column_count();
        let mut rows = statement.raw_query();
        while let Some(row) = rows.next().map_err(said)? {
            let text = |place| match row.get_ref(place) {
                Ok(ValueRef::Text(text)) => String::from_utf8_lossy(text).into_owned(),
                _ => String::new(),
            };
            if !visit((0..columns).map(text).collect()) {
                break;
            }
        }
        Ok(())
    }

    fn atomically(&self, steps: &[Step<'_>]) -> Result<(), String> {
        self.all(steps).map_err(said)
    }

    fn append(&self, sql: &'static str, row: &Row) -> Result<bool, String> {
        let entry = &row.entry;
        let seq = i64::try_from(entry.seq).expect("a small number");
        let values = (seq, &entry.op, entry.at.micros(), &row.text, &row.hash);
        let changed = self.0.prepare(sql).map_err(said)?.execute(values);
        Ok(changed.map_err(said)? > 0)
    }
}

struct Memory;

impl Kind for Memory {
    type Journal = MemoryJournal;

    fn fresh(&mut self) -> MemoryJournal {
        MemoryJournal::default()
    }

    fn wake(&mut self, journal: MemoryJournal) -> Result<(MemoryJournal, Wallet, u64), String> {
        let (wallet, saved) = journal.wake();
        Ok((journal, wallet, saved))
    }
}

/// Which database a journal is in, it does not say: it is the one that was made last.
struct Sqlite(Native);

impl Kind for Sqlite {
    type Journal = SqlJournal<Native>;

    fn fresh(&mut self) -> SqlJournal<Native> {
        self.0 = Native::new();
        let woken = SqlJournal::wake(self.0.clone());
        woken.expect("an empty database").0
    }

    fn wake(&mut self, _: Self::Journal) -> Result<(Self::Journal, Wallet, u64), String> {
        SqlJournal::wake(self.0.clone())
    }
}

fn assert_lawful<K: Kind>(mut kind: K) {
    let broken: Vec<String> = laws()
        .iter()
        .filter_map(|(says, law)| Some(format!("{says}: {}", law(&mut kind).err()?)))
        .collect();
    assert!(broken.is_empty(), "\n{}\n", broken.join("\n"));
}

#[test]
fn rows_in_memory_obey_the_laws() {
    assert_lawful(Memory);
}

#[test]
fn rows_in_sqlite_obey_the_laws() {
    assert_lawful(Sqlite(Native::new()));
}

/// A wallet of before there was an index of what is unpriced: it is made when the wallet wakes, also from a
/// snapshot, and the question uses it.
#[test]
fn a_wallet_that_wakes_has_an_index_of_what_is_unpriced() {
    let mut kind = Sqlite(Native::new());
    let laws = laws();
    let law = laws.iter().find(|(says, _)| says.contains("that warn"));
    assert_eq!(law.expect("the law").1(&mut kind), Ok(()));
    let index = "SELECT '' || COUNT(*) FROM sqlite_master WHERE name = 'journal_unpriced'";
    let asked = |native: &Native| {
        let (journal, _, saved) = SqlJournal::wake(native.clone()).expect("a journal");
        assert_eq!(saved, 5, "from its snapshot");
        let found = journal.unpriced(u64::MAX, 9).expect("rows");
        let seqs = found.iter().map(|row| row.entry.seq);
        assert_eq!(seqs.collect::<Vec<_>>(), [6, 4, 2]);
    };
    let native = kind.0;
    let step = |sql: &'static str| {
        let values = Vec::new();
        native
            .atomically(&[Step { sql, values }])
            .expect("a statement");
    };
    step("DROP INDEX journal_unpriced");
    assert_eq!(native.one(index), "0");
    asked(&native);
    assert_eq!(native.one(index), "1");
    let unpriced = include_str!("../../src/worker/wallet_object/sql/unpriced.sql");
    let plan = native.plan(unpriced);
    assert!(plan.contains("journal_unpriced"), "{plan}");
}

#[test]
fn a_question_makes_no_tables() {
    let mut kind = Sqlite(Native::new());
    let (_, law) = laws()[0];
    assert_eq!(law(&mut kind), Ok(()));
    assert_eq!(kind.0.one("SELECT '' || COUNT(*) FROM sqlite_master"), "0");
}
