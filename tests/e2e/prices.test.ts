// Prices of every model on the real runtime: what simulating says is what charging does, and positions last.

import assert from "node:assert/strict";
import { after, before, describe, test } from "node:test";
import { type Api, api, credit, expectStatus, type Json, uniqueId } from "./support/api.ts";
import { journal } from "./support/fresh.ts";
import { LastingServer } from "./support/lasting.ts";
import { pico } from "./support/moves.ts";
import { eventually } from "./support/patience.ts";

let lasting: LastingServer;
let client: Api;

before(async () => {
  lasting = await LastingServer.start();
  client = lasting.client;
  for (const code of ["USD", "CREDITS"]) expectStatus(await client.post("/v1/assets", { code, name: code }), 201);
});

after(() => lasting?.end());

/** Monthly tiers by model, in credits first and then in dollars; and whole packages. */
const PRICES = [
  {
    name: "Tokens",
    type: "usage_based",
    pricing_model: "tiered",
    tiering: { basis: "volume", period: "monthly" },
    billing_model: { type: "real_time" },
    usage_calculation: {
      event_type: "chat",
      usage_type: "volume",
      volume_field: "tokens",
      billable_dimensions: ["model"],
    },
    pricing: [
      {
        asset: "CREDITS",
        values: [{ dimensions: { model: "small" }, values: [{ volume_rate: "1", package_size: "10" }] }],
      },
      {
        asset: "USD",
        values: [
          {
            dimensions: { model: "large" },
            values: [
              { up_to: "1000", volume_rate: "2", package_size: "1000" },
              { volume_rate: "1", package_size: "1000", max_amount: "5" },
            ],
          },
          { dimensions: { model: "small" }, values: [{ volume_rate: "1", package_size: "1000" }] },
        ],
      },
    ],
  },
  {
    name: "Started thousands",
    type: "usage_based",
    pricing_model: "package",
    billing_model: { type: "real_time" },
    usage_calculation: { event_type: "chat", usage_type: "volume", volume_field: "tokens" },
    pricing: [{ asset: "USD", values: [{ volume_rate: "0.1", package_size: "1000" }] }],
  },
];

const represent = { headers: { prefer: "return=representation" } };

const chat = (tokens: number, model: string, more: object = {}) => ({
  id: uniqueId("event"),
  event_type: "chat",
  occurred_at: new Date().toISOString(),
  data: { tokens, model },
  ...more,
});

async function productOf(prices: object[]): Promise<{ id: string; code: string }> {
  const code = uniqueId("product");
  const created = await client.post("/v1/products", { code, name: "Product", publish: true, prices });
  return { id: expectStatus(created, 201).id, code };
}

async function subscriber(code: string): Promise<string> {
  const body = { name: "Acme", external_id: uniqueId("acme"), subscriptions: [{ products: [{ code }] }] };
  return expectStatus(await client.post("/v1/customers", body), 201).id;
}

/** What is the same in a simulated and in a charged fee. */
const computed = (fees: Json[]) => fees.map(({ id, product_id, product_code, product_version, ...fee }) => fee);

describe("prices of every model", () => {
  test("a product shows them as they were given", async () => {
    const { id } = await productOf(PRICES);
    const product = expectStatus(await client.get(`/v1/products/${id}`), 200);
    const shown = product.default_version.prices.map(({ id, ...price }: Json) => price);
    // A bound of the whole fee is shown in the first value of its row.
    const wanted = structuredClone(PRICES) as Json[];
    const values = wanted[0].pricing[1].values[0].values;
    values[0].max_amount = values[1].max_amount;
    delete values[1].max_amount;
    assert.deepEqual(shown, wanted);
  });

  test("simulating says what charging does, tier by tier", async () => {
    const { id, code } = await productOf(PRICES);
    const customer = await subscriber(code);
    await credit(client, customer, "100");
    const events = [chat(800, "large"), chat(700, "large", { description: "A long talk" }), chat(9, "unheard of")];
    for (const version of ["default", "1"]) {
      const path = `/v1/products/${id}/${version}/simulate-usage`;
      const simulated = expectStatus(await client.post(path, { events }), 200);
      const [first, , second] = simulated.fees;
      assert.equal(first.usage_id, events[0]?.id);
      assert.equal(first.amount, "1.6");
      assert.equal(second.amount, "0.9");
      assert.equal(second.description, "A long talk");
      assert.deepEqual(second.dimensions, { model: "large" });
      const per = { package_size: "1000" };
      assert.deepEqual(second.tiers, [
        { up_to: "1000", volume: "200", volume_rate: "2", ...per, amount: "0.4" },
        { volume: "500", volume_rate: "1", ...per, amount: "0.5" },
      ]);
      assert.equal(simulated.warnings, undefined, "the other price of the same volume knows every model");
      if (version === "default") continue;
      const charged = expectStatus(await client.post("/v1/events", { customer_id: customer, events }, represent), 200);
      assert.deepEqual(computed(charged.fees), computed(simulated.fees));
      assert.deepEqual(charged.warnings, []);
    }
    const wallet = expectStatus(await client.get(`/v1/customers/${customer}/wallet/default:USD`), 200);
    // 1.6 + 0.9 of the tiers, and 0.1 for each of three events.
    assert.equal(wallet.balance, "97.2");
  });

  test("positions survive a restart, and an authorization does not move them", async () => {
    const { code } = await productOf(PRICES);
    const customer = await subscriber(code);
    await credit(client, customer, "100");
    const first = { customer_id: customer, events: [chat(1000, "large")] };
    expectStatus(await client.post("/v1/events", first), 204);
    await lasting.restart();
    client = lasting.client;
    const asked = (id: string) => ({ id, customer_id: customer, events: [chat(500, "large")] });
    for (const id of [uniqueId("a"), uniqueId("a")]) {
      const reply = expectStatus(await client.post("/v1/authorize", asked(id)), 200);
      assert.equal(reply.fees[0].amount, "0.5");
      const path = `/v1/holds/${reply.hold.id}/release`;
      expectStatus(await client.post(path, {}), 200);
    }
    // Forty days ago was another month.
    expectStatus(
      await client.send("PUT", `/v1/customers/${customer}/wallet/settings`, { id: "s1", late_events_days: 90 }),
      200,
    );
    const occurred_at = new Date(Date.now() - 40 * 86_400_000).toISOString();
    const earlier = { customer_id: customer, events: [chat(500, "large", { occurred_at })] };
    const reply = expectStatus(await client.post("/v1/events", earlier, represent), 200);
    assert.equal(reply.fees[0].amount, "1");
  });

  test("credits first, then dollars", async () => {
    const { code } = await productOf(PRICES);
    const customer = await subscriber(code);
    await credit(client, customer, "10", "CREDITS");
    await credit(client, customer, "10");
    const paid = async (tokens: number) => {
      const body = { customer_id: customer, events: [chat(tokens, "small")] };
      const { fees } = expectStatus(await client.post("/v1/events", body, represent), 200);
      return fees.map((fee: Json) => `${fee.amount} ${fee.currency}`).join(", ");
    };
    // The last fee is that of the started thousand.
    assert.equal(await paid(70), "7 CREDITS, 0.1 USD");
    assert.equal(await paid(70), "3 CREDITS, 0.04 USD, 0.1 USD", "prepaid units are used up first");
    assert.equal(await paid(30), "0.03 USD, 0.1 USD");
  });
});

describe("simulate-usage", () => {
  test("names what is wrong, and what is not there", async () => {
    const { id } = await productOf(PRICES);
    const path = (product: string, version: string) => `/v1/products/${product}/${version}/simulate-usage`;
    for (const [product, version] of [
      [id, "2"],
      [id, "first"],
      ["prp_nothing", "default"],
    ] as const) {
      const reply = await client.post(path(product, version), { events: [chat(1, "large")] });
      assert.equal(expectStatus(reply, 404).code, "not_found");
    }
    for (const [body, field] of [
      [{}, "events"],
      [{ events: [] }, "events"],
      [{ events: [{ data: {} }] }, "events[0].event_type"],
    ] as const) {
      const problem = expectStatus(await client.post(path(id, "default"), body), 422);
      assert.ok(problem.errors[field], JSON.stringify(problem));
    }
    const many = expectStatus(await client.post(path(id, "1"), { events: [chat(-1, "large")] }), 422);
    assert.equal(many.code, "usage_not_a_number");
    const events = [{ event_type: "chat", data: { tokens: 1, model: "large" } }];
    const [fee] = expectStatus(await client.post(path(id, "1"), { events }), 200).fees;
    assert.equal(fee.usage_id, "events[0]");
  });

  test("needs a key", async () => {
    const { id } = await productOf(PRICES);
    const stranger = api(lasting.server, null);
    const reply = await stranger.post(`/v1/products/${id}/default/simulate-usage`, { events: [chat(1, "large")] });
    expectStatus(reply, 401);
  });
});

describe("the least of a period", () => {
  const LEAST = {
    name: "Calls",
    type: "usage_based",
    billing_model: { type: "real_time" },
    usage_calculation: { event_type: "call", usage_type: "unit" },
    pricing: [{ asset: "USD", values: [{ unit_price: "2" }], min_per_period: { amount: "31", period: "monthly" } }],
  };

  /** The first moment of a month by the server's clock, so many months from its own. */
  function monthFromNow(months: number): number {
    const now = new Date(lasting.now());
    return Date.UTC(now.getUTCFullYear(), now.getUTCMonth() + months);
  }

  /** Lets the month end, and an hour more. */
  async function endMonth(): Promise<void> {
    await lasting.advance(monthFromNow(1) - lasting.now() + 3_600_000);
    client = lasting.client;
  }

  /** The minimums that were charged, the oldest first: nobody called for them. */
  const charged = (customer: string): Json[] =>
    journal(lasting.persist, customer)
      .map(({ entry }) => JSON.parse(entry))
      .filter(({ fact }) => fact.type === "minimum_charged");

  test("is charged by itself when the month has ended, less what its events asked", async () => {
    const { id, code } = await productOf([LEAST]);
    const shown = expectStatus(await client.get(`/v1/products/${id}`), 200).default_version.prices[0];
    assert.deepEqual(shown.pricing[0].min_per_period, { amount: "31", period: "monthly" });
    const customer = await subscriber(code);
    await credit(client, customer, "100");
    await endMonth();
    await eventually(() => charged(customer).length === 1, "the month in which it began is closed");

    // From here on the months are whole ones.
    const before = expectStatus(await client.get(`/v1/customers/${customer}/wallet/default:USD`), 200).balance;
    const call = { id: uniqueId("call"), event_type: "call", occurred_at: new Date(lasting.now()).toISOString() };
    expectStatus(await client.post("/v1/events", { customer_id: customer, events: [call] }), 204);
    await endMonth();
    await eventually(() => charged(customer).length === 2, "the next one is closed");
    const [, { fact }] = charged(customer);
    assert.deepEqual(fact.fees, [{ price_id: shown.id, asset: "USD", amount: "29" }]);
    const after = expectStatus(await client.get(`/v1/customers/${customer}/wallet/default:USD`), 200).balance;
    assert.equal(pico(before) - pico(after), pico("31"), "the call, and what was missing");
    const { items } = expectStatus(await client.get(`/v1/customers/${customer}/wallet/entries?limit=1`), 200);
    assert.equal(items[0].type, "minimum_charged");
    assert.deepEqual(JSON.parse(items[0].record).fact.fees, fact.fees);

    // Above it nothing is missing, and the entry says so.
    const calls = Array.from({ length: 16 }, (_, place) => ({
      id: uniqueId(`call_${place}`),
      event_type: "call",
      occurred_at: new Date(lasting.now()).toISOString(),
    }));
    expectStatus(await client.post("/v1/events", { customer_id: customer, events: calls }), 204);
    await endMonth();
    await eventually(() => charged(customer).length === 3, "and the one after it");
    assert.equal(charged(customer)[2].fact.fees, undefined);
  });
});
