// Redeem codes on the real runtime: the journey of a code, many who come at once, and the customer's own page.

import assert from "node:assert/strict";
import { after, before, describe, test } from "node:test";
import { type Api, api, expectStatus, type Json, uniqueId } from "./support/api.ts";
import { everythingStored, type FreshServer, freshServer } from "./support/fresh.ts";

let server: FreshServer;
let client: Api;

before(async () => {
  server = await freshServer();
  client = api(server);
});

after(() => server.end());

async function newCustomer(): Promise<string> {
  const reply = await client.post("/v1/customers", { name: "Ada", external_id: uniqueId("customer") });
  return expectStatus(reply, 201).id;
}

const make = async (terms: object): Promise<Json> => expectStatus(await client.post("/v1/codes", terms), 201);

const redeem = (customer: string, code: string) => client.post(`/v1/customers/${customer}/codes/redeem`, { code });

const usd = async (customer: string) =>
  (await client.get(`/v1/customers/${customer}/wallet/default:USD`)).body?.balance ?? "0";

describe("a redeem code", () => {
  test("is made, looked at, redeemed once, and disabled", async () => {
    const customer = await newCustomer();
    const terms = { amount: "5", asset: "USD", count: 3, max_redemptions: 2, credit_expires_days: 30 };
    const { batch_id: batch, codes } = await make(terms);
    assert.equal(codes.length, 3);
    const [{ id, code }] = codes;
    assert.match(code, /^([2-9A-HJ-NP-Z]{4}-){3}[2-9A-HJ-NP-Z]{4}$/);
    assert.ok(!JSON.stringify(await everythingStored(server.persist)).includes(code.replaceAll("-", "")));
    const preview = await client.post(`/v1/customers/${customer}/codes/preview`, { code: code.toLowerCase() });
    assert.equal(expectStatus(preview, 200).status, "redeemable");
    assert.equal(await usd(customer), "0");
    const first = await redeem(customer, code);
    assert.equal(expectStatus(first, 200).amount, "5");
    const again = await redeem(customer, code.replaceAll("-", ""));
    assert.equal(again.headers.get("idempotent-replayed"), "true");
    assert.equal(again.text, first.text);
    assert.equal(await usd(customer), "5");
    const { items } = expectStatus(await client.get(`/v1/customers/${customer}/wallet/default:USD/grants`), 200);
    assert.deepEqual([items.length, items[0].purpose, items[0].id], [1, "promotion", first.body.grant_id]);
    expectStatus(await client.send("DELETE", `/v1/codes/${id}`), 204);
    const shown = expectStatus(await client.get(`/v1/codes/${id}`), 200);
    assert.deepEqual([shown.status, shown.redemptions], ["disabled", 1]);
    assert.equal(expectStatus(await redeem(await newCustomer(), code), 404).code, "code_not_redeemable");
    const listed = expectStatus(await client.get(`/v1/codes?batch_id=${batch}`), 200);
    assert.equal(listed.total_count, 3);
  });

  test("is redeemed by as many as it allows, of many who come at once", async () => {
    const customers = await Promise.all(Array.from({ length: 8 }, newCustomer));
    const { codes } = await make({ amount: "7", asset: "USD", max_redemptions: 3 });
    const replies = await Promise.all([...customers, ...customers].map((customer) => redeem(customer, codes[0].code)));
    const statuses = replies.map((reply) => reply.status).sort();
    assert.deepEqual(statuses, [...Array(6).fill(200), ...Array(10).fill(404)]);
    const balances = await Promise.all(customers.map(usd));
    assert.equal(balances.filter((balance) => balance === "7").length, 3);
    assert.equal(balances.filter((balance) => balance === "0").length, 5);
  });

  test("is redeemed on the customer's own page, after a look at what it gives", async () => {
    const customer = await newCustomer();
    const { codes } = await make({ amount: "5", asset: "USD", description: "Welcome" });
    const urls = { return_url: "https://app.example.com/", failure_url: "https://app.example.com/again" };
    const session = await client.post("/v1/billing-portal/sessions", { customer_id: customer, ...urls });
    const opened = await fetch(expectStatus(session, 200).redirect_url, { redirect: "manual" });
    const cookie = opened.headers.get("set-cookie")?.split(";")[0] ?? "";
    const page = await fetch(`${server.url}/portal`, { headers: { cookie } });
    assert.match(await page.text(), /action="\/portal\/codes"/);
    assert.match(page.headers.get("content-security-policy") ?? "", /form-action 'self';/);
    const send = (action: string) =>
      fetch(`${server.url}/portal/codes`, {
        method: "POST",
        headers: { cookie },
        body: new URLSearchParams({ action, code: codes[0].code }),
      });
    const shown = await send("preview");
    assert.match(await shown.text(), /This code gives you[\s\S]*5\.00[\s\S]*Welcome/);
    assert.equal(await usd(customer), "0");
    for (let pressed = 0; pressed < 2; pressed++) assert.equal((await send("redeem")).status, 200);
    assert.equal(await usd(customer), "5");
  });
});
