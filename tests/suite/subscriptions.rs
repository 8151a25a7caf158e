//! Renewals happen once each whenever the alarm rings, what is past keeps its price, and a part of a
//! period costs a part of its price.

use proptest::prelude::*;
use scrip::engine::calendar::{Interval, Unit};
use scrip::engine::entitlement::{Entitlement, Refresh};
use scrip::engine::price::Basis;
use scrip::engine::price::{Due, FixedPrice};
use scrip::engine::scope::Scope;
use scrip::engine::share::prorated;
use scrip::engine::*;
use scrip::journal::memory::MemoryJournal;
use scrip::journal::turns::{Turn, settle_turn};
use scrip::journal::{settle, transact};

use crate::asked::{self, usd, whole};
use crate::audit::{Audit, pico};

const DAY: i64 = 86_400_000_000;

const fn every(count: u32, unit: Unit) -> Interval {
    Interval { unit, count }
}

fn unit_price(version: u32) -> Amount {
    whole(1 + version % 3)
}

/// Money for each day, which pays for what the plan costs and which nobody keeps.
fn allowance() -> Entitlement {
    Entitlement {
        name: "allowance".into(),
        asset: usd(2),
        amount: whole(3),
        purpose: Purpose::Bundled,
        every: every(1, Unit::Day),
        refresh: Refresh::ExpireAndReplace,
        priority: 50,
        revenue_basis: None,
        scope: Scope::default(),
    }
}

/// A version of the only product: what it costs each month, and each event.
fn plan(version: u32) -> PricedProduct {
    let days = every(3 + version % 5, Unit::Day);
    PricedProduct {
        id: "prod".into(),
        code: "plan".into(),
        version,
        prices: vec![Price::flat(
            format!("price_{version}"),
            String::new(),
            "chat".into(),
            usd(2),
            Basis::Unit {
                unit_price: unit_price(version),
            },
        )],
        fixed_prices: vec![FixedPrice {
            id: format!("fixed_{version}"),
            name: String::new(),
            asset: usd(2),
            amount: whole(5 + version % 11),
            due: Due::Recurring(days),
        }],
        entitlements: vec![
            allowance(),
            Entitlement {
                name: "tokens".into(),
                asset: Asset::new("TOKENS", 0).expect("an asset"),
                amount: whole(100),
                purpose: Purpose::Bundled,
                every: every(1, Unit::Day),
                refresh: Refresh::Rollover {
                    max: Some(whole(250)),
                },
                priority: 50,
                revenue_basis: None,
                scope: Scope::default(),
            },
        ],
        budgets: Vec::new(),
        features: Vec::new(),
    }
}

#[derive(Clone, Debug)]
enum Did {
    Credit {
        amount: u32,
        from: Option<i64>,
        until: Option<i64>,
    },
    Charge(u32),
    Use,
    Change(Change),
    Move {
        version: u32,
        prorate: bool,
    },
}

/// From now on; mostly none.
fn span() -> impl Strategy<Value = Option<i64>> {
    proptest::option::weighted(0.3, 1_i64..9 * DAY)
}

fn did() -> impl Strategy<Value = Did> {
    prop_oneof![
        6 => (1_u32..40, span(), span())
            .prop_map(|(amount, from, until)| Did::Credit { amount, from, until }),
        2 => (1_u32..5).prop_map(Did::Charge),
        4 => Just(Did::Use),
        2 => prop_oneof![
            4 => Just(Change::Activate),
            1 => Just(Change::Deactivate),
            1 => Just(Change::CancelAtPeriodEnd),
            1 => Just(Change::Resume),
        ]
        .prop_map(Did::Change),
        2 => (0_u32..20, any::<bool>()).prop_map(|(version, prorate)| Did::Move { version, prorate }),
    ]
}

fn action(did: &Did, subscription: u64, now: i64) -> Action {
    let later = |span: i64| Instant::from_micros(now + span);
    match did {
        Did::Credit {
            amount,
            from,
            until,
        } => Action::Credit(Credit {
            effective_at: from.map(later),
            expires_at: until.map(later),
            ..asked::credit(usd(2), whole(*amount))
        }),
        Did::Charge(amount) => Action::Debit(asked::charge(usd(2), whole(*amount))),
        Did::Use => Action::RecordUsage {
            event: UsageEvent {
                costs: Vec::new(),
                id: None,
                event_type: "chat".into(),
                occurred_at: None,
                subject: None,
                description: None,
                data: std::collections::BTreeMap::new(),
            },
        },
        Did::Change(change) => Action::ChangeSubscription {
            subscription,
            change: *change,
        },
        Did::Move { version, prorate } => Action::ChangeProduct {
            subscription,
            product: plan(*version),
            replaces: "prod".into(),
            prorate: *prorate,
        },
    }
}

/// When a wallet writes down what is due.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Wakes {
    /// Its alarm rings whenever something is.
    InTime,
    /// With the next command.
    Late,
    /// Before the next command, in turns of so many rows.
    InTurns(usize),
}

/// Runs a history.
fn run(history: &[(i64, Did)], wakes: Wakes) -> Result<(MemoryJournal, Wallet), TestCaseError> {
    let (mut journal, mut wallet) = (MemoryJournal::default(), Wallet::default());
    let mut audit = Audit::default();
    let open = Action::OpenWallet {
        wallet: "acct:test:acme".into(),
        customer: "acme".into(),
    };
    let mut clock = crate::arbitrary::START;
    let start = [open, Action::subscribe(vec![plan(0)])];
    let mut all: Vec<(i64, Action)> = start.into_iter().map(|action| (0, action)).collect();
    let mut then = clock;
    for (passed, did) in history {
        then += passed;
        all.push((*passed, action(did, 2, then)));
    }
    for (place, (passed, action)) in all.into_iter().enumerate() {
        clock += passed;
        let now = Instant::from_micros(clock);
        let is_due = |wallet: &Wallet| wallet.next_expiry().filter(|due| *due <= now);
        while let Some(due) = is_due(&wallet).filter(|_| wakes == Wakes::InTime) {
            let rows = settle(&mut journal, &mut wallet, due).expect("no failure");
            prop_assert!(rows > 0, "the alarm rang for nothing");
        }
        while let Wakes::InTurns(rows) = wakes
            && is_due(&wallet).is_some()
        {
            let bytes = usize::MAX;
            let turn = settle_turn(&mut journal, &mut wallet, now, Turn { rows, bytes });
            prop_assert!(turn.is_ok_and(|(rows, _)| rows > 0), "a turn of nothing");
        }
        let command = Command {
            op: format!("op:{place}"),
            request: place.to_string(),
            action,
        };
        // Refused or not.
        let _ = transact(&mut journal, &mut wallet, now, &[command]);
        audit.step(&journal, &wallet).map_err(TestCaseError::fail)?;
    }
    let now = Instant::from_micros(clock + 40 * DAY);
    settle(&mut journal, &mut wallet, now).expect("no failure");
    audit.step(&journal, &wallet).map_err(TestCaseError::fail)?;
    audit
        .finish(&journal, &wallet)
        .map_err(TestCaseError::fail)?;
    Ok((journal, wallet))
}

/// What happened, and when.
fn story(journal: &MemoryJournal) -> Vec<Entry> {
    journal.rows.iter().map(|row| row.entry.clone()).collect()
}

proptest! {
    #![proptest_config(crate::properties::config(410))]

    /// Renewals are paid, or not, by what was there when they were due.
    #[test]
    fn a_late_alarm_changes_nothing(
        history in proptest::collection::vec((0_i64..6 * DAY, did()), 0..30)
    ) {
        let (awake, wallet) = run(&history, Wakes::InTime)?;
        for wakes in [Wakes::Late, Wakes::InTurns(2)] {
            let (asleep, other) = run(&history, wakes)?;
            prop_assert_eq!(story(&awake), story(&asleep));
            prop_assert_eq!(&wallet, &other);
        }
        prop_assert_eq!(fold(awake.rows.iter().map(|row| &row.entry)), wallet);
    }

    /// Every fee is what its price makes of it, whatever versions came later.
    #[test]
    fn moving_versions_never_reprices_the_past(
        history in proptest::collection::vec((0_i64..6 * DAY, did()), 0..30)
    ) {
        let (journal, wallet) = run(&history, Wakes::InTime)?;
        let mut version = 0;
        for row in &journal.rows {
            match &row.entry.fact {
                Fact::ProductChanged { product, .. } => version = product.version,
                Fact::UsageRecorded { fees, .. } => {
                    for fee in fees {
                        let wanted = format!("price_{version}");
                        prop_assert_eq!(&fee.price_id, &wanted, "priced by another version");
                        prop_assert!(wallet.price(&fee.price_id).is_some(), "a price that was copied");
                        prop_assert_eq!(fee.amount, unit_price(version));
                    }
                }
                _ => {}
            }
        }
    }

    #[test]
    fn a_part_of_a_period_costs_a_part_of_its_price(
        cents in 0_i64..10_000_000,
        length in 1_i64..40_000_000,
        parts in (0_i64..40_000_000, 0_i64..40_000_000),
        precision in 2_u32..=12,
    ) {
        let amount = Amount::new(rust_decimal::Decimal::new(cents, 2)).expect("in range");
        let moment = |seconds: i64| Instant::from_micros(1 + seconds * 1_000_000);
        let period = (moment(0), moment(length));
        let at = |seconds: i64| prorated(amount, precision, period, moment(seconds)).expect("in range");
        prop_assert_eq!(at(0), amount, "a full period is the full price");
        prop_assert_eq!(at(-5), amount);
        prop_assert_eq!(at(length), Amount::ZERO);
        prop_assert_eq!(at(length + 5), Amount::ZERO);
        let (early, late) = (parts.0.min(parts.1), parts.0.max(parts.1));
        prop_assert!(at(late) <= at(early), "less time costs more");
        // Exact within half a step, by schoolbook arithmetic.
        let rest = i128::from((length - early).max(0));
        let error = pico(at(early)) * i128::from(length) - pico(amount) * rest;
        let half = 10_i128.pow(12 - precision) * i128::from(length);
        prop_assert!(2 * error.abs() <= half, "rounded more than once");
    }
}
