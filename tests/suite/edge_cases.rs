//! One call of every route that succeeds, on a stage where everything exists that a route may name.
//!
//! Other tests walk this table: what happens when somebody does not answer, what each key may do. A route
//! that has no case here fails the first test of this file.

use scrip::worker::edge::reply::Kind;
use scrip::worker::routes::ROUTES;
use serde_json::{Value, json};

use crate::described::check_body;
use crate::signed::{paid_event, payment_event, standard_signed, stripe_event, stripe_signed};
use crate::stripe_double::StripeDouble;
use crate::world::{Asked, Fault, Lost, Memory, ORIGIN, Sent, get, post, press, sent};

/// One call of a route.
pub struct Case {
    pub method: &'static str,
    /// As the table of routes has it.
    pub path: &'static str,
    pub sent: Sent,
    /// How it is answered.
    pub status: u16,
    /// How it is answered once it has happened and nobody has heard of it.
    pub again: u16,
    /// Sending it again makes another one, because nothing tells that it was sent before.
    pub makes_another: bool,
}

impl Case {
    pub fn name(&self) -> String {
        format!("{} {}", self.method, self.path)
    }

    pub fn again(self, again: u16) -> Self {
        Self { again, ..self }
    }

    fn query(mut self, query: &str) -> Self {
        self.sent.path.push_str(query);
        self
    }
}

/// A call of the route with these values for its placeholders.
pub fn case(
    method: &'static str,
    path: &'static str,
    values: &[&str],
    body: Value,
    status: u16,
) -> Case {
    let mut values = values.iter();
    let parts = path.split('/').map(|part| match part.starts_with('{') {
        true => values.next().expect("a value for each placeholder"),
        false => part,
    });
    let path_sent = parts.collect::<Vec<_>>().join("/");
    let mut sent = sent(method, path_sent, body);
    if !matches!(method, "GET" | "HEAD") {
        sent = sent.once("once");
    }
    Case {
        method,
        path,
        sent,
        status,
        again: status,
        makes_another: false,
    }
}

/// A world in which everything is there that a route may name.
pub struct Stage {
    pub world: Memory,
    /// With all scopes.
    pub key: String,
    pub customer: String,
    /// Of the customer, to a product with two published versions.
    subscription: String,
    /// Waits for 1000 USD.
    unpaid: String,
    /// Where those are paid.
    pay_link: String,
    product: String,
    /// Nobody has it.
    spare: String,
    pub hold: String,
    /// The first one of the wallet.
    grant: String,
    vendor: String,
    account: String,
    other_key: String,
    pub top_up: String,
    /// Where it is paid.
    top_up_link: String,
    /// Paid, and the wallet does not know it.
    pub pending: String,
    pending_link: String,
    pub session: String,
    /// A card that nothing charges, and where one is added.
    pub cards: [String; 2],
    /// Of the customer's page: `scrip_portal=…`.
    cookie: String,
    pub destination: String,
    /// Of Stripe, for the test side; its secret is [`ENDPOINT_SECRET`].
    pub endpoint: String,
    pub more: More,
}

/// What is there as well.
#[derive(Default)]
pub struct More {
    /// A code that several may redeem, by its id and as it is typed.
    code: String,
    typed: String,
    /// For any processor, with its secret.
    inbound: String,
    secret: String,
    /// Events of payments that name nobody: one that waits, and one that was looked at.
    unmatched: String,
    dismissed: String,
    /// Of the customer: the id of a token, and what a link brings for another one.
    pub token: String,
    pub link_token: String,
}

const ENDPOINT_SECRET: &str = "whsec_endpoint";

const STRIPE_KEY: &str = "sk_test_abcdefgh1234";

const URLS: [(&str, &str); 2] = [
    ("return_url", "https://shop.example/thanks"),
    ("failure_url", "https://shop.example/sorry"),
];

pub fn with_urls(mut body: Value) -> Value {
    for (name, url) in URLS {
        body[name] = url.into();
    }
    body
}

pub fn top_up_of(customer: &str) -> Value {
    with_urls(json!({"customer_id": customer, "amount": "20", "currency": "USD"}))
}

pub fn unit_price(amount: &str) -> Value {
    json!({"usage_calculation": {"event_type": "chat", "usage_type": "unit"},
        "pricing": [{"asset": "USD", "values": [{"unit_price": amount}]}]})
}

fn monthly(amount: &str) -> Value {
    json!({"name": "Base fee", "type": "fixed",
        "billing_model": {"type": "recurring", "recurring": {"interval": "month", "interval_count": 1}},
        "pricing": [{"asset": "USD", "values": [{"unit_price": amount}]}]})
}

pub fn product(code: &str, prices: &Value) -> Value {
    json!({"code": code, "name": code, "publish": true, "prices": [prices]})
}

fn chat(id: &str) -> Value {
    json!({"id": id, "event_type": "chat", "occurred_at": "2026-09-21T00:00:00Z"})
}

pub fn text(value: &Value, name: &str) -> String {
    let text = value[name].as_str();
    text.unwrap_or_else(|| panic!("no {name} in {value}"))
        .to_owned()
}

/// The path of one of our own addresses.
pub fn path_of(url: &str) -> String {
    url.strip_prefix(ORIGIN).expect("one of ours").to_owned()
}

impl Stage {
    pub fn new() -> Self {
        let world = Memory::new();
        let key = text(
            &world.get(&post("/v1/keys", json!({"name": "all"})), 201),
            "key",
        );
        let make = |path: &str, body: Value, status| world.get(&post(path, body).by(&key), status);
        let rates = json!([{"source": "USD", "rate": "0.01"}]);
        let credits = json!({"code": "CREDITS", "name": "Credits", "precision": 0, "rates": rates});
        make("/v1/assets", credits, 201);
        let made = |code: &str, prices: &Value| {
            text(&make("/v1/products", product(code, prices), 201), "id")
        };
        let film = json!({"usage_calculation": {"event_type": "film", "usage_type": "volume",
            "volume_field": "seconds"}, "pricing": [{"asset": "USD", "values": [{"volume_rate": "0.1"}]}]});
        let mut chat_and_film = product("chat", &unit_price("0.01"));
        chat_and_film["prices"] = json!([unit_price("0.01"), film]);
        let product = text(&make("/v1/products", chat_and_film, 201), "id");
        let versions = format!("/v1/products/{product}");
        make(
            &versions,
            json!({"publish": true, "prices": [unit_price("0.02")]}),
            201,
        );
        make(
            &versions,
            json!({"publish": false, "prices": [unit_price("0.03")]}),
            201,
        );
        made("plan", &monthly("1000"));
        let spare = made("spare", &unit_price("1"));
        let products = json!([{"products": [{"code": "chat", "version": 1}]}]);
        let acme = json!({"name": "Acme", "external_id": "acme", "subscriptions": products});
        let acme = make("/v1/customers", acme, 201);
        let customer = text(&acme, "id");
        let mut stage = Self {
            subscription: text(&acme["subscriptions"][0], "id"),
            product,
            spare,
            vendor: text(&make("/v1/vendors", json!({"name": "Models"}), 201), "id"),
            account: text(&make("/v1/accounts", json!({"name": "Below"}), 201), "id"),
            other_key: {
                let other = json!({"name": "other", "scopes": ["admin"]});
                text(&make("/v1/keys", other, 201), "id")
            },
            destination: {
                let destination = json!({"url": "https://one.example/", "topics": ["a.b"]});
                text(&make("/v1/webhooks", destination, 201), "id")
            },
            world,
            key,
            customer,
            unpaid: String::new(),
            pay_link: String::new(),
            hold: String::new(),
            grant: String::new(),
            top_up: String::new(),
            top_up_link: String::new(),
            pending: String::new(),
            pending_link: String::new(),
            session: String::new(),
            cards: [String::new(), String::new()],
            cookie: String::new(),
            endpoint: String::new(),
            more: More::default(),
        };
        stage.sell();
        stage
    }

    pub fn product(&self) -> &str {
        &self.product
    }

    fn make(&self, method: &'static str, path: &str, body: Value, status: u16) -> Value {
        let path = path.replace("{}", &self.customer);
        self.world
            .get(&sent(method, path, body).by(&self.key), status)
    }

    fn fill_wallet(&mut self) {
        let wallet = "/v1/customers/{}/wallet";
        let credit =
            json!({"transaction_id": "t1", "asset": "USD", "amount": "100", "reason": "gift"});
        self.make("POST", &format!("{wallet}/adjustments"), credit, 201);
        let wire = json!({"transaction_id": "wire_1", "asset": "USD", "amount": "1",
            "reason": "external_topup"});
        self.make("POST", &format!("{wallet}/adjustments"), wire, 201);
        let grants = self.make(
            "GET",
            &format!("{wallet}/default:USD/grants"),
            Value::Null,
            200,
        );
        self.grant = text(&grants["items"][0], "id");
        let budget = json!({"asset": "USD", "limit": "50", "window": "day"});
        self.make("PUT", &format!("{wallet}/budgets/all"), budget, 200);
        let ask = json!({"id": "a1", "customer_id": self.customer, "asset": "USD", "amount": "1"});
        self.hold = text(&self.make("POST", "/v1/authorize", ask, 200)["hold"], "id");
        let mut film = chat("film_1");
        film["event_type"] = json!("film");
        let events = json!({"customer_id": self.customer, "events": [chat("event_1"), film]});
        self.make("POST", "/v1/events", events, 204);
        let plan = with_urls(json!({"products": [{"code": "plan"}]}));
        let plan = self.make("POST", "/v1/customers/{}/subscriptions", plan, 201);
        self.unpaid = text(&plan, "id");
        self.pay_link = path_of(&text(&plan["required_actions"][0], "redirect_url"));
        // What the wallet has recorded is asked for by its customer, so the directory knows it.
        self.make("GET", "/v1/customers/{}/stats", Value::Null, 200);
    }

    /// Cards, a link to add one, and a recharge rule that is at rest.
    fn add_cards(&mut self) {
        const METHODS: &str = "/v1/customers/{}/payment-methods";
        self.make("POST", METHODS, json!({"card": "ok"}), 201);
        let spare = self.make("POST", METHODS, json!({"card": "declined"}), 201);
        self.cards[0] = text(&spare, "id");
        let sessions = format!("{METHODS}/sessions");
        let session = self.make("POST", &sessions, with_urls(json!({})), 201);
        self.cards[1] = path_of(&text(&session, "redirect_url"));
        let rule = json!({"threshold": "0", "amount": "100", "currency": "USD", "enabled": false});
        let path = "/v1/customers/{}/wallet/recharge/CREDITS";
        self.make("PUT", path, rule, 200);
        self.charge_recharge();
    }

    /// Top-ups, a link to the customer's page, an event at the destination.
    fn sell(&mut self) {
        self.fill_wallet();
        self.add_cards();
        let [open, pending] = ["open", "pending"].map(|key| {
            let body = top_up_of(&self.customer);
            let made = post("/v1/top-ups", body).by(&self.key).once(key);
            let made = self.world.get(&made, 201);
            (text(&made, "id"), path_of(&text(&made, "redirect_url")))
        });
        (self.top_up, self.top_up_link) = open;
        (self.pending, self.pending_link) = pending;
        self.world.break_at(Fault {
            asked: Asked::Wallet,
            place: 0,
            lost: Lost::Question,
        });
        self.world
            .get(&press(self.pending_link.as_str(), "pay"), 503);
        self.world.mend();
        let session = with_urls(json!({"customer_id": self.customer}));
        let session = self.make("POST", "/v1/billing-portal/sessions", session, 200);
        self.session = text(&session, "id");
        self.cookie = cookie_of(&self.world, &path_of(&text(&session, "redirect_url")));
        self.make("POST", "/v1/webhooks/test/a.b", json!({}), 202);
        let tokens = "/v1/customers/{}/tokens";
        let token = json!({"scopes": ["read"]});
        self.more.token = text(&self.make("POST", tokens, token, 201), "id");
        let link = json!({"scopes": ["read"], "link": format!("{ORIGIN}/portal")});
        let link = text(&self.make("POST", tokens, link, 201), "link");
        self.more.link_token = link.split("#token=").nth(1).expect("a token").to_owned();
        let codes = json!({"amount": "5", "asset": "USD", "max_redemptions": 2});
        let codes = self.make("POST", "/v1/codes", codes, 201);
        self.more.code = text(&codes["codes"][0], "id");
        self.more.typed = text(&codes["codes"][0], "code");
        let endpoint = json!({"name": "Shop", "secret": ENDPOINT_SECRET});
        let endpoint = self.make("POST", "/v1/stripe/endpoints", endpoint, 201);
        self.endpoint = text(&endpoint, "id");
        let inbound = json!({"processor": "adyen"});
        let inbound = self.make("POST", "/v1/inbound-endpoints", inbound, 201);
        self.more.inbound = text(&inbound, "id");
        self.more.secret = text(&inbound, "secret");
        for (event, payment) in [
            (&mut self.more.unmatched, "pi_nobody"),
            (&mut self.more.dismissed, "pi_settled"),
        ] {
            let nobody = payment_event(payment, 2_000, json!({}));
            *event = text(&nobody, "id");
            self.world
                .get(&stripe_signed("", "whsec_local", &nobody), 200);
        }
        let resolve = format!("/v1/unmatched-payments/{}/resolve", self.more.dismissed);
        self.make("POST", &resolve, Value::Null, 200);
        // After the top-ups of before, which are simulated; those of the cases are paid at Stripe.
        self.world.stripe.replace(StripeDouble::knowing(STRIPE_KEY));
        let connection = json!({"secret_key": STRIPE_KEY});
        self.make(
            "PUT",
            "/v1/accounts/self/processors/stripe",
            connection,
            200,
        );
    }

    /// One call of every route, by the key with all scopes.
    pub fn cases(&self) -> Vec<Case> {
        let cases = [
            self.usage(),
            self.wallets(),
            self.recharges(),
            self.refunds(),
            self.customers(),
            self.assets(),
            self.products(),
            self.accounts(),
            self.money(),
            self.codes(),
            self.tokens(),
            self.stripe(),
            self.inbound(),
            self.webhooks(),
            self.for_everybody(),
        ];
        let mut cases: Vec<Case> = cases.into_iter().flatten().collect();
        for case in &mut cases {
            case.sent.api_key = Some(self.key.clone());
        }
        cases
    }

    fn usage(&self) -> Vec<Case> {
        let (hold, customer) = (self.hold.as_str(), &self.customer);
        let ask = json!({"customer_external_id": "acme", "asset": "USD", "amount": "1"});
        let events = json!({"customer_id": customer, "events": [chat("event_2")]});
        vec![
            case("POST", "/v1/authorize", &[], ask, 200),
            case(
                "POST",
                "/v1/holds/{id}/capture",
                &[hold],
                json!({"amount": "1"}),
                200,
            ),
            case(
                "POST",
                "/v1/holds/{id}/extend",
                &[hold],
                json!({"expires_in": 9000}),
                200,
            ),
            case("POST", "/v1/holds/{id}/release", &[hold], json!({}), 200),
            case("GET", "/v1/holds/{id}", &[hold], Value::Null, 200),
            case("HEAD", "/v1/holds/{id}", &[hold], Value::Null, 200),
            case("POST", "/v1/events", &[], events, 204),
            case("GET", "/v1/events", &[], Value::Null, 200).query("?customer_external_id=acme"),
            case("GET", "/v1/events/{event}", &["event_1"], Value::Null, 200),
            case("HEAD", "/v1/events/{event}", &["event_1"], Value::Null, 200),
        ]
    }

    fn wallets(&self) -> Vec<Case> {
        let one = [self.customer.as_str()];
        let [t1, usd, all] = ["t1", "default:USD", "all"].map(|name| [one[0], name]);
        let void = [one[0], self.grant.as_str()];
        let none = || Value::Null;
        let credit =
            json!({"transaction_id": "t2", "asset": "USD", "amount": "1", "reason": "gift"});
        let charge = json!({"transaction_id": "t3", "asset": "USD", "amount": "1"});
        let overdraft = json!({"asset": "USD", "limit": "1"});
        let budget = json!({"asset": "USD", "limit": "40", "window": "day"});
        macro_rules! wallet {
            ($method:literal, $path:literal, $values:expr, $body:expr, $status:literal) => {
                case(
                    $method,
                    concat!("/v1/customers/{id}/wallet", $path),
                    $values,
                    $body,
                    $status,
                )
            };
        }
        vec![
            wallet!("GET", "", &one, none(), 200),
            wallet!("HEAD", "", &one, none(), 200),
            wallet!("GET", "/entries", &one, none(), 200),
            wallet!("GET", "/holds", &one, none(), 200),
            wallet!("GET", "/settings", &one, none(), 200),
            wallet!(
                "PUT",
                "/settings",
                &one,
                json!({"late_events_days": 1}),
                200
            ),
            wallet!("POST", "/adjustments", &one, credit, 201),
            wallet!("POST", "/charges", &one, charge, 201),
            wallet!(
                "POST",
                "/grants/{grant}/void",
                &void,
                json!({"reason": "mistake"}),
                200
            ),
            wallet!(
                "POST",
                "/reversals",
                &one,
                json!({"event_id": "event_1"}),
                201
            ),
            wallet!("GET", "/unpriced", &one, none(), 200),
            wallet!(
                "POST",
                "/pricings",
                &one,
                json!({"event_id": "film_1", "data": {"seconds": 3}}),
                201
            ),
            wallet!("GET", "/transactions/{transaction}", &t1, none(), 200),
            wallet!("GET", "/overdraft", &one, none(), 200),
            wallet!("PUT", "/overdraft", &one, overdraft, 200),
            wallet!("GET", "/budgets", &one, none(), 200),
            wallet!("GET", "/budgets/{code}", &all, none(), 200),
            wallet!("PUT", "/budgets/{code}", &all, budget, 200),
            wallet!("DELETE", "/budgets/{code}", &all, none(), 204),
            wallet!("GET", "/{account}", &usd, none(), 200),
            wallet!("GET", "/{account}/grants", &usd, none(), 200),
        ]
    }

    fn customers(&self) -> Vec<Case> {
        let (one, none) = ([self.customer.as_str()], || Value::Null);
        let subscribed = [one[0], self.subscription.as_str()];
        let product = [one[0], self.subscription.as_str(), self.product.as_str()];
        let subscriptions = json!([{"products": [{"code": "chat"}]}]);
        let new = json!({"name": "Beta", "external_id": "beta", "subscriptions": subscriptions});
        let change = json!({"name": "New", "external_id": "renamed"});
        let spare = json!({"products": [{"code": "spare"}]});
        const CUSTOMER: &str = "/v1/customers/{id}";
        const SUBSCRIPTION: &str = "/v1/customers/{id}/subscriptions/{subscription}";
        const PRODUCT: &str = "/v1/customers/{id}/subscriptions/{subscription}/products/{product}";
        vec![
            case("POST", "/v1/customers", &[], new, 201),
            case("GET", "/v1/customers", &[], none(), 200),
            case("GET", "/v1/customers/stats", &[], none(), 200),
            case("GET", CUSTOMER, &one, none(), 200),
            case("HEAD", CUSTOMER, &one, none(), 200),
            case("PATCH", CUSTOMER, &one, change, 204),
            case("GET", "/v1/customers/{id}/stats", &one, none(), 200),
            case("POST", "/v1/customers/{id}/subscriptions", &one, spare, 201),
            case(
                "PATCH",
                SUBSCRIPTION,
                &subscribed,
                json!({"status": "inactive"}),
                204,
            ),
            case("PATCH", PRODUCT, &product, json!({"version": 2}), 204),
            case(
                "GET",
                "/v1/products/{id}/subscribers",
                &product[2..],
                none(),
                200,
            ),
        ]
    }

    fn assets(&self) -> Vec<Case> {
        let none = || Value::Null;
        let rate = json!({"source": "USD", "rate": "0.02"});
        let quote = json!({"source": "USD", "amount": "1"});
        let new =
            json!({"code": "POINTS", "name": "Points", "rates": [{"source": "USD", "rate": "1"}]});
        vec![
            case("POST", "/v1/assets", &[], new, 201),
            case("GET", "/v1/assets", &[], none(), 200),
            case("GET", "/v1/assets/{code}", &["CREDITS"], none(), 200),
            case("POST", "/v1/assets/{code}/rates", &["CREDITS"], rate, 204),
            case("POST", "/v1/assets/{code}/quote", &["CREDITS"], quote, 200),
        ]
    }

    fn products(&self) -> Vec<Case> {
        let (one, none) = ([self.product.as_str()], || Value::Null);
        let version = |number| [one[0], number];
        let next = json!({"publish": true, "prices": [unit_price("0.04")]});
        let usage = json!({"events": [{"event_type": "chat"}]});
        let new = product("new", &unit_price("5"));
        const VERSION: &str = "/v1/products/{id}/{version}";
        const SIMULATION: &str = "/v1/products/{id}/{version}/simulate-usage";
        vec![
            case("POST", "/v1/products", &[], new, 201),
            case("GET", "/v1/products", &[], none(), 200),
            case("GET", "/v1/products/{id}", &one, none(), 200),
            case("POST", "/v1/products/{id}", &one, next, 201),
            case("DELETE", "/v1/products/{id}", &[&self.spare], none(), 204).again(404),
            case("GET", VERSION, &version("1"), none(), 200),
            case(
                "PATCH",
                VERSION,
                &version("2"),
                json!({"make_default": true}),
                204,
            ),
            case("DELETE", VERSION, &version("3"), none(), 204).again(404),
            case("POST", SIMULATION, &version("3"), usage, 200),
        ]
    }

    fn accounts(&self) -> Vec<Case> {
        let (vendor, account) = ([self.vendor.as_str()], [self.account.as_str()]);
        let (other, none) = ([self.other_key.as_str()], || Value::Null);
        let key = json!({"name": "new", "scopes": ["admin"]});
        let branding = json!({"name": "Acme", "light": {"accent": "#7a2e8e"}, "labels": {"events": {"chat": "Chat"}}});
        let packs =
            json!({"packs": [{"code": "p", "amount": "20", "currency": "USD", "bonus": "1"}]});
        vec![
            case("POST", "/v1/vendors", &[], json!({"name": "New"}), 201),
            case("GET", "/v1/vendors", &[], none(), 200),
            case("GET", "/v1/vendors/{id}", &vendor, none(), 200),
            case("GET", "/v1/vendors/{id}/stats", &vendor, none(), 200),
            case("POST", "/v1/accounts", &[], json!({"name": "New"}), 201),
            case("GET", "/v1/accounts", &[], none(), 200),
            case("GET", "/v1/accounts/self", &[], none(), 200),
            case("GET", "/v1/accounts/self/budgets", &[], none(), 200),
            case(
                "PUT",
                "/v1/accounts/self/budgets",
                &[],
                json!({"budgets": [{"code": "all", "asset": "USD", "limit": "9", "window": "day"}]}),
                200,
            ),
            case("GET", "/v1/accounts/self/branding", &[], none(), 200),
            case("PUT", "/v1/accounts/self/branding", &[], branding, 200),
            case("GET", "/v1/accounts/self/settings", &[], none(), 200),
            case(
                "PATCH",
                "/v1/accounts/self/settings",
                &[],
                json!({"unpriced": "allow"}),
                200,
            ),
            case(
                "PUT",
                "/v1/accounts/self/processors/stripe",
                &[],
                json!({"secret_key": STRIPE_KEY, "automatic_tax": true}),
                200,
            ),
            case(
                "GET",
                "/v1/accounts/self/processors/stripe",
                &[],
                none(),
                200,
            ),
            case(
                "DELETE",
                "/v1/accounts/self/processors/stripe",
                &[],
                none(),
                204,
            )
            .again(404),
            case("GET", "/v1/accounts/self/packs", &[], none(), 200),
            case("PUT", "/v1/accounts/self/packs", &[], packs, 200),
            case("GET", "/v1/accounts/{id}", &account, none(), 200),
            // A key is shown once: who has not heard of it is told that it exists.
            case("POST", "/v1/keys", &[], key, 201).again(409),
            case("GET", "/v1/keys", &[], none(), 200),
            case("POST", "/v1/keys/{id}/rotate", &other, json!({}), 201).again(409),
            case("DELETE", "/v1/keys/{id}", &other, none(), 204),
        ]
    }

    fn codes(&self) -> Vec<Case> {
        let (code, customer) = ([self.more.code.as_str()], [self.customer.as_str()]);
        let typed = || json!({"code": self.more.typed});
        let new = json!({"amount": "1", "asset": "CREDITS", "count": 3, "credit_expires_days": 30});
        let none = || Value::Null;
        vec![
            case("POST", "/v1/codes", &[], new, 201),
            case("GET", "/v1/codes", &[], none(), 200),
            case("GET", "/v1/codes/{id}", &code, none(), 200),
            case("DELETE", "/v1/codes/{id}", &code, none(), 204),
            case(
                "POST",
                "/v1/customers/{id}/codes/preview",
                &customer,
                typed(),
                200,
            ),
            case(
                "POST",
                "/v1/customers/{id}/codes/redeem",
                &customer,
                typed(),
                200,
            ),
        ]
    }

    fn stripe(&self) -> Vec<Case> {
        let (endpoint, none) = ([self.endpoint.as_str()], || Value::Null);
        let (open, dismissed) = (
            [self.more.unmatched.as_str()],
            [self.more.dismissed.as_str()],
        );
        let new = json!({"name": "New", "secret": "whsec_new", "connected_accounts": ["acct_1"]});
        let customer = json!({"customer_id": self.customer});
        let long_ago = json!({"resolved_before": "2026-01-01T00:00:00Z"});
        let settled = json!({"id": "pi_elsewhere", "action": "settle"});
        const ENDPOINT: &str = "/v1/stripe/endpoints/{id}";
        const UNMATCHED: &str = "/v1/unmatched-payments/{event}";
        macro_rules! below {
            ($path:literal) => {
                concat!("/v1/unmatched-payments", $path)
            };
        }
        vec![
            case("POST", "/v1/stripe/endpoints", &[], new, 201),
            case("GET", "/v1/stripe/endpoints", &[], none(), 200),
            case("GET", ENDPOINT, &endpoint, none(), 200),
            case("PATCH", ENDPOINT, &endpoint, json!({"name": "Other"}), 200),
            case(
                "POST",
                "/v1/stripe/endpoints/{id}/rotate",
                &endpoint,
                json!({"secret": "whsec_next"}),
                200,
            ),
            case("DELETE", ENDPOINT, &endpoint, none(), 204).again(404),
            case("POST", "/v1/stripe/recoveries", &[], none(), 200),
            case("GET", "/v1/reconciliation", &[], none(), 200),
            case("POST", "/v1/reconciliation/mend", &[], settled, 200),
            case("GET", "/v1/unmatched-payments", &[], none(), 200),
            case("GET", UNMATCHED, &open, none(), 200),
            case("POST", below!("/{event}/assign"), &open, customer, 200),
            case("POST", below!("/{event}/resolve"), &open, none(), 200),
            case("DELETE", UNMATCHED, &dismissed, none(), 204).again(404),
            case("POST", below!("/purge"), &[], long_ago, 200),
        ]
    }

    fn inbound(&self) -> Vec<Case> {
        let (one, none) = ([self.more.inbound.as_str()], || Value::Null);
        let new = json!({"processor": "paddle"});
        let secret = json!({"secret": "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"});
        const ENDPOINTS: &str = "/v1/inbound-endpoints";
        const ENDPOINT: &str = "/v1/inbound-endpoints/{id}";
        let mut paid = case("POST", "/inbound/{endpoint}", &[""], none(), 200);
        let told = paid_event("pay_1", &self.customer, "20");
        paid.sent = standard_signed(&self.more.inbound, &self.more.secret, "msg_1", &told);
        vec![
            case("POST", ENDPOINTS, &[], new, 201),
            case("GET", ENDPOINTS, &[], none(), 200),
            case("GET", ENDPOINT, &one, none(), 200),
            case(
                "POST",
                "/v1/inbound-endpoints/{id}/rotate",
                &one,
                secret,
                200,
            ),
            case("DELETE", ENDPOINT, &one, none(), 204).again(404),
            paid,
        ]
    }

    fn webhooks(&self) -> Vec<Case> {
        let (one, none) = ([self.destination.as_str()], || Value::Null);
        let new = json!({"url": "https://two.example/", "topics": ["*"], "connect": true});
        let (topic, data) = ("a.b", || json!({"x": 1}));
        let connected = [topic, self.account.as_str()];
        let tested = [one[0], topic, self.account.as_str()];
        vec![
            case("POST", "/v1/webhooks", &[], new, 201),
            case("GET", "/v1/webhooks", &[], none(), 200),
            case("GET", "/v1/webhooks/events", &[], none(), 200),
            case("GET", "/v1/webhooks/{id}", &one, none(), 200),
            case(
                "PATCH",
                "/v1/webhooks/{id}",
                &one,
                json!({"enabled": false}),
                200,
            ),
            case("DELETE", "/v1/webhooks/{id}", &one, none(), 204).again(404),
            case("POST", "/v1/webhooks/{id}/rotate", &one, json!({}), 200),
            case("POST", "/v1/webhooks/test/{topic}", &[topic], data(), 202),
            case(
                "POST",
                "/v1/webhooks/test/{topic}/{account}",
                &connected,
                data(),
                202,
            ),
            case(
                "POST",
                "/v1/webhooks/{id}/test/{topic}",
                &tested[..2],
                data(),
                202,
            ),
            case(
                "POST",
                "/v1/webhooks/{id}/test/{topic}/{account}",
                &tested,
                data(),
                202,
            ),
        ]
    }

    fn for_everybody(&self) -> Vec<Case> {
        let none = || Value::Null;
        let page = |method, path, link: &str, status| {
            let mut made = case(method, path, &["", ""], none(), status);
            made.sent = get(link);
            made
        };
        let mut pay = page("POST", "/pay/{token}", "", 303);
        pay.sent = press(self.top_up_link.as_str(), "pay");
        let mut event = case("POST", "/stripe/webhook", &[], none(), 200);
        event.sent = stripe_event(&self.customer, "pi_1", 2_000);
        let mut of_endpoint = case("POST", "/stripe/webhook/{endpoint}", &[""], none(), 200);
        let paid = payment_event("pi_2", 2_000, json!({"scrip_customer_id": self.customer}));
        let address = format!("/{}", self.endpoint);
        of_endpoint.sent = stripe_signed(&address, ENDPOINT_SECRET, &paid);
        let link = self.pay_link.replace("{subscription_id}", &self.unpaid);
        let recharge = |method, sent: Sent, status| {
            let mut made = case(method, "/portal/recharge", &[], none(), status);
            made.sent = sent;
            made.sent.cookie = Some(self.cookie.clone());
            made
        };
        let saved = press(
            "/portal/recharge",
            "save&asset=USD&threshold=200&amount=50&monthly_limit=900",
        );
        let mut setup = page("POST", "/setup/{token}", "", 303);
        setup.sent = press(self.cards[1].as_str(), "ok");
        // What was added once is told by a page.
        let setup = setup.again(200);
        let mut portal = page("GET", "/portal", "/portal", 200);
        portal.sent.cookie = Some(self.cookie.clone());
        let mut redeem = case("POST", "/portal/codes", &[], none(), 200);
        redeem.sent = press("/portal/codes", &format!("redeem&code={}", self.more.typed));
        redeem.sent.cookie = Some(self.cookie.clone());
        vec![
            event,
            redeem,
            of_endpoint,
            page("GET", "/pay/{token}", &self.pending_link, 200),
            pay,
            page("GET", "/pay/{token}/{id}", &link, 303),
            portal,
            recharge("GET", get("/portal/recharge"), 200),
            // Without a key nobody can tell that it was sent before: it sets the same rule again.
            Case {
                makes_another: true,
                ..recharge("POST", saved, 303)
            },
            page("GET", "/setup/{token}", &self.cards[1], 200),
            setup,
            case("GET", "/v1/meta", &[], none(), 200),
            case("GET", "/v1/openapi.json", &[], none(), 303),
            case("GET", "/healthz", &[], none(), 200),
            case("HEAD", "/v1/meta", &[], none(), 200),
            case("HEAD", "/healthz", &[], none(), 200),
            case("GET", "/readyz", &[], none(), 200),
            case("HEAD", "/readyz", &[], none(), 200),
        ]
    }
}

/// Opens a link to a customer's page: the cookie that it is looked at with.
pub fn cookie_of(world: &Memory, link: &str) -> String {
    let opened = world.one(&get(link));
    let (page, word) = opened
        .body
        .split_once("#token=")
        .expect("a word for a token");
    assert_eq!((opened.status, page), (303, "/portal"));
    assert!(word.starts_with("ctl_"), "{word}");
    let Kind::Redirect {
        cookie: Some(cookie),
    } = opened.kind
    else {
        panic!("no cookie")
    };
    cookie.split(';').next().expect("a cookie").to_owned()
}

#[test]
fn every_route_has_one_case_and_it_succeeds() {
    let stage = Stage::new();
    let cases = stage.cases();
    let mut names: Vec<String> = cases.iter().map(Case::name).collect();
    let routes = ROUTES.iter();
    let mut routes: Vec<String> = routes
        .map(|(method, path, ..)| format!("{method} {path}"))
        .collect();
    names.sort();
    routes.sort();
    assert_eq!(names, routes);
    for case in &cases {
        let world = stage.world.copy();
        let reply = world.one(&case.sent);
        assert_eq!(reply.status, case.status, "{}: {}", case.name(), reply.body);
        check_body(&case.sent, &reply);
        // What is done is done once, whoever did not hear of it.
        let done = world.everything();
        let reply = world.one(&case.sent);
        assert_eq!(
            reply.status,
            case.again,
            "{} again: {}",
            case.name(),
            reply.body
        );
        let same = world.everything() == done;
        assert_eq!(same, !case.makes_another, "{} again", case.name());
    }
}
