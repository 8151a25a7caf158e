//! What happened: one journal row. Balances are a fold over entries, and replies are rendered from
//! them, so an entry keeps all that either needs, for ever.

use serde::{Deserialize, Serialize};

use super::account::Balance;
use super::amount::Amount;
use super::asset::AccountId;
use super::budget::{self, BudgetId, Count};
use super::command::{CreditSource, DebitCause, ExternalId, Metadata};
use super::grant::GrantId;
use super::hold::HoldId;
use super::moves::Move;
use super::price::fee::{Cap, Fee, Warning};
use super::price::fixed::FixedFee;
use super::price::product::PricedProduct;
use super::subscription::{
    Change, EndCause, Given, Plan, SubscriptionId, SubscriptionStatus, Term,
};
use super::time::Instant;
use super::usage::{Maths, UsageEvent};

/// The format that this version writes. Readers know every format up to it.
pub const FORMAT: u32 = 1;

/// One accepted command.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct Entry {
    /// The format of this entry.
    pub v: u32,
    /// 1, 2, 3, … without a gap.
    pub seq: u64,
    /// Never earlier than the entry before.
    pub at: Instant,
    pub op: String,
    /// Digest of the request; empty for what time does by itself.
    pub request: String,
    pub fact: Fact,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub changes: Vec<AccountChange>,
    /// What budgets count: held by an authorization or an extension, spent by everything else.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub counts: Vec<Count>,
}

/// How one account changed, and what it amounted to afterwards.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct AccountChange {
    pub account: AccountId,
    /// The asset's precision, in the entry that makes the account.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub precision: Option<u32>,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub moves: Vec<Move>,
    pub balance: Amount,
    pub held: Amount,
    /// Of the balance, what only certain usage may draw on.
    #[serde(default, skip_serializing_if = "Amount::is_zero_ref")]
    pub restricted: Amount,
}

impl AccountChange {
    /// What the account amounted to.
    #[must_use]
    pub const fn after(&self) -> Balance {
        Balance {
            balance: self.balance,
            held: self.held,
            restricted: self.restricted,
        }
    }
}

/// Why the wallet changed.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(tag = "type", rename_all = "snake_case")]
pub enum Fact {
    WalletOpened {
        wallet: String,
        customer: String,
    },
    Subscribed {
        products: Vec<PricedProduct>,
        #[serde(default, skip_serializing_if = "SubscriptionStatus::is_active")]
        status: SubscriptionStatus,
        /// What was collected at once.
        #[serde(default, skip_serializing_if = "Vec::is_empty")]
        fees: Vec<FixedFee>,
        #[serde(default, skip_serializing_if = "Plan::is_default")]
        plan: Plan,
    },
    SubscriptionChanged {
        subscription: SubscriptionId,
        change: Change,
        status: SubscriptionStatus,
        #[serde(default, skip_serializing_if = "std::ops::Not::not")]
        cancel_at_period_end: bool,
        /// What was collected to activate it.
        #[serde(default, skip_serializing_if = "Vec::is_empty")]
        fees: Vec<FixedFee>,
    },
    ProductChanged {
        subscription: SubscriptionId,
        /// The id of the product that it had.
        replaces: String,
        product: PricedProduct,
        #[serde(default, skip_serializing_if = "Vec::is_empty")]
        terms: Vec<Term>,
        #[serde(default, skip_serializing_if = "Vec::is_empty")]
        given: Vec<Given>,
        /// What was paid and is not used; a grant of this entry in each asset.
        #[serde(default, skip_serializing_if = "Vec::is_empty")]
        credited: Vec<FixedFee>,
        #[serde(default, skip_serializing_if = "Vec::is_empty")]
        charged: Vec<FixedFee>,
    },
    /// What was due is collected: a period starts, or the subscription itself.
    SubscriptionRenewed {
        subscription: SubscriptionId,
        due_at: Instant,
        /// It becomes active.
        #[serde(default, skip_serializing_if = "std::ops::Not::not")]
        starts: bool,
        #[serde(default, skip_serializing_if = "Vec::is_empty")]
        fees: Vec<FixedFee>,
    },
    /// The balance does not cover what is due.
    SubscriptionLapsed {
        subscription: SubscriptionId,
        due_at: Instant,
        grace_until: Instant,
        fees: Vec<FixedFee>,
    },
    SubscriptionEnded {
        subscription: SubscriptionId,
        due_at: Instant,
        cause: EndCause,
    },
    EntitlementGranted {
        subscription: SubscriptionId,
        /// The place among the entitlements of the subscription.
        place: usize,
        /// Which period it is, from zero.
        period: u32,
        /// The id of the product.
        product: String,
        name: String,
        account: AccountId,
        grant: GrantId,
        /// With what is carried.
        amount: Amount,
        /// What was left of the grant before, and ended with it.
        #[serde(default, skip_serializing_if = "Amount::is_zero_ref")]
        carried: Amount,
        starts_at: Instant,
        #[serde(default, skip_serializing_if = "Option::is_none")]
        ends_at: Option<Instant>,
        #[serde(default, skip_serializing_if = "Option::is_none")]
        revenue_basis: Option<Amount>,
    },
    ExternalIdChanged(ExternalId),
    Credited {
        grant: GrantId,
        amount: Amount,
        /// How much of it repaid debt at once.
        repaid: Amount,
        #[serde(flatten)]
        source: CreditSource,
        #[serde(default, skip_serializing_if = "Option::is_none")]
        description: Option<String>,
        #[serde(default, skip_serializing_if = "Metadata::is_empty")]
        metadata: Metadata,
    },
    HoldAuthorized {
        hold: HoldId,
        expires_at: Instant,
        #[serde(default, skip_serializing_if = "Option::is_none")]
        subject: Option<String>,
        #[serde(default, skip_serializing_if = "Vec::is_empty")]
        fees: Vec<Fee>,
        #[serde(default, skip_serializing_if = "Vec::is_empty")]
        caps: Vec<Cap>,
        /// Less is held than was asked for.
        #[serde(default, skip_serializing_if = "std::ops::Not::not")]
        capped: bool,
        #[serde(default, skip_serializing_if = "Vec::is_empty")]
        warnings: Vec<Warning>,
    },
    HoldExtended {
        hold: HoldId,
        expires_at: Instant,
        #[serde(default, skip_serializing_if = "Vec::is_empty")]
        fees: Vec<Fee>,
        #[serde(default, skip_serializing_if = "Vec::is_empty")]
        warnings: Vec<Warning>,
    },
    HoldCaptured {
        hold: HoldId,
        /// The final capture; it released the rest.
        closes: bool,
        /// The hold had expired.
        #[serde(default, skip_serializing_if = "std::ops::Not::not")]
        late: bool,
        #[serde(default, skip_serializing_if = "Vec::is_empty")]
        events: Vec<UsageEvent>,
        #[serde(default, skip_serializing_if = "Vec::is_empty")]
        fees: Vec<Fee>,
        #[serde(default, skip_serializing_if = "Vec::is_empty")]
        warnings: Vec<Warning>,
    },
    HoldReleased {
        hold: HoldId,
        #[serde(default, skip_serializing_if = "Option::is_none")]
        reason: Option<String>,
    },
    HoldExpired {
        hold: HoldId,
    },
    UsageRecorded {
        event: UsageEvent,
        #[serde(default, skip_serializing_if = "Vec::is_empty")]
        fees: Vec<Fee>,
        #[serde(default, skip_serializing_if = "Vec::is_empty")]
        warnings: Vec<Warning>,
    },
    Debited {
        amount: Amount,
        #[serde(flatten)]
        cause: DebitCause,
        #[serde(default, skip_serializing_if = "Option::is_none")]
        subject: Option<String>,
        #[serde(default, skip_serializing_if = "Option::is_none")]
        description: Option<String>,
        #[serde(default, skip_serializing_if = "Metadata::is_empty")]
        metadata: Metadata,
        #[serde(default, skip_serializing_if = "Maths::is_empty")]
        maths: Maths,
    },
    SettingsChanged {
        late_events_days: u32,
    },
    GrantExpired {
        grant: GrantId,
        /// Credit that nobody used: breakage.
        amount: Amount,
    },
    TaxExcluded {
        payment: String,
        grant: GrantId,
        tax: Amount,
    },
    OverdraftSet {
        account: AccountId,
        limit: Amount,
    },
    BudgetSet {
        budget: BudgetId,
        code: String,
        terms: budget::Terms,
    },
    BudgetRemoved {
        budget: BudgetId,
        code: String,
    },
}

impl Fact {
    /// The hold that the fact is about.
    #[must_use]
    pub const fn hold(&self) -> Option<HoldId> {
        match self {
            Self::HoldAuthorized { hold, .. }
            | Self::HoldExtended { hold, .. }
            | Self::HoldCaptured { hold, .. }
            | Self::HoldReleased { hold, .. }
            | Self::HoldExpired { hold } => Some(*hold),
            Self::WalletOpened { .. }
            | Self::Subscribed { .. }
            | Self::ExternalIdChanged(_)
            | Self::SubscriptionChanged { .. }
            | Self::ProductChanged { .. }
            | Self::SubscriptionRenewed { .. }
            | Self::SubscriptionLapsed { .. }
            | Self::SubscriptionEnded { .. }
            | Self::EntitlementGranted { .. }
            | Self::Credited { .. }
            | Self::UsageRecorded { .. }
            | Self::Debited { .. }
            | Self::SettingsChanged { .. }
            | Self::GrantExpired { .. }
            | Self::TaxExcluded { .. }
            | Self::OverdraftSet { .. }
            | Self::BudgetSet { .. }
            | Self::BudgetRemoved { .. } => None,
        }
    }

    /// The subscription that the fact is about; the one it makes is named by its entry.
    #[must_use]
    pub const fn subscription(&self) -> Option<SubscriptionId> {
        match self {
            Self::SubscriptionChanged { subscription, .. }
            | Self::ProductChanged { subscription, .. }
            | Self::SubscriptionRenewed { subscription, .. }
            | Self::SubscriptionLapsed { subscription, .. }
            | Self::SubscriptionEnded { subscription, .. }
            | Self::EntitlementGranted { subscription, .. } => Some(*subscription),
            Self::WalletOpened { .. }
            | Self::Subscribed { .. }
            | Self::ExternalIdChanged(_)
            | Self::Credited { .. }
            | Self::HoldAuthorized { .. }
            | Self::HoldExtended { .. }
            | Self::HoldCaptured { .. }
            | Self::HoldReleased { .. }
            | Self::HoldExpired { .. }
            | Self::UsageRecorded { .. }
            | Self::Debited { .. }
            | Self::SettingsChanged { .. }
            | Self::GrantExpired { .. }
            | Self::TaxExcluded { .. }
            | Self::OverdraftSet { .. }
            | Self::BudgetSet { .. }
            | Self::BudgetRemoved { .. } => None,
        }
    }

    /// It holds, so what it counts is held; every other fact spends.
    #[must_use]
    pub const fn reserves(&self) -> bool {
        matches!(
            self,
            Self::HoldAuthorized { .. } | Self::HoldExtended { .. }
        )
    }

    /// The fact as a word of the API.
    #[must_use]
    pub const fn word(&self) -> &'static str {
        match self {
            Self::WalletOpened { .. } => "wallet_opened",
            Self::Subscribed { .. } => "subscribed",
            Self::ExternalIdChanged(_) => "external_id_changed",
            Self::SubscriptionChanged { .. } => "subscription_changed",
            Self::ProductChanged { .. } => "product_changed",
            Self::SubscriptionRenewed { .. } => "subscription_renewed",
            Self::SubscriptionLapsed { .. } => "subscription_lapsed",
            Self::SubscriptionEnded { .. } => "subscription_ended",
            Self::EntitlementGranted { .. } => "entitlement_granted",
            Self::Credited { .. } => "credited",
            Self::HoldAuthorized { .. } => "hold_authorized",
            Self::HoldExtended { .. } => "hold_extended",
            Self::HoldCaptured { .. } => "hold_captured",
            Self::HoldReleased { .. } => "hold_released",
            Self::HoldExpired { .. } => "hold_expired",
            Self::UsageRecorded { .. } => "usage_recorded",
            Self::Debited { .. } => "debited",
            Self::SettingsChanged { .. } => "settings_changed",
            Self::GrantExpired { .. } => "grant_expired",
            Self::TaxExcluded { .. } => "tax_excluded",
            Self::OverdraftSet { .. } => "overdraft_set",
            Self::BudgetSet { .. } => "budget_set",
            Self::BudgetRemoved { .. } => "budget_removed",
        }
    }
}
