//! The product that a subscription names, before it has been looked up.

use serde::{Deserialize, Serialize};
use serde_json::value::RawValue;

use crate::wire::ids::MAX_ID;
use crate::wire::json::{Errors, Object};

/// Most subscriptions in one request.
pub const MAX_SUBSCRIPTIONS: usize = 20;

/// The product that a subscription names, by id or code: `{ "code": "pro", "version": 2 }`.
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

/// The products of a subscription, at least one. Whether one is named twice only the directory can
/// tell, because an id and a code may mean the same.
pub(super) fn product_refs(object: &Object<'_>, errors: &mut Errors) -> Option<Vec<ProductRef>> {
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
        // One that is wrong is passed over and its error noted, so the shorter list is never used.
        products.extend(product_ref(item, errors));
    }
    Some(products)
}

/// Where both are given, an error names the id.
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
pub(super) fn version(object: &Object<'_>, errors: &mut Errors) -> Option<u32> {
    let written = object.get("version").map(RawValue::get)?;
    // Credyt writes the default version as a word; leaving the field out means the same.
    if written == "\"default\"" {
        return None;
    }
    // Versions count from one, so a zero is refused here without asking the directory.
    let version = serde_json::from_str(written).ok().filter(|one| *one > 0);
    if version.is_none() {
        let sentence = "must be the number of a version, or \"default\"";
        errors.add(&object.path_of("version"), sentence);
    }
    version
}
