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
