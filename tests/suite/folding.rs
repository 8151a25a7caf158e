//! The customer's fold: from what a customer may see it comes to what the wallet is, at every entry and at every moment.

use std::collections::BTreeMap;

use proptest::prelude::*;
use scrip::engine::*;
use scrip::journal::Row;
use scrip::wire::wallet::{GrantFilter, accounts, activity, folded, grants, holds, moves, state};
use serde_json::{Value, json};

use crate::arbitrary::history;
use crate::asked::{self, amount};
use crate::properties::{World, config};

fn read(text: &str) -> Value {
    serde_json::from_str(text).expect("JSON")
}

/// As it goes over a socket.
fn told(row: &Row) -> Entry {
    let text = serde_json::to_string(&moves(&row.entry)).expect("JSON");
    serde_json::from_str(&text).expect("an entry")
}

/// What the wallet itself would show.
fn shown(wallet: &Wallet, at: Instant) -> (Value, Value) {
    let holds = read(&holds(&wallet.customer, wallet, 0, 300));
    (
        read(&accounts(wallet, at))["accounts"].clone(),
        holds["items"].clone(),
    )
}

fn text(folded: &Value) -> String {
    folded["state"].as_str().expect("a state").to_owned()
}

proptest! {
    #![proptest_config(config(80))]

    #[test]
    fn a_fold_without_what_a_customer_may_not_see_comes_to_the_wallet(
        history in history(),
        // Nobody watches a wallet before its first entry, which says whose it is.
        from in 1_usize..20,
        size in 1_usize..6,
    ) {
        let mut world = World::starting();
        for (passed, one) in &history {
            world.step(*passed, one)?;
        }
        let rows = world.rows();
        let from = from.min(rows.len());
        let (before, after) = rows.split_at(from);
        let mut wallet = fold(before.iter().map(|row| &row.entry));
        let mut held = state(&wallet).expect("small");
        // In messages of several entries, as they come.
        for message in after.chunks(size) {
            let told: Vec<Entry> = message.iter().map(told).collect();
            for row in message {
                apply(&mut wallet, &row.entry);
            }
            let answer = folded(&held, &told, None).expect("the next entries");
            prop_assert_eq!(&answer["differs_at"], &Value::Null);
            prop_assert_eq!(&answer["seq"], &json!(wallet.seq));
            // At its own moment nothing more is due than what is written.
            let now = as_of(&wallet, wallet.at);
            if now.seq == wallet.seq {
                let (accounts, holds) = shown(&wallet, wallet.at);
                prop_assert_eq!(&answer["accounts"], &accounts);
                prop_assert_eq!(&answer["holds"], &holds);
            }
            held = text(&answer);
            // What comes again changes nothing.
            let again = folded(&held, &told, None).expect("known entries");
            prop_assert_eq!(&again["state"], &answer["state"]);
        }
    }
}

proptest! {
    #![proptest_config(config(80))]

    #[test]
    fn what_the_entries_say_of_a_grant_adds_up_to_what_is_left_of_it(history in history()) {
        let mut world = World::starting();
        for (passed, one) in &history {
            world.step(*passed, one)?;
        }
        let rows = world.rows();
        let wallet = fold(rows.iter().map(|row| &row.entry));
        let told = read(&activity(&wallet.customer, rows, rows.len()));
        let mut sums = BTreeMap::<String, Amount>::new();
        for entry in told["items"].as_array().expect("items") {
            for one in entry["grants"].as_array().into_iter().flatten() {
                let word = |name: &str| one[name].as_str().expect("a text").to_owned();
                let sum = sums.entry(word("grant")).or_default();
                *sum = sum.plus(amount(&word("amount"))).expect("small");
            }
        }
        let all = GrantFilter { limit: usize::MAX, ..GrantFilter::default() };
        for id in wallet.accounts.keys() {
            let shown = read(&grants(&wallet, id, wallet.at, &all).expect("an account"));
            for grant in shown["items"].as_array().expect("items") {
                let word = |name: &str| amount(grant[name].as_str().expect("a text"));
                let has = word("available").plus(word("held")).expect("small");
                let told = sums.remove(grant["id"].as_str().expect("an id"));
                prop_assert_eq!(told.unwrap_or_default(), has, "{}", grant);
            }
        }
        // Of those that are listed no more nothing is left.
        for (grant, sum) in sums {
            prop_assert!(sum.is_zero(), "{} {}", grant, sum);
        }
    }
}

/// A wallet with a hold and with credit that ends; and its rows.
fn living() -> (Wallet, Vec<Entry>) {
    let mut wallet = Wallet::default();
    let mut entries = Vec::new();
    let mut act = |at: i64, action: Action| {
        let command = Command {
            op: format!("op:{at}"),
            request: "digest".into(),
            action,
        };
        let at = Instant::from_micros(at * 1_000_000);
        for entry in decide(&wallet, None, at, &command).expect("accepted") {
            apply(&mut wallet, &entry);
            entries.push(entry);
        }
    };
    act(0, asked::opened());
    let mut credit = asked::credit(asked::usd(2), amount("5"));
    credit.expires_at = Some(Instant::from_micros(100_000_000));
    act(1, Action::Credit(credit));
    act(2, Action::Credit(asked::credit(asked::usd(2), amount("7"))));
    let ask = Ask::Amount {
        asset: "USD".into(),
        amount: amount("6"),
    };
    act(
        3,
        Action::Authorize {
            ask,
            on_insufficient: OnInsufficient::Deny,
            seconds: 60,
            subject: Some("run".into()),
            on_unpriced: OnUnpriced::Deny,
        },
    );
    (wallet, entries)
}

fn second(at: i64) -> Option<Instant> {
    Some(Instant::from_micros(at * 1_000_000))
}

#[test]
fn time_does_in_a_fold_what_it_does_in_the_wallet() {
    let (wallet, _) = living();
    let held = state(&wallet).expect("small");
    let figures = |at: i64| {
        let told = folded(&held, &[], second(at)).expect("a state");
        let account = &told["accounts"][0];
        let open = told["holds"].as_array().map_or(0, Vec::len);
        let word = |name: &str| account[name].as_str().unwrap_or_default().to_owned();
        (word("available"), word("held"), open, told["next"].clone())
    };
    let at = |seconds: i64| {
        let moment = Instant::from_micros(seconds * 1_000_000);
        json!(scrip::wire::time::format(moment))
    };
    assert_eq!(figures(10), ("6".into(), "6".into(), 1, at(63)));
    assert_eq!(figures(62), ("6".into(), "6".into(), 1, at(63)));
    // The hold ends, and then the credit that it came back to.
    assert_eq!(figures(63), ("12".into(), "0".into(), 0, at(100)));
    assert_eq!(figures(100), ("7".into(), "0".into(), 0, Value::Null));
}

#[test]
fn a_missing_entry_is_an_error_and_a_forged_balance_is_found() {
    let (_, entries) = living();
    let mut wallet = Wallet::default();
    apply(&mut wallet, &entries[0]);
    let held = state(&wallet).expect("small");
    let told: Vec<Entry> = entries.iter().map(moves).collect();
    let gap = folded(&held, &told[2..], None).expect_err("a gap");
    let sentence = gap.errors.by_field().get("moves").cloned();
    let expected = "must go on where the state ends: entry 2 is missing";
    assert_eq!(sentence, Some(vec![expected.to_owned()]));
    let mut forged = told.clone();
    forged[2].changes[0].balance = amount("13");
    let answer = folded(&held, &forged, None).expect("whole");
    assert_eq!(answer["differs_at"], 3);
    let right = folded(&held, &told, None).expect("whole");
    assert_eq!(right["differs_at"], Value::Null);
    let other = folded("1\n{}", &told, None).expect_err("another version");
    assert!(other.errors.by_field().contains_key("state"));
}

#[test]
fn nothing_of_costs_prices_and_the_callers_own_words_is_told() {
    let mut wallet = Wallet::default();
    let mut rows: Vec<Row> = Vec::new();
    let mut act = |at: i64, op: &str, action: Action| {
        let command = Command {
            op: format!("secret_op:{op}"),
            request: "secret_request".into(),
            action,
        };
        let at = Instant::from_micros(at * 1_000_000);
        for entry in decide(&wallet, None, at, &command).expect("accepted") {
            apply(&mut wallet, &entry);
            rows.push(Row::new("", entry));
        }
    };
    act(0, "open", asked::opened());
    let prices = json!([{ "name": "secret_price", "type": "usage_based", "pricing_model": "cost_plus",
        "billing_model": { "type": "real_time" },
        "usage_calculation": { "event_type": "chat", "usage_type": "volume" },
        "pricing": [{ "asset": "USD", "values": [{ "markup": "31" }] }] }]);
    let body = json!({ "code": "secret_product", "name": "P", "prices": prices }).to_string();
    let product = scrip::wire::catalogue::NewProduct::read(&body).expect("a product");
    let prices = product.first.offer.prices.into_iter();
    let prices = prices.map(|(_, price)| {
        let sold = price.published("secret_id".into(), |_, _| Ok::<_, scrip::wire::Problem>(6));
        sold.expect("a price")
    });
    let product = scrip::engine::price::PricedProduct {
        id: "prp".into(),
        code: "secret_product".into(),
        version: 1,
        prices: prices.collect(),
        ..Default::default()
    };
    act(1, "subscribe", Action::subscribe(vec![product]));
    let mut credit = asked::credit(asked::usd(6), amount("50"));
    credit.metadata.insert("k".into(), "secret_word".into());
    act(2, "credit", Action::Credit(credit));
    let event = json!({ "id": "e", "events": [{ "event_type": "chat",
        "costs": [{ "id": "secret_cost", "vendor_external_id": "secret_vendor", "amount": "0.0317", "currency": "USD" }] }] });
    let command = scrip::wire::usage::authorize(&event.to_string(), None, OnUnpriced::Deny);
    let Action::Authorize {
        ask: Ask::Usage(events),
        ..
    } = command.expect("a request").action
    else {
        panic!("usage")
    };
    let event = events[0].clone();
    act(3, "usage", Action::RecordUsage { event });
    let told: Vec<Entry> = rows.iter().map(|row| moves(&row.entry)).collect();
    let mut said = serde_json::to_string(&told).expect("JSON");
    said.push_str(&state(&wallet).expect("small"));
    for word in ["secret", "0.0317", "markup", "cost", "acc/test"] {
        assert!(!said.contains(word), "{word} in {said}");
    }
    assert!(
        said.contains("0.041527"),
        "what the customer was charged is told: {said}"
    );
}

#[test]
fn a_wallet_with_too_much_to_tell_has_no_state() {
    let mut wallet = living().0;
    for number in 0..300 {
        let credit = Action::Credit(asked::credit(asked::usd(2), amount("1")));
        let command = Command {
            op: format!("more:{number}"),
            request: String::new(),
            action: credit,
        };
        for entry in decide(&wallet, None, wallet.at, &command).expect("accepted") {
            apply(&mut wallet, &entry);
        }
    }
    assert_eq!(state(&wallet), None);
}
