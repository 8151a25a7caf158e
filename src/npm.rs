//! The face for JavaScript: decode, call, encode. It decides nothing.

use serde::Serialize;
use serde::de::DeserializeOwned;
use serde_json::Value;
use serde_wasm_bindgen::{Serializer, from_value};
use wasm_bindgen::prelude::*;

use crate::engine::hold::MAX_OPEN;
use crate::engine::{Amount, Entry, Instant, as_of};
use crate::wire::format::Style;
use crate::wire::history::{self, Item};
use crate::wire::{Problem, estimate, format, offline, time, usage, wallet as view};

/// The wallet that a history makes, as `GET …/wallet` shows it, and its open holds.
///
/// # Errors
/// An `Error` with the problem's `code`.
#[wasm_bindgen(js_name = foldEntries)]
pub fn fold_entries(entries: JsValue, at: Option<String>) -> Result<JsValue, JsValue> {
    let rows = history::rows(decode::<Vec<Item>>("entries", entries)?).map_err(thrown)?;
    let at = match at {
        None => history::last_at(&rows),
        Some(text) => moment(text)?,
    };
    let wallet = history::wallet(&rows);
    let wallet = as_of(&wallet, at);
    // A fold knows the wallet only as its last entry left it, so an earlier moment cannot be shown.
    let at = at.max(wallet.at);
    let mut shown: Value = serde_json::from_str(&view::accounts(&wallet, at)).unwrap_or_default();
    // All of them, since a wallet never has more open holds than this.
    let holds = view::holds(&wallet.customer, &wallet, 0, MAX_OPEN);
    let mut holds: Value = serde_json::from_str(&holds).unwrap_or_default();
    if let (Some(shown), Some(items)) = (shown.as_object_mut(), holds.get_mut("items")) {
        shown.insert("holds".to_owned(), items.take());
    }
    encode(&shown)
}

fn moment(text: String) -> Result<Instant, JsValue> {
    time::parse(&text).ok_or_else(|| {
        let sentence = "must be a Date, milliseconds, or a time such as 2026-01-31T12:00:00Z";
        thrown(Problem::field("at", sentence))
    })
}

/// Whether the hashes of a history follow from each other.
///
/// # Errors
/// An `Error` with the problem's `code`, where the history cannot be read.
#[wasm_bindgen(js_name = verifyEntries)]
pub fn verify_entries(entries: JsValue) -> Result<JsValue, JsValue> {
    let rows = history::rows(decode::<Vec<Item>>("entries", entries)?).map_err(thrown)?;
    encode(&history::verified(&rows))
}

/// A customer's fold: what a socket of `GET …/wallet/live` tells, as balances and open holds. The moves come as text, as they were
/// told, so that no number of them passes through a float.
///
/// # Errors
/// An `Error` with the problem's `code`, where one is missing or the state is of another version.
#[wasm_bindgen(js_name = foldMoves)]
pub fn fold_moves(state: &str, moves: &str, at: Option<String>) -> Result<JsValue, JsValue> {
    let moves: Vec<Entry> = serde_json::from_str(moves)
        .map_err(|error| thrown(Problem::field("moves", format!("cannot be read: {error}"))))?;
    let at = at.map(moment).transpose()?;
    encode(&view::folded(state, &moves, at).map_err(thrown)?)
}

/// Whether a receipt says what its record says, and the record what its hash is over.
///
/// # Errors
/// An `Error` with the problem's `code`, where it is nothing that can be read.
#[wasm_bindgen(js_name = verifyReceipt)]
pub fn verify_receipt(receipt: JsValue) -> Result<JsValue, JsValue> {
    let receipt: Value = decode("receipt", receipt)?;
    encode(&view::verified_receipt(&receipt))
}

/// What usage costs at given prices.
///
/// # Errors
/// An `Error` with the problem's `code`.
#[wasm_bindgen(js_name = estimate)]
pub fn estimate_usage(events: JsValue, prices: JsValue) -> Result<JsValue, JsValue> {
    let events: Value = decode("events", events)?;
    let prices: Value = decode("prices", prices)?;
    // Nothing was used before, so it does not matter in which tiering period the events lie.
    let at = Instant::default();
    encode(&estimate::estimate(&events, &prices, at).map_err(thrown)?)
}

/// What events would cost a wallet, which grants would pay, and how it would stand afterwards.
///
/// # Errors
/// An `Error` with the problem's `code`.
#[wasm_bindgen]
pub fn simulate(question: JsValue) -> Result<JsValue, JsValue> {
    answered(question, offline::simulate)
}

/// The largest volume of a field that would pass now.
///
/// # Errors
/// An `Error` with the problem's `code`.
#[wasm_bindgen]
pub fn affordable(question: JsValue) -> Result<JsValue, JsValue> {
    answered(question, offline::affordable)
}

/// An entry, a balance, an authorization, a receipt or a denial, in rows and in words.
///
/// # Errors
/// An `Error` with the problem's `code`.
#[wasm_bindgen]
pub fn explain(question: JsValue) -> Result<JsValue, JsValue> {
    answered(question, offline::explain)
}

fn answered(
    question: JsValue,
    answer: fn(&Value) -> Result<Value, Problem>,
) -> Result<JsValue, JsValue> {
    encode(&answer(&decode("question", question)?).map_err(thrown)?)
}

/// The usage object of a vendor as units. Text in and out: so no count passes through a float here.
///
/// # Errors
/// An `Error` with the problem's `code`.
#[wasm_bindgen(js_name = normalizeUsage)]
pub fn normalize_usage(told: &str) -> Result<String, JsValue> {
    usage::normalized(told).map_err(thrown)
}

/// An amount for people to read.
///
/// # Errors
/// An `Error` with the problem's `code`.
#[wasm_bindgen(js_name = formatAmount)]
pub fn format_amount(amount: &JsValue, options: JsValue) -> Result<String, JsValue> {
    // A number has been a float before it comes here, so digits may be lost already without a
    // trace.
    let text = amount.as_string();
    let text =
        text.ok_or_else(|| thrown(Problem::field("amount", "must be a string, never a number")));
    let amount = Amount::parse(&text?)
        .map_err(|error| thrown(Problem::field("amount", error.to_string())))?;
    let style = if options.is_undefined() {
        Style::default()
    } else {
        decode::<Style>("options", options)?
    };
    format::amount(amount, &style, |number| localized(number, &style)).map_err(thrown)
}

/// The number in the digits and separators of a language. `Intl` reads the text itself, so nothing
/// passes through a float.
fn localized(number: &str, style: &Style) -> Result<String, Problem> {
    let Some(locale) = &style.locale else {
        return Ok(number.to_owned());
    };
    let places = number
        .split_once('.')
        .map_or(0, |(_, fraction)| fraction.len());
    // Exactly as many as the text has, because `Intl` would otherwise round to three.
    let digits = Digits {
        minimum: places,
        maximum: places,
    };
    let options = digits
        .serialize(&Serializer::json_compatible())
        .unwrap_or_default();
    let format = NumberFormat::new(locale, &options)
        .map_err(|_| Problem::field("locale", "must be a language tag such as \"de-CH\""))?;
    Ok(format.format(number))
}

#[derive(Serialize)]
struct Digits {
    #[serde(rename = "minimumFractionDigits")]
    minimum: usize,
    #[serde(rename = "maximumFractionDigits")]
    maximum: usize,
}

#[wasm_bindgen]
extern "C" {
    #[wasm_bindgen(js_namespace = Intl)]
    type NumberFormat;

    #[wasm_bindgen(constructor, js_namespace = Intl, catch)]
    fn new(locale: &str, options: &JsValue) -> Result<NumberFormat, JsValue>;

    #[wasm_bindgen(method)]
    fn format(this: &NumberFormat, number: &str) -> String;

    type Error;

    #[wasm_bindgen(constructor)]
    fn new(message: &str) -> Error;

    #[wasm_bindgen(method, setter)]
    fn set_code(this: &Error, code: &str);

    #[wasm_bindgen(method, setter)]
    fn set_errors(this: &Error, errors: JsValue);
}

fn decode<T: DeserializeOwned>(name: &str, value: JsValue) -> Result<T, JsValue> {
    from_value(value)
        .map_err(|error| thrown(Problem::field(name, format!("cannot be read: {error}"))))
}

/// Results have string keys, no floats, and whole numbers that JavaScript holds exactly.
fn encode(value: &impl Serialize) -> Result<JsValue, JsValue> {
    value
        .serialize(&Serializer::json_compatible())
        .map_err(JsValue::from)
}

/// A problem as an `Error` with its `code`, and its sentences by field in `errors`.
fn thrown(problem: Problem) -> JsValue {
    let by_field = problem.errors.by_field();
    let sentences = by_field
        .iter()
        .map(|(field, sentences)| format!("{field} {}", sentences.join(", and ")));
    let message = if by_field.is_empty() {
        problem.detail.clone()
    } else {
        sentences.collect::<Vec<_>>().join("; ")
    };
    let error = Error::new(&message);
    error.set_code(problem.code);
    error.set_errors(encode(by_field).unwrap_or_default());
    error.into()
}
