// The server against the fake Stripe: payers pay, events come as badly as a seed says, and in the end every wallet has what the
// fake knows to have been paid. `tests/stripe` has the tests of the fake itself.

import assert from "node:assert/strict";
import { after, before, describe, test } from "node:test";
import type Stripe from "stripe";
import { pay } from "../stripe/actions.ts";
import type { Trick } from "../stripe/mischief.ts";
import { type FakeStripe, startFakeStripe } from "../stripe/server.ts";
import { settle } from "../stripe/state/intents.ts";
import { client } from "../stripe/support.ts";
import { type Api, api, expectStatus, uniqueId } from "./support/api.ts";
import { type FreshServer, freshServer, journal } from "./support/fresh.ts";

/** What may befall the event of a payment. What a thin event names is asked for by a key, which this server has not; a secret is rolled below. */
const TRICKS: readonly Trick[] = [
  "duplicate",
  "concurrent",
  "reorder",
  "two_ids",
  "late",
  "replay",
  "never",
  "both_forms",
  "unknown_type",
  "unknown_version",
  "wrong_mode",
  "garbage_signature",
  "ack_lost",
];

/** Seeds whose runs differ; each finds every trick with the events of one run. */
const SEEDS = [1, 2, 3];

describe("a wallet of payments at the fake Stripe", () => {
  let server: FreshServer;
  let own: Api;

  before(async () => {
    server = await freshServer();
    own = api(server);
  });

  after(() => server.end());

  /** A fake whose events go to the server, signed at the server's time however late they are. */
  async function fakeStripe(): Promise<FakeStripe> {
    const fake = await startFakeStripe({ webhooks: [{ url: `${server.url}/stripe/webhook`, secret: "whsec_local" }] });
    fake.books().taxPercent = 20;
    fake.delivery.signedAt = () => Math.floor(Date.now() / 1000);
    return fake;
  }

  /** Every way in which money comes, and some in which it does not. */
  async function payments(fake: FakeStripe, stripe: Stripe, wallet: string): Promise<void> {
    const metadata = { scrip_customer_id: wallet };
    const address = { country: "DE", line1: "Weg 1" };
    const customer = (await stripe.customers.create({ address })).id;
    const checkout = async (unit_amount: number, more: Partial<Stripe.Checkout.SessionCreateParams> = {}) => {
      const line = { price_data: { currency: "usd", unit_amount, product_data: { name: "Credit" } }, quantity: 1 };
      const success_url = "https://shop.example/done";
      const payment_intent_data = { metadata, setup_future_usage: "off_session" as const };
      const all = {
        mode: "payment" as const,
        customer,
        metadata,
        payment_intent_data,
        line_items: [line],
        success_url,
      };
      return (await stripe.checkout.sessions.create({ ...all, ...more })).id;
    };
    for (const amount of [1000, 2000, 3000]) {
      const taxed = await checkout(amount, { automatic_tax: { enabled: true } });
      await fake.act((books) => pay(books, taxed));
    }
    for (const outcome of ["succeeded", "failed"] as const) {
      const slow = await checkout(700);
      await fake.act((books) => pay(books, slow, { with: "us_bank_account" }));
      const { payment_intent } = await stripe.checkout.sessions.retrieve(slow);
      await fake.act((books) => settle(books, payment_intent as string, outcome));
    }
    const declined = await checkout(900);
    await assert.rejects(fake.act((books) => pay(books, declined, { with: "4000000000000002" })));
    await stripe.checkout.sessions.expire(declined);
    const away = { currency: "usd", customer, payment_method: "pm_card_visa", confirm: true, metadata };
    for (const amount of [1100, 1300]) await stripe.paymentIntents.create({ ...away, amount });
  }

  for (const seed of SEEDS) {
    test(`has just what was paid, by seed ${seed}`, { timeout: 300_000 }, async (t) => {
      const fake = await fakeStripe();
      t.after(() => fake.close());
      const stripe = client(fake);
      const external_id = uniqueId("payer");
      const wallet = expectStatus(await own.post("/v1/customers", { name: "Acme", external_id }), 201).id;
      fake.delivery.isHeld = true;
      fake.misbehave(seed, TRICKS);
      await payments(fake, stripe, wallet);
      await fake.deliverAll();
      // What was never sent is found where a recovery job looks, and sent again.
      fake.misbehave(null);
      const lost: Stripe.Event[] = [];
      for await (const event of stripe.events.list({ delivery_success: false, limit: 100 })) lost.push(event);
      for (const { id } of lost) await fake.delivery.resend(id);
      const { paid, captured, tax } = fake.truth().sums("usd");
      assert.deepEqual([captured, tax, paid], [7200 + 700 + 2400, 1200, 9100]);
      const { balance } = expectStatus(await own.get(`/v1/customers/${wallet}/wallet/default:USD`), 200);
      assert.equal(balance, "91");
      const credits = journal(server.persist, wallet).filter(({ op }) => op.startsWith("stripe:pi:"));
      const operations = new Set(credits.map(({ op }) => op));
      assert.ok(operations.size >= 6, `${operations.size} payments`);
      assert.deepEqual(fake.truth().chargedTwice("intent"), []);
      const tricks = new Set(fake.delivery.sent.map(({ trick }) => trick));
      assert.ok(tricks.size > 6, `only ${[...tricks]} were played`);
      // Old captures and copies for the other side are refused; all else was accepted, by a 2xx, when it was accepted.
      const failed = fake.delivery.sent.filter(
        ({ status, trick }) => status >= 500 || (status >= 400 && trick !== "replay"),
      );
      assert.deepEqual(
        failed.map(({ type, trick, status, reply }) => ({ type, trick, status, reply })),
        [],
      );
    });
  }

  test("goes on while a secret is rolled at Stripe and here", async (t) => {
    const fake = await startFakeStripe();
    t.after(() => fake.close());
    const made = expectStatus(await own.post("/v1/stripe/endpoints", { name: "Shop", secret: "whsec_first" }), 201);
    const endpoint = fake.addWebhook({ url: made.url, secret: "whsec_first" });
    const external_id = uniqueId("payer");
    const { id } = expectStatus(await own.post("/v1/customers", { name: "Acme", external_id }), 201);
    const metadata = { scrip_customer_id: id };
    const charge = async () => {
      const payment = { amount: 1000, currency: "usd", payment_method: "pm_card_visa", confirm: true, metadata };
      await client(fake).paymentIntents.create(payment);
      await fake.settled();
    };
    await charge();
    fake.rollSecret(endpoint, 24, "whsec_second");
    await charge();
    expectStatus(await own.post(`/v1/stripe/endpoints/${made.id}/rotate`, { secret: "whsec_second" }), 200);
    await charge();
    assert.deepEqual(new Set(fake.delivery.sent.map(({ status }) => status)), new Set([200]));
    const { balance } = expectStatus(await own.get(`/v1/customers/${id}/wallet/default:USD`), 200);
    assert.deepEqual([balance, fake.truth().sums("usd").paid], ["30", 3000]);
  });
});
