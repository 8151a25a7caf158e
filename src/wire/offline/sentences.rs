//! The rows of an explanation in words. They are made of what the rows say and of nothing else, so a receipt or a
//! denial that came from the API is told in the same words.

use serde_json::Value;

/// A field as text: texts and numbers; nothing for anything else.
fn text<'a>(row: &'a Value, name: &str) -> Option<std::borrow::Cow<'a, str>> {
    match row.get(name)? {
        Value::String(text) => Some(text.as_str().into()),
        Value::Number(number) => Some(number.to_string().into()),
        _ => None,
    }
}

/// The same, where nothing is a word as well.
fn word<'a>(row: &'a Value, name: &str) -> std::borrow::Cow<'a, str> {
    text(row, name).unwrap_or_default()
}

fn list<'a>(row: &'a Value, name: &str) -> &'a [Value] {
    row.get(name)
        .and_then(Value::as_array)
        .map_or(&[], Vec::as_slice)
}

/// `0.04 USD`
fn money(row: &Value) -> String {
    format!("{} {}", word(row, "amount"), word(row, "asset"))
}

/// What an entry did: what was priced, which credit paid, before and after.
pub(super) fn of_receipt(receipt: &Value) -> Vec<String> {
    let what = word(receipt, "what");
    let at = word(receipt, "at");
    let first = match text(receipt, "note") {
        Some(note) => format!("{what} ({note}) at {at}."),
        None => format!("{what} at {at}."),
    };
    let mut words = vec![first];
    for (place, fee) in list(receipt, "fees").iter().enumerate() {
        let own = |price: &&Value| price.get("fee").and_then(Value::as_u64) == Some(place as u64);
        let price = list(receipt, "prices").iter().find(own);
        words.push(of_fee(fee, price));
    }
    for paid in list(receipt, "paid_by") {
        words.push(match text(paid, "grant") {
            Some(grant) => format!("{} was paid by {grant}.", money(paid)),
            None => format!("{} was paid by no credit, and is owed.", money(paid)),
        });
    }
    words.extend(list(receipt, "balances").iter().filter_map(of_change));
    words
}

/// `Output tokens: 4096 output_tokens at 10 per 1000000 = 0.04096 USD.`
fn of_fee(fee: &Value, price: Option<&Value>) -> String {
    let amount = money(fee);
    let Some(price) = price else {
        return format!("{}: {amount}.", word(fee, "price_id"));
    };
    let name = text(price, "price_name").unwrap_or_else(|| word(price, "price_id"));
    let name = if name.is_empty() {
        word(price, "price_id")
    } else {
        name
    };
    let parts = of_rates(price);
    if parts.is_empty() {
        return format!("{name}: {amount}.");
    }
    format!("{name}: {} = {amount}.", parts.join(" + "))
}

/// What a fee was computed from: rate × quantity, for each part of it.
fn of_rates(price: &Value) -> Vec<String> {
    let is = |name: &str| price.get(name) == Some(&Value::Bool(true));
    if is("estimated") {
        return vec!["as it was held, since nobody said how much it was".to_owned()];
    }
    if is("free_event") {
        return vec!["one of those that are free in the period".to_owned()];
    }
    let field = word(price, "volume_field");
    let tiers = list(price, "tiers");
    let mut parts: Vec<String> = if tiers.is_empty() {
        let volume = text(price, "priced_volume").or_else(|| text(price, "input_volume"));
        of_tier(price, volume.as_deref(), &field)
    } else {
        let lines = tiers.iter();
        let line = lines.map(|tier| of_tier(tier, Some(&word(tier, "volume")), &field));
        line.flatten().collect()
    };
    if let Some(free) = text(price, "free_volume") {
        parts.push(format!("{free} {field} free"));
    }
    parts
}

fn of_tier(rates: &Value, volume: Option<&str>, field: &str) -> Vec<String> {
    let mut parts = Vec::new();
    if let Some(flat) = text(rates, "flat_amount") {
        parts.push(format!("{flat} for the tier"));
    }
    if let Some(unit) = text(rates, "unit_price") {
        parts.push(format!("{unit} for the event"));
    }
    let volume = volume.unwrap_or("0");
    if let Some(rate) = text(rates, "volume_rate") {
        parts.push(match text(rates, "package_size") {
            Some(size) if size != "1" => format!("{volume} {field} at {rate} per {size}"),
            _ => format!("{volume} {field} at {rate}"),
        });
    }
    if let Some(percentage) = text(rates, "percentage") {
        parts.push(format!("{percentage} % of {volume} {field}"));
    }
    if let Some(markup) = text(rates, "markup") {
        parts.push(format!("costs of {volume} and {markup} % on top"));
    }
    parts
}

/// One account before and after; nothing where it is as it was.
fn of_change(around: &Value) -> Option<String> {
    let figures = |name: &str| {
        let before = around.get("before")?;
        let after = around.get("after")?;
        let (before, after) = (word(before, name), word(after, name));
        (before != after).then(|| format!("from {before} to {after}"))
    };
    let account = word(around, "account");
    match (figures("balance"), figures("held")) {
        (Some(balance), Some(held)) => Some(format!(
            "The balance of {account} went {balance}, and what is held {held}."
        )),
        (Some(balance), None) => Some(format!("The balance of {account} went {balance}.")),
        (None, Some(held)) => Some(format!("What is held of {account} went {held}.")),
        (None, None) => None,
    }
}

/// What a balance is made of.
pub(super) fn of_balance(balance: &Value) -> Vec<String> {
    let mut words = vec![format!(
        "{} has {} at {}: {} may be spent by any use, {} is held, {} is for certain uses only.",
        word(balance, "account"),
        word(balance, "balance"),
        word(balance, "at"),
        word(balance, "available"),
        word(balance, "held"),
        word(balance, "restricted"),
    )];
    for row in list(balance, "rows") {
        let (what, amount) = (word(row, "what"), word(row, "amount"));
        let sign = if amount.starts_with('-') { "" } else { "+" };
        words.push(match word(row, "count").as_ref() {
            "1" => format!("{what}: {sign}{amount}."),
            count => format!("{what}: {sign}{amount}, by {count} entries."),
        });
    }
    for grant in list(balance, "grants") {
        let ends = match text(grant, "expires_at") {
            Some(at) => format!(", until {at}"),
            None => String::new(),
        };
        words.push(format!(
            "Left of {} ({}): {} free and {} held{ends}.",
            word(grant, "id"),
            word(grant, "purpose"),
            word(grant, "available"),
            word(grant, "held"),
        ));
    }
    words
}

/// Why an authorization is denied, and what would pass.
pub(super) fn of_denial(denial: &Value) -> Vec<String> {
    let mut words = vec![word(denial, "detail").into_owned()];
    for required in list(denial, "required") {
        let asset = word(required, "asset");
        let of = |name: &str| {
            let same = |one: &&Value| word(one, "asset") == asset;
            let found = list(denial, name).iter().find(same);
            found.map_or_else(|| "0".to_owned(), |one| word(one, "amount").into_owned())
        };
        words.push(format!(
            "{} is needed and {} {asset} is available, so {} {asset} is missing.",
            money(required),
            of("available"),
            of("shortfall"),
        ));
    }
    for budget in list(denial, "budgets") {
        let value = text(budget, "value").map(|value| format!(" for {value}"));
        words.push(format!(
            "Budget {}{}: of {} {} are {} spent and {} held; this needs {}.",
            word(budget, "code"),
            value.unwrap_or_default(),
            word(budget, "limit"),
            word(budget, "asset"),
            word(budget, "spent"),
            word(budget, "held"),
            word(budget, "required"),
        ));
    }
    for missing in list(denial, "missing") {
        words.push(format!(
            "No price knows {} of events[{}], which is of type {}.",
            word(missing, "field"),
            word(missing, "event"),
            word(missing, "event_type"),
        ));
    }
    for affordable in list(denial, "affordable") {
        words.push(format!("{} would pass now.", money(affordable)));
        for volume in list(affordable, "volumes") {
            let field = text(volume, "volume_field").unwrap_or_else(|| "events".into());
            words.push(format!(
                "Of {} {field} {} would pass now.",
                word(volume, "requested"),
                word(volume, "affordable"),
            ));
        }
    }
    for held in list(denial, "held") {
        let until = text(denial, "frees_at").map(|at| format!(" Enough is back at {at}."));
        words.push(format!(
            "Open holds keep {}.{}",
            money(held),
            until.unwrap_or_default()
        ));
    }
    words
}
