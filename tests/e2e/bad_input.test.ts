// What is not right is refused with a problem that says what to do, and changes nothing.

import assert from "node:assert/strict";
import { randomBytes } from "node:crypto";
import { request } from "node:http";
import { after, before, describe, test } from "node:test";
import { createKey } from "../../scripts/key.ts";
import { openDirectory } from "../../scripts/persist.ts";
import {
  type Api,
  api,
  createChatCustomer,
  credit,
  expectStatus,
  type Json,
  LOCAL_KEY,
  type Reply,
  uniqueId,
} from "./support/api.ts";
import { BAD_INPUT, CALLS, type Call, type Case, type Change } from "./support/bad_input_cases.ts";
import { everythingStored, type FreshServer, freshServer, journal } from "./support/fresh.ts";

/** What a caller can get to hear by mistakes of its own. Each of them is met in the table. */
const CODES = [
  ...["malformed_body", "signature_rejected", "unauthorized", "insufficient_funds", "forbidden", "not_found"],
  ...["wallet_not_found", "hold_not_found", "method_not_allowed", "already_exists", "hold_already_ended"],
  ...["body_too_large", "unsupported_media_type", "validation_failed", "operation_id_reused", "asset_required"],
  ...["unknown_asset", "too_precise", "event_too_late", "event_in_future", "usage_not_a_number"],
  ...["amount_out_of_range", "wrong_state", "budget_not_found"],
];

let server: FreshServer;
let client: Api;
/** Sends no key but the one that a case says. */
let anybody: Api;
/** What the words in braces of the table stand for. */
const names = new Map<string, string>();

before(async () => {
  server = await freshServer();
  client = api(server);
  anybody = api(server, null);
  await prepare();
});

after(() => server.end());

/** Everything that a bad request could meet and harm. */
async function prepare(): Promise<void> {
  const { id: other, externalId: otherExternal } = await createChatCustomer(client, "100");
  await asset("CENTS", 2);
  await asset("FULL", 12);
  await product("huge", [["huge", "USD", "999999999999999"]]);
  await product("pair", [
    ["pair", "USD", "1"],
    ["pair", "CENTS", "1"],
  ]);
  const products = [{ code: "chat" }, { code: "huge" }, { code: "pair" }];
  const external = uniqueId("customer");
  const body = { name: "Acme", external_id: external, subscriptions: [{ products }] };
  const { id } = expectStatus(await client.post("/v1/customers", body), 201);
  await credit(client, id, "100");
  await credit(client, id, "100", "CENTS");
  await credit(client, id, "999999999999999", "FULL");
  const used = { transaction_id: "used", asset: "USD", amount: "2", reason: "gift" };
  expectStatus(await client.post(`/v1/customers/${id}/wallet/adjustments`, used), 201);

  const overdraft = { id: "overdraft used", asset: "USD", limit: "1" };
  expectStatus(await client.send("PUT", `/v1/customers/${id}/wallet/overdraft`, overdraft), 200);
  // In an asset that no case spends, so that it is in nobody's way.
  const budget = { id: "budget used", asset: "FULL", limit: "1", window: "day" };
  expectStatus(await client.send("PUT", `/v1/customers/${id}/wallet/budgets/used`, budget), 200);

  const plain = { asset: "USD", amount: "2" };
  const hold = await authorize(id, "used", plain);
  const released = await authorize(id, "released", plain);
  expectStatus(await client.post(`/v1/holds/${released}/release`), 200);
  names.set("customer", id);
  names.set("external id", external);
  names.set("hold", hold);
  names.set("HOLD", hold.toUpperCase().replace("HOLD_", "hold_"));
  names.set("hold to release", await authorize(id, "to release", plain));
  names.set("released hold", released);
  names.set("hold of two assets", await authorize(id, "pair", { events: [{ event_type: "pair" }] }));
  names.set("hold of another", hold.replace(id.slice("cust_".length), other.slice("cust_".length)));
  names.set("not a hold", hold.replace(/\d{12}$/, "000000000001"));
  names.set("future hold", hold.replace(/\d{12}$/, "999999999999"));
  names.set("captured event", hold.replace("hold_", "evt_").replace(/\d{12}$/, "000000000001_0"));
  names.set("revoked key", revokedKey());
  names.set("other external id", otherExternal);
  await prepareDirectory();
}

/** What bad requests could meet of top-ups and webhooks. */
async function prepareMoney(): Promise<void> {
  // The server runs already; it would not start with it.
  names.set("live key", newKey("live"));
  const urls = { return_url: "https://example.com/back", failure_url: "https://example.com/sorry" };
  const topUp = { customer_id: names.get("customer"), amount: "20", currency: "USD", ...urls };
  const headers = { "idempotency-key": "used" };
  expectStatus(await client.post("/v1/top-ups", topUp, { headers }), 201);
  const made = expectStatus(await client.post("/v1/webhooks", { url: "http://127.0.0.1:1/" }, { headers }), 201);
  names.set("webhook", made.id);
  const off = expectStatus(await client.post("/v1/webhooks", { url: "http://127.0.0.1:1/", topics: ["off"] }), 201);
  expectStatus(await client.send("PATCH", `/v1/webhooks/${off.id}`, { enabled: false }), 200);
  names.set("disabled webhook", off.id);
}

/** What bad requests could meet of the catalogue, of keys and of accounts. */
async function prepareDirectory(): Promise<void> {
  const rate = { source: "USD", inverse_rate: "100", valid_from: "2026-01-01T00:00:00Z" };
  expectStatus(await client.post("/v1/assets/FULL/rates", rate), 204);
  const [{ id }] = expectStatus(await client.get("/v1/products?code=chat"), 200).items;
  names.set("product", id);
  expectStatus(await client.post(`/v1/products/${id}`, { prices: [] }), 201);
  const draft = { code: "draft", name: "Draft", prices: [], publish: false };
  expectStatus(await client.post("/v1/products", draft), 201);
  const archived = { code: "archived", name: "Archived", prices: [] };
  const old = expectStatus(await client.post("/v1/products", archived), 201).id;
  const subscriptions = [{ products: [{ id: old }] }];
  expectStatus(await client.post("/v1/customers", { name: "Old", subscriptions }), 201);
  expectStatus(await client.send("DELETE", `/v1/products/${old}`), 204);
  names.set("archived product", old);
  await prepareMoney();
  for (const path of ["/v1/vendors", "/v1/accounts"]) {
    expectStatus(await client.post(path, { name: "Used", external_id: "used" }), 201);
  }
  const key = async (body: object) => expectStatus(await client.post("/v1/keys", body), 201);
  names.set("key", (await key({ name: "used" })).id);
  names.set("reading key", (await key({ name: "reading", scopes: ["read"] })).key);
  const rotated = await key({ name: "rotated" });
  expectStatus(await client.post(`/v1/keys/${rotated.id}/rotate`, { overlap_seconds: 60 }), 201);
  names.set("rotated key", rotated.id);
}

const asset = async (code: string, precision: number) =>
  expectStatus(await client.post("/v1/assets", { code, name: code, precision }), 201);

async function product(code: string, prices: [eventType: string, asset: string, unitPrice: string][]): Promise<void> {
  const body = {
    code,
    name: code,
    prices: prices.map(([event_type, asset, unit_price]) => ({
      name: asset,
      type: "usage_based",
      usage_calculation: { event_type, usage_type: "unit" },
      pricing: [{ asset, values: [{ unit_price }] }],
    })),
  };
  expectStatus(await client.post("/v1/products", body), 201);
}

async function authorize(customer: string, id: string, ask: object): Promise<string> {
  const body = { id, customer_id: customer, expires_in: 86_400, ...ask };
  return expectStatus(await client.post("/v1/authorize", body), 200).hold.id;
}

/** Makes a key for a server that runs; what is said more is done to all keys that there are by then. */
function newKey(mode: "live" | "test", more = ""): string {
  const at = new Date().toISOString();
  const { key, sql } = createKey({ account: "default", mode, name: "made", at, secret: randomBytes(32) });
  const directory = openDirectory(server.persist);
  directory.exec(`${sql} ${more}`);
  directory.close();
  return key;
}

const revokedKey = () => newKey("test", `UPDATE api_key SET revoked_at = '${new Date().toISOString()}'`);

// From a case to a request.

function send(call: Call, change: Change = {}): Promise<Reply> {
  const headers = { authorization: `Bearer ${LOCAL_KEY}`, ...change.headers };
  const sent = Object.entries(headers).filter(([, value]) => value !== null);
  const own = change.path ?? "";
  const path = own.startsWith("/") ? own : call.path + own;
  const method = change.method ?? call.method;
  const text = ["POST", "PUT", "PATCH"].includes(method) ? (change.text ?? bodyText(call, change)) : undefined;
  const named = Object.fromEntries(sent.map(([name, value]) => [name, filled(String(value))]));
  return anybody.send(method, filled(path), text, { headers: named });
}

function bodyText(call: Call, change: Change): string | undefined {
  if (call.body === undefined) return undefined;
  const body = JSON.parse(JSON.stringify(call.body));
  for (const [path, value] of Object.entries(change.body ?? {})) set(body, path.split("."), value);
  return filled(JSON.stringify(body)).replace(/"@@(.*?)@@"/gs, (_, text) => JSON.parse(`"${text}"`));
}

function set(target: Json, [name = "", ...rest]: string[], value: unknown): void {
  if (rest.length === 0) target[name] = value;
  else set(target[name], rest, value);
}

const filled = (text: string) => text.replace(/\{([\w ]+)\}/g, (whole, name) => names.get(name) ?? whole);

describe("bad input", () => {
  test("is a table of at least 60 cases, and meets every code that a caller can cause", () => {
    assert.ok(BAD_INPUT.length >= 60, `${BAD_INPUT.length} cases`);
    assert.deepEqual([...new Set(BAD_INPUT.map((one) => one.code))].sort(), CODES.toSorted());
    const titles = BAD_INPUT.map(title);
    assert.deepEqual(
      titles.filter((one, place) => titles.indexOf(one) !== place),
      [],
      "no case stands there twice",
    );
  });

  test("is refused case by case, and changes nothing", async () => {
    const [stored, rows] = [await everythingStored(server.persist), journalHashes()];
    const failures: string[] = [];
    for (const one of BAD_INPUT) {
      const reply = await send(CALLS[one.call], one.change);
      try {
        expectProblem(reply, one);
      } catch (error) {
        failures.push(`${title(one)}: ${(error as Error).message}\n  ${reply.status} ${reply.text.slice(0, 500)}`);
      }
    }
    assert.deepEqual(failures, [], failures.join("\n"));
    assert.deepEqual(await everythingStored(server.persist), stored);
    assert.deepEqual(journalHashes(), rows);
  });

  test("would have been accepted without its one mistake", async () => {
    for (const [name, call] of Object.entries(CALLS)) {
      const reply = await send(call);
      assert.equal(reply.status, call.status, `${name}: ${reply.text}`);
    }
  });

  test("without a length is refused as well when it is too long", async () => {
    const exactly = await chunked(`{"id":"${"x".repeat(1_048_576 - 9)}"}`);
    assert.equal(exactly.body.code, "validation_failed", "1 MiB is read");
    const more = await chunked(`{"id":"${"x".repeat(1_048_576 - 8)}"}`);
    assert.equal(more.status, 413);
    assert.equal(more.body.code, "body_too_large");
  });

  test("is never the server's fault", () => {
    // What guards the deployment is a line of its own: keys that failed, and what admins have changed.
    const faults = server.logs.filter((line) => !/^\{"log":"(changed_by_admin|authentication_failed)",/.test(line));
    assert.deepEqual(faults, [], "nothing else was logged");
  });
});

const title = ({ call, what }: Case) => `${call}, ${what}`;

const journalHashes = () => journal(server.persist, names.get("customer") ?? "").map((row) => row.hash);

function expectProblem(reply: Reply, expected: Case): void {
  assert.equal(reply.status, expected.status);
  assert.equal(reply.headers.get("content-type"), "application/problem+json");
  const { type, title, status, code, detail, retryable, request_id, errors, ...more } = reply.body;
  assert.equal(code, expected.code);
  assert.deepEqual(Object.keys(errors ?? {}), expected.fields);
  for (const sentences of Object.values<string[]>(errors ?? {})) {
    assert.ok(sentences.length > 0 && sentences.every((sentence) => sentence.length > 5));
  }
  assert.equal(type, `urn:scrip:problem:${code}`);
  assert.equal(title, code.replaceAll("_", " "));
  assert.equal(status, expected.status);
  assert.match(detail, /^\S+(\s\S+){3,}\.$/, "a sentence");
  // An echo may be as long as what it echoes; a stack, a page or a debug print is none of our words.
  assert.doesNotMatch(detail, /<html|\bat \w+ \(|panicked|RuntimeError|\.rs:\d|Some\(|Err\(/);
  assert.equal(typeof retryable, "boolean");
  assert.match(request_id, /^req_[0-9a-f]{32}$/);
  assert.equal(reply.headers.get("request-id"), request_id);
  assert.deepEqual(Object.keys(more), code === "insufficient_funds" ? ["shortfall", "affordable"] : []);
  assert.equal(reply.headers.get("retry-after"), null);
}

/** Sends a body in chunks, so that nobody knows its length before it ends. */
function chunked(body: string): Promise<{ status: number | undefined; body: Json }> {
  return new Promise((resolve, reject) => {
    const headers = { authorization: `Bearer ${LOCAL_KEY}`, "content-type": "application/json" };
    const outgoing = request(`${server.url}/v1/authorize`, { method: "POST", headers }, async (incoming) => {
      const parts = await incoming.toArray();
      resolve({ status: incoming.statusCode, body: JSON.parse(Buffer.concat(parts).toString()) });
    });
    outgoing.on("error", reject);
    for (let place = 0; place < body.length; place += 65_536) outgoing.write(body.slice(place, place + 65_536));
    outgoing.end();
  });
}

describe("a documented limit", () => {
  test("is itself accepted, whatever it limits", async () => {
    const { id } = await createChatCustomer(client, "100");
    const name = "ü".repeat(255);
    const ask = { id: name, customer_id: id, asset: "USD", amount: "0.000000000001" };
    assert.equal(expectStatus(await client.post("/v1/authorize", ask), 200).decision, "approved");
    const metadata = { text: "x".repeat(2044) };
    const most = { transaction_id: name, asset: "FULL", amount: "999999999999999", reason: "gift", metadata };
    const path = `/v1/customers/${id}/wallet/adjustments`;
    assert.equal(expectStatus(await client.post(path, most), 201).amount, "999999999999999");
    const shown = await client.get(`/v1/customers/${id}/wallet/transactions/${encodeURIComponent(name)}`);
    assert.deepEqual(expectStatus(shown, 200).metadata, metadata);
    const long = { name, external_id: name, email: `${"x".repeat(990)}@x.example` };
    assert.equal(expectStatus(await client.post("/v1/customers", long), 201).external_id, name);
  });

  test("of 10,000 open holds is refused with its own code, and a released one makes room", async () => {
    const { id } = await createChatCustomer(client, "1");
    const ask = (place: number) => {
      const body = { id: `hold ${place}`, customer_id: id, asset: "USD", amount: "0.0001", expires_in: 86_400 };
      return client.post("/v1/authorize", body);
    };
    let next = 0;
    let last: Json;
    const worker = async () => {
      while (next < 10_000) {
        next += 1;
        last = expectStatus(await ask(next), 200);
        assert.equal(last.decision, "approved");
      }
    };
    await Promise.all(Array.from({ length: 50 }, worker));
    const refused = await ask(10_001);
    expectStatus(refused, 422);
    assert.equal(refused.body.code, "too_many_open_holds");
    assert.match(refused.body.detail, /10000 open holds/);
    assert.equal(refused.body.retryable, true);
    assert.equal((await ask(1)).headers.get("idempotent-replayed"), "true", "what was approved is still replayed");
    expectStatus(await client.post(`/v1/holds/${last.hold.id}/release`), 200);
    assert.equal(expectStatus(await ask(10_001), 200).decision, "approved");
    expectStatus(await ask(10_002), 422);
    const wallet = expectStatus(await client.get(`/v1/customers/${id}/wallet/default:USD`), 200);
    assert.deepEqual([wallet.balance, wallet.held, wallet.available], ["1", "1", "0"]);
  });
});
