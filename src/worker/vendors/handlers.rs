//! Vendors: who is paid for the costs of usage.

use serde::Serialize;

use crate::journal::chain::request_digest;
use crate::wire::problem::{Failure, Problem};
use crate::wire::reply::json;
use crate::wire::time;
use crate::worker::edge::context::Context;
use crate::worker::edge::list::{created, page};
use crate::worker::edge::principal::Caller;
use crate::worker::edge::reply::{Handled, Reply};
use crate::worker::edge::request::Path;
use crate::worker::edge::rows::Row;
use crate::worker::vendors::wire::NewVendor;

use super::statements;

#[derive(Serialize)]
struct VendorReply {
    id: String,
    external_id: Option<String>,
    name: String,
    created_at: String,
}

impl VendorReply {
    fn of(row: Row<'_>) -> Result<Self, Problem> {
        Ok(Self {
            id: row.text("id")?,
            external_id: row.given("external_id"),
            name: row.text("name")?,
            created_at: row.text("created_at")?,
        })
    }
}

/// The same body again answers the same, under an `external_id` or an `Idempotency-Key`.
///
/// | body | found | reply |
/// |---|---|---|
/// | new | nothing | 201 |
/// | the same | under its `external_id` or key | 201, replayed |
/// | another one | under this `external_id` | 409 `already_exists` |
/// | another one | under this key | 422 `operation_id_reused` |
///
/// Without either, each request makes a vendor.
pub async fn create(context: &Context<'_>, who: &Caller, _: &Path) -> Handled {
    let vendor = NewVendor::read(context.body)?;
    let request = request_digest(&["vendor", &json(&vendor)]);
    let id = context.new_id("vnd", &who.account_id, &who.mode)?;
    let external = vendor.external_id.clone();
    let values = vec![
        Some(id.clone()),
        vendor.external_id,
        Some(vendor.name),
        Some(request.clone()),
        Some(time::format(context.now())),
    ];
    // By the external id where there is one, because that is what may be taken.
    let by_id = Some(id.as_str()).filter(|_| external.is_none());
    let answer = context
        .directory(vec![
            statements::insert_vendor(who, values),
            statements::vendor(who, by_id, external.as_deref()),
        ])
        .await?;
    created(
        &answer,
        "A vendor",
        &request,
        external.is_some(),
        VendorReply::of,
    )
}

/// `GET /v1/vendors`: newest first; `external_id` finds one.
pub async fn list(context: &Context<'_>, who: &Caller, _: &Path) -> Handled {
    let asked = statements::LIST.asked(context)?;
    let statements = statements::LIST.statements(who, vec![context.query("external_id")], &asked);
    let answer = context.directory(statements.into()).await?;
    page(&answer, &statements::LIST, &asked, VendorReply::of)
}

/// `GET /v1/vendors/{id}`: 404 where this side has none of that id.
pub async fn get(context: &Context<'_>, who: &Caller, path: &Path) -> Handled {
    let id = path.first().map(String::as_str).unwrap_or_default();
    let answer = context
        .directory(vec![statements::vendor(who, Some(id), None)])
        .await?;
    let none = || Failure::NotFound.because(format!("There is no vendor {id}."));
    let row = answer.row(0)?.ok_or_else(none)?;
    Ok(Reply::ok(json(&VendorReply::of(row)?)))
}
