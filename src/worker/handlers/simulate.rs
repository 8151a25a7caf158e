//! What usage would cost a customer who has a version of a product and has used nothing yet.

use crate::wire::estimate::simulation;
use crate::wire::usage::simulate_usage;

use crate::worker::auth::authenticate;
use crate::worker::call::Reply;
use crate::worker::edge::{Context, Handled, Step};
use crate::worker::routes::Path;

use super::products::version_in;

/// A draft can be tried before it is published.
pub fn simulate_version(context: &Context<'_>, path: &Path) -> Handled {
    let who = authenticate(context)?;
    let events = simulate_usage(context.body)?;
    let (_, version) = version_in(context, &who, path)?;
    let reply = simulation(&version.offer, &events, context.now())?;
    Ok(Step::Reply(Reply::ok(reply)))
}
