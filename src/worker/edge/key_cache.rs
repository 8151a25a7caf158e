//! What an isolate remembers of API keys, so that a busy key costs no look-up for each call.
//!
//! ```text
//! directory asked ──────────────▶ answer ──▶ remember(…, changes)
//!        changes = 7                            │ still 7: remembered for 60 seconds
//!                   forget(): changes = 8 ──────┘ no longer 7: dropped
//! ```
//!
//! It is the one thing that requests of different callers share. It says whose a key is and
//! nothing about anybody's money.

use std::cell::{Cell, RefCell};
use std::collections::BTreeMap;

/// A revoked key is refused everywhere within this time; the isolate that revoked it refuses it at once.
///
/// A busy key costs one look-up a minute and isolate: at 100 calls a second, one of 6,000.
const REMEMBERED_MILLIS: i64 = 60_000;

/// Most keys that are remembered. About 300 bytes each: 300 KB of the 128 MB that an isolate may have.
///
/// 1,000 × 300 bytes = 300 KB, 0.24 % of 128 MB. A deployment with more keys than that looks some
/// up again, and that is all.
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
///
/// ```text
/// key ∈ entries  ⇒  the directory said so at a moment t,
///                   until = t + 60 s,  and  changes(t) = changes
/// ```
///
/// The last part is the order: an answer that was on its way while a key was revoked here never
/// enters. Elsewhere it may, and ends within the minute.
#[derive(Default, Debug)]
pub struct KeyCache {
    /// Each with the moment in milliseconds until which it is remembered.
    entries: RefCell<BTreeMap<String, (KnownKey, i64)>>,
    /// How often [`KeyCache::forget`] was called.
    changes: Cell<u64>,
}

impl KeyCache {
    /// What is remembered under a name, at a moment in milliseconds.
    #[must_use]
    pub fn get(&self, name: &str, now: i64) -> Option<KnownKey> {
        let entries = self.entries.borrow();
        let (key, until) = entries.get(name)?;
        // Ended ones stay until the map is full, because looking for them would cost each call.
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
        // Compared and not locked: nothing here can wait, so a counter says all that a lock would.
        if changes != self.changes.get() {
            return;
        }
        let mut entries = self.entries.borrow_mut();
        if entries.len() >= ENTRIES {
            // All and not the oldest: which is oldest would have to be kept at each call, and this
            // happens rarely.
            entries.clear();
        }
        entries.insert(name, (key, now.saturating_add(REMEMBERED_MILLIS)));
    }

    /// Keys have changed: all are looked up again.
    ///
    /// All of them, because a key is remembered once per account for which it acts.
    pub fn forget(&self) {
        self.entries.borrow_mut().clear();
        // Wrapping, so that it can never panic; a look-up does not last for 2^64 changes.
        self.changes.set(self.changes.get().wrapping_add(1));
    }
}
