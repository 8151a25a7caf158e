//! What an account offers for top-ups on one of its sides.

use crate::engine::Asset;
use crate::stripe::{self, NotChargeable};
use crate::wire::pack::Offers;
use crate::wire::problem::Problem;
use crate::wire::reply::json;
use crate::worker::assets::precision::look_up;
use crate::worker::edge::context::Context;
use crate::worker::edge::principal::Caller;
use crate::worker::edge::reply::{Handled, Reply};
use crate::worker::edge::request::Path;
use crate::worker::edge::rows::{Outcomes, unreadable};

use super::statements;

/// `GET /v1/accounts/self/packs`: of the account that the call acts for, on its side.
pub async fn get(context: &Context<'_>, who: &Caller, _: &Path) -> Handled {
    let answer = context.directory(vec![statements::offers(who)]).await?;
    Ok(Reply::ok(json(&offers_in(&answer, 0)?)))
}

/// `PUT /v1/accounts/self/packs`: all of them, 200. What was begun before stays as it was begun.
pub async fn set(context: &Context<'_>, who: &Caller, _: &Path) -> Handled {
    let offers = Offers::read(context.body)?;
    for (path, currency, amount) in offers.paid() {
        check_payable(&path, currency, &amount.to_string())?;
    }
    let assets = look_up(context, who, &offers.assets()).await?;
    for (path, asset, amount) in offers.on_top() {
        if let Some(asset) = assets.get(asset).filter(|one| !one.can_express(amount)) {
            let Asset { code, precision } = asset;
            let sentence = format!("has more than the {precision} decimal places of {code}");
            return Err(Problem::field(&format!("{path}.bonus"), sentence));
        }
    }
    let change = statements::set_offers(who, json(&offers));
    context.change(who, vec![change]).await?;
    Ok(Reply::ok(json(&offers)))
}

/// What is paid has to be money, in amounts that exist; `path` is of what says both, empty for the request
/// itself.
///
/// # Errors
/// `validation_failed`.
pub fn check_payable(path: &str, currency: &str, amount: &str) -> Result<(), Problem> {
    let (name, sentence) = match stripe::minor_units(currency, amount) {
        Ok(_) => return Ok(()),
        Err(NotChargeable::UnknownCurrency(_)) => {
            ("currency", "must be a currency, such as USD".to_owned())
        }
        Err(other) => ("amount", format!("cannot be paid. {other}")),
    };
    let path = if path.is_empty() {
        name.to_owned()
    } else {
        format!("{path}.{name}")
    };
    Err(Problem::field(&path, sentence))
}

/// What a statement has found to be offered; nothing is offered where nobody has said so.
///
/// # Errors
/// `internal_error` where it cannot be read.
pub fn offers_in(answer: &Outcomes, statement: usize) -> Result<Offers, Problem> {
    let stored = answer.row(statement)?.and_then(|row| row.given("offers"));
    stored.map_or_else(
        || Ok(Offers::default()),
        |text| serde_json::from_str(&text).map_err(|_| unreadable()),
    )
}
