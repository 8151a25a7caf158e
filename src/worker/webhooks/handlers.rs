//! Webhook destinations, and what is sent to them. An event is written down before it is sent, so
//! that the list of events is complete whatever happens; each is sent once, and not again by itself.
//!
//! ```text
//! written down ──▶ sent ──▶ outcome noted
//!      └── stopped here: no outcome; the same request sends it again, under the same id
//! ```
//!
//! So a receiver may hear of one event twice, and tells it by its id.

use futures_util::future::join_all;
use serde::Serialize;
use serde_json::value::RawValue;

use super::wire::{
    self, DestinationChange, KEPT_DAYS, MAX_DESTINATIONS, MAX_EVENTS, Message, NewDestination,
    is_topic,
};
use crate::engine::{Instant, Refusal};
use crate::journal::chain::request_digest;
use crate::wire::problem::{Failure, Problem};
use crate::wire::reply::json;
use crate::wire::time;
use crate::worker::accounts;
use crate::worker::edge::context::Context;
use crate::worker::edge::keyring::Keyring;
use crate::worker::edge::list::{DEFAULT_PAGE, MAX_PAGE};
use crate::worker::edge::principal::{Caller, Principal};
use crate::worker::edge::reply::{Handled, Reply};
use crate::worker::edge::request::Path;
use crate::worker::edge::rows::Statement;
use crate::worker::edge::rows::{Outcomes, Row};
use crate::worker::edge::span::within;
use crate::worker::edge::world::{Answered, Outgoing, Unanswered};

use super::statements::{self, WebhookFilter};

#[derive(Serialize)]
struct DestinationReply {
    id: String,
    url: String,
    topics: Vec<String>,
    connect: bool,
    enabled: bool,
    created_at: String,
    updated_at: String,
    /// Left out in lists, and null elsewhere: Credyt's client expects the field. Said by the call that
    /// makes the destination and by the one that rotates its secret, and by no other.
    #[serde(skip_serializing_if = "Option::is_none")]
    secret: Option<Option<String>>,
    /// While the secret of before signs as well: until when.
    #[serde(skip_serializing_if = "Option::is_none")]
    previous_secret_until: Option<String>,
}

impl DestinationReply {
    fn of(row: Row<'_>, now: Instant, secret: Option<Option<String>>) -> Result<Self, Problem> {
        let until = row.number("previous_until").map(Instant::from_micros);
        Ok(Self {
            secret,
            previous_secret_until: until.filter(|until| *until > now).map(time::format),
            id: row.text("id")?,
            url: row.text("url")?,
            topics: serde_json::from_str(&row.text("topics")?).unwrap_or_default(),
            connect: row.holds("connect"),
            enabled: row.holds("enabled"),
            created_at: row.text("created_at")?,
            updated_at: row.text("updated_at")?,
        })
    }

    /// The one that a statement has found, without its secret.
    fn found(answer: &Outcomes, id: &str, now: Instant) -> Result<Self, Problem> {
        let row = answer.row(0)?.ok_or_else(|| no_destination(id))?;
        Self::of(row, now, Some(None))
    }
}

/// What a destination's key is sealed for: elsewhere it cannot be opened.
fn place_of(destination: &str) -> String {
    format!("webhook_destination {destination}")
}

/// How a key is stored, told from those of before by a sign that no hexadecimal number has.
fn sealed(context: &Context<'_>, destination: &str, key: &str) -> Result<String, Problem> {
    let keyring = Keyring::of(context.config)?;
    Ok(format!(
        "sealed:{}",
        keyring.seal(&place_of(destination), key)?
    ))
}

/// The bytes of a stored key; nothing where no key of the deployment opens it.
fn opened(context: &Context<'_>, destination: &str, stored: &str) -> Option<Vec<u8>> {
    match stored.strip_prefix("sealed:") {
        Some(sealed) => {
            let keyring = Keyring::of(context.config).ok()?;
            hex::decode(keyring.open(&place_of(destination), sealed)?).ok()
        }
        // Stored before keys were sealed.
        None => hex::decode(stored).ok(),
    }
}

/// A list without pages.
///
/// Without pages, because there are at most as many as [`MAX_DESTINATIONS`].
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
///
/// | case | reply |
/// |---|---|
/// | new | 201, with the secret |
/// | the same key and body | 201, replayed, with the same secret; without one once it was rotated |
/// | the same key, another body | `operation_id_reused` |
/// | as many as there may be | `quota_reached` |
pub async fn create(context: &Context<'_>, who: &Caller, _: &Path) -> Handled {
    let new = NewDestination::read(context.body, context.config.is_local())?;
    let request = request_digest(&["webhook", &json(&new)]);
    let id = context.new_id("whd", &who.account_id, &who.mode)?;
    let values = vec![
        Some(id.clone()),
        Some(new.url),
        Some(json(&new.topics)),
        Some(u8::from(new.connect).to_string()),
        Some(sealed(context, &id, &context.entropy()?)?),
        Some(request.clone()),
        Some(time::format(context.now())),
    ];
    let answer = context
        .change(
            who,
            vec![
                statements::insert_destination(who, values, MAX_DESTINATIONS),
                statements::destination_by_id(who, &id),
            ],
        )
        .await?;
    match answer.row(1)? {
        Some(row) if row.text("request")? == request => {
            // The answer of this very call, so it says the same again, until it is true no more.
            let first = row.given("previous_key").is_none();
            let key = row.given("key").filter(|_| first);
            let key = key.and_then(|key| opened(context, &id, &key));
            let secret = Some(key.map(|key| wire::secret_text(&key)));
            let reply = DestinationReply::of(row, context.now(), secret)?;
            Ok(Reply::new(201, json(&reply)).replayed(!answer.wrote(0)))
        }
        Some(_) => Err(Problem::from(Refusal::OperationIdReused)),
        // Nothing was written and nothing was there: only the limit can have kept it out.
        None => {
            let detail = format!(
                "This side has {MAX_DESTINATIONS} webhook destinations, which is the most. Delete \
                 one first."
            );
            Err(Failure::QuotaReached.because(detail))
        }
    }
}

/// `GET /v1/webhooks`: filters are `enabled` and `connect`.
pub async fn list(context: &Context<'_>, who: &Caller, _: &Path) -> Handled {
    let (enabled, connect) = (flag(context, "enabled")?, flag(context, "connect")?);
    let answer = context
        .directory(vec![statements::list_destinations(who, enabled, connect)])
        .await?;
    let rows = answer.values(0)?.iter().map(Row::new);
    let items = rows.map(|row| DestinationReply::of(row, context.now(), None));
    let items = items.collect::<Result<Vec<_>, _>>()?;
    let total_count = items.len();
    Ok(Reply::ok(json(&Items { items, total_count })))
}

fn flag(context: &Context<'_>, name: &str) -> Result<Option<bool>, Problem> {
    match context.query(name).as_deref() {
        None => Ok(None),
        Some("true") => Ok(Some(true)),
        Some("false") => Ok(Some(false)),
        Some(_) => Err(Problem::field(name, "must be true or false")),
    }
}

/// A destination of this side, or 404.
async fn found(
    context: &Context<'_>,
    who: &Principal,
    id: &str,
) -> Result<DestinationReply, Problem> {
    let answer = context
        .directory(vec![statements::destination_by_id(who, id)])
        .await?;
    DestinationReply::found(&answer, id, context.now())
}

/// `GET /v1/webhooks/{id}`: without its secret, which was shown once.
pub async fn get(context: &Context<'_>, who: &Caller, path: &Path) -> Handled {
    let reply = found(context, who, value(path, 0)).await?;
    Ok(Reply::ok(json(&reply)))
}

/// `PATCH /v1/webhooks/{id}`: 200 with what it is now. The secret stays.
pub async fn change(context: &Context<'_>, who: &Caller, path: &Path) -> Handled {
    let id = value(path, 0);
    let change = DestinationChange::read(context.body, context.config.is_local())?;
    let values = [
        change.url,
        change.topics.map(|topics| json(&topics)),
        change.enabled.map(|enabled| u8::from(enabled).to_string()),
    ];
    let now = time::format(context.now());
    let answer = context
        .change(
            who,
            vec![statements::change_destination(who, id, values, &now)],
        )
        .await?;
    let reply = DestinationReply::found(&answer, id, context.now())?;
    Ok(Reply::ok(json(&reply)))
}

/// `POST /v1/webhooks/{id}/rotate`: another secret, shown once. The one of before signs beside it for
/// `overlap_seconds`, so that a receiver can change over without refusing anything.
///
/// | case | reply |
/// |---|---|
/// | a new call | 200, with the secret |
/// | the same `Idempotency-Key` again | 200, replayed, with the same secret |
/// | the same again, after another rotation | `wrong_state` |
/// | no such destination | 404 |
pub async fn rotate(context: &Context<'_>, who: &Caller, path: &Path) -> Handled {
    let id = value(path, 0);
    let overlap = wire::read_overlap(context.body)?;
    let key = match context.idempotency_key {
        None => context.entropy()?,
        // Derived, so that whoever lost the answer gets it by asking again.
        Some(once) => {
            let keyring = Keyring::of(context.config)?;
            let parts = ["webhook", &who.account_id, &who.mode, id, once];
            let keys = keyring.tokens(&parts);
            let none =
                || Failure::Internal.because("The server has no key to derive a secret from.");
            keys.into_iter().next().ok_or_else(none)?
        }
    };
    let stored = sealed(context, id, &key)?;
    let until = context.now().plus_seconds(overlap).micros();
    let now = time::format(context.now());
    let answer = context
        .change(
            who,
            vec![
                statements::rotate_secret(who, id, &stored, until, &now),
                statements::destination_by_id(who, id),
            ],
        )
        .await?;
    let row = answer.row(1)?.ok_or_else(|| no_destination(id))?;
    if row.text("key")? != stored {
        let detail = "The secret was rotated again since, so this one holds no more.";
        return Err(Failure::WrongState.because(detail));
    }
    let bytes = hex::decode(&key).unwrap_or_default();
    let secret = Some(Some(wire::secret_text(&bytes)));
    let reply = DestinationReply::of(row, context.now(), secret)?;
    Ok(Reply::ok(json(&reply)).replayed(!answer.wrote(0)))
}

/// `DELETE /v1/webhooks/{id}`: 204; again: 404. Its events stay in the list.
pub async fn delete(context: &Context<'_>, who: &Caller, path: &Path) -> Handled {
    let id = value(path, 0);
    let answer = context
        .change(who, vec![statements::delete_destination(who, id)])
        .await?;
    if answer.wrote(0) {
        return Ok(Reply::new(204, String::new()));
    }
    Err(no_destination(id))
}

// Test events.

/// `POST /v1/webhooks/test/{topic}`: to all destinations that want to hear of the topic.
pub async fn test(context: &Context<'_>, who: &Caller, path: &Path) -> Handled {
    send_test(context, who, None, value(path, 0), None).await
}

/// `POST /v1/webhooks/test/{topic}/{account}`: as if it had happened in a connected account.
pub async fn test_connected(context: &Context<'_>, who: &Caller, path: &Path) -> Handled {
    send_test(context, who, None, value(path, 0), Some(value(path, 1))).await
}

/// `POST /v1/webhooks/{id}/test/{topic}`: to this destination, whatever its topics are.
pub async fn test_one(context: &Context<'_>, who: &Caller, path: &Path) -> Handled {
    send_test(context, who, Some(value(path, 0)), value(path, 1), None).await
}

/// `POST /v1/webhooks/{id}/test/{topic}/{account}`.
pub async fn test_one_connected(context: &Context<'_>, who: &Caller, path: &Path) -> Handled {
    let account = Some(value(path, 2));
    send_test(context, who, Some(value(path, 0)), value(path, 1), account).await
}

#[derive(Serialize)]
struct TestReply<'a> {
    id: &'a str,
}

/// 202 with the event's id, when every receiver has answered or its time is over.
///
/// | case | reply |
/// |---|---|
/// | the topic is none, or the destination is not enabled | `validation_failed` |
/// | no such destination, or no such account | 404 |
/// | the same key and body | 202, replayed; sent again only where there is no outcome |
/// | the same key, another body | `operation_id_reused` |
async fn send_test(
    context: &Context<'_>,
    who: &Caller,
    destination: Option<&str>,
    topic: &str,
    connected: Option<&str>,
) -> Handled {
    if !is_topic(topic) {
        let sentence = "must be letters, digits, `.`, `_` or `-`, such as subscription.activated";
        return Err(Problem::field("topic", sentence));
    }
    let data = wire::test_data(context.body)?;
    // An account of somebody else's must not be named in an event that looks as if it were ours.
    if let Some(account) = connected {
        let answer = context
            .directory(vec![accounts::statements::account(
                who,
                Some(account),
                None,
            )])
            .await?;
        if !answer.wrote(0) {
            let detail = format!("You have created no account {account}.");
            return Err(Failure::NotFound.because(detail));
        }
    }
    // An explicit test that goes nowhere would look as if the receiver were broken.
    if let Some(id) = destination
        && !found(context, who, id).await?.enabled
    {
        let sentence = "is false, so nothing is sent there; enable the destination first";
        return Err(Problem::field("enabled", sentence));
    }
    let id = context.new_id("evt", &who.account_id, &who.mode)?;
    let event = Event {
        id: &id,
        topic,
        connected,
        data,
    };
    let replayed = send(context, who, &event, destination).await?;
    let reply = Reply::new(202, json(&TestReply { id: &id }));
    Ok(reply.replayed(replayed))
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
///
/// What it takes to send it; the rest is the same for all destinations.
struct Sent {
    destination_id: String,
    time: i64,
    url: String,
    /// The newest first; the one of before it while both hold.
    keys: Vec<Vec<u8>>,
}

impl Sent {
    /// None where it has an outcome already, and where the destination was deleted since.
    fn open(context: &Context<'_>, row: Row<'_>) -> Option<Self> {
        // Who has answered is never asked again: a failure is an answer, too.
        if row.number("ended_at").is_some() {
            return None;
        }
        let destination_id = row.given("destination_id")?;
        let stored = ["key", "previous_key"].map(|name| row.given(name));
        let stored = stored.iter().flatten();
        Some(Self {
            time: row.number("time")?,
            url: row.given("url")?,
            keys: stored
                .filter_map(|key| opened(context, &destination_id, key))
                .collect(),
            destination_id,
        })
    }
}

/// Writes an event down, sends it to one destination or to all that want it, and notes what became of
/// it. Whether it was known before.
///
/// # Errors
/// `operation_id_reused` where the id was used for another event; `unavailable` where the
/// directory did not answer.
async fn send(
    context: &Context<'_>,
    who: &Caller,
    event: &Event<'_>,
    destination: Option<&str>,
) -> Result<bool, Problem> {
    let Event {
        id,
        topic,
        connected,
        data,
    } = *event;
    let parts = [destination, connected].map(Option::unwrap_or_default);
    // Everything that would make it another event, so that a repeated request is told from another
    // one.
    let request = request_digest(&["event", topic, parts[0], parts[1], data]);
    let now = context.now().micros();
    let values = vec![
        Some(id.to_owned()),
        Some(topic.to_owned()),
        connected.map(str::to_owned),
        Some(request.clone()),
        Some(now.to_string()),
    ];
    let kept = i64::from(KEPT_DAYS).saturating_mul(86_400_000_000);
    // Here, because nothing runs by itself: who sends makes room.
    let [events, payloads] = statements::forget_webhook_events(who, now.saturating_sub(kept), id);
    let answer = context
        .change(
            who,
            vec![
                statements::webhook_events(who, id, now),
                events,
                payloads,
                statements::events_are_full(who),
                statements::insert_webhook_events(who, values, destination),
                statements::insert_webhook_payload(who, id, data, &request, now),
                statements::webhook_events(who, id, now),
            ],
        )
        .await?;
    let rows = answer.values(6)?.iter().map(Row::new);
    // Nothing of it is there, because there was no room.
    if rows.len() == 0 && answer.wrote(3) {
        let detail = format!(
            "This side has {MAX_EVENTS} deliveries of the last {KEPT_DAYS} days, which is the most. \
             The oldest are forgotten as time goes by."
        );
        return Err(Failure::QuotaReached.because(detail));
    }
    for row in rows.clone() {
        if row.text("request")? != request {
            return Err(Problem::from(Refusal::OperationIdReused));
        }
    }
    let open: Vec<Sent> = rows.filter_map(|row| Sent::open(context, row)).collect();
    if !open.is_empty() {
        // At the same time, so that a receiver who takes its ten seconds keeps no other one
        // waiting.
        let deliveries = open.iter().map(|row| deliver(context, who, event, row));
        // All outcomes in one transaction, when the last one is known.
        context.directory(join_all(deliveries).await).await?;
    }
    Ok(answer.wrote(0))
}

/// Sends an event to one destination; the statement that notes what became of it. Anything but a 2xx is a
/// failure, a redirect as well.
async fn deliver(
    context: &Context<'_>,
    who: &Principal,
    event: &Event<'_>,
    row: &Sent,
) -> Statement {
    let data = RawValue::from_string(event.data.to_owned()).unwrap_or_default();
    let message = Message {
        id: event.id,
        topic: event.topic,
        // The moment of the row and not of now: sent again, the event is the same to the byte.
        created: time::format(Instant::from_micros(row.time)),
        live_mode: who.mode == "live",
        account: event.connected,
        data: &data,
    };
    let body = message.body();
    // The signature is of now, because receivers refuse old ones.
    let seconds = context.request.now.div_euclid(1_000);
    let request = Outgoing {
        method: "POST",
        url: row.url.clone(),
        headers: wire::headers(&row.keys, event.id, seconds, &body),
        body,
        patience: wire::DELIVERY_SECONDS.saturating_mul(1_000),
    };
    // Nobody could tell an unsigned event from a forged one, and no address of before goes by rules
    // that are no more.
    let sent = if row.keys.is_empty() {
        Err((false, "secret_unreadable".to_owned()))
    } else if wire::may_be_sent_to(&row.url, context.config.is_local()) {
        Ok(context.world.send(request).await)
    } else {
        Err((false, "address_refused".to_owned()))
    };
    let (succeeded, outcome) = match sent {
        Err(refused) => refused,
        Ok(Ok(Answered { status })) => ((200..300).contains(&status), status.to_string()),
        Ok(Err(Unanswered::Timeout)) => (false, "timeout".to_owned()),
        Ok(Err(Unanswered::Unreachable)) => (false, "unreachable".to_owned()),
    };
    // The request's own moment would be before the receiver was even asked.
    let at = context.world.clock().saturating_mul(1_000);
    let noted = (succeeded, outcome, at);
    statements::set_delivered(who, event.id, &row.destination_id, noted)
}

// The list of events.

/// Time, event and destination: together they are unique, so a page begins exactly behind another.
fn cursor_of(row: Row<'_>) -> Option<String> {
    let (event, destination) = (row.given("event_id")?, row.given("destination_id")?);
    Some(format!("{}.{event}.{destination}", row.number("time")?))
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

/// The status of the receiver's answer, or `timeout`, `unreachable`, `address_refused` or
/// `secret_unreadable`.
#[derive(Serialize)]
struct Outcome {
    outcome: Option<String>,
}

impl EventReply {
    fn of(row: Row<'_>) -> Result<Self, Problem> {
        let moment = |name: &str| row.number(name).map(Instant::from_micros).map(time::format);
        Ok(Self {
            id: row.text("event_id")?,
            destination_id: row.text("destination_id")?,
            topic: row.text("topic")?,
            time: moment("time").unwrap_or_default(),
            successful_at: moment("successful_at"),
            failed_at: moment("failed_at"),
            metadata: Outcome {
                outcome: row.given("outcome"),
            },
            data: RawValue::from_string(row.text("data")?).ok(),
        })
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
pub async fn list_events(context: &Context<'_>, who: &Caller, _: &Path) -> Handled {
    let limit = context.query_number("limit", DEFAULT_PAGE, 1..=MAX_PAGE)?;
    let (next, prev) = (cursor(context, "next")?, cursor(context, "prev")?);
    if next.is_some() && prev.is_some() {
        return Err(Problem::field(
            "prev",
            "must be left out when next is given",
        ));
    }
    let within = within(context, "time_gte", "time_lte")?;
    let older = prev.is_none();
    let continued = next.is_some() || prev.is_some();
    let filter = WebhookFilter {
        destinations: destinations(context),
        succeeded: succeeded(context)?,
        from: within.from.map(Instant::micros),
        before: within.before.map(Instant::micros),
        cursor: next.or(prev),
        older,
        // One more than is shown: it tells whether there is a next page.
        limit: limit.saturating_add(1),
    };
    let answer = context
        .directory(vec![statements::list_webhook_events(who, filter)])
        .await?;
    let mut rows: Vec<Row<'_>> = answer.values(0)?.iter().map(Row::new).collect();
    let shown = usize::try_from(limit).unwrap_or(usize::MAX);
    let more = rows.len() > shown;
    rows.truncate(shown);
    // Read away from the cursor, but shown newest first like every page.
    if !older {
        rows.reverse();
    }
    let pagination = Pagination {
        limit,
        // Where the page was left, there are events for sure; ahead only if one more was found.
        next: rows
            .last()
            .copied()
            .and_then(cursor_of)
            .filter(|_| more || !older),
        prev: rows
            .first()
            .copied()
            .and_then(cursor_of)
            .filter(|_| if older { continued } else { more }),
    };
    let models = rows.into_iter().map(EventReply::of);
    let models = models.collect::<Result<_, _>>()?;
    Ok(Reply::ok(json(&EventPage { models, pagination })))
}

/// # Errors
/// `validation_failed` for a text that no page returned.
fn cursor(context: &Context<'_>, name: &str) -> Result<Option<[String; 3]>, Problem> {
    let Some(text) = context.query(name) else {
        return Ok(None);
    };
    // Ids have no dot, so they can be told apart by it.
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

/// `Success` or `Failed`, in any spelling of case; one without an outcome is neither.
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
