//! Prices events with every matching price of every product: the same code estimates, simulates,
//! authorizes and charges.
//!
//! For each event, in order, and for each price that matches its type:
//!
//! 1. the volume: a field of the event's data, rounded and without what is free, or its own costs;
//! 2. for each asset of the price, in order: the row by dimensions, the position among the tiers;
//! 3. which assets pay: each for the part that it covers, the last for all that is left; see `split.rs`;
//! 4. the cap, where volumes are lowered: to what money and budgets leave;
//! 5. the fees are noted, and what they consume is gone for those after it.
//!
//! Nothing is changed: a quote is what would be charged now.

use crate::engine::amount::{Amount, AmountError, total};
use crate::engine::budget::Counting;
use crate::engine::consumption::Consumption;
use crate::engine::hold::{Hold, HoldId};
use crate::engine::rate::Quantity;
use crate::engine::refusal::Refusal;
use crate::engine::time::Instant;
use crate::engine::usage::UsageEvent;
use crate::engine::wallet::Wallet;

use super::calculation::Applied;
use super::fee::{Cap, Counted, Fee, Warning};
use super::funding::Funding;
use super::metering::{Meter, Metered};
use super::position::Positions;
use super::product::PricedProduct;
use super::published::{Counts, Dimensions, Model, Price, Pricing, Row, TierBasis, Tiering};
use super::split::{Lane, Offer, fits, lowered, nothing, split};

/// What a quote depends on beside prices and usage.
#[derive(Clone, Copy, Default)]
pub struct Circumstances<'a> {
    /// When an event happened that does not say.
    pub at: Instant,
    /// Whose positions and balances count; without a wallet nothing was used, and everything is
    /// covered.
    pub wallet: Option<&'a Wallet>,
    /// The open hold that is being captured.
    pub hold: Option<&'a Hold>,
    /// The hold whose prices are asked: where they do not know an event's type, those in force do.
    pub made_under: Option<HoldId>,
    /// Whose work it is, where an event does not say.
    pub subject: Option<&'a str>,
    /// Lowers each volume to what is covered and what the budgets allow.
    pub caps: bool,
    /// Places of events that are not priced, because they are estimated.
    pub skips: &'a [usize],
}

/// Most fees of one request, with the warnings of matches that ask for none.
///
/// 1,000 events of ten prices each. A fee is some 150 bytes of a row and a microsecond or two of work, so
/// a request stays below 2 MB and some hundredths of a second, whatever the catalogue says.
pub const MAX_FEES: usize = 10_000;

/// All fees of a list of events, and what was not priced.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct Quote {
    pub fees: Vec<Fee>,
    pub caps: Vec<Cap>,
    pub warnings: Vec<Warning>,
}

/// Events are priced in their order. Those of one request see what those before them used.
///
/// # Errors
/// [`Refusal::UsageNotANumber`] where a multiplied field holds something else,
/// [`Refusal::AmountOutOfRange`] where a fee leaves the bounds, [`Refusal::TooManyFees`] beyond
/// [`MAX_FEES`].
pub fn quote<'a>(
    products: impl Iterator<Item = &'a PricedProduct> + Clone,
    events: &[UsageEvent],
    given: &Circumstances<'_>,
) -> Result<Quote, Refusal> {
    let caps = given.wallet.filter(|_| given.caps);
    let mut quoting = Quoting {
        given,
        events,
        moved: Positions::default(),
        fundings: Vec::new(),
        counting: caps.map(|wallet| Counting::new(&wallet.budgets, given.at)),
        owners: Vec::new(),
        quote: Quote::default(),
    };
    // What the wallet got after a hold was made is asked for what the hold's own prices do not know.
    let later = given.wallet.filter(|_| given.made_under.is_some());
    let all = events.iter().enumerate();
    for (place, event) in all.filter(|(place, _)| !given.skips.contains(place)) {
        let mut matched = quoting.event(place, event, products.clone())?;
        if let (false, Some(wallet)) = (matched, later) {
            matched = quoting.event(place, event, wallet.products())?;
        }
        // Told, because a misspelt event type would otherwise be free in silence.
        if !matched {
            quoting.quote.warnings.push(Warning::NoPrice {
                event: place,
                event_type: event.event_type.clone(),
            });
        }
    }
    Ok(quoting.quote)
}

/// An event, by its place, and a price that matches it.
#[derive(Clone, Copy)]
struct Priced<'a> {
    place: usize,
    event: &'a UsageEvent,
    product: &'a PricedProduct,
    price: &'a Price,
}

impl Quote {
    /// What counts for [`MAX_FEES`].
    const fn size(&self) -> usize {
        self.fees.len().saturating_add(self.warnings.len())
    }
}

/// # Errors
/// [`Refusal::TooManyFees`] beyond [`MAX_FEES`].
pub const fn check_fees(fees: usize) -> Result<(), Refusal> {
    if fees > MAX_FEES {
        return Err(Refusal::TooManyFees { fees: MAX_FEES });
    }
    Ok(())
}

/// What an event uses of what is free in a period.
#[derive(Clone, Copy, Default)]
struct FreeUsage {
    units: Option<Counted>,
    events: Option<Counted>,
}

impl FreeUsage {
    /// Where the counters stand becomes what the event adds to them; nothing where it adds nothing.
    fn of(self, meter: Meter, metered: Metered) -> Self {
        let adds = |counted: Option<Counted>, units: Quantity| {
            let counted = counted.filter(|_| units.get().is_positive());
            counted.map(|counted| Counted { units, ..counted })
        };
        let (units, events) = if meter.is_free {
            (Quantity::ZERO, Quantity::one())
        } else {
            (metered.free, Quantity::ZERO)
        };
        Self {
            units: adds(self.units, units),
            events: adds(self.events, events),
        }
    }
}

/// A quote in the making.
struct Quoting<'a> {
    given: &'a Circumstances<'a>,
    events: &'a [UsageEvent],
    /// How far the events so far would move the positions.
    moved: Positions,
    /// What can still fund fees, of each asset that somebody asked about.
    fundings: Vec<Funding<'a>>,
    /// What the fees so far count for budgets; only where volumes are lowered.
    counting: Option<Counting<'a>>,
    /// The code of each fee's product, and what its price counts.
    owners: Vec<(&'a str, Option<&'a str>)>,
    quote: Quote,
}

/// What a price lacks to ask for an event.
struct Lack<'a> {
    warning: Warning,
    /// The volume that the price counts; none for a price per event.
    counts: Option<&'a str>,
    /// No row matches; else the volume is missing.
    no_row: bool,
    /// The event has that volume.
    has_volume: bool,
}

impl<'a> Quoting<'a> {
    /// Asks what every matching price of every product asks for an event, because products are sold
    /// side by side. Says whether there is one.
    fn event<'p: 'a>(
        &mut self,
        place: usize,
        event: &UsageEvent,
        products: impl Iterator<Item = &'p PricedProduct>,
    ) -> Result<bool, Refusal> {
        let mut matched = false;
        let mut lacks = Vec::new();
        for product in products {
            let prices = product.prices.iter();
            for price in prices.filter(|price| price.event_type == event.event_type) {
                matched = true;
                lacks.extend(self.price(place, product, price)?);
                check_fees(self.quote.size())?;
            }
        }
        self.note(place, lacks);
        Ok(matched)
    }

    /// Asks what one price asks, and says what it lacks for that.
    fn price(
        &mut self,
        place: usize,
        product: &'a PricedProduct,
        price: &'a Price,
    ) -> Result<Option<Lack<'a>>, Refusal> {
        let Some(event) = self.events.get(place) else {
            return Ok(None);
        };
        let volume = field_volume(place, event, price)?;
        let (meter, free) = self.meter(event, price)?;
        let metered = volume.map(|volume| meter.read(volume)).transpose()?;
        let lanes = self.lanes(event, product, price, metered.map(|one| one.priced))?;
        let has_unit = price.usage.has_unit();
        let offers_for = |volume: Option<Quantity>| {
            let metered = volume.map(|volume| meter.read(volume)).transpose()?;
            if let Some(lane) = lanes.first()
                && meter.covers(metered.unwrap_or_default(), has_unit)
            {
                return Ok(vec![lane.free(metered.map(|one| one.priced))]);
            }
            split(&lanes, metered.map(|one| one.priced))
        };
        let offers = offers_for(volume)?;
        let lack = lack(place, event, price, volume, &offers);
        let priced = Priced {
            place,
            event,
            product,
            price,
        };
        let metered = |volume| Ok(meter.read(volume)?.priced);
        let offers_for = |volume| offers_for(Some(volume));
        let (used, offers) =
            self.within_caps(priced, &lanes, volume, offers, metered, offers_for)?;
        let metered = used.map(|volume| meter.read(volume)).transpose()?;
        let free = free.of(meter, metered.unwrap_or_default());
        let measured = used.filter(|volume| metered.is_some_and(|one| one.priced != *volume));
        for (place, offer) in offers.iter().enumerate() {
            // Said once, with the first part of the event.
            let free = if place == 0 {
                free
            } else {
                FreeUsage::default()
            };
            self.charge(priced, offer, measured, free)?;
        }
        Ok(lack)
    }

    /// Notes what of an event nobody has priced. Prices of one volume with other rows stand for each
    /// other: one of them has to match. A volume that the event does not have needs no row, where the
    /// event is priced by something else.
    fn note(&mut self, place: usize, lacks: Vec<Lack<'_>>) {
        let missing_volume = lacks.iter().any(|one| !one.no_row);
        for lack in lacks {
            let fees = self.quote.fees.iter().zip(&self.owners);
            let mut own = fees.filter(|(fee, _)| fee.event == place);
            let counted = own.clone().any(|(fee, (_, counts))| {
                *counts == lack.counts && (counts.is_none() || fee.volume.is_some())
            });
            let nothing_to_count =
                lack.no_row && !lack.has_volume && (missing_volume || own.next().is_some());
            if !counted && !nothing_to_count {
                self.quote.warnings.push(lack.warning);
            }
        }
    }

    /// What metering makes of an event: where the period stands, of what is free in it.
    fn meter(&self, event: &UsageEvent, price: &Price) -> Result<(Meter, FreeUsage), Refusal> {
        let mut meter = Meter {
            rounding: price.metering.rounding,
            ..Meter::default()
        };
        let mut usage = FreeUsage::default();
        let Some(free) = price.metering.free else {
            return Ok((meter, usage));
        };
        let since = free.period.start(self.occurred(event));
        if let Some(units) = free.units {
            let counted = self.so_far(&price.counter_of(Counts::FreeUnits), since)?;
            meter.free_units = units.less(counted.before);
            usage.units = Some(counted);
        }
        if let Some(events) = free.events {
            let counted = self.so_far(&price.counter_of(Counts::FreeEvents), since)?;
            meter.is_free = counted.before < events;
            usage.events = Some(counted);
        }
        Ok((meter, usage))
    }

    /// When an event happened.
    fn occurred(&self, event: &UsageEvent) -> Instant {
        event.occurred_at.unwrap_or(self.given.at)
    }

    /// Where a counter stands that has no dimensions.
    fn so_far(&self, counter: &str, since: Instant) -> Result<Counted, Refusal> {
        let used = |positions: &Positions| positions.used(counter, &Dimensions::new(), since);
        let posted = self.given.wallet.map(|wallet| used(&wallet.positions));
        Ok(Counted {
            since,
            before: posted.unwrap_or_default().plus(used(&self.moved))?,
            units: Quantity::ZERO,
            opens: false,
            apart: false,
        })
    }

    /// The assets in which an event may be paid for, and what each of them has for it: its available
    /// balance, after the fees before it, and what a hold holds for its own capture. Credit that this
    /// usage may not spend does not count, and neither does an overdraft: it is the last asset's.
    /// Without a wallet the first listed asset pays.
    ///
    /// An asset in which no row matches the event is not offered.
    fn lanes(
        &mut self,
        event: &'a UsageEvent,
        product: &'a PricedProduct,
        price: &'a Price,
        volume: Option<Quantity>,
    ) -> Result<Vec<Lane<'a>>, Refusal> {
        let mut lanes: Vec<Lane<'a>> = Vec::with_capacity(1);
        for pricing in &price.pricing {
            let Some(lane) = self.lane(event, price, pricing, volume)? else {
                continue;
            };
            // Nearly all prices have one asset. Then nobody asks what is left, which would cost a
            // walk over the grants.
            if let Some(before) = lanes.last_mut() {
                let asset = before.applied.asset;
                let consumption = self.consumption(event, &product.code, &asset.code, Amount::ZERO);
                let Some(funding) = self.funding(&consumption)? else {
                    break;
                };
                before.covers = Some(funding.covers(&consumption));
            }
            lanes.push(lane);
        }
        Ok(lanes)
    }

    /// A fee as money that is spent on usage.
    fn consumption(
        &self,
        event: &'a UsageEvent,
        product: &'a str,
        asset: &'a str,
        amount: Amount,
    ) -> Consumption<'a> {
        Consumption {
            asset,
            amount,
            subject: event.subject.as_deref().or(self.given.subject),
            event: Some(event),
            product: Some(product),
        }
    }

    /// What the price asks for an event in one asset; nothing where no row matches, and where there
    /// is neither a volume nor a unit price.
    fn lane(
        &self,
        event: &UsageEvent,
        price: &'a Price,
        pricing: &'a Pricing,
        volume: Option<Quantity>,
    ) -> Result<Option<Lane<'a>>, Refusal> {
        let Some((place, row)) = price.row(pricing, event) else {
            return Ok(None);
        };
        let volume = match price.model {
            Model::CostPlus => costs(event, &pricing.asset.code)?,
            Model::Flat
            | Model::Package
            | Model::Tiered(_)
            | Model::Bulk(_)
            | Model::Percentage => volume,
        };
        if volume.is_none() && !price.usage.has_unit() {
            return Ok(None);
        }
        let counted = |tiering| self.counted(event, price, row, tiering, volume);
        let tiering = price.model.tiering().map(counted).transpose()?;
        let asset = &pricing.asset.code;
        let charged = pricing.bound_period().map(|period| {
            let counter = price.counter_of(Counts::Charged { asset });
            self.so_far(&counter, period.start(self.occurred(event)))
        });
        let charged = charged.transpose()?;
        let left = pricing.max_per_period.zip(charged).map(|(most, charged)| {
            let left = most.amount.folded_minus(charged.before.get());
            left.max(Amount::ZERO)
        });
        let before = tiering.map(|one| one.before).unwrap_or_default();
        let applied = Applied {
            opens: tiering.is_some_and(|one| one.opens),
            left,
            ..Applied::new(price.model, &pricing.asset, row, before)
        };
        Ok(Some(Lane {
            applied,
            place,
            volume,
            tiering,
            charged,
            covers: None,
        }))
    }

    /// Where an event stands in its tiering period, which is judged by when it happened.
    fn counted(
        &self,
        event: &UsageEvent,
        price: &Price,
        row: &Row,
        tiering: Tiering,
        volume: Option<Quantity>,
    ) -> Result<Counted, Refusal> {
        let since = tiering.period.start(self.occurred(event));
        let used = |positions: &Positions| positions.used(price.counter(), &row.dimensions, since);
        // What is posted and what this request adds: events of one request see each other, as if
        // sent one by one.
        let posted = self.given.wallet.map(|wallet| used(&wallet.positions));
        let before = posted.unwrap_or_default().plus(used(&self.moved))?;
        let units = match tiering.basis {
            TierBasis::Unit => Quantity::one(),
            TierBasis::Volume => volume.unwrap_or_default(),
        };
        // Refused here, because counting the fact later cannot fail any more.
        before.plus(units)?;
        let known =
            |positions: &Positions| positions.knows(price.counter(), &row.dimensions, since);
        let is_known = self
            .given
            .wallet
            .is_some_and(|wallet| known(&wallet.positions));
        Ok(Counted {
            since,
            before,
            units,
            opens: !is_known && !known(&self.moved),
            apart: false,
        })
    }

    fn charge(
        &mut self,
        priced: Priced<'a>,
        offer: &Offer<'a>,
        measured: Option<Quantity>,
        free: FreeUsage,
    ) -> Result<(), Refusal> {
        let Priced { product, price, .. } = priced;
        let asset = &offer.applied.asset.code;
        let consumption = self.consumption(priced.event, &product.code, asset, offer.amount);
        if let Some(counting) = &mut self.counting {
            counting.add(&consumption);
        }
        if let Some(funding) = self.fundings.iter_mut().find(|one| one.asset == asset) {
            funding.consume(&consumption);
        }
        // Beside the fee and not in it: a journal needs the price only, and the wallet knows whose
        // it is.
        self.owners.push((&product.code, price.volume_name()));
        let fee = Fee {
            event: priced.place,
            price_id: price.id.clone(),
            asset: asset.clone(),
            row: offer.place,
            volume: offer.volume,
            tiering: offer.tiering,
            measured,
            free_units: free.units,
            free_events: free.events,
            charged: offer.charged,
            share: offer.applied.share,
            estimated: false,
            amount: offer.amount,
        };
        if fee.counts() {
            for (counter, dimensions, counted) in fee.counted(price, &offer.applied.row.dimensions)
            {
                self.moved
                    .count(&counter, &dimensions, counted.since, counted.units)?;
            }
        }
        self.quote.fees.push(fee);
        Ok(())
    }

    /// The most that may be held for this, where volumes are lowered.
    fn most(&mut self, consumption: &Consumption<'a>) -> Result<Option<Amount>, Refusal> {
        let Some(counting) = &self.counting else {
            return Ok(None);
        };
        let budgets = counting.most(consumption);
        let Some(funding) = self.funding(consumption)? else {
            return Ok(None);
        };
        let money = funding.most(consumption);
        Ok(Some(budgets.map_or(money, |most| money.min(most))))
    }

    /// Where volumes are lowered: the offers for the largest volume that fits. What a budget allows no
    /// more of in one asset is not charged in the next: that one would be no cheaper for the customer.
    fn within_caps(
        &mut self,
        priced: Priced<'a>,
        lanes: &[Lane<'a>],
        volume: Option<Quantity>,
        offers: Vec<Offer<'a>>,
        metered: impl Fn(Quantity) -> Result<Quantity, AmountError>,
        offers_for: impl Fn(Quantity) -> Result<Vec<Offer<'a>>, AmountError>,
    ) -> Result<(Option<Quantity>, Vec<Offer<'a>>), Refusal> {
        // Nearly always.
        if self.counting.is_none() {
            return Ok((volume, offers));
        }
        let Priced { event, product, .. } = priced;
        let mut most = Vec::with_capacity(lanes.len());
        for lane in lanes {
            let asset = lane.applied.asset;
            let consumption = self.consumption(event, &product.code, &asset.code, Amount::ZERO);
            match self.most(&consumption)? {
                Some(amount) => most.push(amount),
                None => return Ok((volume, offers)),
            }
        }
        // What fits is left as it was asked, to the last decimal; no search may change it.
        if offers.iter().all(|offer| fits(lanes, &most, offer)) {
            return Ok((volume, offers));
        }
        let Some(last) = offers.last() else {
            return Ok((volume, offers));
        };
        // A price per event is asked for the event as a whole, and counts the event itself. Costs are
        // no field of the data, so that only the offer says how much they are.
        let whole = volume.or(last.volume);
        let lowered = whole.map(|volume| lowered(lanes, last, volume, &most, metered, offers_for));
        let lowered = lowered.transpose()?.flatten();
        let (affordable, offers) = match lowered {
            Some(found) => found,
            None => (Quantity::ZERO, vec![nothing(lanes, last)]),
        };
        self.quote.caps.push(Cap {
            event: priced.place,
            price_id: priced.price.id.clone(),
            volume_field: priced.price.volume_name().map(str::to_owned),
            requested: whole.unwrap_or(Quantity::one()),
            affordable,
        });
        Ok((volume.map(|_| affordable), offers))
    }

    /// What is left of an asset after the fees so far; `None` without a wallet. It is followed from
    /// the first question on, which most prices never ask.
    fn funding(&mut self, consumption: &Consumption<'a>) -> Result<Option<&Funding<'a>>, Refusal> {
        let Some(wallet) = self.given.wallet else {
            return Ok(None);
        };
        let known = self
            .fundings
            .iter()
            .position(|one| one.asset == consumption.asset);
        let place = known.unwrap_or(self.fundings.len());
        if known.is_none() {
            let (at, hold) = (self.given.at, self.given.hold);
            let mut funding = Funding::new(wallet, at, hold, consumption.asset)?;
            for (fee, (product, _)) in self.quote.fees.iter().zip(&self.owners) {
                if fee.asset == consumption.asset
                    && let Some(event) = self.events.get(fee.event)
                {
                    funding.consume(&self.consumption(
                        event,
                        product,
                        consumption.asset,
                        fee.amount,
                    ));
                }
            }
            self.fundings.push(funding);
        }
        Ok(self.fundings.get(place))
    }
}

/// What a price lacks to ask for an event; `offers` is what it asks.
fn lack<'a>(
    place: usize,
    event: &UsageEvent,
    price: &'a Price,
    volume: Option<Quantity>,
    offers: &[Offer<'_>],
) -> Option<Lack<'a>> {
    let has_row = |pricing| price.row(pricing, event).is_some();
    let no_row = offers.is_empty() && !price.pricing.iter().any(has_row);
    // Costs depend on the asset that pays, so what is missing is known only after the choice.
    let counted = match price.model {
        Model::CostPlus => offers.iter().any(|one| one.volume.is_some()),
        Model::Flat | Model::Package | Model::Tiered(_) | Model::Bulk(_) | Model::Percentage => {
            volume.is_some()
        }
    };
    let has_volume = price.volume_name().is_none() || counted;
    (no_row || !has_volume).then(|| Lack {
        warning: lacking(place, price, no_row),
        counts: price.volume_name(),
        no_row,
        has_volume,
    })
}

/// What a price lacks, as a warning: a row, or else its volume.
fn lacking(event: usize, price: &Price, no_row: bool) -> Warning {
    let price_id = price.id.clone();
    match &price.volume_field {
        _ if no_row => Warning::NoRow { event, price_id },
        Some(field) => Warning::VolumeMissing {
            event,
            price_id,
            volume_field: field.clone(),
        },
        None => Warning::CostMissing { event, price_id },
    }
}

/// The volume that an event's data gives; `None` where the field is absent or the price has none.
fn field_volume(
    place: usize,
    event: &UsageEvent,
    price: &Price,
) -> Result<Option<Quantity>, Refusal> {
    let Some(field) = &price.volume_field else {
        return Ok(None);
    };
    // Absent is a warning and not an error: what happened must be recorded even where it cannot be
    // priced.
    let Some(datum) = event.data.get(field) else {
        return Ok(None);
    };
    let wrong = || Refusal::UsageNotANumber {
        event: place,
        field: field.clone(),
    };
    Ok(Some(datum.volume().ok_or_else(wrong)?))
}

/// The sum of an event's own costs in a currency; `None` where there are none. Costs that sum up to
/// less than nothing are nothing: a markup never pays the customer.
fn costs(event: &UsageEvent, currency: &str) -> Result<Option<Quantity>, Refusal> {
    let own = event.costs.iter().filter(|cost| cost.currency == currency);
    let mut own = own.map(|cost| cost.amount).peekable();
    if own.peek().is_none() {
        return Ok(None);
    }
    Ok(Some(Quantity::new(total(own)?).unwrap_or_default()))
}
