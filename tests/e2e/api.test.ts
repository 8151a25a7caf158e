// The journey over every route, as a customer of the API makes it. What is asserted is meaning: money, states, and what
// a second call gets to hear.

import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { after, before, describe, test } from "node:test";
import { setTimeout as sleep } from "node:timers/promises";
import { openDirectory } from "../../scripts/persist.ts";
import {
  type Api,
  api,
  createChatCustomer,
  credit,
  expectStatus,
  indexedEvent,
  type Json,
  RECENTLY,
  type Reply,
  uniqueId,
} from "./support/api.ts";
import { type FreshServer, freshServer } from "./support/fresh.ts";
import { eventually } from "./support/patience.ts";
import { routes, routesOfTheWorker } from "./support/routes.ts";

/** Fields that count, place or name something. Everything else that has a number in it is an amount: a string. */
const PLAIN_NUMBERS = new Set([
  ...[
    "seq",
    "entry",
    "reverses",
    "reversed_by",
    "prices",
    "limit",
    "offset",
    "total_count",
    "format",
    "status",
    "event",
    "version",
    "product_version",
  ],
  ...["precision", "priority", "active_subscription_count", "journal_format", "value_count", "late_events_days"],
  // A month and a year of a card, as Stripe writes them; whole seconds.
  ...["exp_month", "exp_year", "cooldown"],
]);

let server: FreshServer;
/** Sends, and watches every reply. */
let client: Api;
const seen = new Map<string, Set<number>>();
const requestIds = new Set<string>();

function watch(method: string, path: string, reply: Reply): void {
  const bare = path.replace(/\?.*/, "");
  const route = routes.find((one) => one.method === method && one.path.test(bare));
  if (route && reply.status < 300) {
    assert.ok(route.statuses.includes(reply.status), `${route.name} answered ${reply.status}`);
    seen.set(route.name, (seen.get(route.name) ?? new Set()).add(reply.status));
  }
  const requestId = reply.headers.get("request-id") ?? "";
  assert.match(requestId, /^req_[0-9a-f]{32}$/);
  assert.ok(!requestIds.has(requestId), "no two requests have one id");
  requestIds.add(requestId);
  if (method === "GET") assert.equal(reply.headers.get("cache-control"), "no-store", "a balance must not be cached");
  assert.equal(reply.headers.get("retry-after"), null, "clients would send a refusal again");
  if (reply.status >= 400 && method !== "HEAD") {
    assert.equal(reply.headers.get("content-type"), "application/problem+json");
    assert.equal(reply.body.request_id, requestId);
    assert.equal(reply.body.status, reply.status);
  }
  if (!path.startsWith("/v1/meta")) assertNoNumericAmounts(reply.body, `${method} ${path}`);
}

function assertNoNumericAmounts(value: Json, path: string): void {
  if (typeof value !== "object" || value === null) return;
  for (const [name, inner] of Object.entries(value as Record<string, Json>)) {
    // Data and metadata are the caller's own; thresholds are whole percents; places of events and of entries
    // are counted.
    if (["data", "metadata", "thresholds", "unpriced", "estimated", "priced_by"].includes(name)) continue;
    const allowed = typeof inner !== "number" || PLAIN_NUMBERS.has(name);
    assert.ok(allowed, `${path}: ${name} is the JSON number ${inner}`);
    assertNoNumericAmounts(inner, `${path} ${name}`);
  }
}

before(async () => {
  server = await freshServer({ vars: { TOPUP_URL: "https://example.com/topup/{customer_id}" } });
  const plain = api(server);
  const send: Api["send"] = async (method, path, body, extra) => {
    const reply = await plain.send(method, path, body, extra);
    watch(method, path, reply);
    return reply;
  };
  client = {
    send,
    get: (path, extra) => send("GET", path, undefined, extra),
    post: (path, body, extra) => send("POST", path, body, extra),
  };
});

after(() => server.end());

// Words that the tests below share.

const chat = (input: number, output: number) => ({
  event_type: "chat",
  data: { input_tokens: input, output_tokens: output },
});

const isReplay = (reply: Reply) => reply.headers.get("idempotent-replayed") === "true";

async function usd(customer: string): Promise<{ balance: string; held: string; available: string }> {
  const { balance, held, available } = expectStatus(
    await client.get(`/v1/customers/${customer}/wallet/default:USD`),
    200,
  );
  return { balance, held, available };
}

async function seq(customer: string): Promise<number> {
  return expectStatus(await client.get(`/v1/customers/${customer}/wallet`), 200).seq;
}

/** Holds an amount of USD; the reply is the hold. */
async function hold(customer: string, amount: string, more: object = {}): Promise<Json> {
  const body = { id: uniqueId("authorize"), customer_id: customer, asset: "USD", amount, ...more };
  const reply = expectStatus(await client.post("/v1/authorize", body), 200);
  assert.equal(reply.decision, "approved");
  return reply.hold;
}

const capture = (id: string, body?: object) => client.post(`/v1/holds/${id}/capture`, body);

function expectProblem(reply: Reply, status: number, code: string): Json {
  expectStatus(reply, status);
  assert.equal(reply.body.code, code);
  return reply.body;
}

function price(name: string, eventType: string, asset: string, usage: object, value: object) {
  return {
    name,
    type: "usage_based",
    billing_model: { type: "real_time" },
    usage_calculation: { event_type: eventType, ...usage },
    pricing: [{ asset, values: [value] }],
  };
}

/** A customer who pays by these prices; every asset in them exists. */
async function customerOf(prices: object[]): Promise<string> {
  const code = uniqueId("product");
  expectStatus(await client.post("/v1/products", { code, name: "Product", publish: true, prices }), 201);
  const body = { name: "Customer", external_id: uniqueId("customer"), subscriptions: [{ products: [{ code }] }] };
  return expectStatus(await client.post("/v1/customers", body), 201).id;
}

const asset = async (code: string, precision: number) =>
  expectStatus(await client.post("/v1/assets", { code, name: code, precision }), 201);

describe("the service", () => {
  test("says that it is ready and what its limits are, to everybody", async () => {
    const anybody = api(server, null);
    assert.deepEqual(expectStatus(await client.get("/healthz"), 200), { status: "ok" });
    expectStatus(await anybody.get("/healthz"), 200);
    expectStatus(await client.get("/readyz"), 200);
    assert.equal((await client.send("HEAD", "/readyz")).status, 200);
    const meta = expectStatus(await client.get("/v1/meta"), 200);
    assert.equal(meta.name, "scrip");
    assert.equal(meta.local, true);
    assert.deepEqual(meta.limits, {
      body_bytes: 1_048_576,
      json_depth: 32,
      json_members: 1_000,
      errors_per_reply: 50,
      fees_per_request: 10_000,
      events_per_request: 1_000,
      costs_per_event: 100,
      late_events_days: 3_650,
      early_event_seconds: 300,
      id_characters: 255,
      text_characters: 1_000,
      metadata_bytes: 2_048,
      open_holds_per_wallet: 10_000,
      grants_per_account: 10_000,
      hold_seconds: 86_400,
      subscriptions_per_wallet: 100,
      budgets_per_wallet: 100,
      budget_values_per_wallet: 10_000,
      budget_value_characters: 255,
      budget_data_fields: 10,
      budget_thresholds: 10,
      budget_rolling_seconds: 31_622_400,
      budgets_inherited: 10,
      entry_bytes: 1_800_000,
      call_bytes: 8_388_608,
      wallet_bytes: 8_388_608,
      due_entries_per_call: 10_000,
      page_bytes: 2_097_152,
      grants_per_hold: 10_000,
      accounts_per_wallet: 1_000,
      credit_restrictions: 100,
      address_characters: 2_048,
      top_up_link_seconds: 86_400,
      portal_session_seconds: 600,
      webhook_destinations: 20,
      webhook_topics: 50,
      webhook_topic_characters: 64,
      webhook_data_bytes: 16_384,
      webhook_answer_seconds: 10,
      webhook_events_days: 30,
      webhook_deliveries: 10_000,
      webhook_overlap_seconds: 604_800,
      top_ups_per_link: 20,
      products: 1_000,
      versions_per_product: 1_000,
      stripe_endpoints: 20,
      stripe_secrets_per_endpoint: 5,
      stripe_connected_accounts: 1000,
      stripe_overlap_seconds: 604800,
      unmatched_payments_per_purge: 1000,
      page_items: 100,
      items_counted: 10_000,
      prices_per_product: 100,
      assets_per_price: 10,
      dimensions_per_price: 10,
      rows_per_asset: 500,
      tiers_per_row: 50,
      rates_of_a_new_asset: 100,
      subscriptions_per_request: 20,
      entitlements_per_product: 20,
      features_per_product: 100,
      trial_days: 365,
      grace_days: 365,
      interval_count: 1_000,
      external_accounts_per_customer: 10,
      key_overlap_seconds: 2_592_000,
      keys: 1_000,
      amount_decimal_places: 12,
      amount_below: "1000000000000000",
    });
    assert.equal((await anybody.get("/v1/meta")).text, (await client.get("/v1/meta")).text);
  });

  test("answers a probe by HEAD like GET, without a body", async () => {
    const { id } = await createChatCustomer(client, "1");
    const { id: holdId } = await hold(id, "1");
    const event = { id: uniqueId("event"), occurred_at: RECENTLY, ...chat(1, 1) };
    expectStatus(await client.post("/v1/events", { customer_id: id, events: [event] }), 204);
    const paths = ["/healthz", "/v1/meta", `/v1/customers/${id}`, `/v1/customers/${id}/wallet`, `/v1/holds/${holdId}`];
    for (const path of [...paths, `/v1/events/${event.id}?customer_id=${id}`]) {
      const reply = await client.send("HEAD", path);
      assert.equal(reply.status, 200, path);
      assert.equal(reply.text, "");
      assert.equal(reply.headers.get("content-type"), "application/json");
    }
    assert.equal((await client.send("HEAD", "/v1/customers/cust_00000000000000000000000000")).status, 404);
  });

  test("takes the key by either header", async () => {
    const anybody = api(server, null);
    const key = { "x-credyt-api-key": "sk_test_local" };
    expectStatus(await anybody.get("/v1/assets", { headers: key }), 200);
    expectStatus(await anybody.get("/v1/assets", { headers: { authorization: "bearer sk_test_local" } }), 200);
    expectStatus(await client.get("/v1/assets", { headers: { "x-credyt-account": "acc_default" } }), 200);
  });
});

describe("the catalogue", () => {
  test("an asset is created once; the same again answers the same, another one is a conflict", async () => {
    const code = "GPU_HOURS";
    const body = { code, name: "GPU hours", precision: 4, label: "GPU h", symbol: "⚡" };
    const first = await client.post("/v1/assets", body);
    const created = expectStatus(first, 201);
    assert.match(created.created_at, /^2\d\d\d-\d\d-\d\dT/);
    assert.deepEqual({ ...created, created_at: "" }, { ...body, rates: [], created_at: "" });
    const reordered = JSON.stringify(Object.fromEntries(Object.entries(body).reverse()));
    const again = await client.post("/v1/assets", reordered);
    assert.equal(again.text, first.text);
    assert.deepEqual([again.status, isReplay(first), isReplay(again)], [201, false, true]);
    assert.equal((await client.get(`/v1/assets/${code}`)).text, first.text);
    const conflict = expectProblem(await client.post("/v1/assets", { ...body, precision: 5 }), 409, "already_exists");
    assert.match(conflict.detail, /GPU_HOURS/);
    assert.equal((await client.get(`/v1/assets/${code}`)).text, first.text);
  });

  test("an asset that does not say has twelve decimal places", async () => {
    const first = await client.post("/v1/assets", { code: "PLAIN", name: "Plain" });
    assert.equal(expectStatus(first, 201).precision, 12);
    assert.equal((await client.post("/v1/assets", { code: "PLAIN", name: "Plain", precision: 12 })).text, first.text);
  });

  test("assets are listed by code, page by page", async () => {
    for (const code of ["AAA", "AAB", "AAC"]) await asset(code, 2);
    const page = expectStatus(await client.get("/v1/assets?limit=2&offset=1"), 200);
    assert.deepEqual(
      page.items.map((item: Json) => item.code),
      ["AAB", "AAC"],
    );
    assert.equal(page.limit, 2);
    assert.equal(page.offset, 1);
    assert.ok(page.total_count >= 3);
  });

  test("a product shows its prices as they were given, and is created once", async () => {
    await createChatCustomer(client);
    const prices = [
      price("Request", "request", "USD", { usage_type: "unit" }, { unit_price: "0.01" }),
      price("Bytes", "bytes", "USD", { usage_type: "volume", volume_field: "n" }, { volume_rate: "0.00000001" }),
      price(
        "Both",
        "both",
        "USD",
        { usage_type: "unit_and_volume", volume_field: "n" },
        { unit_price: 0.5, volume_rate: "1.10", package_size: 1000 },
      ),
    ];
    const body = { code: "bundle", name: "Bundle", publish: true, prices };
    const first = await client.post("/v1/products", body);
    const { id, ...created } = expectStatus(first, 201);
    assert.match(id, /^prp_[0-9a-z]{26}$/);
    assert.deepEqual(created, { code: "bundle", version: 1, status: "published", is_default: true });
    const again = await client.post("/v1/products", body);
    assert.equal(again.text, first.text);
    assert.deepEqual([again.status, isReplay(first), isReplay(again)], [201, false, true]);

    const product = expectStatus(await client.get(`/v1/products/${id}`), 200);
    assert.equal(product.name, "Bundle");
    assert.equal(product.versions.length, 1);
    assert.equal(product.versions[0].status, "published");
    const shown = product.default_version.prices;
    assert.equal(new Set(shown.map((one: Json) => one.id)).size, 3);
    const values = shown.map((one: Json) => one.pricing[0].values[0]);
    assert.deepEqual(values, [
      { unit_price: "0.01" },
      { volume_rate: "0.00000001", package_size: "1" },
      { unit_price: "0.5", volume_rate: "1.1", package_size: "1000" },
    ]);
    assert.deepEqual(
      shown.map((one: Json) => one.usage_calculation),
      prices.map((one) => one.usage_calculation),
    );

    const dearer = { ...body, prices: prices.slice(0, 2) };
    expectProblem(await client.post("/v1/products", dearer), 409, "already_exists");
    const list = expectStatus(await client.get("/v1/products?code=bundle"), 200);
    assert.deepEqual(list.items, [{ id, code: "bundle", name: "Bundle" }]);
    assert.equal(list.total_count, 1);
    expectProblem(await client.get("/v1/products/bundle"), 404, "not_found");
  });
});

describe("customers", () => {
  test("are created once under an external id, with their subscription", async () => {
    await createChatCustomer(client);
    const external = uniqueId("acme");
    const body = {
      name: "Acme",
      external_id: external,
      email: "ada@acme.example",
      metadata: { plan: "gold" },
      subscriptions: [{ products: [{ code: "chat", version: "default" }] }],
    };
    const first = await client.post("/v1/customers", body);
    const created = expectStatus(first, 201);
    assert.match(created.id, /^cust_[0-9a-z]{26}$/);
    assert.equal(created.external_id, external);
    assert.deepEqual(created.metadata, { plan: "gold" });
    assert.equal(created.active_subscription_count, 1);
    const [subscription] = created.subscriptions;
    assert.match(subscription.id, /^sub_/);
    assert.equal(subscription.status, "active");
    assert.equal(subscription.products[0].code, "chat");
    assert.equal(subscription.products[0].version, 1);

    const again = await client.post("/v1/customers", body);
    assert.equal(again.text, first.text);
    assert.deepEqual([again.status, isReplay(first), isReplay(again)], [201, false, true]);
    assert.equal((await client.get(`/v1/customers/${created.id}`)).text, first.text);
    const other = expectProblem(await client.post("/v1/customers", { ...body, name: "Evil" }), 409, "already_exists");
    assert.ok(other.detail.includes(created.id), "the conflict names the customer that exists");
    assert.equal((await client.get(`/v1/customers/${created.id}`)).body.name, "Acme");
  });

  test("are found by external id, e-mail and name, without their subscriptions", async () => {
    const external = uniqueId("find me");
    const body = { name: uniqueId("Grace"), external_id: external, email: `${uniqueId("g")}@example.com` };
    const { id } = expectStatus(await client.post("/v1/customers", body), 201);
    const queries = { external_id: external, email: body.email, name: body.name, customer_id: id };
    for (const [field, value] of Object.entries(queries)) {
      const page = expectStatus(await client.get(`/v1/customers?${field}=${encodeURIComponent(value)}`), 200);
      assert.equal(page.total_count, 1, field);
      assert.equal(page.items[0].id, id);
      assert.equal(page.items[0].subscriptions, undefined);
    }
    const none = expectStatus(await client.get("/v1/customers?external_id=nobody"), 200);
    assert.deepEqual(none.items, []);
    const page = expectStatus(await client.get("/v1/customers?limit=1"), 200);
    assert.equal(page.items.length, 1);
    assert.ok(page.total_count > 1);
  });

  test("without an external id are new each time", async () => {
    const first = expectStatus(await client.post("/v1/customers", { name: "Anonymous" }), 201);
    const second = expectStatus(await client.post("/v1/customers", { name: "Anonymous" }), 201);
    assert.notEqual(first.id, second.id);
    assert.deepEqual(first.subscriptions, []);
    assert.deepEqual(expectStatus(await client.get(`/v1/customers/${first.id}/wallet`), 200).accounts, []);
  });

  test("need products that exist, each of them once", async () => {
    const unknown = { name: "X", subscriptions: [{ products: [{ code: "chat" }] }, { products: [{ code: "nope" }] }] };
    const problem = expectProblem(await client.post("/v1/customers", unknown), 422, "validation_failed");
    assert.deepEqual(Object.keys(problem.errors), ["subscriptions[1].products[0].code"]);
    const twice = { name: "X", subscriptions: [{ products: [{ code: "chat" }, { code: "chat" }] }] };
    expectProblem(await client.post("/v1/customers", twice), 422, "validation_failed");
  });

  test("are named by either id, and both name the same wallet", async () => {
    const { id, externalId } = await createChatCustomer(client, "10");
    const ask = { asset: "USD", amount: "1" };
    const byExternal = { id: uniqueId("a"), customer_external_id: externalId, ...ask };
    const byId = { id: uniqueId("a"), customer_id: id, ...ask };
    for (const body of [byExternal, byId]) {
      assert.equal(expectStatus(await client.post("/v1/authorize", body), 200).decision, "approved");
    }
    assert.deepEqual(await usd(id), { balance: "10", held: "2", available: "8" });
  });
});

describe("the wallet", () => {
  test("has an account for every asset of its prices, from the first moment", async () => {
    const { id } = await createChatCustomer(client);
    const wallet = expectStatus(await client.get(`/v1/customers/${id}/wallet`), 200);
    const nothing = { restricted: [], overdraft: "0" };
    const zero = { available: "0", balance: "0", held: "0", pending_in: "0", pending_out: "0", ...nothing };
    const account = { id: "default:USD", name: "default", asset: "USD", ...zero };
    assert.deepEqual(wallet, { customer_id: id, accounts: [account], seq: 2 });
    assert.deepEqual(expectStatus(await client.get(`/v1/customers/${id}/wallet/default%3AUSD`), 200), account);
    expectProblem(await client.get(`/v1/customers/${id}/wallet/default:EUR`), 404, "not_found");
  });

  test("takes credit and debit by hand, and shows each as a transaction", async () => {
    const { id } = await createChatCustomer(client);
    const adjustments = `/v1/customers/${id}/wallet/adjustments`;
    const up = {
      transaction_id: uniqueId("tx"),
      asset: "USD",
      amount: "12.50",
      reason: "gift",
      description: "Welcome",
      metadata: { campaign: "spring" },
    };
    const plus = expectStatus(await client.post(adjustments, up), 201);
    assert.equal(plus.id, up.transaction_id);
    assert.equal(plus.type, "adjustment");
    assert.equal(plus.amount, "12.5");
    assert.equal(plus.account_id, "default:USD");
    assert.deepEqual(plus.metadata, up.metadata);

    const down = { transaction_id: uniqueId("tx"), asset: "USD", amount: -2.5, reason: "other" };
    const minus = expectStatus(await client.post(adjustments, down), 201);
    assert.equal(minus.amount, "-2.5");

    const fee = { transaction_id: uniqueId("tx"), asset: "USD", amount: "0.000000000001", subject: "run_1" };
    const charge = expectStatus(await client.post(`/v1/customers/${id}/wallet/charges`, fee), 201);
    assert.equal(charge.type, "fee");
    assert.equal(charge.amount, "-0.000000000001");
    assert.equal(charge.subject, "run_1");

    assert.deepEqual(await usd(id), { balance: "9.999999999999", held: "0", available: "9.999999999999" });
    for (const transaction of [plus, minus, charge]) {
      const shown = await client.get(`/v1/customers/${id}/wallet/transactions/${transaction.id}`);
      assert.deepEqual(expectStatus(shown, 200), transaction);
    }
    expectProblem(await client.get(`/v1/customers/${id}/wallet/transactions/nope`), 404, "not_found");
  });

  test("takes back a charge, once, and what is left of a grant", async () => {
    const { id } = await createChatCustomer(client, "10");
    const wallet = `/v1/customers/${id}/wallet`;
    const charge = { transaction_id: "charged", asset: "USD", amount: "4" };
    expectStatus(await client.post(`${wallet}/charges`, charge), 201);
    const reversal = { transaction_id: "charged", reason: "twice" };
    expectStatus(await client.post(`${wallet}/reversals`, reversal), 201);

    const wire = { transaction_id: uniqueId("tx"), asset: "USD", amount: "5", reason: "external_topup" };
    expectStatus(await client.post(`${wallet}/adjustments`, wire), 201);
    const refund = { refund_id: uniqueId("rf"), payment_id: wire.transaction_id };
    const asked = expectStatus(await client.post(`${wallet}/refunds`, { ...refund, preview: true }), 200);
    assert.equal(asked.taken[0].amount, "5");
    const refunded = expectStatus(await client.post(`${wallet}/refunds`, refund), 201);
    assert.deepEqual(refunded.taken, asked.taken);
    const found = expectStatus(await client.get(`${wallet}/transactions/${refund.refund_id}`), 200);
    assert.deepEqual(found, refunded);
    expectStatus(await client.send("PUT", `${wallet}/freeze`, { frozen: true }), 200);
    assert.equal(expectStatus(await client.get(wallet), 200).freezes[0].cause, "manual");
    expectStatus(await client.send("PUT", `${wallet}/freeze`, { frozen: false }), 200);
    assert.deepEqual(await usd(id), { balance: "10", held: "0", available: "10" });
    const gift = { transaction_id: "gift", asset: "USD", amount: "3", reason: "gift" };
    expectStatus(await client.post(`${wallet}/adjustments`, gift), 201);
    const { items } = expectStatus(await client.get(`${wallet}/default:USD/grants`), 200);
    const grant = items.find((one: Json) => one.original === "3");
    expectStatus(await client.post(`${wallet}/grants/${grant.id}/void`, { reason: "mistake" }), 200);
    assert.deepEqual(await usd(id), { balance: "10", held: "0", available: "10" });
  });

  test("estimates a capture without its volume, lists what has no price, and prices each once", async () => {
    const { id } = await createChatCustomer(client, "10");
    const wallet = `/v1/customers/${id}/wallet`;
    const most = { event_type: "chat", data: { input_tokens: 0, output_tokens: 100_000 } };
    const asked = await client.post("/v1/authorize", { id: "null", customer_id: id, events: [most] });
    const { hold } = expectStatus(asked, 200);
    const used = { event_type: "chat", data: { input_tokens: 0, output_tokens: null } };
    const body = { events: [used, { event_type: "coffee" }] };
    const captured = expectStatus(await client.post(`/v1/holds/${hold.id}/capture`, body), 200);
    assert.deepEqual([captured.estimated, captured.unpriced], [[0], [1]]);
    assert.deepEqual(captured.captured, [{ asset: "USD", amount: "1" }]);

    const listed = expectStatus(await client.get(`${wallet}/unpriced`), 200);
    assert.deepEqual(
      listed.items.map((one: Json) => [one.event_type, one.estimated, one.charged, one.hold_id]),
      [
        ["chat", true, [{ asset: "USD", amount: "1" }], hold.id],
        ["coffee", false, [], hold.id],
      ],
    );
    const [chatted, coffee] = listed.items;
    const known = { event_id: chatted.event_id, data: { output_tokens: 40_000 } };
    const priced = expectStatus(await client.post(`${wallet}/pricings`, known), 201);
    assert.deepEqual([priced.charged, priced.given_back], [[], [{ asset: "USD", amount: "0.6" }]]);
    assert.deepEqual(await usd(id), { balance: "9.6", held: "0", available: "9.6" });
    assert.deepEqual(expectStatus(await client.post(`${wallet}/pricings`, known), 201), priced);
    expectProblem(await client.post(`${wallet}/pricings`, { event_id: coffee.event_id }), 422, "price_missing");

    const event = expectStatus(await client.get(`/v1/events/${chatted.event_id}`), 200);
    assert.deepEqual([event.estimated, event.priced_by], [true, priced.id]);
    const left = expectStatus(await client.get(`${wallet}/unpriced`), 200).items;
    assert.deepEqual(
      left.map((one: Json) => one.event_id),
      [coffee.event_id],
    );
    const { items } = expectStatus(await client.get(`${wallet}/entries`), 200);
    assert.deepEqual([items[0].type, items[0].prices], ["usage_priced", chatted.entry]);
    assert.deepEqual([items[1].unpriced, items[1].estimated, items[1].priced_by], [[1], [0], [items[0].seq]]);
  });

  test("posts a charge below zero, denies the next authorization, and repays debt first", async () => {
    const { id } = await createChatCustomer(client, "1");
    const charge = { transaction_id: uniqueId("tx"), asset: "USD", amount: "3" };
    expectStatus(await client.post(`/v1/customers/${id}/wallet/charges`, charge), 201);
    assert.deepEqual(await usd(id), { balance: "-2", held: "0", available: "-2" });
    const ask = { id: uniqueId("a"), customer_id: id, asset: "USD", amount: "0.01" };
    const denied = expectStatus(await client.post("/v1/authorize", ask), 200);
    assert.equal(denied.decision, "denied");
    assert.deepEqual(denied.shortfall, [{ asset: "USD", amount: "2.01" }]);
    await credit(client, id, "5");
    assert.deepEqual(await usd(id), { balance: "3", held: "0", available: "3" });
    const [newest] = expectStatus(await client.get(`/v1/customers/${id}/wallet/entries?limit=1`), 200).items;
    assert.equal(JSON.parse(newest.record).fact.repaid, "2", "the entry says how much of it repaid debt");
  });

  test("shows its grants in the order of consumption", async () => {
    const { id } = await createChatCustomer(client);
    const post = (amount: string, reason: string, more: object = {}) =>
      client.post(`/v1/customers/${id}/wallet/adjustments`, {
        transaction_id: uniqueId("tx"),
        asset: "USD",
        amount,
        reason,
        ...more,
      });
    expectStatus(await post("1", "external_topup"), 201);
    expectStatus(await post("2", "gift"), 201);
    expectStatus(await post("3", "external_topup", { expires_at: "2999-01-01T00:00:00+01:00" }), 201);
    expectStatus(await post("4", "gift", { effective_at: "2998-01-01T00:00:00Z" }), 201);
    const path = `/v1/customers/${id}/wallet/default:USD/grants`;
    const { items, total_count } = expectStatus(await client.get(path), 200);
    assert.equal(total_count, 4);
    const shown = items.map((one: Json) => `${one.original} ${one.purpose} until ${one.expires_at}`);
    assert.deepEqual(shown, [
      "3 paid until 2998-12-31T23:00:00Z",
      "2 promotion until null",
      "4 promotion until null",
      "1 paid until null",
    ]);
    assert.equal((await usd(id)).available, "6", "credit of the future is not available yet");
    const paid = expectStatus(await client.get(`${path}?purpose=paid&limit=1`), 200);
    assert.equal(paid.total_count, 2);
    assert.equal(paid.items.length, 1);

    // 4 are spent: 3 of the first grant, then 1 of the second; the others stay whole.
    expectStatus(await capture((await hold(id, "4")).id), 200);
    const left = expectStatus(await client.get(path), 200).items;
    assert.deepEqual(
      left.map((one: Json) => `${one.available} of ${one.original}`),
      ["1 of 2", "4 of 4", "1 of 1", "0 of 3"],
    );
  });

  test("lists its entries newest first, by cursor, chained by hashes that anybody can check", async () => {
    const { id } = await createChatCustomer(client);
    for (let count = 0; count < 7; count += 1) await credit(client, id, "1");
    const entries: Json[] = [];
    let cursor = "";
    let pages = 0;
    for (;;) {
      const query = `limit=4${cursor && `&cursor=${cursor}`}`;
      const page = expectStatus(await client.get(`/v1/customers/${id}/wallet/entries?${query}`), 200);
      entries.push(...page.items);
      pages += 1;
      // What is written meanwhile does not move the pages that follow.
      if (pages === 1) await credit(client, id, "1");
      if (page.next === null) break;
      cursor = page.next;
    }
    assert.equal(pages, 3);
    assert.deepEqual(
      entries.map((entry) => entry.seq),
      [9, 8, 7, 6, 5, 4, 3, 2, 1],
    );
    assert.equal(entries.at(-1).type, "wallet_opened");
    assert.equal(entries[0].type, "credited");
    assert.equal(entries[0].balances[0].balance, "7");

    let previous = "0".repeat(64);
    for (const { record, hash, format, seq: own } of entries.toReversed()) {
      const expected = createHash("sha256").update(previous).update(record).digest("hex");
      assert.equal(hash, expected, `entry ${own}`);
      assert.equal(JSON.parse(record).v, format);
      previous = hash;
    }
  });
});

describe("prices", () => {
  test("compute each fee exactly and round it once, half to even", async () => {
    await asset("COIN", 2);
    const volume = { usage_type: "volume", volume_field: "n" };
    const both = { usage_type: "unit_and_volume", volume_field: "n" };
    const id = await customerOf([
      price("Unit", "unit", "COIN", { usage_type: "unit" }, { unit_price: "0.25" }),
      price("Volume", "volume", "COIN", volume, { volume_rate: "0.005" }),
      price("Package", "package", "COIN", volume, { volume_rate: "10", package_size: "3000" }),
      price("Both", "both", "COIN", both, { unit_price: "0.004", volume_rate: "0.004" }),
    ]);
    const cases: [string, string | number, string][] = [
      ["unit", 7, "0.25"],
      ["volume", 1, "0"],
      ["volume", 3, "0.02"],
      ["volume", "5.0", "0.02"],
      ["volume", 0, "0"],
      ["package", 1000, "3.33"],
      ["package", "2000", "6.67"],
      ["package", 1.5, "0"],
      ["both", 1, "0.01"],
      ["both", 0, "0"],
    ];
    const events = cases.map(([event_type, n], place) => ({
      id: uniqueId("event"),
      occurred_at: RECENTLY,
      event_type,
      subject: `case ${place}`,
      data: { n },
    }));
    const headers = { prefer: "respond-async, return=representation" };
    const reply = expectStatus(await client.post("/v1/events", { customer_id: id, events }, { headers }), 200);
    assert.deepEqual(
      reply.fees.map((fee: Json) => fee.amount),
      cases.map(([, , fee]) => fee),
    );
    const fees = new Map<string, Json>(reply.fees.map((fee: Json) => [fee.usage_id, fee]));
    const packaged = fees.get(events[5]?.id ?? "");
    assert.equal(packaged.usage_type, "volume");
    assert.equal(packaged.input_volume, "1000");
    assert.equal(packaged.volume_rate, "10");
    assert.equal(packaged.package_size, "3000");
    assert.equal(packaged.currency, "COIN");
    assert.equal(fees.get(events[8]?.id ?? "").usage_type, "unit_and_volume");
    assert.equal(reply.balances[0].balance, "-10.3");
  });

  test("can be tried without a customer", async () => {
    await asset("COIN", 2);
    const prices = [
      price("Volume", "volume", "COIN", { usage_type: "volume", volume_field: "n" }, { volume_rate: "0.005" }),
    ];
    const product = { code: uniqueId("product"), name: "Tried", publish: true, prices };
    const { id } = expectStatus(await client.post("/v1/products", product), 201);
    const events = [{ id: "evt", event_type: "volume", data: { n: 3 } }];
    const path = `/v1/products/${id}/default/simulate-usage`;
    const { fees, warnings } = expectStatus(await client.post(path, { events }), 200);
    assert.deepEqual([fees.length, fees[0].amount, fees[0].usage_id, warnings], [1, "0.02", "evt", undefined]);
  });

  test("are copied when the customer subscribes; another product under another code is nobody's yet", async () => {
    const id = await customerOf([price("Old", "job", "USD", { usage_type: "unit" }, { unit_price: "1" })]);
    await customerOf([price("New", "job", "USD", { usage_type: "unit" }, { unit_price: "9" })]);
    await credit(client, id, "5");
    const ask = { id: uniqueId("a"), customer_id: id, events: [{ event_type: "job" }] };
    const reply = expectStatus(await client.post("/v1/authorize", ask), 200);
    assert.deepEqual(reply.hold.amounts, [{ asset: "USD", amount: "1" }]);
    assert.equal(reply.fees[0].price_name, "Old");
  });
});

describe("events", () => {
  const event = (id: string, more: object = chat(400, 100)) => ({ id, occurred_at: RECENTLY, ...more });
  const represent = { headers: { prefer: "return=representation" } };

  test("post their fees: 204 alone, 200 with fees, balances and warnings when asked for", async () => {
    const { id, externalId } = await createChatCustomer(client, "5");
    const silent = await client.post("/v1/events", { customer_external_id: externalId, events: [event("quiet")] });
    expectStatus(silent, 204);
    assert.equal(silent.text, "");
    assert.equal(silent.headers.get("content-type"), null);
    const body = { customer_id: id, events: [event("loud"), event("unpriced", { event_type: "coffee" })] };
    const reply = expectStatus(await client.post("/v1/events", body, represent), 200);
    assert.deepEqual(
      reply.events.map((one: Json) => one.id),
      ["loud", "unpriced"],
    );
    assert.deepEqual(
      reply.fees.map((fee: Json) => `${fee.usage_id} ${fee.price_name} ${fee.amount}`),
      ["loud Input 0.001", "loud Output 0.001"],
    );
    const account = { account: "default:USD", asset: "USD" };
    assert.deepEqual(reply.balances, [{ ...account, balance: "4.996", held: "0", available: "4.996" }]);
    assert.equal(reply.warnings.length, 1);
    assert.match(reply.warnings[0], /^events\[1\]: no price .* coffee/);
    assert.equal((await usd(id)).balance, "4.996");
  });

  test("warn where an event lacks the field that a price multiplies", async () => {
    const { id } = await createChatCustomer(client);
    const body = { customer_id: id, events: [event("half", { event_type: "chat", data: { input_tokens: 1000 } })] };
    const reply = expectStatus(await client.post("/v1/events", body, represent), 200);
    assert.deepEqual(
      reply.fees.map((fee: Json) => fee.amount),
      ["0.0025"],
    );
    assert.match(reply.warnings[0], /output_tokens is missing/);
  });

  test("are facts: they post below zero, in spite of any hold", async () => {
    const { id } = await createChatCustomer(client, "1");
    await hold(id, "1");
    expectStatus(await client.post("/v1/events", { customer_id: id, events: [event("big", chat(0, 200_000))] }), 204);
    assert.deepEqual(await usd(id), { balance: "-1", held: "1", available: "-2" });
  });

  test("post once for ever, however often and in whatever batch they come", async () => {
    const { id } = await createChatCustomer(client, "5");
    const first = { customer_id: id, events: [event("once")] };
    assert.equal(isReplay(await client.post("/v1/events", first)), false);
    assert.equal(isReplay(await client.post("/v1/events", first)), true);
    const told = await client.post("/v1/events", first, represent);
    assert.equal(isReplay(told), true);
    assert.equal(told.body.balances[0].balance, "4.998");
    const again = await client.post("/v1/events", first, represent);
    assert.equal(again.text, told.text);

    // A batch in which one is new is not a replay; the known one costs nothing again.
    const mixed = await client.post(
      "/v1/events",
      { customer_id: id, events: [event("new"), event("once")] },
      represent,
    );
    assert.equal(isReplay(mixed), false);
    assert.equal(
      mixed.body.balances[0].balance,
      "4.996",
      "the balance after the newest entry, not after the last event",
    );
    const twice = await client.post("/v1/events", { customer_id: id, events: [event("two"), event("two")] });
    expectStatus(twice, 204);
    assert.equal((await usd(id)).balance, "4.994");
    const other = { customer_id: id, events: [event("fine"), event("once", chat(1, 1))] };
    const problem = expectProblem(await client.post("/v1/events", other), 422, "operation_id_reused");
    assert.match(problem.detail, /events\[1\]/);
    expectProblem(await client.get(`/v1/events/fine?customer_id=${id}`), 404, "not_found");
  });

  test("of a batch are recorded all or not at all, and the bad one is named", async () => {
    const { id } = await createChatCustomer(client, "5");
    const before = await seq(id);
    const bad = event("bad", { event_type: "chat", data: { input_tokens: "many", output_tokens: 1 } });
    const body = { customer_id: id, events: [event("good"), bad] };
    const problem = expectProblem(await client.post("/v1/events", body), 422, "usage_not_a_number");
    assert.deepEqual(Object.keys(problem.errors), ["events[1].data.input_tokens"]);
    assert.match(problem.detail, /Nothing of the batch was recorded/);
    assert.equal(await seq(id), before);
    // The id of the good one is still free, also for another body.
    expectStatus(await client.post("/v1/events", { customer_id: id, events: [event("good", chat(1, 1))] }), 204);
  });

  test("are found at once where the customer is named, and by the index within moments", async () => {
    const { id, externalId } = await createChatCustomer(client, "5");
    const eventId = uniqueId("a/b?c ü");
    const sent = event(eventId, {
      event_type: "chat",
      occurred_at: RECENTLY.replace("Z", ".789+01:00"),
      subject: "run_7",
      description: "A chat",
      data: { input_tokens: 400, output_tokens: 100, model: "gpt-x", cached: true, share: 0.25 },
    });
    expectStatus(await client.post("/v1/events", { customer_id: id, events: [sent] }), 204);
    const path = `/v1/events/${encodeURIComponent(eventId)}`;
    const shown = expectStatus(await client.get(`${path}?customer_id=${id}`), 200);
    const { created_at, fees, ...rest } = shown;
    assert.deepEqual(rest, {
      id: eventId,
      customer_id: id,
      event_type: "chat",
      occurred_at: new Date(Date.parse(RECENTLY) - 3_600_000 + 789).toISOString(),
      subject: "run_7",
      description: "A chat",
      data: { input_tokens: 400, output_tokens: 100, model: "gpt-x", cached: true, share: 0.25 },
      costs: [],
      stats: { gross_revenue: "0.002", total_costs: "0", net_revenue: "0.002", margin: "100", currency: "USD" },
      warnings: [],
    });
    assert.match(created_at, /Z$/);
    assert.equal(fees.length, 2);
    assert.equal(fees[0].product_code, "chat");
    assert.equal(fees[0].product_version, 1);
    const external = encodeURIComponent(externalId);
    assert.deepEqual((await client.get(`${path}?customer_external_id=${external}`)).body, shown);
    assert.deepEqual(expectStatus(await indexedEvent(client, eventId), 200), shown);
  });

  test("of several customers may share an id; then the customer has to be named", async () => {
    const [one, two] = [await createChatCustomer(client), await createChatCustomer(client)];
    const id = uniqueId("shared");
    for (const customer of [one, two]) {
      expectStatus(await client.post("/v1/events", { customer_id: customer.id, events: [event(id)] }), 204);
    }
    const ambiguous = async () => (await client.get(`/v1/events/${id}`)).status === 409;
    await eventually(ambiguous, "the index knows both");
    expectProblem(await client.get(`/v1/events/${id}`), 409, "already_exists");
    assert.equal((await client.get(`/v1/events/${id}?customer_id=${two.id}`)).body.customer_id, two.id);
  });

  test("are listed and counted, as far as the wallet is asked; events.test.ts and stats.test.ts tell more", async () => {
    const { id } = await createChatCustomer(client, "5");
    const costs = [{ id: "c", vendor_id: "vnd_journey", amount: "0.0005" }];
    const directory = openDirectory(server.persist);
    const vendor = "INSERT INTO vendor (account_id, mode, id, name, request, created_at) VALUES (?, ?, ?, ?, '', ?)";
    directory.prepare(vendor).run("acc_default", "test", "vnd_journey", "Vendor", RECENTLY);
    directory.close();
    const settings = { id: "s", late_events_days: 7 };
    expectStatus(await client.send("PUT", `/v1/customers/${id}/wallet/settings`, settings), 200);
    expectStatus(await client.get(`/v1/customers/${id}/wallet/settings`), 200);
    const sent = { customer_id: id, events: [event("counted", { ...chat(400, 100), costs })] };
    expectStatus(await client.post("/v1/events", sent), 204);
    const { items } = expectStatus(await client.get(`/v1/events?customer_id=${id}`), 200);
    assert.deepEqual([items.length, items[0].id, items[0].stats.margin], [1, "counted", "75"]);
    assert.equal(expectStatus(await client.get(`/v1/customers/${id}/stats`), 200).net_revenue, "0.0015");
    expectStatus(await client.get("/v1/customers/stats"), 200);
    assert.equal(expectStatus(await client.get("/v1/vendors/vnd_journey/stats"), 200).total_costs, "0.0005");
  });

  test("may be 1,000 in one batch", async () => {
    const { id } = await createChatCustomer(client, "10");
    const events = Array.from({ length: 1000 }, (_, place) => event(`batch_${place}`));
    const reply = expectStatus(await client.post("/v1/events", { customer_id: id, events }, represent), 200);
    assert.equal(reply.events.length, 1000);
    assert.equal(reply.fees.length, 2000);
    assert.equal(reply.balances[0].balance, "8");
    assert.equal(await seq(id), 1003, "one row for each event");
  });
});

describe("authorize", () => {
  test("holds the most that the work can cost, for 300 seconds when nothing else is said", async () => {
    const { id, externalId } = await createChatCustomer(client, "5");
    const body = { id: "req_1", customer_external_id: externalId, subject: "run_7", events: [chat(374, 4096)] };
    const reply = expectStatus(await client.post("/v1/authorize", body), 200);
    assert.equal(reply.decision, "approved");
    assert.equal(reply.hold.status, "open");
    assert.equal(reply.hold.subject, "run_7");
    assert.deepEqual(reply.hold.amounts, [{ asset: "USD", amount: "0.041895" }]);
    assert.equal(seconds(reply.hold), 300);
    assert.deepEqual(
      reply.fees.map((fee: Json) => fee.amount),
      ["0.000935", "0.04096"],
    );
    const after = { balance: "5", held: "0.041895", available: "4.958105" };
    assert.deepEqual(reply.balances, [{ account: "default:USD", asset: "USD", ...after }]);
    assert.equal(reply.capped, undefined);
    assert.deepEqual(await usd(id), after);
    const account = expectStatus(await client.get(`/v1/customers/${id}/wallet/default:USD`), 200);
    assert.equal(account.pending_out, "0.041895");
    assert.equal(seconds(await hold(id, "1", { expires_in: 86_400 })), 86_400);
    assert.equal(seconds(await hold(id, "1", { expires_in: 1 })), 1);
  });

  test("denies with 200, says what is missing and where to top up, and holds nothing", async () => {
    const { id } = await createChatCustomer(client, "5");
    const before = await seq(id);
    const body = { id: "big", customer_id: id, events: [chat(0, 600_000)] };
    const denied = expectStatus(await client.post("/v1/authorize", body), 200);
    const money = (amount: string) => [{ asset: "USD", amount }];
    const [{ price_id: _, ...volume }] = denied.affordable[0].volumes;
    delete denied.affordable[0].volumes[0].price_id;
    assert.deepEqual(volume, {
      ...{ event: 0, volume_field: "output_tokens" },
      ...{ requested: "600000", affordable: "500000" },
    });
    assert.deepEqual(denied, {
      decision: "denied",
      code: "insufficient_funds",
      detail: "The wallet does not have enough available. Top up, then send the same call again.",
      retryable: true,
      required: money("6"),
      available: money("5"),
      shortfall: money("1"),
      affordable: [{ ...money("5")[0], volumes: [volume] }],
      topup_url: `https://example.com/topup/${id}`,
    });
    assert.deepEqual(await usd(id), { balance: "5", held: "0", available: "5" });
    assert.equal(await seq(id), before, "a refusal writes nothing");
  });

  test("approves everything to the last digit, and not one digit more", async () => {
    const { id } = await createChatCustomer(client, "5");
    const ask = (amount: string) => client.post("/v1/authorize", { id: amount, customer_id: id, asset: "USD", amount });
    assert.equal((await ask("5.000000000001")).body.decision, "denied");
    assert.equal((await ask("5")).body.decision, "approved");
    assert.equal((await ask("0.000000000001")).body.decision, "denied");
    assert.deepEqual(await usd(id), { balance: "5", held: "5", available: "0" });
  });

  test("caps usage to what the wallet affords: exactly that much passes, one more is denied", async () => {
    const cases: [credit: string, input: number, output: number][] = [
      ["5", 374, 4_096_000],
      ["1.000003", 0, 200_000],
      ["0.00001", 0, 7],
      ["0.000002500001", 1, 1],
      ["0.1", 90_000, 1],
    ];
    for (const [amount, input, output] of cases) {
      const { id } = await createChatCustomer(client, amount);
      const ask = (name: string, events: object[], on_insufficient: string) =>
        client.post("/v1/authorize", { id: name, customer_id: id, events, on_insufficient });
      const capped = expectStatus(await ask("cap", [chat(input, output)], "cap"), 200);
      assert.equal(capped.decision, "approved", amount);
      assert.equal(capped.capped, true);
      const clamped: Record<string, number> = { input_tokens: input, output_tokens: output };
      for (const cap of capped.caps) {
        assert.equal(cap.event, 0);
        assert.equal(cap.requested, String(clamped[cap.volume_field]));
        clamped[cap.volume_field] = Number(cap.affordable);
      }
      const last = capped.caps[0].volume_field;
      expectStatus(await client.post(`/v1/holds/${capped.hold.id}/release`), 200);

      const exactly = { event_type: "chat", data: clamped };
      const fits = expectStatus(await ask("fits", [exactly], "deny"), 200);
      assert.equal(fits.decision, "approved", `${JSON.stringify(clamped)} of ${amount}`);
      assert.deepEqual(fits.hold.amounts, capped.hold.amounts);
      expectStatus(await client.post(`/v1/holds/${fits.hold.id}/release`), 200);

      const more = { event_type: "chat", data: { ...clamped, [last]: (clamped[last] ?? 0) + 1 } };
      assert.equal((await ask("more", [more], "deny")).body.decision, "denied", `${JSON.stringify(more)} of ${amount}`);
    }
  });

  test("caps a plain amount to what there is, and denies when there is nothing", async () => {
    const { id } = await createChatCustomer(client, "5");
    const ask = (name: string) =>
      client.post("/v1/authorize", { id: name, customer_id: id, asset: "USD", amount: "8", on_insufficient: "cap" });
    const first = expectStatus(await ask("one"), 200);
    assert.equal(first.capped, true);
    assert.deepEqual(first.hold.amounts, [{ asset: "USD", amount: "5" }]);
    assert.equal(first.caps, undefined, "a plain amount has no field to clamp");
    const second = expectStatus(await ask("two"), 200);
    assert.equal(second.decision, "denied");
    assert.deepEqual(second.available, [{ asset: "USD", amount: "0" }]);
  });

  test("holds several assets, all or nothing", async () => {
    await asset("HOURS", 2);
    const id = await customerOf([
      price("Money", "train", "USD", { usage_type: "unit" }, { unit_price: "2" }),
      price("Time", "train", "HOURS", { usage_type: "volume", volume_field: "hours" }, { volume_rate: "1" }),
    ]);
    await credit(client, id, "10");
    const ask = (hours: number) =>
      client.post("/v1/authorize", {
        id: `train ${hours}`,
        customer_id: id,
        events: [{ event_type: "train", data: { hours } }],
      });
    const denied = expectStatus(await ask(3), 200);
    assert.equal(denied.decision, "denied");
    assert.deepEqual(denied.shortfall, [{ asset: "HOURS", amount: "3" }]);
    assert.equal((await usd(id)).held, "0");

    await credit(client, id, "4.5", "HOURS");
    const approved = expectStatus(await ask(3), 200);
    assert.deepEqual(approved.hold.amounts, [
      { asset: "USD", amount: "2" },
      { asset: "HOURS", amount: "3" },
    ]);
    expectProblem(await capture(approved.hold.id, { amount: "1" }), 422, "asset_required");
    const reply = expectStatus(await capture(approved.hold.id, { asset: "HOURS", amount: "2.25" }), 200);
    assert.deepEqual(reply.captured, [{ asset: "HOURS", amount: "2.25" }]);
    const released = [...reply.released].sort((a, b) => a.asset.localeCompare(b.asset));
    assert.deepEqual(released, [
      { asset: "HOURS", amount: "0.75" },
      { asset: "USD", amount: "2" },
    ]);
    const { accounts } = expectStatus(await client.get(`/v1/customers/${id}/wallet`), 200);
    assert.deepEqual(
      accounts.map((one: Json) => `${one.asset} ${one.available}`),
      ["HOURS 2.25", "USD 10"],
    );
  });

  test("prices several events together, and admits none that no price knows", async () => {
    const { id } = await createChatCustomer(client, "5");
    const [input, output] = [chat(1_000_000, 0), chat(0, 100_000)];
    const body = { id: "two", customer_id: id, events: [input, { event_type: "coffee" }, output] };
    const denied = expectStatus(await client.post("/v1/authorize", body), 200);
    assert.deepEqual([denied.decision, denied.code], ["denied", "price_missing"]);
    assert.equal(denied.missing.length, 1);
    assert.equal(denied.missing[0].event, 1);
    const reply = expectStatus(await client.post("/v1/authorize", { ...body, events: [input, output] }), 200);
    assert.deepEqual(reply.hold.amounts, [{ asset: "USD", amount: "3.5" }]);
  });

  test("refuses an amount that is finer than its asset", async () => {
    await asset("CENTS", 2);
    const { id } = await createChatCustomer(client);
    await credit(client, id, "10", "CENTS");
    const ask = (amount: string) =>
      client.post("/v1/authorize", { id: amount, customer_id: id, asset: "CENTS", amount });
    expectProblem(await ask("0.001"), 422, "too_precise");
    assert.equal(expectStatus(await ask("0.010"), 200).decision, "approved");
    const adjustment = { transaction_id: uniqueId("tx"), asset: "CENTS", amount: "1.005", reason: "gift" };
    expectProblem(await client.post(`/v1/customers/${id}/wallet/adjustments`, adjustment), 422, "too_precise");
    const charge = { transaction_id: uniqueId("tx"), asset: "CENTS", amount: "1.005" };
    expectProblem(await client.post(`/v1/customers/${id}/wallet/charges`, charge), 422, "too_precise");
  });

  const seconds = (one: Json) => (Date.parse(one.expires_at) - Date.parse(one.authorized_at)) / 1000;
});

describe("a hold", () => {
  test("is captured with what was really used, and the rest is released at once", async () => {
    const { id } = await createChatCustomer(client, "5");
    const body = { id: "req", customer_id: id, events: [chat(374, 4096)] };
    const { hold: held } = expectStatus(await client.post("/v1/authorize", body), 200);
    const reply = expectStatus(await capture(held.id, { events: [chat(374, 44)] }), 200);
    assert.deepEqual(reply.hold, { id: held.id, status: "captured" });
    assert.deepEqual(reply.captured, [{ asset: "USD", amount: "0.001375" }]);
    assert.deepEqual(reply.released, [{ asset: "USD", amount: "0.04052" }]);
    assert.equal(reply.fees.length, 2);
    assert.deepEqual(await usd(id), { balance: "4.998625", held: "0", available: "4.998625" });
  });

  test("is captured by amount, and without a body for everything it has", async () => {
    const { id } = await createChatCustomer(client, "5");
    const byAmount = expectStatus(await capture((await hold(id, "2")).id, { amount: "0.50" }), 200);
    assert.deepEqual(byAmount.captured, [{ asset: "USD", amount: "0.5" }]);
    assert.deepEqual(byAmount.released, [{ asset: "USD", amount: "1.5" }]);
    const whole = expectStatus(await capture((await hold(id, "2")).id), 200);
    assert.deepEqual(whole.captured, [{ asset: "USD", amount: "2" }]);
    assert.deepEqual(whole.released, []);
    const nothing = expectStatus(await capture((await hold(id, "2")).id, { amount: "0" }), 200);
    assert.deepEqual(nothing.released, [{ asset: "USD", amount: "2" }]);
    assert.deepEqual(await usd(id), { balance: "2.5", held: "0", available: "2.5" });
  });

  test("is captured in parts, then for good", async () => {
    const { id } = await createChatCustomer(client, "5");
    const held = await hold(id, "1");
    const part = { id: "part 1", asset: "USD", amount: "0.3", final: false };
    const first = await capture(held.id, part);
    assert.deepEqual(expectStatus(first, 200).hold, { id: held.id, status: "open" });
    assert.deepEqual(first.body.released, []);
    assert.deepEqual(await usd(id), { balance: "4.7", held: "0.7", available: "4" });
    const again = await capture(held.id, part);
    assert.equal(again.text, first.text);
    assert.equal(isReplay(again), true);
    expectProblem(await capture(held.id, { ...part, amount: "0.31" }), 422, "operation_id_reused");
    expectProblem(await capture(held.id, { amount: "0.1", final: false }), 422, "validation_failed");
    expectStatus(await capture(held.id, { ...part, id: "part 2", amount: "0.2" }), 200);

    const shown = expectStatus(await client.get(`/v1/holds/${held.id}`), 200);
    assert.deepEqual(shown.amounts, [{ asset: "USD", authorized: "1", captured: "0.5", amount: "0.5" }]);
    const final = expectStatus(await capture(held.id, { amount: "0.1" }), 200);
    assert.deepEqual(final.released, [{ asset: "USD", amount: "0.4" }]);
    assert.deepEqual(await usd(id), { balance: "4.4", held: "0", available: "4.4" });
    assert.equal((await capture(held.id, part)).text, first.text, "a part is replayed after the end, too");
    expectProblem(await capture(held.id, { ...part, id: "part 3" }), 409, "hold_already_ended");
  });

  test("is captured beyond what it held: the difference posts, even below zero", async () => {
    const { id } = await createChatCustomer(client, "5");
    const reply = expectStatus(await capture((await hold(id, "4")).id, { amount: "6" }), 200);
    assert.deepEqual(reply.captured, [{ asset: "USD", amount: "6" }]);
    assert.deepEqual(await usd(id), { balance: "-1", held: "0", available: "-1" });
  });

  test("is extended in time, never shortened", async () => {
    const { id } = await createChatCustomer(client, "5");
    const held = await hold(id, "1", { expires_in: 100 });
    const extend = (body: object) => client.post(`/v1/holds/${held.id}/extend`, body);
    const first = await extend({ id: "x1", expires_in: 1000 });
    const longer = Date.parse(expectStatus(first, 200).hold.expires_at);
    assert.ok(longer >= Date.parse(held.authorized_at) + 1_000_000, "counted from now");
    const again = await extend({ id: "x1", expires_in: 1000 });
    assert.equal(again.text, first.text);
    assert.equal(isReplay(again), true);
    expectProblem(await extend({ id: "x1", expires_in: 1001 }), 422, "operation_id_reused");
    const shorter = expectStatus(await extend({ id: "x2", expires_in: 1 }), 200);
    assert.equal(Date.parse(shorter.hold.expires_at), longer);
    assert.equal(Date.parse((await client.get(`/v1/holds/${held.id}`)).body.expires_at), longer);
  });

  test("is extended in amount as far as there is money, else 402 and nothing changes", async () => {
    const { id } = await createChatCustomer(client, "5");
    const held = await hold(id, "1");
    const extend = (body: object) => client.post(`/v1/holds/${held.id}/extend`, body);
    const more = expectStatus(await extend({ id: "x1", events: [chat(0, 100_000)] }), 200);
    assert.deepEqual(more.balances[0].held, "2");
    assert.equal(more.fees[1].amount, "1");
    const before = await seq(id);
    const refused = expectProblem(await extend({ id: "x2", asset: "USD", amount: "3.5" }), 402, "insufficient_funds");
    assert.equal(refused.retryable, true);
    assert.deepEqual(refused.shortfall, [{ asset: "USD", amount: "0.5" }]);
    assert.equal(await seq(id), before);
    await credit(client, id, "0.5");
    expectStatus(await extend({ id: "x2", asset: "USD", amount: "3.5" }), 200);
    const shown = expectStatus(await client.get(`/v1/holds/${held.id}`), 200);
    assert.deepEqual(shown.amounts, [{ asset: "USD", authorized: "5.5", captured: "0", amount: "5.5" }]);
    expectStatus(await capture(held.id), 200);
    assert.equal((await usd(id)).balance, "0");
    expectProblem(await extend({ id: "x3", expires_in: 10 }), 409, "hold_already_ended");
  });

  test("is released as a whole, once", async () => {
    const { id } = await createChatCustomer(client, "5");
    const held = await hold(id, "1");
    const release = (body?: object) => client.post(`/v1/holds/${held.id}/release`, body);
    const first = await release({ reason: "aborted" });
    assert.deepEqual(expectStatus(first, 200).hold, { id: held.id, status: "released", reason: "aborted" });
    assert.deepEqual(first.body.released, [{ asset: "USD", amount: "1" }]);
    assert.deepEqual(await usd(id), { balance: "5", held: "0", available: "5" });
    const again = await release({ reason: "aborted" });
    assert.equal(again.text, first.text);
    assert.equal(isReplay(again), true);
    expectProblem(await release(), 409, "hold_already_ended");
    expectProblem(await capture(held.id), 409, "hold_already_ended");
    const shown = expectStatus(await client.get(`/v1/holds/${held.id}`), 200);
    assert.equal(shown.status, "released");
    assert.equal(shown.amounts[0].amount, "0");
  });

  test("is captured once: the same answer again, anything else is a conflict", async () => {
    const { id } = await createChatCustomer(client, "5");
    const held = await hold(id, "1");
    const first = await capture(held.id, { events: [chat(400, 100)] });
    expectStatus(first, 200);
    for (const body of [{ events: [chat(400, 100)] }, { id: "named", final: true, events: [chat(400, 100)] }]) {
      const again = await capture(held.id, body);
      assert.equal(again.text, first.text);
      assert.equal(isReplay(again), true);
    }
    const conflict = expectProblem(await capture(held.id, { events: [chat(401, 100)] }), 409, "hold_already_ended");
    assert.match(conflict.detail, /captured/);
    assert.equal(conflict.retryable, false);
    expectProblem(await client.post(`/v1/holds/${held.id}/release`), 409, "hold_already_ended");
    assert.equal((await usd(id)).balance, "4.998");
  });

  test("that has expired gives its money back and still takes one late capture", async () => {
    const { id } = await createChatCustomer(client, "5");
    const [captured, released, untouched, early] = [
      await hold(id, "1", { expires_in: 1 }),
      await hold(id, "1", { expires_in: 1 }),
      await hold(id, "1", { expires_in: 1 }),
      await hold(id, "1", { expires_in: 1 }),
    ];
    const part = { id: "early part", amount: "0.25", final: false };
    expectStatus(await capture(early.id, part), 200);
    await sleep(Date.parse(early.expires_at) - Date.now() + 50);
    assert.deepEqual(await usd(id), { balance: "4.75", held: "0", available: "4.75" });
    const shown = expectStatus(await client.get(`/v1/holds/${untouched.id}`), 200);
    assert.equal(shown.status, "expired");
    assert.deepEqual(shown.amounts, [{ asset: "USD", authorized: "1", captured: "0", amount: "0" }]);
    expectProblem(await client.post(`/v1/holds/${released.id}/release`), 409, "hold_already_ended");
    const extend = client.post(`/v1/holds/${released.id}/extend`, { id: "x", expires_in: 60 });
    assert.match(expectProblem(await extend, 409, "hold_already_ended").detail, /expired/);

    const late = await capture(captured.id, { events: [chat(400, 100)] });
    assert.deepEqual(expectStatus(late, 200).hold, { id: captured.id, status: "captured", late: true });
    assert.deepEqual(late.body.captured, [{ asset: "USD", amount: "0.002" }]);
    const again = await capture(captured.id, { events: [chat(400, 100)] });
    assert.equal(again.text, late.text);
    assert.equal(isReplay(again), true);
    expectProblem(await capture(captured.id, { amount: "1" }), 409, "hold_already_ended");
    const after = expectStatus(await client.get(`/v1/holds/${captured.id}`), 200);
    assert.equal(after.status, "captured");
    assert.equal(after.late, true);

    const rest = expectStatus(await capture(early.id), 200);
    assert.deepEqual(rest.captured, [{ asset: "USD", amount: "0.75" }], "everything that it still had when it expired");
    assert.equal((await usd(id)).balance, "3.998");
  });

  test("is listed while it is open, oldest first, by cursor", async () => {
    const { id } = await createChatCustomer(client, "5");
    const holds = [await hold(id, "1"), await hold(id, "1"), await hold(id, "1"), await hold(id, "1")];
    expectStatus(await capture(holds[1].id), 200);
    const list = (query: string) => client.get(`/v1/customers/${id}/wallet/holds?${query}`);
    const first = expectStatus(await list("limit=2"), 200);
    assert.deepEqual(
      first.items.map((one: Json) => one.id),
      [holds[0].id, holds[2].id],
    );
    const second = expectStatus(await list(`limit=2&cursor=${first.next}`), 200);
    assert.deepEqual(
      second.items.map((one: Json) => one.id),
      [holds[3].id],
    );
    assert.equal(second.next, null);
  });
});

describe("the same operation again", () => {
  test("gets the same bytes, however its numbers and keys are written", async () => {
    const { id } = await createChatCustomer(client, "50");
    const ways = [
      `{"id":"n","customer_id":"${id}","asset":"USD","amount":20}`,
      `{"id":"n","customer_id":"${id}","asset":"USD","amount":20.0}`,
      `{"id":"n","customer_id":"${id}","asset":"USD","amount":"20"}`,
      `{"id":"n","customer_id":"${id}","asset":"USD","amount":"20.000"}`,
      `{"id":"n","customer_id":"${id}","asset":"USD","amount":2e1}`,
      `{"amount":2.0E+1,"asset":"USD",\n\t"customer_id":"${id}","id":"\\u006e"}`,
      `{"id":"n","customer_id":"${id}","asset":"USD","amount":20,"expires_in":300,"on_insufficient":"deny"}`,
      `{"id":"n","customer_id":"${id}","asset":"USD","amount":20,"events":null}`,
    ];
    const first = await client.post("/v1/authorize", ways[0]);
    expectStatus(first, 200);
    assert.equal(isReplay(first), false);
    for (const way of ways) {
      const again = await client.post("/v1/authorize", way);
      assert.equal(again.text, first.text, way);
      assert.equal(again.status, first.status);
      assert.equal(isReplay(again), true);
    }
    assert.equal((await usd(id)).held, "20");
    const others = [`"amount":"20.01"`, `"amount":20,"subject":"x"`, `"amount":20,"expires_in":301`];
    for (const other of others) {
      const body = `{"id":"n","customer_id":"${id}","asset":"USD",${other}}`;
      const problem = expectProblem(await client.post("/v1/authorize", body), 422, "operation_id_reused");
      assert.equal(problem.retryable, false);
    }
    assert.equal((await usd(id)).held, "20");
  });

  test("gets the first status, also for what creates something", async () => {
    const { id } = await createChatCustomer(client);
    const up = { transaction_id: "t", asset: "USD", amount: "5", reason: "gift" };
    const posts: [string, object, object][] = [
      ["adjustments", up, { ...up, reason: "other" }],
      ["charges", { transaction_id: "c", asset: "USD", amount: 1 }, { transaction_id: "c", asset: "USD", amount: 2 }],
    ];
    for (const [kind, body, other] of posts) {
      const path = `/v1/customers/${id}/wallet/${kind}`;
      const first = await client.post(path, body);
      expectStatus(first, 201);
      const again = await client.post(path, body);
      expectStatus(again, 201);
      assert.equal(again.text, first.text);
      assert.equal(isReplay(again), true);
      expectProblem(await client.post(path, other), 422, "operation_id_reused");
    }
    // An adjustment and a charge share the ids of transactions.
    const charge = { transaction_id: "t", asset: "USD", amount: "5" };
    expectProblem(await client.post(`/v1/customers/${id}/wallet/charges`, charge), 422, "operation_id_reused");
    assert.equal((await usd(id)).balance, "4");
  });

  test("is decided anew after a refusal: denied, topped up, approved under the same id", async () => {
    const { id } = await createChatCustomer(client, "1");
    const body = { id: "again", customer_id: id, asset: "USD", amount: "3" };
    assert.equal((await client.post("/v1/authorize", body)).body.decision, "denied");
    assert.equal((await client.post("/v1/authorize", body)).body.decision, "denied");
    await credit(client, id, "2");
    const approved = await client.post("/v1/authorize", body);
    assert.equal(approved.body.decision, "approved");
    assert.equal(isReplay(approved), false);
    // And what was approved stays approved, although there is nothing available any more.
    const again = await client.post("/v1/authorize", body);
    assert.equal(again.text, approved.text);
  });

  test("may be named by the Idempotency-Key header instead of an id", async () => {
    const { id } = await createChatCustomer(client, "10");
    const named = { headers: { "idempotency-key": "k1" } };
    const ask = { customer_id: id, asset: "USD", amount: "1" };
    const first = await client.post("/v1/authorize", ask, named);
    expectStatus(first, 200);
    assert.equal((await client.post("/v1/authorize", ask, named)).text, first.text);
    assert.equal((await client.post("/v1/authorize", { id: "k1", ...ask })).text, first.text, "it is the same id");
    const other = { headers: { "idempotency-key": "k2" } };
    assert.notEqual((await client.post("/v1/authorize", ask, other)).text, first.text);
    const up = { asset: "USD", amount: "1", reason: "gift" };
    const path = `/v1/customers/${id}/wallet/adjustments`;
    const credited = await client.post(path, up, named);
    assert.equal(expectStatus(credited, 201).id, "k1");
    assert.equal(isReplay(await client.post(path, up, named)), true);
    const part = { amount: "0.5", final: false };
    const parts = `/v1/holds/${first.body.hold.id}/capture`;
    const captured = await client.post(parts, part, named);
    assert.equal((await client.post(parts, part, named)).text, expectStatus(captured, 200) && captured.text);
    assert.deepEqual(await usd(id), { balance: "10.5", held: "1.5", available: "9" });
  });

  test("sent many times at once happens once", async () => {
    const { id } = await createChatCustomer(client, "10");
    const body = { id: "burst", customer_id: id, asset: "USD", amount: "1" };
    const replies = await Promise.all(Array.from({ length: 20 }, () => client.post("/v1/authorize", body)));
    assert.equal(new Set(replies.map((reply) => reply.text)).size, 1);
    assert.equal(replies.filter(isReplay).length, 19);
    assert.equal((await usd(id)).held, "1");
  });
});

describe("the rest of the directory", () => {
  test("answers with the statuses that clients expect; catalogue.test.ts and accounts.test.ts say what it means", async () => {
    await asset("RATED", 2);
    const rate = { source: "USD", rate: "0.5" };
    expectStatus(await client.post("/v1/assets/RATED/rates", rate), 204);
    const quote = expectStatus(await client.post("/v1/assets/RATED/quote", { source: "USD", amount: "1" }), 200);
    assert.equal(quote.destination_amount, "2");

    const prices = [price("Call", "call", "USD", { usage_type: "unit" }, { unit_price: "1" })];
    const { id } = expectStatus(await client.post("/v1/products", { code: "versions", name: "V", prices }), 201);
    const next = { prices: [], publish: true };
    assert.equal(expectStatus(await client.post(`/v1/products/${id}`, next), 201).version, 2);
    expectStatus(await client.send("PATCH", `/v1/products/${id}/2`, { make_default: true }), 204);
    assert.equal(expectStatus(await client.get(`/v1/products/${id}/default`), 200).version, 2);
    expectStatus(await client.send("DELETE", `/v1/products/${id}/1`), 204);
    expectStatus(await client.send("DELETE", `/v1/products/${id}`), 204);

    const vendor = expectStatus(await client.post("/v1/vendors", { name: "GPUs" }), 201);
    assert.equal(expectStatus(await client.get(`/v1/vendors/${vendor.id}`), 200).name, "GPUs");
    const vendors = expectStatus(await client.get("/v1/vendors"), 200).items;
    assert.ok(vendors.some((one: Json) => one.id === vendor.id));

    const account = expectStatus(await client.post("/v1/accounts", { name: "Below" }), 201);
    assert.equal(expectStatus(await client.get(`/v1/accounts/${account.id}`), 200).name, "Below");
    assert.equal(expectStatus(await client.get("/v1/accounts"), 200).total_count, 1);
    assert.equal(expectStatus(await client.get("/v1/accounts/self"), 200).account_id, "acc_default");
    const freezes = { freeze_on_dispute: false, freeze_on_fraud_warning: false };
    const allowed = { unpriced: "allow", ...freezes };
    const allow = { unpriced: "allow" };
    assert.deepEqual(expectStatus(await client.send("PATCH", "/v1/accounts/self/settings", allow), 200), allowed);
    const unknown = { id: "unpriced", customer_external_id: "nobody_prices", events: [{ event_type: "video" }] };
    expectStatus(await client.post("/v1/customers", { name: "Video", external_id: "nobody_prices" }), 201);
    assert.equal(expectStatus(await client.post("/v1/authorize", unknown), 200).decision, "approved");
    const denied = { unpriced: "deny", ...freezes };
    assert.deepEqual(expectStatus(await client.send("PATCH", "/v1/accounts/self/settings", denied), 200), denied);
    assert.deepEqual(expectStatus(await client.get("/v1/accounts/self/settings"), 200), denied);
    const again = { ...unknown, id: "unpriced_again" };
    assert.equal(expectStatus(await client.post("/v1/authorize", again), 200).code, "price_missing");

    const key = expectStatus(await client.post("/v1/keys", { name: "Backend" }), 201);
    const rotated = expectStatus(await client.post(`/v1/keys/${key.id}/rotate`, {}), 201);
    expectStatus(await client.send("DELETE", `/v1/keys/${rotated.id}`), 204);
    assert.equal(expectStatus(await client.get("/v1/keys"), 200).items[0].id, key.id);

    const customer = await createChatCustomer(client);
    expectStatus(await client.send("PATCH", `/v1/customers/${customer.id}`, { name: "Renamed" }), 204);
  });
});

describe("subscriptions", () => {
  test("are made, moved, ended and listed; subscriptions.test.ts says what they do", async () => {
    const price = {
      name: "Call",
      usage_calculation: { event_type: "call", usage_type: "unit" },
      pricing: [{ asset: "USD", values: [{ unit_price: "1" }] }],
    };
    const features = [{ code: "export" }, { code: "seats", limit: "5" }];
    const offer = { code: "subscribed", name: "Subscribed", prices: [price], features };
    const { id: product } = expectStatus(await client.post("/v1/products", offer), 201);
    const next = { prices: [price], publish: true };
    expectStatus(await client.post(`/v1/products/${product}`, next), 201);
    const { id } = await createChatCustomer(client);
    const path = `/v1/customers/${id}/subscriptions`;
    const made = expectStatus(await client.post(path, { products: [{ id: product, version: 1 }] }), 201);
    assert.deepEqual(expectStatus(await client.get(`/v1/customers/${id}/wallet`), 200).features, features);
    expectStatus(await client.send("PATCH", `${path}/${made.id}/products/${product}`, { version: 2 }), 204);
    const { items } = expectStatus(await client.get(`/v1/products/${product}/subscribers`), 200);
    assert.deepEqual([items.length, items[0].version, items[0].subscription_id], [1, 2, made.id]);
    expectStatus(await client.send("PATCH", `${path}/${made.id}`, { status: "inactive" }), 204);
    assert.equal(expectStatus(await client.get(`/v1/customers/${id}/wallet`), 200).features, undefined);
  });
});

describe("overdraft and budgets", () => {
  test("are set, listed and removed; budgets.test.ts says what they do", async () => {
    const { id } = await createChatCustomer(client, "1");
    const wallet = `/v1/customers/${id}/wallet`;
    const overdraft = await client.send("PUT", `${wallet}/overdraft`, { asset: "USD", limit: "5" });
    const account = { account: "default:USD", account_name: "default", asset: "USD", limit: "5" };
    assert.deepEqual(expectStatus(overdraft, 200), account);
    const { items } = expectStatus(await client.get(`${wallet}/overdraft`), 200);
    assert.deepEqual(items, [{ ...account, used: "0" }]);

    const terms = { asset: "USD", limit: "5", window: "lifetime", each: "api_key" };
    const set = expectStatus(await client.send("PUT", `${wallet}/budgets/keys`, terms), 200);
    const unsaid = { match: {}, on_exceeded: "deny", source: "customer", thresholds: [50, 80, 100] };
    assert.deepEqual(set, { code: "keys", name: null, ...terms, ...unsaid });
    const now = { ...set, window_started_at: null, window_ends_at: null, value_count: 0 };
    assert.deepEqual(expectStatus(await client.get(`${wallet}/budgets`), 200).items, [now]);
    const values = { items: [], limit: 20, next: null };
    assert.deepEqual(expectStatus(await client.get(`${wallet}/budgets/keys`), 200), { ...now, values });
    expectStatus(await client.send("DELETE", `${wallet}/budgets/keys`), 204);
    expectStatus(await client.get(`${wallet}/budgets/keys`), 404);
  });

  test("of the account are inherited by who comes after", async () => {
    const path = "/v1/accounts/self/budgets";
    const budgets = [{ code: "daily", asset: "USD", limit: "3", window: "day" }];
    const set = expectStatus(await client.send("PUT", path, { budgets }), 200);
    assert.deepEqual([set.budgets[0].code, set.budgets[0].limit], ["daily", "3"]);
    assert.deepEqual(expectStatus(await client.get(path), 200), set);

    const { id } = await createChatCustomer(client, "10");
    const daily = expectStatus(await client.get(`/v1/customers/${id}/wallet/budgets/daily`), 200);
    assert.deepEqual([daily.limit, daily.source], ["3", "account"]);
    const more = { id: uniqueId("req"), customer_id: id, asset: "USD", amount: "4" };
    const denied = expectStatus(await client.post("/v1/authorize", more), 200);
    assert.deepEqual([denied.decision, denied.code], ["denied", "budget_exceeded"]);

    assert.deepEqual(expectStatus(await client.send("PUT", path, { budgets: [] }), 200), { budgets: [] });
    const after = await createChatCustomer(client, "10");
    const { items } = expectStatus(await client.get(`/v1/customers/${after.id}/wallet/budgets`), 200);
    assert.deepEqual(items, []);
  });
});

describe("payment methods and automatic recharge", () => {
  test("are set, read and ended; recharge.test.ts says what a rule does", async () => {
    const { id } = await createChatCustomer(client, "20");
    const methods = `/v1/customers/${id}/payment-methods`;
    const first = expectStatus(await client.post(methods, { card: "ok" }), 201).id;
    const second = expectStatus(await client.post(methods, { card: "ok" }), 201).id;
    const urls = { return_url: "https://example.com/back", failure_url: "https://example.com/sorry" };
    const session = expectStatus(await client.post(`${methods}/sessions`, urls), 201);
    assert.match(session.redirect_url, /\/setup\//);
    expectStatus(await client.send("PUT", `${methods}/${second}/default`), 204);
    expectStatus(await client.post(`${methods}/${first}/simulate`, { event: "expired" }), 204);
    expectStatus(await client.send("DELETE", `${methods}/${first}`), 204);
    const { items } = expectStatus(await client.get(methods), 200);
    assert.deepEqual(
      items.map((one: Json) => one.id),
      [second],
    );

    const recharge = `/v1/customers/${id}/wallet/recharge`;
    const rule = { threshold: "10", amount: "50" };
    const preview = expectStatus(await client.post(`${recharge}/USD/preview`, rule), 200);
    assert.equal(preview.would, "nothing");
    assert.equal(expectStatus(await client.send("PUT", `${recharge}/USD`, rule), 200).state, "idle");
    assert.equal(expectStatus(await client.get(`${recharge}/USD`), 200).threshold, "10");
    assert.equal(expectStatus(await client.get(recharge), 200).items.length, 1);
  });
});

describe("top-ups, the customer's page and webhooks", () => {
  test("are made, read and ended; topups, portal and webhooks have tests of their own", async () => {
    const { id } = await createChatCustomer(client);
    const urls = { return_url: "https://example.com/back", failure_url: "https://example.com/sorry" };
    const asked = { customer_id: id, amount: "20", currency: "USD", ...urls };
    const topUp = expectStatus(await client.post("/v1/top-ups", asked), 201);
    assert.equal(expectStatus(await client.get(`/v1/top-ups/${topUp.id}`), 200).status, "initiated");
    expectStatus(await client.send("DELETE", `/v1/top-ups/${topUp.id}`), 204);
    assert.equal(expectStatus(await client.get(`/v1/top-ups/${topUp.id}`), 200).status, "expired");
    expectStatus(await client.send("DELETE", `/v1/customers/${id}/payment-links`), 204);
    assert.deepEqual(expectStatus(await client.get(`/v1/customers/${id}/payments`), 200).items, []);
    const attempts = `/v1/customers/${id}/wallet/recharge/USD/attempts`;
    assert.deepEqual(expectStatus(await client.get(attempts), 200).items, []);
    const offered = { packs: [{ code: "starter", name: "Starter", amount: "20", currency: "USD" }] };
    const set = expectStatus(await client.send("PUT", "/v1/accounts/self/packs", offered), 200);
    assert.equal(set.packs[0].code, "starter");
    assert.deepEqual(expectStatus(await client.get("/v1/accounts/self/packs"), 200), set);
    expectStatus(await client.send("PUT", "/v1/accounts/self/packs", { packs: [] }), 200);
    const brand = expectStatus(await client.send("PUT", "/v1/accounts/self/branding", { name: "Acme" }), 200);
    assert.deepEqual(expectStatus(await client.get("/v1/accounts/self/branding"), 200), brand);
    expectStatus(await client.send("PUT", "/v1/accounts/self/branding", {}), 200);
    expectStatus(await client.get(`/v1/customers/${id}/wallet/live`), 200);
    expectStatus(await client.get(`/v1/customers/${id}/wallet/entries/1/receipt`), 200);
    const tokens = `/v1/customers/${id}/tokens`;
    const token = expectStatus(await client.post(tokens, { scopes: ["read"] }), 201);
    expectStatus(await client.post(`${tokens}/${token.id}/refresh`), 201);
    expectStatus(await client.send("DELETE", `${tokens}/${token.id}`), 204);
    const own = `${server.url}/portal`;
    const linked = expectStatus(await client.post(tokens, { scopes: ["read"], link: own }), 201);
    const link_token = linked.link.split("#token=")[1];
    expectStatus(await client.post("/v1/tokens/exchange", { link_token }), 201);
    const session = await client.post("/v1/billing-portal/sessions", { customer_id: id, ...urls });
    const path = `/v1/billing-portal/sessions/${expectStatus(session, 200).id}`;
    expectStatus(await client.send("DELETE", path), 204);

    // This server is a receiver that answers, though with a refusal.
    const made = expectStatus(await client.post("/v1/webhooks", { url: `${server.url}/healthz` }), 201);
    assert.equal(expectStatus(await client.get("/v1/webhooks"), 200).total_count, 1);
    const webhook = `/v1/webhooks/${made.id}`;
    assert.deepEqual(expectStatus(await client.get(webhook), 200), { ...made, secret: null });
    expectStatus(await client.post(`${webhook}/rotate`, { overlap_seconds: 0 }), 200);
    expectStatus(await client.send("PATCH", webhook, { topics: ["a.b"] }), 200);
    const account = { name: "Below", external_id: uniqueId("below") };
    const below = expectStatus(await client.post("/v1/accounts", account), 201).id;
    for (const tried of ["/v1/webhooks/test/a.b", `${webhook}/test/a.b`]) {
      expectStatus(await client.post(tried, { x: "1" }), 202);
      expectStatus(await client.post(`${tried}/${below}`), 202);
    }
    // Nobody hears of connected accounts here, except who is told to.
    const { models } = expectStatus(await client.get("/v1/webhooks/events"), 200);
    assert.deepEqual(
      models.map((one: Json) => one.metadata.outcome),
      ["405", "405", "405"],
    );
    expectStatus(await client.send("DELETE", webhook), 204);
  });
});

describe("the routes", () => {
  test("were all called, and answered with each of their statuses", async () => {
    // stripe.test.ts delivers events with signatures of Stripe's own library, and looks at what becomes of them.
    // The pages are looked at in topups.test.ts and portal.test.ts, as a browser does. Codes and what other processors
    // tell have files of their own: codes.test.ts and inbound.test.ts. Where openapi.json leads is in openapi.test.ts.
    // Stripe is connected in topup_stripe.test.ts. The pages of cards and recharge rules are pressed in the native suite, in
    // edge_recharge.rs; what an alarm has charged is read in recharge.test.ts.
    const elsewhere =
      /(\/stripe\/|\/processors\/stripe$|\/unmatched-payments|\/reconciliation|\/pay\/|\/setup\/|\/portal$|\/portal\/recharge$|\/recharges\/|\/codes|\/inbound|openapi)/;
    const called = routes.filter((route) => !elsewhere.test(route.name));
    for (const route of called) {
      const statuses = [...(seen.get(route.name) ?? [])].sort();
      assert.deepEqual(statuses, [...route.statuses].sort(), route.name);
    }
  });

  test("of the table are those of the Worker", () => {
    assert.deepEqual(routesOfTheWorker().sort(), routes.map((route) => route.name).sort());
  });
});
