//! Subscriptions as replies write them.

use serde::Serialize;

use crate::engine::subscription::{Subscription, SubscriptionStatus};
use crate::engine::{Instant, PricedProduct, Wallet};
use crate::wire::reply::json;
use crate::wire::{ids, time};

/// ```json
/// { "id": "sub_…", "started_at": "…", "renews_at": "…", "status": "active",
///   "products": [ { "id": "prod_…", "code": "pro", "version": 1 } ] }
/// ```
#[derive(Serialize)]
struct SubscriptionReply<'a> {
    id: String,
    /// As it was asked for, else when it was made.
    started_at: String,
    /// When the period that is paid ends; null where there is no further one.
    renews_at: Option<String>,
    /// `scheduled`, `active`, `action_required` or `inactive`.
    status: SubscriptionStatus,
    products: Vec<SubscribedProduct<'a>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    trial_ends_at: Option<String>,
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    cancel_at_period_end: bool,
    /// Products that take the place of others when their periods end.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    scheduled_changes: Vec<ScheduledChange<'a>>,
    /// `stripe`, where invoices of Stripe pay for it, and not the wallet.
    #[serde(skip_serializing_if = "Option::is_none")]
    collect: Option<&'static str>,
    /// Until when an unpaid fee is awaited.
    #[serde(skip_serializing_if = "Option::is_none")]
    grace_until: Option<String>,
    /// What the customer has to do before it goes on; only while it is `action_required`.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    required_actions: Vec<RequiredAction>,
}

/// A product as the subscription holds it.
#[derive(Serialize)]
struct SubscribedProduct<'a> {
    id: &'a str,
    code: &'a str,
    /// The version that was copied, and not the newest one.
    version: u32,
}

/// `{"replaces": "prp_…", "product": {…}, "starts_at": "…"}`.
#[derive(Serialize)]
struct ScheduledChange<'a> {
    replaces: &'a str,
    product: SubscribedProduct<'a>,
    starts_at: String,
}

/// `{"type": "payment", "redirect_url": "https://…"}`.
#[derive(Serialize)]
struct RequiredAction {
    #[serde(rename = "type")]
    kind: &'static str,
    /// Where the customer pays: the deployment's page, a link of ours, or the subscription's
    /// `return_url`.
    redirect_url: String,
}

/// `pay_at` names the page, with `{subscription_id}` for the subscription; empty where there is
/// none.
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
    // In every other state there is nothing to pay, and a link would ask for nothing.
    let waits = one.status == SubscriptionStatus::ActionRequired;
    let own = one.plan.return_url.as_deref().unwrap_or_default();
    let id = ids::of_wallet("sub", &wallet.customer, one.id);
    let pay = || RequiredAction {
        kind: "payment",
        redirect_url: if pay_at.is_empty() { own } else { pay_at }
            .replace("{subscription_id}", &id),
    };
    let planned = one.planned.iter().map(|planned| ScheduledChange {
        replaces: &planned.replaces,
        product: product(&planned.product),
        starts_at: time::format(planned.at),
    });
    let required_actions = waits.then(pay).into_iter().collect();
    SubscriptionReply {
        id,
        started_at: time::format(one.plan.starts_at.unwrap_or(one.started_at)),
        renews_at: format(one.renews_at()),
        status: one.status,
        products: one.products.iter().map(|had| product(had)).collect(),
        trial_ends_at: format(one.trial_ends_at),
        cancel_at_period_end: one.cancel_at_period_end,
        scheduled_changes: planned.collect(),
        collect: one.plan.invoiced.then_some("stripe"),
        grace_until: format(one.grace_until),
        required_actions,
    }
}

/// A customer's subscriptions, as the wallet holds them; `pay_at` is where a customer pays.
#[must_use]
pub fn subscriptions(wallet: &Wallet, pay_at: &str) -> String {
    let all = wallet.subscriptions.iter();
    json(
        &all.map(|one| subscription_reply(wallet, one, pay_at))
            .collect::<Vec<_>>(),
    )
}

/// Subscriptions in one part of what the directory is told.
///
/// ```text
/// 200 * ( 2,048 of an address + 20 products of 100 bytes + 300 ) < 1 MB          a value of it has 2 MB
/// ```
const PART: usize = 200;

/// The same in parts, for the directory. A wallet may have any number that have ended.
#[must_use]
pub fn subscriptions_in_parts(wallet: &Wallet) -> Vec<String> {
    let parts = wallet.subscriptions.chunks(PART);
    let part = |all: &[Subscription]| {
        let all = all.iter().map(|one| subscription_reply(wallet, one, ""));
        json(&all.collect::<Vec<_>>())
    };
    parts.map(part).collect()
}

/// One subscription, by the `seq` of its entry.
#[must_use]
pub fn subscription(wallet: &Wallet, id: u64, pay_at: &str) -> Option<String> {
    let one = wallet.subscriptions.iter().find(|one| one.id == id)?;
    Some(json(&subscription_reply(wallet, one, pay_at)))
}
