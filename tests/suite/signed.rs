//! What processors tell, signed as each of them signs.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use hmac::{Hmac, KeyInit, Mac};
use scrip::worker::inbound::signature::key_of;
use serde_json::{Value, json};
use sha2::Sha256;

use crate::world::{NOW, Sent, post};

/// Stripe's event of a payment of so many cents on the test side.
pub fn payment_event(payment: &str, cents: u64, metadata: Value) -> Value {
    let object = json!({"id": payment, "object": "payment_intent", "livemode": false,
        "status": "succeeded", "amount": cents, "amount_received": cents, "currency": "usd",
        "metadata": metadata});
    json!({"id": format!("evt_{payment}"), "object": "event", "created": 1_795_000_000,
        "livemode": false, "type": "payment_intent.succeeded", "data": {"object": object}})
}

/// A delivery as of now, to what stands behind `/stripe/webhook`.
pub fn stripe_signed(address: &str, secret: &str, event: &Value) -> Sent {
    stripe_signed_at(NOW / 1_000, address, secret, event)
}

/// The same as of a moment, in seconds since 1970.
pub fn stripe_signed_at(time: i64, address: &str, secret: &str, event: &Value) -> Sent {
    let body = event.to_string();
    let mut mac = Hmac::<Sha256>::new_from_slice(secret.as_bytes()).expect("a key");
    mac.update(format!("{time}.{body}").as_bytes());
    let signature = hex::encode(mac.finalize().into_bytes());
    let mut sent = post(format!("/stripe/webhook{address}"), event.clone());
    sent.api_key = None;
    sent.stripe_signature = Some(format!("t={time},v1={signature}"));
    sent
}

/// A payment in US dollars, as any processor tells it.
pub fn paid_event(payment: &str, customer: &str, amount: &str) -> Value {
    json!({"type": "payment.succeeded", "data": {"payment_id": payment, "customer_id": customer,
        "amount": amount, "currency": "USD"}})
}

/// A delivery as of the beginning, signed as Standard Webhooks are.
pub fn standard_signed(endpoint: &str, secret: &str, id: &str, event: &Value) -> Sent {
    let (seconds, body) = (NOW / 1_000, event.to_string());
    let key = key_of(secret).expect("a secret");
    let mut mac = Hmac::<Sha256>::new_from_slice(&key).expect("a key");
    mac.update(format!("{id}.{seconds}.{body}").as_bytes());
    let signature = STANDARD.encode(mac.finalize().into_bytes());
    let mut sent = post(format!("/inbound/{endpoint}"), event.clone());
    sent.api_key = None;
    sent.webhook = [
        Some(id.to_owned()),
        Some(seconds.to_string()),
        Some(format!("v1,{signature}")),
    ];
    sent
}

/// A payment of a customer, signed with the secret of a local server.
pub fn stripe_event(customer: &str, payment: &str, cents: u64) -> Sent {
    let metadata = json!({"scrip_customer_id": customer});
    stripe_signed("", "whsec_local", &payment_event(payment, cents, metadata))
}
