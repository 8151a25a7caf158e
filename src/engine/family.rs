//! What is remembered of plans, so that none gives twice for the same time: per customer, and per family of
//! products.
//!
//! A family is the products that a customer has moved between, by code; at first a product is one of its
//! own. It remembers what its plans gave and were paid in periods that still run, what they gave once, and
//! that a trial is used. Ending a plan and having it again goes on where its family stands.
//!
//! ```text
//! held by a product of a subscription      while that product is had
//! held by nobody                           from its end on; the next product of the family takes it over
//! forgotten                                when nobody holds it and nothing of it lasts
//! ```

use serde::{Deserialize, Serialize};

use super::standing::Standing;
use super::time::Instant;

/// The `seq` of the journal entry that made the subscription.
pub type SubscriptionId = u64;

/// Products that a customer has moved between.
#[derive(Clone, PartialEq, Eq, Debug, Default, Serialize, Deserialize)]
pub struct Family {
    /// Codes of products.
    /// In snapshots since families are, as all of it.
    pub codes: Vec<String>,
    /// The subscription, and the id of its product, that has it now.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub holder: Option<(SubscriptionId, String)>,
    /// A trial was had.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub trial: bool,
    /// What is remembered of plans before the one of now.
    #[serde(default, skip_serializing_if = "Standing::is_empty")]
    pub kept: Standing,
}

impl Family {
    fn is_free(&self, code: &str) -> bool {
        self.holder.is_none() && self.codes.iter().any(|one| one == code)
    }

    fn is_held_by(&self, subscription: SubscriptionId, product: &str) -> bool {
        let holder = self.holder.as_ref();
        holder.is_some_and(|(id, had)| *id == subscription && had == product)
    }
}

/// What is remembered for a product that nobody has: of all families that it belongs to.
#[must_use]
pub fn remembered(families: &[Family], code: &str) -> Option<Family> {
    let mut free = families.iter().filter(|one| one.is_free(code));
    let mut all = free.next()?.clone();
    for one in free {
        all.join(one);
    }
    Some(all)
}

/// What is remembered beside the product that a subscription has.
#[must_use]
pub fn held(families: &[Family], subscription: SubscriptionId, product: &str) -> Family {
    let mut own = families.iter();
    let own = own.find(|one| one.is_held_by(subscription, product));
    own.cloned().unwrap_or_default()
}

impl Family {
    pub(super) fn join(&mut self, other: &Self) {
        for code in &other.codes {
            self.add(code);
        }
        self.trial |= other.trial;
        self.kept.extend(&other.kept);
    }

    pub(super) fn add(&mut self, code: &str) {
        if !self.codes.iter().any(|one| one == code) {
            self.codes.push(code.to_owned());
        }
    }
}

// Folding.

/// A product of a subscription takes its families over.
pub(super) fn hold(
    families: &mut Vec<Family>,
    (subscription, product, code): (SubscriptionId, &str, &str),
    trial: bool,
    kept: Option<&Standing>,
) {
    let known = remembered(families, code);
    // Where nothing is remembered yet there is no family: most products give and cost nothing.
    if known.is_none() && kept.is_none() && !trial {
        return;
    }
    let mut family = known.unwrap_or_default();
    families.retain(|one| !one.is_free(code));
    family.add(code);
    family.trial |= trial;
    family.holder = Some((subscription, product.to_owned()));
    if let Some(kept) = kept {
        family.kept.clone_from(kept);
    }
    families.push(family);
}

/// A product takes the place of another one.
pub(super) fn replace(
    families: &mut Vec<Family>,
    (subscription, replaces): (SubscriptionId, &str),
    (product, code, old_code): (&str, &str, &str),
    kept: &Standing,
) {
    let mut family = held(families, subscription, replaces);
    families.retain(|one| !one.is_held_by(subscription, replaces));
    if let Some(other) = remembered(families, code) {
        family.join(&other);
        families.retain(|one| !one.is_free(code));
    }
    family.add(old_code);
    family.add(code);
    family.holder = Some((subscription, product.to_owned()));
    family.kept.clone_from(kept);
    families.push(family);
}

/// A product has ended, and stands where it stood.
pub(super) fn let_go(
    families: &mut Vec<Family>,
    (subscription, product, code): (SubscriptionId, &str, &str),
    stood: &Standing,
    at: Instant,
) {
    let mut family = held(families, subscription, product);
    families.retain(|one| !one.is_held_by(subscription, product));
    family.add(code);
    family.holder = None;
    family.kept.extend(stood);
    families.push(family);
    for one in families.iter_mut() {
        one.kept.forget(at);
    }
    families.retain(|one| one.holder.is_some() || one.trial || !one.kept.is_empty());
}
