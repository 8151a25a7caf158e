//! What Stripe has taken and given back against what was credited and taken back here: not every event is sent, and
//! some are never made.
//!
//! ```text
//! Stripe's PaymentIntents ──▶ Stripe's refunds ──▶ our own payments, each asked for at Stripe
//! ```
//!
//! | what Stripe says | what we know | it is |
//! |---|---|---|
//! | paid, for a wallet of this side | neither credited nor settled | paid, not credited |
//! | a refund has failed | taken back | paid, not credited |
//! | refunded, of a payment that is credited | not taken back | credited, not paid |
//! | not paid, or unknown | credited | credited, not paid |
//!
//! One page of one list at a time, of a window that the caller names; `next` goes on. `mending` mends each.

use serde::Serialize;
use serde_json::Value;

use crate::engine::Instant;
use crate::stripe::api::payment::{self, Window};
use crate::stripe::major_units;
use crate::wire::problem::{Failure, Problem};
use crate::wire::reply::json;
use crate::wire::time;
use crate::worker::edge::context::Context;
use crate::worker::edge::principal::{Caller, Principal};
use crate::worker::edge::reply::{Handled, Reply};
use crate::worker::edge::request::Path;
use crate::worker::edge::rows::Row;
use crate::worker::processors::client::{Failed, call};
use crate::worker::processors::connection::{Connection, connection_of};

use super::{inbox, statements};

/// The window where nothing is said, in seconds.
const WINDOW: u32 = 7 * 86_400;

/// The longest one, in microseconds.
const LONGEST: i64 = 31 * 86_400 * 1_000_000;

/// So many payments of ours are asked for one by one.
const OWN: usize = 20;

/// Thin events that a look tries again.
const THIN: usize = 10;

/// Something that does not agree.
#[derive(Serialize)]
struct Item {
    /// `payment`, `refund` or `failed_refund`.
    kind: &'static str,
    /// By which it is mended.
    id: String,
    payment: String,
    /// As Stripe says; null where it knows no such payment.
    amount: Option<String>,
    currency: Option<String>,
    customer_id: Option<String>,
    /// The open row of the unmatched payments, where its event has come.
    event_id: Option<String>,
    at: String,
    age_seconds: i64,
}

#[derive(Serialize)]
struct Page {
    from: String,
    to: String,
    paid_not_credited: Vec<Item>,
    credited_not_paid: Vec<Item>,
    /// The next page; null at the end, and a page may be empty before.
    next: Option<String>,
}

/// Which list, and after which of its rows.
struct Place {
    list: List,
    after: Option<String>,
}

#[derive(Clone, Copy)]
enum List {
    Payments,
    Refunds,
    Own,
}

impl List {
    const fn word(self) -> &'static str {
        match self {
            Self::Payments => "payments",
            Self::Refunds => "refunds",
            Self::Own => "own",
        }
    }

    const fn next(self) -> Option<Self> {
        match self {
            Self::Payments => Some(Self::Refunds),
            Self::Refunds => Some(Self::Own),
            Self::Own => None,
        }
    }
}

impl Place {
    /// # Errors
    /// `validation_failed` for what is no cursor.
    fn read(cursor: Option<&str>) -> Result<Self, Problem> {
        let (word, after) = match cursor {
            None => ("payments", ""),
            Some(cursor) => cursor
                .split_once('.')
                .ok_or_else(|| Problem::field("cursor", "must be the `next` of a page"))?,
        };
        let all = [List::Payments, List::Refunds, List::Own];
        let list = all.into_iter().find(|list| list.word() == word);
        Ok(Self {
            list: list.ok_or_else(|| Problem::field("cursor", "must be the `next` of a page"))?,
            after: (!after.is_empty()).then(|| after.to_owned()),
        })
    }

    /// The cursor behind this page, whose last row is told where there are more.
    fn next(&self, last: Option<&str>) -> Option<String> {
        match last {
            Some(last) => Some(format!("{}.{last}", self.list.word())),
            None => self.list.next().map(|list| format!("{}.", list.word())),
        }
    }
}

/// What is looked at, and for whom.
struct Look<'a> {
    context: &'a Context<'a>,
    who: &'a Principal,
    connection: &'a Connection,
    window: (Instant, Instant),
}

/// The rows that do not agree, and the last row of a list that goes on.
struct Seen {
    paid: Vec<Item>,
    credited: Vec<Item>,
    last: Option<String>,
}

/// `GET /v1/reconciliation`: `from` and `to` are times, the last seven days where nothing is said.
///
/// # Errors
/// `wrong_state` where no account at Stripe is connected; what Stripe refuses; 503.
pub async fn list(context: &Context<'_>, who: &Caller, _: &Path) -> Handled {
    let window = window(context)?;
    let place = Place::read(context.query("cursor").as_deref())?;
    let connection = connected(context, who).await?;
    // What could not be fetched is tried first, so that it is not told as missing.
    if context.query("cursor").is_none() {
        inbox::sweep(context, who, THIN).await?;
    }
    let look = Look {
        context,
        who,
        connection: &connection,
        window,
    };
    let seen = match place.list {
        List::Payments => look.payments(place.after.as_deref()).await?,
        List::Refunds => look.refunds(place.after.as_deref()).await?,
        List::Own => look.own(place.after.as_deref()).await?,
    };
    Ok(Reply::ok(json(&Page {
        from: time::format(window.0),
        to: time::format(window.1),
        paid_not_credited: seen.paid,
        credited_not_paid: seen.credited,
        next: place.next(seen.last.as_deref()),
    })))
}

/// Whom Stripe is asked for.
///
/// # Errors
/// `wrong_state` where no account is connected.
pub async fn connected(context: &Context<'_>, who: &Principal) -> Result<Connection, Problem> {
    connection_of(context, who).await?.ok_or_else(|| {
        let detail = "No account at Stripe is connected to this side. Connect one first.";
        Failure::WrongState.because(detail)
    })
}

fn window(context: &Context<'_>) -> Result<(Instant, Instant), Problem> {
    let moment = |name: &'static str| match context.query(name) {
        None => Ok(None),
        Some(text) => match time::parse(&text) {
            Some(at) => Ok(Some(at)),
            None => Err(Problem::field(
                name,
                "must be a time, such as 2026-01-31T12:00:00Z",
            )),
        },
    };
    let to = moment("to")?.unwrap_or_else(|| context.now());
    let from = moment("from")?.unwrap_or_else(|| to.minus_seconds(WINDOW));
    let micros = to.micros().saturating_sub(from.micros());
    if !(1..=LONGEST).contains(&micros) {
        return Err(Problem::field(
            "from",
            "must be before `to`, and at most 31 days",
        ));
    }
    Ok((from, to))
}

impl Look<'_> {
    fn seconds(&self) -> Window {
        let seconds = |at: Instant| at.micros().div_euclid(1_000_000);
        (seconds(self.window.0), seconds(self.window.1))
    }

    /// Stripe's objects of a page, what the directory knows of each, and the last one where there are more.
    async fn page(
        &self,
        request: &crate::stripe::api::ApiRequest,
    ) -> Result<(Vec<(Value, Value)>, Option<String>), Problem> {
        let list = call(self.context, self.connection, request).await?;
        let objects = list["data"].as_array().cloned().unwrap_or_default();
        let ids: Vec<[&str; 2]> = objects.iter().map(ids_of).collect();
        // All in one question, because each page would otherwise cost a hundred.
        let known = statements::reconciled(self.who, &json(&ids));
        let answer = self.context.directory(vec![known]).await?;
        let last = objects.last().map(|one| text(one, "id").to_owned());
        let rows = answer.values(0)?.to_vec();
        let more = list["has_more"] == true;
        Ok((
            objects.into_iter().zip(rows).collect(),
            last.filter(|_| more),
        ))
    }

    async fn payments(&self, after: Option<&str>) -> Result<Seen, Problem> {
        let request = payment::payment_intents(self.seconds(), after);
        let (page, last) = self.page(&request).await?;
        let paid = page.iter().filter(|(intent, row)| {
            let row = Row::new(row);
            let is_done = row.given("credited_at").is_some() || row.given("settled_at").is_some();
            // Others may take payments on the same account: theirs name nobody here.
            let is_ours = names_a_wallet(intent, self.who) || row.given("event_id").is_some();
            intent["status"] == "succeeded" && is_ours && !is_done
        });
        Ok(Seen {
            paid: paid
                .map(|(one, row)| self.item("payment", one, Row::new(row)))
                .collect(),
            credited: Vec::new(),
            last,
        })
    }

    async fn refunds(&self, after: Option<&str>) -> Result<Seen, Problem> {
        let (page, last) = self.page(&payment::refunds(self.seconds(), after)).await?;
        let (mut paid, mut credited) = (Vec::new(), Vec::new());
        for (refund, row) in &page {
            let row = Row::new(row);
            // What is not credited has nothing that could be taken back.
            if row.given("credited_at").is_none() {
                continue;
            }
            let is_over = matches!(text(refund, "status"), "failed" | "canceled");
            let (taken, returned) = (row.holds("taken"), row.holds("returned"));
            if is_over && taken && !returned {
                paid.push(self.item("failed_refund", refund, row));
            }
            if !is_over && !taken {
                credited.push(self.item("refund", refund, row));
            }
        }
        Ok(Seen {
            paid,
            credited,
            last,
        })
    }

    /// Each of our own is asked for, because one that Stripe does not know is in none of its lists.
    async fn own(&self, after: Option<&str>) -> Result<Seen, Problem> {
        let from = time::format(self.window.0);
        // To the second, as at Stripe: as texts, times with a fraction would stand before their own second.
        let from = from.split(['.', 'Z']).next().unwrap_or_default().to_owned();
        let own =
            statements::credited_in(self.who, [from, time::format(self.window.1)], after, OWN);
        let answer = self.context.directory(vec![own]).await?;
        let rows = answer.values(0)?;
        let mut credited = Vec::new();
        for row in rows {
            let row = Row::new(row);
            let id = row.text("id")?;
            let told = match call(self.context, self.connection, &payment::one(&id)).await {
                Ok(intent) => intent,
                Err(Failed::Refused(error)) if error.status == 404 => Value::Null,
                Err(failed) => return Err(failed.into()),
            };
            if told["status"] != "succeeded" {
                let mut item = self.item("payment", &told, row);
                item.id.clone_from(&id);
                item.payment = id;
                credited.push(item);
            }
        }
        let last = rows.last().map(Row::new).filter(|_| rows.len() == OWN);
        Ok(Seen {
            paid: Vec::new(),
            credited,
            last: last.map(|row| row.text("id")).transpose()?,
        })
    }

    fn item(&self, kind: &'static str, object: &Value, row: Row<'_>) -> Item {
        let currency = text(object, "currency");
        let amount = object["amount_received"]
            .as_i64()
            .filter(|units| *units > 0);
        let amount = amount.or_else(|| object["amount"].as_i64());
        let [id, payment] = ids_of(object);
        let since = row.given("credited_at").and_then(|at| time::parse(&at));
        let made = object["created"].as_i64();
        let made = made.map(|seconds| Instant::from_micros(seconds.saturating_mul(1_000_000)));
        let now = self.context.now();
        let at = made.or(since).unwrap_or(now);
        Item {
            kind,
            id: id.to_owned(),
            payment: payment.to_owned(),
            amount: amount.and_then(|units| major_units(currency, units).ok()),
            currency: (!currency.is_empty()).then(|| currency.to_ascii_uppercase()),
            customer_id: row.given("customer_id"),
            event_id: row.given("event_id"),
            at: time::format(at),
            age_seconds: now
                .micros()
                .saturating_sub(at.micros())
                .div_euclid(1_000_000),
        }
    }
}

fn text<'a>(object: &'a Value, name: &str) -> &'a str {
    object[name].as_str().unwrap_or_default()
}

/// An object's own id, and that of its payment: a PaymentIntent is its own.
fn ids_of(object: &Value) -> [&str; 2] {
    let id = text(object, "id");
    let payment = &object["payment_intent"];
    let payment = payment.as_str().or_else(|| payment["id"].as_str());
    [id, payment.unwrap_or(id)]
}

/// Whether the seller's own metadata names somebody of this side; see the table in `stripe`.
fn names_a_wallet(intent: &Value, who: &Principal) -> bool {
    let Some(metadata) = intent["metadata"].as_object() else {
        return false;
    };
    let said = |name: &str| metadata.get(name).and_then(Value::as_str);
    // Several platform accounts may take their payments on one account of Stripe's: another one's must not be told.
    let is_here = |name: &str, own: &str| said(name).is_none_or(|named| named == own);
    metadata.keys().any(|name| name.starts_with("scrip_"))
        && is_here("scrip_account", &who.account_id)
        && is_here("scrip_mode", &who.mode)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_walk_goes_through_all_lists_and_ends() {
        let mut cursor = None;
        let mut words = Vec::new();
        loop {
            let place = Place::read(cursor.as_deref()).unwrap_or_else(|_| panic!("{cursor:?}"));
            words.push(place.list.word());
            match place.next(None) {
                Some(next) => cursor = Some(next),
                None => break,
            }
        }
        assert_eq!(words, ["payments", "refunds", "own"]);
        let place = Place::read(Some("refunds.re_1"));
        assert!(place.is_ok_and(|one| one.after.as_deref() == Some("re_1")));
        assert!(Place::read(Some("x")).is_err() && Place::read(Some("x.y")).is_err());
    }
}
