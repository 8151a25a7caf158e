//! The naive wallet's prices: from usage to fees, and the most usage that an amount pays for.

use crate::model::{
    Consumption, Event, Field, Kind, Model, PRECISIONS, Price, Refused, Row, Shown, Tier, Work,
    check, month,
};

/// A fee, and how it came about.
#[derive(Clone)]
pub struct Charged {
    price: usize,
    row: Row,
    /// Since when tiers count, what they have counted before, and what the event adds.
    since: i64,
    before: i128,
    units: i128,
    volume: Option<i128>,
    consumption: Consumption,
}

#[derive(Clone, Default)]
pub struct Quote {
    fees: Vec<Charged>,
    caps: Vec<(i128, i128)>,
    warnings: usize,
}

impl Quote {
    pub fn consumptions(&self) -> Vec<Consumption> {
        self.fees.iter().map(|fee| fee.consumption).collect()
    }

    pub fn shown(&self) -> Shown {
        Shown {
            fees: self.fees.iter().map(|fee| fee.consumption.amount).collect(),
            caps: self.caps.clone(),
            warnings: self.warnings,
            ..Shown::default()
        }
    }
}

/// Who asks, and what for: a hold's subject, the hold that is captured, whether volumes are lowered.
#[derive(Clone, Copy)]
struct Circumstances {
    subject: Option<usize>,
    hold: Option<usize>,
    caps: bool,
}

impl Model {
    pub fn capped(
        &self,
        work: &Work,
        consumptions: Vec<Consumption>,
        subject: Option<usize>,
    ) -> Result<(Vec<Consumption>, Shown), Refused> {
        let Work::Usage(events) = work else {
            let lowered = |consumption: Consumption| {
                let reach = self.reach(&consumption, self.room(consumption.asset));
                let most = reach.min(self.left_in_budgets(&[], &consumption));
                Consumption {
                    amount: consumption.amount.min(most),
                    ..consumption
                }
            };
            let consumptions = consumptions.into_iter().map(lowered).collect();
            return Ok((consumptions, Shown::default()));
        };
        let quote = self.quote(events, subject, None, true)?;
        Ok((quote.consumptions(), quote.shown()))
    }

    /// The most that could be taken for it: of restricted credit what it may use, else the room.
    fn reach(&self, consumption: &Consumption, room: i128) -> i128 {
        let all = Consumption {
            amount: i128::MAX,
            ..*consumption
        };
        let (_, missing) = self.clone().take(&all, &mut 0);
        i128::MAX - missing + room.max(0)
    }

    pub fn asked(
        &self,
        work: &Work,
        subject: Option<usize>,
    ) -> Result<(Vec<Consumption>, Shown), Refused> {
        match work {
            Work::Usage(events) => {
                let quote = self.quote(events, subject, None, false)?;
                Ok((quote.consumptions(), quote.shown()))
            }
            Work::Money { asset, amount } => {
                let asset = asset.unwrap_or_default();
                // An asset that the wallet lacks has no precision yet.
                if self.exists[asset] {
                    check(asset, *amount)?;
                } else if *amount < 0 {
                    return Err("amount_out_of_range");
                }
                Ok((
                    vec![Consumption::plain(asset, *amount, subject)],
                    Shown::default(),
                ))
            }
        }
    }

    /// Usage that happened moves the positions of prices that have tiers.
    pub fn count(&mut self, quote: &Quote) {
        for fee in &quote.fees {
            if has_tiers(&self.prices[fee.price]) {
                let found = self
                    .positions
                    .iter_mut()
                    .find(|one| (one.0, one.1, one.2) == (fee.price, fee.row.word, fee.since));
                match found {
                    Some(known) => known.3 += fee.units,
                    None => self
                        .positions
                        .push((fee.price, fee.row.word, fee.since, fee.units)),
                }
            }
        }
    }

    /// Prices of an event, in the order of subscribing.
    fn matching(&self, event: &Event) -> Vec<usize> {
        let of = |product: &usize| {
            let own = |place: &usize| {
                let price = &self.prices[*place];
                price.product == *product && price.event_type == event.event_type
            };
            (0..self.prices.len()).filter(own).collect::<Vec<_>>()
        };
        self.subscribed.iter().flat_map(of).collect()
    }

    /// What the events cost; `hold` is captured, so what it has can be spent.
    pub fn quote(
        &self,
        events: &[Event],
        subject: Option<usize>,
        hold: Option<usize>,
        caps: bool,
    ) -> Result<Quote, Refused> {
        let given = Circumstances {
            subject,
            hold,
            caps,
        };
        let mut quote = Quote::default();
        for event in events {
            let places = self.matching(event);
            quote.warnings += usize::from(places.is_empty());
            for place in places {
                self.charge(&mut quote, place, event, given)?;
            }
        }
        Ok(quote)
    }

    fn charge(
        &self,
        quote: &mut Quote,
        place: usize,
        event: &Event,
        given: Circumstances,
    ) -> Result<(), Refused> {
        let price = &self.prices[place];
        let volume = match price.field.map(|field| event.fields[field]) {
            None => None,
            Some(Field::Number(volume)) => Some(volume),
            Some(Field::Nonsense) => return Err("usage_not_a_number"),
            Some(Field::Absent) => {
                quote.warnings += 1;
                if price.offers[0].1[0].tiers[0].unit.is_none() {
                    return Ok(());
                }
                None
            }
        };
        let mut chosen: Option<Charged> = None;
        for (asset, rows) in &price.offers {
            let Some(row) = row_for(rows, event) else {
                continue;
            };
            let mut fee = self.in_asset(quote, place, (*asset, row), event, volume);
            fee.consumption.subject = event.subject.or(given.subject);
            let (scratch, room, held) = self.after(quote, *asset, given.hold);
            let reach = scratch.reach(&fee.consumption, room - self.overdraft[*asset]);
            let enough = fee.consumption.amount
                <= reach + scratch.usable(given.hold, held, &fee.consumption);
            chosen = Some(fee);
            if enough {
                break;
            }
        }
        let Some(mut fee) = chosen else {
            quote.warnings += 1;
            return Ok(());
        };
        let (scratch, room, _) = self.after(quote, fee.consumption.asset, given.hold);
        let reach = scratch.reach(&fee.consumption, room);
        let most = reach.min(self.left_in_budgets(&quote.consumptions(), &fee.consumption));
        if given.caps && fee.consumption.amount > most {
            let (units, lower) = most_that_fits(price, &fee, most);
            // A price per event counts the event itself.
            quote.caps.push((units, volume.unwrap_or(1)));
            fee.consumption.amount = lower;
            if !price.by_events {
                fee.units = units;
            }
        }
        quote.fees.push(fee);
        Ok(())
    }

    fn in_asset(
        &self,
        quote: &Quote,
        place: usize,
        (asset, row): (usize, &Row),
        event: &Event,
        volume: Option<i128>,
    ) -> Charged {
        let price = &self.prices[place];
        let at = event.occurred.unwrap_or(self.at);
        let since = if price.monthly { month(at) } else { 0 };
        let key = (place, row.word, since);
        let posted = self.positions.iter();
        let posted = posted
            .filter(|one| (one.0, one.1, one.2) == key)
            .map(|one| one.3);
        let asked = quote.fees.iter();
        let asked = asked.filter(|one| (one.price, one.row.word, one.since) == key);
        let before = posted.chain(asked.map(|one| one.units)).sum();
        let units = if price.by_events {
            1
        } else {
            volume.unwrap_or(0)
        };
        Charged {
            price: place,
            row: row.clone(),
            since,
            before,
            units,
            volume,
            consumption: Consumption {
                asset,
                amount: fee(price, row, asset, before, volume.unwrap_or(0)),
                subject: event.subject,
                event: Some((event.event_type, event.key)),
                product: Some(price.product),
            },
        }
    }

    /// The wallet, its room and what the hold has pledged, once the fees so far are paid: from what
    /// is held, then from what is free.
    fn after(&self, quote: &Quote, asset: usize, hold: Option<usize>) -> (Self, i128, i128) {
        let mut scratch = self.clone();
        let mut room = self.room(asset);
        let mut pledged = hold.map_or(0, |place| self.holds[place].pledged[asset]);
        for fee in quote
            .fees
            .iter()
            .filter(|fee| fee.consumption.asset == asset)
        {
            let mut consumption = fee.consumption;
            if let Some(place) = hold {
                consumption.amount = scratch.use_parts(place, &consumption);
            }
            let part = pledged.min(consumption.amount);
            pledged -= part;
            consumption.amount -= part;
            let (_, rest) = scratch.take(&consumption, &mut room);
            room -= rest.min(room.max(0));
        }
        (scratch, room, pledged)
    }

    /// What of a hold such usage may use.
    fn usable(&self, hold: Option<usize>, pledged: i128, consumption: &Consumption) -> i128 {
        let all = Consumption {
            amount: i128::MAX,
            ..*consumption
        };
        let used = |place| i128::MAX - self.clone().use_parts(place, &all);
        hold.map_or(0, used) + pledged
    }
}

fn has_tiers(price: &Price) -> bool {
    matches!(price.kind, Kind::Tiered | Kind::Bulk)
}

/// The row with the event's own word, or the row for every word.
fn row_for<'a>(rows: &'a [Row], event: &Event) -> Option<&'a Row> {
    let own = rows
        .iter()
        .find(|row| row.word.is_some() && row.word == event.word);
    own.or_else(|| rows.iter().find(|row| row.word.is_none()))
}

/// Half to even, once, in steps of the asset's precision.
fn fee(price: &Price, row: &Row, asset: usize, before: i128, volume: i128) -> i128 {
    // Over one denominator that every tier divides.
    let per: i128 = row
        .tiers
        .iter()
        .filter_map(|tier| tier.rate)
        .map(|(_, per)| per)
        .product();
    let mut exact = parts(price, row, before, volume)
        .into_iter()
        .map(|(tier, part, first)| {
            let unit = if first { tier.unit.unwrap_or(0) } else { 0 };
            let rate = tier
                .rate
                .map_or(0, |(amount, own)| amount * part * (per / own));
            unit * per + rate
        })
        .sum::<i128>();
    exact = exact.max(row.least.unwrap_or(0) * per);
    exact = row.most.map_or(exact, |most| exact.min(most * per));
    let step = 10_i128.pow(12 - PRECISIONS[asset]);
    let whole = per * step;
    let (steps, rest) = (exact / whole, exact % whole);
    let up = 2 * rest > whole || 2 * rest == whole && steps % 2 == 1;
    (steps + i128::from(up)) * step
}

/// The tiers that an event pays: unit by unit would be the definition, bounds are the shortcut.
fn parts(price: &Price, row: &Row, before: i128, volume: i128) -> Vec<(Tier, i128, bool)> {
    let in_tier = |position: i128| {
        let reaches = |tier: &&Tier| tier.up_to.is_none_or(|bound| position <= bound);
        *row.tiers.iter().find(reaches).expect("an open tier")
    };
    match price.kind {
        Kind::Flat => vec![(row.tiers[0], volume, true)],
        Kind::Package => {
            let size = row.tiers[0].rate.map_or(1, |(_, per)| per);
            vec![(row.tiers[0], (volume + size - 1) / size * size, true)]
        }
        _ if price.by_events => vec![(in_tier(before + 1), volume, true)],
        Kind::Bulk => vec![(in_tier(before + volume), volume, true)],
        Kind::Tiered => {
            let mut parts = Vec::new();
            let (mut position, end) = (before, before + volume);
            loop {
                let tier = in_tier(position + 1);
                let to = tier.up_to.unwrap_or(end).min(end);
                parts.push((tier, to - position, parts.is_empty()));
                position = to;
                if position >= end {
                    return parts;
                }
            }
        }
    }
}

/// Found by halving, because more volume never costs less: in bulk only within one tier.
fn most_that_fits(price: &Price, charged: &Charged, left: i128) -> (i128, i128) {
    let (row, before) = (&charged.row, charged.before);
    let cost = |volume| fee(price, row, charged.consumption.asset, before, volume);
    let most = charged.volume.unwrap_or(0);
    let mut ranges = vec![(0, most)];
    if price.kind == Kind::Bulk && !price.by_events {
        ranges.clear();
        let mut from = 0;
        for tier in &row.tiers {
            let to = tier.up_to.map_or(most, |bound| (bound - before).min(most));
            if to >= from {
                ranges.push((from, to));
                from = to + 1;
            }
        }
    }
    for (from, to) in ranges.into_iter().rev() {
        if cost(from) > left {
            continue;
        }
        let (mut fits, mut too_much) = (from, to + 1);
        while too_much - fits > 1 {
            let middle = (fits + too_much) / 2;
            if cost(middle) <= left {
                fits = middle;
            } else {
                too_much = middle;
            }
        }
        return (fits, cost(fits));
    }
    (0, 0)
}
