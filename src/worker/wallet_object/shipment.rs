//! What a wallet tells the directory of its usage: the rows of the table `usage`, which lists and
//! stats are made of. The journal is the outbox: its rows are told in their order, and telling one
//! again changes nothing.
//!
//! | fact | rows | key `(customer, seq, place)` |
//! |---|---|---|
//! | usage recorded | 1 | place 0 |
//! | hold captured | 1 per event; 1 where it has none | place of the event |
//! | usage priced later | 1, without an event | place 0 |
//! | debited, as a charge | 1, without an event | place 0 |
//! | subscribed, renewed, activated, moved, with fees | 1, without an event | place 0 |
//! | an invoice of a processor paid | 1, without an event | place 0 |
//! | other facts of subscriptions | 0, but the list of subscriptions | |
//!
//! ```text
//! sum of fees in the rows = sum of debits that are revenue - what was given back of them     by asset
//!                         + what invoices of a processor were paid, which no account had, less what went back of it
//! ```
//!
//! A row derives from one entry and never changes, so telling it twice writes it once.

use serde_json::Value;

use crate::engine::command::DebitCause;
use crate::engine::loss::Loss;
use crate::engine::price::FixedFee;
use crate::engine::price::totals;
use crate::engine::usage::Cost;
use crate::engine::{Amount, Entry, Fact, Fee, Instant, UsageEvent};
use crate::wire::ids;
use crate::wire::money::given_back;
use crate::wire::reply::{Money, json};
use crate::wire::usage::{charges, unpriced};

/// Bytes of rows after which a shipment is full. One entry may take it further, however large it is.
///
/// Rows of a few hundred bytes make about a thousand per shipment, but 200 entries are read at a time; see
/// `UNTOLD`.
const FULL: usize = 256 * 1024;

/// Bytes of rows after which a shipment goes on in another list: a value of the directory may have 2 MB.
///
/// ```text
/// 1 MiB + one row of at most 500 KB (100 costs, 100 fees, a description) < 2 MB
/// ```
const LIST: usize = 1024 * 1024;

/// The smallest steps of an amount that make a whole one.
///
/// 10^12, because an amount has 12 decimal places.
const STEPS: i128 = 1_000_000_000_000;

/// The mark of an event that posted without a price.
pub const UNPRICED: &str = "unpriced";

/// The mark of an event that was charged as it was held.
pub const ESTIMATED: &str = "estimated";

fn mark(fact: &Fact, place: usize) -> Option<&'static str> {
    let (unpriced, estimated) = unpriced(fact);
    let estimated = estimated.contains(&place).then_some(ESTIMATED);
    estimated.or(unpriced.contains(&place).then_some(UNPRICED))
}

/// Whether the directory is told of a fact.
///
/// Every fact is listed, so that a new one cannot be forgotten. Credits and holds are not told:
/// the directory knows what was used, and the wallet what is left.
#[must_use]
pub fn is_told(fact: &Fact) -> bool {
    match fact {
        Fact::UsageRecorded { .. }
        | Fact::UsagePriced { .. }
        | Fact::HoldCaptured { .. }
        | Fact::Subscribed { .. }
        | Fact::SubscriptionChanged { .. }
        | Fact::ProductChanged { .. }
        | Fact::ProductChangePlanned { .. }
        | Fact::ProductEnded { .. }
        | Fact::SubscriptionRenewed { .. }
        | Fact::SubscriptionLapsed { .. }
        | Fact::InvoicePaid { .. }
        | Fact::SubscriptionEnded { .. } => true,
        // Most periods reach their minimum, and are no revenue.
        Fact::MinimumCharged { fees, .. } => !fees.is_empty(),
        // One that is told again, or was over from the start, has moved nothing.
        Fact::PaymentLoss(loss) => !loss.change.is_zero(),
        // A correction by hand is no revenue, so only a charge counts.
        Fact::Debited { cause, .. } => matches!(cause, DebitCause::Charge),
        Fact::Reversed { is_charge, .. } => *is_charge,
        Fact::WalletOpened { .. }
        | Fact::EntitlementGranted { .. }
        | Fact::Credited { .. }
        | Fact::HoldAuthorized { .. }
        | Fact::HoldExtended { .. }
        | Fact::HoldReleased { .. }
        | Fact::HoldExpired { .. }
        | Fact::SettingsChanged { .. }
        | Fact::ExternalIdChanged(_)
        | Fact::CreditApplied { .. }
        | Fact::GrantExpired { .. }
        | Fact::GrantVoided { .. }
        | Fact::TaxExcluded { .. }
        | Fact::OverdraftSet { .. }
        | Fact::BudgetSet { .. }
        | Fact::BudgetRemoved { .. }
        | Fact::PresetsChanged { .. }
        | Fact::FreezeChanged(_)
        | Fact::Recharge { .. } => false,
    }
}

/// Rows on their way to the directory, as JSON lists: with commas between the rows, without the brackets.
#[derive(Default)]
pub struct Shipment {
    lists: Vec<String>,
    /// Whether the list of subscriptions goes along.
    subscriptions: bool,
}

impl Shipment {
    /// Whether the next row belongs into another shipment.
    #[must_use]
    pub fn is_full(&self) -> bool {
        let bytes = self.lists.iter().map(String::len);
        bytes.fold(0, usize::saturating_add) >= FULL
    }

    /// Each list as one value of a statement, which SQLite takes apart: rows of any number by one
    /// statement. None where there is no row.
    #[must_use]
    pub fn into_lists(self) -> Vec<String> {
        let lists = self.lists.iter();
        lists.map(|rows| format!("[{rows}]")).collect()
    }

    /// Whether any of the entries was about subscriptions.
    #[must_use]
    pub const fn has_subscriptions(&self) -> bool {
        self.subscriptions
    }

    /// Adds what the directory is told of an entry: a row for each usage event, and one for what was
    /// charged without any.
    ///
    /// `hold_subject` is what the captured hold was for; an event of its own subject keeps that.
    pub fn add(&mut self, customer: &str, entry: &Entry, hold_subject: Option<&str>) {
        let subscribed = matches!(entry.fact, Fact::Subscribed { .. });
        self.subscriptions |= subscribed || entry.fact.subscription().is_some();
        match &entry.fact {
            Fact::UsageRecorded { event, fees, .. } => {
                let id = event.id.clone().unwrap_or_default();
                self.push(&UsageRow::of_event(entry, 0, id, event, fees));
            }
            Fact::HoldCaptured {
                hold, events, fees, ..
            } => {
                // Ids of captured events are ours and say where they are, so that they are found
                // without the directory.
                for (place, event) in events.iter().enumerate() {
                    let id = ids::captured_event(customer, entry.seq, place);
                    let mut row = UsageRow::of_event(entry, place, id, event, fees);
                    row.subject = row.subject.or(hold_subject);
                    row.hold = Some(*hold);
                    self.push(&row);
                }
                // What was charged without usage must be in the sums as well.
                if events.is_empty() {
                    let mut row = UsageRow::of_charge(entry, charges(entry));
                    row.subject = hold_subject;
                    row.hold = Some(*hold);
                    self.push(&row);
                }
            }
            // Charges only, by `is_told`: the same question that decides whether the wallet ships
            // at all.
            Fact::Debited {
                amount, subject, ..
            } if is_told(&entry.fact) => {
                let charged = entry.changes.first().map(|change| Money {
                    asset: change.account.asset.clone(),
                    amount: *amount,
                });
                let mut row = UsageRow::of_charge(entry, charged.into_iter().collect());
                row.subject = subject.as_deref();
                self.push(&row);
            }
            // Revenue is less by what was taken back of it, at the moment at which it was.
            Fact::Reversed { .. } if is_told(&entry.fact) => {
                self.push(&UsageRow::of_charge(entry, less_given_back(entry)));
            }
            // What an event is charged later, or less, counts when it is: the event has its row.
            Fact::UsagePriced {
                subject,
                event,
                new_costs,
                ..
            } => {
                let mut row = UsageRow::of_pricing(entry, event, *new_costs);
                row.subject = subject.as_deref();
                self.push(&row);
            }
            Fact::Subscribed { fees, .. }
            | Fact::SubscriptionChanged { fees, .. }
            | Fact::SubscriptionRenewed { fees, .. }
            | Fact::MinimumCharged { fees, .. } => self.push_fees(entry, fees, &[]),
            Fact::InvoicePaid { .. } => self.push_invoice(entry),
            Fact::ProductChanged {
                credited, charged, ..
            } => self.push_fees(entry, charged, credited),
            Fact::PaymentLoss(loss) if is_told(&entry.fact) => self.push_loss(entry, loss),
            // Facts that only change the list of subscriptions, and those that nobody is told of.
            _ => {}
        }
    }

    /// A row of what a subscription was charged, less what it was given back.
    fn push_fees(&mut self, entry: &Entry, charged: &[FixedFee], credited: &[FixedFee]) {
        let money = |fee: &FixedFee| Money {
            asset: fee.asset.clone(),
            amount: fee.amount,
        };
        let back = |fee: &FixedFee| Money {
            asset: fee.asset.clone(),
            amount: Amount::ZERO.folded_minus(fee.amount),
        };
        let fees: Vec<Money> = charged
            .iter()
            .map(money)
            .chain(credited.iter().map(back))
            .collect();
        if !fees.is_empty() {
            self.push(&UsageRow::of_charge(entry, fees));
        }
    }

    /// A row of what a payment has lost. Revenue is less by it only where what was paid was revenue, as of an invoice:
    /// that of credit is what was used.
    fn push_loss(&mut self, entry: &Entry, loss: &Loss) {
        let refunded = Some(Money {
            asset: loss.currency.clone(),
            amount: loss.change,
        });
        let revenue_lost = (!loss.revenue_lost.is_zero()).then(|| Money {
            asset: loss.currency.clone(),
            amount: loss.revenue_lost.negated(),
        });
        self.push(&UsageRow {
            refunded,
            ..UsageRow::of_charge(entry, revenue_lost.into_iter().collect())
        });
    }

    /// A row of what an invoice was paid; none where it was nothing.
    fn push_invoice(&mut self, entry: &Entry) {
        let Fact::InvoicePaid {
            amount, currency, ..
        } = &entry.fact
        else {
            return;
        };
        if amount.is_positive() {
            let paid = Money {
                asset: currency.clone(),
                amount: *amount,
            };
            self.push(&UsageRow::of_charge(entry, vec![paid]));
        }
    }

    fn push(&mut self, row: &UsageRow<'_>) {
        let row = row.to_json();
        match self.lists.last_mut().filter(|list| list.len() < LIST) {
            Some(list) => {
                list.push(',');
                list.push_str(&row);
            }
            None => self.lists.push(row),
        }
    }
}

/// What an entry gave back, as amounts below zero.
fn less_given_back(entry: &Entry) -> Vec<Money> {
    let less = |money: Money| Money {
        amount: money.amount.negated(),
        ..money
    };
    given_back(entry).into_iter().map(less).collect()
}

/// A row of the table.
///
/// Shape: `[seq, place, event_id, event_type, subject, description, occurred_at, created_at, hold,
/// fees, costs, mark]`, and behind them the list of what was refunded, where there is any.
struct UsageRow<'a> {
    seq: u64,
    place: usize,
    /// Nothing where there was no usage event.
    event_id: Option<String>,
    event_type: Option<&'a str>,
    subject: Option<&'a str>,
    description: Option<&'a str>,
    occurred_at: Instant,
    created_at: Instant,
    hold: Option<u64>,
    fees: Vec<Money>,
    costs: &'a [Cost],
    /// [`UNPRICED`] or [`ESTIMATED`].
    mark: Option<&'static str>,
    /// What a payment has lost by the entry; below zero where it has come again.
    refunded: Option<Money>,
}

impl<'a> UsageRow<'a> {
    /// An event with the fees that are its own among those of its entry.
    fn of_event(
        entry: &Entry,
        place: usize,
        id: String,
        event: &'a UsageEvent,
        fees: &[Fee],
    ) -> Self {
        let own = fees.iter().filter(|fee| fee.event == place).cloned();
        // What was posted has a sum.
        let sums = totals(&own.collect::<Vec<_>>()).unwrap_or_default();
        let money = |(asset, amount)| Money { asset, amount };
        Self {
            seq: entry.seq,
            place,
            // Also where the caller gave none: the list of events shows only what has an id.
            event_id: Some(id),
            event_type: Some(&event.event_type),
            subject: event.subject.as_deref(),
            description: event.description.as_deref(),
            // What does not say when it happened has happened when it was received.
            occurred_at: event.occurred_at.unwrap_or(entry.at),
            created_at: entry.at,
            hold: None,
            fees: sums.into_iter().map(money).collect(),
            costs: &event.costs,
            mark: mark(&entry.fact, place),
            refunded: None,
        }
    }

    /// A charge at the moment of its entry, without an event: it counts in sums and is in no list.
    const fn of_charge(entry: &Entry, fees: Vec<Money>) -> Self {
        Self {
            seq: entry.seq,
            place: 0,
            event_id: None,
            event_type: None,
            subject: None,
            description: None,
            occurred_at: entry.at,
            created_at: entry.at,
            hold: None,
            fees,
            costs: &[],
            mark: None,
            refunded: None,
        }
    }

    /// What a pricing charged and gave back, and the costs that it told: the others count in the event's row.
    fn of_pricing(entry: &Entry, event: &'a UsageEvent, new_costs: usize) -> Self {
        let mut fees = charges(entry);
        fees.extend(less_given_back(entry));
        let known = event.costs.len().saturating_sub(new_costs);
        Self {
            costs: event.costs.get(known..).unwrap_or_default(),
            ..Self::of_charge(entry, fees)
        }
    }

    /// The columns as a list, in the order in which the directory's statement reads them.
    fn to_json(&self) -> String {
        // Amounts as two integers, because SQL adds decimals as floats.
        let fee = |fee: &Money| {
            let (whole, rest) = parts(fee.amount);
            json(&(&fee.asset, whole, rest))
        };
        let cost = |cost: &Cost| {
            let (whole, rest) = parts(cost.amount);
            let vendor = (&cost.vendor_id, &cost.vendor_external_id);
            json(&(
                &cost.currency,
                whole,
                rest,
                vendor.0,
                vendor.1,
                &cost.category,
            ))
        };
        let fees: Vec<String> = self.fees.iter().map(fee).collect();
        let costs: Vec<String> = self.costs.iter().map(cost).collect();
        let mut columns = json(&(
            self.seq,
            self.place,
            &self.event_id,
            self.event_type,
            self.subject,
            self.description,
            self.occurred_at,
            self.created_at,
            self.hold,
        ));
        // The amounts are lists of their own, at the end.
        // Only the bracket is cut off, since what follows is written as JSON already.
        columns.truncate(columns.len().saturating_sub(1));
        let (fees, costs) = (fees.join(","), costs.join(","));
        // Only where there is one, because all other rows are read without it.
        let refunded = self.refunded.as_ref().map(fee);
        let refunded = refunded.map_or(String::new(), |one| format!(",[{one}]"));
        format!(
            "{columns},[{fees}],[{costs}],{}{refunded}]",
            json(&self.mark)
        )
    }
}

/// Whole units and the smallest steps beyond them: two integers, which SQL adds without rounding.
///
/// `amount = whole + rest / 10^12` with `0 <= rest < 10^12`, also below zero: −0.5 is (−1, 5 ×
/// 10^11).
fn parts(amount: Amount) -> (i64, i64) {
    let steps = amount.steps();
    // Amounts are below 10^15, so both parts are far inside 64 bits.
    let part = |part: i128| i64::try_from(part).unwrap_or_default();
    (part(steps.div_euclid(STEPS)), part(steps.rem_euclid(STEPS)))
}

/// The amount that such parts make; nothing where they leave the bounds of an amount.
///
/// `rest` may be a sum and far above one whole: it carries over.
#[must_use]
pub fn amount_of(whole: i128, rest: i128) -> Option<Amount> {
    let steps = whole.checked_mul(STEPS)?.checked_add(rest)?;
    Amount::from_steps(steps).ok()
}

/// Reads the fees or the costs of a row, as far as they are money.
///
/// Shape: `[[asset, whole, rest, …], …]`; what stands behind the third is not money. None where a
/// part of it cannot be read.
#[must_use]
pub fn read_money(column: &str) -> Option<Vec<Money>> {
    let column: Value = serde_json::from_str(column).ok()?;
    let mut all = Vec::new();
    for one in column.as_array()? {
        let (whole, rest) = (one.get(1)?.as_i64()?, one.get(2)?.as_i64()?);
        all.push(Money {
            asset: one.get(0)?.as_str()?.to_owned(),
            amount: amount_of(whole.into(), rest.into())?,
        });
    }
    Some(all)
}
