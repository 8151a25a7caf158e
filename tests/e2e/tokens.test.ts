// Tokens of customers as browsers meet them: the headers of other origins, of preflights and of framed pages.

import assert from "node:assert/strict";
import { after, before, describe, test } from "node:test";
import { type Api, api, createChatCustomer, expectStatus } from "./support/api.ts";
import { DEPLOYED, type FreshServer, freshServer, newKey } from "./support/fresh.ts";

const APP = "https://app.example.com";
const EVIL = "https://evil.example.com";
const CORS = ["access-control-allow-origin", "access-control-expose-headers", "access-control-allow-credentials"];

let server: FreshServer;
let client: Api;
let customer: string;

before(async () => {
  server = await freshServer(DEPLOYED);
  client = api(server, newKey(server, "default", "test"));
  customer = (await createChatCustomer(client, "10")).id;
});

after(() => server.end());

async function newToken(body: object = {}): Promise<string> {
  const asked = { scopes: ["read"], allowed_origins: [APP], ...body };
  return expectStatus(await client.post(`/v1/customers/${customer}/tokens`, asked), 201).token;
}

const call = (token: string, path: string, origin?: string) =>
  fetch(`${server.url}${path}`, {
    headers: { authorization: `Bearer ${token}`, ...(origin === undefined ? {} : { origin }) },
  });

const wallet = () => `/v1/customers/${customer}/wallet`;

describe("a token of a customer", () => {
  test("is taken with and without a page, and only its page may read the reply", async () => {
    const token = await newToken();
    for (const [origin, status, allowed] of [
      [undefined, 200, null],
      [APP, 200, APP],
      [EVIL, 403, null],
    ] as const) {
      const reply = await call(token, wallet(), origin);
      assert.equal(reply.status, status, await reply.text());
      assert.equal(reply.headers.get("access-control-allow-origin"), allowed);
      assert.equal(reply.headers.get("access-control-allow-credentials"), null);
      if (allowed !== null) assert.equal(reply.headers.get("vary"), "origin");
    }
  });

  test("needs no preflight from an origin that nobody has allowed, and gets none", async () => {
    await newToken();
    const preflight = (origin: string) =>
      fetch(`${server.url}${wallet()}`, {
        method: "OPTIONS",
        headers: { origin, "access-control-request-method": "GET", "access-control-request-headers": "authorization" },
      });
    const allowed = await preflight(APP);
    assert.equal(allowed.status, 204);
    assert.equal(allowed.headers.get("access-control-allow-origin"), APP);
    assert.match(allowed.headers.get("access-control-allow-headers") ?? "", /authorization/);
    assert.match(allowed.headers.get("access-control-allow-methods") ?? "", /GET, POST, PUT, PATCH, DELETE/);
    const refused = await preflight(EVIL);
    assert.equal(refused.status, 405);
    for (const name of CORS) assert.equal(refused.headers.get(name), null, name);
  });

  test("spends within its cap, however many calls come at once", async () => {
    const spend_cap = { asset: "USD", amount: "1" };
    const token = await newToken({ scopes: ["authorize"], spend_cap });
    const asks = Array.from({ length: 20 }, (_, place) =>
      api(server, token).post("/v1/authorize", {
        id: `capped_${place}`,
        customer_id: customer,
        asset: "USD",
        amount: "0.3",
      }),
    );
    const decisions = (await Promise.all(asks)).map((reply) => expectStatus(reply, 200).decision);
    assert.equal(decisions.filter((one) => one === "approved").length, 3, "three times 0.3 are within 1");
  });

  test("is refused by every route that is not for it", async () => {
    const token = api(server, await newToken());
    for (const path of ["/v1/customers", "/v1/keys", "/v1/events", `/v1/customers/${customer}/stats`]) {
      expectStatus(await token.get(path), 403);
    }
    expectStatus(await token.get(`${wallet()}/entries`), 200);
  });
});

describe("the customer's page", () => {
  const urls = { return_url: APP, failure_url: APP };

  async function page(more: object) {
    const asked = { customer_id: customer, ...urls, ...more };
    const { redirect_url } = expectStatus(await client.post("/v1/billing-portal/sessions", asked), 200);
    const opened = await fetch(redirect_url, { redirect: "manual" });
    const cookie = opened.headers.get("set-cookie") ?? "";
    const headers = { cookie: cookie.split(";")[0] ?? "" };
    return { cookie, headers, shown: await fetch(`${server.url}/portal`, { headers }) };
  }

  test("is framed by the origins that its session names, and by nobody otherwise", async () => {
    const alone = await page({});
    assert.equal(alone.shown.headers.get("x-frame-options"), "DENY");
    assert.match(alone.shown.headers.get("content-security-policy") ?? "", /frame-ancestors 'none'/);
    assert.match(alone.cookie, /SameSite=Lax/);
    const framed = await page({ allowed_origins: [APP] });
    assert.equal(framed.shown.status, 200);
    assert.equal(framed.shown.headers.get("x-frame-options"), null);
    const policy = framed.shown.headers.get("content-security-policy") ?? "";
    assert.match(policy, /default-src 'none';.*frame-ancestors https:\/\/app\.example\.com$/);
    assert.match(framed.cookie, /SameSite=None; Secure; Partitioned/);
  });

  test("takes no form that another site has sent", async () => {
    const { headers } = await page({ allowed_origins: [APP] });
    const send = (site: string) =>
      fetch(`${server.url}/portal/codes`, {
        method: "POST",
        headers: { ...headers, "sec-fetch-site": site, "content-type": "application/x-www-form-urlencoded" },
        body: "action=preview&code=AAAA-AAAA-AAAA-AAAA",
      });
    assert.equal((await send("cross-site")).status, 403);
    assert.equal((await send("same-site")).status, 403);
    assert.notEqual((await send("same-origin")).status, 403);
  });
});
