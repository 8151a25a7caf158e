//! One table from refusals and failures to HTTP: status, code, sentence (RFC 9457).
//!
//! A *refusal* is the engine's: the call was understood, and the rules say no. A *failure* is the
//! server's: the call could not be understood, was not allowed, or something broke. Callers see
//! both in the same form, and `retryable` tells them whether the same call can succeed later.
//!
//! ```json
//! { "type": "urn:scrip:problem:insufficient_funds", "title": "insufficient funds", "status": 402,
//!   "code": "insufficient_funds", "detail": "…", "retryable": true, "request_id": "req_…",
//!   "shortfall": [ { "asset": "USD", "amount": "0.31" } ] }
//! ```

use std::collections::BTreeMap;

use serde::Serialize;

use crate::engine::budget::Exceeded;
use crate::engine::refusal::Shortage;
use crate::engine::{Amount, Refusal};

use super::json::{Errors, MAX_ERRORS};
use super::lacking::{AffordableReply, ExceededReply, Held, Lacking, ShortReply, affordable};
use super::reply::Money;
use super::time;

/// An error as callers see it.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Problem {
    /// The HTTP status, 400 or above.
    pub status: u16,
    /// The word that clients tell problems apart by; once published it never changes its meaning.
    pub code: &'static str,
    /// What was wrong and what to do.
    pub detail: String,
    /// The same call, with the same id, may succeed later.
    pub retryable: bool,
    /// What is wrong by field path: `events[2].data.tokens`. Empty for most codes.
    pub errors: Errors,
    /// What there was too little of, for status 402.
    pub lacking: Box<Lacking>,
    /// The methods that the path answers to, where the request's is none of them.
    pub allow: Vec<&'static str>,
    /// The seconds after which the same call is worth trying again, where that is known.
    pub retry_after: Option<u16>,
}

/// The problems of what is around the engine; those of the engine are its refusals.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Failure {
    /// Not JSON, not UTF-8, not an object, or nested too deeply.
    MalformedBody,
    /// No key, an unknown one, or a revoked one.
    Unauthorized,
    /// It is to be paid first; the challenge beside it says how.
    PaymentRequired,
    /// The key is good and may not do this.
    Forbidden,
    /// No such thing, also where it is somebody else's: strangers are not told that it exists.
    NotFound,
    /// A local server was asked by a name that is not its own.
    WrongHost,
    /// The path exists, for another method.
    MethodNotAllowed,
    /// The same code or external id, with other details.
    AlreadyExists,
    /// Archived, rotated or in use, so that this cannot be done to it.
    WrongState,
    /// Longer than [`MAX_BODY`](super::json::MAX_BODY), or than a webhook's data may be.
    BodyTooLarge,
    /// Something else than `application/json`.
    UnsupportedMediaType,
    /// JSON of the wrong shape; `errors` says where.
    ValidationFailed,
    /// Nobody takes payments on the live side.
    PaymentsNotConfigured,
    /// Who takes the payments has said no: to the key, or to what was asked.
    ProcessorRefused,
    /// The deployment lacks a variable that this call needs.
    NotConfigured,
    /// As many of these exist already as there may be: fewer first, then this one.
    QuotaReached,
    /// A code that is none, has ended or was used up: strangers are not told which.
    CodeNotRedeemable,
    /// An id of the other side: a test id under a live key, or the other way round.
    WrongSide,
    /// Not signed by Stripe, or not now.
    SignatureRejected,
    /// More calls than the limits allow; nothing was looked at.
    TooManyRequests,
    /// Something behind the server did not answer, so the outcome is open.
    Unavailable,
    /// The server stopped at this call, so the outcome is open.
    Internal,
}

impl Failure {
    /// Every failure, in the order of their status.
    pub const ALL: [Self; 22] = [
        Self::MalformedBody,
        Self::SignatureRejected,
        Self::Unauthorized,
        Self::PaymentRequired,
        Self::Forbidden,
        Self::NotFound,
        Self::WrongSide,
        Self::CodeNotRedeemable,
        Self::MethodNotAllowed,
        Self::AlreadyExists,
        Self::WrongState,
        Self::BodyTooLarge,
        Self::UnsupportedMediaType,
        Self::WrongHost,
        Self::ValidationFailed,
        Self::PaymentsNotConfigured,
        Self::ProcessorRefused,
        Self::NotConfigured,
        Self::QuotaReached,
        Self::TooManyRequests,
        Self::Internal,
        Self::Unavailable,
    ];

    /// The `code` of the problem: the failure's name in snake case, with `internal_error` for the
    /// last.
    #[must_use]
    pub const fn code(self) -> &'static str {
        match self {
            Self::MalformedBody => "malformed_body",
            Self::Unauthorized => "unauthorized",
            Self::PaymentRequired => "payment_required",
            Self::Forbidden => "forbidden",
            Self::NotFound => "not_found",
            Self::WrongHost => "wrong_host",
            Self::MethodNotAllowed => "method_not_allowed",
            Self::AlreadyExists => "already_exists",
            Self::WrongState => "wrong_state",
            Self::BodyTooLarge => "body_too_large",
            Self::UnsupportedMediaType => "unsupported_media_type",
            Self::ValidationFailed => "validation_failed",
            Self::PaymentsNotConfigured => "payments_not_configured",
            Self::ProcessorRefused => "processor_refused",
            Self::NotConfigured => "not_configured",
            Self::QuotaReached => "quota_reached",
            Self::WrongSide => "wrong_side",
            Self::CodeNotRedeemable => "code_not_redeemable",
            Self::SignatureRejected => "signature_rejected",
            Self::TooManyRequests => "too_many_requests",
            Self::Unavailable => "unavailable",
            Self::Internal => "internal_error",
        }
    }

    /// Its HTTP status.
    #[must_use]
    pub const fn status(self) -> u16 {
        match self {
            Self::MalformedBody | Self::SignatureRejected => 400,
            Self::Unauthorized => 401,
            Self::PaymentRequired => 402,
            Self::Forbidden => 403,
            Self::NotFound | Self::WrongSide | Self::CodeNotRedeemable => 404,
            Self::MethodNotAllowed => 405,
            Self::AlreadyExists | Self::WrongState => 409,
            Self::BodyTooLarge => 413,
            Self::UnsupportedMediaType => 415,
            Self::WrongHost => 421,
            // A 503 would be sent again by clients, and again there would be nobody to pay.
            // Nothing frees a quota by itself soon, so it is no 429, which clients send again.
            Self::ValidationFailed
            | Self::PaymentsNotConfigured
            | Self::ProcessorRefused
            | Self::NotConfigured
            | Self::QuotaReached => 422,
            Self::TooManyRequests => 429,
            Self::Internal => 500,
            Self::Unavailable => 503,
        }
    }

    /// The outcome is unknown or may change: the same call may be sent again.
    #[must_use]
    pub const fn retryable(self) -> bool {
        // All other failures are about the request itself, so sending it again cannot help.
        matches!(
            self,
            Self::TooManyRequests | Self::Internal | Self::Unavailable
        )
    }

    /// The problem, with a sentence for whoever reads the log of the caller: what was wrong, and
    /// what to do.
    #[must_use]
    pub fn because(self, detail: impl Into<String>) -> Problem {
        Problem {
            status: self.status(),
            code: self.code(),
            detail: detail.into(),
            retryable: self.retryable(),
            errors: Errors::default(),
            lacking: Box::default(),
            allow: Vec::new(),
            retry_after: None,
        }
    }
}

/// The status of each refusal where a call fails. A denied authorization is a 200 and never here.
#[must_use]
pub const fn status(refusal: &Refusal) -> u16 {
    match refusal {
        Refusal::FundsHeld { .. }
        | Refusal::InsufficientFunds { .. }
        | Refusal::BudgetExceeded { .. } => 402,
        Refusal::WrongWallet => 403,
        Refusal::WalletNotFound
        | Refusal::SubscriptionNotFound
        | Refusal::ProductNotFound { .. }
        | Refusal::HoldNotFound
        | Refusal::PaymentNotFound
        | Refusal::RechargeNotFound
        | Refusal::BudgetNotFound { .. } => 404,
        Refusal::WalletAlreadyOpen
        | Refusal::AlreadySubscribed { .. }
        | Refusal::SubscriptionEnded
        | Refusal::GrantEnded
        | Refusal::WalletFrozen { .. }
        | Refusal::HoldAlreadyEnded { .. } => 409,
        Refusal::OperationIdReused
        | Refusal::CatchingUp { .. }
        | Refusal::AssetRequired
        | Refusal::UnknownAsset { .. }
        | Refusal::TooPrecise { .. }
        | Refusal::ExpiresInPast
        | Refusal::TooManyGrants { .. }
        | Refusal::ExceedsGrant { .. }
        | Refusal::NothingToReverse
        | Refusal::NothingToPrice
        | Refusal::EventTooLate { .. }
        | Refusal::EventInFuture { .. }
        | Refusal::UsageNotANumber { .. }
        | Refusal::AmountOutOfRange
        | Refusal::TooManyFees { .. }
        | Refusal::PriceMissing { .. }
        | Refusal::TooManySubscriptions { .. }
        | Refusal::TooManyOpenHolds { .. }
        | Refusal::TooManyBudgets { .. }
        | Refusal::TooManyBudgetValues { .. }
        | Refusal::TooLarge { .. }
        | Refusal::TooManyGrantsHeld { .. }
        | Refusal::TooManyAccounts { .. }
        | Refusal::WalletFull { .. } => 422,
    }
}

impl Problem {
    /// `validation_failed` with all that is wrong. The sentence names the first five fields, so
    /// that it helps where only sentences are shown.
    #[must_use]
    pub fn invalid(errors: Errors) -> Self {
        let fields: Vec<&str> = errors.by_field().keys().map(String::as_str).collect();
        let named = fields
            .iter()
            .take(5)
            .copied()
            .collect::<Vec<_>>()
            .join(", ");
        let mut detail = format!("Correct these fields and send the request again: {named}.");
        if errors.is_full() {
            let more = format!(" Only the first {MAX_ERRORS} errors are listed.");
            detail.push_str(&more);
        }
        Self {
            errors,
            ..Failure::ValidationFailed.because(detail)
        }
    }

    /// More calls than the limits allow: the same one is let through after so many seconds.
    #[must_use]
    pub fn too_many_requests(seconds: u16) -> Self {
        let unit = if seconds == 1 { "second" } else { "seconds" };
        let detail = format!(
            "There were too many calls. Wait for {seconds} {unit}, and send the same call again."
        );
        Self {
            retry_after: Some(seconds),
            ..Failure::TooManyRequests.because(detail)
        }
    }

    /// A single field that is wrong.
    #[must_use]
    pub fn field(path: &str, sentence: impl Into<String>) -> Self {
        let mut errors = Errors::default();
        errors.add(path, sentence);
        Self::invalid(errors)
    }

    /// The problem as JSON. `request_id` is what a caller quotes when it asks about a call.
    #[must_use]
    pub fn body(&self, request_id: &str) -> String {
        let (shortages, exceeded): (&[Shortage], &[Exceeded]) = match &*self.lacking {
            Lacking::Nothing => (&[], &[]),
            Lacking::Money(shortages) => (shortages, &[]),
            Lacking::Held(held) => (&held.shortages, &[]),
            Lacking::Budgets(exceeded) => (&[], exceeded),
        };
        let (held, frees_at) = match &*self.lacking {
            Lacking::Held(held) => (held.held.as_slice(), Some(time::format(held.frees_at))),
            Lacking::Nothing | Lacking::Money(_) | Lacking::Budgets(_) => (&[][..], None),
        };
        let money = |(asset, amount): &(String, Amount)| Money {
            asset: asset.clone(),
            amount: *amount,
        };
        let body = Body {
            // A name rather than an address, so that nothing has to be served there for it to stay
            // true.
            kind: format!("urn:scrip:problem:{}", self.code),
            // RFC 9457 wants it the same for every problem of a type, so only the detail says more.
            title: self.code.replace('_', " "),
            status: self.status,
            code: self.code,
            detail: &self.detail,
            retryable: self.retryable,
            request_id,
            errors: self.errors.by_field(),
            shortfall: shortages.iter().map(ShortReply::new).collect(),
            affordable: affordable(shortages),
            held: held.iter().map(money).collect(),
            frees_at,
            budgets: exceeded.iter().map(ExceededReply::from).collect(),
        };
        // Its keys are strings and it has no floats, so writing it cannot fail.
        serde_json::to_string(&body).unwrap_or_default()
    }
}

impl From<Errors> for Problem {
    fn from(errors: Errors) -> Self {
        Self::invalid(errors)
    }
}

impl From<Refusal> for Problem {
    fn from(refusal: Refusal) -> Self {
        let mut problem = Self {
            status: status(&refusal),
            code: refusal.code(),
            detail: refusal.sentence(),
            retryable: refusal.retryable(),
            errors: Errors::default(),
            lacking: Box::default(),
            allow: Vec::new(),
            retry_after: None,
        };
        // These are about one field each, so they are told by field as well, like all that the
        // reader finds.
        if let Refusal::UsageNotANumber { event, field } = &refusal {
            let path = format!("events[{event}].data.{field}");
            problem.errors.add(&path, "must be a number from zero up");
        }
        if let Refusal::EventTooLate { event, .. } | Refusal::EventInFuture { event } = &refusal {
            let path = format!("events[{event}].occurred_at");
            problem.errors.add(&path, refusal.sentence());
        }
        if refusal == Refusal::ExpiresInPast {
            problem.errors.add("expires_at", "must not be in the past");
        }
        if let Refusal::PriceMissing { missing } = &refusal {
            for one in missing {
                let path = format!("events[{}].{}", one.event, one.field);
                problem
                    .errors
                    .add(&path, "is known to no price of this customer");
            }
        }
        *problem.lacking = match refusal {
            Refusal::InsufficientFunds { shortages } => Lacking::Money(shortages.into()),
            Refusal::FundsHeld {
                shortages,
                held,
                frees_at,
            } => Lacking::Held(Box::new(Held {
                shortages,
                held,
                frees_at,
            })),
            Refusal::BudgetExceeded { exceeded, .. } => Lacking::Budgets(exceeded.into()),
            _ => Lacking::Nothing,
        };
        problem
    }
}

/// The members of RFC 9457, and ours. Those that say nothing are left out.
#[derive(Serialize)]
struct Body<'a> {
    #[serde(rename = "type")]
    kind: String,
    title: String,
    status: u16,
    code: &'static str,
    detail: &'a str,
    retryable: bool,
    request_id: &'a str,
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    errors: &'a BTreeMap<String, Vec<String>>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    shortfall: Vec<ShortReply<'a>>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    affordable: Vec<AffordableReply<'a>>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    held: Vec<Money>,
    #[serde(skip_serializing_if = "Option::is_none")]
    frees_at: Option<String>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    budgets: Vec<ExceededReply<'a>>,
}
