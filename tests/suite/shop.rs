//! A shop whose payments are taken at Stripe, and what Stripe tells of them.

use serde_json::{Value, json};

use crate::edge_cases::{text, top_up_of};
use crate::signed::stripe_signed;
use crate::stripe_double::StripeDouble;
use crate::world::{Memory, Sent, get, post, sent};

pub const KEY: &str = "sk_test_abcdefgh1234";
pub const PLACE: &str = "/v1/accounts/self/processors/stripe";

/// A world whose test side is connected, with a customer and credits for a cent each.
pub struct Shop {
    pub world: Memory,
    pub customer: String,
}

impl Shop {
    pub fn new() -> Self {
        Self::with(json!({}))
    }

    pub fn with(settings: Value) -> Self {
        let world = Memory::new();
        world.stripe.replace(StripeDouble::knowing(KEY));
        let acme = json!({"name": "Acme", "external_id": "acme", "email": "a@acme.example"});
        let customer = text(&world.get(&post("/v1/customers", acme), 201), "id");
        let rates = json!([{"source": "USD", "rate": "0.01"}]);
        let credits = json!({"code": "CREDITS", "name": "Credits", "precision": 0, "rates": rates});
        world.get(&post("/v1/assets", credits), 201);
        let mut connection = settings;
        connection["secret_key"] = KEY.into();
        world.get(&sent("PUT", PLACE, connection), 200);
        Self { world, customer }
    }

    pub fn ask(&self, changes: Value) -> Sent {
        let mut body = top_up_of(&self.customer);
        for (name, value) in changes.as_object().expect("changes") {
            body[name] = value.clone();
        }
        post("/v1/top-ups", body).once("k1")
    }

    pub fn top_up(&self, changes: Value) -> Value {
        self.world.get(&self.ask(changes), 201)
    }

    pub fn read(&self, top_up: &Value) -> Value {
        let path = format!("/v1/top-ups/{}", text(top_up, "id"));
        self.world.get(&get(path), 200)
    }

    /// What the row says, without asking Stripe.
    pub fn noted(&self, column: &'static str) -> Value {
        let sql = format!("SELECT {column} AS value FROM top_up");
        self.world.rows(sql.leak())[0]["value"].clone()
    }

    pub fn pays(&self, changes: Value) -> Value {
        self.world.stripe.borrow_mut().pay("cs_1", &changes)
    }

    /// Amount, asset and purpose of what the wallet was credited, with the operation.
    pub fn credits(&self) -> Vec<String> {
        let wallet = format!("acc_default/test/{}", self.customer);
        let entries = self.world.entries(&wallet);
        let credited = entries
            .iter()
            .filter(|one| one["fact"]["type"] == "credited");
        let told = credited.map(|one| {
            let opened = &one["changes"][0]["moves"][0]["open"];
            let account = one["changes"][0]["account"].as_str().expect("an account");
            let op = one["op"].as_str().expect("an operation");
            let purpose = opened["terms"]["purpose"].as_str().expect("a purpose");
            let amount = one["fact"]["amount"].as_str().expect("an amount");
            format!(
                "{op} {amount} {account} {purpose} paid {}",
                one["fact"]["paid"].as_str().unwrap_or("-")
            )
        });
        told.collect()
    }

    pub fn hears(&self, event: &Sent) -> String {
        let said = self.world.get(event, 200);
        let reason = said["reason"].as_str().unwrap_or_default();
        format!("{} {reason}", said["outcome"].as_str().expect("an outcome"))
            .trim()
            .to_owned()
    }
}

pub fn event(kind: &str, id: &str, object: &Value) -> Sent {
    let event = json!({"id": format!("evt_{id}"), "object": "event", "created": 1_795_000_000,
        "livemode": false, "type": kind, "data": {"object": object}});
    stripe_signed("", "whsec_local", &event)
}

pub fn completed(session: &Value) -> Sent {
    event("checkout.session.completed", "completed", session)
}

/// The PaymentIntent behind a session, as its event shows it.
pub fn intent(session: &Value, status: &str) -> Value {
    json!({"id": session["payment_intent"], "object": "payment_intent", "livemode": false, "status": status,
        "amount": session["amount_total"], "amount_received": session["amount_total"],
        "currency": session["currency"], "metadata": session["metadata"]})
}

pub fn succeeded(session: &Value) -> Sent {
    event(
        "payment_intent.succeeded",
        "succeeded",
        &intent(session, "succeeded"),
    )
}

pub const PAID: &str = "stripe:pi:pi_1 20 default:USD paid paid 20";
