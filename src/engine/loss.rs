//! What a payment has lost: by refunds, and by disputes whose funds were withdrawn.
//!
//! ```text
//! lost  = min(paid, sum of the claims that stand)        refunds and disputes together
//! taken = granted * lost / paid                          of each grant that the payment opened,
//!                                                        rounded once, half to even
//!       = drawn + passed + owed
//! ```
//!
//! | a part of what is taken | was | comes back |
//! |---|---|---|
//! | `drawn` | still there, and is not any more | to the grant, after `owed` |
//! | `passed` | gone without being used: it had lapsed, or was voided | as nothing, last |
//! | `owed` | used, so that it became debt | first, as less debt |
//!
//! ```text
//! revenue_lost = revenue * lost / paid                        the part that revenue is less by; of an invoice alone
//! ```
//!
//! A grant is of one payment: where two invoices have paid one period, of the one that loses something first.
//!
//! A claim stands from when it is first told until it is over: a refund that has failed, a dispute whose funds
//! were reinstated. It is over for ever. So what is lost depends on which claims were told and never on their
//! order, nor on how often.

use serde::{Deserialize, Serialize};

use super::amount::{Amount, AmountError};
use super::asset::AccountId;
use super::grant::{Grant, GrantId};
use super::share::same_part;

/// What has become of a refund or of a dispute.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum LossCause {
    /// The money went back to the payer, or is on its way.
    Refunded,
    /// It did not get there.
    RefundFailed,
    /// The payer's bank took the money.
    FundsWithdrawn,
    /// And gave it back.
    FundsReinstated,
}

impl LossCause {
    /// The money leaves us; else it comes back.
    #[must_use]
    pub const fn takes(self) -> bool {
        matches!(self, Self::Refunded | Self::FundsWithdrawn)
    }

    /// Refunds and disputes have ids of their own.
    #[must_use]
    pub const fn claim(self) -> ClaimKind {
        match self {
            Self::Refunded | Self::RefundFailed => ClaimKind::Refund,
            Self::FundsWithdrawn | Self::FundsReinstated => ClaimKind::Dispute,
        }
    }

    /// The claim is over.
    #[must_use]
    pub const fn ends(self) -> bool {
        matches!(self, Self::RefundFailed | Self::FundsReinstated)
    }

    /// As a word of the API.
    #[must_use]
    pub const fn word(self) -> &'static str {
        match self {
            Self::Refunded => "refunded",
            Self::RefundFailed => "refund_failed",
            Self::FundsWithdrawn => "funds_withdrawn",
            Self::FundsReinstated => "funds_reinstated",
        }
    }
}

#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ClaimKind {
    Refund,
    Dispute,
}

/// A refund or a dispute of a payment.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct Claim {
    /// In snapshots since there are losses, as all of it.
    pub kind: ClaimKind,
    /// The processor's id, or the caller's.
    pub id: String,
    /// In the currency of the payment.
    pub amount: Amount,
    /// It failed, or the funds were reinstated.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub over: bool,
}

/// What is taken of one grant of a payment.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct LostPart {
    /// Format 1, added with refunds, as all of it.
    pub account: AccountId,
    pub grant: GrantId,
    /// What the payment gave, without tax that was given by mistake.
    pub granted: Amount,
    #[serde(default, skip_serializing_if = "Amount::is_zero_ref")]
    pub drawn: Amount,
    #[serde(default, skip_serializing_if = "Amount::is_zero_ref")]
    pub passed: Amount,
    #[serde(default, skip_serializing_if = "Amount::is_zero_ref")]
    pub owed: Amount,
}

impl LostPart {
    /// All that is taken.
    #[must_use]
    pub fn taken(&self) -> Amount {
        self.drawn.folded_plus(self.passed).folded_plus(self.owed)
    }

    /// Of what was taken so much was tax, which the payment should not have given: it is no loss any more.
    #[must_use]
    pub fn without_tax(&self, tax: Amount, returned: Amount) -> Self {
        let drawn = self.drawn.min(returned);
        let owed = self.owed.min(returned.folded_minus(drawn));
        let passed = returned.folded_minus(drawn).folded_minus(owed);
        Self {
            granted: self.granted.folded_minus(tax).max(Amount::ZERO),
            drawn: self.drawn.folded_minus(drawn),
            passed: self.passed.folded_minus(passed),
            owed: self.owed.folded_minus(owed),
            ..self.clone()
        }
    }
}

/// All that is known of the losses of one payment.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct PaymentLosses {
    /// In snapshots since there are losses, as all of it.
    pub paid: Amount,
    pub lost: Amount,
    pub claims: Vec<Claim>,
    pub parts: Vec<LostPart>,
}

/// What has become of a refund or of a dispute of a payment: what is asked of the wallet. The caller knows the
/// rows of the payment, and the wallet does not.
#[derive(Clone, PartialEq, Eq, Debug, Serialize)]
pub struct LossChange {
    /// The operation that credited the payment.
    pub payment: String,
    pub cause: LossCause,
    /// Of the refund or of the dispute.
    pub id: String,
    /// In the currency of the payment.
    pub amount: Amount,
    pub currency: String,
    /// What was paid, with its tax.
    pub paid: Amount,
    /// What of it was revenue at once: that of an invoice, without its tax. What pays for credit is revenue when the
    /// credit is used, so it has none.
    pub revenue: Amount,
    /// What it gave.
    pub grants: Vec<PaidGrant>,
    /// The processor's word, or the caller's own.
    pub reason: Option<String>,
}

/// A grant that a payment opened.
#[derive(Clone, PartialEq, Eq, Debug, Serialize)]
pub struct PaidGrant {
    pub account: AccountId,
    /// As it was when it was made.
    pub lot: Grant,
    /// What it gave, without tax that was given by mistake.
    pub granted: Amount,
    /// What of it is gone without being used.
    pub gone: Amount,
}

/// What a payment has lost changed: a journal row.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct Loss {
    /// The operation that credited the payment.
    /// Format 1, added with refunds, as all of it.
    pub payment: String,
    /// What happened.
    pub cause: LossCause,
    /// Of the refund or of the dispute.
    pub id: String,
    /// Of that refund or dispute alone.
    pub amount: Amount,
    /// Of this and what was paid.
    pub currency: String,
    /// By all refunds and disputes that stand now; never more than was paid.
    pub lost: Amount,
    /// With its tax.
    pub paid: Amount,
    /// By so much revenue is less than before, or more: what was paid is revenue where an invoice asked for it, and
    /// then no usage is. Added with refunds of invoices: absent means nothing, as of all credit.
    #[serde(default, skip_serializing_if = "Amount::is_zero_ref")]
    pub revenue_lost: Amount,
    /// By so much `lost` is more than before, or less: rows are summed one by one. Rows of before it was noted have
    /// none.
    #[serde(default, skip_serializing_if = "Amount::is_zero_ref")]
    pub change: Amount,
    /// What is taken of each of its grants now.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub parts: Vec<LostPart>,
    /// The processor's word, or the caller's own.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reason: Option<String>,
}

/// The claims with one more that is told, or with one that is over. What is known of it already stays.
#[must_use]
pub fn told(claims: &[Claim], cause: LossCause, id: &str, amount: Amount) -> Vec<Claim> {
    let mut claims = claims.to_vec();
    let kind = cause.claim();
    let known = |one: &&mut Claim| one.kind == kind && one.id == id;
    match claims.iter_mut().find(known) {
        Some(claim) => claim.over |= cause.ends(),
        None => claims.push(Claim {
            kind,
            id: id.to_owned(),
            amount,
            over: cause.ends(),
        }),
    }
    claims
}

/// What all claims that stand come to; never more than was paid.
#[must_use]
pub fn lost(claims: &[Claim], paid: Amount) -> Amount {
    let standing = claims.iter().filter(|claim| !claim.over);
    // Bounded at each step, so that no sum leaves the bounds of an amount.
    standing.fold(Amount::ZERO, |sum, claim| {
        sum.saturating_plus(claim.amount).min(paid)
    })
}

/// What is to be taken of a grant.
///
/// # Errors
/// [`AmountError::TooLarge`] when a fraction needs more than 38 digits.
pub fn taken(
    granted: Amount,
    precision: u32,
    lost: Amount,
    paid: Amount,
) -> Result<Amount, AmountError> {
    if lost.is_zero() {
        return Ok(Amount::ZERO);
    }
    let part = same_part(granted, precision, (lost, paid))?;
    Ok(part.min(granted))
}
