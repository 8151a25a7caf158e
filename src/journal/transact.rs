//! From commands to rows: reads, decides and writes as one step.

use std::collections::BTreeMap;

use crate::engine::command::Action;
use crate::engine::exchange::ExchangeRate;
use crate::engine::fold::next_hold;
use crate::engine::held_usage::{HeldUsage, estimates};
use crate::engine::recharging::recharges;
use crate::engine::{
    AccountId, Command, Entry, Fact, Hold, Instant, Knowing, Refusal, Wallet, apply, decide_then,
    late_capture_op,
};

use crate::engine::price::check_fees;

use super::chain::Row;
use super::limits;
use super::storage::{Journal, Weight};
use super::turns::{BEHIND, TURN, catch_up, pass, settle};

/// The answer to a command that was accepted, now or earlier.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Answer {
    /// The command's own entry.
    pub entry: Entry,
    /// The same command was answered before; this is that answer.
    pub replayed: bool,
}

/// Why there is no answer.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Stop<F> {
    Refused(Refusal),
    Failed(F),
}

impl<F> From<Refusal> for Stop<F> {
    fn from(refusal: Refusal) -> Self {
        Self::Refused(refusal)
    }
}

/// Reads, decides and writes commands as one step: all of them happen, or none does.
///
/// Commands whose id is known are answered from their rows. The wallet is changed only after all
/// rows are written.
///
/// Where more has fallen due than goes into that step, it is written down before.
///
/// # Errors
/// The first refusal, by the place of its command; or the storage's failure.
pub fn transact<J: Journal>(
    journal: &mut J,
    wallet: &mut Wallet,
    at: Instant,
    commands: &[Command],
) -> Result<Vec<Answer>, (usize, Stop<J::Failure>)> {
    let done = at_once(journal, wallet, at, commands);
    let Err((place, Stop::Refused(Refusal::CatchingUp { .. }))) = done else {
        return done;
    };
    let settled = settle(journal, wallet, at);
    settled.map_err(|failure| (place, Stop::Failed(failure)))?;
    at_once(journal, wallet, at, commands)
}

/// All commands and what is due before them as one step, where that is no more than a turn.
fn at_once<J: Journal>(
    journal: &mut J,
    wallet: &mut Wallet,
    at: Instant,
    commands: &[Command],
) -> Result<Vec<Answer>, (usize, Stop<J::Failure>)> {
    // Nearly every call is one command, and needs neither a copy of the wallet nor a look at its
    // id.
    if let [command] = commands {
        let answer = transact_one(journal, wallet, at, command).map_err(|stop| (0, stop))?;
        return Ok(vec![answer]);
    }
    // On a copy, because a later command of the batch may be refused and then none has happened. It
    // shares with the wallet all that the batch does not change, so it costs what the batch changes.
    let mut then = wallet.clone();
    let mut hash = journal.last_hash();
    let mut weight = journal.weight();
    let mut ahead = Ahead::default();
    let mut answers: Vec<Answer> = Vec::new();
    let mut fees = 0_usize;
    for (place, command) in commands.iter().enumerate() {
        let past = Past {
            journal,
            ahead: &ahead,
        };
        let (answer, own) =
            answer(&past, &then, &hash, at, command).map_err(|stop| (place, stop))?;
        // Each command is within the limit by itself, and so are all of them together.
        fees = own
            .iter()
            .fold(fees, |sum, row| sum.saturating_add(row.entry.fact.priced()));
        check_fees(fees).map_err(|refusal| (place, refusal.into()))?;
        ahead.weight = ahead.weight.plus(&own);
        let fits = limits::check(weight, &then, &own)
            .and_then(|after| limits::check_call(ahead.weight).map(|()| after));
        weight = fits.map_err(|refusal| (place, refusal.into()))?;
        for row in own {
            apply(&mut then, &row.entry);
            hash.clone_from(&row.hash);
            ahead.push(row);
        }
        answers.push(answer);
    }
    if !ahead.rows.is_empty() {
        let last = commands.len().saturating_sub(1);
        let appended = journal
            .append(&ahead.rows)
            .map_err(|failure| (last, Stop::Failed(failure)))?;
        if !appended {
            return Err((last, Refusal::OperationIdReused.into()));
        }
    }
    // Only now: had the rows not been written, the wallet in memory would be ahead of its journal.
    *wallet = then;
    Ok(answers)
}

/// What recharge rules intend or defer at this moment: appends it behind what time has made due, and says how many rows
/// that were. Rules whose asset is not their currency need its rate, or to hear that there is none.
///
/// # Errors
/// The storage's failure; what was written before it stays.
pub fn recharge<J: Journal>(
    journal: &mut J,
    wallet: &mut Wallet,
    rates: &[(AccountId, Option<ExchangeRate>)],
    at: Instant,
) -> Result<usize, J::Failure> {
    if wallet.recharges.is_empty() {
        return Ok(0);
    }
    // Time first: what is available now is what is left once it has done its work.
    let (mut written, is_whole) = catch_up(journal, wallet, at)?;
    if !is_whole {
        return Ok(written);
    }
    // Each row ends what it is about, so there are no more than rules.
    while let Some(entry) = recharges(wallet, rates, at) {
        let row = Row::new(&journal.last_hash(), entry);
        if !journal.append(std::slice::from_ref(&row))? {
            break;
        }
        apply(wallet, &row.entry);
        written = written.saturating_add(1);
    }
    Ok(written)
}

/// The hot path: decides first and lets the journal's unique ids speak, instead of looking every id
/// up before. A refusal or a conflict is looked up then, because a known id is always replayed.
fn transact_one<J: Journal>(
    journal: &mut J,
    wallet: &mut Wallet,
    at: Instant,
    command: &Command,
) -> Result<Answer, Stop<J::Failure>> {
    let nothing = Ahead::default();
    let past = Past {
        journal,
        ahead: &nothing,
    };
    let ended = match command.action.hold() {
        Some(hold) => match about_hold(&past, wallet, hold, command)? {
            Known::Replay(entry) => return Ok(replay(*entry)),
            Known::Ended(hold) => Some(hold),
            Known::Open => None,
        },
        None => None,
    };
    let held = held_usage(&past, wallet, command)?;
    let knowing = Knowing {
        ended: ended.as_ref(),
        held: held.as_ref(),
    };
    let decided = decide_rows(wallet, &journal.last_hash(), &knowing, at, command);
    let fitting =
        decided.and_then(|rows| limits::check(journal.weight(), wallet, &rows).map(|_| rows));
    let refusal = match fitting {
        Err(refusal) => refusal,
        Ok(rows) => {
            if journal.append(&rows).map_err(Stop::Failed)? {
                for row in &rows {
                    apply(wallet, &row.entry);
                }
                let own = rows.into_iter().next_back();
                return own.map(fresh).ok_or(Stop::Refused(Refusal::WrongWallet));
            }
            Refusal::OperationIdReused
        }
    };
    // A known id is answered before any refusal, since the first answer stands whatever has
    // changed.
    if command.action.hold().is_none()
        && let Some(row) = journal.find(&command.op).map_err(Stop::Failed)?
    {
        return Ok(same_request(row.entry, command)?);
    }
    Err(refusal.into())
}

/// The rows of a command: of what time has made due before it, and its own, which is the last.
fn decide_rows(
    wallet: &Wallet,
    hash: &str,
    knowing: &Knowing<'_>,
    at: Instant,
    command: &Command,
) -> Result<Vec<Row>, Refusal> {
    let passed = pass(hash, wallet, at, TURN);
    if !passed.is_whole {
        return Err(BEHIND);
    }
    let own = decide_then(wallet, &passed.wallet, knowing, at, command)?;
    let mut rows = passed.rows;
    let own = Row::new(rows.last().map_or(hash, |row| row.hash.as_str()), own);
    rows.push(own);
    Ok(rows)
}

/// The answer of a row that was just written.
fn fresh(row: Row) -> Answer {
    Answer {
        entry: row.entry,
        replayed: false,
    }
}

/// The journal, and the rows that the commands before this one have decided but not yet written.
struct Past<'a, J> {
    journal: &'a J,
    ahead: &'a Ahead,
}

/// What a batch has decided and not written yet.
#[derive(Default)]
struct Ahead {
    rows: Vec<Row>,
    /// Where the row of an operation is, so that a thousand commands do not each search a thousand rows.
    places: BTreeMap<String, usize>,
    weight: Weight,
}

impl Ahead {
    fn push(&mut self, row: Row) {
        let place = self.rows.len();
        self.places.entry(row.entry.op.clone()).or_insert(place);
        self.rows.push(row);
    }
}

impl<J: Journal> Past<'_, J> {
    /// A row by its operation, also one that is not written yet.
    fn find(&self, op: &str) -> Result<Option<Row>, Stop<J::Failure>> {
        let place = self.ahead.places.get(op);
        if let Some(row) = place.and_then(|place| self.ahead.rows.get(*place)) {
            return Ok(Some(row.clone()));
        }
        self.journal.find(op).map_err(Stop::Failed)
    }

    /// Shows the entries of a hold, oldest first, also those that are not written yet.
    fn each_of_hold(
        &self,
        hold: u64,
        visit: &mut dyn FnMut(Entry),
    ) -> Result<(), Stop<J::Failure>> {
        let written = self.journal.each_of_hold(hold, &mut |row| visit(row.entry));
        written.map_err(Stop::Failed)?;
        let about = |row: &&Row| row.entry.fact.hold() == Some(hold);
        let ahead = self.ahead.rows.iter().filter(about);
        ahead.for_each(|row| visit(row.entry.clone()));
        Ok(())
    }
}

/// One command's answer, and the rows that it adds: none when it is a replay.
fn answer<J: Journal>(
    past: &Past<'_, J>,
    wallet: &Wallet,
    hash: &str,
    at: Instant,
    command: &Command,
) -> Result<(Answer, Vec<Row>), Stop<J::Failure>> {
    let ended = match command.action.hold() {
        Some(hold) => match about_hold(past, wallet, hold, command)? {
            Known::Replay(entry) => return Ok((replay(*entry), Vec::new())),
            Known::Ended(hold) => Some(hold),
            Known::Open => None,
        },
        None => {
            if let Some(row) = past.find(&command.op)? {
                return Ok((same_request(row.entry, command)?, Vec::new()));
            }
            None
        }
    };
    let held = held_usage(past, wallet, command)?;
    let knowing = Knowing {
        ended: ended.as_ref(),
        held: held.as_ref(),
    };
    let rows = decide_rows(wallet, hash, &knowing, at, command)?;
    let own = rows.last().ok_or(Refusal::WrongWallet)?;
    let answer = Answer {
        entry: own.entry.clone(),
        replayed: false,
    };
    Ok((answer, rows))
}

/// What a hold was made for, where a capture of it needs to know: hardly ever.
fn held_usage<J: Journal>(
    past: &Past<'_, J>,
    wallet: &Wallet,
    command: &Command,
) -> Result<Option<HeldUsage>, Stop<J::Failure>> {
    let Some(hold) = estimates(wallet, &command.action) else {
        return Ok(None);
    };
    let mut held = HeldUsage::default();
    past.each_of_hold(hold, &mut |entry| held.follow(&entry))?;
    Ok(Some(held))
}

/// What the journal knows of the hold that a command names.
enum Known {
    Open,
    Ended(Hold),
    Replay(Box<Entry>),
}

/// A command about a hold is looked up among the hold's own rows, because ended holds are not in
/// the wallet.
fn about_hold<J: Journal>(
    past: &Past<'_, J>,
    wallet: &Wallet,
    hold: u64,
    command: &Command,
) -> Result<Known, Stop<J::Failure>> {
    if wallet.holds.contains_key(&hold) {
        // What ends a hold has one id, and the end of an open one cannot have been written yet.
        if closes(&command.action) {
            return Ok(Known::Open);
        }
        return match past.find(&command.op)? {
            Some(row) => Ok(Known::Replay(Box::new(
                same_request(row.entry, command)?.entry,
            ))),
            None => Ok(Known::Open),
        };
    }
    let late = late_capture_op(hold);
    let mut hold_then = None;
    let mut known = None;
    past.each_of_hold(hold, &mut |entry| {
        hold_then = next_hold(hold_then.take(), &entry);
        let same_id = entry.op == command.op || (closes(&command.action) && entry.op == late);
        if !same_id || known.is_some() {
            return;
        }
        if entry.request == command.request {
            known = Some(Ok(Known::Replay(Box::new(entry))));
        } else if !ends_hold(&entry.fact) {
            known = Some(Err(Refusal::OperationIdReused));
        }
    })?;
    if let Some(known) = known {
        return Ok(known?);
    }
    match hold_then {
        Some(hold) => Ok(Known::Ended(hold)),
        None if wallet.is_open() => Err(Refusal::HoldNotFound.into()),
        None => Err(Refusal::WalletNotFound.into()),
    }
}

/// Whether the command would end its hold.
const fn closes(action: &Action) -> bool {
    matches!(
        action,
        Action::ReleaseHold { .. } | Action::CaptureHold { closes: true, .. }
    )
}

/// Whether the fact ended its hold.
const fn ends_hold(fact: &Fact) -> bool {
    matches!(
        fact,
        Fact::HoldCaptured { closes: true, .. }
            | Fact::HoldReleased { .. }
            | Fact::HoldExpired { .. }
    )
}

/// A replay must be the same question, or its answer would be another's.
fn same_request(entry: Entry, command: &Command) -> Result<Answer, Refusal> {
    if entry.request == command.request {
        Ok(replay(entry))
    } else {
        Err(Refusal::OperationIdReused)
    }
}

/// The answer of a row that was there before.
const fn replay(entry: Entry) -> Answer {
    Answer {
        entry,
        replayed: true,
    }
}
