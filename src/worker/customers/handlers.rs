//! Customers: who has a wallet, and which name each of them goes by.
//!
//! # Which wallet an external id leads to
//!
//! ```text
//! id(new customer) = derived(account, side, external id)   where that id is free
//!                  = an id of its own                      where a renamed customer has it
//! wallet(derived(x)) says "moved"  ⇐  its customer goes by another one than x
//! ```
//!
//! So whoever takes an external id waits until the wallet that derives from it knows that it has
//! lost it: else two wallets would answer to one name.

use serde::Serialize;
use serde_json::value::RawValue;

use crate::engine::Refusal;
use crate::engine::command::ExternalId;
use crate::journal::chain::request_digest;
use crate::wire::problem::{Failure, Problem};
use crate::wire::reply::json;
use crate::wire::{ids, time};
use crate::worker::accounts::budgets::stored_presets;
use crate::worker::customers::wire::{CustomerChange, NewCustomer};
use crate::worker::edge::call::Ask;
use crate::worker::edge::context::Context;
use crate::worker::edge::forward::{customer_in, no_customer};
use crate::worker::edge::list::page_of;
use crate::worker::edge::principal::{Caller, Principal};
use crate::worker::edge::reply::{Handled, Reply};
use crate::worker::edge::request::Path;
use crate::worker::edge::rows::{Outcomes, Row};
use crate::worker::subscriptions::handlers::priced;
use crate::worker::top_ups::paylinks;

use super::statements::{self, CustomerFilter};

/// A row of the table, with the subscriptions counted where they are.
struct CustomerRow {
    id: String,
    external_id: Option<String>,
    /// How often it was renamed; zero means that the derived id is still its own.
    external_id_revision: u64,
    name: String,
    email: Option<String>,
    metadata: String,
    external_accounts: String,
    active_subscription_count: u32,
    /// The hash of the secret of its payment links, and how often they were revoked.
    pay_token_hash: Option<String>,
    pay_link_revision: i64,
    /// Of its platform account, as stored.
    account_budgets: Option<String>,
    /// Stripe takes payments for this side.
    is_connected: bool,
    /// Digest of the request that made it.
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
            pay_token_hash: row.given("pay_token_hash"),
            pay_link_revision: row.number("pay_link_revision").unwrap_or(0),
            account_budgets: row.given("account_budgets"),
            is_connected: row.holds("is_connected"),
            request: row.text("request")?,
            created_at: row.text("created_at")?,
        })
    }

    /// Where its customer pays what a subscription lacks.
    fn pay_at(&self, context: &Context<'_>, who: &Principal) -> String {
        let hash = self.pay_token_hash.as_deref();
        let token = paylinks::known_token(context, who, &self.id, self.pay_link_revision, hash);
        // The test side always has the simulated page.
        let takes_payments = self.is_connected || who.mode == "test";
        let token = token.filter(|_| takes_payments);
        paylinks::pay_at(context, &self.id, token.as_deref())
    }

    /// The first row of one statement, if there is one.
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

/// JSON as it was stored. It is not read, because it was checked when it came in.
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
///
/// | body | found | reply |
/// |---|---|---|
/// | new | nothing | 201 |
/// | the same | the customer, complete | 201, replayed |
/// | the same | the customer, without its wallet | 201: it is opened now |
/// | another one | under this `external_id` | 409, with its id |
/// | another one | under this `Idempotency-Key` | 422 `operation_id_reused` |
/// | names a product that cannot be had | | `validation_failed`, and nothing is made |
pub async fn create(context: &Context<'_>, who: &Caller, _: &Path) -> Handled {
    let customer = NewCustomer::read(context.body)?;
    let request = request_digest(&["customer", &json(&customer)]);
    // Before the customer is made, so that a bad product leaves no customer without subscriptions.
    let subscriptions = priced(context, who, customer.subscriptions.clone()).await?;
    let (row, wrote) = insert(context, who, &customer, &request).await?;
    if row.request != request {
        if customer.external_id.is_none() {
            return Err(Problem::from(Refusal::OperationIdReused));
        }
        let id = row.id;
        let detail =
            format!("A customer with this external_id exists already, with other details: {id}.");
        return Err(Failure::AlreadyExists.because(detail));
    }
    let ask = Ask::OpenWallet {
        subscriptions,
        pay_at: row.pay_at(context, who),
        presets: stored_presets(row.account_budgets.as_deref())?,
    };
    let id = row.id;
    let opened = context.wallet(&who.wallet(&id), &id, ask).await?;
    // The wallet's own problem; the row stays, and the same request opens it later.
    if opened.status != 200 {
        return Ok(opened);
    }
    // The directory knows what the customer has before anybody is told.
    context.world.shipped(&who.wallet(&id)).await?;
    let answer = context
        .directory(vec![statements::customer(who, Some(&id), None)])
        .await?;
    let row = CustomerRow::in_answer(&answer, 0)?.ok_or_else(|| no_customer(who, &id))?;
    // A customer whose wallet could not be opened at first is complete only now.
    let replayed = opened.replayed && !wrote;
    let body = json(&CustomerReply::of(row, Some(opened.body)));
    Ok(Reply::new(201, body).replayed(replayed))
}

/// The customer's row, and whether this very request wrote it.
///
/// The id derives from the external id, so that nobody has to look it up. Where another customer has
/// that id, because it was renamed since, the new one gets an id of its own.
///
/// # Errors
/// `unavailable` where somebody did not answer; 404 where an id is taken that should be free.
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
            None => Err(no_customer(who, &id)),
        };
    };
    // Derived first, because then every call that names the customer by its external id costs one
    // wallet.
    let derived = ids::derived_customer_id(&who.account_id, &who.mode, external);
    if let Some(inserted) = insert_as(context, who, customer, request, &derived).await? {
        return Ok(inserted);
    }
    let answer = context
        .directory(vec![statements::customer(who, Some(&derived), None)])
        .await?;
    let former = CustomerRow::in_answer(&answer, 0)?.ok_or_else(|| no_customer(who, &derived))?;
    // It must let go of the name before the new customer has it.
    tell_wallet(context, who, &former).await?;
    // Not derived from anything, since the directory is the one that knows this customer's name from now
    // on.
    let id = context.fresh_id("cust", &who.mode, 0);
    let inserted = insert_as(context, who, customer, request, &id).await?;
    inserted.ok_or_else(|| no_customer(who, &id))
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
        paylinks::new_token_hash(context, who, id),
        Some(request.to_owned()),
        Some(time::format(context.now())),
    ];
    let external = customer.external_id.as_deref();
    // By one of the two only: by both, a stranger with the same id could be the answer.
    let by_id = Some(id).filter(|_| external.is_none());
    let answer = context
        .directory(vec![
            statements::insert_customer(who, values),
            statements::customer(who, by_id, external),
        ])
        .await?;
    // The look-up follows the insertion in one transaction, so it shows who has the name, us or
    // another.
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
    // Who was never renamed has a wallet that already answers to its own name and no other.
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
    Err(Failure::Unavailable.because(detail))
}

// Reading.

/// `GET /v1/customers`: filters are `customer_id`, `external_id`, `email`, `name`, `status`;
/// newest first.
pub async fn list(context: &Context<'_>, who: &Caller, _: &Path) -> Handled {
    let asked = statements::LIST.asked(context)?;
    // A word that is none would match nobody, and an empty list would be believed.
    let status = context.query("status");
    if !matches!(status.as_deref(), None | Some("active" | "inactive")) {
        return Err(Problem::field("status", "must be one of active, inactive"));
    }
    let id = context.query("customer_id");
    if let Some(id) = &id {
        who.check_side(id)?;
    }
    let filter = CustomerFilter {
        id,
        external_id: context.query("external_id"),
        email: context.query("email"),
        name: context.query("name"),
        status,
    };
    let by_external_id = filter.external_id.is_some();
    let answer = context
        .directory(statements::list_customers(who, filter, &asked).into())
        .await?;
    let mut items = Vec::new();
    for row in asked.shown(&answer)? {
        let row = CustomerRow::read(Row::new(row))?;
        items.push(json(&CustomerReply::of(row, None)));
    }
    let mut body = page_of(&items, &answer, &statements::LIST, &asked)?;
    // Who was asked for by its external id stands beside `items` as well.
    if let Some(only) = items.first().filter(|_| by_external_id) {
        // Put together as text, because the customer is JSON already: its own fields, then the
        // page's.
        body.pop();
        body = only.replacen('{', &format!("{body},"), 1);
    }
    Ok(Reply::ok(body))
}

/// `GET /v1/customers/{id}`: the row, with the subscriptions as the wallet has them now.
///
/// 404 where the directory has no such customer; the wallet's problem where it cannot say.
pub async fn get(context: &Context<'_>, who: &Caller, path: &Path) -> Handled {
    let id = customer_in(path)?;
    let answer = context
        .directory(vec![statements::customer(who, Some(id), None)])
        .await?;
    let row = CustomerRow::in_answer(&answer, 0)?.ok_or_else(|| no_customer(who, id))?;
    let list = Ask::ListSubscriptions {
        pay_at: row.pay_at(context, who),
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
///
/// | case | reply |
/// |---|---|
/// | changed, or as it was already | 204 |
/// | no such customer | 404 |
/// | another customer has the external id | 409, with its id |
/// | a wallet did not take it | 503: the same request finishes it |
pub async fn change(context: &Context<'_>, who: &Caller, path: &Path) -> Handled {
    let id = customer_in(path)?;
    let change = CustomerChange::read(context.body)?;
    let external = change.external_id.clone();
    let derived = external
        .as_ref()
        .map(|external| ids::derived_customer_id(&who.account_id, &who.mode, external));
    // Its own wallet is told after the change; only another one has to know before.
    let derived = derived.as_deref().filter(|derived| *derived != id);
    let answer = context
        .directory(vec![
            statements::customer(who, Some(id), None),
            statements::customer(who, derived, None),
            statements::customer(who, None, external.as_deref()),
        ])
        .await?;
    // Three look-ups in one transaction; each may find nothing, and only the first one must not.
    answer.row(0)?.ok_or_else(|| no_customer(who, id))?;
    let holder = CustomerRow::in_answer(&answer, 2)?;
    if let Some(holder) = holder.filter(|holder| holder.id != id) {
        return Err(taken(&holder.id));
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
    // Taken between the look-up and the change: the statement itself checks it again.
    if !answer.wrote(0) {
        return Err(taken("another one"));
    }
    // The second is a customer who came and was renamed while this was under way.
    for place in [1, 2] {
        if let Some(row) = CustomerRow::in_answer(&answer, place)? {
            tell_wallet(context, who, &row).await?;
        }
    }
    Ok(Reply::new(204, String::new()))
}

/// 409, with what to do about it.
fn taken(by: &str) -> Problem {
    let detail = format!("Another customer has this external_id: {by}. Change that one first.");
    Failure::AlreadyExists.because(detail)
}
