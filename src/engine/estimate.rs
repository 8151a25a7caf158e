//! Estimates: a capture whose event lacks a volume charges what is held for that event, marked as estimated,
//! until somebody says how much it was.
//!
//! ```text
//! held for an event  = the fees of the event of its type in the authorization that has its place among
//!                      them, and of the extensions, whose events go on with those in their order
//! estimate           = min(held for the event, what is left of all that is held for its type)
//! left               = held - captured before - charged by the other events of this capture
//! ```
//!
//! Where the captures have more events of a type than the hold was made for, such an event has what is left
//! of the type. A hold of a plain amount was made for no event, so nothing is estimated there.
//!
//! The wallet remembers sums of a hold and no fees. Whoever captures without a volume brings them from the
//! hold's own rows: [`estimates`](super::held_usage::estimates) says when.

use std::collections::BTreeMap;

use super::amount::Amount;
use super::draft::{Asked, Draft};
use super::held_usage::{Sums, add};
use super::hold::Hold;
use super::price::fee::{Fee, Warning, totals};
use super::price::quote::{Circumstances, check_fees};
use super::refusal::Refusal;
use super::usage::UsageEvent;

impl Draft<'_> {
    /// What a capture's usage costs: as priced, and as it was held where an event lacks its volume.
    pub(super) fn settled_usage<'b>(
        &self,
        hold: &Hold,
        late: bool,
        events: &'b [UsageEvent],
    ) -> Result<Asked<'b>, Refusal> {
        let given = Circumstances {
            hold: (!late).then_some(hold),
            made_under: Some(hold.id),
            ..Circumstances::default()
        };
        let asked = self.priced(events, given)?;
        let held = self.held_for(events, &asked.warnings);
        let skips: Vec<usize> = held.iter().map(|(place, _)| *place).collect();
        if skips.is_empty() {
            return Ok(asked);
        }
        // Priced again without them: what they lack must not move the tiers of the others.
        let told = asked.warnings.into_iter();
        let told = told.filter(|warning| skips.contains(&warning.event()));
        let skips = skips.as_slice();
        let mut settled = self.priced(events, Circumstances { skips, ..given })?;
        settled.warnings.extend(told);
        settled.warnings.sort_by_key(Warning::event);
        let estimated = self.estimated(events, &settled.fees, &held);
        settled.fees.extend(estimated);
        settled.fees.sort_by_key(|fee| fee.event);
        check_fees(settled.fees.len())?;
        settled.totals = totals(&settled.fees)?;
        Ok(settled)
    }

    /// The places of the events that lack a volume, with what is held for their type, where anything is.
    fn held_for(&self, events: &[UsageEvent], warnings: &[Warning]) -> Vec<(usize, Vec<Vec<Fee>>)> {
        let mut all: Vec<(usize, Vec<Vec<Fee>>)> = Vec::new();
        let Some(held) = self.held else {
            return all;
        };
        let missing = warnings
            .iter()
            .filter(|one| matches!(one, Warning::VolumeMissing { .. }));
        for warning in missing {
            let place = warning.event();
            let Some(event) = events.get(place) else {
                continue;
            };
            if all.iter().any(|(known, _)| *known == place) {
                continue;
            }
            let fees = held.of_type(self.wallet, &event.event_type);
            if !fees.is_empty() {
                all.push((place, fees));
            }
        }
        all
    }

    /// What is charged for the events that lack a volume; `known` is what the others are charged.
    fn estimated(
        &self,
        events: &[UsageEvent],
        known: &[Fee],
        held: &[(usize, Vec<Vec<Fee>>)],
    ) -> Vec<Fee> {
        let mut all = Vec::new();
        let mut charged: BTreeMap<&str, Sums> = BTreeMap::new();
        for fee in known {
            if let Some(event) = events.get(fee.event) {
                let sums = charged.entry(&event.event_type).or_default();
                add(sums, std::iter::once(fee));
            }
        }
        for (place, groups) in held {
            let Some(event) = events.get(*place) else {
                continue;
            };
            let event_type = event.event_type.as_str();
            let before = self.held.and_then(|held| held.captured.get(event_type));
            let same = |one: &&UsageEvent| one.event_type == event.event_type;
            let number = events.iter().take(*place).filter(same).count();
            let number = number.saturating_add(before.map_or(0, |before| before.events));
            let mut left = Sums::new();
            add(&mut left, groups.iter().flatten());
            let sums = charged.entry(event_type).or_default();
            subtract(&mut left, before.map(|before| &before.sums));
            subtract(&mut left, Some(sums));
            let own = groups.get(number).cloned();
            let own = own.unwrap_or_else(|| groups.iter().flatten().cloned().collect());
            let fees = estimate(*place, &own, &mut left);
            add(sums, fees.iter());
            all.extend(fees);
        }
        all
    }
}

fn subtract(left: &mut Sums, taken: Option<&Sums>) {
    for (asset, sum) in left {
        let taken = taken.and_then(|taken| taken.get(asset)).copied();
        *sum = sum.folded_minus(taken.unwrap_or_default());
    }
}

/// Fees as they were held, as far as there is anything left. They count for no tier: how much was used is
/// what nobody knows.
fn estimate(place: usize, held: &[Fee], left: &mut Sums) -> Vec<Fee> {
    let mut fees: Vec<Fee> = Vec::new();
    for fee in held {
        let left = left.entry(fee.asset.clone()).or_default();
        let amount = fee.amount.min(*left).max(Amount::ZERO);
        *left = left.folded_minus(amount);
        let same = |one: &&mut Fee| {
            (&one.price_id, &one.asset, one.row) == (&fee.price_id, &fee.asset, fee.row)
        };
        match fees.iter_mut().find(same) {
            Some(known) => known.amount = known.amount.folded_plus(amount),
            None => fees.push(Fee {
                event: place,
                price_id: fee.price_id.clone(),
                asset: fee.asset.clone(),
                row: fee.row,
                volume: None,
                tiering: None,
                measured: None,
                free_units: None,
                free_events: None,
                charged: None,
                share: None,
                estimated: true,
                amount,
            }),
        }
    }
    fees
}
