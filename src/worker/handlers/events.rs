//! The list of usage events, as the wallets have told the directory of them.

use serde::Deserialize;

use crate::engine::Instant;
use crate::wire::ids;
use crate::wire::problem::{Failure, Problem};
use crate::wire::reply::{EventItem, Page, json};
use crate::wire::request::CustomerRef;
use crate::wire::stats::Ledger;
use crate::wire::time;

use crate::worker::auth::{Principal, authenticate};
use crate::worker::call::Reply;
use crate::worker::directory::{self, EventFilter};
use crate::worker::edge::{Context, Handled, Step, Stop};
use crate::worker::routes::Path;
use crate::worker::shipment::{read_costs, read_fees};

use super::query::within;
use super::usage::wallet_of;
use super::{Total, window};

#[derive(Deserialize)]
struct EventRow {
    customer_id: String,
    external_id: Option<String>,
    event_id: String,
    event_type: String,
    subject: Option<String>,
    description: Option<String>,
    occurred_at: Instant,
    created_at: Instant,
    hold: Option<u64>,
    fees: String,
    costs: String,
}

/// Exact at once where the query names the customer; else as far as the wallets have told.
pub fn list(context: &Context<'_>, _: &Path) -> Handled {
    let who = authenticate(context)?;
    let window = window(context)?;
    let mut filter = filter(context)?;
    filter.customer = named_customer(context, &who)?;
    let answer = context.directory(directory::list_events(&who, filter, window).into())?;
    let rows: Vec<EventRow> = answer.rows(0)?;
    let total = answer.first::<Total>(1)?;
    let items = rows.into_iter().map(item).collect::<Option<_>>();
    let unreadable = || Failure::Internal.because("The directory has amounts that are none.");
    Ok(Step::Reply(Reply::ok(json(&Page {
        items: items.ok_or_else(unreadable)?,
        total_count: total.map_or(0, |row| row.total),
        limit: usize::try_from(window.limit).unwrap_or(0),
        offset: usize::try_from(window.offset).unwrap_or(0),
    }))))
}

fn filter(context: &Context<'_>) -> Result<EventFilter, Problem> {
    let period = within(context, "period_from", "period_to")?;
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
fn named_customer(context: &Context<'_>, who: &Principal) -> Result<Option<String>, Stop> {
    let id = context.query("customer_id");
    let external = context.query("customer_external_id");
    let customer = match (id, external) {
        (None, None) => return Ok(None),
        (Some(id), None) if !ids::is_customer_id(&id) => return Ok(Some(id)),
        (Some(id), None) => CustomerRef::Id(id),
        (None, Some(external)) => CustomerRef::ExternalId(external),
        (Some(_), Some(_)) => {
            let sentence = "must be left out when customer_id is given";
            return Err(Problem::field("customer_external_id", sentence).into());
        }
    };
    let (customer, wallet) = wallet_of(who, customer)?;
    context.shipped(&wallet)?;
    Ok(Some(customer))
}

fn item(row: EventRow) -> Option<EventItem> {
    let fees = read_fees(&row.fees)?;
    let mut ledger = Ledger::default();
    for fee in &fees {
        ledger.charge(&fee.asset, fee.amount, 1);
    }
    for cost in read_costs(&row.costs)? {
        ledger.cost(&cost.asset, cost.amount, 1);
    }
    let first = fees.first();
    Some(EventItem {
        total_fees: first.map(|fee| fee.amount),
        fee_currency: first.map(|fee| fee.asset.clone()),
        has_fees: first.is_some(),
        stats: ledger.own_stats(),
        hold_id: row
            .hold
            .map(|hold| ids::of_wallet("hold", &row.customer_id, hold)),
        id: row.event_id,
        customer_id: row.customer_id,
        external_id: row.external_id,
        event_type: row.event_type,
        subject: row.subject,
        description: row.description,
        occurred_at: time::format(row.occurred_at),
        created_at: time::format(row.created_at),
        fees,
    })
}
