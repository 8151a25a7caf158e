//! What time has made due is written down in turns, so that a wallet that slept for years costs no call more
//! than a known amount of work and memory.
//!
//! | what is due by now | what a call does |
//! |---|---|
//! | no more than [`TURN`] has | decides it together with the command, and writes both at once |
//! | more | writes turn after turn, then decides the command |
//! | more than [`MAX_TURNS`] have | writes so many; the command is refused, and the next call goes on |
//!
//! The entries are the same, wherever a turn ends: each is decided as of its own moment. They are no part of a
//! request, so those of a call that is refused stay, as if an alarm had written them in time.

use std::borrow::Cow;

use crate::engine::{Instant, Passing, Refusal, Wallet};

use super::chain::Row;
use super::storage::Journal;

/// How much is decided before it is written. Only the holds and the credit of one moment stay together beyond.
#[derive(Clone, Copy, Debug)]
pub struct Turn {
    pub rows: usize,
    pub bytes: usize,
}

/// One turn.
///
/// ```text
/// 20 products of a subscription * 20 entitlements = 400 rows < 1,000          what a command makes due at once
/// 1.8 MB of a row that subscribes + 400 * 1 KB < 4 MiB                        of which it repeats restrictions
/// ```
pub const TURN: Turn = Turn {
    rows: 1_000,
    bytes: 4 * 1_024 * 1_024,
};

/// Turns of one call.
pub const MAX_TURNS: usize = 10;

/// The most entries that one call writes of what has fallen due.
pub const MAX_DUE: usize = TURN.rows * MAX_TURNS;

/// A turn that is decided and not written yet.
pub struct Passed<'a> {
    /// Afterwards.
    pub wallet: Cow<'a, Wallet>,
    pub rows: Vec<Row>,
    /// Nothing else is due.
    pub is_whole: bool,
}

/// Decides a turn, behind the row with this hash.
#[must_use]
pub fn pass<'a>(hash: &str, wallet: &'a Wallet, at: Instant, turn: Turn) -> Passed<'a> {
    let mut passing = Passing::of(wallet, at);
    let mut rows: Vec<Row> = Vec::new();
    let mut bytes = 0_usize;
    let is_whole = loop {
        let is_full = rows.len() >= turn.rows || bytes >= turn.bytes;
        if is_full && passing.may_rest() {
            break false;
        }
        let Some(entry) = passing.next() else {
            break true;
        };
        let row = Row::new(rows.last().map_or(hash, |row| row.hash.as_str()), entry);
        bytes = bytes.saturating_add(row.text.len());
        rows.push(row);
    };
    Passed {
        wallet: passing.wallet(),
        rows,
        is_whole,
    }
}

/// The wallet as it is at this moment, for whoever only looks: nothing where more is due than a turn has.
#[must_use]
pub fn seen(wallet: &Wallet, at: Instant) -> Option<Cow<'_, Wallet>> {
    let mut passing = Passing::of(wallet, at);
    let due = passing.by_ref().take(TURN.rows).count();
    (due < TURN.rows).then(|| passing.wallet())
}

/// Writes one turn down, and says how many rows that were and whether nothing else is due.
///
/// # Errors
/// The storage's failure; nothing was written then.
pub fn settle_turn<J: Journal>(
    journal: &mut J,
    wallet: &mut Wallet,
    at: Instant,
    turn: Turn,
) -> Result<(usize, bool), J::Failure> {
    let passed = pass(&journal.last_hash(), wallet, at, turn);
    // Another one has written them, and this wallet is not what its rows say.
    if passed.rows.is_empty() || !journal.append(&passed.rows)? {
        return Ok((0, true));
    }
    let (rows, is_whole) = (passed.rows.len(), passed.is_whole);
    *wallet = passed.wallet.into_owned();
    Ok((rows, is_whole))
}

/// What happened by itself until now: appends it, as far as one call may, and says how many rows that were.
///
/// # Errors
/// The storage's failure; the turns before it stay written.
pub fn settle<J: Journal>(
    journal: &mut J,
    wallet: &mut Wallet,
    at: Instant,
) -> Result<usize, J::Failure> {
    let mut written = 0_usize;
    for _ in 0..MAX_TURNS {
        let (rows, is_whole) = settle_turn(journal, wallet, at, TURN)?;
        written = written.saturating_add(rows);
        if is_whole {
            break;
        }
    }
    Ok(written)
}

/// Why a command is not decided before another call has gone on.
pub const BEHIND: Refusal = Refusal::CatchingUp { rows: MAX_DUE };
