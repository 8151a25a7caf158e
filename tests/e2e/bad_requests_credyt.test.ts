// Every request type of Credyt's API: what is wrong with it is said by field, and changes nothing.

import assert from "node:assert/strict";
import { after, before, describe, test } from "node:test";
import { type Api, api, expectStatus, indexedEvent, type Json, LOCAL_KEY, type Reply } from "./support/api.ts";
import { BAD_REQUESTS, type Case, type Change, VALID, type Valid } from "./support/bad_request_cases_credyt.ts";
import { everythingStored, type FreshServer, freshServer } from "./support/fresh.ts";

let server: FreshServer;
let client: Api;
/** What the words in braces of the table stand for. */
const names = new Map<string, string>([["now", new Date().toISOString()]]);

before(async () => {
  server = await freshServer();
  // The key travels as Credyt's own clients send it.
  const bare = api(server, null);
  const send: Api["send"] = (method, path, body) =>
    bare.send(method, path, body, { headers: { "x-credyt-api-key": LOCAL_KEY } });
  client = { send, get: (path) => send("GET", path), post: (path, body) => send("POST", path, body) };
  await prepare();
});

after(() => server.end());

/** Everything that a bad request could meet and harm. */
async function prepare(): Promise<void> {
  const made = async (path: string, body: Json): Promise<Json> =>
    expectStatus(await client.post(`/v1${path}`, body), 201);
  const rates = [{ source: "USD", rate: "0.04" }];
  await made("/assets", { code: "CREDITS", name: "Credits", precision: 0, rates });
  const [call, tokens] = VALID["create product"].body.prices;
  const prices = [call, { ...tokens, pricing_model: "flat", tiering: undefined, pricing: [flat] }];
  const product = await made("/products", { code: "calls", name: "Calls", publish: true, prices });
  await made(`/products/${product.id}`, { prices: [call], publish: false });
  const subscriptions = [{ products: [{ code: "calls" }] }];
  const customer = await made("/customers", { name: "Acme", external_id: "acme", subscriptions });
  const without = await made("/customers", { name: "Other", external_id: "other" });
  const money = { asset: "USD", amount: "100", reason: "gift" };
  await made(`/customers/${customer.id}/wallet/adjustments`, { transaction_id: "used", ...money });
  const event = { id: "used event", event_type: "other", occurred_at: names.get("now") };
  expectStatus(await client.post("/v1/events", { customer_id: customer.id, events: [event] }), 204);
  // What is told to the directory afterwards must not look like the effect of a bad request.
  await indexedEvent(client, event.id);
  const vendor = await made("/vendors", { name: "Host", external_id: "host" });
  await made("/accounts", { name: "Platform", external_id: "platform" });
  // Deliveries stay on this machine, and are refused there.
  const webhook = await made("/webhooks", { url: `${server.url}/healthz` });
  for (const [name, value] of Object.entries({
    customer: customer.id,
    "customer without": without.id,
    "external id": "acme",
    "external id without": "other",
    subscription: customer.subscriptions[0].id,
    product: product.id,
    "product code": "calls",
    vendor: vendor.id,
    "vendor external id": "host",
    "account external id": "platform",
    webhook: webhook.id,
  })) {
    names.set(name, value);
  }
}

const flat = { asset: "USD", values: [{ volume_rate: "3", package_size: "1000" }] };

function send(call: Valid, change: Change = {}): Promise<Reply> {
  const own = change.path ?? "";
  const path = own.startsWith("/") ? `/v1${own}` : call.path + own;
  const method = change.method ?? call.method;
  const text = method === "GET" || method === "DELETE" ? undefined : (change.text ?? bodyText(call, change));
  return client.send(method, filled(path), text);
}

function bodyText(call: Valid, change: Change): string {
  // By way of text, because the valid bodies share parts.
  const body = JSON.parse(JSON.stringify(call.body));
  for (const [path, value] of Object.entries(change.body ?? {})) set(body, path.split("."), value);
  return filled(JSON.stringify(body));
}

function set(target: Json, [name = "", ...rest]: string[], value: unknown): void {
  if (rest.length > 0) {
    target[name] ??= {};
    set(target[name], rest, value);
  } else {
    target[name] = value;
  }
}

const filled = (text: string) => text.replace(/\{([\w ]+)\}/g, (whole, name) => names.get(name) ?? whole);
const title = ({ call, what }: Case) => `${call}, ${what}`;

describe("a bad request of Credyt's API", () => {
  test("is one of at least 100, of every type of request, none of them twice", () => {
    assert.ok(BAD_REQUESTS.length >= 100, `${BAD_REQUESTS.length} cases`);
    assert.equal(new Set(BAD_REQUESTS.map(title)).size, BAD_REQUESTS.length);
    assert.deepEqual([...new Set(BAD_REQUESTS.map((one) => one.call))].sort(), Object.keys(VALID).sort());
  });

  for (const call of Object.keys(VALID)) {
    test(`to ${call} is refused by status, code and field`, async () => {
      const failures: string[] = [];
      for (const one of BAD_REQUESTS.filter((one) => one.call === call)) {
        const stored = await everythingStored(server.persist);
        const reply = await send(VALID[one.call], one.change);
        const told = [reply.status, reply.body?.code, ...Object.keys(reply.body?.errors ?? {}).sort()];
        const wanted = [one.status, one.code, ...one.fields.toSorted()];
        if (JSON.stringify(told) !== JSON.stringify(wanted)) {
          failures.push(
            `${title(one)}: expected ${wanted.join(" ")}, got ${told.join(" ")}: ${reply.text.slice(0, 400)}`,
          );
        }
        if (JSON.stringify(await everythingStored(server.persist)) !== JSON.stringify(stored)) {
          failures.push(`${title(one)}: something was stored`);
        }
        if (reply.headers.get("retry-after") !== null) failures.push(`${title(one)}: it would be sent again`);
      }
      assert.deepEqual(failures, [], failures.join("\n"));
    });
  }

  for (const [name, call] of Object.entries<Valid>(VALID)) {
    test(`to ${name} would have been accepted without its mistake`, async () => {
      expectStatus(await send(call), call.status);
    });
  }

  test("is never the server's fault", () => {
    // What guards the deployment is a line of its own: keys that failed, and what admins have changed.
    const faults = server.logs.filter((line) => !/^\{"log":"(changed_by_admin|authentication_failed)",/.test(line));
    assert.deepEqual(faults, [], "nothing else was logged");
  });
});
