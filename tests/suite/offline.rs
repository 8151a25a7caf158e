//! What the npm package says of a wallet without asking a server: it must be what the wallet would do.

use std::collections::BTreeMap;

use proptest::prelude::*;
use scrip::engine::price::PricedProduct;
use scrip::engine::scope::Scope;
use scrip::engine::*;
use scrip::journal::Row;
use scrip::journal::chain::GENESIS;
use scrip::wire::usage::{authorize, denied};
use scrip::wire::{estimate, offline, wallet};
use serde_json::{Value, json};

use crate::arbitrary::history;
use crate::asked::{self, amount};
use crate::audit::pico;
use crate::properties::{World, config};
use crate::workload::Dice;

/// 2026-02-10T00:00:00Z, in seconds.
const START: i64 = 1_770_681_600;

fn second(seconds: i64) -> Instant {
    Instant::from_micros((START + seconds) * 1_000_000)
}

/// A wallet that acts, and its rows.
struct Acting {
    rows: Vec<Row>,
    wallet: Wallet,
}

impl Acting {
    /// With a product of these prices, as a request writes them.
    fn with(prices: &Value) -> Self {
        let mut acting = Self {
            rows: Vec::new(),
            wallet: Wallet::default(),
        };
        acting.act(0, asked::opened()).expect("opened");
        let product = PricedProduct {
            id: "prp".into(),
            code: "chat".into(),
            version: 1,
            prices: sold(prices),
            ..PricedProduct::default()
        };
        let subscribe = Action::subscribe(vec![product]);
        acting.act(0, subscribe).expect("subscribed");
        acting
    }

    fn act(&mut self, at: i64, action: Action) -> Result<Entry, Refusal> {
        let command = Command {
            op: format!("op:{}", self.rows.len()),
            request: String::new(),
            action,
        };
        for entry in decide(&self.wallet, None, second(at), &command)? {
            apply(&mut self.wallet, &entry);
            let last = self.rows.last().map_or(GENESIS, |row| row.hash.as_str());
            self.rows.push(Row::new(last, entry));
        }
        Ok(self.rows.last().expect("a row").entry.clone())
    }

    fn credit(&mut self, asset: &str, sum: &str) {
        let asset = Asset::new(asset, 6).expect("an asset");
        let credit = Action::Credit(asked::credit(asset, amount(sum)));
        self.act(0, credit).expect("credited");
    }

    fn entries(&self) -> Value {
        items(&self.rows)
    }

    /// The wallet's own answer to an authorization.
    fn decides(&self, at: i64, events: &Value) -> Result<Vec<Entry>, Refusal> {
        let body = json!({ "id": "ask", "events": events }).to_string();
        let command = authorize(&body, None, OnUnpriced::Deny).expect("a request");
        decide(&self.wallet, None, second(at), &command)
    }
}

fn items(rows: &[Row]) -> Value {
    let item = |row: &Row| json!({ "record": row.text, "hash": row.hash });
    rows.iter().map(item).collect()
}

/// Prices as a product has them.
fn sold(prices: &Value) -> Vec<Price> {
    let body = json!({ "code": "chat", "name": "Chat", "prices": prices }).to_string();
    let product = scrip::wire::catalogue::NewProduct::read(&body).expect("a product");
    let prices = product.first.offer.prices.into_iter();
    let sold = prices.map(|(place, price)| {
        let id = format!("prc_{place}");
        price
            .published(id, |_, _| Ok::<_, scrip::wire::Problem>(6))
            .expect("a price")
    });
    sold.collect()
}

/// A price of the field `tokens` of chats.
fn price(model: &Value, pricing: &Value) -> Value {
    let mut price = json!({
        "name": "Tokens",
        "type": "usage_based",
        "billing_model": { "type": "real_time" },
        "usage_calculation": { "event_type": "chat", "usage_type": "volume", "volume_field": "tokens" },
        "pricing": pricing,
    });
    for (name, value) in model.as_object().into_iter().flatten() {
        price[name] = value.clone();
    }
    price
}

fn in_usd(values: &Value) -> Value {
    json!([{ "asset": "USD", "values": values }])
}

/// Every model, prices side by side, what is free, and two assets of which the second pays for the rest.
fn catalogues() -> Vec<Value> {
    let flat = price(
        &json!({}),
        &in_usd(&json!([{ "volume_rate": "0.13", "package_size": "7" }])),
    );
    let tiers = json!([{ "up_to": "10", "volume_rate": "0.5" }, { "up_to": "25", "volume_rate": "0.2" },
        { "volume_rate": "0.3" }]);
    let by_volume = |model: &str, period: &str| json!({ "pricing_model": model, "tiering": { "basis": "volume", "period": period } });
    let package = price(
        &json!({ "pricing_model": "package" }),
        &in_usd(&json!([{ "volume_rate": "1", "package_size": "8" }])),
    );
    let mut rounded = price(
        &json!({ "free": { "units": "12", "period": "monthly" } }),
        &in_usd(&json!([{ "volume_rate": "0.4", "min_amount": "0.9" }])),
    );
    rounded["usage_calculation"]["rounding"] = json!({ "mode": "up", "unit": "5" });
    let two = json!([
        { "asset": "GEM", "values": [{ "volume_rate": "0.25" }] },
        { "asset": "USD", "values": [{ "volume_rate": "0.5" }] },
    ]);
    let mut each = price(&json!({}), &in_usd(&json!([{ "unit_price": "0.75" }])));
    each["usage_calculation"] = json!({ "event_type": "chat", "usage_type": "unit" });
    vec![
        json!([flat]),
        json!([package]),
        json!([price(&by_volume("tiered", "monthly"), &in_usd(&tiers))]),
        json!([price(&by_volume("bulk", "monthly"), &in_usd(&tiers))]),
        json!([rounded]),
        json!([price(&json!({}), &two)]),
        json!([flat, each]),
        json!([price(&by_volume("bulk", "monthly"), &in_usd(&tiers)), flat]),
    ]
}

/// A wallet to which some things have happened, in every catalogue in turn.
fn any_wallet(dice: &mut Dice, seed: u64) -> Acting {
    let all = catalogues();
    let which = usize::try_from(seed).expect("small") % all.len();
    let mut acting = Acting::with(&all[which]);
    for _ in 0..dice.below(4) {
        let cents = 1 + dice.below(900);
        let asset = if dice.percent(60) { "USD" } else { "GEM" };
        let asset = Asset::new(asset, 6).expect("an asset");
        let sum = Amount::from_steps(i128::from(cents) * 10_000_000_000).expect("small");
        let mut credit = asked::credit(asset, sum);
        credit.expires_at = dice.percent(30).then(|| second(500));
        credit.effective_at = dice.percent(15).then(|| second(900));
        if dice.percent(20) {
            credit.scope = Scope {
                event_types: ["chat".to_owned()].into(),
                ..Scope::default()
            };
        }
        acting.act(10, Action::Credit(credit)).expect("credited");
    }
    if dice.percent(25) {
        let asset = Asset::new("USD", 6).expect("an asset");
        let account = AccountId::default_for("USD");
        let limit = amount("1.5");
        let overdraft = Action::SetOverdraft {
            account,
            asset,
            limit,
        };
        acting.act(20, overdraft).expect("set");
    }
    for number in 0..dice.below(4) {
        let body = chats(&[dice.below(12).to_string()]);
        if dice.percent(50) {
            let ask = json!({ "id": number.to_string(), "events": body }).to_string();
            let ask = authorize(&ask, None, OnUnpriced::Deny).expect("a request");
            // Where there is too little, there is no hold, which is a history as well.
            let _ = acting.act(30, ask.action);
        } else {
            let event = events_of(&body).remove(0);
            acting
                .act(40, Action::RecordUsage { event })
                .expect("a fact");
        }
    }
    acting
}

fn chats(volumes: &[String]) -> Value {
    let event = |volume: &String| json!({ "event_type": "chat", "data": { "tokens": volume } });
    volumes.iter().map(event).collect()
}

fn events_of(events: &Value) -> Vec<UsageEvent> {
    let body = json!({ "id": "e", "events": events }).to_string();
    let command = authorize(&body, None, OnUnpriced::Deny).expect("a request");
    match command.action {
        Action::Authorize {
            ask: Ask::Usage(events),
            ..
        } => events,
        other => panic!("{other:?}"),
    }
}

fn at(seconds: i64) -> Value {
    json!(scrip::wire::time::format(second(seconds)))
}

#[test]
fn what_is_affordable_passes_and_one_step_more_does_not() {
    let (mut limited, mut bulk) = (0, 0);
    for seed in 0..160 {
        let mut dice = Dice(seed);
        let acting = any_wallet(&mut dice, seed);
        let places = if dice.percent(70) { 0 } else { 2 };
        let question = json!({ "entries": acting.entries(), "at": at(100), "places": places, "field": "tokens",
            "event": { "event_type": "chat" } });
        let answer = offline::affordable(&question).expect("an answer");
        let volume = answer["volume"].as_str().map(amount);
        let step = if places == 0 { "1" } else { "0.01" };
        let passes = |volume: Amount| acting.decides(100, &chats(&[volume.to_string()]));
        let next = match volume {
            None => Amount::ZERO,
            Some(volume) => {
                let held = passes(volume).unwrap_or_else(|why| panic!("{seed}: {why:?}"));
                assert!(!held.is_empty());
                volume.plus(amount(step)).expect("small")
            }
        };
        if answer["limited_by"].is_null() {
            assert_eq!(answer["volume"], "999999999999999", "{seed}");
            continue;
        }
        limited += 1;
        let refusal = passes(next).expect_err("one step more is denied");
        assert_eq!(answer["limited_by"]["code"], refusal.code(), "{seed}");
        // Every volume that is asked for, one by one: also where a tier is cheaper than the one before it.
        if places == 0 && seed % 8 < 5 {
            bulk += u32::from(seed % 8 == 3);
            let mut all = (0..60).map(asked::whole);
            let most = json!("59");
            let mut bounded = question.clone();
            bounded["most"] = most;
            let bounded = offline::affordable(&bounded).expect("an answer");
            let largest = all.rfind(|volume| passes(*volume).is_ok());
            let told = bounded["volume"].as_str().map(amount);
            assert_eq!(told, largest, "{seed}: {bounded}");
        }
    }
    assert!(limited > 120, "{limited} were limited");
    assert!(bulk > 8, "{bulk} had cheaper tiers");
}

/// Which event, which price, and how much of which asset.
fn charged_fees(entry: &Entry) -> Vec<Value> {
    let Fact::HoldCaptured { fees, .. } = &entry.fact else {
        panic!("{entry:?}")
    };
    let line = |fee: &Fee| json!([fee.event, fee.price_id, fee.asset, fee.amount]);
    fees.iter().map(line).collect()
}

fn shown_fees(told: &Value) -> Vec<Value> {
    let fees = told["fees"].as_array().expect("fees").iter();
    let names = ["event", "price_id", "currency", "amount"];
    fees.map(|fee| names.iter().map(|name| fee[*name].clone()).collect())
        .collect()
}

/// How much each grant paid, over all of these entries.
fn paid_by(entries: &[Value]) -> BTreeMap<String, i128> {
    let mut paid = BTreeMap::new();
    let lines = entries.iter().flat_map(|one| one["paid_by"].as_array());
    for line in lines.flatten() {
        let key = format!("{} {}", line["asset"], line["grant"]);
        *paid.entry(key).or_insert(0) += pico(amount(&text(line, "amount")));
    }
    paid
}

#[test]
fn what_is_simulated_is_what_an_authorization_and_its_capture_charge() {
    let (mut approved, mut refused) = (0, 0);
    for seed in 0..400 {
        let mut dice = Dice(seed + 7_000);
        let mut acting = any_wallet(&mut dice, seed);
        let count = 1 + dice.below(4);
        let volumes: Vec<String> = (0..count).map(|_| dice.below(9).to_string()).collect();
        let events = chats(&volumes);
        let question = json!({ "entries": acting.entries(), "at": at(100), "events": events });
        let told = offline::simulate(&question).expect("an answer");
        let hold = match acting.decides(100, &events) {
            Err(refusal) => {
                refused += 1;
                let body = denied(&refusal, None).expect("a denial");
                let body: Value = serde_json::from_str(&body).expect("JSON");
                assert_eq!(told["denial"], body, "{seed}");
                continue;
            }
            Ok(entries) => entries.last().expect("an entry").seq,
        };
        approved += 1;
        assert_eq!(told["denial"], Value::Null, "{seed}");
        let ask = json!({ "id": "ask", "events": events }).to_string();
        let ask = authorize(&ask, None, OnUnpriced::Deny).expect("a request");
        acting.act(100, ask.action).expect("authorized");
        let settle = Settle::Usage(events_of(&events));
        let capture = Action::CaptureHold {
            hold,
            settle,
            closes: true,
        };
        let entry = acting.act(100, capture).expect("captured");
        assert_eq!(shown_fees(&told), charged_fees(&entry), "{seed}");
        let now = wallet::accounts(&acting.wallet, second(100));
        let now: Value = serde_json::from_str(&now).expect("JSON");
        assert_eq!(told["wallet"]["accounts"], now["accounts"], "{seed}");
        // Which grants pay is the same as well, and by how much each.
        let question = json!({ "entries": acting.entries(), "entry": entry.seq });
        let receipt = offline::explain(&question).expect("an entry");
        let entries = told["entries"].as_array().expect("entries");
        assert_eq!(paid_by(entries), paid_by(&[receipt]), "{seed}");
    }
    assert!(approved > 60 && refused > 60, "{approved} and {refused}");
}

proptest! {
    #![proptest_config(config(60))]

    /// Whatever has happened, and whatever time has done since.
    #[test]
    fn the_rows_of_a_balance_add_up_to_it(history in history(), later in 0_i64..4_000_000) {
        let mut world = World::starting();
        for (passed, one) in &history {
            world.step(*passed, one)?;
        }
        let rows = world.rows();
        let wallet = fold(rows.iter().map(|row| &row.entry));
        let moment = wallet.at.plus_seconds(u32::try_from(later).unwrap_or(0));
        let now = as_of(&wallet, moment);
        for id in wallet.accounts.keys() {
            let question = json!({ "entries": items(rows), "account": id.to_string(),
                "at": scrip::wire::time::format(moment) });
            let told = offline::explain(&question).expect("an account");
            let balance = now.balance(id, moment.max(now.at)).expect("in range");
            prop_assert_eq!(&told["balance"], &json!(balance.balance));
            prop_assert_eq!(&told["held"], &json!(balance.held));
            let lines = told["rows"].as_array().expect("rows");
            let sum: i128 = lines.iter().map(|line| pico(amount(line["amount"].as_str().unwrap_or("0")))).sum();
            prop_assert_eq!(sum, pico(balance.balance), "{}", told);
        }
        for row in rows.iter().take(8) {
            let question = json!({ "entries": items(rows), "entry": row.entry.seq });
            let told = offline::explain(&question).expect("an entry");
            prop_assert_eq!(&told["seq"], &json!(row.entry.seq));
            prop_assert!(!told["words"].as_array().expect("words").is_empty());
        }
    }
}

/// A wallet of 2 USD, of which a gift of 0.5 is for chats only.
fn small() -> Acting {
    let mut acting = Acting::with(&catalogues()[0]);
    acting.credit("USD", "1.5");
    let mut gift = asked::credit(Asset::new("USD", 6).expect("an asset"), amount("0.5"));
    gift.purpose = Purpose::Promotion;
    gift.expires_at = Some(second(1_000));
    gift.scope.event_types = ["chat".to_owned()].into();
    acting.act(1, Action::Credit(gift)).expect("credited");
    acting
}

fn words(told: &Value) -> Vec<&str> {
    let words = told["words"].as_array().expect("words");
    words
        .iter()
        .map(|word| word.as_str().expect("text"))
        .collect()
}

#[test]
fn an_entry_says_rate_times_quantity_who_paid_and_what_was_before() {
    let mut acting = small();
    let event = events_of(&chats(&["42".into()])).remove(0);
    let entry = acting
        .act(50, Action::RecordUsage { event })
        .expect("a fact");
    let told = offline::explain(&json!({ "entries": acting.entries(), "entry": entry.seq }));
    let told = told.expect("an entry");
    let at = scrip::wire::time::format(second(50));
    let grant = |seq: u64| scrip::wire::ids::of_wallet("grant", &acting.wallet.customer, seq);
    assert_eq!(
        words(&told),
        [
            format!("Usage (chat) at {at}."),
            "Tokens: 42 tokens at 0.13 per 7 = 0.78 USD.".to_owned(),
            format!("0.28 USD was paid by {}.", grant(3)),
            format!("0.5 USD was paid by {}.", grant(4)),
            "The balance of default:USD went from 2 to 1.22.".to_owned(),
        ]
    );
    assert_eq!(told["prices"][0]["volume_rate"], "0.13");
    // The receipt that the API shows is told in the same words, without any history.
    let receipt = wallet::receipt(&acting.wallet, &acting.rows[4], &acting.rows[3].hash, false);
    let receipt: Value = serde_json::from_str(&receipt).expect("JSON");
    let again = offline::explain(&json!({ "receipt": receipt })).expect("a receipt");
    assert_eq!(again["words"], told["words"]);
}

#[test]
fn a_balance_says_what_came_and_went_and_what_is_left_of_which_credit() {
    let mut acting = small();
    let event = events_of(&chats(&["42".into()])).remove(0);
    acting
        .act(50, Action::RecordUsage { event })
        .expect("a fact");
    acting
        .decides(60, &chats(&["7".into()]))
        .expect("affordable");
    let question = json!({ "entries": acting.entries(), "account": "default:USD" });
    let told = offline::explain(&question).expect("a balance");
    let lines = |told: &Value| -> Vec<(String, String)> {
        let rows = told["rows"].as_array().expect("rows").iter();
        rows.map(|row| (text(row, "what"), text(row, "amount")))
            .collect()
    };
    let line = |what: &str, sum: &str| (what.to_owned(), sum.to_owned());
    assert_eq!(lines(&told), [line("Gift", "2"), line("Usage", "-0.78")]);
    assert_eq!(told["balance"], "1.22");
    assert_eq!(told["grants"].as_array().map(Vec::len), Some(1));
    // What time does is in it as well, though nobody has written it down.
    let mut fresh = small();
    let mut later = asked::credit(Asset::new("USD", 6).expect("an asset"), amount("9"));
    later.effective_at = Some(second(5_000));
    fresh.act(2, Action::Credit(later)).expect("credited");
    let question = json!({ "entries": fresh.entries(), "account": "default:USD", "at": at(2_000) });
    let told = offline::explain(&question).expect("a balance");
    let expected = [
        line("Gift", "11"),
        line("Credit expired", "-0.5"),
        line("Credit that begins later", "-9"),
    ];
    assert_eq!(lines(&told), expected);
    assert_eq!(told["balance"], "1.5");
}

fn text(row: &Value, name: &str) -> String {
    row[name].as_str().expect("text").to_owned()
}

#[test]
fn a_denial_says_what_is_missing_and_what_would_pass() {
    let acting = small();
    let events = chats(&["700".into()]);
    let question = json!({ "entries": acting.entries(), "events": events });
    let told = offline::explain(&question).expect("a decision");
    assert_eq!(told["code"], "insufficient_funds");
    let expected = [
        "13 USD is needed and 2 USD is available, so 11 USD is missing.",
        "2 USD would pass now.",
        "Of 700 tokens 107 would pass now.",
    ];
    let words = words(&told);
    for sentence in expected {
        assert!(words.contains(&sentence), "{words:?}");
    }
    // The API's own denial is told in the same words.
    let refusal = acting.decides(0, &events).expect_err("denied");
    let body: Value =
        serde_json::from_str(&denied(&refusal, None).expect("a denial")).expect("JSON");
    let again = offline::explain(&json!({ "denial": body })).expect("a denial");
    assert_eq!(again["words"], told["words"]);
    let affordable = offline::affordable(&json!({ "entries": acting.entries(), "field": "tokens",
        "event": { "event_type": "chat" } }));
    let affordable = affordable.expect("an answer");
    assert_eq!(affordable["volume"], "107");
    assert_eq!(
        affordable["totals"],
        json!([{ "asset": "USD", "amount": "1.987143" }])
    );
    assert_eq!(
        affordable["limited_by"]["shortfall"][0]["amount"],
        "0.005714"
    );
}

#[test]
fn balances_alone_answer_as_their_history_does() {
    for seed in 0..120 {
        let mut dice = Dice(seed + 31_000);
        let acting = any_wallet(&mut dice, seed);
        // Without tiers that were moved, and without credit that begins or ends: balances do not tell of them.
        let prices = catalogues()[0].clone();
        let shown = wallet::accounts(&acting.wallet, second(100));
        let shown: Value = serde_json::from_str(&shown).expect("JSON");
        let mut shown = shown;
        for account in shown["accounts"].as_array_mut().expect("accounts") {
            account["precision"] = json!(6);
        }
        let mut question = json!({ "prices": prices, "at": at(100), "field": "tokens",
            "event": { "event_type": "chat" } });
        question["wallet"] = shown;
        let from_balances = offline::affordable(&question).expect("an answer");
        question
            .as_object_mut()
            .expect("an object")
            .remove("wallet");
        question["entries"] = acting.entries();
        let from_history = offline::affordable(&question).expect("an answer");
        assert_eq!(from_balances["volume"], from_history["volume"], "{seed}");
    }
}

#[test]
fn without_a_wallet_a_simulation_is_an_estimate() {
    let events = chats(&["5".into(), "30".into()]);
    for prices in catalogues() {
        let told = offline::simulate(&json!({ "prices": prices, "events": events }));
        let told = told.expect("an answer");
        let estimate = estimate::estimate(&events, &prices, Instant::default());
        let estimate = serde_json::to_value(estimate.expect("an estimate")).expect("JSON");
        for name in ["fees", "totals", "warnings"] {
            assert_eq!(told[name], estimate[name], "{name}");
        }
        assert_eq!(told["wallet"], Value::Null);
    }
}

#[test]
fn other_prices_are_tried_against_the_same_wallet_and_time_passes_between_events() {
    let acting = small();
    let dear = json!([price(
        &json!({}),
        &in_usd(&json!([{ "volume_rate": "0.1" }]))
    )]);
    let mut events = chats(&["3".into(), "3".into()]);
    events[1]["occurred_at"] = at(1_500);
    let question = json!({ "entries": acting.entries(), "prices": dear, "events": events });
    let told = offline::simulate(&question).expect("an answer");
    assert_eq!(told["totals"], json!([{ "asset": "USD", "amount": "0.6" }]));
    let kinds: Vec<String> = told["entries"]
        .as_array()
        .expect("entries")
        .iter()
        .map(|entry| text(entry, "type"))
        .collect();
    assert_eq!(kinds, ["usage_recorded", "grant_expired", "usage_recorded"]);
    assert_eq!(told["entries"][0]["event"], 0);
    assert_eq!(told["entries"][1].get("event"), None);
    assert_eq!(told["entries"][2]["event"], 1);
    // The gift pays 0.3 and ends with what is left of it; then the paid credit pays.
    assert_eq!(told["wallet"]["accounts"][0]["balance"], "1.2");
    assert_eq!(told["wallet"]["accounts"][0]["restricted"], json!([]));
}

type Answer = fn(&Value) -> Result<Value, scrip::wire::Problem>;

/// What is wrong, as a sentence of a field.
fn refused(ask: Answer, entries: &Value, question: Value, field: &str, sentence: &str) {
    let mut question = question;
    if let Some(fields) = question.as_object_mut()
        && fields.remove("history").is_some()
    {
        fields.insert("entries".to_owned(), entries.clone());
    }
    let problem = ask(&question).expect_err("a problem");
    let told = problem.errors.by_field().get(field).cloned();
    let told = told.unwrap_or_default().join(" ");
    assert!(told.contains(sentence), "{field}: {:?}", problem.errors);
}

#[test]
fn what_cannot_be_afforded_or_simulated_says_why() {
    let entries = small().entries();
    let event = json!({ "event_type": "chat" });
    let affordable: Answer = offline::affordable;
    let simulate: Answer = offline::simulate;
    for (ask, question, field, sentence) in [
        (
            affordable,
            json!({ "event": event, "field": "tokens" }),
            "entries",
            "is required",
        ),
        (
            affordable,
            json!({ "history": 1, "event": event }),
            "field",
            "is required",
        ),
        (
            affordable,
            json!({ "history": 1, "event": event, "field": "token" }),
            "field",
            "is multiplied by no price of event_type chat",
        ),
        (
            affordable,
            json!({ "history": 1, "event": event, "field": "tokens", "places": 13 }),
            "places",
            "from 0 to 12",
        ),
        (
            affordable,
            json!({ "history": 1, "event": event, "field": "tokens", "most": "-1" }),
            "most",
            "must not be negative",
        ),
        (
            affordable,
            json!({ "history": 1, "events": [event], "field": "tokens" }),
            "events",
            "is not one of",
        ),
        (
            simulate,
            json!({ "history": 1 }),
            "events",
            "must be a list",
        ),
        (simulate, json!([]), "question", "must be an object"),
        (
            simulate,
            json!({ "history": 1, "wallet": { "accounts": [] }, "events": [event] }),
            "wallet",
            "must be left out",
        ),
        (
            simulate,
            json!({ "history": 1, "events": [event], "at": "yesterday" }),
            "at",
            "must be a Date",
        ),
    ] {
        refused(ask, &entries, question, field, sentence);
    }
}

#[test]
fn what_cannot_be_explained_says_why() {
    let entries = small().entries();
    for (question, field, sentence) in [
        (
            json!({ "history": 1 }),
            "question",
            "must say what to explain",
        ),
        (json!({ "history": 1, "entry": 99 }), "entry", "from 1 to 4"),
        (
            json!({ "history": 1, "account": "default:EUR" }),
            "account",
            "is none of this wallet",
        ),
        (json!({ "entry": 1 }), "entries", "is required"),
        (json!({ "events": [] }), "entries", "is required, or wallet"),
    ] {
        refused(offline::explain, &entries, question, field, sentence);
    }
}
