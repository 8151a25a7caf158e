//! Products as they were copied into a wallet: each version once, whoever has it, had it or was promised its
//! prices.
//!
//! ```text
//! copies        = every product that a subscription ever had, in the order of coming, none twice
//! copied.place  = where it stands in the list: that is what a snapshot says of it
//! ```
//!
//! So a subscription that has ended keeps no prices, and 500 that have ended beside each other cost what
//! their own words cost. None is ever taken out of the list, because fees in the journal name their prices
//! for ever.

use std::ops::Deref;

use serde::{Deserialize, Deserializer, Serialize, Serializer};

use crate::engine::tree::Shared;

use super::product::PricedProduct;
use super::published::Price;

/// A product of the list. Whoever has it reads it without the list; what is saved of it is its place.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Copied {
    place: usize,
    product: Shared<PricedProduct>,
}

impl Deref for Copied {
    type Target = PricedProduct;

    fn deref(&self) -> &PricedProduct {
        &self.product
    }
}

impl Serialize for Copied {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        self.place.serialize(serializer)
    }
}

/// Only its place: [`Copies::fill`] must follow, which has the list.
impl<'de> Deserialize<'de> for Copied {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let place = usize::deserialize(deserializer)?;
        let product = Shared::default();
        Ok(Self { place, product })
    }
}

/// All products that were ever copied in.
#[derive(Clone, PartialEq, Eq, Debug, Default, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Copies(Shared<Vec<Shared<PricedProduct>>>);

impl Copies {
    /// Nobody was ever subscribed to anything.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// In the order of coming.
    pub fn iter(&self) -> impl DoubleEndedIterator<Item = &PricedProduct> {
        self.0.iter().map(Deref::deref)
    }

    /// The product as the list has it, from now on.
    pub fn copy(&mut self, product: &PricedProduct) -> Copied {
        // Compared as a whole and not by id and version alone, so that what was promised is what is kept
        // even if somebody published a version twice.
        let known = self.0.iter().position(|one| **one == *product);
        let place = known.unwrap_or_else(|| {
            self.0.push(Shared::from(product.clone()));
            self.0.len().saturating_sub(1)
        });
        let product = self.0.get(place).cloned().unwrap_or_default();
        Copied { place, product }
    }

    /// Gives those that were read their products; `None` where the list has no such place.
    pub fn fill<'a>(&self, read: impl Iterator<Item = &'a mut Copied>) -> Option<()> {
        for one in read {
            one.product = self.0.get(one.place)?.clone();
        }
        Some(())
    }

    /// A price by its id, with its product. The id alone is enough, because each version is given new ones
    /// when it is published.
    #[must_use]
    pub fn price(&self, id: &str) -> Option<(&PricedProduct, &Price)> {
        // From the last one on, because most fees are of the prices that the customer has now.
        self.iter().rev().find_map(|product| {
            let price = product.prices.iter().find(|price| price.id == id)?;
            Some((product, price))
        })
    }
}
