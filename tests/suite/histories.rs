//! Hundreds of thousands of arbitrary commands that mix plans, moves, holds, captures, reversals, lapses and time, held to the laws of
//! `audit.rs` after every step.
//!
//! `SEED=123 cargo test histories` repeats one history; a failure prints its own. A shorter one that breaks the same law is found
//! by `cargo test properties`.

use std::collections::BTreeMap;
use std::io::Write;
use std::sync::atomic::{AtomicU64, AtomicUsize, Ordering};

use proptest::strategy::{Strategy, ValueTree};
use proptest::test_runner::{Config, RngSeed, TestRunner};
use serde_json::Value;

use crate::arbitrary::{Try, history};
use crate::properties::World;
use crate::simulation::{on_every_core, seed_from_env, sums};

/// So many commands are tried in all.
const COMMANDS: usize = 400_000;

/// How often each of these has to have happened: a history that avoids the hard cases proves nothing.
const SEEN_MIN: u64 = 200;

/// The same of holds that count in an inherited budget: most wallets here deny for other reasons before. The
/// simulation has thousands that are stopped by one.
const INHERITED_HELD_MIN: u64 = 10;

/// From here on are the ids of budgets that were inherited when they began.
const INHERITED: u64 = 1 << 40;

/// What the histories have to mix.
const FACTS: [&str; 26] = [
    "credited",
    "debited",
    "entitlement_granted",
    "freeze_changed",
    "grant_expired",
    "grant_voided",
    "hold_authorized",
    "hold_captured",
    "hold_expired",
    "hold_extended",
    "hold_released",
    "minimum_charged",
    "payment_loss",
    "presets_changed",
    "product_changed",
    "recharge",
    "recharge_declined",
    "recharge_deferred",
    "recharge_intended",
    "reversed",
    "spent of what is inherited",
    "subscribed",
    "subscription_lapsed",
    "subscription_renewed",
    "usage_priced",
    "usage_recorded",
];

#[test]
fn mixed_histories_obey_the_laws() {
    if let Some(seed) = seed_from_env() {
        run(seed, &mut BTreeMap::new()).unwrap_or_else(|wrong| panic!("{wrong}"));
        return;
    }
    let (next, tried) = (AtomicU64::new(0), AtomicUsize::new(0));
    let worker = || {
        let mut seen = BTreeMap::new();
        while tried.load(Ordering::Relaxed) < COMMANDS {
            let seed = next.fetch_add(1, Ordering::Relaxed);
            let commands = run(seed, &mut seen).unwrap_or_else(|wrong| {
                panic!("{wrong}\n\nrepeat with SEED={seed} cargo test histories")
            });
            tried.fetch_add(commands, Ordering::Relaxed);
        }
        seen
    };
    let seen = sums(on_every_core(worker));
    for fact in FACTS {
        let times = seen.get(fact).copied().unwrap_or(0);
        assert!(
            times >= SEEN_MIN,
            "{fact} was seen {times} times only: {seen:?}"
        );
    }
    let held = seen.get("held by what is inherited");
    assert!(
        held >= Some(&INHERITED_HELD_MIN),
        "held by what is inherited: {held:?}"
    );
    let line = format!(
        "{} commands of {} histories obeyed the laws\n",
        tried.into_inner(),
        next.into_inner()
    );
    let _ = std::io::stderr().write_all(line.as_bytes());
}

/// The world after the history that a seed makes, which has kept the laws at every step.
pub fn played(
    seed: u64,
    histories: &impl Strategy<Value = Vec<(i64, Try)>>,
) -> Result<World, String> {
    let config = Config {
        failure_persistence: None,
        rng_seed: RngSeed::Fixed(seed),
        ..Config::default()
    };
    let tree = histories.new_tree(&mut TestRunner::new(config));
    let history = tree.map_err(|reason| reason.to_string())?.current();
    let mut world = World::starting();
    for (number, (passed, one)) in history.iter().enumerate() {
        world
            .step(*passed, one)
            .map_err(|wrong| format!("seed {seed}, step {number}: {wrong}, at {one:?}"))?;
    }
    world
        .end()
        .map_err(|wrong| format!("seed {seed}: {wrong}"))?;
    Ok(world)
}

/// Plays one history; answers how many commands it had, and counts what happened.
fn run(seed: u64, seen: &mut BTreeMap<String, u64>) -> Result<usize, String> {
    let world = played(seed, &history())?;
    for row in world.rows() {
        let entry: Value = serde_json::from_str(&row.text).map_err(|error| error.to_string())?;
        let fact = entry["fact"]["type"].as_str().unwrap_or_default();
        *seen.entry(fact.to_owned()).or_default() += 1;
        // Of a recharge the step is what happened.
        let steps = entry["fact"]["step"].as_object();
        for step in steps.into_iter().flat_map(|steps| steps.keys()) {
            *seen.entry(format!("recharge_{step}")).or_default() += 1;
        }
        let mut counts = row.entry.counts.iter();
        if counts.any(|count| count.budget >= INHERITED) {
            let word = if row.entry.fact.reserves() {
                "held by what is inherited"
            } else {
                "spent of what is inherited"
            };
            *seen.entry(word.to_owned()).or_default() += 1;
        }
    }
    Ok(world.commands)
}
