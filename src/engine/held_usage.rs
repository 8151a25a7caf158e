//! What a hold was made for, and what was captured of it, as its own rows tell it.

use std::collections::BTreeMap;

use super::amount::Amount;
use super::command::{Action, Settle};
use super::entry::{Entry, Fact};
use super::hold::HoldId;
use super::price::fee::Fee;
use super::price::published::Price;
use super::usage::UsageEvent;
use super::wallet::Wallet;

/// Amounts by asset.
pub(super) type Sums = BTreeMap<String, Amount>;

/// What a hold was made for, event by event, and what was captured of it: a fold over its rows.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct HeldUsage {
    /// The fees of each event of the authorization, then of each extension.
    asked: Vec<Vec<Vec<Fee>>>,
    /// By event type.
    pub(super) captured: BTreeMap<String, Captured>,
}

/// What was captured of one type.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub(super) struct Captured {
    pub(super) events: usize,
    pub(super) sums: Sums,
}

impl HeldUsage {
    /// Adds a row of the hold; the oldest comes first.
    pub fn follow(&mut self, entry: &Entry) {
        if let Fact::HoldAuthorized { fees, .. } | Fact::HoldExtended { fees, .. } = &entry.fact {
            self.asked.push(by_event(fees));
        }
        if let Fact::HoldCaptured { events, fees, .. } = &entry.fact {
            for (place, event) in events.iter().enumerate() {
                let captured = self.captured.entry(event.event_type.clone()).or_default();
                captured.events = captured.events.saturating_add(1);
                add(
                    &mut captured.sums,
                    fees.iter().filter(|fee| fee.event == place),
                );
            }
        }
    }

    /// The fees that were held for the events of a type, each with those of its extensions.
    pub(super) fn of_type(&self, wallet: &Wallet, event_type: &str) -> Vec<Vec<Fee>> {
        let is_of_type = |fees: &&Vec<Fee>| {
            let price = fees.first().and_then(|fee| wallet.price(&fee.price_id));
            price.is_some_and(|(_, price)| price.event_type == event_type)
        };
        let mut held: Vec<Vec<Fee>> = Vec::new();
        for row in &self.asked {
            for (place, fees) in row.iter().filter(is_of_type).enumerate() {
                match held.get_mut(place) {
                    Some(known) => known.extend(fees.iter().cloned()),
                    None => held.push(fees.clone()),
                }
            }
        }
        held
    }
}

/// Fees stand in the order of their events.
fn by_event(fees: &[Fee]) -> Vec<Vec<Fee>> {
    let groups = fees.chunk_by(|one, next| one.event == next.event);
    groups.map(<[Fee]>::to_vec).collect()
}

pub(super) fn add<'a>(sums: &mut Sums, fees: impl Iterator<Item = &'a Fee>) {
    for fee in fees {
        let sum = sums.entry(fee.asset.clone()).or_default();
        *sum = sum.folded_plus(fee.amount);
    }
}

/// The hold whose rows are needed to capture this, because an event lacks a volume that a price counts.
#[must_use]
pub fn estimates(wallet: &Wallet, action: &Action) -> Option<HoldId> {
    let Action::CaptureHold {
        hold,
        settle: Settle::Usage(events),
        ..
    } = action
    else {
        return None;
    };
    let lacks = |price: &Price| {
        let field = price.volume_field.as_ref();
        field.is_some_and(|field| {
            let own = |event: &&UsageEvent| event.event_type == price.event_type;
            let mut own = events.iter().filter(own);
            own.any(|event| !event.data.contains_key(field))
        })
    };
    let past = wallet.past.of(*hold).into_iter().flatten();
    let mut products = past.chain(wallet.products());
    let needed = products.any(|product| product.prices.iter().any(lacks));
    needed.then_some(*hold)
}
