//! Stripe's events in the shapes of its versions from 2013 to 2026: each is answered, and what carries money for a wallet, by its
//! fields alone, fills it once.

use serde_json::{Value, json};

use crate::edge_cases::text;
use crate::signed::stripe_signed;
use crate::world::{Memory, post};

const SHAPES: &str = include_str!("../vectors/stripe_shapes.json");

#[test]
fn every_shape_since_2013_is_answered_and_credits_what_it_should() {
    let shapes: Value = serde_json::from_str(SHAPES).expect("JSON");
    let cases = shapes["cases"].as_array().expect("a list of cases");
    assert!(cases.len() > 20, "only {} shapes", cases.len());
    for case in cases {
        let name = &case["name"];
        let world = Memory::new();
        let acme = json!({"name": "Acme", "external_id": "acme"});
        let customer = text(&world.get(&post("/v1/customers", acme), 201), "id");
        // Stripe promises at least one delivery, not at most one.
        for _ in 0..2 {
            let reply = world.one(&stripe_signed("", "whsec_local", &case["event"]));
            assert_eq!(reply.status, 200, "{name}: {}", reply.body);
        }
        let entries = world.entries(&format!("acc_default/test/{customer}"));
        let payments = entries
            .iter()
            .map(|entry| &entry["fact"])
            .filter(|fact| fact["type"] == "credited" && fact["source"] == "payment");
        let amounts: Vec<&Value> = payments.map(|fact| &fact["amount"]).collect();
        match case.get("credited") {
            Some(Value::Null) => assert!(amounts.is_empty(), "{name}: {amounts:?}"),
            Some(amount) => assert_eq!(amounts, [amount], "{name}"),
            // What else decides is a matter of other tests; twice it is never credited.
            None => assert!(amounts.len() < 2, "{name}: {amounts:?}"),
        }
    }
}
