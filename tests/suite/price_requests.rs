//! Prices as requests write them: everything that is wrong is named by field, and what is right is
//! answered in the same shape.

use scrip::engine::Price;
use scrip::wire::catalogue::{NewProduct, PriceReply};
use serde_json::{Value, json};

/// A tiered price with rows, in two assets.
fn full() -> Value {
    json!({
        "name": "Tokens",
        "type": "usage_based",
        "pricing_model": "tiered",
        "free": { "units": "10", "events": 2, "period": "yearly" },
        "tiering": { "basis": "volume", "period": "monthly" },
        "billing_model": { "type": "real_time" },
        "usage_calculation": {
            "rounding": { "mode": "half_up", "unit": "2" },
            "event_type": "chat",
            "usage_type": "unit_and_volume",
            "volume_field": "tokens",
            "billable_dimensions": ["model", "region"]
        },
        "pricing": [
            { "asset": "CREDITS", "values": [
                { "name": "all", "dimensions": { "model": "*" }, "values": [
                    { "unit_price": "0", "volume_rate": "1", "package_size": "1000" }
                ] }
            ] },
            { "asset": "USD",
              "max_per_period": { "amount": "100", "period": "monthly" },
              "min_per_period": { "amount": "20.5", "period": "monthly" },
              "values": [
                { "dimensions": { "model": "large", "region": "eu" }, "values": [
                    { "name": "first", "up_to": "1000", "flat_amount": "2", "unit_price": "0.01", "volume_rate": "0.5", "package_size": "10", "min_amount": "0.02", "max_amount": "5" },
                    { "up_to": "5000", "unit_price": "0", "volume_rate": "0.25", "package_size": "10" },
                    { "unit_price": "0", "volume_rate": "0.1", "package_size": "10" }
                ] },
                { "dimensions": { "model": "*", "region": "*" }, "values": [
                    { "unit_price": "0", "volume_rate": "1", "package_size": "10" }
                ] }
            ] }
        ]
    })
}

/// A price of a model with one value.
fn simple(model: &str, usage: &str, value: Value) -> Value {
    let mut calculation = json!({ "event_type": "chat", "usage_type": usage });
    if usage != "unit" && model != "cost_plus" {
        calculation["volume_field"] = "tokens".into();
    }
    json!({
        "name": "Simple",
        "type": "usage_based",
        "pricing_model": model,
        "billing_model": { "type": "real_time" },
        "usage_calculation": calculation,
        "pricing": [{ "asset": "USD", "values": [value] }]
    })
}

fn read(price: &Value) -> Result<Price, Vec<(String, String)>> {
    let product = json!({ "code": "p", "name": "p", "prices": [price] }).to_string();
    let problem = match NewProduct::read(&product) {
        Ok(mut product) => {
            let (_, price) = product.first.offer.prices.remove(0);
            let ready = price.published("prc".into(), |_, _| Ok::<u32, Vec<_>>(6));
            return ready;
        }
        Err(problem) => problem,
    };
    let by_field = problem.errors.by_field().iter();
    let each = by_field.flat_map(|(path, sentences)| {
        sentences
            .iter()
            .map(move |sentence| (path.clone(), sentence.clone()))
    });
    Err(each.collect())
}

#[test]
fn a_price_is_answered_as_it_was_asked() {
    for asked in [
        full(),
        simple("flat", "unit", json!({ "unit_price": "0.5" })),
        simple(
            "flat",
            "volume",
            json!({ "volume_rate": "2", "package_size": "7", "max_amount": "9" }),
        ),
        simple(
            "package",
            "volume",
            json!({ "volume_rate": "15", "package_size": "10" }),
        ),
        simple(
            "percentage",
            "unit_and_volume",
            json!({ "unit_price": "0.3", "percentage": "2.9" }),
        ),
        simple(
            "cost_plus",
            "volume",
            json!({ "markup": "20", "min_amount": "0.01" }),
        ),
    ] {
        let price = read(&asked).expect("a good price");
        let reply = serde_json::to_value(PriceReply::from(&price)).expect("JSON");
        let mut wanted = asked.clone();
        wanted["id"] = "prc".into();
        assert_eq!(reply, wanted);
        assert_eq!(
            read(&reply).as_ref(),
            Ok(&price),
            "a reply can be sent again"
        );
        let text = serde_json::to_string(&price).expect("text");
        assert_eq!(
            serde_json::from_str::<Price>(&text).expect("a price"),
            price
        );
    }
}

#[test]
fn what_is_not_said_is_meant_in_the_usual_way() {
    let mut bare = simple("bulk", "volume", json!({ "volume_rate": "2" }));
    let price = bare.as_object_mut().expect("an object");
    for field in ["name", "type", "billing_model"] {
        price.remove(field);
    }
    // What their platform has beside it is harmless here.
    price.insert(
        "collection".into(),
        json!({ "type": "balance", "address": "default:USD" }),
    );
    price.insert(
        "funding_destination".into(),
        json!({ "address": "default", "currency": "USD" }),
    );
    let reply = PriceReply::from(&read(&bare).expect("a good price"));
    let reply = serde_json::to_value(reply).expect("JSON");
    assert_eq!(reply["name"], "chat");
    assert_eq!(
        reply["tiering"],
        json!({ "basis": "volume", "period": "lifetime" })
    );
    assert_eq!(reply["pricing"][0]["values"][0]["package_size"], "1");
    let by_unit = simple("tiered", "unit", json!({ "unit_price": "2" }));
    let reply = PriceReply::from(&read(&by_unit).expect("a good price"));
    assert_eq!(reply.tiering.map(|tiering| tiering.basis), Some("unit"));
}

/// The value with one part of it replaced, or taken out.
fn with(mut price: Value, pointer: &str, value: Value) -> Value {
    let (parent, name) = pointer.rsplit_once('/').expect("a path");
    let parent = price
        .pointer_mut(parent)
        .unwrap_or_else(|| panic!("{pointer}"));
    match (parent, name.parse::<usize>()) {
        (Value::Array(items), Ok(place)) if place < items.len() => items[place] = value,
        (Value::Array(items), _) => items.push(value),
        (Value::Object(members), _) if value.is_null() => _ = members.remove(name),
        (other, _) => other[name] = value,
    }
    price
}

/// Where the full price is changed, to what (`null` takes it out), which field is named, and how.
const FAULTS: &str = r#"
  /type                                     | "magic"    | type                                      | must be one of usage_based, fixed
  /pricing_model                            | "stairs"   | pricing_model                             | must be one of flat, package
  /billing_model/type                       | "one_time" | billing_model.type                        | must be one of real_time
  /collection                               | {"type":"invoice"} | collection.type                   | must be one of balance
  /tiering/basis                            | "package"  | tiering.basis                             | must be one of unit, volume
  /tiering/period                           | "custom"   | tiering.period                            | must be one of lifetime
  /tiering                                  | "monthly"  | tiering                                   | must be an object
  /usage_calculation/event_type             | null       | usage_calculation.event_type              | is required
  /usage_calculation/usage_type             | null       | usage_calculation.usage_type              | is required
  /usage_calculation/usage_type             | "custom"   | usage_calculation.usage_type              | custom is not supported
  /usage_calculation/usage_type             | "unit"     | tiering.basis                             | must be unit
  /usage_calculation/volume_field           | null       | usage_calculation.volume_field            | is required
  /usage_calculation/unit_aggregation       | "max"      | usage_calculation.unit_aggregation        | must be one of count
  /usage_calculation/volume_aggregation     | "max"      | usage_calculation.volume_aggregation      | must be one of sum
  /usage_calculation/billable_dimensions    | "model"    | usage_calculation.billable_dimensions     | must be a list
  /usage_calculation/billable_dimensions/1  | "model"    | usage_calculation.billable_dimensions[1]  | is given twice
  /usage_calculation/billable_dimensions/1  | ""         | usage_calculation.billable_dimensions[1]  | must not be empty
  /usage_calculation/billable_dimensions    | [1,2,3,4,5,6,7,8,9,10,11] | usage_calculation.billable_dimensions | must have at most 10 items
  /usage_calculation/billable_dimensions    | ["model"]  | pricing[1].values[0].dimensions.region    | is not among
  /usage_calculation/billable_dimensions    | null       | pricing[1].values[0].dimensions           | must be left out
  /pricing                                  | []         | pricing                                   | must name at least one asset
  /pricing/1/asset                          | "CREDITS"  | pricing[1].asset                          | is given twice
  /pricing/1/asset                          | null       | pricing[1].asset                          | is required
  /pricing/1/values                         | []         | pricing[1].values                         | must have at least one row
  /pricing/1/values/1/dimensions            | null       | pricing[1].values[1].dimensions           | is required
  /pricing/1/values/1/dimensions            | {"model":5} | pricing[1].values[1].dimensions.model    | must be a string
  /pricing/1/values/1/dimensions            | {"model":"large","region":"eu"} | pricing[1].values[1].dimensions | are given twice
  /pricing/1/values/1/unit_price            | "1"        | pricing[1].values[1].unit_price           | must be in a value
  /pricing/1/values/1/values                | []         | pricing[1].values[1].values               | must have at least one value
  /pricing/1/values/1/values                | null       | pricing[1].values[1].values               | is required
  /pricing/1/values/0/values/0/dimensions   | {}         | pricing[1].values[0].values[0].dimensions | must be left out
  /pricing/1/values/0/values/0/up_to        | null       | pricing[1].values[0].values[0].up_to      | is required: only the last
  /pricing/1/values/0/values/0/up_to        | "0"        | pricing[1].values[0].values[0].up_to      | must be above
  /pricing/1/values/0/values/1/up_to        | "1000"     | pricing[1].values[0].values[1].up_to      | must be above the bound of the tier before
  /pricing/1/values/0/values/2/up_to        | "9000"     | pricing[1].values[0].values[2].up_to      | must be left out in the last tier
  /pricing/1/values/0/values/0/unit_price   | "-1"       | pricing[1].values[0].values[0].unit_price | must not be negative
  /pricing/1/values/0/values/0/unit_price   | null       | pricing[1].values[0].values[0].unit_price | is required
  /pricing/1/values/0/values/0/volume_rate  | "-0.1"     | pricing[1].values[0].values[0].volume_rate | must not be negative
  /pricing/1/values/0/values/0/volume_rate  | "1e3"      | pricing[1].values[0].values[0].volume_rate | must be a decimal number
  /pricing/1/values/0/values/0/package_size | "0"        | pricing[1].values[0].values[0].package_size | must be above zero
  /pricing/1/values/0/values/0/flat_amount  | "-1"       | pricing[1].values[0].values[0].flat_amount | must not be negative
  /pricing/0/max_per_period                 | {"period":"monthly"} | pricing[0].max_per_period.amount  | is required
  /pricing/0/max_per_period                 | {"amount":"-1"} | pricing[0].max_per_period.amount      | must not be negative
  /pricing/0/max_per_period                 | {"amount":"1"} | pricing[0].max_per_period.period       | is required
  /pricing/0/min_per_period                 | {"period":"monthly"} | pricing[0].min_per_period.amount  | is required
  /pricing/0/min_per_period                 | {"amount":"-1"} | pricing[0].min_per_period.amount      | must not be negative
  /pricing/0/min_per_period                 | {"amount":"1"} | pricing[0].min_per_period.period       | is required
  /pricing/0/min_per_period                 | {"amount":"1","period":"lifetime"} | pricing[0].min_per_period.period | a lifetime never ends
  /pricing/1/min_per_period/amount          | "100.1"    | pricing[1].min_per_period.amount          | must not be above that of max_per_period
  /pricing/1/min_per_period/period          | "yearly"   | pricing[1].min_per_period.period          | must be that of max_per_period
  /usage_calculation/rounding/mode          | "near"     | usage_calculation.rounding.mode           | must be one of up, down, half_up
  /usage_calculation/rounding/mode          | null       | usage_calculation.rounding.mode           | is required
  /usage_calculation/rounding/unit          | "0"        | usage_calculation.rounding.unit           | must be above zero
  /free                                     | {"period":"monthly"} | free                            | must say units, events or both
  /free/events                              | 0          | free.events                               | must be a whole number
  /free/period                              | null       | free.period                               | is required
  /pricing/1/values/0/values/0/percentage   | "5"        | pricing[1].values[0].values[0].percentage | is nothing that a tiered price has
  /pricing/1/values/0/values/0/markup       | "5"        | pricing[1].values[0].values[0].markup     | is nothing that a tiered price has
  /pricing/1/values/0/values/0/min_amount   | "6"        | pricing[1].values[0].values[0].max_amount | must not be below min_amount
  /pricing/1/values/0/values/0/max_amount   | "-6"       | pricing[1].values[0].values[0].max_amount | must not be negative
  /pricing/1/values/0/values/1/max_amount   | "6"        | pricing[1].values[0].values[1].max_amount | must be the same in every value
"#;

/// The same for a price of each model with one value: model, usage type and value come first.
const FAULTS_OF_MODELS: &str = r#"
  flat       | volume | {"volume_rate":"1"} | /tiering                        | {}       | tiering                        | a flat price has no tiers
  flat       | volume | {"volume_rate":"1"} | /pricing/0/values/0/up_to       | "5"      | pricing[0].values[0].up_to     | a flat price has no tiers
  flat       | volume | {"volume_rate":"1","flat_amount":"1"} | /none         | null     | pricing[0].values[0].flat_amount | a flat price has no tiers
  flat       | volume | {"volume_rate":"1"} | /continues                      | "prc_1"  | continues                      | counts nothing over a period
  flat       | unit   | {"unit_price":"1"}  | /free                           | {"units":"1","period":"monthly"} | free.units | no volume in units
  percentage | volume | {"percentage":"1"}  | /usage_calculation/rounding     | {"mode":"up"} | usage_calculation.rounding | no volume in units
  flat       | volume | {"volume_rate":"1"} | /pricing/0/values/1             | {}       | pricing[0].values              | must have exactly one value
  package    | unit   | {"unit_price":"1"}  | /none                           | null     | usage_calculation.usage_type   | must be volume or unit_and_volume
  package    | volume | {"volume_rate":"1"} | /none                           | null     | pricing[0].values[0].package_size | is required
  percentage | volume | {"volume_rate":"1"} | /none                           | null     | pricing[0].values[0].percentage | is required
  percentage | volume | {"volume_rate":"1"} | /none                           | null     | pricing[0].values[0].volume_rate | is nothing that a percentage price has
  percentage | volume | {"percentage":"-1"} | /none                           | null     | pricing[0].values[0].percentage | must not be negative
  cost_plus  | volume | {}                  | /none                           | null     | pricing[0].values[0].markup    | is required
  cost_plus  | volume | {"markup":"-1"}     | /none                           | null     | pricing[0].values[0].markup    | must not be negative
  cost_plus  | volume | {"markup":"999999999999999"} | /none                  | null     | pricing[0].values[0].markup    | must be smaller than
  cost_plus  | volume | {"markup":"1"}      | /usage_calculation/volume_field | "tokens" | usage_calculation.volume_field | must be left out
  cost_plus  | unit   | {"unit_price":"1"}  | /none                           | null     | usage_calculation.usage_type   | must be volume or unit_and_volume
"#;

/// The cells of a table, row by row.
fn rows<const N: usize>(table: &str) -> impl Iterator<Item = [&str; N]> {
    let lines = table.lines().filter(|line| !line.trim().is_empty());
    lines.map(|line| {
        let cells: Vec<&str> = line.split('|').map(str::trim).collect();
        cells.try_into().expect("a cell for each column")
    })
}

fn parsed(text: &str) -> Value {
    serde_json::from_str(text).expect(text)
}

#[test]
fn everything_wrong_with_a_price_is_named_by_its_field() {
    for [pointer, value, path, sentence] in rows(FAULTS) {
        told(&with(full(), pointer, parsed(value)), path, sentence);
    }
}

#[test]
fn each_model_has_its_own_fields() {
    for [model, usage, own, pointer, value, path, sentence] in rows(FAULTS_OF_MODELS) {
        let price = simple(model, usage, parsed(own));
        told(&with(price, pointer, parsed(value)), path, sentence);
    }
}

fn told(price: &Value, path: &str, sentence: &str) {
    let Err(errors) = read(price) else {
        panic!("{path} {sentence}: not refused: {price}");
    };
    let path = format!("prices[0].{path}");
    let found = errors
        .iter()
        .any(|(field, told)| *field == path && told.contains(sentence));
    assert!(found, "{path} {sentence}: {errors:#?}");
}

/// Two faults far apart are told together.
#[test]
fn all_faults_are_told_at_once() {
    let price = with(full(), "/pricing/0/asset", json!(null));
    let price = with(
        price,
        "/pricing/1/values/0/values/1/volume_rate",
        json!("-1"),
    );
    let price = with(price, "/collection", json!({ "type": "invoice" }));
    let errors = read(&price).expect_err("bad");
    let paths: Vec<&str> = errors.iter().map(|(path, _)| path.as_str()).collect();
    assert_eq!(
        paths,
        [
            "prices[0].collection.type",
            "prices[0].pricing[0].asset",
            "prices[0].pricing[1].values[0].values[1].volume_rate"
        ]
    );
}

/// The digest of a product with plain prices is what it was before there were models, so that its
/// creation replays.
#[test]
fn a_plain_price_is_digested_as_it_always_was() {
    let body = json!({ "code": "p", "name": "P", "prices": [
        simple("flat", "volume", json!({ "volume_rate": "2.50", "package_size": "1000000" })),
    ] });
    let product = NewProduct::read(&body.to_string()).expect("a good product");
    let text = serde_json::to_string(&product).expect("text");
    let known = r#"{"code":"p","name":"P","first":{"publish":true,"offer":{"prices":[[0,{"name":"Simple","event_type":"chat","asset":"USD","basis":{"volume":{"volume_field":"tokens","rate":{"amount":"2.5","per":"1000000"}}}}]]}}}"#;
    assert_eq!(text, known);
}

/// What was given is remembered by an entitlement's name, so two of one name would be taken for each other.
#[test]
fn no_two_entitlements_of_a_product_have_one_name() {
    let named = |name: &str| {
        json!({ "name": name, "asset": "CREDITS", "amount": "10", "purpose": "bundled",
            "lifecycle": { "duration": "month", "duration_count": 1 } })
    };
    let told = |names: [&str; 3]| {
        let body =
            json!({ "code": "p", "name": "P", "prices": [], "entitlements": names.map(named) });
        let read = NewProduct::read(&body.to_string());
        read.err().map(|problem| json!(problem.errors.by_field()))
    };
    assert_eq!(told(["one", "two", "three"]), None);
    assert_eq!(
        told(["one", "One", "one "]),
        None,
        "names are compared as they are written"
    );
    let twice = json!({ "entitlements[2].name": ["is given twice"] });
    assert_eq!(told(["one", "two", "one"]), Some(twice));
    let thrice = json!({ "entitlements[1].name": ["is given twice"], "entitlements[2].name": ["is given twice"] });
    assert_eq!(told(["one", "one", "one"]), Some(thrice));
}
