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

/// What an account decides for one of its sides. What is absent stays.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub struct SettingsChange {
    /// Whether work is admitted that no price knows.
    pub unpriced: Option<OnUnpriced>,
    /// Whether a dispute freezes the wallet.
    pub freeze_on_dispute: Option<bool>,
    /// Whether a warning of fraud does.
    pub freeze_on_fraud_warning: Option<bool>,
}

impl SettingsChange {
    /// `PATCH /v1/accounts/self/settings`: `{ "unpriced": "allow", "freeze_on_dispute": true }`.
    ///
    /// # Errors
    /// As [`read`].
    pub fn read(body: &str) -> Result<Self, Problem> {
        read(body, |object, errors| {
            let words = [OnUnpriced::Deny.word(), OnUnpriced::Allow.word()];
            let unpriced = object.word("unpriced", &words, errors);
            let change = Self {
                unpriced: unpriced.map(|word| OnUnpriced::from_word(&word)),
                freeze_on_dispute: object.flag("freeze_on_dispute", errors),
                freeze_on_fraud_warning: object.flag("freeze_on_fraud_warning", errors),
            };
            let names = ["unpriced", "freeze_on_dispute", "freeze_on_fraud_warning"];
            if names.iter().all(|name| object.get(name).is_none()) {
                errors.add(
                    "unpriced",
                    "is required, or freeze_on_dispute or freeze_on_fraud_warning",
                );
            }
            Some(change)
        })
    }
}
