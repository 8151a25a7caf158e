//! Who takes the payments of a side, and what it offers: a key that is tried, kept sealed and never shown;
//! packs, limits and bonuses.

use scrip::worker::edge::reply::Reply;
use serde_json::{Value, json};

use crate::edge_cases::{path_of, text, top_up_of};
use crate::edge_stripe::key_of;
use crate::shop::{KEY, PLACE, Shop, completed};
use crate::signed::stripe_signed;
use crate::stripe_double::{Mishap, StripeDouble};
use crate::world::{Memory, get, post, press, sent};

// What is offered.

const PACKS: &str = "/v1/accounts/self/packs";

fn offers() -> Value {
    json!({
        "packs": [
            {"code": "starter", "name": "Starter", "amount": "20", "currency": "usd", "asset": "CREDITS", "bonus": "100"},
            {"code": "plain", "amount": "60", "currency": "USD"},
        ],
        "free_amounts": [{"currency": "USD", "min": "5", "max": "500"}],
        "bonuses": [
            {"currency": "USD", "from": "50", "bonus": "5"},
            {"currency": "USD", "from": "100", "bonus": "15"},
            {"currency": "USD", "asset": "CREDITS", "from": "50", "bonus": "400"},
        ],
    })
}

/// What a top-up shows before it is paid, and what the wallet has afterwards.
#[test]
fn a_pack_and_a_step_bring_more_as_a_promotion() {
    let ask = |amount: &str| json!({"amount": amount});
    let pack = |code: &str| json!({"pack": code, "amount": null, "currency": null});
    for (changes, expected) in [
        (ask("49.99"), vec!["49.99 default:USD paid"]),
        (
            ask("50"),
            vec!["50 default:USD paid", "5 default:USD promotion"],
        ),
        (
            ask("99.99"),
            vec!["99.99 default:USD paid", "5 default:USD promotion"],
        ),
        (
            ask("100"),
            vec!["100 default:USD paid", "15 default:USD promotion"],
        ),
        (
            json!({"amount": "50", "destination": {"asset": "CREDITS"}}),
            vec!["5000 default:CREDITS paid", "400 default:CREDITS promotion"],
        ),
        (
            pack("starter"),
            vec!["2000 default:CREDITS paid", "100 default:CREDITS promotion"],
        ),
        (
            pack("plain"),
            vec!["60 default:USD paid", "5 default:USD promotion"],
        ),
    ] {
        for at_stripe in [true, false] {
            let shop = Shop::new();
            shop.world.get(&sent("PUT", PACKS, offers()), 200);
            if !at_stripe {
                shop.world.get(&sent("DELETE", PLACE, Value::Null), 204);
            }
            let made = shop.top_up(changes.clone());
            let shown: Vec<String> = made["grants"]
                .as_array()
                .expect("grants")
                .iter()
                .map(|one| {
                    let [amount, asset, purpose] =
                        ["amount", "asset", "purpose"].map(|name| text(one, name));
                    format!("{amount} default:{asset} {purpose}")
                })
                .collect();
            assert_eq!(shown, expected, "{changes}");
            if at_stripe {
                let session = shop.pays(json!({}));
                assert_eq!(shop.hears(&completed(&session)), "credited");
            } else {
                shop.world
                    .one(&press(path_of(&text(&made, "redirect_url")), "pay"));
                shop.world
                    .one(&press(path_of(&text(&made, "redirect_url")), "pay"));
            }
            let credits = shop.credits().into_iter().map(|credit| {
                let parts: Vec<&str> = credit.split(' ').collect();
                parts[1..4].join(" ")
            });
            assert_eq!(credits.collect::<Vec<_>>(), expected, "{changes}");
            assert_eq!(shop.read(&made)["status"], "succeeded");
        }
    }
}

/// With a code that takes everything off, the bonus comes all the same, in one grant with the rest.
#[test]
fn what_was_taken_off_and_what_comes_on_top_is_one_grant() {
    let shop = Shop::new();
    shop.world.get(&sent("PUT", PACKS, offers()), 200);
    shop.top_up(json!({"amount": "50", "allow_promotion_codes": true}));
    let session = shop.pays(
        json!({"amount_total": 0, "payment_status": "no_payment_required",
        "payment_intent": null, "total_details": {"amount_discount": 5_000}}),
    );
    assert_eq!(shop.hears(&completed(&session)), "credited");
    assert_eq!(
        shop.credits(),
        ["stripe:cs:cs_1 55 default:USD promotion paid 0"]
    );
}

#[test]
fn what_is_not_offered_is_refused_with_what_is() {
    let shop = Shop::new();
    shop.world.get(&sent("PUT", PACKS, offers()), 200);
    let wrong = |changes: Value, field: &str, word: &str| {
        let refused = shop.world.get(&shop.ask(changes), 422);
        let told = refused["errors"][field].to_string();
        assert!(told.contains(word), "{field}: {refused}");
    };
    wrong(json!({"amount": "4.99"}), "amount", "at least 5 USD");
    wrong(json!({"amount": "500.01"}), "amount", "at most 500 USD");
    wrong(
        json!({"pack": "none", "amount": null, "currency": null}),
        "pack",
        "none that this account offers",
    );
    wrong(json!({"pack": "starter"}), "amount", "left out");
    // Other currencies have no limits here.
    shop.world.get(
        &shop
            .ask(json!({"amount": "1", "currency": "EUR"}))
            .once("eur"),
        201,
    );

    let refused = |body: Value, field: &str| {
        let refused = shop.world.get(&sent("PUT", PACKS, body), 422);
        assert!(refused["errors"][field].is_array(), "{field}: {refused}");
    };
    let one = |more: Value| {
        let mut pack = json!({"code": "p", "amount": "1", "currency": "USD"});
        for (name, value) in more.as_object().expect("fields") {
            pack[name] = value.clone();
        }
        pack
    };
    refused(
        json!({"packs": [one(json!({})), one(json!({}))]}),
        "packs[1].code",
    );
    refused(
        json!({"packs": [one(json!({"currency": "CREDITS"}))]}),
        "packs[0].currency",
    );
    refused(
        json!({"packs": [one(json!({"amount": "1.001"}))]}),
        "packs[0].amount",
    );
    refused(
        json!({"packs": [one(json!({"asset": "NONE"}))]}),
        "packs[0].asset",
    );
    refused(
        json!({"packs": [one(json!({"asset": "CREDITS", "bonus": "0.5"}))]}),
        "packs[0].bonus",
    );
    refused(
        json!({"free_amounts": [{"currency": "USD", "min": "5", "max": "4"}]}),
        "free_amounts[0].max",
    );
    refused(json!({"pack": []}), "pack");
    assert_eq!(
        shop.world.get(&get(PACKS), 200)["packs"][0]["currency"],
        "USD"
    );
}

/// What was begun stays as it was, and what was answered is answered so again, whatever is offered by then.
#[test]
fn a_top_up_keeps_the_pack_that_it_was_made_of() {
    let shop = Shop::new();
    shop.world.get(&sent("PUT", PACKS, offers()), 200);
    let ask = shop.ask(json!({"pack": "starter", "amount": null, "currency": null}));
    let made = shop.world.get(&ask, 201);
    shop.world.get(&sent("PUT", PACKS, json!({})), 200);
    assert_eq!(shop.world.get(&ask, 201), made);
    assert_eq!(shop.read(&made)["pack"], "starter");
    let session = shop.pays(json!({}));
    shop.hears(&completed(&session));
    assert_eq!(shop.credits().len(), 2);
}

// Connecting.

#[test]
fn a_key_is_tried_before_it_is_kept_and_never_shown() {
    let world = Memory::new();
    world.stripe.replace(StripeDouble::knowing(KEY));
    let put = |body: Value| world.one(&sent("PUT", PLACE, body));
    let wrong = |body: Value| {
        let reply: Reply = put(body);
        assert_eq!(reply.status, 422, "{}", reply.body);
        let problem: Value = serde_json::from_str(&reply.body).expect("JSON");
        problem["errors"].to_string()
    };
    assert!(wrong(json!({})).contains("is required"));
    assert!(wrong(json!({"secret_key": "sk_live_abcdefgh1234"})).contains("live side"));
    assert!(wrong(json!({"secret_key": "pk_test_abcdefgh1234"})).contains("sk_test_"));
    assert!(wrong(json!({"secret_key": "sk_test_unknown12345"})).contains("refused by Stripe"));
    let elsewhere = json!({"secret_key": KEY, "connected_account": "acct_strange"});
    assert!(wrong(elsewhere).contains("connected_account"));
    assert!(world.rows("SELECT * FROM stripe_connection").is_empty());
    world.stripe.borrow_mut().mishaps = vec![("/v1/account", Mishap::Lost); 3];
    assert_eq!(put(json!({"secret_key": KEY})).status, 503);
    assert!(world.rows("SELECT * FROM stripe_connection").is_empty());

    let made = world.get(&sent("PUT", PLACE, json!({"secret_key": KEY})), 200);
    assert_eq!(made["secret_key"], "sk_test_…1234");
    assert_eq!(made["stripe_account"], "acct_own");
    assert_eq!(
        (&made["automatic_tax"], &made["save_payment_method"]),
        (&json!(false), &json!(true))
    );
    assert_eq!(world.get(&get(PLACE), 200), made);
    for line in world
        .everything()
        .iter()
        .chain(world.logged.borrow().iter())
    {
        assert!(!line.contains(KEY), "{line}");
    }
    let changed = world
        .logged
        .borrow()
        .iter()
        .any(|line| line.contains("changed_by_admin") && line.contains(PLACE));
    assert!(changed, "the log says who has connected it");

    // Rotated; and changed without the key.
    let next = "rk_test_zyxwvuts9876";
    world.stripe.borrow_mut().keys = [(next.to_owned(), "acct_own".to_owned())].into();
    let rotated = world.get(&sent("PUT", PLACE, json!({"secret_key": next})), 200);
    assert_eq!(rotated["secret_key"], "rk_test_…9876");
    let changed = world.get(&sent("PUT", PLACE, json!({"automatic_tax": true})), 200);
    assert_eq!(
        (&changed["secret_key"], &changed["automatic_tax"]),
        (&rotated["secret_key"], &json!(true))
    );
    world.get(&sent("DELETE", PLACE, Value::Null), 204);
    world.get(&sent("DELETE", PLACE, Value::Null), 404);
    world.get(&get(PLACE), 404);
}

#[test]
fn the_live_side_takes_payments_once_stripe_is_connected() {
    let world = Memory::deployed();
    let live = key_of(&world, "acc_default", "live");
    let stripe_key = "sk_live_abcdefgh1234";
    world.stripe.replace(StripeDouble::knowing(stripe_key));
    let acme = post("/v1/customers", json!({"name": "Acme"})).by(&live);
    let customer = text(&world.get(&acme, 201), "id");
    let ask = post("/v1/top-ups", top_up_of(&customer)).by(&live);
    assert_eq!(world.get(&ask, 422)["code"], "payments_not_configured");
    let put = |key: &str| sent("PUT", PLACE, json!({"secret_key": key})).by(&live);
    assert_eq!(
        world.one(&put(KEY)).status,
        422,
        "a test key never fills the live side"
    );
    world.get(&put(stripe_key), 200);
    let made = world.get(&ask, 201);
    assert_eq!(made["redirect_url"], "https://checkout.stripe.example/cs_1");
    // The other side is as it was.
    let test = key_of(&world, "acc_default", "test");
    world.get(&get(PLACE).by(&test), 404);
}

#[test]
fn a_connected_account_is_asked_on_its_own_behalf() {
    let shop = Shop::new();
    shop.world.stripe.borrow_mut().connected = vec!["acct_shop".to_owned()];
    let connected = json!({"connected_account": "acct_shop"});
    shop.world.get(&sent("PUT", PLACE, connected), 200);
    shop.top_up(json!({}));
    let asked = shop.world.stripe.borrow().asked.clone();
    let for_shop = |path: &str| asked.contains(&format!("POST {path} for acct_shop"));
    assert!(
        for_shop("/v1/customers") && for_shop("/v1/checkout/sessions"),
        "{asked:?}"
    );
    // The session is no customer's elsewhere, so the event has to come from there.
    let session = shop.pays(json!({}));
    let mut event = json!({"id": "evt_1", "object": "event", "livemode": false, "account": "acct_strange",
        "type": "checkout.session.completed", "data": {"object": session}});
    let strange = stripe_signed("", "whsec_local", &event);
    assert_eq!(shop.hears(&strange), "unmatched unmapped_account");
    let endpoint =
        json!({"name": "Shop", "secret": "whsec_shop", "connected_accounts": ["acct_shop"]});
    let endpoint = text(
        &shop.world.get(&post("/v1/stripe/endpoints", endpoint), 201),
        "id",
    );
    event["account"] = "acct_shop".into();
    let known = stripe_signed(&format!("/{endpoint}"), "whsec_shop", &event);
    assert_eq!(shop.hears(&known), "credited");
}

#[test]
fn an_address_for_stripe_that_is_none_is_told() {
    let mut world = Memory::new();
    world.config.stripe_api_url = "https://stand-in.example/v1".to_owned();
    let refused = world.get(&sent("PUT", PLACE, json!({"secret_key": KEY})), 422);
    assert_eq!(refused["code"], "not_configured");
}
