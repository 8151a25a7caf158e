//! The SQLite of the wallet's object, as [`SqlJournal`](super::sql_journal::SqlJournal) needs it.

use std::cell::OnceCell;

use js_sys::{Array, JsString, Promise};
use wasm_bindgen::JsCast;
use wasm_bindgen::prelude::*;

use crate::journal::Row;

use super::sql_journal::{Sql, Step, Visit};

#[wasm_bindgen]
extern "C" {
    /// The state that the platform hands to an object.
    #[derive(Clone)]
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
    fn sql(this: &ObjectStorage) -> Sqlite;

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
    type Sqlite;

    #[wasm_bindgen(method, catch, variadic)]
    fn exec(this: &Sqlite, sql: &JsString, values: &Array) -> Result<Cursor, JsValue>;

    /// The same with the five values of a row: they are not collected first.
    #[wasm_bindgen(method, catch, js_name = exec)]
    fn append(
        this: &Sqlite,
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

    /// The rows as arrays of their columns, one at a time: the next one is read when it is asked for.
    #[wasm_bindgen(method)]
    fn raw(this: &Cursor) -> JsValue;
}

/// The SQLite of one object.
pub struct ObjectSql {
    storage: ObjectStorage,
    sql: Sqlite,
    /// The statement of nearly every call. It is handed over once: a text that crosses into JavaScript at
    /// each call would cost as much as the insert.
    append: OnceCell<JsString>,
}

/// What the storage threw, in its own words.
fn failure(error: JsValue) -> String {
    let message = js_sys::Reflect::get(&error, &JsValue::from_str("message")).ok();
    let message = message.and_then(|message| message.as_string());
    message.unwrap_or_else(|| "the storage failed without a message".to_owned())
}

impl ObjectSql {
    /// The SQLite that an object's storage has.
    #[must_use]
    pub fn new(storage: ObjectStorage) -> Self {
        Self {
            sql: storage.sql(),
            storage,
            append: OnceCell::new(),
        }
    }
}

/// The SQL and the values of a statement, as JavaScript has them.
fn text_and_values(step: &Step<'_>) -> (JsString, Array) {
    let values = step.values.iter().map(|value| JsString::from(&**value));
    (step.sql.into(), values.collect())
}

impl Sql for ObjectSql {
    fn each(&self, step: &Step<'_>, visit: &mut Visit<'_>) -> Result<(), String> {
        let (sql, values) = text_and_values(step);
        let cursor = self.sql.exec(&sql, &values).map_err(failure)?;
        let rows = js_sys::try_iter(&cursor.raw()).map_err(failure)?;
        for row in rows.into_iter().flatten() {
            let columns: Array = row.map_err(failure)?.unchecked_into();
            let text = |value: JsValue| value.as_string().unwrap_or_default();
            if !visit(columns.iter().map(text).collect()) {
                break;
            }
        }
        Ok(())
    }

    fn atomically(&self, steps: &[Step<'_>]) -> Result<(), String> {
        let sql = self.sql.clone();
        let steps: Vec<(JsString, Array)> = steps.iter().map(text_and_values).collect();
        // A callback, because the platform takes back what was written only where the callback
        // throws.
        let act = Closure::new(move || {
            for (text, values) in &steps {
                sql.exec(text, values)?;
            }
            Ok(JsValue::UNDEFINED)
        });
        self.storage.transaction(&act).map(drop).map_err(failure)
    }

    fn append(&self, sql: &'static str, row: &Row) -> Result<bool, String> {
        let entry = &row.entry;
        let sql = self.append.get_or_init(|| sql.into());
        // Sequence numbers and microseconds stay below 2^53, where a float is exact.
        let (seq, at) = (entry.seq as f64, entry.at.micros() as f64);
        let (text, hash) = (&row.text, &row.hash);
        let cursor = self.sql.append(sql, seq, &entry.op, at, text, hash);
        Ok(cursor.map_err(failure)?.rows_written() > 0.0)
    }
}
