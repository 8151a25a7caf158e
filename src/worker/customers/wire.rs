//! What a request says of a customer.
//!
//! Shapes are checked here; whether an external id is free or a product exists, the directory
//! says.

use serde::{Deserialize, Serialize};

use crate::engine::command::Metadata;
use crate::wire::ids::MAX_ID;
use crate::wire::json::{Errors, Object};
use crate::wire::problem::Problem;
use crate::wire::request::{MAX_WORDS, read};
use crate::wire::subscription::{MAX_SUBSCRIPTIONS, NewSubscription};

/// Most external accounts of a customer.
///
/// 10 × 255 characters are 2.5 KB of a row.
pub const MAX_EXTERNAL_ACCOUNTS: usize = 10;

/// `POST /v1/customers`.
///
/// ```json
/// { "name": "Ada", "external_id": "acme", "email": "ada@example.com", "metadata": {},
///   "subscriptions": [ { "products": [ { "code": "pro" } ] } ],
///   "external_accounts": [ { "provider": "stripe", "provider_id": "cus_…" } ] }
/// ```
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct NewCustomer {
    pub name: String,
    /// The caller's own id. The customer's id derives from it, so it stands for the id everywhere.
    pub external_id: Option<String>,
    pub email: Option<String>,
    pub metadata: Metadata,
    /// What the wallet starts with.
    pub subscriptions: Vec<NewSubscription>,
    // Left out where empty: the digest of a request must not change for those who never sent it.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub external_accounts: Vec<ExternalAccount>,
}

/// The customer as somebody else knows it.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct ExternalAccount {
    /// `stripe`, so far.
    pub provider: String,
    pub provider_id: String,
}

impl NewCustomer {
    /// All that is wrong is told at once, each with its path.
    ///
    /// # Errors
    /// As [`read`].
    pub fn read(body: &str) -> Result<Self, Problem> {
        read(body, |object, errors| {
            let name = object.text("name", MAX_ID, errors);
            let name = object.require("name", name, errors);
            let external_id = object.text("external_id", MAX_ID, errors);
            let email = email(object, errors);
            let metadata = object.metadata("metadata", errors);
            let items = object.objects("subscriptions", MAX_SUBSCRIPTIONS, errors);
            let mut subscriptions = Vec::new();
            for item in items.iter().flatten() {
                let new = NewSubscription::of(item, errors);
                if new.as_ref().is_some_and(|new| new.plan.invoiced) {
                    // Stripe would be asked for a customer that may not come to be.
                    let sentence =
                        "must be left out here: subscribe the customer once there is one";
                    errors.add(&item.path_of("collect"), sentence);
                }
                subscriptions.extend(new);
            }
            let items = object.objects("external_accounts", MAX_EXTERNAL_ACCOUNTS, errors);
            let mut external_accounts = Vec::new();
            for item in items.iter().flatten() {
                external_accounts.extend(external_account(item, errors));
            }
            Some(Self {
                // Only here: what lacks a name has told it already, with everything else.
                name: name?,
                external_id,
                email,
                metadata,
                subscriptions,
                external_accounts,
            })
        })
    }
}

/// Only what no address lacks is asked for; whether mail arrives there nobody can tell from the
/// text.
fn email(object: &Object<'_>, errors: &mut Errors) -> Option<String> {
    let email = object.text("email", MAX_WORDS, errors);
    if email.as_deref().is_some_and(|email| !email.contains('@')) {
        errors.add("email", "must be an e-mail address");
    }
    email
}

fn external_account(object: &Object<'_>, errors: &mut Errors) -> Option<ExternalAccount> {
    let provider = object.word("provider", &["stripe"], errors);
    let provider = object.require("provider", provider, errors);
    let provider_id = object.text("provider_id", MAX_ID, errors);
    let provider_id = object.require("provider_id", provider_id, errors);
    Some(ExternalAccount {
        provider: provider?,
        provider_id: provider_id?,
    })
}

/// `PATCH /v1/customers/{id}`; what is left out stays as it is.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct CustomerChange {
    pub name: Option<String>,
    pub external_id: Option<String>,
    pub email: Option<String>,
    /// Replaces all of it.
    pub metadata: Option<Metadata>,
}

impl CustomerChange {
    /// # Errors
    /// As [`read`].
    pub fn read(body: &str) -> Result<Self, Problem> {
        read(body, |object, errors| {
            // Absent leaves it as it is, and an empty object empties it, so the two have to be told
            // apart.
            let given = object.get("metadata").is_some();
            let metadata = given.then(|| object.metadata("metadata", errors));
            Some(Self {
                name: object.text("name", MAX_ID, errors),
                external_id: object.text("external_id", MAX_ID, errors),
                email: email(object, errors),
                metadata,
            })
        })
    }
}
