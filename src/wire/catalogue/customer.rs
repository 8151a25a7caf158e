//! What a request says of a customer and of its subscriptions.

use serde::{Deserialize, Serialize};

use crate::engine::command::Metadata;
use crate::wire::ids::MAX_ID;
use crate::wire::json::{Errors, Object};
use crate::wire::problem::Problem;
use crate::wire::request::{MAX_WORDS, read};

/// Most subscriptions in one request.
pub const MAX_SUBSCRIPTIONS: usize = 20;

/// `POST /v1/customers`.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct NewCustomer {
    pub name: String,
    pub external_id: Option<String>,
    pub email: Option<String>,
    pub metadata: Metadata,
    pub subscriptions: Vec<Vec<ProductRef>>,
}

/// The product that a subscription names, by id or code; always at its default version.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct ProductRef {
    /// Where it stands in the request, to name it in an error.
    pub path: String,
    pub id: Option<String>,
    pub code: Option<String>,
}

impl NewCustomer {
    /// # Errors
    /// As [`read`].
    pub fn read(body: &str) -> Result<Self, Problem> {
        read(body, |object, errors| {
            object.not_yet(&["external_accounts"], errors);
            let name = object.text("name", MAX_ID, errors);
            let name = object.require("name", name, errors);
            let external_id = object.text("external_id", MAX_ID, errors);
            let email = object.text("email", MAX_WORDS, errors);
            if email.as_deref().is_some_and(|email| !email.contains('@')) {
                errors.add("email", "must be an e-mail address");
            }
            let metadata = object.metadata("metadata", errors);
            let items = object.objects("subscriptions", MAX_SUBSCRIPTIONS, errors);
            let mut subscriptions = Vec::new();
            for item in items.iter().flatten() {
                subscriptions.extend(subscription(item, errors));
            }
            Some(Self {
                name: name?,
                external_id,
                email,
                metadata,
                subscriptions,
            })
        })
    }
}

fn subscription(object: &Object<'_>, errors: &mut Errors) -> Option<Vec<ProductRef>> {
    object.not_yet(&["starts_at", "renews_at"], errors);
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
    let version = object.get("version").map(serde_json::value::RawValue::get);
    if !matches!(version, None | Some("1" | "\"default\"")) {
        errors.add(&object.path_of("version"), "must be 1 or \"default\"");
    }
    if id.is_none() && code.is_none() {
        errors.add(&object.path_of("code"), "is required, or id instead");
        return None;
    }
    Some(ProductRef {
        path: object.path_of(if id.is_some() { "id" } else { "code" }),
        id,
        code,
    })
}
