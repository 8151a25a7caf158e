//! What of an entry's usage was not priced, or was estimated.

use crate::engine::price::Warning;
use crate::engine::{Fact, Fee, UsageEvent};
use crate::wire::ids;

/// The usage of an entry that records some: its events, what they cost, and what was not priced.
pub(super) struct Usage<'a> {
    pub(super) events: &'a [UsageEvent],
    pub(super) fees: &'a [Fee],
    pub(super) warnings: &'a [Warning],
    pub(super) hold: Option<u64>,
}

/// What an entry says of usage that has happened; nothing for authorizations, which only ask.
pub(super) fn usage_of(fact: &Fact) -> Option<Usage<'_>> {
    match fact {
        Fact::UsageRecorded {
            event,
            fees,
            warnings,
        } => Some(Usage {
            events: std::slice::from_ref(event),
            fees,
            warnings,
            hold: None,
        }),
        Fact::HoldCaptured {
            hold,
            events,
            fees,
            warnings,
            ..
        } => Some(Usage {
            events,
            fees,
            warnings,
            hold: Some(*hold),
        }),
        _ => None,
    }
}

impl Usage<'_> {
    /// It was charged as it was held, because its volume was missing.
    pub(super) fn is_estimated(&self, place: usize) -> bool {
        let mut fees = self.fees.iter();
        fees.any(|fee| fee.event == place && fee.estimated)
    }

    /// It was charged nothing for what no price knew.
    pub(super) fn is_unpriced(&self, place: usize) -> bool {
        let mut warnings = self.warnings.iter();
        warnings.any(|one| one.event() == place) && !self.is_estimated(place)
    }
}

/// The places of an entry's events that can be priced later: unpriced ones, then estimated ones.
#[must_use]
pub fn unpriced(fact: &Fact) -> (Vec<usize>, Vec<usize>) {
    let Some(usage) = usage_of(fact) else {
        return (Vec::new(), Vec::new());
    };
    let places = 0..usage.events.len();
    let unpriced = places.clone().filter(|place| usage.is_unpriced(*place));
    let estimated = places.filter(|place| usage.is_estimated(*place));
    (unpriced.collect(), estimated.collect())
}

/// `pri_<the customer's 26>_<seq>`.
#[must_use]
pub fn pricing_id(customer: &str, seq: u64) -> String {
    ids::of_wallet("pri", customer, seq)
}
