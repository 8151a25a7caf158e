// Subscriptions on the real runtime: what they cost is collected from the balance, what they give is granted, and the
// directory knows what a customer has as soon as the call that changed it has answered.

import assert from "node:assert/strict";
import { after, before, describe, it } from "node:test";
import { type Api, api, credit, expectStatus, type Json, uniqueId } from "./support/api.ts";
import { brokenLink, readJournal, recordsOf } from "./support/chain.ts";
import { type FreshServer, freshServer } from "./support/fresh.ts";

let server: FreshServer;
let client: Api;

before(async () => {
  server = await freshServer();
  client = api(server);
  expectStatus(await client.post("/v1/assets", { code: "CREDITS", name: "Credits", precision: 0 }), 201);
});

after(() => server?.end());

const monthly = (amount: string, asset = "USD") => ({
  name: "Base fee",
  type: "fixed",
  billing_model: { type: "recurring", recurring: { interval: "month", interval_count: 1 } },
  collection: { type: "balance", timing: "in_advance" },
  pricing: [{ asset, values: [{ name: "seat", unit_price: amount, quantity: "1" }] }],
});

const perImage = (amount: string) => ({
  name: "Image",
  type: "usage_based",
  usage_calculation: { event_type: "image", usage_type: "unit" },
  billing_model: { type: "real_time" },
  pricing: [{ asset: "USD", values: [{ unit_price: amount }] }],
});

const credits = (amount: string, refresh?: object) => ({
  name: "Included credits",
  asset: "CREDITS",
  amount,
  purpose: "bundled",
  lifecycle: { duration: "month", duration_count: 1, ...(refresh ? { refresh } : {}) },
  accounting: { revenue_basis: "0.01", cost_basis: "auto" },
});

async function product(offer: object): Promise<{ id: string; code: string }> {
  const code = uniqueId("plan");
  const { id } = expectStatus(await client.post("/v1/products", { code, name: code, publish: true, ...offer }), 201);
  return { id, code };
}

async function customer(): Promise<string> {
  return expectStatus(await client.post("/v1/customers", { name: "Acme", external_id: uniqueId("sub") }), 201).id;
}

const subscribe = async (id: string, code: string, more: object = {}): Promise<Json> =>
  expectStatus(await client.post(`/v1/customers/${id}/subscriptions`, { products: [{ code }], ...more }), 201);

async function available(id: string, account = "default:USD"): Promise<string | undefined> {
  const { accounts } = expectStatus(await client.get(`/v1/customers/${id}/wallet`), 200);
  return accounts.find((one: Json) => one.id === account)?.available;
}

const subscriptions = async (id: string): Promise<Json[]> =>
  expectStatus(await client.get(`/v1/customers/${id}`), 200).subscriptions;

describe("A subscription", () => {
  it("collects its fee at once, grants its credit, and is in the list of subscribers", async () => {
    const plan = await product({ prices: [monthly("20"), perImage("0.5")], entitlements: [credits("1000")] });
    const id = await customer();
    await credit(client, id, "50");
    const subscription = await subscribe(id, plan.code);
    assert.equal(subscription.status, "active");
    assert.deepEqual(subscription.products, [{ id: plan.id, code: plan.code, version: 1 }]);
    assert.match(subscription.id, /^sub_\w+$/);
    assert.ok(Date.parse(subscription.renews_at) > Date.now());
    assert.equal(await available(id), "30");
    assert.equal(await available(id, "default:CREDITS"), "1000");
    const { items } = expectStatus(await client.get(`/v1/products/${plan.id}/subscribers`), 200);
    assert.equal(items.length, 1);
    assert.equal(items[0].customer_id, id);
    assert.equal(items[0].subscription_status, "active");
    const listed = expectStatus(await client.get(`/v1/customers?customer_id=${id}`), 200);
    assert.equal(listed.items[0].active_subscription_count, 1);
    const stats = expectStatus(await client.get(`/v1/customers/${id}/stats`), 200);
    assert.equal(stats.gross_revenue, "20", "a recurring fee is revenue");
    assert.equal(brokenLink(recordsOf(readJournal(server.persist, id))), undefined);
  });

  it("that the balance does not cover asks for payment, and goes on as soon as it is paid", async () => {
    const plan = await product({ prices: [monthly("20"), perImage("0.5")], entitlements: [credits("1000")] });
    const id = await customer();
    await credit(client, id, "5");
    const waiting = await subscribe(id, plan.code, { return_url: "https://app.example/paid" });
    assert.equal(waiting.status, "action_required");
    const [{ type, redirect_url }] = waiting.required_actions;
    assert.deepEqual([type, redirect_url.startsWith(`${server.url}/pay/`)], ["payment", true]);
    assert.equal(await available(id), "5", "nothing is collected in part");
    assert.notEqual(await available(id, "default:CREDITS"), "1000", "nothing is granted before");
    await credit(client, id, "15.5");
    assert.equal((await subscriptions(id))[0].status, "active");
    assert.equal(await available(id), "0.5");
    assert.equal(await available(id, "default:CREDITS"), "1000");
  });

  it("that starts later is scheduled, and one with a trial is active and free", async () => {
    const plan = await product({ prices: [monthly("20")] });
    const id = await customer();
    await credit(client, id, "50");
    const starts_at = new Date(Date.now() + 86_400_000).toISOString();
    assert.equal((await subscribe(id, plan.code, { starts_at })).status, "scheduled");
    const other = await product({ prices: [monthly("10")] });
    const trial = await subscribe(id, other.code, { trial_days: 14 });
    assert.equal(trial.status, "active");
    assert.ok(Date.parse(trial.trial_ends_at) > Date.now() + 13 * 86_400_000);
    assert.equal(await available(id), "50");
  });

  it("moves to another version at one entry: what was charged before stays as it was", async () => {
    const plan = await product({ prices: [perImage("0.5")] });
    const id = await customer();
    await credit(client, id, "10");
    const { id: sub } = await subscribe(id, plan.code);
    const image = (name: string) => ({
      customer_id: id,
      events: [{ id: name, event_type: "image", occurred_at: new Date().toISOString() }],
    });
    expectStatus(await client.post("/v1/events", image("before")), 204);
    const next = { prices: [perImage("0.25")], publish: true };
    assert.equal(expectStatus(await client.post(`/v1/products/${plan.id}`, next), 201).version, 2);
    expectStatus(await client.post("/v1/events", image("pinned")), 204);
    assert.equal(await available(id), "9", "customers stay on their version");
    const path = `/v1/customers/${id}/subscriptions/${sub}/products/${plan.id}`;
    expectStatus(await client.send("PATCH", path, { version: 2 }), 204);
    assert.equal((await subscriptions(id))[0].products[0].version, 2);
    expectStatus(await client.post("/v1/events", image("moved")), 204);
    assert.equal(await available(id), "8.75");
    const event = expectStatus(await client.get(`/v1/events/before?customer_id=${id}`), 200);
    assert.equal(event.fees[0].amount, "0.5");
    assert.equal(event.fees[0].product_version, 1, "the past names the version it was charged at");
  });

  it("ends when it is told to: its prices no longer apply, and its product can be had again", async () => {
    const plan = await product({ prices: [perImage("0.5")] });
    const id = await customer();
    await credit(client, id, "10");
    const { id: sub } = await subscribe(id, plan.code);
    const again = await client.post(`/v1/customers/${id}/subscriptions`, { products: [{ code: plan.code }] });
    assert.equal(expectStatus(again, 409).code, "already_subscribed");
    const path = `/v1/customers/${id}/subscriptions/${sub}`;
    expectStatus(await client.send("PATCH", path, { status: "inactive" }), 204);
    assert.equal((await subscriptions(id))[0].status, "inactive");
    const ask = { id: "a", customer_id: id, events: [{ event_type: "image" }] };
    const denied = expectStatus(await client.post("/v1/authorize", ask), 200);
    assert.equal(denied.code, "price_missing");
    assert.deepEqual(denied.missing, [{ event: 0, event_type: "image", field: "event_type" }]);
    assert.equal((await subscribe(id, plan.code)).status, "active");
  });

  for (const [what, path, body, status, field] of [
    ["no such product", "", { products: [{ code: "none" }] }, 422, "products[0].code"],
    ["no product at all", "", { products: [] }, 422, "products"],
    ["a draft's number", "", { products: [{ code: "x", version: "draft" }] }, 422, "products[0].version"],
    [
      "an end before its start",
      "",
      { starts_at: "2030-01-02T00:00:00Z", renews_at: "2030-01-01T00:00:00Z" },
      422,
      "renews_at",
    ],
    ["an address that is a script", "", { products: [], return_url: "javascript:alert(1)" }, 422, "return_url"],
    ["a trial of years", "", { products: [], trial_days: 366 }, 422, "trial_days"],
    ["a status that nobody can set", "/SUB", { status: "scheduled" }, 422, "status"],
    ["nothing to change", "/SUB", {}, 422, "status"],
    ["two changes at once", "/SUB", { status: "active", cancel_at_period_end: true }, 422, "cancel_at_period_end"],
    [
      "another customer's subscription",
      "/sub_00000000000000000000000000_000000000002",
      { status: "inactive" },
      404,
      "",
    ],
    ["no subscription's name", "/sub_1", { status: "inactive" }, 404, ""],
    ["no version", "/SUB/products/PRODUCT", {}, 422, "version"],
    ["a version that is none", "/SUB/products/PRODUCT", { version: 9 }, 422, "version"],
    ["a product that it has not", "/SUB/products/prp_none", { version: 1 }, 404, ""],
  ] as const) {
    it(`is refused for ${what}, and nothing changes`, async () => {
      const plan = await product({ prices: [perImage("0.5")] });
      const id = await customer();
      const { id: sub } = await subscribe(id, plan.code);
      const rows = readJournal(server.persist, id).length;
      const named = path.replace("SUB", sub).replace("PRODUCT", plan.id);
      const full = `/v1/customers/${id}/subscriptions${named}`;
      const reply = await client.send(named === "" ? "POST" : "PATCH", full, body);
      expectStatus(reply, status);
      if (field !== "") assert.ok(field in reply.body.errors, reply.text);
      assert.equal(readJournal(server.persist, id).length, rows);
    });
  }
});
