//! The engine alone: how long a decision and its fold take natively, and to read a row, in nanoseconds.

use std::collections::BTreeMap;
use std::hint::black_box;
use std::time::Instant as Clock;

use scrip::engine::calendar::{Interval, Unit};
use scrip::engine::command::{CreditSource, Metadata};
use scrip::engine::entitlement::{Entitlement, Refresh};
use scrip::engine::price::{Basis, Due, FixedPrice};
use scrip::engine::scope::Scope;
use scrip::engine::subscription::Change;
use scrip::engine::usage::Datum;
use scrip::engine::{
    AccountId, Action, Amount, Ask, Asset, Command, Credit, Entry, Instant, OnInsufficient,
    OnUnpriced, Price, PricedProduct, Purpose, Quantity, Rate, Settle, UsageEvent, Wallet, apply,
    decide, hold_end_op,
};
use scrip::journal::chain::GENESIS;
use scrip::journal::turns::{MAX_TURNS, TURN, pass};

const OPERATIONS: u64 = 200_000;

fn amount(text: &str) -> Amount {
    Amount::parse(text).expect("an amount")
}

fn price(field: &str, rate: &str) -> Price {
    let per = Quantity::new(amount("1000000")).expect("a quantity");
    let basis = Basis::Volume {
        volume_field: field.to_owned(),
        rate: Rate::new(amount(rate), per).expect("a rate"),
    };
    Price::flat(
        format!("prc_{field}"),
        field.to_owned(),
        "chat".to_owned(),
        Asset::new("USD", 12).expect("an asset"),
        basis,
    )
}

fn event(output: i64) -> UsageEvent {
    let data = [("input_tokens", 374), ("output_tokens", output)];
    let data = data.map(|(name, value)| (name.to_owned(), Datum::Whole(value)));
    UsageEvent {
        costs: Vec::new(),
        id: None,
        event_type: "chat".to_owned(),
        occurred_at: None,
        subject: None,
        description: None,
        data: BTreeMap::from(data),
    }
}

fn accept(wallet: &mut Wallet, op: String, action: Action) -> u64 {
    accepted(wallet, op, action);
    wallet.seq
}

/// The last entry of a command that is accepted.
fn accepted(wallet: &mut Wallet, op: String, action: Action) -> Option<Entry> {
    let command = Command {
        op,
        request: String::new(),
        action,
    };
    let at = Instant::from_micros(1);
    let mut last = None;
    for entry in decide(wallet, None, at, &command).expect("accepted") {
        apply(wallet, black_box(&entry));
        last = Some(entry);
    }
    last
}

/// The rows of one authorization and its capture.
fn rows() -> [String; 2] {
    let mut wallet = funded();
    let mut row = |op: String, action| {
        let entry = accepted(&mut wallet, op, action);
        serde_json::to_string(&entry.expect("an entry")).expect("JSON")
    };
    let authorized = row("authorize".to_owned(), authorize());
    let entry: Entry = serde_json::from_str(&authorized).expect("a row");
    let captured = row("capture".to_owned(), capture(entry.seq));
    [authorized, captured]
}

fn authorize() -> Action {
    Action::Authorize {
        ask: Ask::Usage(vec![event(1024)]),
        on_insufficient: OnInsufficient::Deny,
        seconds: 300,
        subject: None,
        on_unpriced: OnUnpriced::Deny,
    }
}

fn capture(hold: u64) -> Action {
    Action::CaptureHold {
        hold,
        settle: Settle::Usage(vec![event(44)]),
        closes: true,
    }
}

fn credit(sum: &str) -> Action {
    Action::Credit(Credit {
        account: AccountId::default_for("USD"),
        asset: Asset::new("USD", 12).expect("an asset"),
        amount: amount(sum),
        purpose: Purpose::Paid,
        effective_at: None,
        expires_at: None,
        scope: Scope::default(),
        source: CreditSource::Adjustment {
            reason: "external_topup".to_owned(),
        },
        description: None,
        metadata: Metadata::new(),
    })
}

fn funded() -> Wallet {
    let mut wallet = Wallet::default();
    let open = Action::OpenWallet {
        wallet: "acc/test/cust".to_owned(),
        customer: "cust".to_owned(),
    };
    accept(&mut wallet, "open".to_owned(), open);
    let products = vec![PricedProduct {
        id: "prp".to_owned(),
        code: "chat".to_owned(),
        version: 1,
        prices: vec![price("input_tokens", "2.5"), price("output_tokens", "10")],
        ..PricedProduct::default()
    }];
    accept(
        &mut wallet,
        "subscribe".to_owned(),
        Action::subscribe(products),
    );
    accept(&mut wallet, "credit".to_owned(), credit("1000000"));
    wallet
}

/// Nanoseconds for each of 1,000 charges that are decided one after the other, as in a batch.
fn charges(mut wallet: Wallet) -> u128 {
    let charge = |nth: u64| {
        let action = Action::Authorize {
            ask: Ask::Amount {
                asset: "USD".to_owned(),
                amount: amount("0.001"),
            },
            on_insufficient: OnInsufficient::Deny,
            seconds: 300,
            subject: None,
            on_unpriced: OnUnpriced::Deny,
        };
        (format!("charge:{nth}"), action)
    };
    let started = Clock::now();
    for nth in 0..1_000 {
        let (op, action) = charge(nth);
        accept(&mut wallet, op, action);
    }
    started.elapsed().as_nanos() / 1_000
}

/// A wallet with so many grants more.
fn with_grants(count: u64) -> Wallet {
    let mut wallet = funded();
    for nth in 0..count {
        accept(&mut wallet, format!("more:{nth}"), credit("0.01"));
    }
    wallet
}

/// A wallet with so many subscriptions that are over.
fn with_ended(count: u64) -> Wallet {
    let mut wallet = funded();
    for nth in 0..count {
        let product = PricedProduct {
            id: format!("prod_{nth}"),
            prices: vec![price(&format!("field_{nth}"), "1")],
            ..PricedProduct::default()
        };
        let subscribe = Action::subscribe(vec![product]);
        let subscription = accept(&mut wallet, format!("begin:{nth}"), subscribe);
        let change = Change::Deactivate;
        let end = Action::ChangeSubscription {
            subscription,
            change,
        };
        accept(&mut wallet, format!("end:{nth}"), end);
    }
    wallet
}

/// A wallet with so many subscriptions, each with a fee and credit for each day.
fn with_daily(count: u64) -> Wallet {
    let mut wallet = funded();
    let every = Interval {
        unit: Unit::Day,
        count: 1,
    };
    let asset = Asset::new("USD", 12).expect("an asset");
    for nth in 0..count {
        let product = PricedProduct {
            id: format!("daily_{nth}"),
            code: format!("daily_{nth}"),
            version: 1,
            fixed_prices: vec![FixedPrice {
                id: format!("fee_{nth}"),
                name: "each day".to_owned(),
                asset: asset.clone(),
                amount: amount("0.01"),
                due: Due::Recurring(every),
            }],
            entitlements: vec![Entitlement {
                name: "credit".to_owned(),
                asset: asset.clone(),
                amount: amount("0.5"),
                purpose: Purpose::Bundled,
                every,
                refresh: Refresh::ExpireAndReplace,
                priority: 50,
                revenue_basis: None,
                scope: Scope::default(),
            }],
            ..PricedProduct::default()
        };
        let subscribe = Action::subscribe(vec![product]);
        accept(&mut wallet, format!("daily:{nth}"), subscribe);
    }
    wallet
}

/// Nanoseconds for each of the first rows of ten years asleep: as many as one call writes down.
fn asleep(wallet: &Wallet) -> u128 {
    let at = Instant::from_micros(10 * 365 * 86_400_000_000);
    let started = Clock::now();
    let (mut wallet, mut rows) = (wallet.clone(), 0_u128);
    for _ in 0..MAX_TURNS {
        let turn = pass(GENESIS, &wallet, at, TURN);
        rows += turn.rows.len() as u128;
        wallet = turn.wallet.into_owned();
    }
    started.elapsed().as_nanos() / rows.max(1)
}

fn main() {
    let mut wallet = funded();
    let rows = rows();
    let started = Clock::now();
    for operation in 0..OPERATIONS {
        let hold = accept(&mut wallet, format!("authorize:{operation}"), authorize());
        accept(&mut wallet, hold_end_op(hold), capture(hold));
    }
    let each = started.elapsed().as_nanos() / u128::from(OPERATIONS);
    println!("authorize + capture, decided and folded: {each} ns");
    let started = Clock::now();
    for _ in 0..OPERATIONS / 2 {
        for text in &rows {
            black_box(serde_json::from_str::<Entry>(text).expect("a row"));
        }
    }
    let each = started.elapsed().as_nanos() / u128::from(OPERATIONS);
    println!("a row read, as when a wallet wakes: {each} ns");
    for count in [1, 99] {
        let each = asleep(&with_daily(count));
        println!("a row of ten years asleep, {count} subscriptions: {each} ns");
    }
    // Side by side, and the median of some rounds.
    for (beside, wallet) in [
        ("one grant", with_grants(0)),
        ("10,000 grants", with_grants(9_999)),
        ("500 ended subscriptions", with_ended(500)),
    ] {
        let mut rounds: Vec<_> = (0..9).map(|_| charges(wallet.clone())).collect();
        rounds.sort_unstable();
        println!(
            "one of 1,000 authorizations beside {beside}: {} ns",
            rounds[4]
        );
    }
}
