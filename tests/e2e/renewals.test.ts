// A thousand subscriptions fall due within a minute, and the runtime is killed in the middle of it. Nobody calls: the
// alarms collect the fees and grant the credit, each exactly once.

import assert from "node:assert/strict";
import { after, before, describe, it } from "node:test";
import { setTimeout as sleep } from "node:timers/promises";
import { expectStatus, uniqueId } from "./support/api.ts";
import { brokenLink, readJournal, recordsOf } from "./support/chain.ts";
import { LastingServer } from "./support/lasting.ts";

const WALLETS = 1000;
const AT_ONCE = 16;
const SPREAD_MS = 20_000;
const PATIENCE_MS = 120_000;

let lasting: LastingServer;

before(async () => {
  lasting = await LastingServer.start();
});

after(() => lasting?.end());

async function inParallel<T>(count: number, work: (place: number) => Promise<T>): Promise<T[]> {
  const results: T[] = [];
  let next = 0;
  const worker = async () => {
    while (next < count) {
      const place = next++;
      results[place] = await work(place);
    }
  };
  await Promise.all(Array.from({ length: AT_ONCE }, worker));
  return results;
}

const fee = {
  name: "Base fee",
  type: "fixed",
  billing_model: { type: "recurring", recurring: { interval: "month" } },
  pricing: [{ asset: "USD", values: [{ unit_price: "20" }] }],
};
const included = {
  name: "Included",
  asset: "USD",
  amount: "3",
  purpose: "bundled",
  lifecycle: { duration: "month", refresh: { strategy: "expire_and_replace" } },
};

describe("Subscriptions that fall due while the runtime is killed", () => {
  it(`are collected once each, all ${WALLETS} of them`, { timeout: 600_000 }, async () => {
    const code = uniqueId("due");
    const offer = { code, name: code, prices: [fee], entitlements: [included] };
    expectStatus(await lasting.client.post("/v1/products", offer), 201);
    const customers = await inParallel(WALLETS, async (): Promise<string> => {
      const body = { name: "Due", external_id: uniqueId("due") };
      const { id } = expectStatus(await lasting.client.post("/v1/customers", body), 201);
      const credit = { transaction_id: "credit", asset: "USD", amount: "25", reason: "external_topup" };
      expectStatus(await lasting.client.post(`/v1/customers/${id}/wallet/adjustments`, credit), 201);
      return id;
    });
    const first = Date.now() + 30_000;
    await inParallel(WALLETS, async (place) => {
      const starts_at = new Date(first + (place * SPREAD_MS) / WALLETS).toISOString();
      const path = `/v1/customers/${customers[place]}/subscriptions`;
      const made = expectStatus(await lasting.client.post(path, { products: [{ code }], starts_at }), 201);
      assert.equal(made.status, "scheduled");
    });
    assert.ok(Date.now() < first, "all were made before the first one fell due");

    const collected = (id: string) =>
      readJournal(lasting.persist, id).filter(({ entry }) => entry.includes('"type":"subscription_renewed"')).length;
    const granted = (id: string) =>
      readJournal(lasting.persist, id).filter(({ entry }) => entry.includes('"type":"entitlement_granted"')).length;
    const done = () => customers.filter((id) => granted(id) > 0).length;

    await sleep(first + SPREAD_MS / 2 - Date.now());
    await lasting.kill();
    const before = done();
    assert.ok(before > 0 && before < WALLETS, `killed in the middle: ${before} of ${WALLETS} were done`);
    await lasting.start();
    for (const deadline = Date.now() + PATIENCE_MS; done() < WALLETS && Date.now() < deadline; ) await sleep(1000);

    for (const id of customers) {
      assert.equal(collected(id), 1, `${id} paid once`);
      assert.equal(granted(id), 1, `${id} has its credit once`);
      assert.equal(brokenLink(recordsOf(readJournal(lasting.persist, id))), undefined);
      const { accounts } = expectStatus(await lasting.client.get(`/v1/customers/${id}/wallet`), 200);
      assert.equal(accounts[0].balance, "8");
    }
    console.log(`${WALLETS} fell due within ${SPREAD_MS / 1000} s; ${before} were done when the runtime was killed.`);
  });
});
