//! The journal of one wallet in SQLite: every statement that touches it.
//!
//! The tables are made by the first write, so that a call for a customer who does not exist leaves
//! nothing behind.
//!
//! | table | rows | written |
//! |---|---|---|
//! | `journal` | one per entry | once, never changed |
//! | `snapshot` | the wallet as text, in parts | replaced as a whole |
//! | `told` | one: how far the directory knows the journal | after the directory has it |
//! | `spent` | what a customer's token with a cap has held | with the row of its authorization |
//!
//! Nothing waits in here: the storage is synchronous, and what a call wrote is kept before its
//! reply leaves, which the platform sees to.
//!
//! Which SQLite it is, [`Sql`] leaves open: the object's own in a deployment, another one in the tests. So the
//! tests run these very statements, and [`laws`](crate::journal::laws) compares both.

use std::borrow::Cow;

use crate::engine::{Amount, Instant, Wallet, apply};
use crate::journal::chain::{GENESIS, link};
use crate::journal::storage::{PAGE_BYTES, Weight};
use crate::journal::{Journal, Row, Storage, snapshot};

/// Bytes of snapshot in one row; a value may have 2 MB at most.
///
/// 512 × 1,024: about a quarter of what a value may have. A part is cut at a character, which only
/// shortens it.
const SNAPSHOT_PART: usize = 512 * 1024;

/// Bytes of rows in one statement, for the same reason, as they are counted before they are written as JSON
/// within JSON, which at most doubles them.
///
/// ```text
/// 2 * 768 KiB < 2 MB        a row that is larger has a statement for itself, which writes it as it is
/// ```
const APPEND_PART: usize = 768 * 1024;

/// `op` is unique: that is what makes an operation happen once. `at` and `hash` stand beside the
/// entry, so that people who look at a table see them; what is read is the entry's text.
const TABLES: &str = include_str!("sql/tables.sql");

/// All of them, or fewer where an earlier version made them: `told` came later than the journal, and the
/// index of what is unpriced later still.
const HAS_TABLES: &str = "SELECT name FROM sqlite_master WHERE name IN \
                          ('journal', 'told', 'journal_unpriced', 'spent')";

/// So many of these there are once all are made.
const TABLES_MADE: usize = 4;

/// A row that says so, by its text: within a text of JSON no quotation mark stands alone. Relies on the
/// partial index `journal_unpriced`, which has the same words; an authorization is no usage.
const UNPRICED: &str = include_str!("sql/unpriced.sql");

/// A conflict on `op` writes nothing and says so; any other conflict is a failure.
///
/// `op` conflicts where an operation is known; `seq` where two writers had one wallet, which must
/// stop everything.
const APPEND_ONE: &str = "INSERT INTO journal (seq, op, at, entry, hash) VALUES (?1, ?2, ?3, ?4, ?5) \
     ON CONFLICT (op) DO NOTHING";

/// Rows as one JSON list, so that a thousand events cost one statement. A conflict is a failure, which
/// takes all of them back; [`KNOWN`] says then which one it was.
const APPEND_MANY: &str = "INSERT INTO journal (seq, op, at, entry, hash) \
     SELECT value->>0, value->>1, value->>2, value->>3, value->>4 FROM json_each(?1)";

/// One row of those that are appended together.
const APPEND_LARGE: &str = "INSERT INTO journal (seq, op, at, entry, hash) \
     VALUES (CAST(?1 AS INTEGER), ?2, CAST(?3 AS INTEGER), ?4, ?5)";

/// Whether any of these operations is there, a JSON list of them.
const KNOWN: &str = "SELECT op FROM journal WHERE op IN (SELECT value FROM json_each(?1)) LIMIT 1";

/// By the unique index on `op`.
const FIND: &str = "SELECT entry, hash FROM journal WHERE op = ?1";

/// By the primary key. Values arrive as text and are cast, so that nothing depends on how SQLite
/// would compare the two.
const ONE_ROW: &str = "SELECT entry, hash FROM journal WHERE seq = CAST(?1 AS INTEGER)";

/// The operations of a hold share a prefix, so they are one range of the index. Only their numbers are
/// sorted, because the entries may be large and many.
const HOLD_ROWS: &str = "SELECT entry, hash FROM journal \
     WHERE seq IN (SELECT seq FROM journal WHERE op > ?1 AND op < ?2) ORDER BY seq";

/// Newest first, along the primary key: so many at most, and none after those that fill a page. The sum is
/// made in SQLite, because a question that is left before its end keeps its table locked.
const PAGE: &str = include_str!("sql/page.sql");

/// What a snapshot does not know yet; from zero on it is all of the journal.
const TAIL: &str = "SELECT entry, hash FROM journal WHERE seq > CAST(?1 AS INTEGER) ORDER BY seq";

/// What the next row links to.
const LAST_HASH: &str = "SELECT hash FROM journal ORDER BY seq DESC LIMIT 1";

/// The link that a snapshot was sealed with, if it is of this journal.
const HASH_OF: &str = "SELECT hash FROM journal WHERE seq = CAST(?1 AS INTEGER)";

/// The parts in their order; each repeats the seal, so that none needs to be the first.
const SNAPSHOT: &str = "SELECT body, seal FROM snapshot ORDER BY part";

/// Runs in one transaction with what saves the next one.
const CLEAR_SNAPSHOT: &str = "DELETE FROM snapshot";

const SAVE_SNAPSHOT: &str =
    "INSERT INTO snapshot (part, seal, body) VALUES (CAST(?1 AS INTEGER), ?2, ?3)";

/// What the directory may have to be told of, by the names of the operations: see [`TOLD_OPS`](crate::journal::storage::TOLD_OPS).
///
/// 200 at a time, and no more than a page has, so that a wallet that has not told anything for long is not
/// read into memory as a whole.
const UNTOLD: &str = include_str!("sql/untold.sql");

/// How far the directory knows the journal.
///
/// One row, whose key can only be 1.
const TOLD: &str = "INSERT INTO told (one, seq) VALUES (1, CAST(?1 AS INTEGER)) \
     ON CONFLICT (one) DO UPDATE SET seq = excluded.seq";

const SPENT: &str = "SELECT amount FROM spent WHERE token = ?1";

const NOTE_SPENT: &str = "INSERT INTO spent (token, amount, until) VALUES (?1, ?2, CAST(?3 AS INTEGER)) \
     ON CONFLICT (token) DO UPDATE SET amount = excluded.amount, until = excluded.until";

/// Few tokens of one wallet have a cap at a time, so a walk over them costs nothing.
const FORGET_SPENT: &str = "DELETE FROM spent WHERE until <= CAST(?1 AS INTEGER)";

/// A statement and its values. Values travel as text and are cast where they are no text.
pub struct Step<'a> {
    pub sql: &'static str,
    pub values: Vec<Cow<'a, str>>,
}

impl<'a> Step<'a> {
    fn new(sql: &'static str, values: impl IntoIterator<Item = impl Into<Cow<'a, str>>>) -> Self {
        let values = values.into_iter().map(Into::into).collect();
        Self { sql, values }
    }
}

/// What reads the rows of a question, one at a time: its columns as text, where what is no text is empty.
/// It says whether to go on; who stops gives up on the wallet as it is in memory.
pub type Visit<'a> = dyn FnMut(Vec<String>) -> bool + 'a;

/// A SQLite. Each question and each call is complete when it returns.
pub trait Sql {
    /// Shows the rows that a statement finds, until one is enough.
    ///
    /// # Errors
    /// What the database said.
    fn each(&self, step: &Step<'_>, visit: &mut Visit<'_>) -> Result<(), String>;

    /// Runs statements as one transaction.
    ///
    /// # Errors
    /// What the database said; nothing is written then.
    fn atomically(&self, steps: &[Step<'_>]) -> Result<(), String>;

    /// Runs the statement of nearly every call, with the values of a row. Whether it wrote anything.
    ///
    /// # Errors
    /// What the database said; nothing is written then.
    fn append(&self, sql: &'static str, row: &Row) -> Result<bool, String>;
}

/// The journal of one wallet, in its own SQLite.
pub struct SqlJournal<S> {
    sql: S,
    /// That of the newest row, so that no append has to read it.
    last_hash: String,
    /// Whether they were made; asked once, at the wake.
    has_tables: bool,
    weight: Weight,
}

impl<S: Sql> SqlJournal<S> {
    /// Wakes a wallet: its journal, the wallet folded from it, and the `seq` of its snapshot.
    ///
    /// | tables | what it is | what happens |
    /// |---|---|---|
    /// | none | a wallet that was never opened | an empty wallet; nothing is written |
    /// | the journal alone | made by an earlier version | the others are made |
    /// | all | a wallet | the snapshot, then the rows after it |
    ///
    /// The rows are read one at a time: however many and large they are, only one is in memory.
    ///
    /// # Errors
    /// What the storage said, or that the journal is damaged.
    pub fn wake(sql: S) -> Result<(Self, Wallet, u64), String> {
        let mut journal = Self {
            sql,
            last_hash: GENESIS.to_owned(),
            has_tables: false,
            weight: Weight::default(),
        };
        let tables = journal.texts(&Step::new(HAS_TABLES, [""; 0]))?.len();
        // Most names that are asked for by mistake end here, so nothing is made for them.
        if tables == 0 {
            return Ok((journal, Wallet::default(), 0));
        }
        if tables < TABLES_MADE {
            journal.make_tables()?;
        }
        journal.has_tables = true;
        let (mut wallet, mut weight) = journal.snapshot().unwrap_or_default();
        let saved = wallet.seq;
        let tail = Step::new(TAIL, [saved.to_string()]);
        journal.rows(&tail, |row| {
            // A gap is no wallet: rather no answer than a balance that lacks a row.
            if row.entry.seq != wallet.seq.saturating_add(1) {
                return Err(format!("the journal has a gap before {}", row.entry.seq));
            }
            apply(&mut wallet, &row.entry);
            weight = weight.plus(std::slice::from_ref(&row));
            Ok(())
        })?;
        journal.weight = weight;
        // Asked for by itself, because there may be no row after the snapshot.
        let last = journal.texts(&Step::new(LAST_HASH, [""; 0]))?;
        if let Some(hash) = last.into_iter().next() {
            journal.last_hash = hash;
        }
        Ok((journal, wallet, saved))
    }

    /// A snapshot that is damaged, of another journal, or of a later version is none: the journal has
    /// everything. Its seal is the link from the row that it follows to the snapshot itself.
    fn snapshot(&self) -> Option<(Wallet, Weight)> {
        let (mut body, mut seal) = (String::new(), String::new());
        // Nothing here is an error: without a snapshot a wake only reads more.
        let step = Step::new(SNAPSHOT, [""; 0]);
        let read = self.sql.each(&step, &mut |part| {
            let mut part = part.into_iter();
            body.push_str(&part.next().unwrap_or_default());
            seal = part.next().unwrap_or_default();
            true
        });
        read.ok()?;
        let wallet = snapshot::read(&body)?;
        let hashes = self.texts(&Step::new(HASH_OF, [wallet.seq.to_string()]));
        let hash = hashes.ok()?.into_iter().next()?;
        let weight = Weight {
            saved: body.len(),
            since: 0,
        };
        // The seal ties it to the row: a snapshot of another history has another hash under it.
        (link(&hash, &body) == seal).then_some((wallet, weight))
    }

    /// The first column of all rows that are found.
    fn texts(&self, step: &Step<'_>) -> Result<Vec<String>, String> {
        let mut texts = Vec::new();
        self.sql.each(step, &mut |columns| {
            texts.extend(columns.into_iter().next());
            true
        })?;
        Ok(texts)
    }

    /// Shows rows of the journal, whose statement selects text and hash, until one is wrong.
    fn rows(
        &self,
        step: &Step<'_>,
        mut visit: impl FnMut(Row) -> Result<(), String>,
    ) -> Result<(), String> {
        // A question must not make tables: whoever asks for a stranger would leave something
        // behind.
        if !self.has_tables {
            return Ok(());
        }
        let mut outcome = Ok(());
        self.sql.each(step, &mut |columns| {
            let mut columns = columns.into_iter();
            let text = columns.next().unwrap_or_default();
            let row = Row::read(text, columns.next().unwrap_or_default());
            outcome = row.and_then(&mut visit);
            outcome.is_ok()
        })?;
        outcome
    }

    /// All rows that a statement finds.
    fn all(&self, step: &Step<'_>) -> Result<Vec<Row>, String> {
        let mut rows = Vec::new();
        self.rows(step, |row| {
            rows.push(row);
            Ok(())
        })?;
        Ok(rows)
    }

    /// Makes the tables where there are none yet.
    fn make_tables(&mut self) -> Result<(), String> {
        if !self.has_tables {
            self.sql.atomically(&[Step::new(TABLES, [""; 0])])?;
            self.has_tables = true;
        }
        Ok(())
    }

    /// All rows or none, in as few statements as values may be large.
    fn append_many(&self, rows: &[Row]) -> Result<bool, String> {
        let written = self.sql.atomically(&parts(rows));
        let Err(failure) = written else {
            return Ok(true);
        };
        // Asked only now: nearly always whoever appends many has looked their ids up.
        let mut ops: Vec<&str> = rows.iter().map(|row| row.entry.op.as_str()).collect();
        let known = self.texts(&Step::new(KNOWN, [json(&ops)]))?;
        let all = ops.len();
        ops.sort_unstable();
        ops.dedup();
        if known.is_empty() && ops.len() == all {
            return Err(failure);
        }
        Ok(false)
    }
}

/// The statements that append rows: small ones together, large ones each by itself.
fn parts(rows: &[Row]) -> Vec<Step<'_>> {
    let (mut steps, mut part, mut size) = (Vec::new(), Vec::new(), 0_usize);
    for row in rows {
        let entry = &row.entry;
        let (seq, at) = (entry.seq.to_string(), entry.at.micros().to_string());
        let (op, text, hash) = (entry.op.as_str(), row.text.as_str(), row.hash.as_str());
        let bytes = text.len().saturating_add(op.len());
        if bytes >= APPEND_PART {
            let values: [Cow<'_, str>; 5] =
                [seq.into(), op.into(), at.into(), text.into(), hash.into()];
            steps.push(Step::new(APPEND_LARGE, values));
            continue;
        }
        if size.saturating_add(bytes) > APPEND_PART {
            steps.push(Step::new(APPEND_MANY, [json(&part)]));
            part.clear();
            size = 0;
        }
        size = size.saturating_add(bytes);
        part.push((entry.seq, op, entry.at.micros(), text, hash));
    }
    if !part.is_empty() {
        steps.push(Step::new(APPEND_MANY, [json(&part)]));
    }
    steps
}

/// Lists of rows and of their operations, which JSON can write.
fn json<T: serde::Serialize>(value: &T) -> String {
    serde_json::to_string(value).unwrap_or_default()
}

impl<S: Sql> Journal for SqlJournal<S> {
    type Failure = String;

    fn find(&self, op: &str) -> Result<Option<Row>, String> {
        let mut found = None;
        self.rows(&Step::new(FIND, [op]), |row| {
            found = Some(row);
            Ok(())
        })?;
        Ok(found)
    }

    fn each_of_hold(&self, hold: u64, visit: &mut dyn FnMut(Row)) -> Result<(), String> {
        // The row that opened it has the operation of its authorization, which is no `hold:…`.
        let mut opened = false;
        self.rows(&Step::new(ONE_ROW, [hold.to_string()]), |row| {
            opened = row.entry.fact.hold() == Some(hold);
            if opened {
                visit(row);
            }
            Ok(())
        })?;
        if !opened {
            return Ok(());
        }
        // `;` is the character after `:`.
        let range = [format!("hold:{hold}:"), format!("hold:{hold};")];
        self.rows(&Step::new(HOLD_ROWS, range), |row| {
            visit(row);
            Ok(())
        })
    }

    fn append(&mut self, rows: &[Row]) -> Result<bool, String> {
        let Some(last) = rows.last() else {
            return Ok(true);
        };
        self.make_tables()?;
        let written = match rows {
            // Nearly every call is one row, and one statement is a transaction by itself. No look-up
            // before: the index finds a known id while it writes, which is one step instead of two.
            [row] => self.sql.append(APPEND_ONE, row)?,
            rows => self.append_many(rows)?,
        };
        // After the write only: a hash that is ahead would break the chain at the next row.
        if written {
            self.last_hash.clone_from(&last.hash);
            self.weight = self.weight.plus(rows);
        }
        Ok(written)
    }

    fn page(&self, before: u64, limit: usize) -> Result<Vec<Row>, String> {
        // SQLite's integers end at 2^63.
        let before = before.min(i64::MAX.unsigned_abs());
        let values = [
            before.to_string(),
            limit.to_string(),
            PAGE_BYTES.to_string(),
        ];
        self.all(&Step::new(PAGE, values))
    }

    fn unpriced(&self, before: u64, limit: usize) -> Result<Vec<Row>, String> {
        // SQLite's integers end at 2^63.
        let before = before.min(i64::MAX.unsigned_abs());
        let values = [
            before.to_string(),
            limit.to_string(),
            PAGE_BYTES.to_string(),
        ];
        self.all(&Step::new(UNPRICED, values))
    }

    fn last_hash(&self) -> String {
        self.last_hash.clone()
    }

    fn weight(&self) -> Weight {
        self.weight
    }
}

impl<S: Sql> Storage for SqlJournal<S> {
    fn save(&mut self, wallet: &Wallet) -> Result<(), String> {
        let body = snapshot::text(wallet);
        let seal = link(&self.last_hash, &body);
        let mut steps = vec![Step::new(CLEAR_SNAPSHOT, [""; 0])];
        let mut rest = body.as_str();
        for part in 0_u32.. {
            if rest.is_empty() {
                break;
            }
            // Not through a character: each part has to be text by itself.
            let cut = rest.floor_char_boundary(SNAPSHOT_PART);
            let (head, tail) = rest.split_at(cut);
            let values: [Cow<'_, str>; 3] =
                [part.to_string().into(), seal.as_str().into(), head.into()];
            steps.push(Step::new(SAVE_SNAPSHOT, values));
            rest = tail;
        }
        self.sql.atomically(&steps)?;
        self.weight = Weight {
            saved: body.len(),
            since: 0,
        };
        Ok(())
    }

    fn untold(&self) -> Result<Vec<Row>, String> {
        self.all(&Step::new(UNTOLD, [PAGE_BYTES.to_string()]))
    }

    fn note_told(&mut self, upto: u64) -> Result<(), String> {
        // Nothing is told before the first row is written, so the tables are there.
        let step = Step::new(TOLD, [upto.to_string()]);
        self.sql.atomically(&[step])
    }

    fn spent(&self, token: &str) -> Result<Option<Amount>, String> {
        if !self.has_tables {
            return Ok(None);
        }
        let found = self.texts(&Step::new(SPENT, [token]))?;
        let amount = found.first().map(|text| Amount::parse(text));
        amount.transpose().map_err(|error| error.to_string())
    }

    fn note_spent(
        &mut self,
        token: &str,
        spent: Amount,
        (now, until): (Instant, Instant),
    ) -> Result<(), String> {
        let (spent, until) = (spent.to_string(), until.micros().to_string());
        let values: [Cow<'_, str>; 3] = [token.into(), spent.into(), until.into()];
        self.sql.atomically(&[
            Step::new(FORGET_SPENT, [now.micros().to_string()]),
            Step::new(NOTE_SPENT, values),
        ])
    }
}
