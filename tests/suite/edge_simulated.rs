//! The simulated processor: confirming, money that takes its time, refunds. Whatever is pressed in whatever
//! order, what is credited is what was paid and not refunded.

use std::collections::BTreeSet;

use scrip::worker::edge::reply::{Kind, Reply};
use serde_json::{Value, json};

use crate::edge_cases::{path_of, text, top_up_of};
use crate::edge_races::for_each_seed;
use crate::simulation::seed_from_env;
use crate::world::{Asked, Fault, Lost, Memory, NOW, Sent, get, post, press, sent};

struct Paying {
    world: Memory,
    customer: String,
    id: String,
    page: String,
}

impl Paying {
    fn new() -> Self {
        let world = Memory::new();
        let acme = json!({"name": "Acme", "external_id": "acme"});
        let customer = text(&world.get(&post("/v1/customers", acme), 201), "id");
        let made = world.get(&post("/v1/top-ups", top_up_of(&customer)), 201);
        Self {
            customer,
            id: text(&made, "id"),
            page: path_of(&text(&made, "redirect_url")),
            world,
        }
    }

    fn press(&self, action: &str) -> Reply {
        self.world.one(&press(&self.page, action))
    }

    fn look(&self) -> Reply {
        let mut sent = get(&self.page);
        sent.api_key = None;
        self.world.one(&sent)
    }

    fn status(&self) -> String {
        status(&self.world, &self.id)
    }

    fn balance(&self) -> String {
        balance(&self.world, &self.customer)
    }
}

fn status(world: &Memory, id: &str) -> String {
    text(&world.get(&get(format!("/v1/top-ups/{id}")), 200), "status")
}

fn balance(world: &Memory, customer: &str) -> String {
    let wallet = world.get(&get(format!("/v1/customers/{customer}/wallet")), 200);
    let balance = wallet["accounts"][0]["balance"].as_str();
    balance.unwrap_or("0").to_owned()
}

fn has(reply: &Reply, status: u16, words: &[&str]) {
    assert_eq!(reply.status, status, "{}", reply.body);
    for word in words {
        assert!(reply.body.contains(word), "{word}: {}", reply.body);
    }
}

#[test]
fn a_payer_who_is_asked_to_confirm_pays_on_the_second_page_or_fails() {
    for (button, ends, credited) in [("pay", "succeeded", "20"), ("decline", "failed", "0")] {
        let paying = Paying::new();
        let asked = paying.press("secure");
        let second = format!("{}?step=secure", paying.page);
        assert_eq!((asked.status, asked.body.as_str()), (303, second.as_str()));
        assert_eq!(paying.status(), "initiated");
        let page = paying.world.one(&get(&second));
        has(
            &page,
            200,
            &[
                "Confirm the payment",
                "20.00",
                "value=\"pay\"",
                "value=\"decline\"",
            ],
        );
        let Kind::Page { policy } = &page.kind else {
            panic!("no page")
        };
        assert!(
            policy.contains("form-action 'self' https://shop.example"),
            "{policy}"
        );
        assert_eq!(paying.press(button).status, 303);
        assert_eq!(
            (paying.status().as_str(), paying.balance().as_str()),
            (ends, credited)
        );
        // Once it is decided, the second page shows what has become of it.
        assert!(
            !paying
                .world
                .one(&get(&second))
                .body
                .contains("Confirm the payment")
        );
    }
}

#[test]
fn money_that_takes_its_time_is_credited_when_it_arrives_and_never_before() {
    for (button, ends, credited) in [("settle", "succeeded", "20"), ("fail", "failed", "0")] {
        let paying = Paying::new();
        for _ in 0..2 {
            let accepted = paying.press("delay");
            assert_eq!(
                (accepted.status, accepted.body.as_str()),
                (303, "https://shop.example/thanks")
            );
        }
        // The link's end is for who has not paid.
        paying.world.clock.set(NOW + 3 * 86_400_000);
        assert_eq!(
            (paying.status().as_str(), paying.balance().as_str()),
            ("pending", "0")
        );
        has(&paying.look(), 200, &["Waiting for the money", "20.00"]);
        for other in ["pay", "decline"] {
            has(&paying.press(other), 409, &["Waiting for the money"]);
        }
        let end = sent("DELETE", format!("/v1/top-ups/{}", paying.id), Value::Null);
        assert_eq!(paying.world.get(&end, 409)["code"], "wrong_state");
        let links = format!("/v1/customers/{}/payment-links", paying.customer);
        paying.world.get(&sent("DELETE", links, Value::Null), 204);
        assert_eq!(paying.status(), "pending");
        assert_eq!(paying.press(button).status, 303);
        assert_eq!(
            (paying.status().as_str(), paying.balance().as_str()),
            (ends, credited)
        );
        let other = if button == "settle" { "fail" } else { "settle" };
        assert_eq!(paying.press(other).status, 409);
        assert_eq!(
            (paying.status().as_str(), paying.balance().as_str()),
            (ends, credited)
        );
    }
}

#[test]
fn money_arrives_for_no_top_up_that_was_not_accepted() {
    let paying = Paying::new();
    for button in ["settle", "fail", "refund"] {
        assert_eq!(paying.press(button).status, 409, "{button}");
    }
    assert_eq!(
        (paying.status().as_str(), paying.balance().as_str()),
        ("initiated", "0")
    );
    assert_eq!(paying.press("pay").status, 303);
    for button in ["settle", "fail", "delay"] {
        paying.press(button);
    }
    assert_eq!(
        (paying.status().as_str(), paying.balance().as_str()),
        ("succeeded", "20")
    );
}

#[test]
fn a_refund_takes_the_credit_back_once_and_what_was_spent_is_owed() {
    let paying = Paying::new();
    paying.press("pay");
    has(
        &paying.look(),
        200,
        &[
            "Paid",
            "Added: ",
            "value=\"refund\"",
            "https://shop.example/thanks",
        ],
    );
    let charges = format!("/v1/customers/{}/wallet/charges", paying.customer);
    let spent = json!({"transaction_id": "t", "asset": "USD", "amount": "5"});
    paying.world.get(&post(charges, spent), 201);
    for _ in 0..2 {
        let page = paying.press("refund");
        has(&page, 200, &["Refunded", "Taken back: "]);
        assert!(!page.body.contains("value=\"refund\""));
        assert_eq!(paying.balance(), "-5");
    }
    assert_eq!(paying.status(), "succeeded", "it was paid");
    has(&paying.look(), 200, &["Refunded"]);
}

#[test]
fn a_refund_that_was_interrupted_is_finished_by_the_next_press() {
    for (asked, place) in [(Asked::Wallet, 0), (Asked::Directory, 1)] {
        for lost in [Lost::Question, Lost::Answer] {
            let paying = Paying::new();
            paying.press("pay");
            paying.world.break_at(Fault { asked, place, lost });
            assert_eq!(paying.press("refund").status, 503, "{asked:?} {lost:?}");
            paying.world.mend();
            has(&paying.press("refund"), 200, &["Refunded"]);
            assert_eq!(paying.balance(), "0");
        }
    }
}

#[test]
fn whatever_is_pressed_at_once_the_balance_is_what_was_paid_and_not_refunded() {
    let paying = Paying::new();
    let buttons = [
        "delay", "pay", "settle", "decline", "secure", "refund", "fail", "pay", "settle",
    ];
    let all: Vec<Sent> = buttons
        .iter()
        .map(|action| press(&paying.page, action))
        .collect();
    let seen = std::cell::RefCell::new(BTreeSet::new());
    for_each_seed(|seed| {
        let world = paying.world.copy();
        let replies = world.race(&all, seed);
        assert!(
            replies
                .iter()
                .all(|reply| matches!(reply.status, 200 | 303 | 409))
        );
        let row = &world.rows("SELECT refunded_at, status FROM top_up")[0];
        let refunded = row["refunded_at"].is_i64();
        let ends = status(&world, &paying.id);
        let expected = if ends == "succeeded" && !refunded {
            "20"
        } else {
            "0"
        };
        assert_eq!(
            balance(&world, &paying.customer),
            expected,
            "{ends} {refunded}"
        );
        seen.borrow_mut().insert((ends, refunded));
    });
    if seed_from_env().is_none() {
        assert!(seen.borrow().len() > 3, "{seen:?}");
    }
}

#[test]
fn what_a_subscription_lacks_is_not_asked_for_again_while_its_money_is_on_its_way() {
    let world = Memory::new();
    let price = json!({"name": "Base fee", "type": "fixed",
        "billing_model": {"type": "recurring", "recurring": {"interval": "month", "interval_count": 1}},
        "pricing": [{"asset": "USD", "values": [{"unit_price": "1000"}]}]});
    let plan = json!({"code": "plan", "name": "Plan", "publish": true, "prices": [price]});
    world.get(&post("/v1/products", plan), 201);
    let subscriptions = json!([{"products": [{"code": "plan"}]}]);
    let acme = json!({"name": "Acme", "external_id": "acme", "subscriptions": subscriptions});
    let acme = world.get(&post("/v1/customers", acme), 201);
    let link = path_of(&text(
        &acme["subscriptions"][0]["required_actions"][0],
        "redirect_url",
    ));
    let opened = || path_of(&world.one(&get(&link)).body);
    let page = opened();
    assert_eq!(world.one(&press(&page, "delay")).status, 303);
    // After the end of the link, and before the grace of the subscription.
    world.clock.set(NOW + 2 * 86_400_000);
    assert_eq!(opened(), page);
    assert_eq!(world.rows("SELECT 1 FROM top_up").len(), 1);
    assert_eq!(world.one(&press(&page, "settle")).status, 303);
    let shown = world.get(&get(format!("/v1/customers/{}", text(&acme, "id"))), 200);
    assert_eq!(shown["subscriptions"][0]["status"], "active");
}

impl Paying {
    fn paid() -> Self {
        let paying = Self::new();
        assert_eq!(paying.press("pay").status, 303);
        paying
    }

    fn copy(&self) -> Self {
        Self {
            world: self.world.copy(),
            customer: self.customer.clone(),
            id: self.id.clone(),
            page: self.page.clone(),
        }
    }

    fn settings(&self, settings: Value) {
        let path = "/v1/accounts/self/settings";
        self.world.get(&sent("PATCH", path, settings), 200);
    }

    /// What an authorization answers: its decision, or the code of its denial.
    fn authorize(&self, id: &str) -> String {
        let body = json!({"id": id, "customer_id": self.customer, "asset": "USD", "amount": "1"});
        let answer = self.world.get(&post("/v1/authorize", body), 200);
        let code = answer["code"].as_str().map(str::to_owned);
        code.unwrap_or_else(|| text(&answer, "decision"))
    }

    fn losses(&self) -> Vec<String> {
        let wallet = format!("acc_default/test/{}", self.customer);
        let facts = self.world.entries(&wallet).into_iter();
        let losses = facts.filter(|entry| entry["fact"]["type"] == "payment_loss");
        losses.map(|entry| text(&entry["fact"], "cause")).collect()
    }
}

#[test]
fn a_payment_is_refunded_in_parts_and_each_number_is_one_refund() {
    let paying = Paying::paid();
    has(&paying.look(), 200, &["name=\"number\" value=\"1\""]);
    for _ in 0..2 {
        let page = paying.press("refund&number=1&amount=5");
        has(
            &page,
            200,
            &[
                "<h1>Paid</h1>",
                "Refunded: ",
                "5.00",
                "name=\"number\" value=\"2\"",
                "value=\"15\"",
            ],
        );
        assert_eq!(paying.balance(), "15");
    }
    for (form, sentence) in [
        ("refund&number=1&amount=6", "Refund 1 is of 5"),
        (
            "refund&number=2&amount=15.01",
            "15 USD of this payment are left",
        ),
        (
            "refund&number=2&amount=0",
            "15 USD of this payment are left",
        ),
        (
            "refund&number=2&amount=-1",
            "15 USD of this payment are left",
        ),
        (
            "refund&number=2&amount=1.001",
            "15 USD of this payment are left",
        ),
        ("refund&number=2&amount=five", "The amount is no number"),
        ("refund&number=0", "a number from 1 to 99"),
        ("refund_failed&number=2", "no refund that could fail"),
    ] {
        has(&paying.press(form), 409, &["Nothing happened", sentence]);
        assert_eq!(paying.balance(), "15", "{form}");
    }
    // What is left, as no amount is said.
    has(
        &paying.press("refund&number=2"),
        200,
        &["<h1>Refunded</h1>", "20.00"],
    );
    assert_eq!(paying.balance(), "0");
    has(
        &paying.press("refund&number=3"),
        409,
        &["0 USD of this payment are left"],
    );
    assert_eq!(paying.losses(), ["refunded", "refunded"]);
}

#[test]
fn a_refund_that_fails_gives_the_credit_back_and_another_one_can_follow() {
    let paying = Paying::paid();
    has(
        &paying.press("refund_failed"),
        409,
        &["no refund that could fail"],
    );
    paying.press("refund");
    assert_eq!(paying.balance(), "0");
    for _ in 0..2 {
        has(
            &paying.press("refund_failed&number=1"),
            200,
            &["<h1>Paid</h1>", "value=\"refund\""],
        );
        assert_eq!(paying.balance(), "20");
    }
    has(
        &paying.press("refund&number=2"),
        200,
        &["<h1>Refunded</h1>"],
    );
    assert_eq!(paying.balance(), "0");
    assert_eq!(paying.losses(), ["refunded", "refund_failed", "refunded"]);
}

#[test]
fn a_dispute_freezes_by_setting_and_its_end_decides_what_was_taken() {
    for (buttons, balance, losses) in [
        (
            vec!["withdraw", "win"],
            "20",
            vec!["funds_withdrawn", "funds_reinstated"],
        ),
        (vec!["withdraw", "lose"], "0", vec!["funds_withdrawn"]),
        (vec!["win"], "20", vec![]),
        (vec!["lose"], "0", vec!["funds_withdrawn"]),
    ] {
        let paying = Paying::paid();
        paying.settings(json!({"freeze_on_dispute": true}));
        assert_eq!(paying.authorize("a1"), "approved");
        for _ in 0..2 {
            has(
                &paying.press("dispute"),
                200,
                &["Disputed: ", "No money was taken", "value=\"win\""],
            );
        }
        assert_eq!(paying.authorize("a2"), "wallet_frozen", "{buttons:?}");
        for button in &buttons {
            for _ in 0..2 {
                has(&paying.press(button), 200, &["Disputed: "]);
            }
        }
        assert_eq!(
            (paying.balance().as_str(), paying.losses()),
            (
                balance,
                losses.iter().map(|&word| word.to_owned()).collect()
            ),
            "{buttons:?}"
        );
        let word = buttons
            .last()
            .map_or("", |last| if *last == "win" { "won" } else { "lost" });
        has(&paying.look(), 200, &[&format!("The dispute was {word}.")]);
        let frozen = paying.authorize("a3") == "wallet_frozen";
        assert!(!frozen, "{buttons:?}: the dispute is over");
        let other = if word == "won" { "lose" } else { "win" };
        has(&paying.press(other), 409, &["The dispute is over."]);
        assert_eq!(paying.balance(), balance, "{buttons:?}");
    }
}

#[test]
fn a_dispute_does_not_freeze_unless_it_is_set_and_an_inquiry_does_nothing() {
    let paying = Paying::paid();
    for early in ["withdraw", "win", "lose"] {
        has(&paying.press(early), 409, &["There is no dispute"]);
    }
    paying.settings(json!({"freeze_on_dispute": true}));
    has(
        &paying.press("inquiry"),
        200,
        &["An inquiry is open", "No money moves"],
    );
    assert_eq!(paying.authorize("a1"), "approved");
    paying.settings(json!({"freeze_on_dispute": false}));
    paying.press("dispute");
    assert_eq!(paying.authorize("a2"), "approved");
    assert!(paying.losses().is_empty());
}

#[test]
fn a_refund_and_a_dispute_together_never_take_more_than_was_paid() {
    let paying = Paying::paid();
    paying.press("refund&amount=5");
    has(&paying.press("dispute"), 200, &["15.00"]);
    paying.press("withdraw");
    assert_eq!(paying.balance(), "0");
    has(
        &paying.press("refund&number=2"),
        409,
        &["0 USD of this payment are left"],
    );
    // By the API somebody has refunded in between: what the bank takes later is what was left of it.
    let other = Paying::paid();
    other.press("dispute");
    let refund = json!({"payment_id": other.id, "refund_id": "rf_1", "amount": "8"});
    let path = format!("/v1/customers/{}/wallet/refunds", other.customer);
    other.world.get(&post(path, refund), 201);
    other.press("lose");
    assert_eq!(other.balance(), "0");
}

#[test]
fn every_button_that_was_interrupted_is_finished_by_the_next_press_or_look() {
    for (before, button) in [
        (vec![], "refund&number=1&amount=5"),
        (vec!["refund"], "refund_failed&number=1"),
        (vec![], "dispute"),
        (vec!["dispute"], "withdraw"),
        (vec!["dispute", "withdraw"], "win"),
        (vec!["dispute"], "lose"),
    ] {
        let start = || {
            let paying = Paying::paid();
            paying.settings(json!({"freeze_on_dispute": true}));
            before.iter().for_each(|button| {
                paying.press(button);
            });
            paying
        };
        let begun = start();
        let whole = begun.copy();
        assert_eq!(whole.press(button).status, 200, "{button}");
        let ends = |paying: &Paying| (paying.balance(), paying.losses(), paying.authorize("end"));
        let expected = ends(&whole);
        let mut broken = 0;
        for (asked, lost) in [
            (Asked::Wallet, Lost::Question),
            (Asked::Wallet, Lost::Answer),
            (Asked::Directory, Lost::Question),
            (Asked::Directory, Lost::Answer),
        ] {
            for place in 0..9 {
                for by_look in [false, true] {
                    let paying = begun.copy();
                    paying.world.break_at(Fault { asked, place, lost });
                    let status = paying.press(button).status;
                    paying.world.mend();
                    if status != 503 {
                        continue;
                    }
                    broken += 1;
                    let told = format!("{button} {asked:?} {place} {lost:?} {by_look}");
                    if by_look {
                        has(&paying.look(), 200, &[]);
                    }
                    has(&paying.press(button), 200, &[]);
                    assert_eq!(ends(&paying), expected, "{told}");
                }
            }
        }
        assert!(broken > 10, "{button}: {broken}");
    }
}

/// The law of it: what is left is what was paid, less what went back and stayed there.
#[test]
fn whatever_becomes_of_a_payment_the_balance_is_what_stayed_paid() {
    let buttons = [
        "refund&number=1&amount=5",
        "refund_failed&number=1",
        "dispute",
        "withdraw",
        "win",
        "lose",
        "refund&number=2&amount=7",
        "refund_failed&number=2",
    ];
    let paying = Paying::paid();
    let all: Vec<Sent> = buttons
        .iter()
        .map(|button| press(&paying.page, button))
        .collect();
    let seen = std::cell::RefCell::new(BTreeSet::new());
    for_each_seed(|seed| {
        let world = paying.world.copy();
        for reply in world.race(&all, seed) {
            assert!(matches!(reply.status, 200 | 409), "{}", reply.body);
        }
        let told = world.rows("SELECT what, id, amount, reason FROM payment_claim");
        let of = |what: &str, id: &str| {
            told.iter()
                .find(|row| row["what"] == what && row["id"] == *id)
        };
        let mut lost = 0;
        for (number, amount) in [("", 5), (":2", 7)] {
            let id = format!("{}{number}", paying.id);
            if of("refunded", &id).is_some() && of("refund_failed", &id).is_none() {
                lost += amount;
            }
        }
        let dispute = format!("dp_{}", paying.id);
        let taken = of("funds_withdrawn", &dispute);
        let given = of("funds_reinstated", &dispute);
        if let (Some(taken), None) = (taken, given) {
            let amount = taken["amount"]
                .as_str()
                .and_then(|text| text.parse::<i64>().ok());
            lost += amount.unwrap_or_default();
        }
        assert_eq!(
            balance(&world, &paying.customer),
            (20 - lost.min(20)).to_string(),
            "{told:?}"
        );
        let ended = of("dispute_closed", &dispute).map(|row| text(row, "reason"));
        // A dispute that was won takes nothing, and one that was lost has taken.
        match ended.as_deref() {
            Some("won") => assert_eq!(taken.is_some(), given.is_some(), "{told:?}"),
            Some(_) => assert!(taken.is_some() && given.is_none(), "{told:?}"),
            None => {}
        }
        seen.borrow_mut().insert((lost, ended));
    });
    if seed_from_env().is_none() {
        assert!(seen.borrow().len() > 5, "{seen:?}");
    }
}

// Cards.

/// A customer with 25 USD, a card that pays, and a rule that names it and fills in 50 at 10.
struct Carded {
    world: Memory,
    customer: String,
    card: String,
}

impl Carded {
    fn new() -> Self {
        let world = Memory::new();
        let acme = json!({"name": "Acme", "external_id": "acme"});
        let customer = text(&world.get(&post("/v1/customers", acme), 201), "id");
        let mut carded = Self {
            world,
            customer,
            card: String::new(),
        };
        let gift =
            json!({"transaction_id": "start", "asset": "USD", "amount": "25", "reason": "gift"});
        carded
            .world
            .get(&post(carded.path("wallet/adjustments"), gift), 201);
        let added = post(carded.path("payment-methods"), json!({"card": "ok"}));
        carded.card = text(&carded.world.get(&added, 201), "id");
        let rule = json!({"threshold": "10", "amount": "50", "payment_method": carded.card});
        carded
            .world
            .get(&sent("PUT", carded.path("wallet/recharge/USD"), rule), 200);
        carded
    }

    fn path(&self, rest: &str) -> String {
        format!("/v1/customers/{}/{rest}", self.customer)
    }

    fn happens(&self, event: &str) -> Sent {
        let path = self.path(&format!("payment-methods/{}/simulate", self.card));
        post(path, json!({"event": event}))
    }

    fn spend(&self) {
        let spent = json!({"transaction_id": "t", "asset": "USD", "amount": "20"});
        self.world
            .get(&post(self.path("wallet/charges"), spent), 201);
    }

    fn wallet(&self) -> String {
        format!("acc_default/test/{}", self.customer)
    }

    fn pass(&self, seconds: i64) {
        self.world.pass(&self.wallet(), seconds);
    }

    fn rule(&self) -> Value {
        self.world.get(&get(self.path("wallet/recharge/USD")), 200)
    }

    fn methods(&self) -> Vec<Value> {
        let all = self.world.get(&get(self.path("payment-methods")), 200);
        all["items"].as_array().cloned().unwrap_or_default()
    }
}

#[test]
fn a_card_that_expired_is_declined_and_pays_again_once_it_is_renewed() {
    let carded = Carded::new();
    for _ in 0..2 {
        carded.world.get(&carded.happens("expired"), 204);
    }
    assert_eq!(carded.methods()[0]["state"], "expired");
    carded.spend();
    carded.pass(0);
    let rule = carded.rule();
    assert_eq!(
        (&rule["state"], &rule["last_attempt"]["code"]),
        (&json!("waiting"), &json!("expired_card"))
    );
    assert_eq!(balance(&carded.world, &carded.customer), "5");
    carded.world.get(&carded.happens("updated"), 204);
    let renewed = &carded.methods()[0];
    assert_eq!(
        (&renewed["state"], &renewed["last4"]),
        (&json!("good"), &json!("1881"))
    );
    // As after any decline: an hour later.
    carded.pass(3_600);
    assert_eq!(balance(&carded.world, &carded.customer), "55");
}

#[test]
fn a_card_that_is_taken_away_turns_the_rule_off_that_names_it() {
    let carded = Carded::new();
    for _ in 0..2 {
        carded.world.get(&carded.happens("detached"), 204);
        assert_eq!(carded.rule()["because"], "payment_method_removed");
        assert!(carded.methods().is_empty());
    }
    carded.world.get(&carded.happens("updated"), 404);
    carded.spend();
    carded.pass(3_600);
    assert_eq!(balance(&carded.world, &carded.customer), "5");
}

#[test]
fn nothing_happens_to_a_card_of_somebody_else_or_by_another_word() {
    let carded = Carded::new();
    let before = carded.world.everything();
    carded.world.get(&carded.happens("stolen"), 422);
    let other = json!({"name": "Other", "external_id": "other"});
    let other = text(&carded.world.get(&post("/v1/customers", other), 201), "id");
    let path = format!(
        "/v1/customers/{other}/payment-methods/{}/simulate",
        carded.card
    );
    carded
        .world
        .get(&post(path, json!({"event": "detached"})), 404);
    let path = carded.path("payment-methods/pmt_none/simulate");
    carded
        .world
        .get(&post(path, json!({"event": "detached"})), 404);
    let after = carded.world.everything();
    let cards = |lines: &[String]| {
        let cards = lines.iter().filter(|line| line.contains("payment_method"));
        cards.cloned().collect::<Vec<_>>()
    };
    assert_eq!(cards(&after), cards(&before));
}

#[test]
fn the_page_that_adds_a_card_lets_things_happen_to_those_that_are_there() {
    let carded = Carded::new();
    let urls = crate::edge_cases::with_urls(json!({}));
    let made = post(carded.path("payment-methods/sessions"), urls);
    let link = path_of(&text(&carded.world.get(&made, 201), "redirect_url"));
    let look = || carded.world.one(&get(&link));
    has(
        &look(),
        200,
        &[
            "Card ending in 4242: good",
            "value=\"detached\"",
            &carded.card,
        ],
    );
    for (word, shown) in [
        ("expired", "Card ending in 4242: expired"),
        ("updated", "Card ending in 1881: good"),
    ] {
        let pressed = press(&link, &format!("{word}&method={}", carded.card));
        let reply = carded.world.one(&pressed);
        assert_eq!((reply.status, reply.body.as_str()), (303, link.as_str()));
        has(&look(), 200, &[shown]);
    }
    // Without a card the word is that of a new one, which is over.
    assert_eq!(
        carded.world.one(&press(&link, "expired")).body,
        "https://shop.example/thanks"
    );
    let last4 = |one: &Value| text(one, "last4");
    assert_eq!(
        carded.methods().iter().map(last4).collect::<Vec<_>>(),
        ["1881", "0069"]
    );
}

#[test]
fn a_card_event_that_was_interrupted_is_finished_by_the_next_one() {
    for event in ["expired", "updated", "detached"] {
        let begun = Carded::new();
        let whole = begun.world.copy();
        whole.get(&begun.happens(event), 204);
        let mut broken = 0;
        for asked in [Asked::Directory, Asked::Wallet] {
            for place in 0..4 {
                for lost in [Lost::Question, Lost::Answer] {
                    let world = begun.world.copy();
                    world.break_at(Fault { asked, place, lost });
                    let reply = world.one(&begun.happens(event));
                    world.mend();
                    if reply.status == 503 {
                        broken += 1;
                        world.get(&begun.happens(event), 204);
                    }
                    assert_eq!(
                        world.everything(),
                        whole.everything(),
                        "{event} {asked:?} {place}"
                    );
                }
            }
        }
        assert!(broken > 1, "{event}: {broken}");
    }
}
