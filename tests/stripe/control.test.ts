// What is beside the API: the control commands, the pages, and the server of `make stripe`.

import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { after, before, describe, test } from "node:test";
import Stripe from "stripe";
import { root } from "../../scripts/project.ts";
import { eventually } from "../e2e/support/patience.ts";
import { ended, environment, freePort } from "../e2e/support/processes.ts";
import { ACTIONS } from "./actions.ts";
import { COMMANDS } from "./control.ts";
import { FAULTS } from "./faults.ts";
import type { Json } from "./json.ts";
import { TRICKS } from "./mischief.ts";
import { Receiver, type Scene, scene } from "./support.ts";

const DOCUMENT = readFileSync(join(root, "docs/stripe-fake.md"), "utf8");

let at: Scene;

before(async () => {
  at = await scene();
});

after(() => at.end());

async function post(command: string, body: object = {}, status = 200): Promise<Json> {
  const response = await fetch(`${at.fake.url}/_fake/${command}`, {
    method: "POST",
    headers: { "content-type": "application/json" },
    body: JSON.stringify(body),
  });
  const answer: Json = await response.json();
  assert.equal(response.status, status, JSON.stringify(answer));
  return answer;
}

const charge = (more: Partial<Stripe.PaymentIntentCreateParams> = {}) =>
  at.stripe.paymentIntents.create({
    amount: 5000,
    currency: "usd",
    payment_method: "pm_card_visa",
    confirm: true,
    ...more,
  });

describe("a command", () => {
  test("is in the document, as is every fault and every trick", () => {
    const names = [
      ...Object.keys(ACTIONS),
      ...Object.keys(COMMANDS).map((name) => name.split(" ")[1]),
      ...FAULTS,
      ...TRICKS,
    ];
    const unsaid = names.filter((name) => !DOCUMENT.includes(`\`${name}\``) && !DOCUMENT.includes(`/_fake/${name}`));
    assert.deepEqual(unsaid, []);
  });

  test("does what payers, banks and people at the dashboard do", async () => {
    const session = await at.stripe.checkout.sessions.create({
      mode: "payment",
      line_items: [
        { price_data: { currency: "usd", unit_amount: 700, product_data: { name: "Credit" } }, quantity: 1 },
      ],
      success_url: "https://shop.example/done",
    });
    assert.equal(
      (await post("pay", { session: session.id, with: "4000000000000002" }, 402)).error.code,
      "card_declined",
    );
    await post("pay", { session: session.id, with: "4000002760003184" });
    const { payment_intent } = await at.stripe.checkout.sessions.retrieve(session.id);
    assert.equal((await post("authenticate", { id: payment_intent, agrees: true })).status, "succeeded");
    const refund = await post("refund", { payment_intent, amount: 200, status: "pending" });
    assert.equal((await post("end_refund", { refund: refund.id, status: "failed" })).status, "failed");
    const inquiry = await post("dispute", { payment_intent, inquiry: true, amount: 300 });
    assert.equal((await post("escalate_dispute", { dispute: inquiry.id })).status, "needs_response");
    assert.equal((await post("close_dispute", { dispute: inquiry.id, status: "lost" })).status, "lost");
    await post("warn_of_fraud", { payment_intent });
    const truth = (await (await fetch(`${at.fake.url}/_fake/truth?intent=${payment_intent}`)).json()) as Json;
    assert.deepEqual([truth.sums.usd.captured, truth.sums.usd.refunded, truth.sums.usd.paid], [700, 0, 400]);
    await post("close_dispute", { dispute: inquiry.id, status: "won" }, 400);
  });

  test("moves time, cards, taxes and secrets", async () => {
    const { id: customer } = await at.stripe.customers.create({});
    const { id: payment_method } = await at.stripe.paymentMethods.attach("pm_card_visa", { customer });
    assert.equal((await post("renew_card", { payment_method, last4: "0005" })).card.last4, "0005");
    await post("turn_card", { payment_method, number: "4000000000000341" });
    await assert.rejects(charge({ customer, payment_method, off_session: true }));
    const before = at.fake.clock.now();
    assert.ok((await post("clock", { advance: 3600 })).now >= before + 3600);
    assert.equal((await post("tax", { percent: 19 })).percent, 19);
    await post("tax", { percent: 100 }, 400);
    const made = await post("webhooks", {
      url: at.receiver.url,
      form: "thin",
      events: ["charge.succeeded"],
      livemode: true,
    });
    assert.match(made.secret, /^whsec_/);
    assert.equal(
      (await post("roll_secret", { endpoint: made.id, secret: "whsec_rolled", livemode: true })).secret,
      "whsec_rolled",
    );
    await post("roll_secret", { endpoint: made.id }, 404);
    const session = await at.stripe.checkout.sessions.create({
      mode: "setup",
      currency: "usd",
      success_url: "https://shop.example",
    });
    assert.equal((await post("expire", { session: session.id })).status, "expired");
  });

  test("holds events, sends them, and sends one again", async () => {
    await at.fake.settled();
    await post("delivery", { held: true, seed: 1, tricks: ["reorder"] });
    const from = at.receiver.received.length;
    await charge();
    assert.equal(at.receiver.received.length, from);
    await post("deliver", { all: true });
    assert.equal(at.receiver.received.length, from + 3);
    await post("resend", { event: at.receiver.received.at(-1)?.event.id });
    assert.equal(at.receiver.received.length, from + 4);
    await post("delivery", { held: false, seed: "" });
    assert.equal(at.fake.delivery.mischief, null);
    await post("delivery", { tricks: ["levitation"], seed: 1 }, 400);
    const sent = (await (await fetch(`${at.fake.url}/_fake/deliveries`)).json()) as Json;
    const calls = (await (await fetch(`${at.fake.url}/_fake/calls`)).json()) as Json;
    assert.ok(sent.length > 3 && calls.length > 3);
    assert.equal(calls.at(-1).path, "/v1/payment_intents");
  });
});

describe("a page", () => {
  const press = (path: string, fields: Record<string, string>) =>
    fetch(`${at.fake.url}${path}`, { method: "POST", body: new URLSearchParams(fields), redirect: "manual" });
  const shown = async (path: string) => (await fetch(`${at.fake.url}${path}`)).text();

  test("leads from the desk to each payment, and to what can become of it", async () => {
    const slow = await charge({ payment_method: "pm_usBankAccount" });
    assert.match(await shown("/"), new RegExp(`href="/payments/${slow.id}"`));
    assert.match(await shown(`/payments/${slow.id}`), /The bank pays/);
    await press(`/payments/${slow.id}`, { do: "settle", outcome: "succeeded" });
    await press(`/payments/${slow.id}`, { do: "dispute" });
    const page = await shown(`/payments/${slow.id}`);
    assert.match(page, /needs_response/);
    const [, dispute] = /name="dispute" value="(\w+)"/.exec(page) ?? [];
    await press(`/payments/${slow.id}`, { do: "close_dispute", dispute: dispute as string, status: "won" });
    await press(`/payments/${slow.id}`, { do: "refund" });
    const { captured, refunded, disputed } = at.fake.truth({ intent: slow.id }).sums("usd");
    assert.deepEqual([captured, refunded, disputed], [5000, 5000, 0]);
    assert.equal(
      (await press(`/payments/${slow.id}`, { do: "tax", percent: "5" })).status,
      400,
      "there is no such button",
    );
  });

  test("of a bank sends the payer back to where they came from, with how it went", async () => {
    for (const [agrees, status] of [
      ["true", "succeeded"],
      ["false", "failed"],
    ] as const) {
      const intent = await charge({
        payment_method: "pm_card_authenticationRequired",
        return_url: "https://shop.example/back?order=1",
      });
      const { headers } = await press(`/authenticate/${intent.id}`, { do: "authenticate", agrees });
      assert.equal(
        headers.get("location"),
        `https://shop.example/back?order=1&payment_intent=${intent.id}&redirect_status=${status}`,
      );
    }
  });

  test("of a bank transfer has the money arrive", async () => {
    const { id: customer } = await at.stripe.customers.create({});
    const payment_method = (await at.stripe.paymentMethods.create({ type: "customer_balance" })).id;
    const intent = await charge({ customer, payment_method });
    assert.equal((await press(`/transfer/${intent.id}`, { do: "transfer" })).status, 303);
    assert.equal((await at.stripe.paymentIntents.retrieve(intent.id)).status, "succeeded");
  });
});

describe("make stripe", () => {
  test("serves, sends to where it was told, and ends when it is told to", { timeout: 300_000 }, async () => {
    const receiver = await new Receiver().ready();
    const port = await freePort();
    const env = environment({
      PORT: String(port),
      WEBHOOK_URL: receiver.url,
      WEBHOOK_SECRET: "whsec_made",
      WEBHOOK_FORM: "both",
    });
    const child = spawn(process.execPath, [join(root, "tests/stripe/main.ts")], {
      env,
      stdio: ["ignore", "pipe", "inherit"],
    });
    let output = "";
    child.stdout.on("data", (chunk) => {
      output += chunk;
    });
    await eventually(() => output.includes("Ctrl-C ends it."), "it did not say that it is ready");
    assert.match(output, new RegExp(`http://127.0.0.1:${port}\n`));
    const stripe = new Stripe("sk_test_1234", { host: "127.0.0.1", port, protocol: "http" });
    await stripe.customers.create({});
    await eventually(() => receiver.received.length === 2, "its events did not come");
    const { body, signature } = receiver.received[0] as { body: string; signature: string };
    assert.equal(stripe.webhooks.constructEvent(body, signature, "whsec_made").type, "customer.created");
    child.kill("SIGTERM");
    assert.equal(await ended(child), 0);
    receiver.close();
  });

  test("says what is wrong with a setting", { timeout: 300_000 }, async () => {
    const settings: Record<string, string>[] = [
      { PORT: "none" },
      { WEBHOOK_URL: "here" },
      { WEBHOOK_FORM: "thick" },
      { WEBHOOK_SECRET: " " },
      { SEED: "x" },
    ];
    for (const wrong of settings) {
      const child = spawn(process.execPath, [join(root, "tests/stripe/main.ts")], {
        env: environment(wrong),
        stdio: ["ignore", "ignore", "pipe"],
      });
      let output = "";
      child.stderr.on("data", (chunk) => {
        output += chunk;
      });
      assert.equal(await ended(child), 1);
      assert.match(output, new RegExp(`scrip: ${Object.keys(wrong)[0]} must`));
    }
  });
});
