//! The laws of products that were copied in: the wallet has each of them once, whole and for ever, and each
//! subscription has those that its rows gave it, also after its end.

use std::collections::{BTreeMap, BTreeSet};

use scrip::engine::{Entry, Fact, Price, PricedProduct, Wallet};

/// What rows have copied in.
#[derive(Default)]
pub struct CopyAudit {
    copied: Vec<PricedProduct>,
    /// By subscription.
    had: BTreeMap<u64, Vec<PricedProduct>>,
    /// The prices that something was charged by.
    charged: BTreeSet<String>,
}

fn law(holds: bool, broken: impl FnOnce() -> String) -> Result<(), String> {
    if holds { Ok(()) } else { Err(broken()) }
}

impl CopyAudit {
    /// `wallet` is the fold up to and with this entry.
    pub fn follow(&mut self, entry: &Entry, wallet: &Wallet) -> Result<(), String> {
        match &entry.fact {
            Fact::Subscribed { products, .. } => {
                for product in products {
                    self.copy(product);
                }
                self.had.insert(entry.seq, products.clone());
            }
            Fact::ProductChanged {
                subscription,
                replaces,
                product,
                ..
            } => {
                self.copy(product);
                let had = self.had.entry(*subscription).or_default();
                if let Some(place) = had.iter().position(|one| one.id == *replaces) {
                    had[place] = product.clone();
                }
            }
            Fact::ProductEnded {
                subscription,
                product,
                ..
            } => {
                let had = self.had.entry(*subscription).or_default();
                had.retain(|one| one.id != *product);
            }
            Fact::SubscriptionChanged { .. } | Fact::SubscriptionEnded { .. } => {}
            Fact::UsageRecorded { fees, .. } | Fact::HoldCaptured { fees, .. } => {
                self.charged
                    .extend(fees.iter().map(|fee| fee.price_id.clone()));
                return Ok(());
            }
            _ => return Ok(()),
        }
        self.compare(wallet)
    }

    fn copy(&mut self, product: &PricedProduct) {
        if !self.copied.contains(product) {
            self.copied.push(product.clone());
        }
    }

    /// Also after a snapshot was read, which says each product once.
    pub fn compare(&self, wallet: &Wallet) -> Result<(), String> {
        law(wallet.copies.iter().eq(&self.copied), || {
            "the wallet's products are not those of its rows, each once".into()
        })?;
        for one in wallet.subscriptions.iter() {
            let had = self.had.get(&one.id).map_or(&[][..], |had| had);
            law(one.products.iter().map(|one| &**one).eq(had), || {
                format!("subscription {} has other products than its rows", one.id)
            })?;
        }
        for id in &self.charged {
            let own = |price: &&Price| price.id == *id;
            let known = wallet.price(id).map(|(_, price)| price);
            law(known.as_ref().is_some_and(own), || {
                format!("the price {id} that was charged is forgotten")
            })?;
        }
        Ok(())
    }
}
