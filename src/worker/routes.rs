//! Every route on one screen.
//!
//! - The path is told by `matchit`: `{id}` is one segment, and fixed words come before
//!   placeholders.
//! - `{id}`, `{subscription}` and `{product}` are ids of ours: one of the other side is refused before
//!   the handler is asked. Other names are words of the caller's.
//! - The scope is what the key must have; [`Scope::Open`] asks for no key. `ReadOr` and `WriteOr` also let a
//!   customer's token with that word in, for its own wallet; every other route lets no token in.
//! - `wallet!` names a wallet and waits for nothing, so a busy caller's request costs no object of
//!   JavaScript; `keyed!`, `open!` and `form!` wait.
//!
//! A suite asks for every row: that it is found, and that no other row hides it.

use super::dispatch::{Handler, Route};
use super::edge::principal::Scope;
use super::edge::token::Own;
use super::{
    accounts, assets, codes, customers, events, inbound, keys, meta, payment_methods, payments,
    portal, processors, products, recharge, stats, subscriptions, tokens, top_ups, usage, vendors,
    wallets, webhooks,
};

/// The request names one wallet, which answers.
macro_rules! wallet {
    ($handler:path) => {
        Handler::Wallet($handler)
    };
}

/// An async handler for a caller with a key.
macro_rules! keyed {
    ($handler:path) => {
        Handler::Keyed(|context, who, path| Box::pin($handler(context, who, path)))
    };
}

/// An async handler for everybody.
macro_rules! open {
    ($handler:path) => {
        Handler::Open(|context, path| Box::pin($handler(context, path)))
    };
}

/// The same, for what a page of ours posts.
macro_rules! form {
    ($handler:path) => {
        Handler::Form(|context, path| Box::pin($handler(context, path)))
    };
}

/// The calls of every request stand first.
///
/// Order has no other meaning: a fixed word wins over a placeholder wherever it stands. Not
/// formatted, because columns that stand below each other are read like a table.
#[rustfmt::skip]
pub const ROUTES: &[Route] = &[
    ("POST",   "/v1/authorize",                                                   Scope::WriteOr(Own::Authorize), wallet!(usage::handlers::authorize)),
    ("POST",   "/v1/holds/{id}/capture",                                          Scope::Write, wallet!(usage::handlers::capture_hold)),
    ("POST",   "/v1/holds/{id}/extend",                                           Scope::Write, wallet!(usage::handlers::extend_hold)),
    ("POST",   "/v1/holds/{id}/release",                                          Scope::Write, wallet!(usage::handlers::release_hold)),
    ("GET",    "/v1/holds/{id}",                                                  Scope::ReadOr(Own::Read), wallet!(usage::handlers::get_hold)),
    ("POST",   "/v1/events",                                                      Scope::Write, wallet!(usage::handlers::record_usage)),
    ("GET",    "/v1/events",                                                      Scope::Read,  keyed!(events::handlers::list)),
    // `keyed`, because an event's id need not say whose it is, and then the directory is asked.
    ("GET",    "/v1/events/{event}",                                                 Scope::Read,  keyed!(usage::handlers::get_event)),
    ("GET",    "/v1/customers/{id}/wallet",                                       Scope::ReadOr(Own::Read), wallet!(wallets::handlers::get_wallet)),
    ("GET",    "/v1/customers/{id}/wallet/entries",                               Scope::ReadOr(Own::Read), wallet!(wallets::handlers::list_entries)),
    // `keyed`, because a socket is opened by the wallet itself, and not by the text that goes there.
    ("GET",    "/v1/customers/{id}/wallet/live",                                  Scope::ReadOr(Own::Read), keyed!(wallets::live::watch)),
    ("GET",    "/v1/customers/{id}/wallet/entries/{entry}/receipt",               Scope::ReadOr(Own::Read), wallet!(wallets::handlers::get_receipt)),
    ("GET",    "/v1/customers/{id}/wallet/holds",                                 Scope::ReadOr(Own::Read), wallet!(wallets::handlers::list_holds)),
    ("GET",    "/v1/customers/{id}/wallet/settings",                              Scope::Read,  wallet!(wallets::handlers::get_settings)),
    ("PUT",    "/v1/customers/{id}/wallet/settings",                              Scope::Write, wallet!(wallets::handlers::change_settings)),
    // `keyed`, because the precision of the asset is in the directory and the wallet may not have
    // it yet.
    ("POST",   "/v1/customers/{id}/wallet/adjustments",                           Scope::Write, keyed!(wallets::handlers::adjust)),
    ("POST",   "/v1/customers/{id}/wallet/charges",                               Scope::Write, keyed!(wallets::handlers::charge)),
    ("POST",   "/v1/customers/{id}/wallet/grants/{grant}/void",                   Scope::Write, wallet!(wallets::handlers::void_grant)),
    ("POST",   "/v1/customers/{id}/wallet/reversals",                             Scope::Write, wallet!(wallets::handlers::reverse)),
    // `keyed`, because only Stripe can give back what it has taken.
    ("POST",   "/v1/customers/{id}/wallet/refunds",                               Scope::Write, keyed!(payments::refunding::refund)),
    ("PUT",    "/v1/customers/{id}/wallet/freeze",                                Scope::Write, wallet!(wallets::handlers::change_freeze)),
    ("GET",    "/v1/customers/{id}/wallet/unpriced",                              Scope::Read,  wallet!(wallets::handlers::list_unpriced)),
    ("POST",   "/v1/customers/{id}/wallet/pricings",                              Scope::Write, wallet!(wallets::handlers::price_usage)),
    ("GET",    "/v1/customers/{id}/wallet/transactions/{transaction}",            Scope::Read,  wallet!(wallets::handlers::get_transaction)),
    ("GET",    "/v1/customers/{id}/wallet/overdraft",                             Scope::ReadOr(Own::Read), wallet!(wallets::limits::list_overdrafts)),
    ("PUT",    "/v1/customers/{id}/wallet/overdraft",                             Scope::Write, keyed!(wallets::limits::set_overdraft)),
    ("GET",    "/v1/customers/{id}/wallet/recharge",                              Scope::ReadOr(Own::Read), wallet!(recharge::handlers::list)),
    ("GET",    "/v1/customers/{id}/wallet/recharge/{asset}",                      Scope::ReadOr(Own::Read), keyed!(recharge::handlers::get)),
    ("GET",    "/v1/customers/{id}/wallet/recharge/{asset}/attempts",             Scope::ReadOr(Own::Read), keyed!(recharge::handlers::attempts)),
    ("PUT",    "/v1/customers/{id}/wallet/recharge/{asset}",                      Scope::WriteOr(Own::Recharge), keyed!(recharge::handlers::set)),
    // A question with a body, as a quote.
    ("POST",   "/v1/customers/{id}/wallet/recharge/{asset}/preview",              Scope::ReadOr(Own::Recharge), keyed!(recharge::handlers::preview)),
    ("GET",    "/v1/customers/{id}/wallet/budgets",                               Scope::ReadOr(Own::Read), wallet!(wallets::limits::list_budgets)),
    ("GET",    "/v1/customers/{id}/wallet/budgets/{code}",                        Scope::ReadOr(Own::Read), wallet!(wallets::limits::get_budget)),
    ("PUT",    "/v1/customers/{id}/wallet/budgets/{code}",                        Scope::Write, keyed!(wallets::limits::set_budget)),
    ("DELETE", "/v1/customers/{id}/wallet/budgets/{code}",                        Scope::Write, wallet!(wallets::limits::remove_budget)),
    ("GET",    "/v1/customers/{id}/wallet/{account}",                             Scope::ReadOr(Own::Read), wallet!(wallets::handlers::get_account)),
    ("GET",    "/v1/customers/{id}/wallet/{account}/grants",                      Scope::ReadOr(Own::Read), wallet!(wallets::handlers::list_grants)),
    ("POST",   "/v1/customers",                                                   Scope::Write, keyed!(customers::handlers::create)),
    ("GET",    "/v1/customers",                                                   Scope::Read,  keyed!(customers::handlers::list)),
    ("GET",    "/v1/customers/stats",                                             Scope::Read,  keyed!(stats::handlers::customers)),
    ("GET",    "/v1/customers/{id}",                                              Scope::Read,  keyed!(customers::handlers::get)),
    ("GET",    "/v1/customers/{id}/stats",                                        Scope::Read,  keyed!(stats::handlers::customer)),
    ("GET",    "/v1/vendors/{id}/stats",                                          Scope::Read,  keyed!(stats::handlers::vendor)),
    ("PATCH",  "/v1/customers/{id}",                                              Scope::Write, keyed!(customers::handlers::change)),
    ("POST",   "/v1/customers/{id}/tokens",                                       Scope::Write, keyed!(tokens::handlers::create)),
    ("POST",   "/v1/customers/{id}/tokens/{token}/refresh",                       Scope::Write, keyed!(tokens::handlers::refresh)),
    ("DELETE", "/v1/customers/{id}/tokens/{token}",                               Scope::Write, keyed!(tokens::handlers::revoke)),
    // Who has a link has no key; the word in it says whose it is.
    ("POST",   "/v1/tokens/exchange",                                             Scope::Open,  open!(tokens::handlers::exchange)),
    ("POST",   "/v1/customers/{id}/subscriptions",                                Scope::Write, keyed!(subscriptions::handlers::create)),
    ("PATCH",  "/v1/customers/{id}/subscriptions/{subscription}",                 Scope::Write, keyed!(subscriptions::handlers::change)),
    ("PATCH",  "/v1/customers/{id}/subscriptions/{subscription}/products/{product}", Scope::Write, keyed!(subscriptions::handlers::change_product)),
    ("GET",    "/v1/products/{id}/subscribers",                                   Scope::Read,  keyed!(subscriptions::handlers::subscribers)),
    ("POST",   "/v1/assets",                                                      Scope::Write, keyed!(assets::handlers::create)),
    ("GET",    "/v1/assets",                                                      Scope::Read,  keyed!(assets::handlers::list)),
    ("GET",    "/v1/assets/{code}",                                               Scope::Read,  keyed!(assets::handlers::get)),
    ("POST",   "/v1/assets/{code}/rates",                                         Scope::Write, keyed!(assets::handlers::add_rate)),
    // A question with a body: POST, so that it can have one, but a key that only reads may ask.
    ("POST",   "/v1/assets/{code}/quote",                                         Scope::Read,  keyed!(assets::handlers::quote)),
    ("POST",   "/v1/products",                                                    Scope::Write, keyed!(products::handlers::create)),
    ("GET",    "/v1/products",                                                    Scope::Read,  keyed!(products::handlers::list)),
    ("GET",    "/v1/products/{id}",                                               Scope::Read,  keyed!(products::handlers::get)),
    ("POST",   "/v1/products/{id}/{version}/simulate-usage",                      Scope::Read,  keyed!(products::simulate::simulate_version)),
    ("POST",   "/v1/products/{id}",                                               Scope::Write, keyed!(products::handlers::create_version)),
    ("DELETE", "/v1/products/{id}",                                               Scope::Write, keyed!(products::handlers::delete)),
    ("GET",    "/v1/products/{id}/{version}",                                     Scope::Read,  keyed!(products::handlers::get_version)),
    ("PATCH",  "/v1/products/{id}/{version}",                                     Scope::Write, keyed!(products::handlers::change_version)),
    ("DELETE", "/v1/products/{id}/{version}",                                     Scope::Write, keyed!(products::handlers::delete_version)),
    ("POST",   "/v1/vendors",                                                     Scope::Write, keyed!(vendors::handlers::create)),
    ("GET",    "/v1/vendors",                                                     Scope::Read,  keyed!(vendors::handlers::list)),
    ("GET",    "/v1/vendors/{id}",                                                Scope::Read,  keyed!(vendors::handlers::get)),
    // Whoever may make keys can do everything, so accounts, keys and destinations need `admin`.
    ("POST",   "/v1/accounts",                                                    Scope::Admin, keyed!(accounts::handlers::create)),
    ("GET",    "/v1/accounts",                                                    Scope::Admin, keyed!(accounts::handlers::list)),
    ("GET",    "/v1/accounts/self",                                               Scope::Read,  keyed!(accounts::handlers::get_self)),
    ("GET",    "/v1/accounts/self/budgets",                                       Scope::Read,  keyed!(accounts::budgets::get)),
    ("PUT",    "/v1/accounts/self/budgets",                                       Scope::Admin, keyed!(accounts::budgets::set)),
    ("GET",    "/v1/accounts/self/packs",                                         Scope::ReadOr(Own::TopUp), keyed!(top_ups::packs::get)),
    ("PUT",    "/v1/accounts/self/packs",                                         Scope::Admin, keyed!(top_ups::packs::set)),
    // Whoever sets it chooses where the customers' pages link to; the pages read it with the customer's token.
    ("GET",    "/v1/accounts/self/branding",                                      Scope::ReadOr(Own::Read), keyed!(accounts::branding::get)),
    ("PUT",    "/v1/accounts/self/branding",                                      Scope::Admin, keyed!(accounts::branding::set)),
    ("GET",    "/v1/accounts/self/settings",                                      Scope::Read,  keyed!(accounts::handlers::get_settings)),
    ("PATCH",  "/v1/accounts/self/settings",                                      Scope::Admin, keyed!(accounts::handlers::change_settings)),
    // Whoever holds this key takes the money.
    ("PUT",    "/v1/accounts/self/processors/stripe",                             Scope::Admin, keyed!(processors::handlers::set)),
    ("GET",    "/v1/accounts/self/processors/stripe",                             Scope::Admin, keyed!(processors::handlers::get)),
    ("DELETE", "/v1/accounts/self/processors/stripe",                             Scope::Admin, keyed!(processors::handlers::delete)),
    ("GET",    "/v1/accounts/{id}",                                               Scope::Admin, keyed!(accounts::handlers::get)),
    ("POST",   "/v1/keys",                                                        Scope::Admin, keyed!(keys::handlers::create)),
    ("GET",    "/v1/keys",                                                        Scope::Admin, keyed!(keys::handlers::list)),
    ("POST",   "/v1/keys/{id}/rotate",                                            Scope::Admin, keyed!(keys::handlers::rotate)),
    ("DELETE", "/v1/keys/{id}",                                                   Scope::Admin, keyed!(keys::handlers::revoke)),
    ("POST",   "/v1/top-ups",                                                     Scope::WriteOr(Own::TopUp), keyed!(top_ups::machine::create_or_pay)),
    ("GET",    "/v1/top-ups/{id}",                                                Scope::ReadOr(Own::TopUp), keyed!(top_ups::handlers::get)),
    ("DELETE", "/v1/top-ups/{id}",                                                Scope::Write, keyed!(top_ups::handlers::end)),
    ("GET",    "/v1/customers/{id}/payments",                                     Scope::ReadOr(Own::Read), keyed!(payments::listing::list)),
    ("GET",    "/v1/recharges/{id}",                                              Scope::ReadOr(Own::Read), keyed!(recharge::receipts::get)),
    ("DELETE", "/v1/customers/{id}/payment-links",                                Scope::Write, keyed!(top_ups::paylinks::revoke)),
    ("GET",    "/v1/customers/{id}/payment-methods",                              Scope::ReadOr(Own::Methods), keyed!(payment_methods::handlers::list)),
    ("POST",   "/v1/customers/{id}/payment-methods",                              Scope::Write, keyed!(payment_methods::handlers::create)),
    ("POST",   "/v1/customers/{id}/payment-methods/sessions",                     Scope::WriteOr(Own::Methods), keyed!(payment_methods::sessions::create)),
    ("PUT",    "/v1/customers/{id}/payment-methods/{payment_method}/default",     Scope::WriteOr(Own::Methods), keyed!(payment_methods::handlers::make_default)),
    ("DELETE", "/v1/customers/{id}/payment-methods/{payment_method}",             Scope::WriteOr(Own::Methods), keyed!(payment_methods::handlers::remove)),
    ("POST",   "/v1/customers/{id}/payment-methods/{payment_method}/simulate",    Scope::Write, keyed!(payment_methods::simulated::simulate)),
    // As an adjustment, which can do the same; a question with a body is asked by who only reads.
    ("POST",   "/v1/codes",                                                       Scope::Write, keyed!(codes::handlers::create)),
    ("GET",    "/v1/codes",                                                       Scope::Read,  keyed!(codes::handlers::list)),
    ("GET",    "/v1/codes/{id}",                                                  Scope::Read,  keyed!(codes::handlers::get)),
    ("DELETE", "/v1/codes/{id}",                                                  Scope::Write, keyed!(codes::handlers::disable)),
    ("POST",   "/v1/customers/{id}/codes/preview",                                Scope::ReadOr(Own::TopUp), keyed!(codes::redeeming::preview)),
    ("POST",   "/v1/customers/{id}/codes/redeem",                                 Scope::WriteOr(Own::TopUp), keyed!(codes::redeeming::redeem)),
    ("POST",   "/v1/billing-portal/sessions",                                     Scope::Write, keyed!(portal::handlers::create)),
    ("DELETE", "/v1/billing-portal/sessions/{id}",                                Scope::Write, keyed!(portal::handlers::end)),
    ("POST",   "/v1/webhooks",                                                    Scope::Admin, keyed!(webhooks::handlers::create)),
    ("GET",    "/v1/webhooks",                                                    Scope::Admin, keyed!(webhooks::handlers::list)),
    ("GET",    "/v1/webhooks/events",                                             Scope::Admin, keyed!(webhooks::handlers::list_events)),
    ("GET",    "/v1/webhooks/{id}",                                               Scope::Admin, keyed!(webhooks::handlers::get)),
    ("PATCH",  "/v1/webhooks/{id}",                                               Scope::Admin, keyed!(webhooks::handlers::change)),
    ("DELETE", "/v1/webhooks/{id}",                                               Scope::Admin, keyed!(webhooks::handlers::delete)),
    ("POST",   "/v1/webhooks/{id}/rotate",                                        Scope::Admin, keyed!(webhooks::handlers::rotate)),
    ("POST",   "/v1/webhooks/test/{topic}",                                       Scope::Admin, keyed!(webhooks::handlers::test)),
    ("POST",   "/v1/webhooks/test/{topic}/{account}",                             Scope::Admin, keyed!(webhooks::handlers::test_connected)),
    ("POST",   "/v1/webhooks/{id}/test/{topic}",                                  Scope::Admin, keyed!(webhooks::handlers::test_one)),
    ("POST",   "/v1/webhooks/{id}/test/{topic}/{account}",                        Scope::Admin, keyed!(webhooks::handlers::test_one_connected)),
    // Whoever has an endpoint's secret can say that money has come.
    ("POST",   "/v1/stripe/endpoints",                                            Scope::Admin, keyed!(payments::endpoints::create)),
    ("GET",    "/v1/stripe/endpoints",                                            Scope::Admin, keyed!(payments::endpoints::list)),
    ("GET",    "/v1/stripe/endpoints/{id}",                                       Scope::Admin, keyed!(payments::endpoints::get)),
    ("PATCH",  "/v1/stripe/endpoints/{id}",                                       Scope::Admin, keyed!(payments::endpoints::change)),
    ("POST",   "/v1/stripe/endpoints/{id}/rotate",                                Scope::Admin, keyed!(payments::endpoints::rotate)),
    ("DELETE", "/v1/stripe/endpoints/{id}",                                       Scope::Admin, keyed!(payments::endpoints::delete)),
    // It credits what Stripe says, and nothing that the caller does.
    ("POST",   "/v1/stripe/recoveries",                                           Scope::Write, keyed!(payments::recovery::recover)),
    ("GET",    "/v1/reconciliation",                                              Scope::Read,  keyed!(payments::reconciliation::list)),
    ("POST",   "/v1/reconciliation/mend",                                         Scope::Write, keyed!(payments::mending::mend)),
    ("POST",   "/v1/inbound-endpoints",                                           Scope::Admin, keyed!(inbound::endpoints::create)),
    ("GET",    "/v1/inbound-endpoints",                                           Scope::Admin, keyed!(inbound::endpoints::list)),
    ("GET",    "/v1/inbound-endpoints/{id}",                                      Scope::Admin, keyed!(inbound::endpoints::get)),
    ("POST",   "/v1/inbound-endpoints/{id}/rotate",                               Scope::Admin, keyed!(inbound::endpoints::rotate)),
    ("DELETE", "/v1/inbound-endpoints/{id}",                                      Scope::Admin, keyed!(inbound::endpoints::delete)),
    ("GET",    "/v1/unmatched-payments",                                          Scope::Read,  keyed!(payments::unmatched::list)),
    ("GET",    "/v1/unmatched-payments/{event}",                                  Scope::Read,  keyed!(payments::unmatched::get)),
    // As an adjustment, which can do the same.
    ("POST",   "/v1/unmatched-payments/{event}/assign",                           Scope::Write, keyed!(payments::unmatched::assign)),
    ("POST",   "/v1/unmatched-payments/{event}/resolve",                          Scope::Write, keyed!(payments::unmatched::resolve)),
    // What is purged can be looked at by nobody any more.
    ("DELETE", "/v1/unmatched-payments/{event}",                                  Scope::Admin, keyed!(payments::unmatched::delete)),
    ("POST",   "/v1/unmatched-payments/purge",                                    Scope::Admin, keyed!(payments::unmatched::purge)),
    // Stripe has no key of ours: only its signature says that it is Stripe.
    ("POST",   "/stripe/webhook",                                                 Scope::Open,  open!(payments::webhook::stripe_webhook)),
    ("POST",   "/stripe/webhook/{endpoint}",                                      Scope::Open,  open!(payments::webhook::stripe_webhook)),
    // Nor has any other processor.
    ("POST",   "/inbound/{endpoint}",                                             Scope::Open,  open!(inbound::handlers::receive)),
    // Pages for customers, who have no key: a token in the address says all, or a cookie in its place.
    ("GET",    "/pay/{token}",                                                    Scope::Open,  open!(top_ups::handlers::page)),
    ("POST",   "/pay/{token}",                                                    Scope::Open,  form!(top_ups::simulated::act)),
    ("GET",    "/pay/{token}/{id}",                                               Scope::Open,  open!(top_ups::paylinks::open)),
    ("GET",    "/setup/{token}",                                                  Scope::Open,  open!(payment_methods::sessions::page)),
    ("POST",   "/setup/{token}",                                                  Scope::Open,  form!(payment_methods::sessions::act)),
    ("GET",    "/portal",                                                         Scope::Open,  open!(portal::handlers::view)),
    ("GET",    "/portal/recharge",                                                Scope::Open,  open!(portal::recharge::view)),
    ("POST",   "/portal/recharge",                                                Scope::Open,  form!(portal::recharge::act)),
    ("POST",   "/portal/codes",                                                   Scope::Open,  form!(portal::codes::act)),
    ("GET",    "/v1/meta",                                                        Scope::Open,  open!(meta::handlers::meta)),
    ("GET",    "/v1/openapi.json",                                                Scope::Open,  open!(meta::handlers::openapi)),
    ("GET",    "/healthz",                                                        Scope::Open,  open!(meta::handlers::health)),
    ("GET",    "/readyz",                                                         Scope::Open,  open!(meta::handlers::ready)),
    // Probes ask with HEAD; the body is left away at the end.
    ("HEAD",   "/readyz",                                                         Scope::Open,  open!(meta::handlers::ready)),
    ("HEAD",   "/healthz",                                                        Scope::Open,  open!(meta::handlers::health)),
    ("HEAD",   "/v1/meta",                                                        Scope::Open,  open!(meta::handlers::meta)),
    ("HEAD",   "/v1/customers/{id}",                                              Scope::Read,  keyed!(customers::handlers::get)),
    ("HEAD",   "/v1/customers/{id}/wallet",                                       Scope::ReadOr(Own::Read), wallet!(wallets::handlers::get_wallet)),
    ("HEAD",   "/v1/holds/{id}",                                                  Scope::ReadOr(Own::Read), wallet!(usage::handlers::get_hold)),
    ("HEAD",   "/v1/events/{event}",                                                 Scope::Read,  keyed!(usage::handlers::get_event)),
];
