//! Authorize, hold, capture, and events that are recorded as they come.
//!
//! These handlers only find out whose wallet it is. The body goes there untouched and is read
//! there, so what is decided is what was sent.

use crate::wire::Problem;
use crate::wire::customer_ref::{CustomerRef, customer_of};
use crate::wire::ids::{self, parse_hold};
use crate::wire::problem::Failure;
use crate::wire::usage;
use crate::worker::edge::call::Ask;
use crate::worker::edge::context::Context;
use crate::worker::edge::forward::{Forward, forward};
use crate::worker::edge::principal::{Caller, Principal};
use crate::worker::edge::reply::Handled;
use crate::worker::edge::request::{Path, Request};
use crate::worker::edge::rows::Row;
use crate::worker::events;

/// `POST /v1/authorize`.
///
/// 422 with every error at once, where the body names no customer; everything else is the wallet's
/// to say.
pub fn authorize(request: &Request<'_>, who: &Caller, _: &Path) -> Result<Forward, Problem> {
    // A request that names no wallet cannot be forwarded, so all its errors are found here.
    let customer = customer_of(request.body).map_err(|problem| {
        let key = request.idempotency_key;
        with_customer_errors(
            problem,
            usage::authorize(request.body, key, who.on_unpriced).err(),
        )
    })?;
    // An empty setting means none: a denied caller is not sent to nowhere.
    let topup_url = Some(request.config.topup_url.clone()).filter(|url| !url.is_empty());
    let on_unpriced = who.on_unpriced;
    let ask = Ask::Authorize {
        topup_url,
        on_unpriced,
        spend_cap: who.token.as_ref().and_then(|token| token.cap.clone()),
    };
    Ok(Forward { customer, ask })
}

/// `POST /v1/events`: with `Prefer: return=representation`, answered with fees and balances.
///
/// The customer is the whole request's: events of several customers would need several wallets,
/// and then no batch could happen as a whole.
pub fn record_usage(request: &Request<'_>, _: &Caller, _: &Path) -> Result<Forward, Problem> {
    let customer = customer_of(request.body).map_err(|problem| {
        with_customer_errors(problem, usage::record_usage(request.body).err())
    })?;
    // `Prefer` may list several, also ones that mean nothing here, so those are passed over, as HTTP
    // wants.
    let preferences = request.prefer.unwrap_or_default();
    let represent = preferences
        .split([',', ';'])
        .any(|one| one.trim().eq_ignore_ascii_case("return=representation"));
    let ask = Ask::RecordUsage { represent };
    Ok(Forward { customer, ask })
}

/// Everything that is wrong with a request, also what its wallet would have found.
///
/// Without this a caller would repair the customer first and then be told of the rest.
fn with_customer_errors(problem: Problem, other: Option<Problem>) -> Problem {
    let mut errors = problem.errors.clone();
    for (path, sentences) in other.iter().flat_map(|other| other.errors.by_field()) {
        for sentence in sentences {
            errors.add(path, sentence.clone());
        }
    }
    // A body that is no JSON has no fields, and its own problem says more.
    if errors.is_empty() {
        return problem;
    }
    Problem::invalid(errors)
}

/// `POST /v1/holds/{id}/capture`.
pub fn capture_hold(_: &Request<'_>, _: &Caller, path: &Path) -> Result<Forward, Problem> {
    of_hold(path, |hold| Ask::CaptureHold { hold })
}

/// `POST /v1/holds/{id}/extend`.
pub fn extend_hold(_: &Request<'_>, who: &Caller, path: &Path) -> Result<Forward, Problem> {
    let on_unpriced = who.on_unpriced;
    of_hold(path, |hold| Ask::ExtendHold { hold, on_unpriced })
}

/// `POST /v1/holds/{id}/release`.
pub fn release_hold(_: &Request<'_>, _: &Caller, path: &Path) -> Result<Forward, Problem> {
    of_hold(path, |hold| Ask::ReleaseHold { hold })
}

/// `GET /v1/holds/{id}`.
pub fn get_hold(_: &Request<'_>, _: &Caller, path: &Path) -> Result<Forward, Problem> {
    of_hold(path, |hold| Ask::GetHold { hold })
}

/// A hold id carries its wallet, so it routes by itself.
///
/// 404 for a text that is no hold's id. Whether there is such a hold, only the wallet knows.
fn of_hold(path: &Path, ask: impl FnOnce(u64) -> Ask) -> Result<Forward, Problem> {
    let id = path.first().map(String::as_str).unwrap_or_default();
    let Some((customer, hold)) = parse_hold(id) else {
        let detail = format!("There is no hold {id}. Use the hold id that authorize returned.");
        return Err(Failure::NotFound.because(detail));
    };
    Ok(Forward::to(&customer, ask(hold)))
}

/// `GET /v1/events/{event}`: exact at once where the query or the id itself names the customer; else as
/// the wallets have told.
///
/// | who is named by | asked |
/// |---|---|
/// | `customer_id` or `customer_external_id` | that wallet |
/// | the id, which a capture made | the wallet that it names |
/// | nobody | the directory, then the wallet |
///
/// | found | status |
/// |---|---|
/// | by one customer | 200 |
/// | by nobody, or not told yet | 404 |
/// | by several customers | 409: they have to be told apart |
pub async fn get_event(context: &Context<'_>, who: &Caller, path: &Path) -> Handled {
    let event = path.first().cloned().unwrap_or_default();
    let named = context.query("customer_id").map(CustomerRef::Id);
    let external = context
        .query("customer_external_id")
        .map(CustomerRef::ExternalId);
    let captured =
        ids::parse_captured_event(&event).map(|(customer, ..)| CustomerRef::Id(customer));
    // The query before the id: a caller may have given an event an id that looks like one of ours.
    let customer = match named.or(external).or(captured) {
        Some(customer) => customer,
        None => CustomerRef::Id(indexed(context, who, &event).await?),
    };
    let ask = Ask::GetEvent { id: event };
    forward(context, who, Forward { customer, ask }).await
}

/// The one customer with such an event, as far as the directory has been told.
async fn indexed(context: &Context<'_>, who: &Principal, event: &str) -> Result<String, Problem> {
    let answer = context
        .directory(vec![events::statements::customers_of_event(who, event)])
        .await?;
    match answer.values(0)? {
        [row] => Row::new(row).text("customer_id"),
        // It says how to find a fresh one, because the directory is told a moment later.
        [] => {
            let detail = format!(
                "There is no event {event}. One that was sent within the last seconds is found \
                 with ?customer_id= or ?customer_external_id=."
            );
            Err(Failure::NotFound.because(detail))
        }
        _ => {
            let detail = "Several customers have an event with this id: name one with \
                          ?customer_id= or ?customer_external_id=.";
            Err(Failure::AlreadyExists.because(detail))
        }
    }
}
