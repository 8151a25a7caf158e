//! A recharge at Stripe, with the server killed at every point between the debit and the credit, whatever Stripe answers:
//! the call and the alarm are dropped where they wait, and another isolate wakes the wallet from its rows.

use std::collections::BTreeMap;
use std::pin::pin;
use std::task::{Context, Poll, Waker};

use serde_json::json;

use crate::edge_cases::text;
use crate::edge_charges::Till;
use crate::shop::Shop;
use crate::stripe_double::Mishap;
use crate::world::{Memory, block_on, post};

/// As it is told, how a card behaves, and what becomes of which question.
type Trouble = (&'static str, &'static str, Option<(Mishap, usize)>);

/// What goes wrong: what the card does, and what becomes of so many requests to charge it.
const TROUBLES: [Trouble; 8] = [
    ("none", "ok", None),
    ("reply lost", "ok", Some((Mishap::Unheard, 3))),
    ("reply cut off", "ok", Some((Mishap::Cut, 3))),
    ("never arrives", "ok", Some((Mishap::Lost, 3))),
    ("500", "ok", Some((Mishap::Status(500), 3))),
    ("429", "ok", Some((Mishap::Wait(429, 60), 1))),
    ("declined", "declined", None),
    ("owner is asked", "asks", None),
];

/// How far it had come when the server died.
const STEPS: [&str; 6] = [
    "before the journal",
    "after the journal",
    "during the call",
    "after the call",
    "before the credit",
    "after the credit",
];

/// Lets it go on so often, and drops it: whoever ran it is dead. Whether it had ended before.
fn killed<F: Future>(running: F, polls: usize) -> bool {
    let mut running = pin!(running);
    let mut polling = Context::from_waker(Waker::noop());
    (0..polls).any(|_| matches!(running.as_mut().poll(&mut polling), Poll::Ready(_)))
}

fn step(till: &Till) -> &'static str {
    let world = till.world();
    let entries = world.entries(&till.wallet);
    let intended = entries
        .iter()
        .any(|one| !one["fact"]["step"]["intended"].is_null());
    let asked = world.rows("SELECT payment FROM stripe_charge");
    let named = world.rows("SELECT id FROM payment");
    let place = if !intended {
        0
    } else if !till.credits(world).is_empty() {
        5
    } else if !named.is_empty() {
        4
    } else {
        match asked.first() {
            None => 1,
            Some(row) if row["payment"].is_null() => 2,
            Some(_) => 3,
        }
    };
    STEPS[place]
}

fn debit(till: &Till) -> crate::world::Sent {
    let body = json!({"transaction_id": "c1", "asset": "USD", "amount": "20"});
    post(till.path("wallet/charges"), body)
}

/// The same in another isolate.
fn reborn(till: &Till) -> Till {
    let shop = Shop {
        world: till.world().copy(),
        customer: till.shop.customer.clone(),
    };
    Till {
        shop,
        wallet: till.wallet.clone(),
        card: till.card.clone(),
    }
}

#[test]
fn whoever_is_killed_anywhere_charges_once_and_credits_once() {
    let mut matrix: BTreeMap<(usize, &str), usize> = BTreeMap::new();
    for (trouble, does, mishap) in TROUBLES {
        let quiet = Till::new(does);
        for polls in 0.. {
            let till = reborn(&quiet);
            if let Some((mishap, times)) = mishap {
                till.mishap(mishap, times);
            }
            let running = async {
                let sent = debit(&till);
                till.world().answer(&sent).await;
                till.world().ring(&till.wallet).await
            };
            if killed(running, polls) {
                break;
            }
            let died = step(&till);
            let said = format!("{trouble}, {died}, after {polls} points");
            let till = reborn(&till);
            // Whoever was not answered sends the debit again, and the alarm rings by itself.
            till.world().get(&debit(&till), 201);
            for _ in 0..3 {
                let _ = block_on(till.world().ring(&till.wallet));
            }
            let card = till.card.clone();
            till.stripe(|stripe| stripe.does.insert(card, "ok"));
            till.pass(30 * 3_600);
            assert_charged_once(&till, &said);
            let place = STEPS.iter().position(|one| *one == died).expect("a step");
            *matrix.entry((place, trouble)).or_default() += 1;
        }
    }
    for ((place, trouble), points) in &matrix {
        println!(
            "{:20} {trouble:16} {points:3} points: 1 charge, 1 credit",
            STEPS[*place]
        );
    }
    // Each step was reached by each trouble that lets it be reached.
    for (place, name) in STEPS.iter().enumerate().take(4) {
        for (trouble, ..) in TROUBLES {
            assert!(
                matrix.contains_key(&(place, trouble)) || place == 3,
                "{name}, {trouble}"
            );
        }
    }
    for place in [3, 4, 5] {
        assert!(matrix.contains_key(&(place, "none")), "{}", STEPS[place]);
    }
}

fn assert_charged_once(till: &Till, said: &str) {
    let world: &Memory = till.world();
    let mut by_intent: BTreeMap<String, usize> = BTreeMap::new();
    for one in &till.stripe(|stripe| stripe.intents.clone()) {
        if one["amount_received"].as_i64() > Some(0) {
            *by_intent
                .entry(text(&one["metadata"], "scrip_recharge_id"))
                .or_default() += 1;
        }
    }
    assert!(by_intent.values().all(|charges| *charges == 1), "{said}");
    assert_eq!(till.stripe(|stripe| stripe.charged()), [5_000], "{said}");
    assert_eq!(till.credits(world), ["50"], "{said}");
    assert_eq!(till.standing()["available"], "55", "{said}");
    assert_eq!(world.next_recharge(&till.wallet), None, "{said}");
}
