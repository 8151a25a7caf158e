// The truth of the fake, against two others: what its own objects say, and what somebody makes of its events alone, in any
// order and however often they come. All three have to agree after any history of payments, refunds and disputes.

import assert from "node:assert/strict";
import { describe, test } from "node:test";
import type Stripe from "stripe";
import { answerBank, dispute, pay, refund, transfer } from "./actions.ts";
import type { Books } from "./books.ts";
import { Given } from "./given.ts";
import type { Json } from "./json.ts";
import { Problem } from "./problem.ts";
import { Seed } from "./seed.ts";
import { type FakeStripe, startFakeStripe } from "./server.ts";
import { createCustomer } from "./state/customers.ts";
import { closeDispute, escalate } from "./state/disputes.ts";
import { createIntent, settle } from "./state/intents.ts";
import { endRefund } from "./state/refunds.ts";
import { createSession } from "./state/sessions.ts";

const HISTORIES = 40;
const STEPS = 60;

const CARDS = [
  "pm_card_visa",
  "pm_card_chargeDeclined",
  "pm_card_authenticationRequired",
  "pm_card_createDispute",
  "pm_card_createDisputeInquiry",
  "pm_card_pendingRefund",
  "pm_card_refundFail",
  "us_bank_account",
  "customer_balance",
];

/** One thing that anybody might do. Some are refused, by which nothing may change. */
function step(books: Books, seed: Seed, customer: string): void {
  const one = <T>(all: readonly T[]): T => all[seed.below(all.length)] as T;
  const amount = 100 + seed.below(5000);
  const intents = books.intents.all().map(({ id }) => id);
  const some = (ids: string[]) => (ids.length === 0 ? "none" : one(ids));
  const steps: (() => unknown)[] = [
    () => pay(books, session(books, customer, amount), { with: one(CARDS) }),
    () => pay(books, session(books, customer, amount), { with: "pm_card_visa" }),
    () =>
      createIntent(
        books,
        new Given({
          amount: String(amount),
          currency: "usd",
          customer,
          payment_method: one(CARDS),
          confirm: "true",
          off_session: String(seed.oneIn(2)),
        }),
      ),
    () => answerBank(books, some(intents), seed.oneIn(2)),
    () => settle(books, some(intents), seed.oneIn(3) ? "failed" : "succeeded"),
    () => transfer(books, some(intents), seed.oneIn(2) ? amount : undefined),
    () => refund(books, some(intents), seed.oneIn(3) ? undefined : 1 + seed.below(1000), one(["succeeded", "pending"])),
    () => endRefund(books, some(books.refunds.all().map(({ id }) => id)), one(["succeeded", "failed", "canceled"])),
    () => dispute(books, some(intents), { isInquiry: seed.oneIn(3), amount }),
    () => escalate(books, some(books.disputes.all().map(({ id }) => id))),
    () => closeDispute(books, some(books.disputes.all().map(({ id }) => id)), one(["won", "lost"])),
  ];
  const before = books.ledger.truth().entries.length;
  try {
    one(steps)();
  } catch (error) {
    if (!(error instanceof Problem)) throw error;
    assert.equal(books.ledger.truth().entries.length, before, "what is refused moves no money");
  }
}

function session(books: Books, customer: string, unit_amount: number): string {
  const price_data = { currency: "usd", unit_amount: String(unit_amount), product_data: { name: "Credit" } };
  const form = {
    mode: "payment",
    customer,
    success_url: "https://shop.example",
    line_items: [{ price_data, quantity: "1" }],
  };
  return createSession(books, new Given({ ...form, automatic_tax: { enabled: "true" } })).id;
}

const sum = (amounts: number[]) => amounts.reduce((total, amount) => total + amount, 0);

/** What the objects say that the API shows. */
function shown(books: Books): number {
  const captured = sum(books.charges.all().map((charge) => charge.amount_captured));
  const tax = books.sessions
    .all()
    .filter((one) => one.payment_status === "paid")
    .map((one) => one.total_details?.amount_tax ?? 0);
  const refunds = books.refunds.all().filter(({ status }) => status !== "failed" && status !== "canceled");
  const disputes = books.disputes.all().flatMap((one) => one.balance_transactions.map(({ amount }) => amount));
  return captured - sum(tax) - sum(refunds.map(({ amount }) => amount)) + sum(disputes);
}

/** What a receiver knows that does right: each fact has a key of its own, and no order counts. */
class Receiver {
  private paid = new Map<string, number>();
  private taxes = new Map<string, number>();
  private refunds = new Map<string, number>();
  private failed = new Set<string>();
  private withdrawn = new Map<string, number>();
  private reinstated = new Set<string>();

  hear(event: Stripe.Event): void {
    const object: Json = event.data.object;
    if (event.type === "payment_intent.succeeded") this.paid.set(object.id, object.amount_received);
    if (event.type.startsWith("checkout.session.") && object.payment_intent !== null) {
      this.taxes.set(object.payment_intent, object.total_details.amount_tax);
    }
    if (event.type.startsWith("refund.")) {
      this.refunds.set(object.id, object.amount);
      if (object.status === "failed" || object.status === "canceled") this.failed.add(object.id);
    }
    if (event.type === "charge.dispute.funds_withdrawn") this.withdrawn.set(object.id, object.amount);
    if (event.type === "charge.dispute.funds_reinstated") this.reinstated.add(object.id);
  }

  credit(): number {
    const taxes = [...this.taxes].filter(([intent]) => this.paid.has(intent)).map(([, tax]) => tax);
    const refunds = [...this.refunds].filter(([id]) => !this.failed.has(id)).map(([, amount]) => amount);
    const lost = [...this.withdrawn].filter(([id]) => !this.reinstated.has(id)).map(([, amount]) => amount);
    return sum([...this.paid.values()]) - sum(taxes) - sum(refunds) - sum(lost);
  }
}

async function history(number: number): Promise<{ fake: FakeStripe; books: Books; seed: Seed }> {
  const fake = await startFakeStripe();
  const books = fake.books();
  books.taxPercent = 20;
  const seed = new Seed(number);
  const address = { country: "DE", line1: "Weg 1" };
  const customer = createCustomer(books, new Given({ address })).id;
  for (let count = 0; count < STEPS; count += 1) {
    step(books, seed, customer);
    fake.clock.runDue();
  }
  return { fake, books, seed };
}

describe("the truth", () => {
  test(`is what the objects say, and what the events add up to in any order, after ${HISTORIES} histories`, async () => {
    const seen = new Set<string>();
    for (let number = 1; number <= HISTORIES; number += 1) {
      const { fake, books, seed } = await history(number);
      const { paid } = fake.truth().sums("usd");
      assert.equal(shown(books), paid, `the objects of history ${number}`);
      const events = fake.events();
      for (let order = 0; order < 3; order += 1) {
        const receiver = new Receiver();
        for (const event of seed.shuffled([...events, ...events.filter(() => seed.oneIn(3))])) receiver.hear(event);
        assert.equal(receiver.credit(), paid, `the events of history ${number}, order ${order}`);
      }
      assert.deepEqual(fake.truth().chargedTwice("intent"), []);
      for (const { movement } of fake.truth().entries) seen.add(movement);
      await fake.close();
    }
    assert.deepEqual([...seen].sort(), ["captured", "refund_failed", "refunded", "reinstated", "withdrawn"]);
  });
});
