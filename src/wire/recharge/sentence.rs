//! A rule and what it does now, in sentences for people.

use crate::engine::Instant;
use crate::engine::recharge::{Fill, Off, Plan, Rule, Wait};
use crate::engine::{AccountId, Amount};
use crate::wire::time;

/// What the rule does, whatever the balance is.
pub fn of_rule(account: &AccountId, rule: &Rule) -> String {
    let (asset, currency) = (&account.asset, &rule.currency);
    if !rule.enabled {
        return "Automatic recharge is off.".to_owned();
    }
    let threshold = rule.threshold;
    let method = match &rule.payment_method {
        Some(id) => format!("the payment method {id}"),
        None => "the default payment method".to_owned(),
    };
    let what = match rule.fill {
        Fill::Amount(amount) => format!(
            "{amount} {asset} are added, or the smallest multiple of that which leaves more than {threshold} \
             {asset}"
        ),
        Fill::Target(target) => format!("what is missing to {target} {asset} is added"),
    };
    let paid = if asset == currency {
        format!("charged to {method} in one step")
    } else {
        format!("charged in {currency} at the rate of that moment to {method} in one step")
    };
    let limits = [
        rule.daily_limit
            .map(|limit| format!("{limit} {currency} a day")),
        rule.monthly_limit
            .map(|limit| format!("{limit} {currency} a month")),
    ];
    let limits: Vec<String> = limits.into_iter().flatten().collect();
    let most = if limits.is_empty() {
        "without a limit".to_owned()
    } else {
        format!("at most {}", limits.join(" and "))
    };
    let cooldown = span(rule.cooldown);
    format!(
        "When {threshold} {asset} or less are available, {what}, {paid}; {most}, and not within {cooldown} of the \
         last recharge."
    )
}

/// `90 seconds`, `10 minutes`, `2 hours`.
fn span(seconds: u32) -> String {
    let (count, unit) = match seconds {
        _ if seconds.is_multiple_of(86_400) => (seconds / 86_400, "day"),
        _ if seconds.is_multiple_of(3_600) => (seconds / 3_600, "hour"),
        _ if seconds.is_multiple_of(60) => (seconds / 60, "minute"),
        _ => (seconds, "second"),
    };
    let plural = if count == 1 { "" } else { "s" };
    format!("{count} {unit}{plural}")
}

/// Until when something waits, and why.
pub fn of_wait(until: Instant, because: Wait) -> String {
    let until = time::format(until);
    let why = match because {
        Wait::Cooldown => "the last recharge was a moment ago",
        Wait::Declined => "the payment method was declined",
        Wait::DailyLimit => "the limit of a day lets no more through",
        Wait::NoRate => "the asset has no rate in the currency",
        Wait::AmountOutOfRange => "what is missing is more than can be charged",
        Wait::Refunded => "a payment was refunded or disputed a moment ago",
        Wait::MonthlyLimit => "the limit of a month lets no more through",
    };
    format!("Waits until {until}, because {why}.")
}

/// It waits for somebody to end a freeze.
pub const FROZEN: &str = "Waits until the wallet is not frozen any more.";

/// Why the rule does nothing any more.
pub fn of_off(off: Option<Off>) -> &'static str {
    match off {
        None => "Is off, as it was set.",
        Some(Off::Declined) => {
            "Turned itself off, because the payment method was declined four times in a row. Set the rule again to \
             turn it on."
        }
        Some(Off::PaymentMethodRemoved) => {
            "Turned itself off, because the payment method is gone. Set the rule again with another one to turn it \
             on."
        }
    }
}

/// More is available than the threshold.
pub fn of_idle(asset: &str, available: Amount) -> String {
    format!("Does nothing: {available} {asset} are available.")
}

/// What is charged.
pub fn of_plan(asset: &str, plan: &Plan) -> String {
    match plan {
        Plan::Charge(terms) if terms.currency == asset => {
            format!("Charges {} {asset} now.", terms.price)
        }
        Plan::Charge(terms) => {
            let (price, currency, amount) = (terms.price, &terms.currency, terms.amount);
            format!("Charges {price} {currency} now, for {amount} {asset}.")
        }
        Plan::Defer { until, because } => of_wait(*until, *because),
    }
}
