//! The list of a customer's payments: each is there once, whoever took it, with its receipt and with what went
//! back; and nobody else's is.

use serde_json::{Value, json};

use crate::edge_cases::{path_of, text, top_up_of};
use crate::edge_stripe::key_of;
use crate::shop::{Shop, completed};
use crate::signed::{paid_event, standard_signed, stripe_event};
use crate::world::{Memory, block_on, get, post, press, sent};

fn customer(world: &Memory, external: &str) -> String {
    let body = json!({"name": external, "external_id": external});
    text(&world.get(&post("/v1/customers", body), 201), "id")
}

fn payments(world: &Memory, customer: &str) -> Vec<Value> {
    let page = world.get(&get(format!("/v1/customers/{customer}/payments")), 200);
    let items = page["items"].as_array().expect("items").clone();
    assert_eq!(page["total_count"], items.len());
    items
}

/// A top-up at the simulated processor, and the page where it is paid.
fn top_up(world: &Memory, customer: &str, amount: &str) -> (String, String) {
    let mut body = top_up_of(customer);
    body["amount"] = json!(amount);
    let made = world.get(&post("/v1/top-ups", body), 201);
    (text(&made, "id"), path_of(&text(&made, "redirect_url")))
}

fn only<'a>(all: &'a [Value], id: &str) -> &'a Value {
    let mut found = all.iter().filter(|one| one["id"] == id);
    let one = found.next().unwrap_or_else(|| panic!("no {id} in {all:?}"));
    assert!(found.next().is_none(), "{id} is there twice");
    one
}

#[test]
fn a_top_up_is_a_payment_from_when_it_is_decided_and_one_that_nobody_paid_is_none() {
    let world = Memory::new();
    let ada = customer(&world, "ada");
    let tops = ["20", "30", "40", "50"].map(|amount| top_up(&world, &ada, amount));
    assert!(payments(&world, &ada).is_empty());
    for ((_, page), action) in tops.iter().zip(["pay", "decline", "delay"]) {
        assert_eq!(world.one(&press(page, action)).status, 303);
    }
    let all = payments(&world, &ada);
    assert_eq!(all.len(), 3, "{all:?}");
    let paid = only(&all, &tops[0].0);
    assert_eq!(
        (&paid["kind"], &paid["status"]),
        (&json!("top_up"), &json!("succeeded"))
    );
    assert_eq!(
        (&paid["amount"], &paid["currency"]),
        (&json!("20"), &json!("USD"))
    );
    assert_eq!(paid["credit"], json!({"asset": "USD", "amount": "20"}));
    assert_eq!(paid["receipt"]["tax"], "0");
    let entry = world.get(
        &get(format!(
            "/v1/customers/{ada}/wallet/entries/{}/receipt",
            paid["entry"]
        )),
        200,
    );
    assert_eq!(entry["seq"], paid["entry"], "the row that it made");
    for (place, status) in [(1, "failed"), (2, "pending")] {
        let one = only(&all, &tops[place].0);
        assert_eq!(one["status"], status);
        assert_eq!(
            (&one["receipt"], &one["entry"]),
            (&Value::Null, &Value::Null),
            "{one}"
        );
    }
}

#[test]
fn what_went_back_stands_with_its_payment() {
    let world = Memory::new();
    let ada = customer(&world, "ada");
    let (id, page) = top_up(&world, &ada, "20");
    world.one(&press(&page, "pay"));
    let one = || only(&payments(&world, &ada), &id).clone();
    assert_eq!(
        (&one()["refunds"], &one()["disputes"]),
        (&json!([]), &json!([]))
    );
    world.one(&press(&page, "refund&number=1&amount=5"));
    world.one(&press(&page, "refund&number=2&amount=2"));
    world.one(&press(&page, "refund_failed"));
    let refunds = one()["refunds"].clone();
    let told: Vec<_> = refunds
        .as_array()
        .expect("refunds")
        .iter()
        .map(|one| (one["amount"].clone(), one["status"].clone()))
        .collect();
    assert_eq!(
        told,
        [
            (json!("5"), json!("succeeded")),
            (json!("2"), json!("failed"))
        ]
    );
    world.one(&press(&page, "dispute"));
    let dispute = one()["disputes"][0].clone();
    assert_eq!(
        (&dispute["amount"], &dispute["status"]),
        (&json!("15"), &json!("open"))
    );
    let (won, lost) = (world.copy(), world);
    won.one(&press(&page, "win"));
    lost.one(&press(&page, "lose"));
    for (world, status) in [(won, "won"), (lost, "lost")] {
        let all = payments(&world, &ada);
        assert_eq!(only(&all, &id)["disputes"][0]["status"], status);
    }
}

#[test]
fn a_refund_that_the_platform_makes_is_among_them() {
    let world = Memory::new();
    let ada = customer(&world, "ada");
    let (id, page) = top_up(&world, &ada, "20");
    world.one(&press(&page, "pay"));
    let body = json!({"refund_id": "r1", "payment_id": id, "amount": "3"});
    world.get(
        &post(format!("/v1/customers/{ada}/wallet/refunds"), body),
        201,
    );
    let all = payments(&world, &ada);
    let refunds = &only(&all, &id)["refunds"];
    assert_eq!(
        (&refunds[0]["amount"], &refunds[0]["status"]),
        (&json!("3"), &json!("succeeded"))
    );
}

#[test]
fn a_recharge_is_one_with_the_card_that_was_charged() {
    let world = Memory::new();
    let ada = customer(&world, "ada");
    let path = |rest: &str| format!("/v1/customers/{ada}/{rest}");
    world.get(&post(path("payment-methods"), json!({"card": "ok"})), 201);
    let rule = json!({"threshold": "10", "target": "40"});
    world.get(&sent("PUT", path("wallet/recharge/USD"), rule), 200);
    let wallet = format!("acc_default/test/{ada}");
    block_on(world.ring(&wallet)).expect("everybody answers");
    let all = payments(&world, &ada);
    let [one] = all.as_slice() else {
        panic!("{all:?}")
    };
    assert_eq!(
        (&one["kind"], &one["amount"]),
        (&json!("recharge"), &json!("40"))
    );
    assert_eq!(
        one["payment_method"],
        json!({"brand": "visa", "last4": "4242"})
    );
    assert!(
        one["entry"].is_u64() && one["id"].as_str().is_some_and(|id| id.starts_with("rch_")),
        "{one}"
    );
}

#[test]
fn a_payment_at_stripe_has_its_tax_and_its_receipt_and_is_there_once() {
    let shop = Shop::new();
    let made = shop.top_up(json!({}));
    let charge =
        json!({"receipt_url": "https://pay.stripe.example/r", "receipt_number": "1234-5678"});
    let session = shop.pays(
        json!({"amount_total": 2_380, "total_details": {"amount_tax": 380},
        "payment_intent": {"id": "pi_1", "latest_charge": charge}}),
    );
    shop.hears(&completed(&session));
    shop.read(&made);
    // Another one, of which no top-up knows.
    shop.world
        .get(&stripe_event(&shop.customer, "pi_other", 700), 200);
    let all = payments(&shop.world, &shop.customer);
    assert_eq!(all.len(), 2, "{all:?}");
    let receipt = json!({"amount": "23.8", "tax": "3.8", "currency": "USD", "number": "1234-5678",
        "url": "https://pay.stripe.example/r"});
    assert_eq!(only(&all, &text(&made, "id"))["receipt"], receipt);
    let other = only(&all, "pi_other");
    assert_eq!(
        (&other["kind"], &other["amount"], &other["processor"]),
        (&json!("payment"), &json!("7"), &json!("stripe"))
    );
}

#[test]
fn a_payment_of_another_processor_is_among_them() {
    let world = Memory::new();
    let ada = customer(&world, "ada");
    let made = world.get(
        &post("/v1/inbound-endpoints", json!({"processor": "adyen"})),
        201,
    );
    let (endpoint, secret) = (text(&made, "id"), text(&made, "secret"));
    let event = paid_event("p1", &ada, "12.5");
    world.get(&standard_signed(&endpoint, &secret, "m1", &event), 200);
    let all = payments(&world, &ada);
    let [one] = all.as_slice() else {
        panic!("{all:?}")
    };
    assert_eq!(
        (&one["amount"], &one["currency"]),
        (&json!("12.5"), &json!("USD"))
    );
    assert_eq!(one["processor"], "other");
}

#[test]
fn pages_go_through_all_of_them_once_newest_first_and_show_one_customers() {
    let world = Memory::new();
    let (ada, bob) = (customer(&world, "ada"), customer(&world, "bob"));
    let mut made = Vec::new();
    for place in 1..=7 {
        let (id, page) = top_up(&world, &ada, &place.to_string());
        world.one(&press(&page, "pay"));
        // Some are of one second.
        world.clock.set(world.clock.get() + 500);
        made.push(id);
    }
    let path = format!("/v1/customers/{ada}/payments");
    let (mut seen, mut next) = (Vec::new(), String::new());
    loop {
        let page = world.get(&get(format!("{path}?limit=3{next}")), 200);
        let items = page["items"].as_array().expect("items");
        seen.extend(items.iter().map(|one| (text(one, "at"), text(one, "id"))));
        assert_eq!(page["total_count"], 7);
        let Some(cursor) = page["next"].as_str() else {
            break;
        };
        next = format!("&cursor={cursor}");
    }
    let newest_first = seen.windows(2).all(|two| two[0].0 >= two[1].0);
    assert!(newest_first, "{seen:?}");
    let mut ids: Vec<String> = seen.into_iter().map(|(_, id)| id).collect();
    ids.sort();
    made.sort();
    assert_eq!(ids, made);
    assert!(payments(&world, &bob).is_empty());
    world.get(&get("/v1/customers/cust_none/payments"), 404);
    let other = key_of(&world, "acc_other", "test");
    assert_eq!(world.one(&get(path.as_str()).by(&other)).status, 404);
    let token = |of: &str| {
        let made = post(
            format!("/v1/customers/{of}/tokens"),
            json!({"scopes": ["read"]}),
        );
        text(&world.get(&made, 201), "token")
    };
    assert_eq!(world.one(&get(path.as_str()).by(&token(&ada))).status, 200);
    assert_eq!(world.one(&get(path.as_str()).by(&token(&bob))).status, 403);
}
