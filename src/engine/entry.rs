//! What happened: one journal row. Balances are a fold over entries, and replies are rendered from
//! them, so an entry keeps all that either needs, for ever.
//!
//! # Formats
//!
//! A row says its format, `v`. There is one so far, and it grows by addition: a field marked *added* is
//! absent in earlier rows, and its default says what that means. A deployment from before the field
//! passes over it, because names that serde does not know are ignored. So a field may be added to a
//! format only where passing it over does no harm; what must not be overlooked is a new fact, which an
//! older deployment cannot read, or a new format, which it refuses by number. Nothing that was ever
//! written is renamed, reordered or taken away: hashes are over the text.

use serde::{Deserialize, Serialize};

use super::account::Balance;
use super::amount::Amount;
use super::asset::AccountId;
use super::budget::{self, BudgetId, Count, Reached};
use super::command::{CreditSource, DebitCause, ExternalId, Metadata};
use super::freeze::FreezeChange;
use super::grant::{Grant, GrantId};
use super::hold::HoldId;
use super::invoice::Span;
use super::loss::Loss;
use super::moves::Move;
use super::price::fee::{Cap, Fee, Warning};
use super::price::fixed::FixedFee;
use super::price::product::PricedProduct;
use super::recharge;
use super::standing::{Given, Standing, Term};
use super::subscription::{
    Change, EndCause, Plan, Planned, Resumed, SubscriptionId, SubscriptionStatus,
};
use super::time::Instant;
use super::usage::{Maths, UsageEvent};

/// The format that this version writes. Readers know every format up to it.
pub const FORMAT: u32 = 1;

/// One accepted command.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct Entry {
    /// The format of this entry.
    /// Format 1; a row above [`FORMAT`] is not read, so an older deployment stops instead of
    /// guessing.
    pub v: u32,
    /// 1, 2, 3, … without a gap.
    /// Format 1.
    pub seq: u64,
    /// Never earlier than the entry before.
    /// Format 1.
    pub at: Instant,
    /// The operation id; no two rows of a wallet share one, which is what makes a retry safe.
    /// Format 1.
    pub op: String,
    /// Digest of the request; empty for what time does by itself.
    /// Format 1.
    pub request: String,
    /// Format 1; a row whose fact is unknown to an older deployment cannot be read by it.
    pub fact: Fact,
    /// Format 1; absent where no account changed.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub changes: Vec<AccountChange>,
    /// What budgets count: held by an authorization or an extension, spent by everything else.
    /// Format 1, added with budgets: absent means that nothing is counted; an older deployment
    /// passes it over and counts nothing.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub counts: Vec<Count>,
    /// Which thresholds of budgets were reached by what it counts.
    /// Format 1, added with thresholds: absent means none; an older deployment passes it over.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub reached: Vec<Reached>,
}

/// How one account changed, and what it amounted to afterwards.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct AccountChange {
    /// Format 1.
    pub account: AccountId,
    /// The asset's precision, in the entry that makes the account.
    /// Format 1.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub precision: Option<u32>,
    /// In the order in which they were made. Format 1; absent where only the account was made.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub moves: Vec<Move>,
    /// Format 1; derived, so that other code can check its own sum of the moves.
    pub balance: Amount,
    /// Format 1; derived, likewise.
    pub held: Amount,
    /// Of the balance, what only certain usage may draw on.
    /// Format 1, added with scopes: absent means zero; an older deployment passes it over.
    #[serde(default, skip_serializing_if = "Amount::is_zero_ref")]
    pub restricted: Amount,
}

impl Entry {
    /// The grants that it opened, as they were made. One entry opens at most one in an account, and all
    /// of them have its `seq` as their id.
    pub fn opened(&self) -> impl Iterator<Item = (AccountId, Grant)> {
        self.changes.iter().flat_map(|change| {
            let moves = change.moves.iter();
            moves.filter_map(|one| {
                let Move::Open {
                    grant,
                    amount,
                    terms,
                } = one
                else {
                    return None;
                };
                let grant = Grant::new(*grant, self.at, terms.clone(), *amount);
                Some((change.account.clone(), grant))
            })
        })
    }
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

/// Credit of a plan that was taken back.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct Taken {
    /// The name of the entitlement.
    /// Format 1, added with plans that are remembered, as all of it.
    pub name: String,
    /// The code of the asset.
    pub asset: String,
    /// Of what was not spent.
    pub amount: Amount,
}

/// Why the wallet changed.
// Stored as `{"type":"hold_released","hold":4}`: what is derived here is called by `journal/fact.rs`, which
// has the word among the fields.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(remote = "Self", rename_all = "snake_case")]
pub enum Fact {
    /// The first entry of every wallet. Format 1.
    WalletOpened {
        /// The name of its object: platform account, mode and customer.
        wallet: String,
        /// The customer's own id.
        customer: String,
    },
    /// Products were copied in. Format 1.
    Subscribed {
        /// With all their prices, because fees name prices by id for ever.
        products: Vec<PricedProduct>,
        /// Added: absent means active, as every subscription was; an older deployment passes it
        /// over and takes it for active.
        #[serde(default, skip_serializing_if = "SubscriptionStatus::is_active")]
        status: SubscriptionStatus,
        /// What was collected at once.
        /// Added: absent means none.
        #[serde(default, skip_serializing_if = "Vec::is_empty")]
        fees: Vec<FixedFee>,
        /// Added: absent means at once and for ever.
        #[serde(default, skip_serializing_if = "Plan::is_default")]
        plan: Plan,
        /// Products that go on where their families stand.
        /// Added with plans that are remembered: absent means that all begin anew; an older deployment
        /// passes it over and begins them anew.
        #[serde(default, skip_serializing_if = "Vec::is_empty")]
        resumed: Vec<Resumed>,
    },
    /// A caller changed it. Format 1, added with the life of subscriptions; see the top for what an
    /// older deployment makes of a fact.
    SubscriptionChanged {
        /// The `seq` that made it.
        subscription: SubscriptionId,
        /// What was asked.
        change: Change,
        /// What came of it.
        status: SubscriptionStatus,
        /// It ends with what is paid for.
        #[serde(default, skip_serializing_if = "std::ops::Not::not")]
        cancel_at_period_end: bool,
        /// What was collected to activate it.
        #[serde(default, skip_serializing_if = "Vec::is_empty")]
        fees: Vec<FixedFee>,
        /// When it ends, cancelled, if no price is paid for longer.
        /// Added likewise: absent means with the price that is paid for longest.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        ends_at: Option<Instant>,
        /// Likewise, where it is activated.
        /// Added likewise.
        #[serde(default, skip_serializing_if = "Vec::is_empty")]
        resumed: Vec<Resumed>,
    },
    /// A product took the place of another. Format 1, added likewise.
    ProductChanged {
        /// The `seq` that made it.
        subscription: SubscriptionId,
        /// The id of the product that it had.
        replaces: String,
        /// The one that it has from now on.
        product: PricedProduct,
        /// Where the recurring prices of the new product stand.
        #[serde(default, skip_serializing_if = "Vec::is_empty")]
        terms: Vec<Term>,
        /// Where its entitlements stand.
        #[serde(default, skip_serializing_if = "Vec::is_empty")]
        given: Vec<Given>,
        /// What was paid and comes back; rows from before plans were remembered have a grant of this
        /// entry in each asset, later ones give it back to the grants that paid.
        #[serde(default, skip_serializing_if = "Vec::is_empty")]
        credited: Vec<FixedFee>,
        /// What was asked for the rest of the period.
        #[serde(default, skip_serializing_if = "Vec::is_empty")]
        charged: Vec<FixedFee>,
        /// Credit that was taken back, because it is for the rest of the period and not spent.
        /// Added with plans that are remembered: absent means none.
        #[serde(default, skip_serializing_if = "Vec::is_empty")]
        taken: Vec<Taken>,
        /// What is remembered of the plans before.
        /// Added likewise: absent means nothing; an older deployment passes it over.
        #[serde(default, skip_serializing_if = "Standing::is_empty")]
        kept: Standing,
    },
    /// Another product will take the place of one when its period ends, or no longer will. Format 1,
    /// added with plans that start later; see the top for what an older deployment makes of a fact.
    ProductChangePlanned {
        /// The `seq` that made it.
        subscription: SubscriptionId,
        /// The id of the product that it has until then.
        replaces: String,
        /// Nothing, where it was taken back.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        planned: Option<Planned>,
    },
    /// A product of a cancelled subscription is over, while others of it are paid for longer. Format 1,
    /// added likewise.
    ProductEnded {
        /// The `seq` that made it.
        subscription: SubscriptionId,
        /// The id of the product.
        product: String,
        /// When it ended.
        due_at: Instant,
    },
    /// What was due is collected: a period starts, or the subscription itself.
    /// Format 1, added likewise.
    SubscriptionRenewed {
        /// The `seq` that made it.
        subscription: SubscriptionId,
        /// The period's own start, however late this is written down.
        due_at: Instant,
        /// It becomes active.
        #[serde(default, skip_serializing_if = "std::ops::Not::not")]
        starts: bool,
        /// What was collected.
        #[serde(default, skip_serializing_if = "Vec::is_empty")]
        fees: Vec<FixedFee>,
        /// Products that go on where their families stand, where it starts.
        /// Added with plans that are remembered: absent means that all begin anew.
        #[serde(default, skip_serializing_if = "Vec::is_empty")]
        resumed: Vec<Resumed>,
    },
    /// The balance does not cover what is due.
    /// Format 1, added likewise.
    SubscriptionLapsed {
        /// The `seq` that made it.
        subscription: SubscriptionId,
        /// When it was due.
        due_at: Instant,
        /// How long it is awaited.
        grace_until: Instant,
        /// What is awaited.
        fees: Vec<FixedFee>,
    },
    /// A period is over over which prices ask a minimum, and what was missing of it is charged. It is
    /// written also where nothing was. Format 1, added with minimums.
    MinimumCharged {
        /// The period's start.
        starts_at: Instant,
        /// The period's end, however late this is written down.
        due_at: Instant,
        /// What was missing, of each price.
        #[serde(default, skip_serializing_if = "Vec::is_empty")]
        fees: Vec<FixedFee>,
    },
    /// Time ended it. Format 1, added likewise.
    SubscriptionEnded {
        /// The `seq` that made it.
        subscription: SubscriptionId,
        /// When it ended, however late this is written down.
        due_at: Instant,
        /// Why.
        cause: EndCause,
    },
    /// An invoice of a processor was paid. Format 1, added with plans that invoices pay; see the top for
    /// what an older deployment makes of a fact.
    InvoicePaid {
        /// The `seq` that made it.
        subscription: SubscriptionId,
        /// The processor's id of it.
        invoice: String,
        /// What is paid for; nothing where it settles a difference.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        period: Option<Span>,
        /// Without tax. No account of the wallet had it.
        amount: Amount,
        /// What was paid beside it. Added with refunds of invoices: absent means none, and an older deployment,
        /// which takes nothing back of an invoice, passes it over.
        #[serde(default, skip_serializing_if = "Amount::is_zero_ref")]
        tax: Amount,
        currency: String,
        /// The subscription becomes active with it.
        #[serde(default, skip_serializing_if = "std::ops::Not::not")]
        begins: bool,
        /// Products of which something is given once, and was.
        #[serde(default, skip_serializing_if = "Vec::is_empty")]
        resumed: Vec<Resumed>,
    },
    /// Credit that comes with a product, for one period. Format 1, added likewise.
    EntitlementGranted {
        /// The `seq` that made it.
        subscription: SubscriptionId,
        /// The place among the entitlements of the subscription.
        place: usize,
        /// Which period it is, from zero.
        period: u32,
        /// The id of the product.
        product: String,
        /// Of the entitlement, which is unique within its product.
        name: String,
        /// Where the credit is.
        account: AccountId,
        /// This entry's `seq`.
        grant: GrantId,
        /// With what is carried.
        amount: Amount,
        /// What was left of the grant before, and ended with it.
        #[serde(default, skip_serializing_if = "Amount::is_zero_ref")]
        carried: Amount,
        /// The part of it that had lapsed in an entry of its own, while an invoice was awaited.
        /// Added with rollovers of plans that invoices pay: absent means none; an older deployment passes it over.
        #[serde(default, skip_serializing_if = "Amount::is_zero_ref")]
        awaited: Amount,
        /// The grant before, and how much of it may still go over.
        /// Added with rollovers that carry what comes back: absent means that nothing more does, as
        /// it was; an older deployment passes it over, and lets that lapse.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        rolls: Option<Rolls>,
        /// The period's start.
        starts_at: Instant,
        /// The period's end, with which what is left expires.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        ends_at: Option<Instant>,
        /// Revenue for each unit used, kept for the accounts.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        revenue_basis: Option<Amount>,
        /// It adds to what the period had, because the plan gives more from now on.
        /// Added with plans that are remembered: absent means that it is the period's own.
        #[serde(default, skip_serializing_if = "std::ops::Not::not")]
        extra: bool,
    },
    /// The customer goes by another name. Format 1, added with renaming.
    ExternalIdChanged(ExternalId),
    /// Money or other credit came in. Format 1.
    Credited {
        /// The grant that it opened, which is this entry's `seq`.
        grant: GrantId,
        /// All of it, also what repaid debt.
        amount: Amount,
        /// How much of it repaid debt at once.
        repaid: Amount,
        /// Its fields stand among these: `source`, and what that source says.
        #[serde(flatten)]
        source: CreditSource,
        /// Shown to the customer.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        description: Option<String>,
        /// The caller's own words.
        #[serde(default, skip_serializing_if = "Metadata::is_empty")]
        metadata: Metadata,
    },
    /// Money is reserved. Format 1.
    HoldAuthorized {
        /// This entry's `seq`.
        hold: HoldId,
        /// When what is left comes back by itself.
        expires_at: Instant,
        /// Whose work it is, where its events do not say.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        subject: Option<String>,
        /// What was asked, as priced then; absent for a plain amount.
        #[serde(default, skip_serializing_if = "Vec::is_empty")]
        fees: Vec<Fee>,
        /// Which volumes were lowered, and to what.
        #[serde(default, skip_serializing_if = "Vec::is_empty")]
        caps: Vec<Cap>,
        /// Less is held than was asked for.
        #[serde(default, skip_serializing_if = "std::ops::Not::not")]
        capped: bool,
        /// What was not priced.
        #[serde(default, skip_serializing_if = "Vec::is_empty")]
        warnings: Vec<Warning>,
    },
    /// More money or more time. Format 1.
    HoldExtended {
        /// The `seq` that authorized it.
        hold: HoldId,
        /// Never earlier than before.
        expires_at: Instant,
        /// What is held in addition.
        #[serde(default, skip_serializing_if = "Vec::is_empty")]
        fees: Vec<Fee>,
        /// What was not priced.
        #[serde(default, skip_serializing_if = "Vec::is_empty")]
        warnings: Vec<Warning>,
    },
    /// What was used is charged. Format 1.
    HoldCaptured {
        /// The `seq` that authorized it.
        hold: HoldId,
        /// The final capture; it released the rest.
        closes: bool,
        /// The hold had expired.
        #[serde(default, skip_serializing_if = "std::ops::Not::not")]
        late: bool,
        /// What was used; absent for a plain amount.
        #[serde(default, skip_serializing_if = "Vec::is_empty")]
        events: Vec<UsageEvent>,
        /// What it cost.
        #[serde(default, skip_serializing_if = "Vec::is_empty")]
        fees: Vec<Fee>,
        /// What was not priced.
        #[serde(default, skip_serializing_if = "Vec::is_empty")]
        warnings: Vec<Warning>,
    },
    /// A caller gave all of it back. Format 1.
    HoldReleased {
        /// The `seq` that authorized it.
        hold: HoldId,
        /// The caller's own words.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        reason: Option<String>,
    },
    /// Time gave all of it back. Format 1.
    HoldExpired {
        /// The `seq` that authorized it.
        hold: HoldId,
    },
    /// Usage that nobody held money for. Format 1.
    UsageRecorded {
        /// As it was sent.
        event: UsageEvent,
        /// What it cost.
        #[serde(default, skip_serializing_if = "Vec::is_empty")]
        fees: Vec<Fee>,
        /// What was not priced.
        #[serde(default, skip_serializing_if = "Vec::is_empty")]
        warnings: Vec<Warning>,
    },
    /// Money went out that no price asked for. Format 1.
    Debited {
        /// All of it, also what became debt.
        amount: Amount,
        /// Its fields stand among these: `cause`, and a reason.
        #[serde(flatten)]
        cause: DebitCause,
        /// Whose work it was.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        subject: Option<String>,
        /// Shown to the customer.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        description: Option<String>,
        /// The caller's own words.
        #[serde(default, skip_serializing_if = "Metadata::is_empty")]
        metadata: Metadata,
        /// Added with events' costs: absent means that nobody said; an older deployment passes it
        /// over.
        #[serde(default, skip_serializing_if = "Maths::is_empty")]
        maths: Maths,
        /// The only grant that it takes from.
        /// Added with debits that name it: absent means whichever comes first; an older deployment
        /// passes it over, since the moves say the rest.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        grant: Option<GrantId>,
    },
    /// Format 1, added with late events.
    SettingsChanged {
        /// For how many days a late event is recorded from now on.
        late_events_days: u32,
    },
    /// Credit that became effective, or is about to expire, covers what it was counted against.
    /// Format 1, added with credit that covers.
    CreditApplied {
        /// The `seq` that opened it.
        grant: GrantId,
        /// How much debt it paid.
        repaid: Amount,
        /// How much overdraft of holds it took the place of.
        backed: Amount,
    },
    /// Time ended credit. Format 1.
    GrantExpired {
        /// The `seq` that opened it.
        grant: GrantId,
        /// Credit that nobody used: breakage.
        amount: Amount,
    },
    /// Tax was credited with a payment and is taken back. Format 1.
    TaxExcluded {
        /// The processor's id of the payment.
        payment: String,
        /// The grant that the payment opened; no other pays for its tax.
        grant: GrantId,
        /// What is taken back.
        tax: Amount,
        /// How much of it had been taken already, since the payment was refunded or disputed before its tax was known.
        /// Added with refunds: absent means nothing.
        #[serde(default, skip_serializing_if = "Amount::is_zero_ref")]
        returned: Amount,
    },
    /// What is left of a grant is taken back, and so is what its holds give back later.
    /// Format 1, added with voids.
    GrantVoided {
        /// The `seq` that opened it.
        grant: GrantId,
        /// What was free of it.
        amount: Amount,
        /// Shown to the customer.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        reason: Option<String>,
    },
    /// What an entry charged is taken back. Format 1, added with reversals.
    Reversed {
        /// Its `seq`.
        entry: u64,
        /// It counted as revenue, which is less by this.
        #[serde(default, skip_serializing_if = "std::ops::Not::not")]
        is_charge: bool,
        /// Shown to the customer.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        reason: Option<String>,
    },
    /// An event is charged that posted without a price, or that was estimated. Format 1, added with both.
    UsagePriced {
        /// The `seq` of the entry that recorded it.
        entry: u64,
        /// Which of its events.
        #[serde(default, skip_serializing_if = "is_first")]
        place: usize,
        /// As it was priced, with what is known of it by now.
        event: UsageEvent,
        /// So many of its costs, the last ones, were told with the pricing. Format 1, added with them.
        #[serde(default, skip_serializing_if = "is_first")]
        new_costs: usize,
        /// It was a part of a capture.
        #[serde(default, skip_serializing_if = "std::ops::Not::not")]
        from_hold: bool,
        /// Whose work it was.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        subject: Option<String>,
        /// What it costs, without the prices that had asked already. What was charged for these
        /// before is no part of the moves.
        #[serde(default, skip_serializing_if = "Vec::is_empty")]
        fees: Vec<Fee>,
    },
    /// Format 1, added with the overdraft.
    OverdraftSet {
        /// The account that may go below zero.
        account: AccountId,
        /// How far; zero takes the overdraft away.
        limit: Amount,
    },
    /// Format 1, added with budgets.
    BudgetSet {
        /// An earlier entry's `seq` where the budget goes on counting, else this one's.
        budget: BudgetId,
        /// The caller's name for it.
        code: String,
        /// What it asks and how much it allows.
        terms: budget::Terms,
    },
    /// Format 1, added with budgets.
    BudgetRemoved {
        /// The `seq` with which it began to count.
        budget: BudgetId,
        /// The caller's name for it.
        code: String,
    },
    /// The account's budgets for all of its customers. Format 1, added with presets.
    PresetsChanged {
        /// In the place of those before.
        budgets: Vec<budget::Preset>,
    },
    /// Money of a payment went back to its payer, or came again. Format 1, added with refunds.
    PaymentLoss(Loss),
    /// Nothing is authorized from now on, or again. Format 1, added with freezes.
    FreezeChanged(FreezeChange),
    /// Something happened to the recharge rule of an account. Format 1, added with automatic recharge.
    Recharge {
        /// The account that the rule fills.
        account: AccountId,
        /// What happened.
        step: recharge::Step,
    },
}

/// Most entries record one event.
#[expect(
    clippy::trivially_copy_pass_by_ref,
    reason = "serde hands references over"
)]
const fn is_first(place: &usize) -> bool {
    *place == 0
}

/// From which grant a rollover carries.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct Rolls {
    pub from: GrantId,
    /// How much more of it may go over; without any bound, when absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub room: Option<Amount>,
}

impl Fact {
    /// The fees and the warnings of usage that it prices: what counts for
    /// [`MAX_FEES`](super::price::MAX_FEES).
    #[must_use]
    pub const fn priced(&self) -> usize {
        let (Self::HoldAuthorized { fees, warnings, .. }
        | Self::HoldExtended { fees, warnings, .. }
        | Self::HoldCaptured { fees, warnings, .. }
        | Self::UsageRecorded { fees, warnings, .. }) = self
        else {
            return 0;
        };
        fees.len().saturating_add(warnings.len())
    }

    /// It says that something was not priced, or was estimated.
    #[must_use]
    pub const fn warns(&self) -> bool {
        let (Self::HoldAuthorized { warnings, .. }
        | Self::HoldExtended { warnings, .. }
        | Self::HoldCaptured { warnings, .. }
        | Self::UsageRecorded { warnings, .. }) = self
        else {
            return false;
        };
        !warnings.is_empty()
    }

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
            | Self::ProductChangePlanned { .. }
            | Self::ProductEnded { .. }
            | Self::SubscriptionRenewed { .. }
            | Self::SubscriptionLapsed { .. }
            | Self::SubscriptionEnded { .. }
            | Self::InvoicePaid { .. }
            | Self::EntitlementGranted { .. }
            | Self::MinimumCharged { .. }
            | Self::Credited { .. }
            | Self::UsageRecorded { .. }
            | Self::Debited { .. }
            | Self::SettingsChanged { .. }
            | Self::CreditApplied { .. }
            | Self::GrantExpired { .. }
            | Self::GrantVoided { .. }
            | Self::Reversed { .. }
            | Self::UsagePriced { .. }
            | Self::TaxExcluded { .. }
            | Self::OverdraftSet { .. }
            | Self::BudgetSet { .. }
            | Self::BudgetRemoved { .. }
            | Self::PresetsChanged { .. }
            | Self::PaymentLoss(_)
            | Self::FreezeChanged(_)
            | Self::Recharge { .. } => None,
        }
    }

    /// The subscription that the fact is about; the one it makes is named by its entry.
    #[must_use]
    pub const fn subscription(&self) -> Option<SubscriptionId> {
        match self {
            Self::SubscriptionChanged { subscription, .. }
            | Self::ProductChanged { subscription, .. }
            | Self::ProductChangePlanned { subscription, .. }
            | Self::ProductEnded { subscription, .. }
            | Self::SubscriptionRenewed { subscription, .. }
            | Self::SubscriptionLapsed { subscription, .. }
            | Self::SubscriptionEnded { subscription, .. }
            | Self::InvoicePaid { subscription, .. }
            | Self::EntitlementGranted { subscription, .. } => Some(*subscription),
            Self::WalletOpened { .. }
            | Self::Subscribed { .. }
            | Self::ExternalIdChanged(_)
            | Self::MinimumCharged { .. }
            | Self::Credited { .. }
            | Self::HoldAuthorized { .. }
            | Self::HoldExtended { .. }
            | Self::HoldCaptured { .. }
            | Self::HoldReleased { .. }
            | Self::HoldExpired { .. }
            | Self::UsageRecorded { .. }
            | Self::Debited { .. }
            | Self::SettingsChanged { .. }
            | Self::CreditApplied { .. }
            | Self::GrantExpired { .. }
            | Self::GrantVoided { .. }
            | Self::Reversed { .. }
            | Self::UsagePriced { .. }
            | Self::TaxExcluded { .. }
            | Self::OverdraftSet { .. }
            | Self::BudgetSet { .. }
            | Self::BudgetRemoved { .. }
            | Self::PresetsChanged { .. }
            | Self::PaymentLoss(_)
            | Self::FreezeChanged(_)
            | Self::Recharge { .. } => None,
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
            Self::ProductChangePlanned { .. } => "product_change_planned",
            Self::ProductEnded { .. } => "product_ended",
            Self::SubscriptionRenewed { .. } => "subscription_renewed",
            Self::SubscriptionLapsed { .. } => "subscription_lapsed",
            Self::SubscriptionEnded { .. } => "subscription_ended",
            Self::InvoicePaid { .. } => "invoice_paid",
            Self::MinimumCharged { .. } => "minimum_charged",
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
            Self::CreditApplied { .. } => "credit_applied",
            Self::GrantExpired { .. } => "grant_expired",
            Self::GrantVoided { .. } => "grant_voided",
            Self::Reversed { .. } => "reversed",
            Self::UsagePriced { .. } => "usage_priced",
            Self::TaxExcluded { .. } => "tax_excluded",
            Self::OverdraftSet { .. } => "overdraft_set",
            Self::BudgetSet { .. } => "budget_set",
            Self::BudgetRemoved { .. } => "budget_removed",
            Self::PresetsChanged { .. } => "presets_changed",
            Self::PaymentLoss(_) => "payment_loss",
            Self::FreezeChanged(_) => "freeze_changed",
            Self::Recharge { step, .. } => step.word(),
        }
    }
}
