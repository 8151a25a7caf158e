//! What all replies are made of: JSON text, and amounts with their asset.
//!
//! Replies to changes are rendered from the entry that was written, never from the wallet as it is
//! now, so a replay of the same operation is byte-equal for ever.

use serde::Serialize;

use crate::engine::Amount;

/// A value as JSON. Replies have string keys and no floats, so writing them cannot fail.
#[must_use]
pub fn json<T: Serialize>(value: &T) -> String {
    serde_json::to_string(value).unwrap_or_default()
}

/// An amount of an asset: `{"asset": "USD", "amount": "0.0419"}`.
#[derive(Serialize)]
pub struct Money {
    /// The asset's code.
    pub asset: String,
    /// In units of the asset, as a decimal string without trailing zeros.
    pub amount: Amount,
}
