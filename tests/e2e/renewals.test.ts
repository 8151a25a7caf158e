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
import { getWallet } from "./support/load.ts";
import { assertWalletIsFold, foldRecords } from "./support/moves.ts";

const PAYING = 1000;
/** Those whose money ends with the first day. */
const POOR = 20;
const WALLETS = PAYING + POOR;
const AT_ONCE = 16;

/** By when all subscriptions are made, and none has started. */
const LEAD_MS = 20_000;
const SPREAD_MS = 15_000;
const DAY_MS = 86_400_000;
/** How long after its start a subscription renews, by the real clock. */
const SOON_MS = 40_000;
const PATIENCE_MS = 60_000;

const BEHIND = {
  modules: { "main.js": readFileSync(join(import.meta.dirname, "support/clock.js"), "utf8") },
  vars: { CLOCK_BEHIND_MS: String(DAY_MS - SOON_MS) },
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

/** The entries of a wallet as they follow each other. */
const SCHEDULED = ["wallet_opened", "credited", "subscribed"];
const STARTED = [...SCHEDULED, "subscription_renewed", "entitlement_granted"];
const RENEWED = [...STARTED, "subscription_renewed", "entitlement_granted", "grant_expired"];
const LAPSED = [...STARTED, "subscription_lapsed", "grant_expired"];

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
    assert.ok(Date.now() < first, "all were made before the first one fell due");
    await killInTheMiddle(t, "started", () => [SCHEDULED, STARTED]);
    for (const { id, startsAt } of customers) {
      const [start] = factsOf(id).filter(({ type }) => type === "subscription_renewed");
      assert.equal(start.starts, true);
      assert.equal(start.due_at, (startsAt + SOON_MS - DAY_MS) * 1000);
    }
  });

  it("renew once each a day later, by the alarms that the first day has left", async (t) => {
    await lasting.change(AS_DEPLOYED);
    assert.ok(Date.now() < first + SOON_MS, "the real clock was there before the first one fell due");
    await killInTheMiddle(t, "renewed", ({ isPoor }) => [STARTED, isPoor ? LAPSED : RENEWED]);
    const paying = customers.filter((one) => !one.isPoor);
    assert.equal(paying.length, PAYING);
    const renewals = paying.map(({ id }) => typesOf(id).filter((type) => type === "subscription_renewed").length - 1);
    const lost = renewals.filter((count) => count < 1).length;
    const twice = renewals.filter((count) => count > 1).length;
    const window = (spread(paying.map(renewedAt)) / 1000).toFixed(1);
    t.diagnostic(
      `${PAYING} were due within ${SPREAD_MS / 1000} s and renewed within ${window} s: ${lost} lost, ${twice} duplicated`,
    );
    assert.deepEqual([lost, twice], [0, 0]);
    await inParallel(PAYING, (place) => assertRenewed(paying[place] ?? assert.fail()));
  });

  it("ask for payment where the money has ended, and take nothing", async (t) => {
    const poor = customers.filter((one) => one.isPoor);
    assert.equal(poor.length, POOR);
    for (const { id } of poor) {
      assert.deepEqual(await assertSound(id), { "default:CREDITS": "0", "default:USD": "5" });
      const [subscription] = expectStatus(await lasting.client.get(`/v1/customers/${id}`), 200).subscriptions;
      assert.equal(subscription.status, "action_required");
    }
    t.diagnostic(`${POOR} could not pay and are asked to`);
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

  // Only the files are looked at, so nothing wakes a wallet but its alarm.
  const factsOf = (id: string): Json[] => readJournal(lasting.persist, id).map(({ entry }) => JSON.parse(entry).fact);
  const typesOf = (id: string): string[] => factsOf(id).map(({ type }) => type);

  /** Kills the runtime when half of them are done, starts it again, and waits for the other half. */
  async function killInTheMiddle(t: TestContext, what: string, steps: (customer: Customer) => [string[], string[]]) {
    const isDone = (one: Customer) => typesOf(one.id).length > steps(one)[0].length;
    const reach = async (count: number) => {
      const left = new Set(customers);
      for (const deadline = Date.now() + PATIENCE_MS; ; await sleep(100)) {
        for (const one of left) if (isDone(one)) left.delete(one);
        if (WALLETS - left.size >= count) return;
        assert.ok(Date.now() < deadline, `${WALLETS - left.size} have ${what}, and no more`);
      }
    };
    for (const one of customers) assert.deepEqual(typesOf(one.id), steps(one)[0], "none was early");
    await reach(WALLETS / 2);
    await lasting.kill();
    // The files as the dead runtime left them: each wallet has done it wholly or not at all.
    const done = customers.filter(isDone);
    for (const one of customers) assert.deepEqual(typesOf(one.id), steps(one)[done.includes(one) ? 1 : 0]);
    assert.ok(done.length < WALLETS, "it was killed in the middle");
    await lasting.start();
    await reach(WALLETS);
    for (const one of customers) assert.deepEqual(typesOf(one.id), steps(one)[1]);
    t.diagnostic(`${done.length} had ${what} when the runtime was killed, ${WALLETS - done.length} after it`);
  }

  /** One fee for the second day, and its credit in the place of the first day's. */
  async function assertRenewed({ id, startsAt }: Customer) {
    const [due, ends] = [(startsAt + SOON_MS) * 1000, (startsAt + SOON_MS + DAY_MS) * 1000];
    const [renewed, granted, expired] = factsOf(id).slice(STARTED.length);
    assert.equal(renewed.due_at, due);
    assert.deepEqual(
      renewed.fees.map(({ amount }: Json) => amount),
      ["20"],
    );
    assert.deepEqual([granted.period, granted.amount, granted.starts_at, granted.ends_at], [1, "100", due, ends]);
    assert.deepEqual([expired.grant, expired.amount], [STARTED.length, "100"]);
    assert.ok(renewedAt({ id }) >= due / 1000, "it was not early");
    assert.deepEqual(await assertSound(id), { "default:CREDITS": "100", "default:USD": "25" });
  }

  const renewedAt = ({ id }: { id: string }): number =>
    (readJournal(lasting.persist, id)[STARTED.length]?.at ?? assert.fail()) / 1000;

  const spread = (times: number[]): number => Math.max(...times) - Math.min(...times);

  /** The chain holds, and the server says what the rows say: the balances. */
  async function assertSound(id: string): Promise<Json> {
    const rows = readJournal(lasting.persist, id);
    assert.equal(brokenLink(recordsOf(rows)), undefined);
    const { body } = await getWallet(lasting.client, id);
    assertWalletIsFold(body, foldRecords(rows.map((row) => row.entry)));
    return Object.fromEntries(body.accounts.map((account: Json) => [account.id, account.balance]));
  }
});
