//! The naive wallet's estimates: what a capture is charged for an event that does not say its volume.

use crate::model::{Consumption, Event, Model, Refused};
use crate::model_prices::{Asker, Charged, Quote};

impl Model {
    /// What events cost that are captured; those without their volume as they were held.
    pub fn quote_or_estimate(
        &self,
        hold: usize,
        events: &[Event],
        given: Asker,
    ) -> Result<Quote, Refused> {
        let first = self.quote(events, given)?;
        let held = |place: &usize| !self.held_of(hold, events[*place].event_type).is_empty();
        let unknown: Vec<usize> = first.lacking.iter().copied().filter(held).collect();
        if unknown.is_empty() {
            return Ok(first);
        }
        let known: Vec<usize> = (0..events.len())
            .filter(|one| !unknown.contains(one))
            .collect();
        let others: Vec<Event> = known.iter().map(|place| events[*place].clone()).collect();
        let mut quote = self.quote(&others, given)?;
        for fee in &mut quote.fees {
            fee.event = known[fee.event];
        }
        quote
            .warnings
            .extend(unknown.iter().map(|place| first.warnings[*place]));
        for place in unknown {
            let fees = self.estimate(hold, events, place, &quote.fees);
            quote.fees.extend(fees);
        }
        quote.fees.sort_by_key(|fee| fee.event);
        Ok(quote)
    }

    /// What was held for each event of a type, with what extensions added to it.
    fn held_of(&self, hold: usize, event_type: usize) -> Vec<Vec<Charged>> {
        let mut held: Vec<Vec<Charged>> = Vec::new();
        for row in &self.holds[hold].asked {
            let of_type = |fee: &&Charged| self.prices[fee.price].event_type == event_type;
            let mut places: Vec<usize> = row.iter().filter(of_type).map(|fee| fee.event).collect();
            places.dedup();
            for (number, place) in places.into_iter().enumerate() {
                if held.len() == number {
                    held.push(Vec::new());
                }
                held[number].extend(row.iter().filter(|fee| fee.event == place).cloned());
            }
        }
        held
    }

    fn estimate(
        &self,
        hold: usize,
        events: &[Event],
        place: usize,
        charged: &[Charged],
    ) -> Vec<Charged> {
        let event = &events[place];
        let held = self.held_of(hold, event.event_type);
        let (before, used) = self.holds[hold]
            .used
            .get(&event.event_type)
            .copied()
            .unwrap_or_default();
        let mut left = used.map(|sum| -sum);
        for fee in held.iter().flatten() {
            left[fee.consumption.asset] += fee.consumption.amount;
        }
        for fee in charged {
            if events[fee.event].event_type == event.event_type {
                left[fee.consumption.asset] -= fee.consumption.amount;
            }
        }
        let same = events[..place]
            .iter()
            .filter(|one| one.event_type == event.event_type);
        let own = held.get(before + same.count()).cloned();
        let mut fees: Vec<Charged> = Vec::new();
        for fee in own.unwrap_or_else(|| held.concat()) {
            let asset = fee.consumption.asset;
            let amount = fee.consumption.amount.min(left[asset]).max(0);
            left[asset] -= amount;
            let key = (fee.price, asset, fee.row.word);
            let known = fees
                .iter_mut()
                .find(|one| (one.price, one.consumption.asset, one.row.word) == key);
            if let Some(known) = known {
                known.consumption.amount += amount;
                continue;
            }
            fees.push(Charged {
                event: place,
                estimated: true,
                consumption: Consumption {
                    amount,
                    subject: event.subject.or(self.holds[hold].subject),
                    event: Some((event.event_type, event.key)),
                    ..fee.consumption
                },
                ..fee
            });
        }
        fees
    }

    /// What was captured is held no more.
    pub fn note_used(&mut self, hold: usize, events: &[Event], quote: &Quote) {
        for event in events {
            self.holds[hold].used.entry(event.event_type).or_default().0 += 1;
        }
        for fee in &quote.fees {
            let used = self.holds[hold].used.entry(events[fee.event].event_type);
            used.or_default().1[fee.consumption.asset] += fee.consumption.amount;
        }
    }
}
