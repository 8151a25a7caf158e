//! Reads of a wallet, and credit or debit by hand.
//!
//! A read is answered as of now, whatever has been written: see `worker::wallet_object`.

use crate::engine::Purpose;
use crate::wire::ids;
use crate::wire::money::{self, Transaction};
use crate::wire::problem::{Failure, Problem};
use crate::wire::wallet::GrantFilter;
use crate::worker::assets::precision::precision_of;
use crate::worker::edge::call::{Ask, EntriesView};
use crate::worker::edge::context::Context;
use crate::worker::edge::forward::{Forward, customer_in};
use crate::worker::edge::list::{DEFAULT_PAGE, MAX_PAGE, window};
use crate::worker::edge::principal::{Caller, Principal};
use crate::worker::edge::reply::Handled;
use crate::worker::edge::request::{Path, Request};
use crate::worker::edge::span::within;

/// What is asked of the wallet that the path names.
///
/// # Errors
/// 404 where the path cannot name a customer. Whether there is one, the wallet says.
pub(super) fn ask(path: &Path, ask: Ask) -> Result<Forward, Problem> {
    Ok(Forward::to(customer_in(path)?, ask))
}

/// `GET /v1/customers/{id}/wallet`.
/// All accounts with their balances.
pub fn get_wallet(_: &Request<'_>, _: &Caller, path: &Path) -> Result<Forward, Problem> {
    ask(path, Ask::GetWallet)
}

/// `GET /v1/customers/{id}/wallet/settings`.
pub fn get_settings(_: &Request<'_>, _: &Caller, path: &Path) -> Result<Forward, Problem> {
    ask(path, Ask::GetSettings)
}

/// `PUT /v1/customers/{id}/wallet/settings`.
/// The body is read in the wallet, so this waits for nothing.
pub fn change_settings(_: &Request<'_>, _: &Caller, path: &Path) -> Result<Forward, Problem> {
    ask(path, Ask::ChangeSettings)
}

/// The second placeholder: an account, a transaction, a budget. Empty names nothing and so is 404.
pub(super) fn second(path: &Path) -> String {
    path.get(1).cloned().unwrap_or_default()
}

/// `GET /v1/customers/{id}/wallet/{account}`.
/// `{account}` is `name:ASSET`, such as `default:USD`.
pub fn get_account(_: &Request<'_>, _: &Caller, path: &Path) -> Result<Forward, Problem> {
    let account = second(path);
    ask(path, Ask::GetAccount { account })
}

/// `GET /v1/customers/{id}/wallet/transactions/{transaction}`.
/// By the caller's own id of an adjustment or a charge, or the id of a refund or a dispute.
pub fn get_transaction(_: &Request<'_>, _: &Caller, path: &Path) -> Result<Forward, Problem> {
    let id = second(path);
    ask(path, Ask::GetTransaction { id })
}

/// `POST /v1/customers/{id}/wallet/grants/{grant}/void`.
/// The operation is the grant's own: it is taken back once.
pub fn void_grant(_: &Request<'_>, _: &Caller, path: &Path) -> Result<Forward, Problem> {
    let customer = customer_in(path)?;
    let text = second(path);
    let own = ids::parse_of_wallet("grant", &text).filter(|(owner, _)| owner == customer);
    let none = || Failure::NotFound.because(format!("This customer has no grant {text}."));
    let (_, grant) = own.ok_or_else(none)?;
    Ok(Forward::to(customer, Ask::VoidGrant { grant }))
}

/// `POST /v1/customers/{id}/wallet/reversals`.
/// The operation is that of the entry: it is reversed once.
pub fn reverse(_: &Request<'_>, _: &Caller, path: &Path) -> Result<Forward, Problem> {
    ask(path, Ask::Reverse)
}

/// `PUT /v1/customers/{id}/wallet/freeze`.
pub fn change_freeze(_: &Request<'_>, _: &Caller, path: &Path) -> Result<Forward, Problem> {
    ask(path, Ask::ChangeFreeze)
}

/// `POST /v1/customers/{id}/wallet/pricings`.
/// The operation is that of the event: it is priced once.
pub fn price_usage(_: &Request<'_>, _: &Caller, path: &Path) -> Result<Forward, Problem> {
    ask(path, Ask::PriceUsage)
}

/// `GET /v1/customers/{id}/wallet/unpriced`: newest first; `cursor` is the `seq` to go on below.
/// What is priced leaves the list, so that pages by offset would skip some.
pub fn list_unpriced(request: &Request<'_>, _: &Caller, path: &Path) -> Result<Forward, Problem> {
    let customer = customer_in(path)?;
    let before = request.query_number("cursor", u64::MAX, 1..=u64::MAX)?;
    let limit = limit(request)?;
    Ok(Forward::to(customer, Ask::ListUnpriced { before, limit }))
}

/// `GET /v1/customers/{id}/wallet/{account}/grants`.
///
/// Filters: `purpose`, `exclude_expired`, `effective_from`, `effective_to`, `expired_from`,
/// `expired_to`; `limit` and `offset`.
pub fn list_grants(request: &Request<'_>, _: &Caller, path: &Path) -> Result<Forward, Problem> {
    // Whose wallet it is comes first: nobody is told what is wrong with a query about nobody.
    let customer = customer_in(path)?;
    // A wallet has all of its grants at hand, so a far page costs no more than a near one. Bounded only
    // so that it stays a number that everybody can write.
    let window = window(request, 1_000_000_000)?;
    let effective = within(request, "effective_from", "effective_to")?;
    let expired = within(request, "expired_from", "expired_to")?;
    let filter = GrantFilter {
        purpose: purpose(request)?,
        exclude_expired: request.query_flag("exclude_expired")?.unwrap_or_default(),
        effective_from: effective.from,
        effective_before: effective.before,
        expired_from: expired.from,
        expired_before: expired.before,
        // On wasm a `usize` has 32 bits; more than all of them is beyond the end just the same.
        offset: usize::try_from(window.offset).unwrap_or(usize::MAX),
        limit: usize::try_from(window.limit).unwrap_or(1),
    };
    let account = second(path);
    Ok(Forward::to(customer, Ask::ListGrants { account, filter }))
}

/// # Errors
/// `validation_failed` for a word that is no purpose.
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
/// A cursor and no offset: new entries come in front, and pages by offset would shift under the
/// reader. A customer's token sees them without their records.
pub fn list_entries(request: &Request<'_>, who: &Caller, path: &Path) -> Result<Forward, Problem> {
    let customer = customer_in(path)?;
    // Without a cursor from the top: no entry has a number as high as that.
    let before = request.query_number("cursor", u64::MAX, 1..=u64::MAX)?;
    let limit = limit(request)?;
    let view = match who.token {
        Some(_) => EntriesView::Customer,
        None => EntriesView::Platform,
    };
    let ask = Ask::ListEntries {
        before,
        limit,
        view,
    };
    Ok(Forward::to(customer, ask))
}

/// `GET /v1/customers/{id}/wallet/entries/{entry}/receipt`; `{entry}` is its `seq`.
/// A customer's token sees a record only where it says nothing of costs.
pub fn get_receipt(_: &Request<'_>, who: &Caller, path: &Path) -> Result<Forward, Problem> {
    let text = second(path);
    let seq: Option<u64> = text.parse().ok().filter(|seq| *seq > 0);
    // The next number has to be one as well, because a page is asked for by what comes after it.
    let before = seq.and_then(|seq| seq.checked_add(1));
    let none = || Failure::NotFound.because(format!("This wallet has no entry {text}."));
    let ask = Ask::ListEntries {
        before: before.ok_or_else(none)?,
        limit: 2,
        view: match who.token {
            Some(_) => EntriesView::CustomerReceipt,
            None => EntriesView::Receipt,
        },
    };
    Ok(Forward::to(customer_in(path)?, ask))
}

/// `GET /v1/customers/{id}/wallet/holds`: the open ones; `cursor` is the hold to go on after.
pub fn list_holds(request: &Request<'_>, _: &Caller, path: &Path) -> Result<Forward, Problem> {
    let customer = customer_in(path)?;
    let after = request.query_number("cursor", 0, 0..=u64::MAX)?;
    let limit = limit(request)?;
    Ok(Forward::to(customer, Ask::ListHolds { after, limit }))
}

/// `limit` of the query, for pages with a cursor.
pub(super) fn limit(request: &Request<'_>) -> Result<usize, Problem> {
    let limit = request.query_number("limit", DEFAULT_PAGE, 1..=MAX_PAGE)?;
    Ok(usize::try_from(limit).unwrap_or(1))
}

/// `POST /v1/customers/{id}/wallet/adjustments`.
///
/// 201; the same id with the same body again: 201, replayed; with another body: 422.
pub async fn adjust(context: &Context<'_>, who: &Caller, path: &Path) -> Handled {
    let ask = |precision| Ask::Adjust { precision };
    post(context, who, path, money::adjustment, ask).await
}

/// `POST /v1/customers/{id}/wallet/charges`.
///
/// As [`adjust`], but it takes; a charge posts also below zero, because it has happened.
pub async fn charge(context: &Context<'_>, who: &Caller, path: &Path) -> Handled {
    let ask = |precision| Ask::Charge { precision };
    post(context, who, path, money::charge, ask).await
}

/// Both read the body here, for the asset only; the wallet reads it again and decides.
async fn post(
    context: &Context<'_>,
    who: &Principal,
    path: &Path,
    read: fn(&str, Option<&str>) -> Result<Transaction, Problem>,
    ask: impl FnOnce(u32) -> Ask,
) -> Handled {
    let customer = customer_in(path)?;
    let asset = read(context.body, context.idempotency_key)?.account.asset;
    // Looked up at each call and not remembered, so that an asset that was just made can be used.
    let precision = precision_of(context, who, &asset, "asset").await?;
    context
        .wallet(&who.wallet(customer), customer, ask(precision))
        .await
}
