//! Assets: what wallets can hold, and what is paid for it.

use std::collections::BTreeMap;

use serde::Serialize;

use crate::engine::exchange::ExchangeRate;
use crate::engine::{Asset, Instant};
use crate::journal::chain::request_digest;
use crate::stripe;
use crate::wire::catalogue::{
    DEFAULT_PRECISION, NewAsset, NewQuote, NewRate, RateReply, SourceRates,
};
use crate::wire::json::Errors;
use crate::wire::problem::{Failure, Problem};
use crate::wire::reply::json;
use crate::wire::time;

use crate::worker::auth::{Principal, authenticate};
use crate::worker::call::Reply;
use crate::worker::directory;
use crate::worker::edge::{Context, Handled, Outcomes, Step, Stop};
use crate::worker::routes::Path;
use crate::worker::row::Row;

use super::{page, window};

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
pub fn create(context: &Context<'_>, _: &Path) -> Handled {
    let who = authenticate(context)?;
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
        directory::insert_asset(&who, values),
        directory::asset_by_code(&who, &asset.code),
    ];
    if !asset.rates.is_empty() {
        let pairs = asset.rates.iter();
        let pairs: Vec<_> = pairs.map(|one| (&one.source, json(&one.rate))).collect();
        let at = context.now().micros();
        let pairs = json(&pairs);
        let insert = directory::insert_starting_rates(&who, &asset.code, &request, at, pairs);
        statements.push(insert);
    }
    let answer = context.directory(statements)?;
    match answer.row(1)? {
        Some(row) if row.text("request")? == request => {
            let rates = starting_rates(asset, &row.text("created_at")?);
            let reply = Reply::new(201, json(&AssetReply::of(row, Some(rates))?));
            Ok(Step::Reply(reply.replayed(!answer.wrote(0))))
        }
        _ => {
            let detail = format!(
                "The asset {} exists already, with other details.",
                asset.code
            );
            Err(Failure::AlreadyExists.because(detail).into())
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

pub fn list(context: &Context<'_>, _: &Path) -> Handled {
    let who = authenticate(context)?;
    let window = window(context)?;
    let answer = context.directory(directory::list_assets(&who, window).into())?;
    page(&answer, window, |row| AssetReply::of(row, None))
}

fn code_in(path: &Path) -> &str {
    path.first().map(String::as_str).unwrap_or_default()
}

fn no_asset(code: &str) -> Problem {
    let detail = format!("There is no asset {code}. Create it with POST /v1/assets.");
    Failure::NotFound.because(detail)
}

pub fn get(context: &Context<'_>, path: &Path) -> Handled {
    let who = authenticate(context)?;
    let code = code_in(path);
    let answer = context.directory(vec![
        directory::asset_by_code(&who, code),
        directory::rates_of_asset(&who, code, None),
    ])?;
    let asset = answer.row(0)?.ok_or_else(|| no_asset(code))?;
    let mut rates: Vec<SourceRates> = Vec::new();
    for row in answer.values(1)? {
        let row = Row::new(row);
        let [from, to] = ["valid_from", "valid_to"].map(|name| row.number(name));
        let from = Instant::from_micros(from.unwrap_or_default());
        let to = to.map(Instant::from_micros);
        let reply = RateReply::new(exchange_rate(row)?, from, to);
        let source = row.text("source")?;
        match rates.last_mut() {
            Some(last) if last.source == source => last.schedule.push(reply),
            _ => rates.push(SourceRates {
                source,
                schedule: vec![reply],
            }),
        }
    }
    let reply = AssetReply::of(asset, Some(rates))?;
    Ok(Step::Reply(Reply::ok(json(&reply))))
}

// Rates.

fn exchange_rate(row: Row<'_>) -> Result<ExchangeRate, Problem> {
    let unreadable = |_| Failure::Internal.because("A rate of this asset cannot be read.");
    serde_json::from_str(&row.text("rate")?).map_err(unreadable)
}

/// `POST /v1/assets/{code}/rates`: a rate is identified by its source and the moment it holds from.
pub fn add_rate(context: &Context<'_>, path: &Path) -> Handled {
    let who = authenticate(context)?;
    let code = code_in(path);
    let rate = NewRate::read(context.body, code, context.now())?;
    let answer = context.directory(vec![directory::asset_by_code(&who, code)])?;
    answer.row(0)?.ok_or_else(|| no_asset(code))?;
    let add = directory::add_rate(
        &who,
        code,
        &rate.source,
        rate.valid_from.micros(),
        rate.valid_to.map(Instant::micros),
        json(&rate.rate),
    );
    context.directory(add.into())?;
    Ok(Step::Reply(Reply::new(204, String::new())))
}

/// `POST /v1/assets/{code}/quote`: what an amount buys, or would have bought.
pub fn quote(context: &Context<'_>, path: &Path) -> Handled {
    let who = authenticate(context)?;
    let code = code_in(path);
    let quote = NewQuote::read(context.body, context.now())?;
    let at = quote.exchange_at.micros();
    let answer = context.directory(vec![
        directory::asset_by_code(&who, code),
        directory::rate_of_asset_at(&who, code, &quote.source, at),
    ])?;
    let asset = answer.row(0)?.ok_or_else(|| no_asset(code))?;
    let none = || {
        let source = &quote.source;
        let when = time::format(quote.exchange_at);
        let sentence = format!("has no rate for {code} at {when}; add one, or name another time");
        Problem::field("source", format!("{source} {sentence}"))
    };
    let rate = exchange_rate(answer.row(1)?.ok_or_else(none)?)?;
    let body = quote.answer(code, asset.count("precision")?, rate)?;
    Ok(Step::Reply(Reply::ok(body)))
}

// What other things name.

/// The assets that a request names, each with the path where it does: all of them are looked up at
/// once, and all that do not exist are told.
///
/// # Errors
/// `validation_failed` at every path that names no asset.
pub fn look_up(
    context: &Context<'_>,
    who: &Principal,
    named: &[(String, &str)],
) -> Result<BTreeMap<String, Asset>, Stop> {
    let mut codes: Vec<&str> = Vec::new();
    for (_, code) in named {
        if !codes.contains(code) {
            codes.push(code);
        }
    }
    if codes.is_empty() {
        return Ok(BTreeMap::new());
    }
    let ask = |code: &&str| directory::asset_by_code(who, code);
    let answer = context.directory(codes.iter().map(ask).collect())?;
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
    Ok(errors.check(Some(assets)).map_err(Problem::from)?)
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
    let known = stripe::is_known(code) && code == code.to_ascii_uppercase();
    Ok(known.then_some(DEFAULT_PRECISION))
}
