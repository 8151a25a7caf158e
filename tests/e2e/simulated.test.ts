// Everything about money, by somebody who has no account at Stripe: the pages of the simulated processor, as a browser opens them
// and presses their buttons, on the built Worker.

import assert from "node:assert/strict";
import { after, before, describe, test } from "node:test";
import { expectStatus, type Json, uniqueId } from "./support/api.ts";
import { LastingServer } from "./support/lasting.ts";
import { eventually } from "./support/patience.ts";

const THANKS = "https://shop.example/thanks";
const SORRY = "https://shop.example/sorry";
const URLS = { return_url: THANKS, failure_url: SORRY };

let lasting: LastingServer;
let customer: string;
let cookie = "";

before(async () => {
  lasting = await LastingServer.start();
  // Links stay where they are, also when the server starts again.
  await lasting.change({ port: lasting.server.port });
  const made = await lasting.client.post("/v1/customers", { name: "Ada", external_id: uniqueId("customer") });
  customer = expectStatus(made, 201).id;
});

after(() => lasting?.end());

const of = (rest: string) => `/v1/customers/${customer}/${rest}`;

/** A page, as a browser without a script has it. */
class Page {
  readonly url: string;
  readonly html: string;

  constructor(url: string, html: string) {
    this.url = url;
    this.html = html;
  }

  static async open(url: string): Promise<Page> {
    const reply = await fetch(url, { redirect: "manual", headers: { cookie } });
    const html = await reply.text();
    assert.equal(reply.status, 200, html);
    return new Page(url, html);
  }

  get title(): string {
    return /<h1>([^<]*)</.exec(this.html)?.[1] ?? "";
  }

  /** The form that has the button, in the order in which they stand. */
  private formOf(button: string, place: number): { action: string; fields: Record<string, string> } {
    const forms = [...this.html.matchAll(/<form([^>]*)>(.*?)<\/form>/gs)];
    const found = forms.filter(([, , inside]) => inside?.includes(`name="action" value="${button}"`))[place];
    assert.ok(found, `${button} is no button of ${this.html}`);
    const [, head = "", inside = ""] = found;
    const attribute = (text: string, name: string) => new RegExp(`\\b${name}="([^"]*)"`).exec(text)?.[1];
    const inputs = [...inside.matchAll(/<input([^>]*)>/g)].map(([, text = ""]) => text);
    const fields = inputs.map((text) => [attribute(text, "name"), attribute(text, "value") ?? ""]);
    return { action: attribute(head, "action") ?? this.url, fields: Object.fromEntries(fields) };
  }

  /** Presses a button; what was typed takes the place of what stood there. Where that leads. */
  async press(button: string, typed: Record<string, string> = {}, place = 0): Promise<Page | string> {
    const { action, fields } = this.formOf(button, place);
    const body = new URLSearchParams({ ...fields, ...typed, action: button });
    const url = new URL(action, this.url);
    const reply = await fetch(url, { method: "POST", body, redirect: "manual", headers: { cookie } });
    const location = reply.headers.get("location");
    const html = await reply.text();
    if (location !== null) return new URL(location, url).href;
    assert.equal(reply.status, 200, html);
    return new Page(this.url, html);
  }

  /** Presses a button that shows a page. */
  async see(button: string, typed: Record<string, string> = {}, place = 0): Promise<Page> {
    const shown = await this.press(button, typed, place);
    if (typeof shown === "string") return Page.open(shown);
    return shown;
  }
}

const topUp = async (): Promise<Json> => {
  const asked = { customer_id: customer, amount: "20", currency: "USD", ...URLS };
  return expectStatus(await lasting.client.post("/v1/top-ups", asked), 201);
};

const status = async ({ id }: Json) => expectStatus(await lasting.client.get(`/v1/top-ups/${id}`), 200).status;

async function balance(): Promise<string> {
  const { accounts } = expectStatus(await lasting.client.get(of("wallet")), 200);
  return accounts.find(({ asset }: Json) => asset === "USD")?.balance ?? "none";
}

const spend = async (amount: string) => {
  const spent = { transaction_id: uniqueId("spent"), asset: "USD", amount };
  expectStatus(await lasting.client.post(of("wallet/charges"), spent), 201);
};

const rule = async () => expectStatus(await lasting.client.get(of("wallet/recharge/USD")), 200);

/** What an authorization comes to; what it holds is released at once. */
async function authorize(): Promise<string> {
  const asked = { id: uniqueId("call"), customer_id: customer, asset: "USD", amount: "1" };
  const { decision, code, hold } = expectStatus(await lasting.client.post("/v1/authorize", asked), 200);
  if (decision === "approved") expectStatus(await lasting.client.post(`/v1/holds/${hold.id}/release`), 200);
  return code ?? decision;
}

/** A page of the link at which a card is added. */
async function cards(): Promise<Page> {
  const { redirect_url } = expectStatus(await lasting.client.post(of("payment-methods/sessions"), URLS), 201);
  return Page.open(redirect_url);
}

describe("somebody without an account at Stripe", () => {
  let paid: Json;

  test("is declined, confirms, and tops up", async () => {
    const declined = await topUp();
    assert.equal(await (await Page.open(declined.redirect_url)).press("decline"), SORRY);
    assert.deepEqual([await status(declined), await balance()], ["failed", "none"]);
    paid = await topUp();
    const bank = await (await Page.open(paid.redirect_url)).see("secure");
    assert.equal(bank.title, "Confirm the payment");
    assert.equal(await bank.press("pay"), THANKS);
    assert.deepEqual([await status(paid), await balance()], ["succeeded", "20"]);
  });

  test("waits for money that takes its time", async () => {
    const slow = await topUp();
    assert.equal(await (await Page.open(slow.redirect_url)).press("delay"), THANKS);
    assert.equal(await status(slow), "pending");
    assert.equal(await (await Page.open(slow.redirect_url)).press("fail"), SORRY);
    assert.deepEqual([await status(slow), await balance()], ["failed", "20"]);
  });

  test("adds a card, and the wallet fills itself again", async () => {
    assert.equal(await (await cards()).press("ok"), THANKS);
    const asked = { threshold: "10", amount: "50" };
    expectStatus(await lasting.client.send("PUT", of("wallet/recharge/USD"), asked), 200);
    await spend("15");
    await eventually(async () => (await balance()) === "55", "it has recharged");
  });

  test("has a card that expires, pays by hand instead, and has it renewed", async () => {
    // It is the cooldown of the recharge before that ends.
    await lasting.advance(3_600_000);
    // The first button of that name adds a card that is over, and the second one is of the card that is there.
    const shown = await (await cards()).see("expired", {}, 1);
    assert.match(shown.html, /Card ending in 4242: expired/);
    await spend("50");
    await eventually(async () => (await rule()).last_attempt?.code === "expired_card", "it was declined");
    const { last_attempt } = await rule();
    assert.equal(await balance(), "5");
    const page = await Page.open(last_attempt.redirect_url);
    assert.match(String(await page.press("pay")), /\/portal$/);
    assert.equal(await balance(), "55");
    const renewed = await (await cards()).see("updated");
    assert.match(renewed.html, /Card ending in 1881: good/);
    assert.equal((await rule()).state, "idle");
  });

  test("is refunded in part, and the refund that fails is no refund", async () => {
    const page = await (await Page.open(paid.redirect_url)).see("refund", { amount: "5" });
    assert.match(page.html, /Refunded: [^.]*5\.00/);
    assert.equal(await balance(), "50");
    await page.see("refund_failed");
    assert.equal(await balance(), "55");
    await (await Page.open(paid.redirect_url)).see("refund", { amount: "5" });
    assert.equal(await balance(), "50");
  });

  test("disputes: the wallet is frozen until it is won, and the money comes back", async () => {
    const settings = { freeze_on_dispute: true };
    expectStatus(await lasting.client.send("PATCH", "/v1/accounts/self/settings", settings), 200);
    const page = await Page.open(paid.redirect_url);
    const inquiry = await page.see("inquiry");
    assert.equal(inquiry.title, "An inquiry is open");
    assert.equal(await authorize(), "approved");
    const open = await page.see("dispute");
    assert.match(open.html, /Disputed: [^.]*15\.00/);
    assert.equal(await authorize(), "wallet_frozen");
    const taken = await open.see("withdraw");
    assert.deepEqual([await balance(), await authorize()], ["35", "wallet_frozen"]);
    const won = await taken.see("win");
    assert.match(won.html, /The dispute was won\./);
    assert.deepEqual([await balance(), await authorize()], ["50", "approved"]);
  });

  test("loses another dispute, and what was spent of it is owed", async () => {
    const other = await topUp();
    assert.equal(await (await Page.open(other.redirect_url)).press("pay"), THANKS);
    assert.equal(await balance(), "70");
    const open = await (await Page.open(other.redirect_url)).see("dispute");
    const lost = await open.see("lose");
    assert.match(lost.html, /The dispute was lost\. The bank has taken the money\./);
    assert.deepEqual([await balance(), await authorize()], ["50", "approved"]);
  });

  test("redeems a code", async () => {
    const { codes } = expectStatus(await lasting.client.post("/v1/codes", { amount: "7", asset: "USD" }), 201);
    const session = { customer_id: customer, ...URLS };
    const { redirect_url } = expectStatus(await lasting.client.post("/v1/billing-portal/sessions", session), 200);
    const opened = await fetch(redirect_url, { redirect: "manual" });
    await opened.arrayBuffer();
    cookie = String(opened.headers.get("set-cookie")).split(";")[0] ?? "";
    const portal = await Page.open(new URL("/portal", redirect_url).href);
    const offer = await portal.see("preview", { code: codes[0].code });
    assert.equal((await offer.see("redeem")).title, "Added");
    assert.equal(await balance(), "57");
  });

  test("has a card taken away, and the rule that names it turns itself off", async () => {
    const { items } = expectStatus(await lasting.client.get(of("payment-methods")), 200);
    const named = { threshold: "10", amount: "50", payment_method: items[0].id };
    expectStatus(await lasting.client.send("PUT", of("wallet/recharge/USD"), named), 200);
    const page = await (await cards()).see("detached");
    assert.doesNotMatch(page.html, /Card ending in 1881/);
    assert.equal((await rule()).because, "payment_method_removed");
  });
});
