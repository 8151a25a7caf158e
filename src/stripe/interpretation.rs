//! What an event can mean for a wallet.

use super::kept::{Intent, MethodNews};
use super::plan_news::PlanNews;
use super::sale::TopUpEvent;

/// Where a delivery came in: what its secret says of it.
///
/// Whoever has the secret of one endpoint can write any event, so nothing in an event may lead to another side or
/// another platform account than these.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Endpoint {
    /// Real money, or Stripe's test mode.
    pub livemode: bool,
    /// The platform account whose wallets its events may fill.
    pub account: String,
    /// Stripe's accounts, `acct_…`, whose payments belong to this platform account although they were made elsewhere.
    pub connected_accounts: Vec<String>,
    /// The version of the API that its events are written in, where somebody has said so; see `version`.
    pub api_version: Option<String>,
}

/// The answer of [`interpret`](super::interpret).
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Interpretation {
    /// Money arrived and its wallet is named: credit it once.
    Credit(Payment),
    /// Something has become of a payment, whoever's it is: a refund, a dispute, a warning.
    Claim(Claim),
    /// It is about a top-up of ours, which says what was sold.
    TopUp(Box<TopUpNews>),
    /// It is about a subscription at Stripe, perhaps one of ours.
    Plan(Box<PlanNews>),
    /// It is about an automatic recharge of ours, which says what was intended.
    Recharge(Box<RechargeNews>),
    /// It is about payment methods that customers keep.
    Method(MethodNews),
    /// It holds nothing but the name of its object, which has to be fetched.
    Fetch(Box<ThinEvent>),
    /// Nothing to do, and nothing is lost by that.
    Ignore { reason: IgnoreReason },
    /// Money may have arrived and cannot be credited as it stands: keep it where people see it, and answer 2xx, for
    /// sending the same event again would not help.
    Park(Parked),
    /// Not an event at all: no JSON object with an `id` and a `type`.
    Unreadable { detail: String },
}

/// A payment to credit. What Stripe says was paid is a fact: it may be large, and it is never refused.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Payment {
    /// Stripe's `evt_…`. Two events may tell of one payment, so this is not what makes it unique.
    pub event_id: String,
    /// Stripe's word for what happened, such as `payment_intent.succeeded`.
    pub event_type: String,
    /// The PaymentIntent, or the Checkout session when it has none.
    pub payment: String,
    /// The Checkout session, when its event told of the payment.
    pub session: Option<String>,
    /// The journal operation: `stripe:pi:<id>`, or `stripe:cs:<id>` for a session without a PaymentIntent.
    pub op: String,
    /// Whose wallet is filled.
    pub customer: CustomerRef,
    /// The currency as an asset code, in upper case.
    pub asset: String,
    /// What was paid less tax and shipping, in whole units, as a plain decimal without trailing zeros; above zero.
    pub amount: String,
    /// What was paid, with tax and shipping, written likewise.
    pub paid: String,
    /// Whether tax was told, and so is really excluded. A credit made without knowing can be corrected by a later
    /// event of the same payment that knows.
    pub tax_known: bool,
    /// A sentence for statements.
    pub description: String,
}

/// What has become of a payment, as an event tells it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Claim {
    /// Stripe's `evt_…`.
    pub event_id: String,
    /// Stripe's word for what happened.
    pub event_type: String,
    /// The PaymentIntent.
    pub payment: String,
    pub what: ClaimEvent,
    /// Of the refund, the dispute, the warning or the charge, by which the claim is known.
    pub id: String,
    /// In whole units, as a plain decimal, and the currency in upper case; zero of none where no money is told.
    pub amount: String,
    pub currency: String,
    /// Stripe's word for why, or of how a dispute ended.
    pub reason: Option<String>,
}

/// What is told. Each is told once of a refund or a dispute, however often its events come.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ClaimEvent {
    Refunded,
    RefundFailed,
    FundsWithdrawn,
    FundsReinstated,
    DisputeOpened,
    DisputeClosed,
    FraudWarning,
    /// All that was refunded of a charge.
    ChargeRefunded,
}

impl ClaimEvent {
    /// Its name in the directory. It never changes.
    #[must_use]
    pub const fn code(self) -> &'static str {
        match self {
            Self::Refunded => "refunded",
            Self::RefundFailed => "refund_failed",
            Self::FundsWithdrawn => "funds_withdrawn",
            Self::FundsReinstated => "funds_reinstated",
            Self::DisputeOpened => "dispute_opened",
            Self::DisputeClosed => "dispute_closed",
            Self::FraudWarning => "fraud_warning",
            Self::ChargeRefunded => "charge_refunded",
        }
    }

    /// By that name.
    #[must_use]
    pub fn of_code(code: &str) -> Option<Self> {
        let all = [
            Self::Refunded,
            Self::RefundFailed,
            Self::FundsWithdrawn,
            Self::FundsReinstated,
            Self::DisputeOpened,
            Self::DisputeClosed,
            Self::FraudWarning,
            Self::ChargeRefunded,
        ];
        all.into_iter().find(|one| one.code() == code)
    }
}

/// How a payment names the customer whose wallet it fills.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum CustomerRef {
    /// Our own `cust_…`, from `scrip_customer_id`.
    Id(String),
    /// The caller's own id, from `scrip_customer_external_id`.
    ExternalId(String),
}

/// A payment that waits for a person, with what could be read of the money and nothing about people.
///
/// It settles itself when another event credits the same [`op`](Self::op): a Checkout session often names the wallet
/// that its PaymentIntent does not.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Parked {
    /// Stripe's `evt_…`, by which a person finds the event in Stripe.
    pub event_id: String,
    /// As Stripe wrote it; of a thin event with its `v1.` in front.
    pub event_type: String,
    /// The first problem that was found. There may be more behind it.
    pub reason: ParkReason,
    /// A sentence that names the field at fault and what to do.
    pub detail: String,
    /// The PaymentIntent or Checkout session.
    pub payment: Option<String>,
    /// As [`Payment::session`].
    pub session: Option<String>,
    /// The journal operation this payment would have been credited under.
    pub op: Option<String>,
    /// The currency in upper case, as Stripe sent it, known or not.
    pub asset: Option<String>,
    /// As [`Payment::amount`], when the currency and every part of the amount could be read.
    pub amount: Option<String>,
    /// As [`Payment::paid`], likewise.
    pub paid: Option<String>,
    /// As [`Payment::tax_known`]; false where the amount could not be read.
    pub tax_known: bool,
}

/// What has to be fetched, and what becomes of it where it cannot be.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ThinEvent {
    /// Stripe's `evt_…` of the thin form.
    pub event_id: String,
    /// The type of its snapshot twin, such as `payment_intent.succeeded`.
    pub event_type: String,
    /// The object, such as `pi_…`.
    pub object_id: String,
    /// Where it is read at Stripe: a path, never an address.
    pub url: String,
    /// The account at Stripe on which it happened, where that is not the endpoint's own.
    pub context: Option<String>,
    /// The event of its snapshot twin, where both forms are sent.
    pub snapshot: Option<String>,
    /// How it is kept for somebody to look at; none where it says nothing of money.
    pub parked: Option<Parked>,
}

/// What an event says of a top-up of ours.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TopUpNews {
    /// Ours, `top_…`.
    pub top_up: String,
    pub what: TopUpEvent,
    /// How it is kept where there is no such top-up, or where it contradicts it.
    pub parked: Parked,
}

/// What an event says of an automatic recharge of ours.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RechargeNews {
    /// Ours, `rch_…`.
    pub recharge: String,
    /// The PaymentIntent as it was when the event was made.
    pub intent: Intent,
    /// How it is kept where there is no such recharge, or where it contradicts it.
    pub parked: Parked,
}

/// Why an event needs nothing done.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum IgnoreReason {
    /// Its type does not tell of money that arrived for a wallet.
    NotAPayment,
    /// The session only set up a card or a subscription.
    NotPaymentMode,
    /// A delayed method has not paid yet; `async_payment_succeeded` follows if it does.
    NotPaidYet,
    /// Nothing is left once tax and shipping are taken off.
    NothingToCredit,
    /// The metadata says that Checkout made this PaymentIntent, so the session's event credits it, tax excluded.
    CarriedByCheckout,
    /// An invoice or a subscription made this PaymentIntent, and no wallet is named.
    PaidAnInvoice,
    /// A refund or a dispute of a charge without a PaymentIntent, as none of our payments is.
    NoPaymentIntent,
    /// The bank asks only, and has taken no money.
    Inquiry,
    /// The end of a dispute has an event of its own.
    DisputeDecided,
    /// It is about a payment method of another side.
    OtherSide,
}

impl IgnoreReason {
    /// The name of the reason in logs. It never changes.
    pub const fn code(self) -> &'static str {
        match self {
            Self::NotAPayment => "not_a_payment",
            Self::NotPaymentMode => "not_payment_mode",
            Self::NotPaidYet => "not_paid_yet",
            Self::NothingToCredit => "nothing_to_credit",
            Self::CarriedByCheckout => "carried_by_checkout",
            Self::PaidAnInvoice => "paid_an_invoice",
            Self::NoPaymentIntent => "no_payment_intent",
            Self::Inquiry => "inquiry",
            Self::DisputeDecided => "dispute_decided",
            Self::OtherSide => "other_side",
        }
    }
}

/// Why a payment could not be credited as it stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ParkReason {
    /// A thin event carries no data; the payment itself must be fetched from Stripe.
    ThinEvent,
    /// It is written in a version of the API that nobody has looked at.
    UnknownVersion,
    /// A field that we need is missing or is not what it should be.
    UnreadableObject,
    /// The object contradicts its event: it says that no money moved.
    Contradictory,
    /// Stripe's table, as we know it, does not list the currency.
    UnknownCurrency,
    /// Negative, or beyond what a wallet can hold.
    AmountOutOfRange,
    /// `livemode`, `scrip_mode` or the object claims another side than the endpoint's.
    WrongMode,
    /// `scrip_account` claims another platform account than the endpoint's.
    WrongAccount,
    /// It happened on a connected account that nobody has mapped to the endpoint's platform account.
    UnmappedAccount,
    /// Nothing in the payment says whose it is.
    NoWalletNamed,
    /// Both `scrip_customer_id` and `scrip_customer_external_id`: which one was meant cannot be told here.
    WalletNamedTwice,
}

impl ParkReason {
    /// The name of the reason in replies and in the list of unmatched payments. It never changes.
    pub const fn code(self) -> &'static str {
        match self {
            Self::ThinEvent => "thin_event",
            Self::UnknownVersion => "unknown_version",
            Self::UnreadableObject => "unreadable_object",
            Self::Contradictory => "contradictory",
            Self::UnknownCurrency => "unknown_currency",
            Self::AmountOutOfRange => "amount_out_of_range",
            Self::WrongMode => "wrong_mode",
            Self::WrongAccount => "wrong_account",
            Self::UnmappedAccount => "unmapped_account",
            Self::NoWalletNamed => "no_wallet_named",
            Self::WalletNamedTwice => "wallet_named_twice",
        }
    }
}

/// One thing that keeps a payment from being credited.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Problem {
    /// The kind of problem, for lists and filters.
    pub reason: ParkReason,
    /// A sentence for people that names the field at fault.
    pub detail: String,
}

impl Problem {
    /// A problem in the words of whoever found it.
    pub fn new(reason: ParkReason, detail: impl Into<String>) -> Self {
        let detail = detail.into();
        Self { reason, detail }
    }
}
