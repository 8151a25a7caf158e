//! Whose money a signed event is: what its secret says, whatever the event claims. And what becomes of
//! money that is nobody's.

use scrip::worker::edge::keyring::hash;
use serde_json::{Value, json};

use crate::edge_cases::text;
use crate::signed::{payment_event, stripe_event, stripe_signed};
use crate::world::{Asked, Memory, NOW, Sent, get, post, sent};

/// A key of a platform account that nobody has made, as `make key` does.
pub fn key_of(world: &Memory, account: &str, mode: &str) -> String {
    let key = format!("sk_{mode}_{account}");
    let hash = hash(&key);
    let sql = format!(
        "INSERT INTO api_key (hash, account_id, mode, name, created_at) \
         VALUES ('{hash}', '{account}', '{mode}', 'test', '')"
    );
    world.rows(sql.leak());
    key
}

/// A side of a platform account with an endpoint and a customer called `acme`.
struct Side {
    account: &'static str,
    mode: &'static str,
    key: String,
    customer: String,
    endpoint: String,
    secret: String,
}

impl Side {
    fn new(world: &Memory, account: &'static str, mode: &'static str) -> Self {
        let key = key_of(world, account, mode);
        let acme = json!({"name": "Acme", "external_id": "acme"});
        let secret = format!("whsec_{account}_{mode}");
        let endpoint =
            json!({"name": "Shop", "secret": secret, "connected_accounts": ["acct_mapped"]});
        let made = |path, body| text(&world.get(&post(path, body).by(&key), 201), "id");
        Self {
            customer: made("/v1/customers", acme),
            endpoint: made("/v1/stripe/endpoints", endpoint),
            account,
            mode,
            key,
            secret,
        }
    }

    fn deliver(&self, event: &Value) -> Sent {
        stripe_signed(&format!("/{}", self.endpoint), &self.secret, event)
    }

    /// The payments that its customer's wallet was credited.
    fn credited(&self, world: &Memory) -> usize {
        let wallet = format!("{}/{}/{}", self.account, self.mode, self.customer);
        let entries = world.entries(&wallet);
        entries
            .iter()
            .filter(|entry| entry["fact"]["source"] == "payment")
            .count()
    }

    /// The unmatched payments of a status.
    fn unmatched(&self, world: &Memory, status: &str) -> Vec<Value> {
        let path = format!("/v1/unmatched-payments?limit=100&status={status}");
        let page = world.get(&get(path).by(&self.key), 200);
        page["items"].as_array().expect("items").clone()
    }
}

fn four_sides(world: &Memory) -> [Side; 4] {
    [
        ("acc_default", "test"),
        ("acc_default", "live"),
        ("acc_other", "test"),
        ("acc_other", "live"),
    ]
    .map(|(account, mode)| Side::new(world, account, mode))
}

/// A stale delivery costs a comparison of two numbers: no secret is fetched for it, let alone computed with.
#[test]
fn the_age_of_a_signature_is_judged_before_any_secret_is_looked_at() {
    let world = Memory::deployed();
    let [side, ..] = four_sides(&world);
    let event = payment_event("pi_1", 100, json!({"scrip_customer_external_id": "acme"}));
    let good = side.deliver(&event);
    let asked = |sent: &Sent| {
        let before = world.questions(Asked::Directory);
        let reply = world.one(sent);
        let problem: Value = serde_json::from_str(&reply.body).expect("JSON");
        let detail = problem["detail"].as_str().unwrap_or_default().to_owned();
        (
            reply.status,
            detail,
            world.questions(Asked::Directory) - before,
        )
    };
    for (late, told) in [(301_000, "seconds old"), (-301_000, "seconds ahead")] {
        world.clock.set(NOW + late);
        // Forged or genuine: the same answer, so nothing was computed to tell them apart.
        let mut forged = good.clone();
        let header = forged.stripe_signature.take().expect("a signature");
        forged.stripe_signature = Some(format!("{}00", &header[..header.len() - 2]));
        for sent in [&good, &forged] {
            let (status, detail, questions) = asked(sent);
            assert_eq!((status, questions), (400, 0), "{detail}");
            assert!(detail.contains(told), "{detail}");
        }
    }
    world.clock.set(NOW);
    let (status, _, questions) = asked(&good);
    assert!(status == 200 && questions > 0, "the same delivery, in time");
}

/// `outcome reason` of a delivery.
fn outcome(world: &Memory, sent: &Sent) -> String {
    let said = world.get(sent, 200);
    let reason = said["reason"].as_str().map(|reason| format!(" {reason}"));
    format!("{}{}", text(&said, "outcome"), reason.unwrap_or_default())
}

/// What an event says of its side and of whose it is.
#[derive(Debug)]
struct Claims {
    livemode: bool,
    mode: Option<&'static str>,
    account: Option<&'static str>,
    connected: Option<&'static str>,
}

fn all_claims() -> Vec<Claims> {
    let mut all = Vec::new();
    for livemode in [false, true] {
        for mode in [None, Some("test"), Some("live")] {
            for account in [None, Some("acc_default"), Some("acc_other")] {
                for connected in [None, Some("acct_mapped"), Some("acct_strange")] {
                    all.push(Claims {
                        livemode,
                        mode,
                        account,
                        connected,
                    });
                }
            }
        }
    }
    all
}

/// The law: whatever an event claims, a secret fills wallets of its own side and account and of no
/// other, and only where nothing contradicts it.
#[test]
fn a_secret_fills_the_wallets_of_its_side_and_account_whatever_the_event_claims() {
    let world = Memory::deployed();
    let sides = four_sides(&world);
    let mut paid = [0; 4];
    for (place, side) in sides.iter().enumerate() {
        for (number, claims) in all_claims().iter().enumerate() {
            let mut metadata = json!({"scrip_customer_external_id": "acme"});
            for (name, value) in [
                ("scrip_mode", claims.mode),
                ("scrip_account", claims.account),
            ] {
                if let Some(value) = value {
                    metadata[name] = value.into();
                }
            }
            let mut event = payment_event(&format!("pi_{place}_{number}"), 100, metadata);
            event["livemode"] = claims.livemode.into();
            event["data"]["object"]["livemode"] = claims.livemode.into();
            event["account"] = json!(claims.connected);
            let side_agrees = claims.livemode == (side.mode == "live")
                && claims.mode.is_none_or(|mode| mode == side.mode);
            let expected = if !side_agrees {
                "unmatched wrong_mode"
            } else if claims
                .account
                .is_some_and(|account| account != side.account)
            {
                "unmatched wrong_account"
            } else if claims.connected == Some("acct_strange") {
                "unmatched unmapped_account"
            } else {
                paid[place] += 1;
                "credited"
            };
            let said = outcome(&world, &side.deliver(&event));
            assert_eq!(said, expected, "{} {}: {claims:?}", side.account, side.mode);
            let credited = sides.each_ref().map(|side| side.credited(&world));
            assert_eq!(credited, paid, "{} {}: {claims:?}", side.account, side.mode);
        }
    }
    assert!(paid.iter().all(|times| *times == 8), "{paid:?}");
    for side in &sides {
        assert_eq!(
            side.unmatched(&world, "open").len(),
            54 - 8,
            "what contradicts is seen"
        );
    }
}

#[test]
fn a_secret_is_worth_nothing_at_the_endpoint_of_another() {
    let world = Memory::deployed();
    let sides = four_sides(&world);
    let metadata = json!({"scrip_customer_external_id": "acme"});
    let event = payment_event("pi_1", 100, metadata);
    for (signer, address) in [(0, 1), (1, 0), (0, 2), (2, 0), (3, 1)] {
        let address = format!("/{}", sides[address].endpoint);
        world.get(&stripe_signed(&address, &sides[signer].secret, &event), 400);
    }
    // Nor does the local server's own.
    let address = format!("/{}", sides[0].endpoint);
    world.get(&stripe_signed(&address, "whsec_local", &event), 400);
    for nobodys in ["/sep_00000000000000000000000000", "/live", "/sep_", "/x"] {
        world.get(&stripe_signed(nobodys, &sides[0].secret, &event), 404);
    }
    assert!(world.rows("SELECT * FROM payment").is_empty());
}

/// Another account's endpoint cannot take a payment's name, nor hide the event that tells of it.
#[test]
fn no_event_of_one_account_holds_or_hides_a_payment_of_another() {
    let world = Memory::deployed();
    let sides = four_sides(&world);
    let real = payment_event(
        "pi_real",
        100,
        json!({"scrip_customer_external_id": "acme"}),
    );
    let forged = payment_event("pi_real", 100, json!({}));
    assert_eq!(
        outcome(&world, &sides[2].deliver(&forged)),
        "unmatched no_wallet_named"
    );
    assert_eq!(
        outcome(&world, &sides[2].deliver(&real)),
        "credited",
        "in its own wallet"
    );
    assert_eq!(
        outcome(&world, &sides[0].deliver(&forged)),
        "unmatched no_wallet_named"
    );
    assert_eq!(
        sides[0].unmatched(&world, "open").len(),
        1,
        "it is not hidden"
    );
    assert_eq!(outcome(&world, &sides[0].deliver(&real)), "credited");
    assert_eq!(
        sides.each_ref().map(|side| side.credited(&world)),
        [1, 0, 1, 0]
    );
    assert!(sides[0].unmatched(&world, "open").is_empty());
}

#[test]
fn the_variables_of_the_default_endpoint_say_their_sides() {
    let mut world = Memory::deployed();
    let [test, live, ..] = four_sides(&world);
    world.config.stripe_secrets_live = "whsec_l1, whsec_l2".to_owned();
    world.config.stripe_secrets_test = "whsec_t".to_owned();
    let named = json!({"scrip_customer_external_id": "acme"});
    let mut event = payment_event("pi_1", 100, named.clone());
    assert_eq!(
        outcome(&world, &stripe_signed("", "whsec_l1", &event)),
        "unmatched wrong_mode"
    );
    assert_eq!(
        live.unmatched(&world, "open").len(),
        1,
        "on the side of the secret"
    );
    assert_eq!(
        outcome(&world, &stripe_signed("", "whsec_t", &event)),
        "credited"
    );
    event = payment_event("pi_2", 100, named);
    event["livemode"] = true.into();
    event["data"]["object"]["livemode"] = true.into();
    assert_eq!(
        outcome(&world, &stripe_signed("", "whsec_l2", &event)),
        "credited"
    );
    assert_eq!([test.credited(&world), live.credited(&world)], [1, 1]);
    // The local secret is for servers without any.
    world.get(&stripe_signed("", "whsec_local", &event), 400);
    event["account"] = "acct_mapped".into();
    event["id"] = "evt_3".into();
    event["data"]["object"]["id"] = "pi_3".into();
    let said = outcome(&world, &stripe_signed("", "whsec_l2", &event));
    assert_eq!(
        said, "unmatched unmapped_account",
        "it lists no connected accounts"
    );
    world.config.stripe_secrets_test = "whsec_l1".to_owned();
    world.get(&stripe_signed("", "whsec_l2", &event), 503);
    world.config.stripe_secrets_live = "whsec_ l".to_owned();
    world.get(&stripe_signed("", "whsec_l1", &event), 503);
}

/// A contradiction is told to whoever runs the deployment, once; nobody's everyday payments are not.
#[test]
fn what_contradicts_its_endpoint_is_logged_once_and_says_nothing_about_people() {
    let world = Memory::deployed();
    let [side, ..] = four_sides(&world);
    // That endpoints were made is logged as well.
    world.logged.borrow_mut().clear();
    let metadata = json!({"scrip_customer_external_id": "ada@example.com", "scrip_mode": "live"});
    let claims_live = payment_event("pi_1", 100, metadata);
    for event in [
        &claims_live,
        &claims_live,
        &payment_event("pi_2", 100, json!({})),
    ] {
        outcome(&world, &side.deliver(event));
    }
    let logged = world.logged.borrow();
    let [line] = &logged[..] else {
        panic!("one line: {logged:?}")
    };
    let told: Value = serde_json::from_str(line).expect("JSON");
    for (name, value) in [
        ("log", "payment_not_credited"),
        ("reason", "wrong_mode"),
        ("account_id", "acc_default"),
        ("mode", "test"),
        ("event_id", "evt_pi_1"),
        ("amount", "1"),
    ] {
        assert_eq!(told[name], value, "{line}");
    }
    assert!(
        told["request_id"].is_string() && !line.contains("ada@"),
        "{line}"
    );
}

// Secrets.

#[test]
fn a_rotated_secret_holds_for_the_overlap_and_no_longer() {
    let world = Memory::deployed();
    let [side, ..] = four_sides(&world);
    let path = format!("/v1/stripe/endpoints/{}", side.endpoint);
    let rotate = |secret: &str, overlap: u32| {
        let body = json!({"secret": secret, "overlap_seconds": overlap});
        world.one(&post(format!("{path}/rotate"), body).by(&side.key))
    };
    let signed = |secret: &str, later: i64| {
        // The stamp is fresh, the secret need not be.
        world.clock.set(NOW);
        let event = payment_event("pi_1", 100, json!({"scrip_customer_external_id": "acme"}));
        let sent = stripe_signed(&format!("/{}", side.endpoint), secret, &event);
        world.clock.set(NOW + later);
        let status = world.one(&sent).status;
        world.clock.set(NOW);
        status
    };
    assert_eq!(rotate("whsec_2", 60).status, 200);
    for (secret, later, status) in [
        (side.secret.as_str(), 0, 200),
        (side.secret.as_str(), 59_999, 200),
        (side.secret.as_str(), 60_000, 400),
        ("whsec_2", 60_000, 200),
    ] {
        assert_eq!(signed(secret, later), status, "{secret} after {later}");
    }
    let again = rotate("whsec_2", 60);
    assert_eq!(
        again.status, 200,
        "whoever did not hear of it sends it again"
    );
    let shown: Value = serde_json::from_str(&again.body).expect("JSON");
    assert_eq!(shown["secrets"].as_array().expect("secrets").len(), 2);
    assert_eq!(shown["secrets"][1]["expires_at"], Value::Null);
    for number in 3..=5 {
        assert_eq!(rotate(&format!("whsec_{number}"), 60).status, 200);
    }
    assert_eq!(rotate("whsec_6", 60).status, 409, "five hold");
    assert_eq!(signed("whsec_6", 0), 400);
    assert_eq!(rotate("whsec_5", 0).status, 200, "the newest alone");
    assert_eq!(rotate("whsec_6", 60).status, 200);
    assert_eq!(signed("whsec_4", 0), 400);
    assert_eq!([signed("whsec_5", 0), signed("whsec_6", 0)], [200, 200]);
    world.get(
        &sent("DELETE", path.clone(), Value::Null).by(&side.key),
        204,
    );
    assert_eq!(signed("whsec_6", 0), 404);
}

#[test]
fn a_secret_is_in_no_reply_and_no_row() {
    let world = Memory::deployed();
    let sides = four_sides(&world);
    let body = json!({"secret": "whsec_2"});
    let path = format!("/v1/stripe/endpoints/{}", sides[0].endpoint);
    let mut said = vec![
        world
            .one(&post(format!("{path}/rotate"), body).by(&sides[0].key))
            .body,
    ];
    for path in [path.as_str(), "/v1/stripe/endpoints"] {
        said.push(world.one(&get(path).by(&sides[0].key)).body);
    }
    said.extend(world.everything());
    let leaks: Vec<&String> = said.iter().filter(|line| line.contains("whsec_")).collect();
    assert!(leaks.is_empty(), "{leaks:?}");
    // Nobody sees or changes the endpoint of another side or account.
    for other in &sides[1..] {
        for (method, body) in [
            ("GET", Value::Null),
            ("PATCH", json!({"name": "x"})),
            ("DELETE", Value::Null),
        ] {
            let status = world
                .one(&sent(method, path.clone(), body).by(&other.key))
                .status;
            assert_eq!(status, 404, "{method}");
        }
        let body = json!({"secret": "whsec_mine"});
        world.get(&post(format!("{path}/rotate"), body).by(&other.key), 404);
    }
    let event = payment_event("pi_1", 100, json!({}));
    let address = format!("/{}", sides[0].endpoint);
    world.get(&stripe_signed(&address, "whsec_mine", &event), 400);
}

#[test]
fn a_deployment_without_a_key_to_seal_with_stores_no_secret() {
    let mut world = Memory::deployed();
    let [side, ..] = four_sides(&world);
    world.config.secrets_key = String::new();
    let before = world.everything();
    let new = json!({"name": "Shop", "secret": "whsec_1"});
    let refused = world.get(&post("/v1/stripe/endpoints", new).by(&side.key), 422);
    assert_eq!(refused["code"], "not_configured");
    assert!(world.everything() == before);
    // One without a secret may wait for it: Stripe is to come again.
    let new = world.get(
        &post("/v1/stripe/endpoints", json!({"name": "Shop"})).by(&side.key),
        201,
    );
    let event = payment_event("pi_1", 100, json!({}));
    for id in [text(&new, "id"), side.endpoint] {
        world.get(&stripe_signed(&format!("/{id}"), &side.secret, &event), 503);
    }
}

// Nobody's money.

/// A Checkout session that only the payer's own words could name a customer in.
fn nobodys_session() -> Value {
    let object = json!({"id": "cs_1", "object": "checkout.session", "livemode": false, "mode": "payment",
        "payment_status": "paid", "payment_intent": "pi_1", "amount_total": 1000, "currency": "usd",
        "client_reference_id": "acme", "customer_details": {"email": "ada@example.com", "name": "Ada"},
        "metadata": {"cart": "ada@example.com"}});
    json!({"id": "evt_1", "object": "event", "livemode": false, "type": "checkout.session.completed",
        "data": {"object": object}})
}

/// Case f-05: the reference of a payment link is the payer's to write.
#[test]
fn a_reference_alone_credits_nobody_and_nothing_of_people_is_kept() {
    let world = Memory::deployed();
    let [side, ..] = four_sides(&world);
    let said = outcome(&world, &side.deliver(&nobodys_session()));
    assert_eq!(said, "unmatched no_wallet_named");
    assert_eq!(side.credited(&world), 0);
    let [row] = &side.unmatched(&world, "open")[..] else {
        panic!("one row")
    };
    assert_eq!(row["amount"], "10");
    assert_eq!(row["asset"], "USD");
    let kept = world.rows("SELECT * FROM unmatched_payment");
    let kept = json!(kept).to_string();
    assert!(
        !kept.contains("ada@") && !kept.contains("Ada") && !kept.contains("acme"),
        "{kept}"
    );
}

fn assign(side: &Side, event: &str, customer: &str) -> Sent {
    let body = json!({"customer_id": customer});
    post(format!("/v1/unmatched-payments/{event}/assign"), body).by(&side.key)
}

fn resolve(side: &Side, event: &str) -> Sent {
    let body = json!({"note": "Refunded at Stripe"});
    post(format!("/v1/unmatched-payments/{event}/resolve"), body).by(&side.key)
}

fn second_customer(world: &Memory, side: &Side) -> String {
    let other = json!({"name": "Other", "external_id": "other"});
    text(
        &world.get(&post("/v1/customers", other).by(&side.key), 201),
        "id",
    )
}

#[test]
fn what_is_assigned_is_credited_once_whatever_is_sent_again() {
    let world = Memory::deployed();
    let [side, ..] = four_sides(&world);
    let other = second_customer(&world, &side);
    let nobodys = side.deliver(&nobodys_session());
    outcome(&world, &nobodys);
    let first = world.one(&assign(&side, "evt_1", &side.customer));
    assert_eq!(first.status, 200, "{}", first.body);
    let shown: Value = serde_json::from_str(&first.body).expect("JSON");
    assert_eq!(
        (&shown["status"], &shown["customer_id"]),
        (&"assigned".into(), &json!(side.customer))
    );
    assert_eq!(side.credited(&world), 1);
    let wallet = world.get(
        &get(format!("/v1/customers/{}/wallet", side.customer)).by(&side.key),
        200,
    );
    assert_eq!(wallet["accounts"][0]["balance"], "10");
    let lasting = world.everything();
    let again = world.one(&assign(&side, "evt_1", &side.customer));
    assert_eq!((again.replayed, &again.body), (true, &first.body));
    for (again, said) in [
        (nobodys, "ignored already_credited"),
        (
            side.deliver(&payment_event("pi_1", 1_000, json!({}))),
            "ignored already_credited",
        ),
        (
            side.deliver(&payment_event(
                "pi_1",
                1_000,
                json!({"scrip_customer_id": side.customer}),
            )),
            "credited",
        ),
    ] {
        assert_eq!(outcome(&world, &again), said);
    }
    for refused in [assign(&side, "evt_1", &other), resolve(&side, "evt_1")] {
        assert_eq!(world.get(&refused, 409)["code"], "wrong_state");
    }
    assert!(world.everything() == lasting, "a resend changes nothing");
    // Another name for the same money is seen, and credited to nobody.
    let elsewhere = payment_event("pi_1", 1_000, json!({"scrip_customer_id": other}));
    assert_eq!(
        outcome(&world, &side.deliver(&elsewhere)),
        "unmatched credited_elsewhere"
    );
    assert_eq!(side.credited(&world), 1);
}

#[test]
fn what_was_settled_by_hand_is_credited_by_no_event() {
    let world = Memory::deployed();
    let [side, ..] = four_sides(&world);
    outcome(&world, &side.deliver(&nobodys_session()));
    let first = world.one(&resolve(&side, "evt_1"));
    assert_eq!(first.status, 200, "{}", first.body);
    let again = world.one(&resolve(&side, "evt_1"));
    assert_eq!((again.replayed, &again.body), (true, &first.body));
    let named = json!({"scrip_customer_id": side.customer});
    for event in [
        nobodys_session(),
        payment_event("pi_1", 1_000, json!({})),
        payment_event("pi_1", 1_000, named),
    ] {
        assert_eq!(
            outcome(&world, &side.deliver(&event)),
            "ignored settled_by_hand"
        );
    }
    world.get(&assign(&side, "evt_1", &side.customer), 409);
    assert_eq!(side.credited(&world), 0);
    let [row] = &side.unmatched(&world, "dismissed")[..] else {
        panic!("one row")
    };
    assert_eq!(row["note"], "Refunded at Stripe");
    assert!(side.unmatched(&world, "open").is_empty());
}

#[test]
fn what_does_not_tell_the_money_is_assigned_to_nobody() {
    let world = Memory::deployed();
    let [side, ..] = four_sides(&world);
    let mut strange = payment_event("pi_1", 1_000, json!({}));
    strange["data"]["object"]["currency"] = "xqz".into();
    let thin = json!({"id": "evt_thin", "object": "v2.core.event", "livemode": false,
        "type": "v1.checkout.session.completed", "related_object": {"id": "cs_9"}});
    for event in [strange, thin] {
        let said = outcome(&world, &side.deliver(&event));
        assert!(said.starts_with("unmatched "), "{said}");
        let before = world.everything();
        world.get(&assign(&side, &text(&event, "id"), &side.customer), 409);
        assert!(world.everything() == before);
        world.get(&resolve(&side, &text(&event, "id")), 200);
    }
}

/// Somebody assigns it here, somebody there, somebody resolves it, and an event names a third: one at most
/// is credited, and who was told so was it.
#[test]
fn whoever_settles_a_payment_at_once_it_is_credited_once_at_most() {
    let stage = Memory::deployed();
    let [side, ..] = four_sides(&stage);
    let other = second_customer(&stage, &side);
    outcome(&stage, &side.deliver(&nobodys_session()));
    let mut winners = std::collections::BTreeSet::new();
    for seed in 0..200 {
        let world = stage.copy();
        let named = payment_event("pi_1", 1_000, json!({"scrip_customer_id": other}));
        let all = [
            assign(&side, "evt_1", &side.customer),
            assign(&side, "evt_1", &other),
            resolve(&side, "evt_1"),
            side.deliver(&named),
            side.deliver(&nobodys_session()),
        ];
        let replies = world.race(&all, seed);
        let credited = |customer: &str| {
            let entries = world.entries(&format!("acc_default/test/{customer}"));
            entries
                .iter()
                .filter(|entry| entry["fact"]["source"] == "payment")
                .count()
        };
        let sums = (credited(&side.customer), credited(&other));
        assert!(sums.0 + sums.1 <= 1, "seed {seed}: {sums:?}");
        let told = [replies[0].status == 200, replies[1].status == 200];
        assert!(!told[0] || sums.0 == 1, "seed {seed}: {}", replies[0].body);
        assert!(!told[1] || sums.1 == 1, "seed {seed}: {}", replies[1].body);
        assert!(
            side.unmatched(&world, "open")
                .iter()
                .all(|row| row["event_id"] != "evt_1"),
            "seed {seed}"
        );
        winners.insert(sums);
    }
    assert_eq!(winners.len(), 3, "each of them may win: {winners:?}");
}

// The list.

/// Events of 25 payments that nobody is credited, three in each millisecond.
fn twenty_five(world: &Memory, side: &Side) {
    for number in 0..25 {
        world.clock.set(NOW + number / 3);
        let nobody = json!({"scrip_customer_id": "nobody"});
        let metadata = if number % 5 == 0 { nobody } else { json!({}) };
        let event = payment_event(&format!("pi_{number}"), 100, metadata);
        outcome(world, &side.deliver(&event));
    }
}

#[test]
fn the_list_is_walked_and_filtered() {
    let world = Memory::deployed();
    let [side, live, ..] = four_sides(&world);
    twenty_five(&world, &side);
    let list = |query: &str| get(format!("/v1/unmatched-payments?{query}")).by(&side.key);
    let (mut walked, mut next) = (Vec::new(), String::new());
    loop {
        let shown = world.get(&list(&format!("limit=7{next}")), 200);
        walked.extend(shown["items"].as_array().expect("items").clone());
        match shown["next"].as_str() {
            Some(cursor) => next = format!("&cursor={cursor}"),
            None => break,
        }
    }
    let numbers = walked.iter().map(|row| {
        let event = text(row, "event_id");
        let number = event.strip_prefix("evt_pi_").expect("one of ours");
        number.parse::<u32>().expect("a number")
    });
    let numbers: Vec<u32> = numbers.collect();
    assert!(
        numbers.is_sorted_by(|one, next| one / 3 >= next / 3),
        "newest first: {numbers:?}"
    );
    let each: std::collections::BTreeSet<&u32> = numbers.iter().collect();
    assert_eq!((numbers.len(), each.len()), (25, 25), "each once");
    let nobodys = world.get(&list("reason=unknown_customer"), 200);
    assert_eq!(nobodys["items"].as_array().expect("items").len(), 5);
    assert!(live.unmatched(&world, "open").is_empty());
    for query in ["status=lost", "cursor=x", "limit=101"] {
        world.get(&list(query), 422);
    }
}

#[test]
fn what_is_resolved_is_purged_and_its_payment_stays_settled() {
    let world = Memory::deployed();
    let [side, ..] = four_sides(&world);
    twenty_five(&world, &side);
    let delete = |event: &str| {
        let path = format!("/v1/unmatched-payments/{event}");
        sent("DELETE", path, Value::Null).by(&side.key)
    };
    world.get(&delete("evt_pi_1"), 409);
    for number in [1, 2, 3] {
        world.get(&resolve(&side, &format!("evt_pi_{number}")), 200);
    }
    world.get(&delete("evt_pi_1"), 204);
    world.get(&delete("evt_pi_1"), 404);
    let purge = |before: &str| {
        let body = json!({"resolved_before": before});
        world.get(
            &post("/v1/unmatched-payments/purge", body).by(&side.key),
            200,
        )
    };
    assert_eq!(
        purge("2026-01-01T00:00:00Z"),
        json!({"purged": 0, "more": false})
    );
    assert_eq!(
        purge("2036-01-01T00:00:00Z"),
        json!({"purged": 2, "more": false})
    );
    assert_eq!(
        side.unmatched(&world, "open").len(),
        22,
        "what is open stays"
    );
    let named = payment_event("pi_1", 100, json!({"scrip_customer_id": side.customer}));
    assert_eq!(
        outcome(&world, &side.deliver(&named)),
        "ignored settled_by_hand"
    );
    let known = stripe_event(&side.customer, "pi_77", 100);
    assert_eq!(outcome(&world, &known), "credited");
}
