// A wallet fills itself again: its alarm charges what a debit made due, while nobody calls. Then the runtime is killed at every
// point between the debit and the credit, and started again: what was charged is credited once, and nothing is charged twice.

import assert from "node:assert/strict";
import { after, before, describe, it } from "node:test";
import { openDirectory } from "../../scripts/persist.ts";
import { credit, expectStatus, type Json, uniqueId } from "./support/api.ts";
import { readJournal } from "./support/chain.ts";
import { LastingServer } from "./support/lasting.ts";
import { eventually } from "./support/patience.ts";

const MINUTE_MS = 60_000;
const HOUR_MS = 60 * MINUTE_MS;

const RULE = { threshold: "10", amount: "50" };

let lasting: LastingServer;

/** A customer with 25 USD, a card, and a rule that is at rest. */
async function settle(card: string, name?: string): Promise<string> {
  const { client } = lasting;
  const { id } = expectStatus(await client.post("/v1/customers", { name: "Acme" }), 201);
  await credit(client, id, "25");
  expectStatus(await client.post(`/v1/customers/${id}/payment-methods`, { card, name }), 201);
  expectStatus(await client.send("PUT", `/v1/customers/${id}/wallet/recharge/USD`, RULE), 200);
  return id;
}

const rule = async (id: string): Promise<Json> =>
  expectStatus(await lasting.client.get(`/v1/customers/${id}/wallet/recharge/USD`), 200);

const charge = (id: string, words = uniqueId("charge")) =>
  lasting.client.post(`/v1/customers/${id}/wallet/charges`, { transaction_id: words, asset: "USD", amount: "20" });

/** What the processor has charged, by its own truth. */
function charged(id: string): { recharge_id: string; price: string; outcome: string }[] {
  const database = openDirectory(lasting.persist);
  try {
    const asked = "SELECT recharge_id, price, outcome FROM simulated_charge WHERE customer_id = ?";
    return database.prepare(asked).all(id) as { recharge_id: string; price: string; outcome: string }[];
  } finally {
    database.close();
  }
}

/** The steps of the wallet's recharges, and its credits, as its file has them. */
function steps(id: string): string[] {
  return readJournal(lasting.persist, id).flatMap(({ entry }) => {
    const { fact }: Json = JSON.parse(entry);
    if (fact.type === "recharge") return Object.keys(fact.step);
    return fact.source === "recharge" ? ["credited"] : [];
  });
}

const credits = (id: string) => steps(id).filter((step) => step === "credited").length;

/** One charge, one credit, and nothing that is still to be done. */
async function assertChargedOnce(id: string, told: string): Promise<void> {
  await eventually(() => credits(id) === 1, told);
  await eventually(async () => (await rule(id)).state === "idle", told);
  assert.equal(charged(id).length, 1, told);
  assert.equal(charged(id)[0]?.price, "50", told);
  assert.equal((await rule(id)).available, "55", told);
}

describe("a recharge", () => {
  before(async () => {
    lasting = await LastingServer.start();
  });

  after(() => lasting.end());

  it("is charged at once by the alarm, although nobody calls again", async () => {
    const id = await settle("ok");
    expectStatus(await charge(id), 201);
    await assertChargedOnce(id, "the alarm has charged");
    assert.deepEqual(steps(id), ["set", "intended", "credited"]);
    const recharge = charged(id)[0]?.recharge_id;
    const { amount, receipt } = expectStatus(await lasting.client.get(`/v1/recharges/${recharge}`), 200);
    assert.equal(amount, "50");
    assert.deepEqual(receipt, { amount: "50", tax: "0", currency: "USD", url: null, number: null });
  });

  it("is looked up until a payment that is under way has ended", async () => {
    const id = await settle("processing_ok");
    expectStatus(await charge(id), 201);
    await eventually(() => steps(id).includes("pending"), "it is under way");
    assert.equal((await rule(id)).charging.status, "processing");
    await lasting.advance(2 * MINUTE_MS);
    await assertChargedOnce(id, "the alarm has looked");
  });

  it("is tried again an hour after a decline, and the customer can pay by hand meanwhile", async () => {
    const id = await settle("declined");
    expectStatus(await charge(id), 201);
    await eventually(() => steps(id).includes("declined"), "it was declined");
    const { state, because, last_attempt } = await rule(id);
    assert.deepEqual([state, because], ["waiting", "declined"]);
    const page = await fetch(last_attempt.redirect_url);
    assert.equal(page.status, 200);
    assert.match(await page.text(), /Pay 50/);
    await lasting.advance(HOUR_MS);
    await eventually(() => charged(id).length === 2, "the alarm has tried again");
    assert.equal(credits(id), 0);
  });

  it("happens once for a wallet that was asleep for a month", async () => {
    const id = await settle("ok");
    const cooling = { ...RULE, cooldown: 31 * 24 * 3600 };
    expectStatus(await lasting.client.send("PUT", `/v1/customers/${id}/wallet/recharge/USD`, cooling), 200);
    expectStatus(await charge(id), 201);
    await assertChargedOnce(id, "the first one");
    expectStatus(await charge(id), 201);
    expectStatus(await charge(id), 201);
    expectStatus(await charge(id), 201);
    assert.equal((await rule(id)).because, "cooldown");
    await lasting.advance(31 * 24 * HOUR_MS);
    await eventually(() => credits(id) === 2, "the second one");
    assert.deepEqual(
      charged(id).map((one) => one.price),
      ["50", "50"],
    );
  });
});

describe("SIGKILL in the middle of a recharge", () => {
  before(async () => {
    lasting = await LastingServer.start({ build: "faults" });
  });

  after(() => lasting.end());

  /** Starts again, in a world in which nothing fails on request, and waits for the alarms. */
  async function recover(id: string, told: string): Promise<void> {
    await lasting.kill();
    await lasting.changeBuild("release");
    // Whatever the alarm waits for.
    await lasting.advance(MINUTE_MS);
    await assertChargedOnce(id, told);
    await lasting.changeBuild("faults");
  }

  it("before the intent's row: the debit is not there either, and can be sent again", async () => {
    const id = await settle("ok");
    const words = `fault:panic-before-write ${uniqueId("tx")}`;
    expectStatus(await charge(id, words), 500);
    await lasting.kill();
    assert.deepEqual(steps(id), ["set"]);
    await lasting.changeBuild("release");
    expectStatus(await charge(id, words), 201);
    await assertChargedOnce(id, "the debit was sent again");
    await lasting.changeBuild("faults");
  });

  it("after the intent's row, before anybody was asked", async () => {
    const id = await settle("ok");
    expectStatus(await charge(id, `fault:panic-after-write ${uniqueId("tx")}`), 500);
    await recover(id, "after the row");
  });

  for (const [point, charges] of [
    ["fault:stall-before-charge", 0],
    ["fault:stall-after-charge", 1],
  ] as const) {
    it(`at ${point}, of which ${charges} were made`, async () => {
      const id = await settle("ok", point);
      expectStatus(await charge(id), 201);
      await eventually(() => steps(id).includes("intended") && charged(id).length === charges, "it has come so far");
      await lasting.kill();
      assert.equal(charged(id).length, charges);
      assert.equal(credits(id), 0);
      await lasting.start();
      await recover(id, point);
    });
  }
});
