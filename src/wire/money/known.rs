//! What the wallet says of payments that it has: when each came, what it brought, what has gone back.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use crate::engine::loss::Claim;
use crate::engine::{Amount, Entry, Fact, Wallet};

use super::claim::CreditedPayment;

/// A payment as the wallet has it. It travels to the edge, so a new field has a default: during a deployment both
/// sides may be of different versions.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct KnownPayment {
    /// The entry that credited it.
    pub entry: u64,
    /// With its tax.
    pub paid: Amount,
    pub currency: String,
    /// What it brought, and of which asset.
    pub asset: String,
    pub credit: Amount,
    /// Refunds and disputes that took something, also those that are over.
    #[serde(default)]
    pub claims: Vec<Claim>,
}

/// By the operation that credited each.
pub type KnownPayments = BTreeMap<String, KnownPayment>;

impl KnownPayment {
    /// What an entry says, where it is one of a payment.
    #[must_use]
    pub fn of(entry: &Entry, wallet: &Wallet) -> Option<Self> {
        let payment = CreditedPayment::of(entry, Vec::new())?;
        let Fact::Credited { amount, .. } = &entry.fact else {
            return None;
        };
        let losses = wallet.losses.get(&entry.op);
        Some(Self {
            entry: entry.seq,
            paid: payment.paid,
            currency: payment.currency,
            asset: entry.changes.first()?.account.asset.clone(),
            credit: *amount,
            claims: losses.map(|known| known.claims.clone()).unwrap_or_default(),
        })
    }
}
