// Every mutation has an id, so whoever did not get an answer sends the call again. The second answer is the first one,
// byte for byte, and the second call changes nothing: not after a restart, not after the wallet was evicted.

import assert from "node:assert/strict";
import { after, before, describe, it } from "node:test";
import {
  api,
  type ChatCustomer,
  createChatCustomer,
  expectStatus,
  type Json,
  RECENTLY,
  type Reply,
  uniqueId,
} from "./support/api.ts";
import { readWalletFile, walletName } from "./support/chain.ts";
import { everythingStored } from "./support/fresh.ts";
import { LastingServer } from "./support/lasting.ts";
import { paymentSucceeded, stripeSignature } from "./support/payment.ts";

interface Mutation {
  name: string;
  path: string;
  body?: unknown;
  headers?: Record<string, string>;
  reply: Reply;
}

const chat = (input: number, output: number) => ({
  event_type: "chat",
  data: { input_tokens: input, output_tokens: output },
});

const recorded = (input: number, output: number) => ({
  id: uniqueId("event"),
  occurred_at: RECENTLY,
  ...chat(input, output),
});

describe("Every kind of mutation, sent again", () => {
  let lasting: LastingServer;
  let customer: ChatCustomer;
  const mutations: Mutation[] = [];

  /** Stripe has no API key; it signs. */
  function post(path: string, body: unknown, headers: Record<string, string>): Promise<Reply> {
    const client = path.startsWith("/stripe") ? api(lasting.server, null) : lasting.client;
    return client.send(path.endsWith("/settings") ? "PUT" : "POST", path, body, { headers });
  }

  async function mutate(name: string, status: number, path: string, body?: unknown, headers = {}): Promise<Json> {
    const reply = await post(path, body, headers);
    expectStatus(reply, status);
    assert.equal(reply.headers.get("idempotent-replayed"), null, `${name} is new the first time`);
    mutations.push({ name, path, body, headers, reply });
    return reply.body;
  }

  const prefer = { prefer: "return=representation" };
  const authorize = (name: string, more: object, headers = {}) =>
    mutate(name, 200, "/v1/authorize", { customer_id: customer.id, ...more }, headers);

  before(async () => {
    lasting = await LastingServer.start();
    customer = await createChatCustomer(lasting.client, "20");
    const { id, externalId } = customer;

    await mutate("an asset", 201, "/v1/assets", { code: "GPU", name: "GPU hours", precision: 3 });
    const price = {
      name: "Calls",
      type: "usage_based",
      billing_model: { type: "real_time" },
      usage_calculation: { event_type: "call", usage_type: "unit" },
      pricing: [{ asset: "GPU", values: [{ unit_price: "0.125" }] }],
    };
    await mutate("a product", 201, "/v1/products", { code: "calls", name: "Calls", publish: true, prices: [price] });
    const subscriptions = [{ products: [{ code: "calls" }] }];
    await mutate("a customer", 201, "/v1/customers", { name: "Bolt", external_id: uniqueId("bolt"), subscriptions });

    const wallet = `/v1/customers/${id}/wallet`;
    const adjustment = { transaction_id: uniqueId("tx"), asset: "USD", reason: "gift", description: "Willkommen, 🎁" };
    await mutate("a credit", 201, `${wallet}/adjustments`, { ...adjustment, amount: "1.5", metadata: { a: "b" } });
    const debit = { transaction_id: uniqueId("tx"), asset: "USD", amount: "-0.000000000001", reason: "other" };
    await mutate("a debit", 201, `${wallet}/adjustments`, debit);
    const maths = { input_units: 2.5, unit_price: "0.1", input_volume: "7", volume_rate: 0.5, package_size: 1000 };
    const charge = { asset: "USD", amount: "0.25", subject: "seat", ...maths };
    await mutate("a charge, by header", 201, `${wallet}/charges`, charge, { "idempotency-key": uniqueId("key") });

    await mutate("a change of settings", 200, `${wallet}/settings`, { id: uniqueId("set"), late_events_days: 7 });

    const events = [chat(374, 4096)];
    const first = await authorize("an authorization of usage", { id: uniqueId("auth"), events, subject: "run 7" });
    const plain = { asset: "USD", amount: "0.5" };
    const key = { "idempotency-key": uniqueId("key") };
    const second = await authorize("an authorization of an amount, by header", plain, key);
    const third = await authorize("one to be released", { id: uniqueId("auth"), ...plain, expires_in: 60 });
    const most = { id: uniqueId("auth"), events: [chat(1_000_000, 9_000_000)], on_insufficient: "cap" };
    const capped = await authorize("a capped authorization", most);
    assert.equal(capped.capped, true);
    await mutate("the capped hold's release", 200, `/v1/holds/${capped.hold.id}/release`);

    const hold = `/v1/holds/${second.hold.id}`;
    await mutate("an extension", 200, `${hold}/extend`, { id: uniqueId("more"), ...plain, expires_in: 900 });
    const part = { id: uniqueId("part"), amount: "0.125", final: false };
    await mutate("a partial capture", 200, `${hold}/capture`, part);
    await mutate("a final capture of everything, without a body", 200, `${hold}/capture`);
    const costs = [{ id: "c", vendor_external_id: "openai", category: "inference", amount: 0.0101, units: "3" }];
    const usage = { events: [{ ...chat(374, 44), costs }] };
    await mutate("a final capture of usage", 200, `/v1/holds/${first.hold.id}/capture`, usage);
    await mutate("a release", 200, `/v1/holds/${third.hold.id}/release`, { reason: "cancelled" });

    const batch = {
      customer_external_id: externalId,
      events: [{ ...recorded(374, 44), costs }, recorded(1, 0), recorded(0, 9)],
    };
    await mutate("a batch of events, with fees and balances", 200, "/v1/events", batch, prefer);
    await mutate("an event, without words", 204, "/v1/events", { customer_id: id, events: [recorded(5, 5)] });

    const payment = JSON.stringify(paymentSucceeded(id, "1", 5000));
    const paid = await mutate("a payment", 200, "/stripe/webhook", payment, {
      "stripe-signature": stripeSignature(payment),
    });
    assert.equal(paid.outcome, "credited");
    const stranger = JSON.stringify(paymentSucceeded("cust_00000000000000000000000000", "2", 5000));
    const unmatched = await mutate("a payment of nobody", 200, "/stripe/webhook", stranger, {
      "stripe-signature": stripeSignature(stranger),
    });
    assert.equal(unmatched.outcome, "unmatched");
    await shipped();
  });

  after(() => lasting?.end());

  /** Has the directory told of the usage now, because that is written a moment later. */
  async function shipped() {
    const { total_count } = expectStatus(await lasting.client.get(`/v1/events?customer_id=${customer.id}`), 200);
    assert.ok(total_count >= 4);
  }

  async function assertAllReplayed() {
    const stored = await everythingStored(lasting.persist);
    for (const { name, path, body, headers = {}, reply } of mutations) {
      const again = await post(path, body, headers);
      assert.equal(again.status, reply.status, name);
      assert.equal(again.text, reply.text, name);
      assert.equal(again.headers.get("content-type"), reply.headers.get("content-type"), name);
      assert.equal(again.headers.get("idempotent-replayed"), "true", name);
    }
    assert.deepEqual(await everythingStored(lasting.persist), stored, "nothing was written");
  }

  it("is answered with the same bytes, status and Idempotent-Replayed, and writes nothing", assertAllReplayed);

  it("the same after a restart of the server", async () => {
    await lasting.restart();
    await assertAllReplayed();
  });

  it("the same after the wallet was evicted from memory, before each call", async () => {
    const stored = await everythingStored(lasting.persist);
    for (const { name, path, body, headers = {}, reply } of mutations) {
      // Only what is awake can be evicted.
      expectStatus(await lasting.client.get(`/v1/customers/${customer.id}/wallet`), 200);
      await lasting.evict(walletName(customer.id));
      const again = await post(path, body, headers);
      assert.equal(again.text, reply.text, name);
      assert.equal(again.headers.get("idempotent-replayed"), "true", name);
    }
    assert.deepEqual(await everythingStored(lasting.persist), stored, "nothing was written");
  });

  it("the same when it is spelled differently but means the same", async () => {
    const credit = mutations.find(({ name }) => name === "a credit") ?? assert.fail();
    const body = credit.body as Record<string, unknown>;
    const reversed = Object.fromEntries(Object.entries(body).reverse());
    const text = `  ${JSON.stringify({ ...reversed, amount: 0 }).replace('"amount":0', '"amount": 1.500')} `;
    const again = await lasting.client.post(credit.path, text, { headers: { "content-type": "application/json" } });
    assert.equal(again.text, credit.reply.text);
    assert.equal(again.headers.get("idempotent-replayed"), "true");
  });

  it("the same id with another body is 422 and writes nothing, after a restart, too", async () => {
    await lasting.restart();
    const stored = await everythingStored(lasting.persist);
    const changes: [name: string, change: object][] = [
      ["a credit", { amount: "1.500000000001" }],
      ["a credit", { description: "Willkommen" }],
      ["a credit", { metadata: { a: "c" } }],
      ["a debit", { reason: "gift" }],
      ["a charge, by header", { subject: "another seat" }],
      ["an authorization of usage", { subject: "run 8" }],
      ["an authorization of usage", { events: [chat(374, 4095)] }],
      ["an authorization of an amount, by header", { expires_in: 301 }],
      ["an extension", { expires_in: 901 }],
      ["a partial capture", { amount: "0.126" }],
    ];
    for (const [which, change] of changes) {
      const { path, body, headers = {} } = mutations.find(({ name }) => name === which) ?? assert.fail(which);
      const reply = await lasting.client.post(path, { ...(body as object), ...change }, { headers });
      const what = `${which} with ${JSON.stringify(change)}: ${reply.text}`;
      assert.equal(reply.status, 422, what);
      assert.equal(reply.body.code, "operation_id_reused", what);
    }
    const batch = mutations.find(({ name }) => name.startsWith("a batch")) ?? assert.fail();
    const body = structuredClone(batch.body) as { events: Json[] };
    body.events[1].data.input_tokens = 2;
    const reply = await lasting.client.post(batch.path, body);
    assert.equal(expectStatus(reply, 422).code, "operation_id_reused");
    assert.match(reply.body.detail, /events\[1\]/, "the detail names the event");
    assert.deepEqual(await everythingStored(lasting.persist), stored, "nothing was written");
  });

  it("a batch with known and new events records the new ones, and each once", async () => {
    const batch = mutations.find(({ name }) => name.startsWith("a batch")) ?? assert.fail();
    const known = batch.body as { events: Json[] };
    const mixed = { ...known, events: [recorded(7, 7), ...known.events, recorded(8, 8)] };
    const count = () =>
      readWalletFile(lasting.persist, customer.id, (db) => db.prepare("SELECT op FROM journal").all().length);
    const before = count();
    const reply = await lasting.client.post("/v1/events", mixed, { headers: prefer });
    assert.equal(expectStatus(reply, 200).events.length, 5);
    assert.equal(reply.headers.get("idempotent-replayed"), null, "a part of it is new");
    assert.equal(count(), before + 2);
    await lasting.restart();
    const again = await lasting.client.post("/v1/events", mixed, { headers: prefer });
    assert.equal(again.text, reply.text);
    assert.equal(again.headers.get("idempotent-replayed"), "true");
    assert.equal(count(), before + 2);
  });

  it("a refusal consumes nothing: denied, topped up, and the same call is approved; then it is replayed", async () => {
    const { id } = await createChatCustomer(lasting.client, "1");
    const call = { id: uniqueId("auth"), customer_id: id, asset: "USD", amount: "1.5" };
    const denied = await lasting.client.post("/v1/authorize", call);
    assert.equal(expectStatus(denied, 200).decision, "denied");
    await lasting.restart();
    assert.equal((await lasting.client.post("/v1/authorize", call)).text, denied.text, "still denied");
    const topUp = { transaction_id: uniqueId("tx"), asset: "USD", amount: "0.5", reason: "external_topup" };
    expectStatus(await lasting.client.post(`/v1/customers/${id}/wallet/adjustments`, topUp), 201);
    const approved = await lasting.client.post("/v1/authorize", call);
    assert.equal(expectStatus(approved, 200).decision, "approved");
    await lasting.restart();
    const again = await lasting.client.post("/v1/authorize", call);
    assert.equal(again.text, approved.text);
    assert.equal(again.headers.get("idempotent-replayed"), "true");
  });
});
