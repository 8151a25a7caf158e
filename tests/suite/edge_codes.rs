//! Redeem codes: each customer once, no more often than a code allows, and nothing for who guesses.

use scrip::wire::codes::CodeText;
use scrip::worker::edge::reply::Reply;
use serde_json::{Value, json};

use crate::edge_cases::cookie_of;
use crate::edge_cases::{path_of, text, with_urls};
use crate::edge_races::for_each_seed;
use crate::edge_stripe::key_of;
use crate::world::{Asked, Fault, Lost, Memory, NOW, Sent, get, post, press, sent};

/// Ten days after every world begins.
const LATER: &str = "2026-10-01T00:00:00Z";

const DAY: i64 = 86_400_000;

struct Codes {
    world: Memory,
    customers: Vec<String>,
}

impl Codes {
    fn with(customers: usize) -> Self {
        let world = Memory::new();
        let make = |name: usize| {
            let body = json!({"name": "One", "external_id": format!("one {name}")});
            text(&world.get(&post("/v1/customers", body), 201), "id")
        };
        let customers = (0..customers).map(make).collect();
        Self { world, customers }
    }

    fn one(&self) -> &str {
        &self.customers[0]
    }

    /// The code that these terms make, by its id and as it is typed.
    fn make(&self, terms: Value) -> (String, String) {
        let made = self.world.get(&post("/v1/codes", terms), 201);
        let code = &made["codes"][0];
        (text(code, "id"), text(code, "code"))
    }

    fn grants(&self, customer: &str) -> Vec<Value> {
        let path = format!("/v1/customers/{customer}/wallet/default:USD/grants");
        let reply = self.world.one(&get(path));
        let body: Value = serde_json::from_str(&reply.body).expect("JSON");
        body["items"].as_array().cloned().unwrap_or_default()
    }
}

fn of_five() -> Value {
    json!({"amount": "5", "asset": "USD"})
}

fn ask(what: &str, customer: &str, code: &str) -> Sent {
    let path = format!("/v1/customers/{customer}/codes/{what}");
    post(path, json!({"code": code}))
}

fn redeem(customer: &str, code: &str) -> Sent {
    ask("redeem", customer, code)
}

fn disable(code: &str) -> Sent {
    sent("DELETE", format!("/v1/codes/{code}"), Value::Null)
}

/// A code that is written as ours are and that nobody has made.
fn nobodys() -> String {
    CodeText::from_digits(&"07".repeat(32))
        .expect("a code")
        .to_string()
}

#[test]
fn codes_are_shown_by_the_call_that_makes_them_and_kept_as_hashes() {
    let codes = Codes::with(1);
    let terms = json!({"amount": "5", "asset": "USD", "count": 20, "description": "Winter fair",
        "metadata": {"by": "Ann"}, "max_redemptions": 3, "expires_at": LATER});
    let call = post("/v1/codes", terms).once("fair");
    let first = codes.world.one(&call);
    assert_eq!(
        (first.status, first.replayed),
        (201, false),
        "{}",
        first.body
    );
    let again = codes.world.one(&call);
    assert_eq!((again.replayed, &again.body), (true, &first.body));
    let made: Value = serde_json::from_str(&first.body).expect("JSON");
    let typed: Vec<String> = (0..20).map(|at| text(&made["codes"][at], "code")).collect();
    let distinct: std::collections::BTreeSet<&String> = typed.iter().collect();
    assert_eq!(distinct.len(), 20);
    let batch = text(&made, "batch_id");
    let listed = codes
        .world
        .one(&get(format!("/v1/codes?batch_id={batch}&limit=100")));
    let stored = codes.world.everything().join("\n");
    for code in &typed {
        for form in [code.clone(), code.replace('-', "")] {
            assert!(
                !stored.contains(&form) && !listed.body.contains(&form),
                "{form}"
            );
        }
    }
    let listed: Value = serde_json::from_str(&listed.body).expect("JSON");
    assert_eq!(listed["total_count"], 20);
    let one = &listed["items"][0];
    for (name, value) in [
        ("amount", json!("5")),
        ("purpose", json!("promotion")),
        ("per_customer", json!(1)),
        ("max_redemptions", json!(3)),
        ("redemptions", json!(0)),
        ("status", json!("active")),
        ("metadata", json!({"by": "Ann"})),
    ] {
        assert_eq!(one[name], value, "{name}");
    }
    // Another wish under the same key makes nothing, not even those of a longer batch.
    let more = json!({"amount": "5", "asset": "USD", "count": 30});
    let refused = codes.world.get(&post("/v1/codes", more).once("fair"), 422);
    assert_eq!(refused["code"], "operation_id_reused");
    assert_eq!(codes.world.rows("SELECT 1 FROM code").len(), 20);
}

#[test]
fn codes_need_the_deployments_key_to_be_made_and_shown_again_and_none_to_be_redeemed() {
    let mut codes = Codes::with(1);
    codes.world.config.secrets_key = "0123456789abcdef0123456789abcdef".to_owned();
    let call = post("/v1/codes", of_five()).once("one");
    let made = codes.world.get(&call, 201);
    let typed = text(&made["codes"][0], "code");
    codes.world.config.secrets_key = "fedcba9876543210fedcba9876543210".to_owned();
    assert_eq!(codes.world.get(&call, 422)["code"], "not_configured");
    codes.world.get(&redeem(codes.one(), &typed), 200);
    codes.world.config.environment = "deployed".to_owned();
    codes.world.config.secrets_key = String::new();
    let key = key_of(&codes.world, "acc_default", "test");
    let refused = codes.world.get(&post("/v1/codes", of_five()).by(&key), 422);
    assert_eq!(refused["code"], "not_configured");
}

#[test]
fn a_redeemed_code_is_a_promotion_that_ends_when_it_says_and_is_given_once() {
    let codes = Codes::with(2);
    let terms = json!({"amount": "5", "asset": "USD", "credit_expires_days": 30, "max_redemptions": 2,
        "restricted_to": {"event_types": ["chat"]}, "description": "Welcome"});
    let (id, typed) = codes.make(terms);
    let preview = codes.world.get(&ask("preview", codes.one(), &typed), 200);
    let before = codes.world.everything();
    assert_eq!(preview["status"], "redeemable");
    let first = codes.world.one(&redeem(codes.one(), &typed));
    assert_eq!(
        (first.status, first.replayed),
        (200, false),
        "{}",
        first.body
    );
    assert_ne!(codes.world.everything(), before);
    let given: Value = serde_json::from_str(&first.body).expect("JSON");
    for name in [
        "amount",
        "asset",
        "purpose",
        "expires_at",
        "restricted_to",
        "description",
    ] {
        assert_eq!(given[name], preview[name], "{name}");
    }
    assert_eq!(given["code_id"], id.as_str());
    assert_eq!(given["balances"][0]["balance"], "5");
    // A day later, in other letters: nothing new, and the credit ends when it was to end.
    codes.world.clock.set(NOW + DAY);
    let typed_anew = typed.to_lowercase().replace('-', " ");
    let again = codes.world.one(&redeem(codes.one(), &typed_anew));
    assert_eq!(
        (again.status, again.replayed, &again.body),
        (200, true, &first.body)
    );
    let preview = codes.world.get(&ask("preview", codes.one(), &typed), 200);
    assert_eq!(preview["status"], "redeemed");
    assert_eq!(preview["expires_at"], given["expires_at"]);
    let grants = codes.grants(codes.one());
    assert_eq!(grants.len(), 1, "{grants:?}");
    assert_eq!(grants[0]["purpose"], "promotion");
    assert_eq!(grants[0]["id"], given["grant_id"]);
    assert_eq!(grants[0]["restricted_to"], json!({"event_types": ["chat"]}));
    // Another customer's thirty days begin later.
    let other = codes.world.get(&redeem(&codes.customers[1], &typed), 200);
    assert_ne!(other["expires_at"], given["expires_at"]);
    let shown = codes.world.get(&get(format!("/v1/codes/{id}")), 200);
    assert_eq!(
        (&shown["redemptions"], &shown["status"]),
        (&json!(2), &json!("used_up"))
    );
    let entries = codes
        .world
        .entries(&format!("acc_default/test/{}", codes.one()));
    let ops: Vec<_> = entries
        .iter()
        .filter_map(|one| one["op"].as_str())
        .collect();
    let op = format!("code:{id}:{}", codes.one());
    assert_eq!(ops.iter().filter(|one| **one == op).count(), 1, "{ops:?}");
}

#[test]
fn a_preview_changes_nothing() {
    let codes = Codes::with(1);
    let (_, typed) = codes.make(of_five());
    let before = codes.world.everything();
    codes.world.get(&ask("preview", codes.one(), &typed), 200);
    codes
        .world
        .get(&ask("preview", codes.one(), &nobodys()), 404);
    assert!(codes.world.everything() == before);
    assert!(
        codes
            .world
            .called
            .borrow()
            .iter()
            .all(|(_, status)| *status == 200)
    );
}

/// What a reply says, less the id of the request.
fn said(reply: &Reply) -> (u16, Value) {
    let mut body: Value = serde_json::from_str(&reply.body).expect("JSON");
    body["request_id"] = Value::Null;
    (reply.status, body)
}

#[test]
fn who_guesses_hears_the_same_whatever_became_of_a_code() {
    let mut codes = Codes::with(3);
    let end = json!({"amount": "5", "asset": "USD", "expires_at": LATER});
    let (_, ended) = codes.make(end);
    let over = json!({"amount": "5", "asset": "USD", "credit_expires_at": LATER});
    let (_, over) = codes.make(over);
    let (_, used) = codes.make(of_five());
    let (id, disabled) = codes.make(of_five());
    codes.world.get(&disable(&id), 204);
    codes.world.get(&redeem(&codes.customers[2], &used), 200);
    let theirs = key_of(&codes.world, "acc_other", "test");
    let live = key_of(&codes.world, "acc_default", "live");
    // Only a deployment has a live side, on which there is a code then.
    codes.world.deploy();
    let of_others = [theirs, live].map(|key| {
        let made = codes.world.get(&post("/v1/codes", of_five()).by(&key), 201);
        text(&made["codes"][0], "code")
    });
    codes.world.withdraw();
    codes.world.clock.set(NOW + 365 * DAY);
    let unknown = said(&codes.world.one(&redeem(codes.one(), &nobodys())));
    assert_eq!(
        (unknown.0, &unknown.1["code"]),
        (404, &json!("code_not_redeemable"))
    );
    let before = codes.world.everything();
    for code in [ended, over, used.clone(), disabled]
        .iter()
        .chain(&of_others)
    {
        for what in ["preview", "redeem"] {
            let reply = codes.world.one(&ask(what, &codes.customers[1], code));
            assert_eq!(said(&reply), unknown, "{what} {code}");
        }
        // A guess costs time: this one's limit is not what is looked at here.
        codes.world.clock.set(codes.world.clock.get() + 60_000);
    }
    assert!(codes.world.everything() == before);
    // Who has redeemed it hears so, for ever.
    assert!(
        codes
            .world
            .one(&redeem(&codes.customers[2], &used))
            .replayed
    );
}

#[test]
fn what_is_mistyped_is_told_so_and_counts_as_no_guess() {
    let codes = Codes::with(1);
    let (_, typed) = codes.make(of_five());
    let swapped = format!("{}{}", &typed[1..2], &typed[..1]) + &typed[2..];
    for _ in 0..20 {
        for wrong in [
            "x",
            "0000-0000-0000-0000",
            &typed[1..],
            &format!("{typed}2"),
        ] {
            let told = codes.world.get(&redeem(codes.one(), wrong), 422);
            assert!(told["errors"]["code"].is_array(), "{told}");
        }
        if swapped != typed {
            codes.world.get(&redeem(codes.one(), &swapped), 422);
        }
    }
    codes.world.get(&redeem(codes.one(), &typed), 200);
}

#[test]
fn a_request_for_codes_is_told_everything_that_is_wrong() {
    let codes = Codes::with(1);
    for (body, fields) in [
        (json!({}), &["amount", "asset"][..]),
        (json!({"amount": "0", "asset": "USD"}), &["amount"]),
        (json!({"amount": "-1", "asset": "USD"}), &["amount"]),
        (json!({"amount": "1", "asset": "NONE"}), &["asset"]),
        (
            json!({"amount": "1", "asset": "USD", "count": 0}),
            &["count"],
        ),
        (
            json!({"amount": "1", "asset": "USD", "count": 501}),
            &["count"],
        ),
        (
            json!({"amount": "1", "asset": "USD", "max_redemptions": 0}),
            &["max_redemptions"],
        ),
        (
            json!({"amount": "1", "asset": "USD", "expires_at": "2020-01-01T00:00:00Z",
                "credit_expires_at": "2020-01-01T00:00:00Z"}),
            &["expires_at", "credit_expires_at"],
        ),
        (
            json!({"amount": "1", "asset": "USD", "credit_expires_days": 1, "credit_expires_at": LATER}),
            &["credit_expires_days"],
        ),
        (
            json!({"amount": "1", "asset": "USD", "purpose": "paid"}),
            &["purpose"],
        ),
    ] {
        let told = codes.world.get(&post("/v1/codes", body.clone()), 422);
        let mut named: Vec<&String> = told["errors"].as_object().expect("errors").keys().collect();
        let mut fields = fields.to_vec();
        named.sort();
        fields.sort_unstable();
        assert_eq!(named, fields, "{body}");
    }
    let credits = json!({"code": "CREDITS", "name": "Credits", "precision": 0});
    codes.world.get(&post("/v1/assets", credits), 201);
    let half = json!({"amount": "0.5", "asset": "CREDITS"});
    assert_eq!(
        codes.world.get(&post("/v1/codes", half), 422)["code"],
        "too_precise"
    );
    assert!(codes.world.rows("SELECT 1 FROM code").is_empty());
}

#[test]
fn nobody_redeems_for_a_customer_of_another_side() {
    let mut codes = Codes::with(1);
    let (_, typed) = codes.make(json!({"amount": "5", "asset": "USD", "max_redemptions": 9}));
    let unknown = "cust_00000000000000000000000000";
    codes.world.get(&redeem(unknown, &typed), 404);
    codes.world.get(&redeem("x", &typed), 404);
    let batch = codes.world.rows("SELECT batch_id FROM code")[0]["batch_id"].clone();
    let batch = batch.as_str().expect("an id");
    let listed = get(format!("/v1/codes?batch_id={batch}"));
    assert_eq!(codes.world.get(&listed, 200)["total_count"], 1);
    codes.world.deploy();
    let live = key_of(&codes.world, "acc_default", "live");
    let told = codes.world.get(&redeem(codes.one(), &typed).by(&live), 404);
    assert_eq!(told["code"], "wrong_side");
    assert_eq!(
        codes.world.get(&listed.by(&live), 404)["code"],
        "wrong_side"
    );
    let theirs = key_of(&codes.world, "acc_other", "test");
    codes
        .world
        .get(&redeem(codes.one(), &typed).by(&theirs), 404);
    assert!(codes.world.rows("SELECT 1 FROM code_redemption").is_empty());
}

// Many at once.

/// Σ credited by codes = Σ counted redemptions × amount, each place once, each customer once.
fn law(codes: &Codes, world: &Memory, allowed: usize) -> usize {
    let counted = world.rows("SELECT * FROM code_redemption ORDER BY place");
    assert!(counted.len() <= allowed, "{counted:?}");
    for (place, row) in counted.iter().enumerate() {
        assert_eq!(row["place"], place + 1);
        assert!(row["credited_at"].is_i64(), "{row}");
    }
    for customer in &codes.customers {
        let entries = world.entries(&format!("acc_default/test/{customer}"));
        let credits = entries
            .iter()
            .filter(|entry| entry["fact"]["source"] == "code");
        let has = counted
            .iter()
            .filter(|row| row["customer_id"] == customer.as_str());
        assert_eq!(credits.count(), has.count(), "{customer}");
    }
    counted.len()
}

#[test]
fn of_many_customers_at_once_exactly_as_many_redeem_as_a_code_allows() {
    for allowed in [1_usize, 3] {
        let codes = Codes::with(5);
        let terms = json!({"amount": "5", "asset": "USD", "max_redemptions": allowed});
        let (_, typed) = codes.make(terms);
        // Each of them sends it twice, as an impatient browser does.
        let twice = codes.customers.iter().chain(&codes.customers);
        let all: Vec<Sent> = twice.map(|customer| redeem(customer, &typed)).collect();
        for_each_seed(|seed| {
            let world = codes.world.copy();
            let replies = world.race(&all, seed);
            let given = |reply: &&Reply| reply.status == 200;
            assert!(
                replies
                    .iter()
                    .all(|reply| matches!(reply.status, 200 | 404))
            );
            assert_eq!(replies.iter().filter(given).count(), 2 * allowed);
            assert_eq!(law(&codes, &world, allowed), allowed);
        });
    }
}

#[test]
fn a_code_that_is_disabled_meanwhile_is_redeemed_or_not_and_never_half() {
    let codes = Codes::with(3);
    let (id, typed) = codes.make(json!({"amount": "5", "asset": "USD", "max_redemptions": 3}));
    let mut all: Vec<Sent> = codes
        .customers
        .iter()
        .map(|customer| redeem(customer, &typed))
        .collect();
    all.push(disable(&id));
    let seen = std::cell::RefCell::new(std::collections::BTreeSet::new());
    for_each_seed(|seed| {
        let world = codes.world.copy();
        let replies = world.race(&all, seed);
        let given = replies.iter().filter(|reply| reply.status == 200).count();
        assert_eq!(law(&codes, &world, 3), given);
        seen.borrow_mut().insert(given);
    });
    if crate::simulation::seed_from_env().is_none() {
        assert!(seen.borrow().len() > 2, "{seen:?}");
    }
}

// Something stops between counting and crediting.

/// A code that was counted for a customer whose wallet was not heard of.
fn interrupted(lost: Lost) -> (Codes, String, String) {
    let codes = Codes::with(2);
    let (id, typed) = codes.make(of_five());
    codes.world.break_at(Fault {
        asked: Asked::Wallet,
        place: 0,
        lost,
    });
    codes.world.get(&redeem(codes.one(), &typed), 503);
    codes.world.mend();
    // It is this customer's from then on.
    codes.world.get(&redeem(&codes.customers[1], &typed), 404);
    (codes, id, typed)
}

#[test]
fn a_redemption_that_was_interrupted_is_finished_by_whoever_comes_next_and_once() {
    for lost in [Lost::Question, Lost::Answer] {
        for finisher in ["again", "the code", "the page"] {
            let (codes, id, typed) = interrupted(lost);
            // Neither its end nor a day in between takes it away.
            codes.world.get(&disable(&id), 204);
            codes.world.clock.set(NOW + DAY);
            match finisher {
                "again" => drop(codes.world.get(&redeem(codes.one(), &typed), 200)),
                "the code" => drop(codes.world.get(&get(format!("/v1/codes/{id}")), 200)),
                _ => drop(page_of(&codes)),
            }
            assert_eq!(law(&codes, &codes.world, 1), 1, "{finisher}");
            assert_eq!(codes.grants(codes.one()).len(), 1, "{finisher}");
        }
    }
}

#[test]
fn a_wallet_that_cannot_take_it_keeps_the_place_until_it_can() {
    let codes = Codes::with(2);
    let (_, typed) = codes.make(json!({"amount": "999999999999999", "asset": "USD"}));
    let path = |what: &str| format!("/v1/customers/{}/wallet/{what}", codes.one());
    let full = json!({"transaction_id": "t", "asset": "USD", "amount": "999999999999999",
        "reason": "gift"});
    codes.world.get(&post(path("adjustments"), full), 201);
    let refused = codes.world.get(&redeem(codes.one(), &typed), 422);
    assert_eq!(refused["code"], "amount_out_of_range");
    codes.world.get(&redeem(&codes.customers[1], &typed), 404);
    let spent = json!({"transaction_id": "u", "asset": "USD", "amount": "999999999999999"});
    codes.world.get(&post(path("charges"), spent), 201);
    let given = codes.world.get(&redeem(codes.one(), &typed), 200);
    assert_eq!(given["amount"], "999999999999999");
    assert_eq!(law(&codes, &codes.world, 1), 1);
}

// How often.

#[test]
fn a_customer_who_guesses_waits_and_nobody_else_does() {
    let codes = Codes::with(2);
    let (_, typed) = codes.make(json!({"amount": "5", "asset": "USD", "max_redemptions": 9}));
    for _ in 0..10 {
        codes.world.get(&redeem(codes.one(), &nobodys()), 404);
    }
    for what in ["preview", "redeem"] {
        // Also with a good one, so that nobody learns by the answer which it was.
        for code in [&nobodys(), &typed] {
            let reply = codes.world.one(&ask(what, codes.one(), code));
            assert_eq!((reply.status, reply.retry_after), (429, Some(6)));
        }
    }
    codes.world.get(&redeem(&codes.customers[1], &typed), 200);
    codes.world.clock.set(NOW + 6_000);
    codes.world.get(&redeem(codes.one(), &typed), 200);
}

#[test]
fn a_key_guesses_for_all_of_its_customers_a_thousand_times_a_minute() {
    let codes = Codes::with(101);
    let [key, other] = ["a", "b"].map(|name| {
        let made = codes
            .world
            .get(&post("/v1/keys", json!({"name": name})), 201);
        text(&made, "key")
    });
    let mut statuses = Vec::new();
    for customer in &codes.customers[..100] {
        for _ in 0..10 {
            let call = redeem(customer, &nobodys()).by(&key);
            statuses.push(codes.world.one(&call).status);
        }
    }
    assert!(statuses.iter().all(|status| *status == 404));
    let last = redeem(&codes.customers[100], &nobodys());
    assert_eq!(codes.world.one(&last.clone().by(&key)).status, 429);
    assert_eq!(codes.world.one(&last.by(&other)).status, 404);
}

#[test]
fn what_other_isolates_have_counted_stops_a_guess_as_well() {
    let codes = Codes::with(1);
    let (_, typed) = codes.make(of_five());
    codes.world.lets.set(3);
    for _ in 0..3 {
        codes.world.get(&redeem(codes.one(), &nobodys()), 404);
    }
    let stopped = codes.world.one(&redeem(codes.one(), &nobodys()));
    assert_eq!((stopped.status, stopped.retry_after), (429, Some(60)));
    assert_eq!(codes.world.one(&redeem(codes.one(), &typed)).status, 429);
    let counted = codes.world.counted.borrow();
    assert_eq!(
        counted.get(&format!("Code {}", codes.one())),
        Some(&4),
        "{counted:?}"
    );
    drop(counted);
    codes.world.clock.set(NOW + 60_000);
    codes.world.get(&redeem(codes.one(), &typed), 200);
}

// The customer's page.

fn cookie_of_customer(world: &Memory, customer: &str) -> String {
    let session = with_urls(json!({"customer_id": customer}));
    let session = world.get(&post("/v1/billing-portal/sessions", session), 200);
    cookie_of(world, &path_of(&text(&session, "redirect_url")))
}

fn cookie(codes: &Codes) -> String {
    cookie_of_customer(&codes.world, codes.one())
}

fn page_of(codes: &Codes) -> Reply {
    let mut sent = get("/portal");
    sent.api_key = None;
    sent.cookie = Some(cookie(codes));
    let reply = codes.world.one(&sent);
    assert_eq!(reply.status, 200, "{}", reply.body);
    reply
}

fn typed_on_page(codes: &Codes, cookie: &str, action: &str, code: &str) -> Reply {
    let mut sent = press("/portal/codes", &format!("{action}&code={code}"));
    sent.cookie = Some(cookie.to_owned());
    sent.address = Some("192.0.2.1".to_owned());
    codes.world.one(&sent)
}

#[test]
fn on_the_own_page_a_code_is_shown_before_it_is_added() {
    let codes = Codes::with(1);
    let terms = json!({"amount": "5", "asset": "USD", "description": "<b>Welcome</b>"});
    let (_, typed) = codes.make(terms);
    let page = page_of(&codes);
    assert!(
        page.body.contains("action=\"/portal/codes\""),
        "{}",
        page.body
    );
    let cookie = cookie(&codes);
    let shown = typed_on_page(&codes, &cookie, "preview", &typed.to_lowercase());
    assert_eq!(shown.status, 200);
    for word in [
        "This code gives you",
        "5.00 USD",
        "&lt;b&gt;Welcome",
        typed.as_str(),
    ] {
        assert!(shown.body.contains(word), "{word}: {}", shown.body);
    }
    assert!(codes.grants(codes.one()).is_empty());
    for _ in 0..2 {
        let added = typed_on_page(&codes, &cookie, "redeem", &typed);
        assert_eq!(added.status, 200);
        assert!(added.body.contains("Added: $5.00 USD") || added.body.contains("Added: 5.00 USD"));
    }
    assert_eq!(codes.grants(codes.one()).len(), 1);
    let again = typed_on_page(&codes, &cookie, "preview", &typed);
    assert!(again.body.contains("You have redeemed this code"));
    assert!(!again.body.contains("value=\"redeem\""));
    assert!(page_of(&codes).body.contains("Code redeemed"));
}

#[test]
fn on_the_own_page_what_is_wrong_with_a_code_is_said_with_a_way_back() {
    let codes = Codes::with(1);
    let own = cookie(&codes);
    for (code, status, words) in [
        ("x", 422, "Check the code"),
        ("", 422, "Check the code"),
        (nobodys().as_str(), 404, "This code gives nothing"),
    ] {
        for action in ["preview", "redeem", ""] {
            let reply = typed_on_page(&codes, &own, action, code);
            assert_eq!(reply.status, status, "{}", reply.body);
            assert!(reply.body.contains(words) && reply.body.contains("href=\"/portal\""));
        }
    }
    for cookie in ["", "scrip_portal=0"] {
        let reply = typed_on_page(&codes, cookie, "redeem", &nobodys());
        assert_eq!(reply.status, 404);
        assert!(reply.body.contains("This link does not work"));
    }
    for _ in 0..7 {
        typed_on_page(&codes, &own, "redeem", &nobodys());
    }
    let waits = typed_on_page(&codes, &own, "redeem", &nobodys());
    assert_eq!(waits.status, 429);
    assert!(waits.body.contains("Too many tries"));
}

#[test]
fn from_one_address_a_hundred_guesses_a_minute_are_looked_at_whoever_makes_them() {
    let codes = Codes::with(12);
    let mut statuses = Vec::new();
    for customer in &codes.customers {
        let cookie = cookie_of_customer(&codes.world, customer);
        for _ in 0..9 {
            statuses.push(typed_on_page(&codes, &cookie, "redeem", &nobodys()).status);
        }
    }
    let refused = statuses.iter().filter(|status| **status == 429).count();
    assert_eq!((statuses.len(), refused), (108, 8), "{statuses:?}");
}
