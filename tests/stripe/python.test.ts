// Stripe's own library for Python drives the fake and reads what it has sent: a second opinion, by other people than those who
// wrote the one for Node. The checks are in journeys.py; each of them is one test here.

import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { after, before, describe, test } from "node:test";
import { root } from "../../scripts/project.ts";
import { dispute, pay, refund } from "./actions.ts";
import { type Scene, SECRET, scene } from "./support.ts";

interface Outcome {
  name: string;
  problem: string | null;
}

const CHECKS = [
  "a charge of a saved card",
  "declines carry the intent",
  "errors have their classes",
  "an idempotency key",
  "a reply that is lost after the charge",
  "checkout from session to refund",
  "a card is set up",
  "a subscription and its invoice",
  "lists are walked by themselves",
  "every snapshot is verified and parsed",
  "every thin event is verified parsed and followed",
  "forgeries are refused",
];

/** One of most kinds of events, in both forms. */
async function events({ fake, stripe }: Scene): Promise<void> {
  const customer = await stripe.customers.create({ email: "payer@example.com" });
  const line = { price_data: { currency: "usd", unit_amount: 700, product_data: { name: "Credit" } }, quantity: 1 };
  const session = await stripe.checkout.sessions.create({
    mode: "payment",
    customer: customer.id,
    line_items: [line],
    payment_intent_data: { setup_future_usage: "off_session" },
    success_url: "https://shop.example/done",
  });
  await fake.act((books) => pay(books, session.id));
  const { payment_intent } = await stripe.checkout.sessions.retrieve(session.id);
  await fake.act((books) => refund(books, payment_intent as string, 100));
  await fake.act((books) => dispute(books, payment_intent as string, { amount: 600 }));
  const charge = { amount: 900, currency: "usd", confirm: true };
  await stripe.paymentIntents.create({ ...charge, payment_method: "pm_card_chargeDeclined" }).catch(() => undefined);
  await stripe.paymentIntents.create({ ...charge, payment_method: "pm_card_authenticationRequired" });
  await stripe.setupIntents.create({ customer: customer.id, payment_method: "pm_card_visa", confirm: true });
  const product = await stripe.products.create({ name: "Plan" });
  const recurring = { interval: "month" } as const;
  const price = await stripe.prices.create({ product: product.id, currency: "usd", unit_amount: 800, recurring });
  const { data } = await stripe.paymentMethods.list({ customer: customer.id });
  const default_payment_method = data[0]?.id as string;
  await stripe.subscriptions.create({ customer: customer.id, items: [{ price: price.id }], default_payment_method });
  await fake.settled();
}

describe("Stripe's library for Python", () => {
  const expected = new Map(CHECKS.map((name) => [name, Promise.withResolvers<Outcome>()]));
  const others: string[] = [];
  let at: Scene;
  let ended: Promise<number | null>;

  before(async () => {
    at = await scene({ form: "both" });
    await events(at);
    const received = at.receiver.received.map(({ body, signature, event }) => ({
      body,
      signature,
      object: event.object,
    }));
    const env = {
      ...process.env,
      FAKE_URL: at.fake.url,
      FAKE_SECRET: SECRET,
      NO_PROXY: "127.0.0.1",
      no_proxy: "127.0.0.1",
    };
    const script = join(root, "tests/stripe/journeys.py");
    const child = spawn(join(root, "scripts/stripe.sh"), ["python", script], { env, stdio: ["pipe", "pipe", "pipe"] });
    const report: string[] = [];
    createInterface({ input: child.stderr }).on("line", (line) => report.push(line));
    createInterface({ input: child.stdout }).on("line", (line) => {
      const outcome: Outcome = JSON.parse(line);
      const waiting = expected.get(outcome.name);
      if (waiting === undefined) others.push(outcome.name);
      waiting?.resolve(outcome);
    });
    child.stdin.end(JSON.stringify(received));
    ended = new Promise((resolve) => {
      child.on("close", (code) => {
        // What has not been told by now never will be.
        const problem = `The checks ended with ${code} before this one:\n${report.join("\n")}`;
        for (const [name, outcome] of expected) outcome.resolve({ name, problem });
        resolve(code);
      });
    });
  });

  after(() => at.end());

  for (const [name, outcome] of expected) {
    test(name, { timeout: 300_000 }, async () => {
      const { problem } = await outcome.promise;
      assert.ok(problem === null, problem ?? "");
    });
  }

  test("was asked nothing that is not listed here, and nobody was charged twice", async () => {
    assert.equal(await ended, 0);
    assert.deepEqual(others, []);
    assert.deepEqual(at.fake.truth().chargedTwice("intent"), []);
    assert.deepEqual(at.fake.truth().chargedTwice("idempotency_key"), []);
  });
});
