//! The naive wallet's prices: from usage to fees, and the most usage that an amount pays for.

use crate::model::{Event, Field, Model, PRECISIONS, Price, Refused, Shown, Work, check};

impl Model {
    pub fn cap(
        &self,
        work: &Work,
        totals: Vec<(usize, i128)>,
        shown: &mut Shown,
    ) -> Vec<(usize, i128)> {
        let mut left = [0, 1, 2].map(|asset| self.available(asset).max(0));
        let Work::Usage(events) = work else {
            return totals
                .into_iter()
                .map(|(asset, amount)| (asset, amount.min(left[asset])))
                .collect();
        };
        let mut capped = Vec::new();
        shown.fees.clear();
        for (price, volume, fee) in self.fees(events).unwrap_or_default() {
            let mut fee = fee;
            if fee > left[price.asset] {
                let (units, lower) = most_that_fits(&price, volume, left[price.asset]);
                // A price per event counts the event itself.
                shown.caps.push((units, volume.unwrap_or(1)));
                fee = lower;
            }
            left[price.asset] -= fee;
            shown.fees.push(fee);
            add(&mut capped, price.asset, fee);
        }
        capped
    }

    pub fn asked(&self, work: &Work) -> Result<(Vec<(usize, i128)>, Shown), Refused> {
        match work {
            Work::Usage(events) => self.priced(events),
            Work::Money { asset, amount } => {
                let asset = asset.unwrap_or_default();
                // An asset that the wallet lacks has no precision yet.
                if self.exists[asset] {
                    check(asset, *amount)?;
                } else if *amount < 0 {
                    return Err("amount_out_of_range");
                }
                Ok((vec![(asset, *amount)], Shown::default()))
            }
        }
    }

    pub fn priced(&self, events: &[Event]) -> Result<(Vec<(usize, i128)>, Shown), Refused> {
        let fees = self.fees(events)?;
        let mut totals = Vec::new();
        for (price, _, fee) in &fees {
            add(&mut totals, price.asset, *fee);
        }
        let shown = Shown {
            fees: fees.into_iter().map(|(_, _, fee)| fee).collect(),
            warnings: self.warnings(events),
            ..Shown::default()
        };
        Ok((totals, shown))
    }

    /// Prices of an event, in the order of subscribing.
    fn matching(&self, event: &Event) -> Vec<Price> {
        let of = |product: &usize| {
            let prices = self.prices.iter().copied();
            let (product, event_type) = (*product, event.event_type);
            prices.filter(move |one| one.product == product && one.event_type == event_type)
        };
        self.subscribed.iter().flat_map(of).collect()
    }

    fn warnings(&self, events: &[Event]) -> usize {
        let of = |event: &Event| {
            let prices = self.matching(event);
            let lacks = |price: &&Price| {
                let field = price.rate.map(|(_, _, field)| event.fields[field]);
                field == Some(Field::Absent)
            };
            usize::from(prices.is_empty()) + prices.iter().filter(lacks).count()
        };
        events.iter().map(of).sum()
    }

    fn fees(&self, events: &[Event]) -> Result<Vec<(Price, Option<i128>, i128)>, Refused> {
        let mut fees = Vec::new();
        for event in events {
            for price in self.matching(event) {
                let field = price.rate.map(|(_, _, field)| event.fields[field]);
                let volume = match field {
                    None | Some(Field::Absent) => None,
                    Some(Field::Number(volume)) => Some(volume),
                    Some(Field::Nonsense) => return Err("usage_not_a_number"),
                };
                if volume.is_some() || price.unit.is_some() {
                    fees.push((price, volume, fee(&price, volume.unwrap_or(0))));
                }
            }
        }
        Ok(fees)
    }
}

fn add(totals: &mut Vec<(usize, i128)>, asset: usize, amount: i128) {
    match totals.iter_mut().find(|(known, _)| *known == asset) {
        Some((_, sum)) => *sum += amount,
        None => totals.push((asset, amount)),
    }
}

/// Half to even, once, in steps of the asset's precision.
fn fee(price: &Price, volume: i128) -> i128 {
    let (amount, per) = price.rate.map_or((0, 1), |(amount, per, _)| (amount, per));
    let step = 10_i128.pow(12 - PRECISIONS[price.asset]);
    let exact = price.unit.unwrap_or(0) * per + amount * volume;
    let whole = per * step;
    let (steps, rest) = (exact / whole, exact % whole);
    let up = 2 * rest > whole || 2 * rest == whole && steps % 2 == 1;
    (steps + i128::from(up)) * step
}

/// Found by halving, because more volume never costs less.
fn most_that_fits(price: &Price, volume: Option<i128>, left: i128) -> (i128, i128) {
    if fee(price, 0) > left {
        return (0, 0);
    }
    let (mut fits, mut too_much) = (0, volume.unwrap_or(0));
    while too_much - fits > 1 {
        let middle = (fits + too_much) / 2;
        if fee(price, middle) <= left {
            fits = middle;
        } else {
            too_much = middle;
        }
    }
    (fits, fee(price, fits))
}
