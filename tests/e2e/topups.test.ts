// A customer is asked to pay, and what was paid becomes credit once: whoever presses what, how often, where and when.

import assert from "node:assert/strict";
import { after, before, describe, test } from "node:test";
import { openDirectory } from "../../scripts/persist.ts";
import { type Api, api, expectStatus, type Json, type Reply, uniqueId } from "./support/api.ts";
import { DEPLOYED, everythingStored, type FreshServer, freshServer, journal, newKey } from "./support/fresh.ts";

const BACK = "https://shop.example.com/thanks?order=1";
const FAILED = "https://shop.example.org:8443/sorry";

let server: FreshServer;
let client: Api;
/** Of the client. */
let key: string;
/** The test side of another platform account. */
let stranger: Api;
let liveSide: Api;

before(async () => {
  server = await freshServer(DEPLOYED);
  key = newKey(server, "default", "test");
  client = api(server, key);
  stranger = api(server, newKey(server, "stranger", "test"));
  liveSide = api(server, newKey(server, "default", "live"));
  expectStatus(
    await client.post("/v1/assets", { code: "CREDITS", name: "Credits", precision: 0, label: "credits" }),
    201,
  );
  rate("CREDITS", "USD", { source_per_unit: "0.01" });
  rate("CREDITS", "EUR", { units_per_source: "120" });
});

after(() => server.end());

/** What is paid for an asset from 2020 on; a later one ends it. */
function rate(code: string, source: string, value: object, from = Date.UTC(2020) * 1000): void {
  const directory = openDirectory(server.persist);
  const sql = `INSERT INTO asset_rate (account_id, mode, code, source, valid_from, rate)
    VALUES ('acc_default', 'test', ?, ?, ?, ?)`;
  directory.prepare(sql).run(code, source, from, JSON.stringify(value));
  directory.close();
}

async function newCustomer(name = "Ada"): Promise<string> {
  const reply = await client.post("/v1/customers", { name, external_id: uniqueId("customer") });
  return expectStatus(reply, 201).id;
}

const asked = (customer: string, more: object = {}) => ({
  customer_id: customer,
  amount: "20",
  currency: "USD",
  return_url: BACK,
  failure_url: FAILED,
  ...more,
});

async function topUp(customer: string, more: object = {}): Promise<Json> {
  return expectStatus(await client.post("/v1/top-ups", asked(customer, more)), 201);
}

const status = async (id: string) => expectStatus(await client.get(`/v1/top-ups/${id}`), 200).status;

/** A browser that does not follow where it is sent. */
async function press(url: string, action: string | undefined, extra: RequestInit = {}): Promise<Response> {
  const form = action === undefined ? {} : { body: new URLSearchParams({ action }) };
  return fetch(url, { method: "POST", redirect: "manual", ...form, ...extra });
}

const open = (url: string) => fetch(url, { redirect: "manual" });

const credits = (customer: string) =>
  journal(server.persist, customer)
    .map(({ entry }) => JSON.parse(entry))
    .filter((entry) => entry.fact.type === "credited");

async function balance(customer: string, asset = "USD"): Promise<string> {
  const { accounts } = expectStatus(await client.get(`/v1/customers/${customer}/wallet`), 200);
  return accounts.find((one: Json) => one.asset === asset)?.available ?? "none";
}

/** As if so much time had passed since the link was made. */
function endLink(id: string): void {
  const directory = openDirectory(server.persist);
  directory.prepare("UPDATE top_up SET expires_at = ? WHERE id = ?").run(Date.now() * 1000 - 1, id);
  directory.close();
}

function setStatus(id: string, value: string): void {
  const directory = openDirectory(server.persist);
  directory.prepare("UPDATE top_up SET status = ? WHERE id = ?").run(value, id);
  directory.close();
}

describe("a top-up", () => {
  test("is a link for 24 hours, and credit once it is paid", async () => {
    const customer = await newCustomer();
    const made = await topUp(customer, { description: "Starter", metadata: { order: "7" } });
    const shown = ["processor", "credit", "grants", "credit_expires_at", "created_at", "expires_at"];
    assert.deepEqual(Object.keys(made), ["id", "status", "redirect_url", ...shown]);
    assert.match(made.id, /^top_[0-9a-z]{26}$/);
    assert.equal(made.status, "initiated");
    assert.match(made.redirect_url, new RegExp(`^${server.url}/pay/[0-9a-f]{64}$`));
    assert.equal(Date.parse(made.expires_at) - Date.parse(made.created_at), 86_400_000);
    const before = expectStatus(await client.get(`/v1/top-ups/${made.id}`), 200);
    assert.equal(before.status, "initiated");
    assert.equal(before.amount, "20");
    assert.equal(before.currency, "USD");
    assert.equal(before.customer_id, customer);
    assert.deepEqual(before.destination, { asset: "USD", account_name: "default" });
    assert.deepEqual(before.metadata, { order: "7" });
    assert.equal(await balance(customer), "none", "nothing is there before it is paid");

    const paid = await press(made.redirect_url, "pay");
    assert.equal(paid.status, 303);
    assert.equal(paid.headers.get("location"), BACK);
    assert.equal(await status(made.id), "succeeded");
    assert.equal(await balance(customer), "20");
    const [entry, ...more] = credits(customer);
    assert.deepEqual(more, []);
    assert.equal(entry.op, `topup:${made.id}`);
    const { source, top_up, processor, paid: sum, currency, description, metadata } = entry.fact;
    assert.deepEqual(
      { source, top_up, processor, sum, currency, description, metadata },
      {
        source: "top_up",
        top_up: made.id,
        processor: "simulated",
        sum: "20",
        currency: "USD",
        description: "Starter",
        metadata: { order: "7" },
      },
    );
    const grants = await client.get(`/v1/customers/${customer}/wallet/default:USD/grants`);
    const [grant] = expectStatus(grants, 200).items;
    assert.equal(grant.purpose, "paid");
    assert.equal(grant.expires_at, null, "what was bought does not vanish unless that was said");
  });

  test("is converted by the rate of its own moment, whatever the rate is when it is paid", async () => {
    const customer = await newCustomer();
    const { id, redirect_url } = await topUp(customer, { destination: { asset: "CREDITS" } });
    assert.deepEqual(expectStatus(await client.get(`/v1/top-ups/${id}`), 200).credit, {
      asset: "CREDITS",
      amount: "2000",
    });
    rate("CREDITS", "USD", { source_per_unit: "1" }, Date.now() * 1000);
    await press(redirect_url, "pay");
    assert.equal(await balance(customer, "CREDITS"), "2000");
    const later = await topUp(customer, { destination: { asset: "CREDITS" } });
    await press(later.redirect_url, "pay");
    assert.equal(await balance(customer, "CREDITS"), "2020", "the new rate holds for what is made later");
  });

  test("takes a rate of its own, an account of its own, and a rate that counts units", async () => {
    const customer = await newCustomer();
    for (const [more, account, credited] of [
      [{ destination: { asset: "CREDITS", exchange_rate: "0.25" } }, "default", "80"],
      [{ destination: { asset: "CREDITS", exchange_rate: "0.25", account_name: "team" } }, "team", "80"],
      [{ currency: "EUR", amount: 0.99, destination: { asset: "CREDITS" } }, "default", "118"],
      [{ currency: "eur" }, "default", "20"],
    ] as const) {
      const { id, redirect_url } = await topUp(customer, more);
      const { credit, destination } = expectStatus(await client.get(`/v1/top-ups/${id}`), 200);
      assert.equal(credit.amount, credited, JSON.stringify(more));
      assert.equal(destination.account_name, account);
      await press(redirect_url, "pay");
      assert.equal(await status(id), "succeeded");
    }
    const { accounts } = expectStatus(await client.get(`/v1/customers/${customer}/wallet`), 200);
    assert.deepEqual(accounts.map((one: Json) => [one.id, one.available]).sort(), [
      ["default:CREDITS", "198"],
      ["default:EUR", "20"],
      ["team:CREDITS", "80"],
    ]);
  });

  test("makes credit that ends when it was told to, and its link ends no later", async () => {
    const customer = await newCustomer();
    const end = new Date(Date.now() + 3_600_000).toISOString();
    const made = await topUp(customer, { credit_expires_at: end });
    assert.equal(Date.parse(made.expires_at), Date.parse(end), "nobody can pay for credit that has ended");
    await press(made.redirect_url, "pay");
    const grants = await client.get(`/v1/customers/${customer}/wallet/default:USD/grants`);
    assert.equal(Date.parse(expectStatus(grants, 200).items[0].expires_at), Date.parse(end));
  });

  test("repays a debt first", async () => {
    const customer = await newCustomer();
    const charge = { transaction_id: "c", asset: "USD", amount: "5" };
    expectStatus(await client.post(`/v1/customers/${customer}/wallet/charges`, charge), 201);
    const { redirect_url } = await topUp(customer);
    await press(redirect_url, "pay");
    assert.equal(await balance(customer), "15");
    assert.equal(credits(customer)[0].fact.repaid, "5");
  });
});

describe("the button", () => {
  test("credits once, however often it is pressed", async () => {
    const customer = await newCustomer();
    const { id, redirect_url } = await topUp(customer);
    for (let time = 0; time < 3; time++) {
      const paid = await press(redirect_url, "pay");
      assert.equal(paid.status, 303);
      assert.equal(paid.headers.get("location"), BACK, "whoever pressed twice ends at the same place");
    }
    assert.equal(await balance(customer), "20");
    assert.equal(credits(customer).length, 1);
    endLink(id);
    assert.equal((await press(redirect_url, "pay")).status, 303, "paid is paid, also when the link has ended");
    assert.equal(await status(id), "succeeded");
    assert.equal(await balance(customer), "20");
  });

  test("credits once when 40 presses come at the same moment", async () => {
    const customer = await newCustomer();
    const { id, redirect_url } = await topUp(customer);
    const replies = await Promise.all(Array.from({ length: 40 }, () => press(redirect_url, "pay")));
    assert.deepEqual([...new Set(replies.map((reply) => reply.status))], [303]);
    assert.equal(await status(id), "succeeded");
    assert.equal(await balance(customer), "20");
    assert.equal(credits(customer).length, 1);
  });

  test("and its opposite at the same moment: one of them counts, and the money agrees", async () => {
    for (let round = 0; round < 8; round++) {
      const customer = await newCustomer();
      const { id, redirect_url } = await topUp(customer);
      const actions = Array.from({ length: 10 }, (_, place) => ((place + round) % 2 ? "pay" : "decline"));
      const replies = await Promise.all(actions.map((action) => press(redirect_url, action)));
      const ended = await status(id);
      const [won, place, money] = ended === "succeeded" ? ["pay", BACK, "20"] : ["decline", FAILED, "none"];
      for (const [at, reply] of replies.entries()) {
        if (actions[at] === won) assert.equal(reply.headers.get("location"), place);
        else assert.equal(reply.status, 409, "the one who came too late is told");
      }
      assert.equal(await balance(customer), money);
      assert.equal(credits(customer).length, ended === "succeeded" ? 1 : 0);
    }
  });

  test("for declining ends the top-up as failed", async () => {
    const customer = await newCustomer();
    const { id, redirect_url } = await topUp(customer);
    const declined = await press(redirect_url, "decline");
    assert.equal(declined.status, 303);
    assert.equal(declined.headers.get("location"), FAILED);
    assert.equal(await status(id), "failed");
    assert.equal((await press(redirect_url, "pay")).status, 409);
    assert.equal((await press(redirect_url, "decline")).status, 303);
    assert.match(await (await open(redirect_url)).text(), /<h1>Not paid<\/h1>/);
    assert.equal(await status(id), "failed");
    assert.equal(await balance(customer), "none");
  });

  test("for going back decides nothing", async () => {
    const customer = await newCustomer();
    const { id, redirect_url } = await topUp(customer);
    const cancelled = await press(redirect_url, "cancel");
    assert.equal(cancelled.status, 303);
    assert.equal(cancelled.headers.get("location"), FAILED);
    assert.equal(await status(id), "initiated");
    await press(redirect_url, "pay");
    assert.equal(await balance(customer), "20");
  });

  test("does nothing after the link has ended", async () => {
    const customer = await newCustomer();
    const { id, redirect_url } = await topUp(customer);
    endLink(id);
    assert.equal(await status(id), "expired");
    assert.equal((await open(redirect_url)).status, 410);
    for (const action of ["pay", "decline"]) assert.equal((await press(redirect_url, action)).status, 410, action);
    assert.equal(await status(id), "expired");
    assert.equal(await balance(customer), "none");
  });

  test("is nothing without one of its words, and nothing at another address", async () => {
    const customer = await newCustomer();
    const { id, redirect_url } = await topUp(customer);
    for (const action of ["", "PAY", "pay\n", "steal", undefined]) {
      assert.equal((await press(redirect_url, action)).status, 400, String(action));
    }
    for (const [type, body] of [
      ["application/json", '{"action":"pay"}'],
      ["text/plain", "action=pay"],
    ] as const) {
      const reply = await press(redirect_url, undefined, { body, headers: { "content-type": type } });
      assert.ok(reply.status >= 400, type);
    }
    const token = redirect_url.slice(-64);
    const flipped = `${token.slice(0, -1)}${token.endsWith("0") ? "1" : "0"}`;
    const others = [
      flipped,
      token.slice(0, 63),
      token.toUpperCase(),
      `${token}0`,
      id,
      "%",
      "0".repeat(64),
      `${token}%00`,
    ];
    for (const other of others.filter((one) => one !== token)) {
      const url = `${server.url}/pay/${other}`;
      assert.equal((await open(url)).status, 404, other);
      for (const action of ["pay", "decline", "cancel"]) assert.equal((await press(url, action)).status, 404, other);
    }
    assert.equal(await status(id), "initiated");
    assert.equal(await balance(customer), "none");
  });
});

describe("a payment that was interrupted", () => {
  test("before the wallet was told is finished by the next look at it, once", async () => {
    for (const look of ["read", "page", "press", "all"]) {
      const customer = await newCustomer();
      const { id, redirect_url } = await topUp(customer);
      // As a server leaves it that stops right after it has noted the payment.
      setStatus(id, "pending");
      endLink(id);
      if (look === "read" || look === "all") assert.equal(await status(id), "succeeded");
      if (look === "page" || look === "all") assert.match(await (await open(redirect_url)).text(), /<h1>Paid<\/h1>/);
      if (look === "press" || look === "all") assert.equal((await press(redirect_url, "pay")).status, 303);
      assert.equal(await status(id), "succeeded", look);
      assert.equal(await balance(customer), "20", look);
    }
  });

  test("after the wallet was told is not credited again", async () => {
    const customer = await newCustomer();
    const { id, redirect_url } = await topUp(customer);
    await press(redirect_url, "pay");
    setStatus(id, "pending");
    const looks = [status(id), status(id), press(redirect_url, "pay"), open(redirect_url)];
    await Promise.all(looks);
    assert.equal(await status(id), "succeeded");
    assert.equal(await balance(customer), "20");
    assert.equal(credits(customer).length, 1);
  });

  test("is failed where the wallet cannot hold so much", async () => {
    const customer = await newCustomer();
    const full = { transaction_id: "full", asset: "USD", amount: "999999999999999", reason: "gift" };
    expectStatus(await client.post(`/v1/customers/${customer}/wallet/adjustments`, full), 201);
    const { id, redirect_url } = await topUp(customer);
    const reply = await press(redirect_url, "pay");
    assert.equal(reply.headers.get("location"), FAILED);
    assert.equal(await status(id), "failed");
    assert.equal(await balance(customer), "999999999999999");
  });
});

describe("asking twice", () => {
  test("with one key is one top-up, byte for byte, at any time", async () => {
    const customer = await newCustomer();
    const headers = { "idempotency-key": uniqueId("key") };
    const send = (body: object) => client.post("/v1/top-ups", body, { headers });
    const first = await send(asked(customer));
    expectStatus(first, 201);
    const again = await Promise.all([
      send(asked(customer)),
      send(asked(customer, { amount: 20.0 })),
      send(asked(customer, { currency: "usd" })),
    ]);
    await press(first.body.redirect_url, "pay");
    again.push(await send(asked(customer)));
    for (const reply of again) {
      assert.equal(expectStatus(reply, 201) && reply.text, first.text);
      assert.equal(reply.headers.get("idempotent-replayed"), "true");
    }
    for (const other of [{ amount: "21" }, { currency: "EUR" }, { return_url: FAILED }, { metadata: { x: "y" } }]) {
      const reply = await send(asked(customer, other));
      assert.equal(expectStatus(reply, 422).code, "operation_id_reused", JSON.stringify(other));
    }
    assert.equal(await balance(customer), "20");
  });

  test("at the same moment with one key is one top-up", async () => {
    const customer = await newCustomer();
    const headers = { "idempotency-key": uniqueId("key") };
    const send = () => client.post("/v1/top-ups", asked(customer), { headers });
    const replies = await Promise.all(Array.from({ length: 20 }, send));
    assert.deepEqual([...new Set(replies.map((reply) => `${reply.status} ${reply.text}`))].length, 1);
    assert.equal(replies.filter((reply) => reply.headers.get("idempotent-replayed") === null).length, 1);
  });

  test("without a key is two", async () => {
    const customer = await newCustomer();
    const [one, other] = [await topUp(customer), await topUp(customer)];
    assert.notEqual(one.id, other.id);
    assert.notEqual(one.redirect_url, other.redirect_url);
  });
});

describe("others", () => {
  test("on another account or side know nothing of a top-up, not even by the same key", async () => {
    const customer = await newCustomer();
    const headers = { "idempotency-key": uniqueId("key") };
    const { id } = expectStatus(await client.post("/v1/top-ups", asked(customer), { headers }), 201);
    for (const other of [stranger, liveSide]) {
      assert.equal((await other.get(`/v1/top-ups/${id}`)).status, 404);
    }
    const reply = await stranger.post("/v1/top-ups", asked(customer), { headers });
    assert.equal(reply.status, 404, "the customer is not theirs");
  });

  test("on the live side are told that nobody takes payments there, and nothing is kept", async () => {
    const { id } = expectStatus(await liveSide.post("/v1/customers", { name: "Live", external_id: uniqueId() }), 201);
    const stored = await everythingStored(server.persist);
    const reply: Reply = await liveSide.post("/v1/top-ups", asked(id));
    const problem = expectStatus(reply, 422);
    assert.equal(problem.code, "payments_not_configured");
    assert.equal(problem.retryable, false);
    assert.equal(reply.headers.get("retry-after"), null);
    assert.deepEqual(await everythingStored(server.persist), stored);
  });
});

describe("the page", () => {
  test("says what is paid and what for, and lets a browser do nothing else", async () => {
    const customer = await newCustomer(`<script>alert(1)</script> & "Söhne"`);
    const { redirect_url } = await topUp(customer, {
      destination: { asset: "CREDITS", exchange_rate: "0.001" },
      description: "<img src=x onerror=alert(1)>",
    });
    const reply = await open(redirect_url);
    const html = await reply.text();
    assert.equal(reply.status, 200);
    for (const text of ["20.00 USD", "20,000 credits", "&lt;script&gt;", "&lt;img src=x", "Söhne", "no money moves"]) {
      assert.ok(html.includes(text), text);
    }
    assert.ok(!/<script|<style|<img|<svg|javascript:|onerror="| style=/i.test(html), "nothing in it runs or loads");
    assert.deepEqual(
      html.match(/<link[^>]*>/gi),
      ['<link rel="stylesheet" href="/assets/scrip.css">'],
      "but its style",
    );
    const headers = Object.fromEntries(reply.headers);
    assert.equal(headers["content-type"], "text/html; charset=utf-8");
    assert.equal(headers["cache-control"], "no-store");
    assert.equal(headers["referrer-policy"], "no-referrer");
    assert.equal(headers["x-frame-options"], "DENY");
    assert.equal(headers["x-content-type-options"], "nosniff");
    const policy = headers["content-security-policy"] ?? "";
    assert.match(policy, /^default-src 'none'; style-src 'self'; /);
    assert.ok(policy.includes("form-action 'self' https://shop.example.com https://shop.example.org:8443;"), policy);
    assert.ok(policy.includes("frame-ancestors 'none'"));
    assert.ok(!policy.includes("unsafe"));
    assert.match(html, /<html lang="en">/);
    assert.match(html, /<form method="post">/);
  });
});

describe("the simulated processor", () => {
  test("asks to confirm on a second page", async () => {
    const customer = await newCustomer();
    const { id, redirect_url } = await topUp(customer);
    const asked = await press(redirect_url, "secure");
    assert.deepEqual(
      [asked.status, asked.headers.get("location")],
      [303, `${new URL(redirect_url).pathname}?step=secure`],
    );
    const second = new URL(asked.headers.get("location") ?? "", redirect_url).href;
    assert.match(await (await open(second)).text(), /<h1>Confirm the payment<\/h1>/);
    assert.equal(await status(id), "initiated");
    // The form of that page posts to the page itself, without the step.
    const paid = await press(new URL("?", second).href, "pay");
    assert.equal(paid.headers.get("location"), BACK);
    assert.deepEqual([await status(id), await balance(customer)], ["succeeded", "20"]);
  });

  test("lets the money take its time, past the end of the link", async () => {
    const customer = await newCustomer();
    const { id, redirect_url } = await topUp(customer);
    assert.equal((await press(redirect_url, "delay")).headers.get("location"), BACK);
    endLink(id);
    assert.deepEqual([await status(id), await balance(customer)], ["pending", "none"]);
    assert.match(await (await open(redirect_url)).text(), /<h1>Waiting for the money<\/h1>/);
    assert.equal((await press(redirect_url, "settle")).headers.get("location"), BACK);
    assert.deepEqual([await status(id), await balance(customer)], ["succeeded", "20"]);
    const other = await topUp(customer);
    await press(other.redirect_url, "delay");
    assert.equal((await press(other.redirect_url, "fail")).headers.get("location"), FAILED);
    assert.deepEqual([await status(other.id), await balance(customer)], ["failed", "20"]);
  });

  test("refunds what was paid, once", async () => {
    const customer = await newCustomer();
    const { redirect_url } = await topUp(customer);
    await press(redirect_url, "pay");
    assert.match(await (await open(redirect_url)).text(), /value="refund"/);
    for (let pressed = 0; pressed < 2; pressed++) {
      assert.match(await (await press(redirect_url, "refund")).text(), /<h1>Refunded<\/h1>/);
      assert.equal(await balance(customer), "0");
    }
  });
});

describe("a machine that pays", () => {
  test("is asked by a challenge, answers with a token, and gets one receipt", async () => {
    const customer = await newCustomer();
    const body = { customer_id: customer, amount: "20", currency: "USD", payment: "mpp" };
    const asked = await client.post("/v1/top-ups", body);
    expectStatus(asked, 402);
    const header = asked.headers.get("www-authenticate") ?? "";
    assert.match(header, /^Payment id="[\w-]{43}", realm="[^"]+", method="stripe", intent="charge", request="/);
    const challenge = Object.fromEntries(
      [...header.matchAll(/(\w+)="([^"]*)"/g)].map(([, name, value]) => [name, value]),
    );
    const request = JSON.parse(Buffer.from(challenge.request ?? "", "base64url").toString());
    assert.deepEqual([request.amount, request.currency], ["2000", "usd"]);
    const credential = { challenge, payload: { spt: "spt_1" } };
    const authorization = `Payment ${Buffer.from(JSON.stringify(credential)).toString("base64url")}`;
    const headers = { authorization, "x-credyt-api-key": key };
    const [first, again] = [await pay(), await pay()];
    for (const paid of [first, again]) {
      assert.equal(expectStatus(paid, 201).status, "succeeded");
      const receipt = JSON.parse(Buffer.from(paid.headers.get("payment-receipt") ?? "", "base64url").toString());
      assert.deepEqual(
        [receipt.method, receipt.reference, receipt.status],
        ["stripe", asked.body.top_up_id, "success"],
      );
    }
    assert.equal(again.headers.get("payment-receipt"), first.headers.get("payment-receipt"));
    assert.equal(await balance(customer), "20");

    function pay(): Promise<Reply> {
      return client.post("/v1/top-ups", body, { headers });
    }
  });
});
