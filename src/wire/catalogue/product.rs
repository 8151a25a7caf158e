//! What a request says of a product and of what its versions offer.
//!
//! ```json
//! { "code": "pro", "name": "Pro", "publish": true, "prices": [], "entitlements": [], "features": [] }
//! ```
//!
//! A version that is published never changes. What is changed is which version a new subscription
//! gets.

use std::collections::BTreeMap;

use serde::Serialize;

use crate::engine::budget::Preset;
use crate::engine::entitlement::Feature;
use crate::engine::{Asset, PricedProduct};
use crate::wire::ids::MAX_ID;
use crate::wire::json::{Errors, Object};
use crate::wire::limits::{BudgetReply, check_presets, preset_assets, presets, shown};
use crate::wire::problem::Problem;
use crate::wire::request::read;

use super::entitlement::{
    EntitlementReply, MAX_ENTITLEMENTS, MAX_FEATURES, NewEntitlement, feature,
};
use super::fixed_price::{FixedPriceReply, NewFixedPrice};
use super::price::{EarlierPrice, MAX_PRICES, NewPrice};
use super::price_reply::PriceReply;

/// `POST /v1/products`: published at once, unless it says otherwise.
#[derive(Clone, PartialEq, Eq, Debug, Serialize)]
pub struct NewProduct {
    /// By which subscriptions and budgets name it; sent again, it is the same product.
    pub code: String,
    pub name: String,
    /// Version 1.
    pub first: NewVersion,
}

/// `POST /v1/products/{id}`: a draft, unless it says otherwise.
#[derive(Clone, PartialEq, Eq, Debug, Serialize)]
pub struct NewVersion {
    /// Whether it can be subscribed to from now on.
    pub publish: bool,
    pub offer: NewOffer,
}

/// What a version offers, before the assets that it names have been looked up.
#[derive(Clone, PartialEq, Eq, Debug, Serialize)]
pub struct NewOffer {
    /// Each with its place in the request.
    pub prices: Vec<(usize, NewPrice)>,
    /// Each knows its place itself. Left out of the digest where there are none, as before they
    /// existed.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub fixed_prices: Vec<NewFixedPrice>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub entitlements: Vec<NewEntitlement>,
    /// What the product allows, by code.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub features: Vec<Feature>,
    /// What it limits where the customer has no own budget of that code.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub budgets: Vec<Preset>,
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
        read(body, |object, errors| {
            // Clients send what they know of the product as well; it does not change with a version.
            object.tolerate(&["name", "code"]);
            Self::of(object, false, errors)
        })
    }

    /// The part that creating a product and creating a version have in common; `publish` is what is
    /// meant where the request says nothing.
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
        let mut offer = Self {
            prices: Vec::new(),
            fixed_prices: Vec::new(),
            entitlements: Vec::new(),
            features: Vec::new(),
            budgets: presets(object, errors).unwrap_or_default(),
        };
        let items = object.objects("entitlements", MAX_ENTITLEMENTS, errors);
        for item in items.iter().flatten() {
            let read = NewEntitlement::read(item, errors);
            // What was given is remembered by the name, so two of one name would be taken for each other.
            let known = |one: &NewEntitlement| {
                let mut others = offer.entitlements.iter();
                others.any(|other| other.name() == one.name())
            };
            if read.as_ref().is_some_and(known) {
                errors.add(&item.path_of("name"), "is given twice");
            }
            offer.entitlements.extend(read);
        }
        let items = object.objects("features", MAX_FEATURES, errors);
        for item in items.iter().flatten() {
            let read = feature(item, errors);
            let known = |one: &Feature| offer.features.iter().any(|other| other.code == one.code);
            if read.as_ref().is_some_and(known) {
                errors.add(&item.path_of("code"), "is given twice");
            }
            offer.features.extend(read);
        }
        // Read last, so that what is wrong with the rest is noted before a missing list ends the
        // reading.
        let items = object.objects("prices", MAX_PRICES, errors);
        let items = object.require("prices", items, errors)?;
        for (place, item) in items.iter().enumerate() {
            // Without a type it is `usage_based`, which was the only one before there were fixed
            // prices.
            let kind = item.word("type", &["usage_based", "fixed"], errors);
            if kind.as_deref() == Some("fixed") {
                let read = NewFixedPrice::read(place, item, errors);
                offer.fixed_prices.extend(read);
            } else {
                let read = NewPrice::read(item, errors);
                offer.prices.extend(read.map(|price| (place, price)));
            }
        }
        Some(offer)
    }

    /// Says of each price which one of an earlier version it continues.
    ///
    /// # Errors
    /// `validation_failed` at every price that names one which it cannot continue.
    pub fn continue_from(&mut self, earlier: &[EarlierPrice]) -> Result<(), Problem> {
        let mut errors = Errors::default();
        let prices = std::mem::take(&mut self.prices);
        let mut continued = Vec::with_capacity(prices.len());
        for (nth, (place, price)) in prices.iter().enumerate() {
            let before = prices.get(..nth).unwrap_or_default();
            let continues = price.continue_from(before, earlier);
            let continues = continues.unwrap_or_else(|sentence| {
                errors.add(&format!("prices[{place}].continues"), sentence);
                None
            });
            continued.push((*place, price.clone().continuing(continues)));
        }
        self.prices = continued;
        Ok(errors.check(Some(()))?)
    }

    /// The assets that it names, each with the path where it does.
    #[must_use]
    pub fn assets(&self) -> Vec<(String, &str)> {
        let mut named = Vec::new();
        let pricing = |place: usize, nth: usize| format!("prices[{place}].pricing[{nth}].asset");
        for (place, price) in &self.prices {
            let assets = price.assets().enumerate();
            named.extend(assets.map(|(nth, asset)| (pricing(*place, nth), asset)));
        }
        for price in &self.fixed_prices {
            named.push((pricing(price.place, 0), price.asset.as_str()));
        }
        for (place, one) in self.entitlements.iter().enumerate() {
            named.push((format!("entitlements[{place}].asset"), one.asset()));
        }
        named.extend(preset_assets(&self.budgets));
        named
    }

    /// Whether the limits of its budgets are amounts of their assets.
    ///
    /// # Errors
    /// `validation_failed` at every one that is not.
    pub fn check_budgets(&self, assets: &BTreeMap<String, Asset>) -> Result<(), Problem> {
        check_presets(&self.budgets, |code| assets.get(code))
    }

    /// The offer as a wallet will hold it, once all assets that it names are known.
    #[must_use]
    pub fn published(
        self,
        assets: &BTreeMap<String, Asset>,
        price_id: impl Fn(usize) -> String,
    ) -> PricedProduct {
        let price = |(place, price): (usize, NewPrice)| {
            let precision = |_, code: &str| assets.get(code).map(|asset| asset.precision).ok_or(());
            price.published(price_id(place), precision).ok()
        };
        let fixed = |price: NewFixedPrice| {
            let asset = assets.get(&price.asset)?.clone();
            let id = price_id(price.place);
            Some(price.published(id, asset))
        };
        let entitled = |one: NewEntitlement| {
            let asset = assets.get(one.asset())?.clone();
            Some(one.published(asset))
        };
        let fixed_prices = self.fixed_prices.into_iter();
        let entitlements = self.entitlements.into_iter();
        PricedProduct {
            // All assets have been found before this is called, so nothing falls through here.
            prices: self.prices.into_iter().filter_map(price).collect(),
            fixed_prices: fixed_prices.filter_map(fixed).collect(),
            entitlements: entitlements.filter_map(entitled).collect(),
            features: self.features,
            budgets: self.budgets,
            ..PricedProduct::default()
        }
    }
}

/// A price of either type as replies write it.
#[derive(Clone, PartialEq, Eq, Debug, Serialize)]
#[serde(untagged)]
pub enum AnyPriceReply {
    Usage(PriceReply),
    Fixed(FixedPriceReply),
}

/// What a version offers, as replies write it: the shape of the request.
pub struct OfferReply<'a> {
    pub entitlements: Vec<EntitlementReply>,
    pub features: Vec<Feature>,
    pub budgets: Vec<BudgetReply<'a>>,
    /// Fixed prices come first, then those of usage.
    pub prices: Vec<AnyPriceReply>,
}

impl<'a> From<&'a PricedProduct> for OfferReply<'a> {
    fn from(offer: &'a PricedProduct) -> Self {
        let fixed = offer.fixed_prices.iter();
        let fixed = fixed.map(|price| AnyPriceReply::Fixed(price.into()));
        let usage = offer.prices.iter();
        let usage = usage.map(|price| AnyPriceReply::Usage(price.into()));
        Self {
            entitlements: offer
                .entitlements
                .iter()
                .map(EntitlementReply::from)
                .collect(),
            features: offer.features.clone(),
            budgets: shown(&offer.budgets),
            prices: fixed.chain(usage).collect(),
        }
    }
}

/// `PATCH /v1/products/{id}/{version}`; what is not said stays as it is.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct VersionChange {
    /// A draft becomes a version that can be subscribed to; there is no way back.
    pub publish: Option<bool>,
    /// New subscriptions that name no version get this one.
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
