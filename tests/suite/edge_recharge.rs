//! Automatic recharge over the real handlers, the real SQL and a wallet in memory: a debit crosses the threshold, the
//! alarm rings, a card of the simulated processor does what it does, and the wallet is credited once.

use serde_json::{Value, json};

use crate::edge_cases::text;
use crate::world::{Asked, Fault, Lost, Memory, Sent, block_on, get, post, sent};

const HOUR: i64 = 3_600;
const DAY: i64 = 24 * HOUR;

/// A customer with a card, and so many USD.
struct Shop {
    world: Memory,
    customer: String,
    wallet: String,
}

impl Shop {
    fn new(card: &str, balance: &str) -> Self {
        let world = Memory::new();
        let rates = json!([{"source": "USD", "rate": "0.01"}]);
        let credits = json!({"code": "CREDITS", "name": "Credits", "precision": 0, "rates": rates});
        world.get(&post("/v1/assets", credits), 201);
        let acme = world.get(&post("/v1/customers", json!({"name": "Acme"})), 201);
        let customer = text(&acme, "id");
        let shop = Self {
            world,
            wallet: format!("acc_default/test/{customer}"),
            customer,
        };
        shop.add_card(card);
        shop.credit("start", balance);
        shop
    }

    fn path(&self, rest: &str) -> String {
        format!("/v1/customers/{}/{rest}", self.customer)
    }

    fn add_card(&self, card: &str) -> String {
        let asked = post(self.path("payment-methods"), json!({"card": card}));
        text(&self.world.get(&asked, 201), "id")
    }

    fn credit(&self, id: &str, amount: &str) {
        let body =
            json!({"transaction_id": id, "asset": "USD", "amount": amount, "reason": "gift"});
        self.world
            .get(&post(self.path("wallet/adjustments"), body), 201);
    }

    fn charge(&self, id: &str, amount: &str) {
        let body = json!({"transaction_id": id, "asset": "USD", "amount": amount});
        self.world
            .get(&post(self.path("wallet/charges"), body), 201);
    }

    fn set(&self, asset: &str, rule: Value) -> Value {
        self.world.get(&self.put(asset, rule), 200)
    }

    fn put(&self, asset: &str, rule: Value) -> Sent {
        sent("PUT", self.path(&format!("wallet/recharge/{asset}")), rule)
    }

    fn rule(&self, asset: &str) -> Value {
        let path = self.path(&format!("wallet/recharge/{asset}"));
        self.world.get(&get(path), 200)
    }

    /// What the processor has really charged.
    fn charged(&self) -> Vec<Value> {
        let sql = "SELECT recharge_id, price, outcome FROM simulated_charge ORDER BY created_at, recharge_id";
        self.world.rows(sql)
    }

    /// What it was paid.
    fn paid(&self) -> Vec<String> {
        let all = self.charged().into_iter();
        let paid = all.filter(|one| one["outcome"] == "succeeded");
        paid.map(|one| text(&one, "price")).collect()
    }

    /// The words of the wallet's entries, and what each recharge has credited.
    fn facts(&self, word: &str) -> Vec<Value> {
        let entries = self.world.entries(&self.wallet).into_iter();
        let facts = entries.map(|entry| entry["fact"].clone());
        let is = |fact: &Value| match word {
            "credited" => fact["type"] == "credited" && fact["source"] == "recharge",
            step => !fact["step"][step].is_null(),
        };
        facts.filter(is).collect()
    }

    fn ring(&self) {
        block_on(self.world.ring(&self.wallet)).expect("everybody answers");
    }

    fn pass(&self, seconds: i64) {
        self.world.pass(&self.wallet, seconds);
    }

    fn available(&self) -> String {
        text(&self.rule("USD"), "available")
    }
}

fn rule(amount: &str) -> Value {
    json!({"threshold": "10", "amount": amount})
}

#[test]
fn a_debit_that_crosses_the_threshold_is_answered_by_one_charge_and_one_credit() {
    let shop = Shop::new("ok", "25");
    let set = shop.set("USD", rule("50"));
    assert_eq!(set["state"], "idle", "{set}");
    shop.charge("c1", "14.99");
    assert_eq!(shop.world.next_recharge(&shop.wallet), None);
    shop.charge("c2", "0.01");
    // The intent is the very next row, and nobody was charged before it was there.
    let entries = shop.world.entries(&shop.wallet);
    let [debit, intent] = &entries[entries.len() - 2..] else {
        panic!("two rows")
    };
    assert_eq!(debit["fact"]["type"], "debited");
    assert_eq!(intent["fact"]["step"]["intended"]["amount"], "50");
    assert_eq!(intent["at"], debit["at"]);
    assert!(shop.charged().is_empty());
    assert_eq!(shop.rule("USD")["state"], "charging");
    // At once.
    let now = shop.world.clock.get();
    assert_eq!(shop.world.next_recharge(&shop.wallet), Some(now));
    shop.pass(0);
    assert_eq!(shop.paid(), ["50"]);
    assert_eq!(shop.available(), "60");
    let credited = shop.facts("credited");
    assert_eq!(credited.len(), 1);
    assert_eq!(credited[0]["amount"], "50");
    assert_eq!(credited[0]["recharge"], intent["seq"]);
    let after = shop.rule("USD");
    assert_eq!(after["state"], "idle");
    assert_eq!(after["last_attempt"]["outcome"], "succeeded");
    assert_eq!(after["spent_today"], "50");
    // However often the alarm rings.
    shop.ring();
    shop.pass(DAY);
    assert_eq!(shop.paid(), ["50"]);
    assert_eq!(shop.facts("credited").len(), 1);
}
