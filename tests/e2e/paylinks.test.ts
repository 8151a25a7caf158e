// A subscription that the balance does not cover leads its customer to a link: what is missing is paid there, once, and
// the subscription goes on. The link can do nothing else, and nobody else has it.

import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { after, before, describe, test } from "node:test";
import { openDirectory } from "../../scripts/persist.ts";
import { type Api, api, credit, expectStatus, type Json, uniqueId } from "./support/api.ts";
import { brokenLink, readJournal, recordsOf } from "./support/chain.ts";
import { DEPLOYED, everythingStored, type FreshServer, freshServer, journal, newKey } from "./support/fresh.ts";
import { eventually } from "./support/patience.ts";

const PAID = "https://shop.example.com/thanks?order=1";
const STOPPED = "https://shop.example.org/sorry";

let server: FreshServer;
let client: Api;

before(async () => {
  server = await freshServer(DEPLOYED);
  client = api(server, newKey(server, "default", "test"));
  for (const [code, precision] of [
    ["CREDITS", 0],
    ["POINTS", 0],
  ] as const) {
    expectStatus(await client.post("/v1/assets", { code, name: code, precision }), 201);
  }
  expectStatus(await client.post("/v1/assets/CREDITS/rates", { source: "EUR", inverse_rate: "120" }), 204);
});

after(() => server.end());

const monthly = (amount: string, asset = "USD") => ({
  name: "Base fee",
  type: "fixed",
  billing_model: { type: "recurring", recurring: { interval: "month", interval_count: 1 } },
  pricing: [{ asset, values: [{ unit_price: amount }] }],
});

const gift = {
  name: "Included points",
  asset: "POINTS",
  amount: "1000",
  purpose: "bundled",
  lifecycle: { duration: "month", duration_count: 1 },
};

async function plan(prices: object[], by = client, entitlements: object[] = [gift]): Promise<string> {
  const code = uniqueId("plan");
  expectStatus(await by.post("/v1/products", { code, name: code, publish: true, prices, entitlements }), 201);
  return code;
}

async function newCustomer(by = client): Promise<string> {
  return expectStatus(await by.post("/v1/customers", { name: "Ada", external_id: uniqueId("payer") }), 201).id;
}

const URLS = { return_url: PAID, failure_url: STOPPED };

/** A subscription to a plan, and its payment link. */
async function subscribe(id: string, code: string, more: object = URLS): Promise<{ id: string; link: string }> {
  const path = `/v1/customers/${id}/subscriptions`;
  const made = expectStatus(await client.post(path, { products: [{ code }], ...more }), 201);
  assert.equal(made.status, "action_required");
  return { id: made.id, link: linkOf(made) };
}

function linkOf(subscription: Json): string {
  const [{ type, redirect_url }, ...others] = subscription.required_actions;
  assert.deepEqual([type, others], ["payment", []]);
  return redirect_url;
}

/** A browser that does not follow where it is sent. */
const open = (url: string) => fetch(url, { redirect: "manual" });

/** Opens a payment link: the page of the top-up that it leads to. */
async function opened(link: string): Promise<string> {
  const reply = await open(link);
  assert.equal(reply.status, 303, await reply.text());
  const page = reply.headers.get("location") ?? "";
  assert.match(page, new RegExp(`^${server.url}/pay/[0-9a-f]{64}$`));
  return page;
}

/** Presses a button of the page, and says where that leads. */
async function press(page: string, action: string): Promise<string | null> {
  const reply = await fetch(page, { method: "POST", redirect: "manual", body: new URLSearchParams({ action }) });
  assert.equal(reply.status, 303, await reply.text());
  return reply.headers.get("location");
}

async function said(url: string): Promise<{ status: number; html: string }> {
  const reply = await open(url);
  return { status: reply.status, html: await reply.text() };
}

const subscriptions = async (id: string, by = client): Promise<Json[]> =>
  expectStatus(await by.get(`/v1/customers/${id}`), 200).subscriptions;

async function available(id: string, asset = "USD"): Promise<string | undefined> {
  const { accounts } = expectStatus(await client.get(`/v1/customers/${id}/wallet`), 200);
  return accounts.find((one: Json) => one.id === `default:${asset}`)?.available;
}

const facts = (id: string): Json[] => journal(server.persist, id).map(({ entry }) => JSON.parse(entry).fact);
const topUps = (id: string) => facts(id).filter(({ type, source }) => type === "credited" && source === "top_up");

/** The top-ups of a customer, as the directory has them. */
function stored(id: string): Json[] {
  const directory = openDirectory(server.persist);
  const rows = directory.prepare("SELECT * FROM top_up WHERE customer_id = ? ORDER BY created_at").all(id);
  directory.close();
  return rows;
}

describe("A payment link", () => {
  test("is paid for what is missing: credited once, the fee is collected, the credit granted", async () => {
    const code = await plan([monthly("20")]);
    const id = await newCustomer();
    await credit(client, id, "5");
    const { id: subscription, link } = await subscribe(id, code);
    assert.match(link, new RegExp(`^${server.url}/pay/[0-9a-f]{64}/${subscription}$`));
    assert.deepEqual(stored(id), [], "nothing is made before anybody opens it");

    const page = await opened(link);
    const { html } = await said(page);
    for (const text of ["15.00 USD", code, "no money moves"]) assert.ok(html.includes(text), text);
    assert.equal(await press(page, "pay"), PAID);

    const [{ fact, ...entry }] = readJournal(server.persist, id)
      .map((row) => JSON.parse(row.entry))
      .filter((one) => one.fact.source === "top_up");
    assert.deepEqual([fact.amount, fact.metadata], ["15", { subscription_id: subscription }]);
    assert.equal(entry.op, `topup:${stored(id)[0].id}`);
    assert.ok(
      facts(id).some(({ type }) => type === "subscription_renewed"),
      "the fee is collected without anybody looking",
    );
    const [now] = await subscriptions(id);
    assert.deepEqual([now.status, now.required_actions], ["active", undefined]);
    assert.deepEqual([await available(id), await available(id, "POINTS")], ["0", "1000"]);
    assert.equal(brokenLink(recordsOf(readJournal(server.persist, id))), undefined);

    const { status, html: nothing } = await said(link);
    assert.equal(status, 200);
    assert.match(nothing, /<h1>Nothing to pay<\/h1>\s*<p>The subscription is paid for\.<\/p>/);
    assert.ok(nothing.includes(`href="${PAID}"`));
    assert.equal(stored(id).length, 1);
  });

  test("is one link and one payment, however often it is opened and paid", async () => {
    const code = await plan([monthly("20")]);
    const id = await newCustomer();
    const { link } = await subscribe(id, code);
    assert.equal(linkOf((await subscriptions(id))[0]), link, "reading it shows the same link");
    const pages = await Promise.all(Array.from({ length: 20 }, () => opened(link)));
    assert.deepEqual(new Set(pages).size, 1);
    const [page = ""] = pages;
    const ways = await Promise.all(pages.map((one) => press(one, "pay")));
    assert.deepEqual(new Set(ways), new Set([PAID]));
    assert.equal(await press(page, "pay"), PAID);
    assert.equal(topUps(id).length, 1);
    assert.equal(stored(id).length, 1);
    assert.equal(await available(id), "0");
    assert.equal((await subscriptions(id))[0].status, "active");
  });

  test("is the same in every answer to the call that made the subscription", async () => {
    const code = await plan([monthly("20")]);
    const id = await newCustomer();
    const path = `/v1/customers/${id}/subscriptions`;
    const call = () =>
      client.post(path, { products: [{ code }], ...URLS }, { headers: { "idempotency-key": `once ${id}` } });
    const [first, again] = [await call(), await call()];
    expectStatus(first, 201);
    assert.equal(again.text, first.text);
    assert.equal(again.headers.get("idempotent-replayed"), "true");
    const body = { name: "New", external_id: uniqueId(), subscriptions: [{ products: [{ code }], ...URLS }] };
    const created = await client.post("/v1/customers", body);
    const link = linkOf(expectStatus(created, 201).subscriptions[0]);
    assert.equal((await client.post("/v1/customers", body)).text, created.text);
    assert.equal(await press(await opened(link), "pay"), PAID);
    assert.equal((await subscriptions(created.body.id))[0].status, "active");
  });

  test("asks for what is missing now, in each asset that is, and comes back to itself until all is paid", async () => {
    const code = await plan([monthly("20"), monthly("1000", "CREDITS")]);
    const id = await newCustomer();
    const { link } = await subscribe(id, code);
    const early = await opened(link);
    await credit(client, id, "12.5");
    const dollars = await opened(link);
    assert.notEqual(dollars, early, "less is missing now");
    assert.ok((await said(dollars)).html.includes("7.50 USD"));
    assert.equal(await press(dollars, "pay"), link);
    assert.equal((await subscriptions(id))[0].status, "action_required");
    const euros = await opened(link);
    const { html } = await said(euros);
    // 1000 credits are 8.33… EUR, and cents are the least that can be paid. A purchase rounds down.
    for (const text of ["8.34 EUR", "1,000 CREDITS"]) assert.ok(html.includes(text), text);
    assert.equal(await press(euros, "pay"), PAID);
    assert.equal((await subscriptions(id))[0].status, "active");
    assert.deepEqual([await available(id), await available(id, "CREDITS")], ["0", "0"]);
    assert.equal(await press(early, "cancel"), STOPPED, "the first page is open still, and decides nothing by itself");
  });

  test("works again after it was declined, or has ended", async () => {
    const code = await plan([monthly("20")]);
    const id = await newCustomer();
    const { link } = await subscribe(id, code);
    const declined = await opened(link);
    assert.equal(await press(declined, "decline"), STOPPED);
    const second = await opened(link);
    assert.notEqual(second, declined);
    assert.equal(await press(second, "cancel"), STOPPED);
    assert.equal(await opened(link), second, "what was cancelled is open");
    const directory = openDirectory(server.persist);
    const hash = createHash("sha256").update(second.slice(-64)).digest("hex");
    directory.prepare("UPDATE top_up SET expires_at = 1 WHERE token_hash = ?").run(hash);
    directory.close();
    const third = await opened(link);
    assert.notEqual(third, second);
    assert.equal(await press(third, "pay"), PAID);
    assert.equal((await subscriptions(id))[0].status, "active");
    assert.deepEqual(
      stored(id)
        .map(({ status }) => status)
        .sort(),
      ["failed", "initiated", "succeeded"],
    );
  });

  test("finishes a payment that was interrupted, and asks for no second one", async () => {
    const code = await plan([monthly("20")]);
    const id = await newCustomer();
    const { link } = await subscribe(id, code);
    const page = await opened(link);
    const directory = openDirectory(server.persist);
    directory.prepare("UPDATE top_up SET status = 'pending' WHERE customer_id = ?").run(id);
    directory.close();
    assert.equal(await opened(link), page);
    assert.match((await said(page)).html, /<h1>Paid<\/h1>/);
    assert.equal((await subscriptions(id))[0].status, "active");
    assert.match((await said(link)).html, /<h1>Nothing to pay<\/h1>/);
    assert.equal(topUps(id).length, 1);
  });

  test("has pages of its own where the subscription names none", async () => {
    const code = await plan([monthly("20")]);
    const id = await newCustomer();
    const { link } = await subscribe(id, code, {});
    const stopped = (await press(await opened(link), "decline")) ?? "";
    assert.equal(stopped, `${link}?paid=no`);
    const { html } = await said(stopped);
    assert.match(html, /<h1>Not paid<\/h1>/);
    assert.ok(html.includes(`href="${link}"`));
    assert.equal(await press(await opened(link), "pay"), link);
    for (const url of [link, stopped]) assert.match((await said(url)).html, /<h1>Nothing to pay<\/h1>/);
  });

  test("is there for a fee that came due while nobody looked", async () => {
    const code = await plan([monthly("20")]);
    const id = await newCustomer();
    const path = `/v1/customers/${id}/subscriptions`;
    const starts_at = new Date(Date.now() + 3_600_000).toISOString();
    const made = expectStatus(await client.post(path, { products: [{ code }], starts_at, ...URLS }), 201);
    assert.deepEqual([made.status, made.required_actions], ["scheduled", undefined]);
    const lapsed = () => facts(id).some(({ type }) => type === "subscription_lapsed");
    await server.advance(3_600_000);
    await eventually(lapsed, "the alarm finds nothing to collect");
    const link = linkOf((await subscriptions(id))[0]);
    assert.equal(await press(await opened(link), "pay"), PAID);
    assert.equal((await subscriptions(id))[0].status, "active");
  });

  test("is given to a customer of before, when it subscribes next", async () => {
    const id = await newCustomer();
    const [first, second] = [await plan([monthly("20")]), await plan([monthly("30")])];
    await subscribe(id, first);
    const directory = openDirectory(server.persist);
    directory.prepare("UPDATE customer SET pay_token_hash = NULL WHERE id = ?").run(id);
    directory.close();
    assert.equal(linkOf((await subscriptions(id))[0]), PAID, "nothing but the way back is known");
    const { link } = await subscribe(id, second);
    assert.ok((await said(await opened(link))).html.includes("30.00 USD"));
    assert.equal(await press(await opened(linkOf((await subscriptions(id))[0])), "pay"), PAID);
    assert.deepEqual(
      (await subscriptions(id)).map(({ status }) => status),
      ["active", "action_required"],
    );
    assert.equal(linkOf((await subscriptions(id))[1]), link);
  });

  test("says so when nothing is to be paid, or nothing can be", async () => {
    const id = await newCustomer();
    const sub = await subscribe(id, await plan([monthly("20")]));
    const change = { status: "inactive" };
    expectStatus(await client.send("PATCH", `/v1/customers/${id}/subscriptions/${sub.id}`, change), 204);
    const ended = await said(sub.link);
    assert.equal(ended.status, 410, "a link ends with its subscription");
    assert.match(ended.html, /Nothing to pay<\/h1>\s*<p>The subscription has ended/);
    const points = await subscribe(id, await plan([monthly("7", "POINTS")], client, []));
    const none = await said(points.link);
    assert.equal(none.status, 200);
    assert.match(none.html, /lacks 7 POINTS, which cannot be bought here/);
    assert.deepEqual(stored(id), []);
  });
});

describe("A payment link of one", () => {
  test("is nothing to others, and a token that is not one opens nothing", async () => {
    const code = await plan([monthly("20")]);
    const [mine, other] = [await newCustomer(), await newCustomer()];
    const [own, others] = [await subscribe(mine, code), await subscribe(other, code)];
    const [, token = ""] = /\/pay\/(\w+)\//.exec(own.link) ?? [];
    const stranger = api(server, newKey(server, "stranger", "test"));
    const theirs = await newCustomer(stranger);
    const strange = { products: [{ code: await plan([monthly("20")], stranger, []) }] };
    const made = expectStatus(await stranger.post(`/v1/customers/${theirs}/subscriptions`, strange), 201);
    const before = await everythingStored(server.persist);
    const forged = token.replace(/.$/, (digit) => (digit === "0" ? "1" : "0"));
    for (const path of [
      `${forged}/${own.id}`,
      `${token}/${others.id}`,
      `${token}/${made.id}`,
      `${token}/${own.id.replace(/\d$/, "9")}`,
      `${token}/sub_1`,
      `${token}/%00`,
      `${token}`,
      `x/${own.id}`,
      `%27%20OR%201=1--/${own.id}`,
    ]) {
      const reply = await said(`${server.url}/pay/${path}`);
      assert.equal(reply.status, 404, path);
      assert.match(reply.html, /<h1>This link does not work<\/h1>/);
      assert.ok(!reply.html.includes("Ada"));
    }
    assert.deepEqual(await everythingStored(server.persist), before);
    assert.equal((await fetch(own.link, { method: "POST" })).status, 405);
    assert.equal(await press(await opened(linkOf(made)), "pay"), linkOf(made));
    assert.equal((await subscriptions(theirs, stranger))[0].status, "active");
    for (const id of [mine, other]) assert.equal((await subscriptions(id))[0].status, "action_required");
    assert.equal((await client.get(`/v1/top-ups/${stored(theirs)[0].id}`)).status, 404);
  });

  test("opens nothing any more when it is revoked, and another one is shown", async () => {
    const id = await newCustomer();
    const { link } = await subscribe(id, await plan([monthly("20")]));
    const page = await opened(link);
    expectStatus(await client.send("DELETE", `/v1/customers/${id}/payment-links`), 204);
    assert.equal((await said(link)).status, 404);
    assert.equal((await said(page)).status, 410, "the page that it led to has ended");
    const next = linkOf((await subscriptions(id))[0]);
    assert.notEqual(next, link);
    assert.equal(await press(await opened(next), "pay"), PAID);
  });

  test("is not made on the live side, where nobody takes payments", async () => {
    const live = api(server, newKey(server, "default", "live"));
    const code = await plan([monthly("20")], live, []);
    const id = await newCustomer(live);
    const path = `/v1/customers/${id}/subscriptions`;
    const made = expectStatus(await live.post(path, { products: [{ code }], ...URLS }), 201);
    assert.equal(linkOf(made), PAID);
    assert.equal(linkOf((await subscriptions(id, live))[0]), PAID);
  });
});

describe("The deployment's own page", () => {
  test("is where customers pay, when there is one", async () => {
    const own = await freshServer({ vars: { TOPUP_URL: "https://pay.example.com/?who={customer_id}" } });
    try {
      const by = api(own);
      const code = await plan([monthly("20")], by, []);
      const id = await newCustomer(by);
      const path = `/v1/customers/${id}/subscriptions`;
      const made = expectStatus(await by.post(path, { products: [{ code }], ...URLS }), 201);
      assert.equal(linkOf(made), `https://pay.example.com/?who=${id}`);
      assert.equal(linkOf((await subscriptions(id, by))[0]), `https://pay.example.com/?who=${id}`);
    } finally {
      await own.end();
    }
  });
});
