//! What the edge asks of a wallet's object, and what the object answers: text on both ways.

use serde::{Deserialize, Serialize};

use crate::engine::PricedProduct;
use crate::engine::command::ExternalId;
use crate::engine::hold::HoldId;
use crate::engine::subscription::Change;
use crate::wire::money::ConfirmedPayment;
use crate::wire::subscription::PricedSubscription;
use crate::wire::topup::ConfirmedTopUp;
use crate::wire::wallet::GrantFilter;

use super::request::Request;

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

impl Call {
    /// What a request asks of a wallet.
    #[must_use]
    pub fn new(request: &Request<'_>, wallet: &str, customer: &str, ask: Ask) -> Self {
        Self {
            wallet: wallet.to_owned(),
            customer: customer.to_owned(),
            request_id: request.request_id.to_owned(),
            key: request.idempotency_key.map(str::to_owned),
            external_id: None,
            ask,
        }
    }

    /// One line; the request's body is sent after it.
    #[must_use]
    pub fn to_text(&self) -> String {
        serde_json::to_string(self).unwrap_or_default()
    }
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
        /// Where a denied customer tops up; the wallet puts its own customer in.
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

/// The status by which a wallet says that its customer does not go by the external id of the call,
/// or that it has no customer. The directory knows who does; callers never see it.
pub const MOVED: u16 = 421;
