//! Assets: what wallets can hold, and what is paid for it.

use serde::Serialize;

use crate::engine::Instant;
use crate::engine::exchange::ExchangeRate;
use crate::journal::chain::request_digest;
use crate::wire::catalogue::{NewAsset, NewQuote, NewRate, RateReply, SourceRates};
use crate::wire::problem::{Failure, Problem};
use crate::wire::reply::json;
use crate::wire::time;
use crate::worker::edge::context::Context;
use crate::worker::edge::list::page;
use crate::worker::edge::principal::Caller;
use crate::worker::edge::reply::{Handled, Reply};
use crate::worker::edge::request::Path;
use crate::worker::edge::rows::Row;

use super::statements;

#[derive(Serialize)]
struct AssetReply {
    code: String,
    name: String,
    precision: u32,
    #[serde(skip_serializing_if = "Option::is_none")]
    label: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    symbol: Option<String>,
    /// Left out in lists.
    #[serde(skip_serializing_if = "Option::is_none")]
    rates: Option<Vec<SourceRates>>,
    created_at: String,
}

impl AssetReply {
    /// A row as it is shown; without rates where a list shows it.
    fn of(row: Row<'_>, rates: Option<Vec<SourceRates>>) -> Result<Self, Problem> {
        Ok(Self {
            code: row.text("code")?,
            name: row.text("name")?,
            precision: row.count("precision")?,
            label: row.given("label"),
            symbol: row.given("symbol"),
            rates,
            created_at: row.text("created_at")?,
        })
    }
}

/// The same body again answers the same; another body under the same code is a conflict.
///
/// `POST /v1/assets`.
///
/// | body | found | reply |
/// |---|---|---|
/// | new | nothing | 201 |
/// | the same | the asset | 201, replayed, with the rates that it began with |
/// | another one | the asset | `already_exists` |
pub async fn create(context: &Context<'_>, who: &Caller, _: &Path) -> Handled {
    let asset = NewAsset::read(context.body)?;
    let request = request_digest(&["asset", &json(&asset)]);
    let values = vec![
        Some(asset.code.clone()),
        Some(asset.name.clone()),
        Some(asset.precision.to_string()),
        asset.label.clone(),
        asset.symbol.clone(),
        Some(request.clone()),
        Some(time::format(context.now())),
    ];
    let mut statements = vec![
        statements::insert_asset(who, values),
        statements::asset_by_code(who, &asset.code),
    ];
    // In the same transaction, because an asset without its rates could be sold by nobody.
    if !asset.rates.is_empty() {
        let pairs = asset.rates.iter();
        let pairs: Vec<_> = pairs.map(|one| (&one.source, json(&one.rate))).collect();
        let at = context.now().micros();
        let pairs = json(&pairs);
        let insert = statements::insert_starting_rates(who, &asset.code, &request, at, pairs);
        statements.push(insert);
    }
    let answer = context.directory(statements).await?;
    match answer.row(1)? {
        Some(row) if row.text("request")? == request => {
            let rates = starting_rates(asset, &row.text("created_at")?);
            let reply = Reply::new(201, json(&AssetReply::of(row, Some(rates))?));
            Ok(reply.replayed(!answer.wrote(0)))
        }
        _ => {
            let detail = format!(
                "The asset {} exists already, with other details.",
                asset.code
            );
            Err(Failure::AlreadyExists.because(detail))
        }
    }
}

/// The rates as they were when the asset was made: a replay says nothing of later ones.
fn starting_rates(asset: NewAsset, created_at: &str) -> Vec<SourceRates> {
    let from = time::parse(created_at).unwrap_or_default();
    let shown = asset.rates.into_iter().map(|one| SourceRates {
        source: one.source,
        schedule: vec![RateReply::new(one.rate, from, None)],
    });
    shown.collect()
}

/// `GET /v1/assets`: by code, without rates.
pub async fn list(context: &Context<'_>, who: &Caller, _: &Path) -> Handled {
    let asked = statements::LIST.asked(context)?;
    let answer = context
        .directory(statements::LIST.statements(who, vec![], &asked).into())
        .await?;
    page(&answer, &statements::LIST, &asked, |row| {
        AssetReply::of(row, None)
    })
}

fn code_in(path: &Path) -> &str {
    path.first().map(String::as_str).unwrap_or_default()
}

fn no_asset(code: &str) -> Problem {
    let detail = format!("There is no asset {code}. Create it with POST /v1/assets.");
    Failure::NotFound.because(detail)
}

/// `GET /v1/assets/{code}`: with all rates, those of each source newest first. 404 where there is
/// none.
pub async fn get(context: &Context<'_>, who: &Caller, path: &Path) -> Handled {
    let code = code_in(path);
    let answer = context
        .directory(vec![
            statements::asset_by_code(who, code),
            statements::rates_of_asset(who, code, None),
        ])
        .await?;
    let asset = answer.row(0)?.ok_or_else(|| no_asset(code))?;
    let mut rates: Vec<SourceRates> = Vec::new();
    for row in answer.values(1)? {
        let row = Row::new(row);
        let [from, to] = ["valid_from", "valid_to"].map(|name| row.number(name));
        let from = Instant::from_micros(from.unwrap_or_default());
        let to = to.map(Instant::from_micros);
        let reply = RateReply::new(exchange_rate(row)?, from, to);
        let source = row.text("source")?;
        // The rows come sorted by source, so those of one source stand together.
        match rates.last_mut() {
            Some(last) if last.source == source => last.schedule.push(reply),
            _ => rates.push(SourceRates {
                source,
                schedule: vec![reply],
            }),
        }
    }
    let reply = AssetReply::of(asset, Some(rates))?;
    Ok(Reply::ok(json(&reply)))
}

// Rates.

/// The rate of a row, in the form in which it was given.
fn exchange_rate(row: Row<'_>) -> Result<ExchangeRate, Problem> {
    let unreadable = |_| Failure::Internal.because("A rate of this asset cannot be read.");
    serde_json::from_str(&row.text("rate")?).map_err(unreadable)
}

/// `POST /v1/assets/{code}/rates`: a rate is identified by its source and the moment it holds from.
///
/// | case | reply |
/// |---|---|
/// | a new moment | 204; the rate before it ends there |
/// | the same moment again | 204; it takes the place of the one that was there |
/// | no such asset | 404 |
pub async fn add_rate(context: &Context<'_>, who: &Caller, path: &Path) -> Handled {
    let code = code_in(path);
    let rate = NewRate::read(context.body, code, context.now())?;
    let answer = context
        .directory(vec![statements::asset_by_code(who, code)])
        .await?;
    // A rate of nothing would be found by nobody; assets are never deleted, so this stays true.
    answer.row(0)?.ok_or_else(|| no_asset(code))?;
    let add = statements::add_rate(
        who,
        code,
        &rate.source,
        rate.valid_from.micros(),
        rate.valid_to.map(Instant::micros),
        json(&rate.rate),
    );
    context.directory(add.into()).await?;
    Ok(Reply::new(204, String::new()))
}

/// `POST /v1/assets/{code}/quote`: what an amount buys, or would have bought.
///
/// 404 where there is no such asset; `validation_failed` where it had no rate then.
pub async fn quote(context: &Context<'_>, who: &Caller, path: &Path) -> Handled {
    let code = code_in(path);
    let quote = NewQuote::read(context.body, context.now())?;
    let at = quote.exchange_at.micros();
    let answer = context
        .directory(vec![
            statements::asset_by_code(who, code),
            statements::rate_of_asset_at(who, code, &quote.source, at),
        ])
        .await?;
    let asset = answer.row(0)?.ok_or_else(|| no_asset(code))?;
    let none = || {
        let source = &quote.source;
        let when = time::format(quote.exchange_at);
        let sentence = format!("has no rate for {code} at {when}; add one, or name another time");
        Problem::field("source", format!("{source} {sentence}"))
    };
    let rate = exchange_rate(answer.row(1)?.ok_or_else(none)?)?;
    let body = quote.answer(code, asset.count("precision")?, rate)?;
    Ok(Reply::ok(body))
}
