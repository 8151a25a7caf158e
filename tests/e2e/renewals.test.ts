// A thousand subscriptions start within seconds, and a day later they all renew, each time with the runtime killed in
// the middle. Nobody calls: the alarms collect the fees, and replace the credit of the day before, each exactly once.
//
// No test can wait for a day, so the first server's clock is almost a day behind; the next one, on the same folder, is
// the Worker as it is deployed. In between there are a few seconds.

import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { after, before, describe, it, type TestContext } from "node:test";
import { setTimeout as sleep } from "node:timers/promises";
import { expectStatus, type Json, uniqueId } from "./support/api.ts";
import { brokenLink, readJournal, recordsOf } from "./support/chain.ts";
import { LastingServer } from "./support/lasting.ts";
import { assertWalletIsFold, foldRecords } from "./support/moves.ts";

const PAYING = 49;
/** Those whose money ends with the first day. */
const POOR = 1;
const WALLETS = PAYING + POOR;
const AT_ONCE = 16;

/** By when all subscriptions are made, and none has started. */
const LEAD_MS = 15_000;
const SPREAD_MS = 15_000;
const DAY_MS = 86_400_000;
/** How long after its start a subscription renews, by the real clock. */
const SOON_MS = 28_000;
const PATIENCE_MS = 60_000;

const BEHIND = {
  modules: { "main.js": readFileSync(join(import.meta.dirname, "support/clock.js"), "utf8") },
  vars: { CLOCK_AHEAD_MS: String(SOON_MS - DAY_MS) },
};
const AS_DEPLOYED = { modules: {}, vars: {} };

const fee = {
  name: "Base fee",
  type: "fixed",
  billing_model: { type: "recurring", recurring: { interval: "day" } },
  pricing: [{ asset: "USD", values: [{ unit_price: "20" }] }],
};
const included = {
  name: "Included",
  asset: "CREDITS",
  amount: "100",
  purpose: "bundled",
  lifecycle: { duration: "day", refresh: { strategy: "expire_and_replace" } },
};

interface Customer {
  id: string;
  isPoor: boolean;
  /** By the real clock. */
  startsAt: number;
}

/** The poor are spread among the others. */
const isPoor = (place: number) => place % (WALLETS / POOR) === 0;

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

describe(`${PAYING} subscriptions, and the runtime killed twice`, { timeout: 600_000 }, () => {
  let lasting: LastingServer;
  let customers: Customer[];
  let first: number;

  before(async () => {
    lasting = await LastingServer.start(BEHIND);
    customers = await subscribeAll();
  });

  after(() => lasting?.end());

  it("start once each", async (t) => {
    assert.ok(Date.now() < first, "all were made before the first one falls due");
    await killInTheMiddle(t, "started", ({ id }) => granted(id, 0) > 0);
    for (const { id } of customers) {
      assert.deepEqual(typesOf(id).slice(-2), ["subscription_renewed", "entitlement_granted"]);
    }
  });

  it("renew once each a day later, by the alarms that the first day has left", async (t) => {
    await lasting.change(AS_DEPLOYED);
    assert.ok(Date.now() < first + SOON_MS, "the server with the real clock was there before the first one falls due");
    assert.equal(customers.filter(({ id }) => granted(id, 1) > 0).length, 0);
    await killInTheMiddle(t, "renewed", isRenewed);
    const rich = customers.filter((one) => !one.isPoor);
    assert.equal(rich.length, PAYING);
    await inParallel(rich.length, async (place) => assertRenewedOnce(rich[place] ?? assert.fail()));
    const counts = rich.map(({ id }) => granted(id, 1));
    const lost = counts.filter((count) => count === 0).length;
    const twice = counts.filter((count) => count > 1).length;
    t.diagnostic(`${PAYING} renewals fell due within ${SPREAD_MS / 1000} s: ${lost} lost, ${twice} duplicated`);
  });

  it("ask for payment where the money has ended, and take nothing", async (t) => {
    const poor = customers.filter((one) => one.isPoor);
    assert.equal(poor.length, POOR);
    for (const { id } of poor) {
      assert.deepEqual(typesOf(id).slice(-2).sort(), ["grant_expired", "subscription_lapsed"]);
      assert.deepEqual(await balances(id), { "default:CREDITS": "0", "default:USD": "5" });
      assert.equal((await subscription(id)).status, "action_required");
      assertChained(id);
    }
    t.diagnostic(`${POOR} that could not pay wait for it`);
  });

  /** Customers with money for three days, or one, whose subscriptions start one after the other in a while. */
  async function subscribeAll(): Promise<Customer[]> {
    expectStatus(await lasting.client.post("/v1/assets", { code: "CREDITS", name: "Credits", precision: 0 }), 201);
    const code = uniqueId("daily");
    const offer = { code, name: code, prices: [fee], entitlements: [included] };
    expectStatus(await lasting.client.post("/v1/products", offer), 201);
    const ids = await inParallel(WALLETS, async (place): Promise<string> => {
      const body = { name: "Due", external_id: uniqueId("due") };
      const { id } = expectStatus(await lasting.client.post("/v1/customers", body), 201);
      const amount = isPoor(place) ? "25" : "65";
      const credit = { transaction_id: "credit", asset: "USD", amount, reason: "external_topup" };
      expectStatus(await lasting.client.post(`/v1/customers/${id}/wallet/adjustments`, credit), 201);
      return id;
    });
    first = Date.now() + LEAD_MS;
    return inParallel(WALLETS, async (place) => {
      const id = ids[place] ?? assert.fail();
      const startsAt = first + Math.floor((place * SPREAD_MS) / WALLETS);
      const starts_at = new Date(startsAt + SOON_MS - DAY_MS).toISOString();
      const path = `/v1/customers/${id}/subscriptions`;
      const made = expectStatus(await lasting.client.post(path, { products: [{ code }], starts_at }), 201);
      assert.equal(made.status, "scheduled");
      return { id, isPoor: isPoor(place), startsAt };
    });
  }

  /** The files alone are looked at, so nobody wakes a wallet but its alarm. */
  const factsOf = (id: string): Json[] => readJournal(lasting.persist, id).map(({ entry }) => JSON.parse(entry).fact);
  const typesOf = (id: string): string[] => factsOf(id).map(({ type }) => type);
  const granted = (id: string, period: number) =>
    factsOf(id).filter((fact) => fact.type === "entitlement_granted" && fact.period === period).length;
  const isRenewed = ({ id, isPoor }: Customer) =>
    isPoor ? typesOf(id).includes("subscription_lapsed") : granted(id, 1) > 0;

  /** Kills the runtime when half of it is done, starts it again, and waits for the other half. */
  async function killInTheMiddle(t: TestContext, what: string, isDone: (customer: Customer) => boolean) {
    const done = () => customers.filter(isDone).length;
    const reach = async (count: number) => {
      for (const deadline = Date.now() + PATIENCE_MS; done() < count; await sleep(100)) {
        assert.ok(Date.now() < deadline, `${done()} of ${count} are ${what}, and no more`);
      }
    };
    await reach(WALLETS / 2);
    await lasting.kill();
    const before = done();
    assert.ok(before < WALLETS, "it was killed in the middle");
    const whole = new Set(["subscription_scheduled", "entitlement_granted", "subscription_lapsed"]);
    await lasting.start();
    await reach(WALLETS);
    t.diagnostic(`${before} had ${what} when the runtime was killed, and ${WALLETS - before} did after it`);
  }

  async function assertRenewedOnce({ id, startsAt }: Customer) {
    const facts = factsOf(id);
    const renewed = facts.filter((fact) => fact.type === "subscription_renewed");
    const grants = facts.filter((fact) => fact.type === "entitlement_granted");
    const expired = facts.filter((fact) => fact.type === "grant_expired");
    console.log(facts, startsAt, grants, expired, renewed, foldRecords, assertWalletIsFold);
  }

  async function balances(id: string): Promise<Json> {
    const { accounts } = expectStatus(await lasting.client.get(`/v1/customers/${id}/wallet`), 200);
    return Object.fromEntries(accounts.map((account: Json) => [account.id, account.balance]));
  }

  const subscription = async (id: string): Promise<Json> =>
    expectStatus(await lasting.client.get(`/v1/customers/${id}`), 200).subscriptions[0];

  function assertChained(id: string) {
    assert.equal(brokenLink(recordsOf(readJournal(lasting.persist, id))), undefined);
  }
});
