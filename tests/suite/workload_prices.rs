//! The prices of the simulation: those that are published, and others that the dice make for each wallet.

use crate::model::{ONE, PRECISIONS};
use crate::model_catalogue::{Free, Kind, Mode, Offer, Preset, Price, Rounding, Row, Tier};
use crate::workload::{Dice, any_preset};

/// Product 3 is another one in each wallet.
pub const PRODUCTS: usize = 4;

/// The published prices, and those with all that is counted over a period.
pub fn prices(dice: &mut Dice) -> Vec<Price> {
    let mut prices = plain_prices();
    prices.extend(other_prices());
    prices.extend((0..3).map(|event_type| period_price(dice, event_type)));
    prices
}

/// What each product says of budgets.
pub fn limits(dice: &mut Dice) -> Vec<Vec<Preset>> {
    let limits = (0..PRODUCTS).map(|_| any_presets(dice));
    limits.collect()
}

/// Mostly none, each under a code of its own.
pub fn any_presets(dice: &mut Dice) -> Vec<Preset> {
    let count = dice.below(3);
    let mut presets: Vec<Preset> = Vec::new();
    for _ in 0..count {
        let preset = any_preset(dice);
        if presets.iter().all(|one| one.code != preset.code) {
            presets.push(preset);
        }
    }
    presets
}

const fn tier(up_to: Option<i128>, unit: Option<i128>, rate: Option<(i128, i128)>) -> Tier {
    Tier {
        up_to,
        flat: None,
        unit,
        rate,
    }
}

fn row_of(tiers: &[Tier]) -> Row {
    Row {
        word: None,
        least: None,
        most: None,
        tiers: tiers.to_vec(),
    }
}

const fn offer(asset: usize, rows: Vec<Row>) -> Offer {
    Offer {
        asset,
        rows,
        most: None,
        least: None,
        monthly: false,
    }
}

const fn price_of(
    (product, event_type): (usize, usize),
    kind: Kind,
    field: Option<usize>,
    offers: Vec<Offer>,
) -> Price {
    Price {
        product,
        event_type,
        kind,
        field,
        by_events: false,
        monthly: false,
        rounding: None,
        free: None,
        offers,
    }
}

/// Flat prices: product, event type, asset, unit price, rate and its field.
fn plain_prices() -> Vec<Price> {
    let flat = |product, event_type, asset, unit, rate: Option<(i128, i128, usize)>| {
        let field = rate.map(|(_, _, field)| field);
        let rate = rate.map(|(amount, per, _)| (amount, per));
        let offers = vec![offer(asset, vec![row_of(&[tier(None, unit, rate)])])];
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

/// A row for each of two words.
fn rows_by_word() -> Vec<Row> {
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
    vec![small, large]
}

/// Prices of the other models: by volume and by events, in several assets, with rows and bounds.
fn other_prices() -> Vec<Price> {
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
    let by_word = rows_by_word();
    let credits_then_dollars = vec![
        offer(1, vec![row_of(&STEPS)]),
        offer(0, vec![row_of(&per_token)]),
    ];
    vec![
        price_of(
            (2, 2),
            Kind::Package,
            Some(0),
            vec![offer(1, vec![packages])],
        ),
        Price {
            monthly: true,
            ..price_of((2, 2), Kind::Tiered, Some(1), credits_then_dollars)
        },
        price_of(
            (2, 1),
            Kind::Bulk,
            Some(0),
            vec![offer(0, vec![row_of(&STEPS)])],
        ),
        price_of(
            (2, 1),
            Kind::Tiered,
            Some(1),
            vec![offer(2, vec![row_of(&both)])],
        ),
        Price {
            by_events: true,
            monthly: true,
            ..price_of(
                (2, 1),
                Kind::Bulk,
                None,
                vec![offer(2, vec![row_of(&calls)])],
            )
        },
        // Nothing for events with another word, or without one.
        Price {
            monthly: true,
            ..price_of(
                (2, 0),
                Kind::Tiered,
                Some(0),
                vec![offer(2, by_word.clone()), offer(0, by_word)],
            )
        },
    ]
}

/// A price with whatever may be counted over a period: flat amounts of tiers, what is free, and the least
/// and the most that is asked. A month is nearly over when the wallet begins, so its least is large; that
/// it may be above the most, which no catalogue has, changes neither of them.
fn period_price(dice: &mut Dice, event_type: usize) -> Price {
    use Kind::{Bulk, Flat, Package, Tiered};
    let kind = [Flat, Package, Tiered, Tiered, Bulk, Bulk][dice.pick(6)];
    let by_events = matches!(kind, Tiered | Bulk) && dice.percent(25);
    let field = (kind == Package || dice.percent(85)).then(|| dice.pick(2));
    let by_events = by_events || matches!(kind, Tiered | Bulk) && field.is_none();
    let tiers = any_tiers(dice, kind, by_events, field.is_some());
    let several = [&[0][..], &[1], &[2], &[1, 0], &[1, 0], &[2, 0]];
    let assets = several[dice.pick(several.len())];
    let offers = assets.iter().map(|asset| any_offer(dice, *asset, &tiers));
    let offers = offers.collect();
    Price {
        by_events,
        monthly: dice.percent(70),
        rounding: dice.maybe(50, |dice| Rounding {
            mode: [Mode::Up, Mode::Down, Mode::HalfUp][dice.pick(3)],
            unit: [10, 250, 1_000][dice.pick(3)] * ONE,
        }),
        free: dice.maybe(60, |dice| Free {
            units: dice.maybe(60, |dice| i128::from(dice.below(4_000)) * ONE),
            events: dice.maybe(40, |dice| i128::from(dice.below(4)) * ONE),
            monthly: dice.percent(70),
        }),
        ..price_of((3, event_type), kind, field, offers)
    }
}

fn any_tiers(dice: &mut Dice, kind: Kind, by_events: bool, has_volume: bool) -> Vec<Tier> {
    let bounds: &[Option<i128>] = match kind {
        Kind::Flat | Kind::Package => &[None],
        _ if by_events => &[Some(1), Some(4), None],
        _ => &[Some(500), Some(3_000), None],
    };
    let has_unit = kind != Kind::Package && (!has_volume || dice.percent(40));
    let rates = [(ONE, 100), (ONE / 2, 100), (2 * ONE, 300), (ONE / 1_000, 1)];
    let tier = |up_to: &Option<i128>| Tier {
        up_to: *up_to,
        flat: dice
            .maybe(60, |dice| i128::from(dice.below(20)) * (ONE / 4))
            .filter(|_| bounds.len() > 1),
        unit: has_unit.then(|| i128::from(dice.below(8)) * (ONE / 20)),
        rate: has_volume.then(|| rates[dice.pick(rates.len())]),
    };
    bounds.iter().map(tier).collect()
}

fn any_offer(dice: &mut Dice, asset: usize, tiers: &[Tier]) -> Offer {
    let row = Row {
        least: dice.maybe(15, |_| ONE / 4),
        most: dice.maybe(15, |_| 7 * ONE),
        ..row_of(tiers)
    };
    let step = 10_i128.pow(12 - PRECISIONS[asset]);
    let least = dice.maybe(45, |dice| i128::from(dice.below(30) + 1) * 1_339 * ONE);
    let finest = i128::from(dice.below(100)) * step;
    Offer {
        most: dice.maybe(45, |dice| i128::from(dice.below(40)) * ONE),
        least: least.map(|least| least + finest),
        monthly: least.is_some() || dice.percent(70),
        ..offer(asset, vec![row])
    }
}
