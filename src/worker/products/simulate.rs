//! What usage would cost a customer who has a version of a product and has used nothing yet.

use crate::wire::estimate::simulation;
use crate::wire::usage::simulate_usage;
use crate::worker::edge::context::Context;
use crate::worker::edge::principal::Caller;
use crate::worker::edge::reply::{Handled, Reply};
use crate::worker::edge::request::Path;

use super::handlers::version_in;

/// A draft can be tried before it is published.
pub async fn simulate_version(context: &Context<'_>, who: &Caller, path: &Path) -> Handled {
    let events = simulate_usage(context.body)?;
    let (_, version) = version_in(context, who, path).await?;
    let reply = simulation(&version.offer, &events, context.now())?;
    Ok(Reply::ok(reply))
}
