//! What a request says of a customer and of its subscriptions.

use serde::{Deserialize, Serialize};

use crate::engine::command::Metadata;
use crate::wire::ids::MAX_ID;
use crate::wire::json::{Errors, Object};
use crate::wire::problem::Problem;
use crate::wire::request::{MAX_WORDS, read};
use crate::wire::subscription::NewSubscription;

/// Most subscriptions in one request.
pub const MAX_SUBSCRIPTIONS: usize = 20;

/// Most external accounts of a customer.
pub const MAX_EXTERNAL_ACCOUNTS: usize = 10;

/// `POST /v1/customers`.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct NewCustomer {
    pub name: String,
    pub external_id: Option<String>,
    pub email: Option<String>,
    pub metadata: Metadata,
    pub subscriptions: Vec<NewSubscription>,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub external_accounts: Vec<ExternalAccount>,
}

/// The customer as somebody else knows it.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct ExternalAccount {
    pub provider: String,
    pub provider_id: String,
}

/// The product that a subscription names, by id or code.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct ProductRef {
    /// Where it stands in the request, to name it in an error.
    pub path: String,
    pub id: Option<String>,
    pub code: Option<String>,
    /// The default version, when absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub version: Option<u32>,
}

impl ProductRef {
    /// Where the version stands in the request.
    #[must_use]
    pub fn version_path(&self) -> String {
        let product = self.path.rsplit_once('.');
        product.map_or_else(
            || "version".to_owned(),
            |(product, _)| format!("{product}.version"),
        )
    }
}

impl NewCustomer {
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
                subscriptions.extend(NewSubscription::of(item, errors));
            }
            let items = object.objects("external_accounts", MAX_EXTERNAL_ACCOUNTS, errors);
            let mut external_accounts = Vec::new();
            for item in items.iter().flatten() {
                external_accounts.extend(external_account(item, errors));
            }
            Some(Self {
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

/// The products of a subscription.
pub fn product_refs(object: &Object<'_>, errors: &mut Errors) -> Option<Vec<ProductRef>> {
    let items = object.objects("products", MAX_SUBSCRIPTIONS, errors);
    let items = object.require("products", items, errors)?;
    if items.is_empty() {
        errors.add(
            &object.path_of("products"),
            "must name at least one product",
        );
    }
    let mut products = Vec::new();
    for item in &items {
        products.extend(product_ref(item, errors));
    }
    Some(products)
}

fn product_ref(object: &Object<'_>, errors: &mut Errors) -> Option<ProductRef> {
    let id = object.text("id", MAX_ID, errors);
    let code = object.text("code", MAX_ID, errors);
    let version = version(object, errors);
    if id.is_none() && code.is_none() {
        errors.add(&object.path_of("code"), "is required, or id instead");
        return None;
    }
    Some(ProductRef {
        path: object.path_of(if id.is_some() { "id" } else { "code" }),
        id,
        code,
        version,
    })
}

/// A version's number; none for `"default"`.
pub fn version(object: &Object<'_>, errors: &mut Errors) -> Option<u32> {
    let written = object
        .get("version")
        .map(serde_json::value::RawValue::get)?;
    if written == "\"default\"" {
        return None;
    }
    let version = serde_json::from_str(written).ok().filter(|one| *one > 0);
    if version.is_none() {
        let sentence = "must be the number of a version, or \"default\"";
        errors.add(&object.path_of("version"), sentence);
    }
    version
}

/// `PATCH /v1/customers/{id}`; what is left out stays as it is.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct CustomerChange {
    pub name: Option<String>,
    pub external_id: Option<String>,
    pub email: Option<String>,
    pub metadata: Option<Metadata>,
}

impl CustomerChange {
    /// # Errors
    /// As [`read`].
    pub fn read(body: &str) -> Result<Self, Problem> {
        read(body, |object, errors| {
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
