//! The id of a call that sets or removes a limit.

use crate::wire::ids::MAX_ID;
use crate::wire::json::{Errors, Object};
use crate::wire::request::wrong_key;

/// The id of a call that replaces a setting. It may go without, because the same setting again is
/// the same setting; then it is known by its request.
pub fn operation_id(
    object: &Object<'_>,
    kind: &str,
    key: Option<&str>,
    request_id: &str,
    errors: &mut Errors,
) -> String {
    let given = object.text("id", MAX_ID, errors);
    if let Some(sentence) = key.and_then(wrong_key) {
        // Also beside an id in the body: whoever sends a key relies on it, so it is never dropped
        // in silence.
        errors.add("Idempotency-Key", sentence);
    }
    operation(kind, given.as_deref().or(key), request_id)
}

/// `budget:<id>`, or `budget:request:<the request's id>` for a call that goes without.
pub(super) fn operation(kind: &str, id: Option<&str>, request_id: &str) -> String {
    match id {
        Some(id) => format!("{kind}:{id}"),
        None => format!("{kind}:request:{request_id}"),
    }
}
