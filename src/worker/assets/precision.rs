//! The assets that other things name, with their precision.
//!
//! | code | precision |
//! |---|---|
//! | created here | as it was created |
//! | a currency in capitals, not created | the default one |
//! | anything else | none: there is no such asset |

use std::collections::BTreeMap;

use crate::engine::Asset;
use crate::stripe;
use crate::wire::catalogue::DEFAULT_PRECISION;
use crate::wire::json::Errors;
use crate::wire::problem::Problem;
use crate::worker::edge::context::Context;
use crate::worker::edge::principal::Principal;
use crate::worker::edge::rows::Outcomes;

use super::statements;

/// The assets that a request names, each with the path where it does: all of them are looked up at
/// once, and all that do not exist are told.
///
/// # Errors
/// `validation_failed` at every path that names no asset.
pub async fn look_up(
    context: &Context<'_>,
    who: &Principal,
    named: &[(String, &str)],
) -> Result<BTreeMap<String, Asset>, Problem> {
    let mut codes: Vec<&str> = Vec::new();
    for (_, code) in named {
        // A request may name one asset in every price, so each is looked up only once, and the list is
        // short.
        if !codes.contains(code) {
            codes.push(code);
        }
    }
    // Nothing to ask is no question: an empty transaction would cost a round trip all the same.
    if codes.is_empty() {
        return Ok(BTreeMap::new());
    }
    let ask = |code: &&str| statements::asset_by_code(who, code);
    let answer = context.directory(codes.iter().map(ask).collect()).await?;
    let mut assets = BTreeMap::new();
    for (place, code) in codes.iter().enumerate() {
        if let Some(precision) = precision(&answer, place, code)? {
            let asset = Asset {
                code: (*code).to_owned(),
                precision,
            };
            assets.insert(asset.code.clone(), asset);
        }
    }
    let mut errors = Errors::default();
    for (path, code) in named {
        if !assets.contains_key(*code) {
            errors.add(path, no_such(code));
        }
    }
    errors.check(Some(assets)).map_err(Problem::from)
}

/// What an error says of an asset that does not exist.
#[must_use]
pub fn no_such(code: &str) -> String {
    format!("names the asset {code}, which does not exist; create it first")
}

/// The precision of an asset as it was created, or the default one of a currency that everybody knows.
///
/// # Errors
/// `internal_error` where the directory's answer cannot be read.
pub fn precision(answer: &Outcomes, place: usize, code: &str) -> Result<Option<u32>, Problem> {
    if let Some(row) = answer.row(place)? {
        return row.count("precision").map(Some);
    }
    // In capitals only, since codes are told apart by their case and `usd` could be somebody's
    // points.
    let known = stripe::is_known(code) && code == code.to_ascii_uppercase();
    Ok(known.then_some(DEFAULT_PRECISION))
}

/// The precision of one asset.
///
/// One round trip; whoever needs several asks [`look_up`].
///
/// # Errors
/// `validation_failed` at the path where there is no such asset.
pub async fn precision_of(
    context: &Context<'_>,
    who: &Principal,
    asset: &str,
    path: &str,
) -> Result<u32, Problem> {
    let answer = context
        .directory(vec![statements::asset_by_code(who, asset)])
        .await?;
    let precision = precision(&answer, 0, asset)?;
    precision.ok_or_else(|| Problem::field(path, no_such(asset)))
}
