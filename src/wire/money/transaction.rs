//! Adjustments and charges: read from requests, written to replies.

use serde::Serialize;

use crate::engine::command::{CreditSource, DebitCause, Metadata};
use crate::engine::grant::GrantId;
use crate::engine::moves::Move;
use crate::engine::scope::Scope;
use crate::engine::usage::Maths;
use crate::engine::{
    AccountChange, AccountId, Action, Amount, Asset, Command, Credit, Debit, Entry, Fact, Instant,
    Purpose, Quantity,
};
use crate::wire::ids::{self, MAX_ID};
use crate::wire::json::{Errors, Object};
use crate::wire::maths::maths;
use crate::wire::problem::Problem;
use crate::wire::reply::json;
use crate::wire::request::{MAX_WORDS, account, command, operation_id, read};
use crate::wire::scope::restricted_to;
use crate::wire::time;

use super::taking_back::reversal_id;

/// An adjustment or a charge before its asset has been looked up. The edge asks the directory for
/// the precision, and the wallet reads the same body again.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Transaction {
    /// `transaction_id` of the body, or the `Idempotency-Key`.
    pub id: String,
    pub account: AccountId,
    /// Above zero it is credit, below it is debit.
    pub amount: Amount,
    pub kind: TransactionKind,
    /// The piece of work that a charge is for; budgets may ask for it.
    pub subject: Option<String>,
    pub description: Option<String>,
    pub metadata: Metadata,
    /// How a charge came about, as its caller says.
    pub maths: Maths,
    /// The only credit that it takes.
    pub taken_from: Option<TakenFrom>,
}

/// The credit that a debit names.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum TakenFrom {
    /// By the id of the grant.
    Grant(String),
    /// By the id of what brought it: the processor's of a payment, a top-up's, a transaction's.
    Payment(String),
}

impl TakenFrom {
    /// `grant_id` or `payment_id`, of a debit.
    fn read(object: &Object<'_>, debits: bool, errors: &mut Errors) -> Option<Self> {
        let grant = object.text("grant_id", MAX_ID, errors).map(Self::Grant);
        let payment = object.text("payment_id", MAX_ID, errors).map(Self::Payment);
        for name in ["grant_id", "payment_id"] {
            if !debits && object.get(name).is_some() {
                errors.add(name, "must be left out unless the amount is negative");
            }
        }
        if grant.is_some() && payment.is_some() {
            errors.add("payment_id", "must be left out when grant_id is given");
        }
        grant.or(payment)
    }

    /// The field that names it.
    #[must_use]
    pub const fn field(&self) -> &'static str {
        match self {
            Self::Grant(_) => "grant_id",
            Self::Payment(_) => "payment_id",
        }
    }
}

/// Why money moves by hand.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum TransactionKind {
    /// A correction, a gift, a payment that was taken elsewhere. It is nobody's revenue.
    Adjustment {
        /// `gift`, `external_topup`, `external_refund` or `other`.
        reason: String,
        /// From when on the credit can be used; at once where nothing is said.
        effective_at: Option<Instant>,
        /// From when on it cannot any more; never where nothing is said.
        expires_at: Option<Instant>,
        /// What the credit may be spent on.
        scope: Scope,
    },
    /// A fee that no price has computed. It counts as revenue.
    Charge,
}

/// The reasons that an adjustment may give; Credyt's words.
const REASONS: [&str; 4] = ["gift", "external_topup", "external_refund", "other"];

/// `POST …/wallet/adjustments`: credit above zero, debit below.
///
/// ```json
/// { "transaction_id": "t1", "asset": "USD", "amount": "20", "reason": "gift",
///   "expires_at": "2027-01-01T00:00:00Z", "restricted_to": { "event_types": ["chat"] } }
/// ```
///
/// # Errors
/// As [`read`].
pub fn adjustment(body: &str, key: Option<&str>) -> Result<Transaction, Problem> {
    read(body, |object, errors| {
        let id = operation_id(object, "transaction_id", key, errors);
        let account = account(object, errors);
        let amount = object.amount("amount", errors);
        let amount = object.require("amount", amount, errors);
        if amount.is_some_and(Amount::is_zero) {
            errors.add(
                "amount",
                "must not be zero: above is credit, below is debit",
            );
        }
        let reason = object.word("reason", &REASONS, errors);
        let reason = object.require("reason", reason, errors);
        let effective_at = object.time("effective_at", errors);
        let expires_at = object.time("expires_at", errors);
        if effective_at
            .zip(expires_at)
            .is_some_and(|(start, end)| end <= start)
        {
            errors.add("expires_at", "must be later than effective_at");
        }
        let scope = restricted_to(object, errors);
        // A debit draws on credit that is there; it has no life and no restriction of its own.
        let debits = amount.is_some_and(Amount::is_negative);
        for (name, time) in [("effective_at", effective_at), ("expires_at", expires_at)] {
            if debits && time.is_some() {
                errors.add(name, "must be left out when the amount is negative");
            }
        }
        if debits && object.get("restricted_to").is_some() {
            let sentence = "must be left out when the amount is negative";
            errors.add("restricted_to", sentence);
        }
        let taken_from = TakenFrom::read(object, debits, errors);
        let description = object.text("description", MAX_WORDS, errors);
        let metadata = object.metadata("metadata", errors);
        Some(Transaction {
            id: id?,
            account: account?,
            amount: amount?,
            kind: TransactionKind::Adjustment {
                reason: reason?,
                effective_at,
                expires_at,
                scope,
            },
            subject: None,
            description,
            metadata,
            maths: Maths::default(),
            taken_from,
        })
    })
}

/// `POST …/wallet/charges`: a debit for something that is not priced usage.
///
/// ```json
/// { "transaction_id": "t2", "asset": "USD", "amount": "1.5", "description": "Set-up" }
/// ```
///
/// # Errors
/// As [`read`].
pub fn charge(body: &str, key: Option<&str>) -> Result<Transaction, Problem> {
    read(body, |object, errors| {
        let id = operation_id(object, "transaction_id", key, errors);
        let account = account(object, errors);
        let amount = object.amount("amount", errors);
        let amount = object.require("amount", amount, errors);
        if amount.is_some_and(|amount| !amount.is_positive()) {
            errors.add("amount", "must be above zero");
        }
        let subject = object.text("subject", MAX_WORDS, errors);
        let description = object.text("description", MAX_WORDS, errors);
        let metadata = object.metadata("metadata", errors);
        let maths = maths(object, "input_units", errors);
        Some(Transaction {
            id: id?,
            account: account?,
            amount: amount?,
            kind: TransactionKind::Charge,
            subject,
            description,
            metadata,
            maths,
            taken_from: None,
        })
    })
}

impl Transaction {
    /// The command, once the asset is known, and the grant that the request names. Adjustments and charges share one space of ids,
    /// `tx:<id>`, because they are read at one address.
    #[must_use]
    pub fn command(self, asset: Asset, grant: Option<GrantId>) -> Command {
        let op = format!("tx:{}", self.id);
        let cause = match self.kind {
            TransactionKind::Adjustment {
                reason,
                effective_at,
                expires_at,
                scope,
            } if self.amount.is_positive() => {
                let credit = Credit {
                    account: self.account,
                    asset,
                    amount: self.amount,
                    purpose: purpose(&reason),
                    effective_at,
                    expires_at,
                    scope,
                    source: CreditSource::Adjustment { reason },
                    description: self.description,
                    metadata: self.metadata,
                };
                return command(op, Action::Credit(credit));
            }
            TransactionKind::Adjustment { reason, .. } => DebitCause::Adjustment { reason },
            TransactionKind::Charge => DebitCause::Charge,
        };
        // A debit is a size. Which way it goes is said by its being one, so a sign would say it
        // twice.
        let amount = if self.amount.is_negative() {
            self.amount.negated()
        } else {
            self.amount
        };
        let debit = Debit {
            account: self.account,
            asset,
            amount,
            cause,
            subject: self.subject,
            description: self.description,
            metadata: self.metadata,
            maths: self.maths,
            grant,
        };
        command(op, Action::Debit(debit))
    }
}

/// Credit that somebody paid for elsewhere is paid credit; a gift never is.
fn purpose(reason: &str) -> Purpose {
    match reason {
        "external_topup" | "external_refund" => Purpose::Paid,
        // In doubt it is a gift, which is spent before credit that was paid for.
        _ => Purpose::Promotion,
    }
}

/// ```json
/// { "id": "t1", "type": "adjustment", "account_id": "default:USD", "asset": "USD", "amount": "20",
///   "reason": "gift", "subject": null, "description": null, "metadata": {}, "created_at": "…",
///   "executed_at": "…" }
/// ```
#[derive(Serialize)]
struct TransactionReply<'a> {
    id: &'a str,
    /// `adjustment`, or `fee` for a charge: Credyt's word.
    #[serde(rename = "type")]
    kind: &'static str,
    account_id: String,
    asset: &'a str,
    /// Above zero it was credit, below it was debit.
    amount: Amount,
    reason: Option<&'a str>,
    subject: Option<&'a str>,
    description: Option<&'a str>,
    metadata: &'a Metadata,
    /// The only grant that it took from.
    #[serde(skip_serializing_if = "Option::is_none")]
    grant_id: Option<String>,
    /// The reversal that took it back.
    #[serde(skip_serializing_if = "Option::is_none")]
    reversed_by: Option<String>,
    /// The only usage that may draw on the credit.
    #[serde(skip_serializing_if = "Option::is_none")]
    restricted_to: Option<&'a Scope>,
    #[serde(skip_serializing_if = "Option::is_none")]
    input_units: Option<Quantity>,
    #[serde(skip_serializing_if = "Option::is_none")]
    unit_price: Option<Amount>,
    #[serde(skip_serializing_if = "Option::is_none")]
    input_volume: Option<Quantity>,
    #[serde(skip_serializing_if = "Option::is_none")]
    volume_rate: Option<Amount>,
    #[serde(skip_serializing_if = "Option::is_none")]
    package_size: Option<Quantity>,
    /// Both times are the entry's: what is accepted is done.
    created_at: String,
    executed_at: String,
}

/// What the credit that an entry opens may be spent on, where that is not everything.
fn restriction(change: &AccountChange) -> Option<&Scope> {
    let scope = change.moves.iter().find_map(|one| match one {
        Move::Open { terms, .. } => Some(&terms.scope),
        _ => None,
    });
    scope.filter(|scope| !scope.is_everything())
}

/// `GET …/wallet/transactions/{id}` and the reply to an adjustment or a charge. `None` for an entry
/// that is neither. `reversed_by` is the `seq` of the entry that took it back; the first answer and its
/// replays never have one.
#[must_use]
pub fn transaction(customer: &str, entry: &Entry, reversed_by: Option<u64>) -> Option<String> {
    let id = entry.op.strip_prefix("tx:")?;
    let account = &entry.changes.first()?.account;
    // What the two kinds have in common; each fact fills in the rest.
    let mut reply = TransactionReply {
        id,
        kind: "adjustment",
        account_id: account.to_string(),
        asset: &account.asset,
        amount: Amount::ZERO,
        reason: None,
        subject: None,
        description: None,
        metadata: &Metadata::new(),
        input_units: None,
        unit_price: None,
        input_volume: None,
        volume_rate: None,
        package_size: None,
        grant_id: None,
        reversed_by: reversed_by.map(|seq| reversal_id(customer, seq)),
        restricted_to: entry.changes.first().and_then(restriction),
        created_at: time::format(entry.at),
        executed_at: time::format(entry.at),
    };
    match &entry.fact {
        Fact::Credited {
            amount,
            source: CreditSource::Adjustment { reason },
            description,
            metadata,
            ..
        } => {
            reply.amount = *amount;
            reply.reason = Some(reason);
            reply.description = description.as_deref();
            reply.metadata = metadata;
        }
        Fact::Debited {
            amount,
            cause,
            subject,
            description,
            metadata,
            maths,
            grant,
        } => {
            reply.grant_id = grant.map(|grant| ids::of_wallet("grant", customer, grant));
            match cause {
                DebitCause::Charge => reply.kind = "fee",
                DebitCause::Adjustment { reason } => reply.reason = Some(reason),
            }
            reply.amount = amount.negated();
            reply.subject = subject.as_deref();
            reply.description = description.as_deref();
            reply.metadata = metadata;
            reply.input_units = maths.units;
            reply.unit_price = maths.unit_price;
            reply.input_volume = maths.input_volume;
            reply.volume_rate = maths.volume_rate;
            reply.package_size = maths.package_size;
        }
        _ => return None,
    }
    Some(json(&reply))
}
