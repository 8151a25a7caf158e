//! A Stripe in memory: as much of it as our requests reach. It does a thing once per idempotency key, and
//! refuses a key that comes with another question.

use std::collections::BTreeMap;

use scrip::worker::edge::world::{Outgoing, Said, Unanswered};
use serde_json::{Value, json};

/// What becomes of a request, instead of being answered.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Mishap {
    /// It never arrives.
    Lost,
    /// It happens, and nobody hears of it.
    Unheard,
    /// Nothing happens, and this status says so.
    Status(u16),
    /// The same, with `Retry-After`.
    Wait(u16, u32),
    /// It happens, and the answer is cut off.
    Cut,
    /// It happens, and under its key this status is all that anybody hears for a day.
    Kept(u16),
}

/// Everything that Stripe knows.
#[derive(Clone, Debug, Default)]
pub struct StripeDouble {
    /// Keys that it knows, and whose account each is of.
    pub keys: BTreeMap<String, String>,
    /// Accounts that a key may act for.
    pub connected: Vec<String>,
    pub customers: Vec<Value>,
    /// Customers that somebody has deleted.
    pub gone: Vec<String>,
    pub sessions: BTreeMap<String, Value>,
    pub methods: BTreeMap<String, Value>,
    /// What each of them does when it is charged.
    pub does: BTreeMap<String, &'static str>,
    pub intents: Vec<Value>,
    pub refunds: Vec<Value>,
    /// How the next refunds stand; the last word stays. Where there is none they succeed.
    pub refunds_are: Vec<&'static str>,
    /// Other objects, by their paths.
    pub objects: BTreeMap<String, Value>,
    /// Events that it has made, the oldest first, and those of them that everybody has received.
    pub events: Vec<Value>,
    pub delivered: Vec<String>,
    /// Subscriptions, with their last invoice: see `stripe_plans.rs`.
    pub plans: BTreeMap<String, Value>,
    /// Invoices so far, the oldest first; the PaymentIntent that paid `in_1` is `pi_in_1`.
    pub invoices: Vec<Value>,
    /// No card of theirs pays any more.
    pub declines: bool,
    /// What was asked under a key, and the answer.
    pub answered: BTreeMap<String, (String, Said)>,
    /// What becomes of the next requests whose path begins so; the first fitting one is taken.
    pub mishaps: Vec<(&'static str, Mishap)>,
    /// Method and path of all that was asked, with whose account.
    pub asked: Vec<String>,
    pub bodies: Vec<BTreeMap<String, String>>,
}

pub fn form(body: &str) -> BTreeMap<String, String> {
    let read = |pair: &str| {
        let (name, value) = pair.split_once('=')?;
        Some((decoded(name), decoded(value)))
    };
    body.split('&').filter_map(read).collect()
}

fn decoded(text: &str) -> String {
    let text = text.replace('+', " ");
    let mut bytes = Vec::new();
    let mut rest = text.as_bytes();
    while let Some((first, more)) = rest.split_first() {
        rest = more;
        let code = rest.get(..2).filter(|_| *first == b'%');
        let code = code.and_then(|code| std::str::from_utf8(code).ok());
        match code.and_then(|code| u8::from_str_radix(code, 16).ok()) {
            Some(byte) => {
                bytes.push(byte);
                rest = &rest[2..];
            }
            None => bytes.push(*first),
        }
    }
    String::from_utf8(bytes).expect("UTF-8")
}

pub fn said(status: u16, body: &Value) -> Said {
    Said {
        status,
        headers: Vec::new(),
        body: body.to_string(),
    }
}

pub fn refused(status: u16, code: &str, message: &str) -> Said {
    let kind = if status == 402 {
        "card_error"
    } else {
        "invalid_request_error"
    };
    said(
        status,
        &json!({"error": {"type": kind, "code": code, "message": message}}),
    )
}

impl StripeDouble {
    /// One that knows this key.
    pub fn knowing(key: &str) -> Self {
        Self {
            keys: [(key.to_owned(), "acct_own".to_owned())].into(),
            ..Self::default()
        }
    }

    /// The form of the request that was made last.
    pub fn last_body(&self) -> BTreeMap<String, String> {
        self.bodies.last().expect("a request").clone()
    }

    pub fn answer(&mut self, request: &Outgoing, seconds: i64) -> Result<Said, Unanswered> {
        let header = |name: &str| {
            let found = request.headers.iter().find(|(one, _)| *one == name);
            found.map(|(_, value)| value.clone())
        };
        let path = request.url.strip_prefix("https://api.stripe.com");
        let path = path.expect("Stripe's address").to_owned();
        assert_eq!(
            header("Stripe-Version").as_deref(),
            Some("2026-10-28.endive")
        );
        let (account, context) = (header("Stripe-Account"), header("Stripe-Context"));
        assert!(
            account.is_none() || context.is_none(),
            "its account is named twice"
        );
        let account = account.or(context);
        let on_behalf = account
            .as_deref()
            .map_or(String::new(), |id| format!(" for {id}"));
        self.asked
            .push(format!("{} {path}{on_behalf}", request.method));
        self.bodies.push(form(&request.body));
        let at = self
            .mishaps
            .iter()
            .position(|(prefix, _)| path.starts_with(prefix));
        let mishap = at.map(|at| self.mishaps.remove(at).1);
        match mishap {
            Some(Mishap::Lost) => return Err(Unanswered::Unreachable),
            Some(Mishap::Status(status)) => return Ok(refused(status, "", "Something is wrong.")),
            Some(Mishap::Wait(status, seconds)) => {
                let headers = vec![("retry-after".to_owned(), seconds.to_string())];
                return Ok(Said {
                    headers,
                    ..refused(status, "rate_limit", "Too many.")
                });
            }
            _ => {}
        }
        let key = header("Authorization").unwrap_or_default();
        let key = key.strip_prefix("Bearer ").unwrap_or_default().to_owned();
        let answer = self.authorized(
            request,
            &path,
            &key,
            account,
            header("Idempotency-Key"),
            seconds,
        );
        match mishap {
            Some(Mishap::Kept(status)) => {
                let answer = refused(status, "", "Something is wrong.");
                let kept = header("Idempotency-Key").and_then(|key| self.answered.get_mut(&key));
                kept.expect("a request with a key").1 = answer.clone();
                Ok(answer)
            }
            Some(Mishap::Unheard) => Err(Unanswered::Timeout),
            Some(Mishap::Cut) => {
                let body = answer.body.chars().take(20).collect();
                Ok(Said { body, ..answer })
            }
            _ => Ok(answer),
        }
    }

    fn authorized(
        &mut self,
        request: &Outgoing,
        path: &str,
        key: &str,
        account: Option<String>,
        once: Option<String>,
        seconds: i64,
    ) -> Said {
        let Some(own) = self.keys.get(key).cloned() else {
            return refused(401, "", "Invalid API Key provided.");
        };
        if let Some(account) = &account
            && !self.connected.contains(account)
        {
            return refused(
                403,
                "account_invalid",
                "The key may not act for this account.",
            );
        }
        if request.method == "GET" {
            return self.told(path, account.unwrap_or(own));
        }
        if request.method == "DELETE" {
            return self.ended_plan(path);
        }
        let once = once.expect("an idempotency key");
        let asked = format!("{path} {}", request.body);
        if let Some((before, answer)) = self.answered.get(&once) {
            if *before != asked {
                let message =
                    "Keys for idempotent requests can only be used with the same parameters.";
                return refused(400, "idempotency_error", message);
            }
            return answer.clone();
        }
        let done = self.done(path, &form(&request.body), seconds);
        // Also a decline: the same key is the same attempt.
        if matches!(done.status, 200 | 402) {
            self.answered.insert(once, (asked, done.clone()));
        }
        done
    }

    fn told(&self, path: &str, account: String) -> Said {
        let (path, query) = path.split_once('?').unwrap_or((path, ""));
        if let Some(object) = self.objects.get(path) {
            return said(200, object);
        }
        if path == "/v1/account" {
            return said(200, &json!({"id": account, "object": "account"}));
        }
        if path == "/v1/events" {
            return self.listed(&form(query));
        }
        let asked = form(query);
        if asked.contains_key("created[lte]") {
            return self.made(path, &asked);
        }
        if path == "/v1/checkout/sessions" {
            let intent = &form(query)["payment_intent"];
            let fits = |one: &&Value| one["payment_intent"] == intent.as_str();
            let data: Vec<_> = self.sessions.values().filter(fits).collect();
            return said(200, &json!({"object": "list", "data": data}));
        }
        if path == "/v1/invoice_payments" {
            return self.told_of_invoices(&asked);
        }
        if let Some(told) = self.told_of_charges(path, query) {
            return told;
        }
        if let Some(plan) = self.told_plan(path) {
            return plan;
        }
        let id = path.strip_prefix("/v1/checkout/sessions/");
        match id.and_then(|id| self.sessions.get(id)) {
            Some(session) => said(200, session),
            None => refused(404, "resource_missing", "No such object."),
        }
    }

    /// A page of the objects of a kind that were made in a window; the largest id is the newest.
    fn made(&self, path: &str, query: &BTreeMap<String, String>) -> Said {
        let bound = |name: &str| query[name].parse::<i64>().expect("seconds");
        let (from, to) = (bound("created[gte]"), bound("created[lte]"));
        let limit: usize = query["limit"].parse().expect("a number");
        let prefix = format!("{path}/");
        let shown = self.objects.iter();
        let shown = shown.filter(|(place, _)| place.starts_with(&prefix));
        let charged = match path {
            "/v1/payment_intents" => &self.intents,
            _ => &self.refunds,
        };
        let after = query.get("starting_after").map(String::as_str);
        let fits = |one: &&Value| {
            let is_behind = after.is_none_or(|after| one["id"].as_str() < Some(after));
            let made = one["created"].as_i64();
            is_behind && made.is_some_and(|made| (from..=to).contains(&made))
        };
        let all = shown.map(|(_, one)| one).chain(charged).filter(fits);
        let mut all: Vec<&Value> = all.collect();
        all.sort_by_key(|one| std::cmp::Reverse(one["id"].as_str()));
        let page = &all[..all.len().min(limit)];
        said(
            200,
            &json!({"object": "list", "data": page, "has_more": all.len() > limit}),
        )
    }

    /// A page of the events that were not delivered, the newest first.
    fn listed(&self, query: &BTreeMap<String, String>) -> Said {
        assert_eq!(query["delivery_success"], "false");
        let types: Vec<&String> = query
            .iter()
            .filter(|(name, _)| name.starts_with("types["))
            .map(|(_, value)| value)
            .collect();
        assert!((1..=20).contains(&types.len()), "Stripe takes at most 20");
        let limit: usize = query["limit"].parse().expect("a number");
        let newest: Vec<&Value> = self.events.iter().rev().collect();
        let place = |id: &String| newest.iter().position(|one| one["id"] == id.as_str());
        for param in ["starting_after", "ending_before"] {
            if query.get(param).is_some_and(|id| place(id).is_none()) {
                let body = json!({"error": {"type": "invalid_request_error", "code": "resource_missing",
                    "param": param, "message": "No such event."}});
                return said(400, &body);
            }
        }
        let fits = |one: &&&Value| {
            let id = one["id"].as_str().expect("an id");
            let kind = one["type"].as_str().expect("a type");
            types.iter().any(|one| *one == kind) && !self.delivered.iter().any(|one| one == id)
        };
        let before = query.get("ending_before").and_then(place);
        let after = query.get("starting_after").and_then(place);
        let all: Vec<&&Value> = match before {
            Some(place) => newest[..place].iter().filter(fits).collect(),
            None => newest[after.map_or(0, |place| place + 1)..]
                .iter()
                .filter(fits)
                .collect(),
        };
        let page = match before {
            Some(_) => &all[all.len().saturating_sub(limit)..],
            None => &all[..all.len().min(limit)],
        };
        said(
            200,
            &json!({"object": "list", "data": page, "has_more": all.len() > limit}),
        )
    }

    fn done(&mut self, path: &str, form: &BTreeMap<String, String>, seconds: i64) -> Said {
        if path == "/v1/customers" {
            let id = format!("cus_{}", self.customers.len() + 1);
            let made = json!({"id": id, "object": "customer", "name": form["name"]});
            self.customers.push(made.clone());
            return said(200, &made);
        }
        if path == "/v1/checkout/sessions" && form["mode"] == "setup" {
            return self.begin_setup(form);
        }
        if let Some(done) = self.plan_done(path, form) {
            return done;
        }
        if path == "/v1/checkout/sessions" {
            return self.begin(form, seconds);
        }
        if let Some(done) = self.done_of_charges(path, form, seconds) {
            return done;
        }
        let id = path.strip_prefix("/v1/checkout/sessions/");
        let id = id
            .and_then(|rest| rest.strip_suffix("/expire"))
            .expect("a path of ours");
        let session = self.sessions.get_mut(id).expect("a session");
        if session["status"] != "open" {
            return refused(400, "", "Only open sessions can be expired.");
        }
        session["status"] = "expired".into();
        said(200, session)
    }

    fn begin(&mut self, form: &BTreeMap<String, String>, seconds: i64) -> Said {
        let amount: i64 = form["line_items[0][price_data][unit_amount]"]
            .parse()
            .expect("cents");
        let ends: i64 = form["expires_at"].parse().expect("seconds");
        // As Stripe has it, with a clock that is a minute behind.
        if !(30 * 60..=24 * 60 * 60).contains(&(ends - (seconds - 60))) {
            return refused(
                400,
                "",
                "The `expires_at` timestamp must be between 30 minutes and 24 hours from now.",
            );
        }
        if amount < 50 {
            return refused(
                400,
                "amount_too_small",
                "The amount must be at least 50 cents.",
            );
        }
        if self.gone.contains(&form["customer"]) {
            let body = json!({"error": {"type": "invalid_request_error", "code": "resource_missing",
                "param": "customer", "message": "No such customer."}});
            return said(400, &body);
        }
        assert!(
            self.customers
                .iter()
                .any(|one| one["id"] == form["customer"].as_str())
        );
        let metadata = form.iter().filter_map(|(name, value)| {
            let name = name.strip_prefix("metadata[")?.strip_suffix(']')?;
            Some((name.to_owned(), Value::from(value.as_str())))
        });
        let metadata: serde_json::Map<String, Value> = metadata.collect();
        let id = format!("cs_{}", self.sessions.len() + 1);
        let session = json!({"id": id, "object": "checkout.session", "mode": "payment", "status": "open",
            "livemode": false, "payment_status": "unpaid", "payment_intent": null,
            "url": format!("https://checkout.stripe.example/{id}"),
            "currency": form["line_items[0][price_data][currency]"],
            "amount_subtotal": amount, "amount_total": amount, "metadata": metadata,
            "client_reference_id": form["client_reference_id"],
            "total_details": {"amount_discount": 0, "amount_shipping": 0, "amount_tax": 0}});
        self.sessions.insert(id, session.clone());
        said(200, &session)
    }

    // What a payer does.

    /// Somebody pays a session, by a method that is as fast as the words say; the session as it is then.
    pub fn pay(&mut self, session: &str, changes: &Value) -> Value {
        let session = self.sessions.get_mut(session).expect("a session");
        let number: String = session["id"]
            .as_str()
            .expect("an id")
            .chars()
            .skip(3)
            .collect();
        session["status"] = "complete".into();
        session["payment_status"] = "paid".into();
        session["payment_intent"] = format!("pi_{number}").into();
        for (name, value) in changes.as_object().expect("changes") {
            session[name] = value.clone();
        }
        session.clone()
    }
}
