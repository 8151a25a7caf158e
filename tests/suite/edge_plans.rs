//! Plans that Stripe collects: the page where one is paid first, its invoices in any order and number, failures, ends,
//! moves, and subscriptions that Stripe had before.

use serde_json::{Value, json};

use crate::edge_cases::{path_of, product, text, unit_price};
use crate::shop::{Shop, event};
use crate::signed::stripe_signed_at;
use crate::stripe_double::Mishap;
use crate::workload::Dice;
use crate::world::{NOW, Sent, get, post, sent};

const START: i64 = NOW / 1_000;
const MONTH: i64 = 30 * 86_400;

/// A shop that sells two plans, with tokens each month.
pub fn shop() -> Shop {
    let shop = Shop::new();
    let tokens = json!({"code": "TOKENS", "name": "Tokens", "precision": 0});
    shop.world.get(&post("/v1/assets", tokens), 201);
    for (code, price, tokens) in [("small", "20", "100"), ("large", "40", "300")] {
        shop.world
            .get(&post("/v1/products", offer(code, price, tokens)), 201);
    }
    shop
}

fn offer(code: &str, price: &str, tokens: &str) -> Value {
    json!({"code": code, "name": code, "publish": true,
        "prices": [{"name": "Fee", "type": "fixed", "billing_model":
            {"type": "recurring", "recurring": {"interval": "month", "interval_count": 1}},
            "pricing": [{"asset": "USD", "values": [{"unit_price": price}]}]}],
        "entitlements": [{"name": "Tokens", "asset": "TOKENS", "amount": tokens, "purpose": "bundled",
            "lifecycle": {"duration": "month", "duration_count": 1, "refresh": {"strategy": "expire_and_replace"}}}]})
}

impl Shop {
    pub fn plans(&self) -> String {
        format!("/v1/customers/{}/subscriptions", self.customer)
    }

    pub fn ask_plan(&self, more: Value) -> Sent {
        let mut body = json!({"products": [{"code": "small"}], "collect": "stripe",
            "return_url": "https://shop.example/thanks"});
        for (name, value) in more.as_object().expect("fields") {
            body[name] = value.clone();
        }
        post(self.plans(), body).once("plan")
    }

    pub fn plan(&self, id: &str) -> Value {
        let customer = self
            .world
            .get(&get(format!("/v1/customers/{}", self.customer)), 200);
        let all = customer["subscriptions"]
            .as_array()
            .expect("a list")
            .clone();
        all.into_iter().find(|one| one["id"] == id).expect("it")
    }

    /// What it has of an asset; nothing where it has no such account.
    pub fn has(&self, asset: &str) -> String {
        let path = format!("/v1/customers/{}/wallet", self.customer);
        let wallet = self.world.get(&get(path), 200);
        let accounts = wallet["accounts"].as_array().expect("accounts");
        let own = accounts.iter().find(|one| one["asset"] == asset);
        own.map_or_else(|| "none".to_owned(), |one| text(one, "available"))
    }

    /// The first subscription, paid for its first month.
    pub fn paid(&self) -> String {
        let made = self.world.get(&self.ask_plan(json!({})), 201);
        let invoice = self
            .world
            .stripe
            .borrow_mut()
            .pay_plan("cs_1", (START, START + MONTH));
        assert_eq!(self.told("invoice.paid", "1", &invoice), "applied");
        text(&made, "id")
    }

    pub fn bill(&self, status: &str, month: i64) -> Value {
        let period = (START + month * MONTH, START + (month + 1) * MONTH);
        self.world
            .stripe
            .borrow_mut()
            .bill("sub_A", status, Some(period))
    }

    pub fn at(&self, seconds: i64) {
        self.world.clock.set((START + seconds) * 1_000);
    }

    /// What becomes of an event that Stripe signs now, by the clock of the world.
    pub fn told(&self, kind: &str, id: &str, object: &Value) -> String {
        let event = json!({"id": format!("evt_{id}"), "object": "event", "created": START,
            "livemode": false, "type": kind, "data": {"object": object}});
        let now = self.world.clock.get() / 1_000;
        self.hears(&stripe_signed_at(now, "", "whsec_local", &event))
    }

    pub fn granted(&self) -> usize {
        let entries = self
            .world
            .entries(&format!("acc_default/test/{}", self.customer));
        let is_grant = |one: &&Value| one["fact"]["type"] == "entitlement_granted";
        entries.iter().filter(is_grant).count()
    }
}

#[test]
fn a_plan_is_paid_at_stripe_and_gives_what_was_paid_for() {
    let shop = shop();
    let made = shop.world.get(&shop.ask_plan(json!({})), 201);
    assert_eq!(made["status"], "action_required");
    assert_eq!(made["collect"], "stripe");
    let action = &made["required_actions"][0];
    assert_eq!(
        action["redirect_url"],
        "https://checkout.stripe.example/cs_1"
    );
    let asked = shop.world.stripe.borrow().last_body();
    for (name, value) in [
        ("mode", "subscription"),
        ("line_items[0][price_data][unit_amount]", "2000"),
        ("line_items[0][price_data][recurring][interval]", "month"),
        (
            "subscription_data[metadata][scrip_subscription_id]",
            text(&made, "id").as_str(),
        ),
        ("success_url", "https://shop.example/thanks"),
    ] {
        assert_eq!(asked.get(name).map(String::as_str), Some(value), "{name}");
    }
    assert_eq!(shop.granted(), 0, "nothing is given before it is paid");
    let invoice = shop
        .world
        .stripe
        .borrow_mut()
        .pay_plan("cs_1", (START, START + MONTH));
    let paid = event("invoice.paid", "1", &invoice);
    assert_eq!(shop.hears(&paid), "applied");
    assert_eq!(shop.hears(&paid), "applied", "and once more");
    let plan = shop.plan(&text(&made, "id"));
    assert_eq!(plan["status"], "active");
    assert_eq!(plan.get("required_actions"), None);
    assert_eq!(shop.has("TOKENS"), "100");
    // The wallet has never seen the fee, and the stats count it once.
    assert_eq!(shop.has("USD"), "none");
    let path = format!("/v1/customers/{}/stats", shop.customer);
    let stats = shop.world.get(&get(path), 200);
    assert_eq!(stats["gross_revenue"], "20", "{stats}");
    // The same request again is answered as it is by now, and Stripe is not asked for another page.
    let again = shop.world.one(&shop.ask_plan(json!({})));
    assert!(
        again.replayed && again.body.contains("\"active\""),
        "{}",
        again.body
    );
    assert_eq!(shop.world.stripe.borrow().sessions.len(), 1);
}

/// Whatever order and number of the events of two periods: each gives once, and what has ended stays ended.
#[test]
fn what_is_paid_gives_once_in_every_order_and_number_of_events() {
    for seed in 0..24 {
        let shop = shop();
        let made = shop.world.get(&shop.ask_plan(json!({})), 201);
        let mut dice = Dice(seed);
        let first = shop
            .world
            .stripe
            .borrow_mut()
            .pay_plan("cs_1", (START, START + MONTH));
        let mut failed = first.clone();
        failed["status"] = "open".into();
        let plan = shop.world.stripe.borrow().plans["sub_A"].clone();
        let ended = seed % 3 == 0;
        let mut events = vec![
            event("invoice.paid", "paid", &first),
            event("invoice.payment_failed", "failed", &failed),
            event("customer.subscription.updated", "updated", &plan),
        ];
        if ended {
            let mut over = plan.clone();
            over["status"] = "canceled".into();
            shop.world
                .stripe
                .borrow_mut()
                .plans
                .insert("sub_A".to_owned(), over.clone());
            events.push(event("customer.subscription.deleted", "deleted", &over));
        }
        for _ in 0..6 {
            events.push(events[dice.pick(events.len())].clone());
        }
        while !events.is_empty() {
            let event = events.remove(dice.pick(events.len()));
            shop.hears(&event);
        }
        let plan = shop.plan(&text(&made, "id"));
        let status = if ended { "inactive" } else { "active" };
        assert_eq!(plan["status"], status, "seed {seed}");
        assert_eq!(shop.granted(), 1, "seed {seed}");
        assert_eq!(shop.has("TOKENS"), "100", "seed {seed}");
    }
}

#[test]
fn a_renewal_fails_recovers_and_its_link_leads_to_the_unpaid_invoice() {
    let shop = shop();
    let id = shop.paid();
    shop.at(MONTH + 3_600);
    let open = shop.bill("open", 1);
    assert_eq!(shop.told("invoice.payment_failed", "2", &open), "applied");
    let plan = shop.plan(&id);
    assert_eq!(plan["status"], "action_required");
    assert_eq!(shop.has("TOKENS"), "0", "nothing is given that is not paid");
    let link = text(&plan["required_actions"][0], "redirect_url");
    let reply = shop.world.one(&get(path_of(&link)));
    assert_eq!(
        (reply.status, reply.body.as_str()),
        (303, "https://invoice.stripe.example/in_2")
    );
    shop.at(MONTH + 2 * 86_400);
    let mut paid = open;
    paid["status"] = "paid".into();
    paid["amount_paid"] = 2_000.into();
    assert_eq!(shop.told("invoice.paid", "3", &paid), "applied");
    assert_eq!(shop.plan(&id)["status"], "active");
    assert_eq!(shop.has("TOKENS"), "100");
    // A failure that is told late is no news.
    shop.told("invoice.payment_failed", "4", &paid);
    assert_eq!(shop.plan(&id)["status"], "active");
}

#[test]
fn it_ends_with_its_period_or_goes_on_or_ends_now_and_stripe_is_told_first() {
    let shop = shop();
    let id = shop.paid();
    let path = format!("{}/{id}", shop.plans());
    let ends = |ends: bool| sent("PATCH", path.clone(), json!({"cancel_at_period_end": ends}));
    let at_stripe = || shop.world.stripe.borrow().plans["sub_A"].clone();
    shop.world.get(&ends(true), 204);
    assert_eq!(at_stripe()["cancel_at_period_end"], true);
    assert_eq!(shop.plan(&id)["cancel_at_period_end"], true);
    shop.world.get(&ends(false), 204);
    assert_eq!(at_stripe()["cancel_at_period_end"], false);
    // Somebody changes it at Stripe: the event says that it did, and Stripe is asked how.
    shop.world
        .stripe
        .borrow_mut()
        .plans
        .get_mut("sub_A")
        .expect("it")["cancel_at_period_end"] = true.into();
    let stale = json!({"id": "sub_A", "object": "subscription", "livemode": false, "cancel_at_period_end": false});
    assert_eq!(
        shop.told("customer.subscription.updated", "5", &stale),
        "applied"
    );
    assert_eq!(shop.plan(&id)["cancel_at_period_end"], true);
    // Stripe does not answer: nothing has changed here, and the same call again ends it.
    let now = sent("PATCH", path.clone(), json!({"status": "inactive"})).once("end");
    for _ in 0..3 {
        shop.world
            .stripe
            .borrow_mut()
            .mishaps
            .push(("/v1/subscriptions/", Mishap::Lost));
    }
    assert_eq!(shop.world.one(&now).status, 503);
    assert_eq!(shop.plan(&id)["status"], "active");
    shop.world.get(&now, 204);
    assert_eq!(at_stripe()["status"], "canceled");
    assert_eq!(shop.plan(&id)["status"], "inactive");
    assert_eq!(shop.has("TOKENS"), "100", "what was paid for stays");
    let again = sent("PATCH", path, json!({"status": "active"}));
    assert_eq!(shop.world.get(&again, 409)["code"], "subscription_ended");
}

/// Stripe tells of the end that a call has asked it for, before the call can tell the wallet.
#[test]
fn an_end_that_its_own_event_tells_first_is_an_end_all_the_same() {
    let shop = shop();
    let id = shop.paid();
    let mut over = shop.world.stripe.borrow().plans["sub_A"].clone();
    over["status"] = "canceled".into();
    let plans = || shop.world.stripe.borrow_mut();
    plans().plans.insert("sub_A".to_owned(), over.clone());
    shop.told("customer.subscription.deleted", "5", &over);
    assert_eq!(shop.plan(&id)["status"], "inactive");
    let path = format!("{}/{id}", shop.plans());
    for key in ["end", "end again"] {
        let ends = sent("PATCH", path.clone(), json!({"status": "inactive"})).once(key);
        shop.world.get(&ends, 204);
    }
    let again = sent("PATCH", path, json!({"status": "active"}));
    assert_eq!(shop.world.get(&again, 409)["code"], "subscription_ended");
}

#[test]
fn one_that_nobody_has_paid_ends_with_its_page() {
    let shop = shop();
    let made = shop.world.get(&shop.ask_plan(json!({})), 201);
    let path = format!("{}/{}", shop.plans(), text(&made, "id"));
    shop.world
        .get(&sent("PATCH", path, json!({"status": "inactive"})), 204);
    assert_eq!(
        shop.world.stripe.borrow().sessions["cs_1"]["status"],
        "expired"
    );
}

#[test]
fn another_plan_is_moved_to_at_stripe_and_gives_the_rest_of_the_period() {
    let shop = shop();
    let id = shop.paid();
    let large = shop
        .world
        .rows("SELECT id FROM product WHERE code = 'large'");
    let large = text(&large[0], "id");
    let small = text(&shop.plan(&id)["products"][0], "id");
    let path = format!("{}/{id}/products/{small}", shop.plans());
    let change = |key: &str| sent("PATCH", path.as_str(), json!({"product": large})).once(key);
    shop.at(MONTH / 2);
    // What is not paid is not had.
    shop.world.stripe.borrow_mut().declines = true;
    assert_eq!(
        shop.world.get(&change("up"), 422)["code"],
        "processor_refused"
    );
    assert_eq!(shop.has("TOKENS"), "100");
    shop.world.stripe.borrow_mut().declines = false;
    // Stripe repeats its refusal to the same attempt, so another one has a key of its own.
    assert_eq!(
        shop.world.get(&change("up"), 422)["code"],
        "processor_refused"
    );
    shop.world.get(&change("up again"), 204);
    let asked = shop.world.stripe.borrow().last_body();
    for (name, value) in [
        ("items[0][id]", "si_1"),
        ("items[0][price]", "price_4000"),
        ("proration_behavior", "always_invoice"),
        ("payment_behavior", "error_if_incomplete"),
    ] {
        assert_eq!(asked.get(name).map(String::as_str), Some(value), "{name}");
    }
    let tokens = shop.has("TOKENS").parse::<u32>().expect("a number");
    assert!(
        (190..=210).contains(&tokens),
        "half of the difference: {tokens}"
    );
    // Its answer was lost: told again it is the same move, and Stripe is not asked to change anything.
    let changes = || {
        let asked = shop.world.stripe.borrow().asked.clone();
        let changes = asked.iter().filter(|one| one.starts_with("POST"));
        changes.count()
    };
    let before = changes();
    shop.world.get(&change("up again"), 204);
    assert_eq!(
        (changes(), shop.has("TOKENS")),
        (before, tokens.to_string())
    );
    let none = shop.world.get(&change("up once more"), 404);
    assert!(text(&none, "detail").contains("does not have"), "{none}");
    // The difference is revenue, and gives nothing by itself.
    let invoice = shop.world.stripe.borrow_mut().bill("sub_A", "paid", None);
    assert_eq!(shop.told("invoice.paid", "9", &invoice), "applied");
    assert_eq!(shop.has("TOKENS"), tokens.to_string());
}

#[test]
fn one_that_stripe_has_already_is_linked() {
    let shop = shop();
    // Somebody has sold it by Stripe's own means before.
    {
        let mut stripe = shop.world.stripe.borrow_mut();
        stripe.sessions.insert(
            "cs_0".to_owned(),
            json!({"amount": 2_000, "interval": "month", "named": null}),
        );
        stripe.pay_plan("cs_0", (START - MONTH / 3, START + 2 * MONTH / 3));
    }
    let link = |id: &str| shop.ask_plan(json!({"stripe_subscription_id": id}));
    let refused = shop.world.get(&link("sub_Z"), 422);
    assert!(
        refused["errors"]["stripe_subscription_id"].is_array(),
        "{refused}"
    );
    let made = shop.world.get(&link("sub_A"), 201);
    assert_eq!(made["status"], "active", "{made}");
    assert_eq!(shop.has("TOKENS"), "100");
    // Its next invoice names nobody: it is known by its subscription.
    shop.at(MONTH);
    let period = (START + 2 * MONTH / 3, START + 5 * MONTH / 3);
    let invoice = shop
        .world
        .stripe
        .borrow_mut()
        .bill("sub_A", "paid", Some(period));
    assert_eq!(shop.told("invoice.paid", "7", &invoice), "applied");
    assert_eq!(shop.granted(), 2);
    // It is somebody's for ever.
    let beta = json!({"name": "Beta", "external_id": "beta"});
    let beta = text(&shop.world.get(&post("/v1/customers", beta), 201), "id");
    let body = json!({"products": [{"code": "small"}], "collect": "stripe", "stripe_subscription_id": "sub_A"});
    shop.world.get(
        &post(format!("/v1/customers/{beta}/subscriptions"), body),
        422,
    );
}

#[test]
fn invoices_of_others_are_passed_over_and_one_without_a_wallet_is_kept() {
    let shop = shop();
    let id = shop.paid();
    let mut invoice = shop.bill("paid", 1);
    let details = &mut invoice["parent"]["subscription_details"];
    details["subscription"] = "sub_other".into();
    details["metadata"] = json!({});
    assert_eq!(
        shop.told("invoice.paid", "20", &invoice),
        "ignored no_plan_of_ours"
    );
    // A copy of the metadata at another subscription is none of ours.
    invoice["parent"]["subscription_details"]["metadata"] = json!({"scrip_subscription_id": id});
    assert_eq!(
        shop.told("invoice.paid", "21", &invoice),
        "ignored no_plan_of_ours"
    );
    // The receipt of a session is no subscription's.
    invoice["parent"] = Value::Null;
    assert_eq!(
        shop.told("invoice.paid", "22", &invoice),
        "ignored not_a_payment"
    );
}

#[test]
fn what_stripe_cannot_take_is_refused_and_nothing_is_left() {
    let shop = shop();
    let count = || shop.world.rows("SELECT 1 FROM subscription").len();
    for (more, field) in [
        (json!({"starts_at": "2031-01-01T00:00:00Z"}), "starts_at"),
        (
            json!({"collect": "wallet", "stripe_subscription_id": "sub_A"}),
            "stripe_subscription_id",
        ),
        (json!({"collect": "cash"}), "collect"),
        (
            json!({"stripe_subscription_id": "A"}),
            "stripe_subscription_id",
        ),
    ] {
        let said = shop.world.get(&shop.ask_plan(more), 422);
        assert!(said["errors"][field].is_array(), "{said}");
    }
    let free = product("free", &unit_price("1"));
    shop.world.get(&post("/v1/products", free), 201);
    let said = shop
        .world
        .get(&shop.ask_plan(json!({"products": [{"code": "free"}]})), 422);
    assert!(said["errors"]["collect"].is_array(), "{said}");
    let customer = json!({"name": "B", "subscriptions": [{"products": [{"code": "small"}], "collect": "stripe"}]});
    shop.world.get(&post("/v1/customers", customer), 422);
    assert_eq!(count(), 0);
    // Stripe refuses the page: nobody could ever pay, so the product is free for another subscription.
    shop.world
        .stripe
        .borrow_mut()
        .mishaps
        .push(("/v1/checkout/sessions", Mishap::Status(400)));
    assert_eq!(
        shop.world.get(&shop.ask_plan(json!({})), 422)["code"],
        "processor_refused"
    );
    let mut again = shop.ask_plan(json!({}));
    again.idempotency_key = Some("other".to_owned());
    assert_eq!(shop.world.get(&again, 201)["status"], "action_required");
}

/// Stripe does not answer, or the answer is lost, at the first page: the same call again makes one page.
#[test]
fn a_lost_answer_makes_one_page_and_one_subscription() {
    for mishap in [
        Mishap::Lost,
        Mishap::Unheard,
        Mishap::Status(500),
        Mishap::Cut,
    ] {
        let shop = shop();
        for _ in 0..3 {
            shop.world
                .stripe
                .borrow_mut()
                .mishaps
                .push(("/v1/checkout/sessions", mishap));
        }
        assert_eq!(
            shop.world.one(&shop.ask_plan(json!({}))).status,
            503,
            "{mishap:?}"
        );
        let made = shop.world.get(&shop.ask_plan(json!({})), 201);
        let link = &made["required_actions"][0]["redirect_url"];
        assert_eq!(link, "https://checkout.stripe.example/cs_1", "{mishap:?}");
        assert_eq!(shop.world.stripe.borrow().sessions.len(), 1, "{mishap:?}");
        assert_eq!(
            shop.world.rows("SELECT 1 FROM stripe_plan").len(),
            1,
            "{mishap:?}"
        );
    }
}
