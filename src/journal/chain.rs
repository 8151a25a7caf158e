//! A row is an entry as text, chained to the row before it.
//!
//! `hash = SHA-256(previous hash, entry)`: the previous row's hash in lower-case hexadecimal, 64
//! zeros for the first row, followed by the UTF-8 bytes of the entry. Anyone with a SHA-256 can
//! verify a wallet's history.
//!
//! ```text
//! hash(0) = 64 zeros
//! hash(n) = SHA-256( hash(n - 1) in hexadecimal ‖ text(n) )       in hexadecimal: 64 characters
//! ```
//!
//! A row is hashed as it is stored, so it must never be written anew: not to add a field, not to sort one.

use sha2::{Digest, Sha256};

use crate::engine::Entry;

/// The hash before the first row.
pub const GENESIS: &str = "0000000000000000000000000000000000000000000000000000000000000000";

/// One row of the journal.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Row {
    pub entry: Entry,
    /// The entry exactly as it is stored; the hash is over these bytes.
    pub text: String,
    pub hash: String,
}

impl Row {
    /// Writes an entry down behind the row with this hash.
    #[must_use]
    pub fn new(previous: &str, entry: Entry) -> Self {
        let text = to_text(&entry);
        let hash = link(previous, &text);
        Self { entry, text, hash }
    }

    /// Reads a stored row.
    ///
    /// # Errors
    /// When the text is not an entry of a format that this version knows.
    pub fn read(text: String, hash: String) -> Result<Self, String> {
        // Such text is right or damaged, and nobody corrects it by a message, so the error says no more.
        let entry: Entry =
            serde_json::from_str(&text).map_err(|_| "stored text cannot be read".to_owned())?;
        // Guessing at money is worse than stopping, so a row of a later format is not read.
        if entry.v > crate::engine::entry::FORMAT {
            return Err(format!(
                "entry {} has the unknown format {}",
                entry.seq, entry.v
            ));
        }
        Ok(Self { entry, text, hash })
    }
}

/// The rows of entries that follow each other.
#[must_use]
pub fn rows(previous: &str, entries: Vec<Entry>) -> Vec<Row> {
    let mut rows: Vec<Row> = Vec::with_capacity(entries.len());
    for entry in entries {
        let before = rows.last().map_or(previous, |row| row.hash.as_str());
        let row = Row::new(before, entry);
        rows.push(row);
    }
    rows
}

/// The hash of a row.
#[must_use]
pub fn link(previous: &str, text: &str) -> String {
    let mut digest = Sha256::new();
    // As text and not as bytes, so that a shell with `sha256sum` can check the chain.
    digest.update(previous.as_bytes());
    digest.update(text.as_bytes());
    hex::encode(digest.finalize())
}

/// The place of the first row whose hash does not follow from the row before it.
#[must_use]
pub fn broken_link(rows: &[Row]) -> Option<usize> {
    let mut previous = GENESIS;
    for (place, row) in rows.iter().enumerate() {
        if link(previous, &row.text) != row.hash {
            return Some(place);
        }
        previous = &row.hash;
    }
    None
}

/// A digest of a decoded request. Two bodies that mean the same have the same digest.
#[must_use]
pub fn request_digest(parts: &[&str]) -> String {
    let mut digest = Sha256::new();
    for part in parts {
        digest.update(part.as_bytes());
        // No part contains this byte, so parts cannot run into each other.
        digest.update([0]);
    }
    let mut hash = hex::encode(digest.finalize());
    // 128 bits tell two requests of one id apart; the rest would be stored for nothing.
    hash.truncate(32);
    hash
}

/// An entry has string keys and no floats, so writing it down cannot fail.
fn to_text(entry: &Entry) -> String {
    serde_json::to_string(entry).unwrap_or_default()
}
