//! The customer that a request is about, by our id or by the caller's own.

use serde::Deserialize;

use super::ids::MAX_ID;
use super::json::{Errors, Object};
use super::problem::Problem;
use super::request::read;

/// The customer that a request names, by either id.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum CustomerRef {
    /// `cust_…`, as creating the customer returned it.
    Id(String),
    /// The caller's own id; the wallet's name derives from it without a look-up.
    ExternalId(String),
}

impl CustomerRef {
    /// The fields by which a request names its customer.
    pub const FIELDS: [&'static str; 2] = ["customer_id", "customer_external_id"];

    /// Exactly one of `customer_id` and `customer_external_id`.
    pub fn read(object: &Object<'_>, errors: &mut Errors) -> Option<Self> {
        let id = object.text("customer_id", MAX_ID, errors);
        let external = object.text("customer_external_id", MAX_ID, errors);
        match (id, external) {
            (Some(id), None) => Some(Self::Id(id)),
            (None, Some(external)) => Some(Self::ExternalId(external)),
            (None, None) => {
                // A name that was given and is wrong has its own sentence already, so only one that
                // is missing gets this one.
                let given = object
                    .get("customer_id")
                    .or(object.get("customer_external_id"));
                if given.is_none() {
                    errors.add(
                        "customer_id",
                        "is required, or customer_external_id instead",
                    );
                }
                None
            }
            (Some(_), Some(_)) => {
                // One of them would have to win, and a client that sends two different customers by
                // mistake would spend a stranger's money.
                errors.add(
                    "customer_external_id",
                    "must be left out when customer_id is given",
                );
                None
            }
        }
    }
}

/// What routes a request to its wallet. The wallet reads the body again and in full, so a plain
/// request is only searched for its customer here.
///
/// # Errors
/// As [`read`].
pub fn customer_of(body: &str) -> Result<CustomerRef, Problem> {
    // Every authorization passes here, and its wallet reads the whole body anyway, so errors are
    // not looked for twice.
    if let Ok(named) = serde_json::from_str::<Named<'_>>(body)
        && let Some(customer) = named.customer()
    {
        return Ok(customer);
    }
    read(body, |object, errors| {
        object.tolerate_all();
        CustomerRef::read(object, errors)
    })
}

/// The two names of a customer, where they are plain text without escapes.
#[derive(Deserialize)]
struct Named<'a> {
    customer_id: Option<&'a str>,
    customer_external_id: Option<&'a str>,
}

impl Named<'_> {
    /// The customer, when there is nothing to complain about. Whatever else is left to the full
    /// reading, which finds the words for it.
    fn customer(&self) -> Option<CustomerRef> {
        // In bytes, which are never fewer than characters: too long in doubt, and then read in
        // full.
        let plain = |text: &str| !text.is_empty() && text.len() <= MAX_ID;
        match (self.customer_id, self.customer_external_id) {
            (Some(id), None) if plain(id) => Some(CustomerRef::Id(id.to_owned())),
            (None, Some(external))
                if plain(external) && !external.chars().any(char::is_control) =>
            {
                Some(CustomerRef::ExternalId(external.to_owned()))
            }
            _ => None,
        }
    }
}
