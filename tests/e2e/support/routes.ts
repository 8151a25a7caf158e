// Every route of the API, as the tests know it.

import { readFileSync } from "node:fs";
import { join } from "node:path";
import { root } from "../../../scripts/project.ts";

// Every route and the statuses of its success: exactly these, because clients take no others.
const ROUTES = `
  POST /v1/assets                                  201
  GET  /v1/assets                                  200
  GET  /v1/assets/{}                               200
  POST /v1/assets/{}/rates                         204
  POST /v1/assets/{}/quote                         200
  POST /v1/products                                201
  GET  /v1/products                                200
  GET  /v1/products/{}                             200
  POST /v1/products/{}/{}/simulate-usage           200
  POST /v1/products/{}                             201
  DELETE /v1/products/{}                           204
  GET  /v1/products/{}/{}                          200
  PATCH /v1/products/{}/{}                         204
  DELETE /v1/products/{}/{}                        204
  POST /v1/vendors                                 201
  GET  /v1/vendors                                 200
  GET  /v1/vendors/{}                              200
  POST /v1/accounts                                201
  GET  /v1/accounts                                200
  GET  /v1/accounts/self                           200
  GET  /v1/accounts/self/packs                     200
  PUT  /v1/accounts/self/packs                     200
  GET  /v1/accounts/self/branding                  200
  PUT  /v1/accounts/self/branding                  200
  GET  /v1/accounts/self/settings                  200
  PATCH /v1/accounts/self/settings                 200
  GET  /v1/accounts/self/budgets                   200
  PUT  /v1/accounts/self/budgets                   200
  PUT  /v1/accounts/self/processors/stripe         200
  GET  /v1/accounts/self/processors/stripe         200
  DELETE /v1/accounts/self/processors/stripe       204
  GET  /v1/accounts/{}                             200
  POST /v1/keys                                    201
  GET  /v1/keys                                    200
  POST /v1/keys/{}/rotate                          201
  DELETE /v1/keys/{}                               204
  POST /v1/customers                               201
  GET  /v1/customers                               200
  GET  /v1/customers/stats                         200
  GET  /v1/customers/{}                            200
  GET  /v1/customers/{}/stats                      200
  GET  /v1/vendors/{}/stats                        200
  PATCH /v1/customers/{}                           204
  POST /v1/customers/{}/subscriptions              201
  PATCH /v1/customers/{}/subscriptions/{}          204
  PATCH /v1/customers/{}/subscriptions/{}/products/{} 204
  GET  /v1/products/{}/subscribers                 200
  HEAD /v1/customers/{}                            200
  GET  /v1/customers/{}/payments                   200
  GET  /v1/customers/{}/wallet/recharge/{}/attempts 200
  GET  /v1/customers/{}/wallet                     200
  HEAD /v1/customers/{}/wallet                     200
  GET  /v1/customers/{}/wallet/entries             200
  GET  /v1/customers/{}/wallet/entries/{}/receipt  200
  GET  /v1/customers/{}/wallet/live                200
  GET  /v1/customers/{}/wallet/holds               200
  GET  /v1/customers/{}/wallet/settings            200
  PUT  /v1/customers/{}/wallet/settings            200
  GET  /v1/customers/{}/wallet/{}                  200
  GET  /v1/customers/{}/wallet/{}/grants           200
  GET  /v1/customers/{}/wallet/overdraft           200
  PUT  /v1/customers/{}/wallet/overdraft           200
  GET  /v1/customers/{}/wallet/recharge            200
  GET  /v1/customers/{}/wallet/recharge/{}         200
  PUT  /v1/customers/{}/wallet/recharge/{}         200
  POST /v1/customers/{}/wallet/recharge/{}/preview 200
  GET  /v1/customers/{}/wallet/budgets             200
  GET  /v1/customers/{}/wallet/budgets/{}          200
  PUT  /v1/customers/{}/wallet/budgets/{}          200
  DELETE /v1/customers/{}/wallet/budgets/{}        204
  POST /v1/customers/{}/wallet/adjustments         201
  POST /v1/customers/{}/wallet/charges             201
  POST /v1/customers/{}/wallet/grants/{}/void      200
  POST /v1/customers/{}/wallet/reversals           201
  POST /v1/customers/{}/wallet/refunds             201 200
  PUT  /v1/customers/{}/wallet/freeze              200
  GET  /v1/customers/{}/wallet/unpriced            200
  POST /v1/customers/{}/wallet/pricings            201
  GET  /v1/customers/{}/wallet/transactions/{}     200
  POST /v1/events                                  204 200
  GET  /v1/events                                  200
  GET  /v1/events/{}                               200
  HEAD /v1/events/{}                               200
  POST /v1/authorize                               200
  POST /v1/holds/{}/capture                        200
  POST /v1/holds/{}/extend                         200
  POST /v1/holds/{}/release                        200
  GET  /v1/holds/{}                                200
  HEAD /v1/holds/{}                                200
  POST /v1/top-ups                                 201
  GET  /v1/top-ups/{}                              200
  DELETE /v1/top-ups/{}                            204
  GET  /v1/recharges/{}                            200
  DELETE /v1/customers/{}/payment-links            204
  GET  /v1/customers/{}/payment-methods            200
  POST /v1/customers/{}/payment-methods            201
  POST /v1/customers/{}/payment-methods/sessions   201
  PUT  /v1/customers/{}/payment-methods/{}/default 204
  POST /v1/customers/{}/payment-methods/{}/simulate 204
  DELETE /v1/customers/{}/payment-methods/{}       204
  POST /v1/codes                                   201
  GET  /v1/codes                                   200
  GET  /v1/codes/{}                                200
  DELETE /v1/codes/{}                              204
  POST /v1/customers/{}/codes/preview              200
  POST /v1/customers/{}/codes/redeem               200
  POST /portal/codes                               200
  POST /v1/customers/{}/tokens                     201
  POST /v1/customers/{}/tokens/{}/refresh          201
  DELETE /v1/customers/{}/tokens/{}                204
  POST /v1/tokens/exchange                         201
  POST /v1/billing-portal/sessions                 200
  DELETE /v1/billing-portal/sessions/{}            204
  POST /v1/webhooks                                201
  GET  /v1/webhooks                                200
  GET  /v1/webhooks/events                         200
  GET  /v1/webhooks/{}                             200
  PATCH /v1/webhooks/{}                            200
  DELETE /v1/webhooks/{}                           204
  POST /v1/webhooks/{}/rotate                      200
  POST /v1/webhooks/test/{}                        202
  POST /v1/webhooks/test/{}/{}                     202
  POST /v1/webhooks/{}/test/{}                     202
  POST /v1/webhooks/{}/test/{}/{}                  202
  POST /v1/stripe/endpoints                        201
  GET  /v1/stripe/endpoints                        200
  GET  /v1/stripe/endpoints/{}                     200
  PATCH /v1/stripe/endpoints/{}                    200
  POST /v1/stripe/endpoints/{}/rotate              200
  DELETE /v1/stripe/endpoints/{}                   204
  POST /v1/stripe/recoveries                       200
  GET  /v1/reconciliation                          200
  POST /v1/reconciliation/mend                     200
  POST /v1/inbound-endpoints                       201
  GET  /v1/inbound-endpoints                       200
  GET  /v1/inbound-endpoints/{}                    200
  POST /v1/inbound-endpoints/{}/rotate             200
  DELETE /v1/inbound-endpoints/{}                  204
  POST /inbound/{}                                 200
  GET  /v1/unmatched-payments                      200
  GET  /v1/unmatched-payments/{}                   200
  POST /v1/unmatched-payments/{}/assign            200
  POST /v1/unmatched-payments/{}/resolve           200
  DELETE /v1/unmatched-payments/{}                 204
  POST /v1/unmatched-payments/purge                200
  POST /stripe/webhook                             200
  POST /stripe/webhook/{}                          200
  GET  /pay/{}                                     200
  POST /pay/{}                                     303
  GET  /pay/{}/{}                                  303 200
  GET  /portal                                     303 200
  GET  /portal/recharge                            200
  POST /portal/recharge                            303 422
  GET  /setup/{}                                   200
  POST /setup/{}                                   303 200
  GET  /healthz                                    200
  HEAD /healthz                                    200
  GET  /readyz                                     200
  HEAD /readyz                                     200
  GET  /v1/meta                                    200
  HEAD /v1/meta                                    200
  GET  /v1/openapi.json                            303
`;

export const routes = ROUTES.trim()
  .split("\n")
  .map((line) => {
    const [method = "", path = "", ...statuses] = line.trim().split(/\s+/);
    // A fixed word wins over a placeholder, as in the Worker: …/wallet/entries is no account.
    const fixed =
      "entries$|holds$|overdraft$|budgets$|adjustments$|charges$|settings$|stats$|self$|events$|subscribers$|unpriced$|recharge$|sessions$";
    const words = path.replaceAll("{}", `(?!${fixed})[^/]+`);
    return { name: `${method} ${path}`, method, path: new RegExp(`^${words}$`), statuses: statuses.map(Number) };
  });

/** The routes as the Worker's own table has them, so that neither side can have one that the other lacks. */
export function routesOfTheWorker(): string[] {
  const source = readFileSync(join(root, "src/worker/routes.rs"), "utf8");
  const found = source.matchAll(/\(\s*"([A-Z]+)",\s*"(\/[^"]*)",/g);
  return [...found].map(([, method, path]) => `${method} ${path?.replaceAll(/\{\w+\}/g, "{}")}`);
}
