// What every end-to-end test needs: a client that hides nothing, and customers to work with.

import assert from "node:assert/strict";
import { eventually } from "./patience.ts";

/** The key that a local server accepts without any configuration. */
export const LOCAL_KEY = "sk_test_local";

/** JSON as it was parsed: the tests look into replies freely and assert what they find. */
// biome-ignore lint/suspicious/noExplicitAny: a reply is unknown until the test has looked at it.
export type Json = any;

export interface Reply {
  status: number;
  headers: Headers;
  /** The text exactly as it came. */
  text: string;
  /** The text as JSON; undefined when there is none. */
  body: Json;
}

export interface Extra {
  headers?: Record<string, string>;
  signal?: AbortSignal;
}

export interface Api {
  get(path: string, extra?: Extra): Promise<Reply>;
  /** Objects are sent as JSON, texts and bytes exactly as they are. Without a body none is sent. */
  post(path: string, body?: unknown, extra?: Extra): Promise<Reply>;
  send(method: string, path: string, body?: unknown, extra?: Extra): Promise<Reply>;
}

/** A client of one server with one key; `null` sends none. */
export function api(server: { url: string } | string, key: string | null = LOCAL_KEY): Api {
  const url = typeof server === "string" ? server : server.url;
  const send = async (method: string, path: string, body?: unknown, extra: Extra = {}): Promise<Reply> => {
    const response = await fetch(url + path, {
      method,
      headers: {
        ...(key === null ? {} : { authorization: `Bearer ${key}` }),
        ...(body === undefined ? {} : { "content-type": "application/json" }),
        ...extra.headers,
      },
      body: wire(body),
      signal: extra.signal ?? null,
    });
    const text = await response.text();
    return { status: response.status, headers: response.headers, text, body: parsed(text) };
  };
  return {
    get: (path, extra) => send("GET", path, undefined, extra),
    post: (path, body, extra) => send("POST", path, body, extra),
    send,
  };
}

function wire(body: unknown): string | Uint8Array<ArrayBuffer> | null {
  if (body === undefined) return null;
  return typeof body === "string" || body instanceof Uint8Array
    ? (body as string | Uint8Array<ArrayBuffer>)
    : JSON.stringify(body);
}

function parsed(text: string): Json {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

/** Asserts the status, and shows the whole reply when it is another. */
export function expectStatus(reply: Reply, status: number): Json {
  assert.equal(reply.status, status, `expected ${status}, got ${reply.status}: ${reply.text}`);
  return reply.body;
}

const run = `${Date.now().toString(36)}${process.pid.toString(36)}`;
let count = 0;

/** When this run began, to the second: what an event says of itself has to be recent. */
export const RECENTLY = `${new Date().toISOString().slice(0, 19)}Z`;

/** So many days before this run began. */
export const daysAgo = (days: number) => new Date(Date.parse(RECENTLY) - days * 86_400_000).toISOString();

/** An id that nothing else in this or another run uses. */
export function uniqueId(prefix = "id"): string {
  count += 1;
  return `${prefix}_${run}_${count}`;
}

/** 2.50 USD per million input tokens and 10.00 USD per million output tokens. */
export const CHAT_PRICES = [
  tokenPrice("Input", "input_tokens", "2.50"),
  tokenPrice("Output", "output_tokens", "10.00"),
];

function tokenPrice(name: string, field: string, rate: string) {
  return {
    name,
    type: "usage_based",
    billing_model: { type: "real_time" },
    usage_calculation: { event_type: "chat", usage_type: "volume", volume_field: field },
    pricing: [{ asset: "USD", values: [{ volume_rate: rate, package_size: "1000000" }] }],
  };
}

export interface ChatCustomer {
  id: string;
  externalId: string;
}

/**
 * A customer who pays for `chat` events in USD, with this much credit. The asset and the product are created on the
 * way, which changes nothing when they are there already.
 */
export async function createChatCustomer(client: Api, usd?: string): Promise<ChatCustomer> {
  expectStatus(await client.post("/v1/assets", { code: "USD", name: "US dollar" }), 201);
  expectStatus(
    await client.post("/v1/products", { code: "chat", name: "Chat", publish: true, prices: CHAT_PRICES }),
    201,
  );
  const externalId = uniqueId("customer");
  const body = { name: "Acme", external_id: externalId, subscriptions: [{ products: [{ code: "chat" }] }] };
  const { id } = expectStatus(await client.post("/v1/customers", body), 201);
  if (usd !== undefined) await credit(client, id, usd);
  return { id, externalId };
}

/** Adds paid credit; the reply is the transaction. */
export async function credit(client: Api, customer: string, amount: string, asset = "USD"): Promise<Json> {
  const body = { transaction_id: uniqueId("credit"), asset, amount, reason: "external_topup" };
  return expectStatus(await client.post(`/v1/customers/${customer}/wallet/adjustments`, body), 201);
}

/** Asks for an event without naming its customer, until the index knows it: it follows within moments. */
export async function indexedEvent(client: Api, id: string): Promise<Reply> {
  const ask = () => client.get(`/v1/events/${encodeURIComponent(id)}`);
  let reply = await ask();
  await eventually(async () => {
    if (reply.status === 404) reply = await ask();
    return reply.status !== 404;
  }, "it is indexed");
  return reply;
}
