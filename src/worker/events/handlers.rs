//! The list of usage events, as the wallets have told the directory of them.
//!
//! A list over all customers may lack what happened within the last moment; a list of one customer
//! never does, because its wallet is asked first.

use serde_json::Value;

use crate::engine::Instant;
use crate::wire::ids;
use crate::wire::problem::Problem;
use crate::wire::reply::json;
use crate::wire::stats::Ledger;
use crate::wire::time;
use crate::wire::usage::EventItem;
use crate::worker::edge::context::Context;
use crate::worker::edge::forward::customer_called;
use crate::worker::edge::list::page_of;
use crate::worker::edge::principal::{Caller, Principal};
use crate::worker::edge::reply::{Handled, Reply};
use crate::worker::edge::request::Path;
use crate::worker::edge::rows::unreadable;
use crate::worker::edge::span::within;
use crate::worker::wallet_object::shipment::{ESTIMATED, UNPRICED, read_money};

use super::statements::{self, EventFilter};

/// Exact at once where the query names the customer; else as far as the wallets have told.
///
/// Filters: `customer_id` or `customer_external_id`, `event_id`, `subject`, `event_types`,
/// `has_fees`, `period_from`, `period_to`.
pub async fn list(context: &Context<'_>, who: &Caller, _: &Path) -> Handled {
    // Before the wallet is asked: a query that is wrong must not cost a shipment. The page does not
    // depend on the filter.
    let mut filter = filter(context)?;
    let asked = statements::listing(&filter).asked(context)?;
    filter.customer = named_customer(context, who).await?;
    let listing = statements::listing(&filter);
    let answer = context
        .directory(statements::list_events(who, &listing, filter, &asked).into())
        .await?;
    let mut items = Vec::new();
    for row in asked.shown(&answer)? {
        items.push(json(&item(row).ok_or_else(unreadable)?));
    }
    Ok(Reply::ok(page_of(&items, &answer, &listing, &asked)?))
}

/// What the query asks for, without the customer, for whom it may have to wait.
fn filter(context: &Context<'_>) -> Result<EventFilter, Problem> {
    let period = within(context, "period_from", "period_to")?;
    // Spaces and empty words are passed over, so that a list that is written by hand is read as
    // well.
    let types = context.query("event_types").map(|text| {
        let types = text.split(',').map(str::trim);
        json(&types.filter(|one| !one.is_empty()).collect::<Vec<_>>())
    });
    let has_fees = context.query_flag("has_fees")?;
    Ok(EventFilter {
        customer: None,
        event: context.query("event_id"),
        subject: context.query("subject"),
        from: period.from.map(|at| at.micros().to_string()),
        before: period.before.map(|at| at.micros().to_string()),
        event_types: types,
        has_fees: has_fees.map(|has| u8::from(has).to_string()),
    })
}

/// The customer of the query, whose wallet is asked to tell what it has not told yet. An id that
/// nobody can have matches nothing.
async fn named_customer(context: &Context<'_>, who: &Principal) -> Result<Option<String>, Problem> {
    let id = context.query("customer_id");
    let external = context.query("customer_external_id");
    if let Some(id) = &id {
        who.check_side(id)?;
    }
    let customer = match (id, external) {
        (None, None) => return Ok(None),
        // No wallet has such a name, and asking for one would make an object for nothing.
        (Some(id), None) if !ids::is_customer_id(&id) => return Ok(Some(id)),
        (Some(id), None) => id,
        (None, Some(external)) => match customer_called(context, who, &external).await? {
            Some(id) => id,
            // An empty id matches nothing: a list about nobody is empty, and no error.
            None => return Ok(Some(String::new())),
        },
        (Some(_), Some(_)) => {
            let sentence = "must be left out when customer_id is given";
            return Err(Problem::field("customer_external_id", sentence));
        }
    };
    context.world.shipped(&who.wallet(&customer)).await?;
    Ok(Some(customer))
}

/// A row as the list shows it; none where it cannot be read.
fn item(row: &Value) -> Option<EventItem> {
    let text = |name: &str| row.get(name).and_then(Value::as_str).map(str::to_owned);
    let at = |name: &str| {
        let micros = row.get(name).and_then(Value::as_i64)?;
        Some(time::format(Instant::from_micros(micros)))
    };
    let customer_id = text("customer_id")?;
    let fees = read_money(&text("fees")?)?;
    let mut ledger = Ledger::default();
    for fee in &fees {
        ledger.charge(&fee.asset, fee.amount, 1);
    }
    for cost in read_money(&text("costs")?)? {
        ledger.cost(&cost.asset, cost.amount, 1);
    }
    let first = fees.first();
    let hold = row.get("hold").and_then(Value::as_u64);
    Some(EventItem {
        // The first asset only: fees of several assets have no sum. All of them stand in `fees`.
        total_fees: first.map(|fee| fee.amount),
        fee_currency: first.map(|fee| fee.asset.clone()),
        has_fees: first.is_some(),
        stats: ledger.own_stats(),
        unpriced: text("mark").is_some_and(|mark| mark == UNPRICED),
        estimated: text("mark").is_some_and(|mark| mark == ESTIMATED),
        hold_id: hold.map(|hold| ids::of_wallet("hold", &customer_id, hold)),
        id: text("event_id")?,
        customer_id,
        external_id: text("external_id"),
        event_type: text("event_type")?,
        subject: text("subject"),
        description: text("description"),
        occurred_at: at("occurred_at")?,
        created_at: at("created_at")?,
        fees,
    })
}
