//! Plans that invoices pay, mixed with use, moves, refunds and disputes: every row keeps the laws that all histories keep.
//! They are histories of their own, because in those that mix everything hardly any invoice meets its plan.

use std::collections::BTreeMap;

use proptest::prelude::*;
use scrip::engine::calendar::{Interval, Unit};
use scrip::engine::entitlement::Refresh;
use scrip::engine::{Amount, Fact};

use crate::arbitrary::{START, Try, any_try};
use crate::arbitrary_subscriptions::{Turn, product};
use crate::histories::played;
use crate::losses::loss;
use crate::simulation::seed_from_env;

const DAY: i64 = 86_400_000_000;

/// As long as a period of an invoice.
const PERIOD: i64 = 30 * DAY;

const HISTORIES: u64 = 1_500;

/// How often each of these has to have happened: otherwise it proves nothing.
const SEEN: [(&str, u64); 4] = [
    ("an invoice was paid", 1_000),
    ("an invoice has lost with its credit", 200),
    ("an invoice has lost without credit", 200),
    ("what was awaited came again", 20),
];

/// Each month its invoice, two hours after it has begun, and then this and that.
fn monthly() -> impl Strategy<Value = Vec<(i64, Try)>> {
    let between = prop_oneof![2 => loss().prop_map(Try::Loss).boxed(), 1 => any_try().boxed()];
    let between = proptest::collection::vec(between.boxed(), 0..4).boxed();
    proptest::collection::vec(between, 2..7).prop_map(|months| {
        let mut all = Vec::new();
        for (month, between) in (0_u8..).zip(months) {
            let passed = if month == 0 { DAY / 12 } else { PERIOD };
            let invoice = Turn::Invoice {
                subscription: 0,
                invoice: month,
                period: Some((START + i64::from(month) * PERIOD, PERIOD)),
                paid: Amount::parse("20").ok(),
            };
            all.push((passed, Try::Turn(invoice)));
            all.extend(between.into_iter().map(|one| (0, one)));
        }
        all
    })
}

fn steps() -> impl Strategy<Value = Vec<(i64, Try)>> {
    let invoice = (0_u8..12, -1_i64..8, proptest::bool::weighted(0.9)).prop_map(
        |(invoice, period, is_paid)| {
            Try::Turn(Turn::Invoice {
                subscription: 0,
                invoice,
                period: Some((START + period * PERIOD, PERIOD)),
                paid: is_paid.then(|| Amount::parse("20").unwrap_or_default()),
            })
        },
    );
    // Those that differ from the first one only by what was asked, which has no period.
    let difference = (0_u8..12).prop_map(|invoice| {
        Try::Turn(Turn::Invoice {
            subscription: 0,
            invoice,
            period: None,
            paid: Amount::parse("5").ok(),
        })
    });
    let moved = (product(), any::<bool>()).prop_map(|(product, prorate)| {
        Try::Turn(Turn::Move {
            subscription: 0,
            replaces: 0,
            product,
            prorate,
        })
    });
    let one = prop_oneof![
        6 => invoice.boxed(),
        1 => difference.boxed(),
        5 => loss().prop_map(Try::Loss).boxed(),
        1 => moved.boxed(),
        3 => any_try().boxed(),
    ];
    // Days, so that most periods begin in their month.
    let passed =
        prop_oneof![3 => Just(0), 2 => 0_i64..DAY, 3 => (0_i64..20).prop_map(|days| days * DAY)];
    let gives = product()
        .boxed()
        .prop_filter("it gives something", |one| !one.entitlements.is_empty());
    let begins = (gives, any::<bool>()).prop_map(|(mut product, goes_over)| {
        // Half of them carry over from one period of an invoice to the next.
        for one in product.entitlements.iter_mut().filter(|_| goes_over) {
            one.every = Interval {
                unit: Unit::Day,
                count: 30,
            };
            one.refresh = Refresh::Rollover { max: None };
        }
        Try::Turn(Turn::Subscribe {
            products: vec![product],
            from: None,
            renews: None,
            trial: None,
            grace: None,
            invoiced: true,
        })
    });
    // On the heap, because a strategy holds those that it is made of, and the stack of a test is small.
    let rest = proptest::collection::vec((passed, one.boxed()), 4..24).boxed();
    let rest = prop_oneof![rest, monthly().boxed()].boxed();
    (begins.boxed(), rest).prop_map(|(begins, rest)| {
        let mut all = vec![(0, Try::Open { customer: 0 }), (0, begins)];
        all.extend(rest);
        all
    })
}

fn run(seed: u64, seen: &mut BTreeMap<&'static str, u64>) -> Result<(), String> {
    let world = played(seed, &steps())?;
    for row in world.rows() {
        let word = match &row.entry.fact {
            Fact::InvoicePaid { .. } => SEEN[0].0,
            Fact::PaymentLoss(loss) if loss.payment.starts_with("stripe:in:") => {
                if loss.parts.is_empty() {
                    SEEN[2].0
                } else {
                    SEEN[1].0
                }
            }
            Fact::EntitlementGranted { awaited, .. } if awaited.is_positive() => SEEN[3].0,
            _ => continue,
        };
        *seen.entry(word).or_default() += 1;
    }
    Ok(())
}

#[test]
fn plans_that_invoices_pay_obey_the_laws() {
    let mut seen = BTreeMap::new();
    let told = |seed: u64, wrong: &str| -> ! {
        panic!("{wrong}\n\nrepeat with SEED={seed} cargo test invoiced_histories")
    };
    if let Some(seed) = seed_from_env() {
        return run(seed, &mut seen).unwrap_or_else(|wrong| told(seed, &wrong));
    }
    for seed in 0..HISTORIES {
        run(seed, &mut seen).unwrap_or_else(|wrong| told(seed, &wrong));
    }
    for (word, least) in SEEN {
        assert!(seen.get(word) >= Some(&least), "{word}: {seen:?}");
    }
}
