//! What a request says of a vendor: whom usage is bought from.

use serde::{Deserialize, Serialize};

use crate::wire::ids::MAX_ID;
use crate::wire::problem::Problem;
use crate::wire::request::read;

/// `POST /v1/vendors`: `{ "name": "OpenAI", "external_id": "openai" }`.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct NewVendor {
    /// As people call it.
    pub name: String,
    /// The caller's own id: unique on its side of the account.
    pub external_id: Option<String>,
}

impl NewVendor {
    /// # Errors
    /// As [`read`].
    pub fn read(body: &str) -> Result<Self, Problem> {
        read(body, |object, errors| {
            let name = object.text("name", MAX_ID, errors);
            let name = object.require("name", name, errors);
            let external_id = object.text("external_id", MAX_ID, errors);
            Some(Self {
                name: name?,
                external_id,
            })
        })
    }
}
