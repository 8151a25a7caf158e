// The link to a customer's own page: what the page says is what the wallet says, and the link opens nothing else.

import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { request } from "node:http";
import { after, before, describe, test } from "node:test";
import { directoryFile, openDirectory } from "../../scripts/persist.ts";
import {
  type Api,
  api,
  createChatCustomer,
  credit,
  expectStatus,
  type Json,
  LOCAL_KEY,
  uniqueId,
} from "./support/api.ts";
import { DEPLOYED, everythingStored, type FreshServer, freshServer, journal, newKey, rows } from "./support/fresh.ts";

const BACK = "https://app.example.com/billing";
const FAILED = "https://app.example.com/billing?again=1";

let server: FreshServer;
let client: Api;
let stranger: Api;
let liveSide: Api;

before(async () => {
  server = await freshServer(DEPLOYED);
  client = api(server, newKey(server, "default", "test"));
  stranger = api(server, newKey(server, "stranger", "test"));
  liveSide = api(server, newKey(server, "default", "live"));
});

after(() => server.end());

const asked = (customer: string) => ({ customer_id: customer, return_url: BACK, failure_url: FAILED });

async function session(customer: string, side = client): Promise<Json> {
  return expectStatus(await side.post("/v1/billing-portal/sessions", asked(customer)), 200);
}

async function newCustomer(name = "Ada", side = client): Promise<string> {
  const reply = await side.post("/v1/customers", { name, external_id: uniqueId("customer") });
  return expectStatus(reply, 201).id;
}

/** What a browser keeps of each link that it has opened. */
const cookies = new Map<string, string>();

/** Opens a link as a browser does, and looks at the page that it leads to. */
async function open(url: string): Promise<Response> {
  const reply = await fetch(url, { redirect: "manual", headers: { cookie: cookies.get(url) ?? "" } });
  if (reply.status !== 303) return reply;
  const [page, fragment = ""] = reply.headers.get("location")?.split("#") ?? [];
  assert.equal(page, "/portal", "what is sent of the page's address has no token");
  assert.match(fragment, /^(token=ctl_(test|live)_[0-9a-f]{64})?$/);
  const [cookie] = reply.headers.get("set-cookie")?.split(";") ?? [];
  if (cookie !== undefined) cookies.set(url, cookie);
  return fetch(`${server.url}/portal`, { headers: { cookie: cookies.get(url) ?? "" } });
}

async function shown(url: string): Promise<string> {
  const reply = await open(url);
  const html = await reply.text();
  assert.equal(reply.status, 200, html);
  return html;
}

/** What a reader sees, less the markup. */
const read = (html: string) => html.replace(/<[^>]+>/g, " ").replace(/\s+/g, " ");

describe("a portal session", () => {
  test("is a link for ten minutes, which is stored nowhere", async () => {
    const customer = await newCustomer();
    const began = Date.now();
    const { id, redirect_url, expires_at } = await session(customer);
    assert.match(id, /^bps_[0-9a-z]{26}$/);
    const token = redirect_url.split("token=")[1];
    assert.equal(redirect_url, `${server.url}/portal?token=${token}`);
    assert.match(token, /^[0-9a-f]{64}$/);
    const ends = Date.parse(expires_at);
    assert.ok(ends >= began + 600_000 && ends <= Date.now() + 600_000, expires_at);
    const [row] = rows(directoryFile(server.persist), `SELECT * FROM portal_session WHERE id = '${id}'`);
    assert.equal(row?.token_hash, createHash("sha256").update(token).digest("hex"));
    assert.ok(!JSON.stringify(row).includes(token));
    assert.notEqual((await session(customer)).redirect_url, redirect_url, "each call makes a link of its own");
  });

  test("opens once, by a cookie that only this page gets", async () => {
    const { redirect_url } = await session(await newCustomer());
    const first = await fetch(redirect_url, { redirect: "manual" });
    assert.equal(first.status, 303);
    const kept = first.headers.get("set-cookie") ?? "";
    assert.match(kept, /^scrip_portal=[0-9a-f]{64}; Path=\/portal; Max-Age=(600|59\d); HttpOnly; SameSite=Lax$/);
    assert.equal((await fetch(redirect_url, { redirect: "manual" })).status, 410, "nobody else opens it");
    const cookie = kept.split(";")[0] ?? "";
    assert.equal((await fetch(`${server.url}/portal`, { headers: { cookie } })).status, 200);
    const secret = cookie.split("=")[1] ?? "";
    const stored = rows(directoryFile(server.persist), "SELECT * FROM portal_session");
    assert.ok(secret.length === 64 && !JSON.stringify(stored).includes(secret));
  });

  test("is made by no request that names another's host, as a page of a stranger's would", async () => {
    const local = await freshServer();
    const customer = await newCustomer("Ada", api(local));
    const body = JSON.stringify(asked(customer));
    const headers = (host: string) => ({
      host,
      authorization: `Bearer ${LOCAL_KEY}`,
      "content-type": "application/json",
    });
    const asking = (host: string) =>
      new Promise<[number | undefined, string]>((resolve, reject) => {
        const url = `${local.url}/v1/billing-portal/sessions`;
        const sent = request(url, { method: "POST", headers: headers(host) }, async (reply) =>
          resolve([reply.statusCode, await reply.toArray().then(String)]),
        );
        sent.on("error", reject).end(body);
      });
    for (const own of ["localhost", "LOCALHOST:80", new URL(local.url).host, "[::1]:8787"]) {
      const [status, text] = await asking(own);
      assert.equal(status, 200, text);
      assert.ok(JSON.parse(text).redirect_url.startsWith(`${local.url}/portal?token=`), text);
    }
    for (const strange of ["evil.example", "localhost.evil.example", "127.0.0.1.nip.io:8787", "0.0.0.0"]) {
      const [status, text] = await asking(strange);
      assert.equal(status, 421, text);
      assert.equal(JSON.parse(text).code, "wrong_host");
    }
    await local.end();
  });

  test("ends when it is told to", async () => {
    const customer = await newCustomer();
    const { id, redirect_url } = await session(customer);
    await shown(redirect_url);
    for (const other of [stranger, liveSide]) {
      assert.equal((await other.send("DELETE", `/v1/billing-portal/sessions/${id}`)).status, 404);
    }
    await shown(redirect_url);
    expectStatus(await client.send("DELETE", `/v1/billing-portal/sessions/${id}`), 204);
    assert.equal((await open(redirect_url)).status, 410);
    expectStatus(await client.send("DELETE", `/v1/billing-portal/sessions/${id}`), 204);
    assert.equal((await client.send("DELETE", "/v1/billing-portal/sessions/bps_nope")).status, 404);
  });

  test("ends by itself, with a way back", async () => {
    const customer = await newCustomer();
    const { id, redirect_url } = await session(customer);
    const directory = openDirectory(server.persist);
    const end = directory.prepare("UPDATE portal_session SET expires_at = ? WHERE id = ?");
    end.run(Date.now() * 1000 - 1, id);
    const reply = await open(redirect_url);
    const html = await reply.text();
    assert.equal(reply.status, 410);
    assert.equal(reply.headers.get("content-type"), "text/html; charset=utf-8");
    assert.ok(html.includes(`href="${FAILED}"`));
    assert.ok(!html.includes("Ada"), "it says nothing of the customer any more");
    // A day later it is forgotten when the next one is made.
    end.run((Date.now() - 86_400_001) * 1000, id);
    directory.close();
    await session(customer);
    assert.equal((await open(redirect_url)).status, 404);
  });

  test("is for a customer of the caller's own side", async () => {
    const customer = await newCustomer();
    const stored = await everythingStored(server.persist);
    for (const [other, code] of [
      [stranger, "not_found"],
      [liveSide, "wrong_side"],
    ] as const) {
      const reply = await other.post("/v1/billing-portal/sessions", asked(customer));
      assert.equal(expectStatus(reply, 404).code, code);
    }
    assert.deepEqual(await everythingStored(server.persist), stored);
  });
});

describe("the page", () => {
  test("shows what the wallet says", async () => {
    expectStatus(await client.post("/v1/assets", { code: "CREDITS", name: "Credits", label: "credits" }), 201);
    const { id } = await createChatCustomer(client, "1234.5");
    const ends = new Date(Date.now() + 86_400_000).toISOString();
    const gift = {
      transaction_id: "gift",
      asset: "USD",
      amount: "5",
      reason: "gift",
      description: "Welcome",
      expires_at: ends,
    };
    expectStatus(await client.post(`/v1/customers/${id}/wallet/adjustments`, gift), 201);
    await credit(client, id, "250", "CREDITS");
    const event = {
      id: "e",
      event_type: "chat",
      occurred_at: new Date().toISOString(),
      subject: "run 7",
      data: { output_tokens: 1000 },
    };
    expectStatus(await client.post("/v1/events", { customer_id: id, events: [event] }), 204);
    const ask = { id: "a", customer_id: id, asset: "USD", amount: "0.0419" };
    expectStatus(await client.post("/v1/authorize", ask), 200);
    const { redirect_url } = await session(id);
    const text = read(await shown(redirect_url));
    for (const part of [
      "Back to app.example.com",
      "USD 1,239.4481 USD available",
      "Held for running calls 0.0419 USD",
      "Total 1,239.49 USD",
      "Ends next 4.9481 USD",
      "credits 250 credits available",
      "Usage run 7",
      "\u22120.01 USD",
      "Gift Welcome",
      "+5.00 USD",
      "Top-up",
      "+250 credits",
    ]) {
      assert.ok(text.includes(part), `${part} is not in: ${text}`);
    }
    const { accounts } = expectStatus(await client.get(`/v1/customers/${id}/wallet`), 200);
    assert.equal(accounts.find((one: Json) => one.asset === "USD").available, "1239.4481", "the same figure");
  });

  test("shows at most ten lines, newest first, and no hold among them", async () => {
    const { id } = await createChatCustomer(client, "100");
    for (let place = 1; place <= 15; place++) {
      const charge = { transaction_id: `c${place}`, asset: "USD", amount: "1", description: `charge ${place}.` };
      expectStatus(await client.post(`/v1/customers/${id}/wallet/charges`, charge), 201);
      const ask = { id: `a${place}`, customer_id: id, asset: "USD", amount: "0.1" };
      expectStatus(await client.post("/v1/authorize", ask), 200);
    }
    const { redirect_url } = await session(id);
    const lines = [...read(await shown(redirect_url)).matchAll(/charge (\d+)\./g)].map(([, number]) => Number(number));
    assert.deepEqual(lines, [15, 14, 13, 12, 11, 10, 9, 8, 7, 6]);
  });

  test("of an empty wallet says what will appear", async () => {
    const text = read(await shown((await session(await newCustomer("Empty Inc"))).redirect_url));
    assert.ok(text.includes("Empty Inc") && text.includes("No balance yet") && text.includes("Nothing yet."));
  });

  test("says when nothing is left, and when less than nothing is", async () => {
    const customer = await newCustomer();
    await credit(client, customer, "1");
    const { redirect_url } = await session(customer);
    assert.ok(!read(await shown(redirect_url)).includes("paused"));
    const charge = (id: string) => ({ transaction_id: id, asset: "USD", amount: "1" });
    expectStatus(await client.post(`/v1/customers/${customer}/wallet/charges`, charge("one")), 201);
    assert.ok(read(await shown(redirect_url)).includes("Calls are paused until you add funds."));
    expectStatus(await client.post(`/v1/customers/${customer}/wallet/charges`, charge("two")), 201);
    const text = read(await shown(redirect_url));
    assert.ok(text.includes("Your next top-up covers this first.") && text.includes("\u22121.00 USD available"), text);
  });

  test("shows one customer, of one side of one account, and nobody else", async () => {
    const external = uniqueId("shared");
    const worlds = [client, liveSide, stranger];
    const pages: string[] = [];
    for (const [place, side] of worlds.entries()) {
      const body = { name: `World ${place}`, external_id: external };
      const { id } = expectStatus(await side.post("/v1/customers", body), 201);
      await credit(side, id, `${place + 1}11`);
      pages.push(read(await shown((await session(id, side)).redirect_url)));
    }
    for (const [place, page] of pages.entries()) {
      for (const other of [0, 1, 2]) {
        assert.equal(page.includes(`World ${other}`), other === place);
        assert.equal(page.includes(`${other + 1}11.00 USD`), other === place);
      }
    }
  });

  test("opens for nobody who changes the link", async () => {
    const [customer, other] = [await newCustomer("Mine"), await newCustomer("Theirs")];
    const { redirect_url, id } = await session(customer);
    const [base, token] = redirect_url.split("token=");
    const wrong = [
      ...[
        "",
        "0".repeat(64),
        token.slice(0, -1),
        `${token}0`,
        `0${token.slice(1)}`.replace(token, "x"),
        token.toUpperCase(),
      ],
      ...[id, customer, "%27%20OR%201=1--", "a%00b", createHash("sha256").update(token).digest("hex")],
    ];
    for (const one of wrong.filter((text) => text !== token)) {
      const reply = await open(`${base}token=${one}`);
      const html = await reply.text();
      assert.equal(reply.status, 404, one);
      assert.ok(html.includes("This link does not work") && !html.includes("Mine"), one);
    }
    for (const url of [`${server.url}/portal`, `${server.url}/portal?x=${token}`]) {
      assert.equal((await open(url)).status, 404, url);
    }
    const more = `${redirect_url}&customer_id=${other}&account=acc_stranger&mode=live`;
    const html = await shown(more);
    assert.ok(html.includes("Mine") && !html.includes("Theirs"), "who is shown is what the link was made for");
    assert.equal((await fetch(redirect_url, { method: "POST" })).status, 405, "the page changes nothing");
  });

  test("runs and loads what is served beside it, is framed by nobody, and tells nobody where it was", async () => {
    const customer = await newCustomer("<script>alert(1)</script>");
    const charge = { transaction_id: "x", asset: "USD", amount: "1", description: '"><img src=x onerror=alert(1)>' };
    expectStatus(await client.post(`/v1/customers/${customer}/wallet/charges`, charge), 201);
    const before = journal(server.persist, customer).length;
    const reply = await open((await session(customer)).redirect_url);
    const html = await reply.text();
    assert.deepEqual(html.match(/<script.*?<\/script>/gis), [
      '<script type="module" src="/assets/portal_page.js"></script>',
    ]);
    assert.ok(!/<style|<img|<svg|javascript:| style=/i.test(html));
    // Its one form takes a redeem code, and is answered here.
    assert.deepEqual(html.match(/<form[^>]*>/gi), ['<form class="line" method="post" action="/portal/codes">']);
    assert.deepEqual(html.match(/<link[^>]*>/gi), ['<link rel="stylesheet" href="/assets/scrip.css">']);
    assert.ok(html.includes("&lt;script&gt;") && html.includes("&quot;&gt;&lt;img"));
    const headers = Object.fromEntries(reply.headers);
    assert.equal(headers["cache-control"], "no-store");
    assert.equal(headers["referrer-policy"], "no-referrer");
    assert.equal(headers["x-frame-options"], "DENY");
    const policy = headers["content-security-policy"] ?? "";
    assert.match(policy, /^default-src 'none'; style-src 'self'; /);
    assert.ok(policy.includes("form-action 'self';") && policy.includes("frame-ancestors 'none'"), policy);
    assert.match(policy, /; script-src 'self' 'wasm-unsafe-eval'; img-src 'self' https:; connect-src 'self'; /);
    assert.ok(!policy.includes("unsafe-inline") && !policy.includes("'unsafe-eval'"), policy);
    assert.equal(journal(server.persist, customer).length, before, "looking writes nothing");
  });
});
