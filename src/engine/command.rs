//! What is asked of a wallet.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::amount::Amount;
use super::asset::{AccountId, Asset};
use super::budget;
use super::freeze::FreezeChange;
use super::grant::{Grant, GrantId, Purpose};
use super::hold::HoldId;
use super::invoice::InvoiceNews;
use super::loss::LossChange;
use super::moves::Move;
use super::price::fee::{Fee, Warning};
use super::price::product::PricedProduct;
use super::recharge::{IntentId, Off, Rule};
use super::scope::Scope;
use super::subscription::{Change, SubscriptionId};
use super::time::Instant;
use super::usage::{Maths, UsageEvent};

/// Free words that a caller attaches; at most 2 KiB, checked where requests are read.
pub type Metadata = BTreeMap<String, String>;

/// One question to the wallet, under an id of its own.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Command {
    /// Names the operation for ever: `authorize:req_1`, `event:evt_7`, `stripe:pi:pi_3`.
    pub op: String,
    /// A digest of the decoded request, so that the same id with another body is noticed.
    pub request: String,
    pub action: Action,
}

#[derive(Clone, PartialEq, Eq, Debug, Serialize)]
pub enum Action {
    OpenWallet {
        wallet: String,
        customer: String,
    },
    Subscribe {
        products: Vec<PricedProduct>,
        /// Now, when absent. What is absent is left out of the digest, as in the requests from before
        /// there was more than products.
        #[serde(skip_serializing_if = "Option::is_none")]
        starts_at: Option<Instant>,
        /// When the term ends of a subscription that has no recurring price; never, when absent.
        #[serde(skip_serializing_if = "Option::is_none")]
        renews_at: Option<Instant>,
        #[serde(skip_serializing_if = "Option::is_none")]
        trial_days: Option<u32>,
        #[serde(skip_serializing_if = "Option::is_none")]
        grace_days: Option<u32>,
        #[serde(skip_serializing_if = "Option::is_none")]
        return_url: Option<String>,
        #[serde(skip_serializing_if = "Option::is_none")]
        failure_url: Option<String>,
        /// Invoices of a processor pay for it.
        #[serde(skip_serializing_if = "std::ops::Not::not")]
        invoiced: bool,
    },
    ChangeSubscription {
        subscription: SubscriptionId,
        change: Change,
    },
    /// Moves a subscription to another version of a product, or to another product.
    ChangeProduct {
        subscription: SubscriptionId,
        product: PricedProduct,
        /// The id of the product that it has.
        replaces: String,
        prorate: bool,
    },
    /// The customer goes by another external id from now on.
    ChangeExternalId(ExternalId),
    Credit(Credit),
    Authorize {
        ask: Ask,
        on_insufficient: OnInsufficient,
        seconds: u32,
        subject: Option<String>,
        /// Left out of the digest: it is the platform's setting and no part of the request, so the
        /// same request is the same operation after the setting has changed.
        #[serde(skip)]
        on_unpriced: OnUnpriced,
    },
    ExtendHold {
        hold: HoldId,
        /// More money, when the work grows.
        ask: Option<Ask>,
        /// More time, counted from now; a hold is never shortened.
        seconds: Option<u32>,
        /// Left out of the digest, likewise.
        #[serde(skip)]
        on_unpriced: OnUnpriced,
    },
    CaptureHold {
        hold: HoldId,
        settle: Settle,
        /// The final capture releases the rest.
        closes: bool,
    },
    ReleaseHold {
        hold: HoldId,
        reason: Option<String>,
    },
    RecordUsage {
        event: UsageEvent,
    },
    Debit(Debit),
    /// Sets for how many days a late event is recorded.
    ChangeSettings {
        late_events_days: u32,
    },
    /// A payment was credited before its tax was known: takes the tax back.
    ExcludeTax {
        payment: String,
        grant: GrantId,
        account: AccountId,
        tax: Amount,
    },
    /// How far below zero authorizations may take an account.
    SetOverdraft {
        account: AccountId,
        asset: Asset,
        limit: Amount,
    },
    SetBudget {
        code: String,
        /// The precision of the budget's asset.
        precision: u32,
        terms: budget::Terms,
        /// Its windows are counted from this subscription's, as it is then. Left out of the digest
        /// where there is none, as in the requests from before there were anchors.
        #[serde(skip_serializing_if = "Option::is_none")]
        anchored_to: Option<SubscriptionId>,
    },
    RemoveBudget {
        code: String,
    },
    /// The budgets that the platform account has for all of its customers.
    ChangePresets {
        budgets: Vec<budget::Preset>,
    },
    /// Takes back what is left of a grant.
    VoidGrant {
        account: AccountId,
        grant: GrantId,
        reason: Option<String>,
    },
    /// Takes back what an entry charged, to the same grants.
    Reverse(Reversal),
    /// Charges an event that posted without a price, or puts right one that was estimated.
    PriceUsage(Pricing),
    /// A refund or a dispute of a payment, or the end of one.
    ChangeLoss(LossChange),
    /// Nothing is authorized from now on, or again.
    Freeze(FreezeChange),
    /// Something about a recharge rule.
    Recharge(RechargeChange),
    /// What has become of an invoice that pays for a subscription.
    HearInvoice(InvoiceNews),
}

/// What is asked of a recharge rule.
#[derive(Clone, PartialEq, Eq, Debug, Serialize)]
pub enum RechargeChange {
    /// By which rule an account fills itself again.
    Set {
        account: AccountId,
        asset: Asset,
        rule: Rule,
    },
    /// What a processor says of an intent that is open.
    Note { intent: IntentId, said: Said },
    /// Turns a rule off that has nothing to charge any more.
    Stop { account: AccountId, because: Off },
}

/// What a processor says of an intent; what was paid is a credit.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Said {
    /// It has it and does not know yet.
    Pending { payment: String },
    /// It was not paid.
    Declined {
        code: String,
        decline_code: Option<String>,
        top_up: Option<String>,
        /// Nothing is there that could be charged later.
        finally: bool,
    },
}

impl DebitCause {
    /// Paid money goes back to the payer. It has happened, so it posts; and it never takes a gift.
    #[must_use]
    pub fn is_refund(&self) -> bool {
        matches!(self, Self::Adjustment { reason } if reason == "external_refund")
    }
}

impl Action {
    /// A subscription that starts at once, for ever.
    #[must_use]
    pub const fn subscribe(products: Vec<PricedProduct>) -> Self {
        Self::Subscribe {
            products,
            starts_at: None,
            renews_at: None,
            trial_days: None,
            grace_days: None,
            return_url: None,
            failure_url: None,
            invoiced: false,
        }
    }

    /// The hold that the command names.
    #[must_use]
    pub const fn hold(&self) -> Option<HoldId> {
        match self {
            Self::ExtendHold { hold, .. }
            | Self::CaptureHold { hold, .. }
            | Self::ReleaseHold { hold, .. } => Some(*hold),
            Self::OpenWallet { .. }
            | Self::Subscribe { .. }
            | Self::ChangeExternalId(_)
            | Self::ChangeSubscription { .. }
            | Self::ChangeProduct { .. }
            | Self::Credit(_)
            | Self::Authorize { .. }
            | Self::RecordUsage { .. }
            | Self::Debit(_)
            | Self::ChangeSettings { .. }
            | Self::ExcludeTax { .. }
            | Self::SetOverdraft { .. }
            | Self::SetBudget { .. }
            | Self::RemoveBudget { .. }
            | Self::ChangePresets { .. }
            | Self::VoidGrant { .. }
            | Self::Reverse(_)
            | Self::PriceUsage(_)
            | Self::ChangeLoss(_)
            | Self::Freeze(_)
            | Self::Recharge(_)
            | Self::HearInvoice(_) => None,
        }
    }
}

/// The name that a platform gives to its customer, and which change of it this is: changes can reach
/// the wallet in another order than they were made.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct ExternalId {
    /// Format 1, added with renaming, as all of it.
    pub external_id: String,
    /// The highest one wins, whichever arrives last.
    pub revision: u64,
}

/// Money or other credit that comes in.
#[derive(Clone, PartialEq, Eq, Debug, Serialize)]
pub struct Credit {
    /// Where it goes.
    pub account: AccountId,
    /// With the precision that a new account gets.
    pub asset: Asset,
    /// Not negative.
    pub amount: Amount,
    /// It decides when it is consumed.
    pub purpose: Purpose,
    /// Now, when absent.
    pub effective_at: Option<Instant>,
    /// Never, when absent.
    pub expires_at: Option<Instant>,
    /// What it may be spent on. Left out of the digest of credit that may be spent on everything, as
    /// in the requests from before there was a scope.
    #[serde(skip_serializing_if = "Scope::is_everything")]
    pub scope: Scope,
    /// Where it came from.
    pub source: CreditSource,
    /// Shown to the customer.
    pub description: Option<String>,
    /// The caller's own words.
    pub metadata: Metadata,
}

/// Where credit came from.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(tag = "source", rename_all = "snake_case")]
pub enum CreditSource {
    Adjustment {
        reason: String,
    },
    Payment {
        /// The processor's id of the payment, which is credited once.
        payment: String,
        event: String,
        /// Whether the amount is already without tax.
        tax_known: bool,
        /// What was paid, with tax and shipping.
        /// Added with refunds: absent means as much as was credited.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        paid: Option<Amount>,
    },
    /// A customer followed a link and paid there.
    TopUp {
        top_up: String,
        /// Who took the payment.
        processor: String,
        /// What was paid; the credit is what that bought.
        paid: Amount,
        currency: String,
        /// The processor's id of the payment, where it has one of its own.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        payment: Option<String>,
    },
    /// A recharge was charged.
    Recharge {
        /// The entry that intended it.
        recharge: IntentId,
        /// The processor's id of the payment.
        payment: String,
        /// Who took it.
        processor: String,
        /// What was paid; the credit is what that bought.
        paid: Amount,
        currency: String,
    },
    /// A customer redeemed a code, which is credited once to each.
    Code {
        /// The id of the code. The code itself is nowhere.
        code: String,
    },
}

/// Money that goes out by itself, not for priced usage.
#[derive(Clone, PartialEq, Eq, Debug, Serialize)]
pub struct Debit {
    /// Where it goes out.
    pub account: AccountId,
    /// With the precision that a new account gets.
    pub asset: Asset,
    /// Not negative.
    pub amount: Amount,
    /// Why.
    pub cause: DebitCause,
    /// Whose work it was.
    pub subject: Option<String>,
    /// Shown to the customer.
    pub description: Option<String>,
    /// The caller's own words.
    pub metadata: Metadata,
    /// How the amount came about.
    #[serde(skip_serializing_if = "Maths::is_empty")]
    pub maths: Maths,
    /// The only grant that it takes from. Left out of the digest of a debit that names none, as in
    /// the requests from before one could.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub grant: Option<GrantId>,
}

/// What is taken back of an entry: the caller knows the row, and the wallet does not.
#[derive(Clone, PartialEq, Eq, Debug, Serialize)]
pub struct Reversal {
    /// Its `seq`.
    pub entry: u64,
    /// What it moved.
    pub moves: Vec<(AccountId, Vec<Move>)>,
    /// Grants that it drew on, as they were: the wallet lists none for ever that has nothing left.
    pub lots: Vec<(AccountId, Grant)>,
    /// The entry counts as revenue.
    pub is_charge: bool,
    /// Shown to the customer.
    pub reason: Option<String>,
}

/// An event that is priced later: the caller knows the row that recorded it, and the wallet does not.
#[derive(Clone, PartialEq, Eq, Debug, Serialize)]
pub struct Pricing {
    /// Its `seq`.
    pub entry: u64,
    /// Which of its events.
    pub place: usize,
    /// That event, with what is known of it by now.
    pub event: UsageEvent,
    /// So many of its costs, the last ones, were not known when it was recorded.
    pub new_costs: usize,
    /// It was a part of a capture.
    pub from_hold: bool,
    /// Whose work it was.
    pub subject: Option<String>,
    /// What all events of the row were charged.
    pub fees: Vec<Fee>,
    /// What of this event was not priced.
    pub warnings: Vec<Warning>,
    /// What the row moved.
    pub moves: Vec<(AccountId, Vec<Move>)>,
    /// Grants that it drew on, as they were.
    pub lots: Vec<(AccountId, Grant)>,
}

#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(tag = "cause", rename_all = "snake_case")]
pub enum DebitCause {
    Charge,
    Adjustment { reason: String },
}

/// What an authorization wants held: usage at the customer's own prices, or a plain amount.
#[derive(Clone, PartialEq, Eq, Debug, Serialize)]
pub enum Ask {
    Usage(Vec<UsageEvent>),
    Amount { asset: String, amount: Amount },
}

/// What a capture charges.
#[derive(Clone, PartialEq, Eq, Debug, Serialize)]
pub enum Settle {
    /// All that is still held.
    Everything,
    /// The asset may be left out when the hold has just one.
    Amount {
        asset: Option<String>,
        amount: Amount,
    },
    Usage(Vec<UsageEvent>),
}

/// What to do when no price knows what is asked for.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum OnUnpriced {
    /// What nobody has priced must not be had for nothing because of a misspelt word.
    #[default]
    Deny,
    /// It is admitted and held for nothing.
    Allow,
}

impl OnUnpriced {
    /// As a word of the API.
    #[must_use]
    pub const fn word(self) -> &'static str {
        match self {
            Self::Deny => "deny",
            Self::Allow => "allow",
        }
    }

    /// By its word. What cannot be read denies.
    #[must_use]
    pub fn from_word(word: &str) -> Self {
        if word == Self::Allow.word() {
            Self::Allow
        } else {
            Self::Deny
        }
    }
}

/// What to do when the wallet cannot cover everything.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum OnInsufficient {
    Deny,
    /// Hold what there is and say how much usage that affords.
    Cap,
}
