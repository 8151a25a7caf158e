//! What a request says of a product.

use serde::Serialize;

use crate::wire::ids::MAX_ID;
use crate::wire::problem::Problem;
use crate::wire::request::read;

use super::price::{MAX_PRICES, NewPrice};

/// `POST /v1/products`: published when it is created.
#[derive(Clone, PartialEq, Eq, Debug, Serialize)]
pub struct NewProduct {
    pub code: String,
    pub name: String,
    pub prices: Vec<NewPrice>,
}

impl NewProduct {
    /// # Errors
    /// As [`read`].
    pub fn read(body: &str) -> Result<Self, Problem> {
        read(body, |object, errors| {
            object.not_yet(&["entitlements"], errors);
            if object.flag("publish", errors) == Some(false) {
                errors.add(
                    "publish",
                    "must be true: products are published at creation",
                );
            }
            let code = object.code("code", errors);
            let code = object.require("code", code, errors);
            let name = object.text("name", MAX_ID, errors);
            let name = object.require("name", name, errors);
            let items = object.objects("prices", MAX_PRICES, errors);
            let items = object.require("prices", items, errors)?;
            let mut prices = Vec::new();
            for item in &items {
                prices.extend(NewPrice::read(item, errors));
            }
            Some(Self {
                code: code?,
                name: name?,
                prices,
            })
        })
    }
}
