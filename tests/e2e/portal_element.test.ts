// Journeys through <scrip-portal> in a real browser, on a page of another origin, against the real Worker.

import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { after, afterEach, before, describe, test } from "node:test";
import { gzipSync } from "node:zlib";
import type { Browser, BrowserContextOptions, Page } from "playwright-core";
import { root } from "../../scripts/project.ts";
import { credit, expectStatus, type Json } from "./support/api.ts";
import { App, type AppOptions, openBrowser, openPage, picture } from "./support/browser.ts";
import { LastingServer } from "./support/lasting.ts";
import { eventually } from "./support/patience.ts";
import {
  busyCustomer,
  card,
  charge,
  expectAccessible,
  expectText,
  headline,
  offer,
  read,
  running,
  use,
} from "./support/portal.ts";
import { freePort } from "./support/processes.ts";

let lasting: LastingServer;
let browser: Browser;
let open: { app: App; page: Page }[] = [];

before(async () => {
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

async function visit(customer: string, options: AppOptions = {}, context: BrowserContextOptions = {}) {
  const app = await App.start(() => lasting.client, lasting.server.url, customer, options);
  const page = await openPage(browser, app.url, context);
  open.push({ app, page });
  return { app, page };
}

const button = (page: Page, name: string | RegExp) => page.getByRole("button", { name });

describe("the element on a page of another origin", () => {
  test("shows what the wallet says, and each figure opens into what made it", async () => {
    const customer = await busyCustomer(lasting.client);
    const { page } = await visit(customer);
    const { accounts } = expectStatus(await lasting.client.get(`/v1/customers/${customer}/wallet`), 200);
    const [account] = accounts;
    await expectText(page.locator("scrip-overview"), "Available");
    const exact = await page.locator("scrip-overview .headline .number").getAttribute("title");
    assert.equal(exact?.replace(/[$,]/g, ""), account.available, "the figure is the server's, to the last digit");
    await page.locator("scrip-overview").getByText("How this adds up").click();
    await expectText(
      page.locator("scrip-overview"),
      `$${account.balance} in all − $0.42 held = $${account.available} available`,
    );
    await expectText(page.locator("scrip-running"), "research-agent");
    await expectText(page.locator("scrip-running"), /Spent in the last hour .*\$4\.03/);
    await expectText(page.locator("scrip-credits"), /Gift Spent next/);
    // A grant opens into the rows that make what is left of it.
    const gift = page.locator("scrip-credits details", { hasText: "Spent next" });
    await gift.locator("summary").click();
    await expectText(gift, /Usage, research-agent \u2212\$\S+ .*Gift, Welcome to Acme \$5\.00/);
    await picture(page, "credits-open");
    await expectText(page.locator("scrip-usage"), /research-agent .*\$3\.68/);
    for (const [by, name] of [
      ["model", "large"],
      ["feature", "Chat"],
    ] as const) {
      await page.locator("scrip-usage select").selectOption({ label: by });
      await expectText(page.locator("scrip-usage"), new RegExp(`${name} .*\\$4\\.03`));
    }
    await expectText(page.locator("scrip-limits"), /All calls, monthly/);
    // Made after most of the usage, it opens into the one row that it has counted.
    await page.locator("scrip-limits details summary").first().click();
    await expectText(page.locator("scrip-limits"), /How this adds up \S+ \S+ research-agent \u2212\$0\.601/);
    // The row of the smallest charge shows it, and opens.
    const smallest = page.locator("scrip-activity details", { hasText: "0.000125" });
    await expectText(smallest, "\u2212$0.000125");
    await smallest.locator("summary").click();
    await expectText(smallest, "Balance before");
  });

  test("asks for nothing but its script and the API, and leaves nothing behind", async () => {
    const customer = await busyCustomer(lasting.client);
    const { app, page } = await visit(customer);
    await expectText(headline(page), "$");
    const hosts = await page.evaluate(() =>
      performance.getEntriesByType("resource").map((one) => new URL(one.name).origin),
    );
    assert.deepEqual([...new Set(hosts)].sort(), [app.url, lasting.server.url].sort());
    assert.equal(
      await page.evaluate("document.cookie + JSON.stringify(localStorage) + JSON.stringify(sessionStorage)"),
      "{}{}",
    );
  });

  test("is at most 60 KB gzip", () => {
    const size = gzipSync(readFileSync(join(root, "www/assets/portal.js")), { level: 9 }).length;
    assert.ok(size <= 60 * 1024, `${size} bytes`);
  });
});

describe("money that moves", () => {
  test("is seen while a second client spends, and a call that runs slides into the activity", async () => {
    const customer = await busyCustomer(lasting.client, "50");
    const { page } = await visit(customer);
    await expectText(headline(page), /^\$50\.\d\d$|^\$4\d/);
    await charge(lasting.client, customer, "30");
    await expectText(headline(page), /^\$1\d|^\$2\d/);
    assert.equal(await headline(page).locator(".changed").count(), 1, "it is shown to have changed");
    await expectText(page.locator("scrip-activity"), "\u2212$30.00");
    const hold = await running(lasting.client, customer, "late-agent", "1");
    await expectText(page.locator("scrip-running"), "late-agent");
    expectStatus(await lasting.client.post(`/v1/holds/${hold}/capture`, { id: "c", amount: "0.75" }), 200);
    await expectText(page.locator("scrip-activity"), "\u2212$0.75");
    await eventually(async () => !(await read(page.locator("scrip-running"))).includes("late-agent"), "it ends");
  });

  test("is added by the simulated processor, in place", async () => {
    const customer = await busyCustomer(lasting.client, "10");
    const { page } = await visit(customer);
    const topUp = page.locator("scrip-topup");
    await topUp.locator("label.chip", { hasText: "$50.00" }).click();
    await expectText(topUp, "$5.00 as a gift on top");
    const { accounts } = (await lasting.client.get(`/v1/customers/${customer}/wallet`)).body;
    const will = (Math.floor((Number(accounts[0].available) + 55) * 100) / 100).toFixed(2);
    await expectText(topUp, `You will have $${will}`);
    const [popup] = await Promise.all([page.context().waitForEvent("page"), button(page, "Pay $50.00").click()]);
    await expectText(topUp, "This page notices by itself");
    await popup.locator("button[value=pay]").click();
    await eventually(
      () => popup.url().endsWith("/assets/return"),
      () => `it leads back, from ${popup.url()}`,
    );
    await expectText(topUp, "$50.00 + $5.00 was added.");
    await expectText(headline(page), `$${will}`);
    const told = await page.evaluate("told.filter(([name]) => name === 'topup').map(([, detail]) => detail.status)");
    assert.deepEqual(told, ["initiated", "succeeded"]);
  });

  test("is not asked for outside of the limits, and what was typed stays", async () => {
    const customer = await busyCustomer(lasting.client, "10");
    const { page } = await visit(customer);
    const topUp = page.locator("scrip-topup");
    await topUp.locator("label.chip", { hasText: "Another amount" }).click();
    await expectText(topUp, "From $5.00 to $500.00.");
    await topUp.getByLabel(/Amount in/).fill("4,50");
    await button(page, "Add funds").click();
    await expectText(topUp, "This amount cannot be paid. From $5.00 to $500.00.");
    assert.equal(await topUp.getByLabel(/Amount in/).inputValue(), "4,50");
    await topUp.getByLabel(/Amount in/).fill("12,50");
    assert.ok(await button(page, "Pay $12.50").isEnabled());
  });

  test("fills itself: the rule is previewed, saved, and fires", async () => {
    const customer = await busyCustomer(lasting.client, "10");
    await card(lasting.client, customer);
    const { page } = await visit(customer);
    const recharge = page.locator("scrip-recharge");
    await button(page, "Recharge automatically").click();
    await recharge.getByLabel("When available falls to").fill("5");
    await recharge.getByLabel("Bring back to").fill("40");
    await expectText(
      recharge,
      /When \$5\.00 or less is available, we charge your default card enough to reach \$40\.00, at most \$200\.00 per calendar month/,
    );
    await expectText(recharge, "Saving charges nothing now.");
    await recharge.getByLabel("When available falls to").fill("30");
    await button(page, /^Save and charge \$\d/).click();
    await expectText(recharge, /Last attempts \$\d\d(\.\d\d)? added/);
    await expectText(headline(page), /^\$40|^\$39/);
    await expectText(page.locator("scrip-activity"), "Automatic recharge");
    await expectText(recharge, /of \$200\.00 this month/);
  });
});

describe("when something is wrong", () => {
  test("the connection: figures stay, it is said, and it comes back by itself", async () => {
    const customer = await busyCustomer(lasting.client, "20");
    const { page } = await visit(customer);
    await expectText(page.locator("scrip-overview"), /Live|Updated just now/);
    const before = await read(headline(page));
    await lasting.stop();
    await expectText(page.locator("scrip-overview"), /Reconnecting… last update/);
    assert.equal(await read(headline(page)), before);
    await lasting.start();
    await charge(lasting.client, customer, "3");
    await expectText(page.locator("scrip-overview"), /Live|Updated just now/);
    await eventually(async () => (await read(headline(page))) !== before, "it catches up");
  });

  test("the token: another one is fetched without a word; where there is none, nothing typed is lost", async () => {
    const customer = await busyCustomer(lasting.client, "20");
    const { app, page } = await visit(customer);
    await expectText(headline(page), "$2");
    assert.equal(app.asked, 1, "one token for all that is on the page");
    await lasting.advance(3_700_000);
    await eventually(() => app.asked === 2, "another one is fetched");
    await expectText(page.locator("scrip-overview"), /Live|Updated just now/);
    await page.locator("scrip-topup label.chip", { hasText: "Another amount" }).click();
    await page.getByLabel(/Amount in/).fill("77");
    app.refuses = true;
    await lasting.advance(3_700_000);
    await expectText(page.locator("scrip-portal"), "Your billing page has timed out.");
    assert.ok(await button(page, "Pay $77.00").isDisabled());
    assert.equal(await page.getByLabel(/Amount in/).inputValue(), "77");
    await expectText(headline(page), "$2");
  });

  test("the balance: overdrawn, used up, held in whole, frozen; one notice at most", async () => {
    const customer = await busyCustomer(lasting.client, "20");
    const { page } = await visit(customer);
    const notice = page.locator("scrip-low-notice .notice");
    await charge(lasting.client, customer, "40");
    await expectText(notice, /cost \$1\d\.\d+ more than was left\. Your next top-up covers this first\./);
    await expectText(page.locator("scrip-topup"), "covers what was used beyond your balance");
    const told = await page.evaluate("told.map(([name, detail]) => name + ' ' + detail.kind)");
    assert.deepEqual(told, ["depleted overdrawn"]);
    const { accounts } = (await lasting.client.get(`/v1/customers/${customer}/wallet`)).body;
    await credit(lasting.client, customer, String(accounts[0].balance).slice(1));
    await expectText(notice, /All of it is held by running calls|Calls are paused/);
    const freeze = { frozen: true, reason: "Under review" };
    expectStatus(await lasting.client.send("PUT", `/v1/customers/${customer}/wallet/freeze`, freeze), 200);
    await expectText(notice, "Your wallet is frozen.");
    assert.equal(await notice.count(), 1);
  });
});

describe("codes, cards and rights", () => {
  test("a code says what it gives before it is redeemed, once", async () => {
    const customer = await busyCustomer(lasting.client, "20");
    const { codes } = expectStatus(
      await lasting.client.post("/v1/codes", { amount: "7.5", asset: "USD", description: "Winter fair" }),
      201,
    );
    const { page } = await visit(customer);
    const redeem = page.locator("scrip-redeem");
    const before = await lasting.client.get(`/v1/customers/${customer}/wallet`);
    await redeem.getByLabel("Code", { exact: true }).fill("AAAA-AAAA-AAAA-AAAA");
    await button(page, "See what it gives").click();
    await expectText(redeem, /code/i);
    await redeem.getByLabel("Code", { exact: true }).fill(codes[0].code.toLowerCase());
    await button(page, "See what it gives").click();
    await expectText(redeem, "This code gives you $7.50. Winter fair");
    assert.equal(
      (await lasting.client.get(`/v1/customers/${customer}/wallet`)).body.seq,
      before.body.seq,
      "looking gives nothing",
    );
    await button(page, "Add to your balance").click();
    await expectText(redeem, "$7.50 was added.");
    await expectText(page.locator("scrip-activity"), "Code redeemed");
  });

  test("a card is added on the processor's page, made the default, and removed", async () => {
    const customer = await busyCustomer(lasting.client, "20");
    await card(lasting.client, customer);
    const { page } = await visit(customer);
    const methods = page.locator("scrip-methods");
    await expectText(methods, /Visa •••• 4242 Default/);
    const [popup] = await Promise.all([
      page.context().waitForEvent("page"),
      button(page, "Add a payment method").click(),
    ]);
    await popup.waitForLoadState();
    await popup.locator("form button, form input[type=submit]").first().click();
    await eventually(async () => (await methods.locator("li").count()) === 2, "it is noticed");
    await methods.locator("li").nth(1).getByRole("button", { name: "Make default" }).click();
    await eventually(
      async () => (await methods.getByRole("button", { name: "Make default" }).count()) === 1,
      "it is the default",
    );
    await methods.locator("li").last().getByRole("button", { name: "Remove" }).click();
    await methods.getByRole("button", { name: "Remove for good?" }).click();
    await eventually(async () => (await methods.locator("li").count()) === 1, "it is gone");
  });

  test("what a token may not do is not there", async () => {
    const customer = await busyCustomer(lasting.client, "20");
    const { page } = await visit(customer, { scopes: ["read"] });
    await expectText(headline(page), "$2");
    await expectText(page.locator("scrip-recharge"), "Off.");
    for (const name of ["scrip-topup", "scrip-methods", "scrip-redeem"]) {
      await eventually(async () => (await page.locator(`${name} section`).count()) === 0, `${name} is not there`);
    }
    assert.equal(await button(page, "Recharge automatically").count(), 0);
  });

  test("another customer's token shows another customer", async () => {
    const [mine, other] = [await busyCustomer(lasting.client, "20"), await busyCustomer(lasting.client, "900")];
    const { page } = await visit(mine, {
      body: (endpoint) => `<scrip-portal endpoint="${endpoint}" customer="${other}"></scrip-portal>`,
    });
    await expectText(headline(page), /^\$2\d/);
  });
});

describe("small pieces", () => {
  test("stand alone, and share one token and one question", async () => {
    const customer = await busyCustomer(lasting.client, "20");
    const body = (endpoint: string) => `
      <p>Balance: <scrip-balance endpoint="${endpoint}"></scrip-balance></p>
      <scrip-low-notice endpoint="${endpoint}"></scrip-low-notice>
      <scrip-usage-meter endpoint="${endpoint}" budget="all"></scrip-usage-meter>
      <scrip-topup endpoint="${endpoint}"></scrip-topup>`;
    const { app, page } = await visit(customer, { body });
    await expectText(page.locator("scrip-balance"), /^\$2\d\.\d\d$/);
    await expectText(page.locator("scrip-usage-meter"), /All calls, monthly \$\d+\.\d+ of \$40\.00/);
    await expectText(page.locator("scrip-topup"), "Add funds");
    assert.equal(app.asked, 1);
    await use(lasting.client, customer, "x", 4_000_000, 0);
    await expectText(page.locator("scrip-balance"), /^\$1\d\.\d\d$/);
  });
});

describe("the page of a portal session", () => {
  const sessionOf = async (customer: string): Promise<Json> => {
    const back = "https://app.example.com/billing";
    const body = { customer_id: customer, return_url: back, failure_url: back };
    return expectStatus(await lasting.client.post("/v1/billing-portal/sessions", body), 200);
  };

  test("puts the element where the balances are, under a strict policy, also after a reload", async () => {
    const customer = await busyCustomer(lasting.client, "20");
    const { id, redirect_url } = await sessionOf(customer);
    const faults: string[] = [];
    const page = await openPage(browser, "about:blank");
    page.on(
      "console",
      (message) => message.type() === "error" && faults.push(`${message.text()} ${message.location().url}`),
    );
    await page.goto(redirect_url);
    for (const _ of ["opened", "reloaded"]) {
      await expectText(headline(page), /^\$2\d/);
      await expectText(page.locator("scrip-overview"), "Live");
      assert.equal(page.url(), `${lasting.server.url}/portal`);
      assert.deepEqual(await page.locator("[data-plain]:visible").count(), 0);
      await expectAccessible(page, "the page of a session");
      await picture(page, "session");
      await page.reload();
    }
    await use(lasting.client, customer, "x", 4_000_000, 0);
    await expectText(headline(page), /^\$1\d/);
    assert.deepEqual(faults, [], "the policy forbids nothing that the page does");
    expectStatus(await lasting.client.send("DELETE", `/v1/billing-portal/sessions/${id}`), 204);
    await page.reload();
    await expectText(page.locator("body"), "This link has ended");
    await page.context().close();
  });

  test("shows the balances where scripts are off, and to who comes back without the token", async () => {
    const customer = await busyCustomer(lasting.client, "20");
    const plain = await openPage(browser, (await sessionOf(customer)).redirect_url, { javaScriptEnabled: false });
    assert.match(await read(plain.locator("main[data-plain]")), /2\d\.\d+ USD/);
    assert.equal(await plain.locator("#portal:visible").count(), 0);
    await picture(plain, "session-plain");
    await plain.context().close();
    const page = await openPage(browser, (await sessionOf(customer)).redirect_url);
    await expectText(headline(page), /^\$2\d/);
    // Another tab has the cookie, and not what the first one keeps for itself.
    const tab = await page.context().newPage();
    await tab.goto(`${lasting.server.url}/portal`);
    assert.match(await read(tab.locator("main[data-plain]")), /2\d\.\d+ USD/);
    assert.equal(await tab.locator("scrip-portal").count(), 0);
    await page.context().close();
  });
});

describe("the hosted page", () => {
  const linkOf = async (customer: string): Promise<string> => {
    const body = {
      ...{ scopes: ["read", "topup", "recharge", "methods"], allowed_origins: [lasting.server.url] },
      link: `${lasting.server.url}/assets/portal`,
    };
    return expectStatus(await lasting.client.post(`/v1/customers/${customer}/tokens`, body), 201).link;
  };

  test("opens by a link, whose secret is gone at once and works once, under a strict policy", async () => {
    const customer = await busyCustomer(lasting.client, "20");
    const link = await linkOf(customer);
    assert.match(link, /\/assets\/portal#token=ctl_test_/);
    const faults: string[] = [];
    const page = await openPage(browser, "about:blank");
    page.on(
      "console",
      (message) => message.type() === "error" && faults.push(`${message.text()} ${message.location().url}`),
    );
    await page.goto(link);
    await expectText(headline(page), /^\$2\d/);
    await expectText(page.locator("scrip-overview"), "Live");
    assert.equal(page.url(), `${lasting.server.url}/assets/portal`);
    assert.deepEqual(faults, [], "the policy forbids nothing that the page does");
    const { headers } = await fetch(`${lasting.server.url}/assets/portal`);
    assert.match(
      headers.get("content-security-policy") ?? "",
      /^default-src 'none'; script-src 'self' 'wasm-unsafe-eval'; style-src 'self';/,
    );
    assert.match(headers.get("content-security-policy") ?? "", /frame-ancestors 'none'/);
    await picture(page, "hosted");
    const again = await openPage(browser, link);
    await expectText(again.locator("scrip-portal"), "Your billing page has timed out.");
    for (const one of [page, again]) await one.context().close();
  });

  const BRANDING = "/v1/accounts/self/branding";
  const LOGO =
    '<svg xmlns="http://www.w3.org/2000/svg" width="96" height="32"><rect width="96" height="32" rx="8" fill="#7a2e8e"/></svg>';

  test("looks as the account's record says", async () => {
    const record = {
      ...{ name: "Acme <b>Cloud</b>", logo_url: "https://acme.example/logo.svg" },
      ...{ light: { accent: "#7a2e8e" }, dark: { accent: "#e3b0ef" } },
      links: { support_url: "https://acme.example/help", home_url: "https://acme.example/app" },
      labels: { agents: { "research-agent": "Research" }, events: { chat: "Chat with Ada" } },
    };
    expectStatus(await lasting.client.send("PUT", BRANDING, record), 200);
    const customer = await busyCustomer(lasting.client, "20");
    for (const [colorScheme, accent] of [
      ["light", "rgb(122, 46, 142)"],
      ["dark", "rgb(227, 176, 239)"],
    ] as const) {
      const page = await openPage(browser, "about:blank", { colorScheme });
      await page.route("https://acme.example/logo.svg", (route) =>
        route.fulfill({ body: LOGO, contentType: "image/svg+xml" }),
      );
      await page.goto(await linkOf(customer));
      await expectText(headline(page), /^\$2\d/);
      await expectText(page.locator("header"), "← acme.example Acme <b>Cloud</b>");
      const pay = page.getByRole("button", { name: /^Pay/ });
      const painted = () =>
        pay.evaluate(
          "document.querySelector('scrip-portal').shadowRoot.querySelector('scrip-topup').shadowRoot.querySelector('button.primary').computedStyleMap().get('background-color').toString()" as never,
        );
      await eventually(async () => (await painted()) === accent, "the button is of the record's colour", 50);
      await expectText(page.locator("scrip-portal footer"), /^Contact support$/);
      await expectText(page.locator("scrip-running"), "Research");
      await page.locator("scrip-usage select").selectOption({ label: "feature" });
      await expectText(page.locator("scrip-usage"), /Chat with Ada/);
      await expectAccessible(page, `hosted, branded, ${colorScheme}`);
      await picture(page, `hosted-branded-${colorScheme}`);
      await page.context().close();
    }
  });

  test("takes nothing from a record that would run, whoever answers with it", async () => {
    const customer = await busyCustomer(lasting.client, "20");
    const page = await openPage(browser, "about:blank");
    await page.route(`**${BRANDING}`, async (route) => {
      const reply = await route.fetch();
      const evil = {
        ...{ name: "Acme", logo_url: "javascript:alert(1)", light: { accent: "url(https://evil.example)" }, dark: {} },
        links: {
          terms_url: "javascript:alert(1)",
          home_url: "javascript:alert(1)",
          support_url: "https://acme.example/help",
        },
      };
      await route.fulfill({ response: reply, json: { ...((await reply.json()) as object), ...evil } });
    });
    await page.goto(await linkOf(customer));
    await expectText(page.locator("header"), /^Acme$/);
    await expectText(page.locator("scrip-portal footer"), /^Contact support$/);
    assert.equal(await page.locator("#logo").getAttribute("src"), null);
    await page.context().close();
    expectStatus(await lasting.client.send("PUT", BRANDING, {}), 200);
  });
});

test("a row opens into its receipt, which the browser checks, and a forged one is told", async () => {
  const customer = await busyCustomer(lasting.client, "20");
  const { page } = await visit(customer);
  const rows = page.locator("scrip-activity details");
  await rows.first().locator("summary").click();
  await expectText(
    rows.first(),
    /input tokens 120000 model large output tokens 30100 How it was priced Input 120,000 × \$2\.50 per 1,000,000 · chat, version 1 \$0\.30 Output 30,100 × \$10\.00 per 1,000,000 · chat, version 1 \$0\.301/,
  );
  await expectText(rows.first(), /Paid from Gift \$0\.601/);
  await expectText(rows.first(), "Checked in this browser: it is as it was written.");
  await page.route("**/receipt", async (route) => {
    const reply = await route.fetch();
    const receipt = (await reply.json()) as { record: string };
    await route.fulfill({ response: reply, json: { ...receipt, record: receipt.record.replace("large", "small") } });
  });
  await rows.nth(1).locator("summary").click();
  await expectText(rows.nth(1), "This does not follow from what was written.");
});

test("the engine is loaded when a receipt is opened, and not before, and then it is what judges", async () => {
  const customer = await busyCustomer(lasting.client, "20");
  const { page } = await visit(customer);
  await page.evaluate(`document.querySelector("scrip-portal").engine = async () => {
    told.push(["loaded"]);
    return { init: async () => told.push(["ready"]), verifyReceipt: (receipt) => ({ valid: receipt.seq < 0 }) };
  }`);
  await expectText(headline(page), "$");
  const loaded = () => page.evaluate("told.map(([name]) => name)");
  assert.deepEqual(await loaded(), []);
  const rows = page.locator("scrip-activity details");
  for (const place of [0, 1]) {
    await rows.nth(place).locator("summary").click();
    await expectText(rows.nth(place), "This does not follow from what was written.");
  }
  assert.deepEqual(await loaded(), ["loaded", "ready"], "once for all receipts");
  await page.evaluate(
    `document.querySelector("scrip-portal").engine = () => Promise.reject(new Error("no WebAssembly here"))`,
  );
  await rows.nth(2).locator("summary").click();
  await expectText(rows.nth(2), "Checked in this browser: it is as it was written.");
});

describe("the socket", () => {
  test("where none is let through, the wallet is asked", async () => {
    const customer = await busyCustomer(lasting.client, "20");
    const { page } = await visit(customer);
    await expectText(page.locator("scrip-overview"), "Live");
    await page.routeWebSocket(/wallet\/live/, (socket) => socket.close());
    await page.reload();
    await expectText(page.locator("scrip-overview"), "Updated just now");
    await charge(lasting.client, customer, "10");
    await expectText(headline(page), /^\$10\.\d\d$/);
  });

  test("a gap in what it says makes the page ask again, and what is known already changes nothing", async () => {
    const customer = await busyCustomer(lasting.client, "20");
    const { page } = await visit(customer);
    let tell = (_: object) => {};
    await page.routeWebSocket(/wallet\/live/, (socket) => {
      tell = (message) => socket.send(JSON.stringify(message));
    });
    await page.reload();
    await expectText(page.locator("scrip-overview"), "Live");
    const { seq } = (await lasting.client.get(`/v1/customers/${customer}/wallet`)).body;
    const lie = { account: "default:USD", asset: "USD", balance: "1", held: "0", available: "1" };
    const entry = (at: number) => ({
      seq: at,
      type: "debited",
      at: new Date().toISOString(),
      changes: [],
      balances: [lie],
    });
    tell({ type: "entries", after: seq - 1, seq, items: [entry(seq)] });
    // The page hears of nothing of this but by what it asks because of the gap.
    await charge(lasting.client, customer, "10");
    tell({ type: "entries", after: seq + 500, seq: seq + 501, items: [entry(seq + 501)] });
    await expectText(headline(page), /^\$10\.\d\d$/);
    tell({
      type: "entries",
      after: seq + 1,
      seq: seq + 2,
      items: [{ ...entry(seq + 2), balances: [{ ...lie, available: "7.77" }] }],
    });
    await expectText(headline(page), "$7.77");
  });
});
