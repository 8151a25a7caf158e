//! What runs here, and whether it is ready.

use serde::Serialize;

use crate::engine::calendar::{Interval, Window};
use crate::engine::{budget, entry, grants, hold, price, subscription, usage};
use crate::journal::limits as bytes;
use crate::journal::storage::PAGE_BYTES;
use crate::journal::turns::MAX_DUE;
use crate::wire::limits::MAX_THRESHOLDS;
use crate::wire::reply::json;
use crate::wire::{
    catalogue, ids, json as limits, request, scope, subscription as wire_subscription, topup, url,
    usage as wire_usage,
};
use crate::worker::customers::wire::MAX_EXTERNAL_ACCOUNTS;
use crate::worker::edge::context::Context;
use crate::worker::edge::list::{MAX_COUNTED, MAX_PAGE};
use crate::worker::edge::reply::{Handled, Reply};
use crate::worker::edge::request::Path;
use crate::worker::edge::statements::ping;
use crate::worker::keys::wire::{MAX_KEYS, MAX_OVERLAP};
use crate::worker::payments::wire as payments;
use crate::worker::portal::wire as portal;
use crate::worker::products::statements::{MAX_PRODUCTS, MAX_VERSIONS};
use crate::worker::top_ups::statements::MAX_OF_LINK;
use crate::worker::webhooks::wire as webhook;

#[derive(Serialize)]
struct Meta {
    name: &'static str,
    version: &'static str,
    /// Counts the forms in which entries are stored.
    journal_format: u32,
    local: bool,
    limits: Limits,
}

/// Every limit of the API, as it is enforced.
///
/// Each is the constant that enforces it and never a number of its own, so the two cannot differ.
#[derive(Serialize)]
struct Limits {
    body_bytes: usize,
    json_depth: usize,
    json_members: usize,
    errors_per_reply: usize,
    events_per_request: usize,
    costs_per_event: usize,
    fees_per_request: usize,
    late_events_days: u32,
    early_event_seconds: u32,
    id_characters: usize,
    text_characters: usize,
    metadata_bytes: usize,
    open_holds_per_wallet: usize,
    grants_per_account: usize,
    hold_seconds: u32,
    subscriptions_per_wallet: usize,
    budgets_per_wallet: usize,
    budget_values_per_wallet: usize,
    budget_value_characters: usize,
    budget_data_fields: usize,
    budget_thresholds: usize,
    budget_rolling_seconds: u32,
    budgets_inherited: usize,
    entry_bytes: usize,
    call_bytes: usize,
    wallet_bytes: usize,
    due_entries_per_call: usize,
    page_bytes: usize,
    grants_per_hold: usize,
    accounts_per_wallet: usize,
    credit_restrictions: usize,
    address_characters: usize,
    top_up_link_seconds: u32,
    portal_session_seconds: u32,
    webhook_destinations: usize,
    webhook_topics: usize,
    webhook_topic_characters: usize,
    webhook_data_bytes: usize,
    webhook_answer_seconds: u32,
    webhook_events_days: u32,
    webhook_deliveries: usize,
    webhook_overlap_seconds: u32,
    top_ups_per_link: usize,
    products: usize,
    versions_per_product: usize,
    stripe_endpoints: usize,
    stripe_secrets_per_endpoint: usize,
    stripe_connected_accounts: usize,
    stripe_overlap_seconds: u32,
    unmatched_payments_per_purge: usize,
    page_items: u64,
    items_counted: u64,
    prices_per_product: usize,
    assets_per_price: usize,
    dimensions_per_price: usize,
    rows_per_asset: usize,
    tiers_per_row: usize,
    rates_of_a_new_asset: usize,
    subscriptions_per_request: usize,
    entitlements_per_product: usize,
    features_per_product: usize,
    trial_days: u32,
    grace_days: u32,
    interval_count: u32,
    external_accounts_per_customer: usize,
    key_overlap_seconds: u32,
    keys: usize,
    amount_decimal_places: u32,
    amount_below: &'static str,
}

const LIMITS: Limits = Limits {
    body_bytes: limits::MAX_BODY,
    json_depth: limits::MAX_DEPTH,
    json_members: limits::MAX_MEMBERS,
    errors_per_reply: limits::MAX_ERRORS,
    events_per_request: wire_usage::MAX_EVENTS,
    costs_per_event: wire_usage::MAX_COSTS,
    fees_per_request: price::MAX_FEES,
    late_events_days: usage::MAX_LATE_DAYS,
    early_event_seconds: usage::FUTURE_SECONDS,
    id_characters: ids::MAX_ID,
    text_characters: request::MAX_WORDS,
    metadata_bytes: limits::MAX_METADATA,
    open_holds_per_wallet: hold::MAX_OPEN,
    grants_per_account: grants::MAX_GRANTS,
    hold_seconds: hold::MAX_SECONDS,
    subscriptions_per_wallet: subscription::MAX_SUBSCRIPTIONS,
    budgets_per_wallet: budget::MAX_BUDGETS,
    budget_values_per_wallet: budget::MAX_VALUES,
    budget_value_characters: budget::MAX_VALUE,
    budget_data_fields: budget::MAX_FIELDS,
    budget_thresholds: MAX_THRESHOLDS,
    budget_rolling_seconds: Window::ROLLING_SECONDS.1,
    budgets_inherited: budget::MAX_PRESETS,
    entry_bytes: bytes::MAX_ROW,
    call_bytes: bytes::MAX_CALL,
    wallet_bytes: bytes::MAX_WALLET,
    due_entries_per_call: MAX_DUE,
    page_bytes: PAGE_BYTES,
    grants_per_hold: bytes::MAX_DRAWS,
    accounts_per_wallet: bytes::MAX_ACCOUNTS,
    credit_restrictions: scope::MAX_RESTRICTIONS,
    address_characters: url::MAX_URL,
    top_up_link_seconds: topup::LINK_SECONDS,
    portal_session_seconds: portal::SESSION_SECONDS,
    webhook_destinations: webhook::MAX_DESTINATIONS,
    webhook_topics: webhook::MAX_TOPICS,
    webhook_topic_characters: webhook::MAX_TOPIC,
    webhook_data_bytes: webhook::MAX_DATA,
    webhook_answer_seconds: webhook::DELIVERY_SECONDS,
    webhook_events_days: webhook::KEPT_DAYS,
    webhook_deliveries: webhook::MAX_EVENTS,
    webhook_overlap_seconds: webhook::MAX_OVERLAP,
    top_ups_per_link: MAX_OF_LINK,
    products: MAX_PRODUCTS,
    versions_per_product: MAX_VERSIONS,
    stripe_endpoints: payments::MAX_ENDPOINTS,
    stripe_secrets_per_endpoint: payments::MAX_SECRETS,
    stripe_connected_accounts: payments::MAX_CONNECTED,
    stripe_overlap_seconds: payments::MAX_OVERLAP,
    unmatched_payments_per_purge: payments::MAX_PURGED,
    page_items: MAX_PAGE,
    items_counted: MAX_COUNTED,
    prices_per_product: catalogue::MAX_PRICES,
    assets_per_price: catalogue::MAX_ASSETS,
    dimensions_per_price: catalogue::MAX_DIMENSIONS,
    rows_per_asset: catalogue::MAX_ROWS,
    tiers_per_row: catalogue::MAX_TIERS,
    rates_of_a_new_asset: catalogue::MAX_RATES,
    subscriptions_per_request: wire_subscription::MAX_SUBSCRIPTIONS,
    entitlements_per_product: catalogue::MAX_ENTITLEMENTS,
    features_per_product: catalogue::MAX_FEATURES,
    trial_days: wire_subscription::MAX_DAYS,
    grace_days: wire_subscription::MAX_DAYS,
    interval_count: Interval::MAX_COUNT,
    external_accounts_per_customer: MAX_EXTERNAL_ACCOUNTS,
    key_overlap_seconds: MAX_OVERLAP,
    keys: MAX_KEYS,
    amount_decimal_places: crate::engine::amount::MAX_PLACES,
    // As text, so that it looks like every other amount.
    amount_below: "1000000000000000",
};

/// `GET /v1/meta`: needs no key, because it says nothing about anybody.
pub async fn meta(context: &Context<'_>, _: &Path) -> Handled {
    Ok(Reply::ok(json(&Meta {
        name: "scrip",
        version: env!("CARGO_PKG_VERSION"),
        journal_format: entry::FORMAT,
        local: context.config.is_local(),
        limits: LIMITS,
    })))
}

/// `GET /v1/openapi.json`: leads to the file.
///
/// It is served by the platform as it is, because in the module it would cost every start what few ever ask for.
pub async fn openapi(_: &Context<'_>, _: &Path) -> Handled {
    Ok(Reply::see_other("/assets/openapi.json".to_owned()))
}

/// `GET /healthz`: 200 as long as this answers at all.
///
/// It asks nobody: whoever may call it as often as he likes must not reach the directory by it.
pub async fn health(_: &Context<'_>, _: &Path) -> Handled {
    Ok(Reply::ok("{\"status\":\"ok\"}".to_owned()))
}

/// `GET /readyz`: 200 when the directory answers.
///
/// 503 when it does not: then calls that are remembered still work, but no new key.
pub async fn ready(context: &Context<'_>, _: &Path) -> Handled {
    context.directory(vec![ping()]).await?;
    Ok(Reply::ok("{\"status\":\"ok\"}".to_owned()))
}
