// `make stripe`: the fake Stripe in the foreground, until Ctrl-C or SIGTERM.
// PORT (default 4242) is where it listens; WEBHOOK_URL (default that of `make dev`) gets the events, signed with
// WEBHOOK_SECRET (default whsec_local); WEBHOOK_FORM is snapshot, thin or both; SEED plays tricks on the delivery.

import { TRICKS } from "./mischief.ts";
import { startFakeStripe } from "./server.ts";

const { env } = process;
const port = Number(env.PORT || 4242);
const url = env.WEBHOOK_URL || "http://127.0.0.1:8787/stripe/webhook";
const secret = env.WEBHOOK_SECRET || "whsec_local";
const form = env.WEBHOOK_FORM || "snapshot";

function fail(message: string): never {
  console.error(`scrip: ${message}`);
  process.exit(1);
}

if (!Number.isInteger(port) || port < 1 || port > 65_535)
  fail(`PORT must be a number from 1 to 65535, not '${env.PORT}'.`);
if (!URL.canParse(url)) fail(`WEBHOOK_URL must be a URL, not '${url}'.`);
if (form !== "snapshot" && form !== "thin" && form !== "both")
  fail(`WEBHOOK_FORM must be snapshot, thin or both, not '${form}'.`);
if (secret.trim() !== secret || secret === "") fail("WEBHOOK_SECRET must not have white space in it.");

const seed = env.SEED ? Number(env.SEED) : null;
if (seed !== null && !Number.isInteger(seed)) fail(`SEED must be a whole number, not '${env.SEED}'.`);

const fake = await startFakeStripe({ port, webhooks: [{ url, secret, form }] }).catch((error: Error) =>
  fail(error.message),
);
if (seed !== null) fake.misbehave(seed, TRICKS);

function end(): never {
  process.exit(0);
}

process.once("SIGINT", end);
process.once("SIGTERM", end);
process.once("SIGHUP", end);

if (env.MAKELEVEL !== undefined) {
  // A make that is killed outright passes no signal on.
  const make = process.ppid;
  setInterval(() => process.ppid === make || end(), 500).unref();
}

// What becomes due by the clock alone: retries, renewals, sessions that expire.
setInterval(() => fake.advance(0), 1000).unref();

console.log(`A fake Stripe is ready at ${fake.url}
  key       any sk_test_… (sk_live_… has a side of its own)
  webhooks  to ${url}, signed with ${secret}
  pages     at the url of each Checkout session
  control   ${fake.url}/_fake/…, see docs/stripe-fake.md
  It forgets everything when it ends. Ctrl-C ends it.`);
