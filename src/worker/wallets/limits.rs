//! Overdraft and budgets of a wallet.
//!
//! Both are kept by the wallet and checked by `authorize` only: what has happened is recorded,
//! limits or not.

use crate::engine::asset::is_code;
use crate::wire::limits::{NewBudget, NewOverdraft};
use crate::wire::problem::Problem;
use crate::worker::assets::precision::precision_of;
use crate::worker::edge::call::Ask;
use crate::worker::edge::context::Context;
use crate::worker::edge::forward::{Forward, customer_in};
use crate::worker::edge::principal::Caller;
use crate::worker::edge::reply::Handled;
use crate::worker::edge::request::{Path, Request};

use super::handlers::{ask, limit, second};

/// `GET /v1/customers/{id}/wallet/overdraft`.
pub fn list_overdrafts(_: &Request<'_>, _: &Caller, path: &Path) -> Result<Forward, Problem> {
    ask(path, Ask::ListOverdrafts)
}

/// `PUT /v1/customers/{id}/wallet/overdraft`: 200. An asset that does not exist is
/// `validation_failed`.
pub async fn set_overdraft(context: &Context<'_>, who: &Caller, path: &Path) -> Handled {
    let customer = customer_in(path)?;
    let overdraft = NewOverdraft::read(context.body, context.idempotency_key, context.request_id)?;
    // The wallet may never have seen the asset, so its precision comes along.
    let precision = precision_of(context, who, &overdraft.account.asset, "asset").await?;
    let ask = Ask::SetOverdraft { precision };
    context.wallet(&who.wallet(customer), customer, ask).await
}

/// `GET /v1/customers/{id}/wallet/budgets`.
pub fn list_budgets(_: &Request<'_>, _: &Caller, path: &Path) -> Result<Forward, Problem> {
    ask(path, Ask::ListBudgets)
}

/// `GET /v1/customers/{id}/wallet/budgets/{code}`: 404 where there is none. `cursor` is the value
/// to go on after.
pub fn get_budget(request: &Request<'_>, _: &Caller, path: &Path) -> Result<Forward, Problem> {
    let customer = customer_in(path)?;
    let ask = Ask::GetBudget {
        code: second(path),
        after: request.query("cursor").unwrap_or_default(),
        limit: limit(request)?,
    };
    Ok(Forward::to(customer, ask))
}

/// `PUT /v1/customers/{id}/wallet/budgets/{code}`: made or replaced, 200.
pub async fn set_budget(context: &Context<'_>, who: &Caller, path: &Path) -> Handled {
    let customer = customer_in(path)?;
    let budget = NewBudget::read(context.body, context.idempotency_key, context.request_id)?;
    let code = second(path);
    // A code of the path is checked where it is made; those that only look one up find nothing.
    if !is_code(&code) {
        let sentence = "must be 1 to 32 letters, digits, `_` or `-`";
        return Err(Problem::field("code", sentence));
    }
    let precision = precision_of(context, who, &budget.terms.asset, "asset").await?;
    let ask = Ask::SetBudget { code, precision };
    context.wallet(&who.wallet(customer), customer, ask).await
}

/// `DELETE /v1/customers/{id}/wallet/budgets/{code}`: 204.
pub fn remove_budget(_: &Request<'_>, _: &Caller, path: &Path) -> Result<Forward, Problem> {
    let code = second(path);
    ask(path, Ask::RemoveBudget { code })
}
