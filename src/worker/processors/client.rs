//! The one place that asks Stripe.
//!
//! A request that nobody answered is sent again under the same key: Stripe does it once. After a few
//! times the caller is told to come again, and then the same request goes out under the same key.

use serde_json::Value;

use crate::stripe::api::{ApiError, ApiRequest, Next, next};
use crate::wire::problem::{Failure, Problem};
use crate::worker::edge::context::Context;
use crate::worker::edge::world::{Outgoing, Said, Unanswered};

use super::connection::Connection;

/// How long one answer may take, in milliseconds. Stripe's own limit for a slow bank is 80 seconds; who
/// waits for a page has gone by then.
const PATIENCE: u32 = 20_000;

/// How often a request is sent, all in all.
const TIMES: u32 = 3;

/// How long we wait before the second time, in milliseconds; twice as long before the third.
const FIRST_PAUSE: u32 = 500;

/// The longest that we wait where Stripe says how long, in seconds; our caller waits meanwhile.
const LONGEST_PAUSE: u32 = 5;

/// Whom Stripe is asked for, and with which key.
pub struct Asker<'a> {
    pub secret_key: &'a str,
    pub connected_account: Option<&'a str>,
}

/// Why there is no answer.
#[derive(Debug)]
pub enum Failed {
    /// Stripe has said no.
    Refused(Box<ApiError>),
    /// Nobody knows whether it happened.
    Open(Problem),
    /// It was not even asked.
    Unasked(Problem),
}

impl From<Failed> for Problem {
    fn from(failed: Failed) -> Self {
        match failed {
            Failed::Refused(error) => refused(&error),
            Failed::Open(problem) | Failed::Unasked(problem) => problem,
        }
    }
}

/// A refusal, as our caller is told of it.
fn refused(error: &ApiError) -> Problem {
    let words = &error.message;
    if error.is_about_the_key() {
        let detail = format!(
            "Stripe refused the key of this account: {words} Connect Stripe again with a key that may do this."
        );
        return Failure::ProcessorRefused.because(detail);
    }
    let param = error.param.as_deref();
    let param = param.map_or(String::new(), |param| format!(" (`{param}`)"));
    Failure::ProcessorRefused.because(format!("Stripe refused{param}: {words}"))
}

fn open(after: Option<u32>) -> Problem {
    let detail = "Stripe did not answer. Send the same call again, with the same Idempotency-Key: Stripe does it \
                  once. Should it not answer for hours, begin anew with another key.";
    let after = after.and_then(|seconds| u16::try_from(seconds).ok());
    Problem {
        retry_after: after,
        ..Failure::Unavailable.because(detail)
    }
}

/// How a request is asked.
#[derive(Clone, Copy)]
struct Effort {
    times: u32,
    patience: u32,
}

/// As often as it is safe and of use.
const FULL: Effort = Effort {
    times: TIMES,
    patience: PATIENCE,
};

/// Once, and not for long: for questions of which the answer comes by itself later.
const ONCE: Effort = Effort {
    times: 1,
    patience: 5_000,
};

/// Asks Stripe with the key of a connection.
///
/// # Errors
/// [`Failed`].
pub async fn call(
    context: &Context<'_>,
    connection: &Connection,
    request: &ApiRequest,
) -> Result<Value, Failed> {
    by(context, connection, request, FULL).await
}

/// The same, once and not for long.
///
/// # Errors
/// [`Failed`].
pub async fn call_once(
    context: &Context<'_>,
    connection: &Connection,
    request: &ApiRequest,
) -> Result<Value, Failed> {
    by(context, connection, request, ONCE).await
}

async fn by(
    context: &Context<'_>,
    connection: &Connection,
    request: &ApiRequest,
    effort: Effort,
) -> Result<Value, Failed> {
    let secret_key = connection.secret_key(context.config);
    let secret_key = secret_key.map_err(Failed::Unasked)?;
    let asker = Asker {
        secret_key: &secret_key,
        connected_account: connection.connected_account.as_deref(),
    };
    with_effort(context, &asker, request, effort).await
}

/// Asks Stripe with a key that nobody has stored yet.
///
/// # Errors
/// [`Failed`].
pub async fn ask(
    context: &Context<'_>,
    asker: &Asker<'_>,
    request: &ApiRequest,
) -> Result<Value, Failed> {
    with_effort(context, asker, request, FULL).await
}

async fn with_effort(
    context: &Context<'_>,
    asker: &Asker<'_>,
    request: &ApiRequest,
    effort: Effort,
) -> Result<Value, Failed> {
    let origin = context.config.stripe_api().map_err(Failed::Unasked)?;
    let outgoing = Outgoing {
        method: request.method,
        url: format!("{origin}{}", request.path),
        headers: request.headers(asker.secret_key, asker.connected_account),
        body: request.body.clone(),
        patience: effort.patience,
    };
    let mut pause = FIRST_PAUSE;
    let mut waits = None;
    for _ in 0..effort.times {
        if let Some(millis) = waits {
            context.world.pause(millis).await;
        }
        let after = match meaning(context.world.ask(outgoing.clone()).await) {
            Next::Done(value) => return Ok(value),
            Next::Refused(error) => return Err(Failed::Refused(Box::new(error))),
            Next::Again { after } => after,
        };
        // Longer than anybody here waits, so the caller is told for how long.
        if after.is_some_and(|seconds| seconds > LONGEST_PAUSE) {
            return Err(Failed::Open(open(after)));
        }
        let said = after.map_or(0, |seconds| seconds.saturating_mul(1_000));
        waits = Some(said.max(pause));
        pause = pause.saturating_mul(2);
    }
    Err(Failed::Open(open(None)))
}

fn meaning(answer: Result<Said, Unanswered>) -> Next {
    match answer {
        Ok(said) => next(said.status, |name| said.header(name), &said.body),
        Err(Unanswered::Timeout | Unanswered::Unreachable) => Next::Again { after: None },
    }
}
