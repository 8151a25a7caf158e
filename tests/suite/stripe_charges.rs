//! The part of the Stripe in memory that charges: payment methods, PaymentIntents, refunds.

use std::collections::BTreeMap;

use scrip::worker::edge::world::Said;
use serde_json::{Map, Value, json};

use crate::stripe_double::{StripeDouble, form, refused, said};

fn metadata(form: &BTreeMap<String, String>) -> Map<String, Value> {
    let named = form.iter().filter_map(|(name, value)| {
        let name = name.strip_prefix("metadata[")?.strip_suffix(']')?;
        Some((name.to_owned(), Value::from(value.as_str())))
    });
    named.collect()
}

impl StripeDouble {
    /// A customer saves a card that does what its word says: `ok`, `declined`, `asks`, `processing`, `unknown`.
    pub fn save_card(&mut self, customer: &str, does: &'static str) -> String {
        let id = format!("pm_{}", self.methods.len() + 1);
        let card = json!({"brand": "visa", "last4": "4242", "exp_month": 12, "exp_year": 2034});
        let method = json!({"id": id, "object": "payment_method", "type": "card", "customer": customer,
            "livemode": false, "card": card});
        self.methods.insert(id.clone(), method);
        self.does.insert(id.clone(), does);
        id
    }

    pub fn told_of_charges(&self, path: &str, query: &str) -> Option<Said> {
        let query = form(query);
        let listed = |data: Vec<&Value>| {
            said(
                200,
                &json!({"object": "list", "data": data, "has_more": false}),
            )
        };
        if path == "/v1/payment_intents" {
            let fits = |one: &&Value| one["customer"] == query["customer"].as_str();
            // Newest first, as Stripe has it.
            return Some(listed(self.intents.iter().rev().filter(fits).collect()));
        }
        if path == "/v1/refunds" {
            let fits = |one: &&Value| one["payment_intent"] == query["payment_intent"].as_str();
            return Some(listed(self.refunds.iter().rev().filter(fits).collect()));
        }
        if let Some(id) = path.strip_prefix("/v1/payment_intents/") {
            let found = self.intents.iter().find(|one| one["id"] == id);
            let mut found = found?.clone();
            if query
                .get("expand[0]")
                .is_some_and(|name| name == "latest_charge")
            {
                // A number only where a receipt was sent by mail.
                found["latest_charge"] = json!({"id": format!("ch_{id}"),
                    "receipt_url": format!("https://pay.stripe.example/{id}"), "receipt_number": null});
            }
            return Some(said(200, &found));
        }
        if let Some(id) = path.strip_prefix("/v1/refunds/") {
            let found = self.refunds.iter().find(|one| one["id"] == id);
            return found.map(|one| said(200, one));
        }
        let id = path.strip_prefix("/v1/payment_methods/")?;
        self.methods.get(id).map(|one| said(200, one))
    }

    pub fn done_of_charges(
        &mut self,
        path: &str,
        form: &BTreeMap<String, String>,
        seconds: i64,
    ) -> Option<Said> {
        if path == "/v1/payment_intents" && form.contains_key("shared_payment_granted_token") {
            return Some(self.charge_token(form, seconds));
        }
        if path == "/v1/payment_intents" {
            return Some(self.charge(form, seconds));
        }
        if path == "/v1/refunds" {
            return Some(self.refund(form, seconds));
        }
        let id = path.strip_prefix("/v1/payment_methods/")?;
        let method = self.methods.get_mut(id.strip_suffix("/detach")?)?;
        if method["customer"].is_null() {
            return Some(refused(400, "", "The payment method is not attached."));
        }
        method["customer"] = Value::Null;
        Some(said(200, method))
    }

    fn charge(&mut self, form: &BTreeMap<String, String>, seconds: i64) -> Said {
        for (name, value) in [
            ("confirm", "true"),
            ("off_session", "true"),
            ("error_on_requires_action", "true"),
        ] {
            assert_eq!(form[name], value, "{name}");
        }
        let (customer, method) = (&form["customer"], &form["payment_method"]);
        let attached = self.methods.get(method).map(|one| one["customer"].clone());
        if attached != Some(json!(customer)) {
            let body = json!({"error": {"type": "invalid_request_error", "code": "resource_missing",
                "param": "payment_method", "message": "No such PaymentMethod."}});
            return said(400, &body);
        }
        let amount: i64 = form["amount"].parse().expect("cents");
        let id = format!("pi_{}", 100 + self.intents.len());
        let mut intent = json!({"id": id, "object": "payment_intent", "livemode": false, "customer": customer,
            "created": seconds, "amount": amount, "amount_received": 0, "currency": form["currency"], "status": "succeeded",
            "metadata": metadata(form), "last_payment_error": null});
        let decline = |code: &str, decline_code: Value| json!({"type": "card_error", "code": code, "decline_code": decline_code, "message": "No."});
        let error = match self.does[method] {
            "ok" => {
                intent["amount_received"] = amount.into();
                None
            }
            "processing" => {
                intent["status"] = "processing".into();
                None
            }
            "asks" => Some(decline("authentication_required", Value::Null)),
            _ => Some(decline("card_declined", json!("insufficient_funds"))),
        };
        let Some(mut error) = error else {
            self.intents.push(intent.clone());
            return said(200, &intent);
        };
        intent["status"] = "requires_payment_method".into();
        intent["last_payment_error"] = error.clone();
        self.intents.push(intent.clone());
        error["payment_intent"] = intent;
        said(402, &json!({"error": error}))
    }

    /// A Shared Payment Token that does what its name says. Each pays once.
    fn charge_token(&mut self, form: &BTreeMap<String, String>, seconds: i64) -> Said {
        assert_eq!(form["confirm"], "true");
        assert_eq!(form["automatic_payment_methods[allow_redirects]"], "never");
        let token = form["shared_payment_granted_token"].as_str();
        let is_used = self.intents.iter().any(|one| one["token"] == token);
        if is_used || token.starts_with("spt_gone") {
            return refused(400, "resource_missing", "No such token.");
        }
        let amount: i64 = form["amount"].parse().expect("cents");
        let id = format!("pi_{}", 100 + self.intents.len());
        let mut intent = json!({"id": id, "object": "payment_intent", "livemode": form["metadata[scrip_mode]"] == "live",
            "created": seconds, "amount": amount, "amount_received": amount, "currency": form["currency"],
            "status": "succeeded", "metadata": metadata(form), "last_payment_error": null, "token": token,
            "latest_charge": {"id": format!("ch_{id}"), "receipt_url": format!("https://pay.stripe.example/{id}")}});
        let status = match token.split('_').nth(1) {
            Some("declined") => {
                let decline = json!({"type": "card_error", "code": "card_declined", "message": "Your card was declined."});
                return said(402, &json!({"error": decline}));
            }
            Some("processing") => "processing",
            Some("asks") => "requires_action",
            _ => "succeeded",
        };
        if status != "succeeded" {
            intent["status"] = status.into();
            intent["amount_received"] = 0.into();
        }
        self.intents.push(intent.clone());
        said(200, &intent)
    }

    fn refund(&mut self, form: &BTreeMap<String, String>, seconds: i64) -> Said {
        let intent = &form["payment_intent"];
        let amount: i64 = form["amount"].parse().expect("cents");
        let is_over = |one: &Value| one["status"] == "failed" || one["status"] == "canceled";
        let of_intent = |one: &&Value| one["payment_intent"] == intent.as_str() && !is_over(one);
        let before = self.refunds.iter().filter(of_intent);
        let before: i64 = before.filter_map(|one| one["amount"].as_i64()).sum();
        let paid = self.paid_by(intent);
        if before + amount > paid {
            return refused(
                400,
                "charge_already_refunded",
                "More than is left of the charge.",
            );
        }
        let id = format!("re_{}", self.refunds.len() + 1);
        let status = match &self.refunds_are[..] {
            [] => "succeeded",
            [last] => last,
            [..] => self.refunds_are.remove(0),
        };
        let refund = json!({"id": id, "object": "refund", "status": status, "amount": amount,
            "currency": "usd", "payment_intent": intent, "created": seconds, "reason": form.get("reason"),
            "metadata": metadata(form)});
        self.refunds.push(refund.clone());
        said(200, &refund)
    }

    /// What was paid by a PaymentIntent, of whichever kind.
    fn paid_by(&self, intent: &str) -> i64 {
        let own = self.intents.iter().find(|one| one["id"] == intent);
        let session = self.sessions.values();
        let mut session = session.filter(|one| one["payment_intent"] == intent);
        let own = own.and_then(|one| one["amount_received"].as_i64());
        let mut invoices = self.invoices.iter();
        let mut invoice = || {
            let found = invoices.find(|one| one["id"] == intent.trim_start_matches("pi_"));
            found?["amount_paid"].as_i64()
        };
        own.or_else(|| session.next()?["amount_total"].as_i64())
            .or_else(&mut invoice)
            .unwrap_or(0)
    }

    /// A payment that is under way ends.
    pub fn settle(&mut self, intent: &str, succeeds: bool) -> Value {
        let found = self.intents.iter_mut().find(|one| one["id"] == intent);
        let intent = found.expect("an intent");
        if succeeds {
            intent["status"] = "succeeded".into();
            intent["amount_received"] = intent["amount"].clone();
        } else {
            intent["status"] = "requires_payment_method".into();
            intent["last_payment_error"] =
                json!({"type": "card_error", "code": "payment_intent_payment_attempt_failed"});
        }
        intent.clone()
    }

    /// The page where a card is added; it is empty until somebody has done so.
    pub fn begin_setup(&mut self, form: &BTreeMap<String, String>) -> Said {
        let id = format!("cs_{}", self.sessions.len() + 1);
        let session = json!({"id": id, "object": "checkout.session", "mode": "setup", "status": "open",
            "customer": form["customer"], "metadata": metadata(form), "setup_intent": null,
            "payment_intent": null, "url": format!("https://checkout.stripe.example/{id}")});
        self.sessions.insert(id, session.clone());
        said(200, &session)
    }

    /// Somebody adds a card at such a page.
    pub fn add_at(&mut self, session: &str, does: &'static str) -> Value {
        let customer = self.sessions[session]["customer"].clone();
        let method = self.save_card(customer.as_str().expect("a customer"), does);
        let method = self.methods[&method].clone();
        let session = self.sessions.get_mut(session).expect("a session");
        session["status"] = "complete".into();
        session["setup_intent"] = json!({"id": "seti_1", "payment_method": method});
        method
    }

    /// A day has passed: the same key is another question from now on.
    pub fn forget_keys(&mut self) {
        self.answered.clear();
    }

    /// What was really charged, in cents.
    pub fn charged(&self) -> Vec<i64> {
        let paid = self
            .intents
            .iter()
            .map(|one| one["amount_received"].as_i64());
        paid.flatten().filter(|paid| *paid > 0).collect()
    }
}
