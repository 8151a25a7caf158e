//! What the simulation asks: seeded dice, requests in the model's words, and the same in the engine's.

use std::collections::BTreeMap;

use rust_decimal::Decimal;
use scrip::engine::calendar::{Period, Window};
use scrip::engine::command::{CreditSource, DebitCause};
use scrip::engine::price::{Pricing, TierBasis, Tiering, UsageType};
use scrip::engine::usage::Datum;
use scrip::engine::*;
use scrip::journal::chain::request_digest;

use crate::audit::pico;
use crate::model::{
    self, Event, Field, Model, ONE, PRECISIONS, Request, Scope, Shown, State, Work,
};
use crate::model_budgets::Asks;
use crate::model_catalogue::{self as catalogue, Kind, Mode, Offer, Preset, Row, Tier};
use crate::model_periods::{Counter, What};
use crate::workload_prices::{PRODUCTS, any_presets};

/// 2026-01-31T23:45:00Z, in seconds: a quarter of an hour before an hour, a day and a month turn.
pub const START: i64 = 1_769_904_000 - 900;

/// The id of what was never made.
const NOBODY: u64 = 777_777;

pub const ASSETS: [&str; 3] = ["USD", "CREDITS", "POINTS"];
const EVENTS: [&str; 4] = ["chat", "agent", "image", "unpriced"];
const FIELDS: [&str; 2] = ["input", "output"];
const WORDS: [&str; 3] = ["small", "large", "other"];

/// SplitMix64: small, seeded, and the same on every machine.
pub struct Dice(pub u64);

impl Dice {
    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mut value = self.0;
        value = (value ^ (value >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        value = (value ^ (value >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        value ^ (value >> 31)
    }

    pub fn below(&mut self, bound: u64) -> u64 {
        self.next() % bound
    }

    pub fn pick(&mut self, length: usize) -> usize {
        self.below(length as u64) as usize
    }

    pub fn percent(&mut self, chance: u64) -> bool {
        self.below(100) < chance
    }

    pub fn maybe<T>(&mut self, chance: u64, value: impl FnOnce(&mut Self) -> T) -> Option<T> {
        self.percent(chance).then(|| value(self))
    }
}

/// The next request; mostly about holds that are open.
pub fn any_request(dice: &mut Dice, model: &Model) -> Request {
    let holds = model.holds.iter();
    let open = holds.clone().filter(|hold| hold.state == State::Open);
    let (open, all): (Vec<u64>, Vec<u64>) = (
        open.map(|hold| hold.id).collect(),
        holds.map(|hold| hold.id).collect(),
    );
    let hold = match dice.below(20) {
        1..15 if !open.is_empty() => open[dice.pick(open.len())],
        15..20 if !all.is_empty() => all[dice.pick(all.len())],
        _ => NOBODY,
    };
    match dice.below(100) {
        0 => Request::Open,
        1..4 => Request::Subscribe {
            product: dice.pick(PRODUCTS),
        },
        4..20 => Request::Credit {
            asset: any_asset(dice),
            amount: any_amount(dice),
            purpose: dice.below(3) as u8,
            from: dice.maybe(50, |dice| START + dice.below(500) as i64),
            until: dice.maybe(50, |dice| START + dice.below(1_500) as i64),
            scope: any_scope(dice),
        },
        20..24 => any_limit(dice),
        24..48 => Request::Authorize {
            work: any_work(dice, false),
            cap: dice.percent(40),
            seconds: any_seconds(dice),
            subject: any_subject(dice),
            unpriced: dice.percent(60),
        },
        48..55 => Request::Extend {
            hold,
            work: dice.maybe(60, |dice| any_work(dice, false)),
            seconds: dice.maybe(50, any_seconds),
            unpriced: dice.percent(60),
        },
        55..80 => Request::Capture {
            hold,
            work: dice.maybe(75, |dice| any_work(dice, true)),
            closes: dice.percent(70),
        },
        80..85 => Request::Release { hold },
        85..92 => Request::Usage {
            event: any_event(dice),
        },
        92..97 => Request::Debit {
            asset: any_asset(dice),
            amount: any_amount(dice),
            subject: any_subject(dice),
        },
        _ => {
            let grants = model.grants.len() as u64;
            let grant = dice.below(grants + 1) as usize;
            let grant = model.grants.get(grant);
            Request::Tax {
                grant: grant.map_or(NOBODY, |grant| grant.id),
                asset: dice.pick(ASSETS.len()),
                amount: any_amount(dice),
            }
        }
    }
}

fn any_limit(dice: &mut Dice) -> Request {
    match dice.below(10) {
        0..3 => Request::Overdraft {
            asset: any_asset(dice),
            // Large enough that holds often reach into it.
            limit: any_amount(dice) * 8,
        },
        3 => Request::Drop { code: dice.pick(4) },
        4..6 => Request::Presets {
            presets: any_presets(dice),
        },
        _ => Request::Budget {
            code: dice.pick(4),
            asset: any_asset(dice),
            limit: any_amount(dice) * 2,
            asks: any_asks(dice),
            warns: dice.percent(20),
        },
    }
}

fn any_asks(dice: &mut Dice) -> Asks {
    Asks {
        window: dice.below(7) as u8,
        subject: dice.maybe(15, |dice| dice.pick(2)),
        event_type: dice.maybe(15, |dice| dice.pick(3)),
        product: dice.maybe(15, |dice| dice.pick(2)),
        key: dice.maybe(15, |dice| dice.pick(2)),
        each: [0, 0, 1, 2][dice.pick(4)],
    }
}

/// The directory lets nothing through that is finer than its asset. Two codes ask the same each time, so that
/// one who says something takes over from another one.
pub fn any_preset(dice: &mut Dice) -> Preset {
    let code = dice.pick(4);
    let asset = any_asset(dice);
    let daily = Asks {
        window: 1,
        subject: None,
        event_type: None,
        product: None,
        key: None,
        each: 0,
    };
    let step = 10_i128.pow(12 - PRECISIONS[asset]);
    Preset {
        code,
        asset: if code < 2 { 0 } else { asset },
        limit: any_amount(dice).max(0) * 3 / step * step,
        asks: if code < 2 { daily } else { any_asks(dice) },
        warns: dice.percent(20),
    }
}

fn any_subject(dice: &mut Dice) -> Option<usize> {
    dice.maybe(60, |dice| dice.pick(3))
}

/// Mostly everything.
fn any_scope(dice: &mut Dice) -> Scope {
    if dice.percent(70) {
        return Scope::default();
    }
    let some = |dice: &mut Dice, count| {
        dice.maybe(60, |dice| dice.pick(count))
            .into_iter()
            .collect()
    };
    Scope {
        event_types: some(dice, 3),
        products: some(dice, 2),
    }
}

fn any_asset(dice: &mut Dice) -> usize {
    [0, 0, 0, 1, 1, 2][dice.pick(6)]
}

/// Mostly some units, now and then an odd fraction, nothing, or less than nothing.
fn any_amount(dice: &mut Dice) -> i128 {
    match dice.below(20) {
        0 => 0,
        1 => -ONE * i128::from(dice.below(5) + 1),
        2 => i128::from(dice.next() % 5_000_000_000_000),
        3..6 => i128::from(dice.below(2_000)) * (ONE / 100),
        _ => i128::from(dice.below(20)) * ONE,
    }
}

fn any_seconds(dice: &mut Dice) -> i64 {
    match dice.below(20) {
        0 => 0,
        1 => 1_000_000,
        _ => dice.below(90) as i64 + 1,
    }
}

fn any_work(dice: &mut Dice, settles: bool) -> Work {
    if dice.percent(60) {
        let named = !settles || dice.percent(50);
        return Work::Money {
            asset: named.then(|| any_asset(dice)),
            amount: any_amount(dice),
        };
    }
    let count = dice.below(4);
    Work::Usage((0..count).map(|_| any_event(dice)).collect())
}

fn any_event(dice: &mut Dice) -> Event {
    let mut field = || match dice.below(30) {
        0..5 => Field::Absent,
        5 => Field::Nonsense,
        6..12 => Field::Number(i128::from(dice.below(3_000_000))),
        _ => Field::Number(i128::from(dice.below(5_000))),
    };
    let fields = [field(), field()];
    Event {
        event_type: dice.pick(EVENTS.len()),
        fields,
        subject: dice.maybe(30, |dice| dice.pick(3)),
        key: dice.maybe(50, |dice| dice.pick(3)),
        word: dice.maybe(70, |dice| dice.pick(WORDS.len())),
        occurred: dice.maybe(30, |dice| START - dice.below(25) as i64 * 86_400),
    }
}

// From the model's words to the engine's.

fn amount(pico: i128) -> Amount {
    Amount::new(Decimal::from_i128_with_scale(pico, 12)).expect("a small amount")
}

fn asset(place: usize) -> Asset {
    Asset::new(ASSETS[place], PRECISIONS[place]).expect("a valid asset")
}

fn quantity(units: i128) -> Quantity {
    Quantity::new(amount(units * ONE)).expect("not negative")
}

fn row(row: &Row) -> price::Row {
    let tier = |tier: &Tier| price::Tier {
        name: None,
        flat_amount: tier.flat.map(amount),
        up_to: tier.up_to.map(quantity),
        unit_price: tier.unit.map(amount),
        rate: tier
            .rate
            .map(|(of, per)| Rate::new(amount(of), quantity(per)).expect("a valid rate")),
    };
    let word = row
        .word
        .map(|word| ("model".to_owned(), WORDS[word].to_owned()));
    price::Row {
        name: None,
        dimensions: word.into_iter().collect(),
        tiers: row.tiers.iter().map(tier).collect(),
        min_amount: row.least.map(amount),
        max_amount: row.most.map(amount),
    }
}

const fn period(monthly: bool) -> Period {
    if monthly {
        Period::Monthly
    } else {
        Period::Lifetime
    }
}

fn metering(priced: &catalogue::Price) -> price::Metering {
    let units = |pico: i128| Quantity::new(amount(pico)).expect("not negative");
    price::Metering {
        rounding: priced.rounding.map(|one| price::Rounding {
            mode: match one.mode {
                Mode::Up => price::RoundingMode::Up,
                Mode::Down => price::RoundingMode::Down,
                Mode::HalfUp => price::RoundingMode::HalfUp,
            },
            unit: units(one.unit),
        }),
        free: priced.free.map(|one| price::Free {
            units: one.units.map(units),
            events: one.events.map(units),
            period: period(one.monthly),
        }),
    }
}

fn priced(place: usize, priced: &catalogue::Price) -> Price {
    let tiering = Tiering {
        basis: if priced.by_events {
            TierBasis::Unit
        } else {
            TierBasis::Volume
        },
        period: period(priced.monthly),
    };
    let first = &priced.offers[0].rows[0].tiers[0];
    let rows = priced.offers.iter().flat_map(|offer| &offer.rows);
    let by_word = rows.clone().any(|row| row.word.is_some());
    let pricing = |offer: &Offer| {
        let bound = |pico: i128| price::PeriodBound {
            amount: amount(pico),
            period: period(offer.monthly),
        };
        Pricing {
            asset: asset(offer.asset),
            max_per_period: offer.most.map(bound),
            min_per_period: offer.least.map(bound),
            rows: offer.rows.iter().map(row).collect(),
        }
    };
    Price {
        id: format!("price_{place}"),
        name: format!("price {place}"),
        event_type: EVENTS[priced.event_type].into(),
        usage: match (first.unit, first.rate) {
            (Some(_), Some(_)) => UsageType::UnitAndVolume,
            (Some(_), None) => UsageType::Unit,
            (None, _) => UsageType::Volume,
        },
        volume_field: priced.field.map(|field| FIELDS[field].to_owned()),
        model: match priced.kind {
            Kind::Flat => price::Model::Flat,
            Kind::Package => price::Model::Package,
            Kind::Tiered => price::Model::Tiered(tiering),
            Kind::Bulk => price::Model::Bulk(tiering),
        },
        dimensions: by_word.then(|| "model".to_owned()).into_iter().collect(),
        continues: None,
        metering: metering(priced),
        pricing: priced.offers.iter().map(pricing).collect(),
    }
}

fn product(code: usize, model: &Model) -> PricedProduct {
    let own = model.prices.iter().enumerate();
    let own = own.filter(|(_, price)| price.product == code);
    PricedProduct {
        id: format!("prod_{code}"),
        code: format!("product {code}"),
        version: 1,
        fixed_prices: Vec::new(),
        entitlements: Vec::new(),
        features: Vec::new(),
        budgets: model.limits[code].iter().map(preset).collect(),
        prices: own.map(|(place, price)| priced(place, price)).collect(),
    }
}

fn preset(preset: &Preset) -> budget::Preset {
    budget::Preset {
        code: preset.code.to_string(),
        terms: terms(preset),
    }
}

/// Under which name the wallet counts beside the tiers.
pub fn counter_name((place, what, ..): &Counter) -> String {
    let what = match what {
        What::FreeUnits => "free units".to_owned(),
        What::FreeEvents => "free events".to_owned(),
        What::Charged(asset) => format!("charged {}", ASSETS[*asset]),
    };
    format!("price_{place} {what}")
}

/// A position of the wallet in the model's words.
pub fn position(price: &str, one: &price::Position) -> model::Position {
    let word = one.dimensions.get("model");
    let word = word.and_then(|word| WORDS.iter().position(|known| known == word));
    let place = price.trim_start_matches("price_").parse();
    let since = one.since.micros() / 1_000_000;
    (
        place.expect("the place of a price"),
        word,
        since,
        pico(one.used.get()),
    )
}

fn event(event: &Event) -> UsageEvent {
    let mut data = BTreeMap::new();
    for (name, field) in FIELDS.iter().zip(event.fields) {
        let datum = match field {
            Field::Absent => continue,
            Field::Number(volume) => Datum::Whole(volume as i64),
            Field::Nonsense => Datum::Text("many".into()),
        };
        data.insert((*name).to_owned(), datum);
    }
    if let Some(word) = event.word {
        data.insert("model".to_owned(), Datum::Text(WORDS[word].into()));
    }
    if let Some(key) = event.key {
        data.insert("key".to_owned(), Datum::Whole(key as i64));
    }
    let moment = |seconds: i64| Instant::from_micros(seconds * 1_000_000);
    UsageEvent {
        costs: Vec::new(),
        id: None,
        event_type: EVENTS[event.event_type].into(),
        occurred_at: event.occurred.map(moment),
        subject: event.subject.map(subject),
        description: None,
        data,
    }
}

fn subject(number: usize) -> String {
    format!("run_{number}")
}

fn usage(events: &[Event]) -> Vec<UsageEvent> {
    events.iter().map(event).collect()
}

fn ask(work: &Work) -> Ask {
    match work {
        Work::Money { asset, amount: of } => Ask::Amount {
            asset: ASSETS[asset.unwrap_or_default()].into(),
            amount: amount(*of),
        },
        Work::Usage(events) => Ask::Usage(usage(events)),
    }
}

fn restriction(scope: &Scope) -> scope::Scope {
    let event_types = scope.event_types.iter();
    let products = scope.products.iter();
    scope::Scope {
        event_types: event_types.map(|one| EVENTS[*one].to_owned()).collect(),
        products: products.map(|one| format!("product {one}")).collect(),
    }
}

const WINDOWS: [Window; 7] = [
    Window::Hour,
    Window::Day,
    Window::Month,
    Window::Lifetime,
    Window::Week,
    Window::Call,
    Window::Rolling { seconds: 7_200 },
];

fn terms(preset: &Preset) -> budget::Terms {
    let asks = &preset.asks;
    let key = asks.key.map(|key| ("key".to_owned(), key.to_string()));
    budget::Terms {
        name: None,
        asset: ASSETS[preset.asset].to_owned(),
        limit: amount(preset.limit),
        window: WINDOWS[usize::from(asks.window)],
        about: budget::Match {
            subject: asks.subject.map(subject),
            event_type: asks.event_type.map(|one| EVENTS[one].to_owned()),
            product: asks.product.map(|one| format!("product {one}")),
            data: key.into_iter().collect(),
        },
        each: [None, Some("subject".to_owned()), Some("key".to_owned())][usize::from(asks.each)]
            .clone(),
        anchor: None,
        warn_only: preset.warns,
        thresholds: vec![50, 80, 100],
    }
}

fn debit_or_limit(request: &Request) -> Action {
    match request {
        Request::Debit {
            asset: place,
            amount: of,
            subject: about,
        } => Action::Debit(Debit {
            account: AccountId::default_for(ASSETS[*place]),
            asset: asset(*place),
            amount: amount(*of),
            cause: DebitCause::Charge,
            subject: about.map(subject),
            description: None,
            metadata: BTreeMap::new(),
            maths: usage::Maths::default(),
            grant: None,
        }),
        Request::Overdraft {
            asset: place,
            limit,
        } => Action::SetOverdraft {
            account: AccountId::default_for(ASSETS[*place]),
            asset: asset(*place),
            limit: amount(*limit),
        },
        Request::Budget {
            code,
            asset: place,
            limit,
            asks,
            warns,
        } => Action::SetBudget {
            code: code.to_string(),
            precision: PRECISIONS[*place],
            terms: terms(&Preset {
                code: *code,
                asset: *place,
                limit: *limit,
                asks: *asks,
                warns: *warns,
            }),
            anchored_to: None,
        },
        Request::Drop { code } => Action::RemoveBudget {
            code: code.to_string(),
        },
        Request::Presets { presets } => Action::ChangePresets {
            budgets: presets.iter().map(preset).collect(),
        },
        other => unreachable!("{other:?} is neither"),
    }
}

/// Where credit of a workload comes from.
fn paid(number: usize) -> CreditSource {
    CreditSource::Payment {
        payment: format!("pi_{number}"),
        event: format!("evt_{number}"),
        tax_known: false,
        paid: None,
    }
}

pub fn command(number: usize, request: &Request, model: &Model) -> Command {
    let mut op = format!("op:{number}");
    let moment = |seconds: Option<i64>| seconds.map(|one| Instant::from_micros(one * 1_000_000));
    let action = match request {
        Request::Open => Action::OpenWallet {
            wallet: "acct:test:acme".into(),
            customer: "acme".into(),
        },
        Request::Subscribe { product: code } => Action::subscribe(vec![product(*code, model)]),
        Request::Credit {
            asset: place,
            amount: of,
            purpose,
            from,
            until,
            scope,
        } => Action::Credit(Credit {
            account: AccountId::default_for(ASSETS[*place]),
            asset: asset(*place),
            amount: amount(*of),
            purpose: [Purpose::Promotion, Purpose::Bundled, Purpose::Paid][usize::from(*purpose)],
            effective_at: moment(*from),
            expires_at: moment(*until),
            scope: restriction(scope),
            source: paid(number),
            description: None,
            metadata: BTreeMap::new(),
        }),
        Request::Authorize {
            work,
            cap,
            seconds,
            subject: of,
            unpriced,
        } => Action::Authorize {
            on_unpriced: [OnUnpriced::Deny, OnUnpriced::Allow][usize::from(*unpriced)],
            ask: ask(work),
            on_insufficient: [OnInsufficient::Deny, OnInsufficient::Cap][usize::from(*cap)],
            seconds: *seconds as u32,
            subject: of.map(subject),
        },
        Request::Extend {
            hold,
            work,
            seconds,
            unpriced,
        } => Action::ExtendHold {
            on_unpriced: [OnUnpriced::Deny, OnUnpriced::Allow][usize::from(*unpriced)],
            hold: *hold,
            ask: work.as_ref().map(ask),
            seconds: seconds.map(|seconds| seconds as u32),
        },
        Request::Capture { hold, work, closes } => {
            if *closes {
                op = hold_end_op(*hold);
            }
            let settle = match work {
                None => Settle::Everything,
                Some(Work::Usage(events)) => Settle::Usage(usage(events)),
                Some(Work::Money { asset, amount: of }) => Settle::Amount {
                    asset: asset.map(|place| ASSETS[place].to_owned()),
                    amount: amount(*of),
                },
            };
            Action::CaptureHold {
                hold: *hold,
                settle,
                closes: *closes,
            }
        }
        Request::Release { hold } => {
            op = hold_end_op(*hold);
            Action::ReleaseHold {
                hold: *hold,
                reason: None,
            }
        }
        Request::Usage { event: one } => Action::RecordUsage { event: event(one) },
        Request::Tax {
            grant,
            asset: place,
            amount: of,
        } => Action::ExcludeTax {
            payment: "pi".into(),
            grant: *grant,
            account: AccountId::default_for(ASSETS[*place]),
            tax: amount(*of),
        },
        other => debit_or_limit(other),
    };
    let request = request_digest(&[&format!("{action:?}")]);
    Command {
        op,
        request,
        action,
    }
}

/// What an entry shows, in the model's words.
pub fn shown_by(entry: &Entry) -> Shown {
    let mut shown = Shown::default();
    let (fees, warnings) = match &entry.fact {
        Fact::HoldAuthorized {
            fees,
            warnings,
            caps,
            capped,
            ..
        } => {
            let volumes =
                |cap: &price::Cap| (pico(cap.affordable.get()), pico(cap.requested.get()));
            shown.caps = caps.iter().map(volumes).collect();
            shown.capped = *capped;
            (fees, warnings)
        }
        Fact::HoldCaptured {
            fees,
            warnings,
            late,
            ..
        } => {
            shown.late = *late;
            (fees, warnings)
        }
        Fact::HoldExtended { fees, warnings, .. } | Fact::UsageRecorded { fees, warnings, .. } => {
            (fees, warnings)
        }
        _ => return shown,
    };
    shown.fees = fees.iter().map(|fee| pico(fee.amount)).collect();
    shown.warnings = warnings.len();
    shown
}
