//! Reads of a wallet, and credit or debit by hand.

use crate::engine::Purpose;
use crate::wire::money::{self, Transaction};
use crate::wire::problem::Problem;
use crate::wire::wallet::GrantFilter;
use crate::worker::assets::precision::precision_of;
use crate::worker::edge::call::Ask;
use crate::worker::edge::context::Context;
use crate::worker::edge::forward::{Forward, customer_in};
use crate::worker::edge::list::{DEFAULT_PAGE, MAX_PAGE, window};
use crate::worker::edge::principal::{Caller, Principal};
use crate::worker::edge::reply::Handled;
use crate::worker::edge::request::{Path, Request};
use crate::worker::edge::span::within;

/// What is asked of the wallet that the path names.
pub(super) fn ask(path: &Path, ask: Ask) -> Result<Forward, Problem> {
    Ok(Forward::to(customer_in(path)?, ask))
}

/// `GET /v1/customers/{id}/wallet`.
pub fn get_wallet(_: &Request<'_>, _: &Principal, path: &Path) -> Result<Forward, Problem> {
    ask(path, Ask::GetWallet)
}

/// `GET /v1/customers/{id}/wallet/settings`.
pub fn get_settings(_: &Request<'_>, _: &Principal, path: &Path) -> Result<Forward, Problem> {
    ask(path, Ask::GetSettings)
}

/// `PUT /v1/customers/{id}/wallet/settings`.
pub fn change_settings(_: &Request<'_>, _: &Principal, path: &Path) -> Result<Forward, Problem> {
    ask(path, Ask::ChangeSettings)
}

pub(super) fn second(path: &Path) -> String {
    path.get(1).cloned().unwrap_or_default()
}

/// `GET /v1/customers/{id}/wallet/{account}`.
pub fn get_account(_: &Request<'_>, _: &Principal, path: &Path) -> Result<Forward, Problem> {
    let account = second(path);
    ask(path, Ask::GetAccount { account })
}

/// `GET /v1/customers/{id}/wallet/transactions/{transaction}`.
pub fn get_transaction(_: &Request<'_>, _: &Principal, path: &Path) -> Result<Forward, Problem> {
    let id = second(path);
    ask(path, Ask::GetTransaction { id })
}

/// `GET /v1/customers/{id}/wallet/{account}/grants`.
pub fn list_grants(request: &Request<'_>, _: &Principal, path: &Path) -> Result<Forward, Problem> {
    // Whose wallet it is comes first: nobody is told what is wrong with a query about nobody.
    let customer = customer_in(path)?;
    let window = window(request)?;
    let effective = within(request, "effective_from", "effective_to")?;
    let expired = within(request, "expired_from", "expired_to")?;
    let filter = GrantFilter {
        purpose: purpose(request)?,
        exclude_expired: request.query_flag("exclude_expired")?.unwrap_or_default(),
        effective_from: effective.from,
        effective_before: effective.before,
        expired_from: expired.from,
        expired_before: expired.before,
        offset: usize::try_from(window.offset).unwrap_or(usize::MAX),
        limit: usize::try_from(window.limit).unwrap_or(1),
    };
    let account = second(path);
    Ok(Forward::to(customer, Ask::ListGrants { account, filter }))
}

fn purpose(request: &Request<'_>) -> Result<Option<Purpose>, Problem> {
    match request.query("purpose").as_deref() {
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

/// `GET /v1/customers/{id}/wallet/entries`: newest first; `cursor` is the `seq` to go on below.
pub fn list_entries(request: &Request<'_>, _: &Principal, path: &Path) -> Result<Forward, Problem> {
    let customer = customer_in(path)?;
    let before = request.query_number("cursor", u64::MAX, 1..=u64::MAX)?;
    let limit = limit(request)?;
    Ok(Forward::to(customer, Ask::ListEntries { before, limit }))
}

/// `GET /v1/customers/{id}/wallet/holds`: the open ones; `cursor` is the hold to go on after.
pub fn list_holds(request: &Request<'_>, _: &Principal, path: &Path) -> Result<Forward, Problem> {
    let customer = customer_in(path)?;
    let after = request.query_number("cursor", 0, 0..=u64::MAX)?;
    let limit = limit(request)?;
    Ok(Forward::to(customer, Ask::ListHolds { after, limit }))
}

pub(super) fn limit(request: &Request<'_>) -> Result<usize, Problem> {
    let limit = request.query_number("limit", DEFAULT_PAGE, 1..=MAX_PAGE)?;
    Ok(usize::try_from(limit).unwrap_or(1))
}

/// `POST /v1/customers/{id}/wallet/adjustments`.
pub async fn adjust(context: &Context<'_>, who: &Caller, path: &Path) -> Handled {
    let ask = |precision| Ask::Adjust { precision };
    post(context, who, path, money::adjustment, ask).await
}

/// `POST /v1/customers/{id}/wallet/charges`.
pub async fn charge(context: &Context<'_>, who: &Caller, path: &Path) -> Handled {
    let ask = |precision| Ask::Charge { precision };
    post(context, who, path, money::charge, ask).await
}

async fn post(
    context: &Context<'_>,
    who: &Principal,
    path: &Path,
    read: fn(&str, Option<&str>) -> Result<Transaction, Problem>,
    ask: impl FnOnce(u32) -> Ask,
) -> Handled {
    let customer = customer_in(path)?;
    let asset = read(context.body, context.idempotency_key)?.account.asset;
    let precision = precision_of(context, who, &asset, "asset").await?;
    context
        .wallet(&who.wallet(customer), customer, ask(precision))
        .await
}
