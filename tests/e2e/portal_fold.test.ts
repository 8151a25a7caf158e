// The engine in the portal: balances that the page folds by itself, in a real browser, and the same figures without it.

import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { after, afterEach, before, test } from "node:test";
import type { Browser, Page, WebSocketRoute } from "playwright-core";
import { root } from "../../scripts/project.ts";
import { credit, expectStatus, type Json, uniqueId } from "./support/api.ts";
import { App, openBrowser, openPage } from "./support/browser.ts";
import { LastingServer } from "./support/lasting.ts";
import { eventually } from "./support/patience.ts";
import { busyCustomer, charge, expectText, headline, offer, read, running, use } from "./support/portal.ts";
import { freePort } from "./support/processes.ts";

let lasting: LastingServer;
let browser: Browser;
let open: { app: App; page: Page }[] = [];

before(async () => {
  const engine = readFileSync(join(root, "www/assets/engine.js"), "utf8");
  assert.ok(engine.includes("foldMoves"), "the engine is missing; run scripts/build-engine.sh first");
  lasting = await LastingServer.start({ port: await freePort() });
  browser = await openBrowser();
  await offer(lasting.client);
});

afterEach(async () => {
  for (const { app, page } of open) {
    await page.context().close();
    await app.end();
  }
  open = [];
});

after(async () => {
  await browser.close();
  await lasting.end();
});

/** A page of another origin; what is to be done to it before it is opened is done to an empty one. */
async function visit(customer: string, prepare: (page: Page) => Promise<unknown> = async () => {}): Promise<Page> {
  const app = await App.start(() => lasting.client, lasting.server.url, customer);
  const page = await openPage(browser, "about:blank");
  open.push({ app, page });
  await prepare(page);
  await page.goto(app.url);
  await expectText(headline(page), "$");
  return page;
}

interface Told {
  seq: number;
  agreed: number;
  differed: number;
}

const told = (page: Page): Promise<Told | null> =>
  page.evaluate(`document.querySelector("scrip-portal").folded ?? null`);

const wallet = async (customer: string): Promise<Json> =>
  expectStatus(await lasting.client.get(`/v1/customers/${customer}/wallet`), 200);

/** The figure to the last digit. */
async function exact(page: Page): Promise<string> {
  const title = await page.locator("scrip-overview .headline .number").getAttribute("title");
  return (title ?? "").replace(/[$,]/g, "");
}

const hasFolded = (page: Page): Promise<void> =>
  eventually(async () => (await told(page)) !== null, "the engine has folded what the socket told");

/** Waits until the page has folded all that there is, and says how it went. */
async function foldedAll(page: Page, customer: string): Promise<Told> {
  const { seq } = await wallet(customer);
  await eventually(async () => (await told(page))?.seq === seq, `entry ${seq} is folded`);
  return (await told(page)) as Told;
}

test("agrees with the server at every entry, while a second client spends", async () => {
  const customer = await busyCustomer(lasting.client, "50");
  const page = await visit(customer);
  await hasFolded(page);
  const before = (await told(page)) as Told;
  for (let number = 0; number < 12; number += 1) {
    await charge(lasting.client, customer, "0.37");
    const hold = await running(lasting.client, customer, `agent-${number}`, "1.5");
    if (number % 3 === 0) continue;
    const capture = { id: uniqueId("c"), amount: `0.${number}1` };
    expectStatus(await lasting.client.post(`/v1/holds/${hold}/capture`, capture), 200);
  }
  await credit(lasting.client, customer, "3");
  const after = await foldedAll(page, customer);
  assert.equal(after.differed, 0);
  assert.equal(after.agreed - before.agreed, after.seq - before.seq, "no entry was passed over");
  assert.ok(after.seq - before.seq >= 33);
  const { accounts } = await wallet(customer);
  await eventually(async () => (await exact(page)) === accounts[0].available, "the figure is the wallet's");
  await expectText(page.locator("scrip-running"), "agent-9");
  assert.ok(!(await read(page.locator("scrip-running"))).includes("agent-8"), "a hold that is captured runs no more");
});

test("asks for nothing that is told while calls go on, and for what follows from them", async () => {
  const customer = await busyCustomer(lasting.client, "50");
  const page = await visit(customer);
  await hasFolded(page);
  const asked: string[] = [];
  page.on("request", (request) => asked.push(new URL(request.url()).pathname.split("/wallet").at(-1) ?? ""));
  const count = (part: string) => asked.filter((path) => path.endsWith(part)).length;
  await use(lasting.client, customer, "research-agent", 1000, 0);
  await eventually(async () => count("/grants") > 0 && count("/budgets") > 0, "what follows from a call is asked for");
  // Calls in turn, until grants were asked for twice more: meanwhile entries and holds are told, and the engine folds them.
  while (count("/grants") < 3) {
    await use(lasting.client, customer, "research-agent", 1000, 0);
    // Of more than a hundred at once the page is told only that it has to look again.
    await foldedAll(page, customer);
  }
  assert.equal(count("/entries") + count("/holds"), 0, `${asked}`);
});

test("where the engine is blocked, missing or too old, the figures are the server's", async () => {
  const blocked: Record<string, (page: Page) => Promise<unknown>> = {
    "WebAssembly is forbidden": (page) => page.addInitScript("delete globalThis.WebAssembly"),
    "the module does not come": (page) => page.route("**/assets/engine.wasm", (route) => route.abort()),
    "the script does not come": (page) => page.route("**/assets/engine.js", (route) => route.fulfill({ status: 404 })),
    "it is of a version that folds nothing": (page) =>
      page.route("**/assets/engine.js", (route) =>
        route.fulfill({
          contentType: "text/javascript",
          body: "export const verifyReceipt = () => ({ valid: true });",
        }),
      ),
  };
  for (const [why, prepare] of Object.entries(blocked)) {
    const customer = await busyCustomer(lasting.client, "50");
    const page = await visit(customer, prepare);
    await charge(lasting.client, customer, "7.25");
    await running(lasting.client, customer, "late-agent", "1");
    const { accounts } = await wallet(customer);
    await eventually(async () => (await exact(page)) === accounts[0].available, why);
    await expectText(page.locator("scrip-running"), "late-agent");
    await expectText(page.locator("scrip-overview"), "Live");
    assert.equal(await told(page), null, why);
  }
});

/** Stands between the page and the server's socket; `pass` says what becomes of each message. */
async function between(
  page: Page,
  pass: (message: Json, isNews: boolean) => Json | undefined,
): Promise<{ opened: number }> {
  const seen = { opened: 0 };
  await page.routeWebSocket(/wallet\/live/, (socket: WebSocketRoute) => {
    seen.opened += 1;
    const own = seen.opened;
    // What the first message says is told again by those that were on their way then.
    let known = 0;
    const server = socket.connectToServer();
    server.onMessage((text) => {
      const message = JSON.parse(String(text)) as Json;
      if (message.type === "snapshot") known = message.seq;
      const isNews = message.type === "entries" && message.seq > known;
      // Only the first socket is disturbed, so that what comes afterwards shows that the page has recovered.
      const passed = own === 1 ? pass(message, isNews) : message;
      if (passed !== undefined) socket.send(JSON.stringify(passed));
    });
  });
  return seen;
}

test("a message that is lost makes it begin anew, from how the wallet stands", async () => {
  const customer = await busyCustomer(lasting.client, "50");
  let lost = 0;
  let seen = { opened: 0 };
  const page = await visit(customer, async (fresh) => {
    seen = await between(fresh, (message, isNews) => {
      if (!isNews || lost > 0) return message;
      lost += 1;
      return undefined;
    });
  });
  await hasFolded(page);
  await charge(lasting.client, customer, "1.11");
  await eventually(async () => lost === 1, "a message is lost");
  await charge(lasting.client, customer, "2.22");
  await foldedAll(page, customer);
  await charge(lasting.client, customer, "3.33");
  const after = await foldedAll(page, customer);
  assert.equal(after.differed, 0, "nobody said anything wrong");
  assert.ok(seen.opened >= 2, "another socket has told how it stands");
  const { accounts } = await wallet(customer);
  await eventually(async () => (await exact(page)) === accounts[0].available, "the figure is the wallet's");
});

test("a balance that does not follow from its moves is found, and the server is asked", async () => {
  const customer = await busyCustomer(lasting.client, "50");
  let forged = 0;
  const page = await visit(customer, async (fresh) => {
    await between(fresh, (message, isNews) => {
      const [move] = message.moves ?? [];
      if (!isNews || move === undefined || forged > 0) return message;
      forged += 1;
      move.changes[0].balance = "1";
      for (const item of message.items) for (const one of item.balances) one.available = one.balance = "1";
      return message;
    });
  });
  await hasFolded(page);
  await charge(lasting.client, customer, "4.44");
  await eventually(async () => (await told(page))?.differed === 1, "it differs");
  const after = await foldedAll(page, customer);
  assert.equal(after.differed, 1);
  const { accounts } = await wallet(customer);
  await eventually(async () => (await exact(page)) === accounts[0].available, "the figure is the wallet's");
});

test("what a hold gives back at its end is seen without a word of the server", async () => {
  const customer = await busyCustomer(lasting.client, "50");
  // All of it is free once no hold keeps anything.
  const whole = (await wallet(customer)).accounts[0].balance;
  const ask = {
    id: uniqueId("a"),
    customer_id: customer,
    asset: "USD",
    amount: "5",
    expires_in: 600,
    subject: "brief",
  };
  expectStatus(await lasting.client.post("/v1/authorize", ask), 200);
  let heard = 0;
  const page = await visit(customer, async (fresh) => {
    await fresh.clock.install();
    await between(fresh, (message) => {
      if (message.type !== "snapshot") return undefined;
      heard += 1;
      return message;
    });
  });
  await hasFolded(page);
  // From here on nobody answers: what changes now, the page has worked out by itself.
  await page.route(`${lasting.server.url}/v1/**`, (route) => route.abort());
  assert.notEqual(await exact(page), whole);
  await page.clock.fastForward("10:05");
  await eventually(async () => (await exact(page)) === whole, "what was held is back");
  assert.equal(heard, 1);
});
