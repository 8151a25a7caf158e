//! Products: what is sold, and on which terms. A product has versions: a draft can be published, a
//! published version never changes, and an archived one stays with those who have it.
//!
//! ```text
//! draft ──publish──▶ published ──delete, had by somebody──▶ archived
//!   └──────────────────┴───────delete, had by nobody──────▶ gone
//! ```
//!
//! The number of a version that is gone is never used again, because somebody may have noted it.

use serde::Serialize;
use serde_json::Value;

use crate::engine::PricedProduct;
use crate::engine::entitlement::Feature;
use crate::journal::chain::request_digest;
use crate::wire::catalogue::entitlement::EntitlementReply;
use crate::wire::catalogue::price::EarlierPrice;
use crate::wire::catalogue::product::{AnyPriceReply, NewOffer};
use crate::wire::catalogue::{NewProduct, NewVersion, OfferReply, VersionChange};
use crate::wire::limits::BudgetReply;
use crate::wire::problem::{Failure, Problem};
use crate::wire::reply::json;
use crate::wire::subscription::ProductRef;
use crate::wire::time;
use crate::worker::assets::precision::look_up;
use crate::worker::edge::context::Context;
use crate::worker::edge::list::page;
use crate::worker::edge::principal::{Caller, Principal};
use crate::worker::edge::reply::{Handled, Reply};
use crate::worker::edge::request::Path;
use crate::worker::edge::rows::{Row, unreadable};

use super::statements::{self, MAX_PRODUCTS, MAX_VERSIONS, VersionValues};

/// A product with one of its versions. Without such a version, only the product is there.
pub struct ProductRow {
    pub id: String,
    pub code: String,
    pub name: String,
    /// Digest of the request that made the product.
    request: String,
    created_at: String,
    archived_at: Option<String>,
    /// These four are empty where there is no such version.
    version: Option<u32>,
    status: Option<String>,
    offer: Option<String>,
    is_default: bool,
}

/// A version that exists.
pub struct Version {
    pub number: u32,
    pub status: String,
    pub is_default: bool,
    /// What a subscription copies into the wallet.
    pub offer: PricedProduct,
}

impl ProductRow {
    /// # Errors
    /// `internal_error` when the directory's answer cannot be read.
    pub fn read(row: Row<'_>) -> Result<Self, Problem> {
        Ok(Self {
            id: row.text("id")?,
            code: row.text("code")?,
            name: row.text("name")?,
            request: row.text("request")?,
            created_at: row.text("created_at")?,
            archived_at: row.given("archived_at"),
            version: row.count("version").ok(),
            status: row.given("status"),
            offer: row.given("offer"),
            is_default: row.holds("is_default"),
        })
    }

    /// The version that was asked for, if the product has it.
    ///
    /// None where the row has no version.
    ///
    /// # Errors
    /// `internal_error` when what is stored cannot be read.
    pub fn version(&self) -> Result<Option<Version>, Problem> {
        let (Some(number), Some(status), Some(offer)) = (self.version, &self.status, &self.offer)
        else {
            return Ok(None);
        };
        // It was checked when it was written, so this is damage and none of the caller's fault.
        let unreadable = |_| Failure::Internal.because("This version cannot be read.");
        let offer: PricedProduct = serde_json::from_str(offer).map_err(unreadable)?;
        Ok(Some(Version {
            number,
            status: status.clone(),
            is_default: self.is_default,
            offer: PricedProduct {
                id: self.id.clone(),
                code: self.code.clone(),
                version: number,
                // The id, code and number are the row's, since an offer is stored before it has a
                // number.
                ..offer
            },
        }))
    }

    /// What a subscription to it copies into the wallet: only what is published can be had.
    ///
    /// # Errors
    /// `validation_failed` where the request names it, when it cannot be had.
    pub fn subscribable(&self, named: &ProductRef) -> Result<PricedProduct, Problem> {
        // The error stands where the caller would correct it: at the version, if it named one.
        let path = if named.version.is_some() {
            named.version_path()
        } else {
            named.path.clone()
        };
        // Before the version: of an archived product no version can be had, so it need not be
        // looked at.
        if self.archived_at.is_some() {
            let sentence = "names a product that is archived";
            return Err(Problem::field(&named.path, sentence));
        }
        let none = || Problem::field(&path, "names a version that does not exist");
        let version = self.version()?.ok_or_else(none)?;
        if version.status != "published" {
            let sentence = format!(
                "names version {}, which is {}; only a published one can be subscribed to",
                version.number, version.status
            );
            return Err(Problem::field(&path, sentence));
        }
        Ok(version.offer)
    }
}

fn status(published: bool) -> &'static str {
    if published { "published" } else { "draft" }
}

// Creating.

#[derive(Serialize)]
struct Created<'a> {
    id: &'a str,
    code: &'a str,
    version: u32,
    status: &'a str,
    is_default: bool,
}

/// `POST /v1/products`.
///
/// | body | found | reply |
/// |---|---|---|
/// | new | nothing | 201, version 1 |
/// | the same | the product | 201, replayed |
/// | another one | under this code | `already_exists` |
/// | any | an archived one under this code | `already_exists`: a code is not used twice |
/// | any | nothing, and as many products as there may be | `quota_reached` |
pub async fn create(context: &Context<'_>, who: &Caller, _: &Path) -> Handled {
    let product = NewProduct::read(context.body)?;
    let request = request_digest(&["product", &json(&product)]);
    let NewProduct {
        code,
        name,
        mut first,
    } = product;
    let status = status(first.publish);
    first.offer.continue_from(&[])?;
    let offer = published(context, who, first.offer).await?;
    // Not of the Idempotency-Key: the code is unique already, so it tells a request that is sent
    // again.
    let id = context.fresh_id("prp", &who.mode, 0);
    let values = vec![
        Some(id.clone()),
        Some(code.clone()),
        Some(name),
        Some(request.clone()),
        Some(time::format(context.now())),
    ];
    let first = VersionValues {
        status,
        offer: json(&offer),
        request: request.clone(),
        created_at: time::format(context.now()),
    };
    let answer = context
        .directory(vec![
            statements::insert_product(who, values),
            // By the id of this request: where the code was taken there is no such product, so
            // nothing is written.
            statements::insert_first_version(who, &id, first),
            statements::product(who, None, Some(&code), None),
        ])
        .await?;
    match answer.row(2)?.map(ProductRow::read).transpose()? {
        Some(row) if row.request == request && row.archived_at.is_none() => {
            // As it was when it was made: a replay says nothing of what happened to it since.
            let created = Created {
                id: &row.id,
                code: &code,
                version: 1,
                status,
                is_default: true,
            };
            let reply = Reply::new(201, json(&created));
            Ok(reply.replayed(!answer.wrote(0)))
        }
        // Nothing was written and nobody has the code: only the limit can have kept it out.
        None => {
            let detail = format!(
                "This side has {MAX_PRODUCTS} products, which is the most. Delete one first."
            );
            Err(Failure::QuotaReached.because(detail))
        }
        Some(row) => {
            let archived = row.archived_at.is_some();
            let how = if archived {
                "and is archived"
            } else {
                "with other details"
            };
            let detail = format!("The product {code} exists already, {how}.");
            Err(Failure::AlreadyExists.because(detail))
        }
    }
}

/// The offer with the ids of its prices, and with the precision of the assets that it names.
///
/// # Errors
/// `validation_failed` at every price that names an asset which does not exist.
async fn published(
    context: &Context<'_>,
    who: &Principal,
    offer: NewOffer,
) -> Result<PricedProduct, Problem> {
    let assets = look_up(context, who, &offer.assets()).await?;
    offer.check_budgets(&assets)?;
    Ok(offer.published(&assets, |place| {
        // Place zero is the product's own id.
        context.fresh_id("prc", &who.mode, place.saturating_add(1))
    }))
}

/// `POST /v1/products/{id}`: the next version. What is the same as the newest one is that version.
///
/// | case | reply |
/// |---|---|
/// | differs from the newest | 201, the next number |
/// | as the newest, which is not archived | 201, replayed, with that one's number |
/// | the product is archived | `wrong_state` |
/// | no such product | 404 |
/// | as many versions as there may be | `quota_reached` |
pub async fn create_version(context: &Context<'_>, who: &Caller, path: &Path) -> Handled {
    let id = id_in(path);
    let mut version = NewVersion::read(context.body)?;
    let answer = context
        .directory(vec![
            statements::product(who, Some(id), None, None),
            statements::earlier_prices(who, id),
        ])
        .await?;
    let product = answer.row(0)?.ok_or_else(|| no_product(id))?;
    if product.given("archived_at").is_some() {
        return Err(archived());
    }
    // Over what was asked for and not over the offer, because the offer has new ids at each call.
    let request = request_digest(&["version", &json(&version)]);
    let status = status(version.publish);
    let earlier: Result<Vec<_>, _> = answer.values(1)?.iter().map(earlier_price).collect();
    version.offer.continue_from(&earlier?)?;
    let offer = published(context, who, version.offer).await?;
    let values = VersionValues {
        status,
        offer: json(&offer),
        request: request.clone(),
        created_at: time::format(context.now()),
    };
    let answer = context
        .directory(statements::insert_version(who, id, values).into())
        .await?;
    // The newest version, whether it was made now or before: both are what was asked for.
    let row = answer.row(3)?.ok_or_else(|| no_product(id))?;
    // Nothing was written, and the newest one is another, because the product was archived meanwhile, or has
    // as many versions as it may have.
    if !answer.wrote(0) && row.text("request")? != request {
        if row.given("archived_at").is_some() {
            return Err(archived());
        }
        let detail = format!(
            "The product has {MAX_VERSIONS} versions, which is the most. Delete one first."
        );
        return Err(Failure::QuotaReached.because(detail));
    }
    let created = Created {
        id,
        code: &row.text("code")?,
        version: row.count("version")?,
        status: &row.text("status")?,
        is_default: row.holds("is_default"),
    };
    let reply = Reply::new(201, json(&created));
    Ok(reply.replayed(!answer.wrote(0)))
}

fn archived() -> Problem {
    let detail = "The product is archived, so it has no further versions. Create another one.";
    Failure::WrongState.because(detail)
}

fn earlier_price(row: &Value) -> Result<EarlierPrice, Problem> {
    let row = Row::new(row);
    Ok(EarlierPrice {
        version: row.count("version")?,
        id: row.text("id")?,
        event_type: row.text("event_type")?,
        volume_field: row.given("volume_field"),
        basis: row.given("basis"),
        continues: row.given("continues"),
    })
}

// Reading.

#[derive(Serialize)]
struct ProductSummary {
    id: String,
    code: String,
    name: String,
}

/// `GET /v1/products`: those that are not archived, by id, which is by time; `code` finds one.
pub async fn list(context: &Context<'_>, who: &Caller, _: &Path) -> Handled {
    let asked = statements::LIST.asked(context)?;
    let statements = statements::LIST.statements(who, vec![context.query("code")], &asked);
    let answer = context.directory(statements.into()).await?;
    page(&answer, &statements::LIST, &asked, |row| {
        Ok(ProductSummary {
            id: row.text("id")?,
            code: row.text("code")?,
            name: row.text("name")?,
        })
    })
}

#[derive(Serialize)]
struct ProductReply<'a> {
    id: String,
    code: String,
    name: String,
    default_version: DefaultVersion<'a>,
    versions: Vec<VersionSummary>,
    created_at: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    archived_at: Option<String>,
}

#[derive(Serialize)]
struct DefaultVersion<'a> {
    version: u32,
    entitlements: Vec<EntitlementReply>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    features: Vec<Feature>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    budgets: Vec<BudgetReply<'a>>,
    prices: Vec<AnyPriceReply>,
}

#[derive(Serialize)]
struct VersionSummary {
    version: u32,
    created_at: String,
    status: String,
}

fn id_in(path: &Path) -> &str {
    path.first().map(String::as_str).unwrap_or_default()
}

fn no_product(id: &str) -> Problem {
    let detail = format!("There is no product {id}. Products are found by id, such as prp_….");
    Failure::NotFound.because(detail)
}

/// `GET /v1/products/{id}`: with its default version and the list of all. Also one that is
/// archived, because customers may have it.
pub async fn get(context: &Context<'_>, who: &Caller, path: &Path) -> Handled {
    let id = id_in(path);
    let answer = context
        .directory(vec![
            statements::product(who, Some(id), None, None),
            statements::versions_of_product(who, id),
        ])
        .await?;
    let row = ProductRow::read(answer.row(0)?.ok_or_else(|| no_product(id))?)?;
    let version = row.version()?.ok_or_else(|| no_product(id))?;
    let OfferReply {
        entitlements,
        features,
        budgets,
        prices,
    } = OfferReply::from(&version.offer);
    let mut versions = Vec::new();
    for row in answer.values(1)? {
        let row = Row::new(row);
        versions.push(VersionSummary {
            version: row.count("version")?,
            created_at: row.text("created_at")?,
            status: row.text("status")?,
        });
    }
    Ok(Reply::ok(json(&ProductReply {
        id: row.id,
        code: row.code,
        name: row.name,
        default_version: DefaultVersion {
            version: version.number,
            entitlements,
            features,
            budgets,
            prices,
        },
        versions,
        created_at: row.created_at,
        archived_at: row.archived_at,
    })))
}

#[derive(Serialize)]
struct VersionReply<'a> {
    id: String,
    version: u32,
    code: String,
    name: String,
    entitlements: Vec<EntitlementReply>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    features: Vec<Feature>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    budgets: Vec<BudgetReply<'a>>,
    prices: Vec<AnyPriceReply>,
    status: String,
    is_default: bool,
}

/// The product and the version that the path names, by its number or as `default`.
///
/// # Errors
/// 404 where there is none.
pub async fn version_in(
    context: &Context<'_>,
    who: &Principal,
    path: &Path,
) -> Result<(ProductRow, Version), Problem> {
    let id = id_in(path);
    let word = path.get(1).map(String::as_str).unwrap_or_default();
    let none = || Failure::NotFound.because(format!("The product {id} has no version {word}."));
    let number = match word {
        "default" => None,
        word => Some(word.parse::<u32>().map_err(|_| none())?),
    };
    let answer = context
        .directory(vec![statements::product(who, Some(id), None, number)])
        .await?;
    let row = ProductRow::read(answer.row(0)?.ok_or_else(|| no_product(id))?)?;
    let version = row.version()?.ok_or_else(none)?;
    Ok((row, version))
}

/// `GET /v1/products/{id}/{version}`.
pub async fn get_version(context: &Context<'_>, who: &Caller, path: &Path) -> Handled {
    let (row, version) = version_in(context, who, path).await?;
    let OfferReply {
        entitlements,
        features,
        budgets,
        prices,
    } = OfferReply::from(&version.offer);
    Ok(Reply::ok(json(&VersionReply {
        id: row.id,
        version: version.number,
        code: row.code,
        name: row.name,
        entitlements,
        features,
        budgets,
        prices,
        status: version.status,
        is_default: version.is_default,
    })))
}

// Changing.

/// `PATCH /v1/products/{id}/{version}`: publishes a draft, makes a published version the default.
///
/// | change | of a draft | of a published one | of an archived one |
/// |---|---|---|---|
/// | `publish: true` | published | nothing | `wrong_state` |
/// | `publish: false` | nothing | refused | nothing |
/// | `make_default: true` | only with `publish: true` | the default | refused |
/// | `make_default: false` | refused where it is the default | the same | the same |
///
/// 204, also where nothing had to be changed.
pub async fn change_version(context: &Context<'_>, who: &Caller, path: &Path) -> Handled {
    let change = VersionChange::read(context.body)?;
    let (row, version) = version_in(context, who, path).await?;
    check_change(&change, &version)?;
    let mut statements = Vec::new();
    if change.publish == Some(true) {
        statements.extend(statements::publish_version(who, &row.id, version.number));
    }
    // After the publishing, in the same transaction: the statement asks for a published version.
    if change.make_default == Some(true) {
        let set = statements::set_default_version(who, &row.id, version.number);
        statements.push(set);
    }
    if !statements.is_empty() {
        context.directory(statements).await?;
    }
    Ok(Reply::new(204, String::new()))
}

/// What cannot be done is told before anything is written.
fn check_change(change: &VersionChange, version: &Version) -> Result<(), Problem> {
    let (number, status) = (version.number, version.status.as_str());
    if change.publish == Some(true) && status == "archived" {
        let detail = format!("Version {number} is archived, and stays so. Create another one.");
        return Err(Failure::WrongState.because(detail));
    }
    if change.publish == Some(false) && status == "published" {
        let sentence = "must be true: what is published stays so; delete the version to archive it";
        return Err(Problem::field("publish", sentence));
    }
    let published = status == "published" || change.publish == Some(true);
    if change.make_default == Some(true) && !published {
        let sentence = format!("needs a published version, and version {number} is {status}");
        return Err(Problem::field("make_default", sentence));
    }
    // A product without a default could not be subscribed to by its code alone.
    if change.make_default == Some(false) && version.is_default {
        let sentence = "must be true: make another version the default instead";
        return Err(Problem::field("make_default", sentence));
    }
    Ok(())
}

/// `DELETE /v1/products/{id}`: archives what somebody has, deletes what nobody has.
///
/// 204; again: 204 where it was archived, 404 where it is gone.
pub async fn delete(context: &Context<'_>, who: &Caller, path: &Path) -> Handled {
    let id = id_in(path);
    let now = time::format(context.now());
    let answer = context
        .directory(statements::delete_product(who, id, &now).into())
        .await?;
    if answer.wrote(0) {
        return Ok(Reply::new(204, String::new()));
    }
    Err(no_product(id))
}

/// `DELETE /v1/products/{id}/{version}`: archives what somebody has, deletes what nobody has. A
/// product always keeps a version, and one that somebody has keeps its default.
///
/// | the version is | and | result |
/// |---|---|---|
/// | the default | somebody has the product, which is not archived | `wrong_state` |
/// | had by somebody | | archived |
/// | the only one | | archived |
/// | had by nobody | there are others | gone |
pub async fn delete_version(context: &Context<'_>, who: &Caller, path: &Path) -> Handled {
    let (row, version) = version_in(context, who, path).await?;
    let number = version.number;
    let answer = context
        .directory(vec![statements::use_of_version(who, &row.id, number)])
        .await?;
    let uses = answer.row(0)?.ok_or_else(unreadable)?;
    if version.is_default && uses.holds("product_used") && row.archived_at.is_none() {
        let detail = format!(
            "Version {number} is the default of a product that customers have. Make another \
             version the default first, or delete the product."
        );
        return Err(Failure::WrongState.because(detail));
    }
    // The last one is only archived: a product without any version could not be shown.
    let only = !uses.holds("others");
    let keeps = only || uses.holds("version_used") || row.archived_at.is_some();
    let statements = if keeps {
        vec![statements::archive_version(who, &row.id, number)]
    } else {
        // Somebody may subscribe meanwhile, so the statement asks again whether nobody has it.
        statements::delete_version(who, &row.id, number).into()
    };
    context.directory(statements).await?;
    Ok(Reply::new(204, String::new()))
}
