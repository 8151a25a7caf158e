//! A machine pays a top-up with a Shared Payment Token at Stripe: it is charged once and credited once, whatever is lost on
//! the way and whoever tells of it first.

use scrip::worker::edge::reply::Reply;
use serde_json::{Value, json};

use crate::edge_cases::text;
use crate::edge_mpp::{balance, challenge, decoded, paying, receipt};
use crate::edge_stripe::key_of;
use crate::shop::{PLACE, Shop, event};
use crate::stripe_double::{Mishap, StripeDouble};
use crate::world::{Asked, Fault, Lost, Memory, Sent, get, post, sent};

/// A shop whose side is connected, and the request of a machine with its challenge.
struct Agent {
    shop: Shop,
    asked: Sent,
    challenge: Value,
}

impl Agent {
    fn new() -> Self {
        let shop = Shop::new();
        let body = json!({"customer_id": shop.customer, "amount": "20", "currency": "USD", "payment": "mpp"});
        let asked = post("/v1/top-ups", body).once("one");
        let challenge = challenge(&shop.world.one(&asked));
        Self {
            shop,
            asked,
            challenge,
        }
    }

    fn world(&self) -> &Memory {
        &self.shop.world
    }

    fn paying(&self, token: &str) -> Sent {
        paying(self.asked.clone(), &self.challenge, token)
    }

    fn pays(&self, token: &str) -> Reply {
        self.world().one(&self.paying(token))
    }

    fn stripe<T>(&self, act: impl FnOnce(&mut StripeDouble) -> T) -> T {
        act(&mut self.world().stripe.borrow_mut())
    }

    fn mishaps(&self, mishap: Mishap, times: usize) {
        self.stripe(|stripe| stripe.mishaps = vec![("/v1/payment_intents", mishap); times]);
    }

    /// Stripe tells of the first PaymentIntent, as it stands now.
    fn told(&self, kind: &str) -> String {
        let intent = self.stripe(|stripe| stripe.intents[0].clone());
        self.shop.hears(&event(kind, kind, &intent))
    }

    fn agree(&self, charged: &[i64], credited: &str) {
        agree(self.world(), &self.shop.customer, charged, credited);
    }
}

fn agree(world: &Memory, customer: &str, charged: &[i64], credited: &str) {
    let told = (world.stripe.borrow().charged(), balance(world, customer));
    assert_eq!(told, (charged.to_vec(), credited.to_owned()));
}

#[test]
fn a_token_is_charged_at_stripe_once_and_credited_once() {
    let agent = Agent::new();
    let request = decoded(&agent.challenge["request"]);
    assert_eq!(request["methodDetails"]["networkId"], "acct_own");
    let reply = agent.pays("spt_1");
    let told = receipt(&reply);
    let top_up: Value = serde_json::from_str(&reply.body).expect("JSON");
    assert_eq!(
        (&told["reference"], &told["status"]),
        (&top_up["id"], &json!("success"))
    );
    assert_eq!(
        (&top_up["status"], &top_up["processor"]),
        (&json!("succeeded"), &json!("stripe"))
    );
    assert_eq!(
        top_up["receipt"]["url"],
        "https://pay.stripe.example/pi_100"
    );
    let form = agent.stripe(|stripe| stripe.last_body());
    for (name, value) in [
        ("amount", "2000"),
        ("currency", "usd"),
        ("shared_payment_granted_token", "spt_1"),
        ("metadata[scrip_top_up_id]", text(&top_up, "id").as_str()),
        ("metadata[scrip_customer_id]", agent.shop.customer.as_str()),
    ] {
        assert_eq!(form[name], value, "{name}");
    }
    assert_eq!(
        agent.shop.credits(),
        ["stripe:pi:pi_100 20 default:USD paid paid 20"]
    );
    agent.agree(&[2_000], "20");
    // Again, with the same token or another one, and its event.
    for token in ["spt_1", "spt_2", "spt_declined"] {
        let again = agent.pays(token);
        assert!(again.replayed);
        assert_eq!(receipt(&again), told);
        assert_eq!(agent.told("payment_intent.succeeded"), "credited");
    }
    agent.agree(&[2_000], "20");
    // A token stands nowhere.
    let kept = agent.world().everything().concat();
    assert!(!kept.contains("spt_"), "{kept}");
    // It is refunded as any other payment.
    let body = json!({"refund_id": "rf_1", "payment_id": top_up["id"], "amount": "5"});
    let path = format!("/v1/customers/{}/wallet/refunds", agent.shop.customer);
    agent.world().get(&post(path, body), 201);
    agent.agree(&[2_000], "15");
}

#[test]
fn every_refusal_is_a_402_for_the_same_top_up_and_another_token_may_follow() {
    let agent = Agent::new();
    for token in ["spt_declined_1", "spt_gone", "spt_asks", "pm_card", ""] {
        for _ in 0..2 {
            let reply = agent.pays(token);
            assert_eq!(challenge(&reply), agent.challenge, "{token}");
        }
    }
    assert!(
        agent
            .pays("spt_declined_1")
            .body
            .contains("Your card was declined.")
    );
    // The account's own key is not taken any more.
    let keys = agent.stripe(|stripe| std::mem::take(&mut stripe.keys));
    assert_eq!(challenge(&agent.pays("spt_1")), agent.challenge);
    agent.stripe(|stripe| stripe.keys = keys);
    agent.agree(&[], "0");
    receipt(&agent.pays("spt_2"));
    agent.agree(&[2_000], "20");
}

#[test]
fn a_reply_that_is_lost_costs_no_second_charge() {
    for mishap in [
        Mishap::Lost,
        Mishap::Unheard,
        Mishap::Cut,
        Mishap::Status(500),
        Mishap::Wait(429, 60),
    ] {
        let agent = Agent::new();
        agent.mishaps(mishap, 3);
        assert_eq!(agent.pays("spt_1").status, 503, "{mishap:?}");
        agent.mishaps(mishap, 0);
        // Nobody knows whether it was charged, so no other token is.
        assert_eq!(agent.pays("spt_2").status, 503, "{mishap:?}");
        receipt(&agent.pays("spt_1"));
        agent.agree(&[2_000], "20");
        assert_eq!(agent.told("payment_intent.succeeded"), "credited");
        agent.agree(&[2_000], "20");
    }
}

#[test]
fn the_event_alone_credits_and_who_asks_again_gets_the_receipt() {
    let agent = Agent::new();
    agent.mishaps(Mishap::Unheard, 3);
    assert_eq!(agent.pays("spt_1").status, 503);
    assert_eq!(agent.told("payment_intent.succeeded"), "credited");
    agent.agree(&[2_000], "20");
    for token in ["spt_1", "spt_2"] {
        let again = agent.pays(token);
        assert!(again.replayed);
        receipt(&again);
    }
    agent.agree(&[2_000], "20");
}

#[test]
fn a_payment_on_its_way_is_credited_when_it_has_come() {
    let agent = Agent::new();
    assert_eq!(agent.pays("spt_processing").status, 503);
    for token in ["spt_processing", "spt_2"] {
        assert_eq!(agent.pays(token).status, 503, "{token}");
        assert_eq!(
            agent.told("payment_intent.processing"),
            "ignored not_paid_yet"
        );
        assert_eq!(agent.pays(token).status, 503, "{token}");
    }
    agent.agree(&[], "0");
    agent.stripe(|stripe| stripe.settle("pi_100", true));
    assert_eq!(agent.told("payment_intent.succeeded"), "credited");
    receipt(&agent.pays("spt_processing"));
    agent.agree(&[2_000], "20");
}

/// Whoever may write metadata at Stripe could name any top-up.
#[test]
fn a_payment_of_another_amount_or_a_second_one_is_seen_by_somebody() {
    let agent = Agent::new();
    receipt(&agent.pays("spt_1"));
    let intent = agent.stripe(|stripe| stripe.intents[0].clone());
    for (name, value) in [
        ("amount_received", json!(1_000)),
        ("currency", json!("eur")),
        ("id", json!("pi_9")),
    ] {
        let mut other = intent.clone();
        other[name] = value;
        let told = event("payment_intent.succeeded", name, &other);
        // What contradicts a payment that is credited is no money that is lost.
        let outcome = match name {
            "id" => "unmatched contradictory",
            _ => "ignored already_credited",
        };
        assert_eq!(agent.shop.hears(&told), outcome, "{name}");
    }
    agent.agree(&[2_000], "20");
}

#[test]
fn of_two_tokens_at_once_one_is_charged() {
    for seed in 0..40 {
        let agent = Agent::new();
        let calls = ["spt_1", "spt_2", "spt_1"].map(|token| agent.paying(token));
        for reply in agent.world().race(&calls, seed) {
            assert!(matches!(reply.status, 201 | 503), "{seed}: {}", reply.body);
        }
        agent.agree(&[2_000], "20");
    }
}

#[test]
fn every_question_that_is_lost_at_any_step_costs_one_charge_and_one_credit() {
    let agent = Agent::new();
    let paid = agent.paying("spt_1");
    for asked in [Asked::Directory, Asked::Wallet] {
        let mut stops = 0;
        for place in 0..10 {
            for lost in [Lost::Question, Lost::Answer] {
                let world = agent.world().copy();
                world.break_at(Fault { asked, place, lost });
                stops += usize::from(world.one(&paid).status == 503);
                world.mend();
                receipt(&world.one(&paid));
                agree(&world, &agent.shop.customer, &[2_000], "20");
            }
        }
        assert!(stops > 1, "{asked:?} was asked {stops} times");
    }
}

#[test]
fn a_machine_pays_on_the_live_side_where_stripe_is_connected() {
    let world = Memory::deployed();
    let live = key_of(&world, "acc_default", "live");
    let key = "sk_live_abcdefgh1234";
    world.stripe.replace(StripeDouble::knowing(key));
    world.get(
        &sent("PUT", PLACE, json!({"secret_key": key})).by(&live),
        200,
    );
    let acme = world.get(
        &post("/v1/customers", json!({"name": "Acme"})).by(&live),
        201,
    );
    let body =
        json!({"customer_id": acme["id"], "amount": "20", "currency": "USD", "payment": "mpp"});
    let asked = post("/v1/top-ups", body).by(&live).once("one");
    let due = challenge(&world.one(&asked));
    receipt(&world.one(&paying(asked.clone(), &due, "spt_1")));
    assert_eq!(world.stripe.borrow().charged(), [2_000]);
    let wallet = get(format!("/v1/customers/{}/wallet", text(&acme, "id"))).by(&live);
    assert_eq!(world.get(&wallet, 200)["accounts"][0]["balance"], "20");
    // Nobody is connected any more: what is paid has its receipt, and nothing else is charged.
    world.get(&sent("DELETE", PLACE, Value::Null).by(&live), 204);
    receipt(&world.one(&paying(asked, &due, "spt_1")));
    let body =
        json!({"customer_id": acme["id"], "amount": "21", "currency": "USD", "payment": "mpp"});
    let told = world.get(&post("/v1/top-ups", body).by(&live), 422);
    assert_eq!(told["code"], "payments_not_configured");
}
