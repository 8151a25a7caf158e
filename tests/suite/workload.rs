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
    self, Event, Field, Kind, Model, ONE, PRECISIONS, Request, Row, Scope, Shown, State, Tier, Work,
};
use crate::model_budgets::Asks;

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

    fn percent(&mut self, chance: u64) -> bool {
        self.below(100) < chance
    }

    fn maybe<T>(&mut self, chance: u64, value: impl FnOnce(&mut Self) -> T) -> Option<T> {
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
            product: dice.pick(3),
        },
        4..20 => Request::Credit {
            asset: any_asset(dice),
            amount: any_amount(dice),
            purpose: dice.below(3) as u8,
            from: dice.maybe(25, |dice| START + dice.below(900) as i64),
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
        _ => Request::Budget {
            code: dice.pick(4),
            asset: any_asset(dice),
            limit: any_amount(dice) * 2,
            asks: Asks {
                window: dice.below(7) as u8,
                subject: dice.maybe(15, |dice| dice.pick(2)),
                event_type: dice.maybe(15, |dice| dice.pick(3)),
                product: dice.maybe(15, |dice| dice.pick(2)),
                key: dice.maybe(15, |dice| dice.pick(2)),
                each: [0, 0, 1, 2][dice.pick(4)],
            },
            warns: dice.percent(20),
        },
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

/// The published prices.
pub fn prices() -> Vec<model::Price> {
    let mut prices = plain_prices();
    prices.extend(other_prices());
    prices
}

const fn tier(up_to: Option<i128>, unit: Option<i128>, rate: Option<(i128, i128)>) -> Tier {
    Tier { up_to, unit, rate }
}

fn row_of(tiers: &[Tier]) -> Row {
    Row {
        word: None,
        least: None,
        most: None,
        tiers: tiers.to_vec(),
    }
}

fn price_of(
    (product, event_type): (usize, usize),
    kind: Kind,
    field: Option<usize>,
    offers: Vec<(usize, Vec<Row>)>,
) -> model::Price {
    model::Price {
        product,
        event_type,
        kind,
        field,
        by_events: false,
        monthly: false,
        offers,
    }
}

/// Flat prices: product, event type, asset, unit price, rate and its field.
fn plain_prices() -> Vec<model::Price> {
    let flat = |product, event_type, asset, unit, rate: Option<(i128, i128, usize)>| {
        let field = rate.map(|(_, _, field)| field);
        let rate = rate.map(|(amount, per, _)| (amount, per));
        let offers = vec![(asset, vec![row_of(&[tier(None, unit, rate)])])];
        price_of((product, event_type), Kind::Flat, field, offers)
    };
    vec![
        flat(0, 0, 0, None, Some((25 * ONE / 10, 1_000_000, 0))),
        flat(0, 0, 0, None, Some((10 * ONE, 3_000, 1))),
        flat(0, 0, 1, None, Some((ONE, 1_000, 1))),
        flat(1, 1, 1, Some(ONE / 2), Some((3 * ONE / 2, 700, 0))),
        flat(
            1,
            1,
            2,
            Some(5 * ONE / 1_000),
            Some((5 * ONE / 1_000, 1, 1)),
        ),
        flat(1, 2, 2, Some(15 * ONE / 1_000), None),
        flat(1, 0, 0, Some(ONE / 4), None),
    ]
}

/// The last tier takes what is left.
const STEPS: [Tier; 3] = [
    tier(Some(1_000), None, Some((ONE, 100))),
    tier(Some(5_000), None, Some((ONE / 2, 100))),
    tier(None, None, Some((2 * ONE, 300))),
];

/// Prices of the other models: by volume and by events, in several assets, with rows and bounds.
fn other_prices() -> Vec<model::Price> {
    let both = [
        tier(Some(2_000), Some(ONE / 100), Some((ONE / 1_000, 3))),
        tier(None, Some(0), Some((ONE / 2_000, 1))),
    ];
    let calls = [
        tier(Some(3), Some(ONE / 10), None),
        tier(Some(9), Some(ONE / 5), None),
        tier(None, Some(ONE / 20), None),
    ];
    let per_token = [tier(None, None, Some((ONE / 2_000, 1)))];
    let packages = Row {
        most: Some(7 * ONE),
        ..row_of(&[tier(None, None, Some((ONE, 400)))])
    };
    let small = Row {
        word: Some(0),
        most: Some(2 * ONE),
        ..row_of(&STEPS[2..])
    };
    let large = Row {
        word: Some(1),
        least: Some(ONE / 4),
        ..row_of(&STEPS)
    };
    let by_word = vec![small, large];
    let credits_then_dollars = vec![(1, vec![row_of(&STEPS)]), (0, vec![row_of(&per_token)])];
    vec![
        price_of((2, 2), Kind::Package, Some(0), vec![(1, vec![packages])]),
        model::Price {
            monthly: true,
            ..price_of((2, 2), Kind::Tiered, Some(1), credits_then_dollars)
        },
        price_of((2, 1), Kind::Bulk, Some(0), vec![(0, vec![row_of(&STEPS)])]),
        price_of(
            (2, 1),
            Kind::Tiered,
            Some(1),
            vec![(2, vec![row_of(&both)])],
        ),
        model::Price {
            by_events: true,
            monthly: true,
            ..price_of((2, 1), Kind::Bulk, None, vec![(2, vec![row_of(&calls)])])
        },
        // Nothing for events with another word, or without one.
        model::Price {
            monthly: true,
            ..price_of(
                (2, 0),
                Kind::Tiered,
                Some(0),
                vec![(2, by_word.clone()), (0, by_word)],
            )
        },
    ]
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
        flat_amount: None,
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

fn priced(place: usize, priced: &model::Price) -> Price {
    let tiering = Tiering {
        basis: if priced.by_events {
            TierBasis::Unit
        } else {
            TierBasis::Volume
        },
        period: if priced.monthly {
            Period::Monthly
        } else {
            Period::Lifetime
        },
    };
    let first = &priced.offers[0].1[0].tiers[0];
    let rows = priced.offers.iter().flat_map(|(_, rows)| rows);
    let by_word = rows.clone().any(|row| row.word.is_some());
    let pricing = |(place, rows): &(usize, Vec<Row>)| Pricing {
        asset: asset(*place),
        max_per_period: None,
        min_per_period: None,
        rows: rows.iter().map(row).collect(),
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
        metering: price::Metering::default(),
        pricing: priced.offers.iter().map(pricing).collect(),
    }
}

fn product(code: usize) -> PricedProduct {
    let own = prices().into_iter().enumerate();
    let own = own.filter(|(_, price)| price.product == code);
    PricedProduct {
        id: format!("prod_{code}"),
        code: format!("product {code}"),
        version: 1,
        fixed_prices: Vec::new(),
        entitlements: Vec::new(),
        features: Vec::new(),
        budgets: Vec::new(),
        prices: own.map(|(place, price)| priced(place, &price)).collect(),
    }
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
            terms: budget::Terms {
                name: None,
                asset: ASSETS[*place].to_owned(),
                limit: amount(*limit),
                window: WINDOWS[usize::from(asks.window)],
                about: budget::Match {
                    subject: asks.subject.map(subject),
                    event_type: asks.event_type.map(|one| EVENTS[one].to_owned()),
                    product: asks.product.map(|one| format!("product {one}")),
                    data: asks
                        .key
                        .map(|key| ("key".to_owned(), key.to_string()))
                        .into_iter()
                        .collect(),
                },
                each: [None, Some("subject".to_owned()), Some("key".to_owned())]
                    [usize::from(asks.each)]
                .clone(),
                anchor: None,
                warn_only: *warns,
                thresholds: vec![50, 80, 100],
            },
            anchored_to: None,
        },
        Request::Drop { code } => Action::RemoveBudget {
            code: code.to_string(),
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

pub fn command(number: usize, request: &Request) -> Command {
    let mut op = format!("op:{number}");
    let moment = |seconds: Option<i64>| seconds.map(|one| Instant::from_micros(one * 1_000_000));
    let action = match request {
        Request::Open => Action::OpenWallet {
            wallet: "acct:test:acme".into(),
            customer: "acme".into(),
        },
        Request::Subscribe { product: code } => Action::subscribe(vec![product(*code)]),
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
