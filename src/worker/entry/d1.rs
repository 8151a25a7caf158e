//! The directory's database.

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
    let mut prepared = Vec::with_capacity(statements.len());
    for Statement { sql, values } in statements {
        let text = |value: Option<String>| value.map_or(JsValue::NULL, JsValue::from);
        let values: Vec<JsValue> = values.into_iter().map(text).collect();
        prepared.push(database.prepare(sql.as_ref()).bind(&values)?);
    }
    let results = database.batch(prepared).await?;
    let outcomes = results.iter().map(|result| {
        let rows = result.results::<Value>()?;
        Ok(Outcome { rows })
    });
    outcomes.collect::<worker::Result<_>>().map(Outcomes)
}
