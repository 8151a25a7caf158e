//! The documents say what the code does: every route, every code with its status, every limit.

use scrip::engine::calendar::{Interval, Window};
use scrip::engine::price::MAX_FEES;
use scrip::engine::{Refusal, amount, budget, hold, subscription, usage};
use scrip::journal::limits as bytes;
use scrip::journal::storage::PAGE_BYTES;
use scrip::wire::problem::Failure;
use scrip::wire::{
    catalogue, codes, ids, json, limits, request, scope, subscription as terms, topup, url,
    usage as calls,
};
use scrip::worker::customers::wire as customers;
use scrip::worker::edge::list::{DEFAULT_PAGE, MAX_COUNTED, MAX_PAGE};
use scrip::worker::inbound::wire as inbound;
use scrip::worker::keys::wire as keys;
use scrip::worker::payments::wire as payments;
use scrip::worker::portal::wire as portal;
use scrip::worker::products::statements::{MAX_PRODUCTS, MAX_VERSIONS};
use scrip::worker::routes::ROUTES;
use scrip::worker::top_ups::statements::MAX_OF_LINK;
use scrip::worker::webhooks::wire as webhook;

const API: &str = include_str!("../../docs/api.md");

#[test]
fn every_route_is_documented() {
    for &(method, path, ..) in ROUTES {
        // A HEAD is the GET without its body.
        let method = if method == "HEAD" { "GET" } else { method };
        assert!(
            API.contains(&format!("{method} {path}`")),
            "{method} {path}"
        );
    }
}

#[test]
fn every_code_is_documented_with_its_status() {
    let failures = Failure::ALL.map(|one| (one.code(), Some(one.status())));
    let refusals = Refusal::CODES.map(|code| (code, None));
    for (code, status) in failures.into_iter().chain(refusals) {
        let row = API
            .lines()
            .find(|line| line.starts_with(&format!("| `{code}` |")));
        let row = row.unwrap_or_else(|| panic!("{code} is not documented"));
        let documented = status.is_none_or(|status| row.contains(&format!("| {status} |")));
        assert!(documented, "{row}");
    }
}

#[test]
fn no_other_code_is_documented() {
    let known: Vec<&str> = Failure::ALL
        .map(Failure::code)
        .into_iter()
        .chain(Refusal::CODES)
        .collect();
    let errors = API
        .split("## Errors")
        .nth(1)
        .and_then(|rest| rest.split("\n## ").next());
    for line in errors
        .unwrap_or_default()
        .lines()
        .filter(|line| line.starts_with("| `"))
    {
        let code = line.split('`').nth(1).unwrap_or_default();
        assert!(known.contains(&code), "{code}");
    }
}

#[test]
fn every_limit_of_who_calls_and_how_much_it_costs_is_documented() {
    let limits = [
        format!("| fields of one object | {} |", grouped(json::MAX_MEMBERS)),
        format!("unpriced matches among them | {} |", grouped(MAX_FEES)),
        format!("| errors in one reply | {} |", json::MAX_ERRORS),
        format!(
            "| valid keys of one side of an account | {} |",
            grouped(keys::MAX_KEYS)
        ),
        format!(
            "an `offset` passes over | {} |",
            grouped(MAX_COUNTED as usize)
        ),
        format!(
            "| products of one side of an account that are not archived | {} |",
            grouped(MAX_PRODUCTS)
        ),
        format!(
            "| versions of a product that are not archived | {} |",
            grouped(MAX_VERSIONS)
        ),
        format!("makes within a day | {} |", grouped(MAX_OF_LINK)),
        format!(
            "| deliveries of one side of an account that are kept | {} |",
            grouped(webhook::MAX_EVENTS)
        ),
        format!(
            "| the overlap of a rotated webhook secret | {} seconds ({} when nothing is said) |",
            grouped(webhook::MAX_OVERLAP as usize),
            grouped(webhook::DEFAULT_OVERLAP as usize)
        ),
    ];
    for limit in limits {
        assert!(API.contains(&limit), "{limit}");
    }
}

#[test]
fn every_limit_of_budgets_is_documented() {
    let (least, most) = Window::ROLLING_SECONDS;
    let limits = [
        format!("| budgets of a wallet | {} |", budget::MAX_BUDGETS),
        format!("| thresholds of a budget | {} |", limits::MAX_THRESHOLDS),
        format!(
            "| for how many of them one of a `rolling` window counts | {} |",
            budget::ROLLING_VALUE
        ),
        format!(
            "| a rolling window | {least} to {} seconds |",
            grouped(most as usize)
        ),
        format!(
            "| budgets of a product, and of an account for its customers | {} |",
            budget::MAX_PRESETS
        ),
        format!(
            "| distinct values that the budgets of a wallet count | {} |",
            grouped(budget::MAX_VALUES)
        ),
        format!(
            "| a value of `each`, by which it is told apart | {} characters |",
            budget::MAX_VALUE
        ),
        format!(
            "| fields of `data` that a budget matches | {} |",
            budget::MAX_FIELDS
        ),
    ];
    for limit in limits {
        assert!(API.contains(&limit), "{limit}");
    }
}

#[test]
fn every_limit_is_documented() {
    let limits = [
        format!("| a body | {} bytes |", grouped(json::MAX_BODY)),
        format!("| {} levels |", json::MAX_DEPTH),
        format!("| events in one request | {} |", grouped(calls::MAX_EVENTS)),
        format!("| costs of an event | {} |", calls::MAX_COSTS),
        format!(
            "| days for which late events are recorded | {} ({} when nothing is said) |",
            grouped(usage::MAX_LATE_DAYS as usize),
            usage::DEFAULT_LATE_DAYS
        ),
        format!(
            "| how far ahead of the clock an event may be | {} seconds |",
            usage::FUTURE_SECONDS
        ),
        format!("| an id | {} characters |", ids::MAX_ID),
        format!(
            "| a description, a subject, a reason | {} characters |",
            grouped(request::MAX_WORDS)
        ),
        format!(
            "| metadata, and an event's data | {} bytes in all |",
            grouped(json::MAX_METADATA)
        ),
        format!("| open holds of a wallet | {} |", grouped(hold::MAX_OPEN)),
        format!(
            "{} seconds ({} when nothing is said)",
            grouped(hold::MAX_SECONDS as usize),
            hold::DEFAULT_SECONDS
        ),
        format!(
            "| subscriptions of a wallet that have not ended | {} |",
            subscription::MAX_SUBSCRIPTIONS
        ),
        format!(
            "| event types, and products, that credit is restricted to | {} |",
            scope::MAX_RESTRICTIONS
        ),
        format!("| items of a page | {MAX_PAGE} ({DEFAULT_PAGE} when nothing is said) |"),
        format!("| prices of a product | {} |", catalogue::MAX_PRICES),
        format!(
            "| rates that an asset starts with | {} |",
            catalogue::MAX_RATES
        ),
        format!(
            "| subscriptions in one request, and products of one | {} |",
            terms::MAX_SUBSCRIPTIONS
        ),
        format!(
            "| external accounts of a customer | {} |",
            customers::MAX_EXTERNAL_ACCOUNTS
        ),
        format!(
            "| the overlap of a rotated key | {} seconds ({} when nothing is said) |",
            grouped(keys::MAX_OVERLAP as usize),
            grouped(keys::DEFAULT_OVERLAP as usize)
        ),
        format!("| an amount | {} decimal places", amount::MAX_PLACES),
    ];
    for limit in limits {
        assert!(API.contains(&limit), "{limit}");
    }
}

#[test]
fn every_limit_in_bytes_is_documented() {
    let limits = [
        format!(
            "| an entry of the journal | {} bytes |",
            grouped(bytes::MAX_ROW)
        ),
        format!(
            "| the entries of one call | {} bytes |",
            grouped(bytes::MAX_CALL)
        ),
        format!(
            "| a wallet: its holds, credit, subscriptions and budgets as JSON | {} bytes;",
            grouped(bytes::MAX_WALLET)
        ),
        format!(
            "| grants that one hold draws on | {} |",
            grouped(bytes::MAX_DRAWS)
        ),
        format!(
            "| accounts of a wallet | {} |",
            grouped(bytes::MAX_ACCOUNTS)
        ),
        format!(
            "| entries on a page, all together | {} bytes",
            grouped(PAGE_BYTES)
        ),
    ];
    for limit in limits {
        assert!(API.contains(&limit), "{limit}");
    }
}

#[test]
fn every_limit_of_links_and_webhooks_is_documented() {
    let limits = [
        format!(
            "| an address in a request | {} characters |",
            grouped(url::MAX_URL)
        ),
        format!(
            "| the time to pay a top-up | {} seconds |",
            grouped(topup::LINK_SECONDS as usize)
        ),
        format!(
            "| the life of a link to the customer's page | {} seconds |",
            portal::SESSION_SECONDS
        ),
        format!(
            "| webhook destinations of one side of an account | {} |",
            webhook::MAX_DESTINATIONS
        ),
        format!(
            "| topics of a destination, and characters of a topic | {}, and {} |",
            webhook::MAX_TOPICS,
            webhook::MAX_TOPIC
        ),
        format!(
            "| the data of a webhook | {} bytes |",
            grouped(webhook::MAX_DATA)
        ),
        format!(
            "| the wait for a receiver's answer | {} seconds |",
            webhook::DELIVERY_SECONDS
        ),
        format!(
            "| the list of webhook events | goes back {} days |",
            webhook::KEPT_DAYS
        ),
    ];
    for limit in limits {
        assert!(API.contains(&limit), "{limit}");
    }
}

#[test]
fn every_limit_of_payments_is_documented() {
    let limits = [
        format!(
            "| Stripe endpoints of one side of an account | {} |",
            payments::MAX_ENDPOINTS
        ),
        format!(
            "| secrets of an endpoint that hold at once | {} |",
            payments::MAX_SECRETS
        ),
        format!(
            "| connected accounts of an endpoint | {} |",
            grouped(payments::MAX_CONNECTED)
        ),
        format!(
            "| the overlap of a rotated Stripe secret | {} seconds ({} when nothing is said) |",
            grouped(payments::MAX_OVERLAP as usize),
            grouped(payments::DEFAULT_OVERLAP as usize)
        ),
        format!(
            "| inbound endpoints of one side of an account | {} |",
            inbound::MAX_ENDPOINTS
        ),
        format!(
            "| the overlap of a rotated inbound secret | {} seconds ({} when nothing is said) |",
            grouped(inbound::MAX_OVERLAP as usize),
            grouped(inbound::DEFAULT_OVERLAP as usize)
        ),
        format!("| codes of one call | {} |", codes::MAX_CODES),
        format!(
            "| customers who redeem one code | {} |",
            grouped(codes::MAX_REDEMPTIONS as usize)
        ),
        format!(
            "| days for which redeemed credit can be used, where it is said in days | {} |",
            grouped(codes::MAX_CREDIT_DAYS as usize)
        ),
        format!(
            "| unmatched payments that one call purges | {} |",
            grouped(payments::MAX_PURGED)
        ),
    ];
    for limit in limits {
        assert!(API.contains(&limit), "{limit}");
    }
}

#[test]
fn every_limit_of_prices_is_documented() {
    for (what, most) in [
        ("entitlements of a product", catalogue::MAX_ENTITLEMENTS),
        ("features of a product", catalogue::MAX_FEATURES),
        ("assets of a price", catalogue::MAX_ASSETS),
        ("billable dimensions of a price", catalogue::MAX_DIMENSIONS),
        ("rows of dimensions in one asset", catalogue::MAX_ROWS),
        ("tiers of a row", catalogue::MAX_TIERS),
    ] {
        assert!(API.contains(&format!("| {what} | {most} |")), "{what}");
    }
    let of_time = [
        format!("| days of a trial, and of a grace | {} (", terms::MAX_DAYS),
        format!(
            "| units of an interval (`interval_count`, `duration_count`) | {} |",
            grouped(Interval::MAX_COUNT as usize)
        ),
    ];
    for row in of_time {
        assert!(API.contains(&row), "{row}");
    }
}

/// The table of `docs/testing.md` names the files that there are, and all that prove something.
#[test]
fn every_test_is_in_the_table_of_tests() {
    const TESTING: &str = include_str!("../../docs/testing.md");
    let rows = TESTING.lines().filter(|line| line.starts_with("| "));
    let named: Vec<&str> = rows
        .flat_map(|row| row.split('`').skip(1).step_by(2))
        .collect();
    for (folder, end) in [
        ("tests/scenarios", ".txt"),
        ("tests/suite", ".rs"),
        ("tests/e2e", ".test.ts"),
        ("tests/stripe", ".test.ts"),
    ] {
        for file in std::fs::read_dir(folder).expect("a folder") {
            let path = file.expect("a file").path();
            let name = path
                .file_name()
                .expect("a name")
                .to_string_lossy()
                .into_owned();
            // What proves nothing by itself is a part of what does.
            let text = std::fs::read_to_string(&path).unwrap_or_default();
            let proves = end != ".rs" || text.contains("#[test]");
            let shown = name.strip_suffix(".test.ts").unwrap_or(&name);
            let family = shown.starts_with("price") && named.contains(&"price*.txt");
            let found = named.contains(&shown) || (family && end == ".txt");
            assert!(found || !proves || !name.ends_with(end), "{folder}/{name}");
        }
    }
    for name in named.iter().filter(|name| name.ends_with(".rs")) {
        let folders = ["tests", "tests/suite", "src"].iter();
        let mut paths = folders.map(|folder| format!("{folder}/{name}"));
        assert!(
            paths.any(|path| std::path::Path::new(&path).exists()),
            "{name}"
        );
    }
}

/// 1048576 as 1,048,576.
fn grouped(number: usize) -> String {
    let digits = number.to_string();
    let groups = digits.as_bytes().rchunks(3).rev();
    let texts = groups.map(|group| String::from_utf8_lossy(group).into_owned());
    texts.collect::<Vec<_>>().join(",")
}

/// Every case from elsewhere has a row that says what became of it.
#[test]
fn every_case_from_elsewhere_has_its_verdict() {
    let verdicts = include_str!("../../docs/vectors.md");
    let files = [
        include_str!("../vectors/autumn_holds_balances.json"),
        include_str!("../vectors/found_2026_11.json"),
        include_str!("../vectors/issue_scenarios.json"),
        include_str!("../vectors/rating.json"),
    ];
    let mut cases = 0;
    for file in files {
        let file: serde_json::Value = serde_json::from_str(file).expect("JSON");
        for case in file["cases"].as_array().expect("cases") {
            let id = format!("`{}`", case["id"].as_str().expect("an id"));
            let first = |line: &str| {
                line.split('|')
                    .nth(1)
                    .is_some_and(|cell| cell.contains(&id))
            };
            let rows: Vec<&str> = verdicts.lines().filter(|line| first(line)).collect();
            assert_eq!(rows.len(), 1, "{id}: {rows:?}");
            cases += 1;
        }
    }
    assert!(cases > 70, "{cases}");
}

/// What `docs/testing.md` says of Stripe's rules is no wish: each test that it names is there.
#[test]
fn the_tests_of_the_rules_of_payments_are_there() {
    let page = include_str!("../../docs/testing.md");
    let sources = [
        include_str!("../../src/stripe/api/checkout.rs"),
        include_str!("../../src/stripe/api/payment_intent.rs"),
        include_str!("../../src/stripe/currency.rs"),
        include_str!("../../src/stripe/event/tests.rs"),
        include_str!("../../src/stripe/session.rs"),
        include_str!("../../src/stripe/signature.rs"),
        include_str!("edge_charges.rs"),
        include_str!("edge_checkout.rs"),
        include_str!("edge_claims.rs"),
        include_str!("edge_failures.rs"),
        include_str!("edge_kills.rs"),
        include_str!("edge_recharge.rs"),
        include_str!("edge_reconciliation.rs"),
        include_str!("edge_recovery.rs"),
        include_str!("edge_refunds.rs"),
        include_str!("edge_streams.rs"),
        include_str!("edge_stripe.rs"),
        include_str!("edge_thin.rs"),
        include_str!("edge_tokens.rs"),
        include_str!("../scenarios/recharge.txt"),
        include_str!("../scenarios/refund.txt"),
    ];
    let journeys = [
        include_str!("../stripe/journeys.test.ts"),
        include_str!("../e2e/stripe.test.ts"),
        include_str!("../e2e/stripe_events.test.ts"),
        include_str!("../e2e/topup_stripe.test.ts"),
    ];
    // `| W1: …` is the row of a rule.
    let is_rule = |line: &&str| {
        let name = line.split(':').next().unwrap_or_default();
        let of = name
            .strip_prefix("| ")
            .and_then(|name| name.strip_prefix(['W', 'C', 'R', 'A']));
        of.is_some_and(|number| number.parse::<u8>().is_ok())
    };
    let mut rows = 0;
    for row in page.lines().filter(is_rule) {
        rows += 1;
        let tests = row.split(" | ").nth(1).expect("its tests");
        let (natives, journeyed) = (tests.split('`'), tests.split('"'));
        for name in natives
            .skip(1)
            .step_by(2)
            .filter(|name| !["subtle", "charger"].contains(name))
        {
            let is_there = |source: &&str| {
                source.contains(&format!("fn {name}("))
                    || source.contains(&format!("case {name}\n"))
            };
            assert!(sources.iter().any(is_there), "{name}");
        }
        for name in journeyed.skip(1).step_by(2) {
            // The names of tricks are put together there.
            let words = name.split(" and ");
            let is_there = words.clone().all(|word| {
                let quoted = format!("\"{word}");
                journeys.iter().any(|source| source.contains(&quoted))
            });
            let is_whole = journeys.iter().any(|source| source.contains(name));
            assert!(is_there || is_whole, "{name}");
        }
    }
    assert_eq!(rows, 16 + 6 + 7 + 8);
}
