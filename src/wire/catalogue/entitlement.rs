//! What a product gives: credit that refreshes, and features. Read from requests, written to
//! replies.
//!
//! ```json
//! { "name": "Monthly credit", "asset": "CREDITS", "amount": "1000", "purpose": "bundled", "priority": 10,
//!   "lifecycle": { "duration": "month", "duration_count": 1,
//!                  "refresh": { "strategy": "rollover", "max": "500" } },
//!   "accounting": { "revenue_basis": "8", "cost_basis": "auto" },
//!   "restricted_to": { "event_types": ["chat"] } }
//! ```

use serde::{Deserialize, Serialize};

use crate::engine::entitlement::{Entitlement, Feature, Refresh};
use crate::engine::grant::{DEFAULT_PRIORITY, Purpose};
use crate::engine::scope::Scope;
use crate::engine::{Amount, Asset, Quantity};
use crate::wire::ids::MAX_ID;
use crate::wire::json::{Errors, Object};
use crate::wire::scope::restricted_to;

use super::fixed_price::interval;

/// Most entitlements of one product.
pub const MAX_ENTITLEMENTS: usize = 20;

/// Most features of one product.
pub const MAX_FEATURES: usize = 100;

/// An entitlement whose asset has not been looked up yet: its precision is not known.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct NewEntitlement(Entitlement);

impl NewEntitlement {
    /// No two of a product have the same.
    pub(super) fn name(&self) -> &str {
        &self.0.name
    }

    /// Reads an item of `entitlements`. Its asset has no precision yet.
    pub(super) fn read(object: &Object<'_>, errors: &mut Errors) -> Option<Self> {
        let name = object.text("name", MAX_ID, errors);
        let name = object.require("name", name, errors);
        let asset = object.code("asset", errors);
        let asset = object.require("asset", asset, errors);
        let amount = object.amount("amount", errors);
        let amount = object.require("amount", amount, errors);
        if amount.is_some_and(|amount| !amount.is_positive()) {
            errors.add(&object.path_of("amount"), "must be above zero");
        }
        // Never `paid`, because nobody bought this credit by itself.
        let purpose = object.word("purpose", &["bundled", "promotion"], errors);
        let purpose = object.require("purpose", purpose, errors);
        let priority = object.whole("priority", 0..=255, errors);
        let lifecycle = object.object("lifecycle", errors);
        let lifecycle = object.require("lifecycle", lifecycle, errors);
        let lifecycle = lifecycle.and_then(|lifecycle| {
            let every = interval(&lifecycle, "duration", "duration_count", errors);
            let refresh = refresh(&lifecycle, errors);
            every.zip(refresh)
        });
        let revenue_basis = revenue_basis(object, errors);
        let scope = restricted_to(object, errors);
        let (every, refresh) = lifecycle?;
        Some(Self(Entitlement {
            name: name?,
            asset: Asset {
                code: asset?,
                // It is never read before `published` has put the real one there.
                precision: 0,
            },
            amount: amount?,
            purpose: if purpose? == "bundled" {
                Purpose::Bundled
            } else {
                Purpose::Promotion
            },
            every,
            refresh,
            // Its bounds were checked above, so the default only stands for a priority that was not
            // given.
            priority: priority
                .and_then(|number| u8::try_from(number).ok())
                .unwrap_or(DEFAULT_PRIORITY),
            revenue_basis,
            scope,
        }))
    }

    /// The code of the asset that has to be looked up.
    #[must_use]
    pub fn asset(&self) -> &str {
        &self.0.asset.code
    }

    /// The entitlement as a wallet will hold it.
    #[must_use]
    pub fn published(self, asset: Asset) -> Entitlement {
        Entitlement { asset, ..self.0 }
    }
}

/// What becomes of the rest when the next grant comes. Without a strategy, credit is granted once.
fn refresh(lifecycle: &Object<'_>, errors: &mut Errors) -> Option<Refresh> {
    if lifecycle.get("refresh").is_none() {
        return Some(Refresh::Once);
    }
    let refresh = lifecycle.object("refresh", errors)?;
    let words = ["expire_and_replace", "rollover"];
    let strategy = refresh.word("strategy", &words, errors);
    let strategy = refresh.require("strategy", strategy, errors)?;
    let max = refresh.amount("max", errors);
    if max.is_some_and(Amount::is_negative) {
        errors.add(&refresh.path_of("max"), "must not be negative");
    }
    if strategy == "rollover" {
        return Some(Refresh::Rollover { max });
    }
    if refresh.get("max").is_some() {
        errors.add(&refresh.path_of("max"), "is for the strategy rollover only");
    }
    Some(Refresh::ExpireAndReplace)
}

/// What the accounts count this credit as; kept and never computed with.
fn revenue_basis(object: &Object<'_>, errors: &mut Errors) -> Option<Amount> {
    let accounting = object.object("accounting", errors)?;
    accounting.word("cost_basis", &["auto"], errors);
    let basis = accounting.amount("revenue_basis", errors);
    let basis = accounting.require("revenue_basis", basis, errors)?;
    if basis.is_negative() {
        errors.add(&accounting.path_of("revenue_basis"), "must not be negative");
    }
    Some(basis)
}

/// A feature; with a limit, or simply on: `{"code": "seats", "limit": "5"}`.
pub(super) fn feature(object: &Object<'_>, errors: &mut Errors) -> Option<Feature> {
    let code = object.code("code", errors);
    let code = object.require("code", code, errors);
    let limit = object.amount("limit", errors);
    if limit.is_some_and(Amount::is_negative) {
        errors.add(&object.path_of("limit"), "must not be negative");
    }
    Some(Feature {
        code: code?,
        limit: limit.and_then(Quantity::new),
    })
}

/// An entitlement as replies write it: the shape of the request.
#[derive(Clone, PartialEq, Eq, Debug, Serialize)]
pub struct EntitlementReply {
    pub name: String,
    pub asset: String,
    /// What is granted each time.
    pub amount: Amount,
    /// `bundled` or `promotion`.
    pub purpose: Purpose,
    pub lifecycle: Lifecycle,
    /// 0 to 255, lower ones are spent first.
    pub priority: u8,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub accounting: Option<Accounting>,
    /// The only usage that may draw on it.
    #[serde(skip_serializing_if = "Scope::is_everything")]
    pub restricted_to: Scope,
}

/// How long a grant lives, and what comes after it.
#[derive(Clone, PartialEq, Eq, Debug, Serialize)]
pub struct Lifecycle {
    /// `day`, `week`, `month` or `year`.
    pub duration: &'static str,
    pub duration_count: u32,
    /// Absent where credit is granted once.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub refresh: Option<Strategy>,
}

/// `expire_and_replace`, or `rollover` of at most `max`.
#[derive(Clone, PartialEq, Eq, Debug, Serialize)]
pub struct Strategy {
    pub strategy: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub max: Option<Amount>,
}

/// What the credit counts as in the accounts.
#[derive(Clone, PartialEq, Eq, Debug, Serialize)]
pub struct Accounting {
    pub revenue_basis: Amount,
    pub cost_basis: &'static str,
}

impl From<&Entitlement> for EntitlementReply {
    fn from(one: &Entitlement) -> Self {
        let strategy = |strategy, max| Some(Strategy { strategy, max });
        Self {
            name: one.name.clone(),
            asset: one.asset.code.clone(),
            amount: one.amount,
            purpose: one.purpose,
            lifecycle: Lifecycle {
                duration: one.every.unit.word(),
                duration_count: one.every.count,
                refresh: match one.refresh {
                    Refresh::Once => None,
                    Refresh::ExpireAndReplace => strategy("expire_and_replace", None),
                    Refresh::Rollover { max } => strategy("rollover", max),
                },
            },
            priority: one.priority,
            accounting: one.revenue_basis.map(|revenue_basis| Accounting {
                revenue_basis,
                cost_basis: "auto",
            }),
            restricted_to: one.scope.clone(),
        }
    }
}
