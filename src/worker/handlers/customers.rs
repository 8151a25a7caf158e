//! Customers: who has a wallet.

use serde::{Deserialize, Serialize};
use serde_json::value::RawValue;

use crate::engine::PricedProduct;
use crate::engine::command::Metadata;
use crate::journal::chain::request_digest;
use crate::wire::catalogue::{NewCustomer, ProductRef};
use crate::wire::problem::{Failure, Problem};
use crate::wire::reply::{Page, json};
use crate::wire::{ids, time};

use crate::worker::auth::{Principal, authenticate};
use crate::worker::call::{Ask, Reply};
use crate::worker::directory::{self, CustomerFilter};
use crate::worker::edge::{Context, Handled, Step, Stop};
use crate::worker::routes::Path;

use super::products::ProductRow;
use super::{Total, customer_in, no_customer, window};

#[derive(Deserialize)]
struct CustomerRow {
    id: String,
    external_id: Option<String>,
    name: String,
    email: Option<String>,
    metadata: String,
    subscription_count: u32,
    request: String,
    created_at: String,
}

#[derive(Serialize)]
struct CustomerReply {
    id: String,
    external_id: Option<String>,
    name: String,
    email: Option<String>,
    active_subscription_count: u32,
    metadata: Metadata,
    external_accounts: [(); 0],
    created_at: String,
    /// As the wallet holds them; left out in lists.
    #[serde(skip_serializing_if = "Option::is_none")]
    subscriptions: Option<Box<RawValue>>,
}

impl CustomerReply {
    fn of(row: CustomerRow, subscriptions: Option<String>) -> Self {
        Self {
            id: row.id,
            external_id: row.external_id,
            name: row.name,
            email: row.email,
            active_subscription_count: row.subscription_count,
            metadata: serde_json::from_str(&row.metadata).unwrap_or_default(),
            external_accounts: [],
            created_at: row.created_at,
            subscriptions: subscriptions.and_then(|text| RawValue::from_string(text).ok()),
        }
    }
}

/// The same body again answers the same, under an `external_id`; another body is a conflict.
///
/// The directory is written before the wallet: whatever happens between, sending the request again
/// finishes it.
pub fn create(context: &Context<'_>, _: &Path) -> Handled {
    let who = authenticate(context)?;
    let customer = NewCustomer::read(context.body)?;
    let request = request_digest(&["customer", &json(&customer)]);
    let subscriptions = priced(context, &who, &customer.subscriptions)?;
    let id = match &customer.external_id {
        Some(external) => ids::derived_customer_id(&who.account_id, external),
        None => context.fresh_id("cust", 0),
    };
    let values = vec![
        Some(id.clone()),
        customer.external_id,
        Some(customer.name),
        customer.email,
        Some(json(&customer.metadata)),
        Some(subscriptions.len().to_string()),
        Some(request.clone()),
        Some(time::format(context.now())),
    ];
    let answer = context.directory(vec![
        directory::insert_customer(&who, values),
        directory::customer_by_id(&who, &id),
    ])?;
    let row: CustomerRow = match answer.first::<CustomerRow>(1)? {
        Some(row) if row.request == request => row,
        _ => {
            let detail = format!(
                "A customer with this external_id exists already, with other details: {id}."
            );
            return Err(Failure::AlreadyExists.because(detail).into());
        }
    };
    let opened = context.wallet(&who.wallet(&id), &id, Ask::OpenWallet { subscriptions })?;
    if opened.status != 200 {
        return Ok(Step::Reply(opened));
    }
    // A customer whose wallet could not be opened at first is complete only now.
    let replayed = opened.replayed && !answer.wrote(0);
    let body = json(&CustomerReply::of(row, Some(opened.body)));
    Ok(Step::Reply(Reply::new(201, body).replayed(replayed)))
}

/// The published prices of every product that is subscribed to.
fn priced(
    context: &Context<'_>,
    who: &Principal,
    subscriptions: &[Vec<ProductRef>],
) -> Result<Vec<Vec<PricedProduct>>, Stop> {
    let wanted: Vec<&ProductRef> = subscriptions.iter().flatten().collect();
    if wanted.is_empty() {
        return Ok(Vec::new());
    }
    let find = |product: &&ProductRef| {
        directory::product(who, product.id.as_deref(), product.code.as_deref())
    };
    let answer = context.directory(wanted.iter().map(find).collect())?;
    let mut found: Vec<PricedProduct> = Vec::new();
    for (place, product) in wanted.iter().enumerate() {
        let row = answer.first::<ProductRow>(place)?;
        let none = || Problem::field(&product.path, "names a product that does not exist");
        let priced = row.ok_or_else(none)?.priced()?;
        if found.iter().any(|one| one.code == priced.code) {
            return Err(Problem::field(&product.path, "names a product twice").into());
        }
        found.push(priced);
    }
    let mut found = found.into_iter();
    let take = |products: &Vec<ProductRef>| found.by_ref().take(products.len()).collect();
    Ok(subscriptions.iter().map(take).collect())
}

pub fn list(context: &Context<'_>, _: &Path) -> Handled {
    let who = authenticate(context)?;
    let window = window(context)?;
    let filter = CustomerFilter {
        id: context.query("customer_id"),
        external_id: context.query("external_id"),
        email: context.query("email"),
        name: context.query("name"),
    };
    let answer = context.directory(directory::list_customers(&who, filter, window).into())?;
    let rows: Vec<CustomerRow> = answer.rows(0)?;
    let total = answer.first::<Total>(1)?;
    Ok(Step::Reply(Reply::ok(json(&Page {
        items: rows
            .into_iter()
            .map(|row| CustomerReply::of(row, None))
            .collect(),
        total_count: total.map_or(0, |row| row.total),
        limit: usize::try_from(window.limit).unwrap_or(0),
        offset: usize::try_from(window.offset).unwrap_or(0),
    }))))
}

pub fn get(context: &Context<'_>, path: &Path) -> Handled {
    let who = authenticate(context)?;
    let id = customer_in(path)?;
    let answer = context.directory(vec![directory::customer_by_id(&who, id)])?;
    let row: CustomerRow = answer.first(0)?.ok_or_else(|| no_customer(id))?;
    let subscriptions = context.wallet(&who.wallet(id), id, Ask::ListSubscriptions)?;
    if subscriptions.status != 200 {
        return Ok(Step::Reply(subscriptions));
    }
    let reply = CustomerReply::of(row, Some(subscriptions.body));
    Ok(Step::Reply(Reply::ok(json(&reply))))
}
