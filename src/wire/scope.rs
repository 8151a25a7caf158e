//! Credit that only certain usage may draw on, as requests write it.

use crate::engine::scope::Scope;

use super::ids::MAX_ID;
use super::json::{Errors, Object};

/// Most event types, and most products, that one credit is restricted to.
pub const MAX_RESTRICTIONS: usize = 100;

/// `restricted_to` of an adjustment or an entitlement; everything where it is absent.
///
/// ```json
/// { "event_types": ["chat"], "products": ["pro"] }
/// ```
///
/// Usage has to match both lists. One that is empty or left out matches everything, so both
/// together may not be: that would look like a restriction and be none.
pub fn restricted_to(object: &Object<'_>, errors: &mut Errors) -> Scope {
    let Some(object) = object.object("restricted_to", errors) else {
        return Scope::default();
    };
    let mut scope = Scope::default();
    for (name, words) in [
        ("event_types", &mut scope.event_types),
        ("products", &mut scope.products),
    ] {
        let given = object.texts(name, MAX_RESTRICTIONS, MAX_ID, errors);
        for word in given.unwrap_or_default() {
            // To name a word twice means no more than to name it once, so it is no error.
            words.insert(word);
        }
    }
    if scope.is_everything() {
        errors.add(
            object.path(),
            "must name event_types, products, or both; leave it out for credit without restriction",
        );
    }
    scope
}
