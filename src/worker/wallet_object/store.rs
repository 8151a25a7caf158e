//! The wallet object's own SQLite: every statement that touches it.
//!
//! The tables are made by the first write, so that a call for a customer who does not exist leaves
//! nothing behind.
//!
//! | table | rows | written |
//! |---|---|---|
//! | `journal` | one per entry | once, never changed |
//! | `snapshot` | the wallet as JSON, in parts | replaced as a whole |
//! | `told` | one: how far the directory knows the journal | after the directory has it |
//!
//! Nothing waits in here: the storage is synchronous, and what a call wrote is kept before its
//! reply leaves, which the platform sees to.

use js_sys::{Array, JsString, Promise};
use wasm_bindgen::JsCast;
use wasm_bindgen::prelude::*;

use crate::engine::{Wallet, apply};
use crate::journal::chain::{GENESIS, link};
use crate::journal::{Journal, Row};

use super::object::Storage;

/// Bytes of snapshot in one row; a value may have 2 MB at most.
///
/// 512 × 1,024: about a quarter of what a value may have. A part is cut at a character, which only
/// shortens it.
const SNAPSHOT_PART: usize = 512 * 1024;

/// Bytes of rows in one statement, for the same reason.
///
/// 1,024 × 1,024, as much as the largest request: nearly every batch is one statement. A part ends
/// after the row that takes it there.
const APPEND_PART: usize = 1024 * 1024;

/// `op` is unique: that is what makes an operation happen once. `at` and `hash` stand beside the
/// entry, so that people who look at a table see them; what is read is the entry's text.
const TABLES: &str = include_str!("sql/tables.sql");

/// Both of them, or the journal alone where an earlier version made it.
/// `told` came later than the journal, so one table means that the others are to be made.
const HAS_TABLES: &str = "SELECT name FROM sqlite_master WHERE name IN ('journal', 'told')";

/// A conflict on `op` writes nothing and says so; any other conflict is a failure.
///
/// `op` conflicts where an operation is known; `seq` where two writers had one wallet, which must
/// stop everything.
const APPEND_ONE: &str = "INSERT INTO journal (seq, op, at, entry, hash) VALUES (?1, ?2, ?3, ?4, ?5) \
     ON CONFLICT (op) DO NOTHING";

/// Rows as one JSON list, so that a thousand events cost one statement. A conflict is a failure:
/// whoever appends many has looked their ids up.
const APPEND_MANY: &str = "INSERT INTO journal (seq, op, at, entry, hash) \
     SELECT value->>0, value->>1, value->>2, value->>3, value->>4 FROM json_each(?1)";

/// By the unique index on `op`.
const FIND: &str = "SELECT entry, hash FROM journal WHERE op = ?1";

/// By the primary key. Values arrive as text and are cast, so that nothing depends on how SQLite
/// would compare the two.
const ONE_ROW: &str = "SELECT entry, hash FROM journal WHERE seq = CAST(?1 AS INTEGER)";

/// The operations of a hold share a prefix, so they are one range of the index.
const HOLD_ROWS: &str = "SELECT entry, hash FROM journal WHERE op > ?1 AND op < ?2 ORDER BY seq";

/// Newest first, along the primary key.
const PAGE: &str = "SELECT entry, hash FROM journal WHERE seq < CAST(?1 AS INTEGER) \
     ORDER BY seq DESC LIMIT CAST(?2 AS INTEGER)";

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

/// What the directory may have to be told of, by the names of the operations: usage by itself, usage
/// of holds, charges, subscriptions.
///
/// 200 at a time, so that a wallet that has not told anything for long is not read into memory as
/// a whole.
const UNTOLD: &str = "SELECT entry, hash FROM journal \
     WHERE seq > COALESCE((SELECT seq FROM told), 0) \
     AND substr(op, 1, instr(op, ':')) IN ('event:', 'hold:', 'tx:', 'open:', 'subscribe:', 'sub:') ORDER BY seq LIMIT 200";

/// How far the directory knows the journal.
///
/// One row, whose key can only be 1.
pub const TOLD: &str = "INSERT INTO told (one, seq) VALUES (1, CAST(?1 AS INTEGER)) \
     ON CONFLICT (one) DO UPDATE SET seq = excluded.seq";

#[wasm_bindgen]
extern "C" {
    /// The state that the platform hands to an object.
    pub type ObjectState;

    #[wasm_bindgen(method, getter)]
    pub fn storage(this: &ObjectState) -> ObjectStorage;

    #[wasm_bindgen(method, getter)]
    pub fn id(this: &ObjectState) -> js_sys::Object;

    /// The storage of an object. The crate `worker` wraps it as well, but not its transactions, and it
    /// makes a vector of values for each statement, which costs as much as an insert.
    #[derive(Clone)]
    pub type ObjectStorage;

    #[wasm_bindgen(method, getter)]
    fn sql(this: &ObjectStorage) -> Sql;

    /// All that `act` writes, or, where it throws, nothing.
    #[wasm_bindgen(method, catch, js_name = transactionSync)]
    fn transaction(
        this: &ObjectStorage,
        act: &Closure<dyn FnMut() -> Result<JsValue, JsValue>>,
    ) -> Result<JsValue, JsValue>;

    /// In milliseconds; it replaces the alarm that is set.
    #[wasm_bindgen(method, js_name = setAlarm)]
    pub fn set_alarm(this: &ObjectStorage, at: f64) -> Promise;

    #[derive(Clone)]
    type Sql;

    #[wasm_bindgen(method, catch, variadic)]
    fn exec(this: &Sql, sql: &JsString, values: &Array) -> Result<Cursor, JsValue>;

    /// The same with the five values of a row: they are not collected first.
    #[wasm_bindgen(method, catch, js_name = exec)]
    fn append(
        this: &Sql,
        sql: &JsString,
        seq: f64,
        op: &str,
        at: f64,
        entry: &str,
        hash: &str,
    ) -> Result<Cursor, JsValue>;

    type Cursor;

    #[wasm_bindgen(method, getter, js_name = rowsWritten)]
    fn rows_written(this: &Cursor) -> f64;

    /// The rows as arrays of their columns, one at a time.
    #[wasm_bindgen(method)]
    fn raw(this: &Cursor) -> JsValue;
}

impl ObjectStorage {
    /// Notes how far the directory knows the journal.
    ///
    /// Nothing is told before the first row is written, so the tables are there.
    ///
    /// # Errors
    /// What the storage threw.
    pub fn note_told(&self, upto: u64) -> Result<(), JsValue> {
        let values = Array::of1(&JsString::from(upto.to_string()));
        self.sql().exec(&TOLD.into(), &values).map(drop)
    }
}

/// The journal of one wallet, in the SQLite of its object.
pub struct SqlJournal {
    storage: ObjectStorage,
    sql: Sql,
    /// The statement of nearly every call. It is handed over once: a text that crosses into JavaScript at
    /// each call would cost as much as the insert.
    append_one: JsString,
    /// That of the newest row, so that no append has to read it.
    last_hash: String,
    /// Whether they were made; asked once, at the wake.
    has_tables: bool,
}

/// What the storage threw, in its own words.
fn failure(error: JsValue) -> String {
    let message = js_sys::Reflect::get(&error, &JsValue::from_str("message")).ok();
    let message = message.and_then(|message| message.as_string());
    message.unwrap_or_else(|| "the storage failed without a message".to_owned())
}

/// A statement as one array: the SQL first, then its values.
fn statement(sql: &str, values: &[&str]) -> Array {
    let statement = Array::of1(&JsString::from(sql));
    for value in values {
        statement.push(&JsString::from(*value));
    }
    statement
}

impl SqlJournal {
    /// Wakes a wallet: its journal, the wallet folded from it, and the `seq` of its snapshot.
    ///
    /// | tables | what it is | what happens |
    /// |---|---|---|
    /// | none | a wallet that was never opened | an empty wallet; nothing is written |
    /// | the journal alone | made by an earlier version | the others are made |
    /// | all | a wallet | the snapshot, then the rows after it |
    ///
    /// # Errors
    /// What the storage said, or that the journal is damaged.
    pub fn wake(storage: ObjectStorage) -> Result<(Self, Wallet, u64), String> {
        let mut journal = Self {
            sql: storage.sql(),
            storage,
            append_one: APPEND_ONE.into(),
            last_hash: GENESIS.to_owned(),
            has_tables: false,
        };
        let tables = journal.query(HAS_TABLES, &[])?.len();
        // Most names that are asked for by mistake end here, so nothing is made for them.
        if tables == 0 {
            return Ok((journal, Wallet::default(), 0));
        }
        if tables == 1 {
            journal.make_tables()?;
        }
        journal.has_tables = true;
        let mut wallet = journal.snapshot().unwrap_or_default();
        let saved = wallet.seq;
        for row in journal.rows(TAIL, &[&saved.to_string()])? {
            // A gap is no wallet: rather no answer than a balance that lacks a row.
            if row.entry.seq != wallet.seq.saturating_add(1) {
                return Err(format!("the journal has a gap before {}", row.entry.seq));
            }
            apply(&mut wallet, &row.entry);
        }
        // Asked for by itself, because there may be no row after the snapshot.
        if let Some([hash]) = journal.query(LAST_HASH, &[])?.first().map(Vec::as_slice) {
            journal.last_hash.clone_from(hash);
        }
        Ok((journal, wallet, saved))
    }

    /// A snapshot that is damaged, or of another journal, is none: the journal has everything. Its
    /// seal is the link from the row that it follows to the snapshot itself.
    fn snapshot(&self) -> Option<Wallet> {
        // Nothing here is an error: without a snapshot a wake only reads more.
        let parts = self.query(SNAPSHOT, &[]).ok()?;
        let seal = parts.first()?.get(1)?.clone();
        let bodies = parts.into_iter().filter_map(|part| part.into_iter().next());
        let body: String = bodies.collect();
        let wallet: Wallet = serde_json::from_str(&body).ok()?;
        let hashes = self.query(HASH_OF, &[&wallet.seq.to_string()]).ok()?;
        let hash = hashes.first()?.first()?;
        // The seal ties it to the row: a snapshot of another history has another hash under it.
        (link(hash, &body) == seal).then(|| wallet.restored())
    }

    /// Rows of text columns; what is no text is empty.
    fn query(&self, sql: &str, values: &[&str]) -> Result<Vec<Vec<String>>, String> {
        let array = Array::new();
        for value in values {
            array.push(&JsString::from(*value));
        }
        let cursor = self.sql.exec(&sql.into(), &array).map_err(failure)?;
        let rows = Array::from(&cursor.raw());
        let texts = |row: JsValue| {
            let columns: &Array = row.unchecked_ref();
            columns
                .iter()
                .map(|value| value.as_string().unwrap_or_default())
                .collect()
        };
        Ok(rows.iter().map(texts).collect())
    }

    /// Rows of the journal: text and hash, as every statement for them selects.
    fn rows(&self, sql: &str, values: &[&str]) -> Result<Vec<Row>, String> {
        let read = |columns: Vec<String>| {
            let mut columns = columns.into_iter();
            let text = columns.next().unwrap_or_default();
            Row::read(text, columns.next().unwrap_or_default())
        };
        self.query(sql, values)?.into_iter().map(read).collect()
    }

    /// Runs statements as one transaction: each is an array of the SQL and its values.
    ///
    /// # Errors
    /// What the storage threw; nothing is written then.
    fn atomically(&self, statements: Array) -> Result<(), String> {
        let sql = self.sql.clone();
        // A callback, because the platform takes back what was written only where the callback
        // throws.
        let act = Closure::new(move || {
            for statement in statements.iter() {
                let statement: Array = statement.unchecked_into();
                let text: JsString = statement.shift().unchecked_into();
                sql.exec(&text, &statement)?;
            }
            Ok(JsValue::UNDEFINED)
        });
        self.storage.transaction(&act).map(drop).map_err(failure)
    }

    /// Makes the tables where there are none yet.
    fn make_tables(&mut self) -> Result<(), String> {
        if !self.has_tables {
            let statements = Array::of1(&statement(TABLES, &[]));
            self.atomically(statements)?;
            self.has_tables = true;
        }
        Ok(())
    }

    /// Whether it was written: not where the operation is known.
    fn append_one(&self, row: &Row) -> Result<bool, String> {
        let entry = &row.entry;
        // Sequence numbers and microseconds stay below 2^53, where a float is exact.
        let (seq, at) = (entry.seq as f64, entry.at.micros() as f64);
        let (text, hash) = (&row.text, &row.hash);
        let cursor = self
            .sql
            .append(&self.append_one, seq, &entry.op, at, text, hash);
        // No look-up before: the index finds a known id while it writes, which is one step instead
        // of two.
        Ok(cursor.map_err(failure)?.rows_written() > 0.0)
    }

    /// All rows or none, in as few statements as values may be large.
    fn append_many(&self, rows: &[Row]) -> Result<(), String> {
        let statements = Array::new();
        let mut part = Vec::new();
        let mut size = 0;
        for row in rows {
            let entry = &row.entry;
            let at = entry.at.micros();
            part.push((entry.seq, &entry.op, at, &row.text, &row.hash));
            size += row.text.len();
            if size >= APPEND_PART {
                statements.push(&statement(APPEND_MANY, &[&json(&part)]));
                part.clear();
                size = 0;
            }
        }
        if !part.is_empty() {
            statements.push(&statement(APPEND_MANY, &[&json(&part)]));
        }
        self.atomically(statements)
    }
}

/// Rows, snapshots and lists of rows, all of which JSON can write.
fn json<T: serde::Serialize>(value: &T) -> String {
    serde_json::to_string(value).unwrap_or_default()
}

impl Journal for SqlJournal {
    type Failure = String;

    fn find(&self, op: &str) -> Result<Option<Row>, String> {
        // A question must not make tables: whoever asks for a stranger would leave something
        // behind.
        if !self.has_tables {
            return Ok(None);
        }
        Ok(self.rows(FIND, &[op])?.into_iter().next())
    }

    fn hold_rows(&self, hold: u64) -> Result<Vec<Row>, String> {
        if !self.has_tables {
            return Ok(Vec::new());
        }
        // The row that opened it has the operation of its authorization, which is no `hold:…`.
        let opened = self.rows(ONE_ROW, &[&hold.to_string()])?;
        let opened = opened
            .into_iter()
            .filter(|row| row.entry.fact.hold() == Some(hold));
        let mut rows: Vec<Row> = opened.collect();
        if !rows.is_empty() {
            // `;` is the character after `:`.
            let (from, to) = (format!("hold:{hold}:"), format!("hold:{hold};"));
            rows.extend(self.rows(HOLD_ROWS, &[&from, &to])?);
        }
        Ok(rows)
    }

    fn append(&mut self, rows: &[Row]) -> Result<bool, String> {
        self.make_tables()?;
        let written = match rows {
            // Nearly every call is one row, and one statement is a transaction by itself.
            [row] => self.append_one(row)?,
            rows => {
                self.append_many(rows)?;
                true
            }
        };
        // After the write only: a hash that is ahead would break the chain at the next row.
        if written && let Some(last) = rows.last() {
            self.last_hash.clone_from(&last.hash);
        }
        Ok(written)
    }

    fn page(&self, before: u64, limit: usize) -> Result<Vec<Row>, String> {
        // SQLite's integers end at 2^63.
        let before = before.min(i64::MAX.unsigned_abs());
        self.rows(PAGE, &[&before.to_string(), &limit.to_string()])
    }

    fn last_hash(&self) -> String {
        self.last_hash.clone()
    }
}

impl Storage for SqlJournal {
    fn save(&mut self, wallet: &Wallet) -> Result<(), String> {
        let body = json(wallet);
        let seal = link(&self.last_hash, &body);
        let statements = Array::of1(&statement(CLEAR_SNAPSHOT, &[]));
        let mut rest = body.as_str();
        let mut part = 0;
        while !rest.is_empty() {
            // Not through a character: each part has to be text by itself.
            let cut = rest.floor_char_boundary(SNAPSHOT_PART);
            let (head, tail) = rest.split_at(cut);
            let values = [&part.to_string(), seal.as_str(), head];
            statements.push(&statement(SAVE_SNAPSHOT, &values));
            rest = tail;
            part += 1;
        }
        self.atomically(statements)
    }

    fn untold(&self) -> Result<Vec<Row>, String> {
        if !self.has_tables {
            return Ok(Vec::new());
        }
        self.rows(UNTOLD, &[])
    }
}
