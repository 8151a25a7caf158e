//! A machine pays a top-up over HTTP 402: once, whatever it sends again, and only for what it was asked.

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use scrip::worker::edge::reply::Reply;
use serde_json::{Value, json};

use crate::edge_cases::text;
use crate::edge_races::for_each_seed;
use crate::edge_stripe::key_of;
use crate::world::{Asked, Fault, Lost, Memory, NOW, Sent, get, post};

struct Machine {
    world: Memory,
    customer: String,
}

impl Machine {
    fn new() -> Self {
        let world = Memory::new();
        let acme = json!({"name": "Acme", "external_id": "acme"});
        let customer = text(&world.get(&post("/v1/customers", acme), 201), "id");
        Self { world, customer }
    }

    fn asked(&self, amount: &str) -> Sent {
        let body = json!({"customer_id": self.customer, "amount": amount, "currency": "USD",
            "payment": "mpp"});
        post("/v1/top-ups", body)
    }

    fn balance(&self) -> String {
        balance(&self.world, &self.customer)
    }
}

pub fn balance(world: &Memory, customer: &str) -> String {
    let wallet = world.get(&get(format!("/v1/customers/{customer}/wallet")), 200);
    let balance = wallet["accounts"][0]["balance"].as_str();
    balance.unwrap_or("0").to_owned()
}

/// The parameters of a challenge.
pub fn challenge(reply: &Reply) -> Value {
    assert_eq!(reply.status, 402, "{}", reply.body);
    let (name, value) = reply.header.clone().expect("a header");
    assert_eq!(name, "www-authenticate");
    let parameters = value.strip_prefix("Payment ").expect("the scheme");
    let pairs = parameters.split(", ").map(|pair| {
        let (name, value) = pair.split_once('=').expect("a pair");
        (name.to_owned(), json!(value.trim_matches('"')))
    });
    Value::Object(pairs.collect())
}

pub fn decoded(text: &Value) -> Value {
    let bytes = URL_SAFE_NO_PAD.decode(text.as_str().expect("text"));
    serde_json::from_slice(&bytes.expect("base 64")).expect("JSON")
}

pub fn paying(mut sent: Sent, challenge: &Value, token: &str) -> Sent {
    let credential = json!({"challenge": challenge, "payload": {"spt": token}});
    sent.payment = Some(URL_SAFE_NO_PAD.encode(credential.to_string()));
    sent
}

/// The receipt of a reply that has one.
pub fn receipt(reply: &Reply) -> Value {
    assert_eq!(reply.status, 201, "{}", reply.body);
    let (name, value) = reply.header.clone().expect("a header");
    assert_eq!(name, "payment-receipt");
    decoded(&json!(value))
}

#[test]
fn a_machine_is_asked_pays_and_gets_a_receipt() {
    let machine = Machine::new();
    let sent = machine.asked("20.50");
    let reply = machine.world.one(&sent);
    let asked = challenge(&reply);
    for (name, value) in [
        ("realm", "wallets.example"),
        ("method", "stripe"),
        ("intent", "charge"),
    ] {
        assert_eq!(asked[name], value);
    }
    let request = decoded(&asked["request"]);
    assert_eq!(
        (&request["amount"], &request["currency"]),
        (&json!("2050"), &json!("usd"))
    );
    assert_eq!(request["methodDetails"]["networkId"], "acc_default");
    let body: Value = serde_json::from_str(&reply.body).expect("JSON");
    assert_eq!(
        (&body["code"], &body["status"]),
        (&json!("payment_required"), &json!(402))
    );
    assert_eq!(decoded(&asked["opaque"])["top_up"], body["top_up_id"]);
    assert_eq!(machine.balance(), "0");
    machine.world.clock.set(NOW + 5_000);
    let paid = paying(sent, &asked, "spt_1");
    let first = machine.world.one(&paid);
    let told = receipt(&first);
    assert_eq!(
        (&told["method"], &told["status"]),
        (&json!("stripe"), &json!("success"))
    );
    assert_eq!(
        (&told["reference"], first.replayed),
        (&body["top_up_id"], false)
    );
    let top_up: Value = serde_json::from_str(&first.body).expect("JSON");
    assert_eq!(
        (&top_up["status"], &top_up["amount"]),
        (&json!("succeeded"), &json!("20.5"))
    );
    assert_eq!(machine.balance(), "20.5");
    // Again, later, with another token: it is paid, and its receipt is the same.
    machine.world.clock.set(NOW + 9 * 86_400_000);
    for token in ["spt_1", "spt_2", "spt_declined"] {
        let again = machine
            .world
            .one(&paying(machine.asked("20.50"), &asked, token));
        assert!(again.replayed);
        assert_eq!(receipt(&again), told);
    }
    assert_eq!(machine.balance(), "20.5");
    assert_eq!(machine.world.rows("SELECT 1 FROM top_up").len(), 1);
}

#[test]
fn with_an_idempotency_key_it_is_one_top_up_whatever_is_lost() {
    let machine = Machine::new();
    let sent = machine.asked("20").once("one");
    let first = challenge(&machine.world.one(&sent));
    assert_eq!(
        challenge(&machine.world.one(&sent)),
        first,
        "the same challenge"
    );
    let paid = paying(sent.clone(), &first, "spt_1");
    for asked in [Asked::Directory, Asked::Wallet] {
        for place in 0..4 {
            for lost in [Lost::Question, Lost::Answer] {
                let world = machine.world.copy();
                world.break_at(Fault { asked, place, lost });
                let reply = world.one(&paid);
                world.mend();
                assert!(matches!(reply.status, 201 | 503), "{}", reply.body);
                // With the credential or without: it is paid, or it is asked for again.
                let again = world.one(&paid);
                receipt(&again);
                assert_eq!(receipt(&world.one(&sent)), receipt(&again));
                assert_eq!(balance(&world, &machine.customer), "20");
            }
        }
    }
}

#[test]
fn a_credential_that_was_changed_or_is_for_something_else_pays_nothing() {
    let machine = Machine::new();
    let asked = challenge(&machine.world.one(&machine.asked("20")));
    let mut wrong = Vec::new();
    for name in [
        "id", "realm", "request", "expires", "opaque", "method", "intent",
    ] {
        let mut changed = asked.clone();
        let other = URL_SAFE_NO_PAD.encode("{\"amount\":\"1\",\"top_up\":\"top_x\"}");
        changed[name] = json!(other);
        wrong.push(paying(machine.asked("20"), &changed, "spt_1"));
    }
    // Another amount than was asked for, another customer, another side, another account.
    wrong.push(paying(machine.asked("2000"), &asked, "spt_1"));
    let other = json!({"name": "Other", "external_id": "other"});
    let other = text(&machine.world.get(&post("/v1/customers", other), 201), "id");
    let mut for_other = machine.asked("20");
    for_other.body = String::from_utf8_lossy(&for_other.body)
        .replace(&machine.customer, &other)
        .into_bytes();
    wrong.push(paying(for_other, &asked, "spt_1"));
    let mut unreadable = machine.asked("20");
    unreadable.payment = Some("x".to_owned());
    wrong.push(unreadable);
    for sent in wrong {
        let again = challenge(&machine.world.one(&sent));
        assert_ne!(again["opaque"], asked["opaque"], "another challenge");
    }
    let theirs = key_of(&machine.world, "acc_other", "test");
    let stranger = paying(machine.asked("20"), &asked, "spt_1").by(&theirs);
    assert_eq!(machine.world.one(&stranger).status, 404, "no such customer");
    assert_eq!(machine.balance(), "0");
    machine.world.clock.set(NOW + 86_400_000);
    challenge(
        &machine
            .world
            .one(&paying(machine.asked("20"), &asked, "spt_1")),
    );
    assert_eq!(machine.balance(), "0", "the challenge is over");
}

#[test]
fn a_declined_token_may_be_followed_by_another_one() {
    let machine = Machine::new();
    let sent = machine.asked("20").once("one");
    let asked = challenge(&machine.world.one(&sent));
    for token in ["spt_declined_1", "pm_card", ""] {
        let reply = machine.world.one(&paying(sent.clone(), &asked, token));
        assert_eq!(challenge(&reply), asked);
        assert!(reply.body.contains("declined"), "{}", reply.body);
    }
    receipt(&machine.world.one(&paying(sent, &asked, "spt_2")));
    assert_eq!(machine.balance(), "20");
}

#[test]
fn of_many_payments_at_once_one_is_credited() {
    let machine = Machine::new();
    let sent = machine.asked("20").once("one");
    let asked = challenge(&machine.world.one(&sent));
    let all: Vec<Sent> = (0..4)
        .map(|at| paying(sent.clone(), &asked, &format!("spt_{at}")))
        .collect();
    for_each_seed(|seed| {
        let world = machine.world.copy();
        let replies = world.race(&all, seed);
        let receipts: Vec<Value> = replies.iter().map(receipt).collect();
        assert!(receipts.iter().all(|one| *one == receipts[0]));
        assert_eq!(balance(&world, &machine.customer), "20");
    });
}

#[test]
fn a_machine_is_led_nowhere_and_nobody_is_asked_on_the_live_side() {
    let mut machine = Machine::new();
    let mut body: Value = serde_json::from_slice(&machine.asked("20").body).expect("JSON");
    body["return_url"] = json!("https://shop.example/");
    let told = machine.world.get(&post("/v1/top-ups", body), 422);
    assert!(told["errors"]["return_url"].is_array(), "{told}");
    // A key in the scheme `Payment` is none.
    let mut keyless = machine.asked("20");
    keyless.api_key = None;
    keyless.payment = Some("x".to_owned());
    assert_eq!(machine.world.one(&keyless).status, 401);
    machine.world.deploy();
    let live = key_of(&machine.world, "acc_default", "live");
    let acme = json!({"name": "Acme", "external_id": "acme"});
    let acme = machine
        .world
        .get(&post("/v1/customers", acme).by(&live), 201);
    let body =
        json!({"customer_id": acme["id"], "amount": "20", "currency": "USD", "payment": "mpp"});
    let told = machine.world.get(&post("/v1/top-ups", body).by(&live), 422);
    assert_eq!(told["code"], "payments_not_configured");
}
