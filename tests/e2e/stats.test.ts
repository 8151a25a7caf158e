// Stats: exact sums of what was charged and what it cost, by currency and by day, of whoever is asked about.

import assert from "node:assert/strict";
import { after, before, describe, test } from "node:test";
import { setTimeout as sleep } from "node:timers/promises";
import { openDirectory } from "../../scripts/persist.ts";
import {
  type Api,
  api,
  type ChatCustomer,
  createChatCustomer,
  daysAgo,
  expectStatus,
  type Json,
  RECENTLY,
  uniqueId,
} from "./support/api.ts";
import { type FreshServer, freshServer } from "./support/fresh.ts";
import { decimal, pico } from "./support/moves.ts";
import { eventually } from "./support/patience.ts";

let server: FreshServer;
let client: Api;

before(async () => {
  server = await freshServer();
  client = api(server);
});

after(() => server.end());

const get = async (path: string) => expectStatus(await client.get(path), 200);

const customerStats = (id: string, query = "") => get(`/v1/customers/${id}/stats${query}`);

const day = (days: number) => daysAgo(days).slice(0, 10);

/** 100 tokens out: 0.001 USD. */
const usage = (more: object = {}) => ({
  id: uniqueId("event"),
  event_type: "chat",
  occurred_at: RECENTLY,
  data: { input_tokens: 0, output_tokens: 100 },
  ...more,
});

const cost = (amount: string, more: object = {}) => ({ id: uniqueId("cost"), vendor_id: "vnd_1", amount, ...more });

const record = async (customer: string, ...events: object[]) =>
  expectStatus(await client.post("/v1/events", { customer_id: customer, events }), 204);

const stats = (currency: string, gross_revenue: string, total_costs: string, net_revenue: string, margin: string) => ({
  gross_revenue,
  refunded: "0",
  total_costs,
  net_revenue,
  margin,
  currency,
});

describe("the stats of a customer", () => {
  test("are zero, in USD, before anything happened", async () => {
    const { id } = await createChatCustomer(client, "5");
    assert.deepEqual(await customerStats(id), { ...stats("USD", "0", "0", "0", "0"), by_currency: [] });
  });

  test("count fees, captured usage, captured amounts and charges, and no credit or adjustment", async () => {
    const { id } = await createChatCustomer(client, "5");
    const path = `/v1/customers/${id}/wallet`;
    await record(id, usage({ costs: [cost("0.0004"), cost("0.0001")] }));
    const authorize = async (ask: object) =>
      expectStatus(await client.post("/v1/authorize", { id: uniqueId("a"), customer_id: id, ...ask }), 200).hold.id;
    const events = [usage({ costs: [cost("0.25")] }), usage()];
    const first = await authorize({ events });
    expectStatus(await client.post(`/v1/holds/${first}/capture`, { events }), 200);
    const second = await authorize({ asset: "USD", amount: "2" });
    const part = { id: "p", amount: "0.5", final: false };
    expectStatus(await client.post(`/v1/holds/${second}/capture`, part), 200);
    expectStatus(await client.post(`/v1/holds/${second}/capture`), 200);
    expectStatus(await client.post(`/v1/holds/${await authorize({ asset: "USD", amount: "1" })}/release`), 200);
    const charge = { transaction_id: "c", asset: "USD", amount: "0.1" };
    expectStatus(await client.post(`${path}/charges`, charge), 201);
    expectStatus(await client.post(`${path}/charges`, charge), 201);
    const debit = { transaction_id: "d", asset: "USD", amount: "-1", reason: "other" };
    expectStatus(await client.post(`${path}/adjustments`, debit), 201);
    // 3 fees of 0.001, the 2 USD that were held, the charge.
    const wanted = stats("USD", "2.103", "0.2505", "1.8525", "88.09");
    assert.deepEqual(await customerStats(id), { ...wanted, by_currency: [wanted] });
  });

  test("are exact where floats are not", async () => {
    const { id } = await createChatCustomer(client, "5");
    const amounts = ["0.1", "0.2", "123456789012345.123456789012", "0.000000000001", "7.7", "0.999999999999"];
    await record(id, ...amounts.map((amount) => usage({ costs: [cost(amount)] })));
    const wanted = amounts.reduce((sum, amount) => sum + pico(amount), 0n);
    assert.equal((await customerStats(id)).total_costs, decimal(wanted));
  });

  test("say so when a sum is none any more", async () => {
    const { id } = await createChatCustomer(client, "5");
    await record(id, ...[1, 2].map(() => usage({ costs: [cost("999999999999999.999999999999")] })));
    const reply = await client.get(`/v1/customers/${id}/stats`);
    assert.equal(expectStatus(reply, 422).code, "amount_out_of_range");
  });

  test("never add currencies up: USD where there is any, else the one that is used most", async () => {
    const { id } = await createChatCustomer(client, "5");
    const free = (more: object) => usage({ event_type: "free", ...more });
    const eur = (amount: string) => free({ costs: [cost(amount, { currency: "EUR" })] });
    await record(id, eur("1"), free({ costs: [cost("5", { currency: "JPY" })] }), eur("0.5"));
    const inEuro = await customerStats(id);
    assert.equal(inEuro.currency, "EUR");
    assert.equal(inEuro.total_costs, "1.5");
    assert.deepEqual(inEuro.by_currency, [stats("EUR", "0", "1.5", "-1.5", "0"), stats("JPY", "0", "5", "-5", "0")]);
    await record(id, usage({ costs: [cost("0.004")] }));
    const inDollars = await customerStats(id);
    assert.deepEqual(inDollars.by_currency.at(-1), stats("USD", "0.001", "0.004", "-0.003", "-300"));
    assert.equal(inDollars.currency, "USD");
    assert.equal((await customerStats(id, "?currency=JPY")).total_costs, "5");
    assert.equal((await customerStats(id, "?currency=CHF")).total_costs, "0");
  });

  test("are of a period of days, both included, by when usage occurred", async () => {
    const { id } = await createChatCustomer(client, "5");
    await record(
      id,
      usage({ occurred_at: `${day(3)}T23:59:59.999999Z`, costs: [cost("1")] }),
      usage({ occurred_at: `${day(2)}T00:00:00Z`, costs: [cost("2")] }),
      usage({ occurred_at: `${day(2)}T23:59:59.999999Z`, costs: [cost("4")] }),
      usage({ occurred_at: `${day(1)}T00:00:00Z`, costs: [cost("8")] }),
    );
    for (const [query, costs, revenue] of [
      ["", "15", "0.004"],
      [`?period_from=${day(2)}&period_to=${day(2)}`, "6", "0.002"],
      [`?period_from=${day(2)}`, "14", "0.003"],
      [`?period_to=${day(3)}`, "1", "0.001"],
      [`?period_from=${day(0)}`, "0", "0"],
    ] as const) {
      const shown = await customerStats(id, query);
      assert.deepEqual([shown.total_costs, shown.gross_revenue], [costs, revenue], query);
    }
  });

  test("know at once what was recorded before they were asked for", async () => {
    const { id } = await createChatCustomer(client, "5");
    for (let count = 1; count <= 20; count += 1) {
      await record(id, usage());
      assert.equal((await customerStats(id)).gross_revenue, decimal(BigInt(count) * pico("0.001")));
    }
  });

  test("count an event once, however often it is sent", async () => {
    const { id } = await createChatCustomer(client, "5");
    const event = usage({ costs: [cost("1")] });
    for (let turn = 0; turn < 3; turn += 1) {
      await record(id, event, event);
      const { gross_revenue, total_costs } = await customerStats(id);
      assert.deepEqual([gross_revenue, total_costs], ["0.001", "1"]);
    }
  });
});

describe("the stats of all customers", () => {
  let own: FreshServer;
  let mine: Api;
  const customers: ChatCustomer[] = [];

  before(async () => {
    own = await freshServer();
    mine = api(own);
  });

  after(() => own.end());

  const all = async (query = "") => expectStatus(await mine.get(`/v1/customers/stats${query}`), 200);

  test("are an empty page of today before there is anybody", async () => {
    const today = new Date().toISOString().slice(0, 10);
    assert.deepEqual(await all(), {
      items: [],
      total_count: 0,
      limit: 20,
      offset: 0,
      summary: { ...stats("USD", "0", "0", "0", "0"), by_currency: [] },
      period_from: today,
      period_to: today,
    });
  });

  test("are one item each, newest first, and a summary of all that is exact", async () => {
    for (const amount of ["0.1", "0.2", "0.3"]) {
      const customer = await createChatCustomer(mine, "5");
      customers.unshift(customer);
      const occurred_at = daysAgo(4 - customers.length);
      const events = [usage({ occurred_at, costs: [cost(amount)] }), usage({ occurred_at })];
      expectStatus(await mine.post("/v1/events", { customer_id: customer.id, events }), 204);
      await mine.get(`/v1/customers/${customer.id}/stats`);
      // Customers of the same millisecond stand in the order of their ids.
      await sleep(5);
    }
    const page = await all();
    assert.deepEqual(
      page.items,
      customers.map(({ id, externalId }, place) => ({
        id,
        external_id: externalId,
        name: "Acme",
        stats: [
          stats("USD", "0.002", "0.3", "-0.298", "-14900"),
          stats("USD", "0.002", "0.2", "-0.198", "-9900"),
          stats("USD", "0.002", "0.1", "-0.098", "-4900"),
        ][place],
      })),
    );
    const sum = stats("USD", "0.006", "0.6", "-0.594", "-9900");
    assert.deepEqual(page.summary, { ...sum, by_currency: [sum] });
    assert.equal(page.total_count, 3);
    assert.deepEqual([page.period_from, page.period_to], [day(3), new Date().toISOString().slice(0, 10)]);
  });

  test("are page by page, and the summary stays that of all", async () => {
    const page = await all("?limit=1&offset=1");
    assert.deepEqual(
      page.items.map((one: Json) => one.id),
      [customers[1]?.id],
    );
    assert.deepEqual([page.limit, page.offset, page.total_count], [1, 1, 3]);
    assert.equal(page.summary.total_costs, "0.6");
  });

  test("are of a period", async () => {
    const page = await all(`?period_from=${day(2)}&period_to=${day(2)}`);
    assert.deepEqual([page.period_from, page.period_to], [day(2), day(2)]);
    assert.deepEqual(
      page.items.map((one: Json) => one.stats.total_costs),
      ["0", "0.2", "0"],
    );
    assert.equal(page.summary.total_costs, "0.2");
  });

  test("are all in the currency of the summary", async () => {
    const page = await all("?currency=EUR");
    assert.equal(page.summary.currency, "EUR");
    for (const one of page.items) assert.deepEqual(one.stats, stats("EUR", "0", "0", "0", "0"));
  });

  test("follow by themselves within moments", async () => {
    const events = [usage({ costs: [cost("0.4")] })];
    expectStatus(await mine.post("/v1/events", { customer_id: customers[0]?.id, events }), 204);
    const followed = async () => (await all()).summary.total_costs === "1";
    await eventually(followed, "the summary has followed");
  });
});

describe("the stats of a vendor", () => {
  let customer: ChatCustomer;
  const path = "/v1/vendors/vnd_openai/stats";

  before(async () => {
    const directory = openDirectory(server.persist);
    const insert = directory.prepare(
      "INSERT INTO vendor (account_id, mode, id, external_id, name, request, created_at) VALUES (?, ?, ?, ?, ?, '', ?)",
    );
    insert.run("acc_default", "test", "vnd_openai", "openai", "OpenAI", RECENTLY);
    insert.run("acc_default", "test", "vnd_none", null, "None", RECENTLY);
    directory.close();
    customer = await createChatCustomer(client, "5");
    const named = (amount: string, more: object) => ({ id: uniqueId("cost"), amount, ...more });
    await record(
      customer.id,
      usage({
        occurred_at: daysAgo(1),
        costs: [
          named("0.1", { vendor_id: "vnd_openai", category: "inference" }),
          named("0.2", { vendor_external_id: "openai", category: "inference" }),
          named("0.4", { vendor_external_id: "openai" }),
          named("9", { vendor_external_id: "anthropic", category: "inference" }),
          named("9", { vendor_id: "openai", category: "inference" }),
          named("7", { vendor_id: "vnd_openai", category: "training", currency: "EUR" }),
        ],
      }),
      usage({ costs: [named("0.8", { vendor_id: "vnd_openai", category: "storage" })] }),
    );
    await customerStats(customer.id);
  });

  test("are its costs by category, under whichever of its ids", async () => {
    assert.deepEqual(await get(path), {
      total_costs: "1.5",
      categories: [
        { category: "inference", cost: "0.3" },
        { category: "storage", cost: "0.8" },
        { category: "uncategorized", cost: "0.4" },
      ],
      currency: "USD",
    });
  });

  test("are of a category, a period or a currency", async () => {
    for (const [query, total, categories] of [
      ["?category=inference", "0.3", "inference"],
      ["?category=uncategorized", "0.4", "uncategorized"],
      ["?category=nothing", "0", ""],
      [`?period_to=${day(1)}`, "0.7", "inference uncategorized"],
      [`?period_from=${day(0)}`, "0.8", "storage"],
      ["?currency=EUR", "7", "training"],
    ] as const) {
      const shown = await get(path + query);
      assert.equal(shown.total_costs, total, query);
      assert.equal(shown.categories.map((one: Json) => one.category).join(" "), categories, query);
    }
  });

  test("are nothing where no cost names it", async () => {
    assert.deepEqual(await get("/v1/vendors/vnd_none/stats"), { total_costs: "0", categories: [], currency: "USD" });
  });
});
