//! Reads of a wallet, and credit or debit by hand.

use crate::engine::Purpose;
use crate::wire::money::{self, Transaction};
use crate::wire::problem::Problem;
use crate::wire::wallet::GrantFilter;

use crate::worker::auth::{Principal, authenticate};
use crate::worker::call::Ask;
use crate::worker::directory;
use crate::worker::edge::{Context, Handled, Stop};
use crate::worker::routes::Path;

use super::query::within;
use super::{DEFAULT_PAGE, MAX_PAGE, assets, customer_in, window};

pub(super) fn forward(context: &Context<'_>, path: &Path, ask: Ask) -> Handled {
    forward_read(context, path, || Ok(ask))
}

/// Who is calling comes first: a stranger is not told what is wrong with the query.
pub(super) fn forward_read(
    context: &Context<'_>,
    path: &Path,
    ask: impl FnOnce() -> Result<Ask, Problem>,
) -> Handled {
    let who = authenticate(context)?;
    let customer = customer_in(path)?;
    let ask = ask()?;
    Ok(context.forward(&who.wallet(customer), customer, ask))
}

pub fn get_wallet(context: &Context<'_>, path: &Path) -> Handled {
    forward(context, path, Ask::GetWallet)
}

pub fn get_settings(context: &Context<'_>, path: &Path) -> Handled {
    forward(context, path, Ask::GetSettings)
}

pub fn change_settings(context: &Context<'_>, path: &Path) -> Handled {
    forward(context, path, Ask::ChangeSettings)
}

pub(super) fn second(path: &Path) -> String {
    path.get(1).cloned().unwrap_or_default()
}

pub fn get_account(context: &Context<'_>, path: &Path) -> Handled {
    let account = second(path);
    forward(context, path, Ask::GetAccount { account })
}

pub fn get_transaction(context: &Context<'_>, path: &Path) -> Handled {
    let id = second(path);
    forward(context, path, Ask::GetTransaction { id })
}

pub fn list_grants(context: &Context<'_>, path: &Path) -> Handled {
    forward_read(context, path, || {
        let window = window(context)?;
        let effective = within(context, "effective_from", "effective_to")?;
        let expired = within(context, "expired_from", "expired_to")?;
        let filter = GrantFilter {
            purpose: purpose(context)?,
            exclude_expired: context.query_flag("exclude_expired")?.unwrap_or_default(),
            effective_from: effective.from,
            effective_before: effective.before,
            expired_from: expired.from,
            expired_before: expired.before,
            offset: usize::try_from(window.offset).unwrap_or(usize::MAX),
            limit: usize::try_from(window.limit).unwrap_or(1),
        };
        Ok(Ask::ListGrants {
            account: second(path),
            filter,
        })
    })
}

fn purpose(context: &Context<'_>) -> Result<Option<Purpose>, Problem> {
    match context.query("purpose").as_deref() {
        None => Ok(None),
        Some("paid") => Ok(Some(Purpose::Paid)),
        Some("bundled") => Ok(Some(Purpose::Bundled)),
        Some("promotion") => Ok(Some(Purpose::Promotion)),
        Some(_) => {
            let sentence = "must be one of paid, bundled, promotion";
            Err(Problem::field("purpose", sentence))
        }
    }
}

pub fn list_entries(context: &Context<'_>, path: &Path) -> Handled {
    forward_read(context, path, || {
        let before = context.query_number("cursor", u64::MAX, 1..=u64::MAX)?;
        let limit = limit(context)?;
        Ok(Ask::ListEntries { before, limit })
    })
}

pub fn list_holds(context: &Context<'_>, path: &Path) -> Handled {
    forward_read(context, path, || {
        let after = context.query_number("cursor", 0, 0..=u64::MAX)?;
        let limit = limit(context)?;
        Ok(Ask::ListHolds { after, limit })
    })
}

pub(super) fn limit(context: &Context<'_>) -> Result<usize, Problem> {
    let limit = context.query_number("limit", DEFAULT_PAGE, 1..=MAX_PAGE)?;
    Ok(usize::try_from(limit).unwrap_or(1))
}

pub fn adjust(context: &Context<'_>, path: &Path) -> Handled {
    post(context, path, money::adjustment, |precision| Ask::Adjust {
        precision,
    })
}

pub fn charge(context: &Context<'_>, path: &Path) -> Handled {
    post(context, path, money::charge, |precision| Ask::Charge {
        precision,
    })
}

fn post(
    context: &Context<'_>,
    path: &Path,
    read: fn(&str, Option<&str>) -> Result<Transaction, Problem>,
    ask: impl FnOnce(u32) -> Ask,
) -> Handled {
    let who = authenticate(context)?;
    let customer = customer_in(path)?;
    let key = context.request.idempotency_key;
    let asset = read(context.body, key)?.account.asset;
    let precision = precision_of(context, &who, &asset, "asset")?;
    Ok(context.forward(&who.wallet(customer), customer, ask(precision)))
}

/// The precision of one asset.
///
/// # Errors
/// `validation_failed` at the path where there is no such asset.
pub fn precision_of(
    context: &Context<'_>,
    who: &Principal,
    asset: &str,
    path: &str,
) -> Result<u32, Stop> {
    let answer = context.directory(vec![directory::asset_by_code(who, asset)])?;
    let precision = assets::precision(&answer, 0, asset)?;
    Ok(precision.ok_or_else(|| Problem::field(path, assets::no_such(asset)))?)
}
