//! What the edge asks of a wallet's object, and what the object answers: text on both ways.
//!
//! ```text
//! {"wallet":"acc_default/test/cust_…","customer":"cust_…","request_id":"req_…","ask":{…}}\n<body>
//! ```
//!
//! Text and no objects, because text crosses between isolates and into the core at the lowest
//! price, and because the same bytes can be made and read in native tests.
//!
//! The edge and the objects are of one deployment, but for a moment not of one version: fields
//! that came later have a default.

use serde::{Deserialize, Serialize};

use crate::engine::budget::Preset;
use crate::engine::command::{ExternalId, Said};
use crate::engine::exchange::ExchangeRate;
use crate::engine::hold::HoldId;
use crate::engine::subscription::Change;
use crate::engine::{AccountId, OnUnpriced, PricedProduct};
use crate::wire::codes::ConfirmedRedemption;
use crate::wire::money::{ConfirmedPayment, ConfirmedRefund, ToldClaim};
use crate::wire::recharge::{Given, Paid};
use crate::wire::subscription::{PricedSubscription, ToldPlan};
use crate::wire::topup::ConfirmedTopUp;
use crate::wire::wallet::GrantFilter;

use super::request::Request;
use super::token::SpendCap;

/// A call to one wallet. The request's body travels beside it, untouched.
///
/// All of it is the server's own words: nothing here is read from the request's body but the
/// external id, and that is checked by the wallet.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Call {
    /// The name of the object; it refuses a call for another wallet's name.
    pub wallet: String,
    /// The id of the customer, which is also the last part of the wallet's name.
    pub customer: String,
    /// For the log and for problems; and the operation's id where the caller gave none.
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
            // Only `forward` knows one; every other caller has the id itself.
            external_id: None,
            ask,
        }
    }

    /// One line; the request's body is sent after it.
    #[must_use]
    pub fn to_text(&self) -> String {
        // JSON escapes line breaks, so the text is one line whatever it contains.
        serde_json::to_string(self).unwrap_or_default()
    }
}

/// What is asked of the wallet.
///
/// | asks | answer | in a wallet that is not open |
/// |---|---|---|
/// | `OpenWallet`, `ChangeExternalId` | 200, 204 | open it |
/// | `EndWatch` | 204 | 204 |
/// | everything else with an external id | its own | [`MOVED`] |
/// | everything else | its own | 404 `wallet_not_found` |
///
/// What changes something reads the body in the wallet; the edge adds what only the directory
/// knows, such as a precision or an offer.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Ask {
    /// Opens it with these subscriptions. The same again is a replay.
    OpenWallet {
        subscriptions: Vec<PricedSubscription>,
        /// Where an unpaid subscription is paid; empty where nowhere.
        #[serde(default)]
        pay_at: String,
        /// Budgets of the platform account.
        #[serde(default, skip_serializing_if = "Vec::is_empty")]
        presets: Vec<Preset>,
    },
    /// The directory says that the customer goes by this external id now.
    ChangeExternalId(ExternalId),
    Authorize {
        /// Where a denied customer tops up; the wallet puts its own customer in.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        topup_url: Option<String>,
        /// The platform's setting. What came before it denies.
        #[serde(default)]
        on_unpriced: OnUnpriced,
        /// Of a customer's token that has one.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        spend_cap: Option<SpendCap>,
    },
    /// Holds more, or for longer.
    ExtendHold {
        hold: HoldId,
        #[serde(default)]
        on_unpriced: OnUnpriced,
    },
    /// Charges what was used; a final one lets go of the rest.
    CaptureHold {
        hold: HoldId,
    },
    /// Lets go of all of it.
    ReleaseHold {
        hold: HoldId,
    },
    /// Also one that has ended: the journal has it.
    GetHold {
        hold: HoldId,
    },
    RecordUsage {
        /// Answer with fees and balances instead of nothing.
        represent: bool,
    },
    /// An event by its own id, or by the one that a capture gave to it.
    GetEvent {
        id: String,
    },
    /// Credit or debit by hand; the precision is that of the asset in the directory.
    Adjust {
        precision: u32,
    },
    /// A debit that counts as a charge, so that the directory is told of it.
    Charge {
        precision: u32,
    },
    /// Takes back what is left of a grant.
    VoidGrant {
        grant: u64,
    },
    /// Takes back what an entry charged.
    Reverse,
    /// Charges an event that was unpriced or estimated.
    PriceUsage,
    /// Newest first, those of entries with a smaller `seq` than `before`.
    ListUnpriced {
        before: u64,
        limit: usize,
    },
    /// An adjustment or a charge, by its id.
    GetTransaction {
        id: String,
    },
    /// Money that Stripe has told of, once per payment.
    CreditPayment {
        payment: Box<ConfirmedPayment>,
    },
    /// A refund of a payment, once per refund.
    RefundPayment {
        refund: ConfirmedRefund,
    },
    /// A top-up that was paid, once per top-up.
    CreditTopUp {
        top_up: Box<ConfirmedTopUp>,
    },
    /// What has become of a payment that it has, as Stripe tells it.
    ToldClaim {
        claim: ToldClaim,
    },
    /// A payment goes back, or what that would take.
    Refund,
    /// What Stripe is to be asked for that, or what it would take.
    PlanRefund {
        /// The operation that credited the payment, as the directory knows it.
        op: String,
    },
    /// What it has of payments, by the operations that credited them.
    GetPayments {
        ops: Vec<String>,
    },
    /// Nothing is authorized from now on, or again.
    ChangeFreeze,
    /// A code that a customer has redeemed, once per code and customer.
    RedeemCode {
        redemption: ConfirmedRedemption,
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
    /// Newest first, those with a smaller `seq` than `before`.
    ListEntries {
        before: u64,
        limit: usize,
        /// How they are shown; absent from an older deployment, which knows one way only.
        #[serde(default)]
        view: EntriesView,
    },
    /// Oldest first, those after a hold.
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
    /// One more subscription; the offer is copied into the wallet.
    Subscribe {
        subscription: PricedSubscription,
        #[serde(default)]
        pay_at: String,
        /// Budgets of the platform account; an older deployment says nothing of them.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        presets: Option<Vec<Preset>>,
    },
    /// Cancels, resumes, or what else the change says.
    ChangeSubscription {
        subscription: u64,
        change: Change,
    },
    /// Moves a subscription to another product or version.
    ChangeProduct {
        subscription: u64,
        product: PricedProduct,
        /// The id of the product whose place it takes.
        replaces: String,
        prorate: bool,
        /// Digest of the request, by which a replay is told; empty from an older deployment.
        #[serde(default)]
        asked: String,
    },
    /// The answer of a subscription that this call's key made, when its products cannot be had any
    /// more; 404 where it made none.
    SubscribedBefore {
        asked: String,
        pay_at: String,
    },
    ListOverdrafts,
    /// How far below zero an account may go by authorizations.
    SetOverdraft {
        precision: u32,
    },
    ListBudgets,
    /// A budget with its values, by page.
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
    /// Nobody watches by this token any more.
    EndWatch {
        token: String,
    },
    /// What Stripe tells of a subscription that its invoices pay for.
    ToldPlan(ToldPlan),
    /// Something about recharge rules.
    Recharge(RechargeAsk),
}

/// For whom entries are shown.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum EntriesView {
    /// For the platform: each with its record, by which anybody can verify it.
    #[default]
    Platform,
    /// For the customer: without what it cost the platform, which a record says.
    Customer,
    /// One entry, with all that it did.
    Receipt,
    /// The same for the customer.
    CustomerReceipt,
    /// Likewise, with how the wallet stands: what whoever watches it is told first.
    Live,
}

/// What is asked of the wallet's recharge rules.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum RechargeAsk {
    /// Sets the rule of an asset's account; the body has it.
    Set {
        asset: String,
        given: Given,
    },
    /// What setting it would do.
    Preview {
        asset: String,
        given: Given,
    },
    List,
    Get {
        asset: String,
    },
    /// What became of these intents of an asset's account, in their order.
    Attempts {
        asset: String,
        intents: Vec<u64>,
    },
    /// What there is to be charged: for who charges.
    Charges,
    /// Rules that are due and wait for these rates of now.
    Intend {
        rates: Vec<(AccountId, Option<ExchangeRate>)>,
    },
    /// An intent was paid, once per intent.
    Credit(Paid),
    /// An intent is pending, or was declined.
    Note {
        intent: u64,
        said: Said,
    },
    /// Turns off the rules that charge a payment method that is gone.
    Stop {
        payment_method: String,
    },
}

impl Ask {
    /// Where a denied customer tops up.
    #[must_use]
    pub fn topup_url(&self) -> Option<&str> {
        match self {
            Self::Authorize { topup_url, .. } => topup_url.as_deref(),
            _ => None,
        }
    }

    /// What a customer's token may spend at most.
    #[must_use]
    pub const fn spend_cap(&self) -> Option<&SpendCap> {
        match self {
            Self::Authorize { spend_cap, .. } => spend_cap.as_ref(),
            _ => None,
        }
    }

    /// What the platform's setting says of usage that no price knows.
    #[must_use]
    pub const fn on_unpriced(&self) -> OnUnpriced {
        match self {
            Self::Authorize { on_unpriced, .. } | Self::ExtendHold { on_unpriced, .. } => {
                *on_unpriced
            }
            // Nothing else asks.
            _ => OnUnpriced::Deny,
        }
    }
}

/// The status by which a wallet says that its customer does not go by the external id of the call,
/// or that it has no customer. The directory knows who does; callers never see it.
///
/// 421 is "misdirected request", which is what happened; no handler answers with it.
pub const MOVED: u16 = 421;
