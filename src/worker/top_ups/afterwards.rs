//! What the simulated processor says of a payment after it was credited: refunds that are made or fail, and a dispute.
//! Each word becomes a claim, kept and told as those of Stripe's events are, so that a wallet behaves the same.
//!
//! | button | claims |
//! |---|---|
//! | `refund` | `refunded`, of all that is left or of `amount` |
//! | `refund_failed` | `refund_failed`, of the last refund |
//! | `dispute` | `dispute_opened`, of all that is left |
//! | `withdraw` | `funds_withdrawn` |
//! | `win` | `dispute_closed`, and `funds_reinstated` where the money was taken |
//! | `lose` | `dispute_closed`, and `funds_withdrawn` |
//!
//! Refunds have numbers, so that a button that is pressed twice is one refund.

use crate::engine::Amount;
use crate::stripe::{Claim, ClaimEvent};
use crate::wire::problem::{Failure, Problem};
use crate::worker::edge::context::Context;
use crate::worker::edge::principal::Principal;
use crate::worker::payments::claims::{
    Credited, Kept, Told, kept_in, look_up, receive_credited, tell,
};

use super::row::TopUp;

/// The most refunds of one payment; only a script comes so far.
const MAX_REFUNDS: u32 = 99;

/// How a dispute has ended.
const WON: &str = "won";
const LOST: &str = "lost";

/// A refund, by its number.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Refund {
    pub number: u32,
    pub amount: Amount,
    pub has_failed: bool,
}

/// The one dispute that a simulated payment can have.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Dispute {
    pub amount: Amount,
    pub is_withdrawn: bool,
    pub is_reinstated: bool,
    /// `won` or `lost`, once it is over.
    pub ended: Option<String>,
}

/// What has been said of a payment so far.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Standing {
    /// By their numbers.
    pub refunds: Vec<Refund>,
    pub dispute: Option<Dispute>,
    paid: Amount,
}

/// What a button says.
struct Saying {
    what: ClaimEvent,
    id: String,
    amount: Amount,
    reason: Option<&'static str>,
}

/// What was sent with a button.
pub struct Pressed<'a> {
    pub action: &'a str,
    pub amount: Option<String>,
    pub number: Option<String>,
}

impl Standing {
    /// # Errors
    /// `unavailable`: whoever looks again finishes what was interrupted.
    pub async fn of(context: &Context<'_>, row: &TopUp) -> Result<Self, Problem> {
        let who = row.who(context)?;
        let answer = context.directory(look_up(&who, &row.id).into()).await?;
        let kept = kept_in((&answer, 0))?;
        // Kept and not told: somebody was stopped in between, and whoever comes next finishes it.
        if kept.iter().any(|claim| !claim.told) {
            let op = op_of(row);
            let credited = credited(row, &op);
            let told = tell(context, &who, &credited, (&answer, 0), None).await?;
            check(&told)?;
        }
        Ok(Self::read(row, &kept))
    }

    fn read(row: &TopUp, kept: &[Kept]) -> Self {
        let find = |what: ClaimEvent, id: &str| {
            kept.iter()
                .find(|claim| claim.what == what && claim.id == id)
        };
        let failed = |number| find(ClaimEvent::RefundFailed, &refund_id(row, number)).is_some();
        let refund = |number| {
            let claim = find(ClaimEvent::Refunded, &refund_id(row, number))?;
            Some(Refund {
                number,
                amount: claim.amount,
                has_failed: failed(number),
            })
        };
        let mut refunds: Vec<Refund> = (1..=MAX_REFUNDS).filter_map(refund).collect();
        // Those of before a refund was kept as a claim took all of it, so the row alone tells them.
        if refunds.is_empty() && row.refunded_at.is_some() {
            refunds.push(Refund {
                number: 1,
                amount: row.amount,
                has_failed: failed(1),
            });
        }
        // One of a number, because this processor knows no second dispute of a payment.
        let id = dispute_id(row);
        let has = |what| find(what, &id).is_some();
        let dispute = find(ClaimEvent::DisputeOpened, &id).map(|opened| Dispute {
            amount: opened.amount,
            is_withdrawn: has(ClaimEvent::FundsWithdrawn),
            is_reinstated: has(ClaimEvent::FundsReinstated),
            ended: find(ClaimEvent::DisputeClosed, &id).and_then(|claim| claim.reason.clone()),
        });
        Self {
            refunds,
            dispute,
            paid: row.amount,
        }
    }

    /// What went back to the payer by refunds.
    pub fn refunded(&self) -> Amount {
        let standing = self.refunds.iter().filter(|refund| !refund.has_failed);
        standing.fold(Amount::ZERO, |sum, refund| {
            sum.saturating_plus(refund.amount)
        })
    }

    /// What can still be refunded or disputed.
    pub fn left(&self) -> Amount {
        let of = |dispute: &Dispute| {
            let is_gone = dispute.is_withdrawn && !dispute.is_reinstated;
            if is_gone {
                dispute.amount
            } else {
                Amount::ZERO
            }
        };
        let disputed = self.dispute.as_ref().map_or(Amount::ZERO, of);
        let gone = self.refunded().saturating_plus(disputed);
        self.paid.folded_minus(gone).max(Amount::ZERO)
    }

    /// All of it went back by refunds.
    pub fn is_refunded(&self) -> bool {
        self.refunded() >= self.paid
    }

    /// The refund that would fail, if one did now.
    pub fn last(&self) -> Option<&Refund> {
        self.refunds.iter().rev().find(|refund| !refund.has_failed)
    }

    /// The number of the next refund.
    pub fn next(&self) -> u32 {
        self.refunds
            .last()
            .map_or(1, |last| last.number.saturating_add(1))
    }

    /// What a button says, or why it says nothing.
    fn says(&self, row: &TopUp, pressed: &Pressed<'_>) -> Result<Saying, String> {
        match pressed.action {
            "refund" => self.refund(row, pressed),
            "refund_failed" => {
                let named = numbered(pressed, None)?;
                let of = |number| self.refunds.iter().find(|one| one.number == number);
                let refund = named.map_or_else(|| self.last(), of);
                let refund = refund.ok_or("There is no refund that could fail.")?;
                Ok(Saying {
                    what: ClaimEvent::RefundFailed,
                    id: refund_id(row, refund.number),
                    amount: refund.amount,
                    reason: Some("declined"),
                })
            }
            action => self.disputed(row, action),
        }
    }

    fn refund(&self, row: &TopUp, pressed: &Pressed<'_>) -> Result<Saying, String> {
        let number = numbered(pressed, Some(1))?.unwrap_or(1);
        let parsed = pressed
            .amount
            .as_deref()
            .map(|text| Amount::parse(text.trim()));
        let asked = parsed.transpose();
        let asked = asked.map_err(|_| "The amount is no number. Write it as 5 or 4.99.")?;
        let said = |amount| Saying {
            what: ClaimEvent::Refunded,
            id: refund_id(row, number),
            amount,
            reason: None,
        };
        if let Some(known) = self.refunds.iter().find(|one| one.number == number) {
            // Pressed again it is the same refund; another amount would be another one.
            if asked.is_none_or(|amount| amount == known.amount) {
                return Ok(said(known.amount));
            }
            let Refund { amount, .. } = known;
            let detail =
                format!("Refund {number} is of {amount}. Send another number for another one.");
            return Err(detail);
        }
        let left = self.left();
        let amount = asked.unwrap_or(left);
        let places = crate::stripe::places(&row.currency).unwrap_or_default();
        if !amount.is_positive() || amount > left || amount.places() > places {
            let currency = &row.currency;
            return Err(format!(
                "{left} {currency} of this payment are left to refund."
            ));
        }
        Ok(said(amount))
    }

    fn disputed(&self, row: &TopUp, action: &str) -> Result<Saying, String> {
        let none = "There is no dispute of this payment. Open one first.";
        let (what, reason) = match action {
            "dispute" => (ClaimEvent::DisputeOpened, Some("fraudulent")),
            "withdraw" => (ClaimEvent::FundsWithdrawn, None),
            "win" => (ClaimEvent::DisputeClosed, Some(WON)),
            _ => (ClaimEvent::DisputeClosed, Some(LOST)),
        };
        let amount = match &self.dispute {
            // Pressed again it is the same dispute, since a payment can have only one here.
            Some(dispute) => {
                let ended = dispute.ended.as_deref();
                let is_late = match what {
                    ClaimEvent::FundsWithdrawn => !dispute.is_withdrawn && ended.is_some(),
                    ClaimEvent::DisputeClosed => ended.is_some_and(|ended| reason != Some(ended)),
                    _ => false,
                };
                if is_late {
                    return Err("The dispute is over.".to_owned());
                }
                dispute.amount
            }
            None if what == ClaimEvent::DisputeOpened && self.left().is_positive() => self.left(),
            None if what == ClaimEvent::DisputeOpened => {
                return Err("Nothing of this payment is left to dispute.".to_owned());
            }
            None => return Err(none.to_owned()),
        };
        Ok(Saying {
            what,
            id: dispute_id(row),
            amount,
            reason,
        })
    }

    /// What an end of the dispute brings with it. Read after each word, so that whoever speaks last sees all, in
    /// whatever order two buttons were pressed.
    fn follows(&self, row: &TopUp) -> Option<Saying> {
        let dispute = self.dispute.as_ref()?;
        let what = match dispute.ended.as_deref()? {
            WON if dispute.is_withdrawn && !dispute.is_reinstated => ClaimEvent::FundsReinstated,
            LOST if !dispute.is_withdrawn => ClaimEvent::FundsWithdrawn,
            _ => return None,
        };
        Some(Saying {
            what,
            id: dispute_id(row),
            amount: dispute.amount,
            reason: None,
        })
    }
}

/// Says what a button says, and what follows from it. How the payment stands then, or why nothing was said.
///
/// # Errors
/// `unavailable`: the same again finishes it.
pub async fn say(
    context: &Context<'_>,
    row: &TopUp,
    pressed: &Pressed<'_>,
) -> Result<Result<Standing, String>, Problem> {
    let standing = Standing::of(context, row).await?;
    let saying = match standing.says(row, pressed) {
        Ok(saying) => saying,
        Err(sentence) => return Ok(Err(sentence)),
    };
    // Its end is told before its money moves, so that whoever is stopped in between leaves what the next press
    // finishes.
    tell_one(context, row, saying).await?;
    let mut standing = Standing::of(context, row).await?;
    if let Some(saying) = standing.follows(row) {
        tell_one(context, row, saying).await?;
        standing = Standing::of(context, row).await?;
    }
    Ok(Ok(standing))
}

async fn tell_one(context: &Context<'_>, row: &TopUp, saying: Saying) -> Result<(), Problem> {
    let who: Principal = row.who(context)?;
    let event_type = event_type(saying.what);
    let claim = Claim {
        // No processor has sent it, so it is named by what it says.
        event_id: format!("sim_{}_{}", saying.id, saying.what.code()),
        event_type: event_type.to_owned(),
        payment: row.id.clone(),
        what: saying.what,
        id: saying.id,
        amount: saying.amount.to_string(),
        currency: row.currency.clone(),
        reason: saying.reason.map(str::to_owned),
    };
    let op = op_of(row);
    let told = receive_credited(context, &who, &claim, &credited(row, &op)).await?;
    check(&told)
}

/// # Errors
/// `unavailable` where the wallet did not answer.
fn check(told: &Told) -> Result<(), Problem> {
    if matches!(told, Told::Open(_)) {
        let detail = "It is noted, but the wallet did not answer yet. Try again: it counts once.";
        return Err(Failure::Unavailable.because(detail));
    }
    Ok(())
}

fn credited<'a>(row: &'a TopUp, op: &str) -> Credited<'a> {
    Credited {
        payment: &row.id,
        customer: &row.customer_id,
        op: Some(op.to_owned()),
    }
}

fn op_of(row: &TopUp) -> String {
    format!("topup:{}", row.id)
}

/// The first one has the name of its payment, as ever.
fn refund_id(row: &TopUp, number: u32) -> String {
    match number {
        1 => row.id.clone(),
        _ => format!("{}:{number}", row.id),
    }
}

/// Not the name of the payment, because that is the one of its first refund.
fn dispute_id(row: &TopUp) -> String {
    format!("dp_{}", row.id)
}

/// Stripe's word for the same.
const fn event_type(what: ClaimEvent) -> &'static str {
    match what {
        ClaimEvent::Refunded => "refund.created",
        ClaimEvent::RefundFailed => "refund.failed",
        ClaimEvent::ChargeRefunded => "charge.refunded",
        ClaimEvent::FundsWithdrawn => "charge.dispute.funds_withdrawn",
        ClaimEvent::FundsReinstated => "charge.dispute.funds_reinstated",
        ClaimEvent::DisputeOpened => "charge.dispute.created",
        ClaimEvent::DisputeClosed => "charge.dispute.closed",
        ClaimEvent::FraudWarning => "radar.early_fraud_warning.created",
    }
}

/// The number of a refund that was sent along.
///
/// # Errors
/// A sentence where it is none.
fn numbered(pressed: &Pressed<'_>, absent: Option<u32>) -> Result<Option<u32>, String> {
    let Some(text) = &pressed.number else {
        return Ok(absent);
    };
    let number = text
        .parse()
        .ok()
        .filter(|number| (1..=MAX_REFUNDS).contains(number));
    let wrong = || format!("A refund has a number from 1 to {MAX_REFUNDS}.");
    number.map(Some).ok_or_else(wrong)
}
