//! What is asked of Stripe, where its invoices pay for a subscription.
//!
//! ```text
//! the wallet has it, unpaid ──▶ the row is kept ──▶ Stripe makes the page, under our id ──▶ its id is kept ──▶ answer
//! ```
//!
//! Nothing is answered before there is a page. Should we be stopped in between, the same request asks the same
//! question again, and Stripe makes one page of it. What is paid is told by `told`.

use serde_json::Value;

use crate::engine::PricedProduct;
use crate::engine::price::{Due, FixedPrice};
use crate::engine::subscription::Change;
use crate::stripe::api::ApiRequest;
use crate::stripe::api::plan::{NewPlan, PlanPrice, PlanTerms, page, retrieve};
use crate::stripe::minor_units;
use crate::wire::problem::{Failure, Problem};
use crate::wire::reply::json;
use crate::wire::subscription::{NewSubscription, PricedSubscription, ToldOfPlan};
use crate::wire::time;
use crate::worker::edge::call::Ask;
use crate::worker::edge::context::Context;
use crate::worker::edge::principal::Principal;
use crate::worker::edge::reply::Handled;
use crate::worker::edge::rows::unreadable;
use crate::worker::processors::client::{Failed, call};
use crate::worker::processors::connection::{Connection, connection_of};
use crate::worker::processors::customers::stripe_customer;

use super::row::PlanRow;
use super::{statements, told};

/// What Stripe is to be asked, once the wallet has the subscription.
pub struct Order {
    connection: Connection,
    what: Wanted,
    /// Where the customer pays otherwise.
    pay_at: String,
}

enum Wanted {
    New(PlanTerms),
    /// It is there already.
    Linked(Box<Value>),
}

#[must_use]
pub fn not_connected() -> Problem {
    let detail = "Stripe is not connected to this side, so it collects nothing. Connect it first, with PUT \
                  /v1/accounts/self/processors/stripe.";
    Failure::PaymentsNotConfigured.because(detail)
}

/// What is asked, where it can be.
///
/// # Errors
/// `validation_failed` for products that Stripe cannot take and for a subscription that it does not have;
/// `payments_not_configured`; as `call`.
pub async fn order(
    context: &Context<'_>,
    who: &Principal,
    customer: &str,
    (new, priced): (&NewSubscription, &PricedSubscription),
    pay_at: &str,
) -> Result<Order, Problem> {
    let connection = connection_of(context, who).await?;
    let connection = connection.ok_or_else(not_connected)?;
    let what = match &new.stripe_subscription_id {
        Some(id) => Wanted::Linked(Box::new(
            existing(context, who, &connection, (customer, id)).await?,
        )),
        None => Wanted::New(terms(priced, pay_at, connection.settings.automatic_tax)?),
    };
    Ok(Order {
        connection,
        what,
        pay_at: pay_at.to_owned(),
    })
}

/// One that Stripe has already, and that is not another customer's.
async fn existing(
    context: &Context<'_>,
    who: &Principal,
    connection: &Connection,
    (customer, id): (&str, &str),
) -> Result<Value, Problem> {
    const FIELD: &str = "stripe_subscription_id";
    let answer = context
        .directory(vec![statements::plan_by_stripe_id(who, id)])
        .await?;
    if let Some(row) = answer.row(0)?.map(PlanRow::of).transpose()?
        && row.customer != customer
    {
        return Err(Problem::field(FIELD, "is another customer's already"));
    }
    match call(context, connection, &retrieve(id)).await {
        Ok(found)
            if matches!(
                found["status"].as_str(),
                Some("canceled" | "incomplete_expired")
            ) =>
        {
            Err(Problem::field(FIELD, "names a subscription that has ended"))
        }
        Ok(found) => Ok(found),
        Err(Failed::Refused(error)) if !error.is_about_the_key() => {
            let sentence = format!("was refused by Stripe: {}", error.message);
            Err(Problem::field(FIELD, sentence))
        }
        Err(failed) => Err(failed.into()),
    }
}

/// What Stripe asks of the customer: the fixed prices of all products.
///
/// # Errors
/// `validation_failed` where they are not all in one currency and for one interval, as Stripe wants it.
fn terms(
    priced: &PricedSubscription,
    pay_at: &str,
    automatic_tax: bool,
) -> Result<PlanTerms, Problem> {
    let prices = plan_prices(&priced.products)?;
    let plan = &priced.plan;
    let back = plan.return_url.clone().or_else(|| {
        // The page that we lead to otherwise says whether it is paid.
        (!pay_at.is_empty()).then(|| pay_at.to_owned())
    });
    let back =
        back.ok_or_else(|| Problem::field("return_url", "is required where Stripe collects"))?;
    Ok(PlanTerms {
        prices,
        trial_days: plan.trial_days,
        cancel_url: plan.failure_url.clone().unwrap_or_else(|| back.clone()),
        success_url: back,
        automatic_tax,
    })
}

/// # Errors
/// As [`terms`].
pub fn plan_prices(products: &[PricedProduct]) -> Result<Vec<PlanPrice>, Problem> {
    let refused = |sentence: String| Problem::field("collect", sentence);
    let mut prices: Vec<PlanPrice> = Vec::new();
    for product in products {
        for price in &product.fixed_prices {
            prices.push(plan_price(product, price).map_err(refused)?);
        }
    }
    let every: Vec<_> = prices.iter().filter_map(|one| one.every.as_ref()).collect();
    let Some(first) = every.first() else {
        let sentence = "needs a recurring fixed price, and these products have none";
        return Err(refused(sentence.to_owned()));
    };
    if every.iter().any(|one| one != first) {
        let sentence =
            "needs recurring prices of one interval; make a subscription for each interval";
        return Err(refused(sentence.to_owned()));
    }
    // Stripe has one currency for each of its subscriptions, so it would refuse another one anyway, in words
    // that our caller could not place.
    let currency = prices.first().map(|one| one.currency.clone());
    if prices
        .iter()
        .any(|one| Some(&one.currency) != currency.as_ref())
    {
        let sentence = "needs fixed prices in one currency; make a subscription for each currency";
        return Err(refused(sentence.to_owned()));
    }
    Ok(prices)
}

fn plan_price(product: &PricedProduct, price: &FixedPrice) -> Result<PlanPrice, String> {
    let (code, name) = (&product.code, &price.name);
    let currency = &price.asset.code;
    let amount = minor_units(currency, &price.amount.to_string());
    let amount =
        amount.map_err(|error| format!("cannot take the price {name} of {code}: {error}"))?;
    Ok(PlanPrice {
        id: price.id.clone(),
        name: format!("{code}: {name}"),
        amount,
        currency: currency.to_ascii_lowercase(),
        every: match price.due {
            Due::OneTime => None,
            Due::Recurring(every) => Some((every.unit.word().to_owned(), every.count)),
        },
    })
}

/// Asks the wallet, then Stripe, and answers with where the customer pays.
///
/// | case | reply |
/// |---|---|
/// | new | 201, `action_required`, with the page at Stripe |
/// | linked, and paid | 201, `active` |
/// | the same again | as it is by now, replayed |
/// | Stripe refuses | `processor_refused`, and the subscription has ended |
/// | Stripe does not answer | 503: the same call again goes on |
///
/// # Errors
/// As these.
pub async fn subscribe(
    context: &Context<'_>,
    who: &Principal,
    customer: &str,
    ask: Ask,
    order: Order,
) -> Handled {
    // Asked twice: the first answer cannot show the page, since there is none before the wallet has agreed.
    let again = match &ask {
        Ask::Subscribe { subscription, .. } => subscription.clone(),
        _ => return Err(Failure::Internal.because("Something else was subscribed.")),
    };
    let wallet = who.wallet(customer);
    let reply = context.wallet(&wallet, customer, ask).await?;
    if reply.status >= 300 {
        return Ok(reply);
    }
    let made: Value = serde_json::from_str(&reply.body).map_err(|_| unreadable())?;
    let id = made["id"].as_str().ok_or_else(unreadable)?;
    let row = kept(context, who, (id, customer), &order).await?;
    let url = match &order.what {
        Wanted::Linked(found) => {
            told::take(context, who, &row, found).await?;
            hosted(found)
        }
        Wanted::New(_) => match pay_page(context, who, &order.connection, &row).await {
            Ok(url) => url,
            Err(failed) => {
                if matches!(failed, Failed::Refused(_)) {
                    // Nobody could ever pay for it, so it must not be in the way of another one.
                    let by = "refused".to_owned();
                    let change = Change::Deactivate;
                    told::tell(context, who, &row, ToldOfPlan::Follow { change, by }).await?;
                    context.world.shipped(&wallet).await?;
                }
                return Err(failed.into());
            }
        },
    };
    let now = Ask::Subscribe {
        subscription: again,
        pay_at: url.unwrap_or(order.pay_at),
        presets: None,
    };
    let shown = context.wallet(&wallet, customer, now).await?;
    context.world.shipped(&wallet).await?;
    Ok(shown.replayed(reply.replayed))
}

/// The row, as it was kept first.
async fn kept(
    context: &Context<'_>,
    who: &Principal,
    (id, customer): (&str, &str),
    order: &Order,
) -> Result<PlanRow, Problem> {
    let (terms, stripe_id) = match &order.what {
        Wanted::New(terms) => (Some(json(terms)), None),
        Wanted::Linked(found) => (None, found["id"].as_str().map(str::to_owned)),
    };
    let values = vec![
        Some(id.to_owned()),
        Some(customer.to_owned()),
        Some(order.connection.account().to_owned()),
        terms,
        stripe_id,
        Some(time::format(context.now())),
    ];
    let answer = context
        .directory(vec![
            statements::insert_plan(who, values),
            statements::plan_by_id(who, id),
        ])
        .await?;
    PlanRow::of(answer.row(1)?.ok_or_else(unreadable)?)
}

/// Where a customer pays what is unpaid: the first page, else that of the last invoice. None where nothing is.
///
/// # Errors
/// [`Failed`].
pub async fn pay_page(
    context: &Context<'_>,
    who: &Principal,
    connection: &Connection,
    row: &PlanRow,
) -> Result<Option<String>, Failed> {
    if let Some(id) = &row.stripe_id {
        return Ok(hosted(&call(context, connection, &retrieve(id)).await?));
    }
    if let Some(session) = row.session() {
        let found = call(context, connection, &page(session)).await?;
        if found["status"] == "open" {
            return Ok(found["url"].as_str().map(str::to_owned));
        }
        // Complete: it is paid, and another page would ask for the same a second time.
        if found["status"] != "expired" {
            return Ok(None);
        }
    }
    let made = made(context, who, connection, row).await?;
    let session = made["id"]
        .as_str()
        .ok_or_else(|| Failed::Unasked(unreadable()))?;
    let set = statements::set_plan_session(who, &row.id, session);
    context
        .directory(vec![set])
        .await
        .map_err(Failed::Unasked)?;
    Ok(made["url"].as_str().map(str::to_owned))
}

/// The page of the last invoice, as long as it is unpaid.
fn hosted(subscription: &Value) -> Option<String> {
    let invoice = &subscription["latest_invoice"];
    // A draft has no page yet, and one that is paid must not be shown as a thing to pay.
    let url = invoice["hosted_invoice_url"].as_str();
    url.filter(|_| invoice["status"] == "open")
        .map(str::to_owned)
}

/// The page, as Stripe makes it. A customer that was deleted at Stripe is made again.
async fn made(
    context: &Context<'_>,
    who: &Principal,
    connection: &Connection,
    row: &PlanRow,
) -> Result<Value, Failed> {
    let terms = row.terms.as_deref().unwrap_or_default();
    let terms: PlanTerms =
        serde_json::from_str(terms).map_err(|_| Failed::Unasked(unreadable()))?;
    let mut gone: Option<String> = None;
    loop {
        let before = gone.as_deref();
        let customer = stripe_customer(context, who, connection, &row.customer, before).await;
        let customer = customer.map_err(Failed::Unasked)?;
        match call(context, connection, &question(who, row, &terms, &customer)).await {
            // Only once: who is deleted again at this very moment is deleted for a reason.
            Err(Failed::Refused(error)) if error.lacks("customer") && gone.is_none() => {
                gone = Some(customer);
            }
            answer => return answer,
        }
    }
}

/// The page that is asked for. It derives from the row.
fn question(who: &Principal, row: &PlanRow, terms: &PlanTerms, customer: &str) -> ApiRequest {
    let own = |address: &str| address.replace("{subscription_id}", &row.id);
    let terms = PlanTerms {
        success_url: own(&terms.success_url),
        cancel_url: own(&terms.cancel_url),
        ..terms.clone()
    };
    let plan = NewPlan {
        subscription: &row.id,
        account: &who.account_id,
        mode: &who.mode,
        customer: &row.customer,
        stripe_customer: customer,
        after: row.session(),
        terms: &terms,
    };
    plan.request()
}
