//! Overdraft and budgets of a wallet.

use crate::engine::asset::is_code;
use crate::wire::limits::{NewBudget, NewOverdraft};
use crate::wire::problem::Problem;

use crate::worker::auth::authenticate;
use crate::worker::call::Ask;
use crate::worker::edge::{Context, Handled};
use crate::worker::routes::Path;

use super::customer_in;
use super::wallets::{forward, forward_read, limit, precision_of, second};

pub fn list_overdrafts(context: &Context<'_>, path: &Path) -> Handled {
    forward(context, path, Ask::ListOverdrafts)
}

pub fn set_overdraft(context: &Context<'_>, path: &Path) -> Handled {
    let who = authenticate(context)?;
    let customer = customer_in(path)?;
    let request = context.request;
    let overdraft = NewOverdraft::read(context.body, request.idempotency_key, request.request_id)?;
    let precision = precision_of(context, &who, &overdraft.account.asset, "asset")?;
    let ask = Ask::SetOverdraft { precision };
    Ok(context.forward(&who.wallet(customer), customer, ask))
}

pub fn list_budgets(context: &Context<'_>, path: &Path) -> Handled {
    forward(context, path, Ask::ListBudgets)
}

pub fn get_budget(context: &Context<'_>, path: &Path) -> Handled {
    forward_read(context, path, || {
        Ok(Ask::GetBudget {
            code: second(path),
            after: context.query("cursor").unwrap_or_default(),
            limit: limit(context)?,
        })
    })
}

pub fn set_budget(context: &Context<'_>, path: &Path) -> Handled {
    let who = authenticate(context)?;
    let customer = customer_in(path)?;
    let request = context.request;
    let budget = NewBudget::read(context.body, request.idempotency_key, request.request_id)?;
    let code = second(path);
    if !is_code(&code) {
        let sentence = "must be 1 to 32 letters, digits, `_` or `-`";
        return Err(Problem::field("code", sentence).into());
    }
    let precision = precision_of(context, &who, &budget.terms.asset, "asset")?;
    let ask = Ask::SetBudget { code, precision };
    Ok(context.forward(&who.wallet(customer), customer, ask))
}

pub fn remove_budget(context: &Context<'_>, path: &Path) -> Handled {
    let code = second(path);
    forward(context, path, Ask::RemoveBudget { code })
}
