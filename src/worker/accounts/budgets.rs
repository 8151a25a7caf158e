//! Budgets of a platform account, which the wallets of its customers inherit.
//!
//! A wallet must not ask the directory, so it is told: when it is opened, and with every new
//! subscription. So a change reaches a customer with the next of both.

use crate::engine::budget::Preset;
use crate::wire::limits::{check_presets, preset_assets, presets_of_account, read_presets};
use crate::wire::problem::{Failure, Problem};
use crate::wire::reply::json;
use crate::worker::assets::precision::look_up;
use crate::worker::edge::context::Context;
use crate::worker::edge::principal::{Caller, Principal};
use crate::worker::edge::reply::{Handled, Reply};
use crate::worker::edge::request::Path;

use super::statements;

/// `GET /v1/accounts/self/budgets`: of the account that the call acts for, on its side.
pub async fn get(context: &Context<'_>, who: &Caller, _: &Path) -> Handled {
    let presets = presets_of(context, who).await?;
    Ok(Reply::ok(presets_of_account(&presets)))
}

/// `PUT /v1/accounts/self/budgets`: all of them, 200.
pub async fn set(context: &Context<'_>, who: &Caller, _: &Path) -> Handled {
    let presets = read_presets(context.body)?;
    let assets = look_up(context, who, &preset_assets(&presets)).await?;
    check_presets(&presets, |code| assets.get(code))?;
    let change = statements::set_budgets(who, json(&presets));
    context.change(who, vec![change]).await?;
    Ok(Reply::ok(presets_of_account(&presets)))
}

/// What the wallet of a customer is told.
///
/// # Errors
/// `unavailable`; `internal_error` where what is stored cannot be read.
pub async fn presets_of(context: &Context<'_>, who: &Principal) -> Result<Vec<Preset>, Problem> {
    let answer = context.directory(vec![statements::budgets(who)]).await?;
    let stored = answer.row(0)?.and_then(|row| row.given("budgets"));
    stored_presets(stored.as_deref())
}

/// # Errors
/// `internal_error` where it cannot be read.
pub fn stored_presets(stored: Option<&str>) -> Result<Vec<Preset>, Problem> {
    // It was checked when it was written, so this is damage and none of the caller's fault.
    let unreadable = |_| Failure::Internal.because("The account's budgets cannot be read.");
    stored.map_or_else(
        || Ok(Vec::new()),
        |text| serde_json::from_str(text).map_err(unreadable),
    )
}
