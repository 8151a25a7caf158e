//! Freezes: while one holds, nothing new is authorized. What has happened posts all the same.
//!
//! | set by | key | ended by |
//! |---|---|---|
//! | a dispute, where the platform wants it | its id | the end of that dispute, or by hand |
//! | a warning of fraud, likewise | its id | by hand |
//! | somebody | none | by hand |
//!
//! A dispute freezes once: one that is over, or whose freeze was ended by hand, never freezes again, in
//! whatever order it is told.

use serde::{Deserialize, Serialize};

use super::time::Instant;

/// Why a wallet is frozen.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum FreezeCause {
    Dispute,
    FraudWarning,
    Manual,
}

impl FreezeCause {
    /// As a word of the API.
    #[must_use]
    pub const fn word(self) -> &'static str {
        match self {
            Self::Dispute => "dispute",
            Self::FraudWarning => "fraud_warning",
            Self::Manual => "manual",
        }
    }
}

/// What is asked, and what the row says.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct FreezeChange {
    /// It begins; else it ends.
    /// Format 1, added with freezes, as all of it.
    pub frozen: bool,
    pub cause: FreezeCause,
    /// Of the dispute or of the warning.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub id: Option<String>,
    /// The operation that credited the payment which it is about.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub payment: Option<String>,
    /// How the dispute ended, or the caller's own words.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reason: Option<String>,
}

/// One reason for which nothing is authorized.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct Freeze {
    /// In snapshots since there are freezes, as all of it.
    pub cause: FreezeCause,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub id: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub payment: Option<String>,
    pub since: Instant,
    /// Kept, so that the same dispute does not freeze again.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub over: bool,
}

/// Folds a change into the freezes of a wallet.
pub fn change(freezes: &mut Vec<Freeze>, asked: &FreezeChange, at: Instant) {
    let own = |one: &Freeze| one.cause == asked.cause && one.id == asked.id;
    if asked.cause == FreezeCause::Manual && !asked.frozen {
        freezes.retain(|one| one.cause != FreezeCause::Manual);
        for one in freezes.iter_mut() {
            one.over = true;
        }
        return;
    }
    match freezes.iter_mut().find(|one| own(one)) {
        Some(known) => known.over |= !asked.frozen,
        None => freezes.push(Freeze {
            cause: asked.cause,
            id: asked.id.clone(),
            payment: asked.payment.clone(),
            since: at,
            over: !asked.frozen,
        }),
    }
}
