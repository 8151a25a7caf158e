//! Subscriptions: what a customer has. The wallet knows it; the directory is told.
//!
//! ```text
//! directory: the offer ──▶ wallet: copies it, decides ──▶ directory: is told ──▶ reply
//! ```
//!
//! The offer is copied, so a product that changes or goes away changes nothing for those who have
//! it.

use serde::Serialize;

use crate::engine::PricedProduct;
use crate::engine::subscription::Change;
use crate::journal::chain::request_digest;
use crate::wire::ids;
use crate::wire::problem::{Failure, Problem};
use crate::wire::subscription::{
    NewSubscription, PricedSubscription, ProductChange, ProductRef, change as read_change,
};
use crate::worker::accounts::budgets::presets_of;
use crate::worker::edge::call::Ask;
use crate::worker::edge::context::Context;
use crate::worker::edge::forward::customer_in;
use crate::worker::edge::list::page;
use crate::worker::edge::principal::{Caller, Principal};
use crate::worker::edge::reply::{Handled, Reply};
use crate::worker::edge::request::Path;
use crate::worker::products;
use crate::worker::products::handlers::ProductRow;
use crate::worker::top_ups::paylinks;

use super::{changes, plan, statements};

/// What every product that is subscribed to offers, in the version that is named.
///
/// All products of all subscriptions are looked up in one transaction. One product twice in a
/// request is refused.
///
/// # Errors
/// `validation_failed` where a product cannot be had.
pub async fn priced(
    context: &Context<'_>,
    who: &Principal,
    subscriptions: Vec<NewSubscription>,
) -> Result<Vec<PricedSubscription>, Problem> {
    let wanted: Vec<&ProductRef> = subscriptions.iter().flat_map(|one| &one.products).collect();
    // A customer without subscriptions is the rule, and must not cost a round trip.
    if wanted.is_empty() {
        return Ok(Vec::new());
    }
    for id in wanted.iter().filter_map(|product| product.id.as_deref()) {
        who.check_side(id)?;
    }
    let find = |product: &&ProductRef| {
        let (id, code) = (product.id.as_deref(), product.code.as_deref());
        products::statements::product(who, id, code, product.version)
    };
    let answer = context.directory(wanted.iter().map(find).collect()).await?;
    let mut found: Vec<PricedProduct> = Vec::new();
    for (place, product) in wanted.iter().enumerate() {
        let none = || Problem::field(&product.path, "names a product that does not exist");
        let row = answer.row(place)?.ok_or_else(none)?;
        let priced = ProductRow::read(row)?.subscribable(product)?;
        // By code and not by version, because a customer has a product once, in one version.
        if found.iter().any(|one| one.code == priced.code) {
            return Err(Problem::field(&product.path, "names a product twice"));
        }
        found.push(priced);
    }
    // The looked-up ones stand in the order in which they were named, so each takes its own
    // number.
    let mut found = found.into_iter();
    let take = |one: NewSubscription| PricedSubscription {
        asked: one.digest(),
        products: found.by_ref().take(one.products.len()).collect(),
        plan: one.plan,
    };
    Ok(subscriptions.into_iter().map(take).collect())
}

/// `POST /v1/customers/{id}/subscriptions`.
///
/// | case | reply |
/// |---|---|
/// | new | 201 |
/// | the same `Idempotency-Key` and body | 201, replayed |
/// | the same key, another body | 422 |
/// | the same key and body, whatever the catalogue says by then | 201, replayed |
/// | no such customer | 404 |
/// | a product that cannot be had | `validation_failed` |
pub async fn create(context: &Context<'_>, who: &Caller, path: &Path) -> Handled {
    let customer = customer_in(path)?;
    let new = NewSubscription::read(context.body)?;
    let asked = new.digest();
    let invoiced = new.plan.invoiced.then(|| new.clone());
    let found = priced(context, who, vec![new]).await;
    if let Err(problem) = &found
        && problem.status == 422
        && context.idempotency_key.is_some()
    {
        // What cannot be had any more may have been had by this very request before.
        let before = Ask::SubscribedBefore {
            asked,
            pay_at: pay_at_of(context, who, customer).await?,
        };
        let reply = context
            .wallet(&who.wallet(customer), customer, before)
            .await?;
        if reply.status != 404 {
            return Ok(reply);
        }
    }
    let subscription = found?.into_iter().next();
    let none = || Failure::Internal.because("The subscription was lost on its way.");
    let subscription = subscription.ok_or_else(none)?;
    let pay_at = pay_at_of(context, who, customer).await?;
    let order = match &invoiced {
        // Before the wallet is asked: what Stripe cannot take is refused, and nothing is there.
        Some(new) => {
            Some(plan::order(context, who, customer, (new, &subscription), &pay_at).await?)
        }
        None => None,
    };
    let ask = Ask::Subscribe {
        subscription,
        pay_at,
        presets: Some(presets_of(context, who).await?),
    };
    match order {
        Some(order) => plan::subscribe(context, who, customer, ask, order).await,
        None => tell(context, who, customer, ask).await,
    }
}

/// Where a customer pays. Asked before the wallet is, because its answer shows the link.
async fn pay_at_of(
    context: &Context<'_>,
    who: &Principal,
    customer: &str,
) -> Result<String, Problem> {
    let token = paylinks::token_of(context, who, customer).await?;
    Ok(paylinks::pay_at(context, customer, token.as_deref()))
}

/// `PATCH …/subscriptions/{id}`.
///
/// 204. 404 where the subscription is not this customer's: its id says whose it is.
pub async fn change(context: &Context<'_>, who: &Caller, path: &Path) -> Handled {
    let customer = customer_in(path)?;
    let subscription = subscription_in(path, customer)?;
    let change = read_change(context.body)?;
    let plan = changes::plan_of(context, who, named_in(path)).await?;
    if let Some(row) = &plan {
        changes::change(context, who, row, change).await?;
    }
    let ask = Ask::ChangeSubscription {
        subscription,
        change,
    };
    let reply = tell(context, who, customer, ask).await?;
    // Stripe's event may tell the wallet of this very end before this call does: what was asked for has happened.
    let has_ended = plan.is_some() && change == Change::Deactivate && reply.status == 409;
    if has_ended && reply.body.contains("\"subscription_ended\"") {
        return Ok(Reply::new(204, String::new()));
    }
    Ok(reply)
}

/// `PATCH …/subscriptions/{id}/products/{product}`.
///
/// | body | meaning |
/// |---|---|
/// | without `product` | another version of the same product |
/// | with `product` | that one takes its place |
pub async fn change_product(context: &Context<'_>, who: &Caller, path: &Path) -> Handled {
    let customer = customer_in(path)?;
    let subscription = subscription_in(path, customer)?;
    let replaces = path.get(2).cloned().unwrap_or_default();
    let change = ProductChange::read(context.body)?;
    // Which of the two it is decides only how an error is told.
    let same = change.product.is_none();
    let named = ProductRef {
        path: "product".to_owned(),
        id: Some(change.product.unwrap_or_else(|| replaces.clone())),
        code: None,
        version: change.version,
    };
    let (id, version) = (named.id.as_deref(), named.version);
    who.check_side(id.unwrap_or_default())?;
    let answer = context
        .directory(vec![products::statements::product(who, id, None, version)])
        .await?;
    // 404 for what the path names, a field's error for what the body names.
    let none = || {
        if same {
            return Failure::NotFound.because(format!("There is no product {replaces}."));
        }
        Problem::field(&named.path, "names a product that does not exist")
    };
    let row = answer.row(0)?.ok_or_else(none)?;
    let product = ProductRow::read(row)?.subscribable(&named)?;
    if let Some(row) = changes::plan_of(context, who, named_in(path)).await? {
        let moved = (replaces.as_str(), &product, change.prorate);
        changes::change_product(context, who, &row, moved).await?;
    }
    let ask = Ask::ChangeProduct {
        subscription,
        product,
        prorate: change.prorate,
        asked: request_digest(&["product", &replaces, context.body]),
        replaces,
    };
    tell(context, who, customer, ask).await
}

/// Asks the wallet, and has the directory know the outcome before it is told.
pub(super) async fn tell(
    context: &Context<'_>,
    who: &Principal,
    customer: &str,
    ask: Ask,
) -> Handled {
    let wallet = who.wallet(customer);
    let reply = context.wallet(&wallet, customer, ask).await?;
    // Only what was done has changed anything that the directory should know.
    if reply.status < 300 {
        context.world.shipped(&wallet).await?;
    }
    Ok(reply)
}

/// The subscription that the path names, whatever it is.
fn named_in(path: &Path) -> &str {
    path.get(1).map(String::as_str).unwrap_or_default()
}

/// The number of the subscription that the path names.
///
/// # Errors
/// 404 where it is no subscription's id, or another customer's.
fn subscription_in(path: &Path, customer: &str) -> Result<u64, Problem> {
    let text = named_in(path);
    let parsed = ids::parse_of_wallet("sub", text);
    let own = parsed.filter(|(owner, _)| owner == customer);
    let none = || Failure::NotFound.because(format!("This customer has no subscription {text}."));
    Ok(own.ok_or_else(none)?.1)
}

#[derive(Serialize)]
struct Subscriber {
    customer_id: String,
    customer_name: String,
    external_id: Option<String>,
    email: Option<String>,
    subscription_id: String,
    subscription_status: String,
    started_at: String,
    renews_at: Option<String>,
    product_rate_plan_id: String,
    version: u32,
}

/// `GET /v1/products/{id}/subscribers`.
///
/// As the wallets have told. 404 where there is no such product; an archived one still has
/// subscribers.
pub async fn subscribers(context: &Context<'_>, who: &Caller, path: &Path) -> Handled {
    let id = path.first().map(String::as_str).unwrap_or_default();
    let asked = statements::SUBSCRIBERS.asked(context)?;
    let product = vec![Some(id.to_owned())];
    let mut statements = Vec::from(statements::SUBSCRIBERS.statements(who, product, &asked));
    statements.push(products::statements::product(who, Some(id), None, None));
    let answer = context.directory(statements).await?;
    if answer.row(2)?.is_none() {
        let detail = format!("There is no product {id}. Products are found by id, such as prp_….");
        return Err(Failure::NotFound.because(detail));
    }
    page(&answer, &statements::SUBSCRIBERS, &asked, |row| {
        let version = row.count("version")?;
        Ok(Subscriber {
            customer_id: row.text("customer_id")?,
            customer_name: row.text("name")?,
            external_id: row.given("external_id"),
            email: row.given("email"),
            subscription_id: row.text("id")?,
            subscription_status: row.text("status")?,
            started_at: row.text("started_at")?,
            renews_at: row.given("renews_at"),
            // As Credyt writes it, so that its clients read what they know.
            product_rate_plan_id: format!("{id}:{version}"),
            version,
        })
    })
}
