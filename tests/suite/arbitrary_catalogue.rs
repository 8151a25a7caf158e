//! The products and prices of arbitrary histories: each model and basis that a price may have.

use scrip::engine::calendar::Period;
use scrip::engine::price::{
    Basis, Free, Metering, Model, PeriodBound, Pricing, Rounding, RoundingMode, Row, Tier,
    TierBasis, Tiering, UsageType,
};
use scrip::engine::*;

use crate::arbitrary::ASSETS;

pub fn catalogue() -> Vec<PricedProduct> {
    let amount = |text: &str| Amount::parse(text).expect("an amount");
    let rate = |text: &str, per: &str| {
        let per = Quantity::new(amount(per)).expect("not negative");
        Rate::new(amount(text), per).expect("a valid rate")
    };
    let volume = |field: &str, text: &str, per: &str| Basis::Volume {
        volume_field: field.into(),
        rate: rate(text, per),
    };
    let unit = |text: &str| Basis::Unit {
        unit_price: amount(text),
    };
    let both = |unit: &str, field: &str, text: &str, per: &str| Basis::UnitAndVolume {
        unit_price: amount(unit),
        volume_field: field.into(),
        rate: rate(text, per),
    };
    let product = |code: &str, prices: Vec<(&str, usize, Basis)>| PricedProduct {
        id: format!("prod_{code}"),
        code: code.into(),
        version: 1,
        fixed_prices: Vec::new(),
        entitlements: Vec::new(),
        features: Vec::new(),
        budgets: Vec::new(),
        prices: prices
            .into_iter()
            .enumerate()
            .map(|(place, (event_type, asset, basis))| {
                let (code_of_asset, precision) = ASSETS[asset];
                Price::flat(
                    format!("price_{code}_{place}"),
                    format!("{code} {place}"),
                    event_type.into(),
                    Asset::new(code_of_asset, precision).expect("a valid asset"),
                    basis,
                )
            })
            .collect(),
    };
    let many = PricedProduct {
        id: "prod_many".into(),
        code: "many".into(),
        version: 1,
        prices: many(),
        ..PricedProduct::default()
    };
    vec![
        product(
            "chat",
            vec![
                ("chat", 0, volume("input", "2.5", "1000000")),
                ("chat", 0, volume("output", "10", "3")),
                ("chat", 1, volume("output", "1", "1000")),
            ],
        ),
        product(
            "agent",
            vec![
                ("agent", 1, both("0.5", "hours", "1.5", "7")),
                ("agent", 2, both("0.005", "input", "0.005", "1")),
                ("image", 2, unit("0.015")),
                ("image", 0, volume("hours", "0", "1")),
            ],
        ),
        many,
    ]
}

/// A price of a volume that is rounded, and free at first.
fn metered(id: &str, event_type: &str, field: &str, model: Model, pricing: Vec<Pricing>) -> Price {
    let quantity = |text: &str| {
        let amount = Amount::parse(text).expect("an amount");
        Quantity::new(amount).expect("not negative")
    };
    Price {
        id: id.into(),
        name: id.into(),
        event_type: event_type.into(),
        usage: UsageType::Volume,
        volume_field: Some(field.into()),
        model,
        metering: Metering {
            rounding: Some(Rounding {
                mode: RoundingMode::HalfUp,
                unit: quantity("10"),
            }),
            free: Some(Free {
                units: Some(quantity("600")),
                events: Some(quantity("1")),
                period: Period::Monthly,
            }),
        },
        dimensions: Vec::new(),
        continues: None,
        pricing,
    }
}

/// A price of each model that needs more than a basis, in several assets and with bounds.
fn many() -> Vec<Price> {
    let amount = |text: &str| Amount::parse(text).expect("an amount");
    let quantity = |text: &str| Quantity::new(amount(text)).expect("not negative");
    let tier = |up_to: Option<&str>, rate: &str, per: &str| Tier {
        up_to: up_to.map(quantity),
        // Asked for entering it.
        flat_amount: up_to.map(|_| amount("2")),
        rate: Rate::new(amount(rate), quantity(per)),
        ..Tier::default()
    };
    let bound = |text: &str| PeriodBound {
        amount: amount(text),
        period: Period::Monthly,
    };
    let pricing = |place: usize, tiers: Vec<Tier>| Pricing {
        asset: Asset::new(ASSETS[place].0, ASSETS[place].1).expect("a valid asset"),
        max_per_period: Some(bound("700")),
        min_per_period: Some(bound("31")),
        rows: vec![Row {
            tiers,
            min_amount: Some(amount("0.01")),
            max_amount: Some(amount("900")),
            ..Row::default()
        }]
        .into(),
    };
    let tiering = |basis, period| Tiering { basis, period };
    let steps = || {
        vec![
            tier(Some("100"), "0.5", "1"),
            tier(Some("2500.5"), "1", "3"),
            tier(None, "0.1", "1"),
        ]
    };
    let tiered = Model::Tiered(tiering(TierBasis::Volume, Period::Monthly));
    let bulk = Model::Bulk(tiering(TierBasis::Volume, Period::Lifetime));
    let by_events = Model::Tiered(tiering(TierBasis::Unit, Period::Yearly));
    let package = || vec![tier(None, "3", "700")];
    vec![
        metered(
            "tiered",
            "chat",
            "output",
            tiered,
            vec![pricing(1, steps()), pricing(0, steps())],
        ),
        metered("bulk", "agent", "input", bulk, vec![pricing(2, steps())]),
        metered(
            "events",
            "image",
            "hours",
            by_events,
            vec![pricing(0, steps())],
        ),
        metered(
            "package",
            "image",
            "input",
            Model::Package,
            vec![pricing(2, package()), pricing(1, package())],
        ),
    ]
}
