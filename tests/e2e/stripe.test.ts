// Money arrives: Stripe's events, signed by Stripe's own library. Whatever comes first, twice, late or badly, a payment
// fills the wallet it names once, net of tax; and what cannot be credited is kept where people see it.

import assert from "node:assert/strict";
import { after, before, describe, test } from "node:test";
import Stripe from "stripe";
import { openDirectory } from "../../scripts/persist.ts";
import { type Api, api, expectStatus, type Json, type Reply, uniqueId } from "./support/api.ts";
import { DEPLOYED, everythingStored, type FreshServer, freshServer, journal, newKey } from "./support/fresh.ts";

/** Of the endpoint of the environment. A local server verifies with it when nothing else is configured. */
const LOCAL_SECRET = "whsec_local";

let server: FreshServer;
/** The test side of the default account. */
let client: Api;
let liveSide: Api;
/** The endpoint of the environment: the test side of the default account. */
const TEST_SIDE: Endpoint = { path: "/stripe/webhook", secret: LOCAL_SECRET };
let onLive: Endpoint;

before(async () => {
  server = await freshServer(DEPLOYED);
  client = api(server, newKey(server, "default", "test"));
  liveSide = api(server, newKey(server, "default", "live"));
  onLive = await newEndpoint(liveSide);
});

/** Where an event is delivered, and what it is signed with. */
interface Endpoint {
  path: string;
  secret: string;
}

/** An endpoint of the key's side and account. */
async function newEndpoint(by: Api, more: object = {}): Promise<Endpoint> {
  const secret = uniqueId("whsec");
  const made = expectStatus(await by.post("/v1/stripe/endpoints", { name: "Shop", secret, ...more }), 201);
  assert.ok(made.url.startsWith(`${server.url}/stripe/webhook/sep_`), made.url);
  return { path: new URL(made.url).pathname, secret };
}

after(() => server.end());

// The test's own list of truth: who paid what, net of tax. Nothing of it is read from the server.

interface Customer {
  id: string;
  external: string;
  client: Api;
  side: string;
}

const truth = new Map<string, { customer: Customer; asset: string; paid: bigint }>();

/** Notes that the customer has paid, so that it must have been credited by now, and for ever just once. */
async function paid(customer: Customer, amount: string, asset = "USD"): Promise<void> {
  const key = `${customer.side} ${customer.id} ${asset}`;
  const known = truth.get(key) ?? { customer, asset, paid: 0n };
  known.paid += exact(amount);
  truth.set(key, known);
  assert.equal(await creditOf(customer, asset), known.paid, `${customer.external} has paid ${amount} ${asset}`);
}

/** What the payments of a customer have credited so far, by its journal alone. */
async function creditOf(customer: Customer, asset: string): Promise<bigint> {
  let sum = 0n;
  for (const { entry } of journal(server.persist, customer.id, customer.side)) {
    const { fact, changes = [] } = JSON.parse(entry);
    if (!changes.some((change: Json) => change.account === `default:${asset}`)) continue;
    if (fact.type === "credited" && fact.source === "payment") sum += exact(fact.amount);
    if (fact.type === "tax_excluded") sum -= exact(fact.tax);
  }
  return sum;
}

/** A decimal as a whole number of 10^-12. */
function exact(text: string): bigint {
  const [whole = "", fraction = ""] = text.split(".");
  return BigInt(whole + fraction.padEnd(12, "0"));
}

async function newCustomer(external = uniqueId("customer"), side = client): Promise<Customer> {
  const { id } = expectStatus(await side.post("/v1/customers", { name: "Acme", external_id: external }), 201);
  return { id, external, client: side, side: side === client ? "acc_default/test" : "acc_default/live" };
}

async function balance(customer: Customer, asset = "USD"): Promise<string> {
  const reply = await customer.client.get(`/v1/customers/${customer.id}/wallet/default:${asset}`);
  return expectStatus(reply, 200).balance;
}

// Events, in the shape that Stripe's documentation shows.

interface Paid {
  intent?: string;
  total?: number;
  tax?: number;
  shipping?: number;
  currency?: string;
  livemode?: boolean;
  metadata?: Record<string, string>;
}

const byId = ({ id }: Customer) => ({ scrip_customer_id: id });
const newIntent = () => uniqueId("pi");

function event(type: string, object: object, livemode = false): Json {
  const envelope = { id: uniqueId("evt"), object: "event", api_version: "2026-10-28.endive", created: now(), livemode };
  return { ...envelope, type, pending_webhooks: 1, data: { object } };
}

/** A Checkout session tells the tax. */
function session(type: string, given: Paid & { status?: string; more?: object }): Json {
  const { intent = newIntent(), total = 10_000, tax = 0, shipping = 0, currency = "usd", livemode = false } = given;
  const object = {
    id: `cs_${intent}`,
    object: "checkout.session",
    mode: "payment",
    payment_status: given.status ?? "paid",
    payment_intent: intent,
    amount_total: total,
    amount_subtotal: total - tax - shipping,
    total_details: { amount_discount: 0, amount_shipping: shipping, amount_tax: tax },
    currency,
    livemode,
    metadata: given.metadata ?? {},
    ...given.more,
  };
  return event(`checkout.session.${type}`, object, livemode);
}

/** A PaymentIntent knows only what was received. */
function intentSucceeded(given: Paid & { more?: object }): Json {
  const { intent = newIntent(), total = 10_000, currency = "usd", livemode = false } = given;
  const object = {
    id: intent,
    object: "payment_intent",
    status: "succeeded",
    amount: total,
    amount_received: total,
    currency,
    livemode,
    metadata: given.metadata ?? {},
    ...given.more,
  };
  return event("payment_intent.succeeded", object, livemode);
}

const now = () => Math.floor(Date.now() / 1000);

function signature(payload: string, secret = LOCAL_SECRET, timestamp = now()): string {
  return Stripe.webhooks.generateTestHeaderString({ payload, secret, timestamp });
}

/** Sends a text with a header, exactly as both are. */
function post(
  payload: string | Uint8Array<ArrayBuffer>,
  header: string | null,
  to: Api = anybody(),
  path = TEST_SIDE.path,
): Promise<Reply> {
  const headers: Record<string, string> = header === null ? {} : { "stripe-signature": header };
  return to.post(path, payload, { headers });
}

/** Stripe has no key of ours: its signature is what counts. */
const anybody = () => api(server, null);

/** Delivers an event as Stripe does; the answer is always 200, and says what became of it. */
async function deliver(
  one: Json,
  at = one.livemode ? onLive : TEST_SIDE,
): Promise<{ outcome: string; reason?: string }> {
  // Stripe sends indented JSON, and the signature is over just these bytes.
  const payload = JSON.stringify(one, null, 2);
  const reply = await post(payload, signature(payload, at.secret), anybody(), at.path);
  const { received, ...rest } = expectStatus(reply, 200);
  assert.equal(received, true);
  return rest;
}

const CREDITED = { outcome: "credited" };

async function unmatched(side = client): Promise<Json[]> {
  return expectStatus(await side.get("/v1/unmatched-payments?limit=100"), 200).items;
}

const isListed = async (payment: string) => (await unmatched()).some((one) => one.payment === payment);

describe("a payment", () => {
  test("of 100.00 USD credits 100 by Checkout's event", async () => {
    const customer = await newCustomer();
    const intent = newIntent();
    assert.deepEqual(await deliver(session("completed", { intent, metadata: byId(customer) })), CREDITED);
    await paid(customer, "100");
    assert.equal(await balance(customer), "100");
    const { items } = expectStatus(await client.get(`/v1/customers/${customer.id}/wallet/default:USD/grants`), 200);
    assert.equal(items.length, 1);
    assert.equal(items[0].purpose, "paid");
    assert.equal(items[0].expires_at, null, "what was bought does not vanish");
    const [entry] = expectStatus(await client.get(`/v1/customers/${customer.id}/wallet/entries?limit=1`), 200).items;
    assert.equal(entry.operation_id, `stripe:pi:${intent}`);
    assert.match(JSON.parse(entry.record).fact.description, new RegExp(intent));
  });

  test("of 100.00 USD credits 100 by the PaymentIntent's event", async () => {
    const customer = await newCustomer();
    assert.deepEqual(await deliver(intentSucceeded({ metadata: byId(customer) })), CREDITED);
    await paid(customer, "100");
    assert.equal(await balance(customer), "100");
  });

  test("is credited once, in whatever order its events come and however often", async () => {
    const customer = await newCustomer();
    const metadata = byId(customer);
    for (const order of orders([0, 1, 2])) {
      const given = { intent: newIntent(), total: 2500, metadata };
      const events = [session("completed", given), session("async_payment_succeeded", given), intentSucceeded(given)];
      for (const place of order) assert.deepEqual(await deliver(events[place]), CREDITED);
      // Stripe promises at least one delivery, not at most one.
      for (const place of [...order, ...order, ...order]) assert.deepEqual(await deliver(events[place]), CREDITED);
      await paid(customer, "25");
    }
    assert.equal(await balance(customer), "150");
  });

  test("is credited once when its events come at the same moment", async () => {
    const customer = await newCustomer();
    const metadata = byId(customer);
    for (let round = 0; round < 5; round += 1) {
      const given = { intent: newIntent(), total: 12_000, tax: 2000, metadata };
      const events = [session("completed", given), intentSucceeded(given)];
      const copies = Array.from({ length: 10 }, (_, place) => deliver(events[place % 2]));
      for (const answer of await Promise.all(copies)) assert.deepEqual(answer, CREDITED);
      await paid(customer, "100");
    }
    assert.equal(await balance(customer), "500");
  });

  test("that is not paid yet is credited when it is", async () => {
    const customer = await newCustomer();
    const given = { intent: newIntent(), total: 5000, metadata: byId(customer) };
    const unpaid = session("completed", { ...given, status: "unpaid" });
    assert.deepEqual(await deliver(unpaid), { outcome: "ignored", reason: "not_paid_yet" });
    assert.equal(await creditOf(customer, "USD"), 0n);
    assert.equal(await isListed(given.intent), false, "it is on its way, so nobody has to look at it");
    assert.deepEqual(await deliver(session("async_payment_succeeded", given)), CREDITED);
    await paid(customer, "50");
    assert.deepEqual(await deliver(unpaid), { outcome: "ignored", reason: "not_paid_yet" });
    await paid(customer, "0");
  });

  test("that failed is never credited", async () => {
    const customer = await newCustomer();
    const given = { intent: newIntent(), metadata: byId(customer), status: "unpaid" };
    await deliver(session("completed", given));
    const failed = await deliver(session("async_payment_failed", given));
    assert.deepEqual(failed, { outcome: "ignored", reason: "not_a_payment" });
    await paid(customer, "0");
  });

  test("names its wallet by customer id, external id, account and side", async () => {
    const external = uniqueId("both/sides ü");
    const [onTest, onLiveSide] = [await newCustomer(external), await newCustomer(external, liveSide)];
    const acme = api(server, newKey(server, "acme", "test"));
    const ofAcme = { ...(await newCustomer(external, acme)), side: "acc_acme/test" };
    const atAcme = await newEndpoint(acme, { connected_accounts: ["acct_shop"] });
    const cases: [Customer, Json][] = [
      [onTest, session("completed", { metadata: { scrip_customer_id: onTest.id } })],
      [onTest, session("completed", { metadata: { scrip_customer_external_id: external } })],
      [onTest, intentSucceeded({ metadata: { scrip_customer_external_id: external, scrip_mode: "test" } })],
      [onTest, intentSucceeded({ metadata: { scrip_customer_external_id: external, scrip_account: "acc_default" } })],
      [onLiveSide, session("completed", { livemode: true, metadata: { scrip_customer_id: onLiveSide.id } })],
      [onLiveSide, intentSucceeded({ livemode: true, metadata: { scrip_customer_external_id: external } })],
      [ofAcme, intentSucceeded({ metadata: { scrip_customer_external_id: external, scrip_account: "acc_acme" } })],
      [ofAcme, intentSucceeded({ metadata: { scrip_customer_external_id: external } })],
      [ofAcme, { ...intentSucceeded({ metadata: { scrip_customer_external_id: external } }), account: "acct_shop" }],
    ];
    for (const [customer, one] of cases) {
      assert.deepEqual(await deliver(one, customer === ofAcme ? atAcme : undefined), CREDITED);
      await paid(customer, "100");
    }
    const balances = [await balance(onTest), await balance(onLiveSide), await balance(ofAcme)];
    assert.deepEqual(balances, ["400", "200", "300"]);
  });

  test("is counted in the units of its currency, by Stripe's own table", async () => {
    const customer = await newCustomer();
    const cases: [currency: string, minor: number, amount: string][] = [
      ["usd", 1, "0.01"],
      ["eur", 1999, "19.99"],
      ["huf", 1045, "10.45"],
      ["jpy", 500, "500"],
      ["krw", 50_000, "50000"],
      ["kwd", 5124, "5.124"],
      ["tnd", 5, "0.005"],
      ["isk", 500_000, "5000"],
      ["ugx", 500, "5"],
    ];
    for (const [currency, total, amount] of cases) {
      const given = { intent: newIntent(), total, currency, metadata: byId(customer) };
      assert.deepEqual(await deliver(session("completed", given)), CREDITED);
      assert.deepEqual(await deliver(intentSucceeded(given)), CREDITED);
      await paid(customer, amount, currency.toUpperCase());
    }
  });

  test("repays debt first", async () => {
    const customer = await newCustomer();
    const charge = { transaction_id: "c", asset: "USD", amount: "30" };
    expectStatus(await client.post(`/v1/customers/${customer.id}/wallet/charges`, charge), 201);
    assert.equal(await balance(customer), "-30");
    assert.deepEqual(await deliver(session("completed", { metadata: byId(customer) })), CREDITED);
    await paid(customer, "100");
    assert.equal(await balance(customer), "70");
  });

  const orders = (places: number[]): number[][] =>
    places.length === 0
      ? [[]]
      : places.flatMap((one) => orders(places.filter((other) => other !== one)).map((rest) => [one, ...rest]));
});

describe("tax", () => {
  const given = (customer: Customer, more: object = {}) => {
    return { intent: newIntent(), total: 12_500, tax: 2000, shipping: 500, metadata: byId(customer), ...more };
  };

  test("is left out when Checkout's event comes first", async () => {
    const customer = await newCustomer();
    const one = given(customer);
    await deliver(session("completed", one));
    await paid(customer, "100");
    await deliver(intentSucceeded(one));
    await paid(customer, "0");
    assert.equal(await balance(customer), "100");
  });

  test("is taken back when the PaymentIntent, which cannot know it, comes first; once", async () => {
    const customer = await newCustomer();
    const one = given(customer);
    await deliver(intentSucceeded(one));
    assert.equal(await balance(customer), "125", "until Checkout tells, everything received is credit");
    await deliver(session("completed", one));
    await paid(customer, "100");
    for (const again of [session("completed", one), intentSucceeded(one), session("async_payment_succeeded", one)]) {
      assert.deepEqual(await deliver(again), CREDITED);
      await paid(customer, "0");
    }
    assert.equal(await balance(customer), "100");
    const [newest] = expectStatus(await client.get(`/v1/customers/${customer.id}/wallet/entries?limit=1`), 200).items;
    assert.equal(newest.type, "tax_excluded");
  });

  test("is taken back from what this payment credited, never from other credit", async () => {
    const customer = await newCustomer();
    const [first, second] = [given(customer), given(customer)];
    await deliver(intentSucceeded(first));
    const spend = { transaction_id: "spend", asset: "USD", amount: "125" };
    expectStatus(await client.post(`/v1/customers/${customer.id}/wallet/charges`, spend), 201);
    await deliver(session("completed", second));
    await deliver(session("completed", first));
    const { items } = expectStatus(await client.get(`/v1/customers/${customer.id}/wallet/default:USD/grants`), 200);
    assert.deepEqual(
      items.map((grant: Json) => grant.available),
      ["100", "0"],
      "the other payment's credit is whole",
    );
    assert.equal(await balance(customer), "75", "the tax that was spent is a debt");
    await paid(customer, "200");
  });

  test("that the PaymentIntent tells is left out as well", async () => {
    const customer = await newCustomer();
    const told = { amount_details: { tax: { total_tax_amount: 2000 }, shipping: { amount: 500 } } };
    const one = given(customer);
    await deliver(intentSucceeded({ ...one, more: told }));
    await paid(customer, "100");
    await deliver(session("completed", one));
    await paid(customer, "0");
  });
});

describe("a payment that cannot be credited", () => {
  test("is answered 200 and kept with its reason, once, however often it comes", async () => {
    const customer = await newCustomer();
    const live = await newCustomer(uniqueId("live only"), liveSide);
    const named = (more: Record<string, string>) => ({ ...byId(customer), ...more });
    expectStatus(await client.post("/v1/assets", { code: "TND", name: "Dinar", precision: 2 }), 201);
    const unknownId = { scrip_customer_id: "cust_00000000000000000000000000" };
    const thin = (type: string, id: string) => ({
      ...{ id: uniqueId("evt"), object: "v2.core.event", type, livemode: false, created: "2026-11-22T00:00:00.000Z" },
      related_object: { id, type: type.slice("v1.".length), url: `/v1/x/${id}` },
    });
    const thinIntent = newIntent();
    const cases: [reason: string, one: Json, amount?: string][] = [
      ["unknown_customer", session("completed", { metadata: unknownId }), "100"],
      ["unknown_customer", intentSucceeded({ metadata: { scrip_customer_external_id: "nobody" } }), "100"],
      ["unknown_customer", intentSucceeded({ metadata: { scrip_customer_id: "acc_default/test/x\ny" } }), "100"],
      ["wrong_account", session("completed", { metadata: named({ scrip_account: "acc_nobody" }) }), "100"],
      ["unmapped_account", { ...session("completed", { metadata: byId(customer) }), account: "acct_1" }, "100"],
      ["unmapped_account", { ...intentSucceeded({ metadata: byId(customer) }), context: "acct_1" }, "100"],
      ["no_wallet_named", session("completed", { more: { client_reference_id: customer.external } }), "100"],
      ["wrong_mode", intentSucceeded({ metadata: byId(live) }), "100"],
      ["wrong_mode", session("completed", { metadata: named({ scrip_mode: "live" }) }), "100"],
      ["wrong_mode", session("completed", { metadata: named({ scrip_mode: "prod" }) }), "100"],
      ["wrong_mode", session("completed", { metadata: byId(customer), more: { livemode: true } }), "100"],
      ["unknown_currency", session("completed", { metadata: byId(customer), currency: "xyz" })],
      ["unknown_currency", intentSucceeded({ metadata: byId(customer), currency: "usdc" })],
      ["no_wallet_named", intentSucceeded({}), "100"],
      ["no_wallet_named", session("completed", {}), "100"],
      ["wallet_named_twice", session("completed", { metadata: named({ scrip_customer_external_id: "x" }) }), "100"],
      ["amount_out_of_range", session("completed", { metadata: byId(customer), total: 100, tax: 200 })],
      ["amount_out_of_range", session("completed", { metadata: byId(customer), tax: -5 })],
      ["amount_out_of_range", intentSucceeded({ metadata: byId(customer), total: 10 ** 18, currency: "jpy" })],
      ["unreadable_object", intentSucceeded({ metadata: byId(customer), more: { amount_received: "10000" } })],
      ["unreadable_object", session("completed", { metadata: byId(customer), more: { amount_total: null } })],
      ["unreadable_object", event("payment_intent.succeeded", {})],
      ["contradictory", intentSucceeded({ metadata: byId(customer), more: { status: "processing" } }), "100"],
      ["contradictory", session("completed", { metadata: byId(customer), status: "no_payment_required" }), "100"],
      ["thin_event", thin("v1.payment_intent.succeeded", thinIntent)],
      ["thin_event", thin("v1.checkout.session.completed", uniqueId("cs"))],
      ["refused_by_wallet", intentSucceeded({ metadata: byId(customer), currency: "tnd", total: 5124 }), "5.124"],
    ];
    for (const [reason, one, amount] of cases) {
      for (let copy = 0; copy < 3; copy += 1) {
        assert.deepEqual(await deliver(one), { outcome: "unmatched", reason }, `${one.id} ${reason}`);
      }
      const listed = (await unmatched()).filter((row) => row.event_id === one.id);
      assert.equal(listed.length, 1, reason);
      const [row] = listed;
      assert.equal(row.reason, reason);
      assert.equal(row.event_type, one.type);
      assert.equal(row.amount, amount ?? null, reason);
      assert.match(row.detail, /^\S+(\s\S+){2,}\.$/, "a sentence says what is wrong");
      assert.match(row.received_at, /Z$/);
      if (one.data?.object?.currency && amount) assert.equal(row.asset, one.data.object.currency.toUpperCase());
    }
    await paid(customer, "0");
    assert.equal(await creditOf(live, "USD"), 0n);
    const first = expectStatus(await client.get("/v1/unmatched-payments?limit=5"), 200);
    const second = expectStatus(await client.get(`/v1/unmatched-payments?limit=5&cursor=${first.next}`), 200);
    const shown = [...first.items, ...second.items].map((row) => row.event_id);
    assert.equal(new Set(shown).size, 10);
    assert.equal((await unmatched()).length, cases.length);
    assert.deepEqual(await unmatched(liveSide), [], "test payments are on the list of the test side");
  });

  test("is on the list of its own side and account only", async () => {
    const acme = api(server, newKey(server, "acme", "live"));
    const at = await newEndpoint(acme);
    const metadata = { scrip_account: "acc_acme", scrip_customer_id: "cust_00000000000000000000000000" };
    const one = intentSucceeded({ livemode: true, metadata });
    await deliver(one, at);
    assert.deepEqual(
      (await unmatched(acme)).map((row) => row.event_id),
      [one.id],
    );
    assert.equal(await isListed(one.data.object.id), false);
  });

  test("is credited when the customer exists and Stripe sends it again, and leaves the list", async () => {
    const external = uniqueId("late");
    const metadata = { scrip_customer_external_id: external };
    const given = { intent: newIntent(), total: 4200, metadata };
    const events = [session("completed", given), intentSucceeded(given)];
    for (const one of events) assert.equal((await deliver(one)).reason, "unknown_customer");
    assert.equal(await isListed(given.intent), true);
    const customer = await newCustomer(external);
    for (const one of events) assert.deepEqual(await deliver(one), CREDITED);
    await paid(customer, "42");
    assert.equal(await isListed(given.intent), false);
  });

  test("of the wrong side is credited when the customer exists there, too", async () => {
    const live = await newCustomer(uniqueId("live first"), liveSide);
    const one = intentSucceeded({ metadata: { scrip_customer_external_id: live.external } });
    assert.equal((await deliver(one)).reason, "wrong_mode");
    const customer = await newCustomer(live.external);
    assert.deepEqual(await deliver(one), CREDITED);
    await paid(customer, "100");
    await paid(live, "0");
    assert.equal(await isListed(one.data.object.id), false);
  });

  test("by one of its events leaves the list when another credits it, in either order", async () => {
    // Integrations often put the metadata on the session alone, or on the PaymentIntent alone.
    for (const first of ["named", "nameless"]) {
      for (const named of ["session", "intent"]) {
        const customer = await newCustomer();
        const given = { intent: newIntent(), total: 2000 };
        const metadata = byId(customer);
        const withName =
          named === "session" ? session("completed", { ...given, metadata }) : intentSucceeded({ ...given, metadata });
        const without = named === "session" ? intentSucceeded(given) : session("completed", given);
        const nameless = first === "named" ? "already_credited" : "no_wallet_named";
        const outcome = first === "named" ? "ignored" : "unmatched";
        if (first === "named") assert.deepEqual(await deliver(withName), CREDITED);
        assert.deepEqual(await deliver(without), { outcome, reason: nameless });
        if (first !== "named") assert.deepEqual(await deliver(withName), CREDITED);
        await paid(customer, "20");
        const what = `the ${named} names the wallet, the ${first} event comes first`;
        assert.equal(await isListed(given.intent), false, what);
        assert.deepEqual(await deliver(without), { outcome: "ignored", reason: "already_credited" });
        assert.equal(await isListed(given.intent), false, `${what}, and the other once more`);
        await paid(customer, "0");
      }
    }
  });

  test("as a thin event leaves the list when the full event comes", async () => {
    const customer = await newCustomer();
    const intent = newIntent();
    const thin = { id: uniqueId("evt"), object: "v2.core.event", type: "v1.payment_intent.succeeded", livemode: false };
    await deliver({ ...thin, related_object: { id: intent, type: "payment_intent" } });
    assert.equal(await isListed(intent), true);
    assert.deepEqual(await deliver(intentSucceeded({ intent, metadata: byId(customer) })), CREDITED);
    await paid(customer, "100");
    assert.equal(await isListed(intent), false);
    const again = await deliver({ ...thin, id: uniqueId("evt"), related_object: { id: intent } });
    assert.deepEqual(again, { outcome: "ignored", reason: "already_credited" });
  });

  test("twice is credited to the wallet that was named first, and shown to people", async () => {
    const [first, second] = [await newCustomer(), await newCustomer()];
    for (const given of [{ intent: newIntent() }, { intent: newIntent() }]) {
      const one = session("completed", { ...given, metadata: byId(first) });
      const other = intentSucceeded({ ...given, metadata: byId(second) });
      assert.deepEqual(await deliver(one), CREDITED);
      for (let copy = 0; copy < 2; copy += 1) {
        assert.deepEqual(await deliver(other), { outcome: "unmatched", reason: "credited_elsewhere" });
        assert.deepEqual(await deliver(one), CREDITED);
      }
      await paid(first, "100");
      await paid(second, "0");
      const row = (await unmatched()).find((row) => row.event_id === other.id);
      assert.equal(row.payment, given.intent);
      assert.ok(!row.detail.includes(first.id), "the other wallet may be another account's, so it is not told");
    }
  });
});

describe("somebody who looks at it", () => {
  test("assigns it to a customer once, resolves what is settled elsewhere, and purges both", async () => {
    const customer = await newCustomer();
    const [first, second] = [intentSucceeded({ total: 1234 }), intentSucceeded({})];
    for (const one of [first, second]) assert.equal((await deliver(one)).reason, "no_wallet_named");
    const at = (one: Json) => `/v1/unmatched-payments/${one.id}`;
    assert.equal(expectStatus(await client.get(at(first)), 200).status, "open");
    const assign = () => client.post(`${at(first)}/assign`, { customer_external_id: customer.external });
    const assigned = await assign();
    assert.equal(expectStatus(assigned, 200).status, "assigned");
    await paid(customer, "12.34");
    const again = await assign();
    assert.equal(again.text, assigned.text);
    assert.equal(again.headers.get("idempotent-replayed"), "true");
    assert.deepEqual(await deliver(first), { outcome: "ignored", reason: "already_credited" });
    const resolved = expectStatus(await client.post(`${at(second)}/resolve`, { note: "Refunded" }), 200);
    assert.deepEqual([resolved.status, resolved.note], ["dismissed", "Refunded"]);
    const named = intentSucceeded({ intent: second.data.object.id, metadata: byId(customer) });
    assert.deepEqual(await deliver(named), { outcome: "ignored", reason: "settled_by_hand" });
    await paid(customer, "0");
    expectStatus(await client.send("DELETE", at(second)), 204);
    const resolved_before = new Date(Date.now() + 1000).toISOString();
    const { purged } = expectStatus(await client.post("/v1/unmatched-payments/purge", { resolved_before }), 200);
    assert.ok(purged >= 1, `${purged}`);
    expectStatus(await client.get(at(first)), 404);
  });
});

describe("an endpoint", () => {
  test("is set up in the order in which Stripe tells of it, rolled with overlap, and deleted", async () => {
    const made = expectStatus(await client.post("/v1/stripe/endpoints", { name: "Shop" }), 201);
    assert.deepEqual([made.mode, made.account_id, made.secrets], ["test", "acc_default", []]);
    const path = new URL(made.url).pathname;
    const own = `/v1/stripe/endpoints/${made.id}`;
    const customer = await newCustomer();
    const tried = async (secret: string) => {
      const payload = JSON.stringify(intentSucceeded({ metadata: byId(customer) }));
      return (await post(payload, signature(payload, secret), anybody(), path)).status;
    };
    assert.equal(await tried("whsec_first"), 503, "Stripe is to come again");
    const rotate = (body: object) => client.post(`${own}/rotate`, body);
    expectStatus(await rotate({ secret: "whsec_first" }), 200);
    assert.equal(await tried("whsec_first"), 200);
    assert.equal(expectStatus(await rotate({ secret: "whsec_second" }), 200).secrets.length, 2);
    for (const secret of ["whsec_first", "whsec_second"]) assert.equal(await tried(secret), 200);
    expectStatus(await rotate({ secret: "whsec_second", overlap_seconds: 0 }), 200);
    assert.equal(await tried("whsec_first"), 400);
    assert.equal(await tried("whsec_second"), 200);
    await paid(customer, "400");
    const shown = expectStatus(await client.send("PATCH", own, { name: "New" }), 200);
    assert.equal(shown.name, "New");
    assert.ok(!JSON.stringify([shown, (await client.get(own)).body]).includes("whsec_"));
    expectStatus(await client.send("DELETE", own), 204);
    assert.equal(await tried("whsec_second"), 404);
  });
});

describe("an event that tells of no money for a wallet", () => {
  test("is ignored with 200, and not kept", async () => {
    const customer = await newCustomer();
    const metadata = byId(customer);
    const cases: [reason: string, one: Json][] = [
      ["not_a_payment", event("customer.created", { id: "cus_1", object: "customer", metadata })],
      ["not_a_payment", event("charge.succeeded", { id: "ch_1", object: "charge", amount: 10_000, metadata })],
      ["not_a_payment", event("invoice.paid", { id: "in_1", object: "invoice", amount_paid: 10_000, metadata })],
      ["not_a_payment", session("expired", { metadata, status: "unpaid" })],
      ["not_a_payment", event("payment_intent.payment_failed", { id: "pi_1", object: "payment_intent", metadata })],
      ["not_a_payment", event("a.type.of.tomorrow", { metadata })],
      ["not_payment_mode", session("completed", { metadata, more: { mode: "subscription" } })],
      ["not_payment_mode", session("completed", { metadata, more: { mode: "setup", payment_intent: null } })],
      ["nothing_to_credit", session("completed", { metadata, total: 0, status: "no_payment_required" })],
      ["nothing_to_credit", session("completed", { metadata, total: 500, tax: 500 })],
      ["carried_by_checkout", intentSucceeded({ metadata: { ...metadata, scrip_source: "checkout" } })],
      ["paid_an_invoice", intentSucceeded({ more: { invoice: "in_1" } })],
      ["paid_an_invoice", intentSucceeded({ more: { payment_details: { order_reference: "in_1" } } })],
    ];
    const stored = await everythingStored(server.persist);
    for (const [reason, one] of cases) assert.deepEqual(await deliver(one), { outcome: "ignored", reason }, one.type);
    assert.deepEqual(await everythingStored(server.persist), stored);
  });

  test("is refused when it is not an event at all, signature or not", async () => {
    for (const payload of ["hello", "[]", "{}", '{"id":"evt_1"}', '{"type":"payment_intent.succeeded"}']) {
      const reply = await post(payload, signature(payload));
      assert.equal(reply.status, 400, payload);
      assert.equal(reply.body.code, "malformed_body");
    }
  });
});

describe("a signature", () => {
  const at = (seconds: number) => now() + seconds;

  test("that is not Stripe's, or not fresh, is refused and changes nothing", async () => {
    const customer = await newCustomer();
    const one = session("completed", { metadata: byId(customer) });
    const payload = JSON.stringify(one, null, 2);
    const good = signature(payload);
    const [stamp = "", v1 = ""] = good.split(",");
    const other = JSON.stringify({ ...one, id: "evt_other" }, null, 2);
    const cases: [what: string, header: string | null, payload: string][] = [
      ["no header", null, payload],
      ["an empty header", "", payload],
      ["garbage", "garbage", payload],
      ["no time", v1, payload],
      ["no signature", stamp, payload],
      ["two times", `t=1,${good}`, payload],
      ["a time that is no number", `t=now,${v1}`, payload],
      ["v0 only", good.replace("v1=", "v0="), payload],
      ["a scheme of tomorrow only", good.replace("v1=", "v2="), payload],
      ["an empty signature", `${stamp},v1=`, payload],
      ["a signature that is cut short", good.slice(0, -1), payload],
      ["a signature in capitals", `${stamp},v1=${v1.slice(3).toUpperCase()}`, payload],
      ["another time than was signed", `t=${at(-1)},${v1}`, payload],
      ["another secret", signature(payload, "whsec_other"), payload],
      ["the secret without its prefix", signature(payload, "local"), payload],
      ["an empty secret", signature(payload, " "), payload],
      ["301 seconds ago", signature(payload, LOCAL_SECRET, at(-301)), payload],
      ["a day ago", signature(payload, LOCAL_SECRET, at(-86_400)), payload],
      // Far beyond the limit, because time passes until it is read; the limit itself is a row in `signature.rs`.
      ["an hour ahead", signature(payload, LOCAL_SECRET, at(3_600)), payload],
      ["the same JSON, written anew", good, JSON.stringify(one)],
      ["a space at the end", good, `${payload} `],
      ["another event", good, other],
      ["nothing at all, signed", signature("x"), ""],
    ];
    const stored = await everythingStored(server.persist);
    for (const [what, header, body] of cases) {
      const reply = await post(body, header);
      assert.equal(reply.status, 400, what);
      assert.equal(reply.headers.get("content-type"), "application/problem+json");
      assert.equal(reply.body.code, "signature_rejected", what);
      assert.match(reply.body.detail, /^\S+(\s\S+){3,}\.$/, what);
      assert.ok(!reply.text.includes(v1.slice(3, 20)), "the right signature is not told");
    }
    assert.deepEqual(await everythingStored(server.persist), stored);
    // The event was good all the time.
    assert.deepEqual(await deliver(one), CREDITED);
    await paid(customer, "100");
  });

  test("is good for some minutes, beside schemes that we do not know", async () => {
    const customer = await newCustomer();
    const payload = JSON.stringify(session("completed", { metadata: byId(customer) }));
    const good = signature(payload);
    const headers = [
      good,
      // Far within the limit, for the same reason.
      signature(payload, LOCAL_SECRET, at(-60)),
      signature(payload, LOCAL_SECRET, at(240)),
      `${good},v0=${"0".repeat(64)}`,
      good.replace(",", ",v2=abc,"),
      good.replace("v1=", "v1=garbage,v1="),
      `${signature(payload, "whsec_other")},${good.split(",")[1]}`,
    ];
    for (const header of headers) assert.equal(expectStatus(await post(payload, header), 200).outcome, "credited");
    await paid(customer, "100");
  });

  test("is over the bytes as they came, whatever is in them", async () => {
    const customer = await newCustomer();
    const one = session("completed", { metadata: { ...byId(customer), note: "Zoë ☕ \u2028 \u0000" } });
    const written = JSON.stringify(one, null, "\t").replaceAll("☕", "\\u2615");
    assert.equal(expectStatus(await post(written, signature(written)), 200).outcome, "credited");
    await paid(customer, "100");
    const bytes = new Uint8Array([0x7b, 0xff, 0x7d]);
    assert.equal((await post(bytes, signature("{}"))).status, 400);
  });

  test("may be by any of several secrets, while one is rolled", async () => {
    const rolled = await freshServer({ vars: { STRIPE_WEBHOOK_SECRET_TEST: "whsec_a, whsec_b" } });
    try {
      const to = api(rolled, null);
      const external = uniqueId("rolled");
      expectStatus(await api(rolled).post("/v1/customers", { name: "Acme", external_id: external }), 201);
      const metadata = { scrip_customer_external_id: external };
      const send = async (...secrets: string[]) => {
        const payload = JSON.stringify(session("completed", { metadata }));
        const stamped = now();
        const parts = secrets.map((secret) => signature(payload, secret, stamped).split(",")[1]);
        return (await post(payload, [`t=${stamped}`, ...parts].join(","), to)).status;
      };
      assert.equal(await send("whsec_a"), 200);
      assert.equal(await send("whsec_b"), 200);
      assert.equal(await send("whsec_a", "whsec_b"), 200, "Stripe signs with both for a day");
      assert.equal(await send("whsec_old", "whsec_b"), 200);
      assert.equal(await send("whsec_old"), 400);
      assert.equal(await send(LOCAL_SECRET), 400, "the local secret is for servers without any");
      assert.equal(await send("whsec_a, whsec_b"), 400);
    } finally {
      await rolled.end();
    }
  });

  test("cannot be checked by a deployment without a secret, and Stripe is asked to come again", async () => {
    const bare = await freshServer({ environment: "none" });
    try {
      const payload = JSON.stringify(session("completed", {}));
      const reply = await post(payload, signature(payload), api(bare, null));
      expectStatus(reply, 503);
      assert.equal(reply.body.code, "unavailable");
      assert.match(reply.body.detail, /No webhook signing secret is configured/);
    } finally {
      await bare.end();
    }
  });
});

describe("in the end", () => {
  test("what was credited is what was paid, net of tax, in every wallet and every currency", async () => {
    assert.ok(truth.size > 25, `${truth.size} accounts`);
    let total = 0n;
    for (const { customer, asset, paid } of truth.values()) {
      assert.equal(await creditOf(customer, asset), paid, `${customer.external} ${asset}`);
      total += asset === "USD" ? paid : 0n;
    }
    // And nobody else was credited anything: every wallet of the server is on the list.
    const directory = openDirectory(server.persist);
    const known = directory.prepare("SELECT account_id || '/' || mode AS side, id FROM customer").all();
    directory.close();
    let credited = 0n;
    for (const { side, id } of known) {
      credited += await creditOf({ id: String(id), side: String(side), external: "", client }, "USD");
    }
    assert.equal(credited, total);
    assert.ok(total > exact("2000"));
  });
});
