// A thousand subscriptions start within seconds, and a day later they all renew, each time with the runtime killed in
// the middle. Nobody calls: the alarms collect the fees, and replace the credit of the day before, each exactly once.
//
// No test can wait for a day, so the server is stopped, and started again with a later clock and its alarms so much sooner. Some
// are due an hour after the others, so that the runtime is never killed after the last.

import assert from "node:assert/strict";
import { after, before, describe, it, type TestContext } from "node:test";
import { expectStatus, type Json, uniqueId } from "./support/api.ts";
import { brokenLink, readJournal, recordsOf } from "./support/chain.ts";
import { LastingServer } from "./support/lasting.ts";
import { getWallet } from "./support/load.ts";
import { assertWalletIsFold, foldRecords } from "./support/moves.ts";
import { eventually } from "./support/patience.ts";

const PAYING = 1000;
/** Those whose money ends with the first day. */
const POOR = 20;
const WALLETS = PAYING + POOR;
const AT_ONCE = 16;

const HOUR_MS = 3_600_000;
const DAY_MS = 24 * HOUR_MS;
const SPREAD_MS = 15_000;
/** One in so many is due an hour later. */
const LATER_ONE_IN = 10;
/** So long before the first is due a server starts. */
const LEAD_MS = 3000;

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
  /** By the server's clock. */
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

describe(`${PAYING} subscriptions, and the runtime killed twice`, { timeout: 1_800_000 }, () => {
  let lasting: LastingServer;
  let customers: Customer[];
  let first: number;

  before(async () => {
    lasting = await LastingServer.start();
    customers = await subscribeAll();
  });

  after(() => lasting?.end());

  it("start once each", async (t) => {
    await killInTheMiddle(t, "started", first, () => [SCHEDULED, STARTED]);
    for (const { id, startsAt } of customers) {
      const [start] = factsOf(id).filter(({ type }) => type === "subscription_renewed");
      assert.equal(start.starts, true);
      assert.equal(start.due_at, startsAt * 1000);
    }
  });

  it("renew once each a day later, by the alarms that the first day has left", async (t) => {
    await killInTheMiddle(t, "renewed", first + DAY_MS, ({ isPoor }) => [STARTED, isPoor ? LAPSED : RENEWED]);
    const paying = customers.filter((one) => !one.isPoor);
    assert.equal(paying.length, PAYING);
    const renewals = paying.map(({ id }) => typesOf(id).filter((type) => type === "subscription_renewed").length - 1);
    const lost = renewals.filter((count) => count < 1).length;
    const twice = renewals.filter((count) => count > 1).length;
    t.diagnostic(`${PAYING} were due: ${lost} lost, ${twice} duplicated`);
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
    // Far enough for the slowest machine: all are made before the first falls due.
    first = lasting.now() + HOUR_MS;
    return inParallel(WALLETS, async (place) => {
      const id = ids[place] ?? assert.fail();
      const later = place % LATER_ONE_IN === 1 ? HOUR_MS : 0;
      const startsAt = first + later + Math.floor((place * SPREAD_MS) / WALLETS);
      const starts_at = new Date(startsAt).toISOString();
      const path = `/v1/customers/${id}/subscriptions`;
      const made = expectStatus(await lasting.client.post(path, { products: [{ code }], starts_at }), 201);
      assert.equal(made.status, "scheduled");
      return { id, isPoor: isPoor(place), startsAt };
    });
  }

  // Only the files are looked at, so nothing wakes a wallet but its alarm.
  const factsOf = (id: string): Json[] => readJournal(lasting.persist, id).map(({ entry }) => JSON.parse(entry).fact);
  const typesOf = (id: string): string[] => factsOf(id).map(({ type }) => type);

  /** Kills the runtime while the first of them are done, starts it again, and waits for the others. */
  async function killInTheMiddle(
    t: TestContext,
    what: string,
    due: number,
    steps: (customer: Customer) => [string[], string[]],
  ) {
    const isDone = (one: Customer) => typesOf(one.id).length > steps(one)[0].length;
    const left = new Set(customers);
    const reach = (count: number) =>
      eventually(
        () => {
          for (const one of left) {
            if (isDone(one)) left.delete(one);
            if (WALLETS - left.size >= count) return true;
          }
          return false;
        },
        () => `${WALLETS - left.size} have ${what}, and no more`,
        100,
      );
    await lasting.stop();
    for (const one of customers) assert.deepEqual(typesOf(one.id), steps(one)[0], "none was early");
    lasting.pass(due - LEAD_MS - lasting.now());
    await lasting.start();
    await reach(WALLETS / 4);
    await lasting.kill();
    // The files as the dead runtime left them: each wallet has done it wholly or not at all.
    const done = customers.filter(isDone);
    for (const one of customers) assert.deepEqual(typesOf(one.id), steps(one)[done.includes(one) ? 1 : 0]);
    assert.ok(done.length < WALLETS, "it was killed in the middle");
    lasting.pass(HOUR_MS);
    await lasting.start();
    await reach(WALLETS);
    for (const one of customers) assert.deepEqual(typesOf(one.id), steps(one)[1]);
    t.diagnostic(`${done.length} had ${what} when the runtime was killed, ${WALLETS - done.length} after it`);
  }

  /** One fee for the second day, and its credit in the place of the first day's. */
  async function assertRenewed({ id, startsAt }: Customer) {
    const [due, ends] = [(startsAt + DAY_MS) * 1000, (startsAt + 2 * DAY_MS) * 1000];
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

  /** The chain holds, and the server says what the rows say: the balances. */
  async function assertSound(id: string): Promise<Json> {
    const rows = readJournal(lasting.persist, id);
    assert.equal(brokenLink(recordsOf(rows)), undefined);
    const { body } = await getWallet(lasting.client, id);
    assertWalletIsFold(body, foldRecords(rows.map((row) => row.entry)));
    return Object.fromEntries(body.accounts.map((account: Json) => [account.id, account.balance]));
  }
});
