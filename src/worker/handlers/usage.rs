//! Authorize, hold, capture, and events that are recorded as they come.

use crate::wire::Problem;
use crate::wire::customer_ref::{CustomerRef, customer_of};
use crate::wire::ids::{self, parse_hold};
use crate::wire::problem::Failure;
use crate::wire::usage;

use crate::worker::auth::{Principal, authenticate};
use crate::worker::call::Ask;
use crate::worker::directory;
use crate::worker::edge::{Context, Handled, Stop};
use crate::worker::routes::Path;
use crate::worker::row::Row;

use super::forward_to;

pub fn authorize(context: &Context<'_>, _: &Path) -> Handled {
    let who = authenticate(context)?;
    // A request that names no wallet cannot be forwarded, so all its errors are found here.
    let customer = customer_of(context.body).map_err(|problem| {
        let key = context.request.idempotency_key;
        with_customer_errors(problem, usage::authorize(context.body, key).err())
    })?;
    forward_to(context, &who, customer, |id| {
        let topup_url = context.config.topup_url.replace("{customer_id}", id);
        Ask::Authorize {
            topup_url: Some(topup_url).filter(|url| !url.is_empty()),
        }
    })
}

pub fn record_usage(context: &Context<'_>, _: &Path) -> Handled {
    let who = authenticate(context)?;
    let customer = customer_of(context.body).map_err(|problem| {
        with_customer_errors(problem, usage::record_usage(context.body).err())
    })?;
    let preferences = context.request.prefer.unwrap_or_default();
    let represent = preferences
        .split([',', ';'])
        .any(|one| one.trim().eq_ignore_ascii_case("return=representation"));
    forward_to(context, &who, customer, |_| Ask::RecordUsage { represent })
}

/// Everything that is wrong with a request, also what its wallet would have found.
fn with_customer_errors(problem: Problem, other: Option<Problem>) -> Problem {
    let mut errors = problem.errors.clone();
    for (path, sentences) in other.iter().flat_map(|other| other.errors.by_field()) {
        for sentence in sentences {
            errors.add(path, sentence.clone());
        }
    }
    if errors.is_empty() {
        return problem;
    }
    Problem::invalid(errors)
}

pub fn capture_hold(context: &Context<'_>, path: &Path) -> Handled {
    forward_hold(context, path, |hold| Ask::CaptureHold { hold })
}

pub fn extend_hold(context: &Context<'_>, path: &Path) -> Handled {
    forward_hold(context, path, |hold| Ask::ExtendHold { hold })
}

pub fn release_hold(context: &Context<'_>, path: &Path) -> Handled {
    forward_hold(context, path, |hold| Ask::ReleaseHold { hold })
}

pub fn get_hold(context: &Context<'_>, path: &Path) -> Handled {
    forward_hold(context, path, |hold| Ask::GetHold { hold })
}

/// A hold id carries its wallet, so it routes by itself.
fn forward_hold(context: &Context<'_>, path: &Path, ask: impl FnOnce(u64) -> Ask) -> Handled {
    let who = authenticate(context)?;
    let id = path.first().map(String::as_str).unwrap_or_default();
    let Some((customer, hold)) = parse_hold(id) else {
        let detail = format!("There is no hold {id}. Use the hold id that authorize returned.");
        return Err(Failure::NotFound.because(detail).into());
    };
    Ok(context.forward(&who.wallet(&customer), &customer, ask(hold)))
}

/// Exact at once where the query or the id itself names the customer; else as the wallets have told.
pub fn get_event(context: &Context<'_>, path: &Path) -> Handled {
    let who = authenticate(context)?;
    let event = path.first().cloned().unwrap_or_default();
    let named = context.query("customer_id").map(CustomerRef::Id);
    let external = context
        .query("customer_external_id")
        .map(CustomerRef::ExternalId);
    let captured =
        ids::parse_captured_event(&event).map(|(customer, ..)| CustomerRef::Id(customer));
    let customer = match named.or(external).or(captured) {
        Some(customer) => customer,
        None => CustomerRef::Id(indexed(context, &who, &event)?),
    };
    forward_to(context, &who, customer, |_| Ask::GetEvent {
        id: event.clone(),
    })
}

fn indexed(context: &Context<'_>, who: &Principal, event: &str) -> Result<String, Stop> {
    let answer = context.directory(vec![directory::customers_of_event(who, event)])?;
    match answer.values(0)? {
        [row] => Ok(Row::new(row).text("customer_id")?),
        [] => {
            let detail = format!(
                "There is no event {event}. One that was sent within the last seconds is found \
                 with ?customer_id= or ?customer_external_id=."
            );
            Err(Failure::NotFound.because(detail).into())
        }
        _ => {
            let detail = "Several customers have an event with this id: name one with \
                          ?customer_id= or ?customer_external_id=.";
            Err(Failure::AlreadyExists.because(detail).into())
        }
    }
}
