//! What an isolate remembers of API keys, so that a busy key costs no look-up for each call.
//!
//! ```text
//! directory asked ──────────────▶ answer ──▶ remember(…, changes)
//!        changes = 7                            │ still 7: remembered for 60 seconds
//!                   forget(): changes = 8 ──────┘ no longer 7: dropped
//! ```
//!
//! | the directory says | remembered |
//! |---|---|
//! | a key, for its own account or one that it has made | 60 seconds |
//! | a key, for an account that is not its own | not at all |
//! | no such key | 5 seconds |
//!
//! By the key's digest and never by the key: who reads this memory can call nobody. Routes that need
//! `admin` never look here, so a revoked key makes no other keys, not even within the minute.

use std::cell::{Cell, RefCell};
use std::collections::BTreeMap;

use super::rate::{Bucket, CALLS, Failing, Guesses, PERIOD_MILLIS};
use super::token::TokenTerms;
use crate::engine::OnUnpriced;

/// A revoked key is refused everywhere within this time, and a changed setting holds everywhere within it;
/// the isolate that made the change knows it at once.
///
/// A busy key costs one look-up a minute and isolate: at 100 calls a second, one of 6,000.
const REMEMBERED_MILLIS: i64 = 60_000;

/// A text that is no key is not looked up again within this time. A new key is never among them: nobody
/// can have sent it before it was made.
const UNKNOWN_MILLIS: i64 = 5_000;

/// Most keys that are remembered. A deployment with more keys than that looks some up again, and that
/// is all.
pub const ENTRIES: usize = 1_000;

/// Most bytes of texts that are remembered with them: with 1,000 digests and moments below 500 KB, 0.4 %
/// of the 128 MB that an isolate may have.
pub const BYTES: usize = 262_144;

/// SHA-256 of a key.
pub type Digest = [u8; 32];

/// Under which a key is remembered: what is known of it depends on the account that it wants to act for.
pub type Name = (Digest, Option<String>);

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
    /// The setting of the account that the key acts for.
    pub on_unpriced: OnUnpriced,
    /// It is no key of the platform but a customer's token, good for this alone.
    pub token: Option<TokenTerms>,
}

impl KnownKey {
    /// Whether calls by it are on behalf of this side of an account.
    fn acts_for(&self, account_id: &str, mode: &str) -> bool {
        let account = self.connected.as_ref().unwrap_or(&self.account_id);
        account == account_id && self.mode == mode
    }

    /// The bytes of its texts.
    fn bytes(&self) -> usize {
        let given = |text: &Option<String>| text.as_ref().map_or(0, String::len);
        let token = self.token.as_ref().map_or(0, TokenTerms::bytes);
        let own = self.account_id.len() + self.mode.len() + token;
        own + given(&self.scopes) + given(&self.connected)
    }
}

#[derive(Debug)]
struct Entry {
    key: KnownKey,
    /// In milliseconds, the first moment at which it is remembered no more.
    until: i64,
    /// What this key may still call here.
    calls: Bucket,
}

#[derive(Default, Debug)]
struct Entries {
    by_name: BTreeMap<Name, Entry>,
    bytes: usize,
}

/// Keys that the directory knew a moment ago, and texts that it did not know as keys.
///
/// ```text
/// key ∈ entries  ⇒  the directory said so at a moment t,
///                   until = t + 60 s,  and  changes(t) = changes, or another key has changed since
/// |entries| ≤ 1,000,  Σ bytes ≤ 256 KiB,  |unknown| ≤ 1,000
/// ```
///
/// The counter is the order: an answer that was on its way while a key was revoked here never enters.
/// Elsewhere it may, and ends within the minute.
#[derive(Default, Debug)]
pub struct KeyCache {
    entries: RefCell<Entries>,
    /// Each with the first moment at which it may be looked up again.
    unknown: RefCell<BTreeMap<Digest, i64>>,
    /// How often [`KeyCache::forget`] was called.
    changes: Cell<u64>,
    /// Where keys came from that failed.
    pub failing: Failing<100>,
    /// Who has tried codes that could not be redeemed.
    pub guesses: Guesses,
}

impl Entries {
    fn remove(&mut self, name: &Name) {
        if let Some(entry) = self.by_name.remove(name) {
            self.bytes -= size(name, &entry.key);
        }
    }

    fn retain(&mut self, keep: impl Fn(&Name, &Entry) -> bool) {
        self.by_name.retain(|name, entry| keep(name, entry));
        let sizes = self.by_name.iter().map(|(name, one)| size(name, &one.key));
        self.bytes = sizes.sum();
    }

    /// Makes room for one of so many bytes: what has ended goes first, then what ends first.
    fn make_room(&mut self, bytes: usize, now: i64) {
        let full = |all: &Self| all.by_name.len() >= ENTRIES || all.bytes + bytes > BYTES;
        if full(self) {
            self.retain(|_, entry| entry.until > now);
        }
        while full(self) {
            let first = self.by_name.iter().min_by_key(|(_, entry)| entry.until);
            let Some(name) = first.map(|(name, _)| name.clone()) else {
                return;
            };
            self.remove(&name);
        }
    }
}

/// What an entry counts for.
fn size(name: &Name, key: &KnownKey) -> usize {
    name.1.as_ref().map_or(0, String::len) + key.bytes()
}

impl KeyCache {
    /// What is remembered under a name, at a moment in milliseconds.
    #[must_use]
    pub fn get(&self, name: &Name, now: i64) -> Option<KnownKey> {
        let entries = self.entries.borrow();
        let entry = entries.by_name.get(name)?;
        // Ended ones stay until there is no room, because looking for them would cost each call.
        (entry.until > now).then(|| entry.key.clone())
    }

    /// Counts one call of a remembered key, or says how long it has to wait. A key that is not
    /// remembered is not counted here.
    ///
    /// # Errors
    /// The seconds to wait.
    pub fn count(&self, name: &Name, now: i64) -> Result<(), u16> {
        let mut entries = self.entries.borrow_mut();
        let entry = entries.by_name.get_mut(name);
        entry.map_or(Ok(()), |entry| entry.calls.take(CALLS, now))
    }

    /// The platform says that this key has called too often.
    pub fn refuse(&self, name: &Name, now: i64) {
        if let Some(entry) = self.entries.borrow_mut().by_name.get_mut(name) {
            entry.calls.empty(CALLS, now, PERIOD_MILLIS);
        }
    }

    /// How long a remembered key has to wait; none where it need not, or is not remembered.
    #[must_use]
    pub fn wait(&self, name: &Name, now: i64) -> Option<u16> {
        let entries = self.entries.borrow();
        entries.by_name.get(name)?.calls.wait(CALLS, now)
    }

    /// Whether the directory did not know this key a moment ago.
    #[must_use]
    pub fn is_unknown(&self, key: &Digest, now: i64) -> bool {
        let unknown = self.unknown.borrow();
        unknown.get(key).is_some_and(|until| *until > now)
    }

    /// The directory does not know this key.
    pub fn remember_unknown(&self, key: Digest, now: i64) {
        let mut unknown = self.unknown.borrow_mut();
        if unknown.len() >= ENTRIES {
            unknown.retain(|_, until| *until > now);
        }
        // Those that are there are as good as the new one; it is looked up again, and counted.
        if unknown.len() < ENTRIES {
            unknown.insert(key, now.saturating_add(UNKNOWN_MILLIS));
        }
    }

    /// Counts how often keys have changed: to be read before the directory is asked for one.
    #[must_use]
    pub fn changes(&self) -> u64 {
        self.changes.get()
    }

    /// Remembers what the directory has said of a key, unless keys have changed since it was asked:
    /// a key that was revoked meanwhile would be good for another minute.
    pub fn remember(&self, name: Name, key: KnownKey, now: i64, changes: u64) {
        // Compared and not locked: nothing here can wait, so a counter says all that a lock would.
        if changes != self.changes.get() {
            return;
        }
        let mut entries = self.entries.borrow_mut();
        // What the key has called stays counted, however often it is looked up.
        let calls = entries.by_name.get(&name).map(|entry| entry.calls);
        entries.remove(&name);
        let bytes = size(&name, &key);
        entries.make_room(bytes, now);
        entries.bytes += bytes;
        let entry = Entry {
            key,
            until: now.saturating_add(REMEMBERED_MILLIS),
            calls: calls.unwrap_or_else(|| Bucket::full(CALLS, now)),
        };
        entries.by_name.insert(name, entry);
    }

    /// A key has changed: what is remembered of it, for whichever account, is dropped, and nothing else.
    pub fn forget(&self, is_it: impl Fn(&Digest) -> bool) {
        let mut entries = self.entries.borrow_mut();
        entries.retain(|(digest, _), _| !is_it(digest));
        // Wrapping, so that it can never panic; a look-up does not last for 2^64 changes.
        self.changes.set(self.changes.get().wrapping_add(1));
    }

    /// A setting of one side of an account has changed: keys that act for it are looked up again.
    pub fn forget_account(&self, account_id: &str, mode: &str) {
        let mut entries = self.entries.borrow_mut();
        entries.retain(|_, entry| !entry.key.acts_for(account_id, mode));
        // As with keys: an answer that is on its way would bring the old setting back.
        self.changes.set(self.changes.get().wrapping_add(1));
    }

    /// How many keys are remembered, in how many bytes of text, and how many texts that are none.
    #[must_use]
    pub fn sizes(&self) -> [usize; 3] {
        let entries = self.entries.borrow();
        let unknown = self.unknown.borrow().len();
        [entries.by_name.len(), entries.bytes, unknown]
    }
}
