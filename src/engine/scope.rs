//! What credit may be spent on.
//!
//! ```text
//! allows(use) = (event_types is empty or has its type) and (products is empty or has its product)
//! ```
//!
//! Both sets are kept sorted, because a scope is written down and hashed.

use std::collections::BTreeSet;

use serde::{Deserialize, Serialize};

use super::consumption::Consumption;

/// What credit may be spent on; empty sets allow everything.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Debug, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct Scope {
    #[serde(skip_serializing_if = "BTreeSet::is_empty")]
    pub event_types: BTreeSet<String>,
    /// Codes of products.
    #[serde(skip_serializing_if = "BTreeSet::is_empty")]
    pub products: BTreeSet<String>,
}

impl Scope {
    /// No restriction at all, which is most credit.
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
