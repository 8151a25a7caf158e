//! Products: what is sold, at which prices. A product is published when it is created, and a
//! published version never changes.

use serde::{Deserialize, Serialize};

use crate::engine::{Asset, Price, PricedProduct};
use crate::journal::chain::request_digest;
use crate::wire::Problem;
use crate::wire::catalogue::{NewProduct, PriceReply};
use crate::wire::problem::Failure;
use crate::wire::reply::{Page, json};
use crate::wire::time;

use crate::worker::auth::{Principal, authenticate};
use crate::worker::call::Reply;
use crate::worker::directory;
use crate::worker::edge::{Context, Handled, Step, Stop};
use crate::worker::routes::Path;

use super::wallets::precision_of;
use super::{Total, window};

/// A product with its default version.
#[derive(Deserialize)]
pub struct ProductRow {
    pub id: String,
    pub code: String,
    pub name: String,
    request: String,
    created_at: String,
    version: u32,
    status: String,
    prices: String,
    version_created_at: String,
}

impl ProductRow {
    fn prices(&self) -> Result<Vec<Price>, Problem> {
        let unreadable =
            |_| Failure::Internal.because("The prices of this product cannot be read.");
        serde_json::from_str(&self.prices).map_err(unreadable)
    }

    /// What a subscription copies into the wallet.
    ///
    /// # Errors
    /// `internal_error` when the stored prices cannot be read.
    pub fn priced(self) -> Result<PricedProduct, Problem> {
        Ok(PricedProduct {
            prices: self.prices()?,
            id: self.id,
            code: self.code,
            version: self.version,
            ..PricedProduct::default()
        })
    }
}

#[derive(Serialize)]
struct Created {
    id: String,
    code: String,
    version: u32,
    status: String,
    is_default: bool,
}

#[derive(Serialize)]
struct ProductReply {
    id: String,
    code: String,
    name: String,
    default_version: DefaultVersion,
    versions: Vec<VersionReply>,
    created_at: String,
}

#[derive(Serialize)]
struct DefaultVersion {
    version: u32,
    entitlements: [(); 0],
    prices: Vec<PriceReply>,
}

#[derive(Serialize)]
struct VersionReply {
    version: u32,
    created_at: String,
    status: String,
}

pub fn create(context: &Context<'_>, _: &Path) -> Handled {
    let who = authenticate(context)?;
    let product = NewProduct::read(context.body)?;
    let request = request_digest(&["product", &json(&product)]);
    let code = product.code.clone();
    let values = vec![
        Some(context.fresh_id("prp", 0)),
        Some(product.code.clone()),
        Some(product.name.clone()),
        Some(request.clone()),
        Some(time::format(context.now())),
    ];
    let prices = published_prices(context, &who, product)?;
    let id = context.fresh_id("prp", 0);
    let answer = context.directory(vec![
        directory::insert_product(&who, values),
        directory::insert_first_version(&id, json(&prices), &time::format(context.now())),
        directory::product(&who, None, Some(&code)),
    ])?;
    match answer.first::<ProductRow>(2)? {
        Some(row) if row.request == request => {
            let created = Created {
                id: row.id,
                code: row.code,
                version: row.version,
                status: row.status,
                is_default: true,
            };
            let reply = Reply::new(201, json(&created));
            Ok(Step::Reply(reply.replayed(!answer.wrote(0))))
        }
        _ => {
            let detail = format!("The product {code} exists already, with other details.");
            Err(Failure::AlreadyExists.because(detail).into())
        }
    }
}

/// The prices with their ids, and with the precision of the asset that each one names.
fn published_prices(
    context: &Context<'_>,
    who: &Principal,
    product: NewProduct,
) -> Result<Vec<Price>, Stop> {
    let mut known: Vec<Asset> = Vec::new();
    let mut prices = Vec::new();
    for (place, price) in product.prices.into_iter().enumerate() {
        let id = context.fresh_id("prc", place.saturating_add(1));
        let price = price.published(id, |nth, code| -> Result<u32, Stop> {
            if let Some(asset) = known.iter().find(|asset| asset.code == code) {
                return Ok(asset.precision);
            }
            let path = format!("prices[{place}].pricing[{nth}].asset");
            let precision = precision_of(context, who, code, &path)?;
            known.push(Asset {
                code: code.to_owned(),
                precision,
            });
            Ok(precision)
        })?;
        prices.push(price);
    }
    Ok(prices)
}

#[derive(Serialize, Deserialize)]
struct ProductSummary {
    id: String,
    code: String,
    name: String,
}

pub fn list(context: &Context<'_>, _: &Path) -> Handled {
    let who = authenticate(context)?;
    let window = window(context)?;
    let statements = directory::list_products(&who, context.query("code"), window);
    let answer = context.directory(statements.into())?;
    let total = answer.first::<Total>(1)?;
    Ok(Step::Reply(Reply::ok(json(&Page {
        items: answer.rows::<ProductSummary>(0)?,
        total_count: total.map_or(0, |row| row.total),
        limit: usize::try_from(window.limit).unwrap_or(0),
        offset: usize::try_from(window.offset).unwrap_or(0),
    }))))
}

pub fn get(context: &Context<'_>, path: &Path) -> Handled {
    let who = authenticate(context)?;
    let id = path.first().cloned().unwrap_or_default();
    let answer = context.directory(vec![directory::product(&who, Some(&id), None)])?;
    let Some(row) = answer.first::<ProductRow>(0)? else {
        let detail = format!("There is no product {id}. Products are found by id, such as prp_….");
        return Err(Failure::NotFound.because(detail).into());
    };
    let prices = row.prices()?;
    Ok(Step::Reply(Reply::ok(json(&ProductReply {
        id: row.id,
        code: row.code,
        name: row.name,
        default_version: DefaultVersion {
            version: row.version,
            entitlements: [],
            prices: prices.iter().map(PriceReply::from).collect(),
        },
        versions: vec![VersionReply {
            version: row.version,
            created_at: row.version_created_at,
            status: row.status,
        }],
        created_at: row.created_at,
    }))))
}
