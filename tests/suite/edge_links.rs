//! Links for people: where they lead is said by the configuration, what they are worth is nowhere at rest,
//! and each of them ends.

use scrip::worker::edge::reply::{Kind, Reply};
use serde_json::{Value, json};

use crate::edge_cases::cookie_of;
use crate::edge_cases::{path_of, text, top_up_of, with_urls};
use crate::edge_races::for_each_seed;
use crate::world::{Asked, Fault, Lost, Memory, NOW, ORIGIN, Sent, get, post, press, sent};

/// A customer who owes for a subscription, and every kind of link there is.
struct Links {
    world: Memory,
    key: String,
    customer: String,
    top_up: Value,
    /// `…/pay/{token}/{subscription}`.
    pay: String,
    portal: Value,
}

/// Where a local server answers whatever PUBLIC_URL says.
const LOCALLY: Option<&str> = Some("http://localhost:8787");

fn from(host: Option<&'static str>, mut sent: Sent) -> Sent {
    sent.host = host;
    sent
}

/// A deployment, which answers at every host that leads to it, and a key of it.
fn deployed() -> (Memory, String) {
    let world = Memory::deployed();
    let key = crate::edge_stripe::key_of(&world, "acc_default", "test");
    (world, key)
}

impl Links {
    /// Everything is asked for at this host.
    fn at(host: Option<&'static str>) -> Self {
        let (world, key) = match host {
            Some(_) => deployed(),
            None => (Memory::new(), "sk_test_local".to_owned()),
        };
        let make = |path: &str, body: Value, status| {
            world.get(&from(host, post(path, body)).by(&key), status)
        };
        let price = json!({"name": "Base fee", "type": "fixed",
            "billing_model": {"type": "recurring", "recurring": {"interval": "month", "interval_count": 1}},
            "pricing": [{"asset": "USD", "values": [{"unit_price": "1000"}]}]});
        make(
            "/v1/products",
            json!({"code": "plan", "name": "Plan", "publish": true, "prices": [price]}),
            201,
        );
        let subscriptions = json!([{"products": [{"code": "plan"}]}]);
        let acme = json!({"name": "Acme", "external_id": "acme", "subscriptions": subscriptions});
        let acme = make("/v1/customers", acme, 201);
        let customer = text(&acme, "id");
        let top_up = make("/v1/top-ups", top_up_of(&customer), 201);
        let portal = make(
            "/v1/billing-portal/sessions",
            with_urls(json!({"customer_id": customer})),
            200,
        );
        let pay = text(
            &acme["subscriptions"][0]["required_actions"][0],
            "redirect_url",
        );
        Self {
            customer,
            top_up,
            pay,
            portal,
            world,
            key,
        }
    }

    fn new() -> Self {
        Self::at(None)
    }

    /// Where the link of the subscription leads now.
    fn opened(&self) -> String {
        let reply = self.world.one(&get(path_of(&self.pay)));
        assert_eq!(reply.status, 303, "{}", reply.body);
        path_of(&reply.body)
    }

    /// The link that the subscription shows now.
    fn shown(&self) -> String {
        let shown = self.world.get(
            &get(format!("/v1/customers/{}", self.customer)).by(&self.key),
            200,
        );
        text(
            &shown["subscriptions"][0]["required_actions"][0],
            "redirect_url",
        )
    }

    fn revoke(&self) {
        let path = format!("/v1/customers/{}/payment-links", self.customer);
        let call = sent("DELETE", path, Value::Null).by(&self.key);
        self.world.get(&call, 204);
    }
}

#[test]
fn a_link_leads_to_what_is_configured_whatever_host_a_request_names() {
    let links = Links::at(Some("https://evil.example"));
    for url in [
        text(&links.top_up, "redirect_url"),
        links.pay.clone(),
        links.shown(),
        text(&links.portal, "redirect_url"),
    ] {
        assert!(url.starts_with(&format!("{ORIGIN}/")), "{url}");
    }
    let opened = links.world.one(&from(
        Some("https://evil.example"),
        get(path_of(&links.pay)),
    ));
    assert!(opened.body.starts_with(ORIGIN), "{}", opened.body);
    let page = path_of(&opened.body);
    for action in ["cancel", "decline"] {
        let pressed = from(Some("https://evil.example"), press(&page, action));
        let reply = links.world.one(&pressed);
        assert!(reply.body.starts_with(ORIGIN), "{}", reply.body);
    }
    let stored = links.world.everything();
    assert!(!stored.iter().any(|line| line.contains("evil.example")));
}

/// The words of a link that open it.
fn secrets(url: &str) -> Vec<String> {
    let is_token =
        |word: &&str| word.len() == 64 && word.bytes().all(|byte| byte.is_ascii_hexdigit());
    let words = url.split(|letter: char| !letter.is_ascii_alphanumeric());
    words.filter(is_token).map(str::to_owned).collect()
}

#[test]
fn no_token_and_no_cookie_is_at_rest() {
    let links = Links::new();
    let portal = text(&links.portal, "redirect_url");
    let cookie = cookie_of(&links.world, &path_of(&portal));
    let opened = links.opened();
    let all = [
        &text(&links.top_up, "redirect_url"),
        &links.pay,
        &portal,
        &cookie,
        &opened,
    ];
    let tokens: Vec<String> = all.into_iter().flat_map(|url| secrets(url)).collect();
    assert_eq!(tokens.len(), 5, "{tokens:?}");
    let stored = links.world.everything();
    for token in tokens {
        assert!(!stored.iter().any(|line| line.contains(&token)), "{token}");
    }
}

// The customer's page.

fn looked_at(links: &Links, cookie: Option<&str>) -> Reply {
    let mut sent = get("/portal");
    sent.api_key = None;
    sent.cookie = cookie.map(str::to_owned);
    links.world.one(&sent)
}

#[test]
fn a_link_to_the_page_opens_once_and_the_page_has_no_token_in_its_address() {
    let links = Links::new();
    let link = path_of(&text(&links.portal, "redirect_url"));
    let cookie = cookie_of(&links.world, &link);
    let shown = looked_at(&links, Some(&cookie));
    assert_eq!(shown.status, 200);
    assert!(shown.body.contains("Acme"));
    assert!(secrets(&shown.body).is_empty());
    // With others beside it, as browsers send them.
    assert_eq!(
        looked_at(&links, Some(&format!("a=b; {cookie}; c=d"))).status,
        200
    );
    // Somebody else who has seen the address gets nothing; whoever opened it is led to the page.
    let again = links.world.one(&get(&link));
    assert_eq!(again.status, 410);
    assert!(!again.body.contains("Acme"));
    let mut own = get(&link);
    own.cookie = Some(cookie.clone());
    let own = links.world.one(&own);
    assert_eq!((own.status, own.body.as_str()), (303, "/portal"));
    for wrong in [
        None,
        Some(""),
        Some("scrip_portal="),
        Some("scrip_portal=0"),
        Some(&cookie[..cookie.len() - 1]),
        Some(&cookie.replace("scrip_portal", "other")),
        // Neither the token nor a hash is worth anything here.
        Some(&link.replace("/portal?token", "scrip_portal")),
    ] {
        assert_eq!(looked_at(&links, wrong).status, 404, "{wrong:?}");
    }
}

/// What the page's script finds in the fragment, exchanged for a token.
fn token_of(links: &Links, word: &str, status: u16) -> Value {
    let exchange = post("/v1/tokens/exchange", json!({"link_token": word}));
    links.world.get(&exchange, status)
}

#[test]
fn the_elements_of_the_page_get_a_token_once_for_this_wallet_which_ends_with_the_link() {
    for revoked in [false, true] {
        let links = Links::new();
        let link = path_of(&text(&links.portal, "redirect_url"));
        let opened = links.world.one(&get(&link));
        let (_, word) = opened.body.split_once("#token=").expect("a word");
        assert!(
            !links
                .world
                .everything()
                .iter()
                .any(|line| line.contains(word))
        );
        let token = token_of(&links, word, 201);
        assert_eq!(token["customer_id"], links.customer.as_str());
        assert_eq!(
            token["scopes"],
            json!(["read", "topup", "recharge", "methods"])
        );
        assert_eq!(
            text(&token, "expires_at"),
            text(&links.portal, "expires_at")
        );
        token_of(&links, word, 404);
        let own =
            get(format!("/v1/customers/{}/wallet", links.customer)).by(&text(&token, "token"));
        links.world.get(&own, 200);
        let others = get("/v1/customers/cust_other/wallet").by(&text(&token, "token"));
        assert_eq!(links.world.one(&others).status, 403);
        if revoked {
            let path = format!("/v1/billing-portal/sessions/{}", text(&links.portal, "id"));
            for _ in 0..2 {
                links
                    .world
                    .get(&sent("DELETE", path.clone(), Value::Null), 204);
            }
        } else {
            links.world.clock.set(NOW + 599_999);
            links.world.get(&own, 200);
            links.world.clock.set(NOW + 600_000);
        }
        assert_eq!(links.world.one(&own).status, 401);
    }
}

#[test]
fn no_order_of_opening_and_revoking_leaves_a_token_behind() {
    let stage = Links::new();
    let link = path_of(&text(&stage.portal, "redirect_url"));
    let path = format!("/v1/billing-portal/sessions/{}", text(&stage.portal, "id"));
    let end = sent("DELETE", path, Value::Null);
    for_each_seed(|seed| {
        let world = stage.world.copy();
        let [opened, ended] = &world.race(&[get(&link), end.clone()], seed)[..] else {
            panic!("two replies")
        };
        assert_eq!(ended.status, 204);
        let Some((_, word)) = opened.body.split_once("#token=") else {
            return assert_eq!(opened.status, 410, "{}", opened.body);
        };
        let exchange = post("/v1/tokens/exchange", json!({"link_token": word}));
        assert_eq!(world.one(&exchange).status, 404);
    });
}

#[test]
fn a_link_that_gets_no_token_because_something_stopped_opens_the_balances_all_the_same() {
    let links = Links::new();
    let link = path_of(&text(&links.portal, "redirect_url"));
    links.world.break_at(Fault {
        asked: Asked::Directory,
        place: 1,
        lost: Lost::Question,
    });
    let opened = links.world.one(&get(&link));
    links.world.mend();
    assert_eq!((opened.status, opened.body.as_str()), (303, "/portal"));
    let Kind::Redirect {
        cookie: Some(cookie),
    } = opened.kind
    else {
        panic!("no cookie")
    };
    let cookie = cookie.split(';').next().expect("a cookie");
    assert_eq!(looked_at(&links, Some(cookie)).status, 200);
}

#[test]
fn a_link_that_ends_before_its_word_is_exchanged_gives_no_token() {
    let links = Links::new();
    let link = path_of(&text(&links.portal, "redirect_url"));
    let opened = links.world.one(&get(&link));
    let (_, word) = opened.body.split_once("#token=").expect("a word");
    let path = format!("/v1/billing-portal/sessions/{}", text(&links.portal, "id"));
    links.world.get(&sent("DELETE", path, Value::Null), 204);
    token_of(&links, word, 404);
}

#[test]
fn the_page_ends_after_ten_minutes_and_when_it_is_revoked() {
    for revoked in [false, true] {
        let links = Links::new();
        let link = path_of(&text(&links.portal, "redirect_url"));
        let cookie = cookie_of(&links.world, &link);
        if revoked {
            let path = format!("/v1/billing-portal/sessions/{}", text(&links.portal, "id"));
            links.world.get(&sent("DELETE", path, Value::Null), 204);
        } else {
            links.world.clock.set(NOW + 599_999);
            assert_eq!(looked_at(&links, Some(&cookie)).status, 200);
            links.world.clock.set(NOW + 600_000);
        }
        let ended = looked_at(&links, Some(&cookie));
        assert_eq!(ended.status, 410);
        assert!(!ended.body.contains("Acme"));
        assert_eq!(links.world.one(&get(&link)).status, 410);
    }
}

// Links to pay at.

#[test]
fn payment_links_that_are_revoked_open_nothing_and_lead_to_no_new_one() {
    let links = Links::new();
    let (page, direct) = (
        links.opened(),
        path_of(&text(&links.top_up, "redirect_url")),
    );
    links.revoke();
    assert_eq!(links.world.one(&get(path_of(&links.pay))).status, 404);
    let new = links.shown();
    assert_ne!(new, links.pay, "the subscription is to be paid still");
    for page in [&page, &direct] {
        assert_eq!(links.world.one(&get(page)).status, 410, "{page}");
        assert_eq!(links.world.one(&press(page, "pay")).status, 410, "{page}");
    }
    // Whoever has an old page is not told the new link by it.
    let back = links.world.one(&press(&page, "cancel")).body;
    assert!(back.ends_with("?paid=no"), "{back}");
    assert_ne!(secrets(&back), secrets(&new));
    assert_eq!(links.world.one(&get(path_of(&back))).status, 404);
    assert_eq!(links.world.one(&get(path_of(&new))).status, 303);
    links.revoke();
    assert_eq!(
        links.world.one(&get(path_of(&new))).status,
        404,
        "each time"
    );
}

#[test]
fn a_top_up_that_is_ended_cannot_be_paid_and_one_that_is_paid_cannot_be_ended() {
    let links = Links::new();
    let page = path_of(&text(&links.top_up, "redirect_url"));
    let path = format!("/v1/top-ups/{}", text(&links.top_up, "id"));
    let end = sent("DELETE", path.clone(), Value::Null);
    let world = links.world.copy();
    world.get(&end, 204);
    world.get(&end, 204);
    assert_eq!(text(&world.get(&get(&path), 200), "status"), "expired");
    assert_eq!(world.one(&press(&page, "pay")).status, 410);
    assert_eq!(links.world.one(&press(&page, "pay")).status, 303);
    links.world.get(&end, 409);
    assert_eq!(
        text(&links.world.get(&get(&path), 200), "status"),
        "succeeded"
    );
}

#[test]
fn a_payment_link_ends_with_its_subscription() {
    let links = Links::new();
    let (_, subscription) = links.pay.rsplit_once('/').expect("a path");
    let path = format!(
        "/v1/customers/{}/subscriptions/{subscription}",
        links.customer
    );
    links
        .world
        .get(&sent("PATCH", path, json!({"status": "inactive"})), 204);
    assert_eq!(links.world.one(&get(path_of(&links.pay))).status, 410);
}

// The configuration.

#[test]
fn a_link_is_the_same_as_long_as_its_key_is_listed() {
    const OLD: &str = "0123456789abcdef0123456789abcdef";
    const NEW: &str = "fedcba9876543210fedcba9876543210";
    let mut links = Links::new();
    links.world.config.secrets_key = OLD.to_owned();
    let make = post("/v1/top-ups", top_up_of(&links.customer)).once("one");
    let first = links.world.one(&make);
    assert_eq!(first.status, 201, "{}", first.body);
    links.world.config.secrets_key = format!("{NEW},{OLD}");
    let again = links.world.one(&make);
    assert_eq!((again.replayed, &again.body), (true, &first.body));
    links.world.config.secrets_key = NEW.to_owned();
    assert_eq!(links.world.get(&make, 422)["code"], "not_configured");
    // What was given out works as long as it would: the page is found by the hash.
    let made: Value = serde_json::from_str(&first.body).expect("JSON");
    let page = path_of(&text(&made, "redirect_url"));
    assert_eq!(links.world.one(&press(&page, "pay")).status, 303);
    // Links of a key that is gone are not shown any more; revoking makes new ones.
    assert!(
        !json!(links.world.get(&get("/v1/customers?external_id=acme"), 200))
            .to_string()
            .contains("/pay/")
    );
    links.revoke();
    assert_eq!(links.world.one(&get(path_of(&links.shown()))).status, 303);
}

#[test]
fn a_deployment_that_does_not_say_where_it_is_makes_no_link() {
    let mut links = Links::new();
    for url in [
        "",
        "wallets.example",
        "ftp://wallets.example",
        "https://wallets.example/path",
        "https://user@wallets.example",
        "javascript:alert(1)",
    ] {
        links.world.config.public_url = url.to_owned();
        let before = links.world.everything();
        let session = with_urls(json!({"customer_id": links.customer}));
        for call in [
            post("/v1/top-ups", top_up_of(&links.customer)),
            post("/v1/billing-portal/sessions", session),
        ] {
            let said = links.world.get(&from(LOCALLY, call), 422);
            assert_eq!(said["code"], "not_configured", "{url}");
            assert!(text(&said, "detail").contains("PUBLIC_URL"), "{said}");
        }
        assert!(links.world.everything() == before, "{url}");
        let shown = get(format!("/v1/customers/{}", links.customer));
        let shown = links.world.get(&from(LOCALLY, shown), 200);
        assert!(!shown.to_string().contains("/pay/"), "{shown}");
    }
    links.world.config.public_url = "https://wallets.example/".to_owned();
    assert_eq!(links.shown(), links.pay, "a slash at the end says the same");
}
