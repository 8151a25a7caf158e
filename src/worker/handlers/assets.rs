//! Assets: what wallets can hold.

use serde::{Deserialize, Serialize};

use crate::journal::chain::request_digest;
use crate::wire::catalogue::NewAsset;
use crate::wire::problem::Failure;
use crate::wire::reply::{Page, json};
use crate::wire::time;

use crate::worker::auth::authenticate;
use crate::worker::call::Reply;
use crate::worker::directory;
use crate::worker::edge::{Context, Handled, Step};
use crate::worker::routes::Path;

use super::{Total, window};

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
    rates: [(); 0],
    created_at: String,
}

impl From<AssetRow> for AssetReply {
    fn from(row: AssetRow) -> Self {
        Self {
            code: row.code,
            name: row.name,
            precision: row.precision,
            label: row.label,
            symbol: row.symbol,
            rates: [],
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
        Some(asset.name),
        Some(asset.precision.to_string()),
        asset.label,
        asset.symbol,
        Some(request.clone()),
        Some(time::format(context.now())),
    ];
    let answer = context.directory(vec![
        directory::insert_asset(&who, values),
        directory::asset_by_code(&who, &asset.code),
    ])?;
    match answer.first::<AssetRow>(1)? {
        Some(row) if row.request == request => {
            let reply = Reply::new(201, json(&AssetReply::from(row)));
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

pub fn list(context: &Context<'_>, _: &Path) -> Handled {
    let who = authenticate(context)?;
    let window = window(context)?;
    let answer = context.directory(directory::list_assets(&who, window).into())?;
    let rows: Vec<AssetRow> = answer.rows(0)?;
    let total = answer.first::<Total>(1)?;
    Ok(Step::Reply(Reply::ok(json(&Page {
        items: rows.into_iter().map(AssetReply::from).collect(),
        total_count: total.map_or(0, |row| row.total),
        limit: usize::try_from(window.limit).unwrap_or(0),
        offset: usize::try_from(window.offset).unwrap_or(0),
    }))))
}

pub fn get(context: &Context<'_>, path: &Path) -> Handled {
    let who = authenticate(context)?;
    let code = path.first().cloned().unwrap_or_default();
    let answer = context.directory(vec![directory::asset_by_code(&who, &code)])?;
    match answer.first::<AssetRow>(0)? {
        Some(row) => Ok(Step::Reply(Reply::ok(json(&AssetReply::from(row))))),
        None => {
            let detail = format!("There is no asset {code}. Create it with POST /v1/assets.");
            Err(Failure::NotFound.because(detail).into())
        }
    }
}
