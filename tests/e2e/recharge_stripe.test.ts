// Recharges at Stripe, from the debit to the credit: the built Worker, a fake Stripe, and the runtime killed at every step while
// Stripe's answers go wrong in every way. What was really charged is the fake's truth; the wallet has to agree with it.

import assert from "node:assert/strict";
import { after, before, describe, it } from "node:test";
import { openDirectory } from "../../scripts/persist.ts";
import type { Planned } from "../stripe/faults.ts";
import type { FakeStripe } from "../stripe/server.ts";
import { detach, renewCard, turnInto } from "../stripe/state/methods.ts";
import { credit, expectStatus, type Json, uniqueId } from "./support/api.ts";
import { connectedServer } from "./support/at_stripe.ts";
import { readJournal } from "./support/chain.ts";
import type { LastingServer } from "./support/lasting.ts";
import { eventually } from "./support/patience.ts";

const MINUTE = 60;
const HOUR = 60 * MINUTE;

const INTENTS = "/v1/payment_intents";

const GOOD = "4242424242424242";
const CARDS = { declined: "4000000000000341", asks: "4000002760003184" };

let fake: FakeStripe;
let lasting: LastingServer;

before(async () => {
  ({ fake, lasting } = await connectedServer());
});

after(async () => {
  await lasting?.end();
  await fake?.close();
});

/** Time passes, for Stripe as well. */
async function pass(seconds: number): Promise<void> {
  await lasting.advance(seconds * 1000);
  await fake.advance(seconds);
}

const methods = async (id: string): Promise<Json[]> =>
  expectStatus(await lasting.client.get(`/v1/customers/${id}/payment-methods`), 200).items;

/** Adds a card at Stripe's page and comes back; where that leads. */
async function addCard(id: string): Promise<string> {
  const urls = { return_url: "https://shop.example/thanks", failure_url: "https://shop.example/sorry" };
  const path = `/v1/customers/${id}/payment-methods/sessions`;
  const { redirect_url } = expectStatus(await lasting.client.post(path, urls), 201);
  const body = new URLSearchParams({ do: "pay", with: GOOD });
  const reply = await fetch(redirect_url, { method: "POST", body, redirect: "manual" });
  assert.equal(reply.status, 303, await reply.text());
  const back = await fetch(String(reply.headers.get("location")), { redirect: "manual" });
  await back.arrayBuffer();
  return String(back.headers.get("location"));
}

/** A customer with 25 USD, a card at Stripe, and a rule that is at rest. */
async function settle(number = GOOD): Promise<string> {
  const { id } = expectStatus(await lasting.client.post("/v1/customers", { name: "Acme" }), 201);
  await credit(lasting.client, id, "25");
  assert.equal(await addCard(id), "https://shop.example/thanks");
  if (number !== GOOD) await turn(id, number);
  const rule = { threshold: "10", amount: "50" };
  expectStatus(await lasting.client.send("PUT", `/v1/customers/${id}/wallet/recharge/USD`, rule), 200);
  return id;
}

/** The card's id at Stripe. */
function cardOf(id: string): string {
  const found = rows("SELECT processor_id FROM payment_method WHERE customer_id = ?", id);
  return String(found[0]?.processor_id);
}

/** From now on the card does what another test card does. */
const turn = (id: string, number: string) => fake.act((books) => turnInto(books, cardOf(id), number));

function rows(sql: string, ...values: string[]): Json[] {
  const database = openDirectory(lasting.persist);
  try {
    return database.prepare(sql).all(...values) as Json[];
  } finally {
    database.close();
  }
}

/** At which step the next build of faults stops; the server must not run. */
function stopAt(id: string, fault: string): void {
  rows("UPDATE payment_method SET name = ? WHERE customer_id = ?", fault, id);
}

const rule = async (id: string): Promise<Json> =>
  expectStatus(await lasting.client.get(`/v1/customers/${id}/wallet/recharge/USD`), 200);

const spend = (id: string, words = uniqueId("charge")) =>
  lasting.client.post(`/v1/customers/${id}/wallet/charges`, { transaction_id: words, asset: "USD", amount: "20" });

/** The steps of the wallet's recharges, and its credits, as its file has them. */
function steps(id: string): string[] {
  return readJournal(lasting.persist, id).flatMap(({ entry }) => {
    const { fact }: Json = JSON.parse(entry);
    if (fact.type === "recharge") return Object.keys(fact.step);
    return fact.source === "recharge" ? ["credited"] : [];
  });
}

const count = (id: string, step: string) => steps(id).filter((one) => one === step).length;

/** What was really charged for a customer of ours. */
function charges(id: string): number {
  const { entries } = fake.truth({ metadata: { scrip_customer_id: id } });
  return entries.filter(({ movement }) => movement === "captured").length;
}

/** How often Stripe was asked to charge. */
const asked = (id: string) =>
  fake.asked.filter(({ path, form }) => {
    const metadata = form.metadata as { [name: string]: string } | undefined;
    return path === INTENTS && metadata?.scrip_customer_id === id;
  }).length;

describe("a recharge at Stripe", () => {
  it("is one charge and one credit, by the alarm and by the event", async () => {
    const id = await settle();
    expectStatus(await spend(id), 201);
    await eventually(() => count(id, "credited") === 1, "it is credited");
    await fake.settled();
    assert.deepEqual(steps(id), ["set", "intended", "credited"]);
    assert.equal(charges(id), 1);
    assert.equal((await rule(id)).available, "55");
  });

  it("that is declined is paid at Stripe by the customer, who is there", async () => {
    const id = await settle(CARDS.declined);
    expectStatus(await spend(id), 201);
    await eventually(() => steps(id).includes("declined"), "it is declined");
    const { last_attempt } = await rule(id);
    assert.equal(last_attempt.code, "card_declined");
    assert.ok(last_attempt.redirect_url.startsWith(fake.url), last_attempt.redirect_url);
    const body = new URLSearchParams({ do: "pay", with: GOOD });
    assert.equal((await fetch(last_attempt.redirect_url, { method: "POST", body, redirect: "manual" })).status, 303);
    await fake.settled();
    assert.equal((await rule(id)).available, "55");
    assert.equal(charges(id), 1);
  });

  it("follows what becomes of its card", async () => {
    const id = await settle();
    const [{ id: method }] = (await methods(id)) as [Json];
    const named = { threshold: "10", amount: "50", payment_method: method };
    expectStatus(await lasting.client.send("PUT", `/v1/customers/${id}/wallet/recharge/USD`, named), 200);
    await fake.act((books) => renewCard(books, cardOf(id), "1111", 1, 2040));
    assert.equal((await methods(id))[0]?.last4, "1111");
    expectStatus(await lasting.client.send("DELETE", `/v1/customers/${id}/payment-methods/${method}`), 409);
    await fake.act((books) => detach(books, cardOf(id)));
    assert.deepEqual(await methods(id), []);
    assert.equal((await rule(id)).because, "payment_method_removed");
  });
});

/** What goes wrong with Stripe once the server is back. */
interface Trouble {
  fault?: Planned;
  card?: string;
}

const AT = { path: INTENTS, times: 3 };

const TROUBLES: Record<string, Trouble> = {
  none: {},
  "reply lost": { fault: { kind: "reply_lost", ...AT } },
  "500, not charged": { fault: { kind: "error_before", ...AT } },
  "500, charged": { fault: { kind: "error_after", ...AT } },
  429: { fault: { kind: "rate_limit", retry_after: 60, ...AT, times: 1 } },
  declined: { card: CARDS.declined },
  "owner is asked": { card: CARDS.asks },
};

const POINTS = [
  "before the journal",
  "after the journal",
  "during the call",
  "after the call",
  "before the credit",
] as const;

/** The steps that the fault build stops at. */
const STALLS = {
  "after the journal": "fault:stall-before-charge",
  "after the call": "fault:stall-after-charge",
  "before the credit": "fault:stall-before-told",
} as const;

describe("a SIGKILL at every step, whatever Stripe answers", () => {
  const figures: object[] = [];

  before(() => {
    // Without any event: the wallet finds out by itself.
    fake.delivery.isHeld = true;
  });

  after(async () => {
    fake.delivery.isHeld = false;
    await fake.settled();
    console.table(figures);
  });

  /** Brings a wallet to a point and kills it there. */
  async function killAt(id: string, point: (typeof POINTS)[number], trouble: Trouble): Promise<void> {
    await lasting.stop();
    if (point in STALLS) stopAt(id, STALLS[point as keyof typeof STALLS]);
    await lasting.changeBuild("faults");
    if (point === "before the journal") {
      const words = `fault:panic-before-write ${uniqueId("tx")}`;
      expectStatus(await spend(id, words), 500);
      await lasting.kill();
      if (trouble.fault) fake.fail(trouble.fault);
      await lasting.changeBuild("release");
      expectStatus(await spend(id, words), 201);
      return;
    }
    if (point === "during the call") fake.fail({ kind: "slow", method: "POST", path: INTENTS });
    const before = asked(id);
    expectStatus(await spend(id), 201);
    await eventually(() => steps(id).includes("intended"), "it is intended");
    if (point === "during the call") await eventually(() => asked(id) > before, "Stripe is asked");
    if (point === "after the call" || point === "before the credit") {
      const noted = "SELECT created_at FROM stripe_charge WHERE customer_id = ?";
      await eventually(() => asked(id) > before && rows(noted, id).length > 0, "Stripe has answered");
    }
    await lasting.kill();
    assert.equal(count(id, "credited"), 0);
    fake.faults.clear();
    if (trouble.fault) fake.fail(trouble.fault);
    await lasting.changeBuild("release");
  }

  /** Waits for the money, and lets time pass where the wallet waits. */
  async function recover(id: string, { fault }: Trouble): Promise<void> {
    const isOver = () => count(id, "credited") > 0 || steps(id).includes("declined");
    await pass(MINUTE);
    if (fault) {
      await eventually(() => isOver() || fake.faults.remaining() === 0, "the trouble has come");
      const before = asked(id);
      if (!isOver()) await pass(5 * MINUTE);
      await eventually(() => isOver() || asked(id) > before, "it was asked again after a pause");
      // A 500 stays the answer to its key, so that intent is given up when its key is old.
      if (!isOver()) await pass(21 * HOUR);
    }
    await eventually(isOver, "it has ended");
    if (count(id, "credited") > 0) return;
    await turn(id, GOOD);
    await pass(HOUR);
    await eventually(() => count(id, "credited") > 0, "it is tried again");
  }

  for (const point of POINTS) {
    for (const [name, trouble] of Object.entries(TROUBLES)) {
      it(`${point}, ${name}: one charge, one credit`, { timeout: 600_000 }, async () => {
        const id = await settle(trouble.card);
        await killAt(id, point, trouble);
        await recover(id, trouble);
        fake.faults.clear();
        await eventually(async () => (await rule(id)).state === "idle", "it rests");
        // Another intent only after one that was certainly not charged.
        const isStuck = name === "500, not charged" && point.endsWith("the journal");
        assert.equal(count(id, "intended"), trouble.card || isStuck ? 2 : 1);
        const figure = { point, fault: name, intents: count(id, "intended"), charges: charges(id) };
        const credits = count(id, "credited");
        figures.push({ ...figure, credits, available: (await rule(id)).available });
        const byIntent = fake
          .truth({ metadata: { scrip_customer_id: id } })
          .chargedTwice({ metadata: "scrip_recharge_id" });
        assert.deepEqual({ charges: figure.charges, credits, byIntent }, { charges: 1, credits: 1, byIntent: [] });
        assert.equal((await rule(id)).available, "55");
      });
    }
  }

  it("and the events that come at last change nothing", async () => {
    const all = rows("SELECT customer_id AS id FROM payment_method").map(({ id }) => String(id));
    const before = all.map((id) => count(id, "credited"));
    fake.delivery.isHeld = false;
    await fake.settled();
    assert.deepEqual(
      all.map((id) => count(id, "credited")),
      before,
    );
  });
});
