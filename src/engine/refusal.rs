//! The engine said no. A refusal changes nothing: no row, no counter, no consumed id.
//!
//! The variants stand in the order in which the rules are checked, and their names in snake case
//! are the codes of the API, for ever.

use super::amount::{Amount, AmountError};
use super::asset::Asset;
use super::budget::Exceeded;
use super::freeze::FreezeCause;
use super::hold::HoldStatus;
use super::rate::Quantity;
use super::time::Instant;
use super::usage::FUTURE_SECONDS;

/// How much of one asset was asked for, and how much there was.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct Shortage {
    pub asset: String,
    pub required: Amount,
    pub available: Amount,
    /// The most of it that would pass now; nothing where the question cannot be asked for less.
    pub affordable: Option<Amount>,
    /// For each fee of it that does not fit, how much of its volume does.
    pub volumes: Vec<AffordableVolume>,
}

/// How much of a volume would pass now.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct AffordableVolume {
    /// The place of the event in the request, from zero.
    pub event: usize,
    pub price_id: String,
    /// The field of `data` to lower; absent for a price per event.
    pub volume_field: Option<String>,
    pub requested: Quantity,
    pub affordable: Quantity,
}

impl Shortage {
    /// What is missing; never below zero.
    #[must_use]
    pub fn shortfall(&self) -> Amount {
        // What is available may be below zero; then the debt has to be paid as well, so it adds to
        // what is missing.
        let missing = self.required.folded_minus(self.available);
        missing.max(Amount::ZERO)
    }
}

/// Something of an event that no price knows.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct MissingPrice {
    /// The place of the event in the request, from zero.
    pub event: usize,
    /// The event's own id, where it has one.
    pub id: Option<String>,
    pub event_type: String,
    /// What of the event no price matched: `event_type`, `data.model`, `data.output_tokens`, `costs`.
    pub field: String,
    /// The price that matched as far as that field.
    pub price_id: Option<String>,
}

/// So many of them are told; a request may have thousands.
pub const MISSING_TOLD: usize = 50;

/// Why a command is refused.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Refusal {
    /// The wallet is named by another id than it was opened with.
    WrongWallet,
    /// The operation id is known, with another body.
    OperationIdReused,
    /// No customer has this wallet.
    WalletNotFound,
    /// More has fallen due while the wallet slept than one call may write down.
    CatchingUp { rows: usize },
    /// The wallet was opened before, with other words.
    WalletAlreadyOpen,
    /// The customer already has this product.
    AlreadySubscribed { code: String },
    /// The wallet has 100 subscriptions that have not ended.
    TooManySubscriptions { subscriptions: usize },
    /// No subscription of this wallet has this id.
    SubscriptionNotFound,
    /// The subscription is over.
    SubscriptionEnded,
    /// The subscription has no such product.
    ProductNotFound { product: String },
    /// No hold of this wallet has this id.
    HoldNotFound,
    /// The hold was captured, released or has expired.
    HoldAlreadyEnded { status: HoldStatus },
    /// A payment was corrected for tax that was never credited.
    PaymentNotFound,
    /// No recharge of this id is under way, or the account has no rule.
    RechargeNotFound,
    /// The wallet has no budget of this code.
    BudgetNotFound { code: String },
    /// An amount was given without its asset, and the hold does not settle which one.
    AssetRequired,
    /// The wallet has no account in this asset.
    UnknownAsset { asset: String },
    /// An amount has more decimal places than its asset.
    TooPrecise { asset: String, precision: u32 },
    /// Credit would be over before it is given.
    ExpiresInPast,
    /// The account has 10,000 grants with something left.
    TooManyGrants { asset: String, grants: usize },
    /// More would be taken from a grant than is left of it.
    ExceedsGrant { asset: String, left: Amount },
    /// The grant has nothing left, or was voided.
    GrantEnded,
    /// The entry charged nothing.
    NothingToReverse,
    /// The event was priced when it was recorded, or is taken back.
    NothingToPrice,
    /// The event happened longer ago than the wallet records late events.
    EventTooLate { event: usize, days: u32 },
    /// The event says that it is yet to happen.
    EventInFuture { event: usize },
    /// A price multiplies this field, and it is not a number from zero up.
    UsageNotANumber { event: usize, field: String },
    /// A fee or a balance would leave the bounds of an amount.
    AmountOutOfRange,
    /// The usage of one request matches so many prices that it would ask for more than 10,000 fees.
    TooManyFees { fees: usize },
    /// A dispute, a warning of fraud or somebody keeps the wallet from authorizing.
    WalletFrozen {
        cause: FreezeCause,
        id: Option<String>,
    },
    /// No price of the customer's products knows what is asked for.
    PriceMissing { missing: Vec<MissingPrice> },
    /// The wallet has 10,000 open holds.
    TooManyOpenHolds { open: usize },
    /// The wallet has 100 budgets.
    TooManyBudgets { budgets: usize },
    /// The budgets of the wallet count 10,000 distinct values.
    TooManyBudgetValues { values: usize },
    /// More than a budget allows would be spent and held; the money is said beside it.
    BudgetExceeded {
        exceeded: Vec<Exceeded>,
        asked: Vec<Shortage>,
    },
    /// Open holds keep what is missing, and give it back by then at the latest.
    FundsHeld {
        shortages: Vec<Shortage>,
        /// By asset, of all open holds.
        held: Vec<(String, Amount)>,
        frees_at: Instant,
    },
    /// Too little is available to hold what was asked for, and no hold would give it back.
    InsufficientFunds { shortages: Vec<Shortage> },
    /// What would be written has more bytes than a row, or than the rows of one call, may have.
    TooLarge { bytes: usize, most: usize },
    /// One hold would draw on more than 10,000 grants.
    TooManyGrantsHeld { grants: usize },
    /// The wallet has 1,000 accounts.
    TooManyAccounts { accounts: usize },
    /// The wallet would have more bytes than it may be made larger to.
    WalletFull { bytes: usize, most: usize },
}

impl Refusal {
    /// The code of the API.
    #[must_use]
    pub const fn code(&self) -> &'static str {
        match self {
            Self::WrongWallet => "wrong_wallet",
            Self::OperationIdReused => "operation_id_reused",
            Self::WalletNotFound => "wallet_not_found",
            Self::CatchingUp { .. } => "catching_up",
            Self::WalletAlreadyOpen => "wallet_already_open",
            Self::AlreadySubscribed { .. } => "already_subscribed",
            Self::TooManySubscriptions { .. } => "too_many_subscriptions",
            Self::SubscriptionNotFound => "subscription_not_found",
            Self::SubscriptionEnded => "subscription_ended",
            Self::ProductNotFound { .. } => "product_not_found",
            Self::HoldNotFound => "hold_not_found",
            Self::HoldAlreadyEnded { .. } => "hold_already_ended",
            Self::PaymentNotFound => "payment_not_found",
            Self::RechargeNotFound => "recharge_not_found",
            Self::BudgetNotFound { .. } => "budget_not_found",
            Self::AssetRequired => "asset_required",
            Self::UnknownAsset { .. } => "unknown_asset",
            Self::TooPrecise { .. } => "too_precise",
            Self::ExpiresInPast => "expires_in_past",
            Self::TooManyGrants { .. } => "too_many_grants",
            Self::ExceedsGrant { .. } => "exceeds_grant",
            Self::GrantEnded => "grant_ended",
            Self::NothingToReverse => "nothing_to_reverse",
            Self::NothingToPrice => "nothing_to_price",
            Self::EventTooLate { .. } => "event_too_late",
            Self::EventInFuture { .. } => "event_in_future",
            Self::UsageNotANumber { .. } => "usage_not_a_number",
            Self::AmountOutOfRange => "amount_out_of_range",
            Self::TooManyFees { .. } => "too_many_fees",
            Self::WalletFrozen { .. } => "wallet_frozen",
            Self::PriceMissing { .. } => "price_missing",
            Self::TooManyOpenHolds { .. } => "too_many_open_holds",
            Self::TooManyBudgets { .. } => "too_many_budgets",
            Self::TooManyBudgetValues { .. } => "too_many_budget_values",
            Self::BudgetExceeded { .. } => "budget_exceeded",
            Self::FundsHeld { .. } => "funds_held",
            Self::InsufficientFunds { .. } => "insufficient_funds",
            Self::TooLarge { .. } => "too_large",
            Self::TooManyGrantsHeld { .. } => "too_many_grants_held",
            Self::TooManyAccounts { .. } => "too_many_accounts",
            Self::WalletFull { .. } => "wallet_full",
        }
    }

    /// Every code, in the order of the checks.
    pub const CODES: [&'static str; 41] = [
        "wrong_wallet",
        "operation_id_reused",
        "wallet_not_found",
        "catching_up",
        "wallet_already_open",
        "already_subscribed",
        "too_many_subscriptions",
        "subscription_not_found",
        "subscription_ended",
        "product_not_found",
        "hold_not_found",
        "hold_already_ended",
        "payment_not_found",
        "recharge_not_found",
        "budget_not_found",
        "asset_required",
        "unknown_asset",
        "too_precise",
        "expires_in_past",
        "too_many_grants",
        "exceeds_grant",
        "grant_ended",
        "nothing_to_reverse",
        "nothing_to_price",
        "event_too_late",
        "event_in_future",
        "usage_not_a_number",
        "amount_out_of_range",
        "too_many_fees",
        "wallet_frozen",
        "price_missing",
        "too_many_open_holds",
        "too_many_budgets",
        "too_many_budget_values",
        "budget_exceeded",
        "funds_held",
        "insufficient_funds",
        "too_large",
        "too_many_grants_held",
        "too_many_accounts",
        "wallet_full",
    ];

    /// Whether the very same command may be accepted later, because the wallet can change or because
    /// time passes.
    #[must_use]
    pub const fn retryable(&self) -> bool {
        match self {
            Self::WalletNotFound
            | Self::CatchingUp { .. }
            | Self::UnknownAsset { .. }
            | Self::EventTooLate { .. }
            | Self::EventInFuture { .. }
            | Self::WalletFrozen { .. }
            | Self::PriceMissing { .. }
            | Self::TooManySubscriptions { .. }
            | Self::TooManyGrants { .. }
            | Self::TooManyOpenHolds { .. }
            | Self::TooManyBudgets { .. }
            | Self::TooManyBudgetValues { .. }
            | Self::BudgetExceeded { .. }
            | Self::FundsHeld { .. }
            | Self::InsufficientFunds { .. }
            | Self::TooManyGrantsHeld { .. }
            | Self::WalletFull { .. } => true,
            Self::WrongWallet
            | Self::SubscriptionEnded
            | Self::OperationIdReused
            | Self::WalletAlreadyOpen
            | Self::AlreadySubscribed { .. }
            | Self::SubscriptionNotFound
            | Self::ProductNotFound { .. }
            | Self::HoldNotFound
            | Self::HoldAlreadyEnded { .. }
            | Self::PaymentNotFound
            | Self::RechargeNotFound
            | Self::BudgetNotFound { .. }
            | Self::AssetRequired
            | Self::TooPrecise { .. }
            | Self::ExpiresInPast
            | Self::ExceedsGrant { .. }
            | Self::GrantEnded
            | Self::NothingToReverse
            | Self::NothingToPrice
            | Self::UsageNotANumber { .. }
            | Self::TooLarge { .. }
            | Self::TooManyAccounts { .. }
            | Self::AmountOutOfRange
            | Self::TooManyFees { .. } => false,
        }
    }

    /// What was wrong and what to do about it, in one or two sentences.
    #[must_use]
    pub fn sentence(&self) -> String {
        match self {
            Self::WrongWallet => "The call names another wallet than the one it reached.".into(),
            Self::OperationIdReused => {
                "This id was used before with a different body. Send the same body to get the first \
                 answer again, or use a new id."
                    .into()
            }
            Self::WalletNotFound => {
                "There is no such customer. Create the customer first, then send the call again."
                    .into()
            }
            Self::CatchingUp { rows } => behind(*rows),
            Self::WalletAlreadyOpen => {
                "The customer exists already, with other details. Use the existing customer.".into()
            }
            Self::AlreadySubscribed { code } => {
                format!("The customer already has the product {code}.")
            }
            Self::TooManySubscriptions { subscriptions } => format!(
                "The wallet has {subscriptions} subscriptions that have not ended, which is the \
                 most. Deactivate some."
            ),
            Self::SubscriptionNotFound => "This wallet has no such subscription.".into(),
            Self::SubscriptionEnded => {
                "The subscription is over. Activate it again, then send the call again.".into()
            }
            Self::ProductNotFound { product } => {
                format!("The subscription does not have the product {product}.")
            }
            Self::HoldNotFound => {
                "This wallet has no such hold. Use the hold id that authorize returned.".into()
            }
            Self::HoldAlreadyEnded { status } => format!(
                "The hold has already ended: it was {}. Authorize again to hold more.",
                status.word()
            ),
            Self::PaymentNotFound => "No such payment was credited to this wallet.".into(),
            Self::RechargeNotFound => "The wallet has no such recharge under way.".into(),
            Self::BudgetNotFound { code } => format!("The wallet has no budget {code}."),
            Self::AssetRequired => {
                "The hold has several assets, or none. Name the asset of the amount.".into()
            }
            Self::UnknownAsset { asset } => format!(
                "The wallet has no account in {asset}. Credit it, or subscribe the customer to a \
                 product with a price in {asset}."
            ),
            Self::TooPrecise { asset, precision } => {
                format!("Amounts of {asset} have at most {precision} decimal places.")
            }
            Self::ExpiresInPast => {
                "The credit's expires_at is in the past. Give a later one, or leave it out.".into()
            }
            Self::TooManyGrants { asset, grants } => format!(
                "The wallet has {grants} grants of {asset} with something left, and 10,000 are the most \
                 that may be given by hand. Give fewer and larger ones, or void some."
            ),
            Self::ExceedsGrant { asset, left } => format!(
                "Only {left} {asset} of this grant is left to take. Take that much, or leave the grant \
                 out to take from the wallet."
            ),
            Self::GrantEnded => "The grant has nothing left that could be taken back.".into(),
            Self::NothingToReverse => {
                "This entry charged nothing, so there is nothing to take back. Name a charge, usage \
                 that cost something, or a capture."
                    .into()
            }
            Self::NothingToPrice => {
                "Prices knew all of this event when it was recorded, or it was taken back: there is nothing \
                 to price. The list of unpriced usage says what there is."
                    .into()
            }
            Self::EventTooLate { event, days } => format!(
                "The event events[{event}] occurred longer ago than {days} days, for which this wallet records \
                 late events. Correct its occurred_at, or raise late_events_days in the wallet's \
                 settings and send it again."
            ),
            Self::EventInFuture { event } => format!(
                "The event events[{event}] occurred more than {FUTURE_SECONDS} seconds from now. Correct the \
                 clock that made its occurred_at, or send it again when it has happened."
            ),
            Self::UsageNotANumber { event, field } => format!(
                "A price multiplies data.{field}, so events[{event}].data.{field} must be a number \
                 from zero up."
            ),
            Self::AmountOutOfRange => {
                "The result would leave the range of amounts, which is below 10^15. Send smaller \
                 amounts."
                    .into()
            }
            Self::WalletFrozen { cause, id } => frozen(*cause, id.as_deref()),
            Self::PriceMissing { missing } => unpriced(missing),
            Self::TooManyOpenHolds { open } => format!(
                "The wallet has {open} open holds, which is the most. Capture or release some, or \
                 let them expire."
            ),
            Self::TooManyFees { fees } => format!(
                "The usage of one request asks for more than {fees} fees, because each of its events \
                 matches many prices. Send fewer events at a time."
            ),
            Self::TooManyBudgets { budgets } => {
                format!("The wallet has {budgets} budgets, which is the most. Remove some.")
            }
            Self::TooManyBudgetValues { values } => format!(
                "The budgets of the wallet would count more than {values} distinct values at a time. \
                 Wait for their windows to turn, or remove one of them."
            ),
            Self::BudgetExceeded { exceeded, .. } => over_budget(exceeded),
            Self::FundsHeld { .. } => {
                "Open holds keep what is missing. Wait until they are settled or expire, ask for less, or \
                 top up; then send the same call again."
                    .into()
            }
            Self::InsufficientFunds { .. } => {
                "The wallet does not have enough available. Top up, then send the same call again."
                    .into()
            }
            Self::TooLarge { bytes, most } => format!(
                "This call would write {bytes} bytes at once, and {most} are the most. Send fewer \
                 events in one call, or less data with each."
            ),
            Self::TooManyGrantsHeld { grants } => format!(
                "The hold would draw on {grants} grants, and 10,000 are the most. Hold less, or in \
                 several holds."
            ),
            Self::TooManyAccounts { accounts } => format!(
                "The wallet has {accounts} accounts, which is the most. Use one of them."
            ),
            Self::WalletFull { bytes, most } => format!(
                "The wallet would keep {bytes} bytes of holds, credit, subscriptions and budgets, and \
                 {most} are the most. Capture or release holds, or end what is no longer used."
            ),
        }
    }
}

/// Why a call is not decided yet, and what to do.
fn behind(rows: usize) -> String {
    format!(
        "More has fallen due since the wallet was used last than the {rows} entries that one call writes \
         down. Send the same call again: each goes on where the one before has stopped."
    )
}

/// What keeps the wallet from authorizing, and when it will again.
fn frozen(cause: FreezeCause, id: Option<&str>) -> String {
    let id = id.unwrap_or_default();
    match cause {
        FreezeCause::Dispute => format!(
            "The wallet is frozen because of the dispute {id}. It authorizes again when that has closed, or when \
             somebody ends the freeze; then send the same call again."
        ),
        FreezeCause::FraudWarning => format!(
            "The wallet is frozen because of the warning of fraud {id}. It authorizes again when somebody ends \
             the freeze; then send the same call again."
        ),
        FreezeCause::Manual => {
            "The wallet is frozen by hand. It authorizes again when somebody ends the freeze; then send the same \
             call again."
                .into()
        }
    }
}

/// What of which event no price knows, and what to do about it.
fn unpriced(missing: &[MissingPrice]) -> String {
    let mut all = missing.iter();
    let first = all.next().map_or_else(String::new, |one| {
        format!(
            "No price of this customer's active products knows events[{}].{} (event_type {}). ",
            one.event, one.field, one.event_type
        )
    });
    let others = match all.len() {
        0 => String::new(),
        others => format!("So it is with {others} more. "),
    };
    format!(
        "{first}{others}Correct the event, publish a price for it (one of 0, where it is free), or \
         subscribe the customer to a product that has one; then send the same call again."
    )
}

/// Which limit it is, and when it may be asked again.
fn over_budget(exceeded: &[Exceeded]) -> String {
    let codes: Vec<&str> = exceeded.iter().map(|one| one.code.as_str()).collect();
    // A lifetime never turns, so waiting would be bad advice.
    let turns = exceeded.iter().all(|one| one.window_ends_at.is_some());
    let rolls = exceeded.iter().all(|one| one.frees_at.is_some());
    let wait = match (turns, rolls) {
        (true, _) => "wait for the window to end",
        (false, true) => "wait until enough has left the window",
        (false, false) => "free what is held",
    };
    format!(
        "This would spend more than a budget allows: {}. Ask for less, {wait}, or raise the limit, \
         then send the same call again.",
        codes.join(", ")
    )
}

impl HoldStatus {
    /// The state as a word of the API.
    #[must_use]
    pub const fn word(self) -> &'static str {
        match self {
            Self::Open => "open",
            Self::Captured => "captured",
            Self::Released => "released",
            Self::Expired => "expired",
        }
    }
}

impl Asset {
    /// The asset can express the amount, and no amount of a command is negative.
    ///
    /// # Errors
    /// [`Refusal::TooPrecise`], [`Refusal::AmountOutOfRange`].
    pub fn check(&self, amount: Amount) -> Result<(), Refusal> {
        // Before the sign, because the order of refusals is published.
        if !self.can_express(amount) {
            return Err(Refusal::TooPrecise {
                asset: self.code.clone(),
                precision: self.precision,
            });
        }
        if amount.is_negative() {
            return Err(Refusal::AmountOutOfRange);
        }
        Ok(())
    }
}

impl From<AmountError> for Refusal {
    /// The engine meets only sums and products; texts were read before.
    fn from(_: AmountError) -> Self {
        Self::AmountOutOfRange
    }
}
