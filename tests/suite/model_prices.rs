//! The naive wallet's prices: from usage to fees, and the most usage that an amount pays for.

use crate::model::{
    Consumption, Event, Field, Model, ONE, PRECISIONS, Refused, Shown, Work, check, month,
};
use crate::model_catalogue::{Kind, Offer, Price, Row, Tier};
use crate::model_periods::{Meter, What};

/// A fee, and how it came about. Volumes are whole numbers of 10^-12, as amounts are.
#[derive(Clone, Debug)]
pub struct Charged {
    /// The place of its event.
    pub event: usize,
    pub price: usize,
    pub row: Row,
    /// Since when tiers count, and what the event adds; nothing where it is in no tier.
    pub since: i64,
    pub units: Option<i128>,
    pub volume: i128,
    /// What it counts beside them, each since when.
    pub counts: Vec<(What, i64, i128)>,
    /// As it was held, so it counts for no tier.
    pub estimated: bool,
    pub consumption: Consumption,
}

/// An asset that may pay: its row, what its tiers have counted before the event, and what there is of it,
/// where another asset comes after it.
struct Lane {
    row: Row,
    before: i128,
    /// Nothing was ever counted for the row in this period.
    opens: bool,
    /// No earlier part of the event is in the row.
    enters_row: bool,
    /// What may still be asked in the period, and since when that is counted.
    left: Option<i128>,
    bounded: Option<i64>,
    enough: Option<i128>,
    empty: Charged,
}

#[derive(Clone, Default)]
pub struct Quote {
    pub fees: Vec<Charged>,
    caps: Vec<(i128, i128)>,
    /// By event.
    pub warnings: Vec<usize>,
    /// Places of events without a volume that a price counts.
    pub lacking: Vec<usize>,
}

impl Quote {
    pub fn consumptions(&self) -> Vec<Consumption> {
        self.fees.iter().map(|fee| fee.consumption).collect()
    }

    pub fn shown(&self) -> Shown {
        Shown {
            fees: self.fees.iter().map(|fee| fee.consumption.amount).collect(),
            caps: self.caps.clone(),
            warnings: self.warnings.iter().sum(),
            ..Shown::default()
        }
    }
}

/// A price that matches an event by its type and not further.
struct Lack {
    place: usize,
    /// No row has the event's word.
    row: bool,
    /// The event lacks the field that is counted.
    volume: bool,
}

/// Who asks, and what for: a hold's subject, the hold that is captured, the one whose prices are asked,
/// whether volumes are lowered.
#[derive(Clone, Copy, Default)]
pub struct Asker {
    pub subject: Option<usize>,
    pub hold: Option<usize>,
    pub made_under: Option<usize>,
    pub caps: bool,
}

impl Model {
    pub fn capped(
        &self,
        work: &Work,
        consumptions: Vec<Consumption>,
        subject: Option<usize>,
    ) -> Result<(Vec<Consumption>, Shown, Vec<Charged>), Refused> {
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
            return Ok((consumptions, Shown::default(), Vec::new()));
        };
        let asker = Asker {
            subject,
            caps: true,
            ..Asker::default()
        };
        let quote = self.quote(events, asker)?;
        Ok((quote.consumptions(), quote.shown(), quote.fees))
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
        extends: Option<usize>,
    ) -> Result<(Vec<Consumption>, Shown, Vec<Charged>), Refused> {
        match work {
            Work::Usage(events) => {
                let asker = Asker {
                    subject,
                    made_under: extends,
                    ..Asker::default()
                };
                let quote = self.quote(events, asker)?;
                Ok((quote.consumptions(), quote.shown(), quote.fees))
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
                    Vec::new(),
                ))
            }
        }
    }

    /// Usage that happened moves the positions of prices that have tiers.
    pub fn count(&mut self, quote: &Quote) {
        for fee in quote.fees.iter().filter(|fee| !fee.estimated) {
            self.add_counts(fee.price, &fee.counts);
            let has_tiers = self.prices[fee.price].has_tiers();
            if let Some(units) = fee.units.filter(|_| has_tiers) {
                let found = self
                    .positions
                    .iter_mut()
                    .find(|one| (one.0, one.1, one.2) == (fee.price, fee.row.word, fee.since));
                match found {
                    Some(known) => known.3 += units,
                    None => self
                        .positions
                        .push((fee.price, fee.row.word, fee.since, units)),
                }
            }
        }
    }

    /// Prices of an event, in the order of subscribing: those of its hold, else all.
    fn matching(&self, event: &Event, given: Asker) -> Vec<usize> {
        let own = given.made_under.map(|place| &self.holds[place].products);
        let own = own.map_or(Vec::new(), |own| self.matching_of(event, own));
        if own.is_empty() {
            return self.matching_of(event, &self.subscribed);
        }
        own
    }

    fn matching_of(&self, event: &Event, subscribed: &[usize]) -> Vec<usize> {
        let of = |product: &usize| {
            let own = |place: &usize| {
                let price = &self.prices[*place];
                price.product == *product && price.event_type == event.event_type
            };
            (0..self.prices.len()).filter(own).collect::<Vec<_>>()
        };
        subscribed.iter().flat_map(of).collect()
    }

    /// What the events cost; a hold that is captured can be spent.
    pub fn quote(&self, events: &[Event], given: Asker) -> Result<Quote, Refused> {
        let mut quote = Quote::default();
        for (number, event) in events.iter().enumerate() {
            let places = self.matching(event, given);
            let mut warnings = usize::from(places.is_empty());
            let mut lacks = Vec::new();
            let fees_before = quote.fees.len();
            for place in places {
                lacks.extend(self.charge(&mut quote, place, event, given)?);
            }
            for fee in &mut quote.fees[fees_before..] {
                fee.event = number;
            }
            if lacks.iter().any(|lack: &Lack| !lack.row) {
                quote.lacking.push(number);
            }
            warnings += self.unknown(&lacks, &quote.fees[fees_before..]);
            quote.warnings.push(warnings);
        }
        Ok(quote)
    }

    fn charge(
        &self,
        quote: &mut Quote,
        place: usize,
        event: &Event,
        given: Asker,
    ) -> Result<Option<Lack>, Refused> {
        let price = &self.prices[place];
        let volume = match price.field.map(|field| event.fields[field]) {
            Some(Field::Number(volume)) => Some(volume * ONE),
            Some(Field::Nonsense) => return Err("usage_not_a_number"),
            None | Some(Field::Absent) => None,
        };
        let meter = self.meter(quote, place, event);
        let mut lanes = self.lanes(quote, place, event, given);
        let lack = Lack {
            place,
            row: lanes.is_empty(),
            volume: price.field.is_some() && volume.is_none(),
        };
        let charges = !lack.volume || price.has_unit();
        let Some(last) = lanes.last_mut().filter(|_| charges) else {
            return Ok(Some(lack));
        };
        last.enough = None;
        let mut fees = metered(price, &lanes, meter, volume);
        let most = |lane: &Lane| {
            let consumption = &lane.empty.consumption;
            let (scratch, room, _) = self.after(quote, consumption.asset, given.hold);
            let reach = scratch.reach(consumption, room);
            reach.min(self.left_in_budgets(&quote.consumptions(), consumption))
        };
        let most: Vec<i128> = lanes.iter().map(most).collect();
        let fits = |fees: &[Charged]| fees.iter().all(|fee| is_within(&lanes, &most, fee));
        if given.caps && !fits(&fees) {
            let (units, lower) = most_that_fits(price, &lanes, meter, volume, fits);
            let asset = fees.last().map(|fee| fee.consumption.asset);
            let own = |lane: &&Lane| Some(lane.empty.consumption.asset) == asset;
            let nothing = lanes.iter().find(own).map(|lane| lane.empty.clone());
            // A price per event counts the event itself.
            quote.caps.push((units, volume.unwrap_or(ONE)));
            fees = lower.unwrap_or_else(|| nothing.into_iter().collect());
        }
        quote.fees.extend(fees);
        Ok(lack.volume.then_some(lack))
    }

    /// How much of an event nobody has priced. A row is not missing where a price with other rows
    /// counts the same field of the same event, nor for a field that the event lacks, unless nothing
    /// else of the event is priced or missing.
    fn unknown(&self, lacks: &[Lack], fees: &[Charged]) -> usize {
        let missing_volumes = lacks.iter().filter(|one| !one.row).count();
        let (mut unknown, mut alone) = (missing_volumes, 0);
        for lack in lacks.iter().filter(|one| one.row) {
            let field = self.prices[lack.place].field;
            let mut same = fees.iter().map(|fee| self.prices[fee.price].field);
            if lack.volume {
                alone += 1;
            } else if !same.any(|other| other == field) {
                unknown += 1;
            }
        }
        let nothing_else = missing_volumes == 0 && fees.is_empty();
        unknown + if nothing_else { alone } else { 0 }
    }

    /// The assets in which the event has a price, with what there is of each for it.
    fn lanes(&self, quote: &Quote, place: usize, event: &Event, given: Asker) -> Vec<Lane> {
        let price = &self.prices[place];
        let at = event.occurred.unwrap_or(self.at);
        let since = if price.monthly { month(at) } else { 0 };
        let lane = |offer: &Offer| {
            let asset = &offer.asset;
            let row = row_for(&offer.rows, event)?;
            let key = (place, row.word, since);
            let posted = self.positions.iter();
            let posted = posted
                .filter(|one| (one.0, one.1, one.2) == key)
                .map(|one| one.3);
            let asked = quote.fees.iter();
            let asked = asked.filter(|one| (one.price, one.row.word, one.since) == key);
            let counted: Vec<i128> = posted.chain(asked.filter_map(|one| one.units)).collect();
            let before = counted.iter().sum();
            let (bounded, left) = self.bounds(quote, place, offer, event);
            let consumption = Consumption {
                asset: *asset,
                amount: 0,
                subject: event.subject.or(given.subject),
                event: Some((event.event_type, event.key)),
                product: Some(price.product),
            };
            let (scratch, room, held) = self.after(quote, *asset, given.hold);
            let reach = scratch.reach(&consumption, room - self.overdraft[*asset]);
            let enough = reach + scratch.usable(given.hold, held, &consumption);
            Some(Lane {
                row: row.clone(),
                before,
                opens: counted.is_empty(),
                enters_row: true,
                left,
                bounded,
                enough: Some(enough),
                empty: Charged {
                    event: 0,
                    estimated: false,
                    price: place,
                    row: row.clone(),
                    since,
                    units: price.by_events.then_some(ONE),
                    volume: 0,
                    counts: Vec::new(),
                    consumption,
                },
            })
        };
        price.offers.iter().filter_map(lane).collect()
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

/// The row with the event's own word, or the row for every word.
fn row_for<'a>(rows: &'a [Row], event: &Event) -> Option<&'a Row> {
    let own = rows
        .iter()
        .find(|row| row.word.is_some() && row.word == event.word);
    own.or_else(|| rows.iter().find(|row| row.word.is_none()))
}

/// What is free costs nothing and is in no tier, the rest is split.
fn metered(price: &Price, lanes: &[Lane], meter: Meter, volume: Option<i128>) -> Vec<Charged> {
    let (rest, free) = volume.map_or((0, 0), |volume| meter.read(volume));
    let mut fees = if meter.is_free || free > 0 && rest == 0 && !price.has_unit() {
        let nothing = lanes[0].empty.clone();
        vec![Charged {
            units: None,
            ..nothing
        }]
    } else {
        split(price, lanes, rest)
    };
    if let Some(first) = fees.first_mut() {
        let (what, units) = if meter.is_free {
            (What::FreeEvents, ONE)
        } else {
            (What::FreeUnits, free)
        };
        first.counts.push((what, meter.since, units));
    }
    fees
}

/// Each asset pays for what it has enough for, the last for what is left. What has no volume is not divided.
fn split(price: &Price, lanes: &[Lane], whole: i128) -> Vec<Charged> {
    let mut fees: Vec<Charged> = Vec::new();
    let mut from = 0;
    for lane in lanes {
        let left = whole - from;
        let asset = lane.empty.consumption.asset;
        let same_row = fees.iter().filter(|fee| fee.row.word == lane.row.word);
        let enters_row = same_row.clone().next().is_none();
        let counted: i128 = same_row.map(|fee| fee.volume).sum();
        let before = lane.before + if price.by_events { 0 } else { counted };
        let begins = Lane {
            row: lane.row.clone(),
            empty: lane.empty.clone(),
            opens: lane.opens && enters_row,
            enters_row,
            before,
            ..*lane
        };
        let cost = |part| exact(price, &begins, part, (whole, from));
        let covers = |part| {
            lane.enough
                .is_none_or(|most| !is_below((most, 1), cost(part)))
        };
        let part = match (covers(left), covers(0)) {
            (true, _) => left,
            (_, false) => 0,
            _ => highest(0, left, covers),
        };
        if part == 0 && !(whole == 0 && covers(0)) {
            continue;
        }
        let mut fee = lane.empty.clone();
        fee.volume = part;
        fee.units = Some(match price.by_events {
            true if enters_row => ONE,
            true => 0,
            false => part,
        });
        fee.consumption.amount = match lane.enough {
            // All that there is; only whole packages, and tiers that are not entered, leave something.
            Some(enough) if part < left && price.kind != Kind::Package && !has_steps(&lane.row) => {
                let step = 10_i128.pow(12 - PRECISIONS[asset]);
                enough / step * step
            }
            _ => rounded(cost(part), asset, part < left),
        };
        let asked = (What::Charged(asset), fee.consumption.amount);
        let counts = lane.bounded.map(|since| (asked.0, since, asked.1));
        fee.counts.extend(counts);
        fees.push(fee);
        from += part;
        if from == whole {
            break;
        }
    }
    fees
}

fn has_steps(row: &Row) -> bool {
    row.tiers.iter().any(|tier| tier.flat.is_some())
}

fn is_within(lanes: &[Lane], most: &[i128], fee: &Charged) -> bool {
    let asset = fee.consumption.asset;
    let mut all = lanes.iter().zip(most);
    all.all(|(lane, most)| lane.empty.consumption.asset != asset || fee.consumption.amount <= *most)
}

/// The largest number up to one that is too much; `from` is not.
fn highest(from: i128, too_much: i128, fits: impl Fn(i128) -> bool) -> i128 {
    let (mut from, mut too_much) = (from, too_much);
    while too_much - from > 1 {
        let middle = (from + too_much) / 2;
        if fits(middle) {
            from = middle;
        } else {
            too_much = middle;
        }
    }
    from
}

/// A fraction of whole numbers.
type Fraction = (i128, i128);

/// By whole parts, then by what is left of each turned over: multiplying would need too many digits.
fn is_below(left: Fraction, right: Fraction) -> bool {
    let (whole, other) = (left.0 / left.1, right.0 / right.1);
    let (rest, other_rest) = (left.0 % left.1, right.0 % right.1);
    if whole != other || other_rest == 0 {
        return whole < other;
    }
    rest == 0 || is_below((right.1, other_rest), (left.1, rest))
}

/// Half to even, once, in steps of the asset's precision; up where another asset pays for the rest.
fn rounded(exact: Fraction, asset: usize, is_part: bool) -> i128 {
    let step = 10_i128.pow(12 - PRECISIONS[asset]);
    let whole = exact.1 * step;
    let (steps, rest) = (exact.0 / whole, exact.0 % whole);
    let nearest = 2 * rest > whole || 2 * rest == whole && steps % 2 == 1;
    let up = if is_part { rest > 0 } else { nearest };
    (steps + i128::from(up)) * step
}

/// What a part of an event costs, before rounding. It begins at `from` of the whole, and has its share of
/// the bounds.
fn exact(price: &Price, lane: &Lane, part: i128, (whole, from): (i128, i128)) -> Fraction {
    let row = &lane.row;
    // Over one denominator that every tier divides.
    let per: i128 = row
        .tiers
        .iter()
        .filter_map(|tier| tier.rate)
        .map(|(_, per)| per)
        .product();
    let sum = parts(price, lane, part, (whole, from))
        .into_iter()
        .map(|part| {
            let (tier, volume) = (part.tier, part.volume);
            let unit = tier.unit.filter(|_| part.first && from == 0);
            let flat = tier.flat.filter(|_| part.enters);
            let rate = tier
                .rate
                .map_or(0, |(amount, own)| amount * volume * (per / own));
            (unit.unwrap_or(0) + flat.unwrap_or(0)) * per * ONE + rate
        })
        .sum::<i128>();
    let mut exact = (sum, per * ONE);
    let share = |bound: i128| match whole {
        0 => (bound, 1),
        _ => (bound * part, whole),
    };
    if let Some(least) = row.least.map(share).filter(|least| is_below(exact, *least)) {
        exact = least;
    }
    if let Some(most) = row.most.map(share).filter(|most| is_below(*most, exact)) {
        exact = most;
    }
    if let Some(left) = lane.left.filter(|left| is_below((*left, 1), exact)) {
        exact = (left, 1);
    }
    exact
}

/// What one tier asks for.
struct Part {
    tier: Tier,
    volume: i128,
    /// The event begins here.
    first: bool,
    /// The event is the first in the tier.
    enters: bool,
}

/// The tiers that an event pays: unit by unit would be the definition, bounds are the shortcut. In bulk all
/// that is still to come of the event decides.
fn parts(price: &Price, lane: &Lane, volume: i128, (whole, from): (i128, i128)) -> Vec<Part> {
    let tiers = &lane.row.tiers;
    let in_tier = |position: i128| {
        let reaches = |tier: &Tier| tier.up_to.is_none_or(|bound| position <= bound * ONE);
        tiers.iter().position(reaches).expect("an open tier")
    };
    // The first tier is entered by the first event, another one by what comes when it is still empty.
    let is_new = |place: usize, position: i128| match place {
        0 => lane.opens,
        _ => position <= tiers[place - 1].up_to.map_or(0, |bound| bound * ONE),
    };
    let alone = |place: usize, volume: i128| Part {
        tier: tiers[place],
        volume,
        first: true,
        enters: price.has_tiers() && lane.enters_row && is_new(place, lane.before),
    };
    match price.kind {
        Kind::Flat => vec![alone(0, volume)],
        Kind::Package => {
            let size = tiers[0].rate.map_or(1, |(_, per)| per) * ONE;
            vec![alone(0, (volume + size - 1) / size * size)]
        }
        _ if price.by_events => vec![alone(in_tier(lane.before + ONE), volume)],
        Kind::Bulk => vec![alone(in_tier(lane.before + whole - from), volume)],
        Kind::Tiered => {
            let mut parts = Vec::new();
            let (mut position, end) = (lane.before, lane.before + volume);
            loop {
                let place = in_tier(position + 1);
                let tier = tiers[place];
                let to = tier.up_to.map_or(end, |bound| (bound * ONE).min(end));
                parts.push(Part {
                    tier,
                    volume: to - position,
                    first: parts.is_empty(),
                    enters: is_new(place, position) && (place == 0 || to > position),
                });
                position = to;
                if position >= end {
                    return parts;
                }
            }
        }
    }
}

/// Found by halving, in whole units, because more volume never costs less: in bulk only within one tier.
fn most_that_fits(
    price: &Price,
    lanes: &[Lane],
    meter: Meter,
    volume: Option<i128>,
    fits: impl Fn(&[Charged]) -> bool,
) -> (i128, Option<Vec<Charged>>) {
    let Some(volume) = volume else {
        return (0, None);
    };
    let of = |units: i128| metered(price, lanes, meter, Some(units * ONE));
    let most = volume / ONE;
    let mut ranges = vec![(0, most)];
    if price.kind == Kind::Bulk && !price.by_events {
        ranges.clear();
        let mut from = 0;
        for tier in &lanes[0].row.tiers {
            // The most that stays in the tier.
            let stays = |units: i128| {
                let after = lanes[0].before + meter.read(units * ONE).0;
                tier.up_to.is_none_or(|bound| after <= bound * ONE)
            };
            if stays(from) {
                let to = highest(from, most + 1, stays);
                ranges.push((from, to));
                from = to + 1;
            }
        }
    }
    for (from, to) in ranges.into_iter().rev() {
        if !fits(&of(from)) {
            continue;
        }
        let units = highest(from, to + 1, |units| fits(&of(units)));
        return (units * ONE, Some(of(units)));
    }
    (0, None)
}
