//! Subscriptions: read from requests, written to replies.

use serde::{Deserialize, Serialize};

use crate::engine::subscription::{Change, Plan, Subscription, SubscriptionStatus};
use crate::engine::{Action, Command, Instant, PricedProduct, Wallet};

use super::catalogue::customer::{ProductRef, product_refs, version};
use super::json::{Errors, Object};
use super::problem::Problem;
use super::request::{command, read};
use super::{ids, time, url};

/// Longest trial, and longest grace for a renewal that the balance does not cover, in days.
pub const MAX_DAYS: u32 = 365;

/// A subscription whose products have not been looked up yet.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct NewSubscription {
    pub products: Vec<ProductRef>,
    pub plan: Plan,
}

impl NewSubscription {
    /// `POST /v1/customers/{id}/subscriptions`.
    ///
    /// # Errors
    /// As [`read`].
    pub fn read(body: &str) -> Result<Self, Problem> {
        read(body, Self::of)
    }

    pub(super) fn of(object: &Object<'_>, errors: &mut Errors) -> Option<Self> {
        let starts_at = object.time("starts_at", errors);
        let renews_at = object.time("renews_at", errors);
        if starts_at
            .zip(renews_at)
            .is_some_and(|(start, end)| end <= start)
        {
            let sentence = "must be later than starts_at";
            errors.add(&object.path_of("renews_at"), sentence);
        }
        let words = ["return_url", "portal"];
        object.word("redirect_to", &words, errors);
        let plan = Plan {
            starts_at,
            renews_at,
            trial_days: object.whole("trial_days", 0..=MAX_DAYS, errors),
            grace_days: object.whole("grace_days", 0..=MAX_DAYS, errors),
            return_url: url::optional(object, "return_url", errors),
            failure_url: url::optional(object, "failure_url", errors),
        };
        let products = product_refs(object, errors)?;
        Some(Self { products, plan })
    }
}

/// A subscription whose products are known: what a wallet copies in.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct PricedSubscription {
    pub products: Vec<PricedProduct>,
    pub plan: Plan,
}

impl PricedSubscription {
    /// The command under an operation id.
    #[must_use]
    pub fn command(self, op: String) -> Command {
        let Plan {
            starts_at,
            renews_at,
            trial_days,
            grace_days,
            return_url,
            failure_url,
        } = self.plan;
        let action = Action::Subscribe {
            products: self.products,
            starts_at,
            renews_at,
            trial_days,
            grace_days,
            return_url,
            failure_url,
        };
        command(op, action)
    }
}

/// `PATCH …/subscriptions/{id}`: `status`, or whether it ends with the period that is paid.
///
/// # Errors
/// As [`read`].
pub fn change(body: &str) -> Result<Change, Problem> {
    read(body, |object, errors| {
        let status = object.word("status", &["active", "inactive"], errors);
        let cancel = object.flag("cancel_at_period_end", errors);
        if object.get("status").is_none() && object.get("cancel_at_period_end").is_none() {
            errors.add("status", "is required");
        }
        if status.is_some() && cancel.is_some() {
            let sentence = "must be left out when status is given";
            errors.add("cancel_at_period_end", sentence);
        }
        match (status.as_deref(), cancel) {
            (Some("active"), _) => Some(Change::Activate),
            (Some(_), _) => Some(Change::Deactivate),
            (None, Some(true)) => Some(Change::CancelAtPeriodEnd),
            (None, Some(false)) => Some(Change::Resume),
            (None, None) => None,
        }
    })
}

/// `PATCH …/subscriptions/{id}/products/{product}`: another version, or another product in its
/// place.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct ProductChange {
    /// The product that takes the place; the same one when absent.
    pub product: Option<String>,
    /// The default version when absent.
    pub version: Option<u32>,
    pub prorate: bool,
}

impl ProductChange {
    /// # Errors
    /// As [`read`].
    pub fn read(body: &str) -> Result<Self, Problem> {
        read(body, |object, errors| {
            let product = object.text("product", ids::MAX_ID, errors);
            if object.get("version").is_none() && object.get("product").is_none() {
                errors.add("version", "is required, or product");
            }
            Some(Self {
                product,
                version: version(object, errors),
                prorate: object.flag("prorate", errors).unwrap_or(false),
            })
        })
    }
}

#[derive(Serialize)]
struct SubscriptionReply<'a> {
    id: String,
    started_at: String,
    renews_at: Option<String>,
    status: SubscriptionStatus,
    products: Vec<SubscribedProduct<'a>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    trial_ends_at: Option<String>,
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    cancel_at_period_end: bool,
    #[serde(skip_serializing_if = "Option::is_none")]
    grace_until: Option<String>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    required_actions: Vec<RequiredAction>,
}

#[derive(Serialize)]
struct SubscribedProduct<'a> {
    id: &'a str,
    code: &'a str,
    version: u32,
}

/// What the customer has to do before the subscription goes on.
#[derive(Serialize)]
struct RequiredAction {
    #[serde(rename = "type")]
    kind: &'static str,
    redirect_url: String,
}

fn subscription_reply<'a>(
    wallet: &'a Wallet,
    one: &'a Subscription,
    pay_at: &str,
) -> SubscriptionReply<'a> {
    let product = |product: &'a PricedProduct| SubscribedProduct {
        id: &product.id,
        code: &product.code,
        version: product.version,
    };
    let format = |at: Option<Instant>| at.map(time::format);
    let waits = one.status == SubscriptionStatus::ActionRequired;
    let own = one.plan.return_url.as_deref().unwrap_or_default();
    let id = ids::of_wallet("sub", &wallet.customer, one.id);
    let pay = || RequiredAction {
        kind: "payment",
        redirect_url: if pay_at.is_empty() { own } else { pay_at }
            .replace("{subscription_id}", &id),
    };
    let required_actions = waits.then(pay).into_iter().collect();
    SubscriptionReply {
        id,
        started_at: time::format(one.plan.starts_at.unwrap_or(one.started_at)),
        renews_at: format(one.renews_at()),
        status: one.status,
        products: one.products.iter().map(product).collect(),
        trial_ends_at: format(one.trial_ends_at),
        cancel_at_period_end: one.cancel_at_period_end,
        grace_until: format(one.grace_until),
        required_actions,
    }
}

/// A customer's subscriptions, as the wallet holds them; `pay_at` is where a customer pays.
#[must_use]
pub fn subscriptions(wallet: &Wallet, pay_at: &str) -> String {
    let all = wallet.subscriptions.iter();
    super::reply::json(
        &all.map(|one| subscription_reply(wallet, one, pay_at))
            .collect::<Vec<_>>(),
    )
}

/// One subscription, by the `seq` of its entry.
#[must_use]
pub fn subscription(wallet: &Wallet, id: u64, pay_at: &str) -> Option<String> {
    let one = wallet.subscriptions.iter().find(|one| one.id == id)?;
    Some(super::reply::json(&subscription_reply(wallet, one, pay_at)))
}
