//! One table from refusals and failures to HTTP: status, code, sentence (RFC 9457).

use std::collections::BTreeMap;

use serde::Serialize;

use crate::engine::Refusal;
use crate::engine::budget::Exceeded;
use crate::engine::refusal::Shortage;

use super::json::Errors;
use super::limits::ExceededReply;

/// An error as callers see it.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Problem {
    pub status: u16,
    pub code: &'static str,
    /// What was wrong and what to do.
    pub detail: String,
    pub retryable: bool,
    pub errors: Errors,
    pub lacking: Lacking,
    /// The methods that the path answers to, where the request's is none of them.
    pub allow: Vec<&'static str>,
}

/// What there was too little of.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub enum Lacking {
    #[default]
    Nothing,
    Money(Box<[Shortage]>),
    Budgets(Box<[Exceeded]>),
}

/// The problems of the shell; those of the engine are its refusals.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Failure {
    MalformedBody,
    Unauthorized,
    Forbidden,
    NotFound,
    MethodNotAllowed,
    AlreadyExists,
    WrongState,
    BodyTooLarge,
    UnsupportedMediaType,
    ValidationFailed,
    PaymentsNotConfigured,
    SignatureRejected,
    Unavailable,
    Internal,
}

impl Failure {
    /// Every failure, in the order of their status.
    pub const ALL: [Self; 14] = [
        Self::MalformedBody,
        Self::SignatureRejected,
        Self::Unauthorized,
        Self::Forbidden,
        Self::NotFound,
        Self::MethodNotAllowed,
        Self::AlreadyExists,
        Self::WrongState,
        Self::BodyTooLarge,
        Self::UnsupportedMediaType,
        Self::ValidationFailed,
        Self::PaymentsNotConfigured,
        Self::Internal,
        Self::Unavailable,
    ];

    #[must_use]
    pub const fn code(self) -> &'static str {
        match self {
            Self::MalformedBody => "malformed_body",
            Self::Unauthorized => "unauthorized",
            Self::Forbidden => "forbidden",
            Self::NotFound => "not_found",
            Self::MethodNotAllowed => "method_not_allowed",
            Self::AlreadyExists => "already_exists",
            Self::WrongState => "wrong_state",
            Self::BodyTooLarge => "body_too_large",
            Self::UnsupportedMediaType => "unsupported_media_type",
            Self::ValidationFailed => "validation_failed",
            Self::PaymentsNotConfigured => "payments_not_configured",
            Self::SignatureRejected => "signature_rejected",
            Self::Unavailable => "unavailable",
            Self::Internal => "internal_error",
        }
    }

    #[must_use]
    pub const fn status(self) -> u16 {
        match self {
            Self::MalformedBody | Self::SignatureRejected => 400,
            Self::Unauthorized => 401,
            Self::Forbidden => 403,
            Self::NotFound => 404,
            Self::MethodNotAllowed => 405,
            Self::AlreadyExists | Self::WrongState => 409,
            Self::BodyTooLarge => 413,
            Self::UnsupportedMediaType => 415,
            // A 503 would be sent again by clients, and again there would be nobody to pay.
            Self::ValidationFailed | Self::PaymentsNotConfigured => 422,
            Self::Internal => 500,
            Self::Unavailable => 503,
        }
    }

    /// The outcome is unknown or may change: the same call may be sent again.
    #[must_use]
    pub const fn retryable(self) -> bool {
        matches!(self, Self::Internal | Self::Unavailable)
    }

    #[must_use]
    pub fn because(self, detail: impl Into<String>) -> Problem {
        Problem {
            status: self.status(),
            code: self.code(),
            detail: detail.into(),
            retryable: self.retryable(),
            errors: Errors::default(),
            lacking: Lacking::Nothing,
            allow: Vec::new(),
        }
    }
}

/// The status of each refusal where a call fails. A denied authorization is a 200 and never here.
#[must_use]
pub const fn status(refusal: &Refusal) -> u16 {
    match refusal {
        Refusal::InsufficientFunds { .. } | Refusal::BudgetExceeded { .. } => 402,
        Refusal::WrongWallet => 403,
        Refusal::WalletNotFound
        | Refusal::SubscriptionNotFound
        | Refusal::ProductNotFound { .. }
        | Refusal::HoldNotFound
        | Refusal::PaymentNotFound
        | Refusal::BudgetNotFound { .. } => 404,
        Refusal::WalletAlreadyOpen
        | Refusal::AlreadySubscribed { .. }
        | Refusal::SubscriptionEnded
        | Refusal::HoldAlreadyEnded { .. } => 409,
        Refusal::OperationIdReused
        | Refusal::AssetRequired
        | Refusal::UnknownAsset { .. }
        | Refusal::TooPrecise { .. }
        | Refusal::EventTooLate { .. }
        | Refusal::EventInFuture { .. }
        | Refusal::UsageNotANumber { .. }
        | Refusal::AmountOutOfRange
        | Refusal::TooManySubscriptions { .. }
        | Refusal::TooManyOpenHolds { .. }
        | Refusal::TooManyBudgets { .. }
        | Refusal::TooManyBudgetValues { .. } => 422,
    }
}

impl Problem {
    #[must_use]
    pub fn invalid(errors: Errors) -> Self {
        let fields: Vec<&str> = errors.by_field().keys().map(String::as_str).collect();
        let named = fields
            .iter()
            .take(5)
            .copied()
            .collect::<Vec<_>>()
            .join(", ");
        let detail = format!("Correct these fields and send the request again: {named}.");
        Self {
            errors,
            ..Failure::ValidationFailed.because(detail)
        }
    }

    /// A single field that is wrong.
    #[must_use]
    pub fn field(path: &str, sentence: impl Into<String>) -> Self {
        let mut errors = Errors::default();
        errors.add(path, sentence);
        Self::invalid(errors)
    }

    /// The problem as JSON.
    #[must_use]
    pub fn body(&self, request_id: &str) -> String {
        let (shortages, exceeded): (&[Shortage], &[Exceeded]) = match &self.lacking {
            Lacking::Nothing => (&[], &[]),
            Lacking::Money(shortages) => (shortages, &[]),
            Lacking::Budgets(exceeded) => (&[], exceeded),
        };
        let body = Body {
            kind: format!("urn:scrip:problem:{}", self.code),
            title: self.code.replace('_', " "),
            status: self.status,
            code: self.code,
            detail: &self.detail,
            retryable: self.retryable,
            request_id,
            errors: self.errors.by_field(),
            shortfall: shortages.iter().map(Short::of).collect(),
            budgets: exceeded.iter().map(ExceededReply::from).collect(),
        };
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
            lacking: Lacking::Nothing,
            allow: Vec::new(),
        };
        if let Refusal::UsageNotANumber { event, field } = &refusal {
            let path = format!("events[{event}].data.{field}");
            problem.errors.add(&path, "must be a number from zero up");
        }
        if let Refusal::EventTooLate { event, .. } | Refusal::EventInFuture { event } = &refusal {
            let path = format!("events[{event}].occurred_at");
            problem.errors.add(&path, refusal.sentence());
        }
        problem.lacking = match refusal {
            Refusal::InsufficientFunds { shortages } => Lacking::Money(shortages.into()),
            Refusal::BudgetExceeded { exceeded, .. } => Lacking::Budgets(exceeded.into()),
            _ => Lacking::Nothing,
        };
        problem
    }
}

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
    shortfall: Vec<Short<'a>>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    budgets: Vec<ExceededReply<'a>>,
}

/// What is missing of one asset.
#[derive(Serialize)]
struct Short<'a> {
    asset: &'a str,
    amount: crate::engine::Amount,
}

impl<'a> Short<'a> {
    fn of(shortage: &'a Shortage) -> Self {
        Self {
            asset: &shortage.asset,
            amount: shortage.shortfall(),
        }
    }
}
