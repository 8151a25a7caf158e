//! How amounts of an asset are written on a page.

use crate::stripe;
use crate::wire::Problem;
use crate::wire::page::Unit;
use crate::wire::reply::json;
use crate::worker::edge::context::Context;
use crate::worker::edge::principal::Principal;
use crate::worker::edge::rows::Row;

use super::statements;

/// How amounts of these assets are written on a page.
///
/// # Errors
/// `unavailable`, or an unreadable answer.
pub async fn units(
    context: &Context<'_>,
    who: &Principal,
    codes: &[&str],
) -> Result<impl Fn(&str) -> Unit + use<>, Problem> {
    // All at once, because a page shows several and each look-up would be a round trip.
    let answer = context
        .directory(vec![statements::units_of_assets(who, json(&codes))])
        .await?;
    Ok(move |code: &str| {
        // A page without a label is better than none, so what cannot be read falls back on the
        // code.
        let rows = answer.values(0).unwrap_or_default();
        let mut rows = rows.iter().map(Row::new);
        let row = rows.find(|row| row.given("code").as_deref() == Some(code));
        let label = row.and_then(|row| row.given("label"));
        Unit {
            name: label.unwrap_or_else(|| code.to_owned()),
            symbol: row.and_then(|row| row.given("symbol")),
            // Money is written with its cents, where it has some.
            places: stripe::places(code).unwrap_or(0),
        }
    })
}
