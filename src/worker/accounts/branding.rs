//! How what an account's customers see looks. Also their tokens read it, because their pages show it.

use std::collections::BTreeMap;

use serde::Serialize;

use crate::wire::problem::{Failure, Problem};
use crate::wire::reply::json;
use crate::worker::edge::context::Context;
use crate::worker::edge::principal::Caller;
use crate::worker::edge::reply::{Handled, Reply};
use crate::worker::edge::request::Path;
use crate::worker::edge::rows::{Outcomes, Row};

use super::brand::Branding;
use super::statements;

/// What was set, and how amounts of each asset are written.
#[derive(Serialize)]
struct BrandingReply {
    #[serde(flatten)]
    branding: Branding,
    /// By the code of an asset that is not written by its code.
    units: BTreeMap<String, UnitReply>,
}

#[derive(Serialize)]
struct UnitReply {
    label: Option<String>,
    symbol: Option<String>,
}

/// `GET /v1/accounts/self/branding`: of the account that the call acts for, on its side.
pub async fn get(context: &Context<'_>, who: &Caller, _: &Path) -> Handled {
    let answer = context
        .directory(vec![
            statements::branding(who),
            statements::named_assets(who),
        ])
        .await?;
    reply(branding_in(&answer, 0)?, &answer)
}

/// `PUT /v1/accounts/self/branding`: all of it, 200. Pages that are open show it when they are loaded again.
pub async fn set(context: &Context<'_>, who: &Caller, _: &Path) -> Handled {
    let branding = Branding::read(context.body)?;
    let statements = vec![
        statements::set_branding(who, json(&branding)),
        statements::named_assets(who),
    ];
    let answer = context.change(who, statements).await?;
    reply(branding, &answer)
}

fn reply(branding: Branding, answer: &Outcomes) -> Handled {
    let mut units = BTreeMap::new();
    for row in answer.values(1)?.iter().map(Row::new) {
        let unit = UnitReply {
            label: row.given("label"),
            symbol: row.given("symbol"),
        };
        units.insert(row.text("code")?, unit);
    }
    // A label says what the whole unit is called, so no symbol of before stands in front of it.
    for (code, label) in &branding.labels.assets {
        let unit = UnitReply {
            label: Some(label.clone()),
            symbol: None,
        };
        units.insert(code.clone(), unit);
    }
    Ok(Reply::ok(json(&BrandingReply { branding, units })))
}

/// What a statement has found to be set; nothing where nobody has.
///
/// # Errors
/// `internal_error` where it cannot be read.
pub fn branding_in(answer: &Outcomes, statement: usize) -> Result<Branding, Problem> {
    let stored = answer.row(statement)?.and_then(|row| row.given("branding"));
    // It was checked when it was written, so this is damage and none of the caller's fault.
    let unreadable = |_| Failure::Internal.because("The account's branding cannot be read.");
    stored.map_or_else(
        || Ok(Branding::default()),
        |text| serde_json::from_str(&text).map_err(unreadable),
    )
}
