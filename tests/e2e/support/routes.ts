// Every route of the API, as the tests know it.

import { readFileSync } from "node:fs";
import { join } from "node:path";
import { root } from "../../../scripts/project.ts";

// Every route and the statuses of its success: exactly these, because clients take no others.
const ROUTES = `
  POST /v1/assets                                  201
  GET  /v1/assets                                  200
  GET  /v1/assets/{}                               200
  POST /v1/products                                201
  GET  /v1/products                                200
  GET  /v1/products/{}                             200
  POST /v1/products/{}/{}/simulate-usage           200
  POST /v1/customers                               201
  GET  /v1/customers                               200
  GET  /v1/customers/{}                            200
  HEAD /v1/customers/{}                            200
  GET  /v1/customers/{}/wallet                     200
  HEAD /v1/customers/{}/wallet                     200
  GET  /v1/customers/{}/wallet/entries             200
  GET  /v1/customers/{}/wallet/holds               200
  GET  /v1/customers/{}/wallet/{}                  200
  GET  /v1/customers/{}/wallet/{}/grants           200
  POST /v1/customers/{}/wallet/adjustments         201
  POST /v1/customers/{}/wallet/charges             201
  GET  /v1/customers/{}/wallet/transactions/{}     200
  POST /v1/events                                  204 200
  GET  /v1/events/{}                               200
  HEAD /v1/events/{}                               200
  POST /v1/authorize                               200
  POST /v1/holds/{}/capture                        200
  POST /v1/holds/{}/extend                         200
  POST /v1/holds/{}/release                        200
  GET  /v1/holds/{}                                200
  HEAD /v1/holds/{}                                200
  GET  /v1/unmatched-payments                      200
  POST /stripe/webhook                             200
  GET  /healthz                                    200
  HEAD /healthz                                    200
  GET  /v1/meta                                    200
  HEAD /v1/meta                                    200
`;

export const routes = ROUTES.trim()
  .split("\n")
  .map((line) => {
    const [method = "", path = "", ...statuses] = line.trim().split(/\s+/);
    // A fixed word wins over a placeholder, as in the Worker: …/wallet/entries is no account.
    const words = path.replaceAll("{}", "(?!entries$|holds$|adjustments$|charges$)[^/]+");
    return { name: `${method} ${path}`, method, path: new RegExp(`^${words}$`), statuses: statuses.map(Number) };
  });

/** The routes as the Worker's own table has them, so that neither side can have one that the other lacks. */
export function routesOfTheWorker(): string[] {
  const source = readFileSync(join(root, "src/worker/routes.rs"), "utf8");
  const found = source.matchAll(/\(\s*"([A-Z]+)",\s*"(\/[^"]*)",/g);
  return [...found].map(([, method, path]) => `${method} ${path?.replaceAll(/\{\w+\}/g, "{}")}`);
}
