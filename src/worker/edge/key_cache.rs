//! What an isolate remembers of API keys, so that a busy key costs no look-up for each call.

use std::cell::RefCell;
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
pub struct KeyCache(RefCell<BTreeMap<String, (KnownKey, i64)>>);

impl KeyCache {
    /// What is remembered under a name, at a moment in milliseconds.
    #[must_use]
    pub fn get(&self, name: &str, now: i64) -> Option<KnownKey> {
        let entries = self.0.borrow();
        let (key, until) = entries.get(name)?;
        (*until > now).then(|| key.clone())
    }

    pub fn remember(&self, name: String, key: KnownKey, now: i64) {
        let mut entries = self.0.borrow_mut();
        if entries.len() >= ENTRIES {
            entries.clear();
        }
        entries.insert(name, (key, now.saturating_add(REMEMBERED_MILLIS)));
    }

    /// Keys have changed: all are looked up again.
    pub fn forget(&self) {
        self.0.borrow_mut().clear();
    }
}
