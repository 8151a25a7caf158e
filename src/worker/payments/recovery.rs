//! Events that Stripe could not deliver are asked for, and take effect as if they had been.
//!
//! ```text
//! first:  the newest ──▶ older ──▶ … ──▶ the oldest that Stripe keeps, 30 days
//! then:   the last good one ──▶ newer ──▶ … ──▶ the newest
//! ```
//!
//! Some pages at a time: how far it has come is kept, and the next run goes on there. It never goes past an event whose
//! wallet did not answer. Whatever is seen twice changes nothing, because every event may come any number of times and
//! in any order.

use serde::Serialize;
use serde_json::Value;

use crate::engine::Instant;
use crate::stripe::api::event::{From, undelivered};
use crate::stripe::{Endpoint, interpret};
use crate::wire::problem::{Failure, Problem};
use crate::wire::reply::json;
use crate::worker::edge::context::Context;
use crate::worker::edge::principal::{Caller, Principal};
use crate::worker::edge::reply::{Handled, Reply};
use crate::worker::edge::request::Path;
use crate::worker::edge::rows::Row;
use crate::worker::processors::client::{Failed, call};
use crate::worker::processors::connection::Connection;
use crate::worker::processors::statements::connection;

use super::handlers::take;
use super::{inbox, statements};

/// Events of one page. Each may be several questions of the directory.
const PAGE: usize = 50;

/// Pages of one call; the clock takes fewer, because it sees to many sides.
const PAGES: usize = 4;

/// Thin events that one call tries again.
const THIN: usize = 50;

/// How long a side rests once it has seen everything, or Stripe has not answered, in seconds.
const REST: u32 = 15 * 60;

/// How far it has come on one side.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
struct Progress {
    /// Whose events they are: another account's are another list.
    account: String,
    /// The newest event that was seen: from here on, once all older ones are.
    newest: Option<String>,
    /// While it goes back: the oldest that was seen.
    oldest: Option<String>,
    /// Whether all older ones are seen.
    is_back: bool,
}

impl Progress {
    /// What is kept of this account; of another one nothing is true here.
    fn of(row: Option<Row<'_>>, account: &str) -> Self {
        let beginning = Self {
            account: account.to_owned(),
            ..Self::default()
        };
        let kept = row.map(|row| Self {
            account: row.given("stripe_account").unwrap_or_default(),
            newest: row.given("newest"),
            oldest: row.given("oldest"),
            is_back: row.holds("is_back"),
        });
        kept.filter(|kept| kept.account == account)
            .unwrap_or(beginning)
    }

    /// Where the next page begins.
    fn from(&self) -> From<'_> {
        match (&self.newest, &self.oldest) {
            (Some(newest), _) if self.is_back => From::Before(newest),
            (Some(_), Some(oldest)) => From::After(oldest),
            _ => From::Newest,
        }
    }

    /// An event was seen to.
    fn saw(&mut self, event: &str) {
        if self.is_back {
            self.newest = Some(event.to_owned());
            return;
        }
        self.newest.get_or_insert_with(|| event.to_owned());
        self.oldest = Some(event.to_owned());
    }

    /// Nothing is older than what was seen.
    fn ended(&mut self) {
        self.is_back = self.newest.is_some();
        self.oldest = None;
    }
}

/// What a run has found.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Found {
    /// Thin events whose object was fetched.
    fetched: usize,
    /// Events that were not delivered.
    events: usize,
    /// Of these, what is credited now and was not before.
    credited: usize,
    /// Refunds and disputes that the wallet knows now and did not before.
    claimed: usize,
    /// Payments that somebody has to look at.
    unmatched: usize,
    /// Whether there is more: the same call again goes on.
    more: bool,
}

impl Found {
    /// Counts what became of an event.
    fn count(&mut self, reply: &Reply) {
        self.events = self.events.saturating_add(1);
        // By the words of the reply, because that is what a delivery would have been told as well.
        let said: Value = serde_json::from_str(&reply.body).unwrap_or_default();
        let counter = match said["outcome"].as_str() {
            _ if reply.replayed => return,
            Some("credited") => &mut self.credited,
            Some("claimed") => &mut self.claimed,
            Some("unmatched") => &mut self.unmatched,
            _ => return,
        };
        *counter = counter.saturating_add(1);
    }
}

/// `POST /v1/stripe/recoveries`: what Stripe could not deliver, some pages of it, and the thin events that wait.
///
/// | case | reply |
/// |---|---|
/// | done, or as far as one call goes | 200, with `more` |
/// | no account at Stripe is connected | `wrong_state` |
/// | Stripe refuses the key | `processor_refused` |
/// | Stripe, a wallet or the directory did not answer | 503: the same call goes on where it ended |
pub async fn recover(context: &Context<'_>, who: &Caller, _: &Path) -> Handled {
    // First what is known to have happened, so that it is not looked for as well.
    let swept = inbox::sweep(context, who, THIN).await?;
    let mut found = run(context, who, PAGES).await?.ok_or_else(|| {
        let detail = "No account at Stripe is connected to this side. Connect one first.";
        Failure::WrongState.because(detail)
    })?;
    found.fetched = swept.done;
    Ok(Reply::ok(json(&found)))
}

/// Some pages of what was not delivered on one side; nothing where no account is connected.
///
/// # Errors
/// Stripe, a wallet or the directory did not answer: what was seen until then is kept.
pub async fn run(
    context: &Context<'_>,
    who: &Principal,
    pages: usize,
) -> Result<Option<Found>, Problem> {
    let answer = context
        .directory(vec![connection(who), statements::recovery(who)])
        .await?;
    let Some(connection) = Connection::found(who, &answer, 0)? else {
        return Ok(None);
    };
    let mut progress = Progress::of(answer.row(1)?, connection.account());
    let mut found = Found::default();
    let mut ended = Ok(true);
    for _ in 0..pages {
        ended = page(context, who, &connection, &mut progress, &mut found).await;
        if !matches!(ended, Ok(false)) {
            break;
        }
    }
    // Also where it failed, so that one side that always fails cannot keep the others from being seen to, and so that
    // what was seen until then is not looked at again.
    let now = context.now();
    let rest = if matches!(ended, Ok(false)) { 0 } else { REST };
    keep(context, who, &progress, now.plus_seconds(rest)).await?;
    found.more = !ended?;
    Ok(Some(found))
}

/// One page; true where there is nothing behind it.
async fn page(
    context: &Context<'_>,
    who: &Principal,
    connection: &Connection,
    progress: &mut Progress,
    found: &mut Found,
) -> Result<bool, Problem> {
    let was_back = progress.is_back;
    let list = match call(context, connection, &undelivered(progress.from(), PAGE)).await {
        Ok(list) => list,
        // Stripe keeps events for 30 days, and the last one seen is older: all that it keeps is looked at again.
        Err(Failed::Refused(error))
            if error.lacks("ending_before") || error.lacks("starting_after") =>
        {
            *progress = Progress::of(None, connection.account());
            return Ok(false);
        }
        Err(failed) => return Err(failed.into()),
    };
    let mut events: Vec<&Value> = list["data"].as_array().into_iter().flatten().collect();
    // From the last one seen on: so that it can end anywhere and miss none.
    if was_back {
        events.reverse();
    }
    for event in events {
        let reply = redelivered(context, who, connection, event).await?;
        found.count(&reply);
        // Only after it has taken effect, so that the next run begins with one that has not.
        if let Some(id) = event["id"].as_str() {
            progress.saw(id);
        }
    }
    // Stripe says so itself, because a page that is shorter than was asked for need not be the last one.
    let is_last = list["has_more"] != true;
    if is_last && !was_back {
        progress.ended();
    }
    Ok(is_last)
}

/// An event of the list takes effect.
///
/// # Errors
/// Somebody did not answer; the event is to be seen again.
async fn redelivered(
    context: &Context<'_>,
    who: &Principal,
    connection: &Connection,
    event: &Value,
) -> Handled {
    let own = [
        Some(&connection.stripe_account),
        connection.connected_account.as_ref(),
    ];
    let endpoint = Endpoint {
        livemode: who.mode == "live",
        account: who.account_id.clone(),
        // It was asked for by the key of this side, so it is of the account that is connected.
        connected_accounts: own.into_iter().flatten().cloned().collect(),
        api_version: None,
    };
    let reply = take(context, who, interpret(&event.to_string(), &endpoint)).await?;
    if reply.status >= 500 {
        let detail =
            "A wallet did not answer. Send the same call again: it goes on where it ended.";
        return Err(Failure::Unavailable.because(detail));
    }
    Ok(reply)
}

async fn keep(
    context: &Context<'_>,
    who: &Principal,
    progress: &Progress,
    next_at: Instant,
) -> Result<(), Problem> {
    let values = vec![
        Some(progress.account.clone()),
        progress.newest.clone(),
        progress.oldest.clone(),
        Some(u8::from(progress.is_back).to_string()),
        Some(next_at.micros().to_string()),
    ];
    let kept = statements::set_recovery(who, values);
    context.directory(vec![kept]).await?;
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn it_goes_back_to_the_oldest_and_then_on_from_the_newest() {
        let mut progress = Progress::of(None, "acct_1");
        assert_eq!(progress.from(), From::Newest);
        for event in ["evt_9", "evt_8"] {
            progress.saw(event);
        }
        assert_eq!(progress.from(), From::After("evt_8"));
        progress.saw("evt_7");
        progress.ended();
        assert_eq!(progress.from(), From::Before("evt_9"));
        progress.saw("evt_10");
        assert_eq!(progress.from(), From::Before("evt_10"));
    }

    #[test]
    fn an_empty_list_is_looked_at_from_the_newest_again() {
        let mut progress = Progress::of(None, "acct_1");
        progress.ended();
        assert_eq!(progress.from(), From::Newest);
    }
}
