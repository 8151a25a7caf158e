//! Payments that were not credited, and what somebody does about them.
//!
//! ```text
//! open ──an event credits it after all──▶ credited
//!   ├──assign, to a customer──▶ assigned      the wallet has it; events change nothing any more
//!   └──resolve──▶ dismissed                   settled by hand; events credit it no more
//! ```
//!
//! One that is resolved in either way can be purged.

use serde::Serialize;

use crate::engine::{Amount, Instant};
use crate::stripe;
use crate::wire::catalogue::DEFAULT_PRECISION;
use crate::wire::customer_ref::CustomerRef;
use crate::wire::money::{ConfirmedPayment, Paid};
use crate::wire::paging::CursorPage;
use crate::wire::problem::{Failure, Problem};
use crate::wire::reply::json;
use crate::wire::time;
use crate::worker::assets;
use crate::worker::customers;
use crate::worker::edge::call::Ask;
use crate::worker::edge::context::Context;
use crate::worker::edge::forward::no_customer;
use crate::worker::edge::list::{DEFAULT_PAGE, MAX_PAGE};
use crate::worker::edge::principal::{Caller, Principal};
use crate::worker::edge::reply::{Handled, Reply};
use crate::worker::edge::request::Path;
use crate::worker::edge::rows::{Row, unreadable};

use super::crediting::{Crediting, Outcome, credit};
use super::statements::{self, UnmatchedFilter};
use super::wire::{MAX_PURGED, STATUSES, read_assignment, read_note, read_purge};

#[derive(Serialize)]
struct UnmatchedReply {
    event_id: String,
    event_type: String,
    /// `open`, `credited`, `assigned` or `dismissed`.
    status: String,
    reason: String,
    detail: String,
    payment: Option<String>,
    asset: Option<String>,
    amount: Option<String>,
    received_at: String,
    resolved_at: Option<String>,
    /// Whom it was assigned to.
    customer_id: Option<String>,
    note: Option<String>,
}

impl UnmatchedReply {
    fn of(row: Row<'_>) -> Result<Self, Problem> {
        let moment = |micros| time::format(Instant::from_micros(micros));
        Ok(Self {
            event_id: row.text("event_id")?,
            event_type: row.text("event_type")?,
            status: row.text("status")?,
            reason: row.text("reason")?,
            detail: row.text("detail")?,
            payment: row.given("payment"),
            asset: row.given("asset"),
            amount: row.given("amount"),
            received_at: moment(row.number("received_at").ok_or_else(unreadable)?),
            resolved_at: row.number("resolved_at").map(moment),
            customer_id: row.given("customer_id"),
            note: row.given("note"),
        })
    }
}

fn event_in(path: &Path) -> &str {
    path.first().map(String::as_str).unwrap_or_default()
}

fn none(event: &str) -> Problem {
    Failure::NotFound.because(format!(
        "There is no unmatched payment of the event {event}."
    ))
}

/// `GET /v1/unmatched-payments`: newest first; filters are `status`, which is `open` where nothing
/// is said, and `reason`.
pub async fn list(context: &Context<'_>, who: &Caller, _: &Path) -> Handled {
    let limit = context.query_number("limit", DEFAULT_PAGE, 1..=MAX_PAGE)?;
    let status = context.query("status").unwrap_or_else(|| "open".to_owned());
    if !STATUSES.contains(&status.as_str()) {
        let sentence = format!("must be one of {}", STATUSES.join(", "));
        return Err(Problem::field("status", sentence));
    }
    let filter = UnmatchedFilter {
        status,
        reason: context.query("reason"),
        after: context
            .query("cursor")
            .map(|cursor| after(&cursor))
            .transpose()?,
        // One more than is shown: it says whether there is another page.
        limit: limit.saturating_add(1),
    };
    let answer = context
        .directory(vec![statements::list_unmatched(who, filter)])
        .await?;
    let rows = answer.values(0)?;
    let shown = usize::try_from(limit).unwrap_or(usize::MAX);
    let items = rows
        .iter()
        .take(shown)
        .map(|row| UnmatchedReply::of(Row::new(row)));
    let items = items.collect::<Result<Vec<_>, _>>()?;
    let last = shown.checked_sub(1).and_then(|place| rows.get(place));
    let next = last
        .filter(|_| rows.len() > shown)
        .map(|row| cursor(Row::new(row)));
    Ok(Reply::ok(json(&CursorPage {
        items,
        limit: shown,
        next: next.transpose()?,
    })))
}

/// Where the page after this row begins.
fn cursor(row: Row<'_>) -> Result<String, Problem> {
    let moment = row.number("received_at").ok_or_else(unreadable)?;
    Ok(format!("{moment}.{}", row.text("event_id")?))
}

/// # Errors
/// `validation_failed` for what is no cursor.
fn after(cursor: &str) -> Result<(i64, String), Problem> {
    let parts = cursor.split_once('.');
    let read = parts.and_then(|(moment, event)| Some((moment.parse().ok()?, event.to_owned())));
    read.ok_or_else(|| Problem::field("cursor", "must be the `next` of a page"))
}

/// `GET /v1/unmatched-payments/{event}`.
pub async fn get(context: &Context<'_>, who: &Caller, path: &Path) -> Handled {
    let event = event_in(path);
    let answer = context
        .directory(vec![statements::unmatched_by_event(who, event)])
        .await?;
    let row = answer.row(0)?.ok_or_else(|| none(event))?;
    Ok(Reply::ok(json(&UnmatchedReply::of(row)?)))
}

/// `POST /v1/unmatched-payments/{event}/assign`: the payment fills this customer's wallet, as if its
/// events had named it. It is credited once: whatever Stripe sends again changes nothing.
///
/// | case | reply |
/// |---|---|
/// | open | 200, credited |
/// | assigned to this customer before | 200, replayed |
/// | assigned to another one, credited, dismissed | `wrong_state` |
/// | an event of the payment has named another wallet | `wrong_state` |
/// | it does not tell the payment and the amount | `wrong_state` |
/// | the wallet cannot take it | its own refusal |
/// | no such event, no such customer | 404 |
pub async fn assign(context: &Context<'_>, who: &Caller, path: &Path) -> Handled {
    let event = event_in(path);
    let named = read_assignment(context.body)?;
    let (id, external) = match &named {
        CustomerRef::Id(id) => (Some(id.as_str()), None),
        CustomerRef::ExternalId(external) => (None, Some(external.as_str())),
    };
    let answer = context
        .directory(vec![
            statements::unmatched_by_event(who, event),
            customers::statements::customer(who, id, external),
        ])
        .await?;
    let row = answer.row(0)?.ok_or_else(|| none(event))?;
    let name = id.or(external).unwrap_or_default();
    let customer = answer
        .row(1)?
        .ok_or_else(|| no_customer(who, name))?
        .text("id")?;
    match row.text("status")?.as_str() {
        "open" => {}
        "assigned" if row.given("customer_id").as_deref() == Some(&customer) => {
            return Ok(Reply::ok(json(&UnmatchedReply::of(row)?)).replayed(true));
        }
        status => return Err(over(event, status)),
    }
    let payment = confirmed(context, who, row).await?;
    let (id, op, session) = (
        payment.payment.clone(),
        payment.op.clone(),
        row.given("session"),
    );
    let crediting = Crediting {
        who,
        customer: &customer,
        payment: &id,
        op: &op,
        session: session.as_deref(),
        note: Some(statements::set_assigned(
            who,
            event,
            &customer,
            context.now().micros(),
        )),
    };
    match credit(
        context,
        crediting,
        vec![Ask::CreditPayment {
            payment: Box::new(payment),
        }],
    )
    .await?
    {
        Outcome::Credited { .. } => get(context, who, path).await,
        Outcome::Elsewhere | Outcome::ByHand => {
            let detail = "An event of this payment has named another wallet, or it was settled by hand. If \
                          its money is this customer's after all, credit it by an adjustment and resolve this.";
            Err(Failure::WrongState.because(detail))
        }
        Outcome::Refused(reply) | Outcome::Open(reply) => Ok(reply),
    }
}

fn over(event: &str, status: &str) -> Problem {
    let detail = format!("The payment of the event {event} is {status} already.");
    Failure::WrongState.because(detail)
}

/// The payment that an event has told of, as the wallet takes it.
///
/// # Errors
/// `wrong_state` where the event did not tell enough.
async fn confirmed(
    context: &Context<'_>,
    who: &Principal,
    row: Row<'_>,
) -> Result<ConfirmedPayment, Problem> {
    let untold = || {
        let detail = "The event does not tell the payment and how much of a known currency was paid. Credit it \
                      by an adjustment, and resolve this.";
        Failure::WrongState.because(detail)
    };
    let (Some(op), Some(payment)) = (row.given("op"), row.given("payment")) else {
        return Err(untold());
    };
    let (Some(asset), Some(amount)) = (row.given("asset"), row.given("amount")) else {
        return Err(untold());
    };
    let amount = Amount::parse(&amount)
        .ok()
        .filter(|amount| amount.is_positive());
    let amount = amount.ok_or_else(untold)?;
    let paid = paid(row, &op);
    let of_processor = |paid: &Paid| format!("Payment through {}", paid.processor);
    let described = stripe::description(&op).or_else(|| paid.as_ref().map(of_processor));
    let description = described.ok_or_else(untold)?;
    let answer = context
        .directory(vec![assets::statements::asset_by_code(who, &asset)])
        .await?;
    let precision = match answer.row(0)? {
        Some(row) => row.count("precision")?,
        None => DEFAULT_PRECISION,
    };
    Ok(ConfirmedPayment {
        op,
        payment,
        event: row.text("event_id")?,
        asset,
        precision,
        amount,
        tax_known: row.holds("tax_known"),
        with_tax: row.given("paid").and_then(|paid| Amount::parse(&paid).ok()),
        description,
        paid,
    })
}

/// What was paid to another processor than Stripe, whose name the operation has.
fn paid(row: Row<'_>, op: &str) -> Option<Paid> {
    let (processor, _) = op.strip_prefix("psp:")?.split_once(':')?;
    Some(Paid {
        processor: processor.to_owned(),
        amount: Amount::parse(&row.given("paid")?).ok()?,
        currency: row.given("currency")?,
    })
}

/// `POST /v1/unmatched-payments/{event}/resolve`: somebody has looked at it, and no event credits it
/// any more.
///
/// | case | reply |
/// |---|---|
/// | open | 200, dismissed |
/// | dismissed before | 200, replayed; the note of then stays |
/// | credited, assigned | `wrong_state` |
/// | no such event | 404 |
pub async fn resolve(context: &Context<'_>, who: &Caller, path: &Path) -> Handled {
    let event = event_in(path);
    let note = read_note(context.body)?;
    let answer = context
        .directory(vec![statements::unmatched_by_event(who, event)])
        .await?;
    let row = answer.row(0)?.ok_or_else(|| none(event))?;
    let status = row.text("status")?;
    if !matches!(status.as_str(), "open" | "dismissed") {
        return Err(over(event, &status));
    }
    // The payment first: should the second step be lost, the same call finds the row still open.
    let ids = [row.given("payment"), row.given("session")];
    let now = context.now();
    let settle = |id: String| statements::settle_payment(who, &id, &time::format(now));
    let mut statements: Vec<_> = ids.into_iter().flatten().map(settle).collect();
    statements.push(statements::set_dismissed(who, event, note, now.micros()));
    statements.push(statements::unmatched_by_event(who, event));
    let last = statements.len().saturating_sub(1);
    let answer = context.directory(statements).await?;
    let row = answer.row(last)?.ok_or_else(|| none(event))?;
    let reply = UnmatchedReply::of(row)?;
    // Credited meanwhile, by an event or by somebody else.
    if reply.status != "dismissed" {
        return Err(over(event, &reply.status));
    }
    let wrote = answer.wrote(last.saturating_sub(1));
    Ok(Reply::ok(json(&reply)).replayed(!wrote))
}

/// `DELETE /v1/unmatched-payments/{event}`: 204; again: 404. One that is open is `wrong_state`.
pub async fn delete(context: &Context<'_>, who: &Caller, path: &Path) -> Handled {
    let event = event_in(path);
    let answer = context
        .change(
            who,
            vec![
                statements::delete_unmatched(who, event),
                statements::unmatched_by_event(who, event),
            ],
        )
        .await?;
    if answer.wrote(0) {
        return Ok(Reply::new(204, String::new()));
    }
    if answer.wrote(1) {
        let detail =
            format!("The payment of the event {event} is open: assign it or resolve it first.");
        return Err(Failure::WrongState.because(detail));
    }
    Err(none(event))
}

#[derive(Serialize)]
struct PurgeReply {
    purged: usize,
    /// Whether there may be others: the same call again purges them.
    more: bool,
}

/// `POST /v1/unmatched-payments/purge`: forgets those that were resolved before a moment.
pub async fn purge(context: &Context<'_>, who: &Caller, _: &Path) -> Handled {
    let before = read_purge(context.body)?;
    let answer = context
        .change(
            who,
            vec![statements::purge_unmatched(
                who,
                before.micros(),
                MAX_PURGED,
            )],
        )
        .await?;
    let purged = answer.values(0)?.len();
    Ok(Reply::ok(json(&PurgeReply {
        purged,
        more: purged == MAX_PURGED,
    })))
}
