// Top-ups by Stripe Checkout, from the call to the credit: the built Worker, a fake Stripe, and its signed events. What was
// really charged is the fake's truth; the wallet has to agree with it, whatever goes wrong on the way.

import assert from "node:assert/strict";
import { after, before, describe, test } from "node:test";
import { transfer } from "../stripe/actions.ts";
import type { Planned } from "../stripe/faults.ts";
import type { Trick } from "../stripe/mischief.ts";
import { type FakeStripe, startFakeStripe } from "../stripe/server.ts";
import { settle } from "../stripe/state/intents.ts";
import { paySession } from "../stripe/state/sessions.ts";
import { client as stripeClient } from "../stripe/support.ts";
import { type Api, type Extra, expectStatus, type Json, uniqueId } from "./support/api.ts";
import { journal } from "./support/fresh.ts";
import { LastingServer } from "./support/lasting.ts";
import { eventually } from "./support/patience.ts";

const KEY = "sk_test_abcdefgh1234";
const PLACE = "/v1/accounts/self/processors/stripe";

let fake: FakeStripe;
let lasting: LastingServer;

const client = (): Api => lasting.client;

before(async () => {
  lasting = await LastingServer.start();
  await anotherStripe();
});

/** The server is connected to a fake that knows nothing yet, and whose clock is that of this machine. */
async function anotherStripe(): Promise<void> {
  await fake?.close();
  fake = await startFakeStripe();
  // However late an event is sent, it is signed then, by the server's time.
  fake.delivery.signedAt = () => Math.floor(Date.now() / 1000);
  // The server keeps its port when it starts again.
  await lasting.change({ port: lasting.server.port, vars: { STRIPE_API_URL: fake.url } });
  fake.addWebhook({ url: `${lasting.server.url}/stripe/webhook`, secret: "whsec_local" });
  expectStatus(await client().send("PUT", PLACE, { secret_key: KEY }), 200);
}

after(async () => {
  await lasting?.end();
  await fake?.close();
});

async function newCustomer(): Promise<string> {
  const body = { name: "Ada", email: "ada@example.com", external_id: uniqueId("customer") };
  return expectStatus(await client().post("/v1/customers", body), 201).id;
}

const asked = (customer: string, more: object = {}) => ({
  customer_id: customer,
  amount: "20",
  currency: "USD",
  return_url: "https://shop.example/thanks",
  failure_url: "https://shop.example/sorry",
  ...more,
});

/** The same request however often: the key is the customer's. */
const begin = (customer: string, more: object = {}) => {
  const extra: Extra = { headers: { "idempotency-key": customer } };
  return client().post("/v1/top-ups", asked(customer, more), extra);
};

/** Presses a button of the fake's page; the address that it leads to. */
async function press(link: string, buttons: Record<string, string>): Promise<string> {
  const reply = await fetch(link, { method: "POST", body: new URLSearchParams(buttons), redirect: "manual" });
  assert.equal(reply.status, 303, await reply.text());
  return String(reply.headers.get("location"));
}

const pay = (link: string, by = "4242424242424242", more = {}) => press(link, { do: "pay", with: by, ...more });

/** Comes back from Stripe to our page; where that leads. */
async function comeBack(address: string): Promise<string> {
  const reply = await fetch(address, { redirect: "manual" });
  await reply.arrayBuffer();
  assert.equal(reply.status, 303);
  return String(reply.headers.get("location"));
}

const read = async (topUp: Json) => expectStatus(await client().get(`/v1/top-ups/${topUp.id}`), 200);

/** What the wallet was credited: amount and purpose of each grant, by its own journal. */
function credits(customer: string): string[] {
  return journal(lasting.persist, customer)
    .map(({ entry }) => JSON.parse(entry))
    .filter(({ fact }) => fact.type === "credited")
    .map(({ fact, changes }) => `${fact.amount} ${changes[0].moves[0].open.terms.purpose}`);
}

/** What was really charged for a customer of ours, in cents, and what was sold. */
function truth(customer: string) {
  const of = fake.truth({ metadata: { scrip_customer_id: customer } });
  const charges = of.entries.filter(({ movement }) => movement === "captured").length;
  return { charges, sold: of.sums("usd").sold };
}

describe("a top-up at Stripe", () => {
  test("is paid at its page, credited once, and has a receipt", async () => {
    const customer = await newCustomer();
    const topUp = expectStatus(await begin(customer), 201);
    assert.ok(topUp.redirect_url.startsWith(fake.url), topUp.redirect_url);
    assert.deepEqual(topUp.grants, [{ asset: "USD", amount: "20", purpose: "paid" }]);
    assert.equal(await comeBack(await pay(topUp.redirect_url)), "https://shop.example/thanks");
    await fake.settled();
    const paid = await read(topUp);
    assert.equal(paid.status, "succeeded");
    assert.equal(paid.receipt.amount, "20");
    assert.ok(paid.receipt.url.startsWith(fake.url), paid.receipt.url);
    assert.deepEqual(credits(customer), ["20 paid"]);
    assert.deepEqual(truth(customer), { charges: 1, sold: 2000 });
    // The customer was made once, and the card is kept.
    expectStatus(await client().post("/v1/top-ups", asked(customer)), 201);
    const made = fake.asked.filter(({ path, form }) => path === "/v1/customers" && form.name === "Ada");
    assert.ok(made.length >= 1);
  });

  test("is credited by its event alone, and by the way back alone", async () => {
    const [byEvent, byReturn] = [await newCustomer(), await newCustomer()];
    const first = expectStatus(await begin(byEvent), 201);
    await pay(first.redirect_url);
    await fake.settled();
    assert.deepEqual(credits(byEvent), ["20 paid"]);
    fake.delivery.isHeld = true;
    const second = expectStatus(await begin(byReturn), 201);
    const back = await pay(second.redirect_url);
    assert.deepEqual(credits(byReturn), []);
    assert.equal(await comeBack(back), "https://shop.example/thanks");
    assert.deepEqual(credits(byReturn), ["20 paid"]);
    fake.delivery.isHeld = false;
    await fake.settled();
    assert.deepEqual(credits(byReturn), ["20 paid"]);
  });

  test("that is declined stays open, and that is cancelled leads back", async () => {
    const customer = await newCustomer();
    const topUp = expectStatus(await begin(customer), 201);
    const declined = new URLSearchParams({ do: "pay", with: "4000000000000002" });
    assert.equal((await fetch(topUp.redirect_url, { method: "POST", body: declined })).status, 402);
    assert.equal((await read(topUp)).status, "initiated");
    const session = fake.asked.findLast(({ path }) => path === "/v1/checkout/sessions");
    assert.equal(await comeBack(String(session?.form.cancel_url)), "https://shop.example/sorry");
    await comeBack(await pay(topUp.redirect_url));
    assert.deepEqual(credits(customer), ["20 paid"]);
  });

  test("by a bank debit is pending for days, and then credited or failed", async () => {
    for (const outcome of ["succeeded", "failed"] as const) {
      const customer = await newCustomer();
      const topUp = expectStatus(await begin(customer), 201);
      await pay(topUp.redirect_url, "us_bank_account");
      await fake.settled();
      assert.equal((await read(topUp)).status, "pending");
      assert.deepEqual(credits(customer), []);
      const intent = fake.books().intents.all().at(-1)?.id ?? "";
      await fake.act((books) => settle(books, intent, outcome));
      assert.equal((await read(topUp)).status, outcome);
      assert.deepEqual(credits(customer), outcome === "succeeded" ? ["20 paid"] : []);
      assert.deepEqual(truth(customer).sold, outcome === "succeeded" ? 2000 : 0);
    }
  });

  test("by a bank transfer is credited when all of it has come", async () => {
    const customer = await newCustomer();
    const topUp = expectStatus(await begin(customer), 201);
    await pay(topUp.redirect_url, "customer_balance");
    const intent = fake.books().intents.all().at(-1)?.id ?? "";
    await fake.act((books) => transfer(books, intent, 500));
    assert.equal((await read(topUp)).status, "pending");
    assert.deepEqual(credits(customer), []);
    await fake.act((books) => transfer(books, intent));
    assert.equal((await read(topUp)).status, "succeeded");
    assert.deepEqual(credits(customer), ["20 paid"]);
  });

  test("credits what was sold: with tax on top, with codes, and whatever the payer sees", async () => {
    const stripe = stripeClient(fake);
    for (const percent_off of [25, 100]) {
      const coupon = (await stripe.coupons.create({ percent_off })).id;
      const code = `OFF${percent_off}`;
      await stripe.promotionCodes.create({ promotion: { type: "coupon", coupon }, code });
    }
    fake.books().taxPercent = 20;
    expectStatus(await client().send("PUT", PLACE, { automatic_tax: true }), 200);
    for (const [code, expected, charged] of [
      [undefined, ["20 paid"], "24"],
      ["OFF25", ["15 paid", "5 promotion"], "18"],
      ["OFF100", ["20 promotion"], "0"],
    ] as const) {
      const customer = await newCustomer();
      const topUp = expectStatus(await begin(customer, { allow_promotion_codes: true }), 201);
      await comeBack(await pay(topUp.redirect_url, "4242424242424242", code && { promotion_code: code }));
      await fake.settled();
      assert.deepEqual(credits(customer), expected);
      assert.equal((await read(topUp)).receipt.amount, charged);
      assert.equal(truth(customer).sold, 2000);
    }
    expectStatus(await client().send("PUT", PLACE, { automatic_tax: false }), 200);
    const customer = await newCustomer();
    const topUp = expectStatus(await begin(customer), 201);
    const id = topUp.redirect_url.split("/").at(-1);
    await fake.act((books) => paySession(books, id, { presentment: { currency: "cad", amount: 2740 } }));
    assert.equal((await read(topUp)).status, "succeeded");
    assert.deepEqual(credits(customer), ["20 paid"]);
  });

  test("ends at Stripe when it is ended here", async () => {
    const customer = await newCustomer();
    const topUp = expectStatus(await begin(customer), 201);
    expectStatus(await client().send("DELETE", `/v1/top-ups/${topUp.id}`), 204);
    assert.equal((await read(topUp)).status, "expired");
    const late = new URLSearchParams({ do: "pay", with: "4242424242424242" });
    assert.equal((await fetch(topUp.redirect_url, { method: "POST", body: late })).status, 400);
  });
});

describe("whatever goes wrong with Stripe's answers", () => {
  const FAULTS: Planned[] = [
    { kind: "cut" },
    { kind: "reply_lost" },
    { kind: "reply_cut" },
    { kind: "rate_limit", retry_after: 1 },
    { kind: "rate_limit", retry_after: 60 },
  ];
  const figures: object[] = [];

  after(() => console.table(figures));

  for (const path of ["/v1/customers", "/v1/checkout/sessions"]) {
    for (const fault of FAULTS) {
      for (const times of [1, 3]) {
        test(`${JSON.stringify(fault)} at ${path}, ${times} times: one session, one charge, one credit`, async () => {
          const customer = await newCustomer();
          fake.fail({ ...fault, method: "POST", path, times });
          let reply = await begin(customer);
          const calls = [reply.status];
          while (reply.status === 503) {
            fake.faults.clear();
            reply = await begin(customer);
            calls.push(reply.status);
          }
          fake.faults.clear();
          const topUp = expectStatus(reply, 201);
          await comeBack(await pay(topUp.redirect_url));
          await fake.settled();
          const ours = (one: { metadata: Record<string, string> | null }) =>
            one.metadata?.scrip_customer_id === customer;
          const sessions = fake.books().sessions.all().filter(ours).length;
          const credited = credits(customer);
          const { charges, sold } = truth(customer);
          figures.push({
            path,
            fault: fault.kind,
            times,
            calls: calls.join(" "),
            sessions,
            charges,
            credits: credited.length,
          });
          assert.deepEqual(
            { sessions, charges, sold, credited },
            { sessions: 1, charges: 1, sold: 2000, credited: ["20 paid"] },
          );
        });
      }
    }
  }

  test("a server that is killed while Stripe is asked asks the same again", async () => {
    const customer = await newCustomer();
    fake.fail({ kind: "slow", method: "POST", path: "/v1/checkout/sessions" });
    const calls = () => fake.asked.filter(({ path }) => path === "/v1/checkout/sessions").length;
    const before = calls();
    const lost = begin(customer).catch(() => null);
    await eventually(() => calls() > before, "Stripe was not asked");
    await lasting.kill();
    await lost;
    fake.faults.clear();
    await lasting.start();
    const topUp = expectStatus(await begin(customer), 201);
    await comeBack(await pay(topUp.redirect_url));
    assert.deepEqual(truth(customer), { charges: 1, sold: 2000 });
    assert.deepEqual(credits(customer), ["20 paid"]);
  });

  test("a server that is killed when the money comes credits it when it is back", async () => {
    const customer = await newCustomer();
    const topUp = expectStatus(await begin(customer), 201);
    fake.delivery.isHeld = true;
    await pay(topUp.redirect_url);
    fake.delivery.isHeld = false;
    // Dead in the middle of the event, or before it: nobody can tell which.
    const told = fake.settled();
    await lasting.kill();
    await told;
    await lasting.start();
    assert.equal((await read(topUp)).status, "succeeded");
    assert.deepEqual(credits(customer), ["20 paid"]);
    assert.deepEqual(truth(customer), { charges: 1, sold: 2000 });
  });
});

describe("a refund that the API asks for", () => {
  const paid = async () => {
    const customer = await newCustomer();
    const topUp = expectStatus(await begin(customer), 201);
    await pay(topUp.redirect_url);
    await fake.settled();
    assert.deepEqual(credits(customer), ["20 paid"]);
    return { customer, topUp };
  };
  const refund = (customer: string, topUp: Json, more: object = {}) =>
    client().post(`/v1/customers/${customer}/wallet/refunds`, {
      refund_id: "rf_1",
      payment_id: topUp.id,
      amount: "5",
      reason: "Asked for by mail",
      ...more,
    });
  const made = (customer: string) =>
    fake
      .books()
      .refunds.all()
      .filter(({ metadata }) => metadata?.scrip_customer_id === customer)
      .map(({ amount }) => amount);
  const losses = (customer: string) =>
    journal(lasting.persist, customer)
      .map(({ entry }) => JSON.parse(entry).fact)
      .filter(({ type }) => type === "payment_loss")
      .map(({ cause, amount }) => `${cause} ${amount}`);

  test("is previewed, made once at Stripe, and taken once, by the answer and by its events", async () => {
    const { customer, topUp } = await paid();
    const preview = expectStatus(await refund(customer, topUp, { preview: true }), 200);
    assert.equal(preview.taken[0].amount, "5");
    assert.deepEqual(made(customer), []);
    const reply = expectStatus(await refund(customer, topUp), 201);
    assert.deepEqual([reply.refund_id, reply.status, reply.reason], ["rf_1", "succeeded", "Asked for by mail"]);
    await fake.settled();
    assert.deepEqual(expectStatus(await refund(customer, topUp), 201), reply);
    assert.deepEqual([made(customer), losses(customer)], [[500], ["refunded 5"]]);
    expectStatus(await refund(customer, topUp, { refund_id: "rf_2", amount: "15.01" }), 422);
    expectStatus(await refund(customer, topUp, { refund_id: "rf_2", amount: undefined }), 201);
    assert.deepEqual(made(customer), [500, 1500]);
  });

  for (const kind of ["cut", "reply_lost", "reply_cut", "error_after"] as const) {
    test(`is made once where Stripe's answer is lost three times: ${kind}`, async () => {
      const { customer, topUp } = await paid();
      fake.fail({ kind, method: "POST", path: "/v1/refunds", times: 3 } as Planned);
      expectStatus(await refund(customer, topUp), 503);
      fake.faults.clear();
      await fake.settled();
      expectStatus(await refund(customer, topUp), 201);
      assert.deepEqual([made(customer), losses(customer)], [[500], ["refunded 5"]]);
    });
  }

  test("is made once where the server is killed while Stripe is asked", async () => {
    const { customer, topUp } = await paid();
    fake.fail({ kind: "slow", method: "POST", path: "/v1/refunds" });
    const calls = () => fake.asked.filter(({ path }) => path === "/v1/refunds").length;
    const before = calls();
    const lost = refund(customer, topUp).catch(() => null);
    await eventually(() => calls() > before, "Stripe was not asked");
    await lasting.kill();
    await lost;
    fake.faults.clear();
    await lasting.start();
    expectStatus(await refund(customer, topUp), 201);
    assert.deepEqual([made(customer), losses(customer)], [[500], ["refunded 5"]]);
  });
});

/** What may befall the event of a payment. A secret is rolled in stripe_events.test.ts. */
const TRICKS: readonly Trick[] = [
  "duplicate",
  "concurrent",
  "reorder",
  "two_ids",
  "late",
  "replay",
  "never",
  "both_forms",
  "thin",
  "unknown_type",
  "unknown_version",
  "wrong_mode",
  "garbage_signature",
  "ack_lost",
];

describe("however badly the events come", () => {
  for (const seed of [1, 2, 3]) {
    test(`what is credited is what was sold, by seed ${seed}`, { timeout: 300_000 }, async () => {
      // Late events move its clock by days, and a session at Stripe lives for one.
      await anotherStripe();
      fake.delivery.isHeld = true;
      fake.misbehave(seed, TRICKS);
      const begun: { customer: string; topUp: Json }[] = [];
      for (const [place, by] of [
        "4242424242424242",
        "us_bank_account",
        "4242424242424242",
        "us_bank_account",
      ].entries()) {
        const customer = await newCustomer();
        const topUp = expectStatus(await begin(customer), 201);
        await pay(topUp.redirect_url, by);
        const intent = fake.books().intents.all().at(-1)?.id ?? "";
        if (by === "us_bank_account") {
          await fake.act((books) => settle(books, intent, place === 1 ? "succeeded" : "failed"));
        }
        begun.push({ customer, topUp });
      }
      await fake.deliverAll();
      fake.misbehave(null);
      fake.delivery.isHeld = false;
      for (const { customer, topUp } of begun) {
        // An event that never came is made up for by whoever looks.
        const { status } = await read(topUp);
        const { charges, sold } = truth(customer);
        assert.deepEqual(credits(customer), sold === 2000 ? ["20 paid"] : [], `${status}, seed ${seed}`);
        assert.equal(status === "succeeded", charges === 1, status);
      }
    });
  }
});
