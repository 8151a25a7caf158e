//! Sums and margins, and the rows in which a wallet tells of its usage: nothing is lost on the way.

use proptest::prelude::*;
use rust_decimal::Decimal;
use scrip::engine::command::DebitCause;
use scrip::engine::subscription::Plan;
use scrip::engine::usage::{Cost, Maths};
use scrip::engine::*;
use scrip::journal::memory::MemoryJournal;
use scrip::journal::transact;
use scrip::wire::reply::Money;
use scrip::wire::stats::Ledger;
use scrip::wire::subscription::PricedSubscription;
use scrip::wire::wallet::open_wallet;
use scrip::worker::wallet_object::shipment::{Shipment, amount_of, is_told, read_money};
use serde_json::{Value, json};

fn amount(text: &str) -> Amount {
    Amount::parse(text).expect("an amount")
}

#[test]
fn a_margin_is_rounded_once_half_to_even() {
    for (gross, costs, margin) in [
        ("0", "0", "0"),
        ("0", "5", "0"),
        ("1", "0", "100"),
        ("1", "1", "0"),
        ("1", "2", "-100"),
        ("3", "2", "33.33"),
        ("3", "1", "66.67"),
        // 99.995, 99.985 and 99.975 per cent.
        ("1", "0.00005", "100"),
        ("1", "0.00015", "99.98"),
        ("1", "0.00025", "99.98"),
        ("0.000000000003", "0.000000000001", "66.67"),
        ("999999999999999", "0.000000000001", "100"),
    ] {
        let mut ledger = Ledger::default();
        ledger.charge("USD", amount(gross), 1);
        ledger.cost("USD", amount(costs), 1);
        let stats = ledger.stats("USD");
        assert_eq!(stats.margin, Some(amount(margin)), "{gross} less {costs}");
        let net = amount(gross).minus(amount(costs)).expect("a small amount");
        assert_eq!(stats.net_revenue, net);
    }
}

#[test]
fn a_margin_beyond_any_amount_is_none() {
    let mut ledger = Ledger::default();
    ledger.charge("USD", amount("0.000000000001"), 1);
    ledger.cost("USD", amount("999999999999999"), 1);
    assert_eq!(ledger.stats("USD").margin, None);
}

#[test]
fn the_main_currency_is_usd_or_the_one_used_most() {
    let used = |counts: &[(&str, u64)]| {
        let mut ledger = Ledger::default();
        for (currency, count) in counts {
            ledger.charge(currency, amount("1"), *count);
        }
        ledger.main_currency().to_owned()
    };
    assert_eq!(used(&[]), "USD");
    assert_eq!(used(&[("EUR", 9), ("USD", 1)]), "USD");
    assert_eq!(used(&[("EUR", 2), ("TOK", 3), ("CHF", 1)]), "TOK");
    assert_eq!(used(&[("EUR", 2), ("CHF", 2)]), "CHF");
}

#[test]
fn a_sum_beyond_any_amount_is_not_told() {
    let mut ledger = Ledger::default();
    ledger.cost("USD", amount("999999999999999"), 1);
    assert!(ledger.is_exact());
    ledger.cost("USD", amount("1"), 1);
    assert!(!ledger.is_exact());
    assert_eq!(ledger.own_stats(), None);
}

proptest! {
    #[test]
    fn an_amount_is_the_same_after_its_way_through_the_directory(steps in 0..10_i128.pow(27)) {
        let there = Amount::new(Decimal::from_i128_with_scale(steps, 12)).expect("in range");
        prop_assert_eq!(there.steps(), steps);
        prop_assert_eq!(Amount::from_steps(steps), Ok(there));
        let whole = steps / 10_i128.pow(12);
        prop_assert_eq!(amount_of(whole, steps % 10_i128.pow(12)), Some(there));
    }
}

/// The rows that a journal tells, one list of columns each.
fn told(journal: &MemoryJournal) -> Vec<Value> {
    let mut shipment = Shipment::default();
    for row in &journal.rows {
        shipment.add("cust_0123456789abcdefghjkmnpqrs", &row.entry, Some("run"));
    }
    let lists = shipment.into_lists();
    let rows = |list: &String| -> Vec<Value> { serde_json::from_str(list).expect("JSON") };
    lists.iter().flat_map(rows).collect()
}

fn journal_of(commands: &[Command]) -> MemoryJournal {
    let (mut journal, mut wallet) = (MemoryJournal::default(), Wallet::default());
    let at = Instant::from_micros(1_000_000);
    let done = transact(&mut journal, &mut wallet, at, commands);
    done.expect("accepted");
    journal
}

fn command(op: &str, action: Action) -> Command {
    Command {
        op: op.into(),
        request: op.into(),
        action,
    }
}

fn opened(more: Vec<Command>) -> Vec<Command> {
    let mut commands = open_wallet(
        "a/test/c",
        "c",
        vec![PricedSubscription {
            products: vec![product()],
            plan: Plan::default(),
            asked: String::new(),
        }],
    );
    commands.extend(more);
    commands
}

fn product() -> PricedProduct {
    let price = |id: &str, asset: &str, unit_price: &str| {
        let asset = Asset::new(asset, 12).expect("an asset");
        let unit_price = amount(unit_price);
        let basis = price::Basis::Unit { unit_price };
        Price::flat(id.into(), id.into(), "chat".into(), asset, basis)
    };
    PricedProduct {
        code: "chat".into(),
        prices: vec![
            price("one", "USD", "0.25"),
            price("two", "TOK", "3"),
            price("three", "USD", "0.000000000001"),
        ],
        ..PricedProduct::default()
    }
}

fn event(id: &str) -> UsageEvent {
    UsageEvent {
        id: Some(id.into()),
        event_type: "chat".into(),
        occurred_at: Some(Instant::from_micros(5)),
        subject: Some("own \"subject\"".into()),
        description: None,
        data: Default::default(),
        costs: vec![Cost {
            id: "c".into(),
            vendor_id: None,
            vendor_external_id: Some("v'1".into()),
            category: Some("inference".into()),
            description: None,
            metadata: Default::default(),
            maths: Maths::default(),
            amount: amount("999999999999999.5"),
            rounded: false,
            currency: "USD".into(),
        }],
    }
}

#[test]
fn a_recorded_event_is_one_row() {
    let event = event("e");
    let journal = journal_of(&opened(vec![command(
        "event:e",
        Action::RecordUsage { event },
    )]));
    let fees = json!([["USD", 0, 250_000_000_001_i64], ["TOK", 3, 0]]);
    let costs = json!([[
        "USD",
        999_999_999_999_999_i64,
        500_000_000_000_i64,
        null,
        "v'1",
        "inference"
    ]]);
    let row = json!([
        3,
        0,
        "e",
        "chat",
        "own \"subject\"",
        null,
        5,
        1_000_000,
        null,
        fees,
        costs,
        null
    ]);
    assert_eq!(told(&journal), [row]);

    let columns = told(&journal).remove(0);
    let money = |all: Vec<Money>| -> Vec<(String, Amount)> {
        all.into_iter().map(|one| (one.asset, one.amount)).collect()
    };
    let fees = read_money(&columns[9].to_string()).map(money);
    let wanted = vec![
        ("USD".to_owned(), amount("0.250000000001")),
        ("TOK".to_owned(), amount("3")),
    ];
    assert_eq!(fees, Some(wanted));
    let costs = read_money(&columns[10].to_string()).map(money);
    assert_eq!(
        costs,
        Some(vec![("USD".to_owned(), amount("999999999999999.5"))])
    );
}

#[test]
fn a_capture_is_a_row_for_each_of_its_events() {
    let ask = Ask::Amount {
        asset: "USD".into(),
        amount: amount("0"),
    };
    let mut second = event("b");
    second.subject = None;
    second.occurred_at = None;
    let journal = journal_of(&opened(vec![
        command(
            "authorize:a",
            Action::Authorize {
                ask,
                on_insufficient: OnInsufficient::Deny,
                seconds: 60,
                subject: Some("run".into()),
                on_unpriced: OnUnpriced::Deny,
            },
        ),
        command(
            "hold:3:end",
            Action::CaptureHold {
                hold: 3,
                settle: Settle::Usage(vec![event("a"), second]),
                closes: true,
            },
        ),
    ]));
    let rows = told(&journal);
    let shown: Vec<Value> = rows
        .iter()
        .map(|row| json!([row[0], row[1], row[2], row[4], row[6], row[8]]))
        .collect();
    let id = |place: usize| format!("evt_0123456789abcdefghjkmnpqrs_000000000004_{place}");
    let wanted = [
        json!([4, 0, id(0), "own \"subject\"", 5, 3]),
        json!([4, 1, id(1), "run", 1_000_000, 3]),
    ];
    assert_eq!(shown, wanted);
    assert_eq!(rows[0][9], rows[1][9], "each event has its own fees");
}

#[test]
fn a_charge_is_told_and_an_adjustment_is_not() {
    let debit = |cause| {
        Action::Debit(Debit {
            account: AccountId::default_for("USD"),
            asset: Asset::new("USD", 2).expect("an asset"),
            amount: amount("0.5"),
            cause,
            subject: Some("job".into()),
            description: None,
            metadata: Default::default(),
            maths: Maths::default(),
            grant: None,
        })
    };
    let reason = "other".into();
    let journal = journal_of(&opened(vec![
        command("tx:1", debit(DebitCause::Charge)),
        command("tx:2", debit(DebitCause::Adjustment { reason })),
    ]));
    let fees = json!([["USD", 0, 500_000_000_000_i64]]);
    let row = json!([
        3,
        0,
        null,
        null,
        "job",
        null,
        1_000_000,
        1_000_000,
        null,
        fees,
        [],
        null
    ]);
    assert_eq!(told(&journal), [row]);
    let told: Vec<bool> = journal
        .rows
        .iter()
        .map(|row| is_told(&row.entry.fact))
        .collect();
    assert_eq!(told, [false, true, true, false]);
}

#[test]
fn an_entry_from_before_costs_and_settings_is_still_read() {
    let old = r#"{"type":"debited","amount":"0.5","cause":"charge"}"#;
    let fact: Fact = serde_json::from_str(old).expect("readable");
    assert!(matches!(fact, Fact::Debited { maths, .. } if maths.is_empty()));
    let cost = r#"{"id":"c","vendor_id":"v","amount":"1","currency":"USD"}"#;
    let cost: Cost = serde_json::from_str(cost).expect("readable");
    assert!(cost.maths.is_empty());
    let wallet = serde_json::to_value(Wallet::default()).expect("JSON");
    assert_eq!(
        wallet.get("late_events_days"),
        None,
        "what is not set is not written"
    );
    let wallet: Wallet = serde_json::from_value(wallet).expect("readable");
    assert_eq!(wallet.late_events_days(), 30);
}
