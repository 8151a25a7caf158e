// Plans that Stripe collects, from the call to the entitlements: the built Worker, a fake Stripe with its clock, and signed events.

import assert from "node:assert/strict";
import { after, before, describe, test } from "node:test";
import type Stripe from "stripe";
import type { FakeStripe } from "../stripe/server.ts";
import { turnInto } from "../stripe/state/methods.ts";
import { client as stripeClient } from "../stripe/support.ts";
import { expectStatus, type Json, uniqueId } from "./support/api.ts";
import { connectedServer } from "./support/at_stripe.ts";
import { readJournal } from "./support/chain.ts";
import type { LastingServer } from "./support/lasting.ts";

const HOUR = 3600;
const DAY = 24 * HOUR;

const GOOD = "4242424242424242";
const DECLINED = "4000000000000341";

let fake: FakeStripe;
let lasting: LastingServer;
let stripe: Stripe;

before(async () => {
  ({ fake, lasting } = await connectedServer());
  stripe = stripeClient(fake);
  const { client } = lasting;
  expectStatus(await client.post("/v1/assets", { code: "TOKENS", name: "Tokens", precision: 0 }), 201);
  expectStatus(await client.post("/v1/products", plan("small", "20", "100")), 201);
  expectStatus(await client.post("/v1/products", plan("large", "40", "300")), 201);
});

after(async () => {
  await lasting?.end();
  await fake?.close();
});

/** So much a month, for so many tokens each month. */
const plan = (code: string, fee: string, tokens: string) => ({
  code,
  name: code,
  publish: true,
  prices: [
    {
      name: "Fee",
      type: "fixed",
      billing_model: { type: "recurring", recurring: { interval: "month", interval_count: 1 } },
      pricing: [{ asset: "USD", values: [{ unit_price: fee }] }],
    },
  ],
  entitlements: [
    {
      name: "Tokens",
      asset: "TOKENS",
      amount: tokens,
      purpose: "bundled",
      lifecycle: { duration: "month", duration_count: 1, refresh: { strategy: "expire_and_replace" } },
    },
  ],
});

/** A customer who has asked for the small plan. */
class Subscriber {
  readonly customer: string;
  /** Our id of the subscription. */
  id = "";

  private constructor(customer: string) {
    this.customer = customer;
  }

  static async make(): Promise<Subscriber> {
    const body = { name: "Ada", email: "ada@example.com", external_id: uniqueId("customer") };
    return new Subscriber(expectStatus(await lasting.client.post("/v1/customers", body), 201).id);
  }

  /** Asks for the plan, pays its first month at Stripe's page, and has it. */
  static async paid(): Promise<Subscriber> {
    const one = await Subscriber.make();
    const made = await one.ask();
    const [{ redirect_url }] = made.required_actions;
    assert.equal(await pay(redirect_url), "https://shop.example/thanks");
    await fake.settled();
    assert.equal((await one.read()).status, "active");
    return one;
  }

  async ask(more: object = {}): Promise<Json> {
    const body = {
      products: [{ code: "small" }],
      collect: "stripe",
      return_url: "https://shop.example/thanks",
      ...more,
    };
    const made = expectStatus(await lasting.client.post(this.path(""), body), 201);
    this.id = made.id;
    return made;
  }

  path(rest: string): string {
    return `/v1/customers/${this.customer}/subscriptions${rest}`;
  }

  change(body: object) {
    return lasting.client.send("PATCH", this.path(`/${this.id}`), body);
  }

  async read(): Promise<Json> {
    const { subscriptions } = expectStatus(await lasting.client.get(`/v1/customers/${this.customer}`), 200);
    return subscriptions.find(({ id }: Json) => id === this.id);
  }

  async tokens(): Promise<string> {
    const { accounts } = expectStatus(await lasting.client.get(`/v1/customers/${this.customer}/wallet`), 200);
    return accounts.find(({ asset }: Json) => asset === "TOKENS")?.available ?? "none";
  }

  /** How often the entitlements of a period were given. */
  grants(): number {
    const facts = readJournal(lasting.persist, this.customer).map(({ entry }) => JSON.parse(entry).fact.type);
    return facts.filter((type) => type === "entitlement_granted").length;
  }

  /** Stripe's own subscription of it. */
  atStripe(): Stripe.Subscription {
    const all = fake.books().subscriptions.all();
    const found = all.find(({ metadata }) => metadata.scrip_subscription_id === this.id);
    assert.ok(found, `${this.id} is not at Stripe`);
    return found;
  }

  /** From now on its card does what another test card does. */
  turn(number: string): void {
    turnInto(fake.books(), String(this.atStripe().default_payment_method), number);
  }

  /** What was captured at Stripe for it, in cents. */
  captured(): number {
    return fake.truth({ customer: String(this.atStripe().customer) }).sums("usd").captured;
  }
}

/** Pays at Stripe's page; where that leads. */
async function pay(link: string, by = GOOD): Promise<string> {
  const reply = await fetch(link, {
    method: "POST",
    body: new URLSearchParams({ do: "pay", with: by }),
    redirect: "manual",
  });
  assert.equal(reply.status, 303, await reply.text());
  return String(reply.headers.get("location"));
}

/** Time passes, for Stripe as well, which sends what becomes due on the way. */
async function pass(seconds: number): Promise<void> {
  await lasting.advance(seconds * 1000);
  await fake.advance(seconds);
}

/** Until the next invoice of a subscription was asked for: Stripe's drafts wait for an hour. */
async function passPeriod({ items }: Stripe.Subscription): Promise<void> {
  const end = Math.min(...items.data.map((item) => item.current_period_end));
  await pass(end - fake.clock.now() + 2 * HOUR);
}

describe("a plan that Stripe collects", () => {
  test("waits for the customer, begins with what is paid, and is renewed once a period", async () => {
    const one = await Subscriber.make();
    const made = await one.ask();
    assert.deepEqual([made.status, made.collect], ["action_required", "stripe"]);
    const [{ redirect_url }] = made.required_actions;
    assert.ok(redirect_url.startsWith(fake.url), redirect_url);
    assert.equal(one.grants(), 0, "nothing is given before it is paid");
    const declined = new URLSearchParams({ do: "pay", with: "4000000000000002" });
    assert.equal((await fetch(redirect_url, { method: "POST", body: declined })).status, 402);
    await fake.settled();
    assert.equal((await one.read()).status, "action_required");
    await pay(redirect_url);
    await fake.settled();
    const active = await one.read();
    assert.deepEqual([active.status, active.required_actions, await one.tokens()], ["active", undefined, "100"]);
    for (const months of [2, 3]) {
      await passPeriod(one.atStripe());
      assert.deepEqual([(await one.read()).status, await one.tokens(), one.grants()], ["active", "100", months]);
    }
    assert.equal(one.captured(), 6000);
    const stats = expectStatus(await lasting.client.get(`/v1/customers/${one.customer}/stats`), 200);
    assert.equal(stats.gross_revenue, "60");
  });

  test("whose renewal fails gives nothing, leads to the invoice, and recovers", async () => {
    const one = await Subscriber.paid();
    one.turn(DECLINED);
    await passPeriod(one.atStripe());
    const failed = await one.read();
    assert.deepEqual([failed.status, await one.tokens(), one.grants()], ["action_required", "0", 1]);
    const leads = await fetch(failed.required_actions[0].redirect_url, { redirect: "manual" });
    const invoice = fake.books().invoices.get(String(one.atStripe().latest_invoice));
    assert.deepEqual([leads.status, leads.headers.get("location")], [303, invoice.hosted_invoice_url]);
    // Stripe tries again after three days.
    one.turn(GOOD);
    await pass(3 * DAY + HOUR);
    assert.deepEqual([(await one.read()).status, await one.tokens(), one.grants()], ["active", "100", 2]);
    assert.equal(one.captured(), 4000);
  });

  test("that nobody pays any more ends when Stripe gives it up", async () => {
    const one = await Subscriber.paid();
    one.turn(DECLINED);
    await passPeriod(one.atStripe());
    await pass(8 * DAY);
    assert.equal(one.atStripe().status, "canceled");
    assert.deepEqual([(await one.read()).status, one.grants()], ["inactive", 1]);
  });

  test("is moved to a larger one for what the rest of the period costs, and not unless that is paid", async () => {
    const one = await Subscriber.paid();
    const { products } = await one.read();
    const { items } = expectStatus(await lasting.client.get("/v1/products"), 200);
    const large = items.find(({ code }: Json) => code === "large").id;
    const [item] = one.atStripe().items.data;
    assert.ok(item);
    const half = Math.floor((item.current_period_end - fake.clock.now()) / 2);
    await pass(half);
    const move = (key: string) => {
      const path = one.path(`/${one.id}/products/${products[0].id}`);
      return lasting.client.send("PATCH", path, { product: large }, { headers: { "idempotency-key": key } });
    };
    one.turn(DECLINED);
    assert.equal(expectStatus(await move("first"), 422).code, "processor_refused");
    assert.deepEqual([await one.tokens(), one.captured()], ["100", 2000]);
    one.turn(GOOD);
    expectStatus(await move("second"), 204);
    await fake.settled();
    const tokens = Number(await one.tokens());
    assert.ok(tokens >= 195 && tokens <= 205, `half of the difference: ${tokens}`);
    const more = one.captured() - 2000;
    assert.ok(more >= 990 && more <= 1010, `half of the difference: ${more}`);
    // Told again it moves nothing.
    expectStatus(await move("second"), 204);
    assert.deepEqual([await one.tokens(), one.captured()], [String(tokens), 2000 + more]);
    await passPeriod(one.atStripe());
    assert.equal(await one.tokens(), "300");
    assert.equal(one.captured(), 6000 + more);
  });

  test("gives up what was refunded at Stripe or by the API, once, and is less revenue", async () => {
    const one = await Subscriber.paid();
    const wallet = `/v1/customers/${one.customer}/wallet`;
    const charge = { transaction_id: uniqueId("used"), asset: "TOKENS", amount: "30" };
    expectStatus(await lasting.client.post(`${wallet}/charges`, charge), 201);
    const invoice = String(one.atStripe().latest_invoice);
    const [paid] = (await stripe.invoicePayments.list({ invoice, status: "paid" })).data;
    const intent = String(paid?.payment.payment_intent);
    // Half of the money at Stripe is half of the credit.
    await stripe.refunds.create({ payment_intent: intent, amount: 1000 });
    await fake.settled();
    assert.equal(await one.tokens(), "20");
    const refund = { refund_id: uniqueId("refund"), payment_id: invoice };
    const made = expectStatus(await lasting.client.post(`${wallet}/refunds`, refund), 201);
    assert.deepEqual([made.amount, made.lost, made.paid], ["10", "20", "20"]);
    await fake.settled();
    assert.equal(await one.tokens(), "-30", "what was used of it is owed");
    const sums = fake.truth({ customer: String(one.atStripe().customer) }).sums("usd");
    assert.deepEqual([sums.captured, sums.refunded], [2000, 2000]);
    const stats = expectStatus(await lasting.client.get(`/v1/customers/${one.customer}/stats`), 200);
    assert.deepEqual([stats.gross_revenue, stats.refunded], ["0", "20"]);
  });

  test("ends with its period, and goes on where somebody has changed their mind", async () => {
    const one = await Subscriber.paid();
    expectStatus(await one.change({ cancel_at_period_end: true }), 204);
    assert.equal(one.atStripe().cancel_at_period_end, true);
    expectStatus(await one.change({ cancel_at_period_end: false }), 204);
    assert.equal(one.atStripe().cancel_at_period_end, false);
    // Somebody changes it at Stripe.
    await stripe.subscriptions.update(one.atStripe().id, { cancel_at_period_end: true });
    await fake.settled();
    assert.equal((await one.read()).cancel_at_period_end, true);
    await passPeriod(one.atStripe());
    assert.equal(one.atStripe().status, "canceled");
    assert.deepEqual([(await one.read()).status, await one.tokens(), one.captured()], ["inactive", "0", 2000]);
  });

  test("ends at once, and what was paid for stays", async () => {
    const one = await Subscriber.paid();
    expectStatus(await one.change({ status: "inactive" }), 204);
    assert.equal(one.atStripe().status, "canceled");
    await fake.settled();
    assert.deepEqual([(await one.read()).status, await one.tokens()], ["inactive", "100"]);
  });

  test("that Stripe had before is linked, and renewed by its invoices", async () => {
    const one = await Subscriber.make();
    const customer = await stripe.customers.create({ email: "ada@example.com" });
    const card = await stripe.paymentMethods.attach("pm_card_visa", { customer: customer.id });
    const product = await stripe.products.create({ name: "Sold before" });
    const recurring = { interval: "month" } as const;
    const price = await stripe.prices.create({ product: product.id, currency: "usd", unit_amount: 2000, recurring });
    const sold = await stripe.subscriptions.create({
      customer: customer.id,
      items: [{ price: price.id }],
      default_payment_method: card.id,
    });
    await fake.settled();
    const made = await one.ask({ stripe_subscription_id: sold.id });
    assert.deepEqual([made.status, await one.tokens(), one.grants()], ["active", "100", 1]);
    await passPeriod(sold);
    assert.deepEqual([(await one.read()).status, await one.tokens(), one.grants()], ["active", "100", 2]);
    // It is one customer's for ever.
    const other = await Subscriber.make();
    const body = { products: [{ code: "small" }], collect: "stripe", stripe_subscription_id: sold.id };
    expectStatus(await lasting.client.post(other.path(""), body), 422);
  });

  test("gives once a period, however badly the events come", async () => {
    fake.misbehave(7, ["duplicate", "concurrent", "reorder", "two_ids", "replay", "ack_lost"]);
    const one = await Subscriber.paid();
    await passPeriod(one.atStripe());
    await fake.deliverAll();
    fake.misbehave(null);
    assert.deepEqual([(await one.read()).status, await one.tokens(), one.grants()], ["active", "100", 2]);
    assert.equal(one.captured(), 4000);
  });
});
