// Stripe's own command-line tool plays the sequences of calls that it has for real accounts, against the fake. Each has to go
// through, and the event that it is for has to come.

import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, describe, test } from "node:test";
import { promisify } from "node:util";
import { root } from "../../scripts/project.ts";
import { type Scene, scene } from "./support.ts";

const run = promisify(execFile);

const TRIGGERS = [
  "cash_balance.funds_available",
  "charge.captured",
  "charge.dispute.closed",
  "charge.dispute.created",
  "charge.dispute.updated",
  "charge.failed",
  "charge.refund.updated",
  "charge.refunded",
  "charge.succeeded",
  "checkout.session.async_payment_failed",
  "checkout.session.async_payment_succeeded",
  "checkout.session.completed",
  "checkout.session.expired",
  "customer.created",
  "customer.deleted",
  "customer.subscription.created",
  "customer.subscription.deleted",
  "customer.subscription.updated",
  "customer.updated",
  "customer_cash_balance_transaction.created",
  "invoice.finalized",
  "invoice.paid",
  "invoice.payment_action_required",
  "invoice.payment_failed",
  "invoice.voided",
  "payment_intent.amount_capturable_updated",
  "payment_intent.canceled",
  "payment_intent.created",
  "payment_intent.partially_funded",
  "payment_intent.payment_failed",
  "payment_intent.processing",
  "payment_intent.requires_action",
  "payment_intent.succeeded",
  "payment_method.attached",
  "payment_method.detached",
  "payment_method.updated",
  "promotion_code.created",
  "setup_intent.canceled",
  "setup_intent.requires_action",
  "setup_intent.setup_failed",
  "setup_intent.succeeded",
] as const;

/** Sequences whose name is not that of an event, and what they are for. */
const NAMED_OTHERWISE = {
  "subscription.payment_failed": "invoice.payment_failed",
  "subscription.payment_succeeded": "invoice.paid",
};

describe("stripe trigger", () => {
  let at: Scene;
  // It would read and write the settings of whoever runs the tests.
  const home = mkdtempSync(join(tmpdir(), "scrip-stripe-cli-"));

  let tool: string;

  before(async () => {
    at = await scene();
    tool = (await run(join(root, "scripts/stripe.sh"), ["where-cli"])).stdout.trim();
  });

  after(async () => {
    await at.end();
    rmSync(home, { recursive: true });
  });

  const trigger = (name: string) =>
    run(process.execPath, [tool, "trigger", name, "--api-base", at.fake.url, "--api-key", "sk_test_of_the_cli"], {
      env: {
        ...process.env,
        HOME: home,
        XDG_CONFIG_HOME: home,
        STRIPE_CLI_TELEMETRY_OPTOUT: "1",
        NO_PROXY: "127.0.0.1",
      },
    });

  for (const [name, type] of [...TRIGGERS.map((one) => [one, one]), ...Object.entries(NAMED_OTHERWISE)] as [
    string,
    string,
  ][]) {
    test(name, { timeout: 300_000 }, async () => {
      const from = at.fake.events(type).length;
      const { stdout } = await trigger(name);
      assert.match(stdout, /Trigger succeeded/);
      await at.fake.settled();
      const made = at.fake.events(type).slice(from);
      assert.ok(made.length > 0, `no ${type}`);
      const heard = at.receiver.received.filter(({ event }) => event.id === made[0]?.id);
      assert.equal(heard.length, 1, "it was delivered once");
      assert.doesNotThrow(() =>
        at.stripe.webhooks.constructEvent(heard[0]?.body as string, heard[0]?.signature as string, "whsec_receiver"),
      );
    });
  }

  test("called only what the fake has", () => {
    const refused = at.fake.asked.filter(({ status }) => status >= 500 || status === 404 || status === 401);
    assert.deepEqual(refused, []);
    assert.deepEqual(at.fake.truth().chargedTwice("intent"), []);
  });
});
