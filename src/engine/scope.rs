//! What credit may be spent on.

use std::collections::BTreeSet;

use serde::{Deserialize, Serialize};

use super::consumption::Consumption;

/// What credit may be spent on; empty sets allow everything.
#[derive(Clone, PartialEq, Eq, Debug, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct Scope {
    #[serde(skip_serializing_if = "BTreeSet::is_empty")]
    pub event_types: BTreeSet<String>,
    /// Codes of products.
    #[serde(skip_serializing_if = "BTreeSet::is_empty")]
    pub products: BTreeSet<String>,
}

impl Scope {
    #[must_use]
    pub fn is_everything(&self) -> bool {
        self.event_types.is_empty() && self.products.is_empty()
    }

    /// Whether credit of this scope may pay for it. A plain amount has neither an event nor a product,
    /// so only unrestricted credit pays for it.
    #[must_use]
    pub fn allows(&self, consumption: &Consumption<'_>) -> bool {
        let among = |words: &BTreeSet<String>, word: Option<&str>| {
            words.is_empty() || word.is_some_and(|word| words.contains(word))
        };
        among(&self.event_types, consumption.event_type())
            && among(&self.products, consumption.product)
    }
}
