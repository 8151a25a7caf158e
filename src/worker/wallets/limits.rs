//! Overdraft and budgets of a wallet.

use crate::engine::asset::is_code;
use crate::wire::limits::{NewBudget, NewOverdraft};
use crate::wire::problem::Problem;
use crate::worker::assets::precision::precision_of;
use crate::worker::edge::call::Ask;
use crate::worker::edge::context::Context;
use crate::worker::edge::forward::{Forward, customer_in};
use crate::worker::edge::principal::{Caller, Principal};
use crate::worker::edge::reply::Handled;
use crate::worker::edge::request::{Path, Request};

use super::handlers::{ask, limit, second};

pub fn list_overdrafts(_: &Request<'_>, _: &Principal, path: &Path) -> Result<Forward, Problem> {
    ask(path, Ask::ListOverdrafts)
}

pub async fn set_overdraft(context: &Context<'_>, who: &Caller, path: &Path) -> Handled {
    let customer = customer_in(path)?;
    let overdraft = NewOverdraft::read(context.body, context.idempotency_key, context.request_id)?;
    let precision = precision_of(context, who, &overdraft.account.asset, "asset").await?;
    let ask = Ask::SetOverdraft { precision };
    context.wallet(&who.wallet(customer), customer, ask).await
}

pub fn list_budgets(_: &Request<'_>, _: &Principal, path: &Path) -> Result<Forward, Problem> {
    ask(path, Ask::ListBudgets)
}

pub fn get_budget(request: &Request<'_>, _: &Principal, path: &Path) -> Result<Forward, Problem> {
    let customer = customer_in(path)?;
    let ask = Ask::GetBudget {
        code: second(path),
        after: request.query("cursor").unwrap_or_default(),
        limit: limit(request)?,
    };
    Ok(Forward::to(customer, ask))
}

pub async fn set_budget(context: &Context<'_>, who: &Caller, path: &Path) -> Handled {
    let customer = customer_in(path)?;
    let budget = NewBudget::read(context.body, context.idempotency_key, context.request_id)?;
    let code = second(path);
    if !is_code(&code) {
        let sentence = "must be 1 to 32 letters, digits, `_` or `-`";
        return Err(Problem::field("code", sentence).into());
    }
    let precision = precision_of(context, who, &budget.terms.asset, "asset").await?;
    let ask = Ask::SetBudget { code, precision };
    context.wallet(&who.wallet(customer), customer, ask).await
}

pub fn remove_budget(_: &Request<'_>, _: &Principal, path: &Path) -> Result<Forward, Problem> {
    let code = second(path);
    ask(path, Ask::RemoveBudget { code })
}
