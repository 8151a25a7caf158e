// Every state of the portal, in every dress: each is read by axe, fits its screen, and leaves a picture for people to look at in
// build/screenshots/portal.

import assert from "node:assert/strict";
import { after, before, describe, test } from "node:test";
import type { Browser, BrowserContextOptions, Page } from "playwright-core";
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
  topUp,
} from "./support/portal.ts";
import { freePort } from "./support/processes.ts";

let lasting: LastingServer;
let browser: Browser;
let busy: string;

before(async () => {
  lasting = await LastingServer.start({ port: await freePort() });
  browser = await openBrowser();
  await offer(lasting.client);
  busy = await busyCustomer(lasting.client);
  await card(lasting.client, busy);
  const rule = { threshold: "20", target: "50", monthly_limit: "200" };
  expectStatus(await lasting.client.send("PUT", `/v1/customers/${busy}/wallet/recharge/USD`, rule), 200);
});

after(async () => {
  await browser.close();
  await lasting.end();
});

/** A page that holds a portal is no wider than its screen, whatever stands in it. */
async function expectFits(page: Page, name: string): Promise<void> {
  const [wide, screen] = (await page.evaluate(
    "[document.documentElement.scrollWidth, innerWidth]" as never,
  )) as number[];
  assert.ok((wide ?? 0) <= (screen ?? 0), `${name} is ${wide} wide on a screen of ${screen}`);
}

async function seen(page: Page, name: string): Promise<void> {
  await picture(page, name);
  await expectFits(page, name);
  await expectAccessible(page, name);
}

async function visited(
  customer: string,
  look: (page: Page, app: App) => Promise<void>,
  options: AppOptions = {},
  context: BrowserContextOptions = {},
): Promise<void> {
  const app = await App.start(() => lasting.client, lasting.server.url, customer, options);
  const page = await openPage(browser, app.url, context);
  try {
    await look(page, app);
  } finally {
    await page.context().close();
    await app.end();
  }
}

const settled = (page: Page) => expectText(page.locator("scrip-limits"), /\d/);

describe("the portal of a busy customer", () => {
  const dresses: [string, BrowserContextOptions][] = [
    ["light", { colorScheme: "light" }],
    ["dark", { colorScheme: "dark" }],
    ["forced-colours", { forcedColors: "active" }],
    ["narrow", { viewport: { width: 320, height: 800 } }],
    ["narrow-dark", { viewport: { width: 390, height: 800 }, colorScheme: "dark" }],
    // 1,280 px at 200 % are 640 px of twice the size.
    ["zoom", { viewport: { width: 640, height: 450 }, deviceScaleFactor: 2 }],
    ["still", { reducedMotion: "reduce" }],
  ];
  for (const [name, context] of dresses) {
    test(name, () =>
      visited(
        busy,
        async (page) => {
          await settled(page);
          await page.locator("scrip-overview").getByText("How this adds up").click();
          await page.locator("scrip-activity summary").first().click();
          await seen(page, `busy-${name}`);
        },
        {},
        context,
      ),
    );
  }

  for (const [lang, direction, word] of [
    ["de", "ltr", "Verfügbar"],
    ["ar", "rtl", "المتاح"],
  ] as const) {
    test(`in ${lang}, which is read ${direction}`, () =>
      visited(
        busy,
        async (page) => {
          await expectText(page.locator("scrip-overview"), word);
          await settled(page);
          assert.equal(await page.locator("scrip-portal .all").getAttribute("dir"), direction);
          await seen(page, `busy-${lang}`);
        },
        { lang },
      ));
  }

  test("is changed by the app: colours, corners, words, headings, sections, slots", () => {
    const body = (endpoint: string) => `<style>
        scrip-portal { --scrip-accent: #7a2e8e; --scrip-radius: 4px; --scrip-font: Georgia, serif; --scrip-density: 0.8; }
        scrip-portal::part(card) { border-width: 2px; }
      </style>
      <h1>Brand</h1><h2>Billing</h2>
      <scrip-portal endpoint="${endpoint}" heading-level="3" sections="overview activity topup" theme="light">
        <strong slot="logo">ACME</strong><p slot="footer">VAT is added where it is due.</p>
      </scrip-portal>
      <script>document.querySelector("scrip-portal").messages = { topup: "Buy tokens" }</script>`;
    return visited(
      busy,
      async (page) => {
        await expectText(page.locator("scrip-topup"), "Buy tokens");
        await expectText(headline(page), "$");
        const border = await page
          .locator("scrip-overview section")
          .evaluate(
            "getComputedStyle(document.querySelector('scrip-portal').shadowRoot.querySelector('scrip-overview').shadowRoot.querySelector('section')).borderTopWidth" as never,
          );
        assert.equal(border, "2px", "a part is reached through the elements within elements");
        const headings = await page.getByRole("heading").evaluateAll((all: Json[]) => all.map((one) => one.tagName));
        assert.deepEqual([...new Set(headings)], ["H1", "H2", "H3"]);
        assert.equal(await page.locator("scrip-credits").count(), 0);
        await seen(page, "branded");
      },
      { body },
    );
  });

  test("is used by the keyboard alone", () =>
    visited(busy, async (page) => {
      await settled(page);
      const names = new Set<string>();
      let paid = false;
      for (let press = 0; press < 60; press++) {
        await page.keyboard.press("Tab");
        const at = String(
          await page.evaluate(`(() => {
          let one = document.activeElement;
          while (one?.shadowRoot?.activeElement) one = one.shadowRoot.activeElement;
          if (!one || one === document.body) return "";
          const { outlineStyle } = getComputedStyle(one.type === "radio" ? one.parentElement : one);
          return [one.tagName, one.innerText || one.value || one.id, outlineStyle].join("|");
        })()`),
        );
        if (at === "") break;
        assert.ok(!at.endsWith("|none"), `the focus is seen on ${at}`);
        names.add(at);
        if (at.includes("Pay $")) paid = true;
      }
      assert.ok(paid && names.size > 12, [...names].join("; "));
      assert.ok([...names].some((one) => one.includes("How this adds up")));
    }));
});

describe("a state that is not the usual one", () => {
  async function newCustomer(usd?: string): Promise<string> {
    const { id } = expectStatus(await lasting.client.post("/v1/customers", { name: "Ada" }), 201);
    if (usd !== undefined) await credit(lasting.client, id, usd);
    return id;
  }

  const frozen = async (id: string) =>
    void expectStatus(
      await lasting.client.send("PUT", `/v1/customers/${id}/wallet/freeze`, { frozen: true, reason: "x" }),
      200,
    );

  const states: [string, () => Promise<string>, string | RegExp][] = [
    ["empty", () => newCustomer(), "No credit yet."],
    [
      "used-up",
      async () => {
        const id = await newCustomer("5");
        await charge(lasting.client, id, "5");
        return id;
      },
      "Calls are paused until you add funds.",
    ],
    [
      "overdrawn",
      async () => {
        const id = await newCustomer("5");
        await charge(lasting.client, id, "5.31");
        return id;
      },
      "cost $0.31 more than was left",
    ],
    [
      "full",
      async () => {
        const id = await newCustomer("5");
        await running(lasting.client, id, "agent", "5");
        return id;
      },
      "All of it is held by running calls.",
    ],
    [
      "frozen",
      async () => {
        const id = await newCustomer("5");
        await frozen(id);
        return id;
      },
      "Your wallet is frozen.",
    ],
    ["huge", () => newCustomer("999999999999999.999999999999"), "999,999,999,999,999.99"],
  ];
  for (const [name, make, told] of states) {
    test(name, async () =>
      visited(await make(), async (page) => {
        await expectText(page.locator("scrip-portal"), told);
        const credits: Record<string, string> = {
          empty: "No credit yet.",
          frozen: "Paid Spent next",
          huge: "Paid Spent next",
        };
        const shown = credits[name] ?? (name === "full" ? "$5.00 held" : "1 that is used up or over");
        await expectText(page.locator("scrip-credits"), shown);
        await expectText(page.locator("scrip-limits"), "No limits");
        await seen(page, name);
        await page.setViewportSize({ width: 320, height: 800 });
        await seen(page, `${name}-narrow`);
      }),
    );
  }

  test("read only", () =>
    visited(
      busy,
      async (page) => {
        await settled(page);
        await eventually(
          async () => (await page.locator("scrip-topup section").count()) === 0,
          "no way to pay is there",
        );
        await seen(page, "read-only");
      },
      { scopes: ["read"] },
    ));

  test("loading, then failing, each card by itself, and then well", () =>
    visited(busy, async (page) => {
      await settled(page);
      let fails = true;
      await page.route("**/wallet/budgets*", (route) =>
        fails
          ? route.fulfill({
              status: 500,
              json: { code: "internal_error", request_id: "req_1" },
              headers: { "access-control-allow-origin": "*" },
            })
          : route.continue(),
      );
      await page.route("**/wallet/holds*", () => {});
      await page.reload();
      const limits = page.locator("scrip-limits");
      await expectText(limits, /This could not be loaded\. Request req_1 Try again/);
      await expectText(headline(page), "$");
      await expectText(page.locator("scrip-running"), "Loading");
      await seen(page, "loading-and-failing");
      fails = false;
      await limits.getByRole("button", { name: "Try again" }).click();
      await expectText(limits, "All calls, monthly");
    }));

  test("nothing answers at all", () =>
    visited(busy, async (page) => {
      await page.route("**/v1/**", () => {});
      await page.clock.install();
      await page.reload();
      await expectText(page.locator("scrip-overview"), "Loading");
      await expectText(page.locator("scrip-credits"), "Loading");
      await seen(page, "first-paint");
      await page.clock.runFor(9000);
      await expectText(page.locator("scrip-overview"), "This is taking longer than it should. Try again");
      assert.equal(
        (await read(page.locator("scrip-portal"))).split("longer than it should").length,
        2,
        "it is said once",
      );
      await seen(page, "slow");
    }));

  test("the connection is lost", () =>
    visited(busy, async (page) => {
      await settled(page);
      await page.context().setOffline(true);
      await expectText(page.locator("scrip-overview"), /Reconnecting…/);
      await seen(page, "lost");
    }));

  test("the token has ended", () =>
    visited(busy, async (page, app) => {
      await settled(page);
      app.refuses = true;
      await page.route("**/v1/customers/**", (route) =>
        route.fulfill({ status: 401, json: { code: "unauthorized" }, headers: { "access-control-allow-origin": "*" } }),
      );
      await page.evaluate("dispatchEvent(new Event('online'))");
      await expectText(page.locator("scrip-portal"), "Your billing page has timed out.");
      await seen(page, "expired");
    }));

  test("a form that is filled in", () =>
    visited(busy, async (page) => {
      await settled(page);
      await page.locator("label.chip", { hasText: "Another amount" }).click();
      await page.getByLabel(/Amount in/).fill("3");
      await page.getByRole("button", { name: "Add funds" }).click();
      await page.getByRole("button", { name: "Change" }).click();
      await page.getByLabel("When available falls to").fill("130");
      await page.getByLabel("Bring back to").fill("150");
      await expectText(page.locator("scrip-recharge"), /Save and charge \$\d/);
      await seen(page, "forms");
      assert.match(await read(page.locator("scrip-topup")), /This amount cannot be paid/);
    }));

  test("payments: paid, on their way, declined, given back, disputed; each opens", async () => {
    const id = await newCustomer();
    await topUp(lasting.client, id, "20", "pay", "refund&number=1&amount=20");
    await topUp(
      lasting.client,
      id,
      "30",
      "pay",
      "refund&number=1&amount=5",
      "refund&number=2&amount=3",
      "refund_failed",
    );
    await topUp(lasting.client, id, "40", "pay", "dispute");
    await topUp(lasting.client, id, "50", "decline");
    await topUp(lasting.client, id, "60", "delay");
    await topUp(lasting.client, id, "70");
    for (const colorScheme of ["light", "dark"] as const) {
      await visited(
        id,
        async (page) => {
          const payments = page.locator("scrip-payments");
          for (const part of [
            /\$60\.00 On its way/,
            /\$50\.00 Declined/,
            /\$40\.00 Under review/,
            /\$30\.00 Partly refunded/,
          ]) {
            await expectText(payments, part);
          }
          assert.doesNotMatch(await read(payments), /\$70/, "what nobody has paid is no payment");
          for (const part of ["$30.00", "$40.00"]) {
            await payments.locator("details", { hasText: part }).locator("summary").click();
          }
          await expectText(payments, /Refund \$5\.00 Refund that has failed \$3\.00/);
          await expectText(payments, /Disputed, under review \$40\.00/);
          await seen(page, `payments-${colorScheme}`);
        },
        {},
        { colorScheme },
      );
    }
  });

  test("payments that go on over several pages", async () => {
    const id = await newCustomer();
    for (let place = 1; place <= 12; place++) await topUp(lasting.client, id, String(place + 9), "pay");
    await visited(id, async (page) => {
      const payments = page.locator("scrip-payments");
      await expectText(payments, "$21.00");
      assert.equal(await payments.locator("details").count(), 10);
      await payments.getByRole("button", { name: "Show more" }).click();
      await eventually(async () => (await payments.locator("details").count()) === 12, "all of them are there");
      assert.equal(await payments.getByRole("button", { name: "Show more" }).count(), 0);
    });
  });

  test("recharges that were declined say why, until when the next one waits, and where to pay", async () => {
    for (const [kind, reason, way] of [
      ["insufficient_funds", "There was not enough money on the card.", "Pay this by hand"],
      ["authentication_required", "waits for you", "Confirm the payment"],
    ] as const) {
      const id = await newCustomer("30");
      await card(lasting.client, id, kind);
      const rule = { threshold: "20", target: "50", monthly_limit: "200" };
      expectStatus(await lasting.client.send("PUT", `/v1/customers/${id}/wallet/recharge/USD`, rule), 200);
      await charge(lasting.client, id, "15");
      await visited(id, async (page) => {
        const recharge = page.locator("scrip-recharge");
        await expectText(recharge, reason);
        await expectText(recharge, /The next one waits until/);
        const link = recharge.getByRole("link", { name: way });
        assert.match((await link.getAttribute("href")) ?? "", /\/pay\//);
        await seen(page, `recharge-${kind}`);
      });
    }
  });

  test("a figure leads to the card that shows what it is made of, by the keyboard too", () =>
    visited(busy, async (page) => {
      await settled(page);
      const held = page.locator("scrip-overview dl").getByRole("button", { name: "$0.42" });
      await held.focus();
      await page.keyboard.press("Enter");
      const at = () =>
        page.evaluate(`(() => {
          let one = document.activeElement;
          while (one?.shadowRoot?.activeElement) one = one.shadowRoot.activeElement;
          return one?.innerText;
        })()`);
      await eventually(async () => (await at()) === "Running", "the focus is on the heading of the card");
      const share = page.locator("scrip-usage details", { hasText: "support-bot" });
      await share.locator("summary").focus();
      await page.keyboard.press("Enter");
      await expectText(share, /support-bot .*\u2212\$0\.349/);
      await seen(page, "opened");
    }));

  test("a payment that is under way", () =>
    visited(busy, async (page) => {
      await settled(page);
      const [popup] = await Promise.all([
        page.context().waitForEvent("page"),
        page.getByRole("button", { name: "Pay $10.00" }).click(),
      ]);
      await popup.locator("button[value=delay]").click();
      await expectText(page.locator("scrip-topup"), "The money is on its way.");
      await seen(page, "processing");
    }));
});
