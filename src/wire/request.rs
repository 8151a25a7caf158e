//! What reading a request body always takes: the body itself, the operation's id, amounts,
//! accounts.
//!
//! Each capability has a file of its own that says which fields its requests have; they are read
//! with these functions. Bad input is answered with everything that is wrong, by field.

use crate::engine::asset::DEFAULT_ACCOUNT;
use crate::engine::{AccountId, Action, Amount, Command};
use crate::journal::chain::request_digest;

use super::ids::MAX_ID;
use super::json::{self, Errors, Object};
use super::problem::{Failure, Problem};

/// Longest description, subject and reason, in characters.
pub const MAX_WORDS: usize = 1_000;

/// Reads a body with a function that notes what is wrong.
///
/// # Errors
/// `malformed_body` where the body is not JSON, `validation_failed` with all errors by field.
pub fn read<'a, T>(
    body: &'a str,
    decode: impl FnOnce(&Object<'a>, &mut Errors) -> Option<T>,
) -> Result<T, Problem> {
    let mut errors = Errors::default();
    let object =
        json::parse(body, &mut errors).map_err(|detail| Failure::MalformedBody.because(detail))?;
    // Decoding goes on after an error, so that everything wrong is told in one answer.
    let value = decode(&object, &mut errors);
    // Read to the end: only now it is known which fields nobody asked for.
    drop(object);
    Ok(errors.check(value)?)
}

/// A call that needs no words may be sent without a body.
pub(crate) fn or_empty(body: &str) -> &str {
    if body.trim().is_empty() { "{}" } else { body }
}

/// The id of an operation: in the body, or in the `Idempotency-Key` header. The body's comes first,
/// because it was said about this very operation; the header may be a client's habit.
///
/// Without either the call is refused: it could not be sent again safely.
pub(crate) fn operation_id(
    object: &Object<'_>,
    field: &'static str,
    key: Option<&str>,
    errors: &mut Errors,
) -> Option<String> {
    if let Some(id) = object.text(field, MAX_ID, errors) {
        return Some(id);
    }
    if let Some(key) = key {
        if let Some(sentence) = wrong_key(key) {
            errors.add("Idempotency-Key", sentence);
            return None;
        }
        return Some(key.to_owned());
    }
    // One that is there and wrong has its own error already; a second sentence would contradict it.
    if object.get(field).is_none() {
        errors.add(field, "is required, or an Idempotency-Key header instead");
    }
    None
}

/// What is wrong with an `Idempotency-Key` that is to be an id, if anything.
pub(crate) fn wrong_key(key: &str) -> Option<String> {
    // In characters, as in the body, so that both ways take the same ids.
    let fits = !key.is_empty() && key.chars().count() <= MAX_ID;
    (!fits).then(|| format!("must have 1 to {MAX_ID} characters"))
}

/// A command under an operation id, with the digest of what was asked: by it the same id with
/// another meaning is told from a replay. What is digested is the action and not the body, so `20`,
/// `20.0` and `"20"` are one question.
pub(crate) fn command(op: String, action: Action) -> Command {
    let asked = serde_json::to_string(&action).unwrap_or_default();
    let request = request_digest(&[&asked]);
    Command {
        op,
        request,
        action,
    }
}

/// A required amount from zero up.
pub(crate) fn not_negative(
    object: &Object<'_>,
    name: &'static str,
    errors: &mut Errors,
) -> Option<Amount> {
    let amount = object.amount(name, errors);
    let amount = object.require(name, amount, errors)?;
    if amount.is_negative() {
        errors.add(&object.path_of(name), "must not be negative");
        return None;
    }
    Some(amount)
}

/// An amount above zero; whether it has to be there is for the caller to say.
pub(crate) fn above_zero(
    object: &Object<'_>,
    name: &'static str,
    errors: &mut Errors,
) -> Option<Amount> {
    let amount = object.amount(name, errors)?;
    if !amount.is_positive() {
        errors.add(&object.path_of(name), "must be above zero");
        return None;
    }
    Some(amount)
}

/// The account that a request means: `asset`, which is required, and `account_name`, which is
/// `default` where nothing is said.
pub(crate) fn account(object: &Object<'_>, errors: &mut Errors) -> Option<AccountId> {
    let asset = object.code("asset", errors);
    let asset = object.require("asset", asset, errors);
    let name = object.code("account_name", errors);
    let name = name.unwrap_or_else(|| DEFAULT_ACCOUNT.to_owned());
    Some(AccountId::new(&name, &asset?))
}
