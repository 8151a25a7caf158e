//! What a request says of a platform account.

use serde::{Deserialize, Serialize};

use crate::engine::OnUnpriced;
use crate::engine::command::Metadata;
use crate::wire::ids::MAX_ID;
use crate::wire::problem::Problem;
use crate::wire::request::read;

/// `POST /v1/accounts`: `{ "name": "Acme", "external_id": "acme", "metadata": {} }`.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct NewAccount {
    /// As people call it.
    pub name: String,
    /// The owner's own id for it: unique among what this side has made.
    pub external_id: Option<String>,
    /// Anything, kept and shown again.
    pub metadata: Metadata,
}

impl NewAccount {
    /// # Errors
    /// As [`read`].
    pub fn read(body: &str) -> Result<Self, Problem> {
        read(body, |object, errors| {
            let name = object.text("name", MAX_ID, errors);
            let name = object.require("name", name, errors);
            let external_id = object.text("external_id", MAX_ID, errors);
            let metadata = object.metadata("metadata", errors);
            Some(Self {
                name: name?,
                external_id,
                metadata,
            })
        })
    }
}

/// `PATCH /v1/accounts/self/settings`: `{ "unpriced": "allow" }`, whether work is admitted that no price knows.
///
/// # Errors
/// As [`read`].
pub fn read_settings(body: &str) -> Result<OnUnpriced, Problem> {
    read(body, |object, errors| {
        let words = [OnUnpriced::Deny.word(), OnUnpriced::Allow.word()];
        let unpriced = object.word("unpriced", &words, errors);
        let unpriced = object.require("unpriced", unpriced, errors);
        unpriced.map(|word| OnUnpriced::from_word(&word))
    })
}
