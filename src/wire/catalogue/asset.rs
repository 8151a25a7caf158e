//! What a request says of an asset.

use serde::{Deserialize, Serialize};

use crate::wire::ids::MAX_ID;
use crate::wire::problem::Problem;
use crate::wire::request::read;

/// Decimal places of an asset that does not say.
pub const DEFAULT_PRECISION: u32 = 12;

/// `POST /v1/assets`.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct NewAsset {
    pub code: String,
    pub name: String,
    pub precision: u32,
    pub label: Option<String>,
    pub symbol: Option<String>,
}

impl NewAsset {
    /// # Errors
    /// As [`read`].
    pub fn read(body: &str) -> Result<Self, Problem> {
        read(body, |object, errors| {
            object.not_yet(&["rates"], errors);
            let code = object.code("code", errors);
            let code = object.require("code", code, errors);
            let name = object.text("name", MAX_ID, errors);
            let name = object.require("name", name, errors);
            let precision = object.whole("precision", 0..=12, errors);
            let label = object.text("label", MAX_ID, errors);
            let symbol = object.text("symbol", 8, errors);
            Some(Self {
                code: code?,
                name: name?,
                precision: precision.unwrap_or(DEFAULT_PRECISION),
                label,
                symbol,
            })
        })
    }
}
