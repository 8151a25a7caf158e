//! What has become of a payment: refunds, disputes, warnings. Told by a processor, or asked for by a caller.

use serde::{Deserialize, Serialize};

use crate::engine::command::CreditSource;
use crate::engine::freeze::{FreezeCause, FreezeChange};
use crate::engine::loss::{Loss, LossCause, LossChange, PaidGrant};
use crate::engine::moves::Move;
use crate::engine::{AccountChange, Action, Amount, Command, Entry, Fact, Wallet};
use crate::journal::chain::request_digest;
use crate::wire::balance::{BalanceReply, balances};
use crate::wire::ids::{self, MAX_ID};
use crate::wire::problem::Problem;
use crate::wire::reply::{Money, json};
use crate::wire::request::{MAX_WORDS, above_zero, operation_id, read};
use crate::wire::time;

/// What a processor has told of a payment. It travels from the edge to the wallet, so a new field has a default:
/// during a deployment both sides may be of different versions.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct ToldClaim {
    /// The processor's id of the payment.
    pub payment: String,
    /// The operation that credited it; absent where it is that of the payment's own id.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub op: Option<String>,
    pub what: Claimed,
    /// Of the refund, the dispute or the warning.
    pub id: String,
    pub amount: Amount,
    pub currency: String,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reason: Option<String>,
}

/// What it is.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Claimed {
    /// Money went back, or came again.
    Loss(LossCause),
    /// Nothing is authorized from now on, or again.
    Freeze { cause: FreezeCause, frozen: bool },
}

/// A payment as the rows of the wallet have it.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct CreditedPayment {
    /// The operation that credited it.
    pub op: String,
    pub paid: Amount,
    pub currency: String,
    pub grants: Vec<PaidGrant>,
    /// What of it was revenue at once: that of an invoice, without its tax.
    pub revenue: Amount,
    /// Stripe has the money, so only Stripe can give it back.
    pub is_at_stripe: bool,
}

impl CreditedPayment {
    /// What an entry says was paid; nothing for credit that nobody paid for.
    #[must_use]
    pub fn of(entry: &Entry, grants: Vec<PaidGrant>) -> Option<Self> {
        if let Fact::InvoicePaid {
            amount,
            tax,
            currency,
            ..
        } = &entry.fact
        {
            return Some(Self {
                op: entry.op.clone(),
                paid: amount.folded_plus(*tax),
                currency: currency.clone(),
                grants,
                revenue: *amount,
                is_at_stripe: true,
            });
        }
        let Fact::Credited { amount, source, .. } = &entry.fact else {
            return None;
        };
        let asset = || entry.changes.first().map(|one| one.account.asset.clone());
        let (paid, currency, is_at_stripe) = match source {
            CreditSource::Payment { paid, .. } => (paid.unwrap_or(*amount), asset()?, true),
            CreditSource::TopUp {
                paid,
                currency,
                processor,
                ..
            }
            | CreditSource::Recharge {
                paid,
                currency,
                processor,
                ..
            } => (*paid, currency.clone(), processor == "stripe"),
            CreditSource::Adjustment { reason } if reason == "external_topup" => {
                (*amount, asset()?, false)
            }
            CreditSource::Adjustment { .. } | CreditSource::Code { .. } => return None,
        };
        Some(Self {
            op: entry.op.clone(),
            paid,
            currency,
            grants,
            revenue: Amount::ZERO,
            is_at_stripe,
        })
    }

    /// What of it was not refunded or disputed yet.
    #[must_use]
    pub fn left(&self, wallet: &Wallet) -> Amount {
        let known = wallet.losses.get(&self.op);
        let lost = known.map_or(Amount::ZERO, |known| known.lost);
        self.paid.folded_minus(lost)
    }
}

impl ToldClaim {
    /// The command, which is known by the claim's own id: told again it is a replay.
    #[must_use]
    pub fn loss(&self, cause: LossCause, payment: &CreditedPayment) -> Command {
        let amount = self.amount;
        loss(payment, (cause, &self.id), amount, self.reason.clone())
    }

    /// The same for a freeze, which needs nothing of the payment but its name.
    #[must_use]
    pub fn freeze(&self, cause: FreezeCause, frozen: bool) -> Command {
        let word = if frozen { "opened" } else { "closed" };
        Command {
            op: format!("{}:{}:{word}", cause.word(), self.id),
            request: request_digest(&["freeze", cause.word(), &self.id, word]),
            action: Action::Freeze(FreezeChange {
                frozen,
                cause,
                id: Some(self.id.clone()),
                payment: Some(self.payment.clone()),
                reason: self.reason.clone(),
            }),
        }
    }
}

/// The operation of a refund or a dispute.
fn loss_op(cause: LossCause, id: &str) -> String {
    match cause {
        LossCause::Refunded => format!("refund:{id}"),
        LossCause::RefundFailed => format!("refund:{id}:failed"),
        LossCause::FundsWithdrawn => format!("dispute:{id}:withdrawn"),
        LossCause::FundsReinstated => format!("dispute:{id}:reinstated"),
    }
}

pub(super) fn loss(
    payment: &CreditedPayment,
    (cause, id): (LossCause, &str),
    amount: Amount,
    reason: Option<String>,
) -> Command {
    Command {
        op: loss_op(cause, id),
        // What the wallet found of the payment's rows is no part of what was asked: told again after a row more, it
        // must still be the same request.
        request: request_digest(&[cause.word(), &payment.op, id, &amount.to_string()]),
        action: Action::ChangeLoss(LossChange {
            payment: payment.op.clone(),
            cause,
            id: id.to_owned(),
            amount,
            currency: payment.currency.clone(),
            paid: payment.paid,
            revenue: payment.revenue,
            grants: payment.grants.clone(),
            reason,
        }),
    }
}

/// A refund that a caller asks for.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct NewRefund {
    /// `refund_id` of the body, or the `Idempotency-Key`.
    pub id: String,
    /// The processor's id of the payment, a top-up's, a recharge's, or that of the adjustment that credited it.
    pub payment: String,
    /// All that is left of it, when absent.
    pub amount: Option<Amount>,
    pub reason: Option<String>,
    /// Only says what it would do.
    pub preview: bool,
}

/// What a processor is to be asked for a refund. The wallet says it to the edge.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct PlannedRefund {
    pub amount: Amount,
    pub currency: String,
}

impl NewRefund {
    /// `POST …/wallet/refunds`.
    ///
    /// ```json
    /// { "refund_id": "rf_1", "payment_id": "topup_…", "amount": "5", "reason": "Asked for by mail",
    ///   "preview": true }
    /// ```
    ///
    /// # Errors
    /// As [`read`].
    pub fn read(body: &str, key: Option<&str>) -> Result<Self, Problem> {
        read(body, |object, errors| {
            let preview = object.flag("preview", errors).unwrap_or_default();
            // A question is no operation, so it needs no id.
            let id = if preview {
                let given = object.text("refund_id", MAX_ID, errors);
                Some(given.unwrap_or_else(|| "preview".to_owned()))
            } else {
                operation_id(object, "refund_id", key, errors)
            };
            let payment = object.text("payment_id", MAX_ID, errors);
            let payment = object.require("payment_id", payment, errors);
            let amount = above_zero(object, "amount", errors);
            let reason = object.text("reason", MAX_WORDS, errors);
            Some(Self {
                id: id?,
                payment: payment?,
                amount,
                reason,
                preview,
            })
        })
    }

    /// The operation that it is.
    #[must_use]
    pub fn op(&self) -> String {
        loss_op(LossCause::Refunded, &self.id)
    }

    /// What was asked, so that another question under the same id is told from the same again. What was left is no
    /// part of it, since less is left the second time.
    #[must_use]
    pub fn request(&self, payment: &str) -> String {
        let asked = self.amount.map(|amount| amount.to_string());
        let asked = asked.as_deref().unwrap_or("all");
        let reason = self.reason.as_deref().unwrap_or_default();
        request_digest(&["refund", payment, asked, reason])
    }

    /// The command, once the payment and what is left of it are known.
    #[must_use]
    pub fn command(&self, payment: &CreditedPayment, left: Amount) -> Command {
        let amount = self.amount.unwrap_or(left);
        let of = (LossCause::Refunded, self.id.as_str());
        let mut command = loss(payment, of, amount, self.reason.clone());
        command.request = self.request(&payment.op);
        command
    }
}

/// ```json
/// { "id": "re_1", "type": "refunded", "payment_id": "stripe:pi:pi_1", "currency": "USD", "amount": "5",
///   "lost": "5", "paid": "10", "taken": [], "owed": [], "given_back": [], "reason": null,
///   "entry": 19, "created_at": "…", "balances": [] }
/// ```
#[derive(Serialize)]
struct LossReply<'a> {
    id: &'a str,
    /// `refunded`, `refund_failed`, `funds_withdrawn` or `funds_reinstated`.
    #[serde(rename = "type")]
    kind: &'static str,
    /// The operation that credited the payment.
    payment: &'a str,
    currency: &'a str,
    /// Of this refund or dispute.
    amount: Amount,
    /// By all refunds and disputes of the payment that stand.
    lost: Amount,
    paid: Amount,
    /// What this took of the payment's grants.
    taken: Vec<OfGrant>,
    /// What it made debt, because it was used already.
    owed: Vec<Money>,
    /// What it gave back, to grants and as less debt.
    given_back: Vec<Money>,
    reason: Option<&'a str>,
    /// The number of the journal entry; none where it is only a preview.
    #[serde(skip_serializing_if = "Option::is_none")]
    entry: Option<u64>,
    created_at: String,
    balances: Vec<BalanceReply<'a>>,
}

#[derive(Serialize)]
struct OfGrant {
    grant_id: String,
    account: String,
    amount: Amount,
}

/// The sum of some moves of each account, where there are any.
fn sums(entry: &Entry, of: impl Fn(&Move) -> Option<Amount>) -> Vec<Money> {
    let sum = |change: &AccountChange| Money {
        asset: change.account.asset.clone(),
        amount: change
            .moves
            .iter()
            .filter_map(&of)
            .fold(Amount::ZERO, Amount::folded_plus),
    };
    let all = entry.changes.iter().map(sum);
    all.filter(|one| one.amount.is_positive()).collect()
}

/// What a refund or a dispute did, from its entry alone. `None` for an entry that is neither.
#[must_use]
pub fn claim(customer: &str, entry: &Entry, is_preview: bool) -> Option<String> {
    let Fact::PaymentLoss(loss) = &entry.fact else {
        return None;
    };
    let Loss {
        payment,
        cause,
        id,
        amount,
        currency,
        lost,
        paid,
        reason,
        ..
    } = loss;
    let drawn = entry.changes.iter().flat_map(|change| {
        let moves = change.moves.iter();
        moves.filter_map(|one| match one {
            Move::Draw(draw) => Some(OfGrant {
                grant_id: ids::of_wallet("grant", customer, draw.grant),
                account: change.account.to_string(),
                amount: draw.amount,
            }),
            _ => None,
        })
    });
    Some(json(&LossReply {
        id,
        kind: cause.word(),
        payment,
        currency,
        amount: *amount,
        lost: *lost,
        paid: *paid,
        taken: drawn.collect(),
        owed: sums(entry, |one| match one {
            Move::Borrow { amount } => Some(*amount),
            _ => None,
        }),
        given_back: sums(entry, |one| match one {
            Move::Restore {
                amount, from: None, ..
            }
            | Move::Forgive { amount } => Some(*amount),
            _ => None,
        }),
        reason: reason.as_deref(),
        entry: (!is_preview).then_some(entry.seq),
        created_at: time::format(entry.at),
        balances: balances(entry),
    }))
}
