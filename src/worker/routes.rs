//! Every route on one screen.

use crate::wire::json::MAX_BODY;
use crate::wire::problem::Failure;

use super::edge::{Context, Handled, Unread, decoded};
use super::handlers::{
    accounts, assets, customers, events, keys, limits, meta, paylinks, payments, portal, products,
    simulate, stats, subscriptions, topups, usage, vendors, wallets, webhooks,
};

/// The values of the path's placeholders, in their order.
pub type Path = Vec<String>;

type Handler = fn(&Context<'_>, &Path) -> Handled;

/// Method, path, handler. The calls of every request stand first.
pub const ROUTES: &[(&str, &str, Handler)] = &[
    ("POST", "/v1/authorize", usage::authorize),
    ("POST", "/v1/holds/{id}/capture", usage::capture_hold),
    ("POST", "/v1/holds/{id}/extend", usage::extend_hold),
    ("POST", "/v1/holds/{id}/release", usage::release_hold),
    ("GET", "/v1/holds/{id}", usage::get_hold),
    ("POST", "/v1/events", usage::record_usage),
    ("GET", "/v1/events", events::list),
    ("GET", "/v1/events/{id}", usage::get_event),
    ("GET", "/v1/customers/{id}/wallet", wallets::get_wallet),
    (
        "GET",
        "/v1/customers/{id}/wallet/entries",
        wallets::list_entries,
    ),
    (
        "GET",
        "/v1/customers/{id}/wallet/holds",
        wallets::list_holds,
    ),
    (
        "GET",
        "/v1/customers/{id}/wallet/settings",
        wallets::get_settings,
    ),
    (
        "PUT",
        "/v1/customers/{id}/wallet/settings",
        wallets::change_settings,
    ),
    (
        "POST",
        "/v1/customers/{id}/wallet/adjustments",
        wallets::adjust,
    ),
    ("POST", "/v1/customers/{id}/wallet/charges", wallets::charge),
    (
        "GET",
        "/v1/customers/{id}/wallet/transactions/{id}",
        wallets::get_transaction,
    ),
    (
        "GET",
        "/v1/customers/{id}/wallet/overdraft",
        limits::list_overdrafts,
    ),
    (
        "PUT",
        "/v1/customers/{id}/wallet/overdraft",
        limits::set_overdraft,
    ),
    (
        "GET",
        "/v1/customers/{id}/wallet/budgets",
        limits::list_budgets,
    ),
    (
        "GET",
        "/v1/customers/{id}/wallet/budgets/{code}",
        limits::get_budget,
    ),
    (
        "PUT",
        "/v1/customers/{id}/wallet/budgets/{code}",
        limits::set_budget,
    ),
    (
        "DELETE",
        "/v1/customers/{id}/wallet/budgets/{code}",
        limits::remove_budget,
    ),
    (
        "GET",
        "/v1/customers/{id}/wallet/{account}",
        wallets::get_account,
    ),
    (
        "GET",
        "/v1/customers/{id}/wallet/{account}/grants",
        wallets::list_grants,
    ),
    ("POST", "/v1/customers", customers::create),
    ("GET", "/v1/customers", customers::list),
    ("GET", "/v1/customers/stats", stats::customers),
    ("GET", "/v1/customers/{id}", customers::get),
    ("GET", "/v1/customers/{id}/stats", stats::customer),
    ("GET", "/v1/vendors/{id}/stats", stats::vendor),
    ("PATCH", "/v1/customers/{id}", customers::change),
    (
        "POST",
        "/v1/customers/{id}/subscriptions",
        subscriptions::create,
    ),
    (
        "PATCH",
        "/v1/customers/{id}/subscriptions/{id}",
        subscriptions::change,
    ),
    (
        "PATCH",
        "/v1/customers/{id}/subscriptions/{id}/products/{id}",
        subscriptions::change_product,
    ),
    (
        "GET",
        "/v1/products/{id}/subscribers",
        subscriptions::subscribers,
    ),
    ("POST", "/v1/assets", assets::create),
    ("GET", "/v1/assets", assets::list),
    ("GET", "/v1/assets/{code}", assets::get),
    ("POST", "/v1/assets/{code}/rates", assets::add_rate),
    ("POST", "/v1/assets/{code}/quote", assets::quote),
    ("POST", "/v1/products", products::create),
    ("GET", "/v1/products", products::list),
    ("GET", "/v1/products/{id}", products::get),
    (
        "POST",
        "/v1/products/{id}/{version}/simulate-usage",
        simulate::simulate_version,
    ),
    ("POST", "/v1/products/{id}", products::create_version),
    ("DELETE", "/v1/products/{id}", products::delete),
    ("GET", "/v1/products/{id}/{version}", products::get_version),
    (
        "PATCH",
        "/v1/products/{id}/{version}",
        products::change_version,
    ),
    (
        "DELETE",
        "/v1/products/{id}/{version}",
        products::delete_version,
    ),
    ("POST", "/v1/vendors", vendors::create),
    ("GET", "/v1/vendors", vendors::list),
    ("GET", "/v1/vendors/{id}", vendors::get),
    ("POST", "/v1/accounts", accounts::create),
    ("GET", "/v1/accounts", accounts::list),
    ("GET", "/v1/accounts/self", accounts::get_self),
    ("GET", "/v1/accounts/{id}", accounts::get),
    ("POST", "/v1/keys", keys::create),
    ("GET", "/v1/keys", keys::list),
    ("POST", "/v1/keys/{id}/rotate", keys::rotate),
    ("DELETE", "/v1/keys/{id}", keys::revoke),
    ("POST", "/v1/top-ups", topups::create),
    ("GET", "/v1/top-ups/{id}", topups::get),
    ("POST", "/v1/billing-portal/sessions", portal::create),
    ("DELETE", "/v1/billing-portal/sessions/{id}", portal::end),
    ("POST", "/v1/webhooks", webhooks::create),
    ("GET", "/v1/webhooks", webhooks::list),
    ("GET", "/v1/webhooks/events", webhooks::list_events),
    ("GET", "/v1/webhooks/{id}", webhooks::get),
    ("PATCH", "/v1/webhooks/{id}", webhooks::change),
    ("DELETE", "/v1/webhooks/{id}", webhooks::delete),
    ("POST", "/v1/webhooks/test/{topic}", webhooks::test),
    (
        "POST",
        "/v1/webhooks/test/{topic}/{account}",
        webhooks::test_connected,
    ),
    ("POST", "/v1/webhooks/{id}/test/{topic}", webhooks::test_one),
    (
        "POST",
        "/v1/webhooks/{id}/test/{topic}/{account}",
        webhooks::test_one_connected,
    ),
    ("GET", "/v1/unmatched-payments", payments::list_unmatched),
    ("POST", "/stripe/webhook", payments::stripe_webhook),
    // Pages for customers, who have no key: a token in the address says all.
    ("GET", "/pay/{token}", topups::page),
    ("POST", "/pay/{token}", topups::act),
    ("GET", "/pay/{token}/{id}", paylinks::open),
    ("GET", "/portal", portal::view),
    ("GET", "/v1/meta", meta::meta),
    ("GET", "/healthz", meta::health),
    // Probes ask with HEAD; the shell leaves the body away.
    ("HEAD", "/healthz", meta::health),
    ("HEAD", "/v1/meta", meta::meta),
    ("HEAD", "/v1/customers/{id}", customers::get),
    ("HEAD", "/v1/customers/{id}/wallet", wallets::get_wallet),
    ("HEAD", "/v1/holds/{id}", usage::get_hold),
    ("HEAD", "/v1/events/{id}", usage::get_event),
];

/// Finds the route and calls its handler.
///
/// # Errors
/// 404 and 405 for what is no route, 413, 415 and 400 for a body that is not JSON text, and what
/// the handler stops with.
pub fn dispatch(context: &Context<'_>) -> Handled {
    let request = context.request;
    let mut other_methods = Vec::new();
    for &(method, pattern, handler) in ROUTES {
        let Some(path) = matched(pattern, request.path) else {
            continue;
        };
        if method != request.method {
            if !other_methods.contains(&method) {
                other_methods.push(method);
            }
            continue;
        }
        check_body(context)?;
        return handler(context, &path);
    }
    if other_methods.is_empty() {
        let detail = format!(
            "There is nothing at {}. The API starts at /v1.",
            request.path
        );
        return Err(Failure::NotFound.because(detail).into());
    }
    let allowed = other_methods.join(", ");
    let detail = format!("{} answers to {allowed}.", request.path);
    let mut problem = Failure::MethodNotAllowed.because(detail);
    problem.allow = other_methods;
    Err(problem.into())
}

fn check_body(context: &Context<'_>) -> Result<(), crate::wire::Problem> {
    let request = context.request;
    if request.unread == Some(Unread::TooLarge) || context.body.len() > MAX_BODY {
        let detail = format!("The body is larger than {MAX_BODY} bytes. Send fewer events.");
        return Err(Failure::BodyTooLarge.because(detail));
    }
    if request.unread == Some(Unread::NotText) {
        return Err(Failure::MalformedBody.because("The body is not UTF-8 text."));
    }
    let kind = request.content_type.unwrap_or_default();
    let kind = kind.split(';').next().unwrap_or_default().trim();
    let json = kind.eq_ignore_ascii_case("application/json");
    let form = kind.eq_ignore_ascii_case("application/x-www-form-urlencoded");
    let known = json || (form && request.path.starts_with("/pay/"));
    if request.method != "GET" && !context.body.is_empty() && !known {
        let detail = "Send JSON, with the header Content-Type: application/json.";
        return Err(Failure::UnsupportedMediaType.because(detail));
    }
    Ok(())
}

/// The placeholders' values when the path has the pattern.
fn matched(pattern: &str, path: &str) -> Option<Path> {
    let mut values = Path::new();
    let mut segments = path.split('/');
    for expected in pattern.split('/') {
        let segment = segments.next()?;
        if expected.starts_with('{') {
            if segment.is_empty() {
                return None;
            }
            values.push(decoded(segment));
        } else if expected != segment {
            return None;
        }
    }
    segments.next().is_none().then_some(values)
}
