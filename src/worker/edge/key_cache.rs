//! What an isolate remembers of API keys, so that a busy key costs no look-up for each call.

use std::cell::{Cell, RefCell};
use std::collections::BTreeMap;

/// A revoked key is refused everywhere within this time; the isolate that revoked it refuses it at once.
const REMEMBERED_MILLIS: i64 = 60_000;

/// Most keys that are remembered. About 300 bytes each: 300 KB of the 128 MB that an isolate may have.
const ENTRIES: usize = 1_000;

/// A key as the directory knows it.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct KnownKey {
    pub account_id: String,
    pub mode: String,
    /// Words separated by commas; none for all.
    pub scopes: Option<String>,
    /// Microseconds since 1970.
    pub expires_at: Option<i64>,
    /// The account that the call names, where the key's account has made it.
    pub connected: Option<String>,
}

/// Keys that the directory knew a moment ago. What is not known is not remembered, so that a new key
/// works at once.
#[derive(Default, Debug)]
pub struct KeyCache {
    /// Each with the moment in milliseconds until which it is remembered.
    entries: RefCell<BTreeMap<String, (KnownKey, i64)>>,
    changes: Cell<u64>,
}

impl KeyCache {
    /// What is remembered under a name, at a moment in milliseconds.
    #[must_use]
    pub fn get(&self, name: &str, now: i64) -> Option<KnownKey> {
        let entries = self.entries.borrow();
        let (key, until) = entries.get(name)?;
        (*until > now).then(|| key.clone())
    }

    /// Counts how often keys have changed: to be read before the directory is asked for one.
    #[must_use]
    pub fn changes(&self) -> u64 {
        self.changes.get()
    }

    /// Remembers what the directory has said of a key, unless keys have changed since it was asked:
    /// a key that was revoked meanwhile would be good for another minute.
    pub fn remember(&self, name: String, key: KnownKey, now: i64, changes: u64) {
        if changes != self.changes.get() {
            return;
        }
        let mut entries = self.entries.borrow_mut();
        if entries.len() >= ENTRIES {
            entries.clear();
        }
        entries.insert(name, (key, now.saturating_add(REMEMBERED_MILLIS)));
    }

    /// Keys have changed: all are looked up again.
    pub fn forget(&self) {
        self.entries.borrow_mut().clear();
        self.changes.set(self.changes.get().wrapping_add(1));
    }
}
