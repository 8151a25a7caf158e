//! What usage would cost a customer who has a version of a product and has used nothing yet.
//!
//! Nothing is read of any customer and nothing is written: the engine prices the events as it
//! would in an empty wallet.

use crate::wire::estimate::simulation;
use crate::wire::usage::simulate_usage;
use crate::worker::edge::context::Context;
use crate::worker::edge::principal::Caller;
use crate::worker::edge::reply::{Handled, Reply};
use crate::worker::edge::request::Path;

use super::handlers::version_in;

/// A draft can be tried before it is published.
/// `POST /v1/products/{id}/{version}/simulate-usage`.
pub async fn simulate_version(context: &Context<'_>, who: &Caller, path: &Path) -> Handled {
    let events = simulate_usage(context.body)?;
    // After the body: what is wrong with it is told without asking the directory.
    let (_, version) = version_in(context, who, path).await?;
    let reply = simulation(&version.offer, &events, context.now())?;
    Ok(Reply::ok(reply))
}
