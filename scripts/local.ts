// What a local server must not have. Everybody knows its key, so it takes no real money: with a live side it does not
// start. The Worker refuses the same things at each request (src/worker/edge/config.rs), should it run nevertheless.

import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import type { DatabaseSync } from "node:sqlite";
import { parseEnv } from "node:util";
import { root, wrangler } from "./project.ts";

type Variables = Record<string, string | undefined>;

/** Throws where variables make a server local and let it take real payments. */
export function refuseLiveSecret(variables: Variables): void {
  const { ENVIRONMENT, STRIPE_WEBHOOK_SECRET_LIVE } = variables;
  if (ENVIRONMENT !== "local" || !STRIPE_WEBHOOK_SECRET_LIVE?.trim()) return;
  throw new Error(
    "This server does not start: ENVIRONMENT is local, and everybody knows the key of a local server, but " +
      "STRIPE_WEBHOOK_SECRET_LIVE is set. Remove one of the two.",
  );
}

/** Throws where the directory of a local server has keys or Stripe endpoints of the live side. */
export function refuseLiveSide(directory: DatabaseSync, folder: string): void {
  const sql = `SELECT 'a live API key' AS what FROM api_key WHERE mode = 'live' AND revoked_at IS NULL
    UNION ALL SELECT 'a live Stripe endpoint' FROM stripe_endpoint WHERE mode = 'live'`;
  const found = directory.prepare(sql).get();
  if (!found) return;
  throw new Error(
    `This server does not start: ENVIRONMENT is local, and everybody knows the key of a local server, but ${folder} has ` +
      `${found.what}. Name another folder with PERSIST.`,
  );
}

/**
 * The same for what `wrangler dev` serves with, as far as it can be known before it starts; each place that may say it is
 * looked at. Returns whether it is local.
 */
export function refuseLiveWrangler(): boolean {
  const file = join(root, ".dev.vars");
  const written: Variables = existsSync(file) ? parseEnv(readFileSync(file, "utf8")) : {};
  const ENVIRONMENT = written.ENVIRONMENT ?? wrangler.vars?.ENVIRONMENT;
  for (const place of [written, wrangler.vars ?? {}, process.env]) refuseLiveSecret({ ...place, ENVIRONMENT });
  return ENVIRONMENT === "local";
}
