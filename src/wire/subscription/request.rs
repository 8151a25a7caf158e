//! What a request says of a subscription, and the command that it becomes.

use serde::{Deserialize, Serialize};

use crate::engine::subscription::{Change, Plan};
use crate::engine::{Action, Command, PricedProduct};
use crate::journal::chain::request_digest;
use crate::wire::ids::MAX_ID;
use crate::wire::json::{Errors, Object};
use crate::wire::problem::Problem;
use crate::wire::request::{command, read};
use crate::wire::url;

use super::product_ref::{ProductRef, product_refs, version};

/// Longest trial, and longest grace for a renewal that the balance does not cover, in days.
pub const MAX_DAYS: u32 = 365;

/// A subscription whose products have not been looked up yet.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct NewSubscription {
    /// At least one.
    pub products: Vec<ProductRef>,
    /// When it starts and renews, how long its trial and its grace are, where its customer comes
    /// back to.
    pub plan: Plan,
    /// One that Stripe has already, of those that its invoices pay for.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub stripe_subscription_id: Option<String>,
}

impl NewSubscription {
    /// A digest of what is asked, before anything is looked up.
    #[must_use]
    pub fn digest(&self) -> String {
        let asked = serde_json::to_string(self).unwrap_or_default();
        request_digest(&["subscription", &asked])
    }

    /// `POST /v1/customers/{id}/subscriptions`.
    ///
    /// ```json
    /// { "products": [ { "code": "pro" } ], "trial_days": 14, "grace_days": 3, "collect": "stripe",
    ///   "return_url": "https://app.example.com/thanks", "failure_url": "https://app.example.com/sorry" }
    /// ```
    ///
    /// # Errors
    /// As [`read`].
    pub fn read(body: &str) -> Result<Self, Problem> {
        read(body, Self::of)
    }

    /// The same inside of a request that creates a customer.
    pub(crate) fn of(object: &Object<'_>, errors: &mut Errors) -> Option<Self> {
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
        // Credyt's field. Both words lead to the same place here, so it is checked and not kept.
        object.word("redirect_to", &words, errors);
        let (invoiced, stripe_subscription_id) = collection(object, errors);
        let plan = Plan {
            starts_at,
            renews_at,
            trial_days: object.whole("trial_days", 0..=MAX_DAYS, errors),
            grace_days: object.whole("grace_days", 0..=MAX_DAYS, errors),
            return_url: url::optional(object, "return_url", errors),
            failure_url: url::optional(object, "failure_url", errors),
            invoiced,
        };
        let products = product_refs(object, errors)?;
        Some(Self {
            products,
            plan,
            stripe_subscription_id,
        })
    }
}

/// Who collects its fees: whether invoices do, and of which subscription at Stripe.
fn collection(object: &Object<'_>, errors: &mut Errors) -> (bool, Option<String>) {
    let collect = object.word("collect", &["wallet", "stripe"], errors);
    let invoiced = collect.as_deref() == Some("stripe");
    let linked = object.text("stripe_subscription_id", MAX_ID, errors);
    if linked.is_some() && !invoiced {
        let sentence = "must be left out, or \"collect\" be \"stripe\"";
        errors.add(&object.path_of("stripe_subscription_id"), sentence);
    }
    for name in ["starts_at", "renews_at"] {
        // Stripe counts its periods from the first payment, and from nothing else.
        if invoiced && object.get(name).is_some() {
            let sentence =
                "must be left out where Stripe collects: its periods begin with the first payment";
            errors.add(&object.path_of(name), sentence);
        }
    }
    let is_id = |id: &String| {
        let rest = id.strip_prefix("sub_").unwrap_or_default();
        !rest.is_empty() && rest.bytes().all(|byte| byte.is_ascii_alphanumeric())
    };
    if linked.as_ref().is_some_and(|id| !is_id(id)) {
        let sentence = "must be a subscription's id at Stripe, such as sub_1A2b3C";
        errors.add(&object.path_of("stripe_subscription_id"), sentence);
    }
    (invoiced, linked.filter(is_id))
}

/// A subscription whose products are known: what a wallet copies in. From then on it stays as it
/// is, whatever becomes of the products.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct PricedSubscription {
    pub products: Vec<PricedProduct>,
    pub plan: Plan,
    /// Digest of what was asked, as it was asked: a replay is the same request, whatever the catalogue
    /// says by then. Empty where an older deployment sends it; then the products are digested.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub asked: String,
}

impl PricedSubscription {
    /// The command under an operation id.
    #[must_use]
    pub fn command(self, op: String) -> Command {
        // Taken apart by name, so that a field which is added to the plan cannot be forgotten here.
        let Plan {
            starts_at,
            renews_at,
            trial_days,
            grace_days,
            return_url,
            failure_url,
            invoiced,
        } = self.plan;
        let action = Action::Subscribe {
            products: self.products,
            starts_at,
            renews_at,
            trial_days,
            grace_days,
            return_url,
            failure_url,
            invoiced,
        };
        let mut command = command(op, action);
        if !self.asked.is_empty() {
            command.request = self.asked;
        }
        command
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
            // The only other word that was let through above.
            (Some(_), _) => Some(Change::Deactivate),
            (None, Some(true)) => Some(Change::CancelAtPeriodEnd),
            (None, Some(false)) => Some(Change::Resume),
            (None, None) => None,
        }
    })
}

/// `PATCH …/subscriptions/{id}/products/{product}`: another version, or another product in its
/// place: `{ "version": 2, "prorate": true }`.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct ProductChange {
    /// The product that takes the place; the same one when absent.
    pub product: Option<String>,
    /// The default version when absent.
    pub version: Option<u32>,
    /// It changes now, and the difference for the rest of the period moves; else it changes when the
    /// period ends.
    pub prorate: bool,
}

impl ProductChange {
    /// # Errors
    /// As [`read`].
    pub fn read(body: &str) -> Result<Self, Problem> {
        read(body, |object, errors| {
            let product = object.text("product", MAX_ID, errors);
            if object.get("version").is_none() && object.get("product").is_none() {
                errors.add("version", "is required, or product");
            }
            Some(Self {
                product,
                version: version(object, errors),
                // Else a dearer plan would be had for nothing until the period ends.
                prorate: object.flag("prorate", errors).unwrap_or(true),
            })
        })
    }
}
