//! Pages: each item once, whatever the size of the page and whoever adds items meanwhile. And quotas, which
//! nobody passes by coming at the same time.

use std::collections::BTreeSet;

use scrip::worker::edge::list::{Asked, Listing, MAX_COUNTED, Window};
use scrip::worker::edge::principal::Principal;
use scrip::worker::products::statements::{MAX_PRODUCTS, MAX_VERSIONS};
use scrip::worker::top_ups::statements::MAX_OF_LINK;
use scrip::worker::webhooks::wire::{MAX_DESTINATIONS, MAX_EVENTS};
use scrip::worker::{accounts, assets, customers, events, keys, products, subscriptions, vendors};
use serde_json::{Value, json};

use crate::edge_cases::{path_of, text};
use crate::world::{Memory, NOW, Sent, get, post, press};

// Pages.

fn product(code: &str) -> Value {
    let price = json!({"name": "Chat", "type": "usage_based", "billing_model": {"type": "real_time"},
        "usage_calculation": {"event_type": "chat", "usage_type": "unit"},
        "pricing": [{"asset": "USD", "values": [{"unit_price": "0.01"}]}]});
    json!({"code": code, "name": code, "publish": true, "prices": [price]})
}

/// Seven of everything that is listed, some of them of one moment.
struct Full {
    world: Memory,
    product: String,
}

impl Full {
    fn new() -> Self {
        let world = Memory::new();
        let made = world.get(&post("/v1/products", product("p0")), 201);
        let full = Self {
            product: text(&made, "id"),
            world,
        };
        full.more(0..7);
        full
    }

    fn more(&self, numbers: std::ops::Range<i64>) {
        for number in numbers {
            self.world.clock.set(NOW + number / 3);
            let make = |path: &str, body: Value| self.world.get(&post(path, body), 201);
            make(
                "/v1/vendors",
                json!({"name": "V", "external_id": format!("v{number}")}),
            );
            make(
                "/v1/accounts",
                json!({"name": "A", "external_id": format!("a{number}")}),
            );
            make("/v1/keys", json!({"name": format!("k{number}")}));
            make(
                "/v1/assets",
                json!({"code": format!("C{number}"), "name": "C", "precision": 2}),
            );
            make("/v1/products", product(&format!("more{number}")));
            let external = format!("c{number}");
            let subscriptions = json!([{"products": [{"code": "p0"}]}]);
            make(
                "/v1/customers",
                json!({"name": "C", "external_id": external, "subscriptions": subscriptions}),
            );
            let event = json!({"id": external, "event_type": "chat", "occurred_at": "2026-01-01T00:00:00Z", "data": {}});
            let usage = json!({"customer_external_id": external, "events": [event]});
            let recorded = self.world.one(&post("/v1/events", usage));
            assert!(
                recorded.status < 300 || recorded.body.contains("event_too_late"),
                "{}",
                recorded.body
            );
        }
        self.world.clock.set(NOW);
    }

    fn lists(&self) -> Vec<String> {
        let names = [
            "vendors",
            "accounts",
            "keys",
            "assets",
            "products",
            "customers",
            "customers/stats",
        ];
        let mut paths: Vec<String> = names.iter().map(|name| format!("/v1/{name}?")).collect();
        paths.push(format!("/v1/products/{}/subscribers?", self.product));
        paths
    }

    fn page(&self, path: &str, query: &str) -> Value {
        self.world.get(&get(format!("{path}{query}")), 200)
    }
}

fn items(page: &Value) -> Vec<String> {
    let items = page["items"].as_array().expect("items");
    items.iter().map(Value::to_string).collect()
}

/// The law of pages: by cursor, of whatever size, they are the whole list, each item once and in its order.
#[test]
fn the_pages_of_a_list_are_the_list() {
    let full = Full::new();
    for path in full.lists() {
        let whole = full.page(&path, "limit=100");
        let all = items(&whole);
        assert!(all.len() >= 7, "{path}: {whole}");
        assert!(
            whole.get("next").is_none() && whole.get("total_count_capped").is_none(),
            "{path}"
        );
        assert_eq!(whole["total_count"], all.len(), "{path}");
        for limit in 1..=all.len() + 1 {
            let (mut shown, mut cursor) = (Vec::new(), String::new());
            loop {
                let page = full.page(&path, &format!("limit={limit}{cursor}"));
                assert_eq!(page["total_count"], whole["total_count"], "{path}");
                shown.extend(items(&page));
                let Some(next) = page["next"].as_str() else {
                    break;
                };
                // A page that leads on is a full one, and what follows is not empty.
                assert_eq!(items(&page).len(), limit, "{path}");
                cursor = format!("&cursor={next}");
            }
            assert_eq!(shown, all, "{path} by {limit}");
            // As Credyt's clients go on.
            let offset = full.page(&path, &format!("limit={limit}&offset=2"));
            assert_eq!(items(&offset), all[2..all.len().min(2 + limit)], "{path}");
            assert_eq!(
                (&offset["limit"], &offset["offset"]),
                (&json!(limit), &json!(2))
            );
        }
    }
}

#[test]
fn what_is_added_while_pages_are_read_neither_repeats_nor_hides_an_item() {
    let full = Full::new();
    for (place, path) in full.lists().iter().enumerate() {
        let before: BTreeSet<String> = items(&full.page(path, "limit=100")).into_iter().collect();
        let first = full.page(path, "limit=3");
        let from = 10 + i64::try_from(place).expect("a place") * 10;
        full.more(from..from + 2);
        let next = text(&first, "next");
        let rest = full.page(path, &format!("limit=100&cursor={next}"));
        let shown = [items(&first), items(&rest)].concat();
        let once: BTreeSet<String> = shown.iter().cloned().collect();
        assert_eq!(once.len(), shown.len(), "{path}: none twice");
        assert!(before.is_subset(&once), "{path}: none left out");
    }
}

#[test]
fn a_cursor_that_is_none_is_told_and_so_is_one_beside_an_offset() {
    let full = Full::new();
    let of_vendors = text(&full.page("/v1/vendors?", "limit=3"), "next");
    for path in full.lists() {
        for (query, field) in [
            ("cursor=x", "cursor"),
            ("cursor=W10", "cursor"),
            ("limit=0", "limit"),
            ("offset=10001", "offset"),
        ] {
            let problem = full.world.get(&get(format!("{path}{query}")), 422);
            assert!(
                problem["errors"][field].is_array(),
                "{path}{query}: {problem}"
            );
        }
        let both = full
            .world
            .one(&get(format!("{path}cursor={of_vendors}&offset=1")));
        assert_eq!(both.status, 422, "{path}");
        let other = full.world.one(&get(format!("{path}cursor={of_vendors}")));
        assert_eq!(
            other.status,
            if path.contains("vendors") { 200 } else { 422 },
            "{path}"
        );
    }
}

#[test]
fn a_long_list_is_counted_as_far_as_is_said_and_read_to_its_end() {
    let world = Memory::new();
    world.rows(
        "WITH RECURSIVE n(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM n WHERE n < 10003) \
         INSERT INTO vendor (account_id, mode, id, name, request, created_at) \
         SELECT 'acc_default', 'test', printf('vdr_%05d', n), 'V', '', '2026-01-01T00:00:00Z' FROM n",
    );
    let page = |query: &str| world.get(&get(format!("/v1/vendors?{query}")), 200);
    let first = page("limit=100");
    assert_eq!(first["total_count"], MAX_COUNTED);
    assert_eq!(first["total_count_capped"], true);
    let last = page(&format!("limit=100&offset={MAX_COUNTED}"));
    assert_eq!(items(&last).len(), 3);
    let mut counted = 0;
    let mut cursor = String::new();
    loop {
        let page = page(&format!("limit=100{cursor}"));
        counted += items(&page).len();
        let Some(next) = page["next"].as_str() else {
            break;
        };
        cursor = format!("&cursor={next}");
    }
    assert_eq!(counted, 10_003);
}

/// A page is read from its place on, along an index, and nothing is sorted for it.
#[test]
fn lists_are_read_along_an_index() {
    let world = Memory::new();
    let [account, mode] = ["acc", "test"].map(str::to_owned);
    let who = Principal::of(&world.config, account, mode).expect("a side");
    let of = |customer: Option<&str>| {
        events::statements::listing(&events::statements::EventFilter {
            customer: customer.map(str::to_owned),
            ..Default::default()
        })
    };
    let (all, one) = (|count| vec![None; count], || Some("x".to_owned()));
    let mut of_customer = all(7);
    of_customer[0] = one();
    let lists: [(Listing, Vec<Option<String>>); 9] = [
        (vendors::statements::LIST, all(1)),
        (accounts::statements::LIST, all(1)),
        (keys::statements::LIST, all(0)),
        (assets::statements::LIST, all(0)),
        (products::statements::LIST, all(1)),
        (customers::statements::LIST, all(5)),
        (subscriptions::statements::SUBSCRIBERS, vec![one()]),
        (of(None), all(7)),
        (of(Some("x")), of_customer),
    ];
    for (listing, filters) in lists {
        let asked = Asked {
            window: Window {
                limit: 2,
                offset: 0,
            },
            after: Some(vec!["1".to_owned(); listing.keys.len()]),
        };
        let [page, _] = listing.statements(&who, filters, &asked);
        // From the last on, so that ?1 is not taken for the beginning of ?10.
        let values = page.values.iter().enumerate().rev();
        let sql = values.fold(page.sql.to_string(), |sql, (place, value)| {
            let value = if value.is_some() { "'1'" } else { "NULL" };
            sql.replace(&format!("?{}", place + 1), value)
        });
        let plan = world.rows(format!("EXPLAIN QUERY PLAN {sql}").leak());
        // The filter itself may be a list, which is read as a whole.
        let plan = json!(plan).to_string().replace("SCAN json_each", "");
        assert!(
            !plan.contains("TEMP B-TREE FOR ORDER BY"),
            "{}: {plan}",
            listing.name
        );
        assert!(
            plan.contains("SEARCH") && !plan.contains("SCAN"),
            "{}: {plan}",
            listing.name
        );
    }
}

// Quotas.

fn refused_by_quota(reply: &scrip::worker::edge::reply::Reply) -> bool {
    reply.status == 422 && reply.body.contains("\"quota_reached\"")
}

/// Of two who are the last one, one is refused, and what is sent again is answered as before.
fn the_last_one_is_one(world: &dyn Fn() -> Memory, two: &[Sent; 2]) {
    for seed in 0..100 {
        let world = world();
        let replies = world.race(two, seed);
        let refused = replies
            .iter()
            .filter(|reply| refused_by_quota(reply))
            .count();
        assert_eq!(
            refused, 1,
            "seed {seed}: {} {}",
            replies[0].body, replies[1].body
        );
        let place = usize::from(refused_by_quota(&replies[0]));
        assert!(
            replies[place].status < 300,
            "seed {seed}: {}",
            replies[place].body
        );
        let again = world.one(&two[place]);
        assert_eq!(again.status, replies[place].status, "{}", again.body);
        assert!(refused_by_quota(&world.one(&two[1 - place])), "seed {seed}");
    }
}

#[test]
fn products_have_a_quota_that_racing_callers_do_not_pass() {
    let full = || {
        let world = Memory::new();
        world.rows(
            format!(
                "WITH RECURSIVE n(n) AS (SELECT 2 UNION ALL SELECT n + 1 FROM n WHERE n < {MAX_PRODUCTS}) \
                 INSERT INTO product (account_id, mode, id, code, name, default_version, request, created_at) \
                 SELECT 'acc_default', 'test', 'prp_' || n, 'c' || n, '', 1, '', '' FROM n"
            )
            .leak(),
        );
        world
    };
    let two = ["one", "two"].map(|code| post("/v1/products", product(code)));
    the_last_one_is_one(&full, &two);
    // Archived ones make room.
    let world = full();
    world.get(&two[0], 201);
    assert!(refused_by_quota(&world.one(&two[1])));
    world.rows("UPDATE product SET archived_at = '' WHERE code = 'c2'");
    world.get(&two[1], 201);
}

#[test]
fn versions_of_a_product_have_a_quota() {
    let world = Memory::new();
    let made = world.get(&post("/v1/products", product("p")), 201);
    let path = format!("/v1/products/{}", text(&made, "id"));
    world.rows(
        format!(
            "WITH RECURSIVE n(n) AS (SELECT 2 UNION ALL SELECT n + 1 FROM n WHERE n < {MAX_VERSIONS}) \
             INSERT INTO product_version (product_id, version, status, offer, request, created_at) \
             SELECT product.id, n, 'draft', offer, 'r' || n, '' FROM n, product JOIN product_version \
             ON product_id = product.id AND version = 1"
        )
        .leak(),
    );
    world.rows(format!("UPDATE product SET last_version = {MAX_VERSIONS}").leak());
    let mut version = product("p");
    let fields = version.as_object_mut().expect("an object");
    fields.remove("code");
    fields.remove("name");
    let before = world.everything();
    assert!(refused_by_quota(&world.one(&post(&path, version.clone()))));
    assert_eq!(world.everything(), before, "a refusal changes nothing");
    world.rows("UPDATE product_version SET status = 'archived' WHERE version = 2");
    let next = world.get(&post(&path, version.clone()), 201);
    assert_eq!(next["version"], MAX_VERSIONS + 1);
    // As the newest one it is that one, also at the limit.
    assert_eq!(world.get(&post(&path, version), 201), next);
}

#[test]
fn destinations_have_a_quota_that_racing_callers_do_not_pass() {
    let hook = |name: &str| json!({"url": format!("https://{name}.example/")});
    let full = || {
        let world = Memory::new();
        for number in 1..MAX_DESTINATIONS {
            world.get(&post("/v1/webhooks", hook(&format!("r{number}"))), 201);
        }
        world
    };
    let two = ["one", "two"].map(|name| post("/v1/webhooks", hook(name)).once(name));
    the_last_one_is_one(&full, &two);
}

#[test]
fn deliveries_have_a_quota_that_racing_callers_do_not_pass_and_old_ones_make_room() {
    let full = || {
        let world = Memory::new();
        for name in ["a", "b"] {
            let hook = json!({"url": format!("https://{name}.example/")});
            world.get(&post("/v1/webhooks", hook), 201);
        }
        // As many as leave room for one event at every destination that there may be, and for no second.
        world.rows(
            format!(
                "WITH RECURSIVE n(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM n WHERE n < {}) \
                 INSERT INTO webhook_event (account_id, mode, event_id, destination_id, topic, request, time) \
                 SELECT 'acc_default', 'test', 'evt_' || n, 'whd_1', 'a', '', {} FROM n",
                MAX_EVENTS - MAX_DESTINATIONS,
                NOW * 1_000
            )
            .leak(),
        );
        world
    };
    let two = ["one", "two"].map(|key| post("/v1/webhooks/test/a.b", json!({"x": key})).once(key));
    the_last_one_is_one(&full, &two);
    let world = full();
    world.get(&two[0], 202);
    let before = world.everything();
    assert!(refused_by_quota(&world.one(&two[1])));
    assert_eq!(world.everything(), before, "a refusal changes nothing");
    world.rows("UPDATE webhook_event SET time = 0 WHERE destination_id = 'whd_1'");
    world.get(&two[1], 202);
    let kept = world.rows("SELECT COUNT(*) AS kept FROM webhook_event");
    assert_eq!(kept[0]["kept"], 4, "two events at two destinations");
}

/// Whoever has a link opens it and declines, again and again.
#[test]
fn a_payment_link_makes_so_many_top_ups_a_day_and_no_more() {
    let world = Memory::new();
    let price = json!({"name": "Base fee", "type": "fixed",
        "billing_model": {"type": "recurring", "recurring": {"interval": "month", "interval_count": 1}},
        "pricing": [{"asset": "USD", "values": [{"unit_price": "1000"}]}]});
    world.get(
        &post(
            "/v1/products",
            json!({"code": "plan", "name": "Plan", "publish": true, "prices": [price]}),
        ),
        201,
    );
    let acme = json!({"name": "Acme", "subscriptions": [{"products": [{"code": "plan"}]}]});
    let acme = world.get(&post("/v1/customers", acme), 201);
    let link = path_of(&text(
        &acme["subscriptions"][0]["required_actions"][0],
        "redirect_url",
    ));
    let open = || world.one(&get(&link));
    for number in 0..MAX_OF_LINK {
        let opened = open();
        assert_eq!(opened.status, 303, "{number}: {}", opened.body);
        assert_eq!(open().body, opened.body, "the one that is open is found");
        let declined = world.one(&press(path_of(&opened.body), "decline"));
        assert_eq!(declined.status, 303);
    }
    let before = world.everything();
    let refused = open();
    assert_eq!(refused.status, 422);
    assert!(refused.body.contains("tomorrow"), "{}", refused.body);
    assert_eq!(world.everything(), before);
    world.clock.set(NOW + 86_400_000 + 1_000);
    assert_eq!(open().status, 303, "a day later");
}
