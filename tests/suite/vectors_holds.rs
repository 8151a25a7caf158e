//! Holds and balances as others have written them down, run from their figures. `docs/vectors.md` lists the cases.

use std::collections::{BTreeMap, BTreeSet};

use scrip::engine::calendar::Window;
use scrip::engine::*;
use scrip::journal::memory::MemoryJournal;
use scrip::journal::{Answer, Stop, transact};
use serde_json::Value;

use crate::asked::{self, amount};
use crate::audit::Audit;

const HOLDS: &str = include_str!("../vectors/autumn_holds_balances.json");
const ISSUES: &str = include_str!("../vectors/issue_scenarios.json");
const DOCS: &str = include_str!("../../docs/vectors.md");

/// Their buckets convert between units, or roll over by a percentage: other rules than ours.
const NOT_OURS: [&str; 5] = ["aut-h-15", "aut-h-18", "aut-h-21", "aut-r-01", "aut-r-04"];

const START: i64 = 1_767_225_600_000_000;

fn cases(text: &str) -> Vec<(String, Value)> {
    let file: Value = serde_json::from_str(text).expect("a vector file");
    let cases = file["cases"].as_array().expect("cases").clone();
    let named = cases.into_iter().map(|case| (text_of(&case["id"]), case));
    named.collect()
}

fn text_of(value: &Value) -> String {
    value.as_str().expect("a text").to_owned()
}

/// A wallet with one asset, and every law checked after every step.
#[derive(Default)]
struct Till {
    journal: MemoryJournal,
    wallet: Wallet,
    audit: Audit,
    steps: usize,
    holds: BTreeMap<String, u64>,
}

impl Till {
    fn open() -> Self {
        let mut till = Self::default();
        let open = Action::OpenWallet {
            wallet: "acct:test:acme".into(),
            customer: "acme".into(),
        };
        till.run(None, 0, open).expect("it opens");
        till
    }

    fn run(&mut self, op: Option<String>, second: i64, action: Action) -> Result<Answer, Refusal> {
        self.steps += 1;
        let command = Command {
            op: op.unwrap_or_else(|| format!("op:{}", self.steps)),
            request: format!("{action:?}"),
            action,
        };
        let at = Instant::from_micros(START + second * 1_000_000);
        let result = transact(&mut self.journal, &mut self.wallet, at, &[command]);
        let checked = self.audit.step(&self.journal, &self.wallet);
        checked.expect("the laws hold");
        match result {
            Ok(mut answers) => Ok(answers.pop().expect("an answer")),
            Err((_, Stop::Refused(refusal))) => Err(refusal),
            Err((_, Stop::Failed(never))) => match never {},
        }
    }

    fn credit(&mut self, of: &str, expires: Option<i64>) -> u64 {
        let credit = Credit {
            expires_at: expires.map(|second| Instant::from_micros(START + second * 1_000_000)),
            ..asked::credit(Asset::new("USD", 12).expect("an asset"), amount(of))
        };
        let answer = self.run(None, 0, Action::Credit(credit));
        answer.expect("credit is accepted").entry.seq
    }

    fn debit(&mut self, of: &str) {
        let debit = asked::charge(Asset::new("USD", 12).expect("an asset"), amount(of));
        let answer = self.run(None, 0, Action::Debit(debit));
        answer.expect("facts always post");
    }

    fn hold(&mut self, label: &str, of: &str) -> Result<(), Refusal> {
        let action = Action::Authorize {
            ask: Ask::Amount {
                asset: "USD".into(),
                amount: amount(of),
            },
            on_insufficient: OnInsufficient::Deny,
            seconds: 300,
            subject: Some("key".into()),
            on_unpriced: OnUnpriced::Deny,
        };
        let answer = self.run(None, 0, action)?;
        self.holds.insert(label.to_owned(), answer.entry.seq);
        Ok(())
    }

    fn capture(&mut self, label: &str, of: Option<&str>) {
        let hold = self.holds[label];
        let settle = of.map_or(Settle::Everything, |of| Settle::Amount {
            asset: Some("USD".into()),
            amount: amount(of),
        });
        let action = Action::CaptureHold {
            hold,
            settle,
            closes: true,
        };
        let answer = self.run(Some(hold_end_op(hold)), 0, action);
        answer.expect("facts always post");
    }

    fn release(&mut self, label: &str) {
        let hold = self.holds[label];
        let action = Action::ReleaseHold { hold, reason: None };
        let answer = self.run(Some(hold_end_op(hold)), 0, action);
        answer.expect("an open hold can be released");
    }

    fn available_at(&self, second: i64) -> String {
        let at = Instant::from_micros(START + second * 1_000_000);
        let wallet = as_of(&self.wallet, at);
        let balance = wallet.balance(&AccountId::default_for("USD"), at);
        balance.expect("in range").available().to_string()
    }
}

#[test]
fn holds_and_balances_of_others_come_out_as_they_say() {
    let cases = cases(HOLDS);
    let mut skipped = Vec::new();
    for (id, case) in &cases {
        if NOT_OURS.contains(&id.as_str()) {
            skipped.push(id.as_str());
            continue;
        }
        let mut till = Till::open();
        let buckets = case["given"]["buckets_in_order"].as_array();
        let mut grants = BTreeMap::new();
        for (place, bucket) in buckets.expect("buckets").iter().enumerate() {
            assert_eq!(bucket["unit_cost"], "1", "{id} converts between units");
            // Their order of deduction is our order of expiry.
            let expires = 86_400 * (place as i64 + 1);
            let grant = till.credit(&text_of(&bucket["granted"]), Some(expires));
            grants.insert(text_of(&bucket["id"]), grant);
        }
        for step in case["when"].as_array().expect("steps") {
            play(&mut till, step);
        }
        let dollars = AccountId::default_for("USD");
        let account = till.wallet.accounts.get(&dollars).expect("an account");
        for (bucket, wanted) in case["then"]["balances"].as_object().expect("balances") {
            let own = account.grants.iter().find(|one| one.id == grants[bucket]);
            let free = own.map_or(Amount::ZERO, |grant| grant.free);
            assert_eq!(free, amount(&text_of(wanted)), "{id}: {bucket}");
        }
        assert!(
            account.debt.is_zero() && till.wallet.holds.is_empty(),
            "{id}"
        );
    }
    assert_eq!(skipped, NOT_OURS);
}

fn play(till: &mut Till, step: &Value) {
    let label = step["id"].as_str().unwrap_or_default();
    if let Some(of) = step["hold"].as_str() {
        till.hold(label, of).expect("it is covered");
    } else if let Some(of) = step["capture"].as_str() {
        till.capture(label, Some(of).filter(|of| *of != "full"));
    } else if let Some(label) = step["release"].as_str() {
        till.release(label);
    } else {
        till.debit(&text_of(&step["debit"]));
    }
}

/// What the thread of an issue gives, by its id.
fn given(id: &str) -> Value {
    let found = cases(ISSUES).into_iter().find(|(one, _)| one == id);
    found.expect("a case of that id").1["given"].clone()
}

#[test]
fn the_last_credit_is_held_once() {
    let given = given("iss-02");
    let mut till = Till::open();
    till.credit(&text_of(&given["balance"]), None);
    let calls = given["parallel"].as_u64().expect("a number");
    let cost = text_of(&given["cost"]);
    let admitted = (0..calls).filter(|call| till.hold(&call.to_string(), &cost).is_ok());
    assert_eq!(admitted.count(), 1);
}

#[test]
fn a_budget_admits_what_it_covers() {
    let given = given("iss-03");
    let mut till = Till::open();
    till.credit("100", None);
    let terms = budget::Terms {
        name: None,
        asset: "USD".into(),
        limit: amount(&text_of(&given["budget"])),
        window: Window::Lifetime,
        about: budget::Match {
            subject: Some("key".into()),
            ..budget::Match::default()
        },
        ..budget::Terms::default()
    };
    let set = Action::SetBudget {
        anchored_to: None,
        code: "key".into(),
        precision: 12,
        terms,
    };
    till.run(None, 0, set).expect("a budget is set");
    let calls = given["parallel"].as_u64().expect("a number");
    let cost = text_of(&given["cost"]);
    let answers: Vec<_> = (0..calls)
        .map(|call| till.hold(&call.to_string(), &cost))
        .collect();
    let refused = |answer: &&Result<(), Refusal>| matches!(answer, Err(refusal) if refusal.code() == "budget_exceeded");
    assert_eq!(answers.iter().filter(|answer| answer.is_ok()).count(), 3);
    assert_eq!(answers.iter().filter(refused).count(), 2);
}

#[test]
fn holds_that_nobody_settles_cost_nothing() {
    let given = given("iss-05");
    let mut till = Till::open();
    till.credit(&text_of(&given["opening"]), None);
    // Six calls die; what they held is the sum that was lost elsewhere.
    for call in 0..5 {
        till.hold(&format!("dead {call}"), "0.170015")
            .expect("covered");
    }
    till.hold("dead 5", "0.170013").expect("covered");
    till.hold("one", "0.2").expect("covered");
    till.hold("two", "0.3").expect("covered");
    let leaked = text_of(&given["leaked_total"]);
    till.capture("one", Some("0.1"));
    till.capture("two", Some("0.25"));
    let settled = amount("3.65");
    let open = settled.minus(amount(&leaked)).expect("in range");
    assert_eq!(till.available_at(0), open.to_string());
    assert_eq!(till.available_at(300), "3.65");
}

#[test]
fn a_wallet_below_zero_admits_nothing() {
    for id in ["iss-19", "iss-20"] {
        let owed = text_of(&given(id)["balance"]);
        let mut till = Till::open();
        till.debit(owed.trim_start_matches('-'));
        assert_eq!(till.available_at(0), owed);
        let refused = till.hold("call", "0.01");
        assert_eq!(refused.map_err(|one| one.code()), Err("insufficient_funds"));
    }
}

#[test]
fn a_top_up_counts_at_once() {
    let mut till = Till::open();
    assert_eq!(till.available_at(0), text_of(&given("iss-21")["balance"]));
    assert!(till.hold("before", "10").is_err());
    till.credit("10", None);
    assert!(till.hold("after", "10").is_ok());
}

#[test]
fn what_was_really_used_is_charged_even_below_zero() {
    let given = given("iss-22");
    let mut till = Till::open();
    till.credit(&text_of(&given["balance"]), None);
    till.hold("call", &text_of(&given["hold"]))
        .expect("covered");
    till.capture("call", Some(&text_of(&given["actual"])));
    assert_eq!(till.available_at(0), "-1.5");
    assert!(till.hold("next", "0.01").is_err());
}

#[test]
fn every_case_is_listed() {
    let mut listed = BTreeSet::new();
    for line in DOCS.lines().filter(|line| line.starts_with("| `")) {
        let first = line.split('|').nth(1).unwrap_or_default();
        let ids = first.split('`').skip(1).step_by(2);
        for id in ids {
            assert!(listed.insert(id.to_owned()), "{id} is listed twice");
        }
    }
    for (id, _) in cases(HOLDS).into_iter().chain(cases(ISSUES)) {
        assert!(listed.contains(&id), "{id} is not in docs/vectors.md");
    }
}
