// What a page of another origin can say when it is refused, in a real browser: that its token has ended, and not that the
// network has failed. Pages that no token allows learn nothing.

import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import type { Browser, Page } from "playwright-core";
import { createChatCustomer, expectStatus } from "./support/api.ts";
import { App, openBrowser, openPage } from "./support/browser.ts";
import { LastingServer } from "./support/lasting.ts";
import { freePort } from "./support/processes.ts";

const NOTHING = { status: 0, code: "", detail: "" };
const HOUR_MS = 3_600_000;

let lasting: LastingServer;
let browser: Browser;
let apps: App[] = [];
let customer: string;

before(async () => {
  lasting = await LastingServer.start({ port: await freePort() });
  customer = (await createChatCustomer(lasting.client, "10")).id;
  browser = await openBrowser();
});

after(async () => {
  await browser?.close();
  for (const app of apps) await app.end();
  apps = [];
  await lasting?.end();
});

/** An app of somebody else, on an origin of its own. */
async function page(): Promise<{ origin: string; page: Page }> {
  const app = await App.start(() => lasting.client, lasting.server.url, customer, { body: () => "<p>An app.</p>" });
  apps.push(app);
  return { origin: app.url, page: await openPage(browser, app.url) };
}

async function newToken(origin: string, more: object = {}) {
  const asked = { scopes: ["read"], allowed_origins: [origin], ttl_seconds: 3600, ...more };
  return expectStatus(await lasting.client.post(`/v1/customers/${customer}/tokens`, asked), 201);
}

/** What the script of a page learns of a call; nothing where its browser tells it only that the call has failed. */
const ask = (page: Page, path: string, token: string, body?: object): Promise<typeof NOTHING> =>
  page.evaluate(
    async ([url, token, body]) => {
      try {
        const headers = { authorization: `Bearer ${token}`, "content-type": "application/json" };
        const init = body === "" ? { headers } : { method: "POST", headers, body };
        const reply = await fetch(url, { ...init, credentials: "omit" });
        const { code = "", detail = "" } = (await reply.json()) as Partial<typeof NOTHING>;
        return { status: reply.status, code, detail };
      } catch {
        return { status: 0, code: "", detail: "" };
      }
    },
    [lasting.server.url + path, token, body === undefined ? "" : JSON.stringify(body)] as const,
  );

test("a page reads that its token has ended, was refreshed, or is none; and that its link was used", async () => {
  const { origin, page: own } = await page();
  const { page: evil } = await page();
  const wallet = `/v1/customers/${customer}/wallet`;
  const made = await newToken(origin);
  assert.equal((await ask(own, wallet, made.token)).status, 200);
  assert.deepEqual(await ask(evil, wallet, made.token), NOTHING);

  const path = `/v1/customers/${customer}/tokens/${made.id}/refresh`;
  const { token } = expectStatus(await lasting.client.post(path), 201);
  for (const unknown of [made.token, "ct_test_none"]) {
    const { status, code } = await ask(own, wallet, unknown);
    assert.deepEqual([status, code], [401, "unauthorized"]);
    assert.deepEqual(await ask(evil, wallet, unknown), NOTHING);
  }

  const { link } = await newToken(origin, { link: `${origin}/` });
  const exchange = () => ask(own, "/v1/tokens/exchange", "", { link_token: link.split("#token=")[1] });
  assert.equal((await exchange()).status, 201);
  assert.match((await exchange()).detail, /This link was used, or has ended/);

  await lasting.advance(HOUR_MS);
  const ended = await ask(own, wallet, token);
  assert.deepEqual([ended.status, ended.code], [401, "unauthorized"]);
  assert.match(ended.detail, /This token has ended/);
  // No browser says why a socket was refused, so a page asks the same without one.
  const closed = await own.evaluate(
    ([url, token]) =>
      new Promise((resolve) => {
        const socket = new WebSocket(url, ["scrip.v1", token]);
        socket.onclose = ({ code, reason }) => resolve([code, reason]);
      }),
    [`${lasting.server.url.replace("http", "ws")}${wallet}/live`, token] as const,
  );
  assert.deepEqual(closed, [1006, ""]);
  assert.match((await ask(own, `${wallet}/live`, token)).detail, /This token has ended/);

  // A day later nobody knows any more whose page that was; another browser, because the first one remembers for a while.
  await lasting.advance(24 * HOUR_MS);
  assert.deepEqual(await ask(await openPage(browser, origin), wallet, token), NOTHING);
});
