//! Thin events: each is kept first, so that its 2xx is true, then what it names is fetched.
//!
//! ```text
//! keep ──▶ known already? ──yes──▶ done
//!                └─no──▶ fetch ──▶ take it as its snapshot twin ──▶ done
//!                          └─▶ no answer ──▶ later: by the clock, by the next look
//! ```
//!
//! | it is known already | how |
//! |---|---|
//! | its snapshot twin came | by the twin's id among claims and unmatched payments |
//! | its fact is known | by object and type: the payment is credited or settled, the claim is kept |
//! | another thin event told the same | by object and type, of facts that happen once |
//!
//! This saves a question to Stripe. Taken again it would change nothing, because a payment is credited once by its own
//! id, for ever.

use serde_json::Value;

use crate::stripe::api::{ApiError, ApiRequest, Form};
use crate::stripe::{Endpoint, ParkReason, Parked, ThinEvent, as_snapshot, interpret};
use crate::wire::problem::Problem;
use crate::worker::edge::context::Context;
use crate::worker::edge::principal::Principal;
use crate::worker::edge::reply::{Handled, Reply, why};
use crate::worker::edge::rows::{Outcomes, Row, unreadable};
use crate::worker::processors::client::{Failed, call_once};
use crate::worker::processors::connection::{Connection, connection_of};
use crate::worker::processors::statements::connection;

use super::handlers::{not_fetched, received, take};
use super::statements;

/// The first pause before it is tried again, in seconds; twice as long after each time.
const FIRST_PAUSE: u32 = 60;

/// The longest pause, in seconds.
const LONGEST_PAUSE: u32 = 6 * 3_600;

/// For how many days what it names is asked for: Stripe keeps events for 30.
const DAYS: u32 = 30;

/// After how many days one that is done is forgotten. Stripe may send it again for 30.
const KEPT_DAYS: u32 = 90;

/// So many of those are forgotten at once.
const FORGOTTEN_AT_ONCE: usize = 100;

/// Facts that happen once to an object. The others, such as `refund.updated`, say something new each time.
const ONCE: [&str; 9] = [
    "checkout.session.completed",
    "checkout.session.async_payment_succeeded",
    "payment_intent.succeeded",
    "refund.created",
    "charge.dispute.created",
    "charge.dispute.funds_withdrawn",
    "charge.dispute.funds_reinstated",
    "charge.dispute.closed",
    "radar.early_fraud_warning.created",
];

/// An event of the inbox.
struct Kept {
    event: String,
    event_type: String,
    object: String,
    url: String,
    context: Option<String>,
    snapshot: Option<String>,
    received_at: i64,
    attempts: u32,
}

impl Kept {
    /// # Errors
    /// `internal_error` where a column is not what it should be.
    fn of(row: Row<'_>) -> Result<Self, Problem> {
        Ok(Self {
            event: row.text("event_id")?,
            event_type: row.text("event_type")?,
            object: row.text("object_id")?,
            url: row.text("url")?,
            context: row.given("context"),
            snapshot: row.given("snapshot"),
            received_at: row.number("received_at").ok_or_else(unreadable)?,
            attempts: row.count("attempts")?,
        })
    }

    /// How it is kept for somebody to look at, where nobody knows any more what it has named.
    fn parked(&self, why: &str) -> Parked {
        Parked {
            event_id: self.event.clone(),
            event_type: format!("v1.{}", self.event_type),
            reason: ParkReason::ThinEvent,
            detail: format!("What this event names could not be fetched. {why}"),
            payment: Some(self.object.clone()),
            session: None,
            op: None,
            asset: None,
            amount: None,
            paid: None,
            tax_known: false,
        }
    }
}

/// What a sweep has done.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Swept {
    /// Events that are done.
    pub done: usize,
    /// Those that wait for another time.
    pub left: usize,
}

/// A thin event that has just come.
///
/// | case | reply |
/// |---|---|
/// | Stripe hands over what it names | as its snapshot twin |
/// | what it tells is known | 200 `ignored`, `known_already` |
/// | Stripe does not, or the wallet does not answer | 200 `queued`: it is kept and tried again |
/// | no account at Stripe is connected | 200 `unmatched`, `thin_event` |
///
/// # Errors
/// `unavailable` where it could not be kept.
pub async fn receive(context: &Context<'_>, who: &Principal, thin: ThinEvent) -> Handled {
    let now = context.now().micros();
    let values = vec![
        Some(thin.event_id.clone()),
        Some(thin.event_type),
        Some(thin.object_id),
        Some(thin.url),
        thin.context,
        thin.snapshot,
        Some(now.to_string()),
    ];
    let answer = context
        .directory(vec![
            connection(who),
            statements::insert_thin(who, values),
            statements::thin_by_event(who, &thin.event_id),
        ])
        .await?;
    let Some(connection) = Connection::found(who, &answer, 0)? else {
        return not_fetched(context, who, thin.parked).await;
    };
    let row = answer.row(2)?.ok_or_else(unreadable)?;
    // Only what is done has no next time; otherwise this delivery is as good an occasion as any.
    if row.number("next_at").is_none() {
        return Ok(received("ignored", Some("known_already")).replayed(true));
    }
    let tried = attempt(context, who, &connection, &Kept::of(row)?).await?;
    Ok(tried.unwrap_or_else(|| received("queued", Some("not_fetched_yet"))))
}

/// Tries what is due on one side, so many at most.
///
/// # Errors
/// `unavailable` where the directory does not answer.
pub async fn sweep(
    context: &Context<'_>,
    who: &Principal,
    at_most: usize,
) -> Result<Swept, Problem> {
    let now = context.now();
    // With each sweep a few, so that the table stays small without a job of its own.
    let old = now.minus_seconds(KEPT_DAYS.saturating_mul(86_400));
    let answer = context
        .directory(vec![
            statements::forget_thin(who, old.micros(), FORGOTTEN_AT_ONCE),
            statements::due_thin(who, now.micros(), at_most),
        ])
        .await?;
    let due = all(&answer, 1)?;
    let mut swept = Swept::default();
    if due.is_empty() {
        return Ok(swept);
    }
    let connection = connection_of(context, who).await?;
    for kept in &due {
        let tried = match &connection {
            Some(connection) => attempt(context, who, connection, kept).await?,
            // The account may have been taken away since: then they wait, and end by their age.
            None => later(context, who, kept, "No account at Stripe is connected.").await?,
        };
        match tried {
            Some(_) => swept.done = swept.done.saturating_add(1),
            None => swept.left = swept.left.saturating_add(1),
        }
    }
    Ok(swept)
}

fn all(answer: &Outcomes, statement: usize) -> Result<Vec<Kept>, Problem> {
    let rows = answer.values(statement)?.iter().map(Row::new);
    rows.map(Kept::of).collect()
}

/// Fetches what an event names and has it take effect; nothing where it has to be tried again.
async fn attempt(
    context: &Context<'_>,
    who: &Principal,
    connection: &Connection,
    kept: &Kept,
) -> Result<Option<Reply>, Problem> {
    if is_known(context, who, kept).await? {
        let known = received("ignored", Some("known_already"));
        return done(context, who, kept, "known_already", known)
            .await
            .map(Some);
    }
    // An event of the endpoint's own account names none; its objects are where the connection takes payments, so
    // that is whom Stripe is asked for.
    let account = kept.context.clone();
    let account = account.or_else(|| connection.connected_account.clone());
    // Once and not for long, because Stripe waits for our 2xx, and what fails is tried again without it.
    let request = ApiRequest::get(kept.url.as_str(), &Form::new()).in_context(account);
    let why = match call_once(context, connection, &request).await {
        // Never taken under another name: what it would credit is not what the event has named.
        Ok(object) if object["id"].as_str() != Some(&kept.object) => {
            let why = "Stripe has answered with another object.";
            return given_up(context, who, kept, why).await.map(Some);
        }
        // Whatever goes wrong with it here must not keep those behind it from being tried.
        Ok(object) => match as_twin(context, who, kept, &object).await {
            Ok(reply) if reply.status < 500 => {
                return done(context, who, kept, "taken", reply).await.map(Some);
            }
            Ok(reply) => why(&reply),
            Err(problem) => problem.detail,
        },
        Err(Failed::Refused(error)) if is_gone(&error) => {
            let why = format!("Stripe says: {}", error.message);
            return given_up(context, who, kept, &why).await.map(Some);
        }
        Err(failed) => Problem::from(failed).detail,
    };
    later(context, who, kept, &why).await
}

/// No other time will find it: the object is not, or is another account's.
fn is_gone(error: &ApiError) -> bool {
    error.status == 404
}

async fn is_known(context: &Context<'_>, who: &Principal, kept: &Kept) -> Result<bool, Problem> {
    let once = ONCE.contains(&kept.event_type.as_str());
    let values = vec![
        Some(kept.event.clone()),
        Some(kept.object.clone()),
        Some(kept.event_type.clone()),
        kept.snapshot.clone(),
        Some(u8::from(once).to_string()),
    ];
    let known = statements::thin_is_known(who, values);
    Ok(context.directory(vec![known]).await?.wrote(0))
}

/// Taken as the snapshot event that Stripe would have sent.
async fn as_twin(context: &Context<'_>, who: &Principal, kept: &Kept, object: &Value) -> Handled {
    let livemode = who.mode == "live";
    // The twin's id, so that what either form leaves behind is kept once.
    let event = kept.snapshot.as_ref().unwrap_or(&kept.event);
    let body = as_snapshot(event, &kept.event_type, livemode, object);
    // That its account is mapped was checked when it came in.
    let endpoint = Endpoint {
        livemode,
        account: who.account_id.clone(),
        connected_accounts: Vec::new(),
        api_version: None,
    };
    take(context, who, interpret(&body, &endpoint)).await
}

/// Nothing is left to do.
async fn done(
    context: &Context<'_>,
    who: &Principal,
    kept: &Kept,
    outcome: &str,
    reply: Reply,
) -> Handled {
    // After it has taken effect: should this be lost, it is taken once more and changes nothing. The other way round
    // it could be lost for good.
    let ended = statements::end_thin(who, &kept.event, outcome);
    context.directory(vec![ended]).await?;
    Ok(reply)
}

async fn given_up(context: &Context<'_>, who: &Principal, kept: &Kept, why: &str) -> Handled {
    let reply = not_fetched(context, who, Some(kept.parked(why))).await?;
    done(context, who, kept, "given_up", reply).await
}

/// Another time, as long as Stripe keeps it.
async fn later(
    context: &Context<'_>,
    who: &Principal,
    kept: &Kept,
    why: &str,
) -> Result<Option<Reply>, Problem> {
    let now = context.now();
    let until = now.minus_seconds(DAYS.saturating_mul(86_400));
    if kept.received_at <= until.micros() {
        return given_up(context, who, kept, why).await.map(Some);
    }
    let doubled = FIRST_PAUSE.saturating_mul(1_u32.checked_shl(kept.attempts).unwrap_or(u32::MAX));
    let next = now.plus_seconds(doubled.min(LONGEST_PAUSE));
    let put_off = statements::put_off_thin(who, &kept.event, next.micros());
    context.directory(vec![put_off]).await?;
    Ok(None)
}
