//! Webhook destinations, and what is sent to them. An event is written down before it is sent, so
//! that the list of events is complete whatever happens; each is sent once, and not again by itself.

use serde::{Deserialize, Serialize};
use serde_json::value::RawValue;

use crate::engine::{Instant, Refusal};
use crate::journal::chain::request_digest;
use crate::wire::problem::{Failure, Problem};
use crate::wire::reply::json;
use crate::wire::time;
use crate::wire::webhook::{
    self, DestinationChange, KEPT_DAYS, MAX_DESTINATIONS, Message, NewDestination, is_topic,
};

use crate::worker::auth::{Principal, authenticate};
use crate::worker::call::Reply;
use crate::worker::directory::{self, WebhookFilter};
use crate::worker::edge::{Context, Delivered, Delivery, Handled, Step, Stop};
use crate::worker::routes::Path;

use super::{DEFAULT_PAGE, MAX_PAGE, query};

#[derive(Deserialize)]
struct DestinationRow {
    id: String,
    url: String,
    topics: String,
    connect: u8,
    enabled: u8,
    key: String,
    request: String,
    created_at: String,
    updated_at: String,
}

#[derive(Serialize)]
struct DestinationReply {
    id: String,
    url: String,
    topics: Vec<String>,
    connect: bool,
    enabled: bool,
    created_at: String,
    updated_at: String,
    /// Left out in lists.
    #[serde(skip_serializing_if = "Option::is_none")]
    secret: Option<String>,
}

impl DestinationReply {
    fn of(row: DestinationRow, with_secret: bool) -> Self {
        let key = hex::decode(&row.key).unwrap_or_default();
        Self {
            id: row.id,
            url: row.url,
            topics: serde_json::from_str(&row.topics).unwrap_or_default(),
            connect: row.connect != 0,
            enabled: row.enabled != 0,
            created_at: row.created_at,
            updated_at: row.updated_at,
            secret: with_secret.then(|| webhook::secret_text(&key)),
        }
    }
}

/// A list without pages.
#[derive(Serialize)]
struct Items<T> {
    items: Vec<T>,
    total_count: usize,
}

fn value(path: &Path, place: usize) -> &str {
    path.get(place).map(String::as_str).unwrap_or_default()
}

fn no_destination(id: &str) -> Problem {
    Failure::NotFound.because(format!("There is no webhook destination {id}."))
}

/// `POST /v1/webhooks`: with an `Idempotency-Key` the same destination, however often it is sent.
pub fn create(context: &Context<'_>, _: &Path) -> Handled {
    let who = authenticate(context)?;
    let new = NewDestination::read(context.body, context.config.is_local())?;
    let request = request_digest(&["webhook", &json(&new)]);
    let id = context.new_id("whd", &who.account_id, &who.mode)?;
    let values = vec![
        Some(id.clone()),
        Some(new.url),
        Some(json(&new.topics)),
        Some(u8::from(new.connect).to_string()),
        Some(context.entropy()?.to_owned()),
        Some(request.clone()),
        Some(time::format(context.now())),
    ];
    let answer = context.directory(vec![
        directory::insert_destination(&who, values, MAX_DESTINATIONS),
        directory::destination_by_id(&who, &id),
    ])?;
    match answer.first::<DestinationRow>(1)? {
        Some(row) if row.request == request => {
            let reply = Reply::new(201, json(&DestinationReply::of(row, true)));
            Ok(Step::Reply(reply.replayed(!answer.wrote(0))))
        }
        Some(_) => Err(Problem::from(Refusal::OperationIdReused).into()),
        None => {
            let sentence =
                format!("is one too many: {MAX_DESTINATIONS} exist already; delete one first");
            Err(Problem::field("url", sentence).into())
        }
    }
}

pub fn list(context: &Context<'_>, _: &Path) -> Handled {
    let who = authenticate(context)?;
    let (enabled, connect) = (flag(context, "enabled")?, flag(context, "connect")?);
    let answer = context.directory(vec![directory::list_destinations(&who, enabled, connect)])?;
    let rows: Vec<DestinationRow> = answer.rows(0)?;
    let items = rows.into_iter().map(|row| DestinationReply::of(row, false));
    let items: Vec<_> = items.collect();
    let total_count = items.len();
    Ok(Step::Reply(Reply::ok(json(&Items { items, total_count }))))
}

fn flag(context: &Context<'_>, name: &str) -> Result<Option<bool>, Problem> {
    match context.query(name).as_deref() {
        None => Ok(None),
        Some("true") => Ok(Some(true)),
        Some("false") => Ok(Some(false)),
        Some(_) => Err(Problem::field(name, "must be true or false")),
    }
}

fn found(context: &Context<'_>, who: &Principal, id: &str) -> Result<DestinationRow, Stop> {
    let answer = context.directory(vec![directory::destination_by_id(who, id)])?;
    Ok(answer.first(0)?.ok_or_else(|| no_destination(id))?)
}

pub fn get(context: &Context<'_>, path: &Path) -> Handled {
    let who = authenticate(context)?;
    let row = found(context, &who, value(path, 0))?;
    let reply = DestinationReply::of(row, true);
    Ok(Step::Reply(Reply::ok(json(&reply))))
}

pub fn change(context: &Context<'_>, path: &Path) -> Handled {
    let who = authenticate(context)?;
    let id = value(path, 0);
    let change = DestinationChange::read(context.body, context.config.is_local())?;
    let values = [
        change.url,
        change.topics.map(|topics| json(&topics)),
        change.enabled.map(|enabled| u8::from(enabled).to_string()),
    ];
    let now = time::format(context.now());
    let answer = context.directory(vec![directory::change_destination(&who, id, values, &now)])?;
    let row: DestinationRow = answer.first(0)?.ok_or_else(|| no_destination(id))?;
    let reply = DestinationReply::of(row, true);
    Ok(Step::Reply(Reply::ok(json(&reply))))
}

pub fn delete(context: &Context<'_>, path: &Path) -> Handled {
    let who = authenticate(context)?;
    let id = value(path, 0);
    let answer = context.directory(vec![directory::delete_destination(&who, id)])?;
    if answer.wrote(0) {
        return Ok(Step::Reply(Reply::new(204, String::new())));
    }
    Err(no_destination(id).into())
}

// Test events.

/// `POST /v1/webhooks/test/{topic}`: to all destinations that want to hear of the topic.
pub fn test(context: &Context<'_>, path: &Path) -> Handled {
    send_test(context, None, value(path, 0), None)
}

/// `POST /v1/webhooks/test/{topic}/{account}`: as if it had happened in a connected account.
pub fn test_connected(context: &Context<'_>, path: &Path) -> Handled {
    send_test(context, None, value(path, 0), Some(value(path, 1)))
}

/// `POST /v1/webhooks/{id}/test/{topic}`: to this destination, whatever its topics are.
pub fn test_one(context: &Context<'_>, path: &Path) -> Handled {
    send_test(context, Some(value(path, 0)), value(path, 1), None)
}

/// `POST /v1/webhooks/{id}/test/{topic}/{account}`.
pub fn test_one_connected(context: &Context<'_>, path: &Path) -> Handled {
    let account = Some(value(path, 2));
    send_test(context, Some(value(path, 0)), value(path, 1), account)
}

#[derive(Serialize)]
struct TestReply<'a> {
    id: &'a str,
}

fn send_test(
    context: &Context<'_>,
    destination: Option<&str>,
    topic: &str,
    connected: Option<&str>,
) -> Handled {
    let who = authenticate(context)?;
    if !is_topic(topic) {
        let sentence = "must be letters, digits, `.`, `_` or `-`, such as subscription.activated";
        return Err(Problem::field("topic", sentence).into());
    }
    let data = webhook::test_data(context.body)?;
    let known = |account: &&str| account.strip_prefix("acc_").is_some_and(is_topic);
    if let Some(account) = connected.filter(|account| !known(account)) {
        let detail = format!("There is no connected account {account}.");
        return Err(Failure::NotFound.because(detail).into());
    }
    if let Some(id) = destination
        && found(context, &who, id)?.enabled == 0
    {
        let sentence = "is false, so nothing is sent there; enable the destination first";
        return Err(Problem::field("enabled", sentence).into());
    }
    let id = context.new_id("evt", &who.account_id, &who.mode)?;
    let event = Event {
        id: &id,
        topic,
        connected,
        data,
    };
    let replayed = send(context, &who, &event, destination)?;
    let reply = Reply::new(202, json(&TestReply { id: &id }));
    Ok(Step::Reply(reply.replayed(replayed)))
}

// Sending.

/// Something to tell.
struct Event<'a> {
    id: &'a str,
    topic: &'a str,
    connected: Option<&'a str>,
    /// JSON.
    data: &'a str,
}

/// An event at one of its destinations.
#[derive(Deserialize)]
struct SentRow {
    destination_id: String,
    request: String,
    time: i64,
    /// None when the destination was deleted since.
    url: Option<String>,
    key: Option<String>,
    ended_at: Option<i64>,
}

/// Writes an event down, sends it to one destination or to all that want it, and notes what became of
/// it. Whether it was known before.
fn send(
    context: &Context<'_>,
    who: &Principal,
    event: &Event<'_>,
    destination: Option<&str>,
) -> Result<bool, Stop> {
    let Event {
        id,
        topic,
        connected,
        data,
    } = *event;
    let parts = [destination, connected].map(Option::unwrap_or_default);
    let request = request_digest(&["event", topic, parts[0], parts[1], data]);
    let now = context.now().micros();
    let values = vec![
        Some(id.to_owned()),
        Some(topic.to_owned()),
        connected.map(str::to_owned),
        Some(data.to_owned()),
        Some(request.clone()),
        Some(now.to_string()),
    ];
    let kept = i64::from(KEPT_DAYS).saturating_mul(86_400_000_000);
    let answer = context.directory(vec![
        directory::webhook_events(who, id),
        directory::insert_webhook_events(who, values, destination),
        directory::webhook_events(who, id),
        directory::forget_webhook_events(who, now.saturating_sub(kept)),
    ])?;
    let rows: Vec<SentRow> = answer.rows(2)?;
    if rows.iter().any(|row| row.request != request) {
        return Err(Problem::from(Refusal::OperationIdReused).into());
    }
    let open: Vec<SentRow> = rows
        .into_iter()
        .filter(|row| row.ended_at.is_none() && row.url.is_some())
        .collect();
    if !open.is_empty() {
        let deliveries = open.iter().map(|row| delivery(context, who, event, row));
        let outcomes = context.deliver(deliveries.collect())?;
        let noted = open.iter().zip(&outcomes);
        let noted = noted.map(|(row, outcome)| note(who, id, row, outcome));
        context.directory(noted.collect())?;
    }
    Ok(answer.wrote(0))
}

fn delivery(context: &Context<'_>, who: &Principal, event: &Event<'_>, row: &SentRow) -> Delivery {
    let data = RawValue::from_string(event.data.to_owned()).unwrap_or_default();
    let message = Message {
        id: event.id,
        topic: event.topic,
        created: time::format(Instant::from_micros(row.time)),
        live_mode: who.mode == "live",
        account: event.connected,
        data: &data,
    };
    let body = message.body();
    let key = hex::decode(row.key.as_deref().unwrap_or_default()).unwrap_or_default();
    let seconds = context.request.now.div_euclid(1_000);
    Delivery {
        url: row.url.clone().unwrap_or_default(),
        headers: webhook::headers(&key, event.id, seconds, &body),
        body,
    }
}

fn note(
    who: &Principal,
    event: &str,
    row: &SentRow,
    delivered: &Delivered,
) -> directory::Statement {
    let outcome = match (delivered.status, &delivered.error) {
        (Some(status), _) => status.to_string(),
        (None, error) => error.clone().unwrap_or_default(),
    };
    let at = delivered.at.saturating_mul(1_000);
    let noted = (delivered.is_success(), outcome, at);
    directory::set_delivered(who, event, &row.destination_id, noted)
}

// The list of events.

#[derive(Deserialize)]
struct EventRow {
    event_id: String,
    destination_id: String,
    topic: String,
    data: String,
    time: i64,
    successful_at: Option<i64>,
    failed_at: Option<i64>,
    outcome: Option<String>,
}

impl EventRow {
    fn cursor(&self) -> String {
        format!("{}.{}.{}", self.time, self.event_id, self.destination_id)
    }
}

#[derive(Serialize)]
struct EventReply {
    id: String,
    destination_id: String,
    topic: String,
    time: String,
    successful_at: Option<String>,
    failed_at: Option<String>,
    metadata: Outcome,
    data: Option<Box<RawValue>>,
}

/// The status of the receiver's answer, or `timeout` or `unreachable`.
#[derive(Serialize)]
struct Outcome {
    outcome: Option<String>,
}

impl From<EventRow> for EventReply {
    fn from(row: EventRow) -> Self {
        let moment = |at: i64| time::format(Instant::from_micros(at));
        Self {
            id: row.event_id,
            destination_id: row.destination_id,
            topic: row.topic,
            time: moment(row.time),
            successful_at: row.successful_at.map(moment),
            failed_at: row.failed_at.map(moment),
            metadata: Outcome {
                outcome: row.outcome,
            },
            data: RawValue::from_string(row.data).ok(),
        }
    }
}

#[derive(Serialize)]
struct EventPage {
    models: Vec<EventReply>,
    pagination: Pagination,
}

#[derive(Serialize)]
struct Pagination {
    limit: u64,
    #[serde(skip_serializing_if = "Option::is_none")]
    next: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    prev: Option<String>,
}

/// `GET /v1/webhooks/events`: newest first. `next` leads to older events, `prev` back to newer ones.
pub fn list_events(context: &Context<'_>, _: &Path) -> Handled {
    let who = authenticate(context)?;
    let limit = context.query_number("limit", DEFAULT_PAGE, 1..=MAX_PAGE)?;
    let (next, prev) = (cursor(context, "next")?, cursor(context, "prev")?);
    if next.is_some() && prev.is_some() {
        return Err(Problem::field("prev", "must be left out when next is given").into());
    }
    let within = query::within(context, "time_gte", "time_lte")?;
    let older = prev.is_none();
    let continued = next.is_some() || prev.is_some();
    let filter = WebhookFilter {
        destinations: destinations(context),
        succeeded: succeeded(context)?,
        from: within.from.map(Instant::micros),
        before: within.before.map(Instant::micros),
        cursor: next.or(prev),
        older,
        limit: limit.saturating_add(1),
    };
    let answer = context.directory(vec![directory::list_webhook_events(&who, filter)])?;
    let mut rows: Vec<EventRow> = answer.rows(0)?;
    let shown = usize::try_from(limit).unwrap_or(usize::MAX);
    let more = rows.len() > shown;
    rows.truncate(shown);
    if !older {
        rows.reverse();
    }
    let pagination = Pagination {
        limit,
        // Where the page was left, there are events for sure; ahead only if one more was found.
        next: rows.last().map(EventRow::cursor).filter(|_| more || !older),
        prev: rows
            .first()
            .map(EventRow::cursor)
            .filter(|_| if older { continued } else { more }),
    };
    let models = rows.into_iter().map(EventReply::from).collect();
    Ok(Step::Reply(Reply::ok(json(&EventPage {
        models,
        pagination,
    }))))
}

fn cursor(context: &Context<'_>, name: &str) -> Result<Option<[String; 3]>, Problem> {
    let Some(text) = context.query(name) else {
        return Ok(None);
    };
    let parts: Vec<&str> = text.split('.').collect();
    match parts.as_slice() {
        [time, event, destination] if time.parse::<i64>().is_ok() => Ok(Some(
            [time, event, destination].map(|part| (*part).to_owned()),
        )),
        _ => Err(Problem::field(
            name,
            "must be a cursor that a page returned",
        )),
    }
}

/// Several ids, separated by commas.
fn destinations(context: &Context<'_>) -> Option<String> {
    let listed = context.query("destination_id")?;
    let ids: Vec<&str> = listed.split(',').map(str::trim).collect();
    Some(json(&ids))
}

fn succeeded(context: &Context<'_>) -> Result<Option<bool>, Problem> {
    match context
        .query("status")
        .map(|word| word.to_ascii_lowercase())
    {
        None => Ok(None),
        Some(word) if word == "success" => Ok(Some(true)),
        Some(word) if word == "failed" => Ok(Some(false)),
        Some(_) => Err(Problem::field("status", "must be Success or Failed")),
    }
}
