//! The branding record: what is taken can be read on the screen, leads nowhere but to the web, and is shown to
//! the account's own customers and to nobody else's.

use serde_json::{Value, json};

use crate::edge_cases::text;
use crate::edge_stripe::key_of;
use crate::world::{Memory, get, post, sent};

const BRANDING: &str = "/v1/accounts/self/branding";

fn set(world: &Memory, body: Value) -> Value {
    world.get(&sent("PUT", BRANDING, body), 200)
}

/// What is wrong with a field, in the words of the reply; everything stays as it was.
fn refused(body: Value, field: &str) -> String {
    let world = Memory::new();
    let before = world.everything();
    let reply = world.get(&sent("PUT", BRANDING, body), 422);
    assert!(world.everything() == before, "{reply}");
    let sentences = reply["errors"][field].as_array();
    let sentences = sentences.unwrap_or_else(|| panic!("nothing of {field}: {reply}"));
    sentences
        .iter()
        .filter_map(Value::as_str)
        .collect::<Vec<_>>()
        .join("; ")
}

#[test]
fn what_is_set_is_shown_and_nothing_stays_of_what_was_there() {
    let world = Memory::new();
    let none = world.get(&get(BRANDING), 200);
    assert_eq!(none["name"], Value::Null);
    let given = json!({
        "name": "Acme", "logo_url": "https://acme.example/logo.svg",
        "light": {"accent": "#7A2E8E"}, "dark": {"accent": "#e3b0ef", "text": "#ffffff"},
        "links": {"support_url": "https://acme.example/help"},
        "labels": {"events": {"chat": "Chat"}, "agents": {"agent_7": "Research"}},
    });
    let shown = set(&world, given);
    assert_eq!(shown["light"]["accent"], "#7a2e8e");
    // What is read on the accent follows from it.
    assert_eq!(shown["light"]["accent_contrast"], "#ffffff");
    assert_eq!(shown["dark"]["accent_contrast"], "#000000");
    assert_eq!(shown["labels"]["agents"]["agent_7"], "Research");
    assert_eq!(world.get(&get(BRANDING), 200), shown);
    let other = set(&world, json!({"name": "Other"}));
    assert_eq!(
        (&other["name"], &other["logo_url"]),
        (&json!("Other"), &Value::Null)
    );
    assert_eq!(other["labels"]["agents"], json!({}));
}

#[test]
fn an_asset_is_called_by_its_own_label_or_by_that_of_the_record() {
    let world = Memory::new();
    for (code, more) in [
        ("CREDITS", json!({"label": "credits"})),
        ("GEMS", json!({"symbol": "◆"})),
        ("PLAIN", json!({})),
    ] {
        let mut body = json!({"code": code, "name": code, "precision": 0});
        for (name, value) in more.as_object().expect("fields") {
            body[name] = value.clone();
        }
        world.get(&post("/v1/assets", body), 201);
    }
    let unit = |label: Value, symbol: Value| json!({"label": label, "symbol": symbol});
    let units = json!({"CREDITS": unit(json!("credits"), Value::Null), "GEMS": unit(Value::Null, json!("◆"))});
    assert_eq!(world.get(&get(BRANDING), 200)["units"], units);
    let shown = set(
        &world,
        json!({"labels": {"assets": {"GEMS": "gems", "PLAIN": "things"}}}),
    );
    assert_eq!(shown["units"]["GEMS"], unit(json!("gems"), Value::Null));
    assert_eq!(shown["units"]["PLAIN"]["label"], "things");
    assert_eq!(shown["units"]["CREDITS"]["label"], "credits");
}

#[test]
fn a_colour_that_could_not_be_read_is_refused_with_how_far_it_is_from_it() {
    let told = refused(json!({"light": {"accent": "#ffcc00"}}), "light.accent");
    assert!(
        told.contains("1.5") && told.contains("4.50 is needed") && told.contains("#ffffff"),
        "{told}"
    );
    // The accent alone is readable, and what is to stand on it is not.
    let both = json!({"light": {"accent": "#7a2e8e", "accent_contrast": "#8a3e9e"}});
    assert!(refused(both, "light.accent_contrast").contains("with the accent (#7a2e8e)"));
    // A surface is held against what stands on it by default.
    let told = refused(json!({"dark": {"surface": "#777777"}}), "dark.surface");
    assert!(
        told.contains("muted text") || told.contains("with text"),
        "{told}"
    );
    assert!(
        refused(json!({"light": {"text": "#767676"}}), "light.text").contains("7.00 is needed")
    );
    // Together they may change places: a dark page also on light screens is no question of taste here, but its
    // other texts could not be read.
    let inverse = json!({"light": {"surface": "#1b1d21", "text": "#ffffff", "accent": "#9cb8ff"}});
    assert!(refused(inverse, "light.surface").contains("muted text"));
    for good in ["#000000", "#7a2e8e", "#0b5fff", "#b3261e", "#146c43"] {
        set(&Memory::new(), json!({"light": {"accent": good}}));
    }
}

#[test]
fn what_is_no_colour_no_address_and_no_label_is_refused_by_its_field() {
    for (body, field) in [
        (json!({"light": {"accent": "red"}}), "light.accent"),
        (json!({"light": {"accent": "#fff"}}), "light.accent"),
        (json!({"dark": {"text": "#ffffff;}"}}), "dark.text"),
        (json!({"light": {"accents": "#7a2e8e"}}), "light.accents"),
        (json!({"name": ""}), "name"),
        (json!({"name": "x".repeat(81)}), "name"),
        (
            json!({"logo_url": "http://acme.example/logo.svg"}),
            "logo_url",
        ),
        (json!({"logo_url": "data:image/png;base64,AA"}), "logo_url"),
        (
            json!({"links": {"terms_url": "javascript:alert(1)"}}),
            "links.terms_url",
        ),
        (
            json!({"links": {"home_url": "http://acme.example"}}),
            "links.home_url",
        ),
        (
            json!({"labels": {"events": {"chat": 7}}}),
            "labels.events.chat",
        ),
        (
            json!({"labels": {"events": {"chat": "x".repeat(81)}}}),
            "labels.events.chat",
        ),
        (json!({"labels": {"tools": {}}}), "labels.tools"),
    ] {
        assert!(!refused(body.clone(), field).is_empty(), "{body}");
    }
    let labels = |count: usize| {
        let names = (0..count).map(|place| (format!("e{place}"), json!("x")));
        json!({"labels": {"models": names.collect::<serde_json::Map<_, _>>()}})
    };
    set(&Memory::new(), labels(100));
    assert!(refused(labels(101), "labels.models").contains("at most 100"));
}

#[test]
fn a_customer_sees_that_of_the_own_account_and_changes_nothing() {
    let world = Memory::new();
    let customer = text(
        &world.get(&post("/v1/customers", json!({"name": "Ada"})), 201),
        "id",
    );
    let body = json!({"scopes": ["read"]});
    let made = world.get(&post(format!("/v1/customers/{customer}/tokens"), body), 201);
    let token = text(&made, "token");
    set(&world, json!({"name": "Acme"}));
    let shown = world.one(&get(BRANDING).by(&token));
    assert!(
        shown.status == 200 && shown.body.contains("\"Acme\""),
        "{}",
        shown.body
    );
    let change = sent("PUT", BRANDING, json!({"name": "Mine"})).by(&token);
    assert_eq!(world.one(&change).status, 403);
    let other = key_of(&world, "acc_other", "test");
    let theirs = world.one(&get(BRANDING).by(&other));
    assert!(
        theirs.status == 200 && !theirs.body.contains("Acme"),
        "{}",
        theirs.body
    );
}

/// A colour is held against what the page has on it, so both files must say the same.
#[test]
fn the_colours_that_contrast_is_taken_with_are_those_of_the_portal() {
    let record = include_str!("../../src/worker/accounts/brand.rs");
    let styles = include_str!("../../www/portal/styles.ts");
    let found = record.split("Colour::new(0x").skip(1).map(|rest| {
        let digits = rest.split(')').next().expect("an end");
        format!("#{}", digits.replace(", 0x", ""))
    });
    let found: Vec<String> = found.collect();
    let (light, dark) = found.split_at(found.len() / 2);
    let names = [
        "accent", "surface", "sunken", "text", "muted", "danger", "success", "field",
    ];
    assert_eq!((light.len(), dark.len()), (names.len(), names.len()));
    for ((name, light), dark) in names.iter().zip(light).zip(dark) {
        let line = styles
            .lines()
            .find(|line| line.trim_start().starts_with(&format!("--{name}:")));
        let line = line.expect(name);
        assert!(
            line.contains(light.as_str()) && line.contains(dark.as_str()),
            "{line}: {light}, {dark}"
        );
    }
}
