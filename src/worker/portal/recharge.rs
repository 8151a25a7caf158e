//! Automatic recharge on the customer's own page: what each account does, and a form to set it.
//!
//! The form is posted with the cookie of the page, which a browser sends from no other site. What it says becomes
//! the body of the API's own call, so that both ways set the same rules and are refused the same.

use maud::{Markup, html};
use serde_json::{Map, Value};

use crate::wire::overview::Overview;
use crate::wire::page::document::document;
use crate::wire::problem::{Failure, Problem};
use crate::wire::urlencoded::form_value;
use crate::worker::edge::call::{Ask, Call, RechargeAsk};
use crate::worker::edge::context::Context;
use crate::worker::edge::pages::for_people;
use crate::worker::edge::reply::{Handled, Reply};
use crate::worker::edge::request::Path;
use crate::worker::recharge::handlers::given;

use super::handlers::{Session, session};

/// Where the page is.
const PAGE: &str = "/portal/recharge";

/// What a customer sets; the rest of a rule stays as it was.
const FIELDS: [(&str, &str); 5] = [
    ("threshold", "When no more is available than"),
    ("amount", "Add this much"),
    ("target", "or fill up to"),
    ("daily_limit", "At most in a day"),
    ("monthly_limit", "At most in a month"),
];

/// What of a rule no form shows.
const KEPT: [&str; 3] = ["currency", "cooldown", "payment_method"];

/// `GET /portal/recharge`.
pub async fn view(context: &Context<'_>, _: &Path) -> Handled {
    for_people(match session(context).await {
        Ok(Ok(row)) => show(context, &row, None).await,
        Ok(Err(page)) => Ok(page),
        Err(problem) => Err(problem),
    })
}

/// `POST /portal/recharge`: saves the rule of an asset, or turns it off; 303 to the page.
pub async fn act(context: &Context<'_>, _: &Path) -> Handled {
    for_people(match session(context).await {
        Ok(Ok(row)) => save(context, &row).await,
        Ok(Err(page)) => Ok(page),
        Err(problem) => Err(problem),
    })
}

/// The wallet's own words about its rules.
async fn rules(context: &Context<'_>, row: &Session) -> Result<Vec<Value>, Problem> {
    let ask = Ask::Recharge(RechargeAsk::List);
    let wallet = row.who.wallet(&row.customer_id);
    let reply = context.wallet(&wallet, &row.customer_id, ask).await?;
    let body: Value = serde_json::from_str(&reply.body).unwrap_or_default();
    let items = body.get("items").and_then(Value::as_array).cloned();
    items.ok_or_else(|| {
        let detail = "Your balance did not answer. Reload the page in a moment.";
        Failure::Unavailable.because(detail)
    })
}

fn rule_of<'a>(rules: &'a [Value], asset: &str) -> Option<&'a Value> {
    let is_own = |rule: &&Value| rule.get("asset").and_then(Value::as_str) == Some(asset);
    rules.iter().find(is_own)
}

/// The rule of an asset as the API's call has it: what the form says, and what it does not show.
fn body(context: &Context<'_>, known: Option<&Value>) -> String {
    let mut body = Map::new();
    for name in KEPT {
        let value = known.and_then(|rule| rule.get(name));
        if let Some(value) = value.filter(|value| !value.is_null()) {
            body.insert(name.to_owned(), value.clone());
        }
    }
    for (name, _) in FIELDS {
        if let Some(value) = form_value(context.body, name) {
            body.insert(name.to_owned(), value.trim().into());
        }
    }
    // Whatever was pressed but Save must not charge anybody.
    let saves = form_value(context.body, "action").as_deref() == Some("save");
    body.insert("enabled".to_owned(), saves.into());
    Value::Object(body).to_string()
}

async fn save(context: &Context<'_>, row: &Session) -> Handled {
    let (who, customer) = (&row.who, &row.customer_id);
    let asset = form_value(context.body, "asset").unwrap_or_default();
    let rules = rules(context, row).await?;
    // The wallet reads it itself, so that what it decides about is what was asked here.
    let body = body(context, rule_of(&rules, &asset));
    let given = match given(context, who, customer, (&asset, &body)).await {
        Ok(given) => given,
        Err(problem) if problem.status < 500 => return show(context, row, Some(&problem)).await,
        Err(problem) => return Err(problem),
    };
    let ask = Ask::Recharge(RechargeAsk::Set { asset, given });
    let call = Call::new(context.request, &who.wallet(customer), customer, ask);
    let reply = context.world.wallet(&call, &body).await?;
    match reply.status {
        200 => Ok(Reply::see_other(PAGE.to_owned())),
        status if status < 500 => {
            let problem = Failure::ValidationFailed.because("This rule could not be kept.");
            let told: Value = serde_json::from_str(&reply.body).unwrap_or_default();
            let errors = told.get("errors").and_then(Value::as_object);
            let first = errors.and_then(|errors| errors.iter().next());
            let problem = match first {
                Some((field, why)) => Problem::field(field, sentence(why)),
                None => problem,
            };
            show(context, row, Some(&problem)).await
        }
        _ => Err(Failure::Unavailable.because("Your balance did not answer. Try again.")),
    }
}

/// The first sentence about a field.
fn sentence(why: &Value) -> String {
    let first = why.as_array().and_then(|all| all.first()).unwrap_or(why);
    first.as_str().unwrap_or("is wrong").to_owned()
}

async fn show(context: &Context<'_>, row: &Session, problem: Option<&Problem>) -> Handled {
    let rules = rules(context, row).await?;
    let wallet = row.who.wallet(&row.customer_id);
    let asked = context
        .wallet(&wallet, &row.customer_id, Ask::GetOverview)
        .await?;
    let overview: Option<Overview> = serde_json::from_str(&asked.body).ok();
    let mut assets: Vec<String> = Vec::new();
    for one in overview.into_iter().flat_map(|overview| overview.accounts) {
        if !assets.contains(&one.account.asset) {
            assets.push(one.account.asset);
        }
    }
    let html = document("Automatic recharge", &content(&assets, &rules, problem));
    let status = problem.map_or(200, |_| 422);
    // Its form leads to this page again, so no other origin need be named.
    Ok(Reply::page(status, html, row.policy()))
}

fn content(assets: &[String], rules: &[Value], problem: Option<&Problem>) -> Markup {
    let text = |rule: Option<&Value>, name: &str| {
        let value = rule.and_then(|rule| rule.get(name)?.as_str());
        value.unwrap_or_default().to_owned()
    };
    html! {
        div.wide {
            header {
                a href="/portal" { span aria-hidden="true" { "\u{2190}" } " Your balance" }
                h1 { "Automatic recharge" }
            }
            main {
                @if let Some(problem) = problem {
                    p.notice role="alert" { (problem.detail) }
                    @for (field, why) in problem.errors.by_field() {
                        p { (field) ": " (why.join(", ")) }
                    }
                }
                @for asset in assets {
                    @let rule = rule_of(rules, asset);
                    section.card {
                        h2 { (asset) }
                        @if rule.is_some() {
                            p { (text(rule, "sentence")) }
                            p.muted { (text(rule, "says")) }
                        }
                        form method="post" {
                            input type="hidden" name="asset" value=(asset);
                            @for (name, label) in FIELDS {
                                p { label { (label) " " input name=(name) inputmode="decimal" value=(text(rule, name)); } }
                            }
                            button.primary name="action" value="save" { "Save" }
                            button name="action" value="off" { "Turn off" }
                        }
                    }
                }
                p.small { "Saving charges your default payment method at once where no more is available than you say." }
            }
        }
    }
}
