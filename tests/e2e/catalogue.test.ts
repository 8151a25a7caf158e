// Assets with their rates, products with their versions, vendors: what each call means, and what it leaves behind.

import assert from "node:assert/strict";
import { after, before, describe, test } from "node:test";
import { openDirectory } from "../../scripts/persist.ts";
import { type Api, api, createChatCustomer, expectStatus, type Json, type Reply, uniqueId } from "./support/api.ts";
import { type FreshServer, freshServer } from "./support/fresh.ts";

let server: FreshServer;
let client: Api;

before(async () => {
  server = await freshServer();
  client = api(server);
});

after(() => server.end());

const isReplay = (reply: Reply) => reply.headers.get("idempotent-replayed") === "true";
const patch = (path: string, body: object) => client.send("PATCH", path, body);
const remove = (path: string) => client.send("DELETE", path);

function expectProblem(reply: Reply, status: number, code: string, ...fields: string[]): Json {
  const problem = expectStatus(reply, status);
  assert.equal(problem.code, code, reply.text);
  assert.deepEqual(Object.keys(problem.errors ?? {}), fields, reply.text);
  return problem;
}

describe("rates of an asset", () => {
  async function newAsset(precision = 4, rates?: object[]): Promise<string> {
    const code = uniqueId("A");
    expectStatus(await client.post("/v1/assets", { code, name: code, precision, rates }), 201);
    return code;
  }

  const add = (code: string, body: object) => client.post(`/v1/assets/${code}/rates`, { source: "USD", ...body });
  const quote = (code: string, exchange_at?: string, amount = "10", source = "USD") =>
    client.post(`/v1/assets/${code}/quote`, { source, amount, exchange_at });
  const schedule = async (code: string, source = "USD") => {
    const { rates } = expectStatus(await client.get(`/v1/assets/${code}`), 200);
    return rates.find((one: Json) => one.source === source).schedule;
  };
  const day = (n: number) => `2026-01-0${n}T00:00:00Z`;

  test("stand in the reply that makes it, in both directions, and are replayed as they were", async () => {
    const code = uniqueId("A");
    const rates = [
      { source: "USD", rate: "0.03" },
      { source: "EUR", inverse_rate: "40" },
    ];
    const body = { code, name: "Tokens", precision: 0, rates };
    const first = await client.post("/v1/assets", body);
    const { created_at, rates: shown } = expectStatus(first, 201);
    assert.deepEqual(shown, [
      { source: "EUR", schedule: [{ valid_from: created_at, rate: "0.025", inverse_rate: "40" }] },
      { source: "USD", schedule: [{ valid_from: created_at, rate: "0.03", inverse_rate: "33.333333333333" }] },
    ]);
    assert.equal((await client.get(`/v1/assets/${code}`)).text, first.text);
    expectStatus(await add(code, { rate: "0.05" }), 204);
    const again = await client.post("/v1/assets", body);
    assert.deepEqual([again.text, isReplay(again)], [first.text, true]);
    assert.deepEqual(
      (await schedule(code)).map((one: Json) => one.rate),
      ["0.05", "0.03"],
      "sending it again added nothing",
    );
    const dearer = [{ source: "USD", rate: "0.04" }, rates[1]];
    expectProblem(await client.post("/v1/assets", { ...body, rates: dearer }), 409, "already_exists");
  });

  test("quote exactly, rounded once to the asset's precision, half to even", async () => {
    const code = await newAsset(0, [
      { source: "USD", rate: "0.04" },
      { source: "EUR", inverse_rate: "12.5" },
    ]);
    const dollars = expectStatus(await quote(code, undefined, "10.02"), 200);
    const named = { source: "USD", source_amount: "10.02", destination: code };
    assert.deepEqual(dollars, { ...named, destination_amount: "250", rate: "0.04", inverse_rate: "25" });
    assert.equal(expectStatus(await quote(code, undefined, "0.2", "EUR"), 200).destination_amount, "2");
    assert.equal(expectStatus(await quote(code, undefined, "0.28", "EUR"), 200).destination_amount, "4");
    expectProblem(await quote(code, undefined, "1", "GBP"), 422, "validation_failed", "source");
    expectProblem(await quote(code, "2020-01-01T00:00:00Z"), 422, "validation_failed", "source");
    expectProblem(await quote(code, undefined, "999999999999999"), 422, "amount_out_of_range");
    expectProblem(await quote("NOPE"), 404, "not_found");
  });

  test("end where the next one starts, in the past and in the future", async () => {
    const code = await newAsset();
    expectStatus(await add(code, { rate: "1", valid_from: day(1) }), 204);
    expectStatus(await add(code, { rate: "2", valid_from: day(5) }), 204);
    expectStatus(await add(code, { rate: "4", valid_from: "2100-01-01T00:00:00Z" }), 204);
    // Between two others: the one before ends earlier, the one after stays.
    expectStatus(await add(code, { rate: "5", valid_from: day(3) }), 204);
    assert.deepEqual(await schedule(code), [
      { valid_from: "2100-01-01T00:00:00Z", rate: "4", inverse_rate: "0.25" },
      { valid_from: day(5), valid_to: "2100-01-01T00:00:00Z", rate: "2", inverse_rate: "0.5" },
      { valid_from: day(3), valid_to: day(5), rate: "5", inverse_rate: "0.2" },
      { valid_from: day(1), valid_to: day(3), rate: "1", inverse_rate: "1" },
    ]);
    for (const [at, bought] of [
      [day(1), "10"],
      ["2026-01-02T23:59:59.999999Z", "10"],
      [day(3), "2"],
      ["2026-01-04T23:59:59.999999Z", "2"],
      [day(5), "5"],
      [undefined, "5"],
      ["2100-01-01T00:00:00Z", "2.5"],
    ] as const) {
      assert.equal(expectStatus(await quote(code, at), 200).destination_amount, bought, at);
    }
    expectProblem(await quote(code, "2025-12-31T23:59:59.999999Z"), 422, "validation_failed", "source");
  });

  test("with an end leave a gap, never reach into a later one, and replace one of the same start", async () => {
    const code = await newAsset();
    expectStatus(await add(code, { rate: "1", valid_from: day(1) }), 204);
    expectStatus(await add(code, { rate: "2", valid_from: day(3), valid_to: day(4) }), 204);
    assert.equal(expectStatus(await quote(code, day(3)), 200).destination_amount, "5");
    expectProblem(await quote(code, day(4)), 422, "validation_failed", "source");
    expectStatus(await add(code, { rate: "4", valid_from: day(2), valid_to: day(9) }), 204);
    expectStatus(await add(code, { rate: "8", valid_from: day(3), valid_to: day(5) }), 204);
    expectStatus(await add(code, { inverse_rate: "3", valid_from: day(6) }), 204);
    const spans = (await schedule(code)).map((one: Json) => [one.valid_from, one.valid_to, one.inverse_rate]);
    assert.deepEqual(spans, [
      [day(6), undefined, "3"],
      [day(3), day(5), "0.125"],
      [day(2), day(3), "0.25"],
      [day(1), day(2), "1"],
    ]);
    expectProblem(await quote(code, day(5)), 422, "validation_failed", "source");
  });

  test("never overlap, whatever the order in which they come", async () => {
    const code = await newAsset();
    const days = [4, 1, 7, 3, 6, 2, 5, 3, 1];
    for (const [place, n] of days.entries()) {
      const valid_to = place % 3 === 2 ? "2026-01-09T00:00:00Z" : undefined;
      expectStatus(await add(code, { rate: String(place + 1), valid_from: day(n), valid_to }), 204);
      const spans = (await schedule(code)).toReversed();
      for (const [one, { valid_to: end }] of spans.entries()) {
        const next = spans[one + 1]?.valid_from;
        if (next !== undefined) assert.ok(end !== undefined && end <= next, JSON.stringify(spans));
      }
    }
  });

  test("belong to assets that exist", async () => {
    expectProblem(await add("NOPE", { rate: "1" }), 404, "not_found");
    const code = await newAsset();
    const itself = { source: code, rate: "1" };
    expectProblem(await client.post(`/v1/assets/${code}/rates`, itself), 422, "validation_failed", "source");
    assert.deepEqual(expectStatus(await client.get(`/v1/assets/${code}`), 200).rates, []);
  });
});

// Products.

const price = (unit_price: string, asset = "USD") => ({
  name: "Call",
  type: "usage_based",
  usage_calculation: { event_type: "call", usage_type: "unit" },
  pricing: [{ asset, values: [{ unit_price }] }],
});

async function newProduct(more: object = {}): Promise<{ id: string; code: string; reply: Reply }> {
  const code = uniqueId("p");
  const reply = await client.post("/v1/products", { code, name: code, prices: [price("1")], ...more });
  return { id: expectStatus(reply, 201).id, code, reply };
}

const unitPrice = (version: Json) => version.prices[0].pricing[0].values[0].unit_price;
const subscribe = (products: object[]) => client.post("/v1/customers", { name: "X", subscriptions: [{ products }] });
const versionsOf = async (id: string) => {
  const { versions, default_version } = expectStatus(await client.get(`/v1/products/${id}`), 200);
  const shown = versions.map((one: Json) => `${one.version} ${one.status}`);
  return { shown, default: default_version.version };
};

describe("versions of a product", () => {
  test("go from draft to published, and only what is published can be had", async () => {
    const { id, code, reply } = await newProduct({ publish: false });
    assert.deepEqual(reply.body, { id, code, version: 1, status: "draft", is_default: true });
    assert.deepEqual(await versionsOf(id), { shown: ["1 draft"], default: 1 });
    const draft = expectProblem(
      await subscribe([{ code }]),
      422,
      "validation_failed",
      "subscriptions[0].products[0].code",
    );
    assert.match(draft.errors["subscriptions[0].products[0].code"][0], /draft/);
    expectProblem(
      await patch(`/v1/products/${id}/1`, { make_default: true }),
      422,
      "validation_failed",
      "make_default",
    );
    expectStatus(await patch(`/v1/products/${id}/1`, { publish: false }), 204);
    expectStatus(await patch(`/v1/products/${id}/1`, {}), 204);
    expectStatus(await patch(`/v1/products/${id}/1`, { publish: true }), 204);
    expectStatus(await patch(`/v1/products/${id}/1`, { publish: true }), 204);
    expectProblem(await patch(`/v1/products/${id}/1`, { publish: false }), 422, "validation_failed", "publish");
    const { subscriptions } = expectStatus(await subscribe([{ code }]), 201);
    assert.deepEqual(subscriptions[0].products, [{ id, code, version: 1 }]);
    const again = await client.post("/v1/products", { code, name: code, prices: [price("1")], publish: false });
    assert.deepEqual([again.text, isReplay(again)], [reply.text, true], "as it was when it was made");
  });

  test("are drafts at first, keep their terms, and are had by number or by default", async () => {
    const { id, code } = await newProduct();
    const second = await client.post(`/v1/products/${id}`, { name: "ignored", prices: [price("2")] });
    assert.deepEqual(expectStatus(second, 201), { id, code, version: 2, status: "draft", is_default: false });
    const again = await client.post(`/v1/products/${id}`, { prices: [price("2.0")] });
    assert.deepEqual([again.text, isReplay(again)], [second.text, true], "the newest version over again");
    const third = { prices: [price("3")], publish: true };
    assert.equal(expectStatus(await client.post(`/v1/products/${id}`, third), 201).status, "published");
    assert.deepEqual(await versionsOf(id), { shown: ["3 published", "2 draft", "1 published"], default: 1 });

    expectStatus(await patch(`/v1/products/${id}/3`, { make_default: true }), 204);
    expectProblem(
      await patch(`/v1/products/${id}/3`, { make_default: false }),
      422,
      "validation_failed",
      "make_default",
    );
    expectStatus(await patch(`/v1/products/${id}/1`, { make_default: false }), 204);
    const { name, prices, entitlements, ...shown } = expectStatus(await client.get(`/v1/products/${id}/default`), 200);
    assert.deepEqual(shown, { id, code, version: 3, status: "published", is_default: true });
    assert.deepEqual([name, entitlements, unitPrice({ prices })], [code, [], "3"]);
    const first = expectStatus(await client.get(`/v1/products/${id}/1`), 200);
    assert.deepEqual([unitPrice(first), first.is_default], ["1", false]);
    assert.equal(expectStatus(await client.get(`/v1/products/${id}`), 200).default_version.version, 3);

    for (const [version, had] of [
      [1, 1],
      [3, 3],
      ["default", 3],
      [undefined, 3],
    ]) {
      const { subscriptions } = expectStatus(await subscribe([{ id, version }]), 201);
      assert.equal(subscriptions[0].products[0].version, had);
    }
    const path = "subscriptions[0].products[0].version";
    expectProblem(await subscribe([{ id, version: 2 }]), 422, "validation_failed", path);
    expectProblem(await subscribe([{ id, version: 4 }]), 422, "validation_failed", path);
    expectStatus(await patch(`/v1/products/${id}/2`, { publish: true, make_default: true }), 204);
    assert.equal((await versionsOf(id)).default, 2);
  });

  test("the first that is published becomes the default of a product of drafts", async () => {
    const { id } = await newProduct({ publish: false });
    expectStatus(await client.post(`/v1/products/${id}`, { prices: [price("2")] }), 201);
    expectStatus(await patch(`/v1/products/${id}/2`, { publish: true }), 204);
    assert.deepEqual(await versionsOf(id), { shown: ["2 published", "1 draft"], default: 2 });
    expectStatus(await patch(`/v1/products/${id}/1`, { publish: true }), 204);
    assert.equal((await versionsOf(id)).default, 2);
    const other = await newProduct({ publish: false });
    const published = { prices: [price("2")], publish: true };
    assert.equal(expectStatus(await client.post(`/v1/products/${other.id}`, published), 201).is_default, true);
  });

  test("made at the same time have numbers of their own", async () => {
    const { id } = await newProduct();
    const rates = Array.from({ length: 8 }, (_, place) => String(place + 2));
    const replies = await Promise.all(
      rates.map((rate) => client.post(`/v1/products/${id}`, { prices: [price(rate)], publish: true })),
    );
    const numbers = replies.map((reply) => expectStatus(reply, 201).version).sort();
    assert.deepEqual(numbers, [2, 3, 4, 5, 6, 7, 8, 9]);
    for (const [place, reply] of replies.entries()) {
      const version = expectStatus(await client.get(`/v1/products/${id}/${reply.body.version}`), 200);
      assert.equal(unitPrice(version), rates[place], "each has its own terms");
    }
  });

  test("name assets that exist, and every one that does not is told", async () => {
    const prices = [price("1"), price("1", "NOPE"), price("1", "usd")];
    const fields = ["prices[1].pricing[0].asset", "prices[2].pricing[0].asset"];
    const body = { code: uniqueId("p"), name: "X", prices };
    const problem = expectProblem(await client.post("/v1/products", body), 422, "validation_failed", ...fields);
    assert.match(problem.errors["prices[1].pricing[0].asset"][0], /NOPE/);
    const { id } = await newProduct();
    expectProblem(await client.post(`/v1/products/${id}`, { prices }), 422, "validation_failed", ...fields);
  });
});

describe("deleting", () => {
  const used = async (product: { code: string }, version?: number) =>
    expectStatus(await subscribe([{ code: product.code, version }]), 201);

  test("a product that nobody has is gone, and its code is free", async () => {
    const product = await newProduct();
    expectStatus(await remove(`/v1/products/${product.id}`), 204);
    for (const path of ["", "/1", "/default"]) {
      expectProblem(await client.get(`/v1/products/${product.id}${path}`), 404, "not_found");
    }
    expectProblem(await remove(`/v1/products/${product.id}`), 404, "not_found");
    const body = { code: product.code, name: product.code, prices: [price("1")] };
    const anew = await client.post("/v1/products", body);
    assert.notEqual(expectStatus(anew, 201).id, product.id);
    assert.equal(isReplay(anew), false);
  });

  test("a product that somebody has is archived: still there, not listed, not to be had", async () => {
    const product = await newProduct();
    const { id: customer } = await used(product);
    expectStatus(await remove(`/v1/products/${product.id}`), 204);
    expectStatus(await remove(`/v1/products/${product.id}`), 204);
    assert.deepEqual((await versionsOf(product.id)).shown, ["1 archived"]);
    assert.equal(expectStatus(await client.get(`/v1/products?code=${product.code}`), 200).total_count, 0);
    const path = "subscriptions[0].products[0].code";
    expectProblem(await subscribe([{ code: product.code }]), 422, "validation_failed", path);
    expectProblem(await client.post(`/v1/products/${product.id}`, { prices: [] }), 409, "wrong_state");
    expectProblem(await patch(`/v1/products/${product.id}/1`, { publish: true }), 409, "wrong_state");
    const body = { code: product.code, name: product.code, prices: [price("1")] };
    assert.match(expectProblem(await client.post("/v1/products", body), 409, "already_exists").detail, /archived/);
    // Who has it pays what was agreed.
    const event = { id: uniqueId("e"), event_type: "call", occurred_at: new Date().toISOString() };
    const headers = { prefer: "return=representation" };
    const sent = await client.post("/v1/events", { customer_id: customer, events: [event] }, { headers });
    assert.equal(expectStatus(sent, 200).fees[0].amount, "1");
  });

  test("a version that nobody has is gone, and its number with it", async () => {
    const product = await newProduct();
    for (const rate of ["2", "3"]) {
      expectStatus(await client.post(`/v1/products/${product.id}`, { prices: [price(rate)] }), 201);
    }
    expectStatus(await remove(`/v1/products/${product.id}/3`), 204);
    expectProblem(await remove(`/v1/products/${product.id}/3`), 404, "not_found");
    const next = await client.post(`/v1/products/${product.id}`, { prices: [price("3")] });
    assert.equal(expectStatus(next, 201).version, 4);
    assert.deepEqual((await versionsOf(product.id)).shown, ["4 draft", "2 draft", "1 published"]);
  });

  test("a version that somebody has is archived, but never the default one", async () => {
    const product = await newProduct();
    await used(product);
    const next = { prices: [price("2")], publish: true };
    expectStatus(await client.post(`/v1/products/${product.id}`, next), 201);
    const refused = expectProblem(await remove(`/v1/products/${product.id}/1`), 409, "wrong_state");
    assert.match(refused.detail, /default/);
    expectProblem(await remove(`/v1/products/${product.id}/default`), 409, "wrong_state");
    expectStatus(await patch(`/v1/products/${product.id}/2`, { make_default: true }), 204);
    expectStatus(await remove(`/v1/products/${product.id}/1`), 204);
    assert.deepEqual(await versionsOf(product.id), { shown: ["2 published", "1 archived"], default: 2 });
    const path = "subscriptions[0].products[0].version";
    expectProblem(await subscribe([{ code: product.code, version: 1 }]), 422, "validation_failed", path);
    expectProblem(
      await patch(`/v1/products/${product.id}/1`, { make_default: true }),
      422,
      "validation_failed",
      "make_default",
    );
  });

  test("the default version of a product that nobody has hands over to the best of the others", async () => {
    const product = await newProduct();
    expectStatus(await client.post(`/v1/products/${product.id}`, { prices: [price("2")], publish: true }), 201);
    expectStatus(await client.post(`/v1/products/${product.id}`, { prices: [price("3")] }), 201);
    expectStatus(await remove(`/v1/products/${product.id}/1`), 204);
    assert.deepEqual(await versionsOf(product.id), { shown: ["3 draft", "2 published"], default: 2 });
    expectStatus(await remove(`/v1/products/${product.id}/2`), 204);
    assert.deepEqual(await versionsOf(product.id), { shown: ["3 draft"], default: 3 });
    expectStatus(await remove(`/v1/products/${product.id}/3`), 204);
    assert.deepEqual(await versionsOf(product.id), { shown: ["3 archived"], default: 3 });
  });
});

describe("customers of the directory", () => {
  test("are counted by their active subscriptions, and filtered by them", async () => {
    const name = uniqueId("name");
    await createChatCustomer(client);
    const other = await newProduct();
    const subscriptions = [{ products: [{ code: "chat" }] }, { products: [{ code: other.code }] }];
    const { id } = expectStatus(await client.post("/v1/customers", { name, subscriptions }), 201);
    const { id: idle } = expectStatus(await client.post("/v1/customers", { name }), 201);
    const listed = async (query: string) => {
      const { items, total_count } = expectStatus(await client.get(`/v1/customers?name=${name}${query}`), 200);
      assert.equal(items.length, total_count);
      return items.map((one: Json) => `${one.id} ${one.active_subscription_count}`).sort();
    };
    assert.deepEqual(await listed(""), [`${id} 2`, `${idle} 0`].sort());
    assert.deepEqual(await listed("&status=active"), [`${id} 2`]);
    assert.deepEqual(await listed("&status=inactive"), [`${idle} 0`]);
    expectProblem(await client.get("/v1/customers?status=asleep"), 422, "validation_failed", "status");

    const directory = openDirectory(server.persist);
    directory.prepare("UPDATE subscription SET status = 'inactive' WHERE customer_id = ?").run(id);
    directory.close();
    assert.deepEqual(await listed("&status=active"), []);
    assert.equal(expectStatus(await client.get(`/v1/customers/${id}`), 200).active_subscription_count, 0);
  });

  test("keep the accounts that others know them by", async () => {
    const external_accounts = [{ provider: "stripe", provider_id: "cus_1" }];
    const body = { name: "Acme", external_id: uniqueId("c"), external_accounts };
    const first = await client.post("/v1/customers", body);
    const { id, ...created } = expectStatus(first, 201);
    assert.deepEqual(created.external_accounts, external_accounts);
    assert.deepEqual(expectStatus(await client.get(`/v1/customers/${id}`), 200).external_accounts, external_accounts);
    assert.equal((await client.post("/v1/customers", body)).text, first.text);
    const other = { ...body, external_accounts: [{ provider: "stripe", provider_id: "cus_2" }] };
    assert.match(
      expectProblem(await client.post("/v1/customers", other), 409, "already_exists").detail,
      new RegExp(id),
    );
  });

  test("without an external id are identified by their Idempotency-Key", async () => {
    const headers = { "idempotency-key": uniqueId("key") };
    const first = await client.post("/v1/customers", { name: "Acme" }, { headers });
    const again = await client.post("/v1/customers", { name: "Acme" }, { headers });
    assert.deepEqual([expectStatus(again, 201), isReplay(again)], [first.body, true]);
    expectProblem(await client.post("/v1/customers", { name: "Other" }, { headers }), 422, "operation_id_reused");
    assert.notEqual(expectStatus(await client.post("/v1/customers", { name: "Acme" }), 201).id, first.body.id);
  });
});

describe("vendors", () => {
  test("are created once under an external id or a key, found by either, and listed", async () => {
    const body = { name: "GPUs", external_id: uniqueId("v") };
    const first = await client.post("/v1/vendors", body);
    const vendor = expectStatus(first, 201);
    assert.match(vendor.id, /^vnd_[0-9a-z]{26}$/);
    assert.deepEqual(vendor, { ...vendor, ...body });
    const again = await client.post("/v1/vendors", body);
    assert.deepEqual([again.text, isReplay(again)], [first.text, true]);
    const other = await client.post("/v1/vendors", { ...body, name: "TPUs" });
    assert.match(expectProblem(other, 409, "already_exists").detail, new RegExp(vendor.id));
    assert.equal((await client.get(`/v1/vendors/${vendor.id}`)).text, first.text);
    const found = expectStatus(await client.get(`/v1/vendors?external_id=${body.external_id}`), 200);
    assert.deepEqual([found.items, found.total_count], [[vendor], 1]);
    expectProblem(await client.get("/v1/vendors/vnd_nope"), 404, "not_found");

    const headers = { "idempotency-key": uniqueId("key") };
    const keyed = expectStatus(await client.post("/v1/vendors", { name: "Keyed" }, { headers }), 201);
    assert.equal(expectStatus(await client.post("/v1/vendors", { name: "Keyed" }, { headers }), 201).id, keyed.id);
    expectProblem(await client.post("/v1/vendors", { name: "Else" }, { headers }), 422, "operation_id_reused");
    const all = expectStatus(await client.get("/v1/vendors?limit=1&offset=1"), 200);
    assert.deepEqual([all.items.length, all.total_count], [1, 2]);
  });
});
