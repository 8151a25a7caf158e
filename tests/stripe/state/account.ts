// The account itself, its balance, and where it sends events.

import { randomBytes } from "node:crypto";
import type Stripe from "stripe";
import type { Books, Endpoint } from "../books.ts";
import { DAY } from "../clock.ts";
import type { Given } from "../given.ts";
import type { Json } from "../json.ts";
import { invalid, missing } from "../problem.ts";

export const API_VERSION = "2026-10-28.endive";

export function account(books: Books): Stripe.Account {
  return {
    id: books.account,
    object: "account",
    business_profile: null,
    business_type: "company",
    charges_enabled: true,
    country: "US",
    default_currency: "usd",
    details_submitted: true,
    email: "owner@example.com",
    metadata: {},
    payouts_enabled: true,
    type: "standard",
  };
}

export function balance(books: Books): Stripe.Balance {
  const sums = new Map<string, number>();
  for (const { currency, net } of books.transactions.all()) sums.set(currency, (sums.get(currency) ?? 0) + net);
  const pending = [...sums].map(([currency, amount]) => ({ amount, currency, source_types: { card: amount } }));
  return {
    object: "balance",
    available: [{ amount: 0, currency: "usd", source_types: { card: 0 } }],
    livemode: books.livemode,
    pending,
  };
}

export interface NewEndpoint {
  url: string;
  /** Which events; all of them when it is not said. */
  events?: string[];
  secret?: string;
  form?: Endpoint["form"];
  isConnect?: boolean;
}

export function addEndpoint(
  books: Books,
  { url, events = ["*"], secret, form = "snapshot", isConnect = false }: NewEndpoint,
): Endpoint {
  const object: Stripe.WebhookEndpoint = {
    id: books.newId("we"),
    object: "webhook_endpoint",
    api_version: API_VERSION,
    application: null,
    created: books.now(),
    description: null,
    enabled_events: events,
    livemode: books.livemode,
    metadata: {},
    status: "enabled",
    url,
  };
  const endpoint = { object, secrets: [{ secret: secret ?? newSecret(), until: null }], form, isConnect };
  books.endpoints.set(object.id, endpoint);
  return endpoint;
}

const newSecret = () => `whsec_${randomBytes(24).toString("base64url")}`;

/** The secret is told once, in the answer to this. */
export function createEndpoint(books: Books, given: Given): Json {
  given.only(["api_version", "connect", "description", "enabled_events", "metadata", "url"]);
  const url = given.required("url");
  if (!URL.canParse(url)) throw invalid("Invalid URL", { param: "url", code: "url_invalid" });
  const events = given.texts("enabled_events");
  if (events.length === 0) throw missing("enabled_events");
  const endpoint = addEndpoint(books, { url, events, isConnect: given.boolean("connect") ?? false });
  Object.assign(endpoint.object, { description: given.orNull("description"), metadata: given.metadata() });
  return { ...endpoint.object, secret: endpoint.secrets[0]?.secret };
}

export function updateEndpoint({ object }: Endpoint, given: Given): Stripe.WebhookEndpoint {
  given.only(["description", "disabled", "enabled_events", "metadata", "url"]);
  if (given.has("url")) object.url = given.required("url");
  if (given.has("enabled_events")) object.enabled_events = given.texts("enabled_events");
  if (given.has("disabled")) object.status = given.boolean("disabled") ? "disabled" : "enabled";
  object.metadata = given.metadata(object.metadata);
  return object;
}

export function deleteEndpoint(books: Books, { object }: Endpoint): Json {
  books.endpoints.delete(object.id);
  return { id: object.id, object: "webhook_endpoint", deleted: true };
}

/** A new secret. The old one goes on signing beside it, at most for a day. */
export function rollSecret(books: Books, endpoint: Endpoint, hours = 24, secret = newSecret()): string {
  const until = books.now() + Math.min(hours / 24, 1) * DAY;
  for (const old of endpoint.secrets) old.until = Math.min(old.until ?? until, until);
  endpoint.secrets.unshift({ secret, until: null });
  return secret;
}

export function liveSecrets(endpoint: Endpoint, now: number): string[] {
  return endpoint.secrets.filter(({ until }) => until === null || until > now).map(({ secret }) => secret);
}
