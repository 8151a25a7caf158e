//! What usage would cost a customer who has a version of a product and has used nothing yet.

use serde::Deserialize;

use crate::engine::PricedProduct;
use crate::wire::estimate::simulation;
use crate::wire::problem::Failure;
use crate::wire::request::simulate_usage;

use crate::worker::auth::authenticate;
use crate::worker::call::Reply;
use crate::worker::directory;
use crate::worker::edge::{Context, Handled, Step};
use crate::worker::routes::Path;

/// A version of a product, with what it asks for usage.
#[derive(Deserialize)]
struct VersionRow {
    id: String,
    code: String,
    version: u32,
    prices: String,
}

impl VersionRow {
    fn priced(self) -> Result<PricedProduct, crate::wire::Problem> {
        let unreadable =
            |_| Failure::Internal.because("The prices of this product cannot be read.");
        Ok(PricedProduct {
            id: self.id,
            code: self.code,
            version: self.version,
            prices: serde_json::from_str(&self.prices).map_err(unreadable)?,
            ..PricedProduct::default()
        })
    }
}

/// A draft can be tried before it is published.
pub fn simulate_version(context: &Context<'_>, path: &Path) -> Handled {
    let who = authenticate(context)?;
    let mut names = path.iter().map(String::as_str);
    let (id, version) = (names.next().unwrap_or_default(), names.next());
    let version = version.unwrap_or_default();
    let events = simulate_usage(context.body)?;
    let statement = directory::version_of_product(&who, id, version);
    let answer = context.directory(vec![statement])?;
    let Some(row) = answer.first::<VersionRow>(0)? else {
        let detail = format!(
            "There is no version {version} of a product {id}. Name a product by its id, and a \
             version by its number or as default."
        );
        return Err(Failure::NotFound.because(detail).into());
    };
    let reply = simulation(&row.priced()?, &events, context.now())?;
    Ok(Step::Reply(Reply::ok(reply)))
}
