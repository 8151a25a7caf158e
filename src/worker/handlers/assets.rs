//! Assets: what wallets can hold, and what is paid for it.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

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

use super::{page, window};

#[derive(Deserialize)]
struct AssetRow {
    code: String,
    name: String,
    precision: u32,
    label: Option<String>,
    symbol: Option<String>,
    request: String,
    created_at: String,
}

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
    fn of(row: AssetRow, rates: Option<Vec<SourceRates>>) -> Self {
        Self {
            code: row.code,
            name: row.name,
            precision: row.precision,
            label: row.label,
            symbol: row.symbol,
            rates,
            created_at: row.created_at,
        }
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
    match answer.first::<AssetRow>(1)? {
        Some(row) if row.request == request => {
            let rates = starting_rates(asset, &row.created_at);
            let reply = Reply::new(201, json(&AssetReply::of(row, Some(rates))));
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
    let mut rates = asset.rates;
    rates.sort_by(|one, other| one.source.cmp(&other.source));
    let from = time::parse(created_at).unwrap_or_default();
    let shown = rates.into_iter().map(|one| SourceRates {
        source: one.source,
        schedule: vec![RateReply::new(one.rate, from, None)],
    });
    shown.collect()
}

pub fn list(context: &Context<'_>, _: &Path) -> Handled {
    let who = authenticate(context)?;
    let window = window(context)?;
    let answer = context.directory(directory::list_assets(&who, window).into())?;
    page(&answer, window, |row: AssetRow| AssetReply::of(row, None))
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
    let row: AssetRow = answer.first(0)?.ok_or_else(|| no_asset(code))?;
    let mut rates: Vec<SourceRates> = Vec::new();
    for row in answer.rows::<RateRow>(1)? {
        let reply = RateReply::new(row.exchange_rate()?, row.valid_from(), row.valid_to());
        match rates.last_mut() {
            Some(last) if last.source == row.source => last.schedule.push(reply),
            _ => rates.push(SourceRates {
                source: row.source,
                schedule: vec![reply],
            }),
        }
    }
    let reply = AssetReply::of(row, Some(rates));
    Ok(Step::Reply(Reply::ok(json(&reply))))
}

// Rates.

#[derive(Deserialize)]
struct RateRow {
    source: String,
    valid_from: i64,
    valid_to: Option<i64>,
    rate: String,
}

impl RateRow {
    fn exchange_rate(&self) -> Result<ExchangeRate, Problem> {
        let unreadable = |_| Failure::Internal.because("A rate of this asset cannot be read.");
        serde_json::from_str(&self.rate).map_err(unreadable)
    }

    const fn valid_from(&self) -> Instant {
        Instant::from_micros(self.valid_from)
    }

    fn valid_to(&self) -> Option<Instant> {
        self.valid_to.map(Instant::from_micros)
    }
}

/// `POST /v1/assets/{code}/rates`: a rate is identified by its source and the moment it holds from.
pub fn add_rate(context: &Context<'_>, path: &Path) -> Handled {
    let who = authenticate(context)?;
    let code = code_in(path);
    let rate = NewRate::read(context.body, code, context.now())?;
    let answer = context.directory(vec![directory::asset_by_code(&who, code)])?;
    answer.first::<AssetRow>(0)?.ok_or_else(|| no_asset(code))?;
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
    let asset: AssetRow = answer.first(0)?.ok_or_else(|| no_asset(code))?;
    let none = || {
        let source = &quote.source;
        let when = time::format(quote.exchange_at);
        let sentence = format!("has no rate for {code} at {when}; add one, or name another time");
        Problem::field("source", format!("{source} {sentence}"))
    };
    let rate: RateRow = answer.first(1)?.ok_or_else(none)?;
    let body = quote.answer(code, asset.precision, rate.exchange_rate()?)?;
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
    let mut codes: Vec<&str> = named.iter().map(|(_, code)| *code).collect();
    codes.sort_unstable();
    codes.dedup();
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

#[derive(Deserialize)]
struct Precision {
    precision: u32,
}

/// The precision of an asset as it was created, or the default one of a currency that everybody knows.
///
/// # Errors
/// `internal_error` where the directory's answer cannot be read.
pub fn precision(answer: &Outcomes, place: usize, code: &str) -> Result<Option<u32>, Problem> {
    let row: Option<Precision> = answer.first(place)?;
    let known = stripe::is_known(code) && code == code.to_uppercase();
    let known = known.then_some(DEFAULT_PRECISION);
    Ok(row.map(|row| row.precision).or(known))
}
