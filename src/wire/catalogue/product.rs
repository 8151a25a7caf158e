//! What a request says of a product and of what its versions offer.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use crate::engine::{Asset, PricedProduct};
use crate::wire::ids::MAX_ID;
use crate::wire::json::{Errors, Object};
use crate::wire::problem::Problem;
use crate::wire::request::read;

use super::price::{MAX_PRICES, NewPrice, PriceReply};

/// `POST /v1/products`: published at once, unless it says otherwise.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct NewProduct {
    pub code: String,
    pub name: String,
    pub first: NewVersion,
}

/// `POST /v1/products/{id}`: a draft, unless it says otherwise.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct NewVersion {
    pub publish: bool,
    pub offer: NewOffer,
}

/// What a version offers, before the assets that it names have been looked up.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct NewOffer {
    pub prices: Vec<NewPrice>,
}

impl NewProduct {
    /// # Errors
    /// As [`read`].
    pub fn read(body: &str) -> Result<Self, Problem> {
        read(body, |object, errors| {
            let code = object.code("code", errors);
            let code = object.require("code", code, errors);
            let name = object.text("name", MAX_ID, errors);
            let name = object.require("name", name, errors);
            let first = NewVersion::of(object, true, errors);
            Some(Self {
                code: code?,
                name: name?,
                first: first?,
            })
        })
    }
}

impl NewVersion {
    /// # Errors
    /// As [`read`].
    pub fn read(body: &str) -> Result<Self, Problem> {
        read(body, |object, errors| Self::of(object, false, errors))
    }

    fn of(object: &Object<'_>, publish: bool, errors: &mut Errors) -> Option<Self> {
        let said = object.flag("publish", errors);
        let offer = NewOffer::read(object, errors);
        Some(Self {
            publish: said.unwrap_or(publish),
            offer: offer?,
        })
    }
}

impl NewOffer {
    /// All that a version can offer is read here, and nowhere else.
    fn read(object: &Object<'_>, errors: &mut Errors) -> Option<Self> {
        object.not_yet(&["entitlements", "features"], errors);
        let items = object.objects("prices", MAX_PRICES, errors);
        let items = object.require("prices", items, errors)?;
        let mut prices = Vec::new();
        for item in &items {
            prices.extend(NewPrice::read(item, errors));
        }
        Some(Self { prices })
    }

    /// The assets that it names, each with the path where it does.
    #[must_use]
    pub fn assets(&self) -> Vec<(String, &str)> {
        let mut named = Vec::new();
        for (place, price) in self.prices.iter().enumerate() {
            let path = format!("prices[{place}].pricing[0].asset");
            named.push((path, price.asset.as_str()));
        }
        named
    }

    /// The offer as a wallet will hold it, once all assets that it names are known.
    #[must_use]
    pub fn published(
        self,
        assets: &BTreeMap<String, Asset>,
        price_id: impl Fn(usize) -> String,
    ) -> PricedProduct {
        let price = |(place, price): (usize, NewPrice)| {
            let asset = assets.get(&price.asset)?.clone();
            Some(price.published(price_id(place), asset))
        };
        let prices = self.prices.into_iter().enumerate();
        PricedProduct {
            prices: prices.filter_map(price).collect(),
            ..PricedProduct::default()
        }
    }
}

/// Entitlements as replies write them.
pub type Entitlements = [(); 0];

/// What a version offers, as replies write it: the shape of the request.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct OfferReply {
    pub entitlements: Entitlements,
    pub prices: Vec<PriceReply>,
}

impl From<&PricedProduct> for OfferReply {
    fn from(offer: &PricedProduct) -> Self {
        Self {
            entitlements: [],
            prices: offer.prices.iter().map(PriceReply::from).collect(),
        }
    }
}

/// `PATCH /v1/products/{id}/{version}`; what is not said stays as it is.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct VersionChange {
    pub publish: Option<bool>,
    pub make_default: Option<bool>,
}

impl VersionChange {
    /// # Errors
    /// As [`read`].
    pub fn read(body: &str) -> Result<Self, Problem> {
        read(body, |object, errors| {
            Some(Self {
                publish: object.flag("publish", errors),
                make_default: object.flag("make_default", errors),
            })
        })
    }
}
