//! What is taken back: a grant is voided, an entry is reversed.

use serde::Serialize;

use crate::engine::command::Reversal;
use crate::engine::moves::Move;
use crate::engine::{AccountId, Action, Amount, Command, Entry, Fact, Grant};
use crate::journal::chain::request_digest;
use crate::wire::balance::{BalanceReply, balances};
use crate::wire::ids::{self, MAX_ID};
use crate::wire::json::{Errors, Object};
use crate::wire::problem::Problem;
use crate::wire::reply::{Money, json};
use crate::wire::request::{MAX_WORDS, or_empty, read};
use crate::wire::time;

/// Which entry is to be reversed.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Reversed {
    /// By the `seq` of a journal entry, which a fee's id has in it.
    Entry(u64),
    /// Usage, by its event's id.
    Event(String),
    /// A charge or a debit by hand, by its caller's id.
    Transaction(String),
    /// The last capture of a hold.
    Hold(u64),
}

/// `POST …/wallet/reversals`: takes back what an entry charged, to the same grants.
///
/// ```json
/// { "event_id": "evt_7", "reason": "Reported twice" }
/// ```
///
/// # Errors
/// As [`read`].
pub fn reversal(body: &str, customer: &str) -> Result<(Reversed, Option<String>), Problem> {
    read(body, |object, errors| {
        let named = [
            object
                .whole("entry", 1..=u32::MAX, errors)
                .map(|seq| Reversed::Entry(seq.into())),
            object.text("event_id", MAX_ID, errors).map(Reversed::Event),
            object
                .text("transaction_id", MAX_ID, errors)
                .map(Reversed::Transaction),
            own_id(object, "fee_id", customer, errors).map(Reversed::Entry),
            own_id(object, "hold_id", customer, errors).map(Reversed::Hold),
        ];
        let reason = object.text("reason", MAX_WORDS, errors);
        let mut named = named.into_iter().flatten();
        match (named.next(), named.next()) {
            (Some(one), None) => Some((one, reason)),
            (Some(_), Some(_)) => {
                errors.add(
                    "entry",
                    "must be left out where another field names what is reversed",
                );
                None
            }
            (None, _) => {
                let names = ["entry", "event_id", "transaction_id", "fee_id", "hold_id"];
                if names.iter().all(|name| object.get(name).is_none()) {
                    errors.add(
                        "entry",
                        "is required, or event_id, transaction_id, fee_id or hold_id",
                    );
                }
                None
            }
        }
    })
}

/// The `seq` in an id of this customer's wallet.
fn own_id(
    object: &Object<'_>,
    name: &'static str,
    customer: &str,
    errors: &mut Errors,
) -> Option<u64> {
    let text = object.text(name, MAX_ID, errors)?;
    let prefix = name.trim_end_matches("_id");
    // A fee's id ends in its place among the fees of its entry.
    let id = match text.rsplit_once('_') {
        Some((id, _)) if prefix == "fee" => id,
        _ => &text,
    };
    let parsed = ids::parse_of_wallet(prefix, id).filter(|(owner, _)| owner == customer);
    if parsed.is_none() {
        errors.add(name, format!("is no {prefix} of this customer"));
    }
    parsed.map(|(_, seq)| seq)
}

/// The command. It is known by the entry alone, because an entry is reversed once.
#[must_use]
pub fn reverse(entry: &Entry, lots: Vec<(AccountId, Grant)>, reason: Option<String>) -> Command {
    let seq = entry.seq.to_string();
    let moves = entry.changes.iter();
    let moves = moves.map(|change| (change.account.clone(), change.moves.clone()));
    Command {
        op: reversal_op(entry.seq),
        // What the wallet found of the row is no part of what was asked.
        request: request_digest(&["reverse", &seq, reason.as_deref().unwrap_or_default()]),
        action: Action::Reverse(Reversal {
            entry: entry.seq,
            moves: moves.collect(),
            lots,
            is_charge: is_charge(&entry.fact),
            reason,
        }),
    }
}

/// The operation that reverses an entry, whoever asks for it.
#[must_use]
pub fn reversal_op(entry: u64) -> String {
    format!("reverse:{entry}")
}

/// It took money for what somebody used or was charged by hand, so it can be reversed.
#[must_use]
pub const fn is_reversible(fact: &Fact) -> bool {
    matches!(
        fact,
        Fact::UsageRecorded { .. }
            | Fact::HoldCaptured { .. }
            | Fact::UsagePriced { .. }
            | Fact::Debited { .. }
    )
}

/// It counts as revenue.
const fn is_charge(fact: &Fact) -> bool {
    use crate::engine::command::DebitCause;
    match fact {
        Fact::Debited { cause, .. } => matches!(cause, DebitCause::Charge),
        _ => is_reversible(fact),
    }
}

/// ```json
/// { "id": "rev_…", "entry": 18, "reverses": 12, "amounts": [ { "asset": "USD", "amount": "0.4" } ],
///   "grants": [ { "grant_id": "grant_…", "amount": "0.4" } ], "reason": null, "created_at": "…",
///   "balances": [] }
/// ```
#[derive(Serialize)]
struct ReversalReply<'a> {
    id: String,
    entry: u64,
    /// The entry that it takes back.
    reverses: u64,
    amounts: Vec<Money>,
    /// To which grants it went, also where it lapsed there at once.
    grants: Vec<GivenBack>,
    reason: Option<&'a str>,
    created_at: String,
    balances: Vec<BalanceReply<'a>>,
}

#[derive(Serialize)]
struct GivenBack {
    grant_id: String,
    amount: Amount,
}

/// The reply to a reversal, from its entry alone.
#[must_use]
pub fn reversed(customer: &str, entry: &Entry) -> String {
    let Fact::Reversed {
        entry: reverses,
        reason,
        ..
    } = &entry.fact
    else {
        // Only reversals come here; a reply must not fail once its entry is written.
        return "{}".to_owned();
    };
    let moves = entry.changes.iter().flat_map(|change| &change.moves);
    let grants = moves.filter_map(|one| match one {
        Move::Restore {
            grant,
            amount,
            from: None,
            ..
        }
        | Move::Open { grant, amount, .. } => Some(GivenBack {
            grant_id: ids::of_wallet("grant", customer, *grant),
            amount: *amount,
        }),
        _ => None,
    });
    json(&ReversalReply {
        id: reversal_id(customer, entry.seq),
        entry: entry.seq,
        reverses: *reverses,
        amounts: given_back(entry),
        grants: grants.collect(),
        reason: reason.as_deref(),
        created_at: time::format(entry.at),
        balances: balances(entry),
    })
}

/// `rev_<the customer's 26>_<seq>`.
#[must_use]
pub fn reversal_id(customer: &str, seq: u64) -> String {
    ids::of_wallet("rev", customer, seq)
}

/// What an entry takes back of another one, by asset.
#[must_use]
pub fn given_back(entry: &Entry) -> Vec<Money> {
    let sum = |moves: &[Move]| {
        moves.iter().fold(Amount::ZERO, |sum, one| match one {
            Move::Restore {
                amount, from: None, ..
            }
            | Move::Open { amount, .. }
            | Move::Forgive { amount } => sum.folded_plus(*amount),
            _ => sum,
        })
    };
    let amounts = entry.changes.iter().map(|change| Money {
        asset: change.account.asset.clone(),
        amount: sum(&change.moves),
    });
    amounts.filter(|money| !money.amount.is_zero()).collect()
}

/// `POST …/wallet/grants/{grant}/void`: takes back what is left of a grant. It may have no body; with one
/// it is `{ "reason": "Given by mistake" }`.
///
/// # Errors
/// As [`read`].
pub fn void(body: &str, account: &AccountId, grant: u64) -> Result<Command, Problem> {
    let reason = read(or_empty(body), |object, errors| {
        Some(object.text("reason", MAX_WORDS, errors))
    })?;
    let request = request_digest(&["void", reason.as_deref().unwrap_or_default()]);
    Ok(Command {
        op: format!("grant:{grant}:void"),
        request,
        action: Action::VoidGrant {
            account: account.clone(),
            grant,
            reason,
        },
    })
}

/// ```json
/// { "grant_id": "grant_…", "entry": 19, "amount": "10", "asset": "USD", "reason": null,
///   "voided_at": "…", "balances": [] }
/// ```
#[derive(Serialize)]
struct VoidReply<'a> {
    grant_id: String,
    /// The journal entry that voids it, which the grant names.
    entry: u64,
    /// What was left of it and not held.
    amount: Amount,
    asset: &'a str,
    reason: Option<&'a str>,
    voided_at: String,
    balances: Vec<BalanceReply<'a>>,
}

/// The reply to a void, from its entry alone.
#[must_use]
pub fn voided(customer: &str, entry: &Entry) -> String {
    let (
        Fact::GrantVoided {
            grant,
            amount,
            reason,
        },
        Some(change),
    ) = (&entry.fact, entry.changes.first())
    else {
        return "{}".to_owned();
    };
    json(&VoidReply {
        grant_id: ids::of_wallet("grant", customer, *grant),
        entry: entry.seq,
        amount: *amount,
        asset: &change.account.asset,
        reason: reason.as_deref(),
        voided_at: time::format(entry.at),
        balances: balances(entry),
    })
}
