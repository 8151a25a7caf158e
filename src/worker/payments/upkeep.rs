//! What the clock of the deployment does for all sides, because nobody may come to ask: a little each time, and the
//! longest due first, so that no side keeps the others waiting.

use serde::Serialize;

use crate::wire::problem::Problem;
use crate::wire::reply::json;
use crate::worker::edge::context::Context;
use crate::worker::edge::principal::Principal;
use crate::worker::edge::rows::{Outcomes, Row};

use super::{inbox, recovery, statements};

/// So many sides are seen to at each tick.
const SIDES: usize = 10;

/// So many thin events of each.
const EVENTS: usize = 20;

/// Pages of what was not delivered to each.
const PAGES: usize = 2;

/// A line for whoever runs the deployment: the side's money may wait for this.
#[derive(Serialize)]
struct Failed<'a> {
    log: &'static str,
    request_id: &'a str,
    account_id: &'a str,
    mode: &'a str,
    detail: &'a str,
}

/// One tick. What fails on one side is tried again at another tick, and the other sides are seen to all the same.
///
/// # Errors
/// `unavailable` where the directory does not answer.
pub async fn tick(context: &Context<'_>) -> Result<(), Problem> {
    let now = context.now().micros();
    let answer = context
        .directory(vec![
            statements::sides_with_due_thin(now, SIDES),
            statements::sides_to_recover(now, SIDES),
        ])
        .await?;
    // One after the other, because all of them share what one tick may ask of the platform.
    for who in sides(context, &answer, 0)? {
        let swept = inbox::sweep(context, &who, EVENTS).await;
        note(context, &who, swept.err());
    }
    for who in sides(context, &answer, 1)? {
        let found = recovery::run(context, &who, PAGES).await;
        note(context, &who, found.err());
    }
    Ok(())
}

fn note(context: &Context<'_>, who: &Principal, problem: Option<Problem>) {
    let Some(problem) = problem else { return };
    context.world.log(&json(&Failed {
        log: "stripe_upkeep_failed",
        request_id: context.request_id,
        account_id: &who.account_id,
        mode: &who.mode,
        detail: &problem.detail,
    }));
}

/// The sides that a statement has found, as far as this server has them.
fn sides(
    context: &Context<'_>,
    answer: &Outcomes,
    statement: usize,
) -> Result<Vec<Principal>, Problem> {
    let rows = answer.values(statement)?.iter().map(Row::new);
    let named = rows.map(|row| Ok((row.text("account_id")?, row.text("mode")?)));
    let named = named.collect::<Result<Vec<_>, Problem>>()?;
    // A local server has only one side: rows of the other one could be there since before, and are left alone.
    let side = |(account, mode)| Principal::of(context.config, account, mode).ok();
    Ok(named.into_iter().filter_map(side).collect())
}
