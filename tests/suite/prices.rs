//! Laws of prices: what must hold for every model, and that what was written before there were
//! models is still read.

use proptest::prelude::*;
use rust_decimal::Decimal;
use scrip::engine::calendar::Period;
use scrip::engine::price::{
    ANY, Applied, Free, Model, PeriodBound, Pricing, Row as PriceRow, Rows, Tier, TierBasis,
    Tiering, UsageType,
};
use scrip::engine::usage::{Cost, Datum, Maths};
use scrip::engine::*;
use scrip::journal::{Row, broken_link, snapshot};
use scrip::wire::{estimate, usage};

use serde_json::{Value, json};

use crate::asked;
use crate::audit::pico;
use crate::properties::config;

fn amount(steps: i128, places: u32) -> Amount {
    Amount::new(Decimal::from_i128_with_scale(steps, places)).expect("a small amount")
}

fn whole(units: i128) -> Quantity {
    Quantity::new(amount(units, 0)).expect("not negative")
}

/// Tiers with bounds that grow; some of them free, some cheaper than the one below.
fn tiers(pers: Vec<i128>) -> impl Strategy<Value = Vec<Tier>> {
    let per = proptest::sample::select(pers);
    let tier = (1_i128..60, 0_i128..5_000, per, 0_i128..300);
    proptest::collection::vec(tier, 1..5).prop_map(|tiers| {
        let last = tiers.len() - 1;
        let mut bound = 0;
        let tier = |(place, (length, rate, per, unit)): (usize, (i128, i128, i128, i128))| {
            bound += length;
            Tier {
                name: None,
                flat_amount: None,
                up_to: (place < last).then(|| whole(bound)),
                unit_price: Some(amount(unit, 2)),
                rate: Rate::new(amount(rate, 3), whole(per)),
            }
        };
        tiers.into_iter().enumerate().map(tier).collect()
    })
}

fn row(tiers: Vec<Tier>, bounds: Option<(i128, i128)>) -> PriceRow {
    PriceRow {
        tiers,
        min_amount: bounds.map(|(least, _)| amount(least, 2)),
        max_amount: bounds.map(|(least, more)| amount(least + more, 2)),
        ..PriceRow::default()
    }
}

const fn by(basis: TierBasis) -> Tiering {
    Tiering {
        basis,
        period: Period::Monthly,
    }
}

fn any_model() -> impl Strategy<Value = Model> {
    proptest::sample::select(vec![
        Model::Flat,
        Model::Package,
        Model::Percentage,
        Model::CostPlus,
        Model::Tiered(by(TierBasis::Volume)),
        Model::Tiered(by(TierBasis::Unit)),
        Model::Bulk(by(TierBasis::Volume)),
        Model::Bulk(by(TierBasis::Unit)),
    ])
}

/// The tiers as the model has them: one without a bound, or all.
fn fitting(model: Model, mut tiers: Vec<Tier>) -> Vec<Tier> {
    if model.tiering().is_none() {
        tiers.truncate(1);
        tiers[0].up_to = None;
    }
    tiers
}

fn asset(precision: u32) -> Asset {
    Asset::new("USD", precision).expect("a valid asset")
}

const PERS: [i128; 4] = [1, 3, 7, 1_000];

proptest! {
    #![proptest_config(config(600))]

    #[test]
    fn more_volume_never_costs_less_but_in_bulk(
        model in any_model(),
        tiers in tiers(PERS.to_vec()),
        bounds in proptest::option::of((0_i128..500, 0_i128..5_000)),
        precision in 0_u32..6,
        (before, less, more) in (0_i128..200, 0_i128..400, 0_i128..400),
    ) {
        prop_assume!(!matches!(model, Model::Bulk(tiering) if tiering.basis == TierBasis::Volume));
        let (asset, row) = (asset(precision), row(fitting(model, tiers), bounds));
        let applied = Applied::new(model, &asset, &row, whole(before));
        let cheap = applied.amount(whole(less)).expect("in range");
        let dear = applied.amount(whole(less + more)).expect("in range");
        prop_assert!(cheap <= dear, "{cheap} > {dear}");
    }

    /// However an event's volume is split into events, the tiers ask the same for all of it.
    #[test]
    fn a_split_event_costs_what_the_whole_one_does(
        mut tiers in tiers(vec![1, 10, 1_000]),
        parts in proptest::collection::vec(0_i128..150, 1..6),
        before in 0_i128..200,
    ) {
        tiers.iter_mut().for_each(|tier| tier.unit_price = None);
        // 3 places per 1,000 have 6 at most: at 12 nothing is rounded.
        let (asset, row) = (asset(12), row(tiers, None));
        let model = Model::Tiered(by(TierBasis::Volume));
        let at = |before: i128| Applied::new(model, &asset, &row, whole(before));
        let mut position = before;
        let mut sum = 0;
        for part in &parts {
            sum += pico(at(position).amount(whole(*part)).expect("in range"));
            position += part;
        }
        let all = at(before).amount(whole(position - before)).expect("in range");
        prop_assert_eq!(sum, pico(all));
    }

    /// Rounded, each part is off by half a step at most.
    #[test]
    fn splitting_gains_and_loses_only_the_rounding(
        mut tiers in tiers(PERS.to_vec()),
        parts in proptest::collection::vec(0_i128..150, 1..6),
        before in 0_i128..200,
        precision in 0_u32..6,
    ) {
        tiers.iter_mut().for_each(|tier| tier.unit_price = None);
        let (asset, row) = (asset(precision), row(tiers, None));
        let model = Model::Tiered(by(TierBasis::Volume));
        let at = |before: i128| Applied::new(model, &asset, &row, whole(before));
        let (mut position, mut sum) = (before, 0);
        for part in &parts {
            sum += pico(at(position).amount(whole(*part)).expect("in range"));
            position += part;
        }
        let all = pico(at(before).amount(whole(position - before)).expect("in range"));
        let half_steps = (parts.len() as i128 + 1) * 10_i128.pow(12 - precision);
        prop_assert!(2 * (sum - all).abs() <= half_steps, "{sum} and {all}");
    }

    /// Tried one by one: no larger volume fits than the one that is told.
    #[test]
    fn a_cap_is_the_most_that_fits_in_every_model(
        model in any_model(),
        tiers in tiers(PERS.to_vec()),
        bounds in proptest::option::of((0_i128..500, 0_i128..5_000)),
        precision in 0_u32..4,
        (before, volume, most) in (0_i128..200, 0_i128..300, 0_i128..20_000),
    ) {
        let (asset, row) = (asset(precision), row(fitting(model, tiers), bounds));
        let applied = Applied::new(model, &asset, &row, whole(before));
        let most = amount(most, 2);
        let fits = |units: &i128| applied.amount(whole(*units)).expect("in range") <= most;
        let (units, fee) = applied.affordable(whole(volume), most).expect("in range");
        let best = (0..=volume).rev().find(fits);
        prop_assert!(fee <= most);
        if units.is_whole() {
            prop_assert_eq!(units, whole(best.unwrap_or(0)));
        } else {
            // Money has fractions; whole units would have fitted as well.
            prop_assert!(units >= whole(best.unwrap_or(0)) && units <= whole(volume));
        }
        if best.is_some() {
            prop_assert_eq!(applied.amount(units), Ok(fee));
        }
    }

    /// The tiers that a reply shows add up to the fee.
    #[test]
    fn the_parts_of_a_fee_are_its_volume_and_its_amount(
        tiers in tiers(vec![1, 10]),
        (before, volume) in (0_i128..200, 0_i128..400),
    ) {
        let (asset, row) = (asset(12), row(tiers, None));
        let model = Model::Tiered(by(TierBasis::Volume));
        let applied = Applied::new(model, &asset, &row, whole(before));
        let parts = applied.parts(whole(volume)).expect("in range");
        let sum = |of: &dyn Fn(&scrip::engine::price::Part<'_>) -> i128| parts.iter().map(of).sum::<i128>();
        prop_assert_eq!(sum(&|part| pico(part.volume.get())), pico(amount(volume, 0)));
        let fee = applied.amount(whole(volume)).expect("in range");
        prop_assert_eq!(sum(&|part| pico(part.shown())), pico(fee));
        prop_assert_eq!(sum(&|part| i128::from(part.asks_unit_price)), 1);
    }
}

// A wallet and a simulation, side by side.

fn price(place: usize, model: Model, tiers: Vec<Tier>) -> Price {
    Price {
        id: format!("price_{place}"),
        name: format!("price {place}"),
        event_type: "chat".into(),
        usage: UsageType::UnitAndVolume,
        volume_field: (model != Model::CostPlus).then(|| "tokens".to_owned()),
        model,
        metering: scrip::engine::price::Metering::default(),
        dimensions: Vec::new(),
        continues: None,
        pricing: vec![Pricing {
            asset: asset(4),
            max_per_period: None,
            min_per_period: None,
            rows: vec![row(fitting(model, tiers), None)].into(),
        }],
    }
}

fn event(place: usize, (tokens, cost, day): (i64, i128, i64)) -> UsageEvent {
    let cost = Cost {
        id: "cost".into(),
        vendor_id: None,
        vendor_external_id: None,
        category: None,
        description: None,
        metadata: [].into(),
        maths: Maths::default(),
        amount: amount(cost, 2),
        rounded: false,
        currency: "USD".into(),
    };
    UsageEvent {
        id: Some(format!("evt_{place}")),
        event_type: "chat".into(),
        occurred_at: Some(Instant::from_micros(day * 86_400_000_000)),
        subject: None,
        description: Some(format!("event {place}")),
        data: [("tokens".to_owned(), Datum::Whole(tokens))].into(),
        costs: vec![cost],
    }
}

fn run(wallet: &mut Wallet, entries: &mut Vec<Entry>, op: &str, action: Action) -> Entry {
    let command = Command {
        op: op.to_owned(),
        request: String::new(),
        action,
    };
    // The day after the last event.
    let now = Instant::from_micros(20_500 * 86_400_000_000);
    let decided = decide(wallet, None, now, &command).expect("accepted");
    for entry in decided {
        apply(wallet, &entry);
        entries.push(entry);
    }
    entries.last().cloned().expect("an entry")
}

/// What a fee says, less what only a charged one has.
fn computed(fees: &serde_json::Value) -> Vec<serde_json::Value> {
    let mut fees = fees.as_array().cloned().expect("a list of fees");
    for fee in &mut fees {
        let fee = fee.as_object_mut().expect("a fee");
        for own in ["id", "product_id", "product_code", "product_version"] {
            fee.remove(own);
        }
    }
    fees
}

proptest! {
    #![proptest_config(config(150))]

    /// Simulating is charging; positions are the sums of what was charged; and a replay has both.
    #[test]
    fn simulate_equals_charge_and_positions_are_what_was_posted(
        models in proptest::collection::vec((any_model(), tiers(PERS.to_vec())), 1..4),
        events in proptest::collection::vec((0_i64..300, 0_i128..500, 20_470_i64..20_500), 1..8),
    ) {
        let prices = models.into_iter().enumerate();
        let product = PricedProduct {
            id: "prp".into(),
            code: "chat".into(),
            version: 1,
            prices: prices.map(|(place, (model, tiers))| price(place, model, tiers)).collect(),
            ..PricedProduct::default()
        };
        let events: Vec<UsageEvent> =
            events.into_iter().enumerate().map(|(place, one)| event(place, one)).collect();
        let simulated = estimate::simulation(&product, &events, Instant::default());
        let simulated: serde_json::Value =
            serde_json::from_str(&simulated.expect("in range")).expect("JSON");

        let (mut wallet, mut entries) = (Wallet::default(), Vec::new());
        let open = Action::OpenWallet { wallet: "w".into(), customer: "c".into() };
        run(&mut wallet, &mut entries, "open", open);
        let products = vec![product.clone()];
        run(&mut wallet, &mut entries, "subscribe", Action::subscribe(products));
        let credit = Action::Credit(asked::credit(asset(4), amount(1_000_000_000, 0)));
        run(&mut wallet, &mut entries, "credit", credit);
        let mut recorded = Vec::new();
        for event in &events {
            let op = format!("event:{}", event.id.as_deref().unwrap_or_default());
            let event = event.clone();
            recorded.push(run(&mut wallet, &mut entries, &op, Action::RecordUsage { event }));
        }
        let charged = usage::recorded(&wallet, recorded.iter());
        let charged: serde_json::Value = serde_json::from_str(&charged).expect("JSON");
        prop_assert_eq!(computed(&simulated["fees"]), computed(&charged["fees"]));

        for price in product.prices.iter().filter(|price| price.model.tiering().is_some()) {
            let counted = wallet.positions.of(&price.id);
            let by_events = price.model.tiering().is_some_and(|one| one.basis == TierBasis::Unit);
            for position in counted {
                let own = events.iter().filter(|event| {
                    Period::Monthly.start(event.occurred_at.unwrap_or_default()) == position.since
                });
                let units = |event: &UsageEvent| match (by_events, event.data.get("tokens")) {
                    (false, Some(Datum::Whole(tokens))) => i128::from(*tokens),
                    _ => 1,
                };
                prop_assert_eq!(position.used, whole(own.map(units).sum()));
            }
            let periods: std::collections::BTreeSet<_> =
                events.iter().filter_map(|one| one.occurred_at).map(|at| Period::Monthly.start(at)).collect();
            prop_assert_eq!(counted.len(), periods.len());
        }
        prop_assert_eq!(&fold(entries.iter()), &wallet);
        prop_assert_eq!(snapshot::read(&snapshot::text(&wallet)), Some(wallet));
    }
}

/// A price in two assets, with the same tiers in both at other rates.
fn in_two_assets(tiers: &[Tier], dearer: i128) -> Price {
    let dear = |tier: &Tier| Tier {
        rate: tier
            .rate
            .and_then(|rate| Rate::new(amount(pico(rate.amount()) * dearer, 12), rate.per())),
        ..tier.clone()
    };
    let plain = |tier: Tier| Tier {
        unit_price: None,
        ..tier
    };
    let of = |code: &str, tiers: Vec<Tier>| Pricing {
        asset: Asset::new(code, 12).expect("a valid asset"),
        max_per_period: None,
        min_per_period: None,
        rows: vec![row(tiers.into_iter().map(plain).collect(), None)].into(),
    };
    let model = Model::Tiered(by(TierBasis::Volume));
    Price {
        usage: UsageType::Volume,
        pricing: vec![
            of("CREDITS", tiers.to_vec()),
            of("USD", tiers.iter().map(dear).collect()),
        ],
        ..price(0, model, tiers.to_vec())
    }
}

/// A wallet with a product of this price, and so much in each asset.
fn funded(price: &Price, credits: Amount, dollars: Amount) -> Wallet {
    let (mut wallet, mut entries) = (Wallet::default(), Vec::new());
    let open = Action::OpenWallet {
        wallet: "w".into(),
        customer: "c".into(),
    };
    run(&mut wallet, &mut entries, "open", open);
    let product = PricedProduct {
        id: "prp".into(),
        code: "chat".into(),
        version: 1,
        prices: vec![price.clone()],
        ..PricedProduct::default()
    };
    run(
        &mut wallet,
        &mut entries,
        "subscribe",
        Action::subscribe(vec![product]),
    );
    for (code, amount) in [("CREDITS", credits), ("USD", dollars)] {
        let credit = Action::Credit(asked::credit(
            Asset::new(code, 12).expect("a valid asset"),
            amount,
        ));
        run(&mut wallet, &mut entries, code, credit);
    }
    wallet
}

/// What is left in both assets once these volumes, in hundredths, are used; by events, or each by a hold
/// and its capture.
fn left_after(mut wallet: Wallet, volumes: &[i128], by_holds: bool) -> [String; 2] {
    let mut entries = Vec::new();
    for (place, volume) in volumes.iter().enumerate() {
        let mut event = event(place, (0, 0, 20_490));
        let number = amount(*volume, 2);
        event.data = [("tokens".to_owned(), Datum::Number { number })].into();
        let op = format!("op:{place}");
        if !by_holds {
            run(
                &mut wallet,
                &mut entries,
                &op,
                Action::RecordUsage { event },
            );
            continue;
        }
        let ask = Action::Authorize {
            ask: Ask::Usage(vec![event.clone()]),
            on_insufficient: OnInsufficient::Deny,
            seconds: 60,
            subject: None,
            on_unpriced: OnUnpriced::Deny,
        };
        let hold = run(&mut wallet, &mut entries, &op, ask).seq;
        let settle = Settle::Usage(vec![event]);
        let capture = Action::CaptureHold {
            hold,
            settle,
            closes: true,
        };
        run(&mut wallet, &mut entries, &hold_end_op(hold), capture);
    }
    ["CREDITS", "USD"].map(|code| {
        let account = AccountId::default_for(code);
        let balance = wallet.balance(&account, wallet.at).expect("in range");
        balance.available().to_string()
    })
}

proptest! {
    #![proptest_config(config(150))]

    /// Prepaid units are used up before the next asset is charged: one event, or its parts one by one,
    /// recorded or held and captured, leave exactly the same in both assets.
    #[test]
    fn one_event_or_its_parts_leave_the_same_in_every_asset(
        mut tiers in tiers(vec![1, 10]),
        flat in any::<bool>(),
        credits in 0_i128..200_000,
        parts in proptest::collection::vec(1_i128..9_000, 1..8),
    ) {
        if flat {
            tiers = fitting(Model::Flat, tiers);
        }
        let price = in_two_assets(&tiers, 3);
        let wallet = || funded(&price, amount(credits, 3), amount(10_000_000, 0));
        let whole = left_after(wallet(), &[parts.iter().sum()], false);
        prop_assert_eq!(&whole, &left_after(wallet(), &parts, false));
        prop_assert_eq!(&whole, &left_after(wallet(), &parts, true));
    }
}

proptest! {
    #![proptest_config(config(150))]

    /// However usage comes in, a period costs what all of it costs at once: what is beyond the free units,
    /// each part at its tier, the flat amount of every tier that was entered, and never more than the most.
    #[test]
    fn a_period_costs_what_all_of_its_usage_costs(
        mut tiers in tiers(vec![1, 10]),
        flats in proptest::collection::vec(proptest::option::of(0_i128..900), 5),
        free in 1_i128..20_000,
        most in proptest::option::of(0_i128..300),
        parts in proptest::collection::vec(1_i128..9_000, 1..8),
    ) {
        for (tier, flat) in tiers.iter_mut().zip(flats) {
            tier.unit_price = None;
            tier.flat_amount = flat.map(|cents| amount(cents, 2));
        }
        let period = Period::Monthly;
        let mut price = in_two_assets(&tiers, 1);
        price.pricing.remove(0);
        price.pricing[0].max_per_period = most.map(|whole| PeriodBound { amount: amount(whole, 0), period });
        price.metering.free = Some(Free {
            units: Quantity::new(amount(free, 2)),
            events: None,
            period,
        });

        let priced = pico(amount((parts.iter().sum::<i128>() - free).max(0), 2));
        let (mut below, mut sum) = (0, 0);
        for tier in tiers.iter().filter(|_| priced > 0) {
            let bound = tier.up_to.map_or(priced, |bound| pico(bound.get()).min(priced));
            let rate = tier.rate.expect("a rate");
            if bound > below {
                sum += pico(tier.flat_amount.unwrap_or_default());
                // Hundredths of a unit times thousandths per ten: nothing is rounded at 12 places.
                sum += (bound - below) * pico(rate.amount()) / pico(rate.per().get());
            }
            below = bound;
        }
        let sum = most.map_or(sum, |most| sum.min(pico(amount(most, 0))));
        for by_holds in [false, true] {
            let wallet = funded(&price, Amount::ZERO, amount(10_000_000, 0));
            let [_, left] = left_after(wallet, &parts, by_holds);
            let spent = pico(amount(10_000_000, 0)) - pico(Amount::parse(&left).expect("an amount"));
            prop_assert_eq!(spent, sum);
        }
    }
}

// What was written before there were models.

const SAMPLE: &str = include_str!("../samples/format_1_prices.txt");

/// What a wallet of then says, as a wallet of today says it: each product once, subscriptions by its place.
fn in_other_words(mut saved: Value) -> Value {
    let mut copies: Vec<Value> = Vec::new();
    for one in saved["subscriptions"].as_array_mut().expect("a list") {
        for product in one["products"].as_array_mut().expect("a list") {
            let place = copies.len();
            copies.push(std::mem::replace(product, json!(place)));
        }
        one["activated_at"] = one["started_at"].clone();
        one["begun"] = json!(true);
    }
    saved["copies"] = json!(copies);
    saved
}

#[test]
fn entries_from_before_there_were_models_are_read_and_written_the_same() {
    let mut rows: Vec<Row> = Vec::new();
    let (mut cases, mut seen) = (0, 0);
    for line in SAMPLE.lines() {
        let (word, text) = line.split_once(' ').expect("a word and a text");
        match word {
            "case" => rows.clear(),
            "wallet" => {
                assert_eq!(broken_link(&rows), None);
                let saved = in_other_words(serde_json::from_str(text).expect("a wallet"));
                let saved: Wallet = serde_json::from_value(saved).expect("a wallet");
                let mut folded = fold(rows.iter().map(|row| &row.entry));
                let restored = saved.restored().expect("all that it names");
                // Of holds that have ended a snapshot from before knows nothing, and nobody asks.
                folded.past = restored.past.clone();
                assert_eq!(folded, restored);
                cases += 1;
            }
            hash => {
                let row = Row::read(text.to_owned(), hash.to_owned()).expect("a row");
                assert_eq!(serde_json::to_string(&row.entry).expect("text"), text);
                rows.push(row);
                seen += 1;
            }
        }
    }
    assert_eq!((cases, seen), (7, 31), "the sample is not all there");
}

#[test]
fn a_price_is_written_short_only_where_that_says_everything() {
    let unit = Tier {
        unit_price: Some(amount(5, 1)),
        ..Tier::default()
    };
    let plain = Price {
        usage: UsageType::Unit,
        volume_field: None,
        ..price(0, Model::Flat, vec![unit])
    };
    let text = serde_json::to_string(&plain).expect("text");
    assert!(
        text.contains("\"basis\":{\"unit\":{\"unit_price\":\"0.5\"}}"),
        "{text}"
    );
    let change = |change: fn(&mut Price)| {
        let mut price = plain.clone();
        change(&mut price);
        price
    };
    for other in [
        change(|price| price.model = Model::Package),
        change(|price| price.dimensions.push("model".into())),
        change(|price| price.continues = Some("price".into())),
        change(|price| price.volume_field = Some("tokens".into())),
        change(|price| price.pricing[0].rows[0].name = Some("all".into())),
        change(|price| price.pricing[0].rows[0].max_amount = Some(amount(1, 0))),
        change(|price| price.pricing[0].rows[0].tiers[0].name = Some("all".into())),
        change(|price| price.pricing[0].rows[0].tiers[0].rate = Rate::new(amount(1, 0), whole(1))),
        change(|price| price.pricing.push(price.pricing[0].clone())),
    ] {
        let text = serde_json::to_string(&other).expect("text");
        assert!(!text.contains("basis"), "{text}");
        assert_eq!(
            serde_json::from_str::<Price>(&text).expect("a price"),
            other
        );
    }
    for text in ["{}", r#"{"id":"p","name":"p","event_type":"e"}"#] {
        assert!(serde_json::from_str::<Price>(text).is_err(), "{text}");
    }
}

// The row of an event.

/// The most specific of all rows that match, the first among equals: by looking at each.
fn looked_through<'a>(rows: &'a [PriceRow], event: &UsageEvent) -> Option<(usize, &'a PriceRow)> {
    let exact = |row: &PriceRow| {
        let named = row.dimensions.iter().filter(|(_, value)| *value != ANY);
        let mut count = 0;
        for (key, value) in named {
            if event
                .data
                .get(key)
                .map(|datum| datum.word().into_owned())
                .as_ref()
                != Some(value)
            {
                return None;
            }
            count += 1;
        }
        Some(count)
    };
    let matching = rows.iter().enumerate();
    let matching = matching.filter_map(|(place, row)| Some((exact(row)?, place, row)));
    let best = matching.min_by_key(|(count, place, _)| (std::cmp::Reverse(*count), *place));
    best.map(|(_, place, row)| (place, row))
}

fn dimension_values() -> impl Strategy<Value = Vec<Option<&'static str>>> {
    // Values that would look alike if they were only put one behind the other.
    let value = proptest::sample::select(vec!["a", "b", "1:a", "a1:b", "", "*"]);
    proptest::collection::vec(proptest::option::of(value), 4)
}

proptest! {
    #![proptest_config(config(500))]

    #[test]
    fn the_index_finds_the_row_that_looking_through_all_of_them_finds(
        rows in proptest::collection::vec(dimension_values(), 0..60),
        events in proptest::collection::vec(dimension_values(), 1..20),
    ) {
        const KEYS: [&str; 4] = ["model", "region", "tier", "mode"];
        let row = |values: &Vec<Option<&str>>| {
            let named = KEYS.iter().zip(values);
            let named = named.filter_map(|(key, value)| Some(((*key).into(), (*value)?.into())));
            PriceRow { dimensions: named.collect(), ..PriceRow::default() }
        };
        let mut all: Vec<PriceRow> = rows.iter().map(row).collect();
        for values in &events {
            let mut event = event(0, (1, 1, 1));
            for (key, value) in KEYS.iter().zip(values) {
                if let Some(value) = value {
                    event.data.insert((*key).into(), Datum::Text((*value).into()));
                }
            }
            let mut indexed = Rows::from(all.clone());
            prop_assert_eq!(indexed.matching(&event), looked_through(&all, &event));
            // A row that comes later is found as well.
            all.push(row(values));
            indexed.push(row(values));
            prop_assert_eq!(indexed.matching(&event), looked_through(&all, &event));
        }
    }
}
