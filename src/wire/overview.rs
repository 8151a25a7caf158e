//! What a customer's page shows of a wallet: how much can be spent, what is held, what ends next,
//! and what happened last. The wallet makes it, the edge writes the page.

use serde::{Deserialize, Serialize};

use crate::engine::command::{CreditSource, DebitCause};
use crate::engine::loss::LossCause;
use crate::engine::{
    AccountChange, AccountId, Amount, Balance, Entry, Fact, Instant, Move, UsageEvent, Wallet,
    WalletAccount,
};
use crate::journal::Row;

/// How many journal rows are looked through for something to show. Holds alone change no balance.
pub const ROWS: usize = 60;

/// How many lines of activity there are at most.
pub const LINES: usize = 10;

/// What the wallet answers, and the page is made of. It travels from the wallet to the edge.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct Overview {
    /// In the order of their ids.
    pub accounts: Vec<AccountView>,
    /// Newest first.
    pub lines: Vec<Line>,
}

/// One account in figures; `balance = available + held + restricted`.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct AccountView {
    pub account: AccountId,
    /// What any call may spend now.
    pub available: Amount,
    /// Put aside for calls that run.
    pub held: Amount,
    /// Free for certain uses only.
    pub restricted: Amount,
    pub balance: Amount,
    /// How far below zero calls may go.
    pub overdraft: Amount,
    /// The credit that ends soonest.
    pub expiring: Option<Expiring>,
}

/// Credit that ends, and when.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct Expiring {
    pub amount: Amount,
    pub at: Instant,
}

/// Something that changed a balance.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct Line {
    /// When it was written down.
    pub at: Instant,
    /// In the page's words: `Top-up`, `Usage`.
    pub what: String,
    /// What the caller said of it.
    pub note: Option<String>,
    /// One for each account whose balance it changed.
    pub changes: Vec<Changed>,
}

/// By how much one balance changed.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct Changed {
    pub account: AccountId,
    /// Above zero something came in.
    pub amount: Amount,
    /// The balance afterwards.
    pub balance: Amount,
}

impl Overview {
    /// The wallet at a moment, with its last rows, newest first.
    #[must_use]
    pub fn of(wallet: &Wallet, rows: &[Row], at: Instant) -> Self {
        let accounts = wallet.accounts.iter();
        Self {
            accounts: accounts
                .map(|(id, account)| view(wallet, id, account, at))
                .collect(),
            lines: rows
                .iter()
                .filter_map(|row| line(&row.entry))
                .take(LINES)
                .collect(),
        }
    }
}

/// One account at a moment.
fn view(wallet: &Wallet, id: &AccountId, account: &WalletAccount, at: Instant) -> AccountView {
    // Every account of this list is in the wallet, so the default never shows.
    let now = wallet.balance(id, at).unwrap_or(Balance::NOTHING);
    AccountView {
        account: id.clone(),
        available: now.available(),
        held: now.held,
        restricted: now.restricted,
        balance: now.balance,
        overdraft: account.overdraft,
        expiring: expiring(account, at),
    }
}

/// The credit that ends at the soonest of all ends, as far as it is still free.
fn expiring(account: &WalletAccount, at: Instant) -> Option<Expiring> {
    let free = || {
        let grants = account.grants.iter();
        grants.filter(|grant| grant.is_live(at) && grant.free.is_positive())
    };
    let end = free().filter_map(|grant| grant.terms.expires_at).min()?;
    // Several grants may end at the same moment, and only their sum is what the customer would lose
    // then.
    let ending = free().filter(|grant| grant.terms.expires_at == Some(end));
    let amount = ending.fold(Amount::ZERO, |sum, grant| sum.folded_plus(grant.free));
    Some(Expiring { amount, at: end })
}

/// A row as a line; nothing where it changed no balance, as a hold alone does not.
fn line(entry: &Entry) -> Option<Line> {
    let changes: Vec<Changed> = entry.changes.iter().filter_map(changed).collect();
    // A hold only moves money inside the balance; a line without a change would puzzle whoever
    // reads it.
    if changes.is_empty() {
        return None;
    }
    let (what, note) = words(&entry.fact);
    Some(Line {
        at: entry.at,
        what,
        note,
        changes,
    })
}

/// By how much the balance changed, if it did; see the table of moves in `engine::account`.
pub(super) fn changed(change: &AccountChange) -> Option<Changed> {
    let amount = change
        .moves
        .iter()
        .fold(Amount::ZERO, |sum, one| match one {
            Move::Open { amount, .. } | Move::Restore { amount, .. } | Move::Forgive { amount } => {
                sum.folded_plus(*amount)
            }
            Move::Capture(draw) | Move::Draw(draw) | Move::Lapse(draw) => {
                sum.folded_minus(draw.amount)
            }
            Move::Borrow { amount } | Move::Owe { amount } => sum.folded_minus(*amount),
            // They only move money inside the balance.
            Move::Reserve(_)
            | Move::Release(_)
            | Move::Repay(_)
            | Move::Pledge { .. }
            | Move::Unpledge { .. }
            | Move::Back { .. } => sum,
        });
    (!amount.is_zero()).then(|| Changed {
        account: change.account.clone(),
        amount,
        balance: change.balance,
    })
}

/// What happened, for a customer to read, and what the caller said of it.
pub(super) fn words(fact: &Fact) -> (String, Option<String>) {
    match fact {
        Fact::Credited {
            source,
            description,
            ..
        } => credited(source, description.clone()),
        Fact::UsageRecorded { event, .. } => ("Usage".into(), used(Some(event))),
        // One line for one change of the balance, whatever the number of events; the first one
        // names it.
        Fact::HoldCaptured { events, .. } => ("Usage".into(), used(events.first())),
        Fact::Debited {
            cause, description, ..
        } => {
            let what = match cause {
                DebitCause::Charge => "Charge",
                DebitCause::Adjustment { reason } => adjusted(reason),
            };
            (what.into(), description.clone())
        }
        Fact::GrantExpired { .. } => ("Credit expired".into(), None),
        Fact::EntitlementGranted { name, .. } => ("From your plan".into(), Some(name.clone())),
        Fact::Subscribed { .. } | Fact::SubscriptionRenewed { .. } => ("Your plan".into(), None),
        Fact::MinimumCharged { .. } => ("Minimum of a period".into(), None),
        Fact::TaxExcluded { .. } => ("Tax of a payment".into(), None),
        Fact::GrantVoided { reason, .. } => ("Credit taken back".into(), reason.clone()),
        Fact::UsagePriced { event, .. } => ("Usage priced".into(), used(Some(event))),
        Fact::Reversed { reason, .. } => ("Charge taken back".into(), reason.clone()),
        // Without the reason, which is a word between the processor and the seller.
        Fact::PaymentLoss(loss) => (lost(loss.cause).into(), None),
        // A fact that is added later has words at once, if plain ones.
        other => (sentence_case(other.word()), None),
    }
}

/// Where credit came from; of a top-up also what was paid for it, which may be another asset.
fn credited(source: &CreditSource, description: Option<String>) -> (String, Option<String>) {
    match source {
        CreditSource::TopUp { paid, currency, .. } => {
            // What the caller said of it comes first. Otherwise the price is what a customer looks
            // for.
            let paid = format!("Paid {paid} {currency}");
            ("Top-up".into(), description.or(Some(paid)))
        }
        CreditSource::Recharge { paid, currency, .. } => {
            let paid = format!("Paid {paid} {currency}");
            ("Automatic recharge".into(), description.or(Some(paid)))
        }
        CreditSource::Payment { .. } => ("Payment".into(), description),
        CreditSource::Code { .. } => ("Code redeemed".into(), description),
        CreditSource::Adjustment { reason } => (adjusted(reason).into(), description),
    }
}

/// What has become of a payment.
const fn lost(cause: LossCause) -> &'static str {
    match cause {
        LossCause::Refunded => "Refund",
        LossCause::RefundFailed => "Refund that failed",
        LossCause::FundsWithdrawn => "Disputed payment",
        LossCause::FundsReinstated => "Dispute decided for the seller",
    }
}

/// The words of an adjustment's reasons.
fn adjusted(reason: &str) -> &'static str {
    match reason {
        "gift" => "Gift",
        "external_topup" => "Top-up",
        "external_refund" => "Refund",
        // Also for a reason that only a later version knows: a raw word must not reach a customer's
        // page.
        _ => "Adjustment",
    }
}

/// What usage is called: the caller's description, else its subject, else the type of the event.
fn used(event: Option<&UsageEvent>) -> Option<String> {
    let event = event?;
    let said = event.description.as_ref().or(event.subject.as_ref());
    Some(said.unwrap_or(&event.event_type).clone())
}

/// `hold_expired` as `Hold expired`, for facts that have no words of their own.
fn sentence_case(word: &str) -> String {
    let spaced = word.replace('_', " ");
    let mut letters = spaced.chars();
    let first = letters.next().map(|letter| letter.to_ascii_uppercase());
    first.into_iter().chain(letters).collect()
}
