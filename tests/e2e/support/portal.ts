// Customers whose portals are worth looking at, and what a reader finds there.

import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import type { Locator, Page } from "playwright-core";
import { type Api, createChatCustomer, expectStatus, type Json, uniqueId } from "./api.ts";
import { eventually } from "./patience.ts";

const axe = readFileSync(createRequire(import.meta.url).resolve("axe-core/axe.min.js"), "utf8");

/** What WCAG 2.2 AA says that a machine can see. */
const TAGS = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"];

export async function expectAccessible(page: Page, what: string): Promise<void> {
  await page.evaluate(axe);
  const found: Json = await page.evaluate(
    `axe.run(document, { runOnly: { type: "tag", values: ${JSON.stringify(TAGS)} } })`,
  );
  const told = found.violations.map(
    (one: Json) => `${one.id}: ${one.nodes.map((node: Json) => `${node.target} ${node.failureSummary}`).join("; ")}`,
  );
  assert.deepEqual(told, [], what);
}

/** What a reader sees in a place, also of the elements within elements. */
const TEXT = new Function(
  "root",
  `
  const textOf = (node) => {
    if (node.nodeType === Node.TEXT_NODE) return node.data;
    if (node.nodeType !== Node.ELEMENT_NODE || ["STYLE", "SCRIPT", "OPTION"].includes(node.tagName)) return "";
    if (!node.checkVisibility({ visibilityProperty: true }) && getComputedStyle(node).display !== "contents") return "";
    const inside = node.tagName === "SLOT" && node.assignedNodes().length > 0 ? node.assignedNodes() : (node.shadowRoot ?? node).childNodes;
    const text = [...inside].map(textOf).join("");
    return getComputedStyle(node).display.startsWith("inline") ? text : " " + text + " ";
  };
  return textOf(root);`,
) as (root: unknown) => string;

/** The text that stands somewhere now, with plain spaces. */
export const read = async (place: Locator): Promise<string> =>
  (await place.first().evaluate(TEXT)).replace(/\s+/g, " ").trim();

export async function expectText(place: Locator, part: string | RegExp): Promise<void> {
  let text = "";
  const isThere = async () => {
    text = (await place.count()) === 0 ? "" : await read(place.first());
    return typeof part === "string" ? text.includes(part) : part.test(text);
  };
  await eventually(isThere, () => `${part} is not in: ${text}`, 50);
}

export const headline = (page: Page): Locator => page.locator("scrip-overview .headline").first();

/** A customer of some days: credit of several kinds, usage by two agents, one call that runs. */
export async function busyCustomer(client: Api, usd = "120"): Promise<string> {
  const { id } = await createChatCustomer(client, usd);
  const soon = new Date(Date.now() + 5 * 86_400_000).toISOString();
  const gift = {
    transaction_id: uniqueId("gift"),
    asset: "USD",
    amount: "5",
    reason: "gift",
    description: "Welcome to Acme",
  };
  expectStatus(await client.post(`/v1/customers/${id}/wallet/adjustments`, { ...gift, expires_at: soon }), 201);
  await use(client, id, "research-agent", 250_000, 48_000);
  await use(client, id, "support-bot", 90_000, 12_400);
  await use(client, id, "research-agent", 410_000, 95_200);
  await use(client, id, "support-bot", 50, 0);
  await running(client, id, "research-agent", "0.42");
  const budget = { name: "Each agent, daily", asset: "USD", limit: "5", window: "day", each: "subject" };
  expectStatus(await client.send("PUT", `/v1/customers/${id}/wallet/budgets/agents`, budget), 200);
  const whole = { name: "All calls, monthly", asset: "USD", limit: "40", window: "month" };
  expectStatus(await client.send("PUT", `/v1/customers/${id}/wallet/budgets/all`, whole), 200);
  await use(client, id, "research-agent", 120_000, 30_100);
  return id;
}

export async function use(
  client: Api,
  customer: string,
  subject: string,
  input: number,
  output: number,
): Promise<void> {
  const data = { model: "large", input_tokens: input, output_tokens: output };
  const event = { id: uniqueId("evt"), event_type: "chat", occurred_at: new Date().toISOString(), subject, data };
  expectStatus(await client.post("/v1/events", { customer_id: customer, events: [event] }), 204);
}

export async function running(client: Api, customer: string, subject: string, amount: string): Promise<string> {
  const ask = { id: uniqueId("hold"), customer_id: customer, asset: "USD", amount, subject };
  return expectStatus(await client.post("/v1/authorize", ask), 200).hold.id;
}

export async function charge(client: Api, customer: string, amount: string): Promise<void> {
  const body = { transaction_id: uniqueId("charge"), asset: "USD", amount, description: "Export of a report" };
  expectStatus(await client.post(`/v1/customers/${customer}/wallet/charges`, body), 201);
}

export const PACKS = {
  packs: [],
  free_amounts: [{ currency: "USD", min: "5", max: "500" }],
  bonuses: [{ currency: "USD", asset: "USD", from: "50", bonus: "5" }],
};

export const offer = async (client: Api, packs: object = PACKS): Promise<void> =>
  void expectStatus(await client.send("PUT", "/v1/accounts/self/packs", packs), 200);

/** A top-up, and what happens on its page, button by button. */
export async function topUp(client: Api, customer: string, amount: string, ...actions: string[]): Promise<string> {
  const back = "https://app.example.com/";
  const body = { customer_id: customer, amount, currency: "USD", return_url: back, failure_url: back };
  const made = expectStatus(await client.post("/v1/top-ups", body), 201);
  for (const action of actions) {
    const headers = { "content-type": "application/x-www-form-urlencoded" };
    const pressed = { method: "POST", redirect: "manual", headers, body: `action=${action}` } as const;
    const reply = await fetch(made.redirect_url, pressed);
    assert.ok(reply.status < 400, `${action}: ${reply.status}`);
  }
  return made.id;
}

export async function card(client: Api, customer: string, card = "ok"): Promise<string> {
  return expectStatus(await client.post(`/v1/customers/${customer}/payment-methods`, { card }), 201).id;
}
