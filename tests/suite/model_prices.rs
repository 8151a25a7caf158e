//! The naive wallet's prices: from usage to fees, and the most usage that an amount pays for.

use crate::model::{Event, Field, Model, PRECISIONS, Price, Refused, Shown, Spend, Work, check};

/// What a price asks for an event.
pub struct Fee {
    price: Price,
    volume: Option<i128>,
    amount: i128,
    event: usize,
}

impl Model {
    pub fn cap(&self, work: &Work, spends: Vec<Spend>, shown: &mut Shown) -> Vec<Spend> {
        let mut scratch = self.clone();
        let mut room = [0, 1, 2].map(|asset| self.room(asset));
        let mut capped: Vec<Spend> = Vec::new();
        let fees = match work {
            Work::Usage(events) => self.fees(events).unwrap_or_default(),
            Work::Money { .. } => Vec::new(),
        };
        shown.fees.clear();
        for (place, mut spend) in spends.into_iter().enumerate() {
            let reach = scratch.reach(&spend, room[spend.asset]);
            let most = reach.min(self.left_in_budgets(&capped, &spend));
            if spend.amount > most {
                spend.amount = most;
                if let Some(fee) = fees.get(place) {
                    let (units, lower) = most_that_fits(&fee.price, fee.volume, most);
                    // A price per event counts the event itself.
                    shown.caps.push((units, fee.volume.unwrap_or(1)));
                    spend.amount = lower;
                }
            }
            let (_, rest) = scratch.take(&spend, &mut room[spend.asset]);
            room[spend.asset] -= rest;
            if !fees.is_empty() {
                shown.fees.push(spend.amount);
            }
            capped.push(spend);
        }
        capped
    }

    /// The most that could be taken for it, and pledged.
    fn reach(&self, spend: &Spend, room: i128) -> i128 {
        let all = Spend {
            amount: i128::MAX,
            ..*spend
        };
        let (_, missing) = self.clone().take(&all, &mut 0);
        i128::MAX - missing + room.max(0)
    }

    pub fn asked(
        &self,
        work: &Work,
        subject: Option<usize>,
    ) -> Result<(Vec<Spend>, Shown), Refused> {
        match work {
            Work::Usage(events) => self.priced(events, subject),
            Work::Money { asset, amount } => {
                let asset = asset.unwrap_or_default();
                // An asset that the wallet lacks has no precision yet.
                if self.exists[asset] {
                    check(asset, *amount)?;
                } else if *amount < 0 {
                    return Err("amount_out_of_range");
                }
                Ok((
                    vec![Spend::plain(asset, *amount, subject)],
                    Shown::default(),
                ))
            }
        }
    }

    /// The fees of events; their subject is their own, else that of the hold.
    pub fn priced(
        &self,
        events: &[Event],
        subject: Option<usize>,
    ) -> Result<(Vec<Spend>, Shown), Refused> {
        let fees = self.fees(events)?;
        let spend = |fee: &Fee| {
            let event = &events[fee.event];
            Spend {
                asset: fee.price.asset,
                amount: fee.amount,
                subject: event.subject.or(subject),
                event: Some((event.event_type, event.key)),
                product: Some(fee.price.product),
            }
        };
        let shown = Shown {
            fees: fees.iter().map(|fee| fee.amount).collect(),
            warnings: self.warnings(events),
            ..Shown::default()
        };
        Ok((fees.iter().map(spend).collect(), shown))
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

    fn fees(&self, events: &[Event]) -> Result<Vec<Fee>, Refused> {
        let mut fees = Vec::new();
        for (place, event) in events.iter().enumerate() {
            for price in self.matching(event) {
                let field = price.rate.map(|(_, _, field)| event.fields[field]);
                let volume = match field {
                    None | Some(Field::Absent) => None,
                    Some(Field::Number(volume)) => Some(volume),
                    Some(Field::Nonsense) => return Err("usage_not_a_number"),
                };
                if volume.is_some() || price.unit.is_some() {
                    fees.push(Fee {
                        price,
                        volume,
                        amount: fee(&price, volume.unwrap_or(0)),
                        event: place,
                    });
                }
            }
        }
        Ok(fees)
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
