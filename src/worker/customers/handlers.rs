//! Customers: who has a wallet, and which name each of them goes by.

use serde::Serialize;
use serde_json::value::RawValue;

use crate::engine::Refusal;
use crate::engine::command::ExternalId;
use crate::journal::chain::request_digest;
use crate::wire::problem::{Failure, Problem};
use crate::wire::reply::json;
use crate::wire::{ids, time};
use crate::worker::customers::wire::{CustomerChange, NewCustomer};
use crate::worker::edge::call::Ask;
use crate::worker::edge::context::Context;
use crate::worker::edge::forward::{customer_in, no_customer};
use crate::worker::edge::list::{page_of, window};
use crate::worker::edge::principal::{Caller, Principal};
use crate::worker::edge::reply::{Handled, Reply};
use crate::worker::edge::request::Path;
use crate::worker::edge::rows::{Outcomes, Row};
use crate::worker::subscriptions::handlers::priced;
use crate::worker::top_ups::paylinks::pay_at;

use super::statements::{self, CustomerFilter};

struct CustomerRow {
    id: String,
    external_id: Option<String>,
    external_id_revision: u64,
    name: String,
    email: Option<String>,
    metadata: String,
    external_accounts: String,
    active_subscription_count: u32,
    /// The secret of its payment links.
    pay_token: Option<String>,
    request: String,
    created_at: String,
}

impl CustomerRow {
    fn read(row: Row<'_>) -> Result<Self, Problem> {
        Ok(Self {
            id: row.text("id")?,
            external_id: row.given("external_id"),
            external_id_revision: u64::from(row.count("external_id_revision")?),
            name: row.text("name")?,
            email: row.given("email"),
            metadata: row.text("metadata")?,
            external_accounts: row.text("external_accounts")?,
            active_subscription_count: row.count("active_subscription_count")?,
            pay_token: row.given("pay_token"),
            request: row.text("request")?,
            created_at: row.text("created_at")?,
        })
    }

    fn in_answer(answer: &Outcomes, statement: usize) -> Result<Option<Self>, Problem> {
        answer.row(statement)?.map(Self::read).transpose()
    }
}

#[derive(Serialize)]
struct CustomerReply {
    id: String,
    external_id: Option<String>,
    name: String,
    email: Option<String>,
    active_subscription_count: u32,
    /// As they were stored, which is as they are shown.
    metadata: Option<Box<RawValue>>,
    external_accounts: Option<Box<RawValue>>,
    created_at: String,
    /// As the wallet holds them; left out in lists.
    #[serde(skip_serializing_if = "Option::is_none")]
    subscriptions: Option<Box<RawValue>>,
}

fn raw(text: String) -> Option<Box<RawValue>> {
    RawValue::from_string(text).ok()
}

impl CustomerReply {
    fn of(row: CustomerRow, subscriptions: Option<String>) -> Self {
        Self {
            id: row.id,
            external_id: row.external_id,
            name: row.name,
            email: row.email,
            active_subscription_count: row.active_subscription_count,
            metadata: raw(row.metadata),
            external_accounts: raw(row.external_accounts),
            created_at: row.created_at,
            subscriptions: subscriptions.and_then(raw),
        }
    }
}

// Creating.

/// The same body again answers the same, under an `external_id`; another body is a conflict.
///
/// The directory is written before the wallet: whatever happens between, sending the request again
/// finishes it.
pub async fn create(context: &Context<'_>, who: &Caller, _: &Path) -> Handled {
    let customer = NewCustomer::read(context.body)?;
    let request = request_digest(&["customer", &json(&customer)]);
    let subscriptions = priced(context, who, customer.subscriptions.clone()).await?;
    let (row, wrote) = insert(context, who, &customer, &request).await?;
    if row.request != request {
        if customer.external_id.is_none() {
            return Err(Problem::from(Refusal::OperationIdReused).into());
        }
        let id = row.id;
        let detail =
            format!("A customer with this external_id exists already, with other details: {id}.");
        return Err(Failure::AlreadyExists.because(detail).into());
    }
    let id = row.id;
    let ask = Ask::OpenWallet {
        subscriptions,
        pay_at: pay_at(context, who, &id, row.pay_token.as_deref()),
    };
    let opened = context.wallet(&who.wallet(&id), &id, ask).await?;
    if opened.status != 200 {
        return Ok(opened);
    }
    // The directory knows what the customer has before anybody is told.
    context.world.shipped(&who.wallet(&id)).await?;
    let answer = context
        .directory(vec![statements::customer(who, Some(&id), None)])
        .await?;
    let row = CustomerRow::in_answer(&answer, 0)?.ok_or_else(|| no_customer(&id))?;
    // A customer whose wallet could not be opened at first is complete only now.
    let replayed = opened.replayed && !wrote;
    let body = json(&CustomerReply::of(row, Some(opened.body)));
    Ok(Reply::new(201, body).replayed(replayed))
}

/// The customer's row, and whether this very request wrote it.
///
/// The id derives from the external id, so that nobody has to look it up. Where another customer has
/// that id, because it was renamed since, the new one gets an id of its own.
async fn insert(
    context: &Context<'_>,
    who: &Principal,
    customer: &NewCustomer,
    request: &str,
) -> Result<(CustomerRow, bool), Problem> {
    let Some(external) = &customer.external_id else {
        let id = context.new_id("cust", &who.account_id, &who.mode)?;
        return match insert_as(context, who, customer, request, &id).await? {
            Some(inserted) => Ok(inserted),
            None => Err(no_customer(&id).into()),
        };
    };
    let derived = ids::derived_customer_id(&who.account_id, external);
    if let Some(inserted) = insert_as(context, who, customer, request, &derived).await? {
        return Ok(inserted);
    }
    let answer = context
        .directory(vec![statements::customer(who, Some(&derived), None)])
        .await?;
    let former = CustomerRow::in_answer(&answer, 0)?.ok_or_else(|| no_customer(&derived))?;
    tell_wallet(context, who, &former).await?;
    let id = context.fresh_id("cust", 0);
    let inserted = insert_as(context, who, customer, request, &id).await?;
    Ok(inserted.ok_or_else(|| no_customer(&id))?)
}

/// Inserts under an id, unless the id or the external id is taken. Who has the external id then is
/// the answer; nobody, when only the id is taken.
async fn insert_as(
    context: &Context<'_>,
    who: &Principal,
    customer: &NewCustomer,
    request: &str,
    id: &str,
) -> Result<Option<(CustomerRow, bool)>, Problem> {
    let values = vec![
        Some(id.to_owned()),
        customer.external_id.clone(),
        Some(customer.name.clone()),
        customer.email.clone(),
        Some(json(&customer.metadata)),
        Some(json(&customer.external_accounts)),
        Some(context.entropy()?),
        Some(request.to_owned()),
        Some(time::format(context.now())),
    ];
    let external = customer.external_id.as_deref();
    let by_id = Some(id).filter(|_| external.is_none());
    let answer = context
        .directory(vec![
            statements::insert_customer(who, values),
            statements::customer(who, by_id, external),
        ])
        .await?;
    let row = CustomerRow::in_answer(&answer, 1)?;
    Ok(row.map(|row| (row, answer.wrote(0))))
}

/// Tells a wallet which external id its customer has. A wallet whose id derives from an external id
/// answers to it until it is told, so whoever is to have that one next waits for this.
async fn tell_wallet(
    context: &Context<'_>,
    who: &Principal,
    row: &CustomerRow,
) -> Result<(), Problem> {
    let renamed = row.external_id_revision > 0;
    let Some(external_id) = row.external_id.clone().filter(|_| renamed) else {
        return Ok(());
    };
    let external = ExternalId {
        external_id,
        revision: row.external_id_revision,
    };
    let ask = Ask::ChangeExternalId(external);
    let told = context.wallet(&who.wallet(&row.id), &row.id, ask).await?;
    if told.status == 204 {
        return Ok(());
    }
    let detail = "The customer's wallet did not take its new external_id. Send the call again.";
    Err(Failure::Unavailable.because(detail).into())
}

// Reading.

pub async fn list(context: &Context<'_>, who: &Caller, _: &Path) -> Handled {
    let window = window(context)?;
    let status = context.query("status");
    if !matches!(status.as_deref(), None | Some("active" | "inactive")) {
        return Err(Problem::field("status", "must be one of active, inactive").into());
    }
    let filter = CustomerFilter {
        id: context.query("customer_id"),
        external_id: context.query("external_id"),
        email: context.query("email"),
        name: context.query("name"),
        status,
    };
    let by_external_id = filter.external_id.is_some();
    let answer = context
        .directory(statements::list_customers(who, filter, window).into())
        .await?;
    let mut items = Vec::new();
    for row in answer.values(0)? {
        let row = CustomerRow::read(Row::new(row))?;
        items.push(json(&CustomerReply::of(row, None)));
    }
    let mut body = page_of(&items, &answer, window)?;
    // Who was asked for by its external id stands beside `items` as well.
    if let Some(only) = items.first().filter(|_| by_external_id) {
        body.pop();
        body = only.replacen('{', &format!("{body},"), 1);
    }
    Ok(Reply::ok(body))
}

pub async fn get(context: &Context<'_>, who: &Caller, path: &Path) -> Handled {
    let id = customer_in(path)?;
    let answer = context
        .directory(vec![statements::customer(who, Some(id), None)])
        .await?;
    let row = CustomerRow::in_answer(&answer, 0)?.ok_or_else(|| no_customer(id))?;
    let list = Ask::ListSubscriptions {
        pay_at: pay_at(context, who, id, row.pay_token.as_deref()),
    };
    let subscriptions = context.wallet(&who.wallet(id), id, list).await?;
    if subscriptions.status != 200 {
        return Ok(subscriptions);
    }
    let reply = CustomerReply::of(row, Some(subscriptions.body));
    Ok(Reply::ok(json(&reply)))
}

// Changing.

/// `PATCH /v1/customers/{id}`.
///
/// A new external id is written in the directory, which knows if it is free, and then told to the
/// customer's wallet. Before, the wallet whose id derives from it learns that it is not its own any
/// more. Sending the request again finishes what was interrupted.
pub async fn change(context: &Context<'_>, who: &Caller, path: &Path) -> Handled {
    let id = customer_in(path)?;
    let change = CustomerChange::read(context.body)?;
    let external = change.external_id.clone();
    let derived = external
        .as_ref()
        .map(|external| ids::derived_customer_id(&who.account_id, external));
    let derived = derived.as_deref().filter(|derived| *derived != id);
    let answer = context
        .directory(vec![
            statements::customer(who, Some(id), None),
            statements::customer(who, derived, None),
            statements::customer(who, None, external.as_deref()),
        ])
        .await?;
    answer.row(0)?.ok_or_else(|| no_customer(id))?;
    let holder = CustomerRow::in_answer(&answer, 2)?;
    if let Some(holder) = holder.filter(|holder| holder.id != id) {
        return Err(taken(&holder.id).into());
    }
    if let Some(former) = CustomerRow::in_answer(&answer, 1)? {
        tell_wallet(context, who, &former).await?;
    }
    let values = vec![
        change.name,
        change.email,
        change.metadata.as_ref().map(json),
        change.external_id,
    ];
    let answer = context
        .directory(vec![
            statements::update_customer(who, id, values),
            statements::customer(who, Some(id).filter(|_| external.is_some()), None),
            statements::customer(who, derived, None),
        ])
        .await?;
    if !answer.wrote(0) {
        return Err(taken("another one").into());
    }
    // The second is a customer who came and was renamed while this was under way.
    for place in [1, 2] {
        if let Some(row) = CustomerRow::in_answer(&answer, place)? {
            tell_wallet(context, who, &row).await?;
        }
    }
    Ok(Reply::new(204, String::new()))
}

fn taken(by: &str) -> Problem {
    let detail = format!("Another customer has this external_id: {by}. Change that one first.");
    Failure::AlreadyExists.because(detail)
}
