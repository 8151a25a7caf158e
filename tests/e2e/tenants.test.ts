// Two platform accounts, each with a live and a test side: four worlds on one server. Whatever they call their things,
// none of them can see or touch what belongs to another.

import assert from "node:assert/strict";
import { randomBytes } from "node:crypto";
import { after, before, describe, test } from "node:test";
import { createKey } from "../../scripts/key.ts";
import { openDirectory } from "../../scripts/persist.ts";
import { startServer } from "../../scripts/server.ts";
import {
  type Api,
  api,
  CHAT_PRICES,
  expectStatus,
  indexedEvent,
  type Json,
  RECENTLY,
  type Reply,
} from "./support/api.ts";
import { freshFolder, removeFolder } from "./support/folder.ts";
import { DEPLOYED, everythingStored, type FreshServer, freshServer } from "./support/fresh.ts";
import { eventually } from "./support/patience.ts";
import { routes } from "./support/routes.ts";

type Mode = "live" | "test";

/** One side of a platform account, and the things that it calls its own. */
interface Side {
  name: string;
  account: string;
  mode: Mode;
  client: Api;
  /** Stands in everything this side stores, so that it can be told wherever it turns up. */
  mark: string;
  customer: string;
  externalId: string;
  hold: string;
  asset: string;
  /** Nobody is asked to pay on the live side. */
  topUp: string;
  card: string;
  session: string;
  token: string;
  code: string;
  typed: string;
  webhook: string;
  endpoint: string;
  inbound: string;
  product: string;
  vendor: string;
  /** An account that it has created. */
  below: string;
  key: string;
  /** Its wallet at the start. */
  wallet: string;
}

let server: FreshServer;
const sides: Side[] = [];

before(async () => {
  server = await freshServer(DEPLOYED);
  for (const account of ["acme", "evil"]) {
    for (const mode of ["live", "test"] as const) sides.push(await settle(account, mode));
  }
  for (const side of sides) side.wallet = await walletText(side);
});

after(() => server.end());

/** Makes a key, as `make key` does, for a server that runs. */
function newKey(account: string, mode: Mode, persist = server.persist): { key: string; revoke: () => void } {
  const at = new Date().toISOString();
  const { key, sql } = createKey({ account, mode, name: "test", at, secret: randomBytes(32) });
  const directory = openDirectory(persist);
  directory.exec(sql);
  const hash = directory.prepare("SELECT hash FROM api_key ORDER BY rowid DESC LIMIT 1").get()?.hash;
  directory.close();
  const revoke = () => {
    const directory = openDirectory(persist);
    directory.prepare("UPDATE api_key SET revoked_at = ? WHERE hash = ?").run(at, hash as string);
    directory.close();
  };
  return { key, revoke };
}

/** A token in their address is all that they know of the caller. */
const PAGES = [
  "GET /pay/{}",
  "GET /pay/{}/{}",
  "POST /pay/{}",
  "GET /portal",
  "POST /portal/codes",
  "GET /portal/recharge",
  "POST /portal/recharge",
  "GET /setup/{}",
  "POST /setup/{}",
];

/** Fills a side with one thing of every kind, all of them marked. */
async function settle(account: string, mode: Mode): Promise<Side> {
  const client = api(server, newKey(account, mode).key);
  const mark = `secret of ${account} ${mode}`;
  const asset = `${account}_${mode}`;
  expectStatus(await client.post("/v1/assets", { code: asset, name: mark }), 201);
  const product = { code: `product_${asset}`, name: mark, prices: CHAT_PRICES };
  const { id: productId } = expectStatus(await client.post("/v1/products", product), 201);
  const subscriptions = [{ products: [{ id: productId }] }];
  const externalId = `external_${asset}`;
  const named = { name: mark, external_id: externalId, metadata: { mark }, subscriptions };
  const { id } = expectStatus(await client.post("/v1/customers", named), 201);
  const wallet = `/v1/customers/${id}/wallet`;
  const credit = { transaction_id: "t1", asset: "USD", amount: "100", reason: "gift", description: mark };
  expectStatus(await client.post(`${wallet}/adjustments`, credit), 201);
  const vendor = await client.post("/v1/vendors", { name: mark, external_id: `vendor_${asset}` });
  const below = await client.post("/v1/accounts", { name: mark, external_id: `below_${asset}` });
  const key = await client.post("/v1/keys", { name: mark });
  const made = [vendor, below, key].map((reply) => expectStatus(reply, 201).id);
  const costs = [{ id: "c", vendor_id: made[0], category: mark, amount: "0.5" }];
  const event = { id: `event_${asset}`, event_type: "chat", occurred_at: RECENTLY, subject: mark, costs };
  expectStatus(await client.post("/v1/events", { customer_id: id, events: [event] }), 204);
  // What is not in the index yet could not be seen by anybody.
  expectStatus(await indexedEvent(client, event.id), 200);
  const ask = { id: "a1", customer_id: id, asset: "USD", amount: "1", subject: mark };
  const { hold } = expectStatus(await client.post("/v1/authorize", ask), 200);
  const directory = { product: productId, vendor: made[0], below: made[1], key: made[2] };
  const money = await settleMoney(client, id, mode, mark);
  const mine = { customer: id, externalId, hold: hold.id, asset, ...directory, ...money, wallet: "" };
  return { name: `${account} ${mode}`, account: `acc_${account}`, mode, client, mark, ...mine };
}

const URLS = { return_url: "https://example.com/back", failure_url: "https://example.com/sorry" };

/** A top-up, a link to the customer's page, and a webhook destination that an event was sent to. */
async function settleMoney(client: Api, customer: string, mode: Mode, mark: string) {
  const asked = { customer_id: customer, amount: "20", currency: "USD", description: mark, ...URLS };
  const made = mode === "test" ? expectStatus(await client.post("/v1/top-ups", asked), 201).id : "top_nothing";
  const link = await client.post("/v1/billing-portal/sessions", { customer_id: customer, ...URLS });
  const token = await client.post(`/v1/customers/${customer}/tokens`, { scopes: ["read"] });
  // A name that nobody can have: what became of the event is kept as well.
  const url = `https://nobody.invalid/?mark=${encodeURIComponent(mark)}`;
  const webhook = expectStatus(await client.post("/v1/webhooks", { url, topics: ["marked"] }), 201).id;
  expectStatus(await client.post("/v1/webhooks/test/marked", { mark }), 202);
  const stripe = { name: mark, secret: `whsec_${customer}` };
  const endpoint = expectStatus(await client.post("/v1/stripe/endpoints", stripe), 201).id;
  const { codes } = expectStatus(await client.post("/v1/codes", { amount: "5", asset: "USD", description: mark }), 201);
  const code = { code: codes[0].id, typed: codes[0].code };
  const inbound = expectStatus(await client.post("/v1/inbound-endpoints", { processor: "adyen" }), 201).id;
  const added =
    mode === "test" ? await client.post(`/v1/customers/${customer}/payment-methods`, { card: "ok" }) : undefined;
  const card: string = added ? expectStatus(added, 201).id : "pmt_nothing";
  const ids = { session: expectStatus(link, 200).id, token: expectStatus(token, 201).id };
  return { topUp: made, card, ...ids, ...code, webhook, endpoint, inbound };
}

const walletText = async (side: Side) =>
  (await side.client.get(`/v1/customers/${side.customer}/wallet`)).text +
  (await side.client.get(`/v1/customers/${side.customer}/wallet/entries`)).text;

const recorded = { id: "e", event_type: "chat", occurred_at: RECENTLY };

// Every route that needs a key, called with the ids of somebody else: `of` is the owner, `by` the one who tries.
// 404: there is no such thing. 422: a body names a thing that does not exist. 200: a list without it.
type Attempt = [method: string, path: (of: Side) => string, status: number, body?: (of: Side, by: Side) => object];

const customers = (of: Side) => `/v1/customers/${of.customer}`;
// The first one, which the customer was created with.
const subscriptions = (of: Side) =>
  `${customers(of)}/subscriptions/sub_${of.customer.slice("cust_".length)}_000000000002`;
const holds = (of: Side) => `/v1/holds/${of.hold}`;

const ATTEMPTS: Attempt[] = [
  ["GET", (of) => customers(of), 404],
  ["HEAD", (of) => customers(of), 404],
  ["GET", (of) => `${customers(of)}/wallet`, 404],
  ["HEAD", (of) => `${customers(of)}/wallet`, 404],
  ["GET", (of) => `${customers(of)}/wallet/default:USD`, 404],
  ["GET", (of) => `${customers(of)}/wallet/default:USD/grants`, 404],
  ["GET", (of) => `${customers(of)}/wallet/entries`, 404],
  ["GET", (of) => `${customers(of)}/wallet/entries/1/receipt`, 404],
  ["GET", (of) => `${customers(of)}/wallet/live`, 404],
  ["GET", (of) => `${customers(of)}/wallet/holds`, 404],
  ["GET", (of) => `${customers(of)}/wallet/transactions/t1`, 404],
  ["GET", (of) => `${customers(of)}/wallet/overdraft`, 404],
  ["PUT", (of) => `${customers(of)}/wallet/overdraft`, 404, () => ({ asset: "USD", limit: "1" })],
  ["GET", (of) => `${customers(of)}/wallet/recharge`, 404],
  ["GET", (of) => `${customers(of)}/wallet/recharge/USD`, 404],
  ["PUT", (of) => `${customers(of)}/wallet/recharge/USD`, 404, () => ({ threshold: "1", amount: "5" })],
  ["POST", (of) => `${customers(of)}/wallet/recharge/USD/preview`, 404, () => ({ threshold: "1", amount: "5" })],
  ["GET", (of) => `${customers(of)}/payment-methods`, 404],
  ["POST", (of) => `${customers(of)}/payment-methods`, 404, () => ({ card: "ok" })],
  ["POST", (of) => `${customers(of)}/payment-methods/sessions`, 404, () => URLS],
  ["PUT", (of) => `${customers(of)}/payment-methods/${of.card}/default`, 404],
  ["POST", (of) => `${customers(of)}/payment-methods/${of.card}/simulate`, 404, () => ({ event: "detached" })],
  ["DELETE", (of) => `${customers(of)}/payment-methods/${of.card}`, 404],
  ["GET", (of) => `${customers(of)}/wallet/budgets`, 404],
  ["GET", (of) => `${customers(of)}/wallet/budgets/all`, 404],
  ["PUT", (of) => `${customers(of)}/wallet/budgets/all`, 404, () => ({ asset: "USD", limit: "0", window: "day" })],
  ["DELETE", (of) => `${customers(of)}/wallet/budgets/all`, 404],
  ["POST", (of) => `${customers(of)}/wallet/adjustments`, 404, () => ({ ...money("x"), reason: "gift" })],
  ["POST", (of) => `${customers(of)}/wallet/adjustments`, 404, () => ({ ...money("t1", "100"), reason: "gift" })],
  ["POST", (of) => `${customers(of)}/wallet/charges`, 404, () => money("x")],
  ["POST", (of) => `${customers(of)}/wallet/grants/2/void`, 404, () => ({ reason: "mine" })],
  ["GET", (of) => `${customers(of)}/wallet/unpriced`, 404],
  ["POST", (of) => `${customers(of)}/wallet/pricings`, 404, () => ({ event_id: "mine" })],
  ["POST", (of) => `${customers(of)}/wallet/refunds`, 404, () => ({ refund_id: "x", payment_id: "t1" })],
  ["PUT", (of) => `${customers(of)}/wallet/freeze`, 404, () => ({ frozen: true })],
  ["POST", (of) => `${customers(of)}/wallet/reversals`, 404, () => ({ transaction_id: "t1", reason: "mine" })],
  ["POST", () => "/v1/authorize", 404, (of) => ({ id: "x", customer_id: of.customer, asset: "USD", amount: "1" })],
  ["POST", () => "/v1/authorize", 404, (of) => ({ id: "a1", customer_id: of.customer, asset: "USD", amount: "1" })],
  ["POST", () => "/v1/authorize", 404, (of) => ({ id: "x", customer_external_id: of.externalId, events: [chat] })],
  ["POST", () => "/v1/events", 404, (of) => ({ customer_id: of.customer, events: [recorded] })],
  ["POST", () => "/v1/events", 404, (of) => ({ customer_external_id: of.externalId, events: [recorded] })],
  ["GET", (of) => `/v1/events/event_${of.asset}`, 404],
  ["HEAD", (of) => `/v1/events/event_${of.asset}`, 404],
  ["GET", (of) => `/v1/events/event_${of.asset}?customer_id=${of.customer}`, 404],
  ["GET", (of) => `/v1/events/event_${of.asset}?customer_external_id=${of.externalId}`, 404],
  ["GET", () => "/v1/events", 200],
  ["GET", (of) => `/v1/events?event_id=event_${of.asset}`, 200],
  ["GET", (of) => `/v1/events?customer_id=${of.customer}`, 200],
  ["GET", (of) => `/v1/events?customer_external_id=${of.externalId}`, 200],
  ["GET", (of) => `/v1/events?subject=${encodeURIComponent(of.mark)}`, 200],
  ["GET", () => "/v1/customers/stats", 200],
  ["GET", (of) => `${customers(of)}/stats`, 404],
  ["GET", (of) => `/v1/vendors/${of.vendor}/stats`, 404],
  ["GET", (of) => `${customers(of)}/wallet/settings`, 404],
  ["PUT", (of) => `${customers(of)}/wallet/settings`, 404, () => ({ id: "x", late_events_days: 1 })],
  ["GET", (of) => holds(of), 404],
  ["HEAD", (of) => holds(of), 404],
  ["POST", (of) => `${holds(of)}/capture`, 404, () => ({ amount: "1" })],
  ["POST", (of) => `${holds(of)}/extend`, 404, () => ({ id: "x", expires_in: 9000 })],
  ["POST", (of) => `${holds(of)}/release`, 404, () => ({})],
  ["GET", (of) => `/v1/assets/${of.asset}`, 404],
  ["GET", (of) => `/v1/products/${of.product}`, 404],
  ["POST", (of) => `/v1/products/${of.product}/default/simulate-usage`, 404, () => ({ events: [chat] })],
  ["POST", (of) => `${customers(of)}/subscriptions`, 404, (_, by) => ({ products: [{ id: by.product }] })],
  ["PATCH", (of) => subscriptions(of), 404, () => ({ status: "inactive" })],
  ["PATCH", (of) => `${subscriptions(of)}/products/${of.product}`, 404, () => ({ version: 1 })],
  ["GET", (of) => `/v1/products/${of.product}/subscribers`, 404],
  ["PATCH", (of) => customers(of), 404, () => ({ name: "x", external_id: "taken" })],
  ["POST", (of) => `/v1/assets/${of.asset}/rates`, 404, () => ({ source: "USD", rate: "1" })],
  ["POST", (of) => `/v1/assets/${of.asset}/quote`, 404, () => ({ source: "USD", amount: "1" })],
  ["POST", (of) => `/v1/products/${of.product}`, 404, () => ({ prices: [] })],
  ["DELETE", (of) => `/v1/products/${of.product}`, 404],
  ["GET", (of) => `/v1/products/${of.product}/1`, 404],
  ["GET", (of) => `/v1/products/${of.product}/default`, 404],
  ["PATCH", (of) => `/v1/products/${of.product}/1`, 404, () => ({ publish: true, make_default: true })],
  ["DELETE", (of) => `/v1/products/${of.product}/1`, 404],
  ["GET", (of) => `/v1/vendors/${of.vendor}`, 404],
  ["GET", () => "/v1/vendors", 200],
  ["GET", (of) => `/v1/vendors?external_id=vendor_${of.asset}`, 200],
  ["GET", (of) => `/v1/accounts/${of.below}`, 404],
  ["GET", () => "/v1/accounts", 200],
  ["GET", () => "/v1/accounts/self", 200],
  ["GET", () => "/v1/accounts/self/settings", 200],
  ["PATCH", () => "/v1/accounts/self/settings", 422, () => ({ unpriced: "mine" })],
  ["GET", () => "/v1/accounts/self/budgets", 200],
  ["PUT", () => "/v1/accounts/self/budgets", 422, () => ({ budgets: "mine" })],
  ["GET", (of) => `${customers(of)}/payments`, 404],
  ["GET", (of) => `${customers(of)}/wallet/recharge/USD/attempts`, 404],
  ["GET", () => "/v1/accounts/self/branding", 200],
  ["PUT", () => "/v1/accounts/self/branding", 422, () => ({ logo_url: "mine" })],
  ["GET", () => "/v1/accounts/self/packs", 200],
  ["PUT", () => "/v1/accounts/self/packs", 422, (of) => ({ packs: [packIn(of.asset)] })],
  ["PUT", () => "/v1/accounts/self/processors/stripe", 422, () => ({ secret_key: "mine" })],
  ["GET", () => "/v1/accounts/self/processors/stripe", 404],
  ["DELETE", () => "/v1/accounts/self/processors/stripe", 404],
  ["GET", (of) => `/v1/accounts?external_id=below_${of.asset}`, 200],
  ["GET", () => "/v1/keys", 200],
  ["POST", (of) => `/v1/keys/${of.key}/rotate`, 404, () => ({})],
  ["DELETE", (of) => `/v1/keys/${of.key}`, 404],
  ["GET", () => "/v1/assets", 200],
  ["GET", () => "/v1/products", 200],
  ["GET", (of) => `/v1/products?code=product_${of.asset}`, 200],
  ["GET", () => "/v1/customers", 200],
  ["GET", (of) => `/v1/customers?customer_id=${of.customer}`, 200],
  ["GET", (of) => `/v1/customers?external_id=${of.externalId}`, 200],
  ["GET", (of) => `/v1/customers?name=${encodeURIComponent(of.mark)}`, 200],
  ["GET", () => "/v1/unmatched-payments", 200],
  ["GET", (of) => `/v1/unmatched-payments/evt_${of.asset}`, 404],
  ["POST", (of) => `/v1/unmatched-payments/evt_${of.asset}/assign`, 404, (_, by) => ({ customer_id: by.customer })],
  ["POST", (of) => `/v1/unmatched-payments/evt_${of.asset}/resolve`, 404, () => ({})],
  ["DELETE", (of) => `/v1/unmatched-payments/evt_${of.asset}`, 404],
  ["POST", () => "/v1/unmatched-payments/purge", 200, () => ({ resolved_before: RECENTLY })],
  ["GET", () => "/v1/stripe/endpoints", 200],
  ["GET", (of) => `/v1/stripe/endpoints/${of.endpoint}`, 404],
  ["PATCH", (of) => `/v1/stripe/endpoints/${of.endpoint}`, 404, () => ({ name: "x" })],
  ["POST", (of) => `/v1/stripe/endpoints/${of.endpoint}/rotate`, 404, () => ({ secret: "whsec_mine" })],
  ["DELETE", (of) => `/v1/stripe/endpoints/${of.endpoint}`, 404],
  ["POST", () => "/v1/stripe/recoveries", 409],
  ["GET", () => "/v1/reconciliation", 409],
  ["POST", () => "/v1/reconciliation/mend", 409, (of) => ({ id: `pi_${of.asset}` })],
  ["GET", () => "/v1/inbound-endpoints", 200],
  ["GET", (of) => `/v1/inbound-endpoints/${of.inbound}`, 404],
  ["POST", (of) => `/v1/inbound-endpoints/${of.inbound}/rotate`, 404, () => ({})],
  ["DELETE", (of) => `/v1/inbound-endpoints/${of.inbound}`, 404],
  ["POST", () => "/v1/top-ups", 404, (of) => ({ customer_id: of.customer, amount: "1", currency: "USD", ...URLS })],
  ["GET", (of) => `/v1/top-ups/${of.topUp}`, 404],
  ["DELETE", (of) => `/v1/top-ups/${of.topUp}`, 404],
  ["GET", (of) => `/v1/recharges/${of.customer.replace("cust_", "rch_")}_000000000003`, 404],
  ["DELETE", (of) => `${customers(of)}/payment-links`, 404],
  ["POST", () => "/v1/codes", 422, (of) => ({ amount: "1", asset: of.asset })],
  ["GET", () => "/v1/codes", 200],
  ["GET", (of) => `/v1/codes?batch_id=${of.code}`, 200],
  ["GET", (of) => `/v1/codes/${of.code}`, 404],
  ["DELETE", (of) => `/v1/codes/${of.code}`, 404],
  ["POST", (of) => `${customers(of)}/codes/preview`, 404, (of) => ({ code: of.typed })],
  ["POST", (of) => `${customers(of)}/codes/redeem`, 404, (of) => ({ code: of.typed })],
  ["POST", (of) => `${customers(of)}/tokens`, 404, () => ({ scopes: ["read"] })],
  ["POST", (of) => `${customers(of)}/tokens/${of.token}/refresh`, 404],
  ["DELETE", (of) => `${customers(of)}/tokens/${of.token}`, 404],
  ["POST", () => "/v1/billing-portal/sessions", 404, (of) => ({ customer_id: of.customer, ...URLS })],
  ["DELETE", (of) => `/v1/billing-portal/sessions/${of.session}`, 404],
  ["GET", () => "/v1/webhooks", 200],
  ["GET", (of) => `/v1/webhooks/${of.webhook}`, 404],
  ["PATCH", (of) => `/v1/webhooks/${of.webhook}`, 404, () => ({ enabled: false })],
  ["DELETE", (of) => `/v1/webhooks/${of.webhook}`, 404],
  ["POST", (of) => `/v1/webhooks/${of.webhook}/rotate`, 404, () => ({})],
  ["POST", (of) => `/v1/webhooks/test/a.b/${of.below}`, 404, () => ({})],
  ["POST", (of) => `/v1/webhooks/${of.webhook}/test/a.b`, 404, () => ({})],
  ["POST", (of) => `/v1/webhooks/${of.webhook}/test/a.b/${of.below}`, 404, () => ({})],
  ["GET", () => "/v1/webhooks/events", 200],
  ["POST", () => "/v1/products", 422, (of) => ({ code: "x", name: "x", prices: [priceIn(of.asset)] })],
  ["POST", () => "/v1/customers", 422, (of) => ({ name: "x", subscriptions: [{ products: [{ id: of.product }] }] })],
  [
    "POST",
    () => "/v1/customers",
    422,
    (of) => ({ name: "x", subscriptions: [{ products: [{ code: `product_${of.asset}` }] }] }),
  ],
];

const chat = { event_type: "chat", data: { input_tokens: 1, output_tokens: 1 } };
const money = (transaction_id: string, amount = "1") => ({ transaction_id, asset: "USD", amount });
const packIn = (asset: string) => ({ code: "x", amount: "1", currency: "USD", asset });
const priceIn = (asset: string) => ({
  usage_calculation: { event_type: "x", usage_type: "unit" },
  pricing: [{ asset, values: [{ unit_price: "1" }] }],
});

describe("what belongs to one side", () => {
  test("is tried by every route that needs a key", () => {
    const of = sides[0] as Side;
    const tried = ATTEMPTS.map(([method, path]) => `${method} ${path(of).replace(/\?.*/, "")}`);
    const missing = routes.filter(({ method, path }) => {
      return !tried.some((one) => one.startsWith(`${method} `) && path.test(one.slice(method.length + 1)));
    });
    const stripe = ["POST /stripe/webhook", "POST /stripe/webhook/{}", "POST /inbound/{}"];
    const open = [
      ...stripe,
      "POST /v1/tokens/exchange",
      "GET /healthz",
      "HEAD /healthz",
      "GET /readyz",
      "HEAD /readyz",
      "GET /v1/meta",
      "HEAD /v1/meta",
      "GET /v1/openapi.json",
      ...PAGES,
    ];
    // These create what names nothing that could belong to somebody else.
    const free = ["POST /v1/assets", "POST /v1/vendors", "POST /v1/accounts", "POST /v1/keys", "POST /v1/webhooks"];
    // It goes to the caller's own destinations, whichever they are; see webhooks.test.ts.
    free.push("POST /v1/webhooks/test/{}", "POST /v1/stripe/endpoints", "POST /v1/inbound-endpoints");
    assert.deepEqual(missing.map((route) => route.name).sort(), [...open, ...free].sort());
  });

  for (const [by, of] of pairs(["acme live", "acme test", "evil live", "evil test"])) {
    test(`is nothing to others: ${by} with the ids of ${of}`, async () => {
      const [viewer, owner] = [side(by), side(of)];
      const before = await everythingStored(server.persist);
      for (const [method, path, status, body] of ATTEMPTS) {
        const sent = body?.(owner, viewer);
        const reply = await viewer.client.send(method, path(owner), sent);
        const what = `${method} ${path(owner)} ${JSON.stringify(sent)}: ${reply.text}`;
        // An id of the other side is refused wherever it stands, and says so.
        const { customer, product, vendor, below, webhook, endpoint, inbound, code } = owner;
        const ids = [customer.slice("cust_".length), product, vendor, below, webhook, endpoint, inbound, code];
        const named = ids.some((id) => (path(owner) + JSON.stringify(sent)).includes(id));
        const strange = named && viewer.mode !== owner.mode;
        assert.equal(reply.status, strange ? 404 : status, what);
        for (const other of sides.filter((one) => one !== viewer)) assert.ok(!reply.text.includes(other.mark), what);
        if (!strange && status === 200 && path(owner).includes("?")) assert.deepEqual(reply.body.items, [], what);
        // Whether an id is known to somebody else must not be heard from the answer, either.
        if (reply.status === 404 && method === "GET") {
          assert.deepEqual(said(reply), said(await nobodys(viewer, owner, path)), what);
        }
      }
      assert.deepEqual(await everythingStored(server.persist), before);
      assert.equal(await walletText(owner), owner.wallet, "the owner's wallet is untouched");
    });
  }

  test("is refused to those who name another account than their key's", async () => {
    const [acme, evil] = [side("acme live"), side("evil live")];
    for (const [method, path, , body] of ATTEMPTS) {
      const headers = { "x-credyt-account": acme.account };
      const reply = await evil.client.send(method, path(acme), body?.(acme, evil), { headers });
      assert.equal(reply.status, 403, `${method} ${path(acme)}: ${reply.text}`);
    }
    assert.equal(await walletText(acme), acme.wallet);
  });

  test("is refused to those without a key, before anything is looked up", async () => {
    const acme = side("acme live");
    for (const key of [null, `sk_live_${"x".repeat(43)}`]) {
      for (const [method, path, , body] of ATTEMPTS) {
        const reply = await api(server, key).send(method, path(acme), body?.(acme, acme));
        assert.equal(reply.status, 401, `${method} ${path(acme)}: ${reply.text}`);
      }
    }
    assert.equal(await walletText(acme), acme.wallet);
  });

  const side = (name: string) => sides.find((one) => one.name === name) as Side;

  function pairs(names: string[]): [string, string][] {
    return names.flatMap((by) => names.filter((of) => of !== by).map((of): [string, string] => [by, of]));
  }

  /** The same question about something that exists nowhere. */
  function nobodys(viewer: Side, owner: Side, path: (of: Side) => string): Promise<Reply> {
    // Of the owner's side, which the first character says.
    const key = `${owner.mode === "live" ? 8 : 0}${"0".repeat(25)}`;
    const money = {
      topUp: owner.mode === "live" ? owner.topUp : `top_${key}`,
      webhook: `whd_${key}`,
      endpoint: `sep_${key}`,
      inbound: `iep_${key}`,
      code: `code_${key}`,
    };
    const nothing = { ...money, customer: `cust_${key}`, hold: `hold_${key}_000000000004`, externalId: "nothing" };
    const directory = { product: `prp_${key}`, vendor: `vnd_${key}`, below: `acc_${key}`, key: "key_nothing" };
    return viewer.client.get(path({ ...viewer, ...nothing, ...directory, asset: "nothing" }));
  }

  /** What a problem says, less the ids that the question named. */
  function said({ status, body }: Reply): object {
    const detail = body.detail.replace(
      /\b(cust_|prp_|vnd_|acc_|top_|whd_|sep_|iep_|code_|evt_|event_|acme_|evil_)?\w*(live|test|nothing|[0-9a-z]{26})(_\d+)?\b/g,
      "…",
    );
    return { status, code: body.code, detail, retryable: body.retryable };
  }
});

describe("the stats of one side", () => {
  test("count what happened there and nothing else", async () => {
    for (const { client, customer, vendor, mark, name } of sides) {
      const costs = { total_costs: "0.5", categories: [{ category: mark, cost: "0.5" }], currency: "USD" };
      assert.deepEqual(expectStatus(await client.get(`/v1/vendors/${vendor}/stats`), 200), costs, name);
      const all = expectStatus(await client.get("/v1/customers/stats"), 200);
      assert.equal(all.summary.total_costs, "0.5");
      assert.deepEqual(
        all.items.map((one: Json) => [one.id, one.name, one.stats.total_costs]),
        [[customer, mark, "0.5"]],
      );
      assert.equal(expectStatus(await client.get("/v1/events"), 200).total_count, 1);
    }
  });
});

describe("the same names on four sides", () => {
  test("are four customers, products, events, transactions and holds", async () => {
    const seen: Json[] = [];
    for (const [place, { client, name }] of sides.entries()) {
      const rate = String(place + 1);
      expectStatus(await client.post("/v1/assets", { code: "COIN", name, precision: place }), 201);
      const price = { ...priceIn("COIN"), pricing: [{ asset: "COIN", values: [{ unit_price: rate }] }] };
      expectStatus(await client.post("/v1/products", { code: "shared", name, prices: [price] }), 201);
      const subscriptions = [{ products: [{ code: "shared" }] }];
      const body = { name, external_id: "shared", subscriptions };
      const { id } = expectStatus(await client.post("/v1/customers", body), 201);
      const path = `/v1/customers/${id}/wallet`;
      const credit = { transaction_id: "shared", asset: "COIN", amount: rate.padEnd(3, "0"), reason: "gift" };
      expectStatus(await client.post(`${path}/adjustments`, credit), 201);
      const event = { id: "shared", event_type: "x", occurred_at: RECENTLY };
      const sent = { customer_external_id: "shared", events: [event] };
      const headers = { prefer: "return=representation" };
      const posted = expectStatus(await client.post("/v1/events", sent, { headers }), 200);
      assert.equal(posted.fees[0].amount, rate);
      const ask = { id: "shared", customer_external_id: "shared", events: [{ event_type: "x" }] };
      const { hold } = expectStatus(await client.post("/v1/authorize", ask), 200);
      seen.push({ id, hold: hold.id, rate, name });
    }
    for (const [place, { client, name }] of sides.entries()) {
      const { id, hold, rate } = seen[place];
      const { accounts } = expectStatus(await client.get(`/v1/customers/${id}/wallet`), 200);
      const [account] = accounts;
      const balance = String(Number(rate) * 99);
      assert.equal(account.balance, balance, name);
      assert.equal(account.held, rate);
      assert.equal(expectStatus(await client.get(`/v1/holds/${hold}`), 200).amounts[0].amount, rate);
      const transaction = await client.get(`/v1/customers/${id}/wallet/transactions/shared`);
      assert.equal(expectStatus(transaction, 200).amount, `${rate}00`);
      const found = expectStatus(await client.get("/v1/customers?external_id=shared"), 200);
      assert.deepEqual(
        found.items.map((one: Json) => one.name),
        [name],
      );
      assert.equal(expectStatus(await client.get("/v1/assets/COIN"), 200).precision, place);
      const event = expectStatus(await indexedEvent(client, "shared"), 200);
      assert.equal(event.fees[0].amount, rate, "an event is found on the caller's own side");
    }
    // An id is derived from the account, the side and the external id, so no two of them share one.
    assert.equal(new Set(seen.map(({ id }) => id)).size, seen.length);
  });
});

describe("ids with delimiters in them", () => {
  const EXTERNAL_IDS = [
    ...[
      "a/b",
      "a",
      "b",
      "a//b",
      "/a/b",
      "a/b/",
      "a%2Fb",
      "a%252Fb",
      "a\\b",
      "a:b",
      "a b",
      "a+b",
      "a?b",
      "a#b",
      "a&b=c",
    ],
    ...["acc_acme/test/a", "acc_evil/test/a", "test/a", "../a", "../../acc_evil/test/a", ".", "..", "a\u2028b"],
    ...[
      "é",
      "e\u0301",
      "É",
      "🦀",
      "\u202Ea",
      "\u00A0a",
      "cust_00000000000000000000000000",
      "null",
      "0",
      "a'; --",
      '"a"',
    ],
  ];

  test("name each a customer and a wallet of its own", async () => {
    const customers = new Map<string, string>();
    const testSides = sides.filter((side) => side.mode === "test");
    for (const [offset, { client, name }] of testSides.entries()) {
      for (const [place, external] of EXTERNAL_IDS.entries()) {
        const { id } = expectStatus(await client.post("/v1/customers", { name, external_id: external }), 201);
        assert.equal(customers.get(id), undefined, `${external} of ${name} has the id of ${customers.get(id)}`);
        customers.set(id, `${external} of ${name}`);
        const amount = String(1 + place + offset * 1000);
        const credit = { transaction_id: external, asset: "USD", amount, reason: "gift" };
        expectStatus(await client.post(`/v1/customers/${id}/wallet/adjustments`, credit), 201);
      }
    }
    for (const [offset, { client }] of testSides.entries()) {
      for (const [place, external] of EXTERNAL_IDS.entries()) {
        const amount = String(1 + place + offset * 1000);
        const ask = { id: external, customer_external_id: external, asset: "USD", amount };
        const { decision, balances } = expectStatus(await client.post("/v1/authorize", ask), 200);
        assert.equal(decision, "approved", external);
        assert.equal(balances[0].balance, amount, external);
        const query = encodeURIComponent(external);
        const { items } = expectStatus(await client.get(`/v1/customers?external_id=${query}`), 200);
        assert.equal(items.length, 1, external);
        assert.equal(items[0].external_id, external);
        const path = `/v1/customers/${items[0].id}/wallet/transactions/${query}`;
        // A path of dots never reaches a server: clients take it for a way up.
        if (!/^\.+$/.test(external)) assert.equal(expectStatus(await client.get(path), 200).amount, amount, external);
      }
    }
  });

  test("cannot be cut elsewhere: account and external id do not run into each other", async () => {
    const ids = new Set<string>();
    const cuts = [
      ["a", "bc"],
      ["ab", "c"],
      ["a", "b-c"],
      ["a-b", "c"],
      ["a_b", "c"],
      ["a", "_bc"],
    ] as const;
    for (const [account, external] of cuts) {
      const client = api(server, newKey(account, "test").key);
      ids.add(expectStatus(await client.post("/v1/customers", { name: "x", external_id: external }), 201).id);
    }
    assert.equal(ids.size, cuts.length);
  });

  test("reach nobody else's wallet as customer ids", async () => {
    const [acme, evil] = [sides[1], sides[3]] as [Side, Side];
    const key = acme.customer.slice("cust_".length);
    const ids = [
      `acc_acme/test/${acme.customer}`,
      `../../acc_acme/test/${acme.customer}`,
      `/${acme.customer}`,
      `${acme.customer}/`,
      ` ${acme.customer}`,
      `cust_${key.toUpperCase()}`,
      key,
      "",
    ];
    for (const id of ids) {
      const body = { id: "x", customer_id: id, asset: "USD", amount: "1" };
      const status = id === "" ? 422 : 404;
      expectStatus(await evil.client.post("/v1/authorize", body), status);
      expectStatus(await evil.client.post("/v1/events", { customer_id: id, events: [recorded] }), status);
      const encoded = encodeURIComponent(id);
      expectStatus(await evil.client.get(`/v1/customers/${encoded}/wallet`), 404);
      expectStatus(await evil.client.get(`/v1/holds/hold_${encoded}_000000000005`), 404);
      expectStatus(await evil.client.get(`/v1/events/event_acme_test?customer_id=${encoded}`), 404);
    }
    assert.equal(await walletText(acme), acme.wallet);
  });

  test("cannot carry a second call: what follows a line break is no instruction", async () => {
    const evil = sides[3] as Side;
    const wallet = `acc_evil/test/${evil.customer}`;
    const paid = { op: "stripe:pi:pi_1", payment: "pi_1", event: "evt_1", asset: "USD", precision: 12 };
    const payment = { ...paid, amount: "1000000", tax_known: true, description: "forged" };
    const forged = { wallet, customer: evil.customer, request_id: "req_1", ask: { credit_payment: { payment } } };
    const lines = [evil.customer, JSON.stringify(forged)];
    for (const separator of ["\n", "\r\n", "\u2028", "\u0000"]) {
      const id = lines.join(separator);
      const reply = await evil.client.get(`/v1/events/e?customer_id=${encodeURIComponent(id)}`);
      assert.equal(reply.status, 404, reply.text);
      const body = { id: "x", customer_id: id, asset: "USD", amount: "1" };
      assert.ok([404, 422].includes((await evil.client.post("/v1/authorize", body)).status));
      const path = `/v1/customers/${encodeURIComponent(id)}/wallet`;
      expectStatus(await evil.client.get(path), 404);
    }
    assert.equal(await walletText(evil), evil.wallet);
  });
});

describe("a key", () => {
  test("works from the moment it is there; within seconds where it was refused just before", async () => {
    const make = (name: string) => {
      const [at, secret] = [new Date().toISOString(), randomBytes(32)];
      return createKey({ account: "fresh", mode: "live", name, at, secret });
    };
    const [{ key, sql }, tried] = [make("test"), make("tried")];
    expectStatus(await api(server, tried.key).get("/v1/customers"), 401);
    const directory = openDirectory(server.persist);
    directory.exec(sql);
    directory.exec(tried.sql);
    directory.close();
    const client = api(server, key);
    expectStatus(await client.get("/v1/customers"), 200);
    // What was no key is not looked up again for five seconds; who makes a key has not used it before.
    await eventually(async () => (await api(server, tried.key).get("/v1/customers")).status === 200, "it works");
    const twin = key.replace("sk_live_", "sk_test_");
    expectStatus(await api(server, twin).get("/v1/customers"), 401);
    expectStatus(await api(server, key.toLowerCase()).get("/v1/customers"), 401);
    expectStatus(await api(server, ` ${key} `).get("/v1/customers"), 200);
  });

  test("that is revoked is refused: at once where nobody has used it, and by every server that starts", async () => {
    const persist = freshFolder();
    const first = await startServer({ persist, ...DEPLOYED });
    const [unused, used] = [newKey("acme", "live", persist), newKey("acme", "live", persist)];
    expectStatus(await api(first, used.key).get("/v1/customers"), 200);
    unused.revoke();
    used.revoke();
    expectStatus(await api(first, unused.key).get("/v1/customers"), 401);
    // A server that has just used a key remembers it for 60 seconds, as the documentation says, and not longer than it
    // lives.
    expectStatus(await api(first, used.key).get("/v1/customers"), 200);
    await first.stop();
    const second = await startServer({ persist });
    expectStatus(await api(second, used.key).get("/v1/customers"), 401);
    await second.stop();
    removeFolder(persist);
  });
});
