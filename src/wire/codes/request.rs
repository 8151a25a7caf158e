//! What requests say of redeem codes.

use serde::Serialize;

use crate::engine::command::Metadata;
use crate::engine::scope::Scope;
use crate::engine::time::SECONDS_OF_A_DAY;
use crate::engine::{AccountId, Amount, Instant};
use crate::wire::json::{Errors, Object};
use crate::wire::problem::Problem;
use crate::wire::request::{MAX_WORDS, above_zero, account, read};
use crate::wire::scope::restricted_to;

use super::text::CodeText;

/// Most codes of one call.
pub const MAX_CODES: u32 = 500;

/// Most customers who redeem one code.
pub const MAX_REDEMPTIONS: u32 = 1_000_000;

/// Most days for which redeemed credit can be used, where it is said in days.
pub const MAX_CREDIT_DAYS: u32 = 3_650;

/// Longest text that is looked at as a code, in characters.
const MAX_TYPED: usize = 64;

/// `POST /v1/codes`.
///
/// ```json
/// { "amount": "5", "asset": "USD", "count": 100, "max_redemptions": 1,
///   "expires_at": "2027-01-01T00:00:00Z", "credit_expires_days": 30, "description": "Winter fair" }
/// ```
///
/// It is serialized to be digested: the same request under one id makes the same codes.
#[derive(Clone, PartialEq, Eq, Debug, Serialize)]
pub struct NewCodes {
    /// What each redemption credits.
    pub amount: Amount,
    pub account: AccountId,
    /// What the credit may be spent on.
    pub scope: Scope,
    /// How many codes of this kind are made.
    pub count: u32,
    /// How many customers may redeem one, each of them once.
    pub max_redemptions: u32,
    /// From when on nobody redeems it any more; never where nothing is said.
    pub expires_at: Option<Instant>,
    pub credit_end: CreditEnd,
    pub description: Option<String>,
    pub metadata: Metadata,
}

/// From when on the credit of a code cannot be used any more.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize)]
pub enum CreditEnd {
    Never,
    At(Instant),
    /// So many days of 24 hours after it was redeemed.
    Days(u32),
}

impl CreditEnd {
    fn read(object: &Object<'_>, errors: &mut Errors) -> Self {
        let at = object.time("credit_expires_at", errors);
        let days = object.whole("credit_expires_days", 1..=MAX_CREDIT_DAYS, errors);
        // One would have to win where both are given, and nobody could tell which.
        match (at, days) {
            (None, None) => Self::Never,
            (Some(at), None) => Self::At(at),
            (None, Some(days)) => Self::Days(days),
            (Some(at), Some(_)) => {
                let sentence = "must be left out when credit_expires_at is given";
                errors.add("credit_expires_days", sentence);
                Self::At(at)
            }
        }
    }

    /// The end of credit that is redeemed at a moment.
    #[must_use]
    pub fn of(self, redeemed: Instant) -> Option<Instant> {
        match self {
            Self::Never => None,
            Self::At(at) => Some(at),
            Self::Days(days) => Some(redeemed.plus_seconds(days.saturating_mul(SECONDS_OF_A_DAY))),
        }
    }
}

impl NewCodes {
    /// # Errors
    /// As [`read`].
    pub fn read(body: &str) -> Result<Self, Problem> {
        read(body, |object, errors| {
            let amount = above_zero(object, "amount", errors);
            let amount = object.require("amount", amount, errors);
            let account = account(object, errors);
            // Nothing asks for a purpose: credit that nobody paid for must never look paid.
            let scope = restricted_to(object, errors);
            let count = object.whole("count", 1..=MAX_CODES, errors);
            let most = object.whole("max_redemptions", 1..=MAX_REDEMPTIONS, errors);
            let expires_at = object.time("expires_at", errors);
            let credit_end = CreditEnd::read(object, errors);
            let description = object.text("description", MAX_WORDS, errors);
            let metadata = object.metadata("metadata", errors);
            Some(Self {
                amount: amount?,
                account: account?,
                scope,
                count: count.unwrap_or(1),
                max_redemptions: most.unwrap_or(1),
                expires_at,
                credit_end,
                description,
                metadata,
            })
        })
    }

    /// What can be wrong at one time and right at another, so it is asked of new codes only.
    ///
    /// # Errors
    /// `validation_failed` when nobody could redeem it, or its credit would be over already.
    pub fn check_times(&self, now: Instant) -> Result<(), Problem> {
        let mut errors = Errors::default();
        if self.expires_at.is_some_and(|end| end <= now) {
            errors.add("expires_at", "must be in the future");
        }
        if matches!(self.credit_end, CreditEnd::At(end) if end <= now) {
            errors.add("credit_expires_at", "must be in the future");
        }
        Ok(errors.check(Some(()))?)
    }
}

/// `…/codes/preview` and `…/codes/redeem`: `{ "code": "7K4M-9QPD-X2HT-6WRB" }`.
///
/// # Errors
/// As [`read`]; a code that is mistyped is told so, which says nothing of any that there is.
pub fn read_code(body: &str) -> Result<CodeText, Problem> {
    read(body, |object, errors| {
        let typed = object.text("code", MAX_TYPED, errors);
        let typed = object.require("code", typed, errors)?;
        let code = CodeText::parse(&typed);
        if code.is_none() {
            errors.add("code", MISTYPED);
        }
        code
    })
}

/// The same of a form's field.
///
/// # Errors
/// `validation_failed` where it is mistyped.
pub fn read_typed(typed: &str) -> Result<CodeText, Problem> {
    CodeText::parse(typed).ok_or_else(|| Problem::field("code", MISTYPED))
}

const MISTYPED: &str = "is not written as a code is: 16 letters and digits, never 0, O, 1 or I; \
                        check each of them";
