//! What a customer needs to fold a wallet, and the fold itself: so that a page shows what the engine computes and not
//! only what it was told.
//!
//! ```text
//! state(0)   = accounts and open holds, in the first message of a socket
//! state(n)   = apply(state(n - 1), moves(n))          by the code that folds the journal
//! differs_at = the first entry that says another balance than its moves make
//! ```
//!
//! | a customer's fold has | and does not have |
//! |---|---|
//! | grants with their terms, debt, overdraft | products and their prices, margins among them |
//! | open holds, and what each has of which grant | budgets and what they count |
//! | the moves of each entry, and which hold they are of | events, their costs, and the seller's own words |
//!
//! Without plans a fold foresees no renewal; the server tells of it when it happens.

use serde::Serialize;
use serde_json::Value;

use crate::engine::{AccountId, Amount, Entry, Fact, Instant, Wallet, apply, as_of};
use crate::journal::snapshot;
use crate::wire::problem::Problem;
use crate::wire::time;

use super::account::accounts;
use super::hold::holds;

/// Most grants and holds of a state that is told. More of them would make the first message slow for everybody who
/// watches; without it a page shows what the server says.
const MOST: usize = 300;

/// What a wallet is to its customer's fold; nothing where that is too much to tell.
#[must_use]
pub fn state(wallet: &Wallet) -> Option<String> {
    let grants = wallet
        .accounts
        .values()
        .map(|one| one.grants.iter().count());
    let parts = wallet.holds.len().saturating_add(grants.sum::<usize>());
    if parts > MOST {
        return None;
    }
    let mut told = Wallet::default();
    told.seq = wallet.seq;
    told.at = wallet.at;
    told.customer.clone_from(&wallet.customer);
    told.accounts = wallet.accounts.clone();
    for (id, hold) in &wallet.holds {
        let mut hold = hold.clone();
        // Budgets are not told, so what is counted for them must not be given back to any.
        hold.counts.clear();
        told.holds.insert(*id, hold);
    }
    Some(snapshot::text(&told))
}

/// An entry as a customer's fold needs it: its moves, and what becomes of its hold.
#[must_use]
pub fn moves(entry: &Entry) -> Entry {
    Entry {
        v: entry.v,
        seq: entry.seq,
        at: entry.at,
        // Ids of operations are the caller's own words.
        op: String::new(),
        request: String::new(),
        fact: told(&entry.fact),
        changes: entry.changes.clone(),
        counts: Vec::new(),
        reached: Vec::new(),
    }
}

/// What of a fact changes accounts and holds beyond the moves.
fn told(fact: &Fact) -> Fact {
    match fact {
        Fact::HoldAuthorized {
            hold,
            expires_at,
            subject,
            capped,
            ..
        } => Fact::HoldAuthorized {
            hold: *hold,
            expires_at: *expires_at,
            subject: subject.clone(),
            fees: Vec::new(),
            caps: Vec::new(),
            capped: *capped,
            warnings: Vec::new(),
        },
        Fact::HoldExtended {
            hold, expires_at, ..
        } => Fact::HoldExtended {
            hold: *hold,
            expires_at: *expires_at,
            fees: Vec::new(),
            warnings: Vec::new(),
        },
        Fact::HoldCaptured {
            hold, closes, late, ..
        } => Fact::HoldCaptured {
            hold: *hold,
            closes: *closes,
            late: *late,
            events: Vec::new(),
            fees: Vec::new(),
            warnings: Vec::new(),
        },
        Fact::HoldReleased { hold, .. } => Fact::HoldReleased {
            hold: *hold,
            reason: None,
        },
        Fact::GrantVoided { grant, amount, .. } => Fact::GrantVoided {
            grant: *grant,
            amount: *amount,
            reason: None,
        },
        Fact::HoldExpired { .. } | Fact::OverdraftSet { .. } | Fact::EntitlementGranted { .. } => {
            fact.clone()
        }
        // Everything else is its moves and nothing more; so a fact that is added later says nothing by default.
        _ => Fact::GrantExpired {
            grant: 0,
            amount: Amount::ZERO,
        },
    }
}

/// What a fold comes to.
#[derive(Serialize)]
struct Folded {
    /// To go on with.
    state: String,
    /// As `GET …/wallet` shows them.
    accounts: Value,
    /// As `GET …/wallet/holds` shows them.
    holds: Value,
    /// Of the last entry.
    seq: u64,
    /// The first entry that says another balance than its moves make.
    differs_at: Option<u64>,
    /// When time changes something next: a hold ends, or credit does.
    next: Option<String>,
}

/// Folds moves into a state, and shows it at a moment.
///
/// # Errors
/// `validation_failed` where the state is none of this version, and where a move is missing: a fold over a part of
/// them would be a wrong balance.
pub fn folded(state: &str, moves: &[Entry], at: Option<Instant>) -> Result<Value, Problem> {
    let unknown = || Problem::field("state", "is of another version of Scrip");
    let mut wallet = snapshot::read(state).ok_or_else(unknown)?;
    let mut differs_at = None;
    for entry in moves {
        // What is known already comes again after a reconnection.
        if entry.seq <= wallet.seq {
            continue;
        }
        let next = wallet.seq.saturating_add(1);
        if entry.seq != next {
            let sentence = format!("must go on where the state ends: entry {next} is missing");
            return Err(Problem::field("moves", sentence));
        }
        apply(&mut wallet, entry);
        if differs_at.is_none() && !agrees(&wallet, entry) {
            differs_at = Some(entry.seq);
        }
    }
    let at = at.unwrap_or(wallet.at).max(wallet.at);
    let now = as_of(&wallet, at);
    let told = Folded {
        state: snapshot::text(&wallet),
        accounts: part(&accounts(&now, at), "accounts"),
        holds: part(&holds(&now.customer, &now, 0, MOST), "items"),
        seq: wallet.seq,
        differs_at,
        next: now.next_expiry().map(time::format),
    };
    Ok(serde_json::to_value(&told).unwrap_or_default())
}

/// Whether an entry says of each account that it touched what its moves have made of it.
fn agrees(wallet: &Wallet, entry: &Entry) -> bool {
    let same = |account: &AccountId, said| wallet.balance(account, entry.at) == Ok(said);
    let changes = &mut entry.changes.iter();
    changes.all(|change| same(&change.account, change.after()))
}

/// A field of a reply.
fn part(reply: &str, name: &str) -> Value {
    let reply: Value = serde_json::from_str(reply).unwrap_or_default();
    reply.get(name).cloned().unwrap_or_default()
}
