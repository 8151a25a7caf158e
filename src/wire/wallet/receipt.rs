//! The receipt of one entry: what was priced, what paid for it, how the balance stood before and after, and the link
//! of the chain that anybody can check without asking us.
//!
//! ```text
//! hash = SHA-256(previous_hash, record)          the record is what the hash is over
//! everything else that a receipt says            derives from the record, by this file: so it is checked as well
//! ```

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::engine::price::Model;
use crate::engine::{AccountChange, Amount, Entry, Fact, Fee, Move, Quantity, UsageEvent, Wallet};
use crate::journal::Row;
use crate::journal::chain::link;
use crate::wire::overview::{changed, words};
use crate::wire::reply::json;
use crate::wire::usage::Calculation;
use crate::wire::{ids, time};

/// What a receipt says of an entry, and nothing that its record does not say.
#[derive(Serialize)]
struct Said<'a> {
    seq: u64,
    #[serde(rename = "type")]
    kind: &'static str,
    at: String,
    what: String,
    note: Option<String>,
    /// Exact, and rounded once each.
    fees: Vec<FeeLine<'a>>,
    paid_by: Vec<PaidBy>,
    balances: Vec<Around>,
}

/// What one price asked.
#[derive(Serialize)]
struct FeeLine<'a> {
    /// The place of the event among those of the entry, from zero.
    event: usize,
    price_id: &'a str,
    asset: &'a str,
    /// How much of the event's field was priced; none for a price per event, nor where that would say what the
    /// event cost the platform.
    quantity: Option<&'a Quantity>,
    amount: Amount,
}

/// What paid, and how much: a grant, or else it became debt.
#[derive(Serialize)]
struct PaidBy {
    asset: String,
    grant: Option<String>,
    amount: Amount,
}

/// One account before the entry and after it.
#[derive(Serialize)]
struct Around {
    account: String,
    asset: String,
    before: Figures,
    after: Figures,
}

#[derive(Serialize)]
struct Figures {
    balance: Amount,
    held: Amount,
}

/// The price of a fee in the words of its product: what the record only names by an id.
#[derive(Serialize)]
struct PriceLine<'a> {
    /// The place among `fees`.
    fee: usize,
    product_code: &'a str,
    /// The version that the customer had then.
    product_version: u32,
    #[serde(flatten)]
    price: PriceSaid<'a>,
}

#[derive(Serialize)]
#[serde(untagged)]
enum PriceSaid<'a> {
    Rates(Box<Calculation<'a>>),
    /// Of a price on top of costs the rates are the platform's alone.
    Name {
        price_id: &'a str,
        price_name: &'a str,
    },
}

/// `GET …/wallet/entries/{entry}/receipt`.
///
/// `previous` is the hash of the row before. A customer sees the record only where it says nothing of costs and of
/// what the platform keeps for itself.
#[must_use]
pub fn receipt(wallet: &Wallet, row: &Row, previous: &str, for_customer: bool) -> String {
    let customer = wallet.customer.as_str();
    // Whole or not at all: a record with a part left out would have another hash.
    let is_shown = !for_customer || is_for_customers(&row.entry.fact);
    // Beside what derives from the record and never in it, so that old receipts are verified as before.
    let prices = prices(wallet, &row.entry.fact, for_customer);
    let mut receipt = said(customer, &row.entry);
    if let Value::Object(fields) = &mut receipt {
        let prices = serde_json::to_value(prices).unwrap_or_default();
        fields.insert("prices".to_owned(), prices);
        fields.insert("customer_id".to_owned(), customer.into());
        fields.insert("previous_hash".to_owned(), previous.into());
        fields.insert("hash".to_owned(), row.hash.clone().into());
        let record = is_shown.then(|| Value::from(row.text.clone()));
        fields.insert("record".to_owned(), record.unwrap_or(Value::Null));
    }
    json(&receipt)
}

/// What a receipt says of an entry that is no row yet, or whose owner asks: with its prices, and without the links
/// of the chain.
#[must_use]
pub fn explained(wallet: &Wallet, entry: &Entry) -> Value {
    let mut receipt = said(&wallet.customer, entry);
    if let Value::Object(fields) = &mut receipt {
        let prices = prices(wallet, &entry.fact, false);
        let prices = serde_json::to_value(prices).unwrap_or_default();
        fields.insert("prices".to_owned(), prices);
    }
    receipt
}

fn said(customer: &str, entry: &Entry) -> Value {
    let (what, note) = words(&entry.fact);
    let fees = fees_of(&entry.fact).iter();
    let said = Said {
        seq: entry.seq,
        kind: entry.fact.word(),
        at: time::format(entry.at),
        what,
        note,
        fees: fees.map(|fee| fee_line(&entry.fact, fee)).collect(),
        paid_by: paid_by(customer, entry),
        balances: entry.changes.iter().map(around).collect(),
    };
    serde_json::to_value(&said).unwrap_or_default()
}

fn fees_of(fact: &Fact) -> &[Fee] {
    match fact {
        Fact::HoldAuthorized { fees, .. }
        | Fact::HoldExtended { fees, .. }
        | Fact::HoldCaptured { fees, .. }
        | Fact::UsageRecorded { fees, .. }
        | Fact::UsagePriced { fees, .. } => fees,
        // Everything else asks no price of usage.
        _ => &[],
    }
}

/// From the wallet's own copies of its products, which never change; the record does not have them, so they are not
/// among what is verified.
fn prices<'a>(wallet: &'a Wallet, fact: &'a Fact, for_customer: bool) -> Vec<PriceLine<'a>> {
    let has_costs = events_of(fact).any(|event| !event.costs.is_empty());
    let line = |(place, fee): (usize, &'a Fee)| {
        let (product, price) = wallet.price(&fee.price_id)?;
        // An amount beside a markup would tell what the usage cost the platform.
        let is_secret = for_customer && (has_costs || price.model == Model::CostPlus);
        let price = if is_secret {
            PriceSaid::Name {
                price_id: &price.id,
                price_name: &price.name,
            }
        } else {
            PriceSaid::Rates(Box::new(Calculation::new(price, fee, None)?))
        };
        Some(PriceLine {
            fee: place,
            product_code: &product.code,
            product_version: product.version,
            price,
        })
    };
    let fees = fees_of(fact).iter().enumerate();
    fees.filter_map(line).collect()
}

fn fee_line<'a>(fact: &Fact, fee: &'a Fee) -> FeeLine<'a> {
    // A price on top of the costs has them for its quantity, so it is left out wherever there are any.
    let has_costs = events_of(fact).any(|event| !event.costs.is_empty());
    let quantity = fee.volume.as_ref().filter(|_| !has_costs);
    FeeLine {
        event: fee.event,
        price_id: &fee.price_id,
        asset: &fee.asset,
        quantity,
        amount: fee.amount,
    }
}

fn events_of(fact: &Fact) -> impl Iterator<Item = &UsageEvent> {
    let (one, many): (Option<&UsageEvent>, &[UsageEvent]) = match fact {
        Fact::UsageRecorded { event, .. } | Fact::UsagePriced { event, .. } => (Some(event), &[]),
        Fact::HoldCaptured { events, .. } => (None, events),
        _ => (None, &[]),
    };
    one.into_iter().chain(many)
}

/// Whether a record has nothing in it that is the platform's alone: costs, and its own words about a payment.
fn is_for_customers(fact: &Fact) -> bool {
    match fact {
        Fact::UsageRecorded { .. } | Fact::HoldCaptured { .. } | Fact::UsagePriced { .. } => {
            events_of(fact).all(|event| event.costs.is_empty())
        }
        Fact::Credited { metadata, .. } => metadata.is_empty(),
        // Prices with their margins among them: what is not known to be harmless is not shown.
        _ => false,
    }
}

fn paid_by(customer: &str, entry: &Entry) -> Vec<PaidBy> {
    let mut paid: BTreeMap<(String, Option<u64>), Amount> = BTreeMap::new();
    for change in &entry.changes {
        for one in &change.moves {
            let (grant, amount) = match one {
                Move::Capture(draw) | Move::Draw(draw) => (Some(draw.grant), draw.amount),
                Move::Borrow { amount } | Move::Owe { amount } => (None, *amount),
                _ => continue,
            };
            let sum = paid
                .entry((change.account.asset.clone(), grant))
                .or_default();
            *sum = sum.folded_plus(amount);
        }
    }
    // In the order of the grants' numbers, so that whoever checks it makes the same list.
    let line = |((asset, grant), amount): ((String, Option<u64>), Amount)| PaidBy {
        asset,
        grant: grant.map(|grant| ids::of_wallet("grant", customer, grant)),
        amount,
    };
    paid.into_iter().map(line).collect()
}

fn around(change: &AccountChange) -> Around {
    let by = changed(change).map_or(Amount::ZERO, |changed| changed.amount);
    let held = change
        .moves
        .iter()
        .fold(Amount::ZERO, |sum, one| match one {
            Move::Reserve(draw) => sum.folded_plus(draw.amount),
            Move::Pledge { amount } => sum.folded_plus(*amount),
            Move::Release(draw) | Move::Capture(draw) => sum.folded_minus(draw.amount),
            Move::Unpledge { amount } | Move::Owe { amount } => sum.folded_minus(*amount),
            // A grant that backs a pledge stands in its place, and nothing else holds.
            _ => sum,
        });
    Around {
        account: change.account.to_string(),
        asset: change.account.asset.clone(),
        before: Figures {
            balance: change.balance.folded_minus(by),
            held: change.held.folded_minus(held),
        },
        after: Figures {
            balance: change.balance,
            held: change.held,
        },
    }
}

/// What a look at a receipt found.
#[derive(Clone, PartialEq, Eq, Debug, Serialize)]
pub struct VerifiedReceipt {
    /// The hash follows from the record, and all that is said from the record as well.
    pub valid: bool,
    pub seq: u64,
    /// Of the entry: where the same hash stands in the wallet's history, the receipt is of that history.
    pub hash: String,
    /// What does not follow: `record` where there is none to look at, `hash`, or a field.
    pub wrong: Vec<String>,
}

/// The fields that a receipt is checked by; the others derive from the record.
#[derive(Deserialize)]
struct Links {
    customer_id: String,
    seq: u64,
    previous_hash: String,
    hash: String,
    record: Option<String>,
}

/// Checks a receipt by itself, without asking anybody.
#[must_use]
pub fn verified(receipt: &Value) -> VerifiedReceipt {
    let mut wrong = Vec::new();
    let links: Option<Links> = serde_json::from_value(receipt.clone()).ok();
    let Some(links) = links else {
        return VerifiedReceipt {
            valid: false,
            seq: 0,
            hash: String::new(),
            wrong: vec!["receipt".to_owned()],
        };
    };
    match links.record {
        None => wrong.push("record".to_owned()),
        Some(record) => {
            // Both are looked at, because a record that was changed together with its hash still has to say what the
            // receipt says.
            if link(&links.previous_hash, &record) != links.hash {
                wrong.push("hash".to_owned());
            }
            match Row::read(record, links.hash.clone()) {
                Err(_) => wrong.push("record".to_owned()),
                Ok(row) => wrong.extend(differing(&links.customer_id, receipt, &row.entry)),
            }
        }
    }
    VerifiedReceipt {
        valid: wrong.is_empty(),
        seq: links.seq,
        hash: links.hash,
        wrong,
    }
}

/// The fields that say something else than the record.
fn differing(customer: &str, receipt: &Value, entry: &Entry) -> Vec<String> {
    let Value::Object(said) = said(customer, entry) else {
        return Vec::new();
    };
    // Field by field, so that whoever is told can see which sentence was not true.
    let differs = |(name, value): &(String, Value)| receipt.get(name) != Some(value);
    said.into_iter()
        .filter(differs)
        .map(|(name, _)| name)
        .collect()
}
