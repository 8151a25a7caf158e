// Stripe's events by a bad post, on the built Worker that is connected to the fake Stripe: whatever befalls them, once the
// server has looked for what it missed, every wallet has what the fake knows to have been paid and not gone back.

import assert from "node:assert/strict";
import { after, describe, test } from "node:test";
import { dispute, pay, refund } from "../stripe/actions.ts";
import { TRICKS, type Trick } from "../stripe/mischief.ts";
import { type FakeStripe, startFakeStripe } from "../stripe/server.ts";
import { closeDispute } from "../stripe/state/disputes.ts";
import { client as stripeClient } from "../stripe/support.ts";
import { type Api, expectStatus, type Json, uniqueId } from "./support/api.ts";
import { LastingServer } from "./support/lasting.ts";

const KEY = "sk_test_abcdefgh1234";

let fake: FakeStripe;
let lasting: LastingServer;

const client = (): Api => lasting.client;

/**
 * A new server is connected to a fake that knows nothing yet, and knows the secret that the fake may roll to. The server is new
 * because what was paid at another fake is unknown to this one, and a reconciliation would rightly say so.
 */
async function anotherStripe(form: "snapshot" | "thin" | "both" = "snapshot"): Promise<void> {
  await fake?.close();
  fake = await startFakeStripe();
  // However late an event is sent, it is signed then, by the server's time.
  fake.delivery.signedAt = () => Math.floor(Date.now() / 1000);
  const vars = { STRIPE_API_URL: fake.url, STRIPE_WEBHOOK_SECRET_TEST: "whsec_local,whsec_next" };
  await lasting?.end();
  lasting = await LastingServer.start({ vars });
  fake.addWebhook({ url: `${lasting.server.url}/stripe/webhook`, secret: "whsec_local", form });
  expectStatus(await client().send("PUT", "/v1/accounts/self/processors/stripe", { secret_key: KEY }), 200);
}

after(async () => {
  await lasting?.end();
  await fake?.close();
});

/** Every way in which money comes and goes, for a new customer. */
async function history(): Promise<string> {
  const body = { name: "Ada", email: "ada@example.com", external_id: uniqueId("customer") };
  const customer = expectStatus(await client().post("/v1/customers", body), 201).id;
  const stripe = stripeClient(fake, KEY);
  const metadata = { scrip_customer_id: customer };
  const payer = (await stripe.customers.create({})).id;
  const away = { currency: "usd", customer: payer, payment_method: "pm_card_visa", confirm: true, metadata };
  const intents: string[] = [];
  for (const amount of [1000, 1300, 1700]) intents.push((await stripe.paymentIntents.create({ ...away, amount })).id);
  const asked = { customer_id: customer, amount: "20", currency: "USD" };
  const ways = { return_url: "https://shop.example/thanks", failure_url: "https://shop.example/sorry" };
  const topUp = expectStatus(await client().post("/v1/top-ups", { ...asked, ...ways }), 201);
  const session = fake
    .books()
    .sessions.all()
    .find((one) => one.url === topUp.redirect_url);
  assert.ok(session, "a session");
  await fake.act((books) => pay(books, session.id));
  const [first = "", second = "", third = ""] = intents;
  await fake.act((books) => refund(books, first, 300));
  await fake.act((books) => refund(books, first, 200));
  for (const [intent, status] of [
    [second, "lost"],
    [third, "won"],
  ] as const) {
    const opened = await fake.act((books) => dispute(books, intent));
    await fake.act((books) => closeDispute(books, opened.id, status));
  }
  return customer;
}

/** Looks for what was missed until nothing is left to look for. */
async function recovered(): Promise<Json> {
  for (;;) {
    const found = expectStatus(await client().post("/v1/stripe/recoveries"), 200);
    if (!found.more) return found;
  }
}

/** The wallet has what was paid and has not gone back, and nothing was charged twice. */
async function agrees(customer: string): Promise<void> {
  const { paid } = fake.truth().sums("usd");
  assert.equal(paid, 1000 + 1300 + 1700 + 2000 - 500 - 1300);
  const { balance } = expectStatus(await client().get(`/v1/customers/${customer}/wallet/default:USD`), 200);
  assert.equal(balance, String(paid / 100));
  let cursor = "";
  do {
    const page: Json = expectStatus(await client().get(`/v1/reconciliation${cursor}`), 200);
    assert.deepEqual([page.paid_not_credited, page.credited_not_paid], [[], []]);
    cursor = page.next === null ? "" : `?cursor=${page.next}`;
  } while (cursor !== "");
}

/** Unless it is an old capture or a copy for the other side, each delivery was answered by a 2xx in the end. */
function wereTaken(): void {
  const failed = fake.delivery.sent.filter(({ status, trick }) => status >= 400 && trick !== "replay");
  assert.deepEqual(
    failed.map(({ type, trick, status, reply }) => ({ type, trick, status, reply })),
    [],
  );
}

/** Whether any event met with it: by a request that was sent so, or where it leaves no mark there, by what became of others. */
function wasPlayed(trick: Trick): boolean {
  const { sent, parcels } = fake.delivery;
  if (trick === "never") return parcels.some(({ state }) => state === "withheld");
  if (trick === "rolled_secret") return parcels.some(({ endpoint }) => endpoint.secrets.length > 1);
  if (trick === "late") return parcels.some(({ firstAt, dueAt }) => dueAt > firstAt);
  if (trick === "two_ids") return parcels.some(({ event }) => event.id.endsWith("b"));
  return trick === "reorder" || sent.some((one) => one.trick === trick);
}

describe("events that come badly", () => {
  const befalls: readonly (readonly Trick[])[] = [
    ["duplicate", "concurrent"],
    ["reorder"],
    ["late"],
    ["never"],
    ["both_forms"],
    ["thin"],
    ["two_ids", "ack_lost"],
    ["rolled_secret", "garbage_signature"],
    TRICKS,
  ];
  for (const tricks of befalls) {
    const name = tricks.length < 3 ? tricks.join(" and ") : "everything at once";
    test(`${name}: each wallet has what was paid`, { timeout: 300_000 }, async () => {
      await anotherStripe();
      fake.delivery.isHeld = true;
      const customer = await history();
      fake.misbehave(7, tricks, "whsec_next");
      await fake.deliverAll();
      fake.misbehave(null);
      assert.deepEqual(
        tricks.filter((trick) => !wasPlayed(trick)),
        [],
      );
      await recovered();
      await agrees(customer);
      wereTaken();
      // Once more, when all is known: it changes nothing.
      await recovered();
      await agrees(customer);
    });
  }
});

describe("an endpoint that receives", () => {
  for (const form of ["thin", "both"] as const) {
    test(`${form === "thin" ? "thin events alone" : "both forms"} credits each payment once`, async () => {
      await anotherStripe(form);
      const customer = await history();
      await fake.deliverAll();
      await agrees(customer);
      const forms = new Set(fake.delivery.sent.map((one) => one.form));
      assert.deepEqual([...forms].sort(), form === "thin" ? ["thin"] : ["snapshot", "thin"]);
      wereTaken();
    });
  }

  test("nothing at all finds everything when it looks", async () => {
    await anotherStripe();
    fake.delivery.isHeld = true;
    const customer = await history();
    const found = await recovered();
    assert.ok(found.credited >= 4, JSON.stringify(found));
    await agrees(customer);
  });
});

describe("what no event tells", () => {
  test("is listed by its amount, and mended by one call", async () => {
    await anotherStripe();
    fake.delivery.isHeld = true;
    const external_id = uniqueId("customer");
    const { id } = expectStatus(await client().post("/v1/customers", { name: "Ada", external_id }), 201);
    const metadata = { scrip_customer_id: id };
    const payment = { amount: 700, currency: "usd", payment_method: "pm_card_visa", confirm: true, metadata };
    const intent = await stripeClient(fake, KEY).paymentIntents.create(payment);
    const listed = expectStatus(await client().get("/v1/reconciliation"), 200);
    const [item] = listed.paid_not_credited;
    assert.deepEqual([item.id, item.amount, item.currency], [intent.id, "7", "USD"]);
    assert.ok(item.age_seconds >= 0);
    const mended = expectStatus(await client().post("/v1/reconciliation/mend", { id: intent.id }), 200);
    assert.equal(mended.outcome, "credited");
    const { balance } = expectStatus(await client().get(`/v1/customers/${id}/wallet/default:USD`), 200);
    assert.equal(balance, "7");
    assert.deepEqual(expectStatus(await client().get("/v1/reconciliation"), 200).paid_not_credited, []);
  });
});
