//! What the edge asks of a wallet's object, and what the object answers: text on both ways.

use serde::{Deserialize, Serialize};

use crate::engine::PricedProduct;
use crate::engine::command::ExternalId;
use crate::engine::hold::HoldId;
use crate::engine::subscription::Change;
use crate::wire::Problem;
use crate::wire::money::ConfirmedPayment;
use crate::wire::problem::Failure;
use crate::wire::subscription::PricedSubscription;
use crate::wire::topup::ConfirmedTopUp;
use crate::wire::wallet::GrantFilter;

/// A call to one wallet. The request's body travels beside it, untouched.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Call {
    /// The name of the object; it refuses a call for another wallet's name.
    pub wallet: String,
    pub customer: String,
    pub request_id: String,
    /// The `Idempotency-Key` header.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub key: Option<String>,
    /// The external id that the request names, from which the customer's id was derived: the wallet
    /// says if its customer goes by another one now.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub external_id: Option<String>,
    pub ask: Ask,
}

/// What is asked of the wallet.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Ask {
    OpenWallet {
        subscriptions: Vec<PricedSubscription>,
        #[serde(default)]
        pay_at: String,
    },
    /// The directory says that the customer goes by this external id now.
    ChangeExternalId(ExternalId),
    Authorize {
        #[serde(default, skip_serializing_if = "Option::is_none")]
        topup_url: Option<String>,
    },
    ExtendHold {
        hold: HoldId,
    },
    CaptureHold {
        hold: HoldId,
    },
    ReleaseHold {
        hold: HoldId,
    },
    GetHold {
        hold: HoldId,
    },
    RecordUsage {
        /// Answer with fees and balances instead of nothing.
        represent: bool,
    },
    GetEvent {
        id: String,
    },
    Adjust {
        precision: u32,
    },
    Charge {
        precision: u32,
    },
    GetTransaction {
        id: String,
    },
    CreditPayment {
        payment: ConfirmedPayment,
    },
    CreditTopUp {
        top_up: ConfirmedTopUp,
    },
    ChangeSettings,
    GetSettings,
    GetWallet,
    /// What a customer's page shows.
    GetOverview,
    GetAccount {
        account: String,
    },
    ListGrants {
        account: String,
        filter: GrantFilter,
    },
    ListEntries {
        before: u64,
        limit: usize,
    },
    ListHolds {
        after: u64,
        limit: usize,
    },
    ListSubscriptions {
        #[serde(default)]
        pay_at: String,
    },
    /// What a subscription lacks.
    GetUnpaid {
        subscription: u64,
    },
    Subscribe {
        subscription: PricedSubscription,
        #[serde(default)]
        pay_at: String,
    },
    ChangeSubscription {
        subscription: u64,
        change: Change,
    },
    ChangeProduct {
        subscription: u64,
        product: PricedProduct,
        /// The id of the product whose place it takes.
        replaces: String,
        prorate: bool,
    },
    ListOverdrafts,
    SetOverdraft {
        precision: u32,
    },
    ListBudgets,
    GetBudget {
        code: String,
        after: String,
        limit: usize,
    },
    SetBudget {
        code: String,
        precision: u32,
    },
    RemoveBudget {
        code: String,
    },
}

/// What a reply's body is.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Kind {
    /// JSON, as everything under `/v1`.
    Data,
    /// HTML for a browser, and what the browser may do with it: a Content-Security-Policy.
    Page { policy: String },
    /// The address that the browser is sent to.
    Redirect,
}

/// The status by which a wallet says that its customer does not go by the external id of the call,
/// or that it has no customer. The directory knows who does; callers never see it.
pub const MOVED: u16 = 421;

/// An answer: an HTTP status and a body.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Reply {
    pub status: u16,
    /// The same operation was answered before; this is that answer.
    pub replayed: bool,
    /// The methods that the path answers to, where the request's is none of them.
    pub allow: Vec<&'static str>,
    pub kind: Kind,
    pub body: String,
}

impl Reply {
    #[must_use]
    pub const fn new(status: u16, body: String) -> Self {
        Self {
            status,
            replayed: false,
            allow: Vec::new(),
            kind: Kind::Data,
            body,
        }
    }

    #[must_use]
    pub const fn ok(body: String) -> Self {
        Self::new(200, body)
    }

    /// A page for a browser.
    #[must_use]
    pub fn page(status: u16, html: String, policy: String) -> Self {
        Self {
            kind: Kind::Page { policy },
            ..Self::new(status, html)
        }
    }

    /// Sends the browser on, whatever it did here, to look at something else.
    #[must_use]
    pub fn see_other(url: String) -> Self {
        Self {
            kind: Kind::Redirect,
            ..Self::new(303, url)
        }
    }

    #[must_use]
    pub const fn replayed(mut self, replayed: bool) -> Self {
        self.replayed = replayed;
        self
    }

    #[must_use]
    pub fn problem(problem: &Problem, request_id: &str) -> Self {
        Self {
            allow: problem.allow.clone(),
            ..Self::new(problem.status, problem.body(request_id))
        }
    }

    #[must_use]
    pub fn failure(failure: Failure, detail: &str, request_id: &str) -> Self {
        Self::problem(&failure.because(detail), request_id)
    }

    /// `<status> <replayed or fresh>[ <allowed methods>]\n<body>`: one string out. For a browser it is
    /// `<status> page <policy>\n<html>` or `<status> redirect\n<address>`.
    #[must_use]
    pub fn to_text(&self) -> String {
        match &self.kind {
            Kind::Data => {}
            Kind::Page { policy } => {
                return format!("{} page {policy}\n{}", self.status, self.body);
            }
            Kind::Redirect => return format!("{} redirect\n{}", self.status, self.body),
        }
        let age = if self.replayed { "replayed" } else { "fresh" };
        if self.allow.is_empty() {
            return format!("{} {age}\n{}", self.status, self.body);
        }
        format!(
            "{} {age} {}\n{}",
            self.status,
            self.allow.join(","),
            self.body
        )
    }

    /// Reads what [`Reply::to_text`] wrote.
    #[must_use]
    pub fn from_text(text: &str) -> Option<Self> {
        let (first, body) = text.split_once('\n')?;
        let (status, age) = first.split_once(' ')?;
        Some(Self {
            status: status.parse().ok()?,
            replayed: age == "replayed",
            // A wallet has no routes and no pages, so its answers never speak of either.
            allow: Vec::new(),
            kind: Kind::Data,
            body: body.to_owned(),
        })
    }
}
