//! Who may listen to a wallet. A socket lasts for up to an hour, and the key or the token that has opened it may be
//! revoked meanwhile. So before anything is told it is looked up who may still hear it, and the answer is believed
//! for a minute.
//!
//! ```text
//! question ──▶ the directory ──▶ answered ──▶ hears: told, or closed
//!    ▲                                          │
//!    └────── a minute later, or somebody new ◀──┘
//! ```
//!
//! Law: whoever is told something had the right to within the 60 seconds before. An answer is believed from the moment
//! at which it was asked for, never from that at which it came. While the directory is silent nobody is told anything,
//! and what has happened meanwhile is told afterwards.

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use crate::wire::Problem;
use crate::worker::edge::rows::{Outcomes, Row};

/// How long the directory is believed, in milliseconds: as long as an isolate remembers a key.
const BELIEVED: i64 = 60_000;

/// Within this time of its next question a key goes along with the others, so that many sockets which were opened
/// one after the other cost two questions a minute, and not one each.
const SOON: i64 = 30_000;

/// A directory that did not answer is not asked again for so long, whatever the traffic.
const RESTS: i64 = 30_000;

/// Telling takes one part of the time, and so many parts lie between: it slows a busy wallet by a twentieth at most.
const PARTS: u64 = 19;

/// Nobody waits longer for what telling took, however slow the machine is: a page should say what is so.
const LONGEST: Duration = Duration::from_secs(5);

/// Most keys of one question: with 64 digits each, far from the size that a value of the directory may have.
pub const ASKED_AT_ONCE: usize = 1_000;

/// Who has opened a socket.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Listener {
    /// The hash of the key or the token; empty for the local key, which is in no table and cannot be revoked.
    pub key: String,
    /// Until when at most, in milliseconds since 1970.
    pub until: i64,
}

impl Listener {
    /// `<until> <key>`, as it is kept with the socket: one text, because each value that crosses costs as much.
    #[must_use]
    pub fn to_text(&self) -> String {
        format!("{} {}", self.until, self.key)
    }

    /// Reads what [`Listener::to_text`] wrote.
    #[must_use]
    pub fn from_text(text: &str) -> Option<Self> {
        let (until, key) = text.split_once(' ')?;
        let (key, until) = (key.to_owned(), until.parse().ok()?);
        Some(Self { key, until })
    }
}

/// How long to wait before they are told again, by how many there are and by how many milliseconds telling them took.
///
/// Both, because what a message to one of them costs depends on the machine, and how long all take is only known
/// afterwards.
#[must_use]
pub fn pause(listeners: u32, took: i64) -> Duration {
    let by_number = Duration::from_micros(50_000 + 250 * u64::from(listeners));
    let took = u64::try_from(took).unwrap_or(0);
    let by_time = Duration::from_millis(took.saturating_mul(PARTS)).min(LONGEST);
    by_number.max(by_time)
}

#[derive(Clone, Copy, Debug)]
struct Verdict {
    is_good: bool,
    /// The first moment at which it is believed no more.
    until: i64,
}

/// What is known of those who listen; nothing at first, because the memory of who knew may be gone.
#[derive(Default, Debug)]
pub struct Audience {
    verdicts: BTreeMap<String, Verdict>,
    /// Before this moment nobody needs to be looked up.
    settled_until: i64,
    /// Before this moment nobody may be.
    rests_until: i64,
    /// Before this moment all who are there may hear it.
    clear_until: i64,
}

impl Audience {
    /// The keys to be looked up before anybody is told anything; none where all are known.
    ///
    /// It has to be asked again after each answer, until there is none: somebody may have come meanwhile.
    pub fn question(&mut self, now: i64, listeners: impl FnOnce() -> Vec<Listener>) -> Vec<String> {
        if now < self.settled_until {
            return Vec::new();
        }
        // Whose time is over is closed whatever the directory says.
        let here = listeners().into_iter().filter(|one| now < one.until);
        let keys: BTreeSet<String> = here
            .map(|one| one.key)
            .filter(|key| !key.is_empty())
            .collect();
        let until = |key: &String| self.verdicts.get(key).map_or(0, |verdict| verdict.until);
        let (mut due, known): (Vec<String>, Vec<String>) =
            keys.into_iter().partition(|key| until(key) <= now);
        if due.is_empty() {
            // Nobody is there to be looked up: whoever comes says so by `joined`.
            self.settled_until = known.iter().map(until).min().unwrap_or(i64::MAX);
            return due;
        }
        let soon = known
            .into_iter()
            .filter(|key| until(key) <= now.saturating_add(SOON));
        due.extend(soon);
        due.truncate(ASKED_AT_ONCE);
        due
    }

    /// What the directory has said, to a question that was asked at this moment.
    pub fn answered(&mut self, asked: Vec<String>, good: &BTreeSet<String>, asked_at: i64) {
        self.verdicts.retain(|_, verdict| verdict.until > asked_at);
        let until = asked_at.saturating_add(BELIEVED);
        for key in asked {
            let is_good = good.contains(&key);
            self.verdicts.insert(key, Verdict { is_good, until });
        }
    }

    /// Whether somebody may be told something now. Whoever is not known may not.
    #[must_use]
    pub fn hears(&self, listener: &Listener, now: i64) -> bool {
        let verdict = self.verdicts.get(&listener.key);
        let is_good = verdict.is_some_and(|verdict| verdict.is_good && now < verdict.until);
        now < listener.until && (listener.key.is_empty() || is_good)
    }

    /// Who of all that are there may be told something now; the others must be closed.
    pub fn judge(&mut self, all: &[Listener], now: i64) -> Vec<bool> {
        let heard: Vec<bool> = all.iter().map(|one| self.hears(one, now)).collect();
        let hear = all.iter().zip(&heard).filter(|(_, hears)| **hears);
        // Whoever may not hear it has gone then, and whoever comes says so by `joined`.
        let first_end = hear.map(|(one, _)| one.until).min().unwrap_or(now);
        self.clear_until = first_end.min(self.settled_until);
        heard
    }

    /// Whether all that are there may be told something now: with a thousand of them it costs much to judge each one
    /// again at every message.
    #[must_use]
    pub const fn all_hear(&self, now: i64) -> bool {
        now < self.clear_until
    }

    /// Somebody new listens.
    pub const fn joined(&mut self) {
        (self.settled_until, self.clear_until) = (0, 0);
    }

    /// Something was revoked: nothing that is known counts any more.
    pub fn doubt(&mut self) {
        self.verdicts.clear();
        self.joined();
    }

    /// The directory did not answer.
    pub const fn silent(&mut self, now: i64) {
        self.rests_until = now.saturating_add(RESTS);
    }

    /// Whether it may be asked again.
    #[must_use]
    pub const fn may_ask(&self, now: i64) -> bool {
        now >= self.rests_until
    }
}

/// The keys that the directory has found.
///
/// # Errors
/// `internal_error` for an answer that cannot be read.
pub fn good_of(answer: &Outcomes) -> Result<BTreeSet<String>, Problem> {
    let rows = answer.values(0)?.iter();
    rows.map(|row| Row::new(row).text("hash")).collect()
}
