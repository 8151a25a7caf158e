//! The directory's database.
//!
//! Values cross as text or null, because a number of JavaScript is a float: statements cast where
//! they need an integer. Rows come back as JSON.

use serde_json::Value;
use wasm_bindgen::JsValue;
use worker::Env;

use crate::worker::edge::rows::{Outcome, Outcomes, Statement};

/// Runs statements as one transaction; the rows of each.
///
/// # Errors
/// What the database said.
pub async fn run(env: &Env, statements: Vec<Statement>) -> worker::Result<Outcomes> {
    let database = env.d1("DIRECTORY")?;
    // All are prepared before one runs, so a statement that cannot be bound stops them all.
    let mut prepared = Vec::with_capacity(statements.len());
    for Statement { sql, values } in statements {
        let text = |value: Option<String>| value.map_or(JsValue::NULL, JsValue::from);
        let values: Vec<JsValue> = values.into_iter().map(text).collect();
        prepared.push(database.prepare(sql.as_ref()).bind(&values)?);
    }
    // A batch is one transaction of D1, and it runs in order: a read after a write sees it.
    let results = database.batch(prepared).await?;
    let outcomes = results.iter().map(|result| {
        let rows = result.results::<Value>()?;
        Ok(Outcome { rows })
    });
    outcomes.collect::<worker::Result<_>>().map(Outcomes)
}
