//! What any processor tells: each payment credits one wallet once, each refund takes back once, and the
//! endpoint says whose they are.

use scrip::worker::edge::reply::Reply;
use serde_json::{Value, json};

use crate::edge_cases::text;
use crate::edge_races::for_each_seed;
use crate::edge_stripe::key_of;
use crate::signed::{paid_event, standard_signed};
use crate::workload::Dice;
use crate::world::{Memory, NOW, Sent, get, post, sent};

struct Inbound {
    world: Memory,
    customer: String,
    endpoint: String,
    secret: String,
}

fn endpoint_of(world: &Memory, processor: &str) -> (String, String) {
    let made = post("/v1/inbound-endpoints", json!({"processor": processor}));
    let made = world.get(&made, 201);
    (text(&made, "id"), text(&made, "secret"))
}

impl Inbound {
    fn new() -> Self {
        let world = Memory::new();
        let acme = json!({"name": "Acme", "external_id": "acme"});
        let customer = text(&world.get(&post("/v1/customers", acme), 201), "id");
        let rates = json!([{"source": "USD", "rate": "0.01"}]);
        let credits = json!({"code": "CREDITS", "name": "Credits", "precision": 0, "rates": rates});
        world.get(&post("/v1/assets", credits), 201);
        let (endpoint, secret) = endpoint_of(&world, "adyen");
        Self {
            world,
            customer,
            endpoint,
            secret,
        }
    }

    fn signed(&self, id: &str, event: &Value) -> Sent {
        standard_signed(&self.endpoint, &self.secret, id, event)
    }

    /// The outcome of a delivery, or the code of its problem.
    fn told(&self, id: &str, event: &Value) -> String {
        outcome(&self.world.one(&self.signed(id, event)))
    }

    fn paid(&self, payment: &str, amount: &str) -> Value {
        paid_event(payment, &self.customer, amount)
    }

    fn balance(&self, asset: &str) -> String {
        balance(&self.world, &self.customer, asset)
    }

    fn entries(&self) -> Vec<Value> {
        self.world
            .entries(&format!("acc_default/test/{}", self.customer))
    }

    fn unmatched(&self) -> Vec<Value> {
        let listed = self.world.get(&get("/v1/unmatched-payments"), 200);
        listed["items"].as_array().expect("items").clone()
    }
}

fn balance(world: &Memory, customer: &str, asset: &str) -> String {
    let path = format!("/v1/customers/{customer}/wallet/default:{asset}");
    let reply = world.one(&get(path));
    let body: Value = serde_json::from_str(&reply.body).expect("JSON");
    body["balance"].as_str().unwrap_or("0").to_owned()
}

fn outcome(reply: &Reply) -> String {
    let body: Value = serde_json::from_str(&reply.body).expect("JSON");
    let word = if reply.status == 200 {
        &body["outcome"]
    } else {
        &body["code"]
    };
    word.as_str().expect("a word").to_owned()
}

fn refund(refund: &str, payment: &str, amount: &str) -> Value {
    json!({"type": "payment.refunded", "data": {"refund_id": refund, "payment_id": payment,
        "amount": amount, "currency": "USD"}})
}

#[test]
fn a_payment_is_credited_once_whatever_is_sent_again() {
    let inbound = Inbound::new();
    let mut event = inbound.paid("pay_1", "20.50");
    event["more"] = json!({"of": "theirs"});
    event["data"]["method"] = json!("card");
    let first = inbound.world.one(&inbound.signed("msg_1", &event));
    assert_eq!(
        (first.status, first.replayed),
        (200, false),
        "{}",
        first.body
    );
    for id in ["msg_1", "msg_2"] {
        let again = inbound.world.one(&inbound.signed(id, &event));
        assert_eq!(
            (outcome(&again).as_str(), again.replayed),
            ("credited", true)
        );
    }
    // Another amount for the same payment is no second payment.
    let more = inbound.paid("pay_1", "99");
    assert_eq!(inbound.told("msg_3", &more), "credited");
    assert_eq!(inbound.balance("USD"), "20.5");
    let credit = inbound.entries().pop().expect("an entry");
    assert_eq!(credit["op"], "psp:adyen:pay_1");
    for (name, value) in [
        ("source", "top_up"),
        ("processor", "adyen"),
        ("paid", "20.5"),
        ("currency", "USD"),
    ] {
        assert_eq!(credit["fact"][name], value, "{credit}");
    }
    let grants = format!(
        "/v1/customers/{}/wallet/default:USD/grants",
        inbound.customer
    );
    assert_eq!(
        inbound.world.get(&get(grants), 200)["items"][0]["purpose"],
        "paid"
    );
}

#[test]
fn a_payment_names_its_customer_by_either_id_and_buys_an_asset_at_the_rate_of_its_moment() {
    let inbound = Inbound::new();
    let event = json!({"type": "payment.succeeded", "data": {"payment_id": "pay_1",
        "customer_external_id": "acme", "amount": "5.005", "currency": "usd", "asset": "CREDITS"}});
    let told = inbound.world.get(&inbound.signed("msg_1", &event), 422);
    assert!(
        told["errors"]["data.amount"].is_array(),
        "no such cents: {told}"
    );
    let mut event = event;
    event["data"]["amount"] = json!("5.01");
    assert_eq!(inbound.told("msg_1", &event), "credited");
    assert_eq!(inbound.balance("CREDITS"), "501");
    let rate = json!({"source": "USD", "rate": "0.02"});
    inbound
        .world
        .get(&post("/v1/assets/CREDITS/rates", rate), 204);
    inbound.world.clock.set(NOW + 1_000);
    assert_eq!(inbound.told("msg_1", &event), "credited");
    assert_eq!(inbound.balance("CREDITS"), "501");
}

#[test]
fn payments_are_told_apart_by_their_processor_and_not_by_the_endpoint() {
    let mut inbound = Inbound::new();
    let event = inbound.paid("pay_1", "20");
    assert_eq!(inbound.told("msg_1", &event), "credited");
    (inbound.endpoint, inbound.secret) = endpoint_of(&inbound.world, "adyen");
    assert_eq!(inbound.told("msg_1", &event), "credited");
    assert_eq!(inbound.balance("USD"), "20", "the same payment");
    (inbound.endpoint, inbound.secret) = endpoint_of(&inbound.world, "paddle");
    assert_eq!(inbound.told("msg_1", &event), "credited");
    assert_eq!(inbound.balance("USD"), "40", "another one");
}

#[test]
fn what_is_not_signed_by_this_endpoints_secret_changes_nothing() {
    let inbound = Inbound::new();
    let event = inbound.paid("pay_1", "20");
    let (_, other) = endpoint_of(&inbound.world, "adyen");
    let good = inbound.signed("msg_1", &event);
    let mut wrong = vec![
        standard_signed(&inbound.endpoint, &other, "msg_1", &event),
        standard_signed(&inbound.endpoint, &inbound.secret, "msg_2", &event),
    ];
    wrong[1].webhook[0] = Some("msg_1".to_owned());
    for missing in 0..3 {
        let mut sent = good.clone();
        sent.webhook[missing] = None;
        wrong.push(sent);
    }
    let mut changed = good.clone();
    changed.body.push(b' ');
    wrong.push(changed);
    let mut no_json = good.clone();
    no_json.body = b"{".to_vec();
    wrong.push(no_json);
    let before = inbound.world.everything();
    for sent in wrong {
        let reply = inbound.world.one(&sent);
        assert_eq!(
            (reply.status, outcome(&reply).as_str()),
            (400, "signature_rejected")
        );
    }
    for passed in [301_000, -301_000] {
        inbound.world.clock.set(NOW + passed);
        assert_eq!(outcome(&inbound.world.one(&good)), "signature_rejected");
    }
    inbound.world.clock.set(NOW);
    let mut nobodys = good.clone();
    for address in [
        "iep_00000000000000000000000000",
        "x",
        "sep_00000000000000000000000000",
    ] {
        nobodys.path = format!("/inbound/{address}");
        assert_eq!(inbound.world.one(&nobodys).status, 404, "{address}");
    }
    assert!(inbound.world.everything() == before);
    assert!(
        inbound
            .world
            .logged
            .borrow()
            .iter()
            .any(|line| line.contains("authentication_failed"))
    );
    assert_eq!(outcome(&inbound.world.one(&good)), "credited");
}

#[test]
fn a_secret_is_shown_by_the_call_that_makes_it_and_holds_beside_the_next_for_the_overlap() {
    let mut inbound = Inbound::new();
    let path = format!("/v1/inbound-endpoints/{}", inbound.endpoint);
    assert!(inbound.world.get(&get(&path), 200)["secret"].is_null());
    let call = post("/v1/inbound-endpoints", json!({"processor": "adyen"})).once("one");
    let made = inbound.world.get(&call, 201);
    assert_eq!(inbound.world.get(&call, 201), made, "and by its repetition");
    let rotate = |body: Value| post(format!("{path}/rotate"), body);
    let next = inbound.world.get(&rotate(json!({})).once("next"), 200);
    assert_eq!(
        inbound.world.get(&rotate(json!({})).once("next"), 200)["secret"],
        next["secret"]
    );
    assert!(next["former_secret_expires_at"].is_string());
    let stored = inbound.world.everything().join("\n");
    for secret in [&inbound.secret, &text(&next, "secret")] {
        assert!(!stored.contains(secret.as_str()));
    }
    let (old, new) = (inbound.secret.clone(), text(&next, "secret"));
    let by = |inbound: &mut Inbound, secret: &str, payment: &str| {
        inbound.secret = secret.to_owned();
        inbound.told("msg_1", &inbound.paid(payment, "1"))
    };
    assert_eq!(by(&mut inbound, &old, "pay_1"), "credited");
    assert_eq!(by(&mut inbound, &new, "pay_2"), "credited");
    // A third would drop one that a sender may still sign with.
    assert_eq!(
        inbound.world.get(&rotate(json!({})), 409)["code"],
        "wrong_state"
    );
    // The same again is the newest, and changes nothing.
    inbound.world.get(&rotate(json!({"secret": new})), 200);
    inbound.world.clock.set(NOW + 86_400_000);
    let late = |secret: &str| {
        let mut sent = standard_signed(&inbound.endpoint, secret, "m", &inbound.paid("pay_3", "1"));
        // Signed at the beginning of the world, so only the secret is looked at here.
        sent.webhook[1] = Some((NOW / 1_000 + 86_400).to_string());
        inbound.world.one(&sent).status
    };
    assert_eq!(late(&old), 400);
    inbound.world.clock.set(NOW);
    let given = json!({"secret": "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw", "overlap_seconds": 0});
    let given = inbound.world.get(&rotate(given), 200);
    assert!(given["secret"].is_null(), "it is not ours to show");
    assert_eq!(by(&mut inbound, &new, "pay_4"), "signature_rejected");
    let handed_over = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw";
    assert_eq!(by(&mut inbound, handed_over, "pay_4"), "credited");
    inbound.world.get(&sent("DELETE", path, Value::Null), 204);
    let gone = inbound.signed("msg_9", &inbound.paid("pay_9", "1"));
    assert_eq!(inbound.world.one(&gone).status, 404);
}

#[test]
fn the_endpoint_says_the_side_and_the_account_and_nothing_in_the_body_does() {
    let mut inbound = Inbound::new();
    let mut event = inbound.paid("pay_1", "20");
    event["account_id"] = json!("acc_default");
    event["mode"] = json!("test");
    event["data"]["mode"] = json!("test");
    // Only a deployment has a live side.
    inbound.world.deploy();
    for (account, mode, reason) in [
        ("acc_default", "live", "wrong_mode"),
        ("acc_other", "test", "unknown_customer"),
    ] {
        let key = key_of(&inbound.world, account, mode);
        let made = post("/v1/inbound-endpoints", json!({"processor": "adyen"})).by(&key);
        let made = inbound.world.get(&made, 201);
        (inbound.endpoint, inbound.secret) = (text(&made, "id"), text(&made, "secret"));
        let reply = inbound.world.one(&inbound.signed("msg_1", &event));
        let body: Value = serde_json::from_str(&reply.body).expect("JSON");
        assert_eq!(
            (&body["outcome"], &body["reason"]),
            (&json!("unmatched"), &json!(reason))
        );
        let theirs = get("/v1/unmatched-payments").by(&key);
        assert_eq!(
            inbound.world.get(&theirs, 200)["items"][0]["reason"],
            reason
        );
    }
    inbound.world.withdraw();
    assert!(
        inbound.unmatched().is_empty(),
        "they are kept on the endpoint's own side"
    );
    assert_eq!(inbound.balance("USD"), "0");
}

#[test]
fn a_payment_that_cannot_be_credited_waits_and_is_assigned_once() {
    let inbound = Inbound::new();
    let mut stranger = inbound.paid("pay_1", "20");
    stranger["data"]["customer_id"] = json!("cust_00000000000000000000000000");
    stranger["data"]["asset"] = json!("CREDITS");
    let mut nobody = inbound.paid("pay_2", "20");
    nobody["data"]
        .as_object_mut()
        .expect("data")
        .remove("customer_id");
    let mut unknown = inbound.paid("pay_3", "20");
    unknown["data"]["asset"] = json!("POINTS");
    for (id, event, reason) in [
        ("msg_1", &stranger, "unknown_customer"),
        ("msg_2", &nobody, "no_wallet_named"),
        ("msg_3", &unknown, "not_convertible"),
    ] {
        for again in [false, true] {
            let reply = inbound.world.one(&inbound.signed(id, event));
            assert_eq!(
                (outcome(&reply).as_str(), reply.replayed),
                ("unmatched", again)
            );
            assert!(reply.body.contains(reason), "{}", reply.body);
        }
    }
    assert_eq!(inbound.unmatched().len(), 3);
    let to = json!({"customer_id": inbound.customer});
    let assign = |event: &str| post(format!("/v1/unmatched-payments/{event}/assign"), to.clone());
    inbound.world.get(&assign("adyen:msg_1"), 200);
    assert!(inbound.world.one(&assign("adyen:msg_1")).replayed);
    assert_eq!(
        inbound.balance("CREDITS"),
        "2000",
        "what it bought when it came"
    );
    let credit = inbound.entries().pop().expect("an entry");
    assert_eq!(
        (&credit["fact"]["paid"], &credit["op"]),
        (&json!("20"), &json!("psp:adyen:pay_1"))
    );
    // What is sent again, now for the right customer, is there already.
    let mut right = inbound.paid("pay_1", "20");
    right["data"]["asset"] = json!("CREDITS");
    assert_eq!(inbound.told("msg_4", &right), "credited");
    assert_eq!(inbound.balance("CREDITS"), "2000");
    // Nobody can say what it would have bought.
    assert_eq!(
        inbound.world.get(&assign("adyen:msg_3"), 409)["code"],
        "wrong_state"
    );
    let resolve = post(
        "/v1/unmatched-payments/adyen:msg_3/resolve",
        json!({"note": "by hand"}),
    );
    inbound.world.get(&resolve, 200);
    let mut again = inbound.paid("pay_3", "20");
    again["data"]["asset"] = json!("CREDITS");
    assert_eq!(inbound.told("msg_5", &again), "ignored");
    assert_eq!(inbound.balance("CREDITS"), "2000");
}

#[test]
fn two_customers_for_one_payment_are_kept_for_somebody_to_see() {
    let inbound = Inbound::new();
    let other = json!({"name": "Other", "external_id": "other"});
    let other = text(&inbound.world.get(&post("/v1/customers", other), 201), "id");
    assert_eq!(
        inbound.told("msg_1", &inbound.paid("pay_1", "20")),
        "credited"
    );
    assert_eq!(
        inbound.told("msg_2", &paid_event("pay_1", &other, "20")),
        "unmatched"
    );
    assert_eq!(inbound.unmatched()[0]["reason"], "credited_elsewhere");
    assert_eq!(balance(&inbound.world, &other, "USD"), "0");
}

#[test]
fn a_body_that_says_too_little_is_no_2xx() {
    let inbound = Inbound::new();
    let before = inbound.world.everything();
    for (event, field) in [
        (json!({}), "type"),
        (json!({"type": "payment.succeeded"}), "data"),
        (
            json!({"type": "payment.succeeded", "data": {}}),
            "data.payment_id",
        ),
        (
            json!({"type": "payment.refunded", "data": {"payment_id": "p", "amount": "1",
            "currency": "USD"}}),
            "data.refund_id",
        ),
        (inbound.paid("pay_1", "0"), "data.amount"),
        (inbound.paid("pay_1", "-1"), "data.amount"),
        (inbound.paid("pay_1", "0.001"), "data.amount"),
    ] {
        let told = inbound.world.get(&inbound.signed("msg_1", &event), 422);
        assert!(told["errors"][field].is_array(), "{field}: {told}");
    }
    let mut gold = inbound.paid("pay_1", "1");
    gold["data"]["currency"] = json!("GOLD");
    let told = inbound.world.get(&inbound.signed("msg_1", &gold), 422);
    assert!(told["errors"]["data.currency"].is_array(), "{told}");
    assert_eq!(
        inbound.told("msg_1", &json!({"type": "customer.created"})),
        "ignored"
    );
    assert!(inbound.world.everything() == before);
}

#[test]
fn requests_for_endpoints_are_told_what_is_wrong() {
    let inbound = Inbound::new();
    for (body, field) in [
        (json!({}), "processor"),
        (json!({"processor": "a b"}), "processor"),
        (json!({"processor": "a:b"}), "processor"),
        (json!({"processor": "a", "secret": "whsec_x"}), "secret"),
        (
            json!({"processor": "a", "secret": "MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"}),
            "secret",
        ),
    ] {
        let told = inbound
            .world
            .get(&post("/v1/inbound-endpoints", body.clone()), 422);
        assert!(told["errors"][field].is_array(), "{body}: {told}");
    }
    for _ in 1..20 {
        endpoint_of(&inbound.world, "adyen");
    }
    let more = post("/v1/inbound-endpoints", json!({"processor": "adyen"}));
    assert_eq!(inbound.world.get(&more, 422)["code"], "quota_reached");
    let listed = inbound.world.get(&get("/v1/inbound-endpoints"), 200);
    assert_eq!(listed["total_count"], 20);
}

// Refunds.

#[test]
fn a_refund_takes_its_part_of_what_the_payment_bought_once() {
    let inbound = Inbound::new();
    let mut event = inbound.paid("pay_1", "20");
    event["data"]["asset"] = json!("CREDITS");
    assert_eq!(inbound.told("msg_1", &event), "credited");
    for again in [false, true] {
        let reply = inbound
            .world
            .one(&inbound.signed("msg_2", &refund("re_1", "pay_1", "5")));
        assert_eq!(
            (outcome(&reply).as_str(), reply.replayed),
            ("refunded", again)
        );
        assert_eq!(inbound.balance("CREDITS"), "1500");
    }
    let entry = inbound.entries().pop().expect("an entry");
    assert_eq!(entry["op"], "refund:adyen:re_1");
    let fact = &entry["fact"];
    assert_eq!(
        (&fact["type"], &fact["cause"], &fact["change"]),
        (&json!("payment_loss"), &json!("refunded"), &json!("5"))
    );
    for (wrong, field) in [
        (refund("re_2", "pay_1", "20.01"), "data.amount"),
        (
            json!({"type": "payment.refunded", "data": {"refund_id": "re_2", "payment_id": "pay_1",
                "amount": "5", "currency": "EUR"}}),
            "data.currency",
        ),
    ] {
        let told = inbound.world.get(&inbound.signed("msg_3", &wrong), 422);
        assert!(told["errors"][field].is_array(), "{told}");
    }
    assert_eq!(
        inbound.told("msg_4", &refund("re_1", "pay_1", "6")),
        "operation_id_reused"
    );
    assert_eq!(
        inbound.told("msg_5", &refund("re_3", "pay_1", "15")),
        "refunded"
    );
    assert_eq!(inbound.balance("CREDITS"), "0");
}

#[test]
fn a_refund_takes_no_other_credit_and_leaves_debt_for_what_was_spent() {
    let inbound = Inbound::new();
    assert_eq!(
        inbound.told("msg_1", &inbound.paid("pay_1", "20")),
        "credited"
    );
    let wallet = |what: &str| format!("/v1/customers/{}/wallet/{what}", inbound.customer);
    let spent = json!({"transaction_id": "t", "asset": "USD", "amount": "15"});
    inbound.world.get(&post(wallet("charges"), spent), 201);
    let gift = json!({"transaction_id": "g", "asset": "USD", "amount": "3", "reason": "gift"});
    inbound.world.get(&post(wallet("adjustments"), gift), 201);
    assert_eq!(
        inbound.told("msg_2", &refund("re_1", "pay_1", "20")),
        "refunded"
    );
    assert_eq!(inbound.balance("USD"), "-12");
}

/// As a processor tells it, of so much in dollars.
fn told(kind: &str, id: &str, amount: &str) -> Value {
    let name = if kind.contains("refund") {
        "refund_id"
    } else {
        "chargeback_id"
    };
    json!({"type": format!("payment.{kind}"), "data": {name: id, "payment_id": "pay_1", "amount": amount,
        "currency": "USD"}})
}

#[test]
fn a_chargeback_takes_once_and_with_refunds_never_more_than_was_paid() {
    let inbound = Inbound::new();
    assert_eq!(
        inbound.told("msg_1", &inbound.paid("pay_1", "20")),
        "credited"
    );
    assert_eq!(
        inbound.told("msg_2", &refund("re_1", "pay_1", "5")),
        "refunded"
    );
    // The bank takes its fee with it.
    for again in ["msg_3", "msg_4"] {
        assert_eq!(
            inbound.told(again, &told("charged_back", "cb_1", "25")),
            "claimed"
        );
        assert_eq!(inbound.balance("USD"), "0");
    }
    for again in ["msg_5", "msg_6"] {
        assert_eq!(
            inbound.told(again, &told("chargeback_reversed", "cb_1", "25")),
            "claimed"
        );
        assert_eq!(inbound.balance("USD"), "15");
    }
    let path = format!(
        "/v1/customers/{}/wallet/transactions/adyen:cb_1",
        inbound.customer
    );
    assert_eq!(
        inbound.world.get(&get(path), 200)["type"],
        "funds_withdrawn"
    );
    let stats = get(format!("/v1/customers/{}/stats", inbound.customer));
    assert_eq!(inbound.world.get(&stats, 200)["refunded"], "5");
}

#[test]
fn a_refund_that_failed_comes_back_whichever_is_told_first() {
    for order in [["refunded", "refund_failed"], ["refund_failed", "refunded"]] {
        let inbound = Inbound::new();
        assert_eq!(
            inbound.told("msg_1", &inbound.paid("pay_1", "20")),
            "credited"
        );
        for kind in order.iter().chain(&order) {
            inbound.told(&format!("msg_{kind}"), &told(kind, "re_1", "5"));
        }
        assert_eq!(inbound.balance("USD"), "20", "{order:?}");
    }
    let inbound = Inbound::new();
    for kind in ["refund_failed", "charged_back", "chargeback_reversed"] {
        let early = told(kind, "x_1", "5");
        assert_eq!(inbound.told(kind, &early), "wrong_state", "{kind}");
    }
    let nameless = json!({"type": "payment.charged_back", "data": {"payment_id": "pay_1", "amount": "1",
        "currency": "USD"}});
    let said = inbound.world.get(&inbound.signed("msg_9", &nameless), 422);
    assert!(said["errors"]["data.chargeback_id"].is_array(), "{said}");
}

#[test]
fn a_refund_that_comes_before_its_payment_is_sent_again() {
    let inbound = Inbound::new();
    let early = refund("re_1", "pay_1", "5");
    assert_eq!(inbound.told("msg_2", &early), "wrong_state");
    assert_eq!(
        inbound.told("msg_1", &inbound.paid("pay_1", "20")),
        "credited"
    );
    assert_eq!(inbound.told("msg_2", &early), "refunded");
    assert_eq!(inbound.balance("USD"), "15");
}

/// Σ credits = Σ paid − Σ refunded, in whatever order and however often each is told.
#[test]
fn whatever_the_order_and_however_often_what_is_there_is_what_was_paid_less_what_was_refunded() {
    for seed in 0..60 {
        let inbound = Inbound::new();
        let mut dice = Dice(seed);
        let (mut events, mut expected) = (Vec::new(), 0_i64);
        for payment in 0..4 {
            let paid = 1 + dice.below(30) as i64;
            expected += paid;
            let name = format!("pay_{payment}");
            events.push(inbound.paid(&name, &paid.to_string()));
            let mut left = paid;
            for part in 0..dice.below(3) {
                let back = dice.below(left as u64 + 1) as i64;
                if back > 0 {
                    left -= back;
                    expected -= back;
                    events.push(refund(
                        &format!("re_{payment}_{part}"),
                        &name,
                        &back.to_string(),
                    ));
                }
            }
        }
        // Each two or three times, in any order; what is refused is sent again later.
        let mut waiting: Vec<usize> = (0..events.len()).flat_map(|at| [at, at]).collect();
        let mut sent = 0;
        while !waiting.is_empty() {
            let at = waiting.swap_remove(dice.pick(waiting.len()));
            sent += 1;
            match inbound.told(&format!("msg_{at}"), &events[at]).as_str() {
                "credited" | "refunded" => {}
                "wrong_state" => waiting.push(at),
                other => panic!("{other}, seed {seed}"),
            }
            assert!(sent < 10_000, "seed {seed}");
        }
        assert_eq!(inbound.balance("USD"), expected.to_string(), "seed {seed}");
    }
}

#[test]
fn a_payment_that_is_told_by_many_at_once_is_credited_once() {
    let inbound = Inbound::new();
    let all: Vec<Sent> = (0..5)
        .map(|at| inbound.signed(&format!("msg_{at}"), &inbound.paid("pay_1", "20")))
        .collect();
    for_each_seed(|seed| {
        let world = inbound.world.copy();
        let replies = world.race(&all, seed);
        assert!(replies.iter().all(|reply| outcome(reply) == "credited"));
        assert_eq!(balance(&world, &inbound.customer, "USD"), "20");
    });
}
